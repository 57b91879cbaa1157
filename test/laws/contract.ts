/** Every kind of the contract, by hand, and those that the program has now. */
import { kinds } from '../../src/language/conditions/index.js'
import { eventKinds } from '../../src/language/events.js'
import { metricKinds } from '../../src/language/metrics.js'
import type { Plain } from '../oracle.js'
import type { Available } from './values.js'

const words = (text: string): readonly string[] => text.trim().split(/\s+/)

export const contract = {
  conditions:
    words(`attribute performed not_performed first_performed last_performed metric regularly sequence lapsed resurrected anniversary
    in_segment not_in_segment in_list not_in_list rank sample reachable contacted not_contacted`),
  metrics: words('count sum average median lowest highest distinct first latest days_since favourite share ntile bands ratio'),
  events: words('nth every_nth reaches quiet_for after_gap sequence anniversary enters leaves'),
  operators:
    words(`is not in not_in min max above below exactly contains not_contains starts_with ends_with matches has_any has_all has_none
    exists before after next last ago between since until on period unknown case times`),
  features: words(
    `all any none base containing without days count counted per capture where by among best every not_in metric $parameter`,
  ),
} as const

export const everything: Available = {
  conditions: new Set(contract.conditions),
  metrics: new Set(contract.metrics),
  events: new Set(contract.events),
}

/** Kinds that are known to be wrong and are not drawn until they are mended. */
const outOfOrder: readonly string[] = []

const there = (names: readonly string[], table: object): ReadonlySet<string> =>
  new Set(names.filter((name) => Object.hasOwn(table, name) && !outOfOrder.includes(name)))

export const available: Available = {
  conditions: there(contract.conditions, kinds),
  metrics: there(contract.metrics, metricKinds),
  events: there(contract.events, eventKinds),
}

const named = new Set<string>(Object.values(contract).flat())

/** The names of kinds, operators, windows and features that stand anywhere in a definition. */
export function kindsIn(value: Plain): Set<string> {
  const used = new Set<string>()
  const walk = (inner: Plain, inList: boolean): void => {
    if (typeof inner === 'string' && inner.startsWith('$')) used.add('$parameter')
    if (typeof inner !== 'object' || inner === null) return
    for (const [key, more] of Object.entries(inner)) {
      if (!Array.isArray(inner) && named.has(key)) used.add(key)
      walk(more as Plain, Array.isArray(inner))
    }
    if (inList && !Array.isArray(inner) && ['all', 'any', 'none'].some((name) => name in inner)) used.add('nested block')
  }
  walk(value, false)
  return used
}
