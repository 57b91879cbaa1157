/** Phone numbers in E.164. libphonenumber decides; a number that already stands in that form is taken without asking it. */
import {
  type CountryCode,
  getCountries,
  getCountryCallingCode,
  isSupportedCountry,
  Metadata,
  parsePhoneNumberFromString,
} from 'libphonenumber-js'
import { asciiDigits } from '../base/dates.js'

/** Region of phone numbers that do not name theirs; undefined: only international ones are known. */
export type Country = CountryCode | undefined
export const country = (code: string | undefined): Country => (code !== undefined && isSupportedCountry(code) ? code : undefined)

/**
 * The number with its `+`, or undefined where it is none that can be. Beside what libphonenumber reads, zeros before a country
 * code are no part of it (`00375…`, `+00375…`, and `0375…` where the region has that code), as the ad tools say.
 */
export function phone(text: string, region: Country): string | undefined {
  const cell = text.charCodeAt(0) === PLUS ? text : asciiDigits(text.trim())
  if (cell.charCodeAt(0) === PLUS) {
    const bare = undecorated(cell)
    if (bare !== undefined && standsSo(bare)) return bare
    return parsed(cell.replace(/^\+[\s().-]*0[\s().0-]*/, '+'), undefined)
  }
  return (
    parsed(cell, region) ?? (cell.startsWith('00') ? parsed(`+${cell.replace(/^0+/, '')}`, undefined) : afterZeros(cell, region))
  )
}

function parsed(cell: string, region: Country): string | undefined {
  const found = parsePhoneNumberFromString(cell, region)
  return found?.isPossible() ? found.number : undefined
}

function afterZeros(cell: string, region: Country): string | undefined {
  if (region === undefined) return undefined
  const digits = cell.replace(/\D/g, '').replace(/^0+/, '')
  return digits.startsWith(getCountryCallingCode(region)) ? parsed(`+${digits}`, undefined) : undefined
}

const PLUS = 0x2b

/** `+` and digits, blanks, brackets, dots and dashes left out; undefined where anything else stands there. */
function undecorated(cell: string): string | undefined {
  let bare = true
  for (let i = 1; i < cell.length; i++) {
    const c = cell.charCodeAt(i)
    if (c >= 0x30 && c <= 0x39) continue
    if (c !== 0x20 && c !== 0x28 && c !== 0x29 && c !== 0x2d && c !== 0x2e) return undefined
    bare = false
  }
  return bare ? cell : `+${cell.replace(/[^0-9]/g, '')}`
}

interface Plan {
  /** Lengths of numbers without the country code, as bits. */
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
    const length = bare.length - 1 - n
    if (length > 30 || ((plan.lengths >> length) & 1) === 0) return false
    if (plan.prefix === undefined) return true
    plan.prefix.lastIndex = n + 1
    return !plan.prefix.test(bare)
  }
  return false
}

interface NumberingPlan {
  possibleLengths(): readonly number[]
  nationalPrefixForParsing(): string | undefined
}

let made: readonly (Plan | undefined)[] | undefined

/** By country code. Of countries that share one, only lengths that are possible in all of them are taken unasked. */
function plans(): readonly (Plan | undefined)[] {
  if (made !== undefined) return made
  const metadata = new Metadata() as unknown as { selectNumberingPlan(of: string): void; readonly numberingPlan: NumberingPlan }
  const lengthsOf = (of: string): number => {
    metadata.selectNumberingPlan(of)
    return metadata.numberingPlan.possibleLengths().reduce((bits, n) => bits | (1 << n), 0)
  }
  const table: (Plan | undefined)[] = new Array(1000).fill(undefined)
  for (const country of getCountries()) {
    const code = Number(getCountryCallingCode(country))
    const lengths = (table[code]?.lengths ?? lengthsOf(String(code))) & lengthsOf(country)
    metadata.selectNumberingPlan(String(code))
    const prefix = metadata.numberingPlan.nationalPrefixForParsing()
    table[code] = { lengths, prefix: prefix === undefined || prefix === '' ? undefined : new RegExp(prefix, 'y') }
  }
  made = table
  return made
}
