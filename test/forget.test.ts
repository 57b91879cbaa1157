/** `forget`: nothing of a person can be read any more, in the store, beside it or in rejects, and nothing brings him back. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { main } from '../src/cli/main.js'
import { forgetIn, heldIn } from '../src/handoff/handoffs.js'
import { Entry, holdout } from '../src/handoff/ledger.js'
import { customerLists, customerTables, erase } from '../src/store/erase.js'
import { noPhones } from '../src/store/forgotten.js'
import { openForWriting } from '../src/store/store.js'
import { inFolder } from './kitchen.js'

interface Answer {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

interface Seat {
  readonly stdin?: string
  readonly terminal?: boolean
}

/** The program in this process, in a project folder. */
async function ask(dir: string, line: string, { stdin = '', terminal = false }: Seat = {}): Promise<Answer> {
  const gather = () => {
    const stream = new PassThrough()
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    return { stream, text: () => Buffer.concat(chunks).toString() }
  }
  const [out, err] = [gather(), gather()]
  const before = process.cwd()
  process.chdir(dir)
  try {
    const code = await main(line.split(' '), {
      stdin: Readable.from(stdin === '' ? [] : [Buffer.from(stdin)]),
      stdout: out.stream,
      stderr: err.stream,
      isTTY: { stdin: terminal, stdout: false, stderr: terminal },
      width: 80,
      env: {},
      cwd: dir,
      now: Date.UTC(2024, 6, 1),
    })
    return { code, stdout: out.text(), stderr: err.text() }
  } finally {
    process.chdir(before)
  }
}

async function done(dir: string, line: string, seat?: Seat): Promise<Answer> {
  const answer = await ask(dir, line, seat)
  expect(answer.code, `${line}\n${answer.stderr}`).toBe(0)
  return answer
}

/** Everything that tells who Ana is. */
const traces = [
  'KEY-ANA',
  'ana.secret',
  'Zelenskaya',
  '291112233',
  '29 111-22-33',
  'terrible croissant',
  'Hidden Lane',
  'zelen@other',
]

const files = {
  'segkit.yaml': 'version: 1\ntimezone: UTC\ncountry: BY\nas_of: "2024-06-30"\nsystem_segments: false\n',
  'segments/all.yaml': `
events:
  ordered: { on: orders, capture: [order, address] }
segments:
  buyers: { all: [{ performed: { orders: any } }] }
  secretive: { all: [{ attribute: { last_name: Zelenskaya } }] }
`,
  'customers.csv': `customer,email,phone,first_name,last_name,note
KEY-ANA,Ana.Secret@example.com,+375 29 111-22-33,Ana,Zelenskaya,complains
KEY-BOB,bob@example.com,+375292223344,Bob,Brown,
KEY-EVE,eve@example.com,,Eve,Green,terrible weather
`,
  'orders.csv': `order,customer,at,status,address,amount
o1,KEY-ANA,2024-05-01 10:00,paid,"1, Hidden Lane",10.50
o2,KEY-ANA,2024-06-01,paid,"1, Hidden Lane",4
o3,KEY-BOB,2024-05-02,paid,2 Open Street,7.25
o4,,2024-05-03,paid,,1
`,
  'activities.csv': `customer,at,type,value,text
KEY-ANA,2024-05-05,complaint,1,terrible croissant
KEY-ANA,2024-05-06,visit,,
KEY-BOB,2024-05-06,visit,,fine
`,
}

function put(dir: string, all: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(join(dir, name, '..'), { recursive: true })
    writeFileSync(join(dir, name), text)
  }
}

async function withShop(work: (dir: string) => Promise<void>, more: Readonly<Record<string, string>> = {}): Promise<void> {
  await inFolder(async (dir) => {
    put(dir, { ...files, ...more })
    for (const source of ['customers', 'orders', 'activities']) await done(dir, `ingest ${source} ${source}.csv -q`)
    await done(dir, 'run -q')
    await work(dir)
  })
}

/** The traces that the store's files, beside it and in rejects, still show; in UTF-8 and folded. */
function tracesIn(dir: string, wanted: readonly string[] = traces): readonly string[] {
  const stored = readdirSync(dir)
    .filter((name) => name.startsWith('segkit.db'))
    .map((name) => join(dir, name))
  const rejects = join(dir, 'rejects')
  const rejected = existsSync(rejects) ? readdirSync(rejects).map((name) => join(rejects, name)) : []
  const text = [...stored, ...rejected].map((path) => readFileSync(path).toString('latin1').toLowerCase()).join('\n')
  return wanted.filter((trace) => text.includes(trace.toLowerCase()))
}

function asked(dir: string, query: string): readonly unknown[] {
  const db = new Database(join(dir, 'segkit.db'), { readonly: true })
  try {
    return db.prepare(query).raw().all()
  } finally {
    db.close()
  }
}

const totals = (dir: string) => asked(dir, 'select count(*), sum(amount), sum(_counted) from order_row')

describe('forget', () => {
  test('leaves nothing of the person to be read, and the receipt tells what went', () =>
    withShop(async (dir) => {
      expect(tracesIn(dir).length).toBeGreaterThan(5)
      const { stdout, stderr } = await done(dir, 'forget KEY-ANA')
      expect(stdout).toBe('customer,orders,activities,segments,exports\nKEY-ANA,2,2,2,\n')
      expect(stderr).toContain("1 customer forgotten, 2 orders now a guest's")
      expect(tracesIn(dir)).toEqual([])
      expect(asked(dir, 'select customer from customer_row order by 1')).toEqual([['KEY-BOB'], ['KEY-EVE']])
      expect(asked(dir, 'select customer, text from activities')).toEqual([['KEY-BOB', 'fine']])
      expect(asked(dir, 'pragma integrity_check')).toEqual([['ok']])
    }))

  test('texts that others have too stay, and what is left of the log is empty', () =>
    withShop(async (dir) => {
      await done(dir, 'forget KEY-ANA')
      expect(asked(dir, 'select text from text_row order by 1')).toEqual([['2 Open Street'], ['fine'], ['paid'], ['visit']])
      const wal = join(dir, 'segkit.db-wal')
      expect(existsSync(wal) ? statSync(wal).size : 0).toBe(0)
    }))

  test('his orders become a guest’s, with their amounts and without their addresses', () =>
    withShop(async (dir) => {
      const before = totals(dir)
      await done(dir, 'forget KEY-ANA')
      expect(totals(dir)).toEqual(before)
      expect(asked(dir, 'select "order", customer, at, status, address, amount from orders order by 1')).toEqual([
        ['o1', null, '2024-05-01T10:00:00', 'paid', null, 10.5],
        ['o2', null, '2024-06-01', 'paid', null, 4],
        ['o3', 'KEY-BOB', '2024-05-02', 'paid', '2 Open Street', 7.25],
        ['o4', null, '2024-05-03', 'paid', null, 1],
      ])
      const { stdout } = await done(dir, 'members buyers')
      expect(stdout).toBe('customer\nKEY-BOB\n')
    }))

  test('what he had with others alone in old spans of membership goes, theirs stays', () =>
    withShop(async (dir) => {
      const [[ana]] = asked(dir, "select _id from customer_row where customer = 'KEY-ANA'") as [[number]]
      await done(dir, 'forget KEY-ANA')
      expect(asked(dir, 'select distinct _customer from member_row').flat()).not.toContain(ana)
      expect(asked(dir, 'select n.name, m.customer from members m join name_row n on n.name = m.segment')).toEqual([
        ['buyers', 'KEY-BOB'],
      ])
      expect(asked(dir, 'select distinct customer from occurrences')).toEqual([['KEY-BOB']])
    }))

  test('the ledger of hand-offs holds him no more, and the receipt names those whose files do', () =>
    withShop(async (dir) => {
      const store = openForWriting(join(dir, 'segkit.db'))
      const ids = new Map(store.rows({ text: 'select customer, _id from customer_row', params: [] }) as [string, number][])
      const about = { profile: 'csv', profileVersion: '1', channel: 'email', contact: true } as const
      for (const [audience, arm, day] of [
        ['spring', '', 19_850],
        ['spring', '', 19_851],
        ['summer', holdout, 19_852],
      ] as const) {
        const entry = new Entry(store, { ...about, audience, asOf: day }, ['email', 'name'])
        entry.add(ids.get('KEY-ANA')!, arm, '', ['ana.secret@example.com', `Zelenskaya ${day}`])
        entry.add(ids.get('KEY-BOB')!, '', '', ['bob@example.com', 'Brown'])
        const file = { file: `exports/${audience}_${day}.csv`, rows: 2, bytes: 9, sha256: 'x' }
        entry.finish({ run: null, files: [file], madeAt: '2024-06-01T00:00:00Z' })
      }
      store.close()
      const { stdout, stderr } = await done(dir, 'forget KEY-ANA')
      expect(stdout).toContain('KEY-ANA,2,2,2,1;2\n')
      expect(stderr).toContain('hand-off 1 held them: spring as of 2024-05-07 for csv, exports/spring_19850.csv')
      expect(stderr).not.toContain('summer')
      expect(tracesIn(dir)).toEqual([])
      expect(asked(dir, 'select j.value from contact_span c, json_each(c.numbers) j').flat()).not.toContain(ids.get('KEY-ANA'))
      const after = openForWriting(join(dir, 'segkit.db'))
      expect(heldIn(after, new Set(ids.values())).map((h) => [h.audience, h.customer])).toEqual(
        ['spring', 'spring', 'summer'].map((audience) => [audience, ids.get('KEY-BOB')]),
      )
      after.close()
    }))

  test('the numbers of who is gone are never another’s', () =>
    withShop(async (dir) => {
      const [[last]] = asked(dir, 'select max(_id) from customer_row') as [[number]]
      await done(dir, 'forget KEY-EVE')
      put(dir, { 'new.csv': 'customer,email\nKEY-NEW,new@example.com\n' })
      await done(dir, 'ingest customers new.csv')
      expect(asked(dir, "select _id > ? from customer_row where customer = 'KEY-NEW'".replace('?', String(last)))).toEqual([[1]])
    }))

  test('rows known by their cells lose his, and the same file again is no change', () => {
    const keyless = `customer,at,product,quantity,price,gift_note
KEY-ANA,2024-05-01,Croissant,1,2.50,for KEY-ANA
KEY-ANA,2024-05-01,Croissant,1,2.50,for KEY-ANA
KEY-BOB,2024-05-01,Croissant,1,2.50,
,2024-05-01,Croissant,1,2.50,
`
    return inFolder(async (dir) => {
      put(dir, { ...files, 'lines.csv': keyless })
      await done(dir, 'ingest customers customers.csv -q')
      await done(dir, 'ingest orders lines.csv -q')
      await done(dir, 'forget KEY-ANA')
      expect(tracesIn(dir)).toEqual([])
      expect(asked(dir, 'select count(*), count(distinct _key), sum(amount) from order_row')).toEqual([[4, 4, 1000]])
      expect(asked(dir, 'select count(*) from item_row i join order_row o using (_customer, _day, _time, _key)')).toEqual([[4]])
      const before = asked(dir, 'select * from order_row')
      const { stdout } = await done(dir, 'ingest orders lines.csv --again')
      expect(stdout.split('\n')[1]).toBe('orders,lines.csv,4,0,0,2,0,0,2,3')
      expect(asked(dir, 'select * from order_row')).toEqual(before)
      expect(tracesIn(dir)).toEqual([])
    })
  })

  test('a second person’s equal rows known by their cells stay beside the first’s', () => {
    const keyless = 'customer,at,amount\nKEY-ANA,2024-05-01,5\nKEY-BOB,2024-05-01,5\n'
    return inFolder(async (dir) => {
      put(dir, { ...files, 'sales.csv': keyless })
      await done(dir, 'ingest orders sales.csv -q')
      await done(dir, 'forget KEY-BOB')
      await done(dir, 'forget KEY-ANA')
      expect(totals(dir)).toEqual([[2, 10, 2]])
      await done(dir, 'ingest orders sales.csv --again -q')
      expect(totals(dir)).toEqual([[2, 10, 2]])
    })
  })

  test('what counts as a purchase goes on counting the same', () =>
    inFolder(async (dir) => {
      put(dir, {
        ...files,
        'segkit.yaml': `${files['segkit.yaml']}orders: { counted: { kind: sale } }\n`,
        'orders.csv':
          'order,customer,at,kind,remark,amount\no1,KEY-ANA,2024-05-01,sale,Hidden Lane,10\no2,KEY-ANA,2024-05-02,refund,,-3\n',
      })
      await done(dir, 'ingest orders orders.csv -q')
      await done(dir, 'forget KEY-ANA')
      expect(asked(dir, 'select kind, remark from orders order by 1')).toEqual([
        ['refund', null],
        ['sale', null],
      ])
      await done(dir, 'ingest orders orders.csv --again -q')
      expect(asked(dir, 'select _key, _counted, amount from order_row')).toEqual([
        ['o1', 1, 10],
        ['o2', 0, -3],
      ])
      expect(tracesIn(dir)).toEqual([])
    }))
})

describe('who is forgotten does not come back', () => {
  test('by the old files again: his rows are counted as forgotten, not as rejects', () =>
    withShop(async (dir) => {
      await done(dir, 'forget KEY-ANA')
      const before = totals(dir)
      const data = asked(dir, "select value from meta_row where name = 'data'")
      const receipt = async (source: string) => (await done(dir, `ingest ${source} ${source}.csv --again`)).stdout.split('\n')[1]
      expect(await receipt('customers')).toBe('customers,customers.csv,3,0,0,2,0,0,1,0')
      expect(await receipt('orders')).toBe('orders,orders.csv,4,0,0,2,0,0,2,3')
      expect(await receipt('activities')).toBe('activities,activities.csv,3,0,0,1,0,0,2,0')
      expect(totals(dir)).toEqual(before)
      expect(asked(dir, "select value from meta_row where name = 'data'")).toEqual(data)
      expect(tracesIn(dir)).toEqual([])
      expect((await done(dir, 'ingest customers customers.csv')).stdout.split('\n')[1]).toBe(
        'customers,customers.csv,3,0,0,2,0,0,1,0',
      )
    }))

  test('by --replace of the whole source', () =>
    withShop(async (dir) => {
      await done(dir, 'forget KEY-ANA')
      const before = totals(dir)
      for (const source of ['customers', 'orders', 'activities']) await done(dir, `ingest ${source} ${source}.csv --replace`)
      expect(totals(dir)).toEqual(before)
      expect(asked(dir, 'select customer from customer_row order by 1')).toEqual([['KEY-BOB'], ['KEY-EVE']])
      expect(tracesIn(dir)).toEqual([])
    }))

  test('by new orders: they are a guest’s, and say nothing of him', () =>
    withShop(async (dir) => {
      await done(dir, 'forget KEY-ANA')
      put(dir, { 'more.csv': 'order,customer,at,status,address,amount\no9,KEY-ANA,2024-06-20,paid,"1, Hidden Lane",3\n' })
      expect((await done(dir, 'ingest orders more.csv')).stdout.split('\n')[1]).toBe('orders,more.csv,1,0,0,0,0,0,1,1')
      expect(asked(dir, `select customer, address, amount from orders where "order" = 'o9'`)).toEqual([[null, null, 3]])
      expect(tracesIn(dir)).toEqual([])
    }))

  for (const [how, row] of [
    ['the same e-mail in capitals with blanks', 'K-2, ANA.SECRET@EXAMPLE.COM ,'],
    ['the same e-mail in letters of full width', 'K-2,ａｎａ．secret@example.com,'],
    ['the same phone as people write it in his country', 'K-2,,8 (029) 111 22 33'],
    ['the same phone without its plus', 'K-2,,375291112233'],
    ['the same phone with two zeros', 'K-2,,00375 29 111-22-33'],
    ['the same e-mail beside a name', 'K-2,Ana <ana.secret@example.com>,'],
    ['the same e-mail as a link', 'K-2,mailto:ana.secret@example.com,'],
    ['the same e-mail with a dot at its end', 'K-2,ana.secret@example.com.,'],
    ['the same e-mail beside another', 'K-2,new@example.com; ana.secret@example.com,'],
    ['the same phone as a spreadsheet has it', 'K-2,,375291112233.0'],
    ['the same phone beside another', 'K-2,,80447778899 / 80291112233'],
    ['his e-mail as a key', 'ana.secret@EXAMPLE.com,,'],
  ] as const)
    test(`under a new key with ${how}`, () =>
      withShop(async (dir) => {
        await done(dir, 'forget KEY-ANA')
        put(dir, { 'new.csv': `customer,email,phone\n${row}\n`, 'late.csv': 'order,customer,at,amount\no9,K-2,2024-06-20,3\n' })
        expect((await done(dir, 'ingest customers new.csv')).stdout.split('\n')[1]).toBe('customers,new.csv,1,0,0,0,0,0,1,0')
        await done(dir, 'ingest orders late.csv')
        const keys = asked(dir, 'select customer from customer_row order by 1').flat()
        expect(keys.filter((key) => !['KEY-BOB', 'KEY-EVE'].includes(String(key)))).toEqual(row.startsWith('K-2') ? [] : ['K-2'])
      }))

  test('by his e-mail in a column of an order that nobody else’s key is on', () =>
    withShop(async (dir) => {
      await done(dir, 'forget KEY-ANA')
      put(dir, { 'shop.csv': 'order,customer,at,email,amount\no9,,2024-06-20,ana.SECRET@example.com,3\n' })
      await done(dir, 'ingest orders shop.csv')
      expect(tracesIn(dir)).toEqual([])
      expect(totals(dir)).toEqual([[5, 2575, 5]])
    }))

  test('by a file of lines alone: what it says of a guest’s order beside goods and amounts is not kept', () =>
    withShop(async (dir) => {
      const lines = 'order,product,quantity,price,engraving\no1,Ring,1,10.50,Zelenskaya\no3,Ring,1,7.25,Brown\n'
      put(dir, { 'lines.csv': lines, 'later.csv': `${lines}o2,Ring,1,4,for Zelenskaya\n` })
      await done(dir, 'ingest items lines.csv')
      await done(dir, 'forget KEY-ANA')
      const before = asked(dir, 'select * from item_row')
      expect((await done(dir, 'ingest items lines.csv --again')).stdout.split('\n')[1]).toBe('items,lines.csv,2,0,0,2,0,0,0,0')
      expect(asked(dir, 'select * from item_row')).toEqual(before)
      await done(dir, 'ingest items later.csv')
      expect(asked(dir, 'select customer, engraving from items order by 1')).toEqual([
        [null, null],
        [null, null],
        ['KEY-BOB', 'Brown'],
      ])
      expect(tracesIn(dir)).toEqual([])
    }))

  test('by rejects that later loads write: his wrong rows are passed over', () =>
    withShop(async (dir) => {
      await done(dir, 'forget KEY-ANA')
      put(dir, {
        'wrong.csv': `order,customer,at,status,address,amount
w1,KEY-ANA,no day,paid,Hidden Lane,3
w2,KEY-ANA,2024-06-01,paid
w3,KEY-BOB,no day,paid,2 Open Street,4
`,
        'people.csv': 'customer,email,birth_date\nKEY-ANA,ana.secret@example.com,never\nKEY-NEW,x@example.com,never\n',
      })
      const { stdout } = await done(dir, 'ingest orders wrong.csv --max-rejects 5')
      expect(stdout.split('\n')[1]).toBe('orders,wrong.csv,3,0,0,0,1,0,2,0')
      await done(dir, 'ingest customers people.csv --max-rejects 5')
      expect(tracesIn(dir)).toEqual([])
      expect(readdirSync(join(dir, 'rejects')).length).toBe(2)
    }))

  test('by an order of his with one wrong line: none of it is written down', () =>
    withShop(async (dir) => {
      await done(dir, 'forget KEY-ANA')
      put(dir, {
        'lines.csv': `order,customer,at,product,quantity,price
w1,KEY-ANA,2024-06-01,Tea,1,2
w1,KEY-ANA,2024-06-01,Tea,many,2
w1,KEY-ANA,2024-06-01,Tea,1,2
w2,KEY-BOB,2024-06-01,Tea,1,2
`,
      })
      const { stdout } = await done(dir, 'ingest orders lines.csv')
      expect(stdout.split('\n')[1]).toBe('orders,lines.csv,4,1,0,0,0,0,3,0')
      expect(existsSync(join(dir, 'rejects'))).toBe(false)
    }))
})

describe('rejects files of earlier loads', () => {
  test('lose his rows, keep those of others byte by byte, and go where nothing is left', () =>
    withShop(async (dir) => {
      put(dir, {
        'wrong.csv': `order,customer,at,status,address,amount
w1,KEY-ANA,no day,paid,Hidden Lane,3
w3,KEY-BOB,no day,paid,"2, Open ""Street""",4
`,
        'his.csv': 'customer,email,birth_date\nK-OTHER,Ana.Secret@example.com,never\n',
        'items.csv': 'order,product,quantity\no1,Cake for Zelenskaya,many\no3,Cake for Bob,many\n',
      })
      for (const [source, file] of [
        ['orders', 'wrong'],
        ['customers', 'his'],
        ['items', 'items'],
      ])
        await done(dir, `ingest ${source} ${file}.csv --max-rejects 5`)
      put(dir, { 'rejects/notes.txt': 'call somebody\n' })
      const { stderr } = await done(dir, 'forget KEY-ANA')
      expect(stderr).toContain('rejects/: 3 rows of 3 files')
      expect(stderr).toContain('rejects/: not as segkit wrote it, look for yourself: notes.txt')
      expect(tracesIn(dir)).toEqual([])
      const left = readdirSync(join(dir, 'rejects')).sort()
      expect(left.map((name) => name.replace(/-[0-9a-f]{6}-/, '-'))).toEqual(['items-items.csv', 'notes.txt', 'orders-wrong.csv'])
      const text = readFileSync(join(dir, 'rejects', left.at(-1)!), 'utf8')
      expect(text).toContain('KEY-BOB,no day,paid,"2, Open ""Street""",4\n')
      expect(statSync(join(dir, 'rejects', left.at(-1)!)).mode & 0o777).toBe(0o600)
    }))
})

describe('the command', () => {
  test('an unknown customer changes nothing, exit 2, and no key of others is told', () =>
    withShop(async (dir) => {
      const { code, stderr } = await ask(dir, 'forget KEY-BOB KEY-BOBB')
      expect(code).toBe(2)
      expect(stderr).toContain('no customer `KEY-BOBB`')
      expect(stderr).not.toContain('KEY-ANA')
      expect(asked(dir, 'select count(*) from customer_row')).toEqual([[3]])
    }))

  test('a dry run says the same and changes nothing', () =>
    withShop(async (dir) => {
      const before = asked(dir, 'select * from order_row')
      const dry = await done(dir, 'forget KEY-ANA --dry-run')
      expect(asked(dir, 'select * from order_row')).toEqual(before)
      expect(asked(dir, 'select count(*) from forgotten_row')).toEqual([[0]])
      expect(tracesIn(dir).length).toBeGreaterThan(5)
      expect((await done(dir, 'forget KEY-ANA')).stdout).toBe(dry.stdout)
    }))

  test('several at once, from a list on stdin; once more is no mistake', () =>
    withShop(async (dir) => {
      const list = 'customer\nKEY-ANA\nKEY-BOB\n'
      expect((await done(dir, 'forget -', { stdin: list })).stdout).toContain('KEY-ANA,2,2,2,\nKEY-BOB,1,1,1,\n')
      const { stderr, stdout } = await done(dir, 'forget -', { stdin: list })
      expect(stdout).toContain('KEY-ANA,0,0,0,\n')
      expect(stderr).toContain('2 forgotten before')
    }))

  test('a terminal is asked, and anything but yes changes nothing; without one nothing is asked', () =>
    withShop(async (dir) => {
      const no = await ask(dir, 'forget KEY-ANA', { stdin: 'n\n', terminal: true })
      expect(no.code).toBe(2)
      expect(no.stderr).toContain('forget 1 customer for good? [y/N]')
      expect(asked(dir, 'select count(*) from customer_row')).toEqual([[3]])
      await done(dir, 'forget KEY-ANA', { stdin: 'y\n', terminal: true })
      expect((await done(dir, 'forget KEY-BOB --yes', { terminal: true })).stderr).not.toContain('[y/N]')
    }))

  test('another customer with the same e-mail is told', () =>
    withShop(async (dir) => {
      put(dir, { 'twin.csv': 'customer,email\nKEY-TWIN,ana.SECRET@example.com\n' })
      await done(dir, 'ingest customers twin.csv')
      expect((await done(dir, 'forget KEY-ANA')).stderr).toMatch(/same e-mail or phone.*KEY-TWIN/)
    }))

  test('an e-mail that many have is nobody’s, and does not shut others out', () =>
    withShop(async (dir) => {
      const many = Array.from({ length: 6 }, (_, i) => `N${i},none@shop.example\n`).join('')
      const shop = 'order,customer,at,email,amount\nn1,N1,2024-05-01,none@shop.example,1\n'
      put(dir, { 'shop.csv': shop, 'many.csv': `customer,email\n${many}`, 'one.csv': 'customer,email\nN9,none@shop.example\n' })
      await done(dir, 'ingest customers many.csv')
      await done(dir, 'ingest orders shop.csv')
      expect((await done(dir, 'forget N0')).stderr).toContain('more than 4 others have')
      expect((await done(dir, 'ingest customers one.csv')).stdout.split('\n')[1]).toBe('customers,one.csv,1,1,0,0,0,0,0,0')
      expect(asked(dir, `select email from orders where "order" = 'n1'`)).toEqual([['none@shop.example']])
    }))

  test('while a reader holds the old file it ends with 75, and once more wipes it', () =>
    withShop(async (dir) => {
      const reader = new Database(join(dir, 'segkit.db'), { readonly: true })
      reader.exec('begin; select 1 from customer_row')
      const busy = await ask(dir, 'forget KEY-ANA --wait 0s')
      reader.close()
      expect(busy.code).toBe(75)
      expect(busy.stderr).toContain('run the same command again')
      await done(dir, 'forget KEY-ANA')
      expect(tracesIn(dir)).toEqual([])
    }))
})

describe('every table of the store', () => {
  /** Tables that hold no customer, by whose number or traits anyone could be known. */
  const ofNobody = new Set([
    'meta_row',
    'field_row',
    'text_row',
    'product_row',
    'good_row',
    'waiting_row',
    'load_row',
    'name_row',
    'run_row',
    'run_part',
    'forgotten_row',
    'series_row',
    'handoff_row',
    'handoff_file',
    'handoff_split',
    'sqlite_sequence',
  ])
  /** Cleared by the ledger of hand-offs itself. */
  const ofLedger = new Set(['handoff_copy', 'handoff_span', 'contact_span'])

  test('is one of nobody’s, or is cleared of whoever is forgotten', () =>
    withShop(async (dir) => {
      const store = openForWriting(join(dir, 'segkit.db'))
      const cleared = new Set(['customer_row', ...customerTables(store), ...Object.keys(customerLists), ...ofLedger])
      store.close()
      const all = asked(dir, "select name from sqlite_master where type = 'table'").flat()
      expect(all.filter((name) => !ofNobody.has(String(name)) && !cleared.has(String(name)))).toEqual([])
    }))

  test('a table that nobody has thought of is cleared all the same, if it has a column `_customer`', () =>
    withShop(async (dir) => {
      const store = openForWriting(join(dir, 'segkit.db'))
      try {
        store.exec(
          'create table later_row (_customer integer, secret text); insert into later_row select _id, customer from customer_row',
        )
        const id = Number(store.row({ text: "select _id from customer_row where customer = 'KEY-ANA'", params: [] })?.[0])
        forgetIn(store, new Set([id]))
        erase(store, id, { customer: 'KEY-ANA' }, { phones: noPhones, counted: new Set() })
        expect(store.rows({ text: 'select secret from later_row', params: [] })).toEqual([['KEY-BOB'], ['KEY-EVE']])
        for (const table of customerTables(store))
          expect(store.rows({ text: `select 1 from ${table} where _customer = ?`, params: [id] }), table).toEqual([])
      } finally {
        store.close()
      }
    }))
})
