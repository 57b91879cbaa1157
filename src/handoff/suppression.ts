/** Who must not be written to, whatever the segment says: the project's `suppress:` lists and segments. */
import { Problems, Stop } from '../base/problem.js'
import { or, type Sql, sql, truth } from '../base/sql.js'
import { suggest } from '../base/text.js'
import { Plan, type Setting } from '../engine/compiler.js'
import type { Evaluated } from '../engine/evaluate.js'
import { inList } from '../language/conditions/membership.js'
import { regionOf } from '../language/countries.js'
import { attributeValue } from '../language/fields.js'
import { phone } from '../language/lists.js'
import type { Project } from '../language/project.js'

/** Segments that suppression stands on. */
export const suppressingSegments = (project: Pick<Project, 'suppress'>): readonly string[] =>
  project.suppress.flatMap((s) => (s.segment === undefined ? [] : [s.segment.value]))

/** Tells what `suppress:` names that is not there: a list without people, a segment without definition. */
export function checkSuppression(project: Pick<Project, 'suppress'>, setting: Setting): Problems {
  const problems = new Problems()
  for (const { list, segment } of project.suppress) {
    const found = list === undefined ? undefined : setting.lists.read(list.value)
    if (list !== undefined && found !== undefined && 'wrong' in found)
      problems.error('list', found.wrong, { span: list.span, help: found.help })
    if (segment === undefined || setting.definitions.segments.has(segment.value)) continue
    const help = suggest(segment.value, [...setting.definitions.segments.keys()], 'segments')
    problems.error('unknown-segment', `no sound segment \`${segment.value}\``, {
      span: segment.span,
      ...(help !== undefined && { help }),
    })
  }
  return problems
}

/** Whether customer `c` is suppressed: himself, or another customer with his e-mail or phone is. Undefined where nobody can be. */
export function suppressed(project: Pick<Project, 'suppress'>, setting: Setting, evaluated: Evaluated): Sql | undefined {
  if (project.suppress.length === 0) return undefined
  const problems = checkSuppression(project, setting)
  if (problems.failed) throw new Stop(78, problems.list)
  const plan = new Plan(setting, 'statement', { has: evaluated.member, of: evaluated.members })
  const named = or(
    project.suppress
      .flatMap((s) => [
        ...(s.segment === undefined ? [] : [plan.member(s.segment.value)]),
        ...(s.list === undefined ? [] : [inList({ file: s.list }, plan)]),
      ])
      .map(truth),
  )
  const found = setting.store
    .rows(evaluated.ready(sql`select c._id from ${evaluated.from} where ${named}`))
    .map((r) => r[0] as number)
  const ids = sql`(select value from json_each(${JSON.stringify(found)}))`
  const same: Sql[] = [sql`c._id in ${ids}`]
  const email = plan.catalogue.own('customers', 'email')
  if (email?.id !== undefined)
    same.push(
      attributeValue(plan, email).where((form) => sql`${form} in (select x."email~" from customer_row x where x._id in ${ids})`),
    )
  const phoneField = plan.catalogue.own('customers', 'phone')
  if (phoneField?.id !== undefined) {
    const listed = project.suppress.flatMap(({ list }) => {
      const people = list === undefined ? undefined : setting.lists.read(list.value)
      return people === undefined || 'wrong' in people ? [] : [...(people.by.get('phone') ?? [])]
    })
    const texts = plan
      .settle(sql`select phone from customer_row where _id in ${ids}`, () => true)
      .map((p) => phone(p, plan.country))
    const abroad = numbersAbroad(setting)
    const known = new Set(found)
    const numbers = new Set([...listed, ...texts, ...abroad.flatMap(([id, number]) => (known.has(id) ? [number] : []))])
    numbers.delete(undefined)
    if (numbers.size > 0) {
      same.push(attributeValue(plan, phoneField).whereText((p) => numbers.has(phone(p, plan.country))))
      const there = abroad.flatMap(([id, number]) => (numbers.has(number) ? [id] : []))
      same.push(sql`c._id in (select value from json_each(${JSON.stringify(there)}))`)
    }
  }
  return or(same.map(truth))
}

/** Numbers of customers whose own country reads them otherwise than the project's does. */
function numbersAbroad({ store, catalogue, country }: Setting): readonly (readonly [customer: number, number: string])[] {
  if (catalogue.own('customers', 'country')?.id === undefined) return []
  const found: (readonly [number, string])[] = []
  for (const [id, text, of] of store.each(
    sql`select _id, phone, country from customer_row where phone is not null and country is not null`,
  )) {
    const region = regionOf(String(of), country)
    const number = region === country ? undefined : phone(String(text), region)
    if (number !== undefined) found.push([id as number, number])
  }
  return found
}
