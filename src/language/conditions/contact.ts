/** Conditions on reaching a customer: whether a channel may be used and has an address, and what the ledger of hand-offs tells. */
import type { Problems, Span, Spanned } from '../../base/problem.js'
import { and, FALSE, join, not, or, type Sql, sql, TRUE, truth } from '../../base/sql.js'
import { suggest } from '../../base/text.js'
import type { Day } from '../../base/time.js'
import { type Contacts, contactCounts } from '../../store/contacts.js'
import { email as formOfEmail, number as formOfNumber, isEmail } from '../addresses.js'
import { type Comparison, checkComparison, comparison, comparisonSql } from '../compare.js'
import { numberOf } from '../countries.js'
import { attributeValue, customerValue } from '../fields.js'
import { type Compiling, kind, uses, type World } from '../kind.js'
import { comparisonOf, type Look, type Looking, opposite, type Unit } from '../look.js'
import { sayTimes } from '../rowfilter.js'
import { computed, type Value } from '../value.js'
import { daysOf, sayWindow, type WindowFields, windowReaders, wrongWindow } from '../windows.js'
import type { Wording } from '../words/index.js'
import { oneOf, optional, type Reader, shape, spanned, word } from '../yaml.js'

/**
 * An address of customer `c`: whether it is there and well-formed, and whether one of those asked about has the same. `standing`
 * tells both at once: 2 where one of them has it, 1 where it is there otherwise, else 0.
 */
interface Address {
  readonly there: Sql
  readonly shared: Sql
  standing(): Sql
}

interface Channel {
  /** Any of these will do; one that somebody refused under is no way. */
  readonly addresses: readonly ((cx: Compiling, who: Sql) => Address | undefined)[]
  /** Attributes that must all be known. */
  readonly needs: readonly string[]
}

/** Channels by which people are written to, with what each needs to arrive. */
export const channels = {
  email: { addresses: [email], needs: [] },
  sms: { addresses: [number], needs: [] },
  ads: { addresses: [email, number], needs: [] },
  post: { addresses: [], needs: ['postcode', 'city'] },
  push: { addresses: [], needs: [] },
} as const satisfies Readonly<Record<string, Channel>>

export type ChannelName = keyof typeof channels
export const channelNames = Object.keys(channels) as readonly ChannelName[]
const table: Readonly<Record<ChannelName, Channel>> = channels

/** Segments behind the project's rules of consent; a blank keeps their names apart from any that can be written. */
export const agreed = (channel: string): string => `consent ${channel}`
export const refused = (channel: string): string => `refused ${channel}`
export const isHidden = (segment: string): boolean => segment.includes(' ')

const stored = (cx: Compiling, name: string): Value | undefined => {
  const field = cx.catalogue.own('customers', name)
  return field?.id === undefined ? undefined : attributeValue(cx, field)
}

function email(cx: Compiling, who: Sql): Address | undefined {
  const value = stored(cx, 'email')
  const form = formOfEmail(cx)
  return value === undefined || form === undefined
    ? undefined
    : {
        there: truth(cx.textPasses(value.shown, isEmail)),
        shared: truth(form.among(who)),
        standing: () => form.standing(who, isEmail),
      }
}

function number(cx: Compiling, who: Sql): Address | undefined {
  const form = formOfNumber(cx)
  return form === undefined
    ? undefined
    : { there: truth(form.known), shared: truth(form.among(who)), standing: () => form.standing(who) }
}

const known = (cx: Compiling, name: string): Sql => truth(stored(cx, name)?.where((form) => sql`${form} is not null`) ?? FALSE)

/** Of customer `c`: whether he has an address of the channel, and whether one of those asked about has the same. */
export function addressOf(channel: ChannelName, cx: Compiling, who: Sql): Address {
  const { addresses, needs } = table[channel]
  const found = addresses.map((a) => a(cx, who)).filter((a) => a !== undefined)
  const needed = needs.map((name) => known(cx, name))
  const there = and([addresses.length === 0 ? TRUE : or(found.map((a) => a.there)), ...needed])
  const shared = or(found.map((a) => a.shared))
  return {
    there,
    shared,
    standing() {
      const each = found.map((a) => a.standing())
      if (each.length === 0) return sql`(case when ${shared} then 2 when ${there} then 1 else 0 end)`
      const best = each.length === 1 ? sql`(${each[0] as Sql})` : sql`max(${join(each, ', ')})`
      return needed.length === 0 ? best : sql`(case ${best} when 2 then 2 when 1 then ${and(needed)} else 0 end)`
    },
  }
}

interface Reach {
  readonly consents: Sql
  readonly there: Sql
  /** Both at once: 0 without consent, 1 without address, else 2. */
  standing(): Sql
}

/** Consent for the channel, and an address: each predicate over customer `c`. */
export function reach(channel: ChannelName, cx: Compiling): Reach {
  const { there, shared, standing } = addressOf(channel, cx, cx.amongMembers(refused(channel)))
  const agrees = truth(cx.member(agreed(channel)))
  return {
    consents: and([agrees, not(shared)]),
    there,
    standing: () => sql`(case when not ${agrees} then 0 else case ${standing()} when 2 then 0 when 1 then 2 else 1 end end)`,
  }
}

export function checkChannel({ value, span }: Spanned<ChannelName>, world: World, problems: Problems): void {
  const ruled = (world.consent ?? []).map((rule) => rule.channel)
  if (ruled.includes(value)) return
  const others = ruled.length === 0 ? '' : `; there are rules for ${ruled.map((r) => `\`${r}\``).join(', ')}`
  problems.error('no-consent-rule', `no rule of consent for \`${value}\``, {
    span,
    help: `write one in segkit.yaml, such as \`consent: { ${value}: { attribute: { ${value}_opt_in: true } } }\`${others}`,
  })
}

/** What he has of what the channel needs, whether it is well-formed, and whether another with the same has said no. */
function reachLooks({ value }: Spanned<ChannelName>, _span: Span, { country }: Looking): readonly Look[] {
  const { addresses, needs } = table[value]
  const addressed: readonly Look[] = [
    {
      label: 'email',
      at: { named: 'email' },
      judge: (text) => ({ holds: text !== undefined && isEmail(text), wanted: 'a well-formed address' }),
    },
    {
      label: 'phone',
      at: { values: [(cx) => customerValue(cx, 'phone'), (cx) => customerValue(cx, 'country')] },
      judge(text, [own]) {
        const form = text === undefined ? undefined : numberOf(text, own, country)
        const beside = form === undefined ? [] : [{ label: 'number', value: form }]
        return { holds: form !== undefined, wanted: 'a number that can be called', beside }
      },
    },
  ]
  const ways = [email, number].flatMap((way, i) => (addresses.includes(way) ? [addressed[i] as Look] : []))
  const needed = needs.map(
    (name): Look => ({ label: name, at: { named: name }, judge: (text) => ({ holds: text !== undefined }) }),
  )
  const shared: Look = {
    label: 'somebody with this address has said no',
    at: { values: [(cx) => computed('boolean', addressOf(value, cx, cx.member(refused(value))).shared)] },
    judge: (text) => ({ holds: text !== 'true' }),
  }
  return [...ways, ...needed, ...(ways.length === 0 ? [] : [shared])]
}

interface Contacted extends WindowFields {
  readonly audience: Spanned<string>
  readonly channel?: ChannelName
  readonly count?: Comparison
}
const contactedFields: Reader<Contacted> = shape({
  audience: spanned(word),
  channel: optional(oneOf(...channelNames)),
  count: optional(comparison),
  ...windowReaders,
})

function checkContacted(body: Contacted, world: World, problems: Problems, span: Spanned<string>['span']): void {
  const wrong = wrongWindow(body, world.asOf)
  if (wrong !== undefined) problems.error('window', wrong, { span })
  if (body.count !== undefined) checkComparison(body.count, '`count`', 'number', world.asOf, problems)
  const { value, span: at } = body.audience
  if (world.handedOff === undefined || world.handedOff.has(value) || world.broken.has(value)) return
  const known = [...world.handedOff].filter((name) => !name.startsWith('system/'))
  const help = suggest(value, known, 'audiences and segments')
  problems.error('unknown-audience', `no audience \`${value}\`, nor was anything handed off under that name`, {
    span: at,
    ...(help !== undefined && { help }),
  })
}

function contactsIn(body: Contacted, asOf: Day): Contacts {
  const { from, to } = daysOf(body, asOf) ?? {}
  const audiences = sql`select r._id from name_row r where r.name = ${body.audience.value}`
  return { audiences, channel: body.channel, from, to: Math.min(to ?? asOf, asOf) }
}

function contactCount(body: Contacted, cx: Compiling): Value {
  const [n] = cx.alone(contactCounts(contactsIn(body, cx.asOf)), ['n']) as [Sql]
  return computed('number', sql`coalesce(${n}, 0)`, { scale: 0, known: true })
}

const contact_: Unit = ['contact', 'contacts']
const contactLooks =
  (wanted: boolean) =>
  (body: Contacted, span: Span, { asOf }: Looking): readonly Look[] => {
    const count = body.count ?? comparisonOf('min', '1', span)
    const test = wanted ? count : opposite(count)
    return [
      {
        label: 'contacts',
        at: { values: [(cx) => contactCount(body, cx)] },
        ...(test !== undefined && { test }),
        unit: contact_,
        contacts: contactsIn(body, asOf),
      },
    ]
  }

function contactedSql(body: Contacted, cx: Compiling): Sql {
  const count = contactCount(body, cx)
  return body.count === undefined ? truth(sql`${count.form} > 0`) : comparisonSql(body.count, count, cx)
}

const more = (body: Contacted, w: Wording): readonly string[] => [sayTimes(body.count, w), sayWindow(body, w)]

export const contact = {
  reachable: kind<Spanned<ChannelName>>({
    summary: 'by this channel: consent holds, the address is there and well-formed, and nobody with the same one has said no',
    fields: spanned(oneOf(...channelNames)),
    check: checkChannel,
    uses: ({ value, span }) =>
      uses(
        'segment',
        [agreed(value), refused(value)].map((name) => ({ value: name, span })),
      ),
    sql({ value }, cx) {
      const { consents, there } = reach(value, cx)
      return and([consents, there])
    },
    say: ({ value }, w) => w.conditions.reachable(value),
    looks: reachLooks,
    example: 'reachable: sms',
  }),
  contacted: kind<Contacted>({
    summary: 'hand-offs of the audience to the customer pass; without `count`, at least one',
    fields: contactedFields,
    check: checkContacted,
    sql: contactedSql,
    say: (body, w) => w.conditions.contacted(body.audience.value, body.channel, more(body, w)),
    looks: contactLooks(true),
    example: 'contacted: { audience: spring-offer, last: 30 days, count: { max: 1 } }',
  }),
  not_contacted: kind<Contacted>({
    summary: 'exactly the complement of `contacted`',
    fields: contactedFields,
    check: checkContacted,
    sql: (body, cx) => not(contactedSql(body, cx)),
    say: (body, w) => w.conditions.not_contacted(body.audience.value, body.channel, more(body, w)),
    looks: contactLooks(false),
    example: 'not_contacted: { audience: spring-offer, last: 30 days }',
  }),
}
