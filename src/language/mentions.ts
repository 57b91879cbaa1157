/**
 * What definitions mention: fields of rows and customers with what they are compared with, and windows over rows. The words for
 * rows (`orders:`, `event:`, `where:`, `containing:` …) mean the same wherever they stand, so one walk over the bodies finds them.
 */
import type { Span, Spanned } from '../base/problem.js'
import type { Comparison } from './compare.js'
import type { Filter } from './filter.js'
import type { Literal } from './operators.js'
import { type WindowFields, windowNames } from './windows.js'

/** `customers`, a source of rows, or an event. */
export type On = string

export interface FieldMention {
  readonly on: On
  readonly field: string
  readonly test: Comparison
}
export interface WindowMention {
  readonly on: On
  readonly window: WindowFields
}
export interface Mentions {
  readonly fields: readonly FieldMention[]
  readonly windows: readonly WindowMention[]
  /** Every comparison, of fields, counts and metrics. */
  readonly comparisons: readonly Comparison[]
}

type Found = { readonly [K in keyof Mentions]: Mentions[K][number][] }

/** Of the body of a condition, an event or a metric. */
export function mentionsOf(body: unknown): Mentions {
  const found: Found = { fields: [], windows: [], comparisons: [] }
  walk(body, undefined, found)
  return found
}

const rowSources = ['orders', 'items', 'activities']
const ofItems = ['containing', 'without']

function walk(node: unknown, on: On | undefined, found: Found): void {
  if (Array.isArray(node)) for (const one of node) walk(one, on, found)
  else if (node instanceof Map) for (const [name, one] of node as ReadonlyMap<string, unknown>) attribute(name, one, found)
  else if (isFilter(node)) filter(node, on, found)
  else if (isComparison(node)) found.comparisons.push(node)
  else if (isRecord(node) && !isSpan(node)) {
    const over = overOf(node) ?? on
    const windows = windowNames.filter((n) => isWindow(n, node[n]))
    if (over !== undefined && windows.length > 0)
      found.windows.push({ on: over, window: Object.fromEntries(windows.map((n) => [n, node[n]])) as WindowFields })
    for (const [key, one] of Object.entries(node))
      walk(one, rowSources.includes(key) ? key : ofItems.includes(key) ? 'items' : over, found)
  }
}

function attribute(name: string, one: unknown, found: Found): void {
  const test = isSpanned(one) ? one.value : one
  if (!isComparison(test)) return
  found.comparisons.push(test)
  found.fields.push({ on: 'customers', field: name, test })
}

function filter(f: Filter, on: On | undefined, found: Found): void {
  for (const { field, test } of f.tests) {
    found.comparisons.push(test)
    if (on !== undefined) found.fields.push({ on, field, test })
  }
  for (const block of f.blocks) for (const inner of block.of) filter(inner, on, found)
}

/** `on:` is a day in conditions and metrics, but a source in events. */
const isWindow = (name: string, body: unknown): boolean =>
  body !== undefined && (name !== 'on' || (isRecord(body) && 'text' in body))

/** Which rows a body is about. */
function overOf(body: Readonly<Record<string, unknown>>): On | undefined {
  if (isSpanned(body['event']) && typeof body['event'].value === 'string') return body['event'].value
  const source = rowSources.find((s) => isFilter(body[s]))
  if (source !== undefined) return source
  const target = isRecord(body['target']) ? body['target']['on'] : body['on']
  if (typeof target === 'string') return target
  return isSpanned(target) && typeof target.value === 'string' ? target.value : undefined
}

const isRecord = (node: unknown): node is Readonly<Record<string, unknown>> => typeof node === 'object' && node !== null
const isSpan = (node: unknown): node is Span => isRecord(node) && 'source' in node && 'start' in node && 'end' in node
const isSpanned = (node: unknown): node is Spanned<unknown> => isRecord(node) && 'value' in node && isSpan(node['span'])
const isFilter = (node: unknown): node is Filter =>
  isRecord(node) && Array.isArray(node['tests']) && Array.isArray(node['blocks'])
const isComparison = (node: unknown): node is Comparison =>
  isRecord(node) && Array.isArray(node['tests']) && typeof node['exact'] === 'boolean'

/** Operators whose operands are whole values, and whether these must be there or must not. */
const wholeValues: Readonly<Record<string, 'wanted' | 'unwanted'>> = {
  is: 'wanted',
  in: 'wanted',
  has_any: 'wanted',
  has_all: 'wanted',
  not: 'unwanted',
  not_in: 'unwanted',
  has_none: 'unwanted',
}

/** The values that a comparison names. */
export const valuesOf = (c: Comparison): readonly (Spanned<Literal> & { readonly as: 'wanted' | 'unwanted' })[] =>
  c.tests.flatMap(({ op, body }) => {
    const as = Object.hasOwn(wholeValues, op) ? wholeValues[op] : undefined
    return as === undefined ? [] : literalsIn(body).map((l) => ({ ...l, as }))
  })

/** The numbers that bound a value, by operator. */
export const boundsOf = (c: Comparison): readonly (Spanned<Literal> & { readonly op: string })[] =>
  c.tests.flatMap(({ op, body }) =>
    ['min', 'max', 'above', 'below', 'exactly'].includes(op) ? literalsIn(body).map((l) => ({ ...l, op })) : [],
  )

const literalsIn = (body: unknown): readonly Spanned<Literal>[] =>
  (Array.isArray(body) ? (body as readonly unknown[]) : [body]).filter(
    (one): one is Spanned<Literal> => isSpanned(one) && isRecord(one.value) && typeof one.value['text'] === 'string',
  )
