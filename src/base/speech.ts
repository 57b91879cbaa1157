/** The languages that people are told things in: how each counts, writes numbers and days. */
export const languages = ['en', 'ru'] as const
export type Language = (typeof languages)[number]

interface Speech {
  readonly thousands: string
  readonly point: string
  /** Which of the forms of a word goes with a number, the last with any that is not named. */
  readonly forms: readonly Intl.LDMLPluralRule[]
  /** A day, or a month, from how programs write it. */
  readonly date: (year: string, month: string, day: string | undefined) => string
}

const months = 'январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь'.split(' ')

const speech: Readonly<Record<Language, Speech>> = {
  en: {
    thousands: ',',
    point: '.',
    forms: ['one', 'other'],
    date: (year, month, day) => [year, month, ...(day === undefined ? [] : [day])].join('-'),
  },
  ru: {
    thousands: '\u202f',
    point: ',',
    forms: ['one', 'few', 'many'],
    date: (year, month, day) => (day === undefined ? `${months[Number(month) - 1]} ${year}` : `${day}.${month}.${year}`),
  },
}

const rules = { en: new Intl.PluralRules('en'), ru: new Intl.PluralRules('ru') } as const satisfies Record<
  Language,
  Intl.PluralRules
>

/** The form that goes with n: of two in English, of three in Russian. */
export function formFor(n: number, words: readonly string[], language: Language): string {
  const at = speech[language].forms.indexOf(rules[language].select(n))
  return words[Math.min(at < 0 ? words.length - 1 : at, words.length - 1)] as string
}

/** `-1234.50` or `12.5%` with the thousands marks and the decimal point of the language; any other text as it is. */
export function writtenNumber(digits: string, language: Language): string {
  const [, sign, whole, decimals, percent] = /^(-?)(\d+)(?:\.(\d+))?(%?)$/.exec(digits) ?? []
  if (whole === undefined) return digits
  const { thousands, point } = speech[language]
  const marked = whole.replace(/\B(?=(\d{3})+$)/g, thousands)
  return `${sign}${marked}${decimals === undefined ? '' : point + decimals}${percent}`
}

/** `2026-05-03` or `2026-05` as people write it; any other text as it is. */
export function writtenDay(day: string, language: Language): string {
  const [, year, month, date] = /^(\d{4})-(\d\d)(?:-(\d\d))?$/.exec(day) ?? []
  return year === undefined || month === undefined ? day : speech[language].date(year, month, date)
}
