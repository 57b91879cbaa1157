/** Numbers that do not fit into 64 bits end an answer with a problem: never a wrong one, never a crash. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { inFolder, openKitchen } from './kitchen.js'
import { dataFiles, shop, writeProject } from './shop.js'

const wide = shop({
  customers: {
    ana: {
      orders: [
        { at: '2024-05-01', amount: '999999999999999' },
        { at: '2024-05-02', amount: '999999999999998' },
      ],
      activities: [
        { at: '2024-05-01', type: 'session', value: '20240501123456' },
        { at: '2024-05-02', type: 'rating', value: '4.500001' },
      ],
    },
  },
})

const definitions = `
metrics:
  usual: { average: orders.amount }
  middle: { median: orders.amount }
  values: { sum: activities.value }
events:
  many: { on: activities, reaches: { sum: value, of: 20240501123456 } }
segments:
  above: { all: [ { attribute: { usual: { above: 999999999999998 } } } ] }
  below: { all: [ { attribute: { usual: { below: 999999999999998 } } } ] }
  first: { all: [ { rank: { by: usual, top: 1 } } ] }
  added: { all: [ { attribute: { values: { min: 1 } } } ] }
  reached: { all: [ { performed: { event: many } } ] }
`

describe('a number of more than 18 digits over all', () => {
  it.each(['above', 'below', 'first', 'added', 'reached'])('is told where `%s` comes upon it', (segment) =>
    inFolder(async (dir) => {
      writeProject(wide, {}, dir)
      writeFileSync(join(dir, 'segments/it.yaml'), definitions)
      const kitchen = await openKitchen(dir, dataFiles(wide))
      try {
        expect(() => kitchen.members(segment, '2024-05-31')).toThrow(/more than the 18 digits/)
      } finally {
        kitchen.close()
      }
    }),
  )
})
