/** Where revenue comes from: how few customers make most of it, and whether they are new or return. */
import { type Block, column, figure, note, type Table } from '../blocks.js'
import { lastMonths } from '../calendar.js'
import { ExactSum, NEVER } from '../columns.js'
import { isMasked, masked, scaled, share } from '../numbers.js'
import { dated, say } from '../words.js'
import type { World } from '../world.js'
import type { AcrossSection } from './section.js'

export const revenue: Readonly<Record<string, AcrossSection>> = {
  pareto: { question: 'How few customers make most of the revenue?', answer: pareto },
  new_returning: { question: 'Do new or returning customers bring the revenue?', answer: newAndReturning },
}

const TOP = [1, 5, 10, 20, 50] as const
const CURVE = Array.from({ length: 10 }, (_, i) => (i + 1) * 10)
const MOST_OF_IT = 80

/** Among customers with an order. */
function pareto({ people, shop, scales, minGroup }: World): readonly Block[] {
  const amounts = people.amount.filter((_, row) => people.orders[row]! > 0).sort()
  if (amounts.length === 0) return [note('No orders up to this day.')]
  if (amounts.length < minGroup) return [note('Not shown for fewer than {n} {n|customer|customers} (<{n}).', { n: minGroup })]
  if (shop.revenue <= 0n) return [note('There is no revenue to share out.')]
  const running = new ExactSum()
  const upTo = [0n]
  for (let i = amounts.length - 1; i >= 0; i--) {
    running.add(amounts[i]!)
    upTo.push(running.total)
  }
  const all = upTo.at(-1) as bigint
  const few = masked(
    upTo.findIndex((sum) => sum * 100n >= all * BigInt(MOST_OF_IT)),
    minGroup,
  )
  const top = (percent: number): Table['rows'][number] => {
    const customers = masked(Math.ceil((amounts.length * percent) / 100), minGroup)
    const key = say('top {n}%', { n: percent })
    if (isMasked(customers)) return { key, values: [customers, null, null] }
    const sum = upTo[customers]!
    return { key, values: [customers, scaled(sum, scales.amount), share(sum, all)] }
  }
  return [
    figure('buyers', 'Customers with an order', 'customers', amounts.length),
    figure('customers_for_80', 'Customers who make 80% of the revenue', 'customers', few),
    ...(isMasked(few)
      ? []
      : [figure('customers_for_80_share', 'Share of customers with an order', 'percent', share(few, amounts.length))]),
    {
      kind: 'table',
      name: 'top',
      title: say('What the largest customers bring in'),
      keys: 'dimension',
      key: say('Customers by revenue'),
      columns: [
        column('customers', 'Customers', 'customers'),
        column('revenue', 'Revenue', 'money'),
        column('revenue_share', 'Revenue share', 'percent', { bar: true }),
      ],
      rows: TOP.map(top),
    },
    {
      kind: 'table',
      name: 'curve',
      title: say('Share of revenue by share of customers, the largest first'),
      keys: 'dimension',
      key: say('Customers by revenue'),
      columns: [column('curve_revenue_share', 'Revenue share', 'percent')],
      rows: CURVE.map(top).map(({ key, values }) => ({ key, values: values.slice(2) })),
      picture: { draw: 'line', columns: ['curve_revenue_share'] },
    },
  ]
}

class Bringing {
  customers = 0
  readonly revenue = new ExactSum()
}

type NewAndBack = readonly [fresh: Bringing, back: Bringing]

function newAndReturning(world: World): readonly Block[] {
  const { people, asOf } = world
  const { count, who, day, amount } = world.orders()
  if (count === 0) return [note('No orders up to this day.')]
  const months = lastMonths(
    asOf,
    people.first.reduce((least, first) => (first !== NEVER && first < least ? first : least), asOf),
  )
  const found = months.labels.map((): NewAndBack => [new Bringing(), new Bringing()])
  let [customer, before] = [-1, -1]
  for (let i = 0; i < count; i++) {
    const [row, month] = [who[i]!, months.of(day[i]!)]
    const isSeen = customer === row && before === month
    customer = row
    before = month
    if (month < 0) continue
    const of = found[month]![months.of(people.first[row]!) === month ? 0 : 1]!
    if (!isSeen) of.customers++
    if (!Number.isNaN(amount[i]!)) of.revenue.add(amount[i]!)
  }
  if (found.every(([fresh, back]) => fresh.customers + back.customers === 0))
    return [note('No orders in the last {n} {n|month|months}.', { n: found.length })]
  return [
    byMonth(months.labels, found, world),
    ...months.unfinished,
    note('New is who ordered for the first time in the month, with all orders of the month; guests are left out.'),
  ]
}

const byMonth = (months: readonly string[], found: readonly NewAndBack[], { scales, minGroup }: World): Table => ({
  kind: 'table',
  name: 'months',
  title: say('Revenue of new and returning customers by month'),
  keys: 'dimension',
  key: say('Month'),
  columns: [
    column('new_customers', 'New customers', 'customers'),
    column('returning_customers', 'Returning customers', 'customers'),
    column('new_revenue', 'Revenue from new', 'money'),
    column('returning_revenue', 'Revenue from returning', 'money'),
    column('returning_share', 'Returning share', 'percent'),
  ],
  rows: found.map((both, month) => {
    const sizes = both.map((b) => masked(b.customers, minGroup))
    const sums = both.map((b, i) => (isMasked(sizes[i]!) ? null : b.revenue.total))
    const [a = null, b = null] = sums
    return {
      key: dated(months[month]!),
      values: [
        ...sizes,
        ...sums.map((sum) => (sum === null ? null : scaled(sum, scales.amount))),
        a === null || b === null ? null : share(b, a + b),
      ],
    }
  }),
  picture: { draw: 'line', columns: ['new_revenue', 'returning_revenue'] },
})
