/** Whether and how a stream is coloured. The colour library is loaded only where a colour is wanted. */
import type { render } from '../base/problem.js'
import type { Io } from './command.js'

/** Colours a part of a problem; what `render` takes. */
export type Paint = NonNullable<Parameters<typeof render>[1]>

/** How problems are coloured on that stream: not at all unless it is a terminal and nobody has said no. */
export async function painter(to: 'stdout' | 'stderr', color: boolean, io: Io): Promise<Paint> {
  const refused = !color || (io.env['NO_COLOR'] ?? '') !== '' || io.env['TERM'] === 'dumb'
  if (refused || !io.isTTY[to]) return (_, text) => text
  const { Chalk } = await import('chalk')
  const chalk = new Chalk({ level: 1 })
  const paints = { error: chalk.red, warning: chalk.yellow, mark: chalk.red, help: chalk.cyan, gutter: chalk.blue }
  return (part, text) => paints[part](text)
}
