/** Arms of a split: which share of the buckets each takes, and which arm a customer falls into. Knows no customers. */
import { type Arm, holdout } from '../language/audiences.js'
import { BUCKETS, bucketOf } from '../language/conditions/among.js'

export { holdout }

export interface Split {
  readonly salt: string
  /** In the order written, with the first bucket that is no longer the arm's. */
  readonly arms: readonly { readonly name: string; readonly end: number }[]
}

export function splitOf(salt: string, arms: readonly Arm[]): Split {
  const scale = Math.max(0, ...arms.map((a) => a.weight.scale))
  const hundred = 100n * 10n ** BigInt(scale)
  let sum = 0n
  return {
    salt,
    arms: arms.map(({ name, weight }) => {
      sum += weight.units * 10n ** BigInt(scale - weight.scale)
      return { name, end: Number((sum * BigInt(BUCKETS) + hundred - 1n) / hundred) }
    }),
  }
}

/** The arm of a customer: the same for the same salt and key, whoever else is in the list. */
export function armOf({ salt, arms }: Split, key: string): string {
  const bucket = bucketOf(salt, key)
  const arm = arms.find(({ end }) => bucket < end)
  if (arm === undefined) throw new Error('arms that do not sum to 100 were not refused')
  return arm.name
}

/** The buckets of each arm, in their order. */
export const weightsOf = ({ arms }: Split): readonly number[] => arms.map(({ end }, i) => end - (arms[i - 1]?.end ?? 0))
