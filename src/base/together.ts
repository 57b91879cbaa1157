/**
 * Files that take their places together: what was there stays at hand until all is well, and is put back where anything fails.
 * Nothing is waited for in between, so that no signal finds them half done.
 */
import { copyFileSync, linkSync, lstatSync, readlinkSync, renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileStop, type Staged } from './file.js'
import { newTemporary, removeTemporary, settleTemporary } from './temporary.js'

export interface Places {
  /** In the order in which they are brought to light. */
  readonly staged: readonly Staged[]
  /** Files that are removed before. */
  readonly gone?: readonly string[]
  /** The last thing that can fail: with it all of it is undone. */
  readonly last?: (() => void) | undefined
}

export async function placeTogether({ staged, gone = [], last = () => undefined }: Places): Promise<void> {
  const kept = new Kept()
  try {
    for (const path of [...gone, ...staged.flatMap(({ replaces }) => replaces ?? [])]) kept.keep(path)
    for (const path of gone) remove(path)
    for (const one of staged) await one.commit()
    last()
  } catch (error) {
    kept.putBack()
    for (const one of staged) await one.discard()
    throw error
  }
  kept.letGo()
}

/** What was at each path, under a second name; undefined where there was nothing. */
class Kept {
  private readonly files = new Map<string, string | undefined>()

  keep(path: string): void {
    if (this.files.has(path)) return
    const seen = lstatSync(path, { throwIfNoEntry: false })
    if (seen !== undefined && !seen.isFile() && !seen.isSymbolicLink()) return
    this.files.set(path, seen === undefined ? undefined : aside(path, seen.isSymbolicLink()))
  }

  /** As well as can be: a file that cannot be put back hinders no other. */
  putBack(): void {
    for (const [path, kept] of [...this.files].reverse()) {
      try {
        if (kept === undefined) rmSync(path, { force: true })
        else renameSync(kept, path)
      } catch {
        // whatever hindered the file itself may hinder this
      }
    }
    this.letGo()
  }

  letGo(): void {
    for (const kept of this.files.values()) if (kept !== undefined) removeTemporary(kept)
    this.files.clear()
  }
}

/** A second name costs nothing and leaves the first in place; where the disk knows no such thing, or another owns the file, a copy does, or the file itself. */
function aside(path: string, isLink: boolean): string {
  const kept = newTemporary(dirname(path))
  const ways = isLink
    ? [() => symlinkSync(readlinkSync(path), kept)]
    : [() => linkSync(path, kept), () => copyFileSync(path, kept)]
  for (const way of ways) {
    try {
      way()
      return kept
    } catch {
      // the next may do
    }
  }
  try {
    renameSync(path, kept)
    return kept
  } catch (error) {
    settleTemporary(kept)
    throw fileStop(path, 'create', error)
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw fileStop(path, 'create', error)
  }
}
