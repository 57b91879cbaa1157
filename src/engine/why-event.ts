/** The occurrences of one customer, and what the next one waits for where that can be told. */

import { int, sql } from '../base/sql.js'
import { after, type Day, formatDay, parseDay, startOf } from '../base/time.js'
import type { Definitions, EventDefinition } from '../language/definitions.js'
import { between, comparisonOf, distanceTo, unitOf } from '../language/look.js'
import type { MetricBody, MetricSpec } from '../language/metrics.js'
import type { Waits } from '../language/rows.js'
import { aside } from '../store/aside.js'
import type { BehindRow } from './behind.js'
import { cellOf, outSql } from './cells.js'
import type { Setting } from './compiler.js'
import { evaluate } from './evaluate.js'
import { occurrenceRows } from './members.js'
import { besideEvent, type Customer, type Seen, textOf } from './why.js'

export interface WhyEvent {
  readonly event: EventDefinition
  readonly count: number
  /** The latest first. */
  readonly latest: readonly BehindRow[]
  readonly seen: readonly Seen[]
  /** What is still wanting for the next occurrence. */
  readonly next?: string
}

const SHOWN = 5

export function explainEvent(setting: Setting, customer: Customer, event: EventDefinition): WhyEvent {
  const rows = aside(setting.store, () => [...occurrenceRows(setting, event, { customer: customer.key })])
  const latest = rows
    .slice(-SHOWN)
    .reverse()
    .map((row) => ({
      at: String(row[1]),
      facts: event.event.capture.flatMap((field, i) => {
        const cell = row[i + 2] ?? null
        return cell === null ? [] : [[field, cell] as const]
      }),
    }))
  const { waits } = event.event
  const next = waits === undefined ? undefined : nextOf(setting, customer, event, waits, rows.length)
  return { event, count: rows.length, latest, seen: besideEvent(setting, customer, event), ...(next !== undefined && { next }) }
}

/** The event's rows before it chooses among them, by a name that no definition can have. */
const CHOSEN_FROM = 'why rows'

function nextOf(
  setting: Setting,
  customer: Customer,
  event: EventDefinition,
  waits: Waits,
  occurred: number,
): string | undefined {
  const { on, per } = event.event
  const value = (kind: 'count' | 'sum' | 'latest', body: Partial<MetricBody>, field?: string): string => {
    const target = { on: CHOSEN_FROM, span: event.span, ...(field !== undefined && { field }) }
    return metricOf(setting, customer, event, { kind, body: { ...body, target } })
  }
  if ('rows' in waits) {
    const rows = Number(value('count', {}))
    const left = waits.again ? waits.rows - (rows % waits.rows) : waits.rows - rows
    const [one, many] = unitOf(per === undefined ? on : 'orders')
    return left <= 0 ? undefined : `the next with ${left} more ${left === 1 ? one : many}`
  }
  if ('quiet' in waits) {
    const latest = parseDay(value('latest', {}, 'at'))
    const day: Day | undefined = latest === undefined ? undefined : after(latest, waits.quiet)
    return day === undefined || day <= setting.asOf ? undefined : `the next on ${formatDay(day)} if nothing new comes`
  }
  if (waits.every === undefined && occurred > 0) return undefined
  const period = waits.every === undefined ? {} : between(startOf(setting.asOf, waits.every), setting.asOf)
  const wanted = distanceTo(comparisonOf('min', waits.of, event.span), value('sum', period, waits.sum), false, () => undefined)
  return wanted?.way !== 'more' ? undefined : `the next with ${wanted.by} more of ${waits.sum}`
}

function metricOf(setting: Setting, customer: Customer, definition: EventDefinition, spec: MetricSpec): string {
  const { finding: _, waits: __, ...rows } = definition.event
  const definitions: Definitions = {
    ...setting.definitions,
    events: new Map([
      ...setting.definitions.events,
      [CHOSEN_FROM, { ...definition, name: CHOSEN_FROM, event: { ...rows, name: CHOSEN_FROM } }],
    ]),
  }
  return aside(setting.store, () => {
    const found = evaluate({ ...setting, definitions, only: int(customer.id) }, [], [], (cx) => [cx.metric(spec)])
    return found.asked
      .map((value) => {
        const query = sql`select ${outSql(value)} from ${found.from} where c._id = ${int(customer.id)}`
        return textOf(cellOf(value, setting.store.row(found.ready(query))?.[0]))
      })
      .join('')
  })
}
