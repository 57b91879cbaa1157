/** Contacts as the ledger keeps them: by audience and day, each customer once, with the channels by which he was reached. */
import { int, sql } from '../base/sql.js'
import type { Day } from '../base/time.js'
import { Marks } from '../store/numbers.js'
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

/** Adds contacts to those of the day: whoever was reached stays so. `again`: there are some of this day already. */
export function addContacts(
  store: Store,
  { audience, day, again, channel = '' }: ContactDay & { readonly again: boolean; readonly channel?: string | undefined },
  customers: Marks,
): void {
  if (!again) {
    write(store, { audience, day }, new Map([[channel, customers]]))
    return
  }
  const reached = new Reached()
  const known = new Marks()
  for (const [channels, there] of listedOn(store, 'contact_span', audience, day))
    for (const c of there) {
      known.add(c)
      reached.add(c, customers.has(c) ? joined(channels, channel) : channels)
    }
  for (const c of customers) if (!known.has(c)) reached.add(c, channel)
  write(store, { audience, day }, reached.parts)
}

/** Takes the contacts of a hand-off back; `others` were reached by the same channel in another of the day. */
export function takeContacts(
  store: Store,
  { audience, day, channel = '' }: ContactDay & { readonly channel?: string | undefined },
  customers: Marks,
  others: Marks,
): void {
  const reached = new Reached()
  for (const [channels, there] of listedOn(store, 'contact_span', audience, day)) {
    const rest = channels
      .split(' ')
      .filter((c) => c !== channel && c !== '')
      .join(' ')
    for (const c of there) {
      if (!customers.has(c) || others.has(c)) reached.add(c, channels)
      else if (rest !== '') reached.add(c, rest)
    }
  }
  write(store, { audience, day }, reached.parts)
}

/** Takes all contacts of a day back. */
export const takeAllContacts = (store: Store, { audience, day }: ContactDay): void =>
  unlist(store, 'contact_span', audience, day, dayAfter(store, audience, day))

const joined = (channels: string, channel: string): string =>
  channels === ''
    ? channel
    : [...new Set([...channels.split(' '), channel])]
        .filter((c) => c !== '')
        .sort()
        .join(' ')

/** Customers by the channels that reached them. */
class Reached {
  readonly parts = new Map<string, Marks>()
  add(customer: number, channels: string): void {
    const part = this.parts.get(channels)
    if (part === undefined) this.parts.set(channels, Marks.of([customer]))
    else part.add(customer)
  }
}

/** Makes these the contacts of the day; whatever else spans of other days say of it is over. */
function write(store: Store, { audience, day }: ContactDay, parts: ReadonlyMap<string, Marks>): void {
  const next = dayAfter(store, audience, day)
  const others = store
    .rows(sql`select distinct _part from contact_span where _key = ${int(audience)}`)
    .map(([part]) => String(part))
    .filter((part) => !parts.has(part))
  for (const [part, customers] of [...parts, ...others.map((part) => [part, new Marks()] as const)])
    list(store, 'contact_span', { key: audience, part, day, next }, customers)
}

const dayAfter = (store: Store, audience: number, day: Day): Day | undefined =>
  (store.row(sql`select min(h.as_of) from handoff_row h join series_row s on s._id = h._series
    where s.audience = ${int(audience)} and h.contact = 1 and h.as_of > ${int(day)}`)?.[0] ?? undefined) as Day | undefined
