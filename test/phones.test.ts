/** Phone numbers beside libphonenumber: what is read without asking it is what it gives. */
import fc from 'fast-check'
import { getCountries, getCountryCallingCode, getExampleNumber, parsePhoneNumberFromString } from 'libphonenumber-js'
import { parsePhoneNumberFromString as parseAll } from 'libphonenumber-js/max'
import examples from 'libphonenumber-js/mobile/examples'
import { describe, expect, it } from 'vitest'
import { phone, soundPhone } from '../src/language/phones.js'

const countries = getCountries()
const spelled = fc.constantFrom(
  (d: string) => d,
  (d: string) => `(${d.slice(0, 3)}) ${d.slice(3)}`,
  (d: string) => `${d.slice(0, 1)} ${d.slice(1, 4)}-${d.slice(4, 6)}.${d.slice(6)}`,
  (d: string) => ` ${d} `,
)

/** What begins with zeros or the country code and is none by itself is tried with a `+`: the one thing that libphonenumber does not do. */
function same(text: string, region: (typeof countries)[number]): void {
  const asked = parsePhoneNumberFromString(text, region)
  const found = phone(text, region)
  if (asked?.isPossible()) expect([text, region, found]).toEqual([text, region, asked.number])
  else if (!text.replace(/\D/g, '').startsWith('0') && !text.replace(/\D/g, '').startsWith(getCountryCallingCode(region)))
    expect([text, region, found]).toEqual([text, region, undefined])
}

describe('a number that does not name its country', () => {
  it('is what libphonenumber gives, whatever the digits', () => {
    const front = fc.constantFrom('', '0', '1', '8', '80', '00', '011', '810', '9', 'code', 'code0', 'code8')
    fc.assert(
      fc.property(
        fc.constantFrom(...countries),
        front,
        fc.stringMatching(/^[0-9]{2,13}$/),
        spelled,
        (region, before, digits, spell) => same(spell(before.replace('code', getCountryCallingCode(region)) + digits), region),
      ),
      { numRuns: 6000 },
    )
  })

  it('is what libphonenumber gives for numbers that there are, with prefix, code and neither', () => {
    for (const region of countries) {
      const example = getExampleNumber(region, examples)
      if (example === undefined) continue
      const { nationalNumber } = example
      const code = getCountryCallingCode(region)
      for (const before of ['', '0', '1', '8', '80', '15', code, `${code}0`, `00${code}`, `8${code}`, `810${code}`])
        for (const digits of [nationalNumber, nationalNumber.slice(1), `${nationalNumber}7`, nationalNumber.replace(/.$/, '0')])
          same(before + digits, region)
    }
  })
})

describe('a number that a tool is told', () => {
  it('within a country is one that libphonenumber calls valid, with all it knows', () => {
    const both = (text: string, region: (typeof countries)[number]): void => {
      const read = phone(text, region)
      const valid = read !== undefined && parseAll(read)?.isValid() === true
      expect([text, region, soundPhone(text, region)]).toEqual([text, region, valid ? read : undefined])
    }
    for (const region of countries) {
      const example = getExampleNumber(region, examples)
      if (example === undefined) continue
      const { nationalNumber } = example
      for (const before of ['', '0', '8', getCountryCallingCode(region)])
        for (const digits of [
          nationalNumber,
          `${nationalNumber}7`,
          nationalNumber.replace(/^.../, '000'),
          nationalNumber.replace(/^../, '99'),
        ])
          if (!(before + digits).startsWith('00')) both(before + digits, region)
    }
    fc.assert(
      fc.property(fc.constantFrom(...countries), fc.stringMatching(/^[1-9][0-9]{5,12}$/), (region, digits) =>
        both(digits, region),
      ),
      { numRuns: 1500 },
    )
  })

  it.each([
    ['375291230014', '+375291230014'],
    ['375291230014.0', undefined],
    ['+375291230014.0', undefined],
    ['375291230014,00', undefined],
    ['3.75291230015E+11', undefined],
    ['3,75E+11', undefined],
    ['8 (912) 123-45-04', undefined],
    ['8 (029) 123-45-04', '+375291234504'],
    ['+375 29 000-00-01', '+375290000001'],
    ['00375290000001', '+375290000001'],
    ['80290000001', undefined],
  ])('of %s in Belarus is %s', (text, number) => expect(soundPhone(text, 'BY')).toBe(number))
})

it.each([
  ['375291230014.0', '+375291230014'],
  ['3.75291230015E+11', '+375291230015'],
  ['3.7529123E+11', undefined],
])('what a spreadsheet made of a number is compared as the number, where it is all there: %s is %s', (text, number) =>
  expect(phone(text, 'BY')).toBe(number),
)
