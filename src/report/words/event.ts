/** Russian for the sections about one event. */
export const event = {
  'How often did it happen?': 'Как часто это случалось?',
  Occurrences: 'Случаи',
  'It never happened to any of {n} {n|customer|customers}.':
    'Ни с одним из {n} {n|клиента|клиентов|клиентов} этого не случалось.',
} as const
