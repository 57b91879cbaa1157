/** The report as one page that stands alone: no script, nothing fetched, the same bytes for the same data. */
import { aboutData, title } from '../about.js'
import {
  type AnsweredSection,
  type Block,
  type Figure,
  type Matrix,
  type Note,
  type Part,
  type Report,
  type Table,
  withoutUnknown,
} from '../blocks.js'
import { type Language, say, type Text } from '../words.js'
import { flow } from './flow.js'
import { Html, html, plain, sharing, thrifty } from './markup.js'
import { pictures } from './pictures.js'
import { style } from './style.js'
import { type Anchor, heatOf, tableOf } from './tables.js'
import { type Told, teller } from './told.js'

/** With more parts than these, each begins closed. */
const OPEN_PARTS = 12
const OPEN_CONTENTS = 40
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"

export function htmlReport(report: Report, { language }: { readonly language: Language }): string {
  const told = teller(language, report.currency, report.parts.length <= OPEN_CONTENTS)
  const parts = report.parts.map((part) => ({ ...part, id: idOf(part) }))
  const byName = new Map(parts.flatMap((p) => (p.kind === 'segment' ? [[p.name, p.id] as const] : [])))
  const anchor: Anchor = (segment) => byName.get(segment)
  const heading = told(title(report))
  return thrifty(
    sharing(
      `${html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${heading}</title>
<style>
${new Html(style)}
</style>
</head>
<body>
<div class="sheet">
<header id="top">
<h1>${heading}</h1>
<p>${aboutData(report).map(told).join('; ')}</p>
${report.notes.map((n) => html`<p class="note">${told(n)}</p>\n`)}</header>
${parts.length > 1 ? contents(parts, told) : undefined}
<main>
${parts.map((part) => partOf(part, parts.length <= OPEN_PARTS, told, anchor))}</main>
<footer>
<p>${told(say('“<{n}” means fewer than {n} {n|customer|customers}, “–” means unknown.', { n: report.minGroup }))}</p>
<p><a href="#top">${told(say('To the top'))}</a></p>
</footer>
</div>
</body>
</html>
`}`,
    ),
  )
}

type Placed = Part & { readonly id: string }

/** Names are unique among segments and among events. */
const idOf = ({ kind, name }: Part): string => (kind === 'overview' ? kind : `${kind}-${encodeURIComponent(name)}`)

const KINDS = { overview: 'Overview', segment: 'Segments', event: 'Events', campaign: 'Campaigns' } as const

function contents(parts: readonly Placed[], told: Told): Html {
  const kinds = (['segment', 'event', 'campaign'] as const).filter((kind) => parts.some((p) => p.kind === kind))
  const lists = kinds.map((kind) => {
    const items = listed(
      parts.filter((p) => p.kind === kind),
      told,
    )
    return html`<p>${told(say(KINDS[kind]))}</p>\n<ul>\n${items}</ul>\n`
  })
  const open = parts.length <= OPEN_CONTENTS ? ' open' : ''
  const overview = parts
    .filter((p) => p.kind === 'overview')
    .map((p) => html`<li><a href="#${p.id}">${told(say('Overview'))}</a></li>\n`)
  return html`<nav aria-label="${told(say('Contents'))}">
<details${open}>
<summary>${told(say('Contents'))}</summary>
<ul>
${overview}</ul>
${lists}</details>
</nav>`
}

/** In the report's order; of more than are taken in at a glance, by the alphabet, each letter before its own. */
function listed(parts: readonly Placed[], told: Told): readonly Html[] {
  const item = (p: Placed): Html => html`<li><a href="#${p.id}">${p.title ?? p.name}</a>${sizeOf(p, told)}</li>\n`
  if (parts.length <= OPEN_CONTENTS) return parts.map(item)
  const called = (p: Placed): string => p.title ?? p.name
  const { compare } = new Intl.Collator(told.language, { numeric: true })
  const sorted = [...parts].sort((a, b) => compare(called(a), called(b)))
  const letter = (p: Placed | undefined): string =>
    p === undefined ? '' : ([...called(p)][0] ?? '').toLocaleUpperCase(told.language)
  return sorted.map((p, i) =>
    letter(p) === letter(sorted[i - 1]) ? item(p) : html`<li class="letter">${letter(p)}</li>\n${item(p)}`,
  )
}

/** The first number of a part, which says how large it is. */
const sizeOf = (part: Part, told: Told, label = false): Html | undefined => {
  const first = firstFigure(part)
  if (first === undefined) return undefined
  const shown = told.shown(first.value, first.unit, first.places)
  return label ? html`<span class="size">${told(first.label)}: ${shown}</span>` : html`<span>${shown}</span>`
}
const firstFigure = (part: Part): Figure | undefined => {
  for (const { blocks } of part.sections)
    for (const block of blocks) if (block.kind === 'figure' && block.unit !== 'text') return block
  return undefined
}

function partOf(part: Placed, open: boolean, told: Told, anchor: Anchor): Html {
  if (part.kind === 'overview')
    return html`<section class="part" id="${part.id}" aria-labelledby="${part.id}-h">
<h2 id="${part.id}-h">${told(say('Overview'))}</h2>
${sectionsOf(part, told, anchor)}</section>
`
  const heading = html`<h2 id="${part.id}-h">${part.title ?? part.name}</h2>`
  const name = part.title === undefined ? undefined : html`<code>${part.name}</code>`
  const about = part.description === undefined ? undefined : html`<p class="about">${part.description}</p>\n`
  // The anchor is inside, so that going there opens the part.
  return html`<section class="part" aria-labelledby="${part.id}-h">
<details${open ? ' open' : ''}>
<summary>${heading} ${name} ${open ? undefined : sizeOf(part, told, true)}</summary>
<div id="${part.id}">
${about}${sectionsOf(part, told, anchor)}</div>
</details>
</section>
`
}

/** Key figures first, as cards; then what has tables and pictures. */
function sectionsOf({ sections }: Part, told: Told, anchor: Anchor): Html {
  const asked = sections.filter((s) => s.blocks.length > 0)
  const lead = asked.slice(0, 1).filter((s) => s.blocks.every((b) => b.kind === 'note'))
  const cards = asked.slice(lead.length).filter(isCard)
  const panels = asked.filter((s) => !isCard(s))
  const shown = [
    ...lead.map((s) => leadOf(s, told)),
    ...cards.map((s) => (cards.length === 1 ? rowOf(s, told) : cardOf(s, told))),
  ]
  return html`${shown.length === 0 ? undefined : html`<div class="cards">\n${shown}</div>\n`}${beside(panels).map(
    (group) =>
      html`<div class="panels${group.length === 1 ? ' one' : ''}">\n${group.map((s) => panelOf(s, told, anchor))}</div>\n`,
  )}`
}

const isCard = ({ blocks }: AnsweredSection): boolean => blocks.every((b) => b.kind === 'figure' || b.kind === 'note')

/** Those that need the whole width have it; all others stand in two columns, together, so that a tall one leaves no hole beside it. */
function beside(sections: readonly AnsweredSection[]): readonly (readonly AnsweredSection[])[] {
  const small = sections.filter((s) => !isLarge(s))
  return sections.flatMap((s) => (isLarge(s) ? [[s]] : s === small[0] ? [small] : []))
}

const isLarge = ({ blocks }: AnsweredSection): boolean =>
  blocks.some(isWide) || blocks.filter((b) => b.kind === 'table' || b.kind === 'matrix').length > 2

const WIDE_TABLE = 5
const WIDE_MATRIX = 5
const isWide = (block: Block): boolean =>
  block.kind === 'table'
    ? block.picture === undefined && block.columns.length > WIDE_TABLE
    : block.kind === 'matrix' && block.draw !== 'flow' && block.columns.length > WIDE_MATRIX

/** Text longer than this is read, not looked at. */
const SHORT_TEXT = 16
const isLong = (f: Figure, told: Told): boolean => f.unit === 'text' && told.shown(f.value, f.unit).length > SHORT_TEXT

function cardOf({ question, blocks }: AnsweredSection, told: Told): Html {
  const figures = blocks.filter((b) => b.kind === 'figure')
  const long = figures.some((f) => isLong(f, told))
  const first = long ? undefined : (figures.find((f) => f.unit !== 'text') ?? figures[0])
  const notes = blocks.filter((b) => b.kind === 'note')
  return html`<section class="card${long ? ' long' : ''}"><h3>${told(say(question))}</h3>${first && bigOf(first, told)}${listOf(
    figures.filter((f) => f !== first),
    told,
  )}${notesOf(notes, told)}</section>
`
}

/** A part that begins with words begins with what it comes to. */
const leadOf = ({ question, blocks }: AnsweredSection, told: Told): Html =>
  html`<section class="card long lead"><h3>${told(say(question))}</h3>${notesOf(
    blocks.filter((b) => b.kind === 'note'),
    told,
  )}</section>
`

/** A card that has the width to itself. */
function rowOf(section: AnsweredSection, told: Told): Html {
  const figures = section.blocks.filter((b) => b.kind === 'figure')
  if (figures.length < 2 || figures.some((f) => isLong(f, told))) return cardOf(section, told)
  const notes = section.blocks.filter((b) => b.kind === 'note')
  return html`<section class="card long"><h3>${told(say(section.question))}</h3><div class="stats">${figures.map((f) => bigOf(f, told))}</div>${notesOf(notes, told)}</section>
`
}

const notesOf = (notes: readonly Note[], told: Told): readonly Html[] => notes.map((n) => noteOf(n, told))

/** What our own words put between backticks is to be typed. */
function noteOf({ text }: Note, told: Told): Html {
  const said = told(text)
  const parts = typeof text === 'string' ? [said] : said.split('`')
  return html`<p class="note">${parts.length % 2 === 1 ? parts.map((p, i) => (i % 2 === 0 ? p : html`<code>${p}</code>`)) : said}</p>`
}

const listOf = (figures: readonly Figure[], told: Told): Html | undefined =>
  figures.length === 0
    ? undefined
    : html`<dl>${figures.map((f) => html`<div><dt>${told(f.label)}${aside(f.note, told)}</dt><dd>${valued(f, told)}</dd></div>`)}</dl>`

const bigOf = (f: Figure, told: Told): Html =>
  html`<p class="big"><b>${valued(f, told)}</b><span>${told(f.label)}${aside(f.note, told)}</span></p>`

const aside = (text: Text | undefined, told: Told): Html | undefined =>
  text === undefined ? undefined : html` <small>(${told(text)})</small>`

const valued = ({ value, low, high, unit, places }: Figure, told: Told): Html => {
  const currency =
    unit === 'money' && told.currency !== undefined && value !== null ? html` <small>${told.currency}</small>` : undefined
  const around =
    low === undefined || high === undefined
      ? undefined
      : html` <small class="around">(${told.shown(low, unit, places)} – ${told.shown(high, unit, places)})</small>`
  const shown = told.shown(value, unit, places)
  return html`${unit === 'text' && shown.length <= SHORT_TEXT ? html`<span class="whole">${shown}</span>` : shown}${currency}${around}`
}

function panelOf({ question, blocks }: AnsweredSection, told: Told, anchor: Anchor): Html {
  const name = told(say(question))
  const figures = blocks.filter((b) => b.kind === 'figure')
  const long = figures.filter((f) => isLong(f, told))
  const short = figures.filter((f) => !isLong(f, told))
  const stats = [...short.filter((f) => f.unit !== 'text'), ...short.filter((f) => f.unit === 'text')].map((f) => bigOf(f, told))
  return html`<section class="panel"><h3>${name}</h3>
${stats.length === 0 ? undefined : html`<div class="stats">${stats}</div>\n`}${long.length === 0 ? undefined : html`<div class="long">${listOf(long, told)}</div>\n`}<div class="blocks">
${laidOut(blocks).map(({ block, spans }) => html`<div${spans ? html` class="span"` : undefined}>${blockOf(block, name, told, anchor)}</div>\n`)}</div>
</section>
`
}

type Laid = Exclude<Block, Figure>

/** Two beside each other, but what is wide, is text, or would be alone. */
function laidOut(blocks: readonly Block[]): readonly { readonly block: Laid; readonly spans: boolean }[] {
  const rest = blocks.filter((b): b is Laid => b.kind !== 'figure')
  const full = rest.map((b) => isWide(b) || b.kind === 'note' || hasLongKeys(b))
  return rest.map((block, i) => ({ block, spans: full[i]! || ((full[i - 1] ?? true) && (full[i + 1] ?? true)) }))
}

/** Of several names each, which would break beside other tables. */
const hasLongKeys = (block: Laid): boolean =>
  block.kind === 'table' && block.rows.some(({ key }) => typeof key === 'object' && 'all' in key)

function blockOf(block: Laid, section: string, told: Told, anchor: Anchor): Html {
  switch (block.kind) {
    case 'note':
      return noteOf(block, told)
    case 'table':
      return tableBlock(block, section, told, anchor)
    case 'matrix':
      return matrixBlock(block, section, told)
  }
}

/** A table that is drawn stands behind its picture. */
function tableBlock(whole: Table, section: string, told: Told, anchor: Anchor): Html {
  const table = withoutUnknown(whole)
  const own = table.title === undefined ? undefined : told(table.title)
  const name = own ?? section
  const numbers = tableOf(table, name, told, anchor)
  const drawn = pictures(table, plain(name), told)
  if (drawn.length > 0) return figureOf(name, drawn, numbers, told)
  return own === undefined ? html`${numbers}\n` : html`<figure><figcaption>${own}</figcaption>${numbers}</figure>\n`
}

function matrixBlock(matrix: Matrix, section: string, told: Told): Html {
  const name = told(matrix.title)
  const numbers = heatOf(matrix, name, told)
  const picture = matrix.draw === 'flow' ? flow(matrix, plain(`${section}: ${name}`), told) : undefined
  return picture === undefined
    ? html`<figure><figcaption>${name}</figcaption>${numbers}</figure>\n`
    : figureOf(name, [picture], numbers, told)
}

const figureOf = (
  name: string,
  drawn: readonly Html[],
  numbers: Html,
  told: Told,
): Html => html`<figure><figcaption>${name}</figcaption>
<div class="pictures">${drawn.map((d) => html`<div>${d}</div>`)}</div>
<details class="behind"><summary>${told(say('Numbers'))}</summary>${numbers}</details></figure>
`
