/**
 * What sections stand on: the segments evaluated once, one row a customer with the words of his memberships and what his orders
 * come to. Read as columns once; a section walks those instead of reading orders again for each segment.
 */
import { int, join, type Sql, sql } from '../base/sql.js'
import type { Day } from '../base/time.js'
import type { Plan, Setting } from '../engine/compiler.js'
import { evaluate } from '../engine/evaluate.js'
import type { Segment } from '../language/definitions.js'
import { type Orders, type People, readOrders, readPeople, WORD } from './columns.js'
import { type Summary, summaries } from './summary.js'

/** A segment of the report; rows of a section name it by its number. */
export interface Subject {
  readonly number: number
  readonly segment: Segment
  readonly summary: Summary
}

/** What a section looks at in every customer beside his memberships in the report's segments: other segments, and predicates over `c` by names of their own. */
export interface Marks {
  readonly segments?: readonly string[]
  ask?(plan: Plan): Readonly<Record<string, Sql>>
}

export interface World {
  readonly setting: Setting
  readonly asOf: Day
  readonly currency: string | undefined
  readonly minGroup: number
  /** Tells today's definitions from others, as runs record it. */
  readonly fingerprint: string
  readonly subjects: readonly Subject[]
  readonly shop: Shop
  /** Decimals of orders' amounts, of lines' amounts, of quantities. */
  readonly scales: { readonly amount: number; readonly line: number; readonly units: number }
  readonly people: People
  /** Read when a section first asks. */
  readonly orders: () => Orders
  /** Columns of `temp.report_customer` that hold the memberships in the subjects, `WORD` to each; see `People.words`. */
  readonly words: readonly Sql[]
  /** Numbers of segments and marks beside the subjects: `isIn` and `rowsIn` know them by these. */
  readonly marks: ReadonlyMap<string, number>
}

/** All customers who exist on the day, and the guests. Amounts are scaled by `scales.amount`. */
export interface Shop {
  readonly customers: number
  readonly orders: number
  readonly revenue: bigint
  readonly guestOrders: number
  readonly guestRevenue: bigint
  readonly newestOrder: Day | undefined
}

const raw = (text: string): Sql => ({ text, params: [] })

export function makeWorld(
  setting: Setting,
  segments: readonly Segment[],
  more: { readonly currency: string | undefined; readonly minGroup: number; readonly fingerprint?: string },
  wanted: readonly Marks[] = [],
): World {
  const { store, asOf, catalogue } = setting
  const wordCount = wordsFor(segments.length)
  gatherOrders(setting)
  const marks = gatherCustomers(setting, segments, wanted)
  const people = readPeople(setting, wordsFor(segments.length + marks.length))
  const summary = summaries(store, asOf, people, segments)
  let orders: Orders | undefined
  return {
    setting,
    asOf,
    fingerprint: '',
    ...more,
    subjects: segments.map((segment, number) => ({ number, segment, summary: summary[number]! })),
    shop: readShop(setting),
    scales: {
      amount: catalogue.own('orders', 'amount')?.scale ?? 0,
      line: catalogue.own('items', 'amount')?.scale ?? 0,
      units: catalogue.own('items', 'quantity')?.scale ?? 0,
    },
    people,
    orders: () => {
      orders ??= readOrders(setting, people)
      return orders
    },
    words: Array.from({ length: wordCount }, (_, w) => raw(`f.w${w}`)),
    marks: new Map(marks.map((name, i) => [name, segments.length + i])),
  }
}

const wordsFor = (flags: number): number => Math.max(1, Math.ceil(flags / WORD))

/** One pass over the orders as they lie: what those of a customer come to, guests under 0. */
function gatherOrders({ store, asOf }: Setting): void {
  store.exec(`drop table if exists temp.report_order;
    create temp table report_order (_customer integer primary key, orders integer, priced integer, amount integer, first integer, last integer, newest integer)`)
  store.run(sql`insert into temp.report_order select _customer, sum(_counted), count(case when _counted = 1 then amount end),
    coalesce(sum(case when _counted = 1 then amount end), 0), min(case when _counted = 1 then _day end), max(case when _counted = 1 then _day end), max(_day)
    from order_row where _day <= ${int(asOf)} group by _customer`)
}

/** Returns the names of the marks, whose bits follow those of the segments. */
function gatherCustomers(setting: Setting, segments: readonly Segment[], wanted: readonly Marks[]): readonly string[] {
  const { store } = setting
  const names = segments.map((s) => s.name)
  const beside = [...new Set(wanted.flatMap((w) => w.segments ?? []))]
  let asked: readonly (readonly [string, Sql])[] = []
  const found = evaluate(setting, [...names, ...beside], [], (plan) => {
    asked = wanted.flatMap((w) => Object.entries(w.ask?.(plan) ?? {}))
    return []
  })
  const flags = [...[...names, ...beside].map((name) => found.member(name)), ...asked.map(([, predicate]) => predicate)]
  const columns = Array.from({ length: wordsFor(flags.length) }, (_, w) => `w${w}`)
  const words = columns.map((_, w) => {
    const bits = flags
      .slice(w * WORD, (w + 1) * WORD)
      .map((flag, bit) => sql`(case when ${flag} then ${int(2 ** bit)} else 0 end)`)
    return bits.length === 0 ? int(0) : join(bits, ' | ')
  })
  store.exec(`drop table if exists temp.report_customer;
    create temp table report_customer (_id integer primary key, ${columns.map((c) => `${c} integer`).join(', ')}, orders integer, priced integer, amount integer, first integer, last integer)`)
  store.run(
    found.ready(sql`insert into temp.report_customer select c._id, ${join(words, ', ')}, coalesce(o.orders, 0), coalesce(o.priced, 0), coalesce(o.amount, 0), o.first, o.last
    from ${found.from} left join temp.report_order o on o._customer = c._id where ${found.exists}`),
  )
  return [...beside, ...asked.map(([name]) => name)]
}

function readShop({ store }: Setting): Shop {
  const [customers, orders, revenue] = store.row(
    sql`select count(*), coalesce(sum(orders), 0), cast(coalesce(sum(amount), 0) as text) from temp.report_customer`,
  ) as [number, number, string]
  const guests = store.row(sql`select orders, cast(amount as text) from temp.report_order where _customer = 0`) as
    | [number, string]
    | undefined
  const newest = store.row(sql`select max(newest) from temp.report_order`)?.[0] as number | null
  return {
    customers,
    orders,
    revenue: BigInt(revenue),
    guestOrders: guests?.[0] ?? 0,
    guestRevenue: BigInt(guests?.[1] ?? '0'),
    newestOrder: newest ?? undefined,
  }
}
