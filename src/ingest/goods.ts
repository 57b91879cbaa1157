/** The distinct combinations of product texts that lines wrote, each with its number. */
import { hash32, type Rows } from '../base/rows.js'
import { sql } from '../base/sql.js'
import { fold } from '../base/text.js'
import type { Statement, Store } from '../store/store.js'
import type { DatedColumns, DatedRow } from './dated-rows.js'

/** Spellings kept in memory, and their UTF-16 units; beyond that they are looked up anew. */
const KEPT = 1 << 17
const UNITS = 1 << 23

export class Goods {
  private readonly columns: readonly number[]
  /** How lines have written combinations so far: cell after cell, each after its length. One array, since each line looks here. */
  private pool = new Uint16Array(1 << 16)
  private used = 0
  private kept = 0
  /** By hash: where a spelling begins in the pool, counted from 1, and the number of its combination. */
  private slots = new Int32Array(1 << 13)
  private readonly find: Statement
  private readonly insert: Statement
  private next: number
  constructor(
    store: Store,
    private readonly cells: DatedColumns['good'],
  ) {
    this.columns = cells.filter((column) => column >= 0)
    this.find = store.prepare('select _id from good_row where sku = ? and product = ? and category = ? and brand = ?')
    this.insert = store.prepare(
      'insert into good_row (_id, sku, product, category, brand, "sku~", "product~", "category~", "brand~") values (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    )
    this.next = 1 + ((store.row(sql`select max(_id) from good_row`)?.[0] as number | null) ?? 0)
  }

  /** The number of the combination that a line writes. */
  id(row: DatedRow, cells: Rows): number {
    const { columns, slots, pool } = this
    const mask = slots.length - 2
    const hash = cells.hash(columns)
    let at = (hash << 1) & mask
    for (; slots[at] !== 0; at = (at + 2) & mask) if (cells.match(columns, pool, slots[at]! - 1)) return slots[at + 1]!
    const [sku, product, category, brand] = this.cells.map((column) => (column < 0 ? '' : row.cell(cells, column)))
    const id = this.lookUp(sku!, product!, category!, brand!)
    this.keep(cells, at, id)
    return id
  }

  private keep(cells: Rows, slot: number, id: number): void {
    const texts = this.columns.map((column) => cells.raw(column))
    if (texts.some((text) => text.length > 0xffff)) return
    const size = texts.reduce((sum, text) => sum + 1 + text.length, 0)
    if (this.kept === KEPT || this.used + size > UNITS) {
      this.kept = this.used = 0
      this.slots.fill(0)
      return
    }
    while (this.used + size > this.pool.length) {
      const more = new Uint16Array(this.pool.length * 2)
      more.set(this.pool)
      this.pool = more
    }
    this.slots[slot] = this.used + 1
    this.slots[slot + 1] = id
    for (const text of texts) {
      this.pool[this.used++] = text.length
      for (let i = 0; i < text.length; i++) this.pool[this.used++] = text.charCodeAt(i)
    }
    if (++this.kept * 4 > this.slots.length) this.grow()
  }

  private grow(): void {
    const { slots, pool } = this
    this.slots = new Int32Array(slots.length * 2)
    for (let i = 0; i < slots.length; i += 2) {
      if (slots[i] === 0) continue
      let text = ''
      let from = slots[i]! - 1
      for (const _ of this.columns) {
        const length = pool[from++]!
        text += Buffer.from(pool.buffer, 2 * from, 2 * length).toString('utf16le')
        from += length
      }
      let at = (hash32(text) << 1) & (this.slots.length - 2)
      while (this.slots[at] !== 0) at = (at + 2) & (this.slots.length - 2)
      this.slots[at] = slots[i]!
      this.slots[at + 1] = slots[i + 1]!
    }
  }

  private lookUp(sku: string, product: string, category: string, brand: string): number {
    const found = this.find.row([sku, product, category, brand])?.[0] as number | undefined
    if (found !== undefined) return found
    const id = this.next++
    this.insert.run([id, sku, product, category, brand, fold(sku), fold(product), fold(category), fold(brand)])
    return id
  }
}
