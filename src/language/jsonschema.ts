/** JSON Schema (draft-07), as far as readers need it to tell editors what they accept. Knows nothing of any kind of definition. */
import { parse } from 'yaml'

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }
export type Schema = { readonly [keyword: string]: Json }

/** Schemas that are used in many places, or within themselves: written once, by name. */
export class Shared {
  private readonly made: Record<string, Schema> = {}

  named(words: string, make: () => Schema): Schema {
    const name = words.replaceAll(' ', '-')
    if (!Object.hasOwn(this.made, name)) {
      this.made[name] = {}
      this.made[name] = make()
    }
    return { $ref: `#/definitions/${name}` }
  }

  /** By name, in the order of the alphabet. */
  get definitions(): { readonly [name: string]: Schema } {
    return Object.fromEntries(Object.entries(this.made).sort(([a], [b]) => (a < b ? -1 : 1)))
  }
}

export const anyScalar: Schema = { type: ['string', 'number', 'boolean'] }

/** A decimal, quoted or not. */
export const numberLike: Schema = { type: ['number', 'string'], pattern: '^[+-]?(?:\\d+(?:\\.\\d+)?|\\.\\d+)$' }

/** Text of this form; `expected` is what an editor says of any other. */
export const textLike = (form: string, expected: string): Schema => ({
  type: 'string',
  pattern: `^(?:${form})$`,
  patternErrorMessage: `expected ${expected}`,
})

const parameterForm = '^\\$[A-Za-z]'

/** The schema, or `$name` in its place; `expected` is what an editor says of other text. */
export function orParameter(schema: Schema, expected?: string): Schema {
  const { type, pattern } = schema
  if (type === undefined || 'enum' in schema || 'const' in schema)
    return oneOfThese([schema, { type: 'string', pattern: parameterForm }])
  const types = [type].flat() as readonly string[]
  if (types.includes('string') && pattern === undefined) return schema
  const form = types.includes('string') ? `${pattern}|${parameterForm}` : parameterForm
  const message = expected !== undefined && { patternErrorMessage: `expected ${expected}` }
  return { ...schema, type: [...new Set([...types, 'string'])], pattern: form, ...message }
}

/** Any of these; what is itself a choice among some is taken apart, and what stands twice stands once. */
export function oneOfThese(schemas: readonly Schema[]): Schema {
  const flat = schemas.flatMap((s) => (Object.keys(s).length === 1 && Array.isArray(s['anyOf']) ? (s['anyOf'] as Schema[]) : [s]))
  const different = [...new Map(flat.map((s) => [JSON.stringify(s), s])).values()]
  return different.length === 1 ? (different[0] as Schema) : { anyOf: different }
}

/** A map with these keys and no others; or `$name`. */
export const mapSchema = (properties: Readonly<Record<string, Schema>>, required: readonly string[], expected: string): Schema =>
  orParameter({ type: 'object', properties, additionalProperties: false, ...(required.length > 0 && { required }) }, expected)

/** What stands under a key of an example, which is written as in a definition file. */
export const exampleUnder = (key: string, example: string): Json => (parse(example) as Record<string, Json>)[key] as Json

/** A map's schema with more keys. */
export const withKeys = (schema: Schema, keys: Readonly<Record<string, Schema>>): Schema => ({
  ...schema,
  properties: { ...(schema['properties'] as Schema), ...keys },
})

/** A map without these keys; `because` is what an editor says of each. */
export const without = (keys: readonly string[], because: string): Schema => ({
  properties: Object.fromEntries(keys.map((key) => [key, false])),
  errorMessage: because,
})

/** A map in which one of these keys must stand. */
export const needsOne = (keys: readonly string[]): Schema => ({
  if: { properties: Object.fromEntries(keys.map((key) => [key, false])) },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { required: keys.slice(0, 1), errorMessage: `one of ${keys.join(', ')} is missing` },
})

/** A map's schema where exactly one of these keys stands. */
export const oneAmong = (keys: readonly string[], schema: Schema): Schema => ({
  ...schema,
  dependencies: Object.fromEntries(
    keys.map((key) => [
      key,
      without(
        keys.filter((other) => other !== key),
        `only one of ${keys.join(', ')}`,
      ),
    ]),
  ),
  ...needsOne(keys),
})
