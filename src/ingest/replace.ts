/** `--replace`: the files of one command become the whole source. Rows are compared as ever; what no file had goes at the end. */

import { sql } from '../base/sql.js'
import type { Zone } from '../base/time.js'
import type { Settle } from '../store/settle.js'
import type { SourceName } from '../store/sources.js'
import type { Store } from '../store/store.js'
import { refreshViews } from '../store/views.js'
import { quoted } from './insert.js'

/** Before the first file, within the caller's transaction; the files are then loaded with `replace`. */
export function beginReplace(store: Store): void {
  store.exec(`drop table if exists temp.replaced_key; drop table if exists temp.replaced_field;
    create temp table replaced_key (key text primary key) without rowid;
    create temp table replaced_field (name text primary key) without rowid`)
}

/** After the last file: removes what none had, and returns the number of customers, orders, products or activities removed. */
export function endReplace(store: Store, source: SourceName, settle: Settle, zone: Zone): number {
  const removed = removals[source](store)
  if (removed > 0) {
    if (source !== 'customers' && source !== 'activities') settle(store, 'all')
    store.run(sql`insert into meta_row values ('data', '1') on conflict (name) do update set value = cast(value as integer) + 1`)
    refreshViews(store, zone)
  }
  store.exec('drop table temp.replaced_key; drop table temp.replaced_field')
  return removed
}

const unseen = (key: string): string => `not exists (select 1 from temp.replaced_key k where k.key = ${key})`
const count = (store: Store, text: string): number => store.row({ text, params: [] })?.[0] as number

const removals: Readonly<Record<SourceName, (store: Store) => number>> = {
  customers(store) {
    const blank = clearFields(store, 'customers', 'customer_row', true)
    store.exec(`insert into meta_row select 'last_customer', max(_id) from customer_row where true
      on conflict (name) do update set value = max(cast(value as integer), cast(excluded.value as integer))`)
    const gone = count(store, `select count(*) from customer_row where ${unseen('customer')}`)
    if (gone > 0) {
      const columns = store.rows(
        sql`select name from pragma_table_info('customer_row') where name not in ('_id', 'customer', '_first_day')`,
      )
      if (columns.length > 0)
        store.exec(
          `update customer_row set ${columns.map(([c]) => `${quoted(String(c))} = null`).join(', ')} where ${unseen('customer')}`,
        )
      store.exec(`delete from customer_row as c where ${unseen('customer')}
        and not exists (select 1 from order_row where _customer = c._id) and not exists (select 1 from activity_row where _customer = c._id)`)
    }
    firstDays(store)
    return gone + blank
  },
  orders(store) {
    const blank = clearFields(store, 'orders', 'order_row', false)
    const gone = count(store, `select count(*) from order_row where ${unseen('_key')}`)
    store.exec(`delete from item_row where ${unseen('_key')}; delete from order_row where ${unseen('_key')}`)
    firstDays(store)
    return gone + blank
  },
  items(store) {
    const gone = count(store, `select count(distinct _key) from item_row where ${unseen('_key')}`)
    store.exec(`delete from item_row where ${unseen('_key')}; delete from waiting_row where ${unseen('_key')};
      update order_row set _lines = 0, _items = 0, _units = 0, _counted = 1, amount = _given where _lines > 0 and ${unseen('_key')}`)
    return gone
  },
  products(store) {
    const blank = clearFields(store, 'products', 'product_row', true)
    const gone = count(store, `select count(*) from product_row where ${unseen('sku')}`)
    store.exec(`delete from product_row where ${unseen('sku')}`)
    return gone + blank
  },
  activities(store) {
    const blank = clearFields(store, 'activities', 'activity_row', false)
    const gone = count(store, `select count(*) from activity_row where ${unseen('_key')}`)
    store.exec(`delete from activity_row where ${unseen('_key')}`)
    firstDays(store)
    return gone + blank
  },
}

/** Blanks the columns that none of the files had; returns 1 where there was anything in them. */
function clearFields(store: Store, source: SourceName, table: string, forms: boolean): number {
  const there = new Set(store.rows(sql`select name from pragma_table_info(${table})`).map(([n]) => String(n)))
  const names = store
    .rows(sql`select name from field_row where source = ${source} and name not in (select name from temp.replaced_field)`)
    .map(([n]) => String(n))
    .filter((n) => there.has(n) && n !== 'customer' && n !== 'sku' && !(source === 'orders' && n === 'amount') && n !== 'type')
  if (names.length === 0) return 0
  const any = names.map((n) => `${quoted(n)} is not null`).join(' or ')
  if (store.row({ text: `select 1 from ${table} where ${any} limit 1`, params: [] }) === undefined) return 0
  const columns = names.flatMap((n) => (forms ? [n, `${n}~`] : [n]))
  store.exec(`update ${table} set ${columns.map((c) => `${quoted(c)} = null`).join(', ')}`)
  return 1
}

/**
 * Each customer's first day, for all or for those that the temporary table touched_customer names.
 * `earlier`: rows came and none went, so that a day can only be earlier than the one known.
 */
export function firstDays(store: Store, which: 'all' | 'touched' | 'earlier' = 'all'): void {
  if (which === 'earlier') {
    for (const table of ['order_row', 'activity_row'])
      store.exec(`update customer_row as c set _first_day = d.day
        from (select _customer, min(_day) as day from ${table} where _customer > 0 group by _customer) d
        where c._id = d._customer and d.day < coalesce(c._first_day, 9e9)`)
    return
  }
  const created = store.row(sql`select 1 from pragma_table_info('customer_row') where name = 'created_on~'`) !== undefined
  const of = (table: string): string => `coalesce((select min(_day) from ${table} where _customer = c._id), 9e9)`
  const least = `min(${created ? 'coalesce("created_on~", 9e9)' : '9e9'}, ${of('order_row')}, ${of('activity_row')})`
  store.exec(`update customer_row as c set _first_day = nullif(${least}, 9e9)
    ${which === 'all' ? '' : 'where _id in (select _id from temp.touched_customer)'}`)
}
