/** Russian for the results and plans of campaigns. */
export const campaign = {
  'In short': 'Коротко',
  'Which hand-off?': 'Какая выгрузка?',
  Number: 'Номер',
  'Handed off as of': 'Выгружено по состоянию на',
  Profile: 'Формат',
  'What counts': 'Что засчитывается',
  order: 'заказ',
  'First day that counts': 'Первый день подсчёта',
  'Last day that counts': 'Последний день подсчёта',
  'Days that are over': 'Дней прошло',
  'Did the split come out as planned?': 'Группы получились такими, как задумано?',
  Arm: 'Группа',
  'Planned share': 'Доля по плану',
  Assigned: 'Распределено',
  'Chance of such a split, if all went as planned (p)': 'Вероятность такого разбиения, если всё прошло по плану (p)',
  'The split is written otherwise now than it was then: whether it came out as planned cannot be told.':
    'Разбиение сейчас описано иначе, чем при выгрузке: проверить, вышло ли оно по плану, нельзя.',
  'The arms are not those that were planned. Those whom the file cannot hold (`same-address`, `not-in-shape`) fall out of arms with a file only; other causes are customers forgotten or merged since.':
    'Группы получились не такими, как задумано. Те, кого файл не вмещает (`same-address`, `not-in-shape`), выпадают только из групп с файлом; другие причины — клиенты, удалённые или объединённые с тех пор.',
  'How many acted?': 'Сколько клиентов откликнулось?',
  Acted: 'Откликнулись',
  Conversion: 'Конверсия',
  from: 'от',
  to: 'до',
  'Against {arm}': 'По сравнению с {arm}',
  'Conversion against {arm}': 'Конверсия по сравнению с {arm}',
  'In proportion and in customers, against {arm}': 'В разах и в клиентах по сравнению с {arm}',
  'Revenue per customer against {arm}': 'Выручка на клиента по сравнению с {arm}',
  'The same in proportion, and with spending before taken out, against {arm}':
    'То же в процентах и с поправкой на прежние покупки, по сравнению с {arm}',
  p: 'p',
  'p: how likely so large a difference is where nothing was sent.':
    'p: насколько вероятна такая разница, если бы ничего не рассылали.',
  'Difference, points': 'Разница, п. п.',
  'Times as many': 'Во сколько раз больше',
  'Customers more than without it': 'Дополнительных клиентов',
  'What did they spend?': 'Сколько они потратили?',
  'More per customer': 'Больше на клиента',
  'bootstrap from': 'бутстрэп от',
  'bootstrap to': 'бутстрэп до',
  'Relative to it': 'В процентах к ней',
  relative: 'в процентах',
  'Over everybody who was assigned, those who spent nothing included.':
    'В расчёте на всех распределённых, включая тех, кто ничего не купил.',
  'No verdict: the split did not come out as planned. By chance that happens less than once in a thousand times, so the arms differ by more than what was sent, and the numbers below cannot be compared.':
    'Вывода нет: группы получились не такими, как задумано. Случайно такое бывает реже одного раза на тысячу, значит, группы различаются не только рассылкой, и сравнивать числа ниже нельзя.',
  'No verdict: there is but one arm, and nothing to compare it with.': 'Вывода нет: группа всего одна, сравнить её не с чем.',
  'No verdict on {arm}: nobody is in it, or nobody in {other}.':
    'По {arm} вывода нет: в ней или в {other} нет ни одного клиента.',
  'No verdict on {arm}: in it or in {other} fewer than {n} customers acted, too few to be shown.':
    'По {arm} вывода нет: в ней или в {other} откликнулось меньше {n} {n|клиента|клиентов|клиентов}, такие числа не показываются.',
  'No verdict on {arm}: neither in it nor in {other} have {n} customers acted yet.':
    'По {arm} вывода нет: ни в ней, ни в {other} пока не откликнулось {n} {n|клиент|клиента|клиентов}.',
  '{arm} did better than {other}: between {low} and {high} percentage points more customers bought.':
    '{arm} сработала лучше, чем {other}: купивших больше на {low}–{high} процентного пункта.',
  '{arm} did worse than {other}: between {low} and {high} percentage points fewer customers bought.':
    '{arm} сработала хуже, чем {other}: купивших меньше на {low}–{high} процентного пункта.',
  'No difference shows between {arm} and {other}: from {low} percentage points fewer to {high} more customers bought.':
    'Между {arm} и {other} разницы не видно: доля купивших — от {low} процентного пункта меньше до {high} больше.',
  '{arm} did better than {other}: {event} came to between {low} and {high} percentage points more customers.':
    '{arm} сработала лучше, чем {other}: клиентов с событием {event} больше на {low}–{high} процентного пункта.',
  '{arm} did worse than {other}: {event} came to between {low} and {high} percentage points fewer customers.':
    '{arm} сработала хуже, чем {other}: клиентов с событием {event} меньше на {low}–{high} процентного пункта.',
  'No difference shows between {arm} and {other}: {event} came to between {low} percentage points fewer and {high} more customers.':
    'Между {arm} и {other} разницы не видно: доля клиентов с событием {event} — от {low} процентного пункта меньше до {high} больше.',
  '{arm} differs from {other}, but among several comparisons that may be chance.':
    '{arm} отличается от {other}, но при нескольких сравнениях это может быть случайностью.',
  'Each customer of {arm} spent between {low} and {high} more than one of {other}.':
    'Клиент группы {arm} тратил в среднем на {low}–{high} больше, чем клиент группы {other}.',
  'Each customer of {arm} spent between {low} and {high} less than one of {other}.':
    'Клиент группы {arm} тратил в среднем на {low}–{high} меньше, чем клиент группы {other}.',
  'In what customers of {arm} and {other} spent, no difference shows.': 'В тратах клиентов {arm} и {other} разницы не видно.',
  'Not over yet: {n} of {all} days are in, the last is {day}. Judge at the end.':
    'Срок ещё не вышел: прошло {n} {n|день|дня|дней} из {all}, последний — {day}. Решать лучше в конце.',
  'The newest order known is of {day}: any after it are not counted yet.':
    'Последний известный заказ — от {day}: более поздние ещё не учтены.',
  'Several arms were compared; a difference must be larger to be called one (Holm).':
    'Сравнивалось несколько групп, поэтому разница признаётся только при большей уверенности (поправка Холма).',
  'Who would be in it?': 'Кто в неё попадёт?',
  everybody: 'все',
  'Without a split nothing can be learned: give the audience `split: { salt: spring, arms: { offer: 90, holdout: 10 } }`.':
    'Без разбиения ничего не узнать: добавьте к аудитории `split: { salt: spring, arms: { offer: 90, holdout: 10 } }`.',
  'What did these customers do of late?': 'Что эти клиенты делали в последнее время?',
  'First day looked at': 'Первый день',
  'Last day looked at': 'Последний день',
  'Bought in these days': 'Купили за эти дни',
  'Conversion to be expected, as given': 'Ожидаемая конверсия, как указано',
  'What is the smallest effect that would show?': 'Какой наименьший эффект будет виден?',
  'Rise of conversion, points': 'Рост конверсии, п. п.',
  'Found in {power} of 100 cases when it is there, at one false alarm in 20.':
    'Такой эффект, если он есть, обнаружится в {power} случаях из 100; ложная тревога — в одном из 20.',
  'And with another hold-out?': 'А с другой контрольной группой?',
  'Share held out': 'Доля контрольной группы',
  'Held out': 'Удержано',
  'Nobody would be in it on this day.': 'В этот день в неё никто не попадёт.',
  'None of them bought in the days looked at; often the definition itself asks for that. Say what share would buy without the campaign: `--base 2%`.':
    'За эти дни никто из них не покупал; часто этого требует само определение. Укажите, какая доля купила бы без кампании: `--base 2%`.',
  'Fewer than {n} of them bought in the days looked at. Say what share would buy without the campaign: `--base 2%`.':
    'За эти дни из них купили меньше {n} {n|клиента|клиентов|клиентов}. Укажите, какая доля купила бы без кампании: `--base 2%`.',
  '{arm} and {other} are too small to show any effect on who buys.':
    '{arm} и {other} слишком малы, чтобы увидеть какой-либо эффект на покупки.',
  '{arm} against {other} would show an effect if it is at least {rise} percentage points: {base} of customers buying would have to become {more}.':
    '{arm} против {other}: эффект будет виден, если он не меньше {rise} процентного пункта, то есть доля покупающих вырастет с {base} до {more}.',
} as const
