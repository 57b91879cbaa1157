/** The programs segkit stands beside, on the same files: the sqlite3 shell, SQLite within Node, DuckDB. Each task is a process. */
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { definitions, memberTable } from './definitions.js'

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
  sqliteQueries: (folder) => [process.execPath, [self, 'sqlite-queries', folder]],
  duckLoad: (folder) => [process.execPath, [self, 'duckdb-load', folder]],
  duckQueries: (folder) => [process.execPath, [self, 'duckdb-queries', folder]],
}

/** An SQLite file with the customers alone. */
export function prepareSqlite(folder) {
  forgetSqlite(folder)
  const columns =
    'customer text primary key, email text, first_name text, last_name text, gender text, birth_date text, city text, ' +
    'created_on text, tier text, email_opt_in text, points integer'
  const customers = `.import --csv --skip 1 "${join(folder, 'customers.csv')}" customers`
  const done = spawnSync('sqlite3', [sqliteFile(folder), `create table customers(${columns})`, customers])
  if (done.status !== 0) throw new Error(`sqlite3: ${done.stderr}`)
}

export const hasSqlite = (folder) => existsSync(sqliteFile(folder))
export const hasDuck = (folder) => existsSync(duckFile(folder))
export const forgetSqlite = (folder) => rmSync(sqliteFile(folder), { force: true })
export const forgetDuck = (folder) => {
  for (const ending of ['', '.wal']) rmSync(duckFile(folder) + ending, { force: true })
}

const errands = {
  'sqlite-queries': async (folder) => {
    const { default: Database } = await import('better-sqlite3')
    const db = new Database(sqliteFile(folder), { readonly: true })
    db.exec('pragma temp_store = memory; pragma cache_size = -400000; pragma mmap_size = 2000000000')
    return ask(async (sql, table) => {
      db.exec(`create temp table ${table} as ${sql}`)
      return db.prepare(`select count(*) from ${table}`).pluck().get()
    })
  },
  'duckdb-load': async (folder) => {
    const db = await connect(folder)
    for (const table of ['customers', 'orders']) {
      await db.run(`create table ${table} as select * from read_csv('${join(folder, `${table}.csv`)}')`)
    }
    db.closeSync()
    return {}
  },
  'duckdb-queries': async (folder) => {
    const db = await connect(folder)
    return ask(async (sql, table) => {
      await db.run(`create temp table ${table} as ${sql}`)
      const [[count]] = await (await db.runAndReadAll(`select count(*) from ${table}`)).getRows()
      return Number(count)
    })
  },
}

async function connect(folder) {
  const { DuckDBInstance } = await import('@duckdb/node-api')
  return (await DuckDBInstance.create(duckFile(folder))).connect()
}

/** One query after another, each leaving its members in a table; the rows and the seconds of each. */
async function ask(materialise) {
  const rows = {}
  const seconds = {}
  for (const { name, sql } of definitions) {
    const started = performance.now()
    rows[name] = await materialise(sql, memberTable(name))
    seconds[name] = Math.round(performance.now() - started) / 1000
  }
  return { rows, seconds }
}

if (process.argv[1] === self) {
  const [errand, folder] = process.argv.slice(2)
  process.stdout.write(`${JSON.stringify(await errands[errand](folder))}\n`)
}
