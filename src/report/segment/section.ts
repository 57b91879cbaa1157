/** What a section about one segment is. */
import type { Block } from '../blocks.js'
import type { Phrase } from '../words.js'
import type { Subject, World } from '../world.js'

interface Shape<Found> {
  readonly question: Phrase
  /** What is worked out once, for all segments together. */
  gather?(world: World): Found
  answer(subject: Subject, world: World, found: Found): readonly Block[]
}
export type SegmentSection = Shape<unknown>

/** What was gathered lives and dies here: outside, every section looks the same. */
export const section = <Found = undefined>(shape: Shape<Found>): SegmentSection => shape as SegmentSection
