/** What date cells say, in which format, and when the format is not to be guessed. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asciiDigits, dayMonthOrder, dayReader, guessFormat, momentReader } from '../src/base/dates.js'
import { DAY_ONLY, dayOf, formatDay, openZone, parseDay } from '../src/base/time.js'

const minsk = openZone('Europe/Minsk')!
const utc = openZone('UTC')!

/** What a cell says as text, or undefined. */
const said = (cell: string, format?: string, zone = minsk): string | undefined => {
  const read = momentReader(format, zone)
  if (read === undefined) throw new Error(`not a format: ${format}`)
  const m = read(cell)
  return m && zone.format(m)
}

describe('ISO dates', () => {
  it.each([
    ['2024-05-01', '2024-05-01'],
    ['2024-05-01T08:30', '2024-05-01T08:30:00+03:00'],
    ['2024-05-01 08:30:15', '2024-05-01T08:30:15+03:00'],
    ['2024-05-01 08:30:15.25', '2024-05-01T08:30:15.25+03:00'],
    ['2024-05-01 08:30:15.1234567899', '2024-05-01T08:30:15.123456789+03:00'],
    ['2024-05-01T22:30Z', '2024-05-02T01:30:00+03:00'],
    ['2024-05-01T00:30:00.5+05:00', '2024-04-30T22:30:00.5+03:00'],
    ['2024-05-01T00:30-0330', '2024-05-01T07:00:00+03:00'],
    ['2024-05-01 00:30:00+00', '2024-05-01T03:30:00+03:00'],
    ['2024-02-29', '2024-02-29'],
    ['٢٠٢٤-٠٥-٠١', '2024-05-01'],
    ['２０２４-０５-０１ ०८:३०', '2024-05-01T08:30:00+03:00'],
  ])('reads %s', (cell, as) => expect(said(cell)).toBe(as))

  it.each([
    '2024-02-30',
    '2023-02-29',
    '2024-13-01',
    '2024-5-1',
    '2024-05-01T',
    '2024-05-01T24:00',
    '2024-05-01T08:60',
    '2024-05-01T08:30:60',
    '2024-05-01T8:30',
    '2024-05-01T08',
    '2024-05-01T08:30:',
    '2024-05-01T08:30:15.',
    '2024-05-01T08:30.5',
    '2024-05-01Z',
    '2024-05-01T08:30z',
    '2024-05-01T08:30+3',
    '2024-05-01T08:30+03:0',
    '2024-05-01T08:30+24:00',
    '2024-05-01T08:30+03:00x',
    '2024-05-01x08:30',
    '2024/05/01',
    '20240501',
    ' 2024-05-01',
    '0000-01-01',
    '0001-01-01T00:00+23:00',
    '',
  ])('refuses `%s`', (cell) => expect(said(cell)).toBeUndefined())

  it('read what a zone writes as the same moment', () => {
    const zones = ['Europe/Minsk', 'America/Havana', 'America/St_Johns', 'Pacific/Apia', 'Africa/Monrovia', 'Asia/Tehran'].map(
      (z) => openZone(z)!,
    )
    const read = new Map(zones.map((z) => [z, momentReader(undefined, z)!]))
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: parseDay('1930-01-01')! * 86_400, max: parseDay('2060-01-01')! * 86_400 }),
        fc.integer({ min: 0, max: 999_999_999 }),
        (zone, seconds, nanos) => {
          const m = zone.fromInstant(seconds, nanos)
          expect(read.get(zone)!(zone.format(m))).toEqual(m)
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('keep the order of the local clock on a plain day', () => {
    const read = momentReader(undefined, utc)!
    fc.assert(
      fc.property(fc.nat(4e9), fc.nat(4e9), (a, b) => {
        const [x, y] = [a, b].map((s) => new Date(s * 1000).toISOString().slice(0, 19)) as [string, string]
        const [p, q] = [read(x)!, read(y)!]
        expect(Math.sign(p.day - q.day || p.time - q.time)).toBe(Math.sign(a - b))
      }),
    )
  })
})

describe('named formats', () => {
  it.each([
    ['M/D/YYYY H:mm', '12/1/2010 8:26', '2010-12-01T08:26:00+02:00'],
    ['M/D/YYYY H:mm', '12/1/2010', '2010-12-01'],
    ['M/D/YYYY H:mm', '12/1/2010 8:2', undefined],
    ['M/D/YYYY H:mm', '13/1/2010 8:26', undefined],
    ['M/D/YYYY H:mm', '12/1/2010 24:00', undefined],
    ['M/D/YYYY', '12/1/2010 8:26', undefined],
    ['DD.MM.YYYY', '01.12.2010', '2010-12-01'],
    ['DD.MM.YYYY', '1.12.2010', undefined],
    ['D.M.YY', '1.2.68', '2068-02-01'],
    ['D.M.YY', '1.2.69', '1969-02-01'],
    ['YYYYMMDD', '20101201', '2010-12-01'],
    ['YYYYMMDDHHmmss', '20240501083015', '2024-05-01T08:30:15+03:00'],
    ['DD.MM.YYYY HH:mm:ss.SSS', '01.05.2024 08:30:15.007', '2024-05-01T08:30:15.007+03:00'],
    ['M/D/YYYY h:mm A', '5/1/2024 12:05 AM', '2024-05-01T00:05:00+03:00'],
    ['M/D/YYYY h:mm a', '5/1/2024 12:05 pm', '2024-05-01T12:05:00+03:00'],
    ['M/D/YYYY h:mm A', '5/1/2024 1:05\u202fPM', '2024-05-01T13:05:00+03:00'],
    ['M/D/YYYY h:mm A', '5/1/2024 13:05 PM', undefined],
    ['M/D/YYYY h:mm A', '5/1/2024 0:05 AM', undefined],
    ['YYYY-MM-DDTHH:mm', '2024-05-01T08:30', '2024-05-01T08:30:00+03:00'],
    ['HH:mm D.M.YYYY', '08:30 1.5.2024', '2024-05-01T08:30:00+03:00'],
    ['HH:mm D.M.YYYY', '1.5.2024', undefined],
    ['D.M.YYYY г.', '1.5.2024 г.', '2024-05-01'],
    ['D.M.YYYY', '1x5x2024', undefined],
    ['D/M/YYYY', '٣١/١/٢٠٢٤', '2024-01-31'],
    ['D/M/YYYY', '30/2/2024', undefined],
    ['epoch', '0', '1970-01-01T03:00:00+03:00'],
    ['epoch', '1714548615.25', '2024-05-01T10:30:15.25+03:00'],
    ['epoch', '-0.5', '1970-01-01T02:59:59.5+03:00'],
    ['epoch', '1e9', undefined],
    ['epoch', '99999999999999', undefined],
    ['epoch_ms', '1714548615250', '2024-05-01T10:30:15.25+03:00'],
    ['epoch_ms', '-1', '1970-01-01T02:59:59.999+03:00'],
  ])('%s reads %s as %s', (format, cell, as) => expect(said(cell, format)).toBe(as))

  it.each([
    'DD.MM',
    'dd.MM.yyyy',
    'D MMM YYYY',
    'YYYY-MM-DD HH:mm Z',
    'M/D/YYYY h:mm',
    'M/D/YYYY H:mm A',
    'M/D/YYYY mm',
    'M/D/YYYY H:mm:SSS',
    'M/M/D/YYYY',
    'M/D/YYYY H h:mm A',
    'epoch_us',
    '',
  ])('`%s` is no format', (format) => expect(momentReader(format, minsk)).toBeUndefined())

  it('answer the same the second time, and after many other cells', () => {
    const read = momentReader('D.M.YYYY', utc)!
    const first = read('1.5.2024')
    for (let d = 0; d < 25_000; d++) {
      const [y, m, n] = formatDay(d).split('-').map(Number)
      expect(read(`${n}.${m}.${y}`)).toEqual({ day: d, time: DAY_ONLY })
    }
    expect(read('1.5.2024')).toEqual(first)
  })

  it('move a local time that does not exist forward', () => {
    expect(said('4/11/2018 0:15', 'D/M/YYYY H:mm', openZone('America/Sao_Paulo')!)).toBe('2018-11-04T01:15:00-02:00')
  })
})

describe('date attributes', () => {
  it('are the local day of a time', () => {
    const read = dayReader(undefined, minsk)
    expect(read('2024-05-01')).toBe(dayOf(2024, 5, 1))
    expect(read('2024-05-01T22:30:00Z')).toBe(dayOf(2024, 5, 2))
    expect(read('soon')).toBeUndefined()
    expect(dayReader('D/M/YYYY', minsk)('1/5/2024')).toBe(dayOf(2024, 5, 1))
  })
})

describe('digits', () => {
  it('of any script are digits', () => {
    expect(asciiDigits('٠١٢۳۴५৬７𝟖𝟡 — a9')).toBe('0123456789 — a9')
    expect(asciiDigits('Ⅷ ² ½')).toBe('Ⅷ ² ½')
  })
})

describe('day and month', () => {
  it('are counted by what each cell allows', () => {
    expect(
      dayMonthOrder(['03/04/2024', '3.4.24', '31/12/2024', '12-31-2024 10:00', '31/31/2024', '2024-05-01', '1/2.2024', '']),
    ).toEqual({
      dmOnly: 1,
      mdOnly: 1,
      both: 2,
      neither: 3,
    })
  })

  it.each([
    [['2024-05-01', '', '2024-05-01T10:00Z'], { format: 'ISO' }],
    [['31/12/2024', '03/04/2024'], { format: 'D/M/YYYY' }],
    [['12/31/2024', '03/04/2024'], { format: 'M/D/YYYY' }],
    [['12/1/2010 8:26', '12/31/2010 18:05'], { format: 'M/D/YYYY H:mm' }],
    [['12/31/2010 8:26', '12/1/2010'], { format: 'M/D/YYYY H:mm' }],
    [['12/31/2010 8:26 PM'], { format: 'M/D/YYYY h:mm A' }],
    [['31.12.2024 18:05:01'], { format: 'D.M.YYYY H:mm:ss' }],
    [['31.12.24'], { format: 'D.M.YY' }],
    [['20240501', '20241231'], { format: 'YYYYMMDD' }],
    [['2024/5/1'], { format: 'YYYY/M/D' }],
    [['03/04/2024', '05/06/2024'], { ambiguous: ['D/M/YYYY', 'M/D/YYYY'] }],
    [['03.04.2024'], { ambiguous: ['D.M.YYYY', 'M.D.YYYY'] }],
    [['12-31-24'], { format: 'M-D-YY' }],
    [['24-05-06'], { ambiguous: ['D-M-YY', 'YY-M-D'] }],
    [['31/12/2024', '12/31/2024'], undefined],
    [['31/12/2024', '2024-05-01'], undefined],
    [['12345678'], undefined],
    [['1714548615'], undefined],
    [['hello'], undefined],
    [['', ''], undefined],
  ])('of %j are %j', (cells, guess) => expect(guessFormat(cells)).toEqual(guess))

  it('settle to a format that reads the cells back', () => {
    const pad = (n: string) => n.replace(/^0/, '')
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 20 }),
        fc.boolean(),
        (days, dayFirst) => {
          const cells = days.map((d) => {
            const [y, m, n] = formatDay(d).split('-') as [string, string, string]
            return dayFirst ? `${pad(n)}.${pad(m)}.${y}` : `${pad(m)}.${pad(n)}.${y}`
          })
          const guess = guessFormat(cells)!
          const wanted = dayFirst ? 'D.M.YYYY' : 'M.D.YYYY'
          const { dmOnly, mdOnly } = dayMonthOrder(cells)
          expect(guess).toEqual(dmOnly + mdOnly > 0 ? { format: wanted } : { ambiguous: ['D.M.YYYY', 'M.D.YYYY'] })
          const read = dayReader(wanted, utc)
          expect(cells.map(read)).toEqual(days)
        },
      ),
    )
  })
})
