/** Russian for what stands around the sections: headings of the page, the data it is about. */
export const page = {
  'Report as of {day} ({zone})': 'Отчёт на {day} ({zone})',
  '{n} {n|customer|customers}': '{n} {n|клиент|клиента|клиентов}',
  'no orders': 'заказов нет',
  'orders up to {day}': 'заказы по {day}',
  'orders up to {day}, {n} {n|day|days} before': 'заказы по {day}, за {n} {n|день|дня|дней} до этого',
  'amounts in {currency}': 'суммы в {currency}',
  '{day} is a day to come: no rows of it are known yet.': '{day} ещё не наступил: строк за этот день пока нет.',
  'Attributes of customers have their present values, not those of that day.': 'Признаки клиентов взяты нынешние, а не того дня.',
  Contents: 'Содержание',
  Overview: 'Обзор',
  Segments: 'Сегменты',
  Events: 'События',
  Campaigns: 'Кампании',
  Numbers: 'Таблица',
  'To the top': 'Наверх',
  '“<{n}” means fewer than {n} {n|customer|customers}, “–” means unknown.':
    '«<{n}» значит «меньше {n} {n|клиента|клиентов|клиентов}», «–» значит «неизвестно».',
  'As of': 'На день',
} as const
