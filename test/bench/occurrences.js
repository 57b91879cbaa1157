/**
 * One event or two for every way to occur but `enters` and `leaves`, which need recorded runs, and conditions and metrics over
 * their occurrences. The query of an event gives the `customer` and the moment or day `at` of each.
 */
import { both, paid, receipts } from './dialects.js'
import { ask, asOf, back, event, memberTable, next } from './shorthand.js'

const since = (duration) => `"at" >= '${next(back(duration))}'`
const croissant = `${paid} and product like '%croissant%'`
const of = (name) => `select customer from ${memberTable(name)}`

/** Counted orders in the customer's order, with what a window function tells of each. */
const along = (what) => `select customer, "at", ${what} from ${receipts} o`
const inOrder = 'over (partition by customer order by "at", "order")'

export const events = [
  event(
    'bought-croissant',
    '{ on: items, where: { product: { contains: croissant } }, per: order, capture: [order, quantity, amount] }',
    `select customer, "order", min("at") as "at", sum(quantity) as quantity, round(sum(quantity * price), 2) as amount ` +
      `from orders ` +
      `where ${croissant} group by customer, "order"`,
  ),
  event(
    'big-receipt',
    '{ on: orders, where: { amount: { min: 120 } }, capture: [order, amount] }',
    `select customer, "order", "at", amount from ${receipts} o where amount >= 120`,
  ),
  event(
    'cakes-with-coffee',
    '{ on: orders, containing: [{ category: cakes }, { category: coffee }], where: { none: [{ store: S1 }] } }',
    `select customer, "order", min("at") as "at" from orders where ${paid} and store <> 'S1' group by customer, "order" ` +
      `having count(*) filter (where category = 'cakes') > 0 and count(*) filter (where category = 'coffee') > 0`,
  ),
  event(
    'third-order',
    '{ on: orders, nth: 3 }',
    `select customer, "at" from (${along(`row_number() ${inOrder} as place`)}) p where place = 3`,
  ),
  event(
    'every-second-croissant',
    '{ on: items, where: { product: { contains: croissant } }, per: order, every_nth: 2 }',
    `select customer, "at" from (select customer, "at", row_number() ${inOrder} as place from ` +
      `(select distinct customer, "order", "at" from orders where ${croissant}) o) p where place % 2 = 0`,
  ),
  event(
    'reached-200',
    '{ on: orders, reaches: { sum: amount, of: 200 } }',
    `select customer, min("at") as "at" from (${along(`round(sum(amount) ${inOrder}, 2) as total`)}) t where total >= 200 group by customer`,
  ),
  event(
    'reached-60-in-a-year',
    '{ on: orders, reaches: { sum: amount, of: 60, every: year } }',
    both(
      (d) =>
        `select customer, min("at") as "at" from (select customer, "at", ${d.year('"at"')} as year, ` +
        `round(sum(amount) over (partition by customer, ${d.year('"at"')} order by "at", "order"), 2) as total ` +
        `from ${receipts} o) t ` +
        `where total >= 60 group by customer, year`,
    ),
  ),
  event(
    'went-quiet',
    '{ on: orders, quiet_for: 60 days }',
    both(
      (d) =>
        `select customer, quiet as "at" from (select customer, ${d.plusDays('day', 60)} as quiet, ` +
        `lead(day) over (partition by customer order by day) as following ` +
        `from (select distinct customer, ${d.day('"at"')} as day from orders where ${paid}) o) q ` +
        `where (following is null or following > quiet) and quiet <= '${asOf}'`,
    ),
  ),
  event(
    'came-back',
    '{ on: orders, after_gap: 90 days, capture: [order, amount] }',
    both(
      (d) =>
        `select customer, "at" from (${along(`"order", amount, lag("at") ${inOrder} as before`)}) g ` +
        `where ${d.daysBetween('before', '"at"')} > 90`,
    ),
  ),
  event(
    'coffee-before-cakes',
    '{ sequence: [{ items: { category: coffee } }, { items: { category: cakes } }], within: 14 days, capture: [product] }',
    both(
      (d) =>
        `select customer, "at", product from orders b where ${paid} and category = 'cakes' and exists (select 1 from orders a ` +
        `where a.customer = b.customer and a.${paid} and a.category = 'coffee' and a."at" < b."at" ` +
        `and a."at" >= ${d.plusDays('b."at"', -14)})`,
    ),
  ),
  event(
    'thrice-in-three-days',
    '{ sequence: [{ orders: any }, { orders: any }, { orders: any }], within: 72 hours }',
    both(
      (d) =>
        `select o.customer, o."order", o."at" from (select distinct customer, "order", "at" from orders where ${paid}) o join ` +
        `(select customer, "at", lag("at", 2) over (partition by customer order by "at") as start from ` +
        `(select distinct customer, "at" from orders where ${paid}) m) s on s.customer = o.customer and s."at" = o."at" ` +
        `where start >= ${d.plusHours('o."at"', -72)}`,
    ),
  ),
  event(
    'gift-and-no-more',
    '{ sequence: [{ items: { category: gifts } }, { not: { orders: any } }], within: 36 hours }',
    both(
      (d) =>
        `select customer, ${d.plusHours('"at"', 36)} as "at" from orders a where ${paid} and category = 'gifts' ` +
        `and ${d.plusHours('"at"', 36)} < '${next(asOf)}' and not exists (select 1 from orders n where n.customer = a.customer ` +
        `and n.${paid} and n."at" > a."at" and n."at" <= ${d.plusHours('a."at"', 36)})`,
    ),
  ),
  event(
    'week-before-birthday',
    '{ anniversary: birth_date, days_before: 7 }',
    both((d) => {
      const known = `select c.customer, c.birth_date, ${d.monthAndDay('c.birth_date')} as day, ${d.earlier('c.created_on', 'coalesce(f.first, c.created_on)')} as known`
      const first = `select customer, min(${d.day('"at"')}) as first from orders group by customer`
      const years = '(select 2023 as year union all select 2024 union all select 2025 union all select 2026) y'
      const round = d.dayOf('year', `case when day = '02-29' and year % 4 <> 0 then '02-28' else day end`)
      return (
        `select customer, "at" from (select customer, known, ${d.plusDays(round, -7)} as "at" from ` +
        `(${known} from customers c left join (${first}) f on f.customer = c.customer ` +
        `where ${d.monthAndDay('c.birth_date')} is not null) k, ${years}) a ` +
        `where "at" >= known and "at" <= '${asOf}'`
      )
    }),
  ),
]

export const overEvents = [
  ask('third-order-lately', 'performed: { event: third-order, last: 90 days }', `${of('third-order')} where ${since('90 days')}`),
  ask(
    'croissants-by-the-pair',
    'performed: { event: bought-croissant, where: { quantity: { min: 2 } }, count: { min: 2 } }',
    `${of('bought-croissant')} where quantity >= 2 group by customer having count(*) >= 2`,
  ),
  ask(
    'reached-200-this-year',
    'first_performed: { event: reached-200, period: this year }',
    `${of('reached-200')} where "at" >= '2026-01-01'`,
  ),
  ask(
    'quiet-since-spring',
    'all: [{ last_performed: { event: went-quiet, last: 120 days } }, { metric: { count: went-quiet, min: 2 } }]',
    `${of('went-quiet')} group by customer having max("at") >= '${next(back('120 days'))}' and count(*) >= 2`,
  ),
  ask(
    'croissant-habit',
    'regularly: { event: bought-croissant, in: 2, of: 6, every: month }',
    both(
      (d) =>
        `${of('bought-croissant')} where "at" >= '2026-01-01' group by customer having count(distinct ${d.month('"at"')}) >= 2`,
    ),
  ),
  ask(
    'croissants-no-more',
    'lapsed: { event: bought-croissant, active: 1 year, quiet: 90 days }',
    `${of('bought-croissant')} group by customer having max("at") >= '${next(back('455 days'))}' ` +
      `and max("at") < '${next(back('90 days'))}'`,
  ),
  ask(
    'big-after-silence',
    'sequence: { steps: [{ event: went-quiet }, { orders: { amount: { min: 30 } } }], within: 60 days }',
    both(
      (d) =>
        `select distinct b.customer from ${memberTable('went-quiet')} a join ${receipts} b on b.customer = a.customer ` +
        `and b."at" >= ${d.plusDays('a."at"', 1)} and b."at" < ${d.plusDays('a."at"', 61)} where b.amount >= 30`,
    ),
  ),
  ask(
    'coffee-brought-cakes',
    'metric: { days_since: coffee-before-cakes, max: 300 }',
    `${of('coffee-before-cakes')} group by customer having max("at") >= '${back('300 days')}'`,
  ),
  ask(
    'croissant-money',
    'metric: { sum: bought-croissant.amount, last: 1 year, min: 15 }',
    `${of('bought-croissant')} where ${since('1 year')} group by customer having round(sum(amount), 2) >= 15`,
  ),
  ask(
    'returned-for-little',
    'performed: { event: came-back, where: { amount: { below: 12 } }, last: 1 year }',
    both(
      (d) =>
        `select distinct customer from (${along(`amount, lag("at") ${inOrder} as before`)}) g ` +
        `where ${d.daysBetween('before', '"at"')} > 90 and amount < 12 and ${since('1 year')}`,
    ),
  ),
]
