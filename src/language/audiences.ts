/**
 * Audiences, as written: whom a hand-off takes, who is left out, how the rest is parted and for which tool. Who falls out of one,
 * and its files, are the hand-off's.
 */
import { isMap, type Node, type Pair } from 'yaml'
import { parseScaled } from '../base/decimal.js'
import type { Problem, Problems, Span, Spanned } from '../base/problem.js'
import { suggest } from '../base/text.js'
import { aType } from './compare.js'
import { portion } from './conditions/among.js'
import { agreed, type ChannelName, channelNames, checkChannel, refused } from './conditions/contact.js'
import { described } from './described.js'
import { checkSegments, customerType, type Use, uses } from './fieldwork.js'
import { needsOne, without } from './jsonschema.js'
import type { World } from './kind.js'
import { daysOf, duration, windowNames, windowReaders, wrongWindow } from './windows.js'
import {
  deref,
  flag,
  listOf,
  mapOf,
  oneOf,
  optional,
  type Read,
  type Reader,
  scalar,
  schemaOf,
  shape,
  spanned,
  spanOf,
  text,
  whole,
  word,
  written,
} from './yaml.js'

/** What the language must know of an export profile. */
export interface ProfileFacts {
  readonly channel: ChannelName | 'none'
  /** Whether columns beside its own have a place. */
  readonly takesMore: boolean
  /** Any one of these must be there: of each all columns, of each column any of its values. */
  readonly requires: readonly (readonly (readonly string[])[])[]
  /** What is wrong with parameters given to it. */
  wrong(params: Readonly<Record<string, string>>): readonly Problem[]
}
/** Export profiles by name. */
export interface Profiles {
  readonly names: () => readonly string[]
  /** Undefined where there is none of that name; its own problems where it is broken. */
  find(name: string): ProfileFacts | { readonly broken: readonly Problem[] } | undefined
}

/** The arm that is recorded and never handed off. */
export const holdout = 'holdout'

/** A percentage of customers, with or without its sign. */
interface Weight {
  readonly text: string
  readonly units: bigint
  readonly scale: number
}
const weight: Reader<Weight> = scalar(
  'a percentage such as `50`',
  (_, t) => {
    const found = parseScaled(t.trim().replace(/\s*%$/, ''))
    return found === undefined || found.units <= 0n ? undefined : { text: t, ...found }
  },
  { type: ['number', 'string'], exclusiveMinimum: 0, pattern: '^\\s*\\d+(\\.\\d+)?\\s*%?\\s*$' },
)

/** The arms, where each of them could be read. */
const arms: Reader<ReadonlyMap<string, Spanned<Weight>>> = {
  ...mapOf(weight, 'arms to percentages'),
  read(at, cx) {
    const before = cx.problems.list.length
    const read = mapOf(weight, 'arms to percentages').read(at, cx)
    return cx.problems.list.length > before ? undefined : read
  },
}

/** Arms in the order in which they take buckets. */
export interface Arm {
  readonly name: string
  readonly weight: Weight
}

const sources = ['segment', 'waterfall', 'event'] as const

const fields = {
  segment: optional(spanned(word)),
  waterfall: optional(listOf(spanned(word))),
  event: optional(spanned(word)),
  ...windowReaders,
  reachable: optional(spanned(oneOf(...channelNames, 'any'))),
  suppress: optional(listOf(spanned(shape({ list: optional(spanned(word)), segment: optional(spanned(word)) })), 0)),
  frequency_cap: optional(spanned(shape({ max: whole(1), per: duration }))),
  limit: optional(spanned(shape({ top: portion, by: spanned(word), best: optional(oneOf('highest', 'lowest')) }))),
  split: optional(spanned(shape({ salt: text, arms: spanned(arms), as: optional(oneOf('files', 'column')) }))),
  profile: optional(spanned(word)),
  params: optional(mapOf(text, 'parameters of the profile')),
  columns: optional(listOf(spanned(word))),
  contact: optional(flag),
  ...described,
}
const body = shape(fields)
export type AudienceBody = Read<typeof body>

/** The body of an audience as it stands in YAML. */
export const audienceBody: Reader<AudienceBody> = {
  expects: body.expects,
  read(at, cx) {
    const read = body.read(at, cx)
    const node = deref(at, cx)?.node
    if (read === undefined || !isMap(node)) return read
    const keys = (node.items as Pair<Node>[]).map(({ key }) => ({ key: written(key), span: spanOf(key, cx.source, at.span) }))
    checkKeys(keys, at.span, cx.problems)
    return read
  },
  schema: (shared) => ({
    ...schemaOf(body, shared),
    dependencies: {
      ...Object.fromEntries(
        sources.map((source) => [
          source,
          without(
            sources.filter((other) => other !== source),
            `only one of ${sources.join(', ')}`,
          ),
        ]),
      ),
      ...Object.fromEntries(windowNames.map((name) => [name, { required: ['event'] }])),
    },
    ...needsOne(sources),
  }),
}

/** One of segment, waterfall, event; days only of an event. */
function checkKeys(keys: readonly { readonly key: string; readonly span: Span }[], span: Span, problems: Problems): void {
  const [first, ...more] = keys.filter(({ key }) => (sources as readonly string[]).includes(key))
  if (first === undefined)
    problems.error('missing-key', 'whom does the audience take? `segment`, `waterfall` or `event` is missing', {
      span,
      help: 'add `segment: NAME`',
    })
  for (const { key, span: at } of more)
    problems.error(
      'one-source',
      `an audience takes one of ${sources.map((s) => `\`${s}\``).join(', ')}; \`${first?.key}\` stands here already`,
      {
        span: at,
        help: key === 'event' || first?.key === 'event' ? 'make two audiences of it' : 'name all segments under `waterfall:`',
      },
    )
  if (keys.some(({ key }) => key === 'event')) return
  for (const { key, span: at } of keys)
    if ((windowNames as readonly string[]).includes(key))
      problems.error('stray-key', `\`${key}\` goes with \`event\` only`, {
        span: at,
        help: 'a segment says itself which days it looks at',
      })
}

/** The channels whose consent must hold: the profile's, and the one that the audience names. */
export function channelsOf(
  { reachable, profile }: AudienceBody,
  profiles: Profiles | undefined,
): readonly Spanned<ChannelName>[] {
  if (reachable?.value === 'any') return []
  const facts = profile === undefined ? undefined : profiles?.find(profile.value)
  const of = facts === undefined || 'broken' in facts || facts.channel === 'none' ? undefined : facts.channel
  return [
    ...(of === undefined || profile === undefined ? [] : [{ value: of, span: profile.span }]),
    ...(reachable === undefined || reachable.value === of ? [] : [{ value: reachable.value, span: reachable.span }]),
  ]
}

/** The segments, the event and the metrics that an audience stands on. */
export function audienceUses(audience: AudienceBody, profiles: Profiles | undefined): readonly Use[] {
  const { segment, waterfall, event, suppress, limit, columns } = audience
  return [
    ...uses('segment', [
      ...(segment === undefined ? [] : [segment]),
      ...(waterfall ?? []),
      ...(suppress ?? []).flatMap((s) => (s.value.segment === undefined ? [] : [s.value.segment])),
      ...channelsOf(audience, profiles).flatMap(({ value, span }) =>
        [agreed(value), refused(value)].map((name) => ({ value: name, span })),
      ),
    ]),
    ...uses('event', event === undefined ? [] : [event]),
    ...uses('metric', [...(limit === undefined ? [] : [limit.value.by]), ...(columns ?? [])]),
  ]
}

/** Tells what reading alone cannot know. `audiences`: the names of all of them. */
export function checkAudience(
  audience: AudienceBody,
  world: World,
  audiences: ReadonlySet<string>,
  profiles: Profiles | undefined,
  problems: Problems,
): void {
  const { segment, waterfall, event, suppress, columns } = audience
  checkSource([...(segment === undefined ? [] : [segment]), ...(waterfall ?? [])], audiences, world, problems)
  checkTwice(waterfall ?? [], 'stands in the waterfall twice', problems)
  if (event !== undefined) checkEventSource(event, audience, world, problems)
  for (const { value, span } of suppress ?? []) checkSuppressed(value, span, world, problems)
  checkLimit(audience, world, problems)
  checkSplit(audience, problems)
  for (const { value, span } of columns ?? []) customerType(value, span, world, problems)
  checkTwice(columns ?? [], 'is a column twice', problems)
  checkProfile(audience, world, profiles, problems)
  for (const channel of channelsOf(audience, profiles)) checkChannel(channel, world, problems)
  if (audience.frequency_cap !== undefined && contactChannel(audience, profiles) === undefined)
    problems.error('no-channel', '`frequency_cap` counts contacts by one channel; this audience has none', {
      span: audience.frequency_cap.span,
      help: 'add `reachable: email`, or a `profile` of a channel',
    })
}

/** The channel by which those in a file are contacted: the profile's, else the one that the audience names. */
export function contactChannel({ reachable, profile }: AudienceBody, profiles: Profiles | undefined): ChannelName | undefined {
  const facts = profile === undefined ? undefined : profiles?.find(profile.value)
  if (facts !== undefined && !('broken' in facts) && facts.channel !== 'none') return facts.channel
  return reachable === undefined || reachable.value === 'any' ? undefined : reachable.value
}

function checkSource(
  segments: readonly Spanned<string>[],
  audiences: ReadonlySet<string>,
  world: World,
  problems: Problems,
): void {
  for (const one of segments) {
    if (world.broken.has(one.value)) continue
    if (audiences.has(one.value) && !world.segments.has(one.value))
      problems.error('unknown-segment', `no segment \`${one.value}\``, {
        span: one.span,
        help: `\`${one.value}\` is an audience; name its segment`,
      })
    else if (world.events.has(one.value) && !world.segments.has(one.value))
      problems.error('unknown-segment', `no segment \`${one.value}\``, {
        span: one.span,
        help: `\`${one.value}\` is an event: write \`event: ${one.value}\``,
      })
    else checkSegments([one], world, problems)
  }
}

function checkEventSource(event: Spanned<string>, audience: AudienceBody, world: World, problems: Problems): void {
  const wrong = wrongWindow(audience, world.asOf)
  if (wrong !== undefined) problems.error('window', wrong, { span: event.span })
  if (world.events.has(event.value) || world.broken.has(event.value)) return
  const help = world.segments.has(event.value)
    ? `\`${event.value}\` is a segment: write \`segment: ${event.value}\``
    : suggest(event.value, [...world.events.keys()], 'events')
  problems.error('unknown-event', `no event \`${event.value}\``, { span: event.span, ...(help !== undefined && { help }) })
}

function checkTwice(names: readonly Spanned<string>[], twice: string, problems: Problems): void {
  names.forEach(({ value, span }, i) => {
    if (names.findIndex((n) => n.value === value) < i)
      problems.error('contradiction', `\`${value}\` ${twice}`, { span, help: 'take one of them out' })
  })
}

type Suppressing = NonNullable<AudienceBody['suppress']>[number]['value']
function checkSuppressed({ list, segment }: Suppressing, span: Span, world: World, problems: Problems): void {
  if (list === undefined && segment === undefined)
    problems.error('empty-suppress', 'nobody is suppressed here', {
      span,
      help: 'write `list: lists/never.csv` or `segment: NAME`',
    })
  if (segment !== undefined) checkSegments([segment], world, problems)
  const found = list === undefined ? undefined : world.lists.read(list.value)
  if (list !== undefined && found !== undefined && 'wrong' in found)
    problems.error('list', found.wrong, { span: list.span, help: found.help })
}

function checkLimit({ limit }: AudienceBody, world: World, problems: Problems): void {
  if (limit === undefined) return
  const { value, span } = limit.value.by
  const type = customerType(value, span, world, problems)
  if (type !== undefined && type !== 'number' && type !== 'date' && type !== 'moment')
    problems.error('wrong-type', `\`limit\` needs a number or a date; \`${value}\` is ${aType(type)}`, { span })
}

function checkSplit({ split }: AudienceBody, problems: Problems): void {
  if (split === undefined) return
  const arms = armsOf(split.value)
  for (const [name, { span }] of split.value.arms.value)
    if (!/^[a-z0-9][a-z0-9_-]*$/.test(name))
      problems.error('bad-name', `\`${name}\` is no name for an arm`, {
        span,
        help: 'names of arms are of a-z 0-9 - _: they stand in names of files',
      })
  const scale = Math.max(0, ...arms.map((a) => a.weight.scale))
  const sum = arms.reduce((n, { weight: w }) => n + w.units * 10n ** BigInt(scale - w.scale), 0n)
  if (sum !== 100n * 10n ** BigInt(scale))
    problems.error('arms', `the arms sum to ${sayScaled(sum, scale)}, not to 100`, {
      span: split.value.arms.span,
      help: 'weights are percentages: `{ offer: 90, holdout: 10 }`',
    })
  else if (arms.every((a) => a.name === holdout))
    problems.error('arms', 'every customer is held out: nothing would be handed off', {
      span: split.value.arms.span,
      help: 'add an arm that gets a file: `{ offer: 90, holdout: 10 }`',
    })
}

const sayScaled = (units: bigint, scale: number): string => {
  const digits = String(units).padStart(scale + 1, '0')
  const [whole, rest] = [digits.slice(0, digits.length - scale), digits.slice(digits.length - scale).replace(/0+$/, '')]
  return rest === '' ? whole : `${whole}.${rest}`
}

function checkProfile(audience: AudienceBody, world: World, profiles: Profiles | undefined, problems: Problems): void {
  const { profile, params } = audience
  if (profile === undefined) {
    const [first] = params?.values() ?? []
    if (first !== undefined)
      problems.error('stray-key', '`params` are those of a profile, and there is none here', {
        span: first.span,
        help: 'add `profile: NAME`',
      })
    return
  }
  if (profiles === undefined) return
  const facts = profiles.find(profile.value)
  if (facts === undefined) {
    const help = suggest(profile.value, profiles.names(), 'profiles')
    problems.error('unknown-profile', `no profile \`${profile.value}\``, {
      span: profile.span,
      ...(help !== undefined && { help }),
    })
    return
  }
  if ('broken' in facts) {
    for (const p of facts.broken) problems.add(p)
    return
  }
  for (const p of facts.wrong(Object.fromEntries([...(params ?? [])].map(([k, v]) => [k, v.value])))) {
    const at = [...(params ?? [])].find(([name]) => p.message.includes(`\`${name}\``))?.[1].span ?? profile.span
    problems.error(p.code, p.message, { span: at, ...(p.help !== undefined && { help: p.help }) })
  }
  if (!facts.takesMore) checkFixed(profile.value, audience, problems)
  const lacking = lacks(facts, world)
  if (lacking !== undefined && world.catalogue.loaded)
    problems.error('no-columns', `\`${profile.value}\` needs ${lacking}, and no file of customers has had it`, {
      span: profile.span,
      help: 'load a file that has it, or map its header: `segkit inspect FILE` shows what was recognised',
    })
}

/** What has no place in the files of a profile whose columns are fixed. */
function checkFixed(profile: string, { columns, split }: AudienceBody, problems: Problems): void {
  const [column] = columns ?? []
  if (column !== undefined)
    problems.error('fixed-columns', `\`${profile}\` takes no columns beside its own`, {
      span: column.span,
      help: 'leave `columns` out',
    })
  if (split?.value.as === 'column')
    problems.error('fixed-columns', `arms as a column need one, and \`${profile}\` takes none beside its own`, {
      span: split.span,
      help: 'write `as: files`: each arm has a file of its own',
    })
}

/** What a profile cannot do without and the data lack; undefined where it can be filled. */
export function lacks(
  { requires }: ProfileFacts,
  { catalogue, metrics }: Pick<World, 'catalogue' | 'metrics'>,
): string | undefined {
  const known = (value: string): boolean => {
    const field = catalogue.own('customers', value)
    return value === 'customer' || metrics.has(value) || field?.derived === true || field?.id !== undefined
  }
  if (requires.length === 0 || requires.some((all) => all.every((any) => any.some(known)))) return undefined
  const missing = requires.map((all) => all.filter((any) => !any.some(known)))
  return [...new Set(missing.map((all) => all.map((any) => `\`${any[0] ?? ''}\``).join(' with ')))].join(' or ')
}

/** The arms of a split in the order in which they take buckets. */
export const armsOf = (split: NonNullable<AudienceBody['split']>['value']): readonly Arm[] =>
  [...split.arms.value].map(([name, { value }]) => ({ name, weight: value }))

/** The days whose occurrences an audience takes; undefined: all up to the as-of day. */
export const daysOfAudience = (a: AudienceBody, asOf: number) => daysOf(a, asOf)

/** Shown in help, run by the tests. */
export const audienceExample = `spring-offer:
  segment: croissant-regulars-gone-quiet
  reachable: email
  suppress: [ { list: lists/complaints.csv }, { segment: staff } ]
  frequency_cap: { max: 2, per: 14 days }
  limit: { top: 5000, by: spend_12m }
  split: { salt: spring-2026, arms: { offer: 90, holdout: 10 } }
  profile: mailchimp
  columns: [favourite]`
