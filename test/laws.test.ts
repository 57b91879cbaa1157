/** Laws on random definitions over random data: the program agrees with the oracle, and with itself. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { OutRow } from '../src/engine/members.js'
import { arbitraryCase, type Case, kindsUsed } from './arbitraries.js'
import { inFolder, openKitchen } from './kitchen.js'
import { Oracle } from './oracle.js'
import { dataFiles, writeProject } from './shop.js'

const runs = Number(process.env['SEGKIT_LAWS'] ?? 300)
const seed = Number(process.env['SEGKIT_SEED'] ?? 20_261)
const keys = (rows: readonly (readonly unknown[])[]): unknown[] => rows.map((r) => r[0])

/** Trailing zeros say how a field is written, which the cases hold; the laws are about values. */
const plain = (text: string | null): string | null =>
  text !== null && /^-?\d+\.\d+$/.test(text) ? text.replace(/\.?0+$/, '') : text
const textOf = (cell: OutRow[number]): string | null =>
  cell === null
    ? null
    : typeof cell === 'object' && 'decimal' in cell
      ? cell.decimal
      : Array.isArray(cell)
        ? cell.join(';')
        : String(cell)

async function agree({ shop, definitions: drawn, asOf }: Case): Promise<void> {
  const definitions = { ...drawn, segments: { ...drawn.segments, everyone: { all: 'customers' } } }
  await inFolder(async (dir) => {
    writeProject(shop, definitions, dir)
    const oracle = new Oracle(shop, definitions)
    const kitchen = await openKitchen(dir, dataFiles(shop))
    try {
      for (const segment of Object.keys(definitions.segments ?? {})) {
        const expected = oracle.members(segment, asOf)
        expect({ segment, members: keys(kitchen.members(segment, asOf)) }).toEqual({ segment, members: expected })
        const { text, params } = kitchen.statement(segment, asOf)
        expect({ segment, sql: keys(kitchen.store.rows({ text, params })) }).toEqual({ segment, sql: expected })
      }
      const metrics = Object.keys(definitions.metrics ?? {})
      const rows = kitchen.members('everyone', asOf, metrics)
      metrics.forEach((metric, i) => {
        const expected = oracle.metric(metric, asOf)
        const told = new Map(rows.map((r) => [r[0] as string, plain(textOf(r[i + 1] ?? null))]))
        expect({ metric, values: [...told] }).toEqual({
          metric,
          values: [...told.keys()].map((k) => [k, plain(expected.get(k) ?? null)]),
        })
      })
      for (const event of Object.keys(definitions.events ?? {})) {
        const expected = oracle.occurrences(event, asOf).map((o) => [o.customer, o.at])
        expect({ event, occurrences: kitchen.occurrences(event, asOf).map((r) => [r[0], r[1]]) }).toEqual({
          event,
          occurrences: expected,
        })
      }
    } finally {
      kitchen.close()
    }
  })
}

describe('the program and the oracle agree', () => {
  it(`on members, their SQL and occurrences of ${runs} random definitions over random shops`, async () => {
    const seen = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(arbitraryCase, async (one) => {
        for (const kind of kindsUsed(one.definitions)) seen.set(kind, (seen.get(kind) ?? 0) + 1)
        await agree(one)
      }),
      { numRuns: runs, seed },
    )
    console.log(
      `coverage by kind: ${[...seen]
        .sort()
        .map(([kind, n]) => `${kind} ${n}`)
        .join(', ')}`,
    )
  }, 600_000)
})
