/** Tables as the page shows them: bars in cells, a matrix with its cells coloured by their numbers. */
import type { Column, Matrix, Table, Value } from '../blocks.js'
import { fraction, numeric } from '../numbers.js'
import { plainly } from '../words.js'
import { type Html, html } from './markup.js'
import type { Told } from './told.js'

/** Where the part of a segment of the report stands, if it has one. */
export type Anchor = (segment: string) => string | undefined

export function tableOf(table: Table, name: string, told: Told, anchor: Anchor): Html {
  const widths = table.columns.map((column, i) =>
    barsOf(
      column,
      table.rows.map(({ values }) => values[i] ?? null),
    ),
  )
  const head = [table.key, ...table.columns.map((c) => c.label)].map((l) => html`<th scope="col">${told(l)}</th>`)
  const rows = table.rows.map(({ key, values }, row) => {
    const name = told(key)
    const to = table.keys === 'segment' ? anchor(plainly(key)) : undefined
    const cells = table.columns.map((c, i) =>
      numberCell(told.shown(values[i] ?? null, c.unit, c.places), widths[i]?.[row], c.unit === 'text'),
    )
    return html`<tr><th scope="row">${to === undefined ? name : html`<a href="#${to}">${name}</a>`}</th>${cells}</tr>`
  })
  return boxed(
    html`<thead><tr>${head}</tr></thead><tbody>${rows}</tbody>`,
    { columns: table.columns.length, rows: table.rows.length },
    name,
  )
}

/** How far the bar of each row goes, in percent. */
function barsOf({ bar, unit }: Column, values: readonly Value[]): readonly (number | undefined)[] | undefined {
  if (bar === undefined) return undefined
  const numbers = values.map((v) => (unit === 'percent' ? fraction(v) : numeric(v)))
  const most = Math.max(0, ...numbers.map((n) => n ?? 0))
  return most === 0 ? undefined : numbers.map((n) => percent(n === undefined ? undefined : Math.max(0, n) / most))
}

const percent = (part: number | undefined): number | undefined => (part === undefined ? undefined : Math.round(part * 100))

function numberCell(shown: string, width: number | undefined, isText: boolean): Html {
  if (isText) return html`<td class="t">${shown}</td>`
  return width === undefined ? html`<td>${shown}</td>` : html`<td style="--w:${width}%">${shown}</td>`
}

/** Steps of the heat, from the page's style. */
export const HEATS = 8

export function heatOf(matrix: Matrix, name: string, told: Told): Html {
  const [down, across] = [matrix.rows.map(plainly), matrix.columns.map(plainly)]
  /** What everything shares with itself says nothing, and would outshine the rest. */
  const isSame = (i: number, j: number): boolean => i === j && down.join('\n') === across.join('\n') && matrix.unit === 'percent'
  const numbers = matrix.cells.flatMap((row, i) => row.map((v, j) => (isSame(i, j) ? 0 : (numeric(v) ?? 0))))
  const most = numbers.reduce((a, b) => Math.max(a, b), 0)
  const head = [matrix.rowKey, ...matrix.columns].map((l) => html`<th scope="col">${told(l)}</th>`)
  const rows = matrix.rows.map((key, i) => {
    const cells = matrix.columns.map((_, j) => {
      const value = matrix.cells[i]?.[j] ?? null
      const step = heat(numeric(value) ?? 0, most)
      const shown = value === null ? '' : told.shown(value, matrix.unit, matrix.places)
      if (isSame(i, j)) return html`<td class="same">${shown}</td>`
      return step === undefined ? html`<td>${shown}</td>` : html`<td class="h${step}">${shown}</td>`
    })
    return html`<tr><th scope="row">${told(key)}</th>${cells}</tr>`
  })
  const above = html`<tr><td></td><th scope="colgroup" colspan="${matrix.columns.length}">${told(matrix.columnKey)}</th></tr>`
  return boxed(
    html`<thead>${above}<tr>${head}</tr></thead><tbody>${rows}</tbody>`,
    { columns: matrix.columns.length, rows: matrix.rows.length },
    name,
    'heat',
  )
}

/** By the root, so that small numbers differ too: beside one of everybody all others would look alike. */
const heat = (n: number, most: number): number | undefined =>
  n <= 0 || most <= 0 ? undefined : Math.min(HEATS - 1, Math.floor(Math.sqrt(n / most) * HEATS))

/** Scrolls within itself, by keys too where it may have to: sideways, and down where it is long. */
function boxed(inside: Html, { columns, rows }: Size, name: string, kind = 'plain'): Html {
  const table = html`<table class="${kind}">${inside}</table>`
  const isLong = rows > LONG
  return columns < MANY && !isLong
    ? html`<div class="box">${table}</div>`
    : html`<div class="box${isLong ? ' tall' : ''}" tabindex="0" role="group" aria-label="${name}">${table}</div>`
}
interface Size {
  readonly columns: number
  readonly rows: number
}
const MANY = 4
const LONG = 40
