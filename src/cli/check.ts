/** `check`: every problem of the project and its definitions, in one pass. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Problem, position, render } from '../base/problem.js'
import { plural } from '../base/text.js'
import type { Setting } from '../engine/compiler.js'
import { doubts, ownDefinitions } from '../engine/doubts.js'
import { findings } from '../engine/findings.js'
import { checkOwnProfiles } from '../handoff/own-profiles.js'
import { ownProfileFiles } from '../handoff/profiles.js'
import { checkSuppression, unreadWarnings } from '../handoff/suppression.js'
import { openForReading } from '../store/store.js'
import { painter } from './colour.js'
import { defineCommand, type Invocation, misuse } from './command.js'
import { formatFor, writeRows, writeText } from './output.js'
import { asCounted, byPlace, definitionFiles, disagreements, idleTypes, openWorkspace, settingOf } from './workspace.js'

export const command = defineCommand({
  name: 'check',
  summary: 'all problems of the project and its definitions, in one pass',
  group: 'start',
  args: [{ name: 'FILE', description: 'definition files; none means all', variadic: true }],
  options: [{ flags: '--strict', description: 'warnings fail too' }],
  examples: ['segkit check', 'segkit check segments/croissants.yaml', 'segkit check --strict -q || echo mend them'],
  notes: `With data loaded, warnings tell what they say about the project's own definitions as of the day: values that never occur; conditions that nobody or everybody passes; conditions that exclude each other; windows that begin before the data; segments with the same members.
Unused is a definition that none other mentions and that has no title, description, owner or tag, while others of its kind do: a helper that lost its user.`,
  exits: [
    [0, 'no errors; warnings do not fail'],
    [66, 'a file that is not there'],
    [78, 'errors; with --strict warnings too'],
  ],
  run: async (invocation) => {
    const { io } = invocation
    const ws = openWorkspace(invocation)
    const store = openForReading(ws.database)
    try {
      const setting = settingOf(ws, store, io.cwd)
      const { definitions, files, catalogue } = setting
      const disagreeing = disagreements(ws, store, catalogue)
      const profiles = checkOwnProfiles(ws.root, catalogue.loaded ? valuesOf(setting) : undefined)
      const audiences = [...definitions.audiences.values()].map(({ audience }) => (audience.suppress ?? []).map((s) => s.value))
      const unread = [ws.project.suppress, ...audiences].flatMap((suppress) => unreadWarnings({ suppress }, setting))
      const written = [...definitions.problems, ...checkSuppression(ws.project, setting).list, ...unread]
      const own = ownDefinitions(definitions, files)
      const doubtful = doubts(own, files, ws.project.source)
      const answerable = store !== undefined && catalogue.loaded && !disagreeing.some((p) => p.severity === 'error')
      const seen = answerable ? findings({ ...setting, store: asCounted(ws, store) }, own, [...written, ...doubtful]) : []
      const found = unrepeated([...disagreeing, ...idleTypes(ws, catalogue), ...profiles, ...written, ...doubtful, ...seen])
      const wanted = chosenFiles(
        invocation,
        new Map([
          ...definitionFiles(ws, io.cwd).map((f) => [resolve(io.cwd, f.source.name), f.source.name] as const),
          ...ownProfileFiles(ws.root).map((f) => [f.path, f.shown] as const),
        ]),
      )
      const problems = found
        .filter((p) => wanted === undefined || (p.span !== undefined && wanted.has(p.span.source.name)))
        .sort(byPlace)
      await answer(problems, invocation)
      const errors = problems.filter((p) => p.severity === 'error').length
      const warnings = problems.length - errors
      const all = definitions.segments.size + definitions.events.size + definitions.metrics.size + definitions.audiences.size
      const verdict =
        problems.length === 0
          ? `no problems in ${wanted === undefined ? plural(all + definitions.broken.size, 'definition') : plural(wanted.size, 'file')}`
          : [errors > 0 ? plural(errors, 'error') : '', warnings > 0 ? plural(warnings, 'warning') : '']
              .filter((s) => s !== '')
              .join(', ')
      const failed = errors > 0 || (invocation.flag('strict') && warnings > 0)
      // The answer has told them; only the one line of JSON says the first again.
      return { exit: failed ? 78 : 0, verdict, ...(failed && isJson(invocation) && { problems }) }
    } finally {
      store?.close()
    }
  },
})

/** What the columns of a profile can be filled with. */
const valuesOf = ({ catalogue, definitions }: Setting): readonly string[] => [
  ...catalogue
    .fields('customers')
    .filter((f) => f.derived || f.id !== undefined)
    .map((f) => f.name),
  ...definitions.metrics.keys(),
  ...[...definitions.events.values()].flatMap(({ event }) => event.capture.flatMap((name) => [name, `event_${name}`])),
]

/** A profile that is wrong is told with the audiences that name it and by itself. */
const unrepeated = (problems: readonly Problem[]): readonly Problem[] => [
  ...new Map(problems.map((p) => [[p.code, p.message, p.span?.source.name, p.span?.start].join('\u0000'), p] as const)).values(),
]

const isJson = ({ globals }: Invocation): boolean => ['json', 'ndjson'].includes(globals.format ?? '')

/** The names of the files asked for; undefined: all. */
function chosenFiles(invocation: Invocation, byPath: ReadonlyMap<string, string>): ReadonlySet<string> | undefined {
  const words = invocation.list('FILE')
  if (words.length === 0) return undefined
  const { cwd } = invocation.io
  return new Set(
    words.map((word) => {
      const found = byPath.get(resolve(cwd, word))
      if (found !== undefined) return found
      const exists = existsSync(resolve(cwd, word))
      const stop = misuse(
        invocation.globals,
        word,
        exists ? 'not-a-definition' : 'no-file',
        exists ? `\`${word}\` is not among the project's definition files` : `no file \`${word}\``,
        {
          help: `definition files: ${[...byPath.values()].slice(0, 8).join(', ')}`,
        },
      )
      throw exists ? stop : Object.assign(stop, { exit: 66 })
    }),
  )
}

async function answer(problems: readonly Problem[], invocation: Invocation): Promise<void> {
  const { globals, io } = invocation
  const format = formatFor(globals, io)
  if (format === 'table' || (format === undefined && io.isTTY.stdout)) {
    const paint = await painter('stdout', globals.color, io)
    if (problems.length > 0) await writeText(`${problems.map((p) => render(p, paint)).join('\n\n')}\n`, globals, io)
    return
  }
  const rows = problems.map((p) => {
    const place = p.span === undefined ? undefined : position(p.span)
    return [
      p.severity,
      p.code,
      p.message,
      p.span?.source.name ?? null,
      place?.line ?? null,
      place?.column ?? null,
      p.help ?? null,
    ]
  })
  const columns = ['severity', 'code', 'message', 'file', 'line', 'column', 'help'].map((name) => ({
    name,
    ...(name === 'line' || name === 'column' ? { align: 'right' as const } : {}),
  }))
  await writeRows({ thing: 'check', columns, rows }, globals, io)
}
