/** The report for a terminal: 80 cells wide, numbers under each other, shares as bars. */
import stringWidth from 'string-width'
import { cleaned } from '../base/table.js'
import { aboutData, title } from './about.js'
import type { Block, Column, Figure, Matrix, Part, Report, Table } from './blocks.js'
import { fraction, shownText } from './numbers.js'
import { type Language, say, type Text, tell } from './words.js'

const WIDTH = 80
const MARGIN = '  '
const LABEL = 33
const NUMBER = 15
const LEAST_KEY = 18
const LONGEST_BAR = 16

interface Pen extends Glyphs {
  /** Segkit's words in the reader's language, data as they stand, on one line that a terminal may see. */
  one(text: Text): string
}

interface Glyphs {
  readonly rule: string
  readonly line: string
  readonly dash: string
  readonly unknown: string
  readonly cut: string
  /** A bar of so many cells, which may be broken. */
  bar(cells: number): string
}

const unicode: Glyphs = {
  rule: '═',
  line: '─',
  dash: '–',
  unknown: '–',
  cut: '…',
  bar: (cells) => '█'.repeat(Math.floor(cells)) + (['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][Math.floor((cells % 1) * 8)] ?? ''),
}
const ascii: Glyphs = { rule: '=', line: '-', dash: '-', unknown: '-', cut: '~', bar: (cells) => '#'.repeat(Math.round(cells)) }

export function textReport(report: Report, style: { readonly ascii: boolean; readonly language: Language }): string {
  const g: Pen = { ...(style.ascii ? ascii : unicode), one: (text) => one(tell(text, style.language)) }
  const heading = g.one(title(report))
  const head = [
    heading,
    g.rule.repeat(cells(heading)),
    ...wrapped(aboutData(report).map(g.one).join('; '), WIDTH),
    ...report.notes.flatMap((n) => wrapped(g.one(n), WIDTH)),
  ]
  return `${[...head, ...report.parts.flatMap((part) => partLines(part, g))].join('\n')}\n`
}

function partLines(part: Part, g: Pen): readonly string[] {
  const head =
    part.kind === 'overview' ? [] : wrapped(part.title === undefined ? part.name : `${part.name} ${g.dash} ${part.title}`, WIDTH)
  return [
    ...(head.length === 0 ? [] : ['', '', ...head, g.line.repeat(Math.max(...head.map(cells)))]),
    ...(part.description === undefined ? [] : wrapped(part.description, WIDTH)),
    ...part.sections.flatMap((s) => ['', g.one(say(s.question)), ...s.blocks.flatMap((block) => blockLines(block, g))]),
  ]
}

function blockLines(block: Block, g: Pen): readonly string[] {
  switch (block.kind) {
    case 'figure':
      return figureLines(block, g)
    case 'table':
      return tableLines(block, g)
    case 'matrix':
      return tableLines(asTable(block), g)
    case 'note':
      return wrapped(g.one(block.text), WIDTH - MARGIN.length).map((line) => MARGIN + line)
  }
}

function figureLines(f: Figure, g: Pen): readonly string[] {
  const value = one(shownText(f.value, f.unit, f.places, g.unknown))
  const part = f.unit === 'percent' ? fraction(f.value) : undefined
  const bar = part === undefined ? '' : MARGIN + g.bar(part * LONGEST_BAR)
  const line = `${MARGIN}${padded(g.one(f.label), LABEL, 'left')}${MARGIN}${padded(value, NUMBER, 'right')}${bar}`.trimEnd()
  return [
    line,
    ...(f.note === undefined ? [] : wrapped(g.one(f.note), WIDTH - 2 * MARGIN.length).map((text) => MARGIN + MARGIN + text)),
  ]
}

/** As it fits: whole; with the bars and the ends of the names given up; a name above its numbers; a number a line. */
function tableLines(table: Table, g: Pen): readonly string[] {
  const heads = table.columns.map((c) => g.one(c.label).split(' '))
  const numbers = table.rows.map(({ values }) =>
    table.columns.map((c, i) => one(shownText(values[i] ?? null, c.unit, c.places, g.unknown))),
  )
  const keys = table.rows.map(({ key }) => g.one(key))
  const keyName = g.one(table.key)
  const widths = table.columns.map((_, i) => Math.max(...heads[i]!.map(cells), ...numbers.map((row) => cells(row[i]!))))
  const right = widths.reduce((sum, w) => sum + w + MARGIN.length, 0)
  const longest = Math.max(cells(keyName), ...keys.map(cells))
  const room = WIDTH - MARGIN.length - right
  const lines = (indent: string, rows: readonly (readonly string[])[]): readonly string[] =>
    rows.map((row) => `${indent}${row.map((cell, i) => MARGIN + padded(cell, widths[i]!, 'right')).join('')}`.trimEnd())
  const depth = Math.max(...heads.map((h) => h.length))
  const headRows = Array.from({ length: depth }, (_, line) => heads.map((h) => h[line - (depth - h.length)] ?? ''))
  if (longest <= room || (table.keys === 'dimension' && room >= LEAST_KEY)) {
    const width = Math.min(longest, room)
    const key = (text: string): string => MARGIN + padded(cut(text, width, g), width, 'left')
    const bars = barsOf(table, room - width, g)
    const named = (name: string, cellsOf: readonly string[], bar = ''): string =>
      `${lines(key(name), [cellsOf])[0]}${bar}`.trimEnd()
    return [
      ...headRows.map((row, i) => named(i === depth - 1 ? keyName : '', row)),
      ...keys.map((name, i) => named(name, numbers[i]!, bars[i])),
    ]
  }
  if (right + MARGIN.length <= WIDTH)
    return [
      MARGIN + keyName,
      ...lines(MARGIN, headRows).filter((line) => line !== ''),
      ...keys.flatMap((name, i) => [
        ...wrapped(name, WIDTH - MARGIN.length).map((line) => MARGIN + line),
        ...lines(MARGIN, [numbers[i]!]),
      ]),
    ]
  return keys.flatMap((name, i) => [
    ...wrapped(name, WIDTH - MARGIN.length).map((line) => MARGIN + line),
    ...table.columns.flatMap((c, j) =>
      wrapped(`${g.one(c.label)}: ${numbers[i]![j]!}`, WIDTH - 2 * MARGIN.length).map((line) => MARGIN + MARGIN + line),
    ),
  ])
}

const asTable = ({ name, title, rowKey, columns, rows, cells: values, metric, unit, places }: Matrix): Table => ({
  kind: 'table',
  name,
  title,
  keys: 'dimension',
  key: rowKey,
  columns: columns.map((label) => ({ metric, label, unit, ...(places !== undefined && { places }) })),
  rows: rows.map((key, i) => ({ key, values: values[i] ?? [] })),
})

/** A bar a row for the first column that has bars, where there is room for one that says something. */
function barsOf(table: Table, room: number, g: Pen): readonly string[] {
  const at = table.columns.findIndex((c: Column) => c.bar === true)
  const longest = Math.min(LONGEST_BAR, room - MARGIN.length)
  if (at < 0 || longest < 4) return []
  return table.rows.map(({ values }) => MARGIN + g.bar((fraction(values[at] ?? null) ?? 0) * longest))
}

const cells = (text: string): number => stringWidth(text)
/** Data on one line that a terminal may see. */
const one = (text: string): string => cleaned(text.replace(/[\r\n\t]+/g, ' '))

function padded(text: string, width: number, side: 'left' | 'right'): string {
  const gap = ' '.repeat(Math.max(0, width - cells(text)))
  return side === 'left' ? text + gap : gap + text
}

const graphemes = new Intl.Segmenter()

function cut(text: string, width: number, g: Pen): string {
  if (cells(text) <= width) return text
  return fitting(text, width - 1) + g.cut
}

/** As much of the beginning as fits. */
function fitting(text: string, width: number): string {
  let kept = ''
  for (const { segment } of graphemes.segment(text)) {
    if (cells(kept + segment) > width) break
    kept += segment
  }
  return kept
}

/** Lines of at most `width` cells, broken at blanks, within a word where one is longer. */
function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of one(text).split(' ')) {
    let rest = word
    if (line !== '' && cells(`${line} ${rest}`) <= width) {
      line += ` ${rest}`
      continue
    }
    if (line !== '') lines.push(line)
    while (cells(rest) > width) {
      const head = fitting(rest, width)
      lines.push(head)
      rest = rest.slice(head.length)
    }
    line = rest
  }
  return line === '' ? lines : [...lines, line]
}
