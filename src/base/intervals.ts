/** Between what a share, a difference of two shares or their ratio lies, from counts. Knows no data, only k of n. */
import { betaQuantile, falling, normalQuantile } from './distributions.js'

/** k of n, whole numbers, 0 ≤ k ≤ n, n ≥ 1. */
export interface Part {
  readonly k: number
  readonly n: number
}
export interface Interval {
  readonly low: number
  readonly high: number
}

/** How sure intervals are, where nothing else is said. */
export const LEVEL = 0.95

/** z that leaves (1 - level) / 2 above it. */
export const zOf = (level: number): number => (level === LEVEL ? USUAL_Z : normalQuantile((1 + level) / 2))
const USUAL_Z = normalQuantile((1 + LEVEL) / 2)

const shareOf = ({ k, n }: Part): number => k / n

/** Of a share, by inverting the score test (Wilson 1927); within 0–1. */
export function wilson({ k, n }: Part, level = LEVEL): Interval {
  const z = zOf(level)
  const p = k / n
  const under = 1 + (z * z) / n
  const centre = (p + (z * z) / (2 * n)) / under
  const half = (z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))) / under
  return { low: k === 0 ? 0 : Math.max(0, centre - half), high: k === n ? 1 : Math.min(1, centre + half) }
}

/** Of a share, never less sure than asked (Clopper and Pearson 1934). */
export const clopperPearson = ({ k, n }: Part, level = LEVEL): Interval => ({
  low: k === 0 ? 0 : betaQuantile((1 - level) / 2, k, n - k + 1),
  high: k === n ? 1 : betaQuantile((1 + level) / 2, k + 1, n - k),
})

/** Of a's share less b's, from the Wilson intervals of both (Newcombe 1998, method 10). */
export function newcombe(a: Part, b: Part, level = LEVEL): Interval {
  const [p, q] = [shareOf(a), shareOf(b)]
  const [of, than] = [wilson(a, level), wilson(b, level)]
  return { low: p - q - Math.hypot(p - of.low, than.high - q), high: p - q + Math.hypot(of.high - p, q - than.low) }
}

/** Of a's share less b's, with a success and a failure added to each (Agresti and Caffo 2000); within -1–1. */
export function agrestiCaffo(a: Part, b: Part, level = LEVEL): Interval {
  const [n, m] = [a.n + 2, b.n + 2]
  const [p, q] = [(a.k + 1) / n, (b.k + 1) / m]
  const half = zOf(level) * Math.sqrt((p * (1 - p)) / n + (q * (1 - q)) / m)
  return { low: Math.max(-1, p - q - half), high: Math.min(1, p - q + half) }
}

/** Of a's share less b's, by inverting the score test (Miettinen and Nurminen 1985). */
export function miettinenNurminen(a: Part, b: Part, level = LEVEL): Interval {
  const z = zOf(level)
  const d = shareOf(a) - shareOf(b)
  return {
    low: falling((by) => scoreOf(a, b, by) - z, -1, d),
    high: falling((by) => scoreOf(a, b, by) + z, d, 1),
  }
}

/** How many standard errors the difference is above `by`; the shares that are likeliest under `by` solve a cubic in closed form. */
function scoreOf(x: Part, y: Part, by: number): number {
  const [p, q] = [shareOf(x), shareOf(y)]
  const t = y.n / x.n
  const a = 1 + t
  const b = -(1 + t + p + t * q + by * (t + 2))
  const c = by * by + by * (2 * p + t + 1) + p + t * q
  const d = -p * by * (1 + by)
  const v = (b / a / 3) ** 3 - (b * c) / (6 * a * a) + d / a / 2
  const s = Math.sqrt(Math.max(0, (b / a / 3) ** 2 - c / a / 3))
  const u = v > 0 ? s : -s
  const w = (Math.PI + Math.acos(u === 0 ? 0 : Math.min(1, Math.max(-1, v / u ** 3)))) / 3
  const first = Math.min(1, Math.max(0, 2 * u * Math.cos(w) - b / a / 3))
  const second = Math.min(1, Math.max(0, first - by))
  const n = x.n + y.n
  const variance = ((first * (1 - first)) / x.n + (second * (1 - second)) / y.n) * (n / (n - 1))
  const over = p - q - by
  return over === 0 ? 0 : over / Math.sqrt(Math.max(variance, Number.MIN_VALUE))
}

/** Of a's share over b's, on the log scale (Katz and others 1978). Undefined when either has no success. */
export const ratioLog = (a: Part, b: Part, level = LEVEL): (Interval & { readonly ratio: number }) | undefined =>
  a.k === 0 || b.k === 0 ? undefined : onLogScale(a, b, level)

/** The same with half a success added to each count and size, which never fails (Walter 1975). The ratio is the adjusted one. */
export const ratioAdjusted = (a: Part, b: Part, level = LEVEL): Interval & { readonly ratio: number } =>
  onLogScale({ k: a.k + 0.5, n: a.n + 0.5 }, { k: b.k + 0.5, n: b.n + 0.5 }, level)

function onLogScale(a: Part, b: Part, level: number): Interval & { readonly ratio: number } {
  const ratio = shareOf(a) / shareOf(b)
  const by = Math.exp(zOf(level) * Math.sqrt(1 / a.k - 1 / a.n + 1 / b.k - 1 / b.n))
  return { ratio, low: ratio / by, high: ratio * by }
}
