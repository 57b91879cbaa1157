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
/** The members of a set of any size, as one parameter. */
export const oneOfMany = (values: readonly (string | number)[]): Sql =>
  sql`(select value from json_each(${JSON.stringify(values)}))`
