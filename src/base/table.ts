/** Text in columns, for terminals and Markdown. Knows widths in cells, not what the columns mean. */
import stringWidth from 'string-width'
import { cleaned } from './shown.js'

export interface TableColumn {
  readonly name: string
  readonly align: 'left' | 'right'
}
export type TextRow = readonly string[]

export interface TableStyle {
  readonly ascii: boolean
  readonly header: boolean
  /** Cells the whole table may take; unlimited where absent. */
  readonly width?: number | undefined
}

/** Tables up to this size get a box. Drawing one takes time that grows with the square of the rows. */
const BOXED_ROWS = 200
const LEAST_WIDTH = 6

/**
 * A table of what the batches hold. All batches but the last must have more than 200 rows. Up to 200 rows get a box; more are
 * plain columns as wide as the first batch asks for, so that memory stays constant.
 */
export async function* drawTable(
  columns: readonly TableColumn[],
  batches: AsyncIterable<readonly TextRow[]>,
  style: TableStyle,
): AsyncGenerator<string> {
  let widths: readonly number[] | undefined
  let boxed: readonly TextRow[] | undefined = []
  for await (const batch of batches) {
    const rows = batch.map((row) => row.map(oneLine))
    if (widths === undefined && rows.length <= BOXED_ROWS) {
      boxed = rows
      continue
    }
    boxed = undefined
    if (widths === undefined) {
      widths = widthsFor(columns, rows, style, 2 * (columns.length - 1))
      if (style.header) yield plainHead(columns, widths, style)
    }
    yield `${rows.map((row) => plainLine(columns, row, widths!, style)).join('\n')}\n`
  }
  if (boxed !== undefined) yield await box(columns, boxed, style)
}

const ASCII_BOX = {
  top: '-',
  'top-mid': '+',
  'top-left': '+',
  'top-right': '+',
  bottom: '-',
  'bottom-mid': '+',
  'bottom-left': '+',
  'bottom-right': '+',
  left: '|',
  'left-mid': '+',
  mid: '-',
  'mid-mid': '+',
  right: '|',
  'right-mid': '+',
  middle: '|',
}

/** Cells are cut by `cut` beforehand, so that the table writer never has to. */
async function box(columns: readonly TableColumn[], rows: readonly TextRow[], style: TableStyle): Promise<string> {
  const { default: Table } = await import('cli-table3')
  const widths = widthsFor(columns, rows, style, 3 * columns.length + 1)
  const fitted = (row: TextRow) => row.map((cell, i) => cut(cell, widths[i]!, style.ascii))
  const table = new Table({
    head: style.header ? fitted(columns.map((c) => oneLine(c.name))) : [],
    colAligns: columns.map((c) => c.align),
    style: { head: [], border: [] },
    chars: style.ascii ? ASCII_BOX : {},
  })
  for (const row of rows) table.push(fitted(row))
  if (rows.length === 0 && !style.header) return ''
  return `${withoutInnerRules(table.toString(), style)}\n`
}

/** One rule below the header, none between rows: the writer draws either all or none. */
function withoutInnerRules(drawn: string, style: TableStyle): string {
  const rule = style.ascii ? '+' : '├'
  const lines = drawn.split('\n')
  const headRule = style.header ? 2 : -1
  return lines.filter((line, i) => i === 0 || i === headRule || i === lines.length - 1 || !line.startsWith(rule)).join('\n')
}

function plainHead(columns: readonly TableColumn[], widths: readonly number[], style: TableStyle): string {
  const names = plainLine(
    columns,
    columns.map((c) => oneLine(c.name)),
    widths,
    style,
  )
  return `${names}\n${widths.map((w) => (style.ascii ? '-' : '─').repeat(w)).join('  ')}\n`
}

const plainLine = (columns: readonly TableColumn[], row: TextRow, widths: readonly number[], style: TableStyle): string =>
  row
    .map((cell, i) => pad(style.width === undefined ? cell : cut(cell, widths[i]!, style.ascii), widths[i]!, columns[i]!.align))
    .join('  ')
    .trimEnd()

/** The columns' widths, the widest text column giving way first where the whole is too wide. */
function widthsFor(
  columns: readonly TableColumn[],
  rows: readonly TextRow[],
  style: TableStyle,
  borders: number,
): readonly number[] {
  const widths = columns.map((c, i) => {
    let width = style.header ? cells(c.name) : 1
    for (const row of rows) width = Math.max(width, cells(row[i]!))
    return Math.max(1, width)
  })
  if (style.width === undefined) return widths
  let excess = widths.reduce((a, b) => a + b, borders) - style.width
  while (excess > 0) {
    const text = columns.flatMap((c, i) => (c.align === 'left' && widths[i]! > LEAST_WIDTH ? [i] : []))
    if (text.length === 0) break
    const widest = text.reduce((a, b) => (widths[b]! > widths[a]! ? b : a))
    widths[widest]!--
    excess--
  }
  return widths
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const gap = ' '.repeat(Math.max(0, width - cells(text)))
  return align === 'right' ? gap + text : text + gap
}

const graphemes = new Intl.Segmenter()

/** The text in at most `width` cells, its end marked where it was cut. */
function cut(text: string, width: number, ascii: boolean): string {
  if (cells(text) <= width) return text
  let kept = ''
  let used = 0
  for (const { segment } of graphemes.segment(text)) {
    const wide = cells(segment)
    if (used + wide > width - 1) break
    kept += segment
    used += wide
  }
  return `${kept}${ascii ? '~' : '…'}`
}

/** Letters that take one cell each: by far the most text, and much faster known than measured. */
const NARROW = /^[\x20-\x7e\xa0-\xac\xae-\u02ff\u0370-\u0482\u048a-\u052f]*$/
const cells = (text: string): number => (NARROW.test(text) ? text.length : stringWidth(text))

const oneLine = (text: string): string => (NARROW.test(text) ? text : cleaned(text.replace(/\r\n|[\t\n\r]/g, ' ')))
