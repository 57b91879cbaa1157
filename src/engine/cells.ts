/** Values on their way out: what SQL hands over for one, and the cell that leaves. */
import { formatScaled, parseScaled, trimScaled } from '../base/decimal.js'
import { int, type Sql, sql } from '../base/sql.js'
import type { Value } from '../language/value.js'
import { isoDay } from '../store/dialect.js'
import { firstRealDay, listMembers } from '../store/forms.js'

/** A number that keeps its digits. */
export interface Digits {
  readonly decimal: string
}
export type OutCell = string | boolean | null | Digits | readonly string[]

/** The expression to select for a value, to be read by `cellOf`. */
export function outSql(value: Value): Sql {
  switch (value.type) {
    case 'number':
      return value.scale === undefined ? value.shown : sql`cast(${value.form} as text)`
    case 'boolean':
      return value.form
    case 'date':
      return sql`case when ${value.shown} glob '____-__-__*' or ${value.form} is null or ${value.form} < ${int(firstRealDay)} then ${value.shown} else ${isoDay(value.form)} end`
    default:
      return value.shown
  }
}

export function cellOf(value: Value, raw: unknown): OutCell {
  if (raw === null || raw === undefined) return null
  switch (value.type) {
    case 'number':
      return numberCell(value, String(raw))
    case 'boolean':
      return Number(raw) === 1
    case 'list':
      return listMembers(String(raw), value.separator ?? ';')
    default:
      return String(raw)
  }
}

const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/

function numberCell(value: Value, raw: string): OutCell {
  if (value.scale !== undefined) {
    const units = BigInt(raw)
    return { decimal: value.divided ? trimScaled(units, value.scale) : formatScaled(units, value.scale) }
  }
  if (value.written) return jsonNumber.test(raw) ? { decimal: raw } : raw
  const parsed = parseScaled(raw)
  if (parsed === undefined) return raw
  const scale = Math.max(parsed.scale, value.decimals ?? 0)
  return { decimal: formatScaled(parsed.units * 10n ** BigInt(scale - parsed.scale), scale) }
}
