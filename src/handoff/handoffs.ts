/** The hand-offs that the ledger holds: listed, taken out, and cleared of customers who must not be remembered. */
import { int, sql } from '../base/sql.js'
import type { Day } from '../base/time.js'
import { Marks } from '../store/numbers.js'
import type { Store } from '../store/store.js'
import { isContactDay, takeAllContacts, takeContacts } from './contacts.js'
import { customerOf, isHeld, Packer, unpack, WORDS, wordsOf } from './copies.js'
import { copiesOf, dayAfter, dropUnlisted, eachHead, holdout, idsOn, type Mode } from './ledger.js'
import { strike, unlist } from './spans.js'

export interface Recorded {
  readonly id: number
  readonly audience: string
  readonly asOf: Day
  readonly profile: string
  readonly mode: Mode | null
}

/** A file of a hand-off, or an arm that was held out. */
export interface RecordedFile extends Recorded {
  readonly arm: string | null
  readonly file: string | null
  readonly rows: number
  readonly sha256: string | null
}

/** Every file of every hand-off, the first one first. */
export const handedFiles = (store: Store): readonly RecordedFile[] =>
  store.all<RecordedFile>(sql`select h._id as id, n.name as audience, h.as_of as asOf, s.profile, h.mode, f.arm, f.file,
      coalesce(f.rows, h.customers) as rows, f.sha256
    from handoff_row h join series_row s on s._id = h._series join name_row n on n._id = s.audience
    left join handoff_file f on f._handoff = h._id order by h._id, f._n`)

export interface Undone extends Recorded {
  readonly customers: number
  /** Later hand-offs whose files hold what had changed since this one, or leave out those who were in it. */
  readonly compared: readonly Recorded[]
}

/** Takes a hand-off and its contacts out of the ledger; undefined where it is not there. */
export function undo(store: Store, id: number): Undone | undefined {
  return store.whole(() => {
    const found =
      store.row(sql`select h._series, s.audience, n.name, h.as_of, s.profile, h.mode, h.channel, h.contact, h.customers
      from handoff_row h join series_row s on s._id = h._series join name_row n on n._id = s.audience where h._id = ${int(id)}`)
    if (found === undefined) return undefined
    const [series, audience, name, day, profile, mode, channel, contact, customers] = found as [
      number,
      number,
      string,
      Day,
      string,
      Mode | null,
      string | null,
      number,
      number,
    ]
    const undone = { id, audience: name, asOf: day, profile, mode, customers, compared: comparedWith(store, series, day) }
    if (contact === 1) takeBack(store, { id, series, audience, day, channel: channel ?? undefined })
    store.run(sql`delete from handoff_file where _handoff = ${int(id)}`)
    store.run(sql`delete from handoff_split where _handoff = ${int(id)}`)
    store.run(sql`delete from handoff_row where _id = ${int(id)}`)
    unlist(store, 'handoff_span', series, day, dayAfter(store, series, day))
    dropUnlisted(store, series)
    return undone
  })
}

function comparedWith(store: Store, series: number, day: Day): readonly Recorded[] {
  const later = store.all<Recorded>(sql`select h._id as id, n.name as audience, h.as_of as asOf, s.profile, h.mode
    from handoff_row h join series_row s on s._id = h._series join name_row n on n._id = s.audience
    where h._series = ${int(series)} and h.as_of > ${int(day)} order by h.as_of`)
  const known = later.findIndex((h) => h.mode !== 'new')
  return later.filter((h, i) => h.mode === 'new' || (h.mode === 'changes' && i === known))
}

interface Taken {
  readonly id: number
  readonly series: number
  readonly audience: number
  readonly day: Day
  readonly channel: string | undefined
}

function takeBack(store: Store, { id, series, audience, day, channel }: Taken): void {
  if (!isContactDay(store, audience, day, id)) {
    takeAllContacts(store, { audience, day })
    return
  }
  const others = store.rows(sql`select h._series from handoff_row h join series_row s on s._id = h._series
    where s.audience = ${int(audience)} and h.as_of = ${int(day)} and h.contact = 1 and h._id <> ${int(id)} and h.channel is ${channel ?? null}`)
  const kept = new Marks()
  for (const [other] of others) kept.addAll(handedIn(store, other as number, day))
  takeContacts(store, { audience, day, channel }, handedIn(store, series, day), kept)
}

/** Customers in the files of a hand-off. */
function handedIn(store: Store, series: number, day: Day): Marks {
  const found = new Marks()
  eachHead(store, series, idsOn(store, series, day), (_, words, at) => {
    if (!isHeld(words, at)) found.add(customerOf(words, at))
  })
  return found
}

/** A customer in a hand-off. */
export interface Held extends Recorded {
  readonly customer: number
  /** `holdout`: recorded, and in no file. */
  readonly arm: string
}

/** The hand-offs that held any of these customers, the first one first. */
export function heldIn(store: Store, customers: ReadonlySet<number>): readonly Held[] {
  const found: Held[] = []
  for (const { series, ids } of copiesBySeries(store, customers)) {
    const copies = new Map([...copiesOf(store, series, ids)].map((copy, i) => [ids[i] as number, copy]))
    for (const h of store.all<Recorded>(sql`select h._id as id, n.name as audience, h.as_of as asOf, s.profile, h.mode
      from handoff_row h join series_row s on s._id = h._series join name_row n on n._id = s.audience where h._series = ${int(series)}`)) {
      const seen = new Set<string>()
      const there = idsOn(store, series, h.asOf)
      for (const [id, copy] of copies) {
        if (!there.has(id) || seen.has(`${copy.customer} ${copy.arm}`)) continue
        seen.add(`${copy.customer} ${copy.arm}`)
        found.push({ ...h, customer: copy.customer, arm: copy.arm })
      }
    }
  }
  return found.sort((a, b) => a.id - b.id || a.customer - b.customer)
}

/** Takes customers out of every hand-off, with what was handed off of them; the hand-offs stay, and so do their figures. */
export function forgetIn(store: Store, customers: ReadonlySet<number>): void {
  store.whole(() => {
    for (const { series, ids, pieces } of copiesBySeries(store, customers)) {
      strike(store, 'handoff_span', series, new Set(ids))
      for (const piece of pieces) blank(store, piece, customers)
      dropUnlisted(store, series)
    }
    strike(store, 'contact_span', undefined, customers)
  })
}

interface Copies {
  readonly series: number
  /** Rising. */
  readonly ids: readonly number[]
  readonly pieces: readonly number[]
}

function copiesBySeries(store: Store, customers: ReadonlySet<number>): readonly Copies[] {
  return store.rows(sql`select _id from series_row order by _id`).flatMap(([one]) => {
    const series = one as number
    const ids: number[] = []
    const pieces = new Set<number>()
    const starts = store.rows(
      sql`select _first, n, _id from handoff_copy where _series = ${int(series)} order by _first`,
    ) as readonly (readonly [number, number, number])[]
    eachHead(store, series, undefined, (id, words, at) => {
      if (!customers.has(customerOf(words, at))) return
      ids.push(id)
      const piece = starts.find(([first, n]) => id >= first && id < first + n)
      if (piece !== undefined) pieces.add(piece[2])
    })
    return ids.length === 0 ? [] : [{ series, ids, pieces: [...pieces] }]
  })
}

/** Rows of these customers give way to nobody's, so that the others keep their places. */
function blank(store: Store, piece: number, customers: ReadonlySet<number>): void {
  const read = store.prepare('select headers, heads, body from handoff_copy where _id = ?')
  const [headers, heads, body] = read.row([piece]) as [string, Buffer, Buffer]
  const packer = new Packer(headers)
  const words = wordsOf(heads)
  const wanted = (place: number): boolean => !customers.has(customerOf(words, place * WORDS))
  for (const copy of unpack(heads, body, wanted)) {
    if (copy === undefined) packer.write(0, holdout, '', [])
    else packer.write(copy.customer, copy.arm, copy.ident, copy.cells)
  }
  const written = packer.take()
  store.prepare('update handoff_copy set heads = ?, body = ? where _id = ?').run([written.heads, written.body, piece])
}
