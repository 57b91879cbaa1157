/** Evaluation: the members of segments, the values of customers and the occurrences of events on one day, in temporary tables. */
import { int, join, NULL, type Sql, sql } from '../base/sql.js'
import { customerValue } from '../language/conditions/attribute.js'
import type { Definitions, EventDefinition, Segment } from '../language/definitions.js'
import { rowOrder, rowValue } from '../language/fields.js'
import { occurrenceScope } from '../language/rows.js'
import type { Value } from '../language/value.js'
import { Plan, type Setting, withClause } from './compiler.js'

/** The segments asked for and those they stand on, in an order in which each stands on those before it. */
export function closure(definitions: Definitions, names: readonly string[]): readonly Segment[] {
  const wanted = new Set<string>()
  const want = (name: string): void => {
    const segment = definitions.segments.get(name)
    if (segment === undefined || wanted.has(name)) return
    wanted.add(name)
    for (const used of segment.uses) want(used)
    if (segment.base !== undefined) want(segment.base)
  }
  for (const name of names) want(name)
  return [...definitions.segments.values()].filter((s) => wanted.has(s.name))
}

/** Segments in one word of a level's table; a word is a whole number that JavaScript takes apart bit by bit. */
const BITS = 31

export interface Evaluated {
  /** Whether customer `c`, joined by `from`, is in the segment. */
  member(segment: string): Sql
  /** The numbers of the members of every segment evaluated, in rising order. */
  memberNumbers(): ReadonlyMap<string, readonly number[]>
  /** `customer_row c` with everything joined that values and members lean on. */
  readonly from: Sql
  /** Whether customer `c` exists on the as-of day. */
  readonly exists: Sql
  /** The value of an attribute or metric asked for, for customer `c`. */
  value(name: string): Value
}

/** Evaluates segments, and the attributes and metrics named, into temporary tables of the store's connection. */
export function evaluate(setting: Setting, segments: readonly string[], values: readonly string[] = []): Evaluated {
  const steps = closure(setting.definitions, segments)
  const levels = levelled(steps)
  const levelOf = (l: number): string => `${plan.prefix}level_${l}`
  const placeOf = new Map(levels.flatMap((level, l) => level.map((s, i) => [s.name, { level: l, at: i }] as const)))
  /** SQLite joins at most 64 tables: a deep tower of segments looks its lower levels up instead. */
  const joined = levels.length <= 20
  const flag = (segment: string): Sql => {
    const place = placeOf.get(segment)
    if (place === undefined) throw new Error(`segment ${segment} was not evaluated`)
    const word = `w${Math.floor(place.at / BITS)}`
    const level = levelOf(place.level)
    const cell = joined ? `${level}.${word}` : `coalesce((select x.${word} from temp.${level} x where x._id = c._id), 0)`
    return { text: `((${cell} & ${2 ** (place.at % BITS)}) <> 0)`, params: [] }
  }
  const plan: Plan = new Plan(setting, 'tables', flag)
  const predicates = levels.map((level) => level.map((s) => plan.predicate(s)))
  const asked = new Map(values.map((name) => [name, customerValue(plan, name)]))
  plan.materialise()

  const joins = (upTo: number): Sql => ({
    text: `customer_row c ${plan.joins().text} ${Array.from({ length: joined ? upTo : 0 }, (_, l) => `left join temp.${levelOf(l)} ${levelOf(l)} on ${levelOf(l)}._id = c._id`).join(' ')}`,
    params: [],
  })
  predicates.forEach((level, l) => {
    const words: Sql[] = []
    for (let i = 0; i < level.length; i += BITS)
      words.push(
        join(
          level.slice(i, i + BITS).map((p, bit) => sql`(case when ${p} then ${int(2 ** bit)} else 0 end)`),
          ' | ',
        ),
      )
    setting.store.exec(
      `create temp table ${levelOf(l)} (_id integer primary key, ${words.map((_, w) => `w${w} integer`).join(', ')})`,
    )
    setting.store.run(
      sql`insert into ${{ text: `temp.${levelOf(l)}`, params: [] }} select c._id, ${join(words, ', ')} from ${joins(l)} where ${plan.exists}`,
    )
  })
  return {
    member: flag,
    memberNumbers: () => new Map(levels.flatMap((level, l) => [...numbersOf(setting, levelOf(l), level)])),
    from: joins(levels.length),
    exists: plan.exists,
    value: (name) => asked.get(name) as Value,
  }
}

function numbersOf(setting: Setting, table: string, level: readonly Segment[]): ReadonlyMap<string, readonly number[]> {
  const members: number[][] = level.map(() => [])
  for (const row of setting.store.each({ text: `select * from temp.${table} order by _id`, params: [] }) as IterableIterator<
    readonly number[]
  >) {
    const id = row[0] as number
    for (let w = 1; w < row.length; w++)
      for (let bits = row[w] as number; bits !== 0; bits &= bits - 1)
        (members[(w - 1) * BITS + 31 - Math.clz32(bits & -bits)] as number[]).push(id)
  }
  return new Map(level.map((s, i) => [s.name, members[i] as number[]]))
}

/** Segments by how deep they stand on others: those of a level stand only on lower ones. */
function levelled(steps: readonly Segment[]): readonly (readonly Segment[])[] {
  const depth = new Map<string, number>()
  const levels: Segment[][] = []
  for (const s of steps) {
    const below = [...s.uses, ...(s.base === undefined ? [] : [s.base])].map((n) => depth.get(n) ?? -1)
    const d = Math.max(-1, ...below) + 1
    depth.set(s.name, d)
    const level = levels[d] ?? []
    levels[d] = level
    level.push(s)
  }
  return levels
}

/** A query of the occurrences of an event up to the as-of day. */
export interface OccurrenceQuery {
  /** Rows of (customer number, key, day, time, ident, captured …) in no order. */
  readonly select: Sql
  readonly captured: readonly { readonly name: string; readonly value: Value }[]
}

/** Tells an occurrence from every other of its event and customer, whatever else is loaded later. */
export function occurrenceQuery(
  setting: Setting,
  definition: EventDefinition,
  out: (value: Value) => Sql = (v) => v.form,
): OccurrenceQuery {
  const plan = new Plan(setting, 'tables', () => NULL)
  const { event } = definition
  const scope = occurrenceScope(plan, event, 'e', false)
  const captured = event.capture.map((name) => ({ name, value: rowValue(plan, scope, name) }))
  const shown = captured.map(({ value }, i) => sql`${out(value)} as ${{ text: `c${i}`, params: [] }}`)
  const ident: Sql = {
    text: event.pick !== undefined ? 'e._ident' : event.on === 'items' && event.per === undefined ? lineIdent : 'e._key',
    params: [],
  }
  const columns = [
    { text: 'e._customer as customer, e._day as day, e._time as time', params: [] },
    sql`${ident} as ident`,
    ...shown,
  ]
  const order = rowOrder[event.on].filter((c) => c !== '_day' && c !== '_time').map((c) => `e.${c} as row${c}`)
  const select = sql`select ${join([...columns, ...order.map((text) => ({ text, params: [] }))], ', ')} from ${scope.from()}`
  plan.materialise()
  return { select, captured }
}

/** A line by its order, its product, and its place among that order's lines of the product. */
const lineIdent = `e._key || char(31) || (select coalesce(nullif(g.sku, ''), g."product~") from good_row g where g._id = e._good) || char(31) ||
  (select count(*) from item_row j join good_row h on h._id = j._good where j._customer = e._customer and j._day = e._day and j._time = e._time
    and j._key = e._key and j._n <= e._n and coalesce(nullif(h.sku, ''), h."product~") = (select coalesce(nullif(g.sku, ''), g."product~") from good_row g where g._id = e._good))`

/** One self-contained SELECT of a segment's members, its parts named after what they are. */
export function segmentStatement(setting: Setting, name: string): Sql {
  const steps = closure(setting.definitions, [name])
  const plan = new Plan(
    setting,
    'statement',
    (segment) => sql`c._id in (select _id from ${{ text: `"segment ${segment}"`, params: [] }})`,
  )
  const bodies = steps.map((s) => [s, plan.predicate(s)] as const)
  const members = bodies.map(
    ([s, predicate]) =>
      [
        `segment ${s.name}`,
        sql`select c._id, c.customer from customer_row c ${plan.joins()} where ${plan.exists} and ${predicate}`,
      ] as const,
  )
  return sql`${withClause([...plan.parts(), ...members])}
select customer from ${{ text: `"segment ${name}"`, params: [] }} order by customer`
}
