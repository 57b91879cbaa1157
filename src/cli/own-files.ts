/** Which files are a project's own: what it reads and what it keeps. No answer takes the place of one. */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'

/** What of a project the file at this path is, or would be; undefined where it is nothing of the kind. */
export function ownFile(path: string, database: string | undefined): string | undefined {
  const place = real(path)
  if (basename(place) === 'segkit.yaml') return 'the settings of a project'
  if (isDatabase(place)) return 'a SQLite file'
  const root = rootOf(dirname(place))
  const stores = [database, root === undefined ? undefined : join(root, 'segkit.db')].map((db) => db && real(db))
  const companionOf = /^(.+?)-(?:lock|lock\.json|lock-journal|wal|shm|journal)$/.exec(place)?.[1]
  if (stores.includes(place)) return 'the store of a project'
  if (companionOf !== undefined && (stores.includes(companionOf) || isDatabase(companionOf))) return 'part of a store'
  if (root === undefined) return undefined
  const within = relative(root, place).split(sep)
  if (within[0] === 'segments') return 'among the definitions of a project'
  if (within[0] === 'profiles') return 'among the profiles of a project'
  return namers(root).some((file) => names(file, within.join('/'), place)) ? 'a file that the project reads' : undefined
}

/** The path without symbolic links on the way; one at its end leads on to a folder only: a file takes the link's place. */
function real(path: string): string {
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return realpathSync(path)
    return join(realpathSync(dirname(path)), basename(path))
  } catch {
    return path // a folder of it is not there: writing will tell
  }
}

function rootOf(folder: string): string | undefined {
  for (let dir = folder; ; dir = dirname(dir)) {
    if (existsSync(join(dir, 'segkit.yaml'))) return dir
    if (dirname(dir) === dir) return undefined
  }
}

/** The files of a project that may name others, such as lists. */
function namers(root: string): readonly string[] {
  const segments = join(root, 'segments')
  const found = existsSync(segments) ? readdirSync(segments, { recursive: true, encoding: 'utf8' }) : []
  return [join(root, 'segkit.yaml'), ...found.filter((f) => /\.ya?ml$/.test(f)).map((f) => join(segments, f))]
}

/** Whether the text has the path as a word of its own: also a file that cannot be read as definitions names its lists. */
function names(file: string, ...paths: readonly string[]): boolean {
  const text = textOf(file).replace(/(^|\s)#.*$/gm, '')
  return paths.some((path) => new RegExp(`(?:^|[\\s'"[{,:]|(?<!\\.)\\./)${escaped(path)}(?=$|[\\s'"\\]},])`, 'm').test(text))
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return '' // whoever reads it will tell
  }
}

const sqliteHead = 'SQLite format 3\u0000'
function isDatabase(path: string): boolean {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const head = Buffer.alloc(sqliteHead.length)
      return fstatSync(fd).isFile() && readSync(fd, head) === head.length && head.toString('latin1') === sqliteHead
    } finally {
      closeSync(fd)
    }
  } catch {
    return false // not there, or not to be read: writing will tell
  }
}
