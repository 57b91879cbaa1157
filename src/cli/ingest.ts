/** `segkit ingest`: CSVs into the store, with a receipt a file. */
import { existsSync, rmSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { fileStop } from '../base/file.js'
import { Stop } from '../base/problem.js'
import { grouped, plural, suggest } from '../base/text.js'
import { countedFields, phonesOf } from '../handoff/forgetting.js'
import {
  type InputFile,
  type LoadOutcome,
  type LoadReceipt,
  type LoadRequest,
  load,
  loadWithin,
  type Refusal,
} from '../ingest/load.js'
import type { SourceOptions } from '../ingest/options.js'
import { beginReplace, endReplace } from '../ingest/replace.js'
import { readDateFormat, readDelimiter } from '../language/project.js'
import { settled, settler } from '../store/settle.js'
import { type SourceName, sourceNames } from '../store/sources.js'
import type { Store } from '../store/store.js'
import { defineCommand, type Invocation, misuse, type Outcome } from './command.js'
import { openInputs } from './inputs.js'
import { fileToWrite, formatFor, writeJson, writeRows } from './output.js'
import { progress } from './progress.js'
import { counting, openWorkspace, type Workspace, writeStore } from './workspace.js'

export const command = defineCommand({
  name: 'ingest',
  summary: 'load CSVs of customers, orders, items, products or activities',
  group: 'data',
  writes: true,
  args: [
    { name: 'SOURCE', description: sourceNames.join(', '), required: true },
    { name: 'FILE', description: 'CSV files, quoted globs, or - for stdin; gzip is recognised', required: true, variadic: true },
  ],
  options: [
    { flags: '--dry-run', description: 'say what would happen and change nothing' },
    { flags: '--map <field=Header>', description: 'which header a field has; repeatable', repeat: true },
    { flags: '--encoding <name>', description: 'such as windows-1251; UTF-8 unless named' },
    { flags: '--delimiter <mark>', description: "',' ';' '|' tab or blanks" },
    { flags: '--decimal <mark>', description: "'.' or ','" },
    { flags: '--dates <format>', description: 'such as D.M.YYYY H:mm, MM/DD/YYYY, epoch' },
    { flags: '--max-rejects <n>', description: 'wrong rows that are borne: a number or a share (1%)', default: '1%' },
    { flags: '--rejects <file>', description: 'where the wrong rows go; otherwise rejects/' },
    { flags: '--again', description: 'load a file that is known already' },
    { flags: '--replace', description: 'the files are the whole source: what they lack goes' },
  ],
  examples: [
    'segkit ingest customers data/customers.csv',
    "segkit ingest orders 'data/orders*.csv' --wait 10m",
    'iconv -t cp1251 data/products.csv | segkit ingest products - --encoding windows-1251 --dry-run',
    'head -100 data/orders.csv | segkit ingest orders - --dates YYYY-MM-DDTHH:mm:ss --dry-run',
  ],
  notes: `Headers are recognised (\`segkit help headers\`); \`--map\` and \`sources:\` in segkit.yaml name the others. \`segkit inspect FILE\` shows beforehand what a file would become.
The same file twice changes nothing. A file is loaded whole or not at all. The lines of an order are replaced whole: what the file has no column for is blank on them then, which is said. A first line \`sep=;\` names the delimiter and is passed over; a row that is the header once more is a reject; a NUL refuses the file. Wrong rows go to rejects/ in a form that \`ingest\` reads again once they are mended.
A missing file stops the command before anything is loaded. A file named by two globs is loaded once.
With \`--replace\` all files are one transaction; a customer whom the new files lack stays where orders or activities mention him, without attributes. A field that became text by cells that are gone stays text until \`types:\` says otherwise.`,
  exits: [
    [0, 'loaded; rejects within the limit too'],
    [2, 'a wrong source, flag or value'],
    [3, 'some files were refused, the others were loaded'],
    [65, 'every file was refused'],
    [66, 'a missing file, no data row, nothing on stdin'],
    [73, 'the store or the rejects file cannot be created'],
    [74, 'reading or writing failed'],
    [75, 'another segkit is writing'],
    [78, 'the project is wrong, or its time zone is not the one the store was filled in'],
  ],
  run: async (invocation) => {
    const source = sourceNamed(invocation.arg('SOURCE') ?? '', invocation)
    const ws = openWorkspace(invocation)
    const settings = readSettings(source, ws, invocation)
    const inputs = await openInputs(invocation.list('FILE'), invocation)
    try {
      if (settings.rejectsFile !== undefined && inputs.files.length > 1) {
        throw misuse(invocation, '--rejects', 'rejects-of-many', '`--rejects` names one file for the wrong rows of several', {
          help: 'load the files one by one, or let the wrong rows go to rejects/',
        })
      }
      const results = await loadFiles(source, inputs.files, settings, ws, invocation)
      return await tell(results, settings, invocation)
    } finally {
      inputs.done()
    }
  },
})

export interface LoadSettings {
  readonly options: SourceOptions
  readonly maxRejects: LoadRequest['maxRejects']
  readonly rejectsFile?: string
  readonly again: boolean
  readonly replace: boolean
  readonly dryRun: boolean
}

export interface LoadResults {
  readonly receipts: readonly LoadReceipt[]
  readonly refused: readonly Refusal[]
}

export function sourceNamed(word: string, invocation: Invocation): SourceName {
  const found = sourceNames.find((s) => s === word)
  if (found !== undefined) return found
  const help = suggest(word, sourceNames, 'sources')
  throw misuse(invocation, word, 'unknown-source', `no source \`${word}\``, {
    help: help ?? `sources: ${sourceNames.join(', ')}`,
  })
}

/** The options of segkit.yaml with the flags laid over them. */
export function readOptions(given: SourceOptions, invocation: Invocation): SourceOptions {
  const { option, options } = invocation
  const [encoding, delimiter, decimal, dates] = [option('encoding'), option('delimiter'), option('decimal'), option('dates')]
  const wrong = (flag: string, value: string, help: string) =>
    misuse(invocation, value, `bad-${flag}`, `\`--${flag}\` cannot be \`${value}\``, { help })
  const mark = delimiter === undefined ? undefined : readDelimiter(delimiter)
  if (delimiter !== undefined && mark === undefined)
    throw wrong('delimiter', delimiter, "write `','` `';'` `'|'` `tab` or `blanks`")
  if (decimal !== undefined && decimal !== '.' && decimal !== ',') throw wrong('decimal', decimal, "write `.` or `','`")
  if (dates !== undefined && readDateFormat(dates) === undefined)
    throw wrong('dates', dates, 'write it like `D.M.YYYY H:mm`, `MM/DD/YYYY`, `epoch`')
  const columns = options('map').map((word): readonly [string, string | number] => {
    const at = word.indexOf('=')
    const [field, header] = [word.slice(0, at).trim(), word.slice(at + 1).trim()]
    if (at < 1 || field === '' || header === '') {
      throw misuse(invocation, word, 'bad-map', `\`--map ${word}\` maps nothing`, { help: 'write `--map field=Header`' })
    }
    return [field, given.header === false && /^[1-9]\d*$/.test(header) ? Number(header) : header]
  })
  return {
    ...given,
    ...(columns.length === 0 ? {} : { columns: { ...given.columns, ...Object.fromEntries(columns) } }),
    ...(encoding === undefined ? {} : { encoding }),
    ...(mark === undefined ? {} : { delimiter: mark }),
    ...(decimal === undefined ? {} : { decimal }),
    ...(dates === undefined ? {} : { dates }),
  }
}

function readSettings(source: SourceName, ws: Workspace, invocation: Invocation): LoadSettings {
  const rejects = invocation.option('rejects')
  return {
    options: readOptions(ws.project.sources[source] ?? {}, invocation),
    maxRejects: readMaxRejects(invocation.option('max-rejects') ?? '1%', invocation),
    ...(rejects === undefined ? {} : { rejectsFile: rejects }),
    again: invocation.flag('again'),
    replace: invocation.flag('replace'),
    dryRun: invocation.flag('dry-run'),
  }
}

function readMaxRejects(word: string, invocation: Invocation): LoadRequest['maxRejects'] {
  const [, number, percent] = /^(\d{1,15}(?:\.\d{1,6})?)\s*(%?)$/.exec(word) ?? []
  if (number !== undefined && percent === '%' && Number(number) <= 100) return { share: Number(number) / 100 }
  if (number !== undefined && percent === '' && !number.includes('.')) return { rows: Number(number) }
  throw misuse(invocation, word, 'bad-max-rejects', `\`--max-rejects\` cannot be \`${word}\``, {
    help: 'write a number of rows, `20`, or a share, `0.5%`',
  })
}

/** Loads the files in order, each in a transaction of its own, all in one with `replace` and for a dry run. */
export async function loadFiles(
  source: SourceName,
  files: readonly InputFile[],
  settings: LoadSettings,
  ws: Workspace,
  invocation: Invocation,
): Promise<LoadResults> {
  const wasThere = existsSync(ws.database)
  const { store, done } = writeStore(ws, invocation, 'ingest')
  try {
    noteRecounting(ws, store, invocation)
    const one = (file: InputFile, how: typeof load) => loadOne(source, file, settings, ws, store, invocation, how)
    if (settings.replace) return await replaceAll(source, files, settings, ws, store, invocation, one)
    if (settings.dryRun) return await tryAll(files, store, one)
    return gathered(await inTurn(files, (file) => one(file, load)))
  } finally {
    // A store without a load would look like data of nobody.
    if (!wasThere && isBare(store)) {
      store.close()
      for (const ending of ['', '-wal', '-shm']) rmSync(`${ws.database}${ending}`, { force: true })
    }
    done()
  }
}

const isBare = (store: Store): boolean => store.row({ text: 'select 1 from load_row limit 1', params: [] }) === undefined

async function inTurn<T>(files: readonly InputFile[], each: (file: InputFile) => Promise<T>): Promise<readonly T[]> {
  const all: T[] = []
  for (const file of files) all.push(await each(file))
  return all
}

function gathered(outcomes: readonly LoadOutcome[]): LoadResults {
  const receipts: LoadReceipt[] = []
  const refused: Refusal[] = []
  for (const outcome of outcomes) {
    if ('receipt' in outcome) receipts.push(outcome.receipt)
    else refused.push(outcome)
  }
  return { receipts, refused }
}

type LoadOne = (file: InputFile, how: typeof load) => Promise<LoadOutcome>

/** A file within the caller's transaction: one that is refused leaves nothing behind. */
const within =
  (store: Store, one: LoadOne) =>
  async (file: InputFile): Promise<LoadOutcome> => {
    store.exec('savepoint one_file')
    const outcome = await one(file, loadWithin)
    store.exec('refused' in outcome ? 'rollback to one_file; release one_file' : 'release one_file')
    return outcome
  }

/** Later files see what earlier ones would bring, and nothing of it stays. */
async function tryAll(files: readonly InputFile[], store: Store, one: LoadOne): Promise<LoadResults> {
  store.begin()
  try {
    return gathered(await inTurn(files, within(store, one)))
  } finally {
    store.rollback()
  }
}

/** The files are the whole source, or nothing changes: one that is refused refuses all. */
async function replaceAll(
  source: SourceName,
  files: readonly InputFile[],
  settings: LoadSettings,
  ws: Workspace,
  store: Store,
  { note }: Invocation,
  one: LoadOne,
): Promise<LoadResults> {
  store.begin()
  try {
    beginReplace(store)
    const results = gathered(await inTurn(files, within(store, one)))
    if (results.refused.length > 0) return { receipts: [], refused: results.refused }
    const removed = endReplace(
      store,
      source,
      settler((s) => counting(ws, s)),
      ws.project.timezone,
    )
    if (removed > 0) note('--replace: what the files lack is gone')
    if (!settings.dryRun) store.commit()
    return results
  } finally {
    store.rollback()
  }
}

async function loadOne(
  source: SourceName,
  file: InputFile,
  settings: LoadSettings,
  ws: Workspace,
  store: Store,
  invocation: Invocation,
  how: typeof load,
): Promise<LoadOutcome> {
  const { globals, io } = invocation
  const { project } = ws
  const bar = progress(io, globals, basename(file.name), file.size)
  try {
    return await how({
      store,
      project: {
        zone: project.timezone,
        ...(project.currency === undefined ? {} : { currency: project.currency }),
        rates: project.rates,
        guests: project.guests,
        root: ws.root,
        rejectsFolder: near(join(ws.root, 'rejects'), io.cwd),
        phones: phonesOf(project),
        countedFields: countedFields(project),
      },
      source,
      file,
      options: settings.options,
      maxRejects: settings.maxRejects,
      again: settings.again,
      replace: settings.replace,
      dryRun: settings.dryRun,
      ...(settings.rejectsFile === undefined
        ? {}
        : { rejectsFile: near(fileToWrite(settings.rejectsFile, globals, io.cwd), io.cwd) }),
      now: new Date(globals.now),
      settle: settler((s) => counting(ws, s)),
      onProgress: (bytes, rows) => bar.tick(bytes, rows),
    })
  } catch (error) {
    throw asStop(error, file)
  } finally {
    bar.end()
  }
}

/** A path as short as it can be said from the working folder. */
const near = (path: string, cwd: string): string => {
  const short = relative(cwd, path)
  return short.startsWith('..') ? path : short
}

/** Trouble of the system that the loader has no words for. */
function asStop(error: unknown, file: InputFile): unknown {
  const { code, syscall, path } = error as NodeJS.ErrnoException
  if (error instanceof Stop || code === undefined || !/^E[A-Z]+$/.test(code)) return error
  if (syscall === 'mkdir') return fileStop(path ?? 'rejects', 'create', error)
  if (syscall !== 'open' && syscall !== 'read') return error
  return Stop.with(74, 'read-failed', `cannot read \`${file.name}\`: ${code}`, { help: 'nothing of this file was loaded' })
}

function noteRecounting(ws: Workspace, store: Store, { note }: Invocation): void {
  if (isBare(store) || settled(store, counting(ws, store))) return
  note('what counts as a purchase has changed in segkit.yaml: the next load of orders settles all orders anew')
}

async function tell(results: LoadResults, settings: LoadSettings, invocation: Invocation): Promise<Outcome> {
  const { globals, io, note } = invocation
  const { receipts, refused } = results
  noteReceipts(results, note)
  const problems = refused.flatMap((r) => r.problems)
  if (receipts.length === 0) {
    const exit = worst(refused.map((r) => exitOf(r, invocation)))
    return { exit, problems, verdict: `segkit ingest: nothing was loaded, exit ${exit}` }
  }
  await writeReceipts(receipts, invocation)
  const verdict = `segkit ingest: ${sayReceipts(receipts)}${settings.dryRun ? '; a dry run, nothing was changed' : ''}`
  if (refused.length > 0) return { exit: 3, problems, verdict: `${verdict}; ${plural(refused.length, 'file')} refused, exit 3` }
  const changed = receipts.some((r) => r.added + r.changed > 0)
  const quiet = settings.dryRun || !changed || formatFor(globals, io) === 'json'
  return { verdict: quiet ? verdict : `${verdict}\nnext: \`segkit run\`, or \`segkit status\` to see what is there` }
}

/** A zone that changed is the project's fault; so is an encoding that nobody knows, unless the command line named it. */
export function exitOf({ refused, problems }: Refusal, invocation: Invocation): number {
  if (problems.some((p) => p.code === 'zone-changed')) return 78
  if (problems.some((p) => p.code === 'unknown-encoding')) return invocation.option('encoding') === undefined ? 78 : 2
  return refused
}

const worst = (exits: readonly number[]): number => [78, 2, 65, 66].find((code) => exits.includes(code)) ?? 65

/** What is worth saying of each file; the same mapping is said once. */
export function noteReceipts({ receipts }: LoadResults, note: (line: string) => void): void {
  let mapping = ''
  for (const r of receipts) {
    for (const line of r.notes) {
      if (line.startsWith('read as ') && line === mapping) continue
      if (line.startsWith('read as ')) mapping = line
      note(`${r.file}: ${line}`)
    }
    if (r.customersCreated > 0) note(`${r.file}: ${plural(r.customersCreated, 'customer')} whom no file of customers knew yet`)
    if (r.forgotten > 0) {
      const kept = r.source === 'orders' ? "a guest's" : 'passed over'
      note(`${r.file}: ${plural(r.forgotten, 'row')} of people who are forgotten, ${kept}`)
    }
    if (r.waiting > 0) note(`${r.file}: ${plural(r.waiting, 'line')} wait for their orders: \`segkit ingest orders FILE\``)
    if (r.rejected > 0) {
      const reasons = Object.entries(r.rejects).map(([code, rows]) => `${code} ${grouped(rows)}`)
      const where = r.rejectsFile === undefined ? '' : `; mend them in ${r.rejectsFile} and ingest that file`
      note(`${r.file}: ${plural(r.rejected, 'row')} rejected (${reasons.join(', ')})${where}`)
    }
  }
}

const counted = ['added', 'changed', 'same', 'rejected', 'waiting', 'forgotten'] as const

/** `24,616 rows: 24,610 added, 6 rejected` */
export function sayReceipts(receipts: readonly LoadReceipt[]): string {
  const sum = (key: (typeof counted)[number] | 'rows') => receipts.reduce((n, r) => n + r[key], 0)
  const parts = counted.filter((key) => sum(key) > 0).map((key) => `${grouped(sum(key))} ${key}`)
  const files = receipts.length > 1 ? ` of ${plural(receipts.length, 'file')}` : ''
  return `${plural(sum('rows'), 'row')}${files}: ${parts.join(', ')}`
}

async function writeReceipts(receipts: readonly LoadReceipt[], { globals, io }: Invocation): Promise<void> {
  if (formatFor(globals, io) === 'json') {
    const files = receipts.map((r) => ({
      source: r.source,
      file: r.file,
      rows: r.rows,
      added: r.added,
      changed: r.changed,
      same: r.same,
      rejected: r.rejected,
      waiting: r.waiting,
      forgotten: r.forgotten,
      guests: r.guests,
      customers_created: r.customersCreated,
      rejects: r.rejects,
      rejects_file: r.rejectsFile ?? null,
    }))
    return writeJson({ schema: 'segkit.load/1', files }, globals, io)
  }
  const names = ['source', 'file', 'rows', 'added', 'changed', 'same', 'rejected', 'waiting', 'forgotten', 'guests'] as const
  await writeRows(
    { thing: 'load', columns: names.map((name) => ({ name })), rows: receipts.map((r) => names.map((name) => r[name])) },
    globals,
    io,
  )
}
