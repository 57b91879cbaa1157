/** Temporary names of files that are being written: none outlives its process, for the next one here clears up after it. */
import { createHash, randomBytes } from 'node:crypto'
import { lstatSync, readdirSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'

const ours = new Set<string>()
const swept = new Set<string>()
const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 8)
const shape = /^\.segkit-([0-9a-f]{8})-(\d+)-[0-9a-f]{12}\.tmp$/
/** No file takes as long: whose process another machine ran, or a later one shares the number of, is left over by then. */
const longestMs = 24 * 60 * 60 * 1000

/** A name in the folder that nobody has; a signal that ends the process removes the file. */
export function newTemporary(folder: string): string {
  sweep(folder)
  const path = join(folder, `.segkit-${host}-${process.pid}-${randomBytes(6).toString('hex')}.tmp`)
  if (ours.size === 0) for (const signal of signals) process.on(signal, giveUp)
  ours.add(path)
  return path
}

/** The file has its own name now, or is no more. */
export function settleTemporary(path: string): void {
  if (ours.delete(path) && ours.size === 0) for (const signal of signals) process.off(signal, giveUp)
}

export function removeTemporary(path: string): void {
  remove(path)
  settleTemporary(path)
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** As though nobody had listened, less the files. */
function giveUp(signal: NodeJS.Signals): void {
  for (const path of ours) removeTemporary(path)
  process.kill(process.pid, signal)
}

/** Removes what processes that are gone have left in the folder. */
function sweep(folder: string): void {
  if (swept.has(folder)) return
  swept.add(folder)
  try {
    for (const name of readdirSync(folder)) {
      const [, at, pid] = shape.exec(name) ?? []
      if (pid !== undefined && ((at === host && isGone(Number(pid))) || isOld(join(folder, name)))) remove(join(folder, name))
    }
  } catch {
    // a folder that cannot be listed can still be written
  }
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

const isOld = (path: string): boolean => Date.now() - lstatSync(path).mtimeMs > longestMs

function remove(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // whoever made it may
  }
}
