/**
 * test/cli/*.md: commands as anyone may paste them, and what they print. In a `console` block a line `$ …` is a command (`> …`
 * goes on with it); what follows is stdout, then stderr behind `! `, then `# exit 65` where the exit code is not 0. Any other
 * block whose info string names a path is that file. The commands of a file run in order, in one empty folder at first.
 * `TRANSCRIPTS=write` writes down what came instead of comparing: read the difference before you keep it. Files have nothing to do
 * with one another, and go side by side.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, test } from 'vitest'
import { type Ended, shell, temporary, writeFiles } from './binary.js'

const folder = fileURLToPath(new URL('cli', import.meta.url))
const writing = process.env['TRANSCRIPTS'] === 'write'

interface Place {
  readonly root: string
  /** Where `cd` has led, from there. */
  cwd: string
}

for (const name of readdirSync(folder).filter((file) => file.endsWith('.md'))) {
  const path = join(folder, name)
  const sections = readFileSync(path, 'utf8').split(/^(?=## )/m)
  describe.concurrent(titleOf(sections[0] ?? name), () => {
    const place = { root: temporary(), cwd: '.' }
    const came = [...sections]
    for (const [i, section] of sections.entries()) {
      if (!section.includes('\n```')) continue
      test.sequential(titleOf(section), async ({ expect }) => {
        const seen = await replay(section, place)
        if (writing) came[i] = seen
        else expect(seen).toBe(section)
      })
    }
    if (writing) afterAll(() => writeFileSync(path, came.join('')))
  })
}

function titleOf(section: string): string {
  return section.split('\n', 1)[0]?.replace(/^#+ /, '') ?? ''
}

/** The section with what its commands print now. */
async function replay(section: string, place: Place): Promise<string> {
  const out: string[] = []
  for (const part of section.split(/^(```\S[\s\S]*?\n```\n)/m)) {
    const [, info = '', body = ''] = /^```(.*)\n([\s\S]*?)```\n$/.exec(part) ?? []
    const [, file] = info.split(' ')
    if (file !== undefined) writeFiles(join(place.root, place.cwd), { [file]: body })
    out.push(info === 'console' ? `\`\`\`console\n${await transcript(body, place)}\`\`\`\n` : part)
  }
  return out.join('')
}

async function transcript(body: string, place: Place): Promise<string> {
  let out = ''
  for (const [written, command] of commandsIn(body)) {
    out += written
    const [, there] = /^cd (\S+)\n$/.exec(command) ?? []
    if (there !== undefined) place.cwd = join(place.cwd, there)
    else out += steady(told(await shell(command, { cwd: join(place.root, place.cwd) })), place.root)
  }
  return out
}

/** Each command as it is written and as the shell takes it. */
const commandsIn = (body: string): readonly (readonly [written: string, command: string])[] =>
  [...body.matchAll(/^\$ .*\n(?:> .*\n)*/gm)].map(([written]) => [written, written.replace(/^[$>] /gm, '')])

const told = ({ code, stdout, stderr }: Ended): string => {
  const ending = stdout === '' || stdout.endsWith('\n') ? '' : '⏎\n'
  const marked = stderr.replace(/^(?=.)/gm, '! ').replace(/^\n/gm, '!\n')
  return `${stdout}${ending}${marked}${code === 0 ? '' : `# exit ${code}\n`}`
}

/** What changes from one day or machine to the next gives way to a name for it. */
function steady(text: string, dir: string): string {
  const days = [-1, 0, 1].map((n) => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10)).join('|')
  return text
    .replaceAll(dir, '<dir>')
    .replace(new RegExp(`(?:${days})T[0-9:.]+(?:Z|[+-]\\d\\d:\\d\\d)`, 'g'), '<now>')
    .replace(new RegExp(`(?:${days})`, 'g'), '<today>')
    .replace(/\b[0-9a-f]{64}\b/g, '<sha256>')
    .replace(/process \d+/g, 'process <pid>')
    .replace(/(segkit\.db, )[\d.]+ [kM]B/g, '$1<size>')
}
