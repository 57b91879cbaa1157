/** Loads orders with or without lines, lines by themselves, and activities: all that has a moment and lies clustered by customer. */
import { momentReader } from '../base/dates.js'
import { DecimalReader, parseScaled } from '../base/decimal.js'
import type { Rows } from '../base/rows.js'
import { sql } from '../base/sql.js'
import { fold } from '../base/text.js'
import { staysNameless } from '../store/forgotten.js'
import { knownFields, type SourceName } from '../store/sources.js'
import type { Store } from '../store/store.js'
import { detached, hash53, Tally } from './columns.js'
import { DatedBuffer } from './dated-buffer.js'
import { type DatedColumns, DatedRow, headRoles, type NumberRole, numberRoles, type Rate } from './dated-rows.js'
import { DatedTables } from './dated-tables.js'
import { addColumns } from './fieldbook.js'
import { ForgottenRows, forgottenCustomer } from './forgotten-rows.js'
import { Goods } from './goods.js'
import type { Finish, LoadContext, Loading } from './loading.js'
import { type LineSums, Measure } from './measures.js'
import type { RejectCode, Wrong } from './rejects.js'
import { rewriting, Texts } from './texts.js'

/** What tells the three apart. */
export interface DatedShape {
  readonly table: 'order_row' | 'activity_row' | undefined
  /** The field that rows are known by. */
  readonly key: 'order' | 'id'
  readonly hasLines: (context: LoadContext) => boolean
}

/** Fields of the order's own that are no text columns. */
const PLAIN: Readonly<Partial<Record<SourceName, readonly string[]>>> = {
  orders: ['order', 'customer', 'at', 'amount', 'discount', 'order_amount'],
  items: ['order'],
  activities: ['id', 'customer', 'at'],
}
const GOODS = ['sku', 'product', 'category', 'brand'] as const
const LINE_NUMBERS = ['quantity', 'price', 'discount', 'amount'] as const
const LINE_FIELDS: ReadonlySet<string> = new Set([...GOODS, ...LINE_NUMBERS, 'line'])
const QUANTITY = numberRoles.indexOf('quantity')
const AMOUNT = numberRoles.indexOf('amount')
/** Characters of keys in memory before they are written. */
const MOST_KEY_TEXT = 30_000_000

export class DatedLoad implements Loading {
  private readonly row: DatedRow
  private readonly buffer: DatedBuffer
  private readonly columns: DatedColumns
  private readonly goods: Goods | undefined
  private readonly line: { readonly column: number; readonly texts: Texts } | undefined
  private readonly measures: {
    readonly amount?: Measure
    readonly orderDiscount?: Measure
    readonly quantity?: Measure
    readonly price?: Measure
    readonly discount?: Measure
  }
  private readonly byRole: readonly (Measure | undefined)[]
  private readonly tables: DatedTables
  private readonly keyless: boolean
  private readonly headRoles: readonly number[]
  private readonly lineRoles: readonly number[]
  private readonly sums: LineSums = { quantity: 0, amount: 0 }
  private readonly occurrences = new Tally()
  private readonly written = new Tally()
  private readonly filled: { readonly column: number; readonly field: { readonly name: string; cells: number } }[] = []
  private readonly forgotten: ForgottenRows | undefined
  /** Whether the row read last is a forgotten one's. */
  private his = false
  /** Whether it is a line of a guest's order, who may be a forgotten one: asked where lines come by themselves. */
  private readonly isGuests: ((order: string) => boolean) | undefined
  private outcome: Finish = 'done'
  private lastKey: string | undefined
  private lastOrder = -1

  constructor(
    private readonly context: LoadContext,
    shape: DatedShape,
  ) {
    const { store, fieldbook, mapping, source, project } = context
    const withLines = shape.hasLines(context)
    const place = new Map(mapping.columns.map((c) => [c.field, c.index]))
    const at = (field: string): number => place.get(field) ?? -1
    const plain = new Set(PLAIN[source])
    const onLine = (field: string): boolean => withLines && LINE_FIELDS.has(field)
    const head = shape.table === undefined ? [] : mapping.columns.filter((c) => !plain.has(c.field) && !onLine(c.field))
    const known = knownFields(source)
    const line = !withLines
      ? []
      : mapping.columns.filter(
          (c) =>
            !plain.has(c.field) &&
            (c.field === 'line' || !LINE_FIELDS.has(c.field)) &&
            (source === 'items' || !Object.hasOwn(known, c.field)),
        )
    const texts = (of: SourceName, field: string): Texts =>
      new Texts(context.textRows, fieldbook.field(of, field), context.types[field])
    const coded = (of: SourceName, list: typeof head) =>
      list.map((c) => ({ field: c.field, column: c.index, texts: texts(of, c.field) }))
    const headTexts = coded(source, head)
    const lineTexts = coded('items', line)
    this.line = lineTexts.find((c) => c.field === 'line')
    if (shape.table !== undefined)
      addColumns(
        store,
        shape.table,
        head.map((c) => [c.field, 'integer']),
      )
    for (const table of withLines ? ['item_row', 'waiting_row'] : [])
      addColumns(
        store,
        table,
        line.map((c) => [c.field, 'integer']),
      )

    const numbers: Record<NumberRole, number> = {
      given: shape.table !== 'order_row' ? -1 : withLines ? at('order_amount') : (place.get('order_amount') ?? at('amount')),
      orderDiscount: shape.table !== 'order_row' || withLines ? -1 : at('discount'),
      quantity: withLines ? at('quantity') : -1,
      price: withLines ? at('price') : -1,
      discount: withLines ? at('discount') : -1,
      amount: withLines ? at('amount') : -1,
    }
    this.keyless = at(shape.key) < 0
    this.columns = {
      width: context.headers.length,
      key: at(shape.key),
      customer: at('customer'),
      at: at('at'),
      currency: shape.table === 'order_row' ? at('currency') : -1,
      type: shape.table === 'activity_row' ? at('type') : -1,
      good: withLines ? [at('sku'), at('product'), at('category'), at('brand')] : [-1, -1, -1, -1],
      numbers,
      headTexts,
      lineTexts,
      all: this.keyless ? identityColumns(context) : [],
      rewritten: new Map(
        mapping.columns.flatMap((c) => {
          const rewrite = rewriting(context.types[c.field], context.decimal)
          return rewrite === undefined ? [] : [[c.index, rewrite] as const]
        }),
      ),
      types: new Map(
        mapping.columns.flatMap((c) => (context.types[c.field] === undefined ? [] : [[c.index, context.types[c.field]!]])),
      ),
      hasCustomer: shape.table !== undefined,
      hasLines: withLines,
    }
    const currency = project.currency === undefined ? undefined : fold(project.currency)
    const rates = ratesOf(project.rates)
    const currencyOf = shape.table === undefined && currency !== undefined ? orderCurrencies(store, currency) : undefined
    this.row = new DatedRow(this.columns, {
      moment: momentReader(context.dates, project.zone)!,
      decimals: new DecimalReader(context.decimal, !context.unsettled),
      unsettled: context.unsettled,
      guests: new Set(['', ...project.guests]),
      ...(currency === undefined ? {} : { currency }),
      ...(currencyOf === undefined ? {} : { currencyOf }),
      rates,
    })
    // Every line has a quantity, and an amount where anything can tell it.
    const said = numberRoles.flatMap((role, i) =>
      numbers[role] >= 0 || (withLines && (role === 'quantity' || (role === 'amount' && numbers.price >= 0))) ? [i] : [],
    )
    this.headRoles = said.filter((role) => role < headRoles)
    this.lineRoles = said.filter((role) => role >= headRoles)
    this.buffer = new DatedBuffer(headTexts.length, lineTexts.length, said)

    const b = this.buffer
    const field = (of: SourceName, name: string) => fieldbook.field(of, name)
    const orders = shape.table !== 'activity_row'
    this.measures = !orders
      ? {}
      : {
          amount: new Measure(
            store,
            [field('orders', 'amount'), field('items', 'amount')],
            [
              ['order_row', '_given'],
              ['order_row', 'amount'],
              ['item_row', 'amount'],
              ['waiting_row', 'amount'],
            ],
          ),
          orderDiscount: new Measure(store, [field('orders', 'discount')], [['order_row', 'discount']]),
          quantity: new Measure(
            store,
            [field('items', 'quantity')],
            [
              ['item_row', 'quantity'],
              ['waiting_row', 'quantity'],
              ['order_row', '_units'],
            ],
          ),
          price: new Measure(
            store,
            [field('items', 'price')],
            [
              ['item_row', 'price'],
              ['waiting_row', 'price'],
            ],
          ),
          discount: new Measure(
            store,
            [field('items', 'discount')],
            [
              ['item_row', 'discount'],
              ['waiting_row', 'discount'],
            ],
          ),
        }
    const { amount, orderDiscount, quantity, price, discount } = this.measures
    this.byRole = [amount, orderDiscount, quantity, price, discount, amount]
    b.numbers.forEach((column, role) => {
      if (column !== undefined) this.byRole[role]?.column(column)
    })
    if (withLines) {
      quantity!.column(b.sums.quantity)
      amount!.column(b.sums.amount)
    }
    this.forgotten = ForgottenRows.of(context)
    this.isGuests = this.forgotten !== undefined && shape.table === undefined ? guestOrders(store) : undefined
    this.goods = withLines ? new Goods(store, this.columns.good) : undefined
    for (const c of mapping.columns) {
      const item = onLine(c.field)
      const name = c.field === 'order_amount' ? 'amount' : c.field
      this.filled.push({ column: c.index, field: field(item || source === 'items' ? 'items' : source, name) })
      if (!item && line.some((l) => l.field === c.field) && source !== 'items')
        this.filled.push({ column: c.index, field: field('items', name) })
    }
    this.tables = new DatedTables(context, {
      ...(shape.table === undefined ? {} : { table: shape.table }),
      keyless: this.keyless,
      headTexts: headTexts.map((c) => c.field),
      headRoles: this.headRoles,
      lineRoles: this.lineRoles,
      hasLines: withLines,
      lineTexts: lineTexts.map((c) => c.field),
      money: {
        ...(currency === undefined ? {} : { currency }),
        rates,
        measures: orders
          ? [
              { column: 'price', measure: price! },
              { column: 'discount', measure: discount! },
              { column: 'amount', measure: amount! },
            ]
          : [],
      },
    })
  }

  add(cells: Rows): void {
    const { row, context, buffer } = this
    const { counts } = context
    const sound = row.read(cells)
    if (context.part.of > 1 && hash53(row.key) % context.part.of !== context.part.index) return
    counts.rows++
    this.his = this.forgotten?.isHis(cells) === true
    if (this.his && this.context.source === 'activities') {
      counts.forgotten++
      return
    }
    if (!sound) {
      this.reject(row.wrong!, row.wrongColumn, cells)
      return
    }
    const key = this.keyless ? this.cellsKey(cells) : row.key
    let order = key === this.lastKey ? this.lastOrder : this.keyless ? -1 : this.open(key)
    if (order < 0) {
      if (context.held.size > 0 && context.held.has(key)) {
        this.heldRow(key, cells)
        return
      }
      if (!this.keyless && this.written.has(key)) {
        this.outcome = 'split'
        return
      }
    } else if (
      this.columns.hasLines &&
      this.columns.hasCustomer &&
      buffer.customers[buffer.customer.get(order)] !== this.customer
    ) {
      this.reject('other-customer', this.columns.customer, cells)
      return
    }
    const wrong = this.fit()
    if (wrong >= 0) {
      this.reject('too-many-digits', wrong, cells)
      return
    }
    const over = this.columns.hasLines ? this.tooMuch(order) : -1
    if (over >= 0) {
      this.reject('too-many-digits', over, cells)
      return
    }
    if (order < 0) {
      order = buffer.open(key)
      this.setHead(order, cells)
    } else if (!this.columns.hasLines || this.leads(order, cells)) this.setHead(order, cells)
    this.lastKey = key
    this.lastOrder = order
    buffer.touch(order)
    if (this.columns.hasLines) this.addLine(order, cells)
    for (const { column, field } of this.filled) if (!cells.empty(column) && this.stays(field.name)) field.cells++
    if (buffer.lines >= context.most || buffer.size >= context.most || buffer.weight > MOST_KEY_TEXT) this.flush(false)
  }

  finish(): Finish {
    this.flush(true)
    this.tables.finish()
    const { headTexts, lineTexts } = this.columns
    const own = (field: string): boolean => !Object.hasOwn(knownFields(this.context.source), field)
    for (const { texts } of [...headTexts, ...lineTexts])
      if (
        texts.widened !== undefined &&
        own(texts.field.name) &&
        texts.field.name !== 'line' &&
        !this.context.counts.notes.includes(texts.widened)
      )
        this.context.counts.notes.push(texts.widened)
    return this.outcome
  }

  verdict(cells: Rows): Wrong | undefined {
    const { row, context } = this
    if (this.forgotten?.isHis(cells) === true) return undefined
    if (!row.read(cells)) return { code: row.wrong!, column: row.wrongColumn }
    const held = this.keyless ? undefined : context.held.get(row.key)
    if (
      held !== undefined &&
      this.columns.hasLines &&
      this.columns.hasCustomer &&
      held.customer !== row.customer &&
      held.customer !== undefined
    )
      return { code: 'other-customer', column: this.columns.customer }
    const wrong = this.fit()
    if (wrong >= 0) return { code: 'too-many-digits', column: wrong }
    if (held === undefined) return undefined
    const over = this.columns.hasLines && held.sums !== null ? this.tooMuch(-1, held.sums) : -1
    held.sums = over < 0 ? { ...this.sums } : null
    return over < 0 ? { code: 'same-order', column: -1 } : { code: 'too-many-digits', column: over }
  }

  /** The column of the number with which the order's lines come to more than can be summed exactly, or -1. Leaves them in `sums`. */
  private tooMuch(order: number, before?: LineSums): number {
    const { row, sums, buffer } = this
    const { amount, quantity } = this.measures
    sums.quantity = before?.quantity ?? (order < 0 ? 0 : buffer.sums.quantity.get(order))
    sums.amount = before?.amount ?? (order < 0 ? 0 : buffer.sums.amount.get(order))
    sums.quantity += Math.abs(row.units[QUANTITY]!)
    if (!quantity!.holds(sums.quantity)) return this.columnOf(QUANTITY)
    if (!Number.isNaN(row.units[AMOUNT]!)) sums.amount += Math.abs(row.units[AMOUNT]!)
    return amount!.holds(sums.amount) ? -1 : this.columnOf(AMOUNT)
  }

  /** Fits the row's numbers; the column of one that does not fit, or -1. */
  private fit(): number {
    const { units, scales } = this.row
    for (let role = 0; role < units.length; role++) {
      if (Number.isNaN(units[role]!)) continue
      const value = this.byRole[role]!.fit(units[role]!, scales[role]!)
      if (value === undefined) return this.columnOf(role)
      units[role] = value
      scales[role] = this.byRole[role]!.scale
    }
    return -1
  }

  private columnOf(role: number): number {
    const { numbers } = this.columns
    const column = numbers[numberRoles[role]!]
    return column >= 0 ? column : numbers.price
  }

  private setHead(order: number, cells: Rows): void {
    const { buffer: b, row, columns } = this
    b.customer.set(order, b.customerPlace(columns.hasCustomer ? this.customer : ''))
    b.day.set(order, row.day)
    b.time.set(order, row.time)
    for (const role of this.headRoles) b.numbers[role]!.set(order, row.units[role]!)
    b.firstLine.set(order, this.lineCode(cells))
    for (let i = 0; i < columns.headTexts.length; i++) {
      const { column, texts } = columns.headTexts[i]!
      b.headCodes[i]!.set(order, this.stays(texts.field.name) ? texts.code(row.cell(cells, column)) : 0)
    }
  }

  private get customer(): string {
    return this.his ? forgottenCustomer : this.row.customer
  }

  /** Whether the cell of a field is stored: of a forgotten customer's order, and of lines that may be his, only what tells nobody. */
  private stays(field: string): boolean {
    if (staysNameless(field) || this.context.project.countedFields?.has(field) === true) return true
    return !this.his && this.isGuests?.(this.row.key) !== true
  }

  private lineCode(cells: Rows): number {
    return this.line === undefined ? 0 : this.line.texts.code(this.row.cell(cells, this.line.column))
  }

  /** Whether the row stands before all lines of the order read so far. */
  private leads(order: number, cells: Rows): boolean {
    if (this.line === undefined || !this.columns.hasCustomer) return false
    return this.tables.lineOrder.before(this.lineCode(cells), this.buffer.firstLine.get(order))
  }

  private addLine(order: number, cells: Rows): void {
    const { buffer: b, row, columns } = this
    b.order.push(order)
    b.sums.quantity.set(order, this.sums.quantity)
    b.sums.amount.set(order, this.sums.amount)
    b.good.push(this.goods!.id(row, cells))
    for (let i = 0; i < this.lineRoles.length; i++) b.numbers[this.lineRoles[i]!]!.push(row.units[this.lineRoles[i]!]!)
    for (let i = 0; i < columns.lineTexts.length; i++) {
      const { column, texts } = columns.lineTexts[i]!
      b.lineCodes[i]!.push(this.stays(texts.field.name) ? texts.code(row.cell(cells, column)) : 0)
    }
  }

  /** The row's cells, and how often the file had them so far. */
  private cellsKey(cells: Rows): string {
    const identity = this.row.identity(cells, this.his)
    return `${identity}\u001f${String(this.occurrences.see(identity)).padStart(9, '0')}`
  }

  private reject(code: RejectCode, column: number, cells: Rows): void {
    if (this.his) this.context.counts.forgotten++
    else this.context.counts.wrongRow({ code, column }, cells)
    if (this.columns.key >= 0 && this.context.source !== 'activities' && this.row.key !== '') this.hold(this.row.key)
  }

  /** The place of an order in memory that may still have more rows, or -1. */
  private open(key: string): number {
    const order = this.buffer.find(key)
    return order >= 0 && this.buffer.bad.get(order) === 0 ? order : -1
  }

  /** An order with a wrong row is loaded whole or not at all. */
  private hold(key: string): void {
    const { held, counts } = this.context
    const { buffer } = this
    if (held.has(key)) return
    const order = this.open(key)
    if (order < 0) {
      if (this.written.has(key) && this.outcome === 'done') this.outcome = 'held'
      held.set(detached(key), { customer: undefined })
      return
    }
    held.set(detached(key), { customer: buffer.customers[buffer.customer.get(order)]! })
    if (buffer.customers[buffer.customer.get(order)] === forgottenCustomer) counts.forgotten += buffer.rows.get(order)
    else counts.reject('same-order', buffer.rows.get(order))
    buffer.bad.set(order, 1)
    if (this.lastKey === key) this.lastKey = undefined
  }

  private heldRow(key: string, cells: Rows): void {
    const held = this.context.held.get(key)!
    if (held.customer === undefined) held.customer = this.customer
    if (this.his) this.context.counts.forgotten++
    else if (this.columns.hasLines && this.columns.hasCustomer && held.customer !== this.row.customer)
      this.context.counts.wrongRow({ code: 'other-customer', column: this.columns.customer }, cells)
    else this.context.counts.reject('same-order')
  }

  private flush(all: boolean): void {
    const { buffer } = this
    for (const measure of Object.values(this.measures)) measure.align()
    const ready = buffer.ready(all)
    this.tables.write(buffer, ready)
    if (all) buffer.clear()
    else {
      if (!this.keyless) for (const o of ready) this.written.see(buffer.keys[o]!)
      buffer.keepRecent()
    }
    this.lastKey = undefined
  }
}

const ratesOf = (rates: Readonly<Record<string, string>>): ReadonlyMap<string, Rate> =>
  new Map(
    Object.entries(rates).flatMap(([code, text]): [string, Rate][] => {
      const rate = parseScaled(text)
      return rate === undefined ? [] : [[fold(code), { units: Number(rate.units), scale: rate.scale }]]
    }),
  )

/** Whether a stored order is a guest's; the one asked of last is remembered. */
function guestOrders(store: Store): (order: string) => boolean {
  const find = store.prepare('select 1 from order_row where _key = ? and _customer = 0')
  let [last, was] = ['', false]
  return (order) => {
    if (order !== last) was = find.row([order]) !== undefined
    last = order
    return was
  }
}

/** The currency of a stored order, where any order has another than the project's; `''` where it has none or has not come yet. */
function orderCurrencies(store: Store, currency: string): ((order: string) => string) | undefined {
  const foreign = sql`select 1 from text_row t join field_row f on f._id = t.field
    where f.source = 'orders' and f.name = 'currency' and t.folded <> ${currency} limit 1`
  if (store.row(foreign) === undefined) return undefined
  const find = store.prepare('select t.text from order_row o join text_row t on t._id = o.currency where o._key = ?')
  return (order) => (find.row([order])?.[0] as string | undefined) ?? ''
}

/**
 * The columns whose cells make up the key of a row without one, in the order in which the source's files first had them, so that
 * an equal row has an equal key whatever the order of a later file's columns; -1 where this file lacks one.
 */
function identityColumns({ store, source, mapping }: LoadContext): DatedColumns['all'] {
  const name = `cells ${source}`
  const stored = store.row(sql`select value from meta_row where name = ${name}`)?.[0]
  const known = stored === undefined ? [] : (JSON.parse(String(stored)) as string[])
  const place = new Map(mapping.columns.map((c) => [c.field, c.index]))
  const fields = [...new Set([...known, ...place.keys()])]
  store.run(
    sql`insert into meta_row values (${name}, ${JSON.stringify(fields)}) on conflict (name) do update set value = excluded.value`,
  )
  return fields.map((f) => ({ column: place.get(f) ?? -1, stays: staysNameless(f) }))
}
