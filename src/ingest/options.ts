/** How the files of a source are to be read: from `sources:` in segkit.yaml, with the command line's flags laid over it. */
import type { DeclaredType } from '../store/sources.js'

export type Delimiter = ',' | ';' | '\t' | '|' | 'blanks'

export interface SourceOptions {
  /** Field name → header as it stands in the file, or the column's number from 1 where the file has no header. */
  readonly columns?: Readonly<Record<string, string | number>>
  readonly types?: Readonly<Record<string, DeclaredType>>
  /** Named date format, `M/D/YYYY H:mm`, `DD.MM.YYYY`, `epoch`, `epoch_ms`; ISO where absent. */
  readonly dates?: string
  readonly encoding?: string
  readonly delimiter?: Delimiter
  readonly decimal?: '.' | ','
  readonly header?: false
  /** Headers or field names of columns never stored. */
  readonly ignore?: readonly string[]
}
