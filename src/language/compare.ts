/** Comparisons: what attributes, metrics and fields of rows alike must pass, read, checked and told. */

import { isMap, isScalar, isSeq } from 'yaml'
import type { Problems, Span, Spanned } from '../base/problem.js'
import { and, int, not, or, type Sql, sql, truth } from '../base/sql.js'
import type { Day } from '../base/time.js'
import { firstRealDay } from '../store/forms.js'
import type { FieldType } from '../store/sources.js'
import { exampleUnder, orParameter, type Schema, type Shared } from './jsonschema.js'
import { dates, isOther, literal, numbers, numeric, type Operator, operatorNames, operators, table, texts } from './operators.js'
import { type Compile, exactNumber, type Value } from './value.js'
import { type WindowFields, windowNames, wrongWindow } from './windows.js'
import { english, type Wording } from './words/index.js'
import { type At, deref, oneOf, pairs, type Reader, type Reading, refuse, schemaOf, unknownKey } from './yaml.js'

export interface Test {
  readonly op: string
  readonly body: unknown
  readonly span: Span
}

export interface Comparison {
  readonly tests: readonly Test[]
  readonly unknown?: 'include' | 'exclude'
  readonly exact: boolean
  readonly span: Span
}

/** The attributes and metrics that a comparison's operands name. */
export const operandNames = (c: Comparison): readonly Spanned<string>[] =>
  c.tests.flatMap((t) => (isOther(t.body) ? [t.body.metric] : []))

/** A bare value, a bare list, or a map of operators that must all hold. */
export const comparison: Reader<Comparison> = {
  expects: 'a value, a list of values, or a map of operators',
  read(at: At, cx: Reading) {
    const real = deref(at, cx)
    if (real === undefined) return undefined
    const bare = isScalar(real.node) && real.node.value !== null ? 'is' : isSeq(real.node) ? 'in' : undefined
    if (bare !== undefined) {
      const body = operators[bare].reads.read(real, cx)
      return body === undefined ? undefined : { tests: [{ op: bare, body, span: at.span }], exact: false, span: at.span }
    }
    if (!isMap(real.node)) return refuse(real, cx, this.expects)
    return readOperators(real, cx)
  },
  schema: (shared) =>
    shared.named('comparison', () =>
      orParameter({
        description: 'a value, a list of values, or a map of operators that must all hold',
        type: ['string', 'number', 'boolean', 'array', 'object'],
        items: schemaOf(literal, shared),
        minItems: 1,
        properties: operatorSchemas(shared),
        additionalProperties: false,
        minProperties: 1,
      }),
    ),
}

/** What may stand beside operators in a comparison. */
const modifierReaders = { unknown: oneOf('include', 'exclude'), case: oneOf('exact') } as const
const modifiers = Object.keys(modifierReaders)
const modifierSummaries = {
  unknown: 'whether the unknown passes, whatever the operators make of it',
  case: 'text is compared as it is written',
}

/** The keys of a map of operators. */
export const operatorSchemas = (shared: Shared): Readonly<Record<string, Schema>> => ({
  ...Object.fromEntries(
    Object.entries(table).map(([name, { reads, summary, example }]) => [
      name,
      shared.named(`operator ${name}`, () => ({
        description: summary,
        examples: [exampleUnder(name, example)],
        ...schemaOf(reads, shared),
      })),
    ]),
  ),
  unknown: { ...schemaOf(modifierReaders.unknown, shared), description: modifierSummaries.unknown },
  case: { ...schemaOf(modifierReaders.case, shared), description: modifierSummaries.case },
})

function readOperators(at: At, cx: Reading): Comparison | undefined {
  const tests: Test[] = []
  let sound = true
  let unknown: 'include' | 'exclude' | undefined
  let exact = false
  for (const { key, keySpan, at: value } of pairs(at, cx, 'a map of operators') ?? []) {
    if (key === 'unknown') {
      unknown = modifierReaders.unknown.read(value, cx)
      sound &&= unknown !== undefined
    } else if (key === 'case') {
      exact = modifierReaders.case.read(value, cx) !== undefined
      sound &&= exact
    } else if (/^\d+$/.test(key)) {
      sound = false
      cx.problems.error('unknown-operator', `unknown operator \`${key}\``, {
        span: keySpan,
        help: 'decimals are written with a point: `30.5`; several values stand in a list: `[30, 5]`',
      })
    } else if (!Object.hasOwn(table, key)) {
      sound = false
      unknownKey(key, keySpan, [...operatorNames, ...modifiers], cx.problems, 'unknown-operator', 'operator')
    } else {
      const body = (table[key] as Operator<unknown>).reads.read(value, cx)
      if (body === undefined) sound = false
      else tests.push({ op: key, body, span: value.span })
    }
  }
  if (sound && tests.length === 0)
    return cx.problems.error('empty-condition', 'this comparison says nothing', {
      span: at.span,
      help: 'name an operator, such as `exists: true`',
    })
  return { tests, exact, span: at.span, ...(unknown !== undefined && { unknown }) }
}

/** Tells what a comparison asks of a value of this type that it cannot answer. `numeric`: of text that is read as a number where one is asked for. */
export function checkComparison(
  c: Comparison,
  what: string,
  type: FieldType,
  asOf: Day,
  problems: Problems,
  others?: (name: Spanned<string>) => FieldType | undefined,
  numeric = false,
): void {
  for (const name of operandNames(c)) {
    const other = others?.(name)
    if (others === undefined)
      problems.error('wrong-value', 'another metric may be named under `attribute` and `metric` only', {
        span: name.span,
        help: 'write a number',
      })
    else if (other !== undefined && other !== 'number')
      problems.error('wrong-value', `\`${name.value}\` is ${aType(other)}, not a number`, { span: name.span })
  }
  const windows = c.tests.filter((t) => (windowNames as readonly string[]).includes(t.op))
  if (windows.length > 1) {
    const wrong = wrongWindow(Object.fromEntries(windows.map((t) => [t.op, t.body])) as WindowFields, asOf)
    if (wrong !== undefined) problems.error('window', wrong, { span: c.span })
  }
  if (c.unknown !== undefined && c.tests.every((t) => t.op === 'exists'))
    problems.error('unknown-beside-exists', '`exists` already says what becomes of the unknown', {
      span: c.span,
      help: 'leave `unknown:` out',
    })
  if (c.exact && !texts.includes(type) && type !== 'list')
    problems.error('case-of-no-text', `\`case\` is for text; ${what} is ${aType(type)}`, { span: c.span, help: 'leave it out' })
  for (const t of c.tests) {
    const op = table[t.op] as Operator<unknown>
    if (!op.of.includes(type) && !(numeric && op.of === numbers)) {
      const help = operatorNames.filter((n) => (table[n] as Operator<unknown>).of.includes(type))
      problems.error('wrong-operator', `\`${t.op}\` does not go with ${what}, which is ${aType(type)}`, {
        span: t.span,
        help: `for ${aType(type)}: ${help.map((n) => `\`${n}\``).join(', ')}`,
      })
      continue
    }
    const wrong = op.wrong?.(t.body, type, asOf)
    if (wrong !== undefined)
      problems.error('wrong-value', wrong.message, {
        span: wrong.span ?? t.span,
        ...(wrong.help !== undefined ? { help: wrong.help } : { help: `${what} is ${aType(type)}` }),
      })
  }
}

export const aType = (type: FieldType): string =>
  ({
    text: 'text',
    key: 'a key',
    number: 'a number',
    date: 'a date',
    moment: 'a time',
    boolean: 'true or false',
    list: 'a list',
  })[type]

/** 0 or 1: whether the value passes every test, the unknown as each operator or `unknown:` has it. */
export function comparisonSql(c: Comparison, value: Value, cx: Compile): Sql {
  return and(
    c.tests.map((t) => {
      const op = table[t.op] as Operator<unknown>
      const positive = truth(op.sql(value, t.body, cx, c.exact))
      const told = op.negative === true ? not(positive) : positive
      if (c.unknown === undefined || t.op === 'exists') return told
      const seen = op.of === numbers ? numeric(value) : value
      const own = seen.where((form) =>
        dates.includes(seen.type) ? sql`${form} >= ${int(firstRealDay)}` : sql`${form} is not null`,
      )
      const known = truth(
        isOther(t.body) ? and([own, sql`${exactNumber(cx.customer(t.body.metric.value)).form} is not null`]) : own,
      )
      return c.unknown === 'include' ? or([told, not(known)]) : and([told, known])
    }),
  )
}

/** What becomes of the unknown, whatever a comparison itself says of it. */
export interface UnknownAs {
  readonly passes: boolean
  /** Whether `exists`, which asks about the unknown, gives way too. */
  readonly evenExists: boolean
}

/** The comparison with the unknown settled. */
export function settleUnknown(c: Comparison, { passes, evenExists }: UnknownAs): Comparison {
  const { unknown: _, ...rest } = c
  const settled = (t: Test): readonly Test[] => (t.body !== passes ? [t] : passes ? [] : [t, { ...t, body: true }])
  const tests = c.tests.flatMap((t) => (evenExists && t.op === 'exists' ? settled(t) : [t]))
  return tests.every((t) => t.op === 'exists') ? { ...rest, tests } : { ...rest, tests, unknown: passes ? 'include' : 'exclude' }
}

export const sayComparison = (c: Comparison, w: Wording = english): string =>
  w.all(c.tests.map((t) => (table[t.op] as Operator<unknown>).say(t.body, w))) +
  (c.unknown === undefined ? '' : w.unknown[c.unknown])
