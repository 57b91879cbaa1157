/** The README's blocks are run: what it shows is what the program prints. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { consoleSteps, type Step } from './console.js'

const root = resolve(import.meta.dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const [screen, ...tour] = consoleSteps(readme)
let folder = ''

/** Runs a step in a shell that keeps its working folder in a file, as a terminal would keep it. */
function typed(step: Step): { readonly shown: string; readonly said: string } {
  const script = `segkit() { node '${root}/bin/segkit.js' "$@"; }\ncd "$(cat '${folder}/cwd')"\n${step.command}\nstatus=$?\npwd > '${folder}/cwd'\nexit $status`
  const ran = spawnSync('bash', ['-c', script], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: folder, SEGKIT_FORMAT: 'table', COLUMNS: '100' },
  })
  return { shown: ran.stdout, said: ran.stderr }
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'segkit-readme-'))
  writeFileSync(join(folder, 'cwd'), folder)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the tour of the README', () => {
  it('has steps', () => expect(tour.length).toBeGreaterThan(15))
  for (const step of tour)
    it(`line ${step.line}: ${step.command.split('\n')[0]}`, () => {
      const { shown, said } = typed(step)
      expect({ shown, said: shown === step.shown ? '' : said }).toEqual({ shown: step.shown, said: '' })
    })
  it('ends on the screen that the page begins with', () => {
    expect(typed(screen as Step).shown).toBe((screen as Step).shown)
  })
})

describe('the commands of the README', () => {
  it('are scripts of the package', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
    for (const [, name] of readme.matchAll(/npm (?:run )?(demo|test|bench|check)\b/g))
      expect(Object.keys(scripts)).toContain(name)
  })
  it('the demo does the main job and leaves a target list', () => {
    const out = execFileSync('npm', ['run', '--silent', 'demo'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const command of ['init', 'check', 'run', 'members', 'events', 'export', 'report'])
      expect(out).toContain(`$ segkit ${command}`)
    expect(readFileSync(join(root, 'demo/exports/come-back.csv'), 'utf8').split('\n').length).toBeGreaterThan(50)
  })
})
