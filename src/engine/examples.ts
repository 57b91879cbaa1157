/** Tests inside definitions, tried: the rows of a test loaded like any file, into a store of its own, and asked like any other. */
import { csvLine } from '../base/csv.js'
import { momentReader } from '../base/dates.js'
import type { Problem } from '../base/problem.js'
import { plural } from '../base/text.js'
import { DAY_ONLY, type Day, formatDay } from '../base/time.js'
import { type IngestProject, loadWithin } from '../ingest/load.js'
import { type Condition, sayCondition } from '../language/conditions/index.js'
import { type Definition, type Definitions, type Segment, saySegment } from '../language/definitions.js'
import { type Cell, cellText, type Example, fieldOfRow, momentText, type Person, type Row } from '../language/examples.js'
import { leaves } from '../language/kind.js'
import type { Country, Lists } from '../language/lists.js'
import { type Catalogue, type DeclaredTypes, readCatalogue } from '../store/catalogue.js'
import { settler } from '../store/settle.js'
import { type DeclaredType, type SourceName, sourceNames } from '../store/sources.js'
import type { Store } from '../store/store.js'
import type { Setting } from './compiler.js'
import { type CountedFilters, countingOf } from './counting.js'
import { memberRows, occurrenceRows } from './members.js'

/** What all tests of a project have in common. */
export interface Ground {
  readonly definitions: Definitions
  /** The project's: its fields are known in tests too, by the types that its data have. */
  readonly catalogue: Catalogue
  readonly declared: DeclaredTypes
  readonly counted: CountedFilters
  readonly project: IngestProject
  readonly lists: Lists
  readonly country: Country
}

export interface Tried {
  readonly definition: Definition
  readonly example: Example
  /** What was expected and what came out, where those differ. */
  readonly wrong?: Problem
}

/** Tries the tests one after the other in a store that is as empty after each as it was before. */
export async function* tryExamples(ground: Ground, store: Store, definitions: readonly Definition[]): AsyncGenerator<Tried> {
  const types = typesOf(ground)
  for (const definition of definitions)
    for (const example of definition.tests ?? []) {
      store.begin()
      try {
        const wrong = await tryOne({ ...ground, types, store }, definition, example)
        yield { definition, example, ...(wrong !== undefined && { wrong }) }
      } finally {
        store.rollback()
      }
    }
}

interface Trial extends Ground {
  readonly types: DeclaredTypes
  readonly store: Store
}

/** The project's types, those that its data have taken for declared ones. */
function typesOf({ catalogue, declared }: Ground): DeclaredTypes {
  const fields = (source: SourceName) =>
    catalogue
      .fields(source)
      .filter((f) => f.id !== undefined && (f.source === source || (source === 'items' && f.source === 'products')))
  return Object.fromEntries(
    sourceNames.map((source) => [
      source,
      {
        ...Object.fromEntries(fields(source).flatMap((f) => (isPlain(f.type) ? [[f.name, f.declared ?? f.type]] : []))),
        ...declared[source],
      },
    ]),
  )
}
const isPlain = (type: string): type is DeclaredType & string => ['text', 'number', 'date', 'boolean'].includes(type)

async function tryOne(trial: Trial, definition: Definition, example: Example): Promise<Problem | undefined> {
  const failed = (message: string, more: Partial<Problem> = {}): Problem => ({
    code: 'test-failed',
    severity: 'error',
    message,
    span: example.expected.span,
    ...more,
  })
  for (const [source, rows] of tablesOf(trial, example)) {
    const refused = await fill(trial, source, rows, example.asOf)
    if (refused !== undefined) return failed(`its ${source} cannot be loaded: ${refused}`, { span: example.span })
  }
  const setting = settingOf(trial, example.asOf)
  const key = keyOf(example.person, mainKey)
  switch (definition.kind) {
    case 'segment':
      return wrongMember(setting, definition, key, example, failed)
    case 'event':
      return wrongOccurrences(setting, definition, key, example, failed)
    case 'metric':
      return wrongValue(setting, definition, key, example, failed)
    case 'audience':
      return undefined // takes no tests
  }
}

type Cells = Readonly<Record<string, string>>

/** The rows of a test as tables of their sources, in the order in which they are to be loaded. */
function tablesOf(
  trial: Trial,
  { person, others, products, asOf }: Example,
): readonly (readonly [SourceName, readonly Cells[]])[] {
  const row = (source: SourceName, { cells }: Row, more: Cells = {}): Cells => ({
    ...more,
    ...Object.fromEntries([...cells].map(([name, cell]) => [name, textOf(trial, source, name, cell, asOf)])),
  })
  const everyone = [person, ...others].map((one, i) => ({ ...one, key: keyOf(one, i === 0 ? mainKey : `other-${i}`) }))
  let number = firstOrder
  const orders = everyone.flatMap(({ key, orders }) =>
    orders.map(({ items, ...written }) => {
      const order = row('orders', written, { order: String(number++), customer: key })
      return { order, lines: items.map((one, i) => row('items', one, { order: order['order'] as string, line: String(i + 1) })) }
    }),
  )
  const tables = [
    ['customers', everyone.map(({ customer, key }) => row('customers', customer, { customer: key }))],
    ['products', products.map((one) => row('products', one))],
    ['orders', orders.map(({ order }) => order)],
    ['items', orders.flatMap(({ lines }) => lines)],
    ['activities', everyone.flatMap(({ key, activities }) => activities.map((one) => row('activities', one, { customer: key })))],
  ] as const
  return tables.filter(([, rows]) => rows.length > 0)
}
const mainKey = 'customer'
/** Of one length for all that a test can hold, so that keys are in the order in which the orders are written. */
const firstOrder = 100_001
const keyOf = ({ customer }: Person, otherwise: string): string => customer.cells.get('customer')?.texts[0] ?? otherwise

function textOf({ catalogue }: Trial, source: SourceName, name: string, { texts }: Cell, asOf: Day): string {
  const field = fieldOfRow(catalogue, source, name)
  const separator = typeof field?.declared === 'object' ? field.declared.list : ';'
  return texts.map((t) => cellText(t, name === 'at' ? { type: 'moment' } : field, asOf)).join(separator)
}

/** Loads rows as a CSV that says under each header which field it is; gives why they cannot be loaded. */
async function fill(trial: Trial, source: SourceName, rows: readonly Cells[], asOf: Day): Promise<string | undefined> {
  const headers = [...new Set(rows.flatMap((r) => Object.keys(r)))]
  const bytes = Buffer.from(
    [headers, ...rows.map((r) => headers.map((h) => r[h] ?? ''))].map((cells) => csvLine(cells)).join('\n'),
  )
  const counting = (store: Store) => countingOf(trial.counted, settingOf({ ...trial, store }, asOf))
  const outcome = await loadWithin({
    store: trial.store,
    project: trial.project,
    source,
    file: {
      name: source,
      async *open() {
        yield bytes
      },
      size: bytes.length,
    },
    options: {
      columns: Object.fromEntries(headers.map((h) => [h, h])),
      types: trial.types[source] ?? {},
      delimiter: ',',
      decimal: '.',
    },
    maxRejects: { rows: 0 },
    again: true,
    dryRun: true,
    now: new Date(0),
    settle: settler(counting),
  })
  return 'refused' in outcome ? outcome.problems.at(-1)?.message : undefined
}

const settingOf = ({ store, definitions, types, project, lists, country }: Trial, asOf: Day): Setting => ({
  store,
  definitions,
  catalogue: forgiving(readCatalogue(store, types), definitions),
  asOf,
  zone: project.zone,
  lists,
  country,
})

/** Before any data are loaded a definition may name attributes that no test has: unknown for everybody. */
const forgiving = (catalogue: Catalogue, { metrics }: Definitions): Catalogue => ({
  ...catalogue,
  own: (source, name) =>
    catalogue.own(source, name) ??
    (source === 'customers' && !metrics.has(name) ? { source, name, type: 'text', derived: false, scale: 0 } : undefined),
})

type Failed = (message: string, more?: Partial<Problem>) => Problem

/** Whether the customer is in segments that stand for a part of a definition each. */
function isIn(setting: Setting, key: string, segment: Segment): boolean {
  const segments = new Map([...setting.definitions.segments, [segment.name, segment]])
  for (const row of memberRows({ ...setting, definitions: { ...setting.definitions, segments } }, segment, { values: [] }))
    if (row[0] === key) return true
  return false
}

function wrongMember(
  setting: Setting,
  segment: Segment,
  key: string,
  { expected }: Example,
  failed: Failed,
): Problem | undefined {
  const member = isIn(setting, key, segment)
  if (expected.kind !== 'member' || expected.member === member) return undefined
  return failed(
    `expected ${expected.member ? 'a member' : 'no member'}, and the customer is ${member ? 'one' : 'none'} on ${formatDay(setting.asOf)}`,
    { help: why(setting, segment, key) },
  )
}

/** Which of a segment's conditions are so for the customer, in words. */
function why(setting: Setting, segment: Segment, key: string): string {
  const { base: _, ...rest } = segment
  const conditions = leaves<Condition>(segment.where).map(({ leaf, span }, i) => ({
    say: sayCondition(leaf),
    is: isIn(setting, key, { ...rest, name: `${segment.name} ${i + 1}`, where: { op: 'is', leaf, span } }),
  }))
  const listed = (is: boolean): readonly string[] => {
    const some = conditions.filter((c) => c.is === is).map((c) => c.say)
    return some.length === 0 ? [] : [`${is ? 'so' : 'not so'}: ${some.join('; ')}`]
  }
  return conditions.length === 1
    ? `the segment: ${saySegment(segment)}`
    : [`the segment: ${saySegment(segment)}`, ...listed(false), ...listed(true)].join(' — ')
}

function wrongOccurrences(
  setting: Setting,
  event: Extract<Definition, { kind: 'event' }>,
  key: string,
  { expected }: Example,
  failed: Failed,
): Problem | undefined {
  if (expected.kind !== 'occurrences') return undefined
  const wanted = expected.at.map(({ value }) => momentText(value, setting.asOf) as string)
  const found = [...occurrenceRows(setting, event, { customer: key })].map((row) => String(row[1]))
  const read = momentReader(undefined, setting.zone)
  const same = (want: string, got: string): boolean => {
    const moment = read?.(want)
    if (moment === undefined) return false
    return moment.time === DAY_ONLY ? got.slice(0, 10) === formatDay(moment.day) : got === setting.zone.format(moment)
  }
  if (wanted.length === found.length && wanted.every((want, i) => same(want, found[i] as string))) return undefined
  return failed(`expected ${sayMoments(wanted)}, found ${sayMoments(found)}`, { help: `the event: ${event.event.say()}` })
}
const sayMoments = (all: readonly string[]): string =>
  all.length === 0 ? 'no occurrence' : `${plural(all.length, 'occurrence')} (${all.join(', ')})`

function wrongValue(
  setting: Setting,
  metric: Extract<Definition, { kind: 'metric' }>,
  key: string,
  { expected, span }: Example,
  failed: Failed,
): Problem | undefined {
  if (expected.kind !== 'value') return undefined
  const everyone: Segment = {
    kind: 'segment',
    name: ' everyone',
    tags: [],
    span,
    where: { op: 'everyone', span },
    uses: [],
    attributes: [],
  }
  const definitions = { ...setting.definitions, segments: new Map([...setting.definitions.segments, [everyone.name, everyone]]) }
  const row = [...memberRows({ ...setting, definitions }, everyone, { values: [metric.name] })].find(([c]) => c === key)
  if (row === undefined) return failed(`the customer does not exist yet on ${formatDay(setting.asOf)}`)
  const found = shown(row[1])
  return sameValue(expected.value, found)
    ? undefined
    : failed(`expected ${expected.value ?? 'nothing known'}, found ${found ?? 'nothing known'}`)
}

const shown = (cell: unknown): string | null =>
  cell === null || cell === undefined
    ? null
    : typeof cell === 'object' && 'decimal' in cell
      ? String(cell.decimal)
      : Array.isArray(cell)
        ? cell.join(';')
        : String(cell)

const sameValue = (want: string | null, got: string | null): boolean =>
  want === got ||
  (want !== null && got !== null && /^-?[\d.]+$/.test(want) && /^-?[\d.]+$/.test(got) && plainNumber(want) === plainNumber(got))
/** `10`, `10.0` and `10.00` are the same number. */
const plainNumber = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text)
