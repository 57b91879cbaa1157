/**
 * The reference numbers that statistics are held to, each by the number it has in the list of published values; what was not
 * published is worked out by another road.
 */
import { describe, expect, test } from 'vitest'
import { bootstrapMeans, percentiles, seeded } from '../src/base/bootstrap.js'
import {
  betaQuantile,
  chiSquaredUpper,
  lnGamma,
  normalCdf,
  normalQuantile,
  normalUpper,
  studentCritical,
  studentTwoSided,
} from '../src/base/distributions.js'
import {
  agrestiCaffo,
  clopperPearson,
  type Interval,
  miettinenNurminen,
  newcombe,
  ratioAdjusted,
  ratioLog,
  wilson,
} from '../src/base/intervals.js'
import {
  powerForMeans,
  powerForShares,
  sizeForShares,
  smallestMeanRise,
  smallestRelativeRise,
  smallestRise,
} from '../src/base/power.js'
import {
  alwaysValidRelative,
  cramersV,
  cupedTheta,
  falseDiscovery,
  fisherExact,
  holm,
  type Moments,
  mannWhitney,
  momentsOf,
  ranksOf,
  sampleRatio,
  sharesDiffer,
  twoSharesZ,
  welch,
  welchRelative,
} from '../src/base/statistics.js'

/** As published: to the last digit that is written, which some round and some cut. */
function is(value: number, published: string): void {
  const digits = published.split('.')[1]?.length ?? 0
  expect(Math.abs(value - Number(published)), `${value} for ${published}`).toBeLessThan(10 ** -digits * (1 + 1e-6) + 1e-15)
}
const between = ({ low, high }: Interval, [from, to]: readonly [string, string]): void => {
  is(low, from)
  is(high, to)
}
const part = (written: string) => {
  const [k, n] = written.split('/').map(Number)
  return { k: k!, n: n! }
}
/** From a sum and a sum of squares. */
const moments = (sum: number, squares: number, n: number): Moments => ({
  n,
  mean: sum / n,
  variance: (squares - (sum * sum) / n) / (n - 1),
})

describe('intervals', () => {
  test('50–51, 53: Wilson', () => {
    between(wilson(part('100/200')), ['0.4313609', '0.5686391'])
    between(wilson(part('18/20')), ['0.6989663547715128', '0.972133518786232'])
    between(wilson(part('4/20')), ['0.0806576625797981', '0.4160174322518935'])
    between(wilson(part('19/38')), ['0.348499283643951', '0.651500716356049'])
    between(wilson(part('81/263')), ['0.2553', '0.3662'])
    between(wilson(part('15/148')), ['0.0624', '0.1605'])
    between(wilson(part('0/20')), ['0', '0.1611'])
    between(wilson(part('1/29')), ['0.0061', '0.1718'])
    expect(wilson(part('0/20')).low).toBe(0)
    expect(wilson(part('20/20')).high).toBe(1)
  })
  test('52: Clopper–Pearson', () => {
    between(clopperPearson(part('100/200')), ['0.4286584', '0.5713416'])
    between(clopperPearson(part('18/20')), ['0.6830172859809176', '0.9876514728297052'])
    expect(clopperPearson(part('0/20')).low).toBe(0)
    // Nobody of 20: 1 - 0.025^(1/20)
    expect(clopperPearson(part('0/20')).high).toBeCloseTo(1 - 0.025 ** (1 / 20), 12)
  })
  test.each([
    [54, '7/34', '1/34', '0.0189214', '0.3403687'],
    [55, '56/70', '48/80', '0.0524', '0.3339'],
    [55, '9/10', '3/10', '0.1705', '0.8090'],
    [55, '6/7', '2/7', '0.0582', '0.8062'],
    [55, '5/56', '0/29', '-0.0381', '0.1926'],
    [56, '0/10', '0/20', '-0.1611', '0.2775'],
    [56, '0/10', '0/10', '-0.2775', '0.2775'],
    [56, '10/10', '0/20', '0.6791', '1'],
    [56, '10/10', '0/10', '0.6075', '1'],
  ])('%i: Newcombe %s against %s', (_, a, b, low, high) => between(newcombe(part(a), part(b)), [low, high]))
  test('57: Agresti–Caffo', () => between(agrestiCaffo(part('7/34'), part('1/34')), ['0.01161167', '0.32172166']))
  test('58: Miettinen–Nurminen', () => {
    between(miettinenNurminen(part('7/34'), part('1/34')), ['0.0270416', '0.3452912'])
    const nobody = miettinenNurminen(part('0/10'), part('0/10'))
    expect(nobody.low).toBeCloseTo(-nobody.high, 12)
  })
  test('59: the ratio of two shares, on the log scale and adjusted', () => {
    const log = ratioLog(part('7/34'), part('1/34'))!
    expect(log.ratio).toBeCloseTo(7, 12)
    between(log, ['0.9096', '53.8695'])
    between(ratioAdjusted(part('7/34'), part('1/34')), ['0.9241', '27.0523'])
    expect(ratioLog(part('7/34'), part('0/34'))).toBeUndefined()
    expect(ratioAdjusted(part('7/34'), part('0/34')).low).toBeGreaterThan(0)
  })
})

describe('sizes and power', () => {
  test('60: how many for .50 against .75', () => is(sizeForShares(0.5, 0.75, 1, 0.9), '76.70692'))
  test('61: power', () => {
    is(powerForShares(0.001, 0.015, 550, 550), '0.7415600')
    is(powerForShares(0.1, 0.2, 154, 308), '0.7995659211532175')
  })
  test('62: the smallest effect at even and uneven groups', () => {
    is(smallestRise(0.02, 25_000, 25_000)!, '0.00366168')
    is(smallestRise(0.02, 45_000, 5_000)!, '0.00641328')
    expect(smallestRise(0.02, 1, 1)).toBeUndefined()
    expect(smallestRise(0.02, 10, 0)).toBeUndefined()
  })
  test('66: power and smallest effect of means', () => {
    const n = 400_000 / 3
    is(powerForMeans(10, 3909.99977, 0.05, n), '0.52144')
    is(smallestRelativeRise({ mean: 10, variance: 3909.99977 }, n, n)!, '0.07027')
    expect(powerForMeans(10, 3909.99977, smallestRelativeRise({ mean: 10, variance: 3909.99977 }, n, n)!, n)).toBeCloseTo(0.8, 5)
    expect(smallestRelativeRise({ mean: 1, variance: 10_000 }, 50, 50)).toBeUndefined()
    // (1.959964 + 0.841621) × √(100 × (1/50 + 1/50))
    expect(smallestMeanRise(100, 50, 50)).toBeCloseTo(5.60317, 5)
  })
})

describe('tests', () => {
  const few = moments(1396.87, 52377.9767, 3407)
  const many = moments(2422.7, 134698.29, 3461)
  test('63: Welch', () => {
    const found = welch(many, few)!
    is(found.difference, '0.29')
    between(found, ['0.04538', '0.53462'])
    is(found.p, '0.02016')
    is(found.error, '0.12478')
  })
  test('64: Welch, relative', () => {
    const found = welchRelative(many, few)!
    is(found.difference, '0.70732')
    between(found, ['-0.03526', '1.44989'])
    is(found.p, '0.06191')
    is(found.error, '0.37879')
  })
  test('65: an interval that holds however often one looks', () => {
    const found = alwaysValidRelative(many, moments(1396.87, 52377.9767, 3000), 1000)
    is(found.difference, '0.50336')
    between(found, ['-0.55844', '1.56516'])
  })
  test('67: the weight of spending before', () => is(cupedTheta([0.3, 0.5, 0.9, 22], [2, 1, 5, 3]), '0.01864'))
  test('68–69: groups against their planned sizes', () => {
    const even = sampleRatio([821_588, 815_482], [1, 1])
    is(even.chi2, '22.774369')
    expect(even.p.toExponential(1)).toBe('1.8e-6')
    const uneven = sampleRatio([9_000, 1_050], [90, 10])
    is(uneven.chi2, '2.238806')
    is(uneven.p, '0.134585')
    expect(sampleRatio([10, 1], [100, 0]).p).toBe(0)
    // A group that nobody was to come into takes no part: one degree of freedom, as in row 69.
    is(sampleRatio([9_000, 1_050, 0], [90, 10, 0]).p, '0.134585')
  })
  test('70: Benjamini and Hochberg', () => {
    const p = [
      0.838541367553, 0.642193923795, 0.680845947633, 0.967833824309, 0.71626938238, 0.177096952723, 5.23656777208e-5,
      0.0202732688798, 0.00028140506198, 0.0149877310796,
    ]
    const q = falseDiscovery(p)
    expect(q[6]).toBeCloseTo(5.2365678e-4, 10)
    expect(q[8]).toBeCloseTo(1.40702531e-3, 10)
    is(q[9]!, '0.0499591036')
    is(q[7]!, '0.0506831722')
    is(q[5]!, '0.354193905')
    for (const at of [1, 2, 4]) is(q[at]!, '0.895336728')
    is(q[0]!, '0.931712631')
    is(q[3]!, '0.967833824')
    expect(falseDiscovery([])).toEqual([])
  })
  test('Holm: the smallest p times their number, the next times one fewer, none below the one before', () => {
    expect(holm([0.01, 0.04, 0.03]).map((p) => p.toFixed(6))).toEqual(['0.030000', '0.060000', '0.060000'])
    expect(holm([0.5, 0.9])).toEqual([1, 1])
  })
  test('the lady tasting tea: Fisher’s table of 3 and 1 of 4 has p 34/70', () => {
    expect(fisherExact(part('3/4'), part('1/4'))).toBeCloseTo(34 / 70, 12)
    expect(sharesDiffer(part('3/4'), part('1/4'))).toBeCloseTo(34 / 70, 12)
  })
  test('two shares by z: chi-squared of the 2×2 table', () => {
    // 30/100 and 50/100: 200 × (30×50 - 70×50)² / (100×100×80×120)
    expect(twoSharesZ(part('30/100'), part('50/100'))).toBeCloseTo(chiSquaredUpper(25 / 3, 1), 12)
    expect(sharesDiffer(part('30/100'), part('50/100'))).toBe(twoSharesZ(part('30/100'), part('50/100')))
    expect(twoSharesZ(part('0/10'), part('0/10'))).toBe(1)
  })
  test('ranks share the places of equals; a group above all others has AUC 1', () => {
    const { ranks, ties } = ranksOf(Float64Array.of(5, 1, 3, 3))
    expect([...ranks]).toEqual([4, 1, 2.5, 2.5])
    expect(ties).toBe(6)
    // {5, 3} against {1, 3}: of four pairs three are above, one is equal.
    expect(mannWhitney(4 + 2.5, 2, 2, ties)!.auc).toBe(3.5 / 4)
    expect(mannWhitney(3 + 4, 2, 2, 0)!.auc).toBe(1)
    expect(mannWhitney(5, 2, 2, 0)!.p).toBe(1)
    expect(mannWhitney(0, 0, 2, 0)).toBeUndefined()
  })
  test('Cramér’s V is 1 where rows tell columns, 0 where they tell nothing', () => {
    expect(cramersV([[10, 0], [0, 20]])).toBeCloseTo(1, 12) // biome-ignore format: a table
    expect(cramersV([[10, 20], [5, 10]])).toBeCloseTo(0, 12) // biome-ignore format: a table
    expect(cramersV([[10, 20]])).toBe(0)
  })
})

test('the smallest and the largest tails keep their digits', () => {
  expect(lnGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 14)
  expect(lnGamma(101) / 363.73937555556347).toBeCloseTo(1, 14)
  expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 15)
  expect(normalQuantile(1e-10)).toBeCloseTo(-6.361340902404056, 13)
  expect(normalQuantile(1e-300) / -37.0470962993612).toBeCloseTo(1, 10)
  expect(normalUpper(10) / 7.619853024160527e-24).toBeCloseTo(1, 12)
  expect(normalCdf(-1.959963984540054)).toBeCloseTo(0.025, 15)
  // With one degree of freedom t is a Cauchy variable, with two it has a closed form.
  expect(studentTwoSided(1, 1)).toBeCloseTo(0.5, 14)
  expect(studentTwoSided(2, 2)).toBeCloseTo(1 - 2 / Math.sqrt(6), 14)
  expect(studentCritical(0.05, 10)).toBeCloseTo(2.228138851986275, 12)
  expect(studentCritical(0.05, 1e6)).toBeCloseTo(1.9599663568, 8)
  // Beta(2, 1): F(x) = x²
  expect(betaQuantile(0.25, 2, 1)).toBeCloseTo(0.5, 14)
})

describe('the bootstrap', () => {
  const buyers = Float64Array.from({ length: 200 }, (_, i) => 5 + (i % 40))
  test('draws the same means for the same seed, others for another', () => {
    const once = bootstrapMeans(buyers, 1000, 50, seeded(7))
    expect(bootstrapMeans(buyers, 1000, 50, seeded(7))).toEqual(once)
    expect(bootstrapMeans(buyers, 1000, 50, seeded(8))).not.toEqual(once)
  })
  test('spreads as the mean does, zeros included', () => {
    const { mean, variance } = momentsOf(buyers, 1000)
    const drawn = momentsOf(bootstrapMeans(buyers, 1000, 4000, seeded(1)))
    expect(drawn.mean / mean).toBeCloseTo(1, 1)
    expect(Math.sqrt(drawn.variance) / Math.sqrt(variance / 1000)).toBeCloseTo(1, 1)
    const all = momentsOf(bootstrapMeans(buyers, 200, 4000, seeded(1)))
    expect(Math.sqrt(all.variance) / Math.sqrt(momentsOf(buyers).variance / 200)).toBeCloseTo(1, 1)
  })
  test('gives the middle part of what was drawn', () => {
    const { low, high } = percentiles(
      Float64Array.from({ length: 101 }, (_, i) => 100 - i),
      0.9,
    )
    expect(low).toBeCloseTo(5, 12)
    expect(high).toBeCloseTo(95, 12)
  })
})
