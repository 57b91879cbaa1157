/** `segkit exports`: the ledger of hand-offs, and `exports undo`, which takes one out of it. */
import { plural } from '../base/text.js'
import { formatDay } from '../base/time.js'
import { handedFiles, type Recorded, type Undone, undo } from '../handoff/handoffs.js'
import { defineCommand, type Invocation, misuse } from './command.js'
import { writeRows } from './output.js'
import { openWorkspace, readStore, writeStore } from './workspace.js'

export const command = defineCommand({
  name: 'exports',
  summary: 'the ledger of hand-offs; undo takes one out',
  group: 'hand-off',
  writes: true,
  args: [
    { name: 'ACTION', description: '`undo`; without it the hand-offs are listed' },
    { name: 'ID', description: 'the number of the hand-off to take out' },
  ],
  options: [],
  examples: ['segkit exports', 'segkit exports --json', 'segkit exports undo 2'],
  notes:
    'One row a file, the first hand-off first; an arm that was held out has a row without a file. A hand-off is known by audience, profile and as-of day: the same again replaces it and keeps its number. `undo` takes a hand-off and its contacts out of the ledger, as if it had never been; its files stay where they are. Nothing else does: what was handed off is kept for good, since caps, `contacted`, `--changes` and `--new` stand on it, and a night like the one before takes hardly any room.',
  exits: [
    [0, 'done, also when nothing was handed off yet'],
    [2, 'no such hand-off'],
    [66, 'no data loaded yet'],
    [75, 'another segkit is writing'],
    [78, 'no project'],
  ],
  run: async (invocation) => {
    const { args, globals } = invocation
    const [action, id] = args
    if (action === undefined) return listed(invocation)
    if (action !== 'undo')
      throw misuse(globals, action, 'unknown-action', `\`exports\` cannot \`${action}\``, {
        help: '`segkit exports` lists the hand-offs, `segkit exports undo ID` takes one out',
      })
    if (id === undefined)
      throw misuse(globals, action, 'missing-argument', 'which hand-off is to be taken out?', {
        help: '`segkit exports undo ID`, with the number that `segkit exports` shows',
      })
    return taken(invocation, id)
  },
})

async function listed(invocation: Invocation) {
  const store = readStore(openWorkspace(invocation))
  try {
    const files = handedFiles(store)
    const columns = ['id', 'audience', 'as_of', 'profile', 'arm', 'file', 'rows', 'sha256'].map((name) => ({
      name,
      ...(name === 'id' || name === 'rows' ? { align: 'right' as const } : {}),
    }))
    const rows = files.map((f) => [f.id, f.audience, formatDay(f.asOf), f.profile, f.arm, f.file, f.rows, f.sha256])
    await writeRows({ thing: 'exports', columns, rows }, invocation.globals, invocation.io)
    return { verdict: plural(new Set(files.map((f) => f.id)).size, 'hand-off') }
  } finally {
    store.close()
  }
}

function taken(invocation: Invocation, word: string) {
  const ws = openWorkspace(invocation)
  readStore(ws).close()
  const { store, done } = writeStore(ws, invocation, 'exports undo')
  try {
    const id = /^\d{1,15}$/.test(word) ? Number(word) : undefined
    const found = id === undefined ? undefined : undo(store, id)
    if (found === undefined) {
      const last = handedFiles(store).at(-1)
      throw misuse(invocation.globals, word, 'unknown-hand-off', `no hand-off \`${word}\``, {
        help: last === undefined ? 'nothing was handed off yet' : `the latest is ${last.id}; \`segkit exports\` lists them`,
      })
    }
    for (const line of aftermath(found)) invocation.note(line)
    return { verdict: `hand-off ${found.id} is out of the ledger: ${sayHandOff(found)}, ${plural(found.customers, 'customer')}` }
  } finally {
    done()
  }
}

const sayHandOff = ({ audience, profile, asOf }: Recorded): string => `${audience} in ${profile} as of ${formatDay(asOf)}`

/** What undoing leaves behind. */
function aftermath({ compared }: Undone): readonly string[] {
  const files = 'its files stay where they are: a tool that took them has the people still'
  const changes = compared
    .filter((h) => h.mode === 'changes')
    .map((h) => `hand-off ${h.id} (as of ${formatDay(h.asOf)}) holds what had changed since then: export it again`)
  const fresh = compared.filter((h) => h.mode === 'new').map((h) => h.id)
  return [
    files,
    ...changes,
    ...(fresh.length === 0
      ? []
      : [
          `${fresh.length === 1 ? 'hand-off' : 'hand-offs'} ${fresh.join(', ')} of later days may leave out people because they were in it`,
        ]),
  ]
}
