/** From words of the command line to files that can be read more than once: paths, quoted globs, stdin, pipes. */
import { randomBytes } from 'node:crypto'
import {
  accessSync,
  closeSync,
  constants,
  createReadStream,
  existsSync,
  openSync,
  read,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { globSync } from 'tinyglobby'
import { Stop } from '../base/problem.js'
import { compareBytes } from '../base/text.js'
import type { InputFile } from '../ingest/load.js'
import type { Invocation } from './command.js'
import { keepInputs } from './output.js'

export interface Inputs {
  readonly files: readonly InputFile[]
  /** Gives back what was spooled. */
  done(): void
}

/** Stops before anything is done where one of them is missing, unreadable or empty (66), or where the answer would take its place (2). */
export async function openInputs(words: readonly string[], invocation: Invocation): Promise<Inputs> {
  const spooled: Spool[] = []
  const done = () => {
    for (const s of spooled) s.done()
  }
  const spool = async (name: string, bytes: AsyncIterable<Buffer>): Promise<InputFile> => {
    const made = await Spool.of(name, bytes)
    spooled.push(made)
    if (made.size > 0) return made
    throw Stop.with(66, 'no-rows', name === '-' ? 'stdin is empty' : `\`${name}\` is empty`, {
      help: 'nothing was changed; check the program that writes it (`set -o pipefail` makes the shell tell when it fails)',
    })
  }
  try {
    const files: InputFile[] = []
    const paths = unique(words.flatMap((word) => pathsOf(word, invocation)))
    const { globals, io, option } = invocation
    for (const written of [globals.output, option('rejects')]) keepInputs(written, paths, globals, io.cwd)
    for (const path of paths) {
      if (path === '-') files.push(await spool('-', stdinOf(invocation)))
      else if (isPipe(resolve(invocation.io.cwd, path)))
        files.push(await spool(path, createReadStream(resolve(invocation.io.cwd, path))))
      else files.push(plainFile(path, invocation))
    }
    return { files, done }
  } catch (error) {
    done()
    throw error
  }
}

/** Files and stdin as they come, each to be read once and none before it is opened; the same file may be named again. */
export function streamInputs(words: readonly string[], invocation: Invocation): readonly InputFile[] {
  return words
    .flatMap((word) => pathsOf(word, invocation))
    .map((path) => (path === '-' ? { name: 'stdin', open: () => stdinOf(invocation) } : plainFile(path, invocation)))
}

const unique = (words: readonly string[]): readonly string[] => [...new Set(words)]

function pathsOf(word: string, { io, spanOf }: Invocation): readonly string[] {
  if (word === '-' || existsSync(resolve(io.cwd, word))) return [word]
  const span = spanOf(word)
  const place = span === undefined ? {} : { span }
  if (!/[*?[{]/.test(word))
    throw Stop.with(66, 'no-file', `no file \`${word}\``, {
      ...place,
      help: 'nothing was changed; the path is from the working folder',
    })
  const found = globSync(word, { cwd: io.cwd, onlyFiles: true, expandDirectories: false, absolute: isAbsolute(word) })
  if (found.length > 0) return [...found].sort(compareBytes)
  throw Stop.with(66, 'no-file', `\`${word}\` matches no file`, {
    ...place,
    help: 'nothing was changed; the pattern is from the working folder',
  })
}

function stdinOf({ io, note }: Invocation): AsyncIterable<Buffer> {
  if (io.isTTY.stdin) note('waiting for CSV on stdin (end with Ctrl-D)')
  return io.stdin as AsyncIterable<Buffer>
}

function isPipe(path: string): boolean {
  const seen = statOf(path)
  return seen !== undefined && !seen.isFile() && !seen.isDirectory()
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

function plainFile(name: string, { io, spanOf }: Invocation): InputFile {
  const path = resolve(io.cwd, name)
  const seen = statOf(path)
  const span = spanOf(name)
  const place = span === undefined ? {} : { span }
  if (seen?.isDirectory() === true) {
    throw Stop.with(66, 'no-file', `\`${name}\` is a folder`, {
      ...place,
      help: `name its files: \`'${name.replace(/\/$/, '')}/*.csv'\``,
    })
  }
  try {
    accessSync(path, constants.R_OK)
  } catch {
    throw Stop.with(66, 'no-file', `\`${name}\` cannot be read`, {
      ...place,
      help: 'the user who runs segkit must be allowed to read it',
    })
  }
  return {
    name,
    open: () => createReadStream(path, { highWaterMark: 1 << 20 }),
    ...(seen === undefined ? {} : { size: seen.size }),
  }
}

/** What can be read but once, kept for as long as it is needed in a file that only its owner can read and that has no name. */
class Spool implements InputFile {
  private constructor(
    readonly name: string,
    readonly size: number,
    private readonly fd: number,
    private readonly path: string,
  ) {}

  static async of(name: string, bytes: AsyncIterable<Buffer>): Promise<Spool> {
    const path = join(tmpdir(), `segkit-${process.pid}-${randomBytes(6).toString('hex')}.tmp`)
    const fd = openSync(path, 'wx+', 0o600)
    // Without a name it goes with the process, however that ends; where a system does not allow this, `done` removes it.
    rmSync(path, { force: true })
    try {
      let size = 0
      for await (const chunk of bytes) {
        for (let at = 0; at < chunk.length; ) at += writeSync(fd, chunk, at)
        size += chunk.length
      }
      return new Spool(name, size, fd, path)
    } catch (error) {
      closeSync(fd)
      rmSync(path, { force: true })
      throw error
    }
  }

  open(): AsyncIterable<Buffer> {
    return pieces(this.fd)
  }

  done(): void {
    closeSync(this.fd)
    rmSync(this.path, { force: true })
  }
}

/** From the beginning, as often as one likes: a stream would close the file when its reader has seen enough. */
async function* pieces(fd: number): AsyncGenerator<Buffer> {
  for (let at = 0; ; ) {
    const { bytesRead, buffer } = await readAt(fd, Buffer.allocUnsafe(PIECE), 0, PIECE, at)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
    at += bytesRead
  }
}

const PIECE = 1 << 20
const readAt = promisify(read)
