/** A shop big enough that a command is still at work when something happens to it, and a look into its store from outside. */
import { cpSync, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { temporary } from '../binary.js'

export const customersCsv = (rows: number, note = ''): string =>
  `customer,city,note\n${Array.from({ length: rows }, (_, i) => `c${i},${i % 2 === 0 ? 'Minsk' : 'Gomel'},${note}\n`).join('')}`

/** Two lines an order, all of 2024. */
export function linesCsv(lines: number): string {
  const two = (n: number): string => String(n).padStart(2, '0')
  const rows = Array.from({ length: lines }, (_, i) => {
    const order = i >> 1
    const at = `2024-${two(1 + (order % 12))}-${two(1 + (order % 28))} ${two(order % 24)}:15`
    return `o${order},c${(order * 7919) % 5000},${at},Product ${i % 300},${1 + (i % 3)},${(i % 50) + 0.5}\n`
  })
  return `order,customer,at,product,quantity,price\n${rows.join('')}`
}

export const definitions = `
metrics:
  spent: { sum: orders.amount, last: 6 months }
events:
  ordered: { on: orders, capture: [order, amount] }
  third-order: { on: orders, nth: 3 }
segments:
  everyone: { all: customers }
  busy: { all: [{ performed: { orders: any, count: { min: 5 }, last: 6 months } }] }
  bought-seven: { all: [{ performed: { items: { product: Product 7 } } }] }
  spenders: { all: [{ attribute: { spent: { min: 100 } } }], none: [{ in_segment: bought-seven }] }
`

/** A copy of a project folder, its store included. */
export function copyOf(project: string): string {
  const dir = temporary()
  cpSync(project, dir, { recursive: true })
  return dir
}

const counted = [
  'load_row',
  'customer_row',
  'order_row',
  'item_row',
  'run_row',
  'run_part',
  'member_row',
  'occurrence_row',
] as const

export type Contents = Readonly<Record<(typeof counted)[number] | 'integrity', unknown>>

/** What lies in the store, as SQLite itself sees it. */
export function contentsOf(project: string): Contents {
  const db = new Database(join(project, 'segkit.db'))
  try {
    const count = (table: string): unknown => db.prepare(`select count(*) from ${table}`).pluck().get()
    const counts = Object.fromEntries(counted.map((table) => [table, count(table)]))
    return { integrity: db.pragma('integrity_check', { simple: true }), ...counts } as Contents
  } finally {
    db.close()
  }
}

/** Files that a command writes and takes away again, or that hold what people look at. */
export const leftovers = (project: string): readonly string[] =>
  ['.', 'rejects', 'exports']
    .filter((folder) => existsSync(join(project, folder)))
    .flatMap((folder) => readdirSync(join(project, folder)))
    .filter((name) => name.endsWith('.tmp') || /^(rejects|exports)$/.test(name))
