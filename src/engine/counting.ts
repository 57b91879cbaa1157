/** The project's `counted` filters as the store settles rows by them. */
import type { Sql } from '../base/sql.js'
import { rowValue, Scope } from '../language/fields.js'
import { type Filter, filterSql, sayFilter } from '../language/filter.js'
import { unknownValue, type Value } from '../language/value.js'
import type { Counting, Passing } from '../store/settle.js'
import { Plan, type Setting } from './compiler.js'

export interface CountedFilters {
  readonly orders?: Filter
  readonly items?: Filter
}

/** A filter sees the values of its row; the place among counted orders is unknown to it, since it decides which those are. */
const unplaced: ReadonlyMap<string, Value> = new Map([
  ['number', unknownValue('number')],
  ['gap', unknownValue('number')],
])

function nobody(): never {
  throw new Error('a counted filter knows no segments')
}

export function countingOf(filters: CountedFilters, setting: Setting): Counting {
  const passing =
    (source: 'orders' | 'items', alias: string, filter: Filter) =>
    (rows: Sql): Passing => {
      const plan = new Plan(setting, 'statement', { has: nobody, of: nobody })
      const scope = new Scope(source, alias, rows, unplaced)
      const passes = filterSql(filter, (field) => rowValue(plan, scope, field), plan)
      return { from: scope.from(), passes }
    }
  const { orders, items } = filters
  return {
    ...(orders !== undefined && { orders: passing('orders', 'o', orders) }),
    ...(items !== undefined && { items: passing('items', 'i', items) }),
    fingerprint: [
      orders === undefined ? '' : `orders ${sayFilter(orders)}`,
      items === undefined ? '' : `items ${sayFilter(items)}`,
    ]
      .join('\n')
      .trim(),
  }
}
