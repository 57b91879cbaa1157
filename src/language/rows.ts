/** Rows that a condition, a metric or an event looks at: of a source or the occurrences of an event, filtered, in a window. */
import { and, int, join, not, type Sql, sql, TRUE } from '../base/sql.js'
import type { Day } from '../base/time.js'
import type { Event } from './events.js'
import { type RowSource, rowOrder, rowValue, Scope, tables } from './fields.js'
import { type Counted, countedOf, type Filter, filterSql, namedFields } from './filter.js'
import { type Compile, computed, type Pass, type Value } from './value.js'
import type { Days } from './windows.js'

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
  readonly source: RowSource
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
  const own = event.pick !== undefined || named.some((f) => occurrenceFields.includes(f))
  if (!own && (event.per === undefined || (ref.where.length === 0 && named.length === 0)))
    return rowsOfSource(
      cx,
      event.on,
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
    order: rowOrder[scope.source].map((c) => scope.column(c)),
    counting: perOrder ? sql`count(distinct ${scope.column('_key')})` : sql`count(*)`,
    value: (field) => rowValue(cx, scope, field),
  }
}

/** Rows that exist for the command: of somebody, up to the as-of day, counted as wanted. */
const standing = (cx: Compile, alias: string, counted: Counted): Sql =>
  and([
    { text: `${alias}._customer > 0`, params: [] },
    sql`${{ text: `${alias}._day`, params: [] }} <= ${int(cx.asOf)}`,
    ...(counted === 'any' ? [] : [{ text: `${alias}._counted = ${counted === 'yes' ? 1 : 0}`, params: [] }]),
  ])

function rowPredicate(cx: Compile, scope: Scope, ref: Pick<RowsRef, 'where' | 'containing' | 'without' | 'days'>): Sql {
  const day = scope.column('_day')
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
function occurrenceRows(cx: Compile, event: Event, ref: RowsRef): Rows {
  const placed = [...ref.where.flatMap(namedFields), ...ref.fields].some((f) => occurrenceFields.includes(f))
  const pass = cx.pass(`event ${event.name} ${placed}`, () => ({ scope: occurrenceScope(cx, event, 'e', placed), where: TRUE }))
  return rows(cx, pass, ref, false)
}

/** `placed`: `number` and `gap` are the occurrence's among the customer's; otherwise they are the order's, as in `capture`. */
export function occurrenceScope(cx: Compile, event: Event, alias: string, placed: boolean): Scope {
  const column = (c: string): Sql => ({ text: `${alias}.${c}`, params: [] })
  const own = new Map<string, Value>(
    (placed ? occurrenceFields : []).map((f) => [f, computed('number', column(`_${f}`), { scale: 0 })]),
  )
  if (event.per === 'order')
    for (const f of summed) own.set(f, computed('number', column(`_${f}`), { scale: cx.catalogue.own('items', f)?.scale ?? 0 }))
  return new Scope(event.on, alias, occurrences(cx, event, placed), own)
}

/**
 * Every occurrence up to the as-of day: the columns of the source's row that it stands on, `_number` and `_gap` among the
 * customer's occurrences where wanted, `_ident` where it is known by something else than the row, and `_quantity`, `_amount` per order.
 * What is chosen by its place among others is chosen by keys alone; only then are the rows fetched.
 */
function occurrences(cx: Compile, event: Event, placed: boolean): Sql {
  const scope = new Scope(event.on, 'r')
  const counted = event.on === 'activities' ? 'any' : countedOf(event.where)
  const passes = and([standing(cx, 'r', counted), rowPredicate(cx, scope, event)])
  if (event.per === undefined && event.pick === undefined && !placed) return sql`select r.* from ${scope.from()} where ${passes}`
  const key = ['_customer', ...rowOrder[event.on]]
  const basic =
    event.per === 'order' ? perOrder(scope, passes) : sql`select ${list(key, 'r')} from ${scope.from()} where ${passes}`
  const order = list(rowOrder[event.on], 'q').text
  const picked = event.pick === undefined ? basic : event.pick(basic, order)
  const over = `over (partition by q._customer order by ${order})`
  const chosen = placed
    ? sql`select q.*, ${{ text: `row_number() ${over} as _number, q._day - lag(q._day) ${over} as _gap`, params: [] }} from (${picked}) q`
    : picked
  const extra = [
    ...(event.per === 'order' ? summed.map((f) => `_${f}`) : []),
    ...(event.pick === undefined ? [] : ['_ident']),
    ...(placed ? ['_number', '_gap'] : []),
  ]
  const columns = [{ text: 'f.*', params: [] }, ...(extra.length === 0 ? [] : [list(extra, 's')])]
  const same = key.map((c) => `f.${c} = s.${c}`).join(' and ')
  return sql`select ${join(columns, ', ')} from (${chosen}) s join ${{ text: `${tables[event.on]} f on ${same}`, params: [] }}`
}

const list = (columns: readonly string[], alias: string): Sql => ({
  text: columns.map((c) => `${alias}.${c}`).join(', '),
  params: [],
})

/** One row an order: the key of its first passing line, with the sums of all of them. */
function perOrder(scope: Scope, passes: Sql): Sql {
  const key = list(['_customer', '_day', '_time', '_key'], 'r')
  const sums = summed.map((f) => `sum(r.${f}) as _${f}`).join(', ')
  return sql`select ${key}, ${{ text: `min(r._n) as _n, ${sums}`, params: [] }} from ${scope.from()} where ${passes} group by ${key}`
}
