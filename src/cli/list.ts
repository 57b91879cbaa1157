/** `list`: the definitions there are. */

import { placeOf } from '../base/problem.js'
import { sql } from '../base/sql.js'
import { plural } from '../base/text.js'
import { formatDay } from '../base/time.js'
import type { Definition } from '../language/definitions.js'
import { openForReading, type Store } from '../store/store.js'
import { defineCommand } from './command.js'
import { writeRows } from './output.js'
import { errorsFirst, openWorkspace, select, settingOf } from './workspace.js'

const order = ['segment', 'event', 'metric', 'audience'] as const

export const command = defineCommand({
  name: 'list',
  summary: 'the segments, events, metrics and audiences that are defined',
  group: 'answers',
  args: [{ name: 'NAME', description: 'names, globs, `tag:x`; none means all', variadic: true }],
  options: [],
  examples: ['segkit list', "segkit list 'croissant*' tag:nightly", 'segkit list -f csv --columns name,customers'],
  notes: '`customers` and `as_of` are of the run of the latest day that has the definition and did not hold it back.',
  exits: [
    [0, 'done'],
    [2, 'a name that is not there'],
    [78, 'no project, or every definition is broken'],
  ],
  run: async (invocation) => {
    const { globals, io } = invocation
    const ws = openWorkspace(invocation)
    const store = openForReading(ws.database)
    try {
      const { definitions } = settingOf(ws, store, io.cwd)
      const { names } = select(definitions, invocation.list('NAME'), order, globals)
      const wanted = new Set(names)
      const all: readonly Definition[] = [
        ...definitions.segments.values(),
        ...definitions.events.values(),
        ...definitions.metrics.values(),
        ...definitions.audiences.values(),
      ]
      const latest = new Map(
        (
          store?.rows(sql`select n.name, p.customers, r.as_of from run_part p join name_row n on n._id = p._name join run_row r on r._id = p._run
          where p._run = (select q._run from run_part q join run_row u on u._id = q._run
            where q._name = p._name and q.held = 0 order by u.as_of desc, q._run desc limit 1)`) ?? []
        ).map((r) => [String(r[0]), [r[1] as number, r[2] as number] as const]),
      )
      const held = heldAtLast(store).filter((name) => wanted.has(name))
      if (held.length > 0) invocation.note(`held in their latest run: ${held.join(', ')}; shown is the last one that was not`)
      const rows = all
        .filter((d) => wanted.has(d.name))
        .sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || (a.name < b.name ? -1 : 1))
        .map((d) => {
          const run = latest.get(d.name)
          return [
            d.kind,
            d.name,
            d.title ?? null,
            run?.[0] ?? null,
            run === undefined ? null : formatDay(run[1]),
            placeOf(d.span),
          ]
        })
      const columns = [
        { name: 'kind' },
        { name: 'name' },
        { name: 'title' },
        { name: 'customers', align: 'right' as const },
        { name: 'as_of' },
        { name: 'file' },
      ]
      await writeRows({ thing: 'list', columns, rows }, globals, io)
      const broken = definitions.broken.size
      const verdict = `${plural(rows.length, 'definition')}${broken === 0 ? '' : `; ${broken} more ${broken === 1 ? 'is' : 'are'} broken: see \`segkit check\``}`
      return rows.length === 0 && broken > 0 ? { exit: 78, problems: errorsFirst(definitions.problems), verdict } : { verdict }
    } finally {
      store?.close()
    }
  },
})

/** Names that the run of the latest day holds back. */
const heldAtLast = (store: Store | undefined): readonly string[] =>
  (
    store?.rows(sql`select n.name from name_row n join run_part p on p._name = n._id
      where p.held = 1 and p._run = (select q._run from run_part q join run_row u on u._id = q._run
        where q._name = p._name order by u.as_of desc, q._run desc limit 1)
      order by n.name`) ?? []
  ).map((r) => String(r[0]))
