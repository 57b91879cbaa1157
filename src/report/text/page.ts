/** The report for a terminal: 80 cells wide, numbers under each other, shares as bars. */
import { aboutData, title } from '../about.js'
import type { Block, Figure, Part, Report } from '../blocks.js'
import { fraction } from '../numbers.js'
import { type Language, say } from '../words.js'
import { cells, MARGIN, type Pen, padded, penOf, WIDTH, wrapped } from './pen.js'
import { matrixLines, tableLines } from './tables.js'

const LABEL = 33
const NUMBER = 15
/** Text that has room beside its label. */
const BESIDE = WIDTH - LABEL - 2 * MARGIN.length
const LONGEST_BAR = 16

export function textReport(report: Report, style: { readonly ascii: boolean; readonly language: Language }): string {
  const pen = penOf(style)
  const heading = pen.one(title(report))
  const head = [
    heading,
    pen.rule.repeat(cells(heading)),
    ...wrapped(aboutData(report).map(pen.one).join('; '), WIDTH),
    ...report.notes.flatMap((n) => wrapped(pen.one(n), WIDTH)),
  ]
  return `${[...head, ...report.parts.flatMap((part) => partLines(part, pen))].join('\n')}\n`
}

/** Blocks by themselves, without a report around them. */
export function textBlocks(blocks: readonly Block[], style: { readonly ascii: boolean; readonly language: Language }): string {
  const pen = penOf(style)
  return `${blocks.map((block) => blockLines(block, pen).join('\n')).join('\n\n')}\n`
}

function partLines(part: Part, pen: Pen): readonly string[] {
  const { name, title: called, description } = part
  const head =
    part.kind === 'overview' ? [] : wrapped(pen.one(called === undefined ? name : `${name} ${pen.dash} ${called}`), WIDTH)
  return [
    ...(head.length === 0 ? [] : ['', '', ...head, pen.line.repeat(Math.max(...head.map(cells)))]),
    ...(description === undefined ? [] : wrapped(pen.one(description), WIDTH)),
    ...part.sections.flatMap((s) => ['', pen.one(say(s.question)), ...s.blocks.flatMap((block) => blockLines(block, pen))]),
  ]
}

function blockLines(block: Block, pen: Pen): readonly string[] {
  switch (block.kind) {
    case 'figure':
      return figureLines(block, pen)
    case 'table':
      return tableLines(block, pen)
    case 'matrix':
      return matrixLines(block, pen)
    case 'note':
      return wrapped(pen.one(block.text), WIDTH - MARGIN.length).map((line) => MARGIN + line)
  }
}

function figureLines(f: Figure, pen: Pen): readonly string[] {
  const shown = (value: Figure['value']): string => pen.shown(value, f.unit, f.places)
  const label = wrapped(pen.one(f.label), LABEL)
  const around = f.low === undefined || f.high === undefined ? '' : `${MARGIN}(${shown(f.low)} ${pen.dash} ${shown(f.high)})`
  if (f.unit === 'text' && cells(shown(f.value)) > BESIDE)
    return [
      ...label.map((line) => MARGIN + line),
      ...wrapped(shown(f.value), WIDTH - 2 * MARGIN.length).map((text) => MARGIN + MARGIN + text),
    ]
  const part = f.unit === 'percent' && around === '' ? fraction(f.value) : undefined
  const bar = part === undefined ? '' : MARGIN + pen.bar(part * LONGEST_BAR)
  const last = `${MARGIN}${padded(label.at(-1) ?? '', LABEL, 'left')}${MARGIN}${padded(shown(f.value), NUMBER, 'right')}${bar}`
  return [
    ...label.slice(0, -1).map((line) => MARGIN + line),
    ...(cells(last + around) <= WIDTH ? [(last + around).trimEnd()] : [last.trimEnd(), MARGIN + around]),
    ...(f.note === undefined ? [] : wrapped(pen.one(f.note), WIDTH - 2 * MARGIN.length).map((text) => MARGIN + MARGIN + text)),
  ]
}
