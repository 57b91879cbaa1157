/** Which fields there are: those known by name, and those that loads brought. With types, scales and where their cells lie. */
import { sql } from '../base/sql.js'
import { declaredType, fits, inferred } from './forms.js'
import { type DeclaredType, type FieldType, knownFields, type SourceName, sourceNames } from './sources.js'
import type { Store } from './store.js'

export interface Field {
  readonly source: SourceName
  readonly name: string
  readonly type: FieldType
  readonly declared?: DeclaredType
  /** Worked out by segkit; a column of a file with its name takes its place. */
  readonly derived: boolean
  /** `field_row._id`; undefined where no load brought the field, whose cells are then all unknown. */
  readonly id?: number
  /** Its type is inferred, and no cell has held anything so far. */
  readonly blank?: true
  /** Decimals of a number field that is stored as scaled whole numbers. */
  readonly scale: number
}

export interface Catalogue {
  /** The field of a source itself. */
  own(source: SourceName, name: string): Field | undefined
  /** Fields of a row of the source in the order they are shown, inherited ones last: an item has its product's and its order's. */
  fields(source: SourceName): readonly Field[]
  /** The field as a row of the source has it, its own or an inherited one. */
  find(source: SourceName, name: string): Field | undefined
  /** Fields whose stored cells compare by another type than `types:` declares now. */
  readonly stale: readonly { readonly field: Field; readonly stored: string }[]
  /** Whether any data were loaded: before that, unknown fields are only warned of. */
  readonly loaded: boolean
}

export type DeclaredTypes = Partial<Record<SourceName, Readonly<Record<string, DeclaredType>>>>

const heirs: Partial<Record<SourceName, readonly SourceName[]>> = { items: ['products', 'orders'] }

export function readCatalogue(store: Store | undefined, declared: DeclaredTypes): Catalogue {
  const stored =
    store === undefined
      ? []
      : store.rows(sql`select _id, source, name, fits, _scale from field_row order by source, position, _id`)
  const tables = new Map<SourceName, Map<string, Field>>(sourceNames.map((s) => [s, knownOf(s)]))
  for (const source of sourceNames)
    for (const [name, type] of Object.entries(declared[source] ?? {})) {
      const fields = tables.get(source) as Map<string, Field>
      const known = fields.get(name)
      if (known === undefined || known.derived || known.type === 'text')
        fields.set(name, { source, name, type: declaredType(type), declared: type, derived: false, scale: 0 })
    }
  for (const [id, sourceText, nameText, bits, scale] of stored as [number, SourceName, string, number, number][]) {
    const fields = tables.get(sourceText)
    if (fields === undefined) continue
    const before = fields.get(nameText)
    const fixed = before !== undefined && !before.derived
    fields.set(nameText, {
      source: sourceText,
      name: nameText,
      type: fixed ? before.type : inferred(bits),
      ...(fixed && before.declared !== undefined ? { declared: before.declared } : {}),
      derived: false,
      ...(!fixed && bits === fits.all && { blank: true }),
      id,
      scale,
    })
  }
  const own = (source: SourceName, name: string) => tables.get(source)?.get(name)
  return {
    own,
    find: (source, name) => own(source, name) ?? (heirs[source] ?? []).map((s) => own(s, name)).find((f) => f !== undefined),
    fields(source) {
      const seen = new Map<string, Field>()
      for (const s of [source, ...(heirs[source] ?? [])])
        for (const f of tables.get(s)?.values() ?? []) if (!seen.has(f.name)) seen.set(f.name, f)
      return [...seen.values()]
    },
    stale: store === undefined ? [] : staleFields(store, own),
    loaded: store !== undefined && store.row(sql`select 1 from load_row limit 1`) !== undefined,
  }
}

/** The type that comparable forms are made by, as one word: what a load notes and the catalogue compares. */
export const formWord = (type: FieldType, declared: DeclaredType | undefined): string =>
  typeof declared === 'object' ? `list ${declared.list}` : type

/** A load notes by which type it made the comparable forms of customers' and products' cells. */
export const formNote = (source: SourceName, field: string): string => `form ${source}.${field}`

function staleFields(store: Store, own: Catalogue['own']): Catalogue['stale'] {
  return (store.rows(sql`select name, value from meta_row where name like 'form %'`) as [string, string][]).flatMap(
    ([note, stored]) => {
      const [source, name] = note.slice('form '.length).split(/\.(.*)/s) as [SourceName, string]
      const field = own(source, name)
      return field === undefined || field.id === undefined || stored === formWord(field.type, field.declared)
        ? []
        : [{ field, stored }]
    },
  )
}

const knownOf = (source: SourceName): Map<string, Field> =>
  new Map(
    Object.entries(knownFields(source)).map(([name, f]) => [
      name,
      { source, name, type: f.type, derived: f.derived === true, scale: 0 },
    ]),
  )
