/** Exact numbers of a report: made by division and rounding of whole numbers, never of floats; and how people read them. */
import { formatScaled, parseScaled, type Scaled, trimScaled } from '../base/decimal.js'
import { type Language, writtenNumber } from '../base/speech.js'
import type { Decimal, Masked, Unit, Value } from './blocks.js'
import { type Digits, plainly, type Text, tell } from './words.js'

/** Decimals of what was divided. */
const DIVIDED = 6

export const scaled = (units: bigint, scale: number): Decimal => ({ decimal: formatScaled(units, scale) })

/** `part / all`, 0–1 to 6 decimals; unknown of nothing. */
export const share = (part: bigint | number, all: bigint | number): Decimal | null => {
  const units = quotient(BigInt(part) * 10n ** BigInt(DIVIDED), BigInt(all))
  return units === undefined ? null : scaled(units, DIVIDED)
}

/** `units / 10^scale / count`, to 6 decimals without trailing zeros; unknown over nothing. */
export const average = (units: bigint, scale: number, count: number): Decimal | null => {
  const rounded = quotient(units * 10n ** BigInt(DIVIDED), BigInt(count) * 10n ** BigInt(scale))
  return rounded === undefined ? null : { decimal: trimScaled(rounded, DIVIDED) }
}

/** What was estimated in floats, to so many decimals without trailing zeros; unknown where it is no number. */
export function estimated(value: number | undefined, places = DIVIDED): Decimal | null {
  const number = value === undefined || !Number.isFinite(value) ? undefined : parseScaled(value.toFixed(places))
  return number === undefined ? null : { decimal: trimScaled(number.units, number.scale) }
}

/** Rounded half away from zero; undefined over 0. */
function quotient(numerator: bigint, denominator: bigint): bigint | undefined {
  if (denominator === 0n) return undefined
  const negative = numerator < 0n !== denominator < 0n
  const [n, d] = [numerator < 0n ? -numerator : numerator, denominator < 0n ? -denominator : denominator]
  const rounded = (2n * n + d) / (2n * d)
  return negative ? -rounded : rounded
}

export interface Quartiles {
  readonly low: Decimal
  readonly median: Decimal
  readonly high: Decimal
}

/**
 * The quartiles of whole numbers in rising order, scaled by `scale`, by the type-7 rule (Hyndman and Fan 1996; so in R, NumPy and the
 * language's `ntile`): the one at place (n - 1) k / 4, counted from 0, and between two places their values in proportion. Exact,
 * without trailing zeros. Undefined of none.
 */
export function quartiles(rising: ArrayLike<number>, scale: number): Quartiles | undefined {
  return quartilesAmong(
    rising.length,
    Array.from(quartilePlaces(rising.length), (place) => rising[place]!),
    scale,
  )
}

/** Where the values that the quartiles of n lie between stand, counted from 0: three times the one below and the one above. */
export const quartilePlaces = (n: number): readonly number[] =>
  n === 0
    ? []
    : [1, 2, 3].flatMap((k) => {
        const place = Math.floor(((n - 1) * k) / 4)
        return [place, Math.min(place + 1, n - 1)]
      })

/** The quartiles of n values, of which those at `quartilePlaces` are given. */
export function quartilesAmong(n: number, around: ArrayLike<number>, scale: number): Quartiles | undefined {
  if (n === 0) return undefined
  const at = (k: number): Decimal => {
    const rest = BigInt(((n - 1) * k) % 4)
    const [below, above] = [BigInt(around[2 * k - 2]!), BigInt(around[2 * k - 1]!)]
    return { decimal: trimScaled((below * (4n - rest) + above * rest) * 25n, scale + 2) }
  }
  return { low: at(1), median: at(2), high: at(3) }
}

/** Decimals that people are shown of an amount. */
export const moneyPlaces = (scale: number): number => Math.max(2, scale)

/** A group of some, but fewer than `least`, is not shown; nobody is. */
export const masked = (count: number, least: number): number | Masked => (count > 0 && count < least ? { below: least } : count)
export const isMasked = (value: Value): value is Masked => typeof value === 'object' && value !== null && 'below' in value

/** Words, not a number. */
export const isText = (value: Value): value is Text =>
  typeof value === 'string' || (typeof value === 'object' && value !== null && !('below' in value) && !('decimal' in value))

/** As programs read it: masked is `<10`, unknown empty. */
export function plainText(value: Value): string {
  if (value === null) return ''
  if (isText(value)) return plainly(value)
  return typeof value === 'object' ? ('below' in value ? `<${value.below}` : value.decimal) : String(value)
}

/** As people read it: thousands marks, percent, rounded to `places`. */
export function shownText(value: Value, unit: Unit, places: number | undefined, unknown: string, language: Language): string {
  if (value === null) return unknown
  return isText(value) ? tell(value, language) : writtenNumber(shownDigits(value, unit, places), language)
}

/** The same before it is written as a language has it: `-1234.50`, `12.5%`. */
export function shownDigits(value: number | Decimal | Masked, unit: Unit, places: number | undefined): string {
  const number = isMasked(value) ? undefined : parseScaled(plainText(value))
  if (number === undefined) return plainText(value)
  if (unit === 'percent') return `${hundredfold(number, places ?? 1)}%`
  if (unit === 'points') return hundredfold(number, places ?? 2)
  return places === undefined
    ? formatScaled(number.units, number.scale)
    : formatScaled(rounded(number.units, number.scale, places), places)
}

/** A number in a sentence; nothing where it is unknown. */
export const digitsOf = (value: Decimal | null, unit: Unit, places: number): Digits => ({
  digits: value === null ? '' : shownDigits(value, unit, places),
})

const hundredfold = ({ units, scale }: Scaled, places: number): string =>
  formatScaled(rounded(units * 100n, scale, places), places)

const rounded = (units: bigint, scale: number, places: number): bigint =>
  scale <= places ? units * 10n ** BigInt(places - scale) : (quotient(units, 10n ** BigInt(scale - places)) as bigint)

/** A number for drawing; undefined where there is nothing to draw. */
export function numeric(value: Value): number | undefined {
  if (value === null || isText(value) || isMasked(value)) return undefined
  return typeof value === 'number' ? value : Number(value.decimal)
}

/** A share for drawing, 0–1. */
export function fraction(value: Value): number | undefined {
  const n = numeric(value)
  return n === undefined ? undefined : Math.min(1, Math.max(0, n))
}
