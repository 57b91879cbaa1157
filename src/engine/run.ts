/** Runs: who is in each segment and what occurred on a day, recorded, with who entered and left since the run of an earlier day. */
import type { Problem } from '../base/problem.js'
import { int, type Sql, sql } from '../base/sql.js'
import type { Day } from '../base/time.js'
import type { EventDefinition, Segment } from '../language/definitions.js'
import type { Marks } from '../store/numbers.js'
import type { Store } from '../store/store.js'
import type { Setting } from './compiler.js'
import { evaluate, occurrencesIn } from './evaluate.js'
import { acceptedBefore, acceptHelp, heldNow, type Judgement, judge, judgedBy } from './held.js'
import { closeOccurrences, earlierRun, knownName, lastRun, membersAt, numberOfName, recordMembers, spanAt } from './record.js'

export interface SegmentResult {
  readonly name: string
  readonly kind: 'segment'
  readonly customers: number
  /** Undefined where no run of an earlier day has the segment; runs that held it back do not count. */
  readonly entered?: number
  readonly left?: number
  /** Not as expected, or standing on what is not. */
  readonly held: boolean
}
export interface EventResult {
  readonly name: string
  readonly kind: 'event'
  readonly customers: number
  readonly occurrences: number
  readonly entered?: number
  /** Standing on a segment that is not as expected. */
  readonly held: boolean
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
  readonly judgement: Judgement
}

export interface RunRequest {
  readonly segments: readonly Segment[]
  readonly events: readonly EventDefinition[]
  /** Tells definitions and parameters apart; what stands behind a `+` only tells which of them were asked for. */
  readonly fingerprint: string
  readonly madeAt: string
  readonly dry: boolean
  /** Segments that are taken as they are, once. */
  readonly accept?: ReadonlySet<string>
}

/** Lets go of what evaluations left on the connection; no answer of theirs may still be read. */
export function letGo(store: Store): void {
  for (const [name] of store.rows(sql`select name from temp.sqlite_master where type = 'table' and name glob 't[0-9]*[_]*'`))
    store.exec(`drop table temp.${String(name)}`)
}

/** The version of the data: raised by every load that changed something. */
export const dataVersion = (store: Store): number =>
  Number(store.row(sql`select value from meta_row where name = 'data'`)?.[0] ?? 0)

/**
 * A run of a day, data and definitions that were recorded is not recorded again and keeps its number, what it held included;
 * where something that it held is accepted now, it is recorded anew.
 */
export function run(ground: Setting, request: RunRequest): RunResult {
  const setting: Setting = { ...ground, recording: true }
  const { store } = setting
  const known = store.row(
    sql`select max(_id) from run_row where as_of = ${int(setting.asOf)} and data = ${int(dataVersion(store))} and definitions = ${request.fingerprint}`,
  )?.[0] as number | null
  if (known !== null) {
    const before = recorded(store, known)
    const held = heldIn(before)
    if (held.length === 0) return before
    const judgement = heldNow(setting, namesOf(request), accepted(setting, request.fingerprint, request.accept))
    const freed = held.some((name) => !isHeld(name, request, judgement))
    if (!freed || judgement.lifted.size === 0) return { ...before, judgement: asRecorded(setting, judgement, held) }
  }
  const work = (): RunResult => record(setting, request)
  return request.dry ? work() : store.whole(work)
}

/** What the segments and events of a request stand on, themselves included. */
const namesOf = ({ segments, events }: RunRequest): readonly string[] => [
  ...new Set([...segments.map((s) => s.name), ...events.flatMap((e) => e.uses)]),
]
const heldIn = ({ segments, events }: Pick<RunResult, 'segments' | 'events'>): readonly string[] =>
  [...segments, ...events].filter((one) => one.held).map((one) => one.name)

/** Segments taken as they are: those named, and those that a run of the same day, data and definitions did not hold. */
export function accepted(
  { store, asOf }: Setting,
  fingerprint: string,
  named: ReadonlySet<string> = new Set(),
): ReadonlySet<string> {
  const [definitions = ''] = fingerprint.split('+', 1)
  return new Set([...named, ...acceptedBefore(store, { asOf, data: dataVersion(store), definitions })])
}

const isHeld = (name: string, { events }: RunRequest, { held }: Judgement): boolean =>
  held.has(name) || (events.find((e) => e.name === name)?.uses.some((used) => held.has(used)) ?? false)

/** What a recorded run held, with the reasons that can still be told: days filled in since may have changed what it compared with. */
function asRecorded({ definitions }: Setting, judgement: Judgement, held: readonly string[]): Judgement {
  const untold = held.flatMap((name) => definitions.segments.get(name) ?? []).filter((s) => !judgement.held.has(s.name))
  return {
    ...judgement,
    held: new Map([...judgement.held, ...untold.map((s) => [s.name, []] as const)]),
    breaches: [
      ...judgement.breaches,
      ...untold.map(
        (s): Problem => ({
          code: 'not-as-expected',
          severity: 'error',
          message: `\`${s.name}\` was not as expected when this day was run`,
          span: s.span,
          help: acceptHelp(s.name),
        }),
      ),
    ],
  }
}

function record(setting: Setting, request: RunRequest): RunResult {
  const { store, asOf } = setting
  const names = namesOf(request)
  const wanted = new Set([...request.segments.map((s) => s.name), ...judgedBy(setting.definitions, names), ...names])
  const queries = new Map<string, Sql>()
  const found = evaluate(setting, [...wanted], [], (plan) => {
    for (const e of request.events) queries.set(e.name, occurrencesIn(plan, e).select)
    return []
  })
  const customers = Number(store.row(sql`select count(*) from customer_row c where ${found.exists}`)?.[0] ?? 0)
  let made: ReturnType<typeof found.memberNumbers> | undefined
  const numbers = () => {
    made ??= found.memberNumbers()
    return made
  }
  const judgement = judge(
    setting,
    names,
    { members: { get: (name) => numbers().get(name) }, exists: found.exists },
    accepted(setting, request.fingerprint, request.accept),
  )
  const id = request.dry ? undefined : newRun(store, asOf, customers, request)
  const segments = request.segments.map((s) =>
    segmentResult(setting, s.name, found.memberMarks(s.name), id, judgement.held.has(s.name)),
  )
  const events = request.events.map((e) =>
    eventResult(setting, e, found.ready(queries.get(e.name) as Sql), id, isHeld(e.name, request, judgement)),
  )
  return { ...(id !== undefined && { run: id }), asOf, customers, segments, events, already: false, judgement }
}

function newRun(store: Store, asOf: Day, customers: number, request: RunRequest): number {
  store.run(sql`insert into run_row (as_of, made_at, data, definitions, customers)
    values (${int(asOf)}, ${request.madeAt}, ${int(dataVersion(store))}, ${request.fingerprint}, ${int(customers)})`)
  return Number(store.row(sql`select last_insert_rowid()`)?.[0])
}

function segmentResult(setting: Setting, segment: string, now: Marks, id: number | undefined, held: boolean): SegmentResult {
  const { store, asOf } = setting
  const { size } = now
  const name = id === undefined ? knownName(store, segment) : numberOfName(store, segment)
  const earlier = name === undefined ? undefined : earlierRun(store, name, asOf)
  let moved: { entered: number; left: number } | undefined
  if (name !== undefined && earlier !== undefined) {
    const then = membersAt(store, name, earlier.run)
    const stayed = then.reduce((n, customer) => (now.has(customer) ? n + 1 : n), 0)
    moved = { entered: size - stayed, left: then.length - stayed }
  }
  if (id !== undefined && name !== undefined) {
    recordMembers(store, name, now, id)
    store.run(sql`insert into run_part (_run, _name, kind, customers, entered, left, held)
      values (${int(id)}, ${int(name)}, 'segment', ${int(size)}, ${moved?.entered ?? null}, ${moved?.left ?? null}, ${int(held ? 1 : 0)})`)
  }
  return { name: segment, kind: 'segment', customers: size, held, ...(moved !== undefined && moved) }
}

function eventResult(
  setting: Setting,
  definition: EventDefinition,
  query: Sql,
  id: number | undefined,
  held: boolean,
): EventResult {
  const { store, asOf } = setting
  const name = id === undefined ? knownName(store, definition.name) : numberOfName(store, definition.name)
  const earlier = name === undefined ? undefined : earlierRun(store, name, asOf)
  store.exec(
    'drop table if exists temp.occurred; create temp table occurred (_customer integer, _ident text, _day integer, _time integer)',
  )
  store.run(sql`insert into temp.occurred select customer, ident, day, time from (${query})`)
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
      : Number(store.row(sql`select count(*) from temp.occurred t where not ${there(spanAt(earlier.run))}`)?.[0])
  if (id !== undefined && name !== undefined) {
    if (recordedBefore) closeOccurrences(store, name, id)
    const kept = recordedBefore ? sql`where not ${there({ text: 'o._until is null', params: [] })}` : sql``
    store.run(sql`insert into occurrence_row (_name, _customer, _ident, _from, _day, _time)
      select ${int(name)}, t._customer, t._ident, ${int(id)}, t._day, t._time from temp.occurred t ${kept} order by t._customer, t._ident`)
    store.run(sql`insert into run_part (_run, _name, kind, customers, entered, occurrences, held)
      values (${int(id)}, ${int(name)}, 'event', ${int(customers)}, ${fresh ?? null}, ${int(occurrences)}, ${int(held ? 1 : 0)})`)
  }
  return { name: definition.name, kind: 'event', customers, occurrences, held, ...(fresh !== undefined && { entered: fresh }) }
}

/** What a recorded run found. */
export function recorded(store: Store, id: number): RunResult {
  const [asOf, customers] = store.row(sql`select as_of, customers from run_row where _id = ${int(id)}`) as [number, number]
  const parts = store.rows(sql`select n.name, p.kind, p.customers, p.entered, p.left, p.occurrences, p.held
    from run_part p join name_row n on n._id = p._name where p._run = ${int(id)} order by n.name`) as readonly (readonly [
    string,
    string,
    number,
    number | null,
    number | null,
    number | null,
    number,
  ])[]
  const optional = (key: string, value: number | null) => (value === null ? {} : { [key]: value })
  return {
    run: id,
    asOf,
    customers,
    segments: parts
      .filter((p) => p[1] === 'segment')
      .map(([name, , size, entered, left, , held]) => ({
        name,
        kind: 'segment' as const,
        customers: size,
        held: held !== 0,
        ...optional('entered', entered),
        ...optional('left', left),
      })),
    events: parts
      .filter((p) => p[1] === 'event')
      .map(([name, , size, entered, , occurrences, held]) => ({
        name,
        kind: 'event' as const,
        customers: size,
        occurrences: occurrences ?? 0,
        held: held !== 0,
        ...optional('entered', entered),
      })),
    already: true,
    judgement: { held: new Map(), breaches: [], lifted: new Set() },
  }
}
