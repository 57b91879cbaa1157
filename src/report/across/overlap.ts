/** Who is in several segments at once: the largest side by side, the pairs most alike, the larger intersections. */
import { type Block, column, type Matrix, note, type Table, type Value } from '../blocks.js'
import { isMasked, masked, share } from '../numbers.js'
import { named, say, type Together } from '../words.js'
import type { Subject, World } from '../world.js'
import { among, type Combination, combinations, inBoth } from './intersections.js'
import type { AcrossSection } from './section.js'

/** So many of the segments are laid side by side. */
const LARGEST = 12
const MOST_ROWS = 15
/** Segments in an intersection that is listed. */
const FEWEST = 2
const MOST = 5

export const overlap: Readonly<Record<string, AcrossSection>> = {
  overlap: {
    question: 'Who is in several segments at once?',
    answer(world) {
      const { people, subjects } = world
      if (subjects.length < 2) return [note('One segment alone overlaps with none.')]
      const shown = [...subjects]
        .sort((a, b) => b.summary.customers - a.summary.customers || a.number - b.number)
        .slice(0, LARGEST)
        .sort((a, b) => a.number - b.number)
      const all = combinations(people.words, people.count, subjects.length)
      const both = inBoth(all, subjects.length)
      const pairs = mostAlike(world, both)
      const larger = intersections(world, shown, all)
      return [
        ...(shown.length < subjects.length
          ? [
              note('The {n} largest of {all} segments; `segkit overlap` tells all pairs.', {
                n: shown.length,
                all: subjects.length,
              }),
            ]
          : []),
        shareMatrix(shown, both, world.minGroup),
        ...(pairs.length === 0
          ? [note('No two segments have {n} {n|customer|customers} in common.', { n: world.minGroup })]
          : []),
        ...(pairs.length > 0 ? [pairTable(pairs)] : []),
        ...(larger.length > 0 ? [intersectionTable(larger, shown.length, world)] : []),
      ] satisfies readonly Block[]
    },
  },
}

type Both = ReturnType<typeof inBoth>

const shareMatrix = (shown: readonly Subject[], both: Both, minGroup: number): Matrix => ({
  kind: 'matrix',
  name: 'shares',
  metric: 'share_of_row',
  title: say('Of the customers of the segment on the left, the share who are in the one above as well'),
  label: say('Share of the segment on the left'),
  unit: 'percent',
  rowKey: say('Segment'),
  columnKey: say('is also in'),
  rows: shown.map((s) => named(s.segment)),
  columns: shown.map((s) => named(s.segment)),
  cells: shown.map((a) =>
    shown.map((b): Value => {
      const count = masked(both(a.number, b.number), minGroup)
      return isMasked(count) ? count : share(count, a.summary.customers)
    }),
  ),
  draw: 'heat',
})

interface Pair {
  readonly a: Subject
  readonly b: Subject
  readonly both: number
  readonly either: number
}

/** By Jaccard, then by size, then in the order of the segments; those of too few in common are left out. */
function mostAlike({ subjects, minGroup }: World, both: Both): readonly Pair[] {
  const pairs: Pair[] = []
  for (const a of subjects)
    for (const b of subjects.slice(a.number + 1)) {
      const common = both(a.number, b.number)
      if (common >= Math.max(1, minGroup))
        pairs.push({ a, b, both: common, either: a.summary.customers + b.summary.customers - common })
    }
  return pairs.sort((x, y) => y.both * x.either - x.both * y.either || y.both - x.both).slice(0, MOST_ROWS)
}

const pairTable = (pairs: readonly Pair[]): Table => ({
  kind: 'table',
  name: 'pairs',
  title: say('The two segments most alike first'),
  keys: 'dimension',
  key: say('Segments'),
  columns: [
    column('both', 'In both', 'customers'),
    column('share_a', 'Of the first', 'percent'),
    column('share_b', 'Of the second', 'percent'),
    column('jaccard', 'Of either (Jaccard)', 'percent', { bar: true }),
  ],
  rows: pairs.map(({ a, b, both, either }) => ({
    key: together([a, b]),
    values: [both, share(both, a.summary.customers), share(both, b.summary.customers), share(both, either)],
  })),
})

/** The largest first; below `minGroup` they are left out. */
const intersections = (
  { subjects, minGroup }: World,
  shown: readonly Subject[],
  all: readonly Combination[],
): readonly Combination[] =>
  (shown.length === subjects.length ? all : among(all, new Set(shown.map((s) => s.number))))
    .filter((c) => c.segments.length >= FEWEST && c.segments.length <= MOST && c.customers >= minGroup)
    .sort((x, y) => y.customers - x.customers || compareNumbers(x.segments, y.segments))
    .slice(0, MOST_ROWS)

const intersectionTable = (larger: readonly Combination[], shown: number, { shop, subjects }: World): Table => ({
  kind: 'table',
  name: 'intersections',
  title: say('Customers in exactly these of the {n} segments, and in none of the others', { n: shown }),
  keys: 'dimension',
  key: say('Segments'),
  columns: [column('customers', 'Customers', 'customers'), column('share', 'Share of all customers', 'percent', { bar: true })],
  rows: larger.map(({ segments, customers }) => ({
    key: together(segments.map((n) => subjects[n]!)),
    values: [customers, share(customers, shop.customers)],
  })),
})

const together = (subjects: readonly Subject[]): Together => ({ all: subjects.map((s) => named(s.segment)) })

function compareNumbers(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((n, i) => n !== b[i])
  return at < 0 ? a.length - b.length : a[at]! - (b[at] ?? -1)
}
