/** What `check` says about definitions once it knows the data: every warning where it belongs, and silence where nothing is amiss. */
import { cpSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { position } from '../src/base/problem.js'
import { parseDay } from '../src/base/time.js'
import { asCounted, settingOf } from '../src/cli/workspace.js'
import { doubts, ownDefinitions } from '../src/engine/doubts.js'
import { findings } from '../src/engine/findings.js'
import { inFolder, type Kitchen, openKitchen } from './kitchen.js'
import type { Definitions, Spec } from './oracle.js'
import { dataFiles, type ShopSketch, shop, writeProject } from './shop.js'

const asOf = '2024-05-31'

function warnings(kitchen: Kitchen, day: string): readonly string[] {
  const ws = { ...kitchen.ws, asOf: parseDay(day) as number }
  const setting = settingOf(ws, asCounted(ws, kitchen.store), ws.root)
  expect(setting.definitions.problems).toEqual([])
  const own = ownDefinitions(setting.definitions, setting.files)
  const doubtful = doubts(own, setting.files, ws.project.source)
  return [...doubtful, ...findings(setting, own, doubtful)].map(({ code, severity, message, span, help }) => {
    expect(severity).toBe('warning')
    expect(span !== undefined && position(span).line > 0).toBe(true)
    return `${code}: ${message} | ${span?.source.text.slice(span.start, span.end).replaceAll('"', '')} = ${help}`
  })
}

/** What is told of these definitions, in no order. */
const told = (definitions: Definitions, sketch: ShopSketch = people): Promise<readonly string[]> =>
  inFolder(async (dir) => {
    const data = shop(sketch)
    writeProject(data, definitions, dir)
    const kitchen = await openKitchen(dir, dataFiles(data))
    try {
      return warnings(kitchen, asOf)
    } finally {
      kitchen.close()
    }
  })

/** Ana, Bob, Cyd and Dan: two cities, two channels, four orders in April and May. */
const people: ShopSketch = {
  types: { customers: { tags: { list: ';' } } },
  customers: {
    ana: {
      city: 'Минск',
      email: 'ana@shop.by',
      first_name: 'Ana',
      postcode: '01234',
      tags: 'coffee;bread',
      age_group: 'young',
      nickname: 'anka',
      orders: [{ at: '2024-04-02', channel: 'web', items: [{ product: 'Latte', sku: 'CF-02', category: 'coffee' }] }],
    },
    bob: {
      city: 'Минск',
      email: 'bob@shop.by',
      first_name: 'Bob',
      postcode: '05678',
      tags: 'bread',
      age_group: 'young',
      orders: ['2024-05-10'],
    },
    cyd: {
      city: 'Гомель',
      postcode: '05678',
      age_group: 'old',
      nickname: 'cydka',
      orders: [{ at: '2024-05-20', channel: 'café' }, '2024-05-21'],
      activities: [{ at: '2024-05-25', type: 'visit' }],
    },
    dan: { city: 'Гомель', age_group: 'old' },
  },
}
const titled = (...all: readonly Spec[]) => ({ title: 'T', all })

describe('values that never occur', () => {
  it('are told with the one that may be meant, wherever a definition names them', async () => {
    const came = await told({
      metrics: {
        web: { title: 'T', count: 'orders', where: { channel: 'wep' } },
        fav: { title: 'T', favourite: 'items.category' },
      },
      events: { bought: { title: 'T', on: 'items', where: { any: [{ category: 'cofee' }, { category: 'coffee' }] } } },
      segments: {
        one: titled({ attribute: { city: ['Минкс', 'Гомель'] } }),
        two: titled({ attribute: { tags: { has_any: ['cofee', 'bread'] } } }),
        three: titled({ performed: { orders: { channel: ['cafe', 'web'] }, containing: [{ sku: ['CF-2', 'CF-02'] }] } }),
        four: titled({ performed: { event: 'bought', where: { product: ['Late', 'Latte'] } } }),
        five: titled({ metric: { sum: 'orders.amount', where: { weekday: ['tuee', 'tue'] }, min: 0 } }),
        six: titled({ attribute: { fav: { in: ['coffe', 'coffee'] } } }),
      },
    })
    expect(came.filter((c) => c.startsWith('never-occurs')).sort()).toEqual([
      'never-occurs: `CF-2` never occurs in `sku` of the loaded items | CF-2 = did you mean `CF-02`?',
      'never-occurs: `Late` never occurs in `product` of the loaded items | Late = did you mean `Latte`?',
      'never-occurs: `cafe` never occurs in `channel` of the loaded orders | cafe = did you mean `café`?',
      'never-occurs: `cofee` never occurs in `category` of the loaded items | cofee = did you mean `coffee`?',
      'never-occurs: `cofee` never occurs in `tags` of the loaded customers | cofee = did you mean `coffee`?',
      'never-occurs: `coffe` never occurs in `category` of the loaded items | coffe = did you mean `coffee`?',
      'never-occurs: `tuee` never occurs in `weekday` of the loaded items | tuee = did you mean `tue`?'.replace(
        'items',
        'orders',
      ),
      'never-occurs: `wep` never occurs in `channel` of the loaded orders | wep = did you mean `web`?',
      'never-occurs: `Минкс` never occurs in `city` of the loaded customers | Минкс = did you mean `Минск`?',
    ])
  })

  it('are told with the leading zeros that they lost', async () => {
    const came = await told({ segments: { one: titled({ attribute: { postcode: ['1234', '05678'] } }) } })
    expect(came.filter((c) => c.startsWith('never'))).toEqual([
      'never-occurs: `1234` never occurs in `postcode` of the loaded customers | 1234 = did you mean `01234`? the leading zeros make a difference',
    ])
  })

  it('are what there is when nothing is near', async () => {
    const [came] = await told({ segments: { one: titled({ attribute: { city: ['Vladivostok', 'Минск'] } }) } })
    expect(came).toBe(
      'never-occurs: `Vladivostok` never occurs in `city` of the loaded customers | Vladivostok = it has: `Гомель`, `Минск`',
    )
  })

  it('are no reason to say more: case, parts of texts, numbers, and what is kept out before it comes', async () => {
    const fine = await told({
      segments: {
        one: titled({ attribute: { city: { is: 'минск' } } }),
        two: titled({ attribute: { city: { contains: 'оме' } } }, { performed: { orders: { channel: { not: 'telephone' } } } }),
      },
    })
    expect(fine).toEqual([])
    const slip = await told({ segments: { one: titled({ attribute: { city: { not: 'Минскк' } } }) } })
    expect(slip[0]).toMatch(/^never-occurs: `Минскк` .* = did you mean `Минск`\?$/)
  })

  it('show nobody: no keys, e-mails, names, nor what a single customer has in a column of the shop’s own', async () => {
    const came = await told({
      segments: {
        one: titled({
          attribute: { email: ['ann@shop.by', 'bob@shop.by'], first_name: ['Anna', 'Bob'], customer: ['anna', 'bob'] },
        }),
        two: titled({ attribute: { nickname: ['anke', 'cydka'] } }),
        three: titled({ attribute: { age_group: ['yung', 'old'] } }),
      },
    })
    expect(came.filter((c) => c.startsWith('never'))).toEqual([
      'never-occurs: `anke` never occurs in `nickname` of the loaded customers | anke = `segkit fields customers` shows the commonest values',
      'never-occurs: `yung` never occurs in `age_group` of the loaded customers | yung = did you mean `young`?',
    ])
    expect(came.join()).not.toMatch(/anka|ana@/)
  })
})

describe('conditions without effect', () => {
  it('are those that nobody passes, or everybody', async () => {
    const came = await told({
      segments: {
        one: titled({ performed: { orders: { amount: { min: 1000 } } } }, { attribute: { city: 'Минск' } }),
        two: titled({ attribute: { city: { exists: true } } }, { attribute: { age_group: 'old' } }),
      },
    })
    expect(came).toEqual([
      'always-false: none of 4 customers passes this condition as of 2024-05-31 | performed:\n          orders:\n            amount:\n              min: 1000 = look at its values, or take it out',
      'always-true: every one of 4 customers passes this condition as of 2024-05-31 | attribute:\n          city:\n            exists: true = it tells nobody apart: tighten it, or take it out',
    ])
  })

  it('are told once: not where a value that never occurs explains them, nor where they stand on empty segments', async () => {
    const came = await told({
      events: { tea: { title: 'T', on: 'items', where: { category: 'cofee' } } },
      segments: {
        one: titled({ attribute: { city: 'Минкс' } }),
        two: titled({ performed: { event: 'tea' } }),
        three: titled({ in_segment: 'one' }, { not_in_segment: 'two' }),
      },
    })
    expect(came.map((c) => c.split(':')[0])).toEqual(['never-occurs', 'never-occurs'])
  })
})

describe('contradictions', () => {
  it('are two conditions that nobody passes together, though each has members', async () => {
    const came = await told({
      segments: {
        none: titled(
          { attribute: { age_group: 'young' } },
          { attribute: { tags: { exists: false } } },
          { attribute: { city: 'Минск' } },
        ),
        blocks: {
          title: 'T',
          all: [{ in_segment: 'any' }],
          none: [{ attribute: { age_group: 'old' } }, { attribute: { city: 'Минск' } }],
        },
        any: { title: 'T', any: [{ attribute: { city: 'Минск' } }, { attribute: { city: 'Гомель' } }] },
      },
    })
    expect(came.filter((c) => c.startsWith('contradiction'))).toEqual([
      expect.stringMatching(
        /^contradiction: nobody passes both this condition \(2 customers\) and the one in line \d+ \(2 customers\): `none` is empty as of 2024-05-31 \| attribute:\s+tags:/,
      ),
      expect.stringMatching(/ \(2 customers\): `blocks` is empty as of 2024-05-31 \| attribute:\s+city:/),
    ])
  })

  it('are bounds that no number passes, with or without data', async () => {
    const came = await told({
      metrics: { n: { title: 'T', count: 'orders' } },
      segments: {
        one: titled({ attribute: { n: { min: 3, max: 2 } } }),
        two: titled({ performed: { orders: { amount: { above: '1.50', below: '1.5' } }, count: { min: 1, max: 1 } } }),
        three: titled({ performed: { orders: 'any', count: { exactly: 2, below: 2 } } }),
        four: titled({ attribute: { n: { min: 1, max: 2 } } }),
      },
    })
    expect(came.map((c) => c.slice(0, c.indexOf(' | ')))).toEqual([
      'contradiction: no number passes both `min: 3` and `max: 2`',
      'contradiction: no number passes both `above: 1.50` and `below: 1.5`',
      'contradiction: no number passes both `exactly: 2` and `below: 2`',
    ])
  })
})

it('windows that begin before the rows they look at are told, with what they see', async () => {
  const came = await told({
    metrics: {
      long: { title: 'T', count: 'orders', last: '1 year' },
      short: { title: 'T', count: 'orders', last: '60 days' },
    },
    segments: {
      one: titled({ performed: { activities: 'any', last: '7 days' } }),
      two: titled({ performed: { orders: 'any', between: ['2024-01-01', '2024-04-30'] } }),
      three: titled({ attribute: { long: { min: 2 } } }, { performed: { orders: 'any', since: '2024-04-02', count: 2 } }),
    },
  })
  expect(came.filter((c) => c.startsWith('window')).map((c) => c.replace(/\|[^=]*/, ''))).toEqual([
    'window-before-data: the window (in the last 1 year) begins on 2023-06-01, the loaded orders on 2024-04-02 = load older orders, or shorten it: it sees 60 days of data',
    'window-before-data: the window (in the last 7 days) begins on 2024-05-25, the loaded activities on 2024-05-25 = '.slice(
      0,
      0,
    ) +
      'window-before-data: the window (between 2024-01-01 and 2024-04-30) begins on 2024-01-01, the loaded orders on 2024-04-02 = load older orders, or shorten it: it sees 29 days of data',
  ])
})

it('two segments with the very same members are told, empty ones are not', async () => {
  const came = await told({
    segments: {
      young: titled({ attribute: { age_group: 'young' } }),
      'from-minsk': titled({ attribute: { city: 'Минск' } }),
      late: titled({ performed: { orders: 'any', since: '2024-05-15' } }),
    },
  })
  expect(came).toEqual([
    'same-members: `from-minsk` has the same 2 members as `young` | from-minsk = use one of them, or write `in_segment: young` where the other is meant to follow it',
  ])
})

describe('definitions that nobody uses', () => {
  const old = { all: [{ attribute: { age_group: 'old' } }] }
  const late = [{ performed: { orders: 'any', since: '2024-05-15' } }]

  it('are those without a title that nothing mentions, where others say what they are for', async () => {
    const came = await told({ segments: { helper: old, shown: { title: 'T', all: late } } })
    expect(came).toEqual([
      'unused: nothing uses the segment `helper`, and it has no title | helper = give it a title or a tag if people use it by its name, or take it out',
    ])
  })

  it('are not helpers with a user, what has a tag, nor anything where nobody writes titles', async () => {
    expect(
      await told({
        segments: {
          helper: old,
          shown: { title: 'T', all: [{ performed: { orders: 'any' } }], none: [{ in_segment: 'helper' }] },
        },
      }),
    ).toEqual([])
    expect(await told({ segments: { helper: { ...old, tags: ['nightly'] }, shown: { title: 'T', all: late } } })).toEqual([])
    expect(await told({ segments: { helper: old, shown: { all: late } } })).toEqual([])
  })
})

it('the sample bakery has nothing to be warned of', () =>
  inFolder(async (dir) => {
    cpSync(fileURLToPath(new URL('../samples/bakery', import.meta.url)), dir, { recursive: true })
    const kitchen = await openKitchen(dir, [
      { source: 'customers', file: 'data/customers.csv' },
      { source: 'products', file: 'data/products.csv' },
      { source: 'orders', file: 'data/orders.csv' },
    ])
    try {
      expect(warnings(kitchen, '2026-04-30')).toEqual([])
    } finally {
      kitchen.close()
    }
  }))
