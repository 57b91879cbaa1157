/** The store as it was known on a day: what is dated later is out of sight of this connection. */
import { int, sql } from '../base/sql.js'
import type { Day } from '../base/time.js'
import type { Store } from './store.js'

const dayOf = {
  order_row: '_day',
  item_row: '_day',
  activity_row: '_day',
  contact_day: '_day',
  customer_row: '_first_day',
} as const

/**
 * A function that hides what is later, by temporary views that stand before the tables whose names they bear: until they are dropped,
 * or the savepoint is rolled back (see `aside`).
 */
export function cutAfter(store: Store, day: Day): () => void {
  const there = new Set(store.rows(sql`select name from main.sqlite_master`).map((r) => r[0]))
  const hidden = Object.entries(dayOf).filter(([table, column]) => {
    if (!there.has(table)) return false
    const later = sql`select 1 from ${{ text: `main.${table}`, params: [] }} where ${{ text: column, params: [] }} > ${int(day)} limit 1`
    return store.row(later) !== undefined
  })
  const views = hidden
    .map(
      ([table, column]) =>
        `create temp view ${table} as select * from main.${table} where ${column} is null or ${column} <= ${day};`,
    )
    .join('\n')
  return () => store.exec(views)
}
