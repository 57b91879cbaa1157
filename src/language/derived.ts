/** Metrics worked out of other metrics: of the customer's own, or of where his value lies among others'. */
import { parseScaled, rescale, type Scaled } from '../base/decimal.js'
import type { Problems, Span, Spanned } from '../base/problem.js'
import { int, join, type Sql, sql } from '../base/sql.js'
import { aType } from './compare.js'
import { customerValue } from './fields.js'
import { checkSegments, customerType, type Names, type Use, uses } from './fieldwork.js'
import { numberLike } from './jsonschema.js'
import { type Compile, computed, DIVIDED, exactNumber, quotient, type Value } from './value.js'
import type { Wording } from './words/index.js'
import { listOf, oneOf, optional, type Reader, type Shape, scalar, shape, spanned, whole, word } from './yaml.js'

/** A kind's reader reads the whole map, whose first key is the kind's name. */
interface DerivedKind<Body> {
  readonly summary: string
  readonly example: string
  readonly of: 'customers'
  readonly reads: Shape<Body>
  check(body: Body, names: Names, problems: Problems, span: Span): void
  uses(body: Body): readonly Use[]
  value(cx: Compile, body: Body): Value
  say(body: Body, w: Wording): string
}
const derivedKind = <Body>(k: DerivedKind<Body>): DerivedKind<Body> => k

/** The name of a number: an attribute or a metric. */
export function checkNumber(of: Spanned<string>, what: string, names: Names, problems: Problems): void {
  const type = customerType(of.value, of.span, names, problems)
  if (type === undefined || type === 'number') return
  problems.error('wrong-type', `${what} needs a number; \`${of.value}\` is ${aType(type)}`, { span: of.span })
}

const number: Reader<Spanned<string>> = spanned(
  scalar('a number', (_, t) => (parseScaled(t) === undefined ? undefined : t), numberLike),
)

export const derivedKinds = {
  ntile: derivedKind({
    summary:
      'in which of N equal parts of the customers the value lies, N the best; equal values get equal tiles; unknown where the value is',
    example: '{ ntile: 5, of: recency_days, best: lowest }',
    of: 'customers',
    reads: shape({
      ntile: whole(2, 1000),
      of: spanned(word),
      best: optional(oneOf('highest', 'lowest')),
      among: optional(spanned(word)),
    }),
    check({ of, among }, names, problems) {
      checkNumber(of, '`ntile`', names, problems)
      if (among !== undefined) checkSegments([among], names, problems)
    },
    uses: ({ of, among }) => [...uses('metric', [of]), ...uses('segment', among === undefined ? [] : [among])],
    value(cx, { ntile, of, best, among }) {
      const [tile] = cx.over(
        (people) => tiles(people, exactNumber(customerValue(cx, of.value)).form, ntile),
        ['tile'],
        among?.value,
      )
      return computed('number', best === 'lowest' ? sql`(${int(ntile + 1)} - ${tile as Sql})` : (tile as Sql), { scale: 0 })
    },
    say: ({ ntile, of, best, among }, w) => w.metrics.ntile(ntile, of.value, among?.value, best ?? 'highest'),
  }),
  bands: derivedKind({
    summary: '1 below the first cut, 2 from it up to the second, and so on; unknown where the value is',
    example: '{ bands: { of: orders_ever, cuts: [2, 4, 8] } }',
    of: 'customers',
    reads: shape({ bands: shape({ of: spanned(word), cuts: listOf(number) }) }),
    check({ bands: { of, cuts } }, names, problems) {
      checkNumber(of, '`bands`', names, problems)
      const numbers = cuts.map((c) => Number(c.value))
      const wrong = cuts.find((_, i) => i > 0 && (numbers[i] as number) <= (numbers[i - 1] as number))
      if (wrong !== undefined)
        problems.error('cuts', `cuts rise; \`${wrong.value}\` does not lie above the one before`, {
          span: wrong.span,
          help: 'write them from the smallest to the largest',
        })
    },
    uses: ({ bands }) => uses('metric', [bands.of]),
    value(cx, { bands: { of, cuts } }) {
      const { form, scale } = exactNumber(customerValue(cx, of.value))
      const above = cuts.map((c) => sql`(${form} >= ${int(unitsAt(c.value, scale))})`)
      return computed('number', sql`(1 + ${join(above, ' + ')})`, { scale: 0 })
    },
    say: ({ bands: { of, cuts } }, w) =>
      w.metrics.bands(
        of.value,
        cuts.map((c) => c.value),
      ),
  }),
  ratio: derivedKind({
    summary: 'one metric ÷ another, to 6 decimals; unknown where either is, or the second is 0',
    example: '{ ratio: { of: spend_12m, to: orders_ever } }',
    of: 'customers',
    reads: shape({ ratio: shape({ of: spanned(word), to: spanned(word) }) }),
    check({ ratio: { of, to } }, names, problems) {
      checkNumber(of, '`ratio`', names, problems)
      checkNumber(to, '`ratio`', names, problems)
    },
    uses: ({ ratio: { of, to } }) => uses('metric', [of, to]),
    value(cx, { ratio: { of, to } }) {
      const [top, bottom] = [exactNumber(customerValue(cx, of.value)), exactNumber(customerValue(cx, to.value))]
      return computed('number', quotient(top.form, top.scale - bottom.scale, bottom.form), { scale: DIVIDED, divided: true })
    },
    say: ({ ratio: { of, to } }, w) => w.metrics.ratio(of.value, to.value),
  }),
} as const

/** The smallest whole number at a scale that is not below a number as written. */
const unitsAt = (text: string, scale: number): bigint => rescale(parseScaled(text) as Scaled, scale, 'up')[0]

/**
 * The tile of each customer whose value is known: 1 + the number of cut points below it. Cut points are the type-7 quantiles of
 * Hyndman and Fan (1996) at k/N, here N-fold, so that all stays exact.
 */
function tiles(people: Sql, value: Sql, n: number): Sql {
  const parts = int(n)
  const places = JSON.stringify(Array.from({ length: n - 1 }, (_, k) => k + 1))
  return sql`with sorted as materialized (select c._id as _customer, ${value} as v, row_number() over (order by ${value}) - 1 as i, count(*) over () as n from ${people} and ${value} is not null),
    place as (select (s.n - 1) * k.value as p, s.n as n from (select max(n) as n from sorted) s, json_each(${places}) k where s.n is not null),
    cut as materialized (select lo.v * (${parts} - p.p % ${parts}) + hi.v * (p.p % ${parts}) as at from place p
      join sorted lo on lo.i = p.p / ${parts} join sorted hi on hi.i = min(p.p / ${parts} + 1, p.n - 1))
    select _customer, 1 + (select count(*) from cut where cut.at < sorted.v * ${parts}) as tile from sorted`
}
