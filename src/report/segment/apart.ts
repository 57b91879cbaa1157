/** Attributes that set the members of a segment apart from all other customers; those that define it are left out. */

import { trimScaled } from '../../base/decimal.js'
import { falseDiscovery, type Moments, mannWhitney, welch } from '../../base/statistics.js'
import { compareBytes } from '../../base/text.js'
import { type Block, column, type Decimal, note, type Table } from '../blocks.js'
import { rowsIn } from '../columns.js'
import { estimated } from '../numbers.js'
import { say } from '../words.js'
import type { Subject, World } from '../world.js'
import { type Attributes, type Measured, readAttributes, type Valued } from './attributes.js'
import {
  aboutLifts,
  alone,
  CHANCE,
  type Contrast,
  contrast,
  LEAST,
  liftTable,
  ranked,
  type Sides,
  sidesOf,
  worthTelling,
} from './lift.js'
import { section, tooFew } from './section.js'

/** A standardised difference, or a chance to exceed an outsider that is so far from a half, is worth telling. */
const [DIFFERENCE, CHANCES] = [0.2, 0.06]

export const apart = {
  apart: section<Attributes>({
    question: 'What sets them apart?',
    gather: readAttributes,
    answer(subject, world, attributes) {
      const sides = sidesOf(subject, world)
      const few = tooFew(subject, world)
      const nobody = alone(sides)
      if (few !== undefined) return few
      if (nobody !== undefined) return [nobody]
      const own = defining(subject)
      const free = (a: { readonly attribute: string }): boolean => !own.has(a.attribute)
      const { valued, measured } = attributes
      const left = [...valued, ...measured].filter((a) => !free(a)).map((a) => a.attribute)
      return [
        ...differences(valued.filter(free), measured.filter(free), { subject, world, sides }),
        ...(left.length === 0 ? [] : [note('Left out, as the segment is defined by them: {names}.', { names: left.join(', ') })]),
      ]
    },
  }),
}

/** The attributes that a segment is made of; an age and the date of birth tell the same. */
function defining({ segment: { attributes } }: Subject): ReadonlySet<string> {
  const births = ['age', 'birth_date']
  return new Set([...attributes, ...(attributes.some((a) => births.includes(a)) ? births : [])])
}

interface Ground {
  readonly subject: Subject
  readonly world: World
  readonly sides: Sides
}

function differences(valued: readonly Valued[], numbers: readonly Measured[], ground: Ground): readonly Block[] {
  const { subject, world, sides } = ground
  const rows = rowsIn(world.people, subject.number)
  const inside = new Uint8Array(world.people.count)
  for (const row of rows) inside[row] = 1
  const contrasts = valued.flatMap((v) => contrastsOf(v, rows, sides))
  const room: Room = [new Float64Array(world.people.count), new Float64Array(world.people.count)]
  const shifts = numbers.flatMap((m) => shiftOf(m, inside, sides, room) ?? [])
  const q = falseDiscovery([...contrasts, ...shifts].map(({ p }) => p))
  const lifts = ranked(worthTelling(contrasts, q), compareBytes)
  const shifted = shifts
    .map((s, i) => ({ ...s, q: q[contrasts.length + i]! }))
    .filter((s) => s.q <= CHANCE && (Math.abs(s.d ?? 0) >= DIFFERENCE || Math.abs(s.auc - 0.5) >= CHANCES))
    .sort((a, b) => Math.abs(b.auc - 0.5) - Math.abs(a.auc - 0.5) || compareBytes(a.measured.attribute, b.measured.attribute))
  return [
    ...(lifts.length === 0
      ? []
      : [liftTable({ name: 'values', title: 'What is commoner and rarer among them', key: 'Attribute' }, lifts, world)]),
    ...(lifts.length === 0 && shifted.length > 0 ? [] : aboutLifts(lifts, sides)),
    ...(shifted.length === 0
      ? []
      : [
          shiftTable(shifted),
          note(
            'AUC: how likely one of them has more than one of the others; 0.5 is no difference. d: the difference of the means in standard deviations.',
          ),
        ]),
  ]
}

function contrastsOf(
  { attribute, values, cells, valuesIn }: Valued,
  rows: Int32Array,
  sides: Sides,
): readonly Contrast<string>[] {
  const times = new Int32Array(valuesIn.length)
  for (const row of rows) if (cells[row]! >= 0) times[cells[row]!]!++
  const here = new Int32Array(values.length)
  for (const [cell, n] of times.entries()) if (n > 0) for (const value of valuesIn[cell]!) here[value]! += n
  return values.flatMap(
    ({ text, customers }, i) => contrast(`${attribute}: ${text}`, here[i]!, customers - here[i]!, sides) ?? [],
  )
}

/** How a number of the members differs from that of the others. */
interface Shift {
  readonly measured: Measured
  readonly median: Decimal
  readonly others: Decimal
  /** Standardised difference of the means; undefined without any spread. */
  readonly d: number | undefined
  readonly auc: number
  readonly p: number
}

/** Undefined where too few of the members or of the others have it. */
function shiftOf(of: Measured, inside: Uint8Array, { minGroup }: Sides, room: Room): Shift | undefined {
  const { ties, mean, decimals } = of
  const { here, rest, rankSum } = parted(of, inside, room)
  if (here.length < Math.max(LEAST, minGroup) || rest.length < Math.max(2, minGroup)) return undefined
  const compared = mannWhitney(rankSum, here.length, rest.length, ties)
  if (compared === undefined) return undefined
  const [a, b] = [momentsAround(mean, here), momentsAround(mean, rest)]
  const spread = Math.sqrt((a.variance + b.variance) / 2)
  return {
    measured: of,
    median: medianOf(here, decimals),
    others: medianOf(rest, decimals),
    d: spread > 0 ? (a.mean - b.mean) / spread : undefined,
    auc: compared.auc,
    p: welch(a, b)?.p ?? compared.p,
  }
}

/** Where the values of two sides are laid out, again and again. */
type Room = readonly [here: Float64Array, rest: Float64Array]

/** The values of the members and of the others, rising. */
function parted({ rows, values, ranks }: Measured, inside: Uint8Array, [here, rest]: Room) {
  let [mine, others, rankSum] = [0, 0, 0]
  for (let i = 0; i < rows.length; i++)
    if (inside[rows[i]!] === 1) {
      here[mine++] = values[i]!
      rankSum += ranks[i]!
    } else rest[others++] = values[i]!
  return { here: here.subarray(0, mine), rest: rest.subarray(0, others), rankSum }
}

/** Of values less the mean of all, so that little is lost to their size. */
function momentsAround(middle: number, values: Float64Array): Moments {
  let [sum, squares] = [0, 0]
  for (let i = 0; i < values.length; i++) {
    const value = values[i]! - middle
    sum += value
    squares += value * value
  }
  const n = values.length
  const mean = n === 0 ? 0 : sum / n
  return { n, mean, variance: n < 2 ? 0 : Math.max(0, squares - sum * mean) / (n - 1) }
}

function medianOf(rising: Float64Array, decimals: number): Decimal {
  const units = (value: number): bigint => BigInt(Math.round(value * 10 ** decimals))
  const [below, above] = [rising[Math.floor((rising.length - 1) / 2)]!, rising[Math.floor(rising.length / 2)]!]
  return { decimal: trimScaled((units(below) + units(above)) * 5n, decimals + 1) }
}

const shiftTable = (rows: readonly (Shift & { readonly q: number })[]): Table => ({
  kind: 'table',
  name: 'numbers',
  title: say('Numbers in which they differ'),
  keys: 'dimension',
  key: say('Attribute'),
  columns: [
    column('segment_median', 'Median', 'number'),
    column('rest_median', 'Others', 'number'),
    column('d', 'd', 'number', { places: 2 }),
    column('auc', 'AUC', 'number', { places: 2 }),
    column('q', 'q', 'number', { places: 4 }),
  ],
  rows: rows.map(({ measured: { attribute, days }, median, others, d, auc, q }) => ({
    key: days ? say('Days since {attribute}', { attribute }) : attribute,
    values: [median, others, estimated(d), estimated(auc), estimated(q)],
  })),
})
