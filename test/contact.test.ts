/** Consent and contacts beyond members: rules that are wrong, what is shown of them, the ledger, stores made before there was one. */
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, it } from 'vitest'
import { parseDay } from '../src/base/time.js'
import { record } from '../src/handoff/ledger.js'
import { isEmail } from '../src/language/addresses.js'
import { openForReading, openForWriting } from '../src/store/store.js'
import { inFolder, type Kitchen, openKitchen } from './kitchen.js'
import type { Spec } from './oracle.js'
import { dataFiles, type ShopSketch, shop, writeProject } from './shop.js'

const sketch: ShopSketch = {
  types: { customers: { opt_in: 'boolean' } },
  customers: { ana: { email: 'ana@shop.by', opt_in: true }, bob: { email: 'bob@shop.by', opt_in: false }, cat: {} },
}

/** A project with rules of consent and a segment `it`. */
const withRules = (consent: Readonly<Record<string, Spec>>, it: Spec, work: (kitchen: Kitchen) => void): Promise<void> =>
  inFolder(async (dir) => {
    const data = shop({ ...sketch, consent })
    writeProject(data, { segments: { it: { all: [it] }, other: { all: 'customers' } } }, dir)
    const kitchen = await openKitchen(dir, dataFiles(data))
    try {
      work(kitchen)
    } finally {
      kitchen.close()
    }
  })

const told = (kitchen: Kitchen): string => {
  try {
    kitchen.setting('2024-05-31')
    return ''
  } catch (error) {
    return String(error)
  }
}

it('a rule of consent by what is no attribute is told in segkit.yaml, and breaks what stands on it', () =>
  withRules({ email: { attribute: { optin: true } } }, { reachable: 'email' }, (kitchen) => {
    expect(told(kitchen)).toContain('no attribute or metric `optin`')
    expect(told(kitchen)).toContain('did you mean `opt_in`?')
    expect(told(kitchen)).toContain('segkit.yaml')
    expect(told(kitchen).match(/error\[/g)).toHaveLength(1)
  }))

it('a rule of consent that stands on what it rules is a circle', () =>
  withRules({ email: { in_segment: 'it' } }, { reachable: 'email' }, (kitchen) => {
    expect(told(kitchen)).toMatch(/stand on each other in a circle: .*it.*consent email/)
  }))

it('a channel without a rule is told, with those that have one', () =>
  withRules({ email: { attribute: { opt_in: true } } }, { reachable: 'sms' }, (kitchen) => {
    expect(told(kitchen)).toContain('no rule of consent for `sms`')
    expect(told(kitchen)).toContain('there are rules for `email`')
  }))

it('the segments behind the rules are neither named nor shown', async () => {
  await withRules({ email: { attribute: { opt_in: true } } }, { reachable: 'email' }, (kitchen) => {
    const { definitions } = kitchen.setting('2024-05-31')
    expect([...definitions.segments.keys()].sort()).toEqual(['it', 'other'])
    expect([...definitions.broken.keys()]).toEqual([])
    expect(kitchen.members('it', '2024-05-31')).toEqual([['ana']])
  })
  await withRules({ email: { attribute: { opt_in: true } } }, { in_segment: 'consent email' }, (kitchen) => {
    expect(told(kitchen)).toContain('no segment `consent email`')
  })
})

it('contacts are counted by audience, channel and day, those after the as-of day not at all', () =>
  inFolder(async (dir) => {
    const data = shop(sketch)
    const contacted = (body: Spec): Spec => ({ all: [{ contacted: body }] })
    const segments = {
      ever: contacted({ audience: 'spring' }),
      lately: contacted({ audience: 'spring', last: '10 days' }),
      sms: contacted({ audience: 'spring', channel: 'sms' }),
      twice: contacted({ audience: 'spring', count: { min: 2 } }),
      seldom: contacted({ audience: 'spring', count: { max: 1 } }),
      never: { all: [{ not_contacted: { audience: 'spring' } }] },
      other: contacted({ audience: 'autumn' }),
    }
    writeProject(data, { segments }, dir)
    const kitchen = await openKitchen(dir, dataFiles(data))
    try {
      const { store } = kitchen
      const contact = (customer: string, day: string, audience: string, channel: string): void => {
        const [number] = store.row({ text: 'select _id from customer_row where customer = ?', params: [customer] }) as [number]
        const about = { audience, profile: channel, profileVersion: '1', channel, contact: true, asOf: parseDay(day) as number }
        const rows = [{ customer: number, arm: '', ident: '', cells: [customer] }]
        record(store, { ...about, run: null, files: [], madeAt: '', headers: ['customer'], rows })
      }
      contact('ana', '2024-05-22', 'spring', 'email')
      contact('ana', '2024-05-31', 'spring', 'sms')
      contact('bob', '2024-05-21', 'spring', 'email')
      contact('bob', '2024-06-01', 'spring', 'email')
      contact('cat', '2024-05-31', 'autumn', 'email')
      const of = (segment: string): string => kitchen.members(segment, '2024-05-31').flat().join(' ')
      expect(Object.fromEntries(Object.keys(segments).map((name) => [name, of(name)]))).toEqual({
        ever: 'ana bob',
        lately: 'ana',
        sms: 'ana',
        twice: 'ana',
        seldom: 'bob cat',
        never: 'cat',
        other: 'cat',
      })
    } finally {
      kitchen.close()
    }
  }))

it('a store made before there was a ledger is read as it is, and gains one with the next write', () =>
  inFolder(async (dir) => {
    const data = shop(sketch)
    writeProject(data, {}, dir)
    const kitchen = await openKitchen(dir, dataFiles(data))
    kitchen.close()
    const path = join(dir, 'segkit.db')
    const tables = (): unknown[] => {
      const raw = new Database(path, { readonly: true })
      const found = raw
        .prepare("select name from sqlite_master where name glob 'handoff_*' or name glob 'contact_*' order by 1")
        .pluck()
        .all()
      raw.close()
      return found
    }
    const old = new Database(path)
    const made = tables()
    for (const name of ['handoff_row', 'handoff_file', 'handoff_split', 'handoff_copy', 'handoff_span', 'contact_span'])
      old.exec(`drop table ${name}`)
    old.exec('drop view contact_day')
    old.close()
    const reader = openForReading(path)
    expect(reader?.rows({ text: 'select count(*) from contact_day', params: [] })).toEqual([[0]])
    reader?.close()
    expect(tables()).toEqual([])
    openForWriting(path).close()
    expect(tables()).toEqual(made)
  }))

it.each([
  ['ana@shop.by', true],
  ['Ana.Banana+news@mail.shop.co.uk', true],
  ['ёж@почта.бел', true],
  ["o'neil@x.ie", true],
  ['ana', false],
  ['ana@shop', false],
  ['@shop.by', false],
  ['ana@', false],
  ['ana@@shop.by', false],
  ['ana@b@shop.by', false],
  ['ana@.by', false],
  ['ana@shop.', false],
  ['ana@shop..by', false],
  ['ana b@shop.by', false],
  ['ana@shop.by, bob@shop.by', false],
  ['<ana@shop.by>', false],
])('%s is a well-formed e-mail: %s', (text, fit) => {
  expect(isEmail(text)).toBe(fit)
})
