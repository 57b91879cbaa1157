/** One customer's values on their way into a profile's record, or the reason why he leaves without one. Knows no files. */
import type { OutCell } from '../engine/cells.js'
import { alpha2, regionOf } from '../language/countries.js'
import type { Country } from '../language/lists.js'
import { formulaSafe, looksLikeFormula } from './formulas.js'
import type { Params } from './params.js'
import { type Column, type Constant, type FactName, headerWord, valuesOf as namesOf, type Profile, type Use } from './profile.js'
import { type HashName, hashes, prehashed, type Row, type Step } from './transforms.js'

/** Why a profile lets a row go: no address at all, one that cannot be, the same as another row's. */
export type Drop = 'no-address' | 'not-in-shape' | 'same-address'

export interface Shaping {
  readonly params: Params
  /** The project's country: region of phone numbers where the customer has none of his own. */
  readonly country: Country
  /** What the rows hold, in their order: attributes, metrics, and what is known of the hand-off, such as `segment`, `arm`, `consent`. */
  readonly values: readonly string[]
  /** Of these the ones that hold lists: a header that may repeat then does as often as it may. */
  readonly lists?: ReadonlySet<string>
  /** Of these the ones that stand before the profile's own columns, and those after them, as they are. */
  readonly before?: readonly string[]
  readonly extra?: readonly string[]
  readonly facts?: Readonly<Partial<Record<FactName, string>>>
  /** The file of those who left, where the profile takes them out by one. */
  readonly removing?: boolean
  /** Whether this address is another row's that is yet to come, or was and counts more. */
  readonly isTaken?: ((address: string) => boolean) | undefined
}

export interface Shaped {
  readonly cells: readonly OutCell[]
  /** The value by which the profile parts its files; empty where it does not. */
  readonly part: string
}

/** What became of one column's values. */
export interface ColumnCount {
  readonly header: string
  filled: number
  /** Left empty because the value cannot be. */
  blanked: number
  /** Texts that a spreadsheet would run: made harmless, or only counted, as the profile says. */
  formulas: number
}

export interface Shaper {
  readonly headers: readonly string[]
  /** Records that stand before the rows of each file. */
  readonly before: readonly (readonly OutCell[])[]
  readonly columns: readonly ColumnCount[]
  /** Whether a column holds nothing but hashes in hexadecimal, which need no quotes in any file. */
  readonly hex: readonly boolean[]
  /** The records of one row, several where the profile wants one an address; or why it has none. `left`: he is to be taken out. */
  take(row: readonly OutCell[], left?: boolean): readonly Shaped[] | Drop
}

/** Values that a profile asks for; those that a project has no field for are left out by the caller. */
export function wantedValues(profile: Profile, params: Params): readonly string[] {
  const columns = activeColumns(profile, params)
  const local = columns.some((c) => c.as?.some((u) => u.transform.local === true))
  return [
    ...new Set([
      ...columns.flatMap((c) => [...namesOf(c), ...(c.object ?? [])].map((v) => v.value)),
      ...(local ? ['country'] : []),
      ...(profile.partition === undefined ? [] : [profile.partition.value]),
    ]),
  ]
}

const activeColumns = (profile: Profile, params: Params, only?: ReadonlySet<string>): readonly Column[] =>
  profile.columns.filter(
    (c) =>
      [...(c.when ?? [])].every(([name, { value }]) => params.get(name) === value) &&
      (only === undefined || only.has(headerWord(c))),
  )

/** Where in a row a value lies; of several that stand together, where each does. */
type Place = number | readonly number[]

/** A column ready to take values. */
interface Cell {
  readonly count: ColumnCount
  /** The column in the profile; of extra ones their name. */
  readonly word: string
  readonly constant: OutCell | undefined
  readonly who: { readonly entered: string; readonly left: string } | undefined
  /** Places of its values in a row; the first that is known counts. */
  readonly from: readonly Place[]
  /** The only place, where text in it is the value and nothing else is to be asked; -1 otherwise. */
  readonly place: number
  /** Which of its values it takes, where the header repeats, and all of them, as the first of these cells found them. */
  readonly nth: number
  readonly all: { made: readonly string[]; wrong: boolean } | undefined
  readonly spread: boolean
  readonly object: readonly (readonly [name: string, place: number])[] | undefined
  readonly list: ((members: readonly string[]) => string) | undefined
  readonly steps: readonly Step[]
  readonly hash: ((value: string) => string) | undefined
  readonly hashName: HashName
  /** What became of texts before; undefined where that hangs on more than the text. */
  readonly known: Known | undefined
  readonly otherwise: string
  readonly typed: boolean
}

const NOT_IN_SHAPE = Symbol('not in shape')

/** Rows one by one; equal addresses are known for as long as the shaper lives. */
export function shaper(profile: Profile, shaping: Shaping): Shaper {
  const cells = cellsOf(profile, shaping)
  const template = cells.map((c) => c.constant ?? (c.typed ? null : c.otherwise))
  const live = [...cells.keys()].filter((i) => {
    const { constant, who, from, object } = cells[i]!
    return constant === undefined && (who !== undefined || from.length > 0 || object !== undefined)
  })
  const guard = profile.formulas ?? 'report'
  const countryAt = shaping.values.indexOf('country')
  const needs = requirementsOf(profile, cells)
  const key = keyOf(profile, cells)
  const partAt = profile.partition === undefined ? -1 : shaping.values.indexOf(profile.partition.value)
  const spread = cells.findIndex((c) => c.spread)
  const projectCountry = shaping.country as string | undefined
  const seen = new Set<string>()
  const about = { region: shaping.country as Country, home: shaping.country, country: projectCountry }
  let lastCountry: string | undefined

  const locate = (row: readonly OutCell[]): void => {
    const text = countryAt < 0 ? '' : textOf(row[countryAt] ?? null)
    if (text === lastCountry) return
    lastCountry = text
    about.region = regionOf(text, shaping.country)
    about.country = text === '' ? projectCountry : alpha2(text)
  }

  const record = (row: readonly OutCell[], left: boolean, one: string | undefined): Shaped | Drop => {
    const out = template.slice()
    let wrong = 0
    for (let at = 0; at < live.length; at++) {
      const i = live[at]!
      const cell = cells[i]!
      if (cell.who !== undefined) {
        out[i] = left ? cell.who.left : cell.who.entered
        continue
      }
      const raw = cell.place < 0 ? null : (row[cell.place] as OutCell)
      const made =
        typeof raw === 'string' && raw !== ''
          ? shapeText(cell, raw, about)
          : i === spread && one !== undefined
            ? shapeText(cell, one, about)
            : cellValue(cell, row, about)
      if (made === NOT_IN_SHAPE) {
        wrong |= i < 31 ? 1 << i : 1 << 31
        cell.count.blanked++
        continue
      }
      if (made === '' || made === null) continue
      cell.count.filled++
      out[i] = guard === 'off' || cell.hash !== undefined ? made : guarded(cell, made)
    }
    if (needs !== undefined && !needs.some((all) => all.every((i) => out[i] !== '')))
      return needs.some((all) => all.some((i) => (wrong & (i < 31 ? 1 << i : 1 << 31)) !== 0)) ? 'not-in-shape' : 'no-address'
    if (key.length > 0) {
      const address = key.length === 1 ? (out[key[0]!] as string) : key.map((i) => textOf(out[i] ?? null)).join('\u0000')
      if (address !== '') {
        if (seen.has(address) || shaping.isTaken?.(address) === true) return 'same-address'
        seen.add(address)
      }
    }
    return { cells: out, part: partAt < 0 ? '' : textOf(row[partAt] ?? null) }
  }

  const guarded = (cell: Cell, made: OutCell): OutCell => {
    if (cell.typed || (typeof made !== 'string' && !Array.isArray(made))) return made
    const text = textOf(made)
    if (!looksLikeFormula(text)) return made
    const safe = formulaSafe(text)
    if (safe === text) return made
    cell.count.formulas++
    return guard === 'prefix' ? safe : made
  }

  return {
    headers: cells.map((c) => c.count.header),
    before: (profile.before ?? []).map((line) =>
      cells.map((c) => constantOf(line.get(c.word)?.value ?? '', shaping, shaping.removing === true) as OutCell),
    ),
    columns: cells.map((c) => c.count),
    hex: cells.map((c) => c.hash !== undefined && c.hashName !== 'sha256-base64' && c.otherwise === ''),
    take(row, left = shaping.removing === true) {
      locate(row)
      const many = spread < 0 ? undefined : valuesOf(cells[spread]!, row)
      if (many === undefined || many.length < 2) {
        const made = record(row, left, undefined)
        return typeof made === 'string' ? made : [made]
      }
      const made = many.map((one) => record(row, left, one))
      const good = made.filter((m) => typeof m !== 'string')
      return good.length > 0 ? good : (made[0] as Drop)
    },
  }
}

function cellsOf(profile: Profile, shaping: Shaping): readonly Cell[] {
  const { params, values } = shaping
  const only =
    shaping.removing === true && profile.remove?.columns !== undefined
      ? new Set(profile.remove.columns.map((c) => c.value))
      : undefined
  const extra = shaping.extra ?? []
  const own = activeColumns(profile, params, only).flatMap((column): readonly Cell[] => {
    const places = (column.from ?? []).flatMap((all): readonly Place[] => {
      const own = all.map((v) => values.indexOf(v.value)).filter((i) => i >= 0)
      return own.length > 1 ? [own] : own
    })
    const fixed = column.value === undefined ? undefined : constantOf(column.value, shaping)
    if (column.optional === true && column.value === undefined && places.length === 0 && column.object === undefined) return []
    const cell = {
      ...prepared(column.as ?? profile.every, column, profile, params),
      word: headerWord(column),
      constant: typeof fixed === 'object' ? undefined : fixed,
      who: typeof fixed === 'object' ? fixed : undefined,
      from: places,
      nth: 0,
      all: undefined,
      spread: column.spread === true,
      object: column.object === undefined ? undefined : objectOf(column, profile, shaping),
      otherwise: column.otherwise ?? '',
    }
    const count = () => ({ header: headerOf(column, params), filled: 0, blanked: 0, formulas: 0 })
    if (column.repeat === undefined)
      return [{ ...cell, place: cell.list === undefined && !cell.typed ? onlyPlace(places) : -1, count: count() }]
    const most = namesOf(column).some((v) => shaping.lists?.has(v.value)) ? column.repeat : Math.min(column.repeat, places.length)
    const all = { made: [], wrong: false }
    return Array.from({ length: Math.max(1, most) }, (_, nth) => ({
      ...cell,
      place: most === 1 ? onlyPlace(places) : -1,
      nth,
      all,
      count: count(),
    }))
  })
  return [
    ...(shaping.before ?? []).map((name) => asItIs(name, profile, shaping)),
    ...own,
    ...(profile.extra === 'object' ? [] : extra.map((name) => asItIs(name, profile, shaping))),
  ]
}

const asItIs = (name: string, profile: Profile, shaping: Shaping): Cell => ({
  ...prepared(profile.every, undefined, profile, shaping.params),
  word: name,
  constant: undefined,
  who: undefined,
  from: [shaping.values.indexOf(name)],
  place: -1,
  nth: 0,
  all: undefined,
  spread: false,
  object: undefined,
  otherwise: '',
  count: { header: profile.formulas === 'prefix' ? formulaSafe(name) : name, filled: 0, blanked: 0, formulas: 0 },
})

const headerOf = (column: Column, params: Params): string => {
  const word = typeof column.header === 'string' ? column.header : (params.get(column.header.param.value) ?? '')
  return word
}

function prepared(uses: readonly Use[] | undefined, column: Column | undefined, profile: Profile, params: Params) {
  const all = uses ?? []
  const hashed = column !== undefined && all.at(-1)?.name === 'hash'
  const hashName: HashName = hashed ? ((params.get('hash') ?? 'sha256') as HashName) : 'none'
  const first = all[0]
  const local = all.some((u) => u.transform.local === true)
  return {
    list: first?.transform.ofList?.(first.argument),
    steps: all.filter((u) => u.name !== 'hash' && u.transform.ofList === undefined).map((u) => u.transform.make(u.argument)),
    hash: hashes[hashName],
    hashName,
    known: local ? undefined : new Known(),
    typed: profile.file?.format === 'ndjson' && all.length === 0,
  }
}

function constantOf(
  value: Constant,
  { params, facts }: Shaping,
  left?: boolean,
): string | { readonly entered: string; readonly left: string } {
  if (typeof value === 'string') return value
  if ('param' in value) return params.get(value.param.value) ?? ''
  if ('fact' in value) return facts?.[value.fact] ?? ''
  return left === undefined ? value : left ? value.left : value.entered
}

function objectOf(column: Column, profile: Profile, shaping: Shaping): readonly (readonly [string, number])[] {
  const names = [...(column.object ?? []).map((v) => v.value), ...(profile.extra === 'object' ? (shaping.extra ?? []) : [])]
  return [...new Set(names)].map((name) => [name, shaping.values.indexOf(name)] as const).filter(([, place]) => place >= 0)
}

/** Places of the cells that a row must have, any one of the lists; undefined where it need not have any. */
const requirementsOf = (profile: Profile, cells: readonly Cell[]): readonly (readonly number[])[] | undefined =>
  profile.requires
    ?.map((all) => all.map(({ value }) => cells.findIndex((c) => c.word === value)))
    .filter((all) => all.every((i) => i >= 0))

const keyOf = (profile: Profile, cells: readonly Cell[]): readonly number[] =>
  (profile.key ?? []).map(({ value }) => cells.findIndex((c) => c.word === value)).filter((i) => i >= 0)

function cellValue(cell: Cell, row: readonly OutCell[], about: Row): OutCell | typeof NOT_IN_SHAPE {
  if (cell.object !== undefined) return objectText(cell.object, row)
  if (cell.all !== undefined && (cell.nth > 0 || cell.from.length > 1 || Array.isArray(valueAt(row, cell.from[0] ?? -1))))
    return nthValue(cell, cell.all, row, about)
  for (const place of cell.from) {
    const raw = valueAt(row, place)
    if (raw === null || raw === '') continue
    if (cell.typed) return raw
    if (typeof raw === 'string' && cell.list === undefined) return shapeText(cell, raw, about)
    const text = cell.list === undefined ? textOf(raw) : cell.list(Array.isArray(raw) ? raw : [textOf(raw)])
    if (text === '') continue
    const made = cell.steps.length === 0 && cell.hash === undefined ? text : shapeText(cell, text, about)
    return typeof raw === 'string' || Array.isArray(raw) || made === NOT_IN_SHAPE || made !== text ? made : asNumber(raw, text)
  }
  return cell.typed ? null : ''
}

/** Numbers and booleans are no formulas, whatever their sign; they are told from text by staying what they are. */
const asNumber = (raw: OutCell, text: string): OutCell => (typeof raw === 'boolean' ? text : raw)

/** Of a header that repeats: its sound values, each once, fill the cells from the first on; wrong ones show in the cell after them. */
function nthValue(cell: Cell, all: NonNullable<Cell['all']>, row: readonly OutCell[], about: Row): string | typeof NOT_IN_SHAPE {
  if (cell.nth === 0) {
    const made = valuesOf(cell, row).map((text) => shapeText(cell, text, about))
    all.made = [...new Set(made.filter((v) => typeof v === 'string'))].filter((v) => v !== '')
    all.wrong = made.includes(NOT_IN_SHAPE)
  }
  return all.made[cell.nth] ?? (all.wrong && cell.nth === all.made.length ? NOT_IN_SHAPE : '')
}

const onlyPlace = ([one, more]: readonly Place[]): number => (typeof one === 'number' && more === undefined ? one : -1)

/** A value of a row; of several what is known of them, with a blank between. */
const valueAt = (row: readonly OutCell[], place: Place): OutCell =>
  typeof place === 'number'
    ? (row[place] ?? null)
    : place
        .map((i) => textOf(row[i] ?? null).trim())
        .filter((text) => text !== '')
        .join(' ')

/** All values of a column, each once. */
function valuesOf(cell: Cell, row: readonly OutCell[]): readonly string[] {
  const all = cell.from.flatMap((place) => {
    const raw = valueAt(row, place)
    return Array.isArray(raw) ? (raw as readonly string[]) : [textOf(raw)]
  })
  return [...new Set(all)].filter((v) => v !== '')
}

function shapeText(cell: Cell, value: string, about: Row): string | typeof NOT_IN_SHAPE {
  if (cell.hash === undefined || cell.known === undefined) return madeText(cell, value, about)
  const known = cell.known.get(value)
  if (known !== undefined) return known
  const made = madeText(cell, value, about)
  cell.known.set(value, made)
  return made
}

/** What became of texts that come again and again: cities, first names, days of birth. Texts that do not are soon no longer kept. */
class Known {
  private texts: Map<string, string | typeof NOT_IN_SHAPE> | undefined = new Map()
  private asked = 0
  private found = 0
  get(text: string): string | typeof NOT_IN_SHAPE | undefined {
    if (this.texts === undefined) return undefined
    const made = this.texts.get(text)
    this.asked++
    if (made !== undefined) this.found++
    else if (this.asked === SOON && this.found < SOON / 8) this.texts = undefined
    return made
  }
  set(text: string, made: string | typeof NOT_IN_SHAPE): void {
    if (this.texts !== undefined && this.texts.size < MOST) this.texts.set(text, made)
  }
}
const SOON = 16_000
const MOST = 30_000

function madeText(cell: Cell, value: string, about: Row): string | typeof NOT_IN_SHAPE {
  if (cell.hash !== undefined && prehashed(value, cell.hashName)) return value.toLowerCase()
  let text: string | undefined = value
  for (const step of cell.steps) {
    text = step(text, about)
    if (text === undefined) return NOT_IN_SHAPE
    if (text === '') return ''
  }
  return cell.hash === undefined ? text : cell.hash(text)
}

function objectText(members: readonly (readonly [string, number])[], row: readonly OutCell[]): string {
  const known = members.flatMap(([name, place]) => {
    const raw = row[place] ?? null
    return raw === null ? [] : [`${JSON.stringify(name)}:${jsonText(raw)}`]
  })
  return `{${known.join(',')}}`
}

/** A cell as JSON: numbers keep their digits. */
export const jsonText = (cell: OutCell): string =>
  cell !== null && typeof cell === 'object' && 'decimal' in cell ? cell.decimal : JSON.stringify(cell)

/** A cell as text: lists joined by `;`, the unknown empty. */
export function textOf(cell: OutCell): string {
  if (typeof cell === 'string') return cell
  if (cell === null) return ''
  if (typeof cell === 'object') return 'decimal' in cell ? cell.decimal : cell.join(';')
  return String(cell)
}
