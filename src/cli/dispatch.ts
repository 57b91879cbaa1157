/** From the words of the command line to one command, and from how it ended to an exit code. */
import { suggest } from '../base/text.js'
import { type Command, type Io, misuse } from './command.js'
import { type CommandLine, checkBareOptions, readCommandLine, readInvocation } from './commandline.js'
import { commands, type Listed } from './commands.js'
import { Conversation } from './conversation.js'
import { checkOutput, ReaderLeft, writeStdout } from './output.js'

export async function dispatch(argv: readonly string[], io: Io, table: readonly Listed[] = commands): Promise<number> {
  const line = readCommandLine(argv)
  const { json, quiet, verbose, color } = line
  const conversation = new Conversation(io, { json, quiet, verbose, color, speaker: 'segkit', writes: false })
  try {
    if (line.command === undefined) return await withoutCommand(line, io, table)
    const command = await find(line, line.command, table)
    conversation.as({ speaker: `segkit ${command.name}` })
    if (line.help) return await print((await manual()).commandHelp(command), io)
    conversation.as({ writes: command.writes === true })
    const invocation = readInvocation(line, command, io, (text) => conversation.note(text))
    conversation.as({ quiet: invocation.globals.quiet, verbose: invocation.globals.verbose, color: invocation.globals.color })
    if (command.outputFolder !== true) await checkOutput(invocation)
    return await conversation.close(await command.run(invocation))
  } catch (error) {
    return await conversation.closeWith(error)
  }
}

async function withoutCommand(line: CommandLine, io: Io, table: readonly Listed[]): Promise<number> {
  if (line.help) return print((await manual()).overview(table), io)
  checkBareOptions(line)
  return print((await manual()).startPage(), io)
}

async function find(line: CommandLine, name: string, table: readonly Listed[]): Promise<Command> {
  const listed = table.find((c) => c.name === name)
  if (listed !== undefined) return listed.load()
  const help = suggest(
    name,
    table.map((c) => c.name),
  )
  throw misuse(line, name, 'unknown-command', `no command \`${name}\``, { help: help ?? '`segkit help` lists the commands' })
}

const manual = () => import('./manual.js')

/** Help has no reader to disappoint: one that leaves early has seen enough. */
async function print(text: string, io: Io): Promise<number> {
  try {
    await writeStdout([text], io)
  } catch (error) {
    if (!(error instanceof ReaderLeft)) throw error
  }
  return 0
}
