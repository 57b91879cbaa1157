/** Orders (or activities) and their lines in memory, as columns: gathered by key, sorted as the tables are clustered. */
import { compareBytes } from '../base/text.js'
import { Floats, Ints, Places } from './columns.js'
import { headRoles, numberRoles } from './dated-rows.js'

/** Lines touched as lately as this share of the buffer may go on after a flush, so their orders stay. */
const RECENT = 0.05

export class DatedBuffer {
  private byKey = new Places()
  private byCustomer = new Places()

  readonly customer = new Ints()
  readonly day = new Ints()
  readonly time = new Floats()
  /** By number role: of orders the first two, of lines the rest; only those that the file can say. */
  readonly numbers: readonly (Floats | undefined)[]
  /** Rows of the file that belong to the order. */
  readonly rows = new Ints()
  /** 1 where a row of the order is wrong. */
  readonly bad = new Ints()
  private readonly touched = new Ints()
  /** The code of the `line` of the row that the order's own values come from. */
  readonly firstLine = new Ints()
  readonly headCodes: readonly Ints[]
  /** See `LineSums`. */
  readonly sums: { readonly quantity: Floats; readonly amount: Floats } = { quantity: new Floats(), amount: new Floats() }

  readonly order = new Ints()
  readonly good = new Ints()
  readonly lineCodes: readonly Ints[]
  private readonly heads: readonly (Floats | Ints)[]
  private readonly lineColumns: readonly (Floats | Ints)[]
  /** Characters of the keys: those of rows known by their cells are long. */
  weight = 0
  private steps = 0

  constructor(headTexts: number, lineTexts: number, roles: readonly number[]) {
    this.numbers = numberRoles.map((_, role) => (roles.includes(role) ? new Floats() : undefined))
    const present = (from: number, to: number): Floats[] => this.numbers.slice(from, to).filter((c) => c !== undefined)
    this.headCodes = Array.from({ length: headTexts }, () => new Ints())
    this.lineCodes = Array.from({ length: lineTexts }, () => new Ints())
    this.heads = [
      this.day,
      this.time,
      ...present(0, headRoles),
      this.rows,
      this.bad,
      this.touched,
      this.firstLine,
      this.sums.quantity,
      this.sums.amount,
      ...this.headCodes,
    ]
    this.lineColumns = [this.good, ...present(headRoles, numberRoles.length), ...this.lineCodes]
  }

  number(role: number, place: number): number {
    return this.numbers[role]?.get(place) ?? Number.NaN
  }

  get keys(): readonly string[] {
    return this.byKey.texts
  }
  get customers(): readonly string[] {
    return this.byCustomer.texts
  }
  get size(): number {
    return this.keys.length
  }
  get lines(): number {
    return this.order.length
  }

  /** The place of a new order, its values still to be set. */
  open(key: string): number {
    const place = this.byKey.place(key)
    this.weight += key.length
    this.customer.push(0)
    for (const column of this.heads) column.push(0)
    return place
  }

  /** Notes that a row of the file belongs to the order. */
  touch(place: number): void {
    this.rows.set(place, this.rows.get(place) + 1)
    this.touched.set(place, this.steps++)
  }

  /** The place of the order with this key, or -1. */
  find(key: string): number {
    return this.byKey.find(key)
  }

  customerPlace(customer: string): number {
    return this.byCustomer.place(customer)
  }

  /** Places of the orders to be written: all, or all but those touched lately. Wrong ones are left out. */
  ready(all: boolean): number[] {
    const before = all ? Number.POSITIVE_INFINITY : this.steps * (1 - RECENT)
    const ready: number[] = []
    for (let o = 0; o < this.size; o++) if (this.bad.get(o) === 0 && this.touched.get(o) < before) ready.push(o)
    return ready
  }

  /** In the order of the tables. `ids`: the number of each customer by its place. */
  sort(places: number[], ids: Float64Array): void {
    const { customer, day, time, keys } = this
    // By customer first, since that takes no comparisons; who has few orders, as most have, needs few of them.
    const starts = new Int32Array(ids.length + 1)
    const rank = new Int32Array(ids.length)
    Uint32Array.from(ids.keys())
      .sort((a, b) => ids[a]! - ids[b]!)
      .forEach((place, i) => {
        rank[place] = i
      })
    for (const o of places) starts[rank[customer.get(o)]! + 1]!++
    for (let i = 0; i < ids.length; i++) starts[i + 1]! += starts[i]!
    const next = starts.slice()
    for (const o of Int32Array.from(places)) places[next[rank[customer.get(o)]!]!++] = o
    const before = (a: number, b: number): number =>
      day.get(a) - day.get(b) || time.get(a) - time.get(b) || compareBytes(keys[a]!, keys[b]!)
    for (let i = 0; i < ids.length; i++) sortPart(places, starts[i]!, starts[i + 1]!, before)
  }

  /** Lines of each order in the order of the file: those of order `o` are `lines[starts[o]]` to `lines[starts[o + 1]]`, end excluded. */
  bucket(): { readonly starts: Int32Array; readonly lines: Int32Array } {
    const starts = new Int32Array(this.size + 1)
    for (let i = 0; i < this.lines; i++) starts[this.order.get(i) + 1]!++
    for (let o = 0; o < this.size; o++) starts[o + 1]! += starts[o]!
    const next = starts.slice()
    const lines = new Int32Array(this.lines)
    for (let i = 0; i < this.lines; i++) lines[next[this.order.get(i)]!++] = i
    return { starts, lines }
  }

  /** Forgets all but the orders that were not ready. */
  keepRecent(): void {
    const before = this.steps * (1 - RECENT)
    const places = new Int32Array(this.size).fill(-1)
    const { keys, customers } = this
    let kept = 0
    this.byKey = new Places()
    this.byCustomer = new Places()
    this.weight = 0
    for (let o = 0; o < keys.length; o++) {
      if (this.bad.get(o) !== 0 || this.touched.get(o) < before) continue
      places[o] = kept
      for (const column of this.heads) column.set(kept, column.get(o))
      this.touched.set(kept, 0)
      this.customer.set(kept, this.customerPlace(customers[this.customer.get(o)]!))
      this.byKey.place(keys[o]!)
      this.weight += keys[o]!.length
      kept++
    }
    let line = 0
    for (let i = 0; i < this.lines; i++) {
      const place = places[this.order.get(i)]!
      if (place < 0) continue
      for (const column of this.lineColumns) column.set(line, column.get(i))
      this.order.set(line++, place)
    }
    this.steps = 0
    for (const column of [this.customer, ...this.heads]) column.length = kept
    for (const column of [this.order, ...this.lineColumns]) column.length = line
  }

  clear(): void {
    this.byKey = new Places()
    this.byCustomer = new Places()
    this.weight = 0
    this.steps = 0
    for (const column of [this.customer, this.order, ...this.heads, ...this.lineColumns]) column.clear()
  }
}

/** Sorts `places[from…to)`. */
function sortPart(places: number[], from: number, to: number, compare: (a: number, b: number) => number): void {
  for (let i = from + 1; i < to; i++) {
    if (compare(places[i - 1]!, places[i]!) <= 0) continue
    const sorted = places.slice(from, to).sort(compare)
    for (let j = 0; j < sorted.length; j++) places[from + j] = sorted[j]!
    return
  }
}
