/**
 * Text that a spreadsheet would run as a formula. After OWASP, "CSV Injection": what counts are `= + - @`, tab, CR, LF at the
 * start, and their full-width forms.
 */

/** Such a text gets a `'` before it; phones (`+` and 7–15 digits) and numbers stay. */
export function formulaSafe(text: string): string {
  if (!looksLikeFormula(text)) return text
  return /^\+\d{7,15}$/.test(text) || /^[+-]?\d+(?:[.,]\d+)?$/.test(text) ? text : `'${text}`
}

/** Whether it begins as one does; phones and numbers may. */
export function looksLikeFormula(text: string): boolean {
  switch (text.charCodeAt(0)) {
    case 0x09:
    case 0x0a:
    case 0x0d:
    case 0x2b:
    case 0x2d:
    case 0x3d:
    case 0x40:
    case 0xff0b:
    case 0xff0d:
    case 0xff1d:
    case 0xff20:
      return true
    default:
      return false
  }
}
