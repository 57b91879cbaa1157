/** Text as bytes in the encodings that files go out in. What an encoding lacks leaves as `?` and is counted. */
import type { Encoding } from './profile.js'

export interface Encoder {
  /** Stands at the beginning of a file. */
  readonly mark: Uint8Array
  encode(text: string): Uint8Array
  /** How many bytes it would be. */
  size(text: string): number
  /** Characters written as `?` so far. */
  readonly lost: () => number
}

const nothing = new Uint8Array(0)

/** `bom` asks for a byte order mark where the encoding has one; UTF-16 always begins with it. */
export function encoderOf(encoding: Encoding, bom: boolean): Encoder {
  switch (encoding) {
    case 'utf-8':
      return {
        mark: bom ? Buffer.from([0xef, 0xbb, 0xbf]) : nothing,
        encode: utf8,
        size: (text) => Buffer.byteLength(text, 'utf8'),
        lost: () => 0,
      }
    case 'utf-16le':
      return {
        mark: Buffer.from([0xff, 0xfe]),
        encode: (text) => Buffer.from(text, 'utf16le'),
        size: (text) => text.length * 2,
        lost: () => 0,
      }
    case 'windows-1251':
    case 'windows-1252':
      return oneByte(encoding)
  }
}

/** Where a text has as many bytes as letters, they are its letters, and a copy of them will do. */
function utf8(text: string): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text, 'utf8'))
  if (bytes.length === text.length) bytes.write(text, 'latin1')
  else bytes.write(text, 'utf8')
  return bytes
}

function oneByte(encoding: Encoding): Encoder {
  const bytes = tableOf(encoding)
  let lost = 0
  return {
    mark: nothing,
    encode(text) {
      const composed = text.normalize('NFC')
      const out = Buffer.alloc(composed.length)
      let at = 0
      for (const ch of composed) {
        const code = ch.codePointAt(0) as number
        const byte = code < 128 ? code : bytes.get(code)
        if (byte === undefined) lost++
        out[at++] = byte ?? QUESTION
      }
      return out.subarray(0, at)
    },
    size: (text) => [...text.normalize('NFC')].length,
    lost: () => lost,
  }
}

const QUESTION = 0x3f

/** The upper half of a code page by its code points. */
function tableOf(encoding: Encoding): ReadonlyMap<number, number> {
  const decoder = new TextDecoder(encoding)
  const table = new Map<number, number>()
  for (let byte = 128; byte < 256; byte++) {
    const code = decoder.decode(Uint8Array.of(byte)).codePointAt(0) as number
    if (code >= 160 && code !== 0xfffd) table.set(code, byte)
  }
  return table
}
