/** Tests have thousands of files synced to the disk: where a file system in memory has room, their folders are there and none waits. */
import { chmodSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'

const inMemory = '/dev/shm'
const ROOM = 4 * 2 ** 30

/** @returns what takes the folder away with all that tests have left in it. */
export default function useMemory(): (() => void) | undefined {
  if (!hasRoom()) return undefined
  const folder = mkdtempSync(join(inMemory, 'segkit-tests-'))
  // As a folder for everybody's temporary files is: tests play other users, too.
  chmodSync(folder, 0o1777)
  process.env['TMPDIR'] = folder
  return () => rmSync(folder, { recursive: true, force: true })
}

function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(inMemory)
    return bavail * bsize > ROOM
  } catch {
    return false
  }
}
