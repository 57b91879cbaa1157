/** Makes the customers that are handed off: N of them with addresses in mixed spellings, the same bytes for the same seed. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { benchFolder, customerKey, isoDay, mulberry32, writeRows } from './data.js'

const generation = 2
const asOf = '2026-07-01'
const lastDay = Date.parse(`${asOf}T00:00:00Z`) / 86_400_000
/** Seven digits that begin with none: operators give such numbers out, and those that nobody can have are handed to nobody. */
const [firstNumber, numbers] = [1_000_000, 9_000_000]
/** Prime to `numbers`: no two customers have the same. */
const stride = 7_368_787

export const segmentName = 'everyone'
export const audienceName = 'autumn'
export const shape = 'meta-custom-audience'

/** The project's folder with its CSVs; made once for each size and seed, definitions and settings written anew. */
export function makeNewsletter({ customers, seed }) {
  const folder = benchFolder(`export-${customers}-${seed}-g${generation}`)
  const project = { folder, customers, customersCsv: join(folder, 'customers.csv') }
  mkdirSync(join(folder, 'lists'), { recursive: true })
  mkdirSync(join(folder, 'segments'), { recursive: true })
  if (!existsSync(project.customersCsv)) writeRows(project.customersCsv, customerRows(customers, mulberry32(seed)))
  writeRows(join(folder, 'lists', 'complaints.csv'), complaintRows(customers))
  writeFileSync(join(folder, 'segkit.yaml'), settings)
  writeFileSync(join(folder, 'segments', 'all.yaml'), definitions)
  return project
}

const settings = `version: 1
timezone: Europe/Minsk
currency: BYN
country: BY
as_of: ${asOf}
consent:
  ads: { attribute: { ads_opt_in: true } }
system_segments: false
`

const definitions = `segments:
  ${segmentName}: { all: customers }
audiences:
  ${audienceName}:
    segment: ${segmentName}
    suppress: [{ list: lists/complaints.csv }]
    frequency_cap: { max: 2, per: 14 days }
    split: { salt: autumn-2026, arms: { offer: 90, holdout: 10 } }
    profile: ${shape}
`

const cities = ['Minsk', 'brest', 'Vitebsk', 'Gomel', 'Grodno ', 'Mogilev', 'Novaya Borovaya', 'Орша', 'lida', 'POLOTSK']
const firstNames = 'Anna boris Vera GLEB Darya Egor Zhanna Ivan Kira Лев maria Nikita Olga Pavel Roman София'.split(' ')
const lastNames = "Novik kozlov Zhuk Moroz Petrov-Klim Volkov Savich Belov O'Karp Titov Лис Orlov mazur Sokol Rudak Ёлкин".split(
  ' ',
)
const operators = ['29', '33', '44']

/** A number as people write it: nine digits within the country, the first two the operator's. */
const spellings = [
  (o, n) => `+375${o}${n}`,
  (o, n) => `+375 ${o} ${n.slice(0, 3)}-${n.slice(3, 5)}-${n.slice(5)}`,
  (o, n) => `+375 (${o}) ${n.slice(0, 3)} ${n.slice(3)}`,
  (o, n) => `375${o}${n}`,
  (o, n) => `80${o}${n}`,
  (o, n) => `8 0${o} ${n.slice(0, 3)}-${n.slice(3, 5)}-${n.slice(5)}`,
]

function* customerRows(customers, random) {
  yield 'customer,email,phone,first_name,last_name,city,country,birth_date,ads_opt_in\n'
  const pick = (list) => list[Math.floor(random() * list.length)]
  for (let i = 0; i < customers; i++) {
    const [first, last] = [pick(firstNames), pick(lastNames)]
    const written = `${first}.${last.replace(/[^\p{L}]/gu, '')}${i}@example.com`
    const luck = random()
    const email = luck < 0.05 ? '' : luck < 0.2 ? written.toUpperCase() : luck < 0.25 ? ` ${written} ` : latin(written)
    const number = String(firstNumber + ((i * stride) % numbers))
    const phone = random() < 0.1 ? '' : pick(spellings)(pick(operators), number)
    const born = random() < 0.2 ? '' : isoDay(lastDay - 18 * 366 - Math.floor(random() * 60 * 365))
    const consent = random() < 0.95 ? 'true' : random() < 0.5 ? 'false' : ''
    yield `${customerKey(i)},${email},${phone},${first},${last},${pick(cities)},BY,${born},${consent}\n`
  }
}

const latin = (text) => text.replace(/[^\x20-\x7e]/g, 'x')

const complaintsOneIn = 500

function* complaintRows(customers) {
  yield 'customer\n'
  for (let i = 0; i < customers; i += complaintsOneIn) yield `${customerKey(i)}\n`
}
