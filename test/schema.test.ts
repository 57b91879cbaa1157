/** What `segkit schema` writes, held by an independent validator: it takes all that is sound and refuses mistakes of shape. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv, type ValidateFunction } from 'ajv'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { Problems } from '../src/base/problem.js'
import { type SchemaName, schemaNames, schemas } from '../src/handoff/schemas.js'
import { type Transform, transforms } from '../src/handoff/transforms.js'
import { kinds } from '../src/language/conditions/index.js'
import { eventKinds } from '../src/language/events.js'
import { metricKinds } from '../src/language/metrics.js'
import { operators } from '../src/language/operators.js'
import { file, readProject } from '../src/language/project.js'
import { windowKinds } from '../src/language/windows.js'
import { casesOf } from './arbitraries.js'
import { available } from './laws/contract.js'

const ajv = new Ajv({ allowUnionTypes: true, keywords: ['patternErrorMessage', 'errorMessage'] })
const validators = Object.fromEntries(schemaNames.map((name) => [name, ajv.compile(schemas[name].make())])) as Record<
  SchemaName,
  ValidateFunction
>
/** What the validator finds wrong; undefined when nothing. */
function wrong(schema: SchemaName, document: unknown): string | undefined {
  const check = validators[schema]
  return check(document) ? undefined : ajv.errorsText(check.errors)
}

const root = fileURLToPath(new URL('..', import.meta.url))
const yamlIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => join(folder, name))
const read = (path: string): unknown => parse(readFileSync(join(root, path), 'utf8'))

describe('what is sound passes', () => {
  for (const path of [...yamlIn('segments'), ...yamlIn('samples/bakery/segments')])
    it(path, () => expect(wrong('definitions', read(path))).toBeUndefined())
  it('the project file of the sample', () => expect(wrong('project', read('samples/bakery/segkit.yaml'))).toBeUndefined())
  for (const path of yamlIn('src/handoff/profiles')) it(path, () => expect(wrong('profile', read(path))).toBeUndefined())
  it('a file of which all is commented out', () => {
    expect(wrong('definitions', null)).toBeUndefined()
    expect(wrong('definitions', { segments: null })).toBeUndefined()
  })
  it('`$name` in the place of any value', () => {
    const performed = { orders: '$which', last: '$days', count: { min: '$n', unknown: '$how' }, ago: { from: '$a' } }
    const segments = {
      it: { title: '$t', tags: '$tags', all: [{ performed }, { attribute: '$these' }], any: '$rest' },
      that: '$it',
    }
    expect(wrong('definitions', { segments, events: { e: { on: '$on', nth: '$n' } } })).toBeUndefined()
  })
})

/** The definitions of every table of kinds that show how it is written. */
const examples: Readonly<Record<string, readonly (readonly [name: string, definitions: unknown])[]>> = {
  conditions: Object.entries(kinds).map(([name, { example }]) => [name, segment(parse(example))]),
  metrics: Object.entries(metricKinds).map(([name, { example }]) => [name, { metrics: { it: parse(example) } }]),
  events: Object.entries(eventKinds).map(([name, { example }]) => [name, { events: { it: parse(example) } }]),
  operators: Object.entries(operators).map(([name, { example }]) => [name, segment({ attribute: { a: parse(example) } })]),
  windows: Object.entries(windowKinds).map(([name, { example }]) => [
    name,
    segment({ performed: { orders: 'any', ...parse(example) } }),
  ]),
}

describe('a mistake of shape in a profile is refused', () => {
  const profile = { profile: 'own', title: 't', channel: 'none', file: { rows: 10, bytes: '20 MB' } }
  const columns = [{ header: 'a', from: 'b', as: ['trim', { date: 'DD.MM' }, 'hash'] }]
  it('and the sound one is not', () => expect(wrong('profile', { ...profile, columns })).toBeUndefined())
  it('nor is one of values that stand together', () =>
    expect(wrong('profile', { ...profile, columns: [{ header: 'a', from: ['b', ['c', 'd']] }] })).toBeUndefined())
  it.each([
    ['no columns', profile],
    ['an unknown key', { ...profile, columns, colums: [] }],
    ['an unknown key of a column', { ...profile, columns: [{ header: 'a', form: 'b' }] }],
    ['one value that stands together', { ...profile, columns: [{ header: 'a', from: ['b', ['c']] }] }],
    ['an unknown channel', { ...profile, columns, channel: 'mail' }],
    ['an unknown transform', { ...profile, columns: [{ header: 'a', from: 'b', as: ['emial'] }] }],
    ['a transform without its argument', { ...profile, columns: [{ header: 'a', from: 'b', as: ['date'] }] }],
    ['an argument too many', { ...profile, columns: [{ header: 'a', from: 'b', as: [{ lower: 'x' }] }] }],
    ['two transforms in one entry', { ...profile, columns: [{ header: 'a', from: 'b', as: [{ date: 'DD', join: ';' }] }] }],
    ['an unknown encoding', { ...profile, columns, file: { encoding: 'koi8-r' } }],
    ['a size that is none', { ...profile, columns, file: { bytes: '20 megs' } }],
    ['a day that is none', { ...profile, columns, checked: 'yesterday' }],
    ['a word where a list belongs', { ...profile, columns: 'email' }],
  ])('%s', (_, document) => expect(wrong('profile', document)).toBeDefined())
  it('every transform is known, with its argument where it takes one', () => {
    for (const [name, { argument }] of Object.entries(transforms) as [string, Transform][]) {
      const [bare, given] = [name, { [name]: name === 'map' ? { a: 'b' } : name.startsWith('truncate') ? 5 : 'x' }]
      const [sound, unsound] = argument === undefined ? [bare, given] : [given, bare]
      const as = (one: unknown) => wrong('profile', { ...profile, columns: [{ header: 'a', from: 'b', as: [one] }] })
      expect([name, as(sound), as(unsound) !== undefined]).toEqual([name, undefined, true])
    }
  })
})

describe('the example of every kind passes, and fails with a word too many', () => {
  for (const [table, all] of Object.entries(examples))
    for (const [name, definitions] of all)
      it(`${table}: ${name}`, () => {
        expect(wrong('definitions', definitions)).toBeUndefined()
        expect(wrong('definitions', misspelt(definitions, name))).toBeDefined()
      })
})

function segment(condition: unknown): unknown {
  return { segments: { it: { all: [condition] } } }
}

/** The same with a letter added to this key wherever it stands. */
function misspelt(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return value.map((one) => misspelt(one, key))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k === key ? `${k}x` : k, misspelt(v, key)]))
}

type Plain = Readonly<Record<string, unknown>>
interface Case {
  readonly name: string
  readonly definitions?: Readonly<Record<string, Plain>>
  readonly where?: Plain
  readonly also?: readonly Plain[]
  readonly metric?: unknown
  readonly event?: unknown
}
interface CaseFile {
  readonly definitions?: Readonly<Record<string, Plain>>
  readonly cases: readonly Case[]
}

describe('the definitions of the cases pass', () => {
  for (const path of yamlIn('test/cases')) {
    const { cases, definitions = {} } = read(path) as CaseFile
    it(path, () => {
      const told = [{ name: 'at the head', definitions }, ...cases].flatMap((one) => {
        const what = wrong('definitions', definitionsOf(one))
        return what === undefined ? [] : [`${one.name}: ${what}`]
      })
      expect(told).toEqual([])
    })
  }
})

function definitionsOf({ definitions: { metrics, events, segments } = {}, where, also = [], metric, event }: Case): unknown {
  const asked = [...(where === undefined ? [] : [where]), ...also].map((one, i) => [`it-${i}`, asSegment(one)])
  return {
    metrics: { ...metrics, ...(metric !== undefined && { it: metric }) },
    events: { ...events, ...(event !== undefined && { it: event }) },
    segments: { ...segments, ...Object.fromEntries(asked) },
  }
}
const isBlocks = (where: Plain): boolean => Object.keys(where).every((key) => ['all', 'any', 'none', 'base'].includes(key))
const asSegment = (where: Plain): Plain => (isBlocks(where) ? where : { all: [where] })

describe('what the reader reads passes', () => {
  it('random sound definitions', () => {
    const told = fc
      .sample(casesOf(available), { numRuns: 40, seed: 1 })
      .map(({ definitions }) => wrong('definitions', definitions))
      .filter((what) => what !== undefined)
    expect(told).toEqual([])
  })
  it('a project file with everything in it', () => {
    const problems = new Problems()
    expect(readProject({ name: 'segkit.yaml', text: everyKey }, {}, problems)).toBeDefined()
    expect(wrong('project', parse(everyKey))).toBeUndefined()
    expect(file.keys.filter((key) => !(key in (parse(everyKey) as object)))).toEqual([])
  })
})

const everyKey = `version: 1
timezone: Europe/Minsk
currency: BYN
country: by
as_of: -7d
sources:
  orders:
    columns: { order: InvoiceNo, customer: 2 }
    types: { customer: integer, tags: { list: ';' }, paid: boolean }
    dates: D.M.YYYY H:mm
    encoding: windows-1251
    delimiter: ';'
    decimal: ','
    ignore: [passport]
  activities: { delimiter: tab, header: none }
orders: { counted: { status: { not_in: [cancelled, refunded] }, any: [{ amount: { above: 0 } }, { channel: web }] } }
items: { counted: { quantity: { above: 0 } } }
guests: ['0', 1]
rates: { USD: 3.27, EUR: '3.5' }
consent:
  email: { attribute: { email_opt_in: true } }
  sms: { any: [{ attribute: { sms: { is: yes } } }, { in_list: { file: lists/sms.csv } }] }
suppress: [{ list: lists/complaints.csv }, { segment: staff }]
parameters: { days: 30 days, cities: [Минск, Брест], cut: 5 }
freshness: { orders: { warn_after: 2 days, error_after: 7d } }
min_group: 5
runs: { keep: 2 years }
system_segments: false
`

interface Wrong {
  readonly name: string
  readonly segments?: string
  readonly project?: string
  readonly problems: readonly string[]
}
/** Mistakes that the shape alone gives away. */
const shapeCodes = [
  'unknown-key',
  'unknown-condition',
  'unknown-operator',
  'unknown-metric',
  'missing-key',
  'two-kinds',
  'one-source',
  'one-condition',
  'empty-condition',
  'empty-list',
  'bad-name',
]
/** A map, a list or nothing where something else belongs; what is wrong in a single value may take a calendar to see. */
const wrongNode = /^wrong-type: .*, found (?:a map|a list|nothing)$/
/** Mistakes that only who knows the data and the other definitions can see. */
const knowledgeCodes = [
  'unknown-attribute',
  'unknown-field',
  'unknown-segment',
  'unknown-event',
  'wrong-operator',
  'circle',
  'list',
]

const codesOf = (one: Wrong): readonly string[] =>
  one.problems.map(
    (p) =>
      p
        .trim()
        .replace(/^warning /, '')
        .split(':')[0] as string,
  )
const problems = yamlIn('test/problems')
  .flatMap((path) => read(path) as readonly Wrong[])
  .flatMap((one) => {
    const text = one.project ?? one.segments
    return text === undefined
      ? []
      : [{ one, text: text.replace(/[‹›]/g, ''), schema: (one.project === undefined ? 'definitions' : 'project') as SchemaName }]
  })

describe('mistakes of shape are refused', () => {
  const mistaken = problems.filter(
    ({ one, text }) =>
      (!text.includes('$') && one.problems.some((p) => wrongNode.test(p.trim()))) ||
      codesOf(one).some((code) => shapeCodes.includes(code)),
  )
  it('a metric that is compared with nothing', () => {
    expect(wrong('definitions', segment({ metric: { sum: 'orders.amount', min: 1 } }))).toBeUndefined()
    expect(wrong('definitions', segment({ metric: { sum: 'orders.amount', last: '1 year' } }))).toBeDefined()
  })
  it('of which there are enough', () => expect(mistaken.length).toBeGreaterThan(20))
  for (const { one, text, schema } of mistaken)
    it(`${one.name} (${codesOf(one).join(', ')})`, () => expect(wrong(schema, parse(text))).toBeDefined())
})

describe('what takes the data to see is left to check', () => {
  for (const { one, text, schema } of problems.filter(
    ({ one }) => one.problems.length > 0 && codesOf(one).every((code) => knowledgeCodes.includes(code)),
  ))
    it(`${one.name} (${codesOf(one).join(', ')})`, () => expect(wrong(schema, parse(text))).toBeUndefined())
})
