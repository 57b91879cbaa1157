/**
 * Parts of a segment's tree, asked as segments of their own: preview, check and whoever else takes a segment apart has them
 * evaluated beside it, in one evaluation. Their names hold a blank, so that no definition can have them.
 */
import type { Condition } from '../language/conditions/index.js'
import { type Segment, saySegment } from '../language/definitions.js'
import type { Tree } from '../language/kind.js'
import type { Setting } from './compiler.js'
import { type Evaluated, evaluate } from './evaluate.js'

export type Where = Tree<Condition>

/**
 * What must all hold, in the order written: the entries of `all`, and of `none` turned round, however these two are nested.
 * An `any` of several stays one.
 */
export function conjuncts(where: Where): readonly Where[] {
  switch (where.op) {
    case 'all':
      return where.of.flatMap(conjuncts)
    case 'none':
      return where.of.map((entry) => ({ op: 'none', of: [entry], span: entry.span }))
    case 'any':
      return where.of.length === 1 ? where.of.flatMap(conjuncts) : [where]
    case 'everyone':
      return []
    case 'is':
      return [where]
  }
}

/** A condition of the segment, or a block of them, in words. */
export const sayPart = (segment: Segment, where: Where): string => saySegment({ ...unbased(segment), where })

const unbased = ({ base: _, ...segment }: Segment): Segment => segment

/** A part of a segment within the segment's base, or with `unbased` within all customers. */
export const partOf = (segment: Segment, name: string, where: Where, within: 'base' | 'unbased' = 'base'): Segment => ({
  ...(within === 'base' ? segment : unbased(segment)),
  name: `part ${name}`,
  where,
})

/** Evaluates segments of the project and parts together. */
export const evaluateParts = (setting: Setting, segments: readonly string[], parts: readonly Segment[]): Evaluated =>
  evaluate(
    {
      ...setting,
      definitions: {
        ...setting.definitions,
        segments: new Map([...setting.definitions.segments, ...parts.map((p) => [p.name, p] as const)]),
      },
    },
    [...segments, ...parts.map((p) => p.name)],
  )
