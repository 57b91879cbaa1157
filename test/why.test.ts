/** `why`: what it says of one customer is what the evaluator says of everybody, and its numbers can be worked out by hand. */
import { cpSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { formatDay } from '../src/base/time.js'
import { whyRows } from '../src/cli/why-rows.js'
import { whyText } from '../src/cli/why-text.js'
import { evaluate } from '../src/engine/evaluate.js'
import { type Customer, explain, memberships, nearMisses, turnsOf, type Why } from '../src/engine/why.js'
import { explainEvent } from '../src/engine/why-event.js'
import type { SourceName } from '../src/store/sources.js'
import { inFolder, type Kitchen, openKitchen } from './kitchen.js'
import type { Definitions } from './oracle.js'
import { dataFiles, type ShopSketch, shop, writeProject } from './shop.js'

const D = '2024-06-30'

/** In the last 30 days ana ordered twice, for 40.00 and 43.20; once before, for 20.00. */
const sketch: ShopSketch = {
  customers: {
    ana: {
      city: 'Минск',
      orders: [
        { at: '2024-03-05', amount: '20.00', items: [{ product: 'cake', quantity: 2, amount: '20.00' }] },
        { at: '2024-06-01', amount: '40.00' },
        { at: '2024-06-10', amount: '43.20' },
      ],
    },
    bob: { city: 'Гомель', orders: [{ at: '2024-01-15', amount: '10.00' }] },
    cid: { city: 'Гомель' },
    eve: { city: 'Brest', orders: [{ at: '2024-07-20', amount: '5.00' }] },
  },
}

const definitions = {
  metrics: { spent: { sum: 'orders.amount' }, cakes: { count: 'items', where: { product: 'cake' } } },
  events: {
    ordered: { on: 'orders', capture: ['order', 'amount'] },
    'fifth-order': { on: 'orders', nth: 5 },
    'second-order': { on: 'orders', nth: 2 },
    'every-second': { on: 'orders', every_nth: 2 },
    'reached-150': { on: 'orders', reaches: { sum: 'amount', of: 150 } },
    'reached-100': { on: 'orders', reaches: { sum: 'amount', of: 100 } },
    'reached-50-a-quarter': { on: 'orders', reaches: { sum: 'amount', of: 50, every: 'quarter' } },
    'reached-90-a-quarter': { on: 'orders', reaches: { sum: 'amount', of: 90, every: 'quarter' } },
    'quiet-for-a-month': { on: 'orders', quiet_for: '30 days' },
  },
  segments: {
    minsk: { all: [{ attribute: { city: 'Минск' } }] },
    gomel: { all: [{ attribute: { city: 'Гомель' } }] },
    recent: { all: [{ performed: { orders: 'any', last: '30 days' } }] },
    quiet: { all: [{ not_performed: { orders: 'any', last: '30 days' } }] },
    'seldom-of-late': { all: [{ performed: { orders: 'any', count: { max: 1 }, last: '30 days' } }] },
    spenders: { all: [{ metric: { sum: 'orders.amount', min: 120 } }] },
    'above-cents': { all: [{ attribute: { spent: { above: 103.2 } } }] },
    five: { all: [{ performed: { orders: 'any', count: { min: 5 } } }] },
    'three-days': { all: [{ performed: { orders: 'any', days: { min: 3 }, last: '180 days' } }] },
    based: {
      base: 'minsk',
      all: [{ attribute: { spent: { min: 100 } } }, { performed: { items: { product: 'cake' }, count: { min: 3 } } }],
      none: [{ in_segment: 'five' }],
    },
    either: { any: [{ attribute: { city: 'Гомель', spent: { min: 1000 } } }, { in_segment: ['quiet', 'minsk'] }] },
    lately: { all: [{ performed: { event: 'ordered', where: { amount: { above: 40 } }, last: '30 days' } }] },
    'best-two': { all: [{ rank: { by: 'spent', top: 2 } }] },
    'best-of-gomel': { base: 'gomel', all: [{ rank: { by: 'spent', top: 1 } }] },
    'first-this-year': { all: [{ first_performed: { orders: 'any', since: '2024-04-01' } }] },
    monthly: { all: [{ regularly: { orders: 'any', in: 2, of: 3, every: 'month' } }] },
    gone: { all: [{ lapsed: { orders: 'any', active: '90 days', quiet: '100 days' } }] },
    twice: { all: [{ attribute: { spent: { min: { metric: 'cakes', times: 110 } } } }] },
  },
} as unknown as Definitions

async function inShop<T>(work: (kitchen: Kitchen) => T): Promise<T> {
  return inFolder(async (dir) => {
    const data = shop(sketch)
    writeProject(data, definitions, dir)
    const kitchen = await openKitchen(dir, dataFiles(data))
    try {
      return work(kitchen)
    } finally {
      kitchen.close()
    }
  })
}

function customerOf({ store }: Kitchen, key: string): Customer {
  const id = store.row({ text: 'select _id from customer_row where customer = ?', params: [key] })?.[0]
  return { id: id as number, key }
}

function whyOf(kitchen: Kitchen, key: string, name: string, asOf = D): Why {
  const setting = kitchen.setting(asOf)
  const segment = setting.definitions.segments.get(name)
  if (segment === undefined) throw new Error(`no segment ${name}`)
  return explain(setting, customerOf(kitchen, key), [segment])[0] as Why
}

/** The rows of a program's answer without the place in the file: depth, condition, holds, value, wanted, distance. */
const told = (kitchen: Kitchen, key: string, name: string, asOf = D): readonly (readonly unknown[])[] =>
  whyRows({ customer: key, asOf, segments: [whyOf(kitchen, key, name, asOf)], events: [] })
    .slice(1)
    .map((row) => row.slice(2, 8))

function turnOf(kitchen: Kitchen, key: string, name: string, asOf = D): string {
  const setting = kitchen.setting(asOf)
  const turn = turnsOf(setting, customerOf(kitchen, key), [whyOf(kitchen, key, name, asOf)]).get(name)
  if (turn === undefined || 'untold' in turn) return 'untold'
  return 'on' in turn ? `${turn.change} ${formatDay(turn.on)}` : 'never'
}

describe('the values and the distance from the edge', () => {
  it('16.80 more are missing to 120 where 103.20 were spent', () =>
    inShop((kitchen) => {
      expect(told(kitchen, 'ana', 'spenders')).toEqual([
        [1, expect.stringContaining('sum of orders.amount'), false, '103.20', 'at least 120', '16.80 more'],
      ])
    }))

  it('the least that is more than 103.20 is one cent away', () =>
    inShop((kitchen) => {
      expect(told(kitchen, 'ana', 'above-cents')[0]?.slice(2)).toEqual([false, '103.20', 'more than 103.2', '0.01 more'])
    }))

  it('3 of 5 orders are 2 orders away, and 2 where 1 is the most are 1 too many', () =>
    inShop((kitchen) => {
      expect(told(kitchen, 'ana', 'five')[0]?.slice(2)).toEqual([false, '3', 'at least 5', '2 more orders'])
      expect(told(kitchen, 'ana', 'seldom-of-late')[0]?.slice(2)).toEqual([false, '2', 'at most 1', '1 too many'])
    }))

  it('what holds tells what would end it', () =>
    inShop((kitchen) => {
      expect(told(kitchen, 'ana', 'recent')[0]?.slice(2)).toEqual([true, '2', 'at least 1', '2 fewer orders'])
      expect(told(kitchen, 'bob', 'quiet')[0]?.slice(2)).toEqual([true, '0', 'less than 1', '1 more order'])
      expect(told(kitchen, 'ana', 'three-days')[0]?.slice(2)).toEqual([true, '3', 'at least 3', '1 fewer day'])
    }))

  it('a bound that is another value of the customer is worked out, and shown beside it', () =>
    inShop((kitchen) => {
      expect(told(kitchen, 'ana', 'twice')[0]?.slice(2)).toEqual([false, '103.20', 'at least 110 times cakes', '6.80 more'])
      expect(whyOf(kitchen, 'ana', 'twice').tree.of[0]?.seen[0]?.beside).toEqual([{ label: 'cakes', value: { decimal: '1' } }])
    }))

  it('a base, nested blocks and several attributes each have their own answer', () =>
    inShop((kitchen) => {
      expect(told(kitchen, 'ana', 'based').map((row) => row.slice(0, 4))).toEqual([
        [1, 'in minsk', true, null],
        [1, 'spent at least 100', true, '103.20'],
        [1, expect.stringContaining('item where product is `cake`'), false, '1'],
        [1, 'none of', true, null],
        [2, 'in five', false, null],
      ])
      expect(told(kitchen, 'cid', 'either').map((row) => row.slice(0, 4))).toEqual([
        [1, 'any of', true, null],
        [2, 'city is `Гомель` and spent at least 1000', false, null],
        [3, 'city', true, 'Гомель'],
        [3, 'spent', false, '0.00'],
        [2, 'in quiet or minsk', true, null],
        [3, 'quiet', null, 'true'],
        [3, 'minsk', null, 'false'],
      ])
    }))

  it('the rows behind a count are those that it counted, the latest first', () =>
    inShop((kitchen) => {
      const behind = (name: string) => whyOf(kitchen, 'ana', name).tree.of[0]?.seen[0]?.rows
      expect(behind('recent')).toEqual({
        count: 2,
        latest: [
          {
            at: '2024-06-10',
            facts: [
              ['order', 'o3'],
              ['amount', { decimal: '43.20' }],
            ],
          },
          {
            at: '2024-06-01',
            facts: [
              ['order', 'o2'],
              ['amount', { decimal: '40.00' }],
            ],
          },
        ],
      })
      expect(behind('lately')).toMatchObject({ count: 1, latest: [{ at: '2024-06-10' }] })
      expect(whyOf(kitchen, 'ana', 'based').tree.of[2]?.seen[0]?.rows?.latest[0]?.facts).toContainEqual([
        'quantity',
        { decimal: '2' },
      ])
    }))
})

describe('conditions of other kinds', () => {
  it('a place among others is that among all of them, or of the base', () =>
    inShop((kitchen) => {
      expect(['ana', 'bob', 'cid'].map((key) => whyOf(kitchen, key, 'best-two').member)).toEqual([true, true, false])
      expect(told(kitchen, 'bob', 'best-two').map((row) => row.slice(1))).toEqual([
        ['in the top 2 by spent', true, null, null, null],
        ['spent', null, '10.00', null, null],
        ['place', true, '2', 'at most 2', '1 more'],
      ])
      expect(told(kitchen, 'cid', 'best-two').at(-1)?.slice(1)).toEqual(['place', false, '3', 'at most 2', '1 too much'])
      expect(
        told(kitchen, 'bob', 'best-of-gomel')
          .filter((row) => row[0] === 1)
          .map((row) => row[2]),
      ).toEqual([true, true])
      // Ana is not of Gomel: she has no place among them.
      expect(told(kitchen, 'ana', 'best-of-gomel').map((row) => row.slice(2, 4))).toEqual([
        [false, null],
        [false, null],
        [null, '103.20'],
        [false, ''],
      ])
    }))

  it('the first order of 5 March does not lie after 1 April', () =>
    inShop((kitchen) => {
      expect(told(kitchen, 'ana', 'first-this-year')[0]?.slice(2, 5)).toEqual([false, '2024-03-05', 'since 2024-04-01'])
    }))

  it('each month that is over has its count', () =>
    inShop((kitchen) => {
      expect(told(kitchen, 'ana', 'monthly').map((row) => row.slice(1, 4))).toEqual([
        [expect.stringContaining('2 of the 3 latest months'), false, null],
        ['month from 2024-06-01', true, '2'],
        ['month from 2024-05-01', false, '0'],
        ['month from 2024-04-01', false, '0'],
      ])
    }))

  it('bob was active in the 90 days before the last 100, and is quiet since', () =>
    inShop((kitchen) => {
      expect(told(kitchen, 'bob', 'gone').map((row) => row.slice(1, 4))).toEqual([
        [expect.stringContaining('90 days'), true, null],
        ['active', true, '1'],
        ['quiet', true, '0'],
      ])
    }))
})

describe('the day on which the clock alone turns the answer', () => {
  it('an order of 10 June is in the last 30 days up to 9 July', () =>
    inShop((kitchen) => {
      expect(turnOf(kitchen, 'ana', 'recent')).toBe('leaves 2024-07-10')
      expect(turnOf(kitchen, 'ana', 'quiet')).toBe('enters 2024-07-10')
      expect(turnOf(kitchen, 'ana', 'seldom-of-late')).toBe('enters 2024-07-01')
      expect(turnOf(kitchen, 'ana', 'minsk')).toBe('never')
    }))

  it('rows that come later are not known beforehand: on 5 June the order of the 10th does not exist', () =>
    inShop((kitchen) => {
      expect(turnOf(kitchen, 'ana', 'recent', '2024-06-05')).toBe('leaves 2024-07-01')
    }))

  it('of a place among others no day can be told', () =>
    inShop((kitchen) => {
      expect(turnOf(kitchen, 'ana', 'best-two')).toBe('untold')
    }))

  it('asking leaves nothing behind: members are the same afterwards', () =>
    inShop((kitchen) => {
      const before = kitchen.members('recent', D)
      turnOf(kitchen, 'bob', 'recent')
      expect(kitchen.members('recent', D)).toEqual(before)
      expect(kitchen.members('quiet', D)).toHaveLength(2)
    }))
})

describe('what one condition keeps away', () => {
  it('near are the segments of which exactly one condition fails, those first of which most holds', () =>
    inShop((kitchen) => {
      const setting = kitchen.setting(D)
      const near = nearMisses(setting, customerOf(kitchen, 'ana'), [...setting.definitions.segments.values()])
      expect(near.map((w) => w.segment.name)).toEqual([
        'based',
        'gomel',
        'quiet',
        'seldom-of-late',
        'spenders',
        'above-cents',
        'five',
        'first-this-year',
        'monthly',
        'gone',
        'twice',
      ])
      expect(near[0]?.tree).toMatchObject({
        holds: false,
        seen: [{ value: { decimal: '1' }, distance: { by: '2', way: 'more' } }],
      })
    }))
})

describe('events', () => {
  it('the latest occurrences, and how many there are', () =>
    inShop((kitchen) => {
      const setting = kitchen.setting(D)
      const event = setting.definitions.events.get('ordered')
      if (event === undefined) throw new Error('no event')
      const why = explainEvent(setting, customerOf(kitchen, 'ana'), event)
      expect(why.count).toBe(3)
      expect(why.latest.map((row) => row.at)).toEqual(['2024-06-10', '2024-06-01', '2024-03-05'])
      expect(explainEvent(setting, customerOf(kitchen, 'eve'), event).count).toBe(0)
    }))
})

describe('the next occurrence', () => {
  const nextOf = (kitchen: Kitchen, key: string, name: string): string | undefined => {
    const setting = kitchen.setting(D)
    const event = setting.definitions.events.get(name)
    if (event === undefined) throw new Error(`no event ${name}`)
    return explainEvent(setting, customerOf(kitchen, key), event).next
  }

  it('waits for so many more rows, once or again and again', () =>
    inShop((kitchen) => {
      expect(nextOf(kitchen, 'ana', 'fifth-order')).toBe('the next with 2 more orders')
      expect(nextOf(kitchen, 'ana', 'second-order')).toBeUndefined()
      expect(nextOf(kitchen, 'ana', 'every-second')).toBe('the next with 1 more order')
      expect(nextOf(kitchen, 'cid', 'every-second')).toBe('the next with 2 more orders')
      expect(nextOf(kitchen, 'ana', 'ordered')).toBeUndefined()
    }))

  it('waits for so much more of a total, in the period where it starts anew in each', () =>
    inShop((kitchen) => {
      expect(nextOf(kitchen, 'ana', 'reached-150')).toBe('the next with 46.80 more of amount')
      expect(nextOf(kitchen, 'ana', 'reached-100')).toBeUndefined()
      expect(nextOf(kitchen, 'ana', 'reached-50-a-quarter')).toBeUndefined()
      expect(nextOf(kitchen, 'ana', 'reached-90-a-quarter')).toBe('the next with 6.80 more of amount')
    }))

  it('waits for a day without a row in between', () =>
    inShop((kitchen) => {
      expect(nextOf(kitchen, 'ana', 'quiet-for-a-month')).toBe('the next on 2024-07-10 if nothing new comes')
      expect(nextOf(kitchen, 'bob', 'quiet-for-a-month')).toBeUndefined()
    }))
})

describe('the text', () => {
  it('no line is wider than the terminal, and no control character of the data comes through', () =>
    inFolder(async (dir) => {
      const wild = 'Minsk\u001b[31m\u0007 a city with quite a long name that goes on and on until no terminal holds it'
      const data = shop({ customers: { ana: { city: wild } } })
      writeProject(data, { segments: { far: { all: [{ attribute: { city: 'x' } }] } } } as unknown as Definitions, dir)
      const kitchen = await openKitchen(dir, dataFiles(data))
      try {
        const text = whyText({ customer: 'ana', asOf: D, segments: [whyOf(kitchen, 'ana', 'far')], events: [] }, `as of ${D}`, {
          ascii: true,
          width: 40,
          paint: (_, t) => t,
        })
        expect(text.split('\n').every((line) => line.length <= 40)).toBe(true)
        expect(text).toMatch(/^- far$/m)
        expect(text).not.toMatch(/[\u0007\u001b]/)
      } finally {
        kitchen.close()
      }
    }))
})

describe('the sample bakery', () => {
  const bakery = resolve(import.meta.dirname, '../samples/bakery')
  const sources: readonly SourceName[] = ['customers', 'products', 'orders', 'items', 'activities']
  const inBakery = <T>(work: (kitchen: Kitchen) => T): Promise<T> =>
    inFolder(async (dir) => {
      cpSync(bakery, dir, { recursive: true })
      const there = readdirSync(join(dir, 'data'))
      const files = sources.flatMap((source) =>
        there.filter((file) => file.startsWith(source)).map((file) => ({ source, file: `data/${file}` })),
      )
      const kitchen = await openKitchen(dir, files)
      try {
        return work(kitchen)
      } finally {
        kitchen.close()
      }
    })

  it('each node at the top agrees with the members of the segment, and the turn with the members of those days', () =>
    inBakery((kitchen) => {
      const asOf = '2026-04-30'
      const setting = kitchen.setting(asOf)
      const segments = [...setting.definitions.segments.values()].filter((s) => !s.name.startsWith('system/rfm'))
      const membersOn = (day: number, names: readonly string[]): ReadonlyMap<string, readonly number[]> =>
        evaluate({ ...setting, asOf: day }, names).memberNumbers()
      const members = membersOn(
        setting.asOf,
        segments.map((s) => s.name),
      )
      let turned = 0
      for (const key of ['000007', '000555']) {
        const customer = customerOf(kitchen, key)
        const whys = explain(setting, customer, segments)
        for (const { segment, member, tree } of whys) {
          expect([segment.name, member]).toEqual([segment.name, members.get(segment.name)?.includes(customer.id)])
          expect([segment.name, tree.holds]).toEqual([segment.name, member])
        }
        expect(memberships(setting, customer, segments)).toEqual(whys.filter((w) => w.member).map((w) => w.segment))
        const own = whys.filter(({ segment }) => /^(croissant|regulars|morning|system.(active|cooling))/.test(segment.name))
        for (const [name, turn] of turnsOf(setting, customer, own)) {
          if (!('on' in turn)) continue
          turned++
          const then = (day: number): boolean | undefined => membersOn(day, [name]).get(name)?.includes(customer.id)
          expect([name, key, then(turn.on - 1), then(turn.on)]).toEqual([
            name,
            key,
            turn.change === 'leaves',
            turn.change === 'enters',
          ])
        }
      }
      expect(turned).toBeGreaterThan(3)
    }))
})
