/** What a hand-off says to a profile, checked against what the profile lets one say: `--param name=value`. */
import type { Problems, Span } from '../base/problem.js'
import { suggest } from '../base/text.js'
import type { Profile } from './profile.js'

/** Every parameter of the profile with its value; those without one are left out. */
export type Params = ReadonlyMap<string, string>

/** The profile's parameters with what was given; undefined, told, where a name or a word is not the profile's. */
export function readParams(
  profile: Profile,
  given: Readonly<Record<string, string>>,
  problems: Problems,
  spanOf: (word: string) => Span | undefined = () => undefined,
): Params | undefined {
  const before = problems.list.length
  const known = [...(profile.params?.keys() ?? [])]
  for (const [name, value] of Object.entries(given)) {
    const param = profile.params?.get(name)?.value
    if (param === undefined) {
      const span = spanOf(name)
      problems.error('unknown-param', `the profile \`${profile.name}\` has no parameter \`${name}\``, {
        ...(span !== undefined && { span }),
        help:
          known.length === 0 ? 'it has none at all' : (suggest(name, known, 'parameters') ?? `parameters: ${known.join(', ')}`),
      })
    } else if (param.words !== undefined && !param.words.includes(value)) {
      const span = spanOf(value)
      problems.error('unknown-word', `\`${name}\` of \`${profile.name}\` cannot be \`${value}\``, {
        ...(span !== undefined && { span }),
        help: suggest(value, param.words, `\`${name}\` is one of`) ?? `\`${name}\` is one of ${param.words.join(', ')}`,
      })
    }
  }
  const params = new Map<string, string>()
  for (const [name, { value }] of profile.params ?? []) {
    const chosen = given[name] ?? value.default
    if (chosen !== undefined) params.set(name, chosen)
    else
      problems.error('missing-param', `the profile \`${profile.name}\` needs \`${name}\`: ${value.about}`, {
        help: `add \`--param ${name}=…\``,
      })
  }
  return problems.list.slice(before).some((p) => p.severity === 'error') ? undefined : params
}
