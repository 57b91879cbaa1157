/**
 * Where SQLite and DuckDB say the same thing in other words; `both` writes a query for each. SQLite has `bucket_of` and
 * `regexp_matches` from the program that asks it (rivals.js), as DuckDB has `sha256` and RE2 by itself.
 */

const numbers = (count) => Array.from({ length: count }, (_, k) => `select ${k + 1} as k`).join(' union all ')
const placed = (table) => `select value, row_number() over (order by value) - 1 as i from ${table}`

/** Expressions over an expression: `at` is a moment or a day. */
const dialects = {
  sql: {
    day: (at) => `date(${at})`,
    /** A day so many days on, to compare moments and days with. */
    plusDays: (at, days) => `date(${at}, '${days} days')`,
    plusHours: (at, hours) => `datetime(${at}, '${hours} hours')`,
    daysBetween: (from, to) => `cast(julianday(date(${to})) - julianday(date(${from})) as integer)`,
    hour: (at) => `cast(strftime('%H', ${at}) as integer)`,
    /** 1 is Monday. */
    weekday: (at) => `cast(strftime('%u', ${at}) as integer)`,
    month: (at) => `strftime('%Y-%m', ${at})`,
    quarter: (at) => `(strftime('%Y', ${at}) * 4 + (strftime('%m', ${at}) - 1) / 3)`,
    year: (at) => `strftime('%Y', ${at})`,
    monthAndDay: (at) => `strftime('%m-%d', ${at})`,
    dayOf: (year, monthAndDay) => `date(${year} || '-' || ${monthAndDay})`,
    week: (at, first) => `(cast(julianday(date(${at})) - julianday('${first}') as integer) / 7)`,
    /** The first 48 bits of the text's SHA-256, mod 10000. */
    bucket: (text) => `bucket_of(${text})`,
    char: 'char',
    /** The first of two days. */
    earlier: (a, b) => `min(${a}, ${b})`,
    /** Type-7 quantiles of the values of a table. */
    cuts: (table, parts) =>
      `select lo.value + (hi.value - lo.value) * (p % ${parts}) / ${parts}.0 as at from ` +
      `(select (select count(*) - 1 from ${table}) * k as p from (${numbers(parts - 1)}) n) c ` +
      `join (${placed(table)}) lo on lo.i = p / ${parts} join (${placed(table)}) hi on hi.i = (p + ${parts - 1}) / ${parts}`,
  },
  duck: {
    day: (at) => `${at}::date`,
    plusDays: (at, days) => `(${at}::date + (${days}))`,
    plusHours: (at, hours) => `(${at} + interval (${hours}) hour)`,
    daysBetween: (from, to) => `(${to}::date - ${from}::date)`,
    hour: (at) => `hour(${at})`,
    weekday: (at) => `isodow(${at})`,
    month: (at) => `date_trunc('month', ${at})`,
    quarter: (at) => `date_trunc('quarter', ${at})`,
    year: (at) => `year(${at})`,
    monthAndDay: (at) => `strftime(${at}, '%m-%d')`,
    dayOf: (year, monthAndDay) => `(${year} || '-' || ${monthAndDay})::date`,
    week: (at, first) => `((${at}::date - date '${first}') // 7)`,
    bucket: (text) => `(('0x' || substr(sha256(${text}), 1, 12))::bigint % 10000)`,
    char: 'chr',
    earlier: (a, b) => `least(${a}, ${b})`,
    cuts: (table, parts) =>
      `select unnest(quantile_cont(value, [${Array.from({ length: parts - 1 }, (_, k) => (k + 1) / parts).join(', ')}])) as at from ${table}`,
  },
}

/** `{ sql, duck }` of a query that is written for a dialect. */
export const both = (write) => ({ sql: write(dialects.sql), duck: write(dialects.duck) })

export const paid = `status not in ('cancelled', 'refunded')`

/** The counted orders as a table: of each its moment, store, lines, units and amount. */
export const receipts =
  `(select customer, "order", min("at") as "at", min(store) as store, count(*) as lines, sum(quantity) as units, ` +
  `round(sum(quantity * price), 2) as amount from orders where ${paid} group by customer, "order")`
