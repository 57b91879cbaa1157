/**
 * Definition files, read: metrics, events, segments and audiences as written, checked against each other and the data, and made sound.
 * A definition that is broken, or stands on one that is, is known by name but never compiled; all its problems are told in one pass.
 */
import { isScalar } from 'yaml'
import { type Problem, Problems, type Source, type Span, type Spanned } from '../base/problem.js'
import type { Day } from '../base/time.js'
import type { Catalogue } from '../store/catalogue.js'
import type { FieldType } from '../store/sources.js'
import { type AudienceBody, audienceBody, audienceUses, checkAudience, type Profiles } from './audiences.js'
import { readMetric } from './conditions/attribute.js'
import { isHidden } from './conditions/contact.js'
import { type Condition, checkCondition, conditionUses, kinds, sayCondition } from './conditions/index.js'
import { type ConsentRule, checkConsentWords, consentSegments } from './consent.js'
import { type Description, described } from './described.js'
import { checkEvent, type EventBody, eventBody, eventGrain, eventLooks, eventUses, makeEvent } from './events.js'
import { checkExamples, type Example, segmentTests } from './examples.js'
import { checkExpectations, comparedWith, type Expectations, expectations, expectationsOf, parts } from './expectations.js'
import { checkSegments, type Grain } from './fieldwork.js'
import { foldTree, leaves, type Tree, type Use, uses, type World } from './kind.js'
import type { Country, Lists } from './lists.js'
import type { Look, Looking } from './look.js'
import { checkMetric, type MetricSpec, metricUses } from './metrics.js'
import type { Event } from './rows.js'
import { reached, standing } from './standing.js'
import { brokenLeaf, type DraftTree, isTreeOp, readBlock, soundTree, treeOps } from './tree.js'
import { english, type Wording } from './words/index.js'
import {
  type Entry,
  optional,
  type Parameters,
  pairs,
  parseYaml,
  type ReadFields,
  type Reading,
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
  readonly tests?: readonly Example[]
  readonly span: Span
}
export interface Segment extends Described {
  readonly kind: 'segment'
  readonly where: Tree<Condition>
  readonly base?: string
  /** A group written `partition: […]`: the segments it is made of. */
  readonly parts?: readonly string[]
  readonly expect?: Expectations
  /** Segments it stands on, its base included: directly, or through metrics and events. */
  readonly uses: readonly string[]
  /** Attributes of customers it stands on: directly, or through whatever it stands on. */
  readonly attributes: readonly string[]
}
export interface EventDefinition extends Described {
  readonly kind: 'event'
  readonly event: Event
  /** What it looks at in one customer beside its occurrences. */
  readonly looks?: (looking: Looking) => readonly Look[]
  /** Segments it stands on, directly or through metrics and events. */
  readonly uses: readonly string[]
}
export interface Metric extends Described {
  readonly kind: 'metric'
  readonly spec: MetricSpec
  readonly type: FieldType
  /** Segments it stands on, directly or through metrics and events. */
  readonly uses: readonly string[]
}
export interface Audience extends Described {
  readonly kind: 'audience'
  readonly audience: AudienceBody
  /** Segments it stands on, those behind the rules of consent included. */
  readonly uses: readonly string[]
}
export type Definition = Segment | EventDefinition | Metric | Audience

export interface Definitions {
  readonly metrics: ReadonlyMap<string, Metric>
  readonly events: ReadonlyMap<string, EventDefinition>
  /** In an order in which each stands only on those before it. */
  readonly segments: ReadonlyMap<string, Segment>
  readonly audiences: ReadonlyMap<string, Audience>
  /** Segments that nobody names or sees, but others stand on: those behind the rules of consent. */
  readonly hidden: ReadonlyMap<string, Segment>
  /** Names of definitions that are broken or stand on a broken one, with what is wrong. */
  readonly broken: ReadonlyMap<string, readonly Problem[]>
  /** What is wrong with the hidden ones that are broken. */
  readonly brokenHidden: ReadonlyMap<string, readonly Problem[]>
  readonly problems: readonly Problem[]
}

/** What definitions are read against. */
export interface Ground {
  readonly catalogue: Catalogue
  readonly asOf: Day
  readonly parameters: Parameters
  readonly lists: Lists
  readonly country: Country
  readonly consent?: readonly ConsentRule[]
  /** Without them what an audience says of its profile is not checked. */
  readonly profiles?: Profiles
  /** Names of which the ledger holds hand-offs. */
  readonly handedOff?: ReadonlySet<string>
}

export interface DefinitionFile {
  readonly source: Source
  /** Ships with segkit: may use the `system/` names. */
  readonly system?: boolean
  /**
   * A draft beside the project's files: its definitions stand in for those of the same names, and where it holds no more than
   * the body of a segment, this is the segment's name.
   */
  readonly draft?: string
  /** Why the file could not be read, where it could not. */
  readonly unreadable?: Problem
}

type Draft =
  | { readonly kind: 'metric'; readonly base: Described; readonly spec: MetricSpec | undefined }
  | { readonly kind: 'event'; readonly base: Described; readonly body: EventBody | undefined }
  | { readonly kind: 'audience'; readonly base: Described; readonly body: AudienceBody | undefined }
  | {
      readonly kind: 'segment'
      readonly base: Described
      readonly where: DraftTree
      readonly body: SegmentBody
      /** What is wrong with it is told elsewhere. */
      readonly unchecked?: boolean
    }

interface Block {
  readonly of: string
  read(entry: Entry, cx: Reading): Draft
}

/** The blocks of a definition file. */
export const blocks: Readonly<Record<string, Block>> = {
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
  audiences: {
    of: 'audience',
    read(entry, cx) {
      const body = audienceBody.read(entry.at, cx)
      return { kind: 'audience', base: body === undefined ? plain(entry) : describedBy(entry, body), body }
    },
  },
}

const plain = (entry: Entry): Described => ({ name: entry.key, tags: [], span: entry.keySpan })
function describedBy(entry: Entry, body: Description): Described {
  const { title, description, owner, tags, tests } = body
  return {
    ...plain(entry),
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(owner !== undefined && { owner }),
    tags: tags ?? [],
    ...(tests !== undefined && { tests }),
  }
}

/** What stands in a segment beside its blocks. */
export const segmentKeys = {
  base: optional(spanned(word)),
  partition: optional(spanned(parts)),
  expect: optional(expectations),
  ...described,
  tests: optional(segmentTests),
}
type SegmentBody = ReadFields<typeof segmentKeys>

function readSegment(entry: Entry, cx: Reading): Draft {
  const all = pairs(entry.at, cx, 'a map with `all`, `any` or `none`')
  if (all === undefined) return { kind: 'segment', base: plain(entry), where: brokenLeaf(entry.at.span), body: {} }
  const blocks: DraftTree[] = []
  const told: Record<string, unknown> = {}
  for (const one of all) {
    if (isTreeOp(one.key)) blocks.push(readBlock(one.key, one, cx))
    else if (Object.hasOwn(segmentKeys, one.key)) {
      const read = segmentKeys[one.key as keyof typeof segmentKeys].read(one.at, cx)
      if (read !== undefined) told[one.key] = read
    } else if (Object.hasOwn(kinds, one.key))
      cx.problems.error('unknown-key', `a condition stands in a list: \`${one.key}\``, {
        span: one.keySpan,
        help: `write \`all:\` and below it \`- ${one.key}: …\``,
      })
    else unknownKey(one.key, one.keySpan, [...treeOps, ...Object.keys(segmentKeys)], cx.problems)
  }
  const body: SegmentBody = told
  const group = all.find((one) => one.key === 'partition')
  if (group !== undefined) checkGroup(body.partition?.value ?? [], group, blocks, cx)
  else if (blocks.length === 0)
    cx.problems.error('empty-condition', `segment \`${entry.key}\` has no condition`, {
      span: entry.keySpan,
      help: 'add `all:` with a list of conditions; everyone is `all: customers`',
    })
  return { kind: 'segment', base: describedBy(entry, body), where: wholeTree(body, blocks, entry.at.span), body }
}

/** Blocks that must all hold; of a group, that the customer is in one of its parts. */
function wholeTree({ partition }: SegmentBody, blocks: readonly DraftTree[], span: Span): DraftTree {
  if (partition !== undefined) return { op: 'is', leaf: { kind: 'in_segment', body: partition.value }, span: partition.span }
  const [first, ...more] = blocks
  if (first === undefined) return brokenLeaf(span)
  return more.length === 0 ? first : { op: 'all', of: blocks, span }
}

/** Tells what keeps a group from being one: conditions of its own, a part that is named twice. */
function checkGroup(group: readonly Spanned<string>[], { keySpan }: Entry, blocks: readonly DraftTree[], cx: Reading): void {
  if (blocks.length > 0)
    cx.problems.error('two-kinds', 'a partition has no conditions of its own', {
      span: keySpan,
      help: 'its members are those of its parts; `base:` says whom they must cover',
    })
  group.forEach(({ value, span }, i) => {
    if (group.findIndex((p) => p.value === value) < i)
      cx.problems.error('contradiction', `\`${value}\` is a part twice`, { span, help: 'take one of them out' })
  })
}

export const nameShape = /^[a-z][a-z0-9_-]*(?:\/[a-z0-9_-]+)*$/

/** All definition files, read and checked together. */
export function readDefinitions(files: readonly DefinitionFile[], ground: Ground): Definitions {
  const problems = new Problems()
  const drafts = new Map<string, { readonly draft: Draft; readonly problems: Problem[] }>()
  for (const file of files) readFile(file, ground, drafts, problems)
  addConsent(ground.consent ?? [], drafts)
  return check(drafts, ground, problems)
}

function addConsent(
  consent: readonly ConsentRule[],
  drafts: Map<string, { readonly draft: Draft; readonly problems: Problem[] }>,
): void {
  const treeOf = (name: string): DraftTree | undefined => {
    const draft = drafts.get(draftKey('segment', name))?.draft
    if (draft?.kind !== 'segment') return undefined
    const { base } = draft.body
    if (base === undefined) return draft.where
    const within: DraftTree = { op: 'is', leaf: { kind: 'in_segment', body: [base] }, span: base.span }
    return { op: 'all', of: [within, draft.where], span: base.span }
  }
  for (const { name, where, span, rule } of consentSegments(consent, treeOf)) {
    const draft: Draft = { kind: 'segment', base: { name, tags: [], span }, where, body: {}, unchecked: rule !== true }
    drafts.set(draftKey('segment', name), { draft, problems: [] })
  }
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
  const take = (kind: Block, entry: Entry): void => {
    const own = new Problems()
    const draft = kind.read(entry, { ...cx, problems: own })
    checkName(entry, kind.of, file, drafts, own)
    for (const p of own.list) problems.add(p)
    drafts.set(draftKey(draft.kind, entry.key), { draft, problems: [...own.list] })
  }
  const found = pairs(root, cx, `a map of ${Object.keys(blocks).join(', ')}`) ?? []
  if (file.draft !== undefined && found.some((one) => isTreeOp(one.key))) {
    take(blocks['segments'] as Block, { key: file.draft, keySpan: (found[0] as Entry).keySpan, at: root })
    return
  }
  for (const block of found) {
    const kind = Object.hasOwn(blocks, block.key) ? (blocks[block.key] as Block) : undefined
    if (kind === undefined) {
      unknownKey(block.key, block.keySpan, Object.keys(blocks), problems, 'unknown-key', 'block')
      continue
    }
    if (block.at.node === null || (isScalar(block.at.node) && block.at.node.value === null)) continue
    for (const entry of pairs(block.at, cx, `a map of names to ${block.key}`) ?? []) take(kind, entry)
  }
}
/** Metrics have names of their own; events, segments and audiences share theirs. */
const draftKey = (kind: Draft['kind'], name: string): string => `${kind === 'metric' ? 'metric' : 'name'} ${name}`
const nameOfKey = (key: string): string => key.slice(key.indexOf(' ') + 1)

function checkName(
  entry: Entry,
  of: string,
  file: DefinitionFile,
  drafts: ReadonlyMap<string, { readonly draft: Draft }>,
  problems: Problems,
): void {
  if (!nameShape.test(entry.key))
    problems.error('bad-name', `\`${entry.key}\` is no name for ${/^[aeiou]/.test(of) ? 'an' : 'a'} ${of}`, {
      span: entry.keySpan,
      help: 'names are of a-z 0-9 - _ / and begin with a letter',
    })
  else if (file.system !== true && entry.key.startsWith('system/'))
    problems.error('bad-name', '`system/` is reserved for the definitions that ship with segkit', {
      span: entry.keySpan,
      help: 'choose another name',
    })
  const before = drafts.get(draftKey(of === 'metric' ? 'metric' : 'segment', entry.key))?.draft
  if (before !== undefined && (file.draft === undefined || before.base.span.source === file.source))
    problems.error('two-definitions', `\`${entry.key}\` is defined twice`, {
      span: entry.keySpan,
      help: `the other one, a ${before.kind}, is in ${before.base.span.source.name}`,
    })
}

type Drafts = ReadonlyMap<string, { readonly draft: Draft; readonly problems: Problem[] }>

function check(drafts: Drafts, ground: Ground, problems: Problems): Definitions {
  const all = [...drafts.values()].map((d) => d.draft)
  /** What is wrong, by `draftKey`: a metric and a segment may have the same name. */
  const bad = new Map<string, readonly Problem[]>()
  for (const { draft, problems: own } of drafts.values()) if (own.some((p) => p.severity === 'error')) bad.set(keyOf(draft), own)
  const blame = (draft: Draft, why: readonly Problem[]): void =>
    void bad.set(keyOf(draft), [...(bad.get(keyOf(draft)) ?? []), ...why])

  /** The definitions that one stands on; a name of another kind, or of none, is told where it is checked. */
  const found = (use: Use): Draft | undefined => {
    const draft = drafts.get(draftKey(use.kind, use.value))?.draft
    return draft?.kind === use.kind ? draft : undefined
  }
  const references = (draft: Draft) =>
    usesOf(draft, ground.profiles).flatMap((use) => {
      const to = found(use)
      return to === undefined ? [] : [{ to, span: use.span }]
    })
  const { order, circles } = standing(all, references)
  for (const { ring, span } of circles) {
    const names = [...ring, ring[0] as Draft].map((d) => d.base.name)
    const problem: Problem = {
      code: 'circle',
      severity: 'error',
      message: `${ring.every((d) => d.kind === 'segment') ? 'segments' : 'definitions'} stand on each other in a circle: ${names.join(' → ')}`,
      span,
      help: 'take one of these references out',
    }
    if (!ring.some((d) => bad.get(keyOf(d))?.some((p) => p.code === 'circle'))) problems.add(problem)
    for (const draft of ring) blame(draft, [problem])
  }

  const events = new Map<string, Grain>()
  for (const draft of order) {
    if (draft.kind !== 'event' || draft.body === undefined) continue
    const grain = eventGrain(draft.body, (event) => events.get(event))
    if (grain !== undefined) events.set(draft.base.name, grain)
  }
  const metrics = new Map<string, FieldType>()
  const segments = new Set(all.filter((d) => d.kind === 'segment' && !isHidden(d.base.name)).map((d) => d.base.name))
  const audiences = new Set(all.filter((d) => d.kind === 'audience').map((d) => d.base.name))
  const broken = new Set([...bad.keys()].map(nameOfKey))
  const { handedOff: handed = [], ...others } = ground
  const handedOff = new Set([...audiences, ...handed])
  const world: World = {
    ...others,
    metrics,
    events,
    segments,
    broken,
    ...(handedOff.size > 0 && { handedOff: new Set([...handedOff, ...segments]) }),
  }

  for (const draft of order) {
    const told = new Problems()
    const type = checkDraft(draft, world, told)
    if (draft.kind === 'audience' && draft.body !== undefined) checkAudience(draft.body, world, audiences, ground.profiles, told)
    for (const p of told.list) problems.add(p)
    if (told.failed) blame(draft, told.list)
    if (draft.kind === 'event' && !events.has(draft.base.name)) broken.add(draft.base.name)
    if (draft.kind === 'metric') {
      if (type === undefined) broken.add(draft.base.name)
      else metrics.set(draft.base.name, type)
    }
    if (!bad.has(keyOf(draft)))
      handUp(
        draft,
        references(draft).map((r) => r.to),
      )
  }
  /** A definition that stands on a broken one is broken by what broke that. */
  function handUp(draft: Draft, below: readonly Draft[]): void {
    const because = below.map((d) => bad.get(keyOf(d))).find((why) => why !== undefined)
    if (because !== undefined) blame(draft, because)
  }

  /** What is only compared with may be of any order, so it is handed up until nothing new is. */
  const compared = (draft: Draft): readonly Draft[] =>
    draft.kind !== 'segment' ? [] : uses('segment', comparedWith(draft.body.expect)).flatMap((use) => found(use) ?? [])
  for (let before = -1; before < bad.size; ) {
    before = bad.size
    for (const draft of order)
      if (!bad.has(keyOf(draft))) handUp(draft, [...references(draft).map((r) => r.to), ...compared(draft)])
  }

  const sound = order.filter((d) => !bad.has(keyOf(d)))
  const next = (draft: Draft): readonly Draft[] => references(draft).map((r) => r.to)
  const made = sound.flatMap((draft): Definition | readonly Definition[] => {
    const segmentsBelow = [...reached(draft, next, (d) => d.kind !== 'segment' || isHidden(d.base.name))]
      .filter((d) => d.kind === 'segment')
      .map((d) => d.base.name)
    const below = draft.kind !== 'segment' ? [] : [draft, ...reached(draft, next, () => true)]
    return definitionOf(draft, { uses: segmentsBelow, attributes: attributesOf(below, ground) }, world) ?? []
  })
  const of = <K extends Definition['kind']>(kind: K): ReadonlyMap<string, Extract<Definition, { kind: K }>> =>
    new Map(made.filter((d): d is Extract<Definition, { kind: K }> => d.kind === kind).map((d) => [d.name, d]))
  const blamed = [...bad].map(([key, why]) => [nameOfKey(key), why] as const)
  return {
    metrics: of('metric'),
    events: of('event'),
    segments: new Map([...of('segment')].filter(([name]) => !isHidden(name))),
    audiences: of('audience'),
    hidden: new Map([...of('segment')].filter(([name]) => isHidden(name))),
    broken: new Map(blamed.filter(([name]) => !isHidden(name))),
    brokenHidden: new Map(blamed.filter(([name]) => isHidden(name))),
    problems: unrepeated(problems.list),
  }
}

/** What definitions name that is an attribute and not a metric. */
const attributesOf = (drafts: readonly Draft[], { catalogue, profiles }: Ground): readonly string[] => [
  ...new Set(
    drafts
      .flatMap((draft) => usesOf(draft, profiles))
      .flatMap(({ kind, value }) => (kind === 'metric' && catalogue.own('customers', value) !== undefined ? [value] : [])),
  ),
]

const keyOf = (draft: Draft): string => draftKey(draft.kind, draft.base.name)

/** The definitions that one stands on, as it names them. */
function usesOf(draft: Draft, profiles: Profiles | undefined): readonly Use[] {
  switch (draft.kind) {
    case 'audience':
      return draft.body === undefined ? [] : audienceUses(draft.body, profiles)
    case 'metric':
      return draft.spec === undefined ? [] : metricUses(draft.spec)
    case 'event':
      return draft.body === undefined ? [] : eventUses(draft.body)
    case 'segment':
      return [
        ...leaves(draft.where).flatMap(({ leaf }) => (leaf.kind === 'broken' ? [] : conditionUses(leaf as Condition))),
        ...uses('segment', draft.body.base === undefined ? [] : [draft.body.base]),
      ]
  }
}

/** Tells what is wrong with a definition that reading alone cannot know; of a metric, the type of its values. */
function checkDraft(draft: Draft, world: World, problems: Problems): FieldType | undefined {
  const { name, span, tests } = draft.base
  if (tests !== undefined) checkExamples(tests, world.catalogue, problems)
  switch (draft.kind) {
    case 'metric':
      if (world.catalogue.own('customers', name) !== undefined)
        problems.error('two-definitions', `\`${name}\` is an attribute of the customers already`, {
          span,
          help: 'give the metric another name',
        })
      return draft.spec === undefined ? undefined : checkMetric(draft.spec, world, problems, span)
    case 'event':
      if (draft.body !== undefined) checkEvent(draft.body, span, world, world.events.get(name), problems)
      return undefined
    case 'audience':
      return undefined
    case 'segment': {
      if (draft.unchecked === true) return undefined
      const { base, partition, expect } = draft.body
      for (const { leaf, span: at } of leaves(draft.where))
        if (leaf.kind !== 'broken') checkCondition(leaf as Condition, world, problems, at)
      if (isHidden(name)) checkConsentWords(draft.where, world, problems)
      if (base !== undefined) checkSegments([base], world, problems)
      if (expect !== undefined) checkExpectations(expect, { name, isGroup: partition !== undefined, span }, world, problems)
      return undefined
    }
  }
}

/** The definition of a draft in which nothing is wrong. */
function definitionOf(draft: Draft, below: Pick<Segment, 'uses' | 'attributes'>, world: World): Definition | undefined {
  const common = { ...draft.base, uses: below.uses }
  const { name } = draft.base
  switch (draft.kind) {
    case 'metric': {
      const type = world.metrics.get(name)
      return draft.spec === undefined || type === undefined ? undefined : { kind: 'metric', ...common, spec: draft.spec, type }
    }
    case 'event': {
      const grain = world.events.get(name)
      const { body } = draft
      if (body === undefined || grain === undefined) return undefined
      const looks = (looking: Looking) => eventLooks(body, draft.base.span, looking)
      return { kind: 'event', ...common, event: makeEvent(name, body, grain), looks }
    }
    case 'audience':
      return draft.body === undefined ? undefined : { kind: 'audience', ...common, audience: draft.body }
    case 'segment': {
      const { base, partition, expect } = draft.body
      const where = soundTree(draft.where)
      const expected = expectationsOf(expect, partition)
      return where === undefined
        ? undefined
        : {
            kind: 'segment',
            ...common,
            attributes: below.attributes,
            where,
            ...(base !== undefined && { base: base.value }),
            ...(partition !== undefined && { parts: partition.value.map((p) => p.value) }),
            ...(expected !== undefined && { expect: expected }),
          }
    }
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

/** A segment in words. */
export const saySegment = (s: Segment, w: Wording = english): string =>
  (s.base === undefined ? '' : w.ofBase(s.base)) + sayTree(s.where, w).text

interface Said {
  readonly text: string
  /** Several conditions: among others it stands in brackets. */
  readonly isSeveral: boolean
}

const sayTree = (where: Segment['where'], w: Wording): Said => {
  const one = (text: string): Said => ({ text, isSeveral: false })
  const beside = (of: readonly Said[]): readonly string[] =>
    of.map(({ text, isSeveral }) => (isSeveral && of.length > 1 ? `(${text})` : text))
  const several = (of: readonly Said[], say: (parts: readonly string[]) => string): Said =>
    of.length === 1 ? (of[0] as Said) : { text: say(beside(of)), isSeveral: true }
  return foldTree<Condition, Said>(where, {
    all: (of) => several(of, w.all),
    any: (of) => several(of, w.any),
    none: (of) => one(w.none(beside(of))),
    everyone: () => one(w.everyone),
    is: (c) => one(sayCondition(c, w)),
  })
}
