/** Conditions on what a customer did: rows and occurrences, how many and when. */
import type { Problems, Span, Spanned } from '../../base/problem.js'
import { and, not, type Sql, sql, total } from '../../base/sql.js'
import { type Comparison, checkComparison, comparison, comparisonSql, sayComparison } from '../compare.js'
import { checkContaining } from '../events.js'
import { checkFilter, type Filter, filter, noFilter, rowsOf, sayFilter } from '../filter.js'
import { kind, type Use, uses, type World } from '../kind.js'
import { fieldworkOf, onOf, sayContaining } from '../metrics.js'
import { type Rows, type RowsCompile, type RowsRef, rowsFor } from '../rows.js'
import { type Compile, computed } from '../value.js'
import { daysOf, sayWindow, type WindowFields, windowReaders, wrongWindow } from '../windows.js'
import { listOf, optional, type Reader, shape, spanned, word } from '../yaml.js'

/** A row filter of the language: one of `orders`, `items`, `activities` or `event`, with what may narrow it. */
export interface RowFilter extends WindowFields {
  readonly event?: Spanned<string>
  readonly orders?: Filter
  readonly items?: Filter
  readonly activities?: Filter
  readonly where?: Filter
  readonly containing?: readonly Filter[]
  readonly without?: readonly Filter[]
}

/** Readers to spread into the fields of any condition that looks at rows. */
export const rowFilterReaders = {
  event: optional(spanned(word)),
  orders: optional(rowsOf),
  items: optional(rowsOf),
  activities: optional(rowsOf),
  where: optional(filter),
  containing: optional(listOf(filter)),
  without: optional(listOf(filter)),
  ...windowReaders,
}
const sources = ['orders', 'items', 'activities'] as const

/** A body that names exactly one kind of rows. */
export function oneRowSource<T extends RowFilter>(inner: Reader<T>): Reader<T> {
  return {
    expects: inner.expects,
    read(at, cx) {
      const before = cx.problems.list.length
      const body = inner.read(at, cx)
      if (body === undefined) return undefined
      const named = [...sources, 'event' as const].filter((s) => body[s] !== undefined)
      if (named.length === 1) return body
      if (cx.problems.list.length > before) return undefined
      return cx.problems.error(
        'one-source',
        named.length === 0
          ? 'which rows? name `event`, `orders`, `items` or `activities`'
          : `one kind of rows a condition; here are ${named.map((n) => `\`${n}\``).join(' and ')}`,
        {
          span: at.span,
          help: 'for example `orders: any`, or `event: NAME`',
        },
      )
    },
  }
}

export const rowsRef = (body: RowFilter, cx: Compile): RowsRef => ({
  on: body.event === undefined ? { source: sourceOf(body) } : { event: body.event.value },
  where: [
    ...sources.flatMap((s) => (body[s] === undefined || body[s] === noFilter ? [] : [body[s]])),
    ...(body.where === undefined ? [] : [body.where]),
  ],
  containing: body.containing ?? [],
  without: body.without ?? [],
  days: daysOf(body, cx.asOf),
  fields: [],
})
const sourceOf = (body: RowFilter) => sources.find((s) => body[s] !== undefined) ?? 'orders'

export function checkRowFilter(body: RowFilter, world: World, problems: Problems, span: Span): void {
  const wrong = wrongWindow(body, world.asOf)
  if (wrong !== undefined) problems.error('window', wrong, { span })
  const on = body.event ?? { value: sourceOf(body), span }
  if (body.event !== undefined && (onOf(on.value) as { source?: string }).source !== undefined) {
    problems.error('unknown-event', `no event \`${on.value}\``, {
      span: on.span,
      help: `for rows of the source write \`${on.value}: any\``,
    })
    return
  }
  const fields = fieldworkOf({ on: on.value, span: on.span }, world, problems)
  if (fields === undefined) return
  for (const f of [...sources.map((s) => body[s]), body.where])
    if (f !== undefined) checkFilter(f, fields.work, world.asOf, problems)
  checkContaining(
    fields.source,
    [...(body.containing ?? []), ...(body.without ?? [])],
    span,
    world.catalogue,
    world.asOf,
    problems,
  )
}

export function sayRowFilter(body: RowFilter): string {
  const source = sourceOf(body)
  const given = body[source]
  const what =
    body.event !== undefined
      ? body.event.value
      : given === noFilter || given === undefined
        ? nouns[source]
        : `${nouns[source]} where ${sayFilter(given)}`
  return [what, body.where === undefined ? '' : `where ${sayFilter(body.where)}`, sayContaining(body)]
    .filter((s) => s !== '')
    .join(' ')
}
const nouns = { orders: 'an order', items: 'an item', activities: 'an activity' } as const

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

const events = (body: Performed): readonly Use[] => (body.event === undefined ? [] : uses('event', [body.event]))

function say(body: Performed): string {
  const times = body.count === undefined ? '' : `${sayComparison(body.count)} times`
  const days = body.days === undefined ? '' : `on ${sayComparison(body.days)} days`
  return [sayRowFilter(body), times, days, sayWindow(body)].filter((s) => s !== '').join(' ')
}

export const performed = {
  performed: kind({
    summary: 'the number of occurrences or rows in the window passes; without `count` and `days`, at least one',
    fields,
    check,
    uses: events,
    sql: performedSql,
    say,
    example: 'performed: { items: { category: cakes }, count: { min: 2 }, last: 30 days }',
  }),
  not_performed: kind({
    summary: 'exactly the complement of `performed`',
    fields,
    check,
    uses: events,
    sql: (body, cx) => not(performedSql(body, cx)),
    say: (body) => `not: ${say(body)}`,
    example: 'not_performed: { orders: any, last: 90 days }',
  }),
}
