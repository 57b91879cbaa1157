/** `history`: how large segments were, and how often events occurred, day after day, computed from the data. */
import { plural } from '../base/text.js'
import { type Day, formatDay, parseDayRef, type Unit } from '../base/time.js'
import { historyRows, stepDays, stepUnits, usualSteps } from '../engine/history.js'
import { historyPlots } from '../report/history.js'
import { textBlocks } from '../report/text/page.js'
import type { Store } from '../store/store.js'
import { defineCommand, type Invocation, misuse, type Outcome } from './command.js'
import { writeRows, writeText } from './output.js'
import { share } from './run-answer.js'
import { asCounted, errorsFirst, reading, sayDay, select, settingOf, type Workspace } from './workspace.js'

export const command = defineCommand({
  name: 'history',
  summary: 'sizes of segments and events over time, computed from the data',
  group: 'answers',
  args: [{ name: 'NAME', description: 'segments and events: names, globs, `tag:x`', required: true, variadic: true }],
  options: [
    { flags: '--from <day>', description: 'the first step is the end of the period that holds this day' },
    { flags: '--to <day>', description: 'the last step; the as-of day unless it is given' },
    { flags: '--plot', description: 'drawn as bars instead of rows: customers of segments, new occurrences of events' },
    { flags: '--every <unit>', description: `${stepUnits.join(', ')}; a month unless it is given`, choices: stepUnits },
  ],
  examples: [
    'segkit history croissant-fans',
    "segkit history 'system/*' --from 2025-01-01 --every quarter",
    'segkit history third-order --every week -o third-order.csv',
    'segkit history croissant-fans third-order --plot',
  ],
  notes: [
    `Steps are the last days of calendar periods and, where it is not one of them, the last day asked for. Without \`--from\` there are ${usualSteps}, the last on the as-of day.`,
    'Each step is a full evaluation as of its day over the data that are loaded now, whatever was run then. `entered` and `left` compare with the step before; for an event `entered` is the number of occurrences that are new since then, and `customers` are those with an occurrence so far.',
    'Attributes have no history: every step sees their present values.',
  ].join('\n'),
  exits: [
    [0, 'done'],
    [2, 'no such segment or event, or no day'],
    [3, 'some of the definitions named are broken, the sound rest is told'],
    [66, 'no data loaded yet'],
    [78, 'no project, or what was named is broken'],
  ],
  run: reading(tell),
})

async function tell(ws: Workspace, store: Store, invocation: Invocation): Promise<Outcome> {
  const { globals, io } = invocation
  const days = stepsOf(ws, invocation)
  const rowsAs = globals.format
  if (invocation.flag('plot') && rowsAs !== undefined)
    throw misuse(globals, '--plot', 'plot-or-rows', '`--plot` draws, and a format is for rows', {
      help: `leave out \`--plot\`, or the format (\`${rowsAs}\`)`,
    })
  const setting = settingOf(ws, asCounted(ws, store), io.cwd)
  const { definitions } = setting
  const { names, broken } = select(definitions, invocation.list('NAME'), ['segment', 'event'], globals)
  const wrong = [...new Set(broken.flatMap((n) => errorsFirst(definitions.broken.get(n) ?? [])))]
  if (names.length === 0 && wrong.length > 0) return { exit: 78, problems: wrong, verdict: 'nothing was told' }
  const segments = names.flatMap((n) => definitions.segments.get(n) ?? [])
  const events = names.flatMap((n) => definitions.events.get(n) ?? [])
  const right = 'right' as const
  const columns = [
    { name: 'as_of' },
    { name: 'name' },
    { name: 'customers', align: right },
    { name: 'share', align: right },
    { name: 'entered', align: right },
    { name: 'left', align: right },
  ]
  if (invocation.flag('plot')) {
    const plots = historyPlots([...historyRows(setting, segments, events, days)], new Set(events.map((e) => e.name)))
    await writeText(textBlocks(plots, { ascii: globals.ascii, language: 'en' }), globals, io)
  } else await writeRows({ thing: 'history', asOf: formatDay(ws.asOf), columns, rows: rows() }, globals, io)
  if (segments.length > 0) invocation.note('attributes have no history: every step sees their present values')
  const verdict = `${plural(names.length, 'definition')} at ${plural(days.length, 'step')} ${sayDay(ws)}`
  return wrong.length > 0 ? { exit: 3, problems: wrong, verdict } : { verdict }

  function* rows() {
    for (const r of historyRows(setting, segments, events, days))
      yield [
        formatDay(r.asOf),
        r.name,
        r.customers,
        { decimal: share(r.customers, r.existing) },
        r.entered ?? null,
        r.left ?? null,
      ]
  }
}

/** Exit 2 for what is no day, lies after the as-of day, or ends before it begins. */
function stepsOf(ws: Workspace, invocation: Invocation): readonly Day[] {
  const { globals } = invocation
  const dayOf = (option: 'from' | 'to'): Day | undefined => {
    const word = invocation.option(option)
    if (word === undefined) return undefined
    const day = parseDayRef(word, ws.asOf)
    if (day === undefined)
      throw misuse(globals, word, 'bad-day', `\`${word}\` is no day`, {
        help: 'write `2024-05-01`, `today`, `yesterday` or `-7d` (from the as-of day)',
      })
    if (day > ws.asOf)
      throw misuse(globals, word, 'day-to-come', `\`${word}\` lies after the as-of day, ${formatDay(ws.asOf)}`, {
        help: `rows after the as-of day do not exist: \`--as-of ${formatDay(day)}\` takes them in`,
      })
    return day
  }
  const [from, to] = [dayOf('from'), dayOf('to') ?? ws.asOf]
  if (from !== undefined && from > to)
    throw misuse(globals, invocation.option('from') as string, 'window', `the history ends (${formatDay(to)}) before it begins`, {
      help: 'turn `--from` and `--to` round',
    })
  return stepDays(from, to, (invocation.option('every') ?? 'month') as Unit)
}
