/** The closed set of transforms that profiles are composed of. Each is pure, knows no locale, and says of a value it cannot take that it is not in shape. */
import { hash } from 'node:crypto'
import { domainToASCII } from 'node:url'
import { asciiDigits } from '../base/dates.js'
import { dayOf } from '../base/time.js'
import { soundEmail } from '../language/addresses.js'
import { alpha2, alpha3, soundNumber } from '../language/countries.js'
import type { Country } from '../language/lists.js'
import { mapOf, type Reader, scalar, text, whole } from '../language/yaml.js'
import {
  gender,
  googleFamilyName,
  googleGivenName,
  googlePostcode,
  lower,
  metaCity,
  metaName,
  metaPostcode,
  metaRegion,
} from './people.js'

/** What a transform may know of the row beside its cell. */
export interface Row {
  /** Region of phone numbers: the customer's country, else the project's. */
  readonly region: Country
  /** The project's region, in which a number is read that is none in the customer's. */
  readonly home?: Country
  /** The customer's country in two letters, else the project's. */
  readonly country: string | undefined
}

/** The value in its new form, never called with an empty one; undefined: not in shape; empty: nothing to say. */
export type Step = (value: string, row: Row) => string | undefined

export interface Transform {
  readonly summary: string
  /** Reads the argument, in a profile `{ name: argument }`. */
  readonly argument?: Reader<unknown>
  readonly make: (argument: unknown) => Step
  /** Makes one text of a list; then it stands first. */
  readonly ofList?: (argument: unknown) => (members: readonly string[]) => string
  /** Looks at the customer's country. */
  readonly local?: true
}

const plain = (summary: string, step: Step, more: Pick<Transform, 'local'> = {}): Transform => ({
  summary,
  make: () => step,
  ...more,
})
const taking = <A>(argument: Reader<A>, summary: string, make: (argument: A) => Step): Transform => ({
  summary,
  argument,
  make: make as Transform['make'],
})
const listing = <A>(
  argument: Reader<A>,
  summary: string,
  ofList: (argument: A) => (members: readonly string[]) => string,
): Transform => ({
  summary,
  argument,
  make: () => (value) => value,
  ofList: ofList as (argument: unknown) => (members: readonly string[]) => string,
})

const soundIn: Step = (v, { region, home }) => soundNumber(v, region, home ?? region)

export const transforms = {
  trim: plain('no blanks at the ends', (v) => v.trim()),
  collapse: plain('runs of blanks as one', (v) => v.replace(/\s+/g, ' ').trim()),
  squeeze: plain('no blanks at all', (v) => v.replace(/\s+/g, '')),
  lower: plain('lower case, composed', lower),
  upper: plain('upper case, composed', (v) => v.normalize('NFC').toUpperCase().normalize('NFC')),
  digits: plain('digits alone', (v) => asciiDigits(v).replace(/[^0-9]/g, '')),
  alnum: plain('letters and digits alone, and `-` and `_`', (v) => v.replace(/[^\p{L}\p{N}_-]/gu, '')),
  'trim-dots': plain('no dots at the ends', (v) => (dotless(v) ? v : v.trim().replace(/^\.+|\.+$/g, ''))),
  'one-line': plain('line ends and tabs as blanks', (v) => v.replace(/[\r\n\t]+/g, ' ')),
  'no-quotes': plain('no double quotes', (v) => v.replaceAll('"', '')),
  'no-emoji': plain('no pictures', (v) => v.replace(/\p{Extended_Pictographic}|\u200d|\ufe0f/gu, '').trim()),
  truncate: taking(whole(1), 'at most so many characters', (n) => (v) => (v.length <= n ? v : [...v].slice(0, n).join(''))),
  'truncate-bytes': taking(whole(4), 'at most so many bytes of UTF-8', (n) => (v) => within(v, n)),
  map: taking(mapOf(text, 'values'), 'one value for another; `*` stands for every other', (pairs) => {
    const table = new Map([...pairs].map(([key, { value }]) => [lower(key), value]))
    const rest = table.get('*')
    return (v) => table.get(lower(v)) ?? rest
  }),
  email: plain('an e-mail address, lower case', soundEmail),
  'email-ascii': plain('an e-mail address in Latin letters alone, its domain as the network has it (`xn--…`)', (v) => {
    const address = soundEmail(v)
    if (address === undefined || isAscii(address)) return address
    const at = address.indexOf('@') + 1
    const domain = domainToASCII(address.slice(at))
    return domain !== '' && isAscii(address.slice(0, at)) ? address.slice(0, at) + domain : undefined
  }),
  'email-google': plain('an e-mail address; of gmail.com and googlemail.com without dots and `+…`, the domain kept', (v) => {
    const address = soundEmail(v) ?? soundEmail(v.replace(/\s+/g, ''))
    return address === undefined
      ? undefined
      : address.endsWith('@gmail.com') || address.endsWith('@googlemail.com')
        ? undotted(address)
        : address
  }),
  'email-undotted': plain('an e-mail address without dots and `+…`, whatever its domain', (v) => {
    const address = soundEmail(v)
    return address === undefined ? undefined : undotted(address)
  }),
  phone: plain('a phone number with `+` and its country code', soundIn, { local: true }),
  'phone-digits': plain('a phone number with its country code, digits alone', (v, row) => soundIn(v, row)?.slice(1), {
    local: true,
  }),
  'device-lower': plain('an advertising id, lower case', (v) => device(v)?.toLowerCase()),
  'device-upper': plain('an advertising id, upper case', (v) => device(v)?.toUpperCase()),
  handle: plain('a user name, lower case without `@`', (v) => lower(v.trim().replace(/^@/, ''))),
  'name-google-given': plain('a first name, lower case, no `mr.` or `dr.`', googleGivenName),
  'name-google-family': plain('a last name, lower case, no `jr.` or `phd`', googleFamilyName),
  'name-meta': plain('a name, lower case, no punctuation, no blanks', metaName),
  'city-meta': plain('a city, its letters in lower case', metaCity),
  'region-meta': plain(
    'a region, its letters in lower case; states of the USA by two letters',
    (v, row) => metaRegion(v, row.country),
    {
      local: true,
    },
  ),
  'postcode-meta': plain(
    'a postcode, lower case, no blanks, what stands before a dash',
    (v, row) => metaPostcode(v, row.country),
    {
      local: true,
    },
  ),
  'postcode-google': plain('a postcode; of the USA five digits or five and four', (v, row) => googlePostcode(v, row.country), {
    local: true,
  }),
  country: plain('a country by its two letters, upper case', alpha2),
  country3: plain('a country by its three letters, upper case', alpha3),
  gender: plain('`m` or `f`', gender),
  date: taking(
    scalar('a pattern such as `DD.MM.YYYY`', (v) => (typeof v === 'string' && /DD|MM|YYYY/.test(v) ? v : undefined)),
    'a date in this form: `YYYY YY MM DD hh mm ss`',
    dated,
  ),
  unix: plain('seconds since 1970; a day begins at 0:00 UTC', (v) => {
    const at = momentOf(v)
    if (at?.year === undefined) return undefined
    const offset = /(?:Z|[+-]\d\d:?\d\d)$/.test(v) && at.time ? Date.parse(v.replace(' ', 'T')) : Number.NaN
    return String(
      Math.floor((Number.isNaN(offset) ? Date.UTC(at.year, at.month - 1, at.day, at.hh, at.mm, at.ss) : offset) / 1000),
    )
  }),
  join: listing(text, 'a list as one text, with this between', (between) => (members) => members.join(between)),
  'join-append': listing(
    text,
    'a list as one text, with this before each',
    (before) => (members) => members.map((m) => before + m).join(''),
  ),
  'join-quoted': listing(
    text,
    'a list as one text, with this between; members that hold it stand in quotes',
    (between) => (members) => members.map((m) => (m.includes(between) ? `"${m.replaceAll('"', '')}"` : m)).join(between),
  ),
  'json-list': {
    summary: 'a list as JSON',
    make: () => (v: string) => v,
    ofList: () => (members: readonly string[]) => JSON.stringify(members),
  },
  hash: plain('SHA-256, or what `--param hash` says; stands last', (v) => v),
} as const satisfies Readonly<Record<string, Transform>>

export type TransformName = keyof typeof transforms
export const transformNames = Object.keys(transforms) as readonly TransformName[]

/** Ways of hashing, over the UTF-8 bytes of composed text, never salted: equal values must be equal in every tool. */
export const hashes = {
  none: undefined,
  sha256: (v: string): string => hash('sha256', v),
  'sha256-base64': (v: string): string => hash('sha256', v, 'base64'),
  md5: (v: string): string => hash('md5', v),
  sha1: (v: string): string => hash('sha1', v),
} as const satisfies Readonly<Record<string, ((value: string) => string) | undefined>>
export type HashName = keyof typeof hashes
export const hashNames = Object.keys(hashes) as readonly HashName[]

const hexLengths: Readonly<Partial<Record<HashName, number>>> = { sha256: 64, md5: 32, sha1: 40 }

/** Whether the value is one already hashed so: it is kept, in lower case. */
export const prehashed = (value: string, by: HashName): boolean => value.length === hexLengths[by] && /^[0-9a-fA-F]+$/.test(value)

const isAscii = (text: string): boolean => /^[!-~]*$/.test(text)

/** Neither blanks nor dots at its ends. */
const dotless = (v: string): boolean => isInner(v.charCodeAt(0)) && isInner(v.charCodeAt(v.length - 1))
const isInner = (code: number): boolean => code > 0x20 && code !== 0x2e && code < 0x7f

/** Undefined where nothing is left before the `@`. */
const undotted = (address: string): string | undefined => {
  const at = address.indexOf('@')
  const local = address.slice(0, at).replace(/\+.*$/, '').replaceAll('.', '')
  return local === '' ? undefined : local + address.slice(at)
}

const device = (value: string): string | undefined =>
  /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(value.trim()) && !/^[0-]+$/.test(value.trim()) ? value.trim() : undefined

function within(value: string, bytes: number): string {
  if (Buffer.byteLength(value) <= bytes) return value
  let kept = ''
  let used = 0
  for (const ch of value) {
    used += Buffer.byteLength(ch)
    if (used > bytes) break
    kept += ch
  }
  return kept
}

interface WrittenMoment {
  readonly year: number | undefined
  readonly month: number
  readonly day: number
  readonly hh: number
  readonly mm: number
  readonly ss: number
  readonly time: boolean
}

/** A date as cells have it: `2024-05-01`, with or without a time; `05-12` and `--05-12` have no year. */
function momentOf(value: string): WrittenMoment | undefined {
  const found = /^(?:(\d{4})-|--)?(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?.*)?$/.exec(value)
  if (found === null) return undefined
  const n = (i: number): number => Number(found[i] ?? 0)
  const year = found[1] === undefined ? undefined : n(1)
  if (dayOf(year ?? 4, n(2), n(3)) === undefined) return undefined
  return { year, month: n(2), day: n(3), hh: n(4), mm: n(5), ss: n(6), time: found[4] !== undefined }
}

function dated(pattern: string): Step {
  const parts = pattern.split(/(YYYY|YY|MM|DD|hh|mm|ss)/)
  const hasYear = pattern.includes('YY')
  return (value) => {
    const at = momentOf(value)
    if (at === undefined || (at.year === undefined && hasYear)) return undefined
    let text = ''
    for (const part of parts) text += written(part, at)
    return text
  }
}

/** A token of a pattern as the moment has it; what is none stays. */
function written(part: string, at: WrittenMoment): string {
  switch (part) {
    case 'YYYY':
      return String(at.year).padStart(4, '0')
    case 'YY':
      return two((at.year as number) % 100)
    case 'MM':
      return two(at.month)
    case 'DD':
      return two(at.day)
    case 'hh':
      return two(at.hh)
    case 'mm':
      return two(at.mm)
    case 'ss':
      return two(at.ss)
    default:
      return part
  }
}

const two = (n: number): string => (n < 10 ? `0${n}` : String(n))
