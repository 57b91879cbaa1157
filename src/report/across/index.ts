/** The sections about the shop and all segments together, in their order. */
import { cohorts } from './cohorts.js'
import { migration } from './migration.js'
import { overlap } from './overlap.js'
import { overview } from './overview.js'
import { revenue } from './revenue.js'
import type { AcrossSection } from './section.js'

export const acrossSections: Readonly<Record<string, AcrossSection>> = {
  ...overview,
  ...overlap,
  ...migration,
  ...cohorts,
  ...revenue,
}
