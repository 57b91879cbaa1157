/**
 * Things happen, days pass, run, who is in: told in `timelines/*.yaml`. Each step opens the project anew, loads a file or none, and
 * runs, so that nothing is remembered but what the store holds.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { run } from '../src/engine/run.js'
import type { SourceName } from '../src/store/sources.js'
import { inFolder, openKitchen } from './kitchen.js'
import type { Definitions } from './oracle.js'
import { type ShopSketch, shop, writeProject } from './shop.js'

interface Moved {
  readonly members: readonly string[]
  /** Since the latest run of an earlier day; absent where there was none. */
  readonly entered?: number
  readonly left?: number
}
interface Occurred {
  /** `customer moment` of each. */
  readonly at: readonly string[]
  readonly fresh?: number
}
interface Step {
  /** What happens, as a sentence. */
  readonly then: string
  readonly load?: Partial<Readonly<Record<SourceName, readonly Readonly<Record<string, string | number>>[]>>>
  readonly run?: string
  /** The run was recorded before; nothing is written. */
  readonly already?: true
  readonly segments?: Readonly<Record<string, Moved>>
  readonly events?: Readonly<Record<string, Occurred>>
  /** How many runs the store holds after the step. */
  readonly runs: number
}
interface Timeline {
  readonly name: string
  readonly shop?: ShopSketch
  readonly definitions: Definitions
  readonly steps: readonly Step[]
}

const folder = new URL('timelines/', import.meta.url)

for (const file of readdirSync(folder).sort())
  describe(file.replace('.yaml', ''), () => {
    for (const one of parse(readFileSync(new URL(file, folder), 'utf8')) as readonly Timeline[])
      it(one.name, () =>
        inFolder(async (dir) => {
          writeProject(shop(one.shop ?? {}), one.definitions, dir)
          mkdirSync(join(dir, 'data'), { recursive: true })
          for (const [i, step] of one.steps.entries()) {
            const files = Object.entries(step.load ?? {}).map(([source, rows]) => {
              const name = `data/${source}-${i + 1}.csv`
              writeFileSync(join(dir, name), csv(rows))
              return { source: source as SourceName, file: name }
            })
            const { then, load: _load, ...wanted } = step
            expect({ then, ...(await take(dir, files, one.definitions, step)) }).toEqual({ then, ...wanted })
          }
        }),
      )
  })

async function take(
  dir: string,
  files: readonly { readonly source: SourceName; readonly file: string }[],
  { segments = {}, events = {} }: Definitions,
  step: Step,
): Promise<Omit<Step, 'then'>> {
  const kitchen = await openKitchen(dir, files)
  const runs = (): number => Number(kitchen.store.rows({ text: 'select count(*) from run_row', params: [] })[0]?.[0])
  try {
    if (step.run === undefined) return { runs: runs() }
    const day = step.run
    const setting = kitchen.setting(day)
    const { definitions } = setting
    const found = run(setting, {
      segments: [...definitions.segments.values()],
      events: [...definitions.events.values()],
      fingerprint: JSON.stringify({ segments, events }),
      madeAt: '2024-06-01T00:00:00Z',
      dry: false,
    })
    const moved = found.segments.map(({ name, customers, entered, left }): [string, Moved] => {
      const members = kitchen.members(name, day).map((row) => String(row[0]))
      expect(members).toHaveLength(customers)
      return [name, { members, ...(entered !== undefined && { entered }), ...(left !== undefined && { left }) }]
    })
    const occurred = found.events.map(({ name, occurrences, entered }): [string, Occurred] => {
      const at = kitchen.occurrences(name, day).map((row) => `${row[0]} ${row[1]}`)
      expect(at).toHaveLength(occurrences)
      return [name, { at, ...(entered !== undefined && { fresh: entered }) }]
    })
    return {
      run: day,
      ...(found.already && { already: true }),
      ...(moved.length > 0 && { segments: Object.fromEntries(moved) }),
      ...(occurred.length > 0 && { events: Object.fromEntries(occurred) }),
      runs: runs(),
    }
  } finally {
    kitchen.close()
  }
}

function csv(rows: readonly Readonly<Record<string, string | number>>[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  return [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ''))]
    .map((cells) => `${cells.join(',')}\n`)
    .join('')
}
