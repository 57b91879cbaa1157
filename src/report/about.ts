/** What a report says of its data before the first number. */
import type { Report } from './blocks.js'
import { say, type Text } from './words.js'

export const title = ({ asOf, timezone }: Report): Text => say('Report as of {day} ({zone})', { day: asOf, zone: timezone })

/** Told one after another. */
export const aboutData = ({ customers, orders, currency }: Report): readonly Text[] => [
  say('{n} {n|customer|customers}', { n: customers }),
  orders === undefined
    ? say('no orders')
    : orders.daysBefore === 0
      ? say('orders up to {day}', { day: orders.upTo })
      : say('orders up to {day}, {n} {n|day|days} before', { day: orders.upTo, n: orders.daysBefore }),
  ...(currency === undefined ? [] : [say('amounts in {currency}', { currency })]),
]
