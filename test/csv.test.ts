import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CsvFault, csvLine, type Delimiter, longestRecord, readRecords, tsvLine } from '../src/base/csv.js'

const plainDelimiters = [',', ';', '\t', '|'] as const

/** The text in pieces cut at the given places, whatever stands there. */
async function* pieces(text: string, cuts: readonly number[]): AsyncGenerator<string> {
  let from = 0
  for (const cut of [...cuts].map((c) => Math.min(c, text.length)).sort((a, b) => a - b)) {
    yield text.slice(from, cut)
    from = cut
  }
  yield text.slice(from)
}

async function read(text: string, delimiter: Delimiter = ',', cuts: readonly number[] = []) {
  const rows: (readonly string[])[] = []
  const lines: number[] = []
  let fault: CsvFault | undefined
  try {
    for await (const records of readRecords(pieces(text, cuts), delimiter)) {
      expect(records.lines.length).toBe(records.rows.length)
      rows.push(...records.rows)
      lines.push(...records.lines)
    }
  } catch (error) {
    if (!(error instanceof CsvFault)) throw error
    fault = error
  }
  return { rows, lines, fault }
}

/** What csv-parse makes of the whole text at once: its records up to a fault, and the fault's code. */
function asCsvParse(text: string, delimiter: string) {
  const rows: string[][] = []
  try {
    parse(text, {
      delimiter,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      skip_empty_lines: true,
      on_record: (row: string[]) => {
        rows.push(row)
        return null
      },
    })
    return { rows, code: undefined }
  } catch (error) {
    const { code } = error as { code: string }
    return { rows, code: code === 'CSV_QUOTE_NOT_CLOSED' ? 'unclosed-quote' : 'bad-quote' }
  }
}

const letters = fc.constantFrom(
  'a',
  'b',
  '"',
  '"',
  '""',
  ',',
  ';',
  '\t',
  '|',
  '\n',
  '\r',
  '\r\n',
  ' ',
  '\0',
  'é',
  'ж',
  '😀',
  '\ud83d',
  '"x"',
  '"\n"',
)
/** A lone half of a surrogate pair has no UTF-8, which is what csv-parse reads. */
const wellFormed = (text: string): string => text.replace(/\p{Cs}/gu, '?')
const cuts = fc.array(fc.nat(60), { maxLength: 12 })

describe('CSV records', () => {
  it('are those of csv-parse for any text, delimiter and chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(letters, { maxLength: 40 }),
        fc.constantFrom(...plainDelimiters),
        cuts,
        async (parts, delimiter, at) => {
          const text = wellFormed(parts.join(''))
          const expected = asCsvParse(text, delimiter)
          const got = await read(text, delimiter, at)
          expect(got.rows).toEqual(expected.rows)
          expect(got.fault?.code).toBe(expected.code)
        },
      ),
      { numRuns: 4000 },
    )
  })

  it('come back as they were written, however the text is cut', async () => {
    const cell = fc.array(letters, { maxLength: 6 }).map((p) => wellFormed(p.join('')))
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 6 }),
        fc.constantFrom(...plainDelimiters),
        cuts,
        async (rows, delimiter, at) => {
          const got = await read(rows.map((row) => csvLine(row, delimiter)).join(''), delimiter, at)
          expect(got.fault).toBeUndefined()
          expect(got.rows).toEqual(rows)
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('know the line they begin on, with empty lines, mixed line ends and cells of several lines', async () => {
    const text = 'a,b\r\n\r\n"x\r\ny",2\r3,"p\n\nq"\n\n\n4,5'
    for (const at of [[], [1, 5, 6, 8, 10, 11, 15, 16, 20, 22, 25], Array.from({ length: 40 }, (_, i) => i)]) {
      expect((await read(text, ',', at)).lines).toEqual([1, 3, 5, 10])
    }
  })

  it('know their lines too where csv-parse reads them', async () => {
    const { rows, lines, fault } = await read('a\n\n"b"\0,c\r\n\r\n\n"d\r\ne"\rf\n\n\ng,"h', ',', [4, 9])
    expect(rows).toEqual([['a'], ['b\0', 'c'], ['d\r\ne'], ['f']])
    expect(lines).toEqual([1, 3, 6, 8])
    expect(fault).toMatchObject({ code: 'unclosed-quote', line: 11, column: 3, text: 'g,"h' })
  })

  it('may be of any width, and blanks around cells stay', async () => {
    expect((await read('a,b\n1\n1,2,3\n x , y \n,\n')).rows).toEqual([
      ['a', 'b'],
      ['1'],
      ['1', '2', '3'],
      [' x ', ' y '],
      ['', ''],
    ])
  })

  it('keep NUL bytes and a cell of a megabyte', async () => {
    const long = 'x'.repeat(1_000_000)
    expect((await read(`a\0b,"${long}"\n1,2\n`, ',', [300, 70_000, 900_000])).rows).toEqual([
      ['a\0b', long],
      ['1', '2'],
    ])
  })

  it('divided by blanks ignore those at the ends and hold quotes as letters', async () => {
    const text = '  00004 0001\t19970101  2   29.33 \r\n\n \t \n"a b" c\n5'
    const { rows, lines } = await read(text, 'blanks', [1, 3, 12, 34, 35, 36, 40])
    expect(rows).toEqual([['00004', '0001', '19970101', '2', '29.33'], ['"a', 'b"', 'c'], ['5']])
    expect(lines).toEqual([1, 4, 5])
  })
})

describe('a text that is no CSV', () => {
  it('with a quote that never closes is refused where the quote opened', async () => {
    const { rows, fault } = await read('a,b\n1,2\n3,"four\n5,6\n7,8\n', ',', [10, 16])
    expect(rows).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ])
    expect(fault).toMatchObject({ code: 'unclosed-quote', line: 3, column: 3, text: '3,"four' })
  })

  it('with text after a closing quote is refused at that text, and the line of the opening quote is told', async () => {
    const { fault } = await read('a,b\r\n1,"two\r\nlines" more,3\r\n')
    expect(fault).toMatchObject({ code: 'bad-quote', line: 3, column: 7, text: 'lines" more,3', opened: 2 })
  })

  it('with a quote inside an unquoted cell is refused at the quote', async () => {
    expect((await read('a,b\n1,5" nail\n')).fault).toMatchObject({ code: 'bad-quote', line: 2, column: 4, text: '1,5" nail' })
  })

  it('with a record that does not end is refused before it fills the memory', async () => {
    async function* endless(start: string): AsyncGenerator<string> {
      yield start
      for (;;) yield 'x'.repeat(1 << 20)
    }
    const drain = async (start: string): Promise<unknown> => {
      try {
        for await (const _ of readRecords(endless(start), ','));
      } catch (error) {
        return error
      }
      return undefined
    }
    expect(await drain('a\nb,')).toMatchObject({ code: 'record-too-long', line: 2, column: 1 })
    expect(await drain('a\nb,"')).toMatchObject({ code: 'unclosed-quote', line: 2, column: 3 })
    expect((await read(`a\n${'x'.repeat(longestRecord + 1)}\nb\n`)).fault).toMatchObject({ code: 'record-too-long', line: 2 })
  })
})

describe('written lines', () => {
  it('have quotes only where they are needed', () => {
    expect(csvLine(['a', null, 'b c', 'x,y', 'say "hi"', 'two\nlines', ' '])).toBe('a,,b c,"x,y","say ""hi""","two\nlines", \n')
    expect(csvLine(['x,y', 'a;b'], ';')).toBe('x,y;"a;b"\n')
    expect(csvLine([''])).toBe('""\n')
  })

  it('of TSV have no quotes but escapes', () => {
    expect(tsvLine(['a"b', null, 'x\ty', 'p\nq\r', 'c:\\d'])).toBe('a"b\t\tx\\ty\tp\\nq\\r\tc:\\\\d\n')
  })
})
