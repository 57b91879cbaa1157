/**
 * The straight loop beside `segkit export`: reads the rows of the store, hashes and writes, and does nothing else: no rules of
 * consent beyond one `where`, no suppression, no ledger, no checksum, no sync.
 *
 *     node loop.js STORE FILE straight|libphonenumber
 *
 * `straight` knows that all numbers are of one country and how they are spelled; `libphonenumber` reads each with that library.
 */
import { hash } from 'node:crypto'
import { closeSync, openSync, writeSync } from 'node:fs'
import Database from 'better-sqlite3'
import { parsePhoneNumberFromString } from 'libphonenumber-js'

const chunkChars = 1_000_000
const header = 'email,phone,fn,ln,ct,st,zip,country,dob,gen,extern_id\n'

const [storeFile, outFile, phones] = process.argv.slice(2)
const digits = {
  straight: (text) => {
    const bare = text.replace(/[^0-9]/g, '')
    return bare.startsWith('80') ? `375${bare.slice(2)}` : bare
  },
  libphonenumber: (text) => parsePhoneNumberFromString(text, 'BY').number.slice(1),
}[phones]

const hashed = (text) => hash('sha256', text)
const emailOf = (text) => hashed(text.trim().toLowerCase())
const nameOf = (text) => hashed(text.toLowerCase().replace(/[^\p{L}]/gu, ''))
const unless = (text, work) => (text === null ? '' : work(text))

const store = new Database(storeFile, { readonly: true })
const rows = store
  .prepare(
    `select customer, email, phone, first_name, last_name, city, country, birth_date from customer_row where ads_opt_in = 'true'`,
  )
  .raw()
const file = openSync(outFile, 'w')
let chunk = header
for (const [customer, email, phone, first, last, city, country, born] of rows.iterate()) {
  if (email === null && phone === null) continue
  chunk +=
    `${unless(email, emailOf)},${unless(phone, (text) => hashed(digits(text)))},` +
    `${unless(first, nameOf)},${unless(last, nameOf)},${unless(city, nameOf)},,,` +
    `${unless(country, (text) => hashed(text.toLowerCase()))},${unless(born, (text) => hashed(text.replaceAll('-', '')))},,${customer}\n`
  if (chunk.length < chunkChars) continue
  writeSync(file, chunk)
  chunk = ''
}
writeSync(file, chunk)
closeSync(file)
