/** A full disk or a limit on sizes: exit 74, and what was there stays. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isRoot, projectWith, segkit, shell, temporary, writeFiles } from '../binary.js'
import { contentsOf, copyOf, customersCsv, definitions, linesCsv } from './shop.js'

const data = temporary()
const big = join(data, 'orders.csv')
let shop: string

beforeAll(async () => {
  writeFiles(data, { 'orders.csv': linesCsv(40_000) })
  shop = projectWith({ 'segments/all.yaml': definitions, 'customers.csv': customersCsv(3000) })
  expect((await segkit(['ingest', 'customers', 'customers.csv'], { cwd: shop })).code).toBe(0)
})

test('a file that grows past what is allowed is a failed write, and the store stays as it was', async () => {
  const here = copyOf(shop)
  const before = contentsOf(here)
  const ended = await shell(`ulimit -f 1000; segkit ingest orders ${big}`, { cwd: here })
  expect(ended.code, ended.stderr).toBe(74)
  expect(ended.stdout).toBe('')
  expect(contentsOf(here)).toEqual(before)
  expect((await segkit(['ingest', 'orders', big, '-q'], { cwd: here })).code).toBe(0)
})

test('an answer that grows past what is allowed leaves the file that was there', async () => {
  const here = copyOf(shop)
  writeFileSync(join(here, 'all.csv'), 'as it was\n')
  const ended = await shell('ulimit -f 8; segkit members everyone --columns city,note -o all.csv', { cwd: here })
  expect(ended.code, ended.stderr).toBe(74)
  expect(readFileSync(join(here, 'all.csv'), 'utf8')).toBe('as it was\n')
  expect(readdirSync(here).filter((name) => name.endsWith('.tmp'))).toEqual([])
})

test('a hand-off that the ledger cannot take leaves the files of the one before', async () => {
  const here = projectWith({
    'segments/all.yaml': 'audiences:\n  all: { segment: everyone }\nsegments:\n  everyone: { all: customers }\n',
  })
  writeFiles(here, { 'customers.csv': 'customer\nana\n', 'more.csv': 'customer\nana\nbob\n' })
  const files = () => readdirSync(join(here, 'exports')).map((name) => [name, readFileSync(join(here, 'exports', name), 'utf8')])
  for (const words of [
    ['ingest', 'customers', 'customers.csv'],
    ['export', 'all'],
    ['ingest', 'customers', 'more.csv'],
  ])
    expect((await segkit(words, { cwd: here })).code).toBe(0)
  const before = files()
  expect(before.length).toBe(3)
  // Wherever the store fails to grow, the last time when the files are in their places already.
  for (let room = 48, code: number | null = 74; code !== 0; room += 16) {
    const ended = await shell(`ulimit -f ${room}; segkit export all`, { cwd: here })
    code = ended.code
    if (code === 0) continue
    expect([code, ended.stdout], ended.stderr).toEqual([74, ''])
    expect(files()).toEqual(before)
  }
  expect(readFileSync(join(here, 'exports/all_2024-12-31.csv'), 'utf8')).toBe('customer\nana\nbob\n')
})

describe.runIf(isRoot && canMount())('on a disk that is full', () => {
  const disk = join(temporary(), 'disk')
  const room = 3 << 20
  beforeAll(() => {
    mkdirSync(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${room}`, 'tmpfs', disk])
    cpSync(shop, disk, { recursive: true })
  })
  afterAll(() => void execFileSync('umount', ['-l', disk]))

  test('ingest ends with 74 and the store is as it was', async () => {
    const before = contentsOf(disk)
    const ended = await segkit(['ingest', 'orders', big], { cwd: disk })
    expect(ended.code, ended.stderr).toBe(74)
    expect(ended.stderr).toMatch(/disk|full|room/)
    expect(contentsOf(disk)).toEqual(before)
    expect((await segkit(['members', 'everyone', '-q'], { cwd: disk })).stdout).toContain('\nc2999\n')
  })

  test('stdin has nowhere to wait, which is said', async () => {
    const before = contentsOf(disk)
    const ended = await shell(`cat ${big} ${big} | segkit ingest orders -`, { cwd: disk, env: { TMPDIR: disk } })
    expect(ended.code, ended.stderr).toBe(74)
    expect(contentsOf(disk)).toEqual(before)
  })

  test('run, -o and export end with 74, and what was there stays', async () => {
    writeFileSync(join(disk, 'all.csv'), 'as it was\n')
    execFileSync('sh', ['-c', `cat /dev/zero > ${join(disk, 'filler')} 2>/dev/null || true`])
    const before = readdirSync(disk).sort()
    const commands = [
      ['run', '-q'],
      ['members', 'everyone', '-o', 'all.csv'],
      ['export', 'everyone', '-o', 'all.csv'],
    ]
    for (const command of commands) {
      const ended = await segkit(command, { cwd: disk })
      expect(ended.code, `${command.join(' ')}: ${ended.stderr}`).toBe(74)
    }
    expect(readFileSync(join(disk, 'all.csv'), 'utf8')).toBe('as it was\n')
    expect(
      readdirSync(disk)
        .filter((name) => !/^segkit\.db-/.test(name))
        .sort(),
    ).toEqual(before.filter((name) => !/^segkit\.db-/.test(name)))
  })
})

function canMount(): boolean {
  const at = temporary()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4096', 'tmpfs', at], { stdio: 'ignore' })
    execFileSync('umount', [at], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
