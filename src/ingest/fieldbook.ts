/** What is known of each field over all loads: what its cells can be read as, its decimals, how many were filled. And its columns. */
import { sql } from '../base/sql.js'
import { decimalsOf, fits, readNumber } from '../store/forms.js'
import type { SourceName } from '../store/sources.js'
import type { Store } from '../store/store.js'
import { quoted } from './insert.js'

export interface Field {
  readonly id: number
  readonly source: SourceName
  readonly name: string
  /** Bits of `fits` that every cell loaded so far has. */
  fits: number
  /** The most decimals any of its cells has. */
  scale: number
  cells: number
}

export class Fieldbook {
  private readonly fields = new Map<string, Field>()
  constructor(private readonly store: Store) {
    for (const [id, source, name, bits, scale, cells] of store.rows(
      sql`select _id, source, name, fits, _scale, cells from field_row`,
    ))
      this.keep({
        id: id as number,
        source: source as SourceName,
        name: name as string,
        fits: bits as number,
        scale: scale as number,
        cells: cells as number,
      })
  }

  /** The field, written down at first sight. */
  field(source: SourceName, name: string): Field {
    const known = this.known(source, name)
    if (known !== undefined) return known
    const [id] = this.store.row(
      sql`insert into field_row (source, name, position)
        values (${source}, ${name}, (select count(*) from field_row where source = ${source})) returning _id`,
    ) as [number]
    const field: Field = { id, source, name, fits: fits.all, scale: 0, cells: 0 }
    this.keep(field)
    return field
  }

  known(source: SourceName, name: string): Field | undefined {
    return this.fields.get(`${source}.${name}`)
  }

  save(): void {
    const update = this.store.prepare('update field_row set fits = ?, _scale = ?, cells = ? where _id = ?')
    for (const f of this.fields.values()) update.run([f.fits, f.scale, f.cells, f.id])
  }

  private keep(field: Field): void {
    this.fields.set(`${field.source}.${field.name}`, field)
  }
}

/** Notes the decimals of a cell that is a plain number: sums and comparisons are as exact as the cells are. */
export function noteDecimals(field: Field, cell: string): void {
  if (!cell.includes('.')) return
  const decimals = decimalsOf(cell)
  if (decimals > field.scale && readNumber(cell) !== undefined) field.scale = decimals
}

/** Adds the columns that the table lacks. `type` is empty for a column without affinity. */
export function addColumns(store: Store, table: string, columns: readonly (readonly [name: string, type: string])[]): void {
  const there = new Set(store.rows(sql`select name from pragma_table_info(${table})`).map(([name]) => name as string))
  for (const [name, type] of columns) if (!there.has(name)) store.exec(`alter table ${table} add column ${quoted(name)} ${type}`)
}

/** The table's columns, in its order. */
export const columnsOf = (store: Store, table: string): readonly string[] =>
  store.rows(sql`select name from pragma_table_info(${table})`).map(([name]) => name as string)
