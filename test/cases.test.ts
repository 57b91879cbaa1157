/**
 * Conditions, metrics and events on shops of a few rows, told in `cases/*.yaml`: what the program answers, what the oracle answers
 * and what SQL written by hand gives over the raw cells are one and the same.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { compareBytes } from '../src/base/text.js'
import { parseDay } from '../src/base/time.js'
import { record } from '../src/handoff/ledger.js'
import { kinds } from '../src/language/conditions/index.js'
import { eventKinds } from '../src/language/events.js'
import { metricKinds } from '../src/language/metrics.js'
import { operators } from '../src/language/operators.js'
import { windowKinds } from '../src/language/windows.js'
import { inFolder, type Kitchen, openKitchen } from './kitchen.js'
import { columnsOf, type Definitions, Oracle, type ShopData, type Spec } from './oracle.js'
import { dataFiles, type ShopSketch, shop, writeProject } from './shop.js'

/** What stands at the head of a file, and may stand in a case instead. */
interface Ground {
  readonly shop: ShopSketch
  readonly as_of: string
  readonly definitions?: Definitions
  /** The ledger: who was in a file of which audience, by which channel, on which day. */
  readonly contacts?: readonly Contact[]
  /** False where the case stands on what the oracle has no notion of. */
  readonly oracle?: false
}

type Contact = readonly [customer: string, audience: string, channel: string, day: string]

/** One of `where`, `metric`, `event`; its answer; and the hand-written query that gives the same, with `@d` for the as-of day. */
interface Case extends Partial<Ground> {
  readonly name: string
  /** A condition, or blocks. */
  readonly where?: Spec
  readonly members?: readonly string[]
  /** Other ways of saying `where`. */
  readonly also?: readonly Spec[]
  readonly metric?: Spec
  readonly values?: Readonly<Record<string, string | null>>
  readonly event?: Spec
  readonly occurrences?: readonly (readonly string[])[]
  readonly same_as: string
}

interface CaseFile extends Ground {
  readonly cases: readonly Case[]
}

const folder = new URL('cases/', import.meta.url)
const families = readdirSync(folder).sort()

for (const file of families) {
  const { cases, ...ground } = parse(readFileSync(new URL(file, folder), 'utf8')) as CaseFile
  describe(file.replace('.yaml', ''), () => {
    for (const one of cases) it(one.name, () => answer({ ...ground, ...one }))
  })
}

async function answer(one: Case & Ground): Promise<void> {
  const data = shop(one.shop)
  const definitions = definitionsOf(one)
  const raw = rawTables(data, one.contacts)
  try {
    const byHand = raw
      .prepare(one.same_as)
      .raw()
      .all(/@d\b/.test(one.same_as) ? { d: one.as_of } : {}) as (string | number | null)[][]
    await inFolder(async (dir) => {
      writeProject(data, definitions, dir)
      const kitchen = await openKitchen(dir, dataFiles(data))
      try {
        for (const contact of one.contacts ?? []) handOff(kitchen, contact)
        const asked: Asked = { one, kitchen, oracle: one.oracle === false ? undefined : new Oracle(data, definitions), byHand }
        if (one.where !== undefined) answerMembers(asked)
        else if (one.metric !== undefined) answerValues(asked)
        else answerOccurrences(asked)
      } finally {
        kitchen.close()
      }
    })
  } finally {
    raw.close()
  }
}

/** A hand-off of that day to one customer. */
function handOff({ store }: Kitchen, [customer, audience, channel, day]: Contact): void {
  const [number] = store.row({ text: 'select _id from customer_row where customer = ?', params: [customer] }) as [number]
  const about = { audience, profile: channel, profileVersion: '1', channel, contact: true, asOf: parseDay(day) as number }
  const rows = [{ customer: number, arm: '', ident: '', cells: [customer] }]
  record(store, { ...about, run: null, files: [], madeAt: '', headers: ['customer'], rows })
}

interface Asked {
  readonly one: Case & Ground
  readonly kitchen: Kitchen
  readonly oracle: Oracle | undefined
  readonly byHand: readonly (readonly (string | number | null)[])[]
}

const isBlocks = (where: Spec): boolean => Object.keys(where).every((key) => ['all', 'any', 'none', 'base'].includes(key))
const asSegment = (where: Spec): Spec => (isBlocks(where) ? where : { all: [where] })

/** The case's own definitions, with the question under the name `it`. */
function definitionsOf({ where, also = [], metric, event, definitions = {} }: Case): Definitions {
  const { metrics = {}, events = {}, segments = {} } = definitions
  return {
    metrics: { ...metrics, ...(metric !== undefined && { it: metric }) },
    events: { ...events, ...(event !== undefined && { it: event }) },
    segments: {
      ...segments,
      everyone: { all: 'customers' },
      ...(where !== undefined && {
        it: asSegment(where),
        rest: 'base' in where ? { none: [{ in_segment: 'it' }] } : { none: [where] },
      }),
      ...Object.fromEntries(also.map((other, i) => [`also-${i + 1}`, asSegment(other)])),
    },
  }
}

function answerMembers({ one, kitchen, oracle, byHand }: Asked): void {
  const { as_of, members, also = [] } = one
  const of = (segment: string): string[] => kitchen.members(segment, as_of).map((row) => String(row[0]))
  const { text, params } = kitchen.statement('it', as_of)
  const everyone = of('everyone')
  expect({
    program: of('it'),
    statement: kitchen.store.rows({ text, params }).map((row) => row[0]),
    oracle: oracle === undefined ? members : oracle.members('it', as_of),
    hand: byHand.map((row) => String(row[0])).sort(compareBytes),
    complement: of('rest'),
    also: also.map((_, i) => of(`also-${i + 1}`)),
  }).toEqual({
    program: members,
    statement: members,
    oracle: members,
    hand: members,
    complement: everyone.filter((customer) => !members?.includes(customer)),
    also: also.map(() => members),
  })
}

const shown = (cell: unknown): string | null =>
  cell === null || cell === undefined ? null : typeof cell === 'object' && 'decimal' in cell ? String(cell.decimal) : String(cell)

function answerValues({ one, kitchen, oracle, byHand }: Asked): void {
  const { as_of, values = {} } = one
  const hand = new Map(byHand.map(([customer, value]) => [customer, value]))
  const same = (a: unknown, b: string | null): boolean =>
    typeof a === 'number' ? b !== null && a === Number(b) : (a ?? null) === b
  expect({
    program: Object.fromEntries(kitchen.members('everyone', as_of, ['it']).map((row) => [row[0], shown(row[1])])),
    oracle: oracle === undefined ? values : Object.fromEntries(oracle.metric('it', as_of)),
    hand: Object.fromEntries(
      Object.entries(values).map(([customer, value]) => [customer, same(hand.get(customer), value) ? value : hand.get(customer)]),
    ),
  }).toEqual({ program: values, oracle: values, hand: values })
}

function answerOccurrences({ one, kitchen, oracle, byHand }: Asked): void {
  const { as_of, occurrences } = one
  expect({
    program: kitchen.occurrences('it', as_of).map((row) => row.map(shown)),
    oracle:
      oracle === undefined
        ? occurrences
        : oracle.occurrences('it', as_of).map((o) => [o.customer, o.at, ...Object.values(o.captured)]),
    hand: byHand.map((row) => row.map((cell) => (cell === null ? null : String(cell)))),
  }).toEqual({ program: occurrences, oracle: occurrences, hand: occurrences })
}

const columns = {
  customers: ['customer'],
  orders: ['order', 'customer', 'at'],
  items: ['order', 'line', 'product'],
  products: ['sku'],
  activities: ['customer', 'at', 'type'],
} as const

/** The cells as they stand in the files, text throughout, a blank one null: nothing of the program has touched them. */
function rawTables(data: ShopData, contacts: readonly Contact[] = []): Database.Database {
  const raw = new Database(':memory:')
  for (const source of Object.keys(columns) as (keyof typeof columns)[]) {
    const rows = data[source]
    const names = [...new Set([...columns[source], ...columnsOf(rows)])]
    raw.exec(`create table ${source} (${names.map((name) => `"${name}"`).join(', ')})`)
    const insert = raw.prepare(`insert into ${source} values (${names.map(() => '?').join(', ')})`)
    for (const row of rows) insert.run(names.map((name) => row[name]?.trim() || null))
  }
  raw.exec('create table contacts (customer, audience, channel, day)')
  for (const contact of contacts) raw.prepare('insert into contacts values (?, ?, ?, ?)').run(contact)
  return raw
}

const exampleShop = shop({
  consent: { sms: { attribute: { city: 'Минск' } } },
  currency: 'BYN',
  types: { customers: { score: 'number', tags: { list: ';' } } },
  customers: {
    ana: {
      city: 'Минск',
      email: 'ana@shop.by',
      birth_date: '1990-01-01',
      score: 1,
      tags: 'a;b',
      orders: [
        { at: '2024-05-01', amount: '10.00', items: [{ product: 'торт', category: 'cakes', quantity: 1, price: '10.00' }] },
      ],
      activities: [{ at: '2024-05-01', type: 'visit' }],
    },
  },
  lists: { 'lists/staff.csv': [{ email: 'ana@shop.by', customer: 'ana' }] },
})

/** What examples stand on. */
const exampleNames = `
metrics:
  spend_12m: { sum: orders.amount, last: 12 months }
  spend_30d: { sum: orders.amount, last: 30 days }
  recency_days: { days_since: orders }
  orders_count: { count: orders }
  orders_ever: { count: orders }
  usual_gap: { average: orders.gap }
events:
  bought-croissant: { on: items, where: { product: { contains: круассан } }, per: order }
segments:
  vip: { all: customers }
  loyal: { all: customers }
  staff: { all: customers }
`

interface Entry {
  readonly example: string
  readonly of?: unknown
}
const fieldOf = ([type]: readonly string[]): string =>
  ({ number: 'score', date: 'birth_date', list: 'tags' })[type as string] ?? 'city'

describe.each<[string, Readonly<Record<string, Entry>>, (entry: Entry) => string]>([
  ['condition', kinds, ({ example }) => `segments: { it: { all: [ { ${example} } ] } }`],
  ['metric', metricKinds, ({ example }) => `metrics: { it: ${example} }`],
  ['kind of event', eventKinds, ({ example }) => `events: { it: ${example} }`],
  [
    'operator',
    operators,
    ({ example, of }) => `segments: { it: { all: [ { attribute: { ${fieldOf(of as string[])}: ${example} } } ] } }`,
  ],
  ['window', windowKinds, ({ example }) => `segments: { it: { all: [ { performed: { orders: any, ${example} } } ] } }`],
])('the example of a %s is read and checked without a word', (_, table, write) => {
  it.each(Object.keys(table))('%s', (name) =>
    inFolder(async (dir) => {
      writeProject(exampleShop, {}, dir)
      writeFileSync(join(dir, 'segments/test.yaml'), exampleNames)
      writeFileSync(join(dir, 'segments/example.yaml'), write(table[name] as Entry))
      const kitchen = await openKitchen(dir, dataFiles(exampleShop))
      try {
        expect(kitchen.setting('2024-05-31').definitions.problems).toEqual([])
      } finally {
        kitchen.close()
      }
    }),
  )
})
