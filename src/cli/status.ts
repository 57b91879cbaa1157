/** `segkit status`: what is there, how fresh it is, what was last done with it, and what comes next. */
import { statSync } from 'node:fs'
import { relative } from 'node:path'
import { int, sql } from '../base/sql.js'
import { grouped, plural } from '../base/text.js'
import { type Day, formatDay, sayDuration } from '../base/time.js'
import { dataVersion } from '../engine/run.js'
import { settled } from '../store/settle.js'
import { type SourceName, sourceNames } from '../store/sources.js'
import { openForReading, type Store } from '../store/store.js'
import { defineCommand, type Invocation } from './command.js'
import { rowsOf } from './fields.js'
import { freshness } from './freshness.js'
import { localTime } from './loads.js'
import { formatFor, writeJson, writeText } from './output.js'
import { counting, definitionFiles, fingerprint, openWorkspace, type Workspace } from './workspace.js'

export const command = defineCommand({
  name: 'status',
  summary: 'rows, newest order, freshness, last run, what next',
  group: 'data',
  args: [],
  options: [{ flags: '--exit-code', description: 'end with 4 where something is stale' }],
  examples: ['segkit status', 'segkit status --exit-code -q || echo stale', 'segkit status --json'],
  notes:
    'Stale is: a source past its `error_after` (`freshness:` in segkit.yaml), or definitions or data newer than the last run.',
  exits: [
    [0, 'done'],
    [4, 'with --exit-code: something is stale'],
    [78, 'no project, or it is wrong'],
  ],
  run: async (invocation) => {
    const { globals, io } = invocation
    const ws = openWorkspace(invocation)
    const status = readStatus(ws, invocation)
    if (formatFor(globals, io) === 'json') await writeJson(status, globals, io)
    else await writeText(screen(status, ws), globals, io)
    if (invocation.flag('exit-code') && status.stale.length > 0)
      return { exit: 4, verdict: `segkit status: stale, exit 4: ${status.stale.join('; ')}` }
    return {}
  },
})

interface SourceStatus {
  readonly source: SourceName
  readonly rows: number
  /** Of dated sources, up to the as-of day. */
  readonly newest: string | null
  readonly freshness: 'fresh' | 'warn' | 'error' | null
}

interface Status {
  readonly schema: 'segkit.status/1'
  readonly project: string
  readonly timezone: string
  readonly today: string
  readonly as_of: string
  readonly store: string
  readonly bytes: number | null
  readonly loads: number
  readonly last_load: string | null
  readonly sources: readonly SourceStatus[]
  /** Orders of nobody, and lines whose order has not come. */
  readonly guests: number
  readonly waiting: number
  readonly last_run: {
    readonly run: number
    readonly as_of: string
    readonly made_at: string
    readonly segments: number
    readonly events: number
  } | null
  readonly stale: readonly string[]
  readonly next: readonly string[]
}

function readStatus(ws: Workspace, invocation: Invocation): Status {
  const head = {
    schema: 'segkit.status/1' as const,
    project: ws.root,
    timezone: ws.project.timezone.name,
    today: formatDay(ws.today),
    as_of: formatDay(ws.asOf),
    store: ws.database,
  }
  const nothing = {
    bytes: null,
    loads: 0,
    last_load: null,
    sources: [],
    guests: 0,
    waiting: 0,
    last_run: null,
    stale: ['no data loaded yet'],
    next: ['segkit inspect FILE.csv', 'segkit ingest customers FILE.csv', 'segkit ingest orders FILE.csv'],
  }
  const store = openForReading(ws.database)
  if (store === undefined) return { ...head, ...nothing }
  try {
    const [loads, last] = store.row(sql`select count(*), max(loaded_at) from load_row`) as [number, string | null]
    if (loads === 0 || last === null) return { ...head, ...nothing }
    return {
      ...head,
      bytes: statSync(ws.database).size,
      loads,
      last_load: localTime(last, ws.project.timezone),
      ...ofData(ws, store, invocation),
    }
  } finally {
    store.close()
  }
}

function ofData(
  ws: Workspace,
  store: Store,
  invocation: Invocation,
): Pick<Status, 'sources' | 'guests' | 'waiting' | 'last_run' | 'stale' | 'next'> {
  const count = (text: string): number => Number(store.row({ text, params: [] })?.[0] ?? 0)
  const sources = sourcesOf(ws, store)
  const waiting = count('select count(*) from waiting_row')
  const last = lastRun(ws, store)
  const stale = [...staleSources(ws, sources), ...staleRun(ws, store, invocation)]
  const next = [
    ...(sources.some((s) => s.freshness === 'error' || s.freshness === 'warn') ? ['segkit ingest orders FILE.csv'] : []),
    ...(waiting > 0 ? ['segkit ingest orders FILE.csv'] : []),
    ...(last === null || stale.some((s) => s.includes('run'))
      ? ['segkit check', 'segkit run']
      : ['segkit list', 'segkit report -o report.html']),
  ]
  return {
    sources,
    guests: count('select count(*) from order_row where _customer = 0'),
    waiting,
    last_run: last,
    stale,
    next: [...new Set(next)],
  }
}

const dated: Readonly<Partial<Record<SourceName, string>>> = { orders: 'order_row', activities: 'activity_row' }

function sourcesOf(ws: Workspace, store: Store): readonly SourceStatus[] {
  const verdicts = new Map(freshness(ws, store).map((f) => [f.source, f.verdict]))
  return sourceNames.map((source) => {
    const table = dated[source]
    const newest =
      table === undefined
        ? undefined
        : store.row(sql`select max(_day) from ${{ text: table, params: [] }} where _day <= ${int(ws.asOf)}`)?.[0]
    return {
      source,
      rows: rowsOf(store, source),
      newest: typeof newest === 'number' ? formatDay(newest as Day) : null,
      freshness: verdicts.get(source) ?? null,
    }
  })
}

const staleSources = ({ project }: Workspace, sources: readonly SourceStatus[]): readonly string[] =>
  sources.flatMap(({ source, freshness: verdict, newest }) => {
    const limit = project.freshness[source]?.error_after
    return verdict !== 'error' || limit === undefined
      ? []
      : [`${source} are older than ${sayDuration(limit)}${newest === null ? '' : `: the newest is of ${newest}`}`]
  })

function lastRun(ws: Workspace, store: Store): Status['last_run'] {
  const row = store.row(sql`select _id, as_of, made_at,
    (select count(*) from run_part where _run = r._id and kind = 'segment'), (select count(*) from run_part where _run = r._id and kind = 'event')
    from run_row r order by _id desc limit 1`) as [number, number, string, number, number] | undefined
  if (row === undefined) return null
  const [run, asOf, madeAt, segments, events] = row
  return { run, as_of: formatDay(asOf), made_at: localTime(madeAt, ws.project.timezone), segments, events }
}

function staleRun(ws: Workspace, store: Store, { io }: Invocation): readonly string[] {
  const row = store.row(sql`select data from run_row order by _id desc limit 1`)
  if (row === undefined) return ['no run yet']
  const data = dataVersion(store)
  if (Number(row[0]) < data || !settled(store, counting(ws, store))) return ['the data are newer than the last run']
  const now = fingerprint(ws, definitionFiles(ws, io.cwd), [])
  const same = store.row(sql`select 1 from run_row where data = ${int(data)} and definitions = ${now} limit 1`)
  return same === undefined ? ['the definitions are newer than the last run of all of them'] : []
}

/** Names left, as wide as the widest. */
function screen(s: Status, ws: Workspace): string {
  const store =
    s.bytes === null
      ? 'no data loaded yet'
      : `${relative(ws.root, s.store) || s.store}, ${size(s.bytes)}, ${plural(s.loads, 'load')}, the last on ${s.last_load}`
  const notes = [
    ...(s.guests > 0 ? [`${plural(s.guests, 'order')} of guests`] : []),
    ...(s.waiting > 0 ? [`${plural(s.waiting, 'line')} waiting for ${s.waiting === 1 ? 'its order' : 'their orders'}`] : []),
  ]
  const run = s.last_run
  const lines: readonly (readonly [string, string])[] = [
    ['project', s.project],
    ['zone', `${s.timezone}, today ${s.today}`],
    ['as of', s.as_of],
    ['store', store],
    ...s.sources.filter((x) => x.rows > 0).map((x) => [x.source, sourceLine(x)] as const),
    ...notes.map((text) => ['', text] as const),
    ...(s.bytes === null
      ? []
      : [
          [
            'last run',
            run === null
              ? 'none yet'
              : `${run.run} as of ${run.as_of}, made ${run.made_at}: ${plural(run.segments, 'segment')}, ${plural(run.events, 'event')}`,
          ] as const,
        ]),
    ...s.stale.map((text, i) => [i === 0 ? 'stale' : '', text] as const),
    ...s.next.map((text, i) => [i === 0 ? 'next' : '', text] as const),
  ]
  return lines.map(([name, text]) => `${name.padEnd(12)}${text}\n`).join('')
}

const sourceLine = ({ rows, newest, freshness: verdict }: SourceStatus): string =>
  [
    plural(rows, 'row'),
    ...(newest === null ? [] : [`newest ${newest}`]),
    ...(verdict === null ? [] : [verdictWords[verdict]]),
  ].join(', ')

const verdictWords = { fresh: 'fresh', warn: 'getting old', error: 'stale' } as const

const size = (bytes: number): string => (bytes < 1e6 ? `${grouped(Math.ceil(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`)
