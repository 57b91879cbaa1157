/** What a report says of its data before the first number. */
import type { Report } from './blocks.js'
import { dated, named, type Phrase, say, type Text } from './words.js'

/** A report about one thing says which. */
export function title({ asOf, timezone, thing, parts }: Report): Text {
  const when = { day: dated(asOf), zone: timezone }
  const [one, ...more] = parts.filter((p) => p.kind !== 'overview')
  return one === undefined || more.length > 0
    ? say('Report as of {day} ({zone})', when)
    : say(titles[thing ?? 'report'], { ...when, what: named(one) })
}
const titles = {
  report: '{what}: report as of {day} ({zone})',
  results: '{what}: results as of {day} ({zone})',
  plan: '{what}: plan as of {day} ({zone})',
} as const satisfies Readonly<Record<NonNullable<Report['thing']> | 'report', Phrase>>

/** Told one after another. */
export const aboutData = ({ customers, orders, currency }: Report): readonly Text[] => [
  say('{n} {n|customer|customers}', { n: customers }),
  orders === undefined
    ? say('no orders')
    : orders.daysBefore === 0
      ? say('orders up to {day}', { day: dated(orders.upTo) })
      : say('orders up to {day}, {n} {n|day|days} before', { day: dated(orders.upTo), n: orders.daysBefore }),
  ...(currency === undefined ? [] : [say('amounts in {currency}', { currency })]),
]
