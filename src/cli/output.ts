/** Answers on their way out: format, columns, limit, file or pipe. Knows nothing of what an answer is about. */
import { existsSync, fstatSync, realpathSync, writeSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { type Chunks, checkFolder, checkReplaceable, fileStop, writeWhole } from '../base/file.js'
import { Stop } from '../base/problem.js'
import { plural, suggest } from '../base/text.js'
import { FORMATS, type Format, type Globals, type Invocation, type Io, misuse } from './command.js'
import { type ColumnSpec, encoders, jsonText, type Row } from './formats.js'
import { ownFile } from './own-files.js'

export type { Format } from './command.js'
export type { Cell, ColumnSpec, Decimal, Row } from './formats.js'

export interface Answer {
  /** The schema is `segkit.<thing>/1`. */
  readonly thing: string
  readonly columns: readonly ColumnSpec[]
  readonly rows: Iterable<Row> | AsyncIterable<Row>
  readonly asOf?: string | undefined
}

/** The reader of stdout has gone. Success for a command that only reads; the dispatcher knows which those are. */
export class ReaderLeft extends Error {}

/**
 * Writes rows to `-o` or stdout: a table on a terminal, CSV otherwise, unless a format was asked for.
 * A column that the answer lacks stops with 2 before the first byte.
 */
export async function writeRows(answer: Answer, globals: Globals, io: Io): Promise<{ rows: number }> {
  const chosen = chooseColumns(answer.columns, globals)
  const toTerminal = io.isTTY.stdout && !isFile(globals.output)
  const format = formatFor(globals, io) ?? (toTerminal ? 'table' : 'csv')
  const count = { rows: 0 }
  const shape = {
    thing: answer.thing,
    asOf: answer.asOf,
    columns: chosen === undefined ? answer.columns : chosen.map((i) => answer.columns[i]!),
    header: globals.header,
    ascii: globals.ascii,
    width: toTerminal ? io.width : undefined,
  }
  const pick = chosen === undefined ? (row: Row) => row : (row: Row) => chosen.map((i) => row[i]!)
  await deliver(
    encoders[format](batches(answer.rows, pick, globals.limit ?? Number.POSITIVE_INFINITY, count), shape),
    globals,
    io,
  )
  return count
}

/** How many rows were written, for the verdict: where `--limit` may have cut them off, that they are the first. */
export function sayRows(rows: number, one: string, { limit }: Globals): string {
  if (limit === 0) return `no ${one}s asked for`
  return limit !== undefined && rows >= limit ? `the first ${rows === 1 ? one : plural(rows, one)}` : plural(rows, one)
}

/** Writes text as it is to `-o` or stdout; a terminal sees none of its control characters but plain colours. */
export async function writeText(text: string | Chunks, globals: Globals, io: Io): Promise<void> {
  await deliver(typeof text === 'string' ? [text] : text, globals, io, true)
}

/** Writes one indented document; Decimals and big integers keep their digits. */
export async function writeJson(document: unknown, globals: Globals, io: Io): Promise<void> {
  await deliver([`${jsonText(document, 0)}\n`], globals, io)
}

const ENDINGS: Readonly<Record<string, Format>> = {
  csv: 'csv',
  tsv: 'tsv',
  json: 'json',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  md: 'md',
}

/** What was asked for: `-f`, else the ending of `-o`, else SEGKIT_FORMAT; undefined when nothing was. */
export function formatFor(globals: Globals, io: Io): Format | undefined {
  if (globals.format !== undefined) return globals.format
  const ending = isFile(globals.output) ? /\.([a-z]+)$/i.exec(globals.output)?.[1]?.toLowerCase() : undefined
  const wanted = io.env['SEGKIT_FORMAT'] ?? ''
  const named = FORMATS.find((f) => f === wanted)
  const format = (ending === undefined ? undefined : ENDINGS[ending]) ?? named
  if (format !== undefined || wanted === '') return format
  throw Stop.with(2, 'unknown-format', `no format \`${wanted}\`, which SEGKIT_FORMAT names`, {
    help: suggest(wanted, FORMATS, 'formats') ?? `formats: ${FORMATS.join(', ')}`,
  })
}

const isFile = (output: string | undefined): output is string => output !== undefined && output !== '-'

/** Indexes of the wanted columns in the wanted order; undefined for all of them. */
function chooseColumns(columns: readonly ColumnSpec[], globals: Globals): readonly number[] | undefined {
  if (globals.columns === undefined) return undefined
  const names = columns.map((c) => c.name)
  const chosen: number[] = []
  for (const wanted of globals.columns) {
    const at = names.indexOf(wanted)
    if (at < 0) {
      const help = suggest(wanted, names, 'columns') ?? `columns: ${names.join(', ')}`
      throw misuse(globals, wanted, 'unknown-column', `no column \`${wanted}\``, { label: 'not a column of this answer', help })
    }
    if (chosen.includes(at)) {
      throw misuse(globals, wanted, 'repeated-column', `column \`${wanted}\` is named twice`, { help: 'name each column once' })
    }
    chosen.push(at)
  }
  return chosen
}

/** More than the rows of a boxed table, see base/table. */
const BATCH = 500

async function* batches(
  rows: Iterable<Row> | AsyncIterable<Row>,
  pick: (row: Row) => Row,
  limit: number,
  count: { rows: number },
): AsyncGenerator<readonly Row[]> {
  if (limit <= 0) return
  let batch: Row[] = []
  const full = (row: Row) => {
    batch.push(pick(row))
    return batch.length >= BATCH || count.rows + batch.length >= limit
  }
  const take = () => {
    const taken = batch
    count.rows += taken.length
    batch = []
    return taken
  }
  // A loop of its own for what is at hand: waiting for each row would cost more than writing it.
  if (Symbol.iterator in rows) {
    for (const row of rows) {
      if (!full(row)) continue
      yield take()
      if (count.rows >= limit) return
    }
  } else {
    for await (const row of rows) {
      if (!full(row)) continue
      yield take()
      if (count.rows >= limit) return
    }
  }
  if (batch.length > 0) yield take()
}

async function deliver(chunks: Chunks, globals: Globals, io: Io, coloured = false): Promise<void> {
  if (isFile(globals.output)) await writeWhole(outputFile(globals, io.cwd), chunks)
  else await writeStdout(chunks, io, coloured)
}

/** The file or folder that `-o` names; exit 2 where it is the project's own. */
export const outputFile = (globals: Globals, cwd: string): string => fileToWrite(globals.output ?? '', globals, cwd)

/** A file that a word of the command line names for writing. */
export function fileToWrite(word: string, globals: Globals, cwd: string): string {
  const path = resolve(cwd, word)
  const own = ownFile(path, globals.db === undefined ? undefined : resolve(cwd, globals.db))
  if (own === undefined) return path
  throw misuse(globals, word, 'own-file', `\`${word}\` is ${own}; an answer will not take its place`, {
    help: 'name another file',
  })
}

/**
 * Stops before anything is done where `-o` could not be written afterwards: a command that changes something must not have done so
 * and then end as a mistake of the command line.
 */
export async function checkOutput({ globals, io }: Pick<Invocation, 'globals' | 'io'>): Promise<void> {
  if (!isFile(globals.output)) return
  const path = outputFile(globals, io.cwd)
  await checkReplaceable(path)
  await checkFolder(path)
}

/** Stops with 2 where a file that a word names for writing is one of those that the command reads. */
export function keepInputs(written: string | undefined, inputs: readonly string[], globals: Globals, cwd: string): void {
  if (!isFile(written)) return
  const place = placeOf(resolve(cwd, written))
  const input = inputs.find((name) => {
    const path = resolve(cwd, name)
    return placeOf(path) === place || (existsSync(path) && realpathSync(path) === place)
  })
  if (input !== undefined)
    throw misuse(globals, written, 'own-input', `\`${written}\` is read by this command; its answer will not take its place`, {
      help: 'name another file',
    })
}

/** The path without symbolic links on the way to it. */
const placeOf = (path: string): string => (existsSync(dirname(path)) ? join(realpathSync(dirname(path)), basename(path)) : path)

/** Returns when the last byte has been taken, so that the exit code knows of every failed write. */
export async function writeStdout(chunks: Chunks, io: Io, coloured = false): Promise<void> {
  const stream = io.stdout
  const isTerminal = io.isTTY.stdout
  const ignore = () => undefined
  stream.on('error', ignore)
  try {
    const write = writerOf(stream)
    for await (const chunk of chunks) {
      if (chunk.length > 0) await write(isTerminal && typeof chunk === 'string' ? forTerminal(chunk, coloured) : chunk)
    }
  } finally {
    // An error is announced once more after the failed write's own callback.
    setImmediate(() => stream.off('error', ignore))
  }
}

type Write = (chunk: string | Uint8Array) => Promise<void>

function writerOf(stream: Writable): Write {
  const fd = (stream as Writable & { fd?: unknown }).fd
  if (typeof fd === 'number' && fstatSync(fd).isFile()) return async (chunk) => writeFully(fd, chunk)
  return (chunk) =>
    new Promise((done, failed) => {
      try {
        stream.write(chunk, (error) => (error ? failed(writeError(error)) : done()))
      } catch (error) {
        failed(writeError(error))
      }
    })
}

/** Node's own stream for files takes a short write for a whole one, and a full disk begins with a short write. */
function writeFully(fd: number, chunk: string | Uint8Array): void {
  const data = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
  try {
    for (let at = 0; at < data.length; ) at += writeSync(fd, data, at)
  } catch (error) {
    throw writeError(error)
  }
}

const GONE = new Set(['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END'])

const writeError = (error: unknown): unknown =>
  error instanceof Error && GONE.has(String((error as NodeJS.ErrnoException).code))
    ? new ReaderLeft('the reader left')
    : fileStop('-', 'write', error)

/** Keeps the plain colours that segkit itself writes; every other control character might be somebody's data. */
const forTerminal = (text: string, coloured: boolean): string =>
  text.replace(
    /(\u001b\[(?:0|1|2|22|31|32|33|34|35|36|39|90)m)|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    (_, colour: string | undefined) => (coloured ? colour : undefined) ?? '\ufffd',
  )
