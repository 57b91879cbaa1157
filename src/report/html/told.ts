/** How the page says things: words in its language, numbers as people read them. */
import type { Unit, Value } from '../blocks.js'
import { shownText } from '../numbers.js'
import { type Language, type Phrase, say, type Text, tell } from '../words.js'

export interface Told {
  readonly language: Language
  readonly currency: string | undefined
  /** Whether parts of pictures say their numbers when they are pointed at; of very many pictures only the tables do. */
  readonly pointed: boolean
  (text: Text): string
  /** Masked is `<10`, unknown a dash. */
  shown(value: Value, unit: Unit, places?: number | undefined): string
  /** With few letters, for axes and labels in pictures; beside a number as large as `among`. */
  brief(value: number, unit: Unit, among?: number): string
}

export function teller(language: Language, currency: string | undefined, pointed: boolean): Told {
  const compact = new Intl.NumberFormat(language, { notation: 'compact', maximumFractionDigits: 1 })
  const plain = new Intl.NumberFormat(language, { maximumFractionDigits: 2 })
  const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 })
  const percent = new Intl.NumberFormat(language, { maximumFractionDigits: 1 })
  return Object.assign((text: Text) => tell(text, language), {
    language,
    currency,
    pointed,
    shown: (value: Value, unit: Unit, places?: number | undefined) => shownText(value, unit, places, '–', language),
    brief: (value: number, unit: Unit, among = value) =>
      unit === 'percent'
        ? `${percent.format(value * 100)}%`
        : unit === 'points'
          ? plain.format(value * 100)
          : Math.abs(among) >= 10_000
            ? compact.format(value).replace(/[\u00a0\u202f]/g, ' ')
            : (Math.abs(among) >= 100 ? whole : plain).format(value),
  })
}

const MONTH = /^(\d{4})-(\d\d)$/

const SHORT: Partial<Record<Phrase, Phrase>> = {
  Monday: 'Mon',
  Tuesday: 'Tue',
  Wednesday: 'Wed',
  Thursday: 'Thu',
  Friday: 'Fri',
  Saturday: 'Sat',
  Sunday: 'Sun',
}
const shortly = (key: Text): Text => {
  const short = typeof key === 'object' && 'phrase' in key ? SHORT[key.phrase] : undefined
  return short === undefined ? key : say(short)
}

/** Keys as an axis shows them: weekdays and months by short names, the year under the first month of each. */
export function axisLabels(keys: readonly Text[], told: Told): readonly string[] {
  const months = keys.map((key) => (typeof key === 'object' && 'day' in key ? MONTH.exec(key.day) : null))
  if (months.length === 0 || !months.every((m) => m !== null)) return keys.map((key) => told(shortly(key)))
  const month = new Intl.DateTimeFormat(told.language, { month: 'short', timeZone: 'UTC' })
  let year = ''
  return months.map(([, y = '', m = '']) => {
    const name = [...month.format(new Date(Date.UTC(2000, Number(m) - 1, 1)))].slice(0, 3).join('')
    const label = y === year ? name : `${name}\n${y}`
    year = y
    return label
  })
}
