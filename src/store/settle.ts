/**
 * What is a purchase, settled on the rows: `_counted` of orders and items, and the values of an order that are over its counted
 * lines (`amount`, `_items`, `_units`). The loader writes rows as if every line counted; this corrects them by the project's filters.
 */
import { type Sql, sql } from '../base/sql.js'
import type { Store } from './store.js'

/** Rows and a predicate over them: which pass the project's `counted` filter. */
export interface Passing {
  readonly from: Sql
  readonly passes: Sql
}

/** The project's filters; absent: everything counts. `rows` are what to take instead of the whole table. */
export interface Counting {
  /** Over alias `o`. */
  readonly orders?: (rows: Sql) => Passing
  /** Over alias `i`. */
  readonly items?: (rows: Sql) => Passing
  /** Tells two ways of counting apart; kept in the store beside what was settled by it. */
  readonly fingerprint: string
}

/** `touched`: only the orders in the temporary table touched_order(_customer, _day, _time, _key). */
export type Settle = (store: Store, scope: 'all' | 'touched') => void

/** Settles rows after a load; the filters are made when it is called, since a load may bring the fields they look at. */
export const settler =
  (countingOf: (store: Store) => Counting): Settle =>
  (store, scope) => {
    const counting = countingOf(store)
    const whole = scope === 'all' || !settled(store, counting)
    if (whole) unsettle(store, 'main')
    settle(store, counting, whole ? 'all' : 'touched', 'main')
    store.run(
      sql`insert into meta_row values ('counted', ${counting.fingerprint}) on conflict (name) do update set value = excluded.value`,
    )
  }

/** Whether the rows are settled by this way of counting. */
export const settled = (store: Store, counting: Counting): boolean => {
  const by = store.row(sql`select value from meta_row where name = 'counted'`)?.[0]
  return by === undefined
    ? store.row(sql`select 1 from order_row limit 1`) === undefined || counting.fingerprint === ''
    : by === counting.fingerprint
}

/** Temporary tables that stand before those of the store, settled by another way of counting: for a command that only reads. */
export function settleAside(store: Store, counting: Counting): void {
  for (const [table, key] of [
    ['order_row', orderKey],
    ['item_row', itemKey],
  ] as const) {
    const columns = store
      .rows(sql`select name, type from pragma_table_info(${table}, 'main')`)
      .map(([column, type]) => `"${String(column)}" ${String(type)}`)
      .join(', ')
    store.exec(
      `create temp table ${table} (${columns}, primary key (${key.join(', ')})) without rowid; insert into temp.${table} select * from main.${table}`,
    )
  }
  unsettle(store, 'temp')
  settle(store, counting, 'all', 'temp')
}

const orderKey = ['_customer', '_day', '_time', '_key']
const itemKey = [...orderKey, '_n']
const listed = (key: readonly string[], alias = ''): string => key.map((c) => (alias === '' ? c : `${alias}.${c}`)).join(', ')
const same = (a: string, b: string): string => orderKey.map((c) => `${a}.${c} = ${b}.${c}`).join(' and ')
const raw = (text: string): Sql => ({ text, params: [] })

/** The settled values of order `o` over its lines for which `which` holds. */
const overLines = (schema: string, which: string): string =>
  `(_items, _units, amount) = (select count(*), coalesce(sum(i.quantity), 0), coalesce(o._given, sum(i.amount)) from ${schema}.item_row i where ${same('i', 'o')}${which})`

function unsettle(store: Store, schema: 'main' | 'temp'): void {
  store.exec(`update ${schema}.item_row set _counted = 1 where _counted = 0`)
  store.exec(
    `update ${schema}.order_row as o set _counted = 1, ${overLines(schema, '')} where _lines > 0 and (_counted = 0 or _items <> _lines)`,
  )
  store.exec(`update ${schema}.order_row set _counted = 1 where _counted = 0`)
}

function settle(store: Store, counting: Counting, scope: 'all' | 'touched', schema: 'main' | 'temp'): void {
  const rows = (table: 'order_row' | 'item_row'): Sql =>
    raw(
      scope === 'all'
        ? `select * from ${schema}.${table}`
        : `select r.* from temp.touched_order t join ${schema}.${table} r on ${same('r', 't')}`,
    )
  if (counting.items !== undefined) {
    const { from, passes } = counting.items(rows('item_row'))
    store.run(sql`update ${raw(`${schema}.item_row`)} set _counted = 0
      where ${raw(`(${listed(itemKey)})`)} in (select ${raw(listed(itemKey, 'i'))} from ${from} where not ((${passes}) is true))`)
    // An order's values are over the lines that pass, over all where none does; an order whose lines all fail does not count.
    const failing = sql`select ${raw(listed(orderKey, 'i'))} from (${rows('item_row')}) i where i._counted = 0`
    const some = `exists (select 1 from ${schema}.item_row i where ${same('i', 'o')} and i._counted = 1)`
    store.run(
      sql`update ${raw(`${schema}.order_row as o set ${overLines(schema, ' and i._counted = 1')}`)} where ${raw(`(${listed(orderKey)})`)} in (${failing}) and ${raw(some)}`,
    )
    store.run(
      sql`update ${raw(`${schema}.order_row as o`)} set _counted = 0 where ${raw(`(${listed(orderKey)})`)} in (${failing}) and not ${raw(some)}`,
    )
  }
  if (counting.orders !== undefined) {
    const { from, passes } = counting.orders(rows('order_row'))
    const failing = sql`select ${raw(listed(orderKey, 'o'))} from ${from} where not ((${passes}) is true)`
    store.run(sql`update ${raw(`${schema}.order_row`)} set _counted = 0 where ${raw(`(${listed(orderKey)})`)} in (${failing})`)
    store.run(sql`update ${raw(`${schema}.item_row`)} set _counted = 0
      where _counted = 1 and ${raw(`(${listed(orderKey)})`)} in (select ${raw(listed(orderKey, 'o'))} from (${rows('order_row')}) o where o._counted = 0)`)
  }
}
