/** `overlap`: how many customers are in two segments at once, for every pair. */

import { plural } from '../base/text.js'
import { formatDay } from '../base/time.js'
import type { Setting } from '../engine/compiler.js'
import { evaluate } from '../engine/evaluate.js'
import { combinations, inBoth } from '../report/across/intersections.js'
import { WORD } from '../report/columns.js'
import { share } from '../report/numbers.js'
import type { Store } from '../store/store.js'
import { defineCommand, type Invocation, type Outcome } from './command.js'
import { noteHeld } from './held.js'
import { type Row, sayRows, writeRows } from './output.js'
import { asCounted, errorsFirst, reading, sayDay, select, settingOf, type Workspace } from './workspace.js'

export const command = defineCommand({
  name: 'overlap',
  summary: 'how many customers two segments have in common, for every pair',
  group: 'answers',
  args: [
    {
      name: 'SEGMENT',
      description: "segments: names, globs, `tag:x`; none means all but segkit's own; one means it and each of those",
      variadic: true,
    },
  ],
  options: [],
  examples: [
    'segkit overlap',
    'segkit overlap croissant-fans',
    "segkit overlap croissant-fans 'system/rfm-*' -o overlap.csv",
    'segkit overlap --columns a,b,jaccard',
  ],
  notes: [
    'A row a pair, each pair once, in the order of the definitions or as they are named.',
    '`both` are the customers in both; `share_a` is their share of a, `share_b` of b, `jaccard` of all who are in either: 1 where the two are the same customers. Of nobody the share is empty.',
  ].join('\n'),
  exits: [
    [0, 'done'],
    [2, 'no such segment'],
    [3, 'some of the segments are broken, the sound rest is told'],
    [66, 'no data loaded yet'],
    [78, 'no project, or what was named is broken'],
  ],
  run: reading(tell),
})

type Names = readonly string[]

async function tell(ws: Workspace, store: Store, invocation: Invocation): Promise<Outcome> {
  const { globals, io } = invocation
  const setting = settingOf(ws, asCounted(ws, store), io.cwd)
  const { definitions } = setting
  const own = (names: Names): Names => names.filter((n) => !n.startsWith('system/'))
  const words = invocation.list('SEGMENT')
  const chosen = select(definitions, words, ['segment'], globals)
  const [named, broken] = [chosen.names, chosen.broken].map((found) => (words.length === 0 ? own(found) : found)) as [
    Names,
    Names,
  ]
  const wrong = [...new Set(broken.flatMap((n) => errorsFirst(definitions.broken.get(n) ?? [])))]
  if (named.length === 0 && wrong.length > 0) return { exit: 78, problems: wrong, verdict: 'nothing was told' }
  const rest = named.length === 1 ? own([...definitions.segments.keys()]).filter((n) => n !== named[0]) : []
  const names = [...named, ...rest]
  const right = 'right' as const
  const columns = [
    { name: 'a' },
    { name: 'b' },
    ...['customers_a', 'customers_b', 'both', 'share_a', 'share_b', 'jaccard'].map((name) => ({ name, align: right })),
  ]
  const rows = pairRows(setting, names, named.length === 1 ? 1 : names.length)
  const { rows: n } = await writeRows({ thing: 'overlap', asOf: formatDay(ws.asOf), columns, rows }, globals, io)
  noteHeld(ws, setting, names, invocation)
  const verdict = `${sayRows(n, 'pair', globals)} of ${plural(names.length, 'segment')} ${sayDay(ws)}`
  return wrong.length > 0 ? { exit: 3, problems: wrong, verdict } : { verdict }
}

/** Pairs whose first is one of the first `firsts`. */
function* pairRows(setting: Setting, names: Names, firsts: number): IterableIterator<Row> {
  if (names.length < 2) return
  const { words, count } = memberships(setting, names)
  const both = inBoth(combinations(words, count, names.length), names.length)
  for (let a = 0; a < firsts; a++)
    for (let b = a + 1; b < names.length; b++) {
      const [inA, inB, common] = [both(a, a), both(b, b), both(a, b)]
      yield [names[a]!, names[b]!, inA, inB, common, share(common, inA), share(common, inB), share(common, inA + inB - common)]
    }
}

/** A customer's bits stand at his number. */
function memberships(setting: Setting, names: Names): { readonly words: readonly Int32Array[]; readonly count: number } {
  const members = evaluate(setting, names).memberNumbers()
  const count = 1 + names.reduce((most, name) => Math.max(most, members.get(name)?.at(-1) ?? 0), 0)
  const words = Array.from({ length: Math.ceil(names.length / WORD) }, () => new Int32Array(count))
  for (const [n, name] of names.entries()) {
    const word = words[Math.floor(n / WORD)]!
    for (const id of members.get(name) ?? []) word[id]! |= 1 << (n % WORD)
  }
  return { words, count }
}
