/**
 * Lists of numbers over days, as spans: in from a day on, until before another; those that came and went together share a row, or
 * a few. Only days on which something was listed mean anything, so that a day may be written, corrected or taken out in any order.
 */
import { int, name, type Sql, sql } from '../base/sql.js'
import type { Day } from '../base/time.js'
import { listed, Marks, parted } from '../store/numbers.js'
import type { Store } from '../store/store.js'

export type SpanTable = 'handoff_span' | 'contact_span'

const covering = (day: Day): Sql => sql`_from <= ${int(day)} and (_until is null or _until > ${int(day)})`

/** What is listed on a day, by part. */
export function listedOn(store: Store, table: SpanTable, key: number, day: Day): ReadonlyMap<string, Marks> {
  const found = new Map<string, Marks>()
  for (const [part, numbers] of store.each(
    sql`select _part, numbers from ${name(table)} where _key = ${int(key)} and ${covering(day)} order by _id`,
  )) {
    const marks = found.get(String(part)) ?? new Marks()
    marks.addAll(listed(numbers))
    found.set(String(part), marks)
  }
  return found
}

/** What was listed on any day before this one, in no part. */
export const listedBefore = (store: Store, table: SpanTable, key: number, day: Day): Marks =>
  marksOf(store, sql`select numbers from ${name(table)} where _key = ${int(key)} and _part = '' and _from < ${int(day)}`)

/** What is listed on any day. */
export const listedEver = (store: Store, table: SpanTable, key: number): Marks =>
  marksOf(store, sql`select numbers from ${name(table)} where _key = ${int(key)}`)

function marksOf(store: Store, lists: Sql): Marks {
  const found = new Marks()
  for (const [numbers] of store.each(lists)) found.addAll(listed(numbers))
  return found
}

/** Makes these the numbers listed on a day, and takes them; `next` is the day after it that lists something. Writes only what differs. */
export function list(
  store: Store,
  table: SpanTable,
  {
    key,
    part = '',
    day,
    next,
  }: { readonly key: number; readonly part?: string; readonly day: Day; readonly next: Day | undefined },
  come: Marks,
): void {
  const spans = store.rows(
    sql`select _id, _from, _until from ${name(table)} where _key = ${int(key)} and _part = ${part} and ${covering(day)} order by _id`,
  ) as readonly (readonly [number, Day, Day | null])[]
  const add = (from: Day, until: Day | null, numbers: string): void =>
    void store.run(
      sql`insert into ${name(table)} (_key, _part, _from, _until, numbers) values (${int(key)}, ${part}, ${int(from)}, ${until}, ${numbers})`,
    )
  for (const [id, from, until] of spans) {
    const { stayed, gone } = parted(numbersOf(store, table, id), come)
    if (gone.length === 0) continue
    const left = JSON.stringify(gone)
    if (from < day) add(from, day, left)
    if (next !== undefined && (until === null || until > next)) add(next, until, left)
    rewrite(store, table, id, stayed)
  }
  for (const fresh of come.lists()) add(day, next ?? null, fresh)
}

const numbersOf = (store: Store, table: SpanTable, id: number): readonly number[] =>
  listed(store.row(sql`select numbers from ${name(table)} where _id = ${int(id)}`)?.[0])

function rewrite(store: Store, table: SpanTable, id: number, left: readonly number[]): void {
  if (left.length === 0) store.run(sql`delete from ${name(table)} where _id = ${int(id)}`)
  else store.run(sql`update ${name(table)} set numbers = ${JSON.stringify(left)} where _id = ${int(id)}`)
}

/** Takes a day out: nothing begins on it any more. */
export function unlist(store: Store, table: SpanTable, key: number, day: Day, next: Day | undefined): void {
  store.run(
    sql`delete from ${name(table)} where _key = ${int(key)} and _from = ${int(day)} and ${next === undefined ? sql`1` : sql`_until <= ${int(next)}`}`,
  )
  if (next !== undefined)
    store.run(sql`update ${name(table)} set _from = ${int(next)} where _key = ${int(key)} and _from = ${int(day)}`)
}

/** Takes numbers out of every list. */
export function strike(store: Store, table: SpanTable, key: number | undefined, numbers: ReadonlySet<number>): void {
  for (const [id] of store.rows(
    sql`select _id from ${name(table)} where ${key === undefined ? sql`1` : sql`_key = ${int(key)}`}`,
  )) {
    const before = numbersOf(store, table, id as number)
    const left = before.filter((n) => !numbers.has(n))
    if (left.length < before.length) rewrite(store, table, id as number, left)
  }
}
