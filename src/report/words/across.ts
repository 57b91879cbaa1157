/** Russian for the sections about the shop and all segments side by side. */
export const across = {
  'The shop': 'Магазин',
  'Orders of customers': 'Заказы клиентов',
  'Revenue of customers': 'Выручка от клиентов',
  'Orders of guests': 'Заказы гостей',
  'Revenue of guests, in no segment': 'Выручка от гостей, ни в одном сегменте',
  'No orders up to this day.': 'До этого дня заказов нет.',
  'The segments': 'Сегменты',
  'No segments.': 'Сегментов нет.',
  'A customer may be in several segments, so shares need not add up to 100%.':
    'Клиент может быть в нескольких сегментах, поэтому доли не обязаны давать 100%.',
  Segment: 'Сегмент',
  'Revenue share': 'Доля выручки',
  'Orders each': 'Заказов на клиента',
  'Average order': 'Средний заказ',
} as const
