/** What the data say about sound definitions: conditions that hold for nobody or everybody, values that never occur, windows too long. */

import { type Problem, position, type Span } from '../base/problem.js'
import { int, type Sql, sql } from '../base/sql.js'
import { plural } from '../base/text.js'
import { type Day, formatDay } from '../base/time.js'
import { type Condition, conditionUses } from '../language/conditions/index.js'
import type { Definition, Segment } from '../language/definitions.js'
import { type RowSource, tables } from '../language/fields.js'
import { leaves } from '../language/kind.js'
import { mentionsOf, type WindowMention } from '../language/mentions.js'
import { daysOf, sayWindow } from '../language/windows.js'
import type { Setting } from './compiler.js'
import { mentionsIn } from './doubts.js'
import { conjuncts, evaluateParts, partOf, sayPart } from './parts.js'
import { sourceOf, strangersIn } from './strangers.js'

/** Warnings about the project's own definitions; `known` is what was found without data, of which no more need be said. */
export function findings(setting: Setting, own: readonly Definition[], known: readonly Problem[]): readonly Problem[] {
  const strangers = strangersIn(setting)
  const slips = new Map(own.map((d) => [`${d.kind} ${d.name}`, strangers(d)]))
  const values = [...slips.values()].flat()
  const told = [...known, ...values].flatMap((p) => (p.span === undefined ? [] : [p.span]))
  const explained = (c: Condition, span: Span): boolean =>
    told.some((t) => within(t, span)) || conditionUses(c).some((u) => (slips.get(`${u.kind} ${u.value}`) ?? []).length > 0)
  return [
    ...values,
    ...longWindows(setting, own),
    ...standing(
      setting,
      own.filter((d) => d.kind === 'segment'),
      explained,
    ),
  ]
}

const warning = (code: string, span: Span, message: string, help: string): Problem => ({
  code,
  severity: 'warning',
  message,
  span,
  help,
})

/** Of fewer customers nothing can be said. */
const FEWEST = 2

/**
 * What one evaluation tells: conditions without effect, conditions that exclude each other, segments with the same members. Of what
 * another warning explains, or what stands on nothing but empty segments, no more is said.
 */
function standing(
  setting: Setting,
  segments: readonly Segment[],
  explained: (c: Condition, span: Span) => boolean,
): readonly Problem[] {
  const everyone = sql`select count(*) from customer_row c where (c._first_day is null or c._first_day <= ${int(setting.asOf)})`
  const existing = Number(setting.store.row(everyone)?.[0] ?? 0)
  if (existing < FEWEST || segments.length === 0) return []
  const conditions = segments.flatMap((segment, s) =>
    leaves(segment.where).map(({ leaf, span }, i) => {
      const part = partOf(segment, `${s + 1}.${i + 1}`, { op: 'is', leaf, span }, 'unbased')
      return { leaf, span, segment, part }
    }),
  )
  const used = conditions.flatMap(({ leaf }) => segmentsUnder(leaf))
  const numbers = evaluateParts(
    setting,
    [...segments.map((s) => s.name), ...used],
    conditions.map((c) => c.part),
  ).memberNumbers()
  const size = (name: string): number => numbers.get(name)?.length ?? 0
  const people = plural(existing, 'customer')
  const day = `as of ${formatDay(setting.asOf)}`

  const idle = conditions.filter(({ part }) => size(part.name) === 0 || size(part.name) === existing)
  const unexplained = idle.filter(({ leaf, span }) => {
    const under = segmentsUnder(leaf)
    return !explained(leaf, span) && (under.length === 0 || under.some((s) => size(s) > 0))
  })
  const empty = segments.filter((s) => size(s.name) === 0)
  return [
    ...unexplained.map(({ part, span }) =>
      size(part.name) === 0
        ? warning('always-false', span, `none of ${people} passes this condition ${day}`, 'look at its values, or take it out')
        : warning(
            'always-true',
            span,
            `every one of ${people} passes this condition ${day}`,
            'it tells nobody apart: tighten it, or take it out',
          ),
    ),
    ...contradictions(setting, empty, day),
    ...twins(segments, numbers),
  ]
}

const segmentsUnder = (c: Condition): readonly string[] =>
  conditionUses(c).flatMap((u) => (u.kind === 'segment' ? [u.value] : []))

const within = (inner: Span, outer: Span): boolean =>
  inner.source === outer.source && inner.start >= outer.start && inner.end <= outer.end

/** Of segments that nobody is in: two conditions that each have members and none in common. */
function contradictions(setting: Setting, empty: readonly Segment[], day: string): readonly Problem[] {
  const asked = empty.map((segment, s) => ({
    segment,
    parts: conjuncts(segment.where).map((where, i) => ({ where, part: partOf(segment, `${s + 1}.${i + 1}`, where) })),
  }))
  const parts = asked.flatMap((a) => a.parts.map((p) => p.part))
  if (parts.length === 0) return []
  const numbers = evaluateParts(setting, [], parts).memberNumbers()
  return asked.flatMap(({ segment, parts }) => {
    const of = (i: number): readonly number[] => numbers.get(parts[i]?.part.name ?? '') ?? []
    if (parts.some((_, i) => of(i).length === 0)) return []
    for (const [j, second] of parts.entries())
      for (const [i, first] of parts.slice(0, j).entries())
        if (!overlap(of(i), of(j)))
          return [
            {
              ...warning(
                'contradiction',
                second.where.span,
                `nobody passes both this condition (${plural(of(j).length, 'customer')}) and the one in line ${position(first.where.span).line} (${plural(of(i).length, 'customer')}): \`${segment.name}\` is empty ${day}`,
                'one of the two must give way; conditions of which one is enough stand under `any`',
              ),
              label: `excludes: ${sayPart(segment, first.where)}`,
            },
          ]
    return []
  })
}

function overlap(a: readonly number[], b: readonly number[]): boolean {
  const [few, many] = a.length < b.length ? [a, b] : [b, a]
  const there = new Set(few)
  return many.some((n) => there.has(n))
}

/** Segments with the very members of one that stands before them. */
function twins(segments: readonly Segment[], numbers: ReadonlyMap<string, readonly number[]>): readonly Problem[] {
  const seen: { readonly name: string; readonly members: readonly number[] }[] = []
  return segments.flatMap((s) => {
    const members = numbers.get(s.name) ?? []
    if (members.length === 0) return []
    const twin = seen.find((t) => t.members.length === members.length && t.members.every((n, i) => n === members[i]))
    seen.push({ name: s.name, members })
    return twin === undefined
      ? []
      : [
          warning(
            'same-members',
            s.span,
            `\`${s.name}\` has the same ${plural(members.length, 'member')} as \`${twin.name}\``,
            `use one of them, or write \`in_segment: ${twin.name}\` where the other is meant to follow it`,
          ),
        ]
  })
}

/** Windows that reach back before the first row there is. */
function longWindows(setting: Setting, own: readonly Definition[]): readonly Problem[] {
  const firstDays = new Map<RowSource, Day | undefined>()
  const firstDay = (source: RowSource): Day | undefined => {
    if (!firstDays.has(source)) {
      const table: Sql = { text: tables[source], params: [] }
      firstDays.set(source, (setting.store.row(sql`select min(_day) from ${table}`)?.[0] as number | null) ?? undefined)
    }
    return firstDays.get(source)
  }
  const look = (span: Span, { on, window }: WindowMention): readonly Problem[] => {
    const source = sourceOf(setting, on)
    const days = daysOf(window, setting.asOf)
    const first = source === undefined ? undefined : firstDay(source)
    if (source === undefined || days?.from === undefined || first === undefined || days.from >= first) return []
    const seen = Math.min(days.to ?? setting.asOf, setting.asOf) - first + 1
    return [
      warning(
        'window-before-data',
        span,
        `the window (${sayWindow(window)}) begins on ${formatDay(days.from)}, the loaded ${source} on ${formatDay(first)}`,
        `load older ${source}, or shorten it: ${seen > 0 ? `it sees ${plural(seen, 'day')} of data` : 'there is nothing to see in it'}`,
      ),
    ]
  }
  return own.flatMap((d) =>
    d.kind === 'segment'
      ? leaves(d.where).flatMap(({ leaf, span }) => mentionsOf(leaf.body).windows.flatMap((w) => look(span, w)))
      : mentionsIn(d).windows.flatMap((w) => look(d.span, w)),
  )
}
