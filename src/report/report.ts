/** The report: every section's question put once for all segments, the answers told part by part. */
import { formatDay } from '../base/time.js'
import type { Setting } from '../engine/compiler.js'
import type { EventDefinition, Segment } from '../language/definitions.js'
import { acrossSections } from './across/index.js'
import type { AnsweredSection, Part, Report } from './blocks.js'
import { eventSections } from './event/index.js'
import { segmentSections } from './segment/index.js'
import type { SegmentSection } from './segment/section.js'
import type { Text } from './words.js'
import { makeWorld, type Subject, type World } from './world.js'

export interface ReportRequest {
  readonly segments: readonly Segment[]
  readonly events: readonly EventDefinition[]
  readonly currency?: string | undefined
  readonly minGroup: number
  readonly notes: readonly Text[]
}

/** Makes temporary tables on the store's connection. */
export function makeReport(setting: Setting, request: ReportRequest): Report {
  const { segments, events, currency, minGroup, notes } = request
  const marks = segments.length === 0 ? [] : Object.values(segmentSections).flatMap((s) => s.marks?.(setting) ?? [])
  const world = makeWorld(setting, segments, { currency, minGroup }, marks)
  const answered = new Map(Object.entries(segmentSections).map(([name, s]) => [name, answers(s, world)]))
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
  sections: Object.entries(acrossSections).map(([section, s]) => ({ section, question: s.question, blocks: s.answer(world) })),
})

const segmentPart = (
  { number, segment }: Subject,
  answered: ReadonlyMap<string, readonly AnsweredSection['blocks'][]>,
): Part => ({
  kind: 'segment',
  ...about(segment),
  sections: [...answered].map(([section, blocks]) => ({
    section,
    question: segmentSections[section]!.question,
    blocks: blocks[number]!,
  })),
})

const eventPart = (event: EventDefinition, world: World): Part => ({
  kind: 'event',
  ...about(event),
  sections: Object.entries(eventSections).map(([section, s]) => ({
    section,
    question: s.question,
    blocks: s.answer(event, world),
  })),
})

const about = ({ name, title, description }: Segment | EventDefinition): Pick<Part, 'name' | 'title' | 'description'> => ({
  name,
  ...(title !== undefined && { title }),
  ...(description !== undefined && { description }),
})
