/** The files of one hand-off: written side by side under temporary names as rows come, then all there or none, `.done` last. */
import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkReplaceable, type Staged, stageFile } from '../base/file.js'
import { placeTogether } from '../base/together.js'
import type { OutCell } from '../engine/cells.js'
import { compressed } from './compress.js'
import { type Layout, type Piece, Series, type Shape, shapeOf } from './lines.js'
import type { Params } from './params.js'
import type { Profile } from './profile.js'

/** What tells the files of a hand-off apart, beside their number. */
export interface FileKey {
  readonly arm?: string | undefined
  /** Two files where the profile takes people out by one. */
  readonly action?: 'add' | 'remove' | undefined
  /** The value by which the profile parts its files. */
  readonly part?: string | undefined
}

export interface DeliveredFile extends FileKey {
  /** Its name in the folder. */
  readonly file: string
  readonly rows: number
  readonly bytes: number
  readonly sha256: string
}

export interface DeliveryPlan {
  readonly profile: Profile
  readonly params: Params
  readonly folder: string
  /** `AUDIENCE_D`; what tells the files apart comes behind it. */
  readonly base: string
}

/** `AUDIENCE_D.ARM.add.PART.2.csv`; the first of a series has no number. */
export function fileName(base: string, { arm, action, part }: FileKey, number: number, shape: Pick<Shape, 'ending'>): string {
  return [
    base,
    ...(arm === undefined ? [] : [safe(arm)]),
    ...(action === undefined ? [] : [action]),
    ...(part === undefined || part === '' ? [] : [distinct(part)]),
    ...(number === 1 ? [] : [String(number)]),
    shape.ending,
  ].join('.')
}

const safe = (word: string): string => word.replace(/[^\p{L}\p{N}._-]+/gu, '-')

/** Values that would be one name, or look like a number of a series, are told apart by their hash. */
const distinct = (value: string): string =>
  safe(value) === value && !/^\d+$/.test(value) ? value : `${safe(value)}-${hash('sha256', value).slice(0, 8)}`

/** All of a delivery's files. Either `commit` or `discard` ends it. */
export class Delivery {
  private readonly branches = new Map<string, Branch>()
  /** Rows of one file mostly follow each other. */
  private last: Branch | undefined
  constructor(private readonly plan: DeliveryPlan) {}

  /** Makes sure that there is such a file, rows or none. */
  open(key: FileKey, shaper: Layout): void {
    this.branch(key, shaper)
  }

  /** False where the file cannot hold the record; a promise where the disk is to be waited for. */
  add(key: FileKey, shaper: Layout, cells: readonly OutCell[]): boolean | Promise<boolean> {
    const branch = this.branch(key, shaper)
    const taken = branch.series.add(cells)
    if (!branch.series.waiting) return taken
    return branch.write(branch.series.take()).then(() => taken)
  }

  /** Everything written under temporary names. */
  async finish(): Promise<readonly DeliveredFile[]> {
    const files: DeliveredFile[] = []
    for (const branch of this.branches.values()) files.push(...(await branch.finish()))
    return files
  }

  /** Characters that the encoding lacks, written as `?`. */
  get lost(): number {
    return [...this.branches.values()].reduce((n, b) => n + b.series.lost, 0)
  }

  /** Brings the files to light, then the manifest, then an empty `.done`; where any cannot take its place, or `last` fails, all is as it was. */
  async commit(manifest: unknown, last?: () => void): Promise<void> {
    const { folder, base } = this.plan
    const now = new Set([...this.branches.values()].flatMap((branch) => branch.names))
    const gone = filesOf(this.plan).filter((name) => !now.has(name))
    const [told, done] = [`${base}.json`, `${base}.done`].map((name) => join(folder, name)) as [string, string]
    for (const path of [...[...now, ...gone].map((name) => join(folder, name)), told, done]) await checkReplaceable(path)
    const branches = [...this.branches.values()].flatMap((branch) => branch.files)
    const about: Staged[] = []
    try {
      about.push(await stageFile(told, [`${JSON.stringify(manifest, undefined, 2)}\n`]), await stageFile(done, []))
      await placeTogether({
        staged: [...branches, ...about],
        gone: [done, ...gone.map((name) => join(folder, name))],
        last,
      })
    } catch (error) {
      for (const staged of about) await staged.discard()
      throw error
    }
  }

  async discard(): Promise<void> {
    for (const branch of this.branches.values()) await branch.discard()
  }

  private branch(key: FileKey, shaper: Layout): Branch {
    const last = this.last
    if (last !== undefined && last.key.arm === key.arm && last.key.action === key.action && last.key.part === key.part)
      return last
    const word = [key.arm ?? '', key.action ?? '', key.part ?? ''].join('\u0000')
    const branch = this.branches.get(word) ?? new Branch(this.plan, key, shaper)
    this.branches.set(word, branch)
    this.last = branch
    return branch
  }
}

/** `AUDIENCE_D`, or `AUDIENCE_D_PROFILE` where the folder holds what was handed off in another profile under that name. */
export function baseIn(folder: string, base: string, profile: string): string {
  const there = manifestIn(folder, base)
  return there === undefined || there.profile === profile ? base : `${base}_${profile}`
}

/** The files that a manifest names, as an earlier delivery in the same profile left it: those of them that are no more must go. */
function filesOf({ folder, base, profile }: DeliveryPlan): readonly string[] {
  const there = manifestIn(folder, base)
  if (there === undefined || there.profile !== profile.name) return []
  return there.files
    .map(({ file }) => file)
    .filter((file) => file.startsWith(`${base}.`) && !/[/\\]/.test(file.slice(base.length)))
}

interface Told {
  readonly profile: string
  readonly files: readonly { readonly file: string }[]
}

/** Undefined where there is none, or none of ours. */
function manifestIn(folder: string, base: string): Told | undefined {
  try {
    const told = JSON.parse(readFileSync(join(folder, `${base}.json`), 'utf8')) as Partial<Told> | null
    const sound =
      typeof told?.profile === 'string' &&
      Array.isArray(told.files) &&
      told.files.every((f: unknown) => typeof (f as { readonly file?: unknown } | null)?.file === 'string')
    return sound ? (told as Told) : undefined
  } catch {
    return undefined
  }
}

/** One series of files of a delivery. */
class Branch {
  readonly series: Series
  private readonly shape: Shape
  private readonly staged: { readonly file: DeliveredFile; readonly staged: Staged }[] = []
  private current: { readonly feed: Feed; readonly staged: Promise<Staged>; readonly file: string } | undefined

  constructor(
    private readonly plan: DeliveryPlan,
    readonly key: FileKey,
    shaper: Layout,
  ) {
    this.series = new Series(plan.profile, plan.params, shaper)
    this.shape = shapeOf(plan.profile, plan.params)
  }

  async write(pieces: readonly Piece[]): Promise<void> {
    for (const piece of pieces) {
      const current = this.current ?? this.begin(piece.file)
      await Promise.race([current.feed.put(piece.bytes), current.staged])
      if (!piece.end) continue
      current.feed.end()
      const staged = await current.staged
      this.staged.push({
        file: { ...this.key, file: current.file, rows: piece.rows, bytes: staged.bytes, sha256: staged.sha256 },
        staged,
      })
      this.current = undefined
    }
  }

  async finish(): Promise<readonly DeliveredFile[]> {
    await this.write(this.series.end())
    return this.staged.map((s) => s.file)
  }

  get names(): readonly string[] {
    return this.staged.map((s) => s.file.file)
  }

  get files(): readonly Staged[] {
    return this.staged.map((s) => s.staged)
  }

  async discard(): Promise<void> {
    for (const { staged } of this.staged) await staged.discard()
    if (this.current === undefined) return
    this.current.feed.fail(new Error('given up'))
    await this.current.staged.catch(() => undefined)
  }

  private begin(number: number) {
    const { folder, base } = this.plan
    const file = fileName(base, this.key, number, this.shape)
    const inner = fileName(base, this.key, number, { ending: this.shape.inner })
    const feed = new Feed()
    const staged = stageFile(join(folder, file), compressed(this.shape.compress, inner, feed))
    staged.catch(() => undefined)
    this.current = { feed, staged, file }
    return this.current
  }
}

/** Bytes that one side puts in and the other takes out, one piece at a time. */
class Feed implements AsyncIterable<Uint8Array> {
  private piece: Uint8Array | undefined
  private ended = false
  private failed: unknown
  private wake: (() => void) | undefined
  private taken: (() => void) | undefined

  /** Resolves when the piece has been taken. */
  put(piece: Uint8Array): Promise<void> {
    this.piece = piece
    this.wake?.()
    return new Promise((done) => {
      this.taken = done
    })
  }
  end(): void {
    this.ended = true
    this.wake?.()
  }
  fail(error: unknown): void {
    this.failed = error
    this.end()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (this.piece !== undefined) {
        const piece = this.piece
        this.piece = undefined
        this.taken?.()
        yield piece
      } else if (this.ended) {
        if (this.failed !== undefined) throw this.failed
        return
      } else
        await new Promise<void>((done) => {
          this.wake = done
        })
    }
  }
}
