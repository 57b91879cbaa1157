/** Addresses as they are compared: one is the same however it is written. Knows nothing of consent, lists or files. */
import { type Sql, sql } from '../base/sql.js'
import { oneOfMany } from '../store/dialect.js'
import { foldedEmail } from '../store/forgotten.js'
import { numberOf, regionOf } from './countries.js'
import { attributeValue } from './fields.js'
import type { Compiling } from './kind.js'
import type { Value } from './value.js'

/** The E-mail or number of customer `c` in the form in which it is compared; undefined where the project has no such field. */
export function number(cx: Compiling): Sql | undefined {
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
  return cx.formOf(text, sql`${value.shown} is not null`, (t) => {
    const at = t.indexOf(BETWEEN)
    return at < 0 ? numberOf(t, undefined, cx.country) : numberOf(t.slice(0, at), t.slice(at + 1), cx.country)
  })
}

/** The same of an e-mail: in lower case, and without what is not seen where there is any. */
export function email(cx: Compiling): Sql | undefined {
  const value = stored(cx, 'email')
  if (value === undefined) return undefined
  const odd = sql`${value.shown} glob '*[^!-~]*'`
  const folded = cx.formOf(value.shown, odd, foldedEmail)
  return sql`case when ${odd} then ${folded} else ${value.form} end`
}

const BETWEEN = '\u001f'

const stored = (cx: Compiling, name: string): Value | undefined => {
  const field = cx.catalogue.own('customers', name)
  return field?.id === undefined ? undefined : attributeValue(cx, field)
}
