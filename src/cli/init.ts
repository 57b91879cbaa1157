/** `segkit init`: the folder of a project, empty or filled with the sample bakery. Never changes a file that is there. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fileStop } from '../base/file.js'
import { Stop } from '../base/problem.js'
import { openZone } from '../base/time.js'
import { type SchemaName, schemaLine, schemaNames, schemas } from '../handoff/schemas.js'
import { schemaText } from '../language/schema.js'
import type { SourceName } from '../store/sources.js'
import { defineCommand, type Invocation } from './command.js'
import { loadFiles, sayReceipts } from './ingest.js'
import { openInputs } from './inputs.js'
import { writeRows } from './output.js'
import { openWorkspace, projectFile } from './workspace.js'

export const command = defineCommand({
  name: 'init',
  summary: 'make a project; --demo fills it with the sample bakery',
  group: 'start',
  writes: true,
  args: [{ name: 'DIR', description: 'the folder; otherwise this one, with --demo segkit-demo' }],
  options: [{ flags: '--demo', description: 'a bakery with 2,000 customers and two years of orders, all made up' }],
  examples: ['segkit init shop', 'segkit init bakery --demo && cd bakery && segkit run'],
  notes: `Lists the files it wrote. A file that is there stays as it is; a segkit.yaml that is there ends the command.
The first line of each YAML file names a schema under .segkit/, with which editors complete and check as one types.`,
  exits: [
    [0, 'made'],
    [73, 'there is a project already, or the folder cannot be written'],
  ],
  run: async (invocation) => {
    const { globals, io, note } = invocation
    const demo = invocation.flag('demo')
    const dir = invocation.arg('DIR') ?? globals.project ?? (demo ? 'segkit-demo' : '.')
    const root = resolve(io.cwd, dir)
    const written = writeFiles(root, dir, demo ? sampleFiles() : starterFiles(note))
    if (demo) await loadSample(root, invocation)
    await writeRows({ thing: 'init', columns: [{ name: 'file' }], rows: written.map((path) => [join(dir, path)]) }, globals, io)
    return { verdict: whatNext(dir, demo) }
  },
})

interface Starter {
  readonly path: string
  readonly content: string | Buffer
}

/** The paths that were written; folders are made for their files. */
function writeFiles(root: string, dir: string, files: readonly Starter[]): readonly string[] {
  const written: string[] = []
  for (const { path, content } of files) {
    const target = join(root, path)
    try {
      mkdirSync(path.endsWith('/') ? target : dirname(target), { recursive: true })
      if (path.endsWith('/')) continue
      writeFileSync(target, content, { flag: 'wx' })
      written.push(path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw fileStop(join(dir, path), 'create', error)
      if (path === projectFile) {
        throw Stop.with(73, 'project-exists', `there is a \`${projectFile}\` in \`${dir}\` already, and it stays as it is`, {
          help: 'name another folder: `segkit init DIR`',
        })
      }
    }
  }
  return written
}

const ignored = `# made by segkit again at any time, or personal data: never in git
segkit.db*
exports/
reports/
rejects/
`

function starterFiles(note: (line: string) => void): readonly Starter[] {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone
  const zone = openZone(here) === undefined ? 'UTC' : here
  note(`timezone: ${zone}, as this computer has it; change it in ${projectFile} before the first load if the shop is elsewhere`)
  return [
    { path: projectFile, content: withSchema(projectFile, starterProject(zone)) },
    { path: 'segments/first.yaml', content: withSchema('segments/first.yaml', starterSegments) },
    { path: 'lists/', content: '' },
    { path: '.gitignore', content: ignored },
    ...schemaFiles(),
  ]
}

/** The schemas stand in the project itself, so that editors find them without a network. */
const schemaFiles = (): readonly Starter[] =>
  schemaNames.map((name) => ({ path: schemas[name].file, content: schemaText(schemas[name].make()) }))

/** The text below the line that tells editors of its schema, by the way there from the file. */
function withSchema(path: string, text: string): string {
  const name: SchemaName = path === projectFile ? 'project' : path.startsWith('profiles/') ? 'profile' : 'definitions'
  return `${schemaLine(path, name)}\n\n${text}`
}

const starterProject = (zone: string): string => `# The project file. segkit finds it by walking up from wherever you are.
version: 1

# The zone of the shop's days and hours. A time in a CSV that names no offset is local time here.
timezone: ${zone}

# currency: EUR              # amounts in another currency then need a rate
# rates: { USD: 0.92 }
# country: DE                # of phone numbers that do not name theirs

# The day whose end every answer describes; a job that runs after midnight may say yesterday.
as_of: today

# Headers are recognised by themselves (segkit help headers). What is not can be said here;
# segkit inspect FILE --mapping prints a beginning.
# sources:
#   orders:
#     columns: { order: InvoiceNo, customer: CustomerID, at: InvoiceDate }
#     dates: "D.M.YYYY H:mm"
#     encoding: windows-1251
#     delimiter: ";"
#     decimal: ","
#     types: { customer: integer }   # drops a trailing .0
#     ignore: [passport]             # never stored

# What counts as a purchase. The rest is kept, but no condition sees it unless it says so.
# orders: { counted: { status: { not_in: [cancelled, refunded] } } }
# items: { counted: { quantity: { above: 0 } } }

# Customer keys that mean nobody: their orders are guest orders.
# guests: ["0"]

# Who may be contacted, by channel. An empty cell is unknown, and unknown is no.
# consent:
#   email: { attribute: { email_opt_in: true } }

# Written as $name in definitions; --set name=value tries another value for one command.
# parameters:
#   active_window: 90 days
#   lapsed_after: 180 days

# segkit status warns, and run stops, when the newest order is older than this.
# freshness: { orders: { warn_after: 2 days, error_after: 7 days } }
`

const starterSegments = `# Metrics, events and segments; any number of files under segments/ may hold them. Lifecycle segments
# ship with segkit: segkit list shows them as system/….

metrics:
  spend_12m: { sum: orders.amount, last: 12 months }

events:
  second-order:
    title: Second order
    on: orders
    nth: 2

segments:
  loyal:
    title: Three orders or more in a year
    all:
      - performed: { orders: any, count: { min: 3 }, last: 1 year }

  loyal-gone-quiet:
    title: Loyal, and nothing for 60 days
    all:
      - in_segment: loyal
      - not_performed: { orders: any, last: 60 days }
`

const samples = fileURLToPath(new URL('../../samples/bakery', import.meta.url))

function sampleFiles(): readonly Starter[] {
  const paths = filesUnder(samples).map((path) => relative(samples, path).replaceAll(sep, '/'))
  const project = paths.filter((path) => path === projectFile)
  const others = paths.filter((path) => path !== projectFile).sort()
  const content = (path: string): string | Buffer =>
    path.endsWith('.yaml') ? withSchema(path, readFileSync(join(samples, path), 'utf8')) : readFileSync(join(samples, path))
  return [
    ...[...project, ...others].map((path) => ({ path, content: content(path) })),
    { path: '.gitignore', content: ignored },
    ...schemaFiles(),
  ]
}

const filesUnder = (folder: string): readonly string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? filesUnder(path) : [path]
  })

const sampleSources: readonly SourceName[] = ['customers', 'products', 'orders']

async function loadSample(root: string, invocation: Invocation): Promise<void> {
  const here: Invocation = { ...invocation, globals: { ...invocation.globals, project: root, db: undefined, asOf: undefined } }
  const ws = openWorkspace(here)
  for (const source of sampleSources) {
    const inputs = await openInputs([relative(invocation.io.cwd, join(root, 'data', `${source}.csv`))], here)
    const settings = {
      options: ws.project.sources[source] ?? {},
      maxRejects: { rows: 0 },
      again: false,
      replace: false,
      dryRun: false,
    }
    const files = inputs.files.map((file) => ({ ...file, name: `data/${source}.csv` }))
    const results = await loadFiles(source, files, settings, ws, here)
    const [refusal] = results.refused
    if (refusal !== undefined) throw new Stop(refusal.refused, refusal.problems)
    invocation.note(`${source}: ${sayReceipts(results.receipts)}`)
  }
}

function whatNext(dir: string, demo: boolean): string {
  const enter = dir === '.' ? [] : [`  cd ${dir}`]
  const steps = demo
    ? ['  segkit run', '  segkit list', '  segkit members regulars-slipping-away']
    : ['  segkit inspect FILE.csv', '  segkit ingest orders FILE.csv', '  segkit run']
  return ['next:', ...enter, ...steps].slice(0, 4).join('\n')
}
