/** Values, distances and rows of `why` in words. */
import { type Seen, textOf } from '../engine/why.js'
import type { Distance, Unit } from '../language/look.js'

/** "2 more orders", "16.80 more"; of what is above the edge "3 too many", and where it holds what would end that, "4 fewer orders". */
export function sayDistance({ by, way }: Distance, unit: Unit | undefined, holds: boolean): string {
  if (!holds && way === 'less') return `${by} too ${unit === undefined ? 'much' : 'many'}`
  return unit === undefined ? `${by} ${way}` : `${by} ${way === 'more' ? 'more' : 'fewer'} ${by === '1' ? unit[0] : unit[1]}`
}

/** "3 of 5 orders", "spend_12m 83.20, at least 100 wanted: 16.80 more", "city is Гомель". */
export function saySeen(seen: Seen): string {
  const beside = seen.beside.map(({ label, value }) => `${label} is ${value === null ? 'not known' : textOf(value)}`)
  const value = seen.titled ? `${seen.label}: ${sayValue(seen)}` : sayValue(seen)
  return beside.length === 0 ? value : `${value} (${beside.join(', ')})`
}

function sayValue({ label, value, wanted, holds, distance, unit }: Seen): string {
  if (value === null) return `${label} is not known${wantedWords(wanted, holds === false)}`
  if (typeof value === 'boolean') return `${label}: ${value ? 'yes' : 'no'}`
  const text = textOf(value)
  const isNumber = typeof value === 'object' && 'decimal' in value
  if (!isNumber) return `${label} is ${text}${wantedWords(wanted, holds === false)}`
  const far = distance === undefined || holds !== false ? '' : `: ${sayDistance(distance, unit, false)}`
  if (unit === undefined) return `${label} ${text}${wantedWords(wanted, true)}${far}`
  const least = holds === false ? /^at least (\d+)$/.exec(wanted ?? '')?.[1] : undefined
  if (least !== undefined) return `${text} of ${least} ${least === '1' ? unit[0] : unit[1]}${far}`
  return `${text} ${text === '1' ? unit[0] : unit[1]}${wantedWords(wanted, true)}${far}`
}

const wantedWords = (wanted: string | undefined, say: boolean): string =>
  !say || wanted === undefined ? '' : `, ${wanted.replace(/^at most 0$|^less than 1$/, 'none')} wanted`
