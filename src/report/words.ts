/** The words of reports, in every language they can be read in. A phrase is written in English where it is used; here it is found again. */
import { formFor, type Language, writtenDay, writtenNumber } from '../base/speech.js'
import { type Wording, wordings } from '../language/words/index.js'
import { across } from './words/across.js'
import { campaign } from './words/campaign.js'
import { event } from './words/event.js'
import { page } from './words/page.js'
import { segment } from './words/segment.js'

const russian = { ...page, ...segment, ...across, ...event, ...campaign } as const

/** `{n}` is a value, a number with thousands marks; `{n|order|orders}` the form that goes with n (Russian has three). */
export type Phrase = keyof typeof russian
export const phrases = Object.keys(russian) as readonly Phrase[]

export { type Language, languages } from '../base/speech.js'

export interface Said {
  readonly phrase: Phrase
  readonly values?: Readonly<Record<string, number | Text>>
}
/** `2026-05-03`, or the month `2026-05`. */
export interface Dated {
  readonly day: string
}
/** A number that is rounded already, `-1234.50` or `12.5%`. */
export interface Digits {
  readonly digits: string
}
/** A sentence that came in every language, such as that of a definition. */
export interface Spoken {
  readonly spoken: Readonly<Record<Language, string>>
}
/** A definition: programs know it by its name, people by its title. */
export interface Named {
  readonly name: string
  readonly title?: string
}
/** Several at once. */
export interface Together {
  readonly all: readonly Text[]
}
/** What is told in the reader's language; a string is text of the data, which stands as it is. */
export type Text = string | Said | Dated | Digits | Spoken | Named | Together

export const say = (phrase: Phrase, values?: Said['values']): Said => ({ phrase, ...(values !== undefined && { values }) })
export const dated = (day: string): Dated => ({ day })
export const named = ({ name, title }: Named): Named => ({ name, ...(title !== undefined && { title }) })
export const spoken = (saying: (wording: Wording) => string): Spoken => ({
  spoken: { en: saying(wordings.en), ru: saying(wordings.ru) },
})

/** As people read it. */
export const tell = (text: Text, language: Language): string => told(text, language, ({ name, title }) => title ?? name)
/** As programs read it: English, days as they sort, definitions by their names. */
export const plainly = (text: Text): string => told(text, 'en', ({ name }) => name)

function told(text: Text, language: Language, call: (definition: Named) => string): string {
  if (typeof text === 'string') return text
  if ('phrase' in text) {
    const value = (v: number | Text): string =>
      typeof v === 'number' ? writtenNumber(String(v), language) : told(v, language, call)
    return filled(language === 'en' ? text.phrase : russian[text.phrase], text.values ?? {}, value, language)
  }
  if ('day' in text) return writtenDay(text.day, language)
  if ('digits' in text) return writtenNumber(text.digits, language)
  if ('spoken' in text) return text.spoken[language]
  return 'all' in text ? text.all.map((t) => told(t, language, call)).join(' & ') : call(text)
}

function filled(
  template: string,
  values: NonNullable<Said['values']>,
  shown: (value: number | Text) => string,
  language: Language,
): string {
  return template.replace(/\{(\w+)((?:\|[^|}]*)*)\}/g, (_, name: string, rest: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`no value for {${name}} in "${template}"`)
    return rest === '' ? shown(value) : formFor(Number(value), rest.slice(1).split('|'), language)
  })
}
