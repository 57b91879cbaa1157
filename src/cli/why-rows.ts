/** What `why` tells of one customer, for programs: rows, one for each condition, and the tree as a document. */
import { position } from '../base/problem.js'
import { formatDay } from '../base/time.js'
import type { BehindRow } from '../engine/behind.js'
import { type Seen, type Turn, textOf, type Why, type WhyNode } from '../engine/why.js'
import type { WhyEvent } from '../engine/why-event.js'
import type { Segment } from '../language/definitions.js'
import type { Cell, Row } from './output.js'
import { sayDistance } from './why-words.js'

export interface Telling {
  readonly customer: string
  readonly asOf: string
  /** The first day on which he is known, where it lies after the as-of day. */
  readonly notBefore?: string
  readonly segments: readonly (Why & { readonly turn?: Turn })[]
  readonly events: readonly WhyEvent[]
  /** Segments that he is in, told in short. */
  readonly memberOf?: readonly Segment[]
}

const right = 'right' as const
export const whyColumns = [
  { name: 'segment' },
  { name: 'member' },
  { name: 'depth', align: right },
  { name: 'condition' },
  { name: 'holds' },
  { name: 'value' },
  { name: 'wanted' },
  { name: 'distance' },
  { name: 'file' },
  { name: 'line', align: right },
]

const placeOf = (span: Segment['span']) => [span.source.name, position(span).line] as const

/** Of a customer who does not exist yet only that he is in no segment. A segment at depth 0, its blocks and conditions below it, each value of a condition that looks at several below that. */
export const whyRows = ({ segments, events, notBefore, memberOf = [] }: Telling): readonly Row[] => [
  ...memberOf.map((s): Row => [s.name, true, 0, s.title ?? null, true, null, null, null, ...placeOf(s.span)]),
  ...segments.flatMap(({ segment, member, tree, turn }): readonly Row[] => [
    [segment.name, member, 0, segment.title ?? null, member, null, null, turnWords(turn), ...placeOf(segment.span)],
    ...(notBefore !== undefined ? [] : tree.op === 'all' ? tree.of : [tree]).flatMap((node) =>
      nodeRows(node, [segment.name, member], 1),
    ),
  ]),
  ...events.flatMap(({ event, count, latest, seen, next }): readonly Row[] => [
    [event.name, null, 0, event.event.say(), count > 0, String(count), null, next ?? null, ...placeOf(event.span)],
    ...latest.map((row): Row => [event.name, null, 1, row.at, true, factWords(row), null, null, ...placeOf(event.span)]),
    ...seen.map((s): Row => [event.name, null, 1, s.label, s.holds ?? null, ...seenCells(s), ...placeOf(event.span)]),
  ]),
]

function nodeRows(node: WhyNode, name: readonly [string, boolean], depth: number): readonly Row[] {
  const row = (at: number, condition: string, holds: boolean | null, seen: Seen | undefined): Row => [
    ...name,
    at,
    condition,
    holds,
    ...(seen === undefined ? [null, null, null] : seenCells(seen)),
    ...placeOf(node.span),
  ]
  const [first] = node.seen
  const single = node.seen.length === 1 ? first : undefined
  return [
    row(depth, node.says, node.holds, single),
    ...(single === undefined ? node.seen.map((s) => row(depth + 1, s.label, s.holds ?? null, s)) : []),
    ...node.of.flatMap((n) => nodeRows(n, name, depth + 1)),
  ]
}

const seenCells = (seen: Seen): readonly Cell[] => [
  textOf(seen.value),
  seen.wanted ?? null,
  seen.distance === undefined ? null : sayDistance(seen.distance, seen.unit, seen.holds === true),
]

const turnWords = (turn: Turn | undefined): string | null =>
  turn !== undefined && 'on' in turn ? `${turn.change} on ${formatDay(turn.on)}` : null

export const factWords = ({ facts }: Pick<BehindRow, 'facts'>): string =>
  facts.map(([field, cell]) => `${field} ${textOf(cell)}`).join(', ')

export function whyDocument(t: Telling): unknown {
  return {
    schema: 'segkit.why/1',
    as_of: t.asOf,
    customer: t.customer,
    exists: t.notBefore === undefined,
    ...(t.memberOf !== undefined && {
      member_of: t.memberOf.map((s) => ({ segment: s.name, title: s.title ?? null })),
    }),
    segments: t.segments.map(({ segment, member, tree, turn }) => ({
      segment: segment.name,
      title: segment.title ?? null,
      member,
      change: turn === undefined || !('on' in turn) ? null : { on: formatDay(turn.on), change: turn.change },
      tree: nodeDocument(tree),
    })),
    events: t.events.map(({ event, count, latest, seen, next }) => ({
      event: event.name,
      title: event.title ?? null,
      occurrences: count,
      next: next ?? null,
      latest: latest.map(rowDocument),
      values: seen.map(seenDocument),
    })),
  }
}

function nodeDocument(node: WhyNode): unknown {
  const [file, line] = placeOf(node.span)
  return {
    op: node.op,
    says: node.says,
    holds: node.holds,
    file,
    line,
    values: node.seen.map(seenDocument),
    of: node.of.map(nodeDocument),
  }
}

const seenDocument = (s: Seen): unknown => ({
  label: s.label,
  value: s.value as Cell,
  wanted: s.wanted ?? null,
  holds: s.holds ?? null,
  distance: s.distance === undefined ? null : { by: { decimal: s.distance.by }, way: s.distance.way },
  beside: Object.fromEntries(s.beside.map(({ label, value }) => [label, value as Cell])),
  rows: s.rows === undefined ? null : { count: s.rows.count, latest: s.rows.latest.map(rowDocument) },
})

const rowDocument = ({ at, facts }: BehindRow): unknown => ({ at, facts: Object.fromEntries(facts) })
