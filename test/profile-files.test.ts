/** The bytes of handed-off files: encodings, quoting, where one file ends and the next begins, packing, and all or none of them. */
import { execFileSync } from 'node:child_process'
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
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Stop } from '../src/base/problem.js'
import { Delivery, fileName } from '../src/handoff/delivery.js'
import { manifestOf, warningsOf } from '../src/handoff/manifest.js'
import { oneStream, openOutlet } from '../src/handoff/outlet.js'
import type { Profile } from '../src/handoff/profile.js'
import { filesOf, own, type Person, paramsOf, rowOf, shaperOf, shipped } from './handoff.js'
import { inFolder } from './kitchen.js'

const head = 'profile: own\ntitle: t\nchannel: none\n'
const two = (file: string): Profile =>
  own(`${head}file: ${file}\ncolumns: [{ header: id, from: customer }, { header: name, from: name }]`)
const values = ['customer', 'name']
const people = (n: number): Person[] => Array.from({ length: n }, (_, i) => ({ customer: `C-${i}`, name: `Имя ${i}` }))

describe('encodings', () => {
  const people = [{ customer: 'C-1', name: 'Ёлка №1 €' }]
  it('UTF-8 has a byte order mark only where the profile asks for it', () => {
    const first = (profile: Profile) => [...(filesOf(profile, people, { values }).files[0] as Buffer).subarray(0, 3)]
    expect(first(two('{}'))).toEqual([...Buffer.from('id,')])
    expect(first(two('{ bom: true }'))).toEqual([0xef, 0xbb, 0xbf])
  })
  it('UTF-16 begins with its mark and reads back', () => {
    const bytes = filesOf(two('{ encoding: utf-16le, delimiter: tab }'), people, { values }).files[0] as Buffer
    expect([...bytes.subarray(0, 2)]).toEqual([0xff, 0xfe])
    expect(new TextDecoder('utf-16le').decode(bytes)).toBe('id\tname\nC-1\tЁлка №1 €\n')
  })
  it.each(['windows-1251', 'windows-1252'])('%s holds all of its letters, read back by another decoder', (encoding) => {
    const decoder = new TextDecoder(encoding)
    const letters = Array.from({ length: 128 }, (_, i) => decoder.decode(Uint8Array.of(128 + i))).filter(
      (ch) => (ch.codePointAt(0) as number) >= 160,
    )
    const { files, lost } = filesOf(two(`{ encoding: ${encoding} }`), [{ customer: '1', name: letters.join('') }], { values })
    expect(lost).toBe(0)
    expect(decoder.decode(files[0] as Buffer)).toBe(`id,name\n1,${letters.join('')}\n`)
  })
  it('a letter that windows-1251 lacks becomes `?` and is counted', () => {
    const { files, lost, shape } = filesOf(shipped('excel-ru'), [{ customer: 'Zoë 🌷 Ё' }], {
      values: ['customer'],
      params: { encoding: 'windows-1251' },
    })
    expect(new TextDecoder('windows-1251').decode(files[0] as Buffer)).toBe('customer\r\nZo? ? Ё\r\n')
    expect(lost).toBe(2)
    expect(warningsOf({ profile: shipped('excel-ru'), columns: shape.columns, files: [], lost }).map((p) => p.code)).toEqual([
      'not-in-encoding',
    ])
  })
})

describe('records', () => {
  const cell = fc.string({
    unit: fc.constantFrom('a', '"', ',', ';', '\n', '\r', '\t', "'", '=', 'é', '🌷', ' ', '|', '\\'),
    maxLength: 8,
  })
  it.each([
    ['{}', ','],
    ['{ delimiter: semicolon, newline: crlf }', ';'],
    ['{ delimiter: tab }', '\t'],
    ['{ delimiter: bar, quotes: all }', '|'],
  ])('%s read back as they were, whatever they hold', (file, delimiter) => {
    const profile = two(file)
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 20 }), (rows) => {
        const made = filesOf(
          profile,
          rows.map(([customer, name]) => ({ customer, name })),
          { values },
        ).files[0] as Buffer
        const records = parse(made, {
          delimiter,
          record_delimiter: file.includes('crlf') ? '\r\n' : '\n',
          relax_column_count: true,
        })
        expect(records).toEqual([values.map((v) => (v === 'customer' ? 'id' : v)), ...rows])
      }),
      { numRuns: 200 },
    )
  })
  it('a cell that would need quotes leaves no record where the tool knows none', () => {
    const { files } = filesOf(
      own(`${head}file: { quotes: never }\ncolumns: [{ header: id, from: customer }]`),
      [{ customer: 'a,b' }, { customer: 'c' }],
      { values: ['customer'] },
    )
    expect(files[0]?.toString()).toBe('id\nc\n')
  })
  it('a row of one empty cell is not an empty line', () => {
    expect(filesOf(shipped('csv'), [{ customer: '' }], { values: ['customer'] }).files[0]?.toString()).toBe('customer\n""\n')
  })
})

describe('formulas', () => {
  const hostile = [
    '=1+1',
    '+1-1',
    '-x',
    '@SUM(1)',
    '\tx',
    '\rx',
    '\nx',
    '＝1',
    '＋1',
    '－1',
    '＠x',
    '-12,5x',
    "=cmd|'/c calc'!A1",
  ]
  const harmless = ['+375291234567', '+375291234567890123', '-12.50', '+7', '12', 'a=b', "'=1", ' =1', 'ー']
  it.each(['excel', 'excel-ru'])('%s makes them harmless and leaves phones and numbers', (name) => {
    const profile = shipped(name)
    const { files, shape } = filesOf(
      profile,
      [...hostile, ...harmless].map((customer) => ({ customer })),
      { values: ['customer'] },
    )
    const records = parse(files[0] as Buffer, {
      bom: true,
      record_delimiter: '\r\n',
      delimiter: name === 'excel' ? ',' : ';',
    }) as string[][]
    expect(records.slice(1).map((r) => r[0])).toEqual([...hostile.map((h) => `'${h}`), ...harmless])
    expect(shape.columns[0]?.formulas).toBe(hostile.length)
  })
  it('every other profile counts them and changes nothing', () => {
    const { files, shape } = filesOf(
      shipped('csv'),
      hostile.map((customer) => ({ customer })),
      { values: ['customer'] },
    )
    expect((parse(files[0] as Buffer, { record_delimiter: '\n' }) as string[][]).slice(1).map((r) => r[0])).toEqual(hostile)
    expect(shape.columns[0]?.formulas).toBe(hostile.length)
    expect(warningsOf({ profile: shipped('csv'), columns: shape.columns, files: [], lost: 0 })[0]).toMatchObject({
      code: 'formulas',
      message: 'texts that a spreadsheet would run: `customer` 13',
    })
  })
  it('a header that looks like one is made harmless too', () => {
    const shape = shaperOf(shipped('excel'), { values: ['customer', '=x'], more: { extra: ['=x'] } })
    expect(shape.headers).toEqual(['customer', "'=x"])
  })
})

describe('chunks', () => {
  it('a file has at most so many rows, each its header, and together they are the whole', () => {
    const { files } = filesOf(two('{ rows: 4 }'), people(9), { values })
    expect(files.map((f) => f.toString().split('\n').length - 2)).toEqual([4, 4, 1])
    expect(files.every((f) => f.toString().startsWith('id,name\n'))).toBe(true)
    const whole = filesOf(two('{}'), people(9), { values }).files[0]?.toString()
    expect(files.map((f, i) => (i === 0 ? f.toString() : f.toString().replace('id,name\n', ''))).join('')).toBe(whole)
  })
  it.each(['utf-8', 'utf-16le', 'windows-1251'])('a file in %s has at most so many bytes, and not many fewer', (encoding) => {
    const { files } = filesOf(two(`{ bytes: 1 kB, encoding: ${encoding} }`), people(200), { values })
    expect(files.length).toBeGreaterThan(2)
    for (const [i, file] of files.entries()) {
      expect(file.length).toBeLessThanOrEqual(1000)
      if (i < files.length - 1) expect(file.length).toBeGreaterThan(940)
    }
    const decoder = new TextDecoder(encoding)
    expect(files.flatMap((f) => decoder.decode(f).trimEnd().split('\n').slice(1))).toEqual(
      people(200).map((p) => `${p['customer']},${p['name']}`),
    )
  })
  it('a million bytes more than a buffer come out in order', () => {
    const { files } = filesOf(two('{}'), people(100_000), { values })
    expect(files[0]?.toString().split('\n')[99_999]).toBe('C-99998,Имя 99998')
  })
  it('records of other kinds stand at the beginning of each file', () => {
    const profile = { ...shipped('microsoft-ads'), file: { rows: 1 } }
    const { files } = filesOf(profile, [{ email: 'a@example.com' }, { email: 'b@example.com' }], { values: ['email'] })
    expect(
      files.map((f) =>
        f
          .toString()
          .split('\n')
          .map((line) => line.split(',')[0]),
      ),
    ).toEqual([
      ['Type', 'Format Version', 'Customer List', 'Customer List Item', ''],
      ['Type', 'Format Version', 'Customer List', 'Customer List Item', ''],
    ])
  })
  it('nobody makes a header alone', () => {
    expect(filesOf(two('{}'), [], { values }).files.map(String)).toEqual(['id,name\n'])
  })
})

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

describe('packing', () => {
  const pack = (compress: string, n: number) => {
    const outlet = openOutlet(undefined, 'csv', { compress }, () => undefined)
    const shape = shaperOf(outlet.profile, { values: ['customer'] })
    return bytesOf(
      oneStream(outlet, 'list', async function* (sink) {
        sink.open({}, shape)
        for (const person of people(n)) {
          await sink.add({}, shape, rowOf(person, ['customer']))
          yield
        }
      }),
    )
  }
  it.each([0, 1, 60_000])('a zip of %i rows is read by python and unzip', async (n) => {
    await inFolder(async (dir) => {
      const plain = await pack('none', n)
      const zip = join(dir, 'list.zip')
      writeFileSync(zip, await pack('zip', n))
      const script =
        'import sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nassert z.namelist()==["list.csv"]\nsys.stdout.buffer.write(z.read("list.csv"))'
      const read = spawned('python3', ['-c', script, zip])
      if (read !== undefined) expect(read.equals(plain)).toBe(true)
      const unzipped = spawned('unzip', ['-p', zip])
      if (unzipped !== undefined) expect(unzipped.equals(plain)).toBe(true)
      if (read === undefined && unzipped === undefined) console.log('skipped: neither python3 nor unzip is there')
    })
  })
  it('gzip reads back, and the same rows give the same bytes', async () => {
    const [a, b, plain] = [await pack('gzip', 5000), await pack('gzip', 5000), await pack('none', 5000)]
    expect(gunzipSync(a).equals(plain)).toBe(true)
    expect(a.equals(b)).toBe(true)
    expect((await pack('zip', 50)).equals(await pack('zip', 50))).toBe(true)
  })
})

function spawned(program: string, args: readonly string[]): Buffer | undefined {
  try {
    return execFileSync(program, args, { maxBuffer: 1 << 28 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

describe('a delivery', () => {
  const profile = shipped('listmonk')
  const values = ['customer', 'email', 'consent']
  const fill = async (delivery: Delivery, n: number, params = paramsOf(profile)) => {
    const shape = shaperOf(profile, { values, params: Object.fromEntries(params) })
    for (let i = 0; i < n; i++) {
      const made = shape.take([`C-${i}`, `a${i}@example.com`, i % 3 === 0 ? 'unknown' : 'confirmed'])
      if (typeof made === 'string') throw new Error(made)
      for (const { cells, part } of made) {
        const taken = delivery.add({ arm: i % 2 === 0 ? 'offer' : 'plain', part }, shape, cells)
        if (typeof taken !== 'boolean') await taken
      }
    }
    return shape
  }

  it('writes several files side by side, then the manifest, then `.done`, readable by their owner only', async () => {
    await inFolder(async (folder) => {
      const params = paramsOf(profile)
      const delivery = new Delivery({ profile, params, folder, base: 'spring_2026-11-21' })
      const shape = await fill(delivery, 30_000)
      const files = await delivery.finish()
      expect(readdirSync(folder).filter((f) => !f.startsWith('.'))).toEqual([])
      await delivery.commit(
        manifestOf({
          audience: 'spring',
          asOf: '2026-11-21',
          profile,
          params,
          dropped: { 'no-consent': 3 },
          columns: shape.columns,
          files,
          lost: 0,
        }),
      )
      expect(readdirSync(folder).sort()).toEqual([
        'spring_2026-11-21.done',
        'spring_2026-11-21.json',
        'spring_2026-11-21.offer.confirmed.csv',
        'spring_2026-11-21.offer.unknown.csv',
        'spring_2026-11-21.plain.confirmed.csv',
        'spring_2026-11-21.plain.unknown.csv',
      ])
      for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o077).toBe(0)
      const manifest = JSON.parse(readFileSync(join(folder, 'spring_2026-11-21.json'), 'utf8'))
      expect(manifest).toMatchObject({
        schema: 'segkit.handoff/1',
        rows: 30_000,
        dropped: { 'no-consent': 3 },
        profile: 'listmonk',
      })
      for (const { file, rows, bytes, sha256 } of manifest.files) {
        const text = readFileSync(join(folder, file))
        expect([text.length, text.toString().trimEnd().split('\n').length - 1]).toEqual([bytes, rows])
        expect(
          execFileSync('sha256sum', [join(folder, file)])
            .toString()
            .slice(0, 64),
        ).toBe(sha256)
      }
    })
  })
  it('that is given up leaves nothing', async () => {
    await inFolder(async (folder) => {
      const delivery = new Delivery({ profile, params: paramsOf(profile), folder, base: 'spring' })
      await fill(delivery, 30_000)
      await delivery.discard()
      expect(readdirSync(folder)).toEqual([])
      const finished = new Delivery({ profile, params: paramsOf(profile), folder, base: 'spring' })
      await fill(finished, 10)
      await finished.finish()
      await finished.discard()
      expect(readdirSync(folder)).toEqual([])
    })
  })
  it.each(['spring.offer.confirmed.csv', 'spring.plain.unknown.csv', 'spring.late.csv', 'spring.json', 'spring.done'])(
    'of which `%s` cannot take its place leaves everything as it was',
    async (name) => {
      await inFolder(async (folder) => {
        const contents = () =>
          readdirSync(folder, { withFileTypes: true })
            .filter((f) => f.isFile())
            .map((f) => [f.name, readFileSync(join(folder, f.name), 'utf8')])
            .sort()
        const earlier = new Delivery({ profile, params: paramsOf(profile), folder, base: 'spring' })
        await fill(earlier, 10)
        earlier.open({ arm: 'early' }, shaperOf(profile, { values }))
        const files = await earlier.finish()
        await earlier.commit({ profile: profile.name, files })
        // A name that has turned into a folder is the one of them that is not there: the others must come back.
        rmSync(join(folder, name), { force: true })
        const before = contents()
        expect(before.length).toBe(name === 'spring.late.csv' ? 7 : 6)
        const later = new Delivery({ profile, params: paramsOf(profile), folder, base: 'spring' })
        await fill(later, 20)
        later.open({ arm: 'late' }, shaperOf(profile, { values }))
        await later.finish()
        // Made when the manifest is written, after what is there was looked at.
        const manifest = { toJSON: () => void mkdirSync(join(folder, name)) }
        await expect(later.commit(manifest)).rejects.toMatchObject({ exit: 73 })
        await later.discard()
        rmdirSync(join(folder, name))
        expect(contents()).toEqual(before)
      })
    },
  )
  it('of which all are in place is taken back where the last thing fails, links and files without a twin included', async () => {
    await inFolder(async (folder) => {
      const again = async (n: number, last?: () => void) => {
        const delivery = new Delivery({ profile, params: paramsOf(profile), folder, base: 'spring' })
        await fill(delivery, n)
        const files = await delivery.finish()
        await delivery.commit({ profile: profile.name, files }, last)
      }
      await again(1)
      writeFileSync(join(folder, 'target'), 'as it was')
      rmSync(join(folder, 'spring.done'))
      symlinkSync('target', join(folder, 'spring.done'))
      const names = readdirSync(folder).sort()
      const failing = again(20, () => {
        expect(readdirSync(folder)).toContain('spring.plain.unknown.csv')
        throw new Error('the ledger could not be written')
      })
      await expect(failing).rejects.toThrow('the ledger')
      expect(
        readdirSync(folder)
          .filter((name) => !name.endsWith('.tmp'))
          .sort(),
      ).toEqual(names)
      expect(readFileSync(join(folder, 'spring.done'), 'utf8')).toBe('as it was')
      await again(20)
      expect([readFileSync(join(folder, 'spring.done'), 'utf8'), readFileSync(join(folder, 'target'), 'utf8')]).toEqual([
        '',
        'as it was',
      ])
      expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([])
    })
  })
  it('stops where the folder cannot be written, and does not hang', async () => {
    await inFolder(async (folder) => {
      const delivery = new Delivery({ profile, params: paramsOf(profile), folder: join(folder, 'none'), base: 'spring' })
      await expect(fill(delivery, 100_000).then(() => delivery.finish())).rejects.toBeInstanceOf(Stop)
      await delivery.discard()
    })
  })
  it('packs each file and names what is within', async () => {
    await inFolder(async (folder) => {
      const params = paramsOf(profile, { compress: 'zip' })
      const delivery = new Delivery({ profile, params, folder, base: 'spring' })
      const shape = shaperOf(profile, { values })
      await delivery.add({}, shape, shape.headers)
      const files = await delivery.finish()
      await delivery.commit({})
      expect(files.map((f) => f.file)).toEqual(['spring.zip'])
      const listing = spawned('unzip', ['-Z1', join(folder, 'spring.zip')])
      if (listing !== undefined) expect(listing.toString()).toBe('spring.csv\n')
    })
  })
  it('a file is opened though nobody comes', async () => {
    await inFolder(async (folder) => {
      const delivery = new Delivery({ profile, params: paramsOf(profile), folder, base: 'spring' })
      delivery.open({ arm: 'offer' }, shaperOf(profile, { values }))
      expect((await delivery.finish()).map((f) => [f.file, f.rows])).toEqual([['spring.offer.csv', 0]])
      await delivery.commit({})
      expect(existsSync(join(folder, 'spring.offer.csv'))).toBe(true)
    })
  })
  it('a name says arm, action, part and number, and holds nothing that a path would mind', () => {
    const name = fileName('a_D', { arm: 'A/B', action: 'add', part: '../x' }, 2, { ending: 'csv' })
    expect(name).toMatch(/^a_D\.A-B\.add\.\.\.-x-[0-9a-f]{8}\.2\.csv$/)
  })
  it('values that would be one name, or the number of a series, have files of their own', () => {
    const parts = ['New York', 'New-York', 'New/York', '2', '']
    const names = parts.flatMap((part) => [1, 2].map((n) => fileName('a_D', { part }, n, { ending: 'csv' })))
    expect(new Set(names).size).toBe(names.length)
    expect(names.slice(2, 4)).toEqual(['a_D.New-York.csv', 'a_D.New-York.2.csv'])
  })
  it('warns of a list smaller than the tool uses', () => {
    const files = [{ file: 'a.csv', rows: 99, bytes: 1, sha256: '' }]
    const warned = (rows: number) =>
      warningsOf({ profile: shipped('tiktok'), columns: [], files: files.map((f) => ({ ...f, rows })), lost: 0 }).map(
        (p) => p.message,
      )
    expect(warned(999)).toEqual(['999 rows; the tool uses lists of 1,000 and more'])
    expect(warned(1000)).toEqual([])
  })
})

describe('importers whose source is open', () => {
  const hostile: Person[] = [
    {
      customer: '1',
      email: ' Ann@Example.com',
      full_name: 'Ann, "the" O\'Neill\nJr',
      first_name: 'Ann',
      city: 'Мін"ск',
      tags: ['a', 'b c'],
      birth_date: '1990-05-17',
      score: { decimal: '1.50' },
      vip: true,
    },
    {
      customer: '2',
      email: 'bob@example.com',
      full_name: null,
      first_name: '=1+1',
      city: null,
      tags: null,
      birth_date: null,
      score: null,
      vip: false,
    },
    {
      customer: '3',
      email: 'no mail',
      full_name: 'X',
      first_name: 'X',
      city: null,
      tags: null,
      birth_date: null,
      score: null,
      vip: null,
    },
  ]
  const fields = Object.keys(hostile[0] as Person)

  it('listmonk takes every row: exact headers, one field count, a JSON object of attributes', () => {
    const { files } = filesOf(shipped('listmonk'), hostile, { values: fields, more: { extra: ['score', 'vip', 'tags'] } })
    const text = (files[0] as Buffer).toString()
    // subimporter.mapCSVHeaders: only ASCII of the header counts, `email` must be among them; LoadCSV: other field counts are passed over.
    const [header, ...rows] = parse(text, { relax_column_count: true }) as string[][]
    expect(header).toEqual(['email', 'name', 'attributes'])
    expect(text.charCodeAt(0)).toBe('e'.charCodeAt(0))
    expect(rows.every((r) => r.length === 3 && r[0] === r[0]?.trim().toLowerCase() && (r[0]?.length ?? 0) <= 1000)).toBe(true)
    expect(rows.map((r) => JSON.parse(r[2] as string))).toEqual([
      { customer: '1', city: 'Мін"ск', score: 1.5, vip: true, tags: ['a', 'b c'] },
      { customer: '2', vip: false },
    ])
    expect(rows[0]?.[1]).toBe('Ann, "the" O\'Neill Jr')
  })

  it('Mautic takes every row: field aliases, tags between bars, dates with a time, booleans it knows', () => {
    const { files } = filesOf(shipped('mautic'), hostile, { values: fields, more: { extra: ['vip'] } })
    const records = parse(files[0] as Buffer, { columns: true }) as Record<string, string>[]
    expect(records).toHaveLength(2)
    expect(Object.keys(records[0] ?? {}).every((k) => /^[a-z0-9_]+$/.test(k))).toBe(true)
    expect(records[0]).toMatchObject({ email: 'ann@example.com', tags: 'a|b c', birth_date: '1990-05-17 00:00:00', vip: 'true' })
    expect(records[1]).toMatchObject({ firstname: '=1+1', tags: '', birth_date: '', vip: 'false' })
  })
})
