/** Which arm a hand-off put each of its customers into, as the ledger has it; those who were forgotten since are in none. */
import { int, sql } from '../base/sql.js'
import type { Day } from '../base/time.js'
import type { Store } from '../store/store.js'
import { armOf, type Split } from './arms.js'
import { customerOf } from './copies.js'
import type { Recorded } from './handoffs.js'
import { copiesOf, eachHead, idsOn, splitOn } from './ledger.js'
import { listedBefore } from './spans.js'

export interface Assigned extends Recorded {
  /** By customer; an empty name where nothing was split. Of a hand-off of the new those who were in an earlier one are left out. */
  readonly arms: ReadonlyMap<number, string>
  /** As it was planned when it went out; undefined of one that was not split, or of before that was kept. */
  readonly split: Split | undefined
}

/** The hand-offs of an audience, the latest first. */
export const handOffsOf = (store: Store, audience: string): readonly Recorded[] =>
  store.all<Recorded>(sql`select h._id as id, n.name as audience, h.as_of as asOf, s.profile, h.mode
    from handoff_row h join series_row s on s._id = h._series join name_row n on n._id = s.audience
    where n.name = ${audience} order by h.as_of desc, h._id desc`)

export function assignedBy(store: Store, handOff: Recorded): Assigned {
  const series = Number(store.row(sql`select _series from handoff_row where _id = ${int(handOff.id)}`)?.[0])
  const before = handOff.mode === 'new' ? customersBefore(store, series, handOff.asOf) : new Set<number>()
  const arms = new Map<number, string>()
  const ids = [...idsOn(store, series, handOff.asOf)].sort((a, b) => a - b)
  for (const { customer, arm } of copiesOf(store, series, ids)) if (!before.has(customer)) arms.set(customer, arm)
  return { ...handOff, arms, split: splitOn(store, handOff.id) }
}

function customersBefore(store: Store, series: number, day: Day): ReadonlySet<number> {
  const found = new Set<number>()
  eachHead(store, series, listedBefore(store, 'handoff_span', series, day), (_, words, at) => found.add(customerOf(words, at)))
  return found
}

/** How it was to be split: as it went out; of one from before that was kept, as it is written now, where that puts everybody into the arm in which he was. */
export const plannedSplit = (store: Store, assigned: Assigned, now: Split | undefined): Split | undefined =>
  assigned.split ?? (now !== undefined && splitsAlike(store, assigned, now) ? now : undefined)

function splitsAlike(store: Store, { arms }: Assigned, split: Split): boolean {
  for (const [id, key] of store.each(sql`select _id, customer from customer_row`)) {
    const arm = arms.get(Number(id))
    if (arm !== undefined && arm !== armOf(split, String(key))) return false
  }
  return true
}
