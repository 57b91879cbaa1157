/** Work whose temporary tables are gone after it. */
import type { Store } from './store.js'

export type Aside<T> = () => T

export function aside<T>(store: Store, work: Aside<T>): T {
  store.exec('savepoint aside')
  try {
    return work()
  } finally {
    store.exec('rollback to aside; release aside')
  }
}
