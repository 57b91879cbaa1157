/**
 * What is commoner or rarer in a segment than among all other customers: an index against that rest, never against a base that
 * holds the segment too, with interval and significance; and which of it is worth telling.
 */
import { type Part, ratioAdjusted } from '../../base/intervals.js'
import { sharesDiffer } from '../../base/statistics.js'
import { type Block, column, note, type Table } from '../blocks.js'
import { average, estimated, masked, share } from '../numbers.js'
import { type Phrase, say, type Text } from '../words.js'
import type { Subject, World } from '../world.js'

/** Of fewer customers of the segment nothing is told. */
export const LEAST = 30
/** At an index up to the one and from the other on a difference is worth telling. */
const [RARE, COMMON] = [80, 120]
/** The share of what is told that may be chance. */
export const CHANCE = 0.05
const [MOST_MORE, MOST_LESS] = [10, 5]

/** How many customers the segment has, and how many all others are. */
export interface Sides {
  readonly here: number
  readonly rest: number
  readonly minGroup: number
}

export const sidesOf = ({ summary: { customers } }: Subject, { people, minGroup }: World): Sides => ({
  here: customers,
  rest: people.count - customers,
  minGroup,
})

export interface Contrast<K> {
  readonly key: K
  readonly here: Part
  readonly rest: Part
  /** Others are too few to be shown: they count as the most they can be, so that the index is the least it can be. */
  readonly veiled: boolean
  readonly p: number
}
export interface Lift<K> extends Contrast<K> {
  readonly q: number
  /** The index, infinite where none of the others has it, and what it may be between. */
  readonly index: number
  readonly low: number
  readonly high: number
}

/** Customers of the segment and others who have something; undefined where they are too few to be compared. */
export function contrast<K>(key: K, here: number, others: number, sides: Sides): Contrast<K> | undefined {
  const { minGroup } = sides
  if (here < Math.max(LEAST, minGroup) || sides.rest < minGroup) return undefined
  const veiled = others > 0 && others < minGroup
  const [a, b] = [
    { k: here, n: sides.here },
    { k: veiled ? minGroup - 1 : others, n: sides.rest },
  ]
  if (b.n === 0 || (veiled && a.k * b.n < b.k * a.n)) return undefined
  return { key, here: a, rest: b, veiled, p: sharesDiffer(a, b) }
}

/** Those that are significant, by the q of each, and differ enough. */
export function worthTelling<K>(contrasts: readonly Contrast<K>[], q: readonly number[]): readonly Lift<K>[] {
  const lifts: Lift<K>[] = []
  contrasts.forEach(({ key, here, rest, veiled, p }, i) => {
    const index = (100 * here.k * rest.n) / (here.n * rest.k)
    if (q[i]! > CHANCE || (index > RARE && index < COMMON)) return
    const { low, high } = ratioAdjusted(here, rest)
    lifts.push({ key, here, rest, veiled, p, q: q[i]!, index, low: 100 * low, high: 100 * high })
  })
  return lifts
}

/**
 * The commonest and the rarest, down from the one to the other: by the end of the interval that is nearer to no difference, so
 * that what few have does not win; then by `order`.
 */
export function ranked<K>(lifts: readonly Lift<K>[], order: (a: K, b: K) => number): readonly Lift<K>[] {
  const more = lifts.filter((l) => l.index >= COMMON)
  const less = lifts.filter((l) => l.index <= RARE)
  return [
    ...foremost(more, MOST_MORE, (a, b) => b.low - a.low || order(a.key, b.key)),
    ...[...foremost(less, MOST_LESS, (a, b) => a.high - b.high || order(a.key, b.key))].reverse(),
  ]
}

/** The first `most` of all by `order`, as sorting would have them; of many, sorting takes far longer. */
export function foremost<T>(all: Iterable<T>, most: number, order: (a: T, b: T) => number): readonly T[] {
  const first: T[] = []
  for (const one of all) {
    let place = first.length
    while (place > 0 && order(one, first[place - 1]!) < 0) place--
    if (place === most) continue
    first.splice(place, 0, one)
    if (first.length > most) first.pop()
  }
  return first
}

/** `prefix` keeps the metrics of a section's tables apart. */
export const liftTable = (
  { name, title, key, prefix = '' }: { name: string; title: Phrase; key: Phrase; prefix?: string },
  rows: readonly Lift<Text>[],
  { minGroup }: World,
): Table => ({
  kind: 'table',
  name,
  title: say(title),
  keys: 'dimension',
  key: say(key),
  columns: [
    column(`${prefix}segment_share`, 'Share', 'percent'),
    column(`${prefix}rest_share`, 'Others', 'percent'),
    column(`${prefix}index`, 'Index', 'number', { places: 0 }),
    column(`${prefix}index_low`, 'From', 'number', { places: 0 }),
    column(`${prefix}index_high`, 'To', 'number', { places: 0 }),
    column(`${prefix}q`, 'q', 'number', { places: 4 }),
  ],
  rows: rows.map(({ key, here, rest, veiled, low, high, q }) => ({
    key,
    values: [
      share(here.k, here.n),
      veiled ? masked(1, minGroup) : share(rest.k, rest.n),
      average(100n * BigInt(here.k) * BigInt(rest.n), 0, here.n * rest.k),
      estimated(low),
      estimated(high),
      estimated(q),
    ],
  })),
  picture: { draw: 'intervals', value: `${prefix}index`, low: `${prefix}index_low`, high: `${prefix}index_high`, none: 100 },
})

/** Why nothing is compared, where there is nobody to compare with. */
export const alone = ({ rest, minGroup }: Sides): Block | undefined =>
  rest >= Math.max(1, minGroup) ? undefined : note('Too few customers are outside it to compare it with them.')

/** How lifts are to be read, or that there are none. */
export function aboutLifts(lifts: readonly Lift<unknown>[], { minGroup }: Sides): readonly Block[] {
  const n = Math.max(LEAST, minGroup)
  if (lifts.length === 0)
    return [note('Nothing that {n} or more of them have in common sets them clearly apart from the others.', { n })]
  return [
    note(
      'Index: 100 is as often as among all other customers; told from {n} customers on, at {few} and less or {many} and more.',
      {
        n,
        few: RARE,
        many: COMMON,
      },
    ),
    ...(lifts.some((l) => l.veiled)
      ? [
          note('Where fewer than {n} others have it, they are counted as {most}: the index is at least that.', {
            n: minGroup,
            most: minGroup - 1,
          }),
        ]
      : []),
  ]
}
