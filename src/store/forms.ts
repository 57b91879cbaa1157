/**
 * The comparable form of a cell: what conditions look at instead of the text as it was written.
 * Text folds; a number is a double (15 digits are exact in it); a date is its local day; a list is its folded
 * members between separators, so that one search finds a member; a boolean is 0 or 1.
 */

import { asciiDigits, dayReader } from '../base/dates.js'
import { fold } from '../base/text.js'
import { dayOf, type Zone } from '../base/time.js'
import type { DeclaredType, FieldType } from './sources.js'

/** What all cells of a field can be read as: bits of `field_row.fits`. */
export const fits = { boolean: 1, number: 2, date: 4, all: 7 } as const

const booleans: ReadonlyMap<string, 0 | 1> = new Map([
  ['true', 1],
  ['yes', 1],
  ['да', 1],
  ['false', 0],
  ['no', 0],
  ['нет', 0],
])

/** Stands around every member of a list in its comparable form. */
export const listMark = '\u001f'

/** The narrowest type that the bits allow: boolean, number, date, text. */
export const inferred = (bits: number): 'boolean' | 'number' | 'date' | 'text' =>
  bits === fits.all
    ? 'text'
    : bits & fits.boolean
      ? 'boolean'
      : bits & fits.number
        ? 'number'
        : bits & fits.date
          ? 'date'
          : 'text'

export const declaredType = (declared: DeclaredType): FieldType =>
  typeof declared === 'object' ? 'list' : declared === 'integer' ? 'text' : declared

export function readBoolean(cell: string): 0 | 1 | undefined {
  return cell.length <= 5 ? booleans.get(fold(cell)) : undefined
}

/** Declared booleans may be written `1` and `0` too. */
export const readDeclaredBoolean = (cell: string): 0 | 1 | undefined => (cell === '1' ? 1 : cell === '0' ? 0 : readBoolean(cell))

const numberShape = /^[+-]?(?:0|[1-9]\d*)?(?:\.\d+)?$/
const foreignDigit = /[^\u0000-\u007f]/

/** A plain number: a sign, digits, at most one decimal point; no exponent, no leading zero, at most 15 digits. */
export function readNumber(cell: string): number | undefined {
  const plain = foreignDigit.test(cell) ? asciiDigits(cell) : cell
  if (!numberShape.test(plain)) return undefined
  let digits = 0
  for (let i = 0; i < plain.length; i++) if (plain.charCodeAt(i) >= 0x30) digits++
  return digits === 0 || digits > 15 ? undefined : Number(plain)
}

/** How many decimals a plain number is written with. */
export const decimalsOf = (cell: string): number => {
  const point = cell.indexOf('.')
  return point < 0 ? 0 : cell.length - point - 1
}

/** A date without a year, `--05-12` or `05-12`, is that day of the year 0: before every real date, so that it has an anniversary but no age. */
export const firstRealDay = dayOf(1, 1, 1) as number
const yearless = /^(?:--)?(\d{2})-(\d{2})$/

const readYearless = (cell: string): number | undefined => {
  const found = yearless.exec(cell)
  const inYearFour = found === null ? undefined : dayOf(4, Number(found[1]), Number(found[2]))
  return inYearFour === undefined ? undefined : inYearFour - 1461 // the days of the years 0 to 3
}

/** The members of a list cell, trimmed, empty ones dropped. */
export const listMembers = (cell: string, separator: string): readonly string[] =>
  cell
    .split(separator)
    .map((m) => m.trim())
    .filter((m) => m !== '')

export interface Forms {
  /** Which of boolean, number and date one cell (trimmed, not empty) can be: bits of `fits`. */
  fitsOf(cell: string): number
  /** The comparable form of a cell as the field's type has it; null where the cell is unknown or no such value. */
  formOf(cell: string | null, type: FieldType, declared?: DeclaredType): string | number | null
}

/** `dates` is the named format that the source's date cells are written in, besides ISO. */
export function forms(zone: Zone, dates?: string): Forms {
  const iso = dayReader(undefined, zone)
  const named = dates === undefined ? undefined : dayReader(dates, zone)
  const readDay = (cell: string): number | undefined => named?.(cell) ?? iso(cell) ?? readYearless(cell)
  return {
    fitsOf(cell) {
      const code = cell.charCodeAt(0)
      if (code > 0x39 && code < 0x80) return readBoolean(cell) === undefined ? 0 : fits.boolean
      return (
        (readBoolean(cell) === undefined ? 0 : fits.boolean) |
        (readNumber(cell) === undefined ? 0 : fits.number) |
        (iso(cell) === undefined ? 0 : fits.date)
      )
    },
    formOf(cell, type, declared) {
      if (cell === null || cell === '') return null
      switch (type) {
        case 'text':
        case 'key':
        case 'moment':
          return fold(cell)
        case 'number':
          return readNumber(cell) ?? null
        case 'boolean':
          return readDeclaredBoolean(cell) ?? null
        case 'date':
          return readDay(cell) ?? null
        case 'list': {
          const members = listMembers(cell, typeof declared === 'object' ? declared.list : ';')
          return members.length === 0 ? null : `${listMark}${members.map(fold).join(listMark)}${listMark}`
        }
      }
    },
  }
}
