/** By which channels the members of each segment can be reached: consent by the project's rules, and a valid address. */
import { and } from '../../base/sql.js'
import type { Plan, Setting } from '../../engine/compiler.js'
import { agreed, type ChannelName, channelNames, reach, refused } from '../../language/conditions/contact.js'
import { column, note, type Table } from '../blocks.js'
import { isIn, type People, rowsIn } from '../columns.js'
import { masked, share } from '../numbers.js'
import { say } from '../words.js'
import type { World } from '../world.js'
import { section, tooFew } from './section.js'

export const reaching = {
  reach: section<readonly ChannelName[]>({
    question: 'How can they be reached?',
    marks(setting) {
      const channels = ruled(setting)
      return {
        segments: channels.flatMap((c) => [agreed(c), refused(c)]),
        ask: (plan) => Object.fromEntries(channels.flatMap((c) => asked(c, plan))),
      }
    },
    gather: ({ setting }) => ruled(setting),
    answer(subject, world, channels) {
      if (channels.length === 0)
        return [
          note('No rule of consent says who may be contacted. Write one in segkit.yaml, such as {rule}.', {
            rule: '`consent: { email: { attribute: { email_opt_in: true } } }`',
          }),
        ]
      const few = tooFew(subject, world)
      if (few !== undefined) return few
      return [
        reachTable(channels, rowsIn(world.people, subject.number), world),
        note('Reachable means consent and a valid address, and nobody with the same address has refused.'),
      ]
    },
  }),
}

/** Channels that the project has a rule of consent for. */
const ruled = ({ definitions }: Setting): readonly ChannelName[] =>
  channelNames.filter((channel) => definitions.hidden.has(agreed(channel)) && definitions.hidden.has(refused(channel)))

const address = (channel: ChannelName): string => `address ${channel}`
const reachable = (channel: ChannelName): string => `reachable ${channel}`

function asked(channel: ChannelName, plan: Plan) {
  const { consents, there } = reach(channel, plan)
  return [
    [address(channel), there],
    [reachable(channel), and([consents, there])],
  ] as const
}

function reachTable(channels: readonly ChannelName[], rows: Int32Array, { people, marks, minGroup }: World): Table {
  return {
    kind: 'table',
    name: 'channels',
    keys: 'dimension',
    key: say('Channel'),
    columns: [
      column('consent', 'Consent', 'customers'),
      column('refused', 'Refused', 'customers'),
      column('unknown', 'Not known', 'customers'),
      column('address', 'Address there', 'customers'),
      column('reachable', 'Reachable', 'customers'),
      column('reachable_share', 'Reachable share', 'percent', { bar: true }),
    ],
    rows: channels.map((channel) => {
      const of = (mark: string): number => countIn(people, marks.get(mark), rows)
      const [yes, no, way] = [of(agreed(channel)), of(refused(channel)), of(reachable(channel))]
      const shown = masked(way, minGroup)
      return {
        key: channel,
        values: [
          ...[yes, no, rows.length - yes - no, of(address(channel))].map((n) => masked(n, minGroup)),
          shown,
          typeof shown === 'number' ? share(shown, rows.length) : null,
        ],
      }
    }),
  }
}

function countIn(people: People, mark: number | undefined, rows: Int32Array): number {
  if (mark === undefined) throw new Error('a mark that was not asked for')
  let n = 0
  for (const row of rows) if (isIn(people, mark, row)) n++
  return n
}
