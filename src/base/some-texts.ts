/** A set of texts of which few that are asked for are there: bits tell nearly all others apart, and the set itself is seldom asked. */
import { hash32 } from './rows.js'

/** Bits for each text, at least. */
const ROOM = 16

export class SomeTexts {
  private readonly texts = new Set<string>()
  private bits = new Uint32Array(1 << 7)

  get size(): number {
    return this.texts.size
  }

  add(text: string): void {
    this.texts.add(text)
    if (this.texts.size * ROOM > this.bits.length * 32) {
      this.bits = new Uint32Array(this.bits.length * 4)
      for (const each of this.texts) this.mark(each)
    } else this.mark(text)
  }

  has(text: string): boolean {
    const hash = hash32(text)
    return ((this.bits[this.wordOf(hash)] as number) & (1 << hash)) !== 0 && this.texts.has(text)
  }

  private mark(text: string): void {
    const hash = hash32(text)
    const word = this.wordOf(hash)
    this.bits[word] = (this.bits[word] as number) | (1 << hash)
  }

  /** The lowest five bits of a hash tell the bit within the word. */
  private wordOf(hash: number): number {
    return (hash >>> 5) & (this.bits.length - 1)
  }
}
