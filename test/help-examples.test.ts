/** What stands in a command's help can be typed in the sample project, as it stands there. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { commands } from '../src/cli/commands.js'
import { segkit, shell, temporary } from './binary.js'
import { copyOf } from './faults/shop.js'

/** What the examples take as given besides the sample. */
const given = {
  'keep.csv': 'customer\n000142\n',
  'newsletter.csv': 'email\nmariya.soloveva1@example.com\n',
}
let bakery: string

beforeAll(async () => {
  const dir = temporary()
  expect((await segkit(['init', 'shop', '--demo'], { cwd: dir })).code).toBe(0)
  bakery = join(dir, 'shop')
  for (const [name, text] of Object.entries(given)) writeFileSync(join(bakery, name), text)
  const before = 'segkit members croissant-fans -o fans.csv -q && segkit export win-back tag:mailing --as-of 2026-03-31 -q'
  expect(await shell(before, { cwd: bakery })).toMatchObject({ code: 0, stderr: '' })
}, 300_000)

test.each(commands.map((c) => c.name))(
  '%s',
  async (name) => {
    const { examples } = await commands.find((c) => c.name === name)!.load()
    expect(examples.length).toBeGreaterThan(0)
    const cwd = copyOf(bakery)
    // A pipe is sound where every command of it is.
    const script = examples.map((line) => `( ${line} ) >/dev/null || { echo "exit $?: ${line.replace(/["$`\\]/g, '')}"; }`)
    const { stdout, stderr } = await shell(`set -o pipefail\n${script.join('\n')}`, { cwd })
    expect(stdout, stderr).toBe('')
  },
  120_000,
)
