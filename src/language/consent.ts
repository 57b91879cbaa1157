/**
 * Rules of consent as segments that nobody sees: by channel, who agreed (what is not known is no) and who refused (what is not
 * known is no refusal). What a rule says of the unknown by itself therefore changes nothing.
 */
import type { Problems, Span, Spanned } from '../base/problem.js'
import type { Test, UnknownAs } from './compare.js'
import { agreed, type ChannelName, channelNames, refused } from './conditions/contact.js'
import { type Condition, conditionLooks, settledCondition } from './conditions/index.js'
import { leaves, type World } from './kind.js'
import type { Literal } from './operators.js'
import { type DraftTree, entrySchema, readEntry } from './tree.js'
import { type At, type Optional, optional, pairs, type Reader, type Reading, unknownKey } from './yaml.js'

/** A rule of segkit.yaml: a condition, or blocks. */
export interface ConsentRule {
  readonly channel: ChannelName
  readonly rule: DraftTree
  readonly span: Span
}

/** A rule as it stands in the file; it is read once parameters are known. */
export interface WrittenRule {
  readonly channel: ChannelName
  readonly at: At
  readonly span: Span
}

const isChannel = (key: string): key is ChannelName => (channelNames as readonly string[]).includes(key)

const rules: Reader<readonly WrittenRule[]> = {
  expects: 'a map of channels to rules',
  schema: (shared) => ({
    type: 'object',
    properties: Object.fromEntries(channelNames.map((channel) => [channel, entrySchema(shared)])),
    additionalProperties: false,
  }),
  read(at, cx) {
    return pairs(at, cx, this.expects)?.flatMap(({ key, keySpan, at: rule }) => {
      if (isChannel(key)) return [{ channel: key, at: rule, span: keySpan }]
      unknownKey(key, keySpan, channelNames, cx.problems, 'unknown-key', 'channel')
      return []
    })
  },
}
export const consentRules: Optional<readonly WrittenRule[]> = optional(rules)

export const readRule = ({ channel, at, span }: WrittenRule, cx: Reading): ConsentRule => ({
  channel,
  rule: readEntry(at, cx),
  span,
})

/** A segment that nobody sees. */
export interface Hidden {
  readonly name: string
  readonly where: DraftTree
  readonly span: Span
  /** The rule itself, in which what is wrong is told; the others repeat it. */
  readonly rule?: true
}

/** The segments behind the rules, and behind the segments that these stand on; `of` gives the conditions of a segment of the project. */
export function consentSegments(
  consent: readonly ConsentRule[],
  of: (segment: string) => DraftTree | undefined,
): readonly Hidden[] {
  const made = new Map<string, Hidden>()
  /** The segment with the unknown settled, under a name of its own; itself where there is none of that name. */
  const settled = (name: string, span: Span, passes: boolean): string => {
    const own = `${name} ${passes ? 'or not known' : 'and known'}`
    const where = of(name)
    if (where === undefined) return name
    if (!made.has(own)) {
      made.set(own, { name: own, where, span })
      made.set(own, { name: own, where: settledTree(where, { passes, evenExists: true }, settled), span })
    }
    return own
  }
  for (const { channel, rule, span } of consent) {
    const no = settledTree(rule, { passes: true, evenExists: true }, settled)
    made.set(agreed(channel), {
      name: agreed(channel),
      where: settledTree(rule, { passes: false, evenExists: false }),
      span,
      rule: true,
    })
    made.set(refused(channel), { name: refused(channel), where: { op: 'none', of: [no], span: rule.span }, span })
  }
  return [...made.values()]
}

/** Tells where a rule asks `true` or `false` of an attribute that has come to hold a third word: whom it means is not guessed. */
export function checkConsentWords(rule: DraftTree, world: World, problems: Problems): void {
  for (const { leaf, span } of leaves(rule)) {
    if (leaf.kind === 'broken') continue
    for (const { at, test } of conditionLooks(leaf, span, world)) {
      const field = 'named' in at ? world.catalogue.own('customers', at.named) : undefined
      if (field?.type !== 'text' || field.blank === true) continue
      for (const { body } of (test?.tests ?? []).filter(isYesOrNo))
        problems.error(
          'consent-words',
          `\`${field.name}\` holds other words than yes and no: whom \`${body.value.text}\` means is not clear`,
          {
            span: body.span,
            help: `list the words that agree, such as \`${field.name}: [yes, ok]\`, or declare \`types: { ${field.name}: boolean }\` for customers: rows with another word are then rejects`,
          },
        )
    }
  }
}

const isYesOrNo = (t: Test): t is Test & { readonly body: Spanned<Literal> } =>
  (t.op === 'is' || t.op === 'not') && ['true', 'false'].includes((t.body as Spanned<Literal>).value.text)

type SettledSegment = (name: string, span: Span, passes: boolean) => string

/** The tree with the unknown settled in every comparison, the other way round under `none`. */
function settledTree(tree: DraftTree, as: UnknownAs, segment?: SettledSegment): DraftTree {
  switch (tree.op) {
    case 'all':
    case 'any':
      return { ...tree, of: tree.of.map((t) => settledTree(t, as, segment)) }
    case 'none':
      return { ...tree, of: tree.of.map((t) => settledTree(t, { ...as, passes: !as.passes }, segment)) }
    case 'everyone':
      return tree
    case 'is':
      return tree.leaf.kind === 'broken' ? tree : { ...tree, leaf: settledLeaf(tree.leaf, as, segment) }
  }
}

function settledLeaf(leaf: Condition, as: UnknownAs, segment?: SettledSegment): Condition {
  if (segment === undefined || (leaf.kind !== 'in_segment' && leaf.kind !== 'not_in_segment')) return settledCondition(leaf, as)
  const passes = leaf.kind === 'in_segment' ? as.passes : !as.passes
  return {
    kind: leaf.kind,
    body: leaf.body.map(({ value, span }): Spanned<string> => ({ value: segment(value, span, passes), span })),
  }
}
