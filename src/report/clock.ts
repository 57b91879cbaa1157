/** How often something happens by weekday and by hour of the local clock. */
import { weekday } from '../base/time.js'
import { type Block, type Column, note, type Table, type Value } from './blocks.js'
import { masked } from './numbers.js'
import { type Phrase, type Said, say, type Text } from './words.js'

/** Things with a day and an hour (-1: unknown), those of one customer after another. */
export interface Happened {
  /** Where those of each customer begin, and where the last one's end. */
  readonly begin: Int32Array
  readonly weekday: Int8Array
  readonly hour: Int8Array
}

export interface Counts {
  readonly times: Int32Array
  /** Customers to whom it happened at all. */
  readonly customers: Int32Array
}
export interface Clock {
  readonly times: number
  readonly weekdays: Counts
  readonly hours: Counts
  readonly dayOnly: number
}

export const weekdaysOf = (days: Int32Array): Int8Array => Int8Array.from(days, weekday)

export function countClock(customers: Int32Array, { begin, weekday, hour }: Happened): Clock {
  const [weekdays, hours] = [counts(names.length), counts(HOURS)]
  let [times, dayOnly] = [0, 0]
  for (const customer of customers) {
    let [days, clock] = [0, 0]
    times += begin[customer + 1]! - begin[customer]!
    for (let at = begin[customer]!; at < begin[customer + 1]!; at++) {
      weekdays.times[weekday[at]!]!++
      days |= 1 << weekday[at]!
      if (hour[at]! < 0) dayOnly++
      else {
        hours.times[hour[at]!]!++
        clock |= 1 << hour[at]!
      }
    }
    addEach(days, weekdays.customers)
    addEach(clock, hours.customers)
  }
  return { times, weekdays, hours, dayOnly }
}

const counts = (size: number): Counts => ({ times: new Int32Array(size), customers: new Int32Array(size) })

/** One more for each bit that is set. */
function addEach(bits: number, counts: Int32Array): void {
  for (let rest = bits; rest !== 0; rest &= rest - 1) counts[31 - Math.clz32(rest & -rest)]!++
}

const HOURS = 24
/** From Monday on, as `weekday` counts. */
const names = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const satisfies readonly Phrase[]
const sayWeekday = (day: number): Said => say(names[day] as Phrase)
const sayHour = (hour: number): string => `${String(hour % HOURS).padStart(2, '0')}:00`

/** What a table of weekdays or hours says beside its places. */
export interface Telling {
  readonly titles: readonly [weekdays: Phrase, hours: Phrase]
  readonly columns: readonly Column[]
  /** The values at a place, after the counts there: masked where they are of too few. */
  values(counts: Counts, at: number, kind: 'weekdays' | 'hours'): readonly Value[]
  /** The column that is drawn. */
  readonly drawn: string
  /** All places that are worth a row; its own, where there is none. */
  readonly around?: Clock
}

/** Two tables: weekdays, and the hours from the first to the last that has any. */
export function clockTables(clock: Clock, telling: Telling): readonly Block[] {
  const { hours, dayOnly, times } = clock
  const around = (telling.around?.hours ?? hours).times
  const used = [...around.keys()].filter((h) => around[h]! > 0)
  const span = Array.from({ length: used.length === 0 ? 0 : used.at(-1)! - used[0]! + 1 }, (_, i) => used[0]! + i)
  const table = (kind: 'weekdays' | 'hours', places: readonly number[], key: Phrase, told: (at: number) => Text): Table => ({
    kind: 'table',
    name: kind,
    title: say(telling.titles[kind === 'weekdays' ? 0 : 1]),
    keys: 'dimension',
    key: say(key),
    columns: telling.columns,
    rows: places.map((at) => ({ key: told(at), values: telling.values(clock[kind], at, kind) })),
    picture: { draw: 'columns', column: telling.drawn },
  })
  return [
    table('weekdays', [...names.keys()], 'Weekday', sayWeekday),
    ...(dayOnly === times ? [] : [table('hours', span, 'Hour', sayHour)]),
  ]
}

/** The place with the most, unless several are equal or it is of too few to be shown. */
export function busiest({ times, customers }: Counts, minGroup: number): number | undefined {
  const most = Math.max(...times)
  const at = times.indexOf(most)
  return most === 0 || typeof masked(customers[at]!, minGroup) !== 'number' || times.lastIndexOf(most) !== at ? undefined : at
}

/** `from` and `to` of an hour, for a sentence. */
export const hourSpan = (hour: number): Readonly<Record<string, string>> => ({ from: sayHour(hour), to: sayHour(hour + 1) })

export const noHours = ({ dayOnly }: Clock, phrase: Phrase): readonly Block[] =>
  dayOnly === 0 ? [] : [note(phrase, { n: dayOnly })]
