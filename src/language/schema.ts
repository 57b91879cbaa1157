/**
 * JSON Schemas of definition files and of the project file, for editors: put together from the readers and the tables of kinds
 * that they read by. They take whatever is read without a mistake of shape; what needs the data or other files is left to `check`.
 */
import { audienceBody } from './audiences.js'
import { metricSchema } from './conditions/attribute.js'
import { blocks, nameShape, segmentKeys } from './definitions.js'
import { eventBody, eventKinds, rowKeys } from './events.js'
import { exampleUnder, type Json, needsOne, type Schema, Shared, without } from './jsonschema.js'
import { file as projectFile } from './project.js'
import { blockSchemas, treeOps } from './tree.js'
import { type Fields, optional, type Reader, schemaOf, shape } from './yaml.js'

/** The files that have a schema: what each is called and where `init` puts it. */
export const schemas = {
  definitions: {
    file: '.segkit/definitions.schema.json',
    make: () => document('metrics, events, segments and audiences of segkit', definitionFile),
  },
  project: {
    file: '.segkit/project.schema.json',
    make: () => document('the project file of segkit', (shared) => schemaOf(projectFile, shared)),
  },
} as const satisfies Readonly<Record<string, { readonly file: string; readonly make: () => Schema }>>

/** A schema as it stands in a file: what fits on a line is on one. */
export const schemaText = (schema: Schema): string => `${laidOut(schema, '')}\n`

const LINE = 120

function laidOut(value: Json, indent: string): string {
  const flat = JSON.stringify(value)
  if (typeof value !== 'object' || value === null || flat.length + indent.length < LINE) return flat
  const inner = `${indent} `
  const [open, parts, close] = Array.isArray(value)
    ? ['[', value.map((one: Json) => laidOut(one, inner)), ']']
    : ['{', Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}: ${laidOut(one as Json, inner)}`), '}']
  return `${open}\n${parts.map((part) => `${inner}${part}`).join(',\n')}\n${indent}${close}`
}

export function document(description: string, root: (shared: Shared) => Schema): Schema {
  const shared = new Shared()
  const body = root(shared)
  return { $schema: 'http://json-schema.org/draft-07/schema#', description, ...body, definitions: shared.definitions }
}

/** What the keys say that mean the same in every definition. */
const keySummaries: Readonly<Record<string, string>> = {
  title: 'what people call it',
  description: 'what it is for',
  owner: 'who answers for it',
  tags: 'words that commands find it by, as in `tag:nightly`',
  tests: 'examples: rows of a customer, and what comes out of them',
  base: 'the segment that it is a part of; otherwise all customers',
  partition: 'a group of segments: each customer of the base is in exactly one of them',
  expect: 'what must hold; otherwise the run is held',
  on: 'the source whose rows it stands on',
  where: 'a filter that the rows must pass',
  containing: 'filters: the order must have an item for each',
  without: 'filters: the order may have an item for none',
  per: 'all such lines of an order are one occurrence',
  capture: 'fields that each occurrence keeps',
  segment: 'the segment whose members it takes',
  waterfall: 'segments: each customer belongs to the first that has him',
  event: 'the event whose occurrences it takes, one a row',
  reachable: 'the channel whose rule of consent must hold; `any`: none need hold',
  suppress: 'lists and segments of people who are left out',
  frequency_cap: 'only those with fewer contacts by the channel in the window',
  limit: 'the first by a value, unknown ones last',
  split: 'arms that customers fall into by chance; `holdout` is recorded and gets no file',
  profile: 'the tool whose file shape it has',
  params: 'what the profile lets one choose',
  columns: 'attributes and metrics that stand after the columns of the profile',
  contact: '`false`: the file reaches nobody by itself',
}

const told = (properties: Schema): Schema => withSummaries(properties, keySummaries)

/** The schemas of keys, each with what it says. */
export const withSummaries = (properties: Schema, summaries: Readonly<Record<string, string>>): Schema =>
  Object.fromEntries(
    Object.entries(properties as Readonly<Record<string, Schema>>).map(([key, schema]) => [
      key,
      Object.hasOwn(summaries, key) ? { ...schema, description: summaries[key] as string } : schema,
    ]),
  )

/** What stands under a name in each block; a block without an entry is not looked into. */
const entrySchemas: Readonly<Record<string, (shared: Shared) => Schema>> = {
  metrics: (shared) => metricSchema(shared, true),
  events: eventSchema,
  segments: segmentSchema,
  audiences: (shared) => toldAudience(shared),
}

const definitionFile = (shared: Shared): Schema => ({
  type: ['object', 'null'],
  properties: Object.fromEntries(
    Object.keys(blocks).map((block) => {
      const entry = entrySchemas[block]
      return [
        block,
        entry === undefined
          ? {}
          : namesTo(
              block,
              shared.named(block, () => entry(shared)),
            ),
      ]
    }),
  ),
  additionalProperties: false,
})

const namesTo = (block: string, entry: Schema): Schema => ({
  description: `names to ${block}`,
  type: ['object', 'null'],
  propertyNames: { pattern: nameShape.source, patternErrorMessage: 'names are of a-z 0-9 - _ / and begin with a letter' },
  additionalProperties: entry,
})

interface EventKindTold {
  readonly summary: string
  readonly example: string
  readonly rows?: string
  readonly takes?: Readonly<Record<string, unknown>>
  readonly needs?: readonly string[]
}
const kindsOfEvent: readonly (readonly [name: string, kind: EventKindTold])[] = Object.entries(eventKinds)

/** At most one kind, with the keys that go with it and no others. */
function eventSchema(shared: Shared): Schema {
  const names = kindsOfEvent.map(([name]) => name)
  const ofOwnRows = kindsOfEvent.filter(([, kind]) => kind.rows === 'own').map(([name]) => name)
  const schema = schemaOf(eventBody as Reader<unknown>, shared)
  const properties = { ...(told(schema['properties'] as Schema) as Readonly<Record<string, Schema>>) }
  const dependencies: Record<string, Schema> = {}
  for (const [name, { summary, example, takes = {}, needs = [] }] of kindsOfEvent) {
    properties[name] = { ...properties[name], description: summary, examples: [exampleUnder(name, example)] }
    const strays = [...names.filter((other) => other !== name), ...(ofOwnRows.includes(name) ? rowKeys : [])]
    dependencies[name] = { ...without(strays, `does not go with ${name}`), required: needs }
    for (const key of Object.keys(takes))
      dependencies[key] = { anyOf: kindsOfEvent.filter(([, k]) => key in (k.takes ?? {})).map(([n]) => ({ required: [n] })) }
  }
  return { ...schema, properties, dependencies, ...needsOne(['on', ...ofOwnRows]) }
}

function toldAudience(shared: Shared): Schema {
  const { properties, ...rest } = schemaOf(audienceBody as Reader<unknown>, shared)
  return { ...rest, properties: told(properties as Schema) }
}

const besideBlocks: Fields = Object.fromEntries(
  Object.entries(segmentKeys).map(([key, reader]) => [key, optional(reader as Reader<unknown>)]),
)

function segmentSchema(shared: Shared): Schema {
  const { properties, ...rest } = schemaOf(shape(besideBlocks), shared)
  return {
    ...rest,
    properties: { ...blockSchemas(shared), ...told(properties as Schema) },
    dependencies: { partition: without(treeOps, 'a group has parts in the place of conditions') },
    ...needsOne([...treeOps, 'partition' satisfies keyof typeof segmentKeys]),
  }
}
