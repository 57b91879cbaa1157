/** Set algebra on lists of customers: the first list passes row by row, of the others only the keys are held. Each customer once. */
import { Keys } from '../base/keys.js'
import type { Rows } from '../base/rows.js'
import { columnOf, type ListFile } from '../ingest/list-file.js'
import { bucketOf } from '../language/conditions/among.js'

/** Cells under the first list's headers; null where there is nothing. */
export type Line = readonly (string | number | null)[]
/** Lists opened one after another, each when the one before it has been read. */
export type Lists = AsyncIterable<ListFile>

/** The first list's rows, then those of the others whose customers have not come yet, under the first one's headers. */
export async function* union(first: ListFile, others: Lists): AsyncGenerator<Line> {
  const seen = new Keys()
  yield* kept(first, allOf(first), (key) => seen.add(key))
  for await (const other of others) yield* kept(other, columnsFor(first, other), (key) => seen.add(key))
}

/** The first list's rows whose customers are in all others. The others have been read when it comes back. */
export async function intersect(first: ListFile, others: Lists): Promise<AsyncGenerator<Line>> {
  const held = new Keys()
  let lists = 0
  for await (const other of others) {
    lists++
    // The number beside a key tells up to which list it was in all of them.
    await eachKey(other, lists === 1 ? (key) => held.add(key) : (key) => held.advance(key, lists - 1, lists))
  }
  return kept(first, allOf(first), (key) => held.advance(key, lists, 0))
}

/** The first list's rows whose customers are in none of the others. The others have been read when it comes back. */
export async function minus(first: ListFile, others: Lists): Promise<AsyncGenerator<Line>> {
  const gone = new Keys()
  for await (const other of others) await eachKey(other, (key) => gone.add(key))
  return kept(first, allOf(first), (key) => gone.add(key))
}

export interface Share {
  readonly salt: string
  /** Buckets from the first one up to, and without, the other. */
  readonly from: number
  readonly to: number
  /** With each customer's bucket as a last column. */
  readonly buckets: boolean
}

/** The rows whose customers fall by chance into a share: the same ones for the same salt, whatever else the list holds. */
export async function* sample(list: ListFile, { salt, from, to, buckets }: Share): AsyncGenerator<Line> {
  const seen = new Keys()
  let bucket = 0
  const rows = kept(list, allOf(list), (key) => {
    bucket = bucketOf(salt, key)
    return bucket >= from && bucket < to && seen.add(key)
  })
  if (!buckets) return yield* rows
  for await (const line of rows) yield [...line, bucket]
}

async function* kept(list: ListFile, columns: readonly number[], keep: (key: string) => boolean): AsyncGenerator<Line> {
  for await (const rows of list.blocks()) {
    while (rows.next()) {
      const key = list.key(rows)
      if (key !== undefined && keep(key)) yield cellsOf(rows, columns)
    }
  }
}

export async function eachKey(list: ListFile, act: (key: string) => void): Promise<void> {
  for await (const rows of list.blocks()) {
    while (rows.next()) {
      const key = list.key(rows)
      if (key !== undefined) act(key)
    }
  }
}

const cellsOf = (rows: Rows, columns: readonly number[]): Line =>
  columns.map((at) => (at >= 0 && at < rows.width ? rows.cell(at) || null : null))

const allOf = (list: ListFile): readonly number[] => list.headers.map((_, i) => i)

/** For each of the first list's columns the other's column of that header, -1 without one; keys under the key. */
function columnsFor(first: ListFile, other: ListFile): readonly number[] {
  return first.headers.map((header, i) => (i === first.keyAt ? other.keyAt : columnOf(other.headers, header)))
}

/** The other list's columns that have no place under the first one's headers. */
export function leftOut(first: ListFile, other: ListFile): readonly string[] {
  const taken = new Set(columnsFor(first, other))
  return other.headers.filter((_, i) => !taken.has(i))
}
