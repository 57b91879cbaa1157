/** The programs segkit stands beside, on the same files: the sqlite3 shell, SQLite within Node, DuckDB. Each task is a process. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { definitions, memberTable, queryFor } from './definitions.js'

const self = fileURLToPath(import.meta.url)
const sqliteFile = (folder) => join(folder, 'sqlite.db')
const duckFile = (folder) => join(folder, 'duck.db')

export const hasSqliteShell = () => spawnSync('sqlite3', ['--version']).status === 0

/** What is started for each measure: `[command, args]`. */
export const tasks = {
  /** The shell's import of the order lines, then the index; the customers were loaded by `prepareSqlite`. */
  sqliteImport: (folder) => [
    'sqlite3',
    [
      sqliteFile(folder),
      'create table orders("order" integer, customer text, at text, store text, status text, sku text, product text, category text, quantity integer, price real)',
      `.import --csv --skip 1 "${join(folder, 'orders.csv')}" orders`,
      'create index orders_customer_at on orders(customer, at)',
    ],
  ],
  sqliteQueries: (folder, ...more) => [process.execPath, [self, 'sqlite-queries', folder, ...more]],
  duckLoad: (folder) => [process.execPath, [self, 'duckdb-load', folder]],
  duckQueries: (folder, ...more) => [process.execPath, [self, 'duckdb-queries', folder, ...more]],
}

/** Nobody was contacted yet. */
const contacts = 'create table contacts(customer varchar, audience varchar, day date)'

/** An SQLite file with all but the order lines. */
export function prepareSqlite(folder) {
  forgetSqlite(folder)
  const columns =
    'customer text primary key, email text, first_name text, last_name text, gender text, birth_date text, city text, ' +
    'created_on text, tier text, email_opt_in text, points integer'
  const load = (file, table) => `.import --csv --skip 1 "${join(folder, file)}" ${table}`
  const done = spawnSync('sqlite3', [
    sqliteFile(folder),
    `create table customers(${columns})`,
    load('customers.csv', 'customers'),
    'create table partners(email text)',
    load('lists/partners.csv', 'partners'),
    contacts,
  ])
  if (done.status !== 0) throw new Error(`sqlite3: ${done.stderr}`)
}

export const hasSqlite = (folder) => existsSync(sqliteFile(folder))
export const hasDuck = (folder) => existsSync(duckFile(folder))
export const forgetSqlite = (folder) => rmSync(sqliteFile(folder), { force: true })
export const forgetDuck = (folder) => {
  for (const ending of ['', '.wal']) rmSync(duckFile(folder) + ending, { force: true })
}

const errands = {
  'sqlite-queries': async (folder, digests) => {
    const { default: Database } = await import('better-sqlite3')
    const db = new Database(sqliteFile(folder), { readonly: true })
    db.exec('pragma temp_store = memory; pragma cache_size = -400000; pragma mmap_size = 2000000000')
    db.function('bucket_of', { deterministic: true }, bucketOf)
    db.function('regexp_matches', { deterministic: true }, matcher())
    const run = async (sql) => void db.exec(sql)
    const row = async (sql) => db.prepare(sql).raw().get()
    return ask('sql', { run, row }, digests)
  },
  'duckdb-load': async (folder) => {
    const db = await connect(folder)
    for (const [table, file] of Object.entries({ customers: 'customers', orders: 'orders', partners: 'lists/partners' })) {
      await db.run(`create table ${table} as select * from read_csv('${join(folder, `${file}.csv`)}', header = true)`)
    }
    await db.run(contacts)
    db.closeSync()
    return {}
  },
  'duckdb-queries': async (folder, digests) => {
    const db = await connect(folder)
    const row = async (sql) => (await (await db.runAndReadAll(sql)).getRows())[0]
    return ask('duck', { run: (sql) => db.run(sql), row }, digests)
  },
}

const bucketOf = (text) => createHash('sha256').update(text, 'utf8').digest().readUIntBE(0, 6) % 10_000

/** Whether a text has a match of an expression; SQLite has none by itself. */
function matcher() {
  const known = new Map()
  return (text, pattern) => {
    let expression = known.get(pattern)
    if (expression === undefined) {
      expression = new RegExp(pattern)
      known.set(pattern, expression)
    }
    return text !== null && expression.test(text) ? 1 : 0
  }
}

async function connect(folder) {
  const { DuckDBInstance } = await import('@duckdb/node-api')
  return (await DuckDBInstance.create(duckFile(folder))).connect()
}

/**
 * One query after another, each leaving its members in a table; the rows and the seconds of each. With `digests` also what tells
 * the rows of each from others, which is not part of the measure: `aside` are its seconds.
 */
async function ask(dialect, { run, row }, digests) {
  const rows = {}
  const seconds = {}
  const asked = definitions.filter((definition) => queryFor(dialect, definition) !== null)
  for (const definition of asked) {
    const { name } = definition
    const table = memberTable(name)
    const started = performance.now()
    await run(`create temp table ${table} as ${queryFor(dialect, definition)}`)
    rows[name] = Number((await row(`select count(*) from ${table}`))[0])
    seconds[name] = Math.round(performance.now() - started) / 1000
  }
  if (!digests) return { rows, seconds }
  const started = performance.now()
  const told = {}
  for (const { name, kind } of asked) told[name] = Number((await row(digestOf(dialect, kind, memberTable(name))))[0])
  return { rows, seconds, digests: told, aside: (performance.now() - started) / 1000 }
}

/** A sum over the rows that comes out otherwise for other customers or days. */
function digestOf(dialect, kind, table) {
  const number = 'cast(substr(customer, 2) as bigint)'
  const day = { sql: `cast(julianday(date("at")) - 2440587.5 as integer)`, duck: `("at"::date - date '1970-01-01')` }[dialect]
  return `select coalesce(sum(${digestTerm(number, kind === 'event' ? day : '0')}), 0) from ${table}`
}

/** What a row adds to it; `day` counts from 1970. */
export const digestTerm = (customerNumber, day) =>
  `(${customerNumber} * 7919 + ${day} * 104729) % 1000003 * ((${customerNumber} + ${day}) % 9973 + 1)`

if (process.argv[1] === self) {
  const [errand, folder, digests] = process.argv.slice(2)
  process.stdout.write(`${JSON.stringify(await errands[errand](folder, digests === 'digests'))}\n`)
}
