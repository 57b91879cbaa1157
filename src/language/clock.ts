/** Calendar steps and elapsed time between moments of rows, in SQL. */
import { int, type Sql, sql } from '../base/sql.js'
import type { Duration } from '../base/time.js'
import { plusMonths } from '../store/dialect.js'
import type { Compile } from './value.js'

/** The day that lies so far after another; hours and minutes are no calendar steps. */
export function plusDays(day: Sql, { n, unit }: Duration): Sql {
  switch (unit) {
    case 'day':
      return sql`(${day} + ${int(n)})`
    case 'week':
      return sql`(${day} + ${int(7 * n)})`
    case 'month':
      return plusMonths(day, n)
    case 'year':
      return plusMonths(day, 12 * n)
    case 'hour':
    case 'minute':
      throw new Error('a part of a day is no calendar step')
  }
}

export const onClock = ({ unit }: Duration): boolean => unit === 'hour' || unit === 'minute'

const MINUTE = 60_000_000_000n
/** Nanoseconds of hours or minutes. */
export const nanosOf = ({ n, unit }: Duration): Sql => int(BigInt(n) * MINUTE * (unit === 'hour' ? 60n : 1n))

const DAY = 86_400_000_000_000n

/** The first instant of a day in nanoseconds since 1970: days are not all of one length where clocks change. */
function startOfDay(cx: Compile, day: Sql): Sql {
  const shiftAt = (d: number): bigint => BigInt(Math.round(cx.zone.startOfDay(d))) * 1_000_000n - BigInt(d) * DAY
  const [first, last] = cx.dayRange
  const changes: { readonly day: number; readonly shift: bigint }[] = []
  for (const d of [first, ...cx.zone.irregular(first, last + 1).flatMap((i) => [i.day, i.day + 1])]) {
    const shift = shiftAt(d)
    if (changes.at(-1)?.shift !== shift) changes.push({ day: d, shift })
  }
  const cases = changes
    .slice(1)
    .reverse()
    .map((c) => `when ${day.text} >= ${c.day} then ${c.shift}`)
    .join(' ')
  const base = int(changes[0]?.shift ?? 0n)
  const shift: Sql =
    cases === '' ? base : { text: `case ${cases} else ${base.text} end`, params: changes.slice(1).flatMap(() => day.params) }
  return sql`(${day} * ${int(DAY)} + ${shift})`
}

/** A timed moment as nanoseconds since 1970. */
export const instant = (cx: Compile, day: Sql, time: Sql): Sql => sql`(${startOfDay(cx, day)} + ${time})`

/** A day at most one before or after that in which an instant lies: offsets differ by hours. */
export function dayNear(cx: Compile, at: Sql): Sql {
  const [first] = cx.dayRange
  const shift = BigInt(Math.round(cx.zone.startOfDay(first))) * 1_000_000n - BigInt(first) * DAY
  return sql`((${at} - ${int(shift)}) / ${int(DAY)})`
}
/** The local day in which an instant lies, given one near it. */
export const dayOfInstant = (cx: Compile, at: Sql, near: Sql): Sql =>
  sql`(case when ${at} < ${startOfDay(cx, near)} then ${near} - 1 when ${at} >= ${startOfDay(cx, sql`(${near} + 1)`)} then ${near} + 1 else ${near} end)`
export const timeInDay = (cx: Compile, at: Sql, day: Sql): Sql => sql`(${at} - ${startOfDay(cx, day)})`
