/** Set algebra on lists: what union, intersect, minus and sample keep, from lists as they are found, in memory that has a bound. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { csvLine } from '../src/base/csv.js'
import { Keys } from '../src/base/keys.js'
import { intersect, type Line, type Lists, minus, sample, union } from '../src/handoff/sets.js'
import { ListFile } from '../src/ingest/list-file.js'
import { segkit, shell, temporary, writeFiles } from './binary.js'

type Table = readonly (readonly string[])[]

const key = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    'ana',
    ' ana',
    'Ana',
    'bob ',
    'á',
    'a\u0301',
    '00017',
    '17',
    '17.0',
    'a,b',
    'say "hi"',
    'two\nlines',
    '𝒳',
  ),
  fc.string({ maxLength: 4 }).filter((s) => !/[\ud800-\udfff\u0000]/.test(s)),
)
const cell = fc.constantFrom('', 'x', 'Минск', 'a;b', ' "q" ', 'l\r\nm')
/** A list of two columns whose header says what they are, and which of them is the key. */
const table = fc.array(fc.tuple(key, cell), { maxLength: 12 })

const listOf = (headers: readonly string[], rows: Table) =>
  ListFile.open(
    {
      name: 'list.csv',
      open: async function* () {
        yield Buffer.from([headers, ...rows].map((row) => csvLine(row)).join(''))
      },
    },
    { delimiter: ',' },
  )

async function* lists(tables: readonly Table[]): Lists {
  for (const rows of tables) yield await listOf(['customer', 'note'], rows)
}

async function all(lines: AsyncIterable<Line>): Promise<Line[]> {
  const found: Line[] = []
  for await (const line of lines) found.push(line)
  return found
}

/** Rows as they should come out: trimmed, keyless ones gone, the first of each key. */
function once(rows: Table): Line[] {
  const trimmed = rows.map((row) => row.map((c) => c.trim()))
  return trimmed.filter(([k], i) => k !== '' && trimmed.findIndex(([other]) => other === k) === i).map(blankIsNull)
}
const blankIsNull = (row: readonly string[]): Line => row.map((c) => c || null)
const keysIn = (rows: Table): Set<unknown> => new Set(rows.map(([k]) => k!.trim()))

describe('equal to what a few plain lines say, whatever stands in the lists', () => {
  const many = fc.array(table, { minLength: 1, maxLength: 4 })
  const first = (rows: Table) => listOf(['customer', 'note'], rows)

  test('minus', () =>
    fc.assert(
      fc.asyncProperty(table, many, async (a, others) => {
        const expected = once(a).filter(([k]) => others.every((o) => !keysIn(o).has(k)))
        expect(await all(await minus(await first(a), lists(others)))).toEqual(expected)
      }),
    ))

  test('intersect', () =>
    fc.assert(
      fc.asyncProperty(table, many, async (a, others) => {
        const expected = once(a).filter(([k]) => others.every((o) => keysIn(o).has(k)))
        expect(await all(await intersect(await first(a), lists(others)))).toEqual(expected)
      }),
    ))

  test('union', () =>
    fc.assert(
      fc.asyncProperty(table, many, async (a, others) => {
        expect(await all(union(await first(a), lists(others)))).toEqual(once([a, ...others].flat()))
      }),
    ))

  test('sample, whose shares share nobody and together are everyone', () =>
    fc.assert(
      fc.asyncProperty(table, fc.string({ minLength: 1 }), fc.nat(10_000), async (a, salt, edge) => {
        const bucket = (k: unknown) =>
          Number(BigInt(`0x${createHash('sha256').update(`${salt}\u001f${k}`).digest('hex').slice(0, 12)}`) % 10_000n)
        const share = async (from: number, to: number) => all(sample(await first(a), { salt, from, to, buckets: true }))
        const expected = once(a).map((line) => [...line, bucket(line[0])])
        expect(await share(0, edge)).toEqual(expected.filter((line) => bucket(line[0]) < edge))
        expect(await share(edge, 10_000)).toEqual(expected.filter((line) => bucket(line[0]) >= edge))
      }),
    ))

  test('a set of keys is a Set of strings', () => {
    const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ minLength: 80, maxLength: 300 }), fc.integer().map(String))
    fc.assert(
      fc.property(fc.array(text, { maxLength: 50 }), (keys) => {
        const [own, set] = [new Keys(), new Set<string>()]
        for (const k of keys) {
          expect(own.add(k)).toBe(!set.has(k))
          set.add(k)
        }
        for (const k of new Set(keys)) expect([own.advance(k, 1, 2), own.advance(k, 1, 2)]).toEqual([true, false])
        expect(own.advance('not there', 1, 2)).toBe(false)
      }),
    )
    const [long, grown] = ['é'.repeat(9_000_000), new Keys()]
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 20_000; i++) if (grown.add(`k${i}`) !== (round === 0)) throw new Error(`k${i} in round ${round}`)
      for (const end of ['a', 'b']) expect(grown.add(long + end)).toBe(round === 0)
    }
    expect(grown.size).toBe(20_002)
  })
})

describe('lists as they are found', () => {
  const people = 'customer,city\nC-1,"Minsk, centre"\nC-2,Brest\n'
  const answer = async (list: string | Buffer, words: string) => {
    const dir = temporary()
    writeFiles(dir, { 'people.csv': people, list })
    return shell(`segkit ${words}`, { cwd: dir })
  }

  for (const [how, list] of [
    ['with a byte order mark, semicolons, quotes and CRLF', '\ufeff"Date";"Customer ID";\r\n"1 May; noon";" C-2 ";\r\n'],
    ['gzipped', gzipSync('customer\nC-2\n')],
    ['as UTF-16 with its mark', Buffer.from('\ufeffcustomer\tnote\r\nC-2\tпривет\r\n', 'utf16le')],
    ['with ids in the first column alone', 'who;when\nC-2;now\n'],
    ['with a header in Russian', 'Дата,Код клиента\n2024-05-01,C-2\n'],
    ['with a row that breaks off', 'customer,a,b\nC-2\n'],
  ] as const)
    test(how, async () => {
      const { code, stdout, stderr } = await answer(list, 'minus people.csv list')
      expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: 'customer,city\nC-1,"Minsk, centre"\n' })
    })

  test('the same column is the key of both where neither has a customer', async () => {
    const dir = temporary()
    writeFiles(dir, { 'a.csv': 'email,n\nana@x.org,1\nbob@x.org,2\n', 'b.csv': 'customer,Email\nC-1,bob@x.org\n' })
    expect((await segkit(['minus', 'a.csv', 'b.csv', '-q'], { cwd: dir })).stdout).toBe('email,n\nana@x.org,1\n')
  })

  test('a column that both have is offered where the place alone told the key', async () => {
    const dir = temporary()
    writeFiles(dir, { 'a.csv': 'customer,email\nC-1,ana@x.org\n', 'b.csv': 'email\nana@x.org\n' })
    const { stderr } = await segkit(['minus', 'a.csv', 'b.csv'], { cwd: dir })
    expect(stderr).toContain('b.csv: no column `customer`; its first one, `email`, is the key (`--by email`')
  })

  test('two lines of bare ids are no list: the first would be lost', async () => {
    for (const list of ['C-9\nC-2\n', 'C-2\n', 'ana@example.com\n', '17850\n17851\n'])
      expect((await answer(list, 'minus people.csv list')).code, list).toBe(65)
    expect((await answer('col1\nC-2\n', 'minus people.csv list -q')).stdout).toBe('customer,city\nC-1,"Minsk, centre"\n')
  })

  test('an empty cell is null in JSON and nothing in CSV', async () => {
    const { stdout } = await answer('customer\n007\n', 'union people.csv list -q -f ndjson')
    expect(stdout.split('\n')[2]).toBe('{"customer":"007","city":null}')
  })

  test('a list that goes wrong half-way leaves what stood where the answer was to go', async () => {
    const dir = temporary()
    const rows = Array.from({ length: 300_000 }, (_, i) => `C-${i},x\n`).join('')
    writeFiles(dir, {
      'people.csv': people,
      'bad.csv': Buffer.concat([Buffer.from(`customer,n\n${rows}`), Buffer.from([0xff, 10])]),
    })
    writeFiles(dir, { 'old.csv': 'old' })
    expect((await segkit(['minus', 'bad.csv', 'people.csv', '-o', 'old.csv'], { cwd: dir })).code).toBe(65)
    expect((await segkit(['union', 'people.csv', 'bad.csv', '-o', 'new.csv'], { cwd: dir })).code).toBe(65)
    expect(readFileSync(join(dir, 'old.csv'), 'utf8')).toBe('old')
    expect(existsSync(join(dir, 'new.csv'))).toBe(false)
    const wrong = await segkit(['minus', 'people.csv', 'bad.csv'], { cwd: dir })
    expect([wrong.code, wrong.stdout], 'the others are read before the first byte').toEqual([65, ''])
  })
})

describe('in a pipe', () => {
  test('a reader that leaves early ends it, and that is success', async () => {
    const dir = temporary()
    writeFiles(dir, { 'few.csv': 'customer\n1\n' })
    for (const words of ['minus - few.csv', 'union - few.csv', 'sample - --salt a --to 90%', 'minus - few.csv --limit 1']) {
      const endless = `seq 1 1000000000000 | sed 1icustomer | segkit ${words} -q | head -2; echo "\${PIPESTATUS[2]}"`
      const { stdout, stderr } = await shell(endless, { cwd: dir })
      expect([stdout, stderr], words).toEqual([expect.stringMatching(/^customer\n\d+\n0\n$/), ''])
    }
  })

  test('millions of keys are held in less than 500 MB', async () => {
    const dir = temporary()
    writeFiles(dir, {
      'told.cjs': "process.on('exit', () => require('node:fs').writeFileSync('rss', String(process.resourceUsage().maxRSS)))",
    })
    const ids = (from: number, to: number) => `(echo customer; seq -f 'customer-key-%09.0f' ${from} ${to})`
    const line = `${ids(1, 2e6)} | NODE_OPTIONS='--require ./told.cjs' segkit union - <${ids(1e6 + 1, 4e6)} --no-header | wc -l`
    const { stdout, stderr } = await shell(line, { cwd: dir })
    expect(Number(stdout), stderr).toBe(4_000_000)
    expect(Number(readFileSync(join(dir, 'rss'), 'utf8')) / 1024).toBeLessThan(500)
  })
})
