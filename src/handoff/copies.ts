/**
 * Rows as they were handed off, packed: some hundred to a piece, each once however many nights it goes out again. Of each a head
 * of whole numbers tells who it is and whether it is the same as another, so that a night is compared without reading addresses.
 */

/** A row as it was handed off. `ident` tells the occurrences of a customer apart. */
export interface Copy {
  readonly customer: number
  readonly arm: string
  readonly ident: string
  readonly cells: readonly string[]
}

/** Those held out are recorded, and were handed to nobody. */
export const holdout = 'holdout'

/** Copies in one piece. */
export const PIECE = 256
/** customer, held out, then two numbers each that stand for the ident and for all of the row. */
const WORDS = 6

export interface Head {
  readonly customer: number
  readonly held: boolean
  readonly ident: readonly [number, number]
  readonly whole: readonly [number, number]
}

/** Rows under the same headers, as they become pieces. */
export class Packer {
  private bytes = Buffer.allocUnsafe(64 * 1024)
  private length = 0
  private readonly seed: readonly [number, number]
  constructor(headers: string) {
    const text = Buffer.from(headers)
    this.seed = sum(text, 0, text.length, [1, 2])
  }

  /** Writes a row down and tells its head; `drop` takes it back. */
  write({ customer, arm, ident, cells }: Copy): Head {
    const start = this.length
    this.cell(ident)
    const known: readonly [number, number] = ident === '' ? [0, 0] : sum(this.bytes, start, this.length, [3, 4])
    this.cell(arm)
    this.count(cells.length)
    for (const cell of cells) this.cell(cell)
    return { customer, held: arm === holdout, ident: known, whole: sum(this.bytes, start, this.length, this.seed) }
  }

  get at(): number {
    return this.length
  }
  drop(to: number): void {
    this.length = to
  }
  /** The rows written, as bytes of their own. */
  take(): Buffer {
    const taken = Buffer.from(this.bytes.subarray(0, this.length))
    this.length = 0
    return taken
  }

  private room(more: number): void {
    if (this.length + more <= this.bytes.length) return
    const wider = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + more))
    this.bytes.copy(wider, 0, 0, this.length)
    this.bytes = wider
  }
  /** Its length twice, one more where it is a hash, then the bytes; a hash takes half of its letters. */
  private cell(text: string): void {
    if (text.length === 64 && hash.test(text)) {
      this.count(65)
      this.room(32)
      this.bytes.write(text, this.length, 'hex')
      this.length += 32
      return
    }
    const bytes = Buffer.byteLength(text)
    this.count(bytes * 2)
    this.room(bytes)
    this.length += this.bytes.write(text, this.length)
  }
  private count(value: number): void {
    this.room(5)
    let rest = value
    for (; rest > 127; rest >>>= 7) this.bytes[this.length++] = (rest & 127) | 128
    this.bytes[this.length++] = rest
  }
}
const hash = /^[0-9a-f]{64}$/

/** Two numbers of 32 bits that stand for some bytes. */
function sum(bytes: Buffer, from: number, to: number, [a, b]: readonly [number, number]): readonly [number, number] {
  let x = 0x9e3779b9 ^ a
  let y = 0x85ebca6b ^ b
  for (let i = from; i < to; i++) {
    const byte = bytes[i] as number
    x = Math.imul(x ^ byte, 0x9e3779b1)
    y = Math.imul((y << 5) | (y >>> 27), 0x5bd1e995) ^ byte
  }
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b) ^ Math.imul(y ^ (y >>> 13), 0xc2b2ae35)
  y = Math.imul(y ^ (y >>> 16), 0x27d4eb2f) ^ Math.imul(x ^ (x >>> 13), 0x165667b1)
  return [x >>> 0, y >>> 0]
}

export function headsOf(heads: readonly Head[]): Buffer {
  const words = new Uint32Array(heads.length * WORDS)
  for (const [i, { customer, held, ident, whole }] of heads.entries())
    words.set([customer, held ? 1 : 0, ...ident, ...whole], i * WORDS)
  return Buffer.from(words.buffer)
}

/** Heads as words, six each. */
export function wordsOf(heads: Buffer): Uint32Array {
  return new Uint32Array(Uint8Array.from(heads).buffer)
}

/** The rows of a piece, in order. */
export function unpack(heads: Buffer, body: Buffer): readonly Copy[] {
  const words = wordsOf(heads)
  let at = 0
  const count = (): number => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = body[at++] as number
      value |= (byte & 127) << shift
      if (byte < 128) return value
    }
  }
  const cell = (): string => {
    const size = count()
    const length = size >> 1
    at += length
    return body.toString((size & 1) === 1 ? 'hex' : 'utf8', at - length, at)
  }
  return Array.from({ length: words.length / WORDS }, (_, i) => {
    const ident = cell()
    const arm = cell()
    return { customer: words[i * WORDS] as number, ident, arm, cells: Array.from({ length: count() }, cell) }
  })
}

/** What is known of a copy: listed in the last hand-off of an earlier day, in any before, in a row of this one. */
export const flags = { last: 1, before: 2, now: 4 } as const

/** Heads by customer: found in no time, at some bytes each. */
export class Known {
  private words = new Uint32Array(1024 * WORDS)
  private ids = new Uint32Array(1024)
  private marks = new Uint8Array(1024)
  private next = new Int32Array(1024)
  private first = new Int32Array(1024)
  private size = 0

  add(id: number, { customer, held, ident, whole }: Head, mark: number): void {
    this.put(id, [customer, held ? 1 : 0, ident[0], ident[1], whole[0], whole[1]], 0, mark)
  }
  put(id: number, from: ArrayLike<number>, at: number, mark: number): void {
    const i = this.size++
    if (i >= this.ids.length) this.grow()
    for (let w = 0; w < WORDS; w++) this.words[i * WORDS + w] = from[at + w] as number
    this.ids[i] = id
    this.marks[i] = mark
    const customer = from[at] as number
    if (customer >= this.first.length)
      this.first = widened(this.first, new Int32Array(Math.max(customer + 1, this.first.length * 2)))
    this.next[i] = this.first[customer] as number
    this.first[customer] = i + 1
  }

  /** The place of the same row, that of the last hand-off before any other; or -1. */
  same({ customer, whole }: Head): number {
    let found = -1
    for (let i = this.head(customer); i >= 0; i = this.after(i)) {
      if (this.words[i * WORDS + 4] !== whole[0] || this.words[i * WORDS + 5] !== whole[1]) continue
      if (this.is(i, flags.last)) return i
      found = i
    }
    return found
  }
  /** Whether he, and the same occurrence of his, was handed off with that mark, whatever the address. */
  had({ customer, ident }: Head, mark: number): boolean {
    for (let i = this.head(customer); i >= 0; i = this.after(i)) {
      const at = i * WORDS
      if (
        ((this.marks[i] as number) & mark) !== 0 &&
        this.words[at + 1] === 0 &&
        this.words[at + 2] === ident[0] &&
        this.words[at + 3] === ident[1]
      )
        return true
    }
    return false
  }
  idAt = (i: number): number => this.ids[i] as number
  is = (i: number, mark: number): boolean => ((this.marks[i] as number) & mark) !== 0
  mark(i: number, mark: number): void {
    this.marks[i] = (this.marks[i] as number) | mark
  }
  /** Places of copies, in the order in which they were put. */
  get length(): number {
    return this.size
  }
  heldAt = (i: number): boolean => this.words[i * WORDS + 1] === 1

  private head = (customer: number): number => (customer < this.first.length ? (this.first[customer] as number) - 1 : -1)
  private after = (i: number): number => (this.next[i] as number) - 1
  private grow(): void {
    const n = this.ids.length * 2
    this.words = widened(this.words, new Uint32Array(n * WORDS))
    this.ids = widened(this.ids, new Uint32Array(n))
    this.marks = widened(this.marks, new Uint8Array(n))
    this.next = widened(this.next, new Int32Array(n))
  }
}

function widened<T extends Uint32Array | Int32Array | Uint8Array>(old: T, wider: T): T {
  wider.set(old)
  return wider
}
