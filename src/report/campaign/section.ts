/** What a section about a campaign is: of what came of it, or of what it could show. */
import type { Block } from '../blocks.js'
import type { Phrase } from '../words.js'
import type { World } from '../world.js'

export interface CampaignSection<Subject> {
  readonly question: Phrase
  answer(subject: Subject, world: World): readonly Block[]
}
