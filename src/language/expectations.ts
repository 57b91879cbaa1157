/**
 * What is expected of a segment (`expect:`), as written: read and checked. Judging it is the engine's, see `engine/held.ts`.
 *
 * A group `partition: [a, b, c]` is a segment whose members are those of its parts, within its `base` where it has one. Written so
 * it asserts that every customer of the base (default: all who exist) is in exactly one part; `expect: { partition: true }` beside
 * it says the same once more, and nothing else.
 */
import type { Problems, Span, Spanned } from '../base/problem.js'
import { grouped } from '../base/text.js'
import { checkSegments } from './fieldwork.js'
import type { World } from './kind.js'
import { english, type Wording } from './words/index.js'
import { listOf, oneOrMore, optional, type Read, type Reader, scalar, shape, spanned, whole, word } from './yaml.js'

/** A share as written, `12.5%`: `units / 10^scale` percent. */
export interface Percent {
  readonly text: string
  readonly units: bigint
  readonly scale: number
}

const percent: Reader<Percent> = scalar(
  'a share like `20%`',
  (_, text) => {
    const [, whole, decimals = ''] = /^(\d{1,9})(?:\.(\d{1,6}))?\s*%$/.exec(text) ?? []
    return whole === undefined ? undefined : { text, units: BigInt(whole + decimals), scale: decimals.length }
  },
  { type: 'string', pattern: '^\\d{1,9}(\\.\\d{1,6})?\\s*%$' },
)

const asserted = scalar('`true`', (v) => (v === true ? true : undefined), { const: true })

/** The same, told where it is read as a map of nothing. */
const filled = <T extends object>(inner: Reader<T>, message: string, help: string): Reader<T> => ({
  ...inner,
  read(at, cx) {
    const before = cx.problems.list.length
    const got = inner.read(at, cx)
    const empty = got !== undefined && Object.keys(got).length === 0 && cx.problems.list.length === before
    return empty ? cx.problems.error('empty-expectation', message, { span: at.span, help }) : got
  },
})
const size = shape({ min: optional(whole(0)), max: optional(whole(0)) })

const body = shape({
  size: optional(spanned(filled(size, '`size` has neither `min` nor `max`', 'add `min: 1`'))),
  change: optional(spanned(shape({ max: percent }))),
  subset_of: optional(spanned(word)),
  disjoint_with: optional(oneOrMore(spanned(word))),
  partition: optional(spanned(asserted)),
})
type Written = Read<typeof body>
/** The body of `expect:`. */
export const expectations: Reader<Written> = filled(
  body,
  'nothing is expected here',
  'add `size: { min: 1 }`, or leave `expect` out',
)

/** The parts of a group. */
export const parts: Reader<readonly Spanned<string>[]> = listOf(spanned(word))

export type Size = NonNullable<Written['size']>['value']

/** What is expected of a segment. Each has the span to be marked where it is not so. */
export interface Expectations {
  readonly size?: Spanned<Size>
  /** (entered + left) / size at the last run of an earlier day that was not held, at most this. */
  readonly change?: Spanned<{ readonly max: Percent }>
  readonly subset_of?: Spanned<string>
  readonly disjoint_with?: readonly Spanned<string>[]
  /** Each customer of the base is in exactly one of these. */
  readonly partition?: Spanned<readonly string[]>
}

/** What is expected in all: what `expect:` says, and what a group asserts by being one. */
export function expectationsOf(
  written: Written | undefined,
  group: Spanned<readonly Spanned<string>[]> | undefined,
): Expectations | undefined {
  const { partition, ...rest } = written ?? {}
  const all: Expectations = {
    ...rest,
    ...(group !== undefined && {
      partition: { value: group.value.map((p) => p.value), span: partition?.span ?? group.span },
    }),
  }
  return Object.keys(all).length === 0 ? undefined : all
}

/** Tells what is wrong with expectations before any customer is looked at: unknown names, what nobody or everybody fulfils. */
export function checkExpectations(
  written: Written,
  segment: { readonly name: string; readonly isGroup: boolean; readonly span: Span },
  world: World,
  problems: Problems,
): void {
  const { size, subset_of, disjoint_with = [], partition } = written
  const { min, max } = size?.value ?? {}
  if (size !== undefined && min !== undefined && max !== undefined && min > max)
    problems.error('contradiction', `no size is at least ${grouped(min)} and at most ${grouped(max)}`, {
      span: size.span,
      help: 'exchange `min` and `max`',
    })
  checkSegments([...(subset_of === undefined ? [] : [subset_of]), ...disjoint_with], world, problems)
  if (subset_of?.value === segment.name)
    problems.error('idle-expectation', `every segment is a subset of itself`, {
      span: subset_of.span,
      help: 'name another segment',
    })
  for (const { value, span } of disjoint_with) {
    if (value === segment.name)
      problems.error('contradiction', 'no segment is disjoint with itself', { span, help: 'name another segment' })
    if (value === subset_of?.value)
      problems.error('contradiction', `nobody is in \`${value}\` and outside of it`, {
        span,
        help: 'take out `subset_of` or `disjoint_with`',
      })
  }
  if (partition !== undefined && !segment.isGroup)
    problems.error('no-parts', `\`${segment.name}\` has no parts`, {
      span: partition.span,
      help: 'write them beside `expect`: `partition: [a, b, c]` in the place of conditions',
    })
}

/** Segments that are only compared with: the segment does not stand on them, so a circle through them is none. */
export const comparedWith = (e: Expectations | Written | undefined): readonly Spanned<string>[] =>
  e === undefined ? [] : [...(e.subset_of === undefined ? [] : [e.subset_of]), ...(e.disjoint_with ?? [])]

export const saySize = ({ min, max }: Size): string => english.bounds(min, max)

type Expected = { readonly [K in keyof Expectations]-?: NonNullable<Expectations[K]> }
const named = (name: string): string => `\`${name}\``
const sayings: { readonly [K in keyof Expected]: (expected: Expected[K], w: Wording) => string } = {
  size: ({ value: { min, max } }, w) => w.expectations.size(min, max),
  change: ({ value }, w) => w.expectations.change(value.max.text),
  subset_of: ({ value }, w) => w.expectations.subset_of(named(value)),
  disjoint_with: (others, w) => w.expectations.disjoint_with(others.map((o) => named(o.value))),
  partition: ({ value }, w) => w.expectations.partition(value.map(named)),
}

/** An expectation in words: `size at least 50`. */
export const sayExpectation = <K extends keyof Expected>(kind: K, expected: Expected[K], w: Wording = english): string =>
  sayings[kind](expected, w)
