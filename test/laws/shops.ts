/** Random small shops with awkward values: windows' edges, clock changes, keys and texts that fold, refunds, guests, blank cells. */
import fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import type { Plain, Row, ShopConfig, ShopData } from '../oracle.js'

const keys = ['ana', 'Ana', '00042', '42', 'боря', 'Émile', 'E\u0301mile', 'İpek', 'Σοφία', 'z-1', 'Я', 'c 7']
export const words = [
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
  'ŞEKER',
  'şeker',
  'تهران',
]
export const goods = [
  'Круассан',
  'круассан с кремом',
  'Круассан миндальный',
  'Торт',
  'CAFÉ crème',
  'cafe\u0301 Crème',
  'ΣΟΦΟΣ',
  'a "b", c',
  'نان ۲',
]
const types: NonNullable<ShopConfig['types']> = {
  customers: {
    score: 'number',
    vip: 'boolean',
    tags: { list: ';' },
    renewal: 'date',
    email_opt_in: 'boolean',
    sms_opt_in: 'boolean',
  },
}

export const dayFrom = (asOf: string, offset: number): string => Temporal.PlainDate.from(asOf).add({ days: offset }).toString()

/** Days on which clocks change in one of the zones, and the ends of a year and of February. */
const changes = [
  '2024-03-31', '2024-03-10', '2023-10-29', '2023-11-05', '2024-11-03', '2024-02-29', '2024-01-01', '2022-03-22', '2021-09-22', '2011-03-27',
  '2010-10-31',
] as const // biome-ignore format: a list

/** Days that lie where windows begin and end, on the days the clocks change, and after D; many of them on a few busy days. */
const days = (asOf: string, busy: readonly number[]): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...busy).map((offset) => dayFrom(asOf, offset)) },
    {
      weight: 4,
      arbitrary: fc.constantFrom(0, -1, -6, -7, -8, -29, -30, -31, -89, -90, -91, 1, 2, 9).map((offset) => dayFrom(asOf, offset)),
    },
    { weight: 4, arbitrary: fc.integer({ min: -120, max: 0 }).map((offset) => dayFrom(asOf, offset)) },
    { weight: 2, arbitrary: fc.integer({ min: -800, max: 20 }).map((offset) => dayFrom(asOf, offset)) },
    { weight: 1, arbitrary: fc.constantFrom(...changes) },
  )

const times = ['00:00', '00:30', '01:30:00', '02:30', '08:15', '08:40', '12:00', '12:00:01', '12:20', '23:59:59']

const moments = (asOf: string, busy: readonly number[]): fc.Arbitrary<string> =>
  fc
    .tuple(
      days(asOf, busy),
      fc.oneof(
        { weight: 2, arbitrary: fc.constant('') },
        { weight: 6, arbitrary: fc.tuple(fc.constantFrom('T', ' '), fc.constantFrom(...times)).map((parts) => parts.join('')) },
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
      email: fc.constantFrom(
        'Ana@Shop.by',
        'ana@shop.by',
        'b@x.org',
        'c@x.org',
        'ЁЖ@почта.бел',
        '',
        'a@b',
        'x y@z.by',
        'a@b@c.by',
        'nobody',
      ),
      phone: fc.constantFrom('+375 29 123-45-67', '8 029 1234567', '375291234567', '+49 30 901820', '291234568', '12', ''),
      email_opt_in: fc.constantFrom('true', 'true', 'yes', 'no', ''),
      sms_opt_in: fc.constantFrom('да', 'да', 'true', 'нет', ''),
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
      created_on: fc.oneof(fc.constant(''), days(asOf, [-1, -500, -700])),
      score: fc.constantFrom('', '10', '10.00', '-3.5', '0', '7.25', '100000', '0.1'),
      vip: fc.constantFrom('', 'true', 'no', 'да', 'Нет', 'FALSE', 'yes'),
      tags: fc.constantFrom('', 'a;B; c', 'b', 'Круассан;кофе', 'КОФЕ', ';'),
      renewal: fc.oneof(fc.constant(''), days(asOf, [3, -20, -360])),
    },
    ['customer'],
  )

const orderRow = (
  customers: readonly string[],
  asOf: string,
  busy: readonly number[],
  mapped: boolean,
  foreign: boolean,
): fc.Arbitrary<Row> =>
  cells(
    {
      order: fc.constant(''),
      customer: fc.constantFrom(...customers, ...customers, '', '0', 'ghost'),
      at: moments(asOf, busy),
      status: fc.constantFrom('paid', 'paid', 'Paid', 'cancelled', 'Cancelled', 'refunded', ''),
      channel: fc.constantFrom('web', 'web', 'WEB', 'shop', 'Почта', 'почта', ''),
      store: word,
      ...(mapped ? { amount: amounts } : {}),
      ...(foreign ? { currency: fc.constantFrom('BYN', 'byn', '', 'USD', 'usd', 'EUR') } : {}),
    },
    ['order', 'customer', 'at'],
  )

const itemRow = (priced: boolean): fc.Arbitrary<Row> =>
  cells(
    {
      order: fc.nat(839).map(String),
      line: fc.constant(''),
      sku: fc.constantFrom('k1', 'K1', '007', 'p-9'),
      product: fc.constantFrom(...goods, ''),
      category: fc.constantFrom('cakes', 'Cakes', 'хлеб', ''),
      quantity: fc.constantFrom('1', '2', '3', '-1', '0', '1.5', ''),
      price: fc.constantFrom('0', '0.00', '1.50', '2.25', '10', '3', ''),
      ...(priced ? { amount: amounts } : {}),
    },
    ['order', 'line', 'sku'],
  )

const activityRow = (customers: readonly string[], asOf: string, busy: readonly number[]): fc.Arbitrary<Row> =>
  cells(
    {
      id: fc.constant(''),
      customer: fc.constantFrom(...customers, ...customers, '0', 'ghost'),
      at: moments(asOf, busy),
      type: fc.constantFrom('visit', 'Visit', 'open', 'Жалоба', 'жалоба'),
      value: fc.constantFrom('5', '4.5', 'bad', '', '-1', '10', '٣', '4.50'),
    },
    ['id', 'customer', 'at', 'type'],
  )

/** Keys whose order by bytes is not the order of the rows. */
const orderKey = (i: number): string => `${['o', 'O', '0', 'ё'][i % 4]}${i % 7}${i}`

const consents: readonly NonNullable<ShopConfig['consent']>[] = [
  { email: { attribute: { email_opt_in: true } }, sms: { attribute: { sms_opt_in: true } } },
  { email: { attribute: { email_opt_in: { not: false } } }, sms: { attribute: { sms_opt_in: true, city: { not: 'Гомель' } } } },
  { email: { attribute: { score: { max: 10, unknown: 'include' } } }, sms: { attribute: { sms_opt_in: { in: [true] } } } },
]

/** Parameters that definitions may name in place of a value. */
export const parameters: Readonly<Record<string, Plain>> = {
  recent: '30 days',
  few: 2,
  home: 'Минск',
  homes: ['минск', 'ГОМЕЛЬ'],
  line: 10,
}

export const shops = (zone: string, asOf: string): fc.Arbitrary<ShopData> =>
  fc
    .record({
      own: fc.oneof(fc.subarray(keys), fc.subarray(keys, { minLength: 1, maxLength: 4 })),
      busy: fc.array(fc.integer({ min: -60, max: 0 }), { minLength: 2, maxLength: 5 }),
      mapped: fc.boolean(),
      priced: fc.boolean(),
      foreign: fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
      keyless: fc.integer({ min: 0, max: 7 }).map((n) => n === 0),
      nameless: fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
      unlined: fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
    })
    .chain(({ own, busy, mapped, priced, foreign, ...files }) =>
      fc.record({
        customers: fc.tuple(...own.map((key) => customerRow(key, asOf))),
        orders: fc.array(orderRow(own, asOf, busy, mapped, foreign), { maxLength: 50, size: 'max' }),
        items: fc.array(itemRow(priced), { maxLength: 60, size: 'max' }),
        products: fc.subarray([
          { sku: 'k1', product: 'Круассан', category: 'Cakes', brand: 'Наш' },
          { sku: '007', product: 'Торт', category: '', brand: 'наш' },
          { sku: 'p-9', product: 'cafe\u0301 crème', category: 'кофе', brand: '' },
        ]),
        activities: fc.array(activityRow(own, asOf, busy), { maxLength: 30, size: 'max' }),
        list: fc.array(
          cells(
            {
              customer: fc.constantFrom(...keys),
              email: fc.constantFrom('ANA@shop.by', 'ёж@почта.бел', ''),
              phone: fc.constantFrom('+375291234567', '12', ''),
            },
            ['customer', 'email'],
          ),
          { minLength: 1, maxLength: 4 },
        ),
        counted: fc.constantFrom<NonNullable<ShopConfig['counted']>>(
          {},
          {},
          { orders: { status: { not_in: ['cancelled', 'refunded'] } } },
          { items: { quantity: { above: 0 } } },
          { orders: { status: 'paid' }, items: { quantity: { above: 0 }, price: { unknown: 'include', above: 0 } } },
          { orders: { any: [{ amount: { above: 0 } }, { status: 'paid' }] } },
        ),
        guests: fc.constantFrom<readonly string[]>(['0'], []),
        consent: fc.constantFrom(...consents),
        files: fc.constant(files),
        foreign: fc.constant(foreign),
      }),
    )
    .map(({ orders, items, activities, list, counted, guests, consent, files, foreign, ...rest }) => ({
      ...rest,
      timezone: zone,
      orders: orders.map((row, i) => (files.keyless ? lacking('order', row) : { ...row, order: orderKey(i) })),
      items:
        orders.length === 0 || files.keyless
          ? []
          : numbered(
              items.map((row) => ({ ...row, order: String(Number(row['order']) % orders.length) })),
              files.unlined,
            ),
      activities: activities.map((row, i) => (files.nameless ? lacking('id', row) : { ...row, id: `${'ab'[i % 2]}${i}` })),
      config: {
        counted,
        guests,
        types,
        consent,
        country: 'BY',
        parameters,
        ...(foreign ? { currency: 'BYN', rates: { USD: '3.27', EUR: '0.5' } } : {}),
      },
      lists: { 'lists/some.csv': list },
    }))

const lacking = (field: string, row: Row): Row => Object.fromEntries(Object.entries(row).filter(([name]) => name !== field))

/** Lines of an order are numbered from the last of the file to the first, or stand in the order of the file. */
const numbered = (items: readonly Row[], unlined: boolean): Row[] =>
  items.map((row, i) => ({
    ...(unlined ? lacking('line', row) : row),
    order: orderKey(Number(row['order'])),
    ...(unlined ? {} : { line: String(items.slice(i).filter((other) => other['order'] === row['order']).length) }),
  }))
