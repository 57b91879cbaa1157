/**
 * Customers and their counted orders as columns, read once for the whole report: a section walks these for all segments instead
 * of asking SQL for each. Amounts are whole, scaled by the world's scales; beyond 2^53 they are the nearest double.
 */
import { int, type Sql, sql } from '../base/sql.js'
import type { Day, Zone } from '../base/time.js'
import type { Setting } from '../engine/compiler.js'

/** Stands for no day. */
export const NEVER = -2_147_483_648

/** The customers who exist on the day, in rising order of their numbers; a customer's place in the columns is his row. */
export interface People {
  readonly count: number
  readonly ids: Int32Array
  /** Memberships, `WORD` to each: segment n is bit n % WORD of word n / WORD. */
  readonly words: readonly Int32Array[]
  /** Counted orders, and those of them whose amount is known. */
  readonly orders: Int32Array
  readonly priced: Int32Array
  readonly amount: Float64Array
  /** The days of the first and the last counted order; NEVER without one. */
  readonly first: Int32Array
  readonly last: Int32Array
}

/** Counted orders up to the day, customer by customer in their order of time; guests' are left out. */
export interface Orders {
  readonly count: number
  /** The row of the customer. */
  readonly who: Int32Array
  readonly day: Int32Array
  /** Of the local clock, 0–23; -1 where only a day is known. */
  readonly hour: Int8Array
  /** NaN where it is unknown. */
  readonly amount: Float64Array
}

/** Bits that both SQLite and a JavaScript number's bit operations take. */
export const WORD = 30

/** Reads `temp.report_customer`; see world.ts. */
export function readPeople({ store }: Setting, wordCount: number): People {
  const count = Number(store.row(sql`select count(*) from temp.report_customer`)?.[0])
  const column = (): Int32Array => new Int32Array(count)
  const words = Array.from({ length: wordCount }, column)
  const [ids, orders, priced, first, last] = [column(), column(), column(), column(), column()]
  const amount = new Float64Array(count)
  const names: Sql = { text: words.map((_, w) => `, w${w}`).join(''), params: [] }
  let row = 0
  for (const cells of store.each(
    sql`select _id, orders, priced, amount, first, last${names} from temp.report_customer order by _id`,
  )) {
    ids[row] = Number(cells[0])
    orders[row] = Number(cells[1])
    priced[row] = Number(cells[2])
    amount[row] = Number(cells[3])
    first[row] = cells[4] === null ? NEVER : Number(cells[4])
    last[row] = cells[5] === null ? NEVER : Number(cells[5])
    words.forEach((w, i) => {
      w[row] = Number(cells[6 + i])
    })
    row++
  }
  return { count, ids, words, orders, priced, amount, first, last }
}

const HOUR = 3_600_000_000_000

export function readOrders({ store, zone, asOf }: Setting, people: People): Orders {
  const count = people.orders.reduce((n, orders) => n + orders, 0)
  const [who, day] = [new Int32Array(count), new Int32Array(count)]
  const [hour, amount] = [new Int8Array(count), new Float64Array(count)]
  const hourAt = count === 0 ? () => -1 : hours(zone, ...span(people))
  let [at, row] = [0, 0]
  for (const cells of store.each(
    sql`select _customer, _day, _time, amount from order_row where _customer > 0 and _counted = 1 and _day <= ${int(asOf)}
      order by _customer, _day, _time, _key`,
  )) {
    const id = Number(cells[0])
    while (row < people.count && people.ids[row]! < id) row++
    if (people.ids[row] !== id) continue
    const [d, time] = [Number(cells[1]), Number(cells[2])]
    who[at] = row
    day[at] = d
    hour[at] = hourAt(d, time)
    amount[at] = cells[3] === null ? Number.NaN : Number(cells[3])
    at++
  }
  return { count: at, who, day, hour, amount }
}

/** The hour of the local clock at a moment between two days; -1 where only the day is known. */
export function hours(zone: Zone, from: Day, to: Day): (day: Day, time: number) => number {
  const irregular = new Set(zone.irregular(from, to).map((i) => i.day))
  return (day, time) => (time < 0 ? -1 : irregular.has(day) ? (zone.hour({ day, time }) ?? -1) : Math.floor(time / HOUR))
}

/** From the first order to the last: the as-of day may lie far from both. */
const span = ({ first, last }: People): readonly [Day, Day] => [
  first.reduce((least, day) => (day !== NEVER && day < least ? day : least), Number.POSITIVE_INFINITY),
  last.reduce((most, day) => Math.max(most, day), NEVER),
]

/** Where the orders of each row begin in `Orders`, and where the last one's end. */
export function ordersBegin({ count, orders }: People): Int32Array {
  const begin = new Int32Array(count + 1)
  for (let row = 0; row < count; row++) begin[row + 1] = begin[row]! + orders[row]!
  return begin
}

/** The rows of those in segment n, rising. */
export function rowsIn({ words, count }: People, n: number): Int32Array {
  const word = words[Math.floor(n / WORD)] as Int32Array
  const bit = 1 << (n % WORD)
  let size = 0
  for (let row = 0; row < count; row++) if ((word[row]! & bit) !== 0) size++
  const rows = new Int32Array(size)
  for (let row = 0, at = 0; row < count; row++) if ((word[row]! & bit) !== 0) rows[at++] = row
  return rows
}

export const isIn = ({ words }: People, n: number, row: number): boolean =>
  (words[Math.floor(n / WORD)]![row]! & (1 << (n % WORD))) !== 0

/** A sum of whole numbers, exact however large it grows. */
export class ExactSum {
  private sum = 0
  private beyond = 0n
  add(value: number): void {
    const sum = this.sum + value
    if (Number.isSafeInteger(sum)) this.sum = sum
    else {
      this.beyond += BigInt(this.sum)
      this.sum = value
    }
  }
  get total(): bigint {
    return this.beyond + BigInt(this.sum)
  }
}
