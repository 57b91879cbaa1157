/** Tests of differences: shares, means, ranks, counts against what was planned. Knows no data; probabilities are 0–1. */
import { chiSquaredUpper, lnFactorial, normalUpper, studentCritical, studentTwoSided } from './distributions.js'
import { type Interval, LEVEL, type Part } from './intervals.js'

/** Two-sided p of two shares being one: the pooled z test; Fisher's exact test when any expected count is below 5. */
export function sharesDiffer(a: Part, b: Part): number {
  const pooled = (a.k + b.k) / (a.n + b.n)
  const expected = Math.min(a.n, b.n) * Math.min(pooled, 1 - pooled)
  return expected < 5 ? fisherExact(a, b) : twoSharesZ(a, b)
}

/** Two-sided p by the pooled z test. 1 where everybody or nobody succeeded. */
export function twoSharesZ(a: Part, b: Part): number {
  const pooled = (a.k + b.k) / (a.n + b.n)
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / a.n + 1 / b.n))
  return error === 0 ? 1 : 2 * normalUpper(Math.abs(a.k / a.n - b.k / b.n) / error)
}

/** Two-sided p: the chances of all tables with the same margins that are no likelier than this one. */
export function fisherExact(a: Part, b: Part): number {
  const k = a.k + b.k
  const all = lnChoose(a.n + b.n, k)
  const chance = (x: number): number => Math.exp(lnChoose(a.n, x) + lnChoose(b.n, k - x) - all)
  const seen = chance(a.k) * (1 + 1e-7)
  let p = 0
  for (let x = Math.max(0, k - b.n); x <= Math.min(k, a.n); x++) {
    const c = chance(x)
    if (c <= seen) p += c
  }
  return Math.min(1, p)
}

const lnChoose = (n: number, k: number): number => lnFactorial(n) - lnFactorial(k) - lnFactorial(n - k)

/** `variance` is the sample's, over n - 1. */
export interface Moments {
  readonly n: number
  readonly mean: number
  readonly variance: number
}

/** Of `values` and as many zeros as `n` has beyond them. The variance of fewer than two is 0. */
export function momentsOf(values: ArrayLike<number> & Iterable<number>, n = values.length): Moments {
  let sum = 0
  for (const value of values) sum += value
  const mean = n === 0 ? 0 : sum / n
  let squares = (n - values.length) * mean * mean
  for (const value of values) squares += (value - mean) ** 2
  return { n, mean, variance: n < 2 ? 0 : squares / (n - 1) }
}

export interface Difference extends Interval {
  readonly difference: number
  /** Standard error of the difference. */
  readonly error: number
  readonly p: number
}

/** The mean of a less that of b, spreads unequal (Welch 1947). Undefined below two values each or without any spread. */
export const welch = (a: Moments, b: Moments, level = LEVEL): Difference | undefined =>
  byStudent(a.mean - b.mean, a.variance / a.n + b.variance / b.n, a, b, level)

/**
 * The mean of a over that of b, less 1, by the delta method with Welch's degrees of freedom (as GrowthBook does). Undefined
 * where `welch` is, and where b's mean is 0.
 */
export const welchRelative = (a: Moments, b: Moments, level = LEVEL): Difference | undefined =>
  b.mean === 0 ? undefined : byStudent(a.mean / b.mean - 1, relativeVariance(a, b), a, b, level)

const relativeVariance = (a: Moments, b: Moments): number =>
  a.variance / (a.n * b.mean ** 2) + (b.variance * a.mean ** 2) / (b.n * b.mean ** 4)

function byStudent(difference: number, variance: number, a: Moments, b: Moments, level: number): Difference | undefined {
  if (a.n < 2 || b.n < 2 || !(variance > 0)) return undefined
  const error = Math.sqrt(variance)
  const [va, vb] = [a.variance / a.n, b.variance / b.n]
  const df = (va + vb) ** 2 / (va ** 2 / (a.n - 1) + vb ** 2 / (b.n - 1))
  const half = studentCritical(1 - level, df) * error
  return { difference, error, p: studentTwoSided(difference / error, df), low: difference - half, high: difference + half }
}

/**
 * The relative difference of means with an interval that holds however often one looks (Waudby-Smith and others 2021, as
 * GrowthBook has it); `tuning` is the number of values at which it is narrowest.
 */
export function alwaysValidRelative(
  a: Moments,
  b: Moments,
  tuning: number,
  level = LEVEL,
): Interval & { readonly difference: number } {
  const alpha = 1 - level
  const n = a.n + b.n
  const rho = Math.sqrt((-2 * Math.log(alpha) + Math.log(-2 * Math.log(alpha) + 1)) / tuning)
  const spread = n * rho * rho + 1
  const half =
    (Math.sqrt(relativeVariance(a, b)) * Math.sqrt(n) * Math.sqrt(2 * spread * Math.log(Math.sqrt(spread) / alpha))) / (n * rho)
  const difference = a.mean / b.mean - 1
  return { difference, low: difference - half, high: difference + half }
}

/** What a value before is worth for one after: cov(y, x) / var(x), over pairs (Deng and others 2013, CUPED). 0 without spread. */
export function cupedTheta(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const n = x.length
  let [sumX, sumY] = [0, 0]
  for (let i = 0; i < n; i++) {
    sumX += x[i]!
    sumY += y[i]!
  }
  let [xy, xx] = [0, 0]
  for (let i = 0; i < n; i++) {
    const dx = x[i]! - sumX / n
    xy += dx * (y[i]! - sumY / n)
    xx += dx * dx
  }
  return xx === 0 ? 0 : xy / xx
}

/**
 * Whether groups came out in the sizes that `weights` (any positive scale) planned: chi-squared over the groups with a positive
 * weight. p is 0 when somebody is in a group of weight 0, 1 when there is nothing to compare.
 */
export function sampleRatio(
  counts: readonly number[],
  weights: readonly number[],
): { readonly chi2: number; readonly p: number } {
  if (counts.some((count, i) => count > 0 && !(weights[i]! > 0))) return { chi2: Number.POSITIVE_INFINITY, p: 0 }
  const all = counts.reduce((sum, count) => sum + count, 0)
  const weight = weights.reduce((sum, w) => sum + w, 0)
  const groups = weights.filter((w) => w > 0).length
  if (all === 0 || groups < 2) return { chi2: 0, p: 1 }
  const chi2 = counts.reduce((sum, count, i) => {
    const expected = (all * weights[i]!) / weight
    return expected === 0 ? sum : sum + (count - expected) ** 2 / expected
  }, 0)
  return { chi2, p: chiSquaredUpper(chi2, groups - 1) }
}

/** q of each p: the share of false finds among all as small as it (Benjamini and Hochberg 1995). In the order given. */
export function falseDiscovery(p: readonly number[]): readonly number[] {
  const falling = [...p.keys()].sort((a, b) => p[b]! - p[a]!)
  const q = new Array<number>(p.length)
  let least = 1
  falling.forEach((at, i) => {
    least = Math.min(least, (p[at]! * p.length) / (p.length - i))
    q[at] = least
  })
  return q
}

export interface Ranks {
  /** From 1; equal values share the mean of their places. */
  readonly ranks: Float64Array
  /** Sum of t³ - t over values that stand t times. */
  readonly ties: number
}

/** The ranks of all values, once for every group that is compared with the others. No value may be NaN. */
export function ranksOf(values: Float64Array): Ranks {
  const order = Uint32Array.from(values.keys())
  if (values.some((value, i) => i > 0 && value < values[i - 1]!)) order.sort((a, b) => values[a]! - values[b]!)
  const ranks = new Float64Array(values.length)
  let ties = 0
  for (let from = 0, to = 0; from < order.length; from = to) {
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++
    const t = to - from
    for (let i = from; i < to; i++) ranks[order[i]!] = (from + 1 + to) / 2
    ties += t * t * t - t
  }
  return { ranks, ties }
}

/**
 * How likely a member of a group exceeds an outsider, equals counted half, and the two-sided p of a half (Mann and Whitney 1947,
 * variance mended for ties). `rankSum` is over the `inside` members. Undefined without members or outsiders.
 */
export function mannWhitney(
  rankSum: number,
  inside: number,
  outside: number,
  ties: number,
): { readonly auc: number; readonly p: number } | undefined {
  if (inside === 0 || outside === 0) return undefined
  const n = inside + outside
  const u = rankSum - (inside * (inside + 1)) / 2
  const variance = ((inside * outside) / 12) * (n + 1 - ties / (n * (n - 1)))
  const p = variance > 0 ? 2 * normalUpper(Math.abs(u - (inside * outside) / 2) / Math.sqrt(variance)) : 1
  return { auc: u / (inside * outside), p }
}

/** How strongly rows and columns of a table of counts go together, 0–1 (Cramér 1946); 0 where there is nothing to compare. */
export function cramersV(table: readonly (readonly number[])[]): number {
  const rows = table.map((row) => row.reduce((sum, count) => sum + count, 0))
  const columns = (table[0] ?? []).map((_, j) => table.reduce((sum, row) => sum + row[j]!, 0))
  const all = rows.reduce((sum, count) => sum + count, 0)
  const least = Math.min(rows.filter((n) => n > 0).length, columns.filter((n) => n > 0).length) - 1
  if (least < 1) return 0
  let chi2 = 0
  table.forEach((row, i) => {
    row.forEach((count, j) => {
      const expected = (rows[i]! * columns[j]!) / all
      if (expected > 0) chi2 += (count - expected) ** 2 / expected
    })
  })
  return Math.sqrt(chi2 / (all * least))
}

/** p of each of several tests, so that none of them is wrong more often than asked (Holm 1979). In the order given. */
export function holm(p: readonly number[]): readonly number[] {
  const rising = [...p.keys()].sort((a, b) => p[a]! - p[b]!)
  const adjusted = new Array<number>(p.length)
  let most = 0
  rising.forEach((at, i) => {
    most = Math.max(most, Math.min(1, p[at]! * (p.length - i)))
    adjusted[at] = most
  })
  return adjusted
}
