/** Which header means which known field, in English and Russian. Never two fields for one header of a source, never a doubtful one. */
import { type SourceName, sourceNames } from '../store/sources.js'

/** The known field a header means, without regard to case, blanks, marks and camel case. */
export function recognise(header: string, source: SourceName): string | undefined {
  return meanings(source).get(plain(header))
}

/** Headers so general that a more telling one of the same field goes before them: `id` beside `order_id`. */
export function isGeneral(header: string): boolean {
  return general.has(plain(header))
}

/** The name of a field that is the file's own: lower case, runs of anything but letters and digits as one `_`. */
export function fieldName(header: string): string {
  return header
    .normalize('NFC')
    .toLowerCase()
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '')
}

/** Every header that is recognised, for `help headers`. */
export function headerTable(): readonly {
  readonly source: SourceName
  readonly field: string
  readonly headers: readonly string[]
}[] {
  return sourceNames.flatMap((source) =>
    Object.entries(headersOf[source]).map(([field, written]) => ({ source, field, headers: list(written) })),
  )
}

const list = (written: string): readonly string[] => written.split(/\s*,\s*/)

/** Letters and digits alone, so that `CustomerID`, `customer_id` and `Customer ID` are one. */
export const plain = (header: string): string =>
  header
    .normalize('NFC')
    .toLowerCase()
    .normalize('NFC')
    .replaceAll('ё', 'е')
    .replace(/№/g, 'номер')
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, '')

const person = `customer, customer id, customer key, customer code, customer no, customer number, customer nr, cust id, client, client id, client code,
  client number, user id, buyer id, shopper id, member id, клиент, код клиента, ид клиента, id клиента, номер клиента,
  клиент id, клиент ид, клиент код, покупатель, код покупателя, ид покупателя, id покупателя, номер покупателя`

const goods = {
  sku: `sku, sku id, sku code, stock code, product id, product code, product sku, product number, product no, product key, item id, item code, item no,
    item number, item sku, article, article number, article no, article code, variant sku, barcode, ean, gtin, upc, артикул, код товара, ид товара,
    id товара, товар id, товар код, номер товара, артикул товара, номенклатурный номер, код номенклатуры, штрихкод, штрих-код`,
  product: `product, product name, product title, item name, item title, item description, description, product description, lineitem name, title,
    товар, наименование, наименование товара, название товара, название, номенклатура, продукт, наименование номенклатуры, описание товара`,
  category: `category, category name, product category, item category, product group, item group, product type, category title, категория,
    категория товара, группа товаров, группа товара, товарная группа, товарная категория, вид товара, номенклатурная группа, категория товаров`,
  brand: `brand, brand name, product brand, manufacturer, vendor, maker, бренд, марка, торговая марка, производитель, бренд товара`,
}

const line = {
  quantity: `quantity, qty, quantity ordered, order quantity, quantity sold, item quantity, product quantity, lineitem quantity,
    pieces, pcs, количество, кол-во, кол, количество товара, шт, штук, кол-во товара, кол-во шт, количество шт`,
  price: `price, unit price, price each, item price, product price, price per unit, lineitem price, sale price, selling price,
    цена, цена за единицу, цена за шт, цена за штуку, цена товара, цена продажи, стоимость единицы, цена единицы`,
}

const order = `order, order id, order no, order number, order nr, order key, order code, order ref, order reference, invoice, invoice id, invoice no,
  invoice number, invoice nr, receipt, receipt id, receipt no, receipt number, transaction, transaction id, transaction no, transaction number, sale id,
  bill number, bill no, purchase id, check number, check no, заказ, номер заказа, заказ номер, код заказа, ид заказа, id заказа, заказ id, чек, номер чека,
  чек номер, ид чека, id чека, номер накладной, накладная, номер счета, счет номер, номер документа, номер покупки, номер транзакции, ид транзакции, id транзакции`

const discount = `discount, discount amount, discount total, total discount, discount value, rebate, promo discount, скидка, сумма скидки, скидка сумма,
  размер скидки`

const headersOf: Readonly<Record<SourceName, Readonly<Record<string, string>>>> = {
  customers: {
    customer: `${person}, id, ид, код, user`,
    email: `email, e-mail, email address, e-mail address, mail, customer email, contact email, primary email, user email, эл почта, электронная почта,
      почта, емейл, имейл, email клиента, e-mail клиента, адрес эл почты, адрес электронной почты`,
    phone: `phone, phone number, telephone, telephone number, mobile, mobile phone, mobile number, cell, cell phone, tel, contact phone, customer phone,
      телефон, номер телефона, мобильный, мобильный телефон, моб телефон, тел, сотовый, контактный телефон, телефон клиента`,
    first_name: `first name, firstname, given name, forename, fname, customer first name, имя, имя клиента`,
    last_name: `last name, lastname, surname, family name, lname, customer last name, фамилия, фамилия клиента`,
    full_name: `full name, fullname, name, customer name, client name, contact name, display name, фио, ф.и.о., имя и фамилия, фамилия имя,
      фамилия имя отчество, полное имя, имя фамилия, фио клиента, наименование клиента`,
    birth_date: `birth date, birthday, date of birth, dob, born, born on, birthdate, bday, customer birthday, дата рождения, день рождения, д.р., др,
      дата рождения клиента, родился`,
    gender: `gender, sex, customer gender, пол, пол клиента, гендер`,
    city: `city, town, locality, city name, customer city, billing city, home city, город, населенный пункт, город клиента, город проживания, нас пункт`,
    region: `region, state, province, state province, region name, область, регион, область край`,
    country: `country, country name, country code, customer country, billing country, nation, страна, код страны, страна клиента, государство`,
    postcode: `postcode, post code, postal code, zip, zip code, zip postal code, postal, индекс, почтовый индекс, почт индекс, индекс клиента`,
    company: `company, company name, organisation, organization, employer, business name, firm, компания, организация, фирма, название компании,
      наименование организации, юрлицо, юр лицо`,
    industry: `industry, industry name, business sector, отрасль, сфера деятельности, вид деятельности, индустрия`,
    created_on: `created on, created, created at, creation date, date created, create date, registered, registered on, registered at, registration date,
      date registered, signup date, sign up date, signed up, signed up at, signup at, join date, joined, joined on, member since, customer since,
      дата регистрации, зарегистрирован, дата создания, создан, дата заведения, клиент с`,
  },
  orders: {
    order: `${order}, id, ид, sales order`,
    customer: `${person}, user, buyer, shopper`,
    at: `at, date, datetime, date time, time stamp, timestamp, order date, order datetime, order timestamp, date of order, ordered at,
      ordered on, order at, order created at, invoice date, purchase date, purchased at, date of purchase, purchase timestamp,
      order purchase timestamp, transaction date, sale date, sales date, date of sale, sold at, receipt date, placed at, placed on, created at,
      created on, дата, дата заказа, дата и время, дата время, дата покупки, дата продажи, дата чека, дата создания заказа, дата документа,
      дата накладной, дата транзакции, дата и время заказа, дата и время чека, дата и время покупки`,
    status: `status, order status, order state, invoice status, статус, статус заказа, состояние заказа, статус чека`,
    channel: `channel, sales channel, order channel, source channel, channel name, канал, канал продаж, канал продажи, канал заказа, источник заказа`,
    store: `store, store name, store id, store code, shop, shop name, shop id, branch, outlet, point of sale, pos, магазин, код магазина,
      название магазина, торговая точка, точка продаж, филиал, салон`,
    currency: `currency, currency code, order currency, currency iso, iso currency, валюта, код валюты, валюта заказа, валюта чека`,
    amount: `amount, total, sum, sales, revenue, value, total amount, total price, grand total, sale amount, sales amount, net amount,
      gross amount, invoice total, invoice amount, transaction amount, purchase amount, total sum, total value, total sales, turnover, line total, line amount, item total, extended price, dollar value, payment amount, spend, spent, сумма, итого, всего,
      стоимость, выручка, оборот, сумма покупки, сумма продажи, сумма продаж, общая сумма, сумма к оплате, сумма строки, сумма по строке,
      стоимость товара, сумма документа, сумма транзакции`,
    order_amount: `order amount, order value, order total, order sum, order total amount, total order amount, total order value, receipt total, receipt amount,
      basket total, basket value, cart total, check total, order grand total, сумма заказа, сумма чека, итого по заказу, итого по чеку,
      итог заказа, итог чека, стоимость заказа, итого заказ, итого чек, сумма корзины`,
    discount,
    line: `line, line no, line number, line id, order line, order line number, order line id, order line no, invoice line, invoice line id, lineitem, line item,
      line item id, order item id, row number in order, строка заказа, номер строки, строка чека, номер позиции`,
    ...goods,
    ...line,
  },
  items: {
    order,
    line: `line, line no, line number, line id, id, order line, order line number, order line id, order line no, invoice line, invoice line id, lineitem, line item,
      line item id, order item id, строка, строка заказа, номер строки, строка чека, номер позиции`,
    sku: `${goods.sku}`,
    product: `${goods.product}, item, name`,
    category: goods.category,
    brand: goods.brand,
    quantity: `${line.quantity}, units`,
    price: line.price,
    amount: `amount, total, sum, sales, revenue, value, total amount, total price, line total, line amount, item total, item amount, extended price,
      sale amount, sales amount, net amount, gross amount, line value, сумма, итого, всего, стоимость, выручка, сумма строки, сумма по строке,
      стоимость товара, сумма позиции, общая сумма, сумма продажи`,
    discount,
  },
  products: {
    sku: `${goods.sku}, id, ид, код, code`,
    product: `${goods.product}, name, item`,
    category: goods.category,
    brand: goods.brand,
  },
  activities: {
    customer: `${person}, user, contact id, contact, subscriber id, subscriber, recipient id`,
    at: `at, date, datetime, date time, time, timestamp, time stamp, event date, event time, event timestamp, event at, occurred at, occurred on, happened at,
      activity date, activity time, sent at, created at, created on, logged at, received at, дата, время, дата и время, дата время, дата события,
      время события, дата активности, дата действия, дата и время события, дата контакта`,
    type: `type, event, event type, event name, event kind, activity, activity type, activity name, action, action type, kind, interaction type, тип, событие,
      тип события, название события, действие, тип действия, вид события, активность, тип активности`,
    id: `id, ид, event id, activity id, event uuid, activity uuid, event key, action id, interaction id, message id, код события, ид события,
      id события, номер события, id активности, id действия`,
    value: `value, event value, activity value, event data, значение, значение события, величина`,
  },
}

const general: ReadonlySet<string> = new Set(
  list('id, ид, код, code, name, title, description, product description, item description, описание товара').map(plain),
)

const tables = new Map<SourceName, ReadonlyMap<string, string>>()

function meanings(source: SourceName): ReadonlyMap<string, string> {
  const made = tables.get(source)
  if (made !== undefined) return made
  const table = new Map<string, string>()
  for (const [field, written] of Object.entries(headersOf[source])) {
    for (const header of [field, ...list(written)]) table.set(plain(header), field)
  }
  tables.set(source, table)
  return table
}
