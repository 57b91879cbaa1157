/** The sections about one segment, in their order. */
import { apart } from './apart.js'
import { basics } from './basics.js'
import { makeup } from './makeup.js'
import { products } from './products.js'
import { reaching } from './reach.js'
import type { SegmentSection } from './section.js'

export const segmentSections: Readonly<Record<string, SegmentSection>> = {
  ...basics,
  ...makeup,
  ...products,
  ...apart,
  ...reaching,
}
