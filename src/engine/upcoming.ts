/**
 * Who will enter and leave segments by the clock alone: the days to come are evaluated one after another over what is known up to
 * the as-of day, as if nobody did anything more.
 */
import { int, sql } from '../base/sql.js'
import { compareBytes } from '../base/text.js'
import type { Day } from '../base/time.js'
import type { Segment } from '../language/definitions.js'
import { aside } from '../store/aside.js'
import { cutAfter } from '../store/cut.js'
import type { Store } from '../store/store.js'
import type { Setting } from './compiler.js'
import { evaluate } from './evaluate.js'

export interface ComingMove {
  readonly on: Day
  readonly segment: string
  readonly customer: string
  readonly change: 'entered' | 'left'
}

/** Of the days after the as-of day up to and including `until`: by day, then segment as asked, then who comes and who goes by their keys. */
export function* comingMoves(setting: Setting, segments: readonly Segment[], until: Day): IterableIterator<ComingMove> {
  const { store, asOf } = setting
  const names = segments.map((s) => s.name)
  const hideTheRest = cutAfter(store, asOf)
  const membersOn = (day: Day): ReadonlyMap<string, readonly number[]> =>
    aside(store, () => {
      hideTheRest()
      return evaluate({ ...setting, asOf: day }, names).memberNumbers()
    })
  let before = membersOn(asOf)
  for (let on = asOf + 1; on <= until; on++) {
    const now = membersOn(on)
    for (const segment of names) {
      const [was, is] = [before.get(segment) ?? [], now.get(segment) ?? []]
      for (const customer of keysOf(store, without(is, was))) yield { on, segment, customer, change: 'entered' }
      for (const customer of keysOf(store, without(was, is))) yield { on, segment, customer, change: 'left' }
    }
    before = now
  }
}

function without(these: readonly number[], those: readonly number[]): readonly number[] {
  const left = new Set(those)
  return these.filter((id) => !left.has(id))
}

const keysOf = (store: Store, ids: readonly number[]): readonly string[] =>
  ids.map((id) => String(store.row(sql`select customer from customer_row where _id = ${int(id)}`)?.[0])).sort(compareBytes)
