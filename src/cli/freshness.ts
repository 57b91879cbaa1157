/** Freshness: how old the newest row of a source is, and when that stops a run. */
import { Stop } from '../base/problem.js'
import { int, sql } from '../base/sql.js'
import { plural } from '../base/text.js'
import { before, type Day, formatDay, sayDuration } from '../base/time.js'
import type { SourceName } from '../store/sources.js'
import type { Store } from '../store/store.js'
import type { Workspace } from './workspace.js'

export interface Freshness {
  readonly source: SourceName
  /** The newest row up to the as-of day. */
  readonly newest?: Day
  readonly verdict: 'fresh' | 'warn' | 'error'
}

const newestOf: Partial<Record<SourceName, string>> = { orders: 'order_row', items: 'item_row', activities: 'activity_row' }

/** The sources that `freshness:` names, as they stand on the as-of day; dated sources only. */
export function freshness(ws: Workspace, store: Store): readonly Freshness[] {
  return Object.entries(ws.project.freshness).flatMap(([name, rule]) => {
    const source = name as SourceName
    const table = newestOf[source]
    if (table === undefined || rule === undefined) return []
    const newest = store.row(sql`select max(_day) from ${{ text: table, params: [] }} where _day <= ${int(ws.asOf)}`)?.[0] as
      | number
      | null
    const past = (limit: typeof rule.warn_after): boolean =>
      limit !== undefined && (newest === null || newest < before(ws.asOf, limit))
    const verdict = past(rule.error_after) ? 'error' : past(rule.warn_after) ? 'warn' : 'fresh'
    return [{ source, verdict, ...(newest !== null && { newest }) }]
  })
}

/** Stops with 69 where a source is past its `error_after`. */
export function checkFresh(ws: Workspace, store: Store): void {
  for (const { source, newest, verdict } of freshness(ws, store)) {
    const limit = ws.project.freshness[source]?.error_after
    if (verdict !== 'error' || limit === undefined) continue
    const age =
      newest === undefined
        ? 'there are none'
        : `the newest is of ${formatDay(newest)}, ${plural(ws.asOf - newest, 'day')} before ${formatDay(ws.asOf)}`
    throw Stop.with(69, 'stale', `${source} are stale: ${age}; the limit is ${sayDuration(limit)}`, {
      help: 'load newer data, or go on all the same with `--stale-ok`',
    })
  }
}
