/** The project file segkit.yaml: zone, currency, how files are read, what counts, parameters. */
import { isMap, isScalar, isSeq, type Node, parseDocument } from 'yaml'
import { momentReader } from '../base/dates.js'
import { parseScaled } from '../base/decimal.js'
import { Problems, type Source, type Spanned } from '../base/problem.js'
import { nearest } from '../base/text.js'
import { type Duration, openZone, parseDayRef, parseDuration, type Zone } from '../base/time.js'
import { fieldName } from '../ingest/headers.js'
import type { Delimiter, SourceOptions } from '../ingest/options.js'
import { type DeclaredType, type SourceName, sourceNames } from '../store/sources.js'
import { type ConsentRule, consentRules, readRule } from './consent.js'
import { type Filter, filter } from './filter.js'
import { type Country, country } from './lists.js'
import { dayLike, durationLike } from './windows.js'
import {
  type At,
  either,
  flag,
  listOf,
  mapOf,
  mapped,
  oneOf,
  optional,
  type Parameters,
  parseYaml,
  type Read,
  type Reader,
  type Reading,
  refuse,
  scalar,
  shape,
  spanned,
  text,
  whole,
  word,
  written,
} from './yaml.js'

export interface Project {
  readonly source: Source
  readonly timezone: Zone
  readonly currency?: string
  readonly country: Country
  /** The default as-of day as written. */
  readonly asOf: string
  readonly sources: Partial<Record<SourceName, SourceOptions>>
  readonly counted: { readonly orders?: Filter; readonly items?: Filter }
  readonly guests: readonly string[]
  readonly rates: Readonly<Record<string, string>>
  readonly parameters: Parameters
  readonly suppress: readonly { readonly list?: Spanned<string>; readonly segment?: Spanned<string> }[]
  readonly freshness: Partial<Record<SourceName, { readonly warn_after?: Duration; readonly error_after?: Duration }>>
  /** Rules of consent by channel, as read; names and types in them are checked with the definitions. */
  readonly consent: readonly ConsentRule[]
  readonly minGroup: number
  readonly systemSegments: boolean
}

/** What the shipped definitions take unless the project says otherwise. */
export const defaultParameters: Readonly<Record<string, string>> = {
  new_for: '30 days',
  active_window: '90 days',
  lapsed_after: '180 days',
  lost_after: '365 days',
}

const zone: Reader<Zone> = {
  expects: 'a time zone like `Europe/Minsk`',
  read(at, cx) {
    const name = text.read(at, cx)
    if (name === undefined) return undefined
    const guess = nearest(name, Intl.supportedValuesOf('timeZone'))
    return (
      openZone(name) ??
      cx.problems.error('wrong-type', `expected ${this.expects}, found \`${name.slice(0, 60)}\``, {
        span: at.span,
        help: guess === undefined ? 'name a region and a city, not an offset' : `did you mean \`${guess}\`?`,
      })
    )
  },
  schema: () => ({ type: 'string', pattern: '^[A-Za-z]', examples: ['Europe/Minsk', 'UTC'] }),
}
const wholeDays: Reader<Duration> = scalar(
  'a duration like `2 days`',
  (_, t) => {
    const d = parseDuration(t)
    return d === undefined || d.unit === 'hour' || d.unit === 'minute' ? undefined : d
  },
  durationLike,
)
const delimiterWords: Readonly<Record<string, Delimiter>> = {
  ',': ',',
  ';': ';',
  '|': '|',
  '\t': '\t',
  tab: '\t',
  '\\t': '\t',
  blanks: 'blanks',
  comma: ',',
  semicolon: ';',
  pipe: '|',
}
export const readDelimiter = (word: string): Delimiter | undefined =>
  Object.hasOwn(delimiterWords, word) ? delimiterWords[word] : undefined
export const readDateFormat = (format: string): string | undefined =>
  momentReader(format, openZone('UTC') as Zone) === undefined ? undefined : format

const declaredType: Reader<DeclaredType> = either(
  isMap,
  mapped(shape({ list: text }), ({ list }): DeclaredType => ({ list })),
  oneOf('text', 'number', 'date', 'boolean', 'integer') as Reader<DeclaredType>,
)
const plainMap = <T>(inner: Reader<T>, what: string): Reader<Readonly<Record<string, T>>> =>
  mapped(mapOf(inner, what), (m) => Object.fromEntries([...m].map(([k, v]) => [k, v.value])))

const sourceOptions: Reader<SourceOptions> = mapped(
  shape({
    columns: optional(
      plainMap(
        scalar('a header, or the number of a column', (v, t) =>
          typeof v === 'number' && Number.isInteger(v) && v > 0 ? v : typeof v === 'object' ? undefined : t,
        ),
        'fields to headers',
      ),
    ),
    types: optional(
      mapped(plainMap(declaredType, 'columns to types'), (types) =>
        Object.fromEntries(Object.entries(types).map(([name, type]) => [fieldName(name), type])),
      ),
    ),
    dates: optional(scalar('a date format like `D.M.YYYY H:mm`', (_, t) => readDateFormat(t))),
    encoding: optional(word),
    delimiter: optional(
      scalar('`,` `;` `tab` `|` or `blanks`', (_, t) => readDelimiter(t), { enum: Object.keys(delimiterWords) }),
    ),
    decimal: optional(oneOf('.', ',')),
    header: optional(
      scalar('`none`', (v) => (v === 'none' || v === false ? (false as const) : undefined), { enum: ['none', false] }),
    ),
    ignore: optional(listOf(text)),
  }),
  (o): SourceOptions => o as SourceOptions,
)

const perSource = <T>(inner: Reader<T>) =>
  shape(Object.fromEntries(sourceNames.map((s) => [s, optional(inner)])) as Record<SourceName, ReturnType<typeof optional<T>>>)

export const file = shape({
  version: optional(scalar('`1`', (v) => (v === 1 ? (1 as const) : undefined), { const: 1 })),
  timezone: zone,
  currency: optional(text),
  country: optional(
    scalar('a country code like `BY`', (_, t) => (country(t.toUpperCase()) === undefined ? undefined : t.toUpperCase()), {
      type: 'string',
      pattern: '^[A-Za-z]{2}$',
    }),
  ),
  as_of: optional(
    scalar(
      'a day: `today`, `yesterday`, `2024-05-01`, `-7d`',
      (_, t) => (parseDayRef(t, 0) === undefined ? undefined : t),
      dayLike,
    ),
  ),
  sources: optional(perSource(sourceOptions)),
  orders: optional(shape({ counted: optional(filter) })),
  items: optional(shape({ counted: optional(filter) })),
  guests: optional(listOf(text, 0)),
  rates: optional(
    plainMap(
      scalar('a rate like `3.27`', (_, t) => ((parseScaled(t)?.units ?? 0n) > 0n ? t : undefined), {
        type: ['number', 'string'],
        exclusiveMinimum: 0,
        pattern: '^\\+?[\\d.]+$',
      }),
      'currencies to rates',
    ),
  ),
  consent: consentRules,
  suppress: optional(listOf(shape({ list: optional(spanned(word)), segment: optional(spanned(word)) }), 0)),
  parameters: optional(mapOf(anyValue(), 'names to values')),
  freshness: optional(perSource(shape({ warn_after: optional(wholeDays), error_after: optional(wholeDays) }))),
  min_group: optional(whole(1)),
  runs: optional(shape({ keep: wholeDays })),
  system_segments: optional(flag),
})

/** A parameter may be anything that a place in a definition can be. */
function anyValue(): Reader<Node> {
  return {
    expects: 'a value',
    read: (at: At, cx: Reading) =>
      at.node === null || (isScalar(at.node) && at.node.value === null) ? refuse(at, cx, 'a value') : at.node,
    schema: () => ({ type: ['string', 'number', 'boolean', 'array', 'object'] }),
  }
}

/** The project that a segkit.yaml describes; undefined with its problems told. `set` are the command line's `--set name=value`. */
export function readProject(source: Source, set: Readonly<Record<string, string>>, problems: Problems): Project | undefined {
  const given = new Problems()
  const root = parseYaml(source, given)
  const body =
    root === undefined
      ? undefined
      : file.read(root, { source, problems: given, parameters: { get: () => undefined, names: () => [] } })
  const project = body === undefined ? undefined : assemble(source, body, set, given)
  for (const p of given.list) problems.add(p)
  return given.failed ? undefined : project
}

function assemble(source: Source, body: Read<typeof file>, set: Readonly<Record<string, string>>, problems: Problems): Project {
  const nodes = new Map<string, Node>()
  for (const [name, value] of Object.entries(defaultParameters)) nodes.set(name, scalarNode(value))
  for (const [name, { value }] of body.parameters ?? []) nodes.set(name, value)
  for (const [name, value] of Object.entries(set)) nodes.set(name, scalarNode(value))
  const parameters: Parameters = { get: (n) => nodes.get(n), names: () => [...nodes.keys()] }
  return {
    source,
    timezone: body.timezone,
    country: country(body.country),
    asOf: body.as_of ?? 'today',
    sources: (body.sources ?? {}) as Partial<Record<SourceName, SourceOptions>>,
    counted: {
      ...(body.orders?.counted !== undefined && { orders: body.orders.counted }),
      ...(body.items?.counted !== undefined && { items: body.items.counted }),
    },
    guests: body.guests ?? [],
    rates: body.rates ?? {},
    parameters,
    suppress: body.suppress ?? [],
    freshness: (body.freshness ?? {}) as Project['freshness'],
    consent: (body.consent ?? []).map((rule) => readRule(rule, { source, problems, parameters })),
    minGroup: body.min_group ?? 10,
    systemSegments: body.system_segments ?? true,
    ...(body.currency !== undefined && { currency: body.currency }),
  }
}

/** A value from the command line, read as YAML would read it. */
function scalarNode(value: string): Node {
  const node = parseDocument(value, { logLevel: 'silent' }).contents as Node | null
  return node !== null && (isScalar(node) || isSeq(node)) ? node : (parseDocument(JSON.stringify(value)).contents as Node)
}

/** What a parameter says, for fingerprints: its name and the value as written. */
export const sayParameters = (p: Parameters): string =>
  p
    .names()
    .map((n) => {
      const node = p.get(n) as Node
      return `${n}=${isScalar(node) ? written(node) : JSON.stringify(node.toJSON())}`
    })
    .sort()
    .join('\n')
