/** What a command declares and what it is given. Knows nothing of parsing, help or the terminal: those follow from the entry. */
import type { Readable, Writable } from 'node:stream'
import { type Problem, type Source, type Span, Stop } from '../base/problem.js'

export type Format = 'table' | 'csv' | 'tsv' | 'json' | 'ndjson' | 'md'
export const FORMATS: readonly Format[] = ['table', 'csv', 'tsv', 'json', 'ndjson', 'md']

export type Group = 'start' | 'data' | 'answers' | 'hand-off' | 'care'

export interface ArgumentSpec {
  readonly name: string
  readonly description: string
  readonly required?: boolean
  /** Takes all words that are left; the last argument only. */
  readonly variadic?: boolean
}

export interface OptionSpec {
  /** As commander reads it: `--rejects <file>`, `-n, --count <n>`, `--dry-run`, `--near [what]`. */
  readonly flags: string
  readonly description: string
  /** May be given several times; read with `options()`. */
  readonly repeat?: true
  readonly default?: string
  readonly choices?: readonly string[]
}

export interface CommandSpec {
  readonly name: string
  /** One line. */
  readonly summary: string
  readonly args: readonly ArgumentSpec[]
  /** An option with the long name of a global one takes its place. */
  readonly options: readonly OptionSpec[]
  readonly examples: readonly string[]
  readonly notes?: string
  readonly exits: readonly (readonly [code: number, when: string])[]
  readonly group: Group
  /** Changes something: a reader that leaves early is then a failed write, otherwise it is success. */
  readonly writes?: true
  /** `-o` may name a folder, which the command looks at itself. */
  readonly outputFolder?: true
}

export interface Command extends CommandSpec {
  readonly run: (invocation: Invocation) => Promise<Outcome>
}

/** How a command ended. To end without any answer it throws `Stop`. */
export interface Outcome {
  /** 0 where absent. */
  readonly exit?: number
  /** The last line on stderr; `-q` silences it on success. */
  readonly verdict?: string
  /** Told on stderr before the verdict: warnings, and what was wrong when the exit is not 0. */
  readonly problems?: readonly Problem[]
}

export interface Invocation {
  /** The positional words in order, those of a variadic argument included. */
  readonly args: readonly string[]
  arg(name: string): string | undefined
  /** All words of a variadic argument. */
  list(name: string): readonly string[]
  /** The value of `--name <value>`; of a repeatable option the last; empty for `--name [value]` without one. */
  option(name: string): string | undefined
  /** All values of a repeatable option, in order. */
  options(name: string): readonly string[]
  /** Whether `--name` was given; `flag('no-x')` for `--no-x`. */
  flag(name: string): boolean
  readonly globals: Globals
  readonly io: Io
  /** The command line, so that problems about it get a frame. */
  readonly argv: Source
  /** Where a word, or a part of one between commas or after `=`, stands in the command line. */
  spanOf(word: string): Span | undefined
  /** Says something on stderr along the way: silenced by `-q`, and by `--json` where the command fails. */
  note(line: string): void
}

/** Options that every command takes, with the environment behind them. */
export interface Globals {
  /** `-C` or SEGKIT_PROJECT. */
  readonly project?: string | undefined
  /** `--db` or SEGKIT_DB. */
  readonly db?: string | undefined
  readonly asOf?: string | undefined
  readonly set: Readonly<Record<string, string>>
  /** `-f` or `--json`; see `formatFor` in output.ts for the ending of `-o` and SEGKIT_FORMAT. */
  readonly format?: Format | undefined
  readonly columns?: readonly string[] | undefined
  readonly header: boolean
  readonly limit?: number | undefined
  /** `-o`; `-` is stdout. */
  readonly output?: string | undefined
  readonly quiet: boolean
  readonly verbose: boolean
  readonly color: boolean
  readonly ascii: boolean
  readonly progress: boolean
  /** How long to wait for the lock. */
  readonly waitMs: number
  /** The wall clock, read once, in milliseconds since 1970. */
  readonly now: number
  spanOf(word: string): Span | undefined
}

/** The process as a command sees it, so that tests can stand in for it. */
export interface Io {
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable
  readonly isTTY: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean }
  /** The terminal's width in cells. */
  readonly width: number
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly now: number
}

export const defineCommand = (command: Command): Command => command

/** A mistake on the command line: exit 2, with the word marked when it stands there. */
export function misuse(
  line: Pick<Globals, 'spanOf'>,
  word: string,
  code: string,
  message: string,
  more: { readonly label?: string | undefined; readonly help?: string | undefined } = {},
): Stop {
  const span = line.spanOf(word)
  return Stop.with(2, code, message, {
    ...(span === undefined ? {} : { span }),
    ...(more.label === undefined ? {} : { label: more.label }),
    ...(more.help === undefined ? {} : { help: more.help }),
  })
}
