/** What a terminal draws with, in Unicode or in ASCII, and how text fits into cells. */
import stringWidth from 'string-width'
import { cleaned } from '../../base/shown.js'
import type { Unit, Value } from '../blocks.js'
import { shownText } from '../numbers.js'
import { type Language, type Text, tell } from '../words.js'

export const WIDTH = 80
export const MARGIN = '  '

interface Glyphs {
  readonly rule: string
  readonly line: string
  readonly dash: string
  readonly unknown: string
  /** From the least to the most. */
  readonly levels: string
  /** A bar of so many cells, which may be broken. */
  bar(cells: number): string
  /** An interval, its value, and the place where there is no difference. */
  readonly interval: { readonly line: string; readonly value: string; readonly none: string }
}

export interface Pen extends Glyphs {
  /** Segkit's words in the reader's language, data as they stand, on one line that a terminal may see. */
  one(text: Text): string
  /** A value as people read it. */
  shown(value: Value, unit: Unit, places: number | undefined): string
}

const unicode: Glyphs = {
  rule: '═',
  line: '─',
  dash: '–',
  unknown: '–',
  levels: '▁▂▃▄▅▆▇█',
  bar: (cells) => '█'.repeat(Math.floor(cells)) + (['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][Math.floor((cells % 1) * 8)] ?? ''),
  interval: { line: '─', value: '●', none: '┊' },
}
const ascii: Glyphs = {
  rule: '=',
  line: '-',
  dash: '-',
  unknown: '-',
  levels: '_.-:=+*#',
  bar: (cells) => '#'.repeat(Math.round(cells)),
  interval: { line: '-', value: 'o', none: ':' },
}

export function penOf(style: { readonly ascii: boolean; readonly language: Language }): Pen {
  const glyphs = style.ascii ? ascii : unicode
  const one = (text: Text): string => cleaned(tell(text, style.language).replace(/[\r\n\t]+/g, ' '))
  return { ...glyphs, one, shown: (value, unit, places) => one(shownText(value, unit, places, glyphs.unknown, style.language)) }
}

/** One glyph a value, from the least (0 where none is below) to the most; a blank where there is nothing to draw. */
export function sparkline(values: readonly (number | undefined)[], { levels }: Pen): string {
  const known = values.filter((v) => v !== undefined)
  if (known.length === 0) return ''
  const [least, most] = [Math.min(0, ...known), Math.max(...known)]
  const glyphs = [...levels]
  const level = (v: number): number => (most === least ? 0 : Math.round(((v - least) / (most - least)) * (glyphs.length - 1)))
  return values.map((v) => (v === undefined ? ' ' : (glyphs[level(v)] as string))).join('')
}

export interface Scale {
  readonly least: number
  readonly most: number
}

/** A value and the interval around it on a scale of `width` cells. */
export function whisker(
  { value, low, high, none }: Readonly<Record<'value' | 'low' | 'high' | 'none', number>>,
  { least, most }: Scale,
  width: number,
  { interval }: Pen,
): string {
  const at = (v: number): number =>
    most === least ? 0 : Math.round(((Math.min(most, Math.max(least, v)) - least) / (most - least)) * (width - 1))
  const cells = Array.from({ length: width }, () => ' ')
  cells[at(none)] = interval.none
  for (let i = at(low); i <= at(high); i++) cells[i] = interval.line
  cells[at(value)] = interval.value
  return cells.join('')
}

export const cells = (text: string): number => stringWidth(text)

export function padded(text: string, width: number, side: 'left' | 'right'): string {
  const gap = ' '.repeat(Math.max(0, width - cells(text)))
  return side === 'left' ? text + gap : gap + text
}

const graphemes = new Intl.Segmenter()

/** As much of the beginning as fits. */
function fitting(text: string, width: number): string {
  let kept = ''
  for (const { segment } of graphemes.segment(text)) {
    if (cells(kept + segment) > width) break
    kept += segment
  }
  return kept
}

/** Lines of at most `width` cells, broken at blanks, within a word where one is longer. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    let rest = word
    if (line !== '' && cells(`${line} ${rest}`) <= width) {
      line += ` ${rest}`
      continue
    }
    if (line !== '') lines.push(line)
    while (cells(rest) > width) {
      const head = fitting(rest, width)
      lines.push(head)
      rest = rest.slice(head.length)
    }
    line = rest
  }
  return line === '' ? lines : [...lines, line]
}
