/** The report in Markdown: names and titles are text there, whatever they hold. */
import { cleaned, markdownRule } from '../base/table.js'
import { aboutData } from './about.js'
import type { Block, Figure, Part, Report, Table } from './blocks.js'
import { shownText } from './numbers.js'

export const markdownReport = (report: Report): string =>
  `${[`# ${escaped(`Report as of ${report.asOf} (${report.timezone})`)}`, escaped(aboutData(report)), ...report.notes.map(escaped), ...report.parts.flatMap(partLines)].join('\n\n')}\n`

const partLines = (part: Part): readonly string[] => [
  ...(part.kind === 'overview' ? [] : [`## ${escaped(part.title === undefined ? part.name : `${part.name} – ${part.title}`)}`]),
  ...(part.description === undefined ? [] : [escaped(part.description)]),
  ...part.sections.flatMap((s) => [`${part.kind === 'overview' ? '##' : '###'} ${escaped(s.question)}`, ...gathered(s.blocks)]),
]

/** Figures that follow each other make one table. */
function gathered(blocks: readonly Block[]): readonly string[] {
  const out: string[] = []
  let figures: Figure[] = []
  const close = (): void => {
    if (figures.length > 0) out.push(figureTable(figures))
    figures = []
  }
  for (const block of blocks) {
    if (block.kind === 'figure') {
      figures.push(block)
      continue
    }
    close()
    out.push(block.kind === 'table' ? tableLines(block) : escaped(block.text))
  }
  close()
  return out
}

const figureTable = (figures: readonly Figure[]): string =>
  drawn(
    ['', ''],
    figures.map((f) => [f.label, shownText(f.value, f.unit, f.places, '–') + (f.note === undefined ? '' : ` (${f.note})`)]),
  )

const tableLines = (table: Table): string =>
  drawn(
    [table.key, ...table.columns.map((c) => c.label)],
    table.rows.map(({ key, values }) => [
      key,
      ...table.columns.map((c, i) => shownText(values[i] ?? null, c.unit, c.places, '–')),
    ]),
  )

function drawn(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |\n`
  const rule = markdownRule(head.map((name, i) => ({ name, align: i === 0 ? 'left' : 'right' })))
  return `${line(head)}${rule}${rows.map(line).join('')}`.trimEnd()
}

/** Data as text: no control characters, one line, every mark of Markdown and HTML escaped. */
const escaped = (text: string): string =>
  cleaned(text.replace(/[\r\n\t]+/g, ' '))
    .replace(/[\\`*_{}[\]<>#|!~&]/g, '\\$&')
    .replace(/:\/\//g, '\\://')
    .replace(/^(\s*)([-+=])/, '$1\\$2')
    .replace(/^(\s*\d+)([.)])(?=\s|$)/, '$1\\$2')
