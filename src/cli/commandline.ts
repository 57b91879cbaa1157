/** The command line as a text: where its words stand, which of them is the command, what the global options say. */
import { CommanderError, Option, Command as Parser } from 'commander'
import type { Source, Span } from '../base/problem.js'
import { nearest, suggest } from '../base/text.js'
import { type Command, FORMATS, type Globals, type Invocation, type Io, misuse, type OptionSpec } from './command.js'

/** Accepted before and after the name of the command. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  { flags: '-C, --project <dir>', description: 'the project folder (SEGKIT_PROJECT)' },
  { flags: '--db <file>', description: 'the store (SEGKIT_DB)' },
  { flags: '--as-of <day>', description: 'the day whose end the answer describes' },
  { flags: '--set <name=value>', description: 'a parameter of the definitions; repeatable', repeat: true },
  { flags: '-f, --format <format>', description: `${FORMATS.join(', ')} (SEGKIT_FORMAT)`, choices: FORMATS },
  { flags: '--json', description: 'the same as --format json; problems are one JSON line' },
  { flags: '--columns <names>', description: 'these columns in this order, separated by commas' },
  { flags: '--no-header', description: 'rows without a header' },
  { flags: '--limit <n>', description: 'at most so many rows' },
  { flags: '-o, --output <file>', description: 'write the answer there, whole or not at all' },
  { flags: '--wait <duration>', description: 'wait so long for another segkit that is writing' },
  { flags: '-q, --quiet', description: 'nothing on stderr unless something is wrong' },
  { flags: '-v, --verbose', description: 'say more' },
  { flags: '--no-color', description: 'no colours (NO_COLOR)' },
  { flags: '--no-progress', description: 'no progress bar' },
  { flags: '--ascii', description: 'tables and bars in ASCII' },
]

export interface CommandLine {
  readonly argv: readonly string[]
  readonly source: Source
  /** Which word names the command; -1 without one. */
  readonly commandAt: number
  readonly command: string | undefined
  /** `-h` or `--help` anywhere: it wins over everything else. */
  readonly help: boolean
  /** How problems are to be told, known before anything else is read. */
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  readonly color: boolean
  spanOf(word: string): Span | undefined
}

export function readCommandLine(argv: readonly string[]): CommandLine {
  const shown = argv.map(asTyped)
  const starts: number[] = []
  let text = 'segkit'
  for (const word of shown) {
    text += ' '
    starts.push(text.length)
    text += word
  }
  const source = { name: 'command line', text }
  const commandAt = findCommand(argv)
  const end = argv.indexOf('--')
  const words = end < 0 ? argv : argv.slice(0, end)
  const short = (letter: string) => words.some((w) => new RegExp(`^-[a-zA-Z]*${letter}`).test(w) && !/^-[Cfo]/.test(w))
  const formats = words.map(
    (w, i) => /^(?:-f|--format=)(json|ndjson)$/.exec(w)?.[1] ?? (/^(-f|--format)$/.test(w) ? words[i + 1] : ''),
  )
  return {
    argv,
    source,
    commandAt,
    command: argv[commandAt],
    help: words.includes('--help') || words.includes('-h'),
    json: words.includes('--json') || formats.some((f) => f === 'json' || f === 'ndjson'),
    quiet: words.includes('--quiet') || short('q'),
    verbose: words.includes('--verbose') || short('v'),
    color: !words.includes('--no-color'),
    spanOf: (word) => findWord(word, argv, shown, starts, commandAt, source),
  }
}

/** The word as a shell would need it. */
const asTyped = (word: string): string =>
  /^[\p{L}\p{N}_@%+=:,./~*-]+$/u.test(word) ? word : `'${word.replace(/[\r\n]/g, ' ').replaceAll("'", "'\\''")}'`

const VALUED = new Set(GLOBAL_OPTIONS.filter((o) => o.flags.includes('<')).flatMap((o) => o.flags.match(/--?[\w-]+/g) ?? []))

function findCommand(argv: readonly string[]): number {
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!
    if (word === '--') return i + 1 < argv.length ? i + 1 : -1
    if (!word.startsWith('-') || word === '-') return i
    if (VALUED.has(word)) i++
    else if (/^-[a-zA-Z]{2,}$/.test(word)) {
      const letters = [...word.slice(1)]
      const valued = letters.findIndex((letter) => VALUED.has(`-${letter}`))
      if (valued === letters.length - 1) i++
    }
  }
  return -1
}

/** A whole word, else a part of one after `=` or between commas, else any place; the command's own name comes last. */
function findWord(
  wanted: string,
  argv: readonly string[],
  shown: readonly string[],
  starts: readonly number[],
  commandAt: number,
  source: Source,
): Span | undefined {
  const at = (i: number, from: number, length: number): Span => {
    const start = starts[i]! + from
    return { source, start, end: start + Math.max(1, length) }
  }
  const order = argv.map((_, i) => i).sort((a, b) => Number(a === commandAt) - Number(b === commandAt))
  const whole = order.find((i) => argv[i] === wanted)
  if (whole !== undefined) return at(whole, 0, shown[whole]!.length)
  if (wanted === '') return undefined
  for (const i of order) {
    const word = shown[i]!
    for (let from = word.indexOf(wanted); from >= 0; from = word.indexOf(wanted, from + 1)) {
      const before = word[from - 1] ?? ','
      const after = word[from + wanted.length] ?? ','
      if (/[=,'"]/.test(before) && /[=,'"]/.test(after)) return at(i, from, wanted.length)
    }
  }
  const flag = /^-(\w)$/.exec(wanted)?.[1]
  const holder = order.find((i) =>
    flag === undefined ? shown[i]!.includes(wanted) : /^-\w+$/.test(argv[i]!) && argv[i]!.includes(flag),
  )
  return holder === undefined ? undefined : at(holder, shown[holder]!.indexOf(flag ?? wanted), (flag ?? wanted).length)
}

/** Reads the words against what the command declares. Stops with 2 at the first that does not fit. */
export function readInvocation(line: CommandLine, command: Command, io: Io, note: (line: string) => void): Invocation {
  const options = allOptions(command)
  const words = line.argv.filter((_, i) => i !== line.commandAt)
  const { operands, values } = parse(line, command.name, options, words)
  const byArgument = assign(line, command, operands)
  const own = new Set(command.options.map((o) => longName(o.flags)))
  return {
    args: operands,
    arg: (name) => byArgument.get(name)?.[0],
    list: (name) => byArgument.get(name) ?? [],
    option: (name) => values.get(name)?.at(-1),
    options: (name) => values.get(name) ?? [],
    flag: (name) => values.has(name),
    globals: readGlobals(line, io, (name) => (own.has(name) ? undefined : values.get(name))),
    io,
    argv: line.source,
    spanOf: line.spanOf,
    note,
  }
}

/** Global options stand before no command at all: then only they are known. */
export function checkBareOptions(line: CommandLine): void {
  parse(line, undefined, GLOBAL_OPTIONS, line.argv)
}

function allOptions(command: Command): readonly OptionSpec[] {
  const own = new Set(command.options.map((o) => longName(o.flags)))
  return [...command.options, ...GLOBAL_OPTIONS.filter((o) => !own.has(longName(o.flags)))]
}

const longName = (flags: string): string => /--([\w-]+)/.exec(flags)?.[1] ?? flags

type Values = ReadonlyMap<string, readonly string[]>

function parse(
  line: CommandLine,
  command: string | undefined,
  options: readonly OptionSpec[],
  words: readonly string[],
): { operands: readonly string[]; values: Values } {
  const parser = new Parser(command ?? 'segkit').exitOverride().helpOption(false)
  parser.configureOutput({ writeErr: () => undefined, writeOut: () => undefined })
  const values = new Map<string, string[]>()
  for (const spec of options) {
    const option = new Option(spec.flags)
    const name = longName(spec.flags)
    parser.addOption(option)
    parser.on(`option:${option.name()}`, (value: string | null | undefined) => {
      const text = plainly(value ?? '')
      if (spec.repeat === true) values.set(name, [...(values.get(name) ?? []), text])
      else values.set(name, [text])
      if (spec.choices?.includes(text) === false) throw wrongChoice(line, name, text, spec.choices)
    })
  }
  const { operands, unknown } = readWords(parser, line, command === undefined ? words : words.map(dayMarked))
  if (unknown[0] !== undefined) throw unknownOption(line, unknown[0], command, options)
  for (const spec of options) {
    const name = longName(spec.flags)
    if (spec.default !== undefined && !values.has(name)) values.set(name, [spec.default])
  }
  return { operands, values }
}

function readWords(parser: Parser, line: CommandLine, words: readonly string[]) {
  try {
    const { operands, unknown } = parser.parseOptions([...words])
    return { operands: operands.map(plainly), unknown: unknown.map(plainly) }
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    const flags = /'([^']+)'/.exec(error.message)?.[1] ?? ''
    const given = line.argv.at(-1) ?? ''
    throw misuse(line, given, 'missing-value', `\`${given}\` needs a value`, { help: `write \`${flags}\`` })
  }
}

/** `-30d` is a day, never an option; commander would take it for one. */
const AS_IT_IS = '\u0000'
const dayMarked = (word: string): string => (/^-\d/.test(word) ? AS_IT_IS + word : word)
const plainly = (word: string): string => (word.startsWith(AS_IT_IS) ? word.slice(1) : word)

function wrongChoice(line: CommandLine, name: string, value: string, choices: readonly string[]) {
  const help = suggest(value, choices, 'choices') ?? `choices: ${choices.join(', ')}`
  return misuse(line, value, 'unknown-choice', `\`--${name}\` cannot be \`${value}\``, { help })
}

function unknownOption(line: CommandLine, word: string, command: string | undefined, options: readonly OptionSpec[]) {
  const flag = word.replace(/=.*/s, '')
  const names = options.map((o) => longName(o.flags))
  const label = command === undefined ? 'not an option of segkit' : `not an option of \`${command}\``
  const taken = names.includes(flag.slice(2))
  const guess = nearest(flag.replace(/^-+/, ''), [...names, 'help'])
  const help = taken
    ? `\`${flag}\` takes no value`
    : guess !== undefined
      ? `did you mean \`--${guess}\`?`
      : `\`segkit ${command === undefined ? '' : `${command} `}--help\` lists the options`
  return misuse(line, flag, 'unknown-option', taken ? `\`${flag}\` with a value` : `no option \`${flag}\``, { label, help })
}

function assign(line: CommandLine, command: Command, operands: readonly string[]): Values {
  const found = new Map<string, readonly string[]>()
  const usage = `segkit ${command.name} ${command.args.map(argumentUsage).join(' ')}`.trimEnd()
  let at = 0
  for (const spec of command.args) {
    const words = spec.variadic === true ? operands.slice(at) : operands.slice(at, at + 1)
    at += words.length
    if (words.length > 0) found.set(spec.name, words)
    else if (spec.required === true) {
      throw misuse(line, command.name, 'missing-argument', `\`${command.name}\` needs ${spec.name}: ${spec.description}`, {
        help: `write \`${usage}\``,
      })
    }
  }
  const extra = operands[at]
  if (extra !== undefined) {
    const label = command.args.length === 0 ? 'takes no arguments' : 'one too many'
    throw misuse(line, extra, 'too-many-arguments', `\`${command.name}\` does not take \`${extra}\``, {
      label,
      help: `write \`${usage}\``,
    })
  }
  if (operands.filter((word) => word === '-').length > 1) {
    throw misuse(line, '-', 'stdin-twice', 'stdin can be read only once', {
      help: 'give `-` for one input and files for the others',
    })
  }
  return found
}

/** `SOURCE`, `[DIR]`, `FILE…` */
export const argumentUsage = (spec: { name: string; required?: boolean; variadic?: boolean }): string => {
  const name = spec.variadic === true ? `${spec.name}…` : spec.name
  return spec.required === true ? name : `[${name}]`
}

function readGlobals(line: CommandLine, io: Io, values: (name: string) => readonly string[] | undefined): Globals {
  const last = (name: string) => values(name)?.at(-1)
  const environment = (name: string) => (io.env[name] === '' ? undefined : io.env[name])
  const json = values('json') === undefined ? undefined : 'json'
  const format = FORMATS.find((f) => f === last('format'))
  if (json !== undefined && format !== undefined && format !== json)
    throw misuse(line, '--json', 'two-formats', `\`--json\` and \`--format ${format}\` ask for two formats`, {
      help: 'give one of them',
    })
  const columns = last('columns')
    ?.split(',')
    .map((name) => name.trim())
  const limit = last('limit')
  const wait = last('wait')
  return {
    project: last('project') ?? environment('SEGKIT_PROJECT'),
    db: last('db') ?? environment('SEGKIT_DB'),
    asOf: last('as-of'),
    set: readSettings(line, values('set') ?? []),
    format: format ?? json,
    columns,
    header: values('no-header') === undefined,
    limit: limit === undefined ? undefined : readLimit(line, limit),
    output: last('output'),
    quiet: values('quiet') !== undefined,
    verbose: values('verbose') !== undefined,
    color: values('no-color') === undefined && environment('NO_COLOR') === undefined,
    ascii: values('ascii') !== undefined,
    progress: values('no-progress') === undefined,
    waitMs: wait === undefined ? 0 : readWait(line, wait),
    now: io.now,
    spanOf: line.spanOf,
  }
}

function readSettings(line: CommandLine, settings: readonly string[]): Readonly<Record<string, string>> {
  const pairs = settings.map((word): readonly [string, string] => {
    const at = word.indexOf('=')
    if (at > 0) return [word.slice(0, at).trim(), word.slice(at + 1)]
    throw misuse(line, word, 'bad-setting', `\`--set ${word}\` sets nothing`, { help: 'write `--set name=value`' })
  })
  return Object.fromEntries(pairs)
}

function readLimit(line: CommandLine, word: string): number {
  if (/^\d{1,15}$/.test(word)) return Number(word)
  throw misuse(line, word, 'bad-number', `\`--limit\` cannot be \`${word}\``, { help: 'write a whole number, 0 or more' })
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 }
const WORDS: Readonly<Record<string, string>> = { second: 's', seconds: 's', minute: 'm', minutes: 'm', hour: 'h', hours: 'h' }

/** `30s`, `5m`, `2 hours`; a bare number is seconds. */
function readWait(line: CommandLine, word: string): number {
  const [, number, unit] = /^(\d{1,9})\s*([a-z]*)$/.exec(word) ?? []
  const factor = unit === undefined ? undefined : UNITS[unit === '' ? 's' : (WORDS[unit] ?? unit)]
  if (number !== undefined && factor !== undefined) return Number(number) * factor
  throw misuse(line, word, 'bad-duration', `\`--wait\` cannot be \`${word}\``, { help: 'write `30s`, `5m` or `1h`' })
}
