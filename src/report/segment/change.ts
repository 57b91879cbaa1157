/** Who entered and left since the run before, and why. */
import { type Day, formatDay } from '../../base/time.js'
import { type Cause, causes, type Explained, explainMoves } from '../../engine/causes.js'
import { type Block, column, figure, note, type Table } from '../blocks.js'
import { masked } from '../numbers.js'
import { dated, type Phrase, say } from '../words.js'
import type { World } from '../world.js'
import { section } from './section.js'

export const change = {
  change: section<ReadonlyMap<number, Explained>>({
    question: 'Who came and went?',
    gather,
    answer: ({ number, summary: { moved } }, world, explained) =>
      moved === undefined
        ? [note('No run of an earlier day holds it yet: `segkit run` records one.')]
        : [
            figure('since', 'Since the run as of', 'text', dated(formatDay(moved.since))),
            figure('entered', 'Entered', 'customers', moved.entered),
            figure('left', 'Left', 'customers', moved.left),
            ...causeBlocks(explained.get(number), moved.since, world),
          ],
  }),
}

/** By the numbers of the segments that moved. */
function gather({ setting, fingerprint, subjects }: World): ReadonlyMap<number, Explained> {
  const moves = subjects.flatMap(({ number, segment, summary: { moved } }) =>
    moved === undefined || moved.entered + moved.left === 0
      ? []
      : [{ number, segment: segment.name, since: moved.since, ...moved.who }],
  )
  const explained = explainMoves(setting, fingerprint, moves)
  return new Map(moves.map(({ number }, i) => [number, explained[i]!]))
}

const meanings = {
  data: 'data: they have rows dated since then.',
  time: 'time: they have none, so it was the clock, or how others compare.',
  restated: 'restated: by the data as they are now, it was so on {day} already.',
  definition: 'definition: as things are defined now, it was so on {day} already.',
  upstream: 'upstream: a segment that this one stands on was redefined.',
} as const satisfies Record<Cause, Phrase>

function causeBlocks(explained: Explained | undefined, since: Day, { minGroup }: World): readonly Block[] {
  if (explained === undefined) return []
  const count = (way: keyof Explained, cause: Cause): number => explained[way].get(cause)?.length ?? 0
  const there = causes.filter((cause) => count('entered', cause) + count('left', cause) > 0)
  const table: Table = {
    kind: 'table',
    name: 'causes',
    keys: 'dimension',
    key: say('Cause'),
    columns: [column('entered', 'Entered', 'customers'), column('left', 'Left', 'customers')],
    rows: there.map((cause) => ({
      key: say(cause),
      values: [masked(count('entered', cause), minGroup), masked(count('left', cause), minGroup)],
    })),
  }
  return [table, ...there.map((cause) => note(meanings[cause], { day: dated(formatDay(since)) }))]
}
