/**
 * Russian for the sentences of definitions: what customers did, in the plural («покупали товар не менее 5 раз»). Filters stand in
 * brackets, so that no clause has to be closed by a comma.
 */
import { formFor, writtenDay, writtenNumber } from '../../base/speech.js'
import type { Duration } from '../../base/time.js'
import type { RowsName, Wording } from './english.js'

type Unit = Duration['unit'] | 'quarter'
interface Noun {
  /** With 1, 2 and 5 where the object is asked for: «за 1 неделю, 2 недели, 5 недель». */
  readonly forms: readonly [one: string, few: string, many: string]
  /** With 1 in the genitive: «более 1 недели»; of others it is the form with 5. */
  readonly ofOne: string
  readonly last: string
  readonly next: string
  /** «в этом месяце», «в прошлом месяце». */
  readonly within: readonly [these: string, before: string]
}
const units: Readonly<Record<Unit, Noun>> = {
  minute: noun(['минуту', 'минуты', 'минут'], 'минуты', 'последнюю', 'ближайшую', ['в эту минуту', 'в прошлую минуту']),
  hour: noun(['час', 'часа', 'часов'], 'часа', 'последний', 'ближайший', ['в этом часу', 'в прошлом часу']),
  day: noun(['день', 'дня', 'дней'], 'дня', 'последний', 'ближайший', ['сегодня', 'вчера']),
  week: noun(['неделю', 'недели', 'недель'], 'недели', 'последнюю', 'ближайшую', ['на этой неделе', 'на прошлой неделе']),
  month: noun(['месяц', 'месяца', 'месяцев'], 'месяца', 'последний', 'ближайший', ['в этом месяце', 'в прошлом месяце']),
  quarter: noun(['квартал', 'квартала', 'кварталов'], 'квартала', 'последний', 'ближайший', [
    'в этом квартале',
    'в прошлом квартале',
  ]),
  year: noun(['год', 'года', 'лет'], 'года', 'последний', 'ближайший', ['в этом году', 'в прошлом году']),
}
function noun(forms: Noun['forms'], ofOne: string, last: string, next: string, within: Noun['within']): Noun {
  return { forms, ofOne, last: `${last} ${forms[0]}`, next: `${next} ${forms[0]}`, within }
}

const form = (n: number, forms: readonly string[]): string => formFor(n, forms, 'ru')
/** «7 дней» after «за», and after «более». */
const lasting = ({ n, unit }: { readonly n: number; readonly unit: Unit }): string => `${n} ${form(n, units[unit].forms)}`
const moreThan = ({ n, unit }: { readonly n: number; readonly unit: Unit }): string => `${n} ${ofSeveral(n, unit)}`
const ofSeveral = (n: number, unit: Unit): string => form(n, [units[unit].ofOne, units[unit].forms[2]])
const last = (d: Duration): string => (d.n === 1 ? units[d.unit].last : `последние ${lasting(d)}`)
const next = (d: Duration): string => (d.n === 1 ? units[d.unit].next : `ближайшие ${lasting(d)}`)

const joined = (parts: readonly string[]): string => parts.filter((s) => s !== '').join(' ')
/** «a, b или c». */
const listed = (parts: readonly string[], glue: string): string =>
  parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} ${glue} ${parts.at(-1)}`
const neither = (parts: readonly string[]): string =>
  parts.length < 2 ? (parts[0] ?? '') : parts.map((p) => `ни ${p}`).join(', ')

const dayWords: Readonly<Record<string, readonly [from: string, to: string, on: string, than: string]>> = {
  today: ['с сегодняшнего дня', 'по сегодняшний день', 'сегодня', 'сегодня'],
  yesterday: ['со вчерашнего дня', 'по вчерашний день', 'вчера', 'вчера'],
}
/** `-30d` is «30 дней назад». */
const ago = (text: string): string => {
  const [, n = '', letter = ''] = /^-\s*(\d+) ?([a-z]+)$/.exec(text) ?? []
  const unit = unitLetters.find(([start]) => letter.startsWith(start))?.[1]
  return unit === undefined ? text.slice(1) : lasting({ n: Number(n), unit })
}
const unitLetters: readonly (readonly [start: string, unit: Unit])[] = [
  ['d', 'day'],
  ['w', 'week'],
  ['m', 'month'],
  ['y', 'year'],
]
const dayAs = (text: string, place: 0 | 1 | 2 | 3, before: string): string =>
  dayWords[text]?.[place] ?? `${before}${text.startsWith('-') ? `день, который был ${ago(text)} назад` : writtenDay(text, 'ru')}`
const fromDay = (text: string): string =>
  text.startsWith('-') ? `со дня, который был ${ago(text)} назад,` : dayAs(text, 0, 'с ')

const windows: Wording['windows'] = {
  last: (d) => `за ${last(d)}`,
  ago: (from, to) => `от ${moreThan(from)} до ${moreThan(to)} назад`,
  before: (d) => `более ${moreThan(d)} назад`,
  ever: 'когда-либо',
  between: (from, to) => `${fromDay(from)} ${dayAs(to, 1, 'по ')}`,
  since: (text) => fromDay(text).replace(/,$/, ''),
  until: (text) => dayAs(text, 1, 'по '),
  on: (text) => dayAs(text, 2, ''),
  joined,
  period: (unit, back) =>
    units[unit].within[back] ?? `${lasting({ n: back, unit })} назад${unit === 'day' ? '' : ' по календарю'}`,
  next: (d) => `в ${next(d)}`,
}

const thanDay = (text: string): string =>
  text.startsWith('-')
    ? `, чем ${ago(text)} назад`
    : dayWords[text] === undefined
      ? ` ${writtenDay(text, 'ru')}`
      : `, чем ${dayAs(text, 3, '')}`

const operators: Wording['operators'] = {
  is: (value) => `— ${value}`,
  not: (value) => `— не ${value}`,
  in: (values) => `— ${listed(values, 'или')}`,
  not_in: (values) => `— ни одно из: ${values.join(', ')}`,
  min: (bound) => `не менее ${bound}`,
  max: (bound) => `не более ${bound}`,
  above: (bound) => `более ${bound}`,
  below: (bound) => `менее ${bound}`,
  exactly: (bound) => `ровно ${bound}`,
  contains: (values) => `содержит ${listed(values, 'или')}`,
  not_contains: (values) => `не содержит ${neither(values)}`,
  starts_with: (values) => `начинается с ${listed(values, 'или')}`,
  ends_with: (values) => `заканчивается на ${listed(values, 'или')}`,
  matches: (expression) => `подходит под /${expression}/`,
  has_any: (values) => `включает ${listed(values, 'или')}`,
  has_all: (values) => `включает ${listed(values, 'и')}`,
  has_none: (values) => `не включает ${neither(values)}`,
  exists: (there) => (there ? 'указано' : 'не указано'),
  before: (text) => `раньше${thanDay(text)}`,
  after: (text) => `позже${thanDay(text)}`,
}

const rows: Readonly<
  Record<RowsName, { readonly one: string; readonly ofOne: string; readonly many: string; readonly did: string }>
> = {
  orders: { one: 'заказ', ofOne: 'заказа', many: 'заказов', did: 'делали' },
  items: { one: 'товар', ofOne: 'товара', many: 'товаров', did: 'покупали' },
  activities: { one: 'действие', ofOne: 'действия', many: 'действий', did: 'совершали' },
}
const isRows = (on: string): on is RowsName => Object.hasOwn(rows, on)
const sources: Readonly<Record<string, string>> = { orders: 'заказов', items: 'строк заказов', activities: 'действий' }
const bys = { count: 'по числу строк', quantity: 'по количеству', amount: 'по сумме' } as const

const metrics: Wording['metrics'] = {
  count: (of) => `число ${of}`,
  sum: (of) => `сумма ${of}`,
  average: (of) => `среднее ${of}`,
  median: (of) => `медиана ${of}`,
  lowest: (of) => `наименьшее ${of}`,
  highest: (of) => `наибольшее ${of}`,
  distinct: (of) => `число разных ${of}`,
  first: (of) => `первое ${of}`,
  latest: (of) => `последнее ${of}`,
  days_since: (of) => `дней с последнего из ${of}`,
  favourite: (of, by) => `самое частое ${of} ${bys[by]}`,
  share: (of) => `доля ${of}`,
  ntile: (n, of, among, best) =>
    `какая из ${n} равных частей${among === undefined ? '' : ` ${among}`} по ${of}${best === 'lowest' ? ', лучшие — меньшие' : ''}`,
  bands: (of, cuts) => `ступень ${of} по границам ${cuts.map((c) => writtenNumber(c, 'ru')).join('; ')}`,
  ratio: (of, to) => `${of} ÷ ${to}`,
}

const channels = {
  email: 'по электронной почте',
  sms: 'по СМС',
  ads: 'через рекламу',
  post: 'по почте',
  push: 'через push-уведомления',
} as const

const untrue = (said: string): string => `не (${said})`

const conditions: Wording['conditions'] = {
  performed: (deed, more) => joined([deed, ...more]),
  not_performed: (deed, undone, more) =>
    more.length > 1 && more.slice(0, -1).some((s) => s !== '') ? untrue(joined([deed, ...more])) : joined([undone, ...more]),
  first_performed: ({ deed }, window) => `впервые ${deed} ${window}`,
  last_performed: ({ deed }, window) => `в последний раз ${deed} ${window}`,
  regularly: (deed, count, least, of, every) => {
    const over = form(of, [every === 'week' ? 'последней завершённой' : 'последнего завершённого', 'последних завершённых'])
    return joined([deed, count, `как минимум в ${least} из ${of} ${over} ${ofSeveral(of, every)}`])
  },
  lapsed: (deed, active, quiet) => `${deed} за ${lasting(active)} до последних ${moreThan(quiet)}, а с тех пор — нет`,
  resurrected: (made, back, quiet) => `вернулись за ${last(back)}: ${made} после перерыва более ${moreThan(quiet)}`,
  anniversary: (of, when) => `годовщина ${of} ${when}`,
  in_segment: (names) => `состоят в ${listed(names, 'или')}`,
  not_in_segment: (names) =>
    names.length < 2 ? `не состоят в ${names[0]}` : `не состоят ${names.map((n) => `ни в ${n}`).join(', ')}`,
  in_list: (file) => `есть в списке ${file}`,
  not_in_list: (file) => `нет в списке ${file}`,
  rank: (end, portion, among, by, best) =>
    `входят в ${end === 'top' ? 'первые' : 'последние'} ${writtenNumber(portion.replaceAll(' ', ''), 'ru')}${among === undefined ? '' : ` среди ${among}`} по ${by}${best === 'lowest' ? ', начиная с наименьших' : ''}`,
  sample: (from, to, salt) =>
    `попадают в долю от ${writtenNumber(from, 'ru')} до ${writtenNumber(to, 'ru')} случайного деления «${salt}»`,
  reachable: (channel) => `доступны ${channels[channel]}`,
  contacted: (audience, channel, more) =>
    joined([`попадали в выгрузку ${audience}`, channel === undefined ? '' : channels[channel], ...more]),
  not_contacted: (audience, channel, more) => {
    const said = conditions.contacted(audience, channel, more)
    return more.slice(0, -1).some((s) => s !== '') ? untrue(said) : `не ${said}`
  },
}

const events: Wording['events'] = {
  nth: (n, what) => `${n}-й раз: ${what}`,
  every_nth: (n, what) => `каждый ${n}-й раз: ${what}`,
  reaches: (sum, what, of, every) =>
    `накопленное ${sum} (${what}) достигает ${writtenNumber(of, 'ru')}${every === undefined ? '' : ` в пределах ${units[every].ofOne}`}`,
  quiet_for: (quiet, what) => `${lasting(quiet)} без следующего: ${what}`,
  after_gap: (gap, what) => `${what} после перерыва более ${moreThan(gap)}`,
  anniversary: (of, ahead) =>
    ahead === undefined ? `годовщина ${of}` : `за ${lasting({ n: ahead, unit: 'day' })} до годовщины ${of}`,
  enters: (segment) => `входит в ${segment}`,
  leaves: (segment) => `выходит из ${segment}`,
  oncePerOrder: 'один раз на заказ',
}

const bounds: Wording['bounds'] = (min, max) => {
  const said = (n: number): string => writtenNumber(String(n), 'ru')
  return min === undefined
    ? `не более ${said(max ?? 0)}`
    : max === undefined
      ? `не менее ${said(min)}`
      : min === max
        ? `ровно ${said(min)}`
        : `от ${said(min)} до ${said(max)}`
}
const expectations: Wording['expectations'] = {
  size: (min, max) => `размер ${bounds(min, max)}`,
  change: (most) => `изменение не более ${writtenNumber(most, 'ru')}`,
  subset_of: (name) => `входит в ${name}`,
  disjoint_with: (names) => `не пересекается с ${names.join(', ')}`,
  partition: (names) => `каждый клиент ровно в одном из ${names.join(', ')}`,
}

/** «не менее 1 раза», «3 раза», «5 раз»: the form follows the last number, and whether it is a bound. */
function counted(comparison: string, forms: readonly [one: string, few: string, many: string], ofOne: string): string {
  const text = comparison.replace(/— (?=(не )?[\d.,]|ни одно)/g, '')
  const n = Number((/([\d.,]+)[^\d.,]*$/.exec(text)?.[1] ?? '').replace(',', '.'))
  return `${text} ${/(менее|более) [\d.,\u202f]+$/.test(text) ? form(n, [ofOne, forms[2]]) : form(n, forms)}`
}

const wordOf = (text: string): string => {
  if (/^-?\d+(\.\d+)?$/.test(text)) return text.replace('.', ',')
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return writtenDay(text, 'ru')
  return text === 'true' ? 'да' : text === 'false' ? 'нет' : `«${text}»`
}

export const russian: Wording = {
  joined,
  windows,
  operators,
  metrics,
  conditions,
  events,
  expectations,
  bounds,
  value: wordOf,
  bound: (text) => writtenNumber(text, 'ru'),
  other: (metric, times) => `${times === undefined ? '' : `${times.replace('.', ',')} × `}${metric}`,
  all: (parts) => parts.join(' и '),
  any: (parts) => parts.join(' или '),
  none: (parts) => untrue(parts.join(' или ')),
  unknown: { include: ' или не указано', exclude: ' и указано' },
  notCounted: 'не в зачёт',
  countedOrNot: 'в зачёт или нет',
  row: (on) => rows[on].one,
  bareRow: (on) => rows[on].one,
  occurrence: (event) => `событие ${event}`,
  rowsCounted: (on) => sources[on] ?? (on.includes('.') && !isRows(on) ? on : `событий ${on}`),
  where: (filter) => `(${filter})`,
  containing: (filter) => `с товаром (${filter})`,
  without: (filter) => `без товара (${filter})`,
  did: (on) => `${rows[on].did} ${rows[on].one}`,
  didNot: (on) => `не ${rows[on].did} ${rows[on].many}`,
  occurred: (event) => `было событие ${event}`,
  didNotOccur: (event) => `не было события ${event}`,
  times: (comparison) => counted(comparison, ['раз', 'раза', 'раз'], 'раза'),
  onDays: (comparison) => `в разные дни: ${counted(comparison, ['день', 'дня', 'дней'], 'дня')}`,
  sequence: (steps, not, within) =>
    `${steps.join(', затем ')}${not === undefined ? '' : `, а потом ${not.undone}`}, в течение ${moreThan(within)}`,
  everyone: 'все клиенты',
  ofBase: (base) => `из ${base}: `,
}
