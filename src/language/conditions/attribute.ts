/** Conditions on what a customer is: attributes and metrics. */
import { isMap, isScalar, type Node, type Pair, YAMLMap } from 'yaml'
import type { Problems, Span } from '../../base/problem.js'
import { and } from '../../base/sql.js'
import { suggest } from '../../base/text.js'
import type { FieldType } from '../../store/sources.js'
import {
  type Comparison,
  checkComparison,
  comparison,
  comparisonSql,
  operandNames,
  operatorNames,
  sayComparison,
} from '../compare.js'
import type { Description } from '../events.js'
import { attributeValue } from '../fields.js'
import { kind, uses, type World } from '../kind.js'
import { checkMetric, type MetricName, type MetricSpec, metricBody, metricNames, sayMetric } from '../metrics.js'
import type { Compile, Value } from '../value.js'
import { windowNames } from '../windows.js'
import { type At, deref, mapOf, type Reader, type Reading, refuse, spanOf } from '../yaml.js'

/** The value behind a name under `attribute`: a metric of the project, or an attribute of the customers. */
export function customerValue(cx: Compile, name: string): Value {
  const field = cx.catalogue.own('customers', name)
  return field === undefined ? cx.named(name) : attributeValue(cx, field)
}

/** The type of an attribute or metric; told where there is none of that name. */
export function customerType(name: string, span: Span, world: World, problems: Problems): FieldType | undefined {
  const type = world.catalogue.own('customers', name)?.type ?? world.metrics.get(name)
  if (type !== undefined || world.broken.has(name)) return type
  const known = [...world.catalogue.fields('customers').map((f) => f.name), ...world.metrics.keys()]
  const help = suggest(name, known, 'attributes and metrics')
  const more = { span, label: 'not a field of customers', ...(help !== undefined && { help }) }
  if (world.catalogue.loaded) return problems.error('unknown-attribute', `no attribute or metric \`${name}\``, more)
  problems.warn('unknown-attribute', `no attribute or metric \`${name}\` so far`, more)
  return undefined
}

const attributes = mapOf(comparison, 'attributes to values')
const nonEmpty: typeof attributes = {
  ...attributes,
  read(at, cx) {
    const before = cx.problems.list.length
    const got = attributes.read(at, cx)
    return got?.size === 0 && cx.problems.list.length === before
      ? cx.problems.error('empty-condition', 'this condition names no attribute', { span: at.span })
      : got
  },
}

interface MetricCondition {
  readonly spec: MetricSpec
  readonly test: Comparison
}

/** An aggregate and the operators that its value must pass, side by side in one map; a window beside an aggregate is the aggregate's. */
const metricCondition: Reader<MetricCondition> = {
  expects: 'a metric with an operator, `{ sum: orders.amount, min: 1000 }`',
  read(at, cx) {
    const real = deref(at, cx)
    if (real === undefined) return undefined
    if (!isMap(real.node)) return refuse(real, cx, this.expects)
    const isTest = (key: string) =>
      (operatorNames.includes(key) && !(windowNames as readonly string[]).includes(key)) || key === 'unknown' || key === 'case'
    const [tests, rest] = split(real.node as YAMLMap<Node, Node | null>, isTest)
    const spec = readMetric({ node: rest, span: at.span }, cx)
    if (tests.items.length === 0) {
      cx.problems.error('empty-condition', 'this metric is compared with nothing', {
        span: at.span,
        help: 'add an operator, such as `min: 1`',
      })
      return undefined
    }
    const test = comparison.read({ node: tests, span: at.span }, cx)
    return spec === undefined ? undefined : { spec, test: test ?? { tests: [], exact: false, span: at.span } }
  },
}

function split(map: YAMLMap<Node, Node | null>, first: (key: string) => boolean): readonly [YAMLMap, YAMLMap] {
  const part = (take: boolean): YAMLMap => {
    const out = new YAMLMap()
    out.range = map.range ?? null
    out.items = map.items.filter((p: Pair<Node, Node | null>) => first(isScalar(p.key) ? String(p.key.value) : '') === take)
    return out
  }
  return [part(true), part(false)]
}

/** A metric as it stands in YAML: the kind is the key that names one. */
export function readMetric(at: At, cx: Reading, named = false): (MetricSpec & { readonly about: Description }) | undefined {
  const real = deref(at, cx)
  if (real === undefined) return undefined
  if (!isMap(real.node)) return refuse(real, cx, 'a metric, such as `{ count: orders }`')
  const keys = (real.node.items as Pair<Node>[]).map((p) => ({
    key: isScalar(p.key) ? String(p.key.value) : '',
    span: spanOf(p.key, cx.source, at.span),
  }))
  const kinds = keys.filter(({ key }) => (metricNames as readonly string[]).includes(key))
  if (kinds.length > 1)
    return cx.problems.error('two-kinds', `a metric is of one kind; here are ${kinds.map((k) => `\`${k.key}\``).join(' and ')}`, {
      span: at.span,
    })
  const [found] = kinds
  if (found === undefined) {
    const help =
      keys.map(({ key }) => suggest(key, metricNames)).find((h) => h !== undefined) ??
      `kinds of metric: ${metricNames.map((n) => `\`${n}\``).join(', ')}`
    return cx.problems.error('unknown-metric', 'no kind of metric is named here', { span: keys[0]?.span ?? at.span, help })
  }
  const body = metricBody(found.key as MetricName, named).read(real, cx)
  if (body === undefined) return undefined
  const { title, description, owner, tags, ...rest } = body
  const about = {
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(owner !== undefined && { owner }),
    ...(tags !== undefined && { tags }),
  }
  return { kind: found.key as MetricName, body: rest, about }
}

export const attribute = {
  attribute: kind({
    summary: 'attributes and metrics of the customer pass, all of them',
    fields: nonEmpty,
    check(body, world, problems) {
      for (const [name, { value, span }] of body) {
        const type = customerType(name, span, world, problems)
        if (type !== undefined)
          checkComparison(value, `\`${name}\``, type, world.asOf, problems, (other) =>
            customerType(other.value, other.span, world, problems),
          )
      }
    },
    uses: (body) =>
      uses(
        'metric',
        [...body].flatMap(([name, { value, span }]) => [{ value: name, span }, ...operandNames(value)]),
      ),
    sql: (body, cx) => and([...body].map(([name, { value }]) => comparisonSql(value, customerValue(cx, name), cx))),
    say: (body) => [...body].map(([name, { value }]) => `${name} ${sayComparison(value)}`).join(' and '),
    example: 'attribute: { city: Минск, age: { min: 18 } }',
  }),
  metric: kind({
    summary: 'an unnamed metric passes',
    fields: metricCondition,
    check({ spec, test }, world, problems, span) {
      const type = checkMetric(spec, world, problems, span)
      if (type !== undefined)
        checkComparison(test, 'the metric', type, world.asOf, problems, (other) =>
          customerType(other.value, other.span, world, problems),
        )
    },
    uses: ({ spec, test }) => [
      ...uses('event', [{ value: spec.body.target.on, span: spec.body.target.span }]),
      ...uses('metric', operandNames(test)),
    ],
    sql: ({ spec, test }, cx) => comparisonSql(test, cx.metric(spec), cx),
    say: ({ spec, test }) => `${sayMetric(spec)} ${sayComparison(test)}`,
    example: 'metric: { sum: orders.amount, last: 1 year, min: 1000 }',
  }),
}
