/** Names and places as ad tools compare them before hashing. Each form is one tool's own: no two are alike. */
import { isAscii } from '../base/text.js'

/** Text composed and in lower case, no locale. */
export const lower = (text: string): string => (isAscii(text) ? text.toLowerCase() : text.normalize('NFC').toLowerCase())

/** Google drops `mr. mrs. ms. dr.`, before or after. UserDataFormatter of googleads/data-manager-java. */
export function googleGivenName(text: string): string | undefined {
  return (
    lower(text)
      .trim()
      .replace(/(^|\s)(?:mrs|mr|ms|dr)\.(?=\s|$)/g, '$1')
      .trim()
      .replace(/\s+/g, ' ') || undefined
  )
}

/** Google drops `jr.`, `iii`, `phd` and their like, as many as there are. */
export function googleFamilyName(text: string): string | undefined {
  let name = lower(text).trim().replace(/\s+/g, ' ')
  for (let before = ''; before !== name; ) {
    before = name
    name = name
      .replace(/(?:,\s*|\s)(?:jr|sr|2nd|3rd|4th|5th|ii|iii|iv|v|vi|cpa|dc|dds|dvm|vm|jd|md|phd)\.?$/, '')
      .replace(/,$/, '')
  }
  return name.trim() || undefined
}

/** Meta: lower case, neither punctuation nor blanks; letters of every script stay. */
export const metaName = (text: string): string | undefined => lower(text).replace(/[\p{P}\p{Z}\p{S}\p{C}]/gu, '') || undefined

/** Meta: letters alone. */
export const metaCity = (text: string): string | undefined => lower(text).replace(/[^\p{L}\p{M}]/gu, '') || undefined

/** Meta: a state of the USA by its two letters, elsewhere letters alone. */
export function metaRegion(text: string, country: string | undefined): string | undefined {
  const name = lower(text).replace(/\s+/g, ' ').trim()
  const state = country === 'US' || country === undefined ? states.get(name) : undefined
  return state ?? metaCity(text)
}

/** Meta: no blanks, what stands before a dash; of the USA five digits. */
export function metaPostcode(text: string, country: string | undefined): string | undefined {
  const code = (lower(text).replace(/\s+/g, '').split('-')[0] ?? '').replace(/[^\p{L}\p{N}]/gu, '')
  return (country === 'US' ? [...code].slice(0, 5).join('') : code) || undefined
}

/** Google: of the USA five digits or five and four, elsewhere as it is. */
export function googlePostcode(text: string, country: string | undefined): string | undefined {
  const code = text.trim()
  if (country !== 'US') return code || undefined
  return /^\d{5}(?:-?\d{4})?$/.test(code) ? code : undefined
}

/** `m` or `f`. */
export const gender = (text: string): string | undefined => genders.get(lower(text).trim())

const genders = new Map(
  Object.entries({
    m: 'm male man м муж мужской мужчина männlich homme',
    f: 'f female woman w ж жен женский женщина weiblich femme',
  }).flatMap(([letter, words]) => words.split(' ').map((word) => [word, letter] as const)),
)

const states = new Map(
  'alabama al,alaska ak,arizona az,arkansas ar,california ca,colorado co,connecticut ct,delaware de,district of columbia dc,florida fl,georgia ga,hawaii hi,idaho id,illinois il,indiana in,iowa ia,kansas ks,kentucky ky,louisiana la,maine me,maryland md,massachusetts ma,michigan mi,minnesota mn,mississippi ms,missouri mo,montana mt,nebraska ne,nevada nv,new hampshire nh,new jersey nj,new mexico nm,new york ny,north carolina nc,north dakota nd,ohio oh,oklahoma ok,oregon or,pennsylvania pa,rhode island ri,south carolina sc,south dakota sd,tennessee tn,texas tx,utah ut,vermont vt,virginia va,washington wa,west virginia wv,wisconsin wi,wyoming wy'
    .split(',')
    .map((pair) => [pair.slice(0, -3), pair.slice(-2)] as const),
)
