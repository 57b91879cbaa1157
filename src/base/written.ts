/** Addresses as people write them into a cell: `Ana <ana@example.com>`, `mailto:…`, several at once, a domain in two alphabets. */
import { domainToASCII, domainToUnicode } from 'node:url'

/** Every form of every e-mail in a text, in lower case: its domain as written, and in either alphabet. */
export function emailForms(text: string): readonly string[] {
  if (plainest.test(text) && !/xn--/i.test(text)) return [text.toLowerCase()]
  return [...new Set(emailsWithin(text).flatMap((email) => [email, ...otherAlphabets(email)]))]
}

/** The e-mails in a text, each in one form whatever the alphabet of its domain. */
export const emailsIn = (text: string): readonly string[] =>
  plainest.test(text) && !/xn--/i.test(text)
    ? [text.toLowerCase()]
    : [...new Set(emailsWithin(text).map((email) => otherAlphabets(email).at(-1) ?? email))]

/** The text composed, in lower case, without what is not seen and without quotes around it. */
export const seen = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(/[\p{Cf}\p{DI}]+/gu, '')
    .toLowerCase()
    .trim()
    .replace(/^(['"`‘’“”„«»])(.*)['"`‘’“”„«»]$/su, '$2')
    .trim()

/** The numbers of a cell that has several; nothing where it has one. */
export function phonesWithin(text: string): readonly string[] {
  if (isOneNumber(text)) return []
  const parts = text.split(/[;,/|\n]+|\s+(?:or|and|или|и)\s+/iu)
  const numbers = parts.filter((part) => part.replace(/\D/g, '').length >= LEAST_DIGITS)
  return numbers.length > 1 ? numbers : []
}

/** Nothing but digits and what stands between those of one number. */
export function isOneNumber(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if ((c < 0x30 || c > 0x39) && c !== 0x20 && c !== 0x28 && c !== 0x29 && c !== 0x2b && c !== 0x2d && c !== 0x2e) return false
  }
  return true
}

const LEAST_DIGITS = 7
const plainest = /^[A-Za-z0-9_+.-]+@(?:[A-Za-z0-9_+-]+\.)+[A-Za-z0-9_+-]+$/
const between = /[,;<>:()[\]"\\|“”„«»]/u

function emailsWithin(text: string): readonly string[] {
  const cell = seen(text)
  const several = between.test(cell) || cell.indexOf('@') !== cell.lastIndexOf('@')
  const parts = several ? cell.split(/[\s,;<>:()[\]"\\|“”„«»]+/u) : [cell.replace(/\s+/g, '')]
  return parts
    .map((part) => part.replace(/\?.*$/, '').replace(/^['`‘’]+|[.'`‘’]+$/gu, ''))
    .filter((part) => /^[^@]+@[^@.]+(?:\.[^@.]+)+$/u.test(part))
}

/** The address with its domain in Latin letters, then as it is read; nothing where both are as written. */
function otherAlphabets(email: string): readonly string[] {
  const at = email.indexOf('@') + 1
  const domain = email.slice(at)
  if (/^[!-~]*$/.test(domain) && !domain.includes('xn--')) return []
  const ascii = domainToASCII(domain)
  return ascii === '' ? [] : [ascii, domainToUnicode(ascii)].map((d) => email.slice(0, at) + d)
}
