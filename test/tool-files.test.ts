/** Files for tools as the program leaves them in a folder: their bytes, their number, what stands beside them, and what is refused. */
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { main } from '../src/cli/main.js'
import { profileExample } from '../src/handoff/examples.js'
import { profileFiles } from '../src/handoff/profiles.js'
import { temporary } from './binary.js'

const settings = `version: 1
timezone: UTC
as_of: "2024-12-31"
country: BY
system_segments: false
consent: { ${['email', 'sms', 'ads', 'post', 'push'].map((c) => `${c}: { attribute: { agreed: true } }`).join(', ')} }
`
const people = (n: number): string =>
  `customer,email,email_2,phone,first_name,address,city,postcode,agreed,score\n${Array.from(
    { length: n },
    (_, i) =>
      `c${String(i).padStart(4, '0')},c${i}@example.com,d${i}@example.com,+37529${1_000_000 + i},Ёлка ${i},"Main St, ${i}",Minsk,220030,yes,${i}\n`,
  ).join('')}`

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** The program from its command line on, without a process of its own. */
async function segkit(words: readonly string[], cwd: string, stdin = ''): Promise<Ended> {
  const heard = { stdout: '', stderr: '' }
  const into = (stream: keyof typeof heard): Writable =>
    new Writable({
      write(chunk, _encoding, done) {
        heard[stream] += String(chunk)
        done()
      },
    })
  const code = await main(words, {
    stdin: Readable.from(stdin === '' ? [] : [Buffer.from(stdin)]),
    stdout: into('stdout'),
    stderr: into('stderr'),
    isTTY: { stdin: false, stdout: false, stderr: false },
    width: 80,
    env: {},
    cwd,
    now: Date.parse('2024-12-31T20:00:00Z'),
  })
  return { code, ...heard }
}

/** A project with these customers and profiles; `it` is an audience of all of them. */
async function shopOf(customers: string, audience: string, profiles: Readonly<Record<string, string>> = {}) {
  const dir = temporary()
  const write = (file: string, text: string | Buffer): void => {
    mkdirSync(dirname(join(dir, file)), { recursive: true })
    writeFileSync(join(dir, file), text)
  }
  write('segkit.yaml', settings)
  write('customers.csv', customers)
  write('segments/it.yaml', `segments:\n  everyone: { all: customers }\naudiences:\n  it: { segment: everyone, ${audience} }\n`)
  for (const [name, text] of Object.entries(profiles)) write(`profiles/${name}.yaml`, `profile: ${name}\ntitle: t\n${text}`)
  const run = (...words: readonly string[]) => segkit(words, dir)
  expect(await run('ingest', 'customers', 'customers.csv')).toMatchObject({ code: 0 })
  const bytes = (name: string, profile = ''): Buffer => readFileSync(join(dir, 'exports', `it_2024-12-31${profile}.${name}`))
  const manifest = () => JSON.parse(bytes('json').toString()) as Manifest
  const files = (): readonly string[] => readdirSync(join(dir, 'exports')).sort()
  return { dir, write, run, bytes, manifest, files }
}
interface Manifest {
  readonly handed_off: number
  readonly rows: number
  readonly not_in_encoding: number
  readonly columns_left_out?: readonly string[]
  readonly dropped: Readonly<Record<string, number>>
  readonly columns: readonly { readonly header: string; readonly not_in_shape: number; readonly formulas: number }[]
  readonly files: readonly { readonly file: string; readonly rows: number; readonly bytes: number; readonly sha256: string }[]
}

describe('a rule of consent that cannot be asked', () => {
  it.each([
    ['whose column no file has had', 'customer,email\na,a@example.com\n', 'no attribute or metric `agreed`'],
    [
      'that meets a third word',
      'customer,email,agreed\na,a@example.com,yes\nb,b@example.com,maybe\n',
      'holds other words than yes and no',
    ],
  ])('%s stops every hand-off of its channel with 78', async (_, customers, told) => {
    const shop = await shopOf(customers, 'profile: mailchimp')
    for (const name of ['it', 'everyone', '-']) {
      const ended = await segkit(['export', name, '--profile', 'mailchimp'], shop.dir, 'customer\na\n')
      expect([name, ended.code, ended.stderr]).toEqual([name, 78, expect.stringContaining(told)])
    }
    shop.write(
      'segments/it.yaml',
      'segments:\n  everyone: { all: customers }\naudiences:\n  it: { segment: everyone, profile: mailchimp, reachable: any }\n',
    )
    expect((await shop.run('export', 'it')).code).toBe(78)
    expect(existsSync(join(shop.dir, 'exports'))).toBe(false)
  })
})

describe('an answer', () => {
  it('never takes the place of what the project reads or keeps', async () => {
    const shop = await shopOf(people(2), 'suppress: [{ list: lists/never.csv }]')
    shop.write('lists/never.csv', 'customer\nc0000\n')
    shop.write('lists/free.csv', 'customer\n')
    shop.write('staff.csv', 'customer\n')
    shop.write('segments/staff.yaml', 'segments:\n  staff:\n    all: [{ in_list: "./staff.csv" }] # free.csv\n')
    shop.write('profiles/own.yaml', `profile: own\ntitle: t\n${plain('{}')}`)
    symlinkSync(join(shop.dir, 'segments'), join(shop.dir, 'door'))
    const own = [
      ...['', '-lock', '-lock.json', '-lock-journal', '-wal', '-shm', '-journal'].map((end) => `segkit.db${end}`),
      ...['segkit.yaml', 'segments/it.yaml', 'segments/new.csv', 'door/it.yaml', 'profiles/own.yaml'],
      ...['lists/never.csv', 'lists/../lists/never.csv', 'staff.csv', 'segments/', 'door'],
    ]
    const kept = () =>
      own.map((f) =>
        existsSync(join(shop.dir, f)) && statSync(join(shop.dir, f)).isFile() ? readFileSync(join(shop.dir, f)) : f,
      )
    const before = kept()
    const asked = [
      ...own.filter((f) => f !== 'door' && f !== 'segments/').map((f) => [['union', 'customers.csv'], f] as const),
      ...['segkit.db-wal', 'lists/never.csv', 'segments/', 'door'].map((f) => [['export', 'it'], f] as const),
      [['members', 'everyone'], 'segments/it.yaml'] as const,
    ]
    for (const [words, file] of asked) {
      const { code, stderr } = await shop.run(...words, '-o', file)
      expect([words, file, code, stderr]).toEqual([words, file, 2, expect.stringContaining('an answer will not take its place')])
    }
    expect((await shop.run('ingest', 'customers', 'customers.csv', '--again', '--rejects', 'lists/never.csv')).code).toBe(2)
    expect((await shop.run('union', 'customers.csv', '--db', 'other.db', '-o', 'other.db-wal')).code).toBe(2)
    expect(kept()).toEqual(before)
    for (const file of ['lists/free.csv', 'free.csv', 'never.csv', 'x-wal', 'exports/'])
      expect([file, (await shop.run('export', 'it', '-o', file)).code]).toEqual([file, 0])
  })
})

const two = 'columns: [{ header: id, from: customer }, { header: name, from: first_name }]\n'
const plain = (file: string): string => `channel: none\nfile: ${file}\n${two}`

describe('a delivery', () => {
  it.each([
    ['rows', '{ rows: 100 }', [100, 100, 50]],
    ['bytes', '{ bytes: 2 kB }', undefined],
  ] as const)('is cut by %s into files that are numbered, checked and whole together', async (_, file, sizes) => {
    const shop = await shopOf(people(250), 'profile: own', { own: plain(file) })
    expect(await shop.run('export', 'it', '--dry-run')).toMatchObject({ code: 0 })
    const dry = (await shop.run('export', 'it', '--dry-run')).stdout
    const real = await shop.run('export', 'it')
    expect(real.code).toBe(0)
    const { files, rows } = shop.manifest()
    expect(rows).toBe(250)
    expect(files.length).toBeGreaterThan(2)
    if (sizes !== undefined) expect(files.map((f) => f.rows)).toEqual(sizes)
    const rowsOf = (answer: string) => (parse(answer, { columns: true }) as { rows: string }[]).map((r) => Number(r.rows))
    expect(rowsOf(dry)).toEqual(files.map((f) => f.rows))
    expect(rowsOf(real.stdout)).toEqual(files.map((f) => f.rows))
    const read = files.flatMap((f) => {
      const bytes = readFileSync(join(shop.dir, 'exports', f.file))
      expect([bytes.length, createHash('sha256').update(bytes).digest('hex')]).toEqual([f.bytes, f.sha256])
      if (sizes === undefined) expect(bytes.length).toBeLessThanOrEqual(2000)
      const records = parse(bytes) as string[][]
      expect(records[0]).toEqual(['id', 'name'])
      expect(records).toHaveLength(f.rows + 1)
      return records.slice(1)
    })
    expect(read).toEqual(Array.from({ length: 250 }, (_, i) => [`c${String(i).padStart(4, '0')}`, `Ёлка ${i}`]))
    expect(files.map((f) => f.file)).toEqual(files.map((_, i) => (i === 0 ? 'it_2024-12-31.csv' : `it_2024-12-31.${i + 1}.csv`)))
  })

  it('leaves no file of an earlier one of the same day behind', async () => {
    const shop = await shopOf(people(250), 'profile: own', { own: plain('{ rows: 100 }') })
    await shop.run('export', 'it')
    expect(shop.files()).toContain('it_2024-12-31.3.csv')
    shop.write('exports/it_2024-12-31.note.csv', 'mine')
    shop.write('profiles/own.yaml', `profile: own\ntitle: t\n${plain('{ rows: 200 }')}`)
    await shop.run('export', 'it')
    expect(shop.files()).toEqual(['2.csv', 'csv', 'done', 'json', 'note.csv'].map((end) => `it_2024-12-31.${end}`))
  })

  it.each(['it_2024-12-31.b.csv', 'it_2024-12-31.json', 'it_2024-12-31.done'])(
    'is left out as a whole where the folder %s is in its way: 73, the last one stays, nothing is recorded',
    async (name) => {
      const shop = await shopOf(people(40), 'profile: csv, columns: [score], split: { salt: s, arms: { a: 50, b: 50 } }')
      await shop.run('export', 'it')
      rmSync(join(shop.dir, 'exports', name))
      mkdirSync(join(shop.dir, 'exports', name))
      const seen = () => shop.files().map((f) => (f === name ? f : [f, readFileSync(join(shop.dir, 'exports', f), 'utf8')]))
      const [before, ledger] = [seen(), (await shop.run('exports')).stdout]
      shop.write('customers.csv', people(40).replace(/,(\d+)$/gm, ',9$1'))
      await shop.run('ingest', 'customers', 'customers.csv')
      const { code, stderr } = await shop.run('export', 'it')
      expect([code, stderr]).toEqual([73, expect.stringContaining(`${name}\`: a folder has that name`)])
      expect(seen()).toEqual(before)
      expect((await shop.run('exports')).stdout).toBe(ledger)
      rmdirSync(join(shop.dir, 'exports', name))
      expect((await shop.run('export', 'it')).code).toBe(0)
      expect(shop.bytes('a.csv').toString()).toMatch(/,9\d+\n/)
    },
  )

  it('that a file is asked for is one, and says where the tool would not take it', async () => {
    const shop = await shopOf(people(250), 'profile: own', { own: plain('{ rows: 100, encoding: windows-1252 }') })
    const { code, stderr } = await shop.run('export', 'it', '-o', 'one.csv')
    expect(code).toBe(0)
    expect(stderr).toContain('warning[over-limit]: 250 rows')
    expect(stderr).toContain('the tool takes files of at most 100 rows')
    expect(stderr).toContain('warning[not-in-encoding]: 1,000 characters that the encoding lacks became `?`')
    expect(readFileSync(join(shop.dir, 'one.csv'), 'latin1').split('\n')).toHaveLength(252)
    expect((await shop.run('export', 'it', '--dry-run')).stderr).toContain('1,000 characters')
  })

  it.each([
    [
      'UTF-16, tabs and CRLF',
      '{ encoding: utf-16le, delimiter: tab, newline: crlf }',
      'utf-16le',
      'id\tname\r\nc0000\tЁлка 0\r\n',
    ],
    [
      'windows-1251 and semicolons, all quoted',
      '{ encoding: windows-1251, delimiter: semicolon, quotes: all }',
      'windows-1251',
      '"id";"name"\n"c0000";"Ёлка 0"\n',
    ],
    ['a byte order mark', '{ bom: true }', 'utf-8', '\ufeffid,name\nc0000,Ёлка 0\n'],
    ['no header', '{ header: false }', 'utf-8', 'c0000,Ёлка 0\n'],
    ['one JSON object a line', '{ format: ndjson }', 'utf-8', '{"id":"c0000","name":"Ёлка 0"}\n'],
  ])('in %s', async (_, file, encoding, wanted) => {
    const shop = await shopOf(people(1), 'profile: own', { own: plain(file) })
    expect(await shop.run('export', 'it')).toMatchObject({ code: 0 })
    const bytes = shop.bytes(file.includes('ndjson') ? 'ndjson' : 'csv')
    expect(new TextDecoder(encoding, { ignoreBOM: encoding === 'utf-8' }).decode(bytes)).toBe(wanted)
    if (encoding === 'utf-16le') expect([...bytes.subarray(0, 2)]).toEqual([0xff, 0xfe])
  })

  it('is packed by gzip or zip as the parameter has it', async () => {
    const shop = await shopOf(people(3), 'profile: csv, params: { compress: gzip }')
    await shop.run('export', 'it')
    expect(gunzipSync(shop.bytes('csv.gz')).toString()).toBe('customer\nc0000\nc0001\nc0002\n')
    await shop.run('export', 'it', '--param', 'compress=zip')
    expect(shop.bytes('zip').subarray(0, 4).toString('latin1')).toBe('PK\u0003\u0004')
    expect(shop.files()).toEqual(['done', 'json', 'zip'].map((end) => `it_2024-12-31.${end}`))
  })

  it('has headers that repeat, records of other kinds, and files by consent, where the tool wants them so', async () => {
    const shop = await shopOf(`${people(2)}x,x@example.com,,,X,,,,,9\n`, 'profile: google-customer-match, params: { hash: none }')
    await shop.run('export', 'it')
    expect(shop.bytes('csv').toString().split('\n').slice(0, 2)).toEqual([
      'Email,Email,Phone,First Name,Last Name,Country,Zip',
      'c0@example.com,d0@example.com,+375291000000,ёлка 0,,,220030',
    ])
    await shop.run('export', 'it', '--profile', 'microsoft-ads', '--param', 'hash=none')
    expect((parse(shop.bytes('csv', '_microsoft-ads')) as string[][]).map((r) => [r[0], r.at(-1)])).toEqual([
      ['Type', 'Text'],
      ['Format Version', ''],
      ['Customer List', ''],
      ['Customer List Item', 'c0@example.com'],
      ['Customer List Item', 'c1@example.com'],
    ])
    shop.write(
      'segments/it.yaml',
      'segments:\n  everyone: { all: customers }\naudiences:\n  it: { segment: everyone, profile: listmonk, reachable: any }\n',
    )
    await shop.run('export', 'it')
    const own = ['agreed.csv', 'done', 'json', 'unknown.csv'].map((end) => `it_2024-12-31_listmonk.${end}`)
    expect(shop.files().filter((file) => file.includes('listmonk'))).toEqual(own)
    expect(shop.bytes('unknown.csv', '_listmonk').toString()).toContain('x@example.com')
    expect(shop.bytes('agreed.csv', '_listmonk').toString()).not.toContain('x@example.com')
    const refused = await shop.run('export', 'it', '-o', '-')
    expect(refused).toMatchObject({ code: 2, stdout: '' })
    expect(refused.stderr).toContain('error[two-files]')
  })

  it('is readable by its owner only, and `.done` comes when all else is there', async () => {
    const shop = await shopOf(people(2), 'profile: csv')
    await shop.run('export', 'it')
    const times = shop.files().map((f) => ({ f, at: statSync(join(shop.dir, 'exports', f)) }))
    for (const { at } of times) expect(at.mode & 0o077).toBe(0)
    expect(statSync(join(shop.dir, 'exports')).mode & 0o077).toBe(0)
    const done = times.find(({ f }) => f.endsWith('.done'))
    expect(done?.at.size).toBe(0)
    for (const { at } of times) expect(at.ctimeMs).toBeLessThanOrEqual(done?.at.ctimeMs ?? 0)
  })
})

describe('columns that are asked for', () => {
  it.each([
    ['mailchimp', 'customer,postcode', 'Email Address,First Name,Last Name,Phone,customer,postcode'],
    ['mailchimp', 'postcode,customer', 'Email Address,First Name,Last Name,Phone,postcode,customer'],
    ['csv', 'customer,postcode', 'customer,postcode'],
  ])('for %s, %s, come after its own, the key too where it is not there yet', async (profile, columns, header) => {
    const shop = await shopOf(people(1), 'profile: csv')
    const { code, stdout } = await shop.run('export', 'everyone', '--profile', profile, '--columns', columns, '-o', '-')
    const [head, row] = parse(stdout) as string[][]
    expect([code, head?.join()]).toEqual([0, header])
    expect([row?.[header.split(',').indexOf('customer')], row?.[header.split(',').indexOf('postcode')]]).toEqual([
      'c0000',
      '220030',
    ])
  })

  it('are refused where the tool takes none beside its own, the key too', async () => {
    const shop = await shopOf(people(1), 'profile: csv')
    const { code, stderr } = await shop.run('export', 'everyone', '--profile', 'google-customer-match', '--columns', 'customer')
    expect([code, stderr]).toEqual([2, expect.stringContaining('`google-customer-match` takes no columns beside its own')])
  })
})

it('what is named twice is handed off once, and it is said', async () => {
  const shop = await shopOf(people(1), 'profile: csv')
  const { code, stderr } = await shop.run('export', 'it', 'everyone', 'it')
  expect([code, stderr]).toEqual([0, expect.stringMatching(/^`it` is named more than once and handed off once\n/)])
  expect((await shop.run('exports', '--columns', 'audience', '--no-header')).stdout.trim().split('\n').sort()).toEqual([
    'everyone',
    'it',
  ])
})

describe('an own profile', () => {
  it('that tells hashes to a tool and asks for no consent is a thing to warn of', async () => {
    const hashing = (channel: string) => `channel: ${channel}\ncolumns: [{ header: email, from: email, as: [email, hash] }]\n`
    const shop = await shopOf(people(1), 'profile: own', { own: hashing('none'), other: hashing('ads') })
    expect((await shop.run('check', '--columns', 'severity,code,file,line', '--no-header')).stdout).toBe(
      'warning,no-channel,profiles/own.yaml,4\n',
    )
  })

  it('that help shows is sound, tried, checked, and makes the file it says', async () => {
    const shop = await shopOf(people(2), 'profile: our-mail-house')
    shop.write('profiles/our-mail-house.yaml', profileExample)
    expect(parseYaml(profileExample)).toHaveProperty('examples')
    expect(await shop.run('profiles', 'test', 'our-mail-house')).toMatchObject({ code: 0 })
    expect((await shop.run('check', '--columns', 'severity,code,message', '--no-header')).stdout).toBe(
      'warning,unknown-attribute,no attribute or metric `birth_date`\n',
    )
    const help = (await shop.run('help', 'profiles')).stdout
    for (const line of profileExample.split('\n')) expect(help).toContain(line)
    expect(await shop.run('export', 'it')).toMatchObject({ code: 0 })
    expect(new TextDecoder('windows-1251').decode(shop.bytes('csv'))).toBe(
      'Customer;Address;Birthday\nc0000;Main St, 0;\nc0001;Main St, 1;\n',
    )
    const { stdout } = await shop.run('profiles', 'show', 'our-mail-house')
    expect(stdout).toContain('sure      own — nothing is said')
    expect(stdout).toContain('profiles/our-mail-house.yaml')
  })

  it('cannot lead a file out of its folder, nor over its manifest', async () => {
    const shop = await shopOf(people(2), 'profile: own', { own: plain('{ ending: csv/../../../out }') })
    for (const ending of ['csv/../../../out', '../x', 'json', 'done', 'a.b']) {
      shop.write('profiles/own.yaml', `profile: own\ntitle: t\n${plain(`{ ending: ${ending} }`)}`)
      expect([ending, (await shop.run('export', 'it')).code]).toEqual([ending, 78])
    }
    expect(existsSync(join(shop.dir, 'exports'))).toBe(false)
  })

  it('with the name of one that ships takes its place, and check says so', async () => {
    const shop = await shopOf(people(1), 'profile: sms', {
      sms: 'channel: sms\ncolumns: [{ header: number, from: phone, as: [phone-digits] }]\n',
    })
    expect((await shop.run('check', '--columns', 'severity,code,file,line', '--no-header')).stdout).toBe(
      'warning,shipped-name,profiles/sms.yaml,1\n',
    )
    await shop.run('export', 'it')
    expect(shop.bytes('csv').toString()).toBe('number\n375291000000\n')
  })
})

describe('every profile that ships', () => {
  let shop: Awaited<ReturnType<typeof shopOf>>
  beforeAll(async () => {
    shop = await shopOf(people(1), 'reachable: any')
  })
  it.each(profileFiles(undefined).map((f) => f.name))(
    '%s hands off one good customer, says how sure it is, and warns no more than of its size',
    async (name) => {
      const { code, stderr } = await shop.run('export', 'everyone', '--profile', name, '-o', `${name}/`)
      expect([code, stderr.replace(/^warning\[below-minimum\].*\n.*\n\n/m, '')]).toEqual([
        0,
        expect.stringMatching(/^(the shape `[a-z-]+` is for no channel[^\n]*\n)?handed off 1 member of everyone/),
      ])
      const { stdout } = await shop.run('profiles', 'show', name)
      expect(stdout).toMatch(/^sure {6}(documented|partly|template) — .*; checked \d{4}-\d\d-\d\d$/m)
      expect(stdout).toMatch(/^Sources\n {2}(https:|segkit:)/m)
    },
  )
})
