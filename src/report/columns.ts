/**
 * Customers and their counted orders as columns, read once for the whole report: a section walks these for all segments instead
 * of asking SQL for each. Amounts are whole, scaled by the world's scales; beyond 2^53 they are the nearest double.
 */
import { int, join, type Sql, sql } from '../base/sql.js'
import type { Day, Zone } from '../base/time.js'
import type { Setting } from '../engine/compiler.js'
import type { Evaluated } from '../engine/evaluate.js'
import { Packed } from './packed.js'

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

/** The customers alone, before what their orders come to. */
type Members = Pick<People, 'count' | 'ids' | 'words'>

/** `numbersOf`: the numbers that a segment is known by here; the predicates `asked` have those after them. */
export function readPeople(
  { store }: Setting,
  found: Evaluated,
  numbersOf: ReadonlyMap<string, readonly number[]>,
  asked: readonly Sql[],
): Members {
  const most = Number(store.row(sql`select count(*) from customer_row`)?.[0])
  const first = [...numbersOf.values()].reduce((n, numbers) => n + numbers.length, 0)
  const held = found.words.map(({ segments }) => segments.map((name) => numbersOf.get(name) ?? []))
  const cells = [...found.words.map((w) => w.column), ...asked.map((p) => sql`(case when ${p} then 1 else 0 end)`)]
  const numbers = [...held, ...asked.map((_, i) => [[first + i]])]
  const ids = new Int32Array(most)
  const words = Array.from({ length: Math.max(1, Math.ceil((first + asked.length) / WORD)) }, () => new Int32Array(most))
  let row = 0
  for (const read of store.each(
    found.ready(
      sql`select ${join([{ text: 'c._id', params: [] }, ...cells], ', ')} from ${found.from} where ${found.exists} order by c._id`,
    ),
  ) as IterableIterator<readonly number[]>) {
    ids[row] = read[0]!
    for (let i = 0; i < numbers.length; i++)
      for (let bits = Number(read[i + 1]); bits !== 0; bits &= bits - 1)
        for (const n of numbers[i]![31 - Math.clz32(bits & -bits)]!) words[Math.floor(n / WORD)]![row]! |= 1 << (n % WORD)
    row++
  }
  return { count: row, ids: ids.subarray(0, row), words: words.map((w) => w.subarray(0, row)) }
}

/** All customers who exist on the day, and the guests. Amounts are scaled by `scales.amount`. */
export interface Shop {
  readonly customers: number
  readonly orders: number
  readonly revenue: bigint
  readonly guestOrders: number
  readonly guestRevenue: bigint
  readonly newestOrder: Day | undefined
}

/** One pass over the orders as they lie, guests' first. */
export function sumOrders({ store, asOf }: Setting, members: Members): { readonly people: People; readonly shop: Shop } {
  const { count, ids } = members
  const [orders, priced, amount] = [new Int32Array(count), new Int32Array(count), new Float64Array(count)]
  const [first, last] = [new Int32Array(count).fill(NEVER), new Int32Array(count).fill(NEVER)]
  const revenue = new ExactSum()
  let [row, all, beyond] = [0, 0, 0n]
  let guests: readonly unknown[] = [0, 0, 0, 0]
  let newestOrder: Day | undefined
  for (const cells of store.each(orderSums(asOf))) {
    const id = Number(cells[0])
    newestOrder = Math.max(newestOrder ?? NEVER, Number(cells[6]))
    if (id === 0) guests = cells
    while (row < count && ids[row]! < id) row++
    if (ids[row] !== id) continue
    orders[row] = Number(cells[1])
    priced[row] = Number(cells[2])
    amount[row] = Number(cells[3])
    if (cells[4] !== null) first[row] = Number(cells[4])
    if (cells[5] !== null) last[row] = Number(cells[5])
    all += orders[row]!
    if (typeof cells[3] === 'number') revenue.add(cells[3])
    else beyond += BigInt(String(cells[3]))
  }
  return {
    people: { ...members, orders, priced, amount, first, last },
    shop: {
      customers: count,
      orders: all,
      revenue: revenue.total + beyond,
      guestOrders: Number(guests[1]),
      guestRevenue: BigInt(String(guests[3])),
      newestOrder,
    },
  }
}

/** What the orders of each customer come to, those of guests under 0; a sum beyond what doubles hold comes as its digits. */
const orderSums = (asOf: Day): Sql =>
  sql`select _customer, orders, priced, case when amount between ${int(Number.MIN_SAFE_INTEGER)} and ${int(Number.MAX_SAFE_INTEGER)} then amount else cast(amount as text) end,
    first, last, newest from (
      select _customer, sum(_counted) as orders, count(case when _counted = 1 then amount end) as priced,
        coalesce(sum(case when _counted = 1 then amount end), 0) as amount, min(case when _counted = 1 then _day end) as first,
        max(case when _counted = 1 then _day end) as last, max(_day) as newest
      from order_row where _day <= ${int(asOf)} group by _customer) order by _customer`

const HOUR = 3_600_000_000_000

export function readOrders({ store, zone, asOf }: Setting, people: People): Orders {
  const count = people.orders.reduce((n, orders) => n + orders, 0)
  const [who, day] = [new Int32Array(count), new Int32Array(count)]
  const [hour, amount] = [new Int8Array(count), new Float64Array(count)]
  const hourAt = count === 0 ? () => -1 : hours(zone, ...span(people))
  let [at, row] = [0, 0]
  for (const cells of store.each(packedOrders(asOf))) {
    const id = Number(cells[0])
    while (row < people.count && people.ids[row]! < id) row++
    if (people.ids[row] !== id) continue
    const numbers = new Packed(String(cells[1]))
    for (; numbers.more; at++) {
      who[at] = row
      day[at] = numbers.next()
      hour[at] = hourAt(day[at]!, numbers.next())
      amount[at] = numbers.next()
    }
  }
  return { count: at, who, day, hour, amount }
}

/** Those of a customer as one text `day,time,amount,…,`; see packed.ts. */
const packedOrders = (asOf: Day): Sql =>
  sql`select _customer, string_agg(_day || ',' || _time || ',' || coalesce(amount, ''), ',') || ',' from (
    select _customer, _day, _time, amount from order_row where _customer > 0 and _counted = 1 and _day <= ${int(asOf)}
      order by _customer, _day, _time, _key) group by _customer order by _customer`

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

/** Writes the segments in [from, to) that a row is in into `out`, rising, and returns how many they are. */
export function segmentsOf({ words }: People, row: number, from: number, to: number, out: Int32Array): number {
  let size = 0
  for (let w = Math.floor(from / WORD); w * WORD < to; w++)
    for (let bits = words[w]![row]!; bits !== 0; bits &= bits - 1) {
      const segment = w * WORD + 31 - Math.clz32(bits & -bits)
      if (segment >= from && segment < to) out[size++] = segment
    }
  return size
}

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
