/** `segkit fields`: each field with its type, how much of it is filled, and its commonest values. */
import { formatScaled } from '../base/decimal.js'
import { col, type Sql, sql } from '../base/sql.js'
import { formatDay } from '../base/time.js'
import { type Catalogue, type Field, readCatalogue } from '../store/catalogue.js'
import { type SourceName, sourceNames } from '../store/sources.js'
import type { Store } from '../store/store.js'
import { defineCommand } from './command.js'
import type { Cell, Row } from './formats.js'
import { sourceNamed } from './ingest.js'
import { sayRows, writeRows } from './output.js'
import { declaredTypes, openWorkspace, readStore } from './workspace.js'

export const command = defineCommand({
  name: 'fields',
  summary: 'each field with type, fill rate, commonest values',
  group: 'data',
  args: [{ name: 'SOURCE', description: `one of ${sourceNames.join(', ')}; otherwise all` }],
  options: [],
  examples: ['segkit fields', 'segkit fields customers', 'segkit fields items --columns field,type,examples'],
  notes:
    '`filled` is the share of rows that have the field, 0 to 1. `examples` are the three commonest values, of times the first and the last day. Fields that segkit works out itself have a type alone.',
  exits: [
    [0, 'done'],
    [2, 'no such source'],
    [66, 'no data loaded yet'],
  ],
  run: async (invocation) => {
    const { globals, io } = invocation
    const word = invocation.arg('SOURCE')
    const only = word === undefined ? undefined : sourceNamed(word, invocation)
    const ws = openWorkspace(invocation)
    const store = readStore(ws)
    try {
      const catalogue = readCatalogue(store, declaredTypes(ws.project))
      const sources = only === undefined ? sourceNames.filter((s) => rowsOf(store, s) > 0) : [only]
      const columns = ['source', 'field', 'type', 'filled', 'distinct', 'examples'].map((name) => ({ name }))
      const { rows } = await writeRows({ thing: 'fields', columns, rows: fieldRows(store, catalogue, sources) }, globals, io)
      return { verdict: sayRows(rows, 'field', globals) }
    } finally {
      store.close()
    }
  },
})

const tables: Readonly<Record<SourceName, string>> = {
  customers: 'customer_row',
  orders: 'order_row',
  items: 'item_row',
  products: 'product_row',
  activities: 'activity_row',
}

export const rowsOf = (store: Store, source: SourceName): number =>
  Number(store.row({ text: `select count(*) from ${tables[source]}`, params: [] })?.[0] ?? 0)

function* fieldRows(store: Store, catalogue: Catalogue, sources: readonly SourceName[]): Generator<Row> {
  for (const source of sources) {
    const total = rowsOf(store, source)
    const columns = new Set(store.rows(sql`select name from pragma_table_info(${tables[source]})`).map(([name]) => String(name)))
    for (const field of catalogue.fields(source)) {
      if (field.source !== source) continue
      const values = total === 0 || field.derived ? undefined : valuesOf(store, field, columns)
      if (values === undefined && !field.derived) continue
      yield [source, field.name, field.type, ...(values === undefined ? [null, null, []] : shown(values, total))]
    }
  }
}

interface Values {
  readonly filled: number
  /** Undefined where it says nothing. */
  readonly distinct?: number
  readonly examples: readonly string[]
}

const shown = ({ filled, distinct, examples }: Values, total: number): readonly Cell[] => [
  { decimal: formatScaled(Math.round((filled / total) * 1e6), 6) },
  distinct ?? null,
  examples,
]

/** Undefined where no load brought the field. */
function valuesOf(store: Store, field: Field, columns: ReadonlySet<string>): Values | undefined {
  const { source, name, type } = field
  const table: Sql = { text: tables[source], params: [] }
  if (name === keyOf[source]) return keys(store, source, table)
  if (name === 'customer') return references(store, table)
  if (name === 'order') return orderKeys(store, table)
  if (type === 'moment' && name === 'at') return days(store, table)
  if (source === 'items' && goods.has(name)) return gathered(store.each(goodValues(name)))
  if (!columns.has(name)) return undefined
  const column = col('r', name)
  if (source === 'customers' || source === 'products') {
    return gathered(
      store.each(sql`select ${column}, count(*) from ${table} r where ${column} is not null group by 1 order by 2 desc, 1`),
    )
  }
  if (type === 'number' && scaled.has(name) && (source === 'orders' || source === 'items')) {
    const found = store.each(
      sql`select ${column}, count(*) from ${table} r where ${column} is not null group by 1 order by 2 desc, 1`,
    )
    return gathered(found, (v) => formatScaled(v as number, field.scale))
  }
  return gathered(
    store.each(sql`select t.text, n from (select ${column} as code, count(*) as n from ${table} r where ${column} is not null group by 1)
      join text_row t on t._id = code order by 2 desc, 1`),
  )
}

const keyOf: Readonly<Partial<Record<SourceName, string>>> = {
  customers: 'customer',
  products: 'sku',
  orders: 'order',
  activities: 'id',
}
const goods: ReadonlySet<string> = new Set(['sku', 'product', 'category', 'brand'])
const scaled: ReadonlySet<string> = new Set(['amount', 'discount', 'quantity', 'price'])
const EXAMPLES = 3

/** Of value and count, the commonest first. */
function gathered(rows: Iterable<readonly unknown[]>, show: (value: unknown) => string = String): Values | undefined {
  let [filled, distinct] = [0, 0]
  const examples: string[] = []
  for (const [value, n] of rows) {
    filled += n as number
    distinct++
    if (examples.length < EXAMPLES) examples.push(show(value))
  }
  return distinct === 0 ? undefined : { filled, distinct, examples }
}

const goodValues = (
  name: string,
): Sql => sql`select ${col('g', name)}, sum(n) from (select _good, count(*) as n from item_row group by _good)
  join good_row g on g._id = _good where ${col('g', name)} <> '' group by 1 order by 2 desc, 1`

/** Every key stands once: the first ones are as common as any. */
function keys(store: Store, source: SourceName, table: Sql): Values | undefined {
  const dated = source === 'orders' || source === 'activities'
  const key = dated ? col('r', '_key') : col('r', keyOf[source] as string)
  const where: Sql = { text: dated ? 'r._keyless = 0' : '1', params: [] }
  const filled = Number(store.row(sql`select count(*) from ${table} r where ${where}`)?.[0] ?? 0)
  const first = store.rows(sql`select ${key} from ${table} r where ${where} order by 1 limit 3`)
  return filled === 0 ? undefined : { filled, distinct: filled, examples: first.map(([k]) => String(k)) }
}

const references = (store: Store, table: Sql): Values | undefined =>
  gathered(
    store.each(sql`select c.customer, n from (select _customer as id, count(*) as n from ${table} r where _customer > 0 group by 1)
    join customer_row c on c._id = id order by 2 desc, 1`),
  )

/** Keys of lines without an order key begin with a mark of segkit's own. */
const orderKeys = (store: Store, table: Sql): Values | undefined =>
  gathered(store.each(sql`select _key, count(*) from ${table} r where unicode(_key) <> 31 group by 1 order by 2 desc, 1`))

function days(store: Store, table: Sql): Values | undefined {
  const [filled, first, last] = store.row(sql`select count(*), min(_day), max(_day) from ${table} r`) as [
    number,
    number | null,
    number | null,
  ]
  if (first === null || last === null) return undefined
  return { filled, examples: [...new Set([formatDay(first), formatDay(last)])] }
}
