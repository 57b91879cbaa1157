/**
 * The documented views of the store, for other tools: plain columns under the names of the fields, made anew whenever a load
 * may have added some. Only stock SQLite, so that its own shell can read them.
 */
import { sql } from '../base/sql.js'
import { civil, type Day, dayOf, type Zone } from '../base/time.js'
import { fits, inferred } from './forms.js'
import type { SourceName } from './sources.js'
import type { Store } from './store.js'

export function refreshViews(store: Store, zone: Zone): void {
  const fields = storedFields(store)
  const clock = clockOf(store, zone)
  const there = new Map(
    store.rows(sql`select name, sql from sqlite_master where type = 'view'`).map(([name, text]) => [String(name), String(text)]),
  )
  for (const [name, body] of Object.entries(bodies)) {
    const text = `CREATE VIEW ${name} as\n${body(fields, clock)}`
    if (there.get(name) === text) continue
    store.exec(`drop view if exists ${name}; ${text}`)
  }
}

/** The hand-offs by file; those held out have a row without one. */
const exportsBody = `select h._id as id, n.name as audience, date(h.as_of * 86400, 'unixepoch') as as_of, s.profile as profile,
  f.arm as arm, f.file as file, f.rows as rows, f.sha256 as sha256, f.bytes as bytes, h.version as version, h.channel as channel, h.run as run
from handoff_row h join series_row s on s._id = h._series join name_row n on n._id = s.audience
left join handoff_file f on f._handoff = h._id`

/** Makes the view of hand-offs in a store whose views were made before there were any. */
export function refreshExports(store: Store): void {
  const text = `CREATE VIEW exports as\n${exportsBody}`
  if (store.row(sql`select sql from sqlite_master where name = 'exports'`)?.[0] === text) return
  store.exec(`drop view if exists exports; ${text}`)
}

interface StoredField {
  readonly name: string
  readonly type: 'text' | 'number' | 'date' | 'boolean'
  readonly scale: number
}
type Fields = Readonly<Record<SourceName, readonly StoredField[]>>

/** Nanoseconds on the clock of a row with `_day` and `_time`. */
type Clock = string

/** An expression and the name it has in the view. */
type Column = readonly [name: string, expression: string]

const bodies: Readonly<Record<string, (fields: Fields, clock: Clock) => string>> = {
  customers: (fields) => select([['customer', 'r.customer'], ...ownText(fields.customers, ['customer'])], 'customer_row r'),
  products: (fields) => select([['sku', 'r.sku'], ...ownText(fields.products, ['sku'])], 'product_row r'),
  orders: (fields, clock) =>
    select(
      [
        ['order', keyUnlessKeyless],
        ['customer', customerKey],
        ['at', at],
        ['amount', number('amount', scaleOf(fields, 'orders', 'amount'))],
        ['discount', number('discount', scaleOf(fields, 'orders', 'discount'))],
        ...coded(fields.orders, ['order', 'customer', 'at', 'amount', 'discount', 'order_amount']),
        ['items', 'r._items'],
        ['units', number('_units', scaleOf(fields, 'items', 'quantity'))],
        ['counted', 'r._counted'],
      ],
      timed('order_row', clock),
    ),
  items: (fields, clock) =>
    select(
      [
        ['order', 'case when unicode(r._key) <> 31 then r._key end'],
        ['customer', customerKey],
        ['at', at],
        ['line', text('line')],
        ['sku', `nullif(g.sku, '')`],
        ...['product', 'category', 'brand'].map((f): Column => [f, productText(fields, f)]),
        ...['quantity', 'price', 'discount', 'amount'].map((f): Column => [f, number(f, scaleOf(fields, 'items', f))]),
        ...coded(fields.items, [
          'order',
          'line',
          'sku',
          'product',
          'category',
          'brand',
          'quantity',
          'price',
          'discount',
          'amount',
        ]),
        ['counted', 'r._counted'],
      ],
      `${timed('item_row', clock)} join good_row g on g._id = r._good left join product_row p on p.sku = g.sku`,
    ),
  activities: (fields, clock) =>
    select(
      [['id', keyUnlessKeyless], ['customer', customerKey], ['at', at], ...coded(fields.activities, ['id', 'customer', 'at'])],
      timed('activity_row', clock),
    ),
  members: () => `select p._run as run, date(t.as_of * 86400, 'unixepoch') as as_of, n.name as segment, c.customer as customer
from run_part p join run_row t on t._id = p._run join name_row n on n._id = p._name
join member_row m on m._name = p._name and ${standing} join customer_row c on c._id = m._customer
where p.kind = 'segment' and ${latest}`,
  occurrences: (_, clock) => `select n.name as event, c.customer as customer, ${at} as at, r.ident as ident
from run_part p join name_row n on n._id = p._name
join (select m.*, m._ident as ident, ${clock} as _clock from occurrence_row m) r on r._name = p._name and ${standing.replaceAll('m.', 'r.')}
join customer_row c on c._id = r._customer
where p.kind = 'event' and ${latest}`,
  exports: () => exportsBody,
}

/** Of several columns with a name the first. */
function select(columns: readonly Column[], from: string): string {
  const named = new Map<string, string>()
  for (const [name, expression] of columns) if (!named.has(name)) named.set(name, expression)
  return `select ${[...named].map(([name, expression]) => `${expression} as ${quoted(name)}`).join(',\n  ')}\nfrom ${from}`
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

const timed = (table: string, clock: Clock): string =>
  `(select m.*, ${clock} as _clock from ${table} m) r left join customer_row c on c._id = r._customer`

const customerKey = 'c.customer'
const keyUnlessKeyless = 'case when r._keyless = 0 then r._key end'

/** The run of the latest as-of day that holds the name; of several of a day the last. */
const latest = `p.held = 0 and p._run = (select q._run from run_part q join run_row u on u._id = q._run
  where q._name = p._name and q.held = 0 order by u.as_of desc, q._run desc limit 1)`
const standing = 'm._from <= p._run and (m._until is null or m._until > p._run)'

/** Local ISO text; the day alone where no more is known. */
const at = `date(r._day * 86400, 'unixepoch') || case when r._time < 0 then '' else 'T' || time(r._clock / 1000000000, 'unixepoch')
  || case when r._clock % 1000000000 = 0 then '' else rtrim(printf('.%09d', r._clock % 1000000000), '0') end end`

const number = (column: string, scale: number): string =>
  scale === 0 ? `r.${quoted(column)}` : `r.${quoted(column)} / 1e${scale}`
const text = (column: string): string => `(select text from text_row where _id = r.${quoted(column)})`

/** A number as it is written, without what only makes it longer; digits of other scripts by their value. */
const plainNumber = (written: string): string => `cast(${written} as numeric)`

const coded = (fields: readonly StoredField[], others: readonly string[]): readonly Column[] =>
  fields
    .filter((f) => !others.includes(f.name))
    .map((f) => [
      f.name,
      f.type === 'number'
        ? `(select case when text glob '*[^0-9.+-]*' then number else ${plainNumber('text')} end from text_row where _id = r.${quoted(f.name)})`
        : text(f.name),
    ])

const ownText = (fields: readonly StoredField[], others: readonly string[]): readonly Column[] =>
  fields
    .filter((f) => !others.includes(f.name))
    .map((f) => {
      const column = `r.${quoted(f.name)}`
      return [
        f.name,
        f.type === 'number'
          ? `case when ${column} glob '*[^0-9.+-]*' then r.${quoted(`${f.name}~`)} else ${plainNumber(column)} end`
          : column,
      ]
    })

const productText = (fields: Fields, field: string): string =>
  fields.products.some((f) => f.name === field)
    ? `coalesce(nullif(g.${field}, ''), p.${quoted(field)})`
    : `nullif(g.${field}, '')`

const scaleOf = (fields: Fields, source: SourceName, name: string): number =>
  fields[source].find((f) => f.name === name)?.scale ?? 0

const tableOf: Readonly<Record<SourceName, string>> = {
  customers: 'customer_row',
  orders: 'order_row',
  items: 'item_row',
  products: 'product_row',
  activities: 'activity_row',
}

/** Fields that have a column, and those of a line whose texts lie with its product; what has too little to tell a type is text. */
function storedFields(store: Store): Fields {
  const rows = store.rows(sql`select source, name, fits, _scale, cells from field_row order by source, position, _id`)
  const of = (source: SourceName): readonly StoredField[] => {
    const columns = new Set(store.rows(sql`select name from pragma_table_info(${tableOf[source]})`).map(([name]) => String(name)))
    return rows
      .filter(([s, name]) => s === source && columns.has(String(name)))
      .map(([, name, bits, scale]) => ({ name: String(name), type: inferred(Number(bits) & fits.all), scale: Number(scale) }))
  }
  return {
    customers: of('customers'),
    orders: of('orders'),
    items: of('items'),
    products: of('products'),
    activities: of('activities'),
  }
}

/**
 * What the clock showed: on most days the time since the day began. The days on which it does not, between the first and the
 * last day of the data, are written out.
 */
function clockOf(store: Store, zone: Zone): Clock {
  const [from, to] = store.row(sql`select min(a), max(b) from (
    select min(_day) as a, max(_day) as b from order_row where _time >= 0
    union all select min(_day), max(_day) from activity_row where _time >= 0)`) as [Day | null, Day | null]
  if (from === null || to === null) return 'm._time'
  const days = to - from > LONG_SPAN ? irregularAmong(store, zone) : zone.irregular(startOfYear(from), startOfYear(to, 1))
  if (days.length === 0) return 'm._time'
  const cases = days.map(({ day, pieces }) => {
    const shifts = pieces.map((p) => [p.from, p.shift] as const).sort((a, b) => b[0] - a[0])
    return `when ${day} then case ${shifts.map(([since, shift]) => `when m._time >= ${since} then ${shift}`).join(' ')} else 0 end`
  })
  return `case when m._day in (${days.map((d) => d.day).join(', ')}) and m._time >= 0 then m._time + case m._day ${cases.join(' ')} end else m._time end`
}

/** Data that span more days than this hold a stray date: the days between are not gone through, only those that there are. */
const LONG_SPAN = 100_000

const irregularAmong = (store: Store, zone: Zone): ReturnType<Zone['irregular']> =>
  store
    .rows(sql`select _day from order_row where _time >= 0 union select _day from activity_row where _time >= 0`)
    .flatMap(([day]) => zone.irregular(day as Day, day as Day))

/** Whole years, so that the views stay the same from load to load. */
const startOfYear = (day: Day, later = 0): Day => dayOf(Math.min(9999, civil(day).year + later), 1, 1) ?? day
