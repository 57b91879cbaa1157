/** How large a segment is, what it brings in, how often and how recently it orders. Quartiles are over those who ordered. */
import { type Figure, figure, note, type Unit } from '../blocks.js'
import { NEVER, type People, rowsIn } from '../columns.js'
import { average, masked, moneyPlaces, quartilesAmong, scaled, share } from '../numbers.js'
import { rising, type Spread, spreads } from '../rising.js'
import type { Phrase } from '../words.js'
import type { World } from '../world.js'
import { section } from './section.js'

export const basics = {
  size: section({
    question: 'How large is it?',
    answer: ({ summary: { customers } }, { shop }) => [
      figure('customers', 'Customers', 'customers', customers),
      figure('share', 'Share of all customers', 'percent', share(customers, shop.customers)),
      ...(customers === 0 ? [note('Nobody is in it on this day.')] : []),
    ],
  }),

  revenue: section({
    question: 'What does it bring in?',
    answer: ({ summary: { customers, amount, orders, priced } }, { shop, scales }) => [
      figure('revenue', 'Revenue', 'money', scaled(amount, scales.amount)),
      figure('revenue_share', "Share of all customers' revenue", 'percent', share(amount, shop.revenue)),
      figure('revenue_per_customer', 'Revenue per customer', 'money', average(amount, scales.amount, customers), {
        places: moneyPlaces(scales.amount),
      }),
      ...(priced < orders ? [note('Without {n} {n|order|orders} of unknown amount.', { n: orders - priced })] : []),
    ],
  }),

  lifetime_value: section<readonly Spread[]>({
    question: 'What is a customer worth so far?',
    gather: (world) => spreadOf(world, (row) => (world.people.priced[row] === 0 ? Number.NaN : world.people.amount[row]!)),
    answer({ number, summary: { amount } }, world, found) {
      const { scale, places } = money(world)
      const values = found[number]!
      const buyers = values.count
      const mean = buyers < world.minGroup && buyers > 0 ? masked(buyers, world.minGroup) : undefined
      return [
        figure('average_value', 'Revenue per buyer', 'money', mean ?? average(amount, scale, buyers), { places }),
        spread('value', 'Revenue per buyer, median (quartiles)', 'money', { values, scale, places }, buyers, world),
      ]
    },
  }),

  orders: section<{ readonly orders: readonly Spread[]; readonly yearly: readonly Spread[] }>({
    question: 'How often do they order?',
    gather: (world) => {
      const { orders, first } = world.people
      const buying = (of: (n: number, row: number) => number) => (row: number) =>
        orders[row] === 0 ? Number.NaN : of(orders[row]!, row)
      return {
        orders: spreadOf(
          world,
          buying((n) => n),
        ),
        yearly: spreadOf(
          world,
          buying((n, row) => perYear(n, first[row]!, world.asOf)),
        ),
      }
    },
    answer({ number, summary: { customers, orders } }, world, found) {
      const values = found.orders[number]!
      const yearly = { values: found.yearly[number]!, scale: YEARLY_SCALE, places: 2 }
      const buyers = values.count
      return [
        figure('orders', 'Orders', 'number', orders),
        figure('orders_share', "Share of all customers' orders", 'percent', share(orders, world.shop.orders)),
        figure('orders_per_customer', 'Orders per customer', 'number', average(BigInt(orders), 0, customers), { places: 2 }),
        figure('buyers', 'Customers who ordered', 'customers', masked(buyers, world.minGroup)),
        spread('orders', 'Orders per buyer, median (quartiles)', 'number', { values, scale: 0 }, buyers, world),
        spread('orders_per_year', 'Orders a year, median (quartiles)', 'number', yearly, buyers, world),
      ]
    },
  }),

  order_value: section<readonly Spread[]>({
    question: 'How large are their orders?',
    gather: (world) => {
      const { amount, who, count } = world.orders()
      return spreads(rising(amount.subarray(0, count), who), world.people, world.subjects.length)
    },
    answer({ number, summary: { amount, priced } }, world, found) {
      const { scale, places } = money(world)
      const values = found[number]!
      const buyers = pricedBuyers(world.people, number)
      return [
        figure('average_order_value', 'Average order value', 'money', average(amount, scale, priced), { places }),
        spread('order_value', 'Order value, median (quartiles)', 'money', { values, scale, places }, buyers, world),
      ]
    },
  }),

  recency: section<readonly Spread[]>({
    question: 'How long since they last ordered?',
    gather: (world) =>
      spreadOf(world, (row) => (world.people.last[row] === NEVER ? Number.NaN : world.asOf - world.people.last[row]!)),
    answer({ number, summary: { customers } }, world, found) {
      const values = found[number]!
      return [
        spread('days', 'Days since the last order, median (quartiles)', 'days', { values, scale: 0 }, values.count, world),
        figure('never_ordered', 'Never ordered', 'customers', masked(customers - values.count, world.minGroup)),
      ]
    },
  }),
}

const money = ({ scales }: World): { readonly scale: number; readonly places: number } => ({
  scale: scales.amount,
  places: moneyPlaces(scales.amount),
})

/** What customers have of something, by their rows, for each segment. `NaN` is unknown and left out. */
const spreadOf = ({ people, subjects }: World, of: (row: number) => number): readonly Spread[] =>
  spreads(rising(Float64Array.from({ length: people.count }, (_, row) => of(row))), people, subjects.length)

interface Values {
  readonly values: Spread
  readonly scale: number
  readonly places?: number
}

/** Median and quartiles of values that so many customers have; of too few of them nothing is shown. */
function spread(
  name: string,
  label: Phrase,
  unit: Unit,
  { values, scale, places }: Values,
  customers: number,
  { minGroup }: World,
): Figure {
  const shown = masked(customers, minGroup)
  const more = places === undefined ? {} : { places }
  const found = quartilesAmong(values.count, values.around, scale)
  if (typeof shown !== 'number' || found === undefined)
    return figure(`median_${name}`, label, unit, typeof shown === 'number' ? null : shown, more)
  const { low, median, high } = found
  return figure(`median_${name}`, label, unit, median, { ...more, low, high, ends: [`q1_${name}`, `q3_${name}`] })
}

const YEAR = 365
const YEARLY_SCALE = 6

/** Orders a year since the day of the first, that day counted; a customer of less than a year has had one. In millionths, rounded. */
function perYear(orders: number, first: number, asOf: number): number {
  const days = Math.max(YEAR, asOf - first + 1)
  return Math.floor((2 * orders * YEAR * 10 ** YEARLY_SCALE + days) / (2 * days))
}

function pricedBuyers(people: People, segment: number): number {
  let buyers = 0
  for (const row of rowsIn(people, segment)) if (people.priced[row]! > 0) buyers++
  return buyers
}
