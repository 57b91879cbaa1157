/** The SQLite file: opening, transactions, statements, the writer's lock. The only file that knows the database driver. */
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { Stop } from '../base/problem.js'
import type { Param, Sql } from '../base/sql.js'
import { applicationId, laterIndexes, laterTables, laterViews, storeVersion, tables } from './schema.js'

export interface Statement {
  run(params: readonly (Param | Uint8Array)[]): number
  /** The first row as an array, or undefined. */
  row(params: readonly Param[]): readonly unknown[] | undefined
  rows(params: readonly Param[]): readonly (readonly unknown[])[]
}

export interface Store {
  readonly path: string
  readonly writable: boolean
  all<Row>(q: Sql): readonly Row[]
  rows(q: Sql): readonly (readonly unknown[])[]
  row(q: Sql): readonly unknown[] | undefined
  /** Rows as arrays, one at a time; nothing else may be asked of this store until it is done. */
  each(q: Sql): IterableIterator<readonly unknown[]>
  /** Returns the rows changed. */
  run(q: Sql): number
  exec(text: string): void
  prepare(text: string): Statement
  /** Everything in `work`, or nothing. */
  whole<T>(work: () => T): T
  begin(): void
  commit(): void
  rollback(): void
  /** A function that SQL of this connection may call. */
  define(name: string, body: (...args: unknown[]) => unknown): void
  close(): void
}

/** Opens the store for reading, without a lock, as the last commit left it; undefined where there is none, or nothing in it yet. */
export function openForReading(path: string): Store | undefined {
  if (!existsSync(path)) return undefined
  try {
    return open(path, false)
  } catch (error) {
    if (error instanceof Stop && error.problems[0]?.code === 'cannot-open') return openCopy(path, error)
    throw error
  }
}

/** Opens the store for writing, made if it is not there; the caller holds the lock (`lockStore`). */
export function openForWriting(path: string): Store {
  return open(path, true) as Store
}

/** A store of its own in memory, gone when it is closed. */
export function openInMemory(): Store {
  const db = new Database(':memory:')
  db.pragma('temp_store = memory')
  const store = adapt(db, ':memory:', true)
  create(store)
  return store
}

/** How much of the file SQLite keeps in memory: little where pages are written once, in order, beside rows that need the room. */
export const pageMemory = {
  usual: 'pragma cache_size = -65536; pragma mmap_size = 268435456',
  little: 'pragma cache_size = -16384; pragma temp.cache_size = -2048; pragma mmap_size = 0',
} as const

/**
 * SQLite must write beside a file that is written ahead, even to read it. Where it may not (somebody else's folder, a read-only disk)
 * it reads a copy, which only this user can see and which has no name any more once it is open.
 */
function openCopy(path: string, refused: Stop): Store | undefined {
  let folder: string | undefined
  try {
    folder = mkdtempSync(join(tmpdir(), 'segkit-'))
    const copy = join(folder, 'copy.db')
    if (!copyStill(path, copy)) throw refused
    const db = new Database(copy)
    db.pragma('journal_mode = delete')
    db.close()
    return open(path, false, copy)
  } catch (error) {
    throw error instanceof Stop ? error : refused
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  }
}

/** Copies the file and what is written ahead of it; false where a writer came in between, again and again. */
function copyStill(path: string, copy: string): boolean {
  const endings = ['', '-wal']
  const seen = (): string =>
    JSON.stringify(
      endings.map((ending) => {
        const stat = statSync(path + ending, { throwIfNoEntry: false })
        return stat === undefined ? null : [stat.ino, stat.size, stat.mtimeMs]
      }),
    )
  for (let tries = 0; tries < 3; tries++) {
    const before = seen()
    for (const ending of endings) {
      rmSync(copy + ending, { force: true })
      if (existsSync(path + ending)) {
        copyFileSync(path + ending, copy + ending)
        chmodSync(copy + ending, 0o600)
      }
    }
    if (seen() === before) return true
  }
  return false
}

function open(path: string, writable: boolean, copy?: string): Store | undefined {
  if (writable && (!existsSync(path) || statSync(path).size === 0)) createOwned(path)
  try {
    const db = new Database(copy ?? path, { readonly: !writable, fileMustExist: true, timeout: 10_000 })
    db.exec(pageMemory.usual)
    db.pragma('temp_store = file')
    const store = adapt(db, path, writable)
    // A first load that was killed leaves a file with nothing in it.
    const empty = db.prepare('select 1 from sqlite_master limit 1').get() === undefined
    if (empty && !writable) {
      db.close()
      return undefined
    }
    if (empty) create(store)
    else {
      checkVersion(db, path)
      complete(db, writable)
    }
    if (writable) {
      db.pragma('journal_mode = wal')
      db.pragma('synchronous = normal')
    }
    return store
  } catch (error) {
    throw asStop(error, path)
  }
}

/** Readable by its owner only, from the first byte on. */
function createOwned(path: string): void {
  try {
    closeSync(openSync(path, 'a', 0o600))
  } catch (error) {
    throw Stop.with(73, 'cannot-create', `cannot create \`${path}\`: ${reason(error)}`, {
      help: 'choose another place with `--db FILE`, or make the folder writable',
    })
  }
}

function create(store: Store): void {
  store.exec('pragma page_size = 8192')
  store.whole(() => store.exec(`pragma application_id = ${applicationId}; pragma user_version = ${storeVersion}; ${tables}`))
}

function checkVersion(db: Database.Database, path: string): void {
  const id = db.pragma('application_id', { simple: true })
  const version = db.pragma('user_version', { simple: true }) as number
  if (id !== applicationId)
    throw Stop.with(74, 'not-a-store', `\`${path}\` is not a segkit store`, { help: 'name another file with `--db FILE`' })
  if (version > storeVersion)
    throw Stop.with(
      78,
      'newer-store',
      `\`${path}\` was written by a newer segkit (store version ${version}, this one knows ${storeVersion})`,
      {
        help: 'install the newer segkit; this one leaves the file as it is',
      },
    )
}

/** What the store has not yet; a reader, who must not change the file, has it beside it. */
function complete(db: Database.Database, writable: boolean): void {
  const there = db.prepare('select name from sqlite_master').pluck().all()
  const lacking = (parts: Readonly<Record<string, string>>) => Object.entries(parts).filter(([name]) => !there.includes(name))
  const own = writable ? '' : 'temp '
  for (const [name, body] of lacking(laterTables)) db.exec(`create ${own}table ${name} ${body}`)
  if (writable) for (const [name, on] of lacking(laterIndexes)) db.exec(`create index ${name} on ${on}`)
  for (const [name, body] of lacking(laterViews)) db.exec(`create ${own}view ${name} as ${body}`)
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** What the driver throws, as the problem that a person can mend; anything else is a bug and passes through. */
export function asStop(error: unknown, path: string): unknown {
  if (error instanceof Stop) return error
  const code = (error as { code?: unknown }).code
  if (typeof code !== 'string' || !code.startsWith('SQLITE_')) return error
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED'))
    return Stop.with(75, 'busy', `another program is writing \`${path}\``, {
      help: 'try again, or wait for it with `--wait 10m`',
    })
  if (code === 'SQLITE_ERROR' && reason(error).includes('integer overflow'))
    return Stop.with(65, 'too-large', 'a sum or a quotient has more than the 18 digits that segkit holds exactly', {
      help: 'look for numbers that are none, such as codes of sessions, and leave them out with `where`',
    })
  if (code === 'SQLITE_FULL')
    return Stop.with(74, 'disk-full', `the disk is full: \`${path}\` could not be written`, {
      help: 'free some space and run the command again; nothing was changed',
    })
  if (code === 'SQLITE_CORRUPT' || code === 'SQLITE_NOTADB')
    return Stop.with(74, 'damaged-store', `\`${path}\` is damaged or no SQLite file`, {
      help: 'put the last backup in its place, or move the file away and ingest again',
    })
  if (code.startsWith('SQLITE_READONLY') || code === 'SQLITE_CANTOPEN' || code === 'SQLITE_PERM')
    return Stop.with(74, 'cannot-open', `cannot open \`${path}\`: ${reason(error)}`, {
      help: 'the file and its folder must be writable for the user who runs segkit; to read it, the file must be readable',
    })
  if (code.startsWith('SQLITE_IOERR'))
    return Stop.with(74, 'io', `reading or writing \`${path}\` failed: ${reason(error)}`, {
      help: 'look at the disk; nothing was changed',
    })
  return error
}

function adapt(db: Database.Database, path: string, writable: boolean): Store {
  const kept = new Map<string, Database.Statement<unknown[]>>()
  const prepare = (text: string): Database.Statement<unknown[]> => {
    let s = kept.get(text)
    if (s === undefined) {
      s = db.prepare<unknown[]>(text)
      if (s.reader) s.raw(true)
      if (kept.size > 500) kept.clear()
      kept.set(text, s)
    }
    return s
  }
  const guarded = <T>(work: () => T): T => {
    try {
      return work()
    } catch (error) {
      throw asStop(error, path)
    }
  }
  return {
    path,
    writable,
    all: <Row>(q: Sql) => guarded(() => db.prepare<unknown[]>(q.text).all(...q.params) as Row[]),
    rows: (q) => guarded(() => prepare(q.text).all(...q.params) as unknown[][]),
    row: (q) => guarded(() => prepare(q.text).get(...q.params) as unknown[] | undefined),
    each: (q) =>
      guarded(
        () =>
          db
            .prepare<unknown[]>(q.text)
            .raw(true)
            .iterate(...q.params) as IterableIterator<unknown[]>,
      ),
    run: (q) => guarded(() => prepare(q.text).run(...q.params).changes),
    exec: (text) => guarded(() => void db.exec(text)),
    prepare(text) {
      const s = guarded(() => db.prepare<unknown[]>(text))
      if (s.reader) s.raw(true)
      return {
        // As arguments: the driver reads an array's elements one by one, at half the speed.
        run: (params) => guarded(() => s.run(...params).changes),
        row: (params) => guarded(() => s.get(params as unknown[]) as unknown[] | undefined),
        rows: (params) => guarded(() => s.all(params as unknown[]) as unknown[][]),
      }
    },
    whole: (work) => guarded(() => db.transaction(work).immediate()),
    begin: () => guarded(() => void db.exec('begin immediate')),
    commit: () => guarded(() => void db.exec('commit')),
    rollback: () => {
      if (db.inTransaction) db.exec('rollback')
    },
    define: (name, body) => void db.function(name, { varargs: true, deterministic: true }, body),
    close: () => {
      if (writable && !db.inTransaction) {
        try {
          db.pragma('wal_checkpoint(truncate)')
        } catch {
          // a reader holds it: the next writer will do it
        }
      }
      db.close()
    },
  }
}

export interface Lock {
  release(): void
}

/**
 * The right to write, for one segkit at a time: a lock that SQLite holds on a file of its own, so that it goes with the process
 * that held it, however that ended. Waits up to `waitMs`; then exit 75.
 */
export function lockStore(path: string, waitMs: number, command: string, now: Date): Lock {
  const lockPath = `${path}-lock`
  const holderPath = `${path}-lock.json`
  createOwned(lockPath)
  let db: Database.Database
  try {
    db = new Database(lockPath, { timeout: Math.min(waitMs, 2_000_000_000) })
    db.exec('begin exclusive')
  } catch (error) {
    const stop = asStop(error, path)
    if (stop instanceof Stop && stop.exit === 75)
      throw Stop.with(75, 'busy', `another segkit is writing this store${holder(holderPath)}`, {
        help: 'try again later, or wait for it: `--wait 10m`',
      })
    throw stop
  }
  try {
    writeFileSync(holderPath, JSON.stringify({ pid: process.pid, command, since: now.toISOString() }), { mode: 0o600 })
  } catch {
    // only a message is lost
  }
  return {
    release() {
      rmSync(holderPath, { force: true })
      db.close()
    },
  }
}

function holder(path: string): string {
  try {
    const { pid, command, since } = JSON.parse(readFileSync(path, 'utf8')) as { pid: number; command: string; since: string }
    return `: \`segkit ${command}\`, process ${pid}, since ${since}`
  } catch {
    return ''
  }
}
