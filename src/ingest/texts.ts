/** Repeated text as small numbers: codes into text_row, one for each distinct text of a field. */
import { sql } from '../base/sql.js'
import { fold } from '../base/text.js'
import { declaredType, type Forms, inferred, readBoolean, readDeclaredBoolean, readNumber } from '../store/forms.js'
import type { DeclaredType } from '../store/sources.js'
import type { Statement, Store } from '../store/store.js'
import { detached } from './columns.js'
import { type Field, noteDecimals } from './fieldbook.js'

/** Codes kept in memory for a field; beyond that they are looked up anew. */
const KEPT = 200_000

/** The next free number and the statements, shared by the fields of a load. */
export class TextRows {
  readonly find: Statement
  readonly insert: Statement
  next: number
  constructor(
    store: Store,
    readonly forms: Forms,
  ) {
    this.find = store.prepare('select _id from text_row where field = ? and text = ?')
    this.insert = store.prepare('insert into text_row (_id, field, text, folded, number, day, bool) values (?, ?, ?, ?, ?, ?, ?)')
    this.next = 1 + ((store.row(sql`select max(_id) from text_row`)?.[0] as number | null) ?? 0)
  }
}

export class Texts {
  private readonly codes = new Map<string, number>()
  private readonly admitted = new Map<string, string | undefined>()
  /** What is to be said of the field's type. */
  widened: string | undefined
  private lastText = ''
  private lastCode = 0
  constructor(
    private readonly rows: TextRows,
    readonly field: Field,
    private readonly declared: DeclaredType | undefined,
  ) {}

  /** The code of a cell; 0 for an empty one. */
  code(cell: string): number {
    if (cell === this.lastText) return this.lastCode
    if (cell === '') return 0
    const code = this.codes.get(cell) ?? this.lookUp(cell)
    this.lastText = cell
    this.lastCode = code
    return code
  }

  /** The code of the reject that a cell of a declared type is, if it is one. */
  misfit(cell: string): 'bad-number' | 'bad-date' | 'bad-boolean' | undefined {
    if (this.declared === undefined || cell === '') return undefined
    if (this.admitted.has(cell)) return this.admitted.get(cell) as undefined
    const wrong = misfit(cell, this.declared, this.rows.forms)
    if (this.admitted.size >= KEPT) this.admitted.clear()
    this.admitted.set(detached(cell), wrong)
    return wrong
  }

  /** Narrows what the field's cells can be read as; remembers the cell that made it another type. */
  private narrow(text: string): void {
    const { field, declared } = this
    const before = inferred(field.fits)
    field.fits &= this.rows.forms.fitsOf(text)
    const after = inferred(field.fits)
    if (before !== after && field.cells > 0 && declared === undefined)
      this.widened ??= `\`${field.name}\` was ${before}, is ${after} now: \`${text}\``
  }

  private lookUp(cell: string): number {
    const { find, insert, forms } = this.rows
    const text = detached(cell)
    let code = find.row([this.field.id, text])?.[0] as number | undefined
    if (code === undefined) {
      code = this.rows.next++
      const { declared } = this
      const folded = typeof declared === 'object' ? (forms.formOf(text, 'list', declared) as string | null) : fold(text)
      const bool = declared === 'boolean' ? readDeclaredBoolean(text) : readBoolean(text)
      insert.run([code, this.field.id, text, folded ?? '', readNumber(text) ?? null, forms.formOf(text, 'date'), bool ?? null])
      if (this.field.fits !== 0) this.narrow(text)
      noteDecimals(this.field, text)
    }
    if (this.codes.size >= KEPT) this.codes.clear()
    this.codes.set(text, code)
    return code
  }
}

/** The code of the reject that a cell, trimmed and not empty, is under a declared type. */
export function misfit(
  cell: string,
  declared: DeclaredType,
  forms: Forms,
): 'bad-number' | 'bad-date' | 'bad-boolean' | undefined {
  const type = declaredType(declared)
  if (type === 'number') return readNumber(cell) === undefined ? 'bad-number' : undefined
  if (type === 'date') return forms.formOf(cell, 'date') === null ? 'bad-date' : undefined
  if (type === 'boolean') return readDeclaredBoolean(cell) === undefined ? 'bad-boolean' : undefined
  return undefined
}

/** Under `types: { x: integer }` a trailing `.0` is dropped. */
export const integerText = (cell: string): string => {
  const point = cell.indexOf('.')
  return point > 0 && /^[+-]?\d+\.0+$/.test(cell) ? cell.slice(0, point) : cell
}

const commaNumber = /^[+-]?\d*,\d+$/

/** How a cell of a declared type is written down, where that is not as it stands: whole numbers, and numbers with a decimal comma. */
export function rewriting(declared: DeclaredType | undefined, mark: '.' | ','): ((cell: string) => string) | undefined {
  if (declared === 'integer') return integerText
  if (declared !== 'number' || mark === '.') return undefined
  return (cell) => (commaNumber.test(cell) ? cell.replace(',', '.') : cell)
}
