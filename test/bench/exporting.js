/** `segkit export` with hashing beside a straight loop that writes the same bytes. */
import { createHash } from 'node:crypto'
import { cpSync, createReadStream, existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { measure, median } from './measure.js'
import { audienceName, makeNewsletter, segmentName, shape } from './newsletter.js'
import { count, fixed, round, table } from './table.js'

const loopFile = fileURLToPath(new URL('loop.js', import.meta.url))
const part = 5

/** Exports all of them and a fifth of them: what takes time must be in step with the customers, memory must not grow. */
export async function measureExport({ customers, seed, runs, bin }) {
  const big = await loaded({ customers, seed, bin })
  const small = await loaded({ customers: Math.round(customers / part), seed, bin })
  if (typeof big === 'string' || typeof small === 'string') return console.log([big, small].find((s) => typeof s === 'string'))
  const rivals = rivalsOf(big, bin)
  const trouble = await differences(big, rivals)
  if (trouble !== undefined) return console.log(trouble)
  const measured = await measureAll(rivals, runs)
  const small5 = await measureAll(rivalsOf(small, bin).slice(0, 2), runs)
  show(big, measured, small5, Math.round(customers / part))
}

function rivalsOf(project, bin) {
  const { folder } = project
  const exported = (name, ...more) => [process.execPath, [bin, '-C', folder, 'export', name, ...more]]
  const loop = (how) => [process.execPath, [loopFile, kept(folder), join(folder, `${how}.csv`), how]]
  const before = () => restore(folder)
  return [
    { name: 'segkit export', start: exported(segmentName, '--profile', shape), before },
    { name: 'loop', start: loop('straight'), file: join(folder, 'straight.csv') },
    { name: 'loop with libphonenumber-js', start: loop('libphonenumber'), file: join(folder, 'libphonenumber.csv') },
    { name: 'segkit export, suppressed and split', start: exported(audienceName), before },
  ]
}

/** The project with its store loaded, kept aside for each run to begin with; or what went wrong. */
async function loaded({ bin, ...size }) {
  const project = makeNewsletter(size)
  const { folder } = project
  if (existsSync(kept(folder))) rmSync(kept(folder))
  empty(folder)
  const done = await measure(process.execPath, [bin, '-C', folder, 'ingest', 'customers', project.customersCsv])
  if (done.code !== 0) return `segkit ingest: ended with ${done.code}\n${done.stderr}`
  cpSync(join(folder, 'segkit.db'), kept(folder))
  return project
}

const kept = (folder) => join(folder, 'before.db')

function empty(folder) {
  for (const file of readdirSync(folder)) if (file.startsWith('segkit.db')) rmSync(join(folder, file))
  rmSync(join(folder, 'exports'), { recursive: true, force: true })
}

/** The store as it was before any hand-off: the same again on the same night would be compared with the first. */
function restore(folder) {
  empty(folder)
  cpSync(kept(folder), join(folder, 'segkit.db'))
}

/** What would make the comparison none: other bytes. */
async function differences({ folder }, [ours, ...rivals]) {
  const wrong = await once(ours)
  if (wrong !== undefined) return wrong
  const [name] = readdirSync(join(folder, 'exports')).filter((file) => file.endsWith('.csv'))
  const expected = await digest(join(folder, 'exports', name))
  for (const rival of rivals) {
    if (rival.file === undefined) continue
    const failed = await once(rival)
    if (failed !== undefined) return failed
    if ((await digest(rival.file)) !== expected) return `${rival.name}: not the bytes of segkit; nothing measured`
  }
  return undefined
}

async function once({ name, start, before }) {
  before?.()
  const done = await measure(...start)
  return done.code === 0 ? undefined : `${name}: ended with ${done.code}\n${done.stderr}`
}

async function digest(file) {
  const sum = createHash('sha256')
  for await (const chunk of createReadStream(file)) sum.update(chunk)
  return sum.digest('hex')
}

/** A B C, A B C …: what else the machine does falls on all of them. */
async function measureAll(rivals, runs) {
  const all = rivals.map(({ name }) => ({ name, measures: [] }))
  for (let round = 0; round < runs; round++)
    for (const [i, { start, before }] of rivals.entries()) {
      before?.()
      all[i].measures.push(await measure(...start))
    }
  return all.map(({ name, measures }) => {
    const middle = (of) => median(measures.map(of))
    return { name, wall: middle((m) => m.seconds), cpu: middle((m) => m.cpu), peak: middle((m) => m.peakMb) }
  })
}

function show({ customers }, measured, fewer, few) {
  const [ours] = measured
  const ratio = (a, b) => (a === undefined || b === undefined || a === b ? '' : (a / b).toFixed(2))
  console.log(`\nexport of ${count(customers)} customers to ${shape}: 7 columns hashed, every file the same bytes`)
  table([
    ['', 'wall s', 'cpu s', 'peak MB', 'segkit ÷ it: wall', 'cpu', 'peak', `peak MB at ${count(few)}`],
    ...measured.map((each) => [
      each.name,
      fixed(each.wall),
      fixed(each.cpu),
      round(each.peak),
      ...(each === ours || each.name.startsWith('segkit')
        ? ['', '', '']
        : [ratio(ours.wall, each.wall), ratio(ours.cpu, each.cpu), ratio(ours.peak, each.peak)]),
      round(fewer.find(({ name }) => name === each.name)?.peak),
    ]),
  ])
  console.log(
    '  loop: one query, trim and lower case, two regular expressions that know how these phones are spelled, SHA-256, write;',
  )
  console.log(
    '  segkit besides: segments, consent of everyone with the same address, any spelling of a phone, ledger, run, manifest, sync',
  )
}
