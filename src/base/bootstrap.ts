/** Means drawn again and again from the same values, the same ones for the same seed. */
import { normalQuantile } from './distributions.js'
import { type Interval, LEVEL } from './intervals.js'

/** 0–1, never 1. */
export type Random = () => number

/** Mulberry32 (Tommy Ettinger, public domain). */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * Means of n customers of whom only `values` are not zero, drawn `rounds` times: each value weighs as often as a Poisson draw
 * of mean 1 says; all zeros together weigh one draw of their number.
 */
export function bootstrapMeans(values: Float64Array, n: number, rounds: number, random: Random): Float64Array {
  const means = new Float64Array(rounds)
  for (let round = 0; round < rounds; round++) {
    let [sum, weight] = [0, manyPoisson(n - values.length, random)]
    for (let i = 0; i < values.length; i++) {
      const times = poisson(random())
      sum += times * values[i]!
      weight += times
    }
    means[round] = weight === 0 ? 0 : sum / weight
  }
  return means
}

/** P(X ≤ k) of a Poisson variable of mean 1. */
const AT_MOST = ((): readonly number[] => {
  const sums: number[] = []
  for (let k = 0, term = Math.exp(-1), sum = 0; k < 20; k++, term /= k) {
    sum += term
    sums.push(sum)
  }
  return sums
})()

function poisson(u: number): number {
  let k = 0
  while (k < AT_MOST.length && u >= AT_MOST[k]!) k++
  return k
}

const FEW = 200

/** One Poisson draw of a large mean: of many the normal curve, of few one by one. */
function manyPoisson(mean: number, random: Random): number {
  if (mean > FEW) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normalQuantile((random() * 2 ** 32 + 0.5) / 2 ** 32)))
  let sum = 0
  for (let i = 0; i < mean; i++) sum += poisson(random())
  return sum
}

/** The middle `level` of drawn values. */
export function percentiles(drawn: Float64Array, level = LEVEL): Interval {
  const sorted = drawn.slice().sort()
  const at = (p: number): number => {
    const place = p * (sorted.length - 1)
    const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!]
    return below + (above - below) * (place - Math.floor(place))
  }
  return { low: at((1 - level) / 2), high: at((1 + level) / 2) }
}
