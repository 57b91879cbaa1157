/** What a condition looks at, as values of one customer beside what it wants of them; and how far a value is from the edge. */
import { formatScaled, parseScaled } from '../base/decimal.js'
import type { Span } from '../base/problem.js'
import { type Day, formatDay } from '../base/time.js'
import type { Contacts } from '../store/contacts.js'
import { type Comparison, operandNames, type Test } from './compare.js'
import type { Compiling } from './compiling.js'
import type { Grain } from './fieldwork.js'
import { type Filter, noFilter } from './filter.js'
import type { Country, Lists } from './lists.js'
import type { MetricSpec } from './metrics.js'
import type { RowFilter } from './rowfilter.js'
import type { Event } from './rows.js'
import type { Value } from './value.js'
import { type WindowFields, windowNames } from './windows.js'

/** One thing that is counted, by its name for one and for several. */
export type Unit = readonly [one: string, many: string]

/**
 * An attribute or metric by its name, a metric of the condition's own, a segment that it asks about; values worked out for customer
 * `c`, the first of them shown; or what follows from his key alone.
 */
export type Looked =
  | { readonly named: string }
  | { readonly metric: MetricSpec }
  | { readonly segment: string }
  | { readonly values: readonly ((cx: Compiling) => Value)[] }
  | { readonly ofKey: (key: string) => string | number }

/** What looking at a condition takes. */
export interface Looking {
  readonly asOf: Day
  readonly lists: Lists
  readonly country: Country
  readonly events: ReadonlyMap<string, Grain>
}

/** What is to be said of a value. */
export interface Judged {
  readonly holds?: boolean
  readonly wanted?: string
  readonly beside?: readonly { readonly label: string; readonly value: string }[]
  readonly distance?: Distance
}

export interface Look {
  readonly label: string
  readonly at: Looked
  /** What is wanted of it; absent where the condition only leans on it. */
  readonly test?: Comparison
  readonly unit?: Unit
  /** Its label says which of several counts it is. */
  readonly titled?: true
  /** Says what no comparison does of the values, as they would be written; unknown ones are undefined. */
  readonly judge?: (value: string | undefined, others: readonly (string | undefined)[]) => Judged
  /** Rules that its metric counts the occurrences of, by names that no definition can have. */
  readonly events?: readonly Event[]
  /** The rows behind it are told in any case. */
  readonly rows?: true
  /** Told with the recorded days of its segment. */
  readonly recorded?: true
  /** Told with the contacts that it counts. */
  readonly contacts?: Contacts
}

const one = (op: string, text: string, span: Span): Test => ({ op, body: { value: { text }, span }, span })
export const comparisonOf = (op: string, text: string, span: Span): Comparison => ({
  tests: [one(op, text, span)],
  exact: false,
  span,
})

/** The complement of a comparison of one bound; undefined of any other. */
export function opposite(c: Comparison): Comparison | undefined {
  const [test] = c.tests
  const op = test === undefined || c.tests.length > 1 ? undefined : opposites[test.op]
  return test === undefined || op === undefined ? undefined : { ...c, tests: [{ ...test, op }] }
}
const opposites: Readonly<Record<string, string>> = { min: 'below', below: 'min', max: 'above', above: 'max' }

/** A window as the comparison that a date in it passes. */
export const comparisonOfWindow = (window: WindowFields, span: Span): Comparison => ({
  tests: windowNames.flatMap((n) => (window[n] === undefined ? [] : [{ op: n, body: window[n], span }])),
  exact: false,
  span,
})
export const between = (from: Day, to: Day): WindowFields => ({ between: [{ text: formatDay(from) }, { text: formatDay(to) }] })

const sources = ['orders', 'items', 'activities'] as const
const units: Readonly<Record<string, Unit>> = {
  orders: ['order', 'orders'],
  items: ['item', 'items'],
  activities: ['activity', 'activities'],
}
export const unitOf = (on: string): Unit => units[on] ?? ['time', 'times']
export const days: Unit = ['day', 'days']

export const rowsOn = (body: RowFilter): string => body.event?.value ?? sources.find((s) => body[s] !== undefined) ?? 'orders'

/** The metric of that kind over the rows that a row filter means, in its window or one given instead. */
export function metricOver(
  kind: 'count' | 'distinct' | 'first' | 'latest',
  body: RowFilter,
  span: Span,
  window?: WindowFields,
): MetricSpec {
  const on = rowsOn(body)
  const filters = [...sources.map((s) => body[s]), body.where].filter((f) => f !== undefined && f !== noFilter)
  const counted = filters.map((f) => f?.counted).find((c) => c !== undefined)
  const where: Filter = {
    tests: filters.flatMap((f) => f?.tests ?? []),
    blocks: filters.flatMap((f) => f?.blocks ?? []),
    ...(counted !== undefined && { counted }),
  }
  const windows = Object.fromEntries(windowNames.flatMap((n) => (body[n] === undefined ? [] : [[n, body[n]]]))) as WindowFields
  return {
    kind,
    body: {
      target: { on, ...(kind !== 'count' && { field: 'at' }), span },
      ...(filters.length > 0 && { where }),
      ...(body.containing !== undefined && { containing: body.containing }),
      ...(body.without !== undefined && { without: body.without }),
      ...(window ?? windows),
    },
  }
}

/** How far a number is from where the answer of its test turns. */
export interface Distance {
  /** A positive decimal. */
  readonly by: string
  readonly way: 'more' | 'less'
}

interface Bound {
  /** Whether less or more of the value makes the test hold; `exactly` wants the number itself. */
  readonly side: 'from' | 'to' | 'at'
  readonly strict: boolean
}
const bounds: Readonly<Record<string, Bound>> = {
  min: { side: 'from', strict: false },
  above: { side: 'from', strict: true },
  max: { side: 'to', strict: false },
  below: { side: 'to', strict: true },
  exactly: { side: 'at', strict: false },
}

/**
 * The distance from a value to the edge of a comparison: to where it begins to hold, or, where it holds, to where it ends. Of
 * several tests that fail the farthest counts, of several that hold the nearest. Unknown for what is no number.
 */
export function distanceTo(
  c: Comparison,
  value: string,
  counted: boolean,
  other: (name: string) => string | undefined,
): Distance | undefined {
  const v = parseScaled(value)
  if (v === undefined) return undefined
  const found = c.tests.flatMap((t) => {
    const bound = bounds[t.op]
    const limit = bound === undefined ? undefined : limitOf(t, other)
    if (bound === undefined || limit === undefined) return []
    const scale = Math.max(v.scale, limit.scale)
    const at = (n: Scaled): bigint => n.units * 10n ** BigInt(scale - n.scale)
    return [oneDistance(bound, at(v), at(limit), counted ? 10n ** BigInt(scale) : 1n, scale)]
  })
  const failing = found.filter((d) => !d.holds)
  const [first, ...rest] = failing.length > 0 ? failing : found
  if (first === undefined) return undefined
  const best = rest.reduce((a, b) => (failing.length > 0 === b.units > a.units ? b : a), first)
  return best.units === 0n ? undefined : { by: formatScaled(best.units, best.scale), way: best.way }
}

interface Scaled {
  readonly units: bigint
  readonly scale: number
}

function limitOf(t: Test, other: (name: string) => string | undefined): Scaled | undefined {
  const [name] = operandNames({ tests: [t], exact: false, span: t.span })
  if (name === undefined) return parseScaled((t.body as { readonly value: { readonly text: string } }).value.text)
  const theirs = parseScaled(other(name.value) ?? '')
  const times = parseScaled((t.body as { readonly times?: string }).times ?? '1')
  return theirs === undefined || times === undefined
    ? undefined
    : { units: theirs.units * times.units, scale: theirs.scale + times.scale }
}

/** All in whole numbers of one scale; `step` is the least by which the value can change. */
function oneDistance({ side, strict }: Bound, value: bigint, limit: bigint, step: bigint, scale: number) {
  const up = (n: bigint): bigint => (n <= 0n ? 0n : ((n + step - 1n) / step) * step)
  const beyond = (n: bigint): bigint => (n < 0n ? 0n : (n / step + 1n) * step)
  const told = (holds: boolean, way: 'more' | 'less', units: bigint) => ({ holds, way, units, scale })
  if (side === 'at') return told(value === limit, value < limit ? 'more' : 'less', value < limit ? limit - value : value - limit)
  const ahead = side === 'from' ? value - limit : limit - value
  const holds = strict ? ahead > 0n : ahead >= 0n
  const inward = side === 'from' ? ('more' as const) : ('less' as const)
  const outward = side === 'from' ? ('less' as const) : ('more' as const)
  return holds
    ? told(true, outward, strict ? up(ahead) : beyond(ahead))
    : told(false, inward, strict ? beyond(-ahead) : up(-ahead))
}
