/**
 * Wrong definitions and wrong project files, told in `problems/*.yaml`: each wrong part is marked ‹so› in its source text and met by
 * the problem as shown. Whatever a file holds, reading it ends in problems, never in a stack trace.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type Problem, Problems, render, type Source } from '../src/base/problem.js'
import { parseDay } from '../src/base/time.js'
import { profilesOf } from '../src/handoff/asked.js'
import { type Definitions, type Ground, readDefinitions } from '../src/language/definitions.js'
import { projectLists } from '../src/language/lists.js'
import { type Project, readProject } from '../src/language/project.js'
import { type Catalogue, readCatalogue } from '../src/store/catalogue.js'
import { inFolder, openKitchen } from './kitchen.js'
import { dataFiles, shop, writeProject } from './shop.js'

/** One of `segments` (a file of definitions), `files` (several), `project` (a segkit.yaml); all with their wrong parts marked. */
interface Case {
  readonly name: string
  readonly segments?: string
  readonly files?: Readonly<Record<string, string>>
  readonly project?: string
  /** A segkit.yaml whose rules of consent hold for the definitions; its own wrong parts are marked too. */
  readonly consent?: string
  /** Before any data are loaded. */
  readonly empty?: boolean
  /** `code: message` in the order of the marks; the help on a line of its own after `= `. */
  readonly problems: readonly string[]
  /** The first problem as a person reads it. */
  readonly shown?: string
  /** What is sound all the same. */
  readonly sound?: readonly string[]
}

const folder = new URL('problems/', import.meta.url)
const families = readdirSync(folder).sort()
const asOf = parseDay('2024-05-31') as number

let ground: Ground
let emptyGround: Ground
let close = (): void => {}

beforeAll(
  () =>
    new Promise<void>((ready, failed) => {
      inFolder(async (dir) => {
        const data = shop({
          types: { customers: { tags: { list: ';' }, score: 'number', vip: 'boolean' } },
          customers: {
            ana: {
              city: 'Минск',
              country: 'BY',
              birth_date: '1990-01-01',
              tags: 'a;b',
              score: 1,
              vip: true,
              orders: [
                {
                  at: '2024-05-01',
                  channel: 'web',
                  amount: '10.00',
                  items: [{ product: 'tea', category: 'drinks', quantity: 1, price: '10.00' }],
                },
              ],
              activities: [{ at: '2024-05-01', type: 'visit', value: '5' }],
            },
          },
          lists: { 'lists/staff.csv': [{ email: 'ana@shop.by' }], 'lists/none.csv': [{ e_mial: 'ana@shop.by' }] },
        })
        writeProject(data, {}, dir)
        writeFileSync(
          join(dir, 'lists/cp1251.csv'),
          Buffer.from([0x65, 0x6d, 0x61, 0x69, 0x6c, 0x0a, 0xcc, 0xe8, 0xed, 0xf1, 0xea]),
        )
        const kitchen = await openKitchen(dir, dataFiles(data))
        const { catalogue } = kitchen.setting('2024-05-31')
        const lists = projectLists(dir, undefined)
        const parameters = (
          readProject(
            { name: 'segkit.yaml', text: 'timezone: UTC\nparameters: { days: 30 days, cities: [Минск, Брест] }' },
            {},
            new Problems(),
          ) as Project
        ).parameters
        const of = (known: Catalogue): Ground => ({
          catalogue: known,
          asOf,
          parameters,
          lists,
          country: undefined,
          profiles: profilesOf(undefined),
        })
        ground = of(catalogue)
        emptyGround = of(readCatalogue(undefined, {}))
        ready()
        await new Promise<void>((end) => {
          close = end
        })
        kitchen.close()
      }).catch(failed)
    }),
)
afterAll(() => close())

for (const file of families)
  describe(file.replace('.yaml', ''), () => {
    for (const one of parse(readFileSync(new URL(file, folder), 'utf8')) as readonly Case[]) it(one.name, () => meets(one))
  })

function meets(one: Case): void {
  const written =
    one.files ?? (one.project === undefined ? { 'segments/it.yaml': one.segments ?? '' } : { 'segkit.yaml': one.project })
  const settings = one.consent === undefined ? undefined : { ...unmarked(one.consent), name: 'segkit.yaml' }
  const marked = Object.entries(written).map(([name, text]) => ({ ...unmarked(text), name }))
  const sources = marked.map(({ name, text }): Source => ({ name, text }))
  const { problems, definitions } =
    one.project === undefined ? read(sources, one.empty === true, settings) : readAsProject(sources[0] as Source)
  const wanted = [...(settings === undefined ? [] : [settings]), ...marked].flatMap(({ name, marks }) =>
    marks.map((mark) => `${name}:${mark}`),
  )
  const sorted = [...problems].sort((a, b) => placeOf(a).localeCompare(placeOf(b), 'en', { numeric: true }))
  expect({
    at: sorted.filter((p) => p.span !== undefined).map((p) => `${p.span?.source.name}:${place(p)}`),
    problems: sorted.map(told),
    shown: one.shown && `${render(sorted[0] as Problem)}\n`,
    sound: one.sound && [
      ...(definitions?.segments.keys() ?? []),
      ...(definitions?.events.keys() ?? []),
      ...(definitions?.metrics.keys() ?? []),
    ],
  }).toEqual({ at: wanted, problems: one.problems.map((p) => p.trim()), shown: one.shown, sound: one.sound })
}

const place = (p: Problem): string =>
  p.span === undefined ? '' : `${p.span.start} ‹${p.span.source.text.slice(p.span.start, p.span.end)}›`
const placeOf = (p: Problem): string => `${p.span?.source.name} ${p.span?.start} ${p.span?.end}`
const told = (p: Problem): string =>
  `${p.severity === 'warning' ? 'warning ' : ''}${p.code}: ${p.message}${p.help === undefined ? '' : `\n= ${p.help}`}`

const read = (
  sources: readonly Source[],
  empty: boolean,
  settings?: Source,
): { readonly problems: readonly Problem[]; readonly definitions?: Definitions } => {
  const definitions = readDefinitions(
    sources.map((source) => ({ source })),
    {
      ...(empty ? emptyGround : ground),
      ...(settings !== undefined && { consent: (readProject(settings, {}, new Problems()) as Project).consent }),
    },
  )
  return { problems: definitions.problems, definitions }
}

function readAsProject(source: Source): { readonly problems: readonly Problem[]; readonly definitions?: Definitions } {
  const problems = new Problems()
  readProject(source, {}, problems)
  return { problems: problems.list }
}

/** The text without its marks, and where they stood: the start and the text of each, in the order in which they begin. */
function unmarked(text: string): { readonly text: string; readonly marks: readonly string[] } {
  let plain = ''
  const open: number[] = []
  const marks: { start: number; end: number }[] = []
  for (const ch of text) {
    if (ch === '‹') open.push(plain.length)
    else if (ch === '›') marks.push({ start: open.pop() as number, end: plain.length })
    else plain += ch
  }
  marks.sort((a, b) => a.start - b.start || a.end - b.end)
  return { text: plain, marks: marks.map(({ start, end }) => `${start} ‹${plain.slice(start, end)}›`) }
}

/** Codes as they are raised in the language: at `error`, `warn`, `tell`, at `unknownKey`, or as a field. */
const raised = /(?:\.(?:error|warn)|\btell)\(\s*'([a-z-]+)'|problems, '([a-z-]+)', '|\bcode: '([a-z-]+)'|\bcode = '([a-z-]+)'/g

it('every code that the language raises is met by a case here', () => {
  const language = new URL('../src/language/', import.meta.url)
  const files = readdirSync(language, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  const codes = files.flatMap((file) =>
    [...readFileSync(new URL(file, language), 'utf8').matchAll(raised)].map((m) => m.slice(1).find((code) => code !== undefined)),
  )
  const met = families.flatMap((file) =>
    (parse(readFileSync(new URL(file, folder), 'utf8')) as readonly Case[]).flatMap(({ problems }) => problems),
  )
  expect(
    [...new Set(codes)].filter((code) => !met.some((p) => p.replace('warning ', '').startsWith(`${code}: `))).sort(),
  ).toEqual([])
})

describe('a hostile file ends in problems, soon, and never in a stack trace', () => {
  const bomb = [
    'a0: &a0 [x, x, x, x, x, x, x, x, x]',
    ...Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`),
  ].join('\n')
  const wrap = (condition: string): string => `segments:\n  it:\n    all:\n      - ${condition}\n`
  const deep = 10_000
  const hostile: Readonly<Record<string, string>> = {
    'nothing but bytes': String.fromCharCode(...Array.from({ length: 512 }, (_, i) => i % 256)),
    'a zero byte in a name': 'segments:\n  a\u0000b: { all: customers }\n',
    'a scalar of a megabyte as a name': `segments:\n  ${'x'.repeat(1_000_000)}!: { all: customers }\n`,
    'a scalar of a megabyte as a duration': wrap(`performed: { orders: any, last: ${'9'.repeat(1_000_000)} }`),
    'a scalar of a megabyte as a field': wrap(`attribute: { ${'c'.repeat(1_000_000)}: x }`),
    'a scalar of a megabyte as an operator': wrap(`attribute: { city: { ? ${'i'.repeat(1_000_000)} : x } }`),
    'a scalar of a megabyte as the name of a segment': wrap(`in_segment: ${'s'.repeat(1_000_000)}`),
    'a scalar of a megabyte as an alias': wrap(`attribute: { city: *${'a'.repeat(1_000_000)} }`),
    'flow lists ten thousand deep': `segments: ${'['.repeat(deep)}${']'.repeat(deep)}`,
    'flow maps ten thousand deep': `segments: ${'{a: '.repeat(deep)}1${'}'.repeat(deep)}`,
    'open brackets without an end': `segments: ${'['.repeat(deep)}`,
    'blocks a thousand deep': `segments: { it: { all: ${'[ { all: '.repeat(1000)}[]${' } ]'.repeat(1000)} } }`,
    'blocks ten thousand deep': `segments: { it: { all: ${'[ { all: '.repeat(deep)}[]${' } ]'.repeat(deep)} } }`,
    'filters ten thousand deep': wrap(
      `performed: { orders: ${'{ any: [ '.repeat(deep)}{ channel: { is: } }${' ] }'.repeat(deep)} }`,
    ),
    'block lists ten thousand deep': `segments:\n  it: { all: [] }\n  at:\n    all:\n      ${'- '.repeat(deep)}x\n`,
    'indentation ten thousand deep': Array.from({ length: 3000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
    'an alias bomb': `${bomb}\nsegments:\n  it: { all: [ { attribute: { city: { in: *a12 } } } ] }\n`,
    'an alias bomb among the conditions': `metrics: {}\nsegments:\n  a: { all: &a [ { attribute: { city: x } }, { attribute: { city: x } } ] }\n${Array.from({ length: 30 }, (_, i) => `  b${i}: { all: &b${i} [ { all: *${i === 0 ? 'a' : `b${i - 1}`} }, { all: *${i === 0 ? 'a' : `b${i - 1}`} } ] }`).join('\n')}\n`,
    'an alias of itself': 'segments:\n  it: { all: &a [ { all: *a } ] }\n',
    'a chain of aliases': `a0: &a0 [ { attribute: { city: x } } ]\n${Array.from({ length: 1500 }, (_, i) => `a${i + 1}: &a${i + 1} [ { all: *a${i} } ]`).join('\n')}\nsegments: { it: { all: *a1500 } }\n`,
    'a map that is its own value': 'segments: &s\n  it: *s\n',
    'ten thousand equal keys': `segments:\n${'  it: { all: customers }\n'.repeat(10_000)}`,
    'ten thousand unknown keys': `segments:\n  it:\n    all: customers\n${Array.from({ length: 10_000 }, (_, i) => `    k${i}: 1`).join('\n')}\n`,
    tabs: 'segments:\n\tit:\n\t\tall: customers\n',
    'a key that is a map': 'segments:\n  ? { a: 1 }\n  : { all: customers }\n',
    'a key that is a list': wrap('attribute: { [city]: x }'),
    'a key that is nothing': 'segments:\n  : { all: customers }\n',
    'a key of Object': wrap('constructor: { city: x }'),
    'a field of Object': wrap('attribute: { __proto__: x, toString: y, hasOwnProperty: z }'),
    'an operator of Object': wrap('attribute: { city: { __proto__: x } }'),
    'a row field of Object': wrap('performed: { orders: { constructor: x } }'),
    'a source of Object': wrap('metric: { count: constructor, min: 1 }'),
    'several documents': 'segments: {}\n---\nsegments: {}\n',
    'a tag of a program': wrap('attribute: { city: !!js/function "x" }'),
    'a merge key': 'segments:\n  a: &a { all: customers }\n  b: { <<: *a, color: red }\n',
    'a regular expression that backtracks elsewhere, and is none here': wrap("attribute: { city: { matches: '(a+)+$(?=b)' } }"),
  }
  it.each(Object.keys(hostile))('%s', (name) => {
    const text = hostile[name] as string
    const before = performance.now()
    const source = { name: 'segments/it.yaml', text }
    const { problems } = read([source], false)
    expect(problems.filter((p) => p.severity === 'error').length).toBeGreaterThan(0)
    for (const p of problems.slice(0, 50)) {
      expect(p.message.length).toBeLessThan(400)
      expect(render(p).length).toBeLessThan(2000)
      expect(render(p)).not.toMatch(/node_modules|\bat .*\.[jt]s:\d|RangeError|TypeError/)
    }
    const asProject = readAsProject({ name: 'segkit.yaml', text })
    expect(asProject.problems.length).toBeGreaterThan(0)
    expect(performance.now() - before).toBeLessThan(20_000)
  })
})
