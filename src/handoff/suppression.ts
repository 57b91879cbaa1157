/** Who must not be written to, whatever the segment says: those whom `suppress:` names or who were forgotten, under every key with their address. */
import { type Problem, Problems, type Spanned, Stop } from '../base/problem.js'
import { name, or, type Sql, sql, truth } from '../base/sql.js'
import { suggest } from '../base/text.js'
import { phonesWithin } from '../base/written.js'
import type { Setting } from '../engine/compiler.js'
import type { Evaluated } from '../engine/evaluate.js'
import { numberOf, regionOf } from '../language/countries.js'
import type { Country, PeopleList } from '../language/lists.js'
import type { Project } from '../language/project.js'
import { oneOfMany } from '../store/dialect.js'
import { anyForgotten, everyEmail, Forgotten, type Person, phoneLike } from '../store/forgotten.js'
import { phonesOf } from './forgetting.js'

/** Segments that suppression stands on. */
export const suppressingSegments = (project: Pick<Project, 'suppress'>): readonly string[] =>
  project.suppress.flatMap((s) => (s.segment === undefined ? [] : [s.segment.value]))

/** Tells what `suppress:` names that is not there: a list without people, a segment without definition. */
export function checkSuppression(project: Pick<Project, 'suppress'>, setting: Setting): Problems {
  const problems = new Problems()
  for (const { list, segment } of project.suppress) {
    const found = list === undefined ? undefined : setting.lists.read(list.value)
    if (list !== undefined && found !== undefined && 'wrong' in found)
      problems.error('list', found.wrong, { span: list.span, help: found.help })
    if (segment === undefined || setting.definitions.segments.has(segment.value)) continue
    const help = suggest(segment.value, [...setting.definitions.segments.keys()], 'segments')
    problems.error('unknown-segment', `no sound segment \`${segment.value}\``, {
      span: segment.span,
      ...(help !== undefined && { help }),
    })
  }
  return problems
}

/** Lists with lines that cannot be read, of which somebody may not be suppressed who is meant to be. */
export const unreadWarnings = (project: Pick<Project, 'suppress'>, setting: Setting): readonly Problem[] =>
  unreadLines(project, setting).map(({ list, lines }) => ({
    code: 'list',
    severity: 'warning',
    message: `\`${list.value}\` has lines of which not all can be read: ${someOf(lines)}`,
    span: list.span,
    help: 'an e-mail, a phone or a cell beyond the header is none there, and suppresses nobody',
  }))

export interface Unread {
  readonly list: Spanned<string>
  readonly lines: readonly number[]
}

/** Lines of the lists that cannot be read. */
export const unreadLines = (project: Pick<Project, 'suppress'>, setting: Setting): readonly Unread[] =>
  project.suppress.flatMap(({ list }) => {
    const found = list === undefined ? undefined : setting.lists.read(list.value)
    return list === undefined || found === undefined || 'wrong' in found || found.unread.length === 0
      ? []
      : [{ list, lines: found.unread }]
  })

const someOf = (lines: readonly number[]): string =>
  lines.length > MOST_LINES ? `${lines.slice(0, MOST_LINES).join(', ')} and ${lines.length - MOST_LINES} more` : lines.join(', ')
const MOST_LINES = 10

/** Whether customer `c` is suppressed: himself, or another with his e-mail or phone is, or was forgotten. Undefined where nobody can be. */
export function suppressed(project: Pick<Project, 'suppress'>, setting: Setting, evaluated: Evaluated): Sql | undefined {
  const problems = checkSuppression(project, setting)
  if (problems.failed) throw new Stop(78, problems.list)
  const lists = project.suppress.flatMap(({ list }) => {
    const people = list === undefined ? undefined : setting.lists.read(list.value)
    return people === undefined || 'wrong' in people ? [] : [people]
  })
  const people = peopleOf(setting)
  const ids = new Set(named(project, lists, setting, evaluated))
  const never = new Addresses(setting.country, lists)
  const countries = never.hasLocal ? abroad(setting) : []
  if (countries.length > 0) for (const person of people(sql`country in ${oneOfMany(countries)}`)) never.place(person)
  const gather = (): void => {
    if (never.size > 0) for (const person of people(sql`1`)) if (never.has(person)) ids.add(person.id)
  }
  gather()
  const before = never.size
  if (ids.size > 0) for (const person of people(sql`_id in ${oneOfMany([...ids])}`)) never.add(person)
  if (never.size > before) gather()
  for (const id of sharingWithForgotten(setting, people)) ids.add(id)
  return project.suppress.length + ids.size === 0 ? undefined : sql`c._id in ${oneOfMany([...ids])}`
}

/** Countries of customers, as they are written, whose numbers are read otherwise than the project's. */
const abroad = ({ store, catalogue, country }: Setting): readonly string[] =>
  catalogue.own('customers', 'country')?.id === undefined
    ? []
    : store
        .rows(sql`select distinct country from customer_row where country is not null`)
        .map((r) => String(r[0]))
        .filter((text) => regionOf(text, country) !== country)

/** Members of the segments, and whoever a list names by his key. */
function named(
  { suppress }: Pick<Project, 'suppress'>,
  lists: readonly PeopleList[],
  { store }: Setting,
  evaluated: Evaluated,
): readonly number[] {
  const keys = lists.flatMap(({ by }) => [...(by.get('customer') ?? [])])
  const who = [
    ...suppress.flatMap((s) => (s.segment === undefined ? [] : [truth(evaluated.member(s.segment.value))])),
    ...(keys.length === 0 ? [] : [sql`c.customer in ${oneOfMany(keys)}`]),
  ]
  if (who.length === 0) return []
  return store.rows(evaluated.ready(sql`select c._id from ${evaluated.from} where ${or(who)}`)).map((r) => r[0] as number)
}

/** Customers who have an address of somebody who was forgotten. */
function sharingWithForgotten({ store, country }: Setting, people: ReturnType<typeof peopleOf>): readonly number[] {
  if (!anyForgotten(store)) return []
  const forgotten = new Forgotten(store, phonesOf({ country }))
  const perhaps: number[] = []
  for (const [id, customer] of store.each(sql`select _id, customer from customer_row`))
    if (forgotten.hadSharing(String(customer))) perhaps.push(id as number)
  return perhaps.length === 0
    ? []
    : [...people(sql`_id in ${oneOfMany(perhaps)}`)].flatMap((person) => (forgotten.knows(person) ? [person.id] : []))
}

type Someone = Required<Person> & { readonly id: number }

/** Customers of whom something holds, with what they are recognised by; empty where it is not known. */
function peopleOf({ store, catalogue }: Setting): (which: Sql) => IterableIterator<Someone> {
  const cell = (field: string): Sql =>
    catalogue.own('customers', field)?.id === undefined ? sql`''` : sql`coalesce(${name(field)}, '')`
  return function* (which) {
    for (const [id, customer, email, phone, country] of store.each(
      sql`select _id, customer, ${cell('email')}, ${cell('phone')}, ${cell('country')} from customer_row where ${which}`,
    ) as IterableIterator<readonly [number, string, string, string, string]>)
      yield { id, customer, email, phone, country }
  }
}

/** E-mails and numbers under which nobody is written to. */
class Addresses {
  private readonly emails = new Set<string>()
  private readonly numbers = new Set<string>()
  /** Their last digits: reading a number takes long, and hardly anyone's ends as one of them. */
  private readonly endings = new Set<string>()
  /** Numbers that do not tell their country, by their last digits: whose they are hangs on where a customer lives. */
  private readonly local = new Map<string, string[]>()

  constructor(
    private readonly country: Country,
    lists: readonly PeopleList[],
  ) {
    for (const { by, perhaps } of lists) {
      for (const key of by.get('customer') ?? []) this.add({ customer: key })
      for (const cell of [...(by.get('email') ?? []), ...perhaps.emails])
        for (const email of everyEmail(cell)) this.emails.add(email)
      for (const number of [...(by.get('phone') ?? []), ...perhaps.numbers]) this.addNumber(number)
      for (const number of perhaps.phones) {
        const same = this.local.get(ending(number))
        if (same === undefined) this.local.set(ending(number), [number])
        else same.push(number)
      }
    }
  }

  get size(): number {
    return this.emails.size + this.numbers.size
  }
  get hasLocal(): boolean {
    return this.local.size > 0
  }

  add(person: Person): void {
    for (const email of mailsOf(person)) this.emails.add(email)
    for (const number of this.numbersOf(person)) this.addNumber(number)
  }

  has(person: Person): boolean {
    if (this.emails.size > 0 && mailsOf(person).some((email) => this.emails.has(email))) return true
    if (this.numbers.size === 0) return false
    if (!phonesIn(person).some((text) => !isPlain(text) || this.endings.has(ending(text)))) return false
    return this.numbersOf(person).some((number) => this.numbers.has(number))
  }

  /** Where a number of the lists means this customer's to people in his country, it is one of the numbers. For those from abroad. */
  place(person: Person): void {
    if (!phonesIn(person).some((text) => !isPlain(text) || this.local.has(ending(text)))) return
    for (const number of this.numbersOf(person))
      if (this.local.get(ending(number))?.some((text) => numberOf(text, person.country, this.country) === number))
        this.addNumber(number)
  }

  private addNumber(number: string): void {
    this.numbers.add(number)
    this.endings.add(ending(number))
  }

  private numbersOf(person: Person): readonly string[] {
    return phonesIn(person).flatMap((text) => numberOf(text, person.country, this.country) ?? [])
  }
}

/** Few numbers share so many last digits, and hardly any has fewer without its country code. */
const ending = (number: string): string => number.replace(/\D/g, '').slice(-5)
/** Digits and what stands between them, not of a spreadsheet's making, and no fewer of them than `ending` looks at. */
const isPlain = (text: string): boolean => /^[+\s().-]*(?:\d[\s().-]*){7,}$/.test(text) && !/\.0+\s*$/.test(text)

/** A key that is an address is one too. */
const mailsOf = ({ email = '', customer = '' }: Person): readonly string[] =>
  [email, customer].flatMap((text) => (text.includes('@') ? everyEmail(text) : []))
const phonesIn = ({ phone = '', customer = '' }: Person): readonly string[] =>
  [phone, ...phonesWithin(phone), ...(phoneLike.test(customer) ? [customer] : [])].filter((text) => text !== '')
