/** The sections about one event, in their order. */
import { definition } from './definition.js'
import { next } from './next.js'
import { occurrences } from './occurrences.js'
import type { EventSection } from './section.js'

export const eventSections: Readonly<Record<string, EventSection>> = { ...occurrences, ...next, ...definition }
