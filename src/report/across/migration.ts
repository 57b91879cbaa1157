/** How customers moved between the parts of a partition within a month: lifecycle, RFM, and the groups that are reported. */
import { type Day, formatDay, shift, startOf } from '../../base/time.js'
import type { Setting } from '../../engine/compiler.js'
import {
  ABSENT,
  isPartition,
  type Moves,
  movesBetween,
  OUTSIDE,
  type Partition,
  type Places,
  placesIn,
} from '../../engine/partition.js'
import type { Segment } from '../../language/definitions.js'
import { type Block, figure, type Matrix, note } from '../blocks.js'
import { isIn } from '../columns.js'
import { isMasked, masked, share } from '../numbers.js'
import { partPhrases } from '../segment/makeup.js'
import { dated, say, type Text } from '../words.js'
import type { World } from '../world.js'
import type { AcrossSection } from './section.js'

/** Shown whatever is reported, where the project has them. */
const ALWAYS = ['system/lifecycle', 'system/rfm']
const MOST = 4

export const migration: Readonly<Record<string, AcrossSection>> = {
  migration: {
    question: 'Who moved where within a month?',
    marks: (setting, segments) => ({ segments: groupsOf(setting, segments).flatMap((p) => [p.name, ...p.parts]) }),
    answer(world) {
      const { setting, asOf, subjects, minGroup } = world
      const groups = groupsOf(
        setting,
        subjects.map((s) => s.segment),
      )
      if (groups.length === 0) return []
      const from = monthBefore(asOf)
      const then = placesIn({ ...setting, asOf: from }, groups)
      return groups.flatMap((group, i) => {
        const moves = movesBetween(group, then[i]!, placesNow(group, world, then[i]!.length))
        return movesBlocks(group, moves, { from, to: asOf, minGroup })
      })
    },
  },
}

function groupsOf({ definitions }: Setting, reported: readonly Segment[]): readonly Partition[] {
  const always = ALWAYS.flatMap((name) => definitions.segments.get(name) ?? [])
  return [...new Set([...always, ...reported])].filter(isPartition).slice(0, MOST)
}

/** On the last day of a month the last day of the month before. */
export function monthBefore(day: Day): Day {
  return startOf(day + 1, 'month') === day + 1 ? startOf(day, 'month') - 1 : shift(day, -1, 'month')
}

/** The place of each customer in the partition on the as-of day, by his number. */
function placesNow({ name, parts }: Partition, world: World, size: number): Places {
  const { people } = world
  const [group, ...numbers] = [name, ...parts].map((segment) => world.marks.get(segment)) as [number, ...number[]]
  const places = new Int16Array(size).fill(ABSENT)
  for (let row = 0; row < people.count; row++)
    places[people.ids[row]!] = isIn(people, group, row) ? numbers.findIndex((n) => isIn(people, n, row)) : OUTSIDE
  return places
}

interface Span {
  readonly from: Day
  readonly to: Day
  readonly minGroup: number
}

function movesBlocks(group: Partition, moves: Moves, { from, to, minGroup }: Span): readonly Block[] {
  const days = { from: formatDay(from), to: formatDay(to) }
  const metric = metricOf(group.name)
  const there = moves.slice(0, -1).map((row) => row.slice(0, -1))
  const [stood, stayed] = [sum(there.map(sum)), sum(there.map((row, i) => row[i]!))]
  if (sum(moves.map(sum)) === 0) return [note('No customers on {day}.', { day: dated(days.to) })]
  const moved = masked(stood - stayed, minGroup)
  return [
    figure(`${metric}_moved`, 'Changed their place', 'customers', moved, {
      note: say('of those who were in {name} on both days', { name: group.name }),
    }),
    ...(isMasked(moved) ? [] : [figure(`${metric}_moved_share`, 'Share of them', 'percent', share(moved, stood))]),
    movesMatrix(group, moves, { ...days, metric, minGroup }),
  ]
}

const sum = (counts: readonly number[]): number => counts.reduce((total, n) => total + n, 0)

/** A row or a column of nobody's is left out where it is that of no part. */
function movesMatrix(
  group: Partition,
  moves: Moves,
  {
    metric,
    minGroup,
    from,
    to,
  }: { readonly metric: string; readonly minGroup: number; readonly from: string; readonly to: string },
): Matrix {
  const places = moves.map((_, i) => i)
  const none = group.parts.length
  const rows = places.filter((i) => i !== none || moves[i]!.some((count) => count > 0))
  const columns = places.filter((j) => j !== none || moves.some((row) => row[j]! > 0))
  const names = shortNames(group.parts)
  const label = (i: number): Text => {
    const phrase = partPhrases[group.parts[i] ?? '']
    return phrase === undefined ? (names[i] ?? say('none of them')) : say(phrase)
  }
  return {
    kind: 'matrix',
    name: metric,
    metric,
    title: say('Moves in {name} from {from} to {to}', { name: group.name, from: dated(from), to: dated(to) }),
    label: say('Customers'),
    unit: 'customers',
    rowKey: say('On {day}', { day: dated(from) }),
    columnKey: say('On {day}', { day: dated(to) }),
    rows: rows.map(label),
    columns: columns.map(label),
    cells: rows.map((i) => columns.map((j) => masked(moves[i]![j]!, minGroup))),
    draw: 'flow',
  }
}

const metricOf = (name: string): string => `moves_${name.replace(/^system\//, '').replace(/[^a-z0-9]+/g, '_')}`

/** Without what all the names begin with, up to a `/` or a `-`. */
function shortNames(names: readonly string[]): readonly string[] {
  const [first = ''] = names
  let cut = 0
  for (let at = 1; at < first.length; at++)
    if (/[/-]/.test(first[at - 1]!) && names.every((n) => n.length > at && n.startsWith(first.slice(0, at)))) cut = at
  return names.map((n) => n.slice(cut))
}
