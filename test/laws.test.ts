/**
 * Laws on random definitions over random data: the program agrees with the oracle, and with itself. Some thousand pairs of a definition
 * and a shop; SEGKIT_LAWS=1000 asks of so many shops, SEGKIT_SEED draws others. What does not hold is told with the smallest example of it.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import type { Setting } from '../src/engine/compiler.js'
import type { RunResult } from '../src/engine/run.js'
import { type Case, casesOf, recordedSegments } from './arbitraries.js'
import { available, contract, kindsIn } from './laws/contract.js'
import { expecting, heldOf } from './laws/expected.js'
import { differing, oracleAnswers, oracleOf, smallest, standingOn } from './laws/opinions.js'
import { cutAt, quietTimes, reordered, stages } from './laws/shapes.js'
import { broken, twinLaws } from './laws/twins.js'
import { answerKey, World } from './laws/world.js'
import type { Plain, Tally } from './oracle.js'

const count = Number(process.env['SEGKIT_LAWS'] ?? 135)
const seed = Number(process.env['SEGKIT_SEED'] ?? 20_261)
const hour = 3_600_000

const cases: readonly Case[] = fc.sample(casesOf(available), { numRuns: count, seed })
/** Laws that load or ask anew look at every third shop. */
const some = cases.flatMap((one, i) => (i % 3 === 0 ? [{ one, i }] : []))
const worlds: World[] = []

beforeAll(async () => {
  for (const { shop, definitions, runs } of cases) {
    const world = await World.open(shop)
    worlds.push(world)
    try {
      world.record(definitions, recordedSegments, runs)
    } catch {
      // Told by the law that asks the same definitions.
    }
  }
}, hour)
afterAll(() => {
  for (const world of worlds) world.close()
})

const everybody = { segments: { everyone: { all: 'customers' } } }
const everyoneIn = (world: World, asOf: string): readonly string[] =>
  world.answers(everybody, asOf).get(answerKey('segments', 'everyone')) as string[]

describe('the program and the oracle agree', () => {
  const tally: Tally = new Map()
  const covered = new Map<string, number>()
  let pairs = 0

  it(
    'on members, values, occurrences and the SQL of members',
    async () => {
      const wrong: string[] = []
      const examples: string[] = []
      const kinds = new Set<string>()
      const differ = async (one: Case, keys: readonly string[], answers?: ReadonlyMap<string, unknown>): Promise<void> => {
        wrong.push(...keys)
        for (const key of keys) {
          const answer = answers?.get(key)
          const kind = typeof answer === 'string' ? answer.replace(/\d+/g, '') : `${kinds.size}`
          if (kinds.has(kind) || examples.length >= 5) continue
          kinds.add(kind)
          examples.push(await smallest({ ...one, key }))
        }
      }
      for (const [i, one] of cases.entries()) {
        const { definitions, asOf } = one
        const world = worlds[i]!
        const expected = oracleAnswers(oracleOf(one, tally), definitions, asOf)
        pairs += expected.size
        for (const own of Object.values(definitions))
          for (const spec of Object.values(own ?? {}))
            for (const kind of kindsIn(spec as Plain)) covered.set(kind, (covered.get(kind) ?? 0) + 1)
        const answers = answersOf(world, one, expected)
        await differ(one, differing(answers, expected), answers)
        const names = Object.keys(definitions.segments ?? {}).filter((_, n) => (n + i) % 4 === 0)
        const setting = attempt(() => world.read(definitions, asOf))
        for (const name of typeof setting === 'string' ? [] : names) {
          const said = attempt(() => world.sqlMembers(setting as Setting, name))
          if (JSON.stringify(said) !== JSON.stringify(expected.get(answerKey('segments', name))))
            await differ(one, [`sql ${name}`])
        }
      }
      expect(examples.join('\n---\n'), `${wrong.length} of ${pairs} differ`).toBe('')
    },
    hour,
  )

  it(
    'on the segments that are held back for not being as expected',
    () => {
      let held = 0
      for (const [i, one] of cases.entries()) {
        const definitions = expecting(one, seed + i)
        const expected = heldOf(one, definitions)
        held += expected.length
        const said = attempt(() => worlds[i]!.held(definitions, one.asOf))
        if (JSON.stringify(said) === JSON.stringify(expected)) continue
        const sizes = recordedSegments.map((name) =>
          [...one.runs, one.asOf].map((day) => oracleOf(one).members(name, day).length),
        )
        expect(said, stringify({ shop: i, asOf: one.asOf, runs: one.runs, sizes, segments: definitions.segments })).toEqual(
          expected,
        )
      }
      expect(held).toBeGreaterThan(count / 4)
    },
    hour,
  )

  it('on enough definitions of every kind, each true of some customers and not of others', () => {
    const lines = [...covered].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, n]) => `${kind} ${n}`)
    const shares = [...tally]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([kind, { judged, held }]) => `${kind} ${Math.round((100 * held) / judged)}%`)
    console.log(`${pairs} definitions with data; by kind: ${lines.join(', ')}\nholds: ${shares.join(', ')}`)
    const least = count / 15
    const drawn = [
      ...available.conditions,
      ...available.metrics,
      ...available.events,
      ...contract.operators,
      ...contract.features,
    ]
    expect(drawn.filter((kind) => (covered.get(kind) ?? 0) < least)).toEqual([])
    const settled = ['contacted', 'not_contacted']
    const flat = [...tally].filter(
      ([kind, { judged, held }]) => !settled.includes(kind) && (held < judged / 50 || held > judged * 0.98),
    )
    expect(flat).toEqual([])
  })

  it('on every kind of the contract', () => {
    const missing = (['conditions', 'metrics', 'events'] as const).flatMap((table) =>
      contract[table].filter((kind) => !available[table].has(kind)),
    )
    expect(missing).toEqual([])
  })
})

/** All at once; where that throws, one by one, so that the wrong one is known. */
function answersOf(
  world: World,
  { definitions, asOf }: Case,
  expected: ReadonlyMap<string, unknown>,
): ReadonlyMap<string, unknown> {
  const all = attempt(() => world.answers(definitions, asOf))
  if (typeof all !== 'string') return all
  const alone = (key: string): unknown => attempt(() => world.answers(standingOn(definitions, key), asOf).get(key))
  const found = new Map([...expected.keys()].map((key) => [key, alone(key)]))
  return differing(found, expected).length > 0
    ? found
    : new Map([...found].map(([key, answer], i) => [key, i === 0 ? all : answer]))
}
const attempt = <T>(work: () => T): T | string => {
  try {
    return work()
  } catch (error) {
    return String(error)
  }
}

describe('the program agrees with itself', () => {
  for (const [title, { needs, law }] of Object.entries(twinLaws))
    it.skipIf(needs.some((kind) => !available.conditions.has(kind)))(
      title,
      () => {
        const wrong: string[] = []
        let claims = 0
        for (const { one, i } of some) {
          const twins = law(one)
          claims += twins.claims.length
          if (twins.claims.length === 0) continue
          const world = worlds[i]!
          const found = broken(twins, world.answers(twins.definitions, one.asOf), everyoneIn(world, one.asOf))
          wrong.push(...found.map(({ said }) => `shop ${i} as of ${one.asOf}, ${said}`))
        }
        expect(claims).toBeGreaterThan(some.length)
        expect(wrong.slice(0, 5).join('\n\n'), `${wrong.length} of ${claims} claims`).toBe('')
      },
      hour,
    )

  it(
    'what is asked alone is answered as among all the others',
    () => {
      for (const { one, i } of some.filter((_, n) => n % 5 === 0)) {
        const world = worlds[i]!
        const all = world.answers(one.definitions, one.asOf)
        const alone = [...all.keys()].map(
          (key) => [key, world.answers(standingOn(one.definitions, key), one.asOf).get(key)] as const,
        )
        expect({ shop: i, differing: differing(new Map(alone), all) }).toEqual({ shop: i, differing: [] })
      }
    },
    hour,
  )

  it(
    'as of a day it answers what a copy of the data answers that ends on that day',
    async () => {
      for (const { one, i } of some) {
        const cut = await World.open(cutAt(one, worlds[i]!))
        try {
          cut.record(one.definitions, recordedSegments, one.runs)
          const [whole, part] = [worlds[i]!.answers(one.definitions, one.asOf), cut.answers(one.definitions, one.asOf)]
          expect({ shop: i, differing: differing(whole, part).map((key) => [key, whole.get(key), part.get(key)]) }).toEqual({
            shop: i,
            differing: [],
          })
        } finally {
          cut.close()
        }
      }
    },
    hour,
  )

  it(
    'the order of rows, files and loads never shows',
    async () => {
      for (const { one, i } of some) {
        const { shop, files, prepare } = reordered(one.shop, seed + i)
        const other = await World.open(shop, files, prepare)
        try {
          other.record(one.definitions, recordedSegments, one.runs)
          const [first, second] = [worlds[i]!.answers(one.definitions, one.asOf), other.answers(one.definitions, one.asOf)]
          expect({ shop: i, differing: differing(first, second).map((key) => [key, first.get(key), second.get(key)]) }).toEqual({
            shop: i,
            differing: [],
          })
        } finally {
          other.close()
        }
      }
    },
    hour,
  )

  it(
    'what runs twice is the same as what ran once',
    () => {
      for (const { one, i } of some) {
        const world = worlds[i]!
        const [first, second] = [world.run(one.definitions, one.asOf), world.run(one.definitions, one.asOf)]
        expect({ ...byName(second), already: false }).toEqual(byName(first))
        expect(second.already).toBe(true)
        expect(differing(world.answers(one.definitions, one.asOf), world.recorded(one.definitions, one.asOf, first))).toEqual([])
      }
    },
    hour,
  )

  it.skipIf(!['quiet_for', 'after_gap'].every((kind) => available.events.has(kind)))(
    'every quiet_for is followed by an after_gap or still goes on',
    () => {
      let quiet = 0
      for (const { one, i } of some) {
        const { definitions, names } = quietTimes(one)
        const answers = worlds[i]!.answers(definitions, one.asOf)
        for (const name of names) {
          const [quiets, gaps] = ['quiet', 'gap'].map((kind) =>
            byCustomer(answers.get(answerKey('events', `${kind}-${name}`))),
          ) as [Map<string, string[]>, Map<string, string[]>]
          for (const customer of new Set([...quiets.keys(), ...gaps.keys()])) {
            const [q, g] = [quiets.get(customer) ?? [], gaps.get(customer) ?? []]
            quiet += q.length
            const told = JSON.stringify({ shop: i, name, customer, q, g })
            expect([g.length, g.length + 1], told).toContain(q.length)
            expect(
              q.every((day, n) => (g[n] === undefined || day < g[n]!) && (n === 0 || g[n - 1]! <= day)),
              told,
            ).toBe(true)
          }
        }
      }
      expect(quiet).toBeGreaterThan(some.length)
    },
    hour,
  )

  it(
    'the stages that ship with it are a partition of those whom they are of',
    () => {
      for (const { one, i } of some) {
        const answers = worlds[i]!.system(one.asOf)
        for (const { of, parts } of stages(answers)) {
          const found = parts.flatMap((name) => answers.get(name)!)
          expect({ shop: i, parts, members: [...found].sort() }).toEqual({ shop: i, parts, members: [...of].sort() })
        }
      }
    },
    hour,
  )
})

const byName = (result: RunResult): RunResult => ({
  ...result,
  segments: [...result.segments].sort((a, b) => (a.name < b.name ? -1 : 1)),
  events: [...result.events].sort((a, b) => (a.name < b.name ? -1 : 1)),
})

/** Days by customer, in order. */
function byCustomer(occurrences: unknown): Map<string, string[]> {
  const days = new Map<string, string[]>()
  for (const [customer, at] of occurrences as [string, string][])
    days.set(customer, [...(days.get(customer) ?? []), at.slice(0, 10)])
  return days
}
