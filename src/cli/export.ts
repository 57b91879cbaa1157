/** `export`: hands a segment's members to a file for another tool, and records the run behind it. */
import { mkdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { writeWhole } from '../base/file.js'
import { Stop } from '../base/problem.js'
import { plural, suggest } from '../base/text.js'
import { formatDay } from '../base/time.js'
import { type MemberChoice, memberRows } from '../engine/members.js'
import { run } from '../engine/run.js'
import { fileText, type ProfileName, profileNames, profiles } from '../handoff/plain.js'
import { suppressed, suppressingSegments } from '../handoff/suppression.js'
import { defineCommand, type Globals, type Invocation, misuse } from './command.js'
import { checkFresh } from './freshness.js'
import { judgedNow, sayHeld } from './held.js'
import { customerColumns } from './members.js'
import { outputFile, writeRows, writeStdout } from './output.js'
import { fingerprint, named, openWorkspace, readStore, sayDay, settingOf, settleAnew, writeStore } from './workspace.js'

export const command = defineCommand({
  name: 'export',
  summary: 'hand a segment to a file for another tool',
  group: 'hand-off',
  writes: true,
  args: [{ name: 'SEGMENT', description: 'the segment', required: true }],
  options: [
    { flags: '--profile <name>', description: `the file's shape: ${profileNames.join(', ')}; without it the ending of -o` },
    { flags: '--dry-run', description: 'the same figures, no file' },
    { flags: '--stale-ok', description: 'go on though a source is past its `error_after`' },
  ],
  examples: [
    'segkit export croissant-fans --columns email,first_name',
    'segkit export croissant-fans --profile excel -o fans.csv',
    'segkit export system/lapsed -o - | wc -l',
  ],
  notes:
    'The run behind the list is recorded, as `run` records it. Without -o the file is exports/SEGMENT_DAY.csv in the project. A segment that is held (see `segkit help run`) is not handed off: the last file stays. Files are written whole or not at all, readable by their owner only. `suppress:` of segkit.yaml (`suppress: [ { list: lists/never.csv } ]`) always holds; rules of consent are by channel, and these shapes are for none. -f and --json shape the receipt.',
  exits: [
    [0, 'done, also when nobody is in'],
    [2, 'no such segment, column or profile'],
    [66, 'no data loaded yet'],
    [69, 'the segment is held, or a source is stale'],
    [73, 'the file cannot be created'],
    [74, 'writing failed; what was there stays'],
    [75, 'another segkit is writing'],
    [78, 'no project, or the segment is broken'],
  ],
  run: async (invocation) => {
    const { globals, io } = invocation
    const ws = openWorkspace(invocation)
    readStore(ws).close()
    const { store, done } = writeStore(ws, invocation, 'export')
    try {
      if (!invocation.flag('stale-ok')) checkFresh(ws, store)
      settleAnew(ws, store)
      const setting = { ...settingOf(ws, store, io.cwd), recording: true }
      const segment = named(setting.definitions, invocation.arg('SEGMENT') as string, ['segment'], globals)
      const profile = profileOf(invocation)
      if (ws.project.consent.length > 0)
        invocation.note(
          `the shape \`${profile}\` is for no channel, so the rules of consent (${ws.project.consent.map((rule) => rule.channel).join(', ')}) were not asked; only \`suppress:\` was`,
        )
      const values = customerColumns(setting, globals)
      const columns = ['customer', ...values]
      const count = { rows: 0 }
      const choice: MemberChoice = {
        values,
        segments: suppressingSegments(ws.project),
        except: (found) => suppressed(ws.project, setting, found),
      }
      const text = () => fileText(profile, columns, memberRows(setting, segment, choice), count)
      const dry = invocation.flag('dry-run')
      const record = () =>
        run(setting, {
          segments: [segment],
          events: [],
          fingerprint: fingerprint(ws, setting.files, [segment.name]),
          madeAt: new Date(globals.now).toISOString(),
          dry: false,
        })
      const judgement = judgedNow(ws, setting, [segment.name, ...suppressingSegments(ws.project)])
      if (judgement.held.size > 0) {
        if (!dry) record()
        return { exit: 69, problems: judgement.breaches, verdict: `nothing was handed off: ${sayHeld(judgement)}` }
      }

      const target = dry ? undefined : targetOf(ws.root, segment.name, formatDay(ws.asOf), profile, globals, io.cwd)
      const written = await deliver(target, text, invocation)
      if (!dry) record()
      const verdict = `${dry ? 'would hand off' : 'handed off'} ${plural(count.rows, 'member')} of ${segment.name} ${sayDay(ws)}`
      if (target === '-') return { verdict }
      await receipt(
        segment.name,
        target === undefined ? null : relative(io.cwd, target) || target,
        count.rows,
        written,
        invocation,
      )
      return { verdict }
    } finally {
      done()
    }
  },
})

function profileOf(invocation: Invocation): ProfileName {
  const { globals } = invocation
  const word = invocation.option('profile')
  if (word === undefined && /\.xlsx?$/i.test(globals.output ?? ''))
    throw misuse(globals, globals.output ?? '', 'no-workbook', 'segkit writes no Excel workbooks', {
      help: 'name a .csv and add `--profile excel`: spreadsheets open it',
    })
  const wanted = word ?? endings[/\.([a-z]+)$/i.exec(globals.output ?? '')?.[1]?.toLowerCase() ?? 'csv'] ?? 'csv'
  if (Object.hasOwn(profiles, wanted)) return wanted as ProfileName
  throw misuse(globals, wanted, 'unknown-profile', `no profile \`${wanted}\``, {
    help: suggest(wanted, profileNames, 'profiles'),
  })
}
const endings: Readonly<Record<string, ProfileName>> = { csv: 'csv', tsv: 'tsv', ndjson: 'ndjson', jsonl: 'ndjson' }

/** Where the file goes: `-` is stdout. */
function targetOf(root: string, segment: string, day: string, profile: ProfileName, globals: Globals, cwd: string): string {
  if (globals.output === '-') return '-'
  if (globals.output !== undefined) return outputFile(globals, cwd)
  const path = join(root, 'exports', `${segment}_${day}.${profiles[profile].ending}`)
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  } catch (error) {
    throw Stop.with(
      73,
      'cannot-create',
      `cannot create \`${dirname(path)}\`: ${error instanceof Error ? error.message : String(error)}`,
      { help: 'name another place with `-o FILE`' },
    )
  }
  return path
}

async function deliver(
  target: string | undefined,
  text: () => IterableIterator<string>,
  { io }: Invocation,
): Promise<{ readonly bytes: number; readonly sha256: string } | undefined> {
  if (target === undefined) {
    for (const _ of text());
    return undefined
  }
  if (target !== '-') return writeWhole(target, text())
  await writeStdout(text(), io)
  return undefined
}

async function receipt(
  audience: string,
  file: string | null,
  rows: number,
  written: { readonly bytes: number; readonly sha256: string } | undefined,
  { globals, io }: Invocation,
): Promise<void> {
  const columns = ['audience', 'arm', 'file', 'rows', 'bytes', 'sha256'].map((name) => ({
    name,
    ...(name === 'rows' || name === 'bytes' ? { align: 'right' as const } : {}),
  }))
  await writeRows(
    { thing: 'export', columns, rows: [[audience, null, file, rows, written?.bytes ?? null, written?.sha256 ?? null]] },
    { ...globals, output: undefined, columns: undefined },
    io,
  )
}
