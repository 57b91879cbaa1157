/** Products, attributes, stages and channels of segments, beside SQL written by hand and formulas written out here once more. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dimensions, nonsense, Reporting, seeded, share } from './reporting.js'

const DAY = '2024-06-30'
const MIN = 10
/** Told from so many customers of the segment on, and only beyond these indices (methods, section 9). */
const [LEAST, RARE, COMMON, CHANCE] = [30, 80, 120, 0.05]

const settings = (more = ''): string => `version: 1
timezone: Europe/Minsk
country: BY
as_of: ${DAY}
min_group: ${MIN}
sources: { customers: { types: { interests: { list: ";" } } } }
items: { counted: { quantity: { above: 0 } } }
${more}`
const consent = 'consent: { email: { attribute: { email_opt_in: true } }, post: { attribute: { letters: true } } }\n'

const definitions = `metrics:
  teas: { count: items, where: { category: tea } }
segments:
  everybody: { all: customers }
  most: { all: [{ not_in_segment: few }] }
  minsk: { all: [{ attribute: { city: минск } }] }
  minsk-women: { all: [{ in_segment: minsk }, { attribute: { gender: f } }] }
  tea-drinkers: { all: [{ attribute: { teas: { min: 2 } } }] }
  grown: { all: [{ attribute: { age: { min: 40 } } }] }
  often: { all: [{ metric: { count: orders, min: 5 } }] }
  writable: { all: [{ reachable: email }] }
  few: { all: [{ attribute: { customer: [k1, k2, k3, k4] } }] }
  nobody: { all: [{ attribute: { city: Nowhere } }] }
`
const names = ['everybody', 'most', 'minsk', 'minsk-women', 'tea-drinkers', 'grown', 'often', 'writable', 'few', 'nobody']

const two = (n: number): string => String(n).padStart(2, '0')
const goods = [
  ['TE', 'Tea', 'Tea'],
  ['TG', 'Green tea', 'tea'],
  ['CO', 'Coffee', 'coffee'],
  ['ES', 'Espresso', 'coffee'],
  ['CR', 'Круассан', 'pastry'],
  ['EC', 'Эклер', 'pastry'],
  ['BR', 'Rye bread', 'bread'],
  ['SA', 'Saffron', ''],
] as const

/**
 * 700 customers: those of Minsk drink tea, and but for three only they buy amber; those who come often are older; some share an
 * e-mail, some have none that is any.
 */
function files(): Readonly<Record<string, string>> {
  const random = seeded(11)
  const customers = [
    'customer,email,email_opt_in,letters,postcode,city,gender,interests,birth_date,visits,member_no,nickname,created_on',
  ]
  const orders = ['order,customer,at,sku,product,category,quantity,price']
  let strangers = 3
  for (let k = 1; k <= 700; k++) {
    const minsk = random(2) === 0
    const city = minsk ? ['Минск', 'Минск', 'минск'][random(3)] : ['Гомель', 'Брест', ''][random(3)]
    const often = random(3) === 0
    const email = ['', `wrong ${k}`, `same${k % 20}@x.by`, `same${k % 20}@X.by`, `k${k}@x.by`, `k${k}@y.by`][random(6)]
    customers.push(
      [
        `k${k}`,
        email,
        ['yes', 'yes', 'no', ''][random(4)],
        ['true', 'false', ''][random(3)],
        random(5) === 0 ? '' : `22${100 + random(400)}`,
        city,
        (often ? ['f', 'f', 'm', 'f'] : ['f', 'm', 'm', ''])[random(4)],
        ['', 'cakes', 'cakes;Tea', minsk ? 'tea;books' : 'books', 'Books;cakes;books'][random(5)],
        random(8) === 0 ? '' : `${(often ? 1950 : 1970) + random(35)}-${two(1 + random(12))}-${two(1 + random(28))}`,
        random(6) === 0 ? '' : `${(often ? 10 : 5) + random(20)}.${random(10)}`,
        String(100_000 + k * 7),
        `nick${k}`,
        `2023-${two(1 + random(12))}-${two(1 + random(28))}`,
      ].join(','),
    )
    if (minsk ? k % 7 === 0 : strangers-- > 0) orders.push(`a${k},k${k},2024-03-03,AM,Amber,gems,1,${k}.00`)
    for (let n = random(often ? 10 : 4); n > 0; n--) {
      const at = `${2022 + random(3)}-${two(1 + random(12))}-${two(1 + random(28))}`
      for (let line = 1 + random(3); line > 0; line--) {
        const [sku, product, category] = goods[minsk && random(2) === 0 ? random(2) : random(random(12) === 0 ? 8 : 7)]!
        const named = sku === 'CO' && at > '2024' ? 'Coffee, black' : product
        orders.push(
          `o${k}-${n},k${k},${at},${sku},"${named}",${category},${random(12) === 0 ? -1 : 1 + random(3)},${1 + random(9)}.${two(random(100))}`,
        )
      }
    }
  }
  for (let k = 1; k <= 30; k++) orders.push(`g${k},,2024-05-01,CR,Круассан,pastry,5,2.00`)
  return { 'customers.csv': `${customers.join('\n')}\n`, 'orders.csv': `${orders.join('\n')}\n` }
}

const today = `unixepoch('${DAY}') / 86400`
const exists = `(c._first_day is null or c._first_day <= ${today})`
const bought = `i._counted = 1 and i._customer > 0 and i._day <= ${today}`

interface Have {
  readonly key: string
  readonly here: number
  readonly rest: number
}
interface Told extends Have {
  readonly index: string
  readonly low: number
  readonly high: number
  readonly q: number
}

/** Fewer others than may be shown count as the most they can be, where the segment has it oftener even so; else nothing is told. */
function counted({ key, here, rest }: Have, n: number, m: number): readonly Have[] {
  if (rest === 0 || rest >= MIN) return [{ key, here, rest }]
  return here / n >= (MIN - 1) / m ? [{ key, here, rest: MIN - 1 }] : []
}

/** What is tested: whatever so many members have. */
const testable = (all: readonly Have[], n: number, m: number): readonly Have[] =>
  all.filter((h) => h.here >= LEAST).flatMap((h) => counted(h, n, m))

/** What is to be told, by the words of the methods: tests of two shares, false discoveries, the floor, the order. */
function toTell(all: readonly Have[], n: number, m: number, others: readonly number[] = []): readonly Told[] {
  const tested = testable(all, n, m)
  const p = tested.map(({ here, rest }) => pOfShares(here, n, rest, m))
  const q = falseDiscoveries([...p, ...others])
  const told = tested.flatMap(({ key, here, rest }, i): readonly Told[] => {
    const index = (100 * here * m) / (n * rest)
    if (q[i]! > CHANCE || (index > RARE && index < COMMON)) return []
    const [a, b, c, d] = [here + 0.5, n + 0.5, rest + 0.5, m + 0.5]
    const half = 1.959963984540054 * Math.sqrt(1 / a - 1 / b + 1 / c - 1 / d)
    const middle = Math.log(a / b) - Math.log(c / d)
    const exact = rest === 0 ? '' : String(Math.round(index * 1e6) / 1e6)
    return [{ key, here, rest, index: exact, low: 100 * Math.exp(middle - half), high: 100 * Math.exp(middle + half), q: q[i]! }]
  })
  const over = told.filter((t) => t.here * m > t.rest * n).sort((a, b) => b.low - a.low)
  const under = told.filter((t) => t.here * m <= t.rest * n).sort((a, b) => a.high - b.high)
  return [...over.slice(0, 10), ...under.slice(0, 5).reverse()]
}

function pOfShares(k: number, n: number, l: number, m: number): number {
  const pooled = (k + l) / (n + m)
  if (Math.min(n, m) * Math.min(pooled, 1 - pooled) < 5) throw new Error('the data should need no exact test')
  const z = Math.abs(k / n - l / m) / Math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
  return 2 * upperTail(z)
}

/** The normal density from z on, by Simpson's rule. */
function upperTail(z: number): number {
  const [steps, width] = [4000, 12]
  const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)
  let sum = 0
  for (let i = 0; i <= steps; i++) sum += density(z + (i * width) / steps) * (i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2)
  return (sum * width) / steps / 3
}

const falseDiscoveries = (p: readonly number[]): readonly number[] =>
  p.map((_, i) => {
    const rising = [...p].sort((a, b) => a - b)
    return Math.min(...rising.flatMap((x, place) => (x >= p[i]! ? [Math.min(1, (x * p.length) / (place + 1))] : [])))
  })

/** Of a table of lifts, the numbers of the report beside those that were to be told, in their order. */
function expectLifts(tidy: ReadonlyMap<string, string>, prefix: string, wanted: readonly Told[], n: number, m: number): void {
  const of = (metric: string) => dimensions(tidy, `${prefix}${metric}`)
  expect([prefix, Object.keys(of('index'))]).toEqual([prefix, wanted.map((w) => w.key)])
  for (const { key, here, rest, index, low, high, q } of wanted) {
    const others = rest === MIN - 1 ? `<${MIN}` : share(rest, m)
    expect([key, of('segment_share')[key], of('rest_share')[key], of('index')[key]]).toEqual([key, share(here, n), others, index])
    expect(Number(of('index_low')[key])).toBeCloseTo(low, 5)
    expect(Number(of('index_high')[key])).toBeCloseTo(high, 5)
    expect(Number(of('q')[key])).toBeCloseTo(q, 6)
  }
}

interface Line extends Have {
  readonly units: number
  readonly amount: number
}

/** What members and others bought, by sku or category, by the name of the latest line. */
function boughtBy(shop: Reporting, members: string, kind: 'sku' | 'category', until = today): readonly Line[] {
  const rows = shop.sql<[string, number, number, number, number, string]>(`with
    line as materialized (select i._customer as who, i._day as day, i.quantity as units, i.amount as amount,
      ${kind === 'sku' ? 'g.sku' : 'g."category~"'} as thing, ${kind === 'sku' ? "coalesce(nullif(g.product, ''), g.sku)" : 'g.category'} as text,
      i._customer in (${members}) as here
      from item_row i join good_row g on g._id = i._good where i._counted = 1 and i._customer > 0 and i._day <= ${until}),
    latest as (select thing, text, row_number() over (partition by thing order by day desc, text) as place from line where thing <> '')
    select l.text, count(distinct case when here then who end), count(distinct case when not here then who end),
      coalesce(sum(case when here then units end), 0), coalesce(sum(case when here then amount end), 0), thing
    from line join latest l using (thing) where l.place = 1 group by thing`)
  const once = (key: string): boolean => rows.filter((r) => r[0] === key).length === 1
  return rows.map(([text, here, rest, units, amount, thing]) => ({
    key: once(text) ? text : `${text} (${thing})`,
    here,
    rest,
    units,
    amount,
  }))
}

const byBuyers = (a: Line, b: Line): number => b.here - a.here || b.amount - a.amount

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})
async function shopOf(more: string, written: Readonly<Record<string, string>>, sources: readonly string[]): Promise<Reporting> {
  const shop = Reporting.of({ 'segkit.yaml': settings(more), 'segments/all.yaml': definitions, ...written })
  folders.push(shop.folder)
  for (const source of sources) await shop.done('ingest', source, `${source}.csv`)
  return shop
}

let shop: Reporting
let tidy: ReadonlyMap<string, string>
/** A query of the members' numbers, by what the segments mean. */
const members: Record<string, string> = {}
const sizes: Record<string, readonly [members: number, others: number]> = {}

beforeAll(async () => {
  shop = await shopOf(consent, files(), ['customers', 'orders'])
  tidy = await shop.tidy(...names)
  const where: Readonly<Record<string, string>> = {
    everybody: '1',
    most: `c.customer not in ('k1', 'k2', 'k3', 'k4')`,
    minsk: `c.city in ('Минск', 'минск')`,
    'minsk-women': `c.city in ('Минск', 'минск') and c.gender = 'f'`,
    'tea-drinkers': `(select count(*) from item_row i join good_row g on g._id = i._good where i._customer = c._id and ${bought} and g."category~" = 'tea') >= 2`,
    grown: `c.birth_date <= '1984-06-30'`,
    often: `(select count(*) from order_row o where o._customer = c._id and o._counted = 1 and o._day <= ${today}) >= 5`,
    writable: `${agreed} and ${address} and not exists (select 1 from customer_row d where lower(d.email) = lower(c.email) and d.email_opt_in = 'no' and ${exists.replaceAll('c.', 'd.')})`,
    few: `c.customer in ('k1', 'k2', 'k3', 'k4')`,
    nobody: '0',
  }
  for (const name of names) members[name] = `select c._id from customer_row c where ${exists} and ${where[name]}`
  const [all] = shop.sql<[number]>(`select count(*) from customer_row c where ${exists}`)[0]!
  for (const name of names) {
    const [n] = shop.sql<[number]>(`select count(*) from (${members[name]})`)[0]!
    sizes[name] = [n, all - n]
  }
})
const agreed = `c.email_opt_in = 'yes'`
const address = `coalesce(c.email glob '?*@?*.?*' and c.email not glob '* *', 0)`

describe('what the members of a segment buy', () => {
  it('is told by those that most of them bought, products and categories', () => {
    let shown = 0
    for (const name of names)
      for (const [kind, prefix] of [
        ['sku', ''],
        ['category', 'category_'],
      ] as const) {
        const [n] = sizes[name]!
        const wanted = [...boughtBy(shop, members[name]!, kind)].filter((r) => r.here > 0).sort(byBuyers)
        const of = (metric: string) => dimensions(tidy, `${name}/top_products/${prefix}${metric}`)
        if (n < MIN) {
          expect([name, of('customers')]).toEqual([name, {}])
          continue
        }
        const seen = wanted.filter((w) => w.here >= MIN)
        expect([name, Object.keys(of('customers')).slice(0, seen.length)]).toEqual([name, seen.map((w) => w.key)])
        for (const { key, here, units, amount } of wanted) {
          const cells = [of('customers')[key], of('share')[key], of('units')[key], of('amount')[key]]
          expect([name, key, ...cells]).toEqual(
            here < MIN
              ? [name, key, `<${MIN}`, '', '', '']
              : [name, key, String(here), share(here, n), String(units), (amount / 100).toFixed(2)],
          )
          shown++
        }
      }
    expect(shown).toBeGreaterThan(60)
    expect(Object.keys(dimensions(tidy, 'everybody/top_products/customers'))).toContain('Coffee, black')
  })

  it('is told by what they buy more and less than all others, where that is no chance and worth telling', () => {
    for (const name of ['minsk', 'minsk-women', 'tea-drinkers', 'grown', 'often', 'writable']) {
      const [n, m] = sizes[name]!
      const both = (['sku', 'category'] as const).map((kind) => boughtBy(shop, members[name]!, kind))
      both.forEach((rows, i) => {
        const beside = testable(both[1 - i]!, n, m).map((r) => pOfShares(r.here, n, r.rest, m))
        expectLifts(tidy, `${name}/top_products/${i === 0 ? '' : 'category_'}`, toTell(rows, n, m, beside), n, m)
      })
    }
    expect(Object.keys(dimensions(tidy, 'minsk/top_products/index'))).toEqual(expect.arrayContaining(['Tea', 'Green tea']))
    expect(Number(tidy.get('minsk/top_products/index/Tea'))).toBeGreaterThan(COMMON)
    expect([tidy.get('minsk/top_products/rest_share/Amber'), tidy.get('minsk/top_products/category_rest_share/gems')]).toEqual([
      `<${MIN}`,
      `<${MIN}`,
    ])
    expect(Number(Object.values(dimensions(tidy, 'tea-drinkers/top_products/index')).at(-1))).toBeLessThan(1000)
  })

  it('is compared with nobody where too few are outside', async () => {
    for (const name of ['everybody', 'most']) {
      expect(sizes[name]![1]).toBeLessThan(MIN)
      expect([...tidy.keys()].filter((key) => key.startsWith(`${name}/`) && key.includes('index'))).toEqual([])
    }
    expect((await shop.done('report', 'most')).split('Too few customers are outside it to compare it with them.').length).toBe(3)
  })
})

describe('what sets a segment apart', () => {
  const asWritten: Readonly<Record<string, string>> = {
    city: `select c._id as who, c."city~" as value from customer_row c where c.city is not null`,
    gender: `select c._id as who, c.gender as value from customer_row c where c.gender is not null`,
    letters: `select c._id as who, c.letters as value from customer_row c where c.letters is not null`,
    email_opt_in: `select c._id as who, case c.email_opt_in when 'yes' then 'true' else 'false' end as value from customer_row c where c.email_opt_in is not null`,
    postcode: `select c._id as who, c.postcode as value from customer_row c where c.postcode is not null`,
    interests: `select distinct c._id as who, lower(trim(j.value)) as value from customer_row c, json_each('["' || replace(c.interests, ';', '","') || '"]') j where c.interests is not null`,
  }
  /** As most write it. */
  const shownAs: Readonly<Record<string, string>> = { минск: 'Минск', гомель: 'Гомель', брест: 'Брест', tea: 'Tea' }
  const years = (born: string): string => `cast((20240630 - cast(replace(${born}, '-', '') as integer)) / 10000 as integer)`
  const numbers: Readonly<Record<string, string>> = {
    age: years('c.birth_date'),
    visits: 'cast(c.visits as real)',
    'Days since created_on': `${today} - unixepoch(c.created_on) / 86400`,
  }
  const birth = ['age']
  const own: Readonly<Record<string, readonly string[]>> = {
    minsk: ['city'],
    'minsk-women': ['city', 'gender'],
    'tea-drinkers': [],
    grown: birth,
    often: [],
    writable: ['email_opt_in'],
  }

  /** Medians, and the mean difference in deviations, with the chance that a member has more, pair by pair. */
  function shift(name: string, expression: string) {
    const rows = shop.sql<[number, number]>(
      `select ${expression}, c._id in (${members[name]}) from customer_row c where ${exists} and ${expression} is not null order by 1`,
    )
    const [here, rest] = [1, 0].map((side) => rows.filter((r) => r[1] === side).map((r) => r[0])) as [number[], number[]]
    const mean = (of: number[]): number => of.reduce((a, b) => a + b, 0) / of.length
    const variance = (of: number[]): number => of.reduce((a, b) => a + (b - mean(of)) ** 2, 0) / (of.length - 1)
    const middle = (of: number[]): number => (of[Math.floor((of.length - 1) / 2)]! + of[Math.floor(of.length / 2)]!) / 2
    let more = 0
    for (const a of here) for (const b of rest) more += a > b ? 1 : a === b ? 0.5 : 0
    const d = (mean(here) - mean(rest)) / Math.sqrt((variance(here) + variance(rest)) / 2)
    const z = Math.abs(mean(here) - mean(rest)) / Math.sqrt(variance(here) / here.length + variance(rest) / rest.length)
    return {
      n: here.length,
      medians: [middle(here), middle(rest)],
      d,
      auc: more / here.length / rest.length,
      p: 2 * upperTail(z),
    }
  }

  it('is told by values, and by numbers with their medians', () => {
    let [values, shifts] = [0, 0]
    for (const [name, out] of Object.entries(own)) {
      const [n, m] = sizes[name]!
      const have = Object.entries(asWritten)
        .filter(([attribute]) => !out.includes(attribute))
        .flatMap(([attribute, query]) =>
          shop
            .sql<[string, number, number]>(
              `select value, sum(who in (${members[name]})), sum(who not in (${members[name]})) from (${query}) join customer_row c on c._id = who where ${exists} group by value`,
            )
            .map(([value, here, rest]) => ({ key: `${attribute}: ${shownAs[value] ?? value}`, here, rest })),
        )
      const measured = Object.entries(numbers)
        .filter(([attribute]) => !out.includes(attribute))
        .map(([attribute, expression]) => ({ attribute, ...shift(name, expression) }))
      // Welch's p by the normal instead of Student's distribution: near enough with hundreds of customers to tell which pass.
      const wanted = toTell(
        have,
        n,
        m,
        measured.map((s) => s.p),
      )
      const of = (metric: string) => dimensions(tidy, `${name}/apart/${metric}`)
      expect([name, Object.keys(of('index')).sort()]).toEqual([name, wanted.map((w) => w.key).sort()])
      for (const { key, here, rest, index, low, high } of wanted) {
        expect([name, key, of('segment_share')[key], of('rest_share')[key], of('index')[key]]).toEqual([
          name,
          key,
          share(here, n),
          rest === MIN - 1 ? `<${MIN}` : share(rest, m),
          index,
        ])
        expect(Number(of('index_low')[key])).toBeCloseTo(low, 5)
        expect(Number(of('index_high')[key])).toBeCloseTo(high, 5)
        values++
      }
      for (const { attribute, medians, d, auc, p } of measured) {
        const told = of('auc')[attribute]
        if (told === undefined) {
          expect([name, attribute, p > 0.001 || (Math.abs(d) < 0.2 && Math.abs(auc - 0.5) < 0.06)]).toEqual([
            name,
            attribute,
            true,
          ])
          continue
        }
        shifts++
        expect([name, attribute, Number(of('segment_median')[attribute]), Number(of('rest_median')[attribute])]).toEqual([
          name,
          attribute,
          ...medians.map((x) => Number(x.toFixed(6))),
        ])
        expect(Number(told)).toBeCloseTo(auc, 6)
        expect(Number(of('d')[attribute])).toBeCloseTo(d, 5)
        expect(Math.abs(d) >= 0.2 || Math.abs(auc - 0.5) >= 0.06).toBe(true)
      }
    }
    expect([values > 4, shifts > 2]).toEqual([true, true])
    expect(Number(tidy.get('often/apart/auc/age'))).toBeGreaterThan(0.6)
  })

  it('leaves out what the segment is defined by, through whatever it stands on', async () => {
    for (const [name, attributes] of Object.entries(own)) {
      const text = (await shop.done('report', name)).replace(/\s+/g, ' ')
      const left = /Left out, as the segment is defined by them: ([^.]*)\./.exec(text)?.[1]?.split(', ').sort()
      expect([name, left]).toEqual([name, attributes.length === 0 ? undefined : attributes])
      for (const attribute of attributes)
        expect(
          [...tidy.keys()].filter((key) => key.startsWith(`${name}/apart/`) && key.split('/')[3]!.startsWith(attribute)),
        ).toEqual([])
    }
  })

  it('never shows an address, a name, a key, or what few have in common', async () => {
    const keys = [...tidy.keys()].filter((key) => key.split('/')[1] === 'apart')
    expect(keys.filter((key) => /email:|@|nick|member_no|birth_date|customer/.test(key))).toEqual([])
    const out = await shop.done('report', ...names)
    expect(out).not.toMatch(/nick\d|@x\.by|wrong \d/)
    expect(out).not.toMatch(nonsense)
  })
})

describe('where members stand', () => {
  const last = `(select max(o._day) from order_row o where o._customer = c._id and o._counted = 1 and o._day <= ${today})`
  const first = last.replace('max', 'min')
  const ago = (day: string): string => `(${today} - ${day})`
  const stages: Readonly<Record<string, string>> = {
    'Never ordered': `${last} is null`,
    New: `${ago(first)} < 30`,
    Active: `${ago(first)} >= 30 and ${ago(last)} < 90`,
    Cooling: `${ago(last)} between 90 and 179`,
    Lapsed: `${ago(last)} between 180 and 364`,
    Lost: `${ago(last)} >= 365`,
  }
  it('is told by stage of the lifecycle, beside all customers', () => {
    for (const name of names.filter((s) => sizes[s]![0] >= MIN)) {
      const [n, m] = sizes[name]!
      let total = 0
      for (const [stage, where] of Object.entries(stages)) {
        const [[here], [all]] = [`c._id in (${members[name]}) and`, ''].map(
          (also) => shop.sql<[number]>(`select count(*) from customer_row c where ${exists} and ${also} ${where}`)[0]!,
        ) as [[number], [number]]
        const of = (metric: string) => tidy.get(`${name}/makeup/${metric}/${stage}`)
        const few = here > 0 && here < MIN
        expect([name, stage, of('customers'), of('share')]).toEqual([
          name,
          stage,
          few ? `<${MIN}` : String(here),
          few ? '' : share(here, n),
        ])
        expect([stage, of('share_of_all')]).toEqual([stage, all > 0 && all < MIN ? '' : share(all, n + m)])
        total += here
      }
      expect([name, total]).toEqual([name, n])
    }
  })

  it('is told by RFM group of those who have ordered', async () => {
    const groups: Readonly<Record<string, string>> = {
      'system/rfm-champions': 'Champions',
      'system/rfm-new': 'New by RFM',
      'system/rfm-hibernating': 'Hibernating',
      'system/rfm-lost': 'Lost by RFM',
      'system/rfm-cant-lose': 'Cannot lose',
    }
    const often = new Set(
      shop.sql<[string]>(`select customer from customer_row where _id in (${members['often']})`).map(([key]) => key),
    )
    const [buyers] = shop.sql<[number]>(
      `select count(distinct _customer) from order_row where _counted = 1 and _customer > 0 and _day <= ${today}`,
    )[0]!
    for (const [group, title] of Object.entries(groups)) {
      const inGroup = (await shop.done('members', group)).trim().split('\n').slice(1)
      const here = inGroup.filter((key) => often.has(key)).length
      const of = (metric: string) => tidy.get(`often/makeup/${metric}/${title}`)
      expect([group, of('customers'), of('share')]).toEqual(
        here > 0 && here < MIN ? [group, `<${MIN}`, ''] : [group, String(here), share(here, often.size)],
      )
      expect([group, of('share_of_all')]).toEqual([
        group,
        inGroup.length > 0 && inGroup.length < MIN ? '' : share(inGroup.length, buyers),
      ])
    }
    const titles = new Set(Object.keys(dimensions(tidy, 'often/makeup/customers')))
    const listed = (await shop.done('list', 'system/*')).split('\n').map((line) => line.split(','))
    for (const [, name = '', title = ''] of listed)
      if (/^system\/(rfm-|never|new$|active|cooling|lapsed|lost)/.test(name) && !/^system\/rfm-[rfm]$/.test(name))
        expect([name, titles.has(title)]).toEqual([name, true])
  })

  it('is not told without orders, nor without the segments that ship with segkit', async () => {
    const early = await shop.done('report', 'minsk', '--as-of', '2020-01-01')
    expect(early).not.toMatch(nonsense)
    const plain = await shopOf('', { 'customers.csv': files()['customers.csv']! }, ['customers'])
    expect(await plain.done('report', 'minsk')).toContain('No orders up to this day, so nobody stands anywhere.')
    writeFileSync(join(plain.folder, 'segkit.yaml'), settings('system_segments: false\n'))
    expect((await plain.done('report', 'minsk')).replace(/\s+/g, ' ')).toContain("Segkit's own segments are switched off")
  })
})

describe('how members can be reached', () => {
  it('is told by channel: consent, a valid address, and nobody with the same one who refused', () => {
    const rules: Readonly<Record<string, readonly string[]>> = {
      email: [
        agreed,
        `c.email_opt_in = 'no'`,
        'c.email_opt_in is null',
        address,
        `${agreed} and ${address} and not exists (select 1 from customer_row d where lower(d.email) = lower(c.email) and d.email_opt_in = 'no' and ${exists.replaceAll('c.', 'd.')})`,
      ],
      post: [
        `c.letters = 'true'`,
        `c.letters = 'false'`,
        'c.letters is null',
        'c.postcode is not null and c.city is not null',
        `c.letters = 'true' and c.postcode is not null and c.city is not null`,
      ],
    }
    for (const name of names.filter((s) => sizes[s]![0] >= MIN))
      for (const [channel, wheres] of Object.entries(rules)) {
        const counts = wheres.map(
          (where) =>
            shop.sql<[number]>(`select count(*) from customer_row c where c._id in (${members[name]}) and ${where}`)[0]![0],
        )
        const cells = ['consent', 'refused', 'unknown', 'address', 'reachable'].map((metric) =>
          tidy.get(`${name}/reach/${metric}/${channel}`),
        )
        expect([name, channel, ...cells]).toEqual([
          name,
          channel,
          ...counts.map((n) => (n > 0 && n < MIN ? `<${MIN}` : String(n))),
        ])
        const way = counts[4]!
        expect(tidy.get(`${name}/reach/reachable_share/${channel}`)).toBe(way > 0 && way < MIN ? '' : share(way, sizes[name]![0]))
      }
    const [refusedBeside] = shop.sql<[number]>(
      `select count(*) from customer_row c where ${exists} and ${agreed} and ${address}`,
    )[0]!
    expect(refusedBeside).toBeGreaterThan(Number(tidy.get('everybody/reach/reachable/email')))
  })

  it('says what to write where no rule of consent is there', async () => {
    const plain = await shopOf('', { 'customers.csv': files()['customers.csv']! }, ['customers'])
    writeFileSync(join(plain.folder, 'segments/all.yaml'), 'segments: { minsk: { all: [{ attribute: { city: минск } }] } }\n')
    const out = (await plain.done('report', 'minsk')).replace(/\s+/g, ' ')
    expect(out).toContain('Write one in segkit.yaml, such as `consent: { email: { attribute: { email_opt_in: true } } }`.')
    expect(out).not.toMatch(nonsense)
  })
})

describe('the sample bakery', () => {
  it('has the products and lifts of SQL written by hand', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'segkit-bakery-'))
    folders.push(folder)
    await new Reporting(folder).done('init', 'bakery', '--demo')
    const bakery = new Reporting(join(folder, 'bakery'))
    const asOf = `unixepoch('2026-04-30') / 86400`
    writeFileSync(
      join(bakery.folder, 'segments/sweet.yaml'),
      'segments: { sweet: { all: [{ attribute: { interests: { has_any: [cakes, pastry] } } }] } }\n',
    )
    const seen = await bakery.tidy('sweet')
    const sweet = `select _id from customer_row c where ${exists.replace(today, asOf)}
      and (';' || c.interests || ';' like '%;cakes;%' or ';' || c.interests || ';' like '%;pastry;%')`
    const [n, all] = bakery.sql<[number, number]>(
      `select (select count(*) from (${sweet})), (select count(*) from customer_row c where ${exists.replace(today, asOf)})`,
    )[0]!
    expect(seen.get('sweet/size/customers/')).toBe(String(n))
    const both = (['sku', 'category'] as const).map((kind) => boughtBy(bakery, sweet, kind, asOf))
    both.forEach((rows, i) => {
      const prefix = `sweet/top_products/${i === 0 ? '' : 'category_'}`
      const top = rows
        .filter((r) => r.here > 0)
        .sort(byBuyers)
        .slice(0, 10)
      expect(Object.entries(dimensions(seen, `${prefix}customers`))).toEqual(top.map((t) => [t.key, String(t.here)]))
      const beside = testable(both[1 - i]!, n, all - n).map((r) => pOfShares(r.here, n, r.rest, all - n))
      expectLifts(seen, prefix, toTell(rows, n, all - n, beside), n, all - n)
    })
    expect(Object.keys(dimensions(seen, 'sweet/top_products/index')).length).toBeGreaterThan(2)
  })
})

const retail = resolve(import.meta.dirname, '../../shared/data/online_retail/online_retail.csv.gz')
const isThere = existsSync(retail)
if (!isThere) console.log('online_retail is not beside the project: its products are not compared')

describe.runIf(isThere)('a year of a real shop', () => {
  it('has the top products of SQL written by hand', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'segkit-retail-'))
    folders.push(folder)
    mkdirSync(join(folder, 'segments'))
    writeFileSync(
      join(folder, 'segkit.yaml'),
      `version: 1
timezone: Europe/London
as_of: 2011-12-09
system_segments: false
sources:
  orders:
    columns: { order: InvoiceNo, customer: CustomerID, at: InvoiceDate, sku: StockCode, product: Description, quantity: Quantity, price: UnitPrice }
    types: { customer: integer }
items: { counted: { quantity: { above: 0 }, price: { above: 0 } } }
`,
    )
    writeFileSync(
      join(folder, 'segments/all.yaml'),
      'segments:\n  often: { all: [{ metric: { count: orders, min: 10 } }] }\n  once: { all: [{ metric: { count: orders, exactly: 1 } }] }\n',
    )
    const shop = new Reporting(folder)
    await shop.done('ingest', 'orders', relative(folder, retail))
    const asOf = `unixepoch('2011-12-09') / 86400`
    const seen = await shop.tidy()
    for (const [name, having] of [
      ['often', '>= 10'],
      ['once', '= 1'],
    ] as const) {
      const own = `select _customer from order_row where _counted = 1 and _customer > 0 and _day <= ${asOf} group by 1 having count(*) ${having}`
      const [n] = shop.sql<[number]>(`select count(*) from (${own})`)[0]!
      expect(seen.get(`${name}/size/customers/`)).toBe(String(n))
      const top = [...boughtBy(shop, own, 'sku', asOf)].sort(byBuyers).slice(0, 10)
      const of = (metric: string) => dimensions(seen, `${name}/top_products/${metric}`)
      expect([name, Object.keys(of('customers')).map((key) => key.replace(/ \([0-9A-Z]+\)$/, ''))]).toEqual([
        name,
        top.map((t) => t.key.replace(/ \([0-9A-Z]+\)$/, '')),
      ])
      expect(Object.values(of('customers'))).toEqual(top.map((t) => String(t.here)))
      expect(Object.values(of('units'))).toEqual(top.map((t) => String(t.units)))
      expect(Object.values(of('amount')).map(Number)).toEqual(top.map((t) => t.amount / 1000))
    }
  })
})
