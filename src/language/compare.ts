/** Comparisons: the operators that attributes, metrics and fields of rows alike are tested with. One entry an operator. */

import { RE2JS } from 're2js'
import { isMap, isScalar, isSeq } from 'yaml'
import { parseScaled } from '../base/decimal.js'
import type { Problems, Span, Spanned } from '../base/problem.js'
import { and, FALSE, int, join, not, or, type Sql, sql, truth } from '../base/sql.js'
import { fold } from '../base/text.js'
import { type Day, parseDay, sayDuration } from '../base/time.js'
import { endsWith, hasPart, oneOfMany, startsWith } from '../store/dialect.js'
import { firstRealDay, listMark, readDeclaredBoolean } from '../store/forms.js'
import type { FieldType } from '../store/sources.js'
import { exampleUnder, numberLike, orParameter, type Schema, type Shared } from './jsonschema.js'
import { type Compile, exactNumber, type Value } from './value.js'
import {
  type DayRef,
  type Days,
  dayRef,
  daysOf,
  duration,
  nextDays,
  resolveDay,
  sayWindow,
  type WindowFields,
  type WindowName,
  windowKinds,
  windowNames,
  wrongWindow,
} from './windows.js'
import {
  type At,
  deref,
  either,
  flag,
  oneOf,
  oneOrMore,
  optional,
  pairs,
  type Reader,
  type Reading,
  refuse,
  scalar,
  schemaOf,
  shape,
  spanned,
  unknownKey,
  word,
} from './yaml.js'

/** A value in a definition, as it is written there: `01234` keeps its zero. */
export interface Literal {
  readonly text: string
}
export const literal: Reader<Spanned<Literal>> = spanned(
  scalar('a value', (v, text) => (typeof v === 'object' ? undefined : { text })),
)

/** The customer's own other value, `{ metric: usual_gap, times: 2 }`: of an attribute or metric, under `attribute` and `metric` only. */
export interface Other {
  readonly metric: Spanned<string>
  readonly times?: string
}
type Bound = Spanned<Literal> | Other
const isOther = (b: unknown): b is Other => typeof b === 'object' && b !== null && 'metric' in b

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

interface Operator<Body> {
  readonly summary: string
  readonly example: string
  readonly reads: Reader<Body>
  /** Types of value it can look at. */
  readonly of: readonly FieldType[]
  /** Holds where its positive twin does not, the unknown included. */
  readonly negative?: true
  /** What is wrong with the operand for this type of value. */
  wrong?(
    body: Body,
    type: FieldType,
    asOf: Day,
  ): { readonly message: string; readonly span?: Span; readonly help?: string } | undefined
  /** The positive predicate; null where the value is unknown. */
  sql(value: Value, body: Body, cx: Compile, exact: boolean): Sql
  say(body: Body): string
}
const operator = <Body>(o: Operator<Body>): Operator<Body> => o

type One = Spanned<Literal>
const many = oneOrMore(literal)

const every: readonly FieldType[] = ['text', 'key', 'number', 'date', 'moment', 'boolean', 'list']
const simple: readonly FieldType[] = ['text', 'key', 'number', 'date', 'moment', 'boolean']
const texts: readonly FieldType[] = ['text', 'key']
const numbers: readonly FieldType[] = ['number']
const dates: readonly FieldType[] = ['date', 'moment']

const misfit = (l: One, type: FieldType) => {
  const what = wrongLiteral(l.value, type)
  return what === undefined ? undefined : { message: what, span: l.span }
}
function wrongLiteral({ text }: Literal, type: FieldType): string | undefined {
  switch (type) {
    case 'number':
      return numberOf(text) !== undefined
        ? undefined
        : parseScaled(text) === undefined
          ? `expected a number, found \`${text}\``
          : `numbers have at most 15 digits, \`${text}\` has more`
    case 'date':
    case 'moment':
      return parseDay(text) === undefined ? `expected a day like \`2024-05-01\`, found \`${text}\`` : undefined
    case 'boolean':
      return readDeclaredBoolean(text) === undefined ? `expected \`true\` or \`false\`, found \`${text}\`` : undefined
    case 'text':
    case 'key':
    case 'list':
      return text.trim() === '' ? 'expected text, found an empty one' : undefined
  }
}

interface Scaled {
  readonly units: bigint
  readonly scale: number
}
function numberOf(text: string): Scaled | undefined {
  const n = parseScaled(text)
  return n === undefined || String(n.units < 0n ? -n.units : n.units).length > 15 ? undefined : n
}

type Relation = '=' | '>=' | '<=' | '>' | '<'
const int64 = 2n ** 63n
/** No value is beyond 64 bits, but whether one would be is for its own query to tell: the value stays in the comparison. */
const [atMost, above, atLeast, below] = ['<=', '>', '>=', '<'].map((text): Sql => ({ text, params: [] })) as [Sql, Sql, Sql, Sql]

/** `form op number`, exactly: the bound is brought to the value's scale, rounded to the side that changes nothing. */
function compareNumber(value: Value, relation: Relation, l: One): Sql {
  const n = numberOf(l.value.text)
  if (n === undefined) return FALSE
  const relationSql: Sql = { text: relation, params: [] }
  const scale = value.scale
  if (scale === undefined) return value.where((form) => sql`${form} ${relationSql} ${Number(l.value.text)}`)
  const [units, exact] = rescale(n, scale, relation === '>=' || relation === '<' ? 'up' : 'down')
  if (relation === '=' && !exact) return value.where((form) => sql`${form} is null and null`)
  if (units >= int64) return value.where((form) => sql`${form} ${relation.startsWith('<') ? atMost : above} ${int(int64 - 1n)}`)
  if (units < -int64) return value.where((form) => sql`${form} ${relation.startsWith('>') ? atLeast : below} ${int(-int64)}`)
  return value.where((form) => sql`${form} ${relationSql} ${int(units)}`)
}
function rescale(n: Scaled, scale: number, side: 'up' | 'down'): readonly [bigint, boolean] {
  if (n.scale <= scale) return [n.units * 10n ** BigInt(scale - n.scale), true]
  const by = 10n ** BigInt(n.scale - scale)
  const cut = n.units / by
  const rest = n.units % by
  if (rest === 0n) return [cut, true]
  return [side === 'up' ? (rest > 0n ? cut + 1n : cut) : rest < 0n ? cut - 1n : cut, false]
}

const numeric = (value: Value): Value => (value.type === 'number' ? value : (value.asNumber ?? value))

/** Equality with one literal, as the value's type has it. */
function equals(value: Value, l: One, exact: boolean): Sql {
  switch (value.type) {
    case 'number':
      return compareNumber(value, '=', l)
    case 'date':
    case 'moment':
      return value.where((form) => sql`${form} = ${int(parseDay(l.value.text) ?? 0)}`)
    case 'boolean':
      return value.where((form) => sql`${form} = ${int(readDeclaredBoolean(l.value.text) ?? 0)}`)
    default:
      return exact
        ? value.whereText((t) => t.normalize('NFC') === composed(l))
        : value.where((form) => sql`${form} = ${folded(l)}`)
  }
}
function within(value: Value, all: readonly One[], exact: boolean): Sql {
  if (value.type === 'text' || value.type === 'key') {
    if (exact) {
      const wanted = new Set(all.map(composed))
      return value.whereText((t) => wanted.has(t.normalize('NFC')))
    }
    const values = all.map(folded)
    return value.where((form) =>
      values.length > 200
        ? sql`${form} in ${oneOfMany(values)}`
        : sql`${form} in (${join(
            values.map((v) => sql`${v}`),
            ', ',
          )})`,
    )
  }
  return or(all.map((l) => equals(value, l, exact)))
}
const folded = (l: One): string => fold(l.value.text.trim())
const composed = (l: One): string => l.value.text.trim().normalize('NFC')

const inDays = (value: Value, { from, to }: Days): Sql =>
  value.where((form) =>
    and([
      sql`${form} >= ${int(from === undefined ? firstRealDay : Math.max(from, firstRealDay))}`,
      ...(to === undefined ? [] : [sql`${form} <= ${int(to)}`]),
    ]),
  )

const quote = (l: One): string => (/^[\d.-]+$/.test(l.value.text) ? l.value.text : `\`${l.value.text}\``)
const several = (all: readonly One[], glue: string): string => all.map(quote).join(all.length > 2 ? ', ' : glue)

const textPart = (say: string, find: (form: Sql, part: string) => Sql, pass: (text: string, part: string) => boolean) =>
  ({
    reads: many,
    of: texts,
    wrong: (all: readonly One[]) => all.map((l) => misfit(l, 'text')).find((m) => m !== undefined),
    sql: (value: Value, all: readonly One[], _cx: Compile, exact: boolean) =>
      or(
        all.map((l) =>
          exact ? value.whereText((t) => pass(t.normalize('NFC'), composed(l))) : value.where((form) => find(form, folded(l))),
        ),
      ),
    say: (all: readonly One[]) => `${say} ${several(all, ' or ')}`,
  }) as const

const hasMember = (value: Value, l: One): Sql => value.where((form) => hasPart(form, `${listMark}${folded(l)}${listMark}`))
const memberPart = (say: string, glue: string, joined: (parts: readonly Sql[]) => Sql) =>
  ({
    reads: many,
    of: ['list'] as readonly FieldType[],
    wrong: (all: readonly One[]) => all.map((l) => misfit(l, 'list')).find((m) => m !== undefined),
    sql: (value: Value, all: readonly One[]) => joined(all.map((l) => hasMember(value, l))),
    say: (all: readonly One[]) => `${say} ${several(all, glue)}`,
  }) as const

const times: Reader<string> = scalar('a number like `0.7`', (_, t) => (numberOf(t) === undefined ? undefined : t), numberLike)
const boundOperand: Reader<Bound> = either(isMap, shape({ metric: spanned(word), times: optional(times) }), literal)

const bound = (relation: Relation, say: string) =>
  ({
    reads: boundOperand,
    of: numbers,
    wrong: (b: Bound) => (isOther(b) ? undefined : misfit(b, 'number')),
    sql: (value: Value, b: Bound, cx: Compile) =>
      isOther(b)
        ? compareOther(numeric(value), relation, cx.customer(b.metric.value), b.times ?? '1')
        : compareNumber(numeric(value), relation, b),
    say: (b: Bound) =>
      `${say} ${isOther(b) ? `${b.times === undefined ? '' : `${b.times} times `}${b.metric.value}` : b.value.text}`,
  }) as const

/** `value op other × times`, exactly: both sides as whole numbers of one scale. */
function compareOther(value: Value, relation: Relation, other: Value, by: string): Sql {
  const factor = numberOf(by) as Scaled
  const [left, right] = [exactNumber(value, 'clipped'), exactNumber(other, 'clipped')]
  const ahead = right.scale + factor.scale - left.scale
  const power = (n: number): Sql => int(10n ** BigInt(Math.max(0, n)))
  return sql`${left.form} * ${power(ahead)} ${{ text: relation, params: [] }} ${right.form} * ${int(factor.units)} * ${power(-ahead)}`
}

/** The attributes and metrics that a comparison's operands name. */
export const operandNames = (c: Comparison): readonly Spanned<string>[] =>
  c.tests.flatMap((t) => (isOther(t.body) ? [t.body.metric] : []))

const equal = {
  reads: literal,
  of: simple,
  wrong: (l: One, type: FieldType) => misfit(l, type),
  sql: (value: Value, l: One, _cx: Compile, exact: boolean) => equals(value, l, exact),
} as const
const inList = {
  reads: many,
  of: simple,
  wrong: (all: readonly One[], type: FieldType) => all.map((l) => misfit(l, type)).find((m) => m !== undefined),
  sql: (value: Value, all: readonly One[], _cx: Compile, exact: boolean) => within(value, all, exact),
} as const

const windowOperators = Object.fromEntries(
  windowNames.map((n) => {
    const kind = windowKinds[n]
    return [
      n,
      operator<unknown>({
        summary: kind.summary,
        example: `{ ${kind.example} }`,
        reads: kind.reads as Reader<unknown>,
        of: dates,
        wrong(body, _type, asOf) {
          const message = wrongWindow({ [n]: body } as WindowFields, asOf)
          return message === undefined ? undefined : { message }
        },
        sql: (value, body, cx) => inDays(value, daysOf({ [n]: body } as WindowFields, cx.asOf) as Days),
        say: (body) => sayWindow({ [n]: body } as WindowFields),
      }),
    ]
  }),
) as Record<WindowName, Operator<unknown>>

/** Every operator there is. A bare value is `is`, a bare list is `in`. */
export const operators = {
  is: operator({ summary: 'equals', example: '{ is: Minsk }', ...equal, say: (l) => `is ${quote(l)}` }),
  not: operator({
    summary: 'does not equal; true where unknown',
    example: '{ not: Minsk }',
    negative: true,
    ...equal,
    say: (l) => `is not ${quote(l)}`,
  }),
  in: operator({
    summary: 'equals one of',
    example: '{ in: [Minsk, Brest] }',
    ...inList,
    say: (all) => `is ${several(all, ' or ')}`,
  }),
  not_in: operator({
    summary: 'equals none of; true where unknown',
    example: '{ not_in: [Minsk] }',
    negative: true,
    ...inList,
    say: (all) => `is none of ${several(all, ', ')}`,
  }),
  min: operator({ summary: 'at least', example: '{ min: 18 }', ...bound('>=', 'at least') }),
  max: operator({ summary: 'at most', example: '{ max: 65 }', ...bound('<=', 'at most') }),
  above: operator({ summary: 'more than', example: '{ above: 0 }', ...bound('>', 'more than') }),
  below: operator({ summary: 'less than', example: '{ below: 100 }', ...bound('<', 'less than') }),
  exactly: operator({ summary: 'equals, of numbers', example: '{ exactly: 3 }', ...bound('=', 'exactly') }),
  contains: operator({
    summary: 'has the text in it',
    example: '{ contains: croissant }',
    ...textPart('contains', hasPart, (t, p) => t.includes(p)),
  }),
  not_contains: operator({
    summary: 'does not have the text in it; true where unknown',
    example: '{ not_contains: gift }',
    negative: true,
    ...textPart('does not contain', hasPart, (t, p) => t.includes(p)),
  }),
  starts_with: operator({
    summary: 'begins with the text',
    example: '{ starts_with: +375 }',
    ...textPart('begins with', startsWith, (t, p) => t.startsWith(p)),
  }),
  ends_with: operator({
    summary: 'ends with the text',
    example: '{ ends_with: .by }',
    ...textPart('ends with', endsWith, (t, p) => t.endsWith(p)),
  }),
  matches: operator<One>({
    summary: 'an RE2 expression matches anywhere in the text',
    example: "{ matches: '^cake|pie$' }",
    reads: literal,
    of: texts,
    wrong(l) {
      try {
        RE2JS.compile(l.value.text)
        return undefined
      } catch (error) {
        return { message: `not an RE2 expression: ${error instanceof Error ? error.message : String(error)}`, span: l.span }
      }
    },
    sql(value, l, _cx, exact) {
      const expression = RE2JS.compile(l.value.text.normalize('NFC'), exact ? 0 : RE2JS.CASE_INSENSITIVE)
      return value.whereText((t) => expression.matcher(t.normalize('NFC')).find())
    },
    say: (l) => `matches /${l.value.text}/`,
  }),
  has_any: operator({
    summary: 'the list has one of',
    example: '{ has_any: [coffee, bread] }',
    ...memberPart('has', ' or ', or),
  }),
  has_all: operator({
    summary: 'the list has all of',
    example: '{ has_all: [coffee, bread] }',
    ...memberPart('has', ' and ', and),
  }),
  has_none: operator({
    summary: 'the list has none of; true where unknown',
    example: '{ has_none: [meat] }',
    negative: true,
    ...memberPart('has none of', ', ', or),
  }),
  exists: operator({
    summary: 'is known, or with `false` is not',
    example: '{ exists: true }',
    reads: flag,
    of: every,
    sql: (value, there) => {
      const known = truth(value.where((form) => sql`${form} is not null`))
      return there ? known : not(known)
    },
    say: (there) => (there ? 'is known' : 'is not known'),
  }),
  before: operator<DayRef>({
    summary: 'earlier than the day, which is excluded',
    example: '{ before: 2024-05-01 }',
    reads: dayRef,
    of: dates,
    sql: (value, day, cx) => inDays(value, { to: resolveDay(day, cx.asOf) - 1 }),
    say: (day) => `before ${day.text}`,
  }),
  after: operator<DayRef>({
    summary: 'later than the day, which is excluded',
    example: '{ after: -30d }',
    reads: dayRef,
    of: dates,
    sql: (value, day, cx) => inDays(value, { from: resolveDay(day, cx.asOf) + 1 }),
    say: (day) => `after ${day.text}`,
  }),
  next: operator({
    summary: 'from the as-of day on, so many days',
    example: '{ next: 7 days }',
    reads: duration,
    of: dates,
    sql: (value, d, cx) => inDays(value, nextDays(d, cx.asOf)),
    say: (d) => `in the next ${sayDuration(d)}`,
  }),
  ...windowOperators,
} as const

const table = operators as unknown as Readonly<Record<string, Operator<unknown>>>
export const operatorNames = Object.keys(operators)

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

export const sayComparison = (c: Comparison): string =>
  c.tests.map((t) => (table[t.op] as Operator<unknown>).say(t.body)).join(' and ') +
  (c.unknown === 'include' ? ', or is not known' : c.unknown === 'exclude' ? ', and is known' : '')
