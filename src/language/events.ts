/** Events: rules that yield occurrences. Each kind of choosing among the rows is one entry. */
import type { Problems, Span, Spanned } from '../base/problem.js'
import { int, type Sql, sql } from '../base/sql.js'
import type { Day } from '../base/time.js'
import type { Catalogue } from '../store/catalogue.js'
import type { FieldType } from '../store/sources.js'
import type { RowSource } from './fields.js'
import { checkFilter, type Fieldwork, type Filter, fieldHelp, fieldsOf, filter, sayFilter } from './filter.js'
import { listOf, oneOf, optional, type Read, type Reader, shape, spanned, text, whole, word } from './yaml.js'

export interface Event {
  readonly name: string
  readonly on: RowSource
  readonly where: readonly Filter[]
  readonly containing: readonly Filter[]
  readonly without: readonly Filter[]
  readonly per?: 'order'
  readonly capture: readonly string[]
  /** Chooses among the rows, given as a query with their order; absent: every row. It adds `_ident`. */
  readonly pick?: (rows: Sql, order: string) => Sql
  readonly say: string
}

interface EventKind<Body> {
  readonly summary: string
  readonly example: string
  readonly reads: Reader<Body>
  pick(rows: Sql, order: string, body: Body): Sql
  say(body: Body, what: string): string
}
const eventKind = <Body>(k: EventKind<Body>): EventKind<Body> => k

const ordinal = (n: number): string => `${n}${n % 100 >= 11 && n % 100 <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th')}`

/** Rows chosen by their ordinal among the customer's, by which they are known. */
const numbered = (rows: Sql, order: string, chosen: Sql): Sql =>
  sql`select n.*, 'n' || n._nth as _ident from (select q.*, row_number() over (partition by q._customer order by ${{ text: order, params: [] }}) as _nth from (${rows}) q) n where ${chosen}`

/** Ways to choose among the rows that pass; at most one in an event. */
export const eventKinds = {
  nth: eventKind({
    summary: "at the customer's n-th such row",
    example: '{ on: orders, nth: 3 }',
    reads: whole(1),
    pick: (rows, order, n) => numbered(rows, order, sql`n._nth = ${int(n)}`),
    say: (n, what) => `the ${ordinal(n)} time: ${what}`,
  }),
  every_nth: eventKind({
    summary: "at the customer's n-th, 2n-th, 3n-th … such row",
    example: '{ on: orders, every_nth: 10 }',
    reads: whole(1),
    pick: (rows, order, n) => numbered(rows, order, sql`n._nth % ${int(n)} = 0`),
    say: (n, what) => `every ${ordinal(n)} time: ${what}`,
  }),
} as const

const kindTable = eventKinds as unknown as Readonly<Record<string, EventKind<unknown>>>
const kindReaders = Object.fromEntries(Object.entries(kindTable).map(([name, k]) => [name, optional(k.reads)]))

const sourceWords = ['orders', 'items', 'activities'] as const
export const rowSource = oneOf(...sourceWords)

/** What every definition may say about itself. */
export const described = {
  title: optional(text),
  description: optional(text),
  owner: optional(word),
  tags: optional(listOf(word)),
}

const fields = {
  on: spanned(rowSource),
  where: optional(filter),
  containing: optional(listOf(filter)),
  without: optional(listOf(filter)),
  per: optional(spanned(oneOf('order'))),
  capture: optional(listOf(spanned(word))),
  ...described,
}

/** The body of an event as it stands in YAML. */
export const eventBody = shape({ ...fields, ...kindReaders }) as Reader<
  Read<ReturnType<typeof shape<typeof fields>>> & Readonly<Record<string, unknown>>
> & {
  readonly keys: readonly string[]
}
export interface Description {
  readonly title?: string
  readonly description?: string
  readonly owner?: string
  readonly tags?: readonly string[]
}
export type EventBody = Read<typeof eventBody>

/** Fields of an occurrence beyond those of its row. */
export const occurrenceTypes: Readonly<Record<string, FieldType>> = { number: 'number', gap: 'number' }

export const occurrenceFieldwork = (
  catalogue: Catalogue,
  event: { readonly name: string; readonly on: RowSource },
): Fieldwork => ({
  ...fieldsOf(catalogue, event.on, occurrenceTypes),
  what: `event \`${event.name}\``,
})

/** Tells what is wrong with an event that was read. */
export function checkEvent(body: EventBody, span: Span, catalogue: Catalogue, asOf: Day, problems: Problems): void {
  const rows = fieldsOf(catalogue, body.on.value)
  if (body.where !== undefined) checkFilter(body.where, rows, asOf, problems)
  checkContaining(body.on.value, [...(body.containing ?? []), ...(body.without ?? [])], span, catalogue, asOf, problems)
  const kinds = Object.keys(kindTable).filter((k) => body[k] !== undefined)
  if (kinds.length > 1)
    problems.error('two-kinds', `an event is of one kind; here are ${kinds.map((k) => `\`${k}\``).join(' and ')}`, {
      span,
      help: 'make two events of it',
    })
  if (body.per !== undefined && body.on.value !== 'items')
    problems.error('per-order', '`per: order` is for events on items', {
      span: body.per.span,
      help: 'leave it out, or write `on: items`',
    })
  for (const c of body.capture ?? []) checkField(c, { ...fieldsOf(catalogue, body.on.value, occurrenceTypes) }, problems)
}

export function checkContaining(
  source: RowSource,
  filters: readonly Filter[],
  span: Span,
  catalogue: Catalogue,
  asOf: Day,
  problems: Problems,
): void {
  if (filters.length > 0 && source === 'activities')
    problems.error('no-items', '`containing` and `without` look at the items of an order; activities have none', { span })
  for (const f of filters) checkFilter(f, fieldsOf(catalogue, 'items'), asOf, problems)
}

/** Whether a field is there; told where it is not. */
export function checkField(field: Spanned<string>, fields: Fieldwork, problems: Problems): FieldType | undefined {
  const type = fields.typeOf(field.value)
  if (type !== 'missing' && type !== 'doubtful') return type
  const more = { span: field.span, label: `not a field of ${fields.what}`, help: fieldHelp(field.value, fields) }
  if (type === 'missing') problems.error('unknown-field', `no field \`${field.value}\` in ${fields.what}`, more)
  else problems.warn('unknown-field', `no field \`${field.value}\` in ${fields.what} so far`, more)
  return type === 'missing' ? undefined : 'text'
}

/** The sound event of a body that was checked. */
export function makeEvent(name: string, body: EventBody): Event {
  const kind = Object.keys(kindTable).find((k) => body[k] !== undefined)
  const what = [
    noun[body.on.value],
    body.where === undefined ? '' : `where ${sayFilter(body.where)}`,
    body.per === undefined ? '' : 'once an order',
  ]
    .filter((s) => s !== '')
    .join(' ')
  return {
    name,
    on: body.on.value,
    where: body.where === undefined ? [] : [body.where],
    containing: body.containing ?? [],
    without: body.without ?? [],
    capture: (body.capture ?? []).map((c) => c.value),
    say: kind === undefined ? what : (kindTable[kind] as EventKind<unknown>).say(body[kind], what),
    ...(body.per !== undefined && { per: 'order' as const }),
    ...(kind !== undefined && {
      pick: (rows: Sql, order: string) => (kindTable[kind] as EventKind<unknown>).pick(rows, order, body[kind]),
    }),
  }
}
const noun: Readonly<Record<RowSource, string>> = { orders: 'an order', items: 'an item', activities: 'an activity' }
