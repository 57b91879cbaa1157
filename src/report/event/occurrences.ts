/** How often an event occurred. */
import { sql } from '../../base/sql.js'
import { occurrenceQuery } from '../../engine/evaluate.js'
import { figure, note } from '../blocks.js'
import { share } from '../numbers.js'
import type { EventSection } from './section.js'

export const occurrences: Readonly<Record<string, EventSection>> = {
  occurrences: {
    question: 'How often did it happen?',
    answer(event, { setting, shop }) {
      const query = occurrenceQuery(setting, event)
      const [occurrences, customers] = setting.store.row(
        sql`select count(*), count(distinct customer) from (${query.select})`,
      ) as [number, number]
      return [
        figure('occurrences', 'Occurrences', 'number', occurrences),
        figure('customers', 'Customers', 'customers', customers),
        figure('share', 'Share of all customers', 'percent', share(customers, shop.customers)),
        ...(occurrences === 0 ? [note('It never happened to any of {n} {n|customer|customers}.', { n: shop.customers })] : []),
      ]
    },
  },
}
