/** Text as people compare it: folding, keys by bytes, the nearest word. */

/**
 * NFC and lower case, no locale: how text compares everywhere in segkit. A letter folds alike wherever it stands: the final
 * sigma, which is lower case of the same letter as the other, is written as that one.
 */
export function fold(text: string): string {
  return isAscii(text) ? text.toLowerCase() : text.normalize('NFC').toLowerCase().normalize('NFC').replaceAll('ς', 'σ')
}

export const isAscii = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false
  return true
}

/** Order of keys: by their UTF-8 bytes, which is the order of code points. Negative, zero or positive. */
export function compareBytes(a: string, b: string): number {
  const n = Math.min(a.length, b.length)
  for (let i = 0; i < n; i++) {
    let x = a.charCodeAt(i)
    let y = b.charCodeAt(i)
    if (x === y) continue
    // A surrogate stands for a code point above every other unit.
    if (x >= 0xd800) x = x >= 0xe000 ? x - 0x800 : x + 0x2000
    if (y >= 0xd800) y = y >= 0xe000 ? y - 0x800 : y + 0x2000
    return x - y
  }
  return a.length - b.length
}

/** The candidate nearest to `word`, when near enough to be worth saying. Case and the kind of dash do not count. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const plain = (s: string) => fold(s).replaceAll('_', '-')
  const wanted = plain(word)
  let best: string | undefined
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1
  for (const c of candidates) {
    const d = distance(wanted, plain(c), least)
    if (d < least) {
      least = d
      best = c
    }
  }
  if (best !== undefined) return best
  for (const c of candidates) if (wanted.length >= 3 && (plain(c).startsWith(wanted) || isLastPart(plain(c), wanted))) return c
  return undefined
}

/** `system/rfm-cant-lose` has the last parts `rfm-cant-lose`, `cant-lose`, `lose`. */
const isLastPart = (name: string, part: string): boolean =>
  name.endsWith(`/${part}`) || (part.length >= 6 && name.endsWith(`-${part}`))

/** Edits (insert, delete, replace, swap neighbours) from `a` to `b`, or `limit` when at least that many. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      let d = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) d = Math.min(d, before[j - 2]! + 1)
      next[j] = d
    }
    before = row
    row = next
  }
  return Math.min(limit, row[b.length]!)
}

/** `did you mean …` for a name that is not there, or the names there are when few. */
export function suggest(word: string, candidates: readonly string[], what = 'known'): string | undefined {
  const guess = nearest(word, candidates)
  if (guess !== undefined) return `did you mean \`${guess}\`?`
  return candidates.length > 0 && candidates.length <= 12 ? `${what}: ${candidates.map((c) => `\`${c}\``).join(', ')}` : undefined
}

/** `1 customer`, `2 customers`, with thousands marks. */
export const plural = (n: number, one: string, many = `${one}s`): string => `${grouped(n)} ${n === 1 ? one : many}`
export const grouped = (n: number | bigint): string => String(n).replace(/\B(?=(\d{3})+(?!\d))/g, ',')
