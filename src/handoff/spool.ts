/** Bytes put by until they are wanted: some in memory, the rest in a file that only its owner can read and that is gone with them. */
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { Stop } from '../base/problem.js'

const IN_MEMORY = 4 * 1024 * 1024

export class Spool {
  private parts: Buffer[] = []
  private inMemory = 0
  private readonly lengths: number[] = []
  private file: number | undefined

  /** `path`: where the file may lie; undefined: memory holds everything. */
  constructor(private readonly path: string | undefined) {}

  put(bytes: Buffer): void {
    this.parts.push(bytes)
    this.lengths.push(bytes.length)
    this.inMemory += bytes.length
    if (this.path !== undefined && this.inMemory > IN_MEMORY) this.attempt(() => this.flush(this.path as string))
  }

  /** Everything put, in order. */
  *all(): IterableIterator<Buffer> {
    let at = 0
    const inFile = this.lengths.length - this.parts.length
    for (const length of this.lengths.slice(0, inFile)) {
      const bytes = Buffer.allocUnsafe(length)
      const from = at
      this.attempt(() => readSync(this.file as number, bytes, 0, length, from))
      at += length
      yield bytes
    }
    yield* this.parts
  }

  end(): void {
    if (this.file !== undefined) closeSync(this.file)
    if (this.file !== undefined && process.platform === 'win32') unlinkSync(this.path as string)
    this.file = undefined
    this.parts = []
    this.lengths.length = 0
  }

  private flush(path: string): void {
    if (this.file === undefined) {
      this.file = openSync(path, 'wx+', 0o600)
      if (process.platform !== 'win32') unlinkSync(path)
    }
    for (const bytes of [Buffer.concat(this.parts)]) for (let at = 0; at < bytes.length; ) at += writeSync(this.file, bytes, at)
    this.parts = []
    this.inMemory = 0
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
