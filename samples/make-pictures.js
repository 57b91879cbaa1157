/** The pictures of the README: pages of the sample bakery's report as a browser shows them. `npm run build && node samples/make-pictures.js [chromium]` */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'

const root = fileURLToPath(new URL('..', import.meta.url))
const pictures = join(root, 'samples', 'pictures')
const folder = mkdtempSync(join(tmpdir(), 'segkit-pictures-'))
const page = join(folder, 'report.html')
const shop = join(folder, 'shop')
const segkit = (cwd, ...args) =>
  execFileSync(process.execPath, [join(root, 'bin', 'segkit.js'), ...args, '-q'], { cwd, stdio: ['ignore', 'ignore', 'inherit'] })

segkit(folder, 'init', shop, '--demo')
for (const day of ['2026-02-28', '2026-03-31']) segkit(shop, 'run', '--as-of', day)
segkit(shop, 'report', '-o', page)
mkdirSync(pictures, { recursive: true })

const browser = await chromium.launch({
  executablePath: process.argv[2] ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--force-color-profile=srgb'],
})

/** So much of the page from the top of an element on, a little air above. */
async function take(name, { width, height, colorScheme, from }) {
  const tab = await browser.newPage({ viewport: { width, height }, colorScheme })
  await tab.goto(pathToFileURL(page).href)
  const top = await tab.evaluate((selector) => {
    const element = document.querySelector(selector)
    for (let e = element; e !== null; e = e.parentElement) if (e.tagName === 'DETAILS') e.open = true
    return element.getBoundingClientRect().top + scrollY
  }, from)
  const clip = { x: 0, y: Math.max(0, top - 8), width, height }
  await tab.screenshot({ path: join(pictures, name), fullPage: true, clip })
  await tab.close()
}

await take('segment.png', { width: 980, height: 1030, colorScheme: 'light', from: '[id="segment-croissant-fans-h"]' })
await take('shop.png', { width: 980, height: 640, colorScheme: 'dark', from: '#overview .panel:has(.bands)' })
await browser.close()
rmSync(folder, { recursive: true })
