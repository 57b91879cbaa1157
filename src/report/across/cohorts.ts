/** Who comes back: customers by the month of their first order, and what they did in the months since. */
import type { Day } from '../../base/time.js'
import { type Block, column, type Matrix, note, type Table, type Value } from '../blocks.js'
import { average, isMasked, masked, moneyPlaces, scaled, share } from '../numbers.js'
import { dated, say, type Text } from '../words.js'
import type { World } from '../world.js'
import { type CohortAge, Cohorts, formatMonth, type Month, monthOf } from './cohort-months.js'
import type { AcrossSection } from './section.js'

/** The month of the day and a year before it. */
const SHOWN = 13

export const cohorts: Readonly<Record<string, AcrossSection>> = {
  cohorts: {
    question: 'Who comes back after the first order?',
    answer(world) {
      const all = walked(world)
      if (all.count === 0) return [note('No orders up to this day.')]
      const shown = cohortsOf(all, world.asOf)
      if (shown.length === 0) return [note('Nobody ordered for the first time in the last {n} months.', { n: SHOWN })]
      const over = shown.filter((c) => c.over.length > 0)
      return [
        cohortTable(shown, world),
        ...(over.length === 0 ? [] : [retention(over, world.minGroup), revenue(over, world)]),
        note('Months that are not over are left empty.'),
        ...(shown.length < all.count
          ? [note('Cohorts of earlier months are left out of the averages too: `segkit cohorts` tells all.')]
          : []),
      ] satisfies readonly Block[]
    },
  },
}

interface Cohort {
  readonly cohort: Month
  readonly customers: number
  readonly ages: readonly CohortAge[]
  /** Those whose month is over. */
  readonly over: readonly CohortAge[]
}

function walked(world: World): Cohorts {
  const { count, who, day, amount } = world.orders()
  const walk = new Cohorts()
  for (let i = 0; i < count; i++) walk.add(who[i]!, day[i]!, amount[i]!)
  return walk
}

/** Of the months that are shown. */
function cohortsOf(walk: Cohorts, asOf: Day): readonly Cohort[] {
  const found = new Map<Month, CohortAge[]>()
  for (const age of walk.ages(asOf, monthOf(asOf) - SHOWN + 1)) {
    const ages = found.get(age.cohort)
    if (ages === undefined) found.set(age.cohort, [age])
    else ages.push(age)
  }
  return [...found].map(([cohort, ages]) => ({ cohort, ages, customers: ages[0]!.customers, over: ages.filter((a) => a.isOver) }))
}

const cohortTable = (shown: readonly Cohort[], { minGroup, scales }: World): Table => ({
  kind: 'table',
  name: 'cohorts',
  title: say('Customers by the month of their first order'),
  keys: 'dimension',
  key: say('First order in'),
  columns: [column('customers', 'Customers', 'customers', { bar: true }), column('revenue', 'Revenue so far', 'money')],
  rows: shown.map(({ cohort, customers, ages }) => {
    const size = masked(customers, minGroup)
    const total = sumOf(ages.map((a) => a.revenue))
    return {
      key: dated(formatMonth(cohort)),
      values: [size, isMasked(size) || total === undefined ? null : scaled(total, scales.amount)],
    }
  }),
})

/** Unknown where one of them is. */
const sumOf = (amounts: readonly (bigint | undefined)[]): bigint | undefined =>
  amounts.reduce((sum, amount) => (sum === undefined || amount === undefined ? undefined : sum + amount), 0n)

const retention = (shown: readonly Cohort[], minGroup: number): Matrix => ({
  kind: 'matrix',
  name: 'retention',
  metric: 'retention',
  title: say('Share of them with an order so many months later'),
  label: say('Share of them with an order'),
  unit: 'percent',
  ...grid(shown, (ages) => {
    const active = masked(activeIn(ages), minGroup)
    return isMasked(active) ? active : share(active, sizeOf(ages))
  }),
})

const revenue = (shown: readonly Cohort[], { minGroup, scales }: World): Matrix => ({
  kind: 'matrix',
  name: 'revenue_per_customer',
  metric: 'revenue_per_customer',
  title: say('Revenue so many months later for each customer of the first month'),
  label: say('Revenue for each customer of the first month'),
  unit: 'money',
  places: moneyPlaces(scales.amount),
  ...grid(shown, (ages) => {
    const active = masked(activeIn(ages), minGroup)
    if (isMasked(active)) return active
    const total = sumOf(ages.map((a) => a.revenue))
    return total === undefined ? null : average(total, scales.amount, sizeOf(ages))
  }),
})

const activeIn = (ages: readonly CohortAge[]): number => ages.reduce((sum, a) => sum + a.active, 0)
const sizeOf = (ages: readonly CohortAge[]): number => ages.reduce((sum, a) => sum + a.customers, 0)

/** A row a cohort, a column a month of age; last the average, weighted over the cohorts for which the month is over. */
function grid(
  shown: readonly Cohort[],
  value: (ages: readonly CohortAge[]) => Value,
): Pick<Matrix, 'rowKey' | 'columnKey' | 'rows' | 'columns' | 'cells' | 'draw'> {
  const ages = Array.from({ length: Math.max(...shown.map((c) => c.over.length)) }, (_, age) => age)
  const cell = (of: readonly Cohort[], age: number): Value => {
    const over = of.flatMap((c) => c.over[age] ?? [])
    return over.length === 0 ? null : value(over)
  }
  return {
    rowKey: say('First order in'),
    columnKey: say('Months later'),
    rows: [...shown.map((c): Text => dated(formatMonth(c.cohort))), say('Weighted average')],
    columns: ages.map(String),
    cells: [...shown.map((c) => [c]), shown].map((of) => ages.map((age) => cell(of, age))),
    draw: 'heat',
  }
}
