/** YAML with spans, and typed readers: each says what it expects, reads a node, or reports why it cannot and lets the rest go on. */
import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, type Scalar } from 'yaml'
import { type Problems, type Source, type Span, type Spanned } from '../base/problem.js'
import { nearest } from '../base/text.js'

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

export const noParameters: Parameters = { get: () => undefined, names: () => [] }

export interface Reader<T> {
  /** Completes "expected …". */
  readonly expects: string
  /**
   * The value; undefined, told, where nothing of it could be read. What was read of a map with mistakes in it is given all the
   * same, its mistakes told, so that checking goes on with the rest: whoever compiles asks first whether anything was told.
   */
  read(at: At, cx: Reading): T | undefined
}
export type Read<R> = R extends Reader<infer T> ? T : never

/** What aliases of a file are looked up in, and how often that was done. */
const documents = new WeakMap<Source, { readonly doc: Document; aliases: number }>()

/** A whole file as a node, or undefined with every problem of its syntax told. */
export function parseYaml(source: Source, problems: Problems): At | undefined {
  const whole: Span = { source, start: 0, end: source.text.length }
  const doc = parseDocument(source.text, { prettyErrors: false, lineCounter: new LineCounter(), uniqueKeys: true, logLevel: 'silent' })
  for (const e of doc.errors.slice(0, 20))
    problems.error('yaml', yamlMessage(e.message), {
      span: { source, start: e.pos[0], end: Math.max(e.pos[1], e.pos[0] + 1) },
      help: yamlHelp(e.code),
    })
  if (doc.errors.length > 0) return undefined
  documents.set(source, { doc: doc as Document, aliases: 0 })
  const node = doc.contents as Node | null
  return { node, span: spanOf(node, source, whole) }
}

const yamlMessage = (text: string): string => {
  const first = (text.split('\n')[0] ?? text).replace(/[:.]\s*$/, '')
  return first.charAt(0).toLowerCase() + first.slice(1)
}
const yamlHelp = (code: string): string =>
  code === 'DUPLICATE_KEY'
    ? 'a key may stand only once in a map: put the values together'
    : code === 'TAB_AS_INDENT'
      ? 'indent with spaces'
      : 'check indentation, quotes and brackets around here'

export function spanOf(node: Node | null | undefined, source: Source, fallback: Span): Span {
  if (!node?.range) return fallback
  const [start, valueEnd] = node.range
  const end = isScalar(node) ? valueEnd : start + source.text.slice(start, valueEnd).trimEnd().length
  return { source, start, end: Math.max(end, start + 1) }
}

/** The node that a place means: `$name` followed to its value; an alias is refused. Undefined: told. */
export function deref(at: At, cx: Reading): At | undefined {
  if (isAlias(at.node)) return followAlias(at.node, at, cx)
  if (!isScalar(at.node) || typeof at.node.value !== 'string' || at.node.type !== 'PLAIN' || !/^\$[a-z]/i.test(at.node.value)) return at
  const name = at.node.value.slice(1)
  const node = cx.parameters.get(name)
  if (node !== undefined) return { node, span: at.span }
  const guess = nearest(name, cx.parameters.names())
  return cx.problems.error('unknown-parameter', `no parameter \`$${name}\``, {
    span: at.span,
    help: guess === undefined ? 'define it under `parameters:` in segkit.yaml, or quote the text' : `did you mean \`$${guess}\`?`,
  })
}

/** How often aliases of one file are followed before it counts as an attack: each may stand for a tree of others. */
const MANY_ALIASES = 2000

function followAlias(alias: Alias, at: At, cx: Reading): At | undefined {
  const file = documents.get(cx.source)
  if (file !== undefined && ++file.aliases > MANY_ALIASES) {
    if (file.aliases === MANY_ALIASES + 1) cx.problems.error('too-many-aliases', 'too many YAML aliases in one file', { span: at.span, help: 'write the values out' })
    return undefined
  }
  const node = file === undefined ? undefined : alias.resolve(file.doc)
  if (node !== undefined) return { node: node as Node, span: at.span }
  return cx.problems.error('unknown-alias', `no anchor \`&${alias.source}\` before this alias`, { span: at.span, help: 'write the value out, or put `&' + alias.source + '` before the value it repeats' })
}

export function refuse(at: At, cx: Reading, expects: string): undefined {
  const found = at.node === null || (isScalar(at.node) && at.node.value === null) ? 'nothing' : isMap(at.node) ? 'a map' : isSeq(at.node) ? 'a list' : `\`${written(at.node)}\``
  return cx.problems.error('wrong-type', `expected ${expects}, found ${clip(found)}`, { span: at.span })
}
const clip = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}…\`` : text)

/** A scalar as it stands in the file: `01234` keeps its zero; quoted text is what the quotes hold. */
export function written(node: Node | null): string {
  if (!isScalar(node)) return ''
  return node.type === 'PLAIN' && node.source !== undefined ? node.source : String(node.value)
}

export const isQuoted = (node: Scalar): boolean => node.type !== 'PLAIN'

/** A reader of one scalar; `take` gets the value and the text as written. */
export const scalar = <T>(expects: string, take: (value: unknown, text: string, node: Scalar) => T | undefined): Reader<T> => ({
  expects,
  read(at, cx) {
    const real = deref(at, cx)
    if (real === undefined) return undefined
    const got = isScalar(real.node) && real.node.value !== null ? take(real.node.value, written(real.node), real.node) : undefined
    return got === undefined ? refuse({ node: real.node, span: at.span }, cx, expects) : got
  },
})

export const word = scalar('a word', (v, text) => (typeof v === 'string' && v !== '' ? v : typeof v === 'number' ? text : undefined))
export const text = scalar('text', (v, t) => (typeof v === 'object' ? undefined : t))
export const flag = scalar('`true` or `false`', (v) => (typeof v === 'boolean' ? v : undefined))
export const whole = (least: number, most = Number.MAX_SAFE_INTEGER): Reader<number> =>
  scalar(`a whole number from ${least}${most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : ''}`, (v) =>
    typeof v === 'number' && Number.isInteger(v) && v >= least && v <= most ? v : undefined,
  )
export const oneOf = <const W extends string>(...words: readonly W[]): Reader<W> => {
  const expects = words.map((w) => `\`${w}\``).join(' or ')
  return scalar(expects, (v) => words.find((w) => w === v))
}

export const spanned = <T>(inner: Reader<T>): Reader<Spanned<T>> => ({
  expects: inner.expects,
  read(at, cx) {
    const value = inner.read(at, cx)
    return value === undefined ? undefined : { value, span: at.span }
  },
})

export const mapped = <T, U>(inner: Reader<T>, to: (value: T) => U): Reader<U> => ({
  expects: inner.expects,
  read(at, cx) {
    const value = inner.read(at, cx)
    return value === undefined ? undefined : to(value)
  },
})

/** Reads with the first reader whose kind of node this is. */
export const either = <A, B>(isA: (node: Node | null) => boolean, a: Reader<A>, b: Reader<B>): Reader<A | B> => ({
  expects: `${a.expects}, or ${b.expects}`,
  read(at, cx) {
    const real = deref(at, cx)
    if (real === undefined) return undefined
    return isA(real.node) ? a.read(real, cx) : b.read(real, cx)
  },
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
  const expects = `a list of ${inner.expects.replace(/^an? /, '')}`
  return {
    expects,
    read(at, cx) {
      const all = entries(at, cx, expects)
      if (all === undefined) return undefined
      if (all.length < least) return cx.problems.error('empty-list', `expected ${expects}, found an empty one`, { span: at.span })
      const read = all.map((one) => inner.read(one, cx))
      return read.some((r) => r === undefined) ? undefined : (read as T[])
    },
  }
}

/** One value or a list of them. */
export const oneOrMore = <T>(inner: Reader<T>): Reader<readonly T[]> => either(isSeq, listOf(inner), mapped(inner, (v): readonly T[] => [v]))

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
})

export interface Optional<T> extends Reader<T | undefined> {
  readonly optional: true
}
export const optional = <T>(inner: Reader<T>): Optional<T> => ({ expects: inner.expects, read: (at, cx) => inner.read(at, cx), optional: true })

export type Fields = Readonly<Record<string, Reader<unknown>>>
export type ReadFields<F extends Fields> = {
  readonly [K in keyof F as F[K] extends Optional<unknown> ? never : K]: Read<F[K]>
} & {
  readonly [K in keyof F as F[K] extends Optional<unknown> ? K : never]?: Exclude<Read<F[K]>, undefined>
}

export interface Shape<T> extends Reader<T> {
  readonly keys: readonly string[]
}

/** A map with known keys. An unknown key, a missing one, a wrong value: each is told, none hides another. */
export function shape<F extends Fields>(fields: F): Shape<ReadFields<F>> {
  const keys = Object.keys(fields)
  const expects = `a map of ${keys.slice(0, 6).join(', ')}${keys.length > 6 ? ' …' : ''}`
  return {
    expects,
    keys,
    read(at, cx) {
      const all = pairs(at, cx, expects)
      if (all === undefined) return undefined
      const out: Record<string, unknown> = {}
      for (const { key, keySpan, at: value } of all) {
        const reader = Object.hasOwn(fields, key) ? fields[key] : undefined
        if (reader === undefined) {
          unknownKey(key, keySpan, keys, cx.problems)
          continue
        }
        const read = reader.read(value, cx)
        if (read !== undefined) out[key] = read
      }
      const required = keys.filter((key) => (fields[key] as Reader<unknown> & { readonly optional?: true }).optional !== true)
      for (const key of required)
        if (!all.some((e) => e.key === key))
          cx.problems.error('missing-key', `missing key \`${key}\``, { span: at.span, help: `add \`${key}:\` with ${(fields[key] as Reader<unknown>).expects}` })
      return required.every((key) => key in out) ? (out as ReadFields<F>) : undefined
    },
  }
}

export function unknownKey(key: string, span: Span, known: readonly string[], problems: Problems, code = 'unknown-key', what = 'key'): undefined {
  const guess = nearest(key, known)
  return problems.error(code, `unknown ${what} \`${key}\``, {
    span,
    help: guess === undefined ? `here stand ${known.map((k) => `\`${k}\``).join(', ')}` : `did you mean \`${guess}\`?`,
  })
}
