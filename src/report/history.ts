/** Sizes over time as pictures: a bar a step. */
import { formatDay } from '../base/time.js'
import type { HistoryRow } from '../engine/history.js'
import { column, type Table } from './blocks.js'
import { share } from './numbers.js'
import { dated, say } from './words.js'

/** One for each name, in the order of the rows; events show how often they occurred since the step before. */
export function historyPlots(rows: readonly HistoryRow[], events: ReadonlySet<string>): readonly Table[] {
  const names = [...new Set(rows.map((r) => r.name))]
  return names.map((name) => {
    const mine = rows.filter((r) => r.name === name)
    return events.has(name) ? eventPlot(name, mine) : segmentPlot(name, mine)
  })
}

const segmentPlot = (name: string, rows: readonly HistoryRow[]): Table => ({
  ...plot(name, 'customers'),
  columns: [
    column('customers', 'Customers', 'customers'),
    column('share', 'Share', 'percent'),
    column('entered', 'Entered', 'customers'),
    column('left', 'Left', 'customers'),
  ],
  rows: rows.map((r) => ({
    key: dated(formatDay(r.asOf)),
    values: [r.customers, share(r.customers, r.existing), r.entered ?? null, r.left ?? null],
  })),
})

const eventPlot = (name: string, rows: readonly HistoryRow[]): Table => ({
  ...plot(name, 'occurrences'),
  columns: [column('customers', 'Customers', 'customers'), column('occurrences', 'Occurrences', 'number')],
  rows: rows.map((r) => ({ key: dated(formatDay(r.asOf)), values: [r.customers, r.entered ?? null] })),
})

const plot = (title: string, drawn: string): Omit<Table, 'columns' | 'rows'> => ({
  kind: 'table',
  name: 'history',
  title,
  keys: 'dimension',
  key: say('As of'),
  picture: { draw: 'columns', column: drawn },
})
