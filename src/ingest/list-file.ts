/** A list of customers, a CSV as it was found or as segkit writes it, read once from front to back. Knows its key column, stores nothing. */
import { csvLine, type Delimiter, readRows } from '../base/csv.js'
import { Stop } from '../base/problem.js'
import type { Rows } from '../base/rows.js'
import { fold, suggest } from '../base/text.js'
import { csvText } from './csv-text.js'
import { DecodeFault, otherEncodingHelp } from './decode.js'
import { isGeneral, recognise } from './headers.js'
import { faultProblem, type InputFile } from './load-file.js'
import { sniffDelimiter } from './sniff.js'

export interface ListWish {
  /** The header of the key column, as somebody named it. */
  readonly by?: string | undefined
  /** The header of another list's key column, taken where this one has it. */
  readonly like?: string | undefined
  /** For where the first lines leave the delimiter open. */
  readonly delimiter?: Delimiter | undefined
}

export class ListFile {
  /** Rows that had a key. */
  rows = 0
  /** Rows without one: they are no customer's. */
  keyless = 0
  /** Rows with fewer cells than the header. */
  short = 0
  ended = false
  private constructor(
    readonly name: string,
    readonly headers: readonly string[],
    readonly keyAt: number,
    /** Nothing but its place told the key column. */
    readonly byPlace: boolean,
    private readonly first: Rows,
    private readonly rest: AsyncGenerator<Rows>,
  ) {}

  /** Stops with 66 where there is not even a header, with 65 where it cannot be read, with 2 where `by` names none of its columns. */
  static async open(file: InputFile, wish: ListWish): Promise<ListFile> {
    try {
      const { delimiter, text } = await divided(file, wish)
      const blocks = readRows(text, delimiter)
      const first = await blocks.next()
      if (first.done === true || !first.value.next()) throw empty(file.name)
      const headers = first.value.all().map((h) => h.trim())
      const key = keyColumn(headers, file.name, wish)
      if (key.byPlace) refuseHeaderless(file.name, headers[key.at]!, first.value, key.at)
      return new ListFile(file.name, headers, key.at, key.byPlace, first.value, blocks)
    } catch (error) {
      throw readStop(error, file.name)
    }
  }

  get keyHeader(): string {
    return this.headers[this.keyAt]!
  }

  /** Its rows in blocks: `for await (const rows of list.blocks()) while (rows.next()) …`, with `key` asked once of each row. */
  async *blocks(): AsyncGenerator<Rows> {
    try {
      yield this.first
      yield* this.rest
      this.ended = true
    } catch (error) {
      throw readStop(error, this.name)
    } finally {
      await this.close()
    }
  }

  /** The key of the row on which `rows` stands; undefined where it has none. */
  key(rows: Rows): string | undefined {
    const { headers, keyAt } = this
    if (rows.width > headers.length) this.refuseLonger(rows)
    if (rows.width < headers.length) this.short++
    const key = keyAt < rows.width ? rows.cell(keyAt) : ''
    if (key === '') {
      this.keyless++
      return undefined
    }
    this.rows++
    return key
  }

  async close(): Promise<void> {
    await this.rest.return(undefined)
  }

  /** Cells that no header names may be blank; others tell that the row was divided in the wrong place. */
  private refuseLonger(rows: Rows): void {
    const cells = rows.all()
    if (cells.slice(this.headers.length).every((cell) => cell.trim() === '')) return
    const text = csvLine(cells)
      .replace(/\n$/, '')
      .replace(/[\r\n]+/g, ' ')
    const start = csvLine(cells.slice(0, this.headers.length)).replace(/\n$/, '').length + 1
    const source = { name: this.name, text, line: rows.line }
    throw Stop.with(65, 'more-cells', `the row has ${cells.length} cells, the header ${this.headers.length}`, {
      span: { source, start, end: text.length },
      label: 'no header names these',
      help: 'write a cell that holds the delimiter or a line end in quotes',
    })
  }
}

const HEAD = 64 * 1024

async function divided(file: InputFile, wish: ListWish): Promise<{ delimiter: Delimiter; text: AsyncIterable<string> }> {
  const { text, delimiter: said } = await csvText(file.open(), undefined)
  const pieces = text[Symbol.asyncIterator]()
  let head = ''
  while (head.length < HEAD) {
    const next = await pieces.next()
    if (next.done === true) break
    head += next.value
  }
  const sniffed = sniffDelimiter(head.slice(0, HEAD))
  const delimiter = said ?? ('delimiter' in sniffed ? sniffed.delimiter : wish.delimiter)
  if (delimiter !== undefined && !('none' in sniffed)) return { delimiter, text: joined(head, pieces) }
  await pieces.return?.()
  if (!('close' in sniffed)) throw empty(file.name)
  const choices = sniffed.close.map((d, i) => `\`--delimiter ${flagOf(d)}\` (${sniffed.shown[i]})`)
  throw Stop.with(65, 'ambiguous-delimiter', `two delimiters fit \`${file.name}\` alike`, { help: `say ${choices.join(' or ')}` })
}

const flagOf = (delimiter: Delimiter): string =>
  delimiter === '\t' ? 'tab' : delimiter === 'blanks' ? delimiter : `'${delimiter}'`

async function* joined(head: string, pieces: AsyncIterator<string>): AsyncGenerator<string> {
  try {
    yield head
    for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) yield next.value
  } finally {
    await pieces.return?.()
  }
}

function keyColumn(headers: readonly string[], file: string, wish: ListWish): { readonly at: number; readonly byPlace: boolean } {
  if (wish.by !== undefined) {
    const at = columnOf(headers, wish.by)
    if (at >= 0) return { at, byPlace: false }
    throw Stop.with(2, 'unknown-column', `\`${file}\` has no column \`${wish.by}\``, {
      help: suggest(wish.by, headers) ?? `its columns are ${headers.map((h) => `\`${h}\``).join(', ')}`,
    })
  }
  const told = [
    wish.like === undefined ? -1 : columnOf(headers, wish.like),
    headers.indexOf('customer'),
    headers.findIndex((h) => recognise(h, 'customers') === 'customer' && !isGeneral(h)),
  ].find((at) => at >= 0)
  return { at: told ?? 0, byPlace: told === undefined }
}

/** The column with that header, else with the same in other letters; -1 without one. */
export function columnOf(headers: readonly string[], name: string): number {
  const exact = headers.indexOf(name)
  return exact >= 0 ? exact : headers.findIndex((h) => fold(h) === fold(name))
}

/** A first line that is a customer like the next would be lost as a header. Leaves `rows` where they stood. */
function refuseHeaderless(file: string, header: string, rows: Rows, at: number): void {
  const below = rows.next() && at < rows.width ? rows.cell(at) : undefined
  while (rows.next());
  rows.next()
  const isPerson = /\S@\S/.test(header) || (/\d/.test(header) && (below === undefined || shape(below) === shape(header)))
  if (!isPerson) return
  throw Stop.with(65, 'no-header', `the first line of \`${file}\` looks like a customer, \`${header}\`, not like a header`, {
    help: 'give the list a header, for instance with `sed 1icustomer`; where it is one, name it with `--by`',
  })
}

const shape = (text: string): string => text.replace(/\p{L}+/gu, 'a').replace(/\d+/g, '9')

const empty = (file: string): Stop =>
  Stop.with(66, 'no-rows', file === 'stdin' ? 'stdin is empty' : `\`${file}\` is empty`, {
    help: 'a list of nobody still has a header; check the program that writes it (`set -o pipefail` tells when it fails)',
  })

/** What the user can mend as a Stop; any other error as it is. */
function readStop(error: unknown, file: string): unknown {
  const problem = faultProblem(error, file)
  if (problem !== undefined) return new Stop(65, [{ ...problem, help: helpOf(error, file) }])
  const code = error instanceof Error ? String((error as NodeJS.ErrnoException).code) : ''
  return /^E[A-Z0-9]+$/.test(code) && !(error instanceof Stop)
    ? Stop.with(74, 'read-failed', `cannot read \`${file}\`: ${code}`, { help: 'name a file that can be read' })
    : error
}

const helpOf = (error: unknown, file: string): string =>
  error instanceof DecodeFault ? otherEncodingHelp(error, file) : 'inside quotes a quote is written twice'
