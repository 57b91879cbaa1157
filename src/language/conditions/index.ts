/** Every condition kind there is. The types below, help, checks and SQL follow from this one table. */
import type { Problems, Span } from '../../base/problem.js'
import type { Sql } from '../../base/sql.js'
import type { UnknownAs } from '../compare.js'
import type { Compiling, Kind, Use, World } from '../kind.js'
import type { Look, Looking } from '../look.js'
import { english, type Wording } from '../words/index.js'
import { among } from './among.js'
import { attribute } from './attribute.js'
import { contact } from './contact.js'
import { course } from './course.js'
import { membership } from './membership.js'
import { performed } from './performed.js'
import { timing } from './timing.js'

export const kinds = { ...attribute, ...performed, ...timing, ...course, ...membership, ...among, ...contact }

export type KindName = keyof typeof kinds
export const kindNames = Object.keys(kinds) as readonly KindName[]
type Bodies = { [K in KindName]: (typeof kinds)[K] extends Kind<infer Body> ? Body : never }

/** One condition as data. */
export type Condition<K extends KindName = KindName> = { [P in K]: { readonly kind: P; readonly body: Bodies[P] } }[K]

const table: { [K in KindName]: Kind<Bodies[K]> } = kinds

export const conditionSql = <K extends KindName>(c: Condition<K>, cx: Compiling): Sql => table[c.kind].sql(c.body, cx)
export const sayCondition = <K extends KindName>(c: Condition<K>, w: Wording = english): string => table[c.kind].say(c.body, w)
/** What the condition looks at, as values of one customer. */
export const conditionLooks = <K extends KindName>(c: Condition<K>, span: Span, looking: Looking): readonly Look[] =>
  table[c.kind].looks?.(c.body, span, looking) ?? []
export const conditionUses = <K extends KindName>(c: Condition<K>): readonly Use[] => table[c.kind].uses?.(c.body) ?? []
/** The condition with the unknown settled; itself where it compares no value of the customer. */
export const settledCondition = <K extends KindName>(c: Condition<K>, as: UnknownAs): Condition =>
  ({ kind: c.kind, body: table[c.kind].settled?.(c.body, as) ?? c.body }) as Condition
export const checkCondition = <K extends KindName>(c: Condition<K>, world: World, problems: Problems, span: Span): void =>
  table[c.kind].check(c.body, world, problems, span)
