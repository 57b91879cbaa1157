/** The pictures of tables: lines, columns, intervals. What is masked or unknown is a gap. */
import type { Column, Table, Unit } from '../blocks.js'
import { numeric } from '../numbers.js'
import { say } from '../words.js'
import { type Html, html, plain, shortened } from './markup.js'
import { drawn, Plot, WIDTH } from './plot.js'
import { axisLabels, type Told } from './told.js'

/** The colours of the page's style, by number; beyond the last they begin again with dashes. */
export const COLOURS = 8
const LETTER = 6.6
const BESIDE = 14

/** The pictures of a table with what tells their lines apart; none where nothing can be drawn. */
export function pictures(table: Table, name: string, told: Told): readonly Html[] {
  switch (table.picture?.draw) {
    case undefined:
      return []
    case 'line':
      return unitsOf(named(table, table.picture.columns)).map((columns) => lines(table, columns, name, told))
    case 'columns':
      return named(table, [table.picture.column]).map((column) => columnsOf(table, column, name, told))
    case 'intervals':
      return intervals(table, table.picture, name, told)
  }
}

interface Drawn extends Column {
  readonly values: readonly (number | undefined)[]
}

/** The columns that have something to draw: where only nothing is known, a picture would say that it is all there is. */
const named = (table: Table, metrics: readonly string[]): readonly Drawn[] =>
  metrics
    .flatMap((metric) => {
      const at = table.columns.findIndex((c) => c.metric === metric)
      const column = table.columns[at]
      return column === undefined
        ? []
        : [{ ...column, values: table.rows.map(({ values }) => numeric(values[at] ?? null) ?? undefined) }]
    })
    .filter(({ values }) => values.some((v) => v !== undefined && v !== 0))

/** Numbers of one unit share an axis. */
const unitsOf = (columns: readonly Drawn[]): readonly (readonly Drawn[])[] =>
  [...new Set(columns.map((c) => c.unit))].map((unit) => columns.filter((c) => c.unit === unit))

interface Point {
  readonly at: number
  readonly value: number | undefined
  readonly says: string
}

const pointsOf = (table: Table, column: Drawn, told: Told): readonly Point[] =>
  table.rows.map(({ key, values }, at) => {
    const shown = told.shown(
      values[table.columns.findIndex((c) => c.metric === column.metric)] ?? null,
      column.unit,
      column.places,
    )
    return { at, value: column.values[at], says: plain(`${told(key)}: ${shown}`) }
  })

/** What a reader hears of a row of numbers: its ends. */
const ends = (points: readonly Point[]): string => {
  const known = points.filter((p) => p.value !== undefined)
  return [...new Set([known[0]?.says, known.at(-1)?.says])].join(' … ')
}

interface Frame {
  readonly x: Plot.ScaleOptions
  readonly y: Plot.ScaleOptions
  readonly marginLeft: number
  readonly marginRight: number
  readonly marginTop: number
  readonly marginBottom: number
  readonly height: number
  readonly back: readonly Plot.Markish[]
  readonly bandWidth: number
}

/** The axes of values over the rows of a table; as many of the rows are named as there is room for. */
function frame(table: Table, values: readonly number[], unit: Unit, told: Told): Frame {
  const labels = axisLabels(
    table.rows.map((r) => r.key),
    told,
  ).map((l) => l.split('\n').map((line) => shortened(line, 14)))
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)]
  const most = Math.max(-low, high)
  const domain = low === high ? [0, 1] : [low, high + (high - low) * 0.04]
  const ticks = [domain[0]!, domain[1]!, (domain[0]! + domain[1]!) / 3].map(
    (v) => told.brief(Number(v.toPrecision(2)), unit, most).length,
  )
  const marginLeft = Math.ceil(Math.max(...ticks, 2) * LETTER) + BESIDE
  const marginRight = 18
  const bandWidth = (WIDTH - marginLeft - marginRight) / Math.max(1, labels.length)
  const widest = Math.max(1, ...labels.map((l) => [...l[0]!].length)) * LETTER + 5
  const every = Math.max(1, Math.ceil(widest / bandWidth))
  const tall = Math.max(1, ...labels.map((l) => l.length))
  const at = labels.map((_, i) => i)
  return {
    x: { type: 'band', domain: at, axis: null, label: null, paddingInner: 0.25, paddingOuter: 0.1 },
    y: { domain, label: null },
    marginLeft,
    marginRight,
    marginTop: 18,
    marginBottom: 12 + 15 * tall,
    height: 190 + 15 * (tall - 1),
    back: [
      Plot.gridY({ ticks: 4, className: 'grid', strokeOpacity: 1 }),
      Plot.axisY({
        ticks: 4,
        tickSize: 0,
        label: null,
        className: 'q',
        tickFormat: (v: number) => told.brief(v, unit, most),
      }),
      Plot.text(
        at.filter((i) => i % every === 0),
        {
          x: (i: number) => i,
          frameAnchor: 'bottom',
          dy: 8,
          lineAnchor: 'top',
          lineHeight: 1.2,
          text: (i: number) => labels[i]!.join('\n'),
          className: 'q',
        },
      ),
    ],
    bandWidth,
  }
}

function lines(table: Table, columns: readonly Drawn[], name: string, told: Told): Html {
  const series = columns.map((column) => ({ column, points: pointsOf(table, column, told) }))
  const values = series.flatMap(({ points }) => points.flatMap((p) => p.value ?? []))
  const { back, bandWidth, ...axes } = frame(table, values, columns[0]!.unit, told)
  const only = columns.length === 1
  const label = series.map(({ column, points }) => `${told(column.label)}: ${ends(points)}`).join('; ')
  const marks = series.flatMap(({ column, points }, i) => {
    const stroke = colour(i)
    const place = { x: (p: Point) => p.at, y: (p: Point) => p.value }
    return [
      ...(hasGap(points)
        ? [
            Plot.lineY(points.filter(isKnown), {
              ...place,
              stroke,
              strokeWidth: 1.25,
              strokeOpacity: 0.6,
              strokeDasharray: '2 3',
            }),
          ]
        : []),
      Plot.lineY(points, { ...place, stroke, strokeWidth: 2.25, ...(i >= COLOURS && { strokeDasharray: '5 3' }) }),
      Plot.dot(points, {
        ...place,
        fill: stroke,
        r: points.length > 31 ? 1.5 : 3,
        ...(told.pointed && { title: (p: Point) => (only ? p.says : `${plain(told(column.label))}, ${p.says}`) }),
      }),
      ...(only ? [lastValue(points, column, told)] : []),
    ]
  })
  const svg = drawn(plain(`${name}. ${label}`), {
    ...axes,
    marks: [...back, Plot.ruleY([0], { className: 'axis' }), ...marks],
  })
  const hidden = series.some(({ points }) => hasGap(points))
  return html`${legend(columns, told, hidden)}${svg}`
}

const isKnown = (p: Point): boolean => p.value !== undefined
/** Whether something in between is masked or unknown: a thin dotted line leads over it. */
const hasGap = (points: readonly Point[]): boolean => {
  const known = points.flatMap((p, i) => (isKnown(p) ? [i] : []))
  return known.length > 0 && known.at(-1)! - known[0]! >= known.length
}

const lastValue = (points: readonly Point[], column: Column, told: Told): Plot.Markish => {
  const last = points.filter((p) => p.value !== undefined).slice(-1)
  return Plot.text(last, {
    x: (p: Point) => p.at,
    y: (p: Point) => p.value,
    text: (p: Point) => told.brief(p.value ?? 0, column.unit),
    dy: -11,
    className: 'last',
  })
}

const colour = (i: number): string => `var(--c${(i % COLOURS) + 1})`

const legend = (columns: readonly Drawn[], told: Told, hidden = false): Html =>
  html`<ul class="legend">${columns.map((c, i) => html`<li><i class="k${(i % COLOURS) + 1}${i >= COLOURS ? ' dashed' : ''}"></i>${told(c.label)}</li>`)}${hidden ? html`<li><i class="dotted"></i>${told(say('not shown'))}</li>` : undefined}</ul>`

function columnsOf(table: Table, column: Drawn, name: string, told: Told): Html {
  const points = pointsOf(table, column, told)
  const values = points.flatMap((p) => p.value ?? [])
  const at = table.columns.findIndex((c) => c.metric === column.metric)
  const { back, bandWidth, ...axes } = frame(table, values, column.unit, told)
  const shown = (p: Point): string =>
    column.unit === 'percent'
      ? told.shown(table.rows[p.at]!.values[at] ?? null, 'percent')
      : told.brief(p.value ?? 0, column.unit)
  const widest = Math.max(...points.filter((p) => p.value !== undefined).map((p) => shown(p).length)) * LETTER
  const known = points.filter((p) => p.value !== undefined)
  const place = { x: (p: Point) => p.at, y: (p: Point) => p.value }
  const svg = drawn(plain(`${name}. ${told(column.label)}: ${ends(points)}`), {
    ...axes,
    marks: [
      ...back,
      Plot.barY(known, { ...place, className: 'f1', ...(told.pointed && { title: (p: Point) => p.says }) }),
      ...(widest <= bandWidth ? [Plot.text(known, { ...place, text: shown, dy: -8, className: 'strong' })] : []),
      Plot.ruleY([0], { className: 'axis' }),
    ],
  })
  return html`${legend([column], told)}${svg}`
}

interface Interval {
  readonly at: number
  readonly key: string
  readonly value: number | undefined
  readonly low: number | undefined
  readonly high: number | undefined
  readonly says: string
}
type Intervals = Extract<Table['picture'], { readonly draw: 'intervals' }>

const ROW = 40
/** So many rows a reader hears of before the table. */
const SPOKEN_ROWS = 3
/** Above its interval stands the name of a row. */
const NAME = -13

function intervals(table: Table, { value, low, high, none }: Intervals, name: string, told: Told): readonly Html[] {
  const index = (metric: string): number => table.columns.findIndex((c) => c.metric === metric)
  const column = table.columns[index(value)]
  if (column === undefined) return []
  const all = table.rows.map(({ key, values }, at): Interval => {
    const shown = (metric: string): string => told.shown(values[index(metric)] ?? null, column.unit, column.places)
    const number = (metric: string): number | undefined => numeric(values[index(metric)] ?? null) ?? undefined
    const [from, to] = [number(low), number(high)]
    const around = from === undefined || to === undefined ? '' : ` (${shown(low)} – ${shown(high)})`
    return { at, key: told(key), value: number(value), low: from, high: to, says: `${shown(value)}${around}` }
  })
  const rows = all.filter((r) => r.value !== undefined)
  if (rows.length === 0) return []
  const ends = rows.flatMap((r) => [r.value!, r.low ?? r.value!, r.high ?? r.value!])
  const [least, most] = [Math.min(none, ...ends), Math.max(none, ...ends)]
  const room = most === least ? 1 : (most - least) * 0.04
  const height = ROW * rows.length + 26
  const apart = (r: Interval): boolean => r.low !== undefined && r.high !== undefined && (r.low > none || r.high < none)
  const y = (r: Interval): number => r.at
  const labelled = (anchor: 'left' | 'right', text: (r: Interval) => string): Plot.Markish =>
    Plot.text(rows, {
      y,
      frameAnchor: anchor,
      textAnchor: anchor === 'left' ? 'start' : 'end',
      dy: NAME,
      text,
      className: 'halo',
    })
  /** Intervals that hold no difference are quiet. */
  const spans = (some: readonly Interval[], kind: 'apart' | 'alike'): readonly Plot.Markish[] =>
    some.length === 0
      ? []
      : [
          Plot.ruleY(
            some.filter((r) => r.low !== undefined && r.high !== undefined),
            { x1: (r: Interval) => r.low, x2: (r: Interval) => r.high, y, className: kind, dy: 7 },
          ),
          Plot.dot(some, { x: (r: Interval) => r.value, y, r: 5, className: `${kind}-at`, dy: 7 }),
        ]
  const spoken = rows.slice(0, SPOKEN_ROWS).map((r) => `${r.key}: ${r.says}`)
  const svg = drawn(plain(`${name}. ${spoken.join('; ')}${rows.length > SPOKEN_ROWS ? '; …' : ''}`), {
    height,
    marginLeft: 6,
    marginRight: 6,
    marginTop: 8,
    marginBottom: 20,
    x: { type: 'linear', domain: [least - room, most + room], label: null },
    y: { type: 'band', domain: rows.map(y), label: null, axis: null },
    marks: [
      Plot.gridX({ ticks: 5, className: 'grid', strokeOpacity: 1 }),
      Plot.axisX({
        ticks: 5,
        tickSize: 0,
        label: null,
        className: 'q',
        tickFormat: (v: number) => told.brief(v, column.unit),
      }),
      Plot.ruleX([none], { className: 'none' }),
      ...spans(rows.filter(apart), 'apart'),
      ...spans(
        rows.filter((r) => !apart(r)),
        'alike',
      ),
      labelled('left', (r) => shortened(r.key, 40)),
      labelled('right', (r) => shortened(told.shown(table.rows[r.at]!.values[index(value)]!, column.unit, column.places), 14)),
    ],
  })
  return [svg]
}
