import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ambiguousThousands, DecimalReader, decimalMark, formatScaled, parseScaled, trimScaled } from '../src/base/decimal.js'

const read = (cell: string, decimal: '.' | ',' = '.', settled = true): string => {
  const reader = new DecimalReader(decimal, settled)
  const how = reader.read(cell)
  return how === 'ok' ? formatScaled(reader.units, reader.scale) : how
}

describe('a number in a cell', () => {
  it.each([
    ['12.34', '12.34'],
    ['0.10', '0.10'],
    ['-5', '-5'],
    ['+7.0', '7.0'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['-0', '0'],
    ['007', '7'],
    ['1 234.50', '1234.50'],
    ['1\u00a0234\u00a0567', '1234567'],
    ['1\u202f234.5', '1234.5'],
    ["1'234.50", '1234.50'],
    ['1’234’567', '1234567'],
    ['1,234.50', '1234.50'],
    ['1,234,567', '1234567'],
    ['1,234', '1234'],
    ['€ 12.50', '12.50'],
    ['$-12.50', '-12.50'],
    ['-$12.50', '-12.50'],
    ['US$ 1,234.00', '1234.00'],
    ['12.50 руб.', '12.50'],
    ['12.50р.', '12.50'],
    ['Br 3', '3'],
    ['3 BYN', '3'],
    ['usd 3', '3'],
    ['12.50₽', '12.50'],
    ['12.50-', '-12.50'],
    ['−12.50', '-12.50'],
    ['(12.50)', '-12.50'],
    ['($1,200.00)', '-1200.00'],
    ['$(5.00)', '-5.00'],
    ['١٢٫٥', 'not-a-number'],
    ['١٢.٥٠', '12.50'],
    ['１２３', '123'],
    ['१२३.४', '123.4'],
    ['𝟙𝟚', '12'],
    ['123456789012345', '123456789012345'],
    ['-9999999999999.99', '-9999999999999.99'],
    ['1234567890123456', 'too-long'],
    ['0.1234567890123456', 'too-long'],
    ['1,234,567,890,123,456', 'too-long'],
  ])('written `%s` is %s', (cell, number) => {
    expect(read(cell)).toBe(number)
  })

  it.each([
    '',
    ' ',
    '-',
    '.',
    '$',
    'abc',
    '1e5',
    '12a',
    '5 kg',
    '1.2.3',
    '--5',
    '(-5)',
    '-5-',
    '$5 USD',
    '1,23',
    '12,34.5',
    '1 23',
    '0,123',
    '1,234 567',
    '1.234,50',
    '12:30',
    '2024-01-02',
    'NaN',
    'Infinity',
    '0x10',
    '5%',
    '(5',
  ])('written `%s` is none', (cell) => {
    expect(read(cell)).toBe('not-a-number')
  })

  it.each([
    ['12,34', '12.34'],
    ['1.234,50', '1234.50'],
    ['1.234', '1234'],
    ['1,234', '1.234'],
    ['1 234,5 €', '1234.5'],
    ['12.34', 'not-a-number'],
    ['0.125', 'not-a-number'],
  ])('with a decimal comma, `%s` is %s', (cell, number) => {
    expect(read(cell, ',')).toBe(number)
  })

  it('that could be thousands or decimals is none until the mark is settled', () => {
    expect(['1,234', '1.234', '$1,234', '-1.234'].map((cell) => read(cell, '.', false))).toEqual(Array(4).fill('not-a-number'))
    expect(['12.34', '0.125', '1,234.5', '1234.567'].map((cell) => read(cell, '.', false))).toEqual([
      '12.34',
      '0.125',
      '1234.5',
      '1234.567',
    ])
  })

  it('is exact with any sign, digits and scale', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -999_999_999_999, max: 999_999_999_999 }),
        fc.nat(6),
        fc.constantFrom('.', ','),
        (units, scale, mark) => {
          const reader = new DecimalReader(mark)
          expect(reader.read(formatScaled(units, scale).replace('.', mark))).toBe('ok')
          expect([reader.units + 0, reader.scale]).toEqual([units + 0, scale])
        },
      ),
    )
  })

  it('means the same with and without thousands groups', () => {
    const groups = fc.constantFrom(' ', ',', "'", '\u00a0')
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_999_999 }), fc.nat(99), groups, (whole, cents, mark) => {
        const grouped = String(whole).replace(/\B(?=(\d{3})+$)/g, mark)
        expect(read(`${grouped}.${String(cents).padStart(2, '0')}`)).toBe(`${whole}.${String(cents).padStart(2, '0')}`)
      }),
    )
  })
})

describe('the decimal mark', () => {
  it('is doubtful with three digits behind one mark and one to three before', () => {
    for (const cell of ['1,234', '1.234', '999,999', '-1,234', '€ 12.345', '(1,234)'])
      expect(ambiguousThousands(cell, undefined), cell).toBe(true)
    for (const cell of ['1234', '0,123', '1,23', '1,2345', '1,234.5', '1,234,567', '1234,567', 'abc']) {
      expect(ambiguousThousands(cell, undefined), cell).toBe(false)
    }
    expect(ambiguousThousands('1,234', '.')).toBe(false)
    expect(ambiguousThousands('1,234', ',')).toBe(false)
  })

  it('is told by every cell that can be read one way only', () => {
    expect(['12.5', '1,234.50', '1,234,567', '0.125', '$3.50'].map(decimalMark)).toEqual(Array(5).fill('.'))
    expect(['12,5', '1.234,50', '1.234.567', '0,125', '3,50 €'].map(decimalMark)).toEqual(Array(5).fill(','))
    expect(['12', '1 234', '1,234', '1.234', 'x', ''].map(decimalMark)).toEqual(Array(6).fill(undefined))
  })
})

describe('scaled whole numbers', () => {
  it('are written with all their decimals, or without trailing zeros', () => {
    expect([formatScaled(255, 2), formatScaled(-5, 2), formatScaled(0, 2), formatScaled(250n, 2), formatScaled(7, 0)]).toEqual([
      '2.55',
      '-0.05',
      '0.00',
      '2.50',
      '7',
    ])
    expect([trimScaled(250, 2), trimScaled(200, 2), trimScaled(0, 2), trimScaled(-1n, 3), trimScaled(100, 0)]).toEqual([
      '2.5',
      '2',
      '0',
      '-0.001',
      '100',
    ])
  })

  it('are read from plain decimal text alone', () => {
    expect(parseScaled('3.270')).toEqual({ units: 3270n, scale: 3 })
    expect(parseScaled('-0.05')).toEqual({ units: -5n, scale: 2 })
    expect(parseScaled('+12')).toEqual({ units: 12n, scale: 0 })
    expect(parseScaled('.5')).toEqual({ units: 5n, scale: 1 })
    for (const text of ['', '-', '.', '1.', '1e3', '1,5', ' 1', '0x1', 'x']) expect(parseScaled(text), text).toBeUndefined()
  })
})
