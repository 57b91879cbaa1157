/** The sections about the shop and all segments together, in their order. */
import { overview } from './overview.js'
import type { AcrossSection } from './section.js'

export const acrossSections: Readonly<Record<string, AcrossSection>> = { ...overview }
