/** Every phrase of reports can be said in every language, and says the same things. */
import { describe, expect, it } from 'vitest'
import { type Language, languages, type Phrase, phrases, say, tell } from '../src/report/words.js'

/** What a phrase asks for: holes that are shown, and all that it looks at. */
function holes(phrase: Phrase, language: Language): { readonly shown: readonly string[]; readonly asked: readonly string[] } {
  const asked = new Set<string>()
  const values = new Proxy({} as Record<string, string>, {
    get: (_, name) => {
      asked.add(String(name))
      return `‹${String(name)}›`
    },
  })
  const text = tell(say(phrase, values), language)
  return { shown: [...new Set([...text.matchAll(/‹(\w+)›/g)].map((m) => m[1]!))].sort(), asked: [...asked].sort() }
}

const whole = (n: number): Record<string, number> => new Proxy({}, { get: () => n })
const isAbbreviation = (phrase: string): boolean => !/\p{Ll}{2}/u.test(phrase)

describe('the words of reports', () => {
  it('are many', () => expect(phrases.length).toBeGreaterThan(60))

  it('are Russian in Russian', () => {
    const english = phrases.filter((p) => !isAbbreviation(p) && !/\p{Script=Cyrillic}/u.test(tell(say(p, whole(5)), 'ru')))
    expect(english).toEqual([])
  })

  it('have the same holes in both languages', () => {
    for (const p of phrases) {
      const [en, ru] = [holes(p, 'en'), holes(p, 'ru')]
      expect([p, ru.shown]).toEqual([p, en.shown])
      expect([p, ru.asked.filter((name) => !en.asked.includes(name))]).toEqual([p, []])
    }
  })

  it('are said with any number, no mark of the template left', () => {
    for (const language of languages)
      for (const p of phrases)
        for (const n of [0, 1, 2, 5, 11, 21, 22, 1_000_000]) {
          const text = tell(say(p, whole(n)), language).replace(/`[^`]*`/g, '')
          expect([p, text, /[{}|]/.test(text) || text.trim() === '']).toEqual([p, text, false])
        }
  })

  it('count in Russian by three forms', () => {
    const said = [1, 3, 5, 11, 21].map((n) => tell(say('{n} {n|customer|customers}', { n }), 'ru'))
    expect(said).toEqual(['1 клиент', '3 клиента', '5 клиентов', '11 клиентов', '21 клиент'])
  })
})
