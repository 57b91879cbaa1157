/**
 * The plan: gathers what the conditions of all wanted definitions ask for, and computes each distinct thing once. Aggregates over
 * one source come from one ordered pass, texts of products are settled per combination, segments level by level as they stand on
 * each other. Two ways of the same plan: `tables` materialises its parts for a run; `statement` makes one self-contained SELECT.
 */
import { and, FALSE, int, join, type Param, type Sql, sql, total } from '../base/sql.js'
import { fold } from '../base/text.js'
import type { Day, Zone } from '../base/time.js'
import { customerValue } from '../language/conditions/attribute.js'
import { type Condition, conditionSql } from '../language/conditions/index.js'
import type { Definitions, Segment } from '../language/definitions.js'
import type { Event } from '../language/events.js'
import { type Compiling, treeSql } from '../language/kind.js'
import type { Country, Lists } from '../language/lists.js'
import { type MetricSpec, metricValue } from '../language/metrics.js'
import { type KeyTable, keyColumns, type Line, type Pass, type Rowset, type Value } from '../language/value.js'
import type { Catalogue, Field } from '../store/catalogue.js'
import { oneOfMany } from '../store/dialect.js'
import type { Store } from '../store/store.js'

/** What a plan is made in. */
export interface Setting {
  readonly store: Store
  readonly definitions: Definitions
  readonly catalogue: Catalogue
  readonly asOf: Day
  readonly zone: Zone
  readonly lists: Lists
  readonly country: Country
}

export type Way = 'tables' | 'statement'

interface PassPart {
  readonly table: string
  readonly scope: Rowset
  readonly where: Sql
  readonly columns: Sql[]
}
interface AlonePart {
  readonly table: string
  readonly select: Sql
  readonly columns: readonly string[]
}

const WORD = 60
/** Beyond this many codes a set stays a query instead of a list of numbers. */
const MANY_CODES = 400

let plans = 0

export class Plan implements Compiling {
  readonly asOf: Day
  readonly zone: Zone
  readonly catalogue: Catalogue
  readonly lists: Lists
  readonly country: Country
  readonly dayRange: readonly [Day, Day]
  private readonly store: Store
  private readonly passes_ = new Map<string, PassPart>()
  private readonly alones = new Map<string, AlonePart>()
  private readonly columnOf = new Map<string, Sql>()
  private readonly goodTests: Sql[] = []
  private readonly goodValues: Sql[] = []
  private readonly seen = new Map<string, number>()
  private placesWanted = false
  private readonly asciiKeys = new Map<KeyTable, boolean>()
  private readonly metrics = new Map<string, Value>()
  private functions = 0
  /** Stands before the names of temporary tables, so that plans on one connection keep out of each other's way. */
  readonly prefix: string

  constructor(
    readonly setting: Setting,
    private readonly way: Way,
    private readonly membership: (segment: string) => Sql,
  ) {
    this.store = setting.store
    this.prefix = way === 'tables' ? `t${++plans}_` : ''
    this.asOf = setting.asOf
    this.zone = setting.zone
    this.catalogue = setting.catalogue
    this.lists = setting.lists
    this.country = setting.country
    this.dayRange = dayRange(setting.store, setting.asOf)
  }

  metric(spec: MetricSpec): Value {
    return metricValue(this, spec)
  }

  named(metric: string): Value {
    let value = this.metrics.get(metric)
    if (value === undefined) {
      const definition = this.setting.definitions.metrics.get(metric)
      if (definition === undefined) throw new Error(`metric ${metric} was not checked`)
      value = this.metric(definition.spec)
      this.metrics.set(metric, value)
    }
    return value
  }

  customer(name: string): Value {
    return customerValue(this, name)
  }

  event(name: string): Event {
    const definition = this.setting.definitions.events.get(name)
    if (definition === undefined) throw new Error(`event ${name} was not checked`)
    return definition.event
  }

  member(segment: string): Sql {
    return this.membership(segment)
  }

  codeIn(column: Sql, field: Field, pass: Sql): Sql {
    if (field.id === undefined) return FALSE
    const query = sql`select t._id from text_row t where t.field = ${int(field.id)} and ${pass}`
    if (this.way === 'statement') return sql`${column} in (${query})`
    const ids = this.store.rows(query).map((r) => r[0] as number)
    if (ids.length > MANY_CODES) return sql`${column} in ${oneOfMany(ids)}`
    return ids.length === 0
      ? FALSE
      : ids.length === 1
        ? sql`${column} = ${int(ids[0] as number)}`
        : sql`${column} in (${join(ids.map(int), ', ')})`
  }

  goodIn(line: Line, pass: Sql): Sql {
    if (this.way === 'statement')
      return sql`${line.column('_good')} in (select g._id from good_row g left join product_row p on p.sku = g.sku where ${pass})`
    const at = this.noted(this.goodTests, pass)
    const k = line.goods(`temp.${this.prefix}good_part`)
    return total({ text: `(${k}.w${Math.floor(at / WORD)} & ${2n ** BigInt(at % WORD)}) <> 0`, params: [] })
  }

  goodOf(line: Line, value: Sql, identity?: 'identity'): Sql {
    if (this.way === 'statement')
      return sql`(select ${value} from good_row g left join product_row p on p.sku = g.sku where g._id = ${line.column('_good')})`
    const column =
      identity === undefined ? value : sql`case when ${value} is not null then dense_rank() over (order by ${value}) end`
    const at = this.noted(this.goodValues, column)
    return { text: `${line.goods(`temp.${this.prefix}good_part`)}.x${at}`, params: [] }
  }

  places(): string {
    this.placesWanted = true
    return this.way === 'tables' ? `temp.${this.prefix}place_part` : 'place_part'
  }

  pass<S extends Rowset>(key: string, make: () => { readonly scope: S; readonly where: Sql }): Pass<S> {
    let part = this.passes_.get(key)
    if (part === undefined) {
      part = { table: `${this.prefix}pass_${this.passes_.size + 1}`, ...make(), columns: [] }
      this.passes_.set(key, part)
    }
    const { scope, where, table, columns } = part
    return {
      scope: scope as S, // a key always has rows of one make
      where,
      aggregate: (expression) => {
        const id = `${key} ${identityOf(expression)}`
        let column = this.columnOf.get(id)
        if (column === undefined) {
          columns.push(expression)
          column = { text: `${table}.v${columns.length}`, params: [] }
          this.columnOf.set(id, column)
        }
        return column
      },
    }
  }

  alone(select: Sql, columns: readonly string[]): readonly Sql[] {
    const id = identityOf(select)
    let part = this.alones.get(id)
    if (part === undefined) {
      part = { table: `${this.prefix}part_${this.alones.size + 1}`, select, columns }
      this.alones.set(id, part)
    }
    const { table } = part
    const place = this.way === 'tables' ? `temp.${table}` : table
    return columns.map((c) => ({ text: `(select x."${c}" from ${place} x where x._customer = c._id)`, params: [] }))
  }

  keyIn(key: Sql, table: KeyTable, test: (form: Sql) => Sql): Sql {
    if (this.isAscii(table)) return test(sql`lower(${key})`)
    const column: Sql = { text: `"${keyColumns[table]}"`, params: [] }
    const form: Sql = { text: `segkit_fold(${column.text})`, params: [] }
    this.store.define('segkit_fold', (text) => (typeof text === 'string' ? fold(text) : null))
    const keys = this.store
      .rows(sql`select ${column} from ${{ text: table, params: [] }} where ${test(form)}`)
      .map((r) => r[0] as string)
    return sql`${key} in ${oneOfMany(keys)}`
  }

  private isAscii(table: KeyTable): boolean {
    let ascii = this.asciiKeys.get(table)
    if (ascii === undefined) {
      const found = this.store.row({
        text: `select 1 from ${table} where "${keyColumns[table]}" glob '*[^ -~]*' and "${keyColumns[table]}" not glob char(31) || '*' limit 1`,
        params: [],
      })
      ascii = found === undefined
      this.asciiKeys.set(table, ascii)
    }
    return ascii
  }

  settle(texts: Sql, pass: (text: string) => boolean): readonly string[] {
    return this.store
      .rows(texts)
      .map((r) => r[0])
      .filter((t): t is string => typeof t === 'string' && pass(t))
  }

  passes(shown: Sql, pass: (text: string) => boolean): Sql {
    if (this.way === 'tables') {
      const name = `segkit_passes_${++this.functions}`
      this.store.define(name, (text) => (text === null ? null : pass(String(text)) ? 1 : 0))
      return sql`${{ text: name, params: [] }}(${shown})`
    }
    const part = [...this.alones.values()].find((a) => shown.text.includes(` from ${a.table} x `))
    const column = /x\."(\w+)"/.exec(shown.text)?.[1]
    if (part === undefined || column === undefined) throw new Error('passes() is about a column of alone()')
    return sql`${shown} in ${oneOfMany(this.settle(sql`${withClause(this.parts(part))} select distinct "${{ text: column, params: [] }}" from (${part.select})`, pass))}`
  }

  private noted(list: Sql[], part: Sql): number {
    const id = `${list === this.goodTests ? 'w' : 'x'} ${identityOf(part)}`
    let at = this.seen.get(id)
    if (at === undefined) {
      at = list.push(part) - 1
      this.seen.set(id, at)
    }
    return at
  }

  /** Whether customer `c` existed on the as-of day. */
  get exists(): Sql {
    return sql`(c._first_day is null or c._first_day <= ${int(this.asOf)})`
  }

  /** Whether customer `c`, who exists, is in the segment: 0 or 1. */
  predicate(segment: Segment): Sql {
    const where = treeSql<Condition>(segment.where, (condition) => conditionSql(condition, this))
    return and([...(segment.base === undefined ? [] : [this.member(segment.base)]), where])
  }

  /** The tables that passes make, joined to customer `c`. */
  joins(): Sql {
    const prefix = this.way === 'tables' ? 'temp.' : ''
    return {
      text: [...this.passes_.values()]
        .map((p) => `left join ${prefix}${p.table} ${p.table} on ${p.table}._customer = c._id`)
        .join(' '),
      params: [],
    }
  }

  /** Computes everything that was asked for into temporary tables. */
  materialise(): void {
    const { store } = this
    if (this.placesWanted) {
      store.exec(`create temp table ${this.prefix}place_part (_key text primary key, number integer, gap integer) without rowid`)
      store.run(sql`insert into ${{ text: `temp.${this.prefix}place_part`, params: [] }} ${placesSelect}`)
    }
    if (this.goodTests.length + this.goodValues.length > 0) this.materialiseGoods()
    for (const part of this.passes_.values()) {
      const columns = part.columns.map((_, i) => `v${i + 1}`)
      store.exec(`create temp table ${part.table} (${['_customer integer primary key', ...columns].join(', ')})`)
      if (columns.length > 0) store.run(sql`insert into ${{ text: `temp.${part.table}`, params: [] }} ${passSelect(part, false)}`)
    }
    for (const part of this.alones.values()) {
      store.exec(
        `create temp table ${part.table} (${['_customer integer primary key', ...part.columns.map((c) => `"${c}"`)].join(', ')})`,
      )
      store.run(sql`insert into ${{ text: `temp.${part.table}`, params: [] }} ${part.select}`)
    }
  }

  private materialiseGoods(): void {
    const words: Sql[] = []
    for (let i = 0; i < this.goodTests.length; i += WORD) {
      const bits = this.goodTests
        .slice(i, i + WORD)
        .map((test, bit) => sql`(case when ${test} then ${int(2n ** BigInt(bit))} else 0 end)`)
      words.push(sql`${join(bits, ' | ')} as ${{ text: `w${i / WORD}`, params: [] }}`)
    }
    const values = this.goodValues.map((v, i) => sql`${v} as ${{ text: `x${i}`, params: [] }}`)
    const names = [...words.map((_, i) => `w${i}`), ...values.map((_, i) => `x${i}`)]
    this.store.exec(`create temp table ${this.prefix}good_part (${['_id integer primary key', ...names].join(', ')})`)
    this.store.run(
      sql`insert into ${{ text: `temp.${this.prefix}good_part`, params: [] }} select g._id, ${join([...words, ...values], ', ')} from good_row g left join product_row p on p.sku = g.sku`,
    )
  }

  /** The same as named parts of one statement, in an order in which each stands on those before it. */
  parts(until?: AlonePart): readonly (readonly [name: string, body: Sql])[] {
    const places: readonly (readonly [string, Sql])[] = this.placesWanted ? [['place_part', placesSelect]] : []
    const passes = [...this.passes_.values()]
      .filter((p) => p.columns.length > 0 || until === undefined)
      .map((p) => [p.table, passSelect(p, true)] as const)
    const alones = [...this.alones.values()].filter((a) => a !== until).map((a) => [a.table, a.select] as const)
    return until === undefined ? [...places, ...passes, ...alones] : places
  }
}

const identityOf = (q: Sql): string =>
  `${q.text}\u0000${JSON.stringify(q.params, (_, v: Param) => (typeof v === 'bigint' ? `${v}n` : v))}`

function passSelect(part: PassPart, named: boolean): Sql {
  const customer: Sql = { text: `${part.scope.alias}._customer${named ? ' as _customer' : ''}`, params: [] }
  const columns = part.columns.map((c, i) => (named ? sql`${c} as ${{ text: `v${i + 1}`, params: [] }}` : c))
  return sql`select ${join([customer, ...columns], ', ')} from ${part.scope.from()} where ${part.where} group by ${{ text: `${part.scope.alias}._customer`, params: [] }}`
}

const placesSelect: Sql = {
  text: `select _key, row_number() over (partition by _customer order by _day, _time, _key) as number,
    _day - lag(_day) over (partition by _customer order by _day, _time, _key) as gap
    from order_row where _counted = 1 and _customer > 0`,
  params: [],
}

export function withClause(parts: readonly (readonly [name: string, body: Sql])[]): Sql {
  return parts.length === 0
    ? { text: '', params: [] }
    : sql`with ${join(
        parts.map(([n, body]) => sql`${{ text: `"${n}"`, params: [] }} as materialized (${body})`),
        ',\n',
      )}`
}

function dayRange(store: Store, asOf: Day): readonly [Day, Day] {
  const row = store.row(
    sql`select min(d) from (select min(_first_day) as d from customer_row union all select min(_day) from order_row where _customer = 0)`,
  )
  const first = (row?.[0] as number | null) ?? asOf
  return [Math.min(first, asOf), asOf]
}
