/** The shapes a handed-off file may have. A shape knows cells and lines, nothing of who is in the list. */
import { csvLine, tsvLine } from '../base/csv.js'
import type { OutCell } from '../engine/cells.js'

export interface Profile {
  readonly summary: string
  /** The ending of the file's name. */
  readonly ending: string
  /** Stands before everything else. */
  readonly start?: string
  header?(columns: readonly string[]): string
  line(cells: readonly OutCell[], columns: readonly string[]): string
}

/** A cell as text: lists joined by `;`, the unknown empty. */
const plain = (cell: OutCell): string => {
  if (cell === null) return ''
  if (typeof cell === 'object') return 'decimal' in cell ? cell.decimal : cell.join(';')
  return String(cell)
}

const jsonCell = (cell: OutCell): string =>
  cell !== null && typeof cell === 'object' && 'decimal' in cell ? cell.decimal : JSON.stringify(cell)

/**
 * A text cell that a spreadsheet would run as a formula gets a `'` before it; phones (`+` and 7–15 digits) and numbers stay.
 * After OWASP, "CSV Injection": what counts are `= + - @`, tab, CR, LF at the start, and their full-width forms.
 */
export function formulaSafe(text: string): string {
  if (!/^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(text)) return text
  return /^\+\d{7,15}$/.test(text) || /^[+-]?\d+(?:[.,]\d+)?$/.test(text) ? text : `'${text}`
}

const safe = (cell: OutCell): string => (typeof cell === 'string' || Array.isArray(cell) ? formulaSafe(plain(cell)) : plain(cell))
const crlf = (line: string): string => line.replace(/\n$/, '\r\n')

export const profiles = {
  csv: {
    summary: 'RFC 4180, UTF-8, LF',
    ending: 'csv',
    header: (columns) => csvLine(columns),
    line: (cells) => csvLine(cells.map(plain)),
  },
  tsv: {
    summary: 'tabs, no quotes; tab, line feed and backslash in a cell are written `\\t`, `\\n`, `\\\\`',
    ending: 'tsv',
    header: (columns) => tsvLine(columns),
    line: (cells) => tsvLine(cells.map(plain)),
  },
  ndjson: {
    summary: 'one JSON object a line',
    ending: 'ndjson',
    line: (cells, columns) => `{${columns.map((c, i) => `${JSON.stringify(c)}:${jsonCell(cells[i] ?? null)}`).join(',')}}\n`,
  },
  excel: {
    summary: 'for spreadsheets: byte order mark, CRLF, formulas made harmless',
    ending: 'csv',
    start: '\ufeff',
    header: (columns) => crlf(csvLine(columns.map(safe))),
    line: (cells) => crlf(csvLine(cells.map(safe))),
  },
} as const satisfies Readonly<Record<string, Profile>>

export type ProfileName = keyof typeof profiles
export const profileNames = Object.keys(profiles) as readonly ProfileName[]

const BATCH = 500

/** The file's text, some hundred rows at a time. */
export function* fileText(
  name: ProfileName,
  columns: readonly string[],
  rows: Iterable<readonly OutCell[]>,
  count: { rows: number },
): IterableIterator<string> {
  const profile: Profile = profiles[name]
  let text = (profile.start ?? '') + (profile.header?.(columns) ?? '')
  let waiting = 0
  for (const row of rows) {
    text += profile.line(row, columns)
    count.rows++
    if (++waiting < BATCH) continue
    yield text
    text = ''
    waiting = 0
  }
  if (text !== '') yield text
}
