/** A shop in ten lines: customers by name, orders by day; and the project folder that the program itself can load. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { stringify } from 'yaml'
import { columnsOf, type Definitions, type Row, type ShopConfig, type ShopData, type Source } from './oracle.js'

type Cell = string | number | boolean
type Cells = Readonly<Record<string, Cell>>

export interface CustomerSketch {
  readonly [attribute: string]: Cell | readonly unknown[] | undefined
  /** `at`, any fields of the order, and `items` as rows or as bare names of products; a bare day is an order without lines. */
  readonly orders?: readonly (string | { readonly [field: string]: Cell | readonly (string | Cells)[] })[]
  readonly activities?: readonly Cells[]
}

export interface ShopSketch extends ShopConfig {
  readonly timezone?: string
  /** Key `''` is nobody: his rows are guests' and he is in no file of customers. */
  readonly customers?: Readonly<Record<string, CustomerSketch>>
  readonly products?: readonly Cells[]
  readonly lists?: Readonly<Record<string, readonly Cells[]>>
}

const row = (cells: Readonly<Record<string, unknown>>): Row =>
  Object.fromEntries(Object.entries(cells).map(([field, value]) => [field, String(value)]))

/** Orders without an `order` of their own are numbered `o1`, `o2` … in the order written. */
export function shop(sketch: ShopSketch): ShopData {
  const { timezone = 'Europe/Minsk', customers = {}, products = [], lists = {}, ...config } = sketch
  const orders: Row[] = []
  const items: Row[] = []
  for (const [customer, { orders: theirs = [] }] of Object.entries(customers))
    for (const written of theirs) {
      const { items: lines, ...fields } = typeof written === 'string' ? { at: written } : written
      const order = String('order' in fields ? fields['order'] : `o${orders.length + 1}`)
      orders.push(row({ order, customer, ...fields }))
      if (Array.isArray(lines))
        lines.forEach((line: string | Cells, i) => {
          items.push(row({ order, line: i + 1, ...(typeof line === 'string' ? { product: line } : line) }))
        })
    }
  const named = Object.entries(customers).filter(([customer]) => customer !== '')
  return {
    timezone,
    customers: named.map(([customer, { orders: _orders, activities: _activities, ...attributes }]) =>
      row({ customer, ...attributes }),
    ),
    orders,
    items,
    products: products.map(row),
    activities: Object.entries(customers).flatMap(([customer, { activities = [] }]) =>
      activities.map((one) => row({ customer, ...one })),
    ),
    config,
    lists: Object.fromEntries(Object.entries(lists).map(([file, rows]) => [file, rows.map(row)])),
  }
}

const sources: readonly Source[] = ['customers', 'orders', 'items', 'products', 'activities']

/** The files of data that `writeProject` writes, in the order in which they are to be loaded. */
export const dataFiles = (data: ShopData): readonly { readonly source: Source; readonly file: string }[] =>
  sources.filter((source) => data[source].length > 0).map((source) => ({ source, file: `data/${source}.csv` }))

/** `segkit.yaml`, `segments/test.yaml`, `lists/` and a CSV for each source that has rows. */
export function writeProject(data: ShopData, definitions: Definitions, dir: string): void {
  const { counted = {}, guests = [], types = {}, currency, ...more } = data.config ?? {}
  const settings = {
    version: 1,
    timezone: data.timezone,
    ...(currency === undefined ? {} : { currency }),
    ...(Object.keys(types).length > 0
      ? { sources: Object.fromEntries(Object.entries(types).map(([source, own]) => [source, { types: own }])) }
      : {}),
    ...Object.fromEntries(Object.entries(counted).map(([source, filter]) => [source, { counted: filter }])),
    ...(guests.length > 0 ? { guests } : {}),
    ...more,
    system_segments: false,
  }
  write(dir, 'segkit.yaml', yaml(settings))
  write(dir, 'segments/test.yaml', unquoted(yaml(definitions), Object.keys(more.parameters ?? {})))
  for (const { source, file } of dataFiles(data)) write(dir, file, csv(data[source]))
  for (const [file, rows] of Object.entries(data.lists ?? {})) write(dir, file, csv(rows))
}

/** Texts in quotes, so that `'01'`, `'true'` and `'no'` stay texts in every reading of YAML. */
const yaml = (value: unknown): string =>
  stringify(value, { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN', lineWidth: 0, aliasDuplicateObjects: false })

/** In quotes a `$name` is text; the names given are parameters. */
const unquoted = (text: string, names: readonly string[]): string =>
  names.reduce((all, name) => all.replaceAll(`"$${name}"`, `$${name}`), text)

/** Rows under the columns of all of theirs, or of the file that they are a part of. */
export function csv(rows: readonly Row[], whole: readonly Row[] = rows): string {
  const columns = columnsOf(whole)
  const quoted = (cell: string): string => (/[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)
  return [columns, ...rows.map((one) => columns.map((column) => one[column] ?? ''))]
    .map((cells) => `${cells.map(quoted).join(',')}\n`)
    .join('')
}

function write(dir: string, file: string, text: string): void {
  const path = join(dir, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
