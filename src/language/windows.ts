/** Windows: which local days a condition or a metric looks at, as written and as the days they mean on the as-of day. */
import { isSeq } from 'yaml'
import {
  after,
  before,
  type Day,
  type Duration,
  formatDay,
  parseDayRef,
  parseDuration,
  shift,
  startOf,
  startOfNext,
  type Unit,
  unitWords,
} from '../base/time.js'
import { exampleUnder, orParameter, textLike } from './jsonschema.js'
import { english, type Wording } from './words/index.js'
import {
  type At,
  deref,
  entries,
  explained,
  type Optional,
  once,
  optional,
  type Reader,
  type Reading,
  refuse,
  scalar,
  schemaOf,
  shape,
} from './yaml.js'

/** Days from `from` to `to`, both included; an end that is absent is open. */
export interface Days {
  readonly from?: Day
  readonly to?: Day
}

/** One window key as written; `days` is what it means on the as-of day. */
interface WindowKind<Body> {
  readonly summary: string
  readonly example: string
  readonly reads: Reader<Body>
  days(body: Body, asOf: Day): Days
  say(body: Body, w: Wording): string
  /** Problems of the body that its reader cannot see. */
  wrong?(body: Body, asOf: Day): string | undefined
}
const windowKind = <Body>(k: WindowKind<Body>): WindowKind<Body> => k

const calendarDuration = `[1-9]\\d* ?(?:${unitWords(['day', 'week', 'month', 'year']).join('|')})`
const durationExpected = 'a duration like `30 days`, `4w`, `6 months`, `1y`'
export const durationLike = textLike(`\\s*${calendarDuration}\\s*`, durationExpected)
const duration: Reader<Duration> = scalar(
  durationExpected,
  (_, text) => {
    const d = parseDuration(text)
    return d === undefined || d.unit === 'hour' || d.unit === 'minute' ? undefined : d
  },
  durationLike,
)

/** A day as written, `2024-05-01`, `today` or `-7d`; which day it is follows from the as-of day. */
export interface DayRef {
  readonly text: string
}
const dayExpected = 'a day like `2024-05-01` or `-7d`'
export const dayLike = textLike(`today|yesterday|\\d{4}-\\d\\d-\\d\\d|-\\s*${calendarDuration}\\s*`, dayExpected)
export const dayRef: Reader<DayRef> = scalar(
  dayExpected,
  (_, text) => (parseDayRef(text, 0) === undefined ? undefined : { text }),
  dayLike,
)
export const resolveDay = (ref: DayRef, asOf: Day): Day => parseDayRef(ref.text, asOf) as Day

type PeriodUnit = Exclude<Unit, 'day'>
interface Period {
  readonly unit: Unit
  readonly back: number
  readonly text: string
}
const periodForms = { named: '(this|last) (week|month|quarter|year)', counted: '(\\d{1,4}) (day|week|month|quarter|year)s? ago' }
const periodExpected = 'a period like `this month`, `last week`, `yesterday` or `2 quarters ago`'
const period: Reader<Period> = scalar(
  periodExpected,
  (_, text) => {
    if (text === 'today') return { unit: 'day', back: 0, text }
    if (text === 'yesterday') return { unit: 'day', back: 1, text }
    const named = new RegExp(`^${periodForms.named}$`).exec(text)
    if (named) return { unit: named[2] as PeriodUnit, back: named[1] === 'this' ? 0 : 1, text }
    const counted = new RegExp(`^${periodForms.counted}$`).exec(text)
    return counted && Number(counted[1]) > 0 ? { unit: counted[2] as Unit, back: Number(counted[1]), text } : undefined
  },
  textLike(`today|yesterday|${periodForms.named}|${periodForms.counted}`, periodExpected),
)

const pair: Reader<readonly [DayRef, DayRef]> = {
  expects: 'a list of two days, `[2024-05-01, 2024-05-31]`',
  read(at: At, cx: Reading) {
    const real = deref(at, cx)
    if (real === undefined) return undefined
    if (!isSeq(real.node) || real.node.items.length !== 2) return refuse(real, cx, this.expects)
    const [from, to] = (entries(real, cx, this.expects) ?? []).map((one) => dayRef.read(one, cx))
    return from === undefined || to === undefined ? undefined : ([from, to] as const)
  },
  schema: (shared) =>
    orParameter(
      { type: 'array', items: schemaOf(dayRef, shared), minItems: 2, maxItems: 2 },
      'two days, `[2024-05-01, 2024-05-31]`',
    ),
}

const upsideDown = (from: Day, to: Day): string | undefined =>
  from > to ? `the window ends (${formatDay(to)}) before it begins (${formatDay(from)})` : undefined

/** The windows there are. `since` with `until` is one window. */
export const windowKinds = {
  last: windowKind({
    summary: 'the days up to and including the as-of day',
    example: 'last: 30 days',
    reads: duration,
    days: (d, asOf) => ({ from: before(asOf, d) + 1, to: asOf }),
    say: (d, w) => w.windows.last(d),
  }),
  ago: windowKind({
    summary: 'days further back: open at the start, closed at the end; either end may be left out',
    example: 'ago: { from: 90 days, to: 30 days }',
    reads: shape({ from: optional(duration), to: optional(duration) }),
    days: ({ from, to }, asOf) => ({
      ...(from && { from: before(asOf, from) + 1 }),
      to: to === undefined ? asOf : before(asOf, to),
    }),
    say: ({ from, to }, { windows }) =>
      from && to ? windows.ago(from, to) : from ? windows.last(from) : to ? windows.before(to) : windows.ever,
    wrong: ({ from, to }, asOf) =>
      from === undefined && to === undefined
        ? '`ago` needs `from`, `to` or both'
        : from !== undefined && to !== undefined && before(asOf, from) >= before(asOf, to)
          ? '`from` must lie further back than `to`'
          : undefined,
  }),
  between: windowKind({
    summary: 'the days named, both included',
    example: 'between: [2024-05-01, 2024-05-31]',
    reads: pair,
    days: ([a, b], asOf) => ({ from: resolveDay(a, asOf), to: resolveDay(b, asOf) }),
    say: ([a, b], w) => w.windows.between(a.text, b.text),
    wrong: ([a, b], asOf) => upsideDown(resolveDay(a, asOf), resolveDay(b, asOf)),
  }),
  since: windowKind({
    summary: 'from the day named on, it included',
    example: 'since: 2024-05-01',
    reads: dayRef,
    days: (a, asOf) => ({ from: resolveDay(a, asOf) }),
    say: (a, w) => w.windows.since(a.text),
  }),
  until: windowKind({
    summary: 'up to the day named, it included',
    example: 'until: -7d',
    reads: dayRef,
    days: (b, asOf) => ({ to: resolveDay(b, asOf) }),
    say: (b, w) => w.windows.until(b.text),
  }),
  on: windowKind({
    summary: 'the day named',
    example: 'on: 2024-05-01',
    reads: dayRef,
    days: (a, asOf) => ({ from: resolveDay(a, asOf), to: resolveDay(a, asOf) }),
    say: (a, w) => w.windows.on(a.text),
  }),
  period: windowKind({
    summary: 'the calendar period that holds the as-of day, or one before it; never past the as-of day',
    example: 'period: last month',
    reads: period,
    days: ({ unit, back }, asOf) => {
      const from = shift(startOf(asOf, unit), -back, unit)
      return { from, to: Math.min(asOf, startOfNext(from, unit) - 1) }
    },
    say: ({ unit, back, text }, w) => w.windows.period(unit, back, text),
  }),
} as const

export type WindowName = keyof typeof windowKinds
type Bodies = { [K in WindowName]: (typeof windowKinds)[K] extends WindowKind<infer Body> ? Body : never }
export type WindowFields = { readonly [K in WindowName]?: Bodies[K] }
const table: { [K in WindowName]: WindowKind<Bodies[K]> } = windowKinds
export const windowNames = Object.keys(windowKinds) as readonly WindowName[]

/** Readers to spread into the fields of anything that takes a window. */
export const windowReaders = Object.fromEntries(windowNames.map((n) => [n, optional(explainedWindow(n))])) as {
  readonly [K in WindowName]: Optional<Bodies[K]>
}

/** The reader of what stands under a window's key, with what editors show of it. */
export function explainedWindow(n: WindowName): Reader<unknown> {
  const { reads, summary, example } = table[n]
  const about = () => ({ description: summary, examples: [exampleUnder(n, example)] })
  return once(`window ${n}`, explained(reads as Reader<unknown>, about))
}

/** The days that the windows written in a body mean on the as-of day, as their intersection; undefined: all history. */
export function daysOf(body: WindowFields, asOf: Day): Days | undefined {
  const written = windowNames.filter((n) => body[n] !== undefined)
  if (written.length === 0) return undefined
  return written.map((n) => daysOfOne(n, body, asOf)).reduce(meet)
}
const daysOfOne = <K extends WindowName>(n: K, body: WindowFields, asOf: Day): Days => table[n].days(body[n] as Bodies[K], asOf)

export const meet = (a: Days, b: Days): Days => {
  const from = a.from === undefined ? b.from : b.from === undefined ? a.from : Math.max(a.from, b.from)
  const to = a.to === undefined ? b.to : b.to === undefined ? a.to : Math.min(a.to, b.to)
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
}

export const sayWindow = (body: WindowFields, w: Wording = english): string =>
  w.windows.joined(windowNames.filter((n) => body[n] !== undefined).map((n) => sayOne(n, body, w)))
const sayOne = <K extends WindowName>(n: K, body: WindowFields, w: Wording): string => table[n].say(body[n] as Bodies[K], w)

/** What is wrong with the windows of a body, if anything: more than one, or ends the wrong way round. */
export function wrongWindow(body: WindowFields, asOf: Day): string | undefined {
  const written = windowNames.filter((n) => body[n] !== undefined)
  const joined = written.length === 2 && written.includes('since') && written.includes('until')
  if (written.length > 1 && !joined) return `one window a condition; here are ${written.map((n) => `\`${n}\``).join(' and ')}`
  if (joined) return upsideDown(resolveDay(body.since as DayRef, asOf), resolveDay(body.until as DayRef, asOf))
  return written.map((n) => wrongOne(n, body, asOf)).find((w) => w !== undefined)
}
const wrongOne = <K extends WindowName>(n: K, body: WindowFields, asOf: Day): string | undefined =>
  table[n].wrong?.(body[n] as Bodies[K], asOf)

/** `next: 7 days` of a date: from the as-of day on. */
export const nextDays = (d: Duration, asOf: Day): Days => ({ from: asOf, to: after(asOf, d) - 1 })
export { duration }
