/** The report: every section's question put once for all segments, the answers told part by part. */
import { formatDay } from '../base/time.js'
import type { Setting } from '../engine/compiler.js'
import type { EventDefinition, Segment } from '../language/definitions.js'
import { acrossSections } from './across/index.js'
import type { AnsweredSection, Part, Report } from './blocks.js'
import { readOccurrences } from './event/columns.js'
import { eventSections } from './event/index.js'
import { segmentSections } from './segment/index.js'
import { members } from './segment/members.js'
import type { SegmentSection } from './segment/section.js'
import type { Text } from './words.js'
import { makeWorld, type Subject, type World } from './world.js'

export interface ReportRequest {
  readonly segments: readonly Segment[]
  readonly events: readonly EventDefinition[]
  readonly currency?: string | undefined
  readonly minGroup: number
  readonly notes: readonly Text[]
  /** Whether customers are told by name, not only counted. */
  readonly withCustomers: boolean
  /** Tells today's definitions from others, as runs record it. */
  readonly fingerprint: string
}

/** Makes temporary tables on the store's connection. */
export function makeReport(setting: Setting, request: ReportRequest): Report {
  const { segments, events, currency, minGroup, notes, fingerprint, withCustomers } = request
  const ofSegments = withCustomers ? { ...segmentSections, ...members } : segmentSections
  const asking = [...Object.values(acrossSections), ...(segments.length === 0 ? [] : Object.values(ofSegments))]
  const marks = asking.flatMap((s) => s.marks?.(setting, segments) ?? [])
  const world = makeWorld(setting, segments, { currency, minGroup, fingerprint }, marks)
  const answered = Object.entries(ofSegments).map(([section, s]) => ({
    section,
    question: s.question,
    blocks: answers(s, world),
  }))
  return reportOf(world, notes, [
    overview(world),
    ...world.subjects.map((subject) => segmentPart(subject, answered)),
    ...events.map((event) => eventPart(event, world)),
  ])
}

/** Parts, with what is to be said of the data that they are about. */
export function reportOf(world: World, notes: readonly Text[], parts: readonly Part[]): Report {
  const { setting, shop, currency, minGroup } = world
  const { newestOrder } = shop
  return {
    asOf: formatDay(setting.asOf),
    timezone: setting.zone.name,
    customers: shop.customers,
    minGroup,
    notes,
    ...(currency !== undefined && { currency }),
    ...(newestOrder !== undefined && { orders: { upTo: formatDay(newestOrder), daysBefore: setting.asOf - newestOrder } }),
    parts,
  }
}

/** The blocks of a section for each segment, in the order of their numbers. */
function answers(section: SegmentSection, world: World): readonly AnsweredSection['blocks'][] {
  const found = world.subjects.length === 0 ? undefined : section.gather?.(world)
  return world.subjects.map((subject) => section.answer(subject, world, found))
}

const overview = (world: World): Part => ({
  kind: 'overview',
  name: '',
  sections: Object.entries(acrossSections)
    .map(([section, s]) => ({ section, question: s.question, blocks: s.answer(world) }))
    .filter(({ blocks }) => blocks.length > 0),
})

const segmentPart = (
  { number, segment }: Subject,
  answered: readonly (Pick<AnsweredSection, 'section' | 'question'> & {
    readonly blocks: readonly AnsweredSection['blocks'][]
  })[],
): Part => ({
  kind: 'segment',
  ...about(segment),
  sections: answered.map(({ section, question, blocks }) => ({ section, question, blocks: blocks[number]! })),
})

function eventPart(event: EventDefinition, world: World): Part {
  const found = readOccurrences(world, event)
  return {
    kind: 'event',
    ...about(event),
    sections: Object.entries(eventSections).map(([section, s]) => ({
      section,
      question: s.question,
      blocks: s.answer(event, world, found),
    })),
  }
}

const about = ({ name, title, description }: Segment | EventDefinition): Pick<Part, 'name' | 'title' | 'description'> => ({
  name,
  ...(title !== undefined && { title }),
  ...(description !== undefined && { description }),
})
