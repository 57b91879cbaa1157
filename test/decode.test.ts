import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DecodeFault, decode } from '../src/ingest/decode.js'

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function read(bytes: Buffer, encoding?: string, size = 7) {
  const decoded = await decode(pieces(bytes, size), encoding)
  let text = ''
  for await (const piece of decoded.text) text += piece
  return { text, encoding: decoded.encoding, gzip: decoded.gzip }
}

async function faultOf(bytes: Buffer, encoding?: string): Promise<DecodeFault> {
  try {
    await read(bytes, encoding, 1 << 16)
  } catch (error) {
    if (error instanceof DecodeFault) return error
    throw error
  }
  throw new Error('was decoded')
}

const utf16be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16()
const cp1251 = (text: string): Buffer =>
  Buffer.from([...text].map((c) => (/[а-яА-Я]/.test(c) ? c.charCodeAt(0) - 0x410 + 0xc0 : c.charCodeAt(0))))

describe('bytes', () => {
  it('of UTF-8 are the text that was written, however they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 60 }), fc.integer({ min: 1, max: 9 }), async (text, size) => {
        fc.pre(!text.startsWith('\ufeff') && !text.includes('\0') && !/^\s*</.test(text))
        expect((await read(Buffer.from(text), undefined, size)).text).toBe(text)
      }),
    )
  })

  it('of several megabytes are the same text, with characters across the seams', async () => {
    for (const shift of ['', 'a', 'ab', 'abc']) {
      for (const unit of ['😀', '€', 'ж']) {
        const text = shift + unit.repeat(500_000)
        expect((await read(Buffer.from(text), undefined, 1 << 18)).text === text, `${unit} after ${shift}`).toBe(true)
      }
    }
  })

  it('with a byte order mark name their encoding, even over another one', async () => {
    const text = 'имя,é\n1,2\n'
    expect(await read(Buffer.from(`\ufeff${text}`), 'windows-1251')).toEqual({ text, encoding: 'utf-8', gzip: false })
    expect(await read(Buffer.from(`\ufeff${text}`, 'utf16le'))).toEqual({ text, encoding: 'utf-16le', gzip: false })
    expect(await read(utf16be(`\ufeff${text}`), 'utf-8')).toEqual({ text, encoding: 'utf-16be', gzip: false })
  })

  it.each(['windows-1251', 'cp1251', 'Win-1251', 'CP-1251'])('in an encoding named %s are read so', async (name) => {
    expect(await read(cp1251('Клиент;Город\n'), name)).toMatchObject({ text: 'Клиент;Город\n', encoding: 'windows-1251' })
  })

  it('of gzip are told by their content, in one member or several', async () => {
    const bytes = Buffer.concat([gzipSync('a,b\n1,2\n'), gzipSync('3,4\n')])
    expect(await read(bytes)).toEqual({ text: 'a,b\n1,2\n3,4\n', encoding: 'utf-8', gzip: true })
    expect((await read(gzipSync(cp1251('Клиент\n')), 'windows-1251')).text).toBe('Клиент\n')
  })

  it('are counted as they lie in the file', async () => {
    const bytes = gzipSync('a,b\n'.repeat(1000))
    const counts: number[] = []
    const { text } = await decode(pieces(bytes, 10), undefined, (n) => counts.push(n))
    for await (const _ of text);
    expect(counts.at(-1)).toBe(bytes.length)
    expect(counts[0]).toBe(10)
  })

  it('of an empty file are an empty text', async () => {
    expect(await read(Buffer.alloc(0))).toEqual({ text: '', encoding: 'utf-8', gzip: false })
  })

  it('of a file that is left early are read no further', async () => {
    let closed = false
    async function* endless(): AsyncGenerator<Buffer> {
      try {
        for (;;) yield Buffer.alloc(1 << 18, 'a,b\n')
      } finally {
        closed = true
      }
    }
    for await (const _ of (await decode(endless(), undefined)).text) break
    expect(closed).toBe(true)
  })
})

describe('bytes that are no text', () => {
  it('name the line, the byte and what usual encodings would read, the likeliest first', async () => {
    const bytes = Buffer.concat([Buffer.from('id;name\r\n1;Anna\r\n'), cp1251('2;Ольга из Минска\r\n3;Пётр\r\n')])
    const fault = await faultOf(bytes)
    expect(fault).toMatchObject({ code: 'not-utf8', place: { offset: 19, line: 3 } })
    expect(fault.place?.guesses.map((g) => g.encoding).sort()).toEqual(['ibm866', 'koi8-r', 'windows-1251', 'windows-1252'])
    expect(fault.place?.guesses[0]).toEqual({ encoding: 'windows-1251', text: '2;Ольга из Минска' })
    expect(fault.help).toContain('`--encoding windows-1251` reads the line as `2;Ольга из Минска`')
  })

  it('that are western put the western encoding first', async () => {
    const fault = await faultOf(Buffer.from('id,name\n1,Zoé Müller, café crème\n', 'latin1'))
    expect(fault.place?.guesses[0]).toEqual({ encoding: 'windows-1252', text: '1,Zoé Müller, café crème' })
  })

  it('are found far inside the file and in its very last byte', async () => {
    const good = 'a,жжж\n'.repeat(400_000)
    const far = await faultOf(Buffer.concat([Buffer.from(good), Buffer.from([0xff]), Buffer.from(`\n${good}`)]))
    expect(far.place).toMatchObject({ offset: Buffer.byteLength(good), line: 400_001 })
    expect((await faultOf(Buffer.from([97, 10, 98, 0xd0]))).place).toMatchObject({ offset: 3, line: 2 })
  })

  it('keep a replacement character that the file itself holds', async () => {
    expect((await read(Buffer.from('a\ufffd,b\n'))).text).toBe('a\ufffd,b\n')
    expect((await faultOf(Buffer.concat([Buffer.from('a\ufffd,b\n'), Buffer.from([0xe9, 10])]))).place).toMatchObject({
      offset: 7,
      line: 2,
    })
  })

  it('do not pass in the encoding that was named either', async () => {
    expect(await faultOf(Buffer.from([97, 10, 98, 0x82, 10, 99]), 'shift_jis')).toMatchObject({
      code: 'bad-bytes',
      place: { line: 2 },
    })
    expect(await faultOf(Buffer.from([97, 10, 0xff]), 'utf-8')).toMatchObject({ code: 'not-utf8', place: { line: 2 } })
  })

  it('need an encoding that is known', async () => {
    expect(await faultOf(Buffer.from('a'), 'windows-1215')).toMatchObject({
      code: 'unknown-encoding',
      help: 'did you mean `windows-1251`?',
    })
  })

  it('of a gzip file that is cut off or damaged are refused', async () => {
    const bytes = gzipSync('a,b\n'.repeat(100_000), { level: 1 })
    expect(await faultOf(bytes.subarray(0, bytes.length - 30))).toMatchObject({
      code: 'bad-gzip',
      message: expect.stringContaining('cut off'),
    })
    const damaged = Buffer.from(bytes)
    damaged.fill(0x55, 30, 60)
    expect(await faultOf(damaged)).toMatchObject({ code: 'bad-gzip' })
  })

  it('keep the error of the disk they come from', async () => {
    async function* failing(): AsyncGenerator<Buffer> {
      yield gzipSync('a,b\n')
      throw Object.assign(new Error('EIO'), { code: 'EIO' })
    }
    await expect(decode(failing(), undefined)).rejects.toMatchObject({ code: 'EIO' })
  })

  it.each([
    ['an Excel workbook', Buffer.from('PK\x03\x04..........[Content_Types].xml', 'latin1')],
    ['a zip archive', Buffer.from('PK\x03\x04........orders.csv', 'latin1')],
    ['an old Excel workbook', Buffer.from('d0cf11e0a1b11ae1', 'hex')],
    ['a PDF document', Buffer.from('%PDF-1.7\n')],
    ['a Parquet file', Buffer.from('PAR1\x15\x04')],
    ['an SQLite database', Buffer.from('SQLite format 3\0')],
    ['an HTML or XML document', Buffer.from('<html><table>')],
    ['a binary file', Buffer.from([0, 0, 0, 1, 2, 0, 0, 0, 3])],
  ])('but %s are called by their name', async (name, bytes) => {
    const fault = await faultOf(bytes)
    expect(fault.code).toBe('not-csv')
    expect(fault.message).toBe(`this is ${name}, not a CSV file`)
  })

  it('of UTF-16 without a mark name the encoding to give', async () => {
    expect(await faultOf(Buffer.from('id,name\n1,Anna\n', 'utf16le'))).toMatchObject({
      code: 'not-utf8',
      help: expect.stringContaining('--encoding utf-16le'),
    })
    expect((await read(Buffer.from('id,имя\n', 'utf16le'), 'utf-16le')).text).toBe('id,имя\n')
  })
})
