/** Conditions on what a customer is: attributes and metrics. */
import { isMap, isScalar, type Node, type Pair, YAMLMap } from 'yaml'
import { and } from '../../base/sql.js'
import { suggest } from '../../base/text.js'
import {
  type Comparison,
  checkComparison,
  comparison,
  comparisonSql,
  operandNames,
  operatorSchemas,
  sayComparison,
  settleUnknown,
} from '../compare.js'
import type { Description } from '../described.js'
import { customerValue } from '../fields.js'
import { customerType } from '../fieldwork.js'
import { exampleUnder, needsOne, oneOfThese, type Schema, type Shared, withKeys } from '../jsonschema.js'
import { kind, uses } from '../kind.js'
import { unitOf } from '../look.js'
import {
  checkMetric,
  type MetricName,
  type MetricSpec,
  metricBody,
  metricKinds,
  metricNames,
  metricUses,
  sayMetric,
} from '../metrics.js'
import { operatorNames } from '../operators.js'
import { windowNames } from '../windows.js'
import { type At, deref, mapOf, type Reader, type Reading, refuse, schemaOf, spanOf } from '../yaml.js'

const attributes = mapOf(comparison, 'attributes to values')
const nonEmpty: typeof attributes = {
  ...attributes,
  schema: (shared) => ({ ...schemaOf(attributes, shared), minProperties: 1 }),
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
  schema: (shared) => {
    const tests = Object.entries(operatorSchemas(shared)).filter(([key]) => !(windowNames as readonly string[]).includes(key))
    return { ...metricSchema(shared, false, Object.fromEntries(tests)), ...needsOne(tests.map(([key]) => key)) }
  },
}

/** A metric of any kind, for editors; `beside`: what else may stand in its map. */
export const metricSchema = (shared: Shared, named: boolean, beside: Readonly<Record<string, Schema>> = {}): Schema =>
  oneOfThese(
    metricNames.map((name) => {
      const schema = schemaOf(metricBody(name, named), shared)
      const { summary: description, example } = metricKinds[name]
      const own = (schema['properties'] as Readonly<Record<string, Schema>>)[name]
      const kind = { ...own, description, examples: [exampleUnder(name, example)] }
      return { title: `metric: ${name}`, ...withKeys(schema, { [name]: kind, ...beside }) }
    }),
  )

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
  const { title, description, owner, tags, tests, ...rest } = body
  const about = {
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(owner !== undefined && { owner }),
    ...(tags !== undefined && { tags }),
    ...(tests !== undefined && { tests }),
  }
  return { kind: found.key, body: rest, about } as MetricSpec & { readonly about: Description } // a kind's reader gives its body
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
    say: (body, w) => w.all([...body].map(([name, { value }]) => `${name} ${sayComparison(value, w)}`)),
    looks: (body) => [...body].map(([name, { value }]) => ({ label: name, at: { named: name }, test: value })),
    settled: (body, as) => new Map([...body].map(([name, test]) => [name, { ...test, value: settleUnknown(test.value, as) }])),
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
    uses: ({ spec, test }) => [...metricUses(spec), ...uses('metric', operandNames(test))],
    sql: ({ spec, test }, cx) => comparisonSql(test, cx.metric(spec), cx),
    say: ({ spec, test }, w) => `${sayMetric(spec, w)} ${sayComparison(test, w)}`,
    looks: ({ spec, test }) => [
      {
        label: sayMetric(spec),
        at: { metric: spec },
        test,
        ...(spec.kind === 'count' && { unit: unitOf(spec.body.target.on) }),
      },
    ],
    settled: ({ spec, test }, as) => ({ spec, test: settleUnknown(test, as) }),
    example: 'metric: { sum: orders.amount, last: 1 year, min: 1000 }',
  }),
}
