/** What can be wrong, where, and what to do about it. Knows nothing of YAML, CSV, SQL or segments. */

/** A text that spans point into: a whole file, some lines of one (from `line`, counted from 1), or the command line. */
export interface Source {
  /** As the reader finds it from where he stands. */
  readonly name: string
  /** Its name within the project, the same wherever the reader stands; absent where it has no other. */
  readonly within?: string
  readonly text: string
  /** The number of the text's first line in the file; 1 unless the text is an excerpt. */
  readonly line?: number
}

/** Offsets into `source.text` in UTF-16 units, end excluded. */
export interface Span {
  readonly source: Source
  readonly start: number
  readonly end: number
}

export interface Spanned<T> {
  readonly value: T
  readonly span: Span
}

export interface Problem {
  /** A stable kebab-case word, `unknown-field`. */
  readonly code: string
  readonly severity: 'error' | 'warning'
  /** Lower case, no full stop, things in backticks. */
  readonly message: string
  readonly span?: Span
  /** What the marked part is, shown beside the marker. */
  readonly label?: string
  /** What to do. */
  readonly help?: string
}

/** A list of problems that grows as reading goes on. */
export class Problems {
  readonly list: Problem[] = []
  add(problem: Problem): void {
    this.list.push(problem)
  }
  error(code: string, message: string, more: Omit<Problem, 'code' | 'severity' | 'message'> = {}): undefined {
    this.list.push({ code, severity: 'error', message, ...more })
    return undefined
  }
  warn(code: string, message: string, more: Omit<Problem, 'code' | 'severity' | 'message'> = {}): void {
    this.list.push({ code, severity: 'warning', message, ...more })
  }
  get failed(): boolean {
    return this.list.some((p) => p.severity === 'error')
  }
}

/**
 * Thrown by a command to end with an exit code and problems that are the user's to mend.
 * Everything below `cli/` returns problems; only where no answer is possible at all does it throw this.
 */
export class Stop extends Error {
  constructor(
    readonly exit: number,
    readonly problems: readonly Problem[],
  ) {
    super(problems[0]?.message ?? `exit ${exit}`)
  }
  static with(exit: number, code: string, message: string, more: Omit<Problem, 'code' | 'severity' | 'message'> = {}): Stop {
    return new Stop(exit, [{ code, severity: 'error', message, ...more }])
  }
}

/** `segments/loyal.yaml:4`, within the project. */
export const placeOf = (span: Span): string => `${span.source.within ?? span.source.name}:${position(span).line}`

/** Line and column of a span's start, both from 1; the column counts UTF-16 units. */
export function position(span: Span): { line: number; column: number } {
  const before = span.source.text.slice(0, span.start)
  let line = span.source.line ?? 1
  for (let i = before.indexOf('\n'); i >= 0; i = before.indexOf('\n', i + 1)) line++
  return { line, column: span.start - before.lastIndexOf('\n') }
}

const FRAME_WIDTH = 160

/**
 * The problem as a person reads it: message, place, the line with the wrong part marked, what to do.
 * `paint` colours a part; without it the text is plain.
 */
export function render(
  p: Problem,
  paint: (part: 'error' | 'warning' | 'mark' | 'help' | 'gutter', text: string) => string = (_, t) => t,
): string {
  const head = `${paint(p.severity, `${p.severity}[${p.code}]`)}: ${clean(p.message)}`
  const help = p.help === undefined ? [] : [`${paint('help', '   = help:')} ${clean(p.help)}`]
  if (p.span === undefined) return [head, ...help].join('\n')
  const { line, column } = position(p.span)
  const full = p.span.source.text.split('\n')[line - (p.span.source.line ?? 1)] ?? ''
  const from = column > FRAME_WIDTH ? column - 40 : 0
  const text = full.slice(from, from + FRAME_WIDTH).replace(/\r$/, '')
  const at = Math.max(0, column - 1 - from)
  const width = Math.max(1, Math.min(p.span.end - p.span.start, text.length - at))
  const gutter = String(line)
  const pad = ' '.repeat(gutter.length)
  const bar = paint('gutter', '|')
  const indent = [...text.slice(0, at)].map((ch) => (ch === '\t' ? '\t' : ' '.repeat(cells(ch)))).join('')
  const marks = '^'.repeat(Math.max(1, cells(text.slice(at, at + width))))
  return [
    head,
    `${pad}${paint('gutter', '-->')} ${p.span.source.name}:${line}:${column}`,
    `${pad} ${bar}`,
    `${paint('gutter', gutter)} ${bar} ${clean(text)}`,
    `${pad} ${bar} ${indent}${paint('mark', `${marks}${p.label === undefined ? '' : ` ${clean(p.label)}`}`)}`,
    ...help,
  ].join('\n')
}

/** Data in a message may hold anything; a terminal must see none of its control characters. */
const clean = (text: string): string =>
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd')

/** Terminal cells a text takes: wide East Asian characters two, marks that join none. Close enough for a marker. */
function cells(text: string): number {
  let width = 0
  for (const ch of text)
    width += /\p{M}/u.test(ch)
      ? 0
      : /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]|\p{Extended_Pictographic}/u.test(ch)
        ? 2
        : 1
  return width
}
