/** Values that definitions name and that occur nowhere in the loaded data, with the one that may be meant. */
import type { Problem } from '../base/problem.js'
import { col, int, sql } from '../base/sql.js'
import { fold, nearest, suggest } from '../base/text.js'
import type { Definition } from '../language/definitions.js'
import { type RowSource, tables } from '../language/fields.js'
import { type FieldMention, valuesOf } from '../language/mentions.js'
import type { Field } from '../store/catalogue.js'
import { listMembers } from '../store/forms.js'
import { knownFields, weekdays } from '../store/sources.js'
import type { Setting } from './compiler.js'
import { mentionsIn } from './doubts.js'

/** Finds them, one definition at a time; what occurs in a field is looked up once. */
export function strangersIn(setting: Setting): (definition: Definition) => readonly Problem[] {
  const known = new Map<Field, Occurring | undefined>()
  const occurring = (field: Field): Occurring | undefined => {
    if (!known.has(field)) known.set(field, occurringIn(setting, field))
    return known.get(field)
  }
  return (definition) =>
    mentionsIn(definition).fields.flatMap((m) => {
      const field = fieldOf(setting, m)
      const there = field === undefined ? undefined : occurring(field)
      return field === undefined || there === undefined ? [] : missing(m, field, there)
    })
}

interface Occurring {
  /** The folded forms of all values. */
  readonly forms: ReadonlySet<string>
  /** The values that a message may show. */
  readonly shown: readonly string[]
}

/** More values than this are looked through for a near one no more; longer ones are no values but prose. */
const MANY = 20_000
const LONGEST = 60

function missing(m: FieldMention, field: Field, { forms, shown }: Occurring): readonly Problem[] {
  return valuesOf(m.test).flatMap(({ value: { text }, span, as }) => {
    const wanted = fold(text.trim())
    if (forms.has(wanted)) return []
    const meant = zeroTwin(wanted, shown) ?? nearest(text, shown.length > MANY ? [] : shown)
    // What is kept out may well not have come yet, unless it looks like a slip.
    if (as === 'unwanted' && meant === undefined) return []
    const seeFields = `\`segkit fields ${field.source}\` shows the commonest values`
    return [
      {
        code: 'never-occurs',
        severity: 'warning',
        message: `\`${text}\` never occurs in \`${field.name}\` of the loaded ${field.source}`,
        span,
        help: meant === undefined ? (suggest(text, shown, 'it has') ?? seeFields) : didYouMean(meant, wanted),
      },
    ]
  })
}

const unpadded = (text: string): string => text.replace(/^0+(?=\d)/, '')

/** The value that is the same but for leading zeros, which programs like to drop. */
const zeroTwin = (wanted: string, shown: readonly string[]): string | undefined =>
  /^\d+$/.test(wanted) ? shown.find((text) => /^\d+$/.test(text) && unpadded(text) === unpadded(wanted)) : undefined

const didYouMean = (meant: string, wanted: string): string =>
  /^\d+$/.test(wanted) && unpadded(meant) === unpadded(wanted)
    ? `did you mean \`${meant}\`? the leading zeros make a difference`
    : `did you mean \`${meant}\`?`

/** Fields that hold people and keys: their values belong into no message. */
const personal = /^(?:customer|order|id|line|email|phone|birth_date|.*_name)$/

/** The field whose values are compared, where these can be told apart as texts. */
function fieldOf(setting: Setting, { on, field: name }: FieldMention): Field | undefined {
  const field = on === 'customers' ? attributeOrCell(setting, name) : rowField(setting, on, name)
  if (field === undefined || personal.test(field.name)) return undefined
  return field.type === 'text' || field.type === 'list' || field.name === 'sku' ? field : undefined
}

const rowField = (setting: Setting, on: string, name: string): Field | undefined => {
  const source = sourceOf(setting, on)
  return source === undefined ? undefined : setting.catalogue.find(source, name)
}

/** An attribute; or the field that a metric shows a cell of. */
function attributeOrCell(setting: Setting, name: string): Field | undefined {
  const own = setting.catalogue.own('customers', name)
  const spec = own === undefined ? setting.definitions.metrics.get(name)?.spec : undefined
  if (spec === undefined || !['favourite', 'first', 'latest'].includes(spec.kind)) return own
  const target: { readonly on?: string; readonly field?: string } = 'target' in spec.body ? spec.body.target : {}
  return target.on === undefined || target.field === undefined ? undefined : rowField(setting, target.on, target.field)
}

/** The source of the rows that a definition speaks of: its own, or its event's. */
export function sourceOf(setting: Setting, on: string): RowSource | undefined {
  if (Object.hasOwn(tables, on)) return on as RowSource
  const event = setting.definitions.events.get(on)?.event as { readonly on?: string } | undefined
  return event?.on !== undefined && Object.hasOwn(tables, event.on) ? (event.on as RowSource) : undefined
}

const goodFields = ['sku', 'product', 'category', 'brand']

/** Undefined where the field has no values of its own to look at. */
function occurringIn({ store }: Setting, field: Field): Occurring | undefined {
  if (field.derived) return field.name === 'weekday' ? { forms: new Set(weekdays), shown: weekdays } : undefined
  const column = col('r', field.name)
  const cells = (table: string): readonly (readonly [cell: string, rows: number])[] =>
    store.row(sql`select 1 from pragma_table_info(${table}) where name = ${field.name}`) === undefined
      ? []
      : (store.rows(
          sql`select ${column}, count(*) from ${{ text: table, params: [] }} r where ${column} is not null group by 1`,
        ) as readonly (readonly [string, number])[])
  if (field.source === 'customers') {
    const separator = typeof field.declared === 'object' ? field.declared.list : undefined
    // A column of the shop's own may hold anything: what only one person has might tell who it is.
    const shared = Object.hasOwn(knownFields('customers'), field.name) || separator !== undefined ? 1 : 2
    const values = cells('customer_row').map(
      ([cell, n]) => [separator === undefined ? [cell] : listMembers(cell, separator), n] as const,
    )
    return occurring(
      values.flatMap(([texts]) => texts),
      values.flatMap(([texts, n]) => (n >= shared ? texts : [])),
    )
  }
  const texts =
    field.source === 'products' || goodFields.includes(field.name)
      ? [...cells('product_row'), ...(goodFields.includes(field.name) ? cells('good_row') : [])]
      : field.id === undefined
        ? []
        : store.rows(sql`select text from text_row where field = ${int(field.id)}`)
  const all = texts.map(([text]) => String(text)).filter((text) => text !== '')
  return occurring(all, all)
}

const occurring = (all: readonly string[], shown: readonly string[]): Occurring | undefined =>
  all.length === 0
    ? undefined
    : { forms: new Set(all.map((t) => fold(t.trim()))), shown: [...new Set(shown)].filter((t) => t.length <= LONGEST) }
