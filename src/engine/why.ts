/** Why a customer is in a segment or not: every node of its tree answered by the evaluator itself, with the values behind it. */
import type { Span } from '../base/problem.js'
import { int, join, type Sql, sql, truth } from '../base/sql.js'
import { type Day, formatDay, lastDay } from '../base/time.js'
import { comparisonSql, operandNames, sayComparison } from '../language/compare.js'
import { agreed } from '../language/conditions/contact.js'
import { type Condition, conditionLooks, conditionSql, sayCondition } from '../language/conditions/index.js'
import type { EventDefinition, Segment } from '../language/definitions.js'
import { type Compiling, type Tree, treeSql } from '../language/kind.js'
import { type Distance, distanceTo, type Look, type Looking, type Unit } from '../language/look.js'
import type { MetricBody } from '../language/metrics.js'
import type { Event } from '../language/rows.js'
import { computed, type Value } from '../language/value.js'
import { aside } from '../store/aside.js'
import type { Contacts } from '../store/contacts.js'
import { narrowed } from '../store/narrow.js'
import { type Behind, contactsBehind, recordedBehind, rowsBehind } from './behind.js'
import { cellOf, type OutCell, outSql } from './cells.js'
import type { Setting } from './compiler.js'
import { type Evaluated, evaluate } from './evaluate.js'
import { conjuncts } from './parts.js'

export interface Customer {
  readonly id: number
  readonly key: string
}

/** A value that a condition looked at. */
export interface Seen {
  readonly label: string
  readonly value: OutCell
  readonly wanted?: string
  /** Other values that what is wanted is made of. */
  readonly beside: readonly { readonly label: string; readonly value: OutCell }[]
  /** Whether the value is as wanted. */
  readonly holds?: boolean
  /** The least change of the value that turns the answer. */
  readonly distance?: Distance
  readonly unit?: Unit
  /** Its label says which of several counts it is. */
  readonly titled?: true
  readonly rows?: Behind
}

/** A block or a condition of a segment, and whether it holds for the customer. */
export interface WhyNode {
  readonly op: 'all' | 'any' | 'none' | 'everyone' | 'condition'
  readonly says: string
  readonly holds: boolean
  readonly span: Span
  readonly seen: readonly Seen[]
  readonly of: readonly WhyNode[]
}

export interface Why {
  readonly segment: Segment
  readonly member: boolean
  readonly tree: WhyNode
}

/** Whether the customer exists on the as-of day, and since when he is known. */
export function firstDay(setting: Setting, customer: Customer): Day | undefined {
  const day = setting.store.row(sql`select _first_day from customer_row where _id = ${int(customer.id)}`)?.[0]
  return typeof day === 'number' ? day : undefined
}

/** The tree of each segment, answered in one evaluation. */
export function explain(setting: Setting, customer: Customer, segments: readonly Segment[]): readonly Why[] {
  const questions = new Questions(setting)
  const asked = segments.map((segment) => ({
    segment,
    member: questions.member(segment.name),
    tree: questions.node(segment, wholeTree(segment)),
  }))
  const answers = questions.put(customer)
  return asked.map(({ segment, member, tree }) => ({ segment, member: member(answers), tree: tree(answers) }))
}

/** What an event looks at in the customer beside its occurrences. */
export function besideEvent(setting: Setting, customer: Customer, event: EventDefinition): readonly Seen[] {
  const questions = new Questions(setting)
  const asked = questions.beside(event)
  if (asked.length === 0) return []
  const answers = questions.put(customer)
  return asked.map((seen) => seen(answers))
}

/** Which of the segments the customer is in. */
export function memberships(setting: Setting, customer: Customer, segments: readonly Segment[]): readonly Segment[] {
  const questions = new Questions(setting)
  const asked = segments.map((segment) => ({ segment, member: questions.member(segment.name) }))
  const answers = questions.put(customer)
  return asked.flatMap(({ segment, member }) => (member(answers) ? [segment] : []))
}

/** Segments that the customer misses by exactly one condition, each with a tree of that condition alone; those first of which most holds. */
export function nearMisses(setting: Setting, customer: Customer, segments: readonly Segment[]): readonly Why[] {
  const questions = new Questions(setting)
  const drafts = segments.map((segment) => ({
    segment,
    member: questions.member(segment.name),
    of: conjuncts(wholeTree(segment)).map((tree) => ({ tree, holds: questions.holds(segment, tree) })),
  }))
  const answers = questions.put(customer)
  const near = drafts.flatMap(({ segment, member, of }) => {
    const [missed, ...others] = of.filter(({ holds }) => !holds(answers))
    return member(answers) || missed === undefined || others.length > 0
      ? []
      : [{ segment, tree: missed.tree, held: of.length - 1 }]
  })
  near.sort((a, b) => b.held - a.held)
  const deeper = new Questions(setting)
  const asked = near.map(({ segment, tree }) => ({ segment, tree: deeper.node(segment, tree) }))
  const told = deeper.put(customer)
  return asked.map(({ segment, tree }) => ({ segment, member: false, tree: tree(told) }))
}

/** The segment as one tree, its base the first condition. */
function wholeTree(segment: Segment): Tree<Condition> {
  if (segment.base === undefined) return segment.where
  const base: Tree<Condition> = {
    op: 'is',
    leaf: { kind: 'in_segment', body: [{ value: segment.base, span: segment.span }] },
    span: segment.span,
  }
  return { op: 'all', of: [base, segment.where], span: segment.where.span }
}

interface Answers {
  readonly key: string
  flag(question: number): boolean
  cell(question: number): OutCell
  rows(body: MetricBody): Behind
  contacts(which: Contacts): Behind
  recorded(segment: string): Behind
}
type Later<T> = (answers: Answers) => T

/** Questions about one customer, put to the evaluator all at once. Each gives what it will be answered by. */
class Questions {
  private readonly below = new Set<string>()
  private readonly asked: ((cx: Compiling) => Value)[] = []

  private readonly events = new Map<string, EventDefinition>()
  private readonly looking: Looking
  private readonly setting: Setting

  constructor(setting: Setting) {
    const { definitions } = setting
    const events = new Map([...definitions.events].map(([name, e]) => [name, e.event] as const))
    this.looking = { ...setting, events }
    // Filled while the questions are gathered, before any is put.
    for (const [name, event] of definitions.events) this.events.set(name, event)
    this.setting = { ...setting, definitions: { ...definitions, events: this.events } }
  }

  member(segment: string): Later<boolean> {
    this.below.add(segment)
    return this.flag((cx) => cx.member(segment))
  }

  /** Whether a part of the segment's tree holds. */
  holds(segment: Segment, tree: Tree<Condition>): Later<boolean> {
    for (const used of [...segment.uses, ...(segment.base === undefined ? [] : [segment.base])]) this.below.add(used)
    return this.flag((cx) => treeSql(tree, (leaf) => conditionSql(placed(leaf, segment.base), cx)))
  }

  node(segment: Segment, tree: Tree<Condition>): Later<WhyNode> {
    const { span } = tree
    const holds = this.holds(segment, tree)
    const rule = tree.op === 'is' ? this.ruleOf(tree.leaf) : undefined
    const of = rule !== undefined ? [rule] : this.entries(segment, tree)
    const seen = tree.op === 'is' ? this.looks(segment, tree.leaf, span) : []
    return (a) => ({
      op: tree.op === 'is' ? 'condition' : tree.op,
      says: tree.op === 'is' ? sayCondition(tree.leaf) : tree.op === 'everyone' ? 'every customer' : `${tree.op} of`,
      holds: holds(a),
      span,
      seen: seen.map((s) => s(a)),
      of: of.map((n) => n(a)),
    })
  }

  private entries(segment: Segment, tree: Tree<Condition>): readonly Later<WhyNode>[] {
    return 'of' in tree ? (tree.op === 'all' ? unfolded(tree.of) : tree.of).map((t) => this.node(segment, t)) : []
  }

  /** The project's rule of consent behind a channel. */
  private ruleOf(leaf: Condition): Later<WhyNode> | undefined {
    if (leaf.kind !== 'reachable') return undefined
    const rule = this.setting.definitions.hidden.get(agreed(leaf.body.value))
    if (rule === undefined) return undefined
    const node = this.node(rule, rule.where)
    return (a) => {
      const told = node(a)
      return { ...told, says: `consent: ${told.says}` }
    }
  }

  private looks(segment: Segment, leaf: Condition, span: Span): readonly Later<Seen>[] {
    return this.seen(segment, conditionLooks(placed(leaf, segment.base), span, this.looking))
  }

  /** What a definition looks at beside its conditions. */
  beside({ span, uses, looks }: EventDefinition): readonly Later<Seen>[] {
    for (const used of uses) this.below.add(used)
    return this.seen({ span, uses }, looks?.(this.looking) ?? [])
  }

  private seen(definition: Pick<Segment, 'span' | 'uses'>, looks: readonly Look[]): readonly Later<Seen>[] {
    return looks.map((look, i, all) => {
      for (const event of look.events ?? []) this.events.set(event.name, looked(event, definition))
      return this.look(look, look.rows === true || (i === 0 && all.length <= 2))
    })
  }

  /** `telling`: of several counts over the same rows, the one under which these are shown. */
  private look({ label, at, unit, titled, test, judge, contacts, recorded }: Look, telling: boolean): Later<Seen> {
    if ('segment' in at) {
      const member = this.member(at.segment)
      return (a) => ({ label, value: member(a), beside: [], ...(recorded && { rows: a.recorded(at.segment) }) })
    }
    if ('ofKey' in at)
      return (a) => {
        const told = at.ofKey(a.key)
        const value = typeof told === 'number' ? { decimal: String(told) } : told
        return { label, value, beside: [], ...judge?.(String(told), []) }
      }
    const [value, ...more] = valuesOf(at)
    const question = this.ask(value)
    const further = more.map((v) => this.ask(v))
    const passes = test === undefined ? undefined : this.flag((cx) => comparisonSql(test, value(cx), cx))
    const others = (test === undefined ? [] : operandNames(test)).map((o) => ({
      name: o.value,
      question: this.ask((cx) => cx.customer(o.value)),
    }))
    const spec = 'metric' in at ? at.metric : 'named' in at ? this.setting.definitions.metrics.get(at.named)?.spec : undefined
    const shown = spec !== undefined && 'target' in spec.body && ('metric' in at ? telling : counting.includes(spec.kind))
    return (a) => {
      const cell = a.cell(question)
      const beside = others.map((o) => ({ label: o.name, value: a.cell(o.question) }))
      const theirs = (name: string): string => textOf(beside.find((o) => o.label === name)?.value ?? null)
      const distance = test === undefined ? undefined : distanceTo(test, textOf(cell), unit !== undefined, theirs)
      return {
        label,
        value: cell,
        beside,
        ...(test !== undefined && { wanted: sayComparison(test) }),
        ...(passes !== undefined && { holds: passes(a) }),
        ...(distance !== undefined && { distance }),
        ...(unit !== undefined && { unit }),
        ...(titled && { titled }),
        ...(shown && { rows: a.rows(spec.body as MetricBody) }),
        ...(contacts !== undefined && { rows: a.contacts(contacts) }),
        ...judge?.(
          knownText(cell),
          further.map((q) => knownText(a.cell(q))),
        ),
      }
    }
  }

  private ask(value: (cx: Compiling) => Value): number {
    return this.asked.push(value) - 1
  }

  private flag(predicate: (cx: Compiling) => Sql): Later<boolean> {
    const question = this.ask((cx) => computed('boolean', truth(predicate(cx))))
    return (a) => a.flag(question)
  }

  put(customer: Customer): Answers {
    const { setting } = this
    const { exists, cells } = aside(setting.store, () => this.answers(customer))
    return {
      key: customer.key,
      recorded: (segment) => recordedBehind(setting, customer.id, segment),
      contacts: (which) => contactsBehind(setting, customer.id, which),
      flag: (question) => exists && cells[question] === true,
      cell: (question) => cells[question] ?? null,
      rows: (body) => aside(setting.store, () => rowsBehind(setting, customer.id, body)),
    }
  }

  /** One customer alone is asked, unless an answer hangs on who else there is. */
  private answers(customer: Customer): { readonly exists: boolean; readonly cells: readonly OutCell[] } {
    const { setting } = this
    const evaluated = (only: Sql | undefined): Evaluated =>
      evaluate({ ...setting, only }, [...this.below], [], (cx) => this.asked.map((value) => value(cx)))
    const alone = evaluated(int(customer.id))
    const found = alone.crowded ? evaluated(undefined) : alone
    const columns = [found.exists, ...found.asked.map(outSql)]
    const row = inParts(columns).flatMap((part) => {
      const query = sql`select ${join(part, ', ')} from ${found.from} where c._id = ${int(customer.id)}`
      return setting.store.row(found.ready(query)) ?? []
    })
    return { exists: row[0] === 1, cells: found.asked.map((value, i) => cellOf(value, row[i + 1])) }
  }
}

type Asking = (cx: Compiling) => Value
function valuesOf(at: Exclude<Look['at'], { segment: string } | { ofKey: unknown }>): readonly [Asking, ...Asking[]] {
  if ('named' in at) return [(cx) => cx.customer(at.named)]
  if ('metric' in at) return [(cx) => cx.metric(at.metric)]
  return at.values as readonly [Asking, ...Asking[]]
}

/** A rule that is only looked at, as if the project had defined it. */
const looked = (event: Event, { span, uses }: Pick<Segment, 'span' | 'uses'>): EventDefinition => ({
  kind: 'event',
  name: event.name,
  tags: [],
  span,
  event,
  uses,
})

/** Whoever is not in the segment's base has no place in it: a rank is among the base unless it says otherwise. */
const placed = (leaf: Condition, base: string | undefined): Condition =>
  leaf.kind === 'rank' && leaf.body.among === undefined && base !== undefined
    ? { kind: 'rank', body: { ...leaf.body, among: { value: base, span: leaf.body.by.span } } }
    : leaf

/** Metrics by name whose rows are worth seeing. */
const counting: readonly string[] = ['count', 'sum']

/** SQLite gives at most 2,000 columns a row. */
const MOST_COLUMNS = 1000
const inParts = (columns: readonly Sql[]): readonly (readonly Sql[])[] =>
  Array.from({ length: Math.ceil(columns.length / MOST_COLUMNS) }, (_, i) =>
    columns.slice(i * MOST_COLUMNS, (i + 1) * MOST_COLUMNS),
  )

const unfolded = (of: readonly Tree<Condition>[]): readonly Tree<Condition>[] =>
  of.flatMap((t) => (t.op === 'all' ? unfolded(t.of) : [t]))

const knownText = (cell: OutCell): string | undefined => (cell === null ? undefined : textOf(cell))
export const textOf = (cell: OutCell): string =>
  cell === null ? '' : typeof cell === 'object' ? ('decimal' in cell ? cell.decimal : cell.join(';')) : String(cell)

/** When the clock alone turns the answer. */
export type Turn =
  | { readonly on: Day; readonly change: 'enters' | 'leaves' }
  | { readonly until: Day }
  | { readonly untold: string }

const DAYS_AHEAD = 366

/**
 * For each segment the first of the coming days on which the customer enters or leaves it, if no new row comes: rows that the
 * store has for those days are left out. Of a segment that hangs on who else there is no day can be told.
 */
export function turnsOf(setting: Setting, customer: Customer, whys: readonly Why[]): ReadonlyMap<string, Turn> {
  const { asOf, store } = setting
  const last = Math.min(asOf + DAYS_AHEAD, lastDay)
  const turns = new Map<string, Turn>()
  narrowed(store, customer.id, asOf, () => {
    for (const { segment } of whys)
      if (aside(store, () => evaluate(setting, [segment.name]).crowded))
        turns.set(segment.name, { untold: 'others move too, so no day of change can be told' })
    let waiting = whys.filter((w) => !turns.has(w.segment.name))
    for (let on = asOf + 1; on <= last && waiting.length > 0; on++) {
      const asked = waiting.map((w) => w.segment)
      const now = new Set(memberships({ ...setting, asOf: on }, customer, asked))
      for (const { segment, member } of waiting)
        if (now.has(segment) !== member) turns.set(segment.name, { on, change: member ? 'leaves' : 'enters' })
      waiting = waiting.filter((w) => !turns.has(w.segment.name))
    }
    for (const { segment } of waiting) turns.set(segment.name, { until: last })
  })
  return turns
}

export const sayTurn = (turn: Turn, member: boolean): string =>
  'on' in turn
    ? `${turn.change} on ${formatDay(turn.on)} if nothing new comes`
    : 'until' in turn
      ? `${member ? 'stays in' : 'stays out'} until ${formatDay(turn.until)} at least, if nothing new comes`
      : turn.untold
