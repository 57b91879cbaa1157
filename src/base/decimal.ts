/** Exact decimals as scaled whole numbers: 2.50 is 250 units at scale 2. Knows how people write numbers, nothing of columns. */

export type DecimalMark = '.' | ','
export type DecimalReading = 'ok' | 'not-a-number' | 'too-long'

/** Digits a cell may have, leading zeros included; so units are always safe integers. */
const MOST_DIGITS = 15

const ZERO = 48
const NINE = 57
const PLUS = 43
const MINUS = 45

/**
 * Reads cells without allocating: the last good one stands in `units` and `scale`. Beside plain numbers it takes what
 * spreadsheets write: thousands groups, a currency before or after, a minus behind, accounting parentheses, digits of any script.
 */
export class DecimalReader {
  units = 0
  /** The decimals that were written, trailing zeros included. */
  scale = 0
  /** The decimal mark's unit. */
  readonly mark: number

  /** Unless `settled`, a cell that could be read with either mark (`1,234`) is no number. */
  constructor(
    private readonly decimal: DecimalMark,
    private readonly settled = true,
  ) {
    this.mark = decimal.charCodeAt(0)
  }

  read(cell: string): DecimalReading {
    const length = cell.length
    const first = length === 0 ? 0 : cell.charCodeAt(0)
    let at = first === MINUS || first === PLUS ? 1 : 0
    let units = 0
    let digits = 0
    let before = -1
    for (; at < length; at++) {
      const c = cell.charCodeAt(at)
      if (c >= ZERO && c <= NINE) {
        units = units * 10 + (c - ZERO)
        digits++
      } else if (c === this.mark && before < 0) before = digits
      else return this.readWritten(cell)
    }
    if (digits === 0) return 'not-a-number'
    if (digits > MOST_DIGITS) return 'too-long'
    const scale = before < 0 ? 0 : digits - before
    if (!this.settled && scale === 3 && ambiguousThousands(cell, undefined)) return 'not-a-number'
    this.units = first === MINUS ? 0 - units : units
    this.scale = scale
    return 'ok'
  }

  private readWritten(cell: string): DecimalReading {
    if (!this.settled && ambiguousThousands(cell, undefined)) return 'not-a-number'
    const peeled = peel(cell)
    const number = peeled && ungrouped(peeled.number, this.decimal)
    if (number === undefined) return 'not-a-number'
    return this.read(peeled?.negative ? `-${number}` : number)
  }
}

/** `1,234` or `1.234`: one mark with three digits after it could be either, unless the decimal mark is known. */
export function ambiguousThousands(cell: string, decimal: DecimalMark | undefined): boolean {
  return decimal === undefined && /^[1-9]\d{0,2}[.,]\d{3}$/.test(peel(cell)?.number ?? '')
}

/** The decimal mark that a cell can only have been written with, undefined where it tells nothing or is no number. */
export function decimalMark(cell: string): DecimalMark | undefined {
  const simple = /^-?\d+(?:([.,])\d{1,2})?$/.exec(cell)
  if (simple !== null) return simple[1] as DecimalMark | undefined
  const number = peel(cell)?.number
  if (number === undefined || ambiguousThousands(number, undefined)) return undefined
  const [dot, comma] = [ungrouped(number, '.') !== undefined, ungrouped(number, ',') !== undefined]
  return dot === comma ? undefined : dot ? '.' : ','
}

/** 255 at scale 2 is `2.55`; trailing zeros stay. */
export function formatScaled(units: number | bigint, scale: number): string {
  const text = String(units < 0 ? -units : units)
  const sign = units < 0 ? '-' : ''
  if (scale <= 0) return sign + text
  const padded = text.padStart(scale + 1, '0')
  return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`
}

/** The same without trailing zeros: 250 at scale 2 is `2.5`. */
export function trimScaled(units: number | bigint, scale: number): string {
  const text = formatScaled(units, scale)
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

/** Plain decimal text: a sign, digits, at most one point; no exponent, no groups. */
export function parseScaled(text: string): Scaled | undefined {
  const found = /^([+-]?)(?:(\d+)(?:\.(\d+))?|\.(\d+))$/.exec(text)
  if (found === null) return undefined
  const [, sign, whole = '', afterWhole, bare] = found
  const decimals = afterWhole ?? bare ?? ''
  const units = BigInt(whole + decimals)
  return { units: sign === '-' ? -units : units, scale: decimals.length }
}

interface Peeled {
  readonly number: string
  readonly negative: boolean
}

/** What is left of a cell without currency, sign, parentheses; undefined where these stand twice. */
function peel(cell: string): Peeled | undefined {
  let first = 0
  let last = cell.length - 1
  while (first <= last && !isDigit(cell.charCodeAt(first))) first++
  while (last > first && !isDigit(cell.charCodeAt(last))) last--
  if (first > last) return strip(cell)
  const around = `${cell.slice(0, first)}1${cell.slice(last + 1)}`
  let stripped = surroundings.get(around)
  if (stripped === undefined) {
    if (surroundings.size >= MOST_SURROUNDINGS) surroundings.clear()
    stripped = strip(around) ?? null
    surroundings.set(around, stripped)
  }
  if (stripped?.number !== '1') return strip(cell)
  return { number: cell.slice(first, last + 1).replace(BLANKS, ' '), negative: stripped.negative }
}

const isDigit = (c: number): boolean => c >= ZERO && c <= NINE

/** What stands around the numbers of a file is the same few things, line after line. */
const surroundings = new Map<string, Peeled | null>()
const MOST_SURROUNDINGS = 1000

function strip(cell: string): Peeled | undefined {
  let rest = westernDigits(cell).replace(MINUSES, '-').replace(BLANKS, ' ').trim()
  let signs = 0
  let currencies = 0
  let negative = false
  for (let before = ''; before !== rest; ) {
    before = rest
    const sign = /^\((.+)\)$/.exec(rest) ?? /^[-+](.*)$/.exec(rest) ?? /^(.*)-$/.exec(rest)
    if (sign !== null) {
      signs++
      negative = rest[0] !== '+'
      rest = sign[1]!.trim()
    }
    const currency = /^(\p{L}{0,2}\p{Sc}|\p{L}+\.?)/u.exec(rest) ?? /(\p{L}{0,2}\p{Sc}|\p{L}+\.?)$/u.exec(rest)
    if (currency !== null && isCurrency(currency[1]!)) {
      currencies++
      rest = (currency.index === 0 ? rest.slice(currency[1]!.length) : rest.slice(0, currency.index)).trim()
    }
  }
  return signs > 1 || currencies > 1 ? undefined : { number: rest, negative }
}

const MINUSES = /[\u2010-\u2013\u2212\ufe63\uff0d]/g
const BLANKS = /[\s\u00a0\u2007\u2009\u202f]/g

/** The number without its groups, or undefined where they are not whole. */
function ungrouped(number: string, decimal: DecimalMark): string | undefined {
  const found = (decimal === '.' ? WITH_POINT : WITH_COMMA).exec(number)
  if (found === null) return undefined
  return number.replace(decimal === '.' ? /[ '\u2019,]/g : /[ '\u2019.]/g, '')
}

const WITH_POINT = /^(?:\d+(?:\.\d*)?|\.\d+|[1-9]\d{0,2}([ '\u2019,])\d{3}(?:\1\d{3})*(?:\.\d*)?)$/
const WITH_COMMA = /^(?:\d+(?:,\d*)?|,\d+|[1-9]\d{0,2}([ '\u2019.])\d{3}(?:\1\d{3})*(?:,\d*)?)$/

/** A sign, or a word that is known to be money: `5 kg` is no number. */
function isCurrency(word: string): boolean {
  if (/\p{Sc}$/u.test(word)) return true
  const plain = word.replace(/\.$/, '').toLowerCase()
  codes ??= new Set([...Intl.supportedValuesOf('currency'), 'BYR', 'RUR'].map((c) => c.toLowerCase()))
  return MONEY_WORDS.has(plain) || codes.has(plain)
}

let codes: ReadonlySet<string> | undefined
const MONEY_WORDS: ReadonlySet<string> = new Set(
  'руб рублей рубля рубль р br бр бел грн тг тнг лв сум сом zł zl kr kč kc ft lei rs rp rm fr sfr kn din eur euro евро'.split(
    ' ',
  ),
)

function westernDigits(text: string): string {
  return text.replace(/(?![0-9])\p{Nd}/gu, (digit) => String(digitValue(digit.codePointAt(0)!)))
}

/** Scripts keep their ten digits in a row; only the mathematical ones follow each other without a gap. */
function digitValue(code: number): number {
  if (code >= 0x1d7ce && code <= 0x1d7ff) return (code - 0x1d7ce) % 10
  let zero = code
  while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--
  return code - zero
}

/** A number as whole units of 10^-scale. */
export interface Scaled {
  readonly units: bigint
  readonly scale: number
}

/** A number at another scale: the nearest whole units that do not lie below it, or not above, and whether they are the number. */
export function rescale(n: Scaled, scale: number, side: 'up' | 'down'): readonly [units: bigint, exact: boolean] {
  if (n.scale <= scale) return [n.units * 10n ** BigInt(scale - n.scale), true]
  const by = 10n ** BigInt(n.scale - scale)
  const cut = n.units / by
  const rest = n.units % by
  if (rest === 0n) return [cut, true]
  return [side === 'up' ? (rest > 0n ? cut + 1n : cut) : rest < 0n ? cut - 1n : cut, false]
}
