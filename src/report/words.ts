/** The words of reports, in every language they can be read in. A phrase is written in English where it is used; here it is found again. */
import { grouped } from '../base/text.js'
import { across } from './words/across.js'
import { campaign } from './words/campaign.js'
import { event } from './words/event.js'
import { page } from './words/page.js'
import { segment } from './words/segment.js'

const russian = { ...page, ...segment, ...across, ...event, ...campaign } as const

/** `{n}` is a value, a number with thousands marks; `{n|order|orders}` the form that goes with n (Russian has three). */
export type Phrase = keyof typeof russian
export const phrases = Object.keys(russian) as readonly Phrase[]

export const languages = ['en', 'ru'] as const
export type Language = (typeof languages)[number]

export interface Said {
  readonly phrase: Phrase
  readonly values?: Readonly<Record<string, string | number>>
}
/** Words of segkit's own, told in the reader's language; or text of the data, which stands as it is. */
export type Text = Said | string

export const say = (phrase: Phrase, values?: Said['values']): Said => ({ phrase, ...(values !== undefined && { values }) })

export const tell = (text: Text, language: Language): string =>
  typeof text === 'string' ? text : filled(language === 'en' ? text.phrase : russian[text.phrase], text.values ?? {}, language)

const rules = Object.fromEntries(languages.map((l) => [l, new Intl.PluralRules(l)])) as Readonly<
  Record<Language, Intl.PluralRules>
>
const forms = { en: ['one', 'other'], ru: ['one', 'few', 'many'] } as const satisfies Record<
  Language,
  readonly Intl.LDMLPluralRule[]
>

function filled(template: string, values: Readonly<Record<string, string | number>>, language: Language): string {
  return template.replace(/\{(\w+)((?:\|[^|}]*)*)\}/g, (_, name: string, rest: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`no value for {${name}} in "${template}"`)
    if (rest === '') return typeof value === 'number' ? grouped(value) : value
    const words = rest.slice(1).split('|')
    const form = (forms[language] as readonly string[]).indexOf(rules[language].select(Number(value)))
    return words[Math.min(form < 0 ? words.length - 1 : form, words.length - 1)] as string
  })
}
