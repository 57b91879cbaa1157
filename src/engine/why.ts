/** Why a customer is in a segment or not: every node of its tree answered by the evaluator itself, with the values behind it. */
import type { Span } from '../base/problem.js'
import { int, join, type Sql, sql, truth } from '../base/sql.js'
import { type Day, formatDay, lastDay } from '../base/time.js'
import { comparisonSql, operandNames, sayComparison } from '../language/compare.js'
import { type Condition, conditionLooks, conditionSql, sayCondition } from '../language/conditions/index.js'
import type { Segment } from '../language/definitions.js'
import { type Compiling, type Tree, treeSql } from '../language/kind.js'
import { type Distance, distanceTo, type Look, type Unit } from '../language/look.js'
import type { MetricBody } from '../language/metrics.js'
import { computed, type Value } from '../language/value.js'
import { aside } from '../store/aside.js'
import { narrowed } from '../store/narrow.js'
import { type Behind, rowsBehind } from './behind.js'
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
  flag(question: number): boolean
  cell(question: number): OutCell
  rows(body: MetricBody): Behind
}
type Later<T> = (answers: Answers) => T

/** Questions about one customer, put to the evaluator all at once. Each gives what it will be answered by. */
class Questions {
  private readonly below = new Set<string>()
  private readonly asked: ((cx: Compiling) => Value)[] = []

  constructor(private readonly setting: Setting) {}

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
    const of = 'of' in tree ? (tree.op === 'all' ? unfolded(tree.of) : tree.of).map((t) => this.node(segment, t)) : []
    const seen =
      tree.op !== 'is'
        ? []
        : conditionLooks(tree.leaf, span, this.setting.asOf).map((l, i, all) => this.look(l, i === 0 && all.length <= 2))
    return (a) => ({
      op: tree.op === 'is' ? 'condition' : tree.op,
      says: tree.op === 'is' ? sayCondition(tree.leaf) : tree.op === 'everyone' ? 'every customer' : `${tree.op} of`,
      holds: holds(a),
      span,
      seen: seen.map((s) => s(a)),
      of: of.map((n) => n(a)),
    })
  }

  /** `telling`: of several counts over the same rows, the one under which these are shown. */
  private look({ label, at, unit, titled, test }: Look, telling: boolean): Later<Seen> {
    if ('segment' in at) {
      const member = this.member(at.segment)
      return (a) => ({ label, value: member(a), beside: [] })
    }
    const value = (cx: Compiling): Value => ('named' in at ? cx.customer(at.named) : cx.metric(at.metric))
    const question = this.ask(value)
    const passes = test === undefined ? undefined : this.flag((cx) => comparisonSql(test, value(cx), cx))
    const others = (test === undefined ? [] : operandNames(test)).map((o) => ({
      name: o.value,
      question: this.ask((cx) => cx.customer(o.value)),
    }))
    const spec = 'metric' in at ? at.metric : this.setting.definitions.metrics.get(at.named)?.spec
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
