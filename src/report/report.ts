/** The report: every section's question put once for all segments, the answers told part by part. */
import { formatDay } from '../base/time.js'
import type { Setting } from '../engine/compiler.js'
import type { EventDefinition, Segment } from '../language/definitions.js'
import type { AnsweredSection, Part, Report } from './blocks.js'
import { eventSections, overviewSections } from './overview.js'
import { type Section, segmentSections } from './sections.js'
import { makeWorld, type Subject, type World } from './world.js'

export interface ReportRequest {
  readonly segments: readonly Segment[]
  readonly events: readonly EventDefinition[]
  readonly currency?: string | undefined
  readonly minGroup: number
  readonly notes: readonly string[]
}

/** Makes temporary tables on the store's connection. */
export function makeReport(setting: Setting, request: ReportRequest): Report {
  const { segments, events, currency, minGroup, notes } = request
  const world = makeWorld(setting, segments, { currency, minGroup })
  const { customers, newestOrder } = world.shop
  const answered = new Map(Object.entries(segmentSections).map(([name, s]) => [name, answers(s, world)]))
  return {
    asOf: formatDay(setting.asOf),
    timezone: setting.zone.name,
    customers,
    minGroup,
    notes,
    ...(currency !== undefined && { currency }),
    ...(newestOrder !== undefined && { orders: { upTo: formatDay(newestOrder), daysBefore: setting.asOf - newestOrder } }),
    parts: [
      overview(world),
      ...world.subjects.map((subject) => segmentPart(subject, answered)),
      ...events.map((event) => eventPart(event, world)),
    ],
  }
}

/** The blocks of a section for each segment, in the order of their numbers. */
function answers(section: Section, world: World): readonly AnsweredSection['blocks'][] {
  const rows = rowsOf(section, world)
  return world.subjects.map((subject) => section.answer(rows.get(subject.number) ?? [], subject, world))
}

function rowsOf(section: Section, world: World): ReadonlyMap<number, readonly unknown[]> {
  if (section.ask === undefined || world.subjects.length === 0) return new Map()
  const { store } = world.setting
  const query = section.ask(world)
  if (section.gather !== undefined) return section.gather({ [Symbol.iterator]: () => store.each(query) }, world)
  const rows = new Map<number, (readonly unknown[])[]>(world.subjects.map(({ number }) => [number, []]))
  for (const row of store.rows(query)) rows.get(row[0] as number)?.push(row)
  return rows
}

const overview = (world: World): Part => ({
  kind: 'overview',
  name: '',
  sections: Object.entries(overviewSections).map(([section, s]) => ({ section, question: s.question, blocks: s.answer(world) })),
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
