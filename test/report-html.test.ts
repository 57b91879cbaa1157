/** The report as a page: what its text holds for any blocks, and what a browser makes of it. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseHTML } from 'linkedom'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Block, column, figure, type Matrix, note, type Part, type Report, type Table } from '../src/report/blocks.js'
import { htmlReport } from '../src/report/html/page.js'
import { type Language, say } from '../src/report/words.js'
import { segkit, temporary } from './binary.js'

const decimal = (n: number, places = 2) => ({ decimal: n.toFixed(places) })
const months = Array.from({ length: 12 }, (_, i) => `${i < 8 ? 2025 : 2026}-${String(((i + 4) % 12) + 1).padStart(2, '0')}`)

const line: Table = {
  kind: 'table',
  name: 'trend',
  title: 'Orders and revenue by month',
  keys: 'dimension',
  key: 'Month',
  columns: [column('orders', 'Orders', 'number'), column('left', 'Left', 'number'), column('revenue', 'Revenue', 'money')],
  rows: months.map((key, i) => ({
    key,
    values: [i === 3 ? { below: 10 } : i === 6 ? null : 40 + i, 10 + i, decimal(12_000 + 950 * i)],
  })),
  picture: { draw: 'line', columns: ['orders', 'left', 'revenue'] },
}
const columns: Table = {
  kind: 'table',
  name: 'weekdays',
  title: 'Share of orders by weekday',
  keys: 'dimension',
  key: say('Weekday'),
  columns: [column('share', 'Share', 'percent', { bar: true })],
  rows: (['Monday', 'Tuesday', 'Wednesday'] as const).map((day, i) => ({
    key: say(day),
    values: [i === 1 ? { below: 10 } : decimal(0.25 + i / 10)],
  })),
  picture: { draw: 'columns', column: 'share' },
}
const intervals: Table = {
  kind: 'table',
  name: 'apart',
  title: 'What sets them apart',
  keys: 'dimension',
  key: 'Attribute',
  columns: [
    column('index', 'Index', 'number', { places: 0 }),
    column('low', 'From', 'number', { places: 0 }),
    column('high', 'To', 'number', { places: 0 }),
  ],
  rows: [
    { key: 'city: Минск', values: [182, 150, 220] },
    { key: 'a name that is so long that no picture on any phone will ever have the room that it asks for', values: [60, 40, 85] },
    { key: 'few', values: [{ below: 10 }, null, null] },
  ],
  picture: { draw: 'intervals', value: 'index', low: 'low', high: 'high', none: 100 },
}
const heat: Matrix = {
  kind: 'matrix',
  name: 'cohorts',
  metric: 'retention',
  label: 'Retention',
  unit: 'percent',
  title: 'Who came back',
  rowKey: 'First order in',
  columnKey: 'Months later',
  rows: months,
  columns: months.map((_, i) => String(i)),
  cells: months.map((_, i) =>
    months.map((_, j) => (j > 11 - i ? null : j === 0 ? decimal(1) : i === j ? { below: 10 } : decimal(0.4 / j, 6))),
  ),
  draw: 'heat',
}
const flow: Matrix = {
  kind: 'matrix',
  name: 'moves',
  metric: 'customers',
  label: 'Customers',
  unit: 'customers',
  title: 'Moves within a month',
  rowKey: 'Before',
  columnKey: 'After',
  rows: ['New', 'Active', 'Lost'],
  columns: ['New', 'Active', 'Lost'],
  cells: [
    [0, 40, { below: 10 }],
    [0, 300, 60],
    [0, 25, 110],
  ],
  draw: 'flow',
}
const pictures: readonly Block[] = [line, columns, intervals, flow]

const part = (name: string, blocks: readonly Block[], more: Partial<Part> = {}): Part => ({
  kind: 'segment',
  name,
  ...more,
  sections: [
    {
      section: 'size',
      question: 'How large is it?',
      blocks: [figure('customers', 'Customers', 'customers', 61), figure('share', 'Share', 'percent', decimal(0.031, 6))],
    },
    { section: 'all', question: 'What do they buy?', blocks },
  ],
})
const report = (...parts: readonly Part[]): Report => ({
  asOf: '2026-04-30',
  timezone: 'Europe/Minsk',
  currency: 'BYN',
  customers: 2000,
  orders: { upTo: '2026-04-30', daysBefore: 0 },
  minGroup: 10,
  notes: [say('Attributes of customers have their present values, not those of that day.')],
  parts: [{ kind: 'overview', name: '', sections: [{ section: 'heat', question: 'The shop', blocks: [heat] }] }, ...parts],
})
const page = (asked: Report, language: Language = 'en'): string => htmlReport(asked, { language })
const everything = report(part('fans', [...pictures, note('No segments.')], { title: 'Fans', description: 'Those who love it.' }))

const evil = `<img src=x onerror="window.hurt=1">'"</style></title><script>window.hurt=1</script>&amp;\u0007\u202egnp.exe\u2028`
const hostile = report(
  part(
    'evil/name',
    [
      { ...line, title: evil, columns: line.columns.map((c) => ({ ...c, label: evil })) },
      { ...columns, title: evil, rows: columns.rows.map((r) => ({ ...r, key: evil })) },
      { ...intervals, rows: intervals.rows.map((r) => ({ ...r, key: evil })) },
      { ...flow, title: evil, rows: [evil, evil, evil], rowKey: evil },
      { ...heat, title: evil, rows: months.map(() => evil), columns: months.map(() => evil) },
      { kind: 'note', text: evil },
      { ...figure('what', 'Customers', 'text', evil), note: evil },
    ],
    { title: evil, description: evil },
  ),
)

const documentOf = (text: string) => parseHTML(text).document

describe('the page', () => {
  it('asks for nothing from anywhere and runs nothing', () => {
    const text = page(everything)
    expect(text).not.toMatch(/https?:|src=|<script|<link|<iframe|@import|url\(|\bon\w+=/i)
    expect(text).toContain(`content="default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;; img-src data:`)
    expect([...text.matchAll(/href="?([^" >]*)/g)].map((m) => m[1]![0])).toEqual(expect.arrayContaining(['#']))
    expect([...text.matchAll(/href="?(?![#"])/g)]).toEqual([])
  })

  it('is the same, byte for byte, for the same blocks', () => {
    expect(page(everything)).toBe(page(everything))
    expect(page(everything, 'ru')).toBe(page(everything, 'ru'))
  })

  it('shows names as text, whatever they hold', () => {
    const text = page(hostile)
    expect(text).not.toMatch(/<img|<script|<\/style>[^<]*<\/title>|\u0007|\u202e/)
    expect(text.split('</style>').length).toBe(2)
    const document = documentOf(text)
    expect(document.querySelector('h2#segment-evil\\%2Fname-h, h2[id="segment-evil%2Fname-h"]')?.textContent).toContain(
      '<img src=x',
    )
    expect([...document.querySelectorAll('svg text')].some((t) => t.textContent.includes('<img src=x'))).toBe(true)
    expect([...document.querySelectorAll('svg')].every((s) => s.getAttribute('aria-label')?.includes('<img src=x'))).toBe(true)
  })

  it('has for each picture a role, a name, a title and the table behind it', () => {
    for (const language of ['en', 'ru'] as const) {
      const document = documentOf(page(everything, language))
      const drawn = [...document.querySelectorAll('svg')]
      expect(drawn.length).toBe(5) // numbers of two units are two pictures
      for (const svg of drawn) {
        expect(svg.getAttribute('role')).toBe('img')
        expect(svg.getAttribute('aria-label')).toMatch(/\d/)
        const around = svg.closest('figure')
        expect(around?.querySelector('figcaption')?.textContent).toMatch(/\S/)
        expect(around?.querySelectorAll('details table tbody tr').length).toBeGreaterThan(1)
      }
    }
  })

  it('draws a gap where a number is masked or unknown, and says so in the table', () => {
    const document = documentOf(page(everything))
    const [orders] = [...document.querySelectorAll('svg')]
    // Of twelve months one is masked and one unknown; the other line is whole.
    expect(orders!.querySelectorAll('circle').length).toBe(10 + 12)
    const paths = [...orders!.querySelectorAll('path')].map((p) => p.getAttribute('d') ?? '')
    // The zero line, the whole line, a thin dotted one over the gaps, the line in three parts, the grid.
    expect(paths.map((d) => d.split('M').length - 1).sort()).toEqual([1, 1, 1, 3, 6])
    expect(
      [...document.querySelectorAll('figure')].find((f) => f.textContent.includes('weekday'))?.querySelectorAll('rect').length,
    ).toBe(2)
    const bands = [...document.querySelectorAll('.bands path title')].map((t) => t.textContent)
    expect(bands).toEqual([
      'New → Active: 40',
      'Active → Active: 300',
      'Active → Lost: 60',
      'Lost → Active: 25',
      'Lost → Lost: 110',
    ])
    expect(document.body.textContent).toContain('<10')
    expect(page(everything)).not.toMatch(/NaN|undefined|Infinity|\bnull\b/)
  })

  it('has headings in order, heads of rows and columns, and ways to its parts', () => {
    const document = documentOf(page(everything))
    const levels = [...document.querySelectorAll('h1,h2,h3,h4')].map((h) => Number(h.tagName[1]))
    expect([levels[0], Math.max(...levels.map((level, i) => level - (levels[i - 1] ?? 0)))]).toEqual([1, 1])
    expect(levels.filter((l) => l === 1).length).toBe(1)
    expect([...document.querySelectorAll('th')].every((th) => /^(col|row|colgroup)$/.test(th.getAttribute('scope') ?? ''))).toBe(
      true,
    )
    for (const a of document.querySelectorAll('a')) {
      const id = decodeURIComponent(a.getAttribute('href')!.slice(1))
      expect([...document.querySelectorAll('[id]')].filter((e) => decodeURIComponent(e.getAttribute('id')!) === id).length).toBe(
        1,
      )
    }
    const ids = [...document.querySelectorAll('[id]')].map((e) => e.getAttribute('id'))
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('speaks the language that it names', () => {
    for (const [language, heading, question] of [
      ['en', 'Fans: report as of 2026-04-30 (Europe/Minsk)', 'What do they buy?'],
      ['ru', 'Fans: отчёт на 30.04.2026 (Europe/Minsk)', 'Что они покупают?'],
    ] as const) {
      const document = documentOf(page(everything, language))
      expect(document.documentElement.getAttribute('lang')).toBe(language)
      expect(document.querySelector('h1')?.textContent).toBe(heading)
      expect([...document.querySelectorAll('h3')].map((h) => h.textContent)).toContain(question)
    }
  })

  it('of 300 segments begins closed and stays of a size that can be mailed', () => {
    const many = Array.from({ length: 300 }, (_, i) => part(`segment-${i}`, [columns], { title: `Segment ${i}` }))
    const text = page(report(...many))
    const document = documentOf(text)
    expect(document.querySelectorAll('details.part, .part > details[open], nav details[open]').length).toBe(0)
    expect(document.querySelectorAll('nav a').length).toBe(301)
    expect(text.length).toBeLessThan(2_000_000)
  })

  it('lets a table of many rows scroll within itself', () => {
    const rows = Array.from({ length: 300 }, (_, i) => ({ key: `row ${i}`, values: [decimal(0.5)] }))
    const { title, picture, ...bare } = columns
    const boxes = (count: number) =>
      documentOf(page(report(part('long', [{ ...bare, rows: rows.slice(0, count) }])))).querySelectorAll('.tall')
    expect([boxes(300).length, boxes(20).length]).toEqual([1, 0])
    expect(boxes(300)[0]!.getAttribute('tabindex')).toBe('0')
  })

  it('tells nothing where there is nothing to draw', () => {
    const empty = { ...columns, rows: columns.rows.map((r) => ({ ...r, values: [null] })) }
    const document = documentOf(page(report(part('none', [empty, { ...line, rows: [] }, { ...flow, cells: [[], [], []] }]))))
    expect(document.querySelectorAll('svg').length).toBe(0)
    expect(document.querySelectorAll('table').length).toBe(4)
  })
})

/** Debian's, or what is called so on the PATH. */
function browserPath(): string | undefined {
  for (const path of ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'])
    if (existsSync(path)) return path
  try {
    return execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim() || undefined
  } catch {
    return undefined
  }
}
const quiet =
  '--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update --disable-sync --disable-quic'
const executablePath = browserPath()
if (executablePath === undefined) console.warn('no chromium here: pages are not opened')

describe.skipIf(executablePath === undefined)('in a browser', () => {
  const folder = temporary()
  const files = {
    demo: join(folder, 'demo.html'),
    russian: join(folder, 'ru.html'),
    hostile: join(folder, 'hostile.html'),
    all: join(folder, 'all.html'),
  }
  let browser: Browser
  beforeAll(async () => {
    const shop = join(folder, 'shop')
    for (const args of [
      ['init', shop, '--demo', '-q'],
      ['-C', shop, 'run', '--as-of', '2026-03-31', '-q'],
      ['-C', shop, 'report', 'croissant-fans', 'free-from', 'system/came-back', '-o', files.demo, '-q'],
      ['-C', shop, 'report', 'croissant-fans', 'free-from', 'system/came-back', '-o', files.russian, '-q', '--lang', 'ru'],
    ]) {
      const { code, stderr } = await segkit(args, { cwd: folder })
      if (code !== 0) throw new Error(stderr)
    }
    writeFileSync(files.hostile, page(hostile))
    writeFileSync(files.all, page(everything))
    browser = await chromium.launch({ executablePath: executablePath!, args: quiet.split(' ') })
  })
  afterAll(async () => browser?.close())

  interface Opened {
    readonly tab: Page
    readonly said: readonly string[]
    readonly asked: readonly string[]
  }
  async function open(file: string, width = 1200, colorScheme: 'light' | 'dark' = 'light'): Promise<Opened> {
    const tab = await browser.newPage({ viewport: { width, height: 800 }, colorScheme })
    const [said, asked]: [string[], string[]] = [[], []]
    tab.on('console', (m) => said.push(m.text()))
    tab.on('pageerror', (e) => said.push(String(e)))
    tab.on('dialog', (d) => said.push(d.message()))
    tab.on('request', (r) => asked.push(r.url()))
    await tab.goto(pathToFileURL(file).href, { waitUntil: 'load' })
    await tab.evaluate(`for (const d of document.querySelectorAll('details')) d.open = true`)
    return { tab, said, asked }
  }

  for (const name of ['demo', 'russian', 'hostile', 'all'] as const)
    it(`${name}: says nothing, asks for nothing but itself, and fits a phone`, async () => {
      const file = files[name]
      for (const width of [390, 1200]) {
        const { tab, said, asked } = await open(file, width)
        expect([said, asked]).toEqual([[], [pathToFileURL(file).href]])
        expect(await tab.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
        expect(await tab.evaluate('window.hurt ?? document.images.length + document.scripts.length')).toBe(0)
        await tab.close()
      }
    })

  it('every picture has size and a text alternative', async () => {
    const { tab } = await open(files.demo, 390)
    const drawn = (await tab.evaluate(
      `[...document.querySelectorAll('svg')].map((s) => { const r = s.getBoundingClientRect(); return [r.width, r.height, s.getAttribute('aria-label')?.length ?? 0] })`,
    )) as [number, number, number][]
    expect(drawn.length).toBeGreaterThan(5)
    for (const [width, height, words] of drawn) {
      expect(width).toBeGreaterThan(250)
      expect(height).toBeGreaterThan(40)
      expect(words).toBeGreaterThan(20)
    }
    await tab.close()
  })

  it('a line is drawn as a line, and no area is closed below it', async () => {
    const { tab } = await open(files.demo, 1200)
    const lines = (await tab.evaluate(
      `[...document.querySelectorAll('svg path')].filter((p) => /L.*L/.test(p.getAttribute('d')) && !/z/i.test(p.getAttribute('d')))
        .map((p) => [getComputedStyle(p).fill, getComputedStyle(p).stroke === 'none'])`,
    )) as [string, boolean][]
    expect(lines.length).toBeGreaterThan(2)
    for (const line of lines) expect(line).toEqual(['none', false])
    await tab.close()
  })

  it('no two names on an axis touch', async () => {
    for (const file of [files.demo, files.russian]) {
      const { tab } = await open(file, 390)
      expect(await tab.evaluate(touching)).toEqual([])
      await tab.close()
    }
  })

  it('text stands out from what is behind it, light, dark and printed', async () => {
    for (const [scheme, media] of [
      ['light', 'screen'],
      ['dark', 'screen'],
      ['dark', 'print'],
    ] as const)
      for (const file of [files.demo, files.all]) {
        const { tab } = await open(file, 1200, scheme)
        await tab.emulateMedia({ media, colorScheme: scheme })
        const { seen, least, low } = (await tab.evaluate(contrasts)) as { seen: number; least: number; low: string[] }
        expect(seen).toBeGreaterThan(100)
        expect([scheme, media, low]).toEqual([scheme, media, []])
        expect(least).toBeGreaterThanOrEqual(4.5)
        await tab.close()
      }
  })

  it('is dark where the reader wants it dark, and light on paper', async () => {
    const brightness = async (scheme: 'light' | 'dark', media: 'screen' | 'print') => {
      const { tab } = await open(files.demo, 1200, scheme)
      await tab.emulateMedia({ media, colorScheme: scheme })
      const colour = String(await tab.evaluate('getComputedStyle(document.body).backgroundColor'))
      await tab.close()
      return Math.max(...(colour.match(/\d+/g) ?? []).slice(0, 3).map(Number))
    }
    expect(await brightness('light', 'screen')).toBeGreaterThan(230)
    expect(await brightness('dark', 'screen')).toBeLessThan(60)
    expect(await brightness('dark', 'print')).toBe(255)
  })

  it('on paper every part is there, closed or not, and the way about is not', async () => {
    const tab = await browser.newPage()
    await tab.goto(pathToFileURL(files.demo).href)
    await tab.evaluate(`for (const d of document.querySelectorAll('.part > details')) d.open = false`)
    const shown = () =>
      tab.evaluate(
        `[...document.querySelectorAll('.part figure, nav a')].map((e) => e.checkVisibility({ contentVisibilityAuto: true }))`,
      )
    const before = (await shown()) as boolean[]
    await tab.emulateMedia({ media: 'print' })
    const [figures, links] = (await tab.evaluate(
      `[[...document.querySelectorAll('.part figure')].map((e) => e.getBoundingClientRect().height > 20), [...document.querySelectorAll('nav a')].map((e) => e.checkVisibility())]`,
    )) as [boolean[], boolean[]]
    expect(before).toContain(false)
    expect([new Set(figures), new Set(links)]).toEqual([new Set([true]), new Set([false])])
    expect((await tab.pdf()).length).toBeGreaterThan(20_000)
    await tab.close()
  })

  it('a link of the contents opens a part that is closed', async () => {
    const tab = await browser.newPage()
    await tab.goto(pathToFileURL(files.demo).href)
    await tab.evaluate(`for (const d of document.querySelectorAll('.part > details')) d.open = false`)
    await tab.locator('nav a', { hasText: 'Croissant fans' }).click()
    expect(await tab.evaluate(`document.getElementById('segment-croissant-fans').closest('details').open`)).toBe(true)
    await tab.close()
  })

  it('a mistake of a page would be seen', async () => {
    const bad = join(folder, 'bad.html')
    writeFileSync(
      bad,
      readFileSync(files.all, 'utf8').replace(
        '<main>',
        '<main><img src="no.png"><p style="width:900px">wide</p><script>1</script>',
      ),
    )
    const { tab, said } = await open(bad, 390)
    expect(said.length).toBeGreaterThan(0)
    expect(await tab.evaluate('document.documentElement.scrollWidth')).toBeGreaterThan(390)
    await tab.close()
  })
})

/** Pairs of names on one line of a picture that overlap. */
const touching = `(() => {
  const out = []
  for (const svg of document.querySelectorAll('svg')) {
    const texts = [...svg.querySelectorAll('text')].map((t) => ({ says: t.textContent, at: t.getBoundingClientRect() })).filter((t) => t.at.width > 0)
    texts.forEach((a, i) => texts.slice(i + 1).forEach((b) => {
      const x = Math.min(a.at.right, b.at.right) - Math.max(a.at.left, b.at.left)
      const y = Math.min(a.at.bottom, b.at.bottom) - Math.max(a.at.top, b.at.top)
      if (x > 1 && y > 4) out.push(a.says + ' | ' + b.says)
    }))
  }
  return out
})()`

/** Contrast of each text with the nearest colour behind it, or with the bar under it. */
const contrasts = `(() => {
  const rgba = (text) => { const n = (text.match(/[\\d.]+/g) ?? []).map(Number); return n.length < 3 ? undefined : [n[0], n[1], n[2], n[3] ?? 1] }
  const light = (c) => { const [r, g, b] = c.map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b }
  const behind = (e) => {
    const own = getComputedStyle(e)
    const bar = own.backgroundImage.match(/rgba?\\([^)]*\\)/)
    if (bar) return rgba(bar[0])
    const c = rgba(own.backgroundColor)
    if (c && c[3] === 1) return c
    return e.parentElement ? behind(e.parentElement) : [255, 255, 255, 1]
  }
  let [seen, least] = [0, 21]
  const low = []
  for (const e of document.querySelectorAll('h1,h2,h3,p,a,code,summary,th,td,dt,dd,b,small,span,li,figcaption,svg text,svg tspan')) {
    if (![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim() !== '') || e.getClientRects().length === 0) continue
    const style = getComputedStyle(e)
    const ink = rgba(e.ownerSVGElement ? style.fill : style.color)
    const back = behind(e)
    const [a, b] = [light(ink.slice(0, 3)), light(back.slice(0, 3))].sort((x, y) => y - x)
    const ratio = (a + 0.05) / (b + 0.05)
    seen++
    least = Math.min(least, ratio)
    if (ratio < 4.5) low.push(e.tagName + ' ' + e.textContent.trim().slice(0, 30) + ' ' + ratio.toFixed(2))
  }
  return { seen, least, low: low.slice(0, 5) }
})()`
