/** Tests inside definitions: the rows of a customer as an analyst writes them, and what is to come out on a day. Evaluates nothing. */
import { isMap, isScalar, isSeq } from 'yaml'
import { momentReader } from '../base/dates.js'
import type { Problems, Span, Spanned } from '../base/problem.js'
import { nearest } from '../base/text.js'
import { type Day, formatDay, openZone, parseDay, parseDayRef, type Zone } from '../base/time.js'
import { misfit } from '../ingest/texts.js'
import type { Catalogue, Field } from '../store/catalogue.js'
import { forms } from '../store/forms.js'
import type { SourceName } from '../store/sources.js'
import { anyScalar, oneOfThese, orParameter, type Schema } from './jsonschema.js'
import {
  type At,
  deref,
  entries,
  flag,
  listOf,
  mapped,
  once,
  optional,
  pairs,
  type Read,
  type Reader,
  refuse,
  scalar,
  schemaOf,
  shape,
  spanned,
  text,
  written,
} from './yaml.js'

/** A cell as written; a list has several texts, an empty one none. */
export interface Cell {
  readonly texts: readonly string[]
  readonly keySpan: Span
  readonly span: Span
}
export interface Row {
  readonly cells: ReadonlyMap<string, Cell>
  readonly span: Span
}
export interface OrderRow extends Row {
  readonly items: readonly Row[]
}
/** A customer with all rows of his. */
export interface Person {
  readonly customer: Row
  readonly orders: readonly OrderRow[]
  readonly activities: readonly Row[]
}

export type Expected =
  | { readonly kind: 'member'; readonly member: boolean; readonly span: Span }
  | { readonly kind: 'occurrences'; readonly at: readonly Spanned<string>[]; readonly span: Span }
  /** Null: unknown. */
  | { readonly kind: 'value'; readonly value: string | null; readonly span: Span }

/** One test: on day `asOf`, of these people and products, what comes out for the first. */
export interface Example {
  readonly name: string
  readonly asOf: Day
  readonly person: Person
  readonly others: readonly Person[]
  readonly products: readonly Row[]
  readonly expected: Expected
  readonly span: Span
}

const UTC = openZone('UTC') as Zone
const readIso = momentReader(undefined, UTC) as (cell: string) => { readonly day: Day } | undefined
const relative = /^(today|yesterday|-\s*\d[^\s:]*(?:\s+[a-z]+)?)(?:\s+(\d{1,2}:.*))?$/

/** A moment as a file of data says it: `-7d` and `-7d 10:30` are counted from the as-of day. Undefined where it is none. */
export function momentText(written: string, asOf: Day): string | undefined {
  const [, ref, time] = relative.exec(written) ?? []
  const day = ref === undefined ? undefined : parseDayRef(ref, asOf)
  const out = day === undefined ? written : [formatDay(day), ...(time === undefined ? [] : [time])].join(' ')
  return readIso(out) === undefined ? undefined : out
}

const dayText = scalar('a day like `2024-05-31`', (_, t) => parseDay(t), { type: 'string' })
const moment = scalar('a day or a moment: `2024-05-31`, `2024-05-31 10:30`, `-7d`', (_, t) =>
  momentText(t, 0) === undefined ? undefined : t,
)

const isNothing = (at: At): boolean => at.node === null || (isScalar(at.node) && at.node.value === null)

/** A value; a list of values for a field that is a list; nothing, where it is unknown. */
const cell: Reader<readonly string[]> = {
  expects: 'a value',
  schema: () => oneOfThese([anyScalar, { type: 'null' }, { type: 'array', items: anyScalar }]),
  read(at, cx) {
    const real = deref(at, cx)
    if (real === undefined) return undefined
    if (isNothing(real)) return []
    if (isScalar(real.node)) return [written(real.node)]
    if (!isSeq(real.node)) return refuse({ node: real.node, span: at.span }, cx, this.expects)
    const read = entries(real, cx, this.expects)?.map((one) => text.read(one, cx))
    return read?.every((t) => t !== undefined) ? (read as string[]) : undefined
  },
}

interface RowShape {
  /** What a bare value in its place stands for. */
  readonly bare?: string
  /** A row with a moment of its own, under `at`. */
  readonly dated?: true
  /** Keys that hold more than a cell. */
  readonly inner?: Readonly<Record<string, Reader<unknown>>>
}
type ReadRow = Row & { readonly inner: Readonly<Record<string, unknown>> }

/** A map of fields to values, some of which are read in their own way. */
const rowOf = (expects: string, { bare, dated, inner = {} }: RowShape = {}): Reader<ReadRow> => {
  const cellOf = (field: string): Reader<readonly string[]> => (dated && field === 'at' ? momentCell : cell)
  return {
    expects,
    schema(shared) {
      const properties: Record<string, Schema> = Object.fromEntries(
        Object.entries(inner).map(([key, reader]) => [key, schemaOf(reader, shared)]),
      )
      const map = orParameter({
        type: 'object',
        properties,
        additionalProperties: schemaOf(cell, shared),
        ...(dated && { required: ['at'] }),
      })
      return bare === undefined ? map : oneOfThese([anyScalar, map])
    },
    read(at, cx) {
      const real = deref(at, cx)
      if (real === undefined) return undefined
      if (bare !== undefined && isScalar(real.node) && !isNothing(real)) {
        const texts = cellOf(bare).read(real, cx)
        return texts && { cells: new Map([[bare, { texts, keySpan: at.span, span: at.span }]]), inner: {}, span: at.span }
      }
      if (!isMap(real.node)) return refuse({ node: real.node, span: at.span }, cx, expects)
      const cells = new Map<string, Cell>()
      const found: Record<string, unknown> = {}
      for (const { key, keySpan, at: value } of pairs(real, cx, expects) ?? [])
        if (Object.hasOwn(inner, key)) found[key] = (inner[key] as Reader<unknown>).read(value, cx)
        else cells.set(key, { texts: cellOf(key).read(value, cx) ?? [], keySpan, span: value.span })
      return { cells, inner: found, span: at.span }
    },
  }
}
const momentCell = mapped(moment, (t): readonly string[] => [t])

const item = rowOf('a product, or a map of the fields of an item', { bare: 'product' })
const order: Reader<OrderRow> = mapped(
  rowOf('a day, or a map of the fields of an order with `at`', { bare: 'at', dated: true, inner: { items: listOf(item, 0) } }),
  ({ inner, ...row }) => ({ ...row, items: (inner['items'] as readonly Row[] | undefined) ?? [] }),
)
const activity = rowOf('a map of the fields of an activity with `at` and `type`', { dated: true })
const customer = rowOf('a map of attributes')

const people = { customer: optional(customer), orders: optional(listOf(order, 0)), activities: optional(listOf(activity, 0)) }
const person = shape(people)
const given = {
  name: text,
  as_of: dayText,
  ...people,
  others: optional(listOf(spanned(person))),
  products: optional(listOf(rowOf('a map of the fields of a product with `sku`'))),
}
type Given = Read<ReturnType<typeof shape<typeof given>>>

const exampleOf = (of: Spanned<Given>, expected: Expected): Example => {
  const { name, as_of, others = [], products = [] } = of.value
  return {
    name,
    asOf: as_of,
    person: personOf(of.value, of.span),
    others: others.map((o) => personOf(o.value, o.span)),
    products,
    expected,
    span: of.span,
  }
}
const personOf = ({ customer, orders = [], activities = [] }: Read<typeof person>, span: Span): Person => ({
  customer: customer ?? { cells: new Map(), span },
  orders,
  activities,
})

/** The `tests:` of a segment. */
export const segmentTests: Reader<readonly Example[]> = listOf(
  mapped(spanned(shape({ ...given, member: spanned(flag) })), (e) =>
    exampleOf(e, { kind: 'member', member: e.value.member.value, span: e.value.member.span }),
  ),
)

/** The `tests:` of an event. */
export const eventTests: Reader<readonly Example[]> = listOf(
  mapped(spanned(shape({ ...given, occurrences: spanned(listOf(spanned(moment), 0)) })), (e) =>
    exampleOf(e, { kind: 'occurrences', at: e.value.occurrences.value, span: e.value.occurrences.span }),
  ),
)

/** The `tests:` of a metric. */
export const metricTests: Reader<readonly Example[]> = once(
  'tests of metrics',
  listOf(
    mapped(spanned(shape({ ...given, value: spanned(cell) })), (e) =>
      exampleOf(e, { kind: 'value', value: e.value.value.value.join(';') || null, span: e.value.value.span }),
    ),
  ),
)

/** The field of a row of a test; an item may carry its product's. */
export const fieldOfRow = (catalogue: Catalogue, source: SourceName, name: string): Field | undefined =>
  catalogue.own(source, name) ?? (source === 'items' ? catalogue.own('products', name) : undefined)

/** Keys that the place of a row says already. */
const placed: Readonly<Partial<Record<SourceName, readonly string[]>>> = {
  orders: ['customer'],
  items: ['order'],
  activities: ['customer'],
}

const required: Readonly<Partial<Record<SourceName, readonly string[]>>> = {
  orders: ['at'],
  products: ['sku'],
  activities: ['at', 'type'],
}

/** Tells what is wrong with tests that reading alone cannot know: fields that are not there, values of another type. */
export function checkExamples(examples: readonly Example[], catalogue: Catalogue, problems: Problems): void {
  for (const { person, others, products, asOf } of examples) {
    const check = (source: SourceName, rows: readonly Row[]): void => {
      for (const row of rows) checkRow(row, source, catalogue, asOf, problems)
    }
    check('products', products)
    const keys = new Set<string>()
    for (const one of [person, ...others]) {
      const key = one.customer.cells.get('customer')
      if (key !== undefined && keys.has(key.texts.join()))
        problems.error('two-customers', `two customers of this test have the key \`${key.texts.join()}\``, {
          span: one.customer.span,
          help: 'give each a key of its own, or none',
        })
      if (key !== undefined) keys.add(key.texts.join())
      check('customers', [one.customer])
      check('orders', one.orders)
      for (const { items } of one.orders) check('items', items)
      check('activities', one.activities)
    }
  }
}

function checkRow({ cells, span }: Row, source: SourceName, catalogue: Catalogue, asOf: Day, problems: Problems): void {
  const keys = [...cells.keys()]
  const known = () => knownNames(catalogue, source)
  const missing = (required[source] ?? []).filter((key) => !cells.has(key) && !keys.some((k) => nearest(k, [key]) === key))
  for (const key of missing)
    problems.error('missing-key', `missing key \`${key}\``, { span, help: `add \`${key}:\` to this row of ${source}` })
  if (source === 'items' && !cells.has('sku') && !cells.has('product') && !keys.some((k) => nearest(k, ['sku', 'product'])))
    problems.error('missing-key', 'an item has a `product` or a `sku`', { span, help: 'add `product:` to this item' })
  for (const [name, cell] of cells) {
    const field = fieldOfRow(catalogue, source, name)
    if (placed[source]?.includes(name))
      problems.error('unknown-field', `\`${name}\` is not written here`, {
        span: cell.keySpan,
        help: `leave it out: a row of ${source} belongs to what it stands under`,
      })
    else if (field === undefined) unknown(name, cell.keySpan, source, known(), catalogue.loaded, problems)
    else if (field.derived && catalogue.loaded)
      problems.error('derived-field', `\`${name}\` of ${source} is worked out by segkit`, {
        span: cell.keySpan,
        help: `leave it out, and write what it comes from${name === 'age' ? ': `birth_date`' : ''}`,
      })
    else checkCell(name, cell, field, asOf, problems)
  }
}

const knownNames = (catalogue: Catalogue, source: SourceName): readonly string[] =>
  [source, ...(source === 'items' ? (['products'] as const) : [])]
    .flatMap((s) => catalogue.fields(s).filter((f) => f.source === s && !f.derived))
    .map((f) => f.name)
    .filter((name, i, all) => all.indexOf(name) === i && !placed[source]?.includes(name))

/** Before data are loaded a column may still come with them. */
function unknown(
  name: string,
  span: Span,
  source: SourceName,
  known: readonly string[],
  loaded: boolean,
  problems: Problems,
): void {
  const guess = nearest(name, known)
  const help =
    guess === undefined ? `fields of ${source} are ${known.map((k) => `\`${k}\``).join(', ')}` : `did you mean \`${guess}\`?`
  if (loaded) problems.error('unknown-field', `no field \`${name}\` in ${source}`, { span, help })
  else problems.warn('unknown-field', `no field \`${name}\` in ${source} so far`, { span, help })
}

const plain = forms(UTC)

function checkCell(name: string, { texts, span }: Cell, field: Field, asOf: Day, problems: Problems): void {
  if (texts.length > 1 && field.type !== 'list') {
    problems.error('wrong-type', `\`${name}\` holds one value, found a list`, {
      span,
      help: 'lists are declared in segkit.yaml: `types: { … : { list: ";" } }`',
    })
    return
  }
  const type = typeWord(field)
  if (type === undefined) return
  for (const text of texts)
    if (text.trim() !== '' && misfit(cellText(text, field, asOf).trim(), type, plain) !== undefined)
      problems.error('wrong-type', `\`${name}\` is a ${type}, found \`${text.slice(0, 60)}\``, { span })
}
const typeWord = (field: Field): 'number' | 'date' | 'boolean' | undefined =>
  field.type === 'number' || field.type === 'date' || field.type === 'boolean' ? field.type : undefined

/** A cell as a file of data has it: a date may be counted from the as-of day. */
export const cellText = (text: string, field: Pick<Field, 'type'> | undefined, asOf: Day): string =>
  field?.type === 'date' || field?.type === 'moment' ? (momentText(text, asOf) ?? text) : text
