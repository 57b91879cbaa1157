/** `run`: evaluates segments and events on a day, or on one day after the other, and records what it found. */
import type { Problem } from '../base/problem.js'
import { plural } from '../base/text.js'
import { type Day, formatDay } from '../base/time.js'
import { letGo, type RunResult, run as runDefinitions } from '../engine/run.js'
import type { Store } from '../store/store.js'
import { backfillDays, backfillOptions } from './backfill.js'
import { defineCommand, type Invocation, type Outcome } from './command.js'
import { checkFresh } from './freshness.js'
import { answerRun, answerRuns } from './run-answer.js'
import {
  asCounted,
  errorsFirst,
  fingerprint,
  named,
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
    ...backfillOptions,
    { flags: '--accept <name>', description: 'take this segment as it is, once, though it is not as expected', repeat: true },
    { flags: '--stale-ok', description: 'go on though a source is past its `error_after`' },
    { flags: '--timing', description: 'tell on stderr how long it took' },
  ],
  examples: [
    'segkit run',
    'segkit run --as-of yesterday -q',
    "segkit run 'croissant-*' tag:nightly --dry-run",
    'segkit run --accept croissant-fans',
    'segkit run --from 2025-01-31 --every month',
  ],
  notes:
    'The same day, data, definitions and parameters are recorded once: running again gives the same run. `entered` and `left` compare with the run of an earlier day; of an event, `entered` is the number of new occurrences. A segment that is not as its `expect:` says is recorded as held, and so is what stands on it: later runs compare with the last one that was not held, and `export` hands nothing off; `--accept` lifts it for this day, data and definitions. --from, --to and --every run one day after the other, the oldest first, each recorded by itself, with `as_of` as the first column; months are counted from --from (2025-01-31, 2025-02-28, 2025-03-31). Days filled in change nothing that later days have on record.',
  exits: [
    [0, 'done'],
    [2, 'a name or a day that is not there'],
    [3, 'some definitions are broken, the sound rest was run'],
    [66, 'no data loaded yet'],
    [69, 'a segment is held, or a source is stale (`freshness:` in segkit.yaml)'],
    [75, 'another segkit is writing'],
    [78, 'no project, or a definition that was named is broken'],
  ],
  run: async (invocation) => {
    const ws = openWorkspace(invocation)
    const started = performance.now()
    const days = backfillDays(invocation, ws.asOf)
    const dry = invocation.flag('dry-run')
    readStore(ws).close()
    const { store, done } = dry ? reading(ws) : writeStore(ws, invocation, 'run')
    try {
      const all = (days ?? [ws.asOf]).map((asOf) => ({ ...ws, asOf }))
      if (!invocation.flag('stale-ok')) for (const day of all) checkFresh(day, store)
      if (dry) asCounted(ws, store)
      else settleAnew(ws, store)
      const outcome = await evaluateDays(all, days !== undefined, store, invocation)
      if (invocation.flag('timing')) invocation.note(`evaluated in ${((performance.now() - started) / 1000).toFixed(2)} s`)
      return outcome
    } finally {
      done()
    }
  },
})

function reading(ws: Workspace): { readonly store: Store; done(): void } {
  const store = readStore(ws)
  return { store, done: () => store.close() }
}

async function evaluateDays(
  all: readonly Workspace[],
  backfill: boolean,
  store: Store,
  invocation: Invocation,
): Promise<Outcome> {
  const accept = new Set(invocation.options('accept'))
  const ran: DayRun[] = []
  for (const ws of all) {
    const one = evaluateDay(ws, store, accept, invocation)
    if (one.result === undefined) return { exit: 78, problems: one.wrong, verdict: 'nothing was run' }
    ran.push({ ...one, result: one.result })
    if (backfill) letGo(store)
  }
  const wrong = [...new Map(ran.flatMap((d) => d.wrong).map((p) => [sayProblem(p), p])).values()]
  const told = ran.map(({ result, wrong }) => ({
    result,
    problems: [...wrong, ...result.judgement.breaches].map((p) => p.message),
  }))
  const [first] = told
  if (backfill) await answerRuns(told, invocation)
  else if (first !== undefined) await answerRun(first, invocation)

  noteUnneeded(accept, ran, invocation)
  const breaches = ran.flatMap(({ result }) =>
    backfill
      ? result.judgement.breaches.map((p): Problem => ({ ...p, message: `as of ${formatDay(result.asOf)}, ${p.message}` }))
      : result.judgement.breaches,
  )
  const held = ran.filter(({ result }) => heldNames(result).length > 0)
  const verdict = verdictOf(all, backfill, ran, invocation.flag('dry-run'))
  if (held.length > 0) return { exit: 69, problems: [...breaches, ...wrong], verdict }
  return wrong.length > 0 ? { exit: 3, problems: wrong, verdict } : { verdict }
}

interface DayRun {
  readonly result: RunResult
  readonly wrong: readonly Problem[]
}

/** One day, or what is wrong where nothing that was asked for is sound. */
function evaluateDay(
  ws: Workspace,
  store: Store,
  accept: ReadonlySet<string>,
  invocation: Invocation,
): { readonly result?: RunResult; readonly wrong: readonly Problem[] } {
  const { globals, io } = invocation
  const setting = settingOf(ws, store, io.cwd)
  const { definitions } = setting
  const words = invocation.list('NAME')
  const { names, broken } = select(definitions, words, ['segment', 'event'], globals)
  for (const name of accept) named(definitions, name, ['segment'], globals)
  const all = words.length === 0 ? definitions.problems : broken.flatMap((n) => definitions.broken.get(n) ?? [])
  const errors = all.filter((p) => p.severity === 'error')
  const wrong = errors.length > 0 ? [...new Set(errorsFirst(errors))] : []
  if (names.length === 0 && wrong.length > 0) return { wrong }
  const wanted = new Set(names)
  const result = runDefinitions(setting, {
    segments: [...definitions.segments.values()].filter((s) => wanted.has(s.name)),
    events: [...definitions.events.values()].filter((e) => wanted.has(e.name)),
    fingerprint: fingerprint(ws, setting.files, words.length === 0 ? [] : [...names].sort()),
    madeAt: new Date(globals.now).toISOString(),
    dry: invocation.flag('dry-run'),
    accept,
  })
  return { result, wrong }
}

const sayProblem = (p: Problem): string => `${p.code} ${p.span?.source.name} ${p.span?.start} ${p.message}`

const heldNames = ({ segments, events }: RunResult): readonly string[] =>
  [...segments, ...events]
    .filter((one) => one.held)
    .map((one) => one.name)
    .sort()

function noteUnneeded(accept: ReadonlySet<string>, ran: readonly DayRun[], invocation: Invocation): void {
  for (const name of accept)
    if (!ran.some(({ result }) => result.judgement.lifted.has(name)))
      invocation.note(`\`${name}\` is not held: there is nothing to accept`)
}

function verdictOf(all: readonly Workspace[], backfill: boolean, ran: readonly DayRun[], dry: boolean): string {
  if (backfill) {
    const held = ran.filter(({ result }) => heldNames(result).length > 0).map(({ result }) => result.asOf)
    const already = ran.filter(({ result }) => result.already).length
    return [
      `${dry ? 'dry run of ' : ''}${plural(ran.length, 'day')} from ${sayRange(ran.map(({ result }) => result.asOf))}`,
      dry ? '; nothing was recorded' : already === 0 ? '' : `; ${already === ran.length ? 'all' : already} were recorded before`,
      held.length === 0 ? '' : `; held on ${held.slice(0, 5).map(formatDay).join(', ')}${held.length > 5 ? ' …' : ''}`,
    ].join('')
  }
  const [ws] = all as readonly [Workspace]
  const [{ result }] = ran as readonly [DayRun]
  const what = `${plural(result.segments.length, 'segment')}, ${plural(result.events.length, 'event')}`
  const done = dry
    ? `dry run ${sayDay(ws)}: ${what}; nothing was recorded`
    : result.already
      ? `run ${result.run} ${sayDay(ws)} was recorded before: nothing new`
      : `run ${result.run} ${sayDay(ws)}: ${what} over ${plural(result.customers, 'customer')}`
  const held = heldNames(result)
  return held.length === 0 ? done : `${done}; held: ${held.map((name) => sayHeld(name, result)).join(', ')}`
}

const sayRange = (days: readonly Day[]): string => `${formatDay(days[0] ?? 0)} to ${formatDay(days.at(-1) ?? 0)}`

/** A held name, with what it stands on where that is the reason. */
function sayHeld(name: string, { judgement }: RunResult): string {
  const below = judgement.held.get(name) ?? []
  return below.length === 0 ? name : `${name} (stands on ${below.join(', ')})`
}
