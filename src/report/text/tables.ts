/** Tables and matrices for a terminal: numbers under each other, what is drawn beside them or above. */
import { type Column, type Matrix, type Picture, type Table, type Value, withoutUnknown } from '../blocks.js'
import { numeric } from '../numbers.js'
import { cells, MARGIN, type Pen, padded, sparkline, WIDTH, whisker, wrapped } from './pen.js'

const LEAST_KEY = 18
const LONGEST_BAR = 16
const LEAST_BAR = 4
const WHISKER = 20
const LEAST_WHISKER = 9

export function tableLines(whole: Table, pen: Pen): readonly string[] {
  const table = withoutUnknown(whole)
  const title = table.title === undefined ? [] : wrapped(pen.one(table.title), WIDTH - MARGIN.length).map(indented)
  return [...title, ...sparklines(table, pen), ...numberLines(table, pen)]
}

/** As many columns at a time as there is room for, the rows' names before each lot. */
export function matrixLines(m: Matrix, pen: Pen): readonly string[] {
  const table = asTable(m)
  const shown = laidOut(table, pen)
  const names = Math.min(Math.max(cells(shown.key), ...shown.keys.map(cells)), WIDTH / 2)
  const lots: (readonly [from: number, until: number])[] = []
  let [from, used] = [0, 0]
  shown.widths.forEach((width, i) => {
    const wide = width + MARGIN.length
    if (i > from && MARGIN.length + names + used + wide > WIDTH) {
      lots.push([from, i])
      from = i
      used = 0
    }
    used += wide
  })
  if (from < shown.widths.length) lots.push([from, shown.widths.length])
  const heads = m.columns.map(pen.one)
  if (lots.length > 1 && heads.every((head) => shown.keys.includes(head))) return matrixLines(numbered(m, shown.keys, heads), pen)
  return [
    ...wrapped(pen.one(m.title), WIDTH - MARGIN.length).map(indented),
    ...lots.flatMap(([a, b], i) => [
      ...(i === 0 ? [] : ['']),
      ...numberLines(
        { ...table, columns: table.columns.slice(a, b), rows: table.rows.map((r) => ({ ...r, values: r.values.slice(a, b) })) },
        pen,
      ),
    ]),
  ]
}

/** Names that stand on both sides are written once, numbers in their place above. */
const numbered = (m: Matrix, keys: readonly string[], heads: readonly string[]): Matrix => ({
  ...m,
  rows: keys.map((key, i) => `${String(i + 1).padStart(String(keys.length).length)} ${key}`),
  columns: heads.map((head) => `${keys.indexOf(head) + 1}`),
})

const asTable = ({ name, rowKey, columns, rows, cells: values, metric, unit, places }: Matrix): Table => ({
  kind: 'table',
  name,
  keys: 'dimension',
  key: rowKey,
  columns: columns.map((label) => ({ metric, label, unit, ...(places !== undefined && { places }) })),
  rows: rows.map((key, i) => ({ key, values: values[i] ?? [] })),
})

interface LaidOut {
  readonly key: string
  readonly keys: readonly string[]
  /** Labels, word by word. */
  readonly heads: readonly (readonly string[])[]
  readonly numbers: readonly (readonly string[])[]
  readonly widths: readonly number[]
}

function laidOut(table: Table, pen: Pen): LaidOut {
  const heads = table.columns.map((c) => pen.one(c.label).split(' '))
  const numbers = table.rows.map(({ values }) => table.columns.map((c, i) => pen.shown(values[i] ?? null, c.unit, c.places)))
  return {
    key: pen.one(table.key),
    keys: table.rows.map(({ key }) => pen.one(key)),
    heads,
    numbers,
    widths: table.columns.map((_, i) =>
      Math.max(...(heads[i] as readonly string[]).map(cells), ...numbers.map((row) => cells(row[i]!))),
    ),
  }
}

/** As it fits: whole; with what is drawn and the ends of the names given up; a name above its numbers; a number a line. */
function numberLines(table: Table, pen: Pen): readonly string[] {
  const { key: keyName, keys, heads, numbers, widths } = laidOut(table, pen)
  const right = widths.reduce((sum, w) => sum + w + MARGIN.length, 0)
  const longest = Math.max(cells(keyName), ...keys.map(cells))
  const room = WIDTH - MARGIN.length - right
  const line = (indent: string, row: readonly string[]): string =>
    `${indent}${row.map((cell, i) => MARGIN + padded(cell, widths[i]!, 'right')).join('')}`.trimEnd()
  const depth = Math.max(...heads.map((h) => h.length))
  const headRows = Array.from({ length: depth }, (_, n) => heads.map((h) => h[n - (depth - h.length)] ?? ''))
  const word = Math.max(...keys.flatMap((name) => name.split(' ').map(cells)))
  if (longest <= room || (room >= LEAST_KEY && (table.keys === 'dimension' || word <= room))) {
    const width = Math.min(longest, room)
    const drawn = drawnBeside(table, room - width - MARGIN.length, pen)
    const numbered = (name: string, cellsOf: readonly string[], beside = ''): string =>
      `${padded(line(MARGIN + padded(name, width, 'left'), cellsOf), MARGIN.length + width + right, 'left')}${MARGIN}${beside}`.trimEnd()
    /** A name that is too long goes on below its numbers. */
    const named = (name: string, cellsOf: readonly string[], beside?: string): readonly string[] => {
      const [first = '', ...more] = cells(name) <= width ? [name] : wrapped(name, width)
      return [numbered(first, cellsOf, beside), ...more.map(indented)]
    }
    return [
      ...headRows.slice(0, -1).map((row) => numbered('', row)),
      ...named(keyName, headRows.at(-1) ?? []),
      ...keys.flatMap((name, i) => named(name, numbers[i]!, drawn[i])),
    ]
  }
  const names = (name: string): readonly string[] => wrapped(name, WIDTH - MARGIN.length).map(indented)
  if (right + MARGIN.length <= WIDTH)
    return [
      MARGIN + keyName,
      ...headRows.map((row) => line(MARGIN, row)).filter((text) => text !== ''),
      ...keys.flatMap((name, i) => [...names(name), line(MARGIN, numbers[i]!)]),
    ]
  return keys.flatMap((name, i) => [
    ...names(name),
    ...table.columns.flatMap((c, j) =>
      wrapped(`${pen.one(c.label)}: ${numbers[i]![j]!}`, WIDTH - 2 * MARGIN.length).map((text) => indented(indented(text))),
    ),
  ])
}

/** A line over the rows, for each column that the picture draws, with its ends. */
function sparklines(table: Table, pen: Pen): readonly string[] {
  if (table.picture?.draw !== 'line') return []
  const drawn = table.columns.flatMap((c, at) => (isDrawn(table.picture, c) ? [{ c, at }] : []))
  const width = Math.max(0, ...drawn.map(({ c }) => cells(pen.one(c.label))))
  return drawn.flatMap(({ c, at }) => {
    const line = sparkline(
      table.rows.map(({ values }) => numeric(values[at] ?? null)),
      pen,
    )
    return line.trim() === '' || cells(line) > WIDTH - width - 2 * MARGIN.length
      ? []
      : [`${MARGIN}${padded(pen.one(c.label), width, 'left')}${MARGIN}${line}`.trimEnd()]
  })
}

const isDrawn = (picture: Picture | undefined, { metric }: Column): boolean =>
  picture?.draw === 'line' && picture.columns.includes(metric)

/** A bar or an interval a row, where there is room for one that says something. */
function drawnBeside(table: Table, room: number, pen: Pen): readonly string[] {
  const { picture } = table
  const columnAt = (metric: string): number => table.columns.findIndex((c) => c.metric === metric)
  const cell = (row: Table['rows'][number], at: number): number | undefined => numeric((row.values[at] ?? null) as Value)
  if (picture?.draw === 'intervals') {
    const width = Math.min(WHISKER, room)
    if (width < LEAST_WHISKER) return []
    const [value, low, high] = [columnAt(picture.value), columnAt(picture.low), columnAt(picture.high)]
    const known = table.rows.flatMap((row) => [value, low, high].flatMap((at) => cell(row, at) ?? []))
    const scale = { least: Math.min(picture.none, ...known), most: Math.max(picture.none, ...known) }
    return table.rows.map((row) => {
      const [v, l, h] = [cell(row, value), cell(row, low), cell(row, high)]
      return v === undefined ? '' : whisker({ value: v, low: l ?? v, high: h ?? v, none: picture.none }, scale, width, pen)
    })
  }
  const at = picture?.draw === 'columns' ? columnAt(picture.column) : table.columns.findIndex((c) => c.bar === true)
  const longest = Math.min(LONGEST_BAR, room)
  if (at < 0 || longest < LEAST_BAR) return []
  const values = table.rows.map((row) => Math.max(0, cell(row, at) ?? 0))
  const most = Math.max(...values)
  return most === 0 ? [] : values.map((v) => pen.bar((v / most) * longest))
}

const indented = (text: string): string => MARGIN + text
