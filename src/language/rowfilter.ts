/** The row filter of the language: which rows or occurrences a condition, or a step of a sequence, looks at. */
import type { Problems, Span, Spanned } from '../base/problem.js'
import { type Comparison, sayComparison } from './compare.js'
import { checkContaining, fieldworkOf, type Names, onOf, sayContaining, type Use, uses } from './fieldwork.js'
import { checkFilter, type Filter, filter, noFilter, rowsOf, sayFilter } from './filter.js'
import { oneAmong } from './jsonschema.js'
import type { RowsRef } from './rows.js'
import type { Compile } from './value.js'
import { daysOf, type WindowFields, windowReaders, wrongWindow } from './windows.js'
import { english, type Wording } from './words/index.js'
import { listOf, optional, type Reader, schemaOf, spanned, word } from './yaml.js'

/** A row filter of the language: one of `orders`, `items`, `activities` or `event`, with what may narrow it. */
export interface RowFilter extends WindowFields {
  readonly event?: Spanned<string>
  readonly orders?: Filter
  readonly items?: Filter
  readonly activities?: Filter
  readonly where?: Filter
  readonly containing?: readonly Filter[]
  readonly without?: readonly Filter[]
}

/** Readers to spread into the fields of any condition that looks at rows. */
export const rowFilterReaders = {
  event: optional(spanned(word)),
  orders: optional(rowsOf),
  items: optional(rowsOf),
  activities: optional(rowsOf),
  where: optional(filter),
  containing: optional(listOf(filter)),
  without: optional(listOf(filter)),
  ...windowReaders,
}
const sources = ['orders', 'items', 'activities'] as const

/** A body that names exactly one kind of rows. */
export function oneRowSource<T extends RowFilter>(inner: Reader<T>): Reader<T> {
  return {
    expects: inner.expects,
    ...(inner.keys !== undefined && { keys: inner.keys }),
    schema: (shared) => oneAmong([...sources, 'event'], schemaOf(inner, shared)),
    read(at, cx) {
      const before = cx.problems.list.length
      const body = inner.read(at, cx)
      if (body === undefined) return undefined
      const named = [...sources, 'event' as const].filter((s) => body[s] !== undefined)
      if (named.length === 1) return body
      if (cx.problems.list.length > before) return undefined
      return cx.problems.error(
        'one-source',
        named.length === 0
          ? 'which rows? name `event`, `orders`, `items` or `activities`'
          : `one kind of rows a condition; here are ${named.map((n) => `\`${n}\``).join(' and ')}`,
        {
          span: at.span,
          help: 'for example `orders: any`, or `event: NAME`',
        },
      )
    },
  }
}

export const rowsRef = (body: RowFilter, cx: Compile): RowsRef => ({
  on: body.event === undefined ? { source: rowSourceOf(body) } : { event: body.event.value },
  where: [
    ...sources.flatMap((s) => (body[s] === undefined || body[s] === noFilter ? [] : [body[s]])),
    ...(body.where === undefined ? [] : [body.where]),
  ],
  containing: body.containing ?? [],
  without: body.without ?? [],
  days: daysOf(body, cx.asOf),
  fields: [],
})
export const rowSourceOf = (body: RowFilter) => sources.find((s) => body[s] !== undefined) ?? 'orders'

export function checkRowFilter(body: RowFilter, world: Names, problems: Problems, span: Span): void {
  const wrong = wrongWindow(body, world.asOf)
  if (wrong !== undefined) problems.error('window', wrong, { span })
  const on = body.event ?? { value: rowSourceOf(body), span }
  if (body.event !== undefined && (onOf(on.value) as { source?: string }).source !== undefined) {
    problems.error('unknown-event', `no event \`${on.value}\``, {
      span: on.span,
      help: `for rows of the source write \`${on.value}: any\``,
    })
    return
  }
  const fields = fieldworkOf({ on: on.value, span: on.span }, world, problems)
  if (fields === undefined) return
  for (const f of [...sources.map((s) => body[s]), body.where])
    if (f !== undefined) checkFilter(f, fields.work, world.asOf, problems)
  checkContaining(
    fields.source,
    [...(body.containing ?? []), ...(body.without ?? [])],
    span,
    world.catalogue,
    world.asOf,
    problems,
  )
}

/** The rows as a noun, "an order where channel is `web`", or with `bare` without its article. */
export const sayRowFilter = (body: RowFilter, w: Wording, bare?: 'bare'): string =>
  narrowed(
    body,
    body.event !== undefined
      ? w.occurrence(body.event.value)
      : bare === undefined
        ? w.row(rowSourceOf(body))
        : w.bareRow(rowSourceOf(body)),
    w,
  )

/** A noun or a deed with the filters that the rows must pass. */
function narrowed(body: RowFilter, what: string, w: Wording): string {
  const given = body.event === undefined ? body[rowSourceOf(body)] : undefined
  const filters = [given, body.where].filter((f) => f !== undefined && f !== noFilter)
  return w.joined([what, ...filters.map((f) => w.where(sayFilter(f as Filter, w))), sayContaining(body, w)])
}

/** What the customer did, as a predicate: "had an order where …", "bought an item where …"; an event's name is one already. */
export const sayDeed = (body: RowFilter, w: Wording = english): string =>
  narrowed(body, body.event !== undefined ? w.occurred(body.event.value) : w.did(rowSourceOf(body)), w)
/** The same, not done. */
export const sayUndone = (body: RowFilter, w: Wording): string =>
  narrowed(body, body.event !== undefined ? w.didNotOccur(body.event.value) : w.didNot(rowSourceOf(body)), w)

/** "at least 5 times", "3 times", "once". */
export const sayTimes = (count: Comparison | undefined, w: Wording): string =>
  count === undefined ? '' : w.times(sayComparison(count, w))

export const rowFilterUses = (body: RowFilter): readonly Use[] => (body.event === undefined ? [] : uses('event', [body.event]))
