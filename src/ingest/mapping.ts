/** Which column of a file is which field: what the project says, what is recognised, and what is the file's own. */
import type { Problems, Span } from '../base/problem.js'
import { suggest } from '../base/text.js'
import { type KnownField, knownFields, type SourceName } from '../store/sources.js'
import { fieldName, isGeneral, plain, recognise } from './headers.js'
import type { SourceOptions } from './options.js'

/** SQLite's tables have at most 2,000 columns, and a cell of a customer takes two. */
const mostColumns = 900

export interface Column {
  /** From 0. */
  readonly index: number
  readonly header: string
  readonly field: string
  readonly how: 'mapped' | 'recognised' | 'own' | 'ignored'
  /** A field that segkit knows and reads from files; a column that takes a derived field's place is none. */
  readonly known: boolean
  /** In a file of orders: whether the column is the order's or its line's. */
  readonly grain: 'order' | 'item' | 'own source'
}

export interface Mapping {
  readonly source: SourceName
  /** The columns that are loaded, in the file's order. */
  readonly columns: readonly Column[]
  /** The columns that are never stored. */
  readonly ignored: readonly Column[]
  /** A file of orders with one row an item. */
  readonly itemGrain: boolean
}

/** The file as problems name it; `span` is the place of a header, by its index from 0. */
export interface MappedFile {
  readonly name: string
  span(column: number): Span | undefined
}

/** Every mistake is reported in one go; undefined where there is one. */
export function mapColumns(
  headers: readonly string[],
  source: SourceName,
  options: SourceOptions,
  problems: Problems,
  file: MappedFile,
): Mapping | undefined {
  const before = problems.list.length
  if (headers.length > mostColumns)
    return problems.error(
      'too-many-columns',
      `\`${file.name}\` has ${headers.length} columns; at most ${mostColumns} can be stored`,
      {
        help: 'is it the right file, and the right delimiter? cut the columns that no definition needs',
      },
    )
  const table = new Table(headers, source, options.header === false, problems, file, ownTypes(source, options))
  const mapped = mapNamed(table, options.columns ?? {})
  const ignored = findIgnored(table, options.ignore ?? [], mapped)
  const kept = mapped.filter((c) => !ignored.has(c.index))
  const recognised = recogniseRest(table, kept, ignored)
  const found = wholeOrders(table, [...kept, ...recognised])
  const columns = [...found, ...ownColumns(table, found, ignored)].sort((a, b) => a.index - b.index)
  checkNames(table, columns)
  checkRequired(table, columns)
  if (problems.list.slice(before).some((p) => p.severity === 'error')) return undefined
  const itemGrain = isItemGrain(source, columns)
  const finish = (c: Found): Column => ({
    ...c,
    header: table.header(c.index),
    known: isKnown(source, c.field),
    grain: grainOf(source, c.field, itemGrain),
  })
  return {
    source,
    columns: columns.map(finish),
    ignored: [...ignored].map(([index, field]) => finish({ index, field, how: 'ignored' })),
    itemGrain,
  }
}

type Found = Pick<Column, 'index' | 'field' | 'how'>

/** The headers of one file, and how to speak of them. */
class Table {
  /** Fields whose column is the subject of a problem already. */
  readonly told = new Set<string>()

  constructor(
    private readonly headers: readonly string[],
    readonly source: SourceName,
    readonly numbered: boolean,
    readonly problems: Problems,
    readonly file: MappedFile,
    /** Names that `types:` gives to columns of the file's own: none of these is recognised as another field. */
    private readonly named: ReadonlySet<string>,
  ) {}

  get size(): number {
    return this.headers.length
  }

  get names(): readonly string[] {
    return this.headers.map((h) => h.trim())
  }

  header(index: number): string {
    return this.headers[index]!.trim()
  }

  /** What a column is called when nothing else is said of it. */
  ownName(index: number): string {
    const name = this.numbered ? '' : fieldName(this.header(index))
    return name === '' ? `column_${index + 1}` : name
  }

  recognise(index: number): string | undefined {
    return this.numbered || this.named.has(this.ownName(index)) ? undefined : recognise(this.header(index), this.source)
  }

  /** The columns that a header or number means: as written, else regardless of case, blanks and marks. */
  find(wanted: string | number): readonly number[] {
    const where = (is: (header: string) => boolean): number[] => this.names.flatMap((h, i) => (is(h) ? [i] : []))
    const text = String(wanted).trim()
    const exact = this.numbered ? [] : where((h) => h === text)
    if (exact.length > 0) return exact
    if (typeof wanted === 'number' || this.numbered) {
      const number = Number(text)
      return Number.isInteger(number) && number >= 1 && number <= this.size ? [number - 1] : []
    }
    return plain(text) === '' ? [] : where((h) => plain(h) === plain(text))
  }

  error(code: string, message: string, help: string | undefined, column?: number): void {
    const span = column === undefined ? undefined : this.file.span(column)
    this.problems.error(code, message, { ...(help !== undefined && { help }), ...(span !== undefined && { span }) })
  }

  list(columns: readonly number[]): string {
    return columns.map((i) => `\`${this.header(i)}\``).join(' and ')
  }
}

const ownTypes = (source: SourceName, { types }: SourceOptions): ReadonlySet<string> =>
  new Set(
    Object.keys(types ?? {}).filter(
      (name) => !Object.hasOwn(knownFields(source), name) && (source !== 'orders' || !Object.hasOwn(knownFields('items'), name)),
    ),
  )

function mapNamed(table: Table, named: Readonly<Record<string, string | number>>): readonly Found[] {
  return Object.entries(named).flatMap(([field, wanted]): Found[] => {
    if (fieldName(field) !== field) {
      table.error('bad-field-name', `\`${field}\` cannot be a field's name`, `write it \`${fieldName(field)}\``)
      return []
    }
    const [index, second] = table.find(wanted)
    if (index !== undefined && second === undefined) return [{ index, field, how: 'mapped' }]
    table.told.add(field)
    if (index === undefined) {
      const what = table.numbered || typeof wanted === 'number' ? `column ${wanted}` : `column \`${wanted}\``
      const help = table.numbered
        ? `it has ${table.size} columns, counted from 1`
        : (suggest(String(wanted), table.names, 'its columns') ?? headerList(table))
      table.error('no-column', `\`${table.file.name}\` has no ${what} for \`${field}\``, help)
      return []
    }
    table.error(
      'two-columns',
      `\`${table.file.name}\` has the column \`${wanted}\` twice`,
      'give the columns names of their own',
      second,
    )
    return []
  })
}

/** The columns never stored, by index, each with the field it would have been. */
function findIgnored(table: Table, ignore: readonly string[], mapped: readonly Found[]): ReadonlyMap<number, string> {
  const ignored = new Map<number, string>()
  for (const name of ignore) {
    let hits = 0
    for (let index = 0; index < table.size; index++) {
      const own = table.ownName(index)
      const fields = mapped.filter((c) => c.index === index).map((c) => c.field)
      const field = fields[0] ?? table.recognise(index) ?? own
      const meant = [own, field, ...fields].includes(name) || table.find(name).includes(index)
      if (!meant) continue
      hits++
      ignored.set(index, field)
    }
    if (hits > 0) continue
    const help = suggest(name, table.names)
    table.problems.warn(
      'no-column',
      `\`${table.file.name}\` has no column \`${name}\` to ignore`,
      help === undefined ? {} : { help },
    )
  }
  return ignored
}

function recogniseRest(table: Table, mapped: readonly Found[], ignored: ReadonlyMap<number, string>): readonly Found[] {
  const taken = new Set(mapped.map((c) => c.index))
  const candidates = new Map<string, number[]>()
  for (let index = 0; index < table.size; index++) {
    const field = taken.has(index) || ignored.has(index) ? undefined : table.recognise(index)
    if (field !== undefined && !mapped.some((c) => c.field === field))
      candidates.set(field, [...(candidates.get(field) ?? []), index])
  }
  return [...candidates].flatMap(([field, columns]): Found[] => {
    const best = bestOf(table, field, columns)
    if (best.length === 1) return [{ index: best[0]!, field, how: 'recognised' }]
    table.told.add(field)
    const choice = table.header(best[0]!)
    table.error(
      'two-columns',
      `${table.list(best)} of \`${table.file.name}\` both look like \`${field}\``,
      mapHelp(field, choice),
      best[1],
    )
    return []
  })
}

/** The column with the field's own name; else those whose header is not a general one. A key must have its very name. */
function bestOf(table: Table, field: string, columns: readonly number[]): readonly number[] {
  if (columns.length === 1) return columns
  const isKey = knownField(table.source, field)?.type === 'key'
  const named = columns.filter((i) => (isKey ? table.header(i) === field : plain(table.header(i)) === plain(field)))
  if (named.length === 1) return named
  const telling = columns.filter((i) => !isGeneral(table.header(i)))
  return telling.length > 0 ? telling : columns
}

const mapHelp = (field: string, header: string): string =>
  `say which with \`--map '${field}=${header}'\` or under \`columns:\` in segkit.yaml; the other becomes a field of its own`

/** In a file of whole orders the order's total is its amount, and a description alone is no product. */
function wholeOrders(table: Table, found: readonly Found[]): readonly Found[] {
  if (table.source !== 'orders') return found
  const telling = found.filter((c) => c.how === 'mapped' || !isGeneral(table.header(c.index)))
  if (isItemGrain('orders', telling)) return found
  const orders = found.filter((c) => telling.includes(c) || !itemFields.has(c.field))
  const total = orders.find((c) => c.field === 'order_amount')
  if (total === undefined) return orders
  const amount = orders.find((c) => c.field === 'amount')
  if (amount === undefined) return orders.map((c) => (c === total ? { ...c, field: 'amount' } : c))
  const both = table.list([amount.index, total.index])
  const help = `say which with \`--map 'amount=${table.header(total.index)}'\`, and name the other under \`ignore:\` or map it to a name of its own`
  table.error('two-columns', `${both} of \`${table.file.name}\` both look like the order's amount`, help, total.index)
  return orders
}

function ownColumns(table: Table, found: readonly Found[], ignored: ReadonlyMap<number, string>): readonly Found[] {
  const taken = new Set([...found.map((c) => c.index), ...ignored.keys()])
  return table.names.flatMap((_, index): Found[] =>
    taken.has(index) ? [] : [{ index, field: table.ownName(index), how: 'own' }],
  )
}

function checkNames(table: Table, columns: readonly Found[]): void {
  const first = new Map<string, Found>()
  for (const column of columns) {
    const other = first.get(column.field)
    if (other === undefined) {
      first.set(column.field, column)
      continue
    }
    table.error(
      'same-name',
      `${table.list([other.index, column.index])} of \`${table.file.name}\` would both be the field \`${column.field}\``,
      `rename one with \`--map 'OTHER_NAME=${table.header(column.index)}'\`, or leave it out with \`ignore:\``,
      column.index,
    )
  }
}

function checkRequired(table: Table, columns: readonly Found[]): void {
  const has = (field: string): boolean => columns.some((c) => c.field === field)
  const required = Object.entries<KnownField>(knownFields(table.source)).flatMap(([field, known]) =>
    known.required ? [[field]] : [],
  )
  if (table.source === 'items') required.push(['sku', 'product'])
  for (const choice of required) {
    if (choice.some((field) => has(field) || table.told.has(field))) continue
    const fields = choice.map((f) => `\`${f}\``).join(' or ')
    const example = table.numbered ? '1' : 'HEADER'
    table.error(
      'missing-field',
      `\`${table.file.name}\` has no column for ${fields}, which ${table.source} need`,
      `say which one it is with \`--map ${choice[0]}=${example}\`; ${headerList(table)}${headerless(table)}`,
    )
  }
}

const headerList = (table: Table): string =>
  table.numbered ? `it has ${table.size} columns` : `its columns are ${table.names.map((h) => `\`${h}\``).join(', ')}`

/** A first line with a number, a day or an address in it is hardly a header. */
const headerless = (table: Table): string =>
  !table.numbered && table.names.some((h) => /^[\d.,:/ -]*\d[\d.,:/ -]*$|\S@\S/.test(h))
    ? '. Where the first line is a row and no header, say `header: none` and `columns:` by number under `sources:` in segkit.yaml'
    : ''

/** Any of these in a file of orders makes it one row an item. */
const itemFields: ReadonlySet<string> = new Set(['sku', 'product', 'category', 'brand', 'quantity', 'price', 'line'])

/** These are the line's wherever there are lines. */
const lineFields: ReadonlySet<string> = new Set([...itemFields, 'amount', 'discount'])

const isItemGrain = (source: SourceName, columns: readonly Found[]): boolean =>
  source === 'orders' && columns.some((c) => itemFields.has(c.field))

function grainOf(source: SourceName, field: string, itemGrain: boolean): Column['grain'] {
  if (source !== 'orders') return 'own source'
  return itemGrain && lineFields.has(field) ? 'item' : 'order'
}

const knownField = (source: SourceName, field: string): KnownField | undefined => {
  const known = knownFields(source)
  return Object.hasOwn(known, field) ? known[field] : undefined
}

function isKnown(source: SourceName, field: string): boolean {
  if (source === 'orders' && (field === 'order_amount' || itemFields.has(field))) return true
  const known = knownField(source, field)
  return known !== undefined && known.derived !== true
}
