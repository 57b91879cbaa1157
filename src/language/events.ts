/** Events: rules that yield occurrences. Each kind of coming to them is one entry. */
import { isMap, isScalar, type Node, type Pair } from 'yaml'
import { parseScaled, rescale, type Scaled } from '../base/decimal.js'
import type { Problems, Span, Spanned } from '../base/problem.js'
import { int, type Sql, sql } from '../base/sql.js'
import { civil, type Duration } from '../base/time.js'
import { anniversaryIn, comingRound, oneOfMany, periodOf } from '../store/dialect.js'
import { plusDays } from './clock.js'
import { aType } from './compare.js'
import type { Compiling } from './compiling.js'
import { untilNext } from './conditions/course.js'
import { described } from './described.js'
import { eventTests } from './examples.js'
import { customerValue } from './fields.js'
import {
  checkContaining,
  checkDate,
  checkField,
  checkSegments,
  type Grain,
  grainFieldwork,
  type Names,
  sayContaining,
  type Use,
  uses,
} from './fieldwork.js'
import { checkFilter, fieldsOf, filter, sayFilter } from './filter.js'
import { numberLike } from './jsonschema.js'
import { days, type Look, type Looking } from './look.js'
import { afterGap, type Event, type Finding, type FoundRows, type RowsCompile, type Waits } from './rows.js'
import { checkSequence, type Step, saySequence, sequenceGrain, sequenceSql, sequenceUses, steps, within } from './sequence.js'
import { stepLooks } from './steps.js'
import { computed, type Value } from './value.js'
import { duration } from './windows.js'
import { english, type Wording } from './words/index.js'
import {
  deref,
  explained,
  listOf,
  oneOf,
  optional,
  type Read,
  type Reader,
  type Shape,
  scalar,
  shape,
  spanned,
  spanOf,
  whole,
  word,
} from './yaml.js'

/** Kinds of choosing among rows, and of rows of their own. The whole body is given for the keys beside the kind's own. */
interface EventKind<Body> {
  readonly summary: string
  readonly example: string
  readonly reads: Reader<Body>
  /** Keys that it takes beside its own. */
  readonly takes?: Readonly<Record<string, Reader<unknown>>>
  /** Of these it cannot do without. */
  readonly needs?: readonly string[]
  readonly rows: Finding['rows']
  readonly known: Finding['known']
  readonly moved?: true
  /** The number field whose value of each row it wants. */
  value?(body: Body): string
  check?(body: Body, event: EventBody, names: Names, problems: Problems, span: Span): void
  uses?(body: Body): readonly Use[]
  /** What its rows are, where they are its own. */
  grain?(body: Body, grainOf: (event: string) => Grain | undefined): Grain | undefined
  find(body: Body, cx: RowsCompile, rows: FoundRows, event: EventBody, grain: Grain): Sql
  /** What the customer's next occurrence waits for, where that can be told beforehand. */
  waits?(body: Body): Waits
  /** What it looks at in one customer beside its occurrences. */
  looks?(body: Body, event: EventBody, span: Span, looking: Looking): readonly Look[]
  say(body: Body, what: string, event: EventBody, w: Wording): string
}
const eventKind = <Body>(k: EventKind<Body>): EventKind<Body> => k

const raw = (text: string): Sql => ({ text, params: [] })

/** Rows chosen by their ordinal among the customer's, by which they are known. */
const numbered = ({ select, order }: FoundRows, chosen: Sql): Sql =>
  sql`select n.*, 'n' || n._nth as _ident from (select q.*, row_number() over (partition by q._customer order by ${raw(order)}) as _nth from (${select}) q) n where ${chosen}`

const periods = ['month', 'quarter', 'year'] as const
interface Reaches {
  readonly sum: Spanned<string>
  readonly of: Spanned<string>
  readonly every?: (typeof periods)[number]
}
const amount = spanned(scalar('a number, such as `1000`', (_, t) => (parseScaled(t) === undefined ? undefined : t), numberLike))

/** The row of each customer, or of each of his periods, at which the running total is first at least `of`. */
function reached({ select, order, scale }: FoundRows, { of, every }: Reaches): Sql {
  const [bound] = rescale(parseScaled(of.value) as Scaled, scale, 'up')
  const period = every === undefined ? int(0) : periodOf(raw('q._day'), every)
  const running = sql`select q.*, ${period} as _period, coalesce(sum(q._value) over (partition by q._customer, ${period} order by ${raw(order)} rows unbounded preceding), 0) as _total from (${select}) q`
  const atLeast = sql`select q.*, row_number() over (partition by q._customer, q._period order by ${raw(order)}) as _place from (${running}) q where ${there(bound)}`
  return sql`select q.*, 'p' || q._period as _ident from (${atLeast}) q where q._place = 1`
}
const int64 = 2n ** 63n
/** No total is beyond 64 bits; whether one would be is for the query to tell. */
const there = (bound: bigint): Sql =>
  bound >= int64 ? sql`q._total > ${int(int64 - 1n)}` : bound < -int64 ? sql`q._total is not null` : sql`q._total >= ${bound}`

/** The years in which an anniversary can fall up to the as-of day. */
function years(cx: RowsCompile, ahead: number): Sql {
  const [from, to] = [civil(cx.dayRange[0]).year, civil(cx.asOf + ahead).year]
  return oneOfMany(Array.from({ length: to - from + 1 }, (_, i) => from + i))
}

const moves = (way: 'enters' | 'leaves', example: string) =>
  eventKind<Spanned<string>>({
    summary: `when a customer ${way} the segment, from one recorded as-of day to the next, dated by the later`,
    example,
    reads: spanned(word),
    rows: 'own',
    known: 'own',
    check: (segment, _event, names, problems) => checkSegments([segment], names, problems),
    uses: (segment) => uses('segment', [segment]),
    grain: () => ({ on: 'days' }),
    looks: ({ value }) => [{ label: `in ${value}`, at: { segment: value }, recorded: true }],
    find: (segment, cx) =>
      sql`select _customer, _day, -1 as _time, 'd' || _day as _key, 'd' || _day as _ident from (${cx.moves(segment.value, way)})`,
    say: (segment, _what, _event, w) => w.events[way](segment.value),
  })

/** Ways to choose among the rows that pass, and ways to occur without rows of one source; at most one in an event. */
export const eventKinds = {
  nth: eventKind({
    summary: "at the customer's n-th such row",
    example: '{ on: orders, nth: 3 }',
    reads: whole(1),
    rows: 'chosen',
    known: 'own',
    find: (n, _cx, rows) => numbered(rows, sql`n._nth = ${int(n)}`),
    waits: (rows) => ({ rows, again: false }),
    say: (n, what, _event, w) => w.events.nth(n, what),
  }),
  every_nth: eventKind({
    summary: "at the customer's n-th, 2n-th, 3n-th … such row",
    example: '{ on: orders, every_nth: 10 }',
    reads: whole(1),
    rows: 'chosen',
    known: 'own',
    find: (n, _cx, rows) => numbered(rows, sql`n._nth % ${int(n)} = 0`),
    waits: (rows) => ({ rows, again: true }),
    say: (n, what, _event, w) => w.events.every_nth(n, what),
  }),
  reaches: eventKind<Reaches>({
    summary: 'where the running total of a number is first at least `of`; with `every` it starts from 0 in each period',
    example: '{ on: orders, reaches: { sum: amount, of: 1000, every: year } }',
    reads: shape({ sum: spanned(word), of: amount, every: optional(oneOf(...periods)) }),
    rows: 'chosen',
    known: 'own',
    value: ({ sum }) => sum.value,
    check({ sum }, { on }, names, problems) {
      if (on === undefined) return
      const fields = fieldsOf(names.catalogue, on.value)
      const type = checkField(sum, fields, problems)
      if (type !== undefined && type !== 'number' && !fields.numeric(sum.value) && fields.typeOf(sum.value) !== 'doubtful')
        problems.error('wrong-type', `\`reaches\` needs a number; \`${sum.value}\` is ${aType(type)}`, { span: sum.span })
    },
    find: (body, _cx, rows) => reached(rows, body),
    waits: ({ sum, of, every }) => ({ sum: sum.value, of: of.value, ...(every !== undefined && { every }) }),
    say: ({ sum, of, every }, what, _event, w) => w.events.reaches(sum.value, what, of.value, every),
  }),
  quiet_for: eventKind<Duration>({
    summary: 'so long after a row when no other came in between: on that day',
    example: '{ on: orders, quiet_for: 60 days }',
    reads: duration,
    rows: 'chosen',
    known: 'own',
    moved: true,
    find(quiet, cx, { select, order }) {
      const followed = sql`select q.*, lead(q._day) over (partition by q._customer order by ${raw(order)}) as _next, ${plusDays(raw('q._day'), quiet)} as _at_day from (${select}) q`
      return sql`select q.*, -1 as _at_time, 'd' || q._at_day as _ident from (${followed}) q
        where (q._next is null or q._next > q._at_day) and q._at_day <= ${int(cx.asOf)}`
    },
    waits: (quiet) => ({ quiet }),
    say: (quiet, what, _event, w) => w.events.quiet_for(quiet, what),
  }),
  after_gap: eventKind<Duration>({
    summary: 'at a row that comes more than so long after the one before it',
    example: '{ on: orders, after_gap: 60 days }',
    reads: duration,
    rows: 'chosen',
    known: 'row',
    find: (gap, _cx, { select, order }) => afterGap(select, order, gap),
    say: (gap, what, _event, w) => w.events.after_gap(gap, what),
  }),
  sequence: eventKind<Spanned<readonly Step[]>>({
    summary:
      'at a row that completes the steps, each strictly later than the one before; a closing `not`: at the end of the time',
    example: '{ sequence: [{ activities: { type: visit } }, { orders: any }], within: 7 days }',
    reads: steps,
    takes: { within },
    needs: ['within'],
    rows: 'own',
    known: 'row',
    moved: true,
    check: (body, _event, names, problems) => checkSequence(body, names, problems),
    uses: (body) => sequenceUses(body.value),
    grain: (body, grainOf) => sequenceGrain(body.value, grainOf),
    find: (body, cx, _rows, event, grain) => sequenceSql(cx, { steps: body.value, within: event['within'] as Duration }, grain),
    say: (body, _what, event, w) => saySequence({ steps: body.value, within: event['within'] as Duration }, w),
    looks: (body, event, span, looking) => stepLooks({ steps: body, within: event['within'] as Duration }, span, looking),
  }),
  anniversary: eventKind<Spanned<string>>({
    summary: 'each anniversary of a date attribute or date metric, or so many days before it; never the date itself',
    example: '{ anniversary: birth_date, days_before: 7 }',
    reads: spanned(word),
    takes: { days_before: whole(0, 366) },
    rows: 'own',
    known: 'own',
    check: (of, _event, names, problems) => checkDate(of, '`anniversary`', names, problems),
    uses: (of) => uses('metric', [of]),
    grain: () => ({ on: 'days' }),
    find(of, cx, _rows, event) {
      const ahead = (event['days_before'] as number | undefined) ?? 0
      const { form } = customerValue(cx, of.value)
      const dates = sql`select c._id as _customer, c._first_day as first, ${comingRound(form)} as date, ${periodOf(form, 'year')} as born
        from ${cx.people()} and c._first_day is not null and ${form} is not null`
      const found = sql`with dates as materialized (${dates}) select d._customer, d.first, ${anniversaryIn(raw('d.date'), raw('y.value'))} - ${int(ahead)} as _day
        from dates d, ${years(cx, ahead)} y where y.value > d.born`
      return sql`select q._customer, q._day, -1 as _time, 'd' || q._day as _key, 'd' || q._day as _ident from (${found}) q
        where q._day >= q.first and q._day <= ${int(cx.asOf)}`
    },
    say: (of, _what, event, w) => w.events.anniversary(of.value, event['days_before'] as number | undefined),
    looks(of, event, _span, { asOf }) {
      const from = asOf + 1 + ((event['days_before'] as number | undefined) ?? 0)
      const next = (cx: Compiling): Value => {
        const { form } = untilNext(of.value, cx, from)
        return computed('number', sql`(${form}) + 1`, { scale: 0 })
      }
      return [
        { label: of.value, at: { named: of.value } },
        { label: 'until the next', at: { values: [next] }, unit: days, titled: true },
      ]
    },
  }),
  enters: moves('enters', '{ enters: vip }'),
  leaves: moves('leaves', '{ leaves: vip }'),
} as const

const kindTable = eventKinds as unknown as Readonly<Record<string, EventKind<unknown>>>
const kindOf = (body: EventBody): string | undefined => Object.keys(kindTable).find((k) => body[k] !== undefined)
const kindReaders = Object.fromEntries(
  Object.entries(kindTable).flatMap(([name, k]) => [
    [name, optional(explained(k.reads, () => ({ description: k.summary })))],
    ...Object.entries(k.takes ?? {}).map(([key, reader]) => [key, optional(reader)]),
  ]),
)

const sourceWords = ['orders', 'items', 'activities'] as const
export const rowSource = oneOf(...sourceWords)

const fields = {
  on: optional(spanned(rowSource)),
  where: optional(filter),
  containing: optional(listOf(filter)),
  without: optional(listOf(filter)),
  per: optional(spanned(oneOf('order'))),
  capture: optional(listOf(spanned(word))),
  ...described,
  tests: optional(eventTests),
}

type Fields = Read<ReturnType<typeof shape<typeof fields>>> & Readonly<Record<string, unknown>>
const written = shape({ ...fields, ...kindReaders })

/** The body of an event as it stands in YAML. */
export const eventBody: Shape<Fields> = {
  ...written,
  read(at, cx) {
    const body = written.read(at, cx) as Fields | undefined
    const node = deref(at, cx)?.node
    if (body !== undefined && isMap(node)) {
      const keys = (node.items as Pair<Node>[]).map((p) => ({
        key: isScalar(p.key) ? String(p.key.value) : '',
        span: spanOf(p.key, cx.source, at.span),
      }))
      checkKeys(keys, at.span, cx.problems)
    }
    return body
  },
}

export const rowKeys: readonly string[] = ['on', 'where', 'containing', 'without', 'per']

/** Keys that do not go together, and keys that are missing. */
function checkKeys(keys: readonly { readonly key: string; readonly span: Span }[], span: Span, problems: Problems): void {
  const has = (key: string): boolean => keys.some((k) => k.key === key)
  const kind = keys.find((k) => Object.hasOwn(kindTable, k.key))?.key
  const own = kind !== undefined && kindTable[kind]?.rows === 'own'
  for (const { key, span: at } of keys) {
    const belongs = Object.keys(kindTable).find((k) => Object.hasOwn(kindTable[k]?.takes ?? {}, key))
    if (own && rowKeys.includes(key))
      problems.error('stray-key', `\`${key}\` does not go with \`${kind}\`, which stands on no rows of one source`, {
        span: at,
        help: kind === 'sequence' ? 'each step names its own rows' : 'leave it out',
      })
    else if (belongs !== undefined && belongs !== kind)
      problems.error('stray-key', `\`${key}\` goes with \`${belongs}\` only`, { span: at, help: 'leave it out' })
  }
  if (!own && !has('on'))
    problems.error('missing-key', 'which rows does the event stand on? `on` is missing', {
      span,
      help: 'add `on: orders`, `on: items` or `on: activities`',
    })
  for (const key of (kind === undefined ? undefined : kindTable[kind]?.needs) ?? [])
    if (!has(key))
      problems.error('missing-key', `\`${kind}\` needs \`${key}\``, {
        span,
        help: `for example \`${kindTable[kind as string]?.example}\``,
      })
}

export type EventBody = Read<typeof eventBody>

/** What the occurrences of an event are; undefined where that cannot be told. */
export function eventGrain(body: EventBody, grainOf: (event: string) => Grain | undefined): Grain | undefined {
  const kind = kindOf(body)
  const own = kind === undefined ? undefined : (kindTable[kind] as EventKind<unknown>)
  if (own?.grain !== undefined) return own.grain(body[kind as string], grainOf)
  return body.on === undefined ? undefined : { on: body.on.value, ...(body.per !== undefined && { per: 'order' as const }) }
}

/** What an event looks at in one customer beside its occurrences. */
export function eventLooks(body: EventBody, span: Span, looking: Looking): readonly Look[] {
  const kind = kindOf(body)
  return kind === undefined ? [] : ((kindTable[kind] as EventKind<unknown>).looks?.(body[kind], body, span, looking) ?? [])
}

/** What an event stands on. */
export function eventUses(body: EventBody): readonly Use[] {
  const kind = kindOf(body)
  return kind === undefined ? [] : ((kindTable[kind] as EventKind<unknown>).uses?.(body[kind]) ?? [])
}

/** Tells what is wrong with an event that was read. */
export function checkEvent(body: EventBody, span: Span, names: Names, grain: Grain | undefined, problems: Problems): void {
  const { catalogue, asOf } = names
  const kinds = Object.keys(kindTable).filter((k) => body[k] !== undefined)
  const [first] = kinds
  const kind = first === undefined ? undefined : (kindTable[first] as EventKind<unknown>)
  if (kinds.length > 1)
    problems.error('two-kinds', `an event is of one kind; here are ${kinds.map((k) => `\`${k}\``).join(' and ')}`, {
      span,
      help: 'make two events of it',
    })
  if (body.on !== undefined) {
    const rows = fieldsOf(catalogue, body.on.value)
    if (body.where !== undefined) checkFilter(body.where, rows, asOf, problems)
    checkContaining(body.on.value, [...(body.containing ?? []), ...(body.without ?? [])], span, catalogue, asOf, problems)
    if (body.per !== undefined && body.on.value !== 'items')
      problems.error('per-order', '`per: order` is for events on items', {
        span: body.per.span,
        help: 'leave it out, or write `on: items`',
      })
  }
  if (first !== undefined) kind?.check?.(body[first], body, names, problems, span)
  if (grain !== undefined) for (const c of body.capture ?? []) checkField(c, grainFieldwork(catalogue, grain), problems)
}

/** The sound event of a body that was checked. */
export function makeEvent(name: string, body: EventBody, grain: Grain): Event {
  const chosen = kindOf(body)
  const kind = chosen === undefined ? undefined : (kindTable[chosen] as EventKind<unknown>)
  const own = chosen === undefined ? undefined : body[chosen]
  return {
    name,
    ...grain,
    where: body.where === undefined ? [] : [body.where],
    containing: body.containing ?? [],
    without: body.without ?? [],
    capture: (body.capture ?? []).map((c) => c.value),
    say(w = english) {
      const what = sayRows(body, w)
      return kind === undefined ? what : kind.say(own, what, body, w)
    },
    ...(kind?.waits !== undefined && { waits: kind.waits(own) }),
    ...(kind !== undefined && {
      finding: {
        rows: kind.rows,
        known: kind.known,
        moved: kind.moved === true,
        ...(kind.value !== undefined && { needs: kind.value(own) }),
        sql: (cx: RowsCompile, rows: FoundRows) => kind.find(own, cx, rows, body, grain),
      },
    }),
  }
}
const sayRows = (body: EventBody, w: Wording): string =>
  w.joined([
    body.on === undefined ? '' : w.row(body.on.value),
    body.where === undefined ? '' : w.where(sayFilter(body.where, w)),
    sayContaining(body, w),
    body.per === undefined ? '' : w.events.oncePerOrder,
  ])
