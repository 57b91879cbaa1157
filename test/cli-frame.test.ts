/** The frame of the command line in real processes of the built program: start, help, mistakes, pipes, full disks. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const segkit = join(root, 'bin/segkit.js')
const folder = mkdtempSync(join(tmpdir(), 'segkit-frame-'))
const script = join(folder, 'rows.js')

/** The program with one more command, which writes as many rows as it is told and can fail in every way. */
const withRows = `
import { dispatch } from '${root}dist/cli/dispatch.js'
import { writeRows } from '${root}dist/cli/output.js'
import { Stop } from '${root}dist/base/problem.js'
const command = {
  name: 'rows', group: 'answers', summary: 'writes rows', args: [{ name: 'N', description: 'how many', required: true }],
  options: [{ flags: '--stop', description: 'x' }, { flags: '--bug', description: 'x' }, { flags: '--part', description: 'x' },
    { flags: '--map <pair>', description: 'x', repeat: true }, { flags: '--show', description: 'x' }],
  examples: ['segkit rows 3'], exits: [[0, 'done']],
  async run({ arg, flag, options, globals, io, note }) {
    note('working')
    if (flag('show')) {
      const { spanOf, now, ...plain } = globals
      io.stdout.write(JSON.stringify({ ...plain, map: options('map') }))
      return {}
    }
    if (flag('stop')) throw new Stop(78, ['one', 'two'].map((m) => ({ code: 'bad', severity: 'error', message: m, help: 'mend it' })))
    if (flag('bug')) throw new TypeError('undefined is not a function')
    function* rows() { for (let i = 0; i < Number(arg('N')); i++) yield ['c' + i, i, 'x'] }
    const { rows: n } = await writeRows({ thing: 'rows', columns: [{ name: 'customer' }, { name: 'n' }, { name: 'x' }], rows: rows() }, globals, io)
    return flag('part') ? { exit: 3, verdict: 'a part' } : { verdict: n + ' rows' }
  },
}
const writer = { ...command, name: 'write', writes: true }
const listed = (c) => ({ ...c, load: async () => c })
const isTTY = { stdin: false, stdout: false, stderr: false }
for (const s of [process.stdout, process.stderr]) s.on('error', () => undefined)
const io = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, isTTY, width: 80, env: process.env, cwd: process.cwd(), now: 1 }
process.exitCode = await dispatch(process.argv.slice(2), io, [listed(command), listed(writer)])
`

beforeAll(() => {
  writeFileSync(script, withRows)
})
afterAll(() => rmSync(folder, { recursive: true }))

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly said: string
}
function start(file: string, words: readonly string[], env: Readonly<Record<string, string>> = {}): Ended {
  const ended = spawnSync(process.execPath, [file, ...words], { encoding: 'utf8', env: { ...process.env, ...env }, cwd: folder })
  return { code: ended.status, out: ended.stdout, said: ended.stderr }
}
const run = (...words: readonly string[]) => start(segkit, words)
const rows = (...words: readonly string[]) => start(script, words)
const shell = (line: string): Ended => {
  const env = { ...process.env, NODE: process.execPath, SEGKIT: segkit, ROWS: script }
  const ended = spawnSync('bash', ['-c', `set -o pipefail; ${line}`], { encoding: 'utf8', env, cwd: folder })
  return { code: ended.status, out: ended.stdout, said: ended.stderr }
}

describe('the start', () => {
  it('is a page of at most twelve lines', () => {
    const { code, out, said } = run()
    expect([code, said]).toEqual([0, ''])
    expect(out.trimEnd().split('\n').length).toBeLessThanOrEqual(12)
    expect(out).toContain('segkit init')
  })

  it('of --version loads nothing but itself', () => {
    expect(run('--version')).toEqual({
      code: 0,
      out: `${JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version}\n`,
      said: '',
    })
    const imports = readFileSync(join(root, 'dist/cli/main.js'), 'utf8').match(/^import .* from '(.*)'/gm) ?? []
    expect(imports.filter((line) => !line.includes("'node:"))).toEqual([])
  })
})

describe('help', () => {
  it.each([['--help'], ['help'], ['help', 'help'], ['help', '--help'], ['-h'], ['help', 'exit-codes'], ['help', 'formats']])(
    'fits 80 columns and goes to stdout (%s %s)',
    (...words) => {
      const { code, out, said } = run(...words)
      expect([code, said]).toEqual([0, ''])
      expect(out.split('\n').filter((line) => line.length > 80)).toEqual([])
      expect(out.split('\n').length).toBeGreaterThan(8)
    },
  )

  it('of a command begins with examples and ends with flags and exit codes, whatever else is wrong', () => {
    const { code, out } = rows('rows', '--nonsense', '--help')
    expect(code).toBe(0)
    const order = ['Examples', 'Arguments', 'Options', 'Exit codes', 'Options of every command'].map((title) =>
      out.indexOf(`\n${title}\n`),
    )
    expect(order).toEqual([...order].sort((a, b) => a - b))
    expect(order[0]).toBeGreaterThan(0)
  })
})

describe('a mistake on the command line', () => {
  it('in the command is shown where it stands, with the nearest command', () => {
    expect(run('exprot', 'vip')).toEqual({
      code: 2,
      out: '',
      said: `error[unknown-command]: no command \`exprot\`
 --> command line:1:8
  |
1 | segkit exprot vip
  |        ^^^^^^
   = help: did you mean \`export\`?

segkit: 1 error, exit 2
`,
    })
  })

  it.each([
    [['rows', '3', '--colums', 'n'], 'unknown-option', '--colums', 'did you mean `--columns`?'],
    [['rows', '3', '--columns=n,customr'], 'unknown-column', 'customr', 'did you mean `customer`?'],
    [['rows', '3', '-f', 'jsno'], 'unknown-choice', 'jsno', 'did you mean `json`?'],
    [['rows', '3', '4'], 'too-many-arguments', '4', 'write `segkit rows N`'],
    [['rows'], 'missing-argument', 'rows', 'write `segkit rows N`'],
    [['rows', '3', '--limit'], 'missing-value', '--limit', 'write `--limit <n>`'],
    [['rows', '3', '--set', 'a b'], 'bad-setting', "'a b'", 'write `--set name=value`'],
    [['rows', '3', '--wait', 'soon'], 'bad-duration', 'soon', 'write `30s`, `5m` or `1h`'],
    [['--nonsense'], 'unknown-option', '--nonsense', '`segkit --help` lists the options'],
  ])('%j is %s, marked', (words, code, marked, help) => {
    const ended = rows(...words)
    expect([ended.code, ended.out]).toEqual([2, ''])
    expect(ended.said).toContain(`error[${code}]`)
    const lines = ended.said.split('\n')
    const at = lines.findIndex((line) => /^ *\| *\^/.test(line))
    const [, before, marks] = /^( *\| *)(\^+)/.exec(lines[at]!)!
    expect(lines[at - 1]!.slice(before!.length, before!.length + marks!.length)).toBe(marked)
    expect(ended.said).toContain(help)
  })
})

describe('--json', () => {
  it('makes a failure one line of JSON and nothing else', () => {
    const { code, said, out } = rows('rows', '3', '--stop', '--json')
    expect([code, out, said.split('\n').length]).toEqual([78, '', 2])
    expect(JSON.parse(said)).toEqual({
      code: 'bad',
      message: 'one',
      file: null,
      line: null,
      column: null,
      help: 'mend it',
      exit: 78,
      more: 1,
    })
  })

  it('tells where on the command line a mistake stands', () => {
    expect(JSON.parse(run('--json', 'rnu').said)).toMatchObject({ file: 'command line', line: 1, column: 15, exit: 2 })
    expect(JSON.parse(run('rnu', '-f', 'ndjson').said)).toMatchObject({ code: 'unknown-command' })
  })

  it('keeps the conversation where the command succeeds', () => {
    expect(rows('rows', '1', '--json')).toEqual({
      code: 0,
      out: '{"schema":"segkit.rows/1","as_of":null,"rows":[\n{"customer":"c0","n":0,"x":"x"}\n]}\n',
      said: 'working\n1 rows\n',
    })
  })
})

describe('the conversation', () => {
  it('ends with the verdict, and is silent with -q', () => {
    expect(rows('rows', '1').said).toBe('working\n1 rows\n')
    expect(rows('-q', 'rows', '1')).toEqual({ code: 0, out: 'customer,n,x\nc0,0,x\n', said: '' })
    expect(rows('rows', '1', '--part', '-q')).toMatchObject({ code: 3, said: 'a part\n' })
  })

  it('calls an error of ours a bug, exits with 70, and shows the stack with -v only', () => {
    const plain = rows('rows', '1', '--bug')
    expect(plain.code).toBe(70)
    expect(plain.said).toContain('this is a bug in segkit: undefined is not a function')
    expect(plain.said).not.toContain('    at ')
    expect(rows('rows', '1', '--bug', '-v').said).toContain('    at ')
  })
})

describe('global options', () => {
  it('mean the same before and after the command', () => {
    const options = [
      '-C',
      'shop',
      '--db=x.db',
      '--set',
      'a=1',
      '--set',
      'b=c=d',
      '-qfcsv',
      '--columns',
      'n,x',
      '--wait',
      '5m',
      '--limit',
      '0',
    ]
    const before = rows(...options, 'rows', '1', '--show')
    expect(before.out).toBe(rows('rows', '1', '--show', ...options).out)
    expect(JSON.parse(before.out)).toMatchObject({
      project: 'shop',
      db: 'x.db',
      set: { a: '1', b: 'c=d' },
      quiet: true,
      format: 'csv',
      columns: ['n', 'x'],
      waitMs: 300_000,
      limit: 0,
    })
  })

  it('stand above the environment', () => {
    const env = { SEGKIT_PROJECT: 'env', SEGKIT_DB: '', NO_COLOR: '1' }
    expect(JSON.parse(start(script, ['rows', '1', '--show'], env).out)).toMatchObject({ project: 'env', color: false })
    expect(JSON.parse(start(script, ['rows', '1', '--show', '-C', 'flag'], env).out)).toMatchObject({ project: 'flag' })
    expect(start(script, ['rows', '1'], { SEGKIT_FORMAT: 'tsv' }).out).toBe('customer\tn\tx\nc0\t0\tx\n')
  })

  it('leave repeatable options of the command in order', () => {
    expect(JSON.parse(rows('rows', '1', '--show', '--map', 'b', '--map', 'a').out)).toMatchObject({ map: ['b', 'a'] })
  })
})

describe('a pipe', () => {
  it('gets all of a long answer, however slow its reader', () => {
    expect(shell('"$NODE" "$ROWS" rows 1000000 -q | (sleep 0.5; wc -l)')).toEqual({ code: 0, out: '1000001\n', said: '' })
  })

  it('whose reader leaves early is success for a command that reads, at once and without a word', () => {
    const started = Date.now()
    expect(shell('"$NODE" "$ROWS" rows 1000000000 -q | head -1')).toEqual({ code: 0, out: 'customer,n,x\n', said: '' })
    expect(Date.now() - started).toBeLessThan(20_000)
  })

  it('whose reader leaves early is a failed write for a command that changes something', () => {
    expect(shell('"$NODE" "$ROWS" write 1000000 -q | head -1').code).toBe(74)
  })
})

describe('a full disk', () => {
  it.each(['"$NODE" "$ROWS" rows 1', '"$NODE" "$SEGKIT"', '"$NODE" "$SEGKIT" help', '"$NODE" "$SEGKIT" --version'])(
    'is 74: %s',
    (line) => {
      expect(shell(`${line} > /dev/full`).code).toBe(74)
    },
  )

  it('is noticed when only the last piece is cut short', () => {
    expect(shell(`trap '' XFSZ; ulimit -f 1; "$NODE" "$ROWS" rows 200 -q > cut.csv`).code).toBe(74)
    expect(statSync(join(folder, 'cut.csv')).size).toBe(1024)
  })

  it('leaves no half file under -o', () => {
    expect(shell(`trap '' XFSZ; ulimit -f 1; "$NODE" "$ROWS" rows 1000 -o whole.csv`).code).toBe(74)
    expect(existsSync(join(folder, 'whole.csv'))).toBe(false)
    expect(shell('ls -A | grep tmp').out).toBe('')
  })

  it('does not change the exit code when only stderr is full', () => {
    expect(shell('"$NODE" "$ROWS" rows 1 2> /dev/full').code).toBe(0)
    expect(shell('"$NODE" "$ROWS" rows 1 --stop 2> /dev/full').code).toBe(78)
  })
})
