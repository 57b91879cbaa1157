/** Keys by their bytes, each with a small number beside it: exact, and several times smaller than a Set of strings. */
import { Stop } from './problem.js'

/** Keys stand one after another in blocks; a place counts through all of them and takes 32 bits. */
const BLOCK = 1 << 25
const MOST_BLOCKS = 2 ** 32 / BLOCK
/** Longer than this the length takes four more bytes. */
const SHORT = 0xff

export class Keys {
  size = 0
  /** Places of keys by their hash; 0 is nobody's. */
  private table = new Uint32Array(1 << 12)
  private readonly blocks: Buffer[] = []
  /** Where the keys of each block end. */
  private readonly ends: number[] = []
  private block = Buffer.alloc(0)
  /** Where the next key goes in the last block. Until it is taken in, the key in question stands there. */
  private next = 0

  /** Takes the key in with the number 1; false where it is there already. */
  add(key: string): boolean {
    const place = this.lay(key)
    const slot = this.slotOf(place)
    if (this.table[slot] !== 0) return false
    this.table[slot] = place
    this.next = this.endOf(this.block, this.next)
    this.size++
    if (this.size * 2 > this.table.length) this.grow()
    return true
  }

  /** Where the key is there with the number `from`, gives it the number `to`, at most 65535. */
  advance(key: string, from: number, to: number): boolean {
    const place = this.table[this.slotOf(this.lay(key))]!
    if (place === 0) return false
    const block = this.blockAt(place)
    const at = place % BLOCK
    if (block.readUInt16LE(at) !== from) return false
    block.writeUInt16LE(to, at)
    return true
  }

  /** Writes the key behind the last one, `[number] [length] [bytes]`, and tells its place. */
  private lay(key: string): number {
    const most = key.length * 3
    const head = most < SHORT ? 3 : 7
    if (this.next + head + most > this.block.length) this.begin()
    const { block, next } = this
    const length = block.write(key, next + head, 'utf8')
    block.writeUInt16LE(1, next)
    block[next + 2] = most < SHORT ? length : SHORT
    if (most >= SHORT) block.writeUInt32LE(length, next + 3)
    return (this.blocks.length - 1) * BLOCK + next
  }

  private begin(): void {
    if (this.blocks.length === MOST_BLOCKS)
      throw Stop.with(74, 'too-many-keys', 'the keys take more than 4 GB', {
        help: 'split the lists and ask for one part after another',
      })
    if (this.blocks.length > 0) this.ends[this.blocks.length - 1] = this.next
    this.block = Buffer.allocUnsafeSlow(BLOCK)
    this.blocks.push(this.block)
    // The place 0 stays free.
    this.next = 1
  }

  /** The slot of the key at a place, or the empty one where it belongs. */
  private slotOf(place: number): number {
    const { table } = this
    const mask = table.length - 1
    const block = this.blockAt(place)
    const start = startOf(block, place % BLOCK)
    const end = this.endOf(block, place % BLOCK)
    for (let slot = hashOf(block, start, end) & mask; ; slot = (slot + 1) & mask) {
      const other = table[slot]!
      if (other === 0 || this.isAt(other, block, start, end)) return slot
    }
  }

  private isAt(place: number, bytes: Buffer, start: number, end: number): boolean {
    const block = this.blockAt(place)
    const from = startOf(block, place % BLOCK)
    if (this.endOf(block, place % BLOCK) - from !== end - start) return false
    for (let i = 0; i < end - start; i++) if (block[from + i] !== bytes[start + i]) return false
    return true
  }

  private grow(): void {
    this.table = new Uint32Array(this.table.length * 2)
    this.ends[this.blocks.length - 1] = this.next
    const mask = this.table.length - 1
    this.blocks.forEach((block, i) => {
      for (let at = 1; at < this.ends[i]!; at = this.endOf(block, at)) {
        let slot = hashOf(block, startOf(block, at), this.endOf(block, at)) & mask
        while (this.table[slot] !== 0) slot = (slot + 1) & mask
        this.table[slot] = i * BLOCK + at
      }
    })
  }

  private blockAt(place: number): Buffer {
    return this.blocks[Math.floor(place / BLOCK)]!
  }

  private endOf(block: Buffer, at: number): number {
    const length = block[at + 2]!
    return startOf(block, at) + (length === SHORT ? block.readUInt32LE(at + 3) : length)
  }
}

const startOf = (block: Buffer, at: number): number => at + (block[at + 2] === SHORT ? 7 : 3)

/** FNV-1a, its bits mixed as at the end of MurmurHash3. */
function hashOf(bytes: Buffer, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
