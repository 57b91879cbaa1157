/**
 * Expectations judged on a day. A segment that is not as expected is held, and so is what stands on it, until someone accepts it;
 * what it is only compared with is no reason. A segment that a run of the same day, data and definitions did not hold is accepted.
 */
import type { Problem } from '../base/problem.js'
import { int, type Sql, sql } from '../base/sql.js'
import { grouped, plural } from '../base/text.js'
import { formatDay } from '../base/time.js'
import type { Definitions, Segment } from '../language/definitions.js'
import { comparedWith, type Expectations, type Percent, sayExpectation, saySize } from '../language/expectations.js'
import type { Wording } from '../language/words/index.js'
import type { Store } from '../store/store.js'
import type { Setting } from './compiler.js'
import { closure, evaluate } from './evaluate.js'
import { earlierRun, knownName, membersAt, overlap } from './record.js'

export interface Judgement {
  /** Each held segment, with the held ones that it stands on. */
  readonly held: ReadonlyMap<string, readonly string[]>
  /** What is not as expected and was not accepted. */
  readonly breaches: readonly Problem[]
  /** Segments that would be held if they were not accepted. */
  readonly lifted: ReadonlySet<string>
}

/** Members by segment, and whether customer `c` exists. */
export interface Found {
  readonly members: Pick<ReadonlyMap<string, readonly number[]>, 'get'>
  readonly exists: Sql
}

/** What must be evaluated to judge these segments: those they stand on that are expected to be something, and what these are compared with. */
export const judgedBy = (definitions: Definitions, names: readonly string[]): readonly string[] =>
  closure(definitions, names).flatMap((s) =>
    s.expect === undefined ? [] : [s.name, ...comparedWith(s.expect).map((other) => other.value)],
  )

/** Whether these segments, evaluated now, are held. `accept`: names that are accepted as they are. */
export function heldNow(setting: Setting, names: readonly string[], accept: ReadonlySet<string>): Judgement {
  const needed = judgedBy(setting.definitions, names)
  if (needed.length === 0) return { held: new Map(), breaches: [], lifted: new Set() }
  const found = evaluate(setting, needed)
  return judge(setting, names, { members: found.memberNumbers(), exists: found.exists }, accept)
}

export function judge(setting: Setting, names: readonly string[], found: Found, accept: ReadonlySet<string>): Judgement {
  const held = new Map<string, readonly string[]>()
  const breaches: Problem[] = []
  const lifted = new Set<string>()
  for (const segment of closure(setting.definitions, names)) {
    const own = segment.expect === undefined ? [] : breachesOf(segment, segment.expect, found, setting)
    const below = segment.uses.filter((name) => held.has(name))
    if (own.length === 0 && below.length === 0) continue
    if (accept.has(segment.name)) {
      lifted.add(segment.name)
      continue
    }
    held.set(segment.name, below)
    breaches.push(...own)
  }
  return { held, breaches, lifted }
}

/** Segments that a recorded run of the same day, data and definitions did not hold: they passed there, or were accepted. */
export function acceptedBefore(
  store: Store,
  { asOf, data, definitions }: { readonly asOf: number; readonly data: number; readonly definitions: string },
): readonly string[] {
  return store
    .rows(sql`select distinct n.name from run_row r join run_part p on p._run = r._id join name_row n on n._id = p._name
      where r.as_of = ${int(asOf)} and r.data = ${int(data)} and p.held = 0 and p.kind = 'segment'
        and (r.definitions = ${definitions} or substr(r.definitions, 1, ${int(definitions.length + 1)}) = ${`${definitions}+`})`)
    .map((r) => String(r[0]))
}

type Judged = { readonly [K in keyof Expectations]-?: NonNullable<Expectations[K]> }
interface Case extends Found {
  readonly segment: Segment
  readonly setting: Setting
  readonly size: number
}

/** Per kind of expectation: what is, in words, where it is not as expected; once for each time it is not. */
const judges: { readonly [K in keyof Judged]: (expected: Judged[K], at: Case) => readonly Breach[] } = {
  size: (expected, { segment, size }) => {
    const { min = 0, max = Number.POSITIVE_INFINITY } = expected.value
    return size >= min && size <= max
      ? []
      : [{ is: `\`${segment.name}\` has ${plural(size, 'member')}`, expected: saySize(expected.value), span: expected.span }]
  },
  change: ({ value: { max }, span }, { segment, setting, members }) => {
    const moved = movedSince(setting, segment.name, of(members, segment.name))
    if (moved === undefined || within(moved.entered + moved.left, moved.size, max)) return []
    const { entered, left, size, since } = moved
    const by = size === 0 ? '' : ` by ${percent(entered + left, size)}`
    return [
      {
        is: `\`${segment.name}\` changed${by} since ${since}: ${grouped(entered)} entered and ${grouped(left)} left, of ${grouped(size)}`,
        expected: `at most ${max.text}`,
        span,
      },
    ]
  },
  subset_of: ({ value, span }, { segment, setting, members }) => {
    const there = new Set(of(members, value))
    const outside = of(members, segment.name).filter((c) => !there.has(c))
    return outside.length === 0
      ? []
      : [
          {
            is: `${membersOf(outside.length, segment.name)} not in \`${value}\`${such(setting.store, outside)}`,
            expected: 'none',
            span,
          },
        ]
  },
  disjoint_with: (others, { segment, setting, members }) =>
    others.flatMap(({ value, span }) => {
      const there = new Set(of(members, value))
      const both = of(members, segment.name).filter((c) => there.has(c))
      return both.length === 0
        ? []
        : [
            {
              is: `${membersOf(both.length, segment.name)} in \`${value}\` too${such(setting.store, both)}`,
              expected: 'none',
              span,
            },
          ]
    }),
  partition: ({ value: parts, span }, { segment, setting, members, exists }) => {
    const base = segment.base === undefined ? existing(setting.store, exists) : of(members, segment.base)
    const times = new Map<number, number>()
    for (const part of parts) for (const c of of(members, part)) times.set(c, (times.get(c) ?? 0) + 1)
    const sayWhole = (n: number): string =>
      segment.base === undefined ? plural(n, 'customer') : `${plural(n, 'member')} of \`${segment.base}\``
    const wrong = (where: string, customers: readonly number[]): readonly Breach[] =>
      customers.length === 0
        ? []
        : [
            {
              is: `${sayWhole(customers.length)} ${customers.length === 1 ? 'is' : 'are'} in ${where} of the parts of \`${segment.name}\`${such(setting.store, customers)}`,
              expected: 'each in exactly one',
              span,
            },
          ]
    return [
      ...wrong(
        'none',
        base.filter((c) => !times.has(c)),
      ),
      ...wrong(
        'several',
        base.filter((c) => (times.get(c) ?? 0) > 1),
      ),
    ]
  },
}
interface Breach extends Pick<Problem, 'span'> {
  readonly is: string
  readonly expected: string
}

/** An expectation of a segment, and where it is not so. */
export interface Verdict {
  /** In English unless another wording is given. */
  expected(w?: Wording): string
  readonly breaches: readonly Problem[]
}

/** Each expectation of the segment judged, in the order of their kinds. */
export function verdicts(segment: Segment, expect: Expectations, found: Found, setting: Setting): readonly Verdict[] {
  const at: Case = { ...found, segment, setting, size: of(found.members, segment.name).length }
  const judgeOne = <K extends keyof Judged>(kind: K): readonly Verdict[] => {
    const expected = (expect as Partial<Judged>)[kind]
    if (expected === undefined) return []
    return [
      {
        expected: (w) => sayExpectation(kind, expected, w),
        breaches: judges[kind](expected, at).map((b) => problemOf(b, segment)),
      },
    ]
  }
  return (Object.keys(judges) as (keyof Judged)[]).flatMap(judgeOne)
}

const breachesOf = (segment: Segment, expect: Expectations, found: Found, setting: Setting): readonly Problem[] =>
  verdicts(segment, expect, found, setting).flatMap((v) => v.breaches)

const problemOf = ({ is, expected, span }: Breach, segment: Segment): Problem => ({
  code: 'not-as-expected',
  severity: 'error',
  message: `${is}; expected: ${expected}`,
  ...(span !== undefined && { span }),
  help: acceptHelp(segment.name),
})

/** What to do about a held segment. */
export const acceptHelp = (name: string): string =>
  `if this is right, take it once with \`segkit run --accept ${name}\`; if not, mend the data or the definition`

const of = (members: Found['members'], name: string): readonly number[] => members.get(name) ?? []
const existing = (store: Store, exists: Sql): readonly number[] =>
  store.rows(sql`select c._id from customer_row c where ${exists}`).map((r) => r[0] as number)
const membersOf = (n: number, segment: string): string => `${plural(n, 'member')} of \`${segment}\` ${n === 1 ? 'is' : 'are'}`

/** One of the customers by key, for a message. */
function such(store: Store, customers: readonly number[]): string {
  const first = store.row(
    sql`select min(customer) from customer_row where _id in (select value from json_each(${JSON.stringify(customers)}))`,
  )?.[0]
  return customers.length === 1 ? `: \`${String(first)}\`` : `, such as \`${String(first)}\``
}

interface Moved {
  readonly entered: number
  readonly left: number
  readonly size: number
  readonly since: string
}
function movedSince({ store, asOf }: Setting, segment: string, now: readonly number[]): Moved | undefined {
  const name = knownName(store, segment)
  const earlier = name === undefined ? undefined : earlierRun(store, name, asOf)
  if (name === undefined || earlier === undefined) return undefined
  const then = membersAt(store, name, earlier.run)
  const stayed = overlap(now, then)
  return { entered: now.length - stayed, left: then.length - stayed, size: then.length, since: formatDay(earlier.asOf) }
}

/** moved / size <= max, exactly; of nobody, only nobody's moving is within it. */
const within = (moved: number, size: number, max: Percent): boolean =>
  BigInt(moved) * 100n * 10n ** BigInt(max.scale) <= max.units * BigInt(size)

/** To one decimal, rounded away from zero, so that what is above the limit also looks so. */
function percent(part: number, whole: number): string {
  const tenths = (BigInt(part) * 1000n + BigInt(whole) - 1n) / BigInt(whole)
  return `${grouped(tenths / 10n)}.${tenths % 10n}%`.replace('.0%', '%')
}
