/** Evaluation: the members of segments, the values of customers and the occurrences of events on one day, in temporary tables. */
import { int, join, name as nameOf, type Sql, sql, total, truth } from '../base/sql.js'
import type { Condition } from '../language/conditions/index.js'
import type { Definitions, EventDefinition, Segment } from '../language/definitions.js'
import { customerValue, rowOrder, rowValue } from '../language/fields.js'
import { leaves, type Tree } from '../language/kind.js'
import { occurrenceScope } from '../language/rows.js'
import type { Value } from '../language/value.js'
import { listed, Marks, MOST_LISTED } from '../store/numbers.js'
import { Plan, type Setting } from './compiler.js'

/** The segments asked for and those they stand on, in an order in which each stands on those before it. */
export function closure(definitions: Definitions, names: readonly string[]): readonly Segment[] {
  const wanted = new Map<string, Segment>()
  const seen = new Set<string>()
  const want = (name: string): void => {
    const segment = definitions.segments.get(name) ?? definitions.hidden.get(name)
    if (segment === undefined || seen.has(name)) return
    seen.add(name)
    for (const used of segment.uses) want(used)
    if (segment.base !== undefined) want(segment.base)
    wanted.set(name, segment)
  }
  for (const name of names) want(name)
  return [...wanted.values()]
}

/** Segments in one word of a level's table; a word is a whole number that JavaScript takes apart bit by bit. */
const BITS = 31

export interface Evaluated {
  /** Whether customer `c`, joined by `from`, is in the segment. */
  member(segment: string): Sql
  /** The numbers of the members of every segment evaluated, in rising order. */
  memberNumbers(): ReadonlyMap<string, readonly number[]>
  /** The same of one segment, each a byte, for the caller to keep or take from. */
  memberMarks(segment: string): Marks
  /** A query of (_customer) of a segment's members. */
  members(segment: string): Sql
  /** `customer_row c` with whatever the query that it stands in names of him: for queries that `ready` is given. */
  readonly from: Sql
  /** Memberships as they lie: each column over `from` holds those in its segments, a bit for each in their order. */
  readonly words: readonly { readonly column: Sql; readonly segments: readonly string[] }[]
  /** A query over `from` that can be run. */
  ready(query: Sql): Sql
  /** Whether customer `c` exists on the as-of day. */
  readonly exists: Sql
  /** The value of an attribute or metric asked for, for customer `c`. */
  value(name: string): Value
  /** Whether anything in it hangs on who else there is, so that one customer alone would get another answer. */
  readonly crowded: boolean
  /** What `ask` asked for. */
  readonly asked: readonly Value[]
}

/**
 * Evaluates segments, and the attributes and metrics named, into temporary tables of the store's connection.
 * `ask` may ask for further values of the plan before it is carried out.
 */
export function evaluate(
  setting: Setting,
  segments: readonly string[],
  values: readonly string[] = [],
  ask: (plan: Plan) => readonly Value[] = () => [],
): Evaluated {
  const metrics = values.flatMap((name) => setting.definitions.metrics.get(name)?.uses ?? [])
  const levels = levelled(closure(setting.definitions, [...segments, ...metrics]))
  const tableOf = (l: number): string => `${plan.prefix}level_${l}`
  const placeOf = new Map(levels.flatMap((level, l) => level.map((s, i) => [s.name, { level: l, at: i }] as const)))
  /** SQLite joins at most 64 tables: a deep tower of segments looks its lower levels up instead. */
  const joined = levels.length <= 20
  const placed = (segment: string): { readonly level: number; readonly at: number } => {
    const place = placeOf.get(segment)
    if (place === undefined) throw new Error(`segment ${segment} was not evaluated`)
    return place
  }
  const flagOf = (segment: string, cell: (table: string, word: string) => string): Sql => {
    const place = placed(segment)
    const word = `w${Math.floor(place.at / BITS)}`
    return { text: `((${cell(tableOf(place.level), word)} & ${2 ** (place.at % BITS)}) <> 0)`, params: [] }
  }
  const beside = (table: string, word: string): string =>
    joined ? `${table}.${word}` : `coalesce((select x.${word} from temp.${table} x where x._customer = c._id), 0)`
  const has = (segment: string): Sql => flagOf(segment, beside)
  const of = (segment: string): Sql => {
    const table = tableOf(placeOf.get(segment)?.level ?? 0)
    return sql`select x._customer from ${{ text: `temp.${table}`, params: [] }} x where ${flagOf(segment, (_, word) => `x.${word}`)}`
  }
  const plan: Plan = new Plan(setting, 'tables', { has, of })
  levels.forEach((level, l) => {
    const words: Sql[] = []
    const predicates = level.map((s) => plan.predicate(s))
    for (let i = 0; i < level.length; i += BITS)
      words.push(
        join(
          predicates.slice(i, i + BITS).map((p, bit) => sql`(case when ${p} then ${int(2 ** bit)} else 0 end)`),
          ' | ',
        ),
      )
    plan.name(
      tableOf(l),
      ['_customer integer primary key', ...words.map((_, w) => `w${w} integer`)],
      sql`select c._id, ${join(words, ', ')} from ${plan.people()}`,
    )
  })
  const known = new Map(values.map((name) => [name, customerValue(plan, name)]))
  const asked = ask(plan)
  const everything = levels.map((_, l) => `${tableOf(l)}.w0`)
  plan.ready({ text: everything.join(', '), params: [] })
  const crowds = new Map<number, ReadonlyMap<string, readonly number[]>>()
  const crowd = (l: number): ReadonlyMap<string, readonly number[]> => {
    const numbers = crowds.get(l) ?? numbersOf(setting, tableOf(l), levels[l] ?? [])
    crowds.set(l, numbers)
    return numbers
  }

  return {
    member: has,
    members: of,
    memberNumbers: () => new Map(levels.flatMap((_, l) => [...crowd(l)])),
    memberMarks(segment) {
      const { level, at } = placed(segment)
      if ((levels[level]?.length ?? 0) > FEW) return Marks.of(crowd(level).get(segment) ?? [])
      const marks = new Marks()
      for (const some of listsIn(setting, tableOf(level), at)) marks.addAll(some)
      return marks
    },
    from: plan.customers,
    words: levels.flatMap((level, l) =>
      Array.from({ length: Math.ceil(level.length / BITS) }, (_, w) => ({
        column: { text: beside(tableOf(l), `w${w}`), params: [] },
        segments: level.slice(w * BITS, (w + 1) * BITS).map((s) => s.name),
      })),
    ),
    ready: (query) => plan.ready(query),
    exists: plan.exists,
    crowded: plan.crowded,
    value: (name) => known.get(name) as Value,
    asked,
  }
}

function numbersOf(setting: Setting, table: string, level: readonly Segment[]): ReadonlyMap<string, readonly number[]> {
  if (level.length <= FEW) return new Map(level.map(({ name }, i) => [name, numbersIn(setting, table, i)]))
  const members: number[][] = level.map(() => [])
  for (const row of setting.store.each({
    text: `select * from temp.${table} order by _customer`,
    params: [],
  }) as IterableIterator<readonly number[]>) {
    const id = row[0] as number
    for (let w = 1; w < row.length; w++)
      for (let bits = row[w] as number; bits !== 0; bits &= bits - 1)
        (members[(w - 1) * BITS + 31 - Math.clz32(bits & -bits)] as number[]).push(id)
  }
  return new Map(level.map((s, i) => [s.name, members[i] as number[]]))
}

/** So few are quicker taken from SQLite one by one, each as some texts. */
const FEW = 3

function numbersIn(setting: Setting, table: string, place: number): readonly number[] {
  const { store } = setting
  const size = store.row({ text: `select count(*) from temp.${table} where ${heldAt(place)}`, params: [] })?.[0] as number
  // Made as long as it gets: one that grows leaves what it outgrew behind.
  const found = new Array<number>(size)
  let n = 0
  for (const some of listsIn(setting, table, place)) for (const customer of some) found[n++] = customer
  return found
}

function* listsIn({ store }: Setting, table: string, place: number): IterableIterator<readonly number[]> {
  const next = store.prepare(`select json_group_array(_customer) from
    (select _customer from temp.${table} where _customer > ? and ${heldAt(place)} order by _customer limit ${MOST_LISTED})`)
  for (let last = -1, size = MOST_LISTED; size === MOST_LISTED; ) {
    const some = listed(next.row([last])?.[0])
    yield some
    last = some[some.length - 1] ?? last
    size = some.length
  }
}

const heldAt = (place: number): string => `(w${Math.floor(place / BITS)} & ${2 ** (place % BITS)}) <> 0`

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

/** Before a plan is carried out: `select` is to be made `ready` by it. `ident` tells an occurrence from every other of its event. */
export function occurrencesIn(
  plan: Plan,
  { event }: EventDefinition,
  out: (value: Value) => Sql = (v) => v.form,
): OccurrenceQuery {
  const scope = occurrenceScope(plan, event, 'e', false)
  const captured = event.capture.map((name) => ({ name, value: rowValue(plan, scope, name) }))
  const shown = captured.map(({ value }, i) => sql`${out(value)} as ${{ text: `c${i}`, params: [] }}`)
  const line = event.on === 'items' && event.per === undefined
  const ident: Sql = { text: event.finding?.known !== 'own' ? (line ? lineIdent : 'e._key') : 'e._ident', params: [] }
  const [day, time] = scope.order() as readonly [Sql, Sql]
  const columns = [sql`e._customer as customer, ${day} as day, ${time} as time`, sql`${ident} as ident`, ...shown]
  const rest = rowOrder[event.on].slice(2).map((c) => ({ text: `e.${c} as row${c}`, params: [] }))
  return { select: sql`select ${join([...columns, ...rest], ', ')} from ${scope.from()}`, captured }
}

export function occurrenceQuery(setting: Setting, definition: EventDefinition, out?: (value: Value) => Sql): OccurrenceQuery {
  let query: OccurrenceQuery | undefined
  const found = evaluate(setting, definition.uses, [], (plan) => {
    query = occurrencesIn(plan, definition, out)
    return []
  })
  const { select, captured } = query as unknown as OccurrenceQuery
  return { select: found.ready(select), captured }
}

/** A line by its order, its product, and its place among that order's lines of the product. */
const lineIdent = `e._key || char(31) || (select coalesce(nullif(g.sku, ''), g."product~") from good_row g where g._id = e._good) || char(31) ||
  (select count(*) from item_row j join good_row h on h._id = j._good where j._customer = e._customer and j._day = e._day and j._time = e._time
    and j._key = e._key and j._n <= e._n and coalesce(nullif(h.sku, ''), h."product~") = (select coalesce(nullif(g.sku, ''), g."product~") from good_row g where g._id = e._good))`

/**
 * One self-contained SELECT of a segment's members. What it stands on comes first, level by level: every customer with a column for
 * each segment of the level and for those of lower levels that are asked for further up. So each level names only the one before
 * it, and only once: SQLite reads a named query anew wherever its name stands, and those in it again.
 */
export function segmentStatement(setting: Setting, name: string): Sql {
  const levels = levelled(closure(setting.definitions, [name]).flatMap(shallow))
  const levelOf = new Map(levels.flatMap((level, l) => level.map((s) => [s.name, l] as const)))
  const carried = levels.map(() => new Set<string>())
  const tableOf = (l: number): string => `level_${l + 1}`
  let current = 0
  const flagOf = (segment: string): { readonly table: string; readonly flag: Sql } => {
    for (let l = (levelOf.get(segment) as number) + 1; l < current; l++) carried[l]?.add(segment)
    return { table: tableOf(current - 1), flag: nameOf(segment) }
  }
  const plan = new Plan(setting, 'statement', {
    has: (segment) => {
      const { table, flag } = flagOf(segment)
      return total({ text: `${table}.${flag.text}`, params: [] })
    },
    of: (segment) => {
      const { table, flag } = flagOf(segment)
      return { text: `select x._customer from ${table} x where x.${flag.text}`, params: [] }
    },
  })
  const predicates = levels.map((level, l) => {
    current = l
    return level.map((s) => ({ name: s.name, holds: plan.predicate(s) }))
  })
  predicates.slice(0, -1).forEach((level, l) => {
    const before = [...(carried[l] as Set<string>)].map((s) => sql`${raw(tableOf(l - 1))}.${nameOf(s)}`)
    const own = level.map((s) => sql`${truth(s.holds)} as ${nameOf(s.name)}`)
    plan.name(tableOf(l), [], sql`select c._id as _customer, ${join([...before, ...own], ', ')} from ${plan.people()}`)
  })
  const whole = predicates.at(-1)?.[0]?.holds as Sql
  const table = nameOf(`segment ${name}`)
  plan.name(table.text, [], sql`select c._id, c.customer from ${plan.people()} and ${whole}`)
  return plan.ready(sql`select customer from ${table} order by customer`)
}

const raw = (text: string): Sql => ({ text, params: [] })

/** SQLite's shell takes a hundred open brackets and operators at once; each block opens some, and conditions do. */
const HIGHEST = 8

/** A segment in blocks of no great depth: what lies deeper stands as a part before it. */
function shallow(segment: Segment): readonly Segment[] {
  const parts: Segment[] = []
  const made = new Set<string>()
  const using = (where: Tree<Condition>): readonly string[] =>
    leaves(where).flatMap(({ leaf }) =>
      (leaf.kind === 'in_segment' ? leaf.body : []).flatMap((s) => (made.has(s.value) ? [s.value] : [])),
    )
  const part = (where: Tree<Condition>): Tree<Condition> => {
    const name = `part ${parts.length + 1} of ${segment.name}`
    parts.push({ ...segment, name, where, uses: [...segment.uses, ...using(where)] })
    made.add(name)
    return { op: 'is', leaf: { kind: 'in_segment', body: [{ value: name, span: where.span }] }, span: where.span }
  }
  const lowered = (where: Tree<Condition>): { readonly where: Tree<Condition>; readonly height: number } => {
    if (!('of' in where)) return { where, height: 0 }
    const of = where.of.map(lowered)
    const height = 1 + Math.max(0, ...of.map((t) => t.height))
    return height <= HIGHEST
      ? { where: { ...where, of: of.map((t) => t.where) }, height }
      : { where: { ...where, of: of.map((t) => (t.height < HIGHEST ? t.where : part(t.where))) }, height: 1 }
  }
  const { where } = lowered(segment.where)
  return [...parts, { ...segment, where, uses: [...segment.uses, ...using(where)] }]
}
