/** Definitions that are worded differently and mean the same, or each other's complement, made of those of a random case. */
import type { Case } from '../arbitraries.js'
import type { Definitions, Plain, Spec } from '../oracle.js'
import { windowKeys } from '../oracle.js'
import { answerKey } from './world.js'

export interface Claim {
  readonly left: string
  readonly right: string
  /** `complement`: of all customers, or of the members of the segment `within`. */
  readonly how: 'same' | 'complement'
  readonly within?: string
}

/** More definitions, and what is claimed of them. */
export interface Twins {
  readonly definitions: Definitions
  readonly claims: readonly Claim[]
}

const isMap = (value: Plain | undefined): value is Spec => typeof value === 'object' && value !== null && !Array.isArray(value)
const isList = (value: Plain | undefined): value is readonly Plain[] => Array.isArray(value)
const lacking = (spec: Spec, names: readonly string[]): Spec =>
  Object.fromEntries(Object.entries(spec).filter(([name]) => !names.includes(name)))
const only = (spec: Spec, names: readonly string[]): Spec =>
  Object.fromEntries(Object.entries(spec).filter(([name]) => names.includes(name)))
const blockNames = ['all', 'any', 'none'] as const
const blocksOf = (segment: Spec): Spec => only(segment, blockNames)
const isEveryone = (segment: Spec): boolean => segment['all'] === 'customers'

/** Every condition of a segment, whatever blocks it stands in. */
export const conditionsOf = (block: Spec): Spec[] =>
  blockNames.flatMap((name) => {
    const entries = block[name]
    if (!isList(entries)) return []
    return entries.flatMap((entry) =>
      blockNames.some((inner) => inner in (entry as Spec)) ? conditionsOf(entry as Spec) : [entry as Spec],
    )
  })

const kindOf = (condition: Spec): string => Object.keys(condition)[0]!
const segmentsOf = ({ definitions }: Case): [string, Spec][] => Object.entries(definitions.segments ?? {})

/** Adds segments to the case's own, and claims in their order. */
class Workshop {
  private readonly segments: Record<string, Spec> = {}
  private readonly events: Record<string, Spec> = {}
  private readonly metrics: Record<string, Spec> = {}
  private readonly claims: Claim[] = []
  private n = 0

  constructor(private readonly own: Definitions) {}

  segment(spec: Spec): string {
    const name = `twin-${++this.n}`
    this.segments[name] = spec
    return answerKey('segments', name)
  }
  event(spec: Spec): string {
    const name = `occur-${++this.n}`
    this.events[name] = spec
    return name
  }
  metric(spec: Spec): string {
    const name = `value-${++this.n}`
    this.metrics[name] = spec
    return answerKey('metrics', name)
  }
  condition(condition: Spec): string {
    return this.segment({ all: [condition] })
  }
  same(left: string, right: string): void {
    this.claims.push({ left, right, how: 'same' })
  }
  complement(left: string, right: string, within?: string): void {
    this.claims.push({ left, right, how: 'complement', ...(within !== undefined && { within: answerKey('segments', within) }) })
  }

  done(): Twins {
    const { metrics, events, segments } = this.own
    return {
      definitions: {
        metrics: { ...metrics, ...this.metrics },
        events: { ...events, ...this.events },
        segments: { ...segments, ...this.segments },
      },
      claims: this.claims,
    }
  }
}

type Law = (one: Case) => Twins

const law =
  (make: (one: Case, shop: Workshop) => void): Law =>
  (one) => {
    const workshop = new Workshop(one.definitions)
    make(one, workshop)
    return workshop.done()
  }

const complement = law((one, w) => {
  for (const [name, segment] of segmentsOf(one)) {
    if (isEveryone(segment)) continue
    const base = segment['base'] as string | undefined
    const rest = w.segment({ ...(base === undefined ? {} : { base }), none: [blocksOf(segment)] })
    w.complement(answerKey('segments', name), rest, base)
  }
})

const deMorgan = law((one, w) => {
  for (const [, segment] of segmentsOf(one)) {
    const [a, b = a] = conditionsOf(segment)
    if (a === undefined) continue
    w.same(w.segment({ none: [a, b!] }), w.segment({ all: [{ none: [a] }, { none: [b!] }] }))
    w.same(w.segment({ any: [a, b!] }), w.segment({ none: [{ all: [{ none: [a] }, { none: [b!] }] }] }))
  }
})

const negatives: Readonly<Record<string, string>> = {
  performed: 'not_performed',
  in_segment: 'not_in_segment',
  in_list: 'not_in_list',
  contacted: 'not_contacted',
}
const positives = Object.fromEntries(Object.entries(negatives).map(([yes, no]) => [no, yes]))

const negation = law((one, w) => {
  for (const [, segment] of segmentsOf(one))
    for (const condition of conditionsOf(segment)) {
      const kind = kindOf(condition)
      const other = negatives[kind] ?? positives[kind]
      if (other !== undefined) w.complement(w.condition(condition), w.condition({ [other]: condition[kind]! }))
    }
})

/** Whether the names stand anywhere as keys. */
const mentions = (value: Plain | undefined, names: readonly string[]): boolean =>
  isList(value)
    ? value.some((one) => mentions(one, names))
    : isMap(value)
      ? Object.entries(value).some(([key, inner]) => names.includes(key) || mentions(inner, names))
      : false

/** Fields that are the occurrence's under `event:` and the order's in a filter. */
const ordinal = ['number', 'gap']

const sources = ['orders', 'items', 'activities'] as const

/** The body with a source in place of a plain event; undefined where it has none, or the two need not mean the same. */
function inlined(body: Spec, { definitions }: Case): Spec | undefined {
  const event = definitions.events?.[String(body['event'])]
  if (event === undefined || event['on'] === undefined || event['per'] !== undefined || mentions(body['where'], ordinal))
    return undefined
  if (Object.keys(event).some((key) => !['on', 'where', 'containing', 'without', 'capture'].includes(key))) return undefined
  if (body['where'] !== undefined && event['where'] !== undefined && mentions(event['where'], ['counted'])) return undefined
  return {
    ...lacking(body, ['event']),
    [String(event['on'])]: event['where'] ?? 'any',
    ...only(event, ['containing', 'without']),
  }
}

const rowConditions = ['performed', 'not_performed', 'first_performed', 'last_performed', 'regularly', 'lapsed', 'resurrected']
const windowed = ['performed', 'not_performed', 'first_performed', 'last_performed']

const inline = law((one, w) => {
  for (const [, segment] of segmentsOf(one))
    for (const condition of conditionsOf(segment)) {
      const kind = kindOf(condition)
      const body = condition[kind]!
      if (rowConditions.includes(kind) && isMap(body)) {
        const other = inlined(body, one)
        if (other !== undefined) w.same(w.condition(condition), w.condition({ [kind]: other }))
        named(one, w, kind, body)
      }
      if (kind === 'sequence' && isMap(body)) sequences(one, w, body)
    }
  for (const spec of Object.values(one.definitions.metrics ?? {})) {
    const [kind, target] = Object.entries(spec)[0]!
    if (typeof target !== 'string') continue
    const [source, field] = target.split('.') as [string, string | undefined]
    if (!isSource(source) || kind === 'share' || ordinal.includes(field ?? '')) continue
    const event = w.event({ on: source, ...only(spec, ['where', 'containing', 'without']) })
    const same = w.metric({
      ...lacking(spec, ['where', 'containing', 'without']),
      [kind]: [event, field].filter(Boolean).join('.'),
    })
    w.same(w.metric(spec), same)
  }
})
const isSource = (name: string): boolean => (sources as readonly string[]).includes(name)

/** The rows of a condition under the name of an event, and a return as the event that it is. */
function named(_one: Case, w: Workshop, kind: string, body: Spec): void {
  const source = sources.find((name) => name in body)
  if (source === undefined) return
  const filter = body[source]!
  const rows = { on: source, ...(filter === 'any' ? {} : { where: filter }), ...only(body, ['containing', 'without']) }
  const rest = lacking(body, [source, 'containing', 'without'])
  const given = w.condition({ [kind]: body })
  w.same(given, w.condition({ [kind]: { event: w.event(rows), ...rest } }))
  if (kind === 'resurrected')
    w.same(given, w.condition({ performed: { event: w.event({ ...rows, after_gap: body['quiet']! }), last: body['back']! } }))
}

function sequences(one: Case, w: Workshop, body: Spec): void {
  const given = w.condition({ sequence: body })
  const event = w.event({ sequence: body['steps']!, within: body['within']! })
  w.same(given, w.condition({ performed: { event, ...only(body, windowKeys) } }))
  const steps = (body['steps'] as readonly Spec[]).map((step): Spec | undefined => {
    const not = step['not']
    const inner = not === undefined ? step : (not as Spec)
    const other = 'event' in inner ? inlined(inner, one) : inner
    return other === undefined ? undefined : not === undefined ? other : { not: other }
  })
  if (steps.every((step) => step !== undefined))
    w.same(given, w.condition({ sequence: { ...body, steps: steps as readonly Spec[] } }))
}

/** First and latest by the window of an event that is the first of all. */
const firsts = law((one, w) => {
  for (const [, segment] of segmentsOf(one))
    for (const condition of conditionsOf(segment)) {
      const kind = kindOf(condition)
      const body = condition[kind]
      if (!windowed.includes(kind) || !isMap(body)) continue
      const source = sources.find((name) => name in body)
      if (source === undefined || mentions(body, ['where'])) continue
      const filter = body[source]!
      const rows = { on: source, ...(filter === 'any' ? {} : { where: filter }), ...only(body, ['containing', 'without']) }
      const window = only(body, windowKeys)
      if (Object.keys(window).length === 0) continue
      const first = w.condition({ first_performed: { ...lacking(body, ['count', 'days']) } })
      w.same(first, w.condition({ performed: { event: w.event({ ...rows, nth: 1 }), ...window } }))
    }
})

const inPlace = law((one, w) => {
  const all = one.definitions.segments ?? {}
  const ranked = (segment: Spec): boolean => mentions(segment, ['rank'])
  const text = (name: string): Spec => {
    const segment = all[name]!
    const blocks: Spec = isEveryone(segment) ? lacking(blocksOf(segment), ['all']) : blocksOf(segment)
    const body: readonly Spec[] = Object.keys(blocks).length === 0 ? [] : [blocks]
    const base = segment['base'] as string | undefined
    return { all: [...(base === undefined ? [] : [{ in_segment: base }]), ...body] }
  }
  const put = (value: Plain): Plain => {
    if (isList(value)) return value.map(put)
    if (!isMap(value)) return value
    for (const [kind, block] of [
      ['in_segment', 'any'],
      ['not_in_segment', 'none'],
    ] as const) {
      if (!(kind in value)) continue
      const names = [value[kind]!].flat().map(String)
      const texts = names.map(text)
      if (names.some((name) => ranked(all[name]!)) || texts.some((one) => (one['all'] as Plain[]).length === 0)) return value
      return { [block]: texts }
    }
    return Object.fromEntries(
      blockNames
        .flatMap((name) => (name in value ? [[name, put(value[name]!)]] : []))
        .concat(Object.entries(value).filter(([name]) => !(blockNames as readonly string[]).includes(name)) as [string, Plain][]),
    )
  }
  for (const [name, segment] of Object.entries(all)) {
    const other = put(segment)
    if (JSON.stringify(other) !== JSON.stringify(segment)) w.same(answerKey('segments', name), w.segment(other as Spec))
  }
})

/** Those long known whose anniversary lies in the next days, by the condition and by the event of as many days before. */
const anniversaries = law((_one, w) => {
  const known: Spec = { attribute: { created_on: { before: '-400d' } } }
  for (const [next, before] of [
    [7, 6],
    [30, 29],
    [1, 0],
  ] as const)
    for (const of of ['birth_date', 'renewal', 'd1']) {
      const event = w.event({ anniversary: of, days_before: before })
      w.same(
        w.segment({ all: [known, { anniversary: { of, next: `${next} days` } }] }),
        w.segment({ all: [known, { performed: { event, last: `${next} days` } }] }),
      )
    }
})

/** Laws by the kinds that they need. */
export const twinLaws: Readonly<Record<string, { readonly needs: readonly string[]; readonly law: Law }>> = {
  'a tree and its complement are a partition of the base': { needs: [], law: complement },
  'none of two is neither, and any of two is not neither': { needs: [], law: deMorgan },
  'a condition and its negative are complements on every body': { needs: [], law: negation },
  'a named event and the same rows inline agree': { needs: [], law: inline },
  'the first of all is the first occurrence': { needs: ['first_performed'], law: firsts },
  'a segment by name is its text put in its place': { needs: [], law: inPlace },
  'an anniversary ahead is the event of as many days before': { needs: ['anniversary'], law: anniversaries },
}

/** The claims that do not hold, told with both answers. */
export function broken(
  { claims, definitions }: Twins,
  answers: ReadonlyMap<string, unknown>,
  everyone: readonly string[],
): { claim: Claim; said: string }[] {
  return claims.flatMap((claim) => {
    const [left, right] = [answers.get(claim.left), answers.get(claim.right)]
    const within = claim.within === undefined ? everyone : (answers.get(claim.within) as readonly string[])
    const expected = claim.how === 'same' ? left : within.filter((one) => !(left as readonly string[]).includes(one))
    if (JSON.stringify(expected) === JSON.stringify(right)) return []
    const spec = (key: string): string => {
      const [block, name] = key.split(' ') as [keyof Definitions, string]
      return JSON.stringify(definitions[block]![name])
    }
    const said = [claim.left, claim.right].map((key) => `${key}: ${spec(key)}\n  ${JSON.stringify(answers.get(key))}`).join('\n')
    return [{ claim, said: `${claim.how}\n${said}` }]
  })
}
