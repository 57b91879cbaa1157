/** The numbers that most sections look at, of each segment: its members, their orders, who came and went since the run before. */
import { int, type Sql, sql } from '../base/sql.js'
import type { Day } from '../base/time.js'
import type { Store } from '../store/store.js'
import { ExactSum, type People, rowsIn } from './columns.js'

export interface Summary {
  readonly customers: number
  /** Counted orders up to the day, and those of them whose amount is known. */
  readonly orders: number
  readonly priced: number
  /** Scaled by `scales.amount`. */
  readonly amount: bigint
  /** Against the latest run of an earlier day that holds the segment; of several runs of a day the last counts. */
  readonly moved?: { readonly since: Day; readonly entered: number; readonly left: number }
}

interface Ground {
  readonly store: Store
  readonly asOf: Day
  readonly people: People
  readonly segments: number
  /** Whether customer `f` is in segment `s`: 0 or 1, null where there is no such customer. */
  readonly isMember: Sql
}

/** In the order of the segments' numbers. */
export function summaries({ store, asOf, people, segments, isMember }: Ground): readonly Summary[] {
  const then = new Map(store.rows(before(asOf, isMember)).map((r) => [Number(r[0]), r] as const))
  return Array.from({ length: segments }, (_, n) => {
    const rows = rowsIn(people, n)
    const amount = new ExactSum()
    let [orders, priced] = [0, 0]
    for (const row of rows) {
      orders += people.orders[row]!
      priced += people.priced[row]!
      amount.add(people.amount[row]!)
    }
    const earlier = then.get(n)
    const moved = earlier && movedSince(earlier, rows.length)
    return { customers: rows.length, orders, priced, amount: amount.total, ...(moved && { moved }) }
  })
}

function movedSince([, since, customers, stayed]: readonly unknown[], now: number): Summary['moved'] {
  return { since: Number(since), entered: now - Number(stayed), left: Number(customers) - Number(stayed) }
}

/** Day and size of each segment's earlier run, and how many of those are in it now. */
const before = (asOf: Day, isMember: Sql): Sql => sql`with then_run as materialized (
    select q.segment, q.word, q.bit, n._id as name, (select r._id from run_row r join run_part p on p._run = r._id
      where p._name = n._id and p.kind = 'segment' and p.held = 0 and r.as_of < ${int(asOf)} order by r.as_of desc, r._id desc limit 1) as run
    from temp.report_segment q join name_row n on n.name = q.name)
  select s.segment, r.as_of, count(m._customer) as customers, coalesce(sum(${isMember}), 0) as stayed
  from then_run s
  join run_row r on r._id = s.run
  left join member_row m on m._name = s.name and m._from <= s.run and (m._until is null or m._until > s.run)
  left join temp.report_customer f on f._id = m._customer
  group by s.segment`
