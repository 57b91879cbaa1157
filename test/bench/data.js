/** Makes the shop that is measured: a till's export of N order lines and its customers, the same bytes for the same seed. */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asOf, definitionFiles } from './definitions.js'

const generation = 2
const days = 1096
const openingHour = 8
const openSeconds = 13 * 3600
const lastDay = Date.parse(`${asOf}T00:00:00Z`) / 86_400_000
const firstDay = lastDay - days + 1
const chunkChars = 4_000_000

/** The project's folder with its CSVs; made once for each size and seed, definitions and settings written anew. */
export function makeProject({ lines, seed, quoted }) {
  const folder = benchFolder(`${lines}-${seed}${quoted ? '-quoted' : ''}-g${generation}`)
  const customers = Math.max(1, Math.round(lines / 10))
  const project = {
    folder,
    lines,
    customers,
    ordersCsv: join(folder, 'orders.csv'),
    customersCsv: join(folder, 'customers.csv'),
    partnersCsv: join(folder, 'lists', 'partners.csv'),
  }
  mkdirSync(join(folder, 'lists'), { recursive: true })
  if (!existsSync(project.ordersCsv)) {
    const random = mulberry32(seed)
    const people = makePeople(customers, random)
    writeRows(project.customersCsv, customerRows(people, random))
    writeRows(project.partnersCsv, partnerRows(project.customersCsv))
    writeRows(project.ordersCsv, orderRows(lines, people, makeProducts(random, quoted), random))
  }
  writeFileSync(join(folder, 'segkit.yaml'), settings)
  rmSync(join(folder, 'segments'), { recursive: true, force: true })
  mkdirSync(join(folder, 'segments'))
  for (const [name, text] of Object.entries(definitionFiles())) writeFileSync(join(folder, 'segments', name), text)
  return { ...project, bytes: statSync(project.ordersCsv).size }
}

export const benchFolder = (name) => join(process.env.BENCH_DIR ?? join(tmpdir(), 'segkit-bench'), name)

const settings = `version: 1
timezone: Europe/Minsk
currency: BYN
country: BY
as_of: ${asOf}
orders: { counted: { status: { not_in: [cancelled, refunded] } } }
consent:
  email: { attribute: { email_opt_in: true } }
system_segments: false
`

/** When each customer came and went, so that some are new, some lapsed and some have never bought. */
function makePeople(count, random) {
  const joined = new Uint16Array(count)
  const left = new Uint16Array(count)
  for (let i = 0; i < count; i++) {
    const day = random() < 0.3 ? 0 : Math.floor(random() * days)
    joined[i] = day
    left[i] = random() < 0.5 ? days : day + Math.floor(random() * (days - day))
  }
  return { count, joined, left }
}

const cities = 'minsk brest vitebsk gomel grodno mogilev pinsk orsha lida polotsk'.split(' ')
const firstNames = 'anna boris vera gleb darya egor zhanna ivan kira lev maria nikita olga pavel roman sofia'.split(' ')
const lastNames = 'novik kozlov zhuk moroz petrov klim volkov savich belov karp titov lis orlov mazur sokol rudak'.split(' ')
const tiers = ['basic', 'basic', 'basic', 'silver', 'silver', 'gold']

function* customerRows({ count, joined }, random) {
  yield 'customer,email,first_name,last_name,gender,birth_date,city,created_on,tier,email_opt_in,points\n'
  const pick = (list) => list[Math.floor(random() * list.length)]
  for (let i = 0; i < count; i++) {
    const first = pick(firstNames)
    const last = pick(lastNames)
    const gender = random() < 0.1 ? '' : random() < 0.6 ? 'f' : 'm'
    const born = random() < 0.2 ? '' : isoDay(lastDay - 18 * 366 - Math.floor(random() * 60 * 365))
    const optIn = random() < 0.7 ? 'true' : 'false'
    const points = Math.floor(random() ** 2 * 5000)
    yield `${customerKey(i)},${first}.${last}${i}@example.com,${first},${last},${gender},${born},${pick(cities)},` +
      `${isoDay(firstDay + joined[i])},${pick(tiers)},${optIn},${points}\n`
  }
}

const partnersOneIn = 50

/** The addresses of some customers as others write them, for the conditions that look into a list. */
function* partnerRows(customersCsv) {
  yield 'email\n'
  const customers = readFileSync(customersCsv, 'utf8').split('\n').slice(1, -1)
  for (let i = 0; i < customers.length; i += partnersOneIn) yield `${customers[i].split(',')[1].toUpperCase()}\n`
}

const adjectives = 'almond butter cherry honey lemon maple nutty plain rustic spicy'.split(' ')
const sizes = ['small', 'large', 'family', 'mini']
/** In the order of how much is sold. */
const goods = {
  bread: 'baguette ciabatta loaf roll bun',
  pastry: 'croissant brioche danish strudel eclair',
  cakes: 'sponge layer roulade muffin cupcake',
  pies: 'pie quiche turnover galette tart',
  biscuits: 'biscuit cookie shortbread wafer rusk',
  coffee: 'espresso latte cappuccino americano mocha',
  tea: 'oolong sencha assam darjeeling rooibos',
  juices: 'juice smoothie nectar lemonade cordial',
  milk: 'milk kefir yoghurt cream buttermilk',
  cheese: 'cheddar gouda brie feta ricotta',
  salads: 'salad slaw tabbouleh caprese coleslaw',
  soups: 'soup broth borsch chowder solyanka',
  sweets: 'toffee fudge nougat truffle marzipan',
  frozen: 'sorbet gelato parfait lolly sundae',
  pizza: 'pizza focaccia calzone pinsa flatbread',
  pasta: 'lasagne ravioli gnocchi penne orzo',
  spreads: 'jam marmalade curd butter pesto',
  snacks: 'pretzel cracker crisps popcorn breadstick',
  grains: 'granola muesli oatmeal bulgur couscous',
  gifts: 'hamper basket voucher candle box',
}

/** 4,000 products; with `quoted` one of them holds a comma and quotes, so that such lines stand all over the file. */
function makeProducts(random, quoted) {
  const products = []
  for (const [category, nouns] of Object.entries(goods)) {
    const level = 1 + random() * 6
    for (const noun of nouns.split(' ')) {
      for (const adjective of adjectives) {
        for (const size of sizes) {
          const name = `${adjective} ${noun} ${size}`
          const text = quoted && products.length === 0 ? `"the ""big"" loaf, sliced"` : name
          const price = (level * (0.5 + random() * 2)).toFixed(2)
          products.push([`P${1000 + products.length},${text},${category},`, `,${price}\n`])
        }
      }
    }
  }
  return products
}

/** Lines in the order of time: receipts of different customers stand next to each other, lines of one receipt together. */
function* orderRows(lines, people, products, random) {
  yield 'order,customer,at,store,status,sku,product,category,quantity,price\n'
  const receipts = Math.ceil(lines / 4)
  const step = (days * openSeconds) / (receipts * 1.003)
  const dayText = Array.from({ length: days }, (_, day) => isoDay(firstDay + day))
  const secondText = Array.from({ length: openSeconds }, (_, second) => clock(openingHour * 3600 + second))
  let written = 0
  for (let receipt = 0; written < lines; receipt++) {
    const moment = Math.min(days * openSeconds - 1, Math.floor((receipt + random()) * step))
    const day = Math.floor(moment / openSeconds)
    const customer = customerKey(buyer(people, day, random))
    const luck = random()
    const status = luck < 0.03 ? 'cancelled' : luck < 0.05 ? 'refunded' : 'paid'
    const store = `S${1 + Math.floor(random() ** 1.3 * 40)}`
    const head = `${10_000_001 + receipt},${customer},${dayText[day]} ${secondText[moment % openSeconds]},${store},${status},`
    const size = Math.min(lines - written, 1 + Math.floor(random() * 7))
    let text = ''
    for (let line = 0; line < size; line++) {
      const [before, after] = products[Math.floor(products.length * random() ** 1.6)]
      text += head + before + (random() < 0.75 ? '1' : String(2 + Math.floor(random() * 4))) + after
    }
    written += size
    yield text
  }
}

/** A few buy very often, many once or never; someone who has not come yet or has left buys seldom. */
function buyer({ count, joined, left }, day, random) {
  let person = 0
  for (let attempt = 0; attempt < 6; attempt++) {
    person = (Math.floor(count * random() ** 1.8) * 7919) % count
    if (joined[person] <= day && day < left[person]) return person
  }
  return person
}

/** Written under another name first: a file that is there is whole. */
export function writeRows(path, rows) {
  const file = openSync(`${path}.part`, 'w')
  let chunk = ''
  for (const row of rows) {
    chunk += row
    if (chunk.length < chunkChars) continue
    writeSync(file, chunk)
    chunk = ''
  }
  writeSync(file, chunk)
  closeSync(file)
  renameSync(`${path}.part`, path)
}

export const customerKey = (index) => `C${String(index).padStart(6, '0')}`
export const isoDay = (day) => new Date(day * 86_400_000).toISOString().slice(0, 10)
const clock = (second) => new Date(second * 1000).toISOString().slice(11, 19)

export function mulberry32(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
