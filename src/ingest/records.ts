/** Loads customers and products: one row a key, every field as it was written and, beside it, as it compares. */
import type { Rows } from '../base/rows.js'
import { sql } from '../base/sql.js'
import { formNote, formWord } from '../store/catalogue.js'
import { declaredType, inferred } from '../store/forms.js'
import { type DeclaredType, type FieldType, knownFields } from '../store/sources.js'
import type { Statement, Store } from '../store/store.js'
import { Places } from './columns.js'
import { nextCustomer } from './customer-ids.js'
import { addColumns, type Field, noteDecimals } from './fieldbook.js'
import { ForgottenRows } from './forgotten-rows.js'
import { Inserter, quoted } from './insert.js'
import type { Finish, LoadContext, Loading } from './loading.js'
import type { RejectCode, Wrong } from './rejects.js'
import { integerText, misfit, rewriting } from './texts.js'

export interface RecordShape {
  readonly table: 'customer_row' | 'product_row'
  readonly key: 'customer' | 'sku'
  readonly blank: RejectCode
}

interface Attribute {
  readonly column: number
  readonly field: Field
  readonly known: FieldType | undefined
  readonly declared: DeclaredType | undefined
  readonly rewrite: ((cell: string) => string) | undefined
  /** The type that comparable forms are made by; changes when a cell does not fit. */
  type: FieldType
  /** Forms were made by another type. */
  stale: boolean
  formed: number
  widened?: { readonly from: FieldType; readonly cell: string; readonly line: number }
}

/** Keys kept in memory. */
const MOST_KEYS = 1_000_000

const [UNSEEN, SAME, CHANGED, ADDED] = [0, 1, 2, 3]

export class RecordLoad implements Loading {
  private readonly store: Store
  private readonly attributes: Attribute[] = []
  private readonly key: number
  private readonly keyInteger: boolean
  private readonly find: Statement
  private readonly into: Inserter
  /** Keys of this load that may not be written yet. */
  private seen = new Places()
  /** Those are all keys there are. */
  private allSeen: boolean
  /** The place of `created_on` among the attributes, or -1. */
  private readonly created: number
  private readonly update: Statement
  private readonly touch: Statement
  private readonly mark: Statement | undefined
  private next: number
  /** What became of each stored row in this load, by its number. */
  private fate = new Uint8Array(1024)
  private readonly forgotten: ForgottenRows | undefined
  private readonly wrong: { code: RejectCode; column: number } = { code: 'ragged', column: -1 }

  constructor(
    private readonly context: LoadContext,
    private readonly shape: RecordShape,
  ) {
    const { store, mapping, source, fieldbook, types } = context
    this.store = store
    const known = knownFields(source)
    this.key = mapping.columns.find((c) => c.field === shape.key)!.index
    this.keyInteger = types[shape.key] === 'integer'
    fieldbook.field(source, shape.key)
    for (const { index, field: fieldName } of mapping.columns) {
      if (fieldName === shape.key) continue
      const field = fieldbook.field(source, fieldName)
      const declared = types[fieldName]
      const own = Object.hasOwn(known, fieldName) && known[fieldName]!.derived !== true ? known[fieldName]!.type : undefined
      const type = own ?? (declared === undefined ? inferred(field.fits) : declaredType(declared))
      const attribute: Attribute = {
        column: index,
        field,
        known: own,
        declared,
        rewrite: rewriting(declared, context.decimal),
        type,
        stale: this.formedBy(fieldName, type, declared),
        formed: field.cells,
      }
      this.attributes.push(attribute)
    }
    const names = this.attributes.map((a) => a.field.name)
    addColumns(
      store,
      shape.table,
      names.flatMap((n): [string, string][] => [
        [n, 'text'],
        [`${n}~`, ''],
      ]),
    )
    const both = names.flatMap((n) => [n, `${n}~`]).map(quoted)
    this.find = store.prepare(`select ${['_id', ...names.map(quoted)].join(', ')} from ${shape.table} where ${shape.key} = ?`)
    this.into = new Inserter(store, shape.table, [
      '_id',
      shape.key,
      ...(shape.table === 'customer_row' ? ['_first_day'] : []),
      ...names.flatMap((n) => [n, `${n}~`]),
    ])
    this.created = names.indexOf('created_on')
    this.forgotten = shape.table === 'customer_row' ? ForgottenRows.of(context) : undefined
    this.allSeen = context.first
    const set = both.length === 0 ? '_id = _id' : both.map((c) => `${c} = ?`).join(', ')
    this.update = store.prepare(`update ${shape.table} set ${set} where _id = ?`)
    this.mark = context.replace ? store.prepare('insert or ignore into temp.replaced_key values (?)') : undefined
    this.touch = store.prepare('insert or ignore into temp.touched_customer values (?)')
    this.next =
      shape.table === 'customer_row'
        ? nextCustomer(store)
        : 1 + ((store.row(sql`select max(_id) from product_row`)?.[0] as number | null) ?? 0)
  }

  add(row: Rows): void {
    const { counts } = this.context
    counts.rows++
    if (this.forgotten?.isHis(row) === true) {
      this.forgotten.learn(row)
      counts.forgotten++
      return
    }
    if (!this.sound(row)) {
      counts.wrongRow({ ...this.wrong }, row)
      return
    }
    const key = this.keyOf(row)
    this.mark?.run([key])
    const found = this.isNew(key) ? undefined : this.find.row([key])
    if (found === undefined) {
      this.added(key, row)
      return
    }
    const id = found[0] as number
    const differs = this.attributes.some((a, i) => this.cell(row, a) !== (found[i + 1] ?? null))
    const before = this.fateOf(id)
    if (differs) this.update.run([...this.values(row), id])
    if (before === UNSEEN || before === SAME) {
      this.setFate(id, differs ? CHANGED : SAME)
      if (differs) counts.changed++
      else counts.same++
      if (differs && this.shape.table === 'customer_row') this.touch.run([id])
    } else counts.same++
  }

  /** Whether no look at the table is needed to know that it lacks the key. If one is, the rows put so far are there. */
  private isNew(key: string): boolean {
    const again = this.seen.find(key) >= 0
    if (again || this.seen.texts.length >= MOST_KEYS) this.into.end()
    if (again) return false
    if (this.seen.texts.length >= MOST_KEYS) {
      this.seen = new Places()
      this.allSeen = false
    }
    this.seen.place(key)
    return this.allSeen
  }

  finish(): Finish {
    this.into.end()
    for (const a of this.attributes) {
      if (a.stale && a.formed > 0) this.formAnew(a)
      this.noteType(a)
    }
    return 'done'
  }

  verdict(row: Rows): Wrong | undefined {
    return this.forgotten?.isHis(row) === true || this.sound(row) ? undefined : { ...this.wrong }
  }

  private sound(row: Rows): boolean {
    const { context, wrong } = this
    wrong.column = -1
    if (row.width !== context.headers.length) return this.fail('ragged', -1)
    if (row.cell(this.key) === '') return this.fail(this.shape.blank, this.key)
    for (const a of this.attributes) {
      const declared = a.known === 'date' ? 'date' : a.declared
      if (declared === undefined) continue
      const cell = this.cell(row, a)
      const code = cell === null ? undefined : misfit(cell, declared, context.forms)
      if (code !== undefined) return this.fail(code, a.column)
    }
    return true
  }

  private fail(code: RejectCode, column: number): false {
    this.wrong.code = code
    this.wrong.column = column
    return false
  }

  private keyOf(row: Rows): string {
    const key = row.cell(this.key)
    return this.keyInteger ? integerText(key) : key
  }

  private cell(row: Rows, a: Attribute): string | null {
    const text = row.cell(a.column)
    return text === '' ? null : (a.rewrite?.(text) ?? text)
  }

  private added(key: string, row: Rows): void {
    const id = this.next++
    this.into.put(id)
    this.into.put(key)
    const values = this.values(row)
    // Nothing dated is known of a customer who is new.
    if (this.shape.table === 'customer_row') this.into.put(this.created < 0 ? null : values[2 * this.created + 1]!)
    for (const value of values) this.into.put(value)
    this.setFate(id, ADDED)
    this.context.counts.added++
  }

  /** Each cell and its comparable form. */
  private values(row: Rows): (string | number | null)[] {
    const { forms } = this.context
    const values: (string | number | null)[] = []
    for (const a of this.attributes) {
      const cell = this.cell(row, a)
      if (cell !== null) this.look(a, cell, row.line)
      values.push(cell, forms.formOf(cell, a.type, a.declared))
      if (cell !== null) a.formed++
    }
    return values
  }

  /** Narrows what the field's cells can be read as. */
  private look(a: Attribute, cell: string, line: number): void {
    const { field } = a
    field.cells++
    noteDecimals(field, cell)
    if (field.fits === 0 || a.known !== undefined) return
    const bits = field.fits & this.context.forms.fitsOf(cell)
    if (bits === field.fits) return
    field.fits = bits
    const type = a.declared === undefined ? inferred(bits) : a.type
    if (type === a.type) return
    if (a.formed > 0) {
      a.stale = true
      a.widened = { from: a.type, cell, line }
    }
    a.type = type
  }

  private formAnew(a: Attribute): void {
    const { forms } = this.context
    this.store.define('segkit_form', (cell) => forms.formOf(cell as string | null, a.type, a.declared))
    const name = quoted(a.field.name)
    this.store.exec(`update ${this.shape.table} set ${quoted(`${a.field.name}~`)} = segkit_form(${name})`)
    if (a.widened !== undefined)
      this.context.counts.notes.push(
        `\`${a.field.name}\` was ${a.widened.from}, is ${a.type} now: \`${a.widened.cell}\` in line ${a.widened.line}`,
      )
  }

  /** Whether the stored forms of a field were made by another type than this. */
  private formedBy(field: string, type: FieldType, declared: DeclaredType | undefined): boolean {
    const known = this.store.row(sql`select value from meta_row where name = ${formNote(this.context.source, field)}`)?.[0]
    return known !== undefined && known !== formWord(type, declared)
  }

  private noteType(a: Attribute): void {
    this.store.run(sql`insert into meta_row values (${formNote(this.context.source, a.field.name)}, ${formWord(a.type, a.declared)})
      on conflict (name) do update set value = excluded.value`)
  }

  private fateOf(id: number): number {
    return this.fate[id] ?? UNSEEN
  }

  private setFate(id: number, fate: number): void {
    if (id >= this.fate.length) {
      const grown = new Uint8Array(Math.max(id + 1, this.fate.length * 2))
      grown.set(this.fate)
      this.fate = grown
    }
    this.fate[id] = fate
  }
}
