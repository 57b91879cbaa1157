/** Text made fit to be shown: to terminals without what would steer them, in Markdown without what would be read as such. */

/** Text that a terminal may see: control characters and marks that turn the reading direction are replaced. */
export const cleaned = (text: string): string => text.replace(CONTROLS, '\ufffd')
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

/** A line of a Markdown table. */
export const markdownLine = (row: readonly string[]): string => `| ${row.map(markdownCell).join(' | ')} |\n`

export const markdownRule = (columns: readonly { readonly align: 'left' | 'right' }[]): string =>
  `| ${columns.map((c) => (c.align === 'right' ? '--:' : '---')).join(' | ')} |\n`

const markdownCell = (text: string): string =>
  /[\\|<\n\r\t]/.test(text)
    ? text
        .replace(/[\\|<]/g, '\\$&')
        .replace(/\r\n|[\n\r]/g, '<br>')
        .replaceAll('\t', ' ')
    : text
