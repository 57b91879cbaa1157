/** What a section about one event is. */
import type { EventDefinition } from '../../language/definitions.js'
import type { Block } from '../blocks.js'
import type { Phrase } from '../words.js'
import type { World } from '../world.js'

export interface EventSection {
  readonly question: Phrase
  answer(event: EventDefinition, world: World): readonly Block[]
}
