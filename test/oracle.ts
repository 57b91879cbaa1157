/**
 * Members, occurrences and metrics worked out customer by customer, from the contract of meaning alone.
 * Shares no code with the engine and is never fast; a new kind is one more entry in `conditions`, `aggregates` or `eventKinds`.
 *
 * Silent places, as read here:
 *  1. `orders.amount` and `items.amount` are worked out cell by cell: a blank cell of a column that is there counts as not given.
 *  2. A sum over nothing is 0 with its field's scale (`0.00`); `activities` have no field scale, their sums have the most decimals summed.
 *  3. `items.amount` worked out has the scales of quantity and price added; `orders.amount` worked out has that of `items.amount`.
 *  4. `is`, `in`, `not`, `not_in` on a date or a moment compare its local day. `period: this …` ends on D for date attributes too.
 *  5. Unknown is judged operator by operator, the operand's as well as the value's; `unknown:` settles each of them.
 *  6. `case: exact` compares composed forms for every operator. Folding is the usual full lower case (final sigma and all), then NFC.
 *  7. `where:` of an event is about the row (`number` is the order's); under `event:` and as EVENT.field `number` and `gap` are the
 *     occurrence's, worked out over all occurrences up to D before the narrowing `where` and the window. `capture` takes the row's own.
 *  8. An item's own and known columns hide the order's of that name; its order's `items units number gap` are its fields too.
 *  9. `favourite … by` counts an unknown quantity or amount as 0; its last tie compares the folded text of the value as shown, and
 *     then, for keys, the text itself.
 * 10. Age is unknown for a birth date after D. A first known day is the earlier of `created_on` and the first dated row.
 * 11. A row without a key sorts by its cells in the order of the file's columns; where `line` is text it sorts by its bytes.
 * 12. `quiet_for` captures the last row of its day d. A sequence in hours or minutes does not hold between rows that have only a day.
 * 13. An order's `counted` filter sees the amount, items and units of section 2; `number` and `gap` are unknown to it.
 * 14. A day-only row that matches a sequence's last `not` breaks it up to and on the day of its end.
 *     Occurrences that end at one moment are in the order of the keys of their rows.
 * 15. A rate turns `amount`, `discount` and `price` of an order and of its lines into the project's currency; no currency is the project's.
 * 16. Consent holds where its rule passes with every unknown value counted as failing; one has said no where it fails with every
 *     unknown value counted as passing.
 * 17. Activities of nobody or of a guest belong to no customer, as orders do; guests' rows count for a field's scale.
 */
import { createHash } from 'node:crypto'
import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js'
import { Temporal } from 'temporal-polyfill'

export type Plain = string | number | boolean | null | readonly Plain[] | Spec
export type Spec = { readonly [key: string]: Plain }
export type Row = Readonly<Record<string, string>>
export type Source = 'customers' | 'orders' | 'items' | 'products' | 'activities'
export type FieldType = 'text' | 'number' | 'boolean' | 'date' | { readonly list: string }

export interface ShopConfig {
  readonly counted?: { readonly orders?: Spec; readonly items?: Spec }
  readonly guests?: readonly string[]
  readonly types?: Partial<Readonly<Record<Source, Readonly<Record<string, FieldType>>>>>
  readonly currency?: string
  readonly rates?: Readonly<Record<string, string>>
  readonly country?: string
  /** Rules by channel. */
  readonly consent?: Readonly<Record<string, Spec>>
  /** What `$name` as a whole value stands for. */
  readonly parameters?: Readonly<Record<string, Plain>>
}

export interface ShopData {
  readonly timezone: string
  readonly customers: readonly Row[]
  readonly orders: readonly Row[]
  readonly items: readonly Row[]
  readonly products: readonly Row[]
  readonly activities: readonly Row[]
  readonly config?: ShopConfig
  readonly lists?: Readonly<Record<string, readonly Row[]>>
}

export interface Definitions {
  readonly metrics?: Readonly<Record<string, Spec>>
  readonly events?: Readonly<Record<string, Spec>>
  readonly segments?: Readonly<Record<string, Spec>>
}

export interface Occurrence {
  readonly customer: string
  readonly at: string
  readonly captured: Readonly<Record<string, string | null>>
}

/** Members of segments as runs recorded them, by as-of day; what `enters`, `leaves` and `change` look back on. */
export type Recorded = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>

/** How often a kind, an operator or a window was judged, and how often it held. */
export type Tally = Map<string, { judged: number; held: number }>

export class Oracle {
  private readonly shop: Shop
  private readonly definitions: Definitions
  private readonly views = new Map<string, View>()

  constructor(
    shop: ShopData | Oracle,
    definitions: Definitions,
    private readonly recorded: Recorded = {},
    private readonly tally?: Tally,
  ) {
    this.shop = shop instanceof Oracle ? shop.shop : load(shop)
    this.definitions = filled(definitions, this.shop.config.parameters ?? {}) as Definitions
  }

  /** Keys sorted by their UTF-8 bytes. */
  members(segment: string, asOf: string): string[] {
    return this.on(asOf).members(segment)
  }

  /** By time, customer, row. */
  occurrences(event: string, asOf: string): Occurrence[] {
    return this.on(asOf).occurrences(event)
  }

  /** Of all who exist on the day, as text that leaves; null is unknown. */
  metric(name: string, asOf: string): Map<string, string | null> {
    const view = this.on(asOf)
    return new Map(view.everyone.map((customer) => [customer, shown(view.metric(name, customer))]))
  }

  /** Who exists on the day and is in none of the segments, or in several. */
  unparted(segments: readonly string[], asOf: string): { none: string[]; several: string[] } {
    const view = this.on(asOf)
    const homes = (customer: string): number => segments.filter((name) => view.members(name).includes(customer)).length
    return {
      none: view.everyone.filter((customer) => homes(customer) === 0),
      several: view.everyone.filter((customer) => homes(customer) > 1),
    }
  }

  /** The entries of the segment's `expect`, and `partition` of a group, that do not hold; `change` is against the last recorded earlier day, if there is one. */
  breaches(segment: string, asOf: string): string[] {
    const view = this.on(asOf)
    const { expect = {}, partition, base } = map(this.definitions.segments?.[segment])
    const expected: Spec = { ...map(expect), ...(partition === undefined ? {} : { partition }) }
    const now = view.members(segment)
    const others = (names: Plain): readonly string[] => oneOrMore(names).map(String)
    const before = Object.keys(this.recorded[segment] ?? {})
      .filter((day) => day < asOf)
      .sort()
      .at(-1)
    const then = before === undefined ? undefined : this.recorded[segment]![before]!
    const judge: Readonly<Record<string, (written: Plain) => boolean>> = {
      size: (written) => compares(whole(now.length), written, view.today),
      change: (written) => then === undefined || sameEnough(then, now, map(written)),
      subset_of: (names) => others(names).every((other) => now.every((one) => view.members(other).includes(one))),
      partition: (names) => {
        const population = base === undefined ? view.everyone : view.members(String(base))
        return population.every((one) => others(names).filter((part) => view.members(part).includes(one)).length === 1)
      },
      disjoint_with: (names) => others(names).every((other) => !now.some((one) => view.members(other).includes(one))),
    }
    return Object.entries(expected).flatMap(([name, written]) => (judge[name]!(written) ? [] : [name]))
  }

  holds(condition: Spec, customer: string, asOf: string): boolean {
    return this.on(asOf).entry(condition, customer, this.on(asOf).everyone)
  }

  private on(asOf: string): View {
    const view =
      this.views.get(asOf) ??
      new View(this.shop, this.definitions, dayOf(Temporal.PlainDate.from(asOf)), this.recorded, this.tally)
    this.views.set(asOf, view)
    return view
  }
}

/** The columns of a file: every field a row names, in the order in which they are first named. */
export const columnsOf = (rows: readonly Row[]): string[] => [...new Set(rows.flatMap((row) => Object.keys(row)))]

/** Parameters put in place of `$name`. */
function filled(value: unknown, parameters: Readonly<Record<string, Plain>>): unknown {
  if (typeof value === 'string' && value.startsWith('$') && value.slice(1) in parameters) return parameters[value.slice(1)]
  if (Array.isArray(value)) return value.map((one) => filled(one, parameters))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, filled(one, parameters)]))
}

/** (entered + left) / size then, within a percentage; of nobody any change is too much unless nobody is there now. */
function sameEnough(then: readonly string[], now: readonly string[], { max }: Spec): boolean {
  const moved = then.filter((one) => !now.includes(one)).length + now.filter((one) => !then.includes(one)).length
  const [, share = '', percent] = /^([\d.]+)(%?)$/.exec(String(max)) ?? []
  const limit = times(asDecimal(share), whole(then.length).number)
  return order({ digits: BigInt(moved) * (percent ? 100n : 1n), scale: 0 }, limit) <= 0
}

// --- values -----------------------------------------------------------------------------------------------------------------

interface Decimal {
  readonly digits: bigint
  readonly scale: number
}

/** A day since 1970-01-01 and, where the cell has a time, milliseconds since then. */
interface Moment {
  readonly day: number
  readonly instant: number | null
}

type Value =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'number'; readonly number: Decimal }
  | { readonly type: 'boolean'; readonly yes: boolean }
  | { readonly type: 'date'; readonly moment: Moment; readonly shown: string }
  | { readonly type: 'list'; readonly parts: readonly string[] }
type Maybe = Value | null

const text = (value: string): Value => ({ type: 'text', text: value })
const number = (value: Decimal): Value => ({ type: 'number', number: value })
const whole = (value: number): Extract<Value, { type: 'number' }> => ({
  type: 'number',
  number: { digits: BigInt(value), scale: 0 },
})
const dateValue = (day: number): Value => ({ type: 'date', moment: { day, instant: null }, shown: iso(day) })

function shown(value: Maybe): string | null {
  if (value === null) return null
  switch (value.type) {
    case 'text':
      return value.text
    case 'number':
      return show(value.number)
    case 'boolean':
      return String(value.yes)
    case 'date':
      return value.shown
    case 'list':
      return value.parts.join(';')
  }
}

const composed = (value: string): string => value.normalize('NFC')
/** A final sigma is the lower case of the same letter as the other one. */
export const fold = (value: string): string => composed(composed(value).toLowerCase()).replaceAll('ς', 'σ')
const bytewise = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

// --- decimals ---------------------------------------------------------------------------------------------------------------

const ten = (power: number): bigint => 10n ** BigInt(power)
const size = (n: bigint): bigint => (n < 0n ? -n : n)

/** Any script's digits as 0–9: a run of decimal digits begins at a multiple that is found by walking down. */
const plainDigits = (value: string): string =>
  value.replace(/\p{Nd}/gu, (digit) => {
    let zero = digit.codePointAt(0)!
    while (digit.codePointAt(0)! - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--
    return String(digit.codePointAt(0)! - zero)
  })

function decimal(cell: string): Decimal | null {
  const match = /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(plainDigits(cell))
  if (!match) return null
  const fraction = match[3] ?? ''
  const digits = BigInt(match[2]! + fraction)
  return { digits: match[1] === '-' ? -digits : digits, scale: fraction.length }
}

const rescale = (a: Decimal, scale: number): Decimal => ({
  digits: a.digits * ten(Math.max(0, scale - a.scale)),
  scale: Math.max(scale, a.scale),
})
const difference = (a: Decimal, b: Decimal): bigint => rescale(a, b.scale).digits - rescale(b, a.scale).digits
const order = (a: Decimal, b: Decimal): number => (difference(a, b) < 0n ? -1 : difference(a, b) > 0n ? 1 : 0)
const times = (a: Decimal, b: Decimal): Decimal => ({ digits: a.digits * b.digits, scale: a.scale + b.scale })
const plus = (a: Decimal, b: Decimal): Decimal => ({
  digits: rescale(a, b.scale).digits + rescale(b, a.scale).digits,
  scale: Math.max(a.scale, b.scale),
})
const total = (all: readonly Decimal[], scale = 0): Decimal => all.reduce(plus, { digits: 0n, scale })

/** Half away from zero to 6 decimals, without trailing zeros. */
function quotient(a: Decimal, b: Decimal): Decimal {
  const top = a.digits * ten(b.scale + 6)
  const bottom = b.digits * ten(a.scale)
  const rounded = (2n * size(top) + size(bottom)) / (2n * size(bottom))
  let digits = top < 0n === bottom < 0n ? rounded : -rounded
  let scale = 6
  for (; scale > 0 && digits % 10n === 0n; scale--) digits /= 10n
  return { digits, scale }
}

function show(a: Decimal): string {
  const digits = size(a.digits)
    .toString()
    .padStart(a.scale + 1, '0')
  const point = digits.length - a.scale
  return (a.digits < 0n ? '-' : '') + digits.slice(0, point) + (a.scale > 0 ? `.${digits.slice(point)}` : '')
}

// --- days, moments, windows -------------------------------------------------------------------------------------------------

const epoch = Temporal.PlainDate.from('1970-01-01')
const dayOf = (date: Temporal.PlainDate): number => epoch.until(date, { largestUnit: 'days' }).days
const dateOf = (day: number): Temporal.PlainDate => epoch.add({ days: day })
const iso = (day: number): string => dateOf(day).toString()

/** By day; on one day those without a time first. */
const byMoment = (a: Moment, b: Moment): number => {
  if (a.day !== b.day) return a.day - b.day
  if (a.instant === null || b.instant === null) return Number(a.instant !== null) - Number(b.instant !== null)
  return a.instant - b.instant
}

/** Strictly later: on a later day, where either has only a day. */
const later = (a: Moment, b: Moment): boolean =>
  a.instant === null || b.instant === null ? a.day > b.day : a.instant > b.instant

const dateCell = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?) ?(Z|[+-]\d{2}:\d{2})?)?$/

function dateFrom(cell: string, zone: string): Value | null {
  const match = dateCell.exec(plainDigits(cell))
  if (!match) return null
  const [, day, time, offset] = match
  if (time === undefined) return dateValue(dayOf(Temporal.PlainDate.from(day!)))
  const at = offset
    ? Temporal.Instant.from(`${day}T${time}${offset}`).toZonedDateTimeISO(zone)
    : Temporal.PlainDateTime.from(`${day}T${time}`).toZonedDateTime(zone, { disambiguation: 'compatible' })
  return {
    type: 'date',
    moment: { day: dayOf(at.toPlainDate()), instant: at.epochMilliseconds },
    shown: at.toString({ timeZoneName: 'never' }),
  }
}

const units: Readonly<Record<string, string>> = {
  d: 'days', day: 'days', days: 'days', w: 'weeks', week: 'weeks', weeks: 'weeks', mo: 'months', month: 'months', months: 'months',
  y: 'years', year: 'years', years: 'years', h: 'hours', hour: 'hours', hours: 'hours', minute: 'minutes', minutes: 'minutes',
} // biome-ignore format: a table

interface Duration {
  readonly n: number
  readonly unit: string
}

function duration(written: Plain | undefined): Duration {
  const match = /^(\d+) ?([a-z]+)$/.exec(String(written))
  const unit = match && units[match[2]!]
  if (!match || !unit) throw new Error(`no duration: ${String(written)}`)
  return { n: Number(match[1]), unit }
}

/** Calendar arithmetic, clamped at month ends. */
const shift = (day: number, by: Duration, sign: 1 | -1): number => dayOf(dateOf(day).add({ [by.unit]: sign * by.n }))
const back = (day: number, written: Plain | undefined): number => shift(day, duration(written), -1)
const ahead = (day: number, written: Plain | undefined): number => shift(day, duration(written), 1)

const writtenDay = (written: Plain | undefined, today: number): number =>
  String(written).startsWith('-')
    ? back(today, String(written).slice(1))
    : dayOf(Temporal.PlainDate.from(String(written).slice(0, 10)))

/** Both ends included. */
interface Days {
  readonly first: number
  readonly last: number
}

const within = (day: number, days: Days): boolean => day >= days.first && day <= days.last
const always: Days = { first: -Infinity, last: Infinity }
export const windowKeys = ['last', 'ago', 'between', 'since', 'until', 'on', 'period'] as const

function windowOf(spec: Spec, today: number): Days | null {
  if ('last' in spec) return { first: back(today, spec['last']) + 1, last: today }
  if ('ago' in spec) {
    const { from, to } = map(spec['ago'])
    return { first: from === undefined ? -Infinity : back(today, from) + 1, last: to === undefined ? today : back(today, to) }
  }
  if ('between' in spec) {
    const [a, b] = list(spec['between'])
    return { first: writtenDay(a, today), last: writtenDay(b, today) }
  }
  if ('on' in spec) return { first: writtenDay(spec['on'], today), last: writtenDay(spec['on'], today) }
  if ('period' in spec) return period(String(spec['period']), today)
  if (!('since' in spec) && !('until' in spec)) return null
  return {
    first: 'since' in spec ? writtenDay(spec['since'], today) : -Infinity,
    last: 'until' in spec ? writtenDay(spec['until'], today) : Infinity,
  }
}

function period(written: string, today: number): Days {
  if (written === 'today') return { first: today, last: today }
  if (written === 'yesterday') return { first: today - 1, last: today - 1 }
  const match = /^(?:(this|last)|(\d+)) ([a-z]+?)s?(?: ago)?$/.exec(written)
  if (!match) throw new Error(`no period: ${written}`)
  const days = calendar(match[3]!, today, match[1] === 'this' ? 0 : match[1] === 'last' ? 1 : Number(match[2]))
  return { first: days.first, last: Math.min(days.last, today) }
}

/** The calendar day, week, month, quarter or year that holds a day, or the n-th before it. */
function calendar(unit: string, day: number, before = 0): Days {
  const date = dateOf(day)
  const starts: Readonly<Record<string, () => readonly [Temporal.PlainDate, Temporal.DurationLike]>> = {
    day: () => [date, { days: 1 }],
    week: () => [date.subtract({ days: date.dayOfWeek - 1 }), { weeks: 1 }],
    month: () => [date.with({ day: 1 }), { months: 1 }],
    quarter: () => [date.with({ month: date.month - ((date.month - 1) % 3), day: 1 }), { months: 3 }],
    year: () => [date.with({ month: 1, day: 1 }), { years: 1 }],
  }
  const [start, step] = starts[unit]!()
  let first = start
  for (let i = 0; i < before; i++) first = first.subtract(step)
  return { first: dayOf(first), last: dayOf(first.add(step)) - 1 }
}

/** The day in that year; 29 February falls on the 28th in common years. */
const anniversaryIn = (day: number, year: number): number => {
  const date = dateOf(day)
  return dayOf(Temporal.PlainDate.from({ year, month: date.month, day: date.day }, { overflow: 'constrain' }))
}

// --- plain definitions ------------------------------------------------------------------------------------------------------

const map = (value: Plain | undefined): Spec => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`no map: ${JSON.stringify(value)}`)
  return value as Spec
}
const list = (value: Plain | undefined): readonly Plain[] => {
  if (!Array.isArray(value)) throw new Error(`no list: ${JSON.stringify(value)}`)
  return value as readonly Plain[]
}
const isMap = (value: Plain | undefined): value is Spec => typeof value === 'object' && value !== null && !Array.isArray(value)
function grouped<Key, One>(all: readonly One[], key: (one: One) => Key): Map<Key, One[]> {
  const groups = new Map<Key, One[]>()
  for (const one of all) groups.set(key(one), [...(groups.get(key(one)) ?? []), one])
  return groups
}
const oneOrMore = (value: Plain | undefined): readonly Plain[] => (Array.isArray(value) ? (value as readonly Plain[]) : [value!])
const without = (spec: Spec, key: string): Spec => Object.fromEntries(Object.entries(spec).filter(([name]) => name !== key))

// --- the shop ---------------------------------------------------------------------------------------------------------------

/** A row with a moment: an order, a line, an activity, or an event's row. */
interface Fact {
  readonly customer: string
  readonly moment: Moment
  readonly at: string
  /** What orders rows of one moment. */
  readonly key: readonly (string | Decimal)[]
  readonly order: string
  readonly fields: Map<string, Maybe>
  lines: readonly Fact[]
  counted: boolean
}

type Stream = 'orders' | 'items' | 'activities'

interface Shop {
  readonly zone: string
  readonly customers: ReadonlyMap<string, ReadonlyMap<string, Maybe>>
  readonly facts: Readonly<Record<Stream, readonly Fact[]>>
  /** Of every number field of orders and items, guests' and uncounted rows among them: `orders.amount` → 2. */
  readonly scales: ReadonlyMap<string, number>
  readonly lists: Readonly<Record<string, readonly Row[]>>
  readonly config: ShopConfig
}

const known: Readonly<Record<Source, Readonly<Record<string, 'text' | 'number' | 'date'>>>> = {
  customers: {
    ...texts('customer email phone first_name last_name full_name gender city region country postcode company industry'),
    birth_date: 'date',
    created_on: 'date',
  },
  orders: { ...texts('customer order status channel store currency'), at: 'date', amount: 'number', discount: 'number' },
  items: {
    ...texts('order sku product category brand'),
    quantity: 'number',
    price: 'number',
    amount: 'number',
    discount: 'number',
  },
  products: texts('sku product category brand'),
  activities: { ...texts('customer type id value'), at: 'date' },
}

function texts(names: string): Readonly<Record<string, 'text'>> {
  return Object.fromEntries(names.split(' ').map((name) => [name, 'text' as const]))
}

const yes = ['true', 'yes', 'да']
const no = ['false', 'no', 'нет']
const cell = (row: Row, field: string): string => (row[field] ?? '').trim()

/** The narrowest type that all cells fit. */
function narrowest(cells: readonly string[], zone: string): FieldType {
  if (cells.length === 0) return 'text'
  if (cells.every((one) => yes.includes(fold(one)) || no.includes(fold(one)))) return 'boolean'
  if (cells.every((one) => /^[+-]?(0|[1-9]\d*)(\.\d+)?$/.test(plainDigits(one)) && one.replace(/\P{Nd}/gu, '').length <= 15))
    return 'number'
  if (cells.every((one) => dateFrom(one, zone) !== null)) return 'date'
  return 'text'
}

function read(written: string, type: FieldType, zone: string): Maybe {
  if (written === '') return null
  if (typeof type === 'object') {
    const parts = written.split(type.list).map((part) => part.trim())
    return parts.some((part) => part !== '') ? { type: 'list', parts: parts.filter((part) => part !== '') } : null
  }
  switch (type) {
    case 'text':
      return text(written)
    case 'boolean':
      return { type: 'boolean', yes: [...yes, '1'].includes(fold(written)) }
    case 'date':
      return dateFrom(written, zone)
    case 'number': {
      const value = decimal(written)
      return value && number(value)
    }
  }
}

function load(data: ShopData): Shop {
  const zone = data.timezone
  const typed = (source: Source): Map<string, Maybe>[] => {
    const rows = data[source]
    const types = new Map<string, FieldType>()
    for (const field of columnsOf(rows)) {
      const cells = rows.map((row) => cell(row, field)).filter((one) => one !== '')
      const line = source === 'items' && field === 'line'
      const guess = line ? (narrowest(cells, zone) === 'number' ? 'number' : 'text') : narrowest(cells, zone)
      types.set(field, data.config?.types?.[source]?.[field] ?? known[source][field] ?? guess)
    }
    return rows.map((row) => new Map([...types].map(([field, type]) => [field, read(cell(row, field), type, zone)])))
  }
  const guests = new Set(['', ...(data.config?.guests ?? [])])
  const customers = new Map<string, ReadonlyMap<string, Maybe>>()
  for (const [i, fields] of typed('customers').entries()) customers.set(cell(data.customers[i]!, 'customer'), fields)
  const { orders, items } = receipts(data, typed)
  const columns = columnsOf(data.activities)
  const activities = typed('activities').map((fields, i) => {
    const row = data.activities[i]!
    const id = cell(row, 'id')
    return fact(cell(row, 'customer'), fields, id === '' ? columns.map((column) => cell(row, column)) : [id], '', zone)
  })
  const facts = { orders: sorted(orders), items: sorted(items), activities: sorted(activities) }
  count(facts, data.config?.counted ?? {})
  const theirs = (all: readonly Fact[]): readonly Fact[] => all.filter((one) => !guests.has(one.customer))
  for (const one of [...theirs(facts.orders), ...theirs(facts.activities)])
    if (!customers.has(one.customer)) customers.set(one.customer, new Map([['customer', text(one.customer)]]))
  return {
    zone,
    customers,
    facts: { orders: theirs(facts.orders), items: theirs(facts.items), activities: theirs(facts.activities) },
    scales: new Map([...scalesOf('orders', facts.orders), ...scalesOf('items', facts.items)]),
    lists: data.lists ?? {},
    config: data.config ?? {},
  }
}

const scalesOf = (stream: Stream, facts: readonly Fact[]): (readonly [string, number])[] =>
  [...new Set(facts.flatMap((one) => [...one.fields.keys()]))].map((field) => [
    `${stream}.${field}`,
    Math.max(0, ...numbers(facts, field).map((one) => one.scale)),
  ])

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

/** A row at its moment with the derived hour, weekday, day and month. */
function fact(customer: string, own: Map<string, Maybe>, key: Fact['key'], orderKey: string, zone: string): Fact {
  const at = own.get('at')
  if (at?.type !== 'date') throw new Error('a row without a moment')
  const date = dateOf(at.moment.day)
  const time = at.moment.instant
  const hour = time === null ? null : whole(Temporal.Instant.fromEpochMilliseconds(time).toZonedDateTimeISO(zone).hour)
  const derived = { hour, weekday: text(weekdays[date.dayOfWeek - 1]!), day: whole(date.day), month: whole(date.month) }
  const fields = new Map<string, Maybe>([...Object.entries(derived), ...own])
  return { customer, moment: at.moment, at: at.shown, key, order: orderKey, fields, lines: [], counted: true }
}

const sorted = (facts: readonly Fact[]): Fact[] => [...facts].sort(byRow)

function byRow(a: Fact, b: Fact): number {
  const moments = byMoment(a.moment, b.moment)
  if (moments !== 0) return moments
  for (let i = 0; i < Math.min(a.key.length, b.key.length); i++) {
    const [x, y] = [a.key[i]!, b.key[i]!]
    const keys = typeof x === 'string' || typeof y === 'string' ? bytewise(String(x), String(y)) : order(x, y)
    if (keys !== 0) return keys
  }
  return 0
}

const numbers = (facts: readonly (Fact | Map<string, Maybe>)[], field: string): Decimal[] =>
  facts.flatMap((one) => {
    const value = (one instanceof Map ? one : one.fields).get(field)
    return value?.type === 'number' ? [value.number] : []
  })

/** Every number of a field gets the most decimals any of its cells has. */
function evenScale(all: readonly Map<string, Maybe>[], field: string): void {
  const scale = Math.max(0, ...numbers(all, field).map((one) => one.scale))
  for (const fields of all) {
    const value = fields.get(field)
    if (value?.type === 'number') fields.set(field, number(rescale(value.number, scale)))
  }
}

const evenScales = (all: readonly Map<string, Maybe>[]): void => {
  for (const field of new Set(all.flatMap((fields) => [...fields.keys()]))) evenScale(all, field)
}

/** Orders and their lines, with what each has from the other and from the products. */
function receipts(data: ShopData, typed: (source: Source) => Map<string, Maybe>[]): { orders: Fact[]; items: Fact[] } {
  const columns = columnsOf(data.orders)
  const heads = typed('orders')
  const rate = ratesOf(data)
  for (const [i, fields] of heads.entries()) exchange(fields, rate(data.orders[i]!))
  const rateOfOrder = new Map(data.orders.map((row) => [cell(row, 'order'), rate(row)]))
  evenScales(heads)
  const byKey = new Map<string, Fact>()
  heads.forEach((fields, i) => {
    const row = data.orders[i]!
    const key = cell(row, 'order')
    const cells = columns.map((column) => cell(row, column))
    byKey.set(key || `\u001f${i}`, fact(cell(row, 'customer'), fields, key ? [key] : cells, key, data.timezone))
  })
  const products = new Map(typed('products').map((fields, i) => [cell(data.products[i]!, 'sku'), fields]))
  const productColumns = columnsOf(data.products)
  const itemColumns = new Set([...columnsOf(data.items), ...Object.keys(known.items), 'line'])
  const lines = typed('items')
  lines.forEach((fields, i) => {
    const product = products.get(cell(data.items[i]!, 'sku'))
    for (const field of productColumns) if (!fields.get(field)) fields.set(field, product?.get(field) ?? null)
    if (!fields.get('quantity')) fields.set('quantity', whole(1))
    exchange(fields, rateOfOrder.get(cell(data.items[i]!, 'order')) ?? null)
  })
  evenScales(lines)
  for (const fields of lines) {
    const [quantity, price] = [fields.get('quantity'), fields.get('price')]
    if (fields.get('amount') || quantity?.type !== 'number') continue
    fields.set('amount', price?.type === 'number' ? number(times(quantity.number, price.number)) : null)
  }
  evenScale(lines, 'amount')
  const items = lines.flatMap((fields, i) => {
    const head = byKey.get(cell(data.items[i]!, 'order'))
    if (!head) return []
    for (const [field, value] of head.fields)
      if (!itemColumns.has(field) && !productColumns.includes(field)) fields.set(field, value)
    const line = fields.get('line')
    const place = line?.type === 'number' ? line.number : line?.type === 'text' ? line.text : { digits: BigInt(i), scale: 0 }
    const item = fact(head.customer, fields, [head.order, place, { digits: BigInt(i), scale: 0 }], head.order, data.timezone)
    head.lines = [...head.lines, item].sort(byRow)
    return [item]
  })
  return { orders: [...byKey.values()], items }
}

/** The rate of an order's currency; null where it is the project's. */
const ratesOf = (data: ShopData): ((row: Row) => Decimal | null) => {
  const { currency, rates = {} } = data.config ?? {}
  const byCode = new Map(Object.entries(rates).map(([code, rate]) => [fold(code), asDecimal(rate)]))
  return (row) => {
    const own = fold(cell(row, 'currency'))
    if (currency === undefined || own === '' || own === fold(currency)) return null
    return byCode.get(own) ?? asDecimal('no rate')
  }
}

function exchange(fields: Map<string, Maybe>, rate: Decimal | null): void {
  for (const field of rate === null ? [] : ['amount', 'discount', 'price']) {
    const value = fields.get(field)
    if (value?.type === 'number') fields.set(field, number(times(value.number, rate!)))
  }
}

/** What is a purchase: first the lines, then the orders with what they draw from their lines, then the lines of those orders. */
function count(facts: { orders: Fact[]; items: Fact[] }, counted: NonNullable<ShopConfig['counted']>): void {
  const passing = new Set(facts.items.filter((item) => passes(item, counted.items ?? {}, 0)))
  for (const one of facts.orders) {
    const sound = one.lines.filter((line) => passing.has(line))
    const lines = sound.length > 0 ? sound : one.lines
    const amounts = numbers(lines, 'amount')
    const derived = {
      items: whole(lines.length),
      units: number(total(numbers(lines, 'quantity'))),
      amount: amounts.length > 0 ? number(total(amounts)) : null,
      number: null,
      gap: null,
    }
    for (const [field, value] of Object.entries(derived)) if (!one.fields.get(field)) one.fields.set(field, value)
  }
  for (const field of ['amount', 'units'])
    evenScale(
      facts.orders.map((one) => one.fields),
      field,
    )
  for (const one of facts.orders)
    one.counted = passes(one, counted.orders ?? {}, 0) && (one.lines.length === 0 || one.lines.some((line) => passing.has(line)))
  for (const own of grouped(facts.orders, (one) => one.customer).values())
    ordinals(own.filter((one) => one.counted)).forEach(([one, fields]) => {
      for (const [field, value] of fields) one.fields.set(field, value)
    })
  for (const one of facts.orders)
    for (const line of one.lines) {
      line.counted = passing.has(line) && one.counted
      for (const field of ['items', 'units', 'number', 'gap'])
        if (!line.fields.has(field)) line.fields.set(field, one.fields.get(field) ?? null)
    }
}

/** Each row with its number and the days since the one before. */
const ordinals = (facts: readonly Fact[]): (readonly [Fact, readonly (readonly [string, Maybe])[]])[] =>
  facts.map((one, i) => {
    const previous = facts[i - 1]
    return [
      one,
      [
        ['number', whole(i + 1)],
        ['gap', previous ? whole(one.moment.day - previous.moment.day) : null],
      ],
    ] as const
  })

// --- comparisons ------------------------------------------------------------------------------------------------------------

interface Options {
  readonly exact: boolean
  readonly today: number
}

interface Operator {
  readonly negative?: true
  /** Null where the value or the operand is none of the kind: unknown. */
  test(value: Value, operand: Plain | Decimal, options: Options): boolean | null
}

const spelled = (value: string, options: Options): string => (options.exact ? composed(value) : fold(value))

function equal(value: Value, operand: Plain | Decimal, options: Options): boolean {
  switch (value.type) {
    case 'text':
      return spelled(value.text, options) === spelled(String(operand), options)
    case 'number':
      return order(value.number, asDecimal(operand)) === 0
    case 'boolean':
      return value.yes === (operand === true || yes.includes(fold(String(operand))))
    case 'date':
      return value.moment.day === writtenDay(operand as Plain, options.today)
    case 'list':
      throw new Error('a list is compared by has_any, has_all and has_none')
  }
}

const isDecimal = (operand: Plain | Decimal | undefined): operand is Decimal =>
  typeof operand === 'object' && operand !== null && 'digits' in operand

const asDecimal = (operand: Plain | Decimal): Decimal => {
  const value = isDecimal(operand) ? operand : decimal(String(operand))
  if (!value) throw new Error(`no number: ${String(operand)}`)
  return value
}

const numeric = (holds: (sign: number) => boolean): Operator => ({
  test(value, operand) {
    const own = value.type === 'number' ? value.number : value.type === 'text' ? decimal(value.text) : null
    return own && holds(order(own, asDecimal(operand)))
  },
})

const textual = (holds: (own: string, other: string) => boolean): Operator => ({
  test: (value, operand, options) => holds(spelled(shown(value)!, options), spelled(String(operand), options)),
})

const listed = (holds: (own: ReadonlySet<string>, others: readonly string[]) => boolean): Operator => ({
  test(value, operand, options) {
    const parts = value.type === 'list' ? value.parts : [shown(value)!]
    return holds(
      new Set(parts.map((part) => spelled(part, options))),
      oneOrMore(operand as Plain).map((one) => spelled(String(one), options)),
    )
  },
})

const dated = (holds: (day: number, operand: Plain, today: number) => boolean): Operator => ({
  test: (value, operand, { today }) => (value.type === 'date' ? holds(value.moment.day, operand as Plain, today) : null),
})

const negated = (operator: Operator): Operator => ({
  negative: true,
  test: (value, operand, options) => {
    const held = operator.test(value, operand, options)
    return held === null ? null : !held
  },
})

const is: Operator = { test: equal }
const isIn: Operator = { test: (value, operand, options) => list(operand as Plain).some((one) => equal(value, one, options)) }
const contains = textual((own, other) => own.includes(other))
const hasAny = listed((own, others) => others.some((one) => own.has(one)))

const operators: Readonly<Record<string, Operator>> = {
  is,
  not: negated(is),
  in: isIn,
  not_in: negated(isIn),
  min: numeric((sign) => sign >= 0),
  max: numeric((sign) => sign <= 0),
  above: numeric((sign) => sign > 0),
  below: numeric((sign) => sign < 0),
  exactly: numeric((sign) => sign === 0),
  contains,
  not_contains: negated(contains),
  starts_with: textual((own, other) => own.startsWith(other)),
  ends_with: textual((own, other) => own.endsWith(other)),
  matches: {
    test: (value, operand, { exact }) => new RegExp(composed(String(operand)), exact ? 'u' : 'iu').test(composed(shown(value)!)),
  },
  has_any: hasAny,
  has_all: listed((own, others) => others.every((one) => own.has(one))),
  has_none: negated(hasAny),
  before: dated((day, operand, today) => day < writtenDay(operand, today)),
  after: dated((day, operand, today) => day > writtenDay(operand, today)),
  next: dated((day, operand, today) => day >= today && day < ahead(today, operand)),
}

const inWindow = dated((day, spec, today) => within(day, windowOf(map(spec), today) ?? always))

/** `other` gives the customer's own other value for `{ metric: NAME, times: … }`. */
function compares(
  value: Maybe,
  written: Plain,
  today: number,
  other?: (operand: Spec) => Decimal | null,
  unknown?: 'include' | 'exclude',
): boolean {
  const spec: Spec = isMap(written) ? written : Array.isArray(written) ? { in: written as Plain } : { is: written }
  const options = { exact: spec['case'] === 'exact', today }
  const judged = (operator: Operator, operand: Plain | Decimal | null): boolean => {
    const held = value === null || operand === null ? null : operator.test(value, operand, options)
    if (held !== null) return held
    const settled = unknown ?? spec['unknown']
    return settled === undefined ? operator.negative === true : settled === 'include'
  }
  if (windowKeys.some((key) => key in spec) && !judged(inWindow, spec)) return false
  return Object.entries(spec).every(([name, operand]) => {
    if (name === 'exists') return (value !== null) === operand
    const operator = operators[name]
    if (operator) return judged(operator, isMap(operand) && other ? other(operand) : operand)
    if (name === 'case' || name === 'unknown' || (windowKeys as readonly string[]).includes(name)) return true
    throw new Error(`no operator: ${name}`)
  })
}

/** A filter over a row's fields. */
function passes(row: Fact, filter: Plain, today: number): boolean {
  if (filter === 'any') return true
  return Object.entries(map(filter)).every(([name, body]) => {
    if (name === 'all') return list(body).every((entry) => passes(row, entry, today))
    if (name === 'any') return list(body).some((entry) => passes(row, entry, today))
    if (name === 'none') return !list(body).some((entry) => passes(row, entry, today))
    if (name === 'counted') return body === 'any' || row.counted === body
    return compares(row.fields.get(name) ?? null, body, today)
  })
}

const seen = (row: Fact, filter: Plain, today: number): boolean =>
  (row.counted || (isMap(filter) && 'counted' in filter)) && passes(row, filter, today)

function told(tally: Tally, kind: string, held: boolean): void {
  const { judged, held: before } = tally.get(kind) ?? { judged: 0, held: 0 }
  tally.set(kind, { judged: judged + 1, held: before + Number(held) })
}

// --- one as-of day ----------------------------------------------------------------------------------------------------------

const streams = ['orders', 'items', 'activities'] as const
const isStream = (name: string): name is Stream => (streams as readonly string[]).includes(name)

class View {
  readonly everyone: readonly string[]
  private readonly rows: ReadonlyMap<string, Readonly<Record<Stream, readonly Fact[]>>>
  private readonly memberships = new Map<string, readonly string[]>()
  private readonly values = new Map<string, Maybe>()

  constructor(
    readonly shop: Shop,
    readonly definitions: Definitions,
    readonly today: number,
    readonly recorded: Recorded,
    private readonly tally?: Tally,
  ) {
    const of = (stream: Stream): Map<string, Fact[]> =>
      grouped(
        shop.facts[stream].filter((one) => one.moment.day <= today),
        (one) => one.customer,
      )
    const [orders, items, activities] = [of('orders'), of('items'), of('activities')]
    const none: readonly Fact[] = []
    this.rows = new Map(
      [...shop.customers.keys()].map((key) => [
        key,
        { orders: orders.get(key) ?? none, items: items.get(key) ?? none, activities: activities.get(key) ?? none },
      ]),
    )
    const ever = new Set([...shop.facts.orders, ...shop.facts.activities].map((one) => one.customer))
    const exists = (key: string): boolean => this.firstDay(key) <= today || (!this.created(key) && !ever.has(key))
    this.everyone = [...shop.customers.keys()].filter(exists).sort(bytewise)
  }

  private created(customer: string): Extract<Value, { type: 'date' }> | null {
    const created = this.shop.customers.get(customer)?.get('created_on')
    return created?.type === 'date' ? created : null
  }

  /** The earlier of `created_on` and the first dated row up to D; infinite without either. */
  firstDay(customer: string): number {
    const own = this.rows.get(customer)!
    const days = [...own.orders, ...own.activities].map((one) => one.moment.day)
    return Math.min(this.created(customer)?.moment.day ?? Infinity, ...days)
  }

  members(segment: string): string[] {
    const remembered = this.memberships.get(segment)
    if (remembered) return [...remembered]
    const spec = this.definitions.segments?.[segment]
    if (!spec) throw new Error(`no segment: ${segment}`)
    const base = spec['base'] === undefined || spec['base'] === 'customers' ? this.everyone : this.members(String(spec['base']))
    const found = base.filter((customer) => this.blocks(spec, customer, base))
    this.memberships.set(segment, found)
    return [...found]
  }

  private blocks(spec: Spec, customer: string, base: readonly string[]): boolean {
    const holds = (entry: Plain): boolean => this.entry(map(entry), customer, base)
    const { all, any, none, partition } = spec
    return (
      (partition === undefined || list(partition).some((part) => this.members(String(part)).includes(customer))) &&
      (all === undefined || all === 'customers' || list(all).every(holds)) &&
      (any === undefined || list(any).some(holds)) &&
      (none === undefined || !list(none).some(holds))
    )
  }

  entry(entry: Spec, customer: string, base: readonly string[]): boolean {
    if ('all' in entry || 'any' in entry || 'none' in entry) return this.blocks(entry, customer, base)
    const [[kind, body] = ['', null], ...more] = Object.entries(entry)
    const condition = conditions[kind]
    if (!condition || more.length > 0) throw new Error(`no condition: ${JSON.stringify(entry)}`)
    const held = condition(body, customer, this, base)
    if (this.tally) told(this.tally, kind, held)
    return held
  }

  /** A metric, or an attribute as the file has it. */
  value(name: string, customer: string): Maybe {
    if (this.definitions.metrics?.[name]) return this.metric(name, customer)
    const fields = this.shop.customers.get(customer)
    if (name !== 'age' || fields?.has('age')) return fields?.get(name) ?? null
    const birth = fields?.get('birth_date')
    if (birth?.type !== 'date' || birth.moment.day > this.today) return null
    const year = dateOf(this.today).year
    const passed = anniversaryIn(birth.moment.day, year) <= this.today ? 0 : 1
    return whole(year - dateOf(birth.moment.day).year - passed)
  }

  metric(name: string, customer: string): Maybe {
    const key = `${name}\u001f${customer}`
    if (!this.values.has(key)) this.values.set(key, this.aggregate(this.definitions.metrics![name]!, customer))
    return this.values.get(key)!
  }

  aggregate(spec: Spec, customer: string): Maybe {
    for (const [name, aggregate] of Object.entries(aggregates))
      if (name in spec) {
        const value = aggregate(spec, customer, this)
        if (this.tally) told(this.tally, `metric ${name}`, value !== null && shown(value) !== '0')
        return value
      }
    throw new Error(`no metric: ${JSON.stringify(spec)}`)
  }

  compares(value: Maybe, written: Plain, customer: string): boolean {
    return compares(value, written, this.today, (operand) => {
      const own = this.value(String(operand['metric']), customer)
      return own?.type === 'number' ? times(own.number, asDecimal(operand['times'] ?? 1)) : null
    })
  }

  /** The rows a selector names: `orders`, `items`, `activities` or `event`, with `where`, `containing`, `without` and a window. */
  select(spec: Spec, customer: string): readonly Fact[] {
    const days = windowOf(spec, this.today) ?? always
    const stream = streams.find((name) => name in spec)
    const filter = spec['where'] ?? 'any'
    const rows = stream
      ? this.seen(stream, spec[stream]!, customer).filter((row) => passes(row, filter, this.today))
      : this.event(String(spec['event']), customer).filter((row) => passes(row, filter, this.today))
    return rows.filter((row) => within(row.moment.day, days) && this.holds(row, spec))
  }

  private seen(stream: Stream, filter: Plain, customer: string): readonly Fact[] {
    return this.rows.get(customer)![stream].filter((row) => seen(row, filter, this.today))
  }

  private holds(row: Fact, spec: Spec): boolean {
    const some = (filter: Plain): boolean => row.lines.some((line) => seen(line, filter, this.today))
    return oneOrMore(spec['containing'] ?? []).every(some) && !oneOrMore(spec['without'] ?? []).some(some)
  }

  /** An aggregate's rows and the field it is about: `orders.amount`, `EVENT.field`, `orders`. */
  about(written: Plain | undefined, spec: Spec, customer: string): { rows: readonly Fact[]; field: string; source: string } {
    const [source = '', field = ''] = String(written).split('.')
    const { where = 'any' } = spec
    const selector: Spec = isStream(source) ? { ...without(spec, 'where'), [source]: where } : { ...spec, event: source }
    return { rows: this.select(clean(selector), customer), field, source }
  }

  /** The scale of a field of orders or items; 0 for others. */
  scale(source: string, field: string): number {
    const stream = isStream(source) ? source : String(this.definitions.events?.[source]?.['on'] ?? 'activities')
    return this.shop.scales.get(`${stream}.${field}`) ?? 0
  }

  /** An event's rows with the occurrence's own number and gap. */
  event(name: string, customer: string): readonly Fact[] {
    return ordinals(this.raw(name, customer)).map(([one, own]) => ({ ...one, fields: new Map([...one.fields, ...own]) }))
  }

  private raw(name: string, customer: string): readonly Fact[] {
    const spec = this.definitions.events?.[name]
    if (!spec) throw new Error(`no event: ${name}`)
    const kind = Object.keys(eventKinds).find((key) => key in spec)
    const rows = 'on' in spec ? this.eventRows(spec, customer) : []
    const found = kind ? eventKinds[kind]!(rows, spec, customer, this) : rows
    if (this.tally) told(this.tally, `event ${kind ?? 'rows'}`, found.length > 0)
    return found
  }

  private eventRows(spec: Spec, customer: string): readonly Fact[] {
    const { on, where = 'any', containing = [], without = [] } = spec
    const rows = this.select({ [String(on)]: where, containing, without }, customer)
    if (spec['per'] !== 'order') return rows
    return [...grouped(rows, (row) => row.order).values()].map((lines) => {
      const sums = ['quantity', 'amount'].map((field) => {
        const known = numbers(lines, field)
        return [field, known.length > 0 ? number(total(known)) : null] as const
      })
      return { ...lines[0]!, fields: new Map([...lines[0]!.fields, ...sums]) }
    })
  }

  occurrences(name: string): Occurrence[] {
    const capture = list(this.definitions.events?.[name]?.['capture'] ?? []).map(String)
    const found = this.everyone.flatMap((customer) => this.raw(name, customer).map((row, i) => ({ customer, row, i })))
    found.sort((a, b) => byMoment(a.row.moment, b.row.moment) || bytewise(a.customer, b.customer) || a.i - b.i)
    return found.map(({ customer, row }) => ({
      customer,
      at: row.at,
      captured: Object.fromEntries(capture.map((field) => [field, shown(row.fields.get(field) ?? null)])),
    }))
  }
}

/** Of a selector, what chooses rows. */
const clean = (spec: Spec): Spec => {
  const keys: readonly string[] = [...streams, 'event', 'where', 'containing', 'without', ...windowKeys]
  return Object.fromEntries(Object.entries(spec).filter(([key]) => keys.includes(key)))
}

// --- conditions -------------------------------------------------------------------------------------------------------------

type Condition = (body: Plain, customer: string, view: View, base: readonly string[]) => boolean

const performed: Condition = (body, customer, view) => {
  const spec = map(body)
  const rows = view.select(spec, customer)
  const { count, days } = spec
  if (count === undefined && days === undefined) return rows.length > 0
  return (
    (count === undefined || compares(whole(rows.length), count, view.today)) &&
    (days === undefined || compares(whole(new Set(rows.map((row) => row.moment.day)).size), days, view.today))
  )
}

const inSegment: Condition = (body, customer, view) =>
  oneOrMore(body).some((segment) => view.members(String(segment)).includes(customer))

/** How two cells are made the same person's; null where the cell is no such address. */
const listKeys: Readonly<Record<string, (written: string, country: string | undefined) => string | null>> = {
  customer: (written) => written,
  email: fold,
  phone: (written, country) => {
    const number = parsePhoneNumberFromString(written, country as CountryCode | undefined)
    return number?.isPossible() ? number.number : null
  },
}

const inList: Condition = (body, customer, view) => {
  const { file, by } = map(body)
  const own = (key: string): string => shown(view.shop.customers.get(customer)?.get(key) ?? null) ?? ''
  const keys = by === undefined ? Object.keys(listKeys) : [String(by)]
  const { country } = view.shop.config
  return view.shop.lists[String(file)]!.some((row) =>
    keys.some((key) => {
      if (cell(row, key) === '' || own(key) === '') return false
      const same = listKeys[key]!(own(key), country)
      return same !== null && listKeys[key]!(cell(row, key), country) === same
    }),
  )
}

const addressFields: Readonly<Record<string, 'email' | 'phone'>> = { email: 'email', sms: 'phone' }

/** The address of a channel, ready to compare; null where there is none that is well-formed. */
function address(channel: string, customer: string, view: View): string | null {
  const field = addressFields[channel]
  if (field === undefined) throw new Error(`no address of ${channel}`)
  const written = shown(view.shop.customers.get(customer)?.get(field) ?? null)
  if (written === null || (field === 'email' && !/^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/u.test(written))) return null
  const { country } = view.shop.config
  const own = shown(view.shop.customers.get(customer)?.get('country') ?? null)
  return (own === null ? null : listKeys[field]!(written, own)) ?? listKeys[field]!(written, country)
}

const reachable: Condition = (body, customer, view) => {
  const channel = String(body)
  const rule = map(view.shop.config.consent![channel])
  const consents = (one: string, unknown: 'include' | 'exclude'): boolean =>
    Object.entries(map(rule['attribute'])).every(([name, written]) =>
      compares(view.value(name, one), written, view.today, undefined, unknown),
    )
  const own = address(channel, customer, view)
  const saysNo = (one: string): boolean => !consents(one, 'include') && address(channel, one, view) === own
  return own !== null && consents(customer, 'exclude') && !view.everyone.some(saysNo)
}

/** No hand-off is known here, so nobody was ever contacted. */
const contacted: Condition = (body, _customer, view) => {
  const { count } = map(body)
  return count !== undefined && compares(whole(0), count, view.today)
}

/** First or latest ever: the window is about it and not about the rows it is sought among. */
const endPerformed =
  (end: 0 | -1): Condition =>
  (body, customer, view) => {
    const spec = map(body)
    const rows = view.select(
      Object.fromEntries(Object.entries(spec).filter(([key]) => !(windowKeys as readonly string[]).includes(key))),
      customer,
    )
    const row = rows.at(end)
    return row !== undefined && within(row.moment.day, windowOf(spec, view.today) ?? always)
  }

const metricOptions: readonly string[] = ['where', 'containing', 'without', 'by', 'of', 'best', 'among', 'to', ...windowKeys]

const conditions: Readonly<Record<string, Condition>> = {
  attribute: (body, customer, view) =>
    Object.entries(map(body)).every(([name, written]) => view.compares(view.value(name, customer), written, customer)),
  performed,
  not_performed: (...all) => !performed(...all),
  first_performed: endPerformed(0),
  last_performed: endPerformed(-1),
  metric: (body, customer, view) => {
    const spec = map(body)
    const comparison = Object.entries(spec).filter(([key]) => !(key in aggregates) && !metricOptions.includes(key))
    return view.compares(view.aggregate(spec, customer), Object.fromEntries(comparison), customer)
  },
  regularly: (body, customer, view) => {
    const spec = map(body)
    const unit = String(spec['every'])
    const over = calendar(unit, view.today).last === view.today ? 0 : 1
    const rows = view.select(clean(spec), customer)
    const held = Array.from({ length: Number(spec['of']) }, (_, i) => {
      const days = calendar(unit, view.today, over + i)
      const inside = rows.filter((row) => within(row.moment.day, days)).length
      return compares(whole(inside), spec['count'] ?? { min: 1 }, view.today)
    })
    return held.filter(Boolean).length >= Number(spec['in'])
  },
  sequence: (body, customer, view) => {
    const spec = map(body)
    const days = windowOf(spec, view.today) ?? always
    return sequence(spec, customer, view).some((row) => within(row.moment.day, days))
  },
  lapsed: (body, customer, view) => {
    const spec = map(body)
    const quiet = back(view.today, spec['quiet'])
    const active = { first: back(quiet, spec['active']) + 1, last: quiet }
    const days = view.select(clean(spec), customer).map((row) => row.moment.day)
    return days.some((day) => within(day, active)) && !days.some((day) => day > quiet)
  },
  resurrected: (body, customer, view) => {
    const spec = map(body)
    const recent = { first: back(view.today, spec['back']) + 1, last: view.today }
    return afterGap(view.select(clean(spec), customer), spec['quiet']).some((row) => within(row.moment.day, recent))
  },
  anniversary: (body, customer, view) => {
    const spec = map(body)
    const of = view.value(String(spec['of']), customer)
    if (of?.type !== 'date') return false
    const next = { first: view.today, last: ahead(view.today, spec['next']) - 1 }
    const born = dateOf(of.moment.day).year
    for (let year = dateOf(next.first).year; year <= dateOf(next.last).year; year++)
      if (year > born && within(anniversaryIn(of.moment.day, year), next)) return true
    return false
  },
  in_segment: inSegment,
  not_in_segment: (...all) => !inSegment(...all),
  in_list: inList,
  not_in_list: (...all) => !inList(...all),
  reachable,
  contacted,
  not_contacted: (...all) => !contacted(...all),
  rank: (body, customer, view, base) => {
    const spec = map(body)
    const among = spec['among'] === undefined ? base : view.members(String(spec['among']))
    const sign = spec['best'] === 'lowest' ? 1 : -1
    const ranked = among
      .flatMap((key) => {
        const value = view.value(String(spec['by']), key)
        return value === null ? [] : [{ key, value: rankable(value) }]
      })
      .sort((a, b) => sign * order(a.value, b.value) || bytewise(a.key, b.key))
      .map(({ key }) => key)
    const chosen =
      'top' in spec
        ? ranked.slice(0, portion(spec['top']!, ranked.length))
        : ranked.slice(-portion(spec['bottom']!, ranked.length) || ranked.length)
    return chosen.includes(customer)
  },
  sample: (body, customer) => {
    const spec = map(body)
    const bucket = BigInt(bucketOf(String(spec['salt']), customer)) * 100n
    const percent = (written: Plain | undefined): bigint => rescale(asDecimal(String(written ?? 0).replace('%', '')), 4).digits
    return bucket * 100n >= percent(spec['from']) * 100n && bucket * 100n < percent(spec['to']) * 100n
  },
}

const rankable = (value: Value): Decimal => {
  if (value.type === 'number') return value.number
  if (value.type === 'date') return { digits: BigInt(value.moment.day), scale: 0 }
  throw new Error('only numbers and dates have a rank')
}

/** A number of customers, or a percentage of n rounded up. */
function portion(written: Plain, n: number): number {
  if (!String(written).endsWith('%')) return Number(written)
  const percent = asDecimal(String(written).slice(0, -1))
  const bottom = 100n * ten(percent.scale)
  return Number((percent.digits * BigInt(n) + bottom - 1n) / bottom)
}

/** The first 48 bits of SHA-256 of salt, U+001F, key, modulo 10000. */
const bucketOf = (salt: string, customer: string): number =>
  Number(BigInt(`0x${createHash('sha256').update(`${salt}\u001f${customer}`, 'utf8').digest('hex').slice(0, 12)}`) % 10000n)

// --- metrics ----------------------------------------------------------------------------------------------------------------

type Aggregate = (spec: Spec, customer: string, view: View) => Maybe

const isKey = (field: string): boolean => ['customer', 'order', 'sku'].includes(field)

/** What makes two cells one value. */
function identity(value: Value, field: string): string {
  if (value.type === 'number') return show(trimmed(value.number))
  if (value.type === 'date') return String(value.moment.day)
  return isKey(field) ? shown(value)! : fold(shown(value)!)
}

const trimmed = (value: Decimal): Decimal => {
  let { digits, scale } = value
  for (; scale > 0 && digits % 10n === 0n; scale--) digits /= 10n
  return { digits, scale }
}

const asNumber = (value: Maybe): Decimal[] => {
  const read = value?.type === 'number' ? value.number : value?.type === 'text' ? decimal(value.text) : null
  return read ? [read] : []
}

const overNumbers =
  (name: string, compute: (sorted: readonly Decimal[], scale: number) => Decimal | null): Aggregate =>
  (spec, customer, view) => {
    const { rows, field, source } = view.about(spec[name], spec, customer)
    const values = rows.flatMap((row) => asNumber(row.fields.get(field) ?? null)).sort(order)
    const result = compute(values, view.scale(source, field))
    return result && number(result)
  }

const end =
  (name: string, at: 0 | -1): Aggregate =>
  (spec, customer, view) => {
    const { rows, field } = view.about(spec[name], spec, customer)
    const values = rows.flatMap((row) => row.fields.get(field) ?? [])
    const value = values.at(at) ?? null
    return field === 'at' && value?.type === 'date' ? dateValue(value.moment.day) : value
  }

const aggregates: Readonly<Record<string, Aggregate>> = {
  ntile: (spec, customer, view) => {
    const n = Number(spec['ntile'])
    const name = String(spec['of'])
    const among = spec['among'] === undefined ? view.everyone : view.members(String(spec['among']))
    const own = view.value(name, customer)
    if (own?.type !== 'number' || !among.includes(customer)) return null
    const values = among.flatMap((key) => asNumber(view.value(name, key))).sort(order)
    const cuts = Array.from({ length: n - 1 }, (_, k) => cutPoint(values, k + 1, n))
    const tile = 1 + cuts.filter((cut) => order(cut, times(own.number, { digits: BigInt(n), scale: 0 })) < 0).length
    return whole(spec['best'] === 'lowest' ? n + 1 - tile : tile)
  },
  bands: (spec, customer, view) => {
    const { of, cuts } = map(spec['bands'])
    const own = view.value(String(of), customer)
    if (own?.type !== 'number') return null
    return whole(1 + list(cuts).filter((cut) => order(asDecimal(cut), own.number) <= 0).length)
  },
  ratio: (spec, customer, view) => {
    const { of, to } = map(spec['ratio'])
    const [top, bottom] = [view.value(String(of), customer), view.value(String(to), customer)]
    if (top?.type !== 'number' || bottom?.type !== 'number' || bottom.number.digits === 0n) return null
    return number(quotient(top.number, bottom.number))
  },
  count: (spec, customer, view) => whole(view.about(spec['count'], spec, customer).rows.length),
  sum: overNumbers('sum', (values, scale) => total(values, scale)),
  average: overNumbers('average', (values) =>
    values.length > 0 ? quotient(total(values), { digits: BigInt(values.length), scale: 0 }) : null,
  ),
  median: overNumbers('median', (values) => {
    const [a, b] = [values[Math.floor((values.length - 1) / 2)], values[Math.floor(values.length / 2)]]
    return a && b ? quotient(plus(a, b), { digits: 2n, scale: 0 }) : null
  }),
  lowest: overNumbers('lowest', (values) => values[0] ?? null),
  highest: overNumbers('highest', (values) => values.at(-1) ?? null),
  distinct: (spec, customer, view) => {
    const { rows, field } = view.about(spec['distinct'], spec, customer)
    return whole(new Set(rows.flatMap((row) => row.fields.get(field) ?? []).map((value) => identity(value, field))).size)
  },
  first: end('first', 0),
  latest: end('latest', -1),
  days_since: (spec, customer, view) => {
    const latest = view.about(spec['days_since'], spec, customer).rows.at(-1)
    return latest ? whole(view.today - latest.moment.day) : null
  },
  favourite: (spec, customer, view) => {
    const { rows, field } = view.about(spec['favourite'], spec, customer)
    const by = String(spec['by'] ?? 'count')
    const groups = [
      ...grouped(
        rows.filter((row) => row.fields.get(field)),
        (row) => identity(row.fields.get(field)!, field),
      ).values(),
    ]
    const weighed = groups.map((group) => ({
      latest: group.at(-1)!,
      value: group.at(-1)!.fields.get(field)!,
      weight: by === 'count' ? { digits: BigInt(group.length), scale: 0 } : total(numbers(group, by)),
    }))
    weighed.sort(
      (a, b) =>
        order(b.weight, a.weight) ||
        byMoment(b.latest.moment, a.latest.moment) ||
        bytewise(fold(shown(a.value)!), fold(shown(b.value)!)) ||
        bytewise(shown(a.value)!, shown(b.value)!),
    )
    return weighed[0]?.value ?? null
  },
  share: (spec, customer, view) => {
    const where = map(spec['where'] ?? {})
    const base = 'counted' in where ? { ...spec, where: { counted: where['counted']! } } : without(spec, 'where')
    const { rows } = view.about(spec['share'], base, customer)
    if (rows.length === 0) return null
    const part = rows.filter((row) => passes(row, where, view.today)).length
    return number(quotient({ digits: BigInt(part), scale: 0 }, { digits: BigInt(rows.length), scale: 0 }))
  },
}

/** The type-7 quantile at k/n, times n, so that it stays exact. */
function cutPoint(values: readonly Decimal[], k: number, n: number): Decimal {
  const place = (values.length - 1) * k
  const low = values[Math.floor(place / n)]!
  const high = values[Math.floor(place / n) + 1] ?? low
  const weight = (decimals: number): Decimal => ({ digits: BigInt(decimals), scale: 0 })
  return plus(times(low, weight(n - (place % n))), times(high, weight(place % n)))
}

// --- events -----------------------------------------------------------------------------------------------------------------

type EventKind = (rows: readonly Fact[], spec: Spec, customer: string, view: View) => readonly Fact[]

const onDay = (row: Fact, day: number): Fact => ({ ...row, moment: { day, instant: null }, at: iso(day) })

/** Rows on a day later than the previous one's by more than the gap. */
const afterGap = (rows: readonly Fact[], gap: Plain | undefined): readonly Fact[] =>
  rows.filter((row, i) => i > 0 && row.moment.day > ahead(rows[i - 1]!.moment.day, gap))

const eventKinds: Readonly<Record<string, EventKind>> = {
  nth: (rows, spec) => rows.filter((_, i) => i + 1 === spec['nth']),
  every_nth: (rows, spec) => rows.filter((_, i) => (i + 1) % Number(spec['every_nth']) === 0),
  reaches: (rows, spec) => {
    const { sum, of, every } = map(spec['reaches'])
    const periods = grouped(rows, (row) => (every === undefined ? 0 : calendar(String(every), row.moment.day).first))
    return [...periods.values()].flatMap((own) => {
      let reached: Decimal = { digits: 0n, scale: 0 }
      const first = own.find((row) => {
        reached = total([reached, ...asNumber(row.fields.get(String(sum)) ?? null)])
        return order(reached, asDecimal(of!)) >= 0
      })
      return first ? [first] : []
    })
  },
  quiet_for: (rows, spec, _, view) =>
    rows.flatMap((row, i) => {
      const due = ahead(row.moment.day, spec['quiet_for'])
      const next = rows[i + 1]
      return due <= view.today && (!next || next.moment.day > due) ? [onDay(row, due)] : []
    }),
  after_gap: (rows, spec) => afterGap(rows, spec['after_gap']),
  sequence: (_rows, spec, customer, view) => sequence({ ...spec, steps: spec['sequence']! }, customer, view),
  anniversary: (_rows, spec, customer, view) => {
    const of = view.value(String(spec['anniversary']), customer)
    const first = view.firstDay(customer)
    if (of?.type !== 'date' || first === Infinity) return []
    const ahead = Number(spec['days_before'] ?? 0)
    const found: Fact[] = []
    for (let year = dateOf(of.moment.day).year + 1; year <= dateOf(view.today).year + 1; year++) {
      const day = anniversaryIn(of.moment.day, year) - ahead
      if (day >= first && day <= view.today) found.push(bare(customer, day))
    }
    return found
  },
  enters: moves('enters'),
  leaves: moves('leaves'),
}

/** Those who were on one recorded day and not on the other, dated by the later. */
function moves(name: 'enters' | 'leaves'): EventKind {
  return (_rows, spec, customer, view) => {
    const recorded = view.recorded[String(spec[name])] ?? {}
    const days = Object.keys(recorded)
      .filter((day) => dayOf(Temporal.PlainDate.from(day)) <= view.today)
      .sort()
    return days.slice(1).flatMap((day, i) => {
      const [before, after] = [recorded[days[i]!]!.includes(customer), recorded[day]!.includes(customer)]
      return before !== after && after === (name === 'enters') ? [bare(customer, dayOf(Temporal.PlainDate.from(day)))] : []
    })
  }
}

const bare = (customer: string, day: number): Fact => ({
  customer,
  moment: { day, instant: null },
  at: iso(day),
  key: [],
  order: '',
  fields: new Map(),
  lines: [],
  counted: true,
})

/** One occurrence a row that completes it, with the latest first step that fits; after a last `not`, at the end of the time. */
function sequence(spec: Spec, customer: string, view: View): readonly Fact[] {
  const written = list(spec['steps']).map(map)
  const not = written.at(-1)?.['not']
  const steps = (not === undefined ? written : written.slice(0, -1)).map((step) => view.select(step, customer))
  const span = duration(spec['within'])
  const clock = span.unit === 'hours' || span.unit === 'minutes'
  const millis = span.n * (span.unit === 'hours' ? 3_600_000 : 60_000)
  const fits = (first: Fact, last: Fact): boolean => {
    if (!clock) return last.moment.day <= shift(first.moment.day, span, 1)
    if (first === last) return first.moment.instant !== null
    return first.moment.instant !== null && last.moment.instant !== null && last.moment.instant - first.moment.instant <= millis
  }
  const leads = (from: Fact, step: number, to: Fact): boolean =>
    step === steps.length - 1
      ? later(to.moment, from.moment)
      : steps[step]!.some((middle) => later(middle.moment, from.moment) && leads(middle, step + 1, to))
  const found = steps.at(-1)!.flatMap((last) => {
    const first = steps.length === 1 ? last : [...steps[0]!].reverse().find((row) => fits(row, last) && leads(row, 1, last))
    return first && fits(first, last) ? [{ first, last }] : []
  })
  if (not === undefined) return found.map(({ last }) => last)
  const unwanted = view.select(map(not), customer)
  return found
    .flatMap(({ first, last }) => {
      const close = clock
        ? atInstant(last, first.moment.instant! + millis, view.shop.zone)
        : onDay(last, shift(first.moment.day, span, 1))
      const broken = unwanted.some((row) => later(row.moment, last.moment) && !later(row.moment, close.moment))
      return close.moment.day <= view.today && !broken ? [close] : []
    })
    .sort(byRow)
}

function atInstant(row: Fact, instant: number, zone: string): Fact {
  const at = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone)
  return { ...row, moment: { day: dayOf(at.toPlainDate()), instant }, at: at.toString({ timeZoneName: 'never' }) }
}
