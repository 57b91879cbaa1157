/** The occurrences of an event up to the day as columns, read once for all its sections. */
import { sql } from '../../base/sql.js'
import { occurrenceQuery } from '../../engine/evaluate.js'
import type { EventDefinition } from '../../language/definitions.js'
import { hours } from '../columns.js'
import type { World } from '../world.js'

/** Customer by customer in their order of time. */
export interface Occurrences {
  readonly count: number
  readonly customers: number
  /** Where those of each customer begin, and where the last one's end. */
  readonly begin: Int32Array
  readonly day: Int32Array
  /** Of the local clock; -1 where only a day is known. */
  readonly hour: Int8Array
}

/** Leaves `temp.report_occurrence` of (customer, day, time) behind. */
export function readOccurrences({ setting }: World, event: EventDefinition): Occurrences {
  const { store, zone } = setting
  const { select } = occurrenceQuery(setting, event)
  store.exec('drop table if exists temp.report_occurrence')
  store.run(sql`create temp table report_occurrence as select customer, day, time from (${select})`)
  const [count, customers, first, last] = store.row(
    sql`select count(*), count(distinct customer), min(day), max(day) from temp.report_occurrence`,
  ) as [number, number, number | null, number | null]
  const hourAt = first === null || last === null ? () => -1 : hours(zone, first, last)
  const begin = new Int32Array(customers + 1)
  const [day, hour] = [new Int32Array(count), new Int8Array(count)]
  let [at, who, customer] = [0, -1, Number.NaN]
  for (const [id, d, time] of store.each(
    sql`select customer, day, time from temp.report_occurrence order by customer, day, time`,
  ) as IterableIterator<readonly [number, number, number]>) {
    if (id !== customer) {
      begin[++who] = at
      customer = id
    }
    day[at] = d
    hour[at++] = hourAt(d, time)
  }
  begin[customers] = at
  return { count, customers, begin, day, hour }
}
