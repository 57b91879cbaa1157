/** What a size can show, before anything is sent: power, sizes and smallest effects of two groups. Shares and chances are 0–1. */
import { falling, normalCdf, normalQuantile } from './distributions.js'
import { LEVEL, zOf } from './intervals.js'

/** How likely an effect that is there is found, where nothing else is said. */
export const POWER = 0.8

/** How large the first group must be to tell p from q; the second is `ratio` times that. Not rounded. */
export function sizeForShares(p: number, q: number, ratio = 1, power = POWER, level = LEVEL): number {
  const { even, own } = spreads(p, q, ratio)
  return ((zOf(level) * even + normalQuantile(power) * own) / (p - q)) ** 2
}

/** How likely groups of n and m are told apart by the pooled z test, on either side, when their shares are p and q. */
export function powerForShares(p: number, q: number, n: number, m: number, level = LEVEL): number {
  const { even, own } = spreads(p, q, m / n)
  const away = Math.sqrt(n) * Math.abs(p - q)
  const z = zOf(level) * even
  return own === 0 ? 1 : normalCdf((away - z) / own) + normalCdf((-away - z) / own)
}

/** Standard errors for n = 1 when both are alike, and as they are. */
function spreads(p: number, q: number, ratio: number): { readonly even: number; readonly own: number } {
  const pooled = (p + ratio * q) / (1 + ratio)
  return {
    even: Math.sqrt(pooled * (1 - pooled) * (1 + 1 / ratio)),
    own: Math.sqrt(p * (1 - p) + (q * (1 - q)) / ratio),
  }
}

/** How much above `base` the share of n must be to be told from m that stay at it. Undefined when even everybody is too few. */
export function smallestRise(base: number, n: number, m: number, power = POWER, level = LEVEL): number | undefined {
  const short = (rise: number): number => power - powerForShares(base + rise, base, n, m, level)
  return n < 1 || m < 1 || !(base < 1) || short(1 - base) > 0 ? undefined : falling(short, 0, 1 - base)
}

/** Of two groups of n values each with this mean and variance, how likely a relative effect is found, on either side (delta method). */
export function powerForMeans(mean: number, variance: number, effect: number, n: number, level = LEVEL): number {
  const away = Math.abs(effect) / relativeError(mean, variance, effect, n, n)
  return normalCdf(away - zOf(level)) + normalCdf(-away - zOf(level))
}

/** The smallest relative rise of a mean that n values tell from m others of the same spread. Undefined when no rise does. */
export function smallestRelativeRise(
  { mean, variance }: { readonly mean: number; readonly variance: number },
  n: number,
  m: number,
  power = POWER,
  level = LEVEL,
): number | undefined {
  const z = zOf(level) + normalQuantile(power)
  const unit = (z * z * variance) / (mean * mean)
  // effect² = unit ((1/n) + (1 + effect)² / m)
  const [a, b, c] = [1 - unit / m, (-2 * unit) / m, -unit * (1 / n + 1 / m)]
  return a > 0 ? (-b + Math.sqrt(b * b - 4 * a * c)) / (2 * a) : undefined
}

const relativeError = (mean: number, variance: number, effect: number, n: number, m: number): number =>
  Math.sqrt(variance / n + (variance * (1 + effect) ** 2) / m) / Math.abs(mean)

/** The smallest rise of a mean, in its own unit, that n values tell from m others of the same spread. */
export const smallestMeanRise = (variance: number, n: number, m: number, power = POWER, level = LEVEL): number =>
  (zOf(level) + normalQuantile(power)) * Math.sqrt(variance * (1 / n + 1 / m))
