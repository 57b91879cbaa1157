/** Preview: a segment taken apart: how each condition in turn narrows its base, each alone, and what dropping it would gain. */
import type { Span } from '../base/problem.js'
import { int, join, sql } from '../base/sql.js'
import type { Segment } from '../language/definitions.js'
import type { Setting } from './compiler.js'
import { conjuncts, evaluateParts, partOf, sayPart, type Where } from './parts.js'

/** A condition of a segment, or an entry of an `any` block, in the order written. */
export interface Step {
  /** `1`, `2`; `2.1` for the first entry of the `any` block that is step 2. */
  readonly place: string
  readonly say: string
  readonly span: Span
  /** Who is left after it; within an `any` block those let through by one of its entries so far. */
  readonly customers: number
  /** Against the step before: below 0 where it narrows, above where an entry of `any` lets more through. */
  readonly change: number
  /** Of the base, whoever passes it. */
  readonly alone: number
  /** How many more the segment would have without it; below 0 for an entry of `any`. */
  readonly gain: number
}

export interface Preview {
  /** Customers who exist on the as-of day. */
  readonly existing: number
  /** The population that `base:` names, and how many more the segment would have without it. */
  readonly base?: { readonly customers: number; readonly gain: number }
  readonly steps: readonly Step[]
  readonly size: number
  /** Keys of some members, taken evenly from all of them. */
  readonly sample: readonly string[]
}

interface Asked {
  readonly part: Segment
  readonly span: Span
  readonly say: string
  readonly entries: readonly Asked[]
}

export function preview(setting: Setting, segment: Segment, sample = 0): Preview {
  const asked = conjuncts(segment.where).map((where, i) => askedOf(segment, where, String(i + 1)))
  const base = partOf(segment, 'base', { op: 'everyone', span: segment.span })
  const whole = partOf(segment, 'whole', segment.where)
  const loose = partOf(segment, 'loose', segment.where, 'unbased')
  const parts = [base, whole, loose, ...asked.flatMap((a) => [a.part, ...a.entries.map((e) => e.part)])]
  const found = evaluateParts(setting, [], parts)
  const numbers = found.memberNumbers()
  const of = (s: Segment): readonly number[] => numbers.get(s.name) ?? []
  const size = of(whole).length
  return {
    existing: Number(setting.store.row(sql`select count(*) from customer_row c where ${found.exists}`)?.[0] ?? 0),
    ...(segment.base !== undefined && { base: { customers: of(base).length, gain: of(loose).length - size } }),
    steps: narrowed(of(base), asked, of),
    size,
    sample: keysOf(setting, of(whole), sample),
  }
}

function askedOf(segment: Segment, where: Where, place: string): Asked {
  const entries = where.op === 'any' ? where.of.map((entry, i) => askedOf(segment, one(entry), `${place}.${i + 1}`)) : []
  const say = entries.length > 0 ? `any of ${entries.length}` : sayPart(segment, where)
  return { part: partOf(segment, place, where), span: where.span, say, entries }
}
/** An entry of `any` is not unfolded any further. */
const one = (entry: Where): Where => (entry.op === 'any' ? { op: 'all', of: [entry], span: entry.span } : entry)

function narrowed(base: readonly number[], asked: readonly Asked[], of: (s: Segment) => readonly number[]): readonly Step[] {
  const fails = failures(
    base,
    asked.map((a) => of(a.part)),
  )
  const [lost, gain] = [tally(fails.first, asked.length), tally(fails.only, asked.length)]
  let left = base.length
  return asked.flatMap((a, i) => {
    left -= lost[i] as number
    const step = stepOf(a, left, -(lost[i] as number) || 0, of(a.part).length, gain[i] as number)
    return [step, ...entrySteps(base, a.entries, fails, i, of)]
  })
}

const stepOf = (a: Asked, customers: number, change: number, alone: number, gain: number): Step => ({
  place: a.part.name.slice('part '.length),
  say: a.say,
  span: a.span,
  customers,
  change,
  alone,
  gain,
})

const NONE = -1
interface Failures {
  /** The first step that each customer of the base fails, or NONE. */
  readonly first: Int32Array
  /** The step that each fails where he passes all others, or NONE. */
  readonly only: Int32Array
}

/** `base` and `parts` are numbers of customers in rising order, each part within the base. */
function failures(base: readonly number[], parts: readonly (readonly number[])[]): Failures {
  const first = new Int32Array(base.length).fill(NONE)
  const only = new Int32Array(base.length).fill(NONE)
  parts.forEach((part, i) => {
    missing(base, part, (k) => {
      only[k] = first[k] === NONE ? i : NONE
      if (first[k] === NONE) first[k] = i
    })
  })
  return { first, only }
}

/** An `any` block from nobody on: whom each entry lets through besides those before it, and whom none but it lets through. */
function entrySteps(
  base: readonly number[],
  entries: readonly Asked[],
  { first }: Failures,
  at: number,
  of: (s: Segment) => readonly number[],
): readonly Step[] {
  const [added, alone] = [new Array<number>(entries.length).fill(0), new Array<number>(entries.length).fill(0)]
  const passed = new Int32Array(base.length)
  const last = new Int32Array(base.length).fill(NONE)
  entries.forEach((entry, i) => {
    present(base, of(entry.part), (k) => {
      const reached = first[k] === NONE || (first[k] as number) >= at
      if (passed[k] === 0 && reached) added[i] = (added[i] as number) + 1
      passed[k] = (passed[k] as number) + 1
      last[k] = i
    })
  })
  passed.forEach((times, k) => {
    const i = last[k] as number
    if (times === 1 && first[k] === NONE) alone[i] = (alone[i] as number) + 1
  })
  let through = 0
  return entries.map((entry, i) => {
    through += added[i] as number
    return stepOf(entry, through, added[i] as number, of(entry.part).length, -(alone[i] as number) || 0)
  })
}

/** The places in `base` of those who are not in `part`, or who are; both in rising order. */
function missing(base: readonly number[], part: readonly number[], tell: (k: number) => void): void {
  let at = 0
  base.forEach((customer, k) => {
    if (part[at] === customer) at++
    else tell(k)
  })
}
function present(base: readonly number[], part: readonly number[], tell: (k: number) => void): void {
  let at = 0
  base.forEach((customer, k) => {
    if (part[at] !== customer) return
    at++
    tell(k)
  })
}

/** How often each step stands in the list. */
function tally(steps: Int32Array, n: number): readonly number[] {
  const counts = new Array<number>(n).fill(0)
  for (const step of steps) if (step !== NONE) counts[step] = (counts[step] as number) + 1
  return counts
}

function keysOf(setting: Setting, members: readonly number[], sample: number): readonly string[] {
  const n = Math.min(sample, members.length)
  const chosen = Array.from({ length: n }, (_, i) => int(members[Math.floor((i * members.length) / n)] as number))
  const query = sql`select customer from customer_row where _id in (${join(chosen, ', ')}) order by customer`
  return setting.store.rows(query).map((r) => String(r[0]))
}
