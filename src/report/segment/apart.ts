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
  const shifts = numbers.flatMap((m) => shiftOf(m, inside, sides) ?? [])
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
function shiftOf(of: Measured, inside: Uint8Array, { minGroup }: Sides): Shift | undefined {
  const { rows, values, ranks, ties, mean } = of
  const [here, rest] = [new Sums(), new Sums()]
  let rankSum = 0
  for (let i = 0; i < rows.length; i++) {
    const mine = inside[rows[i]!] === 1
    ;(mine ? here : rest).add(values[i]! - mean)
    if (mine) rankSum += ranks[i]!
  }
  if (here.n < Math.max(LEAST, minGroup) || rest.n < Math.max(2, minGroup)) return undefined
  const compared = mannWhitney(rankSum, here.n, rest.n, ties)
  if (compared === undefined) return undefined
  const [a, b] = [here.moments, rest.moments]
  const spread = Math.sqrt((a.variance + b.variance) / 2)
  return {
    measured: of,
    median: medianOf(of, inside, 1, here.n),
    others: medianOf(of, inside, 0, rest.n),
    d: spread > 0 ? (a.mean - b.mean) / spread : undefined,
    auc: compared.auc,
    p: welch(a, b)?.p ?? compared.p,
  }
}

/** Of values less the mean of all, so that little is lost to their size. */
class Sums {
  n = 0
  private sum = 0
  private squares = 0
  add(value: number): void {
    this.n++
    this.sum += value
    this.squares += value * value
  }
  get moments(): Moments {
    const mean = this.n === 0 ? 0 : this.sum / this.n
    return { n: this.n, mean, variance: this.n < 2 ? 0 : Math.max(0, this.squares - this.sum * mean) / (this.n - 1) }
  }
}

function medianOf({ rows, values, decimals }: Measured, inside: Uint8Array, side: 0 | 1, n: number): Decimal {
  const [low, high] = [Math.floor((n - 1) / 2), Math.floor(n / 2)]
  const units = (value: number): bigint => BigInt(Math.round(value * 10 ** decimals))
  let below: bigint | undefined
  for (let i = 0, place = 0; i < rows.length; i++) {
    if (inside[rows[i]!] !== side) continue
    if (place === low) below = units(values[i]!)
    if (place === high) return { decimal: trimScaled((below! + units(values[i]!)) * 5n, decimals + 1) }
    place++
  }
  throw new Error('a place beyond the last')
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
