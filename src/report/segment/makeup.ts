/** Where the members of a segment stand beside all customers: the stages of the lifecycle and the RFM groups that ship with segkit. */
import type { Setting } from '../../engine/compiler.js'
import { column, note, type Table } from '../blocks.js'
import { NEVER, type People, rowsIn } from '../columns.js'
import { isMasked, masked, share } from '../numbers.js'
import { type Phrase, say } from '../words.js'
import type { World } from '../world.js'
import { section, tooFew } from './section.js'

/** A group of segments of which everybody whom it is about is in exactly one. */
interface Partition {
  readonly name: string
  readonly title: Phrase
  readonly key: Phrase
  readonly parts: Readonly<Record<string, Phrase>>
}

const partitions = [
  {
    name: 'lifecycle',
    title: 'Where they stand since their last order',
    key: 'Stage',
    parts: {
      'system/never-ordered': 'Never ordered',
      'system/new': 'New',
      'system/active': 'Active',
      'system/cooling': 'Cooling',
      'system/lapsed': 'Lapsed',
      'system/lost': 'Lost',
    },
  },
  {
    name: 'rfm',
    title: 'RFM groups of those who have ordered',
    key: 'Group',
    parts: {
      'system/rfm-champions': 'Champions',
      'system/rfm-loyal': 'Loyal',
      'system/rfm-potential-loyalist': 'Potential loyalists',
      'system/rfm-new': 'New by RFM',
      'system/rfm-promising': 'Promising',
      'system/rfm-need-attention': 'Need attention',
      'system/rfm-about-to-sleep': 'About to sleep',
      'system/rfm-at-risk': 'At risk',
      'system/rfm-cant-lose': 'Cannot lose',
      'system/rfm-hibernating': 'Hibernating',
      'system/rfm-lost': 'Lost by RFM',
    },
  },
] as const satisfies readonly Partition[]

/** What people call the segments that are parts. */
export const partPhrases: Readonly<Record<string, Phrase>> = Object.assign({}, ...partitions.map(({ parts }) => parts))

const NOWHERE = -1

/** The part of each customer by its place in the partition, and how many stand in each. */
interface Stood {
  readonly partition: Partition
  readonly place: Int8Array
  readonly all: readonly number[]
}

export const makeup = {
  makeup: section<readonly Stood[]>({
    question: 'Where do they stand?',
    marks: (setting) => ({ segments: partitions.flatMap(({ parts }) => there(setting, Object.keys(parts))) }),
    gather: ({ people, marks }) => partitions.flatMap((partition) => stood(partition, people, marks) ?? []),
    answer(subject, world, found) {
      if (found.length === 0) return [note("Segkit's own segments are switched off (`system_segments: false` in segkit.yaml).")]
      if (!world.people.last.some((day) => day !== NEVER)) return [note('No orders up to this day, so nobody stands anywhere.')]
      const few = tooFew(subject, world)
      if (few !== undefined) return few
      const rows = rowsIn(world.people, subject.number)
      return found.map((s) => standing(s, tallied(s, rows), world))
    },
  }),
}

/** All of a partition or nothing. */
const there = ({ definitions }: Setting, parts: readonly string[]): readonly string[] =>
  parts.every((part) => definitions.segments.has(part)) ? parts : []

function stood(partition: Partition, people: People, marks: World['marks']): Stood | undefined {
  const numbers = Object.keys(partition.parts).map((part) => marks.get(part))
  const place = new Int8Array(people.count).fill(NOWHERE)
  const all: number[] = []
  for (const [at, number] of numbers.entries()) {
    if (number === undefined) return undefined
    const rows = rowsIn(people, number)
    for (const row of rows) place[row] = at
    all.push(rows.length)
  }
  return { partition, place, all }
}

function tallied({ place, all }: Stood, rows: Int32Array): readonly number[] {
  const counts = all.map(() => 0)
  for (const row of rows) if (place[row] !== NOWHERE) counts[place[row]!]!++
  return counts
}

function standing({ partition, all }: Stood, counts: readonly number[], { minGroup }: World): Table {
  const { name, title, key, parts } = partition
  const shown = (count: number, total: number) => {
    const n = masked(count, minGroup)
    return [n, isMasked(n) ? null : share(count, total)] as const
  }
  const [here, everywhere] = [sum(counts), sum(all)]
  return {
    kind: 'table',
    name,
    title: say(title),
    keys: 'dimension',
    key: say(key),
    columns: [
      column('customers', 'Customers', 'customers'),
      column('share', 'Share', 'percent', { bar: true }),
      column('share_of_all', 'Among all', 'percent'),
    ],
    rows: Object.values(parts).map((part, i) => ({
      key: say(part),
      values: [...shown(counts[i]!, here), shown(all[i]!, everywhere)[1]],
    })),
  }
}

const sum = (counts: readonly number[]): number => counts.reduce((total, n) => total + n, 0)
