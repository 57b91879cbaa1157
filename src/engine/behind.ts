/** The rows of one customer that a metric looks at: the latest few of them, and how many there are. */
import { and, int, join, type Sql, sql } from '../base/sql.js'
import { formatDay } from '../base/time.js'
import { type Footing, rowValue } from '../language/fields.js'
import { onOf } from '../language/fieldwork.js'
import { namedFields } from '../language/filter.js'
import type { MetricBody } from '../language/metrics.js'
import { type RowsRef, rowset } from '../language/rows.js'
import type { Value } from '../language/value.js'
import { daysOf } from '../language/windows.js'
import { type Contacts, contactsOf } from '../store/contacts.js'
import { cellOf, type OutCell, outSql } from './cells.js'
import { Plan, type Setting } from './compiler.js'
import { evaluate } from './evaluate.js'
import { recordedDays } from './moves.js'
import { knownName, membersAt } from './record.js'

export interface Behind {
  readonly count: number
  /** The latest first. */
  readonly latest: readonly BehindRow[]
}
export interface BehindRow {
  /** RFC 3339, or a day where only that is known. */
  readonly at: string
  readonly facts: readonly (readonly [field: string, value: OutCell])[]
}

const SHOWN = 5

/** What tells a row to a reader. */
const telling: Readonly<Record<Footing, readonly string[]>> = {
  orders: ['order', 'amount'],
  items: ['order', 'product', 'quantity', 'amount'],
  activities: ['type', 'value'],
  days: [],
}

export function rowsBehind(setting: Setting, customer: number, body: MetricBody): Behind {
  const alone: Setting = { ...setting, only: int(customer) }
  const { on, uses } = standing(setting, body.target.on)
  const filters = body.where === undefined ? [] : [body.where]
  const wanted = [
    ...telling[on],
    ...(body.target.field === undefined ? [] : [body.target.field]),
    ...filters.flatMap(namedFields),
  ]
  const fields = [...new Set(wanted)].filter((f) => f !== 'at')
  const below = evaluate(alone, uses)
  const plan = new Plan(alone, 'tables', { has: below.member, of: below.members })
  const ref: RowsRef = {
    on: onOf(body.target.on),
    where: filters,
    containing: body.containing ?? [],
    without: body.without ?? [],
    days: daysOf(body, setting.asOf),
    fields,
  }
  const { scope, where } = rowset(plan, ref, 'b')
  const values = fields.map((f): readonly [string, Value] => [f, rowValue(plan, scope, f)])
  const order = scope.order()
  const columns = [...order.slice(0, 2), ...values.map(([, v]) => outSql(v))]
  const mine = sql`from ${scope.from()} where ${and([sql`${scope.column('_customer')} = ${int(customer)}`, where])}`
  const latestFirst: Sql = { text: order.map((c) => `${c.text} desc`).join(', '), params: [] }
  const { store } = setting
  const count = Number(store.row(plan.ready(sql`select count(*) ${mine}`))?.[0] ?? 0)
  const latest = store.rows(plan.ready(sql`select ${join(columns, ', ')} ${mine} order by ${latestFirst} limit ${int(SHOWN)}`))
  return { count, latest: latest.map((row) => told(setting, row, values)) }
}

/** The contacts of one customer, as rows. */
export function contactsBehind({ store }: Setting, customer: number, which: Contacts): Behind {
  const rows = store.rows(contactsOf(customer, which))
  const latest = rows.slice(0, SHOWN).map(
    ([day, audience, channels]): BehindRow => ({
      at: formatDay(Number(day)),
      facts: [['audience', String(audience)], ...(channels === '' ? [] : [['by', String(channels)] as const])],
    }),
  )
  return { count: rows.length, latest }
}

/** The recorded days of a segment, and whether the customer was in it. */
export function recordedBehind({ store, asOf }: Setting, customer: number, segment: string): Behind {
  const name = knownName(store, segment)
  const days = recordedDays(store, name, asOf)
  const latest = days
    .slice(-SHOWN)
    .reverse()
    .map(([day, run]): BehindRow => {
      const isIn = name !== undefined && membersAt(store, name, run).includes(customer)
      return { at: formatDay(day), facts: [['recorded', isIn ? 'in' : 'not in']] }
    })
  return { count: days.length, latest }
}

function told(setting: Setting, row: readonly unknown[], values: readonly (readonly [string, Value])[]): BehindRow {
  const [day, time] = row as readonly [number, number]
  const cells = values.map(([field, value], i): readonly [string, OutCell] => [field, cellOf(value, row[i + 2])])
  return {
    at: time < 0 ? formatDay(day) : setting.zone.format({ day, time }),
    facts: cells.filter(([, cell]) => cell !== null),
  }
}

/** What the rows are, and the segments that they stand on. */
function standing(setting: Setting, on: string): { readonly on: Footing; readonly uses: readonly string[] } {
  const found = onOf(on)
  if ('source' in found) return { on: found.source, uses: [] }
  const event = setting.definitions.events.get(found.event)
  return { on: event?.event.on ?? 'days', uses: event?.uses ?? [] }
}
