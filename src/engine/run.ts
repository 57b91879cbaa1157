/** Runs: who is in each segment and what occurred on a day, recorded, with who entered and left since the run of an earlier day. */
import { int, type Sql, sql } from '../base/sql.js'
import type { Day } from '../base/time.js'
import type { EventDefinition, Segment } from '../language/definitions.js'
import type { Store } from '../store/store.js'
import type { Setting } from './compiler.js'
import { evaluate, occurrenceQuery } from './evaluate.js'

export interface SegmentResult {
  readonly name: string
  readonly kind: 'segment'
  readonly customers: number
  /** Undefined where no run of an earlier day holds the segment. */
  readonly entered?: number
  readonly left?: number
}
export interface EventResult {
  readonly name: string
  readonly kind: 'event'
  readonly customers: number
  readonly occurrences: number
  readonly entered?: number
}
export interface RunResult {
  /** Undefined for a dry run. */
  readonly run?: number
  readonly asOf: Day
  /** Customers who exist on the day. */
  readonly customers: number
  readonly segments: readonly SegmentResult[]
  readonly events: readonly EventResult[]
  /** The run was recorded before: same day, data and definitions. */
  readonly already: boolean
}

export interface RunRequest {
  readonly segments: readonly Segment[]
  readonly events: readonly EventDefinition[]
  /** Tells definitions and parameters apart. */
  readonly fingerprint: string
  readonly madeAt: string
  readonly dry: boolean
}

/** The version of the data: raised by every load that changed something. */
export const dataVersion = (store: Store): number =>
  Number(store.row(sql`select value from meta_row where name = 'data'`)?.[0] ?? 0)

export function run(setting: Setting, request: RunRequest): RunResult {
  const { store } = setting
  const known = store.row(
    sql`select _id from run_row where as_of = ${int(setting.asOf)} and data = ${int(dataVersion(store))} and definitions = ${request.fingerprint}`,
  )
  if (known !== undefined) return recorded(store, known[0] as number)
  const work = (): RunResult => record(setting, request)
  return request.dry ? work() : store.whole(work)
}

function record(setting: Setting, request: RunRequest): RunResult {
  const { store, asOf } = setting
  const found = evaluate(
    setting,
    request.segments.map((s) => s.name),
  )
  const customers = Number(store.row(sql`select count(*) from customer_row c where ${found.exists}`)?.[0] ?? 0)
  const id = request.dry ? undefined : newRun(store, asOf, customers, request)
  const members = found.memberNumbers()
  const segments = request.segments.map((s) => segmentResult(setting, s.name, members.get(s.name) ?? [], id))
  const events = request.events.map((e) => eventResult(setting, e, id))
  return { ...(id !== undefined && { run: id }), asOf, customers, segments, events, already: false }
}

function newRun(store: Store, asOf: Day, customers: number, request: RunRequest): number {
  store.run(sql`insert into run_row (as_of, made_at, data, definitions, customers)
    values (${int(asOf)}, ${request.madeAt}, ${int(dataVersion(store))}, ${request.fingerprint}, ${int(customers)})`)
  return Number(store.row(sql`select last_insert_rowid()`)?.[0])
}

function numberOfName(store: Store, name: string): number {
  store.run(sql`insert into name_row (name) values (${name}) on conflict do nothing`)
  return store.row(sql`select _id from name_row where name = ${name}`)?.[0] as number
}
const knownName = (store: Store, name: string): number | undefined =>
  store.row(sql`select _id from name_row where name = ${name}`)?.[0] as number | undefined

/** The latest run of an earlier day that holds the name; of several runs of a day the last counts. */
function earlierRun(store: Store, name: number, asOf: Day): number | undefined {
  return store.row(sql`select r._id from run_row r join run_part p on p._run = r._id
    where p._name = ${int(name)} and p.held = 0 and r.as_of < ${int(asOf)} order by r.as_of desc, r._id desc limit 1`)?.[0] as
    | number
    | undefined
}
/** The run that last wrote the name's spans: those still open are its members. */
const lastRun = (store: Store, name: number): number | undefined =>
  store.row(sql`select max(_run) from run_part where _name = ${int(name)}`)?.[0] as number | undefined

/** Rows of a span table that were there at a run. */
export const spanAt = (run: number): Sql => sql`_from <= ${int(run)} and (_until is null or _until > ${int(run)})`

function segmentResult(setting: Setting, segment: string, now: readonly number[], id: number | undefined): SegmentResult {
  const { store, asOf } = setting
  const name = id === undefined ? knownName(store, segment) : numberOfName(store, segment)
  const earlier = name === undefined ? undefined : earlierRun(store, name, asOf)
  let moved: { entered: number; left: number } | undefined
  if (name !== undefined && earlier !== undefined) {
    const then = membersAt(store, name, earlier)
    const stayed = overlap(now, then)
    moved = { entered: now.length - stayed, left: then.length - stayed }
  }
  if (id !== undefined && name !== undefined) {
    recordMembers(store, name, now, id)
    store.run(sql`insert into run_part (_run, _name, kind, customers, entered, left)
      values (${int(id)}, ${int(name)}, 'segment', ${int(now.length)}, ${moved?.entered ?? null}, ${moved?.left ?? null})`)
  }
  return { name: segment, kind: 'segment', customers: now.length, ...(moved !== undefined && moved) }
}

const numbersIn = (customers: unknown): readonly number[] => JSON.parse(String(customers)) as readonly number[]

/** The members that a run recorded, in no order. */
const membersAt = (store: Store, name: number, run: number): readonly number[] =>
  store.rows(sql`select customers from member_span where _name = ${int(name)} and ${spanAt(run)}`).flatMap((r) => numbersIn(r[0]))

function overlap(now: readonly number[], then: readonly number[]): number {
  const there = new Set(then)
  let both = 0
  for (const id of now) if (there.has(id)) both++
  return both
}

/** Closes the spans of those who left and opens one for those who came. */
function recordMembers(store: Store, name: number, now: readonly number[], run: number): void {
  const open = store.rows(
    sql`select _id, _from, customers from member_span where _name = ${int(name)} and _until is null`,
  ) as readonly (readonly [number, number, string])[]
  const come = new Set(now)
  for (const [id, from, customers] of open) {
    const before = numbersIn(customers)
    const stayed = before.filter((c) => come.delete(c))
    if (stayed.length === before.length) continue
    const there = new Set(stayed)
    const gone = before.filter((c) => !there.has(c))
    store.run(
      sql`insert into member_span (_name, _from, _until, customers) values (${int(name)}, ${int(from)}, ${int(run)}, ${JSON.stringify(gone)})`,
    )
    if (stayed.length === 0) store.run(sql`delete from member_span where _id = ${int(id)}`)
    else store.run(sql`update member_span set customers = ${JSON.stringify(stayed)} where _id = ${int(id)}`)
  }
  if (come.size > 0)
    store.run(
      sql`insert into member_span (_name, _from, customers) values (${int(name)}, ${int(run)}, ${JSON.stringify([...come])})`,
    )
}

function eventResult(setting: Setting, definition: EventDefinition, id: number | undefined): EventResult {
  const { store, asOf } = setting
  const name = id === undefined ? knownName(store, definition.name) : numberOfName(store, definition.name)
  const earlier = name === undefined ? undefined : earlierRun(store, name, asOf)
  const { select } = occurrenceQuery(setting, definition)
  store.exec(
    'drop table if exists temp.occurred; create temp table occurred (_customer integer, _ident text, _day integer, _time integer)',
  )
  store.run(sql`insert into temp.occurred select customer, ident, day, time from (${select})`)
  const [occurrences, customers] = store.row(sql`select count(*), count(distinct _customer) from temp.occurred`) as [
    number,
    number,
  ]
  const recordedBefore = name !== undefined && lastRun(store, name) !== undefined
  if (recordedBefore) store.exec('create index temp.occurred_ident on occurred (_customer, _ident)')
  const there = (span: Sql): Sql =>
    sql`exists (select 1 from occurrence_row o where o._name = ${int(name ?? 0)} and o._customer = t._customer and o._ident = t._ident and ${span})`
  const fresh =
    earlier === undefined
      ? undefined
      : Number(store.row(sql`select count(*) from temp.occurred t where not ${there(spanAt(earlier))}`)?.[0])
  if (id !== undefined && name !== undefined) {
    if (recordedBefore) closeOccurrences(store, name, id)
    const kept = recordedBefore ? sql`where not ${there({ text: 'o._until is null', params: [] })}` : sql``
    store.run(sql`insert into occurrence_row (_name, _customer, _ident, _from, _day, _time)
      select ${int(name)}, t._customer, t._ident, ${int(id)}, t._day, t._time from temp.occurred t ${kept} order by t._customer, t._ident`)
    store.run(sql`insert into run_part (_run, _name, kind, customers, entered, occurrences)
      values (${int(id)}, ${int(name)}, 'event', ${int(customers)}, ${fresh ?? null}, ${int(occurrences)})`)
  }
  return { name: definition.name, kind: 'event', customers, occurrences, ...(fresh !== undefined && { entered: fresh }) }
}

/** Ends the spans of occurrences that are no more, and corrects the moment of those whose row moved. */
function closeOccurrences(store: Store, name: number, run: number): void {
  const now: Sql = { text: 'from temp.occurred t where t._customer = o._customer and t._ident = o._ident', params: [] }
  store.run(
    sql`update occurrence_row as o set _until = ${int(run)} where _name = ${int(name)} and _until is null and not exists (select 1 ${now})`,
  )
  store.run(sql`update occurrence_row as o set (_day, _time) = (select t._day, t._time ${now})
    where _name = ${int(name)} and _until is null and exists (select 1 ${now} and (t._day <> o._day or t._time <> o._time))`)
}

/** What a recorded run found. */
export function recorded(store: Store, id: number): RunResult {
  const [asOf, customers] = store.row(sql`select as_of, customers from run_row where _id = ${int(id)}`) as [number, number]
  const parts = store.rows(sql`select n.name, p.kind, p.customers, p.entered, p.left, p.occurrences
    from run_part p join name_row n on n._id = p._name where p._run = ${int(id)} order by n.name`) as readonly (readonly [
    string,
    string,
    number,
    number | null,
    number | null,
    number | null,
  ])[]
  const optional = (key: string, value: number | null) => (value === null ? {} : { [key]: value })
  return {
    run: id,
    asOf,
    customers,
    segments: parts
      .filter((p) => p[1] === 'segment')
      .map(([name, , size, entered, left]) => ({
        name,
        kind: 'segment' as const,
        customers: size,
        ...optional('entered', entered),
        ...optional('left', left),
      })),
    events: parts
      .filter((p) => p[1] === 'event')
      .map(([name, , size, entered, , occurrences]) => ({
        name,
        kind: 'event' as const,
        customers: size,
        occurrences: occurrences ?? 0,
        ...optional('entered', entered),
      })),
    already: true,
  }
}
