/** What is bought after an event: the first counted order strictly later than an occurrence, within a month. */
import { int, sql } from '../../base/sql.js'
import { type Block, column, figure, note, type Table } from '../blocks.js'
import { byName, namesOf, readGoods } from '../goods.js'
import { masked, share } from '../numbers.js'
import { say } from '../words.js'
import type { World } from '../world.js'
import type { Occurrences } from './columns.js'
import { type EventSection, tooFew } from './section.js'

const DAYS = 30
const TOP = 10

export const next = {
  next_order: {
    question: 'What is bought next?',
    answer: (_, world, found) => tooFew(found, world) ?? nextBlocks(found, world),
  },
} as const satisfies Readonly<Record<string, EventSection>>

/** Stands on `temp.report_occurrence`. */
function nextBlocks({ customers }: Occurrences, world: World): readonly Block[] {
  const { minGroup } = world
  gatherNext(world)
  const followed = Number(world.setting.store.row(sql`select count(distinct customer) from temp.report_next`)?.[0])
  const shown = masked(followed, minGroup)
  return [
    figure('customers', 'Customers who ordered next', 'customers', shown),
    figure('share', 'Share of those to whom it happened', 'percent', typeof shown === 'number' ? share(shown, customers) : null),
    ...(typeof shown !== 'number' || followed === 0 ? [] : productBlocks(followed, world)),
    note('The first order after each time it happened, where that came within {n} days.', { n: DAYS }),
  ]
}

/** The orders, known by their keys. Of a time and a day alone neither is later within the day. */
function gatherNext({ setting: { store }, asOf }: World): void {
  store.exec('drop table if exists temp.report_next')
  store.run(sql`create temp table report_next as select distinct customer, _key from (
    select q.customer as customer, (select o._key from order_row o
      where o._customer = q.customer and o._counted = 1 and o._day >= q.day and o._day <= q.day + ${int(DAYS)} and o._day <= ${int(asOf)}
        and (o._day > q.day or (q.time >= 0 and o._time > q.time))
      order by o._day, o._time, o._key limit 1) as _key
    from (select distinct customer, day, time from temp.report_occurrence) q) where _key is not null`)
}

function productBlocks(followed: number, world: World): readonly Block[] {
  const rows = topProducts(world)
  if (rows.length === 0) return [note('No products were bought.')]
  const table: Table = {
    kind: 'table',
    name: 'products',
    keys: 'dimension',
    key: say('Product'),
    columns: [column('buyers', 'Customers', 'customers'), column('buyers_share', 'Share', 'percent', { bar: true })],
    rows: rows.map(({ name, customers }) => {
      const shown = masked(customers, world.minGroup)
      return { key: name, values: [shown, typeof shown === 'number' ? share(shown, followed) : null] }
    }),
  }
  return [table]
}

interface Bought {
  readonly name: string
  readonly customers: number
}

/** By customers; those of too few count as equally few. */
function topProducts(world: World): readonly Bought[] {
  const goods = readGoods(world)
  const buyers = new Map<number, Set<number>>()
  const rows = world.setting.store.each(sql`select distinct n.customer, i._good from temp.report_next n
    cross join order_row o on o._key = n._key
    cross join item_row i on i._customer = o._customer and i._day = o._day and i._time = o._time and i._key = o._key
    where i._counted = 1`) as IterableIterator<readonly [number, number]>
  for (const [customer, good] of rows) {
    const product = goods.productOf[good]!
    buyers.set(product, (buyers.get(product) ?? new Set<number>()).add(customer))
  }
  const count = (product: number): number => buyers.get(product)!.size
  const rank = (product: number): number => (count(product) < world.minGroup ? 0 : count(product))
  const top = [...buyers.keys()].sort((a, b) => rank(b) - rank(a) || byName(a, b, goods)).slice(0, TOP)
  const names = namesOf(top, goods)
  return top.map((product, i) => ({ name: names[i]!, customers: count(product) }))
}
