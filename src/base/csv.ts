/**
 * What a CSV record is, read and written. csv-parse decides; the scanner here takes the records it provably reads the same,
 * and hands the rest of the text over from the first record that is not plainly well-formed. Knows nothing of columns.
 */
import { finished } from 'node:stream/promises'
import type { CsvError } from 'csv-parse'
import { later } from './later.js'
import { Cells, Rows } from './rows.js'

/** Read by rule where the scanner leaves off: few files ask for it. */
const strictly = later<typeof import('csv-parse')>('csv-parse')

/** `blanks`: runs of spaces and tabs separate, those at the ends do not count, and a quote is a letter like any other. */
export type Delimiter = ',' | ';' | '\t' | '|' | 'blanks'

export interface Records {
  /** Cells as they stand in the file, quotes undone, not trimmed. Rows may differ in length. */
  readonly rows: readonly (readonly string[])[]
  /** The line on which each record begins, from 1. */
  readonly lines: readonly number[]
}

export type CsvFaultCode = 'unclosed-quote' | 'bad-quote' | 'record-too-long'

/** The text is no CSV from here on. Line and column count from 1, the column in UTF-16 units; `text` is the line, cut at 200. */
export class CsvFault extends Error {
  constructor(
    readonly code: CsvFaultCode,
    readonly line: number,
    readonly column: number,
    readonly text: string,
    /** The line on which the quoted cell began, where that helps to understand a bad quote. */
    readonly opened?: number,
  ) {
    super(`${code} at line ${line}, column ${column}`)
  }
}

/** The longest record, in UTF-16 units. A quote that never closes would otherwise take the whole file into memory. */
export const longestRecord = 8 * 1024 * 1024

/**
 * The records of a text, a block at a time: `for await (const rows of readRows(…)) while (rows.next()) …`. Lines end in LF, CRLF
 * or CR, mixed as they come; an empty line is no row. Throws CsvFault where the text stops being CSV; what came before has been yielded.
 */
export async function* readRows(text: AsyncIterable<string>, delimiter: Delimiter, skipped = 0): AsyncGenerator<Rows> {
  let rest = ''
  let line = 1
  const cells = new Cells()
  const chunks = text[Symbol.asyncIterator]()
  try {
    for (let ended = false; !ended; ) {
      const next = await chunks.next()
      ended = next.done === true
      if (next.done !== true) rest = rest === '' ? next.value : rest + next.value
      if (rest === '') continue
      cells.begin(rest)
      const block = delimiter === 'blanks' ? scanBlanks(cells, rest, line, ended) : scan(cells, rest, delimiter, line, ended)
      if (cells.records > 0) yield new Rows(cells, skipped)
      if (block.tooLong) throw tooLong(rest.slice(block.end), delimiter, block.line)
      if (block.irregular) {
        for await (const strict of readStrictly(
          rest.slice(block.end),
          chunks,
          delimiter as Exclude<Delimiter, 'blanks'>,
          block.line,
        )) {
          cells.clear()
          strict.rows.forEach((row, i) => {
            for (const cell of row) cells.madeCell(cell)
            cells.record(strict.lines[i]!)
          })
          yield new Rows(cells, skipped)
        }
        return
      }
      line = block.line
      if (block.end > 0) rest = rest.slice(block.end)
      if (rest.length > longestRecord) throw tooLong(rest, delimiter, line)
    }
  } finally {
    await chunks.return?.()
  }
}

/** The same, as arrays of cells, up to a thousand rows at a time. */
export async function* readRecords(text: AsyncIterable<string>, delimiter: Delimiter): AsyncGenerator<Records> {
  for await (const block of readRows(text, delimiter)) {
    let rows: string[][] = []
    let lines: number[] = []
    while (block.next()) {
      rows.push(block.all())
      lines.push(block.line)
      if (rows.length < MOST_ROWS) continue
      yield { rows, lines }
      rows = []
      lines = []
    }
    if (rows.length > 0) yield { rows, lines }
  }
}

/** One record by RFC 4180, ending in a line feed. Null is an empty cell; quotes stand only where they are needed. */
export function csvLine(cells: readonly (string | null)[], delimiter = ','): string {
  let line = ''
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i] ?? ''
    if (i > 0) line += delimiter
    line += needsQuotes(cell, delimiter) ? `"${cell.replaceAll('"', '""')}"` : cell
  }
  // A record of one empty cell would read back as an empty line, which is no row.
  return line === '' && cells.length > 0 ? '""\n' : `${line}\n`
}

/** One line without quotes: tab, line feed, carriage return and backslash are written `\t`, `\n`, `\r`, `\\`. */
export function tsvLine(cells: readonly (string | null)[]): string {
  return `${cells.map((cell) => (cell ?? '').replace(/[\t\n\r\\]/g, (c) => tsvEscapes[c]!)).join('\t')}\n`
}

const tsvEscapes: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r', '\\': '\\\\' }

function needsQuotes(cell: string, delimiter: string): boolean {
  const mark = delimiter.charCodeAt(0)
  for (let i = 0; i < cell.length; i++) {
    const c = cell.charCodeAt(i)
    if (c === QUOTE || c === LF || c === CR || c === mark) return true
  }
  return false
}

/** Rows as arrays: few enough to be gone before the collector copies them. */
const MOST_ROWS = 1000

const QUOTE = 34
const LF = 10
const CR = 13
const SPACE = 32
const TAB = 9

/** Where the whole records of a block end: there the first unfinished one begins, on `line`. */
interface Scanned {
  readonly end: number
  readonly line: number
  /** The record at `end` is one on which csv-parse has to decide. */
  readonly irregular: boolean
  readonly tooLong: boolean
}

function scan(cells: Cells, text: string, delimiter: Exclude<Delimiter, 'blanks'>, firstLine: number, ended: boolean): Scanned {
  const mark = delimiter.charCodeAt(0)
  /** No unit above it means anything: most letters and, beside commas, all digits. */
  const highest = Math.max(mark, QUOTE)
  const { length } = text
  const { units } = cells
  let line = firstLine
  let at = 0
  while (at < length) {
    const first = units[at]!
    if (first === LF || first === CR) {
      const after = lineEnd(text, at, ended)
      if (after < 0) break
      at = after
      line++
      continue
    }
    let inside = 0
    let start = at
    let end = -1
    for (;;) {
      let stop = start
      let c = -1
      if (start < length && units[start] === QUOTE) {
        const close = closingQuote(text, start + 1)
        if (close < 0 || (close + 1 === length && !ended)) {
          cells.record(undefined)
          return { end: at, line, irregular: ended, tooLong: false }
        }
        stop = close + 1
        if (stop < length) c = units[stop]!
        if (c !== mark && c !== LF && c !== CR && c !== -1) {
          cells.record(undefined)
          return { end: at, line, irregular: true, tooLong: false }
        }
        const cell = text.slice(start + 1, close)
        if (cell.includes('"')) cells.madeCell(cell.replaceAll('""', '"'))
        else cells.cell(start + 1, close)
        inside += lineEnds(cell)
      } else {
        for (; stop < length; stop++) {
          c = units[stop]!
          if (c > highest) continue
          if (c === mark || c === LF || c === CR) break
          if (c === QUOTE) {
            cells.record(undefined)
            return { end: at, line, irregular: true, tooLong: false }
          }
        }
        if (stop === length) c = -1
        cells.cell(start, stop)
      }
      if (c === mark) {
        start = stop + 1
        continue
      }
      end = c === -1 ? (ended ? stop : -1) : c === LF ? stop + 1 : lineEnd(text, stop, ended)
      break
    }
    if (end < 0 || end - at > longestRecord) {
      cells.record(undefined)
      return { end: at, line, irregular: false, tooLong: end >= 0 }
    }
    cells.record(line)
    line += inside + 1
    at = end
  }
  return { end: at, line, irregular: false, tooLong: false }
}

function scanBlanks(cells: Cells, text: string, firstLine: number, ended: boolean): Scanned {
  const { units } = cells
  let line = firstLine
  let at = 0
  while (at < text.length) {
    let filled = false
    let stop = at
    let c: number
    for (let start = at; ; stop++) {
      c = stop < text.length ? units[stop]! : -1
      if (c !== SPACE && c !== TAB && c !== LF && c !== CR && c !== -1) continue
      if (stop > start) {
        cells.cell(start, stop)
        filled = true
      }
      if (c !== SPACE && c !== TAB) break
      start = stop + 1
    }
    const end = stop < text.length ? lineEnd(text, stop, ended) : ended ? stop : -1
    if (end < 0) {
      cells.record(undefined)
      break
    }
    if (filled) cells.record(line)
    line++
    at = end
  }
  return { end: at, line, irregular: false, tooLong: false }
}

/** Where the next line begins, or -1 when a CR ends the block and its LF may still come. */
function lineEnd(text: string, at: number, ended: boolean): number {
  if (text.charCodeAt(at) === LF) return at + 1
  if (at + 1 === text.length) return ended ? at + 1 : -1
  return text.charCodeAt(at + 1) === LF ? at + 2 : at + 1
}

/** The quote that closes a cell whose text begins at `from`, or -1. */
function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 2)) {
    if (text.charCodeAt(at + 1) !== QUOTE) return at
  }
  return -1
}

function lineEnds(text: string): number {
  let n = 0
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === LF || (c === CR && text.charCodeAt(i + 1) !== LF)) n++
  }
  return n
}

/** From here on csv-parse reads, record by record; what it refuses is found in the text and told as a CsvFault. */
async function* readStrictly(
  text: string,
  more: AsyncIterator<string>,
  delimiter: Exclude<Delimiter, 'blanks'>,
  firstLine: number,
): AsyncGenerator<Records> {
  let rows: string[][] = []
  let lines: number[] = []
  let line = firstLine
  // The bytes handed over and not yet part of a record: they tell lines, and the place of a fault.
  let bytes = Buffer.alloc(0)
  let before = 0
  const parser = strictly().parse({
    delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: longestRecord,
    on_record: (row: string[], info) => {
      const record = bytes.toString('utf8', 0, info.bytes - before)
      const empty = /^[\r\n]*/.exec(record)![0]
      rows.push(row)
      lines.push(line + lineEnds(empty))
      line += lineEnds(record)
      bytes = bytes.subarray(info.bytes - before)
      before = info.bytes
      return null
    },
  })
  parser.resume()
  const done = finished(parser)
  done.catch(() => {})
  const write = (chunk: string): Promise<void> => {
    const added = Buffer.from(chunk)
    bytes = Buffer.concat([bytes, added])
    return new Promise((yes, no) => parser.write(added, (error) => (error ? no(error) : yes())))
  }
  try {
    let high = ''
    for (let chunk: string | undefined = text; chunk !== undefined; ) {
      // Half a surrogate pair has no bytes of its own: it waits for the other half.
      const whole: string = high + chunk
      high = /[\ud800-\udbff]$/.test(whole) ? whole.slice(-1) : ''
      await write(high === '' ? whole : whole.slice(0, -1))
      if (rows.length > 0) yield { rows, lines }
      rows = []
      lines = []
      const next = await more.next()
      chunk = next.done === true ? undefined : next.value
    }
    if (high !== '') await write(high)
    parser.end()
    await done
  } catch (error) {
    if (rows.length > 0) yield { rows, lines }
    const code = (error as Partial<CsvError>).code
    if (code === undefined) throw error
    throw faultOf(code, bytes.toString(), delimiter, line)
  } finally {
    parser.destroy()
  }
  if (rows.length > 0) yield { rows, lines }
}

function tooLong(text: string, delimiter: Delimiter, line: number): CsvFault {
  const open = delimiter === 'blanks' ? undefined : firstFault(text, delimiter)
  if (open?.code === 'unclosed-quote') return place(text, open.at, line, 'unclosed-quote')
  return place(text, 0, line, 'record-too-long')
}

/** csv-parse's refusal of the record with which `text` begins, with its place in the file. */
function faultOf(code: string, text: string, delimiter: Delimiter, line: number): CsvFault {
  const fault = firstFault(text, delimiter)
  if (code === 'CSV_MAX_RECORD_SIZE') return tooLong(text, delimiter, line)
  if (fault === undefined) return place(text, 0, line, code === 'CSV_QUOTE_NOT_CLOSED' ? 'unclosed-quote' : 'bad-quote')
  return place(text, fault.at, line, fault.code, fault.opened)
}

function place(text: string, at: number, firstLine: number, code: CsvFaultCode, opened?: number): CsvFault {
  const begin = Math.max(text.lastIndexOf('\n', at - 1), text.lastIndexOf('\r', at - 1)) + 1
  const from = at === 0 ? 0 : begin
  const line = firstLine + lineEnds(text.slice(0, from))
  const shown = /^[^\r\n]*/.exec(text.slice(from, from + 200))![0]
  const openedLine = opened === undefined ? undefined : firstLine + lineEnds(text.slice(0, opened))
  return new CsvFault(code, line, at - from + 1, shown, openedLine)
}

/** The first quote that stands where csv-parse takes none, or that never closes. */
function firstFault(
  text: string,
  delimiter: string,
): { readonly code: CsvFaultCode; readonly at: number; readonly opened?: number } | undefined {
  const ends = (c: string | undefined): boolean => c === undefined || c === delimiter || c === '\n' || c === '\r'
  let at = 0
  while (at < text.length) {
    const start = at
    if (text[at] === '"') {
      const close = closingQuote(text, at + 1)
      if (close < 0) return { code: 'unclosed-quote', at: start }
      at = close + 1
      // csv-parse takes a NUL for the end of the text, and the cell as closed.
      if (!ends(text[at]) && text[at] !== '\0') return { code: 'bad-quote', at, opened: start }
    }
    while (at < text.length && !ends(text[at])) {
      if (text[at] === '"') return { code: 'bad-quote', at }
      at++
    }
    at++
  }
  return undefined
}
