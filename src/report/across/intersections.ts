/** How segments overlap: customers of equal memberships are counted once, everything else follows from those few combinations. */
import { WORD } from '../columns.js'

/** The customers who are in exactly these of the segments, which are named by their numbers, rising. */
export interface Combination {
  readonly segments: readonly number[]
  readonly customers: number
}

/** The memberships of `count` customers in `segments` segments, word by word; further bits are not looked at. */
export function combinations(words: readonly Int32Array[], count: number, segments: number): readonly Combination[] {
  const group = new Int32Array(count)
  let members: readonly (readonly number[])[] = [[]]
  for (let from = 0; from < segments; from += WORD) {
    const word = words[from / WORD] as Int32Array
    const mask = 2 ** Math.min(WORD, segments - from) - 1
    const known = new Map<number, number>()
    const found: (readonly number[])[] = []
    for (let row = 0; row < count; row++) {
      const bits = word[row]! & mask
      const key = group[row]! * 2 ** WORD + bits
      let id = known.get(key)
      if (id === undefined) {
        id = known.size
        known.set(key, id)
        found.push([...members[group[row]!]!, ...placesOf(bits, from)])
      }
      group[row] = id
    }
    members = found
  }
  const sizes = new Int32Array(members.length)
  for (const id of group) sizes[id]!++
  return members.flatMap((list, id) => (sizes[id]! > 0 ? [{ segments: list, customers: sizes[id]! }] : []))
}

function placesOf(word: number, from: number): readonly number[] {
  const out: number[] = []
  for (let bits = word; bits !== 0; bits &= bits - 1) out.push(from + 31 - Math.clz32(bits & -bits))
  return out
}

/** Customers in both, for every two segments; beside itself a segment has all its own. */
export function inBoth(all: readonly Combination[], segments: number): (a: number, b: number) => number {
  const counts = new Float64Array(segments * segments)
  for (const { segments: list, customers } of all)
    for (const [i, a] of list.entries()) for (let j = i; j < list.length; j++) counts[a * segments + list[j]!]! += customers
  return (a, b) => counts[Math.min(a, b) * segments + Math.max(a, b)]!
}

/** The combinations of these segments, whatever other segments their customers are in. */
export function among(all: readonly Combination[], kept: ReadonlySet<number>): readonly Combination[] {
  const sizes = new Map<string, { segments: readonly number[]; customers: number }>()
  for (const { segments, customers } of all) {
    const list = segments.filter((s) => kept.has(s))
    const key = list.join()
    sizes.set(key, { segments: list, customers: customers + (sizes.get(key)?.customers ?? 0) })
  }
  return [...sizes.values()]
}
