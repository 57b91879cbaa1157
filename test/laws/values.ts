/** Random metrics and events. */
import fc from 'fast-check'
import type { Plain, Spec } from '../oracle.js'
import { both, maybe, one, type Specs, windows } from './comparisons.js'
import { among, chooserOf, filterOf, type Occurring, ofLines, type Stream, selectorOf, sourceOf, streams } from './rows.js'

/** The kinds that may be drawn. */
export interface Available {
  readonly conditions: ReadonlySet<string>
  readonly metrics: ReadonlySet<string>
  readonly events: ReadonlySet<string>
}

const numberFields = {
  orders: ['amount', 'amount', 'units', 'items', 'gap', 'number', 'hour'],
  items: ['amount', 'quantity', 'price'],
  activities: ['value', 'hour'],
}
const textFields = {
  orders: ['channel', 'store', 'weekday', 'status'],
  items: ['product', 'category', 'brand', 'sku'],
  activities: ['type', 'weekday'],
}

const aggregateOver = (of: string, stream: Stream, kind: 'number' | 'text' | 'date', there: ReadonlySet<string>): Specs => {
  const field = (names: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...names.map((name) => `${of}.${name}`))
  const over = (name: string, names: readonly string[]): readonly [number, Specs] => [1, one(name, field(names))]
  switch (kind) {
    case 'number':
      return among(there, {
        count: [2, one('count', fc.constant(of))],
        days_since: [2, one('days_since', fc.constant(of))],
        ...Object.fromEntries(
          ['sum', 'average', 'median', 'lowest', 'highest'].map((name) => [name, over(name, numberFields[stream])]),
        ),
        ...Object.fromEntries(
          ['first', 'latest'].map((name) => [
            name,
            over(
              name,
              numberFields[stream].filter((one) => one !== 'value'),
            ),
          ]),
        ),
        distinct: over('distinct', textFields[stream]),
      })!
    case 'text': {
      const by = { orders: ['count', 'amount'], items: ['count', 'quantity', 'amount'], activities: ['count'] }[stream]
      return among(there, {
        first: over('first', textFields[stream]),
        latest: over('latest', textFields[stream]),
        favourite: [2, both(one('favourite', field(textFields[stream])), maybe(one('by', fc.constantFrom(...by))))],
      })!
    }
    case 'date':
      return fc.oneof(...['first', 'latest'].map((name) => one(name, field(['at']))))
  }
}

/** A metric over rows of a source or occurrences of an event. */
export const metricOf = (
  asOf: string,
  kind: 'number' | 'text' | 'date',
  events: readonly Occurring[],
  there: Available,
): Specs => {
  const sources: readonly Occurring[] = streams.map((stream) => ({ name: stream, stream }))
  const rows = events.filter((event) => event.stream !== undefined)
  const chosen = fc
    .oneof(fc.constantFrom(...sources), ...(rows.length > 0 ? [fc.constantFrom(...rows)] : []))
    .chain(({ name, stream = 'orders' }) => {
      const own = name === stream
      const where = own ? chooserOf(stream, asOf) : filterOf(stream, asOf)
      const lines = own && stream === 'orders' ? maybe(ofLines(asOf)) : fc.constant({})
      const share = both(one('share', fc.constant(name)), one('where', where), lines)
      const aggregate = both(aggregateOver(name, stream, kind, there.metrics), maybe(one('where', where)), lines)
      return kind === 'number' && there.metrics.has('share')
        ? fc.oneof({ weight: 8, arbitrary: aggregate }, { weight: 1, arbitrary: share })
        : aggregate
    })
  const bare = events.filter((event) => event.stream === undefined).map((event) => event.name)
  const ofBare = fc.constantFrom('count', 'days_since').chain((name) => one(name, fc.constantFrom(...bare)))
  return both(
    kind === 'number' && bare.length > 0 ? fc.oneof({ weight: 8, arbitrary: chosen }, { weight: 1, arbitrary: ofBare }) : chosen,
    maybe(windows(asOf)),
  )
}

/** Metrics over other metrics. */
export const tiles = (of: readonly string[], segments: readonly string[]): Specs =>
  both(
    fc.record({ ntile: fc.constantFrom(2, 3, 4, 5, 10), of: fc.constantFrom(...of) }) as Specs,
    maybe(one('best', fc.constantFrom('lowest', 'highest'))),
    segments.length > 0 ? one('among', fc.constantFrom(...segments)) : fc.constant({}),
  )
export const bands = (of: readonly string[]): Specs =>
  one('bands', fc.record({ of: fc.constantFrom(...of), cuts: fc.constantFrom<Plain>([0, 2, 10], [1], [1.5, 20]) }))
export const ratio = (of: readonly string[]): Specs =>
  one('ratio', fc.record({ of: fc.constantFrom(...of), to: fc.constantFrom(...of) }))

const captures = {
  orders: ['order', 'amount', 'channel', 'hour', 'weekday', 'units'],
  items: ['order', 'product', 'quantity', 'amount', 'price', 'status', 'hour'],
  activities: ['type', 'value', 'month'],
}
const captureOf = (stream: Stream): Specs =>
  fc.oneof(fc.constant({}), one('capture', fc.uniqueArray(fc.constantFrom(...captures[stream]), { minLength: 1, maxLength: 3 })))

const spans = fc.constantFrom('1 day', '7 days', '30d', '1mo', '2 weeks')

const rowKind = (stream: Stream, there: ReadonlySet<string>): Specs =>
  among(there, {
    nth: [1, one('nth', fc.constantFrom(1, 2, 3))],
    every_nth: [1, one('every_nth', fc.constantFrom(1, 2, 3))],
    quiet_for: [1, one('quiet_for', spans)],
    after_gap: [1, one('after_gap', spans)],
    reaches: [
      1,
      one(
        'reaches',
        both(
          stream === 'activities'
            ? (fc.record({ sum: fc.constant('value'), of: fc.constantFrom(1, 5, 10) }) as Specs)
            : (fc.record({
                sum: fc.constantFrom(...(stream === 'items' ? ['amount', 'quantity'] : ['amount', 'units'])),
                of: fc.constantFrom<Plain>(2, 5, 20, 12.5, 100),
              }) as Specs),
          maybe(one('every', fc.constantFrom('month', 'quarter', 'year'))),
        ),
      ),
    ],
  }) ?? fc.constant({})

/** An event over the rows of a source, plain (`often` of a quarter) or of a kind. */
export const eventOn = (stream: Stream, asOf: string, there: Available, kinds: boolean): Specs =>
  both(
    fc.constant({ on: stream }),
    maybe(one('where', chooserOf(stream, asOf))),
    stream === 'orders'
      ? maybe(ofLines(asOf))
      : stream === 'items'
        ? fc.constantFrom<Spec>({}, { per: 'order' })
        : fc.constant({}),
    kinds ? rowKind(stream, there.events) : fc.constant({}),
    captureOf(stream),
  )

const within = fc.constantFrom(
  '1 day',
  '7 days',
  '14 days',
  '1mo',
  '2 months',
  '90 days',
  '1y',
  '30 minutes',
  '36h',
  '48 hours',
  '200 hours',
  '200 hours',
  '500 hours',
)

const stepOf = (asOf: string, events: readonly Occurring[]): Specs =>
  fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...streams).map((stream) => ({ [stream]: 'any' })) }, selectorOf(asOf, events))

/** Steps of a sequence whose last row is an order's, so that its fields are known. */
export const stepsOf = (asOf: string, events: readonly Occurring[], stream?: Stream): fc.Arbitrary<Plain> => {
  const step = stepOf(asOf, events)
  const last =
    stream === undefined ? step : fc.oneof({ weight: 3, arbitrary: fc.constant({ [stream]: 'any' }) }, sourceOf(stream, asOf))
  const unwanted = selectorOf(asOf, events)
  return fc
    .tuple(fc.array(step, { minLength: 1, maxLength: 2 }), last, fc.option(unwanted, { freq: 1 }), fc.boolean())
    .map(([first, end, not, alone]) => (not === null ? [...first, end] : [...(alone ? [] : first), end, { not }]))
}

export const sequenceEvent = (asOf: string, events: readonly Occurring[], stream: Stream): Specs =>
  both(one('sequence', stepsOf(asOf, events, stream)), one('within', within), captureOf(stream))

/** One row and then, in time, none of another kind. */
export const unlessEvent = (asOf: string, events: readonly Occurring[], stream: Stream): Specs =>
  both(
    one(
      'sequence',
      fc
        .tuple(
          fc.oneof({ weight: 2, arbitrary: fc.constant<Spec>({ [stream]: 'any' }) }, sourceOf(stream, asOf)),
          stepOf(asOf, events),
        )
        .map(([step, not]) => [step, { not }]),
    ),
    one('within', within),
    captureOf(stream),
  )

export const sequenceCondition = (asOf: string, events: readonly Occurring[]): Specs =>
  both(one('steps', stepsOf(asOf, events)), one('within', within), maybe(windows(asOf)))

export const anniversaryEvent = (of: readonly string[]): Specs =>
  both(one('anniversary', fc.constantFrom(...of)), maybe(one('days_before', fc.constantFrom(0, 1, 7, 30))))
