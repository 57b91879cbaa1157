/** One hand-off from its choice to its records: who is taken goes through the profile, the ledger and a sink, and is counted on the way. */
import type { OutCell } from '../engine/cells.js'
import type { Setting } from '../engine/compiler.js'
import { pageMemory } from '../store/store.js'
import { holdout } from './arms.js'
import { type Candidate, type Choice, type Counts, type Taking, take } from './audience.js'
import { Latest } from './latest.js'
import { Entry, type HandOff as LedgerEntry, type Mode } from './ledger.js'
import { type FileKey, identifiers, identitiesOf, leaving, type Outlet, type Rows, type Sink, shaperOf } from './outlet.js'
import { headerWord, valuesOf } from './profile.js'
import { removals } from './removals.js'
import type { Shaped, Shaper } from './shaping.js'
import { spellingOf } from './spellings.js'

export interface Job {
  readonly choice: Choice
  readonly outlet: Outlet
  /** Columns after the profile's own. */
  readonly columns: readonly string[]
  /** An arm is a column or has a file of its own. */
  readonly arms: 'files' | 'column'
  readonly mode: Mode | undefined
  /** Whether a file of it reaches those in it. */
  readonly contact: boolean
  readonly asOf: string
  readonly profileVersion: string
}

/** A hand-off that is ready to be gone through, once. */
export interface Passage {
  readonly counts: Counts
  readonly entry: Entry
  /** Puts every record into the sink; yields now and then, so that what is ready can be taken. */
  drive(sink: Sink): AsyncGenerator<void>
  /** What became of each column's values. */
  readonly columns: Shaper['columns']
  /** Records in files. */
  readonly rows: number
  /** Occurrences left out because a later one has the address. */
  readonly repeats: number
  /** Arms that have a file. */
  readonly arms: readonly string[]
  /** What the audience would say of each row, and its profile's files have no column for. */
  readonly leftOut: readonly string[]
}

/** `assigned` is told each customer who is in a file, and each who is held out, once with his arm; no arm is empty. */
export function pass(setting: Setting, job: Job, assigned: (customer: number, arm: string) => void = () => undefined): Passage {
  const { choice, outlet, mode } = job
  // Rows pass once, mostly as they lie: pages of them need not stay.
  setting.store.exec(pageMemory.little)
  const taking = take(setting, choice, outlet.profile.key === undefined ? 'in-time' : 'latest-first')
  const shape = rowsOf(taking, job, setting)
  const latest = choice.taken.of === 'event' && keysAreShared(outlet) ? new Latest() : undefined
  let now: Candidate | undefined
  const shaped = shaperOf(
    outlet,
    latest === undefined ? shape : { ...shape, isTaken: (address) => latest.isAnothers(address, now as Candidate) },
  )
  const places = identifiers(outlet, shaped.headers)
  const about: LedgerEntry = {
    audience: choice.name,
    profile: outlet.profile.name,
    profileVersion: job.profileVersion,
    channel: choice.channel,
    contact: job.contact,
    asOf: setting.asOf,
    mode,
    split: choice.split,
  }
  const entry = new Entry(
    setting.store,
    about,
    places.map((i) => shaped.headers[i] as string),
  )
  const counts = taking.counts
  const arms = choice.split === undefined ? [] : choice.split.arms.map((a) => a.name).filter((a) => a !== holdout)
  const state = { rows: 0, repeats: 0 }
  const makeKey = (arm: string | null, part: string): FileKey => ({
    ...(arm !== null && job.arms === 'files' && { arm }),
    ...(mode === 'changes' && outlet.removes === 'file' && { action: 'add' as const }),
    ...(part !== '' && { part }),
  })
  let lastKey: { readonly arm: string | null; readonly part: string; readonly key: FileKey } | undefined
  const keyOf = (arm: string | null, part: string): FileKey => {
    if (lastKey === undefined || lastKey.arm !== arm || lastKey.part !== part) lastKey = { arm, part, key: makeKey(arm, part) }
    return lastKey.key
  }
  const openAll = (sink: Sink): void => {
    if (arms.length === 0 || job.arms === 'column') sink.open(keyOf(null, ''), shaped)
    else for (const arm of arms) sink.open(keyOf(arm, ''), shaped)
  }
  const tally = new Tally(counts, assigned)
  const own: string[] = []
  /** What of a record is kept; the list is the next one's too. */
  const cellsOf = (cells: readonly OutCell[]): readonly string[] => {
    for (let n = 0; n < places.length; n++) {
      const cell = cells[places[n] as number] as OutCell
      own[n] = typeof cell === 'string' ? cell : textOf(cell ?? null)
    }
    return own
  }

  async function* drive(sink: Sink): AsyncGenerator<void> {
    if (outlet.profile.partition === undefined || !partitioned(choice)) openAll(sink)
    if (latest !== undefined) {
      const looking = shaperOf(outlet, { ...shape, isTaken: (address) => latest.note(address) })
      latest.survey(taking.survey(), (one) => void (one.arm === holdout || looking.take(shape.row(one))))
    }
    for (const one of taking.rows) {
      now = one
      if (one.arm === holdout) {
        entry.add(one.customer, holdout, '', [])
        tally.heldOut(one.customer)
        continue
      }
      const made = shaped.take(shape.row(one))
      if (typeof made === 'string') {
        if (made === 'same-address' && choice.taken.of === 'event') state.repeats++
        tally.dropped(one.customer, made)
        continue
      }
      let placed = false
      for (let n = 0; n < made.length; n++) {
        const { cells, part } = made[n] as Shaped
        const key = keyOf(one.arm, part)
        const standing = mode === undefined ? undefined : entry.add(one.customer, one.arm ?? '', identOf(one, n), cellsOf(cells))
        if (standing !== undefined && (standing === 'stayed' || (mode === 'new' && standing !== 'new'))) {
          placed = true
          continue
        }
        const taken = sink.add(key, shaped, cells)
        const good = typeof taken === 'boolean' ? taken : await taken
        if (!good) continue
        placed = true
        state.rows++
        if (mode === undefined) entry.add(one.customer, one.arm ?? '', identOf(one, n), cellsOf(cells))
        if (state.rows % 256 === 0) yield
      }
      if (placed) tally.placed(one)
      else tally.dropped(one.customer, 'not-in-shape')
    }
    tally.end()
    if (mode === 'changes') yield* remove(sink)
    yield
  }

  async function* remove(sink: Sink): AsyncGenerator<void> {
    const apart = outlet.removes === 'file'
    const removing = apart ? shaperOf(outlet, { ...shape, removing: true }) : shaped
    const record = leaving(outlet, removing.headers, { audience: choice.name, asOf: job.asOf })
    const keyed = (arm: string): FileKey => ({
      ...(arms.length > 0 && arm !== '' && job.arms === 'files' && { arm }),
      ...(apart && { action: 'remove' as const }),
    })
    if (apart) for (const arm of arms.length === 0 || job.arms === 'column' ? [''] : arms) sink.open(keyed(arm), removing)
    const kept = places.map((i) => shaped.headers[i] as string)
    for (const gone of removals(entry, {
      identities: identitiesOf(outlet, kept),
      spelling: spellingOf(outlet.profile, outlet.params),
      byArm: job.arms === 'files',
    })) {
      await sink.add(keyed(gone.arm), removing, record(gone))
      state.rows++
      if (state.rows % 256 === 0) yield
    }
  }

  return {
    counts,
    entry,
    drive,
    columns: shaped.columns,
    get rows() {
      return state.rows
    },
    get repeats() {
      return state.repeats
    },
    arms,
    leftOut: shape.leftOut,
  }
}

/** Whether two customers can have one key of the profile. */
const keysAreShared = ({ profile }: Outlet): boolean =>
  profile.columns.some(
    (c) => profile.key?.some((k) => k.value === headerWord(c)) && valuesOf(c).some((v) => v.value !== 'customer'),
  )

/** Only those whose consent was not asked for differ in it. */
const partitioned = ({ channels }: Choice): boolean => channels.length === 0

const identOf = ({ ident }: Candidate, n: number): string => (n === 0 ? ident : `${ident}\u001f${n}`)

const textOf = (cell: OutCell): string =>
  cell === null ? '' : typeof cell === 'object' ? ('decimal' in cell ? cell.decimal : cell.join(';')) : String(cell)

/** What the shaper is told of the rows, and how a candidate becomes one. */
function rowsOf(
  taking: Taking,
  { choice, outlet, columns, arms, mode, asOf }: Job,
  setting: Setting,
): Rows & { readonly leftOut: readonly string[]; row(one: Candidate): OutCell[] } {
  const isEvent = choice.taken.of === 'event'
  const facts = [
    ...(choice.taken.of === 'segments' && choice.taken.waterfall ? ['segment'] : []),
    ...(choice.split !== undefined && arms === 'column' ? ['arm'] : []),
    ...(isEvent ? ['at'] : []),
  ]
  const captured = taking.captured.map((name) =>
    choice.values.includes(name) || name === 'at' || name === 'customer' ? `event_${name}` : name,
  )
  const values = ['customer', 'change', 'consent', ...facts, ...choice.values, ...captured]
  const changing = mode === 'changes' && outlet.removes !== 'file'
  const asks = partitioned(choice) && choice.channel !== undefined
  return {
    audience: choice.name,
    asOf,
    country: setting.country,
    values,
    lists: taking.lists,
    before: changing && outlet.removes === 'none' ? ['change'] : [],
    extra: outlet.takesMore ? [...facts, ...captured, ...columns] : [],
    leftOut: outlet.takesMore ? [] : [...facts, ...captured],
    row(one) {
      const row: OutCell[] = [one.key, 'entered', asks ? one.consent : '']
      for (const fact of facts) row.push(fact === 'segment' ? one.segment : fact === 'arm' ? one.arm : one.at)
      for (let i = 0; i < one.values.length; i++) row.push(one.values[i] as OutCell)
      for (let i = 0; i < one.captured.length; i++) row.push(one.captured[i] as OutCell)
      return row
    },
  }
}

/** Each customer counts once, however many occurrences he has: in his arm where any went out, else under the first reason. */
class Tally {
  private customer = -1
  private reason: 'no-address' | 'not-in-shape' | 'same-address' | undefined
  private isPlaced = false
  constructor(
    private readonly counts: Counts,
    private readonly assigned: (customer: number, arm: string) => void,
  ) {}
  heldOut(customer: number): void {
    if (customer !== this.customer) this.assigned(customer, holdout)
    this.turn(customer)
  }
  dropped(customer: number, reason: 'no-address' | 'not-in-shape' | 'same-address'): void {
    this.turn(customer)
    this.reason ??= reason
  }
  placed({ customer, arm }: Candidate): void {
    this.turn(customer)
    if (!this.isPlaced) {
      this.counts.enter(arm ?? '')
      this.assigned(customer, arm ?? '')
    }
    this.isPlaced = true
  }
  end(): void {
    this.turn(-1)
  }
  private turn(customer: number): void {
    if (customer === this.customer) return
    if (this.customer >= 0 && !this.isPlaced && this.reason !== undefined) this.counts.drop(this.reason)
    this.customer = customer
    this.reason = undefined
    this.isPlaced = false
  }
}
