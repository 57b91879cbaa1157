/**
 * The ledger of hand-offs. A hand-off is known by audience, profile and as-of day: the same again replaces it, under the same
 * number. An `Entry` takes the rows of one as they go out, tells which are new since the last one of an earlier day, and is
 * written down at its end or not at all.
 */
import { int, type Sql, sql } from '../base/sql.js'
import type { Day } from '../base/time.js'
import { contactCounts } from '../store/contacts.js'
import { Marks } from '../store/numbers.js'
import type { Store } from '../store/store.js'
import { refreshExports } from '../store/views.js'
import type { Split } from './arms.js'
import { addContacts, isContactDay } from './contacts.js'
import { type Copy, flags, isHeld, Known, Packer, PIECE, unpack, type Words, wordsOf } from './copies.js'
import { list, listedBefore, listedEver, listedOn } from './spans.js'
import { Spool } from './spool.js'

export { type Copy, holdout } from './copies.js'

/** What a file holds of the rows: those that came and went since the last hand-off, or those that were in none before. */
export type Mode = 'changes' | 'new'

export interface HandOff {
  readonly audience: string
  readonly profile: string
  readonly profileVersion: string
  /** Undefined for profiles of no channel. */
  readonly channel?: string | undefined
  /** Whether a file of it reaches those in it. */
  readonly contact: boolean
  readonly asOf: Day
  /** Undefined: files hold every row. */
  readonly mode?: Mode | undefined
  /** Undefined: it was handed off whole. */
  readonly split?: Split | undefined
}

export interface HandedFile {
  readonly arm?: string | undefined
  /** As it is shown; null for a stream. */
  readonly file: string | null
  readonly rows: number
  readonly bytes: number | null
  readonly sha256: string | null
}

export interface Earlier {
  readonly id: number
  readonly asOf: Day
  readonly profileVersion: string
  readonly run: number | null
  readonly mode: Mode | null
}

/**
 * How a row stands to the hand-offs of earlier days. `new`: its customer, or this occurrence of his, was in none of them (told
 * from `entered` only where the mode is `new`). `entered`: not in the last one, or under another address or in another arm, or left
 * out by a file of this day. `stayed`: the same as in the last one. `held`: in no file. A file of changes holds `entered` and `new`, one of the new `new`.
 */
export type Standing = 'new' | 'entered' | 'stayed' | 'held'

/** A row that an earlier hand-off put into the tool and this one does not hold, as it went out then. */
export interface Gone extends Copy {
  readonly headers: readonly string[]
}

/** The last hand-off of an earlier day. */
export function previous(store: Store, audience: string, profile: string, before: Day): Earlier | undefined {
  const series = seriesOf(store, audience, profile)
  return series === undefined ? undefined : lastBefore(store, series, before)
}

/** Records a hand-off whose rows are at hand; returns its number. */
export function record(
  store: Store,
  about: HandOff & Ending & { readonly headers: readonly string[]; readonly rows: Iterable<Copy> },
): number {
  const entry = new Entry(store, about, about.headers)
  for (const { customer, arm, ident, cells } of about.rows) entry.add(customer, arm, ident, cells)
  return entry.finish(about)
}

export interface Ending {
  readonly run: number | null
  readonly files: readonly HandedFile[]
  /** An instant, for the record alone. */
  readonly madeAt: string
}

/** A hand-off as it happens. Asks the store only when it is made, in `gone` and in `finish`: a cursor may be open in between. */
export class Entry {
  /** Undefined where this is the first. */
  readonly previous: Earlier | undefined
  private readonly known = new Known()
  private readonly packer: Packer
  private readonly spool: Spool
  private readonly pieces: number[] = []
  private readonly copies = new Marks()
  private readonly firstNew: number
  private nextId: number
  private readonly series: number | undefined
  private readonly reached = new Marks()
  private readonly handed = new Marks()
  private readonly heldOut = new Map<string, number>()
  private readonly headers: string

  /** `headers` are those of the cells given to `add`: of the identifiers that a removal carries. */
  constructor(
    private readonly store: Store,
    private readonly about: HandOff,
    headers: readonly string[],
  ) {
    this.headers = JSON.stringify(headers)
    this.packer = new Packer(this.headers)
    this.spool = new Spool(store.path === ':memory:' ? undefined : `${store.path}-handoff-${process.pid}-${spools++}`)
    this.series = seriesOf(store, about.audience, about.profile)
    this.previous = this.series === undefined ? undefined : lastBefore(store, this.series, about.asOf)
    this.firstNew = this.series === undefined ? 1 : nextCopy(store, this.series)
    this.nextId = this.firstNew
    if (this.series !== undefined) this.recall(this.series)
  }

  /** The next row; those of a customer follow each other. */
  add(customer: number, arm: string, ident: string, cells: readonly string[]): Standing {
    const { packer, known } = this
    const at = packer.write(customer, arm, ident, cells)
    let place = known.same(packer.heads, at)
    const standing = this.standing(place, at)
    if (place >= 0) packer.drop()
    else {
      place = known.add(this.nextId++, packer.heads, at)
      if (packer.size === PIECE) this.putBy()
    }
    if (!known.is(place, flags.now)) {
      known.mark(place, flags.now)
      this.copies.add(known.idAt(place))
    }
    if (standing === 'held') this.heldOut.set(arm, (this.heldOut.get(arm) ?? 0) + 1)
    else {
      this.handed.add(customer)
      const { mode } = this.about
      if (mode === undefined || standing === 'new' || (mode === 'changes' && standing === 'entered')) this.reached.add(customer)
    }
    return standing
  }

  /**
   * After the last row: those whom the tool may hold from earlier hand-offs, or from an earlier one of the same day, and who are not
   * listed any more; in the order in which they first went out.
   */
  *gone(): IterableIterator<Gone> {
    if (this.series === undefined) return
    yield* copiesOf(
      this.store,
      this.series,
      this.goneIds().sort((a, b) => a - b),
    )
  }

  /** After the last row: all that are listed now. */
  *listed(): IterableIterator<Gone> {
    const { firstNew, copies, spool } = this
    if (this.series !== undefined) {
      const old = new Marks()
      for (const id of copies) if (id < firstNew) old.add(id)
      yield* copiesOf(this.store, this.series, old)
    }
    this.putBy()
    const headers = JSON.parse(this.headers) as readonly string[]
    for (const [heads, body] of spool.all())
      for (const copy of unpack(heads as Buffer, body as Buffer, () => true)) yield { ...(copy as Copy), headers }
  }

  private goneIds(): number[] {
    const { known } = this
    const ids: number[] = []
    for (let i = 0; i < known.recalled; i++)
      if ((known.is(i, flags.last) || known.is(i, flags.owed)) && !known.is(i, flags.now) && !known.heldAt(i))
        ids.push(known.idAt(i))
    return ids
  }

  /** Writes the hand-off down, all of it or nothing, and returns its number. */
  finish({ run, files, madeAt }: Ending): number {
    const { store, about } = this
    this.putBy()
    try {
      return store.whole(() => {
        const series = this.series ?? newSeries(store, about.audience, about.profile)
        const day = about.asOf
        const audience = nameNumber(store, about.audience) as number
        const again = isContactDay(store, audience, day)
        const known = handOffOn(store, series, day)
        if (known === undefined)
          store.run(sql`insert into handoff_row (_series, as_of, version, contact, made_at, customers)
            values (${int(series)}, ${int(day)}, '', 0, '', 0)`)
        const id = known ?? (handOffOn(store, series, day) as number)
        store.run(sql`update handoff_row set version = ${about.profileVersion}, channel = ${about.channel ?? null},
          contact = max(contact, ${int(about.contact ? 1 : 0)}), mode = ${about.mode ?? null}, run = ${run}, made_at = ${madeAt},
          customers = ${int(this.handed.size)} where _id = ${int(id)}`)
        this.writeFiles(id, files)
        writeSplit(store, id, about.split)
        this.writePieces(series)
        const next = dayAfter(store, series, day)
        list(store, 'handoff_span', { key: series, day, next }, this.copies)
        list(store, 'handoff_span', { key: series, part: MISSED, day, next }, this.missed())
        if (about.contact) addContacts(store, { audience, day, again, channel: about.channel }, this.reached)
        if (known !== undefined) dropUnlisted(store, series)
        refreshExports(store)
        return id
      })
    } finally {
      this.spool.end()
    }
  }

  /** Nothing is written down. */
  discard(): void {
    this.spool.end()
  }

  private standing(place: number, at: number): Standing {
    const { known, packer } = this
    if (isHeld(packer.heads, at)) return 'held'
    if (place >= 0 && known.is(place, flags.last) && !known.is(place, flags.missed)) return 'stayed'
    return this.about.mode === 'new' && !known.had(packer.heads, at, flags.before) ? 'new' : 'entered'
  }

  /** Copies that rows may be the same as. */
  private recall(series: number): void {
    const { store, about } = this
    const marks = new Uint8Array(this.firstNew)
    const wanted = new Marks()
    const take = (numbers: Iterable<number>, mark: number): void => {
      for (const n of numbers) {
        wanted.add(n)
        marks[n] = (marks[n] as number) | mark
      }
    }
    if (this.previous !== undefined) take(idsOn(store, series, this.previous.asOf), flags.last | flags.before)
    if (about.mode === 'new') take(listedBefore(store, 'handoff_span', series, about.asOf), flags.before)
    // A file of the new alone tells of nobody who left: the tool holds them still.
    if (this.previous?.mode === 'new') take(missedOn(store, series, this.previous.asOf), flags.owed)
    if (handOffOn(store, series, about.asOf) !== undefined) {
      take(idsOn(store, series, about.asOf), flags.owed)
      take(missedOn(store, series, about.asOf), flags.owed | flags.missed)
    }
    eachHead(store, series, wanted, (id, words, at) => this.known.recall(id, words, at, marks[id] as number))
  }

  /** Those whom this hand-off, or one of the same day that it replaces, was without though the tool may have held them. */
  private missed(): Marks {
    const missed = Marks.of(this.goneIds())
    for (let i = 0; i < this.known.recalled; i++) if (this.known.is(i, flags.missed)) missed.add(this.known.idAt(i))
    return missed
  }

  private putBy(): void {
    if (this.packer.size === 0) return
    const { heads, body, n } = this.packer.take()
    this.spool.put(heads, body)
    this.pieces.push(n)
  }

  private writePieces(series: number): void {
    const insert = this.store.prepare(
      'insert into handoff_copy (_series, _first, n, headers, heads, body) values (?, ?, ?, ?, ?, ?)',
    )
    let first = this.firstNew
    let piece = 0
    for (const [heads, body] of this.spool.all()) {
      const n = this.pieces[piece++] as number
      insert.run([series, first, n, this.headers, heads as Buffer, body as Buffer])
      first += n
    }
  }

  private writeFiles(id: number, files: readonly HandedFile[]): void {
    this.store.run(sql`delete from handoff_file where _handoff = ${int(id)}`)
    const held = [...this.heldOut].map(([arm, rows]): HandedFile => ({ arm, file: null, rows, bytes: null, sha256: null }))
    for (const [n, { arm, file, rows, bytes, sha256 }] of [...files, ...held].entries())
      this.store.run(sql`insert into handoff_file (_handoff, _n, arm, file, rows, bytes, sha256)
        values (${int(id)}, ${int(n)}, ${arm ?? null}, ${file}, ${int(rows)}, ${bytes}, ${sha256})`)
  }
}
let spools = 0

export interface Cap {
  readonly audience: string
  /** Undefined: contacts by any channel count. */
  readonly channel?: string | undefined
  readonly asOf: Day
  /** The first day of the window. */
  readonly from: Day
  readonly max: number
}

/** A query of (_customer): those with `max` contacts or more in the window, the audience's own of the day not counted. */
export function capped(store: Store, { audience, channel, asOf, from, max }: Cap): Sql {
  const own = nameNumber(store, audience)
  const counts = contactCounts({ channel, from, to: asOf, ...(own !== undefined && { besides: { audience: own, day: asOf } }) })
  return max <= 0
    ? sql`select _id as _customer from customer_row`
    : sql`select k._customer from (${counts}) k where k.n >= ${int(max)}`
}

/**
 * From here on every condition asked of this connection sees the day as it was when this hand-off was first made, so that the same
 * command on the same night finds the same people: nothing of the audience's own, nothing of others that came after it. Ends with
 * what it returns.
 */
export function unseen(store: Store, { audience, profile, asOf }: Pick<HandOff, 'audience' | 'profile' | 'asOf'>): () => void {
  const own = nameNumber(store, audience)
  if (own === undefined || store.row(sql`select 1 from main.sqlite_master where name = 'contact_day'`) === undefined)
    return () => {}
  const series = seriesOf(store, audience, profile)
  const first = series === undefined ? undefined : handOffOn(store, series, asOf)
  const after =
    first === undefined
      ? ''
      : ` or ${first} < (select min(h._id) from main.handoff_row h join main.series_row s on s._id = h._series
      where s.audience = d.audience and h.as_of = ${asOf} and h.contact = 1)`
  store.exec(`create temp view contact_day as select d.audience as audience, d._day as _day from main.contact_day d
    where not (d._day = ${asOf} and (d.audience = ${own}${after}))`)
  return () => store.exec('drop view temp.contact_day')
}

function writeSplit(store: Store, id: number, split: Split | undefined): void {
  store.run(sql`delete from handoff_split where _handoff = ${int(id)}`)
  if (split === undefined) return
  const arms = JSON.stringify(split.arms.map(({ name, end }) => [name, end]))
  store.run(sql`insert into handoff_split (_handoff, salt, arms) values (${int(id)}, ${split.salt}, ${arms})`)
}

/** How a hand-off was to be split; undefined where it was not, or went out before that was kept. */
export function splitOn(store: Store, id: number): Split | undefined {
  const row = store.row(sql`select salt, arms from handoff_split where _handoff = ${int(id)}`)
  if (row === undefined) return undefined
  const arms = JSON.parse(String(row[1])) as readonly (readonly [name: string, end: number])[]
  return { salt: String(row[0]), arms: arms.map(([name, end]) => ({ name, end })) }
}

const nameNumber = (store: Store, text: string): number | undefined =>
  store.row(sql`select _id from name_row where name = ${text}`)?.[0] as number | undefined

function seriesOf(store: Store, audience: string, profile: string): number | undefined {
  return store.row(sql`select s._id from series_row s join name_row n on n._id = s.audience
    where n.name = ${audience} and s.profile = ${profile}`)?.[0] as number | undefined
}

function newSeries(store: Store, audience: string, profile: string): number {
  store.run(sql`insert into name_row (name) values (${audience}) on conflict do nothing`)
  store.run(sql`insert into series_row (audience, profile) values (${int(nameNumber(store, audience) as number)}, ${profile})`)
  return seriesOf(store, audience, profile) as number
}

function lastBefore(store: Store, series: number, before: Day): Earlier | undefined {
  const row = store.row(sql`select _id, as_of, version, run, mode from handoff_row
    where _series = ${int(series)} and as_of < ${int(before)} order by as_of desc limit 1`)
  if (row === undefined) return undefined
  const [id, asOf, version, run, mode] = row as [number, Day, string, number | null, Mode | null]
  return { id, asOf, profileVersion: version, run, mode }
}

/** The number of the hand-off of a day. */
const handOffOn = (store: Store, series: number, day: Day): number | undefined =>
  store.row(sql`select _id from handoff_row where _series = ${int(series)} and as_of = ${int(day)}`)?.[0] as number | undefined

/** The next day on which the series was handed off. */
export const dayAfter = (store: Store, series: number, day: Day): Day | undefined =>
  (store.row(sql`select min(as_of) from handoff_row where _series = ${int(series)} and as_of > ${int(day)}`)?.[0] ?? undefined) as
    | Day
    | undefined

const nextCopy = (store: Store, series: number): number =>
  (store.row(sql`select coalesce(max(_first + n), 1) from handoff_copy where _series = ${int(series)}`)?.[0] ?? 1) as number

/** The copies listed on a day. */
export const idsOn = (store: Store, series: number, day: Day): Marks =>
  listedOn(store, 'handoff_span', series, day).get('') ?? new Marks()

/** Of the lists of a day, those that its hand-offs were without though the tool may have held them. */
const MISSED = 'missed'
const missedOn = (store: Store, series: number, day: Day): Marks =>
  listedOn(store, 'handoff_span', series, day).get(MISSED) ?? new Marks()

/** Heads of the copies wanted, or of all, by copy; `words` hold the head from `at` on. */
export function eachHead(
  store: Store,
  series: number,
  wanted: Marks | undefined,
  work: (id: number, words: Words, at: number) => void,
): void {
  const heads = store.prepare('select heads from handoff_copy where _id = ?')
  for (const [id, first, n] of store.rows(
    sql`select _id, _first, n from handoff_copy where _series = ${int(series)} order by _first`,
  ) as readonly (readonly [number, number, number])[]) {
    if (wanted?.hasAny(first, n) === false) continue
    const words = wordsOf(heads.row([id])?.[0] as Buffer)
    for (let i = 0; i < n; i++) if (wanted?.has(first + i) !== false) work(first + i, words, (i * words.length) / n)
  }
}

/** Copies by their numbers, which rise. */
export function* copiesOf(store: Store, series: number, ids: readonly number[] | Marks): IterableIterator<Gone> {
  const piece = store.prepare(
    'select _first, n, headers, heads, body from handoff_copy where _series = ? and _first <= ? order by _first desc limit 1',
  )
  const wanted = ids instanceof Marks ? ids : Marks.of(ids)
  let held:
    | {
        readonly first: number
        readonly end: number
        readonly headers: readonly string[]
        readonly rows: readonly (Copy | undefined)[]
      }
    | undefined
  for (const id of ids) {
    if (held === undefined || id >= held.end) {
      const [first, n, headers, heads, body] = piece.row([series, id]) as [number, number, string, Buffer, Buffer]
      held = {
        first,
        end: first + n,
        headers: JSON.parse(headers) as readonly string[],
        rows: unpack(heads, body, (i) => wanted.has(first + i)),
      }
    }
    yield { ...(held.rows[id - held.first] as Copy), headers: held.headers }
  }
}

/** Lets go of pieces of which no hand-off lists anything any more. */
export function dropUnlisted(store: Store, series: number): void {
  const listed = listedEver(store, 'handoff_span', series)
  for (const [id, first, n] of store.rows(
    sql`select _id, _first, n from handoff_copy where _series = ${int(series)}`,
  ) as readonly (readonly [number, number, number])[])
    if (!listed.hasAny(first, n)) store.run(sql`delete from handoff_copy where _id = ${int(id)}`)
}
