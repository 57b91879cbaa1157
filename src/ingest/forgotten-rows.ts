/** Knows the rows of people who were erased when a file brings them again. Decides nothing of what becomes of them. */
import type { Rows } from '../base/rows.js'
import { anyForgotten, Forgotten, noPhones } from '../store/forgotten.js'
import type { LoadContext } from './loading.js'
import { integerText } from './texts.js'

/** Stands for the customer of a row that is a forgotten one's: a guest like all others, told apart only to be counted. */
export const forgottenCustomer = '\u001a'

const traits = ['customer', 'email', 'phone', 'country'] as const

export class ForgottenRows {
  private readonly columns: readonly number[]
  private readonly integer: boolean
  private readonly width: number
  /** The cells looked at last, and what came of it: rows of a customer often stand together. */
  private last: readonly string[] = []
  private lastHis = false

  private constructor(
    private readonly forgotten: Forgotten,
    { mapping, headers, types }: LoadContext,
  ) {
    this.columns = traits.map((field) => mapping.columns.find((c) => c.field === field)?.index ?? -1)
    this.integer = types['customer'] === 'integer'
    this.width = headers.length
  }

  /** Undefined where nobody was forgotten. */
  static of(context: LoadContext): ForgottenRows | undefined {
    const { store, project } = context
    return anyForgotten(store) ? new ForgottenRows(new Forgotten(store, project.phones ?? noPhones), context) : undefined
  }

  isHis(row: Rows): boolean {
    if (row.width !== this.width) return row.all().some((cell) => this.isHisCell(cell.trim()))
    const { columns, last } = this
    if (last.length > 0 && columns.every((column, i) => column < 0 || row.is(column, last[i]!))) return this.lastHis
    this.last = columns.map((column) => (column < 0 ? '' : row.raw(column)))
    const [customer, email, phone, country] = columns.map((column) => (column < 0 ? '' : row.cell(column)))
    this.lastHis = this.forgotten.knows({ customer: this.key(customer!), email: email!, phone: phone!, country: country! })
    return this.lastHis
  }

  /** A key under which somebody comes whose e-mail or phone is a forgotten one's. */
  learn(row: Rows): void {
    if (row.width !== this.width || this.columns[0]! < 0) return
    const customer = this.key(row.cell(this.columns[0]!))
    if (customer !== '') this.forgotten.learn(customer)
  }

  /** In a row whose cells are out of place any may be his. */
  private isHisCell(cell: string): boolean {
    return cell !== '' && this.forgotten.knows({ customer: this.key(cell), phone: cell })
  }

  private key(cell: string): string {
    return this.integer ? integerText(cell) : cell
  }
}
