/** Conditions on when a customer did something: for the first or last time, period after period, once but no more. */
import { isMap, isScalar, type Node, type Pair, YAMLMap } from 'yaml'
import type { Problems, Span } from '../../base/problem.js'
import { and, int, type Sql, sql, total, truth } from '../../base/sql.js'
import { before, type Day, type Duration, formatDay, shift, startOf, startOfNext } from '../../base/time.js'
import { type Comparison, checkComparison, comparison, comparisonSql } from '../compare.js'
import { kind, type World } from '../kind.js'
import { between, comparisonOf, comparisonOfWindow, type Look, type Looking, metricOver, rowsOn, unitOf } from '../look.js'
import {
  checkRowFilter,
  oneRowSource,
  type RowFilter,
  rowFilterReaders,
  rowFilterUses,
  rowsRef,
  sayDeed,
  sayRowFilter,
  sayTimes,
} from '../rowfilter.js'
import { type Rows, type RowsCompile, type RowsRef, rowsFor } from '../rows.js'
import { type Compile, computed } from '../value.js'
import { type Days, daysOf, duration, sayWindow, type WindowFields, windowNames } from '../windows.js'
import { deref, oneOf, optional, type Reader, shape, spanned, spanOf, whole } from '../yaml.js'

const aggregate = (rows: Rows, what: Sql): Sql => rows.pass.aggregate(sql`${what} filter (where ${rows.passes})`)

const rowsIn = (body: RowFilter, days: Days | undefined, cx: RowsCompile): Rows => {
  const ref: RowsRef = { ...rowsRef(body, cx), days }
  return rowsFor(cx, ref)
}

/** `first` or `latest`: the day of the customer's one such row among all up to the as-of day. */
interface Edge {
  readonly word: 'first' | 'latest'
  readonly of: 'min' | 'max'
  readonly kind: 'first_performed' | 'last_performed'
}
const first: Edge = { word: 'first', of: 'min', kind: 'first_performed' }
const latest: Edge = { word: 'latest', of: 'max', kind: 'last_performed' }

const edgeFields = oneRowSource(shape(rowFilterReaders))

const edgePerformed = (name: string, edge: Edge, example: string) =>
  kind<RowFilter>({
    summary: `the ${edge.word} occurrence or row ever lies in the window`,
    fields: edgeFields,
    check(body, world, problems, span) {
      checkRowFilter(body, world, problems, span)
      if (daysOf(body, world.asOf) === undefined)
        problems.error('window', `\`${name}\` asks when, and no window is named`, {
          span,
          help: 'add one, such as `last: 30 days`; `performed` asks whether at all',
        })
    },
    uses: rowFilterUses,
    sql(body, cx) {
      const rows = rowsIn(body, undefined, cx)
      const day = aggregate(rows, sql`${{ text: edge.of, params: [] }}(${rows.order[0] as Sql})`)
      const { from, to } = daysOf(body, cx.asOf) ?? {}
      return truth(
        and([
          sql`${day} is not null`,
          ...(from === undefined ? [] : [sql`${day} >= ${int(from)}`]),
          ...(to === undefined ? [] : [sql`${day} <= ${int(to)}`]),
        ]),
      )
    },
    say: (body, w) =>
      w.conditions[edge.kind]({ bare: sayRowFilter(body, w, 'bare'), deed: sayDeed(body, w) }, sayWindow(body, w)),
    looks: (body, span) => [
      {
        label: `${edge.word} ${unitOf(rowsOn(body))[0]}`,
        at: { metric: metricOver(edge.word, body, span, {}) },
        test: comparisonOfWindow(body, span),
      },
    ],
    example,
  })

type Every = 'day' | 'week' | 'month' | 'quarter'
interface Regularly extends RowFilter {
  readonly in: { readonly value: number; readonly span: Span }
  readonly of: number
  readonly every: Every
  readonly count?: Comparison
}

/** More periods than this are no habit that a shop can have seen. */
const MOST_PERIODS = 1000

const windows: readonly string[] = windowNames
const { event, orders, items, activities, where, containing, without } = rowFilterReaders
const rowReaders = { event, orders, items, activities, where, containing, without }

/** A body whose days follow from what else it says: a window in it is told, and the rest is read. */
function ownDays<T>(inner: Reader<T>, name: string): Reader<T> {
  return {
    ...inner,
    read(at, cx) {
      const real = deref(at, cx)
      if (real === undefined || !isMap(real.node)) return real === undefined ? undefined : inner.read(real, cx)
      const all = real.node.items as Pair<Node, Node | null>[]
      const named = (p: Pair<Node, Node | null>): string => (isScalar(p.key) ? String(p.key.value) : '')
      const found = all.filter((p) => windows.includes(named(p)))
      for (const p of found)
        cx.problems.error('window', `\`${name}\` has days of its own, beside which \`${named(p)}\` has no place`, {
          span: spanOf(p.key, cx.source, at.span),
          help: 'leave it out, or write a condition of its own for it',
        })
      if (found.length === 0) return inner.read(real, cx)
      const rest = new YAMLMap<Node, Node | null>()
      rest.range = real.node.range ?? null
      rest.items = all.filter((p) => !found.includes(p))
      return inner.read({ node: rest, span: real.span }, cx)
    },
  }
}

const regularFields: Reader<Regularly> = ownDays(
  oneRowSource(
    shape({
      ...rowReaders,
      in: spanned(whole(1, MOST_PERIODS)),
      of: whole(1, MOST_PERIODS),
      every: oneOf('day', 'week', 'month', 'quarter'),
      count: optional(comparison),
    }),
  ),
  'regularly',
)

/** First days of the latest periods that are over at the end of the day, the latest first, and the last day of them all. */
export function periodsOver(asOf: Day, every: Every, of: number): { readonly starts: readonly Day[]; readonly last: Day } {
  const next = startOfNext(asOf, every)
  const after = next - 1 === asOf ? next : startOf(asOf, every)
  return { starts: Array.from({ length: of }, (_, i) => shift(after, -1 - i, every)), last: after - 1 }
}

/** Which of the periods a day lies in, 0 the latest. */
const periodOf = (day: Sql, { every }: Regularly, starts: readonly Day[], last: Day): Sql =>
  every === 'day' || every === 'week'
    ? sql`((${int(last)} - ${day}) / ${int(every === 'day' ? 1 : 7)})`
    : sql`case ${{ text: starts.map((start, i) => `when ${day.text} >= ${start} then ${i}`).join(' '), params: [] }} end`

const regularSql = (body: Regularly, cx: RowsCompile): Sql => total(sql`(${heldPeriods(body, cx)} >= ${int(body.in.value)})`)

/** In how many of the periods the count passes. */
function heldPeriods(body: Regularly, cx: RowsCompile): Sql {
  const { starts, last } = periodsOver(cx.asOf, body.every, body.of)
  const rows = rowsIn(body, { from: starts.at(-1) as Day, to: last }, cx)
  const period = periodOf(rows.order[0] as Sql, body, starts, last)
  return body.count === undefined
    ? sql`coalesce(${aggregate(rows, sql`count(distinct ${period})`)}, 0)`
    : periodsHeld(body.count, body.of, rows, period, cx)
}

/** So many periods are shown one by one. */
const SHOWN_PERIODS = 13

/** Each period, the latest first, with its count. */
function regularLooks(body: Regularly, span: Span, { asOf }: Looking): readonly Look[] {
  if (body.of > SHOWN_PERIODS) {
    const held = (cx: RowsCompile) => computed('number', heldPeriods(body, cx), { scale: 0, known: true })
    const test = comparisonOf('min', String(body.in.value), span)
    return [{ label: `${body.every}s`, at: { values: [held] }, test, unit: [body.every, `${body.every}s`] }]
  }
  const { starts, last } = periodsOver(asOf, body.every, body.of)
  const test = body.count ?? comparisonOf('min', '1', span)
  return starts.map((start, i) => ({
    label: `${body.every} from ${formatDay(start)}`,
    at: { metric: metricOver('count', body, span, between(start, i === 0 ? last : (starts[i - 1] as Day) - 1)) },
    test,
    unit: unitOf(rowsOn(body)),
    titled: true,
  }))
}

const counts = (test: Comparison, n: Sql, cx: Compile): Sql =>
  sql`(${comparisonSql(test, computed('number', n, { scale: 0, known: true }), cx)})`

/** The same for a count of its own: those with rows one by one, those without all alike. */
function periodsHeld(count: Comparison, of: number, rows: Rows, period: Sql, cx: Compile): Sql {
  const { scope } = rows.pass
  const each = sql`select ${scope.column('_customer')} as _customer, ${period} as period, ${rows.counting} as n
    from ${scope.from()} where ${and([rows.pass.where, rows.passes])} group by ${scope.column('_customer')}, 2`
  const passing = sql`sum(case when ${counts(count, { text: 'n', params: [] }, cx)} then 1 else 0 end)`
  const [held, some] = cx.alone(sql`select _customer, ${passing} as held, count(*) as some from (${each}) group by _customer`, [
    'held',
    'some',
  ]) as [Sql, Sql]
  const none = sql`(${int(of)} - coalesce(${some}, 0)) * ${counts(count, int(0), cx)}`
  return sql`coalesce(${held}, 0) + ${none}`
}

interface Lapsed extends RowFilter {
  readonly active: Duration
  readonly quiet: Duration
}
const lapsedFields: Reader<Lapsed> = ownDays(oneRowSource(shape({ ...rowReaders, active: duration, quiet: duration })), 'lapsed')

export const timing = {
  first_performed: edgePerformed('first_performed', first, 'first_performed: { orders: any, last: 30 days }'),
  last_performed: edgePerformed(
    'last_performed',
    latest,
    'last_performed: { items: { category: cakes }, ago: { from: 90 days, to: 30 days } }',
  ),
  regularly: kind<Regularly>({
    summary: 'in so many of the latest calendar periods that are over, `count` holds; without it, at least once',
    fields: regularFields,
    check(body, world: World, problems: Problems, span: Span) {
      checkRowFilter(body, world, problems, span)
      if (body.count !== undefined) checkComparison(body.count, '`count`', 'number', world.asOf, problems)
      if (body.in.value > body.of)
        problems.error('wrong-value', `there are no ${body.in.value} periods in ${body.of}`, {
          span: body.in.span,
          help: `\`in\` is at most \`of\`, which is ${body.of}`,
        })
    },
    uses: rowFilterUses,
    sql: regularSql,
    looks: regularLooks,
    say: (body, w) => w.conditions.regularly(sayDeed(body, w), sayTimes(body.count, w), body.in.value, body.of, body.every),
    example: 'regularly: { orders: any, in: 3, of: 4, every: week }',
  }),
  lapsed: kind<Lapsed>({
    summary: 'something in the `active` days before the `quiet` ones, nothing in the `quiet` days up to the as-of day',
    fields: lapsedFields,
    check: checkRowFilter,
    uses: rowFilterUses,
    sql(body, cx) {
      const quiet = before(cx.asOf, body.quiet)
      const rows = rowsIn(body, { from: before(quiet, body.active) + 1 }, cx)
      return truth(sql`${aggregate(rows, sql`max(${rows.order[0] as Sql})`)} <= ${int(quiet)}`)
    },
    looks(body, span, { asOf }) {
      const [quiet, on] = [before(asOf, body.quiet), rowsOn(body)]
      const count = (window: WindowFields) => ({ metric: metricOver('count', body, span, window) })
      const active = count(between(before(quiet, body.active) + 1, quiet))
      return [
        { label: 'active', at: active, test: comparisonOf('min', '1', span), unit: unitOf(on), titled: true },
        { label: 'quiet', at: count({ last: body.quiet }), test: comparisonOf('max', '0', span), unit: unitOf(on), titled: true },
      ]
    },
    say: (body, w) => w.conditions.lapsed(sayDeed(body, w), body.active, body.quiet),
    example: 'lapsed: { orders: any, active: 180 days, quiet: 60 days }',
  }),
}
