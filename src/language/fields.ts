/** Fields of rows and of customers as values: which column, which join, which form. */
import { int, NULL, or, type Sql, sql } from '../base/sql.js'
import { civil } from '../base/time.js'
import type { Field } from '../store/catalogue.js'
import { dayOfMonth, isoDay, monthOf, weekdayOf } from '../store/dialect.js'
import { firstRealDay } from '../store/forms.js'
import { weekdays } from '../store/sources.js'
import { type Compile, cellValue, codedValue, computed, goodValue, keyValue, unknownValue, type Value } from './value.js'

/** Sources whose rows are dated and belong to a customer. */
export type RowSource = 'orders' | 'items' | 'activities'

/** What occurrences stand on: rows of a source, or days alone. */
export type Footing = RowSource | 'days'

export const tables: Readonly<Record<RowSource, string>> = { orders: 'order_row', items: 'item_row', activities: 'activity_row' }

/** The columns that know a row and put rows of a customer in order. */
export const rowOrder: Readonly<Record<Footing, readonly string[]>> = {
  orders: ['_day', '_time', '_key'],
  items: ['_day', '_time', '_key', '_n'],
  activities: ['_day', '_time', '_key'],
  days: ['_day', '_time', '_key'],
}

/** Columns of a moment: that of the row, or of an occurrence that comes at another time than its row. */
export type MomentColumns = readonly [day: string, time: string]
export const ownMoment: MomentColumns = ['_day', '_time']

/** A row in a query: its alias, and the tables beside it that its fields turned out to need. */
export class Scope {
  private readonly joined = new Map<string, Sql>()
  constructor(
    readonly source: Footing,
    readonly alias: string,
    /** What the rows are taken from instead of the source's table. */
    private readonly rows?: Sql,
    /** Fields that the rows carry in columns of their own: those of an occurrence. */
    readonly own: ReadonlyMap<string, Value> = new Map(),
    private readonly moment: MomentColumns = ownMoment,
  ) {}
  /** The day on which the row counts. */
  get day(): Sql {
    return this.column(this.moment[0])
  }
  /** Columns that put a customer's rows in order. */
  order(): readonly Sql[] {
    return [...this.moment, ...rowOrder[this.source].slice(ownMoment.length)].map((c) => this.column(c))
  }
  column(name: string): Sql {
    return { text: `${this.alias}."${name}"`, params: [] }
  }
  /** The order of the row, itself where it is one. */
  receipt(): string {
    if (this.source === 'orders') return this.alias
    const o = `${this.alias}_o`
    const same = ['_customer', '_day', '_time', '_key'].map((c) => `${o}.${c} = ${this.alias}.${c}`).join(' and ')
    this.joined.set(o, { text: `left join order_row ${o} on ${same}`, params: [] })
    return o
  }
  /** The place of the order among the customer's counted ones. */
  place(cx: Compile): string {
    const n = `${this.alias}_n`
    this.joined.set(n, { text: `left join ${cx.places()} ${n} on ${n}._key = ${this.alias}._key`, params: [] })
    return n
  }
  /** A table of (_id, …) of goods, joined to the line's. */
  goods(table: string): string {
    const k = `${this.alias}_k`
    this.joined.set(k, { text: `left join ${table} ${k} on ${k}._id = ${this.alias}._good`, params: [] })
    return k
  }
  from(): Sql {
    const base = this.rows === undefined ? { text: tables[this.source as RowSource], params: [] } : sql`(${this.rows})`
    const joins = [...this.joined.values()].map((j) => j.text).join(' ')
    return sql`${base} ${{ text: `${this.alias} ${joins}`.trimEnd(), params: [] }}`
  }
}

const at = (alias: string, column: string): Sql => ({ text: `${alias}."${column}"`, params: [] })
const scaled = (alias: string, column: string, field: Field): Value =>
  computed('number', at(alias, column), { scale: field.scale })
const count = (form: Sql): Value => computed('number', form, { scale: 0 })

type Derived = (cx: Compile, scope: Scope, alias: string) => Value

const moments: Readonly<Record<string, Derived>> = {
  hour: (cx, _s, a) => count(hourOf(cx, a)),
  weekday(_cx, _s, a) {
    const number = weekdayOf(at(a, '_day'))
    const word = sql`case ${number} ${{ text: weekdays.map((w, i) => `when ${i} then '${w}'`).join(' '), params: [] }} end`
    return {
      ...computed('text', word),
      whereText: (pass) => or(weekdays.flatMap((w, i) => (pass(w) ? [sql`${number} = ${int(i)}`] : []))),
    }
  },
  day: (_cx, _s, a) => count(dayOfMonth(at(a, '_day'))),
  month: (_cx, _s, a) => count(monthOf(at(a, '_day'))),
}

const derived: Readonly<Record<RowSource, Readonly<Record<string, Derived>>>> = {
  orders: {
    ...moments,
    items: (_cx, _s, a) => count(at(a, '_items')),
    units: (cx, _s, a) => computed('number', at(a, '_units'), { scale: cx.catalogue.own('items', 'quantity')?.scale ?? 0 }),
    number: (cx, s) => count(at(s.place(cx), 'number')),
    gap: (cx, s) => count(at(s.place(cx), 'gap')),
  },
  items: moments,
  activities: moments,
}

/** The clock's hour: elapsed hours, but on the few days when clocks change. */
function hourOf(cx: Compile, alias: string): Sql {
  const time = at(alias, '_time')
  const day = at(alias, '_day')
  const odd = cx.zone.irregular(cx.dayRange[0], cx.dayRange[1])
  const shifts = odd.map(({ day: d, pieces }) => {
    const cases = [...pieces]
      .sort((x, y) => y.from - x.from)
      .map((p) => `when ${alias}."_time" >= ${p.from} then ${p.shift}`)
      .join(' ')
    return `when ${d} then case ${cases} else 0 end`
  })
  const shift: Sql = odd.length === 0 ? int(0) : sql`case ${day} ${{ text: shifts.join(' '), params: [] }} else 0 end`
  return sql`case when ${time} >= 0 then (${time} + ${shift}) / 3600000000000 end`
}

/** Known fields that stand in a column of the row itself, by how they are stored. */
type Column = (cx: Compile, alias: string, field: Field) => Value
const coded: Column = (cx, a, f) => codedValue(cx, at(a, f.name), f)
const number: Column = (_cx, a, f) => scaled(a, f.name, f)
const dayValue = (day: Sql): Value => computed('moment', day, { shown: isoDay(day) })
const moment: Column = (_cx, a) => dayValue(at(a, '_day'))
const customerKey: Column = (cx, a) => {
  const key: Sql = { text: `(select k.customer from customer_row k where k._id = ${a}._customer)`, params: [] }
  return keyValue(cx, key, 'customer_row')
}
const orderKey: Column = (cx, a) =>
  keyValue(cx, at(a, '_key'), 'order_row', {
    text: `coalesce((select k._keyless from order_row k where k._customer = ${a}._customer and k._day = ${a}._day and k._time = ${a}._time and k._key = ${a}._key), 0) = 0`,
    params: [],
  })

const columns: Readonly<Record<RowSource, Readonly<Record<string, Column>>>> = {
  orders: {
    order: (cx, a) => keyValue(cx, at(a, '_key'), 'order_row', { text: `${a}._keyless = 0`, params: [] }),
    customer: customerKey,
    at: moment,
    amount: number,
    discount: number,
  },
  items: { order: orderKey, quantity: number, price: number, amount: number, discount: number },
  activities: {
    customer: customerKey,
    at: moment,
    id: (cx, a) => keyValue(cx, at(a, '_key'), 'activity_row', { text: `${a}._keyless = 0`, params: [] }),
  },
}
const goodFields = ['sku', 'product', 'category', 'brand']

/** Whether the row counts, as a field that filters may look at. */
export const countedField = '_counted'

/** A field as a row has it: its own, its product's, its order's. The caller has checked that the field is there. */
export function rowValue(cx: Compile, scope: Scope, name: string): Value {
  const carried = scope.own.get(name)
  if (carried !== undefined) return carried
  if (scope.source === 'days') return name === 'at' ? dayValue(scope.day) : unknownValue('number')
  if (name === countedField) return computed('boolean', scope.source === 'activities' ? int(1) : scope.column('_counted'))
  const field = cx.catalogue.find(scope.source, name)
  if (field === undefined) return unknownValue('text')
  if (field.source === scope.source) return ownValue(cx, scope, scope.source, scope.alias, field)
  if (field.source === 'products') return goodValue(cx, scope, field)
  return ownValue(cx, scope, 'orders', inherited(field, scope), field)
}

/** Moment and key of an item are its order's already; the rest needs the order's row. */
const inherited = (field: Field, scope: Scope): string =>
  field.name === 'at' || field.name === 'customer' ? scope.alias : scope.receipt()

function ownValue(cx: Compile, scope: Scope, source: RowSource, alias: string, field: Field): Value {
  if (field.derived) return (derived[source][field.name] as Derived)(cx, scope, alias)
  if (source === 'items' && goodFields.includes(field.name)) return goodValue(cx, scope, field)
  const column = Object.hasOwn(columns[source], field.name) ? columns[source][field.name] : undefined
  if (column !== undefined) return column(cx, alias, field)
  return field.id === undefined ? unknownValue(field.type) : coded(cx, alias, field)
}

/** An attribute of customer `c`. */
export function attributeValue(cx: Compile, field: Field): Value {
  if (field.name === 'customer') return keyValue(cx, at('c', 'customer'), 'customer_row')
  if (field.derived) return age(cx)
  return field.id === undefined ? unknownValue(field.type) : cellValue(cx, 'customer_row', 'c', field)
}

/** The value behind a name of a customer: an attribute, else a metric of the project. */
export function customerValue(cx: Compile, name: string): Value {
  const field = cx.catalogue.own('customers', name)
  return field === undefined ? cx.named(name) : attributeValue(cx, field)
}

/** Whole years at the as-of day; a birthday on 29 February is on the 28th in common years. Unknown without a year. */
function age(cx: Compile): Value {
  const birth = cx.catalogue.own('customers', 'birth_date')
  if (birth?.id === undefined) return unknownValue('number')
  const d = civil(cx.asOf)
  const today = d.year * 10_000 + d.month * 100 + d.day
  const leap = d.year % 4 === 0 && (d.year % 100 !== 0 || d.year % 400 === 0)
  const ymd: Sql = { text: `cast(replace(${isoDay(at('c', 'birth_date~')).text}, '-', '') as integer)`, params: [] }
  const born = leap ? ymd : sql`(${ymd} - (${ymd} % 10000 = 229))`
  const known = sql`c."birth_date~" between ${int(firstRealDay)} and ${int(cx.asOf)}`
  return count(sql`case when ${known} then (${int(today)} - ${born}) / 10000 else ${NULL} end`)
}
