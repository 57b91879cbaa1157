/** `plan`: what a hand-off of this size could show, before it is made. */
import { parseScaled } from '../base/decimal.js'
import { plural } from '../base/text.js'
import { before } from '../base/time.js'
import { splitOf } from '../handoff/arms.js'
import { pass } from '../handoff/handoff.js'
import { unseen } from '../handoff/ledger.js'
import { Nowhere } from '../handoff/outlet.js'
import { armsOf } from '../language/audiences.js'
import { planReport } from '../report/campaign/index.js'
import { planOf } from '../report/campaign/plan.js'
import { makeWorld } from '../report/world.js'
import type { Store } from '../store/store.js'
import { defineCommand, type Invocation, misuse, type Outcome } from './command.js'
import { orderOfAudience } from './export-orders.js'
import { aboutDay, askedFormat, reportOptions, writeReport } from './rendered.js'
import { timeWithin } from './within.js'
import { asCounted, named, reading, sayDay, settingOf, type Workspace } from './workspace.js'

const usualTime = '30d'

export const command = defineCommand({
  name: 'plan',
  summary: 'the smallest effect that a hand-off of this size could show',
  group: 'hand-off',
  args: [{ name: 'AUDIENCE', description: 'an audience, with or without a split', required: true }],
  options: [
    {
      flags: '--within <time>',
      description: `how long orders will count: \`14d\`, \`2 weeks\`; ${usualTime} unless it is given`,
    },
    {
      flags: '--base <rate>',
      description:
        'the share that would buy without the campaign, such as `2%`; otherwise what the same customers did in as many days before',
    },
    ...reportOptions,
  ],
  examples: ['segkit plan win-back --within 14d', 'segkit plan win-back --base 2.5%', 'segkit plan win-back --json'],
  notes: [
    'The customers are those whom `export --dry-run` would hand off and hold out today. What they did is counted over as many days up to the as-of day as `--within` gives the campaign; where the definition itself asks for quiet days, say with `--base` what you expect.',
    'The smallest effect is found in 80 of 100 cases when it is there, at one false alarm in 20: two shares by the pooled z test, revenue per customer by its spread. See `segkit help campaigns`.',
  ].join('\n'),
  exits: [
    [0, 'done'],
    [2, 'no such audience, or no rate'],
    [66, 'no data loaded yet'],
    [78, 'no project, or a broken definition'],
  ],
  run: reading(tell),
})

async function tell(ws: Workspace, store: Store, invocation: Invocation): Promise<Outcome> {
  const { globals, io } = invocation
  const setting = settingOf(ws, asCounted(ws, store), io.cwd)
  const audience = named(setting.definitions, invocation.arg('AUDIENCE') ?? '', ['audience'], globals)
  askedFormat(invocation)
  const base = baseOf(invocation)
  const from = before(ws.asOf, timeWithin(invocation, ws.asOf, usualTime)) + 1
  const world = makeWorld(setting, [], { currency: ws.project.currency, minGroup: ws.project.minGroup })
  const { split } = audience.audience
  const arms = new Map<number, string>()
  const order = orderOfAudience(audience, { ws, setting, invocation, single: false })
  const { outlet } = order.job
  const seen = unseen(store, { audience: audience.name, profile: outlet.profile.name, asOf: ws.asOf })
  try {
    const passage = pass(setting, { ...order.job, mode: undefined }, (customer, arm) => arms.set(customer, arm))
    for await (const _ of passage.drive(new Nowhere(outlet)));
    passage.entry.discard()
  } finally {
    seen()
  }
  const plan = planOf(
    setting,
    { arms, split: split && splitOf(split.value.salt, armsOf(split.value)), from, base },
    world.scales.amount,
  )
  await writeReport(planReport(audience, plan, world, aboutDay(ws)), invocation)
  return { verdict: `plan of ${audience.name} ${sayDay(ws)}: ${plural(arms.size, 'customer')}` }
}

/** `2%` or `0.02`, below 1. */
function baseOf({ option, globals }: Invocation): number | undefined {
  const word = option('base')
  if (word === undefined) return undefined
  const text = word.trim()
  const found = parseScaled(text.replace(/\s*%$/, ''))
  const rate = found === undefined ? Number.NaN : Number(found.units) / 10 ** (found.scale + (text.endsWith('%') ? 2 : 0))
  if (rate >= 0 && rate < 1) return rate
  throw misuse(globals, word, 'bad-rate', `\`${word}\` is no share of customers`, { help: 'write `2%` or `0.02`' })
}
