/** The sentences of definitions in every language: a phrase that one of them lacks does not compile. */
import type { Language } from '../../base/speech.js'
import { english, type Wording } from './english.js'
import { russian } from './russian.js'

export { english, type RowsName, type Wording } from './english.js'

export const wordings = { en: english, ru: russian } as const satisfies Readonly<Record<Language, Wording>>
