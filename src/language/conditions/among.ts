/** Conditions on a customer's place among others: by a value, by chance. */
import { createHash } from 'node:crypto'
import { parseScaled } from '../../base/decimal.js'
import type { Span, Spanned } from '../../base/problem.js'
import { int, type Sql, sql, truth } from '../../base/sql.js'
import { aType, sayComparison } from '../compare.js'
import { customerValue } from '../fields.js'
import { checkSegments, customerType } from '../fieldwork.js'
import { oneAmong } from '../jsonschema.js'
import { type Compiling, kind, uses } from '../kind.js'
import { comparisonOf, distanceTo, type Judged } from '../look.js'
import { computed, exactNumber } from '../value.js'
import { oneOf, optional, type Reader, scalar, schemaOf, shape, spanned, text, word } from '../yaml.js'

/** So many customers, or so many of a hundred with its decimals. */
export type Portion = { readonly customers: number } | { readonly percent: { readonly units: bigint; readonly scale: number } }

const portionForm = {
  anyOf: [
    { type: 'integer', minimum: 1 },
    { type: 'string', pattern: '^\\s*\\d+(\\.\\d+)?\\s*%\\s*$' },
  ],
} as const
export const portion: Reader<Spanned<Portion & { readonly text: string }>> = spanned(
  scalar(
    'a number of customers, `100`, or a share of them, `10%`',
    (_, t) => {
      if (/^\d{1,15}$/.test(t)) return Number(t) > 0 ? { customers: Number(t), text: t } : undefined
      const percent = percentOf(t)
      return percent === undefined || percent.units === 0n || above(percent, 100n) ? undefined : { percent, text: t }
    },
    portionForm,
  ),
)
const percentOf = (t: string): { readonly units: bigint; readonly scale: number } | undefined => {
  const written = /^\s*(\d+(?:\.\d+)?)\s*%\s*$/.exec(t)?.[1]
  return written === undefined ? undefined : parseScaled(written)
}
const above = (n: { readonly units: bigint; readonly scale: number }, most: bigint): boolean =>
  n.units > most * 10n ** BigInt(n.scale)

interface Rank {
  readonly by: Spanned<string>
  readonly top?: Spanned<Portion & { readonly text: string }>
  readonly bottom?: Spanned<Portion & { readonly text: string }>
  readonly best?: 'highest' | 'lowest'
  readonly among?: Spanned<string>
}

/** A rank from one end. */
const oneEnd = (inner: Reader<Rank>): Reader<Rank> => ({
  expects: inner.expects,
  ...(inner.keys !== undefined && { keys: inner.keys }),
  schema: (shared) => oneAmong(['top', 'bottom'], schemaOf(inner, shared)),
  read(at, cx) {
    const before = cx.problems.list.length
    const body = inner.read(at, cx)
    if (body === undefined || (body.top === undefined) !== (body.bottom === undefined)) return body
    if (cx.problems.list.length > before) return undefined
    const message = body.top === undefined ? '`rank` needs `top` or `bottom`' : '`rank` takes `top` or `bottom`, not both'
    return cx.problems.error('top-or-bottom', message, { span: at.span, help: 'for example `top: 100` or `bottom: 5%`' })
  },
})

/** The customer's place, best first, and how many have one. */
function placeOf({ by, best, among: group }: Rank, cx: Compiling): { readonly place: Sql; readonly n: Sql } {
  const value = customerValue(cx, by.value)
  const form = value.type === 'number' ? exactNumber(value).form : value.form
  const [place, n] = cx.over(
    (people) =>
      sql`select c._id as _customer, row_number() over (order by ${form} ${{ text: best === 'lowest' ? 'asc' : 'desc', params: [] }}, c.customer) as place, count(*) over () as n from ${people} and ${form} is not null`,
    ['place', 'n'],
    group?.value ?? cx.base,
  ) as [Sql, Sql]
  return { place, n }
}

/** Of a place: among how many, and how far from the last that is in. */
function judgedPlace({ top }: Rank, span: Span, place: string | undefined, n: number, most: number): Judged {
  if (place === undefined) return { holds: false, wanted: 'a place' }
  const test =
    top === undefined ? comparisonOf('above', String(Math.max(0, n - most)), span) : comparisonOf('max', String(most), span)
  const distance = distanceTo(test, place, true, () => undefined)
  return {
    holds: top === undefined ? Number(place) > n - most : Number(place) <= most,
    wanted: sayComparison(test),
    beside: [{ label: 'the last place', value: String(n) }],
    ...(distance !== undefined && { distance }),
  }
}

/** How many of `n` a portion is, rounded up. */
function howMany(p: Portion, n: Sql): Sql {
  if ('customers' in p) return int(p.customers)
  const whole = 100n * 10n ** BigInt(p.percent.scale)
  return sql`((${n} * ${int(p.percent.units)} + ${int(whole - 1n)}) / ${int(whole)})`
}

/** Buckets that customers fall into by chance. */
export const BUCKETS = 10_000
/** The first 48 bits of SHA-256 of salt, U+001F, customer key in UTF-8, mod 10000. */
export function bucketOf(salt: string, customer: string): number {
  const digest = createHash('sha256').update(`${salt}\u001f${customer}`, 'utf8').digest()
  return digest.readUIntBE(0, 6) % BUCKETS
}

interface Edge {
  readonly text: string
  /** In units of 10^-scale buckets, so that `0.001%` is told exactly. */
  readonly units: bigint
  readonly scale: number
}
/** 0, or a percentage of all buckets. */
const edge: Reader<Spanned<Edge>> = spanned(
  scalar('a percentage such as `10%`, or 0', (_, t) => edgeOf(t), {
    anyOf: [{ const: 0 }, { type: 'string', pattern: '^\\s*\\d+(\\.\\d+)?\\s*%?\\s*$' }],
  }),
)
function edgeOf(t: string): Edge | undefined {
  const p = t.trim() === '0' ? { units: 0n, scale: 0 } : percentOf(t)
  return p === undefined || above(p, 100n) ? undefined : { text: t, units: p.units * 100n, scale: p.scale }
}
/** The first bucket at or above an edge that is written like `10%` or `0`; undefined for anything else. */
export function bucketFrom(t: string): number | undefined {
  const written = edgeOf(t)
  return written === undefined ? undefined : bucketAt(written)
}
/** The first bucket at or above an edge. */
const bucketAt = ({ units, scale }: Edge): number => {
  const by = 10n ** BigInt(scale)
  return Number((units + by - 1n) / by)
}

interface Sample {
  readonly salt: string
  readonly from?: Spanned<Edge>
  readonly to?: Spanned<Edge>
}
const bounds = ({ from, to }: Sample): readonly [number, number] => [
  from === undefined ? 0 : bucketAt(from.value),
  to === undefined ? BUCKETS : bucketAt(to.value),
]

export const among = {
  rank: kind<Rank>({
    summary:
      'among the first or last by a value, best first, then by key; of those in `among`, else of the `base` of the segment, else of all; a percentage is rounded up; unknown values have no place',
    fields: oneEnd(
      shape({
        by: spanned(word),
        top: optional(portion),
        bottom: optional(portion),
        best: optional(oneOf('highest', 'lowest')),
        among: optional(spanned(word)),
      }),
    ),
    check({ by, among: group }, world, problems) {
      const type = customerType(by.value, by.span, world, problems)
      if (type !== undefined && type !== 'number' && type !== 'date' && type !== 'moment')
        problems.error('wrong-type', `\`rank\` needs a number or a date; \`${by.value}\` is ${aType(type)}`, { span: by.span })
      if (group !== undefined) checkSegments([group], world, problems)
    },
    uses: ({ by, among: group }) => [...uses('metric', [by]), ...uses('segment', group === undefined ? [] : [group])],
    sql(body, cx) {
      const { place, n } = placeOf(body, cx)
      const { top, bottom } = body
      const chosen =
        top !== undefined
          ? sql`${place} <= ${howMany(top.value, n)}`
          : sql`${place} > ${n} - ${howMany((bottom as NonNullable<typeof bottom>).value, n)}`
      return truth(chosen)
    },
    say: ({ by, top, bottom, best, among: group }, w) =>
      w.conditions.rank(
        top === undefined ? 'bottom' : 'top',
        (top ?? bottom)?.value.text ?? '',
        group?.value,
        by.value,
        best ?? 'highest',
      ),
    looks: (body, span) => [
      { label: body.by.value, at: { named: body.by.value } },
      {
        label: 'place',
        at: {
          values: [
            (cx) => computed('number', placeOf(body, cx).place, { scale: 0 }),
            (cx) => computed('number', placeOf(body, cx).n, { scale: 0 }),
            (cx) => computed('number', howMany((body.top ?? body.bottom)?.value as Portion, placeOf(body, cx).n), { scale: 0 }),
          ],
        },
        judge: (place, [n, most]) => judgedPlace(body, span, place, Number(n), Number(most)),
      },
    ],
    example: 'rank: { by: spend_12m, top: 10% }',
  }),
  sample: kind<Sample>({
    summary: 'the customer falls by chance into a share of all: the same share for the same salt, whoever else comes',
    fields: shape({ salt: text, from: optional(edge), to: optional(edge) }),
    check(body, _world, problems, span) {
      const [from, to] = bounds(body)
      if (from >= to)
        problems.error('empty-sample', '`from` must lie below `to`', {
          span: body.to?.span ?? (span as Span),
          help: 'for example `from: 0, to: 10%`',
        })
    },
    sql(body, cx) {
      const [from, to] = bounds(body)
      return cx.keyPasses((key) => {
        const bucket = bucketOf(body.salt, key)
        return bucket >= from && bucket < to
      })
    },
    say: ({ salt, from, to }, w) => w.conditions.sample(from?.value.text ?? '0', to?.value.text ?? '100%', salt),
    looks: (body, span) => [
      {
        label: 'bucket',
        at: { ofKey: (key) => bucketOf(body.salt, key) },
        judge(bucket = '') {
          const [from, to] = bounds(body)
          const [least, most] = [comparisonOf('min', String(from), span), comparisonOf('below', String(to), span)]
          const test = { ...least, tests: [...least.tests, ...most.tests] }
          const distance = distanceTo(test, bucket, true, () => undefined)
          return {
            holds: Number(bucket) >= from && Number(bucket) < to,
            wanted: sayComparison(test),
            ...(distance !== undefined && { distance }),
          }
        },
      },
    ],
    example: 'sample: { salt: pilot, from: 0, to: 10% }',
  }),
}
