/** Days, durations and zones: the only home of calendar arithmetic. Knows nothing of cells, and the process's TZ never matters. */

/** A local calendar day: days since 1970-01-01. */
export type Day = number

/** `time` of a moment whose cell had only a day: sorts before the timed moments of its day. */
export const DAY_ONLY = -1

/**
 * Moments order by day, then time. `time` is nanoseconds elapsed since that local day began, below 2^53, or DAY_ONLY:
 * elapsed, not read off the clock, so that it stays in order when clocks go back.
 */
export interface Moment {
  readonly day: Day
  readonly time: number
}

export type Unit = 'day' | 'week' | 'month' | 'quarter' | 'year'

export interface Duration {
  readonly n: number
  readonly unit: 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year'
}

/** From `from` nanoseconds elapsed on, clock = elapsed + `shift`. */
export interface Piece {
  readonly from: number
  readonly shift: number
}

export interface Zone {
  readonly name: string
  today(nowMs: number): Day
  /** Epoch milliseconds of the first instant of that calendar day; of the next day there is, where the zone skipped this one. */
  startOfDay(day: Day): number
  /** A reading of the local clock, nanoseconds since its midnight. A time that does not exist moves forward by the gap, one that exists twice is the first. */
  fromLocal(day: Day, nanos: number): Moment
  fromInstant(epochSeconds: number, nanos: number): Moment
  /** A clock reading made at an offset from UTC. An offset that is the zone's own, rounded to minutes, stands for the exact one. */
  fromOffset(day: Day, nanos: number, offsetMinutes: number): Moment
  /** The local clock at a timed moment; the offset is rounded to minutes where the zone's has seconds (before 1972). */
  wall(m: Moment): { readonly day: Day; readonly nanos: number; readonly offsetMinutes: number }
  /** RFC 3339 with the zone's offset and as many digits of a fraction as it needs, or YYYY-MM-DD where only a day is known. */
  format(m: Moment): string
  /** Clock hour 0–23; undefined where only a day is known. */
  hour(m: Moment): number | undefined
  /** The days in [from, to] on which clock time is not elapsed time, with their pieces. */
  irregular(from: Day, to: Day): readonly { readonly day: Day; readonly pieces: readonly Piece[] }[]
}

const DAY_SECONDS = 86_400
const NANOS = 1e9
const HOUR_NANOS = 3_600 * NANOS

/** Days since 1970-01-01 of a civil date that is known to exist (Howard Hinnant, `days_from_civil`). */
function daysFromCivil(year: number, month: number, day: number): Day {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
}

export function civil(day: Day): { readonly year: number; readonly month: number; readonly day: number } {
  const z = day + 719_468
  const era = Math.floor(z / 146_097)
  const dayOfEra = z - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shifted = Math.floor((5 * dayOfYear + 2) / 153)
  const month = shifted < 10 ? shifted + 3 : shifted - 9
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1,
  }
}

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const

const daysIn = (year: number, month: number): number =>
  month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : MONTH_DAYS[month - 1]!

/** Undefined when there is no such day, or its year is not 1–9999. */
export function dayOf(year: number, month: number, day: number): Day | undefined {
  if (!(year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month))) return undefined
  return daysFromCivil(year, month, day)
}

/** The last day that has a date: years have four digits. */
export const lastDay = dayOf(9999, 12, 31) as Day

const TWO = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0'))
const two = (n: number): string => TWO[n]!

/** YYYY-MM-DD */
export function formatDay(day: Day): string {
  const c = civil(day)
  const year = c.year > 999 ? c.year : String(c.year).padStart(4, '0')
  return `${year}-${two(c.month)}-${two(c.day)}`
}

/** YYYY-MM-DD and nothing else. */
export function parseDay(text: string): Day | undefined {
  return /^\d{4}-\d\d-\d\d$/.test(text) ? dayOf(+text.slice(0, 4), +text.slice(5, 7), +text.slice(8)) : undefined
}

/** 0 = Monday … 6 = Sunday. */
export const weekday = (day: Day): number => (((day + 3) % 7) + 7) % 7

/** Clamped at the month's end: 31 January and a month is 28 or 29 February. */
export function addMonths(day: Day, n: number): Day {
  const c = civil(day)
  const months = c.year * 12 + c.month - 1 + n
  const year = Math.floor(months / 12)
  const month = months - year * 12 + 1
  return daysFromCivil(year, month, Math.min(c.day, daysIn(year, month)))
}

/** 29 February falls on 28 February in common years. */
export const addYears = (day: Day, n: number): Day => addMonths(day, n * 12)

export function startOf(day: Day, unit: Unit): Day {
  const c = civil(day)
  switch (unit) {
    case 'day':
      return day
    case 'week':
      return day - weekday(day)
    case 'month':
      return day - c.day + 1
    case 'quarter':
      return daysFromCivil(c.year, c.month - ((c.month - 1) % 3), 1)
    case 'year':
      return daysFromCivil(c.year, 1, 1)
  }
}

export const startOfNext = (day: Day, unit: Unit): Day => shift(startOf(day, unit), 1, unit)

export function shift(day: Day, n: number, unit: Unit): Day {
  switch (unit) {
    case 'day':
      return day + n
    case 'week':
      return day + 7 * n
    case 'month':
      return addMonths(day, n)
    case 'quarter':
      return addMonths(day, 3 * n)
    case 'year':
      return addYears(day, n)
  }
}

/** Longest duration that is read, a hundred years, in each unit. */
const LONGEST = { minute: 52_596_000, hour: 876_600, day: 36_525, week: 5_218, month: 1_200, year: 100 } as const
const SPELLINGS: Readonly<Record<string, Duration['unit']>> = {
  minute: 'minute',
  minutes: 'minute',
  h: 'hour',
  hour: 'hour',
  hours: 'hour',
  d: 'day',
  day: 'day',
  days: 'day',
  w: 'week',
  week: 'week',
  weeks: 'week',
  mo: 'month',
  month: 'month',
  months: 'month',
  y: 'year',
  year: 'year',
  years: 'year',
}

/** `30 days`, `30d`, `4w`, `6mo`, `1 year`, `12h`, `90 minutes`: a whole number from 1, at most a hundred years. */
export function parseDuration(text: string): Duration | undefined {
  const [, digits, word] = /^([1-9]\d{0,8}) ?([a-z]+)$/.exec(text.trim()) ?? []
  if (digits === undefined || word === undefined || !Object.hasOwn(SPELLINGS, word)) return undefined
  const unit = SPELLINGS[word]!
  const n = Number(digits)
  return n <= LONGEST[unit] ? { n, unit } : undefined
}

/** The words for these units that a duration may be written with. */
export const unitWords = (units: readonly Duration['unit'][]): readonly string[] =>
  Object.keys(SPELLINGS).filter((word) => units.includes(SPELLINGS[word] as Duration['unit']))

/** `30 days`, `1 month` */
export const sayDuration = (d: Duration): string => `${d.n} ${d.unit}${d.n === 1 ? '' : 's'}`

/** The day a calendar duration before; hours and minutes have no days and are a bug of the caller. */
export const before = (day: Day, d: Duration): Day => shift(day, -d.n, calendarUnit(d))

/** The day a calendar duration after; hours and minutes have no days and are a bug of the caller. */
export const after = (day: Day, d: Duration): Day => shift(day, d.n, calendarUnit(d))

function calendarUnit(d: Duration): Unit {
  if (d.unit === 'hour' || d.unit === 'minute') throw new Error(`not a calendar duration: ${sayDuration(d)}`)
  return d.unit
}

/** `today`, `yesterday`, `2024-05-01`, `-7d` (and `-2w`, `-1mo`, `-1y`). */
export function parseDayRef(text: string, today: Day): Day | undefined {
  if (text === 'today') return today
  if (text === 'yesterday') return today - 1
  if (!text.startsWith('-')) return parseDay(text)
  const back = parseDuration(text.slice(1))
  return back === undefined || back.unit === 'hour' || back.unit === 'minute' ? undefined : before(today, back)
}

const zones = new Map<string, Zone | undefined>()

/** The zone of an IANA name (`Europe/Minsk`, `UTC`); undefined for any other. */
export function openZone(name: string): Zone | undefined {
  if (!zones.has(name)) {
    const offset = offsetReader(name)
    zones.set(name, offset && makeZone(name, offset))
  }
  return zones.get(name)
}

/** Reads a zone's offset in seconds at an instant, slowly; undefined for an unknown zone. */
function offsetReader(name: string): ((epochSeconds: number) => number) | undefined {
  if (!/^[A-Za-z]/.test(name)) return undefined
  // Most programs know this one without the tables of zones, which take longer to wake than a short answer does.
  if (name === 'UTC') return () => 0
  let clock: Intl.DateTimeFormat
  try {
    clock = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
  } catch {
    return undefined
  }
  return (at) => {
    const [month, day, year, hour, minute, second] = clock
      .format(at * 1000)
      .split(/\D+/)
      .map(Number) as [number, number, number, number, number, number]
    return daysFromCivil(year, month, day) * DAY_SECONDS + hour * 3600 + minute * 60 + second - at
  }
}

/** A stretch of time, from ≤ instant < to in epoch seconds, in which the offset does not change. Neighbours may have the same one. */
interface Stretch {
  readonly from: number
  readonly to: number
  readonly offset: number
}

/** Zones had no transitions before this year. */
const FIRST_YEAR = 1800
/** After this year the calendar and every zone's rule repeat each 400 years, which are whole weeks. */
const LAST_YEAR = 2500
const CYCLE_SECONDS = 146_097 * DAY_SECONDS

/** Days whose kind is remembered in a flat table: 1900 to 2100. Others are worked out each time. */
const TABLE_FROM = daysFromCivil(1900, 1, 1)
const TABLE_DAYS = daysFromCivil(2101, 1, 1) - TABLE_FROM
/** Added to the offset of a regular day, so that 0 stays free for "not yet known" and 1 for "irregular". */
const BIAS = 1_000_000
const IRREGULAR = 1

function makeZone(name: string, readOffset: (epochSeconds: number) => number): Zone {
  const years = new Map<number, readonly Stretch[]>()
  const table = new Int32Array(TABLE_DAYS)
  let latest: Stretch = { from: 0, to: 0, offset: 0 }

  function stretchAt(at: number): Stretch {
    if (at >= latest.from && at < latest.to) return latest
    const year = Math.max(FIRST_YEAR - 1, civil(Math.floor(at / DAY_SECONDS)).year)
    let stretches = years.get(year)
    if (stretches === undefined) {
      stretches = stretchesOf(year, readOffset)
      years.set(year, stretches)
    }
    latest = stretches.find((s) => at < s.to)!
    return latest
  }

  /** The first instant whose clock reads `local` seconds; for a reading in a gap, the gap's end and the offset before it. */
  function locate(local: number): { readonly at: number; readonly offset: number } {
    let previous = stretchAt(local - 2 * DAY_SECONDS)
    for (let s = previous; ; s = stretchAt(s.to)) {
      if (local - s.offset < s.to)
        return local - s.offset >= s.from ? { at: local - s.offset, offset: s.offset } : { at: s.from, offset: previous.offset }
      previous = s
    }
  }

  const dayStart = (day: Day): number => locate(day * DAY_SECONDS).at

  /** How clock and elapsed time go together on a day; none for a day that the zone skipped. */
  function pieces(day: Day, start: number): readonly Piece[] {
    const midnight = day * DAY_SECONDS
    const found: Piece[] = []
    let previous: Stretch | undefined
    for (let s = stretchAt(start); s.from < start + 2 * DAY_SECONDS; s = stretchAt(s.to)) {
      const from = Math.max(start, s.from)
      const changed = previous === undefined || previous.offset !== s.offset
      if (changed && from + s.offset < midnight + DAY_SECONDS)
        found.push({ from: (from - start) * NANOS, shift: (start + s.offset - midnight) * NANOS })
      previous = s
    }
    return found
  }

  /** The day's offset plus BIAS where every clock reading of it exists once and is the elapsed time, else IRREGULAR. */
  function kind(day: Day): number {
    const index = day - TABLE_FROM
    const known = index >= 0 && index < TABLE_DAYS ? table[index]! : 0
    if (known !== 0) return known
    const start = dayStart(day)
    const { offset } = stretchAt(start)
    const [first, second] = pieces(day, start)
    const plain = first?.shift === 0 && second === undefined && stretchAt(start + DAY_SECONDS - 1).offset === offset
    const found = plain ? offset + BIAS : IRREGULAR
    if (index >= 0 && index < TABLE_DAYS) table[index] = found
    return found
  }

  function fromInstant(epochSeconds: number, nanos: number): Moment {
    const local = epochSeconds + stretchAt(epochSeconds).offset
    const day = Math.floor(local / DAY_SECONDS)
    const elapsed = kind(day) === IRREGULAR ? epochSeconds - dayStart(day) : local - day * DAY_SECONDS
    return { day, time: elapsed * NANOS + nanos }
  }

  function fromLocal(day: Day, nanos: number): Moment {
    if (kind(day) !== IRREGULAR) return { day, time: nanos }
    const seconds = Math.floor(nanos / NANOS)
    const local = day * DAY_SECONDS + seconds
    // In a gap the reading is taken at the offset before it, which moves it forward by the gap.
    return fromInstant(local - locate(local).offset, nanos - seconds * NANOS)
  }

  function fromOffset(day: Day, nanos: number, offsetMinutes: number): Moment {
    const seconds = Math.floor(nanos / NANOS)
    const local = day * DAY_SECONDS + seconds
    const at = local - offsetMinutes * 60
    const { offset } = stretchAt(at)
    const own = offset % 60 !== 0 && toMinutes(offset) === offsetMinutes
    return fromInstant(own ? local - offset : at, nanos - seconds * NANOS)
  }

  function wall(m: Moment): { day: Day; nanos: number; offsetMinutes: number } {
    if (m.time < 0) throw new Error('a moment with only a day has no clock reading')
    const known = kind(m.day)
    if (known !== IRREGULAR) return { day: m.day, nanos: m.time, offsetMinutes: toMinutes(known - BIAS) }
    const start = dayStart(m.day)
    const seconds = Math.floor(m.time / NANOS)
    const { offset } = stretchAt(start + seconds)
    const local = start + seconds + offset
    const day = Math.floor(local / DAY_SECONDS)
    return { day, nanos: (local - day * DAY_SECONDS - seconds) * NANOS + m.time, offsetMinutes: toMinutes(offset) }
  }

  function irregular(from: Day, to: Day): { day: Day; pieces: readonly Piece[] }[] {
    const days = new Set<Day>()
    let previous = stretchAt((from - 2) * DAY_SECONDS)
    for (let s = previous; s.from < (to + 2) * DAY_SECONDS; s = stretchAt(s.to)) {
      if (s.offset !== previous.offset) {
        const a = Math.floor((s.from + previous.offset) / DAY_SECONDS)
        const b = Math.floor((s.from + s.offset) / DAY_SECONDS)
        for (let day = Math.min(a, b); day <= Math.max(a, b); day++) if (day >= from && day <= to) days.add(day)
      }
      previous = s
    }
    return [...days]
      .sort((a, b) => a - b)
      .map((day) => ({ day, pieces: pieces(day, dayStart(day)) }))
      .filter(({ pieces }) => pieces.length > 1 || pieces.some((p) => p.shift !== 0))
  }

  return {
    name,
    today: (nowMs) => fromInstant(Math.floor(nowMs / 1000), 0).day,
    startOfDay: (day) => dayStart(day) * 1000,
    fromLocal,
    fromInstant,
    fromOffset,
    wall,
    format: (m) => {
      if (m.time < 0) return formatDay(m.day)
      const { day, nanos, offsetMinutes } = wall(m)
      return `${formatDay(day)}T${formatClock(nanos)}${formatOffset(offsetMinutes)}`
    },
    hour: (m) => (m.time < 0 ? undefined : Math.floor(wall(m).nanos / HOUR_NANOS)),
    irregular,
  }
}

/** The stretches of one UTC year, found day by day; no zone changed its offset twice within 24 hours. */
function stretchesOf(year: number, readOffset: (epochSeconds: number) => number): readonly Stretch[] {
  if (year < FIRST_YEAR) {
    const to = daysFromCivil(FIRST_YEAR, 1, 1) * DAY_SECONDS
    return [{ from: Number.NEGATIVE_INFINITY, to, offset: readOffset(to) }]
  }
  if (year > LAST_YEAR) {
    const cycles = Math.ceil((year - LAST_YEAR) / 400)
    const later = cycles * CYCLE_SECONDS
    return stretchesOf(year - 400 * cycles, readOffset).map((s) => ({ from: s.from + later, to: s.to + later, offset: s.offset }))
  }
  const end = daysFromCivil(year + 1, 1, 1) * DAY_SECONDS
  const found: Stretch[] = []
  let from = daysFromCivil(year, 1, 1) * DAY_SECONDS
  let offset = readOffset(from)
  for (let at = from; at < end; at += DAY_SECONDS) {
    const next = readOffset(at + DAY_SECONDS)
    if (next === offset) continue
    let low = at
    let high = at + DAY_SECONDS
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2)
      if (readOffset(middle) === offset) low = middle
      else high = middle
    }
    if (high >= end) break
    found.push({ from, to: high, offset })
    from = high
    offset = next
  }
  return [...found, { from, to: end, offset }]
}

/** Seconds to minutes, half away from zero. */
const toMinutes = (seconds: number): number => Math.sign(seconds) * Math.round(Math.abs(seconds) / 60) || 0

/** HH:MM:SS with a fraction where it is not zero. */
function formatClock(nanos: number): string {
  const seconds = Math.floor(nanos / NANOS)
  const rest = nanos - seconds * NANOS
  const text = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  return rest === 0 ? text : `${text}.${String(rest).padStart(9, '0').replace(/0+$/, '')}`
}

function formatOffset(minutes: number): string {
  const size = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}
