/**
 * The plan: gathers what the conditions of all wanted definitions ask for, and computes each distinct thing once. Aggregates over
 * one source come from one ordered pass, texts of products are settled per combination, whatever stands on something else comes
 * after it. Two ways of the same plan: `tables` materialises its parts for a run; `statement` makes one self-contained SELECT.
 */
import { placeOf, type Span } from '../base/problem.js'
import { SomeTexts } from '../base/some-texts.js'
import { and, FALSE, int, join, not, type Param, remarked, type Sql, sql, total, truth } from '../base/sql.js'
import { fold } from '../base/text.js'
import type { Day, Zone } from '../base/time.js'
import { type Condition, conditionSql, sayCondition } from '../language/conditions/index.js'
import type { Definitions, Segment } from '../language/definitions.js'
import { customerValue } from '../language/fields.js'
import { type Compiling, treeSql } from '../language/kind.js'
import type { Country, Lists } from '../language/lists.js'
import { type MetricSpec, metricValue } from '../language/metrics.js'
import type { Event } from '../language/rows.js'
import {
  type Formed,
  type FormedText,
  type KeyTable,
  keyColumns,
  type Line,
  type Pass,
  type Rowset,
  type Value,
} from '../language/value.js'
import type { Catalogue, Field } from '../store/catalogue.js'
import { oneOfMany, pairsOf } from '../store/dialect.js'
import type { Store } from '../store/store.js'
import { recordedMoves } from './moves.js'

/** What a plan is made in. */
export interface Setting {
  readonly store: Store
  readonly definitions: Definitions
  readonly catalogue: Catalogue
  readonly asOf: Day
  readonly zone: Zone
  readonly lists: Lists
  readonly country: Country
  /** The as-of day is about to be recorded: who is in a segment now counts among what was recorded of it. */
  readonly recording?: boolean
  /** The numbers of the customers who are looked at, as `in (…)` has them: everybody else is left out. */
  readonly only?: Sql | undefined
}

export type Way = 'tables' | 'statement'

/** How a plan knows who is in a segment. */
export interface Membership {
  /** Whether customer `c` is. */
  has(segment: string): Sql
  /** A query of (_customer). */
  of(segment: string): Sql
}

/** A query by a name: a temporary table, or a named part of the statement. Complete only when all is compiled. */
interface Part {
  readonly table: string
  /** Columns as `create table` has them; absent: those of the query. */
  columns?(): readonly string[]
  select(): Sql
  /** Joined to customer `c`; others are looked up. */
  readonly joined?: boolean
  /** Takes the rows in place of a table. */
  keep?(rows: IterableIterator<readonly unknown[]>): void
}
interface PassPart extends Part {
  readonly scope: Rowset
  readonly where: Sql
  readonly values: Sql[]
}

const WORD = 60
/** Beyond this many codes a set stays a query instead of a list of numbers. */
const MANY_CODES = 400
/** SQLite joins at most 64 tables. */
const MOST_JOINED = 40
/** Stands in a query where the tables that it names are joined to customer `c`. */
const JOINS = '/*joins*/'

let plans = 0

export class Plan implements Compiling {
  readonly asOf: Day
  readonly zone: Zone
  readonly catalogue: Catalogue
  readonly lists: Lists
  readonly country: Country
  readonly only: Sql | undefined
  /** Whether anything asked for hangs on who else there is: a place among others, an address that others have too. */
  crowded = false
  /** The population of the segment that is being compiled. */
  base: string | undefined
  private readonly store: Store
  private readonly passes_ = new Map<string, PassPart>()
  private readonly alones = new Map<string, Part>()
  /** Everything a query may name. */
  private readonly known = new Map<string, Part>()
  private readonly made = new Set<string>()
  private readonly sharedAs = new Map<string, string>()
  private readonly columnOf = new Map<string, Sql>()
  private readonly goodTests: Sql[] = []
  private readonly goodValues: Sql[] = []
  private readonly seen = new Map<string, number>()
  private readonly asciiKeys = new Map<KeyTable, boolean>()
  private readonly metrics = new Map<string, Value>()
  private days: readonly [Day, Day] | undefined
  private functions = 0
  private joins = 0
  /** Stands before the names of temporary tables, so that plans on one connection keep out of each other's way. */
  readonly prefix: string
  private readonly names: RegExp

  constructor(
    readonly setting: Setting,
    private readonly way: Way,
    private readonly membership: Membership,
  ) {
    this.store = setting.store
    this.prefix = way === 'tables' ? `t${++plans}_` : ''
    this.names = new RegExp(`\\b${this.prefix}(?:(?:pass|part|level|found)_\\d+|places)\\b|"segment [^"]*"`, 'g')
    this.asOf = setting.asOf
    this.zone = setting.zone
    this.catalogue = setting.catalogue
    this.lists = setting.lists
    this.country = setting.country
    this.only = setting.only
  }

  /** From the first day of anything to the as-of day; looking for it takes a pass over the customers. */
  get dayRange(): readonly [Day, Day] {
    this.days ??= dayRange(this.store, this.asOf)
    return this.days
  }

  /** A name as it stands after `from`. */
  private place(table: string): Sql {
    return { text: this.way === 'tables' ? `temp.${table}` : table, params: [] }
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
    return this.membership.has(segment)
  }

  members(segment: string): Sql {
    return this.membership.of(segment)
  }

  amongMembers(segment: string): Sql {
    return this.way === 'statement' ? this.member(segment) : sql`c._id in (${this.members(segment)})`
  }

  moves(segment: string, way: 'enters' | 'leaves'): Sql {
    const now = this.setting.recording === true ? this.members(segment) : undefined
    return recordedMoves(this.store, this.asOf, segment, way, now)
  }

  people(among?: string): Sql {
    const member = among === undefined ? [] : [this.member(among)]
    return sql`${this.customers} where ${and([this.exists, ...member])}`
  }

  /** `customer_row c`, with whatever the query that it stands in names of him. */
  readonly customers: Sql = { text: `customer_row c ${JOINS}`, params: [] }

  keyPasses(pass: (key: string) => boolean): Sql {
    if (this.way === 'statement')
      return sql`c.customer in ${oneOfMany(this.settle(sql`select customer from customer_row`, pass))}`
    return total(sql`${this.defined(pass)}(c.customer)`)
  }

  /** A function of SQL that tells whether a text passes. */
  private defined(pass: (text: string) => boolean): Sql {
    const name = `${this.prefix}passes_${++this.functions}`
    this.store.define(name, (text) => (text === null ? null : pass(String(text)) ? 1 : 0))
    return { text: name, params: [] }
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
    const table = `${this.prefix}places`
    if (!this.known.has(table))
      this.known.set(table, {
        table,
        columns: () => ['_key text primary key', 'number integer', 'gap integer'],
        select: () => placesSelect,
      })
    return this.place(table).text
  }

  pass<S extends Rowset>(key: string, make: () => { readonly scope: S; readonly where: Sql }): Pass<S> {
    let part = this.passes_.get(key)
    if (part === undefined) {
      const { scope, where } = make()
      const values: Sql[] = []
      part = {
        table: `${this.prefix}pass_${this.passes_.size + 1}`,
        scope,
        where,
        values,
        joined: this.joins++ < MOST_JOINED,
        columns: () => ['_customer integer primary key', ...values.map((_, i) => `v${i + 1}`)],
        select: () => passSelect(scope, where, values),
      }
      this.passes_.set(key, part)
      this.known.set(part.table, part)
    }
    const { scope, where, table, values, joined } = part
    return {
      scope: scope as S, // a key always has rows of one make
      where,
      aggregate: (expression) => {
        const id = `${key} ${identityOf(expression)}`
        let column = this.columnOf.get(id)
        if (column === undefined) {
          const name = `v${values.push(expression)}`
          column = joined === true ? { text: `${table}.${name}`, params: [] } : this.lookup(table, name)
          this.columnOf.set(id, column)
        }
        return column
      },
    }
  }

  private lookup(table: string, column: string): Sql {
    return { text: `(select x."${column}" from ${this.place(table).text} x where x._customer = c._id)`, params: [] }
  }

  alone(select: Sql, columns: readonly string[]): readonly Sql[] {
    const id = identityOf(select)
    let part = this.alones.get(id)
    if (part === undefined) {
      part = {
        table: `${this.prefix}part_${this.alones.size + 1}`,
        columns: () => ['_customer integer primary key', ...columns.map((c) => `"${c}"`)],
        select: () => select,
        joined: this.joins++ < MOST_JOINED,
      }
      this.alones.set(id, part)
      this.known.set(part.table, part)
    }
    const { table, joined } = part
    return columns.map((c) => (joined === true ? { text: `${table}."${c}"`, params: [] } : this.lookup(table, c)))
  }

  shared(key: string, make: () => Sql): Sql {
    let table = this.sharedAs.get(key)
    if (table === undefined) {
      const select = make()
      table = `${this.prefix}found_${this.sharedAs.size + 1}`
      this.sharedAs.set(key, table)
      this.known.set(table, { table, select: () => select })
    }
    return { text: `select * from ${this.place(table).text}`, params: [] }
  }

  over(build: (people: Sql) => Sql, columns: readonly string[], among?: string): readonly Sql[] {
    this.crowded = true
    return this.alone(build(this.people(among)), columns)
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
    if (this.way === 'tables') return sql`${this.defined(pass)}(${shown})`
    const part = [...this.alones.values()].find((a) => new RegExp(`\\b${a.table}\\b`).test(shown.text))
    const column = /\."(\w+)"/.exec(shown.text)?.[1]
    if (part === undefined || column === undefined) throw new Error('passes() is about a column of alone()')
    const texts = sql`select distinct ${{ text: `"${column}"`, params: [] }} from ${{ text: part.table, params: [] }}`
    return sql`${shown} in ${oneOfMany(this.settle(this.statement(texts), pass))}`
  }

  textPasses(text: Sql, pass: (text: string) => boolean): Sql {
    if (this.way === 'tables') return sql`${this.defined(pass)}(${text})`
    const unfit = this.settle(sql`select distinct ${text} from customer_row c where ${text} is not null`, (t) => !pass(t))
    return sql`${text} not in ${oneOfMany(unfit)}`
  }

  formed({ text, form, others = () => [], plain }: FormedText): Formed {
    if (this.way === 'tables')
      return {
        known: sql`${this.defined((t) => form(t) !== undefined)}(${text})`,
        among: (who) => sql`(${this.amongForms(text, form, others, who)} = 2)`,
        standing: (who, isFit = (t) => form(t) !== undefined) => this.amongForms(text, form, others, who, isFit),
      }
    const asked = plain === undefined ? sql`${text} is not null` : not(truth(plain.where))
    const texts = this.settle(sql`select distinct ${text} from customer_row c where ${asked}`, () => true)
    const further = pairsOf(texts.flatMap((t) => others(t).map((other) => [t, other] as const)))
    const hasFurther = texts.some((t) => others(t).length > 0)
    const forms = texts.flatMap((t) => {
      const made = form(t)
      return made === undefined ? [] : [[t, made] as const]
    })
    const [told] = this.alone(
      sql`select c._id as _customer, k.second as form from ${this.customers} join ${pairsOf(forms)} k on k.first = ${text} where ${this.exists}`,
      ['form'],
    ) as [Sql]
    const column = plain === undefined ? told : sql`case when ${plain.where} then ${plain.form} else ${told} end`
    const among = (who: Sql): Sql => {
      this.crowded = true
      const own = sql`select distinct ${column} as form from ${this.people()} and ${truth(who)}`
      const more = sql`select f.second from ${further} f where f.first in (select ${text} from ${this.people()} and ${truth(who)})`
      const select = hasFurther ? sql`${own} union ${more}` : own
      const theirs = sql`(${this.shared(identityOf(select), () => select)})`
      return hasFurther
        ? sql`(coalesce(${column} in ${theirs}, 0) or coalesce(${text} in (select first from ${further} where second in ${theirs}), 0))`
        : sql`${column} in ${theirs}`
    }
    return {
      known: sql`${column} is not null`,
      among,
      standing: (who, isFit) => {
        const fit = isFit === undefined ? sql`${column} is not null` : this.textPasses(text, isFit)
        return sql`case when ${among(who)} then 2 when ${fit} then 1 else 0 end`
      },
    }
  }

  /** The forms of some stay in memory, however many there are otherwise; one function of SQL tells all that is asked of a text. */
  private amongForms(
    text: Sql,
    form: (text: string) => string | undefined,
    others: (text: string) => readonly string[],
    who: Sql,
    isFit: (text: string) => boolean = () => false,
  ): Sql {
    this.crowded = true
    const table = `${this.prefix}found_${this.sharedAs.size + 1}`
    this.sharedAs.set(table, table)
    const theirs = new SomeTexts()
    const isOneOfThem = (made: string | undefined): boolean => made !== undefined && theirs.has(made)
    const isTheirs = (t: string): boolean => theirs.size > 0 && (isOneOfThem(form(t)) || others(t).some(isOneOfThem))
    this.store.define(table, (t) => (typeof t !== 'string' ? 0 : isTheirs(t) ? 2 : isFit(t) ? 1 : 0))
    this.known.set(table, {
      table,
      select: () => sql`select ${text} from ${this.people()} and ${text} is not null and (${who})`,
      keep: (rows) => {
        for (const [t] of rows) for (const one of [form(String(t)), ...others(String(t))]) if (one !== undefined) theirs.add(one)
      },
    })
    return sql`${{ text: table, params: [] }}(${text})`
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
    const there = sql`(c._first_day is null or c._first_day <= ${int(this.asOf)})`
    return this.only === undefined ? there : sql`(c._id in (${this.only}) and ${there})`
  }

  /** Whether customer `c`, who exists, is in the segment: 0 or 1. */
  predicate(segment: Segment): Sql {
    this.base = segment.base
    const where = treeSql<Condition>(segment.where, (condition, span) => this.told(condition, span))
    this.base = undefined
    return and([...(segment.base === undefined ? [] : [this.member(segment.base)]), where])
  }

  /** A condition with the line on which it stands, where a person will read it. */
  private told(condition: Condition, span: Span): Sql {
    const part = conditionSql(condition, this)
    return this.way === 'tables' ? part : remarked(`${placeOf(span)} ${sayCondition(condition)}`, part)
  }

  /** Gives a query a name by which others may lean on it. */
  name(table: string, columns: readonly string[], select: Sql): void {
    this.known.set(table, { table, columns: () => columns, select: () => select })
  }

  /** A query that can be run: what it names is there, and joined to customer `c` where it asks for that. */
  ready(query: Sql): Sql {
    if (this.way === 'statement') return this.statement(query)
    for (const table of this.namedIn(query)) this.make(table)
    if (query.text.includes(`${this.prefix}good_part`)) this.makeGoods()
    return this.joinedTo(query)
  }

  /** Makes a table, after those it stands on. */
  private make(table: string): void {
    const part = this.known.get(table)
    if (part === undefined || this.made.has(table)) return
    this.made.add(table)
    const select = part.select()
    const ready = this.ready(select)
    if (part.keep !== undefined) {
      part.keep(this.store.each(ready))
      return
    }
    const columns = part.columns?.()
    if (columns === undefined) {
      this.store.run(sql`create temp table ${{ text: table, params: [] }} as ${ready}`)
      return
    }
    this.store.exec(`create temp table ${table} (${columns.join(', ')})${table.endsWith('places') ? ' without rowid' : ''}`)
    this.store.run(sql`insert into ${this.place(table)} ${ready}`)
  }

  /** The statement of a query, whatever it names standing before it. */
  private statement(query: Sql): Sql {
    const parts: Sql[] = []
    const seen = new Set<string>()
    const visit = (q: Sql): void => {
      for (const table of this.namedIn(q)) {
        const part = this.known.get(table)
        if (part === undefined || seen.has(table)) continue
        seen.add(table)
        const select = part.select()
        visit(select)
        parts.push(sql`${{ text: table, params: [] }} as materialized (${this.joinedTo(select)})`)
      }
    }
    visit(query)
    const body = this.joinedTo(query)
    return parts.length === 0 ? body : sql`with ${join(parts, ',\n')}\n${body}`
  }

  private namedIn(query: Sql): readonly string[] {
    return [...new Set(this.bare(query).match(this.names) ?? [])]
  }

  /** The text of a query without remarks and columns, which may be called like one of its tables. */
  private bare({ text }: Sql): string {
    return this.way === 'tables' ? text : text.replace(/\/\*(?!joins).*?\*\/|(?<=\.|\bas )"[^"]*"/gs, '')
  }

  private joinedTo(query: Sql): Sql {
    if (!query.text.includes(JOINS)) return query
    const bare = this.bare(query)
    const joins = this.namedIn(query)
      .filter((t) => bare.includes(`${t}.`))
      .map((t) => `left join ${this.place(t).text} ${t} on ${t}._customer = c._id`)
    return { text: query.text.replaceAll(JOINS, joins.join(' ')), params: query.params }
  }

  private makeGoods(): void {
    const table = `${this.prefix}good_part`
    if (this.made.has(table)) return
    this.made.add(table)
    const words: Sql[] = []
    for (let i = 0; i < this.goodTests.length; i += WORD) {
      const bits = this.goodTests
        .slice(i, i + WORD)
        .map((test, bit) => sql`(case when ${test} then ${int(2n ** BigInt(bit))} else 0 end)`)
      words.push(sql`${join(bits, ' | ')} as ${{ text: `w${i / WORD}`, params: [] }}`)
    }
    const values = this.goodValues.map((v, i) => sql`${v} as ${{ text: `x${i}`, params: [] }}`)
    const names = [...words.map((_, i) => `w${i}`), ...values.map((_, i) => `x${i}`)]
    this.store.exec(`create temp table ${table} (${['_id integer primary key', ...names].join(', ')})`)
    this.store.run(
      sql`insert into ${this.place(table)} select g._id, ${join([...words, ...values], ', ')} from good_row g left join product_row p on p.sku = g.sku`,
    )
  }
}

const identityOf = (q: Sql): string =>
  `${q.text}\u0000${JSON.stringify(q.params, (_, v: Param) => (typeof v === 'bigint' ? `${v}n` : v))}`

function passSelect(scope: Rowset, where: Sql, values: readonly Sql[]): Sql {
  const customer: Sql = { text: `${scope.alias}._customer`, params: [] }
  const columns = values.map((c, i) => sql`${c} as ${{ text: `v${i + 1}`, params: [] }}`)
  return sql`select ${join([sql`${customer} as _customer`, ...columns], ', ')} from ${scope.from()} where ${where} group by ${customer}`
}

const placesSelect: Sql = {
  text: `select _key, row_number() over (partition by _customer order by _day, _time, _key) as number,
    _day - lag(_day) over (partition by _customer order by _day, _time, _key) as gap
    from order_row where _counted = 1 and _customer > 0`,
  params: [],
}

function dayRange(store: Store, asOf: Day): readonly [Day, Day] {
  const row = store.row(
    sql`select min(d) from (select min(_first_day) as d from customer_row union all select min(_day) from order_row where _customer = 0)`,
  )
  const first = (row?.[0] as number | null) ?? asOf
  return [Math.min(first, asOf), asOf]
}
