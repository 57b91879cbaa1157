/** Fixed lists: CSV files of customers, e-mails or phones, kept in the project beside the definitions. */
import { existsSync, readFileSync } from 'node:fs'
import { isAbsolute, join, relative } from 'node:path'
import { parse } from 'csv-parse/sync'
import { fold, nearest } from '../base/text.js'
import { DecodeFault, decodeWhole } from '../ingest/decode.js'
import { recognise } from '../ingest/headers.js'
import { listHelp } from '../ingest/list-file.js'
import { numberOf } from './countries.js'
import type { Country } from './phones.js'

export { type Country, country, phone } from './phones.js'

/** What people are recognised by in a list. */
export const listKeys = ['customer', 'email', 'phone'] as const
export type ListKey = (typeof listKeys)[number]

export interface PeopleList {
  /** The values of each column that the file has, ready to compare: keys as they stand, e-mails folded, phones in E.164. */
  readonly by: ReadonlyMap<ListKey, ReadonlySet<string>>
  /** For where one too many is better than one too few: what may be meant beside. */
  readonly perhaps: {
    /** Addresses within cells that are none as a whole, `Ana <ana@example.com>`. */
    readonly emails: readonly string[]
    /** Numbers that do not tell their country. */
    readonly phones: readonly string[]
  }
  readonly rows: number
}

export interface Lists {
  /** The list of that file, or why there is none. */
  read(file: string): PeopleList | { readonly wrong: string; readonly help: string }
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
    const text = decodeWhole(readFileSync(path))
    rows = parse(text, { bom: true, relax_column_count: true, skip_empty_lines: true, trim: true, delimiter: delimiterOf(text) })
  } catch (error) {
    return {
      wrong: `\`${file}\` is no CSV in UTF-8: ${error instanceof Error ? error.message : String(error)}`,
      help: (error instanceof DecodeFault ? listHelp(error, file).help : undefined) ?? 'save it as CSV, UTF-8',
    }
  }
  const [header, ...cells] = rows
  const columns = (header ?? []).map((h) => recognise(h, 'customers'))
  const column = (name: string): readonly string[] | undefined => {
    const at = columns.indexOf(name)
    return at < 0 ? undefined : cells.map((r) => (r[at] ?? '').trim())
  }
  const by = new Map<ListKey, ReadonlySet<string>>()
  const [emails, phones, countries] = [column('email'), column('phone'), column('country')]
  const values: Readonly<Record<ListKey, readonly string[] | undefined>> = {
    customer: column('customer'),
    email: emails?.map(fold),
    phone: phones?.map((p, i) => numberOf(p, countries?.[i], region) ?? ''),
  }
  for (const key of listKeys) {
    const found = values[key]
    if (found !== undefined) by.set(key, new Set(found.filter((v) => v !== '')))
  }
  const perhaps = {
    emails: (emails ?? []).flatMap((cell) =>
      /[\s,;<>:"']/.test(cell) ? (cell.match(/[^\s,;<>:"']+@[^\s,;<>:"']+/g) ?? []) : [],
    ),
    phones: (phones ?? []).filter((cell, i) => /^(?!00)\d/.test(cell.replace(/[^+\d]/g, '')) && (countries?.[i] ?? '') === ''),
  }
  if (by.size === 0) {
    const guess = (header ?? []).map((h) => nearest(h, listKeys)).find((g) => g !== undefined)
    return {
      wrong: `\`${file}\` has none of the columns ${listKeys.map((k) => `\`${k}\``).join(', ')}`,
      help: guess === undefined ? 'give it a header that names one of them' : `did you mean \`${guess}\`?`,
    }
  }
  return { by, perhaps, rows: cells.length }
}

function delimiterOf(text: string): string {
  const head = text.slice(0, text.indexOf('\n') < 0 ? undefined : text.indexOf('\n'))
  return [',', ';', '\t'].map((d) => [head.split(d).length, d] as const).sort((a, b) => b[0] - a[0])[0]?.[1] ?? ','
}
