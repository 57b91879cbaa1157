/** Every file of a project that editors have a schema for: those of the language, and profiles. */
import { posix } from 'node:path'
import type { Schema, Shared } from '../language/jsonschema.js'
import { document, schemas as ofLanguage, withSummaries } from '../language/schema.js'
import { schemaOf } from '../language/yaml.js'
import { profileBody } from './profile.js'

/** What each is called and where `init` puts it. */
export const schemas = {
  ...ofLanguage,
  profile: {
    file: '.segkit/profile.schema.json',
    make: () => document('a profile of segkit: the file that one tool expects', profileSchema),
  },
} as const satisfies Readonly<Record<string, { readonly file: string; readonly make: () => Schema }>>

export type SchemaName = keyof typeof schemas
export const schemaNames = Object.keys(schemas) as readonly SchemaName[]

/** The first line of a file of the project at this path, by which editors find its schema. */
export const schemaLine = (path: string, name: SchemaName): string =>
  `# yaml-language-server: $schema=${posix.relative(posix.dirname(path), schemas[name].file)}`

const summaries: Readonly<Record<string, string>> = {
  profile: 'the name of the file without its ending',
  title: 'what people call the tool and its list',
  channel: 'whose consent must hold; `none`: no consent is asked for',
  sure: 'how sure the facts are; `template`: to be fitted to one account, `own`: nothing is said',
  checked: 'the day on which the sources were read',
  sources: 'the pages that say so',
  notes: 'what whoever hands off should know, a sentence each',
  params: 'what `--param name=value` and `params:` of an audience may choose',
  file: 'the bytes: format, delimiter, quotes, line ends, encoding, packing, the most rows and bytes of a file',
  formulas: 'texts that a spreadsheet would run: `prefix` makes them harmless, `report` only counts them',
  minimum: 'fewer rows are warned of',
  key: 'headers whose cells tell rows apart: one row for each',
  requires: 'a row has one of these headers filled, or all of a list among them; otherwise it is dropped and counted',
  before: 'records of other kinds that stand before the rows of each file',
  every: 'transforms of each column that names none',
  columns: 'the columns in their order',
  extra: 'columns that an audience asks for besides: after these, into the JSON, or refused',
  remove: 'how people are taken out: by a file of their own, by a column, or not at all',
  partition: 'a value by which rows go into files of their own, such as `consent`',
  examples: 'customers and the records that come of them; `segkit profiles test` tries them',
}

function profileSchema(shared: Shared): Schema {
  const { properties, ...rest } = schemaOf(profileBody, shared)
  return { ...rest, properties: withSummaries(properties as Schema, summaries) }
}
