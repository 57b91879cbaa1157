/** The real program in this process: a project folder loaded and asked, on a real store, without starting a process for each answer. */
import { createReadStream, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Problems, render } from '../src/base/problem.js'
import { parseDay } from '../src/base/time.js'
import { asCounted, counting, settingOf, type Workspace } from '../src/cli/workspace.js'
import type { Setting } from '../src/engine/compiler.js'
import { segmentStatement } from '../src/engine/evaluate.js'
import { memberRows, type OutRow, occurrenceRows } from '../src/engine/members.js'
import { load } from '../src/ingest/load.js'
import { readProject } from '../src/language/project.js'
import { settler } from '../src/store/settle.js'
import type { SourceName } from '../src/store/sources.js'
import { openForWriting, type Store } from '../src/store/store.js'

/** A folder that is gone after the work. */
export async function inFolder<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'segkit-test-'))
  try {
    return await work(dir)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

export interface Kitchen {
  readonly ws: Workspace
  readonly store: Store
  setting(asOf: string): Setting
  members(segment: string, asOf: string, values?: readonly string[]): OutRow[]
  occurrences(event: string, asOf: string): OutRow[]
  statement(segment: string, asOf: string): ReturnType<typeof segmentStatement>
  close(): void
}

/** A project folder with its data loaded; anything wrong with it is thrown, rendered. */
export async function openKitchen(
  root: string,
  files: readonly { readonly source: SourceName; readonly file: string }[],
): Promise<Kitchen> {
  const problems = new Problems()
  const project = readProject({ name: 'segkit.yaml', text: readFileSync(join(root, 'segkit.yaml'), 'utf8') }, {}, problems)
  if (project === undefined) throw new Error(problems.list.map((p) => render(p)).join('\n'))
  const ws: Workspace = { root, project, database: join(root, 'segkit.db'), asOf: 0, today: 0 }
  const store = openForWriting(ws.database)
  for (const { source, file } of files) {
    const path = join(root, file)
    const outcome = await load({
      store,
      project: {
        zone: project.timezone,
        rates: project.rates,
        guests: project.guests,
        root,
        rejectsFolder: join(root, 'rejects'),
        ...(project.currency !== undefined && { currency: project.currency }),
      },
      source,
      file: { name: file, open: () => createReadStream(path), size: statSync(path).size },
      options: { decimal: '.', ...project.sources[source] },
      maxRejects: { rows: 0 },
      again: false,
      dryRun: false,
      now: new Date(0),
      settle: settler((s) => counting(ws, s)),
    })
    if ('refused' in outcome) throw new Error(`${file}: ${outcome.problems.map((p) => render(p)).join('\n')}`)
  }
  return kitchenOf(ws, store)
}

function kitchenOf(ws: Workspace, store: Store): Kitchen {
  const setting = (asOf: string): Setting => {
    const day = parseDay(asOf)
    if (day === undefined) throw new Error(`no day: ${asOf}`)
    const found = settingOf({ ...ws, asOf: day }, asCounted(ws, store), ws.root)
    const errors = found.definitions.problems.filter((p) => p.severity === 'error')
    if (errors.length > 0) throw new Error(errors.map((p) => render(p)).join('\n'))
    return found
  }
  return {
    ws,
    store,
    setting,
    members(segment, asOf, values = []) {
      const s = setting(asOf)
      const found = s.definitions.segments.get(segment)
      if (found === undefined) throw new Error(`no segment ${segment}`)
      return [...memberRows(s, found, { values })]
    },
    occurrences(event, asOf) {
      const s = setting(asOf)
      const found = s.definitions.events.get(event)
      if (found === undefined) throw new Error(`no event ${event}`)
      return [...occurrenceRows(s, found, {})]
    },
    statement: (segment, asOf) => segmentStatement(setting(asOf), segment),
    close: () => store.close(),
  }
}
