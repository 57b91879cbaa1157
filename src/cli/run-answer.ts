/** What a run found, as rows and as JSON. */
import { formatScaled } from '../base/decimal.js'
import { compareBytes } from '../base/text.js'
import { formatDay } from '../base/time.js'
import type { RunResult } from '../engine/run.js'
import type { Invocation } from './command.js'
import { type ColumnSpec, formatFor, type Row, writeJson, writeRows } from './output.js'

export interface Told {
  readonly result: RunResult
  readonly problems: readonly string[]
}

/** One run: the columns of every script. */
export async function answerRun(told: Told, { globals, io }: Invocation): Promise<void> {
  if (formatFor(globals, io) === 'json') return writeJson({ schema: 'segkit.run/1', ...documentOf(told) }, globals, io)
  await writeRows({ thing: 'run', asOf: formatDay(told.result.asOf), columns, rows: rowsOf(told.result) }, globals, io)
}

/** Several runs, the oldest day first: the same columns behind the day. */
export async function answerRuns(all: readonly Told[], { globals, io }: Invocation): Promise<void> {
  if (formatFor(globals, io) === 'json') return writeJson({ schema: 'segkit.runs/1', runs: all.map(documentOf) }, globals, io)
  const rows = all.flatMap(({ result }) => rowsOf(result).map((row): Row => [formatDay(result.asOf), ...row]))
  await writeRows({ thing: 'runs', columns: [{ name: 'as_of' }, ...columns], rows }, globals, io)
}

const right = 'right' as const
const columns: readonly ColumnSpec[] = [
  { name: 'name' },
  { name: 'kind' },
  { name: 'customers', align: right },
  { name: 'share', align: right },
  { name: 'entered', align: right },
  { name: 'left', align: right },
  { name: 'occurrences', align: right },
]

const byName = (a: { readonly name: string }, b: { readonly name: string }): number => compareBytes(a.name, b.name)

const rowsOf = ({ segments, events, customers: all }: RunResult): readonly Row[] => [
  ...[...segments]
    .sort(byName)
    .map(
      (s): Row => [s.name, s.kind, s.customers, { decimal: share(s.customers, all) }, s.entered ?? null, s.left ?? null, null],
    ),
  ...[...events]
    .sort(byName)
    .map((e): Row => [e.name, e.kind, e.customers, { decimal: share(e.customers, all) }, e.entered ?? null, null, e.occurrences]),
]

const documentOf = ({ result, problems }: Told) => ({
  run: result.run ?? null,
  as_of: formatDay(result.asOf),
  customers: result.customers,
  segments: [...result.segments].sort(byName).map((s) => ({
    name: s.name,
    customers: s.customers,
    share: { decimal: share(s.customers, result.customers) },
    entered: s.entered ?? null,
    left: s.left ?? null,
    held: s.held,
  })),
  events: [...result.events].sort(byName).map((e) => ({
    name: e.name,
    occurrences: e.occurrences,
    customers: e.customers,
    new: e.entered ?? null,
  })),
  problems,
})

/** Of all, 0–1 to 6 decimals, rounded half up; 0 of none. */
export function share(part: number, all: number): string {
  if (all === 0) return '0.000000'
  const n = BigInt(part) * 2_000_000n + BigInt(all)
  return formatScaled(n / (2n * BigInt(all)), 6)
}
