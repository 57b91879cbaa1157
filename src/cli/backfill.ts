/** `--from`, `--to`, `--every`: the days that a back-fill runs. */
import { type Day, formatDay, parseDayRef, shift, type Unit } from '../base/time.js'
import { type Invocation, misuse, type OptionSpec } from './command.js'

export const steps = ['day', 'week', 'month', 'quarter', 'year'] as const satisfies readonly Unit[]

export const backfillOptions: readonly OptionSpec[] = [
  { flags: '--from <day>', description: 'run one day after the other, from this one' },
  { flags: '--to <day>', description: 'up to this one; without it the as-of day' },
  { flags: '--every <step>', description: 'days that lie this far apart; without it every day', choices: steps },
]

/**
 * `from` and then from + 1, 2, 3 … steps as long as they are not past `to`; each is counted from `from`, so that months that are too
 * short clamp to their ends and the next ones do not. Undefined where no back-fill is asked for.
 */
export function backfillDays(invocation: Invocation, asOf: Day): readonly Day[] | undefined {
  const { globals } = invocation
  const day = (option: string): Day | undefined => {
    const word = invocation.option(option)
    if (word === undefined) return undefined
    const found = parseDayRef(word, asOf)
    if (found !== undefined) return found
    throw misuse(globals, word, 'bad-day', `\`${word}\` is no day`, {
      help: 'write `2024-05-01`, `today`, `yesterday` or `-7d` (from the as-of day)',
    })
  }
  const from = day('from')
  const to = day('to') ?? asOf
  if (from === undefined) {
    const alone = ['to', 'every'].find((o) => invocation.option(o) !== undefined)
    if (alone === undefined) return undefined
    throw misuse(globals, `--${alone}`, 'no-from', `\`--${alone}\` needs a day to begin with`, {
      help: 'add `--from 2024-01-01`',
    })
  }
  if (from > to)
    throw misuse(globals, invocation.option('from') ?? '', 'no-days', `${formatDay(from)} is after ${formatDay(to)}`, {
      help: 'exchange `--from` and `--to`',
    })
  const unit = steps.find((s) => s === invocation.option('every')) ?? 'day'
  const days: Day[] = []
  for (let k = 0, at: Day = from; at <= to; at = shift(from, ++k, unit)) days.push(at)
  return days
}
