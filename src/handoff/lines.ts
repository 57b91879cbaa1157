/** Records as text and text as pieces of files: quoting, headers, and where one file ends and the next begins. */
import { tsvLine } from '../base/csv.js'
import type { OutCell } from '../engine/cells.js'
import { mostInZip } from './compress.js'
import { type Encoder, encoderOf } from './encoding.js'
import type { Params } from './params.js'
import type { Compression, Encoding, Profile } from './profile.js'
import { jsonText, type Shaper, textOf } from './shaping.js'

/** What a file needs to know of the shaper whose records it holds. */
export type Layout = Pick<Shaper, 'headers' | 'before' | 'hex'>

/** Bytes of the file with this number, counted from 1; `end` is its last piece. */
export interface Piece {
  readonly file: number
  readonly bytes: Uint8Array
  readonly end: boolean
  /** Rows of the file so far, records before them and the header not counted. */
  readonly rows: number
}

/** The shape of a profile's files, its parameters settled. */
export interface Shape {
  readonly encoding: Encoding
  readonly compress: Compression
  /** What the name ends in, `csv` or `csv.gz`; a zip holds one file that ends in `inner`. */
  readonly ending: string
  readonly inner: string
}

export function shapeOf(profile: Profile, params: Params): Shape {
  const { file } = profile
  const settled = <W extends string>(value: W | { readonly param: { readonly value: string } } | undefined, fallback: W): W =>
    value === undefined ? fallback : typeof value === 'string' ? value : ((params.get(value.param.value) ?? fallback) as W)
  const compress = settled<Compression>(file?.compress, 'none')
  const inner = file?.ending ?? (file?.format === 'tsv' ? 'tsv' : file?.format === 'ndjson' ? 'ndjson' : 'csv')
  const ending = compress === 'gzip' ? `${inner}.gz` : compress === 'zip' ? 'zip' : inner
  return { encoding: settled<Encoding>(file?.encoding, 'utf-8'), compress, ending, inner }
}

const FLUSH = 64 * 1024

/** A series of files: records go in one by one, pieces are ready as they fill up. Every piece begins at a record. */
export class Series {
  private readonly encoder: Encoder
  private readonly line: (cells: readonly OutCell[]) => string | undefined
  private readonly head: string
  private readonly mostRows: number
  private readonly mostBytes: number
  private text = ''
  private number = 1
  private rows = 0
  private bytes = 0
  private begun = false
  private pieces: Piece[] = []

  constructor(profile: Profile, params: Params, layout: Layout) {
    const { headers, before } = layout
    const { encoding, compress } = shapeOf(profile, params)
    this.encoder = encoderOf(encoding, profile.file?.bom ?? false)
    this.line = lineOf(profile, layout)
    const withHeader = profile.file?.header !== false && profile.file?.format !== 'ndjson'
    this.head = [...(withHeader ? [headers] : []), ...before]
      .map((cells) => lineOf(profile, { ...layout, hex: [] })(cells) ?? '')
      .join('')
    this.mostRows = profile.file?.rows ?? Number.POSITIVE_INFINITY
    this.mostBytes = Math.min(
      profile.file?.bytes ?? Number.POSITIVE_INFINITY,
      compress === 'zip' ? mostInZip : Number.POSITIVE_INFINITY,
    )
  }

  /** False where the record has a cell that these files cannot hold. */
  add(cells: readonly OutCell[]): boolean {
    const line = this.line(cells)
    if (line === undefined) return false
    const size = this.mostBytes === Number.POSITIVE_INFINITY ? 0 : this.encoder.size(line)
    if (!this.begun) this.begin()
    if (this.rows > 0 && (this.rows >= this.mostRows || this.bytes + size > this.mostBytes)) {
      this.flush(true)
      this.number++
      this.begin()
    }
    this.text += line
    this.rows++
    this.bytes += size
    if (this.text.length >= FLUSH) this.flush(false)
    return true
  }

  /** The pieces that are ready; empty between records for the most part. */
  take(): readonly Piece[] {
    if (this.pieces.length === 0) return none
    const taken = this.pieces
    this.pieces = []
    return taken
  }

  get waiting(): boolean {
    return this.pieces.length > 0
  }

  /** Ends the last file; of no records at all there is still one file. */
  end(): readonly Piece[] {
    if (!this.begun) this.begin()
    this.flush(true)
    return this.take()
  }

  /** Characters that the encoding lacks, written as `?`. */
  get lost(): number {
    return this.encoder.lost()
  }

  private begin(): void {
    this.begun = true
    this.rows = 0
    this.bytes = this.encoder.mark.length + this.encoder.size(this.head)
    if (this.encoder.mark.length > 0) this.pieces.push({ file: this.number, bytes: this.encoder.mark, end: false, rows: 0 })
    this.text = this.head
  }

  private flush(end: boolean): void {
    this.pieces.push({ file: this.number, bytes: this.encoder.encode(this.text), end, rows: this.rows })
    this.text = ''
  }
}

const none: readonly Piece[] = []

/** A record as a line; undefined where a cell needs quotes and the profile has none. */
function lineOf(profile: Profile, { headers, hex }: Layout): (cells: readonly OutCell[]) => string | undefined {
  const { format = 'csv', delimiter = ',', quotes = 'needed', newline = '\n' } = profile.file ?? {}
  if (format === 'tsv') return (cells) => ended(tsvLine(cells.map(textOf)), newline)
  if (format === 'ndjson') {
    const names = headers.map((h) => JSON.stringify(h))
    return (cells) => `{${cells.map((cell, i) => `${names[i]}:${jsonText(cell)}`).join(',')}}${newline}`
  }
  switch (quotes) {
    case 'needed': {
      // Many cells are empty: the marks between them are written at once.
      const marks = headers.map((_, n) => delimiter.repeat(n))
      return (cells) => {
        let line = ''
        let owed = 0
        for (let i = 0; i < cells.length; i++) {
          const cell = cells[i]!
          const text = typeof cell === 'string' ? cell : textOf(cell)
          if (text !== '') {
            const safe = hex[i] === true || !needsQuotes(text, delimiter) ? text : `"${text.replaceAll('"', '""')}"`
            line = owed === 0 ? line + safe : line + marks[owed] + safe
            owed = 0
          }
          owed++
        }
        // A record of one empty cell would read back as an empty line, which is no row.
        if (owed > 1) line += marks[owed - 1]
        return (line === '' && cells.length > 0 ? '""' : line) + newline
      }
    }
    case 'all':
      return (cells) => `${cells.map((cell) => `"${textOf(cell).replaceAll('"', '""')}"`).join(delimiter)}${newline}`
    case 'never': {
      const bad = new RegExp(`["\\r\\n${delimiter === '\t' ? '\\t' : `\\${delimiter}`}]`)
      return (cells) => {
        const all = texts(cells)
        return all.some((text) => bad.test(text)) ? undefined : `${all.join(delimiter)}${newline}`
      }
    }
  }
}

function needsQuotes(text: string, delimiter: string): boolean {
  const mark = delimiter.charCodeAt(0)
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 0x22 || c === 0x0a || c === 0x0d || c === mark) return true
  }
  return false
}

const ended = (line: string, newline: string): string => (newline === '\n' ? line : line.slice(0, -1) + newline)

/** Most records are text already; then nothing is copied. */
function texts(cells: readonly OutCell[]): readonly string[] {
  for (let i = 0; i < cells.length; i++) if (typeof cells[i] !== 'string') return cells.map(textOf)
  return cells as readonly string[]
}
