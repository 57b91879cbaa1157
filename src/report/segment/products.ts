/** Which products the members of each segment buy: one ordered pass over the lines for all segments together. */
import { int, join, type Sql, sql } from '../../base/sql.js'
import { compareBytes } from '../../base/text.js'
import { column, note, type Table } from '../blocks.js'
import { WORD } from '../columns.js'
import { masked, scaled, share } from '../numbers.js'
import { say } from '../words.js'
import type { World } from '../world.js'
import { section } from './section.js'

export const products = {
  top_products: section<ReadonlyMap<number, readonly ProductRow[]>>({
    question: 'What do they buy?',
    gather: (world) => topProducts({ [Symbol.iterator]: () => world.setting.store.each(lines(world)) }, world),
    answer({ number, summary: { customers } }, world, top) {
      const rows = top.get(number) ?? []
      const { minGroup } = world
      if (rows.length === 0) return [note('No products were bought.')]
      if (customers < minGroup) return [note('Not shown for fewer than {n} {n|customer|customers} (<{n}).', { n: minGroup })]
      return [productTable(rows, customers, world)]
    },
  }),
}

const productTable = (rows: readonly ProductRow[], customers: number, world: World): Table => ({
  kind: 'table',
  name: 'products',
  keys: 'dimension',
  key: say('Product'),
  columns: [
    column('customers', 'Customers', 'customers'),
    column('share', 'Share', 'percent', { bar: true }),
    column('units', 'Units', 'number'),
    column('amount', 'Amount', 'money'),
  ],
  rows: rows.map((row) => productLine(row, customers, world)),
})

function productLine(row: ProductRow, customers: number, { minGroup, scales }: World): Table['rows'][number] {
  const shown = masked(row.customers, minGroup)
  if (typeof shown !== 'number') return { key: row.product, values: [shown, null, null, null] }
  return {
    key: row.product,
    values: [shown, share(shown, customers), scaled(row.units, scales.units), scaled(row.amount, scales.line)],
  }
}

interface ProductRow {
  readonly product: string
  readonly customers: number
  /** Scaled by the world's scales of quantities and of lines' amounts. */
  readonly units: bigint
  readonly amount: bigint
}

const TOP = 10
/** So many sums are kept at once; more segments or products take another pass. */
const MOST_SUMS = 8_000_000

/**
 * Counted lines up to the day, customer by customer and day by day, those of a day as one text `good,quantity,amount,…`: fetching
 * a row costs far more than taking such a text apart.
 */
const lines = ({ asOf, words }: World): Sql => {
  const memberships = words.map((word) => sql`max(${word})`)
  return sql`select f._id, i._day, string_agg(i._good || ',' || coalesce(i.quantity, '') || ',' || coalesce(i.amount, ''), ','), ${join(memberships, ', ')}
    from temp.report_customer f cross join item_row i on i._customer = f._id
    where i._counted = 1 and i._day <= ${int(asOf)} group by f._id, i._day order by f._id, i._day`
}

type LinesRow = readonly [customer: number, day: number, packed: string, ...words: number[]]
const FIRST_WORD = 3

/** The products of each segment that most of its customers bought; below `minGroup` all count as equally few. */
function topProducts(rows: Iterable<readonly unknown[]>, world: World): ReadonlyMap<number, readonly ProductRow[]> {
  const goods = readGoods(world)
  const out = new Map<number, readonly ProductRow[]>()
  const atOnce = Math.max(1, Math.floor(MOST_SUMS / Math.max(1, goods.products)))
  for (let from = 0; from < world.subjects.length && goods.products > 0; from += atOnce) {
    const tallies = world.subjects.slice(from, from + atOnce).map(() => new Tally(goods.products))
    const names = tally(rows as Iterable<LinesRow>, goods, tallies, from)
    tallies.forEach((t, i) => void out.set(from + i, best(t, names, goods, world.minGroup)))
  }
  return out
}

interface Goods {
  readonly products: number
  /** The product of a good, by the good's number. */
  readonly productOf: readonly number[]
  readonly textOf: readonly string[]
  readonly skuOf: readonly string[]
}

/** A product is known by its sku, without one by its name. */
function readGoods({ setting: { store, catalogue } }: World): Goods {
  const named = catalogue.own('products', 'product')?.id === undefined ? sql`null` : sql`p.product`
  const rows = store.rows(sql`select g._id, g.sku, g."product~", coalesce(nullif(g.product, ''), ${named}, g.sku)
    from good_row g left join product_row p on p.sku = g.sku`) as readonly (readonly [number, string, string, string])[]
  const numbers = new Map<string, number>()
  const productOf: number[] = []
  const textOf: string[] = []
  const skuOf: string[] = []
  for (const [good, sku, folded, text] of rows) {
    const key = sku === '' ? `\u001f${folded}` : sku
    const product = numbers.get(key) ?? numbers.size
    numbers.set(key, product)
    productOf[good] = product
    textOf[good] = text === '' ? '(without a name)' : text
    skuOf[good] = sku
  }
  return { products: numbers.size, productOf, textOf, skuOf }
}

class Tally {
  readonly customers: Int32Array
  readonly units: ExactSums
  readonly amount: ExactSums
  constructor(products: number) {
    this.customers = new Int32Array(products)
    this.units = new ExactSums(products)
    this.amount = new ExactSums(products)
  }
}

/** Sums of whole numbers: a double while it is exact, and beside it what went beyond. */
class ExactSums {
  private readonly sums: Float64Array
  private readonly beyond = new Map<number, bigint>()
  constructor(size: number) {
    this.sums = new Float64Array(size)
  }
  add(at: number, value: number): void {
    const before = this.sums[at]!
    const sum = before + value
    if (Number.isSafeInteger(sum)) this.sums[at] = sum
    else {
      this.beyond.set(at, (this.beyond.get(at) ?? 0n) + BigInt(before))
      this.sums[at] = value
    }
  }
  at(at: number): bigint {
    return (this.beyond.get(at) ?? 0n) + BigInt(this.sums[at]!)
  }
}

/** Adds every line to the segments its customer is in; returns for each product the good that was bought last. */
function tally(rows: Iterable<LinesRow>, goods: Goods, tallies: readonly Tally[], from: number): Int32Array {
  const lastBuyer = new Int32Array(goods.products)
  const lastDay = new Int32Array(goods.products).fill(-2_147_483_648)
  const lastGood = new Int32Array(goods.products)
  let customer = 0
  let mine: readonly Tally[] = []
  for (const row of rows) {
    const [buyer, day, packed] = row
    if (buyer !== customer) {
      customer = buyer
      mine = tallies.filter(
        (_, i) => ((row[FIRST_WORD + Math.floor((from + i) / WORD)] as number) & (1 << ((from + i) % WORD))) !== 0,
      )
    }
    const cells = packed.split(',')
    for (let at = 0; at < cells.length; at += 3) {
      const good = Number(cells[at])
      const product = goods.productOf[good]!
      const quantity = Number(cells[at + 1])
      const amount = Number(cells[at + 2])
      const before = lastDay[product]!
      if (day > before || (day === before && compareBytes(goods.textOf[good]!, goods.textOf[lastGood[product]!]!) < 0)) {
        lastDay[product] = day
        lastGood[product] = good
      }
      const again = lastBuyer[product] === buyer
      lastBuyer[product] = buyer
      for (const t of mine) {
        if (!again) t.customers[product]!++
        t.units.add(product, quantity)
        t.amount.add(product, amount)
      }
    }
  }
  return lastGood
}

function best(tally: Tally, goodOf: Int32Array, goods: Goods, minGroup: number): readonly ProductRow[] {
  const text = (product: number): string => goods.textOf[goodOf[product]!]!
  const sku = (product: number): string => goods.skuOf[goodOf[product]!]!
  const shown = (product: number): number => (tally.customers[product]! < minGroup ? 0 : tally.customers[product]!)
  const order = (a: number, b: number): number =>
    shown(b) - shown(a) ||
    (shown(a) === 0 ? 0 : Number(tally.amount.at(b) - tally.amount.at(a))) ||
    compareBytes(text(a), text(b)) ||
    compareBytes(sku(a), sku(b))
  const top: number[] = []
  tally.customers.forEach((n, product) => {
    if (n === 0 || (top.length === TOP && order(product, top[TOP - 1]!) > 0)) return
    top.push(product)
    top.sort(order)
    top.splice(TOP)
  })
  const names = top.map(text)
  return top.map((product, i) => ({
    product:
      names.indexOf(names[i]!) !== names.lastIndexOf(names[i]!) && sku(product) !== ''
        ? `${names[i]} (${sku(product)})`
        : names[i]!,
    customers: tally.customers[product]!,
    units: tally.units.at(product),
    amount: tally.amount.at(product),
  }))
}
