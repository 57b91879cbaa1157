/**
 * What sections stand on: the segments evaluated once, customers with their memberships and what their orders come to. Read as
 * columns once; a section walks those instead of reading orders again for each segment.
 */
import type { Sql } from '../base/sql.js'
import type { Day } from '../base/time.js'
import type { Plan, Setting } from '../engine/compiler.js'
import { evaluate } from '../engine/evaluate.js'
import type { Segment } from '../language/definitions.js'
import { type Orders, type People, readOrders, readPeople, type Shop, sumOrders } from './columns.js'
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
  /** Whether customer `c` exists on the day. */
  readonly exists: Sql
  /** Numbers of segments and marks beside the subjects: `isIn` and `rowsIn` know them by these. */
  readonly marks: ReadonlyMap<string, number>
}

export function makeWorld(
  setting: Setting,
  segments: readonly Segment[],
  more: { readonly currency: string | undefined; readonly minGroup: number; readonly fingerprint?: string },
  wanted: readonly Marks[] = [],
): World {
  const { store, asOf, catalogue } = setting
  const { found, marks, numbersOf, asked } = evaluated(setting, segments, wanted)
  const { people, shop } = sumOrders(setting, readPeople(setting, found, numbersOf, asked))
  const summary = summaries(store, asOf, people, segments)
  let orders: Orders | undefined
  return {
    setting,
    asOf,
    fingerprint: '',
    ...more,
    subjects: segments.map((segment, number) => ({ number, segment, summary: summary[number]! })),
    shop,
    exists: found.exists,
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
    marks,
  }
}

/** Everything of a report in one evaluation: the segments come first, then those beside them and the predicates. */
function evaluated(setting: Setting, segments: readonly Segment[], wanted: readonly Marks[]) {
  const names = segments.map((s) => s.name)
  const beside = [...new Set(wanted.flatMap((w) => w.segments ?? []))]
  let asked: readonly (readonly [string, Sql])[] = []
  const found = evaluate(setting, [...names, ...beside], [], (plan) => {
    asked = wanted.flatMap((w) => Object.entries(w.ask?.(plan) ?? {}))
    return []
  })
  const numbersOf = new Map<string, number[]>()
  ;[...names, ...beside].forEach((name, number) => {
    numbersOf.set(name, [...(numbersOf.get(name) ?? []), number])
  })
  const marks = new Map([...beside, ...asked.map(([name]) => name)].map((name, i) => [name, names.length + i]))
  return { found, marks, numbersOf, asked: asked.map(([, predicate]) => predicate) }
}
