/** How large a segment is, what it brings in, how often and how recently it orders, who came and went. */
import { formatDay } from '../../base/time.js'
import { figure, note } from '../blocks.js'
import { NEVER, rowsIn } from '../columns.js'
import { average, masked, median, moneyPlaces, scaled, share } from '../numbers.js'
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
    answer: ({ summary: { amount, orders, priced } }, { shop, scales }) => [
      figure('revenue', 'Revenue', 'money', scaled(amount, scales.amount)),
      figure('revenue_share', "Share of all customers' revenue", 'percent', share(amount, shop.revenue)),
      ...(priced < orders ? [note('Without {n} {n|order|orders} of unknown amount.', { n: orders - priced })] : []),
    ],
  }),

  orders: section({
    question: 'How often do they order?',
    answer: ({ summary: { customers, orders } }) => [
      figure('orders', 'Orders', 'number', orders),
      figure('orders_per_customer', 'Orders per customer', 'number', average(BigInt(orders), 0, customers), { places: 2 }),
    ],
  }),

  order_value: section({
    question: 'How large are their orders?',
    answer: ({ summary: { amount, priced } }, world) => [
      figure('average_order_value', 'Average order value', 'money', average(amount, world.scales.amount, priced), {
        places: moneyPlaces(world.scales.amount),
      }),
    ],
  }),

  recency: section({
    question: 'How long since they last ordered?',
    answer({ number }, { asOf, minGroup, people }) {
      const times = new Map<number, number>()
      let never = 0
      for (const row of rowsIn(people, number)) {
        const last = people.last[row] as number
        if (last === NEVER) never++
        else times.set(asOf - last, (times.get(asOf - last) ?? 0) + 1)
      }
      const ages = [...times]
      const ordered = masked(
        ages.reduce((sum, [, n]) => sum + n, 0),
        minGroup,
      )
      return [
        figure('median_days', 'Days since the last order, median', 'days', typeof ordered === 'number' ? median(ages) : ordered),
        figure('never_ordered', 'Never ordered', 'customers', masked(never, minGroup)),
      ]
    },
  }),

  change: section({
    question: 'Who came and went?',
    answer: ({ summary: { moved } }) =>
      moved === undefined
        ? [note('No run of an earlier day holds it yet: `segkit run` records one.')]
        : [
            figure('since', 'Since the run as of', 'text', formatDay(moved.since)),
            figure('entered', 'Entered', 'customers', moved.entered),
            figure('left', 'Left', 'customers', moved.left),
          ],
  }),
}
