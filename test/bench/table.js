/** Tables and numbers as the benchmark prints them. */

export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  for (const row of rows) {
    const cells = row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
    console.log(`  ${cells.join('  ').trimEnd()}`)
  }
}

export function count(number) {
  return number.toLocaleString('en')
}

export function fixed(number) {
  return number === undefined ? '—' : number.toFixed(2)
}

export function round(number) {
  return number === undefined ? '—' : String(Math.round(number))
}
