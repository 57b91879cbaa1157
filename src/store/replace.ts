/** Emptying a source so that the files of one command become the whole of it, within the transaction that loads them. */
import { sql } from '../base/sql.js'
import type { SourceName } from './sources.js'
import type { Store } from './store.js'

interface Emptying {
  /** Before the files are loaded. */
  readonly begin: (store: Store) => void
  /** After the last of them. */
  readonly end: (store: Store) => void
}

const nothing = (): void => undefined

const emptyings: Readonly<Record<SourceName, Emptying>> = {
  customers: { begin: setCustomersAside, end: bringCustomersBack },
  orders: {
    begin(store) {
      rememberMentioned(store, 'order_row')
      if (hasLoads(store, 'items')) keepLinesWaiting(store)
      else {
        store.exec('delete from item_row; delete from waiting_row; delete from good_row')
        forgetFields(store, ['orders', 'items'])
      }
      store.exec('delete from order_row')
    },
    end: dropUnmentioned,
  },
  items: {
    begin(store) {
      store.exec(`delete from item_row; delete from waiting_row; delete from good_row;
        update order_row set _lines = 0, _items = 0, _units = 0, _counted = 1, amount = _given`)
      forgetFields(store, ['items'])
    },
    end: nothing,
  },
  products: {
    begin(store) {
      store.exec('delete from product_row')
      forgetFields(store, ['products'])
    },
    end: nothing,
  },
  activities: {
    begin(store) {
      rememberMentioned(store, 'activity_row')
      store.exec('delete from activity_row')
      forgetFields(store, ['activities'])
    },
    end: dropUnmentioned,
  },
}

export const beginReplacing = (store: Store, source: SourceName): void => emptyings[source].begin(store)
export const endReplacing = (store: Store, source: SourceName): void => emptyings[source].end(store)

const hasLoads = (store: Store, source: SourceName): boolean =>
  store.row(sql`select 1 from load_row where source = ${source} limit 1`) !== undefined

/** What is known of fields whose cells are all gone: the new files say it anew. */
function forgetFields(store: Store, sources: readonly SourceName[]): void {
  for (const source of sources) {
    store.run(sql`delete from text_row where field in (select _id from field_row where source = ${source})`)
    store.run(sql`delete from field_row where source = ${source}`)
  }
}

/** Lines of a file of their own wait for their orders to come again. */
function keepLinesWaiting(store: Store): void {
  const columns = store
    .rows(sql`select name from pragma_table_info('waiting_row') where name in (select name from pragma_table_info('item_row'))`)
    .map(([name]) => `"${String(name)}"`)
    .join(', ')
  store.exec(`insert or ignore into waiting_row (${columns}) select ${columns} from item_row; delete from item_row`)
}

function rememberMentioned(store: Store, table: 'order_row' | 'activity_row'): void {
  store.exec(
    `drop table if exists temp.mentioned; create temp table mentioned as select distinct _customer as _id from ${table} where _customer > 0`,
  )
}

const dated = `exists (select 1 from order_row where _customer = c._id) or exists (select 1 from activity_row where _customer = c._id)`

/** Customers whom only the rows that are gone mentioned. */
function dropUnmentioned(store: Store): void {
  const fields = customerFields(store)
  if (fields.length === 0 && hasLoads(store, 'customers')) return
  const blank = fields.map((f) => ` and c."${f}" is null`).join('')
  keepNumbers(store)
  store.exec(
    `delete from customer_row as c where _id in (select _id from temp.mentioned) and not (${dated})${blank}; drop table temp.mentioned`,
  )
}

const customerFields = (store: Store): readonly string[] =>
  store
    .rows(sql`select name from pragma_table_info('customer_row') where name not in ('_id', 'customer', '_first_day')`)
    .map(([name]) => String(name))

/** No customer ever gets the number of one who is gone. */
function keepNumbers(store: Store): void {
  store.run(sql`insert into meta_row select 'last_customer', max(_id) from customer_row having max(_id) is not null
    on conflict (name) do update set value = max(cast(value as integer), cast(excluded.value as integer))`)
}

/** Whoever orders or activities mention stays, without attributes; the others go, and have their number again when they come back. */
function setCustomersAside(store: Store): void {
  keepNumbers(store)
  const fields = customerFields(store)
  if (fields.length > 0) store.exec(`update customer_row set ${fields.map((f) => `"${f}" = null`).join(', ')}`)
  store.exec(`drop table if exists temp.former; create temp table former (customer text primary key, _id integer not null);
    insert into temp.former select customer, _id from customer_row as c where not (${dated});
    delete from customer_row where _id in (select _id from temp.former);
    update customer_row as c set _first_day = nullif(min(
      coalesce((select min(_day) from order_row where _customer = c._id), 9e9), coalesce((select min(_day) from activity_row where _customer = c._id), 9e9)), 9e9)`)
  forgetFields(store, ['customers'])
}

function bringCustomersBack(store: Store): void {
  store.exec(`update customer_row as c set _id = (select f._id from temp.former f where f.customer = c.customer)
    where customer in (select customer from temp.former); drop table temp.former`)
}
