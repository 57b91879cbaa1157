/** Random filters of rows, and what chooses rows of a source or an event. */
import fc from 'fast-check'
import type { Plain, Spec } from '../oracle.js'
import {
  both,
  dated,
  maybe,
  money,
  numeric,
  one,
  type Plains,
  type Specs,
  small,
  textual,
  weekday,
  windows,
} from './comparisons.js'
import { goods, words } from './shops.js'

export type Stream = 'orders' | 'items' | 'activities'
export const streams = ['orders', 'items', 'activities'] as const

/** An event that may be stood on, and what its occurrences are rows of. */
export interface Occurring {
  readonly name: string
  readonly stream?: Stream
}

const fieldsOf = (stream: Stream, asOf: string): Readonly<Record<string, Plains>> => {
  const time = {
    hour: numeric([0, 2, 8, 12, 23]),
    weekday,
    day: numeric([1, 29, 31]),
    month: numeric([1, 2, 3, 12]),
    at: dated(asOf),
  }
  const order = {
    status: textual(['paid', 'CANCELLED', 'refunded']),
    channel: textual(['web', 'ПОЧТА', 'shop']),
    store: textual(words),
  }
  switch (stream) {
    case 'orders':
      return {
        ...time,
        ...order,
        amount: numeric(money),
        items: numeric(small),
        units: numeric([0, 1, 2.5, 3]),
        number: numeric(small),
        gap: numeric([0, 7, 30]),
      }
    case 'items':
      return {
        ...time,
        ...order,
        sku: textual(['k1', '007']),
        product: textual(goods),
        category: textual(['cakes', 'ХЛЕБ']),
        brand: textual(['НАШ']),
        quantity: numeric([0, 1, 1.5, 2, -1]),
        price: numeric(money),
        amount: numeric(money),
      }
    case 'activities':
      return {
        ...time,
        type: textual(['visit', 'ЖАЛОБА', 'open']),
        value: fc.oneof(textual(['5', 'BAD', '10']), one('min', fc.constantFrom(3, 4.5)), one('below', fc.constant(5))),
      }
  }
}

export const someOf = (fields: Readonly<Record<string, Plains>>, most: number): Specs =>
  fc
    .uniqueArray(fc.constantFrom(...Object.keys(fields)), { minLength: 1, maxLength: most })
    .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, fields[name]!])))) as Specs

export const filterOf = (stream: Stream, asOf: string): Specs => {
  const plain = someOf(fieldsOf(stream, asOf), 2)
  const several = fc.array(plain, { minLength: 1, maxLength: 2 })
  return fc.oneof({ weight: 6, arbitrary: plain }, one('any', several), one('none', several), both(plain, one('all', several)))
}

/** A filter that chooses rows may also ask for those that do not count. */
export const chooserOf = (stream: Stream, asOf: string): Specs =>
  stream === 'activities'
    ? filterOf(stream, asOf)
    : both(filterOf(stream, asOf), maybe(one('counted', fc.constantFrom<Plain>('any', false))))

export const ofLines = (asOf: string): Specs =>
  fc.oneof(
    one('containing', fc.array(filterOf('items', asOf), { minLength: 1, maxLength: 2 })),
    one('without', fc.array(filterOf('items', asOf), { minLength: 1, maxLength: 2 })),
  )

/** What chooses rows in a condition or a step: a source or an event. */
export const selectorOf = (asOf: string, events: readonly Occurring[]): Specs => {
  const source = fc.constantFrom(...streams).chain((stream) => sourceOf(stream, asOf))
  if (events.length === 0) return source
  const event = fc
    .constantFrom(...events)
    .chain(({ name, stream }) =>
      both(fc.constant({ event: name }), stream === undefined ? fc.constant({}) : maybe(one('where', filterOf(stream, asOf)))),
    )
  return fc.oneof({ weight: 3, arbitrary: source }, { weight: 2, arbitrary: event })
}

export const sourceOf = (stream: Stream, asOf: string): Specs =>
  both(
    one(stream, fc.oneof(fc.constant('any'), chooserOf(stream, asOf))),
    stream === 'orders' ? maybe(ofLines(asOf)) : fc.constant({}),
  )

export const counts: Plains = fc.oneof(
  fc.constantFrom<Plain>(...small, '$few'),
  ...['min', 'max', 'above', 'below', 'exactly', 'not'].map((name) => one(name, fc.constantFrom<Plain>(0, 1, 2, 3, '$few'))),
  fc.constant<Spec>({ min: 1, max: 3 }),
)

const often = (extra: Specs): Specs => fc.oneof(fc.constant<Spec>({}), extra)

/** Rows or occurrences in a window, as `performed` counts them. */
export const performedOf = (asOf: string, events: readonly Occurring[]): Specs =>
  both(selectorOf(asOf, events), often(one('count', counts)), maybe(one('days', counts)), often(windows(asOf)))

/** One of those that there are: by name, with a weight. */
export const among = (
  there: ReadonlySet<string>,
  table: Readonly<Record<string, readonly [number, Specs]>>,
): Specs | undefined => {
  const found = Object.entries(table).flatMap(([name, [weight, arbitrary]]) => (there.has(name) ? [{ weight, arbitrary }] : []))
  return found.length === 0 ? undefined : fc.oneof(...found)
}
