/** The picture of a matrix as a flow: how many went from each row to each column, as bands between two stacks. */
import type { Matrix } from '../blocks.js'
import { isMasked, numeric } from '../numbers.js'
import { type Html, html, plain, shortened } from './markup.js'
import { COLOURS } from './pictures.js'
import { framed, WIDTH } from './plot.js'
import type { Told } from './told.js'

const SIDE = 120
const THICK = 9
const GAP = 6
/** A name needs so much height beside its stack. */
const LINE = 16
const STACKED = 260
const HEAD = 24

interface Stack {
  readonly name: string
  /** Of the moves that are drawn. */
  readonly total: number
  /** Whether that is all of them: a masked move is not drawn, and no total may give it away. */
  readonly isWhole: boolean
  readonly top: number
  readonly height: number
}

/** Nothing where no cell can be drawn. */
export function flow(matrix: Matrix, name: string, told: Told): Html | undefined {
  const cells = matrix.rows.map((_, i) => matrix.columns.map((_, j) => Math.max(0, numeric(matrix.cells[i]?.[j] ?? null) ?? 0)))
  const from = cells.map((row) => row.reduce((a, b) => a + b, 0))
  const to = matrix.columns.map((_, j) => cells.reduce((sum, row) => sum + row[j]!, 0))
  const all = from.reduce((a, b) => a + b, 0)
  if (all === 0) return undefined
  const per = STACKED / all
  const hidden = matrix.cells.map((row) => row.map(isMasked))
  const left = stacks(
    matrix.rows.map(told),
    from,
    hidden.map((row) => !row.includes(true)),
    per,
  )
  const right = stacks(
    matrix.columns.map(told),
    to,
    matrix.columns.map((_, j) => !hidden.some((row) => row[j] === true)),
    per,
  )
  const height = HEAD + Math.max(foot(left), foot(right)) + 4
  const sentence = (i: number, j: number): string =>
    `${told(matrix.rows[i]!)} → ${told(matrix.columns[j]!)}: ${told.shown(matrix.cells[i]![j]!, matrix.unit, matrix.places)}`
  const bands = bandsOf(cells, left, right, per, sentence)
  const most = largest(cells).map(([i, j]) => sentence(i, j))
  const inside = html`<g class="heads"><text x="0" y="12" text-anchor="start">${shortened(told(matrix.rowKey), 26)}</text><text x="${WIDTH}" y="12" text-anchor="end">${shortened(told(matrix.columnKey), 26)}</text></g><g transform="translate(0,${HEAD})">${bands}${names(left, 'left', matrix, told)}${names(right, 'right', matrix, told)}</g>`
  return framed(plain(`${name}. ${most.join('; ')}`), Math.ceil(height), inside)
}

/** Nobody's stacks take no room. */
function stacks(labels: readonly string[], totals: readonly number[], whole: readonly boolean[], per: number): readonly Stack[] {
  let top = 0
  return labels.map((name, i) => {
    const total = totals[i]!
    const height = total * per
    const room = total === 0 ? 0 : Math.max(height, LINE)
    const stack = { name, total, isWhole: whole[i]!, top: top + (room - height) / 2, height }
    if (total > 0) top += room + GAP
    return stack
  })
}

const foot = (side: readonly Stack[]): number =>
  Math.max(...side.map((s) => Math.max(s.top + s.height, s.top + s.height / 2 + LINE / 2)))

function bandsOf(
  cells: readonly (readonly number[])[],
  left: readonly Stack[],
  right: readonly Stack[],
  per: number,
  sentence: (i: number, j: number) => string,
): Html {
  const [x0, x1] = [SIDE + THICK, WIDTH - SIDE - THICK]
  const middle = (x0 + x1) / 2
  const leftAt = left.map((s) => s.top)
  const rightAt = right.map((s) => s.top)
  const paths = cells.flatMap((row, i) =>
    row.flatMap((n, j) => {
      if (n === 0) return []
      const thick = n * per
      const [a, b] = [leftAt[i]!, rightAt[j]!]
      leftAt[i] = a + thick
      rightAt[j] = b + thick
      const [a1, b1] = [a + thick, b + thick].map(short)
      const curve = `M${x0},${short(a)}C${middle},${short(a)} ${middle},${short(b)} ${x1},${short(b)}V${b1}C${middle},${b1} ${middle},${a1} ${x0},${a1}Z`
      return [html`<path class="${tone(i)}" d="${curve}"><title>${sentence(i, j)}</title></path>`]
    }),
  )
  return html`<g class="bands">${paths}</g>`
}

function names(side: readonly Stack[], at: 'left' | 'right', matrix: Matrix, told: Told): Html {
  const [bar, text, anchor] = at === 'left' ? [SIDE, SIDE - 6, 'end'] : [WIDTH - SIDE - THICK, WIDTH - SIDE + 6, 'start']
  return html`${side.flatMap((s, i) => {
    if (s.total === 0) return []
    const count = s.isWhole ? told.brief(s.total, matrix.unit) : ''
    const middle = short(s.top + s.height / 2 + 4)
    return [
      html`<rect class="${at === 'left' ? tone(i) : 'end'}" x="${bar}" y="${short(s.top)}" width="${THICK}" height="${short(Math.max(1, s.height))}"></rect><text x="${text}" y="${middle}" text-anchor="${anchor}">${shortened(s.name, 16 - count.length)} <tspan class="count">${count}</tspan></text>`,
    ]
  })}`
}

const tone = (i: number): string => `f${(i % COLOURS) + 1}`
const short = (n: number): number => Number(n.toFixed(1))

/** The cells worth saying first. */
const largest = (cells: readonly (readonly number[])[]): readonly (readonly [number, number])[] =>
  cells
    .flatMap((row, i) => row.map((n, j) => ({ n, i, j })))
    .filter(({ n }) => n > 0)
    .sort((a, b) => b.n - a.n || a.i - b.i || a.j - b.j)
    .slice(0, 3)
    .map(({ i, j }) => [i, j] as const)
