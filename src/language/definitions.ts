/**
 * Definition files, read: metrics, events and segments as written, checked against each other and the data, and made sound.
 * A definition that is broken, or stands on one that is, is known by name but never compiled; all its problems are told in one pass.
 */
import { isScalar } from 'yaml'
import { type Problem, Problems, type Source, type Span, type Spanned } from '../base/problem.js'
import { suggest } from '../base/text.js'
import type { Day } from '../base/time.js'
import type { Catalogue } from '../store/catalogue.js'
import type { FieldType } from '../store/sources.js'
import { readMetric } from './conditions/attribute.js'
import {
  type Condition,
  checkCondition,
  conditionUses,
  type KindName,
  kindNames,
  kinds,
  sayCondition,
} from './conditions/index.js'
import { checkEvent, type Description, described, type Event, type EventBody, eventBody, makeEvent } from './events.js'
import type { RowSource } from './fields.js'
import { type Broken, foldTree, leaves, type Tree, type Use, uses, type World } from './kind.js'
import type { Country, Lists } from './lists.js'
import { checkMetric, type MetricSpec, onOf } from './metrics.js'
import {
  type At,
  deref,
  type Entry,
  entries,
  type Parameters,
  pairs,
  parseYaml,
  type Reading,
  shape,
  spanned,
  unknownKey,
  word,
} from './yaml.js'

export interface Described {
  readonly name: string
  readonly title?: string
  readonly description?: string
  readonly owner?: string
  readonly tags: readonly string[]
  readonly span: Span
}
export interface Segment extends Described {
  readonly kind: 'segment'
  readonly where: Tree<Condition>
  readonly base?: string
  /** Segments it stands on. */
  readonly uses: readonly string[]
}
export interface EventDefinition extends Described {
  readonly kind: 'event'
  readonly event: Event
}
export interface Metric extends Described {
  readonly kind: 'metric'
  readonly spec: MetricSpec
  readonly type: FieldType
}
export type Definition = Segment | EventDefinition | Metric

export interface Definitions {
  readonly metrics: ReadonlyMap<string, Metric>
  readonly events: ReadonlyMap<string, EventDefinition>
  /** In an order in which each stands only on those before it. */
  readonly segments: ReadonlyMap<string, Segment>
  /** Names of definitions that are broken or stand on a broken one, with what is wrong. */
  readonly broken: ReadonlyMap<string, readonly Problem[]>
  readonly problems: readonly Problem[]
}

/** What definitions are read against. */
export interface Ground {
  readonly catalogue: Catalogue
  readonly asOf: Day
  readonly parameters: Parameters
  readonly lists: Lists
  readonly country: Country
}

export interface DefinitionFile {
  readonly source: Source
  /** Ships with segkit: may use the `system/` names. */
  readonly system?: boolean
  /** Why the file could not be read, where it could not. */
  readonly unreadable?: Problem
}

type Draft =
  | { readonly kind: 'metric'; readonly base: Described; readonly spec: MetricSpec | undefined }
  | { readonly kind: 'event'; readonly base: Described; readonly body: EventBody | undefined }
  | {
      readonly kind: 'segment'
      readonly base: Described
      readonly where: Tree<Condition | Broken>
      readonly of?: Spanned<string>
    }

interface Block {
  readonly of: string
  read(entry: Entry, cx: Reading): Draft
}

/** The blocks of a definition file. */
const blocks: Readonly<Record<string, Block>> = {
  metrics: {
    of: 'metric',
    read(entry, cx) {
      const spec = readMetric(entry.at, cx, true)
      return { kind: 'metric', base: spec === undefined ? plain(entry) : describedBy(entry, spec.about), spec }
    },
  },
  events: {
    of: 'event',
    read(entry, cx) {
      const body = eventBody.read(entry.at, cx)
      return { kind: 'event', base: body === undefined ? plain(entry) : describedBy(entry, body), body }
    },
  },
  segments: { of: 'segment', read: readSegment },
}

const plain = (entry: Entry): Described => ({ name: entry.key, tags: [], span: entry.keySpan })
function describedBy(entry: Entry, body: Description): Described {
  const { title, description, owner, tags } = body
  return {
    ...plain(entry),
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(owner !== undefined && { owner }),
    tags: tags ?? [],
  }
}

const treeOps = ['all', 'any', 'none'] as const
type TreeOp = (typeof treeOps)[number]
const isTreeOp = (key: string): key is TreeOp => (treeOps as readonly string[]).includes(key)
const broken = (span: Span): Tree<Broken> => ({ op: 'is', leaf: { kind: 'broken' }, span })

const about = shape(described)

function readSegment(entry: Entry, cx: Reading): Draft {
  const all = pairs(entry.at, cx, 'a map with `all`, `any` or `none`')
  if (all === undefined) return { kind: 'segment', base: plain(entry), where: broken(entry.at.span) }
  const parts: Tree<Condition | Broken>[] = []
  const told: Record<string, unknown> = {}
  let of: Spanned<string> | undefined
  let sound = true
  for (const one of all) {
    if (isTreeOp(one.key)) parts.push(readBlock(one.key, one, cx))
    else if (one.key === 'base') {
      of = spanned(word).read(one.at, cx)
      sound &&= of !== undefined
    } else if (about.keys.includes(one.key)) told[one.key] = described[one.key as keyof typeof described].read(one.at, cx)
    else {
      sound = false
      const known = [...treeOps, 'base', ...about.keys]
      if (Object.hasOwn(kinds, one.key))
        cx.problems.error('unknown-key', `a condition stands in a list: \`${one.key}\``, {
          span: one.keySpan,
          help: `write \`all:\` and below it \`- ${one.key}: …\``,
        })
      else unknownKey(one.key, one.keySpan, known, cx.problems)
    }
  }
  if (parts.length === 0) {
    sound = false
    cx.problems.error('empty-condition', `segment \`${entry.key}\` has no condition`, {
      span: entry.keySpan,
      help: 'add `all:` with a list of conditions; everyone is `all: customers`',
    })
  }
  const where: Tree<Condition | Broken> = !sound
    ? { op: 'all', of: [...parts, broken(entry.at.span)], span: entry.at.span }
    : parts.length === 1
      ? (parts[0] as Tree<Condition>)
      : { op: 'all', of: parts, span: entry.at.span }
  return { kind: 'segment', base: describedBy(entry, told), where, ...(of !== undefined && { of }) }
}

function readBlock(op: TreeOp, { at, keySpan }: Entry, cx: Reading): Tree<Condition | Broken> {
  const real = deref(at, cx)
  if (real === undefined) return broken(at.span)
  if (op === 'all' && isScalar(real.node) && real.node.value === 'customers') return { op: 'everyone', span: at.span }
  const list = entries(real, cx, op === 'all' ? 'a list of conditions, or `customers`' : 'a list of conditions')
  if (list === undefined) return broken(at.span)
  if (list.length === 0) {
    cx.problems.error('empty-condition', `\`${op}\` is empty`, { span: keySpan, help: 'everyone is `all: customers`' })
    return broken(at.span)
  }
  return { op, of: list.map((one) => readEntry(one, cx)), span: keySpan }
}

/** An entry of a block: one condition, or blocks that must all hold. */
function readEntry(at: At, cx: Reading): Tree<Condition | Broken> {
  const all = pairs(at, cx, 'a condition')
  if (all === undefined) return broken(at.span)
  if (all.length > 0 && all.every((e) => isTreeOp(e.key))) {
    const parts = all.map((e) => readBlock(e.key as TreeOp, e, cx))
    return parts.length === 1 ? (parts[0] as Tree<Condition>) : { op: 'all', of: parts, span: at.span }
  }
  const [first, ...more] = all
  if (first === undefined) {
    cx.problems.error('empty-condition', 'this condition is empty', { span: at.span })
    return broken(at.span)
  }
  const read = all.map((e) => readCondition(e, cx))
  if (more.length > 0) {
    cx.problems.error('one-condition', 'one condition an entry', {
      span: at.span,
      help: 'give each its own `-`; a list under `all` must all hold',
    })
    return { op: 'all', of: [...read, broken(at.span)], span: at.span }
  }
  return read[0] as Tree<Condition | Broken>
}

function readCondition(e: Entry, cx: Reading): Tree<Condition | Broken> {
  if (isTreeOp(e.key)) return readBlock(e.key, e, cx)
  if (!Object.hasOwn(kinds, e.key)) {
    unknownKey(e.key, e.keySpan, [...kindNames, ...treeOps], cx.problems, 'unknown-condition', 'condition')
    return broken(e.at.span)
  }
  const kind = e.key as KindName
  const body = kinds[kind].fields.read(e.at, cx)
  return body === undefined
    ? broken(e.at.span)
    : { op: 'is', leaf: { kind, body } as Condition, span: { ...e.keySpan, end: Math.max(e.keySpan.end, e.at.span.end) } }
}

const nameShape = /^[a-z][a-z0-9_-]*(?:\/[a-z0-9_-]+)*$/

/** All definition files, read and checked together. */
export function readDefinitions(files: readonly DefinitionFile[], ground: Ground): Definitions {
  const problems = new Problems()
  const drafts = new Map<string, { readonly draft: Draft; readonly problems: Problem[] }>()
  for (const file of files) readFile(file, ground, drafts, problems)
  return check(drafts, ground, problems)
}

function readFile(
  file: DefinitionFile,
  ground: Ground,
  drafts: Map<string, { readonly draft: Draft; readonly problems: Problem[] }>,
  problems: Problems,
): void {
  if (file.unreadable !== undefined) {
    problems.add(file.unreadable)
    return
  }
  const cx: Reading = { source: file.source, problems, parameters: ground.parameters }
  const root = parseYaml(file.source, problems)
  if (root === undefined || root.node === null) return
  for (const block of pairs(root, cx, `a map of ${Object.keys(blocks).join(', ')}`) ?? []) {
    const kind = Object.hasOwn(blocks, block.key) ? (blocks[block.key] as Block) : undefined
    if (kind === undefined) {
      unknownKey(block.key, block.keySpan, Object.keys(blocks), problems, 'unknown-key', 'block')
      continue
    }
    if (block.at.node === null || (isScalar(block.at.node) && block.at.node.value === null)) continue
    for (const entry of pairs(block.at, cx, `a map of names to ${block.key}`) ?? []) {
      const own = new Problems()
      const draft = kind.read(entry, { ...cx, problems: own })
      checkName(entry, kind.of, file.system === true, drafts, own)
      for (const p of own.list) problems.add(p)
      drafts.set(draftKey(draft.kind, entry.key), { draft, problems: [...own.list] })
    }
  }
}
/** Metrics have names of their own; events and segments share theirs. */
const draftKey = (kind: Draft['kind'], name: string): string => `${kind === 'metric' ? 'metric' : 'name'} ${name}`
const nameOfKey = (key: string): string => key.slice(key.indexOf(' ') + 1)

function checkName(
  entry: Entry,
  of: string,
  system: boolean,
  drafts: ReadonlyMap<string, { readonly draft: Draft }>,
  problems: Problems,
): void {
  if (!nameShape.test(entry.key))
    problems.error('bad-name', `\`${entry.key}\` is no name for a ${of}`, {
      span: entry.keySpan,
      help: 'names are of a-z 0-9 - _ / and begin with a letter',
    })
  else if (!system && entry.key.startsWith('system/'))
    problems.error('bad-name', '`system/` is reserved for the definitions that ship with segkit', {
      span: entry.keySpan,
      help: 'choose another name',
    })
  const before = drafts.get(draftKey(of === 'metric' ? 'metric' : 'segment', entry.key))?.draft
  if (before !== undefined)
    problems.error('two-definitions', `\`${entry.key}\` is defined twice`, {
      span: entry.keySpan,
      help: `the other one, a ${before.kind}, is in ${before.base.span.source.name}`,
    })
}

type Drafts = ReadonlyMap<string, { readonly draft: Draft; readonly problems: Problem[] }>

function check(drafts: Drafts, ground: Ground, problems: Problems): Definitions {
  const of = <K extends Draft['kind']>(kind: K) =>
    [...drafts.values()].filter((d): d is { draft: Extract<Draft, { kind: K }>; problems: Problem[] } => d.draft.kind === kind)
  /** What is wrong, by `draftKey`: a metric and a segment may have the same name. */
  const bad = new Map<string, Problem[]>()
  for (const { draft, problems: own } of drafts.values())
    if (own.some((p) => p.severity === 'error')) bad.set(draftKey(draft.kind, draft.base.name), own)

  const events = new Map<string, { readonly on: RowSource; readonly capture: readonly string[] }>()
  for (const { draft } of of('event'))
    if (draft.body !== undefined)
      events.set(draft.base.name, { on: draft.body.on.value, capture: (draft.body.capture ?? []).map((c) => c.value) })
  const metrics = new Map<string, FieldType>()
  const segments = new Set(of('segment').map(({ draft }) => draft.base.name))
  const world: World = { ...ground, metrics, events, segments, broken: new Set([...bad.keys()].map(nameOfKey)) }

  /** Checks one definition; what it finds is told, and kept as the reason why it is broken. */
  const checking = ({ kind, base }: Draft, work: (found: Problems) => void): void => {
    const key = draftKey(kind, base.name)
    const found = new Problems()
    work(found)
    for (const p of found.list) problems.add(p)
    if (found.failed) bad.set(key, [...(bad.get(key) ?? []), ...found.list])
  }

  for (const { draft } of of('event'))
    if (draft.body !== undefined)
      checking(draft, (found) => checkEvent(draft.body as EventBody, draft.base.span, ground.catalogue, ground.asOf, found))
  for (const { draft } of of('metric')) {
    const { name, span } = draft.base
    checking(draft, (found) => {
      if (ground.catalogue.own('customers', name) !== undefined)
        found.error('two-definitions', `\`${name}\` is an attribute of the customers already`, {
          span,
          help: 'give the metric another name',
        })
      const type = draft.spec === undefined ? undefined : checkMetric(draft.spec, world, found, span)
      if (type !== undefined) metrics.set(name, type)
    })
    if (!metrics.has(name)) (world.broken as Set<string>).add(name)
  }
  for (const { draft } of of('segment'))
    checking(draft, (found) => {
      for (const { leaf, span } of leaves(draft.where))
        if (leaf.kind !== 'broken') checkCondition(leaf as Condition, world, found, span)
      if (draft.of !== undefined && !segments.has(draft.of.value)) {
        const help = suggest(draft.of.value, [...segments], 'segments')
        found.error('unknown-segment', `no segment \`${draft.of.value}\``, {
          span: draft.of.span,
          ...(help !== undefined && { help }),
        })
      }
    })
  return assemble(
    drafts,
    of('segment').map((d) => d.draft),
    metrics,
    bad,
    problems,
  )
}

type SegmentDraft = Extract<Draft, { kind: 'segment' }>

const standsOn = (draft: SegmentDraft): readonly Use[] => [
  ...leaves(draft.where).flatMap(({ leaf }) => (leaf.kind === 'broken' ? [] : conditionUses(leaf as Condition))),
  ...uses('segment', draft.of === undefined ? [] : [draft.of]),
]

/** Puts segments in the order in which they stand on each other, finds circles, and hands brokenness up. */
function assemble(
  drafts: Drafts,
  segmentDrafts: readonly SegmentDraft[],
  types: ReadonlyMap<string, FieldType>,
  bad: Map<string, Problem[]>,
  problems: Problems,
): Definitions {
  const bySegment = new Map(segmentDrafts.map((d) => [d.base.name, d]))
  const metrics = new Map<string, Metric>()
  const events = new Map<string, EventDefinition>()
  const segments = new Map<string, Segment>()
  const cause = (kind: Draft['kind'], name: string): readonly Problem[] | undefined => bad.get(draftKey(kind, name))
  const taint = (kind: Draft['kind'], name: string, by: readonly Problem[]): void =>
    void bad.set(draftKey(kind, name), [...(cause(kind, name) ?? []), ...by])

  for (const { draft } of drafts.values()) {
    const { name } = draft.base
    if (draft.kind === 'event' && draft.body !== undefined && cause('event', name) === undefined)
      events.set(name, { kind: 'event', ...draft.base, event: makeEvent(name, draft.body) })
  }
  for (const { draft } of drafts.values()) {
    if (draft.kind !== 'metric' || draft.spec === undefined) continue
    const { name } = draft.base
    const event = (onOf(draft.spec.body.target.on) as { event?: string }).event
    if (event !== undefined && !events.has(event)) taint('metric', name, cause('event', event) ?? [])
    const type = types.get(name)
    if (cause('metric', name) === undefined && type !== undefined)
      metrics.set(name, { kind: 'metric', ...draft.base, spec: draft.spec, type })
  }

  const done = new Set<string>()
  const visit = (draft: SegmentDraft, trail: readonly string[]): void => {
    const { name } = draft.base
    if (done.has(name)) return
    const path = [...trail, name]
    for (const ref of standsOn(draft)) {
      const next = ref.kind === 'segment' ? bySegment.get(ref.value) : undefined
      if (next !== undefined && path.includes(ref.value)) {
        const ring = [...path.slice(path.indexOf(ref.value)), ref.value]
        const p: Problem = {
          code: 'circle',
          severity: 'error',
          message: `segments stand on each other in a circle: ${ring.join(' → ')}`,
          span: ref.span,
          help: 'take one of these references out',
        }
        if (!ring.some((n) => cause('segment', n)?.some((q) => q.code === 'circle'))) problems.add(p)
        for (const n of ring) taint('segment', n, [p])
        continue
      }
      if (next !== undefined) visit(next, path)
      const because = cause(ref.kind, ref.value)
      if (because !== undefined && cause('segment', name) === undefined) taint('segment', name, because)
    }
    if (done.has(name)) return
    done.add(name)
    const where = sound(draft.where)
    if (cause('segment', name) !== undefined || where === undefined) return
    segments.set(name, {
      kind: 'segment',
      ...draft.base,
      where,
      ...(draft.of !== undefined && { base: draft.of.value }),
      uses: [...new Set(standsOn(draft).flatMap((u) => (u.kind === 'segment' ? [u.value] : [])))],
    })
  }
  for (const draft of segmentDrafts) visit(draft, [])
  return {
    metrics,
    events,
    segments,
    broken: new Map([...bad].map(([key, why]) => [nameOfKey(key), why])),
    problems: unrepeated(problems.list),
  }
}

/** A mistake that aliases repeat is told once. */
const unrepeated = (problems: readonly Problem[]): readonly Problem[] => {
  const told = new Set<string>()
  return problems.filter((p) => {
    const known = `${p.code} ${p.span?.source.name} ${p.span?.start} ${p.span?.end} ${p.message}`
    return p.span === undefined || (!told.has(known) && told.add(known))
  })
}

function sound(tree: Tree<Condition | Broken>): Tree<Condition> | undefined {
  switch (tree.op) {
    case 'all':
    case 'any':
    case 'none': {
      const of = tree.of.map(sound)
      return of.every((t) => t !== undefined) ? { op: tree.op, of: of as Tree<Condition>[], span: tree.span } : undefined
    }
    case 'everyone':
      return tree
    case 'is':
      return tree.leaf.kind === 'broken' ? undefined : { op: 'is', leaf: tree.leaf as Condition, span: tree.span }
  }
}

/** A segment in words. */
export const saySegment = (s: Segment): string =>
  (s.base === undefined ? '' : `of ${s.base}: `) +
  foldTree<Condition, string>(s.where, {
    all: (of) => (of.length === 1 ? (of[0] as string) : `(${of.join(' and ')})`),
    any: (of) => (of.length === 1 ? (of[0] as string) : `(${of.join(' or ')})`),
    none: (of) => `not (${of.join(' or ')})`,
    everyone: () => 'every customer',
    is: (c) => sayCondition(c),
  })
