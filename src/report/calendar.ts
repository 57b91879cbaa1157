/** The months that sections count by. */
import { type Day, formatDay, shift, startOf, startOfNext } from '../base/time.js'
import { type Note, note } from './blocks.js'
import { dated } from './words.js'

const TREND = 12

/** The calendar months that end with the one that holds the as-of day. */
export interface Months {
  readonly starts: readonly Day[]
  /** As people and programs read them: `2026-04`. */
  readonly labels: readonly string[]
  /** Which of them a day lies in; -1 for none. */
  of(day: Day): number
  /** Where the as-of day is not the last of its month. */
  readonly unfinished: readonly Note[]
}

/** Twelve; fewer where the first day of anything lies in a later one. */
export function lastMonths(asOf: Day, first: Day): Months {
  const last = startOf(asOf, 'month')
  const starts = Array.from({ length: TREND }, (_, i) => shift(last, i + 1 - TREND, 'month')).filter(
    (start) => startOfNext(start, 'month') > first,
  )
  const from = starts[0] ?? last
  const labels = starts.map((start) => formatDay(start).slice(0, -3))
  const place = new Int8Array(asOf - from + 1)
  starts.forEach((start, i) => void place.fill(i, start - from))
  return {
    starts,
    labels,
    of: (day) => (day < from || day > asOf ? -1 : place[day - from]!),
    unfinished:
      startOfNext(asOf, 'month') === asOf + 1
        ? []
        : [note('{month} is not over: it goes up to {day}.', { month: dated(labels.at(-1) ?? ''), day: dated(formatDay(asOf)) })],
  }
}
