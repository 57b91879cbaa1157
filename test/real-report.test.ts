/** The report on real data, where they are beside the project: the numbers published, and those of the CSV read here line by line. */
import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { createGunzip } from 'node:zlib'
import { parse } from 'csv-parse'
import { parse as parseRows } from 'csv-parse/sync'
import { describe, expect, it } from 'vitest'
import { Reporting } from './reporting.js'

const file = resolve(import.meta.dirname, '../../shared/data/online_retail/online_retail.csv.gz')
const there = existsSync(file)
if (!there) console.log('online_retail is not beside the project: these tests are skipped')

const settings = `version: 1
timezone: Europe/London
currency: GBP
as_of: "2011-12-09"
system_segments: false
items: { counted: { quantity: { above: 0 }, price: { above: 0 } } }
sources:
  orders:
    columns: { order: InvoiceNo, customer: CustomerID, at: InvoiceDate, sku: StockCode, product: Description, quantity: Quantity, price: UnitPrice, country: Country }
    types: { customer: integer }
`
const definitions = `events:
  order: { on: orders }
segments:
  buyers: { all: [{ performed: { orders: any } }] }
audiences:
  autumn: { segment: buyers, split: { salt: autumn-2011, arms: { letter: 60, card: 30, holdout: 10 } } }
`

interface Invoice {
  readonly customer: string
  readonly at: string
  /** In thousandths. */
  amount: number
}

/** Invoices of customers over their lines with a quantity and a price above 0; each is of its first line's time. */
async function invoices(): Promise<readonly Invoice[]> {
  const found = new Map<string, Invoice>()
  const lines = createReadStream(file)
    .pipe(createGunzip())
    .pipe(parse({ columns: true }))
  for await (const line of lines as AsyncIterable<Record<string, string>>) {
    const { InvoiceNo = '', CustomerID = '', InvoiceDate = '', Quantity, UnitPrice } = line
    if (CustomerID === '' || Number(Quantity) <= 0 || Number(UnitPrice) <= 0) continue
    const invoice = found.get(InvoiceNo) ?? { customer: CustomerID, at: InvoiceDate, amount: 0 }
    found.set(InvoiceNo, invoice)
    invoice.amount += Math.round(Number(Quantity) * Number(UnitPrice) * 1000)
  }
  return [...found.values()]
}

const grouped = (all: readonly Invoice[], by: (one: Invoice) => string): ReadonlyMap<string, readonly Invoice[]> => {
  const groups = new Map<string, Invoice[]>()
  for (const one of all) {
    const group = groups.get(by(one))
    if (group === undefined) groups.set(by(one), [one])
    else group.push(one)
  }
  return groups
}
const customersOf = (all: readonly Invoice[]): string => String(new Set(all.map((i) => i.customer)).size)

/** The type-7 quartiles of numbers. */
function quartilesOf(values: readonly number[]): readonly number[] {
  const rising = [...values].sort((a, b) => a - b)
  return [1, 2, 3].map((k) => {
    const h = ((rising.length - 1) * k) / 4
    const [below, above] = [rising[Math.floor(h)]!, rising[Math.ceil(h)]!]
    return below + (h - Math.floor(h)) * (above - below)
  })
}

describe.runIf(there)('online_retail', () => {
  it('is told as published and as its lines add up', async () => {
    const shop = Reporting.of({ 'segkit.yaml': settings, 'segments/all.yaml': definitions })
    await shop.done('ingest', 'orders', file)
    const [tidy, all] = [await shop.tidy('buyers', 'order'), await invoices()]
    const of = (metric: string): string | undefined => tidy.get(`buyers/${metric}/`)
    expect([of('size/customers'), of('orders/orders'), of('revenue/revenue')]).toEqual(['4338', '18532', '8911407.904'])
    expect([of('order_value/average_order_value'), tidy.get('order/gaps/again/')]).toEqual(['480.865956', '2845'])

    const byCustomer = grouped(all, (i) => i.customer)
    const spent = quartilesOf([...byCustomer.values()].map((own) => own.reduce((n, i) => n + i.amount, 0)))
    const told = (section: string, name: string) => ['q1', 'median', 'q3'].map((q) => Number(of(`${section}/${q}_${name}`)))
    expect(told('lifetime_value', 'value')).toEqual(spent.map((x) => x / 1000))
    expect(told('order_value', 'order_value')).toEqual(quartilesOf(all.map((i) => i.amount)).map((x) => x / 1000))
    const since = [...byCustomer.values()].map((own) => {
      const last = own.reduce((latest, { at }) => (at > latest ? at : latest), '')
      return (Date.parse('2011-12-09') - Date.parse(last.slice(0, 10))) / 86_400_000
    })
    expect(told('recency', 'days')).toEqual(quartilesOf(since))

    const months = grouped(
      all.filter((i) => i.at >= '2011'),
      (i) => i.at.slice(0, 7),
    )
    expect(months.size).toBe(12)
    for (const [month, own] of months) {
      const revenue = (own.reduce((n, i) => n + i.amount, 0) / 1000).toFixed(3)
      expect([month, ...['orders', 'active', 'revenue'].map((m) => tidy.get(`buyers/trend/${m}/${month}`))]).toEqual([
        month,
        String(own.length),
        customersOf(own),
        revenue,
      ])
      expect(tidy.get(`order/months/occurrences/${month}`)).toBe(String(own.length))
    }
    const hours = [...grouped(all, (i) => i.at.slice(11, 13))].filter(([, own]) => Number(customersOf(own)) >= 10)
    for (const [hour, own] of hours)
      expect([hour, tidy.get(`order/times/occurrences/${hour}:00`)]).toEqual([hour, String(own.length)])
    expect(hours.length).toBeGreaterThan(12)
  })

  it('has results of a campaign as its lines add up by arms', async () => {
    const shop = Reporting.of({ 'segkit.yaml': settings, 'segments/all.yaml': definitions })
    await shop.done('ingest', 'orders', file)
    await shop.done('export', 'autumn', '--as-of', '2011-10-31')
    const rows = parseRows(await shop.done('results', 'autumn', '--within', '30d', '-f', 'csv'), { from_line: 2 }) as string[][]
    const told = (section: string, metric: string, arm: string): number =>
      Number(rows.find((r) => r[1] === section && r[2] === metric && r[3] === arm)?.[4])
    const all = await invoices()
    const armOf = (customer: string): string => {
      const hash = createHash('sha256')
        .update(`autumn-2011\u001f${Number(customer)}`)
        .digest('hex')
      const bucket = Number.parseInt(hash.slice(0, 12), 16) % 10_000
      return bucket < 6000 ? 'letter' : bucket < 9000 ? 'card' : 'holdout'
    }
    const before = new Set(all.filter((i) => i.at < '2011-11-01').map((i) => i.customer))
    const november = all.filter((i) => before.has(i.customer) && i.at.startsWith('2011-11'))
    expect(before.size).toBeGreaterThan(3000)
    for (const arm of ['letter', 'card', 'holdout']) {
      const own = november.filter((i) => armOf(i.customer) === arm)
      const assigned = [...before].filter((customer) => armOf(customer) === arm).length
      expect([told('split', 'assigned', arm), told('conversion', 'converted', arm), told('revenue', 'orders', arm)]).toEqual([
        assigned,
        Number(customersOf(own)),
        own.length,
      ])
      const revenue = own.reduce((n, i) => n + i.amount, 0) / 1000
      expect(told('revenue', 'revenue', arm)).toBeCloseTo(revenue, 3)
      expect(told('revenue', 'revenue_per_customer', arm)).toBeCloseTo(revenue / assigned, 5)
    }
    expect(told('conversion', 'difference', 'card')).toBeCloseTo(
      told('conversion', 'conversion', 'card') - told('conversion', 'conversion', 'holdout'),
      5,
    )
  })
})
