/** Metrics: values computed for each customer. Each kind is one entry: its reading, its type, its meaning in SQL, its sentence. */
import type { Problems, Span } from '../base/problem.js'
import { int, type Sql, sql } from '../base/sql.js'
import type { FieldType } from '../store/sources.js'
import { aType } from './compare.js'
import { derivedKinds } from './derived.js'
import { type Description, described } from './described.js'
import { metricTests } from './examples.js'
import {
  checkContaining,
  checkField,
  fieldworkOf,
  type Names,
  onOf,
  sayContaining,
  type Target,
  type Use,
  uses,
} from './fieldwork.js'
import { checkFilter, countedOf, type Filter, filter, noFilter, sayFilter } from './filter.js'
import { textLike } from './jsonschema.js'
import { type Rows, type RowsCompile, type RowsRef, rowsFor } from './rows.js'
import { computed, DIVIDED, exactNumber, quotient, type Value } from './value.js'
import { daysOf, sayWindow, type WindowFields, windowReaders, wrongWindow } from './windows.js'
import { english, type Wording } from './words/index.js'
import { listOf, oneOf, optional, type Reader, type Shape, scalar, shape, spanned } from './yaml.js'

/** A metric as data: its kind and the body that the kind's reader gave. */
export type MetricSpec = { readonly kind: RowsMetricName; readonly body: MetricBody } | DerivedSpec
type DerivedName = keyof typeof derivedKinds
type DerivedSpec = {
  [K in DerivedName]: { readonly kind: K; readonly body: Parameters<(typeof derivedKinds)[K]['say']>[0] }
}[DerivedName]

interface Common extends WindowFields {
  readonly where?: Filter
  readonly containing?: readonly Filter[]
  readonly without?: readonly Filter[]
}
export interface MetricBody extends Common {
  readonly target: Target
  readonly by?: 'count' | 'quantity' | 'amount'
}

/** A kind that looks at rows. */
interface RowsKind {
  readonly summary: string
  readonly example: string
  /** Whether the target names a field, or only rows. */
  readonly of: 'rows' | 'field'
  /** Types of field it can look at. */
  readonly types?: readonly FieldType[]
  /** The metric's type, given the field's. */
  type(field: FieldType): FieldType
  /** Extra fields of the body. */
  readonly takes?: Readonly<Record<string, Reader<unknown>>>
  readonly needs?: readonly string[]
  value(cx: RowsCompile, rows: Rows, field: Value, body: MetricBody): Value
  say(body: MetricBody, w: Wording): string
}

const number = (): FieldType => 'number'
const same = (t: FieldType): FieldType => (t === 'moment' ? 'date' : t)
const numeric: readonly FieldType[] = ['number', 'text']
const ordered: readonly FieldType[] = ['number', 'date', 'moment', 'text']

const aggregate = (rows: Rows, function_: Sql): Sql => rows.pass.aggregate(sql`${function_} filter (where ${rows.passes})`)

/** A quotient as a metric's value; unknown over 0. */
const divided = (n: Sql, scale: number, d: Sql): Value =>
  computed('number', quotient(n, scale, d), { scale: DIVIDED, divided: true })

const known = (form: Sql): Sql => sql`${form} is not null`
const orderText = (columns: readonly Sql[], way: 'asc' | 'desc'): string => columns.map((c) => `${c.text} ${way}`).join(', ')
const raw = (text: string): Sql => ({ text, params: [] })

/** The field's cell in the first or last row that has it. */
function edge(cx: RowsCompile, rows: Rows, field: Value, way: 'asc' | 'desc'): Value {
  const c = rows.pass.scope.alias
  const ranked = sql`select ${raw(`${c}._customer`)}, ${field.form} as v, ${shownOf(field)} as s, row_number() over (partition by ${raw(`${c}._customer`)} order by ${raw(orderText(rows.order, way))}) as rank
    from ${rows.pass.scope.from()} where ${rows.pass.where} and ${rows.passes} and ${known(field.form)}`
  const [v, s] = cx.alone(sql`select _customer, v, s from (${ranked}) where rank = 1`, ['v', 's']) as [Sql, Sql]
  return picked(cx, field, v, s)
}
/** The cell that a query picked out: its form and what it shows. */
const picked = (cx: RowsCompile, field: Value, form: Sql, shown: Sql): Value => ({
  ...computed(same(field.type), form, { shown }),
  ...numberTraits(field),
  whereText: (pass) => cx.passes(shown, pass),
  ...pickedKey(field, shown),
})
const pickedKey = ({ whereKey }: Value, shown: Sql): Partial<Value> =>
  whereKey === undefined ? {} : { where: (test) => whereKey(shown, test) }
const shownOf = (field: Value): Sql => (field.type === 'number' && field.scale !== undefined ? field.form : field.shown)
const numberTraits = (v: Value) => ({
  ...(v.scale !== undefined && { scale: v.scale }),
  ...(v.decimals !== undefined && { decimals: v.decimals }),
})

const count = (rows: Rows): Sql => sql`coalesce(${aggregate(rows, rows.counting)}, 0)`

const rowsKinds = {
  count: {
    summary: 'how many rows: lines of items, receipts of orders, occurrences of an event',
    example: '{ count: orders, last: 90 days }',
    of: 'rows',
    type: number,
    value: (_cx, rows) => computed('number', count(rows), { scale: 0, known: true }),
    say: (b, w) => w.metrics.count(sayTarget(b, w)),
  },
  sum: {
    summary: 'the sum; 0 over nothing',
    example: '{ sum: orders.amount, last: 12 months }',
    of: 'field',
    types: numeric,
    type: number,
    value: (_cx, rows, field) => {
      const { form, scale } = exactNumber(field)
      return computed('number', sql`coalesce(${aggregate(rows, sql`sum(${form})`)}, 0)`, { scale, known: true })
    },
    say: (b, w) => w.metrics.sum(sayTarget(b, w)),
  },
  average: {
    summary: 'the mean of the known values, to 6 decimals; unknown over nothing',
    example: '{ average: orders.amount }',
    of: 'field',
    types: numeric,
    type: number,
    value: (_cx, rows, field) => {
      const { form, scale } = exactNumber(field)
      return divided(aggregate(rows, sql`sum(${form})`), scale, sql`coalesce(${aggregate(rows, sql`count(${form})`)}, 0)`)
    },
    say: (b, w) => w.metrics.average(sayTarget(b, w)),
  },
  median: {
    summary: 'the middle value, or the mean of the two middle ones, to 6 decimals; unknown over nothing',
    example: '{ median: orders.amount, last: 1 year }',
    of: 'field',
    types: numeric,
    type: number,
    value: (cx, rows, field) => {
      const { form, scale } = exactNumber(field)
      const c = raw(`${rows.pass.scope.alias}._customer`)
      const values = sql`select ${c}, ${form} as v from ${rows.pass.scope.from()} where ${rows.pass.where} and ${rows.passes} and ${known(form)}`
      const placed = sql`select _customer, v, row_number() over (partition by _customer order by v) as rank, count(*) over (partition by _customer) as n from (${values})`
      const middle = sql`select _customer, sum(v) as total, count(*) as n from (${placed}) where rank in ((n + 1) / 2, (n + 2) / 2) group by _customer`
      const [total, n] = cx.alone(middle, ['total', 'n']) as [Sql, Sql]
      return divided(total, scale, n)
    },
    say: (b, w) => w.metrics.median(sayTarget(b, w)),
  },
  lowest: {
    summary: 'the smallest known value; unknown over nothing',
    example: '{ lowest: items.price }',
    of: 'field',
    types: ordered,
    type: (t) => (t === 'text' ? 'number' : same(t)),
    value: (_cx, rows, field) => extreme(rows, field, 'min'),
    say: (b, w) => w.metrics.lowest(sayTarget(b, w)),
  },
  highest: {
    summary: 'the largest known value; unknown over nothing',
    example: '{ highest: orders.amount }',
    of: 'field',
    types: ordered,
    type: (t) => (t === 'text' ? 'number' : same(t)),
    value: (_cx, rows, field) => extreme(rows, field, 'max'),
    say: (b, w) => w.metrics.highest(sayTarget(b, w)),
  },
  distinct: {
    summary: 'how many different known values; text folds, keys compare by their bytes',
    example: '{ distinct: items.category }',
    of: 'field',
    type: number,
    value: (_cx, rows, field) =>
      computed(
        'number',
        sql`coalesce(${aggregate(rows, sql`count(distinct ${field.identity ?? (field.type === 'key' ? field.shown : field.form)})`)}, 0)`,
        { scale: 0, known: true },
      ),
    say: (b, w) => w.metrics.distinct(sayTarget(b, w)),
  },
  first: {
    summary: 'the earliest known cell; of `at` the day; unknown over nothing',
    example: '{ first: orders.at }',
    of: 'field',
    type: same,
    value: (cx, rows, field) => edge(cx, rows, field, 'asc'),
    say: (b, w) => w.metrics.first(sayTarget(b, w)),
  },
  latest: {
    summary: 'the latest known cell; of `at` the day; unknown over nothing',
    example: '{ latest: orders.store }',
    of: 'field',
    type: same,
    value: (cx, rows, field) => edge(cx, rows, field, 'desc'),
    say: (b, w) => w.metrics.latest(sayTarget(b, w)),
  },
  days_since: {
    summary: 'days from the latest such row to the as-of day; unknown over nothing',
    example: '{ days_since: orders }',
    of: 'rows',
    type: number,
    value: (cx, rows) =>
      computed('number', sql`(${int(cx.asOf)} - ${aggregate(rows, sql`max(${rows.order[0] as Sql})`)})`, { scale: 0 }),
    say: (b, w) => w.metrics.days_since(sayTarget(b, w)),
  },
  favourite: {
    summary: 'the value with most rows, quantity or amount; ties go to the one bought last, then by the alphabet',
    example: '{ favourite: items.category, by: amount, last: 1 year }',
    of: 'field',
    type: same,
    takes: { by: optional(oneOf('count', 'quantity', 'amount')) },
    value: favourite,
    say: (b, w) => w.metrics.favourite(sayTarget(b, w), b.by ?? 'count'),
  },
  share: {
    summary: 'rows that pass `where` ÷ rows, to 6 decimals; window, containing and without bind both; unknown over nothing',
    example: '{ share: items, where: { category: cakes } }',
    of: 'rows',
    type: number,
    needs: ['where'],
    value: (cx, rows, _field, body) =>
      divided(count(rows), 0, count(rowsFor(cx, refOf(cx, { ...body, where: onlyCounted(body.where) })))),
    say: (b, w) => w.metrics.share(sayTarget(b, w)),
  },
} as const satisfies Readonly<Record<string, RowsKind>>

/** Every metric kind there is. */
export const metricKinds = { ...rowsKinds, ...derivedKinds } as const
type RowsMetricName = keyof typeof rowsKinds
export type MetricName = keyof typeof metricKinds
export const metricNames = Object.keys(metricKinds) as readonly MetricName[]
const overRows: Readonly<Record<RowsMetricName, RowsKind>> = rowsKinds

/** What a derived kind does, of whichever body its reader gave. */
interface AnyDerived {
  readonly reads: Shape<object>
  check(body: object, names: Names, problems: Problems, span: Span): void
  uses(body: object): readonly Use[]
  value(cx: RowsCompile, body: object): Value
  say(body: object, w: Wording): string
}
const derived = derivedKinds as unknown as Readonly<Record<DerivedName, AnyDerived>>
const isDerived = (spec: MetricSpec): spec is DerivedSpec => spec.kind in derivedKinds

/** The filter without its tests, but with how it wants rows counted. */
const onlyCounted = (f: Filter | undefined): Filter => ({
  ...noFilter,
  ...(f?.counted !== undefined && { counted: countedOf([f]) }),
})

function extreme(rows: Rows, field: Value, which: 'min' | 'max'): Value {
  const v = field.type === 'text' ? (field.asNumber ?? field) : field
  const form = v.type === 'number' ? exactNumber(v) : { form: v.form, scale: undefined }
  const got = aggregate(rows, sql`${raw(which)}(${form.form})`)
  return computed(same(v.type), got, { ...(form.scale !== undefined && { scale: form.scale }) })
}

/** The largest; ties to the latest moment, then to the first by the bytes of the folded text; shown as the latest row spells it. */
function favourite(cx: RowsCompile, rows: Rows, field: Value, body: MetricBody): Value {
  const c = `${rows.pass.scope.alias}._customer`
  const form = field.type === 'key' ? field.shown : field.form
  const weight =
    body.by === undefined || body.by === 'count' ? int(1) : sql`coalesce(${exactNumber(rows.value(body.by)).form}, 0)`
  const order = raw(orderText(rows.order, 'desc'))
  const [day, time] = rows.order as readonly [Sql, Sql]
  const seen = sql`select ${raw(c)}, ${form} as f, ${field.form} as folded, ${shownOf(field)} as s, ${day} as d, ${time} as t,
      sum(${weight}) over (partition by ${raw(c)}, ${form}) as total,
      row_number() over (partition by ${raw(c)}, ${form} order by ${order}) as rank
    from ${rows.pass.scope.from()} where ${rows.pass.where} and ${rows.passes} and ${known(form)}`
  const best = sql`select _customer, folded, s, row_number() over (partition by _customer order by total desc, d desc, t desc, folded, f) as place from (${seen}) where rank = 1`
  const [folded, s] = cx.alone(sql`select _customer, folded, s from (${best}) where place = 1`, ['folded', 's']) as [Sql, Sql]
  return picked(cx, field, folded, s)
}

export function metricValue(cx: RowsCompile, spec: MetricSpec): Value {
  if (isDerived(spec)) return derived[spec.kind].value(cx, spec.body)
  const kind = overRows[spec.kind]
  const rows = rowsFor(cx, refOf(cx, spec.body))
  const field = spec.body.target.field
  return kind.value(cx, rows, field === undefined ? computed('number', raw('1')) : rows.value(field), spec.body)
}

function refOf(cx: RowsCompile, body: MetricBody): RowsRef {
  const fields = [
    ...(body.target.field === undefined ? [] : [body.target.field]),
    ...(body.by === undefined || body.by === 'count' ? [] : [body.by]),
  ]
  return {
    on: onOf(body.target.on),
    where: body.where === undefined ? [] : [body.where],
    containing: body.containing ?? [],
    without: body.without ?? [],
    days: daysOf(body, cx.asOf),
    fields,
  }
}
const target = (of: 'rows' | 'field'): Reader<Target> => {
  const expects = of === 'rows' ? '`orders`, `items`, `activities` or an event' : 'a field like `orders.amount` or `EVENT.field`'
  const inner = spanned(
    scalar(
      expects,
      (v) => {
        if (typeof v !== 'string' || v === '') return undefined
        const dot = v.lastIndexOf('.')
        if (of === 'rows') return { on: v }
        return dot > 0 && dot < v.length - 1 ? { on: v.slice(0, dot), field: v.slice(dot + 1) } : undefined
      },
      textLike(of === 'rows' ? '[^.]+' : '.+\\..+', expects),
    ),
  )
  return {
    ...inner,
    expects,
    read(at, cx) {
      const got = inner.read(at, cx)
      return got === undefined ? undefined : { ...got.value, span: got.span }
    },
  }
}

const common = {
  where: optional(filter),
  containing: optional(listOf(filter)),
  without: optional(listOf(filter)),
  ...windowReaders,
}

/** The reader of a metric of one kind; that of rows holds its target under `target`. A metric with a name may be described. */
export function metricBody(kind: MetricName, named: boolean): Shape<MetricSpec['body'] & Description> {
  const about = named ? { ...described, tests: optional(metricTests) } : {}
  if (kind in derivedKinds) return derivedBody(kind as DerivedName, about)
  const k = overRows[kind as RowsMetricName]
  const needed = Object.fromEntries(
    (k.needs ?? []).map((n) => [n, { ...(common[n as keyof typeof common] as Reader<unknown>), optional: false }]),
  )
  const fields: Readonly<Record<string, Reader<unknown>>> = {
    [kind]: target(k.of),
    ...common,
    ...(k.takes ?? {}),
    ...needed,
    ...about,
  }
  const inner = shape(fields)
  return {
    ...inner,
    read(at, cx) {
      const got = inner.read(at, cx) as Readonly<Record<string, unknown>> | undefined
      if (got === undefined) return undefined
      const { [kind]: t, ...rest } = got
      return { ...rest, target: t as Target } as MetricBody & Description
    },
  }
}

const derivedBody = (kind: DerivedName, about: Readonly<Record<string, Reader<unknown>>>) =>
  shape({ ...derived[kind].reads.fields, ...about }) as unknown as Shape<MetricSpec['body'] & Description>

/** What a metric stands on. */
export const metricUses = (spec: MetricSpec): readonly Use[] => {
  if (isDerived(spec)) return derived[spec.kind].uses(spec.body)
  const { target: on } = spec.body
  return 'event' in onOf(on.on) ? uses('event', [{ value: on.on, span: on.span }]) : []
}

/** Tells what is wrong with a metric; its type where it has one. */
export function checkMetric(spec: MetricSpec, names: Names, problems: Problems, span: Span): FieldType | undefined {
  if (isDerived(spec)) {
    derived[spec.kind].check(spec.body, names, problems, span)
    return 'number'
  }
  const kind: RowsKind = overRows[spec.kind]
  const { body } = spec
  const wrong = wrongWindow(body, names.asOf)
  if (wrong !== undefined) problems.error('window', wrong, { span })
  const fields = fieldworkOf(body.target, names, problems)
  if (fields === undefined) return undefined
  if (body.where !== undefined) checkFilter(body.where, fields.work, names.asOf, problems)
  checkContaining(
    fields.source,
    [...(body.containing ?? []), ...(body.without ?? [])],
    span,
    names.catalogue,
    names.asOf,
    problems,
  )
  if (body.target.field === undefined) return kind.type('number')
  const type = checkField({ value: body.target.field, span: body.target.span }, fields.work, problems)
  if (fields.work.typeOf(body.target.field) === 'doubtful') return kind.type('number')
  if (type === undefined) return undefined
  if (kind.types !== undefined && (!kind.types.includes(type) || (type === 'text' && !fields.work.numeric(body.target.field))))
    return problems.error('wrong-type', `\`${spec.kind}\` needs a number; \`${body.target.field}\` is ${aType(type)}`, {
      span: body.target.span,
    })
  if (body.by !== undefined && body.by !== 'count') checkField({ value: body.by, span }, fields.work, problems)
  return kind.type(type)
}

export const sayMetric = (spec: MetricSpec, w: Wording = english): string =>
  isDerived(spec) ? derived[spec.kind].say(spec.body, w) : overRows[spec.kind].say(spec.body, w)

const sayTarget = ({ target: { on, field }, ...b }: MetricBody, w: Wording): string =>
  w.joined([
    field === undefined ? w.rowsCounted(on) : `${on}.${field}`,
    b.where === undefined ? '' : w.where(sayFilter(b.where, w)),
    sayContaining(b, w),
    sayWindow(b, w),
  ])
