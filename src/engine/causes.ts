/**
 * Why customers entered or left segments since a recorded run of an earlier day. The segments are evaluated once more as of that day,
 * by the data and definitions of today: who is already there as he is now has not moved, what was recorded of him was another thing.
 */
import { int, type Sql, sql } from '../base/sql.js'
import type { Day } from '../base/time.js'
import { aside } from '../store/aside.js'
import type { Store } from '../store/store.js'
import type { Setting } from './compiler.js'
import { evaluate } from './evaluate.js'
import { knownName, membersAt } from './record.js'

/**
 * `data`: rows of his are dated since then. `time`: none are, so it was the clock, or the others among whom he has a place.
 * `restated`: by the data as they are now, the same held then already. `definition`: likewise, but definitions, parameters, settings
 * or lists have changed since the run, and which of them is not recorded. `upstream`: likewise, and he is in or out of a segment that
 * it stands on by such a change too.
 */
export const causes = ['data', 'time', 'restated', 'definition', 'upstream'] as const
export type Cause = (typeof causes)[number]

/** Who moved, by the numbers of customers; `run` is of the day `since`. */
export interface Moved {
  readonly segment: string
  readonly since: Day
  readonly run: number
  readonly entered: readonly number[]
  readonly left: readonly number[]
}
type ByCause = ReadonlyMap<Cause, readonly number[]>
export interface Explained {
  readonly entered: ByCause
  readonly left: ByCause
}

/** In the order of `moves`; one evaluation for each earlier day. `fingerprint` tells today's definitions, as runs record it. */
export function explainMoves(setting: Setting, fingerprint: string, moves: readonly Moved[]): readonly Explained[] {
  const { store, asOf } = setting
  const explained = new Map<Moved, Explained>()
  for (const since of new Set(moves.map((m) => m.since))) {
    const those = moves.filter((m) => m.since === since && m.entered.length + m.left.length > 0)
    if (those.length === 0) continue
    const movers = [...new Set(those.flatMap((m) => [...m.entered, ...m.left]))]
    const [then, fresh] = aside(store, () => {
      store.exec('create temp table moved_row (_id integer primary key)')
      store.run(sql`insert into temp.moved_row select value from json_each(${JSON.stringify(movers)})`)
      return [asOfThen({ ...setting, asOf: since }, those, movers.length), withRows(store, since, asOf)]
    })
    for (const moved of those) explained.set(moved, explain(moved, { setting, fingerprint, then, fresh }))
  }
  return moves.map((m) => explained.get(m) ?? { entered: new Map(), left: new Map() })
}

type Members = ReadonlyMap<string, readonly number[]>

/** Of this part of all customers and more, looking at everybody is cheaper than at each. */
const MANY = 4

/**
 * Who of `temp.moved_row` would have been in the segments on the day, and in those that they stand on; others may be told as well.
 * Only the movers are looked at, unless there are many or an answer hangs on who else there is.
 */
function asOfThen(then: Setting, moves: readonly Moved[], movers: number): Members {
  const names = moves.map((m) => m.segment)
  const all = Number(then.store.row(sql`select count(*) from customer_row`)?.[0])
  const alone = movers * MANY > all ? undefined : evaluate({ ...then, only: sql`select _id from temp.moved_row` }, names)
  return (alone === undefined || alone.crowded ? evaluate(then, names) : alone).memberNumbers()
}

interface Ground {
  readonly setting: Setting
  readonly fingerprint: string
  readonly then: Members
  readonly fresh: ReadonlySet<number>
}

function explain(moved: Moved, { setting, fingerprint, then, fresh }: Ground): Explained {
  const { store, definitions } = setting
  const was = new Set(then.get(moved.segment))
  const redefined = recordedDefinitions(store, moved.run) !== wholeOf(fingerprint)
  const below = redefined ? (definitions.segments.get(moved.segment)?.uses ?? []) : []
  const changedBelow = new Set(below.flatMap((name) => differing(then.get(name) ?? [], recordedMembers(store, name, moved.run))))
  const causeOf = (customer: number, already: boolean): Cause => {
    if (!already) return fresh.has(customer) ? 'data' : 'time'
    return !redefined ? 'restated' : changedBelow.has(customer) ? 'upstream' : 'definition'
  }
  return {
    entered: byCause(moved.entered, (c) => causeOf(c, was.has(c))),
    left: byCause(moved.left, (c) => causeOf(c, !was.has(c))),
  }
}

function byCause(customers: readonly number[], causeOf: (customer: number) => Cause): ByCause {
  const groups = new Map<Cause, number[]>()
  for (const c of customers) {
    const cause = causeOf(c)
    const group = groups.get(cause)
    if (group === undefined) groups.set(cause, [c])
    else group.push(c)
  }
  return groups
}

/** What stands behind a `+` only tells which definitions were asked for. */
const wholeOf = (fingerprint: string): string => fingerprint.split('+', 1)[0] as string

const recordedDefinitions = (store: Store, run: number): string =>
  wholeOf(String(store.row(sql`select definitions from run_row where _id = ${int(run)}`)?.[0] ?? ''))

/** Undefined where the run does not hold the segment. */
function recordedMembers(store: Store, segment: string, run: number): readonly number[] | undefined {
  const name = knownName(store, segment)
  if (name === undefined) return undefined
  const held = store.row(sql`select 1 from run_part where _run = ${int(run)} and _name = ${int(name)}`)
  return held === undefined ? undefined : membersAt(store, name, run)
}

/** Who is in one of them only. */
function differing(a: readonly number[], b: readonly number[] | undefined): readonly number[] {
  if (b === undefined) return []
  const [inA, inB] = [new Set(a), new Set(b)]
  return [...a.filter((c) => !inB.has(c)), ...b.filter((c) => !inA.has(c))]
}

/** Those of `temp.moved_row` who have a row dated after one day and up to another, or are known since then. */
function withRows(store: Store, after: Day, to: Day): ReadonlySet<number> {
  const dated = (table: string): Sql =>
    sql`exists (select 1 from ${{ text: table, params: [] }} r where r._customer = c._id and r._day > ${int(after)} and r._day <= ${int(to)})`
  const rows = store.rows(sql`select c._id from temp.moved_row m cross join customer_row c on c._id = m._id
    where (c._first_day > ${int(after)} and c._first_day <= ${int(to)}) or ${dated('order_row')} or ${dated('activity_row')}`)
  return new Set(rows.map((r) => Number(r[0])))
}
