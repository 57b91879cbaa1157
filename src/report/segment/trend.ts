/** What today's members did month by month, and how large the segment was on the days that runs recorded. */
import { int, sql } from '../../base/sql.js'
import { type Day, formatDay, startOf } from '../../base/time.js'
import { type Block, column, note, type Table } from '../blocks.js'
import { lastMonths, type Months } from '../calendar.js'
import { ExactSum, NEVER, ordersBegin, rowsIn } from '../columns.js'
import { masked, scaled } from '../numbers.js'
import { dated, say } from '../words.js'
import type { World } from '../world.js'
import { section, tooFew } from './section.js'

export const trend = {
  trend: section<Found | undefined>({
    question: 'How did the last 12 months go?',
    gather,
    answer(subject, world, found) {
      const sizes = sizeTable(found?.sizes.get(subject.segment.name) ?? new Map(), subject.summary.customers, world)
      const few = tooFew(subject, world)
      if (few !== undefined) return [...few, ...sizes]
      if (found?.recent === undefined) return [note('No orders in the last 12 months.'), ...sizes]
      return [...monthTable(monthsOf(subject.number, found.recent, world), found.recent, world), ...sizes]
    },
  }),
}

/** Orders of the months, customer by customer. */
interface Recent {
  readonly months: Months
  /** Where those of each row of people begin. */
  readonly begin: Int32Array
  readonly month: Int8Array
  readonly amount: Float64Array
}
interface Found {
  readonly recent: Recent | undefined
  /** The last recorded day of each month and the members then, by segment. */
  readonly sizes: ReadonlyMap<string, ReadonlyMap<string, readonly [Day, number]>>
}

function gather(world: World): Found {
  const { people, asOf } = world
  const first = people.first.reduce((least, day) => (day !== NEVER && day < least ? day : least), asOf)
  const months = lastMonths(asOf, first)
  const sizes = recordedSizes(world)
  const orders = world.orders()
  const begins = ordersBegin(people)
  const begin = new Int32Array(people.count + 1)
  const [month, amount] = [new Int8Array(orders.count), new Float64Array(orders.count)]
  let at = 0
  for (let row = 0; row < people.count; row++) {
    for (let i = begins[row]!; i < begins[row + 1]!; i++) {
      const m = months.of(orders.day[i]!)
      if (m < 0) continue
      month[at] = m
      amount[at++] = orders.amount[i]!
    }
    begin[row + 1] = at
  }
  return { recent: at === 0 ? undefined : { months, begin, month, amount }, sizes }
}

interface Month {
  orders: number
  active: number
  readonly amount: ExactSum
}

/** Orders with an unknown amount count as orders alone. */
function monthsOf(segment: number, { months, begin, month, amount }: Recent, { people }: World): readonly Month[] {
  const found = months.starts.map((): Month => ({ orders: 0, active: 0, amount: new ExactSum() }))
  for (const row of rowsIn(people, segment)) {
    let before = -1
    for (let at = begin[row]!; at < begin[row + 1]!; at++) {
      const m = month[at]!
      const one = found[m] as Month
      one.orders++
      if (m !== before) one.active++
      before = m
      if (!Number.isNaN(amount[at]!)) one.amount.add(amount[at]!)
    }
  }
  return found
}

function monthTable(found: readonly Month[], { months }: Recent, { minGroup, scales }: World): readonly Block[] {
  if (found.every((m) => m.orders === 0)) return [note('No orders in the last 12 months.')]
  const table: Table = {
    kind: 'table',
    name: 'months',
    title: say("Revenue by month, of today's members"),
    keys: 'dimension',
    key: say('Month'),
    columns: [
      column('revenue', 'Revenue', 'money'),
      column('orders', 'Orders', 'number'),
      column('active', 'Customers who ordered', 'customers'),
    ],
    rows: found.map(({ orders, active, amount }, i) => {
      const shown = masked(active, minGroup)
      const few = typeof shown !== 'number'
      return {
        key: dated(months.labels[i]!),
        values: [few ? null : scaled(amount.total, scales.amount), few ? null : orders, shown],
      }
    }),
    picture: { draw: 'columns', column: 'revenue' },
  }
  return [table, ...months.unfinished]
}

function recordedSizes({ setting: { store }, asOf, subjects }: World): Found['sizes'] {
  const sizes = new Map<string, Map<string, readonly [Day, number]>>(subjects.map(({ segment }) => [segment.name, new Map()]))
  const months = lastMonths(asOf, NEVER)
  const rows =
    store.rows(sql`select n.name, r.as_of, p.customers from run_part p join run_row r on r._id = p._run join name_row n on n._id = p._name
    where p.kind = 'segment' and p.held = 0 and r.as_of between ${int(months.starts[0] ?? asOf)} and ${int(asOf)} order by r.as_of, r._id`)
  for (const [name, day, customers] of rows as readonly (readonly [string, Day, number])[])
    sizes.get(name)?.set(months.labels[months.of(day)] as string, [day, customers])
  return sizes
}

/** Today's size stands for its month; by itself it is no trend. */
function sizeTable(recorded: ReadonlyMap<string, readonly [Day, number]>, now: number, { asOf }: World): readonly Table[] {
  const sizes = [
    ...[...recorded.values()].filter(([day]) => startOf(day, 'month') < startOf(asOf, 'month')),
    [asOf, now] as const,
  ]
  return sizes.length < 2
    ? []
    : [
        {
          kind: 'table',
          name: 'sizes',
          title: say('Members on the last recorded day of each month, and now'),
          keys: 'dimension',
          key: say('Day'),
          columns: [column('members', 'Members', 'customers')],
          rows: sizes.map(([day, customers]) => ({ key: dated(formatDay(day)), values: [customers] })),
          picture: { draw: 'line', columns: ['members'] },
        },
      ]
}
