import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { sniffDecimal, sniffDelimiter } from '../src/ingest/sniff.js'

describe('the delimiter', () => {
  it.each([
    [',', 'id,name,city\n1,Anna,Minsk\n2,Olga,Brest\n'],
    [';', 'id;name;amount\n1;Anna;12,50\n2;Olga;3,10\n'],
    ['\t', 'id\tname\n1\tAnna, Minsk\n2\tOlga, Brest\n'],
    ['|', 'id|name|at\n1|Anna|2024-01-01 10:00\n2|Olga|2024-01-02 11:00\n'],
    ['blanks', 'id  date      n  value\n00001 19970101  1   11.77\n00002 19970112  1   12.00\n'],
    ['blanks', ' 00004 0001 19970101  2   29.33\n 00004 0001 19970118  2   29.73\n'],
    [',', '"Last, First";x,b\n"A; B; C",2\n"D; E; F",3\n'],
    [',', 'id,tags\n1,a;b;c\n2,a;b;c\n3,a;b;c\n'],
    [',', 'id,text\n1,"two;\nlines; here"\n2,"x; y"\n'],
    [',', 'id,note,city\n1,x\n2,y,Minsk,more\n3\n'],
    [';', 'Report for May\nid;name\n1;Anna\n2;Olga\n3;Ira\n'],
    [',', 'email\nanna@example.org\nolga@example.org\n'],
    [',', 'note\nfirst of all\nthen nothing\nthe end of the story\n'],
    [',', 'id,name'],
  ] as const)('is %j in %j', (delimiter, head) => {
    expect(sniffDelimiter(head)).toEqual({ delimiter })
  })

  it('is not guessed where two divide alike', () => {
    expect(sniffDelimiter('a;b,c;d\n1;2,3;4\n5;6,7;8\n')).toEqual({ close: [',', ';'], shown: ['`1;2` `3;4`', '`1` `2,3` `4`'] })
    expect(sniffDelimiter('1;12,50\n2;3,10\n3;4,00\n')).toMatchObject({ close: [',', ';'] })
  })

  it('is not guessed between names of two words and blanks', () => {
    expect(sniffDelimiter('Full Name\nAnna Smith\nOlga Ivanova\n')).toEqual({
      close: [',', 'blanks'],
      shown: ['`Anna Smith`', '`Anna` `Smith`'],
    })
  })

  it('is none in an empty file', () => {
    expect(sniffDelimiter('')).toEqual({ none: true })
    expect(sniffDelimiter('\n \n')).toEqual({ none: true })
  })

  const data = '../shared/data'
  it.skipIf(!existsSync(data))('of public data sets is the right one', () => {
    const of = (file: string) => {
      const bytes = readFileSync(`${data}/${file}`)
      return sniffDelimiter((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').slice(0, 65_536))
    }
    for (const file of [
      'online_retail/online_retail.csv.gz',
      'superstore_npm/superstore.csv.gz',
      'chinook/customers.csv',
      'chinook/tracks.csv',
      'rfm_r/rfm_data_orders.csv',
    ]) {
      expect(of(file), file).toEqual({ delimiter: ',' })
    }
    for (const file of ['cdnow/CDNOW_master.txt.gz', 'cdnow/CDNOW_sample.txt'])
      expect(of(file), file).toEqual({ delimiter: 'blanks' })
  })
})

describe('the decimal mark', () => {
  it('is settled by one cell that can be read one way only', () => {
    expect(sniffDecimal(['12', '1,234', '', 'x', '3.5'])).toEqual({ mark: '.' })
    expect(sniffDecimal(['12', '1,234', '1.234', '3,50 €'])).toEqual({ mark: ',' })
  })

  it('stays open where every cell could be thousands', () => {
    expect(sniffDecimal(['12', '1,234', '5,678'])).toEqual({ ambiguous: '1,234' })
    expect(sniffDecimal(['1.234'])).toEqual({ ambiguous: '1.234' })
  })

  it('is contradicted by cells of both kinds', () => {
    expect(sniffDecimal(['12.5', '1,234', '3,7'])).toEqual({ both: ['12.5', '3,7'] })
  })

  it('does not matter among whole numbers', () => {
    expect(sniffDecimal(['12', '', '-3', '1 234', 'n/a'])).toEqual({ none: true })
  })
})
