/** What the loads of the five sources have in common: what they are given, what they count, how they are told apart. */
import type { Rows } from '../base/rows.js'
import type { Zone } from '../base/time.js'
import type { PhoneReader } from '../store/forgotten.js'
import type { Forms } from '../store/forms.js'
import type { DeclaredType, SourceName } from '../store/sources.js'
import type { Store } from '../store/store.js'
import type { Fieldbook } from './fieldbook.js'
import type { Mapping } from './mapping.js'
import type { LineSums } from './measures.js'
import type { RejectCode, Wrong } from './rejects.js'
import type { TextRows } from './texts.js'

export interface IngestProject {
  readonly zone: Zone
  readonly currency?: string
  /** Decimal text. */
  readonly rates: Readonly<Record<string, string>>
  readonly guests: readonly string[]
  readonly root: string
  readonly rejectsFolder: string
  /** By which forgotten people's phones are known again. */
  readonly phones?: PhoneReader
  /** Fields that what counts as a purchase hangs on: they stay when an order's customer is forgotten. */
  readonly countedFields?: ReadonlySet<string>
}

export interface LoadContext {
  readonly store: Store
  readonly project: IngestProject
  readonly source: SourceName
  readonly headers: readonly string[]
  readonly mapping: Mapping
  readonly types: Readonly<Record<string, DeclaredType>>
  /** The format that dates are in; ISO where absent. */
  readonly dates?: string
  readonly decimal: '.' | ','
  readonly unsettled: boolean
  readonly fieldbook: Fieldbook
  readonly forms: Forms
  readonly textRows: TextRows
  readonly counts: Counts
  /** Orders with a wrong line, which no attempt may load, with the customer of their first sound line once it is known. */
  readonly held: Map<string, Held>
  /** This pass loads only keys of one part, where one pass cannot hold them together. */
  readonly part: { readonly index: number; readonly of: number }
  /** Nothing of the source was stored when the load began, so that nothing need be looked up. */
  readonly first: boolean
  /** Keys are noted in the temporary table replaced_key. */
  readonly replace: boolean
  /** Rows in memory before they are written. */
  readonly most: number
}

/** An order with a wrong row. */
export interface Held {
  customer: string | undefined
  /** What its lines come to so far, when all rows are gone through again for the rejects; null once they were too much. */
  sums?: LineSums | null
}

/** `split`: rows of one order lie too far apart for one pass; `held`: an order already written turned out wrong. Both begin anew. */
export type Finish = 'done' | 'split' | 'held'

/** One pass over the rows of a file. */
export interface Loading {
  add(row: Rows): void
  /** Writes what is left. */
  finish(): Finish
  /** What is wrong with a row, once all are known. */
  verdict(row: Rows): Wrong | undefined
}

const SAMPLES = 5

export const repeatedHeader: Wrong = { code: 'header', column: -1 }

export class Counts {
  rows = 0
  added = 0
  changed = 0
  same = 0
  waiting = 0
  /** Rows of people who were erased; what was changed for them all the same, as guests, tells `stirred`. */
  forgotten = 0
  stirred = false
  guests = 0
  customersCreated = 0
  fewerLines = 0
  /** Orders whose currency changed while their lines, from a file of their own, stayed as they were converted. */
  otherCurrency = 0
  /** Fields that replaced lines had and the file has no column for, with the number of orders. */
  readonly cleared = new Map<string, number>()
  readonly rejects: Partial<Record<RejectCode, number>> = {}
  readonly notes: string[] = []
  readonly samples: { readonly wrong: Wrong; readonly cells: readonly string[]; readonly line: number }[] = []

  get rejected(): number {
    return Object.values(this.rejects).reduce((a, b) => a + b, 0)
  }
  /** Rejected rows that are wrong themselves. */
  get wrong(): number {
    return this.rejected - (this.rejects['same-order'] ?? 0)
  }
  reject(code: RejectCode, rows = 1): void {
    this.rejects[code] = (this.rejects[code] ?? 0) + rows
  }
  wrongHeader(row: Rows): void {
    this.rows++
    this.wrongRow(repeatedHeader, row)
  }
  wrongRow(wrong: Wrong, row: Rows): void {
    this.reject(wrong.code)
    if (this.samples.length < SAMPLES) this.samples.push({ wrong, cells: row.all(), line: row.line })
  }
}
