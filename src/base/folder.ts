/** The files under a folder: hidden ones are left out, links are followed, what cannot be opened holds none. */
import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Paths from the folder, sorted, of files whose names end so. None where there is no such folder. */
export function filesUnder(folder: string, ending: RegExp): readonly string[] {
  const inside = (at: string, above: readonly string[]): readonly string[] => {
    const real = openedFolder(join(folder, at))
    if (real === undefined || above.includes(real.path)) return []
    return real.entries.flatMap((entry) => {
      if (entry.name.startsWith('.')) return []
      const path = at === '' ? entry.name : `${at}/${entry.name}`
      const kind = entry.isSymbolicLink() ? statSync(join(folder, path), { throwIfNoEntry: false }) : entry
      if (kind?.isDirectory()) return inside(path, [...above, real.path])
      return kind?.isFile() && ending.test(entry.name) ? [path] : []
    })
  }
  return [...inside('', [])].sort()
}

function openedFolder(folder: string): { readonly path: string; readonly entries: readonly Dirent[] } | undefined {
  try {
    const path = realpathSync(folder)
    return { path, entries: readdirSync(path, { withFileTypes: true }) }
  } catch {
    return undefined
  }
}
