/**
 * Whom a hand-off takes: segment, waterfall, event or list → consent → suppression → cap → limit → split. Each customer who falls
 * out counts under the first reason. Knows no profiles and no files.
 */
import { and, int, join, or, type Sql, sql, truth } from '../base/sql.js'
import { formatDay, type Moment } from '../base/time.js'
import { cellOf, type OutCell, outSql } from '../engine/cells.js'
import type { Setting } from '../engine/compiler.js'
import { type Evaluated, evaluate, occurrenceQuery } from '../engine/evaluate.js'
import type { Portion } from '../language/conditions/among.js'
import { addressOf, agreed, type ChannelName, reach, refused } from '../language/conditions/contact.js'
import type { EventDefinition } from '../language/definitions.js'
import type { Compiling } from '../language/kind.js'
import type { Project } from '../language/project.js'
import { exactNumber, type Value } from '../language/value.js'
import type { Days } from '../language/windows.js'
import { armOf, holdout, type Split } from './arms.js'
import { suppressed } from './suppression.js'
import { type Account, Accounts } from './waterfall.js'

/** Why a customer falls out, in the order in which it is asked. */
export const reasons = [
  'no-consent',
  'no-address',
  'suppressed',
  'capped',
  'over-limit',
  'held-out',
  'same-address',
  'not-in-shape',
] as const
export type Reason = (typeof reasons)[number]
export type Reasons = Readonly<Record<Reason, number>>

export type Taken =
  | { readonly of: 'segments'; readonly segments: readonly string[]; readonly waterfall: boolean }
  | { readonly of: 'event'; readonly event: EventDefinition; readonly days: Days | undefined }
  | { readonly of: 'list'; readonly keys: ReadonlySet<string> }

/** Whom to take and whom to leave out. */
export interface Choice {
  readonly name: string
  readonly taken: Taken
  /** Channels whose consent must hold. */
  readonly channels: readonly ChannelName[]
  /** The channel by which those in a file are contacted. */
  readonly channel: ChannelName | undefined
  readonly suppress: Project['suppress']
  /** A query of (_customer): those contacted as often as may be. */
  readonly capped: Sql | undefined
  readonly limit: { readonly top: Portion; readonly by: string; readonly best: 'highest' | 'lowest' } | undefined
  readonly split: Split | undefined
  /** Attributes and metrics to give with each. */
  readonly values: readonly string[]
}

/** One who is taken, of an event one of his occurrences; those in the hold-out too, each once. */
export interface Candidate {
  readonly customer: number
  readonly key: string
  /** Which segment of a waterfall has him. */
  readonly segment: string | null
  /** Null where there is no split. */
  readonly arm: string | null
  /** Tells an occurrence from every other of its customer; empty where there is none. */
  readonly ident: string
  /** Unknown too where it had to hold. */
  readonly consent: 'agreed' | 'refused' | 'unknown'
  readonly at: string | null
  /** The same to be compared, of an occurrence alone. */
  readonly moment: Moment | null
  readonly values: readonly OutCell[]
  readonly captured: readonly OutCell[]
}

export interface Taking {
  /** By key, of an event then by time; to be gone through once, and to its end for the counts. */
  readonly rows: IterableIterator<Candidate>
  /** The same once more, of which nothing is counted; to be gone through before. */
  survey(): IterableIterator<Candidate>
  readonly captured: readonly string[]
  /** Values that are lists. */
  readonly lists: ReadonlySet<string>
  readonly counts: Counts
}

/** What came of it, complete when the rows are through. */
export class Counts {
  /** Customers whom segment, waterfall, event or list have. */
  customers = 0
  /** Keys of a list that no customer has. */
  unknown = 0
  waterfall: readonly Account[] = []
  private readonly out = new Map<Reason, number>()
  private readonly inArms = new Map<string, number>()
  drop(reason: Reason): void {
    this.out.set(reason, (this.out.get(reason) ?? 0) + 1)
  }
  enter(arm: string): void {
    this.inArms.set(arm, (this.inArms.get(arm) ?? 0) + 1)
  }
  get reasons(): Reasons {
    return Object.fromEntries(reasons.map((r) => [r, this.out.get(r) ?? 0])) as Reasons
  }
  get arms(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.inArms)
  }
}

/** Segments that a choice stands on. */
const segmentsOf = ({ taken, channels, channel, suppress }: Choice, setting: Setting): readonly string[] => {
  const asked = [...new Set([...channels, ...(channel === undefined ? [] : [channel])])]
  return [
    ...(taken.of === 'segments' ? taken.segments : []),
    ...suppress.flatMap((s) => (s.segment === undefined ? [] : [s.segment.value])),
    ...asked.flatMap((c) => [agreed(c), refused(c)]).filter((name) => setting.definitions.hidden.has(name)),
  ]
}

let takings = 0

/** Customers come by their keys, occurrences of one in their order of time, or the latest first where only one of an address can go. */
export function take(setting: Setting, choice: Choice, order: 'in-time' | 'latest-first' = 'in-time'): Taking {
  const { store } = setting
  const { taken, limit, split } = choice
  const own = `h${++takings}`
  const base = baseOf(setting, taken, own)
  let reached: readonly Sql[] = []
  let gates: readonly Sql[] = []
  let consent: readonly Sql[] = []
  const found = evaluate(
    setting,
    segmentsOf(choice, setting),
    [...new Set([...choice.values, ...(limit === undefined ? [] : [limit.by])])],
    (plan) => {
      const member = memberOf(taken, base.table, (s) => plan.member(s))
      reached = choice.channels.map((c) => reach(c, plan).standing())
      gates = [truth(cappedSql(choice, plan)), truth(heldOutSql(choice, plan, member))]
      consent = consentSql(choice, setting, plan)
      return []
    },
  )
  const [capped, heldOut] = gates as [Sql, Sql]
  const member = memberOf(taken, base.table, (s) => found.member(s))
  const never = truth(suppressed({ suppress: choice.suppress }, setting, found) ?? sql`0`)
  const fallen = (more: Sql): Sql => reasonSql(reached, sql`case when ${never} then 2 when ${capped} then 3${more} end`)
  const people = sql`${found.from} where ${and([found.exists, member])}`
  const over =
    limit === undefined
      ? undefined
      : limited(setting, found, limit, `${own}_limit`, sql`${people} and (${fallen(sql``)}) is null`)
  const reason = fallen(
    sql`${over === undefined ? sql`` : sql` when c._id not in (select _id from ${raw(`temp.${over}`)}) then 4`}${split === undefined ? sql`` : sql` when ${heldOut} then 5`}`,
  )

  const counts = new Counts()
  const values = choice.values.map(found.value)
  const segments = taken.of === 'segments' && taken.waterfall ? taken.segments : []
  if (taken.of === 'list') {
    const known = Number(store.row(found.ready(sql`select count(*) from ${people}`))?.[0])
    counts.unknown = taken.keys.size - known
  }
  const columns = [
    sql`c._id`,
    sql`c.customer`,
    reason,
    ...consent,
    ...segments.map((s) => found.member(s)),
    ...values.map(outSql),
    ...(base.occurrences === undefined ? [] : base.occurrences.columns),
  ]
  const joined = base.occurrences === undefined ? sql`` : sql` join ${raw(`temp.${base.table}`)} o on o.customer = c._id`
  const query = sql`select ${join(columns, ', ')} from ${found.from}${joined} where ${and([found.exists, member])}
    order by c.customer${base.occurrences === undefined ? sql`` : raw(order === 'in-time' ? ', o._n' : ', o._n desc')}`
  const rows = () => store.each(found.ready(query))
  const reading = { choice, consents: consent.length, segments, values, captured: base.occurrences?.captured ?? [], setting }
  return {
    rows: candidates(rows, { ...reading, counts }),
    survey: () => candidates(rows, { ...reading, counts: new Counts() }),
    captured: base.occurrences?.captured.map((c) => c.name) ?? [],
    lists: new Set(choice.values.filter((_, i) => values[i]?.type === 'list')),
    counts,
  }
}

/** The first reason of all, as its number: consent and address, each asked for once, then the rest. */
function reasonSql(reached: readonly Sql[], rest: Sql): Sql {
  if (reached.length === 0) return rest
  const least = reached.length === 1 ? (reached[0] as Sql) : sql`min(${join(reached, ', ')})`
  return sql`case ${least} when 0 then 0 when 1 then 1 else ${rest} end`
}

const raw = (text: string): Sql => ({ text, params: [] })
const raw_ = (alias: string, column: string): Sql => raw(`${alias}."${column}"`)

interface Base {
  /** A temporary table of keys, or of occurrences. */
  readonly table: string
  readonly occurrences?: {
    readonly columns: readonly Sql[]
    readonly captured: readonly { readonly name: string; readonly value: Value }[]
  }
}

/** What lies beside the plan: the keys of a list, the occurrences of an event. */
function baseOf(setting: Setting, taken: Taken, own: string): Base {
  const { store } = setting
  const table = `${own}_base`
  if (taken.of === 'list') {
    store.exec(`create temp table ${table} (customer text primary key) without rowid`)
    const insert = store.prepare(`insert or ignore into temp.${table} values (?)`)
    for (const key of taken.keys) insert.run([key])
  }
  if (taken.of !== 'event') return { table }
  const { select, captured } = occurrenceQuery(setting, taken.event, outSql)
  const { from, to } = taken.days ?? {}
  const within = and([
    ...(from === undefined ? [] : [sql`q.day >= ${int(from)}`]),
    ...(to === undefined ? [] : [sql`q.day <= ${int(to)}`]),
  ])
  const rest = taken.event.event.on === 'items' ? 'q.row_key, q.row_n' : 'q.row_key'
  const names = captured.map((_, i) => `c${i}`)
  store.exec(`create temp table ${table} (_n integer primary key, ${['customer', 'day', 'time', 'ident', ...names].join(', ')})`)
  store.run(sql`insert into ${raw(`temp.${table}`)} (${raw(['customer', 'day', 'time', 'ident', ...names].join(', '))})
    select ${raw(['customer', 'day', 'time', 'ident', ...names].map((n) => `q.${n}`).join(', '))} from (${select}) q
    where ${within} order by q.customer, q.day, q.time, ${raw(rest)}`)
  store.exec(`create index temp.${table}_customer on ${table} (customer)`)
  const columns = ['day', 'time', 'ident', ...names].map((n) => raw_('o', n))
  return { table, occurrences: { columns, captured } }
}

/** Whether customer `c` is among those taken. */
function memberOf(taken: Taken, table: string, of: (segment: string) => Sql): Sql {
  switch (taken.of) {
    case 'segments':
      return or(taken.segments.map((s) => truth(of(s))))
    case 'event':
      return sql`c._id in (select customer from ${raw(`temp.${table}`)})`
    case 'list':
      return sql`c.customer in (select customer from ${raw(`temp.${table}`)})`
  }
}

/** He, or somebody with the same address, was contacted as often as may be. */
function cappedSql({ capped, channel }: Choice, plan: Compiling): Sql {
  if (capped === undefined) return sql`0`
  const often = truth(sql`c._id in (${capped})`)
  return channel === undefined ? often : or([often, addressOf(channel, plan, often).shared])
}

/** He is held out, or somebody with the same address who is taken too; of a file of no channel e-mail and phone are addresses. */
function heldOutSql({ split, channel }: Choice, plan: Compiling, member: Sql): Sql {
  if (split === undefined || split.arms.every((arm) => arm.name !== holdout)) return sql`0`
  const out = and([truth(member), truth(plan.keyPasses((key) => armOf(split, key) === holdout))])
  return or([out, addressOf(channel ?? 'ads', plan, out).shared])
}

/** A column, where it was not asked for already: who refused, himself or under an address that is his too, then who agreed. */
function consentSql({ channel, channels }: Choice, setting: Setting, plan: Compiling): readonly Sql[] {
  if (channels.length > 0 || channel === undefined || !setting.definitions.hidden.has(agreed(channel))) return []
  const { shared } = addressOf(channel, plan, plan.amongMembers(refused(channel)))
  const no = or([truth(plan.member(refused(channel))), shared])
  return [sql`case when ${no} then 'refused' when ${plan.member(agreed(channel))} then 'agreed' end`]
}

/** A table of the first by a value, the unknown last, then by key. */
function limited(setting: Setting, found: Evaluated, limit: NonNullable<Choice['limit']>, table: string, people: Sql): string {
  const { store } = setting
  const { top } = limit
  const value = found.value(limit.by)
  const form = value.type === 'number' ? exactNumber(value).form : value.form
  const most =
    'customers' in top
      ? top.customers
      : shareOf(top.percent, Number(store.row(found.ready(sql`select count(*) from ${people}`))?.[0]))
  store.exec(`create temp table ${table} (_id integer primary key)`)
  const ranked = sql`select c._id from ${people} order by ${form} is null, ${form} ${raw(limit.best === 'lowest' ? 'asc' : 'desc')}, c.customer limit ${int(most)}`
  store.run(sql`insert into ${raw(`temp.${table}`)} ${found.ready(ranked)}`)
  return table
}

/** So many percent of n, rounded up. */
function shareOf({ units, scale }: { readonly units: bigint; readonly scale: number }, n: number): number {
  const whole = 100n * 10n ** BigInt(scale)
  return Number((BigInt(n) * units + whole - 1n) / whole)
}

interface Reading {
  readonly choice: Choice
  readonly counts: Counts
  /** Columns of consent. */
  readonly consents: number
  readonly segments: readonly string[]
  readonly values: readonly Value[]
  readonly captured: readonly { readonly value: Value }[]
  readonly setting: Setting
}

const nothing: readonly OutCell[] = []

function cellsOf(values: readonly Value[], row: readonly unknown[], from: number): readonly OutCell[] {
  if (values.length === 0) return nothing
  const cells: OutCell[] = []
  for (let i = 0; i < values.length; i++) cells.push(cellOf(values[i] as Value, row[from + i]))
  return cells
}

function* candidates(rows: () => IterableIterator<readonly unknown[]>, reading: Reading): IterableIterator<Candidate> {
  const { choice, counts, consents, segments, values, captured, setting } = reading
  const { split, taken } = choice
  const accounts = new Accounts(segments)
  const segmentsAt = 3 + consents
  const valuesAt = segmentsAt + segments.length
  const occurredAt = valuesAt + values.length
  const occurred = captured.map(({ value }) => value)
  let before = -1
  for (const row of rows()) {
    const customer = row[0] as number
    const key = row[1] as string
    const reason = row[2] as number | null
    const again = customer === before
    before = customer
    if (!again) {
      counts.customers++
      if (segments.length > 0) accounts.add((i) => row[segmentsAt + i] === 1)
    }
    if (reason !== null) {
      if (again) continue
      counts.drop(reasons[reason] as Reason)
      if (reasons[reason] !== 'held-out' || split === undefined || armOf(split, key) !== holdout) continue
    }
    const arm = split === undefined ? null : armOf(split, key)
    const first = segments.length === 0 ? -1 : segments.findIndex((_, i) => row[segmentsAt + i] === 1)
    const [day, time] = [row[occurredAt] as number, row[occurredAt + 1] as number]
    yield {
      customer,
      key,
      segment: segments[first] ?? null,
      arm,
      ident: taken.of === 'event' ? String(row[occurredAt + 2]) : '',
      consent: consents === 0 ? 'unknown' : ((row[3] as Candidate['consent'] | null) ?? 'unknown'),
      at: taken.of !== 'event' ? null : time < 0 ? formatDay(day) : setting.zone.format({ day, time }),
      moment: taken.of === 'event' ? { day, time } : null,
      values: cellsOf(values, row, valuesAt),
      captured: cellsOf(occurred, row, occurredAt + 3),
    }
  }
  counts.waterfall = segments.length > 0 ? accounts.all : []
}
