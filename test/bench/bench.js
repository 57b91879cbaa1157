/**
 * segkit beside sqlite3, SQLite and DuckDB on the same files in one run: ratios of medians, nothing asserted on the clock.
 *
 *     npm run bench -- --lines 200000,2000000 --only ingest,run,stream,report,start,export --runs 3 --seed 1
 *
 * `export` hands `--customers` to an ad tool's file, beside a loop that does nothing but read, hash and write the same bytes.
 * Before a run is measured, every definition must have the same members, or occurrences on the same days, in all three.
 * `--queries` shows the seconds of each query, and what each definition alone takes segkit; `--quoted` puts quotes into
 * some lines, `--rivals-only` leaves segkit out, `--bin FILE` starts another build of it. Files are kept in BENCH_DIR, or else
 * among the system's temporary files.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { answersOfRival, answersOfRun, showDifferences, showLeftOut } from './answers.js'
import { makeProject } from './data.js'
import { definitions } from './definitions.js'
import { measureExport } from './exporting.js'
import { measure, median } from './measure.js'
import { forgetDuck, hasDuck, hasSqlite, hasSqliteShell, prepareSqlite, tasks } from './rivals.js'
import { count, fixed, round, table } from './table.js'

const parts = ['ingest', 'run', 'stream', 'report', 'start', 'export']
const reportedSegments = 50
const slowSeconds = 45
const startRuns = 15
/** Some definitions were not evaluated; the comparison of rows names them. */
const doneInPart = 3
const aloneFile = fileURLToPath(new URL('alone.js', import.meta.url))
const ownBin = resolve(fileURLToPath(import.meta.url), '../../../bin/segkit.js')

const { values: flags } = parseArgs({
  options: {
    lines: { type: 'string', default: '200000,2000000' },
    only: { type: 'string', default: parts.join(',') },
    runs: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
    quoted: { type: 'boolean', default: false },
    'rivals-only': { type: 'boolean', default: false },
    queries: { type: 'boolean', default: false },
    customers: { type: 'string', default: '1000000' },
    bin: { type: 'string', default: ownBin },
  },
})
const wanted = flags.only.split(',')
const runs = Number(flags.runs)
const bin = resolve(flags.bin)
const unknown = wanted.filter((part) => !parts.includes(part))
if (unknown.length > 0 || !(runs >= 1)) {
  console.error(`--only takes ${parts.join(', ')}; --runs a number from 1`)
  process.exit(2)
}
if (!hasSqliteShell()) console.error('no sqlite3 shell here: its measures are left out')

const growth = new Map()
console.log(`${machine()}${load()} at the start`)
const sizes = wanted.some((part) => ['ingest', 'run', 'stream', 'report'].includes(part))
  ? flags.lines.split(',').map(Number)
  : []
for (const lines of sizes) {
  const project = makeProject({ lines, seed: Number(flags.seed), quoted: flags.quoted })
  const megabytes = Math.round(project.bytes / 1e6)
  console.log(`\n${count(lines)} order lines (${megabytes} MB), ${count(project.customers)} customers, seed ${flags.seed}`)
  if (wanted.includes('ingest')) await compareIngest(project)
  if (wanted.includes('run')) await compareRun(project)
  if (wanted.includes('stream')) await measureStream(project)
  if (wanted.includes('report')) await compareReport(project)
}
if (wanted.includes('start')) await measureStart()
if (wanted.includes('export') && !flags['rivals-only'])
  await measureExport({ customers: Number(flags.customers), seed: Number(flags.seed), runs, bin })
showGrowth()
console.log(`\n${machine()}${load()} at the end`)

// ---- ingest

async function compareIngest(project) {
  const { folder } = project
  await compare('ingest', project, [
    {
      name: 'segkit ingest orders',
      skip: flags['rivals-only'],
      before: () => emptyStore(project),
      start: () => segkit(folder, 'ingest', 'orders', project.ordersCsv),
    },
    {
      name: 'sqlite3 .import + index',
      skip: !hasSqliteShell(),
      before: () => prepareSqlite(folder),
      start: () => tasks.sqliteImport(folder),
    },
    { name: 'duckdb read_csv into tables', before: () => forgetDuck(folder), start: () => tasks.duckLoad(folder) },
  ])
}

/** A store that knows the customers and no order. */
async function emptyStore({ folder, customersCsv }) {
  for (const file of readdirSync(folder)) if (file.startsWith('segkit.db')) rmSync(join(folder, file))
  const done = await measure(...segkit(folder, 'ingest', 'customers', customersCsv))
  if (done.code !== 0) return failure('segkit ingest customers', done)
  return undefined
}

// ---- run

async function compareRun(project) {
  const { folder } = project
  const loaded = await loadAll(project)
  await compare(
    'run',
    project,
    [
      {
        name: 'segkit run',
        skip: flags['rivals-only'] || !loaded.segkit,
        before: () => restoreStore(folder),
        start: () => segkit(folder, 'run', '--json'),
        answers: (stdout) => answersOfRun(stdout, folder),
        partly: [doneInPart],
      },
      {
        name: 'sqlite, one by one',
        skip: !loaded.sqlite,
        start: (...more) => tasks.sqliteQueries(folder, ...more),
        answers: answersOfRival,
        dialect: 'sql',
      },
      {
        name: 'duckdb, one by one',
        skip: !loaded.duck,
        start: (...more) => tasks.duckQueries(folder, ...more),
        answers: answersOfRival,
        dialect: 'duck',
      },
    ],
    { verify: true },
  )
  if (flags.queries && loaded.segkit) await showAlone(folder)
}

/** Everyone holds the same rows before a query is asked. */
async function loadAll(project) {
  const { folder } = project
  if (hasSqliteShell() && (!hasSqlite(folder) || !wanted.includes('ingest'))) {
    prepareSqlite(folder)
    await measure(...tasks.sqliteImport(folder))
  }
  if (!hasDuck(folder)) await measure(...tasks.duckLoad(folder))
  return { segkit: !flags['rivals-only'] && (await loadSegkit(project)), sqlite: hasSqlite(folder), duck: hasDuck(folder) }
}

function kept(folder) {
  return join(folder, 'store-before-run')
}

async function loadSegkit(project) {
  const trouble = await emptyStore(project)
  if (trouble) return console.log(trouble)
  const done = await measure(...segkit(project.folder, 'ingest', 'orders', project.ordersCsv))
  if (done.code !== 0) return console.log(failure('segkit ingest orders', done))
  rmSync(kept(project.folder), { recursive: true, force: true })
  copyStore(project.folder, kept(project.folder))
  return true
}

/** The store as it was before any run: a run like a recorded one would not be evaluated for the record again. */
function restoreStore(folder) {
  for (const file of readdirSync(folder)) if (file.startsWith('segkit.db')) rmSync(join(folder, file))
  copyStore(kept(folder), folder)
}

function copyStore(from, to) {
  mkdirSync(to, { recursive: true })
  for (const file of readdirSync(from)) if (file.startsWith('segkit.db')) cpSync(join(from, file), join(to, file))
}

async function showAlone(folder) {
  const done = await measure(process.execPath, [aloneFile, resolve(bin, '../../dist'), folder], { watch: false })
  if (done.code !== 0) return console.log(failure('segkit, each alone', done))
  const { alone, together } = JSON.parse(done.stdout)
  const sum = Object.values(alone).reduce((a, b) => a + b, 0)
  console.log(`\nsegkit, each alone: ${fixed(sum)} s of processor time, all together ${fixed(together)} s`)
  const sorted = Object.entries(alone).sort(([, a], [, b]) => b - a)
  table([['definition', 'cpu s'], ...sorted.map(([name, seconds]) => [name, seconds.toFixed(3)])])
}

// ---- stream

async function measureStream(project) {
  const { folder } = project
  if (flags['rivals-only']) return
  if (!wanted.includes('run') && !(await loadSegkit(project))) return
  const whole = []
  const head = []
  for (let i = 0; i < runs; i++) {
    whole.push(await readMembers(folder, false))
    head.push(await readMembers(folder, true))
  }
  const bad = [...whole, ...head].find(({ code }) => code !== 0)
  if (bad) return console.log(failure('segkit members', bad))
  const rows = whole[0].lines - 1
  const seconds = median(whole.map((each) => each.seconds))
  const flowing = median(whole.map((each) => each.seconds - each.firstAt))
  console.log(`\nmembers everyone (${count(rows)} rows into a pipe)`)
  table([
    ['', 'wall s', 'rows/s', 'rows/s from the first byte', 'peak MB'],
    [
      'segkit members',
      fixed(seconds),
      count(Math.round(rows / seconds)),
      count(Math.round(rows / flowing)),
      round(median(whole.map((each) => each.peakMb))),
    ],
    [
      'segkit members | head -1',
      fixed(median(head.map((each) => each.seconds))),
      '',
      '',
      round(median(head.map((each) => each.peakMb))),
    ],
  ])
  note(project, 'segkit members', seconds)
}

async function readMembers(folder, onlyFirst) {
  let lines = 0
  let firstAt
  const done = await measure(...segkit(folder, 'members', 'everyone', '--format', 'csv'), {
    onData: (chunk, elapsed) => {
      firstAt ??= elapsed / 1000
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines++
      return !onlyFirst
    },
  })
  return { ...done, lines, firstAt: firstAt ?? done.seconds }
}

// ---- report

/** The report in each way of reading it, beside a run of the same segments. */
async function compareReport(project) {
  const { folder } = project
  if (flags['rivals-only'] || !(await loadSegkit(project))) return
  const names = definitions
    .filter(({ kind }) => kind === 'segment')
    .map(({ name }) => name)
    .slice(0, reportedSegments)
  const of = `of ${names.length} segments`
  const before = () => restoreStore(folder)
  await compare('report', project, [
    {
      name: `segkit report ${of}, html`,
      before,
      start: () => segkit(folder, 'report', ...names, '-o', join(folder, 'report.html')),
    },
    { name: `report ${of}, csv`, before, start: () => segkit(folder, 'report', ...names, '-f', 'csv') },
    { name: `run ${of}`, before, start: () => segkit(folder, 'run', ...names, '--json') },
  ])
}

// ---- start

async function measureStart() {
  const ours = []
  const bare = []
  for (let i = 0; i < startRuns; i++) {
    const version = await measure(process.execPath, [bin, '--version'], { watch: false })
    if (version.code !== 0) return console.log(failure('segkit --version', version))
    ours.push(version.seconds * 1000)
    bare.push((await measure(process.execPath, ['-e', '0'], { watch: false })).seconds * 1000)
  }
  console.log('\nstart')
  table([
    ['', 'median ms'],
    ['segkit --version', round(median(ours))],
    ['node -e 0', round(median(bare))],
    ['difference', round(median(ours) - median(bare))],
  ])
}

// ---- one beside the other

/** A B C, A B C …; with `verify` the rows of all must agree first, and a round that took long is the measure itself. */
async function compare(title, project, all, { verify = false } = {}) {
  const rivals = all.filter(({ skip }) => !skip).map((rival) => ({ ...rival, measures: [] }))
  if (verify) {
    const answers = {}
    for (const rival of rivals) {
      const done = await measureOnce(rival, 'digests')
      if (done === undefined) continue
      answers[rival.name] = await rival.answers(done.stdout)
      if (flags.queries) showSlowest(rival.name, done.stdout)
      if (done.seconds > slowSeconds) rival.measures.push(done)
    }
    showDifferences(answers)
    showLeftOut(rivals)
  }
  for (let round = 0; round < runs; round++) {
    for (const rival of rivals) {
      const timedAlready = rival.measures.some(({ seconds }) => seconds > slowSeconds)
      if (rival.failed || timedAlready) continue
      const done = await measureOnce(rival)
      if (done) rival.measures.push(done)
    }
  }
  show(title, project, rivals)
}

async function measureOnce(rival, ...more) {
  const trouble = await rival.before?.()
  const done = trouble ? undefined : withoutAside(await measure(...rival.start(...more)))
  if (done?.code === 0 || rival.partly?.includes(done?.code)) return done
  rival.failed = true
  console.log(trouble ?? failure(rival.name, done))
  return undefined
}

/** What a rival did for the comparison of rows alone is no part of its measure. */
function withoutAside(done) {
  const [, told] = /"aside":([\d.]+)/.exec(done.stdout) ?? []
  const aside = Number(told ?? 0)
  return { ...done, seconds: done.seconds - aside, cpu: done.cpu === undefined ? undefined : done.cpu - aside }
}

function show(title, project, rivals) {
  const measured = rivals
    .filter(({ failed, measures }) => !failed && measures.length > 0)
    .map(({ name, measures }) => ({
      name,
      runs: measures.length,
      wall: median(measures.map(({ seconds }) => seconds)),
      cpu: median(measures.map(({ cpu }) => cpu)),
      peak: median(measures.map(({ peakMb }) => peakMb)),
    }))
  const ours = measured.find(({ name }) => name.startsWith('segkit'))
  const ratio = (a, b) => (a === undefined || b === undefined || a === b ? '' : (a / b).toFixed(2))
  console.log(`\n${title}`)
  table([
    ['', 'runs', 'wall s', 'cpu s', 'peak MB', 'segkit ÷ it: wall', 'cpu', 'peak'],
    ...measured.map((each) => [
      each.name,
      String(each.runs),
      fixed(each.wall),
      fixed(each.cpu),
      round(each.peak),
      ...(ours && each !== ours
        ? [ratio(ours.wall, each.wall), ratio(ours.cpu, each.cpu), ratio(ours.peak, each.peak)]
        : ['', '', '']),
    ]),
  ])
  for (const { name, wall } of measured) note(project, name, wall)
}

function showSlowest(name, stdout) {
  const { seconds, rows } = JSON.parse(stdout)
  if (seconds === undefined) return
  console.log(`\n${name}, by query`)
  const sorted = Object.entries(seconds).sort(([, a], [, b]) => b - a)
  table([['definition', 'seconds', 'rows'], ...sorted.map(([query, each]) => [query, fixed(each), String(rows[query])])])
}

// ---- growth with the data

function note({ lines }, name, seconds) {
  growth.set(name, [...(growth.get(name) ?? []), { lines, seconds }])
}

function showGrowth() {
  const grown = [...growth].filter(([, points]) => points.length > 1)
  if (grown.length === 0) return
  console.log('\ngrowth of time ÷ growth of lines (1.00 is in step with the data)')
  const sizes = grown[0][1].slice(1).map(({ lines }, i) => `${count(grown[0][1][i].lines)} → ${count(lines)}`)
  const steps = (points) =>
    points.slice(1).map(({ lines, seconds }, i) => (seconds / points[i].seconds / (lines / points[i].lines)).toFixed(2))
  table([['', ...sizes], ...grown.map(([name, points]) => [name, ...steps(points)])])
}

// ---- words

function segkit(folder, ...args) {
  return [process.execPath, [bin, '-C', folder, ...args]]
}

function failure(name, { code, stderr }) {
  return `${name}: not measured, it ended with ${code}\n${stderr.split('\n').slice(-6).join('\n').trimEnd()}`
}

function machine() {
  const [first] = cpus()
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`
  return `${cpus().length} × ${first?.model.trim()}, ${memory}, ${process.platform} ${process.arch}, node ${process.version}`
}

/** How busy the machine is: what others do on it blurs the ratios. */
function load() {
  try {
    return `, load ${readFileSync('/proc/loadavg', 'utf8').split(' ')[0]}`
  } catch {
    return ''
  }
}
