/**
 * Random small shops with awkward values and random sound definitions over them. Seed fast-check to have the same again.
 * Names are fixed so that anything can refer to them: metrics n1 n2 (numbers) t1 (text) d1 (date), events e-orders e-items
 * e-activities, segments s1 s2 s3, each of which may stand on those before it.
 */
import fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import type { Definitions, Plain, Row, ShopConfig, ShopData, Spec } from './oracle.js'

export interface Case {
  readonly shop: ShopData
  readonly definitions: Definitions
  readonly asOf: string
}

const asOfDays = [
  '2024-02-29',
  '2024-03-31',
  '2024-05-31',
  '2023-12-31',
  '2024-11-03',
  '2025-02-28',
  '2024-10-27',
  '2024-01-01',
] as const

const setting = fc.record({
  zone: fc.constantFrom('Europe/Minsk', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'UTC'),
  asOf: fc.constantFrom(...asOfDays),
})

const caseOf = (everyKind: boolean): fc.Arbitrary<Case> => {
  const definitions = new Map(asOfDays.map((asOf) => [asOf, definitionsOn(asOf, everyKind)]))
  return setting.chain(({ zone, asOf }) =>
    fc.record({ shop: shops(zone, asOf), definitions: definitions.get(asOf)!, asOf: fc.constant(asOf) }),
  )
}

const kinds = new Set(
  `attribute performed not_performed metric in_segment not_in_segment in_list not_in_list first_performed last_performed regularly
  sequence lapsed resurrected rank sample anniversary ntile bands ratio count sum average median lowest highest distinct first latest
  days_since favourite share per nth every_nth reaches quiet_for after_gap capture days containing without where counted base all any none
  last ago between since until on period next before after is not in not_in min max above below exactly contains not_contains
  starts_with ends_with matches has_any has_all has_none exists unknown case times by among best every`.split(/\s+/),
)

/** The names of kinds, operators and windows that stand anywhere in the definitions. */
export function kindsUsed(definitions: Definitions): Set<string> {
  const used = new Set<string>()
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [key, inner] of Object.entries(value)) {
      if (!Array.isArray(value) && kinds.has(key)) used.add(key)
      walk(inner)
    }
  }
  walk(definitions)
  return used
}

// --- shops ------------------------------------------------------------------------------------------------------------------

const keys = ['ana', 'Ana', '00042', '42', 'боря', 'Émile', 'E\u0301mile', 'İpek', 'Σοφία', 'z-1', 'Я', 'c 7']
const words = [
  'Минск',
  'МИНСК',
  'Гомель',
  'Café',
  'CAFE\u0301',
  'İzmir',
  'izmir',
  'ΣΟΦΟΣ',
  'σοφος',
  'Σοφός',
  'straße',
  '01234',
  'true',
  '7',
]
const goods = [
  'Круассан',
  'круассан с кремом',
  'Круассан миндальный',
  'Торт',
  'CAFÉ crème',
  'cafe\u0301 Crème',
  'ΣΟΦΟΣ',
  'a "b", c',
]
const types: NonNullable<ShopConfig['types']> = {
  customers: { score: 'number', vip: 'boolean', tags: { list: ';' }, renewal: 'date' },
}

const dayFrom = (asOf: string, offset: number): string => Temporal.PlainDate.from(asOf).add({ days: offset }).toString()

/** Days that lie where windows begin and end, on the days the clocks change, and after D. */
const days = (asOf: string): fc.Arbitrary<string> =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom(0, -1, -6, -7, -8, -29, -30, -31, -89, -90, -91, 1, 2, 9).map((offset) => dayFrom(asOf, offset)),
    },
    { weight: 4, arbitrary: fc.integer({ min: -120, max: 0 }).map((offset) => dayFrom(asOf, offset)) },
    { weight: 2, arbitrary: fc.integer({ min: -800, max: 20 }).map((offset) => dayFrom(asOf, offset)) },
    { weight: 1, arbitrary: fc.constantFrom('2024-03-31', '2024-03-10', '2023-10-29', '2023-11-05', '2024-02-29', '2024-01-01') },
  )

const moments = (asOf: string): fc.Arbitrary<string> =>
  fc
    .tuple(
      days(asOf),
      fc.oneof(
        { weight: 3, arbitrary: fc.constant('') },
        {
          weight: 4,
          arbitrary: fc.constantFrom(' 00:00', 'T00:00:00', ' 23:59:59', 'T02:30', ' 01:30:00', ' 12:00', ' 12:00:01', 'T08:15'),
        },
        { weight: 1, arbitrary: fc.constantFrom('T23:30:00Z', 'T00:30:00+05:45', 'T12:00:00-05:00') },
      ),
    )
    .map(([day, time]) => day + time)

const cells = (shape: Readonly<Record<string, fc.Arbitrary<string>>>, required: readonly string[]): fc.Arbitrary<Row> =>
  fc.record(shape, { requiredKeys: [...required] }) as fc.Arbitrary<Row>

const word = fc.constantFrom(...words, '', ' Гомель ')
const amounts = fc.constantFrom('10', '10.00', '0', '-5.5', '0.1', '99.999', '12.34', '100', '')

const customerRow = (key: string, asOf: string): fc.Arbitrary<Row> =>
  cells(
    {
      customer: fc.constant(key),
      email: fc.constantFrom('Ana@Shop.by', 'ana@shop.by', 'b@x.org', 'ЁЖ@почта.бел', ''),
      city: word,
      birth_date: fc.constantFrom(
        '',
        '2000-02-29',
        '1990-12-31',
        '1985-03-31',
        '2004-05-31',
        '1999-01-01',
        '1970-11-03',
        '2001-06-01',
      ),
      created_on: fc.oneof(fc.constant(''), days(asOf)),
      score: fc.constantFrom('', '10', '10.00', '-3.5', '0', '7.25', '100000', '0.1'),
      vip: fc.constantFrom('', 'true', 'no', 'да', 'Нет', 'FALSE', 'yes'),
      tags: fc.constantFrom('', 'a;B; c', 'b', 'Круассан;кофе', 'КОФЕ', ';'),
      renewal: fc.oneof(fc.constant(''), days(asOf)),
    },
    ['customer'],
  )

const orderRow = (customers: readonly string[], asOf: string, mapped: boolean): fc.Arbitrary<Row> =>
  cells(
    {
      order: fc.constant(''),
      customer: fc.constantFrom(...customers, ...customers, '', '0', 'ghost'),
      at: moments(asOf),
      status: fc.constantFrom('paid', 'paid', 'Paid', 'cancelled', 'Cancelled', 'refunded', ''),
      channel: fc.constantFrom('web', 'web', 'WEB', 'shop', 'Почта', 'почта', ''),
      store: word,
      ...(mapped ? { amount: amounts } : {}),
    },
    ['order', 'customer', 'at'],
  )

const itemRow = (priced: boolean): fc.Arbitrary<Row> =>
  cells(
    {
      order: fc.nat(839).map(String),
      line: fc.constant(''),
      sku: fc.constantFrom('s1', 'S1', '007', 'p-9'),
      product: fc.constantFrom(...goods, ''),
      category: fc.constantFrom('cakes', 'Cakes', 'хлеб', ''),
      quantity: fc.constantFrom('1', '2', '3', '-1', '0', '1.5', ''),
      price: fc.constantFrom('0', '0.00', '1.50', '2.25', '10', '3', ''),
      ...(priced ? { amount: amounts } : {}),
    },
    ['order', 'line', 'sku'],
  )

const activityRow = (customers: readonly string[], asOf: string): fc.Arbitrary<Row> =>
  cells(
    {
      id: fc.constant(''),
      customer: fc.constantFrom(...customers, ...customers, '0', 'ghost'),
      at: moments(asOf),
      type: fc.constantFrom('visit', 'Visit', 'open', 'Жалоба', 'жалоба'),
      value: fc.constantFrom('5', '4.5', 'bad', '', '-1', '10', '٣', '4.50'),
    },
    ['id', 'customer', 'at', 'type'],
  )

/** Keys whose order by bytes is not the order of the rows. */
const orderKey = (i: number): string => `${['o', 'O', '0', 'ё'][i % 4]}${i % 7}${i}`

const shops = (zone: string, asOf: string): fc.Arbitrary<ShopData> =>
  fc
    .record({
      own: fc.oneof(fc.subarray(keys), fc.subarray(keys, { minLength: 1, maxLength: 4 })),
      mapped: fc.boolean(),
      priced: fc.boolean(),
    })
    .chain(({ own, mapped, priced }) =>
      fc.record({
        customers: fc.tuple(...own.map((key) => customerRow(key, asOf))),
        orders: fc.array(orderRow(own, asOf, mapped), { maxLength: 40, size: 'max' }),
        items: fc.array(itemRow(priced), { maxLength: 50, size: 'max' }),
        products: fc.subarray([
          { sku: 's1', product: 'Круассан', category: 'Cakes', brand: 'Наш' },
          { sku: '007', product: 'Торт', category: '', brand: 'наш' },
          { sku: 'p-9', product: 'cafe\u0301 crème', category: 'кофе', brand: '' },
        ]),
        activities: fc.array(activityRow(own, asOf), { maxLength: 25 }),
        list: fc.array(
          cells({ customer: fc.constantFrom(...keys), email: fc.constantFrom('ANA@shop.by', 'ёж@почта.бел', '') }, [
            'customer',
            'email',
          ]),
          {
            minLength: 1,
            maxLength: 4,
          },
        ),
        counted: fc.constantFrom<NonNullable<ShopConfig['counted']>>(
          {},
          { orders: { status: { not_in: ['cancelled', 'refunded'] } } },
          { items: { quantity: { above: 0 } } },
          { orders: { status: 'paid' }, items: { quantity: { above: 0 }, price: { unknown: 'include', above: 0 } } },
          { orders: { any: [{ amount: { above: 0 } }, { status: 'paid' }] } },
        ),
        guests: fc.constantFrom<readonly string[]>(['0'], []),
      }),
    )
    .map(({ orders, items, activities, list, counted, guests, ...rest }) => ({
      ...rest,
      timezone: zone,
      orders: orders.map((row, i) => ({ ...row, order: orderKey(i) })),
      items:
        orders.length === 0
          ? []
          : numbered(items.map((row) => ({ ...row, order: String(Number(row['order']) % orders.length) }))),
      activities: activities.map((row, i) => ({ ...row, id: `${'ab'[i % 2]}${i}` })),
      config: { counted, guests, types },
      lists: { 'lists/some.csv': list },
    }))

/** Lines of an order are numbered from the last of the file to the first. */
const numbered = (items: readonly Row[]): Row[] =>
  items.map((row, i) => ({
    ...row,
    order: orderKey(Number(row['order'])),
    line: String(items.slice(i).filter((other) => other['order'] === row['order']).length),
  }))

// --- comparisons ------------------------------------------------------------------------------------------------------------

type Specs = fc.Arbitrary<Spec>
type Plains = fc.Arbitrary<Plain>

const one = (name: string, value: Plains): Specs => value.map((inner) => ({ [name]: inner }))
const maybe = (extra: Specs): Specs => fc.oneof({ weight: 3, arbitrary: fc.constant<Spec>({}) }, { weight: 1, arbitrary: extra })
const both = (...parts: readonly Specs[]): Specs => fc.tuple(...parts).map((all) => Object.assign({}, ...all) as Spec)

const unknown = maybe(one('unknown', fc.constantFrom('include', 'exclude')))
const exists = one('exists', fc.boolean())
const mostly = (often: Plains): Plains => fc.oneof({ weight: 7, arbitrary: often }, { weight: 1, arbitrary: exists })

const textual = (operands: readonly string[]): Plains => {
  const operand = fc.constantFrom(...operands)
  const several = fc.uniqueArray(operand, { minLength: 1, maxLength: 3 })
  const part = fc.constantFrom('кру', 'МИН', 'é', 'e\u0301', 'a', 'ОФ', 'σοφ', 'фе', 'b"')
  const pattern = fc.constantFrom('^к', 'о$', 'к.*т', '[0-9]+', 'минск|торт', 'caf\u00e9')
  const operator = fc.oneof(
    ...['is', 'not'].map((name) => one(name, operand)),
    ...['in', 'not_in'].map((name) => one(name, several)),
    ...['contains', 'not_contains', 'starts_with', 'ends_with'].map((name) => one(name, fc.oneof(part, operand))),
    one('matches', pattern),
  )
  return mostly(fc.oneof(operand, several, both(operator, unknown, maybe(fc.constant({ case: 'exact' })))))
}

const weekday: Plains = fc.oneof(
  fc.constantFrom('mon', 'sun', 'thu'),
  one('not_in', fc.constant(['sat', 'sun'])),
  one('in', fc.constant(['mon', 'fri'])),
)

const numeric = (operands: readonly number[], own: Specs | null = null): Plains => {
  const operand = fc.constantFrom(...operands)
  const several = fc.uniqueArray(operand, { minLength: 1, maxLength: 3 })
  const operator = fc.oneof(
    ...['is', 'not', 'exactly'].map((name) => one(name, operand)),
    ...['min', 'max', 'above', 'below'].map((name) => one(name, own ? fc.oneof(operand, own) : operand)),
    ...['in', 'not_in'].map((name) => one(name, several)),
    fc.tuple(operand, operand).map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) })),
  )
  return mostly(fc.oneof({ weight: 1, arbitrary: operand }, { weight: 4, arbitrary: both(operator, unknown) }))
}

const money = [0, 1.5, 2.25, 10, 12.34, 20, 100, -5.5, 0.1]
const small = [0, 1, 2, 3, 4, 5]
const span = fc.constantFrom('1 day', '7d', '30 days', '4w', '1 week', '1 month', '6mo', '90 days', '1 year', '1y', '400d')

const written = (asOf: string): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom('-7d', '-30 days', '-1mo', '-1 year'),
    fc.integer({ min: -120, max: 5 }).map((offset) => dayFrom(asOf, offset)),
  )

const pairs = (asOf: string): fc.Arbitrary<readonly string[]> =>
  fc.oneof(
    fc.constantFrom(['-60d', '-7d'], ['-1 year', '-1mo'], ['-30d', '-30d']),
    fc
      .tuple(fc.integer({ min: -400, max: -20 }), fc.integer({ min: -20, max: 3 }))
      .map((both) => both.map((offset) => dayFrom(asOf, offset))),
  )

const windows = (asOf: string): Specs =>
  fc.oneof(
    { weight: 4, arbitrary: one('last', span) },
    one(
      'ago',
      fc.constantFrom<Spec>(
        { from: '90 days', to: '30 days' },
        { to: '7d' },
        { from: '6mo', to: '1mo' },
        { from: '30d' },
        { from: '1y', to: '90d' },
      ),
    ),
    one('between', pairs(asOf)),
    one('since', written(asOf)),
    one('until', written(asOf)),
    pairs(asOf).map(([since, until]) => ({ since: since!, until: until! })),
    one('on', written(asOf)),
    one(
      'period',
      fc.constantFrom(
        'today',
        'yesterday',
        'this week',
        'last week',
        'this month',
        'last month',
        'this quarter',
        'last quarter',
        'this year',
        'last year',
        '2 quarters ago',
        '3 weeks ago',
        '2 months ago',
      ),
    ),
  )

const dated = (asOf: string): Plains =>
  mostly(
    both(
      fc.oneof(
        windows(asOf),
        one('next', fc.constantFrom('7 days', '1mo', '30d')),
        one('before', written(asOf)),
        one('after', written(asOf)),
      ),
      unknown,
    ),
  )

const listed: Plains = mostly(
  both(
    fc.oneof(
      ...['has_any', 'has_all', 'has_none'].map((name) =>
        one(name, fc.uniqueArray(fc.constantFrom('a', 'b', 'C', 'круассан', 'Кофе'), { minLength: 1, maxLength: 2 })),
      ),
    ),
    unknown,
  ),
)

const truth: Plains = mostly(fc.oneof(fc.boolean(), both(fc.oneof(one('is', fc.boolean()), one('not', fc.boolean())), unknown)))

// --- filters of rows --------------------------------------------------------------------------------------------------------

type Stream = 'orders' | 'items' | 'activities'
const streams = ['orders', 'items', 'activities'] as const

const fieldsOf = (stream: Stream, asOf: string): Readonly<Record<string, Plains>> => {
  const time = {
    hour: numeric([0, 2, 8, 12, 23]),
    weekday,
    day: numeric([1, 29, 31]),
    month: numeric([1, 2, 3, 12]),
    at: dated(asOf),
  }
  const order = {
    status: textual(['paid', 'CANCELLED', 'refunded']),
    channel: textual(['web', 'ПОЧТА', 'shop']),
    store: textual(words),
  }
  switch (stream) {
    case 'orders':
      return {
        ...time,
        ...order,
        amount: numeric(money),
        items: numeric(small),
        units: numeric([0, 1, 2.5, 3]),
        number: numeric(small),
        gap: numeric([0, 7, 30]),
      }
    case 'items':
      return {
        ...time,
        ...order,
        sku: textual(['s1', '007']),
        product: textual(goods),
        category: textual(['cakes', 'ХЛЕБ']),
        brand: textual(['НАШ']),
        quantity: numeric([0, 1, 1.5, 2, -1]),
        price: numeric(money),
        amount: numeric(money),
      }
    case 'activities':
      return {
        ...time,
        type: textual(['visit', 'ЖАЛОБА', 'open']),
        value: fc.oneof(textual(['5', 'BAD', '10']), one('min', fc.constantFrom(3, 4.5)), one('below', fc.constant(5))),
      }
  }
}

const someOf = (fields: Readonly<Record<string, Plains>>, most: number): Specs =>
  fc
    .uniqueArray(fc.constantFrom(...Object.keys(fields)), { minLength: 1, maxLength: most })
    .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, fields[name]!])))) as Specs

const filterOf = (stream: Stream, asOf: string): Specs => {
  const plain = someOf(fieldsOf(stream, asOf), 2)
  const several = fc.array(plain, { minLength: 1, maxLength: 2 })
  return fc.oneof({ weight: 5, arbitrary: plain }, one('any', several), one('none', several), both(plain, one('all', several)))
}

/** A filter that chooses rows may also ask for those that do not count. */
const chooserOf = (stream: Stream, asOf: string): Specs =>
  stream === 'activities'
    ? filterOf(stream, asOf)
    : both(filterOf(stream, asOf), maybe(one('counted', fc.constantFrom<Plain>('any', false))))

const ofLines = (asOf: string): Specs =>
  fc.oneof(
    one('containing', fc.array(filterOf('items', asOf), { minLength: 1, maxLength: 2 })),
    one('without', fc.array(filterOf('items', asOf), { minLength: 1, maxLength: 2 })),
  )

/** What chooses rows in a condition: a source or an event. */
const selectorOf = (asOf: string): Specs =>
  fc.constantFrom(...streams).chain((stream) =>
    fc.oneof(
      {
        weight: 3,
        arbitrary: both(
          one(stream, fc.oneof(fc.constant('any'), chooserOf(stream, asOf))),
          stream === 'orders' ? maybe(ofLines(asOf)) : fc.constant({}),
        ),
      },
      { weight: 2, arbitrary: both(fc.constant({ event: `e-${stream}` }), maybe(one('where', filterOf(stream, asOf)))) },
    ),
  )

const counts: Plains = fc.oneof(
  fc.constantFrom(...small),
  ...['min', 'max', 'above', 'below', 'exactly', 'not'].map((name) => one(name, fc.constantFrom(0, 1, 2, 3))),
  fc.constant<Spec>({ min: 1, max: 3 }),
)

// --- metrics ----------------------------------------------------------------------------------------------------------------

const numberFields = {
  orders: ['amount', 'units', 'items', 'gap', 'number', 'hour'],
  items: ['amount', 'quantity', 'price'],
  activities: ['value', 'hour'],
}
const textFields = {
  orders: ['channel', 'store', 'weekday', 'status'],
  items: ['product', 'category', 'brand', 'sku'],
  activities: ['type', 'weekday'],
}

const aggregateOver = (stream: Stream, kind: 'number' | 'text' | 'date'): Specs => {
  const of = fc.constantFrom(stream, `e-${stream}`)
  const field = (names: readonly string[]): fc.Arbitrary<string> =>
    fc.tuple(of, fc.constantFrom(...names)).map((parts) => parts.join('.'))
  switch (kind) {
    case 'number':
      return fc.oneof(
        ...['count', 'days_since'].map((name) => one(name, of)),
        ...['sum', 'average', 'median', 'lowest', 'highest'].map((name) => one(name, field(numberFields[stream]))),
        ...['first', 'latest'].map((name) => one(name, field(numberFields[stream].filter((one) => one !== 'value')))),
        one('distinct', field(textFields[stream])),
      )
    case 'text': {
      const by = { orders: ['count', 'amount'], items: ['count', 'quantity', 'amount'], activities: ['count'] }[stream]
      return fc.oneof(
        ...['first', 'latest'].map((name) => one(name, field(textFields[stream]))),
        both(one('favourite', field(textFields[stream])), maybe(one('by', fc.constantFrom(...by)))),
      )
    }
    case 'date':
      return fc.oneof(...['first', 'latest'].map((name) => one(name, field(['at']))))
  }
}

const metricOf = (asOf: string, kind: 'number' | 'text' | 'date'): Specs =>
  fc.constantFrom(...streams).chain((stream) => {
    const chosen = aggregateOver(stream, kind).chain((aggregate) => {
      const overSource = !String(Object.values(aggregate)[0]).startsWith('e-')
      const where = overSource ? chooserOf(stream, asOf) : filterOf(stream, asOf)
      return both(
        fc.constant(aggregate),
        maybe(one('where', where)),
        overSource && stream === 'orders' ? maybe(ofLines(asOf)) : fc.constant({}),
      )
    })
    const share = both(one('share', fc.constant(stream)), one('where', chooserOf(stream, asOf)))
    return both(
      kind === 'number' ? fc.oneof({ weight: 8, arbitrary: chosen }, { weight: 1, arbitrary: share }) : chosen,
      maybe(windows(asOf)),
    )
  })

/** Metrics over the others, last so that nothing stands on them in a circle. */
const standing = fc.oneof<Specs[]>(
  both(fc.record({ ntile: fc.constantFrom(2, 4, 5), of: fc.constant('n1') }) as Specs, maybe(one('best', fc.constant('lowest')))),
  one('bands', fc.record({ of: fc.constant('n1'), cuts: fc.constant([0, 2, 10]) })),
  one('ratio', fc.record({ of: fc.constant('n1'), to: fc.constant('n2') })),
)

// --- events -----------------------------------------------------------------------------------------------------------------

const ordinal: Specs = fc.oneof(one('nth', fc.constantFrom(1, 2, 3)), one('every_nth', fc.constantFrom(1, 2, 3)))

const furtherEvents = (stream: Stream): Specs =>
  fc.oneof(
    one('quiet_for', fc.constantFrom('7 days', '30d', '1mo')),
    one('after_gap', fc.constantFrom('7 days', '30d', '1mo')),
    stream === 'activities'
      ? ordinal
      : one(
          'reaches',
          both(
            fc.record({ sum: fc.constant('amount'), of: fc.constantFrom(5, 20, 100) }) as Specs,
            maybe(one('every', fc.constantFrom('month', 'quarter', 'year'))),
          ),
        ),
  )

const captures = {
  orders: ['order', 'amount', 'channel', 'hour', 'weekday', 'units'],
  items: ['order', 'product', 'quantity', 'amount', 'price', 'status', 'hour'],
  activities: ['type', 'value', 'month'],
}

const eventOn = (stream: Stream, asOf: string, everyKind: boolean): Specs =>
  both(
    fc.constant({ on: stream }),
    maybe(one('where', chooserOf(stream, asOf))),
    stream === 'orders'
      ? maybe(ofLines(asOf))
      : stream === 'items'
        ? fc.constantFrom<Spec>({}, { per: 'order' })
        : fc.constant({}),
    maybe(everyKind ? fc.oneof(ordinal, furtherEvents(stream)) : ordinal),
    fc.oneof(
      fc.constant({}),
      one('capture', fc.uniqueArray(fc.constantFrom(...captures[stream]), { minLength: 1, maxLength: 3 })),
    ),
  )

// --- conditions and segments ------------------------------------------------------------------------------------------------

const ownMetric: Specs = both(
  one('metric', fc.constantFrom('n1', 'n2')),
  fc.oneof(fc.constant({}), one('times', fc.constantFrom(0.7, 2, -1))),
)

const conditionOn = (asOf: string, segments: readonly string[], everyKind: boolean): Specs => {
  const attributes = {
    city: textual(words),
    score: numeric([0, 7.25, 10, -3.5, 0.1], ownMetric),
    age: numeric([18, 20, 24, 25]),
    vip: truth,
    tags: listed,
    birth_date: dated(asOf),
    created_on: dated(asOf),
    renewal: dated(asOf),
    n1: numeric([...money, ...small], ownMetric),
    n2: numeric([...money, ...small]),
    t1: textual([...goods, ...words, 'web', 'visit', 'mon']),
    d1: dated(asOf),
  }
  const window = maybe(windows(asOf))
  const performed = both(selectorOf(asOf), maybe(one('count', counts)), maybe(one('days', counts)), window)
  const unnamed = fc.tuple(metricOf(asOf, 'number'), numeric([...money, ...small], ownMetric)).map(([metric, comparison]) => ({
    ...metric,
    ...(typeof comparison === 'object' && !Array.isArray(comparison) ? (comparison as Spec) : { is: comparison }),
  }))
  const list = fc.constantFrom<Spec>(
    { file: 'lists/some.csv' },
    { file: 'lists/some.csv', by: 'customer' },
    { file: 'lists/some.csv', by: 'email' },
  )
  const everyday: fc.WeightedArbitrary<Spec>[] = [
    { weight: 4, arbitrary: one('attribute', someOf(attributes, 2)) },
    { weight: 4, arbitrary: one('performed', performed) },
    { weight: 2, arbitrary: one('not_performed', performed) },
    { weight: 3, arbitrary: one('metric', unnamed) },
    { weight: 1, arbitrary: fc.oneof(one('in_list', list), one('not_in_list', list)) },
  ]
  const upon: fc.WeightedArbitrary<Spec>[] = segments.length > 0 ? [{ weight: 2, arbitrary: standingOn(segments) }] : []
  const further: fc.WeightedArbitrary<Spec>[] = everyKind ? [{ weight: 5, arbitrary: furtherConditions(asOf, segments) }] : []
  return fc.oneof(...everyday, ...upon, ...further)
}

const standingOn = (segments: readonly string[]): Specs => {
  const names = fc.oneof(fc.constantFrom(...segments), fc.uniqueArray(fc.constantFrom(...segments), { minLength: 1 }))
  return fc.oneof(one('in_segment', names), one('not_in_segment', names))
}

const furtherConditions = (asOf: string, segments: readonly string[]): Specs => {
  const rows = selectorOf(asOf)
  const step = fc.constantFrom(...streams).chain((stream) => one(stream, fc.oneof(fc.constant('any'), chooserOf(stream, asOf))))
  const steps = fc
    .tuple(fc.array(step, { minLength: 2, maxLength: 3 }), fc.option(step))
    .map(([all, not]) => (not ? [...all.slice(0, 2), { not }] : all))
  return fc.oneof(
    one('first_performed', both(rows, windows(asOf))),
    one('last_performed', both(rows, windows(asOf))),
    one(
      'regularly',
      both(
        rows,
        fc.record({
          in: fc.constantFrom(1, 2),
          of: fc.constantFrom(2, 3, 4),
          every: fc.constantFrom('day', 'week', 'month', 'quarter'),
        }) as Specs,
      ),
    ),
    one(
      'lapsed',
      both(rows, fc.record({ active: fc.constantFrom('90 days', '1y'), quiet: fc.constantFrom('7d', '30 days') }) as Specs),
    ),
    one(
      'resurrected',
      both(rows, fc.record({ quiet: fc.constantFrom('7d', '30 days'), back: fc.constantFrom('30d', '90 days') }) as Specs),
    ),
    one('sequence', both(one('steps', steps), one('within', fc.constantFrom('7 days', '14 days', '1mo')), maybe(windows(asOf)))),
    one('anniversary', fc.record({ of: fc.constantFrom('birth_date', 'd1'), next: fc.constantFrom('7 days', '30d', '1mo') })),
    one(
      'rank',
      both(
        one('by', fc.constantFrom('n1', 'score')),
        fc.oneof(one('top', fc.constantFrom<Plain>(2, '10%', '50%')), one('bottom', fc.constantFrom('5%', '50%'))),
        maybe(one('best', fc.constant('lowest'))),
        segments.length > 0 ? maybe(one('among', fc.constantFrom(...segments))) : fc.constant({}),
      ),
    ),
    one(
      'sample',
      fc.record({
        salt: fc.constantFrom('pilot', 'holdout-2026'),
        from: fc.constantFrom<Plain>(0, '10%'),
        to: fc.constantFrom('50%', '90%'),
      }),
    ),
  )
}

const segmentOn = (asOf: string, segments: readonly string[], everyKind: boolean): Specs => {
  const condition = conditionOn(asOf, segments, everyKind)
  const blockOf = (entry: Specs): Specs =>
    fc
      .tuple(fc.constantFrom('all', 'any', 'none'), fc.array(entry, { minLength: 1, maxLength: 3 }))
      .map(([name, entries]) => ({ [name]: entries }))
  const nested = fc.oneof({ weight: 5, arbitrary: condition }, { weight: 1, arbitrary: blockOf(condition) })
  const deeper = fc.oneof({ weight: 4, arbitrary: condition }, { weight: 1, arbitrary: blockOf(nested) })
  const blocks = fc.oneof(
    { weight: 6, arbitrary: blockOf(deeper) },
    { weight: 2, arbitrary: both(blockOf(deeper), blockOf(condition)) },
    { weight: 1, arbitrary: fc.constant<Spec>({ all: 'customers' }) },
  )
  return both(blocks, segments.length > 0 ? maybe(one('base', fc.constantFrom(...segments))) : fc.constant({}))
}

const definitionsOn = (asOf: string, everyKind: boolean): fc.Arbitrary<Definitions> =>
  fc.record({
    metrics: fc.record({
      n1: metricOf(asOf, 'number'),
      n2: metricOf(asOf, 'number'),
      t1: metricOf(asOf, 'text'),
      d1: metricOf(asOf, 'date'),
      ...(everyKind ? { n3: standing } : {}),
    }),
    events: fc.record(Object.fromEntries(streams.map((stream) => [`e-${stream}`, eventOn(stream, asOf, everyKind)]))),
    segments: fc.record({
      s1: segmentOn(asOf, [], everyKind),
      s2: segmentOn(asOf, ['s1'], everyKind),
      s3: segmentOn(asOf, ['s1', 's2'], everyKind),
    }),
  })

/** The conditions, metrics and events of everyday: rows, values, segments, lists. */
export const arbitraryCase: fc.Arbitrary<Case> = caseOf(false)

/** Those and first_performed, regularly, sequence, lapsed, tiles, ranks, totals reached, quiet times … */
export const arbitraryFullCase: fc.Arbitrary<Case> = caseOf(true)
