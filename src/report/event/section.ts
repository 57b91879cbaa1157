/** What a section about one event is. */
import type { EventDefinition } from '../../language/definitions.js'
import { type Block, note } from '../blocks.js'
import type { Phrase } from '../words.js'
import type { World } from '../world.js'
import type { Occurrences } from './columns.js'

export interface EventSection {
  readonly question: Phrase
  answer(event: EventDefinition, world: World, found: Occurrences): readonly Block[]
}

/** Why occurrences are not taken apart, where there are none or they are of too few. */
export const tooFew = ({ customers }: Occurrences, { minGroup, shop }: World): readonly Block[] | undefined =>
  customers === 0
    ? [note('It never happened to any of {n} {n|customer|customers}.', { n: shop.customers })]
    : customers < minGroup
      ? [note('Not shown for fewer than {n} {n|customer|customers} (<{n}).', { n: minGroup })]
      : undefined
