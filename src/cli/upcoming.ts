/** `upcoming`: who will enter or leave segments by the clock alone, with the day. */
import { plural } from '../base/text.js'
import { after, formatDay } from '../base/time.js'
import { comingMoves } from '../engine/upcoming.js'
import type { Store } from '../store/store.js'
import { defineCommand, type Invocation, type Outcome } from './command.js'
import { sayRows, writeRows } from './output.js'
import { timeWithin } from './within.js'
import { asCounted, errorsFirst, reading, sayDay, select, settingOf, type Workspace } from './workspace.js'

const usualTime = '30d'

export const command = defineCommand({
  name: 'upcoming',
  summary: 'who will enter or leave segments by the clock alone, with the day',
  group: 'answers',
  args: [
    {
      name: 'SEGMENT',
      description: "segments: names, globs, `tag:x`; none means all but segkit's own",
      variadic: true,
    },
  ],
  options: [
    {
      flags: '--within <time>',
      description: `so far after the as-of day: \`14d\`, \`2 months\`; ${usualTime} unless it is given`,
    },
  ],
  examples: [
    'segkit upcoming system/lapsed --within 7d',
    'segkit upcoming croissant-fans -o leaving.csv',
    "segkit upcoming 'system/*' --within 1d --columns segment,change | sort | uniq -c",
  ],
  notes: [
    'Every day to come is evaluated over what is known up to the as-of day, as if nobody did anything more: windows move on, ages and anniversaries come, orders stay as they are. Whoever orders in the meantime will not move as told here.',
    'A segment by rank or share moves with all customers together.',
  ].join('\n'),
  exits: [
    [0, 'done, also when nobody will move'],
    [2, 'no such segment, or no time'],
    [3, 'some of the definitions are broken, the sound rest is told'],
    [66, 'no data loaded yet'],
    [78, 'no project, or what was named is broken'],
  ],
  run: reading(tell),
})

async function tell(ws: Workspace, store: Store, invocation: Invocation): Promise<Outcome> {
  const { globals, io } = invocation
  const within = timeWithin(invocation, ws.asOf, usualTime)
  const setting = settingOf(ws, asCounted(ws, store), io.cwd)
  const { definitions } = setting
  const words = invocation.list('SEGMENT')
  const all = [...definitions.segments.keys()].filter((n) => !n.startsWith('system/'))
  const { names, broken } = words.length === 0 ? { names: all, broken: [] } : select(definitions, words, ['segment'], globals)
  const wrong =
    words.length === 0
      ? definitions.problems.filter((p) => p.severity === 'error')
      : [...new Set(broken.flatMap((n) => errorsFirst(definitions.broken.get(n) ?? [])))]
  if (names.length === 0 && wrong.length > 0) return { exit: 78, problems: wrong, verdict: 'nothing was told' }
  const segments = names.flatMap((n) => definitions.segments.get(n) ?? [])
  const until = after(ws.asOf, within)
  const columns = [{ name: 'on' }, { name: 'segment' }, { name: 'customer' }, { name: 'change' }]
  const { rows: moves } = await writeRows({ thing: 'upcoming', asOf: formatDay(ws.asOf), columns, rows: rows() }, globals, io)
  const verdict = `${sayRows(moves, 'move', globals)} of ${plural(names.length, 'segment')} up to ${formatDay(until)}, if nobody does anything, ${sayDay(ws)}`
  return wrong.length > 0 ? { exit: 3, problems: wrong, verdict } : { verdict }

  function* rows() {
    for (const { on, segment, customer, change } of comingMoves(setting, segments, until))
      yield [formatDay(on), segment, customer, change]
  }
}
