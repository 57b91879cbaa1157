/** The reports about campaigns: what came of a hand-off, and what one could show. */
import type { Audience } from '../../language/definitions.js'
import type { Part, Report } from '../blocks.js'
import { reportOf } from '../report.js'
import type { Text } from '../words.js'
import type { World } from '../world.js'
import { resultsOf } from './compare.js'
import type { Outcome } from './outcome.js'
import { type Plan, planSections } from './plan.js'
import { resultSections } from './results.js'
import type { CampaignSection } from './section.js'

export const resultsReport = (audience: Audience, outcome: Outcome, world: World, notes: readonly Text[]): Report => ({
  ...reportOf(world, notes, [campaign(audience, resultSections, resultsOf(outcome, world.minGroup), world)]),
  thing: 'results',
})

export const planReport = (audience: Audience, plan: Plan, world: World, notes: readonly Text[]): Report => ({
  ...reportOf(world, notes, [campaign(audience, planSections, plan, world)]),
  thing: 'plan',
})

const campaign = <Subject>(
  { name, title, description }: Audience,
  sections: Readonly<Record<string, CampaignSection<Subject>>>,
  subject: Subject,
  world: World,
): Part => ({
  kind: 'campaign',
  name,
  ...(title !== undefined && { title }),
  ...(description !== undefined && { description }),
  sections: Object.entries(sections)
    .map(([section, s]) => ({ section, question: s.question, blocks: s.answer(subject, world) }))
    .filter(({ blocks }) => blocks.length > 0),
})
