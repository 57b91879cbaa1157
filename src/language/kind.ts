/** The contract every condition kind keeps, and the tree of blocks that joins conditions. */
import type { Problems, Span } from '../base/problem.js'
import { and, not, or, type Sql, TRUE, truth } from '../base/sql.js'
import type { UnknownAs } from './compare.js'
import type { Compiling } from './compiling.js'
import type { Names, Use } from './fieldwork.js'
import type { Country, Lists } from './lists.js'
import type { Look, Looking } from './look.js'
import type { Wording } from './words/index.js'
import type { Reader } from './yaml.js'

export { type Use, uses } from './fieldwork.js'
export type { Compiling }

/** What a condition is checked against: the project's names, its data's fields, its list files. */
export interface World extends Names {
  readonly lists: Lists
  readonly country: Country
  /** The project's rules of consent. */
  readonly consent?: readonly { readonly channel: string }[]
  /** Names under which hand-offs are recorded: of audiences, of segments, of what the ledger holds. Absent: nothing was ever to be handed off. */
  readonly handedOff?: ReadonlySet<string>
}

export interface Kind<Body> {
  /** One line for help and schema. */
  readonly summary: string
  /** Typed reading with spans; `Body` is inferred from it. */
  readonly fields: Reader<Body>
  /** What reading alone cannot know: names that must exist, operands that must fit. */
  check(body: Body, world: World, problems: Problems, span: Span): void
  /** The segments, events and metrics it stands on; a metric's name may be an attribute's. */
  uses?(body: Body): readonly Use[]
  /** A predicate over customer `c`. */
  sql(body: Body, cx: Compiling): Sql
  /** "bought a croissant at least 5 times in the last 180 days". */
  say(body: Body, w: Wording): string
  /** The same with the customer's unknown values settled; absent: it compares none. */
  settled?(body: Body, as: UnknownAs): Body
  /** What it looks at, as values of one customer: what `why` shows beside its sentence. */
  looks?(body: Body, span: Span, looking: Looking): readonly Look[]
  /** Shown in help, run by the tests. */
  readonly example: string
}
/** Infers the body of a kind from its fields, so that no type is written twice. */
export const kind = <Body>(k: Kind<Body>): Kind<Body> => k

export type Tree<Leaf> =
  | { readonly op: 'all' | 'any' | 'none'; readonly of: readonly Tree<Leaf>[]; readonly span: Span }
  | { readonly op: 'everyone'; readonly span: Span }
  | { readonly op: 'is'; readonly leaf: Leaf; readonly span: Span }

/** Where a condition could not be read. Checking goes on around it; compiling never sees it. */
export interface Broken {
  readonly kind: 'broken'
}

export interface Folding<Leaf, T> {
  all(of: readonly T[]): T
  any(of: readonly T[]): T
  none(of: readonly T[]): T
  everyone(): T
  is(leaf: Leaf, span: Span): T
}
export function foldTree<Leaf, T>(tree: Tree<Leaf>, f: Folding<Leaf, T>): T {
  switch (tree.op) {
    case 'all':
    case 'any':
    case 'none':
      return f[tree.op](tree.of.map((t) => foldTree(t, f)))
    case 'everyone':
      return f.everyone()
    case 'is':
      return f.is(tree.leaf, tree.span)
  }
}

export const leaves = <Leaf>(tree: Tree<Leaf>): readonly { readonly leaf: Leaf; readonly span: Span }[] =>
  foldTree<Leaf, readonly { readonly leaf: Leaf; readonly span: Span }[]>(tree, {
    all: (of) => of.flat(),
    any: (of) => of.flat(),
    none: (of) => of.flat(),
    everyone: () => [],
    is: (leaf, span) => [{ leaf, span }],
  })

/** 0 or 1 for every customer, never null: the one place where a condition's predicate is made so. */
export const treeSql = <Leaf>(tree: Tree<Leaf>, leafSql: (leaf: Leaf, span: Span) => Sql): Sql =>
  foldTree<Leaf, Sql>(tree, {
    all: and,
    any: or,
    none: (of) => not(or(of)),
    everyone: () => TRUE,
    is: (leaf, span) => truth(leafSql(leaf, span)),
  })
