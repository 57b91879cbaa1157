/** Small real data sets answered through definitions: the numbers that were published or recomputed for them. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { SourceName } from '../src/store/sources.js'
import { inFolder, type Kitchen, openKitchen } from './kitchen.js'

const data = resolve(import.meta.dirname, '../../shared/data')
const there = existsSync(data)
if (!there) console.log('real data sets are not beside the project: these tests are skipped')

const metrics = `metrics:
  spend: { sum: orders.amount }
  lines: { count: items }
  receipts: { count: orders }
segments:
  buyers: { all: [{ performed: { orders: any } }] }
  everyone: { all: customers }
`

async function asked<T>(
  settings: string,
  files: readonly (readonly [SourceName, string])[],
  work: (kitchen: Kitchen) => T,
): Promise<T> {
  return inFolder(async (dir) => {
    mkdirSync(join(dir, 'segments'))
    writeFileSync(join(dir, 'segkit.yaml'), settings)
    writeFileSync(join(dir, 'segments/all.yaml'), metrics)
    const kitchen = await openKitchen(
      dir,
      files.map(([source, file]) => ({ source, file: relative(dir, join(data, file)) })),
    )
    try {
      return work(kitchen)
    } finally {
      kitchen.close()
    }
  })
}

/** Customers, and the sums of their metrics as whole numbers of the metric's smallest unit. */
function totals(
  kitchen: Kitchen,
  segment: string,
  asOf: string,
): { customers: number; spend: bigint; lines: bigint; receipts: bigint } {
  const rows = kitchen.members(segment, asOf, ['spend', 'lines', 'receipts'])
  const sum = (at: number): bigint =>
    rows.reduce((total, row) => total + BigInt(((row[at] as { decimal: string } | null)?.decimal ?? '0').replace('.', '')), 0n)
  return { customers: rows.length, spend: sum(1), lines: sum(2), receipts: sum(3) }
}

describe.runIf(there)('real data answer as published', () => {
  it('chinook: 59 customers spent 2,328.60 in 412 orders of 2,240 items', async () => {
    const settings = `timezone: UTC
sources:
  items: { columns: { order: invoice_id, sku: track_id, price: unit_price } }
  products: { columns: { sku: track_id, product: name } }
`
    const files = [
      ['customers', 'chinook/customers.csv'],
      ['products', 'chinook/tracks.csv'],
      ['orders', 'chinook/invoices.csv'],
      ['items', 'chinook/invoice_items.csv'],
    ] as const
    await asked(settings, files, (kitchen) => {
      expect(totals(kitchen, 'everyone', '2013-12-31')).toEqual({ customers: 59, spend: 232_860n, lines: 2240n, receipts: 412n })
      expect(kitchen.members('everyone', '2013-12-31', ['spend', 'country'])[0]).toEqual(['1', { decimal: '39.62' }, 'Brazil'])
    })
  })

  it('superstore: 793 customers spent 2,297,200.8603 in 5,009 orders', async () => {
    const settings = `timezone: UTC
sources:
  orders: { columns: { at: Order Date, amount: Sales } }
`
    await asked(settings, [['orders', 'superstore_npm/superstore.csv.gz']], (kitchen) => {
      expect(totals(kitchen, 'everyone', '2020-01-01')).toEqual({
        customers: 793,
        spend: 22_972_008_603n,
        lines: 9994n,
        receipts: 5009n,
      })
    })
  })

  it('jaffle_shop_classic: 62 of 100 customers have ordered', async () => {
    const files = [
      ['customers', 'jaffle_shop_classic/raw_customers.csv'],
      ['orders', 'jaffle_shop_classic/raw_orders.csv'],
    ] as const
    await asked('timezone: UTC\n', files, (kitchen) => {
      expect(kitchen.members('everyone', '2018-12-31')).toHaveLength(100)
      expect(totals(kitchen, 'buyers', '2018-12-31')).toMatchObject({ customers: 62, receipts: 99n })
    })
  })

  it('rfm_r: 995 customers made 4,906 orders, a name with an apostrophe among them', async () => {
    const settings = `timezone: UTC
sources:
  orders: { columns: { amount: revenue } }
`
    await asked(settings, [['orders', 'rfm_r/rfm_data_orders.csv']], (kitchen) => {
      expect(totals(kitchen, 'buyers', '2006-12-31')).toMatchObject({ customers: 995, receipts: 4906n })
      expect(kitchen.members('buyers', '2006-12-31', ['receipts', 'spend']).find((row) => row[0] === "Abbey O'Reilly")).toEqual([
        "Abbey O'Reilly",
        { decimal: '6' },
        { decimal: '472' },
      ])
    })
  })
})
