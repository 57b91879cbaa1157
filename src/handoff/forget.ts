/**
 * Forgets people: out of the store, the ledger of hand-offs and old rejects files, all in the caller's transaction but for the
 * files, which are done when it ends. What is kept are fingerprints; wiping the store's file comes after the commit.
 */
import { sql } from '../base/sql.js'
import { type Wiped, wipeRejects } from '../ingest/wipe-rejects.js'
import type { Project } from '../language/project.js'
import { type Erased, endErasing, erase } from '../store/erase.js'
import { Forgotten, type Person, type PhoneReader, traitsOf } from '../store/forgotten.js'
import { findPerson, type Known, sharing } from '../store/persons.js'
import type { Store } from '../store/store.js'
import { countedFields, phonesOf } from './forgetting.js'
import { forgetIn, type Held, heldIn } from './handoffs.js'

export interface One {
  readonly key: string
  /** Absent where the customer was forgotten before. */
  readonly erased?: Erased
  readonly handoffs: readonly Held[]
}

export interface Forgot {
  readonly all: readonly One[]
  readonly rejects: Wiped
  /** Others who have an e-mail or a phone of theirs. */
  readonly others: readonly string[]
  /** E-mails and phones of theirs that so many others have that they are nobody's. */
  readonly common: number
}

/** More customers than this with one e-mail or phone: it is not a person's own but what somebody writes where there is none. */
export const MOST_SHARING = 4

/** `dryRun`: no file is touched, and the caller rolls back. */
export async function forgetPeople(
  store: Store,
  keys: readonly string[],
  { project, rejectsFolder, dryRun }: { readonly project: Project; readonly rejectsFolder: string; readonly dryRun: boolean },
): Promise<Forgot> {
  const how = { phones: phonesOf(project), counted: countedFields(project) }
  const known = new Map(keys.flatMap((key) => findPerson(store, key) ?? []).map((one) => [one.person.customer, one]))
  const people = [...known.values()]
  const ids = new Set(people.map(({ id }) => id))
  const shared = people.map((one) => sharing(store, one, how.phones))
  const own = people.map((one, i) => withoutCommon(one.person, shared[i]!, how.phones))
  const orders = ordersOf(store, people)
  const handoffs = heldIn(store, ids)
  const forgotten = new Forgotten(store, how.phones)
  forgetIn(store, ids)
  const all = keys.map((key): One => {
    const one = known.get(key)
    if (one === undefined) return { key, handoffs: [] }
    return {
      key,
      handoffs: handoffs.filter((h) => h.customer === one.id),
      erased: erase(store, one.id, own[people.indexOf(one)]!, how),
    }
  })
  for (const person of own) for (const trait of traitsOf(person, how.phones)) forgotten.add(trait)
  const groups = shared.flatMap((traits) => [...traits.values()])
  const others = [...new Set(groups.filter((g) => g.length <= MOST_SHARING).flat())].filter((key) => !known.has(key))
  for (const key of others) forgotten.addSharing(key)
  if (people.length > 0) endErasing(store)
  const sought = { people: own, orders, forgotten, options: project.sources }
  return {
    all,
    rejects: await wipeRejects(rejectsFolder, sought, dryRun),
    others,
    common: groups.filter((g) => g.length > MOST_SHARING).length,
  }
}

/** The person by what is his own: an e-mail or a phone that many write would make everyone of them him. */
function withoutCommon(person: Person, shared: ReadonlyMap<string, readonly string[]>, phones: PhoneReader): Person {
  const { email, phone, ...rest } = person
  const isCommon = (traits: readonly string[]): boolean => traits.some((trait) => (shared.get(trait)?.length ?? 0) > MOST_SHARING)
  const { country } = rest
  return {
    ...rest,
    ...(email === undefined || isCommon(traitsOf({ email }, phones)) ? {} : { email }),
    ...(phone === undefined || isCommon(traitsOf({ phone, ...(country === undefined ? {} : { country }) }, phones))
      ? {}
      : { phone }),
  }
}

const ordersOf = (store: Store, known: readonly Known[]): ReadonlySet<string> =>
  new Set(
    known.flatMap(({ id }) =>
      store.rows(sql`select _key from order_row where _customer = ${id} and _keyless = 0`).map(([key]) => String(key)),
    ),
  )
