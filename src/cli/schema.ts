/** `segkit schema`: the JSON Schema of definition files, of segkit.yaml or of profiles, for editors. Needs no project. */
import { suggest } from '../base/text.js'
import { type SchemaName, schemaNames, schemas } from '../handoff/schemas.js'
import { schemaText } from '../language/schema.js'
import { defineCommand, misuse } from './command.js'
import { writeText } from './output.js'

export const command = defineCommand({
  name: 'schema',
  summary: 'the JSON Schema of definitions, of segkit.yaml or of profiles, for editors',
  group: 'care',
  args: [{ name: 'WHAT', description: `${schemaNames.map((name) => `\`${name}\``).join(' or ')}; definitions without it` }],
  options: [],
  examples: ['segkit schema', `segkit schema -o ${schemas.definitions.file}`, `segkit schema project -o ${schemas.project.file}`],
  notes: `An editor with the YAML language server then completes and checks as one types. \`init\` writes all of them and names
them in the first line of what it makes; in a file of your own write, as its first line,
\`# yaml-language-server: $schema=../${schemas.definitions.file}\`, of a profile
\`# yaml-language-server: $schema=../${schemas.profile.file}\`. After an update of segkit write them anew.`,
  exits: [
    [0, 'done'],
    [2, 'no such schema'],
  ],
  run: async ({ arg, globals, io }) => {
    const wanted = arg('WHAT') ?? 'definitions'
    if (!isSchema(wanted))
      throw misuse(globals, wanted, 'unknown-schema', `no schema \`${wanted}\``, {
        help: suggest(wanted, schemaNames, 'schemas'),
      })
    await writeText(schemaText(schemas[wanted].make()), globals, io)
    return {}
  },
})

const isSchema = (name: string): name is SchemaName => Object.hasOwn(schemas, name)
