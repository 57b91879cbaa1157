/** The help pages: what a command is for, examples first, flags, exit codes; nothing wider than 80 columns. */
import type { Command } from './command.js'
import { argumentUsage, GLOBAL_OPTIONS } from './commandline.js'
import { GROUPS, type Listed } from './commands.js'
import { topics } from './topics.js'

const WIDTH = 80

/** What `segkit` alone prints. */
export const startPage = (): string => `segkit: customer segments and events from CSVs, in one local file

  segkit init shop --demo && cd shop    a project with sample data
  segkit ingest orders orders.csv       load orders, customers, activities
  segkit run                            evaluate all segments and events
  segkit members loyal > loyal.csv      who is in a segment
  segkit export win-back -o list.csv    hand a list to a campaign tool
  segkit report -o report.html          the report

segkit help              all commands and topics
segkit COMMAND --help    examples, flags and exit codes of one command
`

/** What `segkit help` and `segkit --help` print. */
export function overview(table: readonly Listed[]): string {
  const width = Math.max(...table.map((c) => c.name.length), ...Object.keys(topics).map((t) => t.length)) + 2
  const groups = GROUPS.flatMap(([group, title]) => {
    const rows = table.filter((c) => c.group === group).map((c) => [c.name, c.summary] as const)
    return rows.length === 0 ? [] : [section(title, columns(rows, width))]
  })
  const about = Object.entries(topics).map(([name, topic]) => [name, topic.summary] as const)
  return page([
    'segkit COMMAND [ARGUMENTS] [OPTIONS]',
    ...groups,
    section('Topics (segkit help TOPIC)', columns(about, width)),
    section('Options of every command', columns(GLOBAL_OPTIONS.map((o) => [o.flags, o.description]))),
  ])
}

/** What `segkit COMMAND --help` prints. */
export function commandHelp(command: Command): string {
  const usage = ['segkit', command.name, ...command.args.map(argumentUsage), '[OPTIONS]'].join(' ')
  return page([
    `${fill(usage, '       ')}\n${fill(command.summary, '')}`,
    section('Examples', command.examples.map(example).join('\n')),
    section('Arguments', columns(command.args.map((a) => [argumentUsage(a), a.description]))),
    section(
      'Options',
      columns(
        command.options.map((o) => [o.flags, o.description + (o.choices === undefined ? '' : ` (${o.choices.join(', ')})`)]),
      ),
    ),
    command.notes === undefined ? '' : section('Notes', paragraphs(command.notes)),
    section('Exit codes', columns(command.exits.map(([code, when]) => [String(code), when]))),
    section('Options of every command', columns(globalsOf(command))),
  ])
}

function globalsOf(command: Command): readonly (readonly [string, string])[] {
  const own = new Set(command.options.map((o) => longFlag(o.flags)))
  return GLOBAL_OPTIONS.filter((o) => !own.has(longFlag(o.flags))).map((o) => [o.flags, o.description])
}

const longFlag = (flags: string): string => /--[\w-]+/.exec(flags)?.[0] ?? flags

const page = (sections: readonly string[]): string => `${sections.filter((s) => s !== '').join('\n\n')}\n`

const section = (title: string, body: string): string => (body === '' ? '' : `${title}\n${body}`)

/** Names left, descriptions right; a name too long for its column stands on a line of its own. */
export function columns(rows: readonly (readonly [name: string, description: string])[], least = 0): string {
  const width = Math.max(least, Math.min(26, Math.max(0, ...rows.map(([name]) => name.length)) + 2))
  const margin = ' '.repeat(width + 2)
  return rows
    .map(([name, description]) => {
      const text = fill(margin + description, margin)
      return name.length + 2 > width ? `  ${name}\n${text}` : `  ${name.padEnd(width)}${text.slice(width + 2)}`
    })
    .join('\n')
}

/** Breaks lines at blanks so that none is wider than the page; later lines get the margin. */
function fill(text: string, margin: string, glue = '\n'): string {
  const lines: string[] = []
  let line = /^ */.exec(text)?.[0] ?? ''
  let empty = true
  for (const word of text.trim().split(/ +/)) {
    if (!empty && line.length + 1 + word.length > WIDTH - (glue.length - 1)) {
      lines.push(line)
      line = margin
      empty = true
    }
    line += empty ? word : ` ${word}`
    empty = false
  }
  return [...lines, line].join(glue)
}

const example = (command: string): string => fill(`  ${command}`, '      ', ' \\\n')

export const paragraphs = (text: string): string =>
  text
    .split('\n')
    .map((line) => (line.trim() === '' ? '' : fill(`  ${line}`, '  ')))
    .join('\n')
