/** The report in Markdown: names and titles are text there, whatever they hold. */
import { cleaned, markdownRule } from '../base/shown.js'
import { aboutData, title } from './about.js'
import {
  type Block,
  type Figure,
  type Matrix,
  type Part,
  type Report,
  type Table,
  type Unit,
  type Value,
  withoutUnknown,
} from './blocks.js'
import { shownText } from './numbers.js'
import { type Language, say, type Text, tell } from './words.js'

/** Words and values as Markdown has them. */
interface Told {
  (text: Text): string
  shown(value: Value, unit: Unit, places: number | undefined): string
}

export function markdownReport(report: Report, { language }: { readonly language: Language }): string {
  const told: Told = Object.assign((text: Text) => tell(text, language), {
    shown: (value: Value, unit: Unit, places: number | undefined) => shownText(value, unit, places, '–', language),
  })
  const head = [
    `# ${escaped(told(title(report)))}`,
    escaped(aboutData(report).map(told).join('; ')),
    ...report.notes.map((n) => escaped(told(n))),
  ]
  return `${[...head, ...report.parts.flatMap((part) => partLines(part, told))].join('\n\n')}\n`
}

const partLines = (part: Part, told: Told): readonly string[] => [
  ...(part.kind === 'overview' ? [] : [`## ${escaped(part.title === undefined ? part.name : `${part.name} – ${part.title}`)}`]),
  ...(part.description === undefined ? [] : [escaped(part.description)]),
  ...part.sections.flatMap((s) => [
    `${part.kind === 'overview' ? '##' : '###'} ${escaped(told(say(s.question)))}`,
    ...gathered(s.blocks, told),
  ]),
]

/** Figures that follow each other make one table. */
function gathered(blocks: readonly Block[], told: Told): readonly string[] {
  const out: string[] = []
  let figures: Figure[] = []
  const close = (): void => {
    if (figures.length > 0) out.push(figureTable(figures, told))
    figures = []
  }
  for (const block of blocks) {
    if (block.kind === 'figure') {
      figures.push(block)
      continue
    }
    close()
    switch (block.kind) {
      case 'table':
        out.push(
          ...(block.title === undefined ? [] : [`**${escaped(told(block.title))}**`]),
          tableLines(withoutUnknown(block), told),
        )
        break
      case 'matrix':
        out.push(`**${escaped(told(block.title))}**`, matrixLines(block, told))
        break
      case 'note':
        out.push(escaped(told(block.text)))
    }
  }
  close()
  return out
}

const figureTable = (figures: readonly Figure[], told: Told): string =>
  drawn(
    ['', ''],
    figures.map((f) => [
      told(f.label),
      [told.shown(f.value, f.unit, f.places), around(f, told), ...(f.note === undefined ? [] : [`(${told(f.note)})`])]
        .filter((t) => t !== '')
        .join(' '),
    ]),
  )

const around = ({ low, high, unit, places }: Figure, told: Told): string =>
  low === undefined || high === undefined ? '' : `(${told.shown(low, unit, places)} – ${told.shown(high, unit, places)})`

const tableLines = (table: Table, told: Told): string =>
  drawn(
    [told(table.key), ...table.columns.map((c) => told(c.label))],
    table.rows.map(({ key, values }) => [
      told(key),
      ...table.columns.map((c, i) => told.shown(values[i] ?? null, c.unit, c.places)),
    ]),
  )

const matrixLines = (m: Matrix, told: Told): string =>
  drawn(
    [told(m.rowKey), ...m.columns.map(told)],
    m.rows.map((key, i) => [told(key), ...m.columns.map((_, j) => told.shown(m.cells[i]?.[j] ?? null, m.unit, m.places))]),
  )

function drawn(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => escaped(cell, 'cell')).join(' | ')} |\n`
  const rule = markdownRule(head.map((name, i) => ({ name, align: i === 0 ? 'left' : 'right' })))
  return `${line(head)}${rule}${rows.map(line).join('')}`.trimEnd()
}

/** Data as text: no control characters, one line, every mark of Markdown and HTML escaped; what stands between backticks is code. */
const escaped = (text: string, within: 'text' | 'cell' = 'text'): string =>
  cleaned(text.replace(/[\r\n\t]+/g, ' '))
    .split(/(?<!`)`([^`]+)`(?!`)/)
    .map((part, i) => (i % 2 === 0 ? marksEscaped(part) : `\`${within === 'cell' ? part.replaceAll('|', '\\|') : part}\``))
    .join('')

const marksEscaped = (text: string): string =>
  text
    .replace(/[\\`*_{}[\]<>#|!~&]/g, '\\$&')
    .replace(/:\/\//g, '\\://')
    .replace(/^(\s*)([-+=])/, '$1\\$2')
    .replace(/^(\s*\d+)([.)])(?=\s|$)/, '$1\\$2')
