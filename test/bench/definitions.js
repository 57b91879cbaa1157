/**
 * A hundred definitions as a marketing team writes them, each twice: as YAML for segkit and as SQL with the same meaning over the
 * raw tables `orders` (a row an item) and `customers`. The SQL is what SQLite and DuckDB both take; the data end on `asOf`.
 */
import { stringify } from 'yaml'

export const asOf = '2026-06-30'

const paid = `status not in ('cancelled', 'refunded')`
const amount = 'quantity * price'

// ---- dates

const shift = (day, { days = 0, months = 0 }) => {
  const [year, month, date] = day.split('-').map(Number)
  const lastOfMonth = new Date(Date.UTC(year, month + months, 0)).getUTCDate()
  return new Date(Date.UTC(year, month - 1 + months, Math.min(date, lastOfMonth) + days)).toISOString().slice(0, 10)
}

/** The day that lies a duration such as `30 days` before the as-of day. */
const back = (duration) => {
  const [count, unit] = duration.split(' ')
  const months = unit.startsWith('month') ? -count : unit.startsWith('year') ? -12 * count : 0
  const days = unit.startsWith('day') ? -count : unit.startsWith('week') ? -7 * count : 0
  return shift(asOf, { days, months })
}

const next = (day) => shift(day, { days: 1 })

// ---- windows: how segkit says it, and the same over `at`

const ever = { yaml: {}, sql: [] }
const last = (duration) => ({ yaml: { last: duration }, sql: [`"at" >= '${next(back(duration))}'`] })
const ago = (from, to) => ({
  yaml: { ago: { from, to } },
  sql: [`"at" >= '${next(back(from))}'`, `"at" < '${next(back(to))}'`],
})
const between = (from, to) => ({ yaml: { between: [from, to] }, sql: [`"at" >= '${from}'`, `"at" < '${next(to)}'`] })
const lastMonth = { yaml: { period: 'last month' }, sql: [`"at" >= '2026-05-01'`, `"at" < '2026-06-01'`] }
const thisYear = { yaml: { period: 'this year' }, sql: [`"at" >= '2026-01-01'`] }

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

const items = (filter, window = ever, count = undefined) =>
  condition(
    { performed: { items: filter, ...counted(count), ...window.yaml } },
    byCount('count(*)', range(count ?? 1), where(filterSql(filter), window.sql)),
  )

const orders = (filter, window = ever, count = undefined) =>
  condition(
    { performed: { orders: filter, ...counted(count), ...window.yaml } },
    byCount('count(distinct "order")', range(count ?? 1), where(filter === 'any' ? [] : filterSql(filter), window.sql)),
  )

/** Receipts of an amount. */
const receipts = (test, window, count) =>
  condition(
    { performed: { orders: { amount: test }, count: { min: count }, ...window.yaml } },
    {
      select:
        `select customer from (select customer from orders ${where(window.sql)} group by customer, "order" ` +
        `having ${compare(`round(sum(${amount}), 2)`, test).join(' and ')}) as receipts group by customer having count(*) >= ${count}`,
    },
  )

const not = ({ yaml, select }) => ({ yaml: { not_performed: yaml.performed }, where: `c.customer not in (${select})` })

const attribute = (yaml, predicate) => ({ yaml: { attribute: yaml }, where: predicate })
const fields = (tests) =>
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

const metric = (name, test, { filter = {}, window = ever } = {}) => {
  const narrowed = Object.keys(filter).length === 0 ? {} : { where: filter }
  return condition(
    { metric: { ...aggregates[name].yaml, ...narrowed, ...window.yaml, ...test } },
    valued(aggregates[name], test, filter, window),
  )
}

const recency = (source, { min, max }, filter = {}) => {
  const latest = [
    ...(max === undefined ? [] : [`max("at") >= '${back(`${max} days`)}'`]),
    ...(min === undefined ? [] : [`max("at") < '${next(back(`${min} days`))}'`]),
  ]
  const select = `select customer from orders ${where(filterSql(filter))} group by customer having ${latest.join(' and ')}`
  const narrowed = Object.keys(filter).length === 0 ? {} : { where: filter }
  const bounds = { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) }
  return condition({ metric: { days_since: source, ...narrowed, ...bounds } }, { select })
}

const named = {
  spend_12m: { of: 'spend', window: last('12 months') },
  spend_ever: { of: 'spend', window: ever },
  orders_12m: { of: 'receipts', window: last('12 months') },
  basket_12m: { of: 'basket', window: last('12 months') },
  categories_ever: { of: 'categories', window: ever },
  croissants_180d: { of: 'units', filter: { product: { contains: 'croissant' } }, window: last('180 days') },
}
const shared = (name, test) => {
  const { of, filter = {}, window } = named[name]
  return condition({ attribute: { [name]: test } }, valued(aggregates[of], test, filter, window))
}
const recencyDays = (test) => {
  const { select } = recency('orders', test)
  return condition({ attribute: { recency_days: test } }, { select })
}

// ---- blocks and segments

const all = (...parts) => ({ yaml: { all: parts.map((part) => part.yaml) }, where: join(parts, ' and ') })
const any = (...parts) => ({ yaml: { any: parts.map((part) => part.yaml) }, where: join(parts, ' or ') })
const none = (...parts) => ({ yaml: { none: parts.map((part) => part.yaml) }, where: `not ${join(parts, ' or ')}` })
/** Blocks side by side. */
const both = (...blocks) => ({ yaml: Object.assign({}, ...blocks.map((block) => block.yaml)), where: join(blocks, ' and ') })
const join = (parts, word) => `(${parts.map((part) => part.where).join(word)})`

/** The queries stand in this order, so the members of a segment used here are in their table already. */
const inSegment = (name) => condition({ in_segment: name }, { select: `select customer from ${memberTable(name)}` })

export const memberTable = (name) => `"members ${name}"`

const segment = (name, block) => ({
  kind: 'segment',
  name,
  yaml: block.yaml.all || block.yaml.any || block.yaml.none ? block.yaml : { all: [block.yaml] },
  sql: block.select ?? `select c.customer from customers c where ${block.where}`,
})

const croissant = { product: { contains: 'croissant' } }

const events = [
  {
    kind: 'event',
    name: 'bought-croissant',
    yaml: { on: 'items', where: croissant, per: 'order', capture: ['order', 'quantity', 'amount'] },
    sql:
      `select customer, "order", min("at") as "at", sum(quantity) as quantity, sum(${amount}) as amount from orders ` +
      `${where(filterSql(croissant))} group by customer, "order"`,
  },
  {
    kind: 'event',
    name: 'third-order',
    yaml: { on: 'orders', nth: 3 },
    sql:
      `select customer, "at" from (select customer, "at", row_number() over (partition by customer order by "at", "order") as place ` +
      `from (select customer, "order", min("at") as at from orders ${where()} group by customer, "order") as o) as p where place = 3`,
  },
  {
    kind: 'event',
    name: 'big-receipt',
    yaml: { on: 'orders', where: { amount: { min: 120 } }, capture: ['order', 'amount'] },
    sql:
      `select customer, "order", min("at") as "at", sum(${amount}) as amount from orders ${where()} ` +
      `group by customer, "order" having round(sum(${amount}), 2) >= 120`,
  },
]

const ofEvent = (name, window, count) => {
  const sql = `select customer from ${memberTable(name)} ${window.sql.length > 0 ? `where ${window.sql.join(' and ')}` : ''}`
  return condition(
    { performed: { event: name, count: { min: count }, ...window.yaml } },
    { select: `${sql} group by customer having count(*) >= ${count}` },
  )
}

const staples = ['bread', 'pastry', 'cakes', 'coffee', 'tea', 'cheese', 'pizza', 'gifts']
const words = ['croissant', 'latte', 'pie', 'honey', 'soup', 'truffle', 'family']
const windows = ['30 days', '60 days', '90 days', '180 days', '12 months', '2 years']

export const definitions = [
  ...events,
  // who they are
  segment('everyone', { yaml: { all: 'customers' }, where: 'true' }),
  segment('minsk', fields({ city: 'minsk' })),
  segment('west', fields({ city: { in: ['brest', 'grodno', 'lida', 'pinsk'] } })),
  segment('not-minsk', attribute({ city: { not: 'minsk' } }, `(c.city <> 'minsk' or c.city is null)`)),
  segment('gold', fields({ tier: 'gold' })),
  segment('rich-in-points', fields({ points: { min: 3000 } })),
  segment('some-points', fields({ points: { above: 100, below: 500 }, tier: { in: ['basic', 'silver'] } })),
  segment(
    'young',
    attribute(
      { age: { min: 18, max: 25 } },
      `(c.birth_date > '${shift(asOf, { months: -312 })}' and c.birth_date <= '2008-06-30')`,
    ),
  ),
  segment('opted-in-women', fields({ email_opt_in: true, gender: 'f' })),
  segment('joined-lately', attribute({ created_on: { last: '90 days' } }, `c.created_on >= '${next(back('90 days'))}'`)),
  // what they bought
  ...staples.map((category, i) => segment(`buys-${category}`, items({ category }, last(windows[i % windows.length])))),
  ...staples.map((category, i) => segment(`often-${category}`, items({ category }, last(windows[(i + 3) % 6]), 2 + (i % 3)))),
  ...words.map((word, i) =>
    segment(`word-${word}`, items({ product: { contains: word } }, last(windows[(i + 2) % 6]), 1 + (i % 2))),
  ),
  segment('sweet-tooth', items({ category: { in: ['sweets', 'cakes', 'frozen'] } }, last('180 days'), 3)),
  segment('buys-by-the-dozen', items({ quantity: { min: 4 } }, last('1 year'), 2)),
  segment('premium-cheese', items({ category: 'cheese', price: { min: 5 } }, last('12 months'))),
  segment('almond-in-spring', items({ product: { starts_with: 'almond' } }, between('2026-03-01', '2026-05-31'))),
  segment('few-lines', items({ category: 'bread' }, ever, { max: 2 })),
  segment('pastry-last-quarter', items({ category: 'pastry' }, ago('180 days', '90 days'), 2)),
  // what they did not
  ...['tea', 'pastry', 'pizza', 'coffee'].map((category, i) =>
    segment(`no-${category}`, not(items({ category }, last(windows[i + 1])))),
  ),
  segment('no-order-90-days', not(orders('any', last('90 days')))),
  segment('never-ordered', not(orders('any'))),
  segment('no-latte-ever', not(items({ product: { contains: 'latte' } }))),
  // receipts
  segment('ordered-last-month', orders('any', lastMonth)),
  segment('ordered-this-year', orders('any', thisYear)),
  segment('three-in-90-days', orders('any', last('90 days'), 3)),
  segment('ten-a-year', orders('any', last('1 year'), 10)),
  segment('one-timers', orders('any', ever, { exactly: 1 })),
  segment('at-most-two', orders('any', ever, { max: 2 })),
  segment('two-to-four', orders('any', ever, { min: 2, max: 4 })),
  segment('store-1', orders({ store: 'S1' }, last('180 days'))),
  segment('store-2-or-3', orders({ store: { in: ['S2', 'S3'] } }, last('1 year'), 2)),
  segment('big-receipts', receipts({ min: 60 }, last('1 year'), 2)),
  segment('small-receipts', receipts({ below: 10 }, last('180 days'), 2)),
  // values
  segment('spent-300', metric('spend', { min: 300 })),
  segment('spent-80-in-90-days', metric('spend', { min: 80 }, { window: last('90 days') })),
  segment('spent-little', metric('spend', { max: 20 }, { window: last('1 year') })),
  segment('spent-50-to-150', metric('spend', { min: 50, max: 150 }, { window: last('6 months') })),
  segment('cake-money', metric('itemSpend', { min: 30 }, { filter: { category: 'cakes' }, window: last('1 year') })),
  segment('cheese-money', metric('itemSpend', { above: 40 }, { filter: { category: 'cheese' }, window: last('2 years') })),
  segment(
    'gift-money',
    metric('itemSpend', { min: 25 }, { filter: { category: { in: ['gifts', 'sweets'] } }, window: thisYear }),
  ),
  segment('croissant-units', metric('units', { min: 6 }, { filter: croissant })),
  segment('large-basket', metric('basket', { min: 45 })),
  segment('large-basket-90-days', metric('basket', { min: 45 }, { window: last('90 days') })),
  segment('small-basket', metric('basket', { max: 15 }, { window: last('1 year') })),
  segment('dear-items', metric('price', { above: 6 }, { window: last('1 year') })),
  segment('many-lines', metric('lines', { min: 25 }, { window: last('1 year') })),
  segment('many-receipts', metric('receipts', { min: 12 })),
  segment('wide-taste', metric('categories', { min: 12 })),
  segment('wide-taste-90-days', metric('categories', { min: 6 }, { window: last('90 days') })),
  segment('explorers', metric('products', { min: 30 })),
  segment('many-stores', metric('stores', { min: 5 }, { window: last('1 year') })),
  segment('seen-14-days', recency('orders', { max: 14 })),
  segment('gone-180-days', recency('orders', { min: 180 })),
  segment('croissant-faded', recency('items', { min: 60, max: 240 }, croissant)),
  // named values, shared
  segment('vip', shared('spend_12m', { min: 200 })),
  segment('mid-value', shared('spend_12m', { min: 80, max: 199.99 })),
  segment('loyal', all(shared('orders_12m', { min: 5 }), recencyDays({ max: 60 }))),
  segment('valuable-once', all(shared('spend_ever', { min: 250 }), recencyDays({ min: 120 }))),
  segment('basket-builders', all(shared('basket_12m', { min: 40 }), shared('orders_12m', { min: 2 }))),
  segment('broad', all(shared('categories_ever', { min: 8 }), shared('spend_12m', { min: 100 }), fields({ city: 'brest' }))),
  segment('croissant-lovers', all(shared('croissants_180d', { min: 2 }), shared('orders_12m', { min: 3 }))),
  // built of parts
  segment(
    'croissant-gone-quiet',
    all(items(croissant, ever, 2), not(items(croissant, last('60 days'))), fields({ email_opt_in: true })),
  ),
  segment(
    'coffee-without-pastry',
    all(items({ category: 'coffee' }, last('180 days'), 2), not(items({ category: 'pastry' }, last('180 days')))),
  ),
  segment(
    'sweet-or-rich',
    any(items({ category: 'sweets' }, last('90 days'), 3), shared('spend_12m', { min: 250 }), fields({ tier: 'gold' })),
  ),
  segment(
    'win-back',
    both(
      all(orders('any', ago('1 year', '180 days'), 2), fields({ email_opt_in: true })),
      none(orders('any', last('90 days')), fields({ city: 'orsha' })),
    ),
  ),
  segment(
    'weekend-offer',
    all(
      any(fields({ city: 'minsk' }), fields({ city: 'gomel' })),
      any(items({ category: 'pizza' }, last('60 days')), items({ category: 'pasta' }, last('60 days'))),
      none(metric('spend', { min: 500 })),
    ),
  ),
  segment(
    'tea-drinkers',
    both(all(items({ category: 'tea' }, last('1 year'), 2)), none(items({ category: 'coffee' }, last('1 year'), 2))),
  ),
  // standing on others
  segment('vip-seen', all(inSegment('vip'), inSegment('seen-14-days'))),
  segment('vip-gone', both(all(inSegment('vip')), none(orders('any', last('60 days'))))),
  segment('loyal-not-vip', both(all(inSegment('loyal')), none(inSegment('vip')))),
  segment('croissant-month', ofEvent('bought-croissant', last('30 days'), 1)),
  segment('croissant-regulars', ofEvent('bought-croissant', last('180 days'), 2)),
  segment('third-order-lately', ofEvent('third-order', last('90 days'), 1)),
]

/** File name → text, as they stand in the project's `segments/`. */
export function definitionFiles() {
  const metrics = Object.fromEntries(
    Object.entries(named).map(([name, { of, filter, window }]) => [
      name,
      { ...aggregates[of].yaml, ...(filter ? { where: filter } : {}), ...window.yaml },
    ]),
  )
  const ofKind = (kind) =>
    Object.fromEntries(definitions.filter((each) => each.kind === kind).map(({ name, yaml }) => [name, yaml]))
  return {
    'metrics.yaml': stringify({ metrics: { ...metrics, recency_days: { days_since: 'orders' } } }),
    'events.yaml': stringify({ events: ofKind('event') }),
    'segments.yaml': stringify({ segments: ofKind('segment') }),
  }
}
