/** The numbers that most sections look at, of each segment: its members, their orders, who came and went since the run before. */
import { int, type Sql, sql } from '../base/sql.js'
import type { Day } from '../base/time.js'
import type { Store } from '../store/store.js'

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
  /** See `World.members`. */
  readonly members: Sql
  /** Whether customer `f` is in segment `s`: 0 or 1, null where there is no such customer. */
  readonly isMember: Sql
}

/** In the order of the segments' numbers. */
export function summaries(ground: Ground): readonly Summary[] {
  const rows =
    ground.store.rows(sql`select coalesce(t.customers, 0), coalesce(t.orders, 0), coalesce(t.priced, 0), coalesce(t.amount, '0'),
      b.as_of, coalesce(b.customers, 0), coalesce(b.stayed, 0)
    from temp.report_segment s
    left join (select s.segment, count(*) as customers, sum(f.orders) as orders, sum(f.priced) as priced, cast(sum(f.amount) as text) as amount
      from ${ground.members} group by s.segment) t on t.segment = s.segment
    left join (${before(ground)}) b on b.segment = s.segment
    order by s.segment`) as readonly (readonly [number, number, number, string, Day | null, number, number])[]
  return rows.map(([customers, orders, priced, amount, since, then, stayed]) => ({
    customers,
    orders,
    priced,
    amount: BigInt(amount),
    ...(since !== null && { moved: { since, entered: customers - stayed, left: then - stayed } }),
  }))
}

/** Size of each segment at its earlier run, and how many of those are in it now. */
const before = ({ asOf, isMember }: Ground): Sql => sql`with then_run as materialized (
    select q.segment, q.word, q.bit, n._id as name, (select r._id from run_row r join run_part p on p._run = r._id
      where p._name = n._id and p.kind = 'segment' and p.held = 0 and r.as_of < ${int(asOf)} order by r.as_of desc, r._id desc limit 1) as run
    from temp.report_segment q join name_row n on n.name = q.name)
  select s.segment, r.as_of, count(m._customer) as customers, sum(${isMember}) as stayed
  from then_run s
  join run_row r on r._id = s.run
  left join member_row m on m._name = s.name and m._from <= s.run and (m._until is null or m._until > s.run)
  left join temp.report_customer f on f._id = m._customer
  group by s.segment`
