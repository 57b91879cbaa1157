/** The text of a CSV file and what its first line says of it: spreadsheets begin with `sep=;`, which names the delimiter and is no row. */
import type { Delimiter } from '../base/csv.js'
import { type Decoded, decode } from './decode.js'

export interface CsvText extends Decoded {
  /** What a first line `sep=;` names; that line is empty in `text`, so that lines keep their numbers. */
  readonly delimiter?: Delimiter
}

/** As `decode`. */
export async function csvText(
  bytes: AsyncIterable<Buffer>,
  encoding: string | undefined,
  onBytes?: (readSoFar: number) => void,
): Promise<CsvText> {
  const decoded = await decode(bytes, encoding, onBytes)
  const pieces = decoded.text[Symbol.asyncIterator]()
  const first = await pieces.next()
  if (first.done === true) return { ...decoded, text: none() }
  const line = sepLine.exec(first.value)
  const text = rest(line === null ? first.value : first.value.slice(line[0].length), pieces)
  return line === null ? { ...decoded, text } : { ...decoded, text, delimiter: (line[1] ?? line[2]) as Delimiter }
}

const sepLine = /^(?:sep=([,;\t|])|"sep=([,;\t|])")[,;\t| ]*(?=[\r\n]|$)/i

async function* none(): AsyncGenerator<string> {}

async function* rest(first: string, pieces: AsyncIterator<string>): AsyncGenerator<string> {
  try {
    if (first !== '') yield first
    for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) yield next.value
  } finally {
    await pieces.return?.()
  }
}
