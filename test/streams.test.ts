/** stdout is the answer and nothing else; stderr is the conversation; bytes that were not taken are never success. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse } from 'csv-parse/sync'
import { beforeAll, describe, expect, test } from 'vitest'
import { projectWith, segkit, shell, start } from './binary.js'
import { customersCsv, definitions } from './faults/shop.js'

const nasty = `customer,full_name,tags,note
ana,"Ana ""Annie"" Li",a;b,"two
lines"
bob,"Bob, Jr","",tab	here
eve,=1+1,b,back\\slash
`
const orders =
  'order,customer,at,product,quantity,price\n1,ana,2024-12-01 10:30,"tea, green",2,0.10\n2,bob,2024-12-24,"cake ""Napoleon""",1,7\n'
const tagged = 'version: 1\ntimezone: UTC\nas_of: "2024-12-31"\nsources: { customers: { types: { tags: { list: ";" } } } }\n'
let shop: string

beforeAll(async () => {
  shop = projectWith({ 'segkit.yaml': tagged, 'segments/all.yaml': definitions, 'customers.csv': nasty, 'orders.csv': orders })
  const loaded = await shell('segkit ingest customers customers.csv -q && segkit ingest orders orders.csv -q && segkit run -q', {
    cwd: shop,
  })
  expect(loaded.code, loaded.stderr).toBe(0)
})

/** Commands whose answer is rows, and at least as many as are said. */
const rowed: readonly (readonly [words: string, rows: number])[] = [
  ['run', 8],
  ['members everyone --columns full_name,tags,note,spent', 3],
  ['events ordered', 2],
  ['events ordered --count', 2],
  ['list', 8],
  ['loads', 2],
  ['fields', 10],
  ['check', 0],
  ['inspect customers.csv', 4],
  ['ingest customers customers.csv', 1],
  ['export everyone --columns note', 1],
]

const columnsOf = (rows: readonly Readonly<Record<string, unknown>>[]): string => Object.keys(rows[0] ?? {}).join()

describe('stdout is nothing but the answer', () => {
  for (const [words, atLeast] of rowed)
    test(`of ${words}`, async () => {
      const ask = async (format: string): Promise<string> => {
        const { code, stdout, stderr } = await segkit([...words.split(' '), '-q', '--wait', '20s', '-f', format], { cwd: shop })
        expect({ code, stderr }, format).toEqual({ code: 0, stderr: '' })
        return stdout
      }
      const [csv, ndjson] = await Promise.all([ask('csv'), ask('ndjson')])
      const cells: string[][] = parse(csv, { relax_column_count: false })
      expect(cells.length).toBeGreaterThan(atLeast)
      expect(csv.endsWith('\n') && !csv.includes('\r') && !csv.startsWith('\ufeff')).toBe(true)
      const objects = ndjson
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Record<string, unknown>)
      expect(objects).toHaveLength(cells.length - 1)
      if (objects.length > 0) expect(columnsOf(objects)).toBe(cells[0]?.join())
    })

  test('of commands that answer with a document', async () => {
    for (const words of [
      'status --json',
      'report --json',
      'run --json',
      'events ordered --json',
      'inspect customers.csv --json',
    ]) {
      const { code, stdout, stderr } = await segkit([...words.split(' '), '-q'], { cwd: shop })
      expect({ code, stderr }, words).toEqual({ code: 0, stderr: '' })
      expect(JSON.parse(stdout), words).toHaveProperty('schema', expect.stringMatching(/^segkit\.[a-z]+\/1$/))
    }
    const tidy = await segkit(['report', '-f', 'csv', '-q'], { cwd: shop })
    expect((parse(tidy.stdout) as string[][])[0]).toEqual(['segment', 'section', 'metric', 'dimension', 'value'])
    for (const words of ['status', 'report', 'sql busy', '']) {
      const { code, stdout, stderr } = await segkit(words === '' ? [] : words.split(' '), { cwd: shop })
      expect(code, words).toBe(0)
      expect(stdout.endsWith('\n'), words).toBe(true)
      expect(stderr, words).not.toContain('error')
    }
  })

  test('and every cell comes back from every format', async () => {
    const ask = async (format: string) =>
      (await segkit(['members', 'everyone', '--columns', 'full_name,tags,note', '-q', '-f', format], { cwd: shop })).stdout
    const names = ['customer', 'full_name', 'tags', 'note']
    const cells = (parse(nasty) as string[][]).slice(1)
    expect(parse(await ask('csv'))).toEqual([names, ...cells])
    const mended: Readonly<Record<string, string>> = { t: '\t', n: '\n', '\\': '\\' }
    const tsv = (await ask('tsv')).split('\n').slice(1, -1)
    expect(tsv.map((line) => line.split('\t').map((cell) => cell.replace(/\\(.)/g, (_, c: string) => mended[c] ?? c)))).toEqual(
      cells,
    )
    const { rows } = JSON.parse(await ask('json')) as {
      readonly rows: readonly Record<string, string | null | readonly string[]>[]
    }
    expect(rows.map((r) => names.map((n) => [r[n] ?? ''].flat().join(';')))).toEqual(cells)
  })
})

test('no command takes a full disk behind stdout for success', async () => {
  const others = [
    'status',
    'report',
    'sql busy',
    'help',
    '--version',
    'run --help',
    'inspect orders.csv --mapping',
    'export everyone -o -',
    'init new',
  ]
  const all = [...rowed.map(([words]) => words), ...others]
  const ask = async (words: readonly string[]): Promise<void> => {
    const script = words.map((word) => `segkit ${word} --wait 20s > /dev/full; echo "$? ${word}"`).join('\n')
    const { stdout, stderr } = await shell(script.replace('--version --wait 20s', '--version'), { cwd: shop })
    expect(stdout.trimEnd().split('\n')).toEqual(words.map((word) => `74 ${word}`))
    expect(stderr).not.toContain('bug')
  }
  const half = all.length >> 1
  await Promise.all([ask(all.slice(0, half)), ask(all.slice(half))])
})

describe('an answer of twenty megabytes', () => {
  let wide: string
  const rows = 100_000
  beforeAll(async () => {
    wide = projectWith({ 'segments/all.yaml': definitions, 'customers.csv': customersCsv(rows, 'x'.repeat(190)) })
    expect((await segkit(['ingest', 'customers', 'customers.csv'], { cwd: wide })).code).toBe(0)
  })
  const question = 'members everyone --columns city,note -q'

  test('passes a slow reader whole', async () => {
    const { stdout, stderr } = await shell(`segkit ${question} | (sleep 1; cat) | wc -lc; echo "\${PIPESTATUS[0]}"`, {
      cwd: wide,
    })
    expect(stderr).toBe('')
    const [counts = '', code] = stdout.trim().split('\n')
    const [lines, bytes] = counts.trim().split(/\s+/).map(Number)
    expect([lines, code]).toEqual([rows + 1, '0'])
    expect(bytes).toBeGreaterThan(20_000_000)
  })

  test('is the same through a pipe, a redirection and -o', async () => {
    const script = `segkit ${question} | cat > a.csv; segkit ${question} > b.csv; segkit ${question} -o c.csv; cat a.csv b.csv c.csv | wc -c; cmp a.csv b.csv && cmp b.csv c.csv`
    const { code, stdout } = await shell(script, { cwd: wide })
    expect(code).toBe(0)
    expect(Number(stdout)).toBeGreaterThan(60_000_000)
  })

  test('ends at once when its reader leaves', async () => {
    const { stdout, stderr, seconds } = await shell(`segkit ${question} | head -1; echo "\${PIPESTATUS[0]}"`, { cwd: wide })
    expect({ stdout, stderr }).toEqual({ stdout: 'customer,city,note\n0\n', stderr: '' })
    const whole = await shell(`segkit ${question} > /dev/null`, { cwd: wide })
    expect(seconds).toBeLessThan(whole.seconds + 0.5)
  })

  test.runIf(existsSync('/proc/self/status'))('waits in the store, not in memory, for a reader who takes his time', async () => {
    const { process: child, ended } = start(question.split(' '), { cwd: wide })
    child.stdout?.pause()
    await sleep(2500)
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
    const megabytes = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
    child.stdout?.resume()
    expect((await ended).code).toBe(0)
    expect(megabytes).toBeLessThan(130)
  })

  test('goes in through stdin as it came out', async () => {
    const script = `segkit ${question} | (sleep 1; cat) | segkit ingest customers - -q --columns rows,same --no-header`
    const { code, stdout, stderr } = await shell(script, { cwd: wide })
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${rows},${rows}\n`, stderr: '' })
  })
})

test('what is written and read again has the same sum', async () => {
  const { stdout } = await segkit(['export', 'everyone', '-o', 'out.csv', '--json', '-q'], { cwd: shop })
  const { rows } = JSON.parse(stdout) as { readonly rows: readonly { readonly bytes: number; readonly sha256: string }[] }
  const bytes = readFileSync(`${shop}/out.csv`)
  expect(rows[0]).toMatchObject({ bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') })
})
