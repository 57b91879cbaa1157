/** Runs: who is in each segment and what occurred on a day, recorded, with who entered and left since the run of an earlier day. */
import { int, sql, type Sql } from '../base/sql.js'
import type { Day } from '../base/time.js'
import type { EventDefinition, Segment } from '../language/definitions.js'
import type { Store } from '../store/store.js'
import type { Setting } from './compiler.js'
import { evaluate, type Evaluated, occurrenceQuery } from './evaluate.js'

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
export const dataVersion = (store: Store): number => Number(store.row(sql`select value from meta_row where name = 'data'`)?.[0] ?? 0)

export function run(setting: Setting, request: RunRequest): RunResult {
  const { store } = setting
  const known = store.row(sql`select _id from run_row where as_of = ${int(setting.asOf)} and data = ${int(dataVersion(store))} and definitions = ${request.fingerprint}`)
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
  const counts = sizes(store, found, request.segments)
  const segments = request.segments.map((s, i) => segmentResult(setting, found, s, counts[i] ?? 0, id))
  const events = request.events.map((e) => eventResult(setting, e, id))
  return { ...(id !== undefined && { run: id }), asOf, customers, segments, events, already: false }
}

function newRun(store: Store, asOf: Day, customers: number, request: RunRequest): number {
  store.run(sql`insert into run_row (as_of, made_at, data, definitions, customers)
    values (${int(asOf)}, ${request.madeAt}, ${int(dataVersion(store))}, ${request.fingerprint}, ${int(customers)})`)
  return Number(store.row(sql`select last_insert_rowid()`)?.[0])
}

/** Sizes of all segments, in one pass over the customers. */
function sizes(store: Store, found: Evaluated, segments: readonly Segment[]): readonly number[] {
  if (segments.length === 0) return []
  const sums = segments.map((s) => found.member(s.name).text)
  const out: number[] = []
  for (let i = 0; i < sums.length; i += 500) {
    const row = store.row({ text: `select ${sums.slice(i, i + 500).map((m) => `coalesce(sum(${m}), 0)`).join(', ')} from ${found.from.text}`, params: found.from.params })
    out.push(...((row ?? []) as readonly number[]))
  }
  return out
}

function numberOfName(store: Store, name: string): number {
  store.run(sql`insert into name_row (name) values (${name}) on conflict do nothing`)
  return store.row(sql`select _id from name_row where name = ${name}`)?.[0] as number
}
const knownName = (store: Store, name: string): number | undefined => store.row(sql`select _id from name_row where name = ${name}`)?.[0] as number | undefined

/** The latest run of an earlier day that holds the name; of several runs of a day the last counts. */
function earlierRun(store: Store, name: number, asOf: Day): number | undefined {
  return store.row(sql`select r._id from run_row r join run_part p on p._run = r._id
    where p._name = ${int(name)} and p.held = 0 and r.as_of < ${int(asOf)} order by r.as_of desc, r._id desc limit 1`)?.[0] as number | undefined
}
/** The run that last wrote the name's spans: those still open are its members. */
const lastRun = (store: Store, name: number): number | undefined =>
  store.row(sql`select max(_run) from run_part where _name = ${int(name)}`)?.[0] as number | undefined

/** Rows of a span table that were there at a run. */
export const spanAt = (run: number): Sql => sql`_from <= ${int(run)} and (_until is null or _until > ${int(run)})`

function segmentResult(setting: Setting, found: Evaluated, segment: Segment, customers: number, id: number | undefined): SegmentResult {
  const { store, asOf } = setting
  const name = id === undefined ? knownName(store, segment.name) : numberOfName(store, segment.name)
  const earlier = name === undefined ? undefined : earlierRun(store, name, asOf)
  const now = found.members(segment.name)
  let moved: { entered: number; left: number } | undefined
  if (name !== undefined && earlier !== undefined) {
    const then = sql`select _customer from member_row where _name = ${int(name)} and ${spanAt(earlier)}`
    moved = {
      entered: Number(store.row(sql`select count(*) from (${now}) where _id not in (${then})`)?.[0]),
      left: Number(store.row(sql`select count(*) from (${then}) where _customer not in (${now})`)?.[0]),
    }
  }
  if (id !== undefined && name !== undefined) {
    const before = lastRun(store, name) !== undefined
    const open = sql`select _customer from member_row where _name = ${int(name)} and _until is null`
    const fresh = before ? sql`where _id not in (${open})` : sql``
    if (before)
      store.run(sql`update member_row set _until = ${int(id)} where _name = ${int(name)} and _until is null and _customer not in (${now})`)
    store.run(sql`insert into member_row (_name, _customer, _from) select ${int(name)}, _id, ${int(id)} from (${now}) ${fresh} order by _id`)
    store.run(sql`insert into run_part (_run, _name, kind, customers, entered, left) values (${int(id)}, ${int(name)}, 'segment', ${int(customers)}, ${moved?.entered ?? null}, ${moved?.left ?? null})`)
  }
  return { name: segment.name, kind: 'segment', customers, ...(moved !== undefined && moved) }
}

function eventResult(setting: Setting, definition: EventDefinition, id: number | undefined): EventResult {
  const { store, asOf } = setting
  const name = id === undefined ? knownName(store, definition.name) : numberOfName(store, definition.name)
  const earlier = name === undefined ? undefined : earlierRun(store, name, asOf)
  const query = occurrenceQuery(setting, definition)
  store.exec('drop table if exists temp.occurred; create temp table occurred (_customer integer, _ident text, _day integer, _time integer, primary key (_customer, _ident)) without rowid')
  store.run(sql`insert into temp.occurred select customer, ident, day, time from (${query.select}) order by customer, ident`)
  const [occurrences, customers] = store.row(sql`select count(*), count(distinct _customer) from temp.occurred`) as [number, number]
  const fresh =
    name === undefined || earlier === undefined
      ? undefined
      : Number(
          store.row(sql`select count(*) from temp.occurred t where not exists
            (select 1 from occurrence_row o where o._name = ${int(name)} and o._customer = t._customer and o._ident = t._ident and ${spanAt(earlier)})`)?.[0],
        )
  if (id !== undefined && name !== undefined) {
    if (lastRun(store, name) !== undefined) {
      store.run(sql`update occurrence_row as o set _until = ${int(id)} where _name = ${int(name)} and _until is null
        and not exists (select 1 from temp.occurred t where t._customer = o._customer and t._ident = o._ident)`)
      store.run(sql`update occurrence_row as o set (_day, _time) = (select t._day, t._time from temp.occurred t where t._customer = o._customer and t._ident = o._ident)
        where _name = ${int(name)} and _until is null
        and exists (select 1 from temp.occurred t where t._customer = o._customer and t._ident = o._ident and (t._day <> o._day or t._time <> o._time))`)
    }
    store.run(sql`insert into occurrence_row (_name, _customer, _ident, _from, _day, _time)
      select ${int(name)}, t._customer, t._ident, ${int(id)}, t._day, t._time from temp.occurred t
      where not exists (select 1 from occurrence_row o where o._name = ${int(name)} and o._customer = t._customer and o._ident = t._ident and o._until is null)`)
    store.run(sql`insert into run_part (_run, _name, kind, customers, entered, occurrences) values (${int(id)}, ${int(name)}, 'event', ${int(customers)}, ${fresh ?? null}, ${int(occurrences)})`)
  }
  return { name: definition.name, kind: 'event', customers, occurrences, ...(fresh !== undefined && { entered: fresh }) }
}

/** What a recorded run found. */
export function recorded(store: Store, id: number): RunResult {
  const [asOf, customers] = store.row(sql`select as_of, customers from run_row where _id = ${int(id)}`) as [number, number]
  const parts = store.rows(sql`select n.name, p.kind, p.customers, p.entered, p.left, p.occurrences
    from run_part p join name_row n on n._id = p._name where p._run = ${int(id)} order by n.name`) as readonly (readonly [string, string, number, number | null, number | null, number | null])[]
  const optional = (key: string, value: number | null) => (value === null ? {} : { [key]: value })
  return {
    run: id,
    asOf,
    customers,
    segments: parts
      .filter((p) => p[1] === 'segment')
      .map(([name, , size, entered, left]) => ({ name, kind: 'segment' as const, customers: size, ...optional('entered', entered), ...optional('left', left) })),
    events: parts
      .filter((p) => p[1] === 'event')
      .map(([name, , size, entered, , occurrences]) => ({ name, kind: 'event' as const, customers: size, occurrences: occurrences ?? 0, ...optional('entered', entered) })),
    already: true,
  }
}
