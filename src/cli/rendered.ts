/** How commands that answer with a report take their format and language, and write it. */
import { extname } from 'node:path'
import { formatDay } from '../base/time.js'
import type { Report } from '../report/blocks.js'
import { type Rendering, type ReportFormat, renderers, reportFormats } from '../report/renderers.js'
import { dated, type Language, languages, say, type Text } from '../report/words.js'
import { type Globals, type Invocation, misuse, type OptionSpec } from './command.js'
import { writeJson, writeRows, writeText } from './output.js'
import type { Workspace } from './workspace.js'

export const reportOptions: readonly OptionSpec[] = [
  {
    flags: '-f, --format <format>',
    description: `${reportFormats.join(', ')}; without it the ending of \`-o\` chooses, else text; only csv has rows for \`--columns\` and \`--limit\``,
    choices: reportFormats,
  },
  {
    flags: '--lang <language>',
    description: `of headings and sentences: ${languages.join(', ')}; \`en\` unless it is given`,
    choices: languages,
  },
]

export async function writeReport(report: Report, invocation: Invocation): Promise<void> {
  const style = { ascii: invocation.globals.ascii, language: languageOf(invocation) }
  await write(await renderers[askedFormat(invocation)].render(report, style), invocation.globals, invocation)
}

/** Only rows can be chosen among. Asked before the report is made, which takes its time. */
export function askedFormat(invocation: Invocation): ReportFormat {
  const format = formatOf(invocation)
  const { globals } = invocation
  const stray = globals.columns !== undefined ? '--columns' : globals.limit !== undefined ? '--limit' : undefined
  if (format === 'csv' || stray === undefined) return format
  throw misuse(globals, stray, 'stray-option', `\`${stray}\` is for rows, and a report as ${format} is none`, {
    help: `add \`-f csv\`, or leave \`${stray}\` out`,
  })
}

/** `-f`, `--json`, the ending of `-o`; text otherwise. */
function formatOf({ option, flag, globals }: Invocation): ReportFormat {
  const asked = option('format') ?? (flag('json') ? 'json' : undefined)
  const ending = extname(globals.output ?? '')
    .slice(1)
    .toLowerCase()
  return (
    reportFormats.find((f) => f === asked) ??
    reportFormats.find((f) => (renderers[f].endings as readonly string[]).includes(ending)) ??
    'text'
  )
}

const languageOf = ({ option }: Invocation): Language => languages.find((l) => l === option('lang')) ?? 'en'

/** What is to be said of a day that is not today. */
export function aboutDay({ asOf, today }: Workspace): readonly Text[] {
  if (asOf > today) return [say('{day} is a day to come: no rows of it are known yet.', { day: dated(formatDay(asOf)) })]
  return asOf < today ? [say('Attributes of customers have their present values, not those of that day.')] : []
}

async function write(rendering: Rendering, globals: Globals, { io }: Invocation): Promise<void> {
  if ('text' in rendering) return writeText(rendering.text, globals, io)
  if ('document' in rendering) return writeJson(rendering.document, globals, io)
  await writeRows(
    { thing: 'report', columns: rendering.columns.map((name) => ({ name, align: 'left' })), rows: rendering.rows },
    { ...globals, format: 'csv' },
    io,
  )
}
