/** What a section about one segment is. */
import type { Setting } from '../../engine/compiler.js'
import type { Segment } from '../../language/definitions.js'
import { type Block, type Note, note } from '../blocks.js'
import type { Phrase } from '../words.js'
import type { Marks, Subject, World } from '../world.js'

interface Shape<Found> {
  readonly question: Phrase
  marks?(setting: Setting, segments: readonly Segment[]): Marks
  /** What is worked out once, for all segments together. */
  gather?(world: World): Found
  answer(subject: Subject, world: World, found: Found): readonly Block[]
}
export type SegmentSection = Shape<unknown>

/** What was gathered lives and dies here: outside, every section looks the same. */
export const section = <Found = undefined>(shape: Shape<Found>): SegmentSection => shape as SegmentSection

/** Why a segment is not taken apart, where it is of nobody or of too few. */
export function tooFew({ summary: { customers } }: Subject, { minGroup }: World): readonly Note[] | undefined {
  if (customers === 0) return [note('Nobody is in it on this day.')]
  return customers < minGroup ? [note('Not shown for fewer than {n} {n|customer|customers} (<{n}).', { n: minGroup })] : undefined
}
