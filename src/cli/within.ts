/** `--within`: a time of whole days, as commands take it. */
import { after, type Day, type Duration, lastDay, parseDuration } from '../base/time.js'
import { type Invocation, misuse } from './command.js'

/** Exit 2 for what is no time of whole days, or from `day` on goes beyond the calendar. */
export function timeWithin({ option, globals }: Invocation, day: Day, usual: string): Duration {
  const word = option('within') ?? usual
  const time = parseDuration(word)
  if (time !== undefined && time.unit !== 'hour' && time.unit !== 'minute' && time.n > 0 && after(day, time) <= lastDay)
    return time
  throw misuse(globals, word, 'bad-duration', `\`${word}\` is no time of whole days`, {
    help: 'write `30d`, `2 weeks` or `1 month`',
  })
}
