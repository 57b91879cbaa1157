/** What stands beside the files of a hand-off: counts by reason, what became of each column, checksums. */
import type { Problem } from '../base/problem.js'
import { grouped, plural } from '../base/text.js'
import type { DeliveredFile } from './delivery.js'
import type { Params } from './params.js'
import type { Profile } from './profile.js'
import type { ColumnCount } from './shaping.js'

export interface Receipt {
  readonly audience: string
  /** ISO. */
  readonly asOf: string
  readonly profile: Profile
  readonly params: Params
  /** How many fell out under each reason. */
  readonly dropped: Readonly<Record<string, number>>
  readonly columns: readonly ColumnCount[]
  readonly files: readonly DeliveredFile[]
  /** Characters that the encoding lacks. */
  readonly lost: number
}

/** `AUDIENCE_D.json`. */
export const manifestOf = (r: Receipt) => ({
  schema: 'segkit.handoff/1',
  audience: r.audience,
  as_of: r.asOf,
  profile: r.profile.name,
  channel: r.profile.channel,
  sure: r.profile.sure ?? 'own',
  checked: r.profile.checked ?? null,
  params: Object.fromEntries(r.params),
  rows: r.files.reduce((n, f) => n + f.rows, 0),
  dropped: r.dropped,
  not_in_encoding: r.lost,
  columns: r.columns.map(({ header, filled, blanked, formulas }) => ({ header, filled, not_in_shape: blanked, formulas })),
  files: r.files.map(({ file, arm, action, part, rows, bytes, sha256 }) => ({
    file,
    ...(arm !== undefined && { arm }),
    ...(action !== undefined && { action }),
    ...(part !== undefined && part !== '' && { part }),
    rows,
    bytes,
    sha256,
  })),
})

/** What the one who hands off should hear about the files; nothing of it stops them. */
export function warningsOf({
  profile,
  columns,
  files,
  lost,
}: Pick<Receipt, 'profile' | 'columns' | 'files' | 'lost'>): readonly Problem[] {
  const rows = files.filter((f) => f.action !== 'remove').reduce((n, f) => n + f.rows, 0)
  const risky = columns.filter((c) => c.formulas > 0)
  const blanked = columns.filter((c) => c.blanked > 0)
  const say = (of: readonly ColumnCount[], n: (c: ColumnCount) => number): string =>
    of.map((c) => `\`${c.header}\` ${grouped(n(c))}`).join(', ')
  return [
    ...(profile.minimum === undefined || rows >= profile.minimum
      ? []
      : [
          warning('below-minimum', `${plural(rows, 'row')}; the tool uses lists of ${grouped(profile.minimum)} and more`, {
            help: 'it may refuse this one, or not show anything to it',
          }),
        ]),
    ...overLimit(profile, files),
    ...(blanked.length === 0
      ? []
      : [
          warning('not-in-shape', `values that cannot be were left out: ${say(blanked, (c) => c.blanked)}`, {
            help: 'mend them where they come from',
          }),
        ]),
    ...(risky.length === 0 || profile.formulas === 'prefix'
      ? []
      : [
          warning('formulas', `texts that a spreadsheet would run: ${say(risky, (c) => c.formulas)}`, {
            help: 'a tool takes them as they are; for people hand off under the profile `excel`',
          }),
        ]),
    ...(lost === 0
      ? []
      : [
          warning('not-in-encoding', `${plural(lost, 'character')} that the encoding lacks became \`?\``, {
            help: 'choose UTF-8 where the tool takes it',
          }),
        ]),
  ]
}

/** Of one file that was asked for, which is never cut. */
function overLimit({ file }: Profile, files: readonly DeliveredFile[]): readonly Problem[] {
  const over = files.find(
    (f) => f.rows > (file?.rows ?? Number.POSITIVE_INFINITY) || f.bytes > (file?.bytes ?? Number.POSITIVE_INFINITY),
  )
  if (over === undefined) return []
  const most = [
    ...(file?.rows === undefined ? [] : [plural(file.rows, 'row')]),
    ...(file?.bytes === undefined ? [] : [`${grouped(file.bytes)} bytes`]),
  ].join(' and ')
  return [
    warning('over-limit', `${plural(over.rows, 'row')}, ${grouped(over.bytes)} bytes; the tool takes files of at most ${most}`, {
      help: 'name a folder with `-o DIR`, or leave `-o` out: then there are several files',
    }),
  ]
}

const warning = (code: string, message: string, more: Pick<Problem, 'help'>): Problem => ({
  code,
  severity: 'warning',
  message,
  ...more,
})
