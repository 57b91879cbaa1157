/** The oracle itself, held right by small cases of the contract's own sentences with answers worked out by hand. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { casesOf } from './arbitraries.js'
import { contract, everything, kindsIn } from './laws/contract.js'
import { oracleOf } from './laws/opinions.js'
import { type Definitions, Oracle, type Plain, type ShopData, type Spec } from './oracle.js'
import { dataFiles, type ShopSketch, shop, writeProject } from './shop.js'

const definitions = (yaml: string): Definitions => parse(yaml) as Definitions
const who = (sketch: ShopSketch, condition: string, asOf: string, more: Definitions = {}): string =>
  new Oracle(shop(sketch), { ...more, segments: { ...more.segments, it: { all: [parse(condition) as Spec] } } })
    .members('it', asOf)
    .join(' ')
const values = (sketch: ShopSketch, metric: string, asOf: string, more: Definitions = {}): Record<string, string | null> =>
  Object.fromEntries(
    new Oracle(shop(sketch), { ...more, metrics: { ...more.metrics, it: parse(metric) as Spec } }).metric('it', asOf),
  )
const when = (sketch: ShopSketch, event: string, asOf: string): string[] =>
  new Oracle(shop(sketch), { events: { it: parse(event) as Spec } })
    .occurrences('it', asOf)
    .map(({ customer, at, captured }) => [customer, at, ...Object.values(captured)].join(' '))

/** One customer a day, named for it, with one order on it. */
const buyersOn = (...days: readonly string[]): ShopSketch => ({
  customers: Object.fromEntries(days.map((day) => [day, { orders: [day] }])),
})
const bought = (days: readonly string[], window: string, asOf: string): string =>
  who(buyersOn(...days), `performed: { orders: any, ${window} }`, asOf)

describe('law 1: one clock', () => {
  it('D means the end of D, and rows dated after D do not exist', () => {
    const sketch = { customers: { ana: { orders: ['2024-05-01 23:59:59', '2024-05-02 00:00'] } } }
    expect(values(sketch, 'count: orders', '2024-05-01')).toEqual({ ana: '1' })
    expect(values(sketch, 'count: orders', '2024-05-02')).toEqual({ ana: '2' })
  })

  it('a customer exists by created_on, by any dated row, counted or not, or by having neither at all', () => {
    const sketch: ShopSketch = {
      counted: { orders: { status: 'paid' } },
      customers: {
        nothing: {},
        created: { created_on: '2024-05-01' },
        unborn: { created_on: '2024-05-02' },
        bought: { created_on: '2024-06-01', orders: [{ at: '2024-05-01', status: 'cancelled' }] },
        visited: { activities: [{ at: '2024-05-01', type: 'visit' }] },
        future: { orders: ['2024-05-02'] },
        'came-later': { created_on: '2024-05-01', orders: ['2024-05-09'] },
      },
    }
    const everyone = new Oracle(shop(sketch), { segments: { it: { all: 'customers' } } })
    expect(everyone.members('it', '2024-05-01')).toEqual(['bought', 'came-later', 'created', 'nothing', 'visited'])
    expect(everyone.members('it', '2024-05-02')).toEqual([
      'bought',
      'came-later',
      'created',
      'future',
      'nothing',
      'unborn',
      'visited',
    ])
  })
})

describe('law 2: one zone', () => {
  const at = (timezone: string, cell: string): string[] =>
    when(
      { timezone, customers: { ana: { orders: [cell] } } },
      '{ on: orders, capture: [hour, weekday, day, month] }',
      '2024-12-31',
    )

  it('a local time that does not exist moves forward by the gap, one that exists twice is the first', () => {
    expect(at('Europe/Berlin', '2024-03-31 02:30')).toEqual(['ana 2024-03-31T03:30:00+02:00 3 sun 31 3'])
    expect(at('Europe/Berlin', '2024-10-27 02:30')).toEqual(['ana 2024-10-27T02:30:00+02:00 2 sun 27 10'])
  })

  it('a time with an offset is converted, and its day is the local one', () => {
    expect(at('Europe/Minsk', '2024-05-01T22:30:00Z')).toEqual(['ana 2024-05-02T01:30:00+03:00 1 thu 2 5'])
    expect(at('America/New_York', '2024-05-01T02:00:00+03:00')).toEqual(['ana 2024-04-30T19:00:00-04:00 19 tue 30 4'])
  })

  it('a cell with only a day has no hour, comes before the timed rows of its day and leaves as a day', () => {
    const sketch = {
      customers: {
        ana: {
          orders: [
            { at: '2024-05-01 00:00', order: 'a' },
            { at: '2024-05-01', order: 'b' },
          ],
        },
      },
    }
    expect(when(sketch, '{ on: orders, capture: [order, hour] }', '2024-05-01')).toEqual([
      'ana 2024-05-01 b ',
      'ana 2024-05-01T00:00:00+03:00 a 0',
    ])
    expect(who(sketch, 'performed: { orders: { hour: { not: 0 } } }', '2024-05-01')).toBe('ana')
    expect(values(sketch, '{ latest: orders.at }', '2024-05-01')).toEqual({ ana: '2024-05-01' })
  })
})

describe('law 3: windows are whole local days, open at the start and closed at the end', () => {
  it('last: 30 days is (D-30, D]', () => {
    expect(bought(['2024-05-02', '2024-05-01', '2024-05-31', '2024-06-01'], 'last: 30 days', '2024-05-31')).toBe(
      '2024-05-02 2024-05-31',
    )
  })

  it('ago: { from: 90 days, to: 30 days } is (D-90, D-30], and either end may be left out', () => {
    const days = ['2024-03-02', '2024-03-03', '2024-05-01', '2024-05-02']
    expect(bought(days, 'ago: { from: 90 days, to: 30 days }', '2024-05-31')).toBe('2024-03-03 2024-05-01')
    expect(bought(days, 'ago: { to: 30d }', '2024-05-31')).toBe('2024-03-02 2024-03-03 2024-05-01')
    expect(bought(days, 'ago: { from: 90d }', '2024-05-31')).toBe('2024-03-03 2024-05-01 2024-05-02')
  })

  it('between, since, until and on include the days named; since with until is one window', () => {
    const days = ['2024-05-01', '2024-05-02', '2024-05-03', '2024-05-04']
    expect(bought(days, 'between: [2024-05-02, 2024-05-03]', '2024-05-31')).toBe('2024-05-02 2024-05-03')
    expect(bought(days, 'since: 2024-05-03', '2024-05-31')).toBe('2024-05-03 2024-05-04')
    expect(bought(days, 'until: 2024-05-02', '2024-05-31')).toBe('2024-05-01 2024-05-02')
    expect(bought(days, 'since: 2024-05-02, until: 2024-05-03', '2024-05-31')).toBe('2024-05-02 2024-05-03')
    expect(bought(days, 'on: 2024-05-04', '2024-05-31')).toBe('2024-05-04')
  })

  it('dates may be written -7d from D', () => {
    expect(bought(['2024-05-23', '2024-05-24'], 'since: -7d', '2024-05-31')).toBe('2024-05-24')
    expect(bought(['2024-05-23', '2024-05-24'], 'on: -1w', '2024-05-31')).toBe('2024-05-24')
  })

  it('months and years are calendar arithmetic, clamped at month ends', () => {
    expect(bought(['2024-02-29', '2024-03-01'], 'last: 1 month', '2024-03-31')).toBe('2024-03-01')
    expect(bought(['2023-02-28', '2023-03-01'], 'last: 1y', '2024-02-29')).toBe('2023-03-01')
    expect(bought(['2023-08-31', '2023-09-01'], 'last: 6mo', '2024-02-29')).toBe('2023-08-31 2023-09-01')
  })

  it.each([
    ['today', '2024-05-15'],
    ['yesterday', '2024-05-14'],
    ['this week', '2024-05-13 2024-05-14 2024-05-15'],
    ['last week', '2024-05-06 2024-05-12'],
    ['this month', '2024-05-01 2024-05-06 2024-05-12 2024-05-13 2024-05-14 2024-05-15'],
    ['last month', '2024-04-01 2024-04-30'],
    ['this quarter', '2024-04-01 2024-04-30 2024-05-01 2024-05-06 2024-05-12 2024-05-13 2024-05-14 2024-05-15'],
    ['last quarter', '2024-03-31'],
    ['2 quarters ago', '2023-12-31'],
    ['last year', '2023-12-31'],
  ])('period: %s is the calendar period, weeks from Monday, never past D', (period, expected) => {
    const days = [
      '2023-12-31',
      '2024-03-31',
      '2024-04-01',
      '2024-04-30',
      '2024-05-01',
      '2024-05-06',
      '2024-05-12',
      '2024-05-13',
      '2024-05-14',
      '2024-05-15',
      '2024-05-16',
    ]
    expect(bought(days, `period: ${period}`, '2024-05-15')).toBe(expected)
  })

  it('on a date attribute a window is just its days: it may lie after D, and since has no end', () => {
    const sketch = {
      types: { customers: { renewal: 'date' } },
      customers: { a: { renewal: '2024-05-31' }, b: { renewal: '2024-06-07' }, c: {} },
    } as const
    expect(who(sketch, 'attribute: { renewal: { since: 2024-06-01 } }', '2024-05-31')).toBe('b')
    expect(who(sketch, 'attribute: { renewal: { next: 7 days } }', '2024-05-31')).toBe('a')
    expect(who(sketch, 'attribute: { renewal: { next: 8 days } }', '2024-05-31')).toBe('a b')
    expect(who(sketch, 'attribute: { renewal: { between: [2024-06-01, 2024-06-30] } }', '2024-05-31')).toBe('b')
    expect(who(sketch, 'attribute: { renewal: { last: 1 day } }', '2024-05-31')).toBe('a')
    expect(who(sketch, 'attribute: { renewal: { period: this year } }', '2024-05-31')).toBe('a')
  })
})

describe('law 4: an unknown value fails a positive test and passes a negative one', () => {
  const sketch: ShopSketch = {
    types: { customers: { n: 'number', s: 'text', d: 'date', l: { list: ';' }, b: 'boolean' } },
    customers: {
      known: { n: 5, s: 'мир', d: '2024-05-01', l: 'a;b', b: 'да' },
      unknown: { n: '', s: ' ', d: '', l: ';', b: '' },
    },
  }
  const passing = (field: string, comparison: string): string =>
    who(sketch, `attribute: { ${field}: ${comparison} }`, '2024-05-31')
  const positive = [
    ['n', 'is: 5'], ['n', 'in: [5, 6]'], ['n', 'min: 5'], ['n', 'max: 5'], ['n', 'above: 4.99'], ['n', 'below: 5.01'], ['n', 'exactly: 5.0'],
    ['s', 'contains: И'], ['s', 'starts_with: М'], ['s', 'ends_with: Р'], ['s', 'matches: "^м.р$"'], ['l', 'has_any: [B, c]'], ['l', 'has_all: [B, a]'],
    ['d', 'before: 2024-05-02'], ['d', 'after: 2024-04-30'], ['d', 'last: 31 days'], ['b', 'is: true'],
  ] as const // biome-ignore format: a table

  it.each(positive)('%s: { %s } holds for the known alone, and `unknown: include` lets the unknown in', (field, comparison) => {
    expect(passing(field, `{ ${comparison} }`)).toBe('known')
    expect(passing(field, `{ ${comparison}, unknown: include }`)).toBe('known unknown')
  })

  it.each([
    ['n', 'not: 5'],
    ['n', 'not_in: [5]'],
    ['s', 'not: МИР'],
    ['s', 'not_contains: и'],
    ['l', 'has_none: [A]'],
    ['b', 'not: true'],
  ] as const)('%s: { %s } holds for the unknown, and `unknown: exclude` leaves it out', (field, comparison) => {
    expect(passing(field, `{ ${comparison} }`)).toBe('unknown')
    expect(passing(field, `{ ${comparison}, unknown: exclude }`)).toBe('')
  })

  it('the day named by before and after is excluded, and min and max include their number', () => {
    expect(passing('d', '{ before: 2024-05-01 }')).toBe('')
    expect(passing('d', '{ after: 2024-05-01 }')).toBe('')
    expect(passing('n', '{ above: 5 }')).toBe('')
    expect(passing('n', '{ exists: false }')).toBe('unknown')
  })

  it('a bare value is `is`, a bare list is `in`, and several operators must all hold', () => {
    expect(passing('s', 'МИР')).toBe('known')
    expect(passing('n', '[4, 5]')).toBe('known')
    expect(passing('n', '{ min: 5, not: 5 }')).toBe('')
  })

  it('none is the complement within the base', () => {
    const segments = {
      base: { all: [{ attribute: { n: { exists: true } } }] },
      it: { base: 'base', none: [{ attribute: { n: { min: 9 } } }] },
    }
    expect(new Oracle(shop(sketch), { segments }).members('it', '2024-05-31')).toEqual(['known'])
  })
})

describe('law 5: counting over nothing', () => {
  const sketch: ShopSketch = { customers: { ana: {}, bob: { orders: [{ at: '2024-05-01', amount: '1.50' }] } } }

  it.each(['count: orders', 'distinct: orders.store'])('%s is 0 without rows', (metric) => {
    expect(values(sketch, metric, '2024-05-31')['ana']).toBe('0')
  })

  it.each([
    'average: orders.amount', 'median: orders.amount', 'lowest: orders.amount', 'highest: orders.amount', 'first: orders.at', 'latest: orders.at',
    'days_since: orders', 'favourite: orders.store', '{ share: orders, where: { channel: web } }',
  ])('%s is unknown without rows', (metric) => {
    expect(values(sketch, metric, '2024-05-31')['ana']).toBeNull()
  }) // biome-ignore format: a list

  it('a sum over nothing is 0 with the scale of its field', () => {
    expect(values(sketch, 'sum: orders.amount', '2024-05-31')).toEqual({ ana: '0.00', bob: '1.50' })
  })

  it('count: { max: 5 } includes those with none, and performed without count is at least once', () => {
    expect(who(sketch, 'performed: { orders: any, count: { max: 5 } }', '2024-05-31')).toBe('ana bob')
    expect(who(sketch, 'performed: { orders: any, days: { max: 0 } }', '2024-05-31')).toBe('ana')
    expect(who(sketch, 'performed: { orders: any }', '2024-05-31')).toBe('bob')
    expect(who(sketch, 'not_performed: { orders: any }', '2024-05-31')).toBe('ana')
  })
})

describe('law 6: text', () => {
  const cities = ['Круассан', 'круассан', 'Café', 'CAFE\u0301', 'ΣΟΦΟΣ', 'σοφος', 'İzmir', 'izmir', ' Гомель ']
  const sketch: ShopSketch = { customers: Object.fromEntries(cities.map((city, i) => [String(i), { city }])) }

  it.each([
    ['КРУАССАН', '0 1'],
    ['cafe\u0301', '2 3'],
    ['Σοφος', '4 5'],
    ['İZMİR', ''],
    ['IZMIR', '7'],
    ['гомель', '8'],
    ['{ is: CAFÉ, case: exact }', '3'],
    ['{ matches: "^caf.$" }', '2 3'],
    ['{ matches: "^CAF.$", case: exact }', '3'],
    ['{ contains: "фе", unknown: include }', ''],
    ['{ starts_with: "cafe\u0301" }', '2 3'],
  ])('compares without regard to case and accents: %s', (comparison, expected) => {
    expect(who(sketch, `attribute: { city: ${comparison} }`, '2024-05-31')).toBe(expected)
  })

  it('a value compared with text is taken as written, and keys keep their zeros', () => {
    const zips: ShopSketch = { customers: { '00042': { postcode: '01234' }, b: { postcode: '1234' } } }
    expect(who(zips, 'attribute: { postcode: "01234" }', '2024-05-31')).toBe('00042')
  })

  it('keys sort by their UTF-8 bytes', () => {
    const sketch = { customers: { ü: {}, z: {}, Я: {}, a: {}, A: {}, 𝒂: {}, '\uffee': {} } }
    expect(who(sketch, 'performed: { orders: any, count: 0 }', '2024-05-31')).toBe('A a z ü Я \uffee 𝒂')
  })

  it('distinct folds, and favourite shows the latest row’s spelling', () => {
    const ana = {
      orders: [
        { at: '2024-05-01', store: 'Café' },
        { at: '2024-05-03', store: 'CAFE\u0301' },
        { at: '2024-05-04', store: 'Bar' },
      ],
    }
    expect(values({ customers: { ana } }, 'distinct: orders.store', '2024-05-31')).toEqual({ ana: '2' })
    expect(values({ customers: { ana } }, 'favourite: orders.store', '2024-05-31')).toEqual({ ana: 'CAFE\u0301' })
  })

  it('digits of any script are digits in numbers', () => {
    expect(
      who(
        { customers: { ana: { activities: [{ at: '2024-05-01', type: 'score', value: '٣.٥' }] } } },
        'performed: { activities: { value: { exactly: 3.5 } } }',
        '2024-05-31',
      ),
    ).toBe('ana')
  })
})

describe('law 7: numbers are exact decimals', () => {
  const sums = (...amounts: readonly string[]): ShopSketch => ({
    customers: { ana: { orders: amounts.map((amount) => ({ at: '2024-05-01', amount })) } },
  })
  const of = (metric: string, ...amounts: readonly string[]): string | null | undefined =>
    values(sums(...amounts), metric, '2024-05-31')['ana']

  it('sums of cents are exact, and numbers leave with their field’s scale', () => {
    expect(of('sum: orders.amount', '0.1', '0.20')).toBe('0.30')
    expect(of('lowest: orders.amount', '10', '11.250')).toBe('10.000')
    expect(of('sum: orders.amount', '99999999999999.9', '0.1')).toBe('100000000000000.0')
  })

  it('what is divided is rounded half away from zero to 6 decimals, trailing zeros dropped', () => {
    expect(of('average: orders.amount', '1', '1', '0')).toBe('0.666667')
    expect(of('average: orders.amount', '-1', '-1', '0')).toBe('-0.666667')
    expect(of('median: orders.amount', '0.000001', '0.000002')).toBe('0.000002')
    expect(of('median: orders.amount', '-0.000001', '-0.000002')).toBe('-0.000002')
    expect(of('median: orders.amount', '12.50', '3.00', '20.00')).toBe('12.5')
    expect(of('average: orders.amount', '10.00', '10.00')).toBe('10')
    expect(of('{ share: orders, where: { amount: { above: 1 } } }', '1', '2', '3')).toBe('0.666667')
  })

  it('products keep every digit: items.amount is quantity × price, quantity is 1 where there is none', () => {
    const ana = {
      orders: [
        { at: '2024-05-01', items: [{ sku: 'a', quantity: '1.5', price: '2.25' }, { sku: 'b', price: '1' }, { sku: 'c' }] },
      ],
    }
    expect(values({ customers: { ana } }, 'sum: items.amount', '2024-05-31')).toEqual({ ana: '4.375' })
    expect(values({ customers: { ana } }, 'sum: orders.amount', '2024-05-31')).toEqual({ ana: '4.375' })
    expect(values({ customers: { ana } }, 'sum: orders.units', '2024-05-31')).toEqual({ ana: '3.5' })
    expect(values({ customers: { ana } }, 'highest: orders.items', '2024-05-31')).toEqual({ ana: '3' })
  })
})

describe('law 10: 29 February falls on 28 February in common years', () => {
  const sketch: ShopSketch = { customers: { leap: { birth_date: '2004-02-29' } } }

  it('for age', () => {
    expect(who(sketch, 'attribute: { age: { min: 19 } }', '2023-02-27')).toBe('')
    expect(who(sketch, 'attribute: { age: { min: 19 } }', '2023-02-28')).toBe('leap')
    expect(who(sketch, 'attribute: { age: { min: 20 } }', '2024-02-28')).toBe('')
    expect(who(sketch, 'attribute: { age: { min: 20 } }', '2024-02-29')).toBe('leap')
  })

  it('for an anniversary, which falls in [D, D+7) and is never the date itself', () => {
    expect(who(sketch, 'anniversary: { of: birth_date, next: 7 days }', '2023-02-22')).toBe('leap')
    expect(who(sketch, 'anniversary: { of: birth_date, next: 7 days }', '2023-02-21')).toBe('')
    expect(who(sketch, 'anniversary: { of: birth_date, next: 7 days }', '2023-03-01')).toBe('')
    expect(
      who({ customers: { a: { birth_date: '2024-03-01' } } }, 'anniversary: { of: birth_date, next: 7 days }', '2024-02-29'),
    ).toBe('')
  })
})

describe('section 2: sources and fields', () => {
  const lines = (counted: ShopSketch['counted']): ShopSketch => ({
    ...(counted ? { counted } : {}),
    customers: {
      ana: {
        orders: [
          {
            at: '2024-05-01',
            status: 'paid',
            items: [
              { sku: 'a', quantity: 2, price: '3.00' },
              { sku: 'b', quantity: -1, price: '1.00' },
            ],
          },
          { at: '2024-05-04', status: 'cancelled', items: [{ sku: 'a', quantity: 1, price: '3.00' }] },
          { at: '2024-05-09', status: 'paid', items: [{ sku: 'c', quantity: -1, price: '5.00' }] },
          { at: '2024-05-11', status: 'paid' },
        ],
      },
    },
  })
  const rules = { orders: { status: { not: 'cancelled' } }, items: { quantity: { above: 0 } } }

  it('an order that has lines but no counted line does not count, and a line of an order that does not count does not count either', () => {
    expect(values(lines(rules), 'count: orders', '2024-05-31')).toEqual({ ana: '2' })
    expect(values(lines(rules), 'count: items', '2024-05-31')).toEqual({ ana: '1' })
    expect(values(lines(rules), '{ count: orders, where: { counted: any } }', '2024-05-31')).toEqual({ ana: '4' })
    expect(values(lines(rules), '{ count: items, where: { counted: false } }', '2024-05-31')).toEqual({ ana: '3' })
  })

  it('amount, items and units are over the lines that pass, over all where none does, and amount is unknown without lines', () => {
    const captured = when(
      lines(rules),
      '{ on: orders, where: { counted: any }, capture: [amount, items, units, number, gap] }',
      '2024-05-31',
    )
    expect(captured).toEqual([
      'ana 2024-05-01 6.00 1 2 1 ',
      'ana 2024-05-04 3.00 1 1  ',
      'ana 2024-05-09 -5.00 1 -1  ',
      'ana 2024-05-11  0 0 2 10',
    ])
  })

  it('a counted in where binds both sides of a share', () => {
    expect(values(lines(rules), '{ share: orders, where: { status: paid } }', '2024-05-31')).toEqual({ ana: '1' })
    expect(values(lines(rules), '{ share: orders, where: { status: paid, counted: any } }', '2024-05-31')).toEqual({
      ana: '0.75',
    })
  })

  it('an item has its order’s fields and its product’s, and the products table fills what is blank', () => {
    const sketch: ShopSketch = {
      products: [{ sku: 'a', product: 'Торт', category: 'cakes', brand: 'x' }],
      customers: {
        ana: {
          orders: [
            {
              at: '2024-05-01 09:00',
              channel: 'web',
              items: [
                { sku: 'a', category: 'хлеб' },
                { sku: 'A', category: '' },
                { sku: 'a', category: '' },
              ],
            },
          ],
        },
      },
    }
    expect(when(sketch, '{ on: items, capture: [line, product, category, channel, hour] }', '2024-05-31')).toEqual([
      'ana 2024-05-01T09:00:00+03:00 1 Торт хлеб web 9',
      'ana 2024-05-01T09:00:00+03:00 2   web 9',
      'ana 2024-05-01T09:00:00+03:00 3 Торт cakes web 9',
    ])
  })

  it('rows with no customer or one of the guests are of no segment; other rows create their customer', () => {
    const sketch: ShopSketch = { guests: ['0'], customers: { '': { orders: ['2024-05-01'] } } }
    const data = shop(sketch)
    const extra = { at: '2024-05-01', order: 'x1', customer: '0' }
    const orders = [...data.orders, extra, { ...extra, order: 'x2', customer: 'ghost' }]
    expect(new Oracle({ ...data, orders }, { segments: { it: { all: 'customers' } } }).members('it', '2024-05-31')).toEqual([
      'ghost',
    ])
  })

  it('undeclared columns have the narrowest type that all cells fit', () => {
    const sketch: ShopSketch = {
      customers: {
        a: { zip: '007', points: '10', ok: 'да', seen: '2024-05-01' },
        b: { zip: '8', points: '9.5', ok: 'NO', seen: '' },
      },
    }
    expect(
      who(sketch, 'attribute: { zip: "007", points: { above: 9.5 }, ok: true, seen: { after: 2024-04-30 } }', '2024-05-31'),
    ).toBe('a')
  })
})

describe('sections 4 and 5: blocks and conditions', () => {
  const shopping: ShopSketch = {
    lists: { 'lists/staff.csv': [{ email: 'ANA@shop.by' }, { email: '' }] },
    customers: {
      ana: {
        email: 'ana@Shop.by',
        orders: [
          { at: '2024-05-01', items: ['Круассан', 'Торт'] },
          { at: '2024-05-01', items: ['Торт'] },
        ],
      },
      bob: { orders: [{ at: '2024-05-02', items: ['круассан', 'круассан'] }] },
    },
  }

  it('containing asks for an item for each filter (one line may serve several), without that there is none for any', () => {
    const has = (more: string): string => who(shopping, `performed: { orders: any, ${more} }`, '2024-05-31')
    expect(has('containing: [{ product: круассан }, { product: торт }]')).toBe('ana')
    expect(has('containing: [{ product: круассан }, { product: { contains: кру } }]')).toBe('ana bob')
    expect(has('without: [{ product: круассан }]')).toBe('ana')
    expect(has('without: [{ product: круассан }, { product: торт }]')).toBe('')
  })

  it('items counts lines, orders receipts, days distinct days, and with count both must hold', () => {
    expect(who(shopping, 'performed: { items: { product: круассан }, count: 2 }', '2024-05-31')).toBe('bob')
    expect(who(shopping, 'performed: { orders: any, count: 2, days: 1 }', '2024-05-31')).toBe('ana')
    expect(who(shopping, 'performed: { orders: any, count: 2, days: 2 }', '2024-05-31')).toBe('')
  })

  it('in_list matches by any of the keys it has, folded', () => {
    expect(who(shopping, 'in_list: { file: lists/staff.csv }', '2024-05-31')).toBe('ana')
    expect(who(shopping, 'not_in_list: { file: lists/staff.csv, by: email }', '2024-05-31')).toBe('bob')
  })

  it('in_segment is in any of them, blocks nest and several side by side must all hold', () => {
    const { segments } = definitions(`segments:
      a: { all: [ { performed: { orders: any, count: 2 } } ] }
      b: { all: [ { any: [ { in_segment: [a] }, { attribute: { email: { exists: false } } } ] } ] }
      c: { any: [ { in_segment: [a, b] } ], none: [ { in_segment: a } ] }`)
    const oracle = new Oracle(shop(shopping), { segments: segments! })
    expect(['a', 'b', 'c'].map((name) => oracle.members(name, '2024-05-31').join(' '))).toEqual(['ana', 'ana bob', 'bob'])
  })

  it('an operand may be the customer’s own other value, unknown if either is', () => {
    const sketch: ShopSketch = {
      types: { customers: { target: 'number' } },
      customers: { a: { target: 2, orders: ['2024-05-01'] }, b: { target: 1 }, c: {} },
    }
    const more = definitions('metrics: { n: { count: orders } }')
    expect(who(sketch, 'attribute: { target: { above: { metric: n, times: 1.9 } } }', '2024-05-31', more)).toBe('a b')
    expect(who(sketch, 'attribute: { target: { above: { metric: n, times: 2 }, unknown: include } }', '2024-05-31', more)).toBe(
      'b c',
    )
  })

  it('a window beside an aggregate is the aggregate’s', () => {
    expect(who(shopping, 'metric: { count: orders, until: 2024-05-01, below: 1 }', '2024-05-31')).toBe('bob')
  })

  it('lapsed is something in (D-60-180, D-60] and nothing in (D-60, D]', () => {
    const days = ['2023-10-04', '2023-10-05', '2024-04-01', '2024-04-02']
    expect(who(buyersOn(...days), 'lapsed: { orders: any, active: 180 days, quiet: 60 days }', '2024-05-31')).toBe(
      '2023-10-05 2024-04-01',
    )
  })

  it('regularly looks at the latest periods that are over at the end of D', () => {
    const sketch = { customers: { ana: { orders: ['2024-05-06', '2024-05-19'] } } }
    expect(who(sketch, 'regularly: { orders: any, in: 2, of: 2, every: week }', '2024-05-19')).toBe('ana')
    expect(who(sketch, 'regularly: { orders: any, in: 2, of: 2, every: week }', '2024-05-18')).toBe('')
    expect(who(sketch, 'regularly: { orders: any, in: 2, of: 2, every: week }', '2024-05-26')).toBe('')
  })

  it('the bucket of holdout-2026 and C-000123 is 2747', () => {
    const sketch = { customers: { 'C-000123': {} } }
    expect(who(sketch, 'sample: { salt: holdout-2026, from: 0, to: 27.48% }', '2024-05-31')).toBe('C-000123')
    expect(who(sketch, 'sample: { salt: holdout-2026, from: 0, to: 27.47% }', '2024-05-31')).toBe('')
    expect(who(sketch, 'sample: { salt: holdout-2026, from: 27.47%, to: 100% }', '2024-05-31')).toBe('C-000123')
  })

  it('top: 10% is the first ⌈n/10⌉ by value, then key, of those whose value is known', () => {
    const customers = Object.fromEntries(
      Array.from({ length: 11 }, (_, i) => [`c${i + 10}`, { points: i < 3 ? 9 : i === 10 ? '' : i - 5 }]),
    )
    expect(who({ customers }, 'rank: { by: points, top: 11% }', '2024-05-31')).toBe('c10 c11')
    expect(who({ customers }, 'rank: { by: points, bottom: 5% }', '2024-05-31')).toBe('c13')
    expect(who({ customers }, 'rank: { by: points, top: 1, best: lowest }', '2024-05-31')).toBe('c13')
  })
})

describe('section 6: metrics', () => {
  const basket = (
    ...lines: readonly (readonly [day: string, category: string, quantity: number, price: string])[]
  ): ShopSketch => ({
    customers: {
      ana: { orders: lines.map(([at, category, quantity, price]) => ({ at, items: [{ sku: 'x', category, quantity, price }] })) },
    },
  })
  const favourite = (sketch: ShopSketch, by = ''): string | null | undefined =>
    values(sketch, `{ favourite: items.category${by} }`, '2024-05-31')['ana']

  it('favourite is the largest by count, quantity or amount', () => {
    const sketch = basket(
      ['2024-05-01', 'a', 1, '1'],
      ['2024-05-01', 'a', 1, '1'],
      ['2024-05-01', 'b', 5, '0.1'],
      ['2024-05-01', 'c', 1, '9'],
    )
    expect([favourite(sketch), favourite(sketch, ', by: quantity'), favourite(sketch, ', by: amount')]).toEqual(['a', 'b', 'c'])
  })

  it('its ties go to the latest moment, then to the first by the bytes of the folded text', () => {
    expect(
      favourite(
        basket(
          ['2024-05-01', 'b', 1, '1'],
          ['2024-05-02', 'a', 1, '1'],
          ['2024-05-03 10:00', 'c', 1, '1'],
          ['2024-05-03', 'd', 1, '1'],
        ),
      ),
    ).toBe('c')
    expect(favourite(basket(['2024-05-01', 'b', 1, '1'], ['2024-05-01', 'A', 1, '1']))).toBe('A')
  })

  it('first and latest are the earliest and latest known cell by time, of at the day', () => {
    const ana = {
      orders: [
        { at: '2024-05-01 10:00', store: '' },
        { at: '2024-05-02', store: 'x' },
        { at: '2024-05-03', store: 'y' },
        { at: '2024-05-04', store: '' },
      ],
    }
    const of = (metric: string): string | null | undefined => values({ customers: { ana } }, metric, '2024-05-31')['ana']
    expect([of('first: orders.store'), of('latest: orders.store'), of('first: orders.at'), of('days_since: orders')]).toEqual([
      'x',
      'y',
      '2024-05-01',
      '27',
    ])
  })

  it('ntile cuts at the exact type-7 quantiles, and equal values get equal tiles', () => {
    const counts = [1, 1, 2, 3]
    const customers = Object.fromEntries(
      counts.map((n, i) => [`c${i}`, { orders: Array.from({ length: n }, () => '2024-05-01') }]),
    )
    const more = definitions('metrics: { n: { count: orders } }')
    expect(Object.values(values({ customers }, '{ ntile: 2, of: n }', '2024-05-31', more))).toEqual(['1', '1', '2', '2'])
    expect(Object.values(values({ customers }, '{ ntile: 2, of: n, best: lowest }', '2024-05-31', more))).toEqual([
      '2',
      '2',
      '1',
      '1',
    ])
    expect(Object.values(values({ customers }, '{ bands: { of: n, cuts: [2, 3] } }', '2024-05-31', more))).toEqual([
      '1',
      '1',
      '2',
      '3',
    ])
    expect(Object.values(values({ customers }, '{ ratio: { of: n, to: n } }', '2024-05-31', more))).toEqual(['1', '1', '1', '1'])
  })
})

describe('section 7: events', () => {
  const orders = (...days: readonly string[]): ShopSketch => ({ customers: { ana: { orders: days } } })

  it('nth and every_nth are worked out over all counted history after where', () => {
    const sketch = orders('2024-05-04', '2024-05-01', '2024-05-02', '2024-05-03')
    expect(when(sketch, '{ on: orders, nth: 3 }', '2024-05-31')).toEqual(['ana 2024-05-03'])
    expect(when(sketch, '{ on: orders, every_nth: 2 }', '2024-05-31')).toEqual(['ana 2024-05-02', 'ana 2024-05-04'])
  })

  it('rows of one moment are ordered by order key, then line', () => {
    const at = '2024-05-01 10:00'
    const ana = {
      orders: [
        {
          order: 'b',
          at,
          items: [
            { sku: 'z', line: 10 },
            { sku: 'y', line: 9 },
          ],
        },
        { order: 'B', at, items: [{ sku: 'x' }] },
      ],
    }
    expect(when({ customers: { ana } }, '{ on: items, capture: [sku] }', '2024-05-31').map((row) => row.at(-1))).toEqual([
      'x',
      'y',
      'z',
    ])
  })

  it('per: order makes one of all such lines: quantity and amount are their sums, other fields the first line’s', () => {
    const ana = {
      orders: [
        {
          at: '2024-05-01',
          items: [
            { product: 'Чай', price: '9' },
            { product: 'Круассан', quantity: 2, price: '1.50' },
            { product: 'Круассан с кремом', quantity: 1, price: '2.00' },
          ],
        },
      ],
    }
    const event =
      '{ on: items, where: { product: { contains: круассан } }, per: order, capture: [product, quantity, amount, price] }'
    expect(when({ customers: { ana } }, event, '2024-05-31')).toEqual(['ana 2024-05-01 Круассан 3 5.00 1.50'])
  })

  it('as EVENT.field number and gap are the occurrence’s', () => {
    const ana = {
      orders: [
        { at: '2024-05-01', channel: 'shop' },
        { at: '2024-05-05', channel: 'web' },
        { at: '2024-05-12', channel: 'web' },
      ],
    }
    const more = definitions('events: { web: { on: orders, where: { channel: web } } }')
    expect(values({ customers: { ana } }, 'latest: web.gap', '2024-05-31', more)).toEqual({ ana: '7' })
    expect(
      who({ customers: { ana } }, 'performed: { event: web, where: { number: 2 }, last: 20 days }', '2024-05-31', more),
    ).toBe('ana')
  })

  it('every quiet_for is followed by an after_gap or still goes on', () => {
    const sketch = orders('2024-05-01', '2024-05-08', '2024-05-16')
    expect(when(sketch, '{ on: orders, quiet_for: 7 days }', '2024-05-23')).toEqual(['ana 2024-05-15', 'ana 2024-05-23'])
    expect(when(sketch, '{ on: orders, after_gap: 7 days }', '2024-05-23')).toEqual(['ana 2024-05-16'])
  })

  it('reaches is once a customer where the running total is first at least that, or once a period', () => {
    const ana = {
      orders: [
        ['2024-04-30', '60'],
        ['2024-05-01', '40'],
        ['2024-05-02', '-50'],
        ['2024-05-03', '120'],
        ['2024-05-04', '90'],
      ].map(([at, amount]) => ({ at: at!, amount: amount! })),
    }
    expect(when({ customers: { ana } }, '{ on: orders, reaches: { sum: amount, of: 100 } }', '2024-05-31')).toEqual([
      'ana 2024-05-01',
    ])
    expect(when({ customers: { ana } }, '{ on: orders, reaches: { sum: amount, of: 100, every: month } }', '2024-05-31')).toEqual(
      ['ana 2024-05-03'],
    )
  })

  it('a sequence takes rows strictly later, within its days, and a last not waits for the end of the time', () => {
    const ana = {
      activities: [
        ['2024-05-01', 'open'],
        ['2024-05-01 10:00', 'click'],
        ['2024-05-08', 'click'],
        ['2024-05-09', 'click'],
      ].map(([at, type]) => ({ at: at!, type: type! })),
    }
    const steps = '[ { activities: { type: open } }, { activities: { type: click } } ]'
    expect(when({ customers: { ana } }, `{ sequence: ${steps}, within: 7 days }`, '2024-05-31')).toEqual(['ana 2024-05-08'])
    const not = '[ { activities: { type: open } }, { not: { activities: { type: click } } } ]'
    expect(when({ customers: { ana } }, `{ sequence: ${not}, within: 6 days }`, '2024-05-31')).toEqual(['ana 2024-05-07'])
    expect(when({ customers: { ana } }, `{ sequence: ${not}, within: 7 days }`, '2024-05-31')).toEqual([])
    expect(when({ customers: { ana } }, `{ sequence: ${not}, within: 6 days }`, '2024-05-06')).toEqual([])
  })

  it('an anniversary is never the date itself nor before the first known day', () => {
    const ana = { birth_date: '2000-02-29', created_on: '2022-02-22' }
    expect(
      when(
        { customers: { ana, bob: { birth_date: '2000-02-29' } } },
        '{ anniversary: birth_date, days_before: 7 }',
        '2024-05-31',
      ),
    ).toEqual(['ana 2023-02-21', 'ana 2024-02-22'])
  })
})

describe('reachable, contacted, recorded days', () => {
  const consent = { email: { attribute: { ok: true } }, sms: { attribute: { ok: { not: false } } } }
  const reached = (channel: string, customers: NonNullable<ShopSketch['customers']>): string =>
    who({ consent, country: 'BY', types: { customers: { ok: 'boolean' } }, customers }, `reachable: ${channel}`, '2024-05-31')

  it('consent holds, unknown being no', () => {
    const email = (name: string): string => `${name}@shop.by`
    const customers = {
      ana: { ok: 'yes', email: email('ana') },
      bob: { ok: 'no', email: email('bob') },
      cleo: { ok: '', email: email('cleo') },
    }
    expect(reached('email', customers)).toBe('ana')
    expect(reached('sms', { ana: { ok: '', phone: '+375291234567' }, bob: { ok: true, phone: '+375291234568' } })).toBe('bob')
  })

  it('the address is there and well-formed', () => {
    const mails = ['a@b.by', 'a@b', '@b.by', 'a@@b.by', 'a b@c.by', '', 'ёж@почта.бел', 'a@.by', 'a@b.']
    expect(reached('email', Object.fromEntries(mails.map((email, i) => [String(i), { ok: true, email }])))).toBe('0 6')
    const phones = ['8 029 1234567', '+375 (29) 123-45-68', '12', '', '+49 30 901820']
    expect(reached('sms', Object.fromEntries(phones.map((phone, i) => [String(i), { ok: true, phone }])))).toBe('0 1 4')
  })

  it('nobody with the same address has said no, and who said nothing has not', () => {
    const customers = {
      ana: { ok: true, email: 'One@Shop.by' },
      bob: { ok: false, email: 'one@shop.BY' },
      cleo: { ok: true, email: 'two@shop.by' },
      dan: { ok: '', email: 'two@shop.by' },
    }
    expect(reached('email', customers)).toBe('cleo')
    expect(reached('sms', { ana: { ok: true, phone: '80291234567' }, bob: { ok: false, phone: '+375 29 123 45 67' } })).toBe('')
  })

  it('without hand-offs nobody was contacted', () => {
    const sketch = { customers: { ana: {} } }
    expect(who(sketch, 'contacted: { last: 30 days }', '2024-05-31')).toBe('')
    expect(who(sketch, 'not_contacted: { last: 30 days }', '2024-05-31')).toBe('ana')
    expect(who(sketch, 'contacted: { last: 30 days, count: { max: 1 } }', '2024-05-31')).toBe('ana')
  })

  it('enters and leaves are from one recorded day to the next, up to D, and the first yields none', () => {
    const data = shop({ customers: { ana: {}, bob: {} } })
    const events = definitions('events: { in: { enters: vip }, out: { leaves: vip } }')
    const recorded = { vip: { '2024-05-01': ['ana'], '2024-05-03': ['bob'], '2024-05-08': ['ana', 'bob'], '2024-06-01': [] } }
    const of = (event: string): string[] =>
      new Oracle(data, events, recorded).occurrences(event, '2024-05-31').map(({ customer, at }) => `${customer} ${at}`)
    expect(of('in')).toEqual(['bob 2024-05-03', 'ana 2024-05-08'])
    expect(of('out')).toEqual(['ana 2024-05-03'])
  })
})

describe('section 9: assertions', () => {
  const data = shop({ customers: { ana: { city: 'a' }, bob: { city: 'b' }, cleo: { city: 'b' }, dan: {} } })
  const segments = (expected: string): Definitions =>
    definitions(`segments:
  a: { all: [ { attribute: { city: a } } ] }
  b: { all: [ { attribute: { city: b } } ], expect: ${expected} }
  ab: { any: [ { in_segment: a }, { in_segment: b } ] }`)
  const breaches = (expected: string, then: readonly string[] = []): string[] =>
    new Oracle(data, segments(expected), { b: { '2024-05-01': then } }).breaches('b', '2024-05-31')

  it('a partition has everyone once', () => {
    const oracle = new Oracle(data, segments('{}'))
    expect(oracle.unparted(['a', 'b'], '2024-05-31')).toEqual({ none: ['dan'], several: [] })
    expect(oracle.unparted(['a', 'ab'], '2024-05-31')).toEqual({ none: ['dan'], several: ['ana'] })
  })

  it.each([
    ['{ size: { min: 2, max: 2 } }', []],
    ['{ size: { max: 1 }, subset_of: a }', ['size', 'subset_of']],
    ['{ subset_of: ab, disjoint_with: [a] }', []],
    ['{ disjoint_with: [a, ab] }', ['disjoint_with']],
  ] as const)('%s', (expected, broken) => {
    expect(breaches(expected, ['bob'])).toEqual(broken)
  })

  it('change is those who entered and left by the size then', () => {
    expect(breaches('{ change: { max: 20% } }', ['bob', 'cleo'])).toEqual([])
    expect(breaches('{ change: { max: 100% } }', ['bob', 'ana'])).toEqual([])
    expect(breaches('{ change: { max: 99.9% } }', ['bob', 'ana'])).toEqual(['change'])
    expect(new Oracle(data, segments('{ change: { max: 0% } }')).breaches('b', '2024-05-31')).toEqual([])
  })
})

describe('parameters and rates', () => {
  it('$name as a whole value is a parameter', () => {
    const sketch: ShopSketch = {
      parameters: { home: 'b', recent: '7 days', homes: ['a', 'b'] },
      customers: { a: { city: 'a' }, b: { city: 'b', orders: ['2024-05-30'] }, c: { city: '$home!', orders: ['2024-05-02'] } },
    }
    expect(who(sketch, 'attribute: { city: $home }', '2024-05-31')).toBe('b')
    expect(who(sketch, 'attribute: { city: { in: $homes } }', '2024-05-31')).toBe('a b')
    expect(who(sketch, 'performed: { orders: any, last: $recent }', '2024-05-31')).toBe('b')
    expect(who(sketch, 'attribute: { city: "$home!" }', '2024-05-31')).toBe('c')
  })

  it('amounts in another currency are multiplied by its rate, lines by that of their order', () => {
    const sketch: ShopSketch = {
      currency: 'BYN',
      rates: { USD: '3.27' },
      customers: {
        ana: { orders: [{ at: '2024-05-01', currency: 'usd', items: [{ quantity: 2, price: '1.50' }] }] },
        bob: { orders: [{ at: '2024-05-01', currency: 'BYN', items: [{ quantity: 2, price: '1.50' }] }] },
        cleo: { orders: [{ at: '2024-05-01', currency: '', items: [{ quantity: 1, price: '1.50' }] }] },
      },
    }
    expect(values(sketch, 'sum: orders.amount', '2024-05-31')).toEqual({ ana: '9.8100', bob: '3.0000', cleo: '1.5000' })
    expect(values(sketch, 'sum: items.price', '2024-05-31')).toEqual({ ana: '4.9050', bob: '1.5000', cleo: '1.5000' })
  })
})

describe('random cases', () => {
  it('are all answered, and hold the laws that need no second opinion', () => {
    const used = new Set<string>()
    fc.assert(
      fc.property(casesOf(everything), (one) => {
        const { shop: data, definitions, asOf } = one
        for (const kind of kindsIn(definitions as Plain)) used.add(kind)
        const oracle = oracleOf(one)
        for (const name of Object.keys(definitions.metrics ?? {})) oracle.metric(name, asOf)
        for (const name of Object.keys(definitions.events ?? {}))
          for (const { at } of oracle.occurrences(name, asOf)) expect(at.slice(0, 10) <= asOf).toBe(true)
        const everyone = new Oracle(data, { segments: { all: { all: 'customers' } } }).members('all', asOf)
        const complement = oracleOf({
          ...one,
          definitions: { ...definitions, segments: { ...definitions.segments, rest: { none: [{ in_segment: 's9' }] } } },
        })
        expect([...complement.members('s9', asOf), ...complement.members('rest', asOf)].sort()).toEqual([...everyone].sort())
      }),
      { seed: 20261121, numRuns: 60 },
    )
    expect(
      Object.values(contract)
        .flat()
        .filter((kind) => !used.has(kind)),
    ).toEqual([])
  })
})

describe('a project on disk', () => {
  it('has settings, definitions and a file for each source with rows, headers being field names', () => {
    const data: ShopData = shop({
      guests: ['0'],
      types: { customers: { zip: 'text' } },
      customers: { '01': { zip: '007', city: 'a "b", c', orders: [{ at: '2024-05-01', items: ['Торт'] }] } },
    })
    const dir = mkdtempSync(join(tmpdir(), 'segkit-shop-'))
    try {
      writeProject(data, { segments: { it: { all: [{ attribute: { zip: '007' } }] } } }, dir)
      const text = (file: string): string => readFileSync(join(dir, file), 'utf8')
      expect(dataFiles(data).map(({ file }) => file)).toEqual(['data/customers.csv', 'data/orders.csv', 'data/items.csv'])
      expect(text('data/customers.csv')).toBe('customer,zip,city\n01,007,"a ""b"", c"\n')
      expect(text('data/items.csv')).toBe('order,line,product\no1,1,Торт\n')
      expect(parse(text('segkit.yaml'))).toMatchObject({
        timezone: 'Europe/Minsk',
        guests: ['0'],
        sources: { customers: { types: { zip: 'text' } } },
      })
      expect(parse(text('segments/test.yaml'))).toEqual({ segments: { it: { all: [{ attribute: { zip: '007' } }] } } })
    } finally {
      rmSync(dir, { recursive: true })
    }
  })
})
