/** A CSV about to be loaded: how it is encoded, divided, dated and mapped, settled before its first row counts. Never guesses in silence. */
import { CsvFault, csvLine, longestRecord, readRecords, readRows } from '../base/csv.js'
import { dayMonthOrder, guessFormat, ISO, momentReader } from '../base/dates.js'
import { type Problem, Problems, type Span } from '../base/problem.js'
import type { Rows } from '../base/rows.js'
import type { Zone } from '../base/time.js'
import { knownFields, type SourceName } from '../store/sources.js'
import { csvText } from './csv-text.js'
import { DecodeFault } from './decode.js'
import { type Mapping, mapColumns } from './mapping.js'
import type { Delimiter, SourceOptions } from './options.js'
import { rejectColumns } from './rejects.js'
import { sniffDecimal, sniffDelimiter } from './sniff.js'

export interface InputFile {
  /** As it is shown. */
  readonly name: string
  /** May be called more than once. */
  open(): AsyncIterable<Buffer>
  readonly size?: number
}

export interface SourceFile {
  readonly headers: readonly string[]
  readonly mapping: Mapping
  readonly delimiter: Delimiter
  readonly decimal: '.' | ','
  /** Nothing has told the decimal mark, so that `1,234` may be either. */
  readonly unsettled: boolean
  /** The format of the dates; ISO where absent. */
  readonly dates?: string
  /** Fields of the file's own that are numbers with a decimal comma and so, undeclared, text. */
  readonly commaFields: readonly string[]
  /** Whether the row is the header once more, as where files were put one after the other. One cell alone does not tell. */
  repeatsHeader(row: Rows): boolean
  /** The data rows in blocks, from the first one each time. */
  rows(onBytes?: (bytes: number) => void): AsyncGenerator<Rows>
}

export interface Refused {
  readonly refused: 65 | 66
  readonly problems: readonly Problem[]
}

/** Characters that the delimiter is settled by. */
const HEAD = 64 * 1024
/** Rows that dates and decimals are settled by; all rows where those leave it open. */
const SAMPLE = 2_000

/** `thorough`: decimals are settled by all rows, because the first ones left them open and a later one asked. */
export async function openSource(
  file: InputFile,
  source: SourceName,
  options: SourceOptions,
  zone: Zone,
  thorough = false,
): Promise<{ file: SourceFile } | Refused> {
  const problems = new Problems()
  const refused = (): Refused => ({ refused: problems.list[0]?.code === 'no-rows' ? 66 : 65, problems: problems.list })
  const delimiter = options.delimiter ?? (await findDelimiter(file, options, problems))
  if (delimiter === undefined) return refused()
  const sample = await firstRecords(file, options, delimiter, SAMPLE + 1)
  if (sample.length === 0) {
    noRows(file.name, problems)
    return refused()
  }
  const written = options.header === false ? sample[0]!.map((_, i) => String(i + 1)) : sample[0]!.map((h) => h.trim())
  const passed = rejectColumns.every((name, i) => written[i] === name) ? rejectColumns.length : 0
  const headers = written.slice(passed)
  const span = (column: number): Span => headerSpan(file.name, written, column + passed)
  const mapping = mapColumns(headers, source, options, problems, { name: file.name, span })
  if (mapping === undefined || problems.failed) return refused()
  const data = sample.slice(options.header === false ? 0 : 1).map((row) => row.slice(passed))
  const rows = (onBytes?: (bytes: number) => void) => dataRows(file, options, delimiter, passed, onBytes)
  const dates = await findDates(file.name, mapping, source, options, data, zone, rows, problems)
  const decimal = await findDecimal(file.name, mapping, options, data, rows, thorough, problems)
  if (decimal === undefined || problems.failed) return refused()
  const commaFields = commaFieldsOf(mapping, options, data)
  const several = options.header !== false && headers.length > 1
  const repeatsHeader = (row: Rows): boolean =>
    several && row.width === headers.length && headers.every((h, i) => row.is(i, h) || row.cell(i) === h)
  return {
    file: {
      headers,
      mapping,
      delimiter,
      ...decimal,
      ...(dates === undefined ? {} : { dates }),
      commaFields,
      repeatsHeader,
      rows,
    },
  }
}

function commaFieldsOf(mapping: Mapping, options: SourceOptions, data: readonly (readonly string[])[]): readonly string[] {
  const own = mapping.columns.filter((c) => !c.known && options.types?.[c.field] === undefined)
  return own.flatMap(({ field, index }) => {
    const cells = data.map((row) => (row[index] ?? '').trim()).filter((cell) => cell !== '')
    const numbers = cells.every((cell) => /^[+-]?\d{1,15}(?:,\d{1,15})?$/.test(cell))
    return numbers && cells.some((cell) => cell.includes(',')) ? [field] : []
  })
}

const noRows = (file: string, problems: Problems): undefined =>
  problems.error('no-rows', `\`${file}\` is empty`, { help: 'nothing was changed; check the program that writes the file' })

function headerSpan(file: string, headers: readonly string[], column: number): Span {
  const text = cellsText(headers)
  const start = column === 0 ? 0 : cellsText(headers.slice(0, column)).length + 1
  return { source: { name: file, text }, start, end: cellsText(headers.slice(0, column + 1)).length }
}

const cellsText = (cells: readonly string[]): string => csvLine(cells).replace(/\n$/, '').replaceAll('\n', ' ')

/** The problem that an unreadable file is; undefined for any other error. */
export function faultProblem(error: unknown, file: string): Problem | undefined {
  if (error instanceof CsvFault) {
    const source = { name: file, text: error.text, line: error.line }
    const at = Math.min(error.column - 1, error.text.length)
    const opened = error.opened === undefined ? '' : `; the cell began in line ${error.opened}`
    return {
      code: error.code,
      severity: 'error',
      message:
        error.code === 'unclosed-quote'
          ? 'a quote is opened here and never closed'
          : error.code === 'bad-quote'
            ? `a quote stands where none can${opened}`
            : `the row that begins here is longer than ${longestRecord >> 20} million characters`,
      span: { source, start: at, end: at + 1 },
      help:
        error.code === 'record-too-long'
          ? 'look for a quote that opens a cell and is closed far below; nothing was loaded'
          : 'inside quotes a quote is written twice; nothing was loaded',
    }
  }
  if (error instanceof DecodeFault) {
    const { place } = error
    const text = place?.guesses[0]?.text
    return {
      code: error.code,
      severity: 'error',
      message: error.message,
      ...(place === undefined || text === undefined
        ? {}
        : { span: { source: { name: file, text, line: place.line }, start: 0, end: text.length } }),
      help: error.help,
    }
  }
  return undefined
}

async function* dataRows(
  file: InputFile,
  options: SourceOptions,
  delimiter: Delimiter,
  passed: number,
  onBytes?: (bytes: number) => void,
): AsyncGenerator<Rows> {
  let header = options.header !== false
  const { text } = await csvText(file.open(), options.encoding, onBytes)
  for await (const rows of readRows(text, delimiter, passed)) {
    if (header) rows.next()
    header = false
    yield rows
  }
}

async function firstRecords(
  file: InputFile,
  options: SourceOptions,
  delimiter: Delimiter,
  most: number,
): Promise<readonly (readonly string[])[]> {
  const { text } = await csvText(file.open(), options.encoding)
  const found: (readonly string[])[] = []
  for await (const { rows } of readRecords(text, delimiter)) {
    for (const row of rows) if (found.length < most) found.push(row)
    if (found.length >= most) break
  }
  return found
}

async function findDelimiter(file: InputFile, options: SourceOptions, problems: Problems): Promise<Delimiter | undefined> {
  const { text, delimiter } = await csvText(file.open(), options.encoding)
  let head = ''
  for await (const chunk of text) {
    head += chunk
    if (head.length >= HEAD) break
  }
  const sniffed = sniffDelimiter(head.slice(0, HEAD))
  if (delimiter !== undefined && !('none' in sniffed)) return delimiter
  if ('delimiter' in sniffed) return sniffed.delimiter
  if ('none' in sniffed) return noRows(file.name, problems)
  const choices = sniffed.close.map(
    (d, i) => `\`--delimiter ${d === 'blanks' ? d : `'${d === '\t' ? '\\t' : d}'`}\` (${sniffed.shown[i]})`,
  )
  return problems.error('ambiguous-delimiter', `two delimiters fit \`${file.name}\` alike`, {
    help: `say ${choices.join(' or ')}`,
  })
}

const isDate = (field: string, source: SourceName, options: SourceOptions): boolean => {
  const known = knownFields(source)
  const type = Object.hasOwn(known, field) ? known[field]!.type : undefined
  return type === 'date' || type === 'moment' || options.types?.[field] === 'date'
}

/** The cells of some columns in the rows of a block. */
function cellsOf(rows: Rows, columns: readonly { readonly index: number }[]): string[] {
  const cells: string[] = []
  while (rows.next()) for (const { index } of columns) if (index < rows.width) cells.push(rows.cell(index))
  return cells
}

/** The format of the file's date columns; undefined for ISO. */
async function findDates(
  file: string,
  mapping: Mapping,
  source: SourceName,
  options: SourceOptions,
  data: readonly (readonly string[])[],
  zone: Zone,
  rows: () => AsyncGenerator<Rows>,
  problems: Problems,
): Promise<string | undefined> {
  if (options.dates !== undefined) {
    if (momentReader(options.dates, zone) !== undefined) return options.dates
    return problems.error('bad-format', `\`${options.dates}\` is no date format`, {
      help: 'write it like `D.M.YYYY H:mm`, `MM/DD/YYYY`, `epoch`',
    })
  }
  const columns = mapping.columns.filter((c) => isDate(c.field, source, options))
  const cells = data.flatMap((row) => columns.map((c) => (row[c.index] ?? '').trim())).filter((cell) => cell !== '')
  const formats = likeliest(cells, zone)
  if (formats.length < 2) return formats[0] === ISO ? undefined : formats[0]
  const [first, second] = formats as [string, string]
  let [firstOnly, secondOnly] = [0, 0]
  for await (const some of rows()) {
    const evidence = dayMonthOrder(cellsOf(some, columns))
    firstOnly += evidence.dmOnly
    secondOnly += evidence.mdOnly
  }
  if (firstOnly > 0 && secondOnly === 0) return first
  if (secondOnly > 0 && firstOnly === 0) return second
  const [begins, other] = [first, second].map((format) => cells.find((cell) => readsOnly(cell, format, zone, [first, second])))
  if (begins !== undefined && other !== undefined)
    return problems.error(
      'mixed-dates',
      `\`${file}\` writes dates in two orders: \`${begins}\` is \`${first}\`, \`${other}\` is \`${second}\``,
      { help: `say which is meant, \`--dates '${first}'\` or \`--dates '${second}'\`; rows that do not fit are rejects then` },
    )
  const example = cells[0]!
  const read = (format: string) => zone.format(momentReader(format, zone)!(example)!)
  return problems.error(
    'ambiguous-dates',
    `no row of \`${file}\` settles whether \`${example}\` begins with the day or the month`,
    {
      help: `say \`--dates '${first}'\` (${read(first)}) or \`--dates '${second}'\` (${read(second)})`,
    },
  )
}

const readsOnly = (cell: string, format: string, zone: Zone, formats: readonly string[]): boolean =>
  formats.every((f) => (momentReader(f, zone)!(cell) !== undefined) === (f === format))

/** The format that most cells fit; two where they fit both alike. */
function likeliest(cells: readonly string[], zone: Zone): readonly string[] {
  const whole = guessFormat(cells)
  if (whole !== undefined) return 'format' in whole ? [whole.format] : whole.ambiguous
  const candidates = new Set<string>()
  for (const cell of new Set(cells.slice(0, 200))) {
    const guess = guessFormat([cell])
    if (guess !== undefined) for (const f of 'format' in guess ? [guess.format] : guess.ambiguous) candidates.add(f)
  }
  const fitting = [...candidates].map((format) => {
    const read = momentReader(format, zone)!
    return { format, cells: cells.filter((cell) => read(cell) !== undefined).length }
  })
  const most = Math.max(0, ...fitting.map((f) => f.cells))
  return fitting
    .filter((f) => f.cells === most)
    .map((f) => f.format)
    .slice(0, 2)
}

const numberFields = new Set(['amount', 'order_amount', 'discount', 'quantity', 'price'])

async function findDecimal(
  file: string,
  mapping: Mapping,
  options: SourceOptions,
  data: readonly (readonly string[])[],
  rows: () => AsyncGenerator<Rows>,
  thorough: boolean,
  problems: Problems,
): Promise<{ decimal: '.' | ','; unsettled: boolean } | undefined> {
  if (options.decimal !== undefined) return { decimal: options.decimal, unsettled: false }
  const columns = mapping.columns.filter((c) => c.known && numberFields.has(c.field))
  if (columns.length === 0) return { decimal: '.', unsettled: false }
  let evidence = sniffDecimal(data.flatMap((row) => columns.map((c) => (row[c.index] ?? '').trim())))
  if (thorough || 'ambiguous' in evidence) {
    const telling: string[] = []
    for await (const some of rows()) {
      const found = sniffDecimal(cellsOf(some, columns))
      if ('mark' in found || 'both' in found) evidence = found
      else if ('ambiguous' in found) telling.push(found.ambiguous)
      if ('mark' in found || 'both' in found) break
    }
    if ('none' in evidence && telling[0] !== undefined) evidence = { ambiguous: telling[0] }
  }
  if ('mark' in evidence) return { decimal: evidence.mark, unsettled: false }
  if ('none' in evidence) return { decimal: '.', unsettled: !thorough }
  if ('both' in evidence)
    return problems.error('mixed-decimals', `\`${file}\` writes both \`${evidence.both[0]}\` and \`${evidence.both[1]}\``, {
      help: 'say which mark is the decimal one, `--decimal .` or `--decimal ,`; the others are rejects then',
    })
  const plain = evidence.ambiguous.replace(/[^\d.,]/g, '')
  const [whole, broken] = [plain.replace(/[.,]/, ''), plain.replace(',', '.')]
  const mark = plain.includes(',') ? ',' : '.'
  return problems.error(
    'ambiguous-decimal',
    `no row of \`${file}\` settles whether \`${evidence.ambiguous}\` is ${whole} or ${broken}`,
    {
      help: `say \`--decimal ${mark === ',' ? '.' : ','}\` (${whole}) or \`--decimal ${mark}\` (${broken})`,
    },
  )
}
