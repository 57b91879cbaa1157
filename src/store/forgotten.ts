/**
 * What stays of people who were erased: salted fingerprints of their keys, e-mails and phones, by which their rows are known when
 * they come again. Knows what must not stay in the rows of an order that nobody is to be known by. Reads no file.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { hash32 } from '../base/rows.js'
import { sql } from '../base/sql.js'
import { fold } from '../base/text.js'
import { emailForms, phonesWithin } from '../base/written.js'
import type { Statement, Store } from './store.js'

/** What a person is recognised by; absent or empty where a row does not tell. */
export interface Person {
  readonly customer?: string
  readonly email?: string
  readonly phone?: string
  readonly country?: string
}

/** Every form in E.164 that a phone can have, by the person's country and by the project's. */
export type PhoneReader = (phone: string, country: string | undefined) => readonly string[]

export const noPhones: PhoneReader = () => []

/** A key that is an e-mail or a phone is both; a phone that nobody can place is known by its digits. */
export function traitsOf({ customer = '', email = '', phone = '', country }: Person, phones: PhoneReader): readonly string[] {
  const mails = [email, customer].filter((text) => text.includes('@')).flatMap(everyEmail)
  const numbers = [phone, ...(phoneLike.test(customer) ? [customer] : [])].flatMap(withParts).flatMap((text) => {
    const digits = text.replace(/\D/g, '')
    return digits.length < LEAST_DIGITS ? [] : [digits, ...phones(text, country)]
  })
  return [
    ...new Set([
      ...(customer === '' ? [] : [`key ${customer}`]),
      ...mails.map((m) => `email ${m}`),
      ...numbers.map((n) => `phone ${n}`),
    ]),
  ]
}

/** Composed, in lower case, without blanks and what is not seen. */
export const foldedEmail = (text: string): string =>
  /^[!-~]*$/.test(text) ? text.toLowerCase() : fold(text.normalize('NFKC').replace(/[\s\p{Cf}]+/gu, ''))

/** A text folded as a whole, and every form of the addresses in it: `Ana <ana@example.com>` tells of Ana's. */
export const everyEmail = (text: string): readonly string[] => [...new Set([foldedEmail(text), ...emailForms(text)])]

const withParts = (text: string): readonly string[] => [text, ...phonesWithin(text)]

/** Whether an e-mail, folded, stands in a text as a whole. */
export function mentionsEmail(text: string, email: string): boolean {
  const within = fold(text.normalize('NFKC'))
  for (let at = within.indexOf(email); at >= 0; at = within.indexOf(email, at + 1)) {
    const end = at + email.length
    if (!/[\p{L}\p{N}._%+-]$/u.test(within.slice(0, at)) && !/^(?:[\p{L}\p{N}_-]|\.[\p{L}\p{N}])/u.test(within.slice(end)))
      return true
  }
  return false
}

const LEAST_DIGITS = 7
/** A key that may be a phone. */
export const phoneLike = /^(?:\+[\d\s().-]{7,}|[\d\s().-]{10,})$/

/** Few bits of each fingerprint, so that hardly any row of others need be hashed in earnest. */
const BUCKETS = 1 << 16

export class Forgotten {
  private readonly salt: string
  private readonly buckets = new Uint8Array(BUCKETS)
  private readonly find: Statement
  private readonly insert: Statement

  /** For a store open for writing; the salt is made at first need. */
  constructor(
    private readonly store: Store,
    private readonly phones: PhoneReader,
  ) {
    this.salt = saltOf(store)
    this.find = store.prepare('select 1 from forgotten_row where print = ?')
    this.insert = store.prepare('insert or ignore into forgotten_row values (?, ?)')
    for (const [bucket] of store.rows(sql`select bucket from forgotten_row`)) this.buckets[bucket as number] = 1
  }

  /** Whether any trait of the person is one of somebody erased. */
  knows(person: Person): boolean {
    return traitsOf(person, this.phones).some((trait) => this.has(trait))
  }

  has(trait: string): boolean {
    return this.buckets[this.bucketOf(trait)] === 1 && this.find.row([this.printOf(trait)]) !== undefined
  }

  add(trait: string): void {
    const bucket = this.bucketOf(trait)
    this.insert.run([this.printOf(trait), bucket])
    this.buckets[bucket] = 1
  }

  /** A customer who has an e-mail or a phone of somebody erased, and stays. Nobody comes to have one later: such rows are passed over. */
  addSharing(customer: string): void {
    this.add(`shares ${customer}`)
  }

  /** Whether the customer had such an address when it was erased; he may have another by now. */
  hadSharing(customer: string): boolean {
    return this.has(`shares ${customer}`)
  }

  /** A key under which somebody erased came again; one that a customer of the store has stays his. */
  learn(customer: string): void {
    if (this.store.row(sql`select 1 from customer_row where customer = ${customer}`) === undefined) this.add(`key ${customer}`)
  }

  private printOf(trait: string): string {
    return createHmac('sha256', this.salt).update(trait).digest('hex')
  }

  private bucketOf(trait: string): number {
    return hash32(this.salt + trait) & (BUCKETS - 1)
  }
}

export const anyForgotten = (store: Store): boolean => store.row(sql`select 1 from forgotten_row limit 1`) !== undefined

function saltOf(store: Store): string {
  const find = () => store.row(sql`select value from meta_row where name = 'salt'`)?.[0] as string | undefined
  const known = find()
  if (known !== undefined) return known
  store.run(sql`insert or ignore into meta_row values ('salt', ${randomBytes(32).toString('hex')})`)
  return find()!
}

/**
 * Columns of orders and their lines that stay when nobody is to be known by them. Every other column goes, since an address or a
 * remark may stand in it, unless what counts as a purchase hangs on it.
 */
const ownColumns: ReadonlySet<string> = new Set([
  'order',
  'at',
  'status',
  'channel',
  'store',
  'currency',
  'amount',
  'order_amount',
  'discount',
  'line',
  'sku',
  'product',
  'category',
  'brand',
  'quantity',
  'price',
])

export const staysNameless = (field: string): boolean => ownColumns.has(field)

/** Stands for the customer in the key of a nameless row that is known by its cells. */
export const nobody = '\u001a'

/** Between the cells that make up a key. */
const BETWEEN = '\u001f'

/** The key of a row known by its cells, and what tells equal rows of a file apart. */
export const keyOfCells = (cells: readonly string[], occurrence: number): string =>
  `${identityOf(cells)}${BETWEEN}${String(occurrence).padStart(9, '0')}`

/** Blank cells at the end say nothing, since another file may lack their columns. */
export const identityOf = (cells: readonly string[]): string => {
  let end = cells.length
  while (end > 0 && cells[end - 1] === '') end--
  return cells
    .slice(0, end)
    .map((cell) => BETWEEN + cell)
    .join('')
}

/** The same row's cells without what tells whose it was; `fields` are the columns of the key. */
export function namelessCells(key: string, fields: readonly string[]): readonly string[] {
  const cells = key.split(BETWEEN).slice(1, -1)
  const torn = cells.length > fields.length
  return fields.map((field, i) => (field === 'customer' ? nobody : torn || !staysNameless(field) ? '' : (cells[i] ?? '')))
}
