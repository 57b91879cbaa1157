/** `segkit loads`: the ledger of loads. */
import { sql } from '../base/sql.js'
import type { Zone } from '../base/time.js'
import { defineCommand } from './command.js'
import { sayRows, writeRows } from './output.js'
import { openWorkspace, readStore } from './workspace.js'

export const command = defineCommand({
  name: 'loads',
  summary: 'the ledger of loads',
  group: 'data',
  args: [],
  options: [],
  examples: ['segkit loads', 'segkit loads --json'],
  notes: 'One row a load, the first one first. A file that was known already is not loaded again and not listed again.',
  exits: [
    [0, 'done'],
    [66, 'no data loaded yet'],
  ],
  run: async (invocation) => {
    const { globals, io } = invocation
    const ws = openWorkspace(invocation)
    const store = readStore(ws)
    try {
      const names = ['load', 'source', 'file', 'loaded_at', 'rows', 'added', 'changed', 'same', 'rejected']
      const loads = store.rows(
        sql`select _id, source, file, loaded_at, rows, added, changed, same, rejected from load_row order by _id`,
      )
      const rows = loads.map(
        ([id, source, file, at, ...counts]) =>
          [id, source, file, localTime(String(at), ws.project.timezone), ...counts] as (string | number)[],
      )
      const { rows: shown } = await writeRows({ thing: 'loads', columns: names.map((name) => ({ name })), rows }, globals, io)
      return { verdict: sayRows(shown, 'load', globals) }
    } finally {
      store.close()
    }
  },
})

/** An instant in the project's zone, to the second. */
export function localTime(iso: string, zone: Zone): string {
  return zone.format(zone.fromInstant(Math.floor(Date.parse(iso) / 1000), 0))
}
