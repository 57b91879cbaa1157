/** The tree of blocks and conditions as it stands in YAML, read with spans. What cannot be read becomes a broken leaf, told, and the rest goes on. */
import { isScalar } from 'yaml'
import type { Span } from '../base/problem.js'
import { type Condition, type KindName, kindNames, kinds } from './conditions/index.js'
import { exampleUnder, oneOfThese, orParameter, type Schema, type Shared } from './jsonschema.js'
import type { Broken, Tree } from './kind.js'
import { type At, deref, type Entry, entries, pairs, type Reader, type Reading, schemaOf, unknownKey } from './yaml.js'

export type DraftTree = Tree<Condition | Broken>

export const treeOps = ['all', 'any', 'none'] as const
export type TreeOp = (typeof treeOps)[number]
export const isTreeOp = (key: string): key is TreeOp => (treeOps as readonly string[]).includes(key)
export const brokenLeaf = (span: Span): Tree<Broken> => ({ op: 'is', leaf: { kind: 'broken' }, span })

/** `all: […]`, `any: […]`, `none: […]` or `all: customers`. */
export function readBlock(op: TreeOp, { at, keySpan }: Entry, cx: Reading): DraftTree {
  const real = deref(at, cx)
  if (real === undefined) return brokenLeaf(at.span)
  if (op === 'all' && isScalar(real.node) && real.node.value === 'customers') return { op: 'everyone', span: at.span }
  const list = entries(real, cx, op === 'all' ? 'a list of conditions, or `customers`' : 'a list of conditions')
  if (list === undefined) return brokenLeaf(at.span)
  if (list.length === 0) {
    cx.problems.error('empty-condition', `\`${op}\` is empty`, { span: keySpan, help: 'everyone is `all: customers`' })
    return brokenLeaf(at.span)
  }
  return { op, of: list.map((one) => readEntry(one, cx)), span: keySpan }
}

/** An entry of a block: one condition, or blocks that must all hold. */
export function readEntry(at: At, cx: Reading): DraftTree {
  const all = pairs(at, cx, 'a condition')
  if (all === undefined) return brokenLeaf(at.span)
  if (all.length > 0 && all.every((e) => isTreeOp(e.key))) {
    const parts = all.map((e) => readBlock(e.key as TreeOp, e, cx))
    return parts.length === 1 ? (parts[0] as DraftTree) : { op: 'all', of: parts, span: at.span }
  }
  const [first, ...more] = all
  if (first === undefined) {
    cx.problems.error('empty-condition', 'this condition is empty', { span: at.span })
    return brokenLeaf(at.span)
  }
  const read = all.map((e) => readCondition(e, cx))
  if (more.length > 0) {
    cx.problems.error('one-condition', 'one condition an entry', {
      span: at.span,
      help: 'give each its own `-`; a list under `all` must all hold',
    })
    return { op: 'all', of: [...read, brokenLeaf(at.span)], span: at.span }
  }
  return read[0] as DraftTree
}

function readCondition(e: Entry, cx: Reading): DraftTree {
  if (isTreeOp(e.key)) return readBlock(e.key, e, cx)
  if (!Object.hasOwn(kinds, e.key)) {
    unknownKey(e.key, e.keySpan, [...kindNames, ...treeOps], cx.problems, 'unknown-condition', 'condition')
    return brokenLeaf(e.at.span)
  }
  const kind = e.key as KindName
  const body = kinds[kind].fields.read(e.at, cx)
  return body === undefined
    ? brokenLeaf(e.at.span)
    : { op: 'is', leaf: { kind, body } as Condition, span: { ...e.keySpan, end: Math.max(e.keySpan.end, e.at.span.end) } }
}

/** The tree without broken leaves; undefined where it has one. */
export function soundTree(tree: DraftTree): Tree<Condition> | undefined {
  switch (tree.op) {
    case 'all':
    case 'any':
    case 'none': {
      const of = tree.of.map(soundTree)
      return of.every((t) => t !== undefined) ? { op: tree.op, of: of as Tree<Condition>[], span: tree.span } : undefined
    }
    case 'everyone':
      return tree
    case 'is':
      return tree.leaf.kind === 'broken' ? undefined : { op: 'is', leaf: tree.leaf as Condition, span: tree.span }
  }
}

const conditionList = (shared: Shared): Schema =>
  orParameter({ type: 'array', items: entrySchema(shared), minItems: 1 }, 'a list of conditions')

const blockSummaries = {
  all: 'conditions that must all hold; everyone is `all: customers`',
  any: 'conditions of which at least one must hold',
  none: 'conditions of which none may hold',
} as const satisfies Readonly<Record<TreeOp, string>>

/** For editors: the blocks that may stand side by side. */
export const blockSchemas = (shared: Shared): Readonly<Record<string, Schema>> =>
  Object.fromEntries(
    treeOps.map((op) => {
      const list = conditionList(shared)
      return [op, { description: blockSummaries[op], ...(op === 'all' ? oneOfThese([{ const: 'customers' }, list]) : list) }]
    }),
  )

/** For editors: an entry of a block. */
export const entrySchema = (shared: Shared): Schema =>
  shared.named('condition', () =>
    orParameter({
      type: 'object',
      properties: {
        ...Object.fromEntries(
          kindNames.map((name) => {
            const { fields, summary, example } = kinds[name]
            return [
              name,
              { ...schemaOf(fields as Reader<unknown>, shared), description: summary, examples: [exampleUnder(name, example)] },
            ]
          }),
        ),
        ...blockSchemas(shared),
      },
      additionalProperties: false,
      minProperties: 1,
      if: { minProperties: 2 },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { propertyNames: { enum: treeOps, errorMessage: 'one condition an entry: give each its own `-`' } },
    }),
  )
