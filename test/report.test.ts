/** The report, asked through the command line of a small shop and compared with SQL written by hand over its tables. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import stringWidth from 'string-width'
import { beforeAll, describe, expect, it } from 'vitest'
import { average, share, shownText } from '../src/report/numbers.js'
import { dated } from '../src/report/words.js'
import { writeFiles } from './binary.js'
import { Reporting } from './reporting.js'

const settings = (more = ''): string =>
  `version: 1\ntimezone: Europe/Minsk\ncurrency: BYN\nas_of: 2024-06-30\nsystem_segments: false\nmin_group: 3\nitems: { counted: { quantity: { above: 0 } } }\n${more}`

/** Customer k buys on k days; every third is of Minsk, the last two never buy, two bought saffron; lines after the as-of day and of guests beside. */
function sampleOrders(): string {
  const lines = ['order,customer,at,sku,product,quantity,price']
  const products = [
    ['BR', 'Rye bread'],
    ['CR', 'Круассан'],
    ['TE', 'Tea'],
    ['CA', 'Cake'],
  ] as const
  let order = 0
  for (let k = 1; k <= 12; k++)
    for (let n = 0; n < k; n++) {
      order++
      const at = `2024-0${1 + ((k + n) % 6)}-${String(1 + ((k * 7 + n * 5) % 28)).padStart(2, '0')}T0${n % 10}:30:00`
      for (const [i, [sku, product]] of products.entries())
        if ((k + n) % (i + 1) === 0) lines.push(`o${order},${k}-key,${at},${sku},${product},${1 + (n % 3)},${1 + i}.${k % 10}5`)
      if (n === 1 && (k === 4 || k === 7)) lines.push(`o${order},${k}-key,${at},SA,Saffron,1,9.95`)
      if (n === 2) lines.push(`o${order},${k}-key,${at},CA,Cake,-1,4.00`)
    }
  lines.push('late,3-key,2024-07-01T00:00:00,BR,Rye bread,50,2.00')
  lines.push('g1,,2024-05-05T10:00:00,BR,Rye bread,2,2.25', 'g2,,2024-05-06,TE,Tea,1,3.10')
  return `${lines.join('\n')}\n`
}

const customers = `customer,city\n${Array.from({ length: 14 }, (_, i) => `${i + 1}-key,${i % 3 === 0 ? 'Минск' : 'Гомель'}`).join('\n')}\n`

const definitions = `events:
  tea-bought: { title: Bought tea, on: items, where: { product: tea }, per: order }
segments:
  everybody: { tags: [wide], all: customers }
  minsk: { title: From Minsk, tags: [wide], all: [ { attribute: { city: Минск } } ] }
  often: { description: Six orders or more., all: [ { metric: { count: orders, min: 6 } } ] }
  recent: { all: [ { performed: { orders: any, last: 30 days } } ] }
  one: { all: [ { metric: { count: orders, min: 5, max: 5 } } ] }
  nobody: { all: [ { attribute: { city: Nowhere } } ] }
  never: { all: [ { not_performed: { orders: any } } ] }
`

const inSegment: Readonly<Record<string, string>> = {
  everybody: '1',
  minsk: `c.city = 'Минск'`,
  often: `(select count(*) from order_row o where o._customer = c._id and o._counted = 1 and o._day <= unixepoch('2024-06-30') / 86400) >= 6`,
  recent: `exists (select 1 from order_row o where o._customer = c._id and o._counted = 1 and o._day between unixepoch('2024-06-01') / 86400 and unixepoch('2024-06-30') / 86400)`,
  one: `(select count(*) from order_row o where o._customer = c._id and o._counted = 1 and o._day <= unixepoch('2024-06-30') / 86400) = 5`,
  nobody: '0',
  never: `not exists (select 1 from order_row o where o._customer = c._id and o._counted = 1 and o._day <= unixepoch('2024-06-30') / 86400)`,
}
const day = `unixepoch('2024-06-30') / 86400`

let shop: Reporting
beforeAll(async () => {
  shop = Reporting.of({
    'segkit.yaml': settings(),
    'segments/all.yaml': definitions,
    'customers.csv': customers,
    'orders.csv': sampleOrders(),
  })
  await shop.done('ingest', 'customers', 'customers.csv')
  await shop.done('ingest', 'orders', 'orders.csv')
})

describe('the numbers of a segment', () => {
  it('are those of SQL written by hand', async () => {
    const tidy = await shop.tidy()
    const [all, revenue] = shop.sql(
      `select (select count(*) from customer_row), sum(amount) from order_row where _customer > 0 and _counted = 1 and _day <= ${day}`,
    )[0] as [number, number]
    for (const [name, where] of Object.entries(inSegment)) {
      const [size, orders, amount] = shop.sql(`with c as (select * from customer_row c where ${where})
        select (select count(*) from c), count(*), coalesce(sum(o.amount), 0) from order_row o join c on c._id = o._customer where o._counted = 1 and o._day <= ${day}`)[0] as [
        number,
        number,
        number,
      ]
      const of = (metric: string) => tidy.get(`${name}/${metric}/`)
      expect([name, of('size/customers'), of('size/share')]).toEqual([name, String(size), (size / all).toFixed(6)])
      expect([name, of('revenue/revenue'), of('revenue/revenue_share')]).toEqual([
        name,
        (amount / 100).toFixed(2),
        (amount / revenue).toFixed(6),
      ])
      expect([name, of('orders/orders')]).toEqual([name, String(orders)])
      expect([name, of('orders/orders_per_customer')]).toEqual([
        name,
        size === 0 ? '' : String(Number((orders / size).toFixed(6))),
      ])
      expect([name, of('order_value/average_order_value')]).toEqual([
        name,
        orders === 0 ? '' : String(Number((amount / 100 / orders).toFixed(6))),
      ])
    }
    expect(Number(tidy.get('everybody/revenue/revenue/'))).toBeGreaterThan(100)
  })

  it('tell how long ago the last orders were, and who never ordered', async () => {
    const tidy = await shop.tidy()
    for (const [name, where] of Object.entries(inSegment)) {
      const ages = shop
        .sql(
          `select ${day} - max(o._day) from customer_row c left join order_row o on o._customer = c._id and o._counted = 1 and o._day <= ${day} where ${where} group by c._id order by 1`,
        )
        .map(([n]) => n as number | null)
      const known = ages.filter((n) => n !== null)
      const middle =
        known.length === 0 ? '' : String((known[Math.floor((known.length - 1) / 2)]! + known[Math.floor(known.length / 2)]!) / 2)
      expect([name, tidy.get(`${name}/recency/median_days/`)]).toEqual([
        name,
        known.length > 0 && known.length < 3 ? '<3' : middle,
      ])
      const none = ages.length - known.length
      expect([name, tidy.get(`${name}/recency/never_ordered/`)]).toEqual([name, none > 0 && none < 3 ? '<3' : String(none)])
    }
  })

  it('tell which products its customers buy, and mask those of too few', async () => {
    const tidy = await shop.tidy()
    for (const name of ['everybody', 'minsk', 'often']) {
      const rows =
        shop.sql(`select g.product, count(distinct i._customer), sum(i.quantity), sum(i.amount) from item_row i join good_row g on g._id = i._good join customer_row c on c._id = i._customer
        where i._counted = 1 and i._day <= ${day} and ${inSegment[name]} group by 1`) as [string, number, number, number][]
      expect([name, rows.length]).toEqual([name, 5])
      const size = Number(tidy.get(`${name}/size/customers/`))
      for (const [product, buyers, units, amount] of rows) {
        const of = (metric: string) => tidy.get(`${name}/top_products/${metric}/${product}`)
        const wanted =
          buyers < 3 ? ['<3', '', '', ''] : [String(buyers), (buyers / size).toFixed(6), String(units), (amount / 100).toFixed(2)]
        expect([name, product, of('customers'), of('share'), of('units'), of('amount')]).toEqual([name, product, ...wanted])
      }
    }
    expect([...tidy.keys()].filter((k) => k.startsWith('one/top_products'))).toEqual([])
    expect(await shop.done('report', 'one')).toContain('Not shown for fewer than 3 customers (<3).')
  })

  it('stand side by side in the overview, guests apart', async () => {
    const tidy = await shop.tidy()
    for (const name of Object.keys(inSegment))
      for (const [beside, own] of [
        ['customers', 'size/customers'],
        ['share', 'size/share'],
        ['revenue', 'revenue/revenue'],
        ['revenue_share', 'revenue/revenue_share'],
        ['orders_per_customer', 'orders/orders_per_customer'],
        ['average_order_value', 'order_value/average_order_value'],
      ])
        expect(tidy.get(`${name}/comparison/${beside}/`)).toBe(tidy.get(`${name}/${own}/`))
    expect([tidy.get('/shop/guest_orders/'), tidy.get('/shop/guest_revenue/'), tidy.get('/shop/customers/')]).toEqual([
      '2',
      '7.60',
      '14',
    ])
    expect(tidy.get('/shop/revenue/')).toBe(tidy.get('everybody/revenue/revenue/'))
    expect([tidy.get('/report/as_of/'), tidy.get('/report/timezone/'), tidy.get('/report/currency/')]).toEqual([
      '2024-06-30',
      'Europe/Minsk',
      'BYN',
    ])
  })

  it('are those of a day: a day later there is one order more', async () => {
    const [now, later] = [await shop.tidy('everybody'), await shop.tidy('everybody', '--as-of', '2024-07-01')]
    expect(Number(later.get('everybody/orders/orders/')) - Number(now.get('everybody/orders/orders/'))).toBe(1)
    expect((Number(later.get('everybody/revenue/revenue/')) - Number(now.get('everybody/revenue/revenue/'))).toFixed(2)).toBe(
      '100.00',
    )
    expect(later.get('/report/orders_up_to/')).toBe('2024-07-01')
  })

  it('follow what the project counts now, loaded under another rule or not', async () => {
    const before = await shop.tidy('everybody')
    writeFiles(shop.folder, { 'segkit.yaml': settings('orders: { counted: { order: { not_in: [o1] } } }\n') })
    const after = await shop.tidy('everybody')
    writeFiles(shop.folder, { 'segkit.yaml': settings() })
    expect(Number(before.get('everybody/orders/orders/')) - Number(after.get('everybody/orders/orders/'))).toBe(1)
    expect(await shop.tidy('everybody')).toEqual(before)
  })
})

describe('the change since the last run', () => {
  it('is told against the latest run of an earlier day, and said to be missing before', async () => {
    const own = Reporting.of({ 'segkit.yaml': settings(), 'segments/all.yaml': definitions, 'orders.csv': sampleOrders() })
    await own.done('ingest', 'orders', 'orders.csv')
    expect(await own.done('report', 'recent')).toContain('No run of an earlier day holds it yet')
    await own.done('run', '--as-of', '2024-02-29')
    await own.done('run', '--as-of', '2024-04-30')
    await own.done('run', '--as-of', '2024-06-30')
    const members = async (asOf: string) => (await own.done('members', 'recent', '--as-of', asOf)).split('\n').slice(1, -1)
    const [then, now] = [await members('2024-04-30'), await members('2024-06-30')]
    const entered = now.filter((c) => !then.includes(c)).length
    const left = then.filter((c) => !now.includes(c)).length
    expect(entered + left).toBeGreaterThan(0)
    const tidy = await own.tidy()
    expect(['since', 'entered', 'left'].map((m) => tidy.get(`recent/change/${m}/`))).toEqual([
      '2024-04-30',
      String(entered),
      String(left),
    ])
    const ran = JSON.parse(await own.done('run', '--dry-run', '--json')) as {
      segments: { name: string; entered: number; left: number }[]
    }
    expect(ran.segments.length).toBe(7)
    for (const s of ran.segments)
      expect([s.name, tidy.get(`${s.name}/comparison/entered/`), tidy.get(`${s.name}/change/left/`)]).toEqual([
        s.name,
        String(s.entered),
        String(s.left),
      ])
  })
})

interface Doc {
  readonly schema: string
  readonly as_of: string
  readonly customers: number
  readonly segments: readonly (Readonly<Record<string, Readonly<Record<string, unknown>>>> & { readonly name: string })[]
  readonly events: readonly { readonly name: string; readonly occurrences: Readonly<Record<string, unknown>> }[]
}

describe('formats', () => {
  it('agree with each other', async () => {
    const tidy = await shop.tidy('tag:wide', 'oft*', 'tea-bought')
    const names = ['tag:wide', 'oft*', 'tea-bought']
    const json = await shop.done('report', ...names, '--json')
    const doc = JSON.parse(json) as Doc
    expect([doc.schema, doc.as_of, doc.customers, doc.segments.map((s) => s.name)]).toEqual([
      'segkit.report/1',
      '2024-06-30',
      14,
      ['everybody', 'minsk', 'often'],
    ])
    const text = await shop.done('report', ...names)
    const md = await shop.done('report', ...names, '-f', 'md')
    for (const s of doc.segments) {
      for (const [section, metric] of [
        ['size', 'customers'],
        ['revenue', 'revenue'],
        ['orders', 'orders_per_customer'],
        ['recency', 'median_days'],
      ] as const)
        expect([s.name, metric, Number(s[section]?.[metric])]).toEqual([
          s.name,
          metric,
          Number(tidy.get(`${s.name}/${section}/${metric}/`)),
        ])
      expect(json).toContain(`"revenue": ${tidy.get(`${s.name}/revenue/revenue/`)}`)
      const shown = shownText({ decimal: tidy.get(`${s.name}/revenue/revenue/`)! }, 'money', undefined, '', 'en')
      expect(text).toMatch(new RegExp(`Revenue +${shown.replace('.', '\\.')}\n`))
      expect(md).toContain(`| Revenue | ${shown} |`)
      const products = s['top_products']?.['products'] as readonly { product: string; amount: number }[]
      expect(products.map((p) => p.product)).toEqual(
        [...tidy.keys()].filter((k) => k.startsWith(`${s.name}/top_products/amount/`)).map((k) => k.split('/')[3]),
      )
    }
    const receipts = shop.sql(
      `select count(distinct i._key), count(distinct i._customer) from item_row i join good_row g on g._id = i._good where g.product = 'Tea' and i._counted = 1 and i._customer > 0 and i._day <= ${day}`,
    )[0] as [number, number]
    expect(doc.events.map((e) => [e.name, e.occurrences['occurrences'], e.occurrences['customers']])).toEqual([
      ['tea-bought', ...receipts],
    ])
    expect(text).toMatch(new RegExp(`Occurrences +${receipts[0]}\n`))
  })

  it('are chosen by the ending of the file, which is whole or not there', async () => {
    for (const [ending, begins] of [
      ['txt', 'Report as of'],
      ['md', '# Report as of'],
      ['csv', 'segment,section,metric,dimension,value\n'],
      ['json', '{\n  "schema": "segkit.report/1"'],
    ] as const) {
      expect(await shop.done('report', '-o', `out.${ending}`)).toBe('')
      expect(readFileSync(join(shop.folder, `out.${ending}`), 'utf8').startsWith(begins)).toBe(true)
    }
    await shop.done('report', '-f', 'json', '-o', 'odd.csv')
    expect(readFileSync(join(shop.folder, 'odd.csv'), 'utf8')[0]).toBe('{')
    expect((await shop.run('report', '-o', 'no/such/out.md')).code).toBe(73)
    expect(readdirSync(shop.folder).filter((f) => f.includes('.tmp'))).toEqual([])
  })

  it('begin with the day, its zone and how far the orders go', async () => {
    expect((await shop.done('report')).split('\n').slice(0, 3)).toEqual([
      'Report as of 2024-06-30 (Europe/Minsk)',
      '══════════════════════════════════════',
      expect.stringMatching(/^14 customers; orders up to 2024-06-\d\d.*; amounts in BYN$/),
    ])
  })

  it('never name a customer', async () => {
    for (const format of ['text', 'md', 'csv', 'json']) expect(await shop.done('report', '-f', format)).not.toMatch(/\d-key/)
  })
})

const long = 'a-segment-whose-name-is-as-long-as-the-names-that-people-give-their-segments-when-nobody-stops-them'
const nasty = Reporting.of({
  'segkit.yaml': settings(),
  'segments/all.yaml': `segments:
  ${long}: { title: "日本語の題名はとても長いので一行に収まりきらないことがありますから折り返す必要があります", all: customers }
  evil: { title: "red \\e[31m | <b>*bold*</b> [x](http://evil.example)", description: "1. a\\nb", all: customers }
`,
  'orders.csv': `order,customer,at,sku,product,quantity,price
${Array.from({ length: 11 }, (_, i) => `a${i},c${i},2024-06-${i + 10},P1,"wipe \u001b[2J screen | <i>x</i>, ${'very '.repeat(20)}long",1,90000000000000.5\nb${i},c${i},2024-06-${i + 10},P2,日本語の商品名日本語の商品名日本語の商品名,2,1.5`).join('\n')}
`,
})

it('has the same bytes wherever one stands', async () => {
  for (const format of ['text', 'md', 'csv', 'json', 'html']) {
    const here = await shop.done('report', 'often', '-f', format)
    expect(here).toContain('segments/')
    expect(await shop.runFrom(tmpdir(), '-C', shop.folder, 'report', 'often', '-f', format)).toEqual({
      code: 0,
      stdout: here,
      stderr: expect.anything(),
    })
  }
})

it('names nobody by his key or address, though a definition does', async () => {
  const own = Reporting.of({
    'segkit.yaml': settings(),
    'segments/all.yaml': `segments:
  keyed: { all: [ { attribute: { customer: [3-key] } } ] }
  below: { all: [ { in_segment: keyed } ] }
  mailed: { all: [ { attribute: { email: ana@example.org } } ] }
`,
    'customers.csv': 'customer,email\n3-key,ana@example.org\n4-key,ben@example.org\n',
  })
  await own.done('ingest', 'customers', 'customers.csv')
  for (const format of ['text', 'md', 'csv', 'json', 'html'])
    expect(await own.done('report', '-f', format)).not.toMatch(/3-key|ana@/)
})

describe('text', () => {
  beforeAll(async () => void (await nasty.done('ingest', 'orders', 'orders.csv')))

  it('stays within 80 columns, whatever the names and numbers', async () => {
    for (const where of [shop, nasty])
      for (const more of [[], ['--ascii']]) {
        const lines = (await where.done('report', ...more)).split('\n')
        expect(lines.filter((line) => stringWidth(line) > 80)).toEqual([])
        expect(lines.filter((line) => line !== line.trimEnd())).toEqual([])
      }
    const joined = (await nasty.done('report')).replace(/\n *| +/g, '')
    expect(joined).toContain(long)
    expect(joined.split('日本語の題名はとても長いので').length).toBeGreaterThanOrEqual(3)
  })

  it('has thousands marks and every digit of a sum beyond what doubles hold', async () => {
    const text = await nasty.done('report', 'evil')
    expect(text).toMatch(/Revenue +990,000,000,000,038\.5\n/)
    expect(await nasty.done('report', 'evil', '-f', 'json')).toContain('"amount": 990000000000005.5')
  })

  it('shows no control character and, in Markdown, no markup of a name', async () => {
    for (const format of ['text', 'md'])
      expect(await nasty.done('report', '-f', format)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/)
    const md = await nasty.done('report', '-f', 'md')
    expect(md).toContain('\\| \\<b\\>\\*bold\\*\\</b\\> \\[x\\](http\\://evil.example)')
    expect(md).not.toMatch(/[^\\]<[a-z/]/)
    for (const table of md.split('\n\n').filter((p) => p.startsWith('| ')))
      expect(
        new Set(
          table
            .trim()
            .split('\n')
            .map((line) => line.replace(/\\./g, '').split('|').length),
        ).size,
      ).toBe(1)
  })

  it('needs no Unicode of its own with --ascii', async () => {
    expect((await shop.done('report', 'often', '--ascii')).replaceAll('Круассан', '')).toMatch(/^[\n\x20-\x7e]*$/)
    expect(await shop.done('report', 'often')).toMatch(/[█▏▎▍▌▋▊▉]/)
  })
})

describe('unusual segments', () => {
  it('of nobody, of everybody and of one are told as they are', async () => {
    const tidy = await shop.tidy('nobody', 'everybody', 'one')
    expect([
      tidy.get('nobody/size/customers/'),
      tidy.get('nobody/revenue/revenue/'),
      tidy.get('nobody/order_value/average_order_value/'),
    ]).toEqual(['0', '0.00', ''])
    expect([tidy.get('everybody/size/share/'), tidy.get('everybody/revenue/revenue_share/')]).toEqual(['1.000000', '1.000000'])
    expect([tidy.get('one/size/customers/'), tidy.get('one/recency/median_days/')]).toEqual(['1', '<3'])
    const text = await shop.done('report', 'nobody')
    expect(text).toContain('Nobody is in it on this day.')
    expect(text).not.toMatch(/NaN|null|undefined|Infinity/)
  })

  it('in a shop without orders', async () => {
    const own = Reporting.of({
      'segkit.yaml': settings(),
      'segments/all.yaml': definitions.replace('where: { product: tea }, ', ''),
      'customers.csv': customers,
    })
    await own.done('ingest', 'customers', 'customers.csv')
    const text = await own.done('report')
    expect(text).toContain('14 customers; no orders; amounts in BYN')
    expect(text).not.toMatch(/NaN|null|undefined|Infinity/)
    const tidy = await own.tidy()
    expect([
      tidy.get('minsk/size/customers/'),
      tidy.get('minsk/revenue/revenue_share/'),
      tidy.get('minsk/recency/never_ordered/'),
    ]).toEqual(['5', '', '5'])
  })

  it('more of them than fit one word of memberships keep their own members', async () => {
    const many = Array.from({ length: 70 }, (_, i) => `  s${i}: { all: [ { metric: { count: orders, min: ${i % 15} } } ] }`).join(
      '\n',
    )
    const own = Reporting.of({
      'segkit.yaml': settings(),
      'segments/all.yaml': `segments:\n${many}\n`,
      'customers.csv': customers,
      'orders.csv': sampleOrders(),
    })
    await own.done('ingest', 'customers', 'customers.csv')
    await own.done('ingest', 'orders', 'orders.csv')
    const tidy = await own.tidy()
    for (let i = 0; i < 70; i++) {
      const least = i % 15
      const size = least === 0 ? 14 : Math.max(0, 13 - least)
      expect([i, tidy.get(`s${i}/size/customers/`)]).toEqual([i, String(size)])
      if (size >= 3) expect([i, tidy.get(`s${i}/top_products/customers/Rye bread`)]).toEqual([i, String(Math.min(12, size))])
    }
  })
})

describe('broken and missing', () => {
  it('definitions are told while the sound ones are reported; a broken one that is named ends with 78', async () => {
    const own = Reporting.of({
      'segkit.yaml': settings(),
      'segments/all.yaml': `${definitions}  bad: { all: [ { attribute: { contry: BY } } ] }\n`,
      'customers.csv': customers,
      'orders.csv': sampleOrders(),
    })
    expect((await own.run('report')).code).toBe(66)
    await own.done('ingest', 'customers', 'customers.csv')
    await own.done('ingest', 'orders', 'orders.csv')
    const all = await own.run('report')
    expect([all.code, all.stdout.includes('minsk'), all.stderr.includes('contry')]).toEqual([3, true, true])
    expect((await own.run('report', 'minsk')).code).toBe(0)
    expect((await own.run('report', 'minsk', 'bad')).code).toBe(3)
    const named = await own.run('report', 'bad', '-o', 'out.md')
    expect([named.code, named.stderr.includes('contry'), existsSync(join(own.folder, 'out.md'))]).toEqual([78, true, false])
    expect((await own.run('report', 'minks')).stderr).toContain('did you mean `minsk`?')
    expect((await own.run('report', '-f', 'table')).code).toBe(2)
  })
})

describe('exact numbers', () => {
  it('are rounded half away from zero, and unknown over nothing', () => {
    expect([share(1, 3), share(2, 3), share(0, 5), share(1, 0)]).toEqual([
      { decimal: '0.333333' },
      { decimal: '0.666667' },
      { decimal: '0.000000' },
      null,
    ])
    expect([average(-5n, 1, 2), average(10n, 0, 4), average(7n, 0, 0), average(10n ** 20n, 2, 3)]).toEqual([
      { decimal: '-0.25' },
      { decimal: '2.5' },
      null,
      { decimal: '333333333333333333.333333' },
    ])
    expect([
      shownText({ decimal: '-1234567.895' }, 'money', 2, '–', 'en'),
      shownText({ decimal: '0.0005' }, 'percent', undefined, '–', 'en'),
      shownText(null, 'money', 2, '–', 'en'),
    ]).toEqual(['-1,234,567.90', '0.1%', '–'])
    expect([
      shownText({ decimal: '-1234567.895' }, 'money', 2, '–', 'ru'),
      shownText({ decimal: '0.0005' }, 'percent', undefined, '–', 'ru'),
      shownText(9999, 'customers', undefined, '–', 'ru'),
      shownText({ below: 10 }, 'customers', undefined, '–', 'ru'),
      shownText(dated('2026-05-03'), 'text', undefined, '–', 'ru'),
    ]).toEqual(['-1\u202f234\u202f567,90', '0,1%', '9\u202f999', '<10', '03.05.2026'])
  })
})
