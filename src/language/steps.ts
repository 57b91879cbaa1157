/** What sequences and returns are made of, as rules that `why` counts for one customer: how far he came, and with which rows. */
import type { Span } from '../base/problem.js'
import type { Sql } from '../base/sql.js'
import { type Duration, sayDuration } from '../base/time.js'
import { comparisonOf, type Look, type Looking, metricOver, rowsOn, unitOf } from './look.js'
import type { MetricSpec } from './metrics.js'
import { type RowFilter, sayDeed } from './rowfilter.js'
import { afterGap, type Event, type Finding, type RowsCompile } from './rows.js'
import { type Step, sequenceGrain, sequenceSql } from './sequence.js'
import { sayWindow, type WindowFields, windowNames } from './windows.js'

interface Steps extends WindowFields {
  readonly steps: { readonly value: readonly Step[] }
  readonly within: Duration
}

/** Step by step, how often he came so far; the window last. */
export function stepLooks(body: Steps, span: Span, { events }: Looking): readonly Look[] {
  const list = body.steps.value
  const told = { test: comparisonOf('min', '1', span), unit: unitOf(''), titled: true, rows: true } as const
  const upTo = (n: number): Event | undefined => {
    const some = list.slice(0, n)
    const grain = sequenceGrain(some, (name) => events.get(name))
    if (grain === undefined) return undefined
    const find = (cx: RowsCompile): Sql => sequenceSql(cx, { steps: some, within: body.within }, grain)
    return lookedAt(`step ${n}`, span, grain, { rows: 'own', known: 'row', moved: true, sql: find })
  }
  const counted = (label: string, event: Event | undefined, window: WindowFields = {}): readonly Look[] =>
    event === undefined ? [] : [{ ...told, label, at: { metric: countOf(event, span, window) }, events: [event] }]
  const each = list.flatMap(({ rows, not }, i): readonly Look[] => {
    const metric = metricOver('count', rows, span)
    if (i === 0) return [{ ...told, label: sayDeed(rows), at: { metric } }]
    if (!not) return counted(`then ${sayDeed(rows)}`, upTo(i + 1))
    const { test: _, ...against } = told
    return [{ ...against, label: sayDeed(rows), at: { metric } }, ...counted(`and not (${sayDeed(rows)}) after it`, upTo(i + 1))]
  })
  const window = Object.fromEntries(windowNames.flatMap((n) => (body[n] === undefined ? [] : [[n, body[n]]]))) as WindowFields
  const said = sayWindow(window)
  return [...each, ...(said === '' ? [] : counted(`all of it ${said}`, upTo(list.length), window))]
}

interface Return extends RowFilter {
  readonly quiet: Duration
  readonly back: Duration
}

/** The returns there ever were, and those of the last days. */
export function returnLooks(body: Return, span: Span): readonly Look[] {
  const event = body.event === undefined ? returnOf(body, body.quiet, span) : undefined
  if (event === undefined) return []
  const told = { unit: unitOf(''), titled: true, rows: true, events: [event] } as const
  return [
    { ...told, label: `came back after more than ${sayDuration(body.quiet)}`, at: { metric: countOf(event, span, {}) } },
    {
      ...told,
      label: `of these in the last ${sayDuration(body.back)}`,
      at: { metric: countOf(event, span, { last: body.back }) },
      test: comparisonOf('min', '1', span),
    },
  ]
}

function returnOf(body: RowFilter, quiet: Duration, span: Span): Event {
  const { where, containing = [], without = [] } = metricOver('count', body, span, {}).body as RowFilter
  const rows = { where: where === undefined ? [] : [where], containing, without }
  const finding: Finding = {
    rows: 'chosen',
    known: 'row',
    moved: false,
    sql: (_cx, { select, order }) => afterGap(select, order, quiet),
  }
  return { ...lookedAt('return', span, { on: rowsOn(body) as 'orders' }, finding), ...rows }
}

/** A rule that is only looked at; the place of its condition tells it from others. */
const lookedAt = (say: string, { source, start }: Span, grain: Pick<Event, 'on' | 'per'>, finding: Finding): Event => ({
  name: `why ${say} at ${source.name} ${start}`,
  ...grain,
  where: [],
  containing: [],
  without: [],
  capture: [],
  finding,
  say: () => say,
})

const countOf = (event: Event, span: Span, window: WindowFields): MetricSpec => ({
  kind: 'count',
  body: { target: { on: event.name, span }, ...window },
})
