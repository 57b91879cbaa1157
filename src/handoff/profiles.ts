/** Which profiles there are: those that ship with segkit, and the project's own, which take the place of one with their name. */
import { readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { filesUnder } from '../base/folder.js'
import { type Problem, Problems } from '../base/problem.js'
import { type Profile, readProfile } from './profile.js'

/** A file that holds a profile, sound or not. */
export interface ProfileFile {
  readonly name: string
  /** As it is shown: `segkit:profiles/csv.yaml`, `profiles/own.yaml`. */
  readonly shown: string
  readonly path: string
  readonly origin: 'segkit' | 'project'
}
export interface FoundProfile {
  readonly file: ProfileFile
  /** Undefined where the file has mistakes, which are among the problems. */
  readonly profile: Profile | undefined
  readonly problems: readonly Problem[]
}

const shippedFolder = fileURLToPath(new URL('../../src/handoff/profiles', import.meta.url))

/**
 * By name; without a project those that ship. `pastEmpty`: an own file of no bytes hides none, since a shell makes one before
 * `profiles show NAME --yaml > profiles/NAME.yaml` begins.
 */
export function profileFiles(root: string | undefined, { pastEmpty = false } = {}): readonly ProfileFile[] {
  const files = new Map(yamlIn(shippedFolder, 'segkit').map((f) => [f.name, f]))
  for (const own of root === undefined ? [] : ownProfileFiles(root))
    if (!pastEmpty || !files.has(own.name) || statSync(own.path).size > 0) files.set(own.name, own)
  return [...files.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Those of the project, two with one name among them. */
export const ownProfileFiles = (root: string): readonly ProfileFile[] => yamlIn(join(root, 'profiles'), 'project')

const yamlIn = (folder: string, origin: ProfileFile['origin']): readonly ProfileFile[] =>
  filesUnder(folder, /\.ya?ml$/)
    .filter((file) => !file.includes('/'))
    .map((file) => ({
      name: basename(file).replace(/\.ya?ml$/, ''),
      shown: origin === 'segkit' ? `segkit:profiles/${file}` : `profiles/${file}`,
      path: join(folder, file),
      origin,
    }))

/** The profile that a file holds, or what is wrong with it. */
export function openProfile(file: ProfileFile): FoundProfile {
  const problems = new Problems()
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file.path))
    const profile = readProfile({ name: file.shown, text }, problems)
    return { file, profile, problems: problems.list }
  } catch (error) {
    const why = error instanceof TypeError ? 'it is not UTF-8' : error instanceof Error ? error.message : String(error)
    problems.error('unreadable', `cannot read \`${file.shown}\`: ${why}`, { help: 'save the file as UTF-8, readable for you' })
    return { file, profile: undefined, problems: problems.list }
  }
}
