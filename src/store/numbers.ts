/** Many numbers, each once, and the lists in JSON as which the store keeps them: no list so long that memory grows with it. */

/** Numbers in one list: few enough that what is left of a list when it is done with goes at once. */
export const MOST_LISTED = 10_000

export const listed = (text: unknown): readonly number[] => JSON.parse(String(text)) as readonly number[]

/** A set of whole numbers from 0 on, a byte each up to the largest. */
export class Marks {
  private marks = new Uint8Array(1024)
  size = 0

  static of(numbers: Iterable<number>): Marks {
    const made = new Marks()
    made.addAll(numbers)
    return made
  }

  add(n: number): void {
    if (n >= this.marks.length) {
      const wider = new Uint8Array(Math.max(n + 1, this.marks.length * 2))
      wider.set(this.marks)
      this.marks = wider
    }
    if (this.marks[n] === 1) return
    this.marks[n] = 1
    this.size++
  }
  addAll(numbers: Iterable<number>): void {
    for (const n of numbers) this.add(n)
  }
  has(n: number): boolean {
    return this.marks[n] === 1
  }
  /** Whether any of `n` numbers from `first` on is there. */
  hasAny(first: number, n: number): boolean {
    return this.marks.subarray(first, first + n).includes(1)
  }
  /** False where it was not there. */
  delete(n: number): boolean {
    if (this.marks[n] !== 1) return false
    this.marks[n] = 0
    this.size--
    return true
  }

  /** In rising order. */
  *[Symbol.iterator](): IterableIterator<number> {
    for (let n = 0, left = this.size; left > 0; n++) {
      if (this.marks[n] !== 1) continue
      left--
      yield n
    }
  }

  /** All of them in rising order, list by list. */
  *lists(): IterableIterator<string> {
    let some: number[] = []
    for (const n of this) {
      some.push(n)
      if (some.length < MOST_LISTED) continue
      yield JSON.stringify(some)
      some = []
    }
    if (some.length > 0) yield JSON.stringify(some)
  }
}

/** A list in two: those who come again, who are taken from `come`, and those who do not. */
export function parted(
  numbers: readonly number[],
  come: Marks,
): { readonly stayed: readonly number[]; readonly gone: readonly number[] } {
  const stayed: number[] = []
  const gone: number[] = []
  for (const n of numbers) (come.delete(n) ? stayed : gone).push(n)
  return { stayed, gone }
}
