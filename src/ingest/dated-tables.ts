/** Writes orders, lines and activities into their tables: new ones in bulk, known ones only where something differs. */
import type { Param } from '../base/sql.js'
import { sql } from '../base/sql.js'
import { indexes } from '../store/schema.js'
import type { Statement, Store } from '../store/store.js'
import { CustomerIds } from './customer-ids.js'
import type { DatedBuffer } from './dated-buffer.js'
import { columnsOf } from './fieldbook.js'
import { forgottenCustomer } from './forgotten-rows.js'
import { Inserter, quoted } from './insert.js'
import { LineOrder, renumber } from './line-order.js'
import type { LoadContext } from './loading.js'
import { bringWaiting, type Money } from './waiting.js'

export interface DatedWriting {
  /** Absent for a file of lines alone. */
  readonly table?: 'order_row' | 'activity_row'
  readonly keyless: boolean
  readonly headTexts: readonly string[]
  /** The number roles that the file can say. */
  readonly headRoles: readonly number[]
  readonly lineRoles: readonly number[]
  readonly hasLines: boolean
  readonly lineTexts: readonly string[]
  readonly money: Money
}

/** Orders looked up at a time. */
const SLICE = 20_000
const PLACE = ['_customer', '_day', '_time', '_key'] as const
const atPlace = PLACE.map((c) => `${c} = ?`).join(' and ')
/** By number role. */
const COLUMNS = ['_given', 'discount', 'quantity', 'price', 'discount', 'amount'] as const
const [GIVEN, QUANTITY, AMOUNT] = [0, 2, 5]
const LINE_ROLES = [2, 3, 4, 5]
const GOODS = ['sku', 'product', 'category', 'brand'] as const
const LINE = ['_good', 'quantity', 'price', 'discount', 'amount'] as const

type Found = readonly [order: number, customer: number, day: number, time: number, lines: number, ...rest: (number | null)[]]

export class DatedTables {
  readonly lineOrder: LineOrder
  private readonly store: Store
  private readonly first: boolean
  private readonly waitingFirst: boolean
  private readonly target: 'order_row' | 'activity_row'
  private readonly ids: CustomerIds
  private readonly wasNumeric: boolean
  private readonly headFields: readonly string[]
  private readonly storedLineColumns: readonly string[]
  private changes: Changes | undefined
  private good: Statement | undefined

  constructor(
    private readonly context: LoadContext,
    private readonly writing: DatedWriting,
  ) {
    const { store } = context
    this.store = store
    this.target = writing.table ?? 'order_row'
    this.first = context.first
    this.waitingFirst = store.row(sql`select 1 from waiting_row limit 1`) === undefined
    this.ids = new CustomerIds(store, context.counts)
    this.lineOrder = new LineOrder(store, context.fieldbook.known('items', 'line'))
    this.wasNumeric = this.lineOrder.numeric
    this.headFields = [...writing.headTexts, ...writing.headRoles.map((role) => COLUMNS[role]!)]
    this.storedLineColumns = columnsOf(store, 'item_row').filter(
      (c) => ![...PLACE, '_n', '_counted', ...LINE].includes(c as never),
    )
    if (this.first && writing.table !== undefined) store.exec(`drop index if exists ${this.index}`)
  }

  private get index(): keyof typeof indexes {
    return this.target === 'order_row' ? 'order_key' : 'activity_key'
  }

  write(buffer: DatedBuffer, ready: number[]): void {
    const { writing } = this
    if (this.context.replace) {
      const mark = this.store.prepare('insert or ignore into temp.replaced_key values (?)')
      for (const o of ready) mark.run([buffer.keys[o]!])
    }
    const ids = new Float64Array(buffer.customers.length).fill(-1)
    if (writing.table !== undefined) {
      const wanted = new Uint8Array(ids.length)
      for (const o of ready) wanted[buffer.customer.get(o)] = 1
      this.ids.number(buffer.customers, wanted, ids)
    }
    buffer.sort(ready, ids)
    const lines = writing.hasLines ? this.orderedLines(buffer, ready) : undefined
    const fresh = this.first ? ready : this.settleKnown(buffer, ready, ids, lines)
    if (writing.table === undefined) this.wait(buffer, fresh, lines!)
    else this.insert(buffer, fresh, ids, lines)
  }

  finish(): void {
    const { store, writing } = this
    if (this.context.part.index + 1 < this.context.part.of) return
    if (writing.table !== undefined)
      store.exec(indexes[this.index].replace('create unique index', 'create unique index if not exists'))
    if (this.target !== 'order_row') return
    if (writing.table !== undefined && !writing.hasLines && !this.first) recount(store)
    if (writing.table !== undefined && !this.waitingFirst)
      bringWaiting(store, this.context.counts, writing.money, [...LINE, ...this.storedLineColumns], summedLines)
    if (this.wasNumeric && !this.lineOrder.numeric)
      for (const table of ['item_row', 'waiting_row'] as const) renumber(store, table)
  }

  private orderedLines(buffer: DatedBuffer, ready: readonly number[]): Lines {
    const lines = buffer.bucket()
    const codes = buffer.lineCodes[this.writing.lineTexts.indexOf('line')]
    if (codes !== undefined)
      for (const o of ready) this.lineOrder.sort(lines.lines, lines.starts[o]!, lines.starts[o + 1]!, (l) => codes.get(l))
    return lines
  }

  /** Compares orders that are stored with the file's; returns those that are not. */
  private settleKnown(buffer: DatedBuffer, ready: readonly number[], ids: Float64Array, lines: Lines | undefined): number[] {
    const { store } = this
    const fresh: number[] = []
    const columns = ['_customer', '_day', '_time', this.target === 'order_row' ? '_lines' : '0', ...this.headFields.map(quoted)]
    const find = store.prepare(
      `select s.o, ${columns.map((c) => (c === '0' ? c : `t.${c}`)).join(', ')} from temp.seen_key s cross join ${this.target} t on t._key = s.key order by s.o`,
    )
    this.changes ??= new Changes(store, this.target, this.headFields, this.storedLineColumns)
    for (let from = 0; from < ready.length; from += SLICE) {
      const slice = ready.slice(from, from + SLICE)
      store.exec('delete from temp.seen_key')
      const seen = new Inserter(store, 'temp.seen_key', ['o', 'key'])
      slice.forEach((o, i) => {
        seen.put(i)
        seen.put(buffer.keys[o]!)
      })
      seen.end()
      const found = find.rows([]) as readonly Found[]
      let at = 0
      slice.forEach((o, i) => {
        const known = found[at]
        if (known === undefined || known[0] !== i) fresh.push(o)
        else {
          at++
          this.compare(buffer, o, ids, lines, known)
        }
      })
    }
    return fresh
  }

  private compare(buffer: DatedBuffer, o: number, ids: Float64Array, lines: Lines | undefined, known: Found): void {
    const { counts } = this.context
    const { writing } = this
    const [, customer, day, time, lineCount, ...stored] = known
    const key = buffer.keys[o]!
    const place =
      writing.table === undefined ? [customer, day, time] : [ids[buffer.customer.get(o)]!, buffer.day.get(o), buffer.time.get(o)]
    const moved = place[0] !== customer || place[1] !== day || place[2] !== time
    const head = this.headOf(buffer, o)
    const headDiffers = moved || head.some((v, i) => v !== (stored[i] ?? null))
    const before = [customer, day, time, key]
    const newLines = lines === undefined ? undefined : this.linesOf(buffer, o, lines)
    const oldLines = newLines === undefined ? undefined : this.changes!.lines.rows(before)
    const linesDiffer = newLines !== undefined && !sameRows(newLines, oldLines!)
    const rows = buffer.rows.get(o)
    if (writing.table !== undefined && place[0] === 0) counts.guests += rows
    const forgotten = writing.table !== undefined && buffer.customers[buffer.customer.get(o)] === forgottenCustomer
    if (forgotten) counts.forgotten += rows
    if (!headDiffers && !linesDiffer) {
      if (!forgotten) counts.same += rows
      return
    }
    const changedRows = writing.hasLines ? rows : 1
    if (forgotten) counts.stirred = true
    else {
      counts.changed += changedRows
      counts.same += rows - changedRows
    }
    if (newLines !== undefined && newLines.length < lineCount) counts.fewerLines++
    if (linesDiffer && !forgotten) this.noteCleared(newLines, oldLines!)
    // Lines of a file of their own were converted when they came, by a rate that nobody may remember: only that file can tell them anew.
    const currency = writing.headTexts.indexOf('currency')
    if (newLines === undefined && lineCount > 0 && currency >= 0 && head[currency] !== (stored[currency] ?? null))
      counts.otherCurrency++
    const after = [...place, key]
    if (headDiffers) this.changes!.head.run([...place, ...head, ...before])
    if (newLines !== undefined) {
      this.changes!.removeLines.run(before)
      for (const [n, line] of newLines.entries()) this.changes!.addLine.run([...after, n + 1, ...line])
      this.changes!.sum.run([...after, ...after])
    } else if (moved && this.target === 'order_row') this.changes!.moveLines.run([...place, ...before])
    this.touch(after as [number, number, number, string], moved ? customer : undefined)
  }

  /** Lines are replaced whole: what those before had and this file has no column for goes with them. */
  private noteCleared(after: readonly (readonly unknown[])[], before: readonly (readonly unknown[])[]): void {
    const { counts, mapping } = this.context
    const has = (field: string): boolean => mapping.columns.some((c) => c.field === field)
    const lost = [...LINE, ...this.storedLineColumns].filter((field, i) => {
      if (field === '_good' || has(field)) return false
      if (field === 'quantity') return before.some((line) => line[i] !== after[0]?.[i])
      return before.some((line) => line[i] !== null) && after.every((line) => line[i] === null)
    })
    const goods = GOODS.filter((field) => !has(field))
    this.good ??= this.store.prepare(`select ${GOODS.join(', ')} from good_row where _id = ?`)
    for (const field of goods)
      if (before.some((line) => this.good!.row([line[0] as number])?.[GOODS.indexOf(field)] !== '')) lost.push(field)
    for (const field of lost) counts.cleared.set(field, (counts.cleared.get(field) ?? 0) + 1)
  }

  /** The order's values that the file can say, as they are stored. */
  private headOf(buffer: DatedBuffer, o: number): (number | null)[] {
    const head: (number | null)[] = buffer.headCodes.map((codes) => codes.get(o) || null)
    for (const role of this.writing.headRoles) head.push(known(buffer.number(role, o)))
    return head
  }

  /** The order's lines as they are stored: what the file has no column for is unknown. */
  private linesOf(buffer: DatedBuffer, o: number, { starts, lines }: Lines): (number | null)[][] {
    const codes = this.storedLineColumns.map((c) => buffer.lineCodes[this.writing.lineTexts.indexOf(c)])
    return Array.from(lines.subarray(starts[o]!, starts[o + 1]!), (l) => [
      buffer.good.get(l),
      ...LINE_ROLES.map((role) => known(buffer.number(role, l))),
      ...codes.map((c) => (c === undefined ? null : c.get(l) || null)),
    ])
  }

  private touch(place: readonly [number, number, number, string], formerCustomer?: number): void {
    this.changes ??= new Changes(this.store, this.target, this.headFields, this.storedLineColumns)
    if (this.target === 'order_row') this.changes.touchOrder.run(place)
    this.changes.touchCustomer.run([place[0]])
    if (formerCustomer !== undefined) this.changes.touchCustomer.run([formerCustomer])
  }

  private insert(b: DatedBuffer, fresh: readonly number[], ids: Float64Array, lines: Lines | undefined): void {
    const { writing, store } = this
    const { counts } = this.context
    const said = writing.headRoles.map((role) => COLUMNS[role]!)
    const sums =
      lines === undefined ? (writing.headRoles.includes(GIVEN) ? ['amount'] : []) : ['amount', '_lines', '_items', '_units']
    const into = new Inserter(store, this.target, [
      ...PLACE,
      ...(writing.keyless ? ['_keyless'] : []),
      ...writing.headTexts,
      ...said,
      ...sums,
    ])
    for (const o of fresh) {
      const customer = ids[b.customer.get(o)]!
      const rows = b.rows.get(o)
      if (b.customers[b.customer.get(o)] === forgottenCustomer) {
        counts.forgotten += rows
        counts.stirred = true
      } else {
        counts.added += writing.hasLines ? rows : 1
        counts.same += writing.hasLines ? 0 : rows - 1
      }
      if (customer === 0) counts.guests += rows
      into.put(customer)
      into.put(b.day.get(o))
      into.put(b.time.get(o))
      into.put(b.keys[o]!)
      if (writing.keyless) into.put(1)
      for (const codes of b.headCodes) into.code(codes.get(o))
      for (const role of writing.headRoles) into.number(b.number(role, o))
      const given = b.number(GIVEN, o)
      if (lines !== undefined) {
        const [count, units, amount] = sumOf(b, o, lines)
        into.number(Number.isNaN(given) ? amount : given)
        into.put(count)
        into.put(count)
        into.put(units)
      } else if (sums.length > 0) into.number(given)
      if (!this.first) this.touch([customer, b.day.get(o), b.time.get(o), b.keys[o]!])
    }
    into.end()
    if (lines !== undefined) this.insertLines(b, fresh, ids, lines)
  }

  private insertLines(b: DatedBuffer, fresh: readonly number[], ids: Float64Array, { starts, lines }: Lines): void {
    const into = new Inserter(this.store, 'item_row', [...PLACE, '_n', ...this.lineColumns])
    for (const o of fresh) {
      const customer = ids[b.customer.get(o)]!
      const day = b.day.get(o)
      const time = b.time.get(o)
      const key = b.keys[o]!
      const from = starts[o]!
      for (let i = from; i < starts[o + 1]!; i++) {
        into.put(customer)
        into.put(day)
        into.put(time)
        into.put(key)
        into.put(i - from + 1)
        this.putLine(into, b, lines[i]!)
      }
    }
    into.end()
  }

  /** Columns of a line that the file can say; the others stay null. */
  private get lineColumns(): readonly string[] {
    return ['_good', ...this.writing.lineRoles.map((role) => COLUMNS[role]!), ...this.writing.lineTexts]
  }

  private putLine(into: Inserter, b: DatedBuffer, l: number): void {
    into.put(b.good.get(l))
    for (const role of this.writing.lineRoles) into.number(b.numbers[role]!.get(l))
    for (const codes of b.lineCodes) into.code(codes.get(l))
  }

  /** Lines whose order has not come yet; they replace those that wait for it already. */
  private wait(b: DatedBuffer, fresh: readonly number[], { starts, lines }: Lines): void {
    const { store, context } = this
    if (!this.waitingFirst) {
      const remove = store.prepare('delete from waiting_row where _key = ?')
      for (const o of fresh) remove.run([b.keys[o]!])
    }
    const into = new Inserter(store, 'waiting_row', ['_key', '_n', '_raw', ...this.lineColumns])
    for (const o of fresh) {
      context.counts.waiting += b.rows.get(o)
      const from = starts[o]!
      for (let i = from; i < starts[o + 1]!; i++) {
        into.put(b.keys[o]!)
        into.put(i - from + 1)
        into.put(1)
        this.putLine(into, b, lines[i]!)
      }
    }
    into.end()
  }
}

interface Lines {
  readonly starts: Int32Array
  readonly lines: Int32Array
}

const known = (value: number): number | null => (Number.isNaN(value) ? null : value === 0 ? 0 : value)

const sameRows = (a: readonly (readonly unknown[])[], b: readonly (readonly unknown[])[]): boolean =>
  a.length === b.length && a.every((row, i) => row.every((v, j) => v === b[i]![j]))

function sumOf(b: DatedBuffer, o: number, { starts, lines }: Lines): readonly [count: number, units: number, amount: number] {
  let units = 0
  let amount = Number.NaN
  for (let i = starts[o]!; i < starts[o + 1]!; i++) {
    const l = lines[i]!
    units += b.number(QUANTITY, l)
    const a = b.number(AMOUNT, l)
    if (!Number.isNaN(a)) amount = Number.isNaN(amount) ? a : amount + a
  }
  return [starts[o + 1]! - starts[o]!, units, amount]
}

const itsLines = 'i._customer = o._customer and i._day = o._day and i._time = o._time and i._key = o._key'
/** What an order is worth while every line of it counts. */
const summed = `_counted = 1, (_items, _units, amount) =
  (select count(*), coalesce(sum(i.quantity), 0), coalesce(o._given, sum(i.amount)) from item_row i where ${itsLines})`

const summedLines = `${summed}, _lines = (select count(*) from item_row i where ${itsLines})`

/** Orders that changed without their lines: as if all of those counted, for `settle` to correct. */
function recount(store: Store): void {
  const touched = PLACE.map((c) => `t.${c} = x.${c}`).join(' and ')
  const within = (alias: string) => `exists (select 1 from temp.touched_order t where ${touched.replaceAll('x.', `${alias}.`)})`
  store.exec(`update item_row as i set _counted = 1 where i._counted = 0 and ${within('i')}`)
  store.exec(
    `update order_row as o set ${summed} where (_customer, _day, _time, _key) in (select _customer, _day, _time, _key from temp.touched_order)`,
  )
}

/** Statements that change one stored order. */
class Changes {
  readonly head: Statement
  readonly lines: Statement
  readonly removeLines: Statement
  readonly moveLines: Statement
  readonly addLine: Statement
  readonly sum: { run(params: readonly Param[]): void }
  readonly touchOrder: Statement
  readonly touchCustomer: Statement
  constructor(store: Store, table: string, headFields: readonly string[], lineColumns: readonly string[]) {
    const columns = [...LINE, ...lineColumns].map(quoted).join(', ')
    const set = ['_customer', '_day', '_time', ...headFields.map(quoted)].map((c) => `${c} = ?`).join(', ')
    this.head = store.prepare(`update ${table} set ${set} where ${atPlace}`)
    this.lines = store.prepare(`select ${columns} from item_row where ${atPlace} order by _n`)
    this.removeLines = store.prepare(`delete from item_row where ${atPlace}`)
    this.moveLines = store.prepare(`update item_row set _customer = ?, _day = ?, _time = ? where ${atPlace}`)
    this.addLine = store.prepare(
      `insert into item_row (${PLACE.join(', ')}, _n, ${columns}) values (${new Array(5 + LINE.length + lineColumns.length).fill('?').join(', ')})`,
    )
    const sum = store.prepare(`update order_row as o set ${summedLines} where ${atPlace}`)
    this.sum = { run: (params) => void sum.run(params.slice(0, 4)) }
    this.touchOrder = store.prepare('insert or ignore into temp.touched_order values (?, ?, ?, ?)')
    this.touchCustomer = store.prepare('insert or ignore into temp.touched_customer values (?)')
  }
}
