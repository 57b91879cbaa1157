/** On which weekdays and at which hours of the local clock members order, beside all customers. */
import { column, type Note, note } from '../blocks.js'
import { busiest, type Clock, clockTables, countClock, type Happened, hourSpan, noHours, weekdaysOf } from '../clock.js'
import { ordersBegin, rowsIn } from '../columns.js'
import { masked, share } from '../numbers.js'
import type { Phrase } from '../words.js'
import type { World } from '../world.js'
import { section, tooFew } from './section.js'

export const times = {
  times: section<Found>({
    question: 'When do they order?',
    gather,
    answer(subject, world, { happened, all }) {
      const few = tooFew(subject, world)
      if (few !== undefined) return few
      const own = countClock(rowsIn(world.people, subject.number), happened)
      if (own.times === 0) return [note('No orders up to this day.')]
      const { minGroup } = world
      return [
        ...sayBusiest(own, minGroup),
        ...clockTables(own, {
          titles: ['Share of orders by weekday', 'Share of orders by hour'],
          columns: [
            column('share', 'Share', 'percent', { bar: true }),
            column('all_share', 'Among all', 'percent'),
            column('customers', 'Customers', 'customers'),
          ],
          drawn: 'share',
          around: all,
          values: (counts, at, kind) => {
            const part = ({ times, dayOnly }: Clock, { times: there, customers }: Clock['hours']) =>
              typeof masked(customers[at]!, minGroup) === 'number'
                ? share(there[at]!, kind === 'hours' ? times - dayOnly : times)
                : null
            return [part(own, counts), part(all, all[kind]), masked(counts.customers[at]!, minGroup)]
          },
        }),
        ...noHours(own, 'Hours are without {n} {n|order|orders} of which only the day is known.'),
      ]
    },
  }),
}

interface Found {
  readonly happened: Happened
  readonly all: Clock
}

function gather({ people, orders }: World): Found {
  const { day, hour, count } = orders()
  const happened: Happened = { begin: ordersBegin(people), hour, weekday: weekdaysOf(day.subarray(0, count)) }
  return {
    happened,
    all: countClock(
      Int32Array.from({ length: people.count }, (_, row) => row),
      happened,
    ),
  }
}

const busiestDays = [
  'The most orders come on a Monday.',
  'The most orders come on a Tuesday.',
  'The most orders come on a Wednesday.',
  'The most orders come on a Thursday.',
  'The most orders come on a Friday.',
  'The most orders come on a Saturday.',
  'The most orders come on a Sunday.',
] as const satisfies readonly Phrase[]

function sayBusiest({ weekdays, hours }: Clock, minGroup: number): readonly Note[] {
  const [day, hour] = [busiest(weekdays, minGroup), busiest(hours, minGroup)]
  return [
    ...(day === undefined ? [] : [note(busiestDays[day] as Phrase)]),
    ...(hour === undefined ? [] : [note('The most orders come from {from} to {to}.', hourSpan(hour))]),
  ]
}
