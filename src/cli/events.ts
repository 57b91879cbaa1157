/** `events`: the occurrences of an event. */
import { sql } from '../base/sql.js'
import { formatDay, parseDayRef } from '../base/time.js'
import { type OccurrenceChoice, occurrenceCounts, occurrenceRows } from '../engine/members.js'
import type { Store } from '../store/store.js'
import { defineCommand, type Globals, type Invocation, misuse } from './command.js'
import { noteHeld } from './held.js'
import { sayRows, writeRows } from './output.js'
import { asCounted, named, openWorkspace, readStore, sayDay, settingOf, type Workspace } from './workspace.js'

export const command = defineCommand({
  name: 'events',
  summary: 'the occurrences of an event: who, when, with which facts',
  group: 'answers',
  args: [{ name: 'EVENT', description: 'the event', required: true }],
  options: [
    { flags: '--from <day>', description: 'occurrences on that day or later' },
    { flags: '--to <day>', description: 'occurrences on that day or earlier' },
    { flags: '--on <day>', description: 'occurrences on that day' },
    { flags: '--customer <key>', description: 'those of one customer' },
    { flags: '--count', description: 'how many each customer has' },
  ],
  examples: [
    'segkit events bought-croissant --on 2026-04-28',
    'segkit events third-order --from -7d',
    'segkit events bought-croissant --count | sort -t, -k2 -n',
  ],
  notes: "Rows are in the order of time, customer, row. `at` has the zone's offset, or is a date where only a day is known.",
  exits: [
    [0, 'done, also when nothing occurred'],
    [2, 'no such event, column, customer or day'],
    [66, 'no data loaded yet'],
    [78, 'no project, or the event is broken'],
  ],
  run: async (invocation) => {
    const { globals, io } = invocation
    const ws = openWorkspace(invocation)
    const store = readStore(ws)
    try {
      const choice = choiceOf(invocation, ws)
      const setting = settingOf(ws, asCounted(ws, store), io.cwd)
      const event = named(setting.definitions, invocation.arg('EVENT') as string, ['event'], globals)
      checkCustomer(store, choice.customer, globals)
      noteHeld(ws, setting, event.uses, invocation)
      const counts = invocation.flag('count')
      const columns = counts
        ? [{ name: 'customer' }, { name: 'count', align: 'right' as const }]
        : [{ name: 'customer' }, { name: 'at' }, ...event.event.capture.map((name) => ({ name }))]
      const rows = counts ? occurrenceCounts(setting, event, choice) : occurrenceRows(setting, event, choice)
      const { rows: n } = await writeRows({ thing: 'events', asOf: formatDay(ws.asOf), columns, rows }, globals, io)
      return {
        verdict: `${sayRows(n, counts ? 'customer' : 'occurrence', globals)} of ${event.name}${sayChoice(choice)} ${sayDay(ws)}`,
      }
    } finally {
      store.close()
    }
  },
})

function choiceOf(invocation: Invocation, ws: Workspace): OccurrenceChoice {
  const { globals } = invocation
  const day = (option: string): number | undefined => {
    const word = invocation.option(option)
    if (word === undefined) return undefined
    const found = parseDayRef(word, ws.asOf)
    if (found === undefined)
      throw misuse(globals, word, 'bad-day', `\`${word}\` is no day`, {
        help: 'write `2024-05-01`, `today`, `yesterday` or `-7d` (from the as-of day)',
      })
    return found
  }
  const on = day('on')
  if (on !== undefined && (invocation.option('from') !== undefined || invocation.option('to') !== undefined))
    throw misuse(globals, '--on', 'two-windows', '`--on` does not go with `--from` and `--to`', { help: 'use one or the other' })
  const [from, to] = [on ?? day('from'), on ?? day('to')]
  if (from !== undefined && to !== undefined && from > to)
    throw misuse(globals, invocation.option('from') ?? '', 'no-days', `${formatDay(from)} is after ${formatDay(to)}`, {
      help: 'exchange `--from` and `--to`',
    })
  return { from, to, customer: invocation.option('customer') }
}

function checkCustomer(store: Store, key: string | undefined, globals: Globals): void {
  if (key === undefined || store.row(sql`select 1 from customer_row where customer = ${key}`) !== undefined) return
  throw misuse(globals, key, 'unknown-customer', `no customer \`${key}\``, {
    help: 'keys are compared to the letter: see `segkit members`',
  })
}

const sayChoice = ({ from, to, customer }: OccurrenceChoice): string =>
  [
    from !== undefined && from === to
      ? ` on ${formatDay(from)}`
      : `${from === undefined ? '' : ` from ${formatDay(from)}`}${to === undefined ? '' : ` to ${formatDay(to)}`}`,
    customer === undefined ? '' : ` by ${customer}`,
  ].join('')
