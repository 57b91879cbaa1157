/** What a campaign of this size could show, before anything is sent: from how many there are and what the same people did of late. */
import { POWER, smallestMeanRise, smallestRise } from '../../base/power.js'
import { momentsOf } from '../../base/statistics.js'
import { type Day, formatDay } from '../../base/time.js'
import type { Setting } from '../../engine/compiler.js'
import { holdout, type Split, weightsOf } from '../../handoff/arms.js'
import { type Block, type Column, column, figure, type Note, note, type Table, type Value } from '../blocks.js'
import { average, digitsOf, estimated, isMasked, masked, moneyPlaces, scaled, share } from '../numbers.js'
import { type Digits, dated, say, type Text } from '../words.js'
import type { World } from '../world.js'
import { ordersWithin } from './outcome.js'
import type { CampaignSection } from './section.js'

export interface PlannedArm {
  readonly name: string
  /** Parts of 10,000; undefined where there is no split. */
  readonly weight: number | undefined
  readonly customers: number
}

export interface Plan {
  readonly arms: readonly PlannedArm[]
  /** Undefined where there is nothing to compare with. */
  readonly reference: PlannedArm | undefined
  readonly customers: number
  /** The days looked back at, as many as the campaign is given. */
  readonly from: Day
  readonly to: Day
  /** Of the customers, those with a counted order in these days. */
  readonly buyers: number
  /** The conversion to be expected without the campaign, as it was given. */
  readonly given: number | undefined
  /** Scaled as the orders' amounts are. */
  readonly revenue: bigint
  /** What each of the customers spent in these days, in whole money. */
  readonly spent: Float64Array
}

export interface Asked {
  /** The arm of each customer; an empty name where nothing is split. */
  readonly arms: ReadonlyMap<number, string>
  readonly split: Split | undefined
  readonly from: Day
  readonly base: number | undefined
}

export function planOf({ store, asOf }: Setting, { arms, split, from, base }: Asked, scale: number): Plan {
  const sizes = new Map<string, number>()
  for (const arm of arms.values()) sizes.set(arm, (sizes.get(arm) ?? 0) + 1)
  const weights = split === undefined ? [] : weightsOf(split)
  const planned = (split?.arms ?? []).map(({ name }, i) => ({ name, weight: weights[i], customers: sizes.get(name) ?? 0 }))
  const spent = new Float64Array(arms.size)
  let [buyers, revenue] = [0, 0n]
  for (const [customer, , , amount] of store.each(ordersWithin(from, asOf))) {
    if (!arms.has(Number(customer))) continue
    spent[buyers++] = Number(amount) / 10 ** scale
    revenue += BigInt(String(amount))
  }
  return {
    arms: planned.length > 0 ? planned : [{ name: '', weight: undefined, customers: arms.size }],
    reference: planned.length < 2 ? undefined : (planned.find((a) => a.name === holdout) ?? planned[0]),
    customers: arms.size,
    from,
    to: asOf,
    buyers,
    given: base,
    revenue,
    spent,
  }
}

/** The conversion to start from: what was given, else what these days tell; undefined where they tell nothing that may be shown. */
const baseOf = ({ given, buyers, customers }: Plan, minGroup: number): number | undefined =>
  given ?? (buyers === 0 || isMasked(masked(buyers, minGroup)) ? undefined : buyers / customers)

export const planSections: Readonly<Record<string, CampaignSection<Plan>>> = {
  verdict: { question: 'In short', answer: inShort },

  arms: {
    question: 'Who would be in it?',
    answer: ({ arms, customers }, { minGroup }) => [
      figure('customers', 'Customers', 'customers', customers),
      {
        kind: 'table',
        name: 'arms',
        keys: 'dimension',
        key: say('Arm'),
        columns: [column('planned', 'Planned share', 'percent'), column('assigned', 'Customers', 'customers')],
        rows: arms.map(({ name, weight, customers }) => ({
          key: name === '' ? say('everybody') : name,
          values: [weight === undefined ? null : share(weight, 10_000), masked(customers, minGroup)],
        })),
      },
    ],
  },

  base: {
    question: 'What did these customers do of late?',
    answer(plan, { minGroup, scales: { amount: scale } }) {
      const { buyers, customers, from, to, given, revenue } = plan
      const shown = !isMasked(masked(buyers, minGroup))
      const places = moneyPlaces(scale)
      return [
        figure('from', 'First day looked at', 'text', dated(formatDay(from))),
        figure('to', 'Last day looked at', 'text', dated(formatDay(to))),
        figure('buyers', 'Bought in these days', 'customers', masked(buyers, minGroup)),
        figure('conversion', 'Conversion', 'percent', shown ? share(buyers, customers) : null, { places: 2 }),
        ...(given === undefined
          ? []
          : [figure('base', 'Conversion to be expected, as given', 'percent', estimated(given), { places: 2 })]),
        figure('revenue', 'Revenue', 'money', shown ? scaled(revenue, scale) : null),
        figure('revenue_per_customer', 'Revenue per customer', 'money', shown ? average(revenue, scale, customers) : null, {
          places,
        }),
      ]
    },
  },

  smallest_effect: {
    question: 'What is the smallest effect that would show?',
    answer: (plan, world) => {
      const { arms, reference } = plan
      if (reference === undefined) return []
      const rows = arms.filter((a) => a !== reference).map((a) => [a.name, a.customers, reference.customers] as const)
      return [
        { ...effects('effects', rows, plan, world), title: say('Against {arm}', { arm: reference.name }) },
        note('Found in {power} of 100 cases when it is there, at one false alarm in 20.', { power: POWER * 100 }),
      ]
    },
  },

  other_holdouts: {
    question: 'And with another hold-out?',
    answer: (plan, world) => {
      const rows = [5, 10, 20, 50].map((percent) => {
        const held = Math.round((plan.customers * percent) / 100)
        return [`${percent}%`, plan.customers - held, held] as const
      })
      return [effects('holdouts', rows, plan, world)]
    },
  },
}

type Sizes = readonly [name: string, handed: number, held: number]

const effects = (name: string, rows: readonly Sizes[], plan: Plan, { minGroup, scales }: World): Table => ({
  kind: 'table',
  name,
  keys: 'dimension',
  key: say(name === 'effects' ? 'Arm' : 'Share held out'),
  columns: effectColumns(moneyPlaces(scales.amount), name === 'effects'),
  rows: rows.map((sizes) => ({ key: sizes[0] as Text, values: effectRow(sizes, plan, minGroup, name === 'effects') })),
})

const effectColumns = (places: number, arms: boolean): readonly Column[] => [
  ...(arms ? [] : [column('held', 'Held out', 'customers')]),
  column('rise', 'Rise of conversion, points', 'points'),
  column('relative_rise', 'Relative to it', 'percent'),
  column('revenue_rise', 'More per customer', 'money', { places }),
  column('relative_revenue_rise', 'relative', 'percent'),
]

function effectRow([, handed, held]: Sizes, plan: Plan, minGroup: number, arms: boolean): readonly Value[] {
  const base = baseOf(plan, minGroup)
  const hidden = [handed, held].some((n) => isMasked(masked(n, minGroup)))
  const rise = base === undefined || hidden ? undefined : smallestRise(base, handed, held)
  const { mean, variance } = momentsOf(plan.spent)
  const known = plan.buyers > 0 && !isMasked(masked(plan.buyers, minGroup)) && !hidden && handed > 0 && held > 0
  const more = known ? smallestMeanRise(variance, handed, held) : undefined
  return [
    ...(arms ? [] : [masked(held, minGroup)]),
    estimated(rise),
    estimated(rise === undefined || base === undefined || base === 0 ? undefined : rise / base),
    estimated(more),
    estimated(more === undefined || mean <= 0 ? undefined : more / mean),
  ]
}

function inShort(plan: Plan, { minGroup }: World): readonly Block[] {
  const { arms, reference, buyers, customers, given } = plan
  const base = baseOf(plan, minGroup)
  if (customers === 0) return [note('Nobody would be in it on this day.')]
  const advice: readonly Note[] =
    given !== undefined || base !== undefined
      ? []
      : buyers === 0
        ? [
            note(
              'None of them bought in the days looked at; often the definition itself asks for that. Say what share would buy without the campaign: `--base 2%`.',
            ),
          ]
        : [
            note(
              'Fewer than {n} of them bought in the days looked at. Say what share would buy without the campaign: `--base 2%`.',
              { n: minGroup },
            ),
          ]
  if (reference === undefined)
    return [
      note(
        'Without a split nothing can be learned: give the audience `split: { salt: spring, arms: { offer: 90, holdout: 10 } }`.',
      ),
      ...advice,
    ]
  if (base === undefined) return advice
  return arms
    .filter((a) => a !== reference)
    .map((arm) => {
      const names = { arm: arm.name, other: reference.name }
      const hidden = [arm, reference].some((a) => isMasked(masked(a.customers, minGroup)))
      const rise = hidden ? undefined : smallestRise(base, arm.customers, reference.customers)
      if (rise === undefined) return note('{arm} and {other} are too small to show any effect on who buys.', names)
      return note(
        '{arm} against {other} would show an effect if it is at least {rise} percentage points: {base} of customers buying would have to become {more}.',
        { ...names, rise: digitsOf(estimated(rise), 'points', 2), base: percent(base), more: percent(base + rise) },
      )
    })
}

const percent = (value: number): Digits => digitsOf(estimated(value), 'percent', 2)
