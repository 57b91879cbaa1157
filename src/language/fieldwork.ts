/** What a definition may name: sources, events, segments, metrics and the fields of each; and what is told where it is not there. */
import type { Problems, Span, Spanned } from '../base/problem.js'
import { suggest } from '../base/text.js'
import type { Day } from '../base/time.js'
import type { Catalogue } from '../store/catalogue.js'
import type { FieldType } from '../store/sources.js'
import { aType } from './compare.js'
import type { Footing, RowSource } from './fields.js'
import { checkFilter, type Fieldwork, type Filter, fieldHelp, fieldsOf, sayFilter } from './filter.js'
import type { RowsRef } from './rows.js'
import type { Wording } from './words/index.js'

/** What the occurrences of an event are: rows of a source, or receipts of lines, or days alone. */
export interface Grain {
  readonly on: Footing
  readonly per?: 'order'
}

/** What a checker must know of the project's other definitions. */
export interface Names {
  readonly catalogue: Catalogue
  readonly asOf: Day
  readonly metrics: ReadonlyMap<string, FieldType>
  readonly events: ReadonlyMap<string, Grain>
  readonly segments: ReadonlySet<string>
  /** Names that are defined, but broken: they are known, and their own problems are told elsewhere. */
  readonly broken: ReadonlySet<string>
}

/** Another definition that a definition stands on. */
export interface Use extends Spanned<string> {
  readonly kind: 'segment' | 'event' | 'metric'
}
export const uses = (kind: Use['kind'], names: readonly Spanned<string>[]): readonly Use[] => names.map((n) => ({ ...n, kind }))

/** `SOURCE`, `EVENT`, `SOURCE.field` or `EVENT.field`, as written. */
export interface Target {
  readonly on: string
  readonly field?: string
  readonly span: Span
}

const rowSources: readonly string[] = ['orders', 'items', 'activities']
export const onOf = (on: string): RowsRef['on'] => (rowSources.includes(on) ? { source: on as RowSource } : { event: on })

/** The fields of what a target stands on, told where there is no such source or event. */
export function fieldworkOf(
  target: Target,
  names: Names,
  problems: Problems,
): { readonly work: Fieldwork; readonly source: Footing } | undefined {
  if (rowSources.includes(target.on))
    return { work: fieldsOf(names.catalogue, target.on as RowSource), source: target.on as RowSource }
  const event = names.events.get(target.on)
  if (event !== undefined) return { work: occurrenceFieldwork(names.catalogue, target.on, event), source: event.on }
  if (names.broken.has(target.on)) return undefined
  const rows = target.on.slice(0, target.on.lastIndexOf('.'))
  const help =
    rowSources.includes(rows) || names.events.has(rows)
      ? `this kind looks at rows, not at a field of them: write \`${rows}\``
      : suggest(target.on, [...rowSources, ...names.events.keys()], 'sources and events')
  return problems.error('unknown-event', `no source or event \`${target.on}\``, {
    span: target.span,
    ...(help !== undefined && { help }),
  })
}

/** Fields of an occurrence beyond those of its row. */
const occurrenceTypes: Readonly<Record<string, FieldType>> = { number: 'number', gap: 'number' }
const dayTypes: Readonly<Record<string, FieldType>> = { at: 'moment', ...occurrenceTypes }

export const grainFieldwork = (catalogue: Catalogue, { on }: Grain): Fieldwork =>
  on === 'days'
    ? {
        what: 'an event that stands on no row',
        typeOf: (field) => dayTypes[field] ?? 'missing',
        names: () => Object.keys(dayTypes),
        numeric: () => false,
        help: () => 'its occurrences have a day and nothing else',
      }
    : fieldsOf(catalogue, on, occurrenceTypes)

const occurrenceFieldwork = (catalogue: Catalogue, name: string, grain: Grain): Fieldwork => ({
  ...grainFieldwork(catalogue, grain),
  what: `event \`${name}\``,
})

export function checkContaining(
  source: Footing,
  filters: readonly Filter[],
  span: Span,
  catalogue: Catalogue,
  asOf: Day,
  problems: Problems,
): void {
  if (filters.length > 0 && (source === 'activities' || source === 'days'))
    problems.error('no-items', `\`containing\` and \`without\` look at the items of an order; ${source} have none`, { span })
  for (const f of filters) checkFilter(f, fieldsOf(catalogue, 'items'), asOf, problems)
}

export const sayContaining = (
  b: { readonly containing?: readonly Filter[]; readonly without?: readonly Filter[] },
  w: Wording,
): string =>
  w.all([
    ...(b.containing ?? []).map((f) => w.containing(sayFilter(f, w))),
    ...(b.without ?? []).map((f) => w.without(sayFilter(f, w))),
  ])

/** Whether a field is there; told where it is not. */
export function checkField(field: Spanned<string>, fields: Fieldwork, problems: Problems): FieldType | undefined {
  const type = fields.typeOf(field.value)
  if (type !== 'missing' && type !== 'doubtful') return type
  const more = { span: field.span, label: `not a field of ${fields.what}`, help: fieldHelp(field.value, fields) }
  if (type === 'missing') problems.error('unknown-field', `no field \`${field.value}\` in ${fields.what}`, more)
  else problems.warn('unknown-field', `no field \`${field.value}\` in ${fields.what} so far`, more)
  return type === 'missing' ? undefined : 'text'
}

/** The type of an attribute or metric; told where there is none of that name. */
export function customerType(name: string, span: Span, names: Names, problems: Problems): FieldType | undefined {
  const type = names.catalogue.own('customers', name)?.type ?? names.metrics.get(name)
  if (type !== undefined || names.broken.has(name)) return type
  const known = [...names.catalogue.fields('customers').map((f) => f.name), ...names.metrics.keys()]
  const help = suggest(name, known, 'attributes and metrics')
  const more = { span, label: 'not a field of customers', ...(help !== undefined && { help }) }
  if (names.catalogue.loaded) return problems.error('unknown-attribute', `no attribute or metric \`${name}\``, more)
  problems.warn('unknown-attribute', `no attribute or metric \`${name}\` so far`, more)
  return undefined
}

/** Tells what is wrong with a name that must be a date's. */
export function checkDate(of: Spanned<string>, what: string, names: Names, problems: Problems): void {
  const type = customerType(of.value, of.span, names, problems)
  if (type === undefined || type === 'date' || type === 'moment') return
  problems.error('wrong-type', `${what} needs a date; \`${of.value}\` is ${aType(type)}`, { span: of.span })
}

/** Tells what segments are named that are not there. */
export function checkSegments(segments: readonly Spanned<string>[], names: Names, problems: Problems): void {
  for (const { value, span } of segments) {
    if (names.segments.has(value) || names.broken.has(value)) continue
    const help = names.events.has(value)
      ? `\`${value}\` is an event: write \`performed: { event: ${value} }\``
      : suggest(value, [...names.segments], 'segments')
    problems.error('unknown-segment', `no segment \`${value}\``, { span, ...(help !== undefined && { help }) })
  }
}
