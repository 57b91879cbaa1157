/** What lines are about: products and their categories, and the names by which they were bought last. */
import { int, type Sql, sql } from '../base/sql.js'
import { compareBytes } from '../base/text.js'
import { oneOfMany } from '../store/dialect.js'
import { NEVER } from './columns.js'
import type { World } from './world.js'

/** Products and categories are things with numbers of their own: the products first. */
export interface Goods {
  readonly products: number
  readonly things: number
  /** By the number of a good; -1 without a category. */
  readonly productOf: Int32Array
  readonly categoryOf: Int32Array
  /** By the number of a thing; a category has no sku. */
  readonly nameOf: readonly string[]
  readonly skuOf: readonly string[]
}

interface Good {
  readonly good: number
  readonly sku: string
  readonly product: string
  readonly productKey: string
  readonly category: string
  readonly categoryKey: string | undefined
}

/** A product is known by its sku, without one by its name. */
export function readGoods(world: World): Goods {
  const all = goodsOf(world)
  const productKeys = [...new Set(all.map((g) => g.productKey))]
  const categoryKeys = [...new Set(all.flatMap((g) => g.categoryKey ?? []))]
  const numbersOf = (keys: readonly string[], first: number) => new Map(keys.map((key, i) => [key, first + i]))
  const [products, categories] = [numbersOf(productKeys, 0), numbersOf(categoryKeys, productKeys.length)]
  const size = all.reduce((most, { good }) => Math.max(most, good + 1), 0)
  const [productOf, categoryOf] = [new Int32Array(size).fill(-1), new Int32Array(size).fill(-1)]
  const ways: Map<string, Good[]>[] = Array.from({ length: productKeys.length + categoryKeys.length }, () => new Map())
  const skuOf = ways.map(() => '')
  for (const g of all) {
    const [product, category] = [products.get(g.productKey)!, categories.get(g.categoryKey ?? '') ?? -1]
    productOf[g.good] = product
    categoryOf[g.good] = category
    skuOf[product] = g.sku
    grouped(ways[product]!, g.product, g)
    if (category >= 0) grouped(ways[category]!, g.category, g)
  }
  return { products: productKeys.length, things: ways.length, productOf, categoryOf, nameOf: latestNames(ways, world), skuOf }
}

function goodsOf({ setting: { store, catalogue } }: World): readonly Good[] {
  const own = (field: string, suffix = ''): Sql => {
    const [ours, theirs] = [`nullif(g."${field}${suffix}", '')`, `p."${field}${suffix}"`]
    return raw(catalogue.own('products', field)?.id === undefined ? ours : `coalesce(${ours}, ${theirs})`)
  }
  const rows =
    store.rows(sql`select g._id, g.sku, g."product~", coalesce(${own('product')}, g.sku), ${own('category')}, ${own('category', '~')}
    from good_row g left join product_row p on p.sku = g.sku order by g._id`)
  return rows.map(([good, sku, folded, product, category, categoryKey]) => ({
    good: Number(good),
    sku: String(sku),
    product: product === '' ? '(without a name)' : String(product),
    productKey: sku === '' ? `\u001f${folded}` : String(sku),
    category: String(category ?? ''),
    categoryKey: categoryKey === null ? undefined : String(categoryKey),
  }))
}
const raw = (text: string): Sql => ({ text, params: [] })

function grouped(ways: Map<string, Good[]>, text: string, good: Good): void {
  const before = ways.get(text)
  if (before === undefined) ways.set(text, [good])
  else before.push(good)
}

/** Of each thing the name by which it was bought last; lines are looked at only where there are several. */
function latestNames(
  ways: readonly ReadonlyMap<string, readonly Good[]>[],
  { setting: { store }, asOf }: World,
): readonly string[] {
  const unclear = ways.filter((texts) => texts.size > 1).flatMap((texts) => [...texts.values()].flat().map((g) => g.good))
  const lastDay =
    unclear.length === 0
      ? new Map<number, number>()
      : new Map(
          store.rows(sql`select _good, max(_day) from item_row
            where _customer > 0 and _counted = 1 and _day <= ${int(asOf)} and _good in ${oneOfMany([...new Set(unclear)])} group by _good`) as [
            number,
            number,
          ][],
        )
  const last = (goods: readonly Good[]): number => goods.reduce((most, g) => Math.max(most, lastDay.get(g.good) ?? NEVER), NEVER)
  return ways.map((texts) => {
    const dated = [...texts].map(([text, goods]) => ({ text, day: last(goods) }))
    return dated.sort((a, b) => b.day - a.day || compareBytes(a.text, b.text))[0]?.text ?? ''
  })
}

export const byName = (a: number, b: number, { nameOf, skuOf }: Goods): number =>
  compareBytes(nameOf[a]!, nameOf[b]!) || compareBytes(skuOf[a]!, skuOf[b]!)

/** Names of things shown together, with the sku where one alone does not tell which it is. */
export function namesOf(things: readonly number[], { nameOf, skuOf }: Goods): readonly string[] {
  const names = things.map((thing) => nameOf[thing]!)
  return names.map((name, i) => {
    const sku = skuOf[things[i]!]!
    return names.indexOf(name) !== names.lastIndexOf(name) && sku !== '' ? `${name} (${sku})` : name
  })
}
