/** The answer of `why` for a person: the tree of conditions with marks, 80 cells wide at most. */
import stringWidth from 'string-width'
import { cleaned } from '../base/shown.js'
import { plural } from '../base/text.js'
import type { Behind, BehindRow } from '../engine/behind.js'
import { type Seen, sayTurn, type WhyNode } from '../engine/why.js'
import type { WhyEvent } from '../engine/why-event.js'
import type { Paint } from './colour.js'
import { factWords, type Telling } from './why-rows.js'
import { saySeen } from './why-words.js'

export interface TextStyle {
  readonly ascii: boolean
  readonly width: number
  readonly paint: Paint
}

const STEP = 2

export function whyText(t: Telling, day: string, style: TextStyle): string {
  const dash = style.ascii ? '-' : '–'
  const titled = (name: string, title: string | undefined): string => (title === undefined ? name : `${name} ${dash} ${title}`)
  const head = wrapped(`${t.customer} ${day}`, 0, style)
  const absent =
    t.notBefore === undefined
      ? []
      : wrapped(`does not exist yet: the first row is of ${t.notBefore}, so no segment has this customer`, 0, style)
  const short = (t.memberOf ?? []).flatMap((s) => wrapped(titled(s.name, s.title), STEP, style))
  const segments = t.segments.flatMap(({ segment, member, tree, turn }) => [
    '',
    ...marked(member, member, titled(segment.name, segment.title), 0, style),
    ...(turn === undefined ? [] : wrapped(sayTurn(turn, member), STEP, style)),
    ...(t.notBefore !== undefined ? [] : tree.op === 'all' ? tree.of : [tree]).flatMap((n) => nodeLines(n, STEP, false, style)),
  ])
  const events = t.events.flatMap((e) => ['', ...eventLines(e, titled(e.event.name, e.event.title), style)])
  return `${[...head, ...absent, ...short, ...segments, ...events].join('\n')}\n`
}

/** `turned`: under `none`, what holds keeps the customer out. */
function nodeLines(node: WhyNode, indent: number, turned: boolean, style: TextStyle): readonly string[] {
  const several = node.seen.length > 1
  const deeper = indent + STEP
  return [
    ...marked(node.holds, node.holds !== turned, node.says, indent, style),
    ...node.seen.flatMap((s) => seenLines(s, several, turned, deeper, style)),
    ...node.of.flatMap((n) => nodeLines(n, deeper, turned !== (node.op === 'none'), style)),
  ]
}

function seenLines(seen: Seen, several: boolean, turned: boolean, indent: number, style: TextStyle): readonly string[] {
  const line =
    several && seen.holds !== undefined
      ? marked(seen.holds, seen.holds !== turned, saySeen(seen), indent, style)
      : wrapped(saySeen(seen), indent + STEP, style)
  return [...line, ...(seen.rows === undefined ? [] : behindLines(seen.rows, indent + STEP, style))]
}

const behindLines = ({ count, latest }: Behind, indent: number, style: TextStyle): readonly string[] => [
  ...latest.flatMap((row) => rowLines(row, indent, style)),
  ...(count > latest.length ? [`${' '.repeat(indent)}and ${count - latest.length} more`] : []),
]

const rowLines = (row: BehindRow, indent: number, style: TextStyle): readonly string[] =>
  wrapped(`${row.at.slice(0, 16).replace('T', ' ')}  ${factWords(row)}`.trimEnd(), indent, style, STEP)

function eventLines({ count, latest, seen, next }: WhyEvent, title: string, style: TextStyle): readonly string[] {
  return [
    ...marked(count > 0, count > 0, title, 0, style),
    ...wrapped(plural(count, 'occurrence'), STEP, style),
    ...behindLines({ count, latest }, STEP, style),
    ...(next === undefined ? [] : wrapped(next, STEP, style)),
    ...seen.flatMap((s) => seenLines(s, true, false, STEP, style)),
  ]
}

function marked(holds: boolean, good: boolean, text: string, indent: number, style: TextStyle): readonly string[] {
  const mark = style.ascii ? (holds ? '+' : '-') : holds ? '✓' : '✗'
  const [first = '', ...rest] = wrapped(text, indent + STEP, style)
  return [`${' '.repeat(indent)}${style.paint(good ? 'help' : 'error', mark)} ${first.slice(indent + STEP)}`, ...rest]
}

const cells = (text: string): number => stringWidth(text)
const graphemes = new Intl.Segmenter()

/** Lines that begin after so many blanks, those after the first `more` further in; broken at blanks, within a word where one is longer. */
function wrapped(text: string, indent: number, { width }: TextStyle, more = 0): readonly string[] {
  const lines: string[] = []
  const margin = (): string => ' '.repeat(indent + (lines.length === 0 ? 0 : more))
  let line = ''
  const put = (): void => {
    lines.push(margin() + line)
    line = ''
  }
  for (const word of cleaned(text.replace(/[\r\n\t]+/g, ' ')).split(' ')) {
    const room = Math.max(20, width) - indent - more
    if (line !== '' && cells(`${line} ${word}`) <= room) {
      line += ` ${word}`
      continue
    }
    if (line !== '') put()
    for (const { segment } of graphemes.segment(word)) {
      if (cells(line + segment) > room) put()
      line += segment
    }
  }
  if (line !== '' || lines.length === 0) put()
  return lines
}
