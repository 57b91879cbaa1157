/** HTML and the text that enters it: through a hole of a template only, escaped and cleaned. Knows no report. */
import { cleaned } from '../../base/shown.js'

/** Markup that stands as it is. */
export class Html {
  constructor(readonly markup: string) {}
  toString(): string {
    return this.markup
  }
}

export type Hole = string | number | Html | undefined | readonly Hole[]

/** Strings and numbers are text, in an element or between quotes; lists one after another; undefined is nothing. */
export const html = (parts: TemplateStringsArray, ...holes: readonly Hole[]): Html =>
  new Html(parts.map((part, i) => part + filled(holes[i])).join(''))

export const nothing = new Html('')

const filled = (hole: Hole): string => {
  if (hole === undefined) return ''
  if (hole instanceof Html) return hole.markup
  return typeof hole === 'object' ? hole.map(filled).join('') : escaped(String(hole))
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

const escaped = (text: string): string => plain(text).replace(/[&<>"']/g, (c) => ENTITIES[c]!)

/** One line without control characters or marks that turn the reading direction. */
export const plain = (text: string): string => cleaned(text.replace(/[\r\n\t]+/g, ' '))

/** So much of a text as a picture has room for. */
export const shortened = (text: string, most: number): string => {
  const letters = [...plain(text)]
  return letters.length <= most
    ? letters.join('')
    : `${letters
        .slice(0, Math.max(1, most - 1))
        .join('')
        .trimEnd()}…`
}

/** The same document in fewer bytes: quotes that no value needs and the ends of cells are left out. All `<` and `>` of texts are escaped. */
export const thrifty = (page: string): string =>
  page
    .replace(/<\/(?:t[dhr]|d[td]|li)>\n?/g, '')
    .replace(/<[a-z][^>]*>/g, (tag) => tag.replace(/ ([\w:-]+)="([^\s"'`=<>]+)"/g, ' $1=$2').replace(/([^ ])\/>$/, '$1 />'))

/** What stands in several pictures alike, such as the names of months, is drawn once and shown again where it is. */
export function sharing(page: string): string {
  const seen = new Map<string, number>()
  for (const [group] of page.matchAll(GROUP)) seen.set(group, (seen.get(group) ?? 0) + 1)
  const ids = new Map<string, string>()
  return page.replace(GROUP, (group) => {
    if ((seen.get(group) ?? 0) < 2) return group
    const id = ids.get(group)
    if (id !== undefined) return `<use href="#${id}"/>`
    ids.set(group, `g${ids.size + 1}`)
    return group.replace('<g', `<g id="g${ids.size}"`)
  })
}
/** Marks without parts of their own, longer than showing them again is. */
const GROUP = /<g(?=[ >])[^>]*>(?:(?!<\/?g[ >]|<title).){60,}?<\/g>/g
