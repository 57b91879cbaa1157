/** A value sorted once for all segments: what its members have of it then comes out sorted too, in one walk. */
import { type People, WORD } from './columns.js'

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

/** The values of those in segment n, rising. */
export function risingIn({ who, values }: Rising, { words }: People, n: number): Float64Array {
  const word = words[Math.floor(n / WORD)] as Int32Array
  const bit = 1 << (n % WORD)
  const found = new Float64Array(values.length)
  let size = 0
  for (let at = 0; at < values.length; at++) if ((word[who[at]!]! & bit) !== 0) found[size++] = values[at]!
  return found.subarray(0, size)
}
