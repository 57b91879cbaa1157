/** Answers that would land where they must not, and stores that lie where nobody may write: told before anything is done. */
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { isRoot, nobody, projectWith, segkit } from './binary.js'
import { contentsOf, copyOf } from './faults/shop.js'

const customers = 'customer,city\n1,Minsk\n2,Brest\n'
let made: string
let cwd: string
beforeAll(async () => {
  made = projectWith({
    'a.csv': customers,
    'b.csv': 'customer,city\n3,Minsk\n4\n',
    'data/c.csv': customers,
    'segments/s.yaml': 'segments:\n  everyone: { all: customers }\n',
    'draft.yaml': 'all: customers\n',
  })
  expect((await segkit(['ingest', 'customers', 'a.csv'], { cwd: made })).code).toBe(0)
})
beforeEach(() => {
  cwd = copyOf(made)
})
const run = (line: string, uid?: number) => segkit(line.split(' '), { cwd, ...(uid === undefined ? {} : { uid }) })
const read = (file: string): string => readFileSync(join(cwd, file), 'utf8')

describe('an answer that cannot be written stops the command before it changes anything', () => {
  test.each([
    ['segkit.yaml', 2],
    ['nowhere/x.csv', 73],
    ['data', 73],
  ])('-o %s', async (output, code) => {
    expect((await run(`ingest customers b.csv --max-rejects 1 -o ${output}`)).code).toBe(code)
    expect((await run(`run -o ${output}`)).code).toBe(code)
    expect(contentsOf(cwd)).toEqual(contentsOf(made))
  })

  test('nobody is forgotten', async () => {
    expect((await run('forget 1 -o segkit.yaml')).code).toBe(2)
    expect(contentsOf(cwd)).toEqual(contentsOf(made))
  })
})

describe('no answer takes the place of a file that the command reads', () => {
  test.each([
    ['inspect a.csv -o a.csv', 'a.csv'],
    ['ingest customers b.csv -o ./b.csv', 'b.csv'],
    ['ingest customers *.csv -o b.csv', 'b.csv'],
    ['ingest customers b.csv --max-rejects 9 --rejects b.csv', 'b.csv'],
    ['preview draft.yaml -o draft.yaml', 'draft.yaml'],
  ])('%s', async (line, file) => {
    const before = read(file)
    const ended = await run(line)
    expect(ended.stderr).toContain('error[own-input]')
    expect(ended.code).toBe(2)
    expect(read(file)).toBe(before)
    expect(contentsOf(cwd)).toEqual(contentsOf(made))
  })

  test('but a list may be made shorter in place', async () => {
    expect((await run('minus b.csv a.csv -o b.csv')).code).toBe(0)
    expect(read('b.csv')).toBe('customer,city\n3,Minsk\n4,\n')
  })
})

describe('a limit is told', () => {
  test.each([
    ['members everyone --limit 1', 'the first member of everyone'],
    ['members everyone --limit 0', 'no members asked for of everyone'],
    ['members everyone --limit 3', '2 members of everyone'],
    ['fields --limit 2', 'the first 2 fields'],
  ])('%s', async (line, verdict) => {
    expect((await run(line)).stderr.trimEnd().split('\n').at(-1)).toContain(verdict)
  })
})

test('two formats at once are a mistake', async () => {
  const ended = await run('members everyone -f csv --json')
  expect(ended).toMatchObject({ code: 2, stdout: '' })
  expect(JSON.parse(ended.stderr)).toMatchObject({ code: 'two-formats', exit: 2 })
  expect((await run('members everyone -f json --json')).code).toBe(0)
})

describe.skipIf(!isRoot)('a store in a folder that the reader may not write', () => {
  const shut = () => {
    for (const file of ['segkit.db', 'segkit.db-wal']) if (existsSync(join(cwd, file))) chmodSync(join(cwd, file), 0o644)
    chmodSync(cwd, 0o755)
  }

  test('is read all the same', async () => {
    shut()
    expect(await run('members everyone -q', nobody)).toMatchObject({ code: 0, stdout: 'customer\n1\n2\n', stderr: '' })
    expect((await run('run --dry-run -q', nobody)).code).toBe(0)
    expect((await run('run', nobody)).code).toBe(73)
  })

  test('also where a writer was killed and what it committed is not in the file itself', async () => {
    const db = new Database(join(cwd, 'segkit.db'))
    db.exec("insert into customer_row (_id, customer) values (99, '9')")
    const wal = readFileSync(join(cwd, 'segkit.db-wal'))
    const file = readFileSync(join(cwd, 'segkit.db'))
    db.close()
    writeFileSync(join(cwd, 'segkit.db'), file)
    writeFileSync(join(cwd, 'segkit.db-wal'), wal)
    rmSync(join(cwd, 'segkit.db-shm'), { force: true })
    shut()
    expect(await run('members everyone -q', nobody)).toMatchObject({ code: 0, stdout: 'customer\n1\n2\n9\n' })
  })

  test('that he may not read is 74', async () => {
    chmodSync(cwd, 0o755)
    const ended = await run('members everyone', nobody)
    expect(ended.code).toBe(74)
    expect(ended.stderr).toContain('error[cannot-open]')
  })
})
