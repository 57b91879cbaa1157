/** Takes the rows of people who are forgotten out of the rejects files that earlier loads wrote; the rows of others stay as they are. */
import { createReadStream, existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { CsvFault, csvLine, readRows } from '../base/csv.js'
import { writeWhole } from '../base/file.js'
import { everyEmail, type Forgotten, mentionsEmail, type Person } from '../store/forgotten.js'
import { type SourceName, sourceNames } from '../store/sources.js'
import { DecodeFault, decode } from './decode.js'
import { recognise } from './headers.js'
import type { SourceOptions } from './options.js'
import { rejectColumns } from './rejects.js'

export interface Sought {
  readonly people: readonly Person[]
  /** Keys of their orders, by which lines without a customer are theirs. */
  readonly orders: ReadonlySet<string>
  readonly forgotten: Forgotten
  readonly options: Readonly<Partial<Record<SourceName, SourceOptions>>>
}

export interface Wiped {
  readonly rows: number
  readonly files: number
  /** Files of the folder that are not as segkit wrote them. */
  readonly unread: readonly string[]
}

export async function wipeRejects(folder: string, sought: Sought, dryRun: boolean): Promise<Wiped> {
  const names = existsSync(folder) ? readdirSync(folder).sort() : []
  const unread: string[] = []
  let [rows, files] = [0, 0]
  for (const file of names) {
    const path = join(folder, file)
    if (file.startsWith('.')) {
      // What a load that was killed left behind; nobody else writes while the caller holds the lock.
      if (!dryRun && /^\.segkit-.*\.tmp$/.test(file)) rmSync(path)
      continue
    }
    const found = file.endsWith('.csv') ? await countHis(path, file, sought) : undefined
    if (found === undefined) unread.push(file)
    else if (found.his > 0) {
      rows += found.his
      files++
      if (dryRun) continue
      if (found.others === 0) rmSync(path)
      else await writeWhole(path, others(path, file, sought))
    }
  }
  return { rows, files, unread }
}

async function countHis(path: string, file: string, sought: Sought): Promise<{ his: number; others: number } | undefined> {
  let [his, others] = [0, 0]
  try {
    for await (const { isHis } of recordsOf(path, file, sought)) isHis ? his++ : others++
  } catch (error) {
    if (error instanceof CsvFault || error instanceof DecodeFault || error instanceof Strange) return undefined
    throw error
  }
  return { his, others: others - 1 }
}

async function* others(path: string, file: string, sought: Sought): AsyncGenerator<string> {
  for await (const { cells, isHis } of recordsOf(path, file, sought)) if (!isHis) yield csvLine(cells)
}

/** No rejects file of ours. */
class Strange extends Error {}

/** The header first. */
async function* recordsOf(
  path: string,
  file: string,
  sought: Sought,
): AsyncGenerator<{ cells: readonly string[]; isHis: boolean }> {
  const { text } = await decode(createReadStream(path), undefined)
  let isHis: ((cells: readonly string[]) => boolean) | undefined
  for await (const rows of readRows(text, ','))
    while (rows.next()) {
      const cells = rows.all()
      if (isHis === undefined) {
        if (!rejectColumns.every((name, i) => cells[i]?.trim() === name)) throw new Strange()
        isHis = matcher(
          cells,
          sourceNames.find((source) => file.startsWith(`${source}-`)),
          sought,
        )
        yield { cells, isHis: false }
      } else yield { cells, isHis: isHis(cells) }
    }
}

function matcher(
  headers: readonly string[],
  source: SourceName | undefined,
  sought: Sought,
): (cells: readonly string[]) => boolean {
  const { people, orders, forgotten, options } = sought
  const own = rejectColumns.length
  const place = (field: string): number => {
    const mapped = source === undefined ? undefined : options[source]?.columns?.[field]
    return headers.findIndex(
      (header, i) =>
        i >= own && (header.trim() === String(mapped ?? '') || (source !== undefined && recognise(header, source) === field)),
    )
  }
  const [customerAt, orderAt] = [place('customer'), place('order')]
  const emails = people.flatMap((p) => [p.email ?? '', p.customer ?? '']).filter((text) => text.includes('@'))
  const folded = emails.flatMap(everyEmail)
  return (cells) => {
    const row = cells.slice(own).map((cell) => cell.trim())
    // Where no header tells the customer, or the cells are out of place, any may be his key.
    const keys =
      customerAt < 0 ? (orderAt < 0 ? row : []) : row.length + own === headers.length ? [cells[customerAt]!.trim()] : row
    return (
      keys.some((key) => key !== '' && forgotten.has(`key ${key.replace(/^([+-]?\d+)\.0+$/, '$1')}`)) ||
      keys.some((key) => key !== '' && forgotten.has(`key ${key}`)) ||
      (orderAt >= 0 && orders.has((cells[orderAt] ?? '').trim())) ||
      row.some((cell) => cell !== '' && isAddress(cell, forgotten)) ||
      (folded.length > 0 && row.some((cell) => cell.includes('@') && folded.some((email) => mentionsEmail(cell, email))))
    )
  }
}

const phoneLike = /^\+?[\d\s().-]{7,}$/

const isAddress = (cell: string, forgotten: Forgotten): boolean =>
  cell.includes('@') ? forgotten.knows({ email: cell }) : phoneLike.test(cell) && forgotten.knows({ phone: cell })
