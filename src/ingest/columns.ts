/** Columns of numbers in memory, in blocks that are never moved, and sets of texts by their hash. Knows nothing of files or tables. */

import { hash32 } from '../base/rows.js'

const BITS = 16
const BLOCK = 1 << BITS
const MASK = BLOCK - 1

/** Stands in 32 bits for what is unknown. */
const UNKNOWN = -(2 ** 31)

/** A growing column of numbers, of 32 bits while whole ones of that size are all there is; NaN stands for unknown. */
export class Floats {
  private narrow: Int32Array[] = []
  private wide: Float64Array[] | undefined
  length = 0
  push(value: number): void {
    const at = this.length++
    if (this.wide !== undefined) {
      if (at >> BITS === this.wide.length) this.wide.push(new Float64Array(BLOCK))
    } else if (at >> BITS === this.narrow.length) this.narrow.push(new Int32Array(BLOCK))
    this.set(at, value)
  }
  get(at: number): number {
    if (this.wide !== undefined) return this.wide[at >> BITS]![at & MASK]!
    const value = this.narrow[at >> BITS]![at & MASK]!
    return value === UNKNOWN ? Number.NaN : value
  }
  set(at: number, value: number): void {
    if (this.wide === undefined) {
      const whole = value | 0
      if (whole === value && whole !== UNKNOWN) {
        this.narrow[at >> BITS]![at & MASK] = whole
        return
      }
      if (Number.isNaN(value)) {
        this.narrow[at >> BITS]![at & MASK] = UNKNOWN
        return
      }
      this.widen()
    }
    this.wide![at >> BITS]![at & MASK] = value
  }
  /** Multiplies every value. */
  times(factor: number): void {
    for (let i = 0; i < this.length; i++) this.set(i, this.get(i) * factor)
  }
  clear(): void {
    this.length = 0
  }
  private widen(): void {
    this.wide = this.narrow.map((block) => Float64Array.from(block, (value) => (value === UNKNOWN ? Number.NaN : value)))
    this.narrow = []
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

/** Texts, each with its place in the order in which they came. A third of the memory of a Map, and quicker. */
export class Places {
  readonly texts: string[] = []
  private hashes = new Int32Array(512)
  /** Places counted from 1; 0 is free. */
  private slots = new Int32Array(1024)

  /** The place of a text, or -1. */
  find(text: string): number {
    return this.slots[this.slotOf(text, hash32(text))]! - 1
  }
  /** The place of a text, made where it has none. */
  place(text: string): number {
    const hash = hash32(text)
    const found = this.slots[this.slotOf(text, hash)]! - 1
    return found < 0 ? this.insert(detached(text), hash) : found
  }
  private slotOf(text: string, hash: number): number {
    const { slots, hashes, texts } = this
    const mask = slots.length - 1
    let at = hash & mask
    for (; slots[at] !== 0; at = (at + 1) & mask) {
      const place = slots[at]! - 1
      if (hashes[place] === hash && texts[place] === text) break
    }
    return at
  }
  private insert(text: string, hash: number): number {
    const place = this.texts.length
    if (place === this.hashes.length) this.grow()
    this.texts.push(text)
    this.hashes[place] = hash
    this.enter(place)
    return place
  }
  private enter(place: number): void {
    const mask = this.slots.length - 1
    let at = this.hashes[place]! & mask
    while (this.slots[at] !== 0) at = (at + 1) & mask
    this.slots[at] = place + 1
  }
  private grow(): void {
    const { hashes } = this
    this.hashes = new Int32Array(hashes.length * 2)
    this.hashes.set(hashes)
    this.slots = new Int32Array(this.slots.length * 2)
    for (let place = 0; place < this.texts.length; place++) this.enter(place)
  }
}

/** A text of its own, not a slice that keeps the block of the file alive from which it was cut. */
export const detached = (text: string): string => (text.length < 13 ? text : Buffer.from(text, 'utf16le').toString('utf16le'))
