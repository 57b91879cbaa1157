/** Results and plans of campaigns: a hand-off is made, orders come, and what is told equals counts made by hand and published intervals. */
import { createHash } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nonsense, Reporting } from './reporting.js'

const shops: Reporting[] = []
afterAll(() => {
  for (const { folder } of shops) rmSync(folder, { recursive: true, force: true })
})

/** From the contract: the first 48 bits of SHA-256 of salt, U+001F and key, mod 10000. */
const bucket = (salt: string, key: string): number =>
  Number.parseInt(createHash('sha256').update(`${salt}\u001f${key}`).digest('hex').slice(0, 12), 16) % 10_000

/** So many keys whose buckets are in the first half, and so many of the other. */
function keysOf(salt: string, first: number, second: number): { readonly first: string[]; readonly second: string[] } {
  const found = { first: [] as string[], second: [] as string[] }
  for (let n = 1; found.first.length < first || found.second.length < second; n++) {
    const key = `C-${n}`
    const half = bucket(salt, key) < 5000 ? 'first' : 'second'
    if (found[half].length < (half === 'first' ? first : second)) found[half].push(key)
  }
  return found
}

const settings = (more = ''): string =>
  `version: 1\ntimezone: UTC\ncurrency: EUR\nas_of: 2024-05-31\nsystem_segments: false\n${more}`
const definitions = (arms = '{ offer: 50, holdout: 50 }', more = ''): string => `events:
  cake: { on: items, where: { product: cake }, per: order }
segments:
  everybody: { all: customers }
audiences:
  spring: { title: Spring offer, segment: everybody, split: { salt: spring, arms: ${arms} } }
  whole: { segment: everybody }
${more}`

type Bought = readonly [customer: string, day: string, amount: number, product?: string]
const ordersOf = (bought: readonly Bought[]): string =>
  `order,customer,at,product,quantity,price\n${bought.map(([who, day, amount, product], i) => `o${i},${who},${day},${product ?? 'tea'},1,${amount.toFixed(2)}`).join('\n')}\n`

async function handedOff(keys: readonly string[], bought: readonly Bought[], more = '', own = definitions()): Promise<Reporting> {
  const shop = Reporting.of({
    'segkit.yaml': settings(more),
    'segments/all.yaml': own,
    'customers.csv': `customer\n${keys.join('\n')}\n`,
    'orders.csv': ordersOf(bought),
  })
  shops.push(shop)
  await shop.done('ingest', 'customers', 'customers.csv')
  await shop.done('export', 'spring')
  if (bought.length > 0) await shop.done('ingest', 'orders', 'orders.csv')
  return shop
}

/** Values by `section/metric/arm`. */
async function tidy(shop: Reporting, ...args: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = parse(await shop.done(...args, '-f', 'csv'), { from_line: 2 }) as string[][]
  const values = new Map(rows.map((row) => [row.slice(1, 4).join('/'), row[4] as string]))
  expect(values.size).toBe(rows.length)
  return values
}
async function saying(shop: Reporting, ...args: readonly string[]): Promise<string> {
  const { verdict } = JSON.parse(await shop.done(...args, '--json')) as {
    readonly verdict: { readonly notes: readonly string[] }
  }
  return verdict.notes.join('\n')
}

const june = ['--as-of', '2024-06-30', '--within', '14d'] as const

describe('56 of 70 with the offer and 48 of 80 held out, of whom everybody spends something else', () => {
  const keys = keysOf('spring', 70, 80)
  const amount = (i: number): number => 5 + (i % 7) * 3.25
  let shop: Reporting
  let told: ReadonlyMap<string, string>
  beforeAll(async () => {
    const bought: Bought[] = [
      ...keys.first.slice(0, 56).map((key, i): Bought => [key, `2024-06-${String(1 + (i % 14)).padStart(2, '0')}`, amount(i)]),
      ...keys.second
        .slice(0, 48)
        .map((key, i): Bought => [key, `2024-06-${String(1 + (i % 14)).padStart(2, '0')}`, amount(i + 3)]),
      // Neither the hand-off's day nor the one after the last counts.
      ...keys.first.slice(56).map((key): Bought => [key, '2024-05-31', 100]),
      ...keys.first.slice(56).map((key): Bought => [key, '2024-06-15', 100]),
      // A second order converts nobody again.
      [keys.first[0]!, '2024-06-14', 50],
    ]
    shop = await handedOff([...keys.first, ...keys.second], bought)
    told = await tidy(shop, 'results', 'spring', ...june)
  })

  it('counts everybody in the arm that he was assigned to, and the first and last day of the window', () => {
    const file = parse(readFileSync(join(shop.folder, 'exports/spring_2024-05-31.offer.csv')), { from_line: 2 }) as string[][]
    expect(file.map(([key]) => key).sort()).toEqual([...keys.first].sort())
    expect(told.get('split/assigned/offer')).toBe('70')
    expect(told.get('split/assigned/holdout')).toBe('80')
    expect(told.get('conversion/converted/offer')).toBe('56')
    expect(told.get('conversion/converted/holdout')).toBe('48')
    expect(told.get('conversion/conversion/offer')).toBe('0.800000')
    expect([told.get('hand_off/from/'), told.get('hand_off/to/'), told.get('hand_off/days/')]).toEqual([
      '2024-06-01',
      '2024-06-14',
      '14',
    ])
  })

  it('tells the difference with the interval that Newcombe published, the ratio and the customers it comes to', async () => {
    const of = (metric: string): number => Number(told.get(`conversion/${metric}/offer`))
    expect(of('difference')).toBeCloseTo(0.2, 6)
    expect(of('difference_low').toFixed(4)).toBe('0.0524')
    expect(of('difference_high').toFixed(4)).toBe('0.3339')
    // The pooled z test is the square root of chi-squared: 150 (56×32 - 14×48)² / (70×80×104×46) = 7.02341, p = 0.00804
    expect(of('p')).toBeCloseTo(0.008044, 5)
    expect(of('ratio')).toBeCloseTo(4 / 3, 6)
    expect(of('extra')).toBeCloseTo(14, 2)
    expect(of('extra_low')).toBeCloseTo(70 * 0.0524, 1)
    expect(await saying(shop, 'results', 'spring', ...june)).toBe(
      `offer did better than holdout: between 5.24 and 33.39 percentage points more customers bought.\n${await revenueLine()}`,
    )
  })

  const revenueLine = async (): Promise<string> => {
    const [low, high] = ['revenue_low', 'revenue_high'].map((m) => Number(told.get(`revenue/${m}/offer`)))
    return (low as number) > 0
      ? `Each customer of offer spent between ${low!.toFixed(2)} and ${high!.toFixed(2)} more than one of holdout.`
      : 'In what customers of offer and holdout spent, no difference shows.'
  }

  it('tells revenue over everybody assigned, as SQL does, and its difference by Welch', () => {
    const moments = (arm: readonly string[]) => {
      const rows = shop.sql<[number]>(`select sum(amount) from orders where at between '2024-06-01' and '2024-06-14T99'
        and customer in (${arm.map((k) => `'${k}'`).join(',')}) group by customer`)
      const n = arm.length
      const [sum, squares] = rows.reduce(([s, q], [v]) => [s + v, q + v * v], [0, 0])
      return { sum, mean: sum / n, of: (squares - (sum * sum) / n) / (n - 1) / n }
    }
    const [a, b] = [moments(keys.first), moments(keys.second)]
    const of = (metric: string): number => Number(told.get(`revenue/${metric}/offer`))
    const hand = keys.first.slice(0, 56).reduce((n, _, i) => n + amount(i), 50)
    expect(Number(told.get('revenue/revenue/offer'))).toBeCloseTo(hand, 6)
    expect(a.sum).toBeCloseTo(hand, 6)
    expect(of('revenue_per_customer')).toBeCloseTo(hand / 70, 5)
    expect(of('orders')).toBe(57)
    expect(of('revenue_difference')).toBeCloseTo(a.mean - b.mean, 5)
    // With some 140 degrees of freedom t is 1.977.
    const half = (of('revenue_high') - of('revenue_low')) / 2
    expect(half / Math.sqrt(a.of + b.of)).toBeCloseTo(1.977, 2)
    expect(of('bootstrap_low')).toBeCloseTo(of('revenue_low'), 0)
    expect(of('bootstrap_high')).toBeCloseTo(of('revenue_high'), 0)
  })

  it('gives the same bytes again in every format, and nothing that is no number', async () => {
    for (const format of ['text', 'md', 'html', 'csv', 'json']) {
      const once = await shop.done('results', 'spring', ...june, '-f', format)
      expect(await shop.done('results', 'spring', ...june, '-f', format)).toBe(once)
      if (format !== 'json') expect(once).not.toMatch(nonsense)
    }
    expect(JSON.parse(await shop.done('results', 'spring', ...june, '--json'))).toMatchObject({
      schema: 'segkit.results/1',
      name: 'spring',
      conversion: {
        arms: [
          { arm: 'offer', converted: 56 },
          { arm: 'holdout', converted: 48 },
        ],
      },
    })
  })

  it('speaks Russian', async () => {
    const text = await shop.done('results', 'spring', ...june, '--lang', 'ru')
    expect(text).toContain('offer сработала лучше, чем holdout')
    expect(text.replace(/offer|holdout|spring|Spring offer|csv|order|UTC|EUR|\bp\b/g, '')).not.toMatch(/[a-z]{3}/)
  })

  it('says that a window is not over, and that later orders are unknown', async () => {
    const text = await saying(shop, 'results', 'spring', '--within', '14d', '--as-of', '2024-06-10')
    expect(text).toContain('Not over yet: 10 of 14 days are in, the last is 2024-06-14.')
    expect(await saying(shop, 'results', 'spring', '--within', '30d', '--as-of', '2024-07-10')).toContain(
      'The newest order known is of 2024-06-15',
    )
  })

  it('takes an event for an order where it is told to', async () => {
    const values = await tidy(shop, 'results', 'spring', ...june, '--event', 'cake')
    expect(values.get('conversion/converted/offer')).toBe('0')
    expect(values.get('revenue/orders/offer')).toBe('57')
    expect(values.get('hand_off/counts/')).toBe('cake')
  })

  it('gives no verdict where the split is not what was planned', async () => {
    // Of the second half so few that 50 to 50 cannot have made them.
    const few = keysOf('spring', 400, 0).first
    const uneven = await handedOff(
      [...few.slice(0, 100), ...keys.second.slice(0, 40)],
      few.slice(0, 30).map((k): Bought => [k, '2024-06-03', 3]),
    )
    const p = Number((await tidy(uneven, 'results', 'spring', ...june)).get('split/split_p/'))
    // (100 - 70)² / 70 × 2 = 25.714, of one degree of freedom
    expect(p).toBeCloseTo(3.96e-7, 8)
    expect(await saying(uneven, 'results', 'spring', ...june)).toMatch(/^No verdict: the split did not come out as planned\./)
    expect((await tidy(uneven, 'results', 'spring', ...june)).get('conversion/converted/offer')).toBe('30')
  })

  it('judges the split by what was planned when it was sent, whatever the definition says now', async () => {
    const sent = await handedOff(
      [...keys.first, ...keys.second],
      keys.first.slice(0, 56).map((k): Bought => [k, '2024-06-03', 3]),
    )
    const whole = 'segments:\n  everybody: { all: customers }\naudiences:\n  spring: { segment: everybody }\n'
    const planned = async (text: string): Promise<unknown> => {
      writeFileSync(join(sent.folder, 'segments/all.yaml'), text)
      const values = await tidy(sent, 'results', 'spring', ...june)
      return ['planned/offer', 'planned/holdout', 'assigned/holdout', 'split_p/'].map((name) => values.get(`split/${name}`))
    }
    const told = await planned(definitions())
    // (70 - 75)² / 75 × 2 = 0.667, of one degree of freedom
    expect(told).toEqual(['0.500000', '0.500000', '80', expect.stringMatching(/^0\.4142/)])
    expect(await planned(definitions('{ offer: 60, holdout: 40 }'))).toEqual(told)
    expect(await planned(definitions('{ other: 50, holdout: 50 }'))).toEqual(told)
    expect(await planned(whole)).toEqual(told)
    // A store from before splits were kept: only a definition that still puts everybody where he was tells what was planned.
    const store = new Database(join(sent.folder, 'segkit.db'))
    store.exec('drop table handoff_split')
    store.close()
    expect(await planned(definitions())).toEqual(told)
    expect(await planned(definitions('{ offer: 60, holdout: 40 }'))).toEqual(['', '', '80', ''])
    expect(await sent.done('results', 'spring', ...june)).toContain('The split is written otherwise now')
  })

  it('and a night repeated under another split by the later one', async () => {
    const sent = await handedOff([...keys.first, ...keys.second], [])
    writeFileSync(join(sent.folder, 'segments/all.yaml'), definitions('{ offer: 25, reminder: 25, holdout: 50 }'))
    await sent.done('export', 'spring')
    writeFileSync(join(sent.folder, 'segments/all.yaml'), definitions())
    const values = await tidy(sent, 'results', 'spring', ...june)
    expect(['offer', 'reminder', 'holdout'].map((arm) => values.get(`split/planned/${arm}`))).toEqual([
      '0.250000',
      '0.250000',
      '0.500000',
    ])
  })

  it('counts nobody who was forgotten since', async () => {
    const gone = await handedOff([...keys.first, ...keys.second], [[keys.first[0]!, '2024-06-03', 3]])
    await gone.done('forget', keys.first[0]!, '--yes')
    const values = await tidy(gone, 'results', 'spring', ...june)
    expect(values.get('split/assigned/offer')).toBe('69')
    expect(values.get('conversion/converted/offer')).toBe('0')
  })
})

describe('few conversions', () => {
  const keys = keysOf('spring', 60, 60)
  const bought = [
    ...keys.first.slice(0, 9).map((k): Bought => [k, '2024-06-02', 7]),
    ...keys.second.slice(0, 2).map((k): Bought => [k, '2024-06-02', 7]),
  ]

  it('are masked with all they come to', async () => {
    const shop = await handedOff([...keys.first, ...keys.second], bought)
    const values = await tidy(shop, 'results', 'spring', ...june)
    expect(values.get('conversion/converted/offer')).toBe('<10')
    for (const metric of ['conversion', 'conversion_low', 'difference', 'ratio', 'ratio_low', 'extra', 'p'])
      expect(values.get(`conversion/${metric}/offer`) ?? 'none', metric).toBe('')
    for (const metric of ['orders', 'revenue', 'revenue_per_customer', 'revenue_difference', 'bootstrap_low', 'adjusted'])
      expect(values.get(`revenue/${metric}/offer`) ?? 'none', metric).toBe('')
    expect(await saying(shop, 'results', 'spring', ...june)).toContain('fewer than 10 customers acted, too few to be shown')
  })

  it('get no verdict though they may be shown', async () => {
    const shop = await handedOff([...keys.first, ...keys.second], bought, 'min_group: 1\n')
    expect((await tidy(shop, 'results', 'spring', ...june)).get('conversion/converted/offer')).toBe('9')
    expect(await saying(shop, 'results', 'spring', ...june)).toMatch(
      /^No verdict on offer: neither in it nor in holdout have 10 customers acted yet\.\nThe newest order/,
    )
  })
})

describe('hand-offs', () => {
  const keys = keysOf('spring', 30, 30)
  const all = [...keys.first, ...keys.second]

  it('without a hold-out are compared with the first arm', async () => {
    const shop = await handedOff(
      all,
      keys.second.slice(0, 20).map((k): Bought => [k, '2024-06-02', 7]),
      '',
      definitions('{ a: 50, b: 50 }'),
    )
    const values = await tidy(shop, 'results', 'spring', ...june)
    expect(Number(values.get('conversion/difference/b'))).toBeCloseTo(20 / 30, 5)
    expect(values.has('conversion/difference/a')).toBe(false)
    expect(values.get('conversion/ratio/b')).toBe('')
    expect(await saying(shop, 'results', 'spring', ...june)).toContain('b did better than a')
  })

  it('are the latest whose window has begun, or the one asked for', async () => {
    const shop = await handedOff(all, [])
    await shop.done('export', 'spring', '--as-of', '2024-06-20')
    expect((await tidy(shop, 'results', 'spring', '--as-of', '2024-06-20')).get('hand_off/id/')).toBe('1')
    expect((await tidy(shop, 'results', 'spring', '--as-of', '2024-06-21')).get('hand_off/id/')).toBe('2')
    expect((await tidy(shop, 'results', 'spring', '--as-of', '2024-06-21', '--export', '1')).get('hand_off/to/')).toBe(
      '2024-06-30',
    )
  })

  it('of the new leave out those who were in an earlier one', async () => {
    const shop = await handedOff(all.slice(0, 40), [])
    writeFileSync(join(shop.folder, 'more.csv'), `customer\n${all.join('\n')}\n`)
    await shop.done('ingest', 'customers', 'more.csv')
    await shop.done('export', 'spring', '--new', '--as-of', '2024-06-20')
    const values = await tidy(shop, 'results', 'spring', '--as-of', '2024-06-25')
    expect(values.get('split/assigned/offer')).toBe('0')
    expect(values.get('split/assigned/holdout')).toBe('20')
  })

  it.each([
    [2, ['results', 'sprig'], /did you mean `spring`/],
    [2, ['results', 'everybody'], /is a segment/],
    [66, ['results', 'whole'], /was not handed off yet/],
    [66, ['results', 'spring'], /its window begins on 2024-06-01/],
    [2, ['results', 'spring', '--export', '7'], /there is 1 \(as of 2024-05-31\)/],
    [2, ['results', 'spring', '--within', '5h'], /no time of whole days/],
    [2, ['results', 'spring', '--event', 'pie', '--as-of', '2024-06-10'], /no event `pie`/],
    [2, ['plan', 'spring', '--base', 'many'], /no share of customers/],
    [2, ['plan', 'sprig'], /did you mean `spring`/],
  ])('exit %i: %j', async (exit, args, said) => {
    shop ??= await handedOff(all, [])
    const ended = await shop.run(...args)
    expect(ended.stderr).toMatch(said)
    expect([ended.code, ended.stdout]).toEqual([exit, ''])
  })
  let shop: Reporting | undefined

  it('of nobody have no results', async () => {
    const empty = definitions().replace(
      'everybody: { all: customers }',
      'everybody: { all: [{ attribute: { customer: nobody } }] }',
    )
    const shop = await handedOff(all, [], '', empty)
    const { code, stderr } = await shop.run('results', 'spring', ...june)
    expect(stderr).toContain('nobody was in hand-off 1 as of 2024-05-31')
    expect(code).toBe(66)
    expect(await saying(shop, 'plan', 'spring')).toBe('Nobody would be in it on this day.')
  })

  it('that parted nobody have no results', async () => {
    const shop = await handedOff(all, [])
    await shop.done('export', 'whole')
    const { code, stderr } = await shop.run('results', 'whole', '--as-of', '2024-06-10')
    expect(stderr).toContain('there are no arms to compare')
    expect(code).toBe(2)
  })
})

describe('a plan', () => {
  const keys = keysOf('spring', 120, 80)
  const bought = [...keys.first.slice(0, 15), ...keys.second.slice(0, 5)].map(
    (k, i): Bought => [k, i % 2 === 0 ? '2024-05-18' : '2024-05-31', 4 + i],
  )
  let shop: Reporting
  beforeAll(async () => {
    const before: readonly Bought[] = [...bought, [keys.first[20]!, '2024-05-17', 9]]
    shop = await handedOff([...keys.first, ...keys.second], before)
  })

  it('has the sizes of `export --dry-run` and what these customers did in the days before', async () => {
    const values = await tidy(shop, 'plan', 'spring', '--within', '14d')
    expect([values.get('arms/assigned/offer'), values.get('arms/assigned/holdout')]).toEqual(['120', '80'])
    expect([values.get('base/from/'), values.get('base/to/')]).toEqual(['2024-05-18', '2024-05-31'])
    expect([values.get('base/buyers/'), values.get('base/conversion/')]).toEqual(['20', '0.100000'])
    expect(Number(values.get('base/revenue/'))).toBe(bought.reduce((n, [, , amount]) => n + amount, 0))
  })

  it('finds the smallest effect: there the power is 80 %', async () => {
    const values = await tidy(shop, 'plan', 'spring', '--within', '14d')
    const q = 0.1
    const p = q + Number(values.get('smallest_effect/rise/offer'))
    // The formula that is given for n, turned: z of the power from n, p and q.
    const [n, k] = [120, 80 / 120]
    const pooled = (p + k * q) / (1 + k)
    const z =
      (Math.sqrt(n) * (p - q) - 1.959964 * Math.sqrt(pooled * (1 - pooled) * (1 + 1 / k))) /
      Math.sqrt(p * (1 - p) + (q * (1 - q)) / k)
    expect(z).toBeCloseTo(0.841621, 3)
    expect(Number(values.get('smallest_effect/relative_rise/offer'))).toBeCloseTo((p - q) / q, 4)
    const spent = [...bought.map(([, , amount]) => amount), ...new Array<number>(180).fill(0)]
    const mean = spent.reduce((a, b) => a + b, 0) / 200
    const variance = spent.reduce((a, b) => a + (b - mean) ** 2, 0) / 199
    expect(Number(values.get('smallest_effect/revenue_rise/offer'))).toBeCloseTo(
      2.801585 * Math.sqrt(variance * (1 / 120 + 1 / 80)),
      4,
    )
    expect([5, 10, 20, 50].map((h) => values.get(`other_holdouts/held/${h}%`))).toEqual(['10', '20', '40', '100'])
    const rises = [5, 10, 20, 50].map((h) => Number(values.get(`other_holdouts/rise/${h}%`)))
    expect(rises).toEqual([...rises].sort((a, b) => b - a))
  })

  it('takes the conversion that is expected, and asks for it where nobody bought', async () => {
    const values = await tidy(shop, 'plan', 'spring', '--base', '2.5%')
    expect(values.get('base/base/')).toBe('0.025')
    expect(await saying(shop, 'plan', 'spring', '--as-of', '2024-05-01')).toContain(
      'Say what share would buy without the campaign',
    )
    expect(await saying(shop, 'plan', 'spring', '--as-of', '2024-05-01', '--base', '0.1')).toMatch(
      /would show an effect if it is at least [\d.]+ percentage points: 10\.00% of customers/,
    )
  })

  it('of an audience without a split shows what hold-outs would', async () => {
    const text = await shop.done('plan', 'whole')
    expect(text).toContain('Without a split nothing can be learned')
    expect((await tidy(shop, 'plan', 'whole')).get('other_holdouts/held/10%')).toBe('20')
    expect(JSON.parse(await shop.done('plan', 'whole', '--json'))).toMatchObject({ schema: 'segkit.plan/1' })
  })

  it('records nothing and writes no file', async () => {
    const before = await shop.done('exports')
    await shop.done('plan', 'spring')
    expect(await shop.done('exports')).toBe(before)
  })
})
