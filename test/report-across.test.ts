/** Segments side by side: overlaps, moves, cohorts and where revenue comes from, against SQL and lists of members taken apart by hand. */
import { existsSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import { beforeAll, describe, expect, it } from 'vitest'
import { parseDay } from '../src/base/time.js'
import { among, combinations, inBoth } from '../src/report/across/intersections.js'
import { monthBefore } from '../src/report/across/migration.js'
import { projectWith, temporary, writeFiles } from './binary.js'
import { dimensions, Reporting, share } from './reporting.js'

type Rows = readonly Readonly<Record<string, string>>[]

class Shop extends Reporting {
  rows = async (...args: readonly string[]): Promise<Rows> => parse(await this.done(...args), { columns: true }) as Rows
}

const plain = (n: number): string => String(Number(n.toFixed(6)))
const ofSection = (tidy: ReadonlyMap<string, string>, section: string, metric: string): ReadonlyMap<string, string> =>
  new Map(Object.entries(dimensions(tidy, `/${section}/${metric}`)))

const MIN = 3
const day = `unixepoch('2024-07-18') / 86400`
const counted = `o._customer > 0 and o._counted = 1 and o._day <= ${day}`
const month = (of: string): string => `strftime('%Y-%m', ${of} * 86400, 'unixepoch')`

/**
 * Forty customers over eight months; order x1 is of 1 April in Minsk and of 31 March in Greenwich; returns, a guest, an order
 * after the as-of day, orders that do not count and customers who never order beside.
 */
function orders(): string {
  const lines = ['order,customer,at,amount,status']
  for (let k = 1; k <= 40; k++)
    for (let n = 0; n <= k % 7; n++) {
      const m = 1 + Math.floor((k * 5 + n * n * 3) % 37) / 5 + n
      if (m >= 8.5) continue
      const at = `2024-${String(Math.floor(m)).padStart(2, '0')}-${String(1 + ((k * 11 + n * 7) % 17)).padStart(2, '0')}T10:${10 + n}:00`
      lines.push(`o${k}-${n},c${k},${at},${(k * k) % 41}.${10 + n},${(k + n) % 9 === 0 ? 'cancelled' : 'paid'}`)
    }
  lines.push('x1,xena,2024-03-31T22:30:00Z,12.5,paid', 'x2,xena,2024-05-02,7,paid', 'x3,xena,2024-05-09,1.25,paid')
  lines.push(
    'x4,yuri,2024-02-10,9,cancelled',
    'x5,yuri,2024-06-10,30,paid',
    'late,c3,2024-07-19,500,paid',
    'g,,2024-06-01,77,paid',
  )
  return `${lines.join('\n')}\n`
}

const customers = `customer,created_on\n${[...Array.from({ length: 5 }, (_, i) => `never${i},2024-0${i + 2}-03`), 'unborn,2024-08-01'].join('\n')}\n`

const inSegment: Readonly<Record<string, string>> = {
  buyers: `exists (select 1 from order_row o where o._customer = c._id and ${counted})`,
  often: `(select count(*) from order_row o where o._customer = c._id and ${counted}) >= 3`,
  recent: `exists (select 1 from order_row o where o._customer = c._id and ${counted} and o._day > ${day} - 60)`,
  dear: `(select sum(o.amount) from order_row o where o._customer = c._id and ${counted}) >= 6000`,
  one: `c.customer = 'xena'`,
  nobody: '0',
  everybody: '1',
}
const definitions = `segments:
  buyers: { all: [ { performed: { orders: any } } ] }
  often: { all: [ { metric: { count: orders, min: 3 } } ] }
  recent: { all: [ { performed: { orders: any, last: 60 days } } ] }
  dear: { all: [ { metric: { sum: orders.amount, min: 60 } } ] }
  one: { all: [ { attribute: { customer: xena } } ] }
  nobody: { all: [ { attribute: { customer: nobody-at-all } } ] }
  everybody: { all: customers }
`
const settings = `version: 1
timezone: Europe/Minsk
as_of: 2024-07-18
min_group: ${MIN}
orders: { counted: { status: { not_in: [cancelled] } } }
`
const names = Object.keys(inSegment)

let shop: Shop
beforeAll(async () => {
  const parts = `segments:
  halves: { partition: [warm, cold] }
  warm: { all: [ { performed: { orders: any, last: 45 days } } ] }
  cold: { all: [ { not_performed: { orders: any, last: 45 days } } ] }
`
  shop = new Shop(
    projectWith({
      'segkit.yaml': settings,
      'segments/all.yaml': definitions,
      'segments/parts/halves.yaml': parts,
      'orders.csv': orders(),
      'customers.csv': customers,
    }),
  )
  await shop.done('ingest', 'orders', 'orders.csv')
  await shop.done('ingest', 'customers', 'customers.csv')
})

const counts = (where: string): number =>
  Number(
    shop.sql(`select count(*) from customer_row c where ${where} and (c._first_day is null or c._first_day <= ${day})`)[0]?.[0],
  )

describe('overlap', () => {
  it('tells every pair as SQL counts it', async () => {
    const rows = await shop.rows('overlap', ...names)
    expect(rows.map((r) => `${r['a']}&${r['b']}`)).toEqual(names.flatMap((a, i) => names.slice(i + 1).map((b) => `${a}&${b}`)))
    for (const r of rows) {
      const [a, b] = [inSegment[r['a']!]!, inSegment[r['b']!]!]
      const [inA, inB, both] = [counts(a), counts(b), counts(`${a} and ${b}`)]
      expect(Object.values(r).slice(2)).toEqual([
        String(inA),
        String(inB),
        String(both),
        share(both, inA),
        share(both, inB),
        share(both, inA + inB - both),
      ])
    }
    expect(rows.filter((r) => Number(r['both']) > MIN).length).toBeGreaterThan(4)
  })

  it('sets a single segment beside every other, and leaves out those of segkit', async () => {
    expect((await shop.rows('overlap', 'often')).map((r) => [r['a'], r['b']])).toEqual(
      ['buyers', 'recent', 'dear', 'one', 'nobody', 'everybody', 'warm', 'cold', 'halves'].map((b) => ['often', b]),
    )
    expect((await shop.rows('overlap')).length).toBe((10 * 9) / 2)
    expect((await shop.rows('overlap', 'often', 'system/lost')).length).toBe(1)
  })

  it('stands in the report as shares, pairs and intersections, those of too few left out', async () => {
    const tidy = await shop.tidy(...names)
    for (const a of names)
      for (const b of names) {
        const both = counts(`${inSegment[a]} and ${inSegment[b]}`)
        const wanted = both > 0 && both < MIN ? `<${MIN}` : share(both, counts(inSegment[a]!))
        expect([a, b, tidy.get(`/overlap/share_of_row/${a};${b}`)]).toEqual([a, b, wanted])
      }
    const pairs = names
      .flatMap((a, i) => names.slice(i + 1).map((b) => ({ key: `${a} & ${b}`, a: inSegment[a]!, b: inSegment[b]! })))
      .map(({ key, a, b }) => ({ key, both: counts(`${a} and ${b}`), either: counts(`(${a} or ${b})`) }))
      .filter(({ both }) => both >= MIN)
    expect(ofSection(tidy, 'overlap', 'jaccard')).toEqual(
      new Map(pairs.map(({ key, both, either }) => [key, share(both, either)])),
    )
    const shares = [...ofSection(tidy, 'overlap', 'jaccard').values()].map(Number)
    expect(shares).toEqual([...shares].sort((x, y) => y - x))
    const exact = names.map((n) => `(${inSegment[n]})`)
    const groups = shop.sql<[string, number]>(
      `select ${exact.map((w) => `case when ${w} then '1' else '0' end`).join(' || ')}, count(*) from customer_row c
       where c._first_day is null or c._first_day <= ${day} group by 1`,
    )
    const listed = groups
      .map(([bits, n]) => ({ members: names.filter((_, i) => bits[i] === '1'), n }))
      .filter(({ members, n }) => members.length > 1 && n >= MIN)
    expect(listed.length).toBeGreaterThan(1)
    expect(ofSection(tidy, 'overlap', 'customers')).toEqual(
      new Map(listed.map(({ members, n }) => [members.join(' & '), String(n)])),
    )
  })

  it('counts combinations of more segments than a word holds as a loop over every customer would', () => {
    const [people, segments] = [400, 67]
    const isIn = (row: number, n: number): boolean => (row * 7919 + n * n * 31 + ((row * n) % 13)) % 11 < 2 || n === row % 50
    const words = Array.from({ length: 4 }, (_, w) =>
      Int32Array.from({ length: people }, (_, row) => {
        let bits = 0
        for (let i = 0; i < 30; i++) if (w * 30 + i >= segments || isIn(row, w * 30 + i)) bits |= 1 << i
        return bits
      }),
    )
    const all = combinations(words, people, segments)
    expect(all.reduce((sum, c) => sum + c.customers, 0)).toBe(people)
    const both = inBoth(all, segments)
    const rows = Array.from({ length: people }, (_, row) => row)
    for (const [a, b] of [
      [0, 0],
      [3, 66],
      [66, 3],
      [29, 30],
      [59, 61],
    ] as const)
      expect([a, b, both(a, b)]).toEqual([a, b, rows.filter((row) => isIn(row, a) && isIn(row, b)).length])
    const kept = new Set([2, 31, 62])
    const few = among(all, kept)
    const exactly = rows.filter((row) => isIn(row, 2) && isIn(row, 31) && !isIn(row, 62)).length
    expect(few.find((c) => c.segments.join() === '2,31')?.customers).toBe(exactly)
  })
})

describe('cohorts', () => {
  /** The month of the first order, the months since, who ordered in them and for how much. */
  const known = (): ReadonlyMap<string, readonly [active: number, revenue: number]> =>
    new Map(
      shop
        .sql<[string, number, number, number]>(
          `with f as (select o._customer as who, min(o._day) as first from order_row o where ${counted} group by 1),
             x as (select ${month('f.first')} as cohort, ${month('o._day')} as m, o._customer, o.amount from order_row o join f on f.who = o._customer where ${counted})
           select cohort, (substr(m, 1, 4) - substr(cohort, 1, 4)) * 12 + substr(m, 6) - substr(cohort, 6), count(distinct _customer), sum(amount) from x group by 1, 2`,
        )
        .map(([cohort, age, active, revenue]) => [`${cohort};${age}`, [active, revenue]]),
    )

  it('are those of SQL, month by month; what is not over is empty, what nobody did is 0', async () => {
    const rows = await shop.rows('cohorts')
    const wanted = known()
    let zeros = 0
    for (const r of rows) {
      const [cohort, age] = [r['cohort']!, Number(r['age'])]
      const size = wanted.get(`${cohort};0`)![0]
      const isLast = Number(cohort.slice(5)) + age === 7
      const [active, revenue] = wanted.get(`${cohort};${age}`) ?? [0, 0]
      if (active === 0 && !isLast) zeros++
      expect([cohort, age, r['customers'], r['active'], r['retention'], r['revenue']]).toEqual([
        cohort,
        age,
        String(size),
        ...(isLast ? ['', '', ''] : [String(active), share(active, size), (revenue / 100).toFixed(2)]),
      ])
    }
    expect(zeros).toBeGreaterThan(0)
    const cohorts = [...new Set([...wanted.keys()].map((key) => key.slice(0, 7)))].sort()
    expect(rows.map((r) => `${r['cohort']};${r['age']}`)).toEqual(
      cohorts.flatMap((c) => Array.from({ length: 8 - Number(c.slice(5)) }, (_, age) => `${c};${age}`)),
    )
    expect(rows.find((r) => r['cohort'] === '2024-07')).toMatchObject({ age: '0', active: '', retention: '', revenue: '' })
  })

  it('begin in the month of the local calendar, and on the last day of a month that month is over', async () => {
    const own = new Shop(
      projectWith({
        'segkit.yaml': settings,
        'orders.csv': 'order,customer,at,amount,status\nx1,xena,2024-03-31T22:30:00Z,12.5,paid\n',
      }),
    )
    await own.done('ingest', 'orders', 'orders.csv')
    expect(await own.done('cohorts', '--as-of', '2024-04-30', '--no-header')).toBe('2024-04,0,1,1,1.000000,12.5\n')
    expect(await own.done('cohorts', '--as-of', '2024-04-29', '--no-header')).toBe('2024-04,0,1,,,\n')
    expect(await own.done('cohorts', '--as-of', '2024-03-31')).toBe('cohort,age,customers,active,retention,revenue\n')
    expect(JSON.parse(await own.done('cohorts', '--as-of', '2024-05-31', '--json'))).toMatchObject({
      schema: 'segkit.cohorts/1',
      as_of: '2024-05-31',
      rows: [{}, { cohort: '2024-04', age: 1, customers: 1, active: 0, retention: 0, revenue: 0 }],
    })
  })

  it('stand in the report with an average weighted over those whose month is over', async () => {
    const tidy = await shop.tidy('buyers')
    const wanted = known()
    const cohorts = [...new Set([...wanted.keys()].map((key) => key.slice(0, 7)))].sort()
    const shown = (active: number, value: string): string => (active > 0 && active < MIN ? `<${MIN}` : value)
    for (let age = 0; age < 6; age++) {
      let [size, active, revenue] = [0, 0, 0]
      for (const c of cohorts.filter((one) => Number(one.slice(5)) + age < 7)) {
        const [n, sum] = wanted.get(`${c};${age}`) ?? [0, 0]
        const all = wanted.get(`${c};0`)![0]
        size += all
        active += n
        revenue += sum
        expect([c, age, tidy.get(`/cohorts/retention/${c};${age}`)]).toEqual([c, age, shown(n, share(n, all))])
        expect([c, age, tidy.get(`/cohorts/revenue_per_customer/${c};${age}`)]).toEqual([
          c,
          age,
          shown(n, plain(sum / 100 / all)),
        ])
      }
      expect([age, tidy.get(`/cohorts/retention/Weighted average;${age}`)]).toEqual([age, shown(active, share(active, size))])
      expect([age, tidy.get(`/cohorts/revenue_per_customer/Weighted average;${age}`)]).toEqual([
        age,
        shown(active, plain(revenue / 100 / size)),
      ])
    }
    expect(tidy.get(`/cohorts/retention/2024-06;1`)).toBe('')
    expect([...tidy.keys()].some((key) => key.startsWith('/cohorts/retention/2024-07'))).toBe(false)
    for (const c of cohorts)
      expect(tidy.get(`/cohorts/customers/${c}`)).toBe(shown(wanted.get(`${c};0`)![0], String(wanted.get(`${c};0`)![0])))
  })
})

describe('where revenue comes from', () => {
  it('is told by the largest customers, as SQL adds them up', async () => {
    const tidy = await shop.tidy('buyers')
    const amounts = shop
      .sql<[number]>(`select sum(o.amount) from order_row o where ${counted} group by o._customer order by 1 desc`)
      .map(([n]) => n)
    const all = amounts.reduce((sum, n) => sum + n, 0)
    const upTo = (n: number): number => amounts.slice(0, n).reduce((sum, x) => sum + x, 0)
    expect(tidy.get('/pareto/buyers/')).toBe(String(amounts.length))
    for (const percent of [1, 5, 10, 20, 50]) {
      const n = Math.ceil((amounts.length * percent) / 100)
      const of = (metric: string) => tidy.get(`/pareto/${metric}/top ${percent}%`)
      expect([percent, of('customers'), of('revenue'), of('revenue_share')]).toEqual(
        n < MIN ? [percent, `<${MIN}`, '', ''] : [percent, String(n), (upTo(n) / 100).toFixed(2), share(upTo(n), all)],
      )
    }
    const few = amounts.findIndex((_, i) => upTo(i + 1) >= 0.8 * all) + 1
    expect(few).toBeGreaterThan(MIN)
    expect(tidy.get('/pareto/customers_for_80/')).toBe(String(few))
    expect(tidy.get('/pareto/curve_revenue_share/top 100%')).toBe('1.000000')
  })

  it('is parted into new and returning customers by month', async () => {
    const tidy = await shop.tidy('buyers')
    const rows = shop.sql<[string, number, number, number, number]>(
      `with f as (select o._customer as who, ${month('min(o._day)')} as first from order_row o where ${counted} group by 1)
       select ${month('o._day')} as m, count(distinct case when m = first then who end), count(distinct case when m > first then who end),
         coalesce(sum(case when ${month('o._day')} = first then amount end), 0), coalesce(sum(case when ${month('o._day')} > first then amount end), 0)
       from order_row o join f on f.who = o._customer where ${counted} group by 1`.replace(
        /when m ([=>])/g,
        `when ${month('o._day')} $1`,
      ),
    )
    expect(rows.length).toBe(7)
    for (const [m, fresh, back, first, again] of rows) {
      const of = (metric: string) => tidy.get(`/new_returning/${metric}/${m}`)
      const few = (n: number): boolean => n > 0 && n < MIN
      expect([m, of('new_customers'), of('returning_customers')]).toEqual([
        m,
        few(fresh) ? `<${MIN}` : String(fresh),
        few(back) ? `<${MIN}` : String(back),
      ])
      expect([m, of('new_revenue'), of('returning_revenue'), of('returning_share')]).toEqual([
        m,
        few(fresh) ? '' : (first / 100).toFixed(2),
        few(back) ? '' : (again / 100).toFixed(2),
        few(fresh) || few(back) ? '' : share(again, first + again),
      ])
    }
  })

  it('stands beside the segments as medians', async () => {
    const tidy = await shop.tidy(...names)
    for (const name of names) {
      const of = (value: string): string => {
        const found = shop
          .sql<[number]>(
            `select ${value} from order_row o join customer_row c on c._id = o._customer where ${inSegment[name]} and ${counted} group by c._id order by 1`,
          )
          .map(([n]) => n)
        const [low, high] = [found[Math.floor((found.length - 1) / 2)], found[Math.floor(found.length / 2)]]
        if (low === undefined || high === undefined) return ''
        return found.length < MIN ? `<${MIN}` : plain((low + high) / 2)
      }
      expect([name, tidy.get(`${name}/comparison/median_revenue/`)]).toEqual([name, of('sum(o.amount) / 100.0')])
      expect([name, tidy.get(`${name}/comparison/median_days/`)]).toEqual([name, of(`${day} - max(o._day)`)])
    }
  })
})

/** Customers by part, as `members` lists them. */
async function standing(parts: readonly string[], asOf: string): Promise<ReadonlyMap<string, string>> {
  const lists = await Promise.all(parts.map((part) => shop.rows('members', part, '--as-of', asOf)))
  return new Map(lists.flatMap((rows, i) => rows.map((r) => [r['customer']!, parts[i]!] as const)))
}
const lifecycle = ['never-ordered', 'new', 'active', 'cooling', 'lapsed', 'lost'].map((s) => `system/${s}`)

describe('migration', () => {
  const moved = async (parts: readonly string[], from: string, to: string): Promise<ReadonlyMap<string, number>> => {
    const [then, now] = [await standing(parts, from), await standing(parts, to)]
    const found = new Map<string, number>()
    for (const customer of new Set([...then.keys(), ...now.keys()])) {
      const key = `${then.get(customer) ?? ''};${now.get(customer) ?? ''}`
      found.set(key, (found.get(key) ?? 0) + 1)
    }
    return found
  }

  it('counts who was in which part on either day, as their members tell', async () => {
    for (const [parts, flags] of [
      [lifecycle, []],
      [
        ['warm', 'cold'],
        ['--partition', 'halves'],
      ],
    ] as const) {
      const wanted = await moved(parts, '2024-04-30', '2024-07-18')
      const rows = await shop.rows('migration', '2024-04-30', '2024-07-18', ...flags)
      const all = [...wanted.values()].reduce((sum, n) => sum + n, 0)
      const from = (part: string): number =>
        [...wanted].reduce((sum, [key, n]) => (key.startsWith(`${part};`) ? sum + n : sum), 0)
      expect(new Map(rows.map((r) => [`${r['from']};${r['to']}`, Number(r['customers'])]))).toEqual(wanted)
      for (const r of rows) {
        const n = Number(r['customers'])
        expect([r['from'], r['to'], r['share'], r['share_from']]).toEqual([
          r['from'],
          r['to'],
          share(n, all),
          share(n, from(r['from']!)),
        ])
      }
      expect(wanted.size).toBeGreaterThan(3)
    }
  })

  it('reads days, months as their ends, and spans back from the as-of day', async () => {
    const plainly = await shop.done('migration', '2024-04-30', '2024-06-30')
    expect(await shop.done('migration', '2024-04', '2024-06')).toBe(plainly)
    expect(await shop.done('migration', '-79d', '-18d')).toBe(plainly)
    expect(await shop.done('migration', '2024-04', '--as-of', '2024-06-30')).toBe(plainly)
    const still = await shop.rows('migration', 'today', 'today')
    expect(still.every((r) => r['from'] === r['to'] && r['share_from'] === '1.000000')).toBe(true)
  })

  it('says what is no day, no partition, or in the wrong order', async () => {
    for (const [args, words] of [
      [['2024-13', 'today'], 'no day'],
      [['-5', 'today'], 'no day'],
      [['2024-06-30', '2024-04-30'], 'comes after'],
      [['2024-04-30', '2024-07-19'], 'after the as-of day'],
      [['2024-04-30', 'today', '--partition', 'often'], 'is no partition'],
      [['2024-04-30', 'today', '--partition', 'halve'], 'halves'],
      [[], 'needs A'],
    ] as const) {
      const { code, stderr, stdout } = await shop.run('migration', ...args)
      expect([args, code, stdout]).toEqual([args, 2, ''])
      expect(stderr).toContain(words)
    }
  })

  it('stands in the report against the month before, for lifecycle, RFM and the groups that are reported', async () => {
    const tidy = await shop.tidy('halves')
    const wanted = await moved(['warm', 'cold'], '2024-06-18', '2024-07-18')
    for (const [key, n] of wanted) {
      const dimension = key
        .split(';')
        .map((part) => part || 'none of them')
        .join(';')
      expect([key, tidy.get(`/migration/moves_halves/${dimension}`)]).toEqual([key, n < MIN ? `<${MIN}` : String(n)])
    }
    const titles: Readonly<Record<string, string>> = {
      'system/never-ordered': 'Never ordered',
      'system/new': 'New',
      'system/active': 'Active',
      'system/cooling': 'Cooling',
      'system/lapsed': 'Lapsed',
      'system/lost': 'Lost',
      '': 'none of them',
    }
    for (const [key, n] of await moved(lifecycle, '2024-06-18', '2024-07-18')) {
      const dimension = key
        .split(';')
        .map((part) => titles[part])
        .join(';')
      expect([key, tidy.get(`/migration/moves_lifecycle/${dimension}`)]).toEqual([key, n < MIN ? `<${MIN}` : String(n)])
    }
    expect([...tidy.keys()].some((key) => key.startsWith('/migration/moves_rfm/Champions;'))).toBe(true)
    expect((await shop.tidy('often')).has('/migration/moves_halves/warm;cold')).toBe(false)
  })

  it('compares a month end with the month end before', () => {
    const earlier = (day: string) => monthBefore(parseDay(day)!)
    expect(earlier('2024-06-30')).toBe(parseDay('2024-05-31'))
    expect(earlier('2024-03-31')).toBe(parseDay('2024-02-29'))
    expect(earlier('2024-03-30')).toBe(parseDay('2024-02-29'))
    expect(earlier('2024-06-18')).toBe(parseDay('2024-05-18'))
  })
})

describe('bad input', () => {
  it('is met with a sensible page: a day before all data, one customer, no orders, nobody', async () => {
    for (const args of [
      ['--as-of', '2020-01-01'],
      ['nobody'],
      ['one', 'nobody'],
      ['system/never-ordered', '--as-of', '2024-02-05'],
    ])
      for (const format of ['text', 'md', 'json', 'csv']) expect((await shop.run('report', ...args, '-f', format)).code).toBe(0)
    expect(await shop.done('overlap', 'one', 'nobody', '--no-header')).toBe('one,nobody,1,0,0,0.000000,,0.000000\n')
    expect(await shop.done('cohorts', '--as-of', '2020-01-01', '--no-header')).toBe('')
    expect(await shop.done('migration', '2019-01-01', '2020-01-01', '--no-header')).toBe('')
    const own = new Shop(projectWith({ 'segkit.yaml': `${settings}system_segments: false\n` }))
    for (const command of [['cohorts'], ['overlap'], ['migration', '-30d']]) expect((await own.run(...command)).code).toBe(66)
    writeFiles(own.folder, { 'customers.csv': customers })
    await own.done('ingest', 'customers', 'customers.csv')
    expect((await own.run('migration', '-30d')).stderr).toContain('`--partition`')
    expect(await own.done('report', '--lang', 'ru')).not.toContain('Кто куда перешёл')
  })

  it('of three hundred segments the report shows the twelve largest and fifteen pairs', async () => {
    const many = Array.from({ length: 300 }, (_, i) => `  s${i}: { all: [ { metric: { sum: orders.amount, min: ${i} } } ] }`)
    const own = new Shop(
      projectWith({ 'segkit.yaml': settings, 'segments/many.yaml': `segments:\n${many.join('\n')}\n`, 'orders.csv': orders() }),
    )
    await own.done('ingest', 'orders', 'orders.csv')
    const tidy = await own.tidy()
    expect(ofSection(tidy, 'overlap', 'share_of_row').size).toBe(144)
    expect(ofSection(tidy, 'overlap', 'jaccard').size).toBe(15)
    expect(ofSection(tidy, 'overlap', 'customers').size).toBeLessThanOrEqual(15)
    expect((await own.rows('overlap')).length).toBe((300 * 299) / 2)
  }, 300_000)
})

const data = new URL('../../shared/data/online_retail/online_retail.csv.gz', import.meta.url).pathname
const there = existsSync(data)
if (!there) console.log('skipped: online_retail is not beside the repository')

describe.runIf(there)('online retail by positive lines', () => {
  const retail = new Shop(temporary())
  beforeAll(async () => {
    writeFiles(retail.folder, {
      'segkit.yaml': `version: 1
timezone: UTC
as_of: 2011-12-09
items: { counted: { quantity: { above: 0 }, price: { above: 0 } } }
sources:
  orders:
    columns: { order: InvoiceNo, customer: CustomerID, at: InvoiceDate, sku: StockCode, product: Description, quantity: Quantity, price: UnitPrice }
    types: { customer: integer }
`,
    })
    await retail.done('ingest', 'orders', data)
  })

  it('the first cohort has 885 customers, of whom 324 return in the month after', async () => {
    const rows = await retail.rows('cohorts')
    expect(rows[0]).toMatchObject({ cohort: '2010-12', age: '0', customers: '885', active: '885', retention: '1.000000' })
    expect(rows[1]).toMatchObject({ cohort: '2010-12', age: '1', customers: '885', active: '324' })
    expect(
      retail.sql(`with p as (select _customer as who, strftime('%Y-%m', _day * 86400, 'unixepoch') as m, amount from item_row where quantity > 0 and price > 0 and _customer > 0),
        f as (select who, min(m) as first from p group by who)
      select first, m, count(distinct who), printf('%.3f', sum(amount) / 1000.0) from p join f using (who) where m < '2011-12' group by 1, 2 order by 1, 2`),
    ).toEqual(
      rows
        .filter((r) => r['active'] !== '' && r['active'] !== '0')
        .map((r) => [r['cohort'], monthAfter(r['cohort']!, Number(r['age'])), Number(r['active']), r['revenue']]),
    )
  })

  it('the top 20 % of 4,338 customers make 74.62 % of 8,911,407.90, and 1,133 make 80 %', async () => {
    const tidy = await retail.tidy()
    const of = (metric: string, dimension = '') => tidy.get(`/pareto/${metric}/${dimension}`)
    expect([of('buyers'), of('customers_for_80'), tidy.get('/shop/revenue/')]).toEqual(['4338', '1133', '8911407.904'])
    expect(['1', '5', '10', '20', '50'].map((p) => of('revenue_share', `top ${p}%`))).toEqual([
      '0.319989',
      '0.503781',
      '0.613751',
      '0.746171',
      '0.921677',
    ])
    expect(of('customers_for_80_share')).toBe('0.261180')
    expect([tidy.get('/cohorts/customers/2010-12'), tidy.get('/cohorts/retention/2010-12;1')]).toEqual(['885', '0.366102'])
  })
})

const monthAfter = (month: string, n: number): string => {
  const months = Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1 + n
  return `${Math.floor(months / 12)}-${String((months % 12) + 1).padStart(2, '0')}`
}
