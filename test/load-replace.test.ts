/** `--replace`: the files of one command are the whole source afterwards. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Bench, receipt } from './loading.js'

let bench: Bench
beforeEach(() => {
  bench = new Bench()
})
afterEach(() => bench.close())

test('orders that no file has are gone with their lines, the others are compared as ever', async () => {
  await bench.load(
    'orders',
    'order,customer,at,status,sku,price\n1,ana,2024-05-01,paid,S1,1\n2,ana,2024-04-01,paid,S1,2\n3,bob,2024-05-03,paid,S1,3\n',
  )
  const { receipts, removed } = await bench.replace('orders', [
    'order,customer,at,sku,price\n1,ana,2024-05-01,S1,1\n',
    'order,customer,at,sku,price\n3,bob,2024-05-03,S2,3\n4,bob,2024-05-04,S2,3\n',
  ])
  expect(receipts.map(receipt)).toMatchObject([{ same: 1 }, { changed: 1, added: 1 }])
  expect(removed).toBe(2)
  expect(bench.orders().map(([key]) => key)).toEqual(['1', '3', '4'])
  expect(bench.values('select distinct status from order_row')).toEqual([[null]])
  expect(bench.values("select _first_day - 19844 from customer_row where customer = 'ana'")).toEqual([[0]])
})

test('a customer that no file has goes, unless orders mention him, and his number is never given again', async () => {
  await bench.load('customers', 'customer,city\na,Minsk\nb,Brest\nc,Lida\n')
  await bench.load('orders', 'order,customer,at\n1,b,2024-05-01\n')
  await bench.replace('customers', ['customer,city\na,Minsk\n'])
  expect(bench.values('select _id, customer, city from customer_row order by 2')).toEqual([
    [1, 'a', 'Minsk'],
    [2, 'b', null],
  ])
  await bench.load('customers', 'customer,city\nd,Minsk\n')
  expect(bench.values("select _id from customer_row where customer = 'd'")).toEqual([[4]])
})
