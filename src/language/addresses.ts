/** Addresses as they are compared: one is the same however it is written. Knows nothing of consent, lists or files. */
import { type Sql, sql } from '../base/sql.js'
import { fold } from '../base/text.js'
import { oneOfMany } from '../store/dialect.js'
import { foldedEmail } from '../store/forgotten.js'
import { regionOf } from './countries.js'
import { attributeValue } from './fields.js'
import type { Compiling } from './kind.js'
import { type Country, phone } from './phones.js'
import type { Value } from './value.js'

/** A number as people in the customer's country write it, else as in the project's; undefined where it is none in either. */
export function numberOf(text: string, own: string | null | undefined, project: Country): string | undefined {
  const region = regionOf(own, project)
  return phone(text, region) ?? (region === project ? undefined : phone(text, project))
}

export interface Written {
  /** Over customer `c`: the text, with what else it hangs on; null where he has none. */
  readonly text: Sql
  /** Of texts that are not their own form. */
  readonly forms: readonly (readonly [text: string, form: string])[]
}

/** Numbers, and of each text that is one its E.164 form. */
export function numbers(cx: Compiling): Written | undefined {
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
  const forms = cx
    .settle(sql`select distinct ${text} from customer_row c where ${value.shown} is not null`, () => true)
    .flatMap((t) => {
      const [number = '', own] = t.split(BETWEEN)
      const form = numberOf(number, own, cx.country)
      return form === undefined ? [] : [[t, form] as const]
    })
  return { text, forms }
}

/** E-mails in their comparable form; `forms` of those few in which something is not seen. */
export function emails(cx: Compiling): (Written & { readonly value: Value }) | undefined {
  const value = stored(cx, 'email')
  if (value === undefined) return undefined
  const forms = cx
    .settle(sql`select distinct email from customer_row where email glob '*[^!-~]*'`, (text) => foldedEmail(text) !== fold(text))
    .map((text) => [fold(text), foldedEmail(text)] as const)
  return { text: value.form, forms, value }
}

const BETWEEN = '\u001f'

const stored = (cx: Compiling, name: string): Value | undefined => {
  const field = cx.catalogue.own('customers', name)
  return field?.id === undefined ? undefined : attributeValue(cx, field)
}
