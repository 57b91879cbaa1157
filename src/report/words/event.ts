/** Russian for the sections about one event. */
export const event = {
  'How often did it happen?': 'Как часто это случалось?',
  Occurrences: 'Случаи',
  'It never happened to any of {n} {n|customer|customers}.':
    'Ни с одним из {n} {n|клиента|клиентов|клиентов} этого не случалось.',
  'It did not happen in the last 12 months.': 'За последние 12 месяцев этого не случалось.',
  'Occurrences by month': 'Случаи по месяцам',
  'When does it happen?': 'Когда это случается?',
  'It happens most on a Monday.': 'Чаще всего – по понедельникам.',
  'It happens most on a Tuesday.': 'Чаще всего – по вторникам.',
  'It happens most on a Wednesday.': 'Чаще всего – по средам.',
  'It happens most on a Thursday.': 'Чаще всего – по четвергам.',
  'It happens most on a Friday.': 'Чаще всего – по пятницам.',
  'It happens most on a Saturday.': 'Чаще всего – по субботам.',
  'It happens most on a Sunday.': 'Чаще всего – по воскресеньям.',
  'It happens most from {from} to {to}.': 'Чаще всего – с {from} до {to}.',
  'Share of occurrences by weekday': 'Доля случаев по дням недели',
  'Share of occurrences by hour': 'Доля случаев по часам',
  'Hours are without {n} {n|occurrence|occurrences} of which only the day is known.':
    'Часы указаны без {n} {n|случая|случаев|случаев}, у которых известен только день.',
  'How often to the same customer?': 'Как часто с одним и тем же клиентом?',
  Times: 'Раз',
  'How soon does it happen again?': 'Через сколько это повторяется?',
  'Customers to whom it happened again': 'Клиенты, с которыми это повторилось',
  'Days between, median (quartiles)': 'Дней между случаями, медиана (квартили)',
  Definition: 'Определение',
  'What is bought next?': 'Что покупают следом?',
  'Customers who ordered next': 'Клиенты, сделавшие следующий заказ',
  'Share of those to whom it happened': 'Доля тех, с кем это случилось',
  'The first order after each time it happened, where that came within {n} days.':
    'Первый заказ после каждого случая, если он был в течение {n} {n|дня|дней|дней}.',
} as const
