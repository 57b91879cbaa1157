/** The distinct combinations of product texts that lines wrote, each with its number. */
import { sql } from '../base/sql.js'
import { fold } from '../base/text.js'
import type { Statement, Store } from '../store/store.js'
import { detached } from './columns.js'

interface Good {
  readonly sku: string
  readonly product: string
  readonly category: string
  readonly brand: string
  readonly id: number
}

const KEPT = 200_000

export class Goods {
  private readonly bySku = new Map<string, Good[]>()
  private kept = 0
  private readonly find: Statement
  private readonly insert: Statement
  private next: number
  constructor(store: Store) {
    this.find = store.prepare('select _id from good_row where sku = ? and product = ? and category = ? and brand = ?')
    this.insert = store.prepare(
      'insert into good_row (_id, sku, product, category, brand, "sku~", "product~", "category~", "brand~") values (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    )
    this.next = 1 + ((store.row(sql`select max(_id) from good_row`)?.[0] as number | null) ?? 0)
  }

  id(sku: string, product: string, category: string, brand: string): number {
    const first = sku === '' ? product : sku
    let group = this.bySku.get(first)
    if (group !== undefined)
      for (let i = 0; i < group.length; i++) {
        const g = group[i]!
        if (g.product === product && g.sku === sku && g.category === category && g.brand === brand) return g.id
      }
    const good = {
      sku: detached(sku),
      product: detached(product),
      category: detached(category),
      brand: detached(brand),
      id: this.lookUp(sku, product, category, brand),
    }
    if (this.kept++ >= KEPT) {
      this.bySku.clear()
      this.kept = 1
      group = undefined
    }
    if (group === undefined) this.bySku.set(detached(first), [good])
    else group.push(good)
    return good.id
  }

  private lookUp(sku: string, product: string, category: string, brand: string): number {
    const found = this.find.row([sku, product, category, brand])?.[0] as number | undefined
    if (found !== undefined) return found
    const id = this.next++
    this.insert.run([id, sku, product, category, brand, fold(sku), fold(product), fold(category), fold(brand)])
    return id
  }
}
