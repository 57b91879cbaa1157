/**
 * Lists of numbers over days, as spans: in from a day on, until before another; those that came and went together share a row.
 * Only days on which something was listed mean anything, so that a day may be written, corrected or taken out in any order.
 */
import { int, name, type Sql, sql } from '../base/sql.js'
import type { Day } from '../base/time.js'
import type { Store } from '../store/store.js'

export type SpanTable = 'handoff_span' | 'contact_span'
type Numbers = readonly number[]

const covering = (day: Day): Sql => sql`_from <= ${int(day)} and (_until is null or _until > ${int(day)})`
const parsed = (numbers: unknown): Numbers => JSON.parse(String(numbers)) as Numbers

/** What is listed on a day, by part. */
export function listedOn(store: Store, table: SpanTable, key: number, day: Day): ReadonlyMap<string, Numbers> {
  const found = new Map<string, number[]>()
  for (const [part, numbers] of store.rows(
    sql`select _part, numbers from ${name(table)} where _key = ${int(key)} and ${covering(day)} order by _id`,
  )) {
    const list = found.get(String(part)) ?? []
    for (const n of parsed(numbers)) list.push(n)
    found.set(String(part), list)
  }
  return found
}

/** What was listed on any day before this one. */
export const listedBefore = (store: Store, table: SpanTable, key: number, day: Day): Numbers =>
  store
    .rows(sql`select numbers from ${name(table)} where _key = ${int(key)} and _from < ${int(day)}`)
    .flatMap((row) => parsed(row[0]))

/** What is listed on any day. */
export const listedEver = (store: Store, table: SpanTable, key: number): Numbers =>
  store.rows(sql`select numbers from ${name(table)} where _key = ${int(key)}`).flatMap((row) => parsed(row[0]))

/** Makes these the numbers listed on a day; `next` is the day after it that lists something. Writes only what differs. */
export function list(
  store: Store,
  table: SpanTable,
  {
    key,
    part = '',
    day,
    next,
  }: { readonly key: number; readonly part?: string; readonly day: Day; readonly next: Day | undefined },
  numbers: Numbers,
): void {
  const come = new Uint8Array(numbers.reduce((most, n) => Math.max(most, n), 0) + 1)
  for (const n of numbers) come[n] = 1
  const spans = store.rows(
    sql`select _id, _from, _until, numbers from ${name(table)} where _key = ${int(key)} and _part = ${part} and ${covering(day)} order by _id`,
  ) as readonly (readonly [number, Day, Day | null, string])[]
  const add = (from: Day, until: Day | null, some: Numbers): void =>
    void store.run(
      sql`insert into ${name(table)} (_key, _part, _from, _until, numbers) values (${int(key)}, ${part}, ${int(from)}, ${until}, ${JSON.stringify(some)})`,
    )
  for (const [id, from, until, text] of spans) {
    const stayed: number[] = []
    const gone: number[] = []
    for (const n of parsed(text)) {
      if (come[n] === 1) stayed.push(n)
      else gone.push(n)
      if (n < come.length) come[n] = 0
    }
    if (gone.length === 0) continue
    if (from < day) add(from, day, gone)
    if (next !== undefined && (until === null || until > next)) add(next, until, gone)
    if (stayed.length === 0) store.run(sql`delete from ${name(table)} where _id = ${int(id)}`)
    else store.run(sql`update ${name(table)} set numbers = ${JSON.stringify(stayed)} where _id = ${int(id)}`)
  }
  const fresh = numbers.filter((n) => come[n] === 1)
  if (fresh.length > 0) add(day, next ?? null, fresh)
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
  const spans = store.rows(
    sql`select _id, numbers from ${name(table)} where ${key === undefined ? sql`1` : sql`_key = ${int(key)}`}`,
  )
  for (const [id, text] of spans) {
    const before = parsed(text)
    const left = before.filter((n) => !numbers.has(n))
    if (left.length === before.length) continue
    if (left.length === 0) store.run(sql`delete from ${name(table)} where _id = ${id as number}`)
    else store.run(sql`update ${name(table)} set numbers = ${JSON.stringify(left)} where _id = ${id as number}`)
  }
}
