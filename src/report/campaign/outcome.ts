/** What those whom a hand-off reached, and those it held out, did in the days after it. By assignment: whether they read it or not. */
import { int, type Sql, sql } from '../../base/sql.js'
import type { Day } from '../../base/time.js'
import type { Setting } from '../../engine/compiler.js'
import { occurrenceQuery } from '../../engine/evaluate.js'
import { holdout, type Split, weightsOf } from '../../handoff/arms.js'
import { type Assigned, plannedSplit } from '../../handoff/assigned.js'
import type { Recorded } from '../../handoff/handoffs.js'
import type { EventDefinition } from '../../language/definitions.js'

export interface ArmOutcome {
  readonly name: string
  readonly assigned: number
  /** Those with a counted order, or an occurrence, in the window. */
  readonly converted: number
  readonly buyers: number
  readonly orders: number
  /** Orders whose amount is unknown; they add nothing. */
  readonly unpriced: number
  /** Scaled as the orders' amounts are. */
  readonly revenue: bigint
  /** What each of those assigned spent in the window, in whole money, and in as many days up to the hand-off's. */
  readonly spent: Float64Array
  readonly before: Float64Array
}

export interface Outcome {
  readonly handOff: Recorded
  /** Undefined: an order converts. */
  readonly event: EventDefinition | undefined
  /** The window, the first day after the hand-off's up to its last. */
  readonly from: Day
  readonly to: Day
  /** The last of its days that is known. */
  readonly until: Day
  readonly arms: readonly ArmOutcome[]
  /** What the others are compared with. */
  readonly reference: ArmOutcome
  /** Parts of 10,000 that each arm was to have; undefined where that was not kept. */
  readonly planned: readonly number[] | undefined
}

export interface Asked {
  readonly assigned: Assigned
  /** As it is written now. */
  readonly split: Split | undefined
  /** The last day of the window. */
  readonly to: Day
  readonly event: EventDefinition | undefined
}

export function outcomeOf(setting: Setting, { assigned, split, to, event }: Asked, scale: number): Outcome {
  const from = assigned.asOf + 1
  const until = Math.min(to, setting.asOf)
  const planned = plannedSplit(setting.store, assigned, split)
  const names = armNames(assigned, planned)
  const tallies = new Map(names.map((name) => [name, new Tally()]))
  const tallyOf = (customer: unknown): Tally | undefined => tallies.get(assigned.arms.get(Number(customer)) ?? NOBODY)
  for (const [customer, arm] of assigned.arms) tallies.get(arm)!.seat(customer)
  for (const tally of tallies.values()) tally.seated()
  for (const [customer, , , amount] of setting.store.each(ordersWithin(assigned.asOf - (to - from), assigned.asOf)))
    tallyOf(customer)?.boughtBefore(Number(customer), Number(amount) / 10 ** scale)
  for (const [customer, orders, unpriced, amount] of setting.store.each(ordersWithin(from, until))) {
    const [units, money] = [BigInt(String(amount)), Number(amount) / 10 ** scale]
    tallyOf(customer)?.bought(Number(customer), Number(orders), Number(unpriced), units, money)
  }
  if (event !== undefined)
    for (const [customer] of setting.store.each(occurredWithin(setting, event, from, until))) {
      const tally = tallyOf(customer)
      if (tally !== undefined) tally.occurred++
    }
  const arms = names.map((name) => tallies.get(name)!.outcome(name, event !== undefined))
  return {
    handOff: assigned,
    event,
    from,
    to,
    until,
    arms,
    reference: arms.find((a) => a.name === holdout) ?? arms[0]!,
    planned: planned && weightsOf(planned),
  }
}

/** No name of an arm. */
const NOBODY = '\u0000'

/** In the order of the split; where that was not kept, by name. */
const armNames = ({ arms }: Assigned, split: Split | undefined): readonly string[] =>
  split === undefined ? [...new Set(arms.values())].sort() : split.arms.map((a) => a.name)

class Tally {
  occurred = 0
  private readonly seats = new Map<number, number>()
  private buyers = 0
  private orders = 0
  private unpriced = 0
  private revenue = 0n
  private spent = new Float64Array()
  private before = new Float64Array()
  seat(customer: number): void {
    this.seats.set(customer, this.seats.size)
  }
  seated(): void {
    this.spent = new Float64Array(this.seats.size)
    this.before = new Float64Array(this.seats.size)
  }
  boughtBefore(customer: number, amount: number): void {
    this.before[this.seats.get(customer)!] = amount
  }
  bought(customer: number, orders: number, unpriced: number, units: bigint, amount: number): void {
    this.buyers++
    this.orders += orders
    this.unpriced += unpriced
    this.revenue += units
    this.spent[this.seats.get(customer)!] = amount
  }
  outcome(name: string, byEvent: boolean): ArmOutcome {
    const { seats, buyers, orders, unpriced, revenue, spent, before } = this
    return {
      name,
      assigned: seats.size,
      converted: byEvent ? this.occurred : buyers,
      buyers,
      orders,
      unpriced,
      revenue,
      spent,
      before,
    }
  }
}

/** By customer, rising: counted orders of the days, how many of them have no amount, what they come to. */
export const ordersWithin = (from: Day, to: Day): Sql => sql`select _customer, count(*), count(*) - count(amount),
  cast(coalesce(sum(amount), 0) as text) from order_row
  where _customer > 0 and _counted = 1 and _day between ${int(from)} and ${int(to)} group by _customer order by _customer`

const occurredWithin = (setting: Setting, event: EventDefinition, from: Day, to: Day): Sql =>
  sql`select distinct customer from (${occurrenceQuery(setting, event).select}) where day between ${int(from)} and ${int(to)}`
