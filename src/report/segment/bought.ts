/** What the members of each segment bought, by product and by category: one ordered pass over the lines for all segments together. */
import { int, type Sql, sql } from '../../base/sql.js'
import { falseDiscovery } from '../../base/statistics.js'
import type { Day } from '../../base/time.js'
import { segmentsOf } from '../columns.js'
import { byName, type Goods, namesOf, readGoods } from '../goods.js'
import { Packed } from '../packed.js'
import type { World } from '../world.js'
import { type Contrast, contrast, foremost, type Lift, ranked, sidesOf, worthTelling } from './lift.js'

/** A product or category, and what the members of a segment bought of it. */
export interface Bought {
  readonly name: string
  readonly customers: number
  /** Scaled by the world's scales of quantities and of lines' amounts. */
  readonly units: bigint
  readonly amount: bigint
}
export interface Basket {
  /** What most of the members bought. */
  readonly products: readonly Bought[]
  readonly categories: readonly Bought[]
  /** What they buy more and less than all other customers. */
  readonly liftedProducts: readonly Lift<string>[]
  readonly liftedCategories: readonly Lift<string>[]
}

const TOP = 10
/** So many sums are kept at once; more segments or products take another pass. */
const MOST_SUMS = 8_000_000

/** By the numbers of the segments. */
export function baskets(world: World): ReadonlyMap<number, Basket> {
  const goods = readGoods(world)
  const out = new Map<number, Basket>()
  const atOnce = Math.max(1, Math.floor(MOST_SUMS / Math.max(1, goods.things)))
  const everyone = new Int32Array(goods.things)
  for (let from = 0; from < world.subjects.length && goods.things > 0; from += atOnce) {
    const to = Math.min(world.subjects.length, from + atOnce)
    const tally = new Tally(goods.things, from, to)
    tallyLines(world, goods, tally, from === 0 ? everyone : undefined)
    for (let subject = from; subject < to; subject++)
      out.set(subject, basket(tally.of(subject), everyone, { goods, world, subject }))
  }
  return out
}

/** What the members of one segment bought of each thing. */
interface Sums {
  customers(thing: number): number
  units(thing: number): bigint
  amount(thing: number): bigint
}

/** What the members of the segments in [from, to) bought: those of one thing side by side. */
class Tally {
  private readonly width: number
  private readonly buyers: Int32Array
  /** Doubles while they are exact, and beside them what went beyond. */
  private readonly units: Float64Array
  private readonly amount: Float64Array
  private readonly unitsBeyond: Beyond = new Map()
  private readonly amountBeyond: Beyond = new Map()
  /** No sum is further from 0 than this. */
  private reach = 0
  constructor(
    things: number,
    readonly from: number,
    readonly to: number,
  ) {
    this.width = to - from
    this.buyers = new Int32Array(things * this.width)
    this.units = new Float64Array(things * this.width)
    this.amount = new Float64Array(things * this.width)
  }
  /** Adds what one customer bought to the segments that he is in: the first `size` of `segments`. */
  add({ things, count, units, amount, reach }: Own, segments: Int32Array, size: number): void {
    this.reach += reach
    const isNear = isExact(this.reach)
    const { width, from, buyers, units: unitsOf, amount: amountOf } = this
    for (let i = 0; i < count; i++) {
      const thing = things[i]!
      const u = units[thing]!
      const a = amount[thing]!
      const row = thing * width - from
      for (let s = 0; s < size; s++) {
        const at = row + segments[s]!
        buyers[at]!++
        if (isNear) {
          unitsOf[at]! += u
          amountOf[at]! += a
        } else {
          carry(unitsOf, this.unitsBeyond, at, u)
          carry(amountOf, this.amountBeyond, at, a)
        }
      }
    }
  }
  /** Adds one line more of a customer whose own sums it would have made inexact. */
  addBeyond(thing: number, units: number, amount: number, segments: Int32Array, size: number): void {
    this.reach = Number.POSITIVE_INFINITY
    for (let s = 0; s < size; s++) {
      const at = thing * this.width - this.from + segments[s]!
      carry(this.units, this.unitsBeyond, at, units)
      carry(this.amount, this.amountBeyond, at, amount)
    }
  }
  of(segment: number): Sums {
    const at = (thing: number): number => thing * this.width - this.from + segment
    return {
      customers: (thing) => this.buyers[at(thing)]!,
      units: (thing) => exactly(this.units, this.unitsBeyond, at(thing)),
      amount: (thing) => exactly(this.amount, this.amountBeyond, at(thing)),
    }
  }
}

type Beyond = Map<number, bigint>

const isExact = (sum: number): boolean => sum <= Number.MAX_SAFE_INTEGER && sum >= Number.MIN_SAFE_INTEGER

function carry(sums: Float64Array, beyond: Beyond, at: number, value: number): void {
  const sum = sums[at]! + value
  if (isExact(sum)) sums[at] = sum
  else {
    beyond.set(at, (beyond.get(at) ?? 0n) + BigInt(sums[at]!))
    sums[at] = value
  }
}

const exactly = (sums: Float64Array, beyond: Beyond, at: number): bigint => (beyond.get(at) ?? 0n) + BigInt(sums[at]!)

/** What one customer bought, summed before it is added to all the segments that he is in. */
class Own {
  readonly units: Float64Array
  readonly amount: Float64Array
  /** The first `count` are the things that he bought. */
  readonly things: Int32Array
  count = 0
  /** No sum is further from 0 than this. */
  reach = 0
  private readonly seen: Uint8Array
  constructor(size: number) {
    this.units = new Float64Array(size)
    this.amount = new Float64Array(size)
    this.seen = new Uint8Array(size)
    this.things = new Int32Array(size)
  }
  /** False where the sums would be no longer exact: it is counted then, and not added. */
  add(thing: number, quantity: number, amount: number): boolean {
    if (this.seen[thing] === 0) {
      this.seen[thing] = 1
      this.things[this.count++] = thing
    }
    const reach = this.reach + Math.abs(quantity) + Math.abs(amount)
    if (!isExact(reach)) return false
    this.reach = reach
    this.units[thing]! += quantity
    this.amount[thing]! += amount
    return true
  }
  empty(): void {
    for (let i = 0; i < this.count; i++) {
      const thing = this.things[i]!
      this.units[thing] = 0
      this.amount[thing] = 0
      this.seen[thing] = 0
    }
    this.count = 0
    this.reach = 0
  }
}

/** Counted lines up to the day, those of a customer as one text `good,quantity,amount,…,`; see packed.ts. */
const lines = (
  asOf: Day,
): Sql => sql`select _customer, string_agg(_good || ',' || coalesce(quantity, 0) || ',' || coalesce(amount, 0), ',') || ','
  from item_row where _customer > 0 and _counted = 1 and _day <= ${int(asOf)} group by _customer order by _customer`

/** Adds every line to the segments its customer is in, and each of his things to those of everyone. */
function tallyLines(
  { setting: { store }, people, asOf }: World,
  { things, productOf, categoryOf }: Goods,
  tally: Tally,
  everyone: Int32Array | undefined,
): void {
  const own = new Own(things)
  const mine = new Int32Array(tally.to - tally.from)
  let [row, size] = [0, 0]
  const add = (thing: number, quantity: number, amount: number): void => {
    if (!own.add(thing, quantity, amount)) tally.addBeyond(thing, quantity, amount, mine, size)
  }
  for (const cells of store.each(lines(asOf))) {
    const [customer, packed] = [Number(cells[0]), String(cells[1])]
    while (row < people.count && people.ids[row]! < customer) row++
    if (people.ids[row] !== customer) continue
    size = segmentsOf(people, row, tally.from, tally.to, mine)
    const numbers = new Packed(packed)
    while (numbers.more) {
      const good = numbers.next()
      const quantity = numbers.next()
      const amount = numbers.next()
      add(productOf[good]!, quantity, amount)
      if (categoryOf[good]! >= 0) add(categoryOf[good]!, quantity, amount)
    }
    tally.add(own, mine, size)
    if (everyone !== undefined) for (let i = 0; i < own.count; i++) everyone[own.things[i]!]!++
    own.empty()
  }
}

interface Ground {
  readonly goods: Goods
  readonly world: World
  readonly subject: number
}

function basket(tally: Sums, everyone: Int32Array, ground: Ground): Basket {
  const { goods, world } = ground
  const sides = sidesOf(world.subjects[ground.subject]!, world)
  const contrasts: Contrast<number>[] = []
  for (const [thing, all] of everyone.entries()) {
    const n = tally.customers(thing)
    const found = contrast(thing, n, all - n, sides)
    if (found !== undefined) contrasts.push(found)
  }
  const q = falseDiscovery(contrasts.map((c) => c.p))
  const lifts = worthTelling(contrasts, q)
  return {
    products: most(tally, 0, goods.products, ground),
    categories: most(tally, goods.products, goods.things, ground),
    liftedProducts: named(
      lifts.filter((l) => l.key < goods.products),
      goods,
    ),
    liftedCategories: named(
      lifts.filter((l) => l.key >= goods.products),
      goods,
    ),
  }
}

function named(lifts: readonly Lift<number>[], goods: Goods): readonly Lift<string>[] {
  const found = ranked(lifts, (a, b) => byName(a, b, goods))
  const names = namesOf(
    found.map((l) => l.key),
    goods,
  )
  return found.map((l, i) => ({ ...l, key: names[i]! }))
}

/** Of the things in [from, to) those that most customers bought; below the least group that is shown all count as equally few. */
function most(tally: Sums, from: number, to: number, ground: Ground): readonly Bought[] {
  const { world } = ground
  const shown = (thing: number): number => (tally.customers(thing) < world.minGroup ? 0 : tally.customers(thing))
  const order = (a: number, b: number): number =>
    shown(b) - shown(a) || (shown(a) === 0 ? 0 : Number(tally.amount(b) - tally.amount(a))) || byName(a, b, ground.goods)
  const there: number[] = []
  for (let thing = from; thing < to; thing++) if (tally.customers(thing) > 0) there.push(thing)
  const top = foremost(there, TOP, order)
  const names = namesOf(top, ground.goods)
  return top.map((thing, i) => ({
    name: names[i]!,
    customers: tally.customers(thing),
    units: tally.units(thing),
    amount: tally.amount(thing),
  }))
}
