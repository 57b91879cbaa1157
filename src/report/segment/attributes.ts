/** The attributes of customers as columns, read once for all segments: values by number for what is compared by shares, numbers in their order for the rest. */

import { join, type Sql, sql } from '../../base/sql.js'
import { ranksOf } from '../../base/statistics.js'
import { compareBytes, fold } from '../../base/text.js'
import { evaluate } from '../../engine/evaluate.js'
import type { Value } from '../../language/value.js'
import type { Field } from '../../store/catalogue.js'
import { firstRealDay, listMembers } from '../../store/forms.js'
import { rising } from '../rising.js'
import type { World } from '../world.js'

/** What customers have one of, or several: texts, booleans, lists. */
export interface Valued {
  readonly attribute: string
  /** The values that most customers have: as they are mostly written, and by how many. */
  readonly values: readonly { readonly text: string; readonly customers: number }[]
  /** The number of each row's cell; -1 where it is unknown. */
  readonly cells: Int32Array
  /** The numbers of the values in each cell. */
  readonly valuesIn: readonly (readonly number[])[]
}

/** What customers have more or less of: numbers, and dates as the days since. */
export interface Measured {
  readonly attribute: string
  readonly days: boolean
  readonly decimals: number
  /** The rows of those of whom it is known by rising value, with the values and their ranks. */
  readonly rows: Int32Array
  readonly values: Float64Array
  readonly ranks: Float64Array
  readonly ties: number
  readonly mean: number
}

export interface Attributes {
  readonly valued: readonly Valued[]
  readonly measured: readonly Measured[]
}

/** Of these no value is ever shown; the age tells of the date of birth what may be told. */
const PERSONAL = ['customer', 'email', 'phone', 'first_name', 'last_name', 'full_name', 'birth_date']
const MOST_VALUES = 50
/** From so many values on, one that is nearly as often another as there are customers is given up before all are read. */
const MANY = 1000

export function readAttributes({ setting, people, asOf }: World): Attributes {
  const fields = setting.catalogue
    .fields('customers')
    .filter((f) => isCompared(f, setting.catalogue.own('customers', 'birth_date')))
  const found = evaluate(
    setting,
    [],
    fields.map((f) => f.name),
  )
  const readers = fields.map((f) => readerOf(f, found.value(f.name), people.count, asOf))
  if (readers.length === 0) return { valued: [], measured: [] }
  const query = sql`select c._id, ${join(
    readers.map((r) => r.column),
    ', ',
  )} from ${found.from} where ${found.exists} order by c._id`
  let row = 0
  for (const cells of setting.store.each(found.ready(query))) {
    while (people.ids[row]! < Number(cells[0])) row++
    for (let i = 0; i < readers.length; i++) readers[i]!.read(row, cells[i + 1])
  }
  const made = readers.map((r) => r.done())
  return { valued: made.flatMap((m) => m?.valued ?? []), measured: made.flatMap((m) => m?.measured ?? []) }
}

function isCompared(field: Field, birth: Field | undefined): boolean {
  if (PERSONAL.includes(field.name)) return false
  return field.derived ? field.name === 'age' && birth?.id !== undefined : field.id !== undefined
}

interface Reader {
  readonly column: Sql
  read(row: number, cell: unknown): void
  done(): { readonly valued?: Valued; readonly measured?: Measured } | undefined
}

function readerOf(field: Field, value: Value, count: number, asOf: number): Reader {
  switch (value.type) {
    case 'number':
      return new Measures(field.name, value, count, (n) => n)
    case 'date':
    case 'moment':
      return new Measures(field.name, value, count, (day) => (day < firstRealDay ? Number.NaN : asOf - day), true)
    case 'text':
    case 'key':
    case 'boolean':
    case 'list':
      return new Values(field.name, value, count)
  }
}

/** Cells are told apart as they are written, and taken for values once each. */
class Values implements Reader {
  readonly column: Sql
  private readonly cells: Int32Array
  private readonly numberOf = new Map<unknown, number>()
  private readonly times: number[] = []
  private known = 0
  private given = false
  constructor(
    private readonly attribute: string,
    private readonly value: Value,
    count: number,
  ) {
    this.column = value.type === 'boolean' ? value.form : value.shown
    this.cells = new Int32Array(count).fill(-1)
  }
  read(row: number, cell: unknown): void {
    if (this.given || cell === null) return
    let number = this.numberOf.get(cell)
    if (number === undefined) {
      number = this.numberOf.size
      this.numberOf.set(cell, number)
      this.times.push(0)
    }
    this.known++
    this.times[number]!++
    this.cells[row] = number
    if (this.value.type === 'list' || this.numberOf.size <= Math.max(MANY, this.known / 2)) return
    this.given = true
    this.numberOf.clear()
  }
  /** Nothing where nearly everybody has another value: such a one tells who a customer is. */
  done(): { readonly valued: Valued } | undefined {
    if (this.given || this.known === 0) return undefined
    const written = new Map<string, { readonly ways: Map<string, number>; customers: number }>()
    const membersOf = [...this.numberOf.keys()].map((cell) => this.members(cell))
    membersOf.forEach((members, number) => {
      for (const [key, text] of members) {
        const value = written.get(key) ?? { ways: new Map<string, number>(), customers: 0 }
        written.set(key, value)
        value.customers += this.times[number]!
        value.ways.set(text, (value.ways.get(text) ?? 0) + this.times[number]!)
      }
    })
    if (written.size > this.known / 2 && this.value.type !== 'boolean') return undefined
    const values = [...written].map(([key, { ways, customers }]) => ({ key, text: mostly(ways), customers }))
    const kept = values.sort((a, b) => b.customers - a.customers || compareBytes(a.key, b.key)).slice(0, MOST_VALUES)
    const place = new Map(kept.map(({ key }, i) => [key, i]))
    const valuesIn = membersOf.map((members) => [...members.keys()].flatMap((key) => place.get(key) ?? []))
    return { valued: { attribute: this.attribute, values: kept, cells: this.cells, valuesIn } }
  }
  /** What is in a cell, each once, by its folded form. */
  private members(cell: unknown): ReadonlyMap<string, string> {
    if (this.value.type === 'boolean') return new Map([[String(cell), Number(cell) === 1 ? 'true' : 'false']])
    const texts = this.value.type === 'list' ? listMembers(String(cell), this.value.separator ?? ';') : [String(cell)]
    return new Map(texts.map((text) => [fold(text), text]))
  }
}

const mostly = (ways: ReadonlyMap<string, number>): string =>
  [...ways].sort(([a, n], [b, m]) => m - n || compareBytes(a, b))[0]![0]

class Measures implements Reader {
  readonly column: Sql
  private readonly all: Float64Array
  constructor(
    private readonly attribute: string,
    private readonly value: Value,
    count: number,
    private readonly of: (form: number) => number,
    private readonly days = false,
  ) {
    this.column = value.form
    this.all = new Float64Array(count).fill(Number.NaN)
  }
  read(row: number, form: unknown): void {
    if (form !== null) this.all[row] = this.of(Number(form))
  }
  /** Nothing where whole numbers are different for everybody: those are keys. */
  done(): { readonly measured: Measured } | undefined {
    const { who: rows, values } = rising(this.all)
    const known = values.length
    const decimals = this.days ? 0 : (this.value.scale ?? this.value.decimals ?? 0)
    const { ranks, ties } = ranksOf(values)
    if (known === 0 || (!this.days && ties === 0 && decimals === 0)) return undefined
    const mean = values.reduce((sum, value) => sum + value, 0) / known
    return { measured: { attribute: this.attribute, days: this.days, decimals, rows, values, ranks, ties, mean } }
  }
}
