/** Answers in every format, into pipes, files and terminals. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { PassThrough } from 'node:stream'
import stringWidth from 'string-width'
import { afterAll, describe, expect, it } from 'vitest'
import { stageFile, writeWhole } from '../src/base/file.js'
import { Stop } from '../src/base/problem.js'
import type { Globals, Io } from '../src/cli/command.js'
import { type Answer, formatFor, type Row, writeJson, writeRows, writeText } from '../src/cli/output.js'
import { progress, progressLine } from '../src/cli/progress.js'

const root = resolve(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'segkit-output-'))
afterAll(() => rmSync(folder, { recursive: true }))

const globals: Globals = {
  set: {},
  header: true,
  quiet: false,
  verbose: false,
  color: true,
  ascii: false,
  progress: true,
  waitMs: 0,
  now: 0,
  spanOf: () => undefined,
}

function pipe(terminal = false, width = 80, env: Io['env'] = {}): { io: Io; text: () => string; said: () => string } {
  const collect = (stream: PassThrough) => {
    const chunks: Buffer[] = []
    stream.on('data', (chunk) => chunks.push(chunk))
    return () => Buffer.concat(chunks).toString()
  }
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const isTTY = { stdin: false, stdout: terminal, stderr: terminal }
  const io = { stdin: new PassThrough(), stdout, stderr, isTTY, width, env, cwd: folder, now: 0 }
  return { io, text: collect(stdout), said: collect(stderr) }
}

const odd: Answer = {
  thing: 'oddities',
  asOf: '2011-12-09',
  columns: [{ name: 'customer' }, { name: 'spend' }, { name: 'tags' }, { name: 'vip' }, { name: 'note' }],
  rows: [
    ['00042', { decimal: '12.50' }, ['a', 'b'], true, 'say "hi", all'],
    ['ана', 12345678901234567890n, [], false, 'tab\tline\nback\\slash | pipe'],
    ['x', null, null, null, null],
  ],
}

async function shown(answer: Answer, more: Partial<Globals>, terminal = false, width = 80): Promise<string> {
  const { io, text } = pipe(terminal, width)
  await writeRows(answer, { ...globals, ...more }, io)
  return text()
}

const stopOf = async (work: Promise<unknown>): Promise<Stop> => {
  const error = await work.then(
    () => undefined,
    (e: unknown) => e,
  )
  expect(error).toBeInstanceOf(Stop)
  return error as Stop
}

describe('rows', () => {
  it('are RFC 4180 in a pipe, lists joined by semicolons, unknown empty', async () => {
    expect(await shown(odd, {})).toBe(
      'customer,spend,tags,vip,note\n00042,12.50,a;b,true,"say ""hi"", all"\nана,12345678901234567890,,false,"tab\tline\nback\\slash | pipe"\nx,,,,\n',
    )
  })

  it('have no quotes in TSV, where tab, line feed and backslash are escaped', async () => {
    expect(await shown(odd, { format: 'tsv' })).toBe(
      'customer\tspend\ttags\tvip\tnote\n00042\t12.50\ta;b\ttrue\tsay "hi", all\nана\t12345678901234567890\t\tfalse\ttab\\tline\\nback\\\\slash | pipe\nx\t\t\t\t\n',
    )
  })

  it('keep their digits and lists in JSON, inside the envelope', async () => {
    const text = await shown(odd, { format: 'json' })
    expect(JSON.parse(text)).toMatchObject({ schema: 'segkit.oddities/1', as_of: '2011-12-09' })
    expect(JSON.parse(text).rows).toHaveLength(3)
    expect(text).toContain('{"customer":"00042","spend":12.50,"tags":["a","b"],"vip":true,"note":"say \\"hi\\", all"}')
    expect(text).toContain('"spend":12345678901234567890,"tags":[]')
    expect(text).toContain('{"customer":"x","spend":null,"tags":null,"vip":null,"note":null}')
  })

  it('make valid JSON when there are none', async () => {
    expect(JSON.parse(await shown({ ...odd, asOf: undefined, rows: [] }, { format: 'json' }))).toEqual({
      schema: 'segkit.oddities/1',
      as_of: null,
      rows: [],
    })
  })

  it('are bare objects in NDJSON, one a line', async () => {
    const lines = (await shown(odd, { format: 'ndjson' })).trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line).customer)).toEqual(['00042', 'ана', 'x'])
  })

  it('escape pipes and line feeds in Markdown and put numbers right', async () => {
    const lines = (await shown(odd, { format: 'md' })).split('\n')
    expect(lines[1]).toBe('| --- | --: | --- | --- | --- |')
    expect(lines[3]).toBe('| ана | 12345678901234567890 |  | false | tab line<br>back\\\\slash \\| pipe |')
  })

  it('are the same number of records for a reader when the only cell is unknown', async () => {
    expect(await shown({ thing: 'one', columns: [{ name: 'city' }], rows: [[null], ['Paris'], ['']] }, {})).toBe(
      'city\n""\nParis\n""\n',
    )
  })

  it('come in the order of --columns, without a header, up to the limit', async () => {
    expect(await shown(odd, { columns: ['vip', 'customer'], header: false, limit: 2 })).toBe('true,00042\nfalse,ана\n')
    expect(await shown(odd, { limit: 0 })).toBe('customer,spend,tags,vip,note\n')
  })

  it.each([
    ['5" pipe', '"5"" pipe"'],
    ['a,b', '"a,b"'],
    ['a\rb', '"a\rb"'],
    ['a\nb', '"a\nb"'],
    [' a;b ', ' a;b '],
  ])('are quoted only where RFC 4180 needs it (%j)', async (cell, written) => {
    expect(await shown({ thing: 'x', columns: [{ name: 'a' }], rows: [[cell]] }, { header: false })).toBe(`${written}\n`)
  })

  it('are counted as written', async () => {
    const { io } = pipe()
    expect(await writeRows(odd, { ...globals, limit: 2 }, io)).toEqual({ rows: 2 })
  })

  it('are asked for no further than the limit, and the source is closed', async () => {
    const asked: number[] = []
    let closed = false
    function* rows(): Generator<Row> {
      try {
        for (let i = 0; ; i++) {
          asked.push(i)
          yield [i]
        }
      } finally {
        closed = true
      }
    }
    await shown({ thing: 'n', columns: [{ name: 'n' }], rows: rows() }, { limit: 700 })
    expect(asked).toHaveLength(700)
    expect(closed).toBe(true)
  })

  it('of an unknown column stop with 2 and a suggestion before the first byte', async () => {
    const { io, text } = pipe()
    const stop = await stopOf(writeRows(odd, { ...globals, columns: ['customer', 'spent'] }, io))
    expect(stop.exit).toBe(2)
    expect(stop.problems[0]).toMatchObject({ code: 'unknown-column', help: 'did you mean `spend`?' })
    expect(text()).toBe('')
  })
})

describe('the format', () => {
  it('is that of -f, else of the ending of -o, else of SEGKIT_FORMAT', () => {
    const { io } = pipe(false, 80, { SEGKIT_FORMAT: 'tsv' })
    expect(formatFor({ ...globals, format: 'md', output: 'a.json' }, io)).toBe('md')
    expect(formatFor({ ...globals, output: 'a.JSON' }, io)).toBe('json')
    expect(formatFor({ ...globals, output: 'a.txt' }, io)).toBe('tsv')
    expect(formatFor(globals, pipe().io)).toBeUndefined()
  })

  it('must be one there is, in SEGKIT_FORMAT too', () => {
    expect(() => formatFor(globals, pipe(false, 80, { SEGKIT_FORMAT: 'cvs' }).io)).toThrow(Stop)
  })
})

describe('a table', () => {
  const people = (n: number): Answer => ({
    thing: 'people',
    columns: [{ name: 'customer' }, { name: 'note' }, { name: 'orders' }],
    rows: Array.from({ length: n }, (_, i) => [`c${i}`, `${'日本語 text '.repeat(20)}${i}`, i]),
  })

  it.each([3, 200, 201, 1200])('of %i rows fits the terminal and cuts the widest text alone', async (n) => {
    const lines = (await shown(people(n), {}, true, 60)).trimEnd().split('\n')
    expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(60)
    expect(lines.filter((line) => line.includes('…'))).toHaveLength(n)
    expect(lines.at(n > 200 ? -1 : -2)).toMatch(new RegExp(`c${n - 1} .* ${n - 1}\\b`))
  })

  it('puts numbers right and cuts nothing where no terminal reads it', async () => {
    const answer: Answer = {
      thing: 'x',
      columns: [{ name: 'name' }, { name: 'n' }],
      rows: [
        ['a'.repeat(300), 5],
        ['b', 1000],
      ],
    }
    const text = await shown(answer, { format: 'table', ascii: true })
    expect(text).toContain('a'.repeat(300))
    expect(text).toContain('|    5 |')
    expect(text).toMatch(/^[\x20-\x7e\n]+$/)
  })

  it('draws one rule below the header and none between rows', async () => {
    const answer: Answer = { thing: 'x', columns: [{ name: 'n' }], rows: [[1], [2]] }
    expect(await shown(answer, {}, true)).toBe('┌───┐\n│ n │\n├───┤\n│ 1 │\n│ 2 │\n└───┘\n')
    expect(await shown(answer, { header: false }, true)).toBe('┌───┐\n│ 1 │\n│ 2 │\n└───┘\n')
  })

  it.each(['table', 'csv', 'tsv', 'json', 'ndjson', 'md'] as const)(
    'shows a terminal no control characters of the data (%s)',
    async (format) => {
      const nasty = '\u001b[2Jx\u009b31m\u202egnp\u0007\u0000'
      const text = await shown(
        { thing: 'x', columns: [{ name: nasty }, { name: 'b' }], rows: [[nasty, [nasty]]] },
        { format },
        true,
      )
      expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/)
      expect(text).toContain('gnp')
    },
  )
})

describe('a document', () => {
  it('keeps digits, leaves out what is undefined, and is readable', async () => {
    const { io, text } = pipe()
    await writeJson(
      { schema: 'segkit.run/1', share: { decimal: '0.500000' }, big: 1n, none: undefined, list: [], deep: [{ a: null }] },
      globals,
      io,
    )
    expect(text()).toBe(
      '{\n  "schema": "segkit.run/1",\n  "share": 0.500000,\n  "big": 1,\n  "list": [],\n  "deep": [\n    {\n      "a": null\n    }\n  ]\n}\n',
    )
  })

  it('keeps its colours on a terminal and nothing else', async () => {
    const { io, text } = pipe(true)
    await writeText('\u001b[31mred\u001b[39m \u001b]0;title\u0007', globals, io)
    expect(text()).toBe('\u001b[31mred\u001b[39m \ufffd]0;title\ufffd')
  })
})

describe('a file', () => {
  const path = (name: string) => join(folder, name)
  const leftovers = () => readdirSync(folder).filter((name) => name.endsWith('.tmp'))

  it('has its digest and length told, and is readable by its owner only', async () => {
    expect(await writeWhole(path('a.txt'), ['hé', 'llo'])).toEqual({
      bytes: 6,
      sha256: '3c48591d8d098a4538f5e013dfcf406e948eac4d3277b10bf614e295d6068179',
    })
    expect(readFileSync(path('a.txt'), 'utf8')).toBe('héllo')
    expect(statSync(path('a.txt')).mode & 0o777).toBe(0o600)
  })

  it('stays as it was when the rows fail half way', async () => {
    writeFileSync(path('kept.csv'), 'old')
    async function* rows(): AsyncGenerator<Row> {
      yield ['1']
      throw new Error('half way')
    }
    const answer = { thing: 'x', columns: [{ name: 'a' }], rows: rows() }
    await expect(writeRows(answer, { ...globals, output: 'kept.csv' }, pipe().io)).rejects.toThrow('half way')
    expect(readFileSync(path('kept.csv'), 'utf8')).toBe('old')
    expect(leftovers()).toEqual([])
  })

  it('replaces a symbolic link and leaves what it led to', async () => {
    writeFileSync(path('behind'), 'old')
    symlinkSync(path('behind'), path('link'))
    await writeWhole(path('link'), ['new'])
    expect(lstatSync(path('link')).isFile()).toBe(true)
    expect(readFileSync(path('behind'), 'utf8')).toBe('old')
  })

  it('that waits to be committed is not there yet, and leaves nothing when discarded', async () => {
    const staged = await stageFile(path('later'), ['x'])
    expect(existsSync(path('later'))).toBe(false)
    await staged.discard()
    expect(leftovers()).toEqual([])
  })

  it('that a signal ends half way leaves nothing, and one that a kill left goes when the next is written there', async () => {
    const here = mkdtempSync(join(folder, 'killed-'))
    const left = () => readdirSync(here)
    const half = async (): Promise<{ end(signal: NodeJS.Signals): Promise<unknown> }> => {
      const script = `const { stageFile } = await import(process.argv[1])
        setInterval(() => 0, 1000)
        await stageFile(process.argv[2], (async function* () { yield 'half'; console.log('begun'); yield 'x'; await new Promise(() => 0) })())`
      const words = ['--input-type=module', '-e', script, join(root, 'dist/base/file.js'), join(here, 'it.csv')]
      const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] })
      await once(child.stdout, 'data')
      return {
        end(signal) {
          child.kill(signal)
          return once(child, 'exit')
        },
      }
    }
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      const one = await half()
      expect(left()).toHaveLength(1)
      expect(await one.end(signal)).toEqual([null, signal])
      expect([signal, left()]).toEqual([signal, []])
    }
    const busy = await half()
    const [working] = left()
    await (await half()).end('SIGKILL')
    expect(left()).toHaveLength(2)
    await writeWhole(join(here, 'other.csv'), ['x'])
    expect(left().sort()).toEqual([working, 'other.csv'])
    await busy.end('SIGTERM')
    expect(left()).toEqual(['other.csv'])
  })

  it('that is a device is written to, not replaced', async () => {
    await writeWhole('/dev/null', ['x'])
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true)
  })

  it('on a full disk stops with 74, in a missing folder with 73', async () => {
    expect((await stopOf(writeWhole('/dev/full', ['x']))).exit).toBe(74)
    const missing = await stopOf(writeWhole(path('no/such/file'), ['x']))
    expect([missing.exit, missing.problems[0]?.code]).toEqual([73, 'cannot-create'])
    expect((await stopOf(writeWhole(folder, ['x']))).exit).toBe(73)
  })
})

describe('progress', () => {
  it('tells share, rate and time left', () => {
    expect(progressLine('orders.csv', 25, 1000, 2, 100, true)).toBe(
      'orders.csv ######..................  25 % | 500 rows/s | 6 s left',
    )
  })

  it('is drawn on a terminal only, and wiped at the end', () => {
    const here = pipe(true)
    const bar = progress(here.io, globals, 'x', 100)
    bar.tick(50, 1)
    bar.tick(60, 1)
    bar.end()
    expect(here.said().match(/%/g)).toHaveLength(1)
    expect(here.said().endsWith('\r\u001b[K')).toBe(true)
    const elsewhere = pipe(false)
    progress(elsewhere.io, globals, 'x').tick(1, 1)
    expect(elsewhere.said()).toBe('')
  })
})
