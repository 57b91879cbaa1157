/** SQL text and its parameters, always together. A value can only enter as a parameter, a name only quoted. */
export type Param = string | number | bigint | null
export interface Sql {
  readonly text: string
  readonly params: readonly Param[]
  /** A predicate that is 0 or 1 and never null. */
  readonly total?: true
}

const isSql = (hole: Sql | Param): hole is Sql => typeof hole === 'object' && hole !== null

export function sql(strings: TemplateStringsArray, ...holes: readonly (Sql | Param)[]): Sql {
  let text = strings[0] ?? ''
  const params: Param[] = []
  holes.forEach((hole, i) => {
    if (isSql(hole)) {
      text += hole.text
      for (const p of hole.params) params.push(p)
    } else {
      text += '?'
      params.push(hole)
    }
    text += strings[i + 1] ?? ''
  })
  return { text, params }
}

/** A quoted identifier. */
export const name = (id: string): Sql => ({ text: `"${id.replaceAll('"', '""')}"`, params: [] })

/** `t."column"` */
export const col = (table: string, column: string): Sql => ({ text: `${table}."${column.replaceAll('"', '""')}"`, params: [] })

/** A whole number written into the text: days, ids and codes that segkit itself made, never anything a user typed. */
export const int = (value: number | bigint): Sql => {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new Error(`not a whole number: ${value}`)
  return { text: String(value), params: [] }
}

export function join(parts: readonly Sql[], glue: string): Sql {
  return { text: parts.map((p) => p.text).join(glue), params: parts.flatMap((p) => p.params) }
}

export const list = (values: readonly Param[]): Sql =>
  join(
    values.map((v) => sql`${v}`),
    ', ',
  )

export const TRUE: Sql = { text: '1', params: [], total: true }
export const FALSE: Sql = { text: '0', params: [], total: true }
export const NULL: Sql = { text: 'null', params: [] }

/** Says of a predicate that it is 0 or 1 for every row. */
export const total = (part: Sql): Sql => ({ ...part, total: true })
const both = (whole: Sql, parts: readonly Sql[]): Sql => (parts.every((p) => p.total === true) ? total(whole) : whole)

/** More parts than this are joined in groups: SQLite bounds how deep an expression may nest, and a chain nests at every link. */
const LONG_CHAIN = 100
function chain(parts: readonly Sql[], glue: string): Sql {
  if (parts.length <= LONG_CHAIN) return sql`(${join(parts, glue)})`
  const groups: Sql[] = []
  for (let i = 0; i < parts.length; i += LONG_CHAIN) groups.push(chain(parts.slice(i, i + LONG_CHAIN), glue))
  return chain(groups, glue)
}

export const and = (parts: readonly Sql[]): Sql => {
  const kept = parts.filter((p) => p.text !== '1')
  return kept.length === 0 ? TRUE : kept.length === 1 ? kept[0]! : both(chain(kept, ' and '), kept)
}
export const or = (parts: readonly Sql[]): Sql =>
  parts.length === 0 ? FALSE : parts.length === 1 ? parts[0]! : both(chain(parts, ' or '), parts)
export const not = (part: Sql): Sql => both(sql`not (${part})`, [part])
/** 0 or 1, never null: the unknown counts as no, so that `not` is a true complement. */
export const truth = (part: Sql): Sql => (part.total === true ? part : total(sql`((${part}) is true)`))

/** A part on a line of its own with a remark before it, less what would end the remark or pass for a parameter. */
export const remarked = (remark: string, part: Sql): Sql => ({
  ...part,
  text: `\n  /* ${remark.replace(/[?"]/g, '').replaceAll('*/', '* /').replace(/\s+/g, ' ')} */ ${part.text}`,
})

/** The text with its parameters written in as literals, for SQL that a person pastes into another program. */
export function inline(q: Sql): string {
  let i = 0
  let out = ''
  let quoted = false
  for (const ch of q.text) {
    if (ch === '"') quoted = !quoted
    if (ch === '?' && !quoted) {
      const p = q.params[i++]
      out += p === null || p === undefined ? 'null' : typeof p === 'string' ? `'${p.replaceAll("'", "''")}'` : String(p)
    } else out += ch
  }
  return out
}
