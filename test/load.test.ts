/** Customers, products, and what holds for every file: types, dates, refusals, the ledger. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Bench, receipt, refusal } from './loading.js'

let bench: Bench
beforeEach(() => {
  bench = new Bench()
})
afterEach(() => bench.close())

test('every field of a customer stands as it was written, and beside it as it compares', async () => {
  const got = receipt(
    await bench.load('customers', 'customer,email,city,age_group,vip\n 007 ,Ana@Shop.BY,МИНСК,12,да\n8,,Гомель,7,no\n'),
  )
  expect(got).toMatchObject({ rows: 2, added: 2, customersCreated: 0 })
  expect(
    bench.values('select customer, email, "email~", city, "city~", age_group, "age_group~", "vip~" from customer_row'),
  ).toEqual([
    ['007', 'Ana@Shop.BY', 'ana@shop.by', 'МИНСК', 'минск', '12', 12, 1],
    ['8', null, null, 'Гомель', 'гомель', '7', 7, 0],
  ])
})

test('a field that a later cell widens is compared anew, which is said', async () => {
  await bench.load('customers', 'customer,age_group\na,12\nb,07.5\nc,3\n')
  expect(bench.values('select "age_group~" from customer_row')).toEqual([['12'], ['07.5'], ['3']])
  await bench.load('customers', 'customer,score\na,12\n')
  const got = receipt(await bench.load('customers', 'customer,score\nd,5\ne,12+\n'))
  expect(got.notes).toContain('`score` was number, is text now: `12+` in line 3')
  expect(bench.values('select "score~" from customer_row where score is not null order by customer')).toEqual([
    ['12'],
    ['5'],
    ['12+'],
  ])
})

test('the order of loading does not matter to a type', async () => {
  const other = new Bench()
  const [a, b] = ['customer,x\n1,5\n', 'customer,x\n2,yes\n']
  await bench.load('customers', a)
  await bench.load('customers', b)
  await other.load('customers', b)
  await other.load('customers', a)
  const forms = 'select customer, x, "x~" from customer_row order by customer'
  expect(bench.values(forms)).toEqual(other.values(forms))
  other.close()
})

test('a customer that comes again is updated: what the file lacks stays, a blank clears, the later row of a key holds', async () => {
  await bench.load('customers', 'customer,city,email\n1,Minsk,a@b.c\n2,Brest,\n')
  const got = receipt(await bench.load('customers', 'customer,city\n1,Lida\n1,\n2,Brest\n3,Lida\n3,Orsha\n'))
  expect(got).toMatchObject({ rows: 5, added: 1, changed: 1, same: 3 })
  expect(bench.values('select customer, city, email from customer_row order by 1')).toEqual([
    ['1', null, 'a@b.c'],
    ['2', 'Brest', null],
    ['3', 'Orsha', null],
  ])
})

test('what a declared type does not fit is a reject', async () => {
  const got = receipt(
    await bench.load(
      'customers',
      'customer,points,seen_on,ok,tags\n1,5,2024-02-29,1,a; B\n2,x,2024-02-29,0,\n3,5,2024-02-30,1,\n4,5,2024-02-29,maybe,\n5,5\n,5,,,\n',
      {
        types: { points: 'number', seen_on: 'date', ok: 'boolean', tags: { list: ';' } },
        maxRejects: { rows: 5 },
      },
    ),
  )
  expect(got.rejects).toEqual({ 'bad-number': 1, 'bad-date': 1, 'bad-boolean': 1, ragged: 1, 'no-customer': 1 })
  expect(bench.values('select "points~", "seen_on~", "ok~", "tags~" from customer_row')).toEqual([
    [5, 19782, 1, '\u001fa\u001fb\u001f'],
  ])
})

test('exactly the share of wrong rows still passes', async () => {
  const rows = Array.from({ length: 99 }, (_, i) => `${i},2000-01-01`).join('\n')
  const text = `customer,birth_date\n${rows}\nx,yesterday\n`
  expect(receipt(await bench.load('customers', text))).toMatchObject({ rows: 100, rejected: 1 })
  expect(refusal(await bench.load('customers', `${text}y,never\n`)).refused).toBe(65)
})

test('a customer known from orders is filled by the customers file and keeps his number', async () => {
  await bench.load('orders', 'order,customer,at\n1,ana,2024-05-01\n')
  const [[id]] = bench.values('select _id from customer_row') as [[number]]
  expect(receipt(await bench.load('customers', 'customer,created_on\nana,2024-04-01\n'))).toMatchObject({ changed: 1 })
  expect(bench.values('select _id, _first_day from customer_row')).toEqual([[id, 19814]])
})

test('a day and month that no row settles refuse the file, and a row that settles them is enough', async () => {
  const got = refusal(await bench.load('orders', 'order,customer,at\n1,ana,03/04/2024\n2,ana,05/06/2024\n'))
  expect(got.problems[0]).toMatchObject({
    code: 'ambiguous-dates',
    help: "say `--dates 'D/M/YYYY'` (2024-04-03) or `--dates 'M/D/YYYY'` (2024-03-04)",
  })
  const rows = Array.from({ length: 3000 }, (_, i) => `${i},ana,03/04/2024\n`).join('')
  receipt(await bench.load('orders', `order,customer,at\n${rows}last,ana,13/04/2024\n`))
  expect(bench.values('select distinct _day from order_row order by 1')).toEqual([[19816], [19826]])
})

test('one bad date among the first rows is a reject, not another format', async () => {
  const rows = Array.from({ length: 200 }, (_, i) => `${i},ana,${13 + (i % 10)}.04.2024\n`).join('')
  expect(receipt(await bench.load('orders', `order,customer,at\nx,ana,soon\n${rows}`))).toMatchObject({
    added: 200,
    rejects: { 'bad-date': 1 },
  })
})

test('a quote that never closes refuses the file and shows the place', async () => {
  const got = refusal(await bench.load('customers', 'customer,city\n1,Minsk\n2,"Brest\n3,Lida\n'))
  expect(got).toMatchObject({ refused: 65 })
  expect(got.problems[0]).toMatchObject({ code: 'unclosed-quote', span: { start: 2, source: { line: 3, text: '2,"Brest' } } })
  expect(bench.values('select count(*) from customer_row')).toEqual([[0]])
})

test('a file without a data row is no input', async () => {
  expect(refusal(await bench.load('customers', 'customer,city\n'))).toMatchObject({
    refused: 66,
    problems: [{ code: 'no-rows' }],
  })
  expect(refusal(await bench.load('customers', ''))).toMatchObject({ refused: 66, problems: [{ code: 'no-rows' }] })
})

test('a project whose zone changed is refused', async () => {
  await bench.load('orders', 'order,customer,at\n1,ana,2024-05-01\n')
  expect(
    refusal(await bench.load('orders', 'order,customer,at\n2,ana,2024-05-01\n', { zone: 'Europe/Minsk' })).problems[0],
  ).toMatchObject({ code: 'zone-changed' })
})

test('the ledger has every load, and only those that changed something raise the version of the data', async () => {
  await bench.load('products', 'sku,product,color\nS1,Bread,brown\n')
  await bench.load('products', 'sku,product,color\nS1,Bread,brown\n', { again: true })
  await bench.load('products', 'sku,product,color\nS1,Bread,black\n')
  expect(bench.values('select rows, added, changed, same from load_row')).toEqual([
    [1, 1, 0, 0],
    [1, 0, 0, 1],
    [1, 0, 1, 0],
  ])
  expect(bench.values("select value from meta_row where name = 'data'")).toEqual([['2']])
})

test('`1,234` that no row settles refuses the file; one that settles it anywhere is enough', async () => {
  const head = 'order;customer;at;amount\n'
  const got = refusal(await bench.load('orders', `${head}1;ana;2024-05-01;1,234\n2;ana;2024-05-01;5\n`))
  expect(got.problems[0]).toMatchObject({ code: 'ambiguous-decimal', help: 'say `--decimal .` (1234) or `--decimal ,` (1.234)' })
  const whole = Array.from({ length: 3000 }, (_, i) => `${i};ana;2024-05-01;7\n`).join('')
  receipt(await bench.load('orders', `${head}${whole}a;ana;2024-05-01;1,234\nb;ana;2024-05-01;2,5\n`))
  expect(bench.values("select amount from order_row where _key in ('a', 'b', '7') order by _key")).toEqual([
    [7000],
    [1234],
    [2500],
  ])
  expect(refusal(await bench.load('orders', `${head}${whole}a;ana;2024-05-01;1,234\n`)).problems[0]).toMatchObject({
    code: 'ambiguous-decimal',
  })
})

test('a file that is not UTF-8 is refused, and the flag that reads it is named', async () => {
  const bytes = Buffer.from([...Buffer.from('customer,city\n1,'), 0xcc, 0xe8, 0xed, 0xf1, 0xea, 0x0a])
  const got = refusal(
    await bench.load('customers', async function* () {
      yield bytes
    }),
  )
  expect(got).toMatchObject({ refused: 65, problems: [{ code: 'not-utf8' }] })
  expect(got.problems[0]!.help).toContain('--encoding windows-1251')
})

test('attributes of customers and products that are plain numbers know their decimals', async () => {
  await bench.load('customers', 'customer,points,note\nana,2.5,1.25\nbob,10.125,v1.2345\n')
  await bench.load('products', 'sku,weight\nS1,0.50\n')
  await bench.load('customers', 'customer,points\nana,3\n')
  expect(bench.values("select name, _scale from field_row where name in ('points', 'note', 'weight') order by name")).toEqual([
    ['note', 2],
    ['points', 3],
    ['weight', 2],
  ])
})
