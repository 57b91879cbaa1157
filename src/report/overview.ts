/** The sections about the shop and all segments side by side, and about an event: what stands before and after the segments' own. */
import { sql } from '../base/sql.js'
import { plural } from '../base/text.js'
import { occurrenceQuery } from '../engine/evaluate.js'
import type { EventDefinition } from '../language/definitions.js'
import { type Block, figure, note, type Table } from './blocks.js'
import { average, scaled, share } from './numbers.js'
import { moneyPlaces } from './sections.js'
import type { Subject, World } from './world.js'

export interface OverviewSection {
  readonly question: string
  answer(world: World): readonly Block[]
}

export const overviewSections: Readonly<Record<string, OverviewSection>> = {
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
  key: 'Segment',
  columns: [
    { metric: 'customers', label: 'Customers', unit: 'customers' },
    { metric: 'share', label: 'Share', unit: 'percent' },
    { metric: 'revenue', label: 'Revenue', unit: 'money' },
    { metric: 'revenue_share', label: 'Revenue share', unit: 'percent' },
    { metric: 'orders_per_customer', label: 'Orders each', unit: 'number', places: 2 },
    { metric: 'average_order_value', label: 'Average order', unit: 'money', places: moneyPlaces(world) },
    { metric: 'entered', label: 'Entered', unit: 'customers' },
    { metric: 'left', label: 'Left', unit: 'customers' },
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

export interface EventSection {
  readonly question: string
  answer(event: EventDefinition, world: World): readonly Block[]
}

export const eventSections: Readonly<Record<string, EventSection>> = {
  occurrences: {
    question: 'How often did it happen?',
    answer(event, { setting, shop }) {
      const query = occurrenceQuery(setting, event)
      const [occurrences, customers] = setting.store.row(
        sql`select count(*), count(distinct customer) from (${query.select})`,
      ) as [number, number]
      return [
        figure('occurrences', 'Occurrences', 'number', occurrences),
        figure('customers', 'Customers', 'customers', customers),
        figure('share', 'Share of all customers', 'percent', share(customers, shop.customers)),
        ...(occurrences === 0 ? [note(`It never happened to any of ${plural(shop.customers, 'customer')}.`)] : []),
      ]
    },
  },
}
