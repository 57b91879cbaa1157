/** Numbers of orders and items: whole, scaled by the most decimals their field has; more decimals rescale what is there. */

import type { Store } from '../store/store.js'
import type { Floats } from './columns.js'
import type { Field } from './fieldbook.js'

const POWERS = Array.from({ length: 31 }, (_, i) => 10 ** i)
export const power = (k: number): number => POWERS[k] ?? Number.POSITIVE_INFINITY

/** A product of two whole numbers, or undefined where it is not exact. */
export const exactTimes = (a: number, b: number): number | undefined => {
  const product = a * b
  return Number.isSafeInteger(product) ? product : undefined
}

/** What the lines of an order come to, their signs left out: so no sum over some of them can be inexact, whatever is counted. */
export interface LineSums {
  quantity: number
  amount: number
}

/** One scale for all columns that must share it: of the fields named, in the tables named, and waiting in memory. */
export class Measure {
  scale: number
  private greatest = 0
  private asked = false
  private readonly waiting: Floats[] = []
  constructor(
    private readonly store: Store,
    private readonly fields: readonly Field[],
    private readonly stored: readonly (readonly [table: string, column: string])[],
  ) {
    this.scale = Math.max(0, ...fields.map((f) => f.scale))
  }

  /** A column of values not yet written, rescaled with the rest. */
  column(floats: Floats): Floats {
    this.waiting.push(floats)
    return floats
  }

  /** The number at this measure's scale, which grows where it must; undefined where something would no longer be exact. */
  fit(units: number, scale: number): number | undefined {
    if (scale > this.scale && !this.grow(scale) && units !== 0) return undefined
    const value = scale === this.scale ? units : scale < this.scale ? units * power(this.scale - scale) : 0
    if (!Number.isSafeInteger(value)) return undefined
    const size = value < 0 ? -value : value
    if (size > this.greatest) this.greatest = size
    return value
  }

  /** Whether a sum at this measure's scale is exact; it stays so when the scale grows. */
  holds(sum: number): boolean {
    if (sum > Number.MAX_SAFE_INTEGER) return false
    if (sum > this.greatest) this.greatest = sum
    return true
  }

  /** Grows by the decimals of the factor that stored values will be multiplied by; false where it cannot. */
  grow(scale: number): boolean {
    if (scale <= this.scale) return true
    if (!this.asked) {
      this.asked = true
      for (const [table, column] of this.stored) {
        const found = this.store.prepare(greatestOf(table, column)).row([])?.[0] as number | null
        this.greatest = Math.max(
          this.greatest,
          (found ?? 0) * power(this.scale - Math.max(0, ...this.fields.map((f) => f.scale))),
        )
      }
    }
    const factor = power(scale - this.scale)
    if (this.greatest * factor > Number.MAX_SAFE_INTEGER) return false
    for (const floats of this.waiting) floats.times(factor)
    this.greatest *= factor
    this.scale = scale
    return true
  }

  /** Brings what is stored to this scale. */
  align(): void {
    const before = Math.max(0, ...this.fields.map((f) => f.scale))
    if (this.scale > before) {
      const factor = power(this.scale - before)
      for (const [table, column] of this.stored)
        this.store.exec(`update ${table} set ${column} = ${column} * ${factor} where ${column} <> 0`)
    }
    for (const f of this.fields) f.scale = this.scale
  }
}

/** The greatest number in a column; of lines, the greatest that those of one order come to without their signs. */
const greatestOf = (table: string, column: string): string => {
  const order = table === 'item_row' ? '_customer, _day, _time, _key' : table === 'waiting_row' ? '_key' : undefined
  return order === undefined
    ? `select max(abs(${column})) from ${table}`
    : `select max(s) from (select total(abs(${column})) as s from ${table} group by ${order})`
}
