import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { Problems, render, type Source } from '../src/base/problem.js'
import { fieldName, headerTable, recognise } from '../src/ingest/headers.js'
import { mapColumns } from '../src/ingest/mapping.js'
import type { SourceOptions } from '../src/ingest/options.js'
import { type KnownField, knownFields, type SourceName, sourceNames } from '../src/store/sources.js'

function map(header: string, source: SourceName, options: SourceOptions = {}) {
  const headers = header.split(',')
  const file: Source = { name: `${source}.csv`, text: header }
  const start = (column: number) => headers.slice(0, column).join(',').length + (column === 0 ? 0 : 1)
  const span = (column: number) => ({ source: file, start: start(column), end: start(column) + headers[column]!.length })
  const problems = new Problems()
  const mapping = mapColumns(headers, source, options, problems, { name: file.name, span })
  return {
    mapping,
    fields: mapping && Object.fromEntries(mapping.columns.map((c) => [c.header, c.field])),
    shown: problems.list.map((p) => render(p)),
  }
}

describe('a header', () => {
  it.each([
    ['CustomerID', 'orders', 'customer'],
    ['customer_id', 'orders', 'customer'],
    ['Customer Key', 'orders', 'customer'],
    ['Client', 'orders', 'customer'],
    ['user_id', 'orders', 'customer'],
    ['Клиент', 'orders', 'customer'],
    ['Код клиента', 'customers', 'customer'],
    ['ИД Клиента', 'orders', 'customer'],
    ['InvoiceNo', 'orders', 'order'],
    ['Order ID', 'orders', 'order'],
    ['Номер заказа', 'orders', 'order'],
    ['№ заказа', 'orders', 'order'],
    ['InvoiceDate', 'orders', 'at'],
    ['invoice_date', 'orders', 'at'],
    ['Дата заказа', 'orders', 'at'],
    ['Дата', 'orders', 'at'],
    ['Сумма', 'orders', 'amount'],
    ['Sales', 'orders', 'amount'],
    ['total', 'orders', 'amount'],
    ['Order total', 'orders', 'order_amount'],
    ['Сумма чека', 'orders', 'order_amount'],
    ['StockCode', 'orders', 'sku'],
    ['Артикул', 'items', 'sku'],
    ['Description', 'items', 'product'],
    ['Product Name', 'products', 'product'],
    ['Наименование', 'products', 'product'],
    ['UnitPrice', 'items', 'price'],
    ['Цена', 'items', 'price'],
    ['Кол-во', 'items', 'quantity'],
    ['Количество', 'items', 'quantity'],
    ['Категория', 'products', 'category'],
    ['birthday', 'customers', 'birth_date'],
    ['Дата рождения', 'customers', 'birth_date'],
    ['e-mail', 'customers', 'email'],
    ['Эл. почта', 'customers', 'email'],
    ['Телефон', 'customers', 'phone'],
    ['Населённый пункт', 'customers', 'city'],
    ['id', 'customers', 'customer'],
    ['id', 'orders', 'order'],
    ['id', 'products', 'sku'],
    ['id', 'activities', 'id'],
    ['name', 'products', 'product'],
    ['Name', 'customers', 'full_name'],
    ['name', 'orders', undefined],
    ['Customer Name', 'orders', undefined],
    ['Sub-Category', 'orders', undefined],
    ['units', 'orders', undefined],
    ['Ship Date', 'orders', undefined],
    ['', 'orders', undefined],
    ['%', 'orders', undefined],
  ] as const)('`%s` in %s means %s', (header, source, field) => {
    expect(recognise(header, source)).toBe(field)
  })

  it('never means two fields of one source', () => {
    const seen = new Map<string, string>()
    for (const { source, field, headers } of headerTable()) {
      for (const header of [field, ...headers]) {
        const key = `${source} ${header
          .toLowerCase()
          .replaceAll('ё', 'е')
          .replace(/[^\p{L}\p{N}]/gu, '')}`
        expect(seen.get(key) ?? field, key).toBe(field)
        seen.set(key, field)
        expect(recognise(header, source), key).toBe(field)
      }
    }
  })

  it('is known for every field that is read from files, in several spellings', () => {
    for (const source of sourceNames) {
      for (const [field, known] of Object.entries<KnownField>(knownFields(source))) {
        const entry = headerTable().find((e) => e.source === source && e.field === field)
        if (known.derived) expect(entry, `${source}.${field}`).toBeUndefined()
        else expect(entry?.headers.length, `${source}.${field}`).toBeGreaterThanOrEqual(4)
      }
    }
  })

  it.each([
    ['Sub-Category', 'sub_category'],
    ['Размер компании', 'размер_компании'],
    ['  % of total (USD) ', 'of_total_usd'],
    ['Ё__ж', 'ё_ж'],
    ['e\u0301te\u0301', 'été'],
    ['名前', '名前'],
    ['___', ''],
  ])('`%s` that is not known becomes the field `%s`', (header, name) => {
    expect(fieldName(header)).toBe(name)
  })
})

describe('a mapping', () => {
  it('recognises what it knows and keeps the rest as fields of the file', () => {
    const { mapping, fields, shown } = map('InvoiceNo,CustomerID,InvoiceDate,Total,Loyalty Level', 'orders')
    expect(shown).toEqual([])
    expect(fields).toEqual({
      InvoiceNo: 'order',
      CustomerID: 'customer',
      InvoiceDate: 'at',
      Total: 'amount',
      'Loyalty Level': 'loyalty_level',
    })
    expect(mapping?.itemGrain).toBe(false)
    expect(mapping?.columns.map((c) => [c.how, c.known, c.grain])).toEqual([
      ...Array(4).fill(['recognised', true, 'order']),
      ['own', false, 'order'],
    ])
  })

  it('of orders with item columns is one row an item, and the receipt total is the order\u2019s', () => {
    const { mapping, fields } = map('order,customer,date,sku,qty,Amount,Order Total,Discount', 'orders')
    expect(mapping?.itemGrain).toBe(true)
    expect(fields).toMatchObject({ Amount: 'amount', 'Order Total': 'order_amount', Discount: 'discount' })
    expect(Object.fromEntries(mapping!.columns.map((c) => [c.field, c.grain]))).toEqual({
      order: 'order',
      customer: 'order',
      at: 'order',
      sku: 'item',
      quantity: 'item',
      amount: 'item',
      order_amount: 'order',
      discount: 'item',
    })
  })

  it('of whole orders takes the order total for the amount, and a description for no product', () => {
    const { mapping, fields } = map('id,client,date,Order total,Description', 'orders')
    expect(mapping?.itemGrain).toBe(false)
    expect(fields).toMatchObject({ 'Order total': 'amount', Description: 'description' })
  })

  it('follows the project before it recognises anything', () => {
    const { fields } = map('Buyer Ref,E-mail,Date,Paid,Total', 'orders', {
      columns: { customer: 'e-mail', amount: 'Paid', bonus: 'Total' },
    })
    expect(fields).toEqual({ 'Buyer Ref': 'buyer_ref', 'E-mail': 'customer', Date: 'at', Paid: 'amount', Total: 'bonus' })
  })

  it('says which header of the project is not there', () => {
    const { mapping, shown } = map('CustomerID,Date,Total', 'orders', { columns: { order: 'InvoiceNo', at: 'Dat' } })
    expect(mapping).toBeUndefined()
    expect(shown[0]).toContain('error[no-column]: `orders.csv` has no column `InvoiceNo` for `order`')
    expect(shown[0]).toContain('its columns: `CustomerID`, `Date`, `Total`')
    expect(shown[1]).toContain('did you mean `Date`?')
    expect(shown).toHaveLength(2)
  })

  it('stops where two headers look alike and marks the second', () => {
    const { mapping, shown } = map('order,Client,Customer ID,date', 'orders')
    expect(mapping).toBeUndefined()
    expect(shown).toEqual([
      [
        'error[two-columns]: `Client` and `Customer ID` of `orders.csv` both look like `customer`',
        ' --> orders.csv:1:14',
        '  |',
        '1 | order,Client,Customer ID,date',
        '  |              ^^^^^^^^^^^',
        "   = help: say which with `--map 'customer=Client'` or under `columns:` in segkit.yaml; the other becomes a field of its own",
      ].join('\n'),
    ])
    expect(map('order,Client,Customer ID,date', 'orders', { columns: { customer: 'Customer ID' } }).fields).toMatchObject({
      Client: 'client',
    })
  })

  it('prefers the field\u2019s own name, and a telling header to a general one', () => {
    expect(map('id,order_id,customer,date', 'orders').fields).toMatchObject({ id: 'id', order_id: 'order' })
    expect(map('customer,State,Region', 'customers').fields).toMatchObject({ State: 'state', Region: 'region' })
    expect(map('sku,Product Name,Description', 'products').fields).toMatchObject({
      'Product Name': 'product',
      Description: 'description',
    })
    expect(map('Customer,Customer ID,date', 'orders').mapping).toBeUndefined()
  })

  it('refuses two columns that would be one field', () => {
    const { shown } = map('customer,Sub-Category,sub category', 'customers')
    expect(shown[0]).toContain('`Sub-Category` and `sub category` of `customers.csv` would both be the field `sub_category`')
    expect(map('customer,Paid,Amount,date', 'orders', { columns: { amount: 'Paid' } }).shown[0]).toContain('`Paid` and `Amount`')
  })

  it('never stores what is ignored, by header or by field', () => {
    const { mapping } = map('Код клиента,Паспорт,Телефон,Город', 'customers', { ignore: ['паспорт', 'phone'] })
    expect(mapping?.columns.map((c) => c.field)).toEqual(['customer', 'city'])
    expect(mapping?.ignored.map((c) => [c.header, c.how])).toEqual([
      ['Паспорт', 'ignored'],
      ['Телефон', 'ignored'],
    ])
    expect(map('customer,city', 'customers', { ignore: ['pasport'] }).shown[0]).toMatch(/^warning\[no-column\]/)
    expect(map('customer,city', 'customers', { columns: { customer: 'customer' }, ignore: ['customer'] }).shown[0]).toMatch(
      /missing-field/,
    )
  })

  it('needs the columns that the source cannot do without', () => {
    expect(map('order,total', 'orders').shown.map((s) => s.split('\n')[0])).toEqual([
      'error[missing-field]: `orders.csv` has no column for `customer`, which orders need',
      'error[missing-field]: `orders.csv` has no column for `at`, which orders need',
    ])
    expect(map('order,qty', 'items').shown[0]).toContain('no column for `sku` or `product`')
    expect(map('order,Product', 'items').shown).toEqual([])
  })

  it('of a file without a header goes by numbers', () => {
    const options: SourceOptions = { header: false, columns: { customer: 1, at: '3', amount: 5 } }
    const { mapping } = map('1,2,3,4,5', 'orders', options)
    expect(mapping?.columns.map((c) => c.field)).toEqual(['customer', 'column_2', 'at', 'column_4', 'amount'])
    expect(map('1,2,3', 'orders', options).shown[0]).toContain('has no column 5 for `amount`')
  })

  it('calls a column without a header by its number', () => {
    expect(map('customer,,city', 'customers').mapping?.columns.map((c) => c.field)).toEqual(['customer', 'column_2', 'city'])
  })

  it('lets a column named like a derived field take its place', () => {
    const { mapping } = map('order,customer,date,Hour', 'orders')
    expect(mapping?.columns.at(-1)).toMatchObject({ field: 'hour', how: 'own', known: false })
  })

  const data = '../shared/data'
  it.skipIf(!existsSync(data))('of public data sets needs little help', () => {
    const of = (path: string, source: SourceName, options: SourceOptions = {}) => {
      const bytes = readFileSync(`${data}/${path}`)
      const [header] = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').split(/\r?\n/)
      const { mapping, shown } = map(header!.replaceAll('"', ''), source, options)
      expect(shown, path).toEqual([])
      return mapping!.columns.filter((c) => c.how !== 'own').map((c) => c.field)
    }
    const retail = ['order', 'sku', 'product', 'quantity', 'at', 'price', 'customer']
    expect(of('online_retail/online_retail.csv.gz', 'orders')).toEqual(retail)
    expect(of('superstore_npm/superstore.csv.gz', 'orders')).toEqual([
      'order',
      'at',
      'customer',
      'sku',
      'category',
      'product',
      'amount',
      'quantity',
      'discount',
    ])
    expect(of('chinook/invoices.csv', 'orders')).toEqual(['order', 'customer', 'at', 'amount'])
    expect(of('chinook/invoice_items.csv', 'items', { columns: { sku: 'track_id' } })).toEqual([
      'line',
      'order',
      'sku',
      'price',
      'quantity',
    ])
    expect(of('jaffle_shop_classic/raw_orders.csv', 'orders')).toEqual(['order', 'customer', 'at', 'status'])
    expect(of('jaffle_shop_classic/raw_customers.csv', 'customers')).toEqual(['customer', 'first_name', 'last_name'])
    expect(of('rfm_r/rfm_data_orders.csv', 'orders')).toEqual(['customer', 'at', 'amount'])
    expect(of('chinook/customers.csv', 'customers')).toEqual(
      expect.arrayContaining(['customer', 'first_name', 'email', 'phone', 'region', 'postcode']),
    )
  })
})

it('a column that `types:` names is the file’s own, though its header is recognised as another field', () => {
  const problems = new Problems()
  const mapping = mapColumns(['customer', 'zip'], 'customers', { types: { zip: 'text' } }, problems, {
    name: 'c.csv',
    span: () => undefined,
  })
  expect(mapping?.columns.map((c) => c.field)).toEqual(['customer', 'zip'])
  const plain = mapColumns(['customer', 'zip'], 'customers', {}, problems, { name: 'c.csv', span: () => undefined })
  expect(plain?.columns.map((c) => c.field)).toEqual(['customer', 'postcode'])
})
