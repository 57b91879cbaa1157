/** Data in, by real processes of the built program: init, inspect, ingest, loads, fields, status, and the views for other tools. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { parse as parseYaml } from 'yaml'

const root = fileURLToPath(new URL('..', import.meta.url))
const segkit = join(root, 'bin/segkit.js')
const made: string[] = []
let shop = ''

afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true })
})
beforeEach(() => {
  shop = newFolder()
  writeFileSync(join(shop, 'segkit.yaml'), 'version: 1\ntimezone: Europe/Berlin\n')
})

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'segkit-data-'))
  made.push(folder)
  return folder
}

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly said: string
}
interface Where {
  readonly cwd?: string
  readonly input?: string | Buffer
  readonly uid?: number
  readonly env?: Readonly<Record<string, string>>
}

function run(words: readonly string[], { cwd = shop, input, uid, env = {} }: Where = {}): Ended {
  const ended = spawnSync(process.execPath, [segkit, ...words], {
    encoding: 'utf8',
    cwd,
    input: input ?? '',
    env: { ...process.env, ...env },
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
  return { code: ended.status, out: ended.stdout, said: ended.stderr }
}
const ingest = (...words: readonly string[]) => run(['ingest', ...words])

/** The answer of a command that must have gone well. */
function answer(words: readonly string[], where: Where = {}): string {
  const { code, out, said } = run(words, where)
  if (code !== 0) throw new Error(`exit ${code}: ${said}`)
  return out
}

function file(name: string, content: string | Buffer): string {
  writeFileSync(join(shop, name), content)
  return name
}

const sqlite = spawnSync('sqlite3', ['--version']).status === 0
/** What another tool sees in the store. */
const view = (query: string): string => execFileSync('sqlite3', [join(shop, 'segkit.db'), query], { encoding: 'utf8' }).trimEnd()

const orders = 'order,customer,at,amount\n1,ana,2024-01-05T10:00,10.50\n2,bob,2024-01-06,4.00\n3,,2024-01-07,1.00\n'
const header = 'source,file,rows,added,changed,same,rejected,waiting,forgotten,guests'
const receiptOf = (out: string): readonly string[] => out.trimEnd().split('\n').slice(1)

describe('init', () => {
  it('makes a project that check finds no fault with, and says what comes next', () => {
    const { code, out, said } = run(['init', 'new'])
    expect(code).toBe(0)
    expect(out).toBe(
      'file\nnew/segkit.yaml\nnew/segments/first.yaml\nnew/.gitignore\n' +
        'new/.segkit/definitions.schema.json\nnew/.segkit/project.schema.json\nnew/.segkit/profile.schema.json\n',
    )
    expect(said).toContain('next:\n  cd new\n  segkit inspect FILE.csv\n  segkit ingest orders FILE.csv\n')
    expect(readFileSync(join(shop, 'new/.gitignore'), 'utf8')).toContain('segkit.db*\nexports/\nreports/\nrejects/')
    expect(existsSync(join(shop, 'new/lists'))).toBe(true)
    answer(['check', '--strict'], { cwd: join(shop, 'new') })
  })

  it('takes the zone of the computer and says so', () => {
    const { said } = run(['init', 'new'], { env: { TZ: 'Asia/Tokyo' } })
    expect(said).toContain('timezone: Asia/Tokyo')
    expect(readFileSync(join(shop, 'new/segkit.yaml'), 'utf8')).toContain('\ntimezone: Asia/Tokyo\n')
  })

  it('never changes a file that is there', () => {
    const before = readFileSync(join(shop, 'segkit.yaml'), 'utf8')
    expect(run(['init', '.']).code).toBe(73)
    expect(readFileSync(join(shop, 'segkit.yaml'), 'utf8')).toBe(before)
    mkdirSync(join(shop, 'other'))
    file('other/.gitignore', 'mine\n')
    expect(run(['init', 'other']).out).not.toContain('.gitignore')
    expect(readFileSync(join(shop, 'other/.gitignore'), 'utf8')).toBe('mine\n')
  })

  it('--demo is a shop that runs at once', () => {
    const { code, said } = run(['init', '--demo'])
    expect([code, said]).toEqual([0, expect.stringContaining('orders: 24,616 rows: 24,616 added')])
    const demo = join(shop, 'segkit-demo')
    expect(answer(['run'], { cwd: demo })).toMatch(/^name,kind,customers,share,entered,left,occurrences\n/)
    expect(answer(['loads', '--columns', 'file', '--no-header'], { cwd: demo })).toBe(
      'data/customers.csv\ndata/products.csv\ndata/orders.csv\n',
    )
  })
})

describe('the receipt of ingest', () => {
  it('has the columns that scripts lean on, and the file is loaded', () => {
    file('orders.csv', orders)
    const { code, out, said } = ingest('orders', 'orders.csv')
    expect([code, out]).toEqual([0, `${header}\norders,orders.csv,3,3,0,0,0,0,0,1\n`])
    expect(said).toContain('orders.csv: read as order, customer, at, amount\n')
    expect(said).toContain('segkit ingest: 3 rows: 3 added\n')
  })

  it('is one document with --json', () => {
    file('orders.csv', `${orders}4,eva,soon,1.00\n`)
    expect(JSON.parse(answer(['ingest', 'orders', 'orders.csv', '--json', '--max-rejects', '1']))).toEqual({
      schema: 'segkit.load/1',
      files: [
        {
          source: 'orders',
          file: 'orders.csv',
          rows: 4,
          added: 3,
          changed: 0,
          same: 0,
          rejected: 1,
          waiting: 0,
          forgotten: 0,
          guests: 1,
          customers_created: 2,
          rejects: { 'bad-date': 1 },
          rejects_file: 'rejects/orders-6af9d5-orders.csv',
        },
      ],
    })
  })

  it('says that the same file again is the same', () => {
    file('orders.csv', orders)
    ingest('orders', 'orders.csv')
    const { code, out, said } = ingest('orders', 'orders.csv')
    expect([code, receiptOf(out)]).toEqual([0, ['orders,orders.csv,3,0,0,3,0,0,0,0']])
    expect(said).toContain('already loaded on ')
    expect(receiptOf(ingest('orders', 'orders.csv', '--again').out)).toEqual(['orders,orders.csv,3,0,0,3,0,0,0,1'])
  })

  it('of --dry-run tells what would be, and nothing is', () => {
    file('orders.csv', orders)
    file('items.csv', 'order,sku,quantity\n1,A,1\n')
    const { code, out, said } = ingest('orders', 'orders.csv', '--dry-run')
    expect([code, receiptOf(out)]).toEqual([0, ['orders,orders.csv,3,3,0,0,0,0,0,1']])
    expect(said).toContain('nothing was changed')
    expect(existsSync(join(shop, 'segkit.db'))).toBe(false)
  })

  it('of a dry run over several files counts later ones upon the earlier', () => {
    file('a.csv', orders)
    file('b.csv', orders.replace('10.50', '11.50'))
    expect(receiptOf(ingest('orders', 'a.csv', 'b.csv', '--dry-run').out)).toEqual([
      'orders,a.csv,3,3,0,0,0,0,0,1',
      'orders,b.csv,3,0,1,2,0,0,0,1',
    ])
  })
})

describe('the inputs of ingest', () => {
  it.each([
    ['a missing file', ['nope.csv'], 'no file `nope.csv`'],
    ['a glob without a match', ['n*.csv'], '`n*.csv` matches no file'],
    ['a folder', ['.'], 'is a folder'],
    ['an empty file', ['empty.csv'], '`empty.csv` is empty'],
    ['a header alone', ['header.csv'], '`header.csv` has no data row'],
    ['a missing file beside a sound one', ['orders.csv', 'nope.csv'], 'no file `nope.csv`'],
  ])('%s is 66 and leaves no store behind', (_, words, message) => {
    file('orders.csv', orders)
    file('empty.csv', '')
    file('header.csv', 'order,customer,at\n')
    const { code, out, said } = ingest('orders', ...words)
    expect([code, out, said]).toEqual([66, '', expect.stringContaining(message)])
    expect(existsSync(join(shop, 'segkit.db'))).toBe(false)
    expect(run(['loads']).code).toBe(66)
  })

  it('a file without a data row changes nothing with --replace either', () => {
    file('orders.csv', orders)
    file('header.csv', 'order,customer,at\n')
    ingest('orders', 'orders.csv')
    expect(ingest('orders', 'header.csv', '--replace').code).toBe(66)
    expect(answer(['fields', 'orders', '--columns', 'field,distinct', '--no-header'])).toContain('order,3\n')
  })

  it('takes stdin for -, packed or not, and names it so', () => {
    expect(receiptOf(answer(['ingest', 'orders', '-'], { input: orders }))).toEqual(['orders,-,3,3,0,0,0,0,0,1'])
    expect(receiptOf(answer(['ingest', 'orders', '-'], { input: gzipSync(orders) }))).toEqual(['orders,-,3,0,0,3,0,0,0,1'])
  })

  it('calls empty stdin 66, and stdin named twice 2', () => {
    expect(run(['ingest', 'orders', '-'])).toMatchObject({ code: 66, out: '', said: expect.stringContaining('stdin is empty') })
    expect(run(['ingest', 'orders', '-', '-']).code).toBe(2)
  })

  it('leaves nothing of stdin in the temporary folder', () => {
    const tmp = newFolder()
    answer(['ingest', 'orders', '-'], { input: orders, env: { TMPDIR: tmp } })
    expect(readdirSync(tmp)).toEqual([])
  })

  it('reads a named pipe, which gives its bytes but once', () => {
    file('orders.csv', orders)
    const ended = spawnSync(
      'bash',
      ['-c', `"$NODE" "$SEGKIT" ingest orders <(cat orders.csv) --no-header --columns rows,added`],
      {
        encoding: 'utf8',
        cwd: shop,
        env: { ...process.env, NODE: process.execPath, SEGKIT: segkit },
      },
    )
    expect([ended.status, ended.stdout]).toEqual([0, '3,3\n'])
  })

  it('takes the files of a quoted glob by name, and one named twice once', () => {
    for (const [i, name] of ['o-2.csv', 'o-10.csv', 'o-1.csv'].entries()) file(name, `order,customer,at\n${i},ana,2024-01-01\n`)
    const { out } = ingest('orders', 'o-*.csv', 'o-1.csv', '--columns', 'file', '--no-header')
    expect(out).toBe('o-1.csv\no-10.csv\no-2.csv\n')
  })

  it('loads the sound files and ends with 3 where others are refused', () => {
    file('a.csv', orders)
    file('b.csv', 'order,at\n1,2024-01-01\n')
    const { code, out, said } = ingest('orders', '*.csv')
    expect([code, receiptOf(out)]).toEqual([3, ['orders,a.csv,3,3,0,0,0,0,0,1']])
    expect(said).toContain('missing-field')
    expect(said).toContain('1 file refused, exit 3')
  })
})

describe('ingest never guesses in silence', () => {
  const cyrillic = Buffer.concat([
    Buffer.from('customer,city\n1,'),
    Buffer.from([0xcc, 0xe8, 0xed, 0xf1, 0xea]), // Минск in Windows-1251
    Buffer.from('\n'),
  ])

  it('an encoding that is not UTF-8: it names the flag and shows the line by it', () => {
    file('customers.csv', cyrillic)
    const { code, said } = ingest('customers', 'customers.csv')
    expect(code).toBe(65)
    expect(said).toContain('--encoding windows-1251')
    expect(said).toContain('Минск')
    expect(existsSync(join(shop, 'segkit.db'))).toBe(false)
  })

  it('the encoding named, the text is there', () => {
    file('customers.csv', cyrillic)
    expect(ingest('customers', 'customers.csv', '--encoding', 'windows-1251').code).toBe(0)
    expect(answer(['fields', 'customers'])).toContain('customers,city,text,1.000000,1,Минск')
  })

  it('an encoding that does not exist is a mistake on the command line', () => {
    file('customers.csv', cyrillic)
    expect(ingest('customers', 'customers.csv', '--encoding', 'windoze-1251').code).toBe(2)
  })

  it('a packed file that is cut off', () => {
    file('orders.csv.gz', gzipSync(Buffer.from(orders.repeat(50))).subarray(0, 60))
    const { code, said } = ingest('orders', 'orders.csv.gz')
    expect([code, said]).toEqual([65, expect.stringContaining('cut off')])
  })

  it('day and month that no row settles: it shows what each order would mean', () => {
    file('orders.csv', 'order,customer,at\n1,ana,03/04/2024\n')
    const { code, said } = ingest('orders', 'orders.csv')
    expect(code).toBe(65)
    expect(said).toContain("`--dates 'D/M/YYYY'` (2024-04-03)")
    expect(said).toContain("`--dates 'M/D/YYYY'` (2024-03-04)")
    expect(ingest('orders', 'orders.csv', '--dates', 'D/M/YYYY').code).toBe(0)
    expect(answer(['status', '--json'])).toContain('"newest": "2024-04-03"')
  })

  it('options of segkit.yaml hold, and a flag lies over them', () => {
    file(
      'segkit.yaml',
      'version: 1\ntimezone: Europe/Berlin\nsources:\n  orders: { dates: M/D/YYYY, columns: { customer: who } }\n',
    )
    file('orders.csv', 'order,who,buyer,at\n1,ana,bob,03/04/2024\n')
    expect(ingest('orders', 'orders.csv', '--dates', 'D/M/YYYY', '--map', 'customer=buyer').code).toBe(0)
    expect(answer(['fields', 'orders', '--no-header', '--columns', 'field,examples'])).toMatch(/customer,bob\nat,2024-04-03\n/)
  })

  it.each([
    [['order', 'x.csv'], 'did you mean `orders`?'],
    [['orders', 'x.csv', '--dates', 'whenever'], 'D.M.YYYY'],
    [['orders', 'x.csv', '--delimiter', '#'], '--delimiter'],
    [['orders', 'x.csv', '--decimal', '-'], '--decimal'],
    [['orders', 'x.csv', '--max-rejects', 'few'], '--max-rejects'],
    [['orders', 'x.csv', '--map', 'customer'], 'field=Header'],
  ])('%j is a mistake on the command line', (words, help) => {
    file('x.csv', orders)
    const { code, said } = ingest(...words)
    expect([code, said]).toEqual([2, expect.stringContaining(help)])
  })

  it('a zone that is not the one the store was filled in is 78', () => {
    file('orders.csv', orders)
    ingest('orders', 'orders.csv')
    file('segkit.yaml', 'version: 1\ntimezone: UTC\n')
    const { code, said } = ingest('orders', 'orders.csv', '--again')
    expect([code, said]).toEqual([78, expect.stringContaining('Europe/Berlin')])
  })
})

describe('rejects', () => {
  const ragged = `order,customer,at,sku,amount\n1,ana,2024-01-05,A,10.00\n1,ana,2024-01-05,B\n2,bob,2024-01-06,A,4.00\n`

  it('go to a file that brings back the whole order once it is mended', () => {
    file('orders.csv', ragged)
    const { out, said } = ingest('orders', 'orders.csv', '--max-rejects', '50%')
    expect(receiptOf(out)).toEqual(['orders,orders.csv,3,1,0,0,2,0,0,0'])
    expect(said).toContain('orders.csv: 2 rows rejected (ragged 1, same-order 1); mend them in rejects/orders-7c84d8-orders.csv')
    const path = 'rejects/orders-7c84d8-orders.csv'
    const rejects = readFileSync(join(shop, path), 'utf8')
    expect(statSync(join(shop, path)).mode & 0o777).toBe(0o600)
    expect(rejects.split('\n').map((line) => line.split(',')[2])).toEqual(['_code', 'same-order', 'ragged', undefined])
    file(path, rejects.replace(/ana,2024-01-05,B$/m, 'ana,2024-01-05,B,5.00'))
    expect(receiptOf(ingest('orders', path).out)).toEqual([`orders,${path},2,2,0,0,0,0,0,0`])
    expect(answer(['fields', 'orders', '--no-header', '--columns', 'field,examples'])).toContain('amount,4.00;15.00')
  })

  it('above the limit refuse the file, and what is wrong is told and kept', () => {
    file('orders.csv', ragged)
    const { code, out, said } = ingest('orders', 'orders.csv', '--rejects', 'wrong.csv')
    expect([code, out]).toEqual([65, ''])
    expect(said).toContain('too-many-rejects')
    expect(said).toContain('orders.csv:3:1')
    expect(readFileSync(join(shop, 'wrong.csv'), 'utf8')).toContain('ragged')
    expect(existsSync(join(shop, 'segkit.db'))).toBe(false)
  })

  it('at exactly the limit pass', () => {
    file('orders.csv', ragged)
    expect(ingest('orders', 'orders.csv', '--max-rejects', '1').code).toBe(0)
    expect(ingest('orders', 'orders.csv', '--again', '--max-rejects', '0').code).toBe(65)
  })

  it('of several files need files of their own', () => {
    file('a.csv', orders)
    file('b.csv', orders)
    expect(ingest('orders', '*.csv', '--rejects', 'wrong.csv').code).toBe(2)
  })
})

describe('--replace', () => {
  it('makes the files the whole of the orders, and counts against what was there', () => {
    file('old.csv', orders)
    file('new.csv', 'order,customer,at,amount\n1,ana,2024-01-05T10:00,10.50\n9,eva,2024-02-01,7.00\n')
    ingest('orders', 'old.csv')
    const { out, said } = ingest('orders', 'new.csv', '--replace')
    expect(receiptOf(out)).toEqual(['orders,new.csv,2,1,0,1,0,0,0,0'])
    expect(said).toContain('--replace: what the files lack is gone')
    expect(answer(['fields', 'orders', '--no-header', '--columns', 'field,distinct,examples'])).toContain('order,2,1;9\n')
  })

  it('of --dry-run changes nothing', () => {
    file('old.csv', orders)
    file('new.csv', 'order,customer,at\n9,eva,2024-02-01\n')
    ingest('orders', 'old.csv')
    expect(ingest('orders', 'new.csv', '--replace', '--dry-run').said).toContain('what the files lack is gone')
    expect(answer(['fields', 'orders', '--no-header', '--columns', 'field,distinct'])).toContain('order,3\n')
  })

  it('of customers keeps those whom orders mention, without attributes, and their numbers in the runs', () => {
    file('customers.csv', 'customer,city\nana,Paris\nbob,Oslo\ncid,Rome\ndan,Bonn\n')
    file('orders.csv', orders)
    mkdirSync(join(shop, 'segments'))
    file('segments/all.yaml', 'segments: { everyone: { all: customers } }\n')
    ingest('customers', 'customers.csv')
    ingest('orders', 'orders.csv')
    answer(['run', 'everyone', '--as-of', '2024-03-01'])
    file('next.csv', 'customer,city\ncid,Genoa\nana,Paris\n')
    expect(ingest('customers', 'next.csv', '--replace').code).toBe(0)
    expect(answer(['fields', 'customers', '--no-header', '--columns', 'field,distinct,examples'])).toContain(
      'customer,3,ana;bob;cid\ncity,2,Genoa;Paris\n',
    )
    expect(answer(['run', 'everyone', '--as-of', '2024-03-02', '--no-header', '--columns', 'customers,entered,left'])).toBe(
      '3,0,1\n',
    )
  })

  it('is all or nothing: one refused file refuses the others', () => {
    file('orders.csv', orders)
    file('bad.csv', 'order,at\n1,2024-01-01\n')
    file('few.csv', 'order,customer,at\n1,ana,2024-01-05\n')
    ingest('orders', 'orders.csv')
    const before = answer(['fields'])
    expect(ingest('orders', 'few.csv', 'bad.csv', '--replace')).toMatchObject({ code: 65, out: '' })
    expect(answer(['fields'])).toBe(before)
  })

  it('keeps lines that came in a file of their own for the orders that come again', () => {
    file('orders.csv', 'order,customer,at\n1,ana,2024-01-05\n2,bob,2024-01-06\n')
    file('items.csv', 'order,sku,quantity,price\n1,A,2,1.50\n2,B,1,4.00\n')
    ingest('orders', 'orders.csv')
    ingest('items', 'items.csv')
    ingest('orders', 'orders.csv', '--replace')
    expect(answer(['fields', 'orders'])).toContain('orders,amount,number,1.000000,2,3.00;4.00\n')
  })
})

describe('one writer at a time', () => {
  it('another segkit that is writing is 75, and --wait waits for it', async () => {
    file('orders.csv', orders)
    const holder = await holdLock()
    try {
      const { code, said } = ingest('orders', 'orders.csv')
      expect([code, said]).toEqual([75, expect.stringContaining('another segkit is writing')])
      expect(said).toContain(`process ${holder.pid}`)
      holder.stdin?.write('let go')
      expect(ingest('orders', 'orders.csv', '--wait', '30s').code).toBe(0)
    } finally {
      holder.kill()
    }
  })

  it('a reader is not kept waiting', async () => {
    file('orders.csv', orders)
    ingest('orders', 'orders.csv')
    const holder = await holdLock()
    try {
      expect(run(['loads', '--no-header', '--columns', 'load'])).toMatchObject({ code: 0, out: '1\n' })
    } finally {
      holder.kill()
    }
  })

  /** Lets go half a second after it is told to. */
  function holdLock(): Promise<ChildProcess> {
    const script = `import { lockStore } from '${root}dist/store/store.js'
      const lock = lockStore(process.argv[1], 0, 'ingest', new Date())
      console.log('held'); process.stdin.once('data', () => setTimeout(() => { lock.release(); process.exit() }, 500))`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, join(shop, 'segkit.db')])
    return new Promise((held) => child.stdout.once('data', () => held(child)))
  }

  it.skipIf(process.getuid?.() !== 0)('a folder that may not be written is 73, and nothing is in it', () => {
    file('orders.csv', orders)
    chmodSync(shop, 0o555)
    const { code, said } = run(['ingest', 'orders', 'orders.csv'], { uid: 65534 })
    chmodSync(shop, 0o755)
    expect([code, said]).toEqual([73, expect.stringContaining('cannot create')])
    expect(readdirSync(shop).sort()).toEqual(['orders.csv', 'segkit.yaml'])
  })

  it.skipIf(process.getuid?.() !== 0)('a rejects folder that may not be written is 73, and nothing is loaded', () => {
    file('orders.csv', `${orders}4,eva,soon,1.00\n`)
    chownSync(shop, 65534, 65534)
    mkdirSync(join(shop, 'rejects'), { mode: 0o555 })
    const { code, said } = run(['ingest', 'orders', 'orders.csv', '--max-rejects', '1'], { uid: 65534 })
    expect([code, said]).toEqual([73, expect.stringContaining('cannot create')])
    expect(existsSync(join(shop, 'segkit.db'))).toBe(false)
  })
})

describe('inspect', () => {
  it('needs no project, writes nothing, and shows each column with type and why', () => {
    const bare = newFolder()
    writeFileSync(
      join(bare, 'o.csv'),
      'InvoiceNo;CustomerID;InvoiceDate;StockCode;Quantity;UnitPrice;Note;Since\n' +
        '001;17850.0;25.12.2023 10:00;85123A;6;2,55;;1.2.2024\n002;13047.0;26.12.2023 9:30;71053;1;3,39;hi;13.2.2024\n',
    )
    const { code, out, said } = run(['inspect', 'o.csv'], { cwd: bare })
    expect(code).toBe(0)
    expect(said).toContain('orders, one row an item by its headers')
    expect(said).toContain('utf-8, semicolon, a header, 2 rows, dates D.M.YYYY H:mm, decimal comma')
    expect(out).toBe(
      `column,field,how,type,filled,distinct,samples,notes
InvoiceNo,order,recognised,key,1.000000,2,001;002,leading zeros (\`001\`)
CustomerID,customer,recognised,key,1.000000,2,17850.0;13047.0,keys end in \`.0\` (\`17850.0\`): declare \`types: { customer: integer }\`
InvoiceDate,at,recognised,moment,1.000000,2,25.12.2023 10:00;26.12.2023 9:30,dates D.M.YYYY H:mm; \`25.12.2023 10:00\` can only begin with the day
StockCode,sku,recognised,key,1.000000,2,85123A;71053,
Quantity,quantity,recognised,number,1.000000,2,6;1,
UnitPrice,price,recognised,number,1.000000,2,"2,55;3,39","\`2,55\` is written with a comma"
Note,note,own,text,0.500000,1,hi,
Since,since,own,text,1.000000,2,1.2.2024;13.2.2024,dates written D.M.YYYY? they are text unless declared: \`types: { since: date }\`
`,
    )
    expect(readdirSync(bare)).toEqual(['o.csv'])
  })

  it('prints a mapping with which segkit.yaml loads the file alike', () => {
    file('o.csv', 'InvoiceNo;CustomerID;InvoiceDate;Total\n001;17850.0;25.12.2023 10:00;2,55\n')
    const yaml = answer(['inspect', 'o.csv', '--mapping'])
    expect(parseYaml(yaml)).toEqual({
      sources: {
        orders: {
          columns: { order: 'InvoiceNo', customer: 'CustomerID', at: 'InvoiceDate', amount: 'Total' },
          types: { customer: 'integer' },
          dates: 'D.M.YYYY H:mm',
          delimiter: ';',
          decimal: ',',
        },
      },
    })
    writeFileSync(join(shop, 'segkit.yaml'), `version: 1\ntimezone: Europe/Berlin\n${yaml}`)
    expect(ingest('orders', 'o.csv').code).toBe(0)
    expect(answer(['fields', 'customers', '--no-header', '--columns', 'examples'])).toContain('17850\n')
  })

  it('shows what is ambiguous with what each choice would mean', () => {
    file('o.csv', 'order,customer,at,amount\n1,ana,03/04/2024,"1,234"\n')
    const { code, said, out } = run(['inspect', 'o.csv'])
    expect(code).toBe(0)
    expect(said).toContain("`--dates 'D/M/YYYY'` (2024-04-03) or `--dates 'M/D/YYYY'` (2024-03-04)")
    expect(out).toContain('could be thousands or decimals')
    expect(JSON.parse(answer(['inspect', 'o.csv', '--json'])).problems[0].code).toBe('ambiguous-dates')
  })

  it.each([
    ['customers', 'customer,email,city\na,a@example.com,Paris\nb,b@example.com,Rome\n'],
    ['orders', 'customer_id,first_name,email,order_date\na,A,a@example.com,2024-01-01\na,A,a@example.com,2024-01-02\n'],
    ['items', 'invoice_id,sku,quantity,unit_price\n1,A,1,2.00\n'],
    ['products', 'sku,product,category\nA,Bread,food\n'],
    ['activities', 'customer,date,event,value\na,2024-01-01,opened,x\n'],
  ])('takes a file of %s for one', (source, text) => {
    file('x.csv', text)
    expect(JSON.parse(answer(['inspect', 'x.csv', '--json']))).toMatchObject({
      schema: 'segkit.inspection/1',
      source,
      guessed: true,
    })
  })

  it.each([
    ['a missing file', 'nope.csv', '', 66],
    ['an empty file', 'x.csv', '', 66],
    ['a header alone', 'x.csv', 'customer,city\n', 66],
    ['a quote that never closes', 'x.csv', 'customer,city\na,"Par\n', 65],
  ])('%s is told with the exit code of ingest', (_, name, text, code) => {
    file('x.csv', text)
    expect(run(['inspect', name])).toMatchObject({ code, out: '' })
  })
})

describe('loads, fields, status', () => {
  it('list what was loaded, in the zone of the project', () => {
    file('orders.csv', orders)
    ingest('orders', 'orders.csv')
    const [head, row] = answer(['loads']).split('\n')
    expect(head).toBe('load,source,file,loaded_at,rows,added,changed,same,rejected')
    expect(row).toMatch(/^1,orders,orders\.csv,\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0[12]:00,3,3,0,0,0$/)
  })

  it('fields have type, share of filled rows, distinct and commonest values', () => {
    file('orders.csv', 'order,customer,at,status,note\n1,ana,2024-01-05,done,\n2,ana,2024-01-06,done,x\n3,,2024-01-09,open,\n')
    ingest('orders', 'orders.csv')
    expect(answer(['fields', 'orders'])).toBe(`source,field,type,filled,distinct,examples
orders,order,key,1.000000,3,1;2;3
orders,customer,key,0.666667,1,ana
orders,at,moment,1.000000,,2024-01-05;2024-01-09
orders,status,text,1.000000,2,done;open
orders,items,number,,,
orders,units,number,,,
orders,number,number,,,
orders,gap,number,,,
orders,hour,number,,,
orders,weekday,text,,,
orders,day,number,,,
orders,month,number,,,
orders,note,text,0.333333,1,x
`)
  })

  it('status works before there is anything, and says what comes next', () => {
    const { code, out } = run(['status'])
    expect([code, out]).toEqual([0, expect.stringContaining('no data loaded yet')])
    expect(run(['status', '--exit-code']).code).toBe(4)
    expect(JSON.parse(answer(['status', '--json']))).toMatchObject({
      schema: 'segkit.status/1',
      loads: 0,
      last_run: null,
      sources: [],
    })
  })

  it('a fresh run is not stale; newer data, newer definitions, old orders are', () => {
    mkdirSync(join(shop, 'segments'))
    file('segments/all.yaml', 'segments: { everyone: { all: customers } }\n')
    file('orders.csv', orders)
    const stale = (...words: readonly string[]) => run(['status', '--exit-code', '--as-of', '2024-01-08', ...words])
    ingest('orders', 'orders.csv')
    expect(stale()).toMatchObject({ code: 4, said: expect.stringContaining('no run yet') })
    answer(['run', '--as-of', '2024-01-08'])
    expect(stale().code).toBe(0)
    file('more.csv', 'order,customer,at,amount\n4,eva,2024-01-08,2.00\n')
    ingest('orders', 'more.csv')
    expect(stale()).toMatchObject({ code: 4, said: expect.stringContaining('data are newer') })
    answer(['run', '--as-of', '2024-01-08'])
    file('segments/all.yaml', 'segments: { everybody: { all: customers } }\n')
    expect(stale()).toMatchObject({ code: 4, said: expect.stringContaining('definitions are newer') })
    file(
      'segkit.yaml',
      'version: 1\ntimezone: Europe/Berlin\nfreshness: { orders: { warn_after: 2 days, error_after: 7 days } }\n',
    )
    expect(run(['status', '--exit-code', '--as-of', '2024-01-16'])).toMatchObject({
      code: 4,
      said: expect.stringContaining('orders are older than 7 days'),
    })
    expect(JSON.parse(answer(['status', '--json', '--as-of', '2024-01-11'])).sources[1]).toEqual({
      source: 'orders',
      rows: 4,
      newest: '2024-01-08',
      freshness: 'warn',
    })
  })

  it('help headers lists every header within 80 columns', () => {
    const page = answer(['help', 'headers'])
    expect(page).toContain('Дата заказа'.toLowerCase())
    expect(page.split('\n').filter((line) => [...line].length > 80)).toEqual([])
  })
})

describe.skipIf(!sqlite)('the views, read with the sqlite3 shell', () => {
  it('show orders as they are: local times, exact numbers, guests without a customer, what counts', () => {
    file('segkit.yaml', 'version: 1\ntimezone: Europe/Berlin\norders: { counted: { status: { not: cancelled } } }\n')
    file(
      'orders.csv',
      'order,customer,at,amount,status\n1,ana,2024-01-05T10:00:00.25,10.50,done\n2,bob,2024-01-06,4.00,cancelled\n3,,2024-10-27T04:30,1.00,\n4,ana,2024-10-27T02:30:00+01:00,2.00,done\n5,ana,2024-03-31T03:30,3.00,done\n',
    )
    ingest('orders', 'orders.csv')
    expect(view('select "order", customer, at, amount, status, counted from orders order by 1')).toBe(
      [
        '1|ana|2024-01-05T10:00:00.25|10.5|done|1',
        '2|bob|2024-01-06|4.0|cancelled|0',
        '3||2024-10-27T04:30:00|1.0||1',
        '4|ana|2024-10-27T02:30:00|2.0|done|1',
        '5|ana|2024-03-31T03:30:00|3.0|done|1',
      ].join('\n'),
    )
  })

  it('show lines with what the products table fills in, customers by their fields, activities', () => {
    file('products.csv', 'sku,product,category\nA,Bread,food\n')
    file('orders.csv', 'order,customer,at,sku,quantity,price\n1,ana,2024-01-05,A,2,1.25\n')
    file('customers.csv', 'customer,city,visits\nana,Paris,7\nbob,,\n')
    file('activities.csv', 'customer,at,type,value\nana,2024-01-06T09:15,opened,spring\n')
    for (const source of ['products', 'orders', 'customers', 'activities']) expect(ingest(source, `${source}.csv`).code).toBe(0)
    expect(view('select "order", customer, at, sku, product, category, quantity, price, amount, counted from items')).toBe(
      '1|ana|2024-01-05|A|Bread|food|2|1.25|2.5|1',
    )
    expect(view('select customer, city, visits, typeof(visits) from customers')).toBe('ana|Paris|7|integer\nbob|||null')
    expect(view('select customer, at, type, value from activities')).toBe('ana|2024-01-06T09:15:00|opened|spring')
    expect(view('select * from products')).toBe('A|Bread|food')
    expect(view('select count(*) from exports')).toBe('0')
  })

  it('show who is in each segment, and what occurred, by the latest run', () => {
    mkdirSync(join(shop, 'segments'))
    file(
      'segments/all.yaml',
      'events: { ordered: { on: orders } }\nsegments: { buyers: { all: [ { performed: { orders: any, last: 2 days } } ] } }\n',
    )
    file('orders.csv', orders)
    ingest('orders', 'orders.csv')
    for (const day of ['2024-01-05', '2024-01-07']) answer(['run', 'buyers', 'ordered', '--as-of', day])
    expect(view('select * from members order by 4')).toBe('2|2024-01-07|buyers|bob')
    expect(view('select event, customer, at from occurrences order by 2')).toBe(
      'ordered|ana|2024-01-05T10:00:00\nordered|bob|2024-01-06',
    )
  })
})
