/** cron, pipes and foreign settings: the same bytes, whatever is around the process. */
import { beforeAll, describe, expect, test } from 'vitest'
import { projectWith, segkit, shell } from '../binary.js'
import { definitions, linesCsv } from './shop.js'

const zone = 'version: 1\ntimezone: Europe/Minsk\nas_of: "2024-12-31"\n'
const project = () => projectWith({ 'segkit.yaml': zone, 'segments/all.yaml': definitions, 'orders.csv': linesCsv(2000) })
const questions = ['run', 'events ordered --on 2024-10-03', 'members busy --columns spent', 'report busy']
const asked = questions.map((question) => `segkit ${question} -q`).join('; ')
let shop: string

beforeAll(async () => {
  shop = project()
  expect((await segkit(['ingest', 'orders', 'orders.csv'], { cwd: shop })).code).toBe(0)
})

describe('the same command on the same data gives the same bytes', () => {
  test('in New York, in Turkish, without a locale, from any folder', async () => {
    const plain = await shell(asked, { cwd: shop })
    expect(plain.stdout.length).toBeGreaterThan(1000)
    const elsewhere = {
      TZ: 'America/New_York',
      LANG: 'tr_TR.UTF-8',
      LC_ALL: 'tr_TR.UTF-8',
      COLUMNS: '20',
      TERM: 'dumb',
      SEGKIT_PROJECT: shop,
    }
    expect((await shell(asked, { cwd: '/', env: elsewhere })).stdout).toBe(plain.stdout)
    expect(plain.stderr).toBe('')
  })

  test('loaded in New York it is the same store', async () => {
    const there = project()
    const env = { TZ: 'America/New_York', LANG: undefined }
    expect((await segkit(['ingest', 'orders', 'orders.csv'], { cwd: there, env })).code).toBe(0)
    expect((await shell(asked, { cwd: there, env })).stdout).toBe((await shell(asked, { cwd: shop })).stdout)
  })
})

describe('cron', () => {
  test('starts it with an empty environment, in the root folder', async () => {
    const program = new URL('../../bin/segkit.js', import.meta.url).pathname
    const started = await shell(`cd /; env -i ${process.execPath} ${program} -C ${shop} run -q`)
    expect(started.code, started.stderr).toBe(0)
    expect(started.stdout).toMatch(/^name,kind,customers/)
    expect(started.stderr).toBe('')
  })

  test('gives it no stdin, or a closed one', async () => {
    for (const stdin of ['<&-', '< /dev/null']) {
      expect(await shell(`segkit members busy -q --limit 0 ${stdin}`, { cwd: shop })).toMatchObject({
        code: 0,
        stdout: 'customer\n',
        stderr: '',
      })
      const empty = await shell(`segkit ingest orders - ${stdin}`, { cwd: shop })
      expect(empty.code, empty.stderr).toBe(66)
    }
  })

  test('hears nothing of a success, and on stderr of a failure, even where stderr is closed or full', async () => {
    expect(await segkit(['run', '-q'], { cwd: shop })).toMatchObject({ code: 0, stderr: '' })
    expect((await segkit(['run', 'evry', '-q'], { cwd: shop })).stderr).toContain('segkit run: 1 error, exit 2\n')
    expect((await shell('segkit run evry 2> /dev/full', { cwd: shop })).code).toBe(2)
    expect((await shell('segkit run evry 2>&-', { cwd: shop })).code).toBe(2)
    expect((await shell('segkit run > /dev/null 2>&-', { cwd: shop })).code).toBe(0)
  })

  test('may name paths with blanks', async () => {
    const { code, stdout } = await shell(
      'mkdir "a b"; cp orders.csv "a b/o r.csv"; segkit ingest orders "a b/o r.csv" -q -o "a b/re ceipt.ndjson"; cat a*/re*',
      { cwd: shop },
    )
    expect({ code, file: JSON.parse(stdout).file }).toEqual({ code: 0, file: 'a b/o r.csv' })
  })
})
