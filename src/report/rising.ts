/** A value sorted once for all segments: what the quartiles of each need of it is then met in order, in one walk for all. */
import { type People, WORD } from './columns.js'
import { quartilePlaces } from './numbers.js'

/** Known values in rising order, and whose they are: rows of people. */
export interface Rising {
  readonly who: Int32Array
  readonly values: Float64Array
}

/** `NaN` is unknown and left out. `who`: the row of people that a value belongs to; absent: its own place. */
export function rising(values: Float64Array, who?: Int32Array): Rising {
  const known = values.filter((v) => !Number.isNaN(v)).sort()
  const distinct = known.filter((v, i) => i === 0 || v !== known[i - 1])
  const next = new Int32Array(distinct.length)
  for (let at = 0, d = -1; at < known.length; at++) if (at === 0 || known[at] !== known[at - 1]) next[++d] = at
  const owners = new Int32Array(known.length)
  values.forEach((v, i) => {
    if (!Number.isNaN(v)) owners[next[placeOf(distinct, v)]!++] = who?.[i] ?? i
  })
  return { who: owners, values: known }
}

/** Where a value stands among distinct ones in rising order. */
function placeOf(distinct: Float64Array, value: number): number {
  let [low, high] = [0, distinct.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (distinct[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}

/** How many values the members of a segment have, and those of them that the quartiles lie between. */
export interface Spread {
  readonly count: number
  readonly around: Float64Array
}

/** Of each of the first `segments`: all are counted in one walk, and picked from in another. */
export function spreads({ who, values }: Rising, { words }: People, segments: number): readonly Spread[] {
  const counts = new Int32Array(segments)
  const walk = (meet: (segment: number, value: number) => void): void => {
    for (let w = 0; w * WORD < segments; w++) {
      const word = words[w] as Int32Array
      const mask = 2 ** Math.min(WORD, segments - w * WORD) - 1
      for (let at = 0; at < values.length; at++)
        for (let bits = word[who[at]!]! & mask; bits !== 0; bits &= bits - 1)
          meet(w * WORD + 31 - Math.clz32(bits & -bits), values[at]!)
    }
  }
  walk((segment) => {
    counts[segment]!++
  })
  const found = Array.from(counts, (count): Spread => ({ count, around: new Float64Array(quartilePlaces(count).length) }))
  const places = Array.from(counts, quartilePlaces)
  const looked = places.map((of) => [...new Set(of)].sort((a, b) => a - b))
  /** How many values of each segment were met, and at how many of them the next is that is looked for. */
  const [met, wanted] = [new Int32Array(segments), Int32Array.from(looked, (of) => of[0] ?? -1)]
  walk((segment, value) => {
    const place = met[segment]!++
    if (place !== wanted[segment]) return
    places[segment]!.forEach((p, i) => {
      if (p === place) found[segment]!.around[i] = value
    })
    wanted[segment] = looked[segment]!.find((p) => p > place) ?? -1
  })
  return found
}
