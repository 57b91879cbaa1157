/** The sections about one segment, in their order. */
import { apart } from './apart.js'
import { basics } from './basics.js'
import { change } from './change.js'
import { definition } from './definition.js'
import { makeup } from './makeup.js'
import { products } from './products.js'
import { reaching } from './reach.js'
import type { SegmentSection } from './section.js'
import { times } from './times.js'
import { trend } from './trend.js'

export const segmentSections: Readonly<Record<string, SegmentSection>> = {
  ...basics,
  ...trend,
  ...change,
  ...makeup,
  ...products,
  ...apart,
  ...times,
  ...reaching,
  ...definition,
}
