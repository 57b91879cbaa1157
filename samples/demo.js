/** The main job on the sample bakery, from CSV to target list and report: every command is shown, then run. */
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const segkit = join(root, 'bin', 'segkit.js')
const shop = join(root, 'demo')

const steps = [
  ['A project filled with the sample bakery: 2,000 customers, 24,616 order lines.', ['init', shop, '--demo', '-q']],
  ['Is everything that is defined sound?', ['check', '-f', 'table']],
  ['Evaluate the segments and events as of the day the sample ends, and record the run.', ['run', '-f', 'table']],
  [
    'Who are the croissant regulars who went quiet? The first ten.',
    ['members', 'croissant-regulars-gone-quiet', '--columns', 'first_name,city,spend_12m', '--limit', '10', '-f', 'table'],
  ],
  [
    'Who bought a croissant on 28 April?',
    ['events', 'bought-croissant', '--on', '2026-04-28', '--columns', 'customer,at,store,product,quantity,amount', '-f', 'table'],
  ],
  [
    'A target list for the campaign tool.',
    [
      'export',
      'croissant-regulars-gone-quiet',
      '--columns',
      'email,first_name',
      '-o',
      join(shop, 'exports', 'come-back.csv'),
      '-f',
      'table',
    ],
  ],
  ['And the report on them.', ['report', 'croissant-regulars-gone-quiet']],
]

rmSync(shop, { recursive: true, force: true })
for (const [title, words] of steps) {
  const at = words[0] === 'init' ? [] : ['-C', shop]
  console.log(`\n# ${title}\n$ segkit ${words.map((w) => (w.startsWith(root) ? relative(root, w) : w)).join(' ')}\n`)
  if (words.includes(join(shop, 'exports', 'come-back.csv'))) execFileSync('mkdir', ['-p', join(shop, 'exports')])
  execFileSync(process.execPath, [segkit, ...at, ...words], { stdio: 'inherit', cwd: root })
}
console.log(`\nThe project is in ${relative(process.cwd(), shop) || '.'}: look around with \`node bin/segkit.js -C demo list\`.`)
