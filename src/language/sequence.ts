/** Sequences: one row after another within a time, in SQL over all customers at once. */
import { isMap, isScalar } from 'yaml'
import type { Problems, Span, Spanned } from '../base/problem.js'
import { and, int, join, type Sql, sql } from '../base/sql.js'
import { before, type Day, type Duration, parseDuration, unitWords } from '../base/time.js'
import { dayNear, dayOfInstant, instant, nanosOf, onClock, plusDays, timeInDay } from './clock.js'
import { rowOrder } from './fields.js'
import { type Grain, type Names, type Use, uses } from './fieldwork.js'
import { oneOfThese, textLike } from './jsonschema.js'
import {
  checkRowFilter,
  oneRowSource,
  type RowFilter,
  rowFilterReaders,
  rowSourceOf,
  rowsRef,
  sayDeed,
  sayUndone,
} from './rowfilter.js'
import { carried, type RowsCompile, rowset } from './rows.js'
import type { Compile } from './value.js'
import { meet, sayWindow } from './windows.js'
import type { Wording } from './words/index.js'
import { deref, listOf, type Reader, refuse, scalar, schemaOf, shape, spanned } from './yaml.js'

export interface Step {
  readonly rows: RowFilter
  readonly span: Span
  /** Must not follow within the time; the last step only. */
  readonly not: boolean
}
export interface Sequence {
  readonly steps: readonly Step[]
  readonly within: Duration
}

const rows: Reader<RowFilter> = oneRowSource(shape(rowFilterReaders))
const unwanted = shape({ not: rows })

const step: Reader<Step> = {
  expects: 'a step such as `{ orders: any }`, or last `{ not: { orders: any } }`',
  read(at, cx) {
    const real = deref(at, cx)
    if (real === undefined) return undefined
    if (!isMap(real.node)) return refuse(real, cx, this.expects)
    const not = real.node.items.some((p) => isScalar(p.key) && p.key.value === 'not')
    const body = not ? unwanted.read(real, cx)?.not : rows.read(real, cx)
    return body === undefined ? undefined : { rows: body, span: at.span, not }
  },
  schema: (shared) => oneOfThese([schemaOf(rows, shared), schemaOf(unwanted, shared)]),
}
export const steps: Reader<Spanned<readonly Step[]>> = spanned(listOf(step))

const units = ['minute', 'hour', 'day', 'week', 'month', 'year'] as const
export const within: Reader<Duration> = scalar(
  'a duration like `7 days`, `12 hours`, `30 minutes`',
  (_, text) => parseDuration(text),
  textLike(`\\s*[1-9]\\d* ?(?:${unitWords(units).join('|')})\\s*`, 'a duration like `7 days`, `12 hours`, `30 minutes`'),
)

export function checkSequence(all: Spanned<readonly Step[]>, names: Names, problems: Problems): void {
  const { value: list, span } = all
  for (const s of list) checkRowFilter(s.rows, names, problems, s.span)
  for (const s of list.slice(0, -1))
    if (s.not)
      problems.error('not-last', 'a `not` closes a sequence: it stands last or nowhere', {
        span: s.span,
        help: 'ask for what must not happen in between with a segment of its own',
      })
  const wanted = list.filter((s) => !s.not).length
  if (wanted === 0 || (wanted === 1 && list.length === 1))
    problems.error('one-step', 'a sequence has at least two steps, or one and a closing `not`', {
      span,
      help: 'one step alone is `performed`',
    })
}

export const sequenceUses = (list: readonly Step[]): readonly Use[] =>
  list.flatMap((s) => (s.rows.event === undefined ? [] : uses('event', [s.rows.event])))

const completing = (list: readonly Step[]): Step | undefined => list.filter((s) => !s.not).at(-1)

/** What the rows are that complete a sequence. */
export function sequenceGrain(list: readonly Step[], grainOf: (event: string) => Grain | undefined): Grain | undefined {
  const last = completing(list)
  if (last === undefined) return undefined
  return last.rows.event === undefined ? { on: rowSourceOf(last.rows) } : grainOf(last.rows.event.value)
}

const raw = (text: string): Sql => ({ text, params: [] })

/**
 * One row an occurrence: `_customer` and the key columns of the row that completes it, what that carries, and the moment at which
 * it occurs; `since`: the earliest day on which that is asked for. Step by step each row keeps the latest first step of the chains that lead to it: if that one is too far back, all are.
 */
export function sequenceSql(cx: RowsCompile, { steps: list, within: time }: Sequence, grain: Grain, since?: Day): Sql {
  const clock = onClock(time)
  const wanted = list.filter((s) => !s.not)
  const unwantedStep = list.find((s) => s.not)
  const from = since === undefined ? undefined : earliest(since, time)
  const keys = [...rowOrder[grain.on].map((c) => `k${c}`), ...carried(grain)]
  let chain: Sql | undefined
  wanted.forEach((s, i) => {
    const last = i === wanted.length - 1
    const mine = stepRows(cx, s.rows, `s${i}`, last ? grain : undefined, clock && (i === 0 || last), from)
    chain = chain === undefined ? first(cx, mine, clock) : then(chain, mine, last ? keys : [])
  })
  const day = raw('x.m_day')
  const start = raw('x._start')
  const limit = clock ? sql`(${start} + ${nanosOf(time)})` : plusDays(start, time)
  const fits = clock ? sql`${instant(cx, day, raw('x.m_time'))} <= ${limit}` : sql`${day} <= ${limit}`
  const key = join(
    ['_customer', ...rowOrder[grain.on].map((c) => `k${c} as ${c}`), ...carried(grain)].map((c) => raw(`x.${c}`)),
    ', ',
  )
  if (unwantedStep === undefined)
    return sql`select ${key}, x.m_day as _at_day, x.m_time as _at_time from (${chain as Sql}) x where ${fits}`
  const limited = sql`select x.*, ${limit} as _limit from (${chain as Sql}) x where ${fits}`
  const closed = clock ? endOnClock(cx, limited) : sql`select x.*, x._limit as _end, -1 as _end_time from (${limited}) x`
  const byDay = sql`n.m_day <= x._end`
  const inTime = clock
    ? sql`case when n.m_time >= 0 then ${instant(cx, raw('n.m_day'), raw('n.m_time'))} <= x._limit else ${byDay} end`
    : byDay
  const broken = sql`exists (select 1 from (${stepRows(cx, unwantedStep.rows, 'n', undefined, false)}) n
    where n._customer = x._customer and n.m_day >= x.m_day and n.m_day <= x._end and (n.m_day > x.m_day or (n.m_day = x.m_day and x.m_time >= 0 and n.m_time > x.m_time))
      and ${inTime})`
  return sql`select ${key}, x._end as _at_day, x._end_time as _at_time from (${closed}) x where x._end <= ${int(cx.asOf)} and not ${broken}`
}

/** The local moment `_end`, `_end_time` of each `_limit`, one step a query so that none is written out twice. */
function endOnClock(cx: Compile, limited: Sql): Sql {
  const limit = raw('x._limit')
  const near = sql`select x.*, ${dayNear(cx, limit)} as _near from (${limited}) x`
  const end = sql`select x.*, ${dayOfInstant(cx, limit, raw('x._near'))} as _end from (${near}) x`
  return sql`select x.*, ${timeInDay(cx, limit, raw('x._end'))} as _end_time from (${end}) x`
}

/** No step of a sequence that occurs from a day on lies before this one. */
const earliest = (since: Day, time: Duration): Day =>
  onClock(time) ? since - Math.ceil(time.n / (time.unit === 'hour' ? 24 : 1440)) - 2 : before(since, time) - 3 // month ends clamp

/** The rows of a step: `_customer`, their moment, and their keys where they complete the sequence. */
function stepRows(cx: RowsCompile, body: RowFilter, alias: string, grain: Grain | undefined, timed: boolean, from?: Day): Sql {
  const ref = rowsRef(body, cx)
  const days = from === undefined ? ref.days : meet(ref.days ?? {}, { from })
  const { scope, where } = rowset(cx, { ...ref, days }, alias)
  const [day, time] = scope.order() as readonly [Sql, Sql]
  const keys =
    grain === undefined
      ? []
      : [...rowOrder[grain.on].map((c) => sql`${scope.column(c)} as k${raw(c)}`), ...carried(grain).map((c) => scope.column(c))]
  const columns = [scope.column('_customer'), sql`${day} as m_day`, sql`${time} as m_time`, ...keys]
  const all = and([where, ...(timed ? [sql`${time} >= 0`] : [])])
  return sql`select ${join(columns, ', ')} from ${scope.from()} where ${all}`
}

const first = (cx: Compile, mine: Sql, clock: boolean): Sql =>
  sql`select f.*, ${clock ? instant(cx, raw('f.m_day'), raw('f.m_time')) : raw('f.m_day')} as _start from (${mine}) f`

/** Rows strictly later than one of the chain, each with the latest start of those: of days before it, or of its day where both have a time. */
function then(chain: Sql, mine: Sql, keys: readonly string[]): Sql {
  const none = keys.map((k) => `, null as ${k}`).join('')
  const also = keys.map((k) => `, ${k}`).join('')
  const both = sql`select _customer, m_day, m_time, _start as s, 0 as mine${raw(none)} from (${chain})
    union all select _customer, m_day, m_time, null, 1${raw(also)} from (${mine})`
  const seen = sql`select u.*,
      max(u.s) over (partition by u._customer order by u.m_day range between unbounded preceding and 1 preceding) as earlier,
      max(case when u.m_time >= 0 then u.s end) over (partition by u._customer, u.m_day order by u.m_time range between unbounded preceding and 1 preceding) as sooner
    from (${both}) u`
  return sql`select _customer, m_day, m_time${raw(also)}, coalesce(max(earlier, sooner), earlier, sooner) as _start from (${seen})
    where mine = 1 and (earlier is not null or sooner is not null)`
}

export function saySequence({ steps: list, within: time }: Sequence, w: Wording): string {
  const not = list.find((s) => s.not)
  return w.sequence(
    list.filter((s) => !s.not).map((s) => w.joined([sayDeed(s.rows, w), sayWindow(s.rows, w)])),
    not && { deed: sayDeed(not.rows, w), undone: sayUndone(not.rows, w) },
    time,
  )
}
