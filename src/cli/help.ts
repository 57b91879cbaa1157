/** `segkit help`: all commands, one command, or a topic. */
import { suggest } from '../base/text.js'
import { defineCommand, misuse } from './command.js'
import { commands } from './commands.js'
import { commandHelp, overview } from './manual.js'
import { writeText } from './output.js'
import { kindPage, kindWords, topics } from './topics.js'

export const command = defineCommand({
  name: 'help',
  summary: 'help on a command or a topic',
  group: 'care',
  args: [{ name: 'TOPIC', description: 'a command, a topic, or a word of the language such as `rank`' }],
  options: [],
  examples: ['segkit help', 'segkit help run', 'segkit help rank', 'segkit help exit-codes'],
  exits: [
    [0, 'done'],
    [2, 'no such command or topic'],
  ],
  run: async ({ arg, globals, io }) => {
    await writeText(await pageFor(arg('TOPIC')), globals, io)
    return {}

    async function pageFor(wanted: string | undefined): Promise<string> {
      if (wanted === undefined) return overview(commands)
      const topic = Object.hasOwn(topics, wanted) ? topics[wanted] : undefined
      if (topic !== undefined) return topic.text()
      const listed = commands.find((c) => c.name === wanted)
      if (listed !== undefined) return commandHelp(await listed.load())
      const kind = await kindPage(wanted)
      if (kind !== undefined) return kind
      const names = [...commands.map((c) => c.name), ...Object.keys(topics), ...(await kindWords())]
      const help = suggest(wanted, names) ?? '`segkit help` lists commands and topics'
      throw misuse(globals, wanted, 'unknown-topic', `no command or topic \`${wanted}\``, { help })
    }
  },
})
