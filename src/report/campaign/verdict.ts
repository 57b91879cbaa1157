/** What a campaign did, in plain words, or why that cannot be said. */

import { formatDay } from '../../base/time.js'
import { type Block, type Note, note } from '../blocks.js'
import { digitsOf, estimated, moneyPlaces } from '../numbers.js'
import { type Digits, dated } from '../words.js'
import type { World } from '../world.js'
import { type Comparison, LEAST_P, type Results } from './compare.js'
import type { Outcome } from './outcome.js'

/** Fewer conversions than these in both arms say nothing. */
const LEAST_CONVERTED = 10
const ALPHA = 0.05

export function verdict({ outcome, compared, chance }: Results, world: World): readonly Block[] {
  return [
    ...(chance !== undefined && chance < LEAST_P
      ? [
          note(
            'No verdict: the split did not come out as planned. By chance that happens less than once in a thousand times, so the arms differ by more than what was sent, and the numbers below cannot be compared.',
          ),
        ]
      : judged(outcome, compared, world)),
    ...caveats(outcome, world),
  ]
}

function judged(outcome: Outcome, compared: readonly Comparison[], world: World): readonly Note[] {
  if (compared.length === 0) return [note('No verdict: there is but one arm, and nothing to compare it with.')]
  return compared.flatMap((c) => [
    conversionVerdict(outcome, c, compared.length, world),
    ...(c.conversion === undefined || few(outcome, c) ? [] : revenueVerdict(outcome, c, world)),
  ])
}

const few = ({ reference }: Outcome, { arm }: Comparison): boolean =>
  arm.converted < LEAST_CONVERTED && reference.converted < LEAST_CONVERTED

function conversionVerdict(outcome: Outcome, c: Comparison, tests: number, { minGroup }: World): Note {
  const { reference, event } = outcome
  const [arm, other] = [c.arm.name, reference.name]
  if (c.arm.assigned === 0 || reference.assigned === 0)
    return note('No verdict on {arm}: nobody is in it, or nobody in {other}.', { arm, other })
  const found = c.conversion
  if (found === undefined)
    return note('No verdict on {arm}: in it or in {other} fewer than {n} customers acted, too few to be shown.', {
      arm,
      other,
      n: minGroup,
    })
  if (few(outcome, c))
    return note('No verdict on {arm}: neither in it nor in {other} have {n} customers acted yet.', {
      arm,
      other,
      n: LEAST_CONVERTED,
    })
  const sure = (found.low > 0 || found.high < 0) && (tests === 1 || found.adjusted < ALPHA)
  const [low, high] = [points(found.low), points(found.high)]
  if (!sure && found.low <= 0 && found.high >= 0) {
    const values = { arm, other, low: points(-found.low), high }
    return event === undefined
      ? note(
          'No difference shows between {arm} and {other}: from {low} percentage points fewer to {high} more customers bought.',
          values,
        )
      : note(
          'No difference shows between {arm} and {other}: {event} came to between {low} percentage points fewer and {high} more customers.',
          {
            ...values,
            event: event.name,
          },
        )
  }
  if (!sure) return note('{arm} differs from {other}, but among several comparisons that may be chance.', { arm, other })
  if (found.difference > 0)
    return event === undefined
      ? note('{arm} did better than {other}: between {low} and {high} percentage points more customers bought.', {
          arm,
          other,
          low,
          high,
        })
      : note('{arm} did better than {other}: {event} came to between {low} and {high} percentage points more customers.', {
          arm,
          other,
          event: event.name,
          low,
          high,
        })
  const [least, most] = [points(-found.high), points(-found.low)]
  return event === undefined
    ? note('{arm} did worse than {other}: between {low} and {high} percentage points fewer customers bought.', {
        arm,
        other,
        low: least,
        high: most,
      })
    : note('{arm} did worse than {other}: {event} came to between {low} and {high} percentage points fewer customers.', {
        arm,
        other,
        event: event.name,
        low: least,
        high: most,
      })
}

function revenueVerdict({ reference }: Outcome, { arm, revenue }: Comparison, { scales }: World): readonly Note[] {
  const found = revenue?.welch
  if (found === undefined) return []
  const names = { arm: arm.name, other: reference.name }
  const money = (value: number): Digits => digitsOf(estimated(value), 'money', moneyPlaces(scales.amount))
  if (found.low > 0)
    return [
      note('Each customer of {arm} spent between {low} and {high} more than one of {other}.', {
        ...names,
        low: money(found.low),
        high: money(found.high),
      }),
    ]
  if (found.high < 0)
    return [
      note('Each customer of {arm} spent between {low} and {high} less than one of {other}.', {
        ...names,
        low: money(-found.high),
        high: money(-found.low),
      }),
    ]
  return [note('In what customers of {arm} and {other} spent, no difference shows.', names)]
}

const points = (value: number): Digits => digitsOf(estimated(value), 'points', 2)

function caveats({ from, to, until, arms }: Outcome, { shop: { newestOrder } }: World): readonly Note[] {
  return [
    ...(until < to
      ? [
          note('Not over yet: {n} of {all} days are in, the last is {day}. Judge at the end.', {
            n: until - from + 1,
            all: to - from + 1,
            day: dated(formatDay(to)),
          }),
        ]
      : []),
    ...(newestOrder !== undefined && newestOrder < until
      ? [note('The newest order known is of {day}: any after it are not counted yet.', { day: dated(formatDay(newestOrder)) })]
      : []),
    ...(arms.length > 2 ? [note('Several arms were compared; a difference must be larger to be called one (Holm).')] : []),
  ]
}
