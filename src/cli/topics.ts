/** What `segkit help TOPIC` tells beyond the commands: one entry a topic. Lines no wider than 80 columns. */
export interface Topic {
  readonly summary: string
  /** Asked only when the topic is shown, so that it may load what it tells of. */
  text(): string | Promise<string>
}

export const topics: Readonly<Record<string, Topic>> = {
  'exit-codes': {
    summary: 'what each exit code means',
    text: () => `Exit codes
   0  done; rejects within the limit too
   2  usage: unknown command, flag, column or name, or an unreadable value,
      on the command line
   3  done in part: some files or definitions were wrong, the sound rest
      was done
   4  only with --exit-code: there are differences, or something is stale
  65  bad data: every file refused; what segkit will not guess refuses the file
  66  no input: missing file, a file without a data row, a glob without a match,
      empty stdin, no data loaded yet
  69  held back by an expectation or by freshness
  70  a bug in segkit, or verify found a difference
  73  cannot create a file
  74  a write or a read failed, or the store is damaged
  75  another segkit is writing; try again later, or wait with --wait
  78  the project or its definitions are wrong, there is no project, a test
      inside a definition fails, or the store was written by a newer segkit
 130  interrupted; 143 terminated. What was not committed never was

Where several apply: 70, 74, 73, 75, 69, 78, 65, 66, 3. Code 1 is never used on
purpose. With --json a failing command writes one line of JSON to stderr:
code, message, file, line, column, help, exit, and more: n of several problems.
`,
  },
  formats: {
    summary: 'table, csv, tsv, json, ndjson, md',
    text: () => `Formats
  Rows are a table on a terminal and CSV with a header otherwise: the same
  columns, values and order. -f says otherwise, then the ending of -o, then
  SEGKIT_FORMAT.

  table   for reading; cells are cut to the terminal's width, never in a file
  csv     RFC 4180: UTF-8 without a byte order mark, LF, quotes where needed
  tsv     no quotes; tab, line feed, carriage return and backslash in a cell are
          written \\t, \\n, \\r and \\\\
  json    { "schema": "segkit.<thing>/1", "as_of": day, "rows": [...] }
  ndjson  one object a row, without the envelope
  md      a Markdown table

  Unknown is empty, in JSON null. Lists are joined by ; and are arrays in JSON.
  A boolean is true or false. Numbers keep their digits, with . before decimals.
  Dates are ISO, times RFC 3339 with the zone's offset.

  --columns a,b   these columns in this order
  --no-header     rows alone
  --limit N       at most N rows
  -o FILE         into a file, whole or not at all
`,
  },
  headers: {
    summary: 'which header is recognised as which field',
    text: async () => {
      const { headerTable } = await import('../ingest/headers.js')
      return headerPage(headerTable())
    },
  },
}

const WIDTH = 80

function headerPage(
  table: readonly { readonly source: string; readonly field: string; readonly headers: readonly string[] }[],
): string {
  const sources = [...new Set(table.map((e) => e.source))]
  const entry = ({ field, headers }: (typeof table)[number]) => filled(`  ${field.padEnd(13)} `, [...new Set(headers)])
  return `Headers
  A column is recognised by its header without regard to case, blanks,
  underscores and camel case. Other headers become fields of their own name.
  --map field=Header and columns: in segkit.yaml name what is not recognised;
  segkit inspect FILE shows what a file would be taken for.

${sources
  .map(
    (s) =>
      `${s}\n${table
        .filter((e) => e.source === s)
        .map(entry)
        .join('')}`,
  )
  .join('\n')}`
}

/** Words joined by commas, in lines of the page's width under the first one's beginning. */
function filled(head: string, words: readonly string[]): string {
  let text = ''
  let line = head
  words.forEach((word, i) => {
    const piece = i + 1 < words.length ? `${word}, ` : word
    if (line.length + piece.trimEnd().length > WIDTH) {
      text += `${line.trimEnd()}\n`
      line = ' '.repeat(head.length)
    }
    line += piece
  })
  return `${text}${line.trimEnd()}\n`
}
