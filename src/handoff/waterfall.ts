/** The account of a waterfall: what each segment got, would have had alone, and lost to whom. Counts before anyone falls out. */

export interface Account {
  readonly segment: string
  /** Customers whom it has and none before it. */
  readonly got: number
  /** Customers whom it has. */
  readonly alone: number
  /** Customers whom it has, by the segment before it that got them. */
  readonly lost: Readonly<Record<string, number>>
}

export class Accounts {
  private readonly got: number[]
  private readonly alone: number[]
  private readonly lost: number[][]

  constructor(private readonly segments: readonly string[]) {
    this.got = segments.map(() => 0)
    this.alone = segments.map(() => 0)
    this.lost = segments.map(() => segments.map(() => 0))
  }

  /** A customer by the segments that have him. */
  add(has: (segment: number) => boolean): void {
    let first = -1
    for (let i = 0; i < this.segments.length; i++) {
      if (!has(i)) continue
      this.alone[i]!++
      if (first < 0) {
        first = i
        this.got[i]!++
      } else this.lost[i]![first]!++
    }
  }

  get all(): readonly Account[] {
    return this.segments.map((segment, i) => ({
      segment,
      got: this.got[i]!,
      alone: this.alone[i]!,
      lost: Object.fromEntries(this.lost[i]!.flatMap((n, to) => (n > 0 ? [[this.segments[to]!, n] as const] : []))),
    }))
  }
}

/** "vip got 3 of 3; loyal got 5 of 8 (3 to vip)". */
export const sayAccounts = (accounts: readonly Account[]): string =>
  accounts
    .map(({ segment, got, alone, lost }) => {
      const to = Object.entries(lost).map(([name, n]) => `${n} to ${name}`)
      return `${segment} got ${got} of ${alone}${to.length === 0 ? '' : ` (${to.join(', ')})`}`
    })
    .join('; ')
