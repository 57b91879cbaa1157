/** What the members of each segment bought, by product and by category: one ordered pass over the lines for all segments together. */
import { int, type Sql, sql } from '../../base/sql.js'
import { falseDiscovery } from '../../base/statistics.js'
import type { Day } from '../../base/time.js'
import { isIn } from '../columns.js'
import { byName, type Goods, namesOf, readGoods } from '../goods.js'
import type { World } from '../world.js'
import { type Contrast, contrast, type Lift, ranked, sidesOf, worthTelling } from './lift.js'

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
    const tallies = world.subjects.slice(from, from + atOnce).map(() => new Tally(goods.things))
    tallyLines(world, goods, tallies, from, from === 0 ? everyone : undefined)
    tallies.forEach((t, i) => void out.set(from + i, basket(t, everyone, { goods, world, subject: from + i })))
  }
  return out
}

const [CUSTOMERS, UNITS, AMOUNT, FIELDS] = [0, 1, 2, 3]

/** Of each thing, what the members of one segment bought: sums are doubles while they are exact, and beside them what went beyond. */
class Tally {
  private readonly sums: Float64Array
  private readonly beyond = new Map<number, bigint>()
  constructor(things: number) {
    this.sums = new Float64Array(things * FIELDS)
  }
  /** Adds `count` things of one customer, with their units and amounts. */
  add(things: Int32Array, count: number, units: Float64Array, amount: Float64Array): void {
    const { sums } = this
    for (let i = 0; i < count; i++) {
      const thing = things[i]!
      const at = thing * FIELDS
      sums[at]!++
      const u = sums[at + UNITS]! + units[thing]!
      const a = sums[at + AMOUNT]! + amount[thing]!
      if (isExact(u) && isExact(a)) {
        sums[at + UNITS] = u
        sums[at + AMOUNT] = a
      } else {
        this.carry(at + UNITS, units[thing]!)
        this.carry(at + AMOUNT, amount[thing]!)
      }
    }
  }
  /** What one customer's own sums no longer hold. */
  addBeyond(thing: number, units: number, amount: number): void {
    this.carry(thing * FIELDS + UNITS, units)
    this.carry(thing * FIELDS + AMOUNT, amount)
  }
  private carry(at: number, value: number): void {
    this.beyond.set(at, (this.beyond.get(at) ?? 0n) + BigInt(this.sums[at]!))
    this.sums[at] = value
  }
  customers(thing: number): number {
    return this.sums[thing * FIELDS + CUSTOMERS]!
  }
  units(thing: number): bigint {
    return this.exactly(thing * FIELDS + UNITS)
  }
  amount(thing: number): bigint {
    return this.exactly(thing * FIELDS + AMOUNT)
  }
  private exactly(at: number): bigint {
    return (this.beyond.get(at) ?? 0n) + BigInt(this.sums[at]!)
  }
}

const isExact = (sum: number): boolean => sum <= Number.MAX_SAFE_INTEGER && sum >= Number.MIN_SAFE_INTEGER

/** What one customer bought, summed before it is added to all the segments that he is in. */
class Own {
  private readonly units: Float64Array
  private readonly amount: Float64Array
  private readonly seen: Uint8Array
  private readonly things: Int32Array
  private count = 0
  constructor(size: number) {
    this.units = new Float64Array(size)
    this.amount = new Float64Array(size)
    this.seen = new Uint8Array(size)
    this.things = new Int32Array(size)
  }
  add(thing: number, quantity: number, amount: number, tallies: readonly Tally[]): void {
    if (this.seen[thing] === 0) {
      this.seen[thing] = 1
      this.things[this.count++] = thing
    }
    const units = this.units[thing]! + quantity
    const sum = this.amount[thing]! + amount
    if (isExact(units) && isExact(sum)) {
      this.units[thing] = units
      this.amount[thing] = sum
    } else for (const t of tallies) t.addBeyond(thing, quantity, amount)
  }
  /** Adds all of it, and begins anew. */
  giveTo(tallies: readonly Tally[], everyone: Int32Array | undefined): void {
    for (const t of tallies) t.add(this.things, this.count, this.units, this.amount)
    for (let i = 0; i < this.count; i++) {
      const thing = this.things[i]!
      if (everyone !== undefined) everyone[thing]!++
      this.units[thing] = 0
      this.amount[thing] = 0
      this.seen[thing] = 0
    }
    this.count = 0
  }
}

/**
 * Counted lines up to the day, those of a customer as one text `good,quantity,amount,…,`: fetching a row costs far more than
 * taking such a text apart.
 */
const lines = (
  asOf: Day,
): Sql => sql`select _customer, string_agg(_good || ',' || coalesce(quantity, '') || ',' || coalesce(amount, ''), ',') || ','
  from item_row where _customer > 0 and _counted = 1 and _day <= ${int(asOf)} group by _customer order by _customer`

/** Adds every line to the segments its customer is in, and each of his things to those of everyone. */
function tallyLines(
  { setting: { store }, people, asOf }: World,
  { things, productOf, categoryOf }: Goods,
  tallies: readonly Tally[],
  from: number,
  everyone: Int32Array | undefined,
): void {
  const own = new Own(things)
  let row = 0
  for (const cells of store.each(lines(asOf))) {
    const [customer, packed] = [Number(cells[0]), String(cells[1])]
    while (row < people.count && people.ids[row]! < customer) row++
    if (people.ids[row] !== customer) continue
    const mine = tallies.filter((_, i) => isIn(people, from + i, row))
    const numbers = new Numbers(packed)
    while (numbers.more) {
      const good = numbers.next()
      const quantity = numbers.next()
      const amount = numbers.next()
      own.add(productOf[good]!, quantity, amount, mine)
      if (categoryOf[good]! >= 0) own.add(categoryOf[good]!, quantity, amount, mine)
    }
    own.giveTo(mine, everyone)
  }
}

const [COMMA, MINUS, ZERO] = [44, 45, 48]

/** Whole numbers out of a text in which each ends with a comma; nothing is 0. */
class Numbers {
  private at = 0
  constructor(private readonly text: string) {}
  get more(): boolean {
    return this.at < this.text.length
  }
  next(): number {
    const { text } = this
    const negative = text.charCodeAt(this.at) === MINUS
    let value = 0
    for (let at = negative ? this.at + 1 : this.at; ; at++) {
      const code = text.charCodeAt(at)
      if (code === COMMA) {
        this.at = at + 1
        return negative ? -value : value
      }
      value = value * 10 + code - ZERO
    }
  }
}

interface Ground {
  readonly goods: Goods
  readonly world: World
  readonly subject: number
}

function basket(tally: Tally, everyone: Int32Array, ground: Ground): Basket {
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
function most(tally: Tally, from: number, to: number, ground: Ground): readonly Bought[] {
  const { world } = ground
  const shown = (thing: number): number => (tally.customers(thing) < world.minGroup ? 0 : tally.customers(thing))
  const order = (a: number, b: number): number =>
    shown(b) - shown(a) || (shown(a) === 0 ? 0 : Number(tally.amount(b) - tally.amount(a))) || byName(a, b, ground.goods)
  const top: number[] = []
  for (let thing = from; thing < to; thing++) {
    if (tally.customers(thing) === 0 || (top.length === TOP && order(thing, top[TOP - 1]!) > 0)) continue
    top.push(thing)
    top.sort(order)
    top.splice(TOP)
  }
  const names = namesOf(top, ground.goods)
  return top.map((thing, i) => ({
    name: names[i]!,
    customers: tally.customers(thing),
    units: tally.units(thing),
    amount: tally.amount(thing),
  }))
}
