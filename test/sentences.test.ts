/** Definitions in words: told in every language, with the forms of words that go with their numbers. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Problems, render } from '../src/base/problem.js'
import { parseDay } from '../src/base/time.js'
import { kinds } from '../src/language/conditions/index.js'
import { type Definitions, readDefinitions, saySegment } from '../src/language/definitions.js'
import { eventKinds } from '../src/language/events.js'
import { projectLists } from '../src/language/lists.js'
import { metricKinds } from '../src/language/metrics.js'
import { operators } from '../src/language/operators.js'
import { type Project, readProject } from '../src/language/project.js'
import { windowKinds } from '../src/language/windows.js'
import { wordings } from '../src/language/words/index.js'
import { readCatalogue } from '../src/store/catalogue.js'

const folder = mkdtempSync(join(tmpdir(), 'segkit-sentences-'))
mkdirSync(join(folder, 'lists'))
writeFileSync(join(folder, 'lists/staff.csv'), 'email\nana@example.com\n')
afterAll(() => rmSync(folder, { recursive: true }))

const channels = ['email', 'sms', 'ads', 'post', 'push']
const project = readProject(
  { name: 'segkit.yaml', text: `timezone: UTC\nconsent: { ${channels.map((c) => `${c}: { all: customers }`).join(', ')} }` },
  {},
  new Problems(),
) as Project

const beside = `
  vip: { all: customers }
  loyal: { all: customers }
  staff: { all: customers }
events:
  bought-cake: { on: items }
metrics:
  spend: { sum: orders.amount }
  gap: { days_since: orders }
`

function read(text: string): Definitions {
  const found = readDefinitions([{ source: { name: 'x.yaml', text } }], {
    catalogue: readCatalogue(undefined, {}),
    asOf: parseDay('2024-05-31') as number,
    parameters: project.parameters,
    lists: projectLists(folder, undefined),
    country: undefined,
    consent: project.consent,
    handedOff: new Set(['spring-offer']),
  })
  const wrong = found.problems.filter((p) => p.severity === 'error')
  if (wrong.length > 0) throw new Error(wrong.map((p) => render(p)).join('\n'))
  return found
}

const russian = (condition: string): string => {
  const segment = read(`segments:\n  it: { all: [ { ${condition} } ] }${beside}`).segments.get('it')
  if (segment === undefined) throw new Error(condition)
  return saySegment(segment, wordings.ru)
}
const russianEvent = (body: string): string =>
  read(`segments:${beside}  it: ${body}`.replace(/(events:\n)([\s\S]*)( {2}it: .*)$/, '$1$3\n$2'))
    .events.get('it')!
    .event.say(wordings.ru)

const sentences: Readonly<Record<string, string>> = {
  'performed: { orders: any }': 'делали заказ',
  'performed: { items: { category: cakes }, count: { min: 5 }, last: 180 days }':
    'покупали товар (category — «cakes») не менее 5 раз за последние 180 дней',
  'performed: { items: any, count: { min: 1 }, last: 1 week }': 'покупали товар не менее 1 раза за последнюю неделю',
  'performed: { items: any, count: { max: 21 }, last: 2 weeks }': 'покупали товар не более 21 раза за последние 2 недели',
  'performed: { orders: any, count: 3 }': 'делали заказ 3 раза',
  'performed: { orders: any, count: { exactly: 5 } }': 'делали заказ ровно 5 раз',
  'performed: { orders: any, count: { exactly: 1 } }': 'делали заказ ровно 1 раз',
  'performed: { orders: any, days: { min: 2 } }': 'делали заказ в разные дни: не менее 2 дней',
  'performed: { orders: { channel: web }, containing: [ { category: cakes } ], since: 2024-05-01, until: -7d }':
    'делали заказ (channel — «web») с товаром (category — «cakes») с 01.05.2024 по день, который был 7 дней назад',
  'performed: { event: bought-cake, between: [2024-05-01, today] }': 'было событие bought-cake с 01.05.2024 по сегодняшний день',
  'performed: { orders: any, period: last month }': 'делали заказ в прошлом месяце',
  'performed: { orders: any, period: 2 quarters ago }': 'делали заказ 2 квартала назад по календарю',
  'performed: { orders: any, ago: { from: 90 days, to: 1 month } }': 'делали заказ от 90 дней до 1 месяца назад',
  'performed: { orders: any, ago: { to: 61 days } }': 'делали заказ более 61 дня назад',
  'not_performed: { orders: any, last: 90 days }': 'не делали заказов за последние 90 дней',
  'not_performed: { event: bought-cake }': 'не было события bought-cake',
  'not_performed: { orders: any, count: { min: 2 }, last: 1 year }': 'не (делали заказ не менее 2 раз за последний год)',
  'first_performed: { orders: any, last: 30 days }': 'впервые делали заказ за последние 30 дней',
  'last_performed: { items: any, on: yesterday }': 'в последний раз покупали товар вчера',
  'regularly: { orders: any, in: 3, of: 4, every: week }': 'делали заказ как минимум в 3 из 4 последних завершённых недель',
  'regularly: { orders: any, in: 1, of: 1, every: month, count: { min: 2 } }':
    'делали заказ не менее 2 раз как минимум в 1 из 1 последнего завершённого месяца',
  'lapsed: { orders: any, active: 180 days, quiet: 60 days }': 'делали заказ за 180 дней до последних 60 дней, а с тех пор — нет',
  'resurrected: { orders: any, quiet: 61 days, back: 30 days }':
    'вернулись за последние 30 дней: заказ после перерыва более 61 дня',
  'sequence: { steps: [ { activities: { type: visit } }, { orders: any }, { not: { orders: any } } ], within: 12 hours }':
    'совершали действие (type — «visit»), затем делали заказ, а потом не делали заказов, в течение 12 часов',
  'anniversary: { of: birth_date, next: 7 days }': 'годовщина birth_date в ближайшие 7 дней',
  'in_segment: [vip, loyal]': 'состоят в vip или loyal',
  'not_in_segment: staff': 'не состоят в staff',
  'not_in_segment: [staff, vip]': 'не состоят ни в staff, ни в vip',
  'in_list: { file: lists/staff.csv }': 'есть в списке lists/staff.csv',
  'rank: { by: spend, top: 10%, among: vip }': 'входят в первые 10% среди vip по spend',
  'rank: { by: gap, bottom: 100, best: lowest }': 'входят в последние 100 по gap, начиная с наименьших',
  'sample: { salt: pilot, to: 12.5% }': 'попадают в долю от 0 до 12,5% случайного деления «pilot»',
  'reachable: sms': 'доступны по СМС',
  'contacted: { audience: spring-offer, channel: email, count: { max: 1 }, last: 30 days }':
    'попадали в выгрузку spring-offer по электронной почте не более 1 раза за последние 30 дней',
  'not_contacted: { audience: spring-offer, last: 30 days }': 'не попадали в выгрузку spring-offer за последние 30 дней',
  'attribute: { city: [Минск, Брест, Гродно], age: { min: 18.5, unknown: include }, vip: true }':
    'city — «Минск», «Брест» или «Гродно» и age не менее 18,5 или не указано и vip — да',
  'attribute: { spend: { above: { metric: gap, times: 0.7 } } }': 'spend более 0,7 × gap',
  'attribute: { tags: { has_none: [meat, fish] }, email: { exists: false } }':
    'tags не включает ни «meat», ни «fish» и email не указано',
  'attribute: { seen: { after: -30d }, made: { before: 2024-05-01 }, due: { next: 1 week } }':
    'seen позже, чем 30 дней назад и made раньше 01.05.2024 и due в ближайшую неделю',
  'metric: { count: orders, where: { channel: web }, last: 90 days, min: 3 }':
    'число заказов (channel — «web») за последние 90 дней не менее 3',
  'metric: { count: bought-cake, min: 3 }': 'число событий bought-cake не менее 3',
  'metric: { share: items, where: { category: cakes }, above: 0.5 }': 'доля строк заказов (category — «cakes») более 0,5',
  'metric: { days_since: orders, max: 30 }': 'дней с последнего из заказов не более 30',
}

describe('definitions in Russian', () => {
  for (const [condition, sentence] of Object.entries(sentences)) it(condition, () => expect(russian(condition)).toBe(sentence))

  const events = {
    '{ on: orders, nth: 3 }': '3-й раз: заказ',
    '{ on: items, where: { category: cakes }, per: order }': 'товар (category — «cakes») один раз на заказ',
    '{ on: orders, reaches: { sum: amount, of: 1000.5, every: year } }':
      'накопленное amount (заказ) достигает 1\u202f000,5 в пределах года',
    '{ on: orders, quiet_for: 61 days }': '61 день без следующего: заказ',
    '{ on: orders, after_gap: 2 weeks }': 'заказ после перерыва более 2 недель',
    '{ anniversary: birth_date, days_before: 3 }': 'за 3 дня до годовщины birth_date',
    '{ enters: vip }': 'входит в vip',
  }
  for (const [body, sentence] of Object.entries(events)) it(`the event ${body}`, () => expect(russianEvent(body)).toBe(sentence))

  it('join conditions by и and или, and what none of may hold by не', () => {
    const segment = read(
      `segments:\n  it: { base: vip, any: [ { in_segment: loyal }, { none: [ { in_segment: staff }, { performed: { orders: any } } ] } ] }${beside}`,
    ).segments.get('it')!
    expect(saySegment(segment, wordings.ru)).toBe('из vip: состоят в loyal или не (состоят в staff или делали заказ)')
    expect(saySegment(segment)).toBe('of vip: in loyal or not (in staff or had an order)')
  })
})

/** Words of English sentences that no Russian one may hold, beside the names that an example is made of. */
const english =
  /\b(had|bought|in the|last|latest|at least|at most|more than|less than|is|was|with|without|number|days?|ago|where|first|of)\b/

describe('every kind is told in Russian', () => {
  const beforeNames = /[«/][^»/]*[»/]|[\w./-]*[._-][\w./-]*/g
  const cases: readonly (readonly [string, string])[] = [
    ...Object.values(kinds).map(({ example }) => [example, example] as const),
    ...Object.entries(operators).map(([, { example }]) => [example, `attribute: { x: ${example} }`] as const),
    ...Object.values(windowKinds).map(({ example }) => [example, `performed: { orders: any, ${example} }`] as const),
    ...Object.values(metricKinds).map(
      ({ example }) => [example, `metric: ${example.replace(/ \}$/, ', exists: true }')}`] as const,
    ),
  ]
  const names = `  spend_12m: { sum: orders.amount }\n  recency_days: { days_since: orders }\n  orders_ever: { count: orders }\n  usual_gap: { days_since: orders }\n`
  for (const [example, condition] of cases)
    it(example, () => {
      const found = read(`segments:\n  it: { all: [ { ${condition} } ] }${beside}${names}`).segments.get('it')
      const said = found === undefined ? '' : saySegment(found, wordings.ru)
      expect(said).not.toBe('')
      expect(said.replace(beforeNames, '')).not.toMatch(english)
    })
  for (const { example } of Object.values(eventKinds))
    it(example, () => {
      const said = read(`segments:${beside.replace('events:\n', `events:\n  it: ${example}\n`)}`)
        .events.get('it')!
        .event.say(wordings.ru)
      expect(said).toMatch(/\p{Script=Cyrillic}/u)
      expect(said.replace(beforeNames, '')).not.toMatch(english)
    })
})
