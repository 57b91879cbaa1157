/** What a segment is by its definition, where that stands, and whether it is as expected. */

import { placeOf } from '../../base/problem.js'
import { verdicts } from '../../engine/held.js'
import { type Segment, saySegment } from '../../language/definitions.js'
import { comparedWith } from '../../language/expectations.js'
import { type Block, figure, note } from '../blocks.js'
import { rowsIn } from '../columns.js'
import { spoken } from '../words.js'
import type { World } from '../world.js'
import { section } from './section.js'

export const definition = {
  definition: section<Members>({
    question: 'How is it defined?',
    marks: (_, segments) => ({ segments: comparedBy(segments) }),
    gather: membersOf,
    answer: ({ segment }, world, members) => [
      ...sentence(segment),
      figure('place', 'Stands in', 'text', placeOf(segment.span)),
      ...expectBlocks(segment, world, members),
    ],
  }),
}

/** Reports count: who is meant by his key or address is not named. */
const sentence = (segment: Segment): readonly Block[] =>
  segment.attributes.some((name) => name === 'customer' || name === 'phone')
    ? [note('Its definition names customers and is not told here.')]
    : [
        figure(
          'definition',
          'Members are',
          'text',
          spoken((w) => saySegment(segment, w).replace(ADDRESS, '…@…')),
        ),
      ]
const ADDRESS = /[^\s,`'"«»]+@[^\s,`'"«»]+/g

/** By the names of segments, the numbers of their customers. */
type Members = ReadonlyMap<string, readonly number[]>

/** Segments that expectations look at beside the one they are of. */
const comparedBy = (segments: readonly Segment[]): readonly string[] =>
  segments.flatMap(({ expect, base }) =>
    expect === undefined
      ? []
      : [
          ...comparedWith(expect).map((other) => other.value),
          ...(expect.partition === undefined ? [] : [...expect.partition.value, ...(base === undefined ? [] : [base])]),
        ],
  )

function membersOf({ subjects, people, marks }: World): Members {
  const segments = subjects.map((s) => s.segment)
  const numbers = new Map([...marks, ...subjects.map(({ segment, number }) => [segment.name, number] as const)])
  const wanted = [...segments.filter((s) => s.expect !== undefined).map((s) => s.name), ...comparedBy(segments)]
  return new Map(
    [...new Set(wanted)].map((name) => [name, Array.from(rowsIn(people, numbers.get(name)!), (row) => people.ids[row]!)]),
  )
}

function expectBlocks(segment: Segment, { setting, exists }: World, members: Members): readonly Block[] {
  if (segment.expect === undefined) return []
  const judged = verdicts(segment, segment.expect, { members, exists }, setting)
  const broken = judged.filter((v) => v.breaches.length > 0)
  return [
    figure('expectations', 'Expectations', 'number', judged.length),
    figure('broken', 'Not as expected', 'number', broken.length),
    ...judged.map(({ expected, breaches }) =>
      note(breaches.length === 0 ? 'As expected: {what}.' : 'Not as expected: {what}.', { what: spoken(expected) }),
    ),
  ]
}
