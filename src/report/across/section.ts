/** What a section about the shop and all segments together is. */
import type { Setting } from '../../engine/compiler.js'
import type { Segment } from '../../language/definitions.js'
import type { Block } from '../blocks.js'
import type { Phrase } from '../words.js'
import type { Marks, World } from '../world.js'

export interface AcrossSection {
  readonly question: Phrase
  marks?(setting: Setting, segments: readonly Segment[]): Marks
  /** No block: the section is left out. */
  answer(world: World): readonly Block[]
}
