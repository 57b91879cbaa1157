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
/** Words of a head: the customer, 1 for those held out, two that stand for the ident, two that stand for all of the row. */
export const WORDS = 6
const [CUSTOMER, HELD, IDENT, WHOLE] = [0, 1, 2, 4]

/** A head within words that begin at `at`. */
export type Words = Uint32Array

/** Rows under the same headers, as they become a piece. */
export class Packer {
  private bytes = Buffer.allocUnsafe(64 * 1024)
  private length = 0
  private words = new Uint32Array(PIECE * WORDS)
  private readonly seed = new Uint32Array(2)
  /** Rows written. */
  size = 0
  private start = 0
  constructor(headers: string) {
    const text = Buffer.from(headers)
    sum(text, 0, text.length, 1, 2, this.seed, 0)
  }

  /** Writes a row down and returns where its head is in `heads`; to be taken back, or followed by others, up to a piece. */
  write(customer: number, arm: string, ident: string, cells: readonly string[]): number {
    const at = this.size * WORDS
    const { words } = this
    this.start = this.length
    words[at + CUSTOMER] = customer
    words[at + HELD] = arm === holdout ? 1 : 0
    this.cell(ident)
    if (ident === '') words[at + IDENT] = words[at + IDENT + 1] = 0
    else sum(this.bytes, this.start, this.length, 3, 4, words, at + IDENT)
    this.cell(arm)
    this.count(cells.length)
    for (const cell of cells) this.cell(cell)
    sum(this.bytes, this.start, this.length, this.seed[0] as number, this.seed[1] as number, words, at + WHOLE)
    this.size++
    return at
  }
  get heads(): Words {
    return this.words
  }
  /** Takes the last row back. */
  drop(): void {
    this.length = this.start
    this.size--
  }
  /** The piece, and an empty one begins: to be read before that is written to. */
  take(): { readonly heads: Buffer; readonly body: Buffer; readonly n: number } {
    const heads = Buffer.from(this.words.buffer, 0, this.size * WORDS * this.words.BYTES_PER_ELEMENT)
    const body = this.bytes.subarray(0, this.length)
    const n = this.size
    this.length = 0
    this.size = 0
    return { heads, body, n }
  }

  private room(more: number): void {
    if (this.length + more <= this.bytes.length) return
    const wider = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + more))
    this.bytes.copy(wider, 0, 0, this.length)
    this.bytes = wider
  }
  /** Its length twice, one more where it is a hash, then the bytes; a hash takes half of its letters. */
  private cell(text: string): void {
    if (text.length === HASH && this.hash(text)) return
    if (text.length < 64 && this.plain(text)) return
    const bytes = Buffer.byteLength(text)
    this.count(bytes * 2)
    this.room(bytes)
    this.length += this.bytes.write(text, this.length)
  }
  /** A lower-case SHA-256; false, with nothing written, where it is none. */
  private hash(text: string): boolean {
    this.room(1 + HASH / 2)
    const { bytes } = this
    const to = this.length + 1
    for (let i = 0; i < HASH; i += 2) {
      const byte = ((digits[text.charCodeAt(i)] ?? -1) << 4) | (digits[text.charCodeAt(i + 1)] ?? -1)
      if (byte < 0) return false
      bytes[to + (i >> 1)] = byte
    }
    bytes[this.length] = 2 * (HASH / 2) + 1
    this.length = to + HASH / 2
    return true
  }
  /** Short ASCII; false, with nothing written, where it is more. */
  private plain(text: string): boolean {
    this.room(1 + text.length)
    const { bytes } = this
    const to = this.length + 1
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code > 127) return false
      bytes[to + i] = code
    }
    bytes[this.length] = 2 * text.length
    this.length = to + text.length
    return true
  }
  private count(value: number): void {
    this.room(5)
    let rest = value
    for (; rest > 127; rest >>>= 7) this.bytes[this.length++] = (rest & 127) | 128
    this.bytes[this.length++] = rest
  }
}
/** Letters of a SHA-256. */
const HASH = 64
const digits = new Int8Array(128).fill(-1)
for (let digit = 0; digit < 16; digit++) digits[digit.toString(16).charCodeAt(0)] = digit

/** Two numbers of 32 bits that stand for some bytes, into words. */
function sum(bytes: Buffer, from: number, to: number, a: number, b: number, words: Words, at: number): void {
  let x = 0x9e3779b9 ^ a
  let y = 0x85ebca6b ^ b
  for (let i = from; i < to; i++) {
    const byte = bytes[i] as number
    x = Math.imul(x ^ byte, 0x9e3779b1)
    y = Math.imul((y << 5) | (y >>> 27), 0x5bd1e995) ^ byte
  }
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b) ^ Math.imul(y ^ (y >>> 13), 0xc2b2ae35)
  y = Math.imul(y ^ (y >>> 16), 0x27d4eb2f) ^ Math.imul(x ^ (x >>> 13), 0x165667b1)
  words[at] = x >>> 0
  words[at + 1] = y >>> 0
}

/** The heads of a piece. */
export const wordsOf = ({ buffer, byteOffset, byteLength }: Buffer): Words =>
  new Uint32Array(buffer.slice(byteOffset, byteOffset + byteLength))

export const customerOf = (words: Words, at: number): number => words[at + CUSTOMER] as number
export const isHeld = (words: Words, at: number): boolean => words[at + HELD] === 1

/** The rows of a piece, in order; undefined those that are not wanted. */
export function unpack(heads: Buffer, body: Buffer, wanted: (place: number) => boolean): readonly (Copy | undefined)[] {
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
  const pass = (cells: number): void => {
    for (let i = 0; i < cells; i++) {
      const size = count()
      at += size >> 1
    }
  }
  return Array.from({ length: words.length / WORDS }, (_, i) => {
    if (!wanted(i)) {
      pass(2)
      pass(count())
      return undefined
    }
    const ident = cell()
    const arm = cell()
    return { customer: customerOf(words, i * WORDS), ident, arm, cells: Array.from({ length: count() }, cell) }
  })
}

/**
 * What is known of a copy: listed in the last hand-off of an earlier day, in any before, in a row of this one; `owed`: the tool may
 * hold it besides; `missed`: a hand-off of the same day was without it.
 */
export const flags = { last: 1, before: 2, now: 4, owed: 8, missed: 16 } as const

/**
 * Heads of copies, found in no time: those of earlier hand-offs by customer, at some bytes each, and of this one those of the last
 * customer alone. Rows of a customer follow each other, so no more of it is ever asked for.
 */
export class Known {
  private words = new Uint32Array(1024 * WORDS)
  private ids = new Uint32Array(1024)
  private marks = new Uint8Array(1024)
  private next = new Int32Array(1024)
  private first = new Int32Array(1024)
  private size = 0
  /** Copies of earlier hand-offs; those of this one stand behind. */
  private earlier = 0

  /** A copy of an earlier hand-off; all of them come before any of this one, and the same row under two numbers is one. */
  recall(id: number, words: Words, at: number, mark: number): void {
    const known = this.same(words, at)
    if (known >= 0) {
      this.mark(known, mark)
      if ((mark & flags.last) !== 0) this.ids[known] = id
      return
    }
    const i = this.put(id, words, at, mark)
    this.earlier = this.size
    const customer = words[at + CUSTOMER] as number
    if (customer >= this.first.length)
      this.first = widened(this.first, new Int32Array(Math.max(customer + 1, this.first.length * 2)))
    this.next[i] = this.first[customer] as number
    this.first[customer] = i + 1
  }

  /** A copy of this hand-off, and its place. */
  add(id: number, words: Words, at: number): number {
    if (this.size > this.earlier && this.words[this.earlier * WORDS + CUSTOMER] !== words[at + CUSTOMER]) this.size = this.earlier
    return this.put(id, words, at, 0)
  }

  private put(id: number, words: Words, at: number, mark: number): number {
    const i = this.size++
    if (i >= this.ids.length) this.grow()
    for (let w = 0; w < WORDS; w++) this.words[i * WORDS + w] = words[at + w] as number
    this.ids[i] = id
    this.marks[i] = mark
    return i
  }

  /** The place of the same row, that of the last hand-off before any other; or -1. */
  same(words: Words, at: number): number {
    let found = -1
    for (let i = this.head(words[at] as number); i >= 0; i = this.after(i)) {
      if (!this.equals(i, words, at)) continue
      if (this.is(i, flags.last)) return i
      found = i
    }
    for (let i = this.earlier; found < 0 && i < this.size; i++)
      if (this.words[i * WORDS + CUSTOMER] === words[at + CUSTOMER] && this.equals(i, words, at)) found = i
    return found
  }
  private equals(i: number, words: Words, at: number): boolean {
    const own = i * WORDS + WHOLE
    return this.words[own] === words[at + WHOLE] && this.words[own + 1] === words[at + WHOLE + 1]
  }
  /** Whether he, and the same occurrence of his, was handed off with that mark, whatever the address. */
  had(words: Words, at: number, mark: number): boolean {
    for (let i = this.head(words[at] as number); i >= 0; i = this.after(i)) {
      const own = i * WORDS
      if (
        this.is(i, mark) &&
        this.words[own + HELD] === 0 &&
        this.words[own + IDENT] === words[at + IDENT] &&
        this.words[own + IDENT + 1] === words[at + IDENT + 1]
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
  /** Copies of earlier hand-offs; their places are counted from 0. */
  get recalled(): number {
    return this.earlier
  }
  heldAt = (i: number): boolean => this.words[i * WORDS + HELD] === 1

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
