/** Imports go down the floors only, type imports included, without circles; what has one door keeps it. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const src = resolve(import.meta.dirname, '../src')
/** From the top down. */
const floors = ['cli', 'report', 'handoff', 'engine', 'language', 'ingest', 'store', 'base']

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.ts'))
const imports = new Map(
  files.map((file) => {
    const text = readFileSync(join(src, file), 'utf8')
    const found = [...text.matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*|\bimport\s+)['"]([^'"]+)['"]/g)].map((m) => m[1] as string)
    return [file, found] as const
  }),
)
const own = (file: string): readonly string[] =>
  (imports.get(file) ?? [])
    .filter((i) => i.startsWith('.'))
    .map((i) => relative(src, resolve(src, dirname(file), i)).replace(/\.js$/, '.ts'))
const floorOf = (file: string): number => floors.indexOf(file.split('/')[0] as string)

describe('the house', () => {
  it('reads every import of every file', () => {
    expect(files.length).toBeGreaterThan(50)
    expect([...imports.values()].flat().length).toBeGreaterThan(200)
  })

  it('has no file outside its floors', () => {
    expect(files.filter((f) => floorOf(f) < 0)).toEqual([])
  })

  it('imports go down, or stay on their floor', () => {
    const wrong = files.flatMap((file) =>
      own(file)
        .filter((to) => floorOf(to) < floorOf(file))
        .map((to) => `${file} → ${to}`),
    )
    expect(wrong).toEqual([])
  })

  it('imports files that are there', () => {
    expect(
      files.flatMap((file) =>
        own(file)
          .filter((to) => !files.includes(to))
          .map((to) => `${file} → ${to}`),
      ),
    ).toEqual([])
  })

  it('has no circle of imports, type imports included', () => {
    const done = new Set<string>()
    const circles: string[] = []
    const visit = (file: string, trail: readonly string[]): void => {
      const at = trail.indexOf(file)
      if (at >= 0) circles.push([...trail.slice(at), file].join(' → '))
      if (at >= 0 || done.has(file)) return
      for (const to of own(file)) visit(to, [...trail, file])
      done.add(file)
    }
    for (const file of files) visit(file, [])
    expect(circles).toEqual([])
  })

  const doors: readonly (readonly [packageName: string, allowed: RegExp])[] = [
    ['better-sqlite3', /^store\//],
    ['commander', /^cli\//],
    ['cli-table3', /^base\/table\.ts$/],
    ['csv-parse', /^(base\/csv|language\/lists)\.ts$/],
    ['yaml', /^(language\/|cli\/inspect\.ts$)/],
    ['re2js', /^language\/operators\.ts$/],
    ['@observablehq/plot', /^report\/html\/plot\.ts$/],
    ['linkedom', /^report\/html\/plot\.ts$/],
  ]
  for (const [name, allowed] of doors)
    it(`${name} is used only where it has its door`, () => {
      const users = files.filter((f) => (imports.get(f) ?? []).some((i) => i === name || i.startsWith(`${name}/`)))
      expect(users.length).toBeGreaterThan(0)
      expect(users.filter((f) => !allowed.test(f))).toEqual([])
    })

  it('what draws pages is loaded by those who ask for a page only', () => {
    const others = files.filter((f) => !f.startsWith('report/html/'))
    const asked = others.filter((f) => own(f).some((to) => to.startsWith('report/html/')))
    expect(asked).toEqual(['report/renderers.ts'])
    expect(readFileSync(join(src, 'report/renderers.ts'), 'utf8')).not.toMatch(/from ['"]\.\/html/)
  })

  it('nothing leaves the machine: no module of the network is imported', () => {
    const network = ['http', 'https', 'net', 'dns', 'tls', 'dgram', 'http2'].flatMap((m) => [m, `node:${m}`])
    expect([...imports.values()].flat().filter((i) => network.includes(i))).toEqual([])
    expect(files.filter((f) => /\bfetch\s*\(/.test(readFileSync(join(src, f), 'utf8')))).toEqual([])
  })
})
