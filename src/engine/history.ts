/** Sizes over time, computed from the data alone: each step is a full evaluation as of its day, compared with the step before. */
import { sql } from '../base/sql.js'
import { type Day, shift, startOf, startOfNext, type Unit } from '../base/time.js'
import type { EventDefinition, Segment } from '../language/definitions.js'
import { aside } from '../store/aside.js'
import type { Store } from '../store/store.js'
import type { Setting } from './compiler.js'
import { evaluate, occurrenceQuery } from './evaluate.js'

export interface HistoryRow {
  readonly asOf: Day
  readonly name: string
  /** Members; of an event those with an occurrence up to the day. */
  readonly customers: number
  /** All who exist on the day. */
  readonly existing: number
  /** Since the step before: members who came, new occurrences; undefined for the first step. */
  readonly entered?: number
  /** Members who went. */
  readonly left?: number
}

export const stepUnits = ['day', 'week', 'month', 'quarter', 'year'] as const satisfies readonly Unit[]

/** So many steps end on the last day, when nothing says where they begin. */
export const usualSteps = 12

/** The last days of the periods that end from one day to another, and that other day itself, on which the last may be unfinished. */
export function stepDays(from: Day | undefined, to: Day, every: Unit): readonly Day[] {
  const first = from ?? shift(startOf(to, every), 1 - usualSteps, every)
  const days: Day[] = []
  for (let end = startOfNext(first, every) - 1; end < to; end = startOfNext(end + 1, every) - 1) days.push(end)
  return [...days, to]
}

/** By day, then in the order asked: segments before events. */
export function* historyRows(
  setting: Setting,
  segments: readonly Segment[],
  events: readonly EventDefinition[],
  days: readonly Day[],
): IterableIterator<HistoryRow> {
  const members = new Map<string, readonly number[]>()
  const before = new Occurred(setting.store, events)
  try {
    for (const asOf of days) {
      const then: Setting = { ...setting, asOf }
      const step = aside(setting.store, () => {
        const found = evaluate(
          then,
          segments.map((s) => s.name),
        )
        const existing = Number(setting.store.row(sql`select count(*) from customer_row c where ${found.exists}`)?.[0] ?? 0)
        return { existing, now: found.memberNumbers() }
      })
      for (const { name } of segments) {
        const now = step.now.get(name) ?? []
        const moved = movedSince(members.get(name), now)
        members.set(name, now)
        yield { asOf, name, customers: now.length, existing: step.existing, ...moved }
      }
      for (const [i, event] of events.entries())
        yield { asOf, name: event.name, existing: step.existing, ...before.step(then, event, i) }
    }
  } finally {
    before.done()
  }
}

function movedSince(then: readonly number[] | undefined, now: readonly number[]): Pick<HistoryRow, 'entered' | 'left'> {
  if (then === undefined) return {}
  const there = new Set(then)
  const entered = now.filter((id) => !there.has(id)).length
  return { entered, left: then.length - (now.length - entered) }
}

/** The occurrences of each event at the last step. */
class Occurred {
  private readonly seen = new Set<number>()
  constructor(
    private readonly store: Store,
    private readonly events: readonly EventDefinition[],
  ) {
    for (const table of this.tables())
      store.exec(`create temp table ${table} (_customer integer, _ident text, primary key (_customer, _ident)) without rowid`)
  }

  step(setting: Setting, event: EventDefinition, i: number): Pick<HistoryRow, 'customers' | 'entered'> {
    const { store } = this
    const table = `temp.history_${i}`
    const there = this.temporary()
    const { select } = occurrenceQuery(setting, event)
    store.exec('create temp table history_now (_customer integer, _ident text, primary key (_customer, _ident)) without rowid')
    store.run(sql`insert or ignore into temp.history_now select customer, ident from (${select})`)
    const customers = Number(store.row(sql`select count(distinct _customer) from temp.history_now`)?.[0])
    const fresh = store.row({
      text: `select count(*) from temp.history_now n where not exists (select 1 from ${table} h where h._customer = n._customer and h._ident = n._ident)`,
      params: [],
    })
    store.exec(`delete from ${table}; insert into ${table} select * from temp.history_now`)
    for (const made of this.temporary()) if (!there.includes(made)) store.exec(`drop table temp."${made}"`)
    const first = !this.seen.has(i)
    this.seen.add(i)
    return { customers, ...(!first && { entered: Number(fresh?.[0]) }) }
  }

  done(): void {
    for (const table of this.tables()) this.store.exec(`drop table if exists temp.${table}`)
  }

  private temporary(): readonly string[] {
    return this.store.rows(sql`select name from temp.sqlite_master where type = 'table'`).map((r) => String(r[0]))
  }

  private tables(): readonly string[] {
    return this.events.map((_, i) => `history_${i}`)
  }
}
