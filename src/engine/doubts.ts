/** What is lawful but hardly meant, as far as the definitions alone can tell: bounds that exclude each other, helpers without a user. */
import { parseScaled } from '../base/decimal.js'
import type { Problem, Source } from '../base/problem.js'
import type { Comparison } from '../language/compare.js'
import type { Definition, DefinitionFile, Definitions } from '../language/definitions.js'
import { leaves } from '../language/kind.js'
import { boundsOf, type Mentions, mentionsOf } from '../language/mentions.js'

/** What a definition mentions, all conditions of a segment together. */
export function mentionsIn(definition: Definition): Mentions {
  const bodies =
    definition.kind === 'segment'
      ? leaves(definition.where).map(({ leaf }) => leaf.body)
      : definition.kind === 'event'
        ? [definition.event]
        : definition.kind === 'audience'
          ? []
          : [definition.spec]
  const all = bodies.map(mentionsOf)
  return {
    fields: all.flatMap((m) => m.fields),
    windows: all.flatMap((m) => m.windows),
    comparisons: all.flatMap((m) => m.comparisons),
  }
}

/** The definitions of the project itself. */
export function ownDefinitions(definitions: Definitions, files: readonly DefinitionFile[]): readonly Definition[] {
  const own = new Set(files.filter((f) => f.system !== true).map((f) => f.source))
  const all: readonly Definition[] = [
    ...definitions.metrics.values(),
    ...definitions.events.values(),
    ...definitions.segments.values(),
    ...definitions.audiences.values(),
  ]
  return all.filter((d) => own.has(d.span.source))
}

/** `project` is segkit.yaml, which may name definitions too. */
export function doubts(own: readonly Definition[], files: readonly DefinitionFile[], project: Source): readonly Problem[] {
  return [...own.flatMap((d) => mentionsIn(d).comparisons.flatMap(emptyRange)), ...unused(own, files, project)]
}

interface Bound {
  readonly op: string
  readonly text: string
  readonly units: bigint
  readonly scale: number
}

function emptyRange(c: Comparison): readonly Problem[] {
  if (c.unknown === 'include') return []
  const bounds = boundsOf(c).flatMap(({ op, value }): readonly Bound[] => {
    const n = parseScaled(value.text)
    return n === undefined ? [] : [{ op, text: value.text, ...n }]
  })
  const lower = bounds.filter((b) => ['min', 'above', 'exactly'].includes(b.op))
  const upper = bounds.filter((b) => ['max', 'below', 'exactly'].includes(b.op))
  const pair = lower.flatMap((a) => upper.filter((b) => excludes(a, b)).map((b) => [a, b] as const))[0]
  if (pair === undefined) return []
  const [a, b] = pair
  return [
    {
      code: 'contradiction',
      severity: 'warning',
      message: `no number passes both \`${a.op}: ${a.text}\` and \`${b.op}: ${b.text}\``,
      span: c.span,
      help: `exchange the two, or leave one of them out`,
    },
  ]
}

function excludes(lower: Bound, upper: Bound): boolean {
  const scale = Math.max(lower.scale, upper.scale)
  const at = (b: Bound): bigint => b.units * 10n ** BigInt(scale - b.scale)
  const strict = lower.op === 'above' || upper.op === 'below'
  return at(lower) > at(upper) || (strict && at(lower) === at(upper))
}

/**
 * Definitions that nothing mentions, that neither a title nor a description, owner or tag says to be there for their own sake,
 * while other definitions of the kind do say so of themselves: helpers that lost their user.
 */
function unused(own: readonly Definition[], files: readonly DefinitionFile[], project: Source): readonly Problem[] {
  const texts = [...files.map((f) => f.source), project]
  const spoken = new Set(own.filter(presented).map((d) => d.kind))
  return own
    .filter((d) => d.kind !== 'audience' && !presented(d) && spoken.has(d.kind) && mentionedIn(texts, d.name) <= 1)
    .map((d) => ({
      code: 'unused',
      severity: 'warning',
      message: `nothing uses the ${d.kind} \`${d.name}\`, and it has no title`,
      span: d.span,
      help: 'give it a title or a tag if people use it by its name, or take it out',
    }))
}

const presented = (d: Definition): boolean =>
  d.title !== undefined || d.description !== undefined || d.owner !== undefined || d.tags.length > 0

/** How often the name stands in the texts as a word; once is where it is defined. */
function mentionedIn(texts: readonly Source[], name: string): number {
  let times = 0
  for (const { text } of texts)
    for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + name.length))
      if (!inName(text[at - 1]) && !inName(text[at + name.length])) times++
  return times
}
const inName = (ch: string | undefined): boolean => ch !== undefined && /[a-z0-9_/-]/.test(ch)
