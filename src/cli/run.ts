/** `run`: evaluates segments and events on a day and records what it found. */

import { formatScaled } from '../base/decimal.js'
import { compareBytes, plural } from '../base/text.js'
import { formatDay } from '../base/time.js'
import { type RunResult, run as runDefinitions } from '../engine/run.js'
import type { Store } from '../store/store.js'
import { defineCommand, type Globals, type Invocation, type Outcome } from './command.js'
import { checkFresh } from './freshness.js'
import { formatFor, writeJson, writeRows } from './output.js'
import {
  asCounted,
  errorsFirst,
  fingerprint,
  openWorkspace,
  readStore,
  sayDay,
  select,
  settingOf,
  settleAnew,
  type Workspace,
  writeStore,
} from './workspace.js'

export const command = defineCommand({
  name: 'run',
  summary: 'evaluate segments and events and record who is in, who came and went',
  group: 'answers',
  writes: true,
  args: [{ name: 'NAME', description: 'segments and events: names, globs, `tag:x`; none means all', variadic: true }],
  options: [
    { flags: '--dry-run', description: 'evaluate and compare, record nothing' },
    { flags: '--stale-ok', description: 'go on though a source is past its `error_after`' },
    { flags: '--timing', description: 'tell on stderr how long it took' },
  ],
  examples: ['segkit run', 'segkit run --as-of yesterday -q', "segkit run 'croissant-*' tag:nightly --dry-run"],
  notes:
    'The same day, data, definitions and parameters are recorded once: running again gives the same run. `entered` and `left` compare with the run of an earlier day; of an event, `entered` is the number of new occurrences.',
  exits: [
    [0, 'done'],
    [3, 'some definitions are broken, the sound rest was run'],
    [66, 'no data loaded yet'],
    [69, 'a source is stale (`freshness:` in segkit.yaml)'],
    [75, 'another segkit is writing'],
    [78, 'no project, or a definition that was named is broken'],
  ],
  run: async (invocation) => {
    const ws = openWorkspace(invocation)
    const started = performance.now()
    const dry = invocation.flag('dry-run')
    readStore(ws).close()
    const { store, done } = dry ? reading(ws) : writeStore(ws, invocation, 'run')
    try {
      return await evaluateAll(ws, store, invocation, dry, started)
    } finally {
      done()
    }
  },
})

function reading(ws: Workspace): { readonly store: Store; done(): void } {
  const store = readStore(ws)
  return { store, done: () => store.close() }
}

async function evaluateAll(ws: Workspace, store: Store, invocation: Invocation, dry: boolean, started: number): Promise<Outcome> {
  const { globals, io } = invocation
  if (!invocation.flag('stale-ok')) checkFresh(ws, store)
  if (dry) asCounted(ws, store)
  else settleAnew(ws, store)
  const setting = settingOf(ws, store, io.cwd)
  const { names, broken } = select(setting.definitions, invocation.list('NAME'), ['segment', 'event'], globals)
  const problems = errorsFirst(setting.definitions.problems.filter((p) => p.severity === 'error'))
  const named = invocation.list('NAME').length > 0
  const wrong = named ? errorsFirst(broken.flatMap((n) => setting.definitions.broken.get(n) ?? [])) : problems
  if (names.length === 0 && wrong.length > 0) return { exit: 78, problems: [...new Set(wrong)], verdict: 'nothing was run' }
  const wanted = new Set(names)
  const result = runDefinitions(setting, {
    segments: [...setting.definitions.segments.values()].filter((s) => wanted.has(s.name)),
    events: [...setting.definitions.events.values()].filter((e) => wanted.has(e.name)),
    fingerprint: fingerprint(ws, setting.files, invocation.list('NAME').length === 0 ? [] : [...names].sort()),
    madeAt: new Date(globals.now).toISOString(),
    dry,
  })
  await answer(
    { ...result, segments: [...result.segments].sort(byName), events: [...result.events].sort(byName) },
    globals,
    invocation,
    wrong.length > 0 ? wrong.map((p) => p.message) : [],
  )
  if (invocation.flag('timing')) invocation.note(`evaluated in ${((performance.now() - started) / 1000).toFixed(2)} s`)
  const what = `${plural(result.segments.length, 'segment')}, ${plural(result.events.length, 'event')}`
  const verdict = dry
    ? `dry run ${sayDay(ws)}: ${what}; nothing was recorded`
    : result.already
      ? `run ${result.run} ${sayDay(ws)} was recorded before: nothing new`
      : `run ${result.run} ${sayDay(ws)}: ${what} over ${plural(result.customers, 'customer')}`
  return wrong.length > 0 ? { exit: 3, problems: [...new Set(wrong)], verdict } : { verdict }
}

const byName = (a: { readonly name: string }, b: { readonly name: string }): number => compareBytes(a.name, b.name)

async function answer(result: RunResult, globals: Globals, invocation: Invocation, problems: readonly string[]): Promise<void> {
  const format = formatFor(globals, invocation.io)
  if (format === 'json')
    return writeJson(
      {
        schema: 'segkit.run/1',
        run: result.run ?? null,
        as_of: formatDay(result.asOf),
        customers: result.customers,
        segments: result.segments.map((s) => ({
          name: s.name,
          customers: s.customers,
          share: { decimal: share(s.customers, result.customers) },
          entered: s.entered ?? null,
          left: s.left ?? null,
          held: false,
        })),
        events: result.events.map((e) => ({
          name: e.name,
          occurrences: e.occurrences,
          customers: e.customers,
          new: e.entered ?? null,
        })),
        problems,
      },
      globals,
      invocation.io,
    )
  const right = 'right' as const
  const rows = [
    ...result.segments.map((s) => [
      s.name,
      s.kind,
      s.customers,
      { decimal: share(s.customers, result.customers) },
      s.entered ?? null,
      s.left ?? null,
      null,
    ]),
    ...result.events.map((e) => [
      e.name,
      e.kind,
      e.customers,
      { decimal: share(e.customers, result.customers) },
      e.entered ?? null,
      null,
      e.occurrences,
    ]),
  ]
  await writeRows(
    {
      thing: 'run',
      asOf: formatDay(result.asOf),
      columns: [
        { name: 'name' },
        { name: 'kind' },
        { name: 'customers', align: right },
        { name: 'share', align: right },
        { name: 'entered', align: right },
        { name: 'left', align: right },
        { name: 'occurrences', align: right },
      ],
      rows,
    },
    globals,
    invocation.io,
  )
}

/** Of all, 0–1 to 6 decimals, rounded half up; 0 of none. */
export function share(part: number, all: number): string {
  if (all === 0) return '0.000000'
  const n = BigInt(part) * 2_000_000n + BigInt(all)
  return formatScaled(n / (2n * BigInt(all)), 6)
}
