/** What definitions ask of the hand-off: which profiles there are and what each takes, and what was handed off before. Nothing of how rows become files. */
import { Problems } from '../base/problem.js'
import { sql } from '../base/sql.js'
import type { ProfileFacts, Profiles } from '../language/audiences.js'
import type { Store } from '../store/store.js'
import { readParams } from './params.js'
import { headerWord, type Profile, valuesOf } from './profile.js'
import { openProfile, profileFiles } from './profiles.js'

/** The project's profiles as the language asks about them; a file is read when its name falls. */
export function profilesOf(root: string | undefined): Profiles {
  const seen = new Map<string, ReturnType<Profiles['find']>>()
  return {
    names: () => profileFiles(root).map((f) => f.name),
    find(name) {
      if (!seen.has(name)) {
        const one = profileNamed(root, name)
        seen.set(
          name,
          one === undefined ? undefined : one.profile === undefined ? { broken: one.problems } : factsOf(one.profile),
        )
      }
      return seen.get(name)
    },
  }
}

function factsOf(profile: Profile): ProfileFacts {
  const valuesUnder = (header: string): readonly string[] =>
    profile.columns.filter((c) => headerWord(c) === header).flatMap((c) => valuesOf(c).map((v) => v.value))
  return {
    channel: profile.channel,
    takesMore: profile.extra !== 'refused',
    requires: (profile.requires ?? []).map((all) => all.map(({ value }) => valuesUnder(value))),
    wrong(params) {
      const problems = new Problems()
      readParams(profile, params, problems)
      return problems.list
    },
  }
}

const opened = new Map<string, ReturnType<typeof openProfile>>()
/** The profile of that name, sound or not; one that ships is read once. */
export const profileNamed = (root: string | undefined, name: string) => {
  const file = profileFiles(root).find((f) => f.name === name)
  if (file === undefined) return undefined
  let one = file.origin === 'segkit' ? opened.get(file.path) : undefined
  if (one === undefined) {
    one = openProfile(file)
    if (file.origin === 'segkit') opened.set(file.path, one)
  }
  return one
}

/** Names of audiences and segments that were handed off. */
export const handedNames = (store: Store): ReadonlySet<string> =>
  new Set(store.rows(sql`select n.name from series_row s join name_row n on n._id = s.audience`).map((r) => String(r[0])))
