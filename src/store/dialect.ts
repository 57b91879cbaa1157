/** What only SQLite has, under the name of what it does; another store would spell these differently. */
import { int, type Sql, sql } from '../base/sql.js'

const monday = 719_162 // days from 0001-01-01, a Monday, to 1970-01-01

/** 0 Monday … 6 Sunday of a day number. */
export const weekdayOf = (day: Sql): Sql => sql`((${day} + ${int(monday)}) % 7)`
export const monthOf = (day: Sql): Sql => sql`cast(strftime('%m', (${day}) * 86400, 'unixepoch') as integer)`
export const dayOfMonth = (day: Sql): Sql => sql`cast(strftime('%d', (${day}) * 86400, 'unixepoch') as integer)`
export const isoDay = (day: Sql): Sql => sql`date((${day}) * 86400, 'unixepoch')`
/** Whether a text has another in it. */
export const hasPart = (text: Sql, part: string): Sql => sql`instr(${text}, ${part}) > 0`
export const startsWith = (text: Sql, part: string): Sql => sql`substr(${text}, 1, ${int([...part].length)}) = ${part}`
export const endsWith = (text: Sql, part: string): Sql => sql`substr(${text}, ${int(-[...part].length)}) = ${part}`
/** The columns (first, second) of any number of pairs, as one parameter. */
export const pairsOf = (pairs: readonly (readonly [string, string])[]): Sql =>
  sql`(select cast(value ->> 0 as text) as first, cast(value ->> 1 as text) as second from json_each(${JSON.stringify(pairs)}))`
/** The members of a set of any size, as one parameter. */
export const oneOfMany = (values: readonly (string | number)[]): Sql =>
  sql`(select value from json_each(${JSON.stringify(values)}))`

const dayNumber = (text: Sql): Sql => sql`cast(julianday(${text}) - 2440587.5 as integer)`

/** A number that is the same for all days of a calendar period and rises from one to the next. */
export function periodOf(day: Sql, unit: 'month' | 'quarter' | 'year'): Sql {
  const year = sql`cast(strftime('%Y', (${day}) * 86400, 'unixepoch') as integer)`
  switch (unit) {
    case 'year':
      return year
    case 'quarter':
      return sql`(${year} * 4 + (${monthOf(day)} - 1) / 3)`
    case 'month':
      return sql`(${year} * 12 + ${monthOf(day)} - 1)`
  }
}

/** The day so many months on, at the month's end where it has no such day. */
export function plusMonths(day: Sql, months: number): Sql {
  const first = sql`date((${day}) * 86400, 'unixepoch', 'start of month', ${`${months >= 0 ? '+' : ''}${months} months`})`
  const last = sql`cast(strftime('%d', ${first}, '+1 month', '-1 day') as integer)`
  return sql`(${dayNumber(first)} + min(${dayOfMonth(day)}, ${last}) - 1)`
}

/** Month and day of a day as `anniversaryIn` takes them. */
export const comingRound = (day: Sql): Sql => sql`strftime('%m-%d', (${day}) * 86400, 'unixepoch')`

/** The day of a year on which a month and day come round; 29 February on the 28th in common years. */
export function anniversaryIn(monthDay: Sql, year: Sql): Sql {
  const common = sql`(${year} % 4 <> 0 or (${year} % 100 = 0 and ${year} % 400 <> 0))`
  const there = sql`case when ${monthDay} = '02-29' and ${common} then '02-28' else ${monthDay} end`
  return dayNumber(sql`(printf('%04d-', ${year}) || ${there})`)
}

/** Month and day of a day as one number: 229 is 29 February. */
export const monthAndDay = (day: Sql): Sql => sql`cast(strftime('%m%d', (${day}) * 86400, 'unixepoch') as integer)`
