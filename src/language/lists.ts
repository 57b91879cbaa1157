/** Fixed lists: CSV files of customers, e-mails or phones, kept in the project beside the definitions. */
import { existsSync, readFileSync } from 'node:fs'
import { isAbsolute, join, relative } from 'node:path'
import { parse } from 'csv-parse/sync'
import { fold, nearest } from '../base/text.js'
import { recognise } from '../ingest/headers.js'
import { type Country, phone } from './phones.js'

export { type Country, country, phone } from './phones.js'

/** What people are recognised by in a list. */
export const listKeys = ['customer', 'email', 'phone'] as const
export type ListKey = (typeof listKeys)[number]

export interface PeopleList {
  /** The values of each column that the file has, ready to compare: keys as they stand, e-mails folded, phones in E.164. */
  readonly by: ReadonlyMap<ListKey, ReadonlySet<string>>
  readonly rows: number
}

export interface Lists {
  /** The list of that file, or why there is none. */
  read(file: string): PeopleList | { readonly wrong: string; readonly help: string }
}

const forms: Readonly<Record<ListKey, (cell: string, region: Country) => string | undefined>> = {
  customer: (cell) => cell,
  email: (cell) => fold(cell),
  phone: (cell, region) => phone(cell, region),
}

/** Lists under a project's folder; each file is read once. */
export function projectLists(root: string, region: Country): Lists {
  const seen = new Map<string, ReturnType<Lists['read']>>()
  return {
    read(file) {
      let list = seen.get(file)
      if (list === undefined) {
        list = readList(root, file, region)
        seen.set(file, list)
      }
      return list
    },
  }
}

function readList(root: string, file: string, region: Country): ReturnType<Lists['read']> {
  const path = isAbsolute(file) ? file : join(root, file)
  if (relative(root, path).startsWith('..'))
    return { wrong: `the list \`${file}\` lies outside the project`, help: 'keep lists in the project, under lists/' }
  if (!existsSync(path))
    return { wrong: `no file \`${file}\``, help: 'the path is from the project folder, such as `lists/staff.csv`' }
  let rows: readonly (readonly string[])[]
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
    rows = parse(text, { bom: true, relax_column_count: true, skip_empty_lines: true, trim: true, delimiter: delimiterOf(text) })
  } catch (error) {
    return {
      wrong: `\`${file}\` is no CSV in UTF-8: ${error instanceof Error ? error.message : String(error)}`,
      help: 'save it as CSV, UTF-8',
    }
  }
  const [header, ...cells] = rows
  const columns = (header ?? []).map((h) => recognise(h, 'customers'))
  const by = new Map<ListKey, ReadonlySet<string>>()
  for (const key of listKeys) {
    const at = columns.indexOf(key)
    if (at < 0) continue
    by.set(
      key,
      new Set(cells.map((r) => forms[key](r[at] ?? '', region)).filter((v): v is string => v !== undefined && v !== '')),
    )
  }
  if (by.size === 0) {
    const guess = (header ?? []).map((h) => nearest(h, listKeys)).find((g) => g !== undefined)
    return {
      wrong: `\`${file}\` has none of the columns ${listKeys.map((k) => `\`${k}\``).join(', ')}`,
      help: guess === undefined ? 'give it a header that names one of them' : `did you mean \`${guess}\`?`,
    }
  }
  return { by, rows: cells.length }
}

function delimiterOf(text: string): string {
  const head = text.slice(0, text.indexOf('\n') < 0 ? undefined : text.indexOf('\n'))
  return [',', ';', '\t'].map((d) => [head.split(d).length, d] as const).sort((a, b) => b[0] - a[0])[0]?.[1] ?? ','
}
