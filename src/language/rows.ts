/** Rows that a condition, a metric or an event looks at: of a source or the occurrences of an event, filtered, in a window. */
import { and, int, join, not, type Sql, sql, TRUE } from '../base/sql.js'
import type { Day, Duration } from '../base/time.js'
import { plusDays } from './clock.js'
import { type Footing, type MomentColumns, ownMoment, type RowSource, rowOrder, rowValue, Scope, tables } from './fields.js'
import { type Counted, countedOf, type Filter, filterSql, namedFields } from './filter.js'
import { type Compile, computed, exactNumber, type Pass, type Value } from './value.js'
import type { Days } from './windows.js'
import type { Wording } from './words/index.js'

/** A rule that yields occurrences, as rows are made of it. */
export interface Event {
  readonly name: string
  readonly on: Footing
  readonly where: readonly Filter[]
  readonly containing: readonly Filter[]
  readonly without: readonly Filter[]
  readonly per?: 'order'
  readonly capture: readonly string[]
  /** How it comes to its occurrences; absent: every row that passes. */
  readonly finding?: Finding
  /** What the customer's next occurrence waits for, where that can be told beforehand. */
  readonly waits?: Waits
  /** In English unless another wording is given. */
  say(w?: Wording): string
}

/** So many of the event's rows, for once or again and again; a running total of a number of theirs; a time without any. */
export type Waits =
  | { readonly rows: number; readonly again: boolean }
  | { readonly sum: string; readonly of: string; readonly every?: 'month' | 'quarter' | 'year' }
  | { readonly quiet: Duration }

/** How an event comes to its occurrences where not every row that passes is one. */
export interface Finding {
  /** Among the event's rows, or rows of its own. */
  readonly rows: 'chosen' | 'own'
  /** An occurrence is known by its row, or by `_ident`, which `sql` adds. */
  readonly known: 'row' | 'own'
  /** Occurrences come at `_at_day`, `_at_time`, which `sql` adds, and not when their rows do. */
  readonly moved: boolean
  /** A number field whose exact value of each row, a whole number, is wanted as `_value`. */
  readonly needs?: string
  /** A query of `_customer` and the key columns of the rows chosen, or of rows of its own. */
  sql(cx: RowsCompile, rows: FoundRows): Sql
}

/** The rows that an event chooses among. */
export interface FoundRows {
  /** A query of the key columns, and `_value` where it is needed. */
  readonly select: Sql
  /** The customer's rows in order, for a query whose alias is `q`. */
  readonly order: string
  /** Decimals of `_value`. */
  readonly scale: number
}

export interface RowsRef {
  readonly on: { readonly source: RowSource } | { readonly event: string }
  readonly where: readonly Filter[]
  readonly containing: readonly Filter[]
  readonly without: readonly Filter[]
  readonly days?: Days | undefined
  /** Fields that will be asked for beyond the filters': some make an event's rows something else than its source's. */
  readonly fields: readonly string[]
}

/** Compiling where rows may be an event's. */
export interface RowsCompile extends Compile {
  /** The event of that name. */
  event(name: string): Event
}

export interface Rows {
  readonly pass: Pass<Scope>
  /** Which rows of the pass are meant: 0 or 1. */
  readonly passes: Sql
  readonly source: Footing
  /** Columns that put the rows in order, without the customer. */
  readonly order: readonly Sql[]
  /** Counts rows: lines, orders, occurrences. */
  readonly counting: Sql
  value(field: string): Value
}

/** Fields that an occurrence has in its own right. */
const occurrenceFields = ['number', 'gap']
const summed = ['quantity', 'amount']

export function rowsFor(cx: RowsCompile, ref: RowsRef): Rows {
  if ('source' in ref.on) return rowsOfSource(cx, ref.on.source, ref, false)
  const event = cx.event(ref.on.event)
  const named = [...ref.where.flatMap(namedFields), ...ref.fields]
  const own = event.finding !== undefined || event.on === 'days' || named.some((f) => occurrenceFields.includes(f))
  if (!own && (event.per === undefined || (ref.where.length === 0 && named.length === 0)))
    return rowsOfSource(
      cx,
      event.on as RowSource,
      {
        ...ref,
        where: [...event.where, ...ref.where],
        containing: [...event.containing, ...ref.containing],
        without: [...event.without, ...ref.without],
      },
      event.per === 'order',
    )
  return occurrenceRows(cx, event, ref)
}

function rowsOfSource(cx: Compile, source: RowSource, ref: Omit<RowsRef, 'on'>, perOrder: boolean): Rows {
  const counted = source === 'activities' ? 'any' : countedOf(ref.where)
  const since = recent.find((days) => ref.days?.from !== undefined && ref.days.from > cx.asOf - days)
  const pass = cx.pass(`${source} ${counted} ${since ?? 'all'}`, () => {
    const scope = new Scope(source, aliases[source])
    return {
      scope,
      where: and([standing(cx, scope.alias, counted), ...(since === undefined ? [] : [lately(scope, cx.asOf - since)])]),
    }
  })
  return rows(cx, pass, ref, perOrder)
}

/**
 * Windows of at most so many days back have a pass of their own over those days. Rows lie by customer and day, so that it
 * seeks each customer's last days and never sees the rest.
 */
const recent: readonly number[] = [200, 400]
const lately = (scope: Scope, after: Day): Sql =>
  sql`${scope.column('_customer')} in (select _id from customer_row) and ${scope.column('_day')} > ${int(after)}`

const aliases: Readonly<Record<RowSource, string>> = { orders: 'o', items: 'i', activities: 'a' }

function rows(cx: Compile, pass: Pass<Scope>, ref: Omit<RowsRef, 'on'>, perOrder: boolean): Rows {
  const { scope } = pass
  return {
    pass,
    source: scope.source,
    passes: rowPredicate(cx, scope, ref),
    order: scope.order(),
    counting: perOrder ? sql`count(distinct ${scope.column('_key')})` : sql`count(*)`,
    value: (field) => rowValue(cx, scope, field),
  }
}

/** Rows that exist for the command: of somebody, up to the as-of day, counted as wanted. */
const standing = (cx: Compile, alias: string, counted: Counted): Sql =>
  and([
    { text: `${alias}._customer > 0`, params: [] },
    ...(cx.only === undefined ? [] : [sql`${{ text: `${alias}._customer`, params: [] }} in (${cx.only})`]),
    sql`${{ text: `${alias}._day`, params: [] }} <= ${int(cx.asOf)}`,
    ...(counted === 'any' ? [] : [{ text: `${alias}._counted = ${counted === 'yes' ? 1 : 0}`, params: [] }]),
  ])

function rowPredicate(cx: Compile, scope: Scope, ref: Pick<RowsRef, 'where' | 'containing' | 'without' | 'days'>): Sql {
  const { day } = scope
  return and([
    ...ref.where.map((f) => filterSql(f, (field) => rowValue(cx, scope, field), cx)),
    ...ref.containing.map((f) => hasItem(cx, scope, f)),
    ...ref.without.map((f) => not(hasItem(cx, scope, f))),
    ...(ref.days?.from === undefined ? [] : [sql`${day} >= ${int(ref.days.from)}`]),
    ...(ref.days?.to === undefined || ref.days.to >= cx.asOf ? [] : [sql`${day} <= ${int(ref.days.to)}`]),
  ])
}

/** Whether the order of a row has an item that passes. */
function hasItem(cx: Compile, outer: Scope, f: Filter): Sql {
  const scope = new Scope('items', 'j')
  const passes = filterSql(f, (field) => rowValue(cx, scope, field), cx)
  const counted = countedOf([f])
  const same = ['_customer', '_day', '_time', '_key'].map((c) => `j.${c} = ${outer.alias}.${c}`)
  if (counted !== 'any') same.push(`j._counted = ${counted === 'yes' ? 1 : 0}`)
  return sql`exists (select 1 from ${scope.from()} where ${{ text: same.join(' and '), params: [] }} and ${passes})`
}

/** Occurrences as rows of their own, when they are more than filtered rows of the source. */
function occurrenceRows(cx: RowsCompile, event: Event, ref: RowsRef): Rows {
  const placed = isPlaced(ref)
  const pass = cx.pass(`event ${event.name} ${placed}`, () => ({ scope: occurrenceScope(cx, event, 'e', placed), where: TRUE }))
  return rows(cx, pass, ref, false)
}
const isPlaced = (ref: RowsRef): boolean =>
  [...ref.where.flatMap(namedFields), ...ref.fields].some((f) => occurrenceFields.includes(f))

/** The rows that a reference means, as a table of a query of their own. */
export function rowset(cx: RowsCompile, ref: RowsRef, alias: string): { readonly scope: Scope; readonly where: Sql } {
  if ('event' in ref.on) {
    const scope = occurrenceScope(cx, cx.event(ref.on.event), alias, isPlaced(ref))
    return { scope, where: rowPredicate(cx, scope, ref) }
  }
  const scope = new Scope(ref.on.source, alias)
  const counted = ref.on.source === 'activities' ? 'any' : countedOf(ref.where)
  return { scope, where: and([standing(cx, alias, counted), rowPredicate(cx, scope, ref)]) }
}

const movedMoment: MomentColumns = ['_at_day', '_at_time']

/** `placed`: `number` and `gap` are the occurrence's among the customer's; otherwise they are the order's, as in `capture`. */
export function occurrenceScope(cx: RowsCompile, event: Event, alias: string, placed: boolean): Scope {
  const column = (c: string): Sql => ({ text: `${alias}.${c}`, params: [] })
  const own = new Map<string, Value>(
    (placed ? occurrenceFields : []).map((f) => [f, computed('number', column(`_${f}`), { scale: 0 })]),
  )
  if (event.per === 'order')
    for (const f of summed) own.set(f, computed('number', column(`_${f}`), { scale: cx.catalogue.own('items', f)?.scale ?? 0 }))
  return new Scope(event.on, alias, occurrences(cx, event, placed), own, momentOf(event))
}
const momentOf = (event: Event): MomentColumns => (event.finding?.moved === true ? movedMoment : ownMoment)

/** Columns that are carried from the rows chosen to their occurrences, beside their keys. */
export const carried = (grain: { readonly per?: 'order' }): readonly string[] =>
  grain.per === 'order' ? summed.map((f) => `_${f}`) : []

/**
 * Every occurrence up to the as-of day: the columns of the source's row that it stands on, `_number` and `_gap` among the
 * customer's occurrences where wanted, `_ident` and its moment where these are not the row's, `_quantity`, `_amount` per order.
 * What is chosen by its place among others is chosen by keys alone; only then are the rows fetched.
 */
function occurrences(cx: RowsCompile, event: Event, placed: boolean): Sql {
  const { finding, on } = event
  if (finding === undefined && event.per === undefined && !placed) {
    const scope = new Scope(on, 'r')
    const passes = eventPasses(cx, event, scope)
    return sql`select r.* from ${scope.from()} where ${passes}`
  }
  const moment = momentOf(event)
  const chosen = foundRows(cx, event)
  const order = [...moment, ...rowOrder[on].slice(moment.length)].map((c) => `q.${c}`).join(', ')
  const over = `over (partition by q._customer order by ${order})`
  const found = placed
    ? sql`select q.*, ${{ text: `row_number() ${over} as _number, q.${moment[0]} - lag(q.${moment[0]}) ${over} as _gap`, params: [] }} from (${chosen}) q`
    : chosen
  if (on === 'days') return found
  const extra = [
    ...carried(event),
    ...(finding?.known === 'own' ? ['_ident'] : []),
    ...(finding?.moved === true ? movedMoment : []),
    ...(placed ? ['_number', '_gap'] : []),
  ]
  const key = ['_customer', ...rowOrder[on]]
  const columns = [{ text: 'f.*', params: [] }, ...(extra.length === 0 ? [] : [list(extra, 's')])]
  const same = key.map((c) => `f.${c} = s.${c}`).join(' and ')
  return sql`select ${join(columns, ', ')} from (${found}) s join ${{ text: `${tables[on]} f on ${same}`, params: [] }}`
}

/** The keys of the rows that are occurrences. */
function foundRows(cx: RowsCompile, event: Event): Sql {
  const { finding } = event
  if (finding === undefined) return keyedRows(cx, event).select
  return cx.shared(`event ${event.name}`, () =>
    finding.sql(cx, finding.rows === 'own' ? noRows : keyedRows(cx, event, finding.needs)),
  )
}
const noRows: FoundRows = { select: sql``, order: '', scale: 0 }

/** The keys of the rows that pass; of lines that count as one an order, the first line's with the sums of all. */
function keyedRows(cx: RowsCompile, event: Event, needs?: string): FoundRows {
  const source = event.on as RowSource
  const scope = new Scope(source, 'r')
  const value = needs === undefined ? undefined : exactNumber(rowValue(cx, scope, needs))
  const passes = eventPasses(cx, event, scope)
  const order = rowOrder[source].map((c) => `q.${c}`).join(', ')
  const key = list(['_customer', ...rowOrder[source]], 'r')
  const scale = value?.scale ?? 0
  if (event.per === undefined) {
    const columns = value === undefined ? key : sql`${key}, ${value.form} as _value`
    return { select: sql`select ${columns} from ${scope.from()} where ${passes}`, order, scale }
  }
  const receipt = list(['_customer', '_day', '_time', '_key'], 'r')
  const sums = summed.map((f) => `sum(r.${f}) as _${f}`).join(', ')
  const first: Sql = { text: 'min(r._n) as _n', params: [] }
  if (value === undefined || summed.includes(needs as string)) {
    const total = value === undefined ? [] : [sql`sum(${value.form}) as _value`]
    const columns = join([receipt, first, { text: sums, params: [] }, ...total], ', ')
    return { select: sql`select ${columns} from ${scope.from()} where ${passes} group by ${receipt}`, order, scale }
  }
  const lines = sql`select r._customer, r._day, r._time, r._key, r._n, r.quantity, r.amount, first_value(${value.form}) over (partition by ${receipt} order by r._n) as _first from ${scope.from()} where ${passes}`
  const columns = join([receipt, first, { text: `${sums}, min(r._first) as _value`, params: [] }], ', ')
  return { select: sql`select ${columns} from (${lines}) r group by ${receipt}`, order, scale }
}

const eventPasses = (cx: RowsCompile, event: Event, scope: Scope): Sql => {
  const counted = event.on === 'activities' ? 'any' : countedOf(event.where)
  return and([standing(cx, scope.alias, counted), rowPredicate(cx, scope, event)])
}

const list = (columns: readonly string[], alias: string): Sql => ({
  text: columns.map((c) => `${alias}.${c}`).join(', '),
  params: [],
})

/** Rows that come on a day later than the one before by more than so long; the rows' query has `order` for an alias `q`. */
export function afterGap(select: Sql, order: string, gap: Duration): Sql {
  const behind = sql`select q.*, lag(q._day) over (partition by q._customer order by ${{ text: order, params: [] }}) as _before from (${select}) q`
  return sql`select q.* from (${behind}) q where q._day > ${plusDays({ text: 'q._before', params: [] }, gap)}`
}
