/** The commands there are, one line each: help, did-you-mean and loading follow from this table. Loads none of them. */
import type { Command, Group } from './command.js'

export interface Listed {
  readonly name: string
  readonly group: Group
  readonly summary: string
  load(): Promise<Command>
}

const listed = (group: Group, name: string, summary: string): Listed => ({
  name,
  group,
  summary,
  load: async () => ((await import(`./${name}.js`)) as { readonly command: Command }).command,
})

export const commands: readonly Listed[] = [
  listed('start', 'init', 'make a project; --demo fills it with the sample bakery'),
  listed('start', 'inspect', 'what is in a CSV, and the mapping it would use'),
  listed('start', 'check', 'all problems of project and definitions in one pass'),
  listed('start', 'test', 'the tests inside definitions'),
  listed('data', 'ingest', 'load CSVs of customers, orders, activities'),
  listed('data', 'loads', 'the ledger of loads'),
  listed('data', 'status', 'rows, newest order, freshness, last run, what next'),
  listed('data', 'fields', 'each field with type, fill rate, commonest values'),
  listed('answers', 'list', 'the definitions'),
  listed('answers', 'run', 'evaluate segments and events, and record the run'),
  listed('answers', 'members', 'who is in a segment'),
  listed('answers', 'preview', 'how each condition of a segment narrows it'),
  listed('answers', 'events', 'the occurrences of an event'),
  listed('answers', 'why', 'why a customer is in a segment or not'),
  listed('answers', 'history', 'sizes of segments and events over time'),
  listed('answers', 'upcoming', 'who will enter or leave by the clock alone'),
  listed('answers', 'overlap', 'how many customers two segments have in common'),
  listed('answers', 'cohorts', 'who comes back, by the month of the first order'),
  listed('answers', 'migration', 'who moved between the parts of a partition'),
  listed('answers', 'report', 'the report per segment'),
  listed('answers', 'sql', 'a segment as one SELECT for the sqlite3 shell'),
  listed('hand-off', 'export', 'hand an audience or segment to a campaign tool'),
  listed('hand-off', 'profiles', 'the file shapes of campaign tools'),
  listed('hand-off', 'exports', 'the ledger of hand-offs; undo takes one out'),
  listed('hand-off', 'plan', 'the smallest effect that a hand-off of this size could show'),
  listed('hand-off', 'results', 'what came of a hand-off: each arm against those held out'),
  listed('hand-off', 'union', 'the customers of any of several lists'),
  listed('hand-off', 'intersect', 'the customers of a list who are in all others'),
  listed('hand-off', 'minus', 'the customers of a list who are in no other'),
  listed('hand-off', 'sample', 'a share of a list by chance, the same each time'),
  listed('care', 'forget', 'erase a person'),
  listed('care', 'schema', 'the JSON Schema of definitions or of segkit.yaml, for editors'),
  listed('care', 'help', 'help on a command or a topic'),
]

export const GROUPS: readonly (readonly [group: Group, title: string])[] = [
  ['start', 'Start'],
  ['data', 'Data in'],
  ['answers', 'Answers'],
  ['hand-off', 'Hand-off'],
  ['care', 'Care'],
]
