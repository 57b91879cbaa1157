/** The other half: one definition or two for every kind of condition and metric, each written by hand in both languages. */
import { both, paid, receipts } from './dialects.js'
import { ask, asOf, back, memberTable, next } from './shorthand.js'

/** The first day of a window such as `last: 60 days`. */
const since = (duration) => `'${next(back(duration))}'`
/** The day after the last of `ago: { to: 60 days }`. */
const until = (duration) => `'${next(back(duration))}'`

const spend = (window) =>
  `select customer, round(sum(quantity * price), 2) as value from orders where ${paid} ${window} group by customer`
const spendOfYear = spend(`and "at" >= ${since('12 months')}`)
/** A sum over nothing is 0. */
const orZero = (values) =>
  `select c.customer, coalesce(v.value, 0) as value from customers c left join (${values}) v on v.customer = c.customer`
const basketsOfYear =
  `select customer, round(sum(quantity * price) / count(distinct "order"), 6) as value from orders ` +
  `where ${paid} and "at" >= ${since('12 months')} group by customer`
const recencies = (d) =>
  `select customer, ${d.daysBetween('max("at")', `'${asOf}'`)} as value from orders where ${paid} group by customer`

/** The first of those with a value; `portion` is over `n`, how many they are. */
const ranked = (values, order, portion) =>
  `select customer from (select customer, row_number() over (order by ${order}) as place, count(*) over () as n ` +
  `from (${values}) v) r where place <= ${portion}`

/** Those of a segment. */
const among = (values, segment) => `select * from (${values}) v where customer in (select customer from ${memberTable(segment)})`

/** 1 + the number of cut points below the value. */
const tiles = (d, values, parts) =>
  `with v as (${values}), cut as (${d.cuts('v', parts)}) ` +
  `select customer, 1 + (select count(*) from cut where cut.at < v.value) as tile from v`

const lines = (category, alias) => `${alias}.category = '${category}' and ${alias}.${paid}`

/** The last days of June and the first of July, as month and day. */
const comingDays = (count) =>
  Array.from({ length: count }, (_, i) => `'${new Date(Date.parse(asOf) + i * 86_400_000).toISOString().slice(5, 10)}'`).join(
    ', ',
  )

export const asked = [
  // ---- when they did
  ask(
    'first-order-lately',
    'first_performed: { orders: any, last: 60 days }',
    `select customer from orders where ${paid} group by customer having min("at") >= ${since('60 days')}`,
  ),
  ask(
    'last-cakes-before-summer',
    'last_performed: { items: { category: cakes }, ago: { from: 180 days, to: 60 days } }',
    `select customer from orders where ${paid} and category = 'cakes' group by customer ` +
      `having max("at") >= ${since('180 days')} and max("at") < ${until('60 days')}`,
  ),
  ask(
    'month-after-month',
    'regularly: { orders: any, in: 3, of: 4, every: month }',
    both(
      (d) =>
        `select customer from orders where ${paid} and "at" >= '2026-03-01' group by customer ` +
        `having count(distinct ${d.month('"at"')}) >= 3`,
    ),
  ),
  ask(
    'weeks-of-three-lines',
    'regularly: { items: any, in: 2, of: 8, every: week, count: { min: 3 } }',
    both(
      (d) =>
        `select customer from (select customer, ${d.week('"at"', '2026-05-04')} as week from orders where ${paid} ` +
        `and "at" >= '2026-05-04' and "at" < '2026-06-29' group by 1, 2 having count(*) >= 3) w group by customer ` +
        `having count(*) >= 2`,
    ),
  ),
  ask(
    'no-busy-quarter',
    'regularly: { orders: any, in: 4, of: 4, every: quarter, count: { max: 1 } }',
    both(
      (d) =>
        `select customer from customers where customer not in (select customer from orders where ${paid} ` +
        `and "at" >= '2025-07-01' ` +
        `group by customer, ${d.quarter('"at"')} having count(distinct "order") > 1)`,
    ),
  ),
  ask(
    'fell-silent',
    'lapsed: { orders: any, active: 180 days, quiet: 60 days }',
    `select customer from orders where ${paid} group by customer having max("at") >= ${since('240 days')} ` +
      `and max("at") < ${until('60 days')}`,
  ),
  ask(
    'back-after-a-pause',
    'resurrected: { orders: any, quiet: 90 days, back: 60 days }',
    both(
      (d) =>
        `select distinct customer from (select customer, "at", lag("at") over (partition by customer order by "at") as before ` +
        `from ${receipts} o) g where "at" >= ${since('60 days')} and ${d.daysBetween('before', '"at"')} > 90`,
    ),
  ),
  // ---- one after another
  ask(
    'coffee-then-cakes',
    'sequence: { steps: [{ items: { category: coffee } }, { items: { category: cakes } }], within: 14 days, last: 1 year }',
    both(
      (d) =>
        `select distinct b.customer from orders a join orders b on b.customer = a.customer and b."at" > a."at" ` +
        `and b."at" < ${d.plusDays('a."at"', 15)} where ${lines('coffee', 'a')} and ${lines('cakes', 'b')} ` +
        `and b."at" >= ${since('1 year')}`,
    ),
  ),
  ask(
    'bread-pastry-coffee',
    'sequence: { steps: [{ items: { category: bread } }, { items: { category: pastry } }, { orders: any }], within: 30 days, last: 1 year }',
    both(
      (d) =>
        `select distinct c.customer from orders a join orders b on b.customer = a.customer and b."at" > a."at" join orders c ` +
        `on c.customer = b.customer and c."at" > b."at" and c."at" < ${d.plusDays('a."at"', 31)} ` +
        `where ${lines('bread', 'a')} and ${lines('pastry', 'b')} and c.${paid} and c."at" >= ${since('1 year')}`,
    ),
  ),
  ask(
    'again-within-two-days',
    'sequence: { steps: [{ orders: any }, { orders: any }], within: 48 hours, last: 1 year }',
    both(
      (d) =>
        `select distinct customer from (select customer, "at", lag("at") over (partition by customer order by "at") as before ` +
        `from (select distinct customer, "at" from orders where ${paid}) m) s ` +
        `where "at" >= ${since('1 year')} and "at" <= ${d.plusHours('before', 48)}`,
    ),
  ),
  ask(
    'croissant-and-nothing-since',
    'sequence: { steps: [{ items: { product: { contains: croissant } } }, { not: { orders: any } }], within: 30 days, last: 90 days }',
    both(
      (d) =>
        `select distinct a.customer from orders a where a.${paid} and a.product like '%croissant%' ` +
        `and ${d.plusDays('a."at"', 30)} >= ${since('90 days')} and ${d.plusDays('a."at"', 30)} <= '${asOf}' ` +
        `and not exists (select 1 from orders n where n.customer = a.customer and n.${paid} and n."at" > a."at" ` +
        `and n."at" < ${d.plusDays('a."at"', 31)})`,
    ),
  ),
  // ---- dates that come round
  ask(
    'birthday-week',
    'anniversary: { of: birth_date, next: 7 days }',
    both((d) => `select customer from customers where ${d.monthAndDay('birth_date')} in (${comingDays(7)})`),
  ),
  ask(
    'first-order-comes-round',
    'anniversary: { of: first_order_on, next: 14 days }',
    both(
      (d) =>
        `select customer from (select customer, min("at") as first from orders where ${paid} group by customer) f ` +
        `where ${d.monthAndDay('first')} in (${comingDays(14)}) and first < '2026-01-01'`,
    ),
  ),
  // ---- places among others, and chance
  ask('top-hundred', 'rank: { by: spend_12m, top: 100 }', ranked(orZero(spendOfYear), 'value desc, customer', '100')),
  ask(
    'bottom-baskets-of-minsk',
    'base: minsk\nall: [{ rank: { by: basket_12m, bottom: 5% } }]',
    ranked(among(basketsOfYear, 'minsk'), 'value, customer desc', '(n * 5 + 99) / 100'),
  ),
  ask(
    'freshest-gold',
    'rank: { by: recency_days, top: 10%, best: lowest, among: gold }',
    both((d) => ranked(among(recencies(d), 'gold'), 'value, customer', '(n + 9) / 10')),
  ),
  ask(
    'pilot',
    'sample: { salt: pilot, from: 0, to: 10% }',
    both((d) => `select customer from customers where ${d.bucket(`'pilot' || ${d.char}(31) || customer`)} < 1000`),
  ),
  ask(
    'a-share-of-the-silver',
    'all: [{ attribute: { tier: silver } }, { sample: { salt: spring-2026, from: 50%, to: 62.5% } }]',
    both(
      (d) =>
        `select customer from customers where tier = 'silver' ` +
        `and ${d.bucket(`'spring-2026' || ${d.char}(31) || customer`)} between 5000 and 6249`,
    ),
  ),
  // ---- reaching them, lists, segments
  ask(
    'by-e-mail',
    'reachable: email',
    `select customer from customers where email_opt_in = 'true' and email like '%_@_%._%' ` +
      `and lower(email) not in (select lower(email) from customers where email_opt_in = 'false')`,
  ),
  ask(
    'had-the-spring-offer',
    'contacted: { audience: spring-offer, last: 30 days }',
    `select distinct customer from contacts where audience = 'spring-offer' and day >= ${since('30 days')}`,
  ),
  ask(
    'gold-without-the-offer',
    'all: [{ attribute: { tier: gold } }, { not_contacted: { audience: spring-offer } }]',
    `select customer from customers where tier = 'gold' and customer not in (select customer from contacts ` +
      `where audience = 'spring-offer')`,
  ),
  ask(
    'partners',
    'in_list: { file: lists/partners.csv, by: email }',
    `select customer from customers where lower(email) in (select lower(email) from partners)`,
  ),
  ask(
    'no-partner-of-minsk-or-gold',
    'all: [{ in_segment: [minsk, gold] }, { not_in_list: { file: lists/partners.csv } }, { not_in_segment: [birthday-week] }]',
    `select customer from customers where (customer in (select customer from ${memberTable('minsk')}) ` +
      `or customer in (select customer from ${memberTable('gold')})) ` +
      `and lower(email) not in (select lower(email) from partners) and customer not in (select customer ` +
      `from ${memberTable('birthday-week')})`,
  ),
  // ---- rows in other ways
  ask(
    'coffee-with-pastry-no-gift',
    'performed: { orders: any, containing: [{ category: coffee }, { category: pastry }], without: [{ category: gifts }], last: 1 year }',
    `select distinct customer from (select customer from orders where ${paid} and "at" >= ${since('1 year')} ` +
      `group by customer, "order" ` +
      `having count(*) filter (where category = 'coffee') > 0 and count(*) filter (where category = 'pastry') > 0 ` +
      `and count(*) filter (where category = 'gifts') = 0) o`,
  ),
  ask(
    'six-days-of-buying',
    'performed: { items: any, days: { min: 6 }, count: { max: 40 }, last: 1 year }',
    both(
      (d) =>
        `select customer from orders where ${paid} and "at" >= ${since('1 year')} group by customer ` +
        `having count(distinct ${d.day('"at"')}) >= 6 and count(*) <= 40`,
    ),
  ),
  ask(
    'small-sweet-things',
    `performed: { items: { product: { matches: '^(honey|maple) .*(small|mini)$' }, quantity: { min: 2 } }, last: 1 year }`,
    `select distinct customer from orders where ${paid} and regexp_matches(product, '^(honey|maple) .*(small|mini)$') ` +
      `and quantity >= 2 and "at" >= ${since('1 year')}`,
  ),
  ask(
    'weekend-evenings',
    'performed: { orders: { weekday: { in: [sat, sun] }, hour: { min: 18 } }, count: { min: 2 }, last: 1 year }',
    both(
      (d) =>
        `select customer from orders where ${paid} and "at" >= ${since('1 year')} and ${d.weekday('"at"')} >= 6 ` +
        `and ${d.hour('"at"')} >= 18 ` +
        `group by customer having count(distinct "order") >= 2`,
    ),
  ),
  ask(
    'soon-again',
    'performed: { orders: { number: { min: 3 }, gap: { max: 7 } }, last: 1 year }',
    both(
      (d) =>
        `select distinct customer from (select customer, "at", row_number() over (partition by customer ` +
        `order by "at", "order") as number, ` +
        `lag("at") over (partition by customer order by "at", "order") as before from ${receipts} o) g ` +
        `where number >= 3 and ${d.daysBetween('before', '"at"')} <= 7 and "at" >= ${since('1 year')}`,
    ),
  ),
  ask(
    'cakes-or-dear-mini',
    'performed: { items: { any: [{ category: cakes }, { all: [{ product: { ends_with: mini, not_contains: honey } }, { price: { min: 5 } }] }] }, ' +
      'count: { min: 3 }, last: 1 year }',
    `select customer from orders where ${paid} and (category = 'cakes' or (product like '%mini' ` +
      `and product not like '%honey%' and price >= 5)) ` +
      `and "at" >= ${since('1 year')} group by customer having count(*) >= 3`,
  ),
  // ---- attributes and values beside each other
  ask(
    'known-and-not-men',
    `attribute: { gender: { not: m, unknown: exclude }, birth_date: { exists: true }, email: { matches: '^(anna|vera)[.]' }, ` +
      `city: { not_in: [minsk, orsha] }, created_on: { after: 2023-12-31, before: 2026-01-01 } }`,
    `select customer from customers where gender <> 'm' and gender <> '' and birth_date is not null ` +
      `and length(cast(birth_date as varchar)) > 0 ` +
      `and regexp_matches(email, '^(anna|vera)[.]') and city not in ('minsk', 'orsha') and created_on > '2023-12-31' ` +
      `and created_on < '2026-01-01'`,
  ),
  ask(
    'growing',
    'attribute: { spend_12m: { above: { metric: spend_before, times: 1.2 } } }',
    `select y.customer from (${spendOfYear}) y left ` +
      `join (${spend(`and "at" >= ${since('24 months')} and "at" < ${until('12 months')}`)}) b ` +
      `on b.customer = y.customer where y.value > round(coalesce(b.value, 0) * 1.2, 4)`,
  ),
  // ---- metrics
  ask(
    'freshest-fifth',
    'attribute: { r: 5 }',
    both((d) => `select customer from (${tiles(d, recencies(d), 5)}) t where tile = 1`),
  ),
  ask(
    'best-gold-quarter',
    'attribute: { m_gold: { min: 4 } }',
    both((d) => `select customer from (${tiles(d, among(orZero(spendOfYear), 'gold'), 4)}) t where tile = 4`),
  ),
  ask(
    'two-or-three-orders',
    'attribute: { orders_band: 2 }',
    `select customer from orders where ${paid} group by customer having count(distinct "order") in (2, 3)`,
  ),
  ask(
    'mostly-this-year',
    'attribute: { spend_ratio: { min: 0.8 } }',
    `select y.customer from (${spendOfYear}) y join (${spend('')}) e on e.customer = y.customer where e.value <> 0 ` +
      `and round(y.value / e.value, 6) >= 0.8`,
  ),
  ask(
    'cakes-above-all',
    'attribute: { favourite_category: cakes }',
    `select customer from (select customer, category, row_number() over (partition by customer ` +
      `order by round(sum(quantity * price), 2) desc, max("at") desc, category) as place ` +
      `from orders where ${paid} and "at" >= ${since('1 year')} group by customer, category) f where place = 1 ` +
      `and category = 'cakes'`,
  ),
  ask('middling-receipts', 'metric: { median: orders.amount, last: 2 years, min: 40 }', {
    sql:
      `select customer from (select customer, amount, row_number() over (partition by customer order by amount) as place, ` +
      `count(*) over (partition by customer) as n from ${receipts} o where "at" >= ${since('2 years')}) m ` +
      `where place in ((n + 1) / 2, (n + 2) / 2) group by customer having round(avg(amount), 6) >= 40`,
    duck: `select customer from ${receipts} o where "at" >= ${since('2 years')} group by customer having round(median(amount), 6) >= 40`,
  }),
  ask(
    'once-a-hundred-never-cheap',
    'all: [{ metric: { highest: orders.amount, min: 100 } }, { metric: { lowest: items.price, last: 1 year, above: 1.5 } }]',
    `select customer from (select customer, max(amount) as most from ${receipts} o group by customer) o where most >= 100 ` +
      `and customer in ` +
      `(select customer from orders where ${paid} and "at" >= ${since('1 year')} group by customer having min(price) > 1.5)`,
  ),
  ask(
    'last-seen-in-store-1',
    'metric: { latest: orders.store, last: 1 year, is: S1 }',
    `select customer from (select customer, store, row_number() over (partition by customer ` +
      `order by "at" desc, "order" desc) as place ` +
      `from ${receipts} o where "at" >= ${since('1 year')}) l where place = 1 and store = 'S1'`,
  ),
  ask(
    'a-third-is-bread',
    'metric: { share: items, where: { category: bread }, last: 1 year, min: 0.3 }',
    `select customer from orders where ${paid} and "at" >= ${since('1 year')} group by customer ` +
      `having round(count(*) filter (where category = 'bread') * 1.0 / count(*), 6) >= 0.3`,
  ),
]

/** The metrics that these segments name, as they stand in a file. */
export const askedMetrics = `
spend_before: { sum: orders.amount, ago: { from: 24 months, to: 12 months } }
first_order_on: { first: orders.at }
orders_ever: { count: orders }
r: { ntile: 5, of: recency_days, best: lowest }
m_gold: { ntile: 4, of: spend_12m, among: gold }
orders_band: { bands: { of: orders_ever, cuts: [2, 4, 8] } }
spend_ratio: { ratio: { of: spend_12m, to: spend_ever } }
favourite_category: { favourite: items.category, by: amount, last: 1 year }
`
