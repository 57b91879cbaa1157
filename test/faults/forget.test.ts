/** `kill -9` in the middle of `forget`: nobody is half forgotten, and the same command again finishes what was left. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { beforeAll, expect, test } from 'vitest'
import { projectWith, segkit, start, temporary, writeFiles } from '../binary.js'
import { copyOf, customersCsv, definitions, linesCsv } from './shop.js'

let full: string
let ms: number

const trace = 'the remark of nobody else'

beforeAll(async () => {
  const data = temporary()
  full = projectWith({ 'segments/all.yaml': definitions })
  writeFiles(data, {
    'customers.csv': `${customersCsv(4000)}c-who-goes,Brest,${trace}\n`,
    'orders.csv': `${linesCsv(60_000)}o-of-his,c-who-goes,2024-05-01 10:00,Product 1,1,5\n`,
    'wrong.csv': 'order,customer,at,amount\nw1,c-who-goes,never,1\nw2,c1,never,1\n',
  })
  for (const line of ['customers customers', 'orders orders', 'orders wrong']) {
    const [source, file] = line.split(' ') as [string, string]
    const loaded = await segkit(['ingest', source, join(data, `${file}.csv`), '--max-rejects', '9'], { cwd: full })
    expect(loaded).toMatchObject({ code: 0 })
  }
  const whole = copyOf(full)
  const { seconds, code, stderr } = await segkit(['forget', 'c-who-goes'], { cwd: whole })
  expect(code, stderr).toBe(0)
  ms = seconds * 1000
  expect(left(whole)).toEqual([])
})

/** What of him can still be read in the store's files and in rejects. */
function left(shop: string): readonly string[] {
  const rejects = join(shop, 'rejects')
  const files = [
    ...readdirSync(shop)
      .filter((name) => name.startsWith('segkit.db'))
      .map((name) => join(shop, name)),
    ...(existsSync(rejects) ? readdirSync(rejects).map((name) => join(rejects, name)) : []),
  ]
  return files.filter((path) => [trace, 'c-who-goes'].some((text) => readFileSync(path).includes(text)))
}

function stateOf(shop: string): unknown {
  const db = new Database(join(shop, 'segkit.db'))
  try {
    return {
      integrity: db.pragma('integrity_check', { simple: true }),
      there: db.prepare("select count(*) from customer_row where customer = 'c-who-goes'").pluck().get(),
      guests: db.prepare('select count(*) from order_row where _customer = 0').pluck().get(),
      prints: db.prepare('select count(*) from forgotten_row').pluck().get(),
      orders: db.prepare('select count(*), sum(amount) from order_row').raw().get(),
    }
  } finally {
    db.close()
  }
}

test('kill -9 in the middle of forget leaves him whole or gone, and once more wipes every file', async () => {
  const before = stateOf(full) as { orders: unknown }
  const gone = { integrity: 'ok', there: 0, guests: 1, prints: 1, orders: before.orders }
  expect(before).toEqual({ ...gone, there: 1, guests: 0, prints: 0 })
  let killed = 0
  for (let i = 0; i < 8; i++) {
    const shop = copyOf(full)
    const moment = ((i + Math.random()) / 8) * ms
    const { process: child, ended } = start(['forget', 'c-who-goes'], { cwd: shop })
    const timer = setTimeout(() => child.kill('SIGKILL'), moment)
    if ((await ended).signal === 'SIGKILL') killed++
    clearTimeout(timer)
    const came = `killed after ${Math.round(moment)} of ${Math.round(ms)} ms`
    expect([before, gone], came).toContainEqual(stateOf(shop))
    const again = await segkit(['forget', 'c-who-goes'], { cwd: shop })
    expect(again.code, `${came}\n${again.stderr}`).toBe(0)
    expect(stateOf(shop), came).toEqual(gone)
    expect(left(shop), came).toEqual([])
  }
  expect(killed).toBeGreaterThanOrEqual(4)
})
