/** Rows of orders, items and activities: from cells to a key, a customer, a moment and numbers. Stores nothing. */
import type { MomentReader } from '../base/dates.js'
import { ambiguousThousands, type DecimalReader } from '../base/decimal.js'
import type { Rows } from '../base/rows.js'
import { fold } from '../base/text.js'
import { identityOf, nobody } from '../store/forgotten.js'
import type { DeclaredType } from '../store/sources.js'
import { exactTimes } from './measures.js'
import type { RejectCode } from './rejects.js'
import type { Texts } from './texts.js'

/** What a number of a row stands for: of the order, or of the line. */
export const numberRoles = ['given', 'orderDiscount', 'quantity', 'price', 'discount', 'amount'] as const
export type NumberRole = (typeof numberRoles)[number]
/** The first roles are the order's. */
export const headRoles = 2
/** Money is multiplied by the rate of its currency. */
const MONEY: readonly boolean[] = [true, true, false, true, true, true]
const [QUANTITY, PRICE, AMOUNT] = [2, 3, 5]

export interface Rate {
  readonly units: number
  readonly scale: number
}

export interface DatedColumns {
  readonly width: number
  /** Places of the cells; -1 where the file has no such column. */
  readonly key: number
  readonly customer: number
  readonly at: number
  readonly currency: number
  readonly type: number
  readonly good: readonly [sku: number, product: number, category: number, brand: number]
  readonly numbers: Readonly<Record<NumberRole, number>>
  readonly headTexts: readonly { readonly column: number; readonly texts: Texts }[]
  readonly lineTexts: readonly { readonly column: number; readonly texts: Texts }[]
  /** Columns whose cells make up the key of a row that has none, and whether their cells stay when nobody is to be known by the row. */
  readonly all: readonly { readonly column: number; readonly stays: boolean }[]
  readonly rewritten: ReadonlyMap<number, (cell: string) => string>
  readonly types: ReadonlyMap<number, DeclaredType>
  readonly hasCustomer: boolean
  readonly hasLines: boolean
}

/** A cell like `1,234` in a file that has not told its decimal mark so far: all of it must be looked at. */
export class UnsettledDecimal extends Error {}

export interface DatedRules {
  readonly moment: MomentReader
  readonly decimals: DecimalReader
  readonly unsettled: boolean
  readonly guests: ReadonlySet<string>
  /** The project's currency folded, and rates by folded currency. */
  readonly currency?: string
  readonly rates: ReadonlyMap<string, Rate>
  /** What the stored order of a line says of its currency, where it is not the file's to say. */
  readonly currencyOf?: (order: string) => string
}

/** Holds the row read last. Reading the same cells again gives the same. */
export class DatedRow {
  key = ''
  /** Empty for a guest. */
  customer = ''
  day = 0
  time = 0
  /** By number role; NaN where unknown. */
  readonly units: number[] = numberRoles.map(() => Number.NaN)
  readonly scales: number[] = numberRoles.map(() => 0)
  wrong: RejectCode | undefined
  wrongColumn = -1
  private lastKey = ''
  private currency = ''
  private lastCustomer: string | undefined
  private lastAt: string | undefined
  private lastGood = true
  private readonly places: readonly number[]
  private readonly declared: readonly { readonly column: number; readonly texts: Texts }[]

  constructor(
    private readonly columns: DatedColumns,
    private readonly rules: DatedRules,
  ) {
    this.places = numberRoles.map((role) => columns.numbers[role])
    this.declared = [...columns.headTexts, ...columns.lineTexts].filter((c) => columns.types.has(c.column))
  }

  /** Trimmed, and as a declared type has it: without a trailing `.0`, with a point for a decimal comma. */
  cell(cells: Rows, column: number): string {
    const text = cells.cell(column)
    if (this.columns.rewritten.size === 0) return text
    return this.columns.rewritten.get(column)?.(text) ?? text
  }

  /** Whether the row is sound; if not, `wrong` and `wrongColumn` tell. The key is there wherever its cell is. */
  read(cells: Rows): boolean {
    const { columns, rules } = this
    this.wrong = undefined
    if (columns.key >= 0) {
      if (columns.key >= cells.width) this.key = this.lastKey = ''
      else if (this.lastKey === '' || !cells.is(columns.key, this.lastKey)) {
        this.lastKey = cells.raw(columns.key)
        this.key = this.cell(cells, columns.key)
        if (rules.currencyOf !== undefined) this.currency = rules.currencyOf(this.key)
      }
      if (cells.width !== columns.width) return this.fail('ragged', -1)
      if (this.key === '') return this.fail('no-order', columns.key)
    } else if (cells.width !== columns.width) return this.fail('ragged', -1)
    if (columns.hasCustomer) {
      if (this.lastCustomer === undefined || !cells.is(columns.customer, this.lastCustomer)) {
        this.lastCustomer = cells.raw(columns.customer)
        const customer = this.cell(cells, columns.customer)
        this.customer = rules.guests.has(customer) ? '' : customer
      }
      if (this.lastAt === undefined || !cells.is(columns.at, this.lastAt)) {
        const moment = rules.moment(cells.cell(columns.at))
        this.lastAt = cells.raw(columns.at)
        this.lastGood = moment !== undefined
        if (moment !== undefined) {
          this.day = moment.day
          this.time = moment.time
        }
      }
      if (!this.lastGood) return this.fail('bad-date', columns.at)
    }
    if (columns.type >= 0 && cells.cell(columns.type) === '') return this.fail('no-type', columns.type)
    for (const { column, texts } of this.declared) {
      const misfit = texts.misfit(this.cell(cells, column))
      if (misfit !== undefined) return this.fail(misfit, column)
    }
    return this.readNumbers(cells)
  }

  /** All cells of a row that has no key of its own; of a nameless one those that tell nobody. */
  identity(cells: Rows, nameless: boolean): string {
    const { all, customer } = this.columns
    return identityOf(
      all.map(({ column, stays }) =>
        nameless && column === customer ? nobody : column < 0 || (nameless && !stays) ? '' : this.cell(cells, column),
      ),
    )
  }

  private readNumbers(cells: Rows): boolean {
    const { places, units, scales, columns } = this
    const { decimals, unsettled } = this.rules
    for (let role = 0; role < places.length; role++) {
      const column = places[role]!
      units[role] = Number.NaN
      if (column < 0) continue
      if (cells.decimal(column, decimals.mark) && !(unsettled && cells.scale === 3)) {
        units[role] = cells.units
        scales[role] = cells.scale
        continue
      }
      const text = cells.cell(column)
      if (text === '') continue
      const read = decimals.read(text)
      if (read === 'not-a-number' && this.rules.unsettled && ambiguousThousands(text, undefined)) throw new UnsettledDecimal()
      if (read !== 'ok') return this.fail(read === 'too-long' ? 'too-many-digits' : 'bad-number', column)
      units[role] = decimals.units
      scales[role] = decimals.scale
    }
    if (!this.convert(columns.currency >= 0 ? cells.cell(columns.currency) : this.currency)) return false
    return !columns.hasLines || this.completeLine()
  }

  private convert(currency: string): boolean {
    if (currency === '' || this.rules.currency === undefined) return true
    const folded = fold(currency)
    if (folded === this.rules.currency) return true
    const rate = this.rules.rates.get(folded)
    if (rate === undefined) return this.fail('no-rate', this.columns.currency)
    for (let role = 0; role < this.places.length; role++) {
      if (!MONEY[role] || this.places[role]! < 0 || Number.isNaN(this.units[role]!)) continue
      const product = exactTimes(this.units[role]!, rate.units)
      if (product === undefined) return this.fail('too-many-digits', this.places[role]!)
      this.units[role] = product
      this.scales[role] = this.scales[role]! + rate.scale
    }
    return true
  }

  /** A quantity is 1 where there is none; an amount that is not given is quantity times price. */
  private completeLine(): boolean {
    const { units, scales } = this
    if (Number.isNaN(units[QUANTITY]!)) {
      units[QUANTITY] = 1
      scales[QUANTITY] = 0
    }
    if (this.places[AMOUNT]! >= 0 && !Number.isNaN(units[AMOUNT]!)) return true
    const price = units[PRICE]!
    if (Number.isNaN(price)) {
      units[AMOUNT] = Number.NaN
      return true
    }
    const product = exactTimes(units[QUANTITY]!, price)
    if (product === undefined) return this.fail('too-many-digits', this.places[PRICE]!)
    units[AMOUNT] = product
    scales[AMOUNT] = scales[QUANTITY]! + scales[PRICE]!
    return true
  }

  private fail(code: RejectCode, column: number): false {
    this.wrong = code
    this.wrongColumn = column
    return false
  }
}
