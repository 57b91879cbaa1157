/** The documented views of the store, for other tools: made anew whenever a load may have added fields. */
import type { Zone } from '../base/time.js'
import type { Store } from './store.js'

export function refreshViews(_store: Store, _zone: Zone): void {}
