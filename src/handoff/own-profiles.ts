/** What is wrong with the profiles of a project, and what is doubtful: a name that ships already, columns that nothing can fill. */
import { type Problem, Problems, type Span } from '../base/problem.js'
import { suggest } from '../base/text.js'
import { channelNames } from '../language/conditions/contact.js'
import { type Profile, valuesOf } from './profile.js'
import { openProfile, ownProfileFiles, type ProfileFile, profileFiles } from './profiles.js'

/** What rows of a hand-off hold beside attributes and metrics. */
const ofTheHandOff = ['customer', 'consent', 'segment', 'arm', 'at', 'change']

/** Every problem of the project's profiles. `values`: attributes, metrics and what events capture; undefined before any data. */
export function checkOwnProfiles(root: string, values: readonly string[] | undefined): readonly Problem[] {
  const shipped = new Set(profileFiles(undefined).map((f) => f.name))
  const own = ownProfileFiles(root)
  return own.flatMap((file) => {
    const { profile, problems } = openProfile(file)
    const told = new Problems()
    for (const p of problems) told.add(p)
    const twin = own.find((other) => other.name === file.name)
    if (twin !== undefined && twin !== file) told.add(sameName(file, twin, profile))
    else if (profile !== undefined && shipped.has(file.name))
      told.warn('shipped-name', `\`${file.name}\` ships with segkit; this profile takes its place`, {
        span: profile.span,
        help: 'give it a name of its own unless that is meant',
      })
    if (profile !== undefined) checkChannel(profile, told)
    if (profile !== undefined && values !== undefined) checkValues(profile, values, told)
    return told.list
  })
}

const sameName = (file: ProfileFile, twin: ProfileFile, profile: Profile | undefined): Problem => ({
  code: 'two-profiles',
  severity: 'error',
  message: `\`${twin.shown}\` and \`${file.shown}\` are one profile, \`${file.name}\``,
  ...(profile !== undefined && { span: profile.span }),
  help: 'take one of them out',
})

/** Warns of hashes for a tool that matches people by them, where nobody is asked for consent. */
function checkChannel({ channel, columns }: Profile, problems: Problems): void {
  if (channel !== 'none') return
  const hashed = columns.flatMap((c) => c.as ?? []).find(({ name }) => name === 'hash')
  if (hashed === undefined) return
  problems.warn('no-channel', 'people are told to a tool by hashes, and a profile of no channel asks for no consent', {
    span: hashed.span,
    help: `name its channel, such as \`channel: ads\`: ${channelNames.join(', ')}`,
  })
}

/** Warns of columns that take nothing that is known: as of a slip, since a profile may be older than the data. */
function checkValues(profile: Profile, values: readonly string[], problems: Problems): void {
  const known = new Set([...values, ...ofTheHandOff])
  const tell = (name: string, span: Span): void => {
    const help = suggest(name, [...known], 'attributes and metrics') ?? 'write `optional: true` where the project may lack it'
    problems.warn('unknown-attribute', `no attribute or metric \`${name}\``, { span, help })
  }
  for (const column of profile.columns) {
    const from = valuesOf(column)
    const [first] = from
    if (first !== undefined && column.optional !== true && !from.some((v) => known.has(v.value))) tell(first.value, first.span)
  }
}
