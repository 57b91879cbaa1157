/** A shop loaded once, and what the program says of any definitions over it: all of them read, planned and evaluated together. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { render } from '../../src/base/problem.js'
import { inline, sql } from '../../src/base/sql.js'
import { compareBytes } from '../../src/base/text.js'
import { parseDay } from '../../src/base/time.js'
import { asCounted, settingOf } from '../../src/cli/workspace.js'
import type { Setting } from '../../src/engine/compiler.js'
import { type Evaluated, evaluate, segmentStatement } from '../../src/engine/evaluate.js'
import { heldNow } from '../../src/engine/held.js'
import { memberRows, memberRowsOfRun, type OutRow, occurrenceRows } from '../../src/engine/members.js'
import { type RunResult, run } from '../../src/engine/run.js'
import type { Segment } from '../../src/language/definitions.js'
import { type Kitchen, openKitchen } from '../kitchen.js'
import type { Definitions, ShopData } from '../oracle.js'
import { dataFiles, writeProject } from '../shop.js'

/** What was answered of one definition; the same shape from the program and from the oracle, ready to be compared. */
export type Answer = unknown
export type Answers = ReadonlyMap<string, Answer>

export const answerKey = (block: 'segments' | 'metrics' | 'events' | 'sql', name: string): string => `${block} ${name}`

export class World {
  private keys: Map<number, string> | undefined
  private plain: Database.Database | undefined
  /** Answers given since the last run was recorded: many laws begin with the same ones. */
  private given = new WeakMap<Definitions, Map<string, Answers>>()

  private constructor(
    readonly shop: ShopData,
    private readonly dir: string,
    readonly kitchen: Kitchen,
  ) {}

  /** The files in another order, or files of one's own, where given. */
  static async open(shop: ShopData, files = dataFiles(shop), prepare: (dir: string) => void = () => undefined): Promise<World> {
    const dir = mkdtempSync(join(tmpdir(), 'segkit-laws-'))
    writeProject(shop, {}, dir)
    prepare(dir)
    const kitchen = await openKitchen(dir, files)
    asCounted(kitchen.ws, kitchen.store)
    return new World(shop, dir, kitchen)
  }

  close(): void {
    this.plain?.close()
    this.kitchen.close()
    rmSync(this.dir, { recursive: true, force: true })
  }

  /** Definitions read against this shop; what is wrong with them is thrown, rendered. */
  read(definitions: Definitions, asOf: string, project = this.kitchen.ws.project): Setting {
    const { ws, store } = this.kitchen
    const day = parseDay(asOf)
    if (day === undefined) throw new Error(`no day: ${asOf}`)
    const own = { source: { name: 'drawn.yaml', text: written(definitions) } }
    const setting = settingOf({ ...ws, project, asOf: day }, store, this.dir, [own])
    const wrong = setting.definitions.problems.filter((p) => p.severity === 'error')
    if (wrong.length > 0) throw new Error(wrong.map((p) => render(p)).join('\n'))
    return setting
  }

  /** Members, values and occurrences of everything defined: segments and metrics out of one evaluation. */
  answers(definitions: Definitions, asOf: string): Answers {
    const given = this.given.get(definitions) ?? new Map<string, Answers>()
    const answers = given.get(asOf) ?? this.answersAnew(definitions, asOf)
    this.given.set(definitions, given.set(asOf, answers))
    return answers
  }

  private answersAnew(definitions: Definitions, asOf: string): Answers {
    const setting = this.read(everyoneToo(definitions), asOf)
    const { segments, events, metrics } = setting.definitions
    const values = [...metrics.keys()]
    const named = new Set(Object.keys(definitions.segments ?? {}).map((name) => answerKey('segments', name)))
    const found = new Map<string, Answer>()
    let members: Map<string, string[]> = new Map()
    const except = (evaluated: Evaluated): undefined => {
      members = this.membersOf(evaluated)
    }
    const rows = [...memberRows(setting, segments.get(everyone) as Segment, { values, segments: [...segments.keys()], except })]
    for (const [key, keys] of members) if (named.has(key)) found.set(key, keys)
    values.forEach((name, i) => {
      found.set(
        answerKey('metrics', name),
        Object.fromEntries(rows.map((row) => [String(row[0]), plainCell(row[i + 1] ?? null)])),
      )
    })
    for (const [name, event] of events)
      found.set(
        answerKey('events', name),
        [...occurrenceRows(setting, event, {})].map(([customer, at, ...captured]) => [customer, at, ...captured.map(plainCell)]),
      )
    return found
  }

  private members(setting: Setting): Map<string, string[]> {
    return this.membersOf(evaluate(setting, [...setting.definitions.segments.keys()]))
  }
  private membersOf(evaluated: Evaluated): Map<string, string[]> {
    return new Map([...evaluated.memberNumbers()].map(([name, numbers]) => [answerKey('segments', name), this.keysOf(numbers)]))
  }

  /** Records who is in the segments on those days; what was recorded of the last day before, of everybody, no longer counts. */
  record(definitions: Definitions, segments: readonly string[], days: readonly string[]): void {
    const there = segments.filter((name) => definitions.segments?.[name] !== undefined)
    const everybody = { segments: Object.fromEntries(there.map((name) => [name, { all: 'customers' }])) }
    for (const day of days.slice(-1)) this.recordOn(day, everybody, there, `others ${day}`)
    for (const day of days) this.recordOn(day, definitions, there, `laws ${day}`)
  }

  private recordOn(day: string, definitions: Definitions, segments: readonly string[], fingerprint: string): void {
    const setting = this.read(definitions, day)
    const found = segments.flatMap((name) => setting.definitions.segments.get(name) ?? [])
    this.given = new WeakMap()
    run(setting, { segments: found, events: [], fingerprint, madeAt: `${day}T00:00:00Z`, dry: false })
  }

  /** Evaluates everything and records it. */
  run(definitions: Definitions, asOf: string): RunResult {
    const setting = this.read(definitions, asOf)
    const { segments, events } = setting.definitions
    const fingerprint = JSON.stringify(definitions)
    this.given = new WeakMap()
    return run(setting, {
      segments: [...segments.values()],
      events: [...events.values()],
      fingerprint,
      madeAt: `${asOf}T00:00:00Z`,
      dry: false,
    })
  }

  /** The members that a run recorded, in the shape of answers. */
  recorded(definitions: Definitions, asOf: string, { run: id }: RunResult): Map<string, Answer> {
    const setting = this.read(definitions, asOf)
    const { store } = this.kitchen
    return new Map(
      [...setting.definitions.segments.keys()].map((name) => {
        const number = store.row(sql`select _id from name_row where name = ${name}`)![0] as number
        return [answerKey('segments', name), [...memberRowsOfRun(setting, number, id!, [])].map((row) => String(row[0]))]
      }),
    )
  }

  /** The members of all segments that ship, of `everyone`, and of `recent-buyers`, the buyers of the last 12 months. */
  system(asOf: string): Map<string, string[]> {
    const { project } = this.kitchen.ws
    const own: Definitions = {
      segments: {
        everyone: { all: 'customers' },
        'recent-buyers': { all: [{ performed: { orders: 'any', last: '12 months' } }] },
      },
    }
    const answers = this.members(this.read(own, asOf, { ...project, systemSegments: true }))
    return new Map([...answers].map(([key, members]) => [key.replace('segments ', ''), members]))
  }

  /** Segments that would be held on the day. */
  held(definitions: Definitions, asOf: string): string[] {
    const setting = this.read(definitions, asOf)
    return [...heldNow(setting, [...setting.definitions.segments.keys()], new Set()).held.keys()].sort()
  }

  /** What the text of `segkit sql` gives in a program that has nothing of ours. */
  sqlMembers(setting: Setting, segment: string): string[] {
    this.plain ??= new Database(this.kitchen.ws.database, { readonly: true })
    return this.plain
      .prepare(inline(segmentStatement(setting, segment)))
      .raw()
      .all()
      .map((row) => String((row as unknown[])[0]))
  }

  private keysOf(numbers: readonly number[]): string[] {
    this.keys ??= new Map(
      this.kitchen.store.rows(sql`select _id, customer from customer_row`).map(([id, key]) => [Number(id), String(key)]),
    )
    return numbers.map((id) => this.keys!.get(id) as string).sort(compareBytes)
  }
}

/** JSON is YAML, but for a parameter, which is written without quotes. */
const written = (definitions: Definitions): string => JSON.stringify(definitions).replace(/"(\$[a-z_]+)"/g, ' $1')

const everyone = 'everyone-there-is'
const everyoneToo = (definitions: Definitions): Definitions => ({
  ...definitions,
  segments: { ...definitions.segments, [everyone]: { all: 'customers' } },
})

/** Trailing zeros say how a field is written, which the cases hold; the laws are about values. */
export const plain = (text: string | null): string | null =>
  text !== null && /^-?\d+\.\d+$/.test(text) ? text.replace(/\.?0+$/, '') : text

function plainCell(cell: OutRow[number]): string | null {
  if (cell === null) return null
  if (typeof cell === 'object' && 'decimal' in cell) return plain(cell.decimal)
  return plain(Array.isArray(cell) ? cell.join(';') : String(cell))
}
