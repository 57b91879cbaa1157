/** Customers through a profile into files, as an export does it, without a store. */
import { type Problem, Problems, render } from '../src/base/problem.js'
import type { OutCell } from '../src/engine/cells.js'
import { Series } from '../src/handoff/lines.js'
import { readParams } from '../src/handoff/params.js'
import { type Profile, readProfile } from '../src/handoff/profile.js'
import { openProfile, profileFiles } from '../src/handoff/profiles.js'
import { type Drop, type Shaped, type Shaper, type Shaping, shaper } from '../src/handoff/shaping.js'
import { country } from '../src/language/lists.js'

export type Person = Readonly<Record<string, OutCell>>

export interface Choice {
  readonly params?: Readonly<Record<string, string>>
  readonly country?: string
  readonly values: readonly string[]
  readonly more?: Partial<Shaping>
}

export function shipped(name: string): Profile {
  const file = profileFiles(undefined).find((f) => f.name === name)
  const found = file === undefined ? undefined : openProfile(file)
  if (found?.profile === undefined) throw new Error(found?.problems.map((p) => render(p)).join('\n') ?? `no profile ${name}`)
  return found.profile
}

/** A profile written in a test. */
export function written(
  text: string,
  name = 'profiles/own.yaml',
): { readonly profile: Profile | undefined; readonly problems: readonly Problem[] } {
  const problems = new Problems()
  return { profile: readProfile({ name, text }, problems), problems: problems.list }
}

export function own(text: string): Profile {
  const { profile, problems } = written(text)
  if (profile === undefined) throw new Error(problems.map((p) => render(p)).join('\n'))
  return profile
}

export function paramsOf(profile: Profile, given: Readonly<Record<string, string>> = {}) {
  const problems = new Problems()
  const params = readParams(profile, given, problems)
  if (params === undefined) throw new Error(problems.list.map((p) => render(p)).join('\n'))
  return params
}

export function shaperOf(profile: Profile, { params, country: region, values, more }: Choice): Shaper {
  return shaper(profile, {
    params: paramsOf(profile, params),
    country: country(region),
    values,
    facts: { audience: 'spring' },
    ...more,
  })
}

export const rowOf = (person: Person, values: readonly string[]): readonly OutCell[] => values.map((v) => person[v] ?? null)

/** What becomes of each person. */
export function shapeAll(
  profile: Profile,
  people: readonly Person[],
  choice: Partial<Choice> = {},
): readonly (Drop | readonly Shaped[])[] {
  const values = choice.values ?? [...new Set(people.flatMap((p) => Object.keys(p)))]
  const shape = shaperOf(profile, { ...choice, values })
  return people.map((p) => shape.take(rowOf(p, values)))
}

/** The bytes of the files, uncompressed, that these people make. */
export function filesOf(
  profile: Profile,
  people: Iterable<Person>,
  choice: Choice,
): { readonly files: readonly Buffer[]; readonly shape: Shaper; readonly lost: number } {
  const shape = shaperOf(profile, choice)
  const series = new Series(profile, paramsOf(profile, choice.params), shape)
  const files: Buffer[][] = []
  const keep = () => {
    for (const { file, bytes } of series.take()) {
      files[file - 1] ??= []
      files[file - 1]?.push(Buffer.from(bytes))
    }
  }
  for (const person of people) {
    const made = shape.take(rowOf(person, choice.values))
    if (typeof made !== 'string') for (const { cells } of made) series.add(cells)
    keep()
  }
  for (const { file, bytes } of series.end()) {
    files[file - 1] ??= []
    files[file - 1]?.push(Buffer.from(bytes))
  }
  return { files: files.map((parts) => Buffer.concat(parts)), shape, lost: series.lost }
}
