/** `kill -9` at any moment: the store is as it was or complete, and the next command needs no help. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { projectWith, segkit, start, temporary, writeFiles } from '../binary.js'
import { type Contents, contentsOf, copyOf, customersCsv, definitions, leftovers, linesCsv } from './shop.js'

const data = temporary()
const big = join(data, 'orders.csv')
let empty: string
let full: string
let ingestMs: number

beforeAll(async () => {
  writeFiles(data, { 'orders.csv': linesCsv(50_000), 'customers.csv': customersCsv(1000) })
  empty = projectWith({ 'segments/all.yaml': definitions })
  expect((await segkit(['ingest', 'customers', join(data, 'customers.csv')], { cwd: empty })).code).toBe(0)
  full = copyOf(empty)
  const loaded = await segkit(['ingest', 'orders', big], { cwd: full })
  expect(loaded).toMatchObject({ code: 0 })
  ingestMs = loaded.seconds * 1000
})

/** Moments spread over the time, each somewhere in its own part of it. */
const moments = (times: number, ms: number): readonly number[] =>
  Array.from({ length: times }, (_, i) => ((i + Math.random()) / times) * ms)

async function killedAt(moment: number, args: readonly string[], cwd: string): Promise<boolean> {
  const { process: child, ended } = start(args, { cwd })
  const timer = setTimeout(() => child.kill('SIGKILL'), moment)
  const { signal } = await ended
  clearTimeout(timer)
  return signal === 'SIGKILL'
}

describe('kill -9', () => {
  test('in the middle of ingest leaves the store as it was or complete', async () => {
    const [before, after] = [contentsOf(empty), contentsOf(full)]
    let killed = 0
    for (const moment of moments(6, ingestMs)) {
      const shop = copyOf(empty)
      if (await killedAt(moment, ['ingest', 'orders', big], shop)) killed++
      const came = `killed after ${Math.round(moment)} of ${Math.round(ingestMs)} ms`
      expect([before, after], came).toContainEqual(contentsOf(shop))
      expect(leftovers(shop), came).toEqual([])
      const asked = await segkit(['loads', '-q', '--columns', 'source', '--no-header'], { cwd: shop })
      expect({ ...asked, seconds: 0 }, came).toMatchObject({ code: 0, stderr: '' })
    }
    expect(killed).toBeGreaterThanOrEqual(3)
  })

  test('in the middle of a first ingest leaves nothing that later ones mind', async () => {
    const shop = projectWith()
    for (const moment of moments(2, ingestMs)) await killedAt(moment, ['ingest', 'orders', big], shop)
    const again = await segkit(['ingest', 'orders', big, '--json', '-q'], { cwd: shop })
    expect(again.code, again.stderr).toBe(0)
    expect(contentsOf(shop)).toMatchObject({ integrity: 'ok', order_row: 25_000, item_row: 50_000, load_row: 1 })
  })

  test('in the middle of run leaves no run or a whole one', async () => {
    const whole = copyOf(full)
    const { seconds, code } = await segkit(['run'], { cwd: whole })
    expect(code).toBe(0)
    const [before, after] = [contentsOf(full), contentsOf(whole)]
    const shop = copyOf(full)
    for (const moment of moments(5, seconds * 1000)) {
      await killedAt(moment, ['run'], shop)
      expect([before, after] as readonly Contents[], `killed after ${Math.round(moment)} ms`).toContainEqual(contentsOf(shop))
    }
    const done = await segkit(['run', '-q', '--json'], { cwd: shop })
    expect(done.code, done.stderr).toBe(0)
    expect(contentsOf(shop)).toEqual(after)
  })

  test('in the middle of export leaves no half file under its name', async () => {
    const shop = copyOf(full)
    const out = join(shop, 'busy.csv')
    const { seconds } = await segkit(['export', 'busy', '-o', 'whole.csv'], { cwd: shop })
    for (const moment of moments(2, seconds * 1000)) {
      await killedAt(moment, ['export', 'busy', '-o', 'busy.csv'], shop)
      if (existsSync(out)) expect(readFileSync(out, 'utf8')).toBe(readFileSync(join(shop, 'whole.csv'), 'utf8'))
    }
  })
})
