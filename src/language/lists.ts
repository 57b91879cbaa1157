/** Fixed lists: CSV files of customers, e-mails or phones, kept in the project beside the definitions. */
import { existsSync, readFileSync } from 'node:fs'
import { isAbsolute, join, relative } from 'node:path'
import { later } from '../base/later.js'
import { fold, nearest } from '../base/text.js'
import { emailsIn, phonesWithin } from '../base/written.js'
import { DecodeFault, decodeWhole, otherEncodingHelp } from '../ingest/decode.js'
import { recognise } from '../ingest/headers.js'
import { numberOf } from './countries.js'
import type { Country } from './phones.js'

export { type Country, country, phone } from './phones.js'

const csv = later<typeof import('csv-parse/sync')>('csv-parse/sync')

/** What people are recognised by in a list. */
export const listKeys = ['customer', 'email', 'phone'] as const
export type ListKey = (typeof listKeys)[number]

export interface PeopleList {
  /** The values of each column that the file has, ready to compare: keys as they stand, e-mails folded, phones in E.164. */
  readonly by: ReadonlyMap<ListKey, ReadonlySet<string>>
  /** For where one too many is better than one too few: what may be meant beside. */
  readonly perhaps: {
    /** Addresses within cells that are none as a whole, `Ana <ana@example.com>`, and in cells of other columns or of none. */
    readonly emails: readonly string[]
    /** Numbers in E.164 within cells that have several, and in further columns of numbers or in none. */
    readonly numbers: readonly string[]
    /** Numbers that do not tell their country. */
    readonly phones: readonly string[]
  }
  readonly rows: number
  /** The first line on which a value stands, which is ready to compare. */
  lineOf(key: ListKey, value: string): number | undefined
  /** Lines of the file with an e-mail or a phone that is none. */
  readonly unread: readonly number[]
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
  let lines: readonly number[]
  try {
    const text = decodeWhole(readFileSync(path))
    const found = csv().parse(text, {
      bom: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
      delimiter: delimiterOf(text),
      info: true,
    }) as unknown as readonly { readonly record: readonly string[]; readonly info: { readonly lines: number } }[]
    rows = found.map((f) => f.record)
    lines = found.map((f) => f.info.lines)
  } catch (error) {
    return {
      wrong: `\`${file}\` is no CSV in UTF-8: ${error instanceof Error ? error.message : String(error)}`,
      help: error instanceof DecodeFault ? otherEncodingHelp(error, file) : 'save it as CSV, UTF-8',
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
  const place = (name: string): number => columns.indexOf(name)
  const isOfPhones = (at: number): boolean =>
    at >= columns.length || recognise((header?.[at] ?? '').replace(/[\s_.-]*\d+$/, ''), 'customers') === 'phone'
  const numbersIn = (cell: string, i: number): readonly string[] =>
    [cell, ...phonesWithin(cell)].flatMap((text) => numberOf(text, countries?.[i], region) ?? [])
  const perhaps = {
    emails: cells.flatMap((row) => row.flatMap((cell) => (cell.includes('@') ? emailsIn(cell) : []))),
    numbers: cells.flatMap((row, i) =>
      row.flatMap((cell, at) => (cell !== '' && (at === place('phone') || isOfPhones(at)) ? numbersIn(cell, i) : [])),
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
  const unread = cells.flatMap((row, i) => {
    const [mail, number] = [emails?.[i] ?? '', phones?.[i] ?? '']
    const isLost =
      (mail !== '' && emailsIn(mail).length === 0) ||
      (number !== '' && numbersIn(number, i).length === 0) ||
      row.slice(columns.length).some((cell) => cell !== '' && !cell.includes('@') && numbersIn(cell, i).length === 0)
    return isLost ? [lines[i + 1] ?? i + 2] : []
  })
  const lineOf = (key: ListKey, value: string): number | undefined => {
    const at = values[key]?.indexOf(value) ?? -1
    return at < 0 ? undefined : (lines[at + 1] ?? at + 2)
  }
  return { by, perhaps, rows: cells.length, lineOf, unread }
}

function delimiterOf(text: string): string {
  const head = text.slice(0, text.indexOf('\n') < 0 ? undefined : text.indexOf('\n'))
  return [',', ';', '\t'].map((d) => [head.split(d).length, d] as const).sort((a, b) => b[0] - a[0])[0]?.[1] ?? ','
}
