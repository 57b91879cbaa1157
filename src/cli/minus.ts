/** `minus`: the customers of one list who are in none of the others. */
import { minus } from '../handoff/sets.js'
import { defineCommand } from './command.js'
import { answerFromLists, listExits, listNotes, listOptions } from './lists.js'

export const command = defineCommand({
  name: 'minus',
  summary: 'the customers of a list who are in none of the other lists',
  group: 'hand-off',
  args: [
    { name: 'FILE', description: "a list of customers, a CSV, or - for stdin; its rows are the answer's", required: true },
    { name: 'OTHER', description: 'the other lists; quoted globs too', required: true, variadic: true },
  ],
  options: listOptions,
  examples: [
    'segkit members big-spenders --columns email | segkit minus - lists/staff.csv',
    "segkit minus fans.csv 'lists/*.csv' -o reminder.csv",
    'segkit members big-spenders | segkit minus - lists/staff.csv | segkit sample - --salt a --to 10%',
  ],
  notes: `The rows of the first list, in its order and with all its columns, whose customer is in no other list. A customer who comes again keeps the row that came first.
${listNotes}`,
  exits: listExits,
  run: (invocation) => answerFromLists(invocation, { thing: 'minus', lines: minus }),
})
