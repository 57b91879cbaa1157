/** Two segkits at once, signals, and readers that leave. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Ended, projectWith, segkit, shell, start, temporary, writeFiles } from '../binary.js'
import { contentsOf, copyOf, customersCsv, definitions, linesCsv } from './shop.js'

const data = temporary()
const big = join(data, 'orders.csv')
let shop: string

beforeAll(async () => {
  writeFiles(data, { 'orders.csv': linesCsv(80_000), 'few.csv': 'order,customer,at,amount\nx1,c1,2024-02-01,5.00\n' })
  shop = projectWith({ 'segments/all.yaml': definitions, 'customers.csv': customersCsv(30_000) })
  expect((await segkit(['ingest', 'customers', 'customers.csv'], { cwd: shop })).code).toBe(0)
})

async function until(claim: () => boolean): Promise<void> {
  for (let i = 0; i < 2000 && !claim(); i++) await sleep(5)
  expect(claim()).toBe(true)
}

/** An ingest that holds the lock by now. */
async function ingesting(cwd: string) {
  const began = start(['ingest', 'orders', big], { cwd })
  await until(() => existsSync(join(cwd, 'segkit.db-lock.json')))
  return began
}

describe('two segkits at once', () => {
  test('one writes, the other ends with 75 and names it; who only reads sees the last commit; who waits gets his turn', async () => {
    const here = copyOf(shop)
    const first = await ingesting(here)
    const waits = segkit(['ingest', 'orders', join(data, 'few.csv'), '--wait', '60s', '-q'], { cwd: here })
    const refused = await segkit(['ingest', 'orders', join(data, 'few.csv')], { cwd: here })
    expect(refused).toMatchObject({ code: 75, stdout: '' })
    expect(refused.stderr).toContain(`process ${first.process.pid}`)
    const reading = await segkit(['members', 'everyone', '--columns', 'city', '--limit', '1', '-q'], { cwd: here })
    expect(reading).toMatchObject({ code: 0, stdout: 'customer,city\nc0,Minsk\n', stderr: '' })
    expect((await first.ended).code).toBe(0)
    expect(await waits).toMatchObject({ code: 0 })
    expect(contentsOf(here)).toMatchObject({ integrity: 'ok', load_row: 3, order_row: 40_001 })
  })

  test('runs at the same moment with --wait are one run', async () => {
    const here = copyOf(shop)
    const both = await Promise.all([1, 2].map(() => segkit(['run', '--wait', '60s', '-q'], { cwd: here })))
    expect(both.map((b) => b.code)).toEqual([0, 0])
    expect(both[0]?.stdout).toBe(both[1]?.stdout)
    expect(contentsOf(here)).toMatchObject({ integrity: 'ok', run_row: 1 })
  })
})

describe('signals', () => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    test(`${signal} ends a command at once, and nothing was changed`, async () => {
      const here = copyOf(shop)
      const before = contentsOf(here)
      const { process: child, ended } = await ingesting(here)
      child.kill(signal)
      const sent = performance.now()
      const how = await ended
      expect(performance.now() - sent).toBeLessThan(1500)
      expect([code, signal]).toContain(how.code ?? how.signal)
      expect(how.stdout).toBe('')
      expect(contentsOf(here)).toEqual(before)
      expect(await segkit(['ingest', 'orders', join(data, 'few.csv'), '-q'], { cwd: here })).toMatchObject({ code: 0 })
    })
  }

  test('a shell sees 130 and 143', async () => {
    const here = copyOf(shop)
    const ended = await shell(`segkit ingest orders ${big} & sleep 0.5; kill -TERM $!; wait $!; echo $?`, { cwd: here })
    expect(ended.stdout).toBe('143\n')
  })
})

describe('a reader that leaves', () => {
  const codes = (command: string): Promise<Ended> => shell(`${command} | head -1; echo "\${PIPESTATUS[0]}"`, { cwd: shop })

  test('early is success for a command that only reads, without a word', async () => {
    expect(await codes('segkit members everyone --columns city,note -q')).toMatchObject({
      stdout: 'customer,city,note\n0\n',
      stderr: '',
    })
    expect(await codes('segkit members everyone -f ndjson -q')).toMatchObject({ stdout: '{"customer":"c0"}\n0\n', stderr: '' })
    expect(await codes('segkit help')).toMatchObject({ stderr: '' })
  })

  test('who takes nothing is not noticed either, on stdout or on stderr', async () => {
    const ended = await shell(`segkit members everyone 2>&1 | true; echo "\${PIPESTATUS[0]}"`, { cwd: shop })
    expect(ended).toMatchObject({ stdout: '0\n', stderr: '' })
    const failing = await shell('{ segkit members evryone; echo $? > code; } 2>&1 | true; cat code', { cwd: copyOf(shop) })
    expect(failing.stdout).toBe('2\n')
  })
})
