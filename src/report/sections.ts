/** The sections of a report, one entry each: what it asks of all segments at once, and the blocks that answer it for one. */
import { type Sql, sql } from '../base/sql.js'
import { plural } from '../base/text.js'
import { formatDay } from '../base/time.js'
import { type Block, figure, note, type Table } from './blocks.js'
import { average, masked, median, scaled, share } from './numbers.js'
import { lines, type ProductRow, topProducts } from './products.js'
import type { Summary } from './summary.js'
import type { Subject, World } from './world.js'

interface Shape<Row> {
  readonly question: string
  /** One query for all segments, its rows beginning with a segment's number; none where the summary says it all. */
  ask?(world: World): Sql
  /** Where SQL would have to sort too much: reads the rows as they stream, maybe more than once, for all segments. */
  gather?(rows: Iterable<readonly unknown[]>, world: World): ReadonlyMap<number, readonly Row[]>
  answer(rows: readonly Row[], subject: Subject, world: World): readonly Block[]
}
export type Section = Shape<unknown>

/** The row type lives and dies here: outside, every section looks the same. */
const section = <Row>(shape: Shape<Row>): Section => shape as Section

/** A section whose answer stands in the summary. */
const summed = (question: string, answer: (summary: Summary, world: World) => readonly Block[]): Section => ({
  question,
  answer: (_rows, { summary }, world) => answer(summary, world),
})

export const moneyPlaces = ({ scales }: World): number => Math.max(2, scales.amount)

export const segmentSections: Readonly<Record<string, Section>> = {
  size: summed('How large is it?', ({ customers }, { shop }) => [
    figure('customers', 'Customers', 'customers', customers),
    figure('share', 'Share of all customers', 'percent', share(customers, shop.customers)),
    ...(customers === 0 ? [note('Nobody is in it on this day.')] : []),
  ]),

  revenue: summed('What does it bring in?', ({ amount, orders, priced }, { shop, scales }) => [
    figure('revenue', 'Revenue', 'money', scaled(amount, scales.amount)),
    figure('revenue_share', "Share of all customers' revenue", 'percent', share(amount, shop.revenue)),
    ...(priced < orders ? [note(`Without ${plural(orders - priced, 'order')} of unknown amount.`)] : []),
  ]),

  orders: summed('How often do they order?', ({ customers, orders }) => [
    figure('orders', 'Orders', 'number', orders),
    figure('orders_per_customer', 'Orders per customer', 'number', average(BigInt(orders), 0, customers), { places: 2 }),
  ]),

  order_value: summed('How large are their orders?', ({ amount, priced }, world) => [
    figure('average_order_value', 'Average order value', 'money', average(amount, world.scales.amount, priced), {
      places: moneyPlaces(world),
    }),
  ]),

  recency: section<readonly [segment: number, last: number | null, customers: number]>({
    question: 'How long since they last ordered?',
    ask: ({ members }) => sql`select s.segment, f.last, count(*) from ${members} group by s.segment, f.last`,
    answer(rows, _subject, { asOf, minGroup }) {
      const ages = rows.flatMap(([, last, n]) => (last === null ? [] : [[asOf - last, n] as const]))
      const ordered = masked(
        ages.reduce((sum, [, n]) => sum + n, 0),
        minGroup,
      )
      const never = rows.reduce((sum, [, last, n]) => sum + (last === null ? n : 0), 0)
      return [
        figure('median_days', 'Days since the last order, median', 'days', typeof ordered === 'number' ? median(ages) : ordered),
        figure('never_ordered', 'Never ordered', 'customers', masked(never, minGroup)),
      ]
    },
  }),

  top_products: section<ProductRow>({
    question: 'What do they buy?',
    ask: lines,
    gather: topProducts,
    answer(rows, { summary: { customers } }, world) {
      const { minGroup } = world
      if (rows.length === 0) return [note('No products were bought.')]
      if (customers < minGroup) return [note(`Not shown for fewer than ${plural(minGroup, 'customer')} (<${minGroup}).`)]
      return [productTable(rows, customers, world)]
    },
  }),

  change: summed('Who came and went?', ({ moved }) =>
    moved === undefined
      ? [note('No run of an earlier day holds it yet: `segkit run` records one.')]
      : [
          figure('since', 'Since the run as of', 'text', formatDay(moved.since)),
          figure('entered', 'Entered', 'customers', moved.entered),
          figure('left', 'Left', 'customers', moved.left),
        ],
  ),
}

const productTable = (rows: readonly ProductRow[], customers: number, world: World): Table => ({
  kind: 'table',
  name: 'products',
  keys: 'dimension',
  key: 'Product',
  columns: [
    { metric: 'customers', label: 'Customers', unit: 'customers' },
    { metric: 'share', label: 'Share', unit: 'percent', bar: true },
    { metric: 'units', label: 'Units', unit: 'number' },
    { metric: 'amount', label: 'Amount', unit: 'money' },
  ],
  rows: rows.map((row) => productLine(row, customers, world)),
})

function productLine(row: ProductRow, customers: number, { minGroup, scales }: World): Table['rows'][number] {
  const shown = masked(row.customers, minGroup)
  if (typeof shown !== 'number') return { key: row.product, values: [shown, null, null, null] }
  return {
    key: row.product,
    values: [shown, share(shown, customers), scaled(row.units, scales.units), scaled(row.amount, scales.line)],
  }
}
