/**
 * Phone numbers in E.164. libphonenumber decides. A number of nothing but digits and what stands between them, which is most, is
 * read here by the library's own tables; wherever those leave a choice, the library is asked.
 */
import type { CountryCode } from 'libphonenumber-js'
import type { MetadataJson } from 'libphonenumber-js/core'
import { asciiDigits } from '../base/dates.js'
import { later } from '../base/later.js'

const library = later<typeof import('libphonenumber-js')>('libphonenumber-js')
const byTables = later<typeof import('libphonenumber-js/core')>('libphonenumber-js/core')
/** The library's tables of countries, by themselves: who they are is asked of every project. */
const tables = later<MetadataJson>('libphonenumber-js/metadata.min.json')
/** Its tables of what kind each number is: large, and asked for only where numbers are handed off. */
const everyKind = later<MetadataJson>('libphonenumber-js/metadata.max.json')

/** Region of phone numbers that do not name theirs; undefined: only international ones are known. */
export type Country = CountryCode | undefined
export const country = (code: string | undefined): Country =>
  code !== undefined && Object.hasOwn(tables().countries, code) ? (code as CountryCode) : undefined

/**
 * The number with its `+`, or undefined where it is none that can be. Beside what libphonenumber reads, zeros before a country
 * code are no part of it (`00375…`, `+00375…`, and `0375…` where the region has that code), as the ad tools say.
 */
export function phone(text: string, region: Country): string | undefined {
  if (text === last.text && region === last.region) return last.number
  last.text = text
  last.region = region
  last.number = read(text, region)
  return last.number
}

/**
 * The number as a tool may be told it: one within a country must be given out there, and what a spreadsheet has made of a number,
 * `375291234567.0` or `3.75291234567E+11`, is none to be sent to.
 */
export function soundPhone(text: string, region: Country): string | undefined {
  if (isSpoilt(text)) return undefined
  const number = phone(text, region)
  return number === undefined || region === undefined || isNamed(text) || isGivenOut(number, region) ? number : undefined
}

const spreadsheets = /^\s*\+?(?:\d{5,}[.,]0+|\d(?:[.,]\d+)?[eE]\+?\d{1,2})\s*$/
/** Only what has a dot, a comma or an E in it can be. */
function isSpoilt(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 0x2e || c === 0x2c || c === 0x45 || c === 0x65) return spreadsheets.test(text)
  }
  return false
}

const namesCountry = /^[\s\p{Cf}]*(?:[+\uff0b]|00)/u
const isNamed = (text: string): boolean => {
  const first = text.charCodeAt(0)
  return first === PLUS || ((first <= ZERO || first > NINE) && namesCountry.test(text))
}

/** A number is often asked for twice: whether somebody refused under it, then for a file. */
const last: { text: string; region: Country; number: string | undefined } = { text: '', region: undefined, number: undefined }

function read(text: string, region: Country): string | undefined {
  const written = text.charCodeAt(0) === PLUS ? text : asciiDigits(text.trim())
  const cell = isSpoilt(written) ? unspoilt(written) : written
  if (cell.charCodeAt(0) === PLUS) {
    const bare = undecorated(cell, 1)
    if (bare !== undefined && standsSo(bare)) return bare
    return parsed(cell.replace(/^\+[\s().-]*0[\s().0-]*/, '+'), undefined)
  }
  const bare = region === undefined ? undefined : undecorated(cell, 0)
  return (
    (bare === undefined ? undefined : within(bare, regionPlan(region as CountryCode))) ??
    parsed(cell, region) ??
    (cell.startsWith('00') ? parsed(`+${cell.replace(/^0+/, '')}`, undefined) : afterZeros(cell, region))
  )
}

/** The digits that a spreadsheet was given, where it has kept them all; else nothing. */
function unspoilt(cell: string): string {
  const [, whole, , parts = '', power] = /^\s*(\+?\d+)([.,](\d+))?(?:[eE]\+?(\d+))?/.exec(cell) as RegExpExecArray
  if (power === undefined) return whole as string
  return parts.length === Number(power) ? `${whole}${parts}` : ''
}

function parsed(cell: string, region: Country): string | undefined {
  const found = library().parsePhoneNumberFromString(cell, region)
  return found?.isPossible() ? found.number : undefined
}

function afterZeros(cell: string, region: Country): string | undefined {
  if (region === undefined) return undefined
  const digits = cell.replace(/\D/g, '').replace(/^0+/, '')
  return digits.startsWith(library().getCountryCallingCode(region)) ? parsed(`+${digits}`, undefined) : undefined
}

const [PLUS, ZERO, NINE] = [0x2b, 0x30, 0x39]

/** Digits after what stands at `from`; blanks, brackets, dots and dashes are left out; undefined where anything else stands there. */
function undecorated(cell: string, from: number): string | undefined {
  let end = from
  while (end < cell.length && isDigit(cell.charCodeAt(end))) end++
  if (end === cell.length) return cell
  let bare = cell.slice(0, end)
  for (let i = end; i < cell.length; ) {
    const c = cell.charCodeAt(i)
    const begin = i++
    if (isDigit(c)) {
      while (i < cell.length && isDigit(cell.charCodeAt(i))) i++
      bare += cell.slice(begin, i)
    } else if (c !== 0x20 && c !== 0x28 && c !== 0x29 && c !== 0x2d && c !== 0x2e) return undefined
  }
  return bare
}

const isDigit = (code: number): boolean => code >= ZERO && code <= NINE

interface Plan {
  /** Lengths of numbers without the country code that are possible in every country of it, as bits. */
  readonly lengths: number
  /** What may stand before a number within the country, looked for in its place; such a number is libphonenumber's to read. */
  readonly prefix: RegExp | undefined
}

/** Whether libphonenumber would give `+` and digits back as they are: the length is possible, and no prefix could be taken off. */
function standsSo(bare: string): boolean {
  if (bare.charCodeAt(1) === 0x30) return false
  const table = plans()
  let code = 0
  for (let n = 1; n <= 3 && n < bare.length; n++) {
    code = code * 10 + bare.charCodeAt(n) - 0x30
    const plan = table[code]
    if (plan === undefined) continue
    if (!isPossible(bare.length - 1 - n, plan)) return false
    if (plan.prefix === undefined) return true
    plan.prefix.lastIndex = n + 1
    return !plan.prefix.test(bare)
  }
  return false
}

const isPossible = (length: number, { lengths }: Pick<Plan, 'lengths'>): boolean =>
  length <= 30 && ((lengths >> length) & 1) === 1

interface RegionPlan extends Pick<Plan, 'lengths'> {
  readonly code: string
  /** The most digits of a number without the country code. */
  readonly longest: number
  /** Every number that there is, whole. */
  readonly numbers: RegExp
  /** What begins a call abroad, and what may stand before a number within the country. */
  readonly abroad: RegExp
  readonly prefix: RegExp | undefined
  /** What the prefix takes off may be put back in another form. */
  readonly rewrites: boolean
  /** Other countries with its code are read by its plan. */
  readonly leads: boolean
}

/** Digits as libphonenumber reads them in a region: with a prefix, the country code, or neither; undefined where it must be asked. */
function within(digits: string, plan: RegionPlan): string | undefined {
  if (digits.length < 3 || digits.length > MOST_DIGITS || plan.abroad.test(digits)) return undefined
  const whole = withoutPrefix(digits, plan)
  if (whole === undefined) return undefined
  let number = whole
  if (digits.startsWith(plan.code)) {
    const rest = withoutPrefix(digits.slice(plan.code.length), plan)
    if (rest === undefined) return undefined
    if ((!plan.numbers.test(whole) && plan.numbers.test(rest)) || whole.length > plan.longest) {
      if (!plan.leads) return undefined
      number = rest
    }
  }
  return isPossible(number.length, plan) ? `+${plan.code}${number}` : undefined
}

const MOST_DIGITS = 30

/** A prefix is taken off unless that makes of a number none; undefined where there is more to it. */
function withoutPrefix(digits: string, plan: RegionPlan): string | undefined {
  const found = plan.prefix?.exec(digits)
  if (found === null || found === undefined || found[0] === '') return digits
  if (plan.rewrites && found.length > 1) return undefined
  const rest = digits.slice(found[0].length)
  if (plan.numbers.test(digits) && !plan.numbers.test(rest)) return digits
  return isPossible(rest.length, plan) ? rest : undefined
}

interface NumberingPlan {
  callingCode(): string
  IDDPrefix(): string
  nationalNumberPattern(): string
  possibleLengths(): readonly number[]
  /** 0 where there is none. */
  nationalPrefixForParsing(): string | 0
  nationalPrefixTransformRule(): string | 0
}

const planOf = (of: string): NumberingPlan => {
  const metadata = new (library().Metadata)() as unknown as {
    selectNumberingPlan(of: string): void
    readonly numberingPlan: NumberingPlan
  }
  metadata.selectNumberingPlan(of)
  return metadata.numberingPlan
}

let made: readonly (Plan | undefined)[] | undefined

/** By country code. Of countries that share one, only lengths that are possible in all of them are taken unasked. */
function plans(): readonly (Plan | undefined)[] {
  if (made !== undefined) return made
  const lengthsOf = (plan: NumberingPlan): number => plan.possibleLengths().reduce((bits, n) => bits | (1 << n), 0)
  const table: (Plan | undefined)[] = new Array(1000).fill(undefined)
  for (const country of library().getCountries()) {
    const code = Number(library().getCountryCallingCode(country))
    const main = planOf(String(code))
    const lengths = (table[code]?.lengths ?? lengthsOf(main)) & lengthsOf(planOf(country))
    const prefix = main.nationalPrefixForParsing()
    table[code] = { lengths, prefix: prefix ? new RegExp(prefix, 'y') : undefined }
  }
  made = table
  return made
}

const regions = new Map<CountryCode, RegionPlan>()
let lastRegion: CountryCode | undefined
let lastPlan: RegionPlan | undefined

function regionPlan(region: CountryCode): RegionPlan {
  if (region === lastRegion && lastPlan !== undefined) return lastPlan
  const plan = regions.get(region) ?? makeRegionPlan(region)
  regions.set(region, plan)
  lastRegion = region
  lastPlan = plan
  return plan
}

function makeRegionPlan(region: CountryCode): RegionPlan {
  const plan = planOf(region)
  const code = plan.callingCode()
  const prefix = plan.nationalPrefixForParsing()
  const main = planOf(code)
  return {
    code,
    lengths: plans()[Number(code)]?.lengths ?? 0,
    longest: plan.possibleLengths().at(-1) ?? 0,
    numbers: new RegExp(`^(?:${plan.nationalNumberPattern()})$`),
    abroad: new RegExp(`^(?:${plan.IDDPrefix()})`),
    prefix: prefix ? new RegExp(`^(?:${prefix})`) : undefined,
    rewrites: Boolean(plan.nationalPrefixTransformRule()),
    leads:
      main.nationalNumberPattern() === plan.nationalNumberPattern() &&
      main.nationalPrefixForParsing() === prefix &&
      main.nationalPrefixTransformRule() === plan.nationalPrefixTransformRule(),
  }
}

/** Whether a number read in the region is one of those that its country, or one with the same code, gives out. */
function isGivenOut(number: string, region: CountryCode): boolean {
  const { code, kinds } = givenOut(region)
  return (
    (number.startsWith(code, 1) && kinds.test(number.slice(1 + code.length))) ||
    byTables().parsePhoneNumberFromString(number, everyKind())?.isValid() === true
  )
}

interface GivenOut {
  readonly code: string
  /** Numbers of every kind, without the country code. */
  readonly kinds: RegExp
}

interface KindsPlan {
  callingCode(): string
  nationalNumberPattern(): string
  type(kind: string): { pattern(): string } | undefined
}

const kindsOfNumbers = [
  'MOBILE',
  'FIXED_LINE',
  'TOLL_FREE',
  'PREMIUM_RATE',
  'PERSONAL_NUMBER',
  'VOICEMAIL',
  'UAN',
  'PAGER',
  'VOIP',
  'SHARED_COST',
]
const regionsGivenOut = new Map<CountryCode, GivenOut>()

function givenOut(region: CountryCode): GivenOut {
  const known = regionsGivenOut.get(region)
  if (known !== undefined) return known
  const metadata = new (byTables().Metadata)(everyKind()) as unknown as {
    selectNumberingPlan(of: string): void
    readonly numberingPlan: KindsPlan
  }
  metadata.selectNumberingPlan(region)
  const plan = metadata.numberingPlan
  const kinds = kindsOfNumbers.flatMap((kind) => plan.type(kind)?.pattern() ?? [])
  const made = {
    code: plan.callingCode(),
    kinds: new RegExp(`^(?=(?:${plan.nationalNumberPattern()})$)(?:${kinds.join('|')})$`),
  }
  regionsGivenOut.set(region, made)
  return made
}
