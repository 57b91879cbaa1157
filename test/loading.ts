/** A store in a folder of its own, and files made of text, for tests of ingest. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openZone } from '../src/base/time.js'
import { type LoadOutcome, type LoadReceipt, type LoadRequest, load, loadWithin, type Refusal } from '../src/ingest/load.js'
import type { SourceOptions } from '../src/ingest/options.js'
import { beginReplace, endReplace } from '../src/ingest/replace.js'
import { settler } from '../src/store/settle.js'
import type { SourceName } from '../src/store/sources.js'
import { openForWriting, type Store } from '../src/store/store.js'

export interface Settings
  extends Partial<Pick<LoadRequest, 'again' | 'dryRun' | 'maxRejects' | 'settle' | 'mostRows'>>,
    SourceOptions {
  readonly guests?: readonly string[]
  readonly currency?: string
  readonly rates?: Readonly<Record<string, string>>
  readonly zone?: string
}

export class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), 'segkit-load-'))
  readonly store: Store = openForWriting(join(this.folder, 'segkit.db'))

  load(source: SourceName, text: string | (() => AsyncIterable<Buffer>), settings: Settings = {}): Promise<LoadOutcome> {
    return load(this.request(source, text, settings))
  }

  async replace(source: SourceName, files: readonly string[]): Promise<{ receipts: LoadOutcome[]; removed: number }> {
    this.store.begin()
    beginReplace(this.store)
    const receipts: LoadOutcome[] = []
    for (const text of files) receipts.push(await loadWithin({ ...this.request(source, text, {}), replace: true }))
    const { settle, project } = this.request(source, '', {})
    const removed = endReplace(this.store, source, settle, project.zone)
    this.store.commit()
    return { receipts, removed }
  }

  private request(source: SourceName, text: string | (() => AsyncIterable<Buffer>), settings: Settings): LoadRequest {
    const {
      guests = [],
      currency,
      rates = {},
      zone = 'UTC',
      again = false,
      dryRun = false,
      maxRejects = { share: 0.01 },
      settle,
      mostRows,
      ...options
    } = settings
    return {
      store: this.store,
      project: {
        zone: openZone(zone)!,
        ...(currency === undefined ? {} : { currency }),
        rates,
        guests,
        root: this.folder,
        rejectsFolder: join(this.folder, 'rejects'),
      },
      source,
      file: { name: `${source}.csv`, open: typeof text === 'string' ? () => inPieces(Buffer.from(text)) : text },
      options,
      maxRejects,
      again,
      dryRun,
      now: new Date('2024-07-01T12:00:00Z'),
      settle: settle ?? settler(() => ({ fingerprint: '' })),
      ...(mostRows === undefined ? {} : { mostRows }),
    }
  }

  values(text: string): readonly (readonly unknown[])[] {
    return this.store.rows({ text, params: [] })
  }

  /** Key, customer, amount, lines and units of each order. */
  orders(): readonly (readonly unknown[])[] {
    return this.values(
      'select o._key, c.customer, o.amount, o._items, o._units from order_row o left join customer_row c on c._id = o._customer order by o._key',
    )
  }

  /** Every row of every table. */
  dump(): Readonly<Record<string, unknown>> {
    const tables = this.values("select name from sqlite_master where type = 'table' order by name").map(([name]) => String(name))
    return Object.fromEntries(tables.map((table) => [table, this.values(`select * from "${table}"`)]))
  }

  /** What the orders and lines say, whatever numbers segkit gave to customers, goods and texts. */
  content(): unknown {
    return [
      this.orders(),
      this.values(`select i._key, i._n, c.customer, i._day, i._time, g.sku, i.quantity, i.price, i.amount from item_row i
        left join customer_row c on c._id = i._customer join good_row g on g._id = i._good order by 1, 2`),
      this.values('select source, name, fits, _scale, cells from field_row order by 1, 2'),
      this.values('select customer, _first_day from customer_row order by 1'),
    ]
  }

  read(path: string): string {
    return readFileSync(path, 'utf8')
  }

  close(): void {
    this.store.close()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

export function receipt(outcome: LoadOutcome): LoadReceipt {
  if ('refused' in outcome) throw new Error(`refused: ${outcome.problems.map((p) => `${p.code} ${p.message}`).join('; ')}`)
  return outcome.receipt
}

export function refusal(outcome: LoadOutcome): Refusal {
  if (!('refused' in outcome)) throw new Error('not refused')
  return outcome
}

/** In small pieces, so that records lie across their edges. */
async function* inPieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000)
}
