/** Rows that were not loaded: why, how many of each, and the file that `ingest` reads again once they are mended. */
import { csvLine } from '../base/csv.js'
import type { Problem, Source } from '../base/problem.js'
import { formatDay } from '../base/time.js'

export const rejectColumns = ['_line', '_column', '_code', '_reason'] as const

/** What is wrong with a row. `column` is the place of the wrong cell, -1 where the row as a whole is wrong. */
export interface Wrong {
  readonly code: RejectCode
  readonly column: number
}

const cell = (text: string): string => (text === '' ? 'the cell is blank' : `\`${text}\``)

/** One line a code: what a person reads about the cell. */
export const rejectCodes = {
  ragged: () => 'the row has more or fewer cells than the header',
  header: () => 'the row is the header once more',
  'no-customer': () => 'the customer is blank',
  'no-order': () => 'the order is blank',
  'no-sku': () => 'the sku is blank',
  'no-type': () => 'the type is blank',
  'bad-date': (text: string) => (text === '' ? 'the date is blank' : `${cell(text)} is no date as the others are written`),
  'bad-number': (text: string) => `${cell(text)} is no number`,
  'bad-boolean': (text: string) => `${cell(text)} is neither true nor false`,
  'too-many-digits': (text: string) => `${cell(text)} has more digits than can be kept exactly`,
  'no-rate': (text: string) =>
    `there is no rate for ${text === '' ? "the order's currency" : cell(text)} under \`rates:\` in segkit.yaml`,
  'other-customer': (text: string) =>
    `${text === '' ? 'no customer' : cell(text)}, but the order's first line has another customer`,
  'same-order': () => 'another line of this order is wrong, and no order is loaded in part',
} as const satisfies Record<string, (text: string) => string>

export type RejectCode = keyof typeof rejectCodes

export const reasonOf = (wrong: Wrong, cells: readonly string[]): string =>
  rejectCodes[wrong.code]((cells[wrong.column] ?? '').trim())

/** The problem as it is shown: the row with the wrong cell marked. */
export function rejectProblem(wrong: Wrong, cells: readonly string[], line: number, file: string): Problem {
  const text = csvLine(cells).replace(/\r?\n$/, '')
  const source: Source = { name: file, text: text.replaceAll('\n', ' '), line }
  const start = wrong.column <= 0 ? 0 : csvLine(cells.slice(0, wrong.column)).replace(/\r?\n$/, '').length + 1
  const end = wrong.column < 0 ? text.length : csvLine(cells.slice(0, wrong.column + 1)).replace(/\r?\n$/, '').length
  return {
    code: wrong.code,
    severity: 'error',
    message: reasonOf(wrong, cells),
    span: { source, start, end: Math.max(end, start + 1) },
  }
}

export const rejectHeader = (headers: readonly string[]): string => csvLine([...rejectColumns, ...headers])

export const rejectLine = (wrong: Wrong, cells: readonly string[], line: number, headers: readonly string[]): string =>
  csvLine([String(line), headers[wrong.column] ?? '', wrong.code, reasonOf(wrong, cells), ...cells])

/** `orders-3fa9c1-2024-05-01.csv`, named for the file and what is in it, so that the rejects of one never take the place of another's. */
export function rejectsName(source: string, content: string, file: string, day: number): string {
  const base = (file.split(/[\\/]/).at(-1) ?? '').replace(/(\.csv|\.txt|\.tsv)?(\.gz)?$/i, '').replace(/[^\p{L}\p{N}._-]+/gu, '_')
  return `${source}-${content.slice(0, 6)}-${base === '' || base === '-' ? formatDay(day) : base}.csv`
}
