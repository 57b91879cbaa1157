/**
 * Takes a customer out of the store. Every table that has a column `_customer` is emptied of him, whoever made it; only his
 * orders stay, as a guest's, with the amounts that the shop's totals are made of. Wiping what the file still holds is a step of its own.
 */

import { Stop } from '../base/problem.js'
import { int, name, type Sql, sql } from '../base/sql.js'
import {
  everyEmail,
  keyOfCells,
  mentionsEmail,
  namelessCells,
  type Person,
  type PhoneReader,
  staysNameless,
  traitsOf,
} from './forgotten.js'
import { guest } from './schema.js'
import type { Store } from './store.js'

export interface Erased {
  readonly orders: number
  readonly activities: number
  /** Segments that he was in by any run. */
  readonly segments: number
}

export interface Erasure {
  readonly phones: PhoneReader
  /** Fields of orders and items that what counts as a purchase hangs on. */
  readonly counted: ReadonlySet<string>
}

/** Rows in these become a guest's. */
const guestTables = ['order_row', 'item_row'] as const

/** Every table of the store that has rows of customers. */
export const customerTables = (store: Store): readonly string[] =>
  store
    .rows(sql`select m.name from sqlite_master m where m.type = 'table'
      and exists (select 1 from pragma_table_info(m.name) c where c.name = '_customer') order by m.name`)
    .map(([table]) => String(table))

/** Within the caller's transaction. */
export function erase(store: Store, customer: number, person: Person, how: Erasure): Erased {
  const his = sql`_customer = ${int(customer)}`
  const count = (what: Sql): number => Number(store.row(what)?.[0])
  const found = {
    orders: count(sql`select count(*) from order_row where ${his}`),
    activities: count(sql`select count(*) from activity_row where ${his}`),
    segments: count(sql`select count(distinct _name) from member_row where ${his}`),
  }
  becomeGuest(store, his, how.counted)
  for (const table of customerTables(store))
    if (!guestTables.some((t) => t === table)) store.run(sql`delete from ${name(table)} where ${his}`)
  leaveLists(store, customer)
  leaveTexts(store, person, how)
  // His number must not become another's.
  store.run(sql`insert into meta_row values ('last_customer', ${int(customer)})
    on conflict (name) do update set value = max(cast(value as integer), ${int(customer)})`)
  store.run(sql`delete from customer_row where _id = ${int(customer)}`)
  return found
}

/** After the last of several: texts that nothing refers to any more, and the note that the data are others now. */
export function endErasing(store: Store): void {
  for (const [id, source, field] of store.rows(sql`select _id, source, name from field_row`) as [number, string, string][]) {
    const uses = (textTables[source] ?? [])
      .filter((table) => hasColumn(store, table, field))
      .map((table) => `select ${name(field).text} from ${table} where ${name(field).text} is not null`)
    const unused = uses.length === 0 ? '' : ` and _id not in (${uses.join(' union ')})`
    store.run({ text: `delete from text_row where field = ?${unused}`, params: [id] })
  }
  store.run(sql`insert into meta_row values ('data', '1') on conflict (name) do update set value = cast(value as integer) + 1`)
}

/** How long readers are waited for. */
const READERS_MS = 2000

/** Writes the file anew without what was erased, and empties the log beside it; stops with 75 while somebody else reads. */
export function wipe(store: Store): void {
  try {
    store.exec('vacuum')
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    throw Stop.with(
      error.exit,
      'not-wiped',
      `the customers are forgotten, but the file could not be wiped: ${error.problems[0]!.message}`,
      {
        help: 'mend that and run the same command again; wiping takes as much room as the file has',
      },
    )
  }
  store.exec(`pragma busy_timeout = ${READERS_MS}`)
  const [busy] = store.row({ text: 'pragma wal_checkpoint(truncate)', params: [] }) ?? []
  if (busy !== 0)
    throw Stop.with(75, 'busy', `another program reads \`${store.path}\`, and until it ends the file holds what was erased`, {
      help: 'the customers are forgotten; run the same command again to wipe the file',
    })
}

/** The next deletions overwrite what they delete. */
export const deleteForGood = (store: Store): void => store.exec('pragma secure_delete = on')

/** Where the texts of a source's fields are referred to. */
const textTables: Readonly<Record<string, readonly string[]>> = {
  orders: ['order_row'],
  items: ['item_row', 'waiting_row'],
  activities: ['activity_row'],
}

const columnsOf = (store: Store, table: string): readonly string[] =>
  store.rows(sql`select name from pragma_table_info(${table})`).map(([column]) => String(column))

const hasColumn = (store: Store, table: string, column: string): boolean => columnsOf(store, table).includes(column)

function becomeGuest(store: Store, his: Sql, counted: ReadonlySet<string>): void {
  for (const table of guestTables) {
    const foreign = columnsOf(store, table).filter((c) => !c.startsWith('_') && !staysNameless(c) && !counted.has(c))
    const blank = foreign.map((c) => `${name(c).text} = null`).join(', ')
    if (blank !== '') store.run(sql`update ${name(table)} set ${{ text: blank, params: [] }} where ${his}`)
  }
  renameKeyless(store, his)
  for (const table of guestTables) store.run(sql`update ${name(table)} set _customer = ${int(guest)} where ${his}`)
}

/** A key that is made of the row's cells is made anew without his. */
function renameKeyless(store: Store, his: Sql): void {
  const rows = store.rows(
    sql`select _customer, _day, _time, _key from order_row where ${his} and _keyless = 1 order by _day, _time, _key`,
  )
  if (rows.length === 0) return
  const said = store.row(sql`select value from meta_row where name = 'cells orders'`)?.[0]
  const fields = said === undefined ? [] : (JSON.parse(String(said)) as string[])
  const taken = store.prepare('select 1 from order_row where _key = ?')
  const place = '_customer = ? and _day = ? and _time = ? and _key = ?'
  const rename = guestTables.map((table) => store.prepare(`update ${table} set _key = ? where ${place}`))
  // Of many equal rows each is not counted up from the first again.
  const last = new Map<string, number>()
  for (const [customer, day, time, key] of rows as [number, number, number, string][]) {
    const cells = namelessCells(key, fields)
    const identity = cells.join('\u001f')
    let occurrence = (last.get(identity) ?? 0) + 1
    while (taken.row([keyOfCells(cells, occurrence)]) !== undefined) occurrence++
    last.set(identity, occurrence)
    for (const table of rename) table.run([keyOfCells(cells, occurrence), customer, day, time, key])
  }
}

/** Tables whose rows are of many customers at once, with the column that is a JSON list of their numbers. */
export const customerLists: Readonly<Record<string, string>> = { member_span: 'customers' }

function leaveLists(store: Store, customer: number): void {
  for (const [table, column] of Object.entries(customerLists)) {
    const spans = store.rows(sql`select s._id, s.${name(column)} from ${name(table)} s
      where exists (select 1 from json_each(s.${name(column)}) j where j.value = ${int(customer)})`) as [number, string][]
    for (const [id, text] of spans) {
      const stayed = (JSON.parse(text) as number[]).filter((c) => c !== customer)
      if (stayed.length === 0) store.run(sql`delete from ${name(table)} where _id = ${int(id)}`)
      else store.run(sql`update ${name(table)} set ${name(column)} = ${JSON.stringify(stayed)} where _id = ${int(id)}`)
    }
  }
}

/** His e-mail or phone in columns of rows that are a guest's or another's: a guest's rows are taken for his own. */
function leaveTexts(store: Store, person: Person, { phones, counted }: Erasure): void {
  const wanted = new Set(traitsOf({ ...person, customer: '' }, phones))
  const emails = [person.email, person.customer]
    .filter((text) => text?.includes('@') === true)
    .flatMap((text) => everyEmail(text!))
  const texts = store.rows(sql`select t._id, t.text, f.source, f.name from text_row t join field_row f on f._id = t.field
    where instr(t.text, '@') > 0 or f.name = 'phone'`) as [number, string, string, string][]
  for (const [id, text, source, field] of texts) {
    const same =
      emails.some((email) => mentionsEmail(text, email)) ||
      (field === 'phone' && traitsOf({ phone: text, country: person.country ?? '' }, phones).some((trait) => wanted.has(trait)))
    if (!same) continue
    for (const table of (textTables[source] ?? []).filter((t) => hasColumn(store, t, field))) {
      const holding = sql`${name(field)} = ${int(id)}`
      if (table === 'order_row') becomeNameless(store, sql`${holding} and _customer = ${int(guest)}`, counted)
      if (table === 'activity_row')
        store.run(sql`delete from activity_row where ${holding} and (_customer = ${int(guest)} or _keyless = 1)`)
      if (field !== 'type') store.run(sql`update ${name(table)} set ${name(field)} = null where ${holding}`)
    }
  }
}

function becomeNameless(store: Store, orders: Sql, counted: ReadonlySet<string>): void {
  for (const [day, time, key] of store.rows(sql`select _day, _time, _key from order_row where ${orders}`) as [
    number,
    number,
    string,
  ][])
    becomeGuest(store, sql`_customer = ${int(guest)} and _day = ${int(day)} and _time = ${int(time)} and _key = ${key}`, counted)
}
