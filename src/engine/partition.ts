/** Groups written `partition: […]`: which part a customer is in on a day, and the moves between parts from one day to another. */
import { int, join, sql } from '../base/sql.js'
import type { Definitions, Segment } from '../language/definitions.js'
import { aside } from '../store/aside.js'
import type { Setting } from './compiler.js'
import { evaluate } from './evaluate.js'

export interface Partition extends Segment {
  readonly parts: readonly string[]
}
export const isPartition = (segment: Segment): segment is Partition => segment.parts !== undefined
export const partitionsOf = ({ segments }: Definitions): readonly Partition[] => [...segments.values()].filter(isPartition)

/** The places of customers by their numbers: of several parts that hold him the first, or one of the two below. */
export type Places = Int16Array
/** Does not exist on the day. */
export const ABSENT = -2
/** Exists, and is in no part. */
export const OUTSIDE = -1

/** Where all customers stand in each of the partitions on the as-of day: one evaluation of their segments alone. */
export const placesIn = (setting: Setting, partitions: readonly Partition[]): readonly Places[] =>
  aside(setting.store, () => {
    const { store } = setting
    const found = evaluate(
      setting,
      partitions.flatMap((p) => [p.name, ...p.parts]),
    )
    const place = (p: Partition) => {
      const parts = p.parts.map((part, i) => sql`when ${found.member(part)} then ${int(i)}`)
      return sql`(case when not ${found.member(p.name)} then ${int(OUTSIDE)} ${join(parts, ' ')} else ${int(OUTSIDE)} end)`
    }
    const size = 1 + Number(store.row(sql`select coalesce(max(_id), 0) from customer_row`)?.[0])
    const places = partitions.map(() => new Int16Array(size).fill(ABSENT))
    const columns = join(partitions.map(place), ', ')
    for (const row of store.each(found.ready(sql`select c._id, ${columns} from ${found.from} where ${found.exists}`)))
      places.forEach((p, i) => {
        p[Number(row[0])] = Number(row[i + 1])
      })
    return places
  })

/** Customers by the part they were in and the part they are in now, in the order of the parts, last those in none. */
export type Moves = readonly (readonly number[])[]

export function movesBetween({ parts }: Partition, then: Places, now: Places): Moves {
  const none = parts.length
  const moves = Array.from({ length: none + 1 }, () => new Array<number>(none + 1).fill(0))
  for (let id = 0; id < now.length; id++) {
    const [from, to] = [then[id]!, now[id]!]
    if (from !== ABSENT || to !== ABSENT) moves[from < 0 ? none : from]![to < 0 ? none : to]!++
  }
  return moves
}
