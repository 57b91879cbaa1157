/** Many rows into a table, sixty-four a statement: measured 1.7 times as fast as one by one. */
import type { Param } from '../base/sql.js'
import type { Statement, Store } from '../store/store.js'

const ROWS = 64
/** SQLite takes no more parameters in a statement. */
const MOST_PARAMETERS = 32_766

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Cells are put one after another; a row is complete when it has as many as there are columns. */
export class Inserter {
  private readonly head: string
  private readonly many: Statement
  private readonly params: Param[]
  private at = 0
  private one: Statement | undefined
  constructor(
    private readonly store: Store,
    table: string,
    private readonly columns: readonly string[],
  ) {
    const rows = Math.max(1, Math.min(ROWS, Math.floor(MOST_PARAMETERS / columns.length)))
    this.head = `insert into ${table} (${columns.map(quoted).join(', ')}) values `
    this.many = store.prepare(this.head + this.tuples(rows))
    this.params = new Array<Param>(rows * columns.length).fill(null)
  }
  put(cell: Param): void {
    this.params[this.at++] = cell
    if (this.at === this.params.length) {
      this.at = 0
      this.many.run(this.params)
    }
  }
  /** NaN stands for unknown. */
  number(value: number): void {
    this.put(Number.isNaN(value) ? null : value)
  }
  /** 0 stands for unknown. */
  code(value: number): void {
    this.put(value === 0 ? null : value)
  }
  /** Writes what is left. */
  end(): void {
    const width = this.columns.length
    if (this.at > 0) this.one ??= this.store.prepare(this.head + this.tuples(1))
    for (let from = 0; from < this.at; from += width) this.one!.run(this.params.slice(from, from + width))
    this.at = 0
  }
  private tuples(rows: number): string {
    const tuple = `(${this.columns.map(() => '?').join(', ')})`
    return new Array<string>(rows).fill(tuple).join(', ')
  }
}
