/** `report`: what each segment is worth, in text, Markdown, CSV or JSON. */
import { extname } from 'node:path'
import { plural } from '../base/text.js'
import { formatDay } from '../base/time.js'
import type { Definitions } from '../language/definitions.js'
import { type Rendering, type ReportFormat, renderers, reportFormats } from '../report/renderers.js'
import { makeReport } from '../report/report.js'
import { type Language, languages, say, type Text } from '../report/words.js'
import type { Store } from '../store/store.js'
import { defineCommand, type Globals, type Invocation, type Outcome } from './command.js'
import { writeJson, writeRows, writeText } from './output.js'
import { asCounted, errorsFirst, reading, sayDay, select, settingOf, type Workspace } from './workspace.js'

export const command = defineCommand({
  name: 'report',
  summary: 'the report per segment: size, revenue, orders, recency, products, change',
  group: 'answers',
  args: [
    {
      name: 'NAME',
      description: "segments and events: names, globs, `tag:x`; none means all segments but segkit's own",
      variadic: true,
    },
  ],
  options: [
    {
      flags: '-f, --format <format>',
      description: `${reportFormats.join(', ')}; without it the ending of \`-o\` chooses, else text`,
      choices: reportFormats,
    },
    {
      flags: '--lang <language>',
      description: `of headings and sentences: ${languages.join(', ')}; \`en\` unless it is given`,
      choices: languages,
    },
  ],
  examples: [
    'segkit report',
    'segkit report croissant-fans --as-of yesterday',
    "segkit report tag:win-back 'system/*' -o reports/win-back.md",
    'segkit report -f csv | head',
  ],
  notes: [
    'Money and orders are those that count (`counted:` in segkit.yaml), up to the as-of day. Orders per customer are over all customers of the segment, the average order value over orders with an amount.',
    'Products and recency of fewer customers than `min_group` are shown as `<10`. Change is against the latest run of an earlier day that holds the segment.',
    'The CSV is tidy: segment,section,metric,dimension,value; shares are 0–1.',
  ].join('\n'),
  exits: [
    [0, 'done'],
    [3, 'some definitions are broken, the sound rest was reported'],
    [66, 'no data loaded yet'],
    [78, 'no project, or what was named is broken'],
  ],
  run: reading(tell),
})

async function tell(ws: Workspace, store: Store, invocation: Invocation): Promise<Outcome> {
  const { globals, io } = invocation
  const format = formatOf(invocation)
  const setting = settingOf(ws, asCounted(ws, store), io.cwd)
  const words = invocation.list('NAME')
  const { names, wrong } = chosen(setting.definitions, words, globals)
  if (names.length === 0 && wrong.length > 0) return { exit: 78, problems: wrong, verdict: 'nothing was reported' }
  const report = makeReport(setting, {
    segments: names.flatMap((n) => setting.definitions.segments.get(n) ?? []),
    events: names.flatMap((n) => setting.definitions.events.get(n) ?? []),
    currency: ws.project.currency,
    minGroup: ws.project.minGroup,
    notes: aboutDay(ws),
  })
  await write(renderers[format].render(report, { ascii: globals.ascii, language: languageOf(invocation) }), globals, invocation)
  const verdict = `report ${sayDay(ws)}: ${plural(names.length, words.length === 0 ? 'segment' : 'definition')}`
  return wrong.length > 0 ? { exit: 3, problems: wrong, verdict } : { verdict }
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

function chosen(definitions: Definitions, words: readonly string[], globals: Globals) {
  if (words.length > 0) {
    const { names, broken } = select(definitions, words, ['segment', 'event'], globals)
    return { names, wrong: [...new Set(broken.flatMap((n) => errorsFirst(definitions.broken.get(n) ?? [])))] }
  }
  const names = [...definitions.segments.keys()].filter((n) => !n.startsWith('system/'))
  return { names, wrong: definitions.problems.filter((p) => p.severity === 'error') }
}

const languageOf = ({ option }: Invocation): Language => languages.find((l) => l === option('lang')) ?? 'en'

function aboutDay({ asOf, today }: Workspace): readonly Text[] {
  if (asOf > today) return [say('{day} is a day to come: no rows of it are known yet.', { day: formatDay(asOf) })]
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
