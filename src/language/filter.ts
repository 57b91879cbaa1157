/** Row filters: maps of fields to comparisons that must all hold, with `all`, `any`, `none` lists of such maps inside. */
import { isMap, isScalar } from 'yaml'
import type { Problems, Span } from '../base/problem.js'
import { and, int, not, or, type Sql, sql } from '../base/sql.js'
import { nearest } from '../base/text.js'
import type { Day } from '../base/time.js'
import type { Catalogue } from '../store/catalogue.js'
import type { FieldType, SourceName } from '../store/sources.js'
import { type Comparison, checkComparison, comparison, comparisonSql, sayComparison } from './compare.js'
import { countedField } from './fields.js'
import { oneOfThese, orParameter } from './jsonschema.js'
import type { Compile, Value } from './value.js'
import { english, type Wording } from './words/index.js'
import { type At, deref, entries, pairs, type Reader, type Reading, refuse, schemaOf } from './yaml.js'

export type Counted = 'yes' | 'no' | 'any'

export interface FieldTest {
  readonly field: string
  readonly fieldSpan: Span
  readonly test: Comparison
}

export interface Filter {
  readonly tests: readonly FieldTest[]
  readonly blocks: readonly { readonly op: 'all' | 'any' | 'none'; readonly of: readonly Filter[] }[]
  /** Set where `counted:` is written in it: `false` is `no`, `any` is `any`. */
  readonly counted?: Counted
}

export const noFilter: Filter = { tests: [], blocks: [] }

const blockNames = ['all', 'any', 'none'] as const
const isBlock = (key: string): key is (typeof blockNames)[number] => (blockNames as readonly string[]).includes(key)

export const filter: Reader<Filter> = {
  expects: 'a map of fields to values',
  read(at: At, cx: Reading) {
    const all = pairs(at, cx, this.expects)
    if (all === undefined) return undefined
    if (all.length === 0)
      return cx.problems.error('empty-condition', 'an empty filter says nothing', {
        span: at.span,
        help: 'write `any` for all rows',
      })
    const tests: FieldTest[] = []
    const blocks: { op: 'all' | 'any' | 'none'; of: readonly Filter[] }[] = []
    let counted: Counted | undefined
    for (const { key, keySpan, at: value } of all) {
      if (isBlock(key)) {
        const parts = entries(value, cx, 'a list of filters')
        const read = parts?.map((part) => filter.read(part, cx))
        if (parts?.length === 0) cx.problems.error('empty-condition', `\`${key}\` is empty`, { span: keySpan })
        if (read !== undefined) blocks.push({ op: key, of: read.filter((f) => f !== undefined) })
      } else if (key === 'counted') {
        counted = readCounted(value, cx)
      } else {
        const test = comparison.read(value, cx) ?? { tests: [], exact: false, span: value.span }
        tests.push({ field: key, fieldSpan: keySpan, test })
      }
    }
    return { tests, blocks, ...(counted !== undefined && { counted }) }
  },
  schema: (shared) =>
    shared.named('filter', () => {
      const filters = orParameter({ type: 'array', items: schemaOf(filter, shared), minItems: 1 }, 'a list of filters')
      return orParameter({
        type: 'object',
        description: 'fields to values or maps of operators, all of which must hold',
        properties: {
          all: { ...filters, description: 'filters that must all hold' },
          any: { ...filters, description: 'filters of which one must hold' },
          none: { ...filters, description: 'filters of which none may hold' },
          counted: {
            ...countedSchema,
            description: 'whether the row counts as a purchase; only counted rows are seen unless this is said',
          },
        },
        additionalProperties: schemaOf(comparison, shared),
        minProperties: 1,
      })
    }),
}

const countedSchema = orParameter({ enum: [true, false, 'any'] })

function readCounted(at: At, cx: Reading): Counted | undefined {
  const real = deref(at, cx)
  if (real === undefined) return undefined
  if (isScalar(real.node) && typeof real.node.value === 'boolean') return real.node.value ? 'yes' : 'no'
  return isScalar(real.node) && real.node.value === 'any'
    ? 'any'
    : refuse({ node: real.node, span: at.span }, cx, '`true`, `false` or `any`')
}

/** `any`, or a filter map. */
export const rowsOf: Reader<Filter> = {
  expects: '`any` or a map of fields to values',
  read(at: At, cx: Reading) {
    const real = deref(at, cx)
    if (real === undefined) return undefined
    if (isScalar(real.node) && real.node.value === 'any') return noFilter
    return isMap(real.node) ? filter.read(real, cx) : refuse({ node: real.node, span: at.span }, cx, this.expects)
  },
  schema: (shared) => oneOfThese([{ const: 'any' }, schemaOf(filter, shared)]),
}

/** What rows are filtered: the fields they have, and a name for them in messages. */
export interface Fieldwork {
  readonly what: string
  /** `missing`: no such field; `doubtful`: cannot be known before data are loaded. */
  typeOf(field: string): FieldType | 'missing' | 'doubtful'
  names(): readonly string[]
  /** Whether it is text that is read as a number where one is asked for. */
  numeric(field: string): boolean
  /** Where a field that is missing here is to be found, or what fields there are. */
  help(field: string): string
}

export const fieldsOf = (
  catalogue: Catalogue,
  source: SourceName,
  extra: Readonly<Record<string, FieldType>> = {},
): Fieldwork => ({
  what: source,
  typeOf: (field) =>
    (Object.hasOwn(extra, field) ? extra[field] : undefined) ??
    catalogue.find(source, field)?.type ??
    (catalogue.loaded ? 'missing' : 'doubtful'),
  names: () => [...new Set([...catalogue.fields(source).map((f) => f.name), ...Object.keys(extra)])],
  numeric: (field) => source === 'activities' && field === 'value',
  help: (field) =>
    source === 'orders' && catalogue.find('items', field) !== undefined
      ? `\`${field}\` is a field of items: look at \`items\`, or at orders \`containing: [ { ${field}: … } ]\``
      : catalogue.loaded
        ? `\`segkit fields ${source}\` lists what there is`
        : 'load data, and `check` can tell',
})

/** What to do about a field that is not there: the one that it resembles, else where it is. */
export const fieldHelp = (field: string, fields: Fieldwork): string => {
  const guess = nearest(field, fields.names())
  return guess === undefined ? fields.help(field) : `did you mean \`${guess}\`?`
}

export function checkFilter(f: Filter, fields: Fieldwork, asOf: Day, problems: Problems): void {
  for (const { field, fieldSpan, test } of f.tests) {
    const type = fields.typeOf(field)
    if (type === 'missing' || type === 'doubtful') {
      const more = { span: fieldSpan, label: `not a field of ${fields.what}`, help: fieldHelp(field, fields) }
      if (type === 'missing') problems.error('unknown-field', `no field \`${field}\` in ${fields.what}`, more)
      else problems.warn('unknown-field', `no field \`${field}\` in ${fields.what} so far`, more)
    } else checkComparison(test, `\`${field}\``, type, asOf, problems, undefined, type === 'text' && fields.numeric(field))
  }
  for (const b of f.blocks) for (const inner of b.of) checkFilter(inner, fields, asOf, problems)
}

/** 0 or 1 for a row whose fields `value` gives. `counted` at the top chose the rows; further in it is a test like any other. */
export function filterSql(f: Filter, value: (field: string) => Value, cx: Compile, top = true): Sql {
  const counted =
    top || f.counted === undefined || f.counted === 'any'
      ? []
      : [sql`${value(countedField).form} = ${int(f.counted === 'yes' ? 1 : 0)}`]
  const parts = f.tests.map((t) => comparisonSql(t.test, value(t.field), cx))
  const blocks = f.blocks.map(({ op, of }) => {
    const inner = of.map((one) => filterSql(one, value, cx, false))
    return op === 'all' ? and(inner) : op === 'any' ? or(inner) : not(or(inner))
  })
  return and([...counted, ...parts, ...blocks])
}

export function sayFilter(f: Filter, w: Wording = english): string {
  const tests = f.tests.map((t) => `${t.field} ${sayComparison(t.test, w)}`)
  const blocks = f.blocks.map(({ op, of }) => {
    const inner = of.map((one) => sayFilter(one, w))
    return op === 'none' ? w.none(inner) : `(${w[op](inner)})`
  })
  const counted = f.counted === 'no' ? [w.notCounted] : f.counted === 'any' ? [w.countedOrNot] : []
  return w.all([...tests, ...blocks, ...counted])
}

/** The fields that a filter names, at any depth. */
export const namedFields = (f: Filter): readonly string[] => [
  ...f.tests.map((t) => t.field),
  ...f.blocks.flatMap((b) => b.of.flatMap(namedFields)),
]

/** How a list of filters, read together, wants rows counted: the first that says so; counted ones otherwise. */
export const countedOf = (filters: readonly Filter[]): Counted =>
  filters.map((f) => f.counted).find((c) => c !== undefined) ?? 'yes'
