/**
 * A year of a real shop's invoices, answered through definitions of many kinds, against SQL written by hand over the views of the
 * store. The file is loaded once for all of them; prices are in thousandths, so money is counted in these.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareBytes } from '../src/base/text.js'
import { type Kitchen, openKitchen } from './kitchen.js'

const file = resolve(import.meta.dirname, '../../shared/data/online_retail/online_retail.csv.gz')
const there = existsSync(file)
if (!there) console.log('online_retail is not beside the project: these tests are skipped')

const settings = `timezone: Europe/London
sources:
  orders:
    columns: { order: InvoiceNo, customer: CustomerID, at: InvoiceDate, sku: StockCode, product: Description, quantity: Quantity, price: UnitPrice }
    types: { customer: integer }
items: { counted: { quantity: { above: 0 }, price: { above: 0 } } }
`

const definitions = `metrics:
  spend: { sum: orders.amount }
  lines: { count: items }
  receipts: { count: orders }
  recent: { count: orders, last: 90 days }
  fifth: { ntile: 5, of: spend }
  freshness: { ratio: { of: recent, to: receipts } }
  preferred: { favourite: items.sku, by: quantity, last: 6 months }
  goings: { count: went }
events:
  third: { on: orders, nth: 3, capture: [order, amount] }
  back: { on: orders, after_gap: 90 days, capture: [order] }
  went: { on: orders, quiet_for: 60 days }
  gold: { on: orders, reaches: { sum: amount, of: 1000 }, capture: [order] }
  good-quarter: { on: orders, reaches: { sum: amount, of: 2500, every: quarter }, capture: [order] }
  bag-then-bottle:
    sequence: [{ items: { product: { contains: lunch bag } } }, { items: { product: { contains: bottle } } }]
    within: 14 days
    capture: [order, sku]
segments:
  buyers: { all: [{ performed: { orders: any } }] }
  everyone: { all: customers }
  gone-quiet: { all: [{ lapsed: { orders: any, active: 180 days, quiet: 60 days } }] }
  monthly: { all: [{ regularly: { orders: any, in: 3, of: 4, every: month } }] }
  best: { all: [{ rank: { by: spend, top: 5% } }] }
  lunch: { all: [{ performed: { orders: any, containing: [{ product: { contains: lunch bag } }, { product: { contains: lunch box } }], without: [{ product: { contains: bottle } }], count: { min: 2 } } }] }
  newcomers: { all: [{ first_performed: { orders: any, last: 3 months } }] }
  returned: { all: [{ resurrected: { orders: any, quiet: 90 days, back: 30 days } }] }
`

/** What the views give, of counted rows of customers. */
const tables = `
create temp table receipt as select customer, "order", at, substr(at, 1, 10) as day, cast(round(amount * 1000) as integer) as amount
  from orders where counted = 1 and customer is not null;
create temp table line as select customer, "order", at, substr(at, 1, 10) as day, sku, product, quantity
  from items where counted = 1 and customer is not null;
create index temp.line_customer on line (customer, at);
`

const lastDay = '2011-12-09'

interface Answer {
  readonly name: string
  readonly asOf?: string
  readonly segment?: string
  readonly metric?: string
  readonly event?: string
  readonly hand: string
}

const answers: readonly Answer[] = [
  {
    name: 'lapsed: active in the half year before the last 60 days',
    segment: 'gone-quiet',
    hand: `select customer from receipt group by 1
      having max(day) > date('${lastDay}', '-60 days', '-180 days') and max(day) <= date('${lastDay}', '-60 days')`,
  },
  {
    name: 'regularly: in three of the four months to the end of November',
    asOf: '2011-11-30',
    segment: 'monthly',
    hand: `select customer from receipt where day between '2011-08-01' and '2011-11-30' group by 1
      having count(distinct substr(day, 1, 7)) >= 3`,
  },
  {
    name: 'rank: the best twentieth of all by what they spent',
    segment: 'best',
    hand: `select c.customer from customers c left join receipt r using (customer) group by 1
      order by coalesce(sum(r.amount), 0) desc, 1 limit (select (count(*) * 5 + 99) / 100 from customers)`,
  },
  {
    name: 'performed: receipts that contain two things and lack a third',
    segment: 'lunch',
    hand: `select customer from (select customer, "order" from line group by 1, 2
      having sum(lower(product) like '%lunch bag%') > 0 and sum(lower(product) like '%lunch box%') > 0
      and sum(lower(product) like '%bottle%') = 0) group by 1 having count(*) >= 2`,
  },
  {
    name: 'first_performed: the first order ever within three months',
    segment: 'newcomers',
    hand: `select customer from receipt group by 1 having min(day) > '2011-09-09'`,
  },
  {
    name: 'resurrected: back within 30 days after more than 90',
    segment: 'returned',
    hand: `select distinct customer from (select customer, day, lag(day) over (partition by customer order by at, "order") as before from receipt)
      where day > date(before, '+90 days') and day > date('${lastDay}', '-30 days')`,
  },
  {
    name: 'ntile: fifths of what all spent, cut at exact quantiles',
    metric: 'fifth',
    hand: `with spend as (select c.customer, coalesce(sum(r.amount), 0) as v from customers c left join receipt r using (customer) group by 1),
      placed as materialized (select v, row_number() over (order by v) - 1 as place from spend),
      step (k, low, part) as (select k, (n - 1) * k / 5, (n - 1) * k % 5
        from (select count(*) as n from spend), (select 1 as k union all select 2 union all select 3 union all select 4)),
      cut (five) as (select low.v * (5 - part) + high.v * part from step join placed low on low.place = low join placed high on high.place = low + 1)
      select customer, 1 + (select count(*) from cut where five < 5 * v) from spend`,
  },
  {
    name: 'ratio: orders of the last 90 days to all, unknown for who has none',
    metric: 'freshness',
    hand: `select c.customer, case when n > 0 then (2 * r * 1000000 + n) / (2 * n) / 1e6 end
      from customers c left join (select customer, count(*) as n, sum(day > date('${lastDay}', '-90 days')) as r from receipt group by 1) using (customer)`,
  },
  {
    name: 'favourite: the product bought most in half a year, of equals the latest',
    metric: 'preferred',
    hand: `select c.customer, sku from customers c left join (select customer, sku,
      row_number() over (partition by customer order by sum(quantity) desc, max(at) desc, lower(sku), sku) as place
      from line where day > '2011-06-09' group by 1, 2) f on f.customer = c.customer and place = 1`,
  },
  {
    name: 'count over an event: how often all went quiet',
    metric: 'goings',
    hand: `select c.customer, count(d.day) from customers c left join (select customer, date(day, '+60 days') as day,
        lead(day) over (partition by customer order by day) as next from (select distinct customer, day from receipt)) d
      on d.customer = c.customer and d.day <= '${lastDay}' and (next is null or next > d.day) group by 1`,
  },
  {
    name: 'nth: the third order of each',
    event: 'third',
    hand: `select customer, at, "order", amount / 1e3 from (select *, row_number() over (partition by customer order by at, "order") as n from receipt) where n = 3`,
  },
  {
    name: 'after_gap: every return after 90 days',
    event: 'back',
    hand: `select customer, at, "order" from (select *, lag(day) over (partition by customer order by at, "order") as before from receipt)
      where day > date(before, '+90 days')`,
  },
  {
    name: 'reaches: the order that made a thousand pounds',
    event: 'gold',
    hand: `select customer, at, "order" from (select *, sum(amount) over w as total, sum(amount) over w - amount as before from receipt
      window w as (partition by customer order by at, "order")) where total >= 1000000 and before < 1000000`,
  },
  {
    name: 'reaches in each quarter',
    event: 'good-quarter',
    hand: `select customer, at, "order" from (select *, sum(amount) over w as total, sum(amount) over w - amount as before from receipt
      window w as (partition by customer, substr(day, 1, 4), (substr(day, 6, 2) + 2) / 3 order by at, "order")) where total >= 2500000 and before < 2500000`,
  },
  {
    name: 'sequence: bottles within two weeks after a lunch bag, on later receipts',
    event: 'bag-then-bottle',
    hand: `select customer, at, "order", sku from line b where lower(product) like '%bottle%' and exists (select 1 from line a
      where a.customer = b.customer and a.at < b.at and lower(a.product) like '%lunch bag%' and b.day <= date(a.day, '+14 days'))`,
  },
]

/** Unknown is empty, numbers are what they are worth, moments are local. */
const plain = (cell: unknown): string => {
  if (cell === null || cell === undefined) return ''
  const text = typeof cell === 'object' && 'decimal' in cell ? String(cell.decimal) : String(cell)
  return /^-?\d+\.\d+$/.test(text) ? String(Number(text)) : text.replace(/^(\d{4}-\d{2}-\d{2}T[\d:]{8}).*$/, '$1')
}
const inOrder = (rows: readonly (readonly unknown[])[]): readonly string[] =>
  rows.map((row) => row.map(plain).join(' ')).sort(compareBytes)

describe.runIf(there)('a year of a real shop', () => {
  let dir: string
  let kitchen: Kitchen

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'segkit-test-'))
    mkdirSync(join(dir, 'segments'))
    writeFileSync(join(dir, 'segkit.yaml'), settings)
    writeFileSync(join(dir, 'segments/all.yaml'), definitions)
    kitchen = await openKitchen(dir, [{ source: 'orders', file: relative(dir, file) }])
    kitchen.store.exec(tables)
  })
  afterAll(() => {
    kitchen.close()
    rmSync(dir, { recursive: true, force: true })
  })

  it('positive lines of 4,338 customers are 18,532 orders and 8,911,407.904 of revenue, as published', () => {
    const rows = kitchen.members('buyers', lastDay, ['spend', 'lines', 'receipts'])
    const sum = (at: number): bigint => rows.reduce((total, row) => total + BigInt(plainDigits(row[at])), 0n)
    expect([rows.length, sum(1), sum(2), sum(3)]).toEqual([4338, 8_911_407_904n, 397_884n, 18_532n])
    expect(kitchen.members('everyone', lastDay)).toHaveLength(4372)
    expect(rows.find((row) => row[0] === '14646')?.[1]).toEqual({ decimal: '280206.020' })
  })

  it.each(answers.map((one) => [one.name, one] as const))('%s', (_, { asOf = lastDay, segment, metric, event, hand }) => {
    const byHand = inOrder(kitchen.store.rows({ text: hand, params: [] }))
    const program =
      segment !== undefined
        ? kitchen.members(segment, asOf)
        : metric !== undefined
          ? kitchen.members('everyone', asOf, [metric])
          : kitchen.occurrences(event ?? '', asOf)
    expect(byHand.length).toBeGreaterThan(0)
    expect(inOrder(program)).toEqual(byHand)
  })
})

const plainDigits = (cell: unknown): string =>
  typeof cell === 'object' && cell !== null && 'decimal' in cell ? String(cell.decimal).replace('.', '') : '0'
