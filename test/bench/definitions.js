/**
 * A hundred definitions as a marketing team writes them, each in YAML for segkit and as a query with the same meaning over the raw
 * tables `orders` (a row an item) and `customers`: `sql` for SQLite, `duck` for DuckDB, or `sql` for both. A dialect that cannot
 * say one has null for it. The data end on `asOf`.
 */
import { parse, stringify } from 'yaml'
import { asked, askedMetrics } from './asked.js'
import { events, overEvents } from './occurrences.js'
import { plain } from './plain.js'
import { sharedMetrics } from './shorthand.js'

export { asOf, memberTable } from './shorthand.js'

/** In the order in which the queries are asked: one that names the members of another stands after it. */
export const definitions = [...events, ...plain, ...asked, ...overEvents]

/** What no definition here does. */
export const leftOut = 'events of the kinds `enters` and `leaves`, which need recorded runs'

/** The query of a definition for SQLite (`sql`) or DuckDB (`duck`); null: it cannot be said there. */
export const queryFor = (dialect, definition) => (definition[dialect] === undefined ? definition.sql : definition[dialect])

/** File name → text, as they stand in the project's `segments/`. */
export function definitionFiles() {
  const ofKind = (kind) =>
    Object.fromEntries(definitions.filter((each) => each.kind === kind).map(({ name, yaml }) => [name, yaml]))
  return {
    'metrics.yaml': stringify({ metrics: { ...sharedMetrics, ...parse(askedMetrics) } }),
    'events.yaml': stringify({ events: ofKind('event') }),
    'segments.yaml': stringify({ segments: ofKind('segment') }),
  }
}
