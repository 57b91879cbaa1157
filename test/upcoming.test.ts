/** Moves to come: told day by day, equal to evaluating those days over a copy of the data cut at the as-of day. */
import { describe, expect, it } from 'vitest'
import { projectWith, segkit } from './binary.js'

const orders = [
  'order,customer,at,amount',
  'o1,ana,2024-10-04,100',
  'o2,ben,2024-11-30,20',
  'o3,cyd,2024-12-30,30',
  'o4,ana,2025-01-03,40',
  'o5,dan,2025-01-02,50',
]
const customers = ['customer,birth_date', 'ana,1990-01-05', 'ben,1985-01-01', 'cyd,', 'eve,2000-06-06']
const definitions = `metrics:
  spend: { sum: orders.amount, last: 90 days }
segments:
  recent: { all: [{ performed: { orders: any, last: 35 days } }] }
  gone-quiet: { all: [{ not_performed: { orders: any, last: 35 days } }] }
  forty: { all: [{ attribute: { age: { min: 40 } } }] }
  best: { all: [{ rank: { by: spend, top: 1 } }] }
`

async function shop(rows: readonly string[]): Promise<string> {
  const dir = projectWith({
    'segments/s.yaml': definitions,
    'orders.csv': `${rows.join('\n')}\n`,
    'customers.csv': `${customers.join('\n')}\n`,
  })
  for (const [source, file] of [
    ['customers', 'customers.csv'],
    ['orders', 'orders.csv'],
  ] as const)
    expect((await segkit(['ingest', source, file], { cwd: dir })).code).toBe(0)
  return dir
}

const answer = async (dir: string, ...args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await segkit(args, { cwd: dir })
  expect(stderr).not.toContain('error')
  expect(code).toBe(0)
  return stdout
}

describe('upcoming', () => {
  it('tells who comes and goes by the clock alone, with the day; later orders are as if they never were', async () => {
    const dir = await shop(orders)
    expect(await answer(dir, 'upcoming', 'recent', 'gone-quiet', 'forty', '--within', '40d')).toBe(
      [
        'on,segment,customer,change',
        '2025-01-01,forty,ben,entered',
        '2025-01-04,recent,ben,left',
        '2025-01-04,gone-quiet,ben,entered',
        '2025-02-03,recent,cyd,left',
        '2025-02-03,gone-quiet,cyd,entered',
        '',
      ].join('\n'),
    )
  })

  it('is what the days to come answer over data that end on the as-of day', async () => {
    const dir = await shop(orders)
    const cut = await shop(orders.filter((line) => !line.includes(',2025-')))
    const names = ['recent', 'forty', 'best']
    const expected: string[] = []
    const on = async (day: string, name: string): Promise<readonly string[]> =>
      (await answer(cut, 'members', name, '--as-of', day, '--no-header')).split('\n').slice(0, -1)
    let before = new Map<string, readonly string[]>()
    for (const name of names) before.set(name, await on('2024-12-31', name))
    for (const day of ['2025-01-01', '2025-01-02', '2025-01-03', '2025-01-04']) {
      const now = new Map<string, readonly string[]>()
      for (const name of names) {
        now.set(name, await on(day, name))
        const [was, is] = [before.get(name) ?? [], now.get(name) ?? []]
        expected.push(...is.filter((c) => !was.includes(c)).map((c) => `${day},${name},${c},entered`))
        expected.push(...was.filter((c) => !is.includes(c)).map((c) => `${day},${name},${c},left`))
      }
      before = now
    }
    expect(expected.length).toBeGreaterThan(2)
    expect((await answer(dir, 'upcoming', ...names, '--within', '4d', '--no-header')).split('\n').slice(0, -1)).toEqual(expected)
  })

  it('refuses what is no time of whole days, and says when nobody will move', async () => {
    const dir = await shop(orders)
    for (const time of ['2h', 'soon', '0d', '-3d', '9999 years'])
      expect((await segkit(['upcoming', `--within=${time}`], { cwd: dir })).code).toBe(2)
    const { stdout, stderr } = await segkit(['upcoming', 'recent', '--within', '1d'], { cwd: dir })
    expect(stdout).toBe('on,segment,customer,change\n')
    expect(stderr).toContain('0 moves of 1 segment')
  })
})
