/** What a report is made of: parts, their sections, the blocks that answer them. Knows no SQL, no format and no language. */
import { type Phrase, type Said, say, type Text } from './words.js'

/** `points`: a difference of shares, of one as they are; people read it in percentage points. */
export type Unit = 'customers' | 'money' | 'percent' | 'points' | 'days' | 'number' | 'text'

/** A number that keeps its digits. A percentage is a share of one. */
export interface Decimal {
  readonly decimal: string
}
/** A number of customers too small to be shown. */
export interface Masked {
  readonly below: number
}
/** Null is unknown. */
export type Value = number | Decimal | Masked | Text | null

/** A name for programs, a label for people. */
interface Named {
  readonly metric: string
  readonly label: Text
  readonly unit: Unit
  /** Decimals that people are shown; absent: all. */
  readonly places?: number
}
export interface Figure extends Named {
  readonly kind: 'figure'
  readonly value: Value
  /** What the value may be between: both or none. */
  readonly low?: Value
  readonly high?: Value
  /** What programs know these two by; absent: the metric's name with `_low` and `_high`. */
  readonly ends?: readonly [low: string, high: string]
  readonly note?: Text
}
export interface Column extends Named {
  /** Drawn as a bar beside the numbers where a format can, as a part of the column's largest. */
  readonly bar?: true
}
/** How a table is drawn; its columns are named by their metrics. What cannot be drawn is read in the table. */
export type Picture =
  /** Lines over the rows in their order: months, ages. */
  | { readonly draw: 'line'; readonly columns: readonly string[] }
  /** A column a row, upright: months, weekdays, hours. */
  | { readonly draw: 'columns'; readonly column: string }
  /** A dot and its interval a row, with a line where there is no difference. */
  | { readonly draw: 'intervals'; readonly value: string; readonly low: string; readonly high: string; readonly none: number }
export interface Table {
  readonly kind: 'table'
  readonly name: string
  /** Of a picture it is the title. */
  readonly title?: Text
  /** What the first column names: a segment of the report, or a thing within the part. */
  readonly keys: 'segment' | 'dimension'
  readonly key: Text
  readonly columns: readonly Column[]
  readonly rows: readonly { readonly key: Text; readonly values: readonly Value[] }[]
  readonly picture?: Picture
}
/** One number for each pair of a row and a column; for programs the dimension is `row;column`. */
export interface Matrix extends Named {
  readonly kind: 'matrix'
  readonly name: string
  readonly title: Text
  readonly rowKey: Text
  readonly columnKey: Text
  readonly rows: readonly Text[]
  readonly columns: readonly Text[]
  readonly cells: readonly (readonly Value[])[]
  /** `flow`: from the rows to the columns. */
  readonly draw?: 'heat' | 'flow'
}
export interface Note {
  readonly kind: 'note'
  readonly text: Text
}
export type Block = Figure | Table | Matrix | Note

export interface AnsweredSection {
  readonly section: string
  readonly question: Phrase
  readonly blocks: readonly Block[]
}
export interface Part {
  readonly kind: 'overview' | 'segment' | 'event' | 'campaign'
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
  /** What the document of a campaign is called: `segkit.<thing>/1`. */
  readonly thing?: 'results' | 'plan'
  /** What holds for the whole report. */
  readonly notes: readonly Text[]
  readonly parts: readonly Part[]
}

/** The table as people read it: without columns of which nothing is known yet. */
export function withoutUnknown(table: Table): Table {
  const kept = table.columns.map((_, i) => table.rows.some(({ values }) => (values[i] ?? null) !== null))
  if (kept.every((k) => k) || !kept.includes(true)) return table
  const known = <T>(of: readonly T[]): readonly T[] => of.filter((_, i) => kept[i] === true)
  return { ...table, columns: known(table.columns), rows: table.rows.map((r) => ({ ...r, values: known(r.values) })) }
}

export const note = (phrase: Phrase, values?: Said['values']): Note => ({ kind: 'note', text: say(phrase, values) })
export const figure = (
  metric: string,
  label: Phrase,
  unit: Unit,
  value: Value,
  more: Pick<Figure, 'places' | 'note' | 'low' | 'high' | 'ends'> = {},
): Figure => ({ kind: 'figure', metric, label: say(label), unit, value, ...more })
export const column = (metric: string, label: Phrase, unit: Unit, more: Pick<Column, 'places' | 'bar'> = {}): Column => ({
  metric,
  label: say(label),
  unit,
  ...more,
})
