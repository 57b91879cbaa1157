/** The shapes that are for no channel and take a customer's values as they are: what a bare segment leaves as. */
import { Problems, Stop } from '../base/problem.js'
import type { OutCell } from '../engine/cells.js'
import { Series } from './lines.js'
import { readParams } from './params.js'
import type { Profile } from './profile.js'
import { openProfile, profileFiles } from './profiles.js'
import { shaper } from './shaping.js'

export const profiles = {
  csv: { ending: 'csv' },
  tsv: { ending: 'tsv' },
  ndjson: { ending: 'ndjson' },
  excel: { ending: 'csv' },
  'excel-ru': { ending: 'csv' },
} as const satisfies Readonly<Record<string, { readonly ending: string }>>
export type ProfileName = keyof typeof profiles
export const profileNames = Object.keys(profiles) as readonly ProfileName[]

/** The file's text, some thousand rows at a time. The first column is the customer's key. */
export function* fileText(
  name: ProfileName,
  columns: readonly string[],
  rows: Iterable<readonly OutCell[]>,
  count: { rows: number },
): IterableIterator<string> {
  const profile = shippedProfile(name)
  const params = readParams(profile, {}, new Problems())
  if (params === undefined) throw new Error(`the profile ${name} needs parameters`)
  const shape = shaper(profile, { params, country: undefined, values: columns, extra: columns.slice(1) })
  const series = new Series(profile, params, shape)
  for (const row of rows) {
    const made = shape.take(row)
    if (typeof made === 'string') continue
    for (const { cells } of made) series.add(cells)
    count.rows++
    if (series.waiting) yield* texts(series.take())
  }
  yield* texts(series.end())
}

function* texts(pieces: readonly { readonly bytes: Uint8Array }[]): IterableIterator<string> {
  for (const { bytes } of pieces)
    if (bytes.length > 0) yield Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
}

function shippedProfile(name: string): Profile {
  const file = profileFiles(undefined).find((f) => f.name === name)
  const found = file === undefined ? undefined : openProfile(file)
  if (found?.profile !== undefined) return found.profile
  throw new Stop(70, found?.problems ?? [])
}
