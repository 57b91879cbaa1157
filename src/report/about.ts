/** What a report says of its data before the first number. */
import { grouped, plural } from '../base/text.js'
import type { Report } from './blocks.js'

export function aboutData({ customers, orders, currency }: Report): string {
  const upTo =
    orders === undefined
      ? 'no orders'
      : `orders up to ${orders.upTo}${orders.daysBefore === 0 ? '' : `, ${grouped(orders.daysBefore)} ${orders.daysBefore === 1 ? 'day' : 'days'} before`}`
  return [plural(customers, 'customer'), upTo, ...(currency === undefined ? [] : [`amounts in ${currency}`])].join('; ')
}
