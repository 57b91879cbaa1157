/** `preview` against hand-written SQL over the store's views, and against segments written without the condition in question. */
import { cpSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Preview, preview } from '../src/engine/preview.js'
import { inFolder, type Kitchen, openKitchen } from './kitchen.js'
import { dataFiles, shop, writeProject } from './shop.js'

const bakery = fileURLToPath(new URL('../samples/bakery', import.meta.url))
const day = '2026-04-30'

/** Opens a kitchen for the tests of a block. */
function kept(prepare: (dir: string) => Promise<Kitchen>): () => Kitchen {
  let kitchen: Kitchen | undefined
  let close = (): void => {}
  beforeAll(
    () =>
      new Promise<void>((ready, failed) => {
        inFolder(async (dir) => {
          kitchen = await prepare(dir)
          ready()
          await new Promise<void>((done) => {
            close = done
          })
          kitchen.close()
        }).catch(failed)
      }),
  )
  afterAll(() => close())
  return () => kitchen as Kitchen
}

function seen(kitchen: Kitchen, asOf: string, name: string, sample = 0): Preview {
  const setting = kitchen.setting(asOf)
  const segment = setting.definitions.segments.get(name)
  if (segment === undefined) throw new Error(`no segment ${name}`)
  return preview(setting, segment, sample)
}
const rows = (p: Preview) => p.steps.map((s) => [s.place, s.customers, s.change, s.alone, s.gain])

describe('the sample bakery, previewed', () => {
  const kitchen = kept(async (dir) => {
    cpSync(bakery, dir, { recursive: true })
    return openKitchen(dir, [
      { source: 'customers', file: 'data/customers.csv' },
      { source: 'products', file: 'data/products.csv' },
      { source: 'orders', file: 'data/orders.csv' },
    ])
  })
  const counted = (query: string): number => Number(kitchen().store.row({ text: query, params: [] })?.[0])

  it('counts what is left after each condition as hand-written SQL does', () => {
    const croissants = (from: string) =>
      `select customer, count(distinct "order") as n from items where counted and customer is not null
        and (product like '%руассан%' or product like '%РУАССАН%') and date(at) > date('${day}', '-${from} days') group by customer`
    const many = `select customer from (${croissants('180')}) where n >= 5`
    const lately = `select customer from (${croissants('30')})`
    const staff = `select customer from customers where company is not null or customer in (${staffKeys()})`
    const first = `customer in (${many})`
    const second = `customer not in (${lately})`
    const third = `customer not in (${staff})`
    const of = (...tests: string[]) => counted(`select count(*) from customers where ${tests.join(' and ')}`)
    const size = of(first, second, third)
    expect(rows(seen(kitchen(), day, 'croissant-regulars-gone-quiet'))).toEqual([
      ['1', of(first), of(first) - 2000, of(first), of(second, third) - size],
      ['2', of(first, second), of(first, second) - of(first), of(second), of(first, third) - size],
      ['3', size, size - of(first, second), of(third), of(first, second) - size],
    ])
    expect(size).toBe(60)
  })

  const staffKeys = (): string =>
    kitchen()
      .members('staff', day)
      .map(([key]) => `'${String(key)}'`)
      .join(', ')

  it('ends with the members of every segment, each step following from the one before', () => {
    const own = [...kitchen().setting(day).definitions.segments.keys()]
    expect(own.length).toBeGreaterThan(20)
    for (const name of own) {
      const p = seen(kitchen(), day, name)
      const steps = p.steps.filter((s) => !s.place.includes('.'))
      const start = p.base?.customers ?? p.existing
      expect([name, p.size]).toEqual([name, kitchen().members(name, day).length])
      expect([name, start + steps.reduce((sum, s) => sum + s.change, 0)]).toEqual([name, p.size])
      expect([name, p.existing]).toEqual([name, 2000])
    }
  })

  it('shows as many keys of members as asked for', () => {
    const keys = kitchen()
      .members('free-from', day)
      .map(([key]) => key)
    const { sample } = seen(kitchen(), day, 'free-from', 5)
    expect(new Set(sample).size).toBe(5)
    expect(keys).toEqual(expect.arrayContaining([...sample]))
    expect(seen(kitchen(), day, 'free-from').sample).toEqual([])
  })
})

describe('a shop of forty customers', () => {
  const cities = ['Минск', 'Гомель', 'Брест']
  const data = shop({
    customers: Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [
        `c${String(i).padStart(2, '0')}`,
        {
          city: cities[i % 3] as string,
          score: (i * 7) % 20,
          vip: i % 5 === 0,
          orders: i % 4 === 0 ? [] : [`2024-0${1 + (i % 5)}-10`],
        },
      ]),
    ),
  })
  const minsk = { attribute: { city: 'Минск' } }
  const rich = { attribute: { score: { min: 10 } } }
  const vip = { attribute: { vip: true } }
  const ordered = { performed: { orders: 'any', since: '2024-03-01' } }
  const lately = { performed: { orders: 'any', since: '2024-05-01' } }
  const segments = {
    plain: { all: [minsk, rich, ordered] },
    'plain-1': { all: [rich, ordered] },
    'plain-2': { all: [minsk, ordered] },
    'plain-3': { all: [minsk, rich] },
    mixed: { base: 'ordering', all: [rich], any: [minsk, vip, lately], none: [{ all: [minsk, vip] }, lately] },
    'mixed-base': { all: [rich], any: [minsk, vip, lately], none: [{ all: [minsk, vip] }, lately] },
    'mixed-any': { base: 'ordering', all: [rich], none: [{ all: [minsk, vip] }, lately] },
    'mixed-minsk': { base: 'ordering', all: [rich], any: [vip, lately], none: [{ all: [minsk, vip] }, lately] },
    'mixed-none': { base: 'ordering', all: [rich], any: [minsk, vip, lately], none: [lately] },
    ordering: { all: [{ performed: { orders: 'any' } }] },
    nested: { all: [{ all: [minsk, { none: [vip] }] }, { any: [{ any: [rich, ordered] }, vip] }] },
    everyone: { all: 'customers' },
    ranked: { base: 'ordering', all: [{ attribute: { score: { min: 5 } } }, { not_in_segment: 'plain' }] },
  }
  const kitchen = kept(async (dir) => {
    writeProject(data, { segments }, dir)
    return openKitchen(dir, dataFiles(data))
  })
  const asOf = '2024-06-01'
  const size = (name: string): number => kitchen().members(name, asOf).length

  it('tells by how many a segment would grow without a condition', () => {
    const { steps } = seen(kitchen(), asOf, 'plain')
    expect(steps.map((s) => s.gain)).toEqual(['plain-1', 'plain-2', 'plain-3'].map((name) => size(name) - size('plain')))
    expect(steps.some((s) => s.gain > 0)).toBe(true)
  })

  it('unfolds `any` once: whom each entry adds, and whom the segment would lose without it', () => {
    const p = seen(kitchen(), asOf, 'mixed')
    expect(p.steps.map((s) => s.place)).toEqual(['1', '2', '2.1', '2.2', '2.3', '3', '4'])
    const [, block, ...more] = p.steps
    const entries = more.slice(0, 3)
    expect(entries.reduce((sum, s) => sum + s.change, 0)).toBe(block?.customers)
    expect(entries.at(-1)?.customers).toBe(block?.customers)
    expect(block?.gain).toBe(size('mixed-any') - size('mixed'))
    expect(entries[0]?.gain).toBe(size('mixed-minsk') - size('mixed'))
    expect(p.steps[5]?.gain).toBe(size('mixed-none') - size('mixed'))
    expect(p.steps[5]?.say).toBe('not (city is `Минск` and vip is `true`)')
  })

  it('measures the base like a condition of its own', () => {
    const p = seen(kitchen(), asOf, 'mixed')
    expect(p.base).toEqual({ customers: size('ordering'), gain: size('mixed-base') - size('mixed') })
    expect(p.existing).toBe(40)
    expect(seen(kitchen(), asOf, 'plain').base).toBeUndefined()
  })

  it('takes what must all hold apart however it is nested, and leaves a block within `any` whole', () => {
    const { steps } = seen(kitchen(), asOf, 'nested')
    expect(steps.map((s) => [s.place, s.say])).toEqual([
      ['1', 'city is `Минск`'],
      ['2', 'not (vip is `true`)'],
      ['3', 'any of 2'],
      ['3.1', expect.stringMatching(/^score at least 10 or /)],
      ['3.2', 'vip is `true`'],
    ])
  })

  it('has no steps where everyone is in', () => {
    const p = seen(kitchen(), asOf, 'everyone')
    expect([p.steps, p.size]).toEqual([[], 40])
  })

  it('counts only those who exist on the day', () => {
    const p = seen(kitchen(), '2024-02-20', 'plain')
    const existing = kitchen().members('everyone', '2024-02-20').length
    expect(p.existing).toBe(existing)
    expect(existing).toBeLessThan(40)
  })
})
