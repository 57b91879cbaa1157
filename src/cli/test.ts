/** `test`: the tests inside definitions, each tried on data of its own. */
import { type Problem, Problems, position, Stop } from '../base/problem.js'
import { plural } from '../base/text.js'
import { type Ground, type Tried, tryExamples } from '../engine/examples.js'
import { type Definition, type Definitions, readDefinitions } from '../language/definitions.js'
import { projectLists } from '../language/lists.js'
import { type Project, readProject } from '../language/project.js'
import { readCatalogue } from '../store/catalogue.js'
import { openForReading, openInMemory, type Store } from '../store/store.js'
import { defineCommand } from './command.js'
import { type ColumnSpec, writeRows } from './output.js'
import {
  declaredTypes,
  definitionFiles,
  disagreements,
  errorsFirst,
  openWorkspace,
  select,
  settingOf,
  type Workspace,
} from './workspace.js'

const kinds = ['segment', 'event', 'metric'] as const

export const command = defineCommand({
  name: 'test',
  summary: 'the tests inside definitions: a customer, his orders, what comes out',
  group: 'start',
  args: [{ name: 'NAME', description: "names, globs, `tag:x`; none means all of the project's own", variadic: true }],
  options: [],
  examples: ['segkit test', 'segkit test croissant-fans tag:nightly', "segkit test 'system/*'"],
  notes: [
    'A test stands in its segment, event or metric:',
    '',
    'tests:',
    '  - name: an order on the last day of the window counts',
    '    as_of: 2024-05-31',
    '    customer: { city: Minsk }',
    '    orders: [ { at: 2024-05-02, amount: 10, items: [ { product: tea } ] } ]',
    '    member: true          # an event: occurrences: [2024-05-02], a metric: value: 10',
    '',
    [
      'It is loaded and evaluated as files are, with the zone, types, parameters, lists and `counted` of the project, and nothing',
      'else is in the store. Days may be written `-7d`, counted from its `as_of`; `others:` holds further customers, `products:`',
      'products. What ships with segkit is tested as it ships, with its own parameters, and only where it is named.',
    ].join(' '),
  ].join('\n'),
  exits: [
    [0, 'every test passed, or there is none'],
    [2, 'a name that is not there'],
    [78, 'a test failed, or a definition is broken'],
  ],
  run: async (invocation) => {
    const { globals, io } = invocation
    const ws = openWorkspace(invocation)
    const words = invocation.list('NAME')
    const ground = groundOf(ws, io.cwd)
    const { names, broken } = select(ground.definitions, words, kinds, globals)
    const wanted = new Set(names)
    const own = all(ground.definitions).filter((d) => wanted.has(d.name) && !isSystem(d.name))
    const system = words.length === 0 ? [] : [...wanted].filter(isSystem)
    const tried = [...(await tryAll(ground, own)), ...(system.length === 0 ? [] : await tryShipped(ws, io.cwd, new Set(system)))]
    await writeRows({ thing: 'test', columns, rows: tried.map(rowOf) }, globals, io)
    const failures = tried.flatMap(failureOf)
    const brokenOnes = errorsFirst(broken.flatMap((name) => ground.definitions.broken.get(name) ?? []))
    const problems = [...brokenOnes, ...failures]
    if (problems.length > 0) return { exit: 78, problems, verdict: verdictOf(tried.length, failures.length, broken.length) }
    if (tried.length > 0) return { verdict: verdictOf(tried.length, 0, 0) }
    return {
      verdict: `no tests ${words.length === 0 ? 'in the definitions of this project' : 'in what was named'}: \`segkit help test\` shows how to write one`,
    }
  },
})

/** What a frame says where no columns stand beside it. */
const failureOf = ({ definition, example, wrong }: Tried): readonly Problem[] =>
  wrong === undefined ? [] : [{ ...wrong, message: `\`${definition.name}\`, test \`${example.name}\`: ${wrong.message}` }]

const isSystem = (name: string): boolean => name.startsWith('system/')
const all = ({ segments, events, metrics }: Definitions): readonly Definition[] => [
  ...segments.values(),
  ...events.values(),
  ...metrics.values(),
]

const verdictOf = (tests: number, failed: number, broken: number): string =>
  [
    ...(tests === 0 ? [] : [failed === 0 ? `${plural(tests, 'test')} passed` : `${failed} of ${plural(tests, 'test')} failed`]),
    ...(broken === 0 ? [] : [`${plural(broken, 'definition')} broken`]),
  ].join('; ')

/** The project's definitions as its store knows their fields, or without one. */
function groundOf(ws: Workspace, cwd: string): Ground {
  const store = openForReading(ws.database)
  try {
    const setting = settingOf(ws, store, cwd)
    const wrong = disagreements(ws, undefined, setting.catalogue).filter(
      (p) => p.severity === 'error' && p.code !== 'types-changed',
    )
    if (wrong.length > 0) throw new Stop(78, wrong)
    return { ...setting, ...aboutProject(ws.project, ws.root), declared: declaredTypes(ws.project) }
  } finally {
    store?.close()
  }
}

const aboutProject = (project: Project, root: string): Pick<Ground, 'project' | 'counted'> => ({
  counted: project.counted,
  project: {
    zone: project.timezone,
    rates: project.rates,
    guests: project.guests,
    root,
    rejectsFolder: root,
    ...(project.currency !== undefined && { currency: project.currency }),
  },
})

/** What ships with segkit says what it means with the parameters it ships with, whatever the project has made of them. */
async function tryShipped(ws: Workspace, cwd: string, names: ReadonlySet<string>): Promise<readonly Tried[]> {
  const files = definitionFiles(ws, cwd).filter((f) => f.system === true)
  const project = readProject({ name: 'segkit.yaml', text: 'timezone: UTC' }, {}, new Problems()) as Project
  const catalogue = readCatalogue(undefined, {})
  const lists = projectLists(ws.root, undefined)
  const world = { catalogue, lists, country: undefined }
  const definitions = readDefinitions(files, { ...world, asOf: ws.asOf, parameters: project.parameters })
  const ground: Ground = { ...world, definitions, declared: {}, ...aboutProject(project, ws.root) }
  return tryAll(
    ground,
    all(definitions).filter((d) => names.has(d.name)),
  )
}

async function tryAll(ground: Ground, definitions: readonly Definition[]): Promise<readonly Tried[]> {
  const store: Store = openInMemory()
  try {
    const tried: Tried[] = []
    for await (const one of tryExamples(ground, store, definitions)) tried.push(one)
    return tried
  } finally {
    store.close()
  }
}

const columns: readonly ColumnSpec[] = [
  { name: 'definition' },
  { name: 'test' },
  { name: 'passed' },
  { name: 'message' },
  { name: 'file' },
  { name: 'line', align: 'right' },
]

function rowOf({ definition, example, wrong }: Tried) {
  const span = (wrong as Problem | undefined)?.span ?? example.span
  return [definition.name, example.name, wrong === undefined, wrong?.message ?? null, span.source.name, position(span).line]
}
