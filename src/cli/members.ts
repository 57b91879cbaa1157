/** `members`: who is in a segment, evaluated now or as a run recorded it. */

import { Stop } from '../base/problem.js'
import { int, sql } from '../base/sql.js'
import { suggest } from '../base/text.js'
import { formatDay } from '../base/time.js'
import type { Setting } from '../engine/compiler.js'
import { memberRows, memberRowsOfRun } from '../engine/members.js'
import type { Store } from '../store/store.js'
import { defineCommand, type Globals, misuse } from './command.js'
import { noteHeld } from './held.js'
import { type ColumnSpec, sayRows, writeRows } from './output.js'
import { asCounted, errorsFirst, named, openWorkspace, readStore, sayDay, settingOf } from './workspace.js'

export const command = defineCommand({
  name: 'members',
  summary: 'who is in a segment',
  group: 'answers',
  args: [{ name: 'SEGMENT', description: 'the segment', required: true }],
  options: [{ flags: '--run <n>', description: 'as that run recorded it, instead of evaluated now' }],
  examples: [
    'segkit members croissant-fans',
    'segkit members croissant-fans --columns email,city,spend_12m -o fans.csv',
    'segkit members system/lapsed --as-of 2026-01-31 | head',
  ],
  notes:
    '`--columns` takes attributes and metrics; the key `customer` comes first, named or not. Rows are in the order of the keys.',
  exits: [
    [0, 'done, also when nobody is in'],
    [2, 'no such segment, column or run'],
    [66, 'no data loaded yet'],
    [78, 'no project, or the segment is broken'],
  ],
  run: async (invocation) => {
    const { globals, io } = invocation
    const ws = openWorkspace(invocation)
    const store = readStore(ws)
    try {
      const runWord = invocation.option('run')
      const asOf = runWord === undefined ? ws.asOf : dayOfRun(store, runWord, globals)
      const setting = settingOf({ ...ws, asOf }, asCounted(ws, store), io.cwd)
      const name = invocation.arg('SEGMENT') as string
      const values = customerColumns(setting, globals)
      const rows =
        runWord === undefined
          ? memberRows(setting, named(setting.definitions, name, ['segment'], globals), { values })
          : rowsOfRun(setting, name, Number(runWord), values, globals)
      if (runWord === undefined) noteHeld(ws, setting, [name], invocation)
      const columns: readonly ColumnSpec[] = [{ name: 'customer' }, ...values.map((v) => ({ name: v }))]
      const { rows: n } = await writeRows(
        { thing: 'members', asOf: formatDay(asOf), columns, rows },
        { ...globals, columns: undefined },
        io,
      )
      if (n === 0 && globals.limit !== 0 && runWord === undefined)
        invocation.note(`\`segkit preview ${name}\` shows what each condition leaves`)
      return {
        verdict: `${sayRows(n, 'member', globals)} of ${name} ${runWord === undefined ? sayDay(ws) : `in run ${runWord}, as of ${formatDay(asOf)}`}`,
      }
    } finally {
      store.close()
    }
  },
})

/** The attributes and metrics that `--columns` names, `customer` left out: it always comes first. */
export function customerColumns(setting: Setting, globals: Globals): readonly string[] {
  const wanted = globals.columns ?? []
  const repeated = wanted.find((w, i) => wanted.indexOf(w) !== i)
  if (repeated !== undefined)
    throw misuse(globals, repeated, 'repeated-column', `column \`${repeated}\` is named twice`, { help: 'name each column once' })
  const names = wanted.filter((w) => w !== 'customer')
  for (const name of names) {
    const field = setting.catalogue.own('customers', name)
    if (field !== undefined || setting.definitions.metrics.has(name)) continue
    const bad = setting.definitions.broken.get(name)
    if (bad !== undefined) throw new Stop(78, errorsFirst(bad))
    const known = [...setting.catalogue.fields('customers').map((f) => f.name), ...setting.definitions.metrics.keys()]
    throw misuse(globals, name, 'unknown-column', `no attribute or metric \`${name}\``, {
      label: 'not a column of customers',
      help: suggest(name, known, 'attributes and metrics') ?? `there are ${known.map((k) => `\`${k}\``).join(', ')}`,
    })
  }
  return names
}

function dayOfRun(store: Store, word: string, globals: Globals): number {
  const id = /^\d{1,9}$/.test(word) ? Number(word) : undefined
  const day =
    id === undefined ? undefined : (store.row(sql`select as_of from run_row where _id = ${int(id)}`)?.[0] as number | undefined)
  if (day !== undefined) return day
  const last = store.row(sql`select max(_id) from run_row`)?.[0] as number | null
  throw misuse(globals, word, 'unknown-run', `no run \`${word}\``, {
    help: last === null ? 'nothing was run yet: `segkit run`' : `the latest run is ${last}`,
  })
}

function rowsOfRun(setting: Setting, name: string, run: number, values: readonly string[], globals: Globals) {
  const part = setting.store.row(
    sql`select p._name from run_part p join name_row n on n._id = p._name where p._run = ${int(run)} and n.name = ${name} and p.kind = 'segment'`,
  )
  if (part === undefined) {
    const names = setting.store
      .rows(
        sql`select n.name from run_part p join name_row n on n._id = p._name where p._run = ${int(run)} and p.kind = 'segment'`,
      )
      .map((r) => String(r[0]))
    throw misuse(globals, name, 'unknown-segment', `run ${run} holds no segment \`${name}\``, {
      help: suggest(name, names, 'segments') ?? 'see `segkit list`',
    })
  }
  return memberRowsOfRun(setting, part[0] as number, run, values)
}
