/** The sections about one segment, in their order. */
import { basics } from './basics.js'
import { products } from './products.js'
import type { SegmentSection } from './section.js'

export const segmentSections: Readonly<Record<string, SegmentSection>> = { ...basics, ...products }
