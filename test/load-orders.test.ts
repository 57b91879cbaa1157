/** Orders, items and activities: grouping, comparing, holding back, waiting. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Bench, receipt, refusal } from './loading.js'

let bench: Bench
beforeEach(() => {
  bench = new Bench()
})
afterEach(() => bench.close())

const lines = `order,customer,at,status,sku,product,quantity,price
A1,ana,2024-05-01 10:00,paid,S1,Bread,2,1.50
A1,ana,2024-05-01 10:00,paid,S2,Milk,1,0.99
A2,,2024-05-02,paid,S1,Bread,1,1.50
A3,bob,2024-05-03 09:30,open,S3,Tea,3,4.00
`

test('lines are grouped into orders, and an amount is the exact sum of quantity times price', async () => {
  const got = receipt(await bench.load('orders', lines))
  expect(got).toMatchObject({ rows: 4, added: 4, changed: 0, same: 0, rejected: 0, guests: 1, customersCreated: 2 })
  expect(bench.orders()).toEqual([
    ['A1', 'ana', 399, 2, 3],
    ['A2', null, 150, 1, 1],
    ['A3', 'bob', 1200, 1, 3],
  ])
  expect(bench.values("select _scale from field_row where source = 'orders' and name = 'amount'")).toEqual([[2]])
  expect(bench.values('select customer, _first_day - 19844 from customer_row order by customer')).toEqual([
    ['ana', 0],
    ['bob', 2],
  ])
})

test('the same file again changes nothing, and with `again` every row is the same', async () => {
  await bench.load('orders', lines)
  expect(receipt(await bench.load('orders', lines))).toMatchObject({ already: true, rows: 4, same: 4 })
  const { load_row: _, field_row: __, ...before } = bench.dump()
  expect(receipt(await bench.load('orders', lines, { again: true }))).toMatchObject({
    already: false,
    rows: 4,
    same: 4,
    added: 0,
    changed: 0,
    guests: 1,
  })
  expect(bench.dump()).toMatchObject(before)
})

test('an order that comes again with other lines has its lines replaced whole, and fewer lines are said', async () => {
  await bench.load('orders', lines)
  const again = `order,customer,at,status,sku,product,quantity,price
A1,ana,2024-05-01 10:00,paid,S2,Milk,5,1.00
A3,bob,2024-05-03 09:30,open,S3,Tea,3,4.00
`
  const got = receipt(await bench.load('orders', again))
  expect(got).toMatchObject({ rows: 2, changed: 1, same: 1 })
  expect(got.notes).toContain('1 order has fewer lines than before')
  expect(bench.orders()[0]).toEqual(['A1', 'ana', 500, 1, 5])
  expect(bench.values('select count(*) from item_row')).toEqual([[3]])
})

test('an order that moved to another customer and moment takes its lines along', async () => {
  await bench.load('orders', lines)
  receipt(await bench.load('orders', 'order,customer,at\nA1,eva,2024-06-01\n'))
  expect(bench.orders()[0]).toEqual(['A1', 'eva', 399, 2, 3])
  expect(
    bench.values("select distinct c.customer from item_row i join customer_row c on c._id = i._customer where _key = 'A1'"),
  ).toEqual([['eva']])
  expect(bench.values("select status from order_row where _key = 'A1' and status is not null")).toHaveLength(1)
  expect(bench.values("select _first_day from customer_row where customer = 'ana'")).toEqual([[null]])
})

test('a column that the file lacks stays, a blank cell clears', async () => {
  await bench.load('orders', 'order,customer,at,status,channel,amount\n1,ana,2024-05-01,paid,web,10.50\n')
  receipt(await bench.load('orders', 'order,customer,at,status,amount\n1,ana,2024-05-01,,\n'))
  expect(bench.values('select status, channel is not null, amount from order_row')).toEqual([[null, 1, null]])
})

test('an order with a wrong line is held back whole, and its sound lines go along', async () => {
  const wrong = lines.replace('2,1.50', 'two,1.50')
  const got = receipt(await bench.load('orders', wrong, { maxRejects: { rows: 1 } }))
  expect(got).toMatchObject({ rows: 4, added: 2, rejected: 2, rejects: { 'bad-number': 1, 'same-order': 1 } })
  expect(bench.orders().map(([key]) => key)).toEqual(['A2', 'A3'])
  expect(bench.read(got.rejectsFile!)).toBe(`_line,_column,_code,_reason,order,customer,at,status,sku,product,quantity,price
2,quantity,bad-number,\`two\` is no number,A1,ana,2024-05-01 10:00,paid,S1,Bread,two,1.50
3,,same-order,"another line of this order is wrong, and no order is loaded in part",A1,ana,2024-05-01 10:00,paid,S2,Milk,1,0.99
`)
  const mended = bench.read(got.rejectsFile!).replace('Bread,two', 'Bread,2')
  expect(receipt(await bench.load('orders', mended))).toMatchObject({ rows: 2, added: 2 })
  expect(bench.orders()[0]).toEqual(['A1', 'ana', 399, 2, 3])
})

test('a line with another customer is a reject', async () => {
  const got = receipt(
    await bench.load('orders', lines.replace('A1,ana,2024-05-01 10:00,paid,S2', 'A1,eva,2024-05-01 10:00,paid,S2'), {
      maxRejects: { rows: 1 },
    }),
  )
  expect(got.rejects).toEqual({ 'other-customer': 1, 'same-order': 1 })
})

test('above the limit nothing is loaded, and the rejects file tells what to mend', async () => {
  const got = refusal(await bench.load('orders', lines.replace('2,1.50', 'two,1.50'), { maxRejects: { rows: 0 } }))
  expect(got.refused).toBe(65)
  expect(got.problems.map((p) => p.code)).toEqual(['too-many-rejects', 'bad-number'])
  expect(bench.read(got.rejectsFile!)).toContain('two is no number'.replace('two', '`two`'))
  expect(bench.orders()).toEqual([])
})

test('lines wait unseen until their order comes', async () => {
  expect(receipt(await bench.load('items', 'order,sku,quantity,price\n7,S1,2,1.25\n7,S2,1,3\n'))).toMatchObject({
    rows: 2,
    waiting: 2,
    added: 0,
  })
  expect(bench.values('select count(*) from item_row')).toEqual([[0]])
  receipt(await bench.load('orders', 'order,customer,at\n7,ana,2024-05-01\n'))
  expect(bench.orders()).toEqual([['7', 'ana', 550, 2, 3]])
  expect(bench.values('select count(*) from waiting_row')).toEqual([[0]])
})

test('lines of a known order are replaced whole', async () => {
  await bench.load('orders', 'order,customer,at\n7,ana,2024-05-01\n')
  expect(receipt(await bench.load('items', 'order,sku,quantity,price\n7,S1,2,1.25\n7,S2,1,3\n'))).toMatchObject({ changed: 2 })
  expect(bench.orders()).toEqual([['7', 'ana', 550, 2, 3]])
  receipt(await bench.load('items', 'order,sku,quantity,price\n7,S2,1,3.1250\n'))
  expect(bench.orders()).toEqual([['7', 'ana', 31250, 1, 1]])
})

test('rows without an order key are known by all their cells, as often as the file has them that has them most', async () => {
  const row = 'ana,2024-05-01,5.00\n'
  const head = 'customer,at,amount\n'
  expect(receipt(await bench.load('orders', head + row + row))).toMatchObject({ added: 2 })
  expect(receipt(await bench.load('orders', head + row))).toMatchObject({ same: 1 })
  expect(receipt(await bench.load('orders', head + row + row + row))).toMatchObject({ same: 2, added: 1 })
  expect(bench.values('select count(*), sum(_keyless) from order_row')).toEqual([[3, 3]])
})

test('guests named in the project are nobody', async () => {
  const got = receipt(
    await bench.load('orders', 'order,customer,at\n1,0.0,2024-05-01\n2,5.0,2024-05-01\n', {
      guests: ['0'],
      types: { customer: 'integer' },
    }),
  )
  expect(got).toMatchObject({ guests: 1, customersCreated: 1 })
  expect(bench.values('select customer from customer_row')).toEqual([['5']])
})

test('an amount in another currency is multiplied by its rate, and without one the row is a reject', async () => {
  const text = 'order,customer,at,currency,amount\n1,ana,2024-05-01,usd,10.00\n2,ana,2024-05-01,BYN,1.5\n3,ana,2024-05-01,EUR,1\n'
  const got = receipt(await bench.load('orders', text, { currency: 'BYN', rates: { USD: '3.27' }, maxRejects: { rows: 1 } }))
  expect(got.rejects).toEqual({ 'no-rate': 1 })
  expect(bench.orders().map((o) => o[2])).toEqual([327000, 15000])
})

test('lines are numbered by `line` as numbers, until a cell of it is none', async () => {
  const head = 'order,customer,at,line,sku\n'
  await bench.load('orders', `${head}1,ana,2024-05-01,10,ten\n1,ana,2024-05-01,9,nine\n`)
  const skus = "select g.sku from item_row i join good_row g on g._id = i._good where _key = '1' order by _n"
  expect(bench.values(skus)).toEqual([['nine'], ['ten']])
  await bench.load('orders', `${head}2,ana,2024-05-01,1a,x\n`)
  expect(bench.values(skus)).toEqual([['ten'], ['nine']])
})

test('written in several goes, even where an order lies far apart, the store is the same as written in one', async () => {
  const rows = Array.from(
    { length: 400 },
    (_, i) => `o${(i * 7) % 90},c${((i * 7) % 90) % 11},2024-05-${10 + (((i * 7) % 90) % 20)},S${i % 5},${i % 4},${i}.5${i % 3}`,
  )
  const text = `order,customer,at,sku,quantity,price\n${rows.join('\n')}\n`
  const one = receipt(await bench.load('orders', text))
  const whole = bench.content()
  const other = new Bench()
  const some = receipt(await other.load('orders', text, { mostRows: 50 }))
  expect({ ...some, file: '' }).toEqual({ ...one, file: '' })
  expect(other.content()).toEqual(whole)
  other.close()
})

test('an order that turns out wrong after it was written is not there', async () => {
  const rows = Array.from({ length: 100 }, (_, i) => `o${i},c${i % 11},2024-05-10,S1,1,1`)
  const text = `order,customer,at,sku,quantity,price\n${rows.join('\n')}\no3,c3,2024-05-10,S2,x,1\n`
  const got = receipt(await bench.load('orders', text, { mostRows: 20 }))
  expect(got).toMatchObject({ rows: 101, added: 99, rejects: { 'bad-number': 1, 'same-order': 1 } })
  expect(bench.values('select count(*) from order_row')).toEqual([[99]])
})

test('a failure half-way leaves the store as it was', async () => {
  await bench.load('orders', lines)
  const before = bench.dump()
  await expect(
    bench.load('orders', lines.replace('paid', 'sent'), {
      settle: () => {
        throw new Error('cut')
      },
    }),
  ).rejects.toThrow('cut')
  expect(bench.dump()).toEqual(before)
})

test('a dry run tells the same and changes nothing', async () => {
  const before = bench.dump()
  expect(receipt(await bench.load('orders', lines, { dryRun: true }))).toMatchObject({ rows: 4, added: 4 })
  expect(bench.dump()).toEqual(before)
})

test('activities are known by their id, or by all their cells', async () => {
  await bench.load('activities', 'id,customer,at,type,value\n1,ana,2024-05-01 10:00,visit,\n2,ana,2024-05-02,survey,9\n')
  expect(receipt(await bench.load('activities', 'id,customer,at,type,value\n2,ana,2024-05-02,survey,8\n'))).toMatchObject({
    changed: 1,
  })
  expect(
    bench.values(
      'select t.text, v.text from activity_row a join text_row t on t._id = a.type left join text_row v on v._id = a.value order by _key',
    ),
  ).toEqual([
    ['visit', null],
    ['survey', '8'],
  ])
  expect(receipt(await bench.load('activities', 'customer,at,type\nana,2024-05-01,visit\nana,2024-05-01,visit\n'))).toMatchObject(
    { added: 2 },
  )
})

test('a column of orders that a later file widens is said', async () => {
  await bench.load('orders', 'order,customer,at,score\n1,ana,2024-05-01,5\n')
  const got = receipt(await bench.load('orders', 'order,customer,at,score\n2,ana,2024-05-01,5+\n'))
  expect(got.notes).toContain('`score` was number, is text now: `5+`')
})

test('it does not matter in which order files come, or whether they are one', async () => {
  const head = 'order,customer,at,note,line,sku,quantity,price\n'
  const rowsOf = (from: number, to: number): string =>
    Array.from({ length: to - from }, (_, i) => from + i)
      .flatMap((o) =>
        Array.from(
          { length: 1 + (o % 4) },
          (_, l) =>
            `o${o},c${(o * 5) % 13},2024-0${1 + (o % 9)}-1${o % 10},n${o % 3},${9 + ((l * 3) % 5)},S${(o + l) % 7},${l},${o}.${'5'.repeat(1 + (o % 3))}\n`,
        ),
      )
      .join('')
  const contents: unknown[] = []
  for (const files of [[rowsOf(0, 60)], [rowsOf(0, 25), rowsOf(25, 60)], [rowsOf(25, 60), rowsOf(0, 25)]]) {
    const other = new Bench()
    for (const rows of files) receipt(await other.load('orders', head + rows))
    contents.push(other.content())
    other.close()
  }
  expect(contents[1]).toEqual(contents[0])
  expect(contents[2]).toEqual(contents[0])
})

const rated = { currency: 'BYN', rates: { USD: '3.27' } }
const head = 'order,customer,at,currency\n'
const linesOf7 = 'order,sku,quantity,price\n7,S1,2,1.25\n7,S2,1,3\n'

test('lines of a file of their own are in the currency of their order', async () => {
  await bench.load('orders', `${head}7,ana,2024-05-01,usd\n8,ana,2024-05-02,BYN\n`, rated)
  receipt(await bench.load('items', `${linesOf7}8,S1,1,1.25\n`, rated))
  const scale = bench.values("select _scale from field_row where source = 'items' and name = 'amount'")[0]![0] as number
  expect(bench.orders().map((o) => (o[2] as number) / 10 ** scale)).toEqual([17.985, 1.25])
  const got = receipt(await bench.load('items', linesOf7, { ...rated, again: true }))
  expect(got).toMatchObject({ same: 2, changed: 0 })
})

test('it does not matter whether lines or their orders come first, whatever the currency', async () => {
  await bench.load('orders', `${head}7,ana,2024-05-01,USD\n`, rated)
  await bench.load('items', linesOf7, rated)
  const other = new Bench()
  await other.load('items', linesOf7, rated)
  receipt(await other.load('orders', `${head}7,ana,2024-05-01,USD\n`, rated))
  const power = (b: Bench, name: string): number =>
    10 ** (b.values(`select _scale from field_row where source = 'items' and name = '${name}'`)[0]![0] as number)
  for (const b of [bench, other])
    expect(
      b
        .values('select price, amount from item_row order by _n')
        .map(([price, amount]) => [(price as number) / power(b, 'price'), (amount as number) / power(b, 'amount')]),
    ).toEqual([
      [4.0875, 8.175],
      [9.81, 9.81],
    ])
  other.close()
})

test('lines of an order in a currency without a rate are rejects, and wait where they came first', async () => {
  await bench.load('orders', `${head}7,ana,2024-05-01,USD\n`, rated)
  const poor = { currency: 'BYN', maxRejects: { rows: 2 } }
  const got = receipt(await bench.load('items', linesOf7, poor))
  expect(got.rejects).toEqual({ 'no-rate': 2 })
  expect(bench.read(got.rejectsFile!)).toContain("there is no rate for the order's currency")
  await bench.load('items', linesOf7.replaceAll('7,', '9,'), poor)
  await bench.load('orders', `${head}9,ana,2024-05-01,USD\n`, { ...rated, rates: { USD: '1234567890123456' } })
  expect(bench.values("select count(*) from waiting_row where _key = '9'")).toEqual([[2]])
  receipt(await bench.load('orders', `${head}9,ana,2024-05-01,USD\n`, rated))
  expect(bench.values('select count(*) from waiting_row')).toEqual([[0]])
  expect(bench.values("select amount > 0 from order_row where _key = '9'")).toEqual([[1]])
})

test('an order that changes currency keeps what its lines were converted to, says so, and its lines can be loaded anew', async () => {
  await bench.load('orders', `${head}7,ana,2024-05-01,BYN\n`, rated)
  await bench.load('items', linesOf7, rated)
  const amount = (): number =>
    (bench.orders()[0]![2] as number) /
    10 ** (bench.values("select _scale from field_row where source = 'items' and name = 'amount'")[0]![0] as number)
  const got = receipt(await bench.load('orders', `${head}7,ana,2024-05-01,USD\n`, rated))
  expect(amount()).toBe(5.5)
  expect(got.notes.join()).toContain('1 order changed currency; their lines are worth what they were')
  receipt(await bench.load('items', linesOf7, { ...rated, again: true }))
  expect(amount()).toBe(17.985)
})

test('an order whose lines come to more than can be summed exactly is held back whole', async () => {
  const many = Array.from({ length: 10 }, (_, i) => `A1,ana,2024-05-01,S${i},${i % 2 ? '-' : ''}999999999999999,1\n`).join('')
  const text = `order,customer,at,sku,price,quantity\n${many}A2,ana,2024-05-01,S1,999999999999999,1\n`
  const got = receipt(await bench.load('orders', text, { maxRejects: { rows: 1 } }))
  expect(got).toMatchObject({ rows: 11, added: 1, rejects: { 'too-many-digits': 1, 'same-order': 9 } })
  const codes = bench
    .read(got.rejectsFile!)
    .split('\n')
    .slice(1, -1)
    .map((line) => line.split(',')[2])
  expect(codes.filter((code) => code === 'too-many-digits')).toEqual(['too-many-digits'])
  const finer = receipt(
    await bench.load('orders', 'order,customer,at,sku,price,quantity\nA3,ana,2024-05-01,S1,0.01,1\n', {
      maxRejects: { rows: 1 },
    }),
  )
  expect(finer.rejects).toEqual({ 'too-many-digits': 1 })
})

test('columns of orders, lines and activities that hold plain numbers know their decimals', async () => {
  await bench.load('orders', 'order,customer,at,sku,weight\n1,ana,2024-05-01,S1,2.5\n1,ana,2024-05-01,S2,0.125\n')
  await bench.load('activities', 'id,customer,at,type,value\n1,ana,2024-05-01,survey,8.75\n')
  expect(
    bench.values("select source, name, _scale from field_row where name in ('weight', 'value') order by source, name"),
  ).toEqual([
    ['activities', 'value', 2],
    ['items', 'weight', 3],
    ['orders', 'weight', 1],
  ])
})
