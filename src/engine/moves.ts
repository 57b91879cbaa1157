/** Who entered or left a segment from one recorded as-of day to the next, as a query over what runs recorded. */
import { int, join, type Sql, sql } from '../base/sql.js'
import type { Day } from '../base/time.js'
import type { Store } from '../store/store.js'
import { spanAt } from './record.js'

/**
 * (_customer, _day), dated by the later day. `now`: the members on the as-of day itself, which is about to be recorded.
 * Held runs tell nothing.
 */
export function recordedMoves(store: Store, asOf: Day, segment: string, way: 'enters' | 'leaves', now?: Sql): Sql {
  const name = store.row(sql`select _id from name_row where name = ${segment}`)?.[0] as number | undefined
  const days = recordedDays(store, name, now === undefined ? asOf : asOf - 1)
  const members = (which: Sql): Sql =>
    sql`select j.value from member_span s, json_each(s.customers) j where s._name = ${int(name ?? 0)} and ${which}`
  const steps = days.slice(1).map(([day, run], i) => {
    const before = (days[i] as readonly [Day, number])[1]
    const came = members(sql`${spanAt(run)} and not (${spanAt(before)})`)
    const went = members(sql`${spanAt(before)} and not (${spanAt(run)})`)
    return way === 'enters' ? move(day, came, went) : move(day, went, came)
  })
  const last = days.at(-1)
  if (now !== undefined && last !== undefined) {
    const then = members(spanAt(last[1]))
    steps.push(way === 'enters' ? move(asOf, now, then) : move(asOf, then, now))
  }
  return steps.length === 0 ? sql`select 0 as _customer, 0 as _day where 0` : together(steps)
}

/** Those of the one query who are not in the other. */
const move = (day: Day, those: Sql, others: Sql): Sql =>
  sql`select _customer, ${int(day)} as _day from (select null as _customer where 0 union all select * from (${those}) except select * from (${others}))`

/** SQLite unites at most 500 queries at once. */
const MOST_UNITED = 200
function together(queries: readonly Sql[]): Sql {
  if (queries.length <= MOST_UNITED) return join(queries, ' union all ')
  const groups: Sql[] = []
  for (let i = 0; i < queries.length; i += MOST_UNITED)
    groups.push(sql`select * from (${join(queries.slice(i, i + MOST_UNITED), ' union all ')})`)
  return together(groups)
}

/** The days up to one on which the segment was recorded, with the last run of each. */
export function recordedDays(store: Store, name: number | undefined, to: Day): readonly (readonly [Day, number])[] {
  if (name === undefined) return []
  return store.rows(sql`select r.as_of, max(r._id) from run_row r join run_part p on p._run = r._id
    where p._name = ${int(name)} and p.kind = 'segment' and p.held = 0 and r.as_of <= ${int(to)}
    group by r.as_of order by r.as_of`) as unknown as readonly (readonly [Day, number])[]
}
