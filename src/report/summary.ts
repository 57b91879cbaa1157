/** The numbers that most sections look at, of each segment: its members, their orders, who came and went since the run before. */
import type { Day } from '../base/time.js'
import { earlierRun, knownName, membersAt } from '../engine/record.js'
import type { Segment } from '../language/definitions.js'
import type { Store } from '../store/store.js'
import { ExactSum, isIn, type People, rowsIn } from './columns.js'

export interface Summary {
  readonly customers: number
  /** Counted orders up to the day, and those of them whose amount is known. */
  readonly orders: number
  readonly priced: number
  /** Scaled by `scales.amount`. */
  readonly amount: bigint
  /** Against the latest run of an earlier day that holds the segment; of several runs of a day the last counts. */
  readonly moved?: {
    readonly since: Day
    readonly entered: number
    readonly left: number
    /** The run, and the numbers of the customers. */
    readonly who: { readonly run: number; readonly entered: readonly number[]; readonly left: readonly number[] }
  }
}

/** In the order of the segments' numbers. */
export function summaries(store: Store, asOf: Day, people: People, segments: readonly Segment[]): readonly Summary[] {
  const rowOf = new Int32Array((people.ids.at(-1) ?? 0) + 1).fill(-1)
  people.ids.forEach((id, row) => {
    rowOf[id] = row
  })
  return segments.map(({ name }, n) => {
    const rows = rowsIn(people, n)
    const amount = new ExactSum()
    let [orders, priced] = [0, 0]
    for (const row of rows) {
      orders += people.orders[row]!
      priced += people.priced[row]!
      amount.add(people.amount[row]!)
    }
    const moved = movedSince(store, asOf, name, { people, rowOf, n, rows })
    return { customers: rows.length, orders, priced, amount: amount.total, ...(moved !== undefined && { moved }) }
  })
}

interface Now {
  readonly people: People
  /** By the number of a customer; -1 for who does not exist. */
  readonly rowOf: Int32Array
  readonly n: number
  readonly rows: Int32Array
}

function movedSince(store: Store, asOf: Day, segment: string, { people, rowOf, n, rows }: Now): Summary['moved'] {
  const name = knownName(store, segment)
  const earlier = name === undefined ? undefined : earlierRun(store, name, asOf)
  if (name === undefined || earlier === undefined) return undefined
  const there = new Uint8Array(people.count)
  const left = membersAt(store, name, earlier.run).filter((id) => {
    const row = rowOf[id] ?? -1
    if (row < 0 || !isIn(people, n, row)) return true
    there[row] = 1
    return false
  })
  const entered: number[] = []
  for (const row of rows) if (there[row] === 0) entered.push(people.ids[row]!)
  return { since: earlier.asOf, entered: entered.length, left: left.length, who: { run: earlier.run, entered, left } }
}
