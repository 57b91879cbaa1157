/** Tests inside definitions: what they try means exactly what the data would mean, in the project they stand in and nothing else. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { dispatch } from '../src/cli/dispatch.js'
import { inFolder } from './kitchen.js'

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

async function segkit(cwd: string, ...args: readonly string[]): Promise<Ended> {
  const said = { stdout: '', stderr: '' }
  const into = (name: 'stdout' | 'stderr') =>
    new Writable({
      write(chunk, _encoding, done) {
        said[name] += String(chunk)
        done()
      },
    })
  const code = await dispatch([...args], {
    stdin: Readable.from([]),
    stdout: into('stdout'),
    stderr: into('stderr'),
    isTTY: { stdin: false, stdout: false, stderr: false },
    width: 100,
    env: {},
    cwd,
    now: Date.UTC(2026, 0, 1),
  })
  return { code, ...said }
}

const project = 'version: 1\ntimezone: Europe/Minsk\nsystem_segments: false\n'

/** A project folder of these files, and what came of `segkit …` in it. */
async function shop<T>(files: Readonly<Record<string, string>>, work: (dir: string) => Promise<T>): Promise<T> {
  return inFolder(async (dir) => {
    for (const [name, text] of Object.entries({ 'segkit.yaml': project, ...files })) {
      mkdirSync(dirname(join(dir, name)), { recursive: true })
      writeFileSync(join(dir, name), text)
    }
    return work(dir)
  })
}

/** Tests of one definition, by name: true where it passed, else what was told. */
async function outcomes(
  files: Readonly<Record<string, string>>,
  ...names: readonly string[]
): Promise<Record<string, true | string>> {
  const { code, stdout, stderr } = await shop(files, (dir) => segkit(dir, 'test', ...names, '--json'))
  if (stdout === '') throw new Error(stderr)
  const { rows } = JSON.parse(stdout) as { rows: readonly { test: string; passed: boolean; message: string | null }[] }
  expect(code, stderr).toBe(rows.every((r) => r.passed) ? 0 : 78)
  return Object.fromEntries(rows.map((r) => [r.test, r.passed ? true : (r.message ?? '')]))
}

const segment = (body: string): Record<string, string> => ({
  'segments/it.yaml': `segments:\n  it:\n${body.replace(/^/gm, '    ')}\n`,
})

describe('what a test means', () => {
  it('a member is who would be one, on the day of the test and by no clock', async () => {
    expect(
      await outcomes(
        segment(`all: [{ performed: { orders: any, last: 30 days } }]
tests:
  - { name: first day of the window, as_of: 2024-05-31, orders: [2024-05-02], member: true }
  - { name: the day before it, as_of: 2024-05-31, orders: [2024-05-01], member: false }
  - { name: in days before the day, as_of: 2024-05-31, orders: [-29d], member: true }
  - { name: the same and too late, as_of: 2024-05-31, orders: [-30d], member: false }
  - { name: on the day, as_of: 2024-05-31, orders: [today 23:59], member: true }
  - { name: after it, as_of: 2024-05-31, orders: [2024-06-01], member: false }
  - { name: no orders at all, as_of: 2024-05-31, member: false }`),
      ),
    ).toEqual({
      'first day of the window': true,
      'the day before it': true,
      'in days before the day': true,
      'the same and too late': true,
      'on the day': true,
      'after it': true,
      'no orders at all': true,
    })
  })

  it('a test that expects otherwise fails and says what came out', async () => {
    expect(
      await outcomes(
        segment(`all: [{ attribute: { city: Минск } }]
tests:
  - { name: "yes", as_of: 2024-05-31, customer: { city: Минск }, member: false }
  - { name: "no", as_of: 2024-05-31, customer: { city: Брест }, member: true }`),
      ),
    ).toEqual({
      yes: 'expected no member, and the customer is one on 2024-05-31',
      no: 'expected a member, and the customer is none on 2024-05-31',
    })
  })

  it('occurrences are compared one by one, in order: a day with the day, a moment with the moment', async () => {
    expect(
      await outcomes({
        'segments/it.yaml': `events:
  it:
    on: orders
    where: { channel: web }
    tests:
      - name: both
        as_of: 2024-05-31
        orders: [{ at: -1d 10:30, channel: web }, { at: 2024-05-01, channel: web }, { at: -2d, channel: shop }]
        occurrences: [2024-05-01, 2024-05-30 10:30]
      - { name: the day of a moment, as_of: 2024-05-31, orders: [{ at: -1d 10:30, channel: web }], occurrences: [-1d] }
      - { name: another moment, as_of: 2024-05-31, orders: [{ at: -1d 10:30, channel: web }], occurrences: [-1d 10:31] }
      - { name: one too few, as_of: 2024-05-31, orders: [{ at: -1d, channel: web }, { at: -2d, channel: web }], occurrences: [-2d] }
      - { name: none, as_of: 2024-05-31, orders: [-1d], occurrences: [] }
`,
      }),
    ).toEqual({
      both: true,
      'the day of a moment': true,
      'another moment': 'expected 1 occurrence (2024-05-30 10:31), found 1 occurrence (2024-05-30T10:30:00+03:00)',
      'one too few': 'expected 1 occurrence (2024-05-29), found 2 occurrences (2024-05-29, 2024-05-30)',
      none: true,
    })
  })

  it('a metric is tested by its value; nothing is the unknown', async () => {
    expect(
      await outcomes({
        'segments/it.yaml': `metrics:
  spend:
    sum: orders.amount
    tests:
      - { name: cents, as_of: 2024-05-31, orders: [{ at: -1d, amount: 0.10 }, { at: -2d, amount: 0.2 }], value: 0.3 }
      - { name: wrong, as_of: 2024-05-31, orders: [{ at: -1d, amount: 0.10 }], value: 1 }
  last-product:
    latest: items.product
    tests:
      - { name: text, as_of: 2024-05-31, orders: [{ at: -1d, items: [Tea, Cake] }], value: Cake }
      - { name: unknown, as_of: 2024-05-31, value: }
`,
      }),
    ).toEqual({ cents: true, wrong: 'expected 1, found 0.10', text: true, unknown: true })
  })

  it('others are customers too, and not the one who is asked about', async () => {
    expect(
      await outcomes({
        'segments/it.yaml': `metrics:
  spend: { sum: orders.amount }
segments:
  best:
    all: [{ rank: { by: spend, top: 1 } }]
    tests:
      - name: the best of three
        as_of: 2024-05-31
        orders: [{ at: -1d, amount: 9 }]
        others: [{ orders: [{ at: -1d, amount: 8 }] }, { customer: { customer: zoe }, orders: [{ at: -1d, amount: 7 }] }]
        member: true
      - name: the second
        as_of: 2024-05-31
        orders: [{ at: -1d, amount: 8 }]
        others: [{ orders: [{ at: -1d, amount: 9 }] }]
        member: false
`,
      }),
    ).toEqual({ 'the best of three': true, 'the second': true })
  })

  it('what an item lacks its product has', async () => {
    expect(
      await outcomes(
        segment(`all: [{ performed: { items: { category: cakes }, count: { min: 2 } } }]
tests:
  - name: by sku
    as_of: 2024-05-31
    products: [{ sku: C1, product: Napoleon, category: cakes }]
    orders: [{ at: -1d, items: [{ sku: C1 }, { product: Éclair, category: cakes }] }]
    member: true`),
      ),
    ).toEqual({ 'by sku': true })
  })
})

describe('what holds in the project holds in its tests', () => {
  it('zone, counting, guests, types, parameters, lists, and what the definition stands on', async () => {
    expect(
      await outcomes({
        'segkit.yaml': `${project}sources: { customers: { types: { tags: { list: ";" }, zip: text } } }
orders: { counted: { status: { not: cancelled } } }
guests: ["0"]
parameters: { least: 2 }
`,
        'lists/staff.csv': 'email\nana@shop.by\n',
        'segments/it.yaml': `events:
  bought: { on: orders, where: { hour: { max: 2 } } }
segments:
  staff: { all: [{ in_list: { file: lists/staff.csv, by: email } }] }
  it:
    all:
      - performed: { event: bought, count: { min: $least } }
      - attribute: { tags: { has_any: [b] }, zip: "01234" }
    none: [{ in_segment: staff }]
    tests:
      - name: all of it
        as_of: 2024-05-31
        customer: &tags { tags: [a, B], zip: 01234 }
        orders: &two [{ at: "2024-05-01T22:30:00Z" }, { at: -1d 02:59 }]
        member: true
      - { name: cancelled, as_of: 2024-05-31, customer: *tags, orders: [{ at: -1d 01:00, status: cancelled }, -2d 01:00], member: false }
      - { name: a guest, as_of: 2024-05-31, customer: { customer: 0, tags: [b], zip: 01234 }, orders: *two, member: false }
      - { name: staff, as_of: 2024-05-31, customer: { email: ANA@shop.by, tags: [b], zip: 01234 }, orders: *two, member: false }
      - { name: another zip, as_of: 2024-05-31, customer: { tags: [b], zip: 1234 }, orders: *two, member: false }
      - { name: a parameter in a test, as_of: 2024-05-31, customer: { tags: [b], zip: $least }, orders: *two, member: false }
`,
      }),
    ).toEqual({
      'all of it': true,
      cancelled: true,
      'a guest': true,
      staff: true,
      'another zip': true,
      'a parameter in a test': true,
    })
  })

  it('fields have the types that the data of the project have, also where a test is the only one to fit another', async () => {
    const files = {
      'customers.csv': 'customer,code,size\nana,01234,5\nbob,A1,7\n',
      'segments/it.yaml': `segments:
  it:
    all: [{ attribute: { code: "01234", size: { min: 5 } } }]
    tests:
      - { name: as text, as_of: 2024-05-31, customer: { code: 01234, size: 5 }, member: true }
      - { name: no number, as_of: 2024-05-31, customer: { code: 1234, size: 5 }, member: false }
      - { name: without the field, as_of: 2024-05-31, customer: { code: 01234 }, member: false }
`,
    }
    await shop(files, async (dir) => {
      expect((await segkit(dir, 'ingest', 'customers', 'customers.csv', '-q')).code).toBe(0)
      const { code, stdout } = await segkit(dir, 'test', '--columns', 'test,passed', '--no-header')
      expect({ code, stdout }).toEqual({ code: 0, stdout: 'as text,true\nno number,true\nwithout the field,true\n' })
    })
  })

  it('rows of the project are not there, and rows of a test are nowhere afterwards', async () => {
    const files = {
      ...segment(`all: [{ attribute: { city: x } }]
tests:
  - { name: one, as_of: 2024-05-31, customer: { customer: ana }, member: false }
  - { name: two, as_of: 2024-05-31, customer: { customer: ana, city: x }, member: true }
  - { name: three, as_of: 2024-05-31, customer: { customer: ana }, member: false }`),
      'customers.csv': 'customer,city\nana,x\n',
    }
    await shop(files, async (dir) => {
      await segkit(dir, 'ingest', 'customers', 'customers.csv', '-q')
      const before = await segkit(dir, 'members', 'it')
      expect((await segkit(dir, 'test', '-q')).code).toBe(0)
      expect(await segkit(dir, 'members', 'it')).toEqual(before)
    })
    await shop(files, async (dir) => {
      expect((await segkit(dir, 'test', '-q')).code).toBe(0)
      expect(existsSync(join(dir, 'segkit.db'))).toBe(false)
    })
  })

  it('an attribute that only data to come will have is unknown so far', async () => {
    expect(
      await outcomes(
        segment(`any: [{ attribute: { shoe: { min: 40 } } }, { performed: { orders: { till: { min: 3 } } } }]
tests:
  - { name: nothing known, as_of: 2024-05-31, orders: [-1d], member: false }
  - { name: a shoe, as_of: 2024-05-31, customer: { shoe: 41 }, member: true }
  - { name: a till, as_of: 2024-05-31, orders: [{ at: -1d, till: 3 }], member: true }`),
      ),
    ).toEqual({ 'nothing known': true, 'a shoe': true, 'a till': true })
  })

  it('a row that could not be loaded fails its test and says why', async () => {
    expect(
      await outcomes({
        'segkit.yaml': `${project}currency: BYN\n`,
        ...segment(`all: customers
tests: [{ name: no rate, as_of: 2024-05-31, orders: [{ at: -1d, amount: 5, currency: USD }], member: true }]`),
      }),
    ).toEqual({ 'no rate': expect.stringMatching(/^its orders cannot be loaded: .*USD/) })
  })
})

describe('which tests are tried', () => {
  const two = {
    'segments/it.yaml': `segments:
  a: { tags: [x], all: customers, tests: [{ name: of a, as_of: 2024-05-31, member: true }] }
  b: { all: customers, tests: [{ name: of b, as_of: 2024-05-31, member: true }] }
  c: { all: [{ attribute: { cty: x } }], tests: [{ name: of c, as_of: 2024-05-31, member: tru }] }
`,
  }
  it('those of the definitions named; a broken one is told of', async () => {
    expect(await outcomes(two, 'tag:x')).toEqual({ 'of a': true })
    const all = await shop(two, (dir) => segkit(dir, 'test'))
    expect(all).toMatchObject({ code: 78, stderr: expect.stringContaining('2 tests passed; 1 definition broken') })
    expect(await shop(two, (dir) => segkit(dir, 'test', 'c'))).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('found `tru`'),
    })
    expect(await shop(two, (dir) => segkit(dir, 'test', 'd'))).toMatchObject({ code: 2 })
  })

  it('a project without any is told how to write one', async () => {
    expect(await shop(segment('all: customers'), (dir) => segkit(dir, 'test'))).toEqual({
      code: 0,
      stdout: 'definition,test,passed,message,file,line\n',
      stderr: 'no tests in the definitions of this project: `segkit help test` shows how to write one\n',
    })
  })

  it('every definition that ships with segkit has tests, and they hold whatever the project has made of its parameters', async () => {
    const settings = 'timezone: Asia/Tokyo\nguests: [customer]\nparameters: { new_for: 3 days, active_window: 5 days }\n'
    await shop({ 'segkit.yaml': `${settings}orders: { counted: { status: done } }\n` }, async (dir) => {
      const names = (await segkit(dir, 'list', 'system/*', '--columns', 'name', '--no-header')).stdout.trim().split('\n')
      const { code, stdout, stderr } = await segkit(dir, 'test', 'system/*', '--json')
      expect(stdout, stderr).not.toBe('')
      const tested = new Set((JSON.parse(stdout) as { rows: { definition: string }[] }).rows.map((r) => r.definition))
      expect({ code, untested: names.filter((name) => !tested.has(name)) }, stderr).toEqual({ code: 0, untested: [] })
    })
  })
})

it('the definition in the help of `test` is one, and passes', async () => {
  const help = (await inFolder((dir) => segkit(dir, 'help', 'test'))).stdout
  const example = /^ {2}tests:\n(?: {4}.*\n)+/m.exec(help)?.[0] ?? ''
  const tests = parse(example) as object
  const files = { 'segments/it.yaml': JSON.stringify({ segments: { it: { all: 'customers', ...tests } } }) }
  expect(await outcomes(files)).toEqual({ 'an order on the last day of the window counts': true })
})
