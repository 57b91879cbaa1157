/** Conditions on what a customer did: rows and occurrences, how many and when. */
import type { Problems, Span } from '../../base/problem.js'
import { and, not, type Sql, sql, total } from '../../base/sql.js'
import { type Comparison, checkComparison, comparison, comparisonSql, sayComparison } from '../compare.js'
import { kind, type World } from '../kind.js'
import { comparisonOf, days, type Look, metricOver, opposite, rowsOn, unitOf } from '../look.js'
import {
  checkRowFilter,
  oneRowSource,
  type RowFilter,
  rowFilterReaders,
  rowFilterUses,
  rowsRef,
  sayDeed,
  sayTimes,
  sayUndone,
} from '../rowfilter.js'
import { type Rows, type RowsCompile, rowsFor } from '../rows.js'
import { computed } from '../value.js'
import { sayWindow } from '../windows.js'
import type { Wording } from '../words/index.js'
import { optional, type Reader, shape } from '../yaml.js'

interface Performed extends RowFilter {
  readonly count?: Comparison
  readonly days?: Comparison
}
const fields: Reader<Performed> = oneRowSource(
  shape({ ...rowFilterReaders, count: optional(comparison), days: optional(comparison) }),
)

const counted = (rows: Rows, what: Sql): Sql =>
  sql`coalesce(${rows.pass.aggregate(sql`${what} filter (where ${rows.passes})`)}, 0)`

function performedSql(body: Performed, cx: RowsCompile): Sql {
  const rows = rowsFor(cx, rowsRef(body, cx))
  const of = (test: Comparison, what: Sql) =>
    comparisonSql(test, computed('number', counted(rows, what), { scale: 0, known: true }), cx)
  const days = sql`count(distinct ${rows.order[0] as Sql})`
  const parts = [
    ...(body.count === undefined ? [] : [of(body.count, rows.counting)]),
    ...(body.days === undefined ? [] : [of(body.days, days)]),
  ]
  return parts.length === 0 ? total(sql`${counted(rows, rows.counting)} > 0`) : and(parts)
}

function check(body: Performed, world: World, problems: Problems, span: Span): void {
  checkRowFilter(body, world, problems, span)
  if (body.count !== undefined) checkComparison(body.count, '`count`', 'number', world.asOf, problems)
  if (body.days !== undefined) checkComparison(body.days, '`days`', 'number', world.asOf, problems)
}

const more = (body: Performed, w: Wording): readonly string[] => [
  sayTimes(body.count, w),
  body.days === undefined ? '' : w.onDays(sayComparison(body.days, w)),
  sayWindow(body, w),
]

function looks(body: Performed, span: Span): readonly Look[] {
  const on = rowsOn(body)
  const count = body.count ?? (body.days === undefined ? comparisonOf('min', '1', span) : undefined)
  const receipts: Look[] =
    count === undefined ? [] : [{ label: on, at: { metric: metricOver('count', body, span) }, test: count, unit: unitOf(on) }]
  return body.days === undefined
    ? receipts
    : [...receipts, { label: `days of ${on}`, at: { metric: metricOver('distinct', body, span) }, test: body.days, unit: days }]
}
/** Of one test the complement is a test again; of several, only the values are told. */
const complement = (all: readonly Look[]): readonly Look[] =>
  all.map(({ test, ...look }) => {
    const other = all.length === 1 && test !== undefined ? opposite(test) : undefined
    return other === undefined ? look : { ...look, test: other }
  })

export const performed = {
  performed: kind({
    summary: 'the number of occurrences or rows in the window passes; without `count` and `days`, at least one',
    fields,
    check,
    uses: rowFilterUses,
    sql: performedSql,
    say: (body, w) => w.conditions.performed(sayDeed(body, w), more(body, w)),
    looks,
    example: 'performed: { items: { category: cakes }, count: { min: 2 }, last: 30 days }',
  }),
  not_performed: kind({
    summary: 'exactly the complement of `performed`',
    fields,
    check,
    uses: rowFilterUses,
    sql: (body, cx) => not(performedSql(body, cx)),
    looks: (body, span) => complement(looks(body, span)),
    say: (body, w) => w.conditions.not_performed(sayDeed(body, w), sayUndone(body, w), more(body, w)),
    example: 'not_performed: { orders: any, last: 90 days }',
  }),
}
