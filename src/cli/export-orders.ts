/** What `export` is asked for: names of the command line as hand-offs to be made, each with its profile, its columns and whom it leaves out. */
import { Stop } from '../base/problem.js'
import { before, formatDay } from '../base/time.js'
import type { Setting } from '../engine/compiler.js'
import { holdout, splitOf } from '../handoff/arms.js'
import { profilesOf } from '../handoff/asked.js'
import type { Choice, Taken } from '../handoff/audience.js'
import type { Job } from '../handoff/handoff.js'
import { capped, type Mode } from '../handoff/ledger.js'
import { type Outlet, openOutlet, versionOf } from '../handoff/outlet.js'
import { suppressingSegments } from '../handoff/suppression.js'
import { type AudienceBody, armsOf, channelsOf, contactChannel, daysOfAudience, lacks } from '../language/audiences.js'
import { agreed, type ChannelName, refused } from '../language/conditions/contact.js'
import type { Audience, EventDefinition, Segment } from '../language/definitions.js'
import type { FieldType } from '../store/sources.js'
import { type Invocation, misuse } from './command.js'
import { customerColumns } from './members.js'
import { errorsFirst, type Workspace } from './workspace.js'

/** One hand-off that is asked for. */
export interface Order {
  readonly name: string
  /** Of its files: `AUDIENCE_D`. */
  readonly base: string
  readonly job: Job
  /** Recorded by the run behind it. */
  readonly segments: readonly Segment[]
  readonly events: readonly EventDefinition[]
  /** Segments that must not be held. */
  readonly leansOn: readonly string[]
  /** What is to be said before. */
  readonly notes: readonly string[]
}

/** What all hand-offs of the command have in common. */
export interface Desk {
  readonly ws: Workspace
  readonly setting: Setting
  readonly invocation: Invocation
  /** All of it goes into one file or stream. */
  readonly single: boolean
}

/** An audience as the command line bends it. */
export function orderOfAudience({ name, audience }: Audience, desk: Desk): Order {
  const { ws, setting, invocation } = desk
  const written = audience.profile?.value
  const chosen = invocation.option('profile')
  const profile = chosen ?? written ?? byEnding(invocation)
  const span =
    audience.profile?.span ?? audience.segment?.span ?? audience.event?.span ?? (audience.waterfall?.[0]?.span as Segment['span'])
  const bent: AudienceBody = { ...audience, profile: { value: profile, span } }
  const own = profile === written ? Object.fromEntries([...(audience.params ?? [])].map(([k, v]) => [k, v.value])) : {}
  const outlet = openOutlet(ws.root, profile, { ...own, ...paramsOf(invocation) }, invocation.spanOf)
  const profiles = profilesOf(ws.root)
  const channels = channelsOf(bent, profiles).map((c) => c.value)
  const channel = contactChannel(bent, profiles)
  const taken: Taken =
    audience.event !== undefined
      ? { of: 'event', event: eventOf(setting, audience.event.value), days: daysOfAudience(audience, ws.asOf) }
      : {
          of: 'segments',
          segments: (audience.waterfall ?? [audience.segment]).flatMap((s) => (s === undefined ? [] : [s.value])),
          waterfall: audience.waterfall !== undefined,
        }
  const { limit, split, frequency_cap: cap } = audience
  const segments = taken.of === 'segments' ? taken.segments : []
  const suppress = [...ws.project.suppress, ...(audience.suppress ?? []).map((s) => s.value)]
  return {
    ...orderFor(desk, name, outlet, channels, {
      taken,
      channel,
      suppress,
      capped:
        cap === undefined
          ? undefined
          : capped(setting.store, {
              audience: name,
              channel,
              asOf: ws.asOf,
              from: before(ws.asOf, cap.value.per) + 1,
              max: cap.value.max,
            }),
      limit:
        limit === undefined
          ? undefined
          : { top: limit.value.top.value, by: limit.value.by.value, best: limit.value.best ?? 'highest' },
      split: split === undefined ? undefined : splitOf(split.value.salt, armsOf(split.value)),
      wanted: (audience.columns ?? []).map((c) => c.value),
      armsAs: split?.value.as ?? 'files',
      contact: audience.contact ?? true,
    }),
    segments: segments.flatMap((s) => setting.definitions.segments.get(s) ?? []),
    events: taken.of === 'event' ? [taken.event] : [],
    leansOn: [...new Set([...segments, ...(taken.of === 'event' ? taken.event.uses : []), ...suppressingSegments({ suppress })])],
    notes:
      audience.reachable?.value === 'any' ? ['consent was not asked for (`reachable: any`)'] : unasked(desk, outlet, channels),
  }
}

/** A bare segment: the consent of the profile's channel and the project's `suppress:` hold for it too. */
export function orderOfSegment(segment: Segment, desk: Desk): Order {
  const order = bare(desk, segment.name, { of: 'segments', segments: [segment.name], waterfall: false })
  return { ...order, segments: [segment], leansOn: [segment.name, ...order.leansOn] }
}

/** Customers named on stdin. */
export const orderOfList = (keys: ReadonlySet<string>, desk: Desk): Order => bare(desk, '-', { of: 'list', keys })

function bare(desk: Desk, name: string, taken: Taken): Order {
  const { ws, invocation } = desk
  const outlet = openOutlet(
    ws.root,
    invocation.option('profile') ?? byEnding(invocation),
    paramsOf(invocation),
    invocation.spanOf,
  )
  const { channel } = outlet
  const channels: readonly ChannelName[] = channel === undefined ? [] : [channel]
  const { suppress } = ws.project
  return {
    ...orderFor(desk, name, outlet, channels, {
      taken,
      channel,
      suppress,
      capped: undefined,
      limit: undefined,
      split: undefined,
      wanted: [],
      armsAs: 'files',
      contact: true,
    }),
    segments: [],
    events: [],
    leansOn: suppressingSegments(ws.project),
    notes: unasked(desk, outlet, channels),
  }
}

/** What is said where rules of consent are there and none was asked. */
function unasked({ ws: { project } }: Desk, { profile }: Outlet, channels: readonly ChannelName[]): readonly string[] {
  if (channels.length > 0 || project.consent.length === 0) return []
  const rules = project.consent.map((rule) => rule.channel).join(', ')
  return [
    `the shape \`${profile.name}\` is for no channel, so the rules of consent (${rules}) were not asked; only \`suppress:\` was`,
  ]
}

interface Wish extends Omit<Choice, 'name' | 'channels' | 'values'> {
  readonly wanted: readonly string[]
  readonly armsAs: 'files' | 'column'
  readonly contact: boolean
}

function orderFor(
  desk: Desk,
  name: string,
  outlet: Outlet,
  channels: readonly ChannelName[],
  { wanted, armsAs, contact, ...choice }: Wish,
): Pick<Order, 'name' | 'base' | 'job'> {
  const { ws, setting, invocation, single } = desk
  const { globals } = invocation
  checkConsent(desk, outlet, channels)
  checkRules(desk, choice.channel === undefined ? channels : [...channels, choice.channel])
  if (globals.columns !== undefined) customerColumns(setting, globals)
  const columns = (globals.columns ?? wanted).filter((c) => c !== 'customer' || !hasKey(outlet))
  const [first] = columns
  if (first !== undefined && !outlet.takesMore)
    throw misuse(
      globals,
      globals.columns === undefined ? outlet.profile.name : first,
      'fixed-columns',
      `\`${outlet.profile.name}\` takes no columns beside its own`,
      {
        help: `leave ${globals.columns === undefined ? "the audience's `columns:`" : '`--columns`'} out, or take another profile`,
      },
    )
  const arms = (choice.split?.arms ?? []).filter((arm) => arm.name !== holdout).length
  if ((single || armsAs === 'column') && arms > 1 && !outlet.takesMore)
    throw misuse(
      globals,
      single ? (globals.output ?? '') : outlet.profile.name,
      'fixed-columns',
      `arms in one file need a column, and \`${outlet.profile.name}\` takes none beside its own`,
      {
        help: single ? 'name a folder with `-o DIR`: each arm has a file there' : 'write `as: files` in the split',
      },
    )
  if (single && outlet.profile.partition !== undefined && channels.length === 0 && choice.channel !== undefined)
    throw misuse(
      globals,
      globals.output ?? '',
      'two-files',
      `\`${outlet.profile.name}\` takes a file for each state of consent, and not all here have agreed`,
      { help: 'name a folder with `-o DIR`, or leave `-o` out' },
    )
  checkColumns(desk, outlet)
  const mode = modeOf(invocation)
  if (single && mode === 'changes' && outlet.removes === 'file')
    throw misuse(
      globals,
      globals.output ?? '',
      'two-files',
      `changes for \`${outlet.profile.name}\` are two files: who came and who left`,
      {
        help: 'name a folder with `-o DIR`, or leave `-o` out',
      },
    )
  return {
    name,
    base: `${name === '-' ? 'list' : name}_${formatDay(ws.asOf)}`,
    job: {
      choice: {
        name,
        channels,
        values: [...new Set([...outlet.wants.filter((v) => knows(setting, v)), ...columns.filter((c) => c !== 'customer')])],
        ...choice,
      },
      outlet,
      columns,
      arms: single ? 'column' : armsAs,
      mode,
      contact,
      asOf: formatDay(ws.asOf),
      profileVersion: versionOf(outlet),
    },
  }
}

/** Whether each row has the customer's key as it is without being asked. */
const hasKey = ({ profile }: Outlet): boolean =>
  profile.columns.some((c) => c.as === undefined && c.from?.some(([v, more]) => v?.value === 'customer' && more === undefined))

/** Consent is asked by rules of the project: without one for the channel nobody can be handed off. */
function checkConsent({ ws, invocation }: Desk, { profile }: Outlet, channels: readonly ChannelName[]): void {
  const lacking = channels.find((c) => !ws.project.consent.some((rule) => rule.channel === c))
  if (lacking === undefined) return
  const span = invocation.spanOf(profile.name)
  throw Stop.with(
    78,
    'no-consent-rule',
    `\`${profile.name}\` reaches people by ${lacking}, and there is no rule of consent for \`${lacking}\``,
    {
      ...(span !== undefined && { span }),
      help: `write one in segkit.yaml, such as \`consent: { ${lacking}: { attribute: { ${lacking}_opt_in: true } } }\``,
    },
  )
}

/** Whom a rule of consent means must be clear, also where it only parts the files. */
function checkRules({ setting: { definitions } }: Desk, channels: readonly ChannelName[]): void {
  const wrong = channels.flatMap((c) => [agreed(c), refused(c)]).flatMap((name) => definitions.brokenHidden.get(name) ?? [])
  if (wrong.length > 0) throw new Stop(78, errorsFirst(wrong))
}

function checkColumns({ ws, setting, invocation }: Desk, { profile }: Outlet): void {
  const facts = profilesOf(ws.root).find(profile.name)
  const metrics = new Map<string, FieldType>([...setting.definitions.metrics].map(([name, m]) => [name, m.type]))
  const lacking = facts === undefined || 'broken' in facts ? undefined : lacks(facts, { catalogue: setting.catalogue, metrics })
  if (lacking === undefined) return
  const span = invocation.spanOf(profile.name)
  throw Stop.with(78, 'no-columns', `\`${profile.name}\` needs ${lacking}, and no file of customers has had it`, {
    ...(span !== undefined && { span }),
    help: 'load a file that has it, or map its header: `segkit inspect FILE` shows what was recognised',
  })
}

function knows({ catalogue, definitions }: Setting, name: string): boolean {
  const field = catalogue.own('customers', name)
  return name !== 'customer' && (definitions.metrics.has(name) || field?.derived === true || field?.id !== undefined)
}

function eventOf({ definitions }: Setting, name: string): EventDefinition {
  const event = definitions.events.get(name)
  if (event === undefined) throw new Error(`event ${name} was not checked`)
  return event
}

function modeOf(invocation: Invocation): Mode | undefined {
  const [changes, fresh] = [invocation.flag('changes'), invocation.flag('new')]
  if (changes && fresh)
    throw misuse(invocation.globals, '--new', 'two-modes', '`--changes` and `--new` are two different files', {
      help: 'ask for one of them',
    })
  return changes ? 'changes' : fresh ? 'new' : undefined
}

function paramsOf(invocation: Invocation): Readonly<Record<string, string>> {
  return Object.fromEntries(
    invocation.options('param').map((word) => {
      const at = word.indexOf('=')
      if (at > 0) return [word.slice(0, at).trim(), word.slice(at + 1).trim()]
      throw misuse(invocation.globals, word, 'bad-param', `\`${word}\` is no parameter`, { help: 'write `--param name=value`' })
    }),
  )
}

/** The profile that the ending of `-o` means. */
function byEnding({ globals }: Invocation): string {
  const ending = /\.([a-z]+)$/i.exec(globals.output ?? '')?.[1]?.toLowerCase()
  if (ending === 'xls' || ending === 'xlsx')
    throw misuse(globals, globals.output ?? '', 'no-workbook', 'segkit writes no Excel workbooks', {
      help: 'name a .csv and add `--profile excel`: spreadsheets open it',
    })
  return ({ tsv: 'tsv', ndjson: 'ndjson', jsonl: 'ndjson' } as Readonly<Record<string, string>>)[ending ?? ''] ?? 'csv'
}
