/** Files as gzip, and as a zip of one file, written as they stream by. The same bytes in give the same bytes out: no clock is asked. */
import { pipeline } from 'node:stream/promises'
import { crc32, createDeflateRaw, createGzip, type DeflateRaw, type Gzip } from 'node:zlib'
import type { Compression } from './profile.js'

type Bytes = AsyncIterable<Uint8Array>

/** `name` is that of the file within a zip. */
export function compressed(compression: Compression, name: string, bytes: Bytes): Bytes {
  switch (compression) {
    case 'none':
      return bytes
    case 'gzip':
      return through(createGzip(), bytes)
    case 'zip':
      return zipped(name, bytes)
  }
}

/** A zip without 64-bit sizes holds no more; its series begins a new file before. */
export const mostInZip = 4_000_000_000

async function* through(stream: Gzip | DeflateRaw, bytes: Bytes): AsyncGenerator<Uint8Array> {
  const fed = pipeline(bytes, stream)
  fed.catch(() => undefined)
  for await (const chunk of stream) yield chunk as Uint8Array
  await fed
}

/** APPNOTE.TXT 4.3.7–4.3.16: local header, data, data descriptor, central directory, its end. */
async function* zipped(name: string, bytes: Bytes): AsyncGenerator<Uint8Array> {
  const title = Buffer.from(name, 'utf8')
  let crc = 0
  let size = 0
  let packed = 0
  async function* measured(): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      crc = crc32(chunk, crc)
      size += chunk.length
      yield chunk
    }
  }
  /** Version, sizes after the data and names in UTF-8, deflate, 1 January 1980 at 0:00. */
  const common = [20, 0x0808, 8, 0, 0x21]
  yield Buffer.concat([words('VSSSSSVVVSS', 0x04034b50, ...common, 0, 0, 0, title.length, 0), title])
  for await (const chunk of through(createDeflateRaw(), measured())) {
    packed += chunk.length
    yield chunk
  }
  yield words('VVVV', 0x08074b50, crc, packed, size)
  const directory = 30 + title.length + packed + 16
  const entry = words(
    'VSSSSSSVVVSSSSSVV',
    0x02014b50,
    MADE_ON_UNIX,
    ...common,
    crc,
    packed,
    size,
    title.length,
    0,
    0,
    0,
    0,
    OWNER_ONLY,
    0,
  )
  yield Buffer.concat([entry, title, words('VSSSSVVS', 0x06054b50, 0, 0, 1, 1, entry.length + title.length, directory, 0)])
}

const MADE_ON_UNIX = 0x0314
const OWNER_ONLY = (0o100600 << 16) >>> 0

/** Numbers as bytes, the lowest first: `V` four, `S` two. */
function words(form: string, ...numbers: readonly number[]): Buffer {
  const out = Buffer.alloc([...form].reduce((n, f) => n + (f === 'V' ? 4 : 2), 0))
  let at = 0
  for (const [i, f] of [...form].entries()) {
    at = f === 'V' ? out.writeUInt32LE(numbers[i] as number, at) : out.writeUInt16LE(numbers[i] as number, at)
  }
  return out
}
