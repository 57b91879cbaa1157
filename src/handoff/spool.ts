/** Bytes put by until they are wanted: some in memory, the rest in a file that only its owner can read and that is gone with them. */
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { Stop } from '../base/problem.js'

const IN_MEMORY = 1024 * 1024

export class Spool {
  private memory = Buffer.allocUnsafe(IN_MEMORY)
  private inMemory = 0
  private inFile = 0
  private readonly lengths: (readonly number[])[] = []
  private file: number | undefined

  /** `path`: where the file may lie; undefined: memory holds everything. */
  constructor(private readonly path: string | undefined) {}

  /** Puts by what is one piece, in its parts; they may be written over afterwards. */
  put(...parts: readonly Buffer[]): void {
    this.lengths.push(parts.map((part) => part.length))
    for (const part of parts) {
      this.room(part.length)
      part.copy(this.memory, this.inMemory)
      this.inMemory += part.length
    }
  }

  /** Every piece, in order; each is read over the one before it. */
  *all(): IterableIterator<readonly Buffer[]> {
    let piece = Buffer.allocUnsafe(0)
    let at = 0
    for (const lengths of this.lengths) {
      const length = lengths.reduce((sum, n) => sum + n, 0)
      if (piece.length < length) piece = Buffer.allocUnsafe(length)
      this.read(at, piece.subarray(0, length))
      at += length
      let end = 0
      yield lengths.map((n) => {
        end += n
        return piece.subarray(end - n, end)
      })
    }
  }

  end(): void {
    if (this.file !== undefined) closeSync(this.file)
    if (this.file !== undefined && process.platform === 'win32') unlinkSync(this.path as string)
    this.file = undefined
    this.memory = Buffer.allocUnsafe(0)
    this.inMemory = 0
    this.lengths.length = 0
  }

  private room(more: number): void {
    if (this.inMemory + more <= this.memory.length) return
    if (this.path !== undefined) this.attempt(() => this.flush(this.path as string))
    if (this.inMemory + more <= this.memory.length) return
    const wider = Buffer.allocUnsafe(Math.max(this.memory.length * 2, this.inMemory + more))
    this.memory.copy(wider, 0, 0, this.inMemory)
    this.memory = wider
  }

  private flush(path: string): void {
    if (this.file === undefined) {
      this.file = openSync(path, 'wx+', 0o600)
      if (process.platform !== 'win32') unlinkSync(path)
    }
    for (let at = 0; at < this.inMemory; ) at += writeSync(this.file, this.memory, at, this.inMemory - at)
    this.inFile += this.inMemory
    this.inMemory = 0
  }

  /** Fills a buffer with what was put by from a place on. */
  private read(from: number, into: Buffer): void {
    const filed = Math.max(0, Math.min(into.length, this.inFile - from))
    if (filed > 0) this.attempt(() => readSync(this.file as number, into, 0, filed, from))
    if (filed < into.length) this.memory.copy(into, filed, from + filed - this.inFile, from + into.length - this.inFile)
  }

  private attempt<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw Stop.with(74, 'io', `cannot write beside the store: ${error instanceof Error ? error.message : String(error)}`, {
        help: 'free some space and run the command again; nothing was changed',
      })
    }
  }
}
