/** What a section about the shop and all segments together is. */
import type { Block } from '../blocks.js'
import type { Phrase } from '../words.js'
import type { World } from '../world.js'

export interface AcrossSection {
  readonly question: Phrase
  answer(world: World): readonly Block[]
}
