/** `intersect`: the customers of one list who are in all others. */
import { intersect } from '../handoff/sets.js'
import { defineCommand } from './command.js'
import { answerFromLists, listExits, listNotes, listOptions } from './lists.js'

export const command = defineCommand({
  name: 'intersect',
  summary: 'the customers of a list who are in all other lists too',
  group: 'hand-off',
  args: [
    { name: 'FILE', description: "a list of customers, a CSV, or - for stdin; its rows are the answer's", required: true },
    { name: 'OTHER', description: 'the other lists; quoted globs too', required: true, variadic: true },
  ],
  options: listOptions,
  examples: [
    'segkit members croissant-fans --columns city | segkit intersect - lists/staff.csv',
    'segkit intersect data/customers.csv fans.csv lists/staff.csv -o keen.csv',
    'segkit intersect data/customers.csv newsletter.csv --by email',
  ],
  notes: `The rows of the first list, in its order and with all its columns, whose customer is in every other list. A customer who comes again keeps the row that came first.
${listNotes}`,
  exits: listExits,
  run: (invocation) => answerFromLists(invocation, { thing: 'intersect', lines: intersect }),
})
