/** How cells say a day or a moment: ISO, named formats, epochs, and which format a column seems to use. Knows nothing of columns' names. */
import { isAscii } from './text.js'
import { DAY_ONLY, type Day, dayOf, type Moment, openZone, type Zone } from './time.js'

/** The moment a cell says, in the reader's zone; undefined where it says none. White space is the caller's to trim. */
export type MomentReader = (cell: string) => Moment | undefined

/**
 * The reader of a format: ISO where it is absent, `epoch`, `epoch_ms`, or a pattern of
 * `YYYY YY MM M DD D HH H hh h mm m ss s SSS A` and literal characters, whose time a cell may leave out. Undefined where it is no format.
 */
export function momentReader(format: string | undefined, zone: Zone): MomentReader | undefined {
  const read = format === undefined || format === ISO ? isoReader(zone) : (epochReader(format, zone) ?? namedReader(format, zone))
  return read && anyDigits(read)
}

/** For date attributes: the local day, whether or not the cell has a time. */
export function dayReader(format: string | undefined, zone: Zone): (cell: string) => Day | undefined {
  const read = momentReader(format, zone)
  if (read === undefined) throw new Error(`not a date format: ${format}`)
  return (cell) => read(cell)?.day
}

/** The name under which `guessFormat` answers for ISO dates. */
export const ISO = 'ISO'

/** Digits of any script as ASCII ones; everything else stays. */
export function asciiDigits(text: string): string {
  if (isAscii(text)) return text
  return text.replace(/[^\P{Nd}0-9]/gu, (digit) => {
    let zero = digit.codePointAt(0)!
    const cp = zero
    while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--
    return String((cp - zero) % 10)
  })
}

const anyDigits =
  (read: MomentReader): MomentReader =>
  (cell) =>
    read(cell) ?? (/[^\P{Nd}0-9]/u.test(cell) ? read(asciiDigits(cell)) : undefined)

const NANOS = 1e9
const FIRST_DAY = dayOf(1, 1, 1)!
const LAST_DAY = dayOf(9999, 12, 31)!
const inCalendar = (m: Moment): Moment | undefined => (m.day >= FIRST_DAY && m.day <= LAST_DAY ? m : undefined)

const ZERO = 48
const [DASH, PLUS, COLON, DOT, BLANK, T, Z] = [45, 43, 58, 46, 32, 84, 90]

/** The number of `length` ASCII digits at `at`, or -1. */
function number(text: string, at: number, length: number): number {
  let n = 0
  for (let i = at; i < at + length; i++) {
    const digit = text.charCodeAt(i) - ZERO
    if (!(digit >= 0 && digit <= 9)) return -1
    n = n * 10 + digit
  }
  return n
}

/** The end of the run of ASCII digits that begins at `at`. */
function digitsEnd(text: string, at: number): number {
  let i = at
  while (text.charCodeAt(i) >= ZERO && text.charCodeAt(i) < ZERO + 10) i++
  return i
}

/** Nanoseconds of the digits after a decimal point; digits past the ninth are dropped. */
const fraction = (digits: string): number => Number(digits.slice(0, 9).padEnd(9, '0'))

/** Nanoseconds since midnight, or undefined for a time that no clock shows. */
const clock = (hour: number, minute: number, second: number, nanos: number): number | undefined =>
  hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60
    ? (hour * 3600 + minute * 60 + second) * NANOS + nanos
    : undefined

/** `YYYY-MM-DD`, `YYYY-MM-DD[T ]HH:MM[:SS[.fraction]]`, with `Z`, `±HH:MM`, `±HHMM` or `±HH` or none. */
function isoReader(zone: Zone): MomentReader {
  return (cell) => {
    if (cell.length < 10 || cell.charCodeAt(4) !== DASH || cell.charCodeAt(7) !== DASH) return undefined
    const day = dayOf(number(cell, 0, 4), number(cell, 5, 2), number(cell, 8, 2))
    if (day === undefined) return undefined
    if (cell.length === 10) return { day, time: DAY_ONLY }
    const mark = cell.charCodeAt(10)
    if ((mark !== T && mark !== BLANK) || cell.charCodeAt(13) !== COLON) return undefined
    let at = 16
    let second = 0
    let nanos = 0
    if (cell.charCodeAt(at) === COLON) {
      second = number(cell, 17, 2)
      at = 19
      if (cell.charCodeAt(at) === DOT) {
        const end = digitsEnd(cell, at + 1)
        if (end === at + 1) return undefined
        nanos = fraction(cell.slice(at + 1, end))
        at = end
      }
    }
    const time = clock(number(cell, 11, 2), number(cell, 14, 2), second, nanos)
    if (time === undefined) return undefined
    if (at === cell.length) return zone.fromLocal(day, time)
    const offset = offsetMinutes(cell, at)
    return offset === undefined ? undefined : inCalendar(zone.fromOffset(day, time, offset))
  }
}

/** The offset that the rest of the text from `at` is. */
function offsetMinutes(text: string, at: number): number | undefined {
  const sign = text.charCodeAt(at)
  const rest = text.length - at
  if (sign === Z) return rest === 1 ? 0 : undefined
  if (sign !== PLUS && sign !== DASH) return undefined
  const colon = text.charCodeAt(at + 3) === COLON
  if (rest !== 3 && rest !== (colon ? 6 : 5)) return undefined
  const hours = number(text, at + 1, 2)
  const minutes = rest === 3 ? 0 : number(text, at + (colon ? 4 : 3), 2)
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return undefined
  return (sign === DASH ? -1 : 1) * (hours * 60 + minutes)
}

/** Seconds or milliseconds since 1970 in UTC, with or without a fraction. */
function epochReader(format: string, zone: Zone): MomentReader | undefined {
  if (format !== 'epoch' && format !== 'epoch_ms') return undefined
  const scale = format === 'epoch' ? 1 : 1000
  return (cell) => {
    const [, sign, whole, digits = ''] = /^(-?)([0-9]{1,15})(?:\.([0-9]+))?$/.exec(cell) ?? []
    if (whole === undefined) return undefined
    const n = Number(whole)
    const seconds = Math.floor(n / scale)
    const nanos = ((n - seconds * scale) * NANOS) / scale + Math.floor(fraction(digits) / scale)
    if (seconds > LAST_DAY * 86_400) return undefined
    return inCalendar(
      sign !== '-'
        ? zone.fromInstant(seconds, nanos)
        : nanos === 0
          ? zone.fromInstant(-seconds, 0)
          : zone.fromInstant(-seconds - 1, NANOS - nanos),
    )
  }
}

type Part = 'year' | 'month' | 'day' | 'hour' | 'hour12' | 'minute' | 'second' | 'fraction' | 'half'

const TOKENS: Readonly<Record<string, readonly [Part, string]>> = {
  YYYY: ['year', '[0-9]{4}'],
  YY: ['year', '[0-9]{2}'],
  MM: ['month', '[0-9]{2}'],
  M: ['month', '[0-9]{1,2}'],
  DD: ['day', '[0-9]{2}'],
  D: ['day', '[0-9]{1,2}'],
  HH: ['hour', '[0-9]{2}'],
  H: ['hour', '[0-9]{1,2}'],
  hh: ['hour12', '[0-9]{2}'],
  h: ['hour12', '[0-9]{1,2}'],
  mm: ['minute', '[0-9]{2}'],
  m: ['minute', '[0-9]{1,2}'],
  ss: ['second', '[0-9]{2}'],
  s: ['second', '[0-9]{1,2}'],
  SSS: ['fraction', '[0-9]+'],
  A: ['half', '[AaPp][Mm]'],
  a: ['half', '[AaPp][Mm]'],
}

/** The parts that may stand in a pattern only beside others. */
const NEEDS: Readonly<Partial<Record<Part, readonly Part[]>>> = {
  hour12: ['half'],
  half: ['hour12'],
  second: ['minute'],
  fraction: ['second'],
}

/** Cells remembered by a reader of a named format; files repeat them, an order on each of its lines. */
const REMEMBERED = 20_000

function namedReader(format: string, zone: Zone): MomentReader | undefined {
  const pattern = compile(format)
  if (pattern === undefined) return undefined
  const seen = new Map<string, Moment | undefined>()
  return (cell) => {
    const known = seen.get(cell)
    if (known !== undefined) return known
    const moment = readNamed(pattern, cell, zone)
    if (moment === undefined) return undefined
    if (seen.size >= REMEMBERED) seen.clear()
    seen.set(cell, moment)
    return moment
  }
}

function readNamed({ regex, group }: Pattern, cell: string, zone: Zone): Moment | undefined {
  const parts = regex.exec(cell)
  if (parts === null) return undefined
  const day = dayOf(fullYear(parts[group.year]!), Number(parts[group.month]), Number(parts[group.day]))
  if (day === undefined) return undefined
  const hour24 = parts[group.hour]
  const hour = hour24 === undefined ? hourOf(parts[group.hour12], parts[group.half]) : Number(hour24)
  if (hour === undefined) return { day, time: DAY_ONLY }
  const time = clock(
    hour,
    Number(parts[group.minute] ?? 0),
    Number(parts[group.second] ?? 0),
    fraction(parts[group.fraction] ?? ''),
  )
  return time === undefined ? undefined : zone.fromLocal(day, time)
}

/** 00–68 are of this century, 69–99 of the last. */
const fullYear = (digits: string): number => Number(digits) + (digits.length === 4 ? 0 : digits < '69' ? 2000 : 1900)

/** The hour of a twelve-hour clock; -1 for one that it does not show, undefined where the cell has none. */
function hourOf(digits: string | undefined, half: string | undefined): number | undefined {
  if (digits === undefined || half === undefined) return undefined
  const hour = Number(digits)
  return hour < 1 || hour > 12 ? -1 : (hour % 12) + (half.toLowerCase() === 'pm' ? 12 : 0)
}

/** A group that no pattern has. */
const NONE = 99

/** What a format stands for: its expression, and the number of each part's group in it. */
interface Pattern {
  readonly regex: RegExp
  readonly group: Readonly<Record<Part, number>>
}

/** The pattern of a format; a time after the day may be left out whole. */
function compile(format: string): Pattern | undefined {
  const found = new Set<Part>()
  let text = ''
  let dayEnd: number | undefined
  for (const [run, letter] of format.matchAll(/([A-Za-z])\1*|[^A-Za-z]/g)) {
    const token = Object.hasOwn(TOKENS, run) ? TOKENS[run] : undefined
    if (token === undefined) {
      if (letter !== undefined && run !== 'T') return undefined
      text += run === ' ' ? '[ \\u00a0\\u202f]' : run.replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&')
      continue
    }
    const [part, digits] = token
    if (found.has(part)) return undefined
    found.add(part)
    text += `(${digits})`
    if (found.size === 3 && found.has('year') && found.has('month') && found.has('day')) dayEnd = text.length
  }
  const has = (part: Part) => found.has(part)
  if (!has('year') || !has('month') || !has('day') || (has('hour') && has('hour12'))) return undefined
  if (has('minute') && !has('hour') && !has('hour12')) return undefined
  for (const part of found) if (NEEDS[part]?.some((p) => !has(p))) return undefined
  const optional = dayEnd !== undefined && found.size > 3
  const order = [...found]
  const parts = Object.values(TOKENS).map(([part]) => part)
  return {
    regex: new RegExp(optional ? `^${text.slice(0, dayEnd)}(?:${text.slice(dayEnd)})?$` : `^${text}$`),
    group: Object.fromEntries(parts.map((part) => [part, order.indexOf(part) < 0 ? NONE : order.indexOf(part) + 1])) as Record<
      Part,
      number
    >,
  }
}

/** How many cells can be read as day and month only, as month and day only, either way, or neither. */
export interface OrderEvidence {
  readonly dmOnly: number
  readonly mdOnly: number
  readonly both: number
  readonly neither: number
}

/** Counts cells like `03/04/2024`, `3.4.24`, with or without a time after the date. Empty cells do not count. */
export function dayMonthOrder(cells: Iterable<string>): OrderEvidence {
  let [dmOnly, mdOnly, both, neither] = [0, 0, 0, 0]
  for (const cell of cells) {
    if (cell === '') continue
    const [, first, , second, digits] = /^(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)/.exec(asciiDigits(cell)) ?? []
    const year = digits === undefined ? Number.NaN : fullYear(digits)
    const dm = dayOf(year, Number(second), Number(first)) !== undefined
    const md = dayOf(year, Number(first), Number(second)) !== undefined
    if (dm && md) both++
    else if (dm) dmOnly++
    else if (md) mdOnly++
    else neither++
  }
  return { dmOnly, mdOnly, both, neither }
}

const TIMES = ['', ' H:mm', ' H:mm:ss', ' H:mm:ss.SSS', ' h:mm A', ' h:mm:ss A', ', H:mm', ', H:mm:ss', ', h:mm A', ', h:mm:ss A']

/** Days that share a separator, in groups between which only a cell can decide. */
const DATES: readonly (readonly string[])[] = [
  ['YYYYMMDD'],
  ['YYYY/M/D'],
  ['YYYY.M.D'],
  ['D/M/YYYY', 'M/D/YYYY'],
  ['D.M.YYYY', 'M.D.YYYY'],
  ['D-M-YYYY', 'M-D-YYYY'],
  ['D/M/YY', 'M/D/YY'],
  ['D.M.YY', 'M.D.YY'],
  ['D-M-YY', 'M-D-YY', 'YY-M-D'],
]

/** Eight digits are taken for a day only between these years. */
const [EARLIEST, LATEST] = ['1900', '2100']

/**
 * The one format that all cells but the empty fit, `ISO` for ISO dates; two where no cell settles the order of day and month.
 * Epochs are never guessed: any number would do.
 */
export function guessFormat(
  cells: readonly string[],
): { readonly format: string } | { readonly ambiguous: readonly [string, string] } | undefined {
  const filled = cells.filter((cell) => cell !== '').map(asciiDigits)
  if (filled.length === 0) return undefined
  const utc = openZone('UTC')!
  const fits = (format: string) => {
    const read = momentReader(format, utc)!
    return filled.every((cell) => read(cell) !== undefined)
  }
  if (fits(ISO)) return { format: ISO }
  for (const dates of DATES) {
    for (const time of TIMES) {
      const [first, second] = dates.map((date) => date + time).filter(fits)
      if (first === undefined) continue
      if (dates[0] === 'YYYYMMDD' && filled.some((cell) => cell < EARLIEST || cell.slice(0, 4) > LATEST)) return undefined
      return second === undefined ? { format: first } : { ambiguous: [first, second] }
    }
  }
  return undefined
}
