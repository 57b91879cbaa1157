/** The formats of a report, one entry each. A renderer knows blocks only. */
import type { Report } from './blocks.js'
import { jsonReport, tidyRows } from './machine.js'
import { markdownReport } from './markdown.js'
import { textReport } from './text/page.js'
import type { Language } from './words.js'

export interface RenderStyle {
  readonly ascii: boolean
  readonly language: Language
}
/** Text as it stands, rows for whoever writes tables, or a document for whoever writes JSON. */
export type Rendering =
  | { readonly text: string }
  | { readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] }
  | { readonly document: unknown }

export interface Renderer {
  /** Files that end so are of this format. */
  readonly endings: readonly string[]
  render(report: Report, style: RenderStyle): Rendering | Promise<Rendering>
}

export const renderers = {
  text: { endings: ['txt'], render: (report, style) => ({ text: textReport(report, style) }) },
  md: { endings: ['md', 'markdown'], render: (report, style) => ({ text: markdownReport(report, style) }) },
  html: {
    endings: ['html', 'htm'],
    // Pictures take a while to load: only those who want them wait.
    render: async (report, style) => ({ text: (await import('./html/page.js')).htmlReport(report, style) }),
  },
  csv: {
    endings: ['csv'],
    render: (report) => ({ columns: ['segment', 'section', 'metric', 'dimension', 'value'], rows: tidyRows(report) }),
  },
  json: { endings: ['json'], render: (report) => ({ document: jsonReport(report) }) },
} as const satisfies Record<string, Renderer>

export type ReportFormat = keyof typeof renderers
export const reportFormats = Object.keys(renderers) as readonly ReportFormat[]
