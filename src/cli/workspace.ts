/** What most commands begin with: the project found and read, its store opened, the as-of day, the definitions. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { filesUnder } from '../base/folder.js'
import { type Problem, Problems, type Source, Stop } from '../base/problem.js'
import { sql } from '../base/sql.js'
import { suggest } from '../base/text.js'
import { type Day, formatDay, parseDayRef } from '../base/time.js'
import type { Setting } from '../engine/compiler.js'
import { countingOf } from '../engine/counting.js'
import { handedNames, profilesOf } from '../handoff/asked.js'
import { type Definition, type DefinitionFile, type Definitions, readDefinitions } from '../language/definitions.js'
import { checkFilter, fieldsOf } from '../language/filter.js'
import { projectLists } from '../language/lists.js'
import { type Project, readProject, sayParameters } from '../language/project.js'
import { type Catalogue, type DeclaredTypes, formWord, readCatalogue } from '../store/catalogue.js'
import { type Counting, settleAside, settled, settler } from '../store/settle.js'
import { knownFields, sourceNames } from '../store/sources.js'
import { type Lock, lockStore, openForReading, openForWriting, type Store } from '../store/store.js'
import { type Globals, type Invocation, misuse, type Outcome } from './command.js'

export interface Workspace {
  readonly root: string
  readonly project: Project
  readonly database: string
  /** The as-of day of the command. */
  readonly asOf: Day
  /** Today in the project's zone. */
  readonly today: Day
}

export const projectFile = 'segkit.yaml'

/** The folder with segkit.yaml: `-C`, SEGKIT_PROJECT, or the nearest one going up from the working folder. */
export function findRoot(globals: Globals, cwd: string): string {
  if (globals.project !== undefined) {
    const root = resolve(cwd, globals.project)
    if (existsSync(join(root, projectFile))) return root
    throw Stop.with(78, 'no-project', `no \`${projectFile}\` in \`${globals.project}\``, {
      help: `make a project there: \`segkit init ${globals.project}\``,
    })
  }
  for (let dir = resolve(cwd); ; dir = dirname(dir)) {
    if (existsSync(join(dir, projectFile))) return dir
    if (dirname(dir) === dir) break
  }
  throw Stop.with(78, 'no-project', `no \`${projectFile}\` here or in a folder above`, {
    help: 'make a project with `segkit init shop`, or name one: `-C DIR` (cron starts in the home folder)',
  })
}

export function openWorkspace({ globals, io }: Invocation): Workspace {
  const root = findRoot(globals, io.cwd)
  const path = join(root, projectFile)
  const problems = new Problems()
  const file = readText(path)
  if ('unreadable' in file) throw new Stop(78, [unreadable(shown(path, io.cwd), file.unreadable)])
  const source = { name: shown(path, io.cwd), text: file.text }
  const project = readProject(source, globals.set, problems)
  if (project === undefined) throw new Stop(78, problems.list)
  checkSettings(globals, source)
  const today = project.timezone.today(globals.now)
  const asOf = parseDayRef(globals.asOf ?? project.asOf, today)
  if (asOf === undefined)
    throw misuse(globals, globals.asOf ?? '', 'bad-day', `\`${globals.asOf}\` is no day`, {
      help: 'write `today`, `yesterday`, `2024-05-01` or `-7d`',
    })
  return {
    root,
    project,
    database: globals.db === undefined ? join(root, 'segkit.db') : resolve(io.cwd, globals.db),
    asOf,
    today,
  }
}

/** `--set` gives a parameter of the project another value; one that is not there would change nothing unseen. */
function checkSettings(globals: Globals, source: Source): void {
  const names = Object.keys(globals.set)
  if (names.length === 0) return
  const known = readProject(source, {}, new Problems())?.parameters.names() ?? []
  const unknown = names.find((name) => !known.includes(name))
  if (unknown === undefined) return
  throw misuse(globals, unknown, 'unknown-parameter', `no parameter \`${unknown}\``, {
    help: suggest(unknown, known, 'parameters') ?? `name it under \`parameters:\` in ${projectFile}`,
  })
}

const shown = (path: string, cwd: string): string => {
  const short = relative(cwd, path)
  return short === '' || short.startsWith('..') ? path : short
}

const unreadable = (name: string, why: string): Problem => ({
  code: 'unreadable',
  severity: 'error',
  message: `cannot read \`${name}\`: ${why}`,
  help: 'save the file as UTF-8, readable for you',
})

/** A file's text, or why it cannot be had. */
function readText(path: string): { readonly text: string } | { readonly unreadable: string } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)) }
  } catch (error) {
    return { unreadable: error instanceof TypeError ? 'it is not UTF-8' : error instanceof Error ? error.message : String(error) }
  }
}

/** The store for a command that only reads, as the last commit left it for as long as it is open; exit 66 where nothing was loaded yet. */
export function readStore(ws: Workspace): Store {
  const store = openForReading(ws.database)
  store?.exec('begin')
  if (store !== undefined && hasLoads(store)) return store
  store?.close()
  throw Stop.with(66, 'no-data', 'no data loaded yet', {
    help: 'load some: `segkit ingest customers FILE.csv`, `segkit ingest orders FILE.csv`',
  })
}
const hasLoads = (store: Store): boolean => store.row(sql`select 1 from load_row limit 1`) !== undefined

/** A command that only reads: the project and its store, which is closed however the answer ends. */
export const reading =
  (tell: (ws: Workspace, store: Store, invocation: Invocation) => Promise<Outcome>) =>
  async (invocation: Invocation): Promise<Outcome> => {
    const ws = openWorkspace(invocation)
    const store = readStore(ws)
    try {
      return await tell(ws, store, invocation)
    } finally {
      store.close()
    }
  }

/** The store for a command that writes, with the lock; both are given back by `done`. */
export function writeStore(ws: Workspace, { globals }: Invocation, command: string): { readonly store: Store; done(): void } {
  const lock: Lock = lockStore(ws.database, globals.waitMs, command, new Date(globals.now))
  try {
    const store = openForWriting(ws.database)
    return {
      store,
      done() {
        store.close()
        lock.release()
      },
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

export const declaredTypes = (project: Project): DeclaredTypes =>
  Object.fromEntries(
    Object.entries(project.sources).flatMap(([source, o]) => (o?.types === undefined ? [] : [[source, o.types]])),
  )

/** Stands before the names of files that ship with segkit. */
const shippedMark = 'segkit:'

/** Where the definitions that ship with segkit lie. */
const systemFolder = fileURLToPath(new URL('../../segments', import.meta.url))

export function definitionFiles(ws: Workspace, cwd: string): readonly DefinitionFile[] {
  const read = (path: string, name: string): DefinitionFile => {
    const file = readText(path)
    const names = { name, ...(name.startsWith(shippedMark) ? {} : { within: relative(ws.root, path) }) }
    if ('text' in file) return { source: { ...names, text: file.text } }
    const source = { ...names, text: '' }
    return { source, unreadable: { ...unreadable(name, file.unreadable), span: { source, start: 0, end: 0 } } }
  }
  const own = yamlUnder(join(ws.root, 'segments')).map((path) => read(path, shown(path, cwd)))
  if (!ws.project.systemSegments) return own
  const shipped = yamlUnder(systemFolder).map((path) => ({
    ...read(path, shippedMark + relative(systemFolder, path)),
    system: true,
  }))
  return [...shipped, ...own]
}

const yamlUnder = (folder: string): readonly string[] => filesUnder(folder, /\.ya?ml$/).map((path) => join(folder, path))

/** Everything that evaluation needs. `extra` are definition files beside the project's own. */
export function settingOf(
  ws: Workspace,
  store: Store | undefined,
  cwd: string,
  extra: readonly DefinitionFile[] = [],
): Setting & { readonly files: readonly DefinitionFile[] } {
  const files = [...definitionFiles(ws, cwd), ...extra]
  const catalogue = readCatalogue(store, declaredTypes(ws.project))
  const lists = projectLists(ws.root, ws.project.country)
  const definitions = readDefinitions(files, {
    catalogue,
    asOf: ws.asOf,
    parameters: ws.project.parameters,
    lists,
    country: ws.project.country,
    consent: ws.project.consent,
    profiles: profilesOf(ws.root),
    ...(store !== undefined && { handedOff: handedNames(store) }),
  })
  return {
    store: store as Store,
    definitions,
    catalogue,
    asOf: ws.asOf,
    zone: ws.project.timezone,
    lists,
    country: ws.project.country,
    files,
  }
}

/** The project's way of counting, for settling rows of this store. */
export function counting(ws: Workspace, store: Store): Counting {
  const catalogue = readCatalogue(store, declaredTypes(ws.project))
  const lists = projectLists(ws.root, ws.project.country)
  const none: Definitions = {
    metrics: new Map(),
    events: new Map(),
    segments: new Map(),
    audiences: new Map(),
    hidden: new Map(),
    broken: new Map(),
    brokenHidden: new Map(),
    problems: [],
  }
  const setting: Setting = {
    store,
    definitions: none,
    catalogue,
    asOf: ws.asOf,
    zone: ws.project.timezone,
    lists,
    country: ws.project.country,
  }
  return countingOf(ws.project.counted, setting)
}

/** Columns that `types:` declares otherwise than the store has them: conditions on them would compare the wrong thing. */
function typeProblems(catalogue: Catalogue): readonly Problem[] {
  return catalogue.stale.map(({ field, stored }) => ({
    code: 'types-changed',
    severity: 'error',
    message: `\`${field.name}\` of ${field.source} is stored as ${stored}; \`types:\` in segkit.yaml makes it ${formWord(field.type, field.declared)}`,
    help: `load its file again: \`segkit ingest ${field.source} FILE --again\``,
  }))
}

/** Columns that `types:` names and no file had. */
export function idleTypes(ws: Workspace, catalogue: Catalogue): readonly Problem[] {
  if (!catalogue.loaded) return []
  return sourceNames.flatMap((source) =>
    Object.keys(ws.project.sources[source]?.types ?? {})
      .filter((name) => catalogue.own(source, name)?.id === undefined && !Object.hasOwn(knownFields(source), name))
      .map((name) => ({
        code: 'idle-type',
        severity: 'warning',
        message: `\`types:\` names \`${name}\`, which no file of ${source} has had`,
        help:
          suggest(
            name,
            catalogue
              .fields(source)
              .filter((f) => f.id !== undefined)
              .map((f) => f.name),
          ) ?? 'its header may be recognised as another field: see `segkit inspect FILE`',
      })),
  )
}

/** Where the store cannot answer as the project is now: its zone, its types, what it counts. */
export function disagreements(ws: Workspace, store: Store | undefined, catalogue: Catalogue): readonly Problem[] {
  const problems = new Problems()
  const stored = store?.row(sql`select value from meta_row where name = 'timezone'`)?.[0]
  if (stored !== undefined && stored !== ws.project.timezone.name)
    problems.error(
      'zone-changed',
      `the store was loaded in the zone \`${String(stored)}\`; segkit.yaml says \`${ws.project.timezone.name}\` now`,
      {
        help: 'put the zone back, or load everything into a new store: `--db FILE`',
      },
    )
  for (const p of typeProblems(catalogue)) problems.add(p)
  const { orders, items } = ws.project.counted
  if (orders !== undefined) checkFilter(orders, fieldsOf(catalogue, 'orders'), ws.asOf, problems)
  if (items !== undefined) checkFilter(items, fieldsOf(catalogue, 'items'), ws.asOf, problems)
  return problems.list
}

/** Stops with 78 where the store cannot answer as the project is now. */
export function checkAgreement(ws: Workspace, store: Store): void {
  const errors = disagreements(ws, store, readCatalogue(store, declaredTypes(ws.project))).filter((p) => p.severity === 'error')
  if (errors.length > 0) throw new Stop(78, errors)
}

/** Brings the rows of a store that is written in line with what the project counts now. */
export function settleAnew(ws: Workspace, store: Store): void {
  checkAgreement(ws, store)
  const now = counting(ws, store)
  if (!settled(store, now)) store.whole(() => settler(() => now)(store, 'all'))
}

/** Rows as the project counts them now: settled aside where the store was settled by another way of counting. */
export function asCounted(ws: Workspace, store: Store): Store {
  checkAgreement(ws, store)
  const now = counting(ws, store)
  if (!settled(store, now)) settleAside(store, now)
  return store
}

/** Tells definitions, parameters and lists of a run apart; behind a `+`, which of the definitions were asked for, where not all. */
export function fingerprint(ws: Workspace, files: readonly DefinitionFile[], names: readonly string[]): string {
  const hash = createHash('sha256')
  for (const f of files) hash.update(`${f.source.text}\u0000`)
  hash.update(sayParameters(ws.project.parameters))
  hash.update(ws.project.source.text)
  for (const file of filesUnder(join(ws.root, 'lists'), /\.csv$/))
    hash.update(`lists/${file}\u0000`).update(readFileSync(join(ws.root, 'lists', file)))
  const whole = hash.digest('hex')
  return names.length === 0 ? whole : `${whole}+${createHash('sha256').update(names.join('\n')).digest('hex')}`
}

type Kind = Definition['kind']

/** Where a name of another kind is at home. */
const elsewhere: Readonly<Record<Kind, (name: string) => string>> = {
  segment: (name) => `\`${name}\` is a segment: \`segkit members ${name}\``,
  event: (name) => `\`${name}\` is an event: \`segkit events ${name}\``,
  metric: (name) => `\`${name}\` is a metric: \`segkit members SEGMENT --columns ${name}\``,
  audience: (name) => `\`${name}\` is an audience: \`segkit export ${name}\``,
}

/** The definition a command names; exit 2 with the nearest name, or 78 with its problems where it is broken. */
export function named<K extends Kind>(
  definitions: Definitions,
  name: string,
  kinds: readonly K[],
  globals: Globals,
): Extract<Definition, { kind: K }> {
  const tables: Readonly<Record<Kind, ReadonlyMap<string, Definition>>> = {
    segment: definitions.segments,
    event: definitions.events,
    metric: definitions.metrics,
    audience: definitions.audiences,
  }
  for (const k of kinds) {
    const found = tables[k].get(name)
    if (found !== undefined) return found as Extract<Definition, { kind: K }>
  }
  const bad = definitions.broken.get(name)
  if (bad !== undefined) throw new Stop(78, errorsFirst(bad))
  const known = kinds.flatMap((k) => [...tables[k].keys()])
  const other = (Object.keys(tables) as Kind[]).find((k) => tables[k].has(name))
  const what = kinds.join(' or ')
  const unread = [
    ...new Set(
      definitions.problems.flatMap((p) => (p.code === 'yaml' || p.code === 'unreadable' ? [p.span?.source.name ?? ''] : [])),
    ),
  ]
  if (unread.length > 0 && other === undefined)
    throw new Stop(78, [
      {
        code: `unknown-${kinds[0]}`,
        severity: 'error',
        message: `no ${what} \`${name}\` in the files that can be read`,
        help: `\`segkit check\` tells what is wrong in ${unread.map((f) => `\`${f}\``).join(', ')}`,
      },
    ])
  throw misuse(globals, name, `unknown-${kinds[0]}`, `no ${what} \`${name}\``, {
    help: other !== undefined ? elsewhere[other](name) : (suggest(name, known, `${what}s`) ?? 'see `segkit list`'),
  })
}

/** Names as a command takes them: names, globs and `tag:nightly`; none at all means every one. */
export function select(
  definitions: Definitions,
  words: readonly string[],
  kinds: readonly Kind[],
  globals: Globals,
): { readonly names: readonly string[]; readonly broken: readonly string[] } {
  const all = kinds.flatMap((k) => [
    ...(
      {
        segment: definitions.segments,
        event: definitions.events,
        metric: definitions.metrics,
        audience: definitions.audiences,
      } as const
    )[k].values(),
  ]) as readonly Definition[]
  if (words.length === 0) return { names: all.map((d) => d.name), broken: [...definitions.broken.keys()] }
  const names: string[] = []
  const broken: string[] = []
  for (const word of words) {
    const hits = matching(all, word)
    if (hits.length > 0) names.push(...hits)
    else if (definitions.broken.has(word)) broken.push(word)
    else if (/[*?]/.test(word) || word.startsWith('tag:'))
      throw misuse(globals, word, 'no-match', `\`${word}\` matches no ${kinds.join(' or ')}`, { help: 'see `segkit list`' })
    else named(definitions, word, kinds, globals)
  }
  return { names: [...new Set(names)], broken }
}

function matching(all: readonly Definition[], word: string): readonly string[] {
  if (word.startsWith('tag:')) return all.filter((d) => d.tags.includes(word.slice(4))).map((d) => d.name)
  if (!/[*?]/.test(word)) return all.filter((d) => d.name === word).map((d) => d.name)
  const pattern = new RegExp(
    `^${word
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  )
  return all.filter((d) => pattern.test(d.name)).map((d) => d.name)
}

export const errorsFirst = (problems: readonly Problem[]): readonly Problem[] => {
  const errors = problems.filter((p) => p.severity === 'error')
  return errors.length > 0 ? [...new Set(errors)].sort(byPlace) : problems
}

/** By file, then in the order of its text. */
export const byPlace = (a: Problem, b: Problem): number => {
  const [x, y] = [a.span?.source.name ?? '', b.span?.source.name ?? '']
  return x === y ? (a.span?.start ?? 0) - (b.span?.start ?? 0) : x < y ? -1 : 1
}

export const sayDay = (ws: Workspace): string =>
  `as of ${formatDay(ws.asOf)} (${ws.project.timezone.name})${ws.asOf > ws.today ? ', a day to come' : ''}`
