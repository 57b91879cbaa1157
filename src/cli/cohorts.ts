/** `cohorts`: who comes back, by the month of the first order. */
import { formatScaled } from '../base/decimal.js'
import { int, sql } from '../base/sql.js'
import { plural } from '../base/text.js'
import { formatDay } from '../base/time.js'
import type { Setting } from '../engine/compiler.js'
import { type CohortAge, Cohorts, formatMonth } from '../report/across/cohort-months.js'
import { share } from '../report/numbers.js'
import type { Store } from '../store/store.js'
import { defineCommand, type Invocation, type Outcome } from './command.js'
import { type Row, writeRows } from './output.js'
import { asCounted, reading, sayDay, settingOf, type Workspace } from './workspace.js'

export const command = defineCommand({
  name: 'cohorts',
  summary: 'who comes back: retention and revenue by the month of the first order',
  group: 'answers',
  args: [],
  options: [],
  examples: [
    'segkit cohorts',
    'segkit cohorts --as-of 2026-06-30 -o cohorts.csv',
    'segkit cohorts --columns cohort,age,retention',
  ],
  notes: [
    "A cohort is everybody whose first counted order lies in a calendar month of the project's zone; `age` is the number of months since. `active` of its `customers` ordered in that month, `retention` is active / customers, `revenue` is what they spent in it.",
    'Age 0 is the month of the first order, where retention is 1. A month that is not over at the end of the as-of day is empty, never 0. Guests are in no cohort.',
    'Over several cohorts, weigh: the sum of `active` over the sum of `customers`, of the rows where `active` is there.',
  ].join('\n'),
  exits: [
    [0, 'done, also when nobody has ordered'],
    [66, 'no data loaded yet'],
    [78, 'no project'],
  ],
  run: reading(tell),
})

async function tell(ws: Workspace, store: Store, invocation: Invocation): Promise<Outcome> {
  const { globals, io } = invocation
  const setting = settingOf(ws, asCounted(ws, store), io.cwd)
  const walk = new Cohorts()
  for (const [customer, day, amount] of store.each(countedOrders(setting)))
    walk.add(Number(customer), Number(day), amount === null ? Number.NaN : Number(amount))
  const ages = [...walk.ages(ws.asOf)]
  const scale = setting.catalogue.own('orders', 'amount')?.scale ?? 0
  const right = 'right' as const
  const columns = [
    { name: 'cohort' },
    ...['age', 'customers', 'active', 'retention', 'revenue'].map((name) => ({ name, align: right })),
  ]
  const rows = ages.map((age) => cohortRow(age, scale))
  await writeRows({ thing: 'cohorts', asOf: formatDay(ws.asOf), columns, rows }, globals, io)
  const first = ages.filter(({ age }) => age === 0)
  const customers = first.reduce((sum, age) => sum + age.customers, 0)
  return { verdict: `${plural(first.length, 'cohort')} of ${plural(customers, 'customer')} ${sayDay(ws)}` }
}

const countedOrders = ({ asOf }: Setting) => sql`select _customer, _day, amount from order_row
  where _customer > 0 and _counted = 1 and _day <= ${int(asOf)} order by _customer, _day, _time, _key`

const cohortRow = ({ cohort, age, customers, active, revenue, isOver }: CohortAge, scale: number): Row => [
  formatMonth(cohort),
  age,
  customers,
  ...(isOver
    ? [active, share(active, customers), revenue === undefined ? null : { decimal: formatScaled(revenue, scale) }]
    : [null, null, null]),
]
