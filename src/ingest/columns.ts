/** Columns of numbers in memory, in blocks that are never moved, and sets of texts by their hash. Knows nothing of files or tables. */

const BITS = 16
const BLOCK = 1 << BITS
const MASK = BLOCK - 1

/** A growing column of doubles; NaN stands for unknown. */
export class Floats {
  private readonly blocks: Float64Array[] = []
  length = 0
  push(value: number): void {
    const at = this.length++
    if (at >> BITS === this.blocks.length) this.blocks.push(new Float64Array(BLOCK))
    this.blocks[at >> BITS]![at & MASK] = value
  }
  get(at: number): number {
    return this.blocks[at >> BITS]![at & MASK]!
  }
  set(at: number, value: number): void {
    this.blocks[at >> BITS]![at & MASK] = value
  }
  /** Multiplies every value. */
  times(factor: number): void {
    for (let i = 0; i < this.length; i++) this.set(i, this.get(i) * factor)
  }
  clear(): void {
    this.length = 0
  }
}

/** A growing column of 32-bit whole numbers. */
export class Ints {
  private readonly blocks: Int32Array[] = []
  length = 0
  push(value: number): void {
    const at = this.length++
    if (at >> BITS === this.blocks.length) this.blocks.push(new Int32Array(BLOCK))
    this.blocks[at >> BITS]![at & MASK] = value
  }
  get(at: number): number {
    return this.blocks[at >> BITS]![at & MASK]!
  }
  set(at: number, value: number): void {
    this.blocks[at >> BITS]![at & MASK] = value
  }
  clear(): void {
    this.length = 0
  }
}

/** 53 bits of a text: two multiplicative hashes in one pass. Never 0. */
export function hash53(text: string): number {
  let a = 0x811c9dc5
  let b = 0x9e3779b9
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    a = Math.imul(a ^ unit, 0x01000193)
    b = Math.imul(b ^ unit, 0x85ebca6b)
    b ^= b >>> 15
  }
  a = Math.imul(a ^ (a >>> 16), 0xc2b2ae35)
  b = Math.imul(b ^ (b >>> 13), 0x27d4eb2f)
  return ((b >>> 0) & 0x1fffff) * 0x100000000 + ((a ^ (a >>> 15)) >>> 0) + 1
}

/** How often each text was seen, by its hash alone: 12 bytes a text, however long it is. */
export class Tally {
  private keys = new Float64Array(1024)
  private counts = new Int32Array(1024)
  size = 0
  has(text: string): boolean {
    return this.size > 0 && this.keys[this.find(hash53(text))] !== 0
  }
  /** The number of times it was seen, this one included. */
  see(text: string): number {
    if (this.size * 2 >= this.keys.length) this.grow()
    const hash = hash53(text)
    const at = this.find(hash)
    if (this.keys[at] === 0) {
      this.keys[at] = hash
      this.size++
    }
    return ++this.counts[at]!
  }
  private find(hash: number): number {
    const mask = this.keys.length - 1
    let at = (hash >>> 0) & mask
    while (this.keys[at] !== 0 && this.keys[at] !== hash) at = (at + 1) & mask
    return at
  }
  private grow(): void {
    const [keys, counts] = [this.keys, this.counts]
    this.keys = new Float64Array(keys.length * 2)
    this.counts = new Int32Array(keys.length * 2)
    for (let i = 0; i < keys.length; i++) {
      if (keys[i] === 0) continue
      const at = this.find(keys[i]!)
      this.keys[at] = keys[i]!
      this.counts[at] = counts[i]!
    }
  }
}

/** A text of its own, not a slice that keeps the block of the file alive from which it was cut. */
export const detached = (text: string): string => (text.length < 13 ? text : Buffer.from(text, 'utf16le').toString('utf16le'))
