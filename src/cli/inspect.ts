/** `segkit inspect`: what is in a CSV before it is loaded. Needs no project and never opens a store. */
import { basename } from 'node:path'
import { stringify } from 'yaml'
import { formatScaled } from '../base/decimal.js'
import { Stop } from '../base/problem.js'
import { grouped, plural } from '../base/text.js'
import { openZone, type Zone } from '../base/time.js'
import { type Inspection, inspectFile } from '../ingest/inspect.js'
import type { Delimiter, SourceOptions } from '../ingest/options.js'
import type { SourceName } from '../store/sources.js'
import { defineCommand, type Invocation } from './command.js'
import { exitOf, readOptions, sourceNamed } from './ingest.js'
import { openInputs } from './inputs.js'
import { formatFor, writeJson, writeRows, writeText } from './output.js'
import { progress } from './progress.js'
import { findRoot, openWorkspace } from './workspace.js'

export const command = defineCommand({
  name: 'inspect',
  summary: 'what is in a CSV, and the mapping that ingest would use',
  group: 'start',
  args: [{ name: 'FILE', description: 'a CSV file, gzip too, or - for stdin', required: true }],
  options: [
    { flags: '--source <source>', description: 'what it is a file of; otherwise the headers tell' },
    { flags: '--mapping', description: 'print the mapping as YAML for segkit.yaml' },
    { flags: '--map <field=Header>', description: 'which header a field has; repeatable', repeat: true },
    { flags: '--encoding <name>', description: 'such as windows-1251; UTF-8 unless named' },
    { flags: '--delimiter <mark>', description: "',' ';' '|' tab or blanks" },
    { flags: '--decimal <mark>', description: "'.' or ','" },
    { flags: '--dates <format>', description: 'such as D.M.YYYY H:mm, MM/DD/YYYY, epoch' },
  ],
  examples: [
    'segkit inspect data/orders.csv',
    'iconv -t cp1251 data/products.csv | segkit inspect - --encoding windows-1251',
    'segkit inspect data/orders.csv --source orders --mapping > sources.yaml',
  ],
  notes:
    'One row a column: the field it becomes, its type and why, the share of cells that are filled, distinct cells, samples. What `ingest` would refuse the file for is shown as a warning with what each choice would mean. Nothing is written, and no project is needed; inside one its options for the source hold.',
  exits: [
    [0, 'shown'],
    [65, 'the file cannot be read as CSV'],
    [66, 'a missing file, no data row, nothing on stdin'],
  ],
  run: async (invocation) => {
    const { globals, io, note } = invocation
    const named = invocation.option('source')
    const source = named === undefined ? undefined : sourceNamed(named, invocation)
    const { zone, sources } = projectOrNone(invocation)
    const inputs = await openInputs(invocation.list('FILE'), invocation)
    const file = inputs.files[0]
    if (file === undefined || inputs.files.length > 1) {
      inputs.done()
      throw Stop.with(2, 'several-files', `\`inspect\` looks at one file, the pattern matches ${inputs.files.length}`, {
        help: 'name one of them',
      })
    }
    const bar = progress(io, globals, basename(file.name), file.size)
    const found = await inspectFile({
      file,
      zone,
      ...(source === undefined ? {} : { source }),
      options: (s) => readOptions(sources[s] ?? {}, invocation),
      onProgress: (bytes, rows) => bar.tick(bytes, rows),
    }).finally(() => {
      bar.end()
      inputs.done()
    })
    if ('refused' in found) throw new Stop(exitOf(found, invocation), found.problems)
    const { inspection } = found
    const warnings = inspection.problems.map((p) => ({ ...p, severity: 'warning' as const }))
    if (invocation.flag('mapping')) {
      await writeText(mappingYaml(inspection), globals, io)
      return { problems: warnings }
    }
    if (formatFor(globals, io) === 'json') await writeJson(document(file.name, inspection), globals, io)
    else {
      for (const line of facts(inspection)) note(line)
      await writeInspection(inspection, invocation)
    }
    return { problems: warnings, verdict: next(file.name, inspection) }
  },
})

function projectOrNone(invocation: Invocation): { zone: Zone; sources: Partial<Record<SourceName, SourceOptions>> } {
  try {
    findRoot(invocation.globals, invocation.io.cwd)
  } catch (error) {
    if (!(error instanceof Stop) || invocation.globals.project !== undefined) throw error
    return { zone: openZone('UTC') as Zone, sources: {} }
  }
  const { project } = openWorkspace(invocation)
  return { zone: project.timezone, sources: project.sources }
}

const delimiterNames: Readonly<Record<Delimiter, string>> = {
  ',': 'comma',
  ';': 'semicolon',
  '\t': 'tab',
  '|': 'pipe',
  blanks: 'blanks',
}

function facts(i: Inspection): readonly string[] {
  const known = i.columns.filter((c) => c.how === 'recognised' || c.how === 'mapped').length
  const grain = i.itemGrain ? ', one row an item' : ''
  return [
    `${i.source}${grain}${i.guessed ? ` by its headers (\`--source\` says otherwise)` : ''}: ${known} of ${plural(i.columns.length, 'column')} known`,
    `${i.encoding}${i.gzip ? ', gzip' : ''}, ${delimiterNames[i.delimiter]}, ${i.header ? 'a header' : 'no header'}, ${plural(i.rows, 'row')}${i.dates === undefined ? '' : `, dates ${i.dates}`}${i.decimal === ',' ? ', decimal comma' : ''}`,
    ...(i.ragged === 0 ? [] : [`${plural(i.ragged, 'row')} with more or fewer cells than the header: \`ingest\` rejects them`]),
  ]
}

const share = (part: number, whole: number) => ({ decimal: formatScaled(Math.round((part / whole) * 1e6), 6) })

async function writeInspection(i: Inspection, { globals, io }: Invocation): Promise<void> {
  const names = ['column', 'field', 'how', 'type', 'filled', 'distinct', 'samples', 'notes']
  const rows = i.columns.map((c) => [
    c.header,
    c.field,
    c.how,
    c.type,
    share(c.filled, i.rows),
    c.distinct,
    c.samples,
    c.notes.join('; '),
  ])
  await writeRows({ thing: 'inspection', columns: names.map((name) => ({ name })), rows }, globals, io)
}

const document = (file: string, i: Inspection) => ({
  schema: 'segkit.inspection/1',
  file,
  source: i.source,
  guessed: i.guessed,
  encoding: i.encoding,
  gzip: i.gzip,
  delimiter: i.delimiter,
  header: i.header,
  dates: i.dates ?? null,
  decimal: i.decimal ?? null,
  item_grain: i.itemGrain,
  rows: i.rows,
  ragged: i.ragged,
  columns: i.columns.map((c) => ({
    column: c.header,
    field: c.field,
    how: c.how,
    type: c.type,
    filled: share(c.filled, i.rows),
    distinct: c.distinct,
    samples: c.samples,
    notes: c.notes,
  })),
  problems: i.problems.map((p) => ({ code: p.code, message: p.message, help: p.help ?? null })),
})

/** For `sources:` of segkit.yaml, with what is still to be settled as comments. */
function mappingYaml(i: Inspection): string {
  const known = i.columns.filter((c) => c.how === 'recognised' || c.how === 'mapped')
  const own = i.columns.filter((c) => c.how === 'own')
  const integers = i.columns.filter((c) => c.endsInZero)
  const ignored = i.columns.filter((c) => c.how === 'ignored')
  const source = {
    columns: Object.fromEntries(known.map((c) => [c.field, i.header ? c.header : Number(c.header)])),
    ...(integers.length === 0 ? {} : { types: Object.fromEntries(integers.map((c) => [c.field, 'integer'])) }),
    ...(i.dates === undefined ? {} : { dates: i.dates }),
    ...(i.encoding === 'utf-8' ? {} : { encoding: i.encoding }),
    ...(i.delimiter === ',' ? {} : { delimiter: i.delimiter === '\t' ? 'tab' : i.delimiter }),
    ...(i.decimal === ',' ? { decimal: ',' } : {}),
    ...(i.header ? {} : { header: 'none' }),
    ...(ignored.length === 0 ? {} : { ignore: ignored.map((c) => c.header) }),
  }
  const comments = [
    ...(own.length === 0 ? [] : [`fields of their own: ${own.map((c) => c.field).join(', ')}`]),
    ...i.problems.flatMap((p) => [p.message, ...(p.help === undefined ? [] : [p.help])]),
  ]
  return (
    stringify({ sources: { [i.source]: source } }, { lineWidth: 0 }) +
    comments.map((line) => `    # ${line.replace(/[\r\n]+/g, ' ')}\n`).join('')
  )
}

const next = (file: string, i: Inspection): string =>
  i.problems.length > 0
    ? `segkit inspect: \`ingest\` would refuse it for ${plural(i.problems.length, 'reason')}`
    : `next: \`segkit ingest ${i.source} ${file}\` (${grouped(i.rows)} rows)`
