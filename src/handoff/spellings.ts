/** An identifier as it went out once and as it goes out now: hashed or not, and under which header. It is one person in either. */
import type { Params } from './params.js'
import { type Column, headerWord, type Profile } from './profile.js'
import { type HashName, hashes } from './transforms.js'

export interface Spelling {
  /** Headers of an earlier hand-off as its columns are called now. */
  now(headers: readonly string[]): readonly string[]
  /** How what stands under a header of now is hashed; undefined where it never is. */
  hash(header: string): HashName | undefined
}

export function spellingOf(profile: Profile, params: Params): Spelling {
  const isActive = (c: Column): boolean => [...(c.when ?? [])].every(([name, { value }]) => params.get(name) === value)
  const called = (c: Column): string =>
    typeof c.header === 'string' ? c.header : (params.get(c.header.param.value) ?? headerWord(c))
  const wordsOf = (c: Column): readonly string[] =>
    typeof c.header === 'string' ? [c.header] : (profile.params?.get(c.header.param.value)?.value.words ?? [called(c)])
  const from = (c: Column): string => JSON.stringify((c.from ?? []).map((all) => all.map(({ value }) => value)))
  const names = new Map<string, string>()
  const hashed = new Map<string, HashName>()
  for (const active of profile.columns.filter(isActive)) {
    const twins = profile.columns.filter((c) => c === active || (c.from !== undefined && from(c) === from(active)))
    for (const word of twins.flatMap(wordsOf)) if (!names.has(word)) names.set(word, called(active))
    if (twins.some((c) => c.as?.at(-1)?.name === 'hash')) hashed.set(called(active), hashOf(active, params))
  }
  for (const active of profile.columns.filter(isActive)) names.set(called(active), called(active))
  return { now: (headers) => headers.map((header) => names.get(header) ?? header), hash: (header) => hashed.get(header) }
}

const hashOf = (column: Column, params: Params): HashName =>
  column.as?.at(-1)?.name === 'hash' ? ((params.get('hash') ?? 'sha256') as HashName) : 'none'

/** How a value is hashed, by its looks: no address and no name looks so. */
export function formOf(value: string): HashName {
  const form = lengths.get(value.length)
  if (form === undefined) return 'none'
  return (form === 'sha256-base64' ? /^[A-Za-z0-9+/]{43}=$/ : /^[0-9a-fA-F]+$/).test(value) ? form : 'none'
}
const lengths: ReadonlyMap<number, HashName> = new Map([
  [32, 'md5'],
  [40, 'sha1'],
  [44, 'sha256-base64'],
  [64, 'sha256'],
])

/** A plain value in this form; what is hashed already stays as it is. */
export const inForm = (value: string, form: HashName): string =>
  value === '' || formOf(value) !== 'none' ? value : (hashes[form]?.(value) ?? value)
