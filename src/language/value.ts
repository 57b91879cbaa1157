/** Values that conditions compare: of a customer, of a row, of a metric; and what compiling one may ask of the engine. */
import type { Sql } from '../base/sql.js'
import { and, int, NULL, sql, total } from '../base/sql.js'
import type { Day, Zone } from '../base/time.js'
import type { Catalogue, Field } from '../store/catalogue.js'
import { isoDay } from '../store/dialect.js'
import type { FieldType } from '../store/sources.js'

export interface Value {
  readonly type: FieldType
  /** Decimals of a number held as a scaled whole number; absent: numbers are doubles. */
  readonly scale?: number
  /** Decimals of a number held as a double: the most that any cell of its field has. */
  readonly decimals?: number
  /** The cell leaves as it was written, not with its field's decimals. */
  readonly written?: true
  /** Between the members of a list as it was written. */
  readonly separator?: string
  /** Never unknown: a count, a sum. */
  readonly known?: true
  /** Trailing zeros say nothing: the number was divided. */
  readonly divided?: true
  /** The comparable form, null where unknown; see store/forms.ts. */
  readonly form: Sql
  /** The cell as it was written, or null: what captures, columns and `favourite` show. */
  readonly shown: Sql
  /** A predicate that holds for rows whose form passes; may be null where the value is unknown. */
  where(test: (form: Sql) => Sql): Sql
  /** The same over the text as it was written, where SQL cannot tell: settled beforehand over the distinct texts. */
  whereText(pass: (text: string) => boolean): Sql
  /** Text read as numbers, unknown where it is none. */
  readonly asNumber?: Value
  /** A number that is the same for equal values, cheaper than the form. */
  readonly identity?: Sql
  /** Of a key that a query picked out: `where` over it as it was written, since no form of it folds every script. */
  readonly whereKey?: (key: Sql, test: (form: Sql) => Sql) => Sql
}

/** Tables with a column of keys, by its name. */
export const keyColumns = { customer_row: 'customer', order_row: '_key', activity_row: '_key' } as const
export type KeyTable = keyof typeof keyColumns

/** A line in a query, whose good can be joined. */
export interface Line {
  column(name: string): Sql
  /** The alias of a table of (_id, …) of goods, joined to the line's. */
  goods(table: string): string
}

/** Rows in a query, with the tables that their fields turned out to need. */
export interface Rowset {
  readonly alias: string
  from(): Sql
}

/** What the compiler of conditions may ask for; the engine answers, each in its own way for a run and for `sql`. */
export interface Compile {
  readonly asOf: Day
  readonly zone: Zone
  readonly catalogue: Catalogue
  /** First and last day of any row in the store. */
  readonly dayRange: readonly [Day, Day]
  /** Whether customer `c` is in a segment. */
  member(segment: string): Sql
  /** A query of (_customer) of a segment's members. */
  members(segment: string): Sql
  /** Whether customer `c` is in a segment of few, for a query of nothing but those. */
  amongMembers(segment: string): Sql
  /** A query of (_customer, _day) of those who entered or left a segment from one recorded as-of day to the next. */
  moves(segment: string, way: 'enters' | 'leaves'): Sql
  /** `customer_row c`, those who exist on the as-of day, of a segment where one is named: what follows `from`. */
  people(among?: string): Sql
  /** The numbers of the customers who are looked at, as `in (…)` has them; undefined: all. */
  readonly only: Sql | undefined
  /** The population of the segment that is being compiled; undefined: all customers. */
  readonly base: string | undefined
  /** Whether the key of customer `c` passes. */
  keyPasses(pass: (key: string) => boolean): Sql
  /** `column in (codes of the field's texts that pass)`; `pass` is over `t`, a row of text_row. */
  codeIn(column: Sql, field: Field, pass: Sql): Sql
  /** Whether the good of a line passes; `pass` is over `g`, a row of good_row, and `p`, its row of product_row. */
  goodIn(line: Line, pass: Sql): Sql
  /** A value of the good of a line; `value` is over `g` and `p`. With `identity`, any number that is the same for equal values. */
  goodOf(line: Line, value: Sql, identity?: 'identity'): Sql
  /** A table of (_key, number, gap): the place of each counted order among its customer's; noted. */
  places(): string
  /** A metric that the project names; the caller has checked that it is there. */
  named(metric: string): Value
  /** An attribute or metric of customer `c`. */
  customer(name: string): Value
  /** The ordered pass over rows that this key names, made on first use. */
  pass<S extends Rowset>(key: string, make: () => { readonly scope: S; readonly where: Sql }): Pass<S>
  /** A query of (_customer, …) with one row a customer at most; the columns' values for customer `c`. */
  alone(select: Sql, columns: readonly string[]): readonly Sql[]
  /** The same over `people`, which `build` puts after its `from`. */
  over(build: (people: Sql) => Sql, columns: readonly string[], among?: string): readonly Sql[]
  /** Rows that several may lean on, found once; `key` names them. A query of the same columns. */
  shared(key: string, make: () => Sql): Sql
  /** A predicate about the folded form of a key column. */
  keyIn(key: Sql, table: KeyTable, test: (form: Sql) => Sql): Sql
  /** Those of the texts in a one-column query that pass. */
  settle(texts: Sql, pass: (text: string) => boolean): readonly string[]
  /** A text of customer `c` by a form that SQL cannot tell. */
  formed(text: FormedText): Formed
  /** Whether a text of customer `c` passes; most do. Null where he has none. */
  textPasses(text: Sql, pass: (text: string) => boolean): Sql
  /** Whether a text that an `alone` query gives passes. */
  passes(shown: Sql, pass: (text: string) => boolean): Sql
}

export interface FormedText {
  readonly text: Sql
  /** Undefined where the text has no form. */
  readonly form: (text: string) => string | undefined
  /** Further forms, of a text that holds several; nothing for nearly all. */
  readonly others?: (text: string) => readonly string[]
  /** Texts whose form SQL can tell, and how. */
  readonly plain?: { readonly where: Sql; readonly form: Sql }
}
export interface Formed {
  /** Whether there is a form. */
  readonly known: Sql
  /** Whether one of those about whom the predicate holds has the same. */
  among(who: Sql): Sql
  /** 2 where one of those has the same, 1 where the text is fit otherwise, else 0; without `isFit` any that has a form is. */
  standing(who: Sql, isFit?: (text: string) => boolean): Sql
}

/** One ordered pass over rows, from which any number of per-customer aggregates come. */
export interface Pass<S extends Rowset> {
  readonly scope: S
  /** Which of the rows there are for the command at all. */
  readonly where: Sql
  /** The value of an aggregate for customer `c`, null where he has no rows. */
  aggregate(expression: Sql): Sql
}

const plain = (form: Sql) => (test: (form: Sql) => Sql) => test(form)

/** A value whose form is any SQL expression. */
export const computed = (
  type: FieldType,
  form: Sql,
  more: { readonly scale?: number; readonly shown?: Sql; readonly divided?: true; readonly known?: true } = {},
): Value => ({
  type,
  form,
  shown: more.shown ?? (type === 'date' || type === 'moment' ? isoDay(form) : form),
  ...(more.scale !== undefined && { scale: more.scale }),
  ...(more.divided && { divided: true }),
  ...(more.known && { known: true }),
  where: more.known ? (test) => total(test(form)) : plain(form),
  whereText: () => NULL,
})

/** Decimals of what is divided. */
export const DIVIDED = 6

/** Whole numbers that SQLite holds exactly lie below this. */
const MOST = 9.2e18

/** Ends the query: a number does not fit. It leans on the data, so that nothing works it out beforehand. */
const tooLarge = (form: Sql): Sql => sql`abs(-9223372036854775807 - (${form} is not null))`

/**
 * A number as a scaled whole number, so that sums and products are exact. One that does not fit beside the decimals of its field
 * ends the query; where it is only compared it may be `clipped`, which leaves it the largest.
 */
export function exactNumber(value: Value, beyond: 'told' | 'clipped' = 'told'): { readonly form: Sql; readonly scale: number } {
  const v = value.type === 'number' ? value : (value.asNumber ?? value)
  if (v.scale !== undefined) return { form: v.form, scale: v.scale }
  const scale = v.decimals ?? 0
  const whole = sql`cast(round(${v.form} * ${int(10 ** scale)}) as integer)`
  const most: Sql = { text: String(MOST / 10 ** scale), params: [] }
  return {
    form:
      scale === 0 || beyond === 'clipped'
        ? whole
        : sql`case when abs(${v.form}) >= ${most} then ${tooLarge(v.form)} else ${whole} end`,
    scale,
  }
}

/**
 * `n / 10^scale ÷ d`, rounded half away from zero to 6 decimals, as a whole number scaled by 6; unknown where either is, or
 * `d` is 0. First the whole part, then the rest, so that nothing leaves 64 bits but a quotient that does not fit itself.
 */
export function quotient(n: Sql, scale: number, d: Sql): Sql {
  const times = 10n ** BigInt(Math.max(0, DIVIDED - scale))
  const by = scale > DIVIDED ? sql`(${d} * ${int(10n ** BigInt(scale - DIVIDED))})` : d
  const whole = sql`(${n} / ${by}) * ${int(times)}`
  const rest = sql`cast((2 * abs(${n} % ${by}) * ${int(times)} + abs(${by})) / (2 * abs(${by})) as integer)`
  const fits = sql`abs(1.0 * ${n} / ${by}) * ${int(times)} < ${{ text: String(MOST), params: [] }}`
  return sql`case when ${d} = 0 or ${n} is null or ${d} is null then null when ${fits} then ${whole} + ${rest} * sign(${n}) * sign(${by}) else ${tooLarge(n)} end`
}

/** A field that no load brought: unknown for everyone. */
export const unknownValue = (type: FieldType): Value => ({
  type,
  form: NULL,
  shown: NULL,
  where: () => NULL,
  whereText: () => NULL,
})

/** A cell of a customer, which stands as text beside its comparable form. */
export function cellValue(cx: Compile, table: 'customer_row', alias: string, field: Field): Value {
  const raw: Sql = { text: `${alias}."${field.name}"`, params: [] }
  const form: Sql = { text: `${alias}."${field.name}~"`, params: [] }
  return {
    type: field.type,
    decimals: field.scale,
    written: true,
    ...(typeof field.declared === 'object' && { separator: field.declared.list }),
    form,
    shown: raw,
    where: plain(form),
    whereText: (pass) =>
      textIn(
        raw,
        cx.settle({ text: `select distinct "${field.name}" from ${table} where "${field.name}" is not null`, params: [] }, pass),
      ),
  }
}

const textIn = (column: Sql, texts: readonly string[]): Sql =>
  sql`${column} in (select value from json_each(${JSON.stringify(texts)}))`

/** A cell that is a code into text_row. */
export function codedValue(cx: Compile, column: Sql, field: Field): Value {
  const part = (name: string): Sql => ({
    text: `(select t.${name} from text_row t where t._id = ${column.text})`,
    params: column.params,
  })
  const formColumn = formColumns[field.type]
  const t = (name: string): Sql => ({ text: `t.${name}`, params: [] })
  const value = (type: FieldType, name: string): Value => ({
    type,
    decimals: field.scale,
    form: part(name),
    shown: part('text'),
    where: (test) => cx.codeIn(column, field, test(t(name))),
    whereText: (pass) =>
      field.id === undefined
        ? NULL
        : cx.codeIn(
            column,
            field,
            textIn(t('text'), cx.settle(sql`select text from text_row where field = ${int(field.id)}`, pass)),
          ),
  })
  return { ...value(field.type, formColumn), ...(field.type === 'text' && { asNumber: value('number', 'number') }) }
}

const formColumns: Readonly<Record<FieldType, string>> = {
  text: 'folded',
  key: 'folded',
  list: 'folded',
  moment: 'folded',
  number: 'number',
  date: 'day',
  boolean: 'bool',
}

/** A text of the product that a line is about: settled once per distinct combination of product texts. */
export function goodValue(cx: Compile, line: Line, field: Field): Value {
  const own = ['sku', 'product', 'category', 'brand'].includes(field.name)
  const quoted = field.name.replaceAll('"', '""')
  const inTable = cx.catalogue.own('products', field.name)?.id !== undefined
  const of = (suffix: '' | '~'): Sql => {
    const g = `nullif(g."${quoted}${suffix}", '')`
    const p = `p."${quoted}${suffix}"`
    const both = own ? (inTable && field.name !== 'sku' ? `coalesce(${g}, ${p})` : g) : p
    return { text: both, params: [] }
  }
  return {
    type: field.type,
    decimals: field.scale,
    get form() {
      return cx.goodOf(line, of('~'))
    },
    get shown() {
      return cx.goodOf(line, of(''))
    },
    get identity() {
      return cx.goodOf(line, field.type === 'key' ? of('') : of('~'), 'identity')
    },
    where: (test) => cx.goodIn(line, test(of('~'))),
    whereText: (pass) => {
      const texts = cx.settle(
        sql`select distinct ${of('')} from good_row g left join product_row p on p.sku = g.sku where ${of('')} is not null`,
        pass,
      )
      return cx.goodIn(line, textIn(of(''), texts))
    },
  }
}

/** A key: compared by its bytes everywhere but in filters, where it folds like any text. */
export function keyValue(cx: Compile, key: Sql, table: KeyTable, known?: Sql): Value {
  const guarded = (s: Sql): Sql => (known === undefined ? s : and([known, s]))
  const shown = known === undefined ? key : sql`case when ${known} then ${key} end`
  return {
    type: 'key',
    form: sql`lower(${shown})`,
    shown,
    where: (test) => guarded(cx.keyIn(key, table, test)),
    whereKey: (picked, test) => cx.keyIn(picked, table, test),
    whereText: (pass) =>
      guarded(textIn(key, cx.settle({ text: `select "${keyColumns[table]}" from ${table}`, params: [] }, pass))),
  }
}
