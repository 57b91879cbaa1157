/** The shop as a whole, and the segments side by side. */
import { column, figure, note, type Table } from '../blocks.js'
import { average, moneyPlaces, scaled, share } from '../numbers.js'
import { say } from '../words.js'
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
    column('share', 'Share', 'percent'),
    column('revenue', 'Revenue', 'money'),
    column('revenue_share', 'Revenue share', 'percent'),
    column('orders_per_customer', 'Orders each', 'number', { places: 2 }),
    column('average_order_value', 'Average order', 'money', { places: moneyPlaces(world.scales.amount) }),
    column('entered', 'Entered', 'customers'),
    column('left', 'Left', 'customers'),
  ],
  rows: world.subjects.map((subject) => ({ key: subject.segment.name, values: side(subject, world) })),
})

const side = (
  { summary: { customers, orders, priced, amount, moved } }: Subject,
  { shop, scales }: World,
): Table['rows'][number]['values'] => [
  customers,
  share(customers, shop.customers),
  scaled(amount, scales.amount),
  share(amount, shop.revenue),
  average(BigInt(orders), 0, customers),
  average(amount, scales.amount, priced),
  moved?.entered ?? null,
  moved?.left ?? null,
]
