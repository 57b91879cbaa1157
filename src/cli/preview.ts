/** `preview`: how large a segment is, and which of its conditions make it so; of the project, or of a draft in a file or on stdin. */
import { existsSync, readFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { formatScaled } from '../base/decimal.js'
import { type Problem, position, Stop } from '../base/problem.js'
import { grouped, plural, suggest } from '../base/text.js'
import { formatDay } from '../base/time.js'
import type { Setting } from '../engine/compiler.js'
import { type Preview, preview } from '../engine/preview.js'
import { type DefinitionFile, type Segment, saySegment } from '../language/definitions.js'
import type { Store } from '../store/store.js'
import { defineCommand, type Invocation, misuse } from './command.js'
import { type ColumnSpec, keepInputs, type Row, writeRows } from './output.js'
import {
  asCounted,
  byPlace,
  errorsFirst,
  named,
  openWorkspace,
  readStore,
  sayDay,
  settingOf,
  type Workspace,
} from './workspace.js'

export const command = defineCommand({
  name: 'preview',
  summary: 'size and share of a segment, and what each of its conditions does to it',
  group: 'answers',
  args: [{ name: 'SEGMENT', description: 'a segment, a definition file, or - for one on stdin', required: true }],
  options: [
    { flags: '--segment <name>', description: 'which segment of a file that defines several' },
    { flags: '--sample <n>', description: 'tell the keys of so many members on stderr' },
  ],
  examples: [
    'segkit preview croissant-fans',
    'segkit preview segments/gifts.yaml --segment christmas-gift-givers --sample 5',
    "echo 'all: [{ attribute: { city: Минск } }]' | segkit preview -",
  ],
  notes: `Steps are what must all hold, in the order written: the entries of \`all\`, and those of \`none\` turned round.
\`customers\` are left after the step, \`change\` tells how many fewer. \`alone\`: who of the base passes this condition. \`gain\`: how many more the segment would have without it.
An \`any\` block is one step. Below it stand its entries (2.1, 2.2), counted from nobody on: \`change\` is whom the entry lets through besides those before it, \`gain\` (below 0) whom the segment would lose without it.
The first row is all who exist on the day, then comes the segment's \`base:\`, if it names one; the last row is the segment.
A file may hold any definitions, which stand in for those of the same names in the project, or only the body of one segment.`,
  exits: [
    [0, 'done, also when nobody is in'],
    [2, 'no such segment, or a file of several and none named'],
    [66, 'no data loaded yet, no such file, nothing on stdin'],
    [78, 'no project, or the segment is broken'],
  ],
  run: async (invocation) => {
    const { globals, io } = invocation
    const sample = sampleSize(invocation)
    const ws = openWorkspace(invocation)
    const draft = await draftOf(invocation)
    const store = readStore(ws)
    try {
      const { setting, segment } = chosen(ws, asCounted(ws, store), draft, invocation)
      const seen = preview(setting, segment, sample)
      const place = `${segment.span.source.name}:${position(segment.span).line}`
      invocation.note(`${segment.name} (${place}): ${saySegment(segment)}`)
      await writeRows({ thing: 'preview', asOf: formatDay(ws.asOf), columns, rows: rowsOf(seen, segment) }, globals, io)
      if (seen.sample.length > 0) invocation.note(`for example ${seen.sample.join(', ')}`)
      const of = seen.base === undefined ? '' : `, ${grouped(seen.base.customers)} of them in ${segment.base}`
      return {
        verdict: `${plural(seen.size, 'member')} of ${segment.name}: ${share(seen.size, seen.existing)} of ${plural(seen.existing, 'customer')}${of}, ${sayDay(ws)}`,
      }
    } finally {
      store.close()
    }
  },
})

const columns: readonly ColumnSpec[] = [
  { name: 'step' },
  { name: 'condition' },
  ...['line', 'customers', 'change', 'alone', 'gain'].map((name) => ({ name, align: 'right' as const })),
]

function rowsOf({ existing, base, steps, size }: Preview, segment: Segment): readonly Row[] {
  return [
    ['all', 'all customers', null, existing, null, null, null],
    ...(base === undefined
      ? []
      : [['base', `in ${segment.base}`, null, base.customers, base.customers - existing, base.customers, base.gain]]),
    ...steps.map((s) => [s.place, s.say, position(s.span).line, s.customers, s.change, s.alone, s.gain]),
    ['size', segment.name, position(segment.span).line, size, null, null, null],
  ]
}

const share = (n: number, of: number): string =>
  formatScaled(of === 0 ? 0n : (2_000_000n * BigInt(n) + BigInt(of)) / (2n * BigInt(of)), 6)

function sampleSize({ globals, option }: Invocation): number {
  const word = option('sample')
  if (word === undefined) return 0
  if (/^\d{1,4}$/.test(word)) return Number(word)
  throw misuse(globals, word, 'bad-number', `\`--sample\` cannot be \`${word}\``, { help: 'write a whole number up to 9999' })
}

/** What a segment is called that only its body is known of. */
const BODY = 'draft'

/** The draft that the command names, if it names one rather than a segment. */
async function draftOf(invocation: Invocation): Promise<DefinitionFile | undefined> {
  const { globals, io } = invocation
  const word = invocation.arg('SEGMENT') as string
  const path = resolve(io.cwd, word)
  // Names begin with a letter and hold no dot.
  if (word !== '-' && !/^[./]|\.ya?ml$/i.test(word)) return undefined
  if (word !== '-' && !existsSync(path))
    throw Object.assign(
      misuse(globals, word, 'no-file', `no file \`${word}\``, { help: 'the path is from the working folder' }),
      {
        exit: 66,
      },
    )
  keepInputs(globals.output, [word], globals, io.cwd)
  try {
    const bytes = word === '-' ? await readAll(invocation) : readFileSync(path)
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    if (text.trim() === '')
      throw Stop.with(66, 'no-definitions', word === '-' ? 'stdin is empty' : `\`${word}\` is empty`, {
        help: 'give a file of definitions, or the body of one segment',
      })
    return { source: { name: word === '-' ? 'stdin' : word, text }, draft: BODY }
  } catch (error) {
    if (error instanceof Stop) throw error
    const why = error instanceof TypeError ? 'it is not UTF-8' : error instanceof Error ? error.message : String(error)
    throw Stop.with(78, 'unreadable', `cannot read \`${basename(word)}\`: ${why}`, {
      help: 'save the file as UTF-8, readable for you',
    })
  }
}

async function readAll({ io, note }: Invocation): Promise<Buffer> {
  if (io.isTTY.stdin) note('waiting for definitions on stdin (end with Ctrl-D)')
  const chunks: Buffer[] = []
  for await (const chunk of io.stdin) chunks.push(Buffer.from(chunk as Buffer))
  return Buffer.concat(chunks)
}

function chosen(
  ws: Workspace,
  store: Store,
  draft: DefinitionFile | undefined,
  invocation: Invocation,
): { readonly setting: Setting; readonly segment: Segment } {
  const { globals, io } = invocation
  const wanted = invocation.option('segment')
  const word = wanted ?? (invocation.arg('SEGMENT') as string)
  if (draft === undefined) {
    if (wanted !== undefined)
      throw misuse(globals, wanted, 'no-choice', '`--segment` chooses among those of a file', {
        help: `write \`segkit preview ${wanted}\``,
      })
    const setting = settingOf(ws, store, io.cwd)
    return { setting, segment: named(setting.definitions, word, ['segment'], globals) }
  }
  const setting = settingOf(ws, store, io.cwd, [draft])
  const { definitions } = setting
  const mine = (p: Problem): boolean => p.span?.source === draft.source
  const wrong = definitions.problems.filter((p) => mine(p) && p.severity === 'error')
  const segments = [...definitions.segments.values()].filter((s) => s.span.source === draft.source)
  if (wanted !== undefined && (segments.some((s) => s.name === wanted) || definitions.broken.has(wanted)))
    return { setting, segment: named(definitions, wanted, ['segment'], globals) }
  if (wrong.length > 0) throw new Stop(78, errorsFirst(wrong))
  const names = segments.map((s) => s.name)
  if (wanted !== undefined)
    throw misuse(globals, wanted, 'unknown-segment', `no segment \`${wanted}\` in ${draft.source.name}`, {
      help: suggest(wanted, names, 'segments') ?? 'name one that the file defines',
    })
  const [only, ...more] = segments
  if (only === undefined) throw nothingIn(ws, store, draft, definitions.broken, invocation)
  if (more.length === 0) return { setting, segment: only }
  throw misuse(globals, word, 'several-segments', `${draft.source.name} defines ${plural(segments.length, 'segment')}`, {
    help: `name one: ${names.map((n) => `\`--segment ${n}\``).join(', ')}`,
  })
}

/** A draft without a sound segment: it has none, or what it stands on in the project is broken. */
function nothingIn(
  ws: Workspace,
  store: Store,
  draft: DefinitionFile,
  broken: ReadonlyMap<string, readonly Problem[]>,
  { io }: Invocation,
): Stop {
  const before = settingOf(ws, store, io.cwd).definitions.broken
  const causes = [...broken].flatMap(([name, why]) => (before.has(name) ? [] : why))
  if (causes.length > 0) return new Stop(78, [...errorsFirst(causes)].sort(byPlace))
  return Stop.with(78, 'no-segment', `${draft.source.name} defines no segment`, {
    help: 'begin with `segments:`, or give the body of one: `all: [{ attribute: { city: Minsk } }]`',
  })
}
