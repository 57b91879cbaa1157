/** What a report says of one segment, beside SQL written by hand over the documented views of the store. */
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { quartiles } from '../src/report/numbers.js'
import { temporary, writeFiles } from './binary.js'
import { dimensions, nonsense, Reporting, seeded, share } from './reporting.js'

const MIN = 5
const settings = (more = ''): string =>
  `version: 1\ntimezone: Europe/Berlin\ncurrency: EUR\nas_of: "2024-06-20"\nsystem_segments: false\nmin_group: ${MIN}
orders: { counted: { status: { not_in: [cancelled] } } }\n${more}`

/** Two years of orders of 70 customers: many on the nights when clocks change, some without an amount, an hour, or a customer. */
function ordersFile(): string {
  const random = seeded(7)
  const two = (n: number): string => String(n).padStart(2, '0')
  const lines = ['order,customer,at,amount,status']
  for (let k = 1; k <= 70; k++)
    for (let n = random(9); n > 0; n--) {
      const [year, month, day] = [2022 + random(3), 1 + random(12), 1 + random(28)]
      const date = random(9) === 0 ? ['2023-03-26', '2023-10-29', '2024-03-31'][random(3)] : `${year}-${two(month)}-${two(day)}`
      const time =
        random(6) === 0 ? '' : random(2) === 0 ? `T${two(random(24))}:${two(random(60))}:00Z` : ` ${two(8 + random(12))}:15`
      const amount = random(15) === 0 ? '' : `${random(90)}.${two(random(100))}`
      lines.push(`o${k}-${n},c${k},${date}${time},${amount},${random(8) === 0 ? 'cancelled' : 'done'}`)
    }
  lines.push('late,c1,2024-06-21,500.00,done', 'g1,,2024-06-01,77.00,done', 'g2,,2024-05-04 10:10,7.50,done')
  return `${lines.join('\n')}\n`
}
const customersFile = `customer,city\n${Array.from({ length: 80 }, (_, i) => `c${i + 1},${['Ulm', 'Bonn', 'Kiel'][i % 3]}`).join('\n')}\n`
const definitions = `segments:
  everybody: { all: customers }
  ulm: { all: [{ attribute: { city: Ulm } }] }
  often: { all: [{ metric: { count: orders, min: 5 } }] }
  few: { all: [{ attribute: { customer: [c1, c2, c3] } }] }
  nobody: { all: [{ attribute: { city: Nowhere } }] }
`
/** The members by the view of customers, and the orders that count up to the day by the view of orders. */
const counted = `o.counted = 1 and o.customer is not null and substr(o.at, 1, 10) <= '2024-06-20'`
/** Whoever has but rows after the day does not exist yet. */
const exists = `customer not in (select customer from orders where customer is not null group by 1 having min(substr(at, 1, 10)) > '2024-06-20')`
const members: Readonly<Record<string, string>> = {
  everybody: `select customer from customers where ${exists}`,
  ulm: `select customer from customers where city = 'Ulm' and ${exists}`,
  often: `select o.customer from orders o where ${counted} group by 1 having count(*) >= 5`,
  few: `select customer from customers where customer in ('c1', 'c2', 'c3') and ${exists}`,
  nobody: `select customer from customers where 0`,
}
const large = ['everybody', 'ulm', 'often']

/** Type-7 quartiles of the whole numbers of a query, in SQL: between the values at places floor and floor + 1 of (n - 1) k / 4. */
const quartilesSql = (
  values: string,
): string => `with v as (select x, row_number() over (order by x) - 1 as i from (${values}) where x is not null),
  n as (select count(*) - 1 as last from v)
  select (select x from v where i = last * k / 4) * (4 - last * k % 4) + coalesce((select x from v where i = last * k / 4 + 1), 0) * (last * k % 4), last + 1
  from n, (select 1 as k union select 2 union select 3) order by k`

let shop: Reporting
let tidy: ReadonlyMap<string, string>
beforeAll(async () => {
  shop = Reporting.of({
    'segkit.yaml': settings(),
    'segments/all.yaml': definitions,
    'customers.csv': customersFile,
    'orders.csv': ordersFile(),
  })
  await shop.done('ingest', 'customers', 'customers.csv')
  await shop.done('ingest', 'orders', 'orders.csv')
  tidy = await shop.tidy()
})

describe('quartiles', () => {
  it('are those of the type-7 rule, exact', () => {
    const of = (...values: number[]) => {
      const q = quartiles(values, 2)
      return q && [q.low.decimal, q.median.decimal, q.high.decimal]
    }
    expect(of(100, 200, 300, 400)).toEqual(['1.75', '2.5', '3.25'])
    expect(of(100, 300, 400, 800, 1000)).toEqual(['3', '4', '8'])
    expect(of(1, 2)).toEqual(['0.0125', '0.015', '0.0175'])
    expect(of(-700)).toEqual(['-7', '-7', '-7'])
    expect(of()).toBeUndefined()
  })
})

describe('the basics of a segment', () => {
  it('are shares of all customers, orders and revenue', () => {
    const [allOrders, allRevenue] = shop.sql<[number, number]>(
      `select count(*), sum(cast(round(amount * 100) as integer)) from orders o where ${counted}`,
    )[0]!
    const [all] = shop.sql<[number]>(`select count(*) from (${members['everybody']})`)[0]!
    expect(all).toBe(79)
    for (const name of Object.keys(members)) {
      const [size, orders, revenue, buyers, priced] = shop.sql<[number, number, number, number, number]>(
        `with m as (${members[name]}), o as (select o.* from orders o join m using (customer) where ${counted})
        select (select count(*) from m), count(*), coalesce(sum(cast(round(amount * 100) as integer)), 0), count(distinct customer),
          count(distinct case when amount is not null then customer end) from o`,
      )[0]!
      const of = (metric: string): string | undefined => tidy.get(`${name}/${metric}/`)
      const each = (n: number): string => (n === 0 ? '' : String(Number((Math.round((revenue / n) * 10_000) / 1e6).toFixed(6))))
      expect([name, of('size/customers'), of('size/share')]).toEqual([name, String(size), share(size, all)])
      expect([name, of('orders/orders'), of('orders/orders_share')]).toEqual([name, String(orders), share(orders, allOrders)])
      expect([name, of('revenue/revenue'), of('revenue/revenue_share')]).toEqual([
        name,
        (revenue / 100).toFixed(2),
        share(revenue, allRevenue),
      ])
      expect([name, of('revenue/revenue_per_customer')]).toEqual([name, each(size)])
      expect([name, of('lifetime_value/average_value')]).toEqual([name, priced > 0 && priced < MIN ? `<${MIN}` : each(priced)])
      expect([name, of('orders/buyers')]).toEqual([name, buyers > 0 && buyers < MIN ? `<${MIN}` : String(buyers)])
      expect([name, of('recency/never_ordered')]).toEqual([
        name,
        size - buyers > 0 && size - buyers < MIN ? `<${MIN}` : String(size - buyers),
      ])
    }
  })

  it('have medians and quartiles over those who ordered', () => {
    const orders = `select o.* from orders o join m using (customer) where ${counted}`
    const questions: Readonly<Record<string, readonly [values: string, scale: number]>> = {
      'lifetime_value/value': [`select sum(cast(round(amount * 100) as integer)) as x from (${orders}) group by customer`, 100],
      'orders/orders': [`select count(*) as x from (${orders}) group by customer`, 1],
      'orders/orders_per_year': [
        `select cast(round(count(*) * 365e6 / max(365, julianday('2024-06-20') - julianday(min(substr(at, 1, 10))) + 1)) as integer) as x from (${orders}) group by customer`,
        1e6,
      ],
      'order_value/order_value': [`select cast(round(amount * 100) as integer) as x from (${orders})`, 100],
      'recency/days': [
        `select cast(julianday('2024-06-20') - julianday(max(substr(at, 1, 10))) as integer) as x from (${orders}) group by customer`,
        1,
      ],
    }
    for (const name of large)
      for (const [metric, [values, scale]] of Object.entries(questions)) {
        const fourths = shop.sql<[number, number]>(`with m as (${members[name]}) select * from (${quartilesSql(values)})`)
        const [section, of] = metric.split('/')
        const told = ['q1', 'median', 'q3'].map((q) => Number(tidy.get(`${name}/${section}/${q}_${of}/`)))
        expect(fourths[0]![1]).toBeGreaterThan(MIN)
        expect([name, metric, ...told]).toEqual([name, metric, ...fourths.map(([x]) => x / 4 / scale)])
      }
  })

  it('show no quartile of fewer than `min_group` customers', () => {
    for (const metric of [
      'lifetime_value/median_value',
      'orders/median_orders',
      'order_value/median_order_value',
      'recency/median_days',
    ]) {
      expect([metric, tidy.get(`few/${metric}/`)]).toEqual([metric, `<${MIN}`])
      expect([metric, tidy.get(`nobody/${metric}/`)]).toEqual([metric, ''])
    }
    expect([...tidy.keys()].filter((k) => /^(few|nobody)\/.*\/q[13]_/.test(k))).toEqual([])
  })
})

describe('the last 12 months', () => {
  it('are told month by month, those of too few customers masked', () => {
    let shown = 0
    for (const name of large) {
      const months = shop.sql<[string, number, number, number]>(
        `with m as (${members[name]}) select substr(o.at, 1, 7), count(*), count(distinct o.customer), coalesce(sum(cast(round(amount * 100) as integer)), 0)
        from orders o join m using (customer) where ${counted} and o.at >= '2023-07' group by 1`,
      )
      const told = dimensions(tidy, `${name}/trend/active`)
      expect(Object.keys(told)).toEqual(
        Array.from({ length: 12 }, (_, i) => (i < 6 ? `2023-${String(i + 7).padStart(2, '0')}` : `2024-0${i - 5}`)),
      )
      for (const month of Object.keys(told)) {
        const [, orders, active, revenue] = months.find((m) => m[0] === month) ?? [month, 0, 0, 0]
        const few = active > 0 && active < MIN
        if (!few) shown++
        expect([
          name,
          month,
          told[month],
          tidy.get(`${name}/trend/orders/${month}`),
          tidy.get(`${name}/trend/revenue/${month}`),
        ]).toEqual(
          few ? [name, month, `<${MIN}`, '', ''] : [name, month, String(active), String(orders), (revenue / 100).toFixed(2)],
        )
      }
    }
    expect(shown).toBeGreaterThan(12)
  })

  it('begin with the first order, and say that the last month is not over', async () => {
    const early = await shop.done('report', 'everybody', '--as-of', '2022-03-15')
    expect(early).toContain('2022-03 is not over: it goes up to 2022-03-15.')
    const months = dimensions(await shop.tidy('everybody', '--as-of', '2022-03-15'), 'everybody/trend/active')
    expect(Object.keys(months)).toEqual(['2022-01', '2022-02', '2022-03'])
    expect(await shop.done('report', 'everybody', '--as-of', '2024-05-31')).not.toContain('is not over')
  })
})

describe('weekdays and hours', () => {
  it('are those of the local clock, in shares of the orders of the segment and of all', () => {
    const names = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
    const places = {
      weekday: `strftime('%w', substr(o.at, 1, 10))`,
      hour: `case when length(o.at) > 10 then substr(o.at, 12, 2) end`,
    }
    for (const place of Object.values(places)) {
      const all = shop.sql<[string, number, number]>(
        `select ${place} as p, count(*), count(distinct customer) from orders o where ${counted} and ${place} is not null group by 1`,
      )
      const total = all.reduce((n, [, orders]) => n + orders, 0)
      for (const name of large) {
        const own = shop.sql<[string, number, number]>(
          `with m as (${members[name]}) select ${place} as p, count(*), count(distinct customer) from orders o join m using (customer) where ${counted} and ${place} is not null group by 1`,
        )
        const orders = own.reduce((n, [, times]) => n + times, 0)
        for (const [p, times, customers] of all) {
          const label = place === places.weekday ? names[Number(p)] : `${p}:00`
          const [, mine, whose] = own.find((o) => o[0] === p) ?? [p, 0, 0]
          const masked = (n: number): boolean => n > 0 && n < MIN
          expect([
            name,
            label,
            ...['share', 'all_share', 'customers'].map((m) => tidy.get(`${name}/times/${m}/${label}`)),
          ]).toEqual([
            name,
            label,
            masked(whose) ? '' : share(mine, orders),
            masked(customers) ? '' : share(times, total),
            masked(whose) ? `<${MIN}` : String(whose),
          ])
        }
      }
    }
  })

  it('leave out the hours of orders of which only the day is known, and say how many', async () => {
    const [dayOnly] = shop.sql<[number]>(`select count(*) from orders o where ${counted} and length(o.at) = 10`)[0]!
    expect(dayOnly).toBeGreaterThan(10)
    expect(await shop.done('report', 'everybody')).toContain(
      `Hours are without ${dayOnly} orders of which only the day is known.`,
    )
  })

  it('name the busiest, unless two are equally busy', async () => {
    const [[name, most], [, second]] = shop.sql<[string, number]>(
      `select case strftime('%w', substr(o.at, 1, 10)) when '0' then 'Sunday' when '1' then 'Monday' when '2' then 'Tuesday' when '3' then 'Wednesday'
        when '4' then 'Thursday' when '5' then 'Friday' else 'Saturday' end, count(*) from orders o where ${counted} group by 1 order by 2 desc limit 2`,
    ) as [[string, number], [string, number]]
    expect(most).toBeGreaterThan(second)
    expect(await shop.done('report', 'everybody')).toContain(`The most orders come on a ${name}.`)
  })
})

/** Runs of days, with what is loaded and written in between. */
describe('who came and went', () => {
  const before = `version: 1\ntimezone: UTC\nas_of: "2024-06-30"\nsystem_segments: false\nmin_group: 1\n`
  const segments = (atLeast: number): string => `segments:
  recent: { all: [{ performed: { orders: any, last: 30 days } }] }
  big: { all: [{ metric: { sum: orders.amount, min: ${atLeast} } }] }
  big-recent: { all: [{ in_segment: big }, { in_segment: recent }] }
`
  const orders = (...rows: readonly string[]): string => `order,customer,at,amount\n${rows.join('\n')}\n`

  it('is told by cause: new rows, the clock, restated data, a definition, or one that it stands on', async () => {
    const own = Reporting.of({
      'segkit.yaml': before,
      'segments/all.yaml': segments(100),
      'a.csv': orders(
        '1,stays,2024-05-20,200',
        '2,fades,2024-05-05,200',
        '3,old,2024-01-05,60',
        '4,mid,2024-05-25,60',
        '5,late,2023-01-01,1',
      ),
      // comes: a new order; backdated: an order of a day before the run that was loaded after it
      'b.csv': orders('6,stays,2024-06-10,5', '7,comes,2024-06-20,300', '8,backdated,2024-05-15,150', '9,late,2024-06-05,1'),
    })
    await own.done('ingest', 'orders', 'a.csv')
    await own.done('run', '--as-of', '2024-05-31')
    await own.done('ingest', 'orders', 'b.csv')
    writeFiles(own.folder, { 'segments/all.yaml': segments(100) })
    const told = await own.tidy()
    const causes = (values: ReadonlyMap<string, string>, name: string) => [
      dimensions(values, `${name}/change/entered`),
      dimensions(values, `${name}/change/left`),
    ]
    // recent on 05-31: stays, fades, mid. On 06-30 of the last 30 days: stays, comes, late. fades and mid went by the clock alone.
    expect(causes(told, 'recent')).toEqual([
      { '': '2', data: '2', time: '0' },
      { '': '2', data: '0', time: '2' },
    ])
    // big: stays, fades then; comes and backdated now, the second of whom would have been in it by the data of now.
    expect(causes(told, 'big')).toEqual([
      { '': '2', data: '1', restated: '1' },
      { '': '0', data: '0', restated: '0' },
    ])
    expect(await own.done('report', 'big')).toContain('restated: by the data as they are now, it was so on 2024-05-31')

    writeFiles(own.folder, { 'segments/all.yaml': segments(50) })
    const redefined = await own.tidy()
    // By the new bound old and mid were in big on 05-31 already, and backdated too: which of data and definition it was is not known.
    expect(causes(redefined, 'big')).toEqual([
      { '': '4', data: '1', definition: '3' },
      { '': '0', data: '0', definition: '0' },
    ])
    // big-recent then: stays, fades; now: stays, comes. fades left by the clock.
    expect(causes(redefined, 'big-recent')).toEqual([
      { '': '1', data: '1', time: '0' },
      { '': '1', data: '0', time: '1' },
    ])
    // As of 06-10 mid is in it only because big was redefined.
    const earlier = await own.tidy('--as-of', '2024-06-10')
    expect(causes(earlier, 'big-recent')[0]).toMatchObject({ upstream: '2' })
    expect(causes(earlier, 'big')[0]).not.toHaveProperty('upstream')
  })

  for (const [among, idle] of [
    ['few', 0],
    ['many who did not move', 400],
  ] as const)
    it(`has causes that add up to those who entered and left, whose numbers are masked, among ${among}`, async () => {
      const own = Reporting.of({
        'segkit.yaml': settings(),
        'segments/all.yaml': `segments:
  recent: { all: [{ performed: { orders: any, last: 60 days } }] }
  top: { all: [{ rank: { by: spend, top: 20 } }] }
metrics: { spend: { sum: orders.amount, last: 60 days } }
`,
        'orders.csv': ordersFile(),
        'customers.csv': `customer\nc1\n${Array.from({ length: idle }, (_, i) => `idle${i}\n`).join('')}`,
      })
      await own.done('ingest', 'customers', 'customers.csv')
      await own.done('ingest', 'orders', 'orders.csv')
      await own.done('run', '--as-of', '2024-01-31')
      await own.done('run', '--as-of', '2024-03-31')
      const dates = (from: string, to: string): string =>
        `select distinct customer from orders o where o.counted = 1 and o.customer is not null and substr(o.at, 1, 10) > '${from}' and substr(o.at, 1, 10) <= '${to}'`
      const [then, now] = [dates('2024-01-31', '2024-03-31'), dates('2024-04-21', '2024-06-20')]
      const [entered, left, quiet] = own.sql<[number, number, number]>(
        `select (select count(*) from (${now} except ${then})), (select count(*) from (${then} except ${now})),
        (select count(*) from (${then} except ${now} except select customer from orders where substr(at, 1, 10) > '2024-03-31' and substr(at, 1, 10) <= '2024-06-20'))`,
      )[0]!
      const told = await own.tidy('recent')
      expect([told.get('recent/change/since/'), told.get('recent/change/entered/'), told.get('recent/change/left/')]).toEqual([
        '2024-03-31',
        String(entered),
        String(left),
      ])
      const shown = (n: number): string => (n > 0 && n < MIN ? `<${MIN}` : String(n))
      // Whoever entered ordered since then; whoever left and has rows since then has them in the days before the window.
      expect(told.get('recent/change/entered/data')).toBe(shown(entered))
      expect([told.get('recent/change/left/time') ?? '0', told.get('recent/change/left/data') ?? '0']).toEqual([
        shown(quiet),
        shown(left - quiet),
      ])
      // Beside a segment that hangs on who else there is, everybody is looked at: the answer is the same.
      const beside = await own.tidy('recent', 'top')
      for (const [key, value] of told) if (key.startsWith('recent/change/')) expect([key, beside.get(key)]).toEqual([key, value])
      expect(Number(beside.get('top/change/entered/'))).toBeGreaterThan(0)
      // Sizes are those that the runs recorded, one a month, and today's.
      const size = (from: string, to: string) => String(own.sql<[number]>(`select count(*) from (${dates(from, to)})`)[0]![0])
      expect(dimensions(told, 'recent/trend/members')).toEqual({
        '2024-01-31': size('2023-12-02', '2024-01-31'),
        '2024-03-31': size('2024-01-31', '2024-03-31'),
        '2024-06-20': size('2024-04-21', '2024-06-20'),
      })
    })
})

describe('the definition', () => {
  it('is told in words, with its place and whether what is expected holds', async () => {
    const own = Reporting.of({
      'segkit.yaml': settings(),
      'segments/all.yaml': `segments:
  ulm:
    all: [{ attribute: { city: Ulm } }]
    expect: { size: { min: 5 }, subset_of: everyone, disjoint_with: [bonn, ulm-too] }
  bonn: { all: [{ attribute: { city: Bonn } }], expect: { size: { max: 3 } } }
  ulm-too: { all: [{ attribute: { city: Ulm } }] }
  everyone: { all: customers }
  cities: { partition: [ulm, bonn] }
`,
      'customers.csv': customersFile,
    })
    await own.done('ingest', 'customers', 'customers.csv')
    const values = await own.tidy('ulm', 'bonn', 'cities')
    expect(values.get('ulm/definition/definition/')).toBe('city is `Ulm`')
    expect(values.get('ulm/definition/place/')).toBe('segments/all.yaml:2')
    expect(
      ['ulm', 'bonn', 'cities'].map((s) => [values.get(`${s}/definition/expectations/`), values.get(`${s}/definition/broken/`)]),
    ).toEqual([
      ['3', '1'],
      ['1', '1'],
      ['1', '1'],
    ])
    const text = (await own.done('report', 'ulm', 'bonn', 'cities')).replace(/\n */g, ' ')
    for (const line of [
      'As expected: size at least 5.',
      'As expected: subset of `everyone`.',
      'Not as expected: disjoint with `bonn`, `ulm-too`.',
      'Not as expected: size at most 3.',
      'Not as expected: each customer in exactly one of `ulm`, `bonn`.',
    ])
      expect(text).toContain(line)
    expect(text).not.toMatch(/\bc\d+\b/)
    expect((await own.tidy('everyone')).get('everyone/definition/expectations/')).toBeUndefined()
  })
})

describe('unusual shops', () => {
  const one = `order,customer,at,amount\n1,solo,2024-06-01,5.00\n`
  const cases: Readonly<Record<string, readonly [files: Readonly<Record<string, string>>, ...args: string[]]>> = {
    'no orders at all': [{ 'customers.csv': customersFile }],
    'one customer': [{ 'orders.csv': one }],
    'a day before all data': [{ 'customers.csv': customersFile, 'orders.csv': ordersFile() }, '--as-of', '1999-12-31'],
    'a day long after': [{ 'orders.csv': one }, '--as-of', '2034-01-01'],
    'only cancelled orders and no amounts': [
      { 'orders.csv': `order,customer,at,amount,status\n1,a,2024-06-01,,cancelled\n2,b,2024-06-01,,done\n` },
    ],
  }
  for (const [what, [files, ...args]] of Object.entries(cases))
    it(`are told in every format and language: ${what}`, async () => {
      const rule = JSON.stringify(files).includes('status') ? settings() : settings().replace(/orders: .*\n/, '')
      const own = Reporting.of({
        'segkit.yaml': rule,
        'segments/all.yaml': definitions.replace(/ {2}ulm.*\n| {2}nobody.*\n/g, ''),
        ...files,
      })
      for (const file of Object.keys(files)) await own.done('ingest', file.replace('.csv', ''), file)
      for (const format of ['text', 'md', 'csv', 'json'])
        for (const language of ['en', 'ru']) {
          const said = await own.done('report', ...args, '-f', format, '--lang', language)
          expect(format === 'json' ? said.replaceAll('null', '') : said).not.toMatch(nonsense)
        }
      const text = await own.done('report', 'often', ...args)
      expect(text).toMatch(/Nobody is in it on this day\./)
    })

  it('say of a segment without orders that there are none', async () => {
    const text = await shop.done('report', 'everybody', '--as-of', '2021-12-31')
    expect(text.match(/No orders in the last 12 months\.|No orders up to this day\./g)!.length).toBeGreaterThan(1)
    expect(text).not.toMatch(nonsense)
    const empty = await shop.done('report', 'nobody')
    expect(empty.match(/Nobody is in it on this day\./g)!.length).toBeGreaterThan(2)
    expect(empty).not.toMatch(nonsense)
  })
})

describe('the sample bakery', () => {
  it('has the numbers of SQL over its views', async () => {
    const folder = join(temporary(), 'bakery')
    await new Reporting(temporary()).done('init', folder, '--demo')
    const bakery = new Reporting(folder)
    const values = await bakery.tidy('system/repeat')
    const [asOf] = [values.get('/report/as_of/')!]
    const at = `substr(o.at, 1, 10)`
    const buyers = `select customer from orders o where o.counted = 1 and o.customer is not null and ${at} <= '${asOf}' group by 1 having count(*) between 2 and 4`
    const orders = `select o.* from orders o join m using (customer) where o.counted = 1 and ${at} <= '${asOf}'`
    const of = (metric: string): string | undefined => values.get(`system/repeat/${metric}`)
    const [size] = bakery.sql<[number]>(`select count(*) from (${buyers})`)[0]!
    expect(size).toBeGreaterThan(100)
    expect(of('size/customers/')).toBe(String(size))
    const spent = bakery.sql<[number, number]>(
      `with m as (${buyers}) select * from (${quartilesSql(`select sum(cast(round(amount * 100) as integer)) as x from (${orders}) group by customer`)})`,
    )
    expect(['q1', 'median', 'q3'].map((q) => Number(of(`lifetime_value/${q}_value/`)))).toEqual(spent.map(([x]) => x / 400))
    const months = bakery.sql<[string, string, string]>(
      `with m as (${buyers}) select substr(at, 1, 7), cast(count(*) as text), printf('%.2f', sum(amount)) from (${orders}) where at >= date('${asOf}', 'start of month', '-11 months') group by 1 having count(distinct customer) >= 10`,
    )
    expect(months.length).toBe(12)
    for (const [month, count, revenue] of months)
      expect([month, of(`trend/orders/${month}`), of(`trend/revenue/${month}`)]).toEqual([month, count, revenue])
    const hours = bakery.sql<[string, string]>(
      `with m as (${buyers}) select substr(at, 12, 2) || ':00', cast(count(distinct customer) as text) from (${orders}) where length(at) > 10 group by 1 having count(distinct customer) >= 10`,
    )
    expect(hours.length).toBeGreaterThan(5)
    for (const [hour, customers] of hours) expect([hour, of(`times/customers/${hour}`)]).toEqual([hour, customers])
    expect(of('definition/place/')).toMatch(/:\d+$/)
  })
})
