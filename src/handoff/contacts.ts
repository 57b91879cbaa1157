/** Contacts as the ledger keeps them: by audience and day, each customer once, with the channels by which he was reached. */
import { int, sql } from '../base/sql.js'
import type { Day } from '../base/time.js'
import type { Store } from '../store/store.js'
import { list, listedOn, unlist } from './spans.js'

export interface ContactDay {
  /** The number of the audience's name. */
  readonly audience: number
  readonly day: Day
}

/** Whether the audience reached anybody on the day, as far as the hand-offs besides one tell. */
export const isContactDay = (store: Store, audience: number, day: Day, besides = 0): boolean =>
  store.row(sql`select 1 from handoff_row h join series_row s on s._id = h._series
    where s.audience = ${int(audience)} and h.as_of = ${int(day)} and h.contact = 1 and h._id <> ${int(besides)}`) !== undefined

/** Adds contacts to those of the day: whoever was reached stays so. `again`: the audience has reached people on the day before. */
export function addContacts(
  store: Store,
  { audience, day, again, channel = '' }: ContactDay & { readonly again: boolean; readonly channel?: string | undefined },
  customers: readonly number[],
): void {
  if (!again) {
    write(store, { audience, day }, new Map([[channel, customers]]))
    return
  }
  const reached = by(listedOn(store, 'contact_span', audience, day))
  for (const customer of customers) reached.set(customer, joined(reached.get(customer) ?? '', channel))
  write(store, { audience, day }, parted(reached))
}

/** Takes the contacts of a hand-off back; `others` were reached by the same channel in another of the day. */
export function takeContacts(
  store: Store,
  { audience, day, channel = '' }: ContactDay & { readonly channel?: string | undefined },
  customers: Iterable<number>,
  others: ReadonlySet<number>,
): void {
  const reached = by(listedOn(store, 'contact_span', audience, day))
  for (const customer of customers) {
    const channels = reached.get(customer)
    if (channels === undefined || others.has(customer)) continue
    const rest = channels.split(' ').filter((c) => c !== channel && c !== '')
    if (rest.length === 0) reached.delete(customer)
    else reached.set(customer, rest.join(' '))
  }
  write(store, { audience, day }, parted(reached))
}

/** Takes all contacts of a day back. */
export const takeAllContacts = (store: Store, { audience, day }: ContactDay): void =>
  unlist(store, 'contact_span', audience, day, dayAfter(store, audience, day))

const by = (parts: ReadonlyMap<string, readonly number[]>): Map<number, string> => {
  const found = new Map<number, string>()
  for (const [channels, customers] of parts) for (const c of customers) found.set(c, channels)
  return found
}

const joined = (channels: string, channel: string): string =>
  channels === ''
    ? channel
    : [...new Set([...channels.split(' '), channel])]
        .filter((c) => c !== '')
        .sort()
        .join(' ')

/** Customers by the channels that reached them. */
function parted(reached: ReadonlyMap<number, string>): ReadonlyMap<string, readonly number[]> {
  const parts = new Map<string, number[]>()
  for (const [customer, channels] of reached) {
    const part = parts.get(channels)
    if (part === undefined) parts.set(channels, [customer])
    else part.push(customer)
  }
  return parts
}

/** Makes these the contacts of the day; whatever else spans of other days say of it is over. */
function write(store: Store, { audience, day }: ContactDay, parts: ReadonlyMap<string, readonly number[]>): void {
  const next = dayAfter(store, audience, day)
  const others = store
    .rows(sql`select distinct _part from contact_span where _key = ${int(audience)}`)
    .map(([part]) => String(part))
    .filter((part) => !parts.has(part))
  for (const [part, customers] of [...parts, ...others.map((part) => [part, []] as const)])
    list(store, 'contact_span', { key: audience, part, day, next }, customers)
}

const dayAfter = (store: Store, audience: number, day: Day): Day | undefined =>
  (store.row(sql`select min(h.as_of) from handoff_row h join series_row s on s._id = h._series
    where s.audience = ${int(audience)} and h.contact = 1 and h.as_of > ${int(day)}`)?.[0] ?? undefined) as Day | undefined
