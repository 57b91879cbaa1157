/** Of occurrences that share an address, whose is the latest. Knows no files. */
import type { Candidate } from './audience.js'

export class Latest {
  private readonly found = new Map<string, Held>()
  private one: Candidate | undefined

  /** Goes through all occurrences once; `shape` makes a record of one and tells `note` of each of its addresses. */
  survey(all: Iterable<Candidate>, shape: (one: Candidate) => void): void {
    for (const one of all) {
      this.one = one
      shape(one)
    }
    this.one = undefined
    for (const [address, { isShared }] of this.found) if (!isShared) this.found.delete(address)
  }

  /** Takes note of an address of the occurrence at hand; no more is asked of its row. */
  note(address: string): true {
    const one = this.one as Candidate
    const held = this.found.get(address)
    if (held === undefined) this.found.set(address, { one: whose(one), isShared: false })
    else if (held.one.customer !== one.customer)
      this.found.set(address, { one: isLater(one, held.one) ? whose(one) : held.one, isShared: true })
    return true
  }

  /** Whether another customer has a later occurrence with this address; of two at one moment the first one counts. */
  isAnothers(address: string, { customer }: Candidate): boolean {
    const held = this.found.get(address)
    return held !== undefined && held.one.customer !== customer
  }
}

interface Held {
  /** The latest of its customer comes first. */
  readonly one: Pick<Candidate, 'customer' | 'moment'>
  readonly isShared: boolean
}

/** Of a row that is long gone no more than this is kept. */
const whose = ({ customer, moment }: Candidate): Held['one'] => ({ customer, moment })

const isLater = ({ moment: a }: Held['one'], { moment: b }: Held['one']): boolean =>
  a !== null && b !== null && (a.day > b.day || (a.day === b.day && a.time > b.time))
