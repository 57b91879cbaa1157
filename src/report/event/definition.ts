/** What an event is by its definition, and where that stands. */

import { placeOf } from '../../base/problem.js'
import { figure } from '../blocks.js'
import { spoken } from '../words.js'
import type { EventSection } from './section.js'

export const definition = {
  definition: {
    question: 'How is it defined?',
    answer: ({ event, span }) => [
      figure('definition', 'Definition', 'text', spoken(event.say)),
      figure('place', 'Stands in', 'text', placeOf(span)),
    ],
  },
} as const satisfies Readonly<Record<string, EventSection>>
