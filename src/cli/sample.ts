/** `sample`: a share of a list, drawn by chance and the same each time. */
import { Stop } from '../base/problem.js'
import { type Share, sample } from '../handoff/sets.js'
import { BUCKETS, bucketFrom } from '../language/conditions/among.js'
import { defineCommand, type Invocation, misuse } from './command.js'
import { answerFromLists, listExits, listNotes, listOptions } from './lists.js'

export const command = defineCommand({
  name: 'sample',
  summary: 'a share of a list by chance, the same each time',
  group: 'hand-off',
  args: [{ name: 'FILE', description: 'a list of customers, a CSV, or - for stdin', required: true }],
  options: [
    { flags: '--salt <text>', description: 'which chance: another salt draws other customers' },
    { flags: '--from <percent>', description: 'where the share begins', default: '0' },
    { flags: '--to <percent>', description: 'where it ends, itself excluded', default: '100%' },
    { flags: '--buckets', description: 'the bucket of each customer, 0 to 9999, as a last column' },
    ...listOptions,
  ],
  examples: [
    'segkit sample data/customers.csv --salt pilot --to 10% -o pilot.csv',
    'segkit members croissant-fans | segkit sample - --salt holdout-2026 --from 10%',
    'segkit sample data/customers.csv --salt pilot --buckets',
  ],
  notes: `Customers fall into ${BUCKETS} buckets by salt and key alone, as with the condition \`sample\`: whoever comes or goes, the others stay where they are. Shares of one salt that do not overlap hold different customers, and together they are everyone; shares of different salts are independent. It is so many of a hundred, then, not so many customers.
The bucket is the first 48 bits of SHA-256 of salt, U+001F and key, modulo ${BUCKETS}. Anyone can work it out in a shell:
echo $((0x$(printf 'holdout-2026\\037C-000123'|sha256sum|cut -c1-12)%10000))
prints 2747, the bucket of C-000123 with the salt holdout-2026.
${listNotes}`,
  exits: [...listExits.map(([code, when]) => [code, code === 2 ? `${when}; no salt, a share that holds nobody` : when] as const)],
  run: async (invocation) => {
    const share = readShare(invocation)
    return answerFromLists(invocation, {
      thing: 'sample',
      ...(share.buckets ? { more: [{ name: 'bucket' }] } : {}),
      lines(list) {
        if (!share.buckets || !list.headers.includes('bucket')) return sample(list, share)
        throw misuse(invocation, '--buckets', 'repeated-column', `\`${list.name}\` has a column \`bucket\` already`, {
          help: 'rename that column, or leave out `--buckets`',
        })
      },
    })
  },
})

function readShare(invocation: Invocation): Share {
  const salt = invocation.option('salt')
  if (salt === undefined || salt === '')
    throw Stop.with(2, 'no-salt', '`sample` needs `--salt`: a word of your own that the draw depends on', {
      help: 'for example `--salt pilot`; the same word draws the same customers',
    })
  const [from, to] = [readEdge('from', invocation), readEdge('to', invocation)]
  if (from >= to)
    throw misuse(invocation, invocation.option('to') ?? '', 'empty-sample', '`--from` must lie below `--to`', {
      help: 'for example `--from 0 --to 10%`',
    })
  return { salt, from, to, buckets: invocation.flag('buckets') }
}

function readEdge(name: 'from' | 'to', invocation: Invocation): number {
  const word = invocation.option(name) as string
  const bucket = bucketFrom(word)
  if (bucket !== undefined) return bucket
  const help = bucketFrom(`${word}%`) === undefined ? 'write `0` or a percentage up to `100%`' : `write \`--${name} ${word}%\``
  throw misuse(invocation, word, 'bad-share', `\`--${name}\` cannot be \`${word}\``, { help })
}
