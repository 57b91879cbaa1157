/** Lists of customers named on the command line: opened in turn, what is odd about them said, the answer written and counted. */
import { plural } from '../base/text.js'
import { type Line, type Lists, leftOut } from '../handoff/sets.js'
import { columnOf, ListFile, type ListWish } from '../ingest/list-file.js'
import type { InputFile } from '../ingest/load.js'
import { readDelimiter } from '../language/project.js'
import { type CommandSpec, type Invocation, misuse, type OptionSpec, type Outcome } from './command.js'
import { streamInputs } from './inputs.js'
import { type ColumnSpec, sayRows, writeRows } from './output.js'

export const listOptions: readonly OptionSpec[] = [
  { flags: '--by <column>', description: 'the column that holds the key; otherwise `customer`, else the first' },
  {
    flags: '--delimiter <mark>',
    description: "',' ';' '|' tab or blanks, for lists whose first lines leave it open",
  },
]

export const listNotes = `Lists are CSVs in UTF-8, as segkit writes them or as found: with semicolons or tabs, a byte order mark, CRLF, gzip.
The key of the first list is the column that \`--by\` names, else \`customer\`, else a header that means it (\`segkit help headers\`), else its first column, which is said; of another list it is the column with the same header, else by the same rule. Keys are compared byte by byte, without the white space around them; rows without one are left out and counted.
No project is needed. The first list passes through, and of the others only the keys are kept in memory. A list that turns out wrong half-way ends with 65: what came before has been written, but with \`-o\` nothing is.`

export const listExits: CommandSpec['exits'] = [
  [0, 'done, also when nobody is left or a list has a header alone'],
  [2, 'stdin named twice, no such column'],
  [65, 'a list that cannot be read as CSV in UTF-8'],
  [66, 'a missing file, a file without even a header, nothing on stdin'],
]

interface Asked {
  readonly thing: 'union' | 'intersect' | 'minus' | 'sample'
  /** Columns of the answer after those of the first list. */
  readonly more?: readonly ColumnSpec[]
  /** Columns of the others that the first list lacks are missed in the answer. */
  readonly merges?: true
  lines(first: ListFile, others: Lists): Promise<AsyncIterable<Line>> | AsyncIterable<Line>
}

/** Answers from the lists that the command names; nothing is written before `lines` has come back. */
export async function answerFromLists(invocation: Invocation, asked: Asked): Promise<Outcome> {
  const { globals, io } = invocation
  const wish = readWish(invocation)
  const [input, ...inputs] = inputsOf(asked, invocation)
  const first = await ListFile.open(input!, wish)
  try {
    if (first.byPlace) sayPlace(first, invocation)
    const read: ListFile[] = []
    const others = inTurn(inputs, { ...wish, like: first.keyHeader }, first, asked, read, invocation)
    const rows = await asked.lines(first, others)
    const columns = [...first.headers.map((name) => ({ name })), ...(asked.more ?? [])]
    const written = await writeRows({ thing: asked.thing, columns, rows }, globals, io)
    tellRows(first, invocation)
    const all = [first, ...read]
    return {
      verdict: sayRows(written.rows, 'customer', globals) + (all.every((l) => l.ended) ? ` ${ofRows(first, read, asked)}` : ''),
    }
  } finally {
    await first.close()
  }
}

const ofRows = (first: ListFile, others: readonly ListFile[], asked: Asked): string => {
  const counted = asked.merges ? [first, ...others] : [first]
  return `of ${plural(
    counted.reduce((sum, list) => sum + list.rows, 0),
    'row',
  )} of ${counted.map((list) => list.name).join(', ')}`
}

/** A pattern may stand for many lists, but where the first one decides, only for one. */
function inputsOf(asked: Asked, invocation: Invocation): readonly InputFile[] {
  const [word, ...words] = invocation.args as [string, ...string[]]
  const firsts = streamInputs([word], invocation)
  if (firsts.length === 1 || asked.merges) return [...firsts, ...streamInputs(words, invocation)]
  throw misuse(invocation, word, 'several-files', `\`${asked.thing}\` has one first list, the pattern matches ${firsts.length}`, {
    help: `name one of them, or make them one: \`segkit union '${word}' | segkit ${asked.thing} - …\``,
  })
}

function readWish(invocation: Invocation): ListWish {
  const word = invocation.option('delimiter')
  const delimiter = word === undefined ? undefined : readDelimiter(word)
  if (word !== undefined && delimiter === undefined)
    throw misuse(invocation, word, 'bad-delimiter', `\`--delimiter\` cannot be \`${word}\``, {
      help: "write `','` `';'` `'|'` `tab` or `blanks`",
    })
  return { by: invocation.option('by')?.trim(), delimiter }
}

async function* inTurn(
  inputs: readonly InputFile[],
  wish: ListWish,
  first: ListFile,
  asked: Asked,
  read: ListFile[],
  invocation: Invocation,
): AsyncGenerator<ListFile> {
  for (const input of inputs) {
    const list = await ListFile.open(input, wish)
    read.push(list)
    if (list.byPlace) sayPlace(list, invocation, first)
    const missed = asked.merges ? leftOut(first, list) : []
    if (missed.length > 0)
      invocation.note(`${list.name}: ${missed.map((m) => `\`${m}\``).join(', ')} left out, for ${first.name} has no such column`)
    yield list
    tellRows(list, invocation)
  }
}

/** Where another column is in both lists it is likelier to be what somebody wants compared. */
function sayPlace(list: ListFile, { note }: Invocation, beside?: ListFile): void {
  const both = beside?.headers.find((header) => columnOf(list.headers, header) >= 0)
  const hint = both === undefined ? '' : ` (\`--by ${both}\` would compare what both lists have)`
  note(`${list.name}: no column \`customer\`; its first one, \`${list.keyHeader}\`, is the key${hint}`)
}

function tellRows(list: ListFile, { note }: Invocation): void {
  if (list.ended && list.rows + list.keyless === 0) note(`${list.name}: a header and no row`)
  if (list.keyless > 0) note(`${list.name}: ${plural(list.keyless, 'row')} without \`${list.keyHeader}\` left out`)
  if (list.short > 0) note(`${list.name}: ${plural(list.short, 'row')} with fewer cells than the header, the missing ones empty`)
}
