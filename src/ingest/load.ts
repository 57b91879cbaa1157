/** The door of ingest: one CSV into the store, whole or not at all, with a receipt of what became of its rows. */
import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { writeWhole } from '../base/file.js'
import type { Problem } from '../base/problem.js'
import { sql } from '../base/sql.js'
import { grouped, plural } from '../base/text.js'
import { forms } from '../store/forms.js'
import type { Settle } from '../store/settle.js'
import { type DeclaredType, knownFields, type SourceName } from '../store/sources.js'
import { pageMemory, type Store } from '../store/store.js'
import { refreshViews } from '../store/views.js'
import { DatedLoad } from './dated.js'
import { UnsettledDecimal } from './dated-rows.js'
import { Fieldbook } from './fieldbook.js'
import { faultProblem, type InputFile, openSource, type SourceFile } from './load-file.js'
import { Counts, type IngestProject, type LoadContext, type Loading, repeatedHeader } from './loading.js'
import type { SourceOptions } from './options.js'
import { RecordLoad } from './records.js'
import { rejectHeader, rejectLine, rejectProblem, rejectsName } from './rejects.js'
import { firstDays } from './replace.js'
import { TextRows } from './texts.js'

export type { InputFile } from './load-file.js'
export type { IngestProject } from './loading.js'

export interface LoadRequest {
  readonly store: Store
  readonly project: IngestProject
  readonly source: SourceName
  readonly file: InputFile
  readonly options: SourceOptions
  /** Wrong rows that are borne: exactly so many still pass. */
  readonly maxRejects: { readonly rows: number } | { readonly share: number }
  /** Loads a file that is known already. */
  readonly again: boolean
  readonly dryRun: boolean
  readonly rejectsFile?: string
  readonly now: Date
  readonly settle: Settle
  onProgress?(bytes: number, rows: number): void
  /** Between `beginReplace` and `endReplace`: with `loadWithin` only. */
  readonly replace?: boolean
  /** Rows kept in memory before they are written. */
  readonly mostRows?: number
}

export interface LoadReceipt {
  readonly source: SourceName
  readonly file: string
  readonly rows: number
  readonly added: number
  readonly changed: number
  readonly same: number
  readonly rejected: number
  readonly waiting: number
  readonly forgotten: number
  readonly guests: number
  readonly customersCreated: number
  readonly rejects: Readonly<Record<string, number>>
  readonly rejectsFile?: string
  readonly notes: readonly string[]
  /** The file was loaded before, and nothing was done. */
  readonly already: boolean
}

export interface Refusal {
  readonly refused: 65 | 66
  readonly problems: readonly Problem[]
  /** The rejected rows, where those were too many. */
  readonly rejectsFile?: string
}

export type LoadOutcome = { readonly receipt: LoadReceipt } | Refusal

interface SourceLoad {
  /** The table that tells whether anything of the source is stored. */
  readonly table: string
  readonly begin: (context: LoadContext) => Loading
  /** Which orders must be settled anew; null where no purchase can have changed. */
  readonly settles: 'touched' | 'all' | null
}

const loads: Readonly<Record<SourceName, SourceLoad>> = {
  customers: {
    table: 'customer_row',
    begin: (c) => new RecordLoad(c, { table: 'customer_row', key: 'customer', blank: 'no-customer' }),
    settles: null,
  },
  orders: {
    table: 'order_row',
    begin: (c) => new DatedLoad(c, { table: 'order_row', key: 'order', hasLines: ({ mapping }) => mapping.itemGrain }),
    settles: 'touched',
  },
  items: {
    table: 'order_row',
    begin: (c) => new DatedLoad(c, { table: undefined, key: 'order', hasLines: () => true }),
    settles: 'touched',
  },
  products: {
    table: 'product_row',
    begin: (c) => new RecordLoad(c, { table: 'product_row', key: 'sku', blank: 'no-sku' }),
    settles: 'all',
  },
  activities: {
    table: 'activity_row',
    begin: (c) => new DatedLoad(c, { table: 'activity_row', key: 'id', hasLines: () => false }),
    settles: null,
  },
}

const MOST_ROWS = 2_500_000

/** Loads one file in a transaction of its own; a dry run is rolled back. */
export async function load(request: LoadRequest): Promise<LoadOutcome> {
  const { store } = request
  store.exec(isFirst(request) ? pageMemory.little : pageMemory.usual)
  store.begin()
  try {
    const outcome = await loadWithin(request)
    if ('refused' in outcome || request.dryRun || outcome.receipt.already) store.rollback()
    else store.commit()
    return outcome
  } catch (error) {
    store.rollback()
    throw error
  }
}

/** The same within the caller's transaction, which he ends; after a refusal he must roll back. */
export async function loadWithin(request: LoadRequest): Promise<LoadOutcome> {
  try {
    return await loadFile(request)
  } catch (error) {
    const problem = faultProblem(error, request.file.name)
    if (problem === undefined) throw error
    return refuse(65, problem)
  }
}

async function loadFile(request: LoadRequest, thorough = false): Promise<LoadOutcome> {
  const { store, project, source } = request
  const zone = store.row(sql`select value from meta_row where name = 'timezone'`)?.[0]
  if (zone !== undefined && zone !== project.zone.name) return refuse(65, zoneChanged(String(zone), project.zone.name))
  const content = await hashOf(request.file)
  const opened = await openSource(request.file, source, request.options, project.zone, thorough)
  if ('refused' in opened) return opened
  const { file } = opened
  const fingerprint = fingerprintOf(request, file)
  const before = request.again || request.replace ? undefined : loadedBefore(store, source, content, fingerprint)
  if (before !== undefined) return { receipt: alreadyLoaded(request, before) }

  const attempt = await attempts(request, file)
  if (attempt === 'unsettled') return loadFile(request, true)
  const { loading, counts, first, context } = attempt
  if (counts.rows === 0) return refuse(66, noRows(request.file.name))
  const writesRejects = counts.rejected > 0 && (!request.dryRun || request.rejectsFile !== undefined)
  const rejectsFile = writesRejects ? await writeRejects(request, file, loading, content) : undefined
  const named = rejectsFile === undefined ? {} : { rejectsFile }
  if (tooMany(request, counts)) return { refused: 65, problems: tooManyProblems(request, counts, rejectsFile), ...named }

  const changedSome = counts.added + counts.changed + counts.waiting > 0 || counts.stirred
  if (changedSome) afterwards(request, first)
  context.fieldbook.save()
  record(request, counts, content, fingerprint, changedSome)
  if (!request.dryRun) refreshViews(store, project.zone)
  return { receipt: receiptOf(request, file, counts, named) }
}

const refuse = (refused: 65 | 66, problem: Problem): Refusal => ({ refused, problems: [problem] })

const zoneChanged = (stored: string, now: string): Problem => ({
  code: 'zone-changed',
  severity: 'error',
  message: `the store was filled in the zone \`${stored}\`, the project now says \`${now}\``,
  help: `set \`timezone: ${stored}\` in segkit.yaml, or move the store away and ingest all files again`,
})

const noRows = (file: string): Problem => ({
  code: 'no-rows',
  severity: 'error',
  message: `\`${file}\` has no data row`,
  help: 'nothing was changed; check the program that writes the file',
})

async function hashOf(file: InputFile): Promise<string> {
  const hash = createHash('sha256')
  for await (const bytes of file.open()) hash.update(bytes)
  return hash.digest('hex')
}

/** What besides its bytes decides what a file becomes. */
function fingerprintOf({ project, options }: LoadRequest, file: SourceFile): string {
  const { currency, rates, guests, zone } = project
  const mapping = file.mapping.columns.map((c) => [c.field, c.index])
  const { types, ignore } = options
  const said = [
    mapping,
    types,
    ignore,
    file.dates,
    file.decimal,
    file.delimiter,
    options.encoding,
    currency,
    rates,
    guests,
    zone.name,
  ]
  return createHash('sha256').update(JSON.stringify(said)).digest('hex')
}

interface Before {
  readonly at: string
  readonly rows: number
  readonly rejected: number
  readonly forgotten: number
}

function loadedBefore(store: Store, source: SourceName, content: string, mapping: string): Before | undefined {
  const found = store.row(
    sql`select loaded_at, rows, rejected, forgotten from load_row where source = ${source} and content = ${content} and mapping = ${mapping} order by _id desc limit 1`,
  )
  if (found === undefined) return undefined
  const [at, rows, rejected, forgotten] = found as [string, number, number, number]
  return { at, rows, rejected, forgotten }
}

const alreadyLoaded = ({ source, file }: LoadRequest, before: Before): LoadReceipt => ({
  ...nothing,
  source,
  file: file.name,
  rows: before.rows,
  same: before.rows - before.rejected - before.forgotten,
  rejected: before.rejected,
  forgotten: before.forgotten,
  notes: [`already loaded on ${before.at.slice(0, 10)}, nothing to do; \`--again\` loads it all the same`],
  already: true,
})

const nothing = {
  added: 0,
  changed: 0,
  rejected: 0,
  waiting: 0,
  forgotten: 0,
  guests: 0,
  customersCreated: 0,
  rejects: {},
} as const

interface Attempt {
  readonly loading: Loading
  readonly counts: Counts
  readonly first: boolean
  readonly context: LoadContext
}

/** Reads the file in one pass where it can, and begins anew, knowing more, where it cannot. */
async function attempts(request: LoadRequest, file: SourceFile): Promise<Attempt | 'unsettled'> {
  const { store } = request
  const held: LoadContext['held'] = new Map()
  const most = request.mostRows ?? MOST_ROWS
  let parts = 1
  for (;;) {
    store.exec('savepoint load_attempt')
    const { attempt, finish } = await pass(request, file, held, most, parts).catch((error: unknown) => {
      if (error instanceof UnsettledDecimal) return { attempt: undefined, finish: 'unsettled' as const }
      throw error
    })
    if (finish === 'done') {
      store.exec('release load_attempt')
      return attempt
    }
    store.exec('rollback to load_attempt; release load_attempt')
    if (finish === 'unsettled') return 'unsettled'
    if (finish === 'split') parts = Math.max(parts + 1, Math.ceil((attempt.counts.rows / most) * 1.5))
  }
}

/** Whether nothing of the source is stored yet. */
const isFirst = ({ store, source }: LoadRequest): boolean =>
  store.row({ text: `select 1 from ${loads[source].table} limit 1`, params: [] }) === undefined

async function pass(request: LoadRequest, file: SourceFile, held: LoadContext['held'], most: number, parts: number) {
  const { store, project, source } = request
  const entry = loads[source]
  const first = isFirst(request)
  const wide = forms(project.zone, file.dates)
  const counts = new Counts()
  const base = {
    store,
    project,
    source,
    headers: file.headers,
    mapping: file.mapping,
    types: Object.assign(Object.create(null), request.options.types) as Readonly<Record<string, DeclaredType>>,
    ...(file.dates === undefined ? {} : { dates: file.dates }),
    decimal: file.decimal,
    unsettled: file.unsettled,
    fieldbook: new Fieldbook(store),
    forms: wide,
    textRows: new TextRows(store, wide),
    counts,
    held,
    first,
    most,
    replace: request.replace === true,
  }
  store.exec(touchedTables)
  if (base.replace)
    for (const { field } of file.mapping.columns)
      store.run(sql`insert or ignore into temp.replaced_field values (${field === 'order_amount' ? 'amount' : field})`)
  for (let index = 0; ; index++) {
    const context: LoadContext = { ...base, part: { index, of: parts } }
    const loading = entry.begin(context)
    for await (const rows of file.rows((bytes) => request.onProgress?.(bytes, counts.rows)))
      while (rows.next()) {
        if (!file.repeatsHeader(rows)) loading.add(rows)
        else if (index === 0) counts.wrongHeader(rows)
      }
    const finish = loading.finish()
    if (finish !== 'done' || index + 1 === parts) return { attempt: { loading, counts, first, context }, finish }
  }
}

/** What a load changed, for what is worked out afterwards. */
const touchedTables = `
  create temp table if not exists touched_order (_customer integer not null, _day integer not null, _time integer not null, _key text not null,
    primary key (_customer, _day, _time, _key)) without rowid;
  create temp table if not exists touched_customer (_id integer primary key);
  create temp table if not exists seen_key (o integer primary key, key text not null);
  delete from temp.touched_order; delete from temp.touched_customer; delete from temp.seen_key`

async function writeRejects(request: LoadRequest, file: SourceFile, loading: Loading, content: string): Promise<string> {
  const { project, source } = request
  const day = project.zone.today(request.now.getTime())
  const path = request.rejectsFile ?? join(project.rejectsFolder, rejectsName(source, content, request.file.name, day))
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writeWhole(path, rejectedRows(file, loading))
  return path
}

async function* rejectedRows(file: SourceFile, loading: Loading): AsyncGenerator<string> {
  yield rejectHeader(file.headers)
  for await (const rows of file.rows()) {
    let text = ''
    while (rows.next()) {
      const wrong = file.repeatsHeader(rows) ? repeatedHeader : loading.verdict(rows)
      if (wrong !== undefined) text += rejectLine(wrong, rows.all(), rows.line, file.headers)
    }
    yield text
  }
}

const tooMany = ({ maxRejects }: LoadRequest, counts: Counts): boolean =>
  'rows' in maxRejects ? counts.wrong > maxRejects.rows : counts.wrong > maxRejects.share * counts.rows * (1 + Number.EPSILON)

function tooManyProblems({ file, maxRejects }: LoadRequest, counts: Counts, rejectsFile: string | undefined): readonly Problem[] {
  const limit = 'rows' in maxRejects ? grouped(maxRejects.rows) : `${maxRejects.share * 100}%`
  const reasons = Object.entries(counts.rejects).map(([code, rows]) => `${code} ${grouped(rows)}`)
  const where = rejectsFile === undefined ? '' : ` in \`${rejectsFile}\``
  return [
    {
      code: 'too-many-rejects',
      severity: 'error',
      message: `${grouped(counts.wrong)} of ${plural(counts.rows, 'row')} of \`${file.name}\` are wrong, ${limit} are allowed: ${reasons.join(', ')}`,
      help: `nothing was loaded; mend the rows${where}, or allow more with \`--max-rejects\``,
    },
    ...[...counts.samples].sort((a, b) => a.line - b.line).map((s) => rejectProblem(s.wrong, s.cells, s.line, file.name)),
  ]
}

/** What counts as a purchase and each customer's first day, for all that the load touched. */
function afterwards({ store, source, settle }: LoadRequest, first: boolean): void {
  const { settles } = loads[source]
  if (settles !== null) settle(store, first ? 'all' : settles)
  if (source !== 'products' && source !== 'items') firstDays(store, first && source !== 'customers' ? 'earlier' : 'touched')
}

function record(request: LoadRequest, counts: Counts, content: string, fingerprint: string, changedSome: boolean): void {
  const { store, project, source, file, now } = request
  store.run(sql`insert into load_row (source, file, loaded_at, content, mapping, rows, added, changed, same, rejected, waiting, forgotten, guests)
    values (${source}, ${file.name}, ${now.toISOString()}, ${content}, ${fingerprint}, ${counts.rows}, ${counts.added}, ${counts.changed},
      ${counts.same}, ${counts.rejected}, ${counts.waiting}, ${counts.forgotten}, ${counts.guests})`)
  store.run(sql`insert or ignore into meta_row values ('timezone', ${project.zone.name})`)
  if (changedSome)
    store.run(sql`insert into meta_row values ('data', '1') on conflict (name) do update set value = cast(value as integer) + 1`)
}

function receiptOf(
  { source, file: { name } }: LoadRequest,
  file: SourceFile,
  counts: Counts,
  named: { rejectsFile?: string },
): LoadReceipt {
  const { rows, added, changed, same, rejected, waiting, forgotten, guests, customersCreated } = counts
  const rejects = { ...counts.rejects } as Record<string, number>
  return {
    source,
    file: name,
    rows,
    added,
    changed,
    same,
    rejected,
    waiting,
    forgotten,
    guests,
    customersCreated,
    rejects,
    ...named,
    notes: notesOf(source, file, counts),
    already: false,
  }
}

function notesOf(source: SourceName, file: SourceFile, counts: Counts): readonly string[] {
  const known = knownFields(source)
  const derived = file.mapping.columns.filter((c) => Object.hasOwn(known, c.field) && known[c.field]!.derived === true)
  const fewer = counts.fewerLines
  return [
    `read as ${file.mapping.columns.map((c) => (c.header === c.field ? c.field : `${c.field} = ${c.header}`)).join(', ')}`,
    ...derived.map((c) => `\`${c.header}\` of the file stands in for the \`${c.field}\` that segkit works out`),
    ...file.commaFields.map(
      (field) =>
        `\`${field}\` has numbers with a decimal comma and stays text; numbers by \`types: { ${field}: number }\` and \`decimal: ","\` under \`sources:\` in segkit.yaml`,
    ),
    ...counts.notes,
    ...[...counts.cleared].map(
      ([field, orders]) =>
        `the lines of ${plural(orders, 'order')} had \`${field}\`, which this file lacks: it is ${field === 'quantity' ? '1' : 'blank'} on them now`,
    ),
    ...(counts.otherCurrency === 0
      ? []
      : [
          `${plural(counts.otherCurrency, 'order')} changed currency; their lines are worth what they were: ingest the file of items with \`--again\``,
        ]),
    ...(fewer === 0 ? [] : [`${plural(fewer, 'order')} ${fewer === 1 ? 'has' : 'have'} fewer lines than before`]),
  ]
}
