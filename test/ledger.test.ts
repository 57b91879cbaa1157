/** The ledger of hand-offs on real stores: the same night twice, corrections, what changed, caps, what is taken back or forgotten. */
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { int, sql } from '../src/base/sql.js'
import { formatDay, parseDay } from '../src/base/time.js'
import { forgetIn, handedFiles, heldIn, undo } from '../src/handoff/handoffs.js'
import {
  type Copy,
  capped,
  Entry,
  type HandOff,
  previous,
  record,
  type Standing,
  splitOn,
  unseen,
} from '../src/handoff/ledger.js'
import { contactCounts } from '../src/store/contacts.js'
import { openForReading, openForWriting, openInMemory, type Store } from '../src/store/store.js'
import { inFolder, openKitchen } from './kitchen.js'
import { dataFiles, shop, writeProject } from './shop.js'

const dayOf = (text: string): number => parseDay(text) as number
const may = (day: number): number => dayOf('2024-05-01') + day - 1

const about = (day: number, more: Partial<HandOff> = {}): HandOff => ({
  audience: 'spring',
  profile: 'mailchimp',
  profileVersion: '1',
  channel: 'email',
  contact: true,
  asOf: may(day),
  ...more,
})

/** `7`, `7:offer`, `7=new@address`: a customer by number, his arm, his address; `7#order` an occurrence. */
const copy = (text: string): Copy => {
  const [, customer = '', arm = '', ident = '', address = ''] = /^(\d+)(?::(\w+))?(?:#(\w+))?(?:=(.*))?$/.exec(
    text,
  ) as RegExpExecArray
  return { customer: Number(customer), arm, ident, cells: [address === '' ? `${customer}@shop.by` : address] }
}
const copies = (text: string): readonly Copy[] =>
  text
    .split(' ')
    .filter((s) => s !== '')
    .map(copy)

const ending = { run: null, files: [], madeAt: '2024-06-01T00:00:00Z' }

interface Night {
  readonly id: number
  readonly standing: readonly Standing[]
  readonly gone: readonly string[]
}

function handOff(store: Store, rows: string, day: number, more: Partial<HandOff> = {}): Night {
  const entry = new Entry(store, about(day, more), ['email'])
  const standing = copies(rows).map((c) => entry.add(c.customer, c.arm, c.ident, c.cells))
  const gone = [...entry.gone()].map((c) => `${c.customer}${c.ident === '' ? '' : `#${c.ident}`} ${c.cells.join()}`)
  return { standing, gone, id: entry.finish(ending) }
}

const contacts = (store: Store, channel?: string): Record<string, number> =>
  Object.fromEntries(
    store.rows(sql`${contactCounts({ channel, to: may(400) })} order by 1`).map(([c, n]) => [String(c), Number(n)]),
  )

/** All that the ledger's tables hold, numbers of rows aside. */
const everything = (store: Store): unknown =>
  ['series_row', 'handoff_row', 'handoff_file', 'handoff_split', 'handoff_copy', 'handoff_span', 'contact_span'].map((t) =>
    store.rows({ text: `select * from ${t} order by 1, 2`, params: [] }),
  )

const inMemory = (title: string, work: (store: Store) => void): void =>
  it(title, () => {
    const store = openInMemory()
    try {
      work(store)
    } finally {
      store.close()
    }
  })

describe('a hand-off is known by audience, profile and day', () => {
  inMemory('the same night twice is written down once, under the same number', (store) => {
    const split = { salt: 's', arms: [3000, 6000, 10_000].map((end, i) => ({ name: ['a', 'b', 'holdout'][i] as string, end })) }
    const first = handOff(store, '1:a 2:a 3:b 4:holdout', 1, { split })
    const before = everything(store)
    const second = handOff(store, '1:a 2:a 3:b 4:holdout', 1, { split })
    expect(second).toEqual(first)
    expect(everything(store)).toEqual(before)
    expect(splitOn(store, first.id)).toEqual(split)
    expect(contacts(store)).toEqual({ 1: 1, 2: 1, 3: 1 })
    expect(handOff(store, '1:a', 2).id).toBe(first.id + 1)
  })

  inMemory('another audience, profile or day is another hand-off', (store) => {
    const ids = [
      handOff(store, '1', 1),
      handOff(store, '1', 1, { audience: 'autumn' }),
      handOff(store, '1', 1, { profile: 'brevo' }),
      handOff(store, '1', 2),
    ].map((n) => n.id)
    expect(ids).toEqual([1, 2, 3, 4])
    expect(contacts(store)).toEqual({ 1: 3 })
  })

  inMemory('a correction replaces the list, and whoever was contacted stays contacted', (store) => {
    const first = handOff(store, '1 2', 1)
    const second = handOff(store, '2 3', 1)
    expect(second.id).toBe(first.id)
    expect(handOff(store, '2 3', 2).gone).toEqual([])
    expect(contacts(store)).toEqual({ 1: 1, 2: 2, 3: 2 })
  })

  inMemory('compares with the last hand-off of an earlier day, not with its own of the same day', (store) => {
    handOff(store, '1 2', 1)
    const once = handOff(store, '2 3', 2, { mode: 'changes' })
    const again = handOff(store, '2 3', 2, { mode: 'changes' })
    expect(once.standing).toEqual(['stayed', 'entered'])
    expect(once.gone).toEqual(['1 1@shop.by'])
    expect(again).toEqual(once)
    expect(previous(store, 'spring', 'mailchimp', may(2))).toMatchObject({ id: 1, asOf: may(1), profileVersion: '1', run: null })
    expect(previous(store, 'spring', 'mailchimp', may(1))).toBeUndefined()
    expect(previous(store, 'spring', 'brevo', may(2))).toBeUndefined()
  })

  inMemory('an entry that is not finished leaves nothing', (store) => {
    const before = everything(store)
    const entry = new Entry(store, about(1), ['email'])
    entry.add(1, '', '', ['a@shop.by'])
    entry.discard()
    expect(everything(store)).toEqual(before)
  })
})

describe('changes', () => {
  inMemory('who left carries the address as it was last handed off', (store) => {
    handOff(store, '1=old@shop.by 2', 1)
    handOff(store, '1=new@shop.by 2', 2)
    expect(handOff(store, '2', 3).gone).toEqual(['1 new@shop.by'])
    expect(handOff(store, '2', 4).gone).toEqual([])
  })

  inMemory('a changed address leaves under the old one and enters under the new one', (store) => {
    handOff(store, '1=old@shop.by', 1)
    expect(handOff(store, '1=new@shop.by', 2)).toMatchObject({ standing: ['entered'], gone: ['1 old@shop.by'] })
  })

  inMemory('another arm is another file', (store) => {
    handOff(store, '1:a 2:a', 1)
    expect(handOff(store, '1:b 2:a', 2)).toMatchObject({ standing: ['entered', 'stayed'], gone: ['1 1@shop.by'] })
  })

  inMemory('those held out are in no file: neither new nor gone, and new when they are let in', (store) => {
    expect(handOff(store, '1:a 2:holdout', 1).standing).toEqual(['entered', 'held'])
    expect(handOff(store, '1:a 2:a', 2, { mode: 'new' })).toMatchObject({ standing: ['stayed', 'new'], gone: [] })
    expect(handOff(store, '1:a 2:holdout', 3).gone).toEqual(['2 2@shop.by'])
    expect(handOff(store, '1:a', 4).gone).toEqual([])
  })

  inMemory('of an event each occurrence counts for itself', (store) => {
    handOff(store, '1#o1 1#o2', 1)
    expect(handOff(store, '1#o2 1#o3', 2, { mode: 'new' })).toMatchObject({
      standing: ['stayed', 'new'],
      gone: ['1#o1 1@shop.by'],
    })
    expect(handOff(store, '1#o1', 3, { mode: 'new' }).standing).toEqual(['entered'])
    expect(contacts(store)).toEqual({ 1: 2 })
  })

  inMemory('new are those in none of the earlier hand-offs, whatever their address was', (store) => {
    handOff(store, '1 2', 1)
    handOff(store, '1', 2)
    expect(handOff(store, '1 2=other@shop.by 3', 3, { mode: 'new' }).standing).toEqual(['stayed', 'entered', 'new'])
  })

  inMemory('a file of the new tells of nobody who left: the next file of changes does', (store) => {
    handOff(store, '1 2 4', 1)
    handOff(store, '1 3 4', 2, { mode: 'new' })
    handOff(store, '1 3', 3, { mode: 'new' })
    expect(handOff(store, '1 3', 4, { mode: 'changes' })).toMatchObject({
      standing: ['stayed', 'stayed'],
      gone: ['2 2@shop.by', '4 4@shop.by'],
    })
    expect(handOff(store, '1 3', 5, { mode: 'changes' }).gone).toEqual([])
  })

  inMemory('a night repeated with other people owes what its first file did: they leave and enter again', (store) => {
    handOff(store, '1 2', 1)
    handOff(store, '1 3', 2, { mode: 'changes' })
    const second = handOff(store, '1 2', 2, { mode: 'changes' })
    expect(second).toMatchObject({ standing: ['stayed', 'entered'], gone: ['3 3@shop.by'] })
    expect(handOff(store, '1 2', 2, { mode: 'changes' })).toEqual(second)
    expect(handOff(store, '1 2', 3, { mode: 'changes' })).toMatchObject({ standing: ['stayed', 'stayed'], gone: [] })
  })

  inMemory('only those in the files are reached', (store) => {
    handOff(store, '1', 1, { mode: 'new' })
    handOff(store, '1 2', 2, { mode: 'new' })
    handOff(store, '2 3', 3, { mode: 'changes' })
    expect(contacts(store)).toEqual({ 1: 1, 2: 1, 3: 1 })
  })

  inMemory('hashes, long cells and other scripts come back as they went out', (store) => {
    const cells = [
      ['a'.repeat(64), 'F'.repeat(64), ''],
      ['0'.repeat(63), 'ёж@почта.бел', 'x'.repeat(70_000)],
    ]
    const rows = cells.map((c, i) => ({ customer: 70_000 + i, arm: 'ё', ident: '', cells: c }))
    record(store, { ...about(1), ...ending, headers: ['a', 'b', 'c'], rows })
    const entry = new Entry(store, about(2), ['a', 'b', 'c'])
    expect([...entry.gone()]).toEqual(rows.map((r) => ({ ...r, headers: ['a', 'b', 'c'] })))
    entry.discard()
  })

  inMemory('many nights in any order, corrected and taken out, are what they were one by one', (store) => {
    let seed = 7
    const random = (n: number): number => {
      seed = (seed * 1103515245 + 12345) % 2147483648
      return Math.floor((seed / 2147483648) * n)
    }
    const nights = new Map<number, string>()
    const missed = new Map<number, ReadonlySet<string>>()
    const told = (rows: string): readonly string[] => copies(rows).map((c) => `${c.customer} ${c.cells.join()}`)
    for (let step = 0; step < 120; step++) {
      const day = 1 + random(12)
      if (random(5) === 0 && nights.has(day)) {
        const found = handedFiles(store).find((f) => f.asOf === may(day))
        expect(undo(store, found?.id ?? 0)?.asOf).toBe(may(day))
        nights.delete(day)
        missed.delete(day)
      } else {
        const rows = Array.from({ length: 30 }, (_, i) => i + 1)
          .filter(() => random(3) > 0)
          .map((c) => (random(6) === 0 ? `${c}=x${random(2)}@shop.by` : String(c)))
        const earlier = [...nights].filter(([d]) => d < day).sort(([a], [b]) => b - a)[0]?.[1] ?? ''
        const now = new Set(told(rows.join(' ')))
        const may = [...told(earlier), ...told(nights.get(day) ?? ''), ...(missed.get(day) ?? [])]
        const left = [...new Set(may)].filter((c) => !now.has(c))
        expect([...handOff(store, rows.join(' '), day).gone].sort()).toEqual(left.sort())
        missed.set(day, new Set([...(missed.get(day) ?? []), ...left]))
        nights.set(day, rows.join(' '))
      }
    }
    expect(nights.size).toBeGreaterThan(5)
  })
})

describe('contacts', () => {
  inMemory('are once an audience and day, by each channel used', (store) => {
    handOff(store, '1 2', 1)
    handOff(store, '2 3', 1, { profile: 'brevo' })
    handOff(store, '3 4', 1, { profile: 'sms', channel: 'sms' })
    handOff(store, '1', 2, { profile: 'meta', channel: 'ads', contact: false })
    expect(contacts(store)).toEqual({ 1: 1, 2: 1, 3: 1, 4: 1 })
    expect(contacts(store, 'email')).toEqual({ 1: 1, 2: 1, 3: 1 })
    expect(contacts(store, 'sms')).toEqual({ 3: 1, 4: 1 })
    expect(contacts(store, 'ads')).toEqual({})
  })

  inMemory('a cap counts contacts by the channel in the window, of all audiences, less its own of the day', (store) => {
    const over = (more: object): string =>
      store
        .rows(capped(store, { audience: 'spring', channel: 'email', asOf: may(14), from: may(1), max: 2, ...more }))
        .flat()
        .join(' ')
    handOff(store, '1 2 3', 1)
    handOff(store, '1 2', 13, { audience: 'autumn' })
    handOff(store, '3', 13, { audience: 'texts', profile: 'sms', channel: 'sms' })
    expect(over({})).toBe('1 2')
    expect(over({ channel: undefined })).toBe('1 2 3')
    expect(over({ from: may(2) })).toBe('')
    expect(over({ asOf: may(12) })).toBe('')
    handOff(store, '3', 14)
    expect(over({})).toBe('1 2')
    expect(over({ audience: 'autumn' })).toBe('1 2 3')
  })
})

describe('a hand-off taken out', () => {
  inMemory('leaves the ledger as it was before, its contacts gone, and names those compared with it', (store) => {
    handOff(store, '1 2', 1)
    const before = { contacts: contacts(store), copies: store.rows(sql`select _first, n, heads from handoff_copy`) }
    const second = handOff(store, '2=new@shop.by 3', 2, { split: { salt: 's', arms: [{ name: 'a', end: 10_000 }] } })
    handOff(store, '3', 3, { mode: 'changes' })
    handOff(store, '3', 4, { mode: 'changes' })
    handOff(store, '3 5', 5, { mode: 'new' })
    const undone = undo(store, second.id)
    expect(undone).toMatchObject({ audience: 'spring', asOf: may(2), customers: 2 })
    expect(undone?.compared.map((h) => h.id)).toEqual([3, 5])
    expect(splitOn(store, second.id)).toBeUndefined()
    for (const id of [3, 4, 5]) undo(store, id)
    expect(contacts(store)).toEqual(before.contacts)
    expect(store.rows(sql`select _first, n, heads from handoff_copy`)).toEqual(before.copies)
    expect(handOff(store, '1', 2).gone).toEqual(['2 2@shop.by'])
  })

  inMemory('takes back no contact that another hand-off of the day made', (store) => {
    const first = handOff(store, '1 2', 1)
    handOff(store, '2 3', 1, { profile: 'brevo' })
    handOff(store, '1', 1, { profile: 'sms', channel: 'sms' })
    undo(store, first.id)
    expect(contacts(store, 'email')).toEqual({ 2: 1, 3: 1 })
    expect(contacts(store, 'sms')).toEqual({ 1: 1 })
  })

  inMemory('that is not there is no hand-off, and no number is given twice', (store) => {
    expect(undo(store, 1)).toBeUndefined()
    const first = handOff(store, '1', 1)
    undo(store, first.id)
    expect(undo(store, first.id)).toBeUndefined()
    expect(handOff(store, '1', 1).id).toBe(first.id + 1)
  })
})

inMemory('whoever is forgotten is in no list, copy or contact, and the others stay as they were', (store) => {
  handOff(store, '1=secret@shop.by 2', 1)
  handOff(store, '2 3', 2)
  handOff(store, '1=secret@shop.by 2', 3, { audience: 'autumn' })
  expect(heldIn(store, new Set([1])).map((h) => `${h.id} ${h.audience} ${formatDay(h.asOf)}`)).toEqual([
    '1 spring 2024-05-01',
    '3 autumn 2024-05-03',
  ])
  forgetIn(store, new Set([1]))
  expect(heldIn(store, new Set([1]))).toEqual([])
  expect(contacts(store)).toEqual({ 2: 3, 3: 1 })
  expect(store.rows(sql`select 1 from handoff_copy where instr(body, cast('secret' as blob)) > 0`)).toEqual([])
  expect(handOff(store, '', 4, { audience: 'autumn' }).gone).toEqual(['2 2@shop.by'])
  expect(handOff(store, '2 3', 3).standing).toEqual(['stayed', 'stayed'])
})

it("conditions see what was handed off under the audience's name, and an audience can be blind to its own of the day", () =>
  inFolder(async (dir) => {
    const data = shop({ customers: { ana: {}, bob: {}, cat: {} } })
    const segments = {
      reached: { all: [{ contacted: { audience: 'spring', last: '30 days' } }] },
      fresh: { all: [{ not_contacted: { audience: 'spring', last: '30 days' } }] },
      often: { all: [{ contacted: { audience: 'spring', count: { min: 2 }, channel: 'email' } }] },
    }
    writeProject(data, { segments }, dir)
    const kitchen = await openKitchen(dir, dataFiles(data))
    try {
      const { store } = kitchen
      const of = (segment: string, day: number): string =>
        kitchen
          .members(segment, formatDay(may(day)))
          .flat()
          .join(' ')
      const number = (key: string): string => String(store.row(sql`select _id from customer_row where customer = ${key}`)?.[0])
      handOff(store, `${number('ana')} ${number('bob')}`, 1)
      handOff(store, `${number('bob')} ${number('cat')}:holdout`, 2)
      expect([of('reached', 2), of('fresh', 2), of('often', 2), of('reached', 31), of('reached', 40)]).toEqual([
        'ana bob',
        'cat',
        'bob',
        'bob',
        '',
      ])
      const again = unseen(store, { audience: 'spring', profile: 'mailchimp', asOf: may(2) })
      expect([of('reached', 2), of('fresh', 2), of('often', 2)]).toEqual(['ana bob', 'cat', ''])
      again()
      expect(of('often', 2)).toBe('bob')
    } finally {
      kitchen.close()
    }
  }))

inMemory(
  'a hand-off that is made again sees of its day what came before it was first made, and of other days everything',
  (store) => {
    const others = { audience: 'autumn', profile: 'mailchimp' }
    handOff(store, '7', 2, others)
    handOff(store, '1', 2)
    handOff(store, '2', 2, { audience: 'winter' })
    handOff(store, '3', 1, { audience: 'winter' })
    const seen = (audience: string, profile = 'mailchimp'): readonly string[] => {
      const over = unseen(store, { audience, profile, asOf: may(2) })
      const found = Object.keys(contacts(store))
      over()
      return found
    }
    expect(seen('autumn')).toEqual(['3'])
    expect(seen('spring')).toEqual(['3', '7'])
    expect(seen('winter')).toEqual(['1', '3', '7'])
    expect(seen('spring', 'csv')).toEqual(['2', '3', '7'])
    expect(seen('summer')).toEqual(['1', '2', '3', '7'])
    handOff(store, '7 8', 2, others)
    expect(seen('spring')).toEqual(['3', '7', '8'])
    expect(seen('autumn')).toEqual(['3'])
  },
)

it('a list larger than memory holds back goes through a file that nobody else sees', () =>
  inFolder(async (dir) => {
    const store = openForWriting(join(dir, 'segkit.db'))
    try {
      const rows = function* (): Generator<Copy> {
        for (let i = 1; i <= 3000; i++) yield { customer: i, arm: '', ident: '', cells: [`${i}`.padEnd(8000, 'x')] }
      }
      record(store, { ...about(1), ...ending, headers: ['email'], rows: rows() })
      const entry = new Entry(store, about(2), ['email'])
      const gone = [...entry.gone()]
      entry.discard()
      expect(gone.map((g) => g.cells[0]?.replace(/x+$/, ''))).toEqual(Array.from({ length: 3000 }, (_, i) => `${i + 1}`))
    } finally {
      store.close()
    }
  }))

it('a store made before there was a ledger is read, and keeps hand-offs from the next write on', () =>
  inFolder(async (dir) => {
    const path = join(dir, 'segkit.db')
    openForWriting(path).close()
    const old = new Database(path)
    const names = old
      .prepare("select type, name from sqlite_master where name glob 'handoff_*' or name glob 'contact_*' or name = 'series_row'")
      .all() as { type: string; name: string }[]
    for (const { type, name } of names.filter((n) => n.type !== 'index')) old.exec(`drop ${type} ${name}`)
    old.exec('create view exports as select null as id where 0')
    old.close()
    const reader = openForReading(path)
    expect(handedFiles(reader as Store)).toEqual([])
    expect(previous(reader as Store, 'spring', 'mailchimp', may(2))).toBeUndefined()
    reader?.close()
    const store = openForWriting(path)
    handOff(store, '1', 1)
    store.close()
    const again = new Database(path, { readonly: true })
    expect(again.prepare('select audience, as_of, profile, rows from exports').all()).toEqual([
      { audience: 'spring', as_of: '2024-05-01', profile: 'mailchimp', rows: null },
    ])
    expect(again.prepare("select count(*) from sqlite_master where name = 'handoff_span_key'").pluck().get()).toBe(1)
    again.close()
  }))

inMemory('files are listed by hand-off, and an arm held out has a row without one', (store) => {
  const file = { arm: 'offer', file: 'exports/spring_2024-05-01.offer.csv', rows: 2, bytes: 40, sha256: 'ab' }
  record(store, { ...about(1), ...ending, files: [file], headers: ['email'], rows: copies('1:offer 2:offer 3:holdout') })
  expect(handedFiles(store).map((f) => [f.id, f.audience, f.arm, f.file, f.rows, f.sha256])).toEqual([
    [1, 'spring', 'offer', 'exports/spring_2024-05-01.offer.csv', 2, 'ab'],
    [1, 'spring', 'holdout', null, 1, null],
  ])
  expect(store.rows(sql`select as_of from exports where id = ${int(1)}`)).toEqual([['2024-05-01'], ['2024-05-01']])
})
