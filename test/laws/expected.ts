/** Expectations drawn for the recorded segments of a case, and whom the contract holds for them. */
import fc from 'fast-check'
import { type Case, recordedSegments } from '../arbitraries.js'
import type { Definitions, Spec } from '../oracle.js'
import { oracleOf, standingOn } from './opinions.js'

const expectation = (others: readonly string[]): fc.Arbitrary<Spec> => {
  const size = fc.record({ min: fc.nat(2), max: fc.integer({ min: 2, max: 9 }) }, { requiredKeys: [] })
  return fc
    .record(
      {
        size: size.filter((own) => Object.keys(own).length > 0),
        change: fc.constantFrom('0%', '20%', '50%', '99.5%', '100%', '300%').map((max) => ({ max })),
        subset_of: fc.constant(others[0]!),
        disjoint_with: fc.constant([others[1]!]),
      },
      { requiredKeys: [] },
    )
    .filter((own) => Object.keys(own).length > 0) as fc.Arbitrary<Spec>
}

/** The recorded segments with what they stand on, some of them with expectations, and a group of two. */
export function expecting({ definitions }: Case, seed: number): Definitions {
  const wanted = recordedSegments.map((name) => standingOn(definitions, `segments ${name}`))
  const drawn = recordedSegments.map((name) => {
    const others = recordedSegments.filter((other) => other !== name)
    return fc.sample(fc.option(expectation(others)), { numRuns: 1, seed: seed + name.charCodeAt(1) })[0]!
  })
  const segments = recordedSegments.map((name, i) => {
    const own = definitions.segments![name]!
    return [name, drawn[i] === null ? own : { ...own, expect: drawn[i]! }] as const
  })
  return {
    metrics: Object.assign({}, ...wanted.map((one) => one.metrics)) as Record<string, Spec>,
    events: Object.assign({}, ...wanted.map((one) => one.events)) as Record<string, Spec>,
    segments: { ...Object.fromEntries(segments), group: { partition: ['s1', 's3'] } },
  }
}

/** Segments with a breach of their own, and those that stand on one. */
export function heldOf(one: Case, definitions: Definitions): string[] {
  const oracle = oracleOf({ ...one, definitions })
  const all = definitions.segments!
  const bare: Definitions = {
    ...definitions,
    segments: Object.fromEntries(
      Object.entries(all).map(([name, spec]) => [
        name,
        Object.fromEntries(Object.entries(spec).filter(([key]) => key !== 'expect')),
      ]),
    ),
  }
  const breached = Object.keys(all).filter((name) => oracle.breaches(name, one.asOf).length > 0)
  return Object.keys(all)
    .filter((name) => breached.some((wrong) => wrong in standingOn(bare, `segments ${name}`).segments!))
    .sort()
}
