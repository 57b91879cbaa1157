/** `why`: why a customer is in a segment or not, with his own values, the rows behind them and the distance from the edge. */
import { Stop } from '../base/problem.js'
import { sql } from '../base/sql.js'
import { nearest, plural } from '../base/text.js'
import { formatDay } from '../base/time.js'
import type { Setting } from '../engine/compiler.js'
import { type Customer, explain, firstDay, memberships, nearMisses, turnsOf, type Why } from '../engine/why.js'
import { explainEvent } from '../engine/why-event.js'
import type { EventDefinition, Segment } from '../language/definitions.js'
import type { Store } from '../store/store.js'
import { painter } from './colour.js'
import { defineCommand, type Globals, type Invocation, misuse, type Outcome } from './command.js'
import { formatFor, writeJson, writeRows, writeText } from './output.js'
import { type Telling, whyColumns, whyDocument, whyRows } from './why-rows.js'
import { whyText } from './why-text.js'
import { asCounted, errorsFirst, reading, sayDay, select, settingOf, type Workspace } from './workspace.js'

export const command = defineCommand({
  name: 'why',
  summary: 'why a customer is in a segment or not, and how far from the edge',
  group: 'answers',
  args: [
    { name: 'CUSTOMER', description: 'the key of a customer', required: true },
    {
      name: 'NAME',
      description: 'segments and events: names, globs, `tag:x`; none tells the segments the customer is in',
      variadic: true,
    },
  ],
  options: [{ flags: '--near', description: 'segments missed by exactly one condition, with that condition' }],
  examples: [
    'segkit why 000142 croissant-fans',
    "segkit why 000142 'croissant-*' third-order",
    'segkit why 000142 --near',
    'segkit why 000142 big-spenders --json',
  ],
  notes: [
    'On a terminal, and with `-f table`, the answer is the tree of conditions: what holds and what does not, the values looked at, the latest rows behind a count. A sequence is told step by step; of a list the line, of a rank the place, of a sample the bucket; of `reachable` the rule of consent and the address; of `contacted` the days. Otherwise it is a row for each condition; JSON has the whole tree.',
    '`distance` is the least change of the value that turns the answer of its condition. The day on which the customer enters or leaves is found by letting the days pass without a new row, for a year at most.',
  ].join('\n'),
  exits: [
    [0, 'done, whether the customer is in or not'],
    [2, 'no such customer, segment or event'],
    [3, 'some of the definitions named are broken, the sound rest is told'],
    [66, 'no data loaded yet'],
    [78, 'no project, or what was named is broken'],
  ],
  run: reading(tell),
})

async function tell(ws: Workspace, store: Store, invocation: Invocation): Promise<Outcome> {
  const { globals } = invocation
  const setting = settingOf(ws, asCounted(ws, store), invocation.io.cwd)
  const customer = customerNamed(store, invocation.arg('CUSTOMER') as string, globals)
  const words = invocation.list('NAME')
  const { names, broken } = select(setting.definitions, words, ['segment', 'event'], globals)
  const wrong =
    words.length === 0 ? [] : [...new Set(broken.flatMap((n) => errorsFirst(setting.definitions.broken.get(n) ?? [])))]
  if (names.length === 0 && wrong.length > 0) return { exit: 78, problems: wrong, verdict: 'nothing was told' }
  const segments = names.flatMap((n) => setting.definitions.segments.get(n) ?? [])
  const events = names.flatMap((n) => setting.definitions.events.get(n) ?? [])
  const known = firstDay(setting, customer)
  const base = {
    customer: customer.key,
    asOf: formatDay(ws.asOf),
    ...(known !== undefined && known > ws.asOf && { notBefore: formatDay(known) }),
  }
  const [telling, verdict] = invocation.flag('near')
    ? near(setting, customer, segments, base)
    : words.length === 0
      ? inShort(setting, customer, segments, base)
      : inFull(setting, customer, segments, events, base)
  await write(telling, ws, invocation)
  if (words.length === 0 && !invocation.flag('near'))
    invocation.note(
      `why one of them: \`segkit why ${customer.key} SEGMENT\`; what is missed by one condition: \`segkit why ${customer.key} --near\``,
    )
  const said = `${verdict} ${sayDay(ws)}`
  return wrong.length > 0 ? { exit: 3, problems: wrong, verdict: said } : { verdict: said }
}

type Base = Pick<Telling, 'customer' | 'asOf' | 'notBefore'>
type Told = readonly [Telling, verdict: string]

function inShort(setting: Setting, customer: Customer, segments: readonly Segment[], base: Base): Told {
  const memberOf = memberships(setting, customer, segments)
  return [
    { ...base, segments: [], events: [], memberOf },
    `${base.customer} is in ${memberOf.length} of ${plural(segments.length, 'segment')}`,
  ]
}

function near(setting: Setting, customer: Customer, segments: readonly Segment[], base: Base): Told {
  const found = base.notBefore === undefined ? withTurns(setting, customer, nearMisses(setting, customer, segments)) : []
  return [
    { ...base, segments: found, events: [] },
    `${base.customer} misses ${plural(found.length, 'segment')} of ${segments.length} by one condition`,
  ]
}

function inFull(
  setting: Setting,
  customer: Customer,
  segments: readonly Segment[],
  events: readonly EventDefinition[],
  base: Base,
): Told {
  const told = explain(setting, customer, segments)
  const whys = base.notBefore === undefined ? withTurns(setting, customer, told) : told
  const occurred = events.map((e) => explainEvent(setting, customer, e))
  const parts = [
    ...(whys.length === 1 ? [`is ${whys[0]?.member ? 'in' : 'not in'} ${whys[0]?.segment.name}`] : []),
    ...(whys.length > 1 ? [`is in ${whys.filter((w) => w.member).length} of ${plural(whys.length, 'segment')}`] : []),
    ...(occurred.length > 0
      ? [
          `has ${plural(
            occurred.reduce((n, e) => n + e.count, 0),
            'occurrence',
          )} of ${occurred.length === 1 ? occurred[0]?.event.name : plural(occurred.length, 'event')}`,
        ]
      : []),
  ]
  return [{ ...base, segments: whys, events: occurred }, `${base.customer} ${parts.join(' and ')}`]
}

function withTurns(setting: Setting, customer: Customer, whys: readonly Why[]): Telling['segments'] {
  const turns = turnsOf(setting, customer, whys)
  return whys.map((why) => {
    const turn = turns.get(why.segment.name)
    return turn === undefined ? why : { ...why, turn }
  })
}

function customerNamed(store: Store, key: string, globals: Globals): Customer {
  const id = store.row(sql`select _id from customer_row where customer = ${key}`)?.[0]
  if (typeof id === 'number') return { id, key }
  const keys: Iterable<string> = {
    *[Symbol.iterator]() {
      for (const row of store.each(
        sql`select customer from customer_row where abs(length(customer) - ${key.length}) <= 2 order by customer`,
      ))
        yield String(row[0])
    },
  }
  const guess = nearest(key, keys)
  throw misuse(globals, key, 'unknown-customer', `no customer \`${key}\``, {
    help: guess === undefined ? 'keys are compared to the letter: see `segkit members`' : `did you mean \`${guess}\`?`,
  })
}

async function write(telling: Telling, ws: Workspace, { globals, io }: Invocation): Promise<void> {
  const format = formatFor(globals, io) ?? (io.isTTY.stdout && (globals.output ?? '-') === '-' ? 'table' : 'csv')
  if (format === 'json') return writeJson(whyDocument(telling), globals, io)
  if (format !== 'table')
    return void (await writeRows({ thing: 'why', asOf: telling.asOf, columns: whyColumns, rows: whyRows(telling) }, globals, io))
  if (globals.columns !== undefined)
    throw Stop.with(2, 'no-columns', 'the tree has no columns', { help: 'ask for rows: `-f csv`' })
  const paint = await painter('stdout', globals.color, io)
  await writeText(whyText(telling, sayDay(ws), { ascii: globals.ascii, width: Math.min(io.width, 80), paint }), globals, io)
}
