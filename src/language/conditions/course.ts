/** Conditions on the course of what a customer did, and on dates that come round. */
import type { Spanned } from '../../base/problem.js'
import { and, int, join, or, type Sql, sql, total, truth } from '../../base/sql.js'
import { after, before, civil, type Day, type Duration, dayOf, lastDay } from '../../base/time.js'
import { anniversaryIn, monthAndDay, periodOf, comingRound as roundOf } from '../../store/dialect.js'
import { customerValue } from '../fields.js'
import { checkDate } from '../fieldwork.js'
import { type Compiling, kind, uses } from '../kind.js'
import { comparisonOf, days, metricOver, rowsOn, unitOf } from '../look.js'
import {
  checkRowFilter,
  oneRowSource,
  type RowFilter,
  rowFilterReaders,
  rowFilterUses,
  rowsRef,
  sayRowFilter,
} from '../rowfilter.js'
import { afterGap, type RowsCompile, rowset } from '../rows.js'
import { checkSequence, type Step, saySequence, sequenceGrain, sequenceSql, sequenceUses, steps, within } from '../sequence.js'
import { returnLooks, stepLooks } from '../steps.js'
import { computed, type Value } from '../value.js'
import { daysOf, duration, sayWindow, type WindowFields, windowNames, windowReaders, wrongWindow } from '../windows.js'
import { shape, spanned, word } from '../yaml.js'

interface SequenceBody extends WindowFields {
  readonly steps: Spanned<readonly Step[]>
  readonly within: Duration
}
interface Resurrected extends RowFilter {
  readonly quiet: Duration
  readonly back: Duration
}
interface Anniversary {
  readonly of: Spanned<string>
  readonly next: Duration
}

const raw = (text: string): Sql => ({ text, params: [] })

/** Whether customer `c` has a row of a query of (_customer, …). */
function some(cx: RowsCompile, query: Sql): Sql {
  const [found] = cx.alone(sql`select q._customer, count(*) as n from (${query}) q group by q._customer`, ['n'])
  return total(sql`(${found as Sql} is not null)`)
}

/** The rows of customers, by moment, as a query of `_customer`, `_day` and what puts them in order. */
function ordered(cx: RowsCompile, body: RowFilter): { readonly select: Sql; readonly order: string } {
  const { scope, where } = rowset(cx, { ...rowsRef(body, cx), days: undefined }, 'b')
  const columns = scope.order().map((c, i) => sql`${c} as ${raw(i === 0 ? '_day' : `o${i}`)}`)
  const order = columns.map((_, i) => (i === 0 ? 'q._day' : `q.o${i}`)).join(', ')
  return {
    select: sql`select ${join([sql`${scope.column('_customer')} as _customer`, ...columns], ', ')} from ${scope.from()} where ${where}`,
    order,
  }
}

/** Days of a month as numbers such as 229, by year: those on which an anniversary in the window falls. */
function comingRound(from: Day, to: Day): readonly { readonly year: number; readonly days: readonly number[] }[] {
  const years = new Map<number, number[]>()
  for (let day = from; day <= to; day++) {
    const { year, month, day: d } = civil(day)
    const all = years.get(year) ?? []
    years.set(year, all)
    all.push(month * 100 + d)
    if (month === 2 && d === 28 && dayOf(year, 2, 29) === undefined) all.push(229)
  }
  return [...years].map(([year, days]) => ({ year, days }))
}

/** The last of the days on which an anniversary may fall. */
const lastOf = (asOf: Day, next: Duration): Day => Math.min(after(asOf, next) - 1, asOf + 400, lastDay)

/** Days from one to the next anniversary from there on; unknown where none is due within two years. */
export function untilNext(of: string, cx: Compiling, from: Day): Value {
  const { form } = customerValue(cx, of)
  const { year } = civil(from)
  const born = periodOf(form, 'year')
  const within = [year, year + 1].map((y) => {
    const day = anniversaryIn(roundOf(form), int(y))
    return sql`when ${int(y)} > ${born} and ${day} >= ${int(from)} then ${day} - ${int(from)}`
  })
  return computed('number', sql`case ${join(within, ' ')} end`, { scale: 0 })
}

export const course = {
  sequence: kind<SequenceBody>({
    summary: 'one row after another within a time, each strictly later than the one before; the last may be a `not`',
    fields: shape({ steps, within, ...windowReaders }),
    check(body, world, problems, span) {
      checkSequence(body.steps, world, problems)
      const wrong = wrongWindow(body, world.asOf)
      if (wrong !== undefined) problems.error('window', wrong, { span })
    },
    uses: (body) => sequenceUses(body.steps.value),
    sql(body, cx) {
      const grain = sequenceGrain(body.steps.value, (event) => cx.event(event))
      if (grain === undefined) throw new Error('a sequence was not checked')
      const { from, to } = daysOf(body, cx.asOf) ?? {}
      const found = sequenceSql(cx, { steps: body.steps.value, within: body.within }, grain, from)
      const inWindow = and([
        ...(from === undefined ? [] : [sql`s._at_day >= ${int(from)}`]),
        ...(to === undefined ? [] : [sql`s._at_day <= ${int(to)}`]),
      ])
      return some(cx, sql`select s._customer from (${found}) s where ${inWindow}`)
    },
    say: (body, w) => w.joined([saySequence({ steps: body.steps.value, within: body.within }, w), sayWindow(body, w)]),
    looks: stepLooks,
    example: 'sequence: { steps: [{ activities: { type: visit } }, { orders: any }], within: 7 days, last: 90 days }',
  }),
  resurrected: kind<Resurrected>({
    summary: 'came back after a pause: a row in the last days that follows the one before by more than `quiet`',
    fields: oneRowSource(shape({ ...rowFilterReaders, quiet: duration, back: duration })),
    check(body, world, problems, span) {
      checkRowFilter(body, world, problems, span)
      if (windowNames.some((n) => body[n] !== undefined))
        problems.error('window', '`resurrected` has its window in `back`', { span, help: 'leave the other window out' })
    },
    uses: rowFilterUses,
    sql(body, cx) {
      const { select, order } = ordered(cx, body)
      const since = before(cx.asOf, body.back) + 1
      return some(cx, sql`select g._customer from (${afterGap(select, order, body.quiet)}) g where g._day >= ${int(since)}`)
    },
    say: (body, w) => w.conditions.resurrected(sayRowFilter(body, w), body.back, body.quiet),
    looks: (body, span) => [
      { label: `latest ${unitOf(rowsOn(body))[0]}`, at: { metric: metricOver('latest', body, span, {}) } },
      ...returnLooks(body, span),
    ],
    example: 'resurrected: { orders: any, quiet: 60 days, back: 30 days }',
  }),
  anniversary: kind<Anniversary>({
    summary: 'day and month of a date come round in the days from the as-of day on; the date itself is no anniversary',
    fields: shape({ of: spanned(word), next: duration }),
    check: ({ of }, world, problems) => checkDate(of, '`anniversary`', world, problems),
    uses: ({ of }) => uses('metric', [of]),
    sql({ of, next }, cx) {
      const { form } = customerValue(cx, of.value)
      const found = comingRound(cx.asOf, lastOf(cx.asOf, next)).flatMap(({ year, days }) => {
        const begins = dayOf(year, 1, 1)
        return begins === undefined ? [] : [sql`(${monthAndDay(form)} in (${raw(days.join(', '))}) and ${form} < ${int(begins)})`]
      })
      return truth(or(found))
    },
    say: ({ of, next }, w) => w.conditions.anniversary(of.value, w.windows.next(next)),
    looks: ({ of, next }, span, { asOf }) => [
      { label: of.value, at: { named: of.value } },
      {
        label: 'until the next',
        at: { values: [(cx) => untilNext(of.value, cx, asOf)] },
        test: comparisonOf('below', String(lastOf(asOf, next) - asOf + 1), span),
        unit: days,
        titled: true,
      },
    ],
    example: 'anniversary: { of: birth_date, next: 7 days }',
  }),
}
