/** What stands on what: definitions of all kinds in an order in which each comes after those it stands on, and the circles that have none. */
import type { Span } from '../base/problem.js'

/** A reference from one definition to another. */
export interface Reference<N> {
  readonly to: N
  readonly span: Span
}

/** Definitions that stand on each other: each on the next, the last on the first. */
export interface Circle<N> {
  readonly ring: readonly N[]
  /** The reference that closes it. */
  readonly span: Span
}

export interface Standing<N> {
  readonly order: readonly N[]
  readonly circles: readonly Circle<N>[]
}

export function standing<N>(nodes: Iterable<N>, references: (node: N) => readonly Reference<N>[]): Standing<N> {
  const order: N[] = []
  const circles: Circle<N>[] = []
  const done = new Set<N>()
  const path: N[] = []
  const visit = (node: N): void => {
    if (done.has(node)) return
    path.push(node)
    for (const { to, span } of references(node)) {
      const at = path.indexOf(to)
      if (at >= 0) circles.push({ ring: path.slice(at), span })
      else visit(to)
    }
    path.pop()
    done.add(node)
    order.push(node)
  }
  for (const node of nodes) visit(node)
  return { order, circles }
}

/** Everything reached from a node by the references that `follow` goes on from, itself left out. */
export function reached<N>(from: N, next: (node: N) => readonly N[], follow: (node: N) => boolean): ReadonlySet<N> {
  const found = new Set<N>()
  const go = (node: N): void => {
    for (const to of next(node)) {
      if (found.has(to)) continue
      found.add(to)
      if (follow(to)) go(to)
    }
  }
  go(from)
  return found
}
