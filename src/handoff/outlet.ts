/** Where a hand-off meets profiles: which there are, what each asks for, and rows going through one into files. Nothing else of the hand-off knows how a profile works. */
import { createHash } from 'node:crypto'
import { type Problem, Problems, type Span, Stop } from '../base/problem.js'
import { suggest } from '../base/text.js'
import type { OutCell } from '../engine/cells.js'
import type { ChannelName } from '../language/conditions/contact.js'
import type { Country } from '../language/lists.js'
import { profileNamed } from './asked.js'
import { compressed } from './compress.js'
import { baseIn, type DeliveredFile, Delivery, type FileKey } from './delivery.js'
import { type Layout, Series, shapeOf } from './lines.js'
import { manifestOf, warningsOf } from './manifest.js'
import { type Params, readParams } from './params.js'
import { headerWord, type Profile, valuesOf } from './profile.js'
import { profileFiles } from './profiles.js'
import type { Identity } from './removals.js'
import { type Shaper, shaper, wantedValues } from './shaping.js'

/** A profile with its parameters settled. */
export interface Outlet {
  readonly profile: Profile
  readonly params: Params
  readonly channel: ChannelName | undefined
  /** Attributes and metrics that its columns take, those that the project lacks included. */
  readonly wants: readonly string[]
  /** Whether columns beside its own have a place. */
  readonly takesMore: boolean
  /** How people are taken out: by a file of their own, by a column, not at all. */
  readonly removes: 'file' | 'column' | 'none'
}

/** The profile of that name with its parameters; exit 2 with the nearest name, 78 where it is broken. */
export function openOutlet(
  root: string | undefined,
  name: string,
  given: Readonly<Record<string, string>>,
  spanOf: (word: string) => Span | undefined,
): Outlet {
  const one = profileNamed(root, name)
  const span = spanOf(name)
  if (one === undefined) {
    const help = suggest(
      name,
      profileFiles(root).map((f) => f.name),
      'profiles',
    )
    throw Stop.with(2, 'unknown-profile', `no profile \`${name}\``, {
      ...(span !== undefined && { span }),
      ...(help !== undefined && { help }),
    })
  }
  const { profile } = one
  if (profile === undefined) throw new Stop(78, one.problems)
  const problems = new Problems()
  const params = readParams(profile, given, problems, spanOf)
  if (params === undefined) throw new Stop(2, problems.list)
  return {
    profile,
    params,
    channel: profile.channel === 'none' ? undefined : profile.channel,
    wants: wantedValues(profile, params),
    takesMore: profile.extra !== 'refused',
    removes: profile.remove?.by ?? 'none',
  }
}

/** What a hand-off tells the shaper of its rows. */
export interface Rows {
  readonly audience: string
  readonly asOf: string
  readonly country: Country
  readonly values: readonly string[]
  readonly lists: ReadonlySet<string>
  readonly before: readonly string[]
  readonly extra: readonly string[]
  readonly removing?: boolean
  readonly isTaken?: (address: string) => boolean
}

/** Rows one by one into records of the profile, or the reason why one has no place in it. */
export const shaperOf = ({ profile, params }: Outlet, { audience, asOf, ...rows }: Rows): Shaper =>
  shaper(profile, { params, ...rows, facts: { audience, as_of: asOf, profile: profile.name } })

/** What came of a hand-off, for its manifest and its warnings. */
export interface Came {
  readonly audience: string
  readonly asOf: string
  /** How many fell out under each reason. */
  readonly dropped: Readonly<Record<string, number>>
  readonly columns: Shaper['columns']
  readonly files: readonly DeliveredFile[]
  readonly lost: number
}
export const manifest = ({ profile, params }: Outlet, came: Came) => manifestOf({ profile, params, ...came })
export const warnings = ({ profile }: Outlet, came: Came): readonly Problem[] => warningsOf({ profile, ...came })

/** Tells one version of a profile and its parameters from another. */
export const versionOf = ({ profile, params }: Outlet): string =>
  createHash('sha256')
    .update(profile.source.text)
    .update(JSON.stringify([...params]))
    .digest('hex')
    .slice(0, 16)

/** Cells that tell whom a row is about, of those under these headers: what a removal carries. */
export function identifiers(outlet: Outlet, headers: readonly string[]): readonly number[] {
  const { profile } = outlet
  const named = profile.remove?.columns?.map((c) => c.value) ?? [
    ...(profile.key ?? []).map((k) => k.value),
    ...(profile.requires ?? []).flat().map((r) => r.value),
    ...profile.columns.filter((c) => valuesOf(c).some((v) => v.value === 'customer')).map(headerWord),
  ]
  const own = new Set([...named.map((word) => headerOf(outlet, word)), ...addressesOf(outlet)])
  return headers.flatMap((h, i) => (own.has(h) ? [i] : []))
}

/** What of these headers tells whom a removal is about: the key of the tool, else each way in which it finds a person. */
export function identitiesOf(outlet: Outlet, headers: readonly string[]): readonly Identity[] {
  const { profile } = outlet
  const whole = (words: readonly string[]): Identity => words.map((word) => headerOf(outlet, word))
  const keyed = profile.key?.map((k) => k.value)
  const ways = keyed !== undefined ? [whole(keyed)] : (profile.requires ?? []).map((all) => whole(all.map((r) => r.value)))
  const customer = profile.columns.filter((c) => valuesOf(c).some((v) => v.value === 'customer'))
  const more = [...customer.map((c) => whole([headerWord(c)])), ...addressesOf(outlet).map((header) => [header])]
  const all = keyed !== undefined ? ways : [...ways, ...more]
  const there = all.filter((identity) => identity.every((header) => headers.includes(header)))
  return there.length > 0 ? there : [...new Set(headers)].map((header) => [header])
}

/** Of a profile of no channel the columns of addresses, its own and those that the audience adds. */
function addressesOf(outlet: Outlet): readonly string[] {
  const { profile } = outlet
  if (profile.channel !== 'none') return []
  const own = profile.columns.filter((c) => valuesOf(c).some((v) => addresses.includes(v.value)))
  return [...new Set([...own.map((c) => headerOf(outlet, headerWord(c))), ...addresses])]
}
const addresses: readonly string[] = ['email', 'phone']

/** The header of the column that the profile knows by this word. */
function headerOf({ profile, params }: Pick<Outlet, 'profile' | 'params'>, word: string): string {
  const header = profile.columns.find((c) => headerWord(c) === word)?.header
  return typeof header === 'object' ? (params.get(header.param.value) ?? word) : (header ?? word)
}

/** A record for one who left: what was handed off of him then, under the headers of now, and what the profile writes for such. */
export function leaving({ profile, params }: Outlet, headers: readonly string[], about: Pick<Rows, 'audience' | 'asOf'>) {
  const facts: Readonly<Record<string, string>> = { audience: about.audience, as_of: about.asOf, profile: profile.name }
  const fixed = new Map<string, string>([['change', 'left']])
  for (const column of profile.columns) {
    const { value } = column
    if (value === undefined) continue
    const text =
      typeof value === 'string'
        ? value
        : 'param' in value
          ? (params.get(value.param.value) ?? '')
          : 'fact' in value
            ? (facts[value.fact] ?? '')
            : value.left
    fixed.set(headerOf({ profile, params }, headerWord(column)), text)
  }
  return (gone: {
    readonly arm: string
    readonly headers: readonly string[]
    readonly cells: readonly string[]
  }): readonly string[] => {
    const left = new Map<string, string[]>([['arm', [gone.arm]]])
    for (const [i, h] of gone.headers.entries()) left.set(h, [...(left.get(h) ?? []), gone.cells[i] ?? ''])
    return headers.map((h) => fixed.get(h) ?? left.get(h)?.shift() ?? '')
  }
}

export { baseIn, type DeliveredFile, type FileKey }

/** Where the records of a hand-off go, one by one. */
export interface Sink {
  /** Makes sure that there is such a file, rows or none. */
  open(key: FileKey, shaped: Headed): void
  /** False where the record has no place in the file; a promise where the disk is to be waited for. */
  add(key: FileKey, shaped: Headed, cells: readonly OutCell[]): boolean | Promise<boolean>
}
type Headed = Layout

/** The files in a folder: under temporary names until they are brought to light together. */
export const folderSink = ({ profile, params }: Outlet, folder: string, base: string): Delivery =>
  new Delivery({ profile, params, folder, base })

/** Makes the records as for files and counts what each file would hold; nothing is kept. */
export class Nowhere implements Sink {
  private readonly branches = new Map<string, { readonly key: FileKey; readonly series: Series; readonly rows: number[] }>()
  constructor(private readonly outlet: Outlet) {}
  open(key: FileKey, shaped: Headed): void {
    this.of(key, shaped)
  }
  add(key: FileKey, shaped: Headed, cells: readonly OutCell[]): boolean {
    const { series, rows } = this.of(key, shaped)
    const taken = series.add(cells)
    if (series.waiting) for (const piece of series.take()) rows[piece.file - 1] = piece.rows
    return taken
  }
  finish(): readonly (FileKey & { readonly rows: number })[] {
    return [...this.branches.values()].flatMap(({ key, series, rows }) => {
      for (const piece of series.end()) rows[piece.file - 1] = piece.rows
      return rows.map((n) => ({ ...key, rows: n }))
    })
  }
  /** Characters that the encoding lacks. */
  get lost(): number {
    return [...this.branches.values()].reduce((n, { series }) => n + series.lost, 0)
  }
  private of(key: FileKey, shaped: Headed) {
    const word = JSON.stringify([key.arm, key.action, key.part])
    const { profile, params } = this.outlet
    const known = this.branches.get(word) ?? { key, series: new Series(profile, params, shaped), rows: [] }
    this.branches.set(word, known)
    return known
  }
}

/** One file or stream, never cut into several: `drive` puts the records in, the bytes come out; then `ended` hears of characters that the encoding lacks. */
export async function* oneStream(
  { profile, params }: Outlet,
  name: string,
  drive: (sink: Sink) => AsyncIterable<void>,
  ended: (lost: number) => void = () => undefined,
): AsyncGenerator<Uint8Array> {
  const { rows: _rows, bytes: _bytes, ...file } = profile.file ?? {}
  const whole: Profile = { ...profile, file }
  const { compress, inner } = shapeOf(whole, params)
  async function* bytes(): AsyncGenerator<Uint8Array> {
    let series: Series | undefined
    const of = (shaped: Headed): Series => {
      series ??= new Series(whole, params, shaped)
      return series
    }
    for await (const _ of drive({ open: (_, shaped) => void of(shaped), add: (_, shaped, cells) => of(shaped).add(cells) }))
      for (const piece of series?.take() ?? []) yield piece.bytes
    for (const piece of series?.end() ?? []) yield piece.bytes
    ended(series?.lost ?? 0)
  }
  yield* compressed(compress, `${name}.${inner}`, bytes())
}
