/**
 * Who was reached, how often: spans of days over lists of customers, see the ledger in schema.ts. A customer is reached at most
 * once by an audience on a day, however many files of it he was in; `_part` says by which channels.
 */
import { and, int, type Sql, sql } from '../base/sql.js'
import type { Day } from '../base/time.js'

export interface Contacts {
  /** A query of numbers of names; without it all audiences. */
  readonly audiences?: Sql | undefined
  readonly channel?: string | undefined
  readonly from?: Day | undefined
  readonly to: Day
  /** A hand-off that does not count: the number of the audience's name, and its day. */
  readonly besides?: { readonly audience: number; readonly day: Day } | undefined
}

/** Which days of `d`, rows of contact_day, and which spans `s` of customers. */
function within({ audiences, channel, from, to, besides }: Contacts): { readonly days: Sql; readonly spans: Sql } {
  const days = and([
    sql`d._day <= ${int(to)}`,
    ...(from === undefined ? [] : [sql`d._day >= ${int(from)}`]),
    ...(besides === undefined ? [] : [sql`not (d.audience = ${int(besides.audience)} and d._day = ${int(besides.day)})`]),
  ])
  const spans = and([
    ...(audiences === undefined ? [] : [sql`s._key in (${audiences})`]),
    ...(channel === undefined ? [] : [sql`instr(' ' || s._part || ' ', ${` ${channel} `}) > 0`]),
  ])
  return { days, spans }
}

/** A query of (_day, name, _part): the contacts of one customer, the latest first. */
export function contactsOf(customer: number, contacts: Contacts): Sql {
  const { days, spans } = within(contacts)
  return sql`select d._day, n.name, s._part from contact_day d
    join contact_span s on s._key = d.audience and d._day >= s._from and (s._until is null or d._day < s._until)
    join name_row n on n._id = d.audience
    where ${days} and ${spans} and exists (select 1 from json_each(s.numbers) j where j.value = ${int(customer)})
    order by d._day desc, n.name`
}

/** A query of (_customer, n): contacts of each customer who had one. */
export function contactCounts(contacts: Contacts): Sql {
  const { days, spans } = within(contacts)
  return sql`with days as materialized (select d.audience, d._day from contact_day d where ${days}),
    spans as materialized (select s.numbers, (select count(*) from days d
      where d.audience = s._key and d._day >= s._from and (s._until is null or d._day < s._until)) as n from contact_span s where ${spans})
    select j.value as _customer, sum(x.n) as n from spans x, json_each(x.numbers) j where x.n > 0 group by j.value`
}
