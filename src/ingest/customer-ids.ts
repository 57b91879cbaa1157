/** Customers by their key: the number of each, made where only an order or an activity mentions him. */
import { sql } from '../base/sql.js'
import { guest } from '../store/schema.js'
import type { Statement, Store } from '../store/store.js'
import { forgottenCustomer } from './forgotten-rows.js'
import { Inserter } from './insert.js'
import type { Counts } from './loading.js'

export class CustomerIds {
  private readonly find: Statement
  private readonly findAll: Statement
  private next: number
  /** No customer is stored yet. */
  private empty: boolean
  constructor(
    private readonly store: Store,
    private readonly counts: Counts,
  ) {
    this.find = store.prepare('select _id from customer_row where customer = ?')
    this.findAll = store.prepare(
      'select w.key, c._id from json_each(?) w cross join customer_row c on c.customer = w.value where w.value is not null',
    )
    this.next = nextCustomer(store)
    this.empty = store.row(sql`select 1 from customer_row limit 1`) === undefined
  }

  /** Sets the number of each customer that is wanted, by its place; others stay as they are. */
  number(customers: readonly string[], wanted: Uint8Array, ids: Float64Array): void {
    const into = new Inserter(this.store, 'customer_row', ['_id', 'customer'])
    for (let from = 0; from < customers.length; from += SLICE) {
      const to = Math.min(from + SLICE, customers.length)
      if (!this.empty) {
        const slice = customers.slice(from, to).map((customer, i) => (wanted[from + i] === 1 ? customer : null))
        for (const [place, id] of this.findAll.rows([JSON.stringify(slice)])) ids[from + Number(place)] = id as number
      }
      for (let place = from; place < to; place++)
        if (wanted[place] === 1 && ids[place] === -1) ids[place] = this.id(customers[place]!, into)
    }
    into.end()
    this.empty &&= this.counts.customersCreated === 0
  }

  private id(customer: string, into: Inserter): number {
    if (customer === '' || customer === forgottenCustomer) return guest
    // Some texts, those with a NUL for one, come back from JSON as others.
    const found = this.empty || PLAIN.test(customer) ? undefined : (this.find.row([customer])?.[0] as number | undefined)
    if (found !== undefined) return found
    const id = this.next++
    into.put(id)
    into.put(customer)
    this.counts.customersCreated++
    return id
  }
}

/** Customers looked up at a time. */
const SLICE = 10_000
const PLAIN = /^[\u0020-\ud7ff]*$/

/** A number that no customer ever had: what was remembered of one who is gone must not become another's. */
export const nextCustomer = (store: Store): number =>
  1 +
  Math.max(
    (store.row(sql`select max(_id) from customer_row`)?.[0] as number | null) ?? 0,
    Number(store.row(sql`select value from meta_row where name = 'last_customer'`)?.[0] ?? 0),
  )
