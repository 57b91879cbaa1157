/**
 * Random small shops with awkward values and, for each, many random sound definitions over them. Seed fast-check to have the same again.
 * Names are fixed so that anything can refer to them, and nothing stands on what comes after it: events e-*, metrics n1 n2 t1 d1 over
 * them, events v-* of every kind, metrics m1 … over all of these, tiles, bands and ratios, segments s1 s2 s3, what stands on those
 * (`inner`, `enters`, `leaves`), and the other segments.
 */
import fc from 'fast-check'
import { type Ground, passing, segmentOf } from './laws/conditions.js'
import { type Occurring, streams } from './laws/rows.js'
import { dayFrom, shops } from './laws/shops.js'
import {
  type Available,
  anniversaryEvent,
  bands,
  eventOn,
  metricOf,
  ratio,
  sequenceEvent,
  tiles,
  unlessEvent,
} from './laws/values.js'
import type { Definitions, ShopData, Spec } from './oracle.js'

export interface Case {
  readonly shop: ShopData
  readonly definitions: Definitions
  readonly asOf: string
  /** Days on which runs recorded who was in s1, s2 and s3, for `enters` and `leaves`. */
  readonly runs: readonly string[]
}

/** Segments that runs record. */
export const recordedSegments = ['s1', 's2', 's3'] as const

const asOfDays = [
  '2024-02-29',
  '2024-03-31',
  '2024-05-31',
  '2023-12-31',
  '2024-11-03',
  '2025-02-28',
  '2024-10-27',
  '2024-01-01',
  '2022-03-22',
  '2011-03-31',
] as const

const setting = fc.record({
  zone: fc.constantFrom(
    'Europe/Minsk',
    'Europe/Berlin',
    'America/New_York',
    'Asia/Kathmandu',
    'UTC',
    'Europe/Lisbon',
    'America/Havana',
    'Asia/Tehran',
  ),
  asOf: fc.constantFrom(...asOfDays),
})

/** A shop with a day and as many definitions as are worth asking at once, of the kinds there are. */
export const casesOf = (there: Available): fc.Arbitrary<Case> =>
  setting.chain(({ zone, asOf }) =>
    fc.record({
      shop: shops(zone, asOf),
      definitions: definitionsOn(asOf, there),
      asOf: fc.constant(asOf),
      runs: fc.subarray(
        [-90, -60, -40, -20, -3, 0, 5].map((offset) => dayFrom(asOf, offset)),
        { minLength: 1 },
      ),
    }),
  )

type Named = Readonly<Record<string, fc.Arbitrary<Spec>>>

const names = (prefix: string, from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `${prefix}${from + i}`)
const drawn = (keys: readonly string[], arbitrary: fc.Arbitrary<Spec>): Named =>
  Object.fromEntries(keys.map((key) => [key, arbitrary]))

function definitionsOn(asOf: string, there: Available): fc.Arbitrary<Definitions> {
  const plain: Occurring[] = streams.map((stream) => ({ name: `e-${stream}`, stream }))
  const metrics: Record<string, fc.Arbitrary<Spec>> = {
    ...drawn(['n1', 'n2'], metricOf(asOf, 'number', plain, there)),
    t1: metricOf(asOf, 'text', plain, there),
    d1: metricOf(asOf, 'date', plain, there),
  }
  const kinds: readonly (readonly [string, Occurring['stream'], fc.Arbitrary<Spec>])[] = [
    ...streams.map((stream) => [`v-${stream}`, stream, eventOn(stream, asOf, there, true)] as const),
    ['v-more', 'orders', eventOn('orders', asOf, there, true)],
    ['v-lines', 'items', eventOn('items', asOf, there, true)],
    ...(there.events.has('sequence')
      ? ([
          ['v-steps', 'orders', sequenceEvent(asOf, plain, 'orders')],
          ['v-visits', 'activities', sequenceEvent(asOf, plain, 'activities')],
          ['v-unless', 'orders', unlessEvent(asOf, plain, 'orders')],
          ['v-alone', 'activities', unlessEvent(asOf, plain, 'activities')],
        ] as const)
      : []),
    ...(there.events.has('anniversary')
      ? ([['v-yearly', undefined, anniversaryEvent(['birth_date', 'renewal', 'd1'])]] as const)
      : []),
  ]
  const all: Occurring[] = [...plain, ...kinds.map(([name, stream]) => ({ name, ...(stream !== undefined && { stream }) }))]
  Object.assign(metrics, {
    ...drawn(['m1', 'm2', 'm3'], metricOf(asOf, 'number', all, there)),
    m4: metricOf(asOf, 'text', all, there),
    m5: metricOf(asOf, 'date', all, there),
  })
  const over = ['n1', 'n2', 'm1', 'm2']
  if (there.metrics.has('ntile')) metrics['tile'] = tiles(over, [])
  if (there.metrics.has('bands')) metrics['band'] = bands(over)
  if (there.metrics.has('ratio')) metrics['ratio'] = ratio(over)
  const ground: Ground = {
    asOf,
    there,
    events: all,
    numbers: [...over, 'm3', ...['tile', 'band', 'ratio'].filter((name) => name in metrics)],
    texts: ['t1', 'm4'],
    dates: ['d1', 'm5'],
    segments: [],
  }
  const lower = [...recordedSegments]
  const segments: Record<string, fc.Arbitrary<Spec>> = Object.fromEntries(
    lower.map((name, i) => [name, segmentOf({ ...ground, segments: lower.slice(0, i) })]),
  )
  segments['s1'] = fc.oneof(segments['s1']!, passing(asOf))
  segments['s2'] = fc.oneof(segments['s2']!, passing(asOf))
  const inner = there.metrics.has('ntile') ? { inner: tiles(over, lower) } : {}
  const moving = ['enters', 'leaves'].filter((kind) => there.events.has(kind))
  const higher: Ground = {
    ...ground,
    segments: lower,
    numbers: [...ground.numbers, ...Object.keys(inner)],
    events: [...all, ...moving.map((name) => ({ name }))],
  }
  Object.assign(segments, drawn(names('s', 4, 13), segmentOf(higher)))
  return fc.record({
    metrics: fc.record({ ...metrics, ...inner } as Named),
    events: fc.record({
      ...Object.fromEntries(streams.map((stream) => [`e-${stream}`, eventOn(stream, asOf, there, false)])),
      ...Object.fromEntries(kinds.map(([name, , arbitrary]) => [name, arbitrary])),
      ...Object.fromEntries(moving.map((name) => [name, fc.constantFrom(...lower).map((segment) => ({ [name]: segment }))])),
    }),
    segments: fc.record(segments),
  })
}
