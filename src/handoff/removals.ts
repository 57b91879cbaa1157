/** Whom a file of changes takes out of a tool: never by an identifier that somebody in the list still has, hashed or not. */
import type { Entry, Gone } from './ledger.js'
import { lower } from './people.js'
import { formOf, inForm, type Spelling } from './spellings.js'
import type { HashName } from './transforms.js'

/** Headers that tell a person together. */
export type Identity = readonly string[]

export interface Ways {
  readonly identities: readonly Identity[]
  readonly spelling: Spelling
  /** Each arm has a list of its own. */
  readonly byArm: boolean
}

/**
 * Those gone, without the identifiers that are still in the list, or in their arm's list; whoever has no other is left out. What
 * went out plain goes as it would now, hashed. Two ways of hashing cannot be compared: who is in the list stays in it.
 */
export function* removals(entry: Pick<Entry, 'gone' | 'listed'>, ways: Ways): IterableIterator<Gone> {
  const isListed = new Map<string, boolean>()
  const isStaying = new Map<string, boolean>()
  const forms = new Set<HashName>()
  const person = ({ arm, customer }: Gone): string => `${ways.byArm ? arm : ''}\u0000${customer}`
  const toNow = translator(ways.spelling)
  for (const row of entry.gone())
    for (const { word, form, isOther } of identifiersOf(toNow(row), ways)) {
      isListed.set(word, false)
      forms.add(form)
      if (isOther) isStaying.set(person(row), false)
    }
  if (isListed.size === 0) return
  for (const row of entry.listed()) {
    for (const form of forms)
      for (const { word } of identifiersOf(row, ways, form)) if (isListed.has(word)) isListed.set(word, true)
    if (isStaying.has(person(row))) isStaying.set(person(row), true)
  }
  for (const gone of entry.gone()) {
    const row = toNow(gone)
    const own = identifiersOf(row, ways)
    const stays = ({ word, isOther }: Identifier): boolean =>
      isListed.get(word) === true || (isOther && isStaying.get(person(gone)) === true)
    const left = new Set(own.flatMap((one) => (stays(one) ? [] : one.places)))
    if (left.size === 0) continue
    const blank = new Set(own.flatMap(({ places }) => places.filter((i) => !left.has(i))))
    yield { ...row, cells: row.cells.map((cell, i) => (blank.has(i) ? '' : asNow(cell, row.headers[i], ways.spelling))) }
  }
}

const asNow = (cell: string, header: string | undefined, { hash }: Spelling): string =>
  header === undefined ? cell : inForm(cell, hash(header) ?? 'none')

/** A row under the headers of now. */
function translator({ now }: Spelling): (row: Gone) => Gone {
  const known = new WeakMap<readonly string[], readonly string[]>()
  return (row) => {
    const headers = known.get(row.headers) ?? now(row.headers)
    known.set(row.headers, headers)
    return { ...row, headers }
  }
}

interface Identifier {
  readonly word: string
  readonly places: readonly number[]
  /** How those of its values are hashed that ever are. */
  readonly form: HashName
  /** It is hashed in another way than the list is. */
  readonly isOther: boolean
}

/** A header that repeats holds several; one of several headers is whole or none. `form`: as they would be in it. */
function identifiersOf(
  { headers, cells, arm }: Gone,
  { identities, spelling, byArm }: Ways,
  form?: HashName,
): readonly Identifier[] {
  const found: Identifier[] = []
  for (let n = 0; n < identities.length; n++) {
    const identity = identities[n] as Identity
    const add = (places: readonly number[]): void => {
      if (places.some((i) => i < 0 || (cells[i] ?? '') === '')) return
      const isHashed = places.map((i) => spelling.hash(headers[i] as string) !== undefined)
      const at = isHashed.indexOf(true)
      const now = at < 0 ? 'none' : (spelling.hash(headers[places[at] as number] as string) as HashName)
      const own = at < 0 ? 'none' : formOf(cells[places[at] as number] as string)
      const wanted = form ?? (now === 'none' ? own : now)
      const values = places.map((i, k) => lower(isHashed[k] ? inForm(cells[i] as string, wanted) : (cells[i] as string)))
      found.push({
        word: `${byArm ? arm : ''}\u0000${n}\u0000${values.join('\u0000')}`,
        places,
        form: wanted,
        isOther: now !== 'none' && own !== 'none' && own !== now,
      })
    }
    if (identity.length === 1) {
      for (let i = 0; i < headers.length; i++) if (headers[i] === identity[0]) add([i])
    } else add(identity.map((header) => headers.indexOf(header)))
  }
  return found
}
