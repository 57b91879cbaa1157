/** What a report says of one event, beside SQL written by hand over the documented views of the store. */
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { temporary } from './binary.js'
import { dimensions, nonsense, Reporting, seeded, share } from './reporting.js'

const MIN = 4
const settings = `version: 1\ntimezone: UTC\nas_of: "2024-06-20"\nsystem_segments: false\nmin_group: ${MIN}
items: { counted: { quantity: { above: 0 } } }\n`
const definitions = `events:
  order: { title: Bought anything, on: orders }
  tea: { on: items, where: { product: tea }, per: order, description: A receipt with tea. }
  second: { on: orders, nth: 2 }
  quiet: { on: orders, quiet_for: 40 days }
  saffron: { on: items, where: { product: saffron } }
  never: { on: items, where: { product: gold } }
segments:
  everybody: { all: customers }
`
/** A year and a half of receipts of 50 customers; several a day, some with a day only, returned lines beside. */
function ordersFile(): string {
  const random = seeded(11)
  const two = (n: number): string => String(n).padStart(2, '0')
  const products = ['Tea', 'Rye bread', 'Cake', 'Jam', 'Milk', 'Salt', 'Oil', 'Rice', 'Peas', 'Figs', 'Nuts', 'Plums']
  const lines = ['order,customer,at,sku,product,quantity,price']
  let order = 0
  for (let k = 1; k <= 50; k++)
    for (let n = random(12); n > 0; n--) {
      order++
      const date = `${2023 + random(2)}-${two(1 + random(7))}-${two(1 + random(4) * 7)}`
      const time = random(7) === 0 ? '' : ` ${two(7 + random(5))}:${two(random(2) * 30)}`
      for (let line = 1 + random(3); line > 0; line--) {
        const at = random(products.length)
        lines.push(
          `o${order},c${k},${date}${time},S${at},${products[at]},${random(10) === 0 ? -1 : 1 + random(3)},${1 + random(9)}.50`,
        )
      }
    }
  lines.push('x1,c1,2024-05-05 10:00,SA,Saffron,1,9', 'x2,c2,2024-05-06 10:00,SA,Saffron,1,9', 'g1,,2024-05-06 10:00,S0,Tea,1,9')
  lines.push('late,c3,2024-06-21 10:00,S0,Tea,1,9')
  return `${lines.join('\n')}\n`
}

const counted = `o.counted = 1 and o.customer is not null and substr(o.at, 1, 10) <= '2024-06-20'`
const occurrences: Readonly<Record<string, string>> = {
  order: `select o.customer, o.at from orders o where ${counted}`,
  tea: `select o.customer, o.at from orders o where ${counted} and exists (select 1 from items i where i."order" = o."order" and i.counted = 1 and i.product = 'Tea')`,
  second: `select customer, at from (select o.customer, o.at, row_number() over (partition by o.customer order by o.at, o."order") as n from orders o where ${counted}) where n = 2`,
}
const all = Object.keys(occurrences)

let shop: Reporting
let tidy: ReadonlyMap<string, string>
beforeAll(async () => {
  shop = Reporting.of({ 'segkit.yaml': settings, 'segments/all.yaml': definitions, 'orders.csv': ordersFile() })
  await shop.done('ingest', 'orders', 'orders.csv')
  tidy = await shop.tidy(...all, 'quiet', 'saffron', 'never')
})
const masked = (n: number): string => (n > 0 && n < MIN ? `<${MIN}` : String(n))

describe('the occurrences of an event', () => {
  it('are counted in all, and month by month', () => {
    const [customers] = shop.sql<[number]>(
      `select count(distinct customer) from orders where substr(at, 1, 10) <= '2024-06-20'`,
    )[0]!
    for (const name of all) {
      const [times, whose] = shop.sql<[number, number]>(
        `select count(*), count(distinct customer) from (${occurrences[name]})`,
      )[0]!
      const of = (metric: string): string | undefined => tidy.get(`${name}/occurrences/${metric}/`)
      expect([name, of('occurrences'), of('customers'), of('share')]).toEqual([
        name,
        String(times),
        String(whose),
        share(whose, customers),
      ])
      const months = shop.sql<[string, number, number]>(
        `select substr(at, 1, 7), count(*), count(distinct customer) from (${occurrences[name]}) where at >= '2023-07' group by 1`,
      )
      const told = dimensions(tidy, `${name}/months/customers`)
      expect(Object.keys(told).length).toBe(12)
      for (const month of Object.keys(told)) {
        const [, n, who] = months.find((m) => m[0] === month) ?? [month, 0, 0]
        const shown = who > 0 && who < MIN ? '' : String(n)
        expect([name, month, told[month], tidy.get(`${name}/months/occurrences/${month}`)]).toEqual([
          name,
          month,
          masked(who),
          shown,
        ])
      }
    }
  })

  it('lie on weekdays and at hours of the local clock', async () => {
    const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
    for (const name of all)
      for (const place of [`strftime('%w', substr(at, 1, 10))`, `case when length(at) > 10 then substr(at, 12, 2) end`]) {
        const rows = shop.sql<[string, number, number]>(
          `select ${place}, count(*), count(distinct customer) from (${occurrences[name]}) where ${place} is not null group by 1`,
        )
        const total = rows.reduce((n, [, times]) => n + times, 0)
        expect(rows.length).toBeGreaterThan(3)
        for (const [p, times, customers] of rows) {
          const label = p.length === 1 ? days[Number(p)] : `${p}:00`
          const few = customers < MIN
          expect([
            name,
            label,
            ...['occurrences', 'share', 'customers'].map((m) => tidy.get(`${name}/times/${m}/${label}`)),
          ]).toEqual([name, label, few ? '' : String(times), few ? '' : share(times, total), masked(customers)])
        }
      }
    const [dayOnly] = shop.sql<[number]>(`select count(*) from (${occurrences['order']}) where length(at) = 10`)[0]!
    expect(await shop.done('report', 'order')).toContain(
      `Hours are without ${dayOnly} occurrences of which only the day is known.`,
    )
    expect(dimensions(tidy, 'quiet/times/share')).not.toHaveProperty('10:00')
  })

  it('fall on customers once, twice or more often', () => {
    for (const name of all) {
      const [customers] = shop.sql<[number]>(`select count(distinct customer) from (${occurrences[name]})`)[0]!
      const groups = shop.sql<[string, number]>(
        `select case when n = 1 then '1' when n = 2 then '2' when n <= 4 then '3-4' when n <= 9 then '5-9' else '10+' end, count(*)
        from (select count(*) as n from (${occurrences[name]}) group by customer) group by 1`,
      )
      for (const group of ['1', '2', '3-4', '5-9', '10+']) {
        const n = groups.find((g) => g[0] === group)?.[1] ?? 0
        expect([
          name,
          group,
          tidy.get(`${name}/times_each/customers/${group}`),
          tidy.get(`${name}/times_each/share/${group}`),
        ]).toEqual([name, group, masked(n), n > 0 && n < MIN ? '' : share(n, customers)])
      }
    }
  })

  it('come again after so many days: the quartiles of all gaps', () => {
    for (const name of ['order', 'tea']) {
      const gaps = shop.sql<[number]>(
        `select cast(julianday(substr(at, 1, 10)) - julianday(lag(substr(at, 1, 10)) over (partition by customer order by at)) as integer) as gap
        from (${occurrences[name]}) order by gap`,
      )
      const known = gaps.map(([gap]) => gap).filter((gap) => gap !== null)
      const at = (k: number): number => {
        const h = ((known.length - 1) * k) / 4
        const [below, above] = [known[Math.floor(h)]!, known[Math.ceil(h)]!]
        return below + (h - Math.floor(h)) * (above - below)
      }
      expect(known.length).toBeGreaterThan(10)
      expect([name, ...['q1', 'median', 'q3'].map((q) => Number(tidy.get(`${name}/gaps/${q}_days/`)))]).toEqual([
        name,
        at(1),
        at(2),
        at(3),
      ])
      const [again] = shop.sql<[number]>(
        `select count(*) from (select 1 from (${occurrences[name]}) group by customer having count(*) > 1)`,
      )[0]!
      expect([name, tidy.get(`${name}/gaps/again/`)]).toEqual([name, masked(again)])
    }
    expect([tidy.get('second/gaps/again/'), tidy.get('second/gaps/median_days/')]).toEqual(['0', ''])
  })

  it('are followed by orders: the first strictly later, within 30 days', () => {
    const day = (of: string): string => `substr(${of}.at, 1, 10)`
    for (const name of all) {
      const next = `with o as materialized (select * from orders o where ${counted}), q as materialized (${occurrences[name]}),
        next as materialized (select q.customer, (select o."order" from o where o.customer = q.customer
            and julianday(${day('o')}) <= julianday(${day('q')}) + 30
            and (${day('o')} > ${day('q')} or (${day('o')} = ${day('q')} and length(o.at) > 10 and length(q.at) > 10 and o.at > q.at))
          order by o.at, o."order" limit 1) as "order" from q)`
      const [customers, followed] = shop.sql<[number, number]>(
        `${next} select count(distinct customer), count(distinct case when "order" is not null then customer end) from next`,
      )[0]!
      expect(followed).toBeGreaterThan(MIN)
      const of = (metric: string): string | undefined => tidy.get(`${name}/next_order/${metric}/`)
      expect([name, of('customers'), of('share')]).toEqual([name, String(followed), share(followed, customers)])
      const products = shop.sql<[string, number]>(
        `${next}, i as materialized (select * from items where counted = 1)
        select i.product, count(distinct n.customer) from next n join i on i."order" = n."order" group by 1 order by 2 desc, 1`,
      )
      const shown = dimensions(tidy, `${name}/next_order/buyers`)
      expect(Object.keys(shown).length).toBe(10)
      expect(Object.values(shown)).toEqual(products.slice(0, 10).map(([, n]) => masked(n)))
      for (const [product, n] of products)
        if (product in shown)
          expect([name, product, shown[product], tidy.get(`${name}/next_order/buyers_share/${product}`)]).toEqual([
            name,
            product,
            masked(n),
            n < MIN ? '' : share(n, followed),
          ])
    }
  })

  it('are those of a definition that is told in words, with its place', () => {
    expect([tidy.get('tea/definition/definition/'), tidy.get('tea/definition/place/')]).toEqual([
      expect.stringMatching(/^an item where product is `tea`/),
      'segments/all.yaml:3',
    ])
  })
})

describe('unusual events', () => {
  it('of nobody or of too few are told and not taken apart', async () => {
    expect([tidy.get('never/occurrences/occurrences/'), tidy.get('saffron/occurrences/customers/')]).toEqual(['0', '2'])
    expect([...tidy.keys()].filter((k) => /^(never|saffron)\/(months|times|times_each|gaps|next_order)\//.test(k))).toEqual([])
    expect(await shop.done('report', 'never')).toContain('It never happened to any of')
    expect(await shop.done('report', 'saffron')).toContain(`Not shown for fewer than ${MIN} customers (<${MIN}).`)
  })

  it('are told in every format and language, on days before and long after all data too', async () => {
    for (const asOf of ['2024-06-20', '1999-01-01', '2031-01-01'])
      for (const format of ['text', 'md', 'csv', 'json'])
        for (const language of ['en', 'ru']) {
          const said = await shop.done('report', 'order', 'quiet', 'never', '--as-of', asOf, '-f', format, '--lang', language)
          expect(format === 'json' ? said.replaceAll('null', '') : said).not.toMatch(nonsense)
        }
    expect(await shop.done('report', 'order', '--as-of', '2031-01-01')).toContain('It did not happen in the last 12 months.')
  })

  it('name no customer', async () => {
    for (const format of ['text', 'md', 'csv', 'json'])
      expect(await shop.done('report', ...all, '-f', format)).not.toMatch(/\bc\d+\b/)
  })
})

describe('the sample bakery', () => {
  it('has croissants in the numbers of SQL over its views', async () => {
    const folder = join(temporary(), 'bakery')
    await new Reporting(temporary()).done('init', folder, '--demo')
    const bakery = new Reporting(folder)
    const values = await bakery.tidy('bought-croissant')
    const asOf = values.get('/report/as_of/')!
    const croissant = `select o.customer, o.at from orders o where o.counted = 1 and o.customer is not null and substr(o.at, 1, 10) <= '${asOf}'
      and o."order" in (select i."order" from items i where i.counted = 1 and (i.product like '%круассан%' or i.product like '%Круассан%' or i.product like '%КРУАССАН%'))`
    const [times, customers] = bakery.sql<[string, string]>(
      `select cast(count(*) as text), cast(count(distinct customer) as text) from (${croissant})`,
    )[0]!
    expect([
      values.get('bought-croissant/occurrences/occurrences/'),
      values.get('bought-croissant/occurrences/customers/'),
    ]).toEqual([times, customers])
    const months = bakery.sql<[string, string, string]>(
      `select substr(at, 1, 7), cast(count(*) as text), cast(count(distinct customer) as text) from (${croissant}) where at >= date('${asOf}', 'start of month', '-11 months') group by 1`,
    )
    expect(months.length).toBe(12)
    for (const [month, n, who] of months)
      expect([month, ...['occurrences', 'customers'].map((m) => values.get(`bought-croissant/months/${m}/${month}`))]).toEqual([
        month,
        n,
        who,
      ])
  })
})
