/** Where the process meets the program: its streams go in, an exit code comes out. Loads as little as `--version` needs. */
import { readFileSync } from 'node:fs'
import { isatty } from 'node:tty'
import type { Io } from './command.js'

/** Never exits by itself, so that what was written still reaches its reader. */
export async function main(argv: readonly string[], io: Io = processIo()): Promise<number> {
  if (argv[0] === '--version' || argv[0] === '-V') return printVersion(io)
  const { dispatch } = await import('./dispatch.js')
  return dispatch(argv, io)
}

async function printVersion(io: Io): Promise<number> {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  const { version } = JSON.parse(text) as { readonly version: string }
  return new Promise((done) => {
    const end = (error?: NodeJS.ErrnoException | null) => done(!error || error.code === 'EPIPE' ? 0 : 74)
    try {
      io.stdout.write(`${version}\n`, end)
    } catch (error) {
      end(error as NodeJS.ErrnoException)
    }
  })
}

function processIo(): Io {
  const { stdout, stderr, env } = process
  // Failed writes are told by the write itself; as events they would only end the process with code 1.
  for (const stream of [stdout, stderr]) stream.on('error', () => undefined)
  return {
    // Merely looking at stdin opens it, and a command that does not read it must leave it to others.
    get stdin() {
      return process.stdin
    },
    stdout,
    stderr,
    isTTY: { stdin: isatty(0), stdout: isatty(1), stderr: isatty(2) },
    width: stdout.columns || 80,
    env,
    cwd: process.cwd(),
    now: Date.now(),
  }
}
