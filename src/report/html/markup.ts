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
