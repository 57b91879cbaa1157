/** CSVs as spreadsheets, tills and accidents make them: read as they are meant, or refused with a word. */
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { projectWith, segkit } from './binary.js'
import { Bench, receipt, refusal } from './loading.js'

let bench: Bench
beforeEach(() => {
  bench = new Bench()
})
afterEach(() => bench.close())

const bytes = (buffer: Buffer) =>
  async function* () {
    yield buffer
  }
const utf16 = (text: string): Buffer => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')])
const customers = () => bench.values('select customer, full_name from customer_row order by customer')

describe('a first line `sep=;` names the delimiter and is no row', () => {
  test.each([
    ['as it is', Buffer.from('sep=;\ncustomer;name\n1;"Anna, B"\n2;Bob, C\n')],
    ['in quotes, with CRLF', Buffer.from('"sep=;"\r\ncustomer;name\r\n1;Anna, B\r\n2;Bob, C\r\n')],
    ['after a byte order mark', Buffer.from('\ufeffsep=;\r\ncustomer;name\r\n1;Anna, B\r\n2;Bob, C\r\n')],
    ['in UTF-16', utf16('sep=;\r\ncustomer;name\r\n1;Anna, B\r\n2;Bob, C\r\n')],
    ['in gzip, in capitals', gzipSync('SEP=;\ncustomer;name\n1;Anna, B\n2;Bob, C\n')],
    ['of a tab', Buffer.from('sep=\t\ncustomer\tname\n1\tAnna, B\n2\tBob, C\n')],
  ])('%s', async (_, file) => {
    expect(receipt(await bench.load('customers', bytes(file)))).toMatchObject({ rows: 2, added: 2 })
    expect(customers()).toEqual([
      ['1', 'Anna, B'],
      ['2', 'Bob, C'],
    ])
  })

  test('it decides where the lines would tell otherwise', async () => {
    await bench.load('customers', 'sep=;\ncustomer;name, city\n1;Anna, B\n2;Bob, C\n')
    expect(bench.values('select customer, name_city from customer_row where customer = 1')).toEqual([['1', 'Anna, B']])
  })

  test('lines keep their numbers', async () => {
    const refused = refusal(await bench.load('customers', 'sep=;\ncustomer;name\n1\n'))
    expect(refused.problems[1]?.span?.source.line).toBe(3)
  })

  test('without a row behind it the file has none', async () => {
    expect(refusal(await bench.load('customers', 'sep=;\n')).refused).toBe(66)
    expect(refusal(await bench.load('customers', 'sep=;\ncustomer;name\n')).refused).toBe(66)
  })

  test('inspect and lists pass over it too', async () => {
    const cwd = projectWith({ 'a.csv': 'sep=;\ncustomer;city\n7;Minsk, Brest\n', 'b.csv': 'sep=,\n7\n' })
    expect((await segkit(['inspect', 'a.csv', '--columns', 'field,samples'], { cwd })).stdout).toBe(
      'field,samples\ncustomer,7\ncity,"Minsk, Brest"\n',
    )
    expect((await segkit(['union', 'a.csv'], { cwd })).stdout).toBe('customer,city\n7,"Minsk, Brest"\n')
  })
})

describe('a NUL is no text', () => {
  test.each([
    ['in a cell', 'customer,name\n1,Anna\n2,a\0b\n', 3],
    ['in a key', 'customer,name\n1\0,Anna\n', 2],
    ['in the header', 'customer,na\0me\n1,Anna\n', 1],
    ['within quotes', 'customer,name\n1,"a\n\0"\n', 3],
  ])('%s it refuses the file and names the line', async (_, text, line) => {
    const refused = refusal(await bench.load('customers', text))
    expect(refused.refused).toBe(65)
    expect(refused.problems[0]).toMatchObject({ code: 'nul-byte', message: expect.stringContaining(`line ${line} `) })
    expect(bench.values('select count(*) from customer_row')).toEqual([[0]])
  })

  test('also in UTF-16 and in a later block', async () => {
    const late = `customer,name\n${'1,Anna\n'.repeat(300_000)}2,a\0b\n`
    expect(refusal(await bench.load('customers', late)).problems[0]?.message).toContain('line 300002 ')
    expect(refusal(await bench.load('customers', bytes(utf16('customer,name\n1,a\0b\n')))).problems[0]?.code).toBe('nul-byte')
  })
})

describe('a header that comes once more is no customer and no product', () => {
  test('it is a reject, and the rejects file says why', async () => {
    const text = `customer,name\n1,Anna\ncustomer,name\n${Array.from({ length: 200 }, (_, i) => `c${i},x\n`).join('')}`
    const loaded = receipt(await bench.load('customers', text))
    expect(loaded).toMatchObject({ rows: 202, added: 201, rejected: 1, rejects: { header: 1 } })
    expect(bench.values("select count(*) from customer_row where customer = 'customer'")).toEqual([[0]])
    expect(bench.read(loaded.rejectsFile!)).toBe(
      '_line,_column,_code,_reason,customer,name\n3,,header,the row is the header once more,customer,name\n',
    )
  })

  test('one cell alone may be a key', async () => {
    expect(receipt(await bench.load('customers', 'customer\n1\ncustomer\n'))).toMatchObject({ added: 2, rejected: 0 })
  })

  test('in a file without a header there is none to come again', async () => {
    const columns = { customer: 1, full_name: 2 }
    expect(receipt(await bench.load('customers', '1,2\n3,4\n1,2\n', { header: false, columns })).rejected).toBe(0)
  })
})

describe('lines are replaced whole', () => {
  const full = 'order,customer,at,sku,brand,quantity,price,gift\n1,a,2024-01-01,S,B,2,5,yes\n2,a,2024-01-02,S,B,1,5,\n'
  const cleared = (notes: readonly string[]) => notes.filter((note) => note.includes('which this file lacks'))

  test('what a later file has no column for is told', async () => {
    await bench.load('orders', full)
    const { notes } = receipt(await bench.load('orders', 'order,customer,at,sku,price\n1,a,2024-01-01,S,5\n2,a,2024-01-02,S,5\n'))
    expect(cleared(notes)).toEqual([
      'the lines of 1 order had `quantity`, which this file lacks: it is 1 on them now',
      'the lines of 1 order had `gift`, which this file lacks: it is blank on them now',
      'the lines of 2 orders had `brand`, which this file lacks: it is blank on them now',
    ])
  })

  test('nothing is told where nothing goes', async () => {
    await bench.load('orders', full)
    expect(cleared(receipt(await bench.load('orders', full.replace('2,5,yes', '3,5,yes'))).notes)).toEqual([])
    expect(cleared(receipt(await bench.load('orders', full, { again: true })).notes)).toEqual([])
  })
})

test('a column of numbers with a decimal comma stays text, with a word', async () => {
  const text = 'customer;score;zip\n1;1,5;220030\n2;3;220040\n'
  const told = receipt(await bench.load('customers', text)).notes.filter((note) => note.includes('decimal comma'))
  expect(told).toHaveLength(1)
  expect(told[0]).toContain('`types: { score: number }`')
  const declared = receipt(await bench.load('customers', text, { types: { score: 'number' }, decimal: ',', again: true }))
  expect(declared.notes.join()).not.toContain('decimal comma')
})
