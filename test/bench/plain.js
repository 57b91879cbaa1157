/** The simple half: what marketers ask of attributes, purchases and sums, and of segments on segments. */
import {
  ago,
  all,
  any,
  attribute,
  back,
  between,
  ever,
  fields,
  inSegment,
  items,
  last,
  lastMonth,
  metric,
  next,
  none,
  not,
  orders,
  receiptsOf,
  recency,
  recencyDays,
  segment,
  shared,
  sideBySide,
} from './shorthand.js'

const croissant = { product: { contains: 'croissant' } }

export const plain = [
  // who they are
  segment('everyone', { yaml: { all: 'customers' }, where: 'true' }),
  segment('minsk', fields({ city: 'minsk' })),
  segment('west', fields({ city: { in: ['brest', 'grodno', 'lida', 'pinsk'] } })),
  segment('gold', fields({ tier: 'gold' })),
  segment('young', attribute({ age: { min: 18, max: 25 } }, `(c.birth_date > '2000-06-30' and c.birth_date <= '2008-06-30')`)),
  segment('opted-in-women', fields({ email_opt_in: true, gender: 'f' })),
  segment('joined-lately', attribute({ created_on: { last: '90 days' } }, `c.created_on >= '${next(back('90 days'))}'`)),
  // what they bought
  segment('buys-cakes', items({ category: 'cakes' }, last('90 days'))),
  segment('buys-gifts', items({ category: 'gifts' }, last('2 years'))),
  segment('often-coffee', items({ category: 'coffee' }, last('12 months'), 3)),
  segment('word-latte', items({ product: { contains: 'latte' } }, last('180 days'))),
  segment('sweet-tooth', items({ category: { in: ['sweets', 'cakes', 'frozen'] } }, last('180 days'), 3)),
  segment('premium-cheese', items({ category: 'cheese', price: { min: 5 } }, last('12 months'))),
  segment('almond-in-spring', items({ product: { starts_with: 'almond' } }, between('2026-03-01', '2026-05-31'))),
  segment('few-lines', items({ category: 'bread' }, ever, { max: 2 })),
  segment('pastry-last-quarter', items({ category: 'pastry' }, ago('180 days', '90 days'), 2)),
  // what they did not
  segment('no-order-90-days', not(orders('any', last('90 days')))),
  segment('never-ordered', not(orders('any'))),
  // receipts
  segment('ordered-last-month', orders('any', lastMonth)),
  segment('three-in-90-days', orders('any', last('90 days'), 3)),
  segment('one-timers', orders('any', ever, { exactly: 1 })),
  segment('store-2-or-3', orders({ store: { in: ['S2', 'S3'] } }, last('1 year'), 2)),
  segment('big-receipts', receiptsOf({ min: 60 }, last('1 year'), 2)),
  // values
  segment('spent-300', metric('spend', { min: 300 })),
  segment('spent-50-to-150', metric('spend', { min: 50, max: 150 }, { window: last('6 months') })),
  segment('cheese-money', metric('itemSpend', { above: 40 }, { filter: { category: 'cheese' }, window: last('2 years') })),
  segment('croissant-units', metric('units', { min: 6 }, { filter: croissant })),
  segment('small-basket', metric('basket', { max: 15 }, { window: last('1 year') })),
  segment('wide-taste', metric('categories', { min: 12 })),
  segment('many-stores', metric('stores', { min: 5 }, { window: last('1 year') })),
  segment('croissant-faded', recency('items', { min: 60, max: 240 }, croissant)),
  // named values, shared
  segment('vip', shared('spend_12m', { min: 200 })),
  segment('loyal', all(shared('orders_12m', { min: 5 }), recencyDays({ max: 60 }))),
  // built of parts
  segment(
    'croissant-gone-quiet',
    all(items(croissant, ever, 2), not(items(croissant, last('60 days'))), fields({ email_opt_in: true })),
  ),
  segment(
    'sweet-or-rich',
    any(items({ category: 'sweets' }, last('90 days'), 3), shared('spend_12m', { min: 250 }), fields({ tier: 'gold' })),
  ),
  segment(
    'win-back',
    sideBySide(
      all(orders('any', ago('1 year', '180 days'), 2), fields({ email_opt_in: true })),
      none(orders('any', last('90 days')), fields({ city: 'orsha' })),
    ),
  ),
  segment('loyal-not-vip', sideBySide(all(inSegment('loyal')), none(inSegment('vip')))),
]
