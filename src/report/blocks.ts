/** What a report is made of: parts, their sections, the blocks that answer them. Knows no SQL and no format. */

export type Unit = 'customers' | 'money' | 'percent' | 'days' | 'number' | 'text'

/** A number that keeps its digits. A percentage is a share of one. */
export interface Decimal {
  readonly decimal: string
}
/** A number of customers too small to be shown. */
export interface Masked {
  readonly below: number
}
/** Null is unknown. */
export type Value = number | string | Decimal | Masked | null

/** A name for programs, a label for people. */
interface Named {
  readonly metric: string
  readonly label: string
  readonly unit: Unit
  /** Decimals that people are shown; absent: all. */
  readonly places?: number
}
export interface Figure extends Named {
  readonly kind: 'figure'
  readonly value: Value
  readonly note?: string
}
export interface Column extends Named {
  /** Drawn as a bar beside the numbers where a format can. */
  readonly bar?: true
}
export interface Table {
  readonly kind: 'table'
  readonly name: string
  /** What the first column names: a segment of the report, or a thing within the segment. */
  readonly keys: 'segment' | 'dimension'
  readonly key: string
  readonly columns: readonly Column[]
  readonly rows: readonly { readonly key: string; readonly values: readonly Value[] }[]
}
export interface Note {
  readonly kind: 'note'
  readonly text: string
}
export type Block = Figure | Table | Note

export interface AnsweredSection {
  readonly section: string
  readonly question: string
  readonly blocks: readonly Block[]
}
export interface Part {
  readonly kind: 'overview' | 'segment' | 'event'
  /** Empty for the overview. */
  readonly name: string
  readonly title?: string
  readonly description?: string
  readonly sections: readonly AnsweredSection[]
}
export interface Report {
  readonly asOf: string
  readonly timezone: string
  readonly currency?: string
  readonly customers: number
  /** The day of the newest order up to the as-of day, and how many days before it. */
  readonly orders?: { readonly upTo: string; readonly daysBefore: number }
  readonly minGroup: number
  /** What holds for the whole report. */
  readonly notes: readonly string[]
  readonly parts: readonly Part[]
}

export const note = (text: string): Note => ({ kind: 'note', text })
export const figure = (
  metric: string,
  label: string,
  unit: Unit,
  value: Value,
  more: { readonly places?: number; readonly note?: string } = {},
): Figure => ({ kind: 'figure', metric, label, unit, value, ...more })
