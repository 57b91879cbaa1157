/** Each arm against the one it is compared with: how many more bought, how much more they spent, and whether chance explains it. */
import { bootstrapMeans, percentiles, seeded } from '../../base/bootstrap.js'
import { type Interval, newcombe, type Part, ratioAdjusted } from '../../base/intervals.js'
import {
  cupedTheta,
  type Difference,
  holm,
  type Moments,
  momentsOf,
  sampleRatio,
  sharesDiffer,
  welch,
  welchRelative,
} from '../../base/statistics.js'
import { isMasked, masked } from '../numbers.js'
import type { ArmOutcome, Outcome } from './outcome.js'

/** What is told of an arm: of fewer than `min_group` customers nothing is. */
export interface Shown {
  readonly arm: ArmOutcome
  readonly assigned: boolean
  readonly conversion: boolean
  readonly revenue: boolean
}

export function shownOf(arm: ArmOutcome, minGroup: number): Shown {
  const all = !isMasked(masked(arm.assigned, minGroup))
  const some = all && arm.assigned > 0
  return {
    arm,
    assigned: all,
    conversion: some && !isMasked(masked(arm.converted, minGroup)),
    revenue: some && !isMasked(masked(arm.buyers, minGroup)),
  }
}

/** What the sections stand on. */
export interface Results {
  readonly outcome: Outcome
  readonly compared: readonly Comparison[]
  /** How likely the arms come out in such sizes by chance; undefined where that cannot be told. */
  readonly chance: number | undefined
}

export const resultsOf = (outcome: Outcome, minGroup: number): Results => ({
  outcome,
  compared: comparisons(outcome, minGroup),
  chance: splitChance(outcome, minGroup),
})

/** Undefined where either arm's numbers are not shown, or nobody is in it. */
export interface Comparison {
  readonly arm: ArmOutcome
  readonly conversion: ConversionDifference | undefined
  readonly revenue: RevenueDifference | undefined
}

export interface ConversionDifference extends Interval {
  readonly difference: number
  /** Of the shares as they are; undefined over none. Its interval is adjusted, so that it is there over none too. */
  readonly ratio: number | undefined
  readonly ratioBetween: Interval
  readonly p: number
  /** p, for as many comparisons as there are. */
  readonly adjusted: number
}

/** Welch's difference is undefined without any spread. */
export interface RevenueDifference {
  readonly difference: number
  readonly welch: Difference | undefined
  readonly relative: Difference | undefined
  readonly bootstrap: Interval
  /** With what the same customers spent before taken into account (CUPED). */
  readonly cuped: Difference | undefined
}

function comparisons({ arms, reference, handOff }: Outcome, minGroup: number): readonly Comparison[] {
  const others = arms.filter((a) => a !== reference)
  const base = shownOf(reference, minGroup)
  const drawn = new Map<ArmOutcome, Float64Array>()
  const draw = (arm: ArmOutcome): Float64Array => {
    const known = drawn.get(arm) ?? drawnMeans(arm, handOff.id * 1000 + arms.indexOf(arm))
    drawn.set(arm, known)
    return known
  }
  const compared = others.map((arm): Comparison => {
    const own = shownOf(arm, minGroup)
    return {
      arm,
      conversion: own.conversion && base.conversion ? conversionOf(partOf(arm), partOf(reference)) : undefined,
      revenue: own.revenue && base.revenue ? revenueOf(arm, reference, draw) : undefined,
    }
  })
  const adjusted = holm(compared.flatMap(({ conversion }) => conversion?.p ?? []))
  let at = 0
  return compared.map((c) =>
    c.conversion === undefined ? c : { ...c, conversion: { ...c.conversion, adjusted: adjusted[at++]! } },
  )
}

export const partOf = ({ converted, assigned }: ArmOutcome): Part => ({ k: converted, n: assigned })

function conversionOf(a: Part, b: Part): ConversionDifference {
  const p = sharesDiffer(a, b)
  return {
    difference: a.k / a.n - b.k / b.n,
    ...newcombe(a, b),
    ratio: b.k === 0 ? undefined : (a.k * b.n) / (a.n * b.k),
    ratioBetween: ratioAdjusted(a, b),
    p,
    adjusted: p,
  }
}

function revenueOf(arm: ArmOutcome, reference: ArmOutcome, draw: (arm: ArmOutcome) => Float64Array): RevenueDifference {
  const [a, b] = [momentsOf(arm.spent), momentsOf(reference.spent)]
  const [many, base] = [draw(arm), draw(reference)]
  const both = Math.min(many.length, base.length)
  const [adjustedA, adjustedB] = adjustedMoments(arm, reference)
  return {
    difference: a.mean - b.mean,
    welch: welch(a, b),
    relative: welchRelative(a, b),
    bootstrap: percentiles(Float64Array.from({ length: both }, (_, i) => many[i]! - base[i]!)),
    cuped: welch(adjustedA, adjustedB),
  }
}

const ROUNDS = 2000
const FEWEST_ROUNDS = 200
/** Draws of one arm; beyond them there are fewer rounds. */
const MOST_DRAWS = 20_000_000

function drawnMeans({ spent }: ArmOutcome, seed: number): Float64Array {
  const values = spent.filter((v) => v !== 0)
  const rounds = Math.max(FEWEST_ROUNDS, Math.min(ROUNDS, Math.floor(MOST_DRAWS / Math.max(1, values.length))))
  return bootstrapMeans(values, spent.length, rounds, seeded(seed))
}

/** One weight for both arms, from how customers within each differ from its mean. */
function adjustedMoments(a: ArmOutcome, b: ArmOutcome): readonly [Moments, Moments] {
  const deviations = (of: 'spent' | 'before'): Float64Array => {
    const all = new Float64Array(a.assigned + b.assigned)
    for (const [arm, from] of [
      [a, 0],
      [b, a.assigned],
    ] as const) {
      const { mean } = momentsOf(arm[of])
      for (let i = 0; i < arm.assigned; i++) all[from + i] = arm[of][i]! - mean
    }
    return all
  }
  const theta = cupedTheta(deviations('before'), deviations('spent'))
  const adjusted = ({ spent, before }: ArmOutcome): Moments => momentsOf(spent.map((y, i) => y - theta * before[i]!))
  return [adjusted(a), adjusted(b)]
}

/** Below this the arms are not those that were planned. */
export const LEAST_P = 0.001

function splitChance({ arms, planned }: Outcome, minGroup: number): number | undefined {
  if (planned === undefined || arms.some((a) => !shownOf(a, minGroup).assigned)) return undefined
  return sampleRatio(
    arms.map((a) => a.assigned),
    planned,
  ).p
}
