/**
 * The store as if one customer were the only one: temporary tables, which stand before those of the same name, with his rows
 * up to a day, and what these name. Everything asked meanwhile is answered from them, so that it costs what one customer costs.
 */
import { int, sql } from '../base/sql.js'
import type { Day } from '../base/time.js'
import { type Aside, aside } from './aside.js'
import type { Store } from './store.js'

/** Rows of a customer, with the key that they lie by. */
const dated = {
  order_row: ['_customer', '_day', '_time', '_key'],
  item_row: ['_customer', '_day', '_time', '_key', '_n'],
  activity_row: ['_customer', '_day', '_time', '_key'],
} as const

export function narrowed<T>(store: Store, customer: number, upTo: Day, work: Aside<T>): T {
  const his = `_customer = ${int(customer).text} and _day <= ${int(upTo).text}`
  return aside(store, () => {
    for (const [table, key] of Object.entries(dated)) copy(store, table, key, his)
    copy(store, 'customer_row', ['_id'], `_id = ${int(customer).text}`)
    copy(store, 'good_row', ['_id'], '_id in (select _good from item_row)')
    copy(store, 'product_row', ['sku'], 'sku in (select sku from good_row)')
    const codes = Object.keys(dated).flatMap((table) => {
      const own = columnsOf(store, table).map(([name]) => name)
      return own.filter((name) => !name.startsWith('_')).map((name) => `select "${name.replaceAll('"', '""')}" from ${table}`)
    })
    copy(store, 'text_row', ['_id'], `_id in (${codes.join(' union ')})`)
    return work()
  })
}

const columnsOf = (store: Store, table: string): readonly (readonly [name: string, type: string])[] =>
  store.rows(sql`select name, type from pragma_table_info(${table}, 'main')`).map(([name, type]) => [String(name), String(type)])

/** `table` may be a temporary one already: settled aside by another way of counting. */
function copy(store: Store, table: string, key: readonly string[], where: string): void {
  const columns = columnsOf(store, table).map(([name, type]) => `"${name.replaceAll('"', '""')}" ${type}`)
  store.exec(`create temp table narrow_row (${columns.join(', ')}, primary key (${key.join(', ')})) without rowid;
    insert into temp.narrow_row select * from ${table} where ${where};
    drop table if exists temp.${table};
    alter table temp.narrow_row rename to ${table}`)
}
