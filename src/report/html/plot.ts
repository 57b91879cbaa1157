/** Plot's pictures without a browser: drawn on a document of linkedom, stripped to what the page needs. */
import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { Html, html } from './markup.js'

export { Plot }

/** All pictures are drawn so wide, in the units of their text; the page scales them. */
export const WIDTH = 420

const { document } = parseHTML('<!doctype html><html><body></body></html>')

interface Node {
  readonly localName: string
  readonly attributes: Iterable<{ readonly name: string; value: string }>
  readonly children: Iterable<Node>
  readonly innerHTML: string
  getAttribute(name: string): string | null
  setAttribute(name: string, value: string): void
  removeAttribute(name: string): void
  remove(): void
  append(child: Node): void
  querySelectorAll(selector: string): Iterable<Node>
}

/** The picture under its name for those who cannot see it. */
export function drawn(name: string, options: Plot.PlotOptions & { readonly height: number }): Html {
  const svg = Plot.plot({
    document: document as never,
    width: WIDTH,
    className: 'plot',
    ...options,
  }) as unknown as Node
  for (const style of svg.querySelectorAll('style')) style.remove()
  for (const mark of svg.children) thinned(mark)
  for (const node of svg.querySelectorAll('*')) tidied(node)
  return framed(name, options.height, new Html(svg.innerHTML))
}

export const framed = (name: string, height: number, inside: Html): Html =>
  html`<svg role="img" aria-label="${name}" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}">${inside}</svg>`

/** A page may hold a thousand pictures: what a mark says of itself by its class is not said again, and places are said once. */
function thinned(mark: Node): void {
  if (mark.getAttribute('class')) for (const name of STYLED) mark.removeAttribute(name)
  const [dx, dy] = place(mark.getAttribute('transform'))
  mark.removeAttribute('transform')
  for (const node of mark.children) {
    if (node.localName === 'text') placeText(node, dx, dy)
    else moved(node, dx, dy)
  }
  joined(mark)
}

const STYLED = 'fill stroke stroke-width stroke-opacity stroke-linejoin stroke-miterlimit paint-order font-variant'.split(' ')

const place = (transform: string | null): readonly [x: number, y: number] => {
  const [, x, y] = /^translate\((-?[\d.e-]+),(-?[\d.e-]+)\)$/.exec(transform ?? '') ?? []
  return [Number(x ?? 0), Number(y ?? 0)]
}

/** Text of one line stands at its own place, down to its baseline. */
function placeText(text: Node, dx: number, dy: number): void {
  const [x, y] = place(text.getAttribute('transform'))
  const line = /^(-?[\d.]+)em$/.exec(text.getAttribute('y') ?? '0em')?.[1]
  if ([...text.children].some((child) => child.localName === 'tspan') || line === undefined) {
    text.setAttribute('transform', `translate(${x + dx},${y + dy})`)
    return
  }
  text.removeAttribute('transform')
  text.setAttribute('x', String(x + dx))
  text.setAttribute('y', String(y + dy + Number(line) * LETTERS))
}
/** The size of text in pictures, as the page's style has it. */
const LETTERS = 12

function moved(node: Node, dx: number, dy: number): void {
  for (const attribute of node.attributes) {
    const by = ACROSS.has(attribute.name) ? dx : DOWN.has(attribute.name) ? dy : 0
    if (by !== 0) attribute.value = String(Number(attribute.value) + by)
    if (attribute.name === 'd' && (dx !== 0 || dy !== 0))
      attribute.value = attribute.value.replace(
        /(-?[\d.]+),(-?[\d.]+)/g,
        (_, x: string, y: string) => `${Number(x) + dx},${Number(y) + dy}`,
      )
  }
}
const ACROSS = new Set(['x', 'x1', 'x2', 'cx'])
const DOWN = new Set(['y', 'y1', 'y2', 'cy'])

/** Straight lines, or bars, of one mark that say nothing each are one path. */
function joined(mark: Node): void {
  const shapes = [...mark.children]
  const [first] = shapes
  if (first === undefined || !Object.hasOwn(outlines, first.localName)) return
  const isLike = (s: Node): boolean =>
    s.localName === first.localName && s.innerHTML === '' && !['fill', 'stroke'].some((name) => s.getAttribute(name) !== null)
  if (!shapes.every(isLike)) return
  const outline = outlines[first.localName as keyof typeof outlines]
  const d = shapes.map((s) => outline((name) => Number(Number(s.getAttribute(name)).toFixed(1))))
  const path = (document as unknown as { createElementNS(space: string, name: string): Node }).createElementNS(
    'http://www.w3.org/2000/svg',
    'path',
  )
  path.setAttribute('d', d.join(''))
  for (const shape of shapes) shape.remove()
  mark.append(path)
}

const outlines = {
  line(at: (name: string) => number): string {
    const [x1, x2, y1, y2] = [at('x1'), at('x2'), at('y1'), at('y2')]
    return `M${x1},${y1}${x1 === x2 ? `V${y2}` : y1 === y2 ? `H${x2}` : `L${x2},${y2}`}`
  },
  rect(at: (name: string) => number): string {
    const [width, height] = [at('width'), at('height')]
    return height === 0 ? '' : `M${at('x')},${at('y')}h${width}v${height}h${-width}z`
  },
  /** A dot as the style's round end of a line of no length. */
  circle: (at: (name: string) => number): string => `M${at('cx')},${at('cy')}h0`,
} as const

const SPOKEN = ['aria-label', 'aria-hidden', 'aria-description']
const PLACES = new Set('d transform x y x1 x2 y1 y2 cx cy r width height dx dy points'.split(' '))

/** Plot names its parts in English, and gives places more digits than a screen has. */
function tidied(node: Node): void {
  for (const name of SPOKEN) node.removeAttribute(name)
  for (const attribute of node.attributes)
    if (PLACES.has(attribute.name)) {
      const short = attribute.value.replace(/-?\d+\.\d+(?:e-?\d+)?/g, (n) => String(Number(Number(n).toFixed(1))))
      if (short !== attribute.value) attribute.value = short
    }
}
