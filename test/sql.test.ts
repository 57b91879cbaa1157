/** `sql`: what it prints runs in the stock program however deep a definition stands on others, and gives the members. */
import { spawnSync } from 'node:child_process'
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { inline } from '../src/base/sql.js'
import { segmentStatement } from '../src/engine/evaluate.js'
import { inFolder, openKitchen } from './kitchen.js'
import type { Definitions } from './oracle.js'
import { dataFiles, type ShopSketch, shop, writeProject } from './shop.js'

const D = '2024-06-30'
const sqlite = spawnSync('sqlite3', ['--version']).status === 0

/** ana, bob, cid of Minsk, eve and fay of Brest; ana and eve have ordered. */
const sketch: ShopSketch = {
  customers: {
    ana: { city: 'Minsk', age: 31, orders: [{ at: '2024-06-01', amount: '40.00' }] },
    bob: { city: 'Minsk', age: 42 },
    cid: { city: 'Minsk', age: 53 },
    eve: { city: 'Brest', age: 64, orders: [{ at: '2024-06-02', amount: '50.00' }] },
    fay: { city: 'Brest', age: 75 },
  },
}

type Segments = Readonly<Record<string, unknown>>

/** Who comes out of the statement in the `sqlite3` program, one after the other for each name. */
async function inShell(segments: Segments, names: readonly string[], file = 'test.yaml'): Promise<readonly string[]> {
  return inFolder(async (dir) => {
    const data = shop(sketch)
    writeProject(data, { segments } as unknown as Definitions, dir)
    renameSync(join(dir, 'segments/test.yaml'), join(dir, 'segments', file))
    const kitchen = await openKitchen(dir, dataFiles(data))
    const setting = kitchen.setting(D)
    const statements = names.map((name) => `${inline(segmentStatement(setting, name))};`)
    kitchen.close()
    return statements.map((input) => {
      const { stdout, stderr } = spawnSync('sqlite3', ['-readonly', join(dir, 'segkit.db')], {
        input,
        encoding: 'utf8',
        timeout: 60_000,
      })
      return `${stderr}${stdout}`.trim().split('\n').join(' ')
    })
  })
}

const chain = (n: number, first: unknown, next: (before: string, i: number) => unknown): Segments =>
  Object.fromEntries(Array.from({ length: n + 1 }, (_, i) => [`s${i}`, i === 0 ? first : next(`s${i - 1}`, i)]))

const buyers = { all: [{ performed: { orders: 'any' } }] }

describe.skipIf(!sqlite)('in the sqlite3 program', () => {
  it('150 segments that each name the one before it several times', async () => {
    const segments = chain(150, buyers, (before) => ({
      any: [{ in_segment: before }, { all: [{ attribute: { city: 'Brest' } }, { not_in_segment: before }] }],
    }))
    expect(await inShell(segments, ['s1', 's60', 's150'])).toEqual(['ana eve fay', 'ana eve fay', 'ana eve fay'])
  })

  it('a segment that names the first of a chain beside the last, and its base among them', async () => {
    const segments = {
      ...chain(60, buyers, (before, i) => ({ all: [i % 2 === 1 ? { not_in_segment: before } : { not_in_segment: [before] }] })),
      // s59 is who has not ordered, s60 who has.
      ends: { base: 's59', any: [{ in_segment: 's0' }, { attribute: { age: { min: 50 } } }] },
      between: { all: [{ in_segment: ['s0', 's59'] }], none: [{ in_segment: 's30' }] },
    }
    expect(await inShell(segments, ['s60', 'ends', 'between'])).toEqual(['ana eve', 'cid fay', 'bob cid fay'])
  })

  it('one segment that names 300 others', async () => {
    const some = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`a${i}`, { all: [{ attribute: { age: 31 + i } }] }]))
    expect(await inShell({ ...some, any: { all: [{ in_segment: Object.keys(some) }] } }, ['any'])).toEqual([
      'ana bob cid eve fay',
    ])
  })

  it('places among each other: the older half, the older half of those, the younger half of the rest', async () => {
    const segments = {
      half: { all: [{ rank: { by: 'age', top: '50%' } }] },
      quarter: { base: 'half', all: [{ rank: { by: 'age', top: '50%' } }] },
      rest: { all: [{ not_in_segment: 'half' }] },
      young: { all: [{ rank: { by: 'age', bottom: '50%', among: 'rest' } }, { not_in_segment: 'quarter' }] },
    }
    expect(await inShell(segments, ['half', 'quarter', 'young'])).toEqual(['cid eve fay', 'eve fay', 'ana'])
  })

  it('blocks nested 50 and 90 deep, in turns, with a place among the base at the bottom', async () => {
    const nested = (depth: number): unknown =>
      depth === 0
        ? { rank: { by: 'age', top: 1 } }
        : depth % 3 === 0
          ? { none: [{ attribute: { age: depth } }, nested(depth - 1)] }
          : depth % 3 === 1
            ? { any: [{ attribute: { age: depth } }, nested(depth - 1)] }
            : { all: [{ attribute: { age: { min: depth % 30 } } }, nested(depth - 1)] }
    // No bound holds or fails for anybody but: 31, 42, 53, 64 and 75 as depths are `any` (31, 64), `none` (42, 75) and `all` (53).
    const byHand = (depth: number, age: number, top: number): boolean => {
      let is = age === top
      for (let d = 1; d <= depth; d++) is = d % 3 === 0 ? !(age === d || is) : d % 3 === 1 ? age === d || is : is
      return is
    }
    const of = (depth: number): string =>
      [
        ['ana', 31],
        ['bob', 42],
        ['cid', 53],
      ]
        .flatMap(([who, age]) => (byHand(depth, age as number, 53) ? [who] : []))
        .join(' ')
    const segments = Object.fromEntries([50, 90].map((depth) => [`n${depth}`, { base: 'minsk', ...(nested(depth) as object) }]))
    expect(await inShell({ minsk: { all: [{ attribute: { city: 'Minsk' } }] }, ...segments }, ['n50', 'n90'])).toEqual([
      of(50),
      of(90),
    ])
  })

  it('names of definitions, fields and files that are those of parts of the statement', async () => {
    const segments = {
      level_1: buyers,
      part_1: { all: [{ in_segment: 'level_1' }, { attribute: { city: 'Brest' } }] },
      pass_1: { any: [{ in_segment: 'part_1' }, { attribute: { age: 31 } }] },
      places: { all: [{ in_segment: 'pass_1' }, { not_in_segment: 'part_1' }, { performed: { orders: { number: 1 } } }] },
    }
    expect(await inShell(segments, ['part_1', 'pass_1', 'places'], 'level_2.pass_1.yaml')).toEqual(['eve', 'ana eve', 'ana'])
  })
})
