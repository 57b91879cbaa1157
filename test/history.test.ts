/** `history`: each step is what `members` and `events` say as of that day. */
import { describe, expect, it } from 'vitest'
import { formatDay, parseDay } from '../src/base/time.js'
import { type HistoryRow, historyRows, stepDays } from '../src/engine/history.js'
import { inFolder, type Kitchen, openKitchen } from './kitchen.js'
import type { Definitions } from './oracle.js'
import { dataFiles, type ShopSketch, shop, writeProject } from './shop.js'

const D = '2024-06-20'

const sketch: ShopSketch = {
  customers: {
    ana: {
      orders: [
        { at: '2024-01-05', amount: '20.00' },
        { at: '2024-04-10', amount: '43.20' },
        { at: '2024-06-05', amount: '5.00' },
      ],
    },
    bob: {
      orders: [
        { at: '2024-02-10', amount: '40.00' },
        { at: '2024-04-15', amount: '10.00' },
      ],
    },
    cid: { orders: [{ at: '2024-07-20', amount: '5.00' }] },
    dan: { created_on: '2024-03-01' },
  },
}

const definitions = {
  metrics: { spent: { sum: 'orders.amount' } },
  events: {
    ordered: { on: 'orders' },
    'second-order': { on: 'orders', nth: 2 },
    'went-quiet': { on: 'orders', quiet_for: '30 days' },
  },
  segments: {
    everyone: { all: 'customers' },
    recent: { all: [{ performed: { orders: 'any', last: '60 days' } }] },
    'recent-spenders': { all: [{ in_segment: 'recent' }, { attribute: { spent: { min: 45 } } }] },
    best: { all: [{ rank: { by: 'spent', top: 1 } }] },
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

const day = (text: string): number => parseDay(text) as number
const days = (from: string | undefined, to: string, every: 'day' | 'week' | 'month' | 'quarter' | 'year'): readonly string[] =>
  stepDays(from === undefined ? undefined : day(from), day(to), every).map(formatDay)

function historyOf(kitchen: Kitchen, steps: readonly string[]): readonly HistoryRow[] {
  const setting = kitchen.setting(D)
  return [
    ...historyRows(setting, [...setting.definitions.segments.values()], [...setting.definitions.events.values()], steps.map(day)),
  ]
}

describe('the steps', () => {
  it('are the ends of calendar periods, and the last day itself', () => {
    expect(days('2024-01-15', '2024-04-20', 'month')).toEqual(['2024-01-31', '2024-02-29', '2024-03-31', '2024-04-20'])
    expect(days('2024-06-01', '2024-06-09', 'week')).toEqual(['2024-06-02', '2024-06-09'])
    expect(days('2023-12-31', '2024-12-31', 'year')).toEqual(['2023-12-31', '2024-12-31'])
    expect(days('2024-06-18', '2024-06-20', 'day')).toEqual(['2024-06-18', '2024-06-19', '2024-06-20'])
    expect(days('2024-06-20', '2024-06-20', 'quarter')).toEqual(['2024-06-20'])
  })

  it('are twelve where nothing says when they begin', () => {
    expect(days(undefined, '2024-06-20', 'month')).toHaveLength(12)
    expect(days(undefined, '2024-06-20', 'month')[0]).toBe('2023-07-31')
    expect(days(undefined, '2024-06-30', 'day')[0]).toBe('2024-06-19')
  })
})

describe('the sizes', () => {
  it('are those of `members` as of each day, with who came and went since the step before', () =>
    inShop((kitchen) => {
      const steps = days('2024-01-31', D, 'month')
      const history = historyOf(kitchen, steps)
      for (const name of ['everyone', 'recent', 'recent-spenders', 'best']) {
        let before: readonly unknown[] | undefined
        for (const step of steps) {
          const now = kitchen.members(name, step).map((row) => row[0])
          const moved = before === undefined ? {} : { entered: without(now, before), left: without(before, now) }
          expect(history.find((r) => r.name === name && r.asOf === day(step))).toEqual({
            asOf: day(step),
            name,
            customers: now.length,
            existing: kitchen.members('everyone', step).length,
            ...moved,
          })
          before = now
        }
      }
    }))

  it('worked out by hand: bob has ordered on 15 April, and on 20 June that is more than 60 days ago', () =>
    inShop((kitchen) => {
      const recent = historyOf(kitchen, ['2024-03-31', D]).filter((r) => r.name === 'recent')
      expect(recent).toEqual([
        { asOf: day('2024-03-31'), name: 'recent', customers: 1, existing: 3 },
        { asOf: day(D), name: 'recent', customers: 1, existing: 3, entered: 1, left: 1 },
      ])
    }))

  it('of events are the occurrences that are new since the step before, and all customers who have any so far', () =>
    inShop((kitchen) => {
      const steps = days('2024-01-31', D, 'month')
      const history = historyOf(kitchen, steps)
      for (const name of ['ordered', 'second-order', 'went-quiet']) {
        let before: number | undefined
        for (const step of steps) {
          const now = kitchen.occurrences(name, step)
          const row = history.find((r) => r.name === name && r.asOf === day(step))
          expect(row).toMatchObject({ customers: new Set(now.map(([key]) => key)).size })
          expect([name, step, row?.entered]).toEqual([name, step, before === undefined ? undefined : now.length - before])
          expect(row?.left).toBeUndefined()
          before = now.length
        }
      }
    }))

  it('asking leaves nothing behind', () =>
    inShop((kitchen) => {
      historyOf(kitchen, ['2024-03-31', D])
      const tables = kitchen.store.rows({ text: "select name from temp.sqlite_master where name like 'history%'", params: [] })
      expect(tables).toEqual([])
    }))
})

const without = (all: readonly unknown[], others: readonly unknown[]): number => all.filter((one) => !others.includes(one)).length
