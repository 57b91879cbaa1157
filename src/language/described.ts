/** What every definition may say about itself, whatever it is. */
import type { Example } from './examples.js'
import { listOf, optional, text, word } from './yaml.js'

export const described = {
  title: optional(text),
  description: optional(text),
  owner: optional(word),
  tags: optional(listOf(word)),
}

export interface Description {
  readonly title?: string
  readonly description?: string
  readonly owner?: string
  readonly tags?: readonly string[]
  readonly tests?: readonly Example[]
}
