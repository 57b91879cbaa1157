/** What the members of each segment buy: what most of them bought, and what they buy more and less than all other customers. */
import { type Block, column, note, type Table } from '../blocks.js'
import { masked, scaled, share } from '../numbers.js'
import { type Phrase, say } from '../words.js'
import type { World } from '../world.js'
import { type Basket, type Bought, baskets } from './bought.js'
import { aboutLifts, alone, liftTable, sidesOf } from './lift.js'
import { section, tooFew } from './section.js'

export const products = {
  top_products: section<ReadonlyMap<number, Basket>>({
    question: 'What do they buy?',
    gather: baskets,
    answer(subject, world, found) {
      const basket = found.get(subject.number)
      if (basket === undefined || basket.products.length === 0) return [note('No products were bought.')]
      const few = tooFew(subject, world)
      if (few !== undefined) return few
      const { customers } = subject.summary
      const most = [
        boughtTable(
          { name: 'products', title: 'What they buy most', key: 'Product', prefix: '' },
          basket.products,
          customers,
          world,
        ),
        ...(basket.categories.length === 0
          ? []
          : [
              boughtTable(
                { name: 'categories', title: 'Categories they buy most', key: 'Category', prefix: 'category_' },
                basket.categories,
                customers,
                world,
              ),
            ]),
      ]
      const sides = sidesOf(subject, world)
      const nobody = alone(sides)
      return nobody === undefined ? [...most, ...against(basket, world), ...aboutLifts(lifts(basket), sides)] : [...most, nobody]
    },
  }),
}

const lifts = ({ liftedProducts, liftedCategories }: Basket) => [...liftedProducts, ...liftedCategories]

const against = ({ liftedProducts, liftedCategories }: Basket, world: World): readonly Block[] => [
  ...(liftedProducts.length === 0
    ? []
    : [
        liftTable(
          { name: 'products_against_rest', title: 'What they buy more and less than others', key: 'Product' },
          liftedProducts,
          world,
        ),
      ]),
  ...(liftedCategories.length === 0
    ? []
    : [
        liftTable(
          {
            name: 'categories_against_rest',
            title: 'Categories they buy more and less than others',
            key: 'Category',
            prefix: 'category_',
          },
          liftedCategories,
          world,
        ),
      ]),
]

interface About {
  readonly name: string
  readonly title: Phrase
  readonly key: Phrase
  /** Keeps the metrics of the section's tables apart. */
  readonly prefix: string
}

const boughtTable = ({ name, title, key, prefix }: About, rows: readonly Bought[], customers: number, world: World): Table => ({
  kind: 'table',
  name,
  title: say(title),
  keys: 'dimension',
  key: say(key),
  columns: [
    column(`${prefix}customers`, 'Customers', 'customers'),
    column(`${prefix}share`, 'Share', 'percent', { bar: true }),
    column(`${prefix}units`, 'Units', 'number'),
    column(`${prefix}amount`, 'Amount', 'money'),
  ],
  rows: rows.map((row) => boughtLine(row, customers, world)),
})

function boughtLine(row: Bought, customers: number, { minGroup, scales }: World): Table['rows'][number] {
  const shown = masked(row.customers, minGroup)
  if (typeof shown !== 'number') return { key: row.name, values: [shown, null, null, null] }
  return {
    key: row.name,
    values: [shown, share(shown, customers), scaled(row.units, scales.units), scaled(row.amount, scales.line)],
  }
}
