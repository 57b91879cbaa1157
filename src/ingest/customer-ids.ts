/** Customers by their key: the number of each, made where only an order or an activity mentions him. */
import { sql } from '../base/sql.js'
import { guest } from '../store/schema.js'
import type { Statement, Store } from '../store/store.js'
import type { Counts } from './loading.js'

export class CustomerIds {
  private readonly find: Statement
  private readonly insert: Statement
  private next: number
  constructor(
    store: Store,
    private readonly counts: Counts,
  ) {
    this.find = store.prepare('select _id from customer_row where customer = ?')
    this.insert = store.prepare('insert into customer_row (_id, customer) values (?, ?)')
    this.next = nextCustomer(store)
  }

  id(customer: string): number {
    if (customer === '') return guest
    const found = this.find.row([customer])?.[0] as number | undefined
    if (found !== undefined) return found
    const id = this.next++
    this.insert.run([id, customer])
    this.counts.customersCreated++
    return id
  }
}

/** A number that no customer ever had: what was remembered of one who is gone must not become another's. */
export const nextCustomer = (store: Store): number =>
  1 +
  Math.max(
    (store.row(sql`select max(_id) from customer_row`)?.[0] as number | null) ?? 0,
    Number(store.row(sql`select value from meta_row where name = 'last_customer'`)?.[0] ?? 0),
  )
