/** The operators that values are compared by. One entry an operator. */

import { isMap } from 'yaml'
import { parseScaled, rescale, type Scaled } from '../base/decimal.js'
import { later } from '../base/later.js'
import type { Span, Spanned } from '../base/problem.js'
import { and, FALSE, int, join, not, or, type Sql, sql, truth } from '../base/sql.js'
import { fold } from '../base/text.js'
import { type Day, parseDay } from '../base/time.js'
import { endsWith, hasPart, oneOfMany, startsWith } from '../store/dialect.js'
import { firstRealDay, listMark, readDeclaredBoolean } from '../store/forms.js'
import type { FieldType } from '../store/sources.js'
import { numberLike } from './jsonschema.js'
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
import type { Wording } from './words/index.js'
import { either, flag, oneOrMore, optional, type Reader, scalar, shape, spanned, word } from './yaml.js'

const re2 = later<typeof import('re2js')>('re2js')

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
export const isOther = (b: unknown): b is Other => typeof b === 'object' && b !== null && 'metric' in b

export interface Operator<Body> {
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
  say(body: Body, w: Wording): string
}
const operator = <Body>(o: Operator<Body>): Operator<Body> => o

type One = Spanned<Literal>
const many = oneOrMore(literal)

const every: readonly FieldType[] = ['text', 'key', 'number', 'date', 'moment', 'boolean', 'list']
const simple: readonly FieldType[] = ['text', 'key', 'number', 'date', 'moment', 'boolean']
export const texts: readonly FieldType[] = ['text', 'key']
export const numbers: readonly FieldType[] = ['number']
export const dates: readonly FieldType[] = ['date', 'moment']

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
export const numeric = (value: Value): Value => (value.type === 'number' ? value : (value.asNumber ?? value))

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

const values = (all: readonly One[], w: Wording): readonly string[] => all.map((l) => w.value(l.value.text))

type TextWord = 'contains' | 'not_contains' | 'starts_with' | 'ends_with'
const textPart = (say: TextWord, find: (form: Sql, part: string) => Sql, pass: (text: string, part: string) => boolean) =>
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
    say: (all: readonly One[], w: Wording) => w.operators[say](values(all, w)),
  }) as const

const hasMember = (value: Value, l: One): Sql => value.where((form) => hasPart(form, `${listMark}${folded(l)}${listMark}`))
const memberPart = (say: 'has_any' | 'has_all' | 'has_none', joined: (parts: readonly Sql[]) => Sql) =>
  ({
    reads: many,
    of: ['list'] as readonly FieldType[],
    wrong: (all: readonly One[]) => all.map((l) => misfit(l, 'list')).find((m) => m !== undefined),
    sql: (value: Value, all: readonly One[]) => joined(all.map((l) => hasMember(value, l))),
    say: (all: readonly One[], w: Wording) => w.operators[say](values(all, w)),
  }) as const

const times: Reader<string> = scalar('a number like `0.7`', (_, t) => (numberOf(t) === undefined ? undefined : t), numberLike)
const boundOperand: Reader<Bound> = either(isMap, shape({ metric: spanned(word), times: optional(times) }), literal)

const bound = (relation: Relation, say: 'min' | 'max' | 'above' | 'below' | 'exactly') =>
  ({
    reads: boundOperand,
    of: numbers,
    wrong: (b: Bound) => (isOther(b) ? undefined : misfit(b, 'number')),
    sql: (value: Value, b: Bound, cx: Compile) =>
      isOther(b)
        ? compareOther(numeric(value), relation, cx.customer(b.metric.value), b.times ?? '1')
        : compareNumber(numeric(value), relation, b),
    say: (b: Bound, w: Wording) => w.operators[say](isOther(b) ? w.other(b.metric.value, b.times) : w.bound(b.value.text)),
  }) as const

/** `value op other × times`, exactly: both sides as whole numbers of one scale. */
function compareOther(value: Value, relation: Relation, other: Value, by: string): Sql {
  const factor = numberOf(by) as Scaled
  const [left, right] = [exactNumber(value, 'clipped'), exactNumber(other, 'clipped')]
  const ahead = right.scale + factor.scale - left.scale
  const power = (n: number): Sql => int(10n ** BigInt(Math.max(0, n)))
  return sql`${left.form} * ${power(ahead)} ${{ text: relation, params: [] }} ${right.form} * ${int(factor.units)} * ${power(-ahead)}`
}

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
        say: (body, w) => sayWindow({ [n]: body } as WindowFields, w),
      }),
    ]
  }),
) as Record<WindowName, Operator<unknown>>

/** Every operator there is. A bare value is `is`, a bare list is `in`. */
export const operators = {
  is: operator({ summary: 'equals', example: '{ is: Minsk }', ...equal, say: (l, w) => w.operators.is(w.value(l.value.text)) }),
  not: operator({
    summary: 'does not equal; true where unknown',
    example: '{ not: Minsk }',
    negative: true,
    ...equal,
    say: (l, w) => w.operators.not(w.value(l.value.text)),
  }),
  in: operator({
    summary: 'equals one of',
    example: '{ in: [Minsk, Brest] }',
    ...inList,
    say: (all, w) => w.operators.in(values(all, w)),
  }),
  not_in: operator({
    summary: 'equals none of; true where unknown',
    example: '{ not_in: [Minsk] }',
    negative: true,
    ...inList,
    say: (all, w) => w.operators.not_in(values(all, w)),
  }),
  min: operator({ summary: 'at least', example: '{ min: 18 }', ...bound('>=', 'min') }),
  max: operator({ summary: 'at most', example: '{ max: 65 }', ...bound('<=', 'max') }),
  above: operator({ summary: 'more than', example: '{ above: 0 }', ...bound('>', 'above') }),
  below: operator({ summary: 'less than', example: '{ below: 100 }', ...bound('<', 'below') }),
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
    ...textPart('not_contains', hasPart, (t, p) => t.includes(p)),
  }),
  starts_with: operator({
    summary: 'begins with the text',
    example: '{ starts_with: +375 }',
    ...textPart('starts_with', startsWith, (t, p) => t.startsWith(p)),
  }),
  ends_with: operator({
    summary: 'ends with the text',
    example: '{ ends_with: .by }',
    ...textPart('ends_with', endsWith, (t, p) => t.endsWith(p)),
  }),
  matches: operator<One>({
    summary: 'an RE2 expression matches anywhere in the text',
    example: "{ matches: '^cake|pie$' }",
    reads: literal,
    of: texts,
    wrong(l) {
      try {
        re2().RE2JS.compile(l.value.text)
        return undefined
      } catch (error) {
        return { message: `not an RE2 expression: ${error instanceof Error ? error.message : String(error)}`, span: l.span }
      }
    },
    sql(value, l, _cx, exact) {
      const { RE2JS } = re2()
      const expression = RE2JS.compile(l.value.text.normalize('NFC'), exact ? 0 : RE2JS.CASE_INSENSITIVE)
      return value.whereText((t) => expression.matcher(t.normalize('NFC')).find())
    },
    say: (l, w) => w.operators.matches(l.value.text),
  }),
  has_any: operator({
    summary: 'the list has one of',
    example: '{ has_any: [coffee, bread] }',
    ...memberPart('has_any', or),
  }),
  has_all: operator({
    summary: 'the list has all of',
    example: '{ has_all: [coffee, bread] }',
    ...memberPart('has_all', and),
  }),
  has_none: operator({
    summary: 'the list has none of; true where unknown',
    example: '{ has_none: [meat] }',
    negative: true,
    ...memberPart('has_none', or),
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
    say: (there, w) => w.operators.exists(there),
  }),
  before: operator<DayRef>({
    summary: 'earlier than the day, which is excluded',
    example: '{ before: 2024-05-01 }',
    reads: dayRef,
    of: dates,
    sql: (value, day, cx) => inDays(value, { to: resolveDay(day, cx.asOf) - 1 }),
    say: (day, w) => w.operators.before(day.text),
  }),
  after: operator<DayRef>({
    summary: 'later than the day, which is excluded',
    example: '{ after: -30d }',
    reads: dayRef,
    of: dates,
    sql: (value, day, cx) => inDays(value, { from: resolveDay(day, cx.asOf) + 1 }),
    say: (day, w) => w.operators.after(day.text),
  }),
  next: operator({
    summary: 'from the as-of day on, so many days',
    example: '{ next: 7 days }',
    reads: duration,
    of: dates,
    sql: (value, d, cx) => inDays(value, nextDays(d, cx.asOf)),
    say: (d, w) => w.windows.next(d),
  }),
  ...windowOperators,
} as const

export const table = operators as unknown as Readonly<Record<string, Operator<unknown>>>
export const operatorNames = Object.keys(operators)
