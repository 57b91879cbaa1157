/** What came of a campaign, told by arms: the verdict first, the numbers after it. */
import { wilson } from '../../base/intervals.js'
import { formatDay } from '../../base/time.js'
import { type Block, type Column, column, figure, note, type Table, type Value } from '../blocks.js'
import { average, estimated, masked, moneyPlaces, scaled, share } from '../numbers.js'
import { dated, named, type Phrase, say } from '../words.js'
import type { World } from '../world.js'
import { type Comparison, LEAST_P, partOf, type Results, shownOf } from './compare.js'
import type { ArmOutcome, Outcome } from './outcome.js'
import type { CampaignSection } from './section.js'
import { verdict } from './verdict.js'

type ResultsSection = CampaignSection<Results>

export const resultSections: Readonly<Record<string, ResultsSection>> = {
  verdict: { question: 'In short', answer: verdict },

  hand_off: {
    question: 'Which hand-off?',
    answer: ({ outcome: { handOff, event, from, to, until, arms } }) => [
      figure(
        'customers',
        'Customers',
        'customers',
        arms.reduce((n, a) => n + a.assigned, 0),
      ),
      figure('id', 'Number', 'number', handOff.id),
      figure('handed_off', 'Handed off as of', 'text', dated(formatDay(handOff.asOf))),
      figure('profile', 'Profile', 'text', handOff.profile),
      figure('counts', 'What counts', 'text', event === undefined ? say('order') : named(event)),
      figure('from', 'First day that counts', 'text', dated(formatDay(from))),
      figure('to', 'Last day that counts', 'text', dated(formatDay(to))),
      figure('days', 'Days that are over', 'days', until - from + 1),
    ],
  },

  split: {
    question: 'Did the split come out as planned?',
    answer: splitBlocks,
  },

  conversion: {
    question: 'How many acted?',
    answer: ({ outcome, compared }, { minGroup }) => [
      armTable(outcome, conversionColumns, (arm) => conversionRow(arm, minGroup)),
      ...against(outcome, compared, 'differences', 'Conversion against {arm}', differenceColumns, differenceRow, {
        draw: 'intervals',
        value: 'difference',
        low: 'difference_low',
        high: 'difference_high',
        none: 0,
      }),
      ...against(outcome, compared, 'ratios', 'In proportion and in customers, against {arm}', ratioColumns, ratioRow),
    ],
  },

  revenue: {
    question: 'What did they spend?',
    answer: ({ outcome, compared }, { minGroup, scales: { amount: scale } }) => {
      const places = moneyPlaces(scale)
      const unpriced = outcome.arms.reduce((n, a) => n + a.unpriced, 0)
      return [
        armTable(outcome, revenueColumns(places), (arm) => revenueRow(arm, minGroup, scale)),
        ...against(
          outcome,
          compared,
          'revenue_differences',
          'Revenue per customer against {arm}',
          revenueDifferenceColumns(places),
          revenueDifferenceRow,
          {
            draw: 'intervals',
            value: 'revenue_difference',
            low: 'revenue_low',
            high: 'revenue_high',
            none: 0,
          },
        ),
        ...against(
          outcome,
          compared,
          'revenue_checks',
          'The same in proportion, and with spending before taken out, against {arm}',
          checkColumns(places),
          checkRow,
        ),
        note('Over everybody who was assigned, those who spent nothing included.'),
        ...(compared.length === 0 ? [] : [note('p: how likely so large a difference is where nothing was sent.')]),
        ...(unpriced === 0 ? [] : [note('Without {n} {n|order|orders} of unknown amount.', { n: unpriced })]),
      ]
    },
  },
}

function splitBlocks({ outcome: { arms, planned }, chance }: Results, { minGroup }: World): readonly Block[] {
  const all = arms.reduce((n, a) => n + a.assigned, 0)
  const table: Table = {
    kind: 'table',
    name: 'arms',
    keys: 'dimension',
    key: say('Arm'),
    columns: [
      column('planned', 'Planned share', 'percent'),
      column('assigned', 'Assigned', 'customers'),
      column('share', 'Share', 'percent'),
    ],
    rows: arms.map((arm, i) => {
      const shown = shownOf(arm, minGroup)
      return {
        key: arm.name,
        values: [
          planned === undefined ? null : share(planned[i]!, 10_000),
          masked(arm.assigned, minGroup),
          shown.assigned ? share(arm.assigned, all) : null,
        ],
      }
    }),
  }
  return [
    table,
    figure('split_p', 'Chance of such a split, if all went as planned (p)', 'number', estimated(chance, 12), { places: 3 }),
    ...(planned === undefined
      ? [note('The split is written otherwise now than it was then: whether it came out as planned cannot be told.')]
      : []),
    ...(chance !== undefined && chance < LEAST_P
      ? [
          note(
            'The arms are not those that were planned. Those whom the file cannot hold (`same-address`, `not-in-shape`) fall out of arms with a file only; other causes are customers forgotten or merged since.',
          ),
        ]
      : []),
  ]
}

const armTable = ({ arms }: Outcome, columns: readonly Column[], row: (arm: ArmOutcome) => readonly Value[]): Table => ({
  kind: 'table',
  name: 'arms',
  keys: 'dimension',
  key: say('Arm'),
  columns,
  rows: arms.map((arm) => ({ key: arm.name, values: row(arm) })),
})

/** Every arm against the one it is compared with; none where there is but one. */
const against = (
  { reference }: Outcome,
  compared: readonly Comparison[],
  name: string,
  title: Phrase,
  columns: readonly Column[],
  row: (c: Comparison) => readonly Value[],
  picture?: Table['picture'],
): readonly Table[] =>
  compared.length === 0
    ? []
    : [
        {
          kind: 'table',
          name,
          title: say(title, { arm: reference.name }),
          keys: 'dimension',
          key: say('Arm'),
          columns,
          rows: compared.map((c) => ({ key: c.arm.name, values: row(c) })),
          ...(picture !== undefined && { picture }),
        },
      ]

const conversionColumns = [
  column('converted', 'Acted', 'customers'),
  column('conversion', 'Conversion', 'percent', { places: 2 }),
  column('conversion_low', 'from', 'percent', { places: 2 }),
  column('conversion_high', 'to', 'percent', { places: 2 }),
]
function conversionRow(arm: ArmOutcome, minGroup: number): readonly Value[] {
  const shown = shownOf(arm, minGroup)
  const { low, high } = shown.conversion ? wilson(partOf(arm)) : {}
  return [
    shown.assigned ? masked(arm.converted, minGroup) : null,
    shown.conversion ? share(arm.converted, arm.assigned) : null,
    estimated(low),
    estimated(high),
  ]
}

const differenceColumns = [
  column('difference', 'Difference, points', 'points'),
  column('difference_low', 'from', 'points'),
  column('difference_high', 'to', 'points'),
  column('p', 'p', 'number', { places: 3 }),
]
const differenceRow = ({ conversion: c }: Comparison): readonly Value[] => [
  estimated(c?.difference),
  estimated(c?.low),
  estimated(c?.high),
  estimated(c?.p, 12),
]

const ratioColumns = [
  column('ratio', 'Times as many', 'number', { places: 2 }),
  column('ratio_low', 'from', 'number', { places: 2 }),
  column('ratio_high', 'to', 'number', { places: 2 }),
  column('extra', 'Customers more than without it', 'number', { places: 0 }),
  column('extra_low', 'from', 'number', { places: 0 }),
  column('extra_high', 'to', 'number', { places: 0 }),
]
const ratioRow = ({ arm, conversion: c }: Comparison): readonly Value[] => [
  estimated(c?.ratio),
  estimated(c?.ratioBetween.low),
  estimated(c?.ratioBetween.high),
  ...[c?.difference, c?.low, c?.high].map((d) => estimated(d === undefined ? undefined : d * arm.assigned, 2)),
]

const revenueColumns = (places: number): readonly Column[] => [
  column('orders', 'Orders', 'number'),
  column('revenue', 'Revenue', 'money'),
  column('revenue_per_customer', 'Revenue per customer', 'money', { places }),
]
function revenueRow(arm: ArmOutcome, minGroup: number, scale: number): readonly Value[] {
  if (!shownOf(arm, minGroup).revenue) return [null, null, null]
  return [arm.orders, scaled(arm.revenue, scale), average(arm.revenue, scale, arm.assigned)]
}

const revenueDifferenceColumns = (places: number): readonly Column[] => [
  column('revenue_difference', 'More per customer', 'money', { places }),
  column('revenue_low', 'from', 'money', { places }),
  column('revenue_high', 'to', 'money', { places }),
  column('bootstrap_low', 'bootstrap from', 'money', { places }),
  column('bootstrap_high', 'bootstrap to', 'money', { places }),
  column('revenue_p', 'p', 'number', { places: 3 }),
]
const revenueDifferenceRow = ({ revenue: r }: Comparison): readonly Value[] => [
  estimated(r?.difference),
  estimated(r?.welch?.low),
  estimated(r?.welch?.high),
  estimated(r?.bootstrap.low),
  estimated(r?.bootstrap.high),
  estimated(r?.welch?.p, 12),
]

const checkColumns = (places: number): readonly Column[] => [
  column('relative', 'Relative to it', 'percent'),
  column('relative_low', 'from', 'percent'),
  column('relative_high', 'to', 'percent'),
  column('adjusted', 'More per customer', 'money', { places }),
  column('adjusted_low', 'from', 'money', { places }),
  column('adjusted_high', 'to', 'money', { places }),
]
const checkRow = ({ revenue: r }: Comparison): readonly Value[] => [
  estimated(r?.relative?.difference),
  estimated(r?.relative?.low),
  estimated(r?.relative?.high),
  estimated(r?.cuped?.difference),
  estimated(r?.cuped?.low),
  estimated(r?.cuped?.high),
]
