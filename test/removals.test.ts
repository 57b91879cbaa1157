/** What files of changes owe a tool: whom it must drop and whom it must not, night after night. A real store, real files, the real program. */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { expect, it } from 'vitest'
import { main } from '../src/cli/main.js'
import { inFolder } from './kitchen.js'

interface Shop {
  /** Loads these customers instead of those that are there. */
  customers(lines: string): Promise<void>
  orders(lines: string): Promise<void>
  define(text: string): void
  /** Everything that the command said, when it ends well. */
  segkit(...words: readonly string[]): Promise<string>
  /** Lines of a file in `exports`, its header left out. */
  lines(file: string): readonly string[]
  json(file: string): Readonly<Record<string, unknown>>
}

const settings = `version: 1
timezone: UTC
country: BY
system_segments: false
consent:
  email: { attribute: { email_opt_in: true } }
  ads: { attribute: { email_opt_in: true } }
  sms: { attribute: { email_opt_in: true } }
`

const withShop = (work: (shop: Shop) => Promise<void>): Promise<void> =>
  inFolder(async (dir) => {
    const write = (file: string, text: string): void => {
      mkdirSync(dirname(join(dir, file)), { recursive: true })
      writeFileSync(join(dir, file), text)
    }
    const segkit = async (...words: readonly string[]): Promise<string> => {
      const said: string[] = []
      const into = () =>
        new Writable({
          write(chunk, _encoding, done) {
            said.push(String(chunk))
            done()
          },
        })
      const code = await main(words, {
        stdin: Readable.from([]),
        stdout: into(),
        stderr: into(),
        isTTY: { stdin: false, stdout: false, stderr: false },
        width: 80,
        env: {},
        cwd: dir,
        now: Date.parse('2024-12-31T20:00:00Z'),
      })
      expect(code, said.join('')).toBe(0)
      return said.join('')
    }
    const define = (text: string): void => write('segments/it.yaml', text)
    write('segkit.yaml', settings)
    await work({
      define,
      segkit,
      async customers(lines) {
        write('customers.csv', `customer,email,phone,email_opt_in\n${lines}`)
        await segkit('ingest', 'customers', 'customers.csv', '--replace')
      },
      async orders(lines) {
        write('orders.csv', `order_id,customer,date,amount\n${lines}`)
        await segkit('ingest', 'orders', 'orders.csv')
      },
      lines: (file) =>
        readFileSync(join(dir, 'exports', file), 'utf8')
          .split('\n')
          .slice(1)
          .filter((line) => line !== ''),
      json: (file) => JSON.parse(readFileSync(join(dir, 'exports', file), 'utf8')) as Readonly<Record<string, unknown>>,
    })
  })

const opted = 'segments:\n  opted: { all: [ { attribute: { email_opt_in: true } } ] }\n'

/** The first 48 bits of SHA-256 of salt, U+001F and key, mod 10000. */
const bucket = (salt: string, key: string): number =>
  Number(BigInt(`0x${createHash('sha256').update(`${salt}\u001f${key}`).digest('hex').slice(0, 12)}`) % 10_000n)

it('a hold-out holds for everybody with the same address, in a file of no channel too', () =>
  withShop(async (shop) => {
    shop.define(
      `${opted}audiences:\n  half: { segment: opted, split: { salt: s, arms: { a: 50, holdout: 50 } }, profile: csv, columns: [email] }\n`,
    )
    const people = Array.from({ length: 20 }, (_, i) => [`p${i}`, `q${i}`] as const)
    const phone = (i: number): string => `+3752912300${String(10 + i)}`
    await shop.customers(
      people
        .map(([p, q], i) =>
          i < 10
            ? `${p},two${i}@x.com,,yes\n${q},TWO${i}@x.com,,yes\n`
            : `${p},p${i}@x.com,${phone(i)},yes\n${q},q${i}@x.com,${phone(i)},yes\n`,
        )
        .join(''),
    )
    await shop.segkit('export', 'half', '--as-of', '2024-05-17')
    const free = people.filter((pair) => pair.every((key) => bucket('s', key) < 5000)).flat()
    expect(free.length).toBeGreaterThan(2)
    expect(shop.lines('half_2024-05-17.a.csv').map((line) => line.split(',')[0])).toEqual(free.sort())
  }))

const audience = (name: string, body: string): string => `${opted}audiences:\n  ${name}: { segment: opted, ${body} }\n`
const google = 'profile: google-customer-match, params: { hash: none }'

it('an address that somebody in the list still has is not taken out', () =>
  withShop(async (shop) => {
    shop.define(`${audience('g', google)}  m: { segment: opted, profile: mailchimp }\n`)
    await shop.customers('D1,dup@x.com,,yes\nD2,Dup@x.com,,yes\nE1,old@x.com,+375291230011,yes\nF,f@x.com,,yes\n')
    await shop.segkit('export', 'g', 'm', '--as-of', '2024-05-17')
    await shop.customers('D2,Dup@x.com,,yes\nE1,new@x.com,+375291230011,yes\n')
    await shop.segkit('export', 'g', 'm', '--as-of', '2024-05-18', '--changes')
    expect(shop.lines('g_2024-05-18.add.csv')).toEqual(['new@x.com,+375291230011,,,,'])
    expect(shop.lines('g_2024-05-18.remove.csv')).toEqual(['old@x.com,,,,,', 'f@x.com,,,,,'])
    expect(shop.lines('m_2024-05-18.csv').map((line) => line.split(',').slice(0, 2).join())).toEqual([
      'entered,dup@x.com',
      'entered,new@x.com',
      'left,old@x.com',
      'left,f@x.com',
    ])
  }))

it('who moves to another arm in one file enters there and leaves nothing', () =>
  withShop(async (shop) => {
    const split = (arms: string): string => audience('m', `split: { salt: s, arms: ${arms}, as: column }, profile: mailchimp`)
    shop.define(split('{ a: 100 }'))
    await shop.customers('c0,c0@x.com,,yes\nc1,c1@x.com,,yes\n')
    await shop.segkit('export', 'm', '--as-of', '2024-05-17')
    shop.define(split('{ b: 100 }'))
    await shop.customers('c0,c0@x.com,,yes\n')
    await shop.segkit('export', 'm', '--as-of', '2024-05-18', '--changes')
    const rows = shop.lines('m_2024-05-18.csv').map((line) => [line.split(',').slice(0, 2).join(), line.split(',').at(-1)])
    expect(rows).toEqual([
      ['entered,c0@x.com', 'b'],
      ['left,c1@x.com', 'a'],
    ])
  }))

it('who left before a night of the new alone, or was in its first file, is taken out all the same', () =>
  withShop(async (shop) => {
    shop.define(audience('g', google))
    const night = async (day: number, mode: string): Promise<readonly string[]> => {
      await shop.segkit('export', 'g', '--as-of', `2024-05-${day}`, ...(mode === '' ? [] : [mode]))
      return mode === '--changes' ? shop.lines(`g_2024-05-${day}.remove.csv`).map((line) => line.split(',')[0] ?? '') : []
    }
    await shop.customers('A1,a1@x.com,,yes\nA2,a2@x.com,,yes\n')
    await night(17, '')
    await shop.customers('A1,a1@x.com,,yes\nA2,a2@x.com,,no\nA3,a3@x.com,,yes\n')
    await night(18, '--new')
    expect(await night(19, '--changes')).toEqual(['a2@x.com'])
    await shop.customers('A1,a1@x.com,,yes\nA3,a3@x.com,,yes\nA5,a5@x.com,,yes\n')
    expect(await night(20, '--changes')).toEqual([])
    await shop.customers('A1,a1@x.com,,yes\nA3,a3@x.com,,yes\nA5,a5@x.com,,no\n')
    expect(await night(20, '--changes')).toEqual(['a5@x.com'])
    expect(await night(20, '--changes')).toEqual(['a5@x.com'])
    expect(await night(21, '--changes')).toEqual([])
  }))

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const ann = '+375291230011'

it.each([
  ['none', 'sha256'],
  ['sha256', 'none'],
])('the night the hash goes from %s to %s nobody who stays is removed, and who left is, by what can be told', (first, then) =>
  withShop(async (shop) => {
    const spelled = (value: string, hash = then): string => (hash === 'none' ? value : sha256(value))
    const night = async (day: number, hash: string, mode = '--changes') => {
      await shop.segkit('export', 'g', '--as-of', `2024-05-${day}`, '--param', `hash=${hash}`, ...(mode === '' ? [] : [mode]))
      const lines = (file: string) => shop.lines(`g_2024-05-${day}.${file}.csv`).map((line) => line.split(',').slice(0, 2).join())
      return mode === '' ? [] : [lines('add'), lines('remove')]
    }
    shop.define(audience('g', 'profile: google-customer-match'))
    await shop.customers(`A,ann@x.com,${ann},yes\nB,bob@x.com,,yes\nC,cat@x.com,,yes\nD,dan@x.com,,yes\n`)
    await night(17, first, '')
    // Ann and Dan stay, Bob leaves, Cat has another address.
    await shop.customers(`A,ann@x.com,${ann},yes\nB,bob@x.com,,no\nC,new@x.com,,yes\nD,dan@x.com,,yes\n`)
    // What was hashed when it went out stays so: nobody can turn it back.
    const gone = (value: string): string => `${then === 'none' ? sha256(value) : spelled(value)},`
    expect(await night(18, then)).toEqual([
      [`${spelled('ann@x.com')},${spelled(ann)}`, `${spelled('new@x.com')},`, `${spelled('dan@x.com')},`],
      [gone('bob@x.com'), gone('cat@x.com')],
    ])
    // From now on all is as ever.
    await shop.customers(`A,ann@x.com,,yes\nC,new@x.com,,yes\nD,dan@x.com,,no\n`)
    expect(await night(19, then)).toEqual([[`${spelled('ann@x.com')},`], [`,${spelled(ann)}`, `${spelled('dan@x.com')},`]])
  }),
)

it('the night the hash is switched a header may change its name with it', () =>
  withShop(async (shop) => {
    shop.define(audience('t', 'profile: tiktok'))
    const night = (day: number, hash: string, ...more: readonly string[]) =>
      shop.segkit('export', 't', '--as-of', `2024-05-${day}`, '--param', `hash=${hash}`, ...more)
    await shop.customers('A,ann@x.com,,yes\nB,bob@x.com,,yes\n')
    await night(17, 'none')
    await shop.customers('A,ann@x.com,,yes\nB,bob@x.com,,no\n')
    await night(18, 'sha256', '--changes')
    expect(shop.lines('t_2024-05-18.remove.csv')).toEqual([`${sha256('bob@x.com')},`])
  }))

it('between two hashes that cannot be compared who is in the list stays in it', () =>
  withShop(async (shop) => {
    shop.define(audience('p', 'profile: vk-mytarget, params: { id: email }'))
    const night = (day: number, hash: string, ...more: readonly string[]) =>
      shop.segkit('export', 'p', '--as-of', `2024-05-${day}`, '--param', `hash=${hash}`, ...more)
    await shop.customers('A,ann@x.com,,yes\nB,bob@x.com,,yes\nC,bob@x.com,,yes\n')
    await night(17, 'sha256')
    await shop.customers('A,ann@x.com,,yes\nB,bob@x.com,,no\nC,,,yes\n')
    await night(18, 'md5', '--changes')
    expect(shop.lines('p_2024-05-18.remove.csv')).toEqual([sha256('bob@x.com')])
  }))

it('who left a file of no channel has the address as it was last handed off, unless another has it', () =>
  withShop(async (shop) => {
    shop.define(audience('c', 'profile: csv, columns: [email, phone]'))
    await shop.customers('A1,Dup@x.com,,yes\nA2,dup@x.com,,yes\nA3,a3@x.com,+375291230011,yes\n')
    await shop.segkit('export', 'c', '--as-of', '2024-05-17')
    await shop.customers('A2,dup@x.com,,yes\nA3,a3@x.com,+375291230011,no\n')
    await shop.segkit('export', 'c', '--as-of', '2024-05-18', '--changes')
    expect(shop.lines('c_2024-05-18.csv')).toEqual(['left,A1,,', 'left,A3,a3@x.com,+375291230011'])
  }))

it('who left is told by the header that a parameter names', () =>
  withShop(async (shop) => {
    shop.define(audience('s', 'profile: sms'))
    await shop.customers('A1,a1@x.com,+375291230011,yes\nA2,a2@x.com,+375291230012,yes\n')
    await shop.segkit('export', 's', '--as-of', '2024-05-17')
    await shop.customers('A2,a2@x.com,+375291230012,yes\n')
    await shop.segkit('export', 's', '--as-of', '2024-05-18', '--changes')
    expect(shop.lines('s_2024-05-18.csv')).toEqual(['left,+375291230011'])
  }))

it('of an event one row goes to an address: the latest occurrence, which the nights of the new bring too; the others are counted', () =>
  withShop(async (shop) => {
    const event = 'events:\n  ordered: { on: orders, capture: [amount] }\n'
    shop.define(`${event}audiences:\n  m: { event: ordered, last: 30 days, profile: mailchimp }\n`)
    await shop.customers('A,a@x.com,,yes\nB,b@x.com,,yes\n')
    await shop.orders('1,A,2024-05-01,10\n2,A,2024-05-10,20\n3,B,2024-05-11,30\n4,A,2024-05-16,40\n')
    const said = await shop.segkit('export', 'm', '--as-of', '2024-05-17')
    const rows = (file: string): readonly string[] =>
      shop.lines(file).map((line) => [line.split(',')[0], line.split(',').at(-1)].join())
    expect(rows('m_2024-05-17.csv')).toEqual(['a@x.com,40', 'b@x.com,30'])
    expect(said).toContain('2 occurrences left out: `mailchimp` takes one row an address, the latest')
    expect(shop.json('m_2024-05-17.json')).toMatchObject({ customers: 2, handed_off: 2, occurrences_of_same_address: 2 })
    await shop.orders('5,B,2024-05-18,50\n')
    await shop.segkit('export', 'm', '--as-of', '2024-05-18', '--new')
    expect(rows('m_2024-05-18.csv')).toEqual(['b@x.com,50'])
  }))

it('of an event the latest occurrence of an address goes out, whoever of those who share it has it', () =>
  withShop(async (shop) => {
    const event = 'events:\n  ordered: { on: orders, capture: [order, amount] }\n'
    shop.define(
      `${event}audiences:\n  m: { event: ordered, last: 30 days, profile: mailchimp }\n  c: { event: ordered, last: 30 days }\n`,
    )
    await shop.customers('A,x@x.com,,yes\nB,X@x.com,,yes\nC,c@x.com,,yes\nD,x@X.com,,yes\nE,d@x.com,,yes\nF,d@x.com,,yes\n')
    await shop.orders(
      '1,A,2024-05-10 12:00,1\n2,B,2024-05-10 21:00,2\n3,A,2024-05-10 20:00,3\n4,B,2024-05-01,4\n5,C,2024-05-02,5\n6,D,2024-05-09,6\n7,E,2024-05-09,7\n8,F,2024-05-09,8\n',
    )
    const said = await shop.segkit('export', 'm', '--as-of', '2024-05-17')
    const rows = (file: string): readonly string[] =>
      shop.lines(file).map((line) => [line.split(',')[0], ...line.split(',').slice(-2)].join())
    // B at 21:00 is later than A at 20:00 and D the day before; of two at one moment the first customer's.
    expect(rows('m_2024-05-17.csv')).toEqual(['x@x.com,2,2', 'c@x.com,5,5', 'd@x.com,7,7'])
    expect(said).toContain('5 occurrences left out')
    expect(shop.json('m_2024-05-17.json')).toMatchObject({ customers: 6, handed_off: 3, dropped: { 'same-address': 3 } })
    await shop.orders('9,D,2024-05-17 23:59,9\n')
    await shop.segkit('export', 'm', '--as-of', '2024-05-18', '--changes')
    expect(rows('m_2024-05-18.csv')).toEqual(['entered,9,9'])
    expect(shop.lines('m_2024-05-18.csv')[0]).toContain('entered,x@x.com')
    // Where each occurrence has a row, nobody gives way.
    await shop.segkit('export', 'c', '--as-of', '2024-05-18')
    expect(shop.lines('c_2024-05-18.csv')).toHaveLength(9)
  }))
