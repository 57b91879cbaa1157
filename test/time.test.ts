/** Calendar, durations and zones, against Temporal and against the clock changes that went wrong elsewhere. */
import fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  addMonths,
  addYears,
  civil,
  DAY_ONLY,
  after as dayAfter,
  before as dayBefore,
  dayOf,
  formatDay,
  openZone,
  parseDay,
  parseDayRef,
  parseDuration,
  sayDuration,
  shift,
  startOf,
  startOfNext,
  type Unit,
  weekday,
} from '../src/base/time.js'

const day = (text: string): number => {
  const found = parseDay(text)
  if (found === undefined) throw new Error(`no such day: ${text}`)
  return found
}
const HOUR = 3_600e9
const MINUTE = 60e9

const anyDay = fc.integer({ min: dayOf(1, 1, 1)!, max: dayOf(9999, 12, 31)! })
const nearDay = fc.integer({ min: day('1900-01-01'), max: day('2100-12-31') })
const units = ['day', 'week', 'month', 'quarter', 'year'] as const satisfies readonly Unit[]
const anyUnit = fc.constantFrom(...units)
const plain = (d: number) => Temporal.PlainDate.from(formatDay(d))
const nth = (d: Temporal.PlainDate) => new Temporal.PlainDate(1970, 1, 1).until(d).days

describe('the calendar', () => {
  it('knows which days there are', () => {
    expect(dayOf(1970, 1, 1)).toBe(0)
    expect(dayOf(2024, 2, 29)).toBe(19_782)
    expect(dayOf(2000, 2, 29)).toBe(11_016)
    for (const [y, m, d] of [
      [2023, 2, 29],
      [1900, 2, 29],
      [2024, 2, 30],
      [2024, 4, 31],
      [2024, 13, 1],
      [2024, 0, 1],
      [2024, 1, 0],
      [0, 1, 1],
      [10_000, 1, 1],
    ] as const)
      expect(dayOf(y, m, d), `${y}-${m}-${d}`).toBeUndefined()
  })

  it('agrees with Temporal on every part of a day', () => {
    fc.assert(
      fc.property(anyDay, (d) => {
        const t = plain(d)
        expect(nth(t)).toBe(d)
        expect(civil(d)).toEqual({ year: t.year, month: t.month, day: t.day })
        expect(weekday(d)).toBe(t.dayOfWeek - 1)
        expect(parseDay(formatDay(d))).toBe(d)
      }),
    )
  })

  it('reads a day only as YYYY-MM-DD', () => {
    for (const text of ['2024-1-1', '24-01-01', '2024/01/01', '2024-01-01 ', ' 2024-01-01', '2024-01-01T00:00', '2024-02-30', ''])
      expect(parseDay(text), text).toBeUndefined()
  })

  it('clamps months and years at the month end', () => {
    expect(formatDay(addMonths(day('2024-01-31'), 1))).toBe('2024-02-29')
    expect(formatDay(addMonths(day('2024-03-31'), -13))).toBe('2023-02-28')
    expect(formatDay(addYears(day('2024-02-29'), 1))).toBe('2025-02-28')
    expect(formatDay(addYears(day('2024-02-29'), -4))).toBe('2020-02-29')
    fc.assert(
      fc.property(nearDay, fc.integer({ min: -900, max: 900 }), (d, n) => {
        expect(addMonths(d, n)).toBe(nth(plain(d).add({ months: n })))
      }),
    )
  })

  it('begins weeks on Monday and finds the bounds of a period', () => {
    const d = day('2024-05-15')
    expect(units.map((u) => formatDay(startOf(d, u)))).toEqual([
      '2024-05-15',
      '2024-05-13',
      '2024-05-01',
      '2024-04-01',
      '2024-01-01',
    ])
    expect(units.map((u) => formatDay(startOfNext(d, u)))).toEqual([
      '2024-05-16',
      '2024-05-20',
      '2024-06-01',
      '2024-07-01',
      '2025-01-01',
    ])
    fc.assert(
      fc.property(nearDay, anyUnit, (d, unit) => {
        const [from, to] = [startOf(d, unit), startOfNext(d, unit)]
        expect(from <= d && d < to).toBe(true)
        expect(startOf(to - 1, unit)).toBe(from)
        expect(startOf(to, unit)).toBe(to)
      }),
    )
  })

  it('undoes a shift from the start of a period', () => {
    fc.assert(
      fc.property(nearDay, fc.integer({ min: -500, max: 500 }), anyUnit, (d, n, unit) => {
        const from = startOf(d, unit)
        expect(shift(shift(from, n, unit), -n, unit)).toBe(from)
        expect(Math.sign(shift(d, n, unit) - d)).toBe(Math.sign(n))
      }),
    )
  })
})

describe('durations', () => {
  it('have a long and a short spelling', () => {
    for (const [text, said] of [
      ['30 days', '30 days'],
      ['30d', '30 days'],
      ['4 weeks', '4 weeks'],
      ['4w', '4 weeks'],
      ['6 months', '6 months'],
      ['6mo', '6 months'],
      ['1 month', '1 month'],
      ['1 year', '1 year'],
      ['1y', '1 year'],
      ['2 hours', '2 hours'],
      ['2h', '2 hours'],
      ['90 minutes', '90 minutes'],
    ] as const) {
      const d = parseDuration(text)!
      expect(sayDuration(d)).toBe(said)
      expect(parseDuration(said)).toEqual(d)
    }
  })

  it('are whole, positive and at most a hundred years', () => {
    for (const text of [
      '0 days',
      '-1 day',
      '1.5 days',
      '30',
      'days',
      '6m',
      '1 fortnight',
      '101 years',
      '36526d',
      '1 constructor',
      '',
    ])
      expect(parseDuration(text), text).toBeUndefined()
    expect(parseDuration('100 years')).toEqual({ n: 100, unit: 'year' })
  })

  it('move a day by calendar units, never by hours', () => {
    expect(formatDay(dayBefore(day('2024-03-31'), { n: 1, unit: 'month' }))).toBe('2024-02-29')
    expect(formatDay(dayAfter(day('2024-02-29'), { n: 1, unit: 'year' }))).toBe('2025-02-28')
    expect(() => dayBefore(0, { n: 1, unit: 'hour' })).toThrow('not a calendar duration')
  })

  it('count back from today where a day is named', () => {
    const today = day('2024-03-31')
    for (const [text, said] of [
      ['today', '2024-03-31'],
      ['yesterday', '2024-03-30'],
      ['2024-05-01', '2024-05-01'],
      ['-7d', '2024-03-24'],
      ['-2w', '2024-03-17'],
      ['-1mo', '2024-02-29'],
      ['-1y', '2023-03-31'],
    ] as const)
      expect(formatDay(parseDayRef(text, today)!), text).toBe(said)
    for (const text of ['tomorrow', '-0d', '-3h', '7d', '--7d', '2024-02-30', ''])
      expect(parseDayRef(text, today), text).toBeUndefined()
  })
})

/** Zones whose clocks change at midnight, by half an hour, by a day, twice a year round Ramadan, or had offsets with seconds. */
const AWKWARD = [
  'UTC',
  'Europe/Minsk',
  'Europe/Lisbon',
  'Europe/Dublin',
  'America/Havana',
  'America/Sao_Paulo',
  'America/St_Johns',
  'America/Asuncion',
  'Asia/Tehran',
  'Asia/Beirut',
  'Asia/Kathmandu',
  'Africa/Casablanca',
  'Africa/Monrovia',
  'Antarctica/Troll',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Kwajalein',
  'Pacific/Chatham',
] as const

/** A zone and a day, often one on which its clocks change or the day beside. */
const zoneAndDay = fc.constantFrom(...AWKWARD).chain((name) => {
  const changes = openZone(name)!.irregular(day('1965-01-01'), day('2045-12-31'))
  const near = changes.flatMap((c) => [c.day - 1, c.day, c.day + 1])
  const days = near.length === 0 ? nearDay : fc.oneof(nearDay, fc.constantFrom(...near))
  return days.map((d) => ({ zone: openZone(name)!, day: d }))
})
const anyTime = fc.oneof(
  fc.integer({ min: 0, max: 24 * HOUR - 1 }),
  fc.integer({ min: 0, max: 24 * 60 - 1 }).map((m) => m * MINUTE),
)

const local = (zone: string, d: number, nanos: number) =>
  plain(d)
    .toPlainDateTime()
    .add({ seconds: Math.floor(nanos / 1e9), nanoseconds: nanos % 1e9 })
    .toZonedDateTime(zone)

describe('a zone', () => {
  it('is known by its IANA name alone', () => {
    expect(openZone('Europe/Minsk')).toBe(openZone('Europe/Minsk'))
    for (const name of ['Europe/Mynsk', '+03:00', 'GMT+3', '', 'local']) expect(openZone(name), name).toBeUndefined()
  })

  it('reads a local time as Temporal does: forward over a gap, the first of two', () => {
    fc.assert(
      fc.property(zoneAndDay, anyTime, ({ zone, day }, nanos) => {
        const t = local(zone.name, day, nanos)
        const m = zone.fromLocal(day, nanos)
        expect(m.day).toBe(nth(t.toPlainDate()))
        expect(BigInt(zone.startOfDay(m.day)) * 1_000_000n + BigInt(m.time)).toBe(t.epochNanoseconds)
        expect(zone.fromInstant(Math.floor(t.epochMilliseconds / 1000), nanos % 1e9)).toEqual(m)
        expect(zone.hour(m)).toBe(t.hour)
        expect(zone.format(m)).toBe(t.toString({ timeZoneName: 'never' }))
      }),
      { numRuns: 1500 },
    )
  })

  it('begins a day at its first instant', () => {
    fc.assert(
      fc.property(zoneAndDay, ({ zone, day }) => {
        expect(zone.startOfDay(day)).toBe(plain(day).toZonedDateTime(zone.name).startOfDay().epochMilliseconds)
        expect(zone.startOfDay(day) <= zone.startOfDay(day + 1)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('keeps moments within a day in the order in which they happened', () => {
    fc.assert(
      fc.property(
        zoneAndDay,
        fc.integer({ min: 0, max: 93_600 }),
        fc.integer({ min: 1, max: 7200 }),
        ({ zone, day }, at, later) => {
          const start = zone.startOfDay(day) / 1000
          const [a, b] = [zone.fromInstant(start + at, 0), zone.fromInstant(start + at + later, 0)]
          if (a.day === b.day) expect(b.time - a.time).toBe(later * 1e9)
          const wall = zone.wall(b)
          expect(wall.day).toBe(b.day)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('tells how clock and elapsed time differ on its irregular days, and that they do not on others', () => {
    fc.assert(
      fc.property(zoneAndDay, fc.integer({ min: 0, max: 93_600 }), ({ zone, day }, at) => {
        const m = zone.fromInstant(zone.startOfDay(day) / 1000 + at, 0)
        const pieces = zone.irregular(m.day, m.day)[0]?.pieces ?? [{ from: 0, shift: 0 }]
        const piece = pieces.filter((p) => p.from <= m.time).at(-1)!
        expect(m.time + piece.shift).toBe(zone.wall(m).nanos)
      }),
      { numRuns: 1500 },
    )
  })

  it('has no irregular day where clocks stand still', () => {
    expect(openZone('UTC')!.irregular(day('1900-01-01'), day('2100-01-01'))).toEqual([])
    expect(openZone('Europe/Minsk')!.irregular(day('2012-01-01'), day('2026-12-31'))).toEqual([])
  })

  it.each([
    ['Europe/Minsk', '2011-03-27', '02:30', '2011-03-27T03:30:00+03:00'],
    ['Europe/Minsk', '2010-10-31', '02:30', '2010-10-31T02:30:00+03:00'],
    ['Europe/Lisbon', '2024-03-31', '01:30', '2024-03-31T02:30:00+01:00'],
    ['Europe/Lisbon', '2024-10-27', '01:30', '2024-10-27T01:30:00+01:00'],
    ['America/Havana', '2024-03-10', '00:30', '2024-03-10T01:30:00-04:00'],
    ['America/Havana', '2024-11-03', '00:30', '2024-11-03T00:30:00-04:00'],
    ['Asia/Tehran', '2022-03-22', '00:30', '2022-03-22T01:30:00+04:30'],
    ['Asia/Tehran', '2022-09-21', '23:30', '2022-09-21T23:30:00+04:30'],
    ['America/Sao_Paulo', '2018-11-04', '00:15', '2018-11-04T01:15:00-02:00'],
    ['Pacific/Apia', '2011-12-30', '10:00', '2011-12-31T10:00:00+14:00'],
    ['Australia/Lord_Howe', '2024-10-06', '02:10', '2024-10-06T02:40:00+11:00'],
  ])('in %s reads %s %s as %s', (name, date, time, said) => {
    const zone = openZone(name)!
    const [h, m] = time.split(':').map(Number) as [number, number]
    expect(zone.format(zone.fromLocal(day(date), h * HOUR + m * MINUTE))).toBe(said)
  })

  it('keeps apart the two passes of an hour that comes twice', () => {
    const zone = openZone('America/Havana')!
    const start = zone.startOfDay(day('2024-11-03')) / 1000
    const [first, second] = [zone.fromInstant(start + 1800, 0), zone.fromInstant(start + 5400, 0)]
    expect(zone.format(first)).toBe('2024-11-03T00:30:00-04:00')
    expect(zone.format(second)).toBe('2024-11-03T00:30:00-05:00')
    expect(second.time - first.time).toBe(HOUR)
    expect(zone.irregular(first.day, first.day)).toEqual([
      {
        day: first.day,
        pieces: [
          { from: 0, shift: 0 },
          { from: HOUR, shift: -HOUR },
        ],
      },
    ])
  })

  it('begins a day that has no midnight where its clock begins', () => {
    const zone = openZone('America/Sao_Paulo')!
    const d = day('2018-11-04')
    expect(new Date(zone.startOfDay(d)).toISOString()).toBe('2018-11-04T03:00:00.000Z')
    expect(zone.irregular(d, d)).toEqual([{ day: d, pieces: [{ from: 0, shift: HOUR }] }])
    expect(zone.hour(zone.fromLocal(d, 5 * HOUR))).toBe(5)
    expect(zone.fromLocal(d, 5 * HOUR).time).toBe(4 * HOUR)
  })

  it('moves a time lost at the end of a day into the next', () => {
    const zone = openZone('America/Toronto')!
    const d = day('1919-03-30')
    expect(zone.format(zone.fromLocal(d, 23.75 * HOUR))).toBe('1919-03-31T00:45:00-04:00')
    expect(zone.irregular(d - 3, d + 3)).toEqual([{ day: d + 1, pieces: [{ from: 0, shift: HOUR / 2 }] }])
  })

  it('keeps the day of a cell without a time, even one that the zone skipped', () => {
    const zone = openZone('Pacific/Apia')!
    const m = { day: day('2011-12-30'), time: DAY_ONLY }
    expect(zone.format(m)).toBe('2011-12-30')
    expect(zone.hour(m)).toBeUndefined()
    expect(zone.startOfDay(m.day)).toBe(zone.startOfDay(m.day + 1))
  })

  it('writes as many digits of a fraction as there are', () => {
    const zone = openZone('UTC')!
    const said = (nanos: number) => zone.format({ day: 0, time: nanos })
    expect([said(0), said(5e8), said(1_234_567), said(1)]).toEqual([
      '1970-01-01T00:00:00+00:00',
      '1970-01-01T00:00:00.5+00:00',
      '1970-01-01T00:00:00.001234567+00:00',
      '1970-01-01T00:00:00.000000001+00:00',
    ])
  })

  it('takes an offset that is its own, rounded, for the exact one', () => {
    const zone = openZone('Africa/Monrovia')!
    const m = zone.fromLocal(day('1960-05-01'), 10 * HOUR)
    expect(zone.format(m)).toBe('1960-05-01T10:00:00-00:45')
    expect(zone.fromOffset(m.day, 10 * HOUR, -45)).toEqual(m)
    expect(zone.fromOffset(m.day, 10 * HOUR, 0)).not.toEqual(m)
  })

  it('answers for years far away without looking at those between', () => {
    const zone = openZone('Europe/Lisbon')!
    expect(zone.format(zone.fromLocal(day('9999-07-01'), 0))).toBe('9999-07-01T00:00:00+01:00')
    expect(zone.format(zone.fromLocal(day('0001-01-01'), 0))).toBe('0001-01-01T00:00:00-00:37')
  })
})

describe('the process time zone', () => {
  const own = process.env.TZ
  afterEach(() => {
    if (own === undefined) delete process.env.TZ
    else process.env.TZ = own
  })

  it('never matters', async () => {
    const answers = new Set<string>()
    const clocks = new Set<number>()
    for (const tz of ['UTC', 'America/New_York', 'Pacific/Apia', 'Asia/Kathmandu']) {
      process.env.TZ = tz
      clocks.add(new Date(2024, 5, 1).getTime())
      vi.resetModules()
      const fresh = await import('../src/base/time.js')
      const zone = fresh.openZone('America/Havana')!
      const from = fresh.parseDay('2010-01-01')!
      const days = Array.from({ length: 400 }, (_, i) => from + 13 * i)
      answers.add(
        JSON.stringify([
          days.map((d) => [zone.startOfDay(d), zone.format(zone.fromLocal(d, 30 * MINUTE))]),
          zone.irregular(from, from + 5000),
          zone.today(Date.UTC(2024, 10, 3, 3, 59, 59)),
        ]),
      )
    }
    expect(clocks.size, 'the process did follow TZ').toBe(4)
    expect(answers.size).toBe(1)
  })

  it('does not move today', () => {
    const zone = openZone('America/Havana')!
    const at = (text: string) => formatDay(zone.today(Date.parse(text)))
    expect(at('2024-11-03T03:59:59.999Z')).toBe('2024-11-02')
    expect(at('2024-11-03T04:00:00Z')).toBe('2024-11-03')
    expect(at('2024-11-04T04:59:59.999Z')).toBe('2024-11-03')
    expect(at('2024-11-04T05:00:00Z')).toBe('2024-11-04')
  })
})
