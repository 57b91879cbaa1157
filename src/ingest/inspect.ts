/** What is in a CSV: how it is written, what each column holds, what `ingest` would take it for. Writes nothing, refuses only what cannot be read. */
import { readRecords, readRows } from '../base/csv.js'
import { dayMonthOrder, guessFormat, ISO } from '../base/dates.js'
import { ambiguousThousands, decimalMark } from '../base/decimal.js'
import { type Problem, Problems } from '../base/problem.js'
import type { Rows } from '../base/rows.js'
import { grouped } from '../base/text.js'
import type { Zone } from '../base/time.js'
import { declaredType, type Forms, fits, forms, inferred } from '../store/forms.js'
import { type FieldType, knownFields, type SourceName, sourceNames } from '../store/sources.js'
import { Tally } from './columns.js'
import { csvText } from './csv-text.js'
import { recognise } from './headers.js'
import { faultProblem, type InputFile, openSource, type Refused, type SourceFile } from './load-file.js'
import { mapColumns } from './mapping.js'
import type { Delimiter, SourceOptions } from './options.js'
import { rejectColumns } from './rejects.js'
import { sniffDelimiter } from './sniff.js'

export interface InspectedColumn {
  readonly header: string
  readonly field: string
  readonly how: 'mapped' | 'recognised' | 'own' | 'ignored'
  readonly type: FieldType
  /** Cells that are not blank. */
  readonly filled: number
  /** Distinct cells; of more than a million at least so many. */
  readonly distinct: number
  readonly samples: readonly string[]
  /** Why it is of that type, and what to look at. */
  readonly notes: readonly string[]
  /** Keys that a spreadsheet made numbers of: `17850.0`. */
  readonly endsInZero: boolean
}

export interface Inspection {
  readonly source: SourceName
  /** Nobody named the source: the headers did. */
  readonly guessed: boolean
  readonly encoding: string
  readonly gzip: boolean
  readonly delimiter: Delimiter
  readonly header: boolean
  readonly rows: number
  /** Rows with more or fewer cells than the header. */
  readonly ragged: number
  /** The format of the dates; absent for ISO and where nothing settles it. */
  readonly dates?: string
  readonly decimal?: '.' | ','
  readonly itemGrain: boolean
  readonly columns: readonly InspectedColumn[]
  /** What `ingest` would refuse the file for, each with what the choices would mean. */
  readonly problems: readonly Problem[]
}

export interface InspectRequest {
  readonly file: InputFile
  readonly source?: SourceName
  readonly options: (source: SourceName) => SourceOptions
  readonly zone: Zone
  onProgress?(bytes: number, rows: number): void
}

export async function inspectFile(request: InspectRequest): Promise<{ readonly inspection: Inspection } | Refused> {
  try {
    return await inspect(request)
  } catch (error) {
    const problem = faultProblem(error, request.file.name)
    if (problem === undefined) throw error
    return { refused: 65, problems: [problem] }
  }
}

const HEAD = 64 * 1024

async function inspect(request: InspectRequest): Promise<{ readonly inspection: Inspection } | Refused> {
  const { file, zone } = request
  const plain = request.options(request.source ?? 'orders')
  const { text, encoding, gzip, delimiter: said } = await csvText(file.open(), plain.encoding)
  const head = await firstText(text)
  const told = plain.delimiter ?? said
  const guessed = sniffDelimiter(head)
  if ('none' in guessed) return empty(file.name)
  const sniffed = told === undefined ? guessed : { delimiter: told }
  const delimiter = 'delimiter' in sniffed ? sniffed.delimiter : sniffed.close[0]
  const first = await firstRows(head, delimiter)
  const headers = (first[0] ?? []).map((h) => h.trim())
  const source = request.source ?? likeliestSource(headers, first.slice(1), request)
  const options = request.options(source)
  const settled = 'delimiter' in sniffed ? options : { ...options, delimiter }

  const opened = await openSource(file, source, settled, zone)
  const problems = 'refused' in opened ? [...opened.problems] : []
  if (problems.some((p) => p.code === 'no-rows')) return { refused: 66, problems }
  if ('close' in sniffed) {
    const asked = await openSource(file, source, options, zone)
    if ('refused' in asked) problems.unshift(...asked.problems)
  }
  const read = 'refused' in opened ? readAnyway(file, settled, delimiter, headers, source) : opened.file
  const looks = columnsOf(read, source, settled, zone)
  const { rows, ragged } = await lookAtRows(read, looks, request)
  if (rows === 0) return empty(file.name)
  return {
    inspection: {
      source,
      guessed: request.source === undefined,
      encoding,
      gzip,
      delimiter,
      header: settled.header !== false,
      rows,
      ragged,
      ...(read.dates === undefined ? {} : { dates: read.dates }),
      ...('refused' in opened || opened.file.unsettled ? {} : { decimal: opened.file.decimal }),
      itemGrain: read.mapping.itemGrain,
      columns: looks.map((look) => look.summary()),
      problems,
    },
  }
}

const empty = (file: string): Refused => ({
  refused: 66,
  problems: [
    {
      code: 'no-rows',
      severity: 'error',
      message: `\`${file}\` has no data row`,
      help: 'check the program that writes the file',
    },
  ],
})

async function firstText(text: AsyncIterable<string>): Promise<string> {
  let head = ''
  for await (const chunk of text) {
    head += chunk
    if (head.length >= HEAD) break
  }
  return head.slice(0, HEAD)
}

async function firstRows(head: string, delimiter: Delimiter): Promise<readonly (readonly string[])[]> {
  const whole = head.length < HEAD ? head : head.slice(0, Math.max(head.lastIndexOf('\n'), 0) || head.length)
  async function* once() {
    yield whole
  }
  const found: (readonly string[])[] = []
  try {
    for await (const { rows } of readRecords(once(), delimiter)) found.push(...rows)
  } catch {
    // told where the whole file is read
  }
  return found
}

/** The source that recognises most columns; those that lack nothing they need come before the others. */
function likeliestSource(
  headers: readonly string[],
  rows: readonly (readonly string[])[],
  { file, options }: InspectRequest,
): SourceName {
  const passed = headers[0] === rejectColumns[0] ? rejectColumns.length : 0
  const own = headers.slice(passed)
  const scored = sourceNames.map((source) => {
    const problems = new Problems()
    const mapping = mapColumns(own, source, options(source), problems, { name: file.name, span: () => undefined })
    const known = mapping?.columns.filter((c) => c.known).length ?? own.filter((h) => recognise(h, source) !== undefined).length
    return { source, mapping, score: mapping === undefined ? known - problems.list.length / 2 - WHOLE : known }
  })
  const best = scored.reduce((a, b) => (b.score > a.score ? b : a))
  const key = best.mapping?.columns.find((c) => c.field === 'customer')
  const orders = scored.find((s) => s.source === 'orders')
  if (best.source !== 'customers' || key === undefined || orders?.mapping === undefined)
    return best.score > -WHOLE ? best.source : 'orders'
  // A customer stands once in a file of customers, and again and again in one of orders.
  const keys = rows.map((row) => row[key.index + passed])
  return new Set(keys).size * 10 < keys.length * 9 ? 'orders' : 'customers'
}

/** More than any file has columns that are known. */
const WHOLE = 1_000

type Read = Pick<SourceFile, 'headers' | 'mapping' | 'dates' | 'rows'>

/** The columns of a file that `ingest` would refuse: as far as they can be told apart. */
function readAnyway(
  file: InputFile,
  options: SourceOptions,
  delimiter: Delimiter,
  first: readonly string[],
  source: SourceName,
): Read {
  const written = options.header === false ? first.map((_, i) => String(i + 1)) : first
  const passed = rejectColumns.every((name, i) => written[i] === name) ? rejectColumns.length : 0
  const headers = written.slice(passed)
  const mapping = mapColumns(headers, source, options, new Problems(), { name: file.name, span: () => undefined }) ?? {
    source,
    columns: headers.map((header, index) => ({
      index,
      header,
      field: header,
      how: 'own' as const,
      known: false,
      grain: 'own source' as const,
    })),
    ignored: [],
    itemGrain: false,
  }
  async function* rows(onBytes?: (bytes: number) => void) {
    let header = options.header !== false
    const { text } = await csvText(file.open(), options.encoding, onBytes)
    for await (const rows of readRows(text, delimiter, passed)) {
      if (header) rows.next()
      header = false
      yield rows
    }
  }
  return { headers, mapping, rows }
}

function columnsOf(read: Read, source: SourceName, options: SourceOptions, zone: Zone): readonly Look[] {
  const wide = forms(zone)
  const { columns, ignored } = read.mapping
  return [...columns, ...ignored]
    .sort((a, b) => a.index - b.index)
    .map((c) => {
      const known = c.how === 'ignored' ? undefined : fieldType(source, c.field, read.mapping.itemGrain)
      const declared = options.types?.[c.field]
      return new Look(
        c.index,
        c.header,
        c.field,
        c.how,
        known,
        declared === undefined ? undefined : declaredType(declared),
        read.dates,
        wide,
      )
    })
}

function fieldType(source: SourceName, field: string, itemGrain: boolean): FieldType | undefined {
  if (field === 'order_amount') return 'number'
  for (const s of itemGrain ? ([source, 'items'] as const) : [source]) {
    const known = knownFields(s)
    if (Object.hasOwn(known, field) && known[field]!.derived !== true) return known[field]!.type
  }
  return undefined
}

async function lookAtRows(
  read: Read,
  looks: readonly Look[],
  { onProgress }: InspectRequest,
): Promise<{ rows: number; ragged: number }> {
  let [rows, ragged] = [0, 0]
  for await (const block of read.rows((bytes) => onProgress?.(bytes, rows))) {
    while (block.next()) {
      rows++
      if (block.width !== read.headers.length) ragged++
      for (const look of looks) if (look.index < block.width) look.see(block)
    }
  }
  return { rows, ragged }
}

const MOST_DISTINCT = 1_000_000
const SAMPLES = 3
/** Cells by which a column of text is taken for one of dates. */
const DATE_CELLS = 200

/** What one column holds, gathered cell by cell. */
class Look {
  private filled = 0
  /** Cells that were looked at: the distinct ones, up to the most that are told apart. */
  private looked = 0
  private readonly seen = new Tally()
  private readonly samples: string[] = []
  private readonly first: string[] = []
  private bits: number = fits.all
  private numbers = 0
  private noNumber: { readonly cell: string; readonly line: number } | undefined
  private zeros: string | undefined
  private whole = 0
  private pointZero: string | undefined
  /** The first cell of each kind. */
  private readonly evidence: {
    dayFirst?: string
    monthFirst?: string
    anyOrder?: string
    point?: string
    comma?: string
    eitherMark?: string
  } = {}
  private last = ''

  constructor(
    readonly index: number,
    private readonly header: string,
    private readonly field: string,
    private readonly how: InspectedColumn['how'],
    private readonly known: FieldType | undefined,
    private readonly declared: FieldType | undefined,
    private readonly dates: string | undefined,
    private readonly forms: Forms,
  ) {}

  see(row: Rows): void {
    // A cell like the one before tells nothing new.
    const known = this.last !== '' && row.is(this.index, this.last)
    const cell = known ? this.last : row.cell(this.index)
    if (cell === '') return
    this.filled++
    if (cell !== this.last) this.look(cell, row.line)
    this.last = cell
  }

  private look(cell: string, line: number): void {
    if (this.seen.size < MOST_DISTINCT && this.seen.see(cell) > 1) return
    this.looked++
    if (this.samples.length < SAMPLES) this.samples.push(cell)
    if (this.first.length < DATE_CELLS) this.first.push(cell)
    const bits = this.forms.fitsOf(cell)
    this.bits &= bits
    if (bits & fits.number) this.numbers++
    else this.noNumber ??= { cell, line }
    if (/^0\d/.test(cell)) this.zeros ??= cell
    if (/^\d+\.0+$/.test(cell)) this.pointZero ??= cell
    if (/^\d+(?:\.0+)?$/.test(cell)) this.whole++
    if (this.known === 'date' || this.known === 'moment') this.lookAtDate(cell)
    if (this.known === 'number') this.lookAtNumber(cell)
  }

  private lookAtDate(cell: string): void {
    const { dmOnly, mdOnly, both } = dayMonthOrder([cell])
    if (dmOnly > 0) this.evidence.dayFirst ??= cell
    if (mdOnly > 0) this.evidence.monthFirst ??= cell
    if (both > 0) this.evidence.anyOrder ??= cell
  }

  private lookAtNumber(cell: string): void {
    const mark = decimalMark(cell)
    if (mark === '.') this.evidence.point ??= cell
    else if (mark === ',') this.evidence.comma ??= cell
    else if (ambiguousThousands(cell, undefined)) this.evidence.eitherMark ??= cell
  }

  summary(): InspectedColumn {
    const endsInZero = this.pointZero !== undefined && this.whole === this.looked && this.type !== 'number'
    return {
      header: this.header,
      field: this.field,
      how: this.how,
      type: this.type,
      filled: this.filled,
      distinct: this.seen.size,
      samples: this.samples,
      notes: this.how === 'ignored' ? ['never stored'] : this.notes(endsInZero),
      endsInZero,
    }
  }

  private get type(): FieldType {
    return this.known !== undefined && this.known !== 'text'
      ? this.known
      : (this.declared ?? this.known ?? (this.filled === 0 ? 'text' : inferred(this.bits)))
  }

  private notes(endsInZero: boolean): readonly string[] {
    const notes: string[] = []
    if (this.filled === 0) notes.push('no cell is filled')
    else notes.push(...this.why())
    if (this.zeros !== undefined) notes.push(`leading zeros (\`${this.zeros}\`)`)
    if (endsInZero) notes.push(`keys end in \`.0\` (\`${this.pointZero}\`): declare \`types: { ${this.field}: integer }\``)
    if (this.seen.size >= MOST_DISTINCT) notes.push(`at least ${grouped(MOST_DISTINCT)} distinct`)
    return notes
  }

  private why(): readonly string[] {
    if (this.known === 'date' || this.known === 'moment') return this.dateEvidence()
    if (this.known === 'number') return this.numberEvidence()
    if (this.declared !== undefined) return ['declared under `types:`']
    if (this.known !== undefined) return []
    if (this.type !== 'text') return [`every cell is a ${this.type}`]
    const format = guessFormat(this.first)
    if (format !== undefined) {
      const written = 'format' in format ? format.format : format.ambiguous.join(' or ')
      if (written !== ISO) return [`dates written ${written}? they are text unless declared: \`types: { ${this.field}: date }\``]
    }
    const odd = this.noNumber
    return odd !== undefined && this.zeros === undefined && this.numbers * 2 > this.looked
      ? [`text, because \`${odd.cell.slice(0, 40)}\` in line ${odd.line} is no number`]
      : []
  }

  private dateEvidence(): readonly string[] {
    const { dayFirst, monthFirst, anyOrder } = this.evidence
    const open = dayFirst === undefined && monthFirst === undefined && anyOrder !== undefined
    const format = this.dates ?? ((dayFirst ?? monthFirst ?? anyOrder) === undefined ? ISO : undefined)
    return [
      ...(format === undefined ? [] : [`dates ${format}`]),
      ...(dayFirst === undefined ? [] : [`\`${dayFirst}\` can only begin with the day`]),
      ...(monthFirst === undefined ? [] : [`\`${monthFirst}\` can only begin with the month`]),
      ...(open ? [`no cell settles whether \`${anyOrder}\` begins with the day or the month`] : []),
    ]
  }

  private numberEvidence(): readonly string[] {
    const { point, comma, eitherMark } = this.evidence
    return [
      ...(point === undefined ? [] : [`\`${point}\` is written with a point`]),
      ...(comma === undefined ? [] : [`\`${comma}\` is written with a comma`]),
      ...(eitherMark === undefined ? [] : [`\`${eitherMark}\` could be thousands or decimals`]),
    ]
  }
}
