/** The program and the oracle side by side, and where they differ, the smallest example of it. */
import { stringify } from 'yaml'
import { type Case, recordedSegments } from '../arbitraries.js'
import { type Definitions, Oracle, type Plain, type Spec, type Tally } from '../oracle.js'
import { type Answer, type Answers, answerKey, plain, World } from './world.js'

const blocks = ['segments', 'metrics', 'events'] as const

/** Every answer of the oracle, in the shape of the program's. */
export function oracleAnswers(oracle: Oracle, definitions: Definitions, asOf: string): Map<string, Answer> {
  const found = new Map<string, Answer>()
  for (const name of Object.keys(definitions.segments ?? {})) found.set(answerKey('segments', name), oracle.members(name, asOf))
  for (const name of Object.keys(definitions.metrics ?? {})) {
    const values = [...oracle.metric(name, asOf)].map(([customer, value]) => [customer, plain(value)])
    found.set(answerKey('metrics', name), Object.fromEntries(values))
  }
  for (const name of Object.keys(definitions.events ?? {}))
    found.set(
      answerKey('events', name),
      oracle.occurrences(name, asOf).map(({ customer, at, captured }) => [customer, at, ...Object.values(captured).map(plain)]),
    )
  return found
}

/** Keys of answers that are not the same. */
export const differing = (a: Answers, b: Answers): string[] =>
  [...b.keys()].filter((key) => JSON.stringify(a.get(key)) !== JSON.stringify(b.get(key)))

/** One definition of a case. */
export interface Question extends Case {
  readonly key: string
}

/** The oracle, knowing what the runs of a case recorded. */
export function oracleOf({ shop, definitions, runs }: Case, tally?: Tally): Oracle {
  const before = new Oracle(shop, definitions)
  const there = recordedSegments.filter((name) => definitions.segments?.[name] !== undefined)
  const recorded = there.map((name) => [name, Object.fromEntries(runs.map((day) => [day, before.members(name, day)]))] as const)
  return new Oracle(before, definitions, Object.fromEntries(recorded), tally)
}

/** The definitions that are named anywhere in the one asked for, and in those. */
export function standingOn(definitions: Definitions, key: string): Definitions {
  const wanted = new Set<string>()
  const want = (block: (typeof blocks)[number], name: string): void => {
    if (wanted.has(answerKey(block, name))) return
    wanted.add(answerKey(block, name))
    const words = new Set(wordsOf(definitions[block]![name]!))
    for (const other of blocks) for (const one of Object.keys(definitions[other] ?? {})) if (words.has(one)) want(other, one)
  }
  const [block, name] = key.replace(/^sql /, 'segments ').split(' ') as [(typeof blocks)[number], string]
  want(block, name)
  return Object.fromEntries(
    blocks.map((one) => [
      one,
      Object.fromEntries(Object.entries(definitions[one] ?? {}).filter(([name]) => wanted.has(answerKey(one, name)))),
    ]),
  )
}

const wordsOf = (value: Plain): string[] =>
  typeof value === 'string'
    ? [value, value.split('.')[0] as string]
    : typeof value !== 'object' || value === null
      ? []
      : Array.isArray(value)
        ? value.flatMap(wordsOf)
        : Object.entries(value as Spec).flatMap(([name, inner]) => [name, ...wordsOf(inner)])

interface Difference {
  readonly program: string
  readonly oracle: string
}

async function differs(question: Question): Promise<Difference | undefined> {
  let oracle: string
  try {
    const all = oracleAnswers(oracleOf(question), question.definitions, question.asOf)
    oracle = JSON.stringify(all.get(question.key.replace(/^sql /, 'segments ')))
  } catch {
    return undefined
  }
  const program = await said(question)
  return program === oracle ? undefined : { program, oracle }
}

async function said({ shop, definitions, asOf, runs, key }: Question): Promise<string> {
  let world: World | undefined
  try {
    world = await World.open(shop)
    world.record(definitions, recordedSegments, runs)
    if (key.startsWith('sql ')) return JSON.stringify(world.sqlMembers(world.read(definitions, asOf), key.slice(4)))
    return JSON.stringify(world.answers(definitions, asOf).get(key))
  } catch (error) {
    return `throws ${String(error).replace(/t\d+_/g, 't_').slice(0, 400)}`
  } finally {
    world?.close()
  }
}

const failing = (difference: Difference): string =>
  difference.program.startsWith('throws') ? difference.program.slice(0, 40) : ''

/** The question with everything left out that the difference does not need, told as YAML; at most `millis` are spent. */
export async function smallest(question: Question, millis = 20_000): Promise<string> {
  let now = { ...question, definitions: standingOn(question.definitions, question.key) }
  let difference = await differs(now)
  if (difference === undefined) return `${question.key}: differs only beside the other definitions of its shop\n${told(question)}`
  const kind = failing(difference)
  const until = Date.now() + millis
  for (const stage of [fewerRows, lessSaid, fewerCells, fewerRows, lessSaid])
    for (let shrunk = true; shrunk; ) {
      shrunk = false
      for (const candidate of stage(now)) {
        if (Date.now() > until) break
        const found = await differs(candidate)
        if (found === undefined || failing(found) !== kind) continue
        now = candidate
        difference = found
        shrunk = true
        break
      }
    }
  return `${now.key} as of ${now.asOf}\nprogram: ${difference.program}\noracle:  ${difference.oracle}\n${told(now)}`
}

function told({ shop, definitions, runs }: Question): string {
  const used = Object.fromEntries(Object.entries(definitions).filter(([, own]) => Object.keys(own ?? {}).length > 0))
  const rows = sources.map((source) => [source, shop[source].map((row) => JSON.stringify(row))])
  const { types: _types, parameters: _parameters, ...config } = shop.config ?? {}
  return stringify(
    { ...used, timezone: shop.timezone, runs, config, ...Object.fromEntries(rows.filter(([, own]) => own!.length > 0)) },
    { lineWidth: 0 },
  )
}

const sources = ['customers', 'orders', 'items', 'products', 'activities'] as const

/** The boldest first: half of a source, a quarter … */
function* fewerRows(question: Question): Generator<Question> {
  const { shop } = question
  for (const source of ['items', 'activities', 'orders', 'customers', 'products'] as const) {
    const rows = shop[source]
    for (let size = rows.length; size >= 1; size = Math.floor(size / 2))
      for (let from = 0; from < rows.length; from += size)
        yield { ...question, shop: { ...shop, [source]: [...rows.slice(0, from), ...rows.slice(from + size)] } }
  }
}

function* lessSaid(question: Question): Generator<Question> {
  const { shop, definitions, runs } = question
  for (const day of runs) yield { ...question, runs: runs.filter((one) => one !== day) }
  for (const smaller of smallerValues(definitions as Plain, 0)) yield { ...question, definitions: smaller as Definitions }
  for (const name of ['counted', 'guests', 'rates', 'consent'] as const)
    if (shop.config?.[name] !== undefined && Object.keys(shop.config[name]).length > 0)
      yield { ...question, shop: { ...shop, config: lacking(shop.config, name === 'rates' ? ['rates', 'currency'] : [name]) } }
  if (shop.timezone !== 'UTC') yield { ...question, shop: { ...shop, timezone: 'UTC' } }
}

function* fewerCells(question: Question): Generator<Question> {
  const { shop } = question
  const kept = ['customer', 'order', 'at', 'type', 'sku']
  for (const source of sources) {
    const fields = new Set(shop[source].flatMap((row) => Object.keys(row)).filter((field) => !kept.includes(field)))
    for (const field of fields)
      yield { ...question, shop: { ...shop, [source]: shop[source].map((row) => lacking(row, [field])) } }
  }
}

const lacking = <T extends object>(of: T, names: readonly string[]): T =>
  Object.fromEntries(Object.entries(of).filter(([name]) => !names.includes(name))) as T

/** The value without one of its parts. */
function* smallerValues(value: Plain, depth: number): Generator<Plain> {
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    if (value.length > 1) for (let i = 0; i < value.length; i++) yield value.filter((_, j) => j !== i) as Plain
    for (const [i, inner] of value.entries())
      for (const smaller of smallerValues(inner, depth + 1)) yield value.map((one, j) => (i === j ? smaller : one)) as Plain
    return
  }
  const spec = value as Spec
  if (depth >= 2) for (const name of Object.keys(spec)) yield lacking(spec, [name])
  for (const [name, inner] of Object.entries(spec))
    for (const smaller of smallerValues(inner, depth + 1)) yield { ...spec, [name]: smaller }
}
