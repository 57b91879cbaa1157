/** Definitions said twice with one writing: in YAML for segkit and in SQL over the raw tables `orders` (a row an item) and `customers`. */
import { parse } from 'yaml'
import { paid } from './dialects.js'

export const asOf = '2026-06-30'

const amount = 'quantity * price'

// ---- dates

export const shift = (day, { days = 0, months = 0 }) => {
  const [year, month, date] = day.split('-').map(Number)
  const lastOfMonth = new Date(Date.UTC(year, month + months, 0)).getUTCDate()
  return new Date(Date.UTC(year, month - 1 + months, Math.min(date, lastOfMonth) + days)).toISOString().slice(0, 10)
}

/** The day that lies a duration such as `30 days` before the as-of day. */
export const back = (duration) => {
  const [count, unit] = duration.split(' ')
  const months = unit.startsWith('month') ? -count : unit.startsWith('year') ? -12 * count : 0
  const days = unit.startsWith('day') ? -count : unit.startsWith('week') ? -7 * count : 0
  return shift(asOf, { days, months })
}

export const next = (day) => shift(day, { days: 1 })

// ---- windows: how segkit says it, and the same over `at`

export const ever = { yaml: {}, sql: [] }
export const last = (duration) => ({ yaml: { last: duration }, sql: [`"at" >= '${next(back(duration))}'`] })
export const ago = (from, to) => ({
  yaml: { ago: { from, to } },
  sql: [`"at" >= '${next(back(from))}'`, `"at" < '${next(back(to))}'`],
})
export const between = (from, to) => ({ yaml: { between: [from, to] }, sql: [`"at" >= '${from}'`, `"at" < '${next(to)}'`] })
export const lastMonth = { yaml: { period: 'last month' }, sql: [`"at" >= '2026-05-01'`, `"at" < '2026-06-01'`] }
export const thisYear = { yaml: { period: 'this year' }, sql: [`"at" >= '2026-01-01'`] }

// ---- row filters and ranges

const quote = (value) => (typeof value === 'number' ? String(value) : `'${value}'`)
const operators = {
  is: (field, value) => `${field} = ${quote(value)}`,
  in: (field, values) => `${field} in (${values.map(quote).join(', ')})`,
  contains: (field, value) => `${field} like '%${value}%'`,
  starts_with: (field, value) => `${field} like '${value}%'`,
  min: (field, value) => `${field} >= ${quote(value)}`,
  max: (field, value) => `${field} <= ${quote(value)}`,
  above: (field, value) => `${field} > ${quote(value)}`,
  below: (field, value) => `${field} < ${quote(value)}`,
  exactly: (field, value) => `${field} = ${quote(value)}`,
}
const compare = (field, test) =>
  Object.entries(typeof test === 'object' ? test : { is: test }).map(([operator, value]) => operators[operator](field, value))
const filterSql = (filter) => Object.entries(filter).flatMap(([field, test]) => compare(field, test))
const where = (...parts) => `where ${[paid, ...parts.flat()].join(' and ')}`

/** Those whom a range of a count lets in; where nothing at all passes too, it is told by those whom the range keeps out. */
const byCount = (expression, range, source) => {
  const select = (having) => `select customer from orders ${source} group by customer having ${having}`
  const onlyUpperEnd = Object.keys(range).every((operator) => operator === 'max')
  if (onlyUpperEnd) return { except: select(compare(expression, { above: range.max }).join(' and ')) }
  if (range.min === 1 && range.max === undefined) return { select: `select distinct customer from orders ${source}` }
  return { select: select(compare(expression, range).join(' and ')) }
}

/** A condition: its YAML, and a predicate on `c`, a row of customers; `select` where its customers can be asked for directly. */
const condition = (yaml, { select, except }) => ({
  yaml,
  select,
  where: select ? `c.customer in (${select})` : `c.customer not in (${except})`,
})

const range = (count) => (typeof count === 'number' ? { min: count } : count)
const counted = (count) => (count === undefined ? {} : { count: range(count) })

export const items = (filter, window = ever, count = undefined) =>
  condition(
    { performed: { items: filter, ...counted(count), ...window.yaml } },
    byCount('count(*)', range(count ?? 1), where(filterSql(filter), window.sql)),
  )

export const orders = (filter, window = ever, count = undefined) =>
  condition(
    { performed: { orders: filter, ...counted(count), ...window.yaml } },
    byCount('count(distinct "order")', range(count ?? 1), where(filter === 'any' ? [] : filterSql(filter), window.sql)),
  )

/** Receipts of an amount. */
export const receiptsOf = (test, window, count) =>
  condition(
    { performed: { orders: { amount: test }, count: { min: count }, ...window.yaml } },
    {
      select:
        `select customer from (select customer from orders ${where(window.sql)} group by customer, "order" ` +
        `having ${compare(`round(sum(${amount}), 2)`, test).join(' and ')}) as receipts group by customer having count(*) >= ${count}`,
    },
  )

export const not = ({ yaml, select }) => ({ yaml: { not_performed: yaml.performed }, where: `c.customer not in (${select})` })

export const attribute = (yaml, predicate) => ({ yaml: { attribute: yaml }, where: predicate })
export const fields = (tests) =>
  attribute(
    tests,
    filterSql(tests)
      .map((test) => `c.${test}`)
      .join(' and '),
  )

// ---- metrics: unnamed in a condition, or named and shared

const aggregates = {
  spend: { yaml: { sum: 'orders.amount' }, sql: `round(sum(${amount}), 2)`, zero: true },
  itemSpend: { yaml: { sum: 'items.amount' }, sql: `round(sum(${amount}), 2)`, zero: true },
  units: { yaml: { sum: 'items.quantity' }, sql: 'sum(quantity)', zero: true },
  basket: { yaml: { average: 'orders.amount' }, sql: `round(sum(${amount}) / count(distinct "order"), 6)` },
  price: { yaml: { average: 'items.price' }, sql: 'round(avg(price), 6)' },
  lines: { yaml: { count: 'items' }, sql: 'count(*)', zero: true },
  receipts: { yaml: { count: 'orders' }, sql: 'count(distinct "order")', zero: true },
  categories: { yaml: { distinct: 'items.category' }, sql: 'count(distinct category)', zero: true },
  products: { yaml: { distinct: 'items.product' }, sql: 'count(distinct product)', zero: true },
  stores: { yaml: { distinct: 'orders.store' }, sql: 'count(distinct store)', zero: true },
}

const valued = (aggregate, test, filter, window) => {
  const source = where(filterSql(filter), window.sql)
  if (aggregate.zero) return byCount(aggregate.sql, test, source)
  return {
    select: `select customer from orders ${source} group by customer having ${compare(aggregate.sql, test).join(' and ')}`,
  }
}

export const metric = (name, test, { filter = {}, window = ever } = {}) => {
  const narrowed = Object.keys(filter).length === 0 ? {} : { where: filter }
  return condition(
    { metric: { ...aggregates[name].yaml, ...narrowed, ...window.yaml, ...test } },
    valued(aggregates[name], test, filter, window),
  )
}

export const recency = (source, { min, max }, filter = {}) => {
  const latest = [
    ...(max === undefined ? [] : [`max("at") >= '${back(`${max} days`)}'`]),
    ...(min === undefined ? [] : [`max("at") < '${next(back(`${min} days`))}'`]),
  ]
  const select = `select customer from orders ${where(filterSql(filter))} group by customer having ${latest.join(' and ')}`
  const narrowed = Object.keys(filter).length === 0 ? {} : { where: filter }
  const bounds = { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) }
  return condition({ metric: { days_since: source, ...narrowed, ...bounds } }, { select })
}

/** Metrics that segments share. */
const named = {
  spend_12m: { of: 'spend', window: last('12 months') },
  spend_ever: { of: 'spend', window: ever },
  orders_12m: { of: 'receipts', window: last('12 months') },
  basket_12m: { of: 'basket', window: last('12 months') },
  categories_ever: { of: 'categories', window: ever },
  croissants_180d: { of: 'units', filter: { product: { contains: 'croissant' } }, window: last('180 days') },
}
export const shared = (name, test) => {
  const { of, filter = {}, window } = named[name]
  return condition({ attribute: { [name]: test } }, valued(aggregates[of], test, filter, window))
}
export const recencyDays = (test) => {
  const { select } = recency('orders', test)
  return condition({ attribute: { recency_days: test } }, { select })
}

// ---- blocks and segments

export const all = (...parts) => ({ yaml: { all: parts.map((part) => part.yaml) }, where: join(parts, ' and ') })
export const any = (...parts) => ({ yaml: { any: parts.map((part) => part.yaml) }, where: join(parts, ' or ') })
export const none = (...parts) => ({ yaml: { none: parts.map((part) => part.yaml) }, where: `not ${join(parts, ' or ')}` })
/** Blocks side by side. */
export const sideBySide = (...blocks) => ({
  yaml: Object.assign({}, ...blocks.map((block) => block.yaml)),
  where: join(blocks, ' and '),
})
const join = (parts, word) => `(${parts.map((part) => part.where).join(word)})`

/** The queries stand in this order, so the members of a segment used here are in their table already. */
export const inSegment = (name) => condition({ in_segment: name }, { select: `select customer from ${memberTable(name)}` })

export const memberTable = (name) => `"members ${name}"`

export const segment = (name, block) => ({
  kind: 'segment',
  name,
  yaml: block.yaml.all || block.yaml.any || block.yaml.none ? block.yaml : { all: [block.yaml] },
  sql: block.select ?? `select c.customer from customers c where ${block.where}`,
})

/** A definition written by hand: its YAML as it stands in a file, and its query, the same for both or one for each dialect. */
const written = (kind, name, body, queries) => ({
  kind,
  name,
  yaml: body,
  ...(typeof queries === 'string' ? { sql: queries } : queries),
})
export const event = (name, yaml, queries) => written('event', name, parse(yaml), queries)
/** The YAML is one condition, or blocks. */
export const ask = (name, yaml, queries) => {
  const body = parse(yaml)
  const blocks = ['all', 'any', 'none'].some((key) => body[key] !== undefined)
  return written('segment', name, blocks ? body : { all: [body] }, queries)
}

/** The YAML of the metrics that `shared` and `recencyDays` name. */
export const sharedMetrics = {
  ...Object.fromEntries(
    Object.entries(named).map(([name, { of, filter, window }]) => [
      name,
      { ...aggregates[of].yaml, ...(filter ? { where: filter } : {}), ...window.yaml },
    ]),
  ),
  recency_days: { days_since: 'orders' },
}
