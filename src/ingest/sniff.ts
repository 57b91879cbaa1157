/** What a file's first lines tell of its delimiter and decimal mark. Says so where they leave it open, and never guesses. */
import { ambiguousThousands, type DecimalMark, decimalMark } from '../base/decimal.js'
import type { Delimiter } from './options.js'

/** `close`: two delimiters fit alike, each with how it would divide a line. `none`: there is no line at all. */
export type Sniffed =
  | { readonly delimiter: Delimiter }
  | { readonly close: readonly [Delimiter, Delimiter]; readonly shown: readonly [string, string] }
  | { readonly none: true }

/** `ambiguous`: a cell like `1,234`, and nothing that settles it. `both`: one cell for `.` and one for `,`. `none`: no mark at all. */
export type DecimalEvidence =
  | { readonly mark: DecimalMark }
  | { readonly ambiguous: string }
  | { readonly both: readonly [string, string] }
  | { readonly none: true }

/** A delimiter divides the header, and the rows as it divides the header. A file of one column is read with commas. */
export function sniffDelimiter(head: string): Sniffed {
  const records = firstRecords(head)
  if (records.length === 0) return { none: true }
  const fits = marks.map((delimiter) => fitOf(delimiter, records)).sort((a, b) => b.fit - a.fit)
  const heading = fits.filter((f) => f.width > 1)
  const [best, second] = heading
  if (best !== undefined)
    return second !== undefined && best.fit - second.fit < MARGIN
      ? closeCall(best, second, records)
      : { delimiter: best.delimiter }
  // The first line may be a title: then the rows alone must agree.
  const [steady, other] =
    records.length > 2 ? marks.map((d) => fitOf(d, records.slice(1))).filter((f) => f.width > 1 && f.fit >= STEADY) : []
  if (steady !== undefined) return other === undefined ? { delimiter: steady.delimiter } : closeCall(steady, other, records)
  return sniffBlanks(records)
}

export function sniffDecimal(cells: Iterable<string>): DecimalEvidence {
  const seen: { '.'?: string; ','?: string } = {}
  let ambiguous: string | undefined
  for (const cell of cells) {
    const mark = decimalMark(cell)
    if (mark !== undefined) seen[mark] ??= cell
    else if (ambiguous === undefined && ambiguousThousands(cell, undefined)) ambiguous = cell
  }
  const { '.': point, ',': comma } = seen
  if (point !== undefined && comma !== undefined) return { both: [point, comma] }
  if (point !== undefined || comma !== undefined) return { mark: point !== undefined ? '.' : ',' }
  return ambiguous === undefined ? { none: true } : { ambiguous }
}

const marks = [',', ';', '\t', '|'] as const
const MOST_RECORDS = 200
/** How much more of the rows the better delimiter must fit. */
const MARGIN = 0.2
const STEADY = 0.9

interface Fit {
  readonly delimiter: Delimiter
  /** Cells of the first record. */
  readonly width: number
  /** The share of records that have as many. */
  readonly fit: number
}

function fitOf(delimiter: Delimiter, records: readonly string[]): Fit {
  const widths = records.map((r) => divide(r, delimiter).length)
  const width = widths[0]!
  return { delimiter, width, fit: widths.filter((w) => w === width).length / widths.length }
}

/** Blanks divide where nothing else does. Two words a line may as well be one column of names. */
function sniffBlanks(records: readonly string[]): Sniffed {
  const fit = fitOf('blanks', records)
  if (fit.width < 2 || fit.fit < STEADY) return { delimiter: ',' }
  const aligned = records.filter((r) => /^[ \t]|[ \t]{2}/.test(r)).length * 2 > records.length
  if (fit.width > 2 || aligned) return { delimiter: 'blanks' }
  return closeCall({ ...fit, delimiter: ',' }, fit, records)
}

function closeCall(a: Fit, b: Fit, records: readonly string[]): Sniffed {
  const line = records[1] ?? records[0]!
  const show = ({ delimiter }: Fit): string =>
    divide(line, delimiter)
      .map((cell) => `\`${cell.trim()}\``)
      .join(' ')
      .slice(0, 120)
  return { close: [a.delimiter, b.delimiter], shown: [show(a), show(b)] }
}

/** The first lines that hold anything; an end of line within quotes does not end one. */
function firstRecords(head: string): readonly string[] {
  const records: string[] = []
  let start = 0
  let quoted = false
  for (let at = 0; at < head.length && records.length < MOST_RECORDS; at++) {
    const c = head[at]
    if (c === '"') quoted = !quoted
    if (quoted || (c !== '\n' && c !== '\r')) continue
    if (at > start) records.push(head.slice(start, at))
    start = at + 1
  }
  // The last line may be cut off: it counts only where there are hardly others.
  if (records.length < 3 && start < head.length) records.push(head.slice(start))
  return records.filter((r) => r.trim() !== '')
}

function divide(record: string, delimiter: Delimiter): readonly string[] {
  if (delimiter === 'blanks') return record.trim().split(/[ \t]+/)
  const cells: string[] = []
  let start = 0
  let quoted = false
  for (let at = 0; at < record.length; at++) {
    if (record[at] === '"') quoted = !quoted
    if (quoted || record[at] !== delimiter) continue
    cells.push(record.slice(start, at))
    start = at + 1
  }
  return [...cells, record.slice(start)]
}
