/** What forgetting needs of a project: how its phones are read, and which fields what counts as a purchase hangs on. */

import { regionOf } from '../language/countries.js'
import type { Filter } from '../language/filter.js'
import type { Project } from '../language/project.js'
import type { PhoneReader } from '../store/forgotten.js'
import { e164 } from './phones.js'

/** By the person's country and by the project's: the one may be missing when he comes again. */
export const phonesOf =
  ({ country }: Pick<Project, 'country'>): PhoneReader =>
  (phone, own) =>
    [...new Set([country, regionOf(own, country)])].flatMap((region) => e164(phone, region) ?? [])

export const countedFields = ({ counted }: Project): ReadonlySet<string> =>
  new Set([counted.orders, counted.items].flatMap((filter) => (filter === undefined ? [] : fieldsOf(filter))))

const fieldsOf = ({ tests, blocks }: Filter): readonly string[] => [
  ...tests.map((t) => t.field),
  ...blocks.flatMap((block) => block.of.flatMap(fieldsOf)),
]
