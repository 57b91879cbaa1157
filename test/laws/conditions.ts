/** Random conditions, and segments of them. */
import fc from 'fast-check'
import type { Plain, Spec } from '../oracle.js'
import {
  both,
  dated,
  listed,
  maybe,
  money,
  numeric,
  one,
  type Plains,
  type Specs,
  small,
  textual,
  truth,
  windows,
} from './comparisons.js'
import { among, counts, type Occurring, performedOf, selectorOf, someOf } from './rows.js'
import { goods, words } from './shops.js'
import { type Available, metricOf, sequenceCondition } from './values.js'

/** What a condition may stand on. */
export interface Ground {
  readonly asOf: string
  readonly there: Available
  readonly events: readonly Occurring[]
  /** Names of metrics by what they are. */
  readonly numbers: readonly string[]
  readonly texts: readonly string[]
  readonly dates: readonly string[]
  readonly segments: readonly string[]
}

const each = (names: readonly string[], comparison: Plains): Readonly<Record<string, Plains>> =>
  Object.fromEntries(names.map((name) => [name, comparison]))

const attributesOf = ({ asOf, numbers, texts, dates }: Ground): Specs => {
  const own: Specs = both(
    one('metric', fc.constantFrom(...numbers)),
    fc.oneof(fc.constant({}), one('times', fc.constantFrom(0.7, 2, -1))),
  )
  const any = someOf(
    {
      city: fc.oneof(textual(words), fc.constantFrom<Plain>('$home', { in: '$homes' }, { not_in: '$homes' })),
      email: textual(['ana@shop.by', 'ёж@почта.бел', 'C@X.org']),
      score: numeric([0, 7.25, 10, -3.5, 0.1], own),
      age: numeric([18, 20, 24, 25]),
      vip: truth,
      tags: listed,
      birth_date: dated(asOf),
      created_on: dated(asOf),
      renewal: dated(asOf),
      ...each(numbers, numeric([...money, ...small], own)),
      ...each(texts, textual([...goods, ...words, 'web', 'visit', 'mon'])),
      ...each(dates, dated(asOf)),
    },
    2,
  )
  return fc.oneof({ weight: 5, arbitrary: any }, { weight: 1, arbitrary: one('tags', listed) })
}

/** Segments that people enter and leave as days go by. */
export const passing = (asOf: string): Specs =>
  both(selectorOf(asOf, []), one('last', fc.constantFrom('7d', '30 days', '1mo'))).map((body) => ({ all: [{ performed: body }] }))

/** A condition with its body. */
export const conditionOf = (ground: Ground): Specs => {
  const { asOf, there, events, numbers, dates, segments } = ground
  const rows = selectorOf(asOf, events)
  const performed = performedOf(asOf, events)
  const quiet = fc.constantFrom('1 day', '7d', '14 days', '30 days', '1mo')
  const unnamed = fc
    .tuple(metricOf(asOf, 'number', events, there), numeric([...money, ...small], one('metric', fc.constantFrom(...numbers))))
    .map(([metric, comparison]) => ({
      ...metric,
      ...(typeof comparison === 'object' && !Array.isArray(comparison) ? (comparison as Spec) : { is: comparison }),
    }))
  const list = fc.constantFrom<Spec>(
    { file: 'lists/some.csv' },
    { file: 'lists/some.csv', by: 'customer' },
    { file: 'lists/some.csv', by: 'email' },
  )
  const names: Plains =
    segments.length === 0
      ? fc.constant(null)
      : fc.oneof(fc.constantFrom(...segments), fc.uniqueArray(fc.constantFrom(...segments), { minLength: 1, maxLength: 3 }))
  const standing = (name: string): Record<string, readonly [number, Specs]> =>
    segments.length === 0 ? {} : { [name]: [1, one(name, names)] }
  return among(there.conditions, {
    attribute: [5, one('attribute', attributesOf(ground))],
    performed: [5, one('performed', performed)],
    not_performed: [2, one('not_performed', performed)],
    metric: [3, one('metric', unnamed)],
    in_list: [1, one('in_list', list)],
    not_in_list: [1, one('not_in_list', list)],
    first_performed: [
      1,
      one('first_performed', both(rows, fc.oneof(windows(asOf), one('last', fc.constantFrom('90 days', '1y', '2y'))))),
    ],
    last_performed: [1, one('last_performed', both(rows, windows(asOf)))],
    regularly: [
      1,
      one(
        'regularly',
        both(
          rows,
          fc.record({
            in: fc.constantFrom(1, 1, 2),
            of: fc.constantFrom(2, 3, 4),
            every: fc.constantFrom('day', 'week', 'month', 'quarter'),
          }) as Specs,
          maybe(one('count', counts)),
        ),
      ),
    ],
    lapsed: [1, one('lapsed', both(rows, fc.record({ active: fc.constantFrom('90 days', '1y'), quiet }) as Specs))],
    resurrected: [
      1,
      one('resurrected', both(rows, fc.record({ quiet, back: fc.constantFrom('30d', '90 days', '1y') }) as Specs)),
    ],
    sequence: [2, one('sequence', sequenceCondition(asOf, events))],
    anniversary: [
      1,
      one(
        'anniversary',
        fc.record({
          of: fc.constantFrom('birth_date', 'created_on', 'renewal', ...dates),
          next: fc.constantFrom('7 days', '30d', '1mo', '1 year', '6 months'),
        }),
      ),
    ],
    rank: [
      2,
      one(
        'rank',
        both(
          one('by', fc.constantFrom('score', 'renewal', ...numbers, ...dates)),
          fc.oneof(
            one('top', fc.constantFrom<Plain>(1, 2, '10%', '50%', '12.5%')),
            one('bottom', fc.constantFrom<Plain>(1, '5%', '50%')),
          ),
          maybe(one('best', fc.constantFrom('lowest', 'highest'))),
          segments.length > 0 ? maybe(one('among', fc.constantFrom(...segments))) : fc.constant({}),
        ),
      ),
    ],
    sample: [
      1,
      one(
        'sample',
        fc.record({
          salt: fc.constantFrom('pilot', 'holdout-2026'),
          from: fc.constantFrom<Plain>(0, '10%', '33.33%'),
          to: fc.constantFrom('50%', '90%', '100%'),
        }),
      ),
    ],
    reachable: [1, one('reachable', fc.constantFrom('email', 'sms'))],
    contacted: [1, one('contacted', contacts(asOf))],
    not_contacted: [1, one('not_contacted', contacts(asOf))],
    ...standing('in_segment'),
    ...standing('not_in_segment'),
  })!
}

const contacts = (asOf: string): Specs =>
  both(
    fc.constant({ audience: 'spring-offer' }),
    maybe(windows(asOf)),
    maybe(one('count', fc.constantFrom<Plain>(0, 1, { max: 1 }, { min: 1 }))),
  )

export const segmentOf = (ground: Ground): Specs => {
  const condition = conditionOf(ground)
  const blockOf = (entry: Specs): Specs =>
    fc
      .tuple(fc.constantFrom('all', 'any', 'any', 'none'), fc.array(entry, { minLength: 1, maxLength: 3 }))
      .map(([name, entries]) => ({ [name]: entries }))
  const nested = fc.oneof({ weight: 5, arbitrary: condition }, { weight: 1, arbitrary: blockOf(condition) })
  const deeper = fc.oneof({ weight: 4, arbitrary: condition }, { weight: 1, arbitrary: blockOf(nested) })
  const blocks = fc.oneof(
    { weight: 4, arbitrary: condition.map((only) => ({ all: [only] })) },
    { weight: 6, arbitrary: blockOf(deeper) },
    { weight: 2, arbitrary: both(blockOf(deeper), blockOf(condition)) },
    { weight: 1, arbitrary: fc.constant<Spec>({ all: 'customers' }) },
  )
  return both(blocks, ground.segments.length > 0 ? maybe(one('base', fc.constantFrom(...ground.segments))) : fc.constant({}))
}
