/** Makes the data of the sample bakery: a made-up café chain, always the same bytes. Knows nothing of segkit. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Every file of the bakery that is data: path inside the project → text. */
export function bakery() {
  const chance = seeded(20240501)
  const customers = register(chance)
  const orders = [...customers.flatMap((customer) => purchases(customer, chance)), ...guestPurchases(chance)]
  orders.sort((a, b) => a.at - b.at)
  return {
    'data/customers.csv': csv(customerColumns, customers.map(customerRow)),
    'data/orders.csv': csv(orderColumns, orders.flatMap(orderRows)),
    'data/products.csv': csv(['sku', 'product', 'category', 'brand', 'list_price'], products.map(productRow)),
    'lists/staff.csv': csv(['customer', 'role'], customers.filter((one) => one.kind === 'staff').map(staffRow)),
  }
}

// ── The calendar: days are numbers of days since 1970, moments are seconds of local time ──────────────────────────────

const day = (text) => Date.parse(`${text}T00:00:00Z`) / 86_400_000
const dateOf = (number) => new Date(number * 86_400_000).toISOString().slice(0, 10)
const momentOf = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 19)
/** 0 is Monday. */
const weekday = (number) => (number + 3) % 7

const opening = day('2024-05-01')
const today = day('2026-04-30')
const dearerFrom = day('2025-10-01')

/** Each feast: the days on which people shop for it, what they buy, and how likely a man or a woman is to do so. */
const feasts = [
  { from: '2024-05-01', to: '2024-05-05', skus: ['SE-01', 'SE-01', 'CK-02'], m: 0.1, f: 0.2 },
  { from: '2024-12-06', to: '2024-12-31', skus: ['SE-02', 'GF-01', 'GF-02', 'GF-03'], m: 0.18, f: 0.24 },
  { from: '2025-03-05', to: '2025-03-08', skus: ['GF-01', 'GF-03', 'CK-01', 'CK-02'], m: 0.3, f: 0.06 },
  { from: '2025-04-12', to: '2025-04-20', skus: ['SE-01', 'SE-01', 'SE-01', 'CK-02'], m: 0.14, f: 0.24 },
  { from: '2025-12-06', to: '2025-12-31', skus: ['SE-02', 'SE-02', 'GF-01', 'GF-02', 'GF-03'], m: 0.18, f: 0.24 },
  { from: '2026-03-05', to: '2026-03-08', skus: ['GF-01', 'GF-03', 'CK-01', 'CK-02'], m: 0.3, f: 0.06 },
  { from: '2026-04-04', to: '2026-04-12', skus: ['SE-01', 'SE-01', 'SE-01', 'CK-02'], m: 0.14, f: 0.24 },
].map((feast) => ({ ...feast, from: day(feast.from), to: day(feast.to) }))

// ── What is sold ──────────────────────────────────────────────────────────────────────────────────────────────────────

const products = [
  ['CR-01', 'Круассан классический', 'croissants', 'Булочная', '4.50'],
  ['CR-02', 'Круассан с миндалём', 'croissants', 'Булочная', '6.20'],
  ['CR-03', 'Круассан с шоколадом', 'croissants', 'Булочная', '5.80'],
  ['PA-01', 'Эклер', 'pastry', 'Булочная', '4.80'],
  ['PA-02', 'Сырник', 'pastry', 'Булочная', '5.20'],
  ['PA-03', 'Улитка с корицей', 'pastry', 'Булочная', '4.90'],
  ['PA-04', 'Cookie vegan', 'pastry', 'Green Oven', '4.20'],
  ['CF-01', 'Капучино', 'coffee', 'Булочная', '6.50'],
  ['CF-02', 'Латте', 'coffee', 'Булочная', '6.90'],
  ['CF-03', 'Эспрессо', 'coffee', 'Булочная', '4.00'],
  ['CF-04', 'Flat white', 'coffee', 'Булочная', '7.20'],
  ['TE-01', 'Чай чёрный', 'tea', 'Булочная', '3.50'],
  ['TE-02', 'Чай травяной', 'tea', 'Булочная', '3.90'],
  ['BR-01', 'Багет', 'bread', 'Булочная', '3.40'],
  ['BR-02', 'Хлеб ржаной', 'bread', 'Булочная', '4.10'],
  ['BR-03', 'Хлеб без глютена', 'bread', 'Green Oven', '8.60'],
  ['CK-01', 'Торт «Прага»', 'cakes', 'Булочная', '38.00'],
  ['CK-02', 'Торт «Медовик»', 'cakes', 'Булочная', '35.00'],
  ['CK-03', 'Чизкейк, кусок', 'cakes', 'Булочная', '9.80'],
  ['GF-01', 'Подарочный набор', 'gifts', 'Булочная', '45.00'],
  ['GF-02', 'Набор "Утро, кофе, уют"', 'gifts', 'Булочная', '59.00'],
  ['GF-03', 'Шоколад ручной работы', 'gifts', 'Chocolatier', '24.00'],
  ['SE-01', 'Кулич', 'seasonal', 'Булочная', '18.00'],
  ['SE-02', 'Рождественский штоллен', 'seasonal', 'Булочная', '26.00'],
  ['BX-01', 'Коробка круассанов, 24 шт.', 'boxes', 'Булочная', '96.00'],
  ['BX-02', 'Коробка эклеров, 24 шт.', 'boxes', 'Булочная', '99.00'],
  ['BX-03', 'Кофе-брейк на 10 человек', 'boxes', 'Булочная', '120.00'],
].map(([sku, product, category, brand, price]) => ({ sku, product, category, brand, price }))

const productBySku = new Map(products.map((product) => [product.sku, product]))
const skusOf = (category) => products.filter((product) => product.category === category).map((product) => product.sku)

/** How old tills and hurried hands spell some products: valid all of them, and equal or not as folding says. */
const otherSpellings = {
  'CR-01': ['КРУАССАН КЛАССИЧЕСКИЙ', 'Круассан классический'.normalize('NFD'), 'круассан классический '],
  'CR-02': ['Круассан с миндалем', 'Круассан с миндалём'.normalize('NFD')],
  'TE-01': ['Чай черный', 'Чай чёрный'.normalize('NFD')],
  'TE-02': ['Чай травяной'.normalize('NFD')],
  'CK-01': ['Торт "Прага"', 'Торт «Прага», без орехов'],
  'SE-02': ['Рождественский штоллен'.normalize('NFD')],
}

/** In cents; a tenth of a rouble is the smallest step of the price list. */
function priceOn(product, date) {
  const cents = Math.round(Number(product.price) * 100)
  return date < dearerFrom ? cents : Math.floor((cents * 107) / 1000 + 0.5) * 10
}

// ── Who buys ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What a taste picks, by category; a category that is not named is never bought without a feast. */
const tastes = {
  croissant: { croissants: 6, coffee: 4, pastry: 1 },
  croissantAndTea: { croissants: 5, tea: 4, pastry: 1 },
  coffee: { coffee: 8, croissants: 1, pastry: 1 },
  coffeeOnly: { coffee: 1 },
  bread: { bread: 7, pastry: 1, cakes: 1 },
  sweet: { pastry: 5, cakes: 2, coffee: 2, tea: 2, croissants: 1 },
}
const tasteWeights = { croissant: 28, croissantAndTea: 9, coffee: 22, coffeeOnly: 7, bread: 18, sweet: 16 }
const interestsOf = {
  croissant: ['pastry', 'coffee'],
  croissantAndTea: ['pastry'],
  coffee: ['coffee'],
  coffeeOnly: ['coffee'],
  bread: ['bread'],
  sweet: ['cakes', 'pastry'],
}

/** How many customers live which story; together with the firms they are 2,000. */
const stories = {
  once: 400,
  occasional: 560,
  regular: 235,
  stopped: 200,
  quiet: 70,
  returned: 75,
  feastOnly: 150,
  fresh: 70,
  never: 156,
  staff: 24,
  firm: 60,
}

const places = [
  { city: 'Минск', weight: 45, stores: ['Немига', 'Вокзал', 'Площадь Победы'] },
  { city: 'Гомель', weight: 13, stores: ['Гомель'] },
  { city: 'Брест', weight: 10, stores: ['Брест'] },
  { city: 'Гродно', weight: 10, stores: ['Гродно'] },
  { city: 'Витебск', weight: 9, stores: ['Витебск'] },
  { city: 'Могилёв', weight: 6, stores: ['Могилёв'] },
  { city: 'Могилев', weight: 2, stores: ['Могилёв'] },
  { city: 'Vilnius', weight: 4, stores: ['Vilnius'], latin: true },
  { city: 'Warszawa', weight: 1, stores: ['Брест'], latin: true },
]

const names = {
  f: ['Анна', 'Мария', 'Ольга', 'Елена', 'Татьяна', 'Дарья', 'Алёна', 'Наталья', 'Юлия', 'Ксения', 'Вера', 'София'],
  m: ['Иван', 'Алексей', 'Андрей', 'Сергей', 'Дмитрий', 'Павел', 'Фёдор', 'Никита', 'Артём', 'Максим', 'Олег', 'Глеб'],
  last: ['Ковалёв', 'Новиков', 'Козлов', 'Морозов', 'Зайцев', 'Королёв', 'Соловьёв', 'Шевченко', 'Жук', 'Климович', 'Мельник'],
  latinF: ['Rūta', 'Eglė', 'Anna', 'Zofia', 'Emma', 'Zoë'],
  latinM: ['Jonas', 'Tomas', 'Łukasz', 'Jan', 'Max', 'Andrius'],
  latinLast: ['Petraitis', 'Kazlauskas', 'Nowak', 'Wójcik', "O'Neil", 'Smith-Jones'],
}

const industries = ['IT', 'банк', 'образование', 'медицина', 'туризм', 'строительство', 'торговля']
const firmNames = ['Ромашка', 'Вектор', 'Северный ветер', 'Альфа', 'Зубр', 'Полесье', 'Маяк', 'Orbita', 'Freska', 'Сож']

function register(chance) {
  const customers = Object.entries(stories).flatMap(([kind, size]) => Array.from({ length: size }, () => person(kind, chance)))
  customers.sort((a, b) => a.joined - b.joined)
  return customers.map((customer, index) => ({ ...customer, key: String(index + 1).padStart(6, '0'), index }))
}

function person(kind, chance) {
  const place = chance.weighted(places, (one) => one.weight)
  const gender = chance.of(['f', 'f', 'f', 'm', 'm'])
  const taste = kind === 'quiet' ? 'croissant' : chance.weighted(Object.keys(tasteWeights), (name) => tasteWeights[name])
  return {
    kind,
    place,
    gender,
    taste,
    joined: joinDay(kind, chance),
    store: chance.of(place.stores),
    rhythm: chance.of(['workday', 'workday', 'workday', 'weekend', 'any']),
    hours: chance.of(['morning', 'morning', 'noon', 'evening']),
    inApp: chance.under(0.25) ? 0.8 : 0.08,
    ...identity(place, gender, chance),
    ...profile(kind, taste, chance),
  }
}

function joinDay(kind, chance) {
  if (kind === 'fresh') return chance.between(today - 28, today - 1)
  if (kind === 'quiet' || kind === 'returned') return chance.between(opening - 60, today - 330)
  if (kind === 'stopped') return chance.between(opening - 60, today - 240)
  if (kind === 'firm') return chance.between(opening - 60, today - 120)
  return chance.between(opening - 60, today - 40)
}

function identity(place, gender, chance) {
  if (place.latin) return { first: chance.of(gender === 'f' ? names.latinF : names.latinM), last: chance.of(names.latinLast) }
  const last = chance.of(names.last)
  return { first: chance.of(names[gender]), last: gender === 'f' && last.endsWith('в') ? `${last}а` : last }
}

function profile(kind, taste, chance) {
  const firm = kind === 'firm'
  const interests = new Set(interestsOf[taste])
  for (const extra of ['gluten-free', 'vegan', 'bread', 'cakes']) if (chance.under(0.08)) interests.add(extra)
  return {
    born: firm || chance.under(0.15) ? undefined : chance.between(day('1950-01-01'), day('2008-03-01')),
    mail: chance.under(0.92),
    domain: chance.of(['example.com', 'example.com', 'example.org', 'example.net']),
    phone: chance.under(0.88),
    emailOptIn: chance.of(['yes', 'yes', 'yes', 'yes', 'no', '']),
    smsOptIn: chance.of(['yes', 'yes', 'no', 'no', '']),
    interests: firm || chance.under(0.2) ? [] : [...interests],
    industry: firm ? chance.of(industries) : undefined,
    companySize: firm ? chance.of([8, 15, 40, 60, 120, 250, 800]) : undefined,
    every: firm ? chance.of([7, 14, 14, 28]) : undefined,
    ends: firm && chance.under(0.3) ? chance.between(today - 400, today - 70) : undefined,
  }
}

// ── When and what they buy ────────────────────────────────────────────────────────────────────────────────────────────

function purchases(customer, chance) {
  if (customer.kind === 'firm') return firmPurchases(customer, chance)
  const daily = visitDays(customer, chance).map((date) => order(customer, date, basket(tastes[customer.taste], chance), chance))
  return [...daily, ...feastPurchases(customer, daily, chance)]
}

/** The days on which the story has the customer come in, feasts aside. */
function visitDays({ kind, joined, rhythm }, chance) {
  const first = Math.max(joined + chance.between(0, 4), opening)
  const stride = (from, to, least, most) => {
    const days = []
    for (let date = from; date <= to; date += chance.between(least, most)) days.push(snap(date, rhythm, from, to))
    return days
  }
  if (kind === 'never' || kind === 'feastOnly') return []
  if (kind === 'once') return [Math.min(snap(first, rhythm, first, today), today)]
  if (kind === 'occasional') return stride(first, today, 48, 150)
  if (kind === 'regular') return stride(first, today, 11, 34)
  if (kind === 'staff') return stride(first, today, 4, 13)
  if (kind === 'fresh') return stride(first, today, 6, 30)
  if (kind === 'quiet') return stride(Math.max(first, today - 320), today - chance.between(31, 80), 7, 22)
  if (kind === 'stopped') return stride(first, chance.between(first + 60, Math.max(first + 61, today - 60)), 13, 40)
  const back = today - chance.between(2, 75)
  return [...stride(first, back - chance.between(90, 220), 12, 30), ...stride(back, today, 8, 22)]
}

/** A day of the same week that suits the customer, inside the days he is around. */
function snap(date, rhythm, from, to) {
  const monday = date - weekday(date)
  const suits = rhythm === 'any' || weekday(date) > 4 === (rhythm === 'weekend')
  const moved = suits ? date : rhythm === 'weekend' ? monday + 5 + (date % 2) : monday + (date % 5)
  return moved < from || moved > to ? date : moved
}

function feastPurchases(customer, daily, chance) {
  if (['never', 'once', 'fresh'].includes(customer.kind)) return []
  const dates = daily.map((one) => one.date)
  const from = customer.kind === 'feastOnly' ? customer.joined : Math.min(...dates)
  const to = customer.kind === 'feastOnly' ? today : Math.max(...dates)
  return feasts
    .filter(
      (feast) => feast.from >= from && feast.to <= to + 30 && feast.to <= today && !(customer.kind === 'quiet' && feast.to > to),
    )
    .filter((feast) => chance.under(customer.kind === 'feastOnly' ? 0.75 : feast[customer.gender]))
    .map((feast) => {
      const lines = [{ sku: chance.of(feast.skus), quantity: chance.of([1, 1, 1, 2]) }]
      if (chance.under(0.3)) lines.push({ sku: chance.of(skusOf('bread')), quantity: 1 })
      return order(customer, chance.between(feast.from, feast.to), lines, chance)
    })
}

/** Boxes for the Monday meeting; before Christmas some firms order presents. Every tenth firm never ordered at all. */
function firmPurchases(firm, chance) {
  if (chance.under(0.1)) return []
  const first = Math.max(firm.joined + 3, opening)
  const monday = first + ((7 - weekday(first)) % 7)
  const orders = []
  for (let date = monday; date <= (firm.ends ?? today); date += firm.every) {
    if (chance.under(0.2)) continue
    const sizes = firm.companySize > 100 ? [1, 2, 2, 3] : [1]
    const lines = [{ sku: chance.of(['BX-01', 'BX-01', 'BX-02']), quantity: chance.of(sizes) }]
    if (chance.under(0.3)) lines.push({ sku: 'BX-03', quantity: chance.of(sizes) })
    orders.push(order(firm, date, lines, chance))
  }
  for (const december of ['2024-12-16', '2025-12-15'].map(day)) {
    if (december < first || december > (firm.ends ?? today) || chance.under(0.4)) continue
    orders.push(order(firm, december + chance.between(0, 4), [{ sku: 'GF-02', quantity: chance.between(3, 15) }], chance))
  }
  return orders
}

function guestPurchases(chance) {
  return Array.from({ length: 1300 }, () => {
    const place = chance.weighted(places, (one) => one.weight)
    const guest = {
      key: '',
      kind: 'guest',
      store: chance.of(place.stores),
      hours: chance.of(['morning', 'noon', 'evening']),
      inApp: 0,
    }
    const taste = chance.weighted(Object.keys(tasteWeights), (name) => tasteWeights[name])
    return order(guest, chance.between(opening, today), basket(tastes[taste], chance), chance)
  })
}

function basket(taste, chance) {
  const wanted = chance.weighted([1, 2, 3], (size) => ({ 1: 58, 2: 35, 3: 7 })[size])
  const lines = []
  while (lines.length < wanted) {
    const sku = chance.of(skusOf(chance.weighted(Object.keys(taste), (category) => taste[category])))
    if (lines.some((line) => line.sku === sku)) break
    lines.push({ sku, quantity: chance.of([1, 1, 1, 1, 2]) })
  }
  return lines
}

function order(customer, date, lines, chance) {
  const firm = customer.kind === 'firm'
  const fate = chance.under(0.028) ? chance.of(['cancelled', 'refunded']) : 'done'
  return {
    customer,
    date,
    at: date * 86_400 + timeOfDay(firm ? 'office' : weekday(date) > 4 ? 'weekend' : customer.hours, chance),
    channel: firm ? 'b2b' : chance.under(customer.inApp) ? 'app' : 'café',
    status: fate,
    lines: lines.map((line) => ({ ...line, spelling: spelling(line.sku, chance) })),
  }
}

/** Hour → weight. */
const habits = {
  morning: { 7: 4, 8: 9, 9: 6, 10: 2, 13: 1 },
  noon: { 11: 2, 12: 7, 13: 7, 14: 3, 9: 1 },
  evening: { 16: 2, 17: 6, 18: 7, 19: 3, 8: 1 },
  weekend: { 9: 3, 10: 7, 11: 7, 12: 5, 13: 3, 16: 2 },
  office: { 8: 6, 9: 3 },
}

function timeOfDay(habit, chance) {
  const hour = Number(chance.weighted(Object.keys(habits[habit]), (one) => habits[habit][one]))
  return hour * 3600 + chance.between(0, 3599)
}

const spelling = (sku, chance) =>
  otherSpellings[sku] && chance.under(0.01) ? chance.of(otherSpellings[sku]) : productBySku.get(sku).product

// ── Rows ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

const customerColumns =
  'customer,first_name,last_name,email,phone,birth_date,gender,city,created_on,email_opt_in,sms_opt_in,interests,company,industry,company_size'.split(
    ',',
  )

function customerRow(one) {
  const { index } = one
  const blank = (every, value) => (index % every === every - 1 ? '' : value)
  return [
    one.key,
    one.first,
    index % 97 === 5 ? one.last.normalize('NFD') : one.last,
    one.mail ? email(one) : '',
    one.phone ? phone(one) : '',
    one.born === undefined ? '' : index % 300 === 7 ? '1996-02-29' : dateOf(one.born),
    blank(19, one.gender),
    blank(53, one.place.city),
    blank(61, dateOf(one.joined)),
    one.emailOptIn,
    one.smsOptIn,
    one.interests.join(';'),
    one.kind === 'firm' ? companyName(index) : '',
    one.industry ?? '',
    one.companySize ?? '',
  ]
}

function email({ first, last, index, domain }) {
  const local = `${latin(first)}.${latin(last)}${index + 1}`
  return index % 41 === 3 ? `${local}@${domain}`.toUpperCase() : `${local}@${domain}`
}

/** Numbers of a block that nobody has (33 000-… and 44 000-…); every 50th household shares one. */
function phone({ index, place }) {
  const own = String((index % 50 === 49 ? index - 1 : index) + 1).padStart(4, '0')
  if (place.latin) return `+370 600 0${own}`
  const operator = index % 50 >= 25 ? '44' : '33'
  const number = `000-${own.slice(0, 2)}-${own.slice(2)}`
  return index % 9 === 4 ? `8 0${operator} ${number}` : `+375 ${operator} ${number}`
}

const companyName = (index) => {
  const name = firmNames[index % firmNames.length]
  return index % 4 === 0 ? `ООО "${name}, ${index}"` : index % 4 === 1 ? `ЗАО «${name}» ${index}` : `${name} ${index}`
}

const letters =
  'а:a б:b в:v г:g д:d е:e ё:e ж:zh з:z и:i й:i к:k л:l м:m н:n о:o п:p р:r с:s т:t у:u ф:f х:h ц:ts ч:ch ш:sh ь: ю:yu я:ya ł:l'
const latinLetters = new Map(letters.split(' ').map((pair) => pair.split(':')))
const latin = (name) =>
  [...name.toLowerCase()].map((letter) => latinLetters.get(letter) ?? letter.normalize('NFD').replace(/[^a-z]/g, '')).join('')

const orderColumns = ['order', 'customer', 'at', 'store', 'channel', 'status', 'sku', 'product', 'category', 'quantity', 'price']

function orderRows({ customer, date, at, channel, status, lines }, index) {
  const key = `B${String(index + 1).padStart(5, '0')}`
  return lines.map(({ sku, quantity, spelling: written }) => {
    const product = productBySku.get(sku)
    const price = (priceOn(product, date) / 100).toFixed(2)
    return [key, customer.key, momentOf(at), customer.store, channel, status, sku, written, product.category, quantity, price]
  })
}

const productRow = ({ sku, product, category, brand, price }) => [sku, product, category, brand, price]
const staffRow = ({ key, index }) => [key, ['barista', 'baker', 'courier'][index % 3]]

const csv = (columns, rows) => [columns, ...rows].map((row) => `${row.map(cell).join(',')}\n`).join('')
const cell = (value) => (/[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value))

// ── Chance ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** mulberry32: whole-number arithmetic only, so every machine draws the same. */
function seeded(seed) {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const weighted = (options, weight) => {
    let left = next() * options.reduce((sum, option) => sum + weight(option), 0)
    for (const option of options) {
      left -= weight(option)
      if (left < 0) return option
    }
    return options.at(-1)
  }
  return {
    /** True in this share of cases. */
    under: (share) => next() < share,
    /** A whole number, both ends included. */
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    of: (options) => options[Math.floor(next() * options.length)],
    weighted,
  }
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const folder = join(dirname(fileURLToPath(import.meta.url)), 'bakery')
  for (const [path, text] of Object.entries(bakery())) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
    console.error(`${path}: ${text.split('\n').length - 2} rows`)
  }
}
