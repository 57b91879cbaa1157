/** Members and occurrences as rows for people and programs: keys, values, captured facts, in a total order. */
import { and, int, join, not, type Sql, sql, truth } from '../base/sql.js'
import { type Day, formatDay } from '../base/time.js'
import type { EventDefinition, Segment } from '../language/definitions.js'
import { cellOf, type OutCell, outSql } from './cells.js'
import type { Setting } from './compiler.js'
import { type Evaluated, evaluate, occurrenceQuery } from './evaluate.js'
import { spanAt } from './record.js'

export type OutRow = readonly OutCell[]

export interface MemberChoice {
  /** Attributes and metrics to give with each key. */
  readonly values: readonly string[]
  /** Segments that `except` stands on. */
  readonly segments?: readonly string[]
  /** Customers left out though they are members. */
  readonly except?: (found: Evaluated) => Sql | undefined
}

/** Members by the bytes of their keys: the key, then the values. */
export function* memberRows(setting: Setting, segment: Segment, choice: MemberChoice): IterableIterator<OutRow> {
  const found = evaluate(setting, [segment.name, ...(choice.segments ?? [])], choice.values)
  const except = choice.except?.(found)
  yield* customerRows(
    setting,
    found,
    and([found.member(segment.name), ...(except === undefined ? [] : [not(truth(except))])]),
    choice.values,
  )
}

/** Members as a recorded run found them; the values are those of its day. */
export function* memberRowsOfRun(
  setting: Setting,
  name: number,
  run: number,
  values: readonly string[],
): IterableIterator<OutRow> {
  const found = evaluate(setting, [], values)
  const then = sql`c._id in (select _customer from member_row where _name = ${int(name)} and ${spanAt(run)})`
  yield* customerRows(setting, found, then, values)
}

function* customerRows(setting: Setting, found: Evaluated, where: Sql, names: readonly string[]): IterableIterator<OutRow> {
  const values = names.map(found.value)
  const columns = [sql`c.customer`, ...values.map(outSql)]
  const query = sql`select ${join(columns, ', ')} from ${found.from} where ${where} order by c.customer`
  for (const row of setting.store.each(found.ready(query))) yield [String(row[0]), ...values.map((v, i) => cellOf(v, row[i + 1]))]
}

export interface OccurrenceChoice {
  readonly from?: Day | undefined
  readonly to?: Day | undefined
  readonly customer?: string | undefined
}

/** Occurrences by time, customer, row: the customer's key, the moment, the captured facts. */
export function* occurrenceRows(setting: Setting, event: EventDefinition, choice: OccurrenceChoice): IterableIterator<OutRow> {
  const { select, captured } = occurrenceQuery(setting, event, outSql)
  const rest = event.event.on === 'items' ? 'q.row_key, q.row_n' : 'q.row_key'
  const shown = captured.map((_, i) => ({ text: `q.c${i}`, params: [] }))
  const columns = [{ text: 'k.customer, q.day, q.time', params: [] }, ...shown]
  const query = sql`select ${join(columns, ', ')} from (${select}) q join customer_row k on k._id = q.customer where ${chosen(choice)} order by q.day, q.time, k.customer, ${{ text: rest, params: [] }}`
  for (const row of setting.store.each(query)) {
    const [day, time] = [row[1] as number, row[2] as number]
    const at = time < 0 ? formatDay(day) : setting.zone.format({ day, time })
    yield [String(row[0]), at, ...captured.map(({ value }, i) => cellOf(value, row[i + 3]))]
  }
}

/** How many occurrences each customer has, those with none left out. */
export function* occurrenceCounts(setting: Setting, event: EventDefinition, choice: OccurrenceChoice): IterableIterator<OutRow> {
  const { select } = occurrenceQuery(setting, event, outSql)
  const query = sql`select k.customer, count(*) from (${select}) q join customer_row k on k._id = q.customer where ${chosen(choice)} group by k.customer order by k.customer`
  for (const row of setting.store.each(query)) yield [String(row[0]), { decimal: String(row[1]) }]
}

const chosen = ({ from, to, customer }: OccurrenceChoice): Sql =>
  and([
    ...(from === undefined ? [] : [sql`q.day >= ${int(from)}`]),
    ...(to === undefined ? [] : [sql`q.day <= ${int(to)}`]),
    ...(customer === undefined ? [] : [sql`k.customer = ${customer}`]),
  ])
