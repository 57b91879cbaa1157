/** The report for programs, its words in English: tidy rows, one value each, and one document. */
import type { AnsweredSection, Block, Figure, Part, Report, Table, Value } from './blocks.js'
import { isMasked, isText, plainText } from './numbers.js'
import { plainly, type Text } from './words.js'

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
      return figureValues(block).map(([metric, value]) => [part.name, section, metric, '', plainText(value)])
    case 'table':
      return block.rows.flatMap(({ key, values }) =>
        block.columns.map(({ metric }, i): TidyRow => {
          const value = plainText(values[i] ?? null)
          return block.keys === 'segment'
            ? [plainly(key), section, metric, '', value]
            : [part.name, section, metric, plainly(key), value]
        }),
      )
    case 'matrix':
      return block.rows.flatMap((row, i) =>
        block.columns.map((column, j): TidyRow => {
          const dimension = `${plainly(row)};${plainly(column)}`
          return [part.name, section, block.metric, dimension, plainText(block.cells[i]?.[j] ?? null)]
        }),
      )
    case 'note':
      return []
  }
}

/** The value, and its interval where it has one. */
const figureValues = ({ metric, value, low, high, ends }: Figure): readonly (readonly [metric: string, value: Value])[] => [
  [metric, value],
  ...(low === undefined ? [] : [[ends?.[0] ?? `${metric}_low`, low] as const]),
  ...(high === undefined ? [] : [[ends?.[1] ?? `${metric}_high`, high] as const]),
]

export function jsonReport(report: Report): unknown {
  const parts = (kind: Part['kind']): readonly unknown[] => report.parts.filter((p) => p.kind === kind).map(partDocument)
  const about = {
    as_of: report.asOf,
    timezone: report.timezone,
    currency: report.currency ?? null,
    customers: report.customers,
    orders_up_to: report.orders?.upTo ?? null,
    min_group: report.minGroup,
    notes: report.notes.map(plainly),
  }
  if (report.thing !== undefined)
    return { schema: `segkit.${report.thing}/1`, ...about, ...Object.assign({}, ...parts('campaign')) }
  return {
    schema: 'segkit.report/1',
    ...about,
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
  const notes = blocks.flatMap((b) => (b.kind === 'note' ? [plainly(b.text)] : []))
  return { ...Object.fromEntries(blocks.flatMap(namedValue)), ...(notes.length > 0 && { notes }) }
}

function namedValue(block: Block): readonly (readonly [name: string, value: unknown])[] {
  switch (block.kind) {
    case 'figure':
      return figureValues(block).map(([metric, value]) => [metric, plainValue(value)])
    case 'table':
      return [[block.name, block.rows.map((row) => rowDocument(block, row))]]
    case 'matrix':
      return [
        [
          block.name,
          block.rows.flatMap((row, i) =>
            block.columns.map((column, j) => ({
              [wordOf(block.rowKey)]: plainly(row),
              [wordOf(block.columnKey)]: plainly(column),
              [block.metric]: plainValue(block.cells[i]?.[j] ?? null),
            })),
          ),
        ],
      ]
    case 'note':
      return []
  }
}

const rowDocument = (table: Table, { key, values }: Table['rows'][number]): unknown => ({
  [table.keys === 'segment' ? 'name' : wordOf(table.key)]: plainly(key),
  ...Object.fromEntries(table.columns.map(({ metric }, i) => [metric, plainValue(values[i] ?? null)])),
})

const wordOf = (key: Text): string => plainly(key).toLowerCase().replaceAll(' ', '_')

const plainValue = (value: Value): unknown => (isMasked(value) || isText(value) ? plainText(value) : value)
