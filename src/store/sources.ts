/** The five sources and the fields that segkit knows by name. Every other column of a file becomes a field of its own. */

export type SourceName = 'customers' | 'orders' | 'items' | 'products' | 'activities'
export const sourceNames: readonly SourceName[] = ['customers', 'orders', 'items', 'products', 'activities']

/** `key` compares by bytes and is text; `moment` is a day, or a day with a time. */
export type FieldType = 'text' | 'number' | 'date' | 'boolean' | 'list' | 'key' | 'moment'

/** What `types:` in segkit.yaml may declare for a column. `integer` is for keys and text: drops a trailing `.0`. */
export type DeclaredType = 'text' | 'number' | 'date' | 'boolean' | 'integer' | { readonly list: string }

export interface KnownField {
  readonly type: FieldType
  /** Must be mapped for a file of this source to be loaded. */
  readonly required?: true
  /** Worked out, never read from a file. */
  readonly derived?: true
}

const text: KnownField = { type: 'text' }
const number: KnownField = { type: 'number' }
const derivedTime = {
  hour: { type: 'number', derived: true },
  weekday: { type: 'text', derived: true },
  day: { type: 'number', derived: true },
  month: { type: 'number', derived: true },
} as const satisfies Record<string, KnownField>

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

/** In the order in which they are shown. */
export const sources = {
  customers: {
    customer: { type: 'key', required: true },
    email: text,
    phone: text,
    first_name: text,
    last_name: text,
    full_name: text,
    birth_date: { type: 'date' },
    gender: text,
    city: text,
    region: text,
    country: text,
    postcode: text,
    company: text,
    industry: text,
    created_on: { type: 'date' },
    age: { type: 'number', derived: true },
  },
  orders: {
    order: { type: 'key' },
    customer: { type: 'key', required: true },
    at: { type: 'moment', required: true },
    status: text,
    channel: text,
    store: text,
    currency: text,
    amount: number,
    discount: number,
    items: { type: 'number', derived: true },
    units: { type: 'number', derived: true },
    number: { type: 'number', derived: true },
    gap: { type: 'number', derived: true },
    ...derivedTime,
  },
  items: {
    order: { type: 'key', required: true },
    line: text,
    sku: { type: 'key' },
    product: text,
    category: text,
    brand: text,
    quantity: number,
    price: number,
    amount: number,
    discount: number,
    ...derivedTime,
  },
  products: {
    sku: { type: 'key', required: true },
    product: text,
    category: text,
    brand: text,
  },
  activities: {
    customer: { type: 'key', required: true },
    at: { type: 'moment', required: true },
    type: { type: 'text', required: true },
    id: { type: 'key' },
    value: text,
    ...derivedTime,
  },
} as const satisfies Record<SourceName, Record<string, KnownField>>

export const knownFields = (source: SourceName): Readonly<Record<string, KnownField>> => sources[source]
