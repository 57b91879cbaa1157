/** Console blocks of Markdown: what was typed and what it printed, so that documentation can be run. */

export interface Step {
  /** The command as a shell reads it, lines joined. */
  readonly command: string
  /** What the page says it prints on standard output. */
  readonly shown: string
  /** Line of the command in the page, from 1. */
  readonly line: number
}

/** The steps of every ```console block, in order: `$ ` begins a command, `> ` goes on with it, the rest is what it prints. */
export function consoleSteps(markdown: string): readonly Step[] {
  const steps: { command: string; shown: string; line: number }[] = []
  let inside = false
  markdown.split('\n').forEach((text, i) => {
    if (text.startsWith('```')) {
      inside = text === '```console'
      return
    }
    if (!inside) return
    const last = steps.at(-1)
    if (text.startsWith('$ ')) steps.push({ command: text.slice(2), shown: '', line: i + 1 })
    else if (text.startsWith('> ') && last !== undefined && last.shown === '') last.command += `\n${text.slice(2)}`
    else if (last !== undefined) last.shown += `${text}\n`
  })
  return steps
}
