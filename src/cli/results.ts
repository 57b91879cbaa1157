/** `results`: what came of a hand-off, each arm against the one that was held out. */

import { Stop } from '../base/problem.js'
import { after, type Day, formatDay } from '../base/time.js'
import { splitOf } from '../handoff/arms.js'
import { type Assigned, assignedBy, handOffsOf } from '../handoff/assigned.js'
import type { Recorded } from '../handoff/handoffs.js'
import { armsOf } from '../language/audiences.js'
import type { Audience } from '../language/definitions.js'
import { resultsReport } from '../report/campaign/index.js'
import { outcomeOf } from '../report/campaign/outcome.js'
import { makeWorld } from '../report/world.js'
import type { Store } from '../store/store.js'
import { defineCommand, type Invocation, misuse, type Outcome } from './command.js'
import { aboutDay, askedFormat, reportOptions, writeReport } from './rendered.js'
import { timeWithin } from './within.js'
import { asCounted, named, reading, sayDay, settingOf, type Workspace } from './workspace.js'

const usualTime = '30d'

export const command = defineCommand({
  name: 'results',
  summary: 'what came of a hand-off: each arm against those held out',
  group: 'hand-off',
  args: [{ name: 'AUDIENCE', description: 'an audience with a split', required: true }],
  options: [
    { flags: '--within <time>', description: `how long orders count: \`14d\`, \`2 weeks\`; ${usualTime} unless it is given` },
    {
      flags: '--export <id>',
      description: 'the hand-off, as `segkit exports` numbers it; the latest whose window has begun unless it is given',
    },
    { flags: '--event <name>', description: 'who has an occurrence of this event has acted; otherwise, who has an order' },
    ...reportOptions,
  ],
  examples: [
    'segkit results win-back --within 14d',
    'segkit results win-back --export 1 --event bought-croissant',
    'segkit results win-back -o results.html --lang ru',
  ],
  notes: [
    'A hand-off as of day D has the window D+1 … D+N; of a window that is not over the days up to the as-of day are counted, and that is said. Everybody counts in the arm to which he was assigned, reached or not, buyer or not. Each arm is compared with `holdout`, else with the first.',
    'Intervals hold in 95 of 100 cases: Wilson for conversions, Newcombe for their difference, Welch for revenue per customer and beside it a bootstrap, the same for the same data. A split that came out otherwise than it was planned when it was sent (p below 0.001) gets no verdict. See `segkit help campaigns`.',
    'The CSV is tidy: segment,section,metric,dimension,value; shares and differences of shares are 0–1. Counts under `min_group` are shown as `<10`, and nothing of what they come to.',
  ].join('\n'),
  exits: [
    [0, 'done'],
    [2, 'no such audience, event or hand-off, or one without arms'],
    [66, 'no data loaded yet, nothing handed off yet, or its window has not begun'],
    [78, 'no project, or a broken definition'],
  ],
  run: reading(tell),
})

async function tell(ws: Workspace, store: Store, invocation: Invocation): Promise<Outcome> {
  const { globals, io } = invocation
  const setting = settingOf(ws, asCounted(ws, store), io.cwd)
  const audience = named(setting.definitions, invocation.arg('AUDIENCE') ?? '', ['audience'], globals)
  askedFormat(invocation)
  const within = timeWithin(invocation, ws.asOf, usualTime)
  const goal = invocation.option('event')
  const event = goal === undefined ? undefined : named(setting.definitions, goal, ['event'], globals)
  const assigned = handOffOf(ws, store, audience, invocation)
  const { split } = audience.audience
  const to = after(assigned.asOf, within)
  const world = makeWorld(setting, [], { currency: ws.project.currency, minGroup: ws.project.minGroup })
  const outcome = outcomeOf(
    setting,
    { assigned, split: split && splitOf(split.value.salt, armsOf(split.value)), to, event },
    world.scales.amount,
  )
  await writeReport(resultsReport(audience, outcome, world, ws.asOf > ws.today ? aboutDay(ws) : []), invocation)
  return {
    verdict: `results of ${audience.name}: hand-off ${assigned.id} as of ${formatDay(assigned.asOf)}, the days ${formatDay(outcome.from)} … ${formatDay(outcome.until)}, ${sayDay(ws)}`,
  }
}

/** The hand-off that was asked for, else the latest with arms whose window has begun. */
function handOffOf(ws: Workspace, store: Store, { name }: Audience, invocation: Invocation): Assigned {
  const all = handOffsOf(store, name)
  const word = invocation.option('export')
  if (word !== undefined) return chosen(ws, store, name, word, all, invocation)
  if (all.length === 0)
    throw Stop.with(66, 'no-hand-off', `\`${name}\` was not handed off yet`, {
      help: `\`segkit plan ${name}\` tells what it could show; \`segkit export ${name}\` hands it off`,
    })
  for (const one of all) {
    if (one.asOf >= ws.asOf) continue
    const assigned = assignedBy(store, one)
    if (hasArms(assigned)) return assigned
  }
  const begun = all.find((h) => h.asOf < ws.asOf)
  if (begun === undefined) throw notBegun(all.at(-1) as Recorded)
  throw assignedBy(store, begun).arms.size === 0 ? nobody(begun) : noArms(name, invocation)
}

function chosen(
  ws: Workspace,
  store: Store,
  audience: string,
  word: string,
  all: readonly Recorded[],
  invocation: Invocation,
): Assigned {
  const found = all.find((h) => String(h.id) === word)
  if (found === undefined)
    throw misuse(invocation.globals, word, 'unknown-hand-off', `no hand-off \`${word}\` of \`${audience}\``, {
      help:
        all.length === 0
          ? 'it was not handed off yet'
          : `there ${all.length === 1 ? 'is' : 'are'} ${all
              .slice(0, 5)
              .map((h) => `${h.id} (as of ${formatDay(h.asOf)})`)
              .join(', ')}; \`segkit exports\` lists them`,
    })
  if (found.asOf >= ws.asOf) throw notBegun(found)
  const assigned = assignedBy(store, found)
  if (assigned.arms.size === 0) throw nobody(found)
  if (!hasArms(assigned)) throw noArms(audience, invocation)
  return assigned
}

const nobody = ({ id, asOf }: Recorded): Stop =>
  Stop.with(66, 'nobody', `nobody was in hand-off ${id} as of ${formatDay(asOf)}, or all were forgotten since`, {
    help: '`segkit exports` lists the hand-offs; name another with `--export ID`',
  })

const hasArms = ({ arms }: Assigned): boolean => [...arms.values()].some((arm) => arm !== '')

const notBegun = ({ id, asOf }: Recorded): Stop =>
  Stop.with(66, 'window-to-come', `nothing can have come of hand-off ${id} yet: its window begins on ${dayAfter(asOf)}`, {
    help: `ask again on a later day, or as of one: \`--as-of ${dayAfter(asOf)}\``,
  })

const dayAfter = (day: Day): string => formatDay(day + 1)

const noArms = (audience: string, { globals }: Invocation): Stop =>
  misuse(globals, audience, 'no-arms', `\`${audience}\` was handed off whole: there are no arms to compare`, {
    help: 'give it a split before the next hand-off: `split: { salt: spring, arms: { offer: 90, holdout: 10 } }`',
  })
