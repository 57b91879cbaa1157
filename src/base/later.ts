/** Libraries that most commands never use: each is loaded when it is first asked for. */
import { createRequire } from 'node:module'

const load = createRequire(import.meta.url)

/** The library of that name; it must have a CommonJS build, since an answer cannot wait for a module. */
export const later = <Library>(name: string): (() => Library) => {
  let loaded: Library | undefined
  return () => {
    loaded ??= load(name) as Library
    return loaded
  }
}
