/** A project whose report is asked for through the command line, and whose tables are asked by SQL written by hand. */
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { parse } from 'csv-parse/sync'
import type { Io } from '../src/cli/command.js'
import { main } from '../src/cli/main.js'
import { openForReading, type Store } from '../src/store/store.js'
import { projectWith } from './binary.js'

export interface Said {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export class Reporting {
  constructor(readonly folder: string) {}
  static of(files: Readonly<Record<string, string>>): Reporting {
    return new Reporting(projectWith(files))
  }
  run(...args: readonly string[]): Promise<Said> {
    return this.runFrom(this.folder, ...args)
  }
  /** The same, from another folder. */
  async runFrom(cwd: string, ...args: readonly string[]): Promise<Said> {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()]
    const [out, err] = [stdout, stderr].map((stream) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      return () => Buffer.concat(chunks).toString()
    }) as [() => string, () => string]
    const io: Io = {
      stdin: new PassThrough(),
      stdout,
      stderr,
      isTTY: { stdin: false, stdout: false, stderr: false },
      width: 80,
      env: {},
      cwd,
      now: Date.parse('2024-07-15T12:00:00Z'),
    }
    const code = await main(args, io)
    return { code, stdout: out(), stderr: err() }
  }
  async done(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...args)
    if (code !== 0) throw new Error(`segkit ${args.join(' ')}: exit ${code}\n${stderr}`)
    return stdout
  }
  /** The report's values by `segment/section/metric/dimension`; each has one. */
  async tidy(...args: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const rows = parse(await this.done('report', ...args, '-f', 'csv'), { from_line: 2 }) as string[][]
    const values = new Map(rows.map((row) => [row.slice(0, 4).join('/'), row[4] as string]))
    if (values.size !== rows.length) throw new Error('a value stands twice')
    return values
  }
  sql<T extends readonly unknown[]>(text: string): readonly T[] {
    const store = openForReading(join(this.folder, 'segkit.db')) as Store
    try {
      return store.rows({ text, params: [] }) as unknown as readonly T[]
    } finally {
      store.close()
    }
  }
}

/** Of one section's metric, its values by dimension. */
export const dimensions = (tidy: ReadonlyMap<string, string>, prefix: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...tidy].filter(([key]) => key.startsWith(`${prefix}/`)).map(([key, v]) => [key.slice(prefix.length + 1), v]),
  )

/** A share to six decimals; whole numbers in, so that nothing is rounded twice. */
export const share = (part: number, all: number): string => (all === 0 ? '' : (Math.round((part / all) * 1e6) / 1e6).toFixed(6))

/** The same numbers on every machine: Lehmer's generator. */
export function seeded(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
}

/** What a report must never say. */
export const nonsense = /NaN|undefined|Infinity|\bnull\b|\[object/
