/** The report for programs: tidy rows, one value each, and one document. */
import type { AnsweredSection, Block, Part, Report, Table, Value } from './blocks.js'
import { isMasked, plainText } from './numbers.js'

type TidyRow = readonly [segment: string, section: string, metric: string, dimension: string, value: string]

/** What is about the whole report or the shop stands under no segment. Notes are for people. */
export function tidyRows(report: Report): readonly TidyRow[] {
  const facts: readonly (readonly [string, string])[] = [
    ['as_of', report.asOf],
    ['timezone', report.timezone],
    ['currency', report.currency ?? ''],
    ['orders_up_to', report.orders?.upTo ?? ''],
    ['min_group', String(report.minGroup)],
  ]
  return [
    ...facts.map(([metric, value]): TidyRow => ['', 'report', metric, '', value]),
    ...report.parts.flatMap((part) =>
      part.sections.flatMap((s) => s.blocks.flatMap((block) => tidyBlock(block, part, s.section))),
    ),
  ]
}

function tidyBlock(block: Block, part: Part, section: string): readonly TidyRow[] {
  switch (block.kind) {
    case 'figure':
      return [[part.name, section, block.metric, '', plainText(block.value)]]
    case 'table':
      return block.rows.flatMap(({ key, values }) =>
        block.columns.map(({ metric }, i): TidyRow => {
          const value = plainText(values[i] ?? null)
          return block.keys === 'segment' ? [key, section, metric, '', value] : [part.name, section, metric, key, value]
        }),
      )
    case 'note':
      return []
  }
}

export function jsonReport(report: Report): unknown {
  const parts = (kind: Part['kind']): readonly unknown[] => report.parts.filter((p) => p.kind === kind).map(partDocument)
  return {
    schema: 'segkit.report/1',
    as_of: report.asOf,
    timezone: report.timezone,
    currency: report.currency ?? null,
    customers: report.customers,
    orders_up_to: report.orders?.upTo ?? null,
    min_group: report.minGroup,
    notes: report.notes,
    overview: parts('overview')[0],
    segments: parts('segment'),
    events: parts('event'),
  }
}

const partDocument = (part: Part): unknown => ({
  ...(part.kind !== 'overview' && { name: part.name, title: part.title ?? null }),
  ...Object.fromEntries(part.sections.map((s) => [s.section, sectionDocument(s)])),
})

/** Figures by their names, tables as lists of rows. */
const sectionDocument = ({ blocks }: AnsweredSection): unknown => {
  const notes = blocks.flatMap((b) => (b.kind === 'note' ? [b.text] : []))
  return { ...Object.fromEntries(blocks.flatMap(namedValue)), ...(notes.length > 0 && { notes }) }
}

function namedValue(block: Block): readonly (readonly [name: string, value: unknown])[] {
  switch (block.kind) {
    case 'figure':
      return [[block.metric, plainValue(block.value)]]
    case 'table':
      return [[block.name, block.rows.map((row) => rowDocument(block, row))]]
    case 'note':
      return []
  }
}

const rowDocument = (table: Table, { key, values }: Table['rows'][number]): unknown => ({
  [table.keys === 'segment' ? 'name' : table.key.toLowerCase()]: key,
  ...Object.fromEntries(table.columns.map(({ metric }, i) => [metric, plainValue(values[i] ?? null)])),
})

const plainValue = (value: Value): unknown => (isMasked(value) ? plainText(value) : value)
