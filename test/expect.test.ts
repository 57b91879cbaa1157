/** What is expected of segments: when they are held, what stands on them, what they are compared with afterwards, what is filled in. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { formatDay, parseDay, shift } from '../src/base/time.js'
import { heldNow } from '../src/engine/held.js'
import { accepted, letGo, type RunResult, run } from '../src/engine/run.js'
import { inFolder, type Kitchen, openKitchen } from './kitchen.js'
import type { Definitions } from './oracle.js'
import { shop, writeProject } from './shop.js'

/** Orders as `customer day`, one after the other. */
const orders = (...written: readonly string[]): string =>
  ['order,customer,at', ...written.map((w, i) => `${w.split(' ')[1]}-${i},${w.replace(' ', ',')}`), ''].join('\n')

interface Story {
  load(...written: readonly string[]): Promise<void>
  run(day: string, ...accept: readonly string[]): RunResult
  /** Names of what the run of a day holds, and what is not as expected. */
  held(day: string, ...accept: readonly string[]): { readonly held: readonly string[]; readonly why: readonly string[] }
  members(segment: string, run: number): readonly string[]
  kitchen: Kitchen
}

const story = (definitions: Definitions, tell: (s: Story) => Promise<void>): Promise<void> =>
  inFolder(async (dir) => {
    writeProject(shop({}), definitions, dir)
    mkdirSync(join(dir, 'data'), { recursive: true })
    let kitchen = await openKitchen(dir, [])
    let files = 0
    const runDay: Story['run'] = (day, ...accept) => {
      const setting = kitchen.setting(day)
      return run(setting, {
        segments: [...setting.definitions.segments.values()],
        events: [...setting.definitions.events.values()],
        fingerprint: 'these',
        madeAt: '2024-06-01T00:00:00Z',
        dry: false,
        accept: new Set(accept),
      })
    }
    try {
      await tell({
        get kitchen() {
          return kitchen
        },
        async load(...written) {
          kitchen.close()
          const file = `data/orders-${++files}.csv`
          writeFileSync(join(dir, file), orders(...written))
          kitchen = await openKitchen(dir, [{ source: 'orders', file }])
        },
        run: runDay,
        held(day, ...accept) {
          const { segments, events, judgement } = runDay(day, ...accept)
          const held = [...segments, ...events].filter((one) => one.held).map((one) => one.name)
          return { held: held.sort(), why: judgement.breaches.map((p) => p.message) }
        },
        members: (segment, id) =>
          kitchen.store
            .rows({
              text: `select c.customer from member_row m join name_row n on n._id = m._name join customer_row c on c._id = m._customer
                where n.name = ? and m._from <= ? and (m._until is null or m._until > ?) order by 1`,
              params: [segment, id, id],
            })
            .map((r) => String(r[0])),
      })
    } finally {
      kitchen.close()
    }
  })

const buyers = { all: [{ performed: { orders: 'any' } }] }
const recent = { all: [{ performed: { orders: 'any', last: '7 days' } }] }

describe('a segment that is not as expected', () => {
  const breaches: readonly (readonly [string, NonNullable<Definitions['segments']>, readonly string[], readonly string[]])[] = [
    [
      'fewer members than `min`',
      { a: { ...buyers, expect: { size: { min: 3 } } } },
      ['a'],
      ['`a` has 2 members; expected: at least 3'],
    ],
    ['as many members as `min` and `max`', { a: { ...buyers, expect: { size: { min: 2, max: 2 } } } }, [], []],
    [
      'more members than `max`',
      { a: { ...buyers, expect: { size: { max: 1 } } } },
      ['a'],
      ['`a` has 2 members; expected: at most 1'],
    ],
    [
      'members outside of what it is a subset of',
      { a: { ...buyers, expect: { subset_of: 'b' } }, b: recent },
      ['a'],
      ['1 member of `a` is not in `b`: `ana`; expected: none'],
    ],
    ['all members within it', { a: recent, b: buyers, c: { ...recent, expect: { subset_of: 'b' } } }, [], []],
    [
      'members in what it is disjoint with',
      { a: { ...buyers, expect: { disjoint_with: ['b', 'c'] } }, b: recent, c: { none: [{ in_segment: 'a' }] } },
      ['a', 'c'],
      ['1 member of `a` is in `b` too: `bob`; expected: none'],
    ],
    [
      'customers in none of its parts',
      { old: { none: [{ in_segment: 'b' }] }, b: recent, group: { partition: ['b'] } },
      ['group'],
      ['1 customer is in none of the parts of `group`: `ana`; expected: each in exactly one'],
    ],
    [
      'customers in several of its parts',
      { a: buyers, b: recent, group: { partition: ['a', 'b'], expect: { partition: true } } },
      ['group'],
      ['1 customer is in several of the parts of `group`: `bob`; expected: each in exactly one'],
    ],
    ['each in one part', { a: { none: [{ in_segment: 'b' }] }, b: recent, group: { partition: ['a', 'b'] } }, [], []],
    ['each of its base in one part', { b: recent, c: recent, group: { base: 'b', partition: ['c'] } }, [], []],
  ]
  it.each(breaches)('%s', async (_, segments, held, why) => {
    await story({ segments }, async (s) => {
      await s.load('ana 2024-05-01', 'bob 2024-05-09')
      expect(s.held('2024-05-10')).toEqual({ held, why })
    })
  })

  it('a group has the members of its parts, within its base', async () => {
    const segments = { a: buyers, b: recent, all: { partition: ['a', 'b'] }, some: { base: 'b', partition: ['a'] } }
    await story({ segments }, async (s) => {
      await s.load('ana 2024-05-01', 'bob 2024-05-09')
      expect([s.kitchen.members('all', '2024-05-10'), s.kitchen.members('some', '2024-05-10')]).toEqual([
        [['ana'], ['bob']],
        [['bob']],
      ])
    })
  })

  it('what stands on it is held too, however it does, and what is only compared with it is not', async () => {
    const segments = {
      bad: { ...buyers, expect: { size: { max: 1 } } },
      uses: { all: [{ in_segment: 'bad' }] },
      based: { base: 'uses', all: 'customers' },
      group: { partition: ['bad'] },
      compared: { ...recent, expect: { subset_of: 'bad' } },
      free: recent,
    }
    await story({ segments, events: { came: { enters: 'uses' }, bought: { on: 'orders' } } }, async (s) => {
      await s.load('ana 2024-05-01', 'bob 2024-05-09')
      expect(s.held('2024-05-10')).toEqual({
        held: ['bad', 'based', 'came', 'group', 'uses'],
        why: ['`bad` has 2 members; expected: at most 1'],
      })
    })
  })

  it('change is judged against the last run of an earlier day that was not held, exactly at the limit too', async () => {
    await story({ segments: { a: { ...buyers, expect: { change: { max: '50%' } } } } }, async (s) => {
      await s.load('ana 2024-05-01', 'bob 2024-05-01')
      expect(s.held('2024-05-01')).toEqual({ held: [], why: [] })
      await s.load('cat 2024-05-02')
      expect(s.held('2024-05-02')).toEqual({ held: [], why: [] })
      await s.load('dan 2024-05-03', 'eve 2024-05-03')
      const why = '`a` changed by 66.7% since 2024-05-02: 2 entered and 0 left, of 3; expected: at most 50%'
      expect(s.held('2024-05-03')).toEqual({ held: ['a'], why: [why] })
      expect(s.held('2024-05-04')).toEqual({ held: ['a'], why: [why] })
      expect(s.run('2024-05-04').segments[0]).toMatchObject({ customers: 5, entered: 2, left: 0 })
      expect(s.held('2024-05-05', 'a')).toEqual({ held: [], why: [] })
      expect(s.held('2024-05-06')).toEqual({ held: [], why: [] })
      expect(s.run('2024-05-06').segments[0]).toMatchObject({ entered: 0, left: 0 })
    })
  })

  it('a segment of nobody may not change at all', async () => {
    await story({ segments: { a: { ...recent, expect: { change: { max: '900%' } } } } }, async (s) => {
      await s.load('ana 2024-01-01')
      expect(s.held('2024-05-01').held).toEqual([])
      expect(s.held('2024-05-02').held).toEqual([])
      await s.load('bob 2024-05-03')
      expect(s.held('2024-05-03').why).toEqual([
        '`a` changed since 2024-05-02: 1 entered and 0 left, of 0; expected: at most 900%',
      ])
    })
  })
})

describe('accepting', () => {
  const segments = { a: { ...buyers, expect: { size: { max: 1 } } }, b: { all: [{ in_segment: 'a' }] } }

  it('lifts it for the day, the data and the definitions: recorded anew, once', async () => {
    await story({ segments }, async (s) => {
      await s.load('ana 2024-05-01', 'bob 2024-05-01')
      expect(s.run('2024-05-01')).toMatchObject({ run: 1, already: false })
      expect(s.run('2024-05-01')).toMatchObject({ run: 1, already: true, segments: [{ held: true }, { held: true }] })
      expect(s.held('2024-05-01').why).toEqual(['`a` has 2 members; expected: at most 1'])
      expect(s.run('2024-05-01', 'a')).toMatchObject({ run: 2, already: false, segments: [{ held: false }, { held: false }] })
      expect(s.run('2024-05-01')).toMatchObject({ run: 2, already: true, segments: [{ held: false }, { held: false }] })
      expect(s.held('2024-05-02').held).toEqual(['a', 'b'])
      await s.load('ana 2024-04-01')
      expect(s.held('2024-05-01').held).toEqual(['a', 'b'])
    })
  })

  it('of what stands on a held one lifts that alone', async () => {
    await story({ segments }, async (s) => {
      await s.load('ana 2024-05-01', 'bob 2024-05-01')
      expect(s.held('2024-05-01', 'b')).toEqual({ held: ['a'], why: ['`a` has 2 members; expected: at most 1'] })
    })
  })

  it('of what is as expected changes nothing', async () => {
    await story({ segments }, async (s) => {
      await s.load('ana 2024-05-01')
      expect(s.run('2024-05-01', 'a')).toMatchObject({ run: 1, judgement: { lifted: new Set() } })
      expect(s.run('2024-05-01', 'a')).toMatchObject({ run: 1, already: true })
    })
  })

  it('counts for every command of the day that evaluates anew', async () => {
    await story({ segments }, async (s) => {
      await s.load('ana 2024-05-01', 'bob 2024-05-01')
      const held = () => {
        const setting = s.kitchen.setting('2024-05-01')
        return [...heldNow(setting, ['b'], accepted(setting, 'these')).held]
      }
      s.run('2024-05-01')
      expect(held()).toEqual([
        ['a', []],
        ['b', ['a']],
      ])
      s.run('2024-05-01', 'a')
      expect(held()).toEqual([])
    })
  })
})

describe('days filled in', () => {
  const definitions: Definitions = {
    segments: { recent, steady: { ...recent, expect: { change: { max: '100%' } } } },
    events: { bought: { on: 'orders' }, second: { on: 'orders', nth: 2 } },
  }
  const written = ['ana 2024-05-01', 'bob 2024-05-04', 'ana 2024-05-06', 'cat 2024-05-10', 'dan 2024-05-11', 'eve 2024-05-11']
  const days = Array.from({ length: 12 }, (_, k) => formatDay(shift(parseDay('2024-05-01') as number, k, 'day')))

  it('one after the other are what single runs of those days are', async () => {
    const told: unknown[] = []
    for (const between of [letGo, () => undefined])
      await story(definitions, async (s) => {
        await s.load(...written)
        told.push(
          days.map((day) => {
            const { judgement: _, ...result } = s.run(day)
            between(s.kitchen.store)
            return { ...result, members: s.members('recent', result.run ?? 0) }
          }),
        )
      })
    expect(told[0]).toEqual(told[1])
  })

  it('take nothing from what was recorded of later days', async () => {
    await story(definitions, async (s) => {
      await s.load(...written)
      const late = s.run('2024-05-12')
      const spans = () =>
        s.kitchen.store.rows({
          text: 'select _ident from occurrence_row where _from <= 1 and (_until is null or _until > 1) order by 1',
          params: [],
        })
      const before = [s.members('recent', 1), spans()]
      s.run('2024-05-03')
      const early = s.run('2024-05-07')
      expect([s.members('recent', 1), spans()]).toEqual(before)
      expect(s.members('recent', early.run ?? 0)).toEqual(['ana', 'bob'])
      expect(s.run('2024-05-12')).toMatchObject({ run: late.run, already: true })
      expect(s.run('2024-05-12').segments[0]).not.toHaveProperty('entered')
      expect(s.run('2024-05-13').segments.find((one) => one.name === 'recent')).toMatchObject({ entered: 0, left: 1 })
    })
  })
})
