/** Files that are there whole or not at all: written under a temporary name, synced, renamed. Readable by their owner only. */
import { createHash } from 'node:crypto'
import { closeSync, constants, fsyncSync, openSync, renameSync } from 'node:fs'
import { access, type FileHandle, lstat, open, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Stop } from './problem.js'
import { newTemporary, removeTemporary, settleTemporary } from './temporary.js'

export type Chunks = Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>

export interface Written {
  readonly bytes: number
  readonly sha256: string
}

/** A file that waits under its temporary name; exactly one of `commit` and `discard` ends it. */
export interface Staged extends Written {
  /** The place that it takes; undefined where it was written directly. */
  readonly replaces: string | undefined
  /** At once: what follows it is done before any signal is heard. */
  commit(): Promise<void>
  discard(): Promise<void>
}

/**
 * Writes the file whole or leaves what was there. A symbolic link gives way to the file; what is no regular file
 * (`/dev/null`, a named pipe) is written directly. Stops with 73 where nothing can be created, with 74 where writing fails;
 * whatever the chunks throw passes through.
 */
export async function writeWhole(path: string, chunks: Chunks): Promise<Written> {
  const staged = await stageFile(path, chunks)
  await staged.commit()
  return { bytes: staged.bytes, sha256: staged.sha256 }
}

/** As `writeWhole`, up to the rename: for several files that must appear together. */
export async function stageFile(path: string, chunks: Chunks): Promise<Staged> {
  const target = resolve(path)
  if (await isDirect(target)) return writeDirectly(path, chunks)
  await checkFolder(path)
  const folder = dirname(target)
  const begun = await beginning(chunks)
  const temporary = newTemporary(folder)
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL
  const discard = async () => removeTemporary(temporary)
  const file = await attempt(path, 'create', () => open(temporary, flags, 0o600)).catch((error) => {
    settleTemporary(temporary)
    throw error
  })
  try {
    const written = await fill(path, file, begun)
    await attempt(path, 'write', () => file.sync())
    await attempt(path, 'write', () => file.close())
    const commit = async () => {
      try {
        await attempt(path, 'create', async () => renameSync(temporary, target))
        settleTemporary(temporary)
      } catch (error) {
        await discard()
        throw error
      }
      await attempt(path, 'write', async () => syncFolder(folder))
    }
    return { ...written, replaces: target, commit, discard }
  } catch (error) {
    await file.close().catch(() => undefined)
    await discard()
    throw error
  }
}

/** Stops with 73 where a file cannot take the place of what is there: for several of which the first would else be in place. */
export async function checkReplaceable(path: string): Promise<void> {
  const seen = await lstat(path).catch(() => undefined)
  if (seen?.isDirectory()) throw fileStop(path, 'create', Object.assign(new Error(), { code: 'EISDIR' }))
}

/** Stops with 73 where no file can be made beside this path. */
export async function checkFolder(path: string): Promise<void> {
  if (!(await isDirect(resolve(path)))) await attempt(path, 'create', () => access(dirname(resolve(path)), constants.W_OK))
}

/** The chunks, the first of them at hand: what they are made from may take long, and until then there is no file. */
async function beginning(chunks: Chunks): Promise<Chunks> {
  const all = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]()
  const first = await all.next()
  async function* whole(): AsyncGenerator<string | Uint8Array> {
    try {
      for (let next = first; next.done !== true; next = await all.next()) yield next.value
    } finally {
      await all.return?.()
    }
  }
  return whole()
}

/** Devices and pipes cannot be replaced, and `/dev/stdout` must not be, though it may lead to a regular file. */
async function isDirect(target: string): Promise<boolean> {
  if (/^\/(dev|proc)\//.test(target)) return !target.startsWith('/dev/shm/')
  const seen = await lstat(target).catch(() => undefined)
  if (seen === undefined || seen.isFile() || seen.isDirectory()) return false
  if (!seen.isSymbolicLink()) return true
  const behind = await stat(target).catch(() => undefined)
  return behind !== undefined && !behind.isFile() && !behind.isDirectory()
}

async function writeDirectly(path: string, chunks: Chunks): Promise<Staged> {
  const file = await attempt(path, 'create', () => open(path, constants.O_WRONLY))
  try {
    const written = await fill(path, file, chunks)
    const nothing = async () => undefined
    return { ...written, replaces: undefined, commit: nothing, discard: nothing }
  } finally {
    await file.close().catch(() => undefined)
  }
}

async function fill(path: string, file: FileHandle, chunks: Chunks): Promise<Written> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of chunks) {
    const data = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    if (data.length === 0) continue
    hash.update(data)
    await attempt(path, 'write', () => writeFully(file, data))
    bytes += data.length
  }
  return { bytes, sha256: hash.digest('hex') }
}

/** A disk about to fill up takes a part of what it is given; the rest must be offered again to learn that it is full. */
async function writeFully(file: FileHandle, data: Uint8Array): Promise<void> {
  for (let at = 0; at < data.length; ) at += (await file.write(data, at, data.length - at)).bytesWritten
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, constants.O_RDONLY)
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

async function attempt<T>(path: string, what: 'create' | 'write', act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw fileStop(path, what, error)
  }
}

const REASONS: Readonly<Record<string, readonly [reason: string, help: string]>> = {
  ENOENT: ['its folder does not exist', 'make the folder first, or name another file'],
  ENOTDIR: ['a part of its path is no folder', 'name a file in a folder that exists'],
  EEXIST: ['a file has that name', 'name another place, or move the file away'],
  EISDIR: ['a folder has that name', 'name a file inside the folder'],
  EACCES: ['no permission to write in its folder', 'choose a folder you may write, or change its permissions'],
  EPERM: ['no permission to write in its folder', 'choose a folder you may write, or change its permissions'],
  EROFS: ['its folder is read-only', 'choose a folder you may write'],
  ENAMETOOLONG: ['its name is too long', 'choose a shorter name'],
  ENOSPC: ['the disk is full', 'make room or write elsewhere'],
  EDQUOT: ['the disk quota is used up', 'make room or write elsewhere'],
  EFBIG: ['the file grew past the size limit', 'raise the limit (`ulimit -f`) or write elsewhere'],
  EIO: ['the disk reported an error', 'check the disk or write elsewhere'],
  EPIPE: ['the reader left', 'let the reader take all of it, or write to a file'],
}

const DISK_TROUBLE = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EFBIG'])

/** 73 where nothing could be created, 74 where writing failed; anything that is no system error is returned as it is. */
export function fileStop(path: string, what: 'create' | 'write', error: unknown): unknown {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) return error
  const [reason, help] = REASONS[code] ?? [code, undefined]
  const more = help === undefined ? {} : { help }
  const shown = path === '-' ? 'standard output' : `\`${path}\``
  return what === 'create' && !DISK_TROUBLE.has(code)
    ? Stop.with(73, 'cannot-create', `cannot create ${shown}: ${reason}`, more)
    : Stop.with(74, 'write-failed', `cannot write ${shown}: ${reason}`, more)
}
