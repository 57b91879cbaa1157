/** Public data sets through ingest, against the numbers that are known of them. */
import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SourceName } from '../src/store/sources.js'
import { Bench, receipt, type Settings } from './loading.js'

const data = new URL('../../shared/data/', import.meta.url).pathname
const there = existsSync(`${data}expected.json`)
if (!there) console.log('skipped: the data sets are not beside the repository')
const expected = there ? JSON.parse(readFileSync(`${data}expected.json`, 'utf8')) : {}

let bench: Bench
const ingest = async (source: SourceName, file: string, settings: Settings = {}) =>
  receipt(
    await bench.load(
      source,
      () => createReadStream(`${data}${file}`, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>,
      settings,
    ),
  )
const one = (text: string): readonly unknown[] => bench.values(text)[0]!

function dataset(name: string, body: () => void): void {
  describe.skipIf(!there)(name, () => {
    beforeAll(() => {
      bench = new Bench()
    })
    afterAll(() => bench.close())
    body()
  })
}

dataset('online retail', () => {
  const columns = {
    order: 'InvoiceNo',
    customer: 'CustomerID',
    at: 'InvoiceDate',
    sku: 'StockCode',
    product: 'Description',
    quantity: 'Quantity',
    price: 'UnitPrice',
    country: 'Country',
  }
  test('every line is there, and the sums are those published', async () => {
    const known = expected.online_retail_profile
    const got = await ingest('orders', 'online_retail/online_retail.csv.gz', { columns, types: { customer: 'integer' } })
    expect(got).toMatchObject({
      rows: known.rows,
      added: known.rows,
      rejected: 0,
      guests: known.null_customer,
      customersCreated: known.customers,
    })
    expect(one('select count(*) from order_row')).toEqual([known.invoices])
    expect(one('select count(*), sum(amount) / 1000.0 from item_row')).toEqual([known.rows, known.total])
    expect(one('select sum(amount) / 1000.0 from order_row')).toEqual([known.total])
    expect(one('select count(distinct sku) from good_row')).toEqual([known.skus])
    expect(
      one("select count(*) from text_row t join field_row f on f._id = t.field where f.source = 'items' and f.name = 'country'"),
    ).toEqual([known.countries])
    expect(one("select count(*) from order_row where _key like 'C%'")).toEqual([known.cancelled_invoices])
    expect(
      one(
        'select count(*), count(distinct _customer), count(distinct _key), sum(amount) / 1000.0 from item_row where quantity > 0 and price > 0 and _customer > 0',
      ),
    ).toEqual([known.clean_rows_qty_gt0_price_gt0_customer, known.clean_customers, known.clean_invoices, known.clean_revenue])
  })
})

dataset('superstore', () => {
  test('orders, customers and sales are those published', async () => {
    const known = expected.superstore_npm
    const columns = {
      order: 'Order ID',
      customer: 'Customer ID',
      at: 'Order Date',
      sku: 'Product ID',
      product: 'Product Name',
      category: 'Category',
      amount: 'Sales',
      quantity: 'Quantity',
      discount: 'Discount',
    }
    expect(await ingest('orders', 'superstore_npm/superstore.csv.gz', { columns })).toMatchObject({
      rows: known.rows,
      rejected: 0,
      customersCreated: known.customers,
    })
    const [[scale]] = bench.values("select _scale from field_row where source = 'items' and name = 'amount'") as [[number]]
    expect(one('select count(*), sum(amount) from order_row')).toEqual([known.orders, Math.round(known.sales * 10 ** scale)])
    expect(one('select sum(t.number) from item_row i join text_row t on t._id = i.profit')[0]).toBeCloseTo(known.profit, 4)
  })
})

dataset('chinook', () => {
  test('orders, items and customers come from files of their own, in any order', async () => {
    const known = expected.chinook
    expect(
      await ingest('items', 'chinook/invoice_items.csv', {
        columns: { order: 'invoice_id', line: 'invoice_line_id', sku: 'track_id', price: 'unit_price', quantity: 'quantity' },
      }),
    ).toMatchObject({ rows: 2240, waiting: 2240 })
    await ingest('orders', 'chinook/invoices.csv', {
      columns: { order: 'invoice_id', customer: 'customer_id', at: 'invoice_date', amount: 'total' },
    })
    await ingest('customers', 'chinook/customers.csv', { columns: { customer: 'customer_id' } })
    expect(one('select count(*), sum(amount) / 100.0, sum(_items) from order_row')).toEqual([known.invoices, known.total, 2240])
    expect(one('select sum(amount) / 100.0 from item_row')).toEqual([known.total])
    const top = bench.values(
      'select c.customer, sum(o.amount) / 100.0 from order_row o join customer_row c on c._id = o._customer group by 1 order by 2 desc, 1 desc limit 4',
    )
    expect(Object.fromEntries(top)).toEqual(known.top)
  })
})

dataset('jaffle shop', () => {
  test('customers without orders stay, payments are lines of their orders', async () => {
    const known = expected.jaffle_classic
    await ingest('customers', 'jaffle_shop_classic/raw_customers.csv', { columns: { customer: 'id' } })
    await ingest('orders', 'jaffle_shop_classic/raw_orders.csv', {
      columns: { order: 'id', customer: 'user_id', at: 'order_date' },
    })
    await ingest('items', 'jaffle_shop_classic/raw_payments.csv', {
      columns: { line: 'id', order: 'order_id', product: 'payment_method', amount: 'amount' },
    })
    expect(one('select count(*), sum(_first_day is not null) from customer_row')).toEqual([known.customers, known.with_orders])
    expect(one('select sum(amount) / 100.0 from order_row')).toEqual([known.clv_total])
    const orders = bench.values(
      'select n, count(*) from (select count(o._key) n from customer_row c left join order_row o on o._customer = c._id group by c._id) group by n',
    )
    expect(Object.fromEntries(orders)).toEqual(known.n_orders_hist)
  })
})

dataset('rfm of R', () => {
  test('rows without an order key are orders', async () => {
    const known = expected.rfm_r_orders
    const columns = { customer: 'customer_id', at: 'order_date', amount: 'revenue' }
    expect(await ingest('orders', 'rfm_r/rfm_data_orders.csv', { columns })).toMatchObject({
      rows: 4906,
      added: 4906,
      customersCreated: 995,
    })
    const counts = bench.values('select n, count(*) from (select count(*) n from order_row group by _customer) group by n')
    expect(Object.fromEntries(counts)).toEqual(known.orders_histogram)
    expect(
      one(
        "select 13513 - max(_day), count(*), sum(amount) from order_row where _customer = (select _id from customer_row where customer = 'Abbey O''Reilly')",
      ),
    ).toEqual(known.customers["Abbey O'Reilly"].slice(0, 3))
    expect(await ingest('orders', 'rfm_r/rfm_data_orders.csv', { columns, again: true })).toMatchObject({ same: 4906, added: 0 })
  })
})
