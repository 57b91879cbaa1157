/** The examples that a profile holds, tried: a customer's values go in, the record or the reason comes out. */
import { type Problem, Problems, type Span } from '../base/problem.js'
import { country } from '../language/lists.js'
import { readParams } from './params.js'
import { type Example, headerWord, type Profile } from './profile.js'
import { type Drop, shaper, textOf, wantedValues } from './shaping.js'

export interface TriedExample {
  readonly profile: string
  readonly example: string
  readonly span: Span
  /** Undefined where it came out as it should. */
  readonly wrong: Problem | undefined
}

export const tryProfile = (profile: Profile): readonly TriedExample[] =>
  (profile.examples ?? []).map(({ value, span }, i) => ({
    profile: profile.name,
    example: value.name ?? `example ${i + 1}`,
    span,
    wrong: whatIsWrong(profile, value, span),
  }))

function whatIsWrong(profile: Profile, example: Example, span: Span): Problem | undefined {
  const problems = new Problems()
  const given = Object.fromEntries([...(example.params ?? [])].map(([name, { value }]) => [name, value]))
  const params = readParams(profile, given, problems)
  if (params === undefined) return { ...(problems.list[0] as Problem), span }
  const spare = new Set(
    profile.columns
      .filter((c) => c.repeat !== undefined)
      .flatMap((c) => (c.from ?? []).slice(1).flatMap((all) => all.map((v) => v.value))),
  )
  const values = [...new Set([...wantedValues(profile, params).filter((v) => !spare.has(v)), ...example.customer.keys()])]
  const lists = new Set([...example.customer].flatMap(([name, { value }]) => (value.length > 1 ? [name] : [])))
  const shape = shaper(profile, { params, country: country(example.country), values, lists, facts: { audience: 'example' } })
  const made = shape.take(
    values.map((name) => {
      const cells = example.customer.get(name)?.value
      return cells === undefined ? null : cells.length === 1 ? (cells[0] as string) : cells
    }),
  )
  const tell = (message: string): Problem => ({ code: 'example-failed', severity: 'error', message, span })
  if (typeof made === 'string')
    return made === example.dropped ? undefined : tell(`the row was dropped: \`${made satisfies Drop}\``)
  if (example.dropped !== undefined) return tell(`expected the row to be dropped as \`${example.dropped}\`, and it was not`)
  const words = new Set(profile.columns.map(headerWord))
  for (const [word, { value: wanted, span: at }] of example.record ?? []) {
    if (!words.has(word)) return { ...tell(`no column \`${word}\` in this profile`), span: at }
    const header = params.get(word) ?? word
    const came = (made[0]?.cells ?? []).filter((_, i) => shape.headers[i] === header || shape.headers[i] === word).map(textOf)
    if (came.length !== wanted.length || came.some((text, i) => text !== wanted[i]))
      return { ...tell(`\`${word}\` came out as ${came.map((c) => `\`${c}\``).join(', ') || 'no column at all'}`), span: at }
  }
  return undefined
}

/** Shown in help, run by the tests. */
export const profileExample = `profile: our-mail-house
title: letters by our mail house
channel: post
file: { delimiter: semicolon, encoding: windows-1251, rows: 50000 }
requires: [Address]
key: Customer
columns:
  - { header: Customer, from: customer }
  - { header: Address, from: [address, street], as: [one-line] }
  - { header: Birthday, from: birth_date, as: [{ date: DD.MM }] }
examples:
  - customer: { customer: C-1, street: Main St 1 }
    record: { Address: Main St 1 }`
