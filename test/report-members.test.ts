/** Customers by name: in no report that only counts, in every format of one that was asked to list them. */
import { beforeAll, describe, expect, it } from 'vitest'
import { Reporting } from './reporting.js'

const formats = ['text', 'md', 'html', 'json', 'csv'] as const
const key = (i: number): string => `key-${String(i).padStart(4, '0')}`
let shop: Reporting

beforeAll(async () => {
  const orders = Array.from(
    { length: 30 },
    (_, i) => `o${i},${key((i * 7) % 12)},2024-${i < 15 ? '03' : '11'}-${10 + (i % 15)},${i}.50`,
  )
  shop = Reporting.of({
    'customers.csv': `customer,city\n${Array.from({ length: 1205 }, (_, i) => `${key(1204 - i)},${i % 2 === 0 ? 'Minsk' : 'Brest'}`).join('\n')}\n`,
    'orders.csv': `order,customer,at,amount\n${orders.join('\n')}\nlate,key-0000,2025-01-05,99.00\n`,
    'segments/all.yaml': `segments:
  everybody: { all: customers }
  buyers: { all: [ { performed: { orders: any } } ] }
  nobody: { all: [ { attribute: { city: Nowhere } } ] }
`,
  })
  await shop.done('ingest', 'customers', 'customers.csv')
  await shop.done('ingest', 'orders', 'orders.csv')
})

describe('customers by name', () => {
  for (const format of formats)
    it(`stand in ${format} only where they were asked for`, async () => {
      expect(await shop.done('report', '-f', format)).not.toMatch(/key-\d/)
      const asked = await shop.done('report', '-f', format, '--with-customers')
      for (const customer of [0, 7, 11]) expect(asked).toContain(key(customer))
    })

  it('are those of the segment, in the order of their keys, with what they bought up to the day', async () => {
    const tidy = await shop.tidy('buyers', '--with-customers')
    const rows = shop.sql<[string, number, number, string]>(
      `select c.customer, count(*), sum(o.amount), max(date(o._day * 86400, 'unixepoch')) from customer_row c join order_row o on o._customer = c._id
        where o._counted = 1 and o._day <= unixepoch('2024-12-31') / 86400 group by c._id order by c.customer`,
    )
    expect(rows.length).toBe(12)
    for (const [customer, orders, amount, last] of rows)
      expect(['orders', 'revenue', 'last_order'].map((m) => tidy.get(`buyers/members/${m}/${customer}`))).toEqual([
        String(orders),
        (amount / 100).toFixed(2),
        last,
      ])
    const listed = [...tidy.keys()].filter((k) => k.startsWith('buyers/members/orders/')).map((k) => k.split('/')[3])
    expect(listed).toEqual(rows.map(([customer]) => customer))
  })

  it('are the first thousand of many, which is said', async () => {
    const all = (await shop.done('report', 'everybody', '-f', 'json', '--with-customers')) as string
    const doc = JSON.parse(all) as { segments: { members: { members: { customer: string }[]; notes: string[] } }[] }
    const { members, notes } = doc.segments[0]!.members
    expect([members.length, members[0]?.customer, members[999]?.customer]).toEqual([1000, key(0), key(999)])
    expect(notes).toEqual(['The first 1,000 of 1,205 customers; `segkit members` lists them all.'])
  })

  it('are nobody of a segment of nobody', async () => {
    expect(await shop.done('report', 'nobody', '--with-customers')).toMatch(/Who are they\?\n +Nobody is in it on this day\./)
  })
})
