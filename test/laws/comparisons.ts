/** Random comparisons and windows: what stands beside an attribute, a metric, a field of a row. */
import fc from 'fast-check'
import type { Plain, Spec } from '../oracle.js'
import { dayFrom } from './shops.js'

export type Specs = fc.Arbitrary<Spec>
export type Plains = fc.Arbitrary<Plain>

export const one = (name: string, value: Plains): Specs => value.map((inner) => ({ [name]: inner }))
export const maybe = (extra: Specs): Specs =>
  fc.oneof({ weight: 3, arbitrary: fc.constant<Spec>({}) }, { weight: 1, arbitrary: extra })
export const both = (...parts: readonly Specs[]): Specs => fc.tuple(...parts).map((all) => Object.assign({}, ...all) as Spec)

const unknown = maybe(one('unknown', fc.constantFrom('include', 'exclude')))
const exists = one('exists', fc.boolean())
const mostly = (often: Plains): Plains => fc.oneof({ weight: 7, arbitrary: often }, { weight: 1, arbitrary: exists })

export const textual = (operands: readonly string[]): Plains => {
  const operand = fc.constantFrom(...operands)
  const several = fc.uniqueArray(operand, { minLength: 1, maxLength: 4 })
  const part = fc.constantFrom('кру', 'МИН', 'é', 'e\u0301', 'a', 'ОФ', 'σοφ', 'фе', 'b"', 'i', 'ŞE', 'ران')
  const pattern = fc.constantFrom('^к', 'о$', 'к.*т', '[0-9]+', 'минск|торт', 'caf\u00e9')
  const operator = fc.oneof(
    ...['is', 'not'].map((name) => one(name, operand)),
    ...['in', 'not_in'].map((name) => one(name, several)),
    ...['contains', 'not_contains', 'starts_with', 'ends_with'].map((name) => one(name, fc.oneof(part, operand))),
    one('matches', pattern),
  )
  return mostly(fc.oneof(operand, several, both(operator, unknown, maybe(fc.constant({ case: 'exact' })))))
}

export const weekday: Plains = fc.oneof(
  fc.constantFrom('mon', 'sun', 'thu'),
  one('not_in', fc.constant(['sat', 'sun'])),
  one('in', fc.constant(['mon', 'fri'])),
)

export const numeric = (operands: readonly number[], own: Specs | null = null): Plains => {
  const operand = fc.constantFrom(...operands)
  const several = fc.uniqueArray(operand, { minLength: 1, maxLength: 3 })
  const operator = fc.oneof(
    ...['is', 'not', 'exactly'].map((name) => one(name, operand)),
    ...['min', 'max', 'above', 'below'].map((name) => one(name, own ? fc.oneof(operand, own) : operand)),
    ...['in', 'not_in'].map((name) => one(name, several)),
    fc.tuple(operand, operand).map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) })),
  )
  return mostly(fc.oneof({ weight: 1, arbitrary: operand }, { weight: 4, arbitrary: both(operator, unknown) }))
}

export const money = [0, 1.5, 2.25, 10, 12.34, 20, 100, -5.5, 0.1]
export const small = [0, 1, 2, 3, 4, 5]
const span = fc.constantFrom(
  '1 day',
  '7d',
  '$recent',
  '30 days',
  '30 days',
  '2y',
  '4w',
  '1 week',
  '1 month',
  '6mo',
  '90 days',
  '1 year',
  '1y',
  '400d',
)

export const written = (asOf: string): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom('-7d', '-30 days', '-1mo', '-1 year'),
    fc.integer({ min: -120, max: 5 }).map((offset) => dayFrom(asOf, offset)),
  )

const pairs = (asOf: string): fc.Arbitrary<readonly string[]> =>
  fc.oneof(
    fc.constantFrom(['-60d', '-7d'], ['-1 year', '-1mo'], ['-30d', '-30d']),
    fc
      .tuple(fc.integer({ min: -400, max: -20 }), fc.integer({ min: -20, max: 3 }))
      .map((both) => both.map((offset) => dayFrom(asOf, offset))),
  )

export const windows = (asOf: string): Specs =>
  fc.oneof(
    { weight: 4, arbitrary: one('last', span) },
    one(
      'ago',
      fc.constantFrom<Spec>(
        { from: '90 days', to: '30 days' },
        { to: '7d' },
        { from: '6mo', to: '1mo' },
        { from: '30d' },
        { from: '1y', to: '90d' },
        { from: '1y' },
        { to: '$recent' },
      ),
    ),
    one('between', pairs(asOf)),
    one('since', written(asOf)),
    one('until', written(asOf)),
    pairs(asOf).map(([since, until]) => ({ since: since!, until: until! })),
    one('on', written(asOf)),
    one(
      'period',
      fc.constantFrom(
        'today',
        'yesterday',
        'this week',
        'last week',
        'this month',
        'last month',
        'this quarter',
        'last quarter',
        'this year',
        'last year',
        '2 quarters ago',
        '3 weeks ago',
        '2 months ago',
      ),
    ),
  )

export const dated = (asOf: string): Plains =>
  mostly(
    both(
      fc.oneof(
        windows(asOf),
        one('next', fc.constantFrom('7 days', '1mo', '30d')),
        one('before', written(asOf)),
        one('after', written(asOf)),
      ),
      unknown,
    ),
  )

export const listed: Plains = mostly(
  both(
    fc.oneof(
      ...['has_any', 'has_all', 'has_none'].map((name) =>
        one(name, fc.uniqueArray(fc.constantFrom('a', 'b', 'C', 'круассан', 'Кофе'), { minLength: 1, maxLength: 2 })),
      ),
    ),
    unknown,
  ),
)

export const truth: Plains = mostly(
  fc.oneof(fc.boolean(), both(fc.oneof(one('is', fc.boolean()), one('not', fc.boolean())), unknown)),
)
