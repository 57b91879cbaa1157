/** The records of a block of CSV text, one after another, their cells cut out only when asked for. Knows nothing of columns. */

/** Where the cells of a block lie. Whoever fills it decides what a record is. */
export class Cells {
  text = ''
  /** The text's UTF-16 units: cheaper to look at, one by one, than the text. */
  units = new Uint16Array(0)
  /** Start and end of each cell; a negative start is the place, counted from -1 down, of a text in `made`. */
  bounds = new Int32Array(1 << 12)
  /** Of each record where its bounds begin, and where those of the last one end. */
  starts = new Int32Array(1 << 10)
  lines = new Int32Array(1 << 10)
  /** Texts that do not stand in the block as they are: quotes undone. */
  made: string[] = []
  records = 0
  private used = 0

  begin(text: string): void {
    this.clear()
    this.text = text
    if (this.units.length < text.length) this.units = new Uint16Array(text.length + (text.length >> 3))
    Buffer.from(this.units.buffer).write(text, 'utf16le')
  }
  clear(): void {
    this.used = 0
    this.records = 0
    if (this.made.length > 0) this.made = []
  }
  cell(start: number, end: number): void {
    if (this.used + 2 > this.bounds.length) this.bounds = grown(this.bounds)
    this.bounds[this.used++] = start
    this.bounds[this.used++] = end
  }
  madeCell(text: string): void {
    this.made.push(text)
    this.cell(-this.made.length, text.length)
  }
  /** Ends a record; without `line` its cells are forgotten. */
  record(line: number | undefined): void {
    const { records } = this
    if (line === undefined) {
      this.used = this.starts[records]!
      return
    }
    if (records + 2 > this.starts.length) {
      this.starts = grown(this.starts)
      this.lines = grown(this.lines)
    }
    this.lines[records] = line
    this.starts[records + 1] = this.used
    this.records++
  }
}

function grown(numbers: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const more = new Int32Array(numbers.length * 2)
  more.set(numbers)
  return more
}

const [SPACE, DELETE] = [32, 127]
const [ZERO, NINE, PLUS, MINUS] = [48, 57, 43, 45]
const MOST_DIGITS = 15

const SEED = 0x811c9dc5 | 0
const FACTOR = 0x01000193

/** A signed 32-bit hash of a text. */
export function hash32(text: string): number {
  const hash = mixed(SEED, text)
  return hash ^ (hash >>> 15)
}

function mixed(seed: number, text: string): number {
  let hash = seed
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), FACTOR)
  return hash
}

/** Stands on one record at a time: `while (rows.next()) …`. What it gives is of that record and good until the block after it is read. */
export class Rows {
  /** On which the record begins, from 1. */
  line = 0
  /** Number of cells. */
  width = 0
  /** What `decimal` read last. */
  units = 0
  scale = 0
  private record = -1
  private first = 0
  constructor(
    private readonly cells: Cells,
    /** Cells passed over at the start of each record. */
    readonly skipped = 0,
  ) {}

  next(): boolean {
    const { cells, skipped } = this
    if (++this.record >= cells.records) {
      this.record = -1
      return false
    }
    this.first = cells.starts[this.record]! + 2 * skipped
    this.width = Math.max(0, (cells.starts[this.record + 1]! - this.first) >> 1)
    this.line = cells.lines[this.record]!
    return true
  }

  /** The cell as it stands in the file, quotes undone. */
  raw(column: number): string {
    const { bounds, text, made } = this.cells
    const at = this.first + 2 * column
    const start = bounds[at]!
    return start < 0 ? made[-1 - start]! : text.slice(start, bounds[at + 1]!)
  }

  /** The cell without white space around it. */
  cell(column: number): string {
    const { bounds, units } = this.cells
    const at = this.first + 2 * column
    const start = bounds[at]!
    const end = bounds[at + 1]!
    const text = this.raw(column)
    if (start < 0 || start === end) return text.trim()
    const [head, tail] = [units[start]!, units[end - 1]!]
    return head > SPACE && head < DELETE && tail > SPACE && tail < DELETE ? text : text.trim()
  }

  /** Whether the cell stands in the file exactly so. Cuts nothing out. */
  is(column: number, text: string): boolean {
    const { bounds, units } = this.cells
    const at = this.first + 2 * column
    const start = bounds[at]!
    if (bounds[at + 1]! - Math.max(start, 0) !== text.length) return false
    if (start < 0) return this.raw(column) === text
    // From the end: the keys of neighbours differ there.
    for (let i = text.length - 1; i >= 0; i--) if (units[start + i] !== text.charCodeAt(i)) return false
    return true
  }

  /** `hash32` of some cells, one after another, as they stand in the file. */
  hash(columns: readonly number[]): number {
    const { bounds, units } = this.cells
    let hash = SEED
    for (let i = 0; i < columns.length; i++) {
      const at = this.first + 2 * columns[i]!
      const start = bounds[at]!
      const end = bounds[at + 1]!
      if (start < 0) hash = mixed(hash, this.raw(columns[i]!))
      else for (let u = start; u < end; u++) hash = Math.imul(hash ^ units[u]!, FACTOR)
    }
    return hash ^ (hash >>> 15)
  }

  /** Whether some cells stand in the file as they were written to `pool` at `place`. */
  match(columns: readonly number[], pool: Uint16Array, place: number): boolean {
    const { bounds, units } = this.cells
    let from = place
    for (let i = 0; i < columns.length; i++) {
      const at = this.first + 2 * columns[i]!
      const start = bounds[at]!
      const length = bounds[at + 1]! - Math.max(start, 0)
      if (pool[from++] !== length) return false
      if (start < 0) {
        const text = this.raw(columns[i]!)
        for (let u = 0; u < length; u++) if (pool[from + u] !== text.charCodeAt(u)) return false
      } else for (let u = 0; u < length; u++) if (pool[from + u] !== units[start + u]) return false
      from += length
    }
    return true
  }

  /** Whether nothing at all is in the cell. */
  empty(column: number): boolean {
    const { bounds } = this.cells
    const at = this.first + 2 * column
    const start = bounds[at]!
    return bounds[at + 1] === Math.max(start, 0)
  }

  /** Reads a plain decimal (a minus, digits, at most one `mark`) into `units` and `scale`; false where the cell is anything else. */
  decimal(column: number, mark: number): boolean {
    const { bounds, units } = this.cells
    const at = this.first + 2 * column
    const start = bounds[at]!
    const end = bounds[at + 1]!
    if (start < 0 || start === end) return false
    const first = units[start]!
    let value = 0
    let digits = 0
    let before = -1
    for (let i = first === MINUS || first === PLUS ? start + 1 : start; i < end; i++) {
      const unit = units[i]!
      if (unit >= ZERO && unit <= NINE) {
        value = value * 10 + (unit - ZERO)
        digits++
      } else if (unit === mark && before < 0) before = digits
      else return false
    }
    if (digits === 0 || digits > MOST_DIGITS) return false
    this.units = first === MINUS ? 0 - value : value
    this.scale = before < 0 ? 0 : digits - before
    return true
  }

  /** All cells as they stand in the file. */
  all(): string[] {
    return Array.from({ length: this.width }, (_, column) => this.raw(column))
  }
}
