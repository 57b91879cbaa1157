/** `union`: the customers of any of several lists. */
import { union } from '../handoff/sets.js'
import { defineCommand } from './command.js'
import { answerFromLists, listExits, listNotes, listOptions } from './lists.js'

export const command = defineCommand({
  name: 'union',
  summary: 'the customers of any of several lists, each once',
  group: 'hand-off',
  args: [
    { name: 'FILE', description: "a list of customers, a CSV, or - for stdin; its columns are the answer's", required: true },
    { name: 'OTHER', description: 'more lists; quoted globs too', variadic: true },
  ],
  options: listOptions,
  examples: [
    'segkit union fans.csv lists/staff.csv -o invited.csv',
    "segkit union fans.csv 'lists/*.csv' | wc -l",
    'segkit members big-spenders | segkit union - lists/staff.csv fans.csv',
  ],
  notes: `The rows of the first list, then of each other one those whose customer has not come yet, their cells under the first list's headers; a cell that the other list lacks is empty, and its columns that the first lacks are left out and said. A customer who comes again keeps the row that came first.
${listNotes}`,
  exits: listExits,
  run: (invocation) => answerFromLists(invocation, { thing: 'union', merges: true, lines: union }),
})
