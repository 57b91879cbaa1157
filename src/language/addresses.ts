/** Addresses as they are compared: one is the same however it is written. Knows nothing of consent, lists or files. */
import { sql } from '../base/sql.js'
import { emailsIn, isOneNumber, phonesWithin, seen } from '../base/written.js'
import { oneOfMany } from '../store/dialect.js'
import { foldedEmail } from '../store/forgotten.js'
import { numberOf, regionOf } from './countries.js'
import { attributeValue } from './fields.js'
import type { Compiling } from './kind.js'
import type { Formed, Value } from './value.js'

/** The number of customer `c` by its E.164 form; undefined where the project has no such field. */
export function number(cx: Compiling): Formed | undefined {
  const value = stored(cx, 'phone')
  if (value === undefined) return undefined
  const country = stored(cx, 'country')
  const abroad =
    country === undefined
      ? []
      : cx.settle(
          sql`select distinct country from customer_row where country is not null`,
          (text) => regionOf(text, cx.country) !== cx.country,
        )
  const text =
    country === undefined || abroad.length === 0
      ? value.shown
      : sql`case when ${country.shown} in ${oneOfMany(abroad)} then ${value.shown} || char(31) || ${country.shown} else ${value.shown} end`
  return cx.formed({
    text,
    form(t) {
      const at = t.indexOf(BETWEEN)
      return at < 0 ? numberOf(t, undefined, cx.country) : numberOf(t.slice(0, at), t.slice(at + 1), cx.country)
    },
    others(t) {
      if (isOneNumber(t)) return none
      const [cell = '', own] = t.split(BETWEEN)
      return phonesWithin(cell).flatMap((part) => numberOf(part, own, cx.country) ?? [])
    },
  })
}

/** The e-mail of customer `c` in lower case, without what is not seen or stands around it; undefined where the project has no such field. */
export function email(cx: Compiling): Formed | undefined {
  const value = stored(cx, 'email')
  if (value === undefined) return undefined
  return cx.formed({
    text: value.shown,
    form(t) {
      const plain = plainEmail(t)
      return plain !== undefined && !plain.includes('--') ? plain : (emailsOf(t)[0] ?? foldedEmail(t))
    },
    others: (t) => (plainEmail(t) !== undefined ? none : emailsOf(t).slice(1)),
    plain: {
      where: sql`${value.shown} is null or (${value.shown} not glob '*[^-A-Za-z0-9_+.@]*' and ${value.shown} not glob '*--*' and ${value.shown} not glob '*.' and ${value.shown} not glob '*@*@*')`,
      form: value.form,
    },
  })
}

/** One `@`, a domain of two or more parts, no blanks and nothing that stands between addresses. */
export const isEmail = (text: string): boolean => plainEmail(text) !== undefined || anyEmail.test(text)

/** The address as a tool is told it, in lower case, without what is not seen and without quotes around it; undefined where it is none. */
export function soundEmail(text: string): string | undefined {
  const plain = plainEmail(text)
  if (plain !== undefined) return plain
  const address = seen(text)
  return isEmail(address) ? address : undefined
}

const BETWEEN = '\u001f'
const none: readonly string[] = []

const stored = (cx: Compiling, name: string): Value | undefined => {
  const field = cx.catalogue.own('customers', name)
  return field?.id === undefined ? undefined : attributeValue(cx, field)
}

const anyEmail = /^[^\s@,;:<>()[\]"\\]+@[^\s@.,;:<>()[\]"\\]+(?:\.[^\s@.,;:<>()[\]"\\]+)+$/u

const letter = /[A-Za-z0-9_+-]/
/** By code: 1 a sign that any part of an address may have, 2 a dot, 3 the `@`. */
const signs = Uint8Array.from({ length: 128 }, (_, code) =>
  letter.test(String.fromCharCode(code)) ? 1 : code === 0x2e ? 2 : code === 0x40 ? 3 : 0,
)

/** Most addresses in lower case, told in one pass: ASCII letters, digits and `_+-.`, one `@`, a domain of two or more parts. */
export function plainEmail(text: string): string | undefined {
  if (text === last.text) return last.plain
  last = { text, plain: isPlainEmail(text) ? text.toLowerCase() : undefined, all: undefined }
  return last.plain
}

function emailsOf(text: string): readonly string[] {
  plainEmail(text)
  last.all ??= emailsIn(text)
  return last.all
}

/** An address is often asked for again: whose it is, whether it is one, how a tool is told it. */
let last: { readonly text: string; readonly plain: string | undefined; all: readonly string[] | undefined } = {
  text: '',
  plain: undefined,
  all: undefined,
}

function isPlainEmail(v: string): boolean {
  let at = -1
  let dot = -1
  for (let i = 0; i < v.length; i++) {
    const code = v.charCodeAt(i)
    const sign = code < 128 ? signs[code] : 0
    if (sign === 1) continue
    if (sign === 0) return false
    if (sign === 3) {
      if (at >= 0 || i === 0) return false
      at = i
    } else if (at >= 0) {
      if (dot === i - 1 || at === i - 1) return false
      dot = i
    }
  }
  return at > 0 && dot > at && dot < v.length - 1
}
