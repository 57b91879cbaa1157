/** Bytes to text: gzip by content, the encoding by its mark or by name, else strict UTF-8. Knows nothing of CSV. */
import { isAscii, isUtf8 } from 'node:buffer'
import { Readable } from 'node:stream'
import { TextDecoder } from 'node:util'
import { createGunzip } from 'node:zlib'
import { suggest } from '../base/text.js'

export interface Decoded {
  /** In pieces of about a megabyte, without the byte order mark. Throws DecodeFault where the bytes are no text. */
  readonly text: AsyncIterable<string>
  /** The encoding that was used, `utf-8`, `windows-1251`. */
  readonly encoding: string
  readonly gzip: boolean
}

export type DecodeFaultCode = 'not-utf8' | 'bad-bytes' | 'nul-byte' | 'bad-gzip' | 'unknown-encoding' | 'not-csv'

/** Where bytes stop being text: the offset counts unpacked bytes from 0, the line from 1. */
export interface DecodePlace {
  readonly offset: number
  readonly line: number
  /** The line as each encoding would read it, the likeliest first. */
  readonly guesses: readonly { readonly encoding: string; readonly text: string }[]
}

export class DecodeFault extends Error {
  constructor(
    readonly code: DecodeFaultCode,
    message: string,
    readonly help: string,
    readonly place?: DecodePlace,
  ) {
    super(message)
  }
}

/** What to do with a list that is in another encoding than UTF-8. */
export function otherEncodingHelp({ place, help }: DecodeFault, file: string): string {
  const guess = place?.guesses[0]
  if (guess === undefined) return help
  const name = file === 'stdin' ? '' : ` ${file}`
  return `lists are UTF-8: \`iconv -f ${guess.encoding} -t utf-8${name}\` reads the line as \`${guess.text}\``
}

/** `onBytes` hears how many bytes of the source, packed or not, have been read. A byte order mark wins over `encoding`. */
export async function decode(
  bytes: AsyncIterable<Buffer>,
  encoding: string | undefined,
  onBytes?: (readSoFar: number) => void,
): Promise<Decoded> {
  const named = encoding === undefined ? undefined : decoderFor(encoding)
  const raw = await Blocks.open(onBytes === undefined ? bytes : counted(bytes, onBytes))
  const gzip = raw.head[0] === 0x1f && raw.head[1] === 0x8b
  const blocks = gzip ? await Blocks.open(gunzip(raw)) : raw
  try {
    const mark = marks.find(({ bytes }) => bytes.every((b, i) => blocks.head[i] === b))
    const decoder = mark === undefined ? named : decoderFor(mark.encoding)
    refuseOtherFormats(blocks.head, mark !== undefined || named?.encoding.startsWith('utf-16') === true)
    blocks.skip(mark?.bytes.length ?? 0)
    const text =
      decoder === undefined || decoder.encoding === 'utf-8' ? utf8(blocks, mark?.bytes.length ?? 0) : by(blocks, decoder)
    return { text, encoding: decoder?.encoding ?? 'utf-8', gzip }
  } catch (error) {
    await blocks.close()
    throw error
  }
}

/** All of a small file at once: its byte order mark names the encoding, otherwise it is UTF-8. Throws DecodeFault. */
export function decodeWhole(bytes: Buffer): string {
  const mark = marks.find((m) => m.bytes.every((b, i) => bytes[i] === b))
  const decoder = mark === undefined ? undefined : decoderFor(mark.encoding)
  refuseOtherFormats(bytes, mark !== undefined)
  const body = bytes.subarray(mark?.bytes.length ?? 0)
  if (decoder !== undefined && decoder.encoding !== 'utf-8')
    return withoutNul(attempt(decoder, body, 0, 1) + attempt(decoder, undefined, 0, 1), 1)
  if (!isUtf8(body)) throw notUtf8(body, firstBad(body), mark?.bytes.length ?? 0, 1)
  return withoutNul(body.toString('utf8'), 1)
}

const BLOCK = 1 << 20

const marks: readonly { readonly bytes: readonly number[]; readonly encoding: string }[] = [
  { bytes: [0xef, 0xbb, 0xbf], encoding: 'utf-8' },
  { bytes: [0xff, 0xfe, 0, 0], encoding: 'utf-32le' },
  { bytes: [0xff, 0xfe], encoding: 'utf-16le' },
  { bytes: [0xfe, 0xff], encoding: 'utf-16be' },
]

/** The bytes in blocks of about a megabyte, the first of which can be looked at beforehand. */
class Blocks implements AsyncIterable<Buffer> {
  head: Buffer = Buffer.alloc(0)
  private constructor(private readonly source: AsyncIterator<Buffer>) {}

  static async open(bytes: AsyncIterable<Buffer>): Promise<Blocks> {
    const blocks = new Blocks(bytes[Symbol.asyncIterator]())
    blocks.head = await blocks.fill()
    return blocks
  }

  skip(bytes: number): void {
    this.head = this.head.subarray(bytes)
  }

  async close(): Promise<void> {
    await this.source.return?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    try {
      for (let block = this.head; block.length > 0; block = await this.fill()) yield block
    } finally {
      await this.close()
    }
  }

  private async fill(): Promise<Buffer> {
    const parts: Buffer[] = []
    for (let size = 0; size < BLOCK; ) {
      const next = await this.source.next()
      if (next.done === true) break
      parts.push(next.value)
      size += next.value.length
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
  }
}

async function* counted(bytes: AsyncIterable<Buffer>, onBytes: (readSoFar: number) => void): AsyncGenerator<Buffer> {
  let read = 0
  for await (const chunk of bytes) {
    read += chunk.length
    onBytes(read)
    yield chunk
  }
}

async function* gunzip(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const source = Readable.from(packed)
  const unpacked = createGunzip({ chunkSize: BLOCK / 4 })
  source.on('error', (error) => unpacked.destroy(error))
  try {
    yield* source.pipe(unpacked)
  } catch (error) {
    if (!String((error as NodeJS.ErrnoException).code).startsWith('Z_')) throw error
    const cut = (error as NodeJS.ErrnoException).code === 'Z_BUF_ERROR'
    throw new DecodeFault(
      'bad-gzip',
      cut ? 'the gzip file is cut off before its end' : 'the gzip file is damaged',
      'fetch or pack it again; `gzip -t FILE` tells whether it is whole',
    )
  } finally {
    source.destroy()
    unpacked.destroy()
  }
}

async function* utf8(blocks: AsyncIterable<Buffer>, skipped: number): AsyncGenerator<string> {
  let offset = skipped
  let line = 1
  let tail: Buffer = Buffer.alloc(0)
  for await (const block of blocks) {
    const whole = tail.length === 0 ? block : Buffer.concat([tail, block])
    const end = wholeCharacters(whole)
    const text = utf8Text(whole.subarray(0, end), whole, offset, line)
    if (block.includes(0)) withoutNul(text, line)
    line += lineEnds(text)
    offset += end
    tail = whole.subarray(end)
    yield text
  }
  if (tail.length > 0) throw notUtf8(tail, 0, offset, line)
}

function utf8Text(bytes: Buffer, around: Buffer, offset: number, line: number): string {
  if (isAscii(bytes)) return bytes.toString('latin1')
  if (isUtf8(bytes)) return bytes.toString('utf8')
  throw notUtf8(around, firstBad(bytes), offset, line)
}

/** No text holds a NUL: what SQLite keeps of it some programs show, some cut off, so that equal keys would be different customers. */
function withoutNul(text: string, firstLine: number): string {
  const at = text.indexOf('\0')
  if (at < 0) return text
  const line = firstLine + lineEnds(text.slice(0, at))
  throw new DecodeFault(
    'nul-byte',
    `line ${line} holds a NUL, a character that no text has`,
    "the file is damaged or no text: make it anew; where only the NULs are too much, `tr -d '\\000' < FILE` leaves them out",
  )
}

/** Where the last character that may not be whole begins. */
function wholeCharacters(bytes: Buffer): number {
  for (let at = bytes.length - 1; at >= 0 && at > bytes.length - 4; at--) {
    const byte = bytes[at]!
    if (byte < 0x80) break
    if (byte < 0xc0) continue
    return at + (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > bytes.length ? at : bytes.length
  }
  return bytes.length
}

/** The offset of the first byte that is not UTF-8: where decoding puts a mark that the bytes do not hold. */
function firstBad(bytes: Buffer): number {
  const text = bytes.toString('utf8')
  let at = 0
  let from = 0
  for (let i = text.indexOf('\ufffd'); i >= 0; i = text.indexOf('\ufffd', from)) {
    at += Buffer.byteLength(text.slice(from, i))
    if (bytes[at] !== 0xef || bytes[at + 1] !== 0xbf || bytes[at + 2] !== 0xbd) return at
    at += 3
    from = i + 1
  }
  return at
}

function notUtf8(bytes: Buffer, bad: number, offset: number, line: number): DecodeFault {
  const before = bytes.subarray(0, bad)
  const start = Math.max(before.lastIndexOf(10), before.lastIndexOf(13)) + 1
  const sample = bytes.subarray(Math.max(start, bad - 80), bad + 120)
  const guesses = guess(sample.subarray(0, lineLength(sample, bad - Math.max(start, bad - 80))))
  const place = { offset: offset + bad, line: line + lineEnds(before.toString('latin1')), guesses }
  return new DecodeFault('not-utf8', `line ${place.line} is not UTF-8 (byte ${place.offset})`, encodingHelp(guesses), place)
}

const lineLength = (sample: Buffer, from: number): number => {
  const ends = [sample.indexOf(10, from), sample.indexOf(13, from)].filter((n) => n >= 0)
  return ends.length === 0 ? sample.length : Math.min(...ends)
}

const encodingHelp = (guesses: DecodePlace['guesses']): string =>
  `name the encoding: ${guesses.map((g) => `\`--encoding ${g.encoding}\` reads the line as \`${g.text}\``).join('; ')}`

const usual = ['windows-1251', 'windows-1252', 'koi8-r', 'ibm866'] as const

function guess(bytes: Buffer): DecodePlace['guesses'] {
  return usual
    .map((encoding) => ({ encoding, text: new TextDecoder(encoding).decode(bytes) }))
    .sort((a, b) => oddness(a.text) - oddness(b.text))
}

/** How little a text looks like words: no letters, scripts mixed in a word, capitals inside, accents in a row. */
function oddness(text: string): number {
  const count = (found: RegExp): number => [...text.matchAll(found)].length
  return (
    count(/[^\p{ASCII}\p{L}№«»“”’„–—…\u00a0]/gu) +
    count(/[\p{Script=Latin}](?=\p{Script=Cyrillic})|\p{Script=Cyrillic}(?=\p{Script=Latin})/gu) +
    count(/\p{Ll}(?=\p{Lu})/gu) +
    count(/[\u00c0-\u024f](?=[\u00c0-\u024f])/gu)
  )
}

async function* by(blocks: AsyncIterable<Buffer>, decoder: TextDecoder): AsyncGenerator<string> {
  let offset = 0
  let line = 1
  for await (const block of blocks) {
    const text = withoutNul(attempt(decoder, block, offset, line), line)
    line += lineEnds(text)
    offset += block.length
    if (text !== '') yield text
  }
  const rest = attempt(decoder, undefined, offset, line)
  if (rest !== '') yield rest
}

function attempt(decoder: TextDecoder, block: Buffer | undefined, offset: number, line: number): string {
  try {
    return block === undefined ? decoder.decode() : decoder.decode(block, { stream: true })
  } catch {
    const { encoding } = decoder
    const within = block === undefined || encoding.startsWith('utf-16') ? 0 : badLine(block, encoding)
    const place = { offset: offset + within, line: line + lineEnds(block?.toString('latin1', 0, within) ?? ''), guesses: [] }
    throw new DecodeFault(
      'bad-bytes',
      `the bytes from line ${place.line} on (byte ${place.offset}) are not ${encoding}`,
      'name the encoding that the file was written in with `--encoding`',
      place,
    )
  }
}

/** The start of the first line that does not decode by itself. */
function badLine(block: Buffer, encoding: string): number {
  for (let start = 0; start < block.length; ) {
    const next = block.indexOf(10, start)
    const end = next < 0 ? block.length : next + 1
    try {
      new TextDecoder(encoding, { fatal: true }).decode(block.subarray(start, end))
    } catch {
      return start
    }
    start = end
  }
  return 0
}

function lineEnds(text: string): number {
  let n = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) n++
  for (let at = text.indexOf('\r'); at >= 0; at = text.indexOf('\r', at + 1)) if (text.charCodeAt(at + 1) !== 10) n++
  return n
}

function decoderFor(name: string): TextDecoder {
  const plain = name.trim().toLowerCase()
  const label = plain
    .replace(/^(?:win|windows|cp)[-_ ]?(?=125\d$)/, 'windows-')
    .replace(/^cp[-_ ]?866$/, 'ibm866')
    .replace(/^utf[-_ ]?(8|16le|16be|16)$/, 'utf-$1')
    .replace(/^koi8[-_ ]?([ru])$/, 'koi8-$1')
  try {
    // The byte order mark is gone by then: a U+FEFF that is still there is part of the text.
    return new TextDecoder(label, { fatal: true, ignoreBOM: true })
  } catch {
    const known = [
      ...usual,
      'utf-8',
      'utf-16le',
      'utf-16be',
      'windows-1250',
      'windows-1254',
      'iso-8859-2',
      'iso-8859-15',
      'koi8-u',
      'gb18030',
      'shift_jis',
    ]
    throw new DecodeFault(
      'unknown-encoding',
      `the encoding \`${name}\` is not known`,
      suggest(plain, known) ?? `such as ${known.slice(0, 6).join(', ')}`,
    )
  }
}

const formats: readonly { readonly magic: string; readonly is: string; readonly help: string }[] = [
  { magic: 'SQLite format 3\0', is: 'an SQLite database', help: 'export the table: `sqlite3 -csv -header FILE "select …"`' },
  { magic: '%PDF-', is: 'a PDF document', help: 'ask for the data as CSV' },
  { magic: 'PAR1', is: 'a Parquet file', help: "export it as CSV, for instance with DuckDB: `copy (from 'FILE') to 'out.csv'`" },
  { magic: '\xd0\xcf\x11\xe0', is: 'an old Excel workbook', help: 'save it as CSV UTF-8' },
  { magic: 'BZh', is: 'a bzip2 archive', help: 'unpack it, or pipe it: `bzcat FILE | segkit ingest SOURCE -`' },
  { magic: '\xfd7zXZ\0', is: 'an xz archive', help: 'unpack it, or pipe it: `xzcat FILE | segkit ingest SOURCE -`' },
  { magic: '\x28\xb5\x2f\xfd', is: 'a zstd archive', help: 'unpack it, or pipe it: `zstdcat FILE | segkit ingest SOURCE -`' },
  { magic: '7z\xbc\xaf\x27\x1c', is: 'a 7-Zip archive', help: 'unpack it first' },
  { magic: '\x89PNG', is: 'a picture', help: 'name a CSV file' },
]

function refuseOtherFormats(head: Buffer, wide: boolean): void {
  const start = head.toString('latin1', 0, 8192)
  const refuse = (is: string, help: string): never => {
    throw new DecodeFault('not-csv', `this is ${is}, not a CSV file`, help)
  }
  if (start.startsWith('PK\x03\x04')) {
    if (/xl\/|\[Content_Types\]/.test(start)) refuse('an Excel workbook', 'save it as CSV UTF-8 (File, Save as)')
    if (start.includes('opendocument.spreadsheet')) refuse('an OpenDocument spreadsheet', 'save it as CSV, UTF-8')
    refuse('a zip archive', 'unpack it, or pipe it: `unzip -p FILE | segkit ingest SOURCE -`')
  }
  for (const { magic, is, help } of formats) if (start.startsWith(magic)) refuse(is, help)
  if (/^\s*<(?:!doctype html|html|\?xml)/i.test(start)) refuse('an HTML or XML document', 'export it as CSV')
  if (wide) return
  const nuls = [0, 0]
  for (let i = 0; i < start.length; i++) if (start.charCodeAt(i) === 0) nuls[i % 2]!++
  const [even, odd] = nuls as [number, number]
  if ((even + odd) * 20 <= start.length) return
  if (even === 0 || odd === 0) {
    const encoding = odd > 0 ? 'utf-16le' : 'utf-16be'
    const line = /^[^\r\n]*/.exec(new TextDecoder(encoding).decode(head.subarray(0, 400)))![0].slice(0, 120)
    const guesses = [{ encoding, text: line }]
    throw new DecodeFault('not-utf8', 'this is not UTF-8: every other byte is zero', encodingHelp(guesses), {
      offset: 0,
      line: 1,
      guesses,
    })
  }
  refuse('a binary file', 'name a CSV file')
}
