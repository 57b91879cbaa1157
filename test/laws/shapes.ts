/** The same shop in other shapes: cut at a day, loaded in another order; and definitions of quiet times over its events. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import type { Case } from '../arbitraries.js'
import type { Definitions, Row, ShopData, Source, Spec } from '../oracle.js'
import { csv } from '../shop.js'
import { answerKey, type World } from './world.js'

/** Without the rows after the day and the customers who do not exist on it; attributes are kept. */
export function cutAt({ shop, asOf }: Case, world: World): ShopData {
  const answers = world.answers(
    {
      segments: { everyone: { all: 'customers' } },
      events: Object.fromEntries(['orders', 'activities'].map((on) => [`row-${on}`, rowOf(on)])),
    },
    asOf,
  )
  const there = new Set(answers.get(answerKey('segments', 'everyone')) as string[])
  const day = dayIn(world)
  const past = (rows: readonly Row[]): readonly Row[] => rows.filter((row) => day(row['at']!) <= asOf)
  const orders = past(shop.orders)
  const kept = new Set(orders.map((row) => row['order']))
  return {
    ...shop,
    customers: shop.customers.filter((row) => there.has(row['customer']!)),
    orders,
    items: shop.items.filter((row) => kept.has(row['order'])),
    activities: past(shop.activities),
  }
}
const rowOf = (on: string): Spec => ({ on })

/** The local day of a cell: as written, or of the moment where it has an offset. */
const dayIn =
  (world: World) =>
  (cell: string): string =>
    /[Z+]|\d-\d\d:/.test(cell.slice(11)) || /-\d\d:\d\d$/.test(cell)
      ? new Intl.DateTimeFormat('sv-SE', { timeZone: world.shop.timezone }).format(new Date(cell))
      : cell.slice(0, 10)

interface Reordered {
  readonly shop: ShopData
  readonly files: readonly { readonly source: Source; readonly file: string }[]
  prepare(dir: string): void
}

/** Every source in two files with their rows shuffled, loaded in a drawn order; what its place in a file tells stays in place. */
export function reordered(shop: ShopData, seed: number): Reordered {
  const random = shuffler(seed)
  const lined = shop.items.some((row) => 'line' in row)
  const keyed = shop.orders.some((row) => 'order' in row)
  const named = shop.activities.some((row) => 'id' in row)
  const halves = (source: Source, rows: readonly Row[]): [Source, readonly Row[]][] => {
    const whole = source === 'items' && !lined ? rows : random(rows)
    if ((source === 'orders' && !keyed) || (source === 'activities' && !named)) return [[source, whole]]
    const second = new Set(
      random([...new Set(whole.map((row) => row['order'] ?? row['customer'] ?? row['sku']!))]).filter((_, i) => i % 2 === 0),
    )
    const part = (chosen: boolean): readonly Row[] =>
      whole.filter((row) => second.has(row['order'] ?? row['customer'] ?? row['sku']!) === chosen)
    return [
      [source, part(false)],
      [source, part(true)],
    ]
  }
  const parts = (['customers', 'orders', 'items', 'products', 'activities'] as const)
    .flatMap((source) => halves(source, shop[source]))
    .filter(([, rows]) => rows.length > 0)
  const files = random(parts).map(([source, rows], i) => ({ source, rows, file: `data/part-${i}.csv` }))
  return {
    shop,
    files,
    prepare: (dir) => {
      for (const { source, file, rows } of files) {
        mkdirSync(dirname(join(dir, file)), { recursive: true })
        writeFileSync(join(dir, file), csv(rows, shop[source]))
      }
    },
  }
}

const shuffler =
  (seed: number) =>
  <T>(all: readonly T[]): T[] =>
    fc.sample(fc.shuffledSubarray([...all], { minLength: all.length, maxLength: all.length }), {
      numRuns: 1,
      seed: seed + all.length,
    })[0]!

/** Of every plain event over rows, its quiet times and the returns from them. */
export function quietTimes({ definitions }: Case): { definitions: Definitions; names: readonly string[] } {
  const plain = Object.entries(definitions.events ?? {}).flatMap(([name, spec]): [string, Spec][] =>
    name.startsWith('e-') ? [[name, Object.fromEntries(Object.entries(spec).filter(([key]) => key !== 'capture'))]] : [],
  )
  const spans = ['1 day', '7 days', '30d', '1mo']
  const events = plain.flatMap(([name, spec]) =>
    spans.flatMap((span, i): [string, Spec][] => [
      [`quiet-${i}-${name}`, { ...spec, quiet_for: span }],
      [`gap-${i}-${name}`, { ...spec, after_gap: span }],
    ]),
  )
  return {
    definitions: { events: Object.fromEntries(events) },
    names: plain.flatMap(([name]) => spans.map((_, i) => `${i}-${name}`)),
  }
}

/** The partitions among the definitions that ship, of those that there are. */
export function stages(members: ReadonlyMap<string, readonly string[]>): { of: readonly string[]; parts: readonly string[] }[] {
  const named = (names: string): string[] => names.split(' ').map((name) => `system/${name}`)
  const life = named('never-ordered new active cooling lapsed lost')
  const buyers = members.get('everyone')!.filter((one) => !members.get('system/never-ordered')!.includes(one))
  const found = [
    { of: members.get('everyone')!, parts: life },
    { of: buyers, parts: named('one-time repeat loyal') },
    { of: members.get('recent-buyers')!, parts: named('value-gold value-silver value-bronze') },
  ]
  return found.filter(({ parts }) => parts.every((name) => members.has(name)))
}
