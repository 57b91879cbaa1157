/**
 * What runs left in the store. Membership and occurrences lie as spans of run numbers, in the order in which the runs were made,
 * whatever their days: a run of an earlier day that is made later takes nothing from the runs before it. What runs are compared
 * by is their day: a run with the latest run of an earlier day that was not held, as recorded when it is made itself; a day
 * filled in afterwards does not change what was recorded.
 */
import { int, type Sql, sql } from '../base/sql.js'
import type { Day } from '../base/time.js'
import { listed, Marks, parted } from '../store/numbers.js'
import type { Store } from '../store/store.js'

/** The number of a name, given to it where it has none yet. */
export function numberOfName(store: Store, name: string): number {
  store.run(sql`insert into name_row (name) values (${name}) on conflict do nothing`)
  return store.row(sql`select _id from name_row where name = ${name}`)?.[0] as number
}
export const knownName = (store: Store, name: string): number | undefined =>
  store.row(sql`select _id from name_row where name = ${name}`)?.[0] as number | undefined

/** The latest run of an earlier day that has the name and did not hold it back; of several runs of a day the last counts. */
export function earlierRun(store: Store, name: number, asOf: Day): { readonly run: number; readonly asOf: Day } | undefined {
  const row = store.row(sql`select r._id, r.as_of from run_row r join run_part p on p._run = r._id
    where p._name = ${int(name)} and p.held = 0 and r.as_of < ${int(asOf)} order by r.as_of desc, r._id desc limit 1`)
  return row === undefined ? undefined : { run: row[0] as number, asOf: row[1] as number }
}
/** The run that last wrote the name's spans: those still open are its members. */
export const lastRun = (store: Store, name: number): number | undefined =>
  store.row(sql`select max(_run) from run_part where _name = ${int(name)}`)?.[0] as number | undefined

/** Rows of a span table that were there at a run. */
export const spanAt = (run: number): Sql => sql`_from <= ${int(run)} and (_until is null or _until > ${int(run)})`

/** The members that a run recorded, in no order. */
export const membersAt = (store: Store, name: number, run: number): readonly number[] =>
  store.rows(sql`select customers from member_span where _name = ${int(name)} and ${spanAt(run)}`).flatMap((r) => listed(r[0]))

/** How many are in both. */
export function overlap(now: readonly number[], then: readonly number[]): number {
  const there = Marks.of(then)
  let both = 0
  for (const id of now) if (there.has(id)) both++
  return both
}

/** Closes the spans of those who left and opens one for those who came; takes them from `come`. */
export function recordMembers(store: Store, name: number, come: Marks, run: number): void {
  const open = store.rows(
    sql`select _id, _from from member_span where _name = ${int(name)} and _until is null`,
  ) as readonly (readonly [number, number])[]
  for (const [id, from] of open) {
    const before = listed(store.row(sql`select customers from member_span where _id = ${int(id)}`)?.[0])
    const { stayed, gone } = parted(before, come)
    if (gone.length === 0) continue
    store.run(
      sql`insert into member_span (_name, _from, _until, customers) values (${int(name)}, ${int(from)}, ${int(run)}, ${JSON.stringify(gone)})`,
    )
    if (stayed.length === 0) store.run(sql`delete from member_span where _id = ${int(id)}`)
    else store.run(sql`update member_span set customers = ${JSON.stringify(stayed)} where _id = ${int(id)}`)
  }
  for (const customers of come.lists())
    store.run(sql`insert into member_span (_name, _from, customers) values (${int(name)}, ${int(run)}, ${customers})`)
}

/** Ends the spans of occurrences that are no more, and corrects the moment of those whose row moved. */
export function closeOccurrences(store: Store, name: number, run: number): void {
  const now: Sql = { text: 'from temp.occurred t where t._customer = o._customer and t._ident = o._ident', params: [] }
  store.run(
    sql`update occurrence_row as o set _until = ${int(run)} where _name = ${int(name)} and _until is null and not exists (select 1 ${now})`,
  )
  store.run(sql`update occurrence_row as o set (_day, _time) = (select t._day, t._time ${now})
    where _name = ${int(name)} and _until is null and exists (select 1 ${now} and (t._day <> o._day or t._time <> o._time))`)
}
