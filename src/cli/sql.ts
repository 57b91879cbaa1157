/** `sql`: a segment as one SELECT that stands by itself. */

import { placeOf } from '../base/problem.js'
import { inline } from '../base/sql.js'
import { formatDay } from '../base/time.js'
import { segmentStatement } from '../engine/evaluate.js'
import { saySegment } from '../language/definitions.js'
import { settled } from '../store/settle.js'
import { defineCommand } from './command.js'
import { writeText } from './output.js'
import { checkAgreement, counting, named, openWorkspace, readStore, settingOf } from './workspace.js'

export const command = defineCommand({
  name: 'sql',
  summary: 'a segment as one self-contained SELECT, for the stock sqlite3 shell',
  group: 'answers',
  args: [{ name: 'SEGMENT', description: 'the segment', required: true }],
  options: [],
  examples: ['segkit sql croissant-fans', 'segkit sql croissant-fans | sqlite3 -readonly segkit.db'],
  notes: 'What the shell lacks (RE2, folding of other scripts) is settled beforehand and stands there as values.',
  exits: [
    [0, 'done'],
    [2, 'no such segment'],
    [66, 'no data loaded yet'],
    [78, 'no project, or the segment is broken'],
  ],
  run: async (invocation) => {
    const { globals, io } = invocation
    const ws = openWorkspace(invocation)
    const store = readStore(ws)
    try {
      checkAgreement(ws, store)
      const setting = settingOf(ws, store, io.cwd)
      const segment = named(setting.definitions, invocation.arg('SEGMENT') as string, ['segment'], globals)
      const head = [
        `${segment.name} as of ${formatDay(ws.asOf)} (${ws.project.timezone.name})`,
        placeOf(segment.span),
        saySegment(segment),
      ]
      await writeText(
        `${head.map((h) => `-- ${h.replaceAll('\n', ' ')}\n`).join('')}${inline(segmentStatement(setting, segment.name)).trim()};\n`,
        globals,
        io,
      )
      return settled(store, counting(ws, store))
        ? {}
        : { verdict: '`counted` has changed since the store was settled: run `segkit run` first, so that the rows agree with it' }
    } finally {
      store.close()
    }
  },
})
