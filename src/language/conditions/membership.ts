/** Conditions on belonging: to other segments, to fixed lists. */
import type { Problems, Span, Spanned } from '../../base/problem.js'
import { not, or, type Sql, sql, truth } from '../../base/sql.js'
import { fold } from '../../base/text.js'
import { oneOfMany } from '../../store/dialect.js'
import { attributeValue } from '../fields.js'
import { checkSegments } from '../fieldwork.js'
import { type Compiling, kind, uses, type World } from '../kind.js'
import { type ListKey, listKeys, phone } from '../lists.js'
import type { Look, Looking } from '../look.js'
import { oneOf, oneOrMore, optional, type Reader, shape, spanned, word } from '../yaml.js'

const names: Reader<readonly Spanned<string>[]> = oneOrMore(spanned(word))

const inAny = (segments: readonly Spanned<string>[], cx: Compiling): Sql => or(segments.map((s) => cx.member(s.value)))
const said = (segments: readonly Spanned<string>[]): readonly string[] => segments.map((s) => s.value)

const list = shape({ file: spanned(word), by: optional(spanned(oneOf(...listKeys))) })
type ListBody = { readonly file: Spanned<string>; readonly by?: Spanned<ListKey> }

function checkList({ file, by }: ListBody, world: World, problems: Problems, _span: Span): void {
  const found = world.lists.read(file.value)
  if ('wrong' in found) problems.error('list', found.wrong, { span: file.span, help: found.help })
  else if (by !== undefined && !found.by.has(by.value))
    problems.error('list', `\`${file.value}\` has no column \`${by.value}\``, {
      span: by.span,
      help: `it has ${[...found.by.keys()].map((k) => `\`${k}\``).join(', ')}`,
    })
}

const matches: Readonly<Record<ListKey, (values: ReadonlySet<string>, cx: Compiling) => Sql>> = {
  customer: (values) => sql`c.customer in ${oneOfMany([...values])}`,
  email: (values, cx) => columnOf('email', cx).where((form) => sql`${form} in ${oneOfMany([...values])}`),
  phone: (values, cx) => columnOf('phone', cx).whereText((cell) => values.has(phone(cell, cx.country) ?? '')),
}
const columnOf = (name: string, cx: Compiling) =>
  attributeValue(cx, cx.catalogue.own('customers', name) as NonNullable<ReturnType<typeof cx.catalogue.own>>)

/** Whether customer `c` stands in the list: by the column named, else by any it has. */
export function inList({ file, by }: ListBody, cx: Compiling): Sql {
  const found = cx.lists.read(file.value)
  if ('wrong' in found) throw new Error(`list ${file.value} was not checked`)
  return or(
    [...found.by].filter(([key]) => by === undefined || key === by.value).map(([key, values]) => matches[key](values, cx)),
  )
}

/** By what he might stand in the list, and the line on which he does. */
const listLooks =
  (wanted: boolean) =>
  ({ file, by }: ListBody, _span: Span, { lists, country }: Looking): readonly Look[] => {
    const found = lists.read(file.value)
    if ('wrong' in found) return []
    const compared: Readonly<Record<ListKey, (value: string) => string>> = {
      customer: (value) => value,
      email: fold,
      phone: (value) => phone(value, country) ?? '',
    }
    return [...found.by.keys()]
      .filter((key) => by === undefined || key === by.value)
      .map((key) => ({
        label: key,
        at: key === 'customer' ? { ofKey: (own) => own } : { named: key },
        judge(value) {
          const line = value === undefined ? undefined : found.lineOf(key, compared[key](value) || ' ')
          return {
            holds: (line !== undefined) === wanted,
            ...(line !== undefined && { beside: [{ label: 'line', value: String(line) }] }),
          }
        },
      }))
  }

/** Which of several; of one the answer says it. */
const looks = (segments: readonly Spanned<string>[]): readonly Look[] =>
  segments.length > 1 ? segments.map(({ value }) => ({ label: value, at: { segment: value } })) : []

export const membership = {
  in_segment: kind({
    summary: 'the customer is in the segment, or in any of several',
    fields: names,
    check: checkSegments,
    uses: (body) => uses('segment', body),
    sql: inAny,
    say: (body, w) => w.conditions.in_segment(said(body)),
    looks,
    example: 'in_segment: [vip, loyal]',
  }),
  not_in_segment: kind({
    summary: 'the customer is in none of the segments',
    fields: names,
    check: checkSegments,
    uses: (body) => uses('segment', body),
    sql: (body, cx) => not(inAny(body, cx)),
    say: (body, w) => w.conditions.not_in_segment(said(body)),
    looks,
    example: 'not_in_segment: staff',
  }),
  in_list: kind({
    summary: 'the customer stands in a CSV list: by the column named, else by any of customer, email, phone that it has',
    fields: list as Reader<ListBody>,
    check: checkList,
    sql: inList,
    say: (body, w) => w.conditions.in_list(body.file.value),
    looks: listLooks(true),
    example: 'in_list: { file: lists/staff.csv, by: email }',
  }),
  not_in_list: kind({
    summary: 'the customer does not stand in the CSV list',
    fields: list as Reader<ListBody>,
    check: checkList,
    sql: (body, cx) => not(truth(inList(body, cx))),
    say: (body, w) => w.conditions.not_in_list(body.file.value),
    looks: listLooks(false),
    example: 'not_in_list: { file: lists/staff.csv }',
  }),
}
