/** What a profile is, and how its YAML is read: the file shape that one campaign tool expects, as data. Knows no rows. */
import type { Problems, Source, Span, Spanned } from '../base/problem.js'
import { suggest } from '../base/text.js'
import { parseDay } from '../base/time.js'
import { channelNames } from '../language/conditions/contact.js'
import { oneOfThese, type Schema, type Shared, textLike } from '../language/jsonschema.js'
import {
  type At,
  either,
  flag,
  isMap,
  isSeq,
  listOf,
  mapOf,
  mapped,
  oneOf,
  oneOrMore,
  optional,
  pairs,
  parseYaml,
  type Read,
  type Reader,
  type Reading,
  scalar,
  schemaOf,
  shape,
  spanned,
  text,
  whole,
  word,
} from '../language/yaml.js'
import { hashNames, type Transform, transformNames, transforms } from './transforms.js'

/** A transform with its argument, where it takes one. */
export interface Use {
  readonly name: string
  readonly transform: Transform
  readonly argument: unknown
  readonly span: Span
}

/** One transform: its name, or `{ name: argument }`. */
const use: Reader<Use> = {
  expects: 'a transform: a word, or `{ word: argument }`',
  schema: (shared) => shared.named('transform', () => useSchema(shared)),
  read(at, cx) {
    if (!isMap(at.node)) {
      const name = word.read(at, cx)
      return name === undefined ? undefined : useOf(name, at.span, undefined, cx)
    }
    const all = pairs(at, cx, this.expects)
    const [one, more] = all ?? []
    if (one === undefined || more !== undefined)
      return cx.problems.error('transform', 'expected one transform here', {
        span: at.span,
        help: 'write `- { join: ";" }`, one an entry',
      })
    return useOf(one.key, one.keySpan, one.at, cx)
  },
}

function useSchema(shared: Shared): Schema {
  const all: readonly (readonly [string, Transform])[] = Object.entries(transforms)
  return oneOfThese([
    {
      description: 'a transform without an argument',
      enum: all.flatMap(([name, t]) => (t.argument === undefined ? [name] : [])),
    },
    {
      description: 'a transform with its argument',
      type: 'object',
      properties: Object.fromEntries(
        all.flatMap(([name, { argument, summary }]) =>
          argument === undefined ? [] : [[name, { ...schemaOf(argument, shared), description: summary }]],
        ),
      ),
      additionalProperties: false,
      minProperties: 1,
      maxProperties: 1,
    },
  ])
}

function useOf(name: string, span: Span, argument: At | undefined, cx: Reading): Use | undefined {
  if (!Object.hasOwn(transforms, name))
    return cx.problems.error('unknown-transform', `no transform \`${name}\``, {
      span,
      help: suggest(name, transformNames, 'transforms') ?? '`segkit help profiles` lists them',
    })
  const transform: Transform = transforms[name as keyof typeof transforms]
  if (transform.argument === undefined) {
    if (argument === undefined) return { name, transform, argument: undefined, span }
    return cx.problems.error('transform', `\`${name}\` takes no argument`, { span, help: `write \`${name}\` alone` })
  }
  if (argument === undefined)
    return cx.problems.error('transform', `\`${name}\` takes an argument`, {
      span,
      help: `write \`{ ${name}: … }\` with ${transform.argument.expects}`,
    })
  const read = transform.argument.read(argument, cx)
  return read === undefined ? undefined : { name, transform, argument: read, span }
}

/** A text of the file: as it stands, of a parameter, a fact of the hand-off, or one for who came and one for who left. */
const facts = ['audience', 'as_of', 'profile'] as const
export type FactName = (typeof facts)[number]
export type Constant =
  | string
  | { readonly param: Spanned<string> }
  | { readonly fact: FactName }
  | { readonly entered: string; readonly left: string }
const constant: Reader<Constant> = either(
  (node) => !isMap(node),
  text as Reader<Constant>,
  either(
    (node) => hasKey(node, 'param'),
    shape({ param: spanned(word) }) as Reader<Constant>,
    either(
      (node) => hasKey(node, 'fact'),
      shape({ fact: oneOf(...facts) }) as Reader<Constant>,
      shape({ entered: text, left: text }) as Reader<Constant>,
    ),
  ),
)

/** Whether a map has the key; no reading, only looking. */
const hasKey = (node: At['node'], key: string): boolean =>
  isMap(node) && node.items.some((pair) => String((pair.key as { readonly value?: unknown } | null)?.value) === key)

const header: Reader<string | { readonly param: Spanned<string> }> = either(
  isMap,
  shape({ param: spanned(word) }) as Reader<string | { readonly param: Spanned<string> }>,
  text as Reader<string | { readonly param: Spanned<string> }>,
)
const named: Reader<ReadonlyMap<string, Spanned<string>>> = mapOf(word, 'parameters and their words')

/** A value, or several that stand together with a blank between them. */
const alternative: Reader<readonly Spanned<string>[]> = either(
  isSeq,
  listOf(spanned(word), 2),
  mapped(spanned(word), (v): readonly Spanned<string>[] => [v]),
)
const alternatives: Reader<readonly (readonly Spanned<string>[])[]> = either(
  isSeq,
  listOf(alternative),
  mapped(spanned(word), (v): readonly (readonly Spanned<string>[])[] => [[v]]),
)

const column = shape({
  header,
  /** Values of a customer or of the hand-off; of several the first that is known, or as many as `repeat` allows. */
  from: optional(alternatives),
  value: optional(constant),
  /** A JSON object of these values; `extra: true` puts the columns asked for besides into it. */
  object: optional(listOf(spanned(word), 0)),
  as: optional(listOf(use)),
  when: optional(named),
  repeat: optional(whole(2, 20)),
  optional: optional(flag),
  /** One row for each of several values. */
  spread: optional(flag),
  otherwise: optional(text),
  about: optional(text),
})
export type Column = Read<typeof column>

const param = shape({
  about: text,
  words: optional(listOf(word)),
  default: optional(text),
})
export type Param = Read<typeof param>

const sizes: Readonly<Record<string, number>> = { kB: 1e3, MB: 1e6, GB: 1e9 }
const size: Reader<number> = scalar(
  'a size such as `20 MB`',
  (v) => {
    const found = typeof v === 'string' ? /^(\d+) ?(kB|MB|GB)$/.exec(v) : null
    return found === null ? undefined : Number(found[1]) * (sizes[found[2] as string] as number)
  },
  textLike('\\d+ ?(?:kB|MB|GB)', 'a size such as `20 MB`'),
)

export const encodings = ['utf-8', 'utf-16le', 'windows-1251', 'windows-1252'] as const
export type Encoding = (typeof encodings)[number]
export const compressions = ['none', 'gzip', 'zip'] as const
export type Compression = (typeof compressions)[number]
const orParam = <W extends string>(words: readonly W[]): Reader<W | { readonly param: Spanned<string> }> =>
  either(
    isMap,
    shape({ param: spanned(word) }) as Reader<W | { readonly param: Spanned<string> }>,
    oneOf(...words) as Reader<W | { readonly param: Spanned<string> }>,
  )

/** Of the name of a file; `.json` and `.done` stand beside every delivery already. */
const ending = scalar(
  'an ending such as `txt`, not `json` or `done`',
  (v) => (typeof v === 'string' && /^(?!(?:json|done)$)[a-z0-9]{1,12}$/.test(v) ? v : undefined),
  textLike('(?!(?:json|done)$)[a-z0-9]{1,12}', 'an ending such as `txt`'),
)

const marks: Readonly<Record<string, string>> = { comma: ',', semicolon: ';', tab: '\t', bar: '|' }
const file = shape({
  format: optional(oneOf('csv', 'tsv', 'ndjson')),
  delimiter: optional(mapped(oneOf('comma', 'semicolon', 'tab', 'bar'), (name) => marks[name] as string)),
  /** `never`: a cell that would need quotes leaves as not in shape. */
  quotes: optional(oneOf('needed', 'all', 'never')),
  newline: optional(mapped(oneOf('lf', 'crlf'), (name) => (name === 'lf' ? '\n' : '\r\n'))),
  encoding: optional(orParam(encodings)),
  bom: optional(flag),
  header: optional(flag),
  ending: optional(ending),
  compress: optional(orParam(compressions)),
  /** The most a file may have: rows, and bytes before compression. */
  rows: optional(whole(1)),
  bytes: optional(size),
})

const removal = either(
  (node) => !isMap(node),
  mapped(oneOf('file', 'column', 'none'), (by) => ({ by, columns: undefined as readonly Spanned<string>[] | undefined })),
  mapped(shape({ file: listOf(spanned(text)) }), (r) => ({
    by: 'file' as const,
    columns: r.file as readonly Spanned<string>[] | undefined,
  })),
)

const cells: Reader<readonly string[]> = oneOrMore(text)
const example = shape({
  name: optional(text),
  params: optional(mapOf(text, 'parameters')),
  /** The project's country. */
  country: optional(word),
  customer: mapOf(cells, 'values'),
  /** What the record holds under these headers; a header that repeats has a list. */
  record: optional(
    mapOf(
      either(
        isSeq,
        listOf(text, 0),
        mapped(text, (v): readonly string[] => [v]),
      ),
      'cells',
    ),
  ),
  dropped: optional(oneOf('no-address', 'same-address', 'not-in-shape')),
})
export type Example = Read<typeof example>

const day = scalar(
  'a day such as `2026-11-21`',
  (v) => (typeof v === 'string' && parseDay(v) !== undefined ? v : undefined),
  textLike('\\d{4}-\\d\\d-\\d\\d', 'a day such as `2026-11-21`'),
)

/** The whole file. */
export const profileBody = shape({
  profile: spanned(word),
  title: text,
  channel: oneOf(...channelNames, 'none'),
  /** How sure the facts are: from the maker's own pages, only partly so, or to be fitted to one's account. */
  sure: optional(oneOf('documented', 'partly', 'template', 'own')),
  checked: optional(day),
  sources: optional(listOf(text)),
  notes: optional(listOf(text)),
  params: optional(mapOf(param, 'parameters')),
  file: optional(file),
  formulas: optional(oneOf('prefix', 'report', 'off')),
  minimum: optional(whole(1)),
  /** Headers whose cells together tell rows apart: one row an address. */
  key: optional(oneOrMore(spanned(text))),
  /** A row has at least one of these, or all of a list among them. */
  requires: optional(listOf(oneOrMore(spanned(text)))),
  before: optional(listOf(mapOf(constant, 'cells'))),
  /** What every text passes that no other transform makes. */
  every: optional(listOf(use)),
  columns: listOf(column),
  /** What becomes of columns that the audience asks for besides. */
  extra: optional(oneOf('columns', 'object', 'refused')),
  remove: optional(removal),
  /** A value by which rows go into files of their own. */
  partition: optional(spanned(word)),
  examples: optional(listOf(spanned(example))),
})

export type Profile = Omit<Read<typeof profileBody>, 'profile'> & {
  readonly name: string
  readonly source: Source
  readonly span: Span
}

const parameters = { get: () => undefined, names: () => [] }

/** The profile in a YAML file; undefined, told, where anything of it is wrong. */
export function readProfile(source: Source, problems: Problems): Profile | undefined {
  const before = problems.list.length
  const at = parseYaml(source, problems)
  const read = at === undefined ? undefined : profileBody.read(at, { source, problems, parameters })
  if (at === undefined || read === undefined) return undefined
  const { profile, ...rest } = read
  const sound: Profile = { ...rest, name: profile.value, source, span: profile.span }
  const told = (): boolean => problems.list.slice(before).some((p) => p.severity === 'error')
  checkName(sound, problems)
  checkColumns(sound, problems, told())
  return told() ? undefined : sound
}

function checkName(profile: Profile, problems: Problems): void {
  const file = /([^/\\:]+)\.ya?ml$/.exec(profile.source.name)?.[1]
  if (!/^[a-z0-9][a-z0-9-]*$/.test(profile.name))
    problems.error('profile-name', `\`${profile.name}\` cannot name a profile`, {
      span: profile.span,
      help: 'lower-case letters, digits and `-`',
    })
  else if (file !== undefined && file !== profile.name)
    problems.error('profile-name', `the file is called \`${file}\`, its profile \`${profile.name}\``, {
      span: profile.span,
      help: 'give both the same name',
    })
}

/** `misread`: a key that was not understood may be what a column lacks. */
function checkColumns(profile: Profile, problems: Problems, misread: boolean): void {
  const params: ReadonlyMap<string, Spanned<Param>> = profile.params ?? new Map()
  const paramExists = ({ value, span }: Spanned<string>): void => {
    if (params.has(value)) return
    const help = suggest(value, [...params.keys()], 'parameters') ?? 'define it under `params:`'
    problems.error('unknown-param', `no parameter \`${value}\` in this profile`, { span, help })
  }
  const ofParam = (value: unknown): void => {
    if (typeof value === 'object' && value !== null && 'param' in value) paramExists(value.param as Spanned<string>)
  }
  const headers = new Map<string, Column>()
  for (const column of profile.columns) {
    ofParam(column.header)
    ofParam(column.value)
    const given = [column.from, column.value, column.object].filter((v) => v !== undefined).length
    if (given > 1 || (given === 0 && !misread))
      problems.error(
        'column',
        `the column \`${headerWord(column)}\` has ${given === 0 ? 'nothing to hold' : 'more than one thing to hold'}`,
        {
          span: column.from?.[0]?.[0]?.span ?? profile.span,
          help: 'give it one of `from:`, `value:`, `object:`',
        },
      )
    for (const [i, { name, span }] of (column.as ?? []).entries()) {
      if (name === 'hash' && i < (column.as ?? []).length - 1)
        problems.error('hash-not-last', '`hash` is not the last transform', {
          span,
          help: 'a hash can only be written down: put it last',
        })
      if ((column.as ?? [])[i]?.transform.ofList !== undefined && i > 0)
        problems.error('list-not-first', `\`${name}\` is not the first transform`, {
          span,
          help: 'it makes text of a list: put it first',
        })
    }
    for (const [name, { value, span }] of column.when ?? []) {
      paramExists({ value: name, span })
      const words = params.get(name)?.value.words
      if (words !== undefined && !words.includes(value))
        problems.error('unknown-word', `\`${value}\` is no word of the parameter \`${name}\``, {
          span,
          help: suggest(value, words, 'words') ?? `words: ${words.join(', ')}`,
        })
    }
    const word = headerWord(column)
    const twin = headers.get(word)
    if (twin !== undefined && (column.when === undefined || twin.when === undefined))
      problems.error('duplicate-header', `two columns are called \`${word}\``, {
        span: column.from?.[0]?.[0]?.span ?? profile.span,
        help: 'write `repeat:` and a list under `from:` for a header that stands several times',
      })
    headers.set(word, column)
  }
  const known = [...headers.keys()]
  const columnExists = ({ value, span }: Spanned<string>): void => {
    if (headers.has(value)) return
    problems.error('unknown-column', `no column \`${value}\` in this profile`, {
      span,
      help: suggest(value, known, 'columns') ?? 'see `columns:`',
    })
  }
  for (const k of profile.key ?? []) columnExists(k)
  for (const r of (profile.requires ?? []).flat()) columnExists(r)
  for (const r of profile.remove?.columns ?? []) columnExists(r)
  for (const row of profile.before ?? [])
    for (const [name, { value, span }] of row) {
      columnExists({ value: name, span })
      ofParam(value)
    }
  ofParam(profile.file?.encoding)
  ofParam(profile.file?.compress)
  const hashWords = params.get('hash')
  const bad = hashWords?.value.words?.find((w) => !(hashNames as readonly string[]).includes(w))
  if (bad !== undefined)
    problems.error('unknown-word', `no way of hashing \`${bad}\``, {
      span: hashWords!.span,
      help: `there are ${hashNames.join(', ')}`,
    })
  for (const [name, { value, span }] of params)
    if (value.default !== undefined && value.words !== undefined && !value.words.includes(value.default))
      problems.error('unknown-word', `the default of \`${name}\` is none of its words`, {
        span,
        help: `words: ${value.words.join(', ')}`,
      })
  if (profile.extra === 'object' && !profile.columns.some((c) => c.object !== undefined))
    problems.error('column', '`extra: object` needs a column with `object:`', {
      span: profile.span,
      help: 'add one, or leave `extra:` out',
    })
}

/** The header as it is called within the profile: of a parameter's its name. */
export const headerWord = (column: Column): string =>
  typeof column.header === 'string' ? column.header : column.header.param.value

/** All values that a column is made from. */
export const valuesOf = ({ from }: Column): readonly Spanned<string>[] => (from ?? []).flat()
