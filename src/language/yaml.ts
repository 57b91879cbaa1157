/** YAML with spans, and typed readers: each says what it expects, reads a node, or reports why it cannot and lets the rest go on. */
import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  type YAMLMap,
} from 'yaml'
import type { Problems, Source, Span, Spanned } from '../base/problem.js'
import { grouped, nearest } from '../base/text.js'
import { anyScalar, type Json, mapSchema, oneOfThese, orParameter, type Schema, type Shared } from './jsonschema.js'
import { plantedTree } from './planted.js'

export { isMap, isSeq } from 'yaml'

export interface At {
  readonly node: Node | null
  readonly span: Span
}

/** What a reader may lean on: where problems go, and what `$name` stands for. */
export interface Reading {
  readonly source: Source
  readonly problems: Problems
  readonly parameters: Parameters
}

/** `$name` as a whole value; the reader of the place decides what type it must have. */
export interface Parameters {
  get(name: string): Node | undefined
  names(): readonly string[]
}

export interface Reader<T> {
  /** The keys of a map, where it reads one. */
  readonly keys?: readonly string[]
  /** Completes "expected …". */
  readonly expects: string
  /**
   * The value; undefined, told, where nothing of it could be read. What was read of a map with mistakes in it is given all the
   * same, its mistakes told, so that checking goes on with the rest: whoever compiles asks first whether anything was told.
   */
  read(at: At, cx: Reading): T | undefined
  /** What it takes, for editors: never less than `read` does, the common mistakes refused. */
  readonly schema: (shared: Shared) => Schema
}
export const schemaOf = (reader: Reader<unknown>, shared: Shared): Schema => reader.schema(shared)
export type Read<R> = R extends Reader<infer T> ? T : never

/** What aliases stand for, found when their file was read. */
const anchored = new WeakMap<Alias, Node>()

/** A whole file as a node, or undefined with every problem of its syntax told. */
export function parseYaml(source: Source, problems: Problems): At | undefined {
  const whole: Span = { source, start: 0, end: source.text.length }
  const planted = plantedTree(source.text)
  if (planted !== undefined) return { node: planted, span: spanOf(planted, source, whole) }
  const doc = parseDocument(source.text, {
    prettyErrors: false,
    lineCounter: new LineCounter(),
    uniqueKeys: false,
    logLevel: 'error',
  })
  const wrong = [...doc.errors, ...doc.warnings].filter((e, i, all) => all.findIndex((other) => other.pos[0] === e.pos[0]) === i)
  for (const e of wrong.slice(0, MANY))
    problems.error('yaml', yamlMessage(e.code, e.message), {
      span: { source, start: e.pos[0], end: Math.max(e.pos[1], e.pos[0] + 1) },
      help: yamlHelp(e.code),
    })
  if (wrong.length > 0) return undefined
  const node = doc.contents as Node | null
  return surveyed(node, whole, problems) ? { node, span: spanOf(node, source, whole) } : undefined
}

/** So many mistakes of one kind are told, no more. */
const MANY = 20

const yamlMessage = (code: string, text: string): string => {
  if (code === 'RESOURCE_EXHAUSTION') return 'nested too deep to be read'
  if (code === 'MULTIPLE_DOCS') return 'one document a file; a second one begins here'
  const first = (text.split('\n')[0] ?? text).replace(/[:.]\s*$/, '')
  return clip(first.charAt(0).toLowerCase() + first.slice(1), 200)
}
const yamlHelps: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'indent with spaces',
  TAG_RESOLVE_FAILED: 'leave the tag out, or quote the text',
  MULTIPLE_DOCS: 'put them into files of their own, or leave the `---` out',
  RESOURCE_EXHAUSTION: 'nest less',
  BLOCK_AS_IMPLICIT_KEY: 'text with a colon in it goes into quotes',
}
const yamlHelp = (code: string): string => yamlHelps[code] ?? 'check indentation, quotes and brackets around here'

/** More than any definition needs and less than an attack, aliases written out: levels, nodes of a file, characters of a key. */
const DEEPEST = 200
const MOST_NODES = 200_000
const LONGEST_KEY = 200

interface Extent {
  readonly depth: number
  readonly nodes: number
}
const leaf: Extent = { depth: 1, nodes: 1 }

/** Whether a file is fit to be read: no key twice, no alias within what it repeats, not nested or repeated without measure. */
function surveyed(root: Node | null, whole: Span, problems: Problems): boolean {
  const { source } = whole
  const anchors = new Map<string, Node>()
  const extents = new Map<Node, Extent | 'open'>()
  const told = problems.list.length
  let endless = false
  const tell = (code: string, node: Node | null, message: string, help: string): void => {
    if (problems.list.length - told < MANY) problems.error(code, message, { span: spanOf(node, source, whole), help })
  }

  const extent = (node: Node | null): Extent => {
    if (node === null) return leaf
    if (isAlias(node)) return repeated(node)
    if (node.anchor !== undefined) anchors.set(node.anchor, node)
    if (!isMap(node) && !isSeq(node)) return leaf
    extents.set(node, 'open')
    const parts = isMap(node) ? entriesOf(node) : (node.items as readonly (Node | null)[])
    let [depth, nodes] = [0, 1]
    for (const part of parts) {
      const one = extent(part)
      depth = Math.max(depth, one.depth)
      nodes += one.nodes
    }
    const whole = { depth: depth + 1, nodes }
    extents.set(node, whole)
    return whole
  }
  const repeated = (alias: Alias): Extent => {
    const node = anchors.get(alias.source)
    if (node === undefined) return leaf
    anchored.set(alias, node)
    const known = extents.get(node)
    if (known !== 'open') return known ?? leaf
    endless = true
    tell('alias-circle', alias, `the alias \`*${clip(alias.source, 60)}\` stands within what it repeats`, 'write the value out')
    return leaf
  }
  const entriesOf = (map: YAMLMap): readonly (Node | null)[] => {
    const seen = new Set<string>()
    return (map.items as Pair<Node | null, Node | null>[]).flatMap(({ key, value }) => {
      const name = isScalar(key) ? written(key) : undefined
      if (name !== undefined && seen.has(name))
        tell(
          'duplicate-key',
          key,
          `\`${clip(name, 60)}\` stands twice in one map`,
          'a key may stand only once in a map: put the values together',
        )
      if (name !== undefined && name.length > LONGEST_KEY)
        tell(
          'long-key',
          key,
          `a key of ${grouped(name.length)} characters, \`${clip(name, 30)}\``,
          `keys have at most ${LONGEST_KEY}`,
        )
      if (name !== undefined) seen.add(name)
      return [key, value]
    })
  }

  const { depth, nodes } = extent(root)
  if (!endless && depth > DEEPEST)
    tell('too-deep', root, `nested ${grouped(depth)} levels deep; at most ${DEEPEST} are read`, 'nest less')
  if (!endless && nodes > MOST_NODES)
    tell(
      'too-many-aliases',
      root,
      'too much for one file, with its aliases written out',
      'write the values out once, or split the file',
    )
  return problems.list.length === told
}

export function spanOf(node: Node | null | undefined, source: Source, fallback: Span): Span {
  if (!node?.range) return fallback
  const [start, valueEnd] = node.range
  if (valueEnd <= start) return fallback
  const end = isScalar(node) ? valueEnd : start + source.text.slice(start, valueEnd).trimEnd().length
  return { source, start, end: Math.max(end, start + 1) }
}

/** The node that a place means: `$name` followed to its value; an alias is refused. Undefined: told. */
export function deref(at: At, cx: Reading): At | undefined {
  if (isAlias(at.node)) return followAlias(at.node, at, cx)
  if (!isScalar(at.node) || typeof at.node.value !== 'string' || at.node.type !== 'PLAIN' || !/^\$[a-z]/i.test(at.node.value))
    return at
  const name = at.node.value.slice(1)
  const node = cx.parameters.get(name)
  if (node !== undefined) return { node, span: at.span }
  const guess = nearest(name, cx.parameters.names())
  return cx.problems.error('unknown-parameter', `no parameter \`$${clip(name, 60)}\``, {
    span: at.span,
    help: guess === undefined ? 'define it under `parameters:` in segkit.yaml, or quote the text' : `did you mean \`$${guess}\`?`,
  })
}

function followAlias(alias: Alias, at: At, cx: Reading): At | undefined {
  const node = anchored.get(alias)
  if (node !== undefined) return { node, span: at.span }
  const name = clip(alias.source, 60)
  return cx.problems.error('unknown-alias', `no anchor \`&${name}\` before this alias`, {
    span: at.span,
    help: `write the value out, or put \`&${name}\` before the value it repeats`,
  })
}

const clip = (text: string, longest: number): string => (text.length > longest ? `${text.slice(0, longest - 1)}…` : text)

export function refuse(at: At, cx: Reading, expects: string): undefined {
  const found =
    at.node === null || (isScalar(at.node) && at.node.value === null)
      ? 'nothing'
      : isMap(at.node)
        ? 'a map'
        : isSeq(at.node)
          ? 'a list'
          : `\`${clip(written(at.node), 60)}\``
  return cx.problems.error('wrong-type', `expected ${expects}, found ${found}`, { span: at.span })
}

/** A scalar as it stands in the file: `01234` keeps its zero; quoted text is what the quotes hold. */
export function written(node: Node | null): string {
  if (!isScalar(node)) return ''
  return node.type === 'PLAIN' && node.source !== undefined ? node.source : String(node.value)
}

/** A reader of one scalar; `take` gets the value and the text as written, `like` is the schema of what it takes. */
export const scalar = <T>(
  expects: string,
  take: (value: unknown, text: string, node: Scalar) => T | undefined,
  like: Schema = anyScalar,
): Reader<T> => ({
  expects,
  schema: () => orParameter(like, expects),
  read(at, cx) {
    const real = deref(at, cx)
    if (real === undefined) return undefined
    const got = isScalar(real.node) && real.node.value !== null ? take(real.node.value, written(real.node), real.node) : undefined
    return got === undefined ? refuse({ node: real.node, span: at.span }, cx, expects) : got
  },
})

/** A name of something. */
export const word = scalar(
  'a word',
  (v, text) =>
    text.length > LONGEST_KEY ? undefined : typeof v === 'string' && v !== '' ? v : typeof v === 'number' ? text : undefined,
  { type: ['string', 'number'], minLength: 1 },
)
export const text = scalar('text', (v, t) => (typeof v === 'object' ? undefined : t))
export const flag = scalar('`true` or `false`', (v) => (typeof v === 'boolean' ? v : undefined), { type: 'boolean' })
export const whole = (least: number, most = Number.MAX_SAFE_INTEGER): Reader<number> =>
  scalar(
    `a whole number from ${least}${most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : ''}`,
    (v) => (typeof v === 'number' && Number.isInteger(v) && v >= least && v <= most ? v : undefined),
    { type: 'integer', minimum: least, ...(most < Number.MAX_SAFE_INTEGER && { maximum: most }) },
  )
export const oneOf = <const W extends string>(...words: readonly W[]): Reader<W> => {
  const expects = words.map((w) => `\`${w}\``).join(' or ')
  return scalar(expects, (v) => words.find((w) => w === v), { enum: words })
}

export const spanned = <T>(inner: Reader<T>): Reader<Spanned<T>> => ({
  expects: inner.expects,
  read(at, cx) {
    const value = inner.read(at, cx)
    return value === undefined ? undefined : { value, span: at.span }
  },
  schema: (shared) => schemaOf(inner, shared),
})

export const mapped = <T, U>(inner: Reader<T>, to: (value: T) => U): Reader<U> => ({
  expects: inner.expects,
  read(at, cx) {
    const value = inner.read(at, cx)
    return value === undefined ? undefined : to(value)
  },
  schema: (shared) => schemaOf(inner, shared),
})

/** The same, with what an editor shows about it: a line, and values as examples. */
export const explained = <T>(
  inner: Reader<T>,
  about: () => { readonly description: string; readonly examples?: Json },
): Reader<T> => ({
  expects: inner.expects,
  read: (at, cx) => inner.read(at, cx),
  schema: (shared) => ({ ...schemaOf(inner, shared), ...about() }),
})

/** The same, its schema written once and named. */
export const once = <T>(name: string, inner: Reader<T>): Reader<T> => ({
  ...inner,
  schema: (shared) => shared.named(name, () => ({ description: inner.expects, ...schemaOf(inner, shared) })),
})

/** Reads with the first reader whose kind of node this is. */
export const either = <A, B>(isA: (node: Node | null) => boolean, a: Reader<A>, b: Reader<B>): Reader<A | B> => ({
  expects: `${a.expects}, or ${b.expects}`,
  read(at, cx) {
    const real = deref(at, cx)
    if (real === undefined) return undefined
    return isA(real.node) ? a.read(real, cx) : b.read(real, cx)
  },
  schema: (shared) => oneOfThese([schemaOf(a, shared), schemaOf(b, shared)]),
})

/** Entries of a list, the sound ones and the broken ones as undefined; undefined when it is no list or empty. */
export function entries(at: At, cx: Reading, expects: string): readonly At[] | undefined {
  const real = deref(at, cx)
  if (real === undefined) return undefined
  if (!isSeq(real.node)) return refuse(real, cx, expects)
  const span = real.span
  return real.node.items.map((n) => ({ node: n as Node, span: spanOf(n as Node, cx.source, span) }))
}

export const listOf = <T>(inner: Reader<T>, least = 1): Reader<readonly T[]> => {
  const expects = `a list, each entry ${inner.expects}`
  return {
    expects,
    read(at, cx) {
      const all = entries(at, cx, expects)
      if (all === undefined) return undefined
      if (all.length < least) return cx.problems.error('empty-list', `expected ${expects}, found an empty one`, { span: at.span })
      const read = all.map((one) => inner.read(one, cx))
      return read.some((r) => r === undefined) ? undefined : (read as T[])
    },
    schema: (shared) =>
      orParameter({ type: 'array', items: schemaOf(inner, shared), ...(least > 0 && { minItems: least }) }, expects),
  }
}

/** One value or a list of them. */
export const oneOrMore = <T>(inner: Reader<T>): Reader<readonly T[]> =>
  either(
    isSeq,
    listOf(inner),
    mapped(inner, (v): readonly T[] => [v]),
  )

export interface Entry {
  readonly key: string
  readonly keySpan: Span
  readonly at: At
}

/** The pairs of a map with spans; undefined, told, when it is no map. */
export function pairs(at: At, cx: Reading, expects: string): readonly Entry[] | undefined {
  const real = deref(at, cx)
  if (real === undefined) return undefined
  if (!isMap(real.node)) return refuse(real, cx, expects)
  return (real.node.items as Pair<Node, Node | null>[]).map((pair) => {
    const keySpan = spanOf(pair.key, cx.source, at.span)
    const key = isScalar(pair.key) ? written(pair.key) : ''
    return { key, keySpan, at: { node: pair.value, span: spanOf(pair.value, cx.source, keySpan) } }
  })
}

/** A map from free names to values of one kind. */
export const mapOf = <T>(inner: Reader<T>, what: string): Reader<ReadonlyMap<string, Spanned<T>>> => ({
  expects: `a map of ${what}`,
  read(at, cx) {
    const all = pairs(at, cx, `a map of ${what}`)
    if (all === undefined) return undefined
    const out = new Map<string, Spanned<T>>()
    for (const { key, keySpan, at: value } of all) {
      const read = inner.read(value, cx)
      if (read !== undefined) out.set(key, { value: read, span: keySpan })
    }
    return out
  },
  schema: (shared) => orParameter({ type: 'object', additionalProperties: schemaOf(inner, shared) }, `a map of ${what}`),
})

export interface Optional<T> extends Reader<T | undefined> {
  readonly optional: true
}
export const optional = <T>(inner: Reader<T>): Optional<T> => ({
  expects: inner.expects,
  read: (at, cx) => inner.read(at, cx),
  schema: (shared) => schemaOf(inner, shared),
  optional: true,
})

export type Fields = Readonly<Record<string, Reader<unknown>>>
export type ReadFields<F extends Fields> = {
  readonly [K in keyof F as F[K] extends Optional<unknown> ? never : K]: Read<F[K]>
} & {
  readonly [K in keyof F as F[K] extends Optional<unknown> ? K : never]?: Exclude<Read<F[K]>, undefined>
}

export interface Shape<T> extends Reader<T> {
  readonly keys: readonly string[]
  readonly fields: Fields
}

/** A map with known keys. An unknown key, a missing one, a wrong value: each is told, none hides another. */
export function shape<F extends Fields>(fields: F): Shape<ReadFields<F>> {
  const keys = Object.keys(fields)
  const required = keys.filter((key) => (fields[key] as Reader<unknown> & { readonly optional?: true }).optional !== true)
  const expects = `a map of ${keys.slice(0, 6).join(', ')}${keys.length > 6 ? ' …' : ''}`
  return {
    expects,
    keys,
    fields,
    read(at, cx) {
      const all = pairs(at, cx, expects)
      if (all === undefined) return undefined
      const out: Record<string, unknown> = {}
      const guessed = new Set<string | undefined>()
      for (const { key, keySpan, at: value } of all) {
        const reader = Object.hasOwn(fields, key) ? fields[key] : undefined
        if (reader === undefined) {
          guessed.add(nearest(key, keys))
          unknownKey(key, keySpan, keys, cx.problems)
          continue
        }
        const read = reader.read(value, cx)
        if (read !== undefined) out[key] = read
      }
      for (const key of required)
        if (!guessed.has(key) && !all.some((e) => e.key === key))
          cx.problems.error('missing-key', `missing key \`${key}\``, {
            span: at.span,
            help: `add \`${key}:\` with ${(fields[key] as Reader<unknown>).expects}`,
          })
      return required.every((key) => key in out) ? (out as ReadFields<F>) : undefined
    },
    schema: (shared) =>
      mapSchema(
        Object.fromEntries(Object.entries(fields).map(([key, reader]) => [key, property(reader, shared)])),
        required,
        expects,
      ),
  }
}

/** The schema of what stands under a key, with a description in any case; a shared one has its own. */
const property = (reader: Reader<unknown>, shared: Shared): Schema => {
  const schema = schemaOf(reader, shared)
  return '$ref' in schema ? schema : { description: reader.expects, ...schema }
}

export function unknownKey(
  key: string,
  span: Span,
  known: readonly string[],
  problems: Problems,
  code = 'unknown-key',
  what = 'key',
): undefined {
  const guess = nearest(key, known)
  const help = /^\d+$/.test(key)
    ? 'decimals are written with a point: `30.5`; several values stand in a list: `[30, 5]`'
    : undefined
  return problems.error(code, `unknown ${what} \`${key}\``, {
    span,
    help:
      help !== undefined
        ? help
        : guess === undefined
          ? `here stand ${known.map((k) => `\`${k}\``).join(', ')}`
          : `did you mean \`${guess}\`?`,
  })
}
