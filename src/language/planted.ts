/**
 * The YAML files that ship with segkit, parsed when the program was built: a tree that is kept is read many times faster than its
 * text. It is found by the text itself, so one that was changed since then is parsed like any other.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isMap, isScalar, isSeq, type Node, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml'

const folder = fileURLToPath(new URL('../../dist/trees', import.meta.url))
const fileOf = (text: string): string => join(folder, `${createHash('sha256').update(text).digest('hex')}.json`)

/** A node of a tree as it is kept: where it stands, and what it holds. */
type Kept =
  | null
  | ({ readonly at: readonly [start: number, end: number] } & (
      | { readonly pairs: readonly (readonly [key: Kept, value: Kept])[] }
      | { readonly items: readonly Kept[] }
      | { readonly value: string | number | boolean | null; readonly type: Scalar.Type; readonly source?: string }
    ))

/** The tree that is kept for this text; undefined where none is, or none that can be read. */
export function plantedTree(text: string): Node | undefined {
  let kept: Kept
  try {
    kept = JSON.parse(readFileSync(fileOf(text), 'utf8')) as Kept
  } catch {
    return undefined
  }
  return grown(kept) ?? undefined
}

function grown(kept: Kept): Node | null {
  if (kept === null) return null
  const node = 'pairs' in kept ? grownMap(kept.pairs) : 'items' in kept ? grownSeq(kept.items) : new Scalar(kept.value)
  const [start, end] = kept.at
  node.range = [start, end, end]
  if ('type' in kept) Object.assign(node, { type: kept.type }, kept.source !== undefined && { source: kept.source })
  return node
}

function grownMap(pairs: readonly (readonly [Kept, Kept])[]): YAMLMap {
  const map = new YAMLMap()
  map.items = pairs.map(([key, value]) => new Pair(grown(key), grown(value)))
  return map
}

function grownSeq(items: readonly Kept[]): YAMLSeq {
  const list = new YAMLSeq()
  list.items = items.map(grown)
  return list
}

/** Keeps the trees of these texts, and none from before. `parse` gives nothing for a text that is not sound. */
export function plant(texts: readonly string[], parse: (text: string) => Node | null | undefined): void {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const text of texts) {
    const kept = keptOf(parse(text) ?? null)
    if (kept !== undefined && kept !== null) writeFileSync(fileOf(text), JSON.stringify(kept))
  }
}

/** Undefined for a tree with more to it than maps, lists and plain values, such as one that repeats parts of itself. */
function keptOf(node: Node | null): Kept | undefined {
  if (node === null) return null
  const { range } = node
  if (!range || ('anchor' in node && node.anchor !== undefined)) return undefined
  const at = [range[0], range[1]] as const
  if (isMap(node)) {
    const pairs = (node.items as Pair<Node | null, Node | null>[]).map(({ key, value }) => [keptOf(key), keptOf(value)] as const)
    return pairs.some((pair) => pair.includes(undefined)) ? undefined : { at, pairs: pairs as (readonly [Kept, Kept])[] }
  }
  if (isSeq(node)) {
    const items = (node.items as (Node | null)[]).map(keptOf)
    return items.includes(undefined) ? undefined : { at, items: items as Kept[] }
  }
  if (!isScalar(node) || node.type === undefined || !isPlain(node.value)) return undefined
  return { at, value: node.value, type: node.type as Scalar.Type, ...(node.source !== undefined && { source: node.source }) }
}

const isPlain = (value: unknown): value is string | number | boolean | null =>
  value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)
