/** Who the customers of a segment are, by name: only in a report that was asked for it. */
import { sql } from '../../base/sql.js'
import { formatDay } from '../../base/time.js'
import { column, note, type Table } from '../blocks.js'
import { isIn, NEVER, type People } from '../columns.js'
import { scaled } from '../numbers.js'
import { dated, say } from '../words.js'
import type { World } from '../world.js'
import { section } from './section.js'

/** So many are listed of each segment; `segkit members` has no such end. */
const MOST = 1000

export const members = {
  members: section<readonly (readonly Listed[])[]>({
    question: 'Who are they?',
    gather: listed,
    answer({ number, summary: { customers } }, world, found) {
      const all = found[number] ?? []
      if (all.length === 0) return [note('Nobody is in it on this day.')]
      return [
        memberTable(all, world),
        ...(customers > all.length
          ? [
              note('The first {n} of {all} {all|customer|customers}; `segkit members` lists them all.', {
                n: all.length,
                all: customers,
              }),
            ]
          : []),
      ]
    },
  }),
}

interface Listed {
  readonly customer: string
  readonly row: number
}

/** The first of each segment in the order of their keys: one pass over the customers for all segments. */
function listed({ setting: { store }, people, subjects }: World): readonly (readonly Listed[])[] {
  const lists = subjects.map((): Listed[] => [])
  for (const [id, customer] of store.each(sql`select _id, customer from customer_row order by customer`)) {
    const row = rowOf(people, Number(id))
    if (row === undefined) continue
    for (const { number } of subjects) {
      const list = lists[number]!
      if (list.length < MOST && isIn(people, number, row)) list.push({ customer: String(customer), row })
    }
  }
  return lists
}

/** Undefined of one who does not exist on the day. */
function rowOf({ ids, count }: People, id: number): number | undefined {
  let [low, high] = [0, count]
  while (low < high) {
    const middle = (low + high) >> 1
    if (ids[middle]! < id) low = middle + 1
    else high = middle
  }
  return ids[low] === id && low < count ? low : undefined
}

const memberTable = (all: readonly Listed[], { people, scales }: World): Table => ({
  kind: 'table',
  name: 'members',
  keys: 'dimension',
  key: say('Customer'),
  columns: [
    column('orders', 'Orders', 'number'),
    column('revenue', 'Revenue', 'money'),
    column('last_order', 'Last order', 'text'),
  ],
  rows: all.map(({ customer, row }) => {
    const last = people.last[row] as number
    return {
      key: customer,
      values: [
        people.orders[row]!,
        scaled(BigInt(people.amount[row]!), scales.amount),
        last === NEVER ? null : dated(formatDay(last)),
      ],
    }
  }),
})
