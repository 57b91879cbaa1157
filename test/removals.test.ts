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
