/** Whom a file of changes takes out of a tool: never by an identifier that somebody in the list still has. */
import type { Entry, Gone } from './ledger.js'
import { lower } from './people.js'

/** Headers that tell a person together. */
export type Identity = readonly string[]

/** Those gone, without the identifiers that are still in the list, or in their arm's list; whoever has no other is left out. */
export function* removals(
  entry: Pick<Entry, 'gone' | 'listed'>,
  { identities, byArm }: { readonly identities: readonly Identity[]; readonly byArm: boolean },
): IterableIterator<Gone> {
  const isListed = new Map<string, boolean>()
  const found = (row: Gone) => identifiersOf(row, identities, byArm ? row.arm : '')
  for (const row of entry.gone()) for (const { word } of found(row)) isListed.set(word, false)
  if (isListed.size === 0) return
  for (const row of entry.listed()) for (const { word } of found(row)) if (isListed.has(word)) isListed.set(word, true)
  for (const row of entry.gone()) {
    const own = found(row)
    const left = new Set(own.flatMap(({ word, places }) => (isListed.get(word) ? [] : places)))
    if (left.size === 0) continue
    const blank = new Set(own.flatMap(({ places }) => places.filter((i) => !left.has(i))))
    yield blank.size === 0 ? row : { ...row, cells: row.cells.map((cell, i) => (blank.has(i) ? '' : cell)) }
  }
}

interface Identifier {
  readonly word: string
  readonly places: readonly number[]
}

/** A header that repeats holds several; one of several headers is whole or none. */
function identifiersOf({ headers, cells }: Gone, identities: readonly Identity[], arm: string): readonly Identifier[] {
  const found: Identifier[] = []
  for (let n = 0; n < identities.length; n++) {
    const identity = identities[n] as Identity
    const add = (places: readonly number[]): void => {
      if (places.some((i) => i < 0 || (cells[i] ?? '') === '')) return
      found.push({ word: `${arm}\u0000${n}\u0000${places.map((i) => lower(cells[i] as string)).join('\u0000')}`, places })
    }
    if (identity.length === 1) {
      for (let i = 0; i < headers.length; i++) if (headers[i] === identity[0]) add([i])
    } else add(identity.map((header) => headers.indexOf(header)))
  }
  return found
}
