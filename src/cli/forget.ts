/** `segkit forget`: erases people from the store and from old rejects files, so that later loads pass them over. */
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Stop } from '../base/problem.js'
import { grouped, plural } from '../base/text.js'
import { formatDay } from '../base/time.js'
import { holdout } from '../handoff/copies.js'
import { type Forgot, forgetPeople, MOST_SHARING } from '../handoff/forget.js'
import { type Held, handedFiles } from '../handoff/handoffs.js'
import { ListFile } from '../ingest/list-file.js'
import { deleteForGood, wipe } from '../store/erase.js'
import { anyForgotten, Forgotten } from '../store/forgotten.js'
import { findPerson } from '../store/persons.js'
import type { Store } from '../store/store.js'
import { defineCommand, type Invocation, misuse, type Outcome } from './command.js'
import { streamInputs } from './inputs.js'
import { type Row, writeRows } from './output.js'
import { openWorkspace, readStore, writeStore } from './workspace.js'

export const command = defineCommand({
  name: 'forget',
  summary: 'erase a person from the store and from old rejects files',
  group: 'care',
  writes: true,
  args: [
    { name: 'CUSTOMER', description: 'keys of customers, or - for a list of them on stdin', required: true, variadic: true },
  ],
  options: [
    { flags: '--dry-run', description: 'say what would be erased and change nothing' },
    { flags: '--yes', description: 'do not ask; without a terminal nothing is asked anyway' },
  ],
  examples: [
    'segkit forget 000142 --dry-run',
    'segkit forget 000142 000007 --yes',
    'segkit minus lists/staff.csv keep.csv | segkit forget - --dry-run',
  ],
  notes: `Erased are the customer's row, activities, memberships, occurrences, hand-offs and contacts. Orders stay as a guest's: day, status,
channel, store, currency, amounts and products; every other column of theirs is blanked, and what \`counted:\` looks at stays.
Of the customer a salted fingerprint of key, e-mail and phone remains, by which rows that come again are known: they are counted as
\`forgotten\`, those of customers and activities are passed over, and orders become a guest's, also with \`--again\` and \`--replace\`.
The file of the store is written anew, so that nothing of it can be read from free pages; this takes as much room again.
Yours to erase: backups, the files that went in, files handed off and the tools that took them (the receipt names the hand-offs),
\`--rejects\` files outside rejects/, and lists.
Killed half-way, run it again: whoever is forgotten already is no mistake.`,
  exits: [
    [0, 'erased, also where the customer was forgotten before'],
    [2, 'no such customer, or not confirmed; nothing was changed'],
    [66, 'no data loaded yet, nobody on stdin'],
    [74, 'erased, but the file could not be wiped'],
    [75, 'another segkit is writing, or another program still reads what was erased'],
    [78, 'no project, or it is wrong'],
  ],
  run: async (invocation) => {
    const ws = openWorkspace(invocation)
    const keys = await keysOf(invocation)
    const reading = readStore(ws)
    try {
      checkKnown(reading, keys, invocation)
    } finally {
      reading.close()
    }
    const dryRun = invocation.flag('dry-run')
    if (!dryRun) await confirm(keys.length, invocation)
    const { store, done } = writeStore(ws, invocation, 'forget')
    try {
      checkKnown(store, keys, invocation)
      deleteForGood(store)
      store.begin()
      const about = { project: ws.project, rejectsFolder: join(ws.root, 'rejects'), dryRun }
      const answer = await forgetPeople(store, keys, about).finally(() => {
        if (dryRun) store.rollback()
      })
      if (!dryRun) store.commit()
      // What is to be done by hand must be told even if the wiping or the reader fails.
      tellRest(answer, store, invocation)
      if (!dryRun) wipe(store)
      return await tell(answer, dryRun, invocation)
    } finally {
      done()
    }
  },
})

async function keysOf(invocation: Invocation): Promise<readonly string[]> {
  const words = invocation.list('CUSTOMER')
  const named = words.filter((word) => word !== '-')
  if (words.length - named.length > 1)
    throw misuse(invocation.globals, '-', 'stdin-twice', 'stdin is named twice', { help: 'name `-` once' })
  const listed = words.length === named.length ? [] : await keysOnStdin(invocation)
  const keys = [...new Set([...named, ...listed])]
  if (keys.length === 0) throw Stop.with(66, 'no-rows', 'the list names no customer', { help: 'nothing was changed' })
  if (!keys.includes('')) return keys
  throw misuse(invocation.globals, '', 'no-customer', 'a key is blank', { help: 'nothing was changed' })
}

async function keysOnStdin(invocation: Invocation): Promise<readonly string[]> {
  const list = await ListFile.open(streamInputs(['-'], invocation)[0]!, {})
  const keys: string[] = []
  for await (const rows of list.blocks())
    while (rows.next()) {
      const key = list.key(rows)
      if (key !== undefined) keys.push(key)
    }
  return keys
}

const isForgotten = (store: Store, key: string): boolean =>
  anyForgotten(store) && new Forgotten(store, () => []).has(`key ${key}`)

/** All of them must be there, or have been: a key mistyped would let a person stay who is believed to be gone. */
function checkKnown(store: Store, keys: readonly string[], { globals }: Invocation): void {
  const unknown = keys.filter((key) => findPerson(store, key) === undefined && !isForgotten(store, key))
  const first = unknown[0]
  if (first === undefined) return
  const more = unknown.length > 1 ? `, and ${plural(unknown.length - 1, 'other')}` : ''
  throw misuse(globals, first, 'unknown-customer', `no customer \`${first}\`${more}`, {
    help: 'nobody was forgotten; keys are compared byte by byte, as the files write them',
  })
}

/** Only where a person sits at the other end. */
async function confirm(customers: number, { io, flag }: Invocation): Promise<void> {
  if (flag('yes') || !io.isTTY.stdin || !io.isTTY.stderr) return
  io.stderr.write(`forget ${plural(customers, 'customer')} for good? [y/N] `)
  const lines = createInterface({ input: io.stdin })
  const answer = await new Promise<string>((told) => {
    lines.once('line', told)
    lines.once('close', () => told(''))
  })
  lines.close()
  if (/^(y|yes|да|д)$/i.test(answer.trim())) return
  throw Stop.with(2, 'not-confirmed', 'not confirmed', { help: 'nothing was changed; answer `y`, or give `--yes`' })
}

/** Whoever was held out is in no file. */
const wasIn = (held: Held): boolean => held.arm !== holdout

function tellRest({ all, rejects, others, common }: Forgot, store: Store, { note }: Invocation): void {
  const held = new Map(all.flatMap((one) => one.handoffs.filter(wasIn)).map((h) => [h.id, h]))
  const files = handedFiles(store)
  for (const { id, audience, asOf, profile } of held.values()) {
    const names = files.flatMap((f) => (f.id === id && f.file !== null ? [f.file] : [])).join(', ')
    note(`hand-off ${id} held them: ${audience} as of ${formatDay(asOf)} for ${profile}${names === '' ? '' : `, ${names}`}`)
  }
  if (rejects.rows > 0) note(`rejects/: ${plural(rejects.rows, 'row')} of ${plural(rejects.files, 'file')}`)
  if (rejects.unread.length > 0) note(`rejects/: not as segkit wrote it, look for yourself: ${rejects.unread.join(', ')}`)
  if (others.length > 0)
    note(
      `another customer has the same e-mail or phone and stays, but later rows with it are passed over: ${others.slice(0, 5).join(', ')}${others.length > 5 ? ` and ${others.length - 5} more` : ''}; forget them too if they are the same person`,
    )
  if (common > 0)
    note(
      `${plural(common, 'e-mail or phone', 'e-mails or phones')} that more than ${MOST_SHARING} others have: no one is known again by it`,
    )
}

async function tell({ all, rejects }: Forgot, dryRun: boolean, { globals, io }: Invocation): Promise<Outcome> {
  const columns = ['customer', 'orders', 'activities', 'segments', 'exports'].map((name) => ({ name }))
  const rows = all.map(({ key, erased, handoffs }): Row => {
    const { orders, activities, segments } = erased ?? { orders: 0, activities: 0, segments: 0 }
    const exports = [...new Set(handoffs.filter(wasIn).map((h) => String(h.id)))]
    return [key, orders, activities, segments, exports]
  })
  await writeRows({ thing: 'forget', columns, rows }, globals, io)
  const gone = all.filter((one) => one.erased !== undefined)
  const before = all.length - gone.length
  const orders = gone.reduce((sum, one) => sum + one.erased!.orders, 0)
  const said = [
    ...(gone.length > 0 ? [`${plural(gone.length, 'customer')} ${dryRun ? 'would be forgotten' : 'forgotten'}`] : []),
    ...(before > 0 ? [`${grouped(before)} forgotten before`] : []),
    ...(orders > 0 ? [`${plural(orders, 'order')} ${dryRun ? 'would be' : 'now'} a guest's`] : []),
    ...(rejects.rows > 0 ? [`${plural(rejects.rows, 'rejected row')} ${dryRun ? 'would be' : ''} wiped`.replace('  ', ' ')] : []),
  ].join(', ')
  return {
    verdict: `segkit forget: ${said}${dryRun ? '; a dry run, nothing was changed' : '\nyours to erase: backups, files that went in, files handed off'}`,
  }
}
