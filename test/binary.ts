/** The built program as its users meet it: a process with arguments, streams, an environment and a user of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const program = join(root, 'bin/segkit.js')

export interface Ended {
  /** Null where a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  readonly seconds: number
}

export interface Surroundings {
  readonly cwd?: string
  /** Laid over a plain environment; undefined takes a name away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Otherwise stdin is empty. */
  readonly stdin?: string | Buffer
  readonly uid?: number
}

export interface Started {
  readonly process: ChildProcess
  readonly ended: Promise<Ended>
}

/** Whether other users can be played and file systems mounted. */
export const isRoot = process.getuid?.() === 0
/** Nobody in particular, who may write only what everybody may. */
export const nobody = 65_534

export const segkit = (args: readonly string[], surroundings: Surroundings = {}): Promise<Ended> =>
  start(args, surroundings).ended

export const start = (args: readonly string[], surroundings: Surroundings = {}): Started =>
  launch(process.execPath, [program, ...args], surroundings)

/** A line of bash, in which `segkit` is the program. */
export const shell = (script: string, surroundings: Surroundings = {}): Promise<Ended> =>
  launch('bash', ['-c', script], surroundings).ended

const made: string[] = []
process.on('exit', () => {
  for (const dir of made) rmSync(dir, { recursive: true, force: true })
})

/** A folder of its own that goes with this process. */
export function temporary(): string {
  const dir = mkdtempSync(join(tmpdir(), 'segkit-test-'))
  made.push(dir)
  return dir
}

/** Writes files, by path, into a folder. */
export function writeFiles(dir: string, files: Readonly<Record<string, string | Buffer>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), content)
  }
}

/** A project folder with these files; its as-of day is fixed. */
export function projectWith(files: Readonly<Record<string, string | Buffer>> = {}): string {
  const dir = temporary()
  writeFiles(dir, { 'segkit.yaml': 'version: 1\ntimezone: UTC\nas_of: "2024-12-31"\nsystem_segments: false\n', ...files })
  return dir
}

function launch(command: string, args: readonly string[], { cwd, env, stdin, uid }: Surroundings): Started {
  const began = performance.now()
  const plain = { PATH: `${shims()}:${process.env['PATH']}`, HOME: tmpdir(), LANG: 'C.UTF-8', TZ: 'UTC' }
  const user = uid === undefined ? {} : { uid, gid: uid }
  const child = spawn(command, args, { cwd: cwd ?? tmpdir(), env: { ...plain, ...env }, ...user })
  const ended = new Promise<Ended>((done, failed) => {
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.on('error', failed)
    child.on('close', (code, signal) => {
      const [stdout, stderr] = [Buffer.concat(out).toString(), Buffer.concat(err).toString()]
      done({ code, signal, stdout, stderr, seconds: (performance.now() - began) / 1000 })
    })
  })
  // A program may end before it has read everything.
  child.stdin.on('error', () => undefined)
  child.stdin.end(stdin)
  return { process: child, ended }
}

let shimFolder: string | undefined
/** A folder for PATH in which `segkit` is the program. */
function shims(): string {
  if (shimFolder === undefined) {
    shimFolder = temporary()
    symlinkSync(program, join(shimFolder, 'segkit'))
    symlinkSync(process.execPath, join(shimFolder, 'node'))
  }
  return shimFolder
}
