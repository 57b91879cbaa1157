/** `migration`: the moves between the parts of a partition from one day to another. */
import { grouped, plural } from '../base/text.js'
import { type Day, formatDay, parseDay, parseDayRef, startOfNext } from '../base/time.js'
import { isPartition, type Moves, movesBetween, type Partition, partitionsOf, placesIn } from '../engine/partition.js'
import type { Definitions } from '../language/definitions.js'
import { share } from '../report/numbers.js'
import type { Store } from '../store/store.js'
import { defineCommand, type Globals, type Invocation, misuse, type Outcome } from './command.js'
import { noteHeld } from './held.js'
import { type Row, writeRows } from './output.js'
import { asCounted, named, reading, settingOf, type Workspace } from './workspace.js'

const LIFECYCLE = 'system/lifecycle'

export const command = defineCommand({
  name: 'migration',
  summary: 'who moved between the parts of a partition from one day to another',
  group: 'answers',
  args: [
    { name: 'A', description: 'the earlier day', required: true },
    { name: 'B', description: 'the later day; the as-of day unless it is given' },
  ],
  options: [{ flags: '--partition <name>', description: `a group written \`partition: […]\`; ${LIFECYCLE} unless it is given` }],
  examples: [
    'segkit migration -30d today',
    'segkit migration 2026-03-31 2026-04-30 --partition system/rfm',
    'segkit migration 2026-03 2026-04 -o moves.csv',
  ],
  notes: [
    'A and B are days: `2026-04-30`, a month for its last day (`2026-04`), `today` (the as-of day), `yesterday`, `-30d`. The partition is evaluated as of each over the data that are loaded now, whatever was run then.',
    'A row says how many customers were in the part `from` on A and are in `to` on B; those who stayed have the two alike. Empty is none of the parts: not a customer yet, say. Moves of nobody have no row. `share` is of all customers who exist on B, `share_from` of all in `from` on A.',
    'Attributes have no history: both days see their present values.',
  ].join('\n'),
  exits: [
    [0, 'done'],
    [2, 'no such day or partition'],
    [66, 'no data loaded yet'],
    [78, 'no project, or the partition is broken'],
  ],
  run: reading(tell),
})

async function tell(ws: Workspace, store: Store, invocation: Invocation): Promise<Outcome> {
  const { globals, io } = invocation
  const [from, to] = daysOf(ws, invocation)
  const setting = settingOf(ws, asCounted(ws, store), io.cwd)
  const partition = partitionOf(setting.definitions, invocation)
  const [then, now] = [from, to].map((asOf) => placesIn({ ...setting, asOf }, [partition])[0]!)
  const moves = movesBetween(partition, then!, now!)
  noteHeld(ws, setting, [partition.name], invocation)
  const right = 'right' as const
  const columns = [
    { name: 'from' },
    { name: 'to' },
    ...['customers', 'share', 'share_from'].map((name) => ({ name, align: right })),
  ]
  await writeRows({ thing: 'migration', asOf: formatDay(to), columns, rows: moveRows(partition, moves) }, globals, io)
  invocation.note('attributes have no history: both days see their present values')
  const there = moves.slice(0, -1).map((row) => row.slice(0, -1))
  const [stood, stayed] = [sum(there.map(sum)), sum(there.map((row, i) => row[i]!))]
  return {
    verdict: `${grouped(stood - stayed)} of ${plural(stood, 'customer')} who were in ${partition.name} on both days moved, ${formatDay(from)} to ${formatDay(to)} (${ws.project.timezone.name})`,
  }
}

function* moveRows({ parts }: Partition, moves: Moves): IterableIterator<Row> {
  const all = sum(moves.map(sum))
  for (const [i, row] of moves.entries())
    for (const [j, customers] of row.entries())
      if (customers > 0) yield [parts[i] ?? null, parts[j] ?? null, customers, share(customers, all), share(customers, sum(row))]
}

const sum = (counts: readonly number[]): number => counts.reduce((total, n) => total + n, 0)

/** Exit 2 for what is no partition. */
function partitionOf(definitions: Definitions, { option, globals }: Invocation): Partition {
  const name = option('partition') ?? LIFECYCLE
  const help = (): string => {
    const known = partitionsOf(definitions).map((p) => `\`${p.name}\``)
    return known.length === 0
      ? 'write a group: `partition: [a, b, c]`; see `segkit help expectations`'
      : `partitions: ${known.join(', ')}`
  }
  if (option('partition') === undefined && !definitions.segments.has(name) && !definitions.broken.has(name))
    throw misuse(globals, 'migration', 'no-partition', `no segment \`${name}\` in this project`, {
      help: `name another with \`--partition\`; ${help()}`,
    })
  const segment = named(definitions, name, ['segment'], globals)
  if (isPartition(segment)) return segment
  throw misuse(globals, name, 'no-partition', `\`${name}\` is no partition`, { help: help() })
}

/** Exit 2 for what is no day, lies after the as-of day, or comes in the wrong order. */
function daysOf(ws: Workspace, { arg, globals }: Invocation): readonly [Day, Day] {
  const [from, to] = ['A', 'B'].map((name) => {
    const word = arg(name)
    return word === undefined ? ws.asOf : dayNamed(word, ws, globals)
  }) as [Day, Day]
  if (from > to)
    throw misuse(globals, arg('A') as string, 'window', `${formatDay(from)} comes after ${formatDay(to)}`, {
      help: 'name the earlier day first',
    })
  return [from, to]
}

function dayNamed(word: string, { asOf }: Workspace, globals: Globals): Day {
  const month = /^\d{4}-\d\d$/.test(word) ? parseDay(`${word}-01`) : undefined
  const day = month === undefined ? parseDayRef(word, asOf) : startOfNext(month, 'month') - 1
  if (day === undefined)
    throw misuse(globals, word, 'bad-day', `\`${word}\` is no day`, {
      help: 'write `2024-05-01`, `2024-05` for the last day of May, `today`, `yesterday` or `-30d` (from the as-of day)',
    })
  if (day > asOf)
    throw misuse(globals, word, 'day-to-come', `\`${word}\` lies after the as-of day, ${formatDay(asOf)}`, {
      help: `rows after the as-of day do not exist: \`--as-of ${formatDay(day)}\` takes them in`,
    })
  return day
}
