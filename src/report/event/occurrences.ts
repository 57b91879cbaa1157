/** How often an event occurred: in all, month by month, by weekday and hour, by customer, and how soon again. */

import { type Block, column, figure, note, type Table } from '../blocks.js'
import { lastMonths } from '../calendar.js'
import { busiest, clockTables, countClock, hourSpan, noHours, weekdaysOf } from '../clock.js'
import { masked, quartiles, share } from '../numbers.js'
import { dated, type Phrase, say } from '../words.js'
import type { World } from '../world.js'
import type { Occurrences } from './columns.js'
import { type EventSection, tooFew } from './section.js'

export const occurrences = {
  occurrences: {
    question: 'How often did it happen?',
    answer: (_, world, found) => [
      figure('occurrences', 'Occurrences', 'number', found.count),
      figure('customers', 'Customers', 'customers', found.customers),
      figure('share', 'Share of all customers', 'percent', share(found.customers, world.shop.customers)),
      ...(tooFew(found, world) ?? []),
    ],
  },
  months: {
    question: 'How did the last 12 months go?',
    answer: (_, world, found) => tooFew(found, world) ?? monthBlocks(found, world),
  },
  times: {
    question: 'When does it happen?',
    answer: (_, world, found) => tooFew(found, world) ?? clockBlocks(found, world),
  },
  times_each: {
    question: 'How often to the same customer?',
    answer: (_, world, found) => tooFew(found, world) ?? [countTable(found, world)],
  },
  gaps: {
    question: 'How soon does it happen again?',
    answer: (_, world, found) => tooFew(found, world) ?? gapBlocks(found, world),
  },
} as const satisfies Readonly<Record<string, EventSection>>

function monthBlocks({ begin, day, customers }: Occurrences, { asOf, minGroup }: World): readonly Block[] {
  const first = day.reduce((least, d) => Math.min(least, d), asOf)
  const months = lastMonths(asOf, first)
  const times = months.starts.map(() => 0)
  const whose = months.starts.map(() => 0)
  for (let who = 0; who < customers; who++) {
    let before = -1
    for (let at = begin[who]!; at < begin[who + 1]!; at++) {
      const month = months.of(day[at]!)
      if (month < 0) continue
      times[month]!++
      if (month !== before) whose[month]!++
      before = month
    }
  }
  if (times.every((n) => n === 0)) return [note('It did not happen in the last 12 months.')]
  const table: Table = {
    kind: 'table',
    name: 'months',
    title: say('Occurrences by month'),
    keys: 'dimension',
    key: say('Month'),
    columns: [column('occurrences', 'Occurrences', 'number'), column('customers', 'Customers', 'customers')],
    rows: months.labels.map((month, i) => {
      const shown = masked(whose[i]!, minGroup)
      return { key: dated(month), values: [typeof shown === 'number' ? times[i]! : null, shown] }
    }),
    picture: { draw: 'columns', column: 'occurrences' },
  }
  return [table, ...months.unfinished]
}

const busiestDays = [
  'It happens most on a Monday.',
  'It happens most on a Tuesday.',
  'It happens most on a Wednesday.',
  'It happens most on a Thursday.',
  'It happens most on a Friday.',
  'It happens most on a Saturday.',
  'It happens most on a Sunday.',
] as const satisfies readonly Phrase[]

function clockBlocks({ begin, day, hour, customers }: Occurrences, { minGroup }: World): readonly Block[] {
  const clock = countClock(
    Int32Array.from({ length: customers }, (_, who) => who),
    { begin, hour, weekday: weekdaysOf(day) },
  )
  const [bestDay, bestHour] = [busiest(clock.weekdays, minGroup), busiest(clock.hours, minGroup)]
  return [
    ...(bestDay === undefined ? [] : [note(busiestDays[bestDay] as Phrase)]),
    ...(bestHour === undefined ? [] : [note('It happens most from {from} to {to}.', hourSpan(bestHour))]),
    ...clockTables(clock, {
      titles: ['Share of occurrences by weekday', 'Share of occurrences by hour'],
      columns: [
        column('share', 'Share', 'percent', { bar: true }),
        column('occurrences', 'Occurrences', 'number'),
        column('customers', 'Customers', 'customers'),
      ],
      drawn: 'share',
      values: (counts, at, kind) => {
        const shown = masked(counts.customers[at]!, minGroup)
        if (typeof shown !== 'number') return [null, null, shown]
        const all = kind === 'hours' ? clock.times - clock.dayOnly : clock.times
        return [share(counts.times[at]!, all), counts.times[at]!, shown]
      },
    }),
    ...noHours(clock, 'Hours are without {n} {n|occurrence|occurrences} of which only the day is known.'),
  ]
}

/** So many times, from the first number up to the second. */
const groups = [
  [1, 1],
  [2, 2],
  [3, 4],
  [5, 9],
  [10, Number.POSITIVE_INFINITY],
] as const
const sayGroup = ([from, to]: (typeof groups)[number]): string =>
  from === to ? String(from) : to === Number.POSITIVE_INFINITY ? `${from}+` : `${from}-${to}`

function countTable({ begin, customers }: Occurrences, { minGroup }: World): Table {
  const counts = groups.map(() => 0)
  for (let who = 0; who < customers; who++) {
    const times = begin[who + 1]! - begin[who]!
    counts[groups.findIndex(([, to]) => times <= to)]!++
  }
  return {
    kind: 'table',
    name: 'counts',
    keys: 'dimension',
    key: say('Times'),
    columns: [column('customers', 'Customers', 'customers'), column('share', 'Share', 'percent', { bar: true })],
    rows: groups.map((group, i) => {
      const shown = masked(counts[i]!, minGroup)
      return { key: sayGroup(group), values: [shown, typeof shown === 'number' ? share(shown, customers) : null] }
    }),
  }
}

/** In days from each occurrence to the same customer's next. */
function gapBlocks({ begin, day, customers, count }: Occurrences, { minGroup }: World): readonly Block[] {
  const gaps = new Float64Array(count)
  let [size, again] = [0, 0]
  for (let who = 0; who < customers; who++) {
    if (begin[who + 1]! - begin[who]! > 1) again++
    for (let at = begin[who]! + 1; at < begin[who + 1]!; at++) gaps[size++] = day[at]! - day[at - 1]!
  }
  const shown = masked(again, minGroup)
  const label = 'Days between, median (quartiles)'
  const found = quartiles(gaps.subarray(0, size).sort(), 0)
  return [
    figure('again', 'Customers to whom it happened again', 'customers', shown),
    found === undefined || typeof shown !== 'number'
      ? figure('median_days', label, 'days', typeof shown === 'number' ? null : shown)
      : figure('median_days', label, 'days', found.median, { low: found.low, high: found.high, ends: ['q1_days', 'q3_days'] }),
  ]
}
