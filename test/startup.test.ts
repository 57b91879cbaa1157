/** What a command does before it answers: it loads only what it uses, and parses nothing that the build has parsed. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parseDocument } from 'yaml'
import { filesUnder } from '../src/base/folder.js'
import { plantedTree } from '../src/language/planted.js'
import { projectWith, temporary, writeFiles } from './binary.js'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The packages of which the program loads a file while it runs these words. */
function packagesOf(words: readonly string[], cwd: string): ReadonlySet<string> {
  const watching = temporary()
  writeFiles(watching, {
    'modules.mjs': `import { writeSync } from 'node:fs'
      export const load = (url, context, next) => (writeSync(2, 'loads ' + url + '\\n'), next(url, context))`,
    'watch.mjs': `import { writeSync } from 'node:fs'
      import Module, { register } from 'node:module'
      register('./modules.mjs', import.meta.url)
      const load = Module._extensions['.js']
      Module._extensions['.js'] = (of, file) => (writeSync(2, 'loads ' + file + '\\n'), load(of, file))`,
  })
  const watched = ['--import', join(watching, 'watch.mjs'), join(root, 'bin/segkit.js'), ...words]
  const { status, stderr } = spawnSync(process.execPath, watched, { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  const loads = stderr.split('\n').filter((line) => line.startsWith('loads '))
  return new Set(loads.flatMap((line) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(line)?.[1] ?? []))
}

test('a small command loads the command line, YAML and SQLite, and no library that it has no use for', () => {
  const project = projectWith({
    'segkit.yaml': 'version: 1\ntimezone: Europe/Minsk\ncountry: BY\ncurrency: BYN\n',
    'segments/own.yaml': 'segments:\n  all: { all: customers }\n',
    'customers.csv': 'customer,phone\nana,80291234567\n',
  })
  execFileSync(process.execPath, [join(root, 'bin/segkit.js'), 'ingest', 'customers', 'customers.csv', '-q'], { cwd: project })
  const needed = ['better-sqlite3', 'bindings', 'commander', 'file-uri-to-path', 'yaml']
  for (const words of [['list'], ['run']]) expect([...packagesOf(words, project)].sort(), words.join(' ')).toEqual(needed)
  expect([...packagesOf(['list', '-f', 'table'], project)]).toContain('cli-table3')
})

const shipped = ['segments', 'src/handoff/profiles'].flatMap((folder) =>
  filesUnder(join(root, folder), /\.yaml$/).map((file) => join(root, folder, file)),
)

test('every YAML file that ships was parsed by the build, and its tree is the one that its text has', () => {
  expect(shipped.length).toBeGreaterThan(30)
  for (const file of shipped) {
    const text = readFileSync(file, 'utf8')
    expect(plainOf(plantedTree(text)), file).toEqual(plainOf(parseDocument(text).contents))
  }
})

test('a text that has changed since the build has no tree', () => {
  const text = readFileSync(shipped[0] as string, 'utf8')
  expect(plantedTree(`${text}\n`)).toBeUndefined()
})

/** What definitions are read from: kinds of nodes, places, values as written. */
function plainOf(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(plainOf)
  if (typeof node !== 'object' || node === null) return node
  const { range, type, source, value, key, items, anchor } = node as Record<string, unknown>
  const place = Array.isArray(range) ? range.slice(0, 2) : range
  if (items !== undefined) return { kind: node.constructor.name, place, anchor, items: plainOf(items) }
  if (key !== undefined) return { key: plainOf(key), value: plainOf(value) }
  return { kind: node.constructor.name, place, anchor, type, source, value }
}

test('files of a folder: sorted, hidden ones left out, links followed, none in a circle', () => {
  const folder = temporary()
  writeFiles(folder, { 'b.yaml': '', 'a/c.yml': '', 'a/d.txt': '', '.e.yaml': '', '.f/g.yaml': '', 'h/i.yaml': '' })
  const other = temporary()
  writeFiles(other, { 'j.yaml': '' })
  mkdirSync(join(folder, 'k.yaml'))
  symlinkSync(other, join(folder, 'a', 'linked'))
  symlinkSync(folder, join(folder, 'h', 'round'))
  symlinkSync(join(folder, 'nowhere'), join(folder, 'broken.yaml'))
  expect(filesUnder(folder, /\.ya?ml$/)).toEqual(['a/c.yml', 'a/linked/j.yaml', 'b.yaml', 'h/i.yaml'])
  expect(filesUnder(join(folder, 'none'), /./)).toEqual([])
})
