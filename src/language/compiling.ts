/** What conditions and metrics are compiled in. */
import type { Country, Lists } from './lists.js'
import type { MetricSpec } from './metrics.js'
import type { RowsCompile } from './rows.js'
import type { Value } from './value.js'

export interface Compiling extends RowsCompile {
  /** The per-customer value of a metric; noted, computed once however often it is asked for. */
  metric(spec: MetricSpec): Value
  readonly lists: Lists
  readonly country: Country
}
