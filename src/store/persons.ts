/** A customer as the person that he is: his traits, and who else has them. */
import { sql } from '../base/sql.js'
import { type Person, type PhoneReader, traitsOf } from './forgotten.js'
import type { Store } from './store.js'

export interface Known {
  readonly id: number
  readonly person: Person
}

export function findPerson(store: Store, customer: string): Known | undefined {
  const id = store.row(sql`select _id from customer_row where customer = ${customer}`)?.[0] as number | undefined
  if (id === undefined) return undefined
  const columns = fieldsOf(store)
  const cells =
    columns.length === 0 ? [] : store.row({ text: `select ${columns.join(', ')} from customer_row where _id = ?`, params: [id] })!
  const traits = columns.flatMap((column, i) => (cells[i] === null ? [] : [[column, String(cells[i])]]))
  return { id, person: { customer, ...Object.fromEntries(traits) } }
}

/** Keys of the other customers who have an e-mail or a phone of the person, by trait; in the order of the keys. */
export function sharing(store: Store, { id, person }: Known, phones: PhoneReader): ReadonlyMap<string, readonly string[]> {
  const wanted = new Set(traitsOf(person, phones).filter((trait) => !trait.startsWith('key ')))
  const found = new Map<string, string[]>()
  if (wanted.size === 0) return found
  const endings = new Set([...wanted].map(lastDigits))
  const columns = fieldsOf(store)
  const others = {
    text: `select ${['customer', ...columns].join(', ')} from customer_row where _id <> ? order by customer`,
    params: [id],
  }
  for (const [customer, ...cells] of store.each(others) as IterableIterator<readonly string[]>) {
    const other = columns.flatMap((column, i) => {
      const cell = cells[i] ?? ''
      // Reading a phone takes long, and hardly anyone's ends as his.
      return cell === '' || (column === 'phone' && !endings.has(lastDigits(cell))) ? [] : [[column, cell]]
    })
    for (const trait of traitsOf({ customer: customer!, ...Object.fromEntries(other) }, phones))
      if (wanted.has(trait)) found.set(trait, [...(found.get(trait) ?? []), customer!])
  }
  return found
}

const lastDigits = (text: string): string =>
  text
    .replace(/[.,]0+\s*$/, '')
    .replace(/\D/g, '')
    .slice(-4)

const fieldsOf = (store: Store): readonly string[] =>
  store
    .rows(sql`select name from pragma_table_info('customer_row') where name in ('email', 'phone', 'country')`)
    .map(([column]) => String(column))
