/** The sections about one event, in their order. */
import { occurrences } from './occurrences.js'
import type { EventSection } from './section.js'

export const eventSections: Readonly<Record<string, EventSection>> = { ...occurrences }
