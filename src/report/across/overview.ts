/** The shop as a whole, and the segments side by side. */
import { column, figure, note, type Table, type Value } from '../blocks.js'
import { NEVER } from '../columns.js'
import { average, isMasked, masked, moneyPlaces, quartilesAmong, scaled, share } from '../numbers.js'
import { rising, type Spread, spreads } from '../rising.js'
import { named, say } from '../words.js'
import type { Subject, World } from '../world.js'
import type { AcrossSection } from './section.js'

export const overview: Readonly<Record<string, AcrossSection>> = {
  shop: {
    question: 'The shop',
    answer: ({ shop, scales }) => [
      figure('customers', 'Customers', 'customers', shop.customers),
      figure('orders', 'Orders of customers', 'number', shop.orders),
      figure('revenue', 'Revenue of customers', 'money', scaled(shop.revenue, scales.amount)),
      figure('guest_orders', 'Orders of guests', 'number', shop.guestOrders),
      figure('guest_revenue', 'Revenue of guests, in no segment', 'money', scaled(shop.guestRevenue, scales.amount)),
      ...(shop.newestOrder === undefined ? [note('No orders up to this day.')] : []),
    ],
  },
  comparison: {
    question: 'The segments',
    answer: (world) =>
      world.subjects.length === 0
        ? [note('No segments.')]
        : [
            sideBySide(world),
            typically(world),
            ...(world.subjects.length > 1
              ? [note('A customer may be in several segments, so shares need not add up to 100%.')]
              : []),
          ],
  },
}

const sideBySide = (world: World): Table => ({
  kind: 'table',
  name: 'segments',
  keys: 'segment',
  key: say('Segment'),
  columns: [
    column('customers', 'Customers', 'customers'),
    column('share', 'Share', 'percent', { bar: true }),
    column('revenue', 'Revenue', 'money'),
    column('revenue_share', 'Revenue share', 'percent'),
    column('entered', 'Entered', 'customers'),
    column('left', 'Left', 'customers'),
  ],
  rows: world.subjects.map((subject) => ({ key: named(subject.segment), values: side(subject, world) })),
})

const side = ({ summary: { customers, amount, moved } }: Subject, { shop, scales }: World): Table['rows'][number]['values'] => [
  customers,
  share(customers, shop.customers),
  scaled(amount, scales.amount),
  share(amount, shop.revenue),
  moved?.entered ?? null,
  moved?.left ?? null,
]

/** What is usual in each: means over all, and what the middle one of those with an order has. */
function typically(world: World): Table {
  const { people, scales, asOf, minGroup, subjects } = world
  const places = { places: moneyPlaces(scales.amount) }
  const spreadOf = (values: Float64Array): readonly Spread[] => spreads(rising(values), people, subjects.length)
  const spent = spreadOf(people.amount.map((amount, row) => (people.priced[row]! > 0 ? amount : Number.NaN)))
  const days = spreadOf(Float64Array.from(people.last, (last) => (last === NEVER ? Number.NaN : asOf - last)))
  const middle = (of: readonly Spread[], scale: number, { number }: Subject): Value => {
    const { count, around } = of[number]!
    const known = masked(count, minGroup)
    return isMasked(known) ? known : (quartilesAmong(count, around, scale)?.median ?? null)
  }
  return {
    kind: 'table',
    name: 'usual',
    title: say('What is usual in them'),
    keys: 'segment',
    key: say('Segment'),
    columns: [
      column('orders_per_customer', 'Orders each', 'number', { places: 2 }),
      column('average_order_value', 'Average order', 'money', places),
      column('median_revenue', 'Median revenue', 'money', places),
      column('median_days', 'Median days since order', 'days'),
    ],
    rows: subjects.map((subject) => {
      const { customers, orders, priced, amount } = subject.summary
      return {
        key: named(subject.segment),
        values: [
          average(BigInt(orders), 0, customers),
          average(amount, scales.amount, priced),
          middle(spent, scales.amount, subject),
          middle(days, 0, subject),
        ],
      }
    }),
  }
}
