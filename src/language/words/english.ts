/** English for the sentences of definitions. Every other language says the same things: it has this table's type. */
import { grouped } from '../../base/text.js'
import { type Duration, sayDuration } from '../../base/time.js'

/** Kinds of rows that customers leave. */
export type RowsName = 'orders' | 'items' | 'activities'
type Period = 'day' | 'week' | 'month' | 'quarter' | 'year'

const nouns = { orders: 'order', items: 'item', activities: 'activity' } as const
const joined = (parts: readonly string[]): string => parts.filter((s) => s !== '').join(' ')
const ordinal = (n: number): string => `${n}${n % 100 >= 11 && n % 100 <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th')}`
const listed = (parts: readonly string[], glue: string): string => parts.join(parts.length > 2 ? ', ' : glue)

const windows = {
  last: (d: Duration) => `in the last ${sayDuration(d)}`,
  ago: (from: Duration, to: Duration) => `between ${sayDuration(from)} and ${sayDuration(to)} ago`,
  before: (d: Duration) => `more than ${sayDuration(d)} ago`,
  ever: 'ever',
  between: (from: string, to: string) => `between ${day(from)} and ${day(to)}`,
  since: (text: string) => `since ${day(text)}`,
  until: (text: string) => `until ${day(text)}`,
  on: (text: string) => `on ${day(text)}`,
  /** Since a day, until a day. */
  joined: (parts: readonly string[]) => parts.join(' and '),
  period: (_unit: Period, _back: number, text: string) => text,
  next: (d: Duration) => `in the next ${sayDuration(d)}`,
}
/** As written, `2024-05-01` or `-7d`. */
const day = (text: string): string => (text.startsWith('-') ? `${text.slice(1)} ago` : text)

const operators = {
  is: (value: string) => `is ${value}`,
  not: (value: string) => `is not ${value}`,
  in: (values: readonly string[]) => `is ${listed(values, ' or ')}`,
  not_in: (values: readonly string[]) => `is none of ${values.join(', ')}`,
  min: (bound: string) => `at least ${bound}`,
  max: (bound: string) => `at most ${bound}`,
  above: (bound: string) => `more than ${bound}`,
  below: (bound: string) => `less than ${bound}`,
  exactly: (bound: string) => `exactly ${bound}`,
  contains: (values: readonly string[]) => `contains ${listed(values, ' or ')}`,
  not_contains: (values: readonly string[]) => `does not contain ${listed(values, ' or ')}`,
  starts_with: (values: readonly string[]) => `begins with ${listed(values, ' or ')}`,
  ends_with: (values: readonly string[]) => `ends with ${listed(values, ' or ')}`,
  matches: (expression: string) => `matches /${expression}/`,
  has_any: (values: readonly string[]) => `has ${listed(values, ' or ')}`,
  has_all: (values: readonly string[]) => `has ${listed(values, ' and ')}`,
  has_none: (values: readonly string[]) => `has none of ${values.join(', ')}`,
  exists: (there: boolean): string => (there ? 'is known' : 'is not known'),
  before: (text: string) => `before ${text}`,
  after: (text: string) => `after ${text}`,
}

const row = (on: RowsName): string => `an ${nouns[on]}`
const narrowed = (filter: string): string => `where ${filter}`

const metrics = {
  count: (of: string) => `number of ${of}`,
  sum: (of: string) => `sum of ${of}`,
  average: (of: string) => `average of ${of}`,
  median: (of: string) => `median of ${of}`,
  lowest: (of: string) => `lowest of ${of}`,
  highest: (of: string) => `highest of ${of}`,
  distinct: (of: string) => `number of different ${of}`,
  first: (of: string) => `first ${of}`,
  latest: (of: string) => `latest ${of}`,
  days_since: (of: string) => `days since the latest of ${of}`,
  favourite: (of: string, by: 'count' | 'quantity' | 'amount') => `favourite ${of} by ${by}`,
  share: (of: string) => `share of ${of}`,
  ntile: (n: number, of: string, among: string | undefined, best: 'highest' | 'lowest') =>
    `which of ${n} parts${among === undefined ? '' : ` of ${among}`} by ${of}${best === 'lowest' ? ', lowest best' : ''}`,
  bands: (of: string, cuts: readonly string[]) => `band of ${of} by ${cuts.join(', ')}`,
  ratio: (of: string, to: string) => `${of} ÷ ${to}`,
}

const channels = {
  email: 'by e-mail',
  sms: 'by text message',
  ads: 'by ads',
  post: 'by post',
  push: 'by push message',
}

const conditions = {
  performed: (deed: string, more: readonly string[]) => joined([deed, ...more]),
  not_performed: (deed: string, _undone: string, more: readonly string[]) => `not (${joined([deed, ...more])})`,
  first_performed: (body: { readonly bare: string; readonly deed: string }, window: string) => `first ${body.bare} was ${window}`,
  last_performed: (body: { readonly bare: string; readonly deed: string }, window: string) => `latest ${body.bare} was ${window}`,
  regularly: (deed: string, count: string, least: number, of: number, every: Exclude<Period, 'year'>) =>
    joined([deed, count, `in at least ${least} of the ${of} latest ${every}s that are over`]),
  lapsed: (deed: string, active: Duration, quiet: Duration) =>
    `${deed} in the ${sayDuration(active)} before the last ${sayDuration(quiet)}, and not in those`,
  resurrected: (rows: string, back: Duration, quiet: Duration) =>
    `came back in the last ${sayDuration(back)} with ${rows} after more than ${sayDuration(quiet)}`,
  anniversary: (of: string, next: string) => `the anniversary of ${of} is ${next}`,
  in_segment: (names: readonly string[]) => `in ${names.join(' or ')}`,
  not_in_segment: (names: readonly string[]) => `not in ${names.join(' or ')}`,
  in_list: (file: string) => `in the list ${file}`,
  not_in_list: (file: string) => `not in the list ${file}`,
  rank: (end: 'top' | 'bottom', portion: string, among: string | undefined, by: string, best: 'highest' | 'lowest') =>
    `in the ${end} ${portion}${among === undefined ? '' : ` of ${among}`} by ${by}${best === 'lowest' ? ', lowest first' : ''}`,
  sample: (from: string, to: string, salt: string) => `in the share from ${from} to ${to} by the salt ${salt}`,
  reachable: (channel: keyof typeof channels) => `reachable ${channels[channel]}`,
  contacted: (audience: string, channel: keyof typeof channels | undefined, more: readonly string[]) =>
    joined([`contacted by ${audience}`, channel === undefined ? '' : channels[channel], ...more]),
  not_contacted: (audience: string, channel: keyof typeof channels | undefined, more: readonly string[]) =>
    `not (${conditions.contacted(audience, channel, more)})`,
}

const events = {
  nth: (n: number, what: string) => `the ${ordinal(n)} time: ${what}`,
  every_nth: (n: number, what: string) => `every ${ordinal(n)} time: ${what}`,
  reaches: (sum: string, what: string, of: string, every: Period | undefined) =>
    `the ${sum} of ${what} reaches ${of}${every === undefined ? '' : ` within a ${every}`}`,
  quiet_for: (quiet: Duration, what: string) => `${sayDuration(quiet)} without another: ${what}`,
  after_gap: (gap: Duration, what: string) => `${what}, more than ${sayDuration(gap)} after the one before`,
  anniversary: (of: string, ahead: number | undefined) =>
    ahead === undefined ? `the anniversary of ${of}` : `${ahead} days before the anniversary of ${of}`,
  enters: (segment: string) => `enters ${segment}`,
  leaves: (segment: string) => `leaves ${segment}`,
  oncePerOrder: 'once an order',
}

const expectations = {
  size: (min: number | undefined, max: number | undefined) => `size ${bounds(min, max)}`,
  change: (most: string) => `change at most ${most}`,
  subset_of: (name: string) => `subset of ${name}`,
  disjoint_with: (names: readonly string[]) => `disjoint with ${names.join(', ')}`,
  partition: (names: readonly string[]) => `each customer in exactly one of ${names.join(', ')}`,
}
const bounds = (min: number | undefined, max: number | undefined): string =>
  min === undefined
    ? `at most ${grouped(max ?? 0)}`
    : max === undefined
      ? `at least ${grouped(min)}`
      : min === max
        ? `exactly ${grouped(min)}`
        : `${grouped(min)} to ${grouped(max)}`

export const english = {
  joined,
  windows,
  operators,
  metrics,
  conditions,
  events,
  expectations,
  bounds,
  /** A value as it is written in a definition. */
  value: (text: string) => (/^[\d.-]+$/.test(text) ? text : `\`${text}\``),
  bound: (text: string) => text,
  /** The customer's own other value, so many times. */
  other: (metric: string, times: string | undefined) => `${times === undefined ? '' : `${times} times `}${metric}`,
  /** Tests that must all hold, of which one must hold, of which none may. */
  all: (parts: readonly string[]) => parts.join(' and '),
  any: (parts: readonly string[]) => parts.join(' or '),
  none: (parts: readonly string[]) => `not (${parts.join(' or ')})`,
  /** What a comparison says of the unknown, after all else. */
  unknown: { include: ', or is not known', exclude: ', and is known' },
  notCounted: 'not counted',
  countedOrNot: 'counted or not',
  /** A row as a noun, with its article where a language has them; the name of an event stands for one. */
  row,
  bareRow: (on: RowsName): string => nouns[on],
  occurrence: (event: string) => event,
  /** Rows by which a metric counts: of orders, of items, of an event. */
  rowsCounted: (on: string) => on,
  where: narrowed,
  /** Orders with such an item in them, and without. */
  containing: (filter: string) => `with an item where ${filter}`,
  without: (filter: string) => `without an item where ${filter}`,
  /** What customers did, and what they did not; the filters follow. */
  did: (on: RowsName) => `${on === 'items' ? 'bought' : 'had'} ${row(on)}`,
  didNot: (on: RowsName) => `did not ${on === 'items' ? 'buy' : 'have'} ${row(on)}`,
  occurred: (event: string) => event,
  didNotOccur: (event: string) => `not ${event}`,
  /** "at least 5 times", "3 times", "once". */
  times: (comparison: string) => `${comparison} times`.replace(/\bis (?!known|not known)/g, '').replace(/\b1 times$/, 'once'),
  onDays: (comparison: string) =>
    `on ${`${comparison} days`.replace(/\bis (?!known|not known)/g, '').replace(/(^|least |most |exactly )1 days$/, '$11 day')}`,
  /** One step after another within a time; the last, where there is one, must not follow. */
  sequence: (steps: readonly string[], not: { readonly deed: string; readonly undone: string } | undefined, within: Duration) =>
    `${steps.join(', then ')}${not === undefined ? '' : `, and then not (${not.deed})`}, within ${sayDuration(within)}`,
  everyone: 'every customer',
  ofBase: (base: string) => `of ${base}: `,
}

export type Wording = typeof english
