/** Rows as text, one entry a format. Each encoder takes batches of rows and yields pieces of the answer. */
import { cleaned, markdownLine, markdownRule } from '../base/shown.js'
import type { TableColumn } from '../base/table.js'
import type { Format } from './command.js'

/** A number that keeps its digits, written raw in JSON. */
export interface Decimal {
  readonly decimal: string
}
export type Cell = string | number | bigint | boolean | null | readonly string[] | Decimal
export type Row = readonly Cell[]

export interface ColumnSpec {
  readonly name: string
  /** Where absent, numbers stand right and text left. */
  readonly align?: 'left' | 'right'
}

/** What an encoder has to know of an answer besides its rows. */
export interface Shape {
  readonly thing: string
  readonly asOf: string | undefined
  readonly columns: readonly ColumnSpec[]
  readonly header: boolean
  readonly ascii: boolean
  /** The terminal's width where a terminal reads along. */
  readonly width: number | undefined
}

type Batches = AsyncIterable<readonly Row[]>
type Encoder = (batches: Batches, shape: Shape) => AsyncIterable<string>

export const encoders = {
  table: async function* (batches, shape) {
    const { first, all } = await peek(batches)
    const columns = aligned(shape.columns, first)
    const { drawTable } = await import('../base/table.js')
    yield* drawTable(columns, asText(all), shape)
  },
  csv: async function* (batches, shape) {
    if (shape.header) yield csvLine(shape.columns.map((c) => c.name))
    for await (const rows of batches) yield lines(rows, csvLine)
  },
  tsv: async function* (batches, shape) {
    if (shape.header) yield tsvLine(shape.columns.map((c) => c.name))
    for await (const rows of batches) yield lines(rows, tsvLine)
  },
  json: async function* (batches, shape) {
    const asOf = shape.asOf === undefined ? 'null' : JSON.stringify(shape.asOf)
    yield `{"schema":${JSON.stringify(schemaOf(shape.thing))},"as_of":${asOf},"rows":[`
    const object = objectWriter(shape.columns)
    let glue = '\n'
    for await (const rows of batches) {
      let out = ''
      for (const row of rows) {
        out += glue + object(row)
        glue = ',\n'
      }
      yield out
    }
    yield '\n]}\n'
  },
  ndjson: async function* (batches, shape) {
    const object = objectWriter(shape.columns)
    for await (const rows of batches) yield lines(rows, (row) => `${object(row)}\n`)
  },
  md: async function* (batches, shape) {
    const { first, all } = await peek(batches)
    const columns = aligned(shape.columns, first)
    // A Markdown table without a header is none.
    yield markdownLine(columns.map((c) => c.name)) + markdownRule(columns)
    for await (const rows of all) yield lines(rows, (row) => markdownLine(row.map((cell) => cleaned(cellText(cell)))))
  },
} satisfies Record<Format, Encoder>

export const schemaOf = (thing: string): string => `segkit.${thing}/1`

function lines(rows: readonly Row[], line: (row: Row) => string): string {
  let out = ''
  for (const row of rows) out += line(row)
  return out
}

/** A cell as text: unknown is empty, a list is joined by `;`. */
export function cellText(cell: Cell): string {
  if (typeof cell === 'string') return cell
  if (cell === null) return ''
  if (typeof cell !== 'object') return String(cell)
  return 'decimal' in cell ? cell.decimal : cell.join(';')
}

const QUOTED = /[",\r\n]/

/** A record of RFC 4180 with its LF. A record of one empty cell is `""`, for readers pass over an empty line. */
function csvLine(row: Row): string {
  let out = ''
  for (let i = 0; i < row.length; i++) {
    const cell = row[i]!
    const text = typeof cell === 'string' ? cell : cellText(cell)
    if (i > 0) out += ','
    out += QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  return row.length === 1 && out === '' ? '""\n' : `${out}\n`
}

const ESCAPED = /[\t\n\r\\]/g
const ESCAPES: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r', '\\': '\\\\' }

const tsvLine = (row: Row): string => `${row.map((cell) => cellText(cell).replace(ESCAPED, (ch) => ESCAPES[ch]!)).join('\t')}\n`

function objectWriter(columns: readonly ColumnSpec[]): (row: Row) => string {
  const keys = columns.map((c, i) => `${i === 0 ? '' : ','}${JSON.stringify(c.name)}:`)
  return (row) => {
    let out = '{'
    for (let i = 0; i < keys.length; i++) out += keys[i]! + jsonText(row[i] ?? null)
    return `${out}}`
  }
}

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** A document as JSON. Decimals and big integers keep their digits; `indent` is the depth, absent for one line. */
export function jsonText(value: unknown, indent?: number): string {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (isDecimal(value)) return JSON_NUMBER.test(value.decimal) ? value.decimal : JSON.stringify(value.decimal)
  const deeper = indent === undefined ? undefined : indent + 1
  const parts = Array.isArray(value)
    ? value.map((part) => jsonText(part, deeper))
    : Object.entries(value).flatMap(([key, part]) =>
        part === undefined ? [] : [`${JSON.stringify(key)}:${indent === undefined ? '' : ' '}${jsonText(part, deeper)}`],
      )
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  if (deeper === undefined || parts.length === 0) return `${open}${parts.join(',')}${close}`
  const margin = '\n'.padEnd(1 + 2 * deeper)
  return `${open}${margin}${parts.join(`,${margin}`)}${margin.slice(0, -2)}${close}`
}

const isDecimal = (value: object): value is Decimal =>
  'decimal' in value && typeof value.decimal === 'string' && Object.keys(value).length === 1

const isNumber = (cell: Cell): boolean =>
  typeof cell === 'number' || typeof cell === 'bigint' || (typeof cell === 'object' && cell !== null && 'decimal' in cell)

const aligned = (columns: readonly ColumnSpec[], rows: readonly Row[]): readonly TableColumn[] =>
  columns.map(({ name, align }, i) => {
    const sample = rows.find((row) => row[i] !== null)?.[i]
    return { name, align: align ?? (sample !== undefined && isNumber(sample) ? 'right' : 'left') }
  })

async function* asText(batches: Batches): AsyncGenerator<readonly (readonly string[])[]> {
  for await (const rows of batches) yield rows.map((row) => row.map(cellText))
}

/** The first batch beforehand, and all of them once more. */
async function peek(batches: Batches): Promise<{ first: readonly Row[]; all: Batches }> {
  const rest = batches[Symbol.asyncIterator]()
  const { value, done } = await rest.next()
  const first: readonly Row[] = done ? [] : value
  async function* all() {
    try {
      if (!done) yield first
      for (;;) {
        const next = await rest.next()
        if (next.done) return
        yield next.value
      }
    } finally {
      await rest.return?.()
    }
  }
  return { first, all: all() }
}
