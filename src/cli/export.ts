/** `export`: hands audiences, segments or a list of customers to files for other tools, and records run and hand-off. */
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileStop, stageFile } from '../base/file.js'
import { type Problem, Stop } from '../base/problem.js'
import { grouped, plural } from '../base/text.js'
import { formatDay } from '../base/time.js'
import { placeTogether } from '../base/together.js'
import { run } from '../engine/run.js'
import { holdout } from '../handoff/arms.js'
import { type Choice, reasons } from '../handoff/audience.js'
import { type Passage, pass } from '../handoff/handoff.js'
import { type HandedFile, unseen } from '../handoff/ledger.js'
import { baseIn, type Came, type DeliveredFile, folderSink, manifest, Nowhere, oneStream, warnings } from '../handoff/outlet.js'
import { eachKey } from '../handoff/sets.js'
import { type Unread, unreadLines, unreadWarnings } from '../handoff/suppression.js'
import { sayAccounts } from '../handoff/waterfall.js'
import { ListFile } from '../ingest/list-file.js'
import { defineCommand, type Invocation, misuse, type Outcome } from './command.js'
import { type Desk, type Order, orderOfAudience, orderOfList, orderOfSegment } from './export-orders.js'
import { checkFresh } from './freshness.js'
import { judgedNow, sayHeld } from './held.js'
import { streamInputs } from './inputs.js'
import { outputFile, writeRows, writeStdout } from './output.js'
import {
  errorsFirst,
  fingerprint,
  openWorkspace,
  readStore,
  sayDay,
  select,
  settingOf,
  settleAnew,
  writeStore,
} from './workspace.js'

export const command = defineCommand({
  name: 'export',
  summary: 'hand audiences and segments to campaign tools',
  group: 'hand-off',
  writes: true,
  outputFolder: true,
  args: [
    {
      name: 'NAME',
      description: 'audiences, segments, globs, `tag:x`; `-`: customers from stdin',
      required: true,
      variadic: true,
    },
  ],
  options: [
    {
      flags: '--profile <name>',
      description: 'the shape of the file; otherwise the audience’s, else by the ending of -o, else csv',
    },
    { flags: '--param <name=value>', description: 'what the profile lets one choose, such as `hash=none`', repeat: true },
    { flags: '--changes', description: 'only who came and who left since the last hand-off of an earlier day' },
    { flags: '--new', description: 'only those who were in none of its earlier hand-offs' },
    { flags: '--dry-run', description: 'the same figures, no file, nothing recorded' },
    { flags: '--stale-ok', description: 'go on though a source is past its `error_after`' },
  ],
  examples: [
    'segkit export croissant-fans --columns email,first_name',
    'segkit export croissant-fans --profile excel -o fans.csv',
    "segkit export 'tag:mailing' -o lists-of-tonight",
    'segkit export system/lapsed -o - | wc -l',
    'segkit members big-spenders | segkit minus - lists/staff.csv | segkit export - -o big.csv',
  ],
  notes: `Without -o the files are exports/AUDIENCE_DAY.csv, one an arm (AUDIENCE_DAY.ARM.csv), AUDIENCE_DAY.json with counts by reason and checksums, and an empty AUDIENCE_DAY.done when all of them are there; \`-o DIR\` puts them elsewhere, \`-o FILE\` and \`-o -\` make one file with a column \`arm\`. All or none, readable by their owner only. The same again replaces them; where the folder holds the same audience and day in another profile, the later files are AUDIENCE_DAY_PROFILE and that one stays.
Who falls out counts under the first reason: ${reasons.join(', ')}. Consent of the profile's channel and \`suppress:\` of segkit.yaml hold for bare segments and for lists from stdin too; a profile of no channel asks for no consent. Lines of a suppress list that cannot be read are said, here and in the manifest: who is meant there may be in the file. A contact cap and a hold-out hold for every customer with the same address.
A customer's arm: the first 48 bits of SHA-256 of salt, U+001F and key, mod 10000, is his bucket; arms take buckets in the order written. \`printf 'SALT\\037KEY' | sha256sum | cut -c 1-12\` gives the 48 bits.
When \`--param hash=\` is another than the last time, \`--changes\` brings everybody as he is hashed now and removes none of those who stay: ad tools hash what comes plain and find the same person. Who left is removed by what went out then, hashed if that is asked now. A tool that takes the two for different people needs a new list: hand off whole. Two lists of one audience that differ by a parameter, such as \`id=email\` and \`id=phone\`, are two audiences.
The limit counts customers; an audience over an event has one row an occurrence. A segment that is held (see \`segkit help run\`) is not handed off: the last file stays. The run behind the hand-off is recorded, as \`run\` records it. -f and --json shape the receipt.`,
  exits: [
    [0, 'done, also when nobody is in'],
    [2, 'no such name, column, profile or parameter'],
    [3, 'some were broken; the rest was handed off'],
    [66, 'no data loaded yet, nothing on stdin'],
    [69, 'a segment behind it is held, or a source is stale'],
    [73, 'a file cannot be created'],
    [74, 'writing failed; what was there stays'],
    [75, 'another segkit is writing'],
    [78, 'no project, a broken definition, no rule of consent for the channel'],
  ],
  run: async (invocation) => {
    const { globals, io } = invocation
    const ws = openWorkspace(invocation)
    readStore(ws).close()
    const words = invocation.list('NAME')
    for (const word of new Set(words.filter((w, i) => w !== '-' && words.indexOf(w) < i)))
      invocation.note(`\`${word}\` is named more than once and handed off once`)
    const keys = words.includes('-') ? await keysFromStdin(words, invocation) : undefined
    const { store, done } = writeStore(ws, invocation, 'export')
    try {
      if (!invocation.flag('stale-ok')) checkFresh(ws, store)
      settleAnew(ws, store)
      const setting = { ...settingOf(ws, store, io.cwd), recording: true }
      const chosen =
        keys === undefined ? select(setting.definitions, words, ['audience', 'segment'], globals) : { names: [], broken: [] }
      if (chosen.names.length === 0 && keys === undefined) throw new Stop(78, brokenOnes(chosen.broken, setting))
      const many = chosen.names.length + chosen.broken.length > 1
      const place = placeOf(ws.root, many, invocation)
      const desk: Desk = { ws, setting, invocation, single: place.kind === 'stream' || place.kind === 'file' }
      const made: Made[] = []
      const told: Problem[] = [...(chosen.broken.length > 0 ? brokenOnes(chosen.broken, setting) : [])]
      let held: string | undefined
      for (const name of keys === undefined ? chosen.names : ['-']) {
        const order = orderFor(name, keys, desk)
        const seen = unseen(store, { audience: name, profile: order.job.outlet.profile.name, asOf: ws.asOf })
        try {
          const record = (): number | null => recordRun(order, desk)
          const judgement = judgedNow(ws, setting, order.leansOn)
          if (judgement.held.size > 0) {
            if (!invocation.flag('dry-run')) record()
            told.push(...judgement.breaches)
            held = held === undefined ? sayHeld(judgement) : `${held}; ${sayHeld(judgement)}`
            continue
          }
          for (const note of order.notes) invocation.note(many ? `${name}: ${note}` : note)
          made.push(await handOff(order, place, record, desk))
        } finally {
          seen()
        }
      }
      for (const one of made) say(one, invocation)
      told.push(...unreadSaid(made, setting))
      const outcome: Outcome = {
        ...(held !== undefined ? { exit: 69 } : chosen.broken.length > 0 ? { exit: 3 } : {}),
        problems: [
          ...told,
          ...made.flatMap((m) =>
            many ? m.warnings.map((w) => ({ ...w, message: `${m.order.name}: ${w.message}` })) : m.warnings,
          ),
        ],
        verdict: verdictOf(made, held, invocation.flag('dry-run'), sayDay(ws)),
      }
      if (made.length > 0 && place.kind !== 'stream') await receipt(made, formatDay(ws.asOf), invocation)
      return outcome
    } finally {
      done()
    }
  },
})

function orderFor(name: string, keys: ReadonlySet<string> | undefined, desk: Desk): Order {
  const { definitions } = desk.setting
  if (keys !== undefined) return orderOfList(keys, desk)
  const audience = definitions.audiences.get(name)
  if (audience !== undefined) return orderOfAudience(audience, desk)
  const segment = definitions.segments.get(name)
  if (segment === undefined) throw new Error(`${name} was not selected`)
  return orderOfSegment(segment, desk)
}

const brokenOnes = (names: readonly string[], { definitions }: Desk['setting']): readonly Problem[] =>
  errorsFirst([...new Set(names.flatMap((name) => definitions.broken.get(name) ?? []))])

async function keysFromStdin(words: readonly string[], invocation: Invocation): Promise<ReadonlySet<string>> {
  if (words.length > 1)
    throw misuse(invocation.globals, '-', 'stdin-alone', 'customers from stdin are a hand-off of their own', {
      help: 'export the rest by another command',
    })
  const [input] = streamInputs(['-'], invocation)
  const list = await ListFile.open(input!, {})
  try {
    if (list.byPlace) invocation.note(`stdin: no column \`customer\`; its first one, \`${list.keyHeader}\`, is the key`)
    const keys = new Set<string>()
    await eachKey(list, (key) => keys.add(key))
    return keys
  } finally {
    await list.close()
  }
}

type Place =
  | { readonly kind: 'nowhere' }
  | { readonly kind: 'stream' }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'folder'; readonly path: string }

function placeOf(root: string, many: boolean, invocation: Invocation): Place {
  const { globals, io } = invocation
  const { output } = globals
  const isFolder = output !== undefined && output !== '-' && (/[/\\]$/.test(output) || isDirectory(resolve(io.cwd, output)))
  if (many && output === '-')
    throw misuse(globals, '-', 'one-stream', 'several hand-offs do not go into one stream', {
      help: 'name a folder with `-o DIR`, or leave `-o` out',
    })
  if (invocation.flag('dry-run')) return { kind: 'nowhere' }
  if (output === '-') return { kind: 'stream' }
  if (output === undefined) return { kind: 'folder', path: join(root, 'exports') }
  if (!many && !isFolder) return { kind: 'file', path: outputFile(globals, io.cwd) }
  const path = outputFile(globals, io.cwd)
  if (existsSync(path) && !isDirectory(path))
    throw Stop.with(
      73,
      'cannot-create',
      `\`${output}\` is a file${many ? '; several hand-offs need a folder' : ', not a folder'}`,
      {
        help: 'name a folder with `-o DIR`',
      },
    )
  if (many && !isFolder && /\.[a-z]+$/i.test(output))
    throw misuse(globals, output, 'one-file', `several hand-offs do not go into one file, \`${output}\``, {
      help: 'name a folder with `-o DIR/`, or leave `-o` out',
    })
  return { kind: 'folder', path }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false // not there, or under a file: making it will tell
  }
}

/** What became of one hand-off. */
interface Made {
  readonly order: Order
  readonly passage: Passage
  /** As the receipt shows them. */
  readonly files: readonly HandedFile[]
  readonly warnings: readonly Problem[]
}

const recordRun = ({ segments, events }: Order, { ws, setting, invocation }: Desk): number | null =>
  segments.length + events.length === 0
    ? null
    : (run(setting, {
        segments,
        events,
        fingerprint: fingerprint(
          ws,
          filesOf(setting),
          [...segments, ...events].map((d) => d.name),
        ),
        madeAt: new Date(invocation.globals.now).toISOString(),
        dry: false,
      }).run ?? null)

const filesOf = (setting: Desk['setting']) => (setting as ReturnType<typeof settingOf>).files

async function handOff(order: Order, place: Place, record: () => number | null, { setting, invocation }: Desk): Promise<Made> {
  const { job } = order
  const { store } = setting
  const passage = pass(setting, job)
  const { entry, counts } = passage
  const came = (files: readonly DeliveredFile[], lost: number): Came => ({
    audience: order.name,
    asOf: job.asOf,
    dropped: { ...counts.reasons, ...(counts.unknown > 0 && { unknown: counts.unknown }) },
    columns: passage.columns,
    files,
    lost,
  })
  const madeAt = new Date(invocation.globals.now).toISOString()
  let lost = 0
  const count = (n: number): void => {
    lost = n
  }
  const recorded = async (files: readonly HandedFile[], place: (last: () => void) => Promise<void>): Promise<void> => {
    store.begin()
    try {
      entry.finish({ run: record(), files, madeAt })
      await place(() => store.commit())
    } catch (error) {
      store.rollback()
      throw error
    }
  }
  try {
    switch (place.kind) {
      case 'nowhere': {
        const sink = new Nowhere(job.outlet)
        for await (const _ of passage.drive(sink));
        const counted = sink.finish()
        const files = counted.map(({ arm, rows }) => ({ arm, file: null, rows, bytes: null, sha256: null }))
        const all = came(
          counted.map((f) => ({ ...f, file: '', bytes: 0, sha256: '' })),
          sink.lost,
        )
        return { order, passage, files, warnings: warnings(job.outlet, all) }
      }
      case 'stream': {
        await writeStdout(oneStream(job.outlet, order.base, passage.drive, count), invocation.io)
        const files: readonly HandedFile[] = [{ file: null, rows: passage.rows, bytes: null, sha256: null }]
        await recorded(files, async (last) => last())
        return { order, passage, files, warnings: warnings(job.outlet, came([delivered('-', passage, 0, '')], lost)) }
      }
      case 'file': {
        const staged = await stageFile(place.path, oneStream(job.outlet, order.base, passage.drive, count))
        const files = [{ file: shown(place.path, invocation), rows: passage.rows, bytes: staged.bytes, sha256: staged.sha256 }]
        await committed(() => recorded(files, (last) => placeTogether({ staged: [staged], last })), staged.discard)
        return {
          order,
          passage,
          files,
          warnings: warnings(job.outlet, came([delivered(place.path, passage, staged.bytes, staged.sha256)], lost)),
        }
      }
      case 'folder': {
        makeFolder(dirname(join(place.path, order.base)))
        const base = baseIn(place.path, order.base, job.outlet.profile.name)
        if (base !== order.base)
          invocation.note(`\`${order.base}\` is handed off in another profile there already; these files are \`${base}\``)
        const delivery = folderSink(job.outlet, place.path, base)
        return await committed(
          async () => {
            for await (const _ of passage.drive(delivery));
            const parts = await delivery.finish()
            const all = came(parts, delivery.lost)
            const files = parts.map(({ arm, file, rows, bytes, sha256 }) => ({
              arm,
              file: shown(join(place.path, file), invocation),
              rows,
              bytes,
              sha256,
            }))
            await recorded(files, (last) =>
              delivery.commit(
                { ...manifest(job.outlet, all), ...figures(passage, job.choice, unreadLines(job.choice, setting)) },
                last,
              ),
            )
            return { order, passage, files, warnings: warnings(job.outlet, all) }
          },
          () => delivery.discard(),
        )
      }
    }
  } finally {
    entry.discard()
  }
}

async function committed<T>(work: () => Promise<T>, discard: () => Promise<unknown>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    await discard()
    throw error
  }
}

const delivered = (file: string, { rows }: Passage, bytes: number, sha256: string): DeliveredFile => ({
  file,
  rows,
  bytes,
  sha256,
})

const shown = (path: string, { io }: Invocation): string => relative(io.cwd, path) || path

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw fileStop(path, 'create', error)
  }
}

/** Each list with lines that cannot be read, once: who is meant there may be in a file. */
function unreadSaid(made: readonly Made[], setting: Desk['setting']): readonly Problem[] {
  const found = made.flatMap(({ order }) => unreadWarnings(order.job.choice, setting))
  return found.filter((p, i) => found.findIndex((q) => q.message === p.message) === i)
}

/** What the manifest says beside files and reasons. */
const figures = ({ counts, leftOut, repeats }: Passage, { channel, channels }: Choice, unread: readonly Unread[]) => ({
  ...(channel !== undefined && channels.length === 0 && { consent: 'not asked' }),
  customers: counts.customers,
  handed_off: Object.values(counts.arms).reduce((sum, n) => sum + n, 0),
  ...(Object.keys(counts.arms).some((arm) => arm !== '') && { arms: counts.arms }),
  ...(counts.waterfall.length > 0 && { waterfall: counts.waterfall }),
  ...(repeats > 0 && { occurrences_of_same_address: repeats }),
  ...(leftOut.length > 0 && { columns_left_out: leftOut }),
  ...(unread.length > 0 && { suppress_lines_not_read: Object.fromEntries(unread.map((u) => [u.list.value, u.lines])) }),
})

/** The figures of one hand-off, where there is more to say than how many. */
function say({ order, passage: { counts, entry, leftOut, repeats } }: Made, { note }: Invocation): void {
  const out = Object.entries(counts.reasons).filter(([, n]) => n > 0)
  const arms = Object.entries(counts.arms).filter(([arm]) => arm !== '' && arm !== holdout)
  const parts = [
    ...(out.length === 0 ? [] : [`out: ${out.map(([reason, n]) => `${grouped(n)} ${reason}`).join(', ')}`]),
    ...(arms.length === 0 ? [] : [`in: ${arms.map(([arm, n]) => `${grouped(n)} ${arm}`).join(', ')}`]),
  ]
  const name = order.name === '-' ? 'list' : order.name
  if (counts.customers === 0 && order.segments.length > 0)
    note(
      `${name}: nobody; ${order.segments.map((s) => `\`segkit preview ${s.name}\``).join(', ')} shows what each condition leaves`,
    )
  if (counts.unknown > 0) note(`${name}: ${plural(counts.unknown, 'key')} that no customer has (unknown)`)
  if (parts.length > 0) note(`${name}: of ${plural(counts.customers, 'customer')}; ${parts.join('; ')}`)
  if (counts.waterfall.length > 0) note(`${name}: ${sayAccounts(counts.waterfall)}`)
  if (repeats > 0)
    note(
      `${name}: ${plural(repeats, 'occurrence')} left out: \`${order.job.outlet.profile.name}\` takes one row an address, the latest`,
    )
  if (leftOut.length > 0)
    note(
      `${name}: left out ${leftOut.map((c) => `\`${c}\``).join(', ')}: \`${order.job.outlet.profile.name}\` takes no columns beside its own`,
    )
  if (order.job.mode !== undefined && entry.previous === undefined)
    note(`${name}: there is no hand-off of an earlier day to compare with`)
}

function verdictOf(made: readonly Made[], held: string | undefined, dry: boolean, day: string): string {
  const did = dry ? 'would hand off' : 'handed off'
  const [one, ...more] = made
  const kept = held === undefined ? '' : `nothing was handed off: ${held}`
  if (one === undefined) return kept
  const rows = made.reduce((n, m) => n + m.passage.rows, 0)
  const { name, segments } = one.order
  const what =
    more.length > 0
      ? `${plural(rows, 'row')} of ${made.map((m) => m.order.name).join(', ')}`
      : `${plural(rows, one.order.job.mode === 'changes' ? 'change' : one.order.job.choice.taken.of === 'event' ? 'occurrence' : segments.some((s) => s.name === name) ? 'member' : 'customer')} of ${name === '-' ? 'the list' : name}`
  return `${did} ${what} ${day}${held === undefined ? '' : `; not the rest: ${held}`}`
}

async function receipt(made: readonly Made[], asOf: string, { globals, io }: Invocation): Promise<void> {
  const columns = ['audience', 'arm', 'file', 'rows', 'bytes', 'sha256'].map((name) => ({
    name,
    ...(name === 'rows' || name === 'bytes' ? { align: 'right' as const } : {}),
  }))
  const rows = made.flatMap(({ order, files }) =>
    files.map((f) => [order.name, f.arm ?? null, f.file, f.rows, f.bytes, f.sha256]),
  )
  await writeRows({ thing: 'export', asOf, columns, rows }, { ...globals, output: undefined, columns: undefined }, io)
}
