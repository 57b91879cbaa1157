/** Plot's pictures without a browser: drawn on a document of linkedom, stripped to what the page needs. */
import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { Html, html } from './markup.js'

export { Plot }

/** All pictures are drawn so wide, in the units of their text; the page scales them. */
export const WIDTH = 420

const { document } = parseHTML('<!doctype html><html><body></body></html>')

interface Node {
  readonly attributes: Iterable<{ readonly name: string; value: string }>
  readonly innerHTML: string
  readonly children: Iterable<Node>
  removeAttribute(name: string): void
  remove(): void
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
  for (const node of svg.querySelectorAll('*')) tidied(node)
  return framed(name, options.height, new Html(svg.innerHTML))
}

export const framed = (name: string, height: number, inside: Html): Html =>
  html`<svg role="img" aria-label="${name}" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}">${inside}</svg>`

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
