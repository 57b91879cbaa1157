/** Lines that waited for their orders move in: into the order's place, and into the project's currency. */
import { sql } from '../base/sql.js'
import { plural } from '../base/text.js'
import type { Store } from '../store/store.js'
import type { Rate } from './dated-rows.js'
import { quoted } from './insert.js'
import type { Counts } from './loading.js'
import { exactTimes, type Measure } from './measures.js'

/** What money is in: the project's currency, folded, the rates of others, and the scales of a line's money. */
export interface Money {
  readonly currency?: string
  readonly rates: ReadonlyMap<string, Rate>
  readonly measures: readonly { readonly column: string; readonly measure: Measure }[]
}

/** Brings the lines whose order has come, unless it came with lines of its own; notes the orders in temp.touched_order. */
export function bringWaiting(store: Store, counts: Counts, money: Money, lineColumns: readonly string[], settled: string): void {
  store.exec(`drop table if exists temp.coming;
    create temp table coming as select o._customer, o._day, o._time, o._key, t.folded as currency, 0 as stays
      from order_row o left join text_row t on t._id = o.currency
      where o._lines = 0 and o._key in (select _key from waiting_row)`)
  if (money.currency !== undefined) convert(store, counts, money, money.currency)
  const came = store.row(
    sql`select count(*) from waiting_row w join temp.coming c on c._key = w._key where c.stays = 0`,
  )?.[0] as number
  if (came > 0) counts.notes.push(`${plural(came, 'waiting line')} found ${came === 1 ? 'its' : 'their'} order`)
  const columns = ['_n', ...lineColumns].map(quoted)
  store.exec(`
    insert into item_row (_customer, _day, _time, _key, ${columns.join(', ')})
      select c._customer, c._day, c._time, c._key, ${columns.map((c) => `w.${c}`).join(', ')}
      from waiting_row w join temp.coming c on c._key = w._key where c.stays = 0;
    insert or ignore into temp.touched_order select _customer, _day, _time, _key from temp.coming where stays = 0;
    update order_row as o set ${settled} where o._key in (select _key from temp.coming where stays = 0);
    delete from waiting_row where _key in (select _key from order_row) and _key not in (select _key from temp.coming where stays = 1);
    drop table temp.coming`)
}

/** A number at the fewest decimals that it needs. */
interface Exact {
  readonly units: number
  readonly scale: number
}

interface Converted {
  readonly key: string
  readonly n: number
  readonly values: readonly (Exact | null)[]
}

/**
 * Money of lines that came before their order, and so before its currency was known. Where there is no rate, or the product has more
 * digits than can be kept exactly, the order's lines go on waiting: a later load of orders tries again.
 */
function convert(store: Store, counts: Counts, { rates, measures }: Money, currency: string): void {
  const columns = measures.map(({ column }) => `w.${column}`).join(', ')
  const rows =
    store.rows(sql`select w._key, w._n, c.currency, ${{ text: columns, params: [] }} from waiting_row w join temp.coming c on c._key = w._key
    where w._raw = 1 and c.currency <> ${currency} order by w._key, w._n`)
  const before = measures.map(({ measure }) => measure.scale)
  const staying = new Map<string, string>()
  const converted: Converted[] = []
  let order = ''
  let sums: number[] = []
  for (const [key, n, folded, ...money] of rows) {
    if (key !== order) sums = measures.map(() => 0)
    order = String(key)
    const rate = rates.get(String(folded))
    const values = money.map((units, i) => (units === null ? null : times(units as number, before[i]!, rate)))
    const fits = values.every(
      (value, i) => value === null || (value !== undefined && holds(measures[i]!.measure, value, sums, i)),
    )
    if (!fits) staying.set(order, String(folded))
    else converted.push({ key: order, n: n as number, values: values as (Exact | null)[] })
  }
  for (const { measure } of measures) measure.align()
  const set = store.prepare(
    `update waiting_row set ${measures.map(({ column }) => `${column} = ?`).join(', ')}, _raw = 0 where _key = ? and _n = ?`,
  )
  for (const { key, n, values } of converted)
    if (!staying.has(key))
      set.run([...values.map((v, i) => (v === null ? null : measures[i]!.measure.fit(v.units, v.scale)!)), key, n])
  const stay = store.prepare('update temp.coming set stays = 1 where _key = ?')
  for (const key of staying.keys()) stay.run([key])
  if (staying.size > 0)
    counts.notes.push(
      `the lines of ${plural(staying.size, 'order')} go on waiting: their money cannot be told in the project's currency (${[...new Set(staying.values())].sort().join(', ')})`,
    )
}

/** Whether the value and the order's values so far, without their signs, can be kept exactly. */
function holds(measure: Measure, { units, scale }: Exact, sums: number[], at: number): boolean {
  const before = measure.scale
  const value = measure.fit(units, scale)
  if (value === undefined) return false
  sums[at] = sums[at]! * 10 ** (measure.scale - before) + Math.abs(value)
  return measure.holds(sums[at]!)
}

function times(units: number, scale: number, rate: Rate | undefined): Exact | undefined {
  let product = rate === undefined ? undefined : exactTimes(units, rate.units)
  if (product === undefined || rate === undefined) return undefined
  let decimals = scale + rate.scale
  while (decimals > 0 && product % 10 === 0) {
    product /= 10
    decimals--
  }
  return { units: product, scale: decimals }
}
