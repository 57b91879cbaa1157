/** What each program answered: of every definition the number of rows and a digest of them, and where these differ. */
import { join } from 'node:path'
import { definitions, leftOut, queryFor } from './definitions.js'
import { digestTerm } from './rivals.js'
import { table } from './table.js'

/** Name → how many rows, and what tells them from others. */
export async function answersOfRun(stdout, folder) {
  const { segments, events } = JSON.parse(stdout)
  const rows = new Map([
    ...segments.map(({ name, customers }) => [name, customers]),
    ...events.map(({ name, occurrences }) => [name, occurrences]),
  ])
  const digests = await digestsOfRun(folder)
  return Object.fromEntries(
    definitions.map(({ name }) => [name, rows.has(name) ? answer(rows.get(name), digests.get(name) ?? 0) : 'none']),
  )
}

export function answersOfRival(stdout) {
  const { rows, digests } = JSON.parse(stdout)
  return Object.fromEntries(Object.keys(rows).map((name) => [name, answer(rows[name], digests[name])]))
}

function answer(rows, digest) {
  return `${rows} #${digest.toString(36)}`
}

/** From what the run recorded. */
async function digestsOfRun(folder) {
  const { default: Database } = await import('better-sqlite3')
  const db = new Database(join(folder, 'segkit.db'), { readonly: true })
  const number = 'cast(substr(c.customer, 2) as integer)'
  const sums = (table, day) =>
    `select n.name, sum(${digestTerm(number, day)}) from ${table} r join name_row n on n._id = r._name ` +
    'join customer_row c on c._id = r._customer where r._until is null group by n.name'
  const read = (query) => db.prepare(query).raw().all()
  const digests = new Map([...read(sums('member_row', '0')), ...read(sums('occurrence_row', 'r._day'))])
  db.close()
  return digests
}

export function showDifferences(answers) {
  const names = Object.keys(answers)
  const answersTo = (name) => names.map((each) => answers[each][name]).filter((each) => each !== undefined)
  const differing = definitions.filter(({ name }) => new Set(answersTo(name)).size > 1)
  if (names.length < 2) return console.log('\nNOT VERIFIED: only one program answered')
  if (differing.length === 0)
    return console.log(`\nverified: ${definitions.length} definitions, the same rows from ${names.join('; ')}`)
  console.log(
    `\n*** MISMATCH in ${differing.length} of ${definitions.length} definitions: the times below compare different answers ***`,
  )
  table([
    ['definition', ...names],
    ...differing.map(({ name }) => [name, ...names.map((each) => answers[each][name] ?? 'left out')]),
  ])
  process.exitCode = 1
}

export function showLeftOut(rivals) {
  console.log(`left out: ${leftOut}`)
  for (const { name, dialect } of rivals) {
    const unsaid = definitions.filter((each) => dialect !== undefined && queryFor(dialect, each) === null)
    if (unsaid.length > 0) console.log(`left out of ${name}: ${unsaid.map((each) => each.name).join(', ')}`)
  }
}
