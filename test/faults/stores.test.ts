/** Stores that are damaged, newer, somebody else's, or out of reach. */
import { chmodSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { beforeAll, describe, expect, test } from 'vitest'
import { isRoot, nobody, projectWith, segkit, temporary } from '../binary.js'
import { contentsOf, copyOf, customersCsv, definitions } from './shop.js'

let shop: string
beforeAll(async () => {
  shop = projectWith({ 'segments/all.yaml': definitions, 'customers.csv': customersCsv(2000), 'more.csv': customersCsv(2500) })
  expect((await segkit(['ingest', 'customers', 'customers.csv'], { cwd: shop })).code).toBe(0)
})

const reads = ['members', 'everyone', '-q']
const writes = ['ingest', 'customers', 'more.csv', '-q']

async function refuses(here: string, code: number, words: RegExp, commands = [reads, writes]): Promise<void> {
  const before = readFileSync(join(here, 'segkit.db'))
  for (const command of commands) {
    const ended = await segkit(command, { cwd: here })
    expect(ended, command.join(' ')).toMatchObject({ code, stdout: '' })
    expect(ended.stderr).toMatch(words)
    expect(ended.stderr).not.toContain('bug')
  }
  expect(readFileSync(join(here, 'segkit.db')).equals(before)).toBe(true)
}

describe('a store', () => {
  test('that is no SQLite file is refused with 74 and left alone', async () => {
    const here = copyOf(shop)
    writeFileSync(join(here, 'segkit.db'), 'customer,city\nana,Minsk\n'.repeat(1000))
    await refuses(here, 74, /damaged or no SQLite file/)
  })

  test('that belongs to another program is refused with 74 and left alone', async () => {
    const here = copyOf(shop)
    writeFileSync(join(here, 'segkit.db'), '')
    const db = new Database(join(here, 'segkit.db'))
    db.exec('create table precious (x); insert into precious values (1)')
    db.close()
    await refuses(here, 74, /not a segkit store/)
  })

  test('written by a newer segkit is refused with 78 and left alone', async () => {
    const here = copyOf(shop)
    const db = new Database(join(here, 'segkit.db'))
    db.pragma('journal_mode = delete')
    db.pragma('user_version = 999')
    db.close()
    await refuses(here, 78, /newer segkit/)
  })

  test('whose first page is torn is refused with 74', async () => {
    const here = copyOf(shop)
    const bytes = readFileSync(join(here, 'segkit.db'))
    writeFileSync(join(here, 'segkit.db'), bytes.fill(0xaa, 100, 8192))
    await refuses(here, 74, /damaged/)
  })

  test('whose pages are torn in the middle never answers with rows that are not there', async () => {
    const here = copyOf(shop)
    const bytes = readFileSync(join(here, 'segkit.db'))
    writeFileSync(join(here, 'segkit.db'), bytes.fill(0xaa, 8192))
    await refuses(here, 74, /damaged/, [reads])
  })

  test('that was cut off is refused with 74', async () => {
    const here = copyOf(shop)
    truncateSync(join(here, 'segkit.db'), 8192 * 3)
    await refuses(here, 74, /damaged/, [reads])
  })

  test('in a folder of that name is told', async () => {
    const here = copyOf(shop)
    mkdirSync(join(here, 'dir.db'))
    for (const command of [reads, writes]) {
      const ended = await segkit(['--db', 'dir.db', ...command], { cwd: here })
      expect([73, 74], ended.stderr).toContain(ended.code)
      expect(ended.stderr).not.toContain('bug')
    }
  })
})

describe.runIf(isRoot)('for a user who may only read', () => {
  const asNobody = (args: readonly string[], cwd: string) => segkit(args, { cwd, uid: nobody, env: { HOME: temporary() } })

  test('a store in a folder that cannot be written answers or says what is missing, never in part', async () => {
    const here = copyOf(shop)
    chmodSync(here, 0o555)
    chmodSync(join(here, 'segkit.db'), 0o444)
    const { code, stdout, stderr } = await asNobody(['members', 'everyone', '-q'], here)
    expect([0, 74], stderr).toContain(code)
    if (code === 0) expect(stdout.split('\n')).toHaveLength(2002)
    else expect({ stdout, told: /folder must be readable and writable/.test(stderr) }).toEqual({ stdout: '', told: true })
  })

  test('writing ends with 73 or 74, says why, and changes nothing', async () => {
    const here = copyOf(shop)
    chmodSync(here, 0o555)
    chmodSync(join(here, 'segkit.db'), 0o444)
    const before = contentsOf(here)
    for (const command of [writes, ['run'], ['members', 'everyone', '-o', 'all.csv'], ['export', 'everyone', '-o', 'all.csv']]) {
      const ended = await asNobody(command, here)
      expect([73, 74], `${command.join(' ')}: ${ended.stderr}`).toContain(ended.code)
      expect(ended).toMatchObject({ stdout: '' })
      expect(ended.stderr).not.toContain('bug')
    }
    expect(existsSync(join(here, 'all.csv'))).toBe(false)
    expect(contentsOf(here)).toEqual(before)
  })

  test("a store that is its owner's alone is told, and init makes nothing where nothing may be made", async () => {
    const here = copyOf(shop)
    chmodSync(here, 0o755)
    const ended = await asNobody(['members', 'everyone'], here)
    expect(ended).toMatchObject({ code: 74, stdout: '' })
    expect(ended.stderr).not.toContain('bug')
    expect(await asNobody(['init', 'new'], here)).toMatchObject({ code: 73, stdout: '' })
    const hidden = copyOf(shop)
    chmodSync(hidden, 0o755)
    chmodSync(join(hidden, 'segkit.yaml'), 0o600)
    expect(await asNobody(['list'], hidden)).toMatchObject({ code: 78, stdout: '' })
  })
})
