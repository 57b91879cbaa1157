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
  definitions: {
    summary: 'how segments, events and metrics are written',
    text: () => `Definitions
  Files under segments/ hold any of these blocks. Names are of a-z 0-9 - _ /.

  metrics:
    spend_12m: { sum: orders.amount, last: 12 months }
  events:
    bought-cake:
      on: items                        items, orders or activities
      where: { category: cakes }
      per: order                       one a receipt, not one a line
      capture: [order, product]        what each occurrence remembers
  segments:
    cake-lovers:
      title: Cake lovers
      all:                             every one must hold; any: at least one;
        - attribute: { city: Minsk }   none: not one of them
        - performed: { event: bought-cake, count: { min: 2 }, last: 90 days }
      none:
        - in_segment: staff
      base: buyers                     of whom; otherwise of all customers

  Everyone is \`all: customers\`. \`title description owner tags\` go with each.
  \`$name\` stands for a parameter of segkit.yaml (--set name=value).
  Orders have, besides their columns, items (lines), units, number (1 = the
  customer's first), gap (days since his previous); every dated row has hour,
  weekday (mon…sun), day and month; customers have age. An item has the fields
  of its order and its product.

  segkit help conditions, metrics, events, windows, operators, expectations
`,
  },
  expectations: {
    summary: 'expect, partition and tests inside definitions',
    text: () => `Expectations and tests
  segments:
    cake-lovers:
      all: [...]
      expect:
        size: { min: 50, max: 5000 }     customers
        change: { max: 20% }             (entered + left) / size then, against
                                         the last run of an earlier day that was
                                         not held; without one it passes. A list
                                         that doubles changes by 100%
        subset_of: buyers
        disjoint_with: [staff]
      tests:
        - name: two cakes in the last 90 days
          as_of: 2024-05-31
          customer: { city: Minsk }
          orders:                        days may be written -7d, from as_of
            - { at: -89d, items: [{ product: tart, category: cakes }] }
            - { at: 2024-05-31 10:30, items: [{ category: cakes }] }
          member: true                   of an event: occurrences: [2024-05-31]
    stages:
      partition: [new, active, lapsed]   each customer in exactly one of them;
      base: buyers                       base: of whom

  A segment that is not as expected is held: \`run\` says why and ends with 69, and
  so does \`export\`, which leaves the last good file. What stands on it is held
  too. \`segkit run --accept NAME\` takes it as it is, once. \`segkit test\` tries
  the tests; it needs no data.
`,
  },
  conditions: {
    summary: 'what may stand in all, any and none',
    text: async () => entries('Conditions', (await import('../language/conditions/index.js')).kinds),
  },
  metrics: {
    summary: 'the kinds of metric',
    text: async () => entries('Metrics', (await import('../language/metrics.js')).metricKinds, metricNotes),
  },
  events: {
    summary: 'the kinds of event',
    text: async () =>
      entries('Events: every row that passes, or', (await import('../language/events.js')).eventKinds, eventNotes),
  },
  windows: {
    summary: 'which days: last, ago, between, since, until, on, period',
    text: async () =>
      entries(
        'Windows: whole local days, one window a condition',
        (await import('../language/windows.js')).windowKinds,
        windowNotes,
      ),
  },
  operators: {
    summary: 'how a value is compared',
    text: async () =>
      entries(
        'Operators: a bare value is `is`, a bare list is `in`',
        (await import('../language/operators.js')).operators,
        operatorNotes,
      ),
  },
  audiences: {
    summary: 'hand-offs: whom they take, who falls out, how they are split',
    text: async () => `Audiences
  audiences:
${(await import('../language/audiences.js')).audienceExample.replace(/^/gm, '    ')}

  Each customer who falls out counts under the first reason:
    no-consent    the rule of the channel does not hold (unknown is no), or one
                  with the same address refused; \`reachable: any\` asks for none
    no-address    none that is well-formed
    suppressed    by \`suppress:\` here or in segkit.yaml, under any of his keys
    capped        contacted by the channel as often as frequency_cap allows
    over-limit    not among the first of \`limit\`: by value, then key, unknown last
    held-out      in the arm \`holdout\`, which is recorded and gets no file
    same-address  where the tool has one row an address
    not-in-shape  an address that the profile cannot take

  waterfall: [vip, loyal, everyone] in the place of \`segment\` takes each customer
  once, in the first that has him; the file has a column \`segment\`. event: NAME
  with a window has a row an occurrence, with its captured facts.
  Arms take buckets in the order written; \`split: { as: column }\` puts them into
  one file. A bucket is the first 48 bits of SHA-256 of salt, U+001F and key,
  mod 10000: the same for the same salt, whoever else is in the list.
  contact: false says that the file reaches nobody by itself. params: are those
  of the profile, as \`--param\` on the command line.

  segkit export --help, segkit exports --help, segkit help project
`,
  },
  campaigns: {
    summary: 'what a campaign did: arms, hold-outs, intervals, the check of the split',
    text: () => campaignsHelp,
  },
  project: {
    summary: 'what may stand in segkit.yaml',
    text: () => projectHelp,
  },
  headers: {
    summary: 'which header is recognised as which field',
    text: async () => {
      const { headerTable } = await import('../ingest/headers.js')
      return headerPage(headerTable())
    },
  },
}

const campaignsHelp = `Campaigns
  An audience with a split parts its customers before anything is sent:
    split: { salt: spring-2026, arms: { offer: 90, holdout: 10 } }
  \`holdout\` gets nothing. What its customers do is what the others would have
  done without you; the difference is what the campaign did.

    segkit plan spring-offer --within 14d       is it large enough to tell?
    segkit export spring-offer                  day D: files, arms recorded
    segkit results spring-offer --within 14d    after orders of D+1 … D+14 came

  By assignment: everybody counts in the arm he was put into, whether he got the
  message, opened it, or bought nothing. Who was forgotten since counts nowhere.
  Acted: had a counted order in the window; with --event, an occurrence of it.

  The check of the split (also: sample ratio mismatch): if the arms differ from
  their planned sizes as chance alone does less than once in 1,000 times,
  something took people out of one of them, and there is no verdict.

  An interval (from … to): 95 of 100 such intervals hold the true number. Where
  the interval of a difference holds 0, the difference may be chance.
  p: how likely so large a difference is if nothing had been sent.
  Two arms with fewer than 10 buyers each get no verdict; counts below min_group
  are shown as <10, and nothing of what they come to.

  Look at the end of the window: who looks every day and stops at the first
  good one finds effects that are not there. Among several arms a difference
  must be larger to be called one. Revenue varies far more than conversion: an
  effect on it needs many more customers to show.

  segkit plan --help, segkit results --help, segkit help audiences
`

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

/** An entry of a table of kinds, whichever. */
interface Entry {
  readonly summary: string
  readonly example: string
  readonly fields?: { readonly keys?: readonly string[] }
  readonly reads?: { readonly keys?: readonly string[] }
  readonly takes?: Readonly<Record<string, unknown>>
}
type Entries = Readonly<Record<string, Entry>>

/** A table of kinds as help shows it: each with its line, its example and its keys. */
function entries(title: string, table: Entries, notes = ''): string {
  return `${title}\n\n${Object.entries(table)
    .map(([name, one]) => entry(name, one))
    .join('\n')}${notes}`
}

function entry(name: string, { summary, example, fields, reads, takes }: Entry): string {
  const own = [...(fields?.keys ?? reads?.keys ?? []), ...Object.keys(takes ?? {})]
  const keys = own.filter((k) => k !== name && !windowWords.includes(k))
  if (own.includes('last')) keys.push('a window')
  const told = keys.length === 0 ? '' : `${wrapped(`keys: ${keys.join(', ')}`, 4)}\n`
  return `  ${name}\n${wrapped(summary, 4)}\n${wrapped(example, 4)}\n${told}`
}
const windowWords: readonly string[] = ['last', 'ago', 'between', 'since', 'until', 'on', 'period']

/** Every table of kinds, with what an entry of it is. */
const kindTables = async (): Promise<readonly (readonly [string, Entries])[]> => [
  ['a condition', (await import('../language/conditions/index.js')).kinds],
  ['a metric', (await import('../language/metrics.js')).metricKinds],
  ['an event', (await import('../language/events.js')).eventKinds],
  ['a window', (await import('../language/windows.js')).windowKinds],
  ['an operator', (await import('../language/operators.js')).operators],
]

/** The words of the language that have a page. */
export const kindWords = async (): Promise<readonly string[]> => (await kindTables()).flatMap(([, table]) => Object.keys(table))

/** The page of one kind of condition, metric, event, window or operator; undefined where there is none of that name. */
export async function kindPage(name: string): Promise<string | undefined> {
  const found = (await kindTables()).flatMap(([of, table]) =>
    Object.hasOwn(table, name) ? [`As ${of}:\n${entry(name, table[name] as Entry)}`] : [],
  )
  return found.length === 0 ? undefined : found.join('\n')
}

/** Text in lines of at most 78 columns, each so far in. */
function wrapped(text: string, indent: number): string {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines[lines.length - 1] as string
    if (line !== '' && indent + line.length + 1 + word.length > 78) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines.map((line) => ' '.repeat(indent) + line).join('\n')
}

const metricNotes = `
  Each takes \`where\` (a filter of its rows), \`containing\` and \`without\` (of the
  order's items) and a window. Of nothing, count, sum and distinct are 0; the
  others are unknown. Divided numbers have 6 decimals. Metrics are yours: one
  that has no name yet is compared with the condition \`metric\`.
`
const eventNotes = `
  on: items, orders or activities; where, containing, without: which rows;
  per: order makes one of all such lines of a receipt, quantity and amount
  summed; capture: the fields each occurrence remembers. Under \`event:\` and as
  EVENT.field, number and gap are the occurrence's own.
  In \`run\`, \`entered\` of an event is its number of new occurrences.
`
const windowNotes = `
  Days: -7d, today, yesterday or 2024-05-01. Durations: 30 days, 30d, 4 weeks,
  4w, 6 months, 6mo, 1 year, 1y. Everything is seen as of the end of one day.
  On a date, \`next: 7 days\` is today and the six days after it.
`
const operatorNotes = `
  Several operators in a map must all hold. An unknown value fails every test
  but not, not_in, not_contains and has_none; \`unknown: include\` or \`exclude\`
  beside them says otherwise. \`case: exact\` minds case. min, max, above, below
  and exactly also take { metric: NAME, times: 0.7 } under attribute and metric.
`
const projectHelp = `segkit.yaml
  timezone: Europe/Minsk             whose days; the only key that must be there
  currency: BYN                      amounts in others need a rate
  country: BY                        whose phone numbers have no country code
  as_of: today                       the default day; or yesterday, 2024-05-01
  sources:                           what a file does not tell by itself
    orders:
      columns: { order: InvoiceNo, at: InvoiceDate }   field: header
      types: { customer: integer, zip: text, tags: { list: ";" } }
      dates: "D.M.YYYY H:mm"
      encoding: windows-1251
      delimiter: ";"
      decimal: ","
      header: none                   then columns: { order: 1, at: 2 }
      ignore: [passport]             columns never stored
  orders: { counted: { status: { not_in: [cancelled] } } }   what is a purchase
  items: { counted: { quantity: { above: 0 } } }
  guests: ["0"]                      customer keys that mean nobody
  rates: { USD: 3.27 }
  suppress: [ { list: lists/never.csv }, { segment: staff } ]  never handed off
  consent: { email: { attribute: { email_opt_in: true } } }    by channel
  parameters: { big_spender: 200 }   $big_spender in definitions
  freshness: { orders: { warn_after: 2 days, error_after: 7 days } }
  min_group: 10                      reports mask smaller groups
  runs: { keep: 400 days }
  system_segments: true              the definitions that ship with segkit
`
