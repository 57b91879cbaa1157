/** Files that are not what their names say, and files that want to be something else. */

import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { projectWith, segkit, temporary, writeFiles } from '../binary.js'
import { contentsOf } from './shop.js'

interface Hostile {
  readonly is: string
  readonly bytes: string | Buffer
  readonly source?: string
  readonly flags?: readonly string[]
  readonly exit: number
  /** What stderr says. */
  readonly says: RegExp
  readonly name?: string
}

const header = 'order,customer,at,product,quantity,price\n'
const row = (n: number): string => `${n},c${n},2024-05-${String(1 + (n % 28)).padStart(2, '0')},tea,1,2.50\n`
const rows = (n: number): string => Array.from({ length: n }, (_, i) => row(i)).join('')
const zip = Buffer.concat([
  Buffer.from('PK\u0003\u0004\u0014\u0000\u0006\u0000\u0008\u0000', 'latin1'),
  Buffer.alloc(4000, '\u0000[Content_Types].xml'),
])
const random = Buffer.from(Array.from({ length: 20_000 }, (_, i) => (i * i * 31 + i * 7) % 256))

const refused: readonly Hostile[] = [
  { is: 'a workbook named .csv', bytes: zip, exit: 65, says: /xlsx|workbook|spreadsheet|zip/i },
  { is: 'bytes of no kind of text', bytes: random, exit: 65, says: /not UTF-8|NUL|binary/i },
  {
    is: 'a gzip that breaks off',
    bytes: gzipSync(header + rows(20_000)).subarray(0, 20_000),
    exit: 65,
    says: /gzip|compressed|cut|broken|ends/i,
  },
  {
    is: 'a gzip whose bytes were changed',
    bytes: flipped(gzipSync(header + rows(5000))),
    exit: 65,
    says: /gzip|compressed|damaged|broken/i,
  },
  { is: 'a quote that never closes', bytes: `${header}1,"c1,2024-05-01,tea,1,2.50\n${rows(2000)}`, exit: 65, says: /quote/ },
  {
    is: 'ragged rows',
    bytes: `${header}${row(1)}2,c2,2024-05-02\n${row(3)}4,c4,2024-05-02,tea,1,2.50,too,many\n`,
    exit: 65,
    says: /ragged/,
  },
  { is: 'nothing but a header', bytes: header, exit: 66, says: /no data row/ },
  { is: 'nothing at all', bytes: '', exit: 66, says: /empty|no data row/ },
  { is: 'nothing but empty lines', bytes: '\n\n\r\n', exit: 66, says: /empty|no data row|header/ },
  {
    is: 'letters of another code page',
    bytes: Buffer.from(`${header}1,\u00ea\u00eb,2024-05-01,tea,1,2.50\n`, 'latin1'),
    exit: 65,
    says: /--encoding/,
  },
  {
    is: 'days that may be months',
    bytes: `${header}1,a,03/04/2024,tea,1,2.50\n2,b,05/06/2024,tea,1,2.50\n`,
    exit: 65,
    says: /--dates/,
  },
  {
    is: 'thousands that may be decimals',
    bytes: 'order;customer;at;amount\n1;a;2024-05-01;1,234\n',
    exit: 65,
    says: /--decimal/,
  },
  { is: 'one header twice', bytes: 'order,customer,at,email,Email\n1,a,2024-05-01,x,y\n', exit: 65, says: /[Ee]mail/ },
  { is: 'a page of HTML', bytes: '<!doctype html>\n<html><body>Login, please</body></html>\n', exit: 65, says: /HTML/ },
]

const taken: readonly Hostile[] = [
  {
    is: 'a cell of one megabyte',
    source: 'customers',
    bytes: `customer,note\nana,"${'wide, '.repeat(170_000)}"\nbob,short\n`,
    exit: 0,
    says: /^$/,
  },
  { is: 'UTF-16 with its mark', bytes: Buffer.from(`\ufeff${header}${rows(3)}`, 'utf16le'), exit: 0, says: /^$/ },
  {
    is: 'UTF-16 whose mark knows better than the flag',
    bytes: Buffer.from(`\ufeff${header}${rows(3)}`, 'utf16le'),
    flags: ['--encoding', 'windows-1251'],
    exit: 0,
    says: /^$/,
  },
  {
    is: 'CRLF, a mark, and no end of the last line',
    bytes: `\ufeff${header}${rows(3)}`.replaceAll('\n', '\r\n').trimEnd(),
    exit: 0,
    says: /^$/,
  },
  { is: 'a gzip under a plain name', bytes: gzipSync(header + rows(3)), exit: 0, says: /^$/ },
  {
    is: 'two gzips one after the other',
    bytes: Buffer.concat([gzipSync(header + rows(2)), gzipSync(row(2))]),
    exit: 0,
    says: /^$/,
  },
  {
    is: 'a name with blanks, quotes and a line feed',
    name: 'it\'s "a" file\n.csv',
    bytes: header + rows(3),
    exit: 0,
    says: /^$/,
  },
]

/** A byte in the middle is not what it was. */
function flipped(bytes: Buffer): Buffer {
  const at = bytes.length >> 1
  bytes[at] = (bytes[at] ?? 0) ^ 0xff
  return bytes
}

describe('a file that is refused changes nothing', () => {
  const shop = projectWith({ 'customers.csv': 'customer,city\nana,Minsk\n' })
  test('beside customers who are there', async () => {
    expect((await segkit(['ingest', 'customers', 'customers.csv'], { cwd: shop })).code).toBe(0)
  })
  for (const { is, bytes, source = 'orders', flags = [], exit, says } of refused) {
    test(is, async () => {
      const before = contentsOf(shop)
      writeFiles(shop, { 'data.csv': bytes })
      const { code, stdout, stderr } = await segkit(['ingest', source, 'data.csv', '-q', ...flags], { cwd: shop })
      expect(code, stderr).toBe(exit)
      expect(stdout).toBe('')
      expect(stderr).toMatch(says)
      expect(stderr).not.toMatch(/bug|\u0000/)
      expect(contentsOf(shop)).toEqual(before)
    })
  }

  test('a folder, a file that is not there, one that only others may read', async () => {
    mkdirSync(join(shop, 'folder.csv'))
    expect(await segkit(['ingest', 'orders', 'folder.csv'], { cwd: shop })).toMatchObject({ code: 66, stdout: '' })
    expect(await segkit(['ingest', 'orders', 'no.csv'], { cwd: shop })).toMatchObject({ code: 66, stdout: '' })
    expect(await segkit(['inspect', '/dev/null'], { cwd: shop })).toMatchObject({ code: 66, stdout: '' })
  })
})

describe('a file that is odd but sound is loaded whole', () => {
  for (const { is, bytes, source = 'orders', name = 'data.csv', flags = [] } of taken) {
    test(is, async () => {
      const shop = projectWith({ [name]: bytes })
      const { code, stdout, stderr } = await segkit(
        ['ingest', source, name, '-q', '--columns', 'added,rejected', '--no-header', ...flags],
        { cwd: shop },
      )
      expect(code, stderr).toBe(0)
      expect(stdout).toBe(source === 'orders' ? '3,0\n' : '2,0\n')
    })
  }
})

test('inspect shows a hostile file without ending in a bug, and writes nothing', async () => {
  const dir = temporary()
  for (const { bytes, is } of refused.filter((_, i) => [0, 1, 2, 4, 5].includes(i))) {
    writeFiles(dir, { 'data.csv': bytes })
    const { code, stderr } = await segkit(['inspect', 'data.csv'], { cwd: dir })
    expect([0, 65], `${is}: ${stderr}`).toContain(code)
  }
  expect(readFileSync(join(dir, 'data.csv')).length).toBeGreaterThan(0)
})
