/**
 * The tables of the store, as data. Names that begin with `_` are segkit's own; every other column is a field, and a field's name
 * never begins with `_`. Beside a text cell `x` of customers and products stands `x~`, its comparable form (see `forms.ts`).
 * Orders and items lie clustered by customer and moment, so that one pass in that order yields every value of a customer.
 * Numbers are whole, scaled by the field's `_scale`; repeated text of orders, items and activities is a code into `text_row`.
 */

/** `PRAGMA user_version` of stores that this program writes. */
export const storeVersion = 1
/** `PRAGMA application_id`: "seg1". */
export const applicationId = 0x73656731

/** The customer number that stands for nobody: guest orders lie under it. */
export const guest = 0

/**
 * What stores of this version may lack, made before there was such: as good as empty there, and added by the next writer.
 * The ledger of hand-offs. A series is an audience handed off in a profile; who was in it lies as spans of its days, from _from on,
 * until before _until (null: up to now), of which only days with a hand-off mean anything.
 */
export const laterTables = {
  series_row: `(
  _id integer primary key, audience integer not null, profile text not null, unique (audience, profile))`,
  handoff_row: `(
  _id integer primary key autoincrement, _series integer not null, as_of integer not null,
  version text not null, channel text,
  contact integer not null,             -- 1: it reached those who were in its files
  mode text,                            -- what it was compared with: changes, new
  run integer, made_at text not null, customers integer not null,
  unique (_series, as_of))`,
  handoff_file: `(
  _handoff integer not null, _n integer not null, arm text, file text, rows integer not null, bytes integer, sha256 text,
  primary key (_handoff, _n)) without rowid`,
  // the split as it was when it was handed off; a JSON list of arms, each with the first bucket that is no longer its own
  handoff_split: `(_handoff integer primary key, salt text not null, arms text not null)`,
  // rows as they were handed off, each once, however many nights it was in; see copies.ts
  handoff_copy: `(
  _id integer primary key, _series integer not null, _first integer not null, n integer not null,
  headers text not null, heads blob not null, body blob not null, unique (_series, _first))`,
  // a JSON list of copies
  handoff_span: `(
  _id integer primary key, _key integer not null, _part text not null default '', _from integer not null, _until integer,
  numbers text not null)`,
  // a JSON list of customers: reached by the audience, by these channels, on the days of contact_day
  contact_span: `(
  _id integer primary key, _key integer not null, _part text not null, _from integer not null, _until integer,
  numbers text not null)`,
  // who was erased, by salted fingerprints of his traits; see forgotten.ts
  forgotten_row: `(print text primary key, bucket integer not null) without rowid`,
} as const
export const laterIndexes = {
  handoff_span_key: 'handoff_span (_key, _until)',
  contact_span_key: 'contact_span (_key, _until)',
} as const
export const laterViews = {
  contact_day: `select distinct s.audience as audience, h.as_of as _day
  from handoff_row h join series_row s on s._id = h._series where h.contact = 1`,
} as const

const later = [
  ...Object.entries(laterTables).map(([name, body]) => `create table ${name} ${body};`),
  ...Object.entries(laterIndexes).map(([name, on]) => `create index ${name} on ${on};`),
  ...Object.entries(laterViews).map(([name, body]) => `create view ${name} as ${body};`),
].join('\n')

export const tables = `
create table meta_row (name text primary key, value text) without rowid;

create table field_row (
  _id integer primary key, source text not null, name text not null, position integer not null,
  fits integer not null default 7,      -- what every cell loaded so far can be read as: 1 boolean, 2 number, 4 date
  _scale integer not null default 0,    -- the most decimals any of its cells has
  cells integer not null default 0,     -- cells that were not empty, over all loads
  unique (source, name));

create table text_row (
  _id integer primary key, field integer not null, text text not null,
  folded text not null, number real, day integer, bool integer,
  unique (field, text));

create table customer_row (
  _id integer primary key, customer text not null unique,
  _first_day integer);                  -- of created_on and all dated rows; null where there is none

create table product_row (_id integer primary key, sku text not null unique);

-- one row for each combination of product texts that lines wrote, '' where blank
create table good_row (
  _id integer primary key, sku text not null, product text not null, category text not null, brand text not null,
  "sku~" text not null, "product~" text not null, "category~" text not null, "brand~" text not null,
  unique (sku, product, category, brand));

create table order_row (
  _customer integer not null, _day integer not null, _time integer not null, _key text not null,
  _keyless integer not null default 0,  -- 1: known by its cells, which make up the key
  _given integer,                       -- the amount that the file gave
  amount integer, discount integer,
  status integer, channel integer, store integer, currency integer,
  _lines integer not null default 0,    -- all its lines; the next four are over those that count, see settle.ts
  _items integer not null default 0, _units integer not null default 0,
  _counted integer not null default 1,
  primary key (_customer, _day, _time, _key)) without rowid;

create table item_row (
  _customer integer not null, _day integer not null, _time integer not null, _key text not null, _n integer not null,
  _good integer not null, quantity integer, price integer, discount integer, amount integer,
  _counted integer not null default 1, line integer,
  primary key (_customer, _day, _time, _key, _n)) without rowid;

-- lines whose order has not come yet; columns as in item_row. _raw: money is in the order's currency, whichever that will be
create table waiting_row (
  _key text not null, _n integer not null,
  _good integer not null, quantity integer, price integer, discount integer, amount integer, line integer,
  _raw integer not null default 0,
  primary key (_key, _n)) without rowid;

create table activity_row (
  _customer integer not null, _day integer not null, _time integer not null, _key text not null,
  _keyless integer not null default 0, type integer not null, value integer,
  primary key (_customer, _day, _time, _key)) without rowid;

create table load_row (
  _id integer primary key, source text not null, file text not null, loaded_at text not null,
  content text not null, mapping text not null,
  rows integer not null, added integer not null, changed integer not null, same integer not null,
  rejected integer not null, waiting integer not null, forgotten integer not null, guests integer not null);

create table name_row (_id integer primary key, name text not null unique);

create table run_row (
  _id integer primary key, as_of integer not null, made_at text not null,
  data integer not null, definitions text not null, customers integer not null);
create table run_part (
  _run integer not null, _name integer not null, kind text not null,
  customers integer not null, entered integer, left integer, occurrences integer, held integer not null default 0,
  primary key (_run, _name)) without rowid;

-- membership as spans of runs: in from _from on, until before _until (null: still in). Those who came and went together
-- share a row, since a run moves many at once
create table member_span (
  _id integer primary key, _name integer not null, _from integer not null, _until integer,
  customers text not null);             -- a JSON list of customer numbers
create index member_span_name on member_span (_name, _until);
create view member_row as select s._name, j.value as _customer, s._from, s._until from member_span s, json_each(s.customers) j;

${later}

create table occurrence_row (
  _name integer not null, _customer integer not null, _ident text not null, _from integer not null, _until integer,
  _day integer not null, _time integer not null,
  primary key (_name, _customer, _ident, _from)) without rowid;
`

/** Built after a first load rather than kept up during it. */
export const indexes = {
  order_key: 'create unique index order_key on order_row (_key)',
  activity_key: 'create unique index activity_key on activity_row (_key)',
} as const
