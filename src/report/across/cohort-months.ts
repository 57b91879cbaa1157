/** Cohorts: customers by the calendar month of their first counted order, and what they did in each month since. */
import { civil, type Day, dayOf, formatDay, startOfNext } from '../../base/time.js'
import { ExactSum } from '../columns.js'

/** Months counted on from the beginning of the calendar. */
export type Month = number
export const monthOf = (day: Day): Month => {
  const { year, month } = civil(day)
  return year * 12 + month - 1
}
export const formatMonth = (month: Month): string => formatDay(firstOf(month)).slice(0, 7)
const isOver = (month: Month, asOf: Day): boolean => startOfNext(firstOf(month), 'month') <= asOf + 1
const firstOf = (month: Month): Day => dayOf(Math.floor(month / 12), (month % 12) + 1, 1) as Day

export interface CohortAge {
  readonly cohort: Month
  /** Months since the cohort's own. */
  readonly age: number
  /** All who are in the cohort so far. */
  readonly customers: number
  /** Those of them who ordered in the month, up to the as-of day. */
  readonly active: number
  /** What they spent in it, scaled as the amounts are; undefined where there were orders and no amount is known. */
  readonly revenue: bigint | undefined
  /** Whether the month is over at the end of the as-of day: before that its numbers are no cohort's age. */
  readonly isOver: boolean
}

class Cell {
  active = 0
  readonly revenue = new ExactSum()
  isPriced = false
}

/** Takes counted orders customer by customer, each customer's in order of time. */
export class Cohorts {
  private readonly cells = new Map<Month, Map<number, Cell>>()
  private readonly months = new Map<Day, Month>()
  private customer = -1
  private cohort = 0
  private month = -1

  /** The amount is NaN where it is unknown. */
  add(customer: number, day: Day, amount: number): void {
    const month = this.monthOf(day)
    const isNew = customer !== this.customer
    if (isNew) {
      this.customer = customer
      this.cohort = month
    }
    const cell = this.cell(this.cohort, month - this.cohort)
    if (isNew || month !== this.month) cell.active++
    this.month = month
    if (Number.isNaN(amount)) return
    cell.revenue.add(amount)
    cell.isPriced = true
  }

  /** How many months had somebody's first order. */
  get count(): number {
    return this.cells.size
  }

  /** By cohort, from that of `since` on, then age, up to the month of the as-of day. */
  *ages(asOf: Day, since: Month = 0): IterableIterator<CohortAge> {
    const last = monthOf(asOf)
    const wanted = [...this.cells].filter(([cohort]) => cohort >= since)
    for (const [cohort, cells] of wanted.sort(([a], [b]) => a - b))
      for (let age = 0; cohort + age <= last; age++) {
        const { active, revenue, isPriced } = cells.get(age) ?? new Cell()
        yield {
          cohort,
          age,
          customers: cells.get(0)!.active,
          active,
          revenue: isPriced || active === 0 ? revenue.total : undefined,
          isOver: isOver(cohort + age, asOf),
        }
      }
  }

  private monthOf(day: Day): Month {
    const known = this.months.get(day)
    if (known !== undefined) return known
    const month = monthOf(day)
    this.months.set(day, month)
    return month
  }

  private cell(cohort: Month, age: number): Cell {
    const cells = this.cells.get(cohort) ?? new Map<number, Cell>()
    this.cells.set(cohort, cells)
    const cell = cells.get(age) ?? new Cell()
    cells.set(age, cell)
    return cell
  }
}
