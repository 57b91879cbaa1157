/** The order of an order's lines: by the numbers of `line` while all its cells are numbers, by its bytes otherwise; blank ones last. */
import { compareBytes } from '../base/text.js'
import { fits } from '../store/forms.js'
import type { Statement, Store } from '../store/store.js'
import type { Field } from './fieldbook.js'

interface Rank {
  readonly text: string
  readonly number: number | null
}

const KEPT = 100_000

export class LineOrder {
  private readonly ranks = new Map<number, Rank>()
  private readonly find: Statement
  constructor(
    store: Store,
    private readonly field: Field | undefined,
  ) {
    this.find = store.prepare('select text, number from text_row where _id = ?')
  }

  get numeric(): boolean {
    return this.field !== undefined && (this.field.fits & fits.number) !== 0
  }

  /** Whether the line coded `a` stands before the one coded `b`. */
  before(a: number, b: number): boolean {
    return a !== b && this.compare(a, b) < 0
  }

  /** Sorts `lines[from…to)`, in place and stable; `code` gives each line's code. */
  sort(lines: Int32Array, from: number, to: number, code: (line: number) => number): void {
    for (let i = from + 1; i < to; i++)
      if (this.compare(code(lines[i - 1]!), code(lines[i]!)) > 0) {
        const sorted = Array.from(lines.subarray(from, to)).sort((a, b) => this.compare(code(a), code(b)) || a - b)
        lines.set(sorted, from)
        return
      }
  }

  private compare(a: number, b: number): number {
    if (a === b) return 0
    if (a === 0 || b === 0) return a === 0 ? 1 : -1
    const [x, y] = [this.rank(a), this.rank(b)]
    return this.numeric && x.number !== null && y.number !== null ? x.number - y.number : compareBytes(x.text, y.text)
  }

  private rank(code: number): Rank {
    let rank = this.ranks.get(code)
    if (rank === undefined) {
      const [text, number] = this.find.row([code]) as [string, number | null]
      rank = { text, number }
      if (this.ranks.size >= KEPT) this.ranks.clear()
      this.ranks.set(code, rank)
    }
    return rank
  }
}

/** Numbers the lines of every order anew by the bytes of `line`: some cell of it is no number any more. */
export function renumber(store: Store, table: 'item_row' | 'waiting_row'): void {
  const key = table === 'item_row' ? ['_customer', '_day', '_time', '_key'] : ['_key']
  store.exec(`
    create temp table renumbered as
      select ${key.map((k) => `i.${k}`).join(', ')}, i._n as before,
        row_number() over (partition by ${key.map((k) => `i.${k}`).join(', ')} order by i.line is null, t.text, i._n) as after
      from ${table} i left join text_row t on t._id = i.line;
    update ${table} as i set _n = -r.after from temp.renumbered r
      where ${key.map((k) => `r.${k} = i.${k}`).join(' and ')} and r.before = i._n and r.before <> r.after;
    update ${table} set _n = -_n where _n < 0;
    drop table temp.renumbered`)
}
