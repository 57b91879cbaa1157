/** Audiences handed off: who falls out and why, waterfalls, splits, the files, what is recorded. A real store, real files, the real program. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import Database from 'better-sqlite3'
import { parse } from 'csv-parse/sync'
import { expect, it } from 'vitest'
import { main } from '../src/cli/main.js'
import { audienceExample } from '../src/language/audiences.js'
import { inFolder } from './kitchen.js'

interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}
interface Shop {
  readonly dir: string
  segkit(...words: readonly string[]): Promise<Ended>
  /** With this on stdin. */
  fed(stdin: string, ...words: readonly string[]): Promise<Ended>
  write(file: string, text: string): void
  read(file: string): string
  rows(file: string): Readonly<Record<string, string>>[]
  manifest(name: string): Manifest
}
interface Manifest {
  readonly customers: number
  readonly handed_off: number
  readonly dropped: Readonly<Record<string, number>>
  readonly arms?: Readonly<Record<string, number>>
  readonly waterfall?: unknown
  readonly files: readonly { readonly file: string; readonly rows: number; readonly bytes: number; readonly sha256: string }[]
}

const sink = (into: string[]): Writable =>
  new Writable({
    write(chunk, _encoding, done) {
      into.push(String(chunk))
      done()
    },
  })

function shopIn(dir: string): Shop {
  const fed = async (stdin: string, ...words: readonly string[]): Promise<Ended> => {
    const [out, err]: [string[], string[]] = [[], []]
    const code = await main(words, {
      stdin: Readable.from([Buffer.from(stdin)]),
      stdout: sink(out),
      stderr: sink(err),
      isTTY: { stdin: false, stdout: false, stderr: false },
      width: 80,
      env: {},
      cwd: dir,
      now: Date.parse('2024-12-31T20:00:00Z'),
    })
    return { code, out: out.join(''), err: err.join('') }
  }
  const read = (file: string): string => readFileSync(join(dir, file), 'utf8')
  return {
    dir,
    fed,
    segkit: (...words) => fed('', ...words),
    write(file, text) {
      mkdirSync(dirname(join(dir, file)), { recursive: true })
      writeFileSync(join(dir, file), text)
    },
    read,
    rows: (file) => parse(read(file), { columns: true, bom: true }) as Readonly<Record<string, string>>[],
    manifest: (name) => JSON.parse(read(`exports/${name}.json`)) as Manifest,
  }
}

const settings = `version: 1
timezone: UTC
as_of: "2024-12-31"
country: BY
system_segments: false
consent:
  email: { attribute: { email_opt_in: true } }
  sms: { attribute: { sms_opt_in: true } }
suppress: [ { list: lists/never.csv } ]
`
const none = 'no-consent no-address suppressed capped over-limit held-out same-address not-in-shape'.split(' ')
const dropped = (counts: Readonly<Record<string, number>>): Readonly<Record<string, number>> =>
  Object.fromEntries(none.map((reason) => [reason, counts[reason] ?? 0]))

interface Given {
  readonly customers: string
  readonly definitions: string
  readonly never?: string
  readonly files?: Readonly<Record<string, string>>
  readonly orders?: string
}

/** A shop with these customers and definitions, loaded. */
const withShop = (given: Given, work: (shop: Shop) => Promise<void>): Promise<void> =>
  inFolder(async (dir) => {
    const shop = shopIn(dir)
    shop.write('segkit.yaml', settings)
    shop.write('lists/never.csv', given.never ?? 'email\nnobody@example.com\n')
    shop.write('segments/it.yaml', given.definitions)
    shop.write('customers.csv', given.customers)
    for (const [file, text] of Object.entries(given.files ?? {})) shop.write(file, text)
    expect(await shop.segkit('ingest', 'customers', 'customers.csv')).toMatchObject({ code: 0 })
    if (given.orders !== undefined) {
      shop.write('orders.csv', given.orders)
      expect(await shop.segkit('ingest', 'orders', 'orders.csv')).toMatchObject({ code: 0 })
    }
    await work(shop)
  })

const header = 'customer,email,phone,email_opt_in,sms_opt_in,score\n'
/** n customers who may be written to. */
const many = (n: number, score: (i: number) => string | number = (i) => i): string =>
  Array.from({ length: n }, (_, i) => `c${String(i).padStart(4, '0')},c${i}@example.com,,yes,,${score(i)}\n`).join('')
const everyone = 'segments:\n  everyone: { all: customers }\n'

/** The first 48 bits of SHA-256 of salt, U+001F and key, mod 10000. */
const bucket = (salt: string, key: string): number =>
  Number(BigInt(`0x${createHash('sha256').update(`${salt}\u001f${key}`).digest('hex').slice(0, 12)}`) % 10_000n)

it('each customer who falls out counts under the first reason, and nobody of them is in a file', () =>
  withShop(
    {
      customers: `${header}good,good@example.com,,yes,,1
refused-and-suppressed,stop@example.com,,no,,2
unasked,unasked@example.com,,,,3
without,,,yes,,4
broken,not an address,,yes,,5
suppressed,Never@Example.com,,yes,,6
capped,capped@example.com,,yes,,7
low,low@example.com,,yes,,
twin-1,twin@example.com,,yes,,9
twin-2,TWIN@example.com,,yes,,8
`,
      never: 'e-mail\n never@example.com\nstop@example.com\n',
      definitions: `segments:
  everyone: { all: customers }
  only-capped: { all: [ { attribute: { customer: capped } } ] }
audiences:
  before: { segment: only-capped, reachable: email }
  it:
    segment: everyone
    frequency_cap: { max: 1, per: 7 days }
    limit: { top: 3, by: score }
    profile: mailchimp
`,
    },
    async (shop) => {
      expect(await shop.segkit('export', 'before')).toMatchObject({ code: 0 })
      const { code, err } = await shop.segkit('export', 'it')
      expect({ code, err }).toMatchObject({ code: 0 })
      const { customers, handed_off, dropped: out } = shop.manifest('it_2024-12-31')
      expect({ customers, handed_off, out }).toEqual({
        customers: 10,
        handed_off: 2,
        out: dropped({ 'no-consent': 2, 'no-address': 2, suppressed: 1, capped: 1, 'over-limit': 1, 'same-address': 1 }),
      })
      expect(shop.rows('exports/it_2024-12-31.csv').map((r) => r['Email Address'])).toEqual([
        'good@example.com',
        'twin@example.com',
      ])
      expect(err).toContain('2 no-consent, 2 no-address, 1 suppressed, 1 capped, 1 over-limit, 1 same-address')
    },
  ))

it('a value that is not as the profile wants it is a counted reason, not a row', () =>
  withShop(
    {
      customers: `${header}ana,,+375 29 123-45-67,,yes,\nbob,,8 (029) 123-45-68,,yes,\ncat,,12,,yes,\n`,
      definitions: `${everyone}audiences:\n  it: { segment: everyone, reachable: any, profile: sms }\n`,
    },
    async (shop) => {
      const { code, err } = await shop.segkit('export', 'it')
      expect(code).toBe(0)
      expect(err).toContain('consent was not asked for (`reachable: any`)')
      expect(shop.rows('exports/it_2024-12-31.csv').map((r) => r['to'])).toEqual(['+375291234567', '+375291234568'])
      expect(shop.manifest('it_2024-12-31').dropped).toEqual(dropped({ 'not-in-shape': 1 }))
    },
  ))

it('neither case nor blanks, spellings of a number, accents or a second key bring a suppressed person into a file', () =>
  withShop(
    {
      customers: `${header}plain,ana@example.com,,yes,yes,
upper,ANA@EXAMPLE.COM,,yes,yes,
cafe,café@example.com,,yes,yes,
phone,p@example.com,+375 29 123-45-67,yes,yes,
second,q@example.com,8 029 1234567,yes,yes,
third,r@example.com,80291234567,yes,yes,
zeros,s@example.com,00375 29 123-45-67,yes,yes,
arabic,t@example.com,+٣٧٥٢٩١٢٣٤٥٦٧,yes,yes,
good,good@example.com,+375291111111,yes,yes,
`,
      never: 'email,phone\n  Ana@Example.com ,\nCAFE\u0301@example.com,\n,375 (29) 123 45 67\n'.replace('375 (29)', '+375 (29)'),
      definitions: `${everyone}audiences:\n  mail: { segment: everyone, profile: mailchimp }\n  text: { segment: everyone, profile: sms }\n`,
    },
    async (shop) => {
      expect(await shop.segkit('export', 'mail', 'text', 'everyone')).toMatchObject({ code: 0 })
      expect(shop.rows('exports/mail_2024-12-31.csv').map((r) => r['Email Address'])).toEqual(['good@example.com'])
      expect(shop.rows('exports/text_2024-12-31.csv').map((r) => r['to'])).toEqual(['+375291111111'])
      expect(shop.rows('exports/everyone_2024-12-31.csv').map((r) => r['customer'])).toEqual(['good'])
      const fed = await shop.fed('customer\nplain\nthird\ngood\nwho\n', 'export', '-', '-o', '-')
      expect(fed).toMatchObject({ code: 0, out: 'customer\ngood\n' })
      expect(fed.err).toContain('1 key that no customer has (unknown)')
    },
  ))

it('who refused under one key is not written to under another, nor is who was contacted or held out', () =>
  withShop(
    {
      customers: `${header}a-yes,same@example.com,,yes,,
b-no,SAME@example.com,,no,,
c-one,dup@example.com,,yes,,
d-two,Dup@example.com,,yes,,
${Array.from({ length: 30 }, (_, i) => `k${i},pair${i % 15}@example.com,,yes,,\n`).join('')}`,
      definitions: `segments:
  everyone: { all: customers }
  first: { all: [ { attribute: { customer: c-one } } ] }
audiences:
  first-night: { segment: first, reachable: email }
  second: { segment: everyone, reachable: email, frequency_cap: { max: 1, per: 3 days } }
  tried: { segment: everyone, reachable: email, split: { salt: s, arms: { offer: 50, holdout: 50 } } }
`,
    },
    async (shop) => {
      expect(await shop.segkit('export', 'first-night', '--as-of', '2024-12-30')).toMatchObject({ code: 0 })
      expect(await shop.segkit('export', 'second', 'tried')).toMatchObject({ code: 0 })
      const second = shop.rows('exports/second_2024-12-31.csv').map((r) => r['customer'])
      expect(second).not.toContain('a-yes')
      expect(second).not.toContain('d-two')
      expect(shop.manifest('second_2024-12-31').dropped).toEqual(dropped({ 'no-consent': 2, capped: 2 }))
      const offered = new Set(shop.rows('exports/tried_2024-12-31.offer.csv').map((r) => r['customer']))
      for (let i = 0; i < 30; i++) {
        const held = [`k${i % 15}`, `k${(i % 15) + 15}`].some((key) => bucket('s', key) >= 5000)
        expect([`k${i}`, offered.has(`k${i}`)]).toEqual([`k${i}`, !held])
      }
    },
  ))

it('a contact of long ago, by another channel, or of the audience itself on the same day caps nobody', () =>
  withShop(
    {
      customers: `${header}ana,ana@example.com,+375291234567,yes,yes,\n`,
      definitions: `${everyone}audiences:
  text: { segment: everyone, reachable: sms }
  ads: { segment: everyone, reachable: email, contact: false }
  mail: { segment: everyone, reachable: email, frequency_cap: { max: 1, per: 7 days } }
`,
    },
    async (shop) => {
      const size = async (day: string): Promise<number> => {
        await shop.segkit('export', 'mail', '--as-of', day)
        return shop.manifest(`mail_${day}`).handed_off
      }
      expect(await shop.segkit('export', 'text', 'ads', '--as-of', '2024-12-01')).toMatchObject({ code: 0 })
      expect(await size('2024-12-01')).toBe(1)
      expect(await size('2024-12-01')).toBe(1)
      expect(await size('2024-12-07')).toBe(0)
      expect(await size('2024-12-08')).toBe(1)
    },
  ))

it.each([
  ['in the same order', ['x', 'y']],
  ['in the other order', ['y', 'x']],
])(
  'audiences under one cap give the same bytes when the night is repeated %s, and the second is capped by the first alone',
  (_, again) =>
    withShop(
      {
        customers: header + many(9),
        definitions: `segments:
  low: { all: [ { attribute: { score: { max: 5 } } } ] }
  high: { all: [ { attribute: { score: { min: 3 } } } ] }
  fresh: { all: [ { attribute: { score: { min: 2 } } }, { not_contacted: { audience: y, last: 3 days } } ] }
audiences:
  x: { segment: low, reachable: email, frequency_cap: { max: 1, per: 3 days } }
  y: { segment: high, reachable: email, frequency_cap: { max: 1, per: 3 days } }
  z: { segment: fresh, reachable: email, contact: false }
`,
      },
      async (shop) => {
        const files = ['x', 'y', 'z'].map((name) => `exports/${name}_2024-12-31`)
        const bytes = () => files.map((file) => [shop.read(`${file}.csv`), shop.read(`${file}.json`)])
        expect(await shop.segkit('export', 'z')).toMatchObject({ code: 0 })
        expect(await shop.segkit('export', 'x')).toMatchObject({ code: 0 })
        expect(await shop.segkit('export', 'y')).toMatchObject({ code: 0 })
        const first = bytes()
        expect(shop.rows(`${files[0]}.csv`)).toHaveLength(6)
        expect(shop.rows(`${files[1]}.csv`).map((r) => r['customer'])).toEqual(['c0006', 'c0007', 'c0008'])
        expect(shop.rows(`${files[2]}.csv`)).toHaveLength(7)
        for (const name of ['z', ...again, ...again]) expect(await shop.segkit('export', name)).toMatchObject({ code: 0 })
        expect(await shop.segkit('export', ...again, 'z')).toMatchObject({ code: 0 })
        expect(bytes()).toEqual(first)
        expect((await shop.segkit('exports')).out.trim().split('\n')).toHaveLength(4)
        await shop.segkit('exports', 'undo', '2')
        await shop.segkit('export', 'x')
        expect(shop.rows(`${files[0]}.csv`)).toHaveLength(6)
      },
    ),
)

it('in a waterfall each belongs to the first that has him, before anyone falls out; the account says what each lost to whom', () =>
  withShop(
    {
      customers: `${header}a,a@example.com,,no,,9\nb,b@example.com,,yes,,5\nc,c@example.com,,yes,,1\nd,,,yes,,\n`,
      definitions: `segments:
  high: { all: [ { attribute: { score: { min: 8 } } } ] }
  middle: { all: [ { attribute: { score: { min: 4 } } } ] }
  everyone: { all: customers }
audiences:
  falls: { waterfall: [high, middle, everyone], reachable: email, columns: [score] }
`,
    },
    async (shop) => {
      const { err } = await shop.segkit('export', 'falls')
      expect(shop.read('exports/falls_2024-12-31.csv')).toBe('customer,segment,score\nb,middle,5\nc,everyone,1\n')
      expect(shop.manifest('falls_2024-12-31').waterfall).toEqual([
        { segment: 'high', got: 1, alone: 1, lost: {} },
        { segment: 'middle', got: 1, alone: 2, lost: { high: 1 } },
        { segment: 'everyone', got: 2, alone: 4, lost: { high: 1, middle: 1 } },
      ])
      expect(err).toContain('middle got 1 of 2 (1 to high)')
    },
  ))

const split = (salt: string): string =>
  `${everyone}audiences:\n  it: { segment: everyone, split: { salt: ${salt}, arms: { a: 45, b: 45, holdout: 10 } } }\n`

it('arms take buckets in the order written, the hold-out is in no file, and whoever comes later moves nobody', () =>
  withShop({ customers: header + many(300), definitions: split('spring') }, async (shop) => {
    const armsNow = (): ReadonlyMap<string, string> =>
      new Map(
        ['a', 'b'].flatMap((arm) =>
          shop.rows(`exports/it_2024-12-31.${arm}.csv`).map((r) => [r['customer'] as string, arm] as const),
        ),
      )
    expect(await shop.segkit('export', 'it')).toMatchObject({ code: 0 })
    const first = armsNow()
    const expected = (salt: string, n: number) =>
      new Map(
        Array.from({ length: n }, (_, i) => `c${String(i).padStart(4, '0')}`).flatMap((key) => {
          const at = bucket(salt, key)
          return at >= 9000 ? [] : [[key, at < 4500 ? 'a' : 'b'] as const]
        }),
      )
    expect(new Map([...first].sort())).toEqual(expected('spring', 300))
    expect(readdirSync(join(shop.dir, 'exports')).filter((f) => f.includes('holdout'))).toEqual([])

    shop.write('more.csv', header + many(600))
    await shop.segkit('ingest', 'customers', 'more.csv')
    expect(await shop.segkit('export', 'it')).toMatchObject({ code: 0 })
    expect(new Map([...armsNow()].sort())).toEqual(expected('spring', 600))

    shop.write('segments/it.yaml', split('summer'))
    await shop.segkit('export', 'it')
    const other = armsNow()
    expect(new Map([...other].sort())).toEqual(expected('summer', 600))
    expect([...first].some(([key, arm]) => other.get(key) !== arm)).toBe(true)
  }))

it('in one file or stream the arm is a column', () =>
  withShop({ customers: header + many(20), definitions: split('s') }, async (shop) => {
    const { out } = await shop.segkit('export', 'it', '-o', '-')
    expect(out.split('\n')[0]).toBe('customer,arm')
    await shop.segkit('export', 'it', '-o', 'one.csv')
    expect(shop.read('one.csv')).toBe(out)
    expect(existsSync(join(shop.dir, 'exports'))).toBe(false)
  }))

it('a dry run has the figures of the real one, makes no file and records nothing', () =>
  withShop(
    {
      customers: `${header}${many(50, (i) => (i % 7 === 0 ? '' : i))}x,,,yes,,\n`,
      definitions: `${everyone}audiences:
  it: { segment: everyone, limit: { top: 30, by: score }, split: { salt: s, arms: { a: 50, b: 30, holdout: 20 } }, profile: mailchimp }
`,
    },
    async (shop) => {
      const receipt = (text: string) =>
        (parse(text, { columns: true }) as Readonly<Record<string, string>>[]).map(({ audience, arm, rows }) => ({
          audience,
          arm,
          rows,
        }))
      const dry = await shop.segkit('export', 'it', '--dry-run')
      expect(existsSync(join(shop.dir, 'exports'))).toBe(false)
      expect((await shop.segkit('exports')).out.trim().split('\n')).toHaveLength(1)
      const real = await shop.segkit('export', 'it')
      expect(receipt(dry.out)).toEqual(receipt(real.out))
      expect(dry.err.replace('would hand off', 'handed off')).toBe(real.err)
      expect(receipt(real.out).reduce((n, r) => n + Number(r.rows), 0)).toBe(shop.manifest('it_2024-12-31').handed_off)
    },
  ))

it('the limit takes the best first, by key where they are equal, and the unknown last', () =>
  withShop(
    {
      customers: `${header}e,e@x.by,,yes,,\nd,d@x.by,,yes,,10\nc,c@x.by,,yes,,9.5\nb,b@x.by,,yes,,10\na,a@x.by,,yes,,-1\n`,
      definitions: `${everyone}audiences:
  two: { segment: everyone, limit: { top: 2, by: score } }
  most: { segment: everyone, limit: { top: 80%, by: score } }
  lowest: { segment: everyone, limit: { top: 1, by: score, best: lowest } }
`,
    },
    async (shop) => {
      await shop.segkit('export', 'two', 'most', 'lowest')
      const keys = (name: string) => shop.rows(`exports/${name}_2024-12-31.csv`).map((r) => r['customer'])
      expect([keys('two'), keys('most'), keys('lowest')]).toEqual([['b', 'd'], ['a', 'b', 'c', 'd'], ['a']])
    },
  ))

const orders =
  'order,customer,at,amount,city\n1,ana,2024-12-31 10:00,5.00,Minsk\n2,ana,2024-12-31 12:00,7.50,Brest\n3,bob,2024-12-30,9.00,\n4,cat,2024-12-31,1.00,\n'

it('an audience over an event has a row an occurrence with its captured facts; reasons count customers', () =>
  withShop(
    {
      customers: `${header}ana,ana@example.com,,yes,,\nbob,bob@example.com,,yes,,\ncat,cat@example.com,,no,,\n`,
      orders,
      definitions: `events:
  bought: { on: orders, capture: [order, amount] }
audiences:
  it: { event: bought, last: 1 day, reachable: email, columns: [email] }
`,
    },
    async (shop) => {
      expect(await shop.segkit('export', 'it')).toMatchObject({ code: 0 })
      expect(shop.read('exports/it_2024-12-31.csv')).toBe(`customer,at,order,amount,email
ana,2024-12-31T10:00:00+00:00,1,5.00,ana@example.com
ana,2024-12-31T12:00:00+00:00,2,7.50,ana@example.com
`)
      const { customers, handed_off, dropped: out } = shop.manifest('it_2024-12-31')
      expect({ customers, handed_off, out }).toEqual({ customers: 2, handed_off: 1, out: dropped({ 'no-consent': 1 }) })
    },
  ))

it('the same command on the same night gives the same bytes, and changes are told since an earlier day', () =>
  withShop(
    {
      customers: header + many(10),
      definitions: `${everyone}audiences:\n  it: { segment: everyone, reachable: email, profile: mailchimp }\n`,
    },
    async (shop) => {
      const export_ = (...words: string[]) => shop.segkit('export', 'it', ...words)
      await export_('--as-of', '2024-12-30')
      shop.write('more.csv', `${header}c0003,c3@example.com,,no,,\nnew,new@example.com,,yes,,\n`)
      await shop.segkit('ingest', 'customers', 'more.csv')
      const [first, second] = [await export_('--changes'), await export_('--changes')]
      expect(second.out).toBe(first.out)
      expect(shop.rows('exports/it_2024-12-31.csv').map((r) => [r['change'], r['Email Address']])).toEqual([
        ['entered', 'new@example.com'],
        ['left', 'c3@example.com'],
      ])
      await export_('--new')
      expect(shop.rows('exports/it_2024-12-31.csv').map((r) => r['Email Address'])).toEqual(['new@example.com'])
      expect((await shop.segkit('exports')).out.trim().split('\n')).toHaveLength(3)
    },
  ))

it('what is held keeps its last good file and ends with 69; the sound rest is handed off', () =>
  withShop(
    {
      customers: header + many(5),
      definitions: `segments:
  everyone: { all: customers, expect: { size: { max: 5 } } }
  some: { all: [ { attribute: { score: { max: 2 } } } ] }
audiences:
  big: { segment: everyone }
  small: { segment: some }
`,
    },
    async (shop) => {
      expect(await shop.segkit('export', 'big', 'small')).toMatchObject({ code: 0 })
      const before = shop.read('exports/big_2024-12-31.csv')
      shop.write('more.csv', header + many(6))
      await shop.segkit('ingest', 'customers', 'more.csv')
      const { code, err, out } = await shop.segkit('export', 'big', 'small')
      expect(code).toBe(69)
      expect(err).toContain('`everyone` is held')
      expect(out).toContain('small,')
      expect(out).not.toContain('big,')
      expect(shop.read('exports/big_2024-12-31.csv')).toBe(before)
    },
  ))

it('broken ones are told and the rest is handed off with 3; a broken one alone ends with 78', () =>
  withShop(
    {
      customers: header + many(3),
      definitions: `${everyone}audiences:\n  good: { segment: everyone }\n  bad: { segment: everyone, columns: [scoer] }\n`,
    },
    async (shop) => {
      const both = await shop.segkit('export', 'good', 'bad')
      expect([both.code, both.err.includes('did you mean `score`?')]).toEqual([3, true])
      expect(existsSync(join(shop.dir, 'exports/good_2024-12-31.csv'))).toBe(true)
      expect((await shop.segkit('export', 'bad')).code).toBe(78)
      const wrong = await shop.segkit('export', 'everyone', '--profile', 'meta-custom-audience')
      expect([wrong.code, wrong.err.includes('no rule of consent for `ads`')]).toEqual([78, true])
    },
  ))

it('files stand beside a manifest that knows their bytes, `.done` last, readable by their owner only; half a delivery never', () =>
  withShop({ customers: header + many(30), definitions: split('s'), files: { taken: 'a file' } }, async (shop) => {
    expect(await shop.segkit('export', 'it', '-o', 'out/')).toMatchObject({ code: 0 })
    const names = ['it_2024-12-31.a.csv', 'it_2024-12-31.b.csv', 'it_2024-12-31.done', 'it_2024-12-31.json']
    expect(readdirSync(join(shop.dir, 'out')).sort()).toEqual(names)
    const told = JSON.parse(shop.read('out/it_2024-12-31.json')) as Manifest
    for (const { file, rows, bytes, sha256 } of told.files) {
      const text = shop.read(`out/${file}`)
      expect([rows, bytes, sha256]).toEqual([
        text.trimEnd().split('\n').length - 1,
        Buffer.byteLength(text),
        createHash('sha256').update(text).digest('hex'),
      ])
    }
    for (const name of names) expect(statSync(join(shop.dir, 'out', name)).mode & 0o777).toBe(0o600)
    expect((await shop.segkit('export', 'it', 'everyone', '-o', 'taken')).code).toBe(73)
    expect((await shop.segkit('export', 'it', '-o', 'taken/')).code).toBe(73)
    shop.write('exports', 'a file')
    expect((await shop.segkit('export', 'it')).code).toBe(73)
    expect((await shop.segkit('export', 'it', 'everyone', '-o', '-')).code).toBe(2)
    expect([shop.read('taken'), shop.read('exports')]).toEqual(['a file', 'a file'])
  }))

it('audiences are listed and checked with the other definitions', () =>
  withShop(
    {
      customers: header + many(2),
      definitions: `${everyone}audiences:\n  spring: { title: Spring, segment: everyone, tags: [nightly] }\n`,
    },
    async (shop) => {
      expect((await shop.segkit('list', 'tag:nightly')).out).toBe(
        'kind,name,title,customers,as_of,file\naudience,spring,Spring,,,segments/it.yaml:4\n',
      )
      expect((await shop.segkit('check')).err).toContain('no problems in 2 definitions')
      expect((await shop.segkit('members', 'spring')).err).toContain('`spring` is an audience: `segkit export spring`')
    },
  ))

it('the example that help shows is sound', () =>
  withShop(
    {
      customers: `${header}ana,ana@example.com,,yes,,\n`,
      files: { 'lists/complaints.csv': 'email\nbob@example.com\n' },
      definitions: `metrics:
  spend_12m: { sum: orders.amount, last: 12 months }
  favourite: { favourite: orders.channel, by: amount }
segments:
  croissant-regulars-gone-quiet: { all: customers }
  staff: { all: [ { attribute: { customer: zoe } } ] }
audiences:
${audienceExample.replace(/^/gm, '  ')}
`,
    },
    async (shop) => {
      expect((await shop.segkit('check')).out).not.toContain('error')
      expect(await shop.segkit('export', 'spring-offer')).toMatchObject({ code: 0 })
      expect((await shop.segkit('help', 'audiences')).out).toContain(audienceExample.split('\n')[1])
    },
  ))

it('a number that a customer writes as people in his country do is suppressed all the same', () =>
  withShop(
    {
      customers: `customer,email,phone,country,email_opt_in,sms_opt_in
pole,pole@example.com,501 234 567,PL,yes,yes
same,same@example.com,+48 501 234 567,,yes,yes
good,good@example.com,501 234 568,PL,yes,yes
`,
      never: 'phone\n+48501234567\n',
      definitions: `${everyone}audiences:\n  text: { segment: everyone, profile: sms }\n`,
    },
    async (shop) => {
      expect(await shop.segkit('export', 'text')).toMatchObject({ code: 0 })
      expect(shop.rows('exports/text_2024-12-31.csv').map((r) => r['to'])).toEqual(['+48501234568'])
      expect(shop.manifest('text_2024-12-31').dropped).toEqual(dropped({ suppressed: 2 }))
    },
  ))

it('a list names a person by his key, an address within a cell or a number as his own country writes it: he is suppressed under every key', () =>
  withShop(
    {
      customers: `customer,email,phone,country,email_opt_in,sms_opt_in
a-named,Ana@Example.com,8 (029) 111-11-11,,yes,yes
a-mail," ana@example.com\u00a0",+375297777771,,yes,yes
a-phone,a2@example.com,+375291111111,,yes,yes
a-number,a3@example.com,(029) 111 11 11,Беларусь,yes,yes
pole-named,pole@example.com,501 234 567,Польша,yes,yes
pole-phone,pole2@example.com,0048 501-234-567,,yes,yes
german-local,g@example.com,0151 23456789,DE,yes,yes
german-code,g2@example.com,+4915123456789,,yes,yes
german-other,g3@example.com,0151 23456780,DE,yes,yes
within,within@example.com,+375292222222,,yes,yes
unseen,un\u200bseen@example.com,+375293333333,,yes,yes
mail@example.com,,+375294444444,,yes,yes
good,good@example.com,+375295555555,,yes,yes
`,
      never:
        'customer,email,phone\n a-named ,,\npole-named,,\n,,0151/2345 6789\n,Within <WITHIN@example.com>,\n,unseen@example.com,\n,mail@example.com,\n',
      definitions: `${everyone}audiences:\n  mail: { segment: everyone, profile: mailchimp }\n  text: { segment: everyone, profile: sms }\n`,
    },
    async (shop) => {
      expect(await shop.segkit('export', 'mail', 'text', 'everyone')).toMatchObject({ code: 0 })
      expect(shop.rows('exports/everyone_2024-12-31.csv').map((r) => r['customer'])).toEqual(['german-other', 'good'])
      expect(shop.rows('exports/mail_2024-12-31.csv').map((r) => r['Email Address'])).toEqual([
        'g3@example.com',
        'good@example.com',
      ])
      expect(shop.rows('exports/text_2024-12-31.csv').map((r) => r['to'])).toEqual(['+4915123456780', '+375295555555'])
    },
  ))

const utf16 = (text: string, bigEndian = false): Buffer => {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le')
  return bigEndian ? bytes.swap16() : bytes
}

it.each([
  ['UTF-8 with a byte order mark', Buffer.from('\ufeffemail\nstop@example.com\n')],
  ['UTF-16', utf16('Email\r\nstop@example.com\r\n')],
  ['UTF-16, the other way round', utf16('e-mail;имя\nstop@example.com;Ёж\n', true)],
  ['semicolons and Russian headers', Buffer.from('Имя;Электронная почта\nЁж; STOP@example.com \n')],
  ['semicolons below a header of one column', Buffer.from('email\nstop@example.com;2024-01-01\n')],
  ['a Russian header for phones', Buffer.from('Телефон\n8 (029) 123-45-67\n')],
])('a list of suppressed people in %s is read', (_, bytes) =>
  withShop(
    {
      customers: `${header}stop,stop@example.com,+375291234567,yes,yes,\ngood,good@example.com,,yes,,\n`,
      definitions: `${everyone}audiences:\n  mail: { segment: everyone, profile: mailchimp }\n`,
    },
    async (shop) => {
      writeFileSync(join(shop.dir, 'lists/never.csv'), bytes)
      expect(await shop.segkit('export', 'mail')).toMatchObject({ code: 0 })
      expect(shop.rows('exports/mail_2024-12-31.csv').map((r) => r['Email Address'])).toEqual(['good@example.com'])
    },
  ),
)

it.each([
  [
    'Windows-1251',
    Buffer.from([...Buffer.from('email,'), 0xe8, 0xec, 0xff, ...Buffer.from('\nstop@example.com,\n')]),
    'iconv -f windows-1251',
  ],
  ['UTF-16 without a mark', Buffer.from('email\nstop@example.com\n', 'utf16le'), 'iconv -f utf-16le'],
  ['a workbook', Buffer.from('PK\u0003\u0004[Content_Types].xml'), 'save it as CSV'],
  ['no header', Buffer.from('stop@example.com\nother@example.com\n'), 'has none of the columns'],
  ['nothing', Buffer.alloc(0), 'has none of the columns'],
])('a list of suppressed people that is %s is told, and nobody is handed off', (_, bytes, said) =>
  withShop({ customers: `${header}stop,stop@example.com,,yes,,\n`, definitions: everyone }, async (shop) => {
    writeFileSync(join(shop.dir, 'lists/never.csv'), bytes)
    const { code, err } = await shop.segkit('export', 'everyone', '-o', 'out.csv')
    expect([code, err.includes(said), existsSync(join(shop.dir, 'out.csv'))]).toEqual([78, true, false])
  }),
)

it('the address of a forgotten person leaves under nobody else’s key, however it is written there', () =>
  withShop(
    {
      customers: `customer,email,phone,country,email_opt_in,sms_opt_in
ana,ana@example.com,8 (029) 111-11-11,BY,yes,yes
twin,ANA@example.com ,,,yes,yes
number,n@example.com,+375 29 111 11 11,,yes,yes
abroad,o@example.com,00375291111111,Польша,yes,yes
good,good@example.com,+375292222222,,yes,yes
`,
      definitions: `${everyone}audiences:\n  mail: { segment: everyone, profile: mailchimp }\n  text: { segment: everyone, profile: sms }\n`,
    },
    async (shop) => {
      shop.write('segkit.yaml', settings.replace(/^suppress:.*\n/m, ''))
      expect(await shop.segkit('forget', 'ana', '--yes')).toMatchObject({ code: 0 })
      expect(await shop.segkit('export', 'mail', 'text', 'everyone')).toMatchObject({ code: 0 })
      expect(shop.rows('exports/everyone_2024-12-31.csv').map((r) => r['customer'])).toEqual(['good'])
      expect(shop.rows('exports/mail_2024-12-31.csv').map((r) => r['Email Address'])).toEqual(['good@example.com'])
      expect(shop.rows('exports/text_2024-12-31.csv').map((r) => r['to'])).toEqual(['+375292222222'])
      expect(shop.manifest('mail_2024-12-31').dropped).toEqual(dropped({ suppressed: 3 }))
      const fed = await shop.fed('customer\ntwin\ngood\n', 'export', '-', '-o', '-')
      expect(fed.out).toBe('customer\ngood\n')
      shop.write(
        'more.csv',
        'customer,email,phone,country\nnew-1,аna@example.com,,\nnew-2, Ana@Example.com,,\nnew-3,,(029) 111 11 11,Беларусь\nnew-4,,+375-29-111-11-11,PL\n',
      )
      const { code, err } = await shop.segkit('ingest', 'customers', 'more.csv')
      expect([code, /3 .*forgotten/.test(err)]).toEqual([0, true])
    },
  ))

it('a night repeated with other arms leaves no file of the first behind, and touches nothing else in the folder', () =>
  withShop({ customers: header + many(40), definitions: split('s') }, async (shop) => {
    const names = () => readdirSync(join(shop.dir, 'exports')).sort()
    await shop.segkit('export', 'it')
    for (const file of ['it_2024-12-31.c.csv', 'it_2024-12-30.a.csv', 'notes.txt']) shop.write(`exports/${file}`, 'mine')
    shop.write('segments/it.yaml', split('s').replace('a: 45, b: 45', 'a: 45, other: 45'))
    expect(await shop.segkit('export', 'it')).toMatchObject({ code: 0 })
    expect(names()).toEqual([
      'it_2024-12-30.a.csv',
      'it_2024-12-31.a.csv',
      'it_2024-12-31.c.csv',
      'it_2024-12-31.done',
      'it_2024-12-31.json',
      'it_2024-12-31.other.csv',
      'notes.txt',
    ])
    for (const manifest of [
      '{"profile":"csv","files":[{"file":"../segkit.yaml"},{"file":"it_2024-12-31./../../segkit.yaml"},{"file":"notes.txt"}]}',
      '{"profile":"csv","files":[null]}',
      '{"profile":"excel"}',
      'null',
    ]) {
      shop.write('exports/it_2024-12-31.json', manifest)
      expect(await shop.segkit('export', 'it')).toMatchObject({ code: 0 })
      expect(shop.manifest('it_2024-12-31').files.map((f) => f.file)).toEqual(['it_2024-12-31.a.csv', 'it_2024-12-31.other.csv'])
      expect([existsSync(join(shop.dir, 'segkit.yaml')), names().includes('notes.txt')]).toEqual([true, true])
    }
  }))

it('the same audience and day in another profile has files of its own, and the first ones stay', () =>
  withShop({ customers: header + many(40), definitions: split('s') }, async (shop) => {
    const names = () => readdirSync(join(shop.dir, 'exports')).sort()
    const plain = ['a.csv', 'b.csv', 'done', 'json'].map((end) => `it_2024-12-31.${end}`)
    const inExcel = ['a.csv', 'b.csv', 'done', 'json'].map((end) => `it_2024-12-31_excel.${end}`)
    await shop.segkit('export', 'it')
    const first = plain.map((file) => shop.read(`exports/${file}`))
    const second = await shop.segkit('export', 'it', '--profile', 'excel')
    expect(second).toMatchObject({ code: 0 })
    expect(second.out).toContain('exports/it_2024-12-31_excel.a.csv')
    expect(second.err).toContain('in another profile there already; these files are `it_2024-12-31_excel`')
    expect(names()).toEqual([...plain, ...inExcel])
    expect(plain.map((file) => shop.read(`exports/${file}`))).toEqual(first)
    expect(shop.manifest('it_2024-12-31_excel').files.map((f) => f.file)).toEqual(inExcel.slice(0, 2))
    expect((await shop.segkit('exports', '--columns', 'profile,file')).out).toContain('excel,exports/it_2024-12-31_excel.a.csv\n')
    // Each again, in any order, replaces its own.
    shop.write('segments/it.yaml', split('s').replace('a: 45, b: 45', 'a: 45, other: 45'))
    await shop.segkit('export', 'it', '--profile', 'excel')
    expect((await shop.segkit('export', 'it')).err).not.toContain('another profile')
    const renamed = (file: string): string => file.replace('.b.', '.other.')
    expect(names()).toEqual([...plain, ...inExcel].map(renamed).sort())
    // Another folder, another day: nothing to give way to.
    await shop.segkit('export', 'it', '--profile', 'excel', '-o', 'out/')
    expect(readdirSync(join(shop.dir, 'out')).sort()).toEqual(plain.map(renamed).sort())
  }))

it('nobody in a segment is said with where to look, in its members and in its hand-off', () =>
  withShop(
    { customers: header + many(2), definitions: 'segments:\n  far: { all: [ { attribute: { score: { min: 9 } } } ] }\n' },
    async (shop) => {
      for (const words of [
        ['members', 'far'],
        ['export', 'far'],
      ]) {
        const { code, err } = await shop.segkit(...words)
        expect([code, err.includes('`segkit preview far` shows what each condition leaves')]).toEqual([0, true])
      }
    },
  ))

it('a list by e-mail or phone suppresses the person with all that he has, and all who have any of it', () =>
  withShop(
    {
      customers: `${header}listed,listed@example.com,+375291111111,yes,yes,
by-phone,other@example.com,8 029 111-11-11,yes,yes,
by-mail,LISTED@example.com,+375292222222,yes,yes,
rung,rung@example.com,+375293333333,yes,yes,
mailed,RUNG@example.com,,yes,yes,
good,good@example.com,+375294444444,yes,yes,
`,
      never: 'email,phone\nlisted@example.com,\n,8 (029) 333-33-33\n',
      definitions: `${everyone}audiences:
  mail: { segment: everyone, profile: mailchimp }
  text: { segment: everyone, profile: sms }
`,
    },
    async (shop) => {
      expect(await shop.segkit('export', 'mail', 'text')).toMatchObject({ code: 0 })
      expect(shop.rows('exports/mail_2024-12-31.csv').map((r) => r['Email Address'])).toEqual(['good@example.com'])
      expect(shop.rows('exports/text_2024-12-31.csv').map((r) => r['to'])).toEqual(['+375294444444'])
    },
  ))

it('in Russia +7, 8 and 7 are one number: who is suppressed, refused, capped or held out under one is so under all', () =>
  withShop(
    {
      customers: `${header}plus,a1@example.com,+7 916 111-11-11,yes,yes,
eight,a2@example.com,8 (916) 111-11-11,yes,yes,
seven,a3@example.com,79161111111,yes,yes,
bare,a4@example.com,916 111 11 11,yes,yes,
refused,b1@example.com,89162222222,yes,no,
agreed,b2@example.com,+79162222222,yes,yes,
first,c1@example.com,8 916 333-33-33,yes,yes,
again,c2@example.com,+7(916)3333333,yes,yes,
good,good@example.com,+79164444444,yes,yes,
`,
      never: 'phone\n8-916-111-11-11\n',
      definitions: `${everyone}  one: { all: [ { attribute: { customer: first } } ] }
audiences:
  before: { segment: one, profile: sms }
  text: { segment: everyone, profile: sms, frequency_cap: { max: 1, per: 3 days } }
  tried: { segment: everyone, profile: sms, split: { salt: s, arms: { offer: 50, holdout: 50 } } }
`,
    },
    async (shop) => {
      shop.write('segkit.yaml', settings.replace('country: BY', 'country: RU'))
      expect(await shop.segkit('export', 'before')).toMatchObject({ code: 0 })
      expect(await shop.segkit('export', 'text', 'tried')).toMatchObject({ code: 0 })
      expect(shop.rows('exports/text_2024-12-31.csv').map((r) => r['to'])).toEqual(['+79164444444'])
      expect(shop.manifest('text_2024-12-31').dropped).toEqual(dropped({ 'no-consent': 2, suppressed: 4, capped: 2 }))
      const held = ['first', 'again'].some((key) => bucket('s', key) >= 5000)
      const offered = shop.rows('exports/tried_2024-12-31.offer.csv').map((r) => r['to'])
      expect(offered.includes('+79163333333')).toBe(!held)
    },
  ))

it('neither another profile, a bare segment, a list on stdin nor an event brings in who may not be written to', () =>
  withShop(
    {
      customers: `${header}stop,stop@example.com,,yes,,\nstop-2,STOP@example.com,,yes,,\nno,no@example.com,,no,,\nno-2,No@Example.com,,yes,,\nunasked,u@example.com,,,,\ncapped,capped@example.com,,yes,,\ngood,good@example.com,,yes,,\n`,
      never: 'customer\nstop\n',
      orders: `order,customer,at,amount\n${['stop', 'stop-2', 'no', 'no-2', 'unasked', 'capped', 'good'].map((c, i) => `${i},${c},2024-12-31,5.00\n`).join('')}`,
      definitions: `segments:
  everyone: { all: customers }
  one: { all: [ { attribute: { customer: capped } } ] }
events:
  bought: { on: orders, capture: [order] }
audiences:
  before: { segment: one, reachable: email }
  it: { segment: everyone, reachable: email, frequency_cap: { max: 1, per: 3 days }, contact: false }
  events: { event: bought, last: 1 day, reachable: email, frequency_cap: { max: 1, per: 3 days }, contact: false }
  open: { segment: everyone, frequency_cap: { max: 1, per: 3 days }, profile: mailchimp, contact: false }
`,
    },
    async (shop) => {
      const keys = async (...words: string[]): Promise<readonly string[]> => {
        const fed = await shop.fed('customer\nstop\n stop-2\nno\nno-2\nunasked\ngood\n', 'export', ...words, '-o', '-')
        expect(fed).toMatchObject({ code: 0 })
        const header = (parse(fed.out) as string[][])[0] ?? []
        const at = Math.max(header.indexOf('customer'), header.indexOf('Email Address'))
        return (parse(fed.out) as string[][]).slice(1).map((cells) => cells[at] as string)
      }
      expect(await keys('before')).toEqual(['capped'])
      expect(await keys('it')).toEqual(['good'])
      expect(await keys('it', '--profile', 'csv')).toEqual(['good'])
      expect(await keys('events')).toEqual(['good'])
      expect(await keys('open')).toEqual(['good@example.com'])
      expect(await keys('open', '--profile', 'csv')).toEqual(['good', 'no', 'no-2', 'unasked'])
      expect(await keys('everyone', '--profile', 'mailchimp')).toEqual(['capped@example.com', 'good@example.com'])
      expect(await keys('-', '--profile', 'mailchimp')).toEqual(['good@example.com'])
    },
  ))

it('who refused is known by his address however it is written there', () =>
  withShop(
    {
      customers: `customer,email,phone,country,email_opt_in,sms_opt_in
no-1,un\u200bseen@example.com,,,no,
yes-1,unseen@example.com,,,yes,
no-2,JOSE\u0301@example.com,,,no,
yes-2,jos\u00e9@example.com,,,yes,
no-3,sp ace@example.com,,,no,
yes-3,Space@Example.com,,,yes,
no-4,a@example.com,501 234 567,Polska,yes,no
yes-4,b@example.com,00 48 501 234 567,,yes,yes
no-5,c@example.com,+375 (29) 111-11-11,Беларусь,yes,no
yes-5,d@example.com,029 111 11 11,,yes,yes
no-6,e@example.com,8 029 222 22 22,PL,yes,no
yes-6,f@example.com,+375292222222,,yes,yes
good,good@example.com,+375293333333,PL,yes,yes
`,
      definitions: `${everyone}audiences:\n  mail: { segment: everyone, profile: mailchimp }\n  text: { segment: everyone, profile: sms }\n`,
    },
    async (shop) => {
      expect(await shop.segkit('export', 'mail', 'text')).toMatchObject({ code: 0 })
      const mailed = shop.rows('exports/mail_2024-12-31.csv').map((r) => r['Email Address'])
      expect(mailed.sort()).toEqual([...[...'abcdef'].map((c) => `${c}@example.com`), 'good@example.com'])
      expect(shop.rows('exports/text_2024-12-31.csv').map((r) => r['to'])).toEqual(['+375293333333'])
    },
  ))

it('who refused is known by every address in his cell, whatever stands around it', () =>
  withShop(
    {
      customers: `customer,email,phone,country,email_opt_in,sms_opt_in
no-1,anna1@xn--e1afmkfd.xn--p1ai,,,no,
yes-1,anna1@пример.рф,,,yes,
no-2,anna2@пример.рф,,,no,
yes-2,anna2@xn--e1afmkfd.xn--p1ai,,,yes,
no-3,Anna <a3@example.com>,,,no,
yes-3,A3@example.com,,,yes,
no-4,mailto:a4@example.com,,,no,
yes-4,a4@example.com,,,yes,
no-5,'a5@example.com',,,no,
yes-5,a5@example.com,,,yes,
no-6,a6@example.com.,,,no,
yes-6,a6@example.com,,,yes,
no-7,x7@example.com; a7@example.com,,,no,
yes-7,a7@example.com,,,yes,
yes-8,x7@example.com,,,yes,
no-9,,375291111111.0,BY,,no
yes-9,b9@example.com,+375291111111,BY,yes,yes
no-10,,80292222222; 80293333333,BY,,no
yes-10,b10@example.com,+375293333333,BY,yes,yes
good,good@example.com,+375294444444,BY,yes,yes
`,
      definitions: `${everyone}  by-mail: { all: [ { reachable: email } ] }
audiences:
  mail: { segment: everyone, profile: mailchimp }
  text: { segment: everyone, profile: sms }
  again: { segment: by-mail, profile: csv, reachable: any, columns: [email] }
`,
    },
    async (shop) => {
      expect(await shop.segkit('export', 'mail', 'text', 'again')).toMatchObject({ code: 0 })
      const mailed = shop.rows('exports/mail_2024-12-31.csv').map((r) => r['Email Address'])
      expect(mailed.sort()).toEqual(['b10@example.com', 'b9@example.com', 'good@example.com'])
      expect(shop.rows('exports/text_2024-12-31.csv').map((r) => r['to'])).toEqual(['+375294444444'])
      expect(
        shop
          .rows('exports/again_2024-12-31.csv')
          .map((r) => r['email'])
          .sort(),
      ).toEqual(mailed)
      const statement = (await shop.segkit('sql', 'by-mail')).out
      const store = new Database(join(shop.dir, 'segkit.db'), { readonly: true })
      const reachable = store.prepare(statement).pluck().all()
      store.close()
      expect(reachable.sort()).toEqual(['good', 'yes-10', 'yes-9'])
    },
  ))

it('a list suppresses by every address in its rows, and check and export say on which lines there is none', () =>
  withShop(
    {
      customers: `customer,email,phone,country,email_opt_in,sms_opt_in
a,a@example.com,,,yes,
b,b@example.com,,,yes,
c,c@example.com,,,yes,
d,d@example.com,+375291111111,,yes,
e,e@example.com,+375292222222,,yes,
good,good@example.com,,,yes,
`,
      definitions: `${everyone}audiences:\n  mail: { segment: everyone, suppress: [ { list: lists/never.csv } ], profile: mailchimp }\n`,
    },
    async (shop) => {
      shop.write(
        'lists/never.csv',
        'email,email2,phone,phone 2\na@example.com.,b@example.com,,\nx@example.com,,,,c@example.com\n,,,+375 29 111-11-11\n,,+375292222222; +375293333333,\nnobody at home,,,\n,,12,\n',
      )
      const unread = '`lists/never.csv` has lines of which not all can be read: 6, 7'
      for (const more of [[], ['everyone', '--dry-run']]) {
        const { code, err } = await shop.segkit('export', 'mail', ...more)
        expect([code, err.split(`warning[list]: ${unread}`).length - 1]).toEqual([0, 1])
      }
      expect(shop.rows('exports/mail_2024-12-31.csv').map((r) => r['Email Address'])).toEqual(['good@example.com'])
      expect(shop.manifest('mail_2024-12-31')).toMatchObject({ suppress_lines_not_read: { 'lists/never.csv': [6, 7] } })
      // Also where a definition alone names the list.
      shop.write('segkit.yaml', shop.read('segkit.yaml').replace(/^suppress:.*$/m, ''))
      expect((await shop.segkit('check')).out).toContain(`warning,list,"${unread}",segments/it.yaml,`)
      shop.write('lists/never.csv', 'email\na@example.com\n')
      expect((await shop.segkit('export', 'mail')).err).not.toContain('warning')
      expect(shop.manifest('mail_2024-12-31')).not.toHaveProperty('suppress_lines_not_read')
    },
  ))

it('where consent is not asked for, an address that somebody refused under is in no file of those who agreed', () =>
  withShop(
    {
      customers: `${header}a,a@example.com,,yes,,\nb,Shared@example.com,,yes,,\nc,,,no,,\nd,shared@example.com,,no,,\ne,e@example.com,,,,\n`,
      definitions: `${everyone}audiences:\n  mail: { segment: everyone, profile: mailchimp, reachable: any }\n`,
    },
    async (shop) => {
      expect(await shop.segkit('export', 'mail')).toMatchObject({ code: 0 })
      const mails = (part: string) => shop.rows(`exports/mail_2024-12-31.${part}.csv`).map((r) => r['Email Address'])
      expect(['agreed', 'refused', 'unknown'].map(mails)).toEqual([['a@example.com'], ['shared@example.com'], ['e@example.com']])
      expect(shop.manifest('mail_2024-12-31')).toMatchObject({ consent: 'not asked' })
      expect(await shop.segkit('export', 'everyone', '--profile', 'mailchimp')).toMatchObject({ code: 0 })
      expect(shop.manifest('everyone_2024-12-31')).not.toHaveProperty('consent')
    },
  ))

it('who was forgotten is not in a file of changes either', () =>
  withShop(
    {
      customers: header + many(3),
      definitions: `${everyone}audiences:\n  mail: { segment: everyone, profile: mailchimp }\n`,
    },
    async (shop) => {
      expect(await shop.segkit('export', 'mail', '--as-of', '2024-12-30')).toMatchObject({ code: 0 })
      const { err } = await shop.segkit('forget', 'c0001', '--yes')
      expect(err).toContain('exports/mail_2024-12-30.csv')
      expect(await shop.segkit('export', 'mail', '--changes')).toMatchObject({ code: 0 })
      expect(shop.rows('exports/mail_2024-12-31.csv')).toEqual([])
    },
  ))
