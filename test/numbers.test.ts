/** Lists too long for one row: spread over several, read back whole, and the same through nights that take from all of them. */
import { describe, expect, it } from 'vitest'
import { type Sql, sql } from '../src/base/sql.js'
import { membersAt, numberOfName, recordMembers } from '../src/engine/record.js'
import { heldIn, undo } from '../src/handoff/handoffs.js'
import { type HandOff, record } from '../src/handoff/ledger.js'
import { listedOn } from '../src/handoff/spans.js'
import { contactCounts } from '../src/store/contacts.js'
import { Marks, MOST_LISTED } from '../src/store/numbers.js'
import { openInMemory, type Store } from '../src/store/store.js'

const many = 2 * MOST_LISTED + 7
const upTo = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i + 1)
const everySecond = upTo(many).filter((n) => n % 2 === 0)

const inMemory = (title: string, work: (store: Store) => void): void =>
  it(title, () => {
    const store = openInMemory()
    try {
      work(store)
    } finally {
      store.close()
    }
  })

const numbers = (store: Store, query: Sql): readonly unknown[] => store.rows(query).map((row) => row[0])
const longest = (store: Store, table: string, column: string): unknown =>
  store.row({ text: `select max(json_array_length(${column})) from ${table}`, params: [] })?.[0]

describe('members of a run', () => {
  inMemory('are in several rows where they are many, and each run finds its own', (store) => {
    const name = numberOfName(store, 'everyone')
    recordMembers(store, name, Marks.of(upTo(many)), 1)
    recordMembers(store, name, Marks.of(everySecond), 2)
    recordMembers(store, name, Marks.of(upTo(many)), 3)
    const rising = (run: number): readonly number[] => [...membersAt(store, name, run)].sort((a, b) => a - b)
    expect([1, 2, 3].map(rising)).toEqual([upTo(many), everySecond, upTo(many)])
    expect(longest(store, 'member_span', 'customers')).toBe(MOST_LISTED)
    expect(numbers(store, sql`select count(*) from member_row where _until = 2`)).toEqual([many - everySecond.length])
  })
})

describe('hand-offs', () => {
  const about = (asOf: number, more: Partial<HandOff> = {}): HandOff => ({
    audience: 'spring',
    profile: 'mailchimp',
    profileVersion: '1',
    channel: 'email',
    contact: true,
    asOf,
    ...more,
  })
  const handOff = (store: Store, customers: readonly number[], asOf: number, more: Partial<HandOff> = {}): number =>
    record(store, {
      ...about(asOf, more),
      headers: ['customer'],
      rows: customers.map((customer) => ({ customer, arm: '', ident: '', cells: [String(customer)] })),
      run: null,
      files: [],
      madeAt: '2024-06-01T00:00:00Z',
    })
  const counts = (store: Store, channel?: string): ReadonlyMap<unknown, unknown> =>
    new Map(store.rows(contactCounts({ channel, to: 400 })).map(([customer, n]) => [customer, n]))
  const reached = (store: Store, channel: string): readonly unknown[] =>
    [...counts(store, channel).keys()].sort((a, b) => Number(a) - Number(b))

  inMemory('list their copies and contacts in several rows where they are many', (store) => {
    handOff(store, upTo(many), 1)
    expect(longest(store, 'handoff_span', 'numbers')).toBe(MOST_LISTED)
    expect(longest(store, 'contact_span', 'numbers')).toBe(MOST_LISTED)
    handOff(store, everySecond, 2)
    const n = counts(store)
    expect([n.size, n.get(1), n.get(2), n.get(many), n.get(many - 1)]).toEqual([many, 1, 2, 1, 2])
    expect([...(listedOn(store, 'handoff_span', 1, 2).get('') ?? [])]).toEqual(everySecond)
    expect(heldIn(store, new Set([1, many - 1])).map((h) => [h.customer, h.asOf])).toEqual([
      [1, 1],
      [many - 1, 1],
      [many - 1, 2],
    ])
  })

  inMemory('by two channels on a day, one taken back: the other’s contacts stay', (store) => {
    handOff(store, upTo(many), 1)
    const sms = handOff(store, everySecond, 1, { profile: 'sms', channel: 'sms' })
    expect([reached(store, 'sms'), reached(store, 'email')]).toEqual([everySecond, upTo(many)])
    undo(store, sms)
    expect([reached(store, 'sms'), reached(store, 'email')]).toEqual([[], upTo(many)])
  })
})
