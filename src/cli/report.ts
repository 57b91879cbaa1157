/** `report`: what each segment is worth, in text, Markdown, HTML, CSV or JSON. */
import { plural } from '../base/text.js'
import type { Definitions } from '../language/definitions.js'
import { makeReport } from '../report/report.js'
import type { Store } from '../store/store.js'
import { defineCommand, type Globals, type Invocation, type Outcome } from './command.js'
import { aboutDay, askedFormat, reportOptions, writeReport } from './rendered.js'
import { asCounted, errorsFirst, fingerprint, reading, sayDay, select, settingOf, type Workspace } from './workspace.js'

export const command = defineCommand({
  name: 'report',
  summary: 'the report per segment: size, revenue, orders, recency, products, change',
  group: 'answers',
  args: [
    {
      name: 'NAME',
      description: "segments and events: names, globs, `tag:x`; none means all segments but segkit's own",
      variadic: true,
    },
  ],
  options: [
    ...reportOptions,
    {
      flags: '--with-customers',
      description: 'list the customers of each segment too, the first 1,000; without it a report only counts',
    },
  ],
  examples: [
    'segkit report',
    'segkit report croissant-fans --as-of yesterday',
    "segkit report tag:win-back 'system/*' -o win-back.html --lang ru",
    'segkit report -f csv | head',
  ],
  notes: [
    'Money and orders are those that count (`counted:` in segkit.yaml), up to the as-of day. Orders per customer are over all customers of the segment, the average order value over orders with an amount, medians and quartiles (type 7) over those who ordered. Orders a year take a customer of less than a year for one of a year.',
    'What fewer customers than `min_group` did is shown as `<10`; the size and the sums of a segment are always told. Single numbers are hidden so, not what follows from those beside them: mail a report to people who may know its totals.',
    'Change is against the latest run of an earlier day that holds the segment, by cause: `data`, rows dated since then; `time`, none are; `restated`, by the data as they are now it was so already; `definition`, likewise, and definitions, settings or lists have changed since; `upstream`, and so has a segment that it stands on.',
    'The CSV is tidy: segment,section,metric,dimension,value; shares are 0–1.',
    'The HTML is one file that needs nothing else: it can be mailed, opened on a phone and printed.',
  ].join('\n'),
  exits: [
    [0, 'done'],
    [3, 'some definitions are broken, the sound rest was reported'],
    [66, 'no data loaded yet'],
    [78, 'no project, or what was named is broken'],
  ],
  run: reading(tell),
})

async function tell(ws: Workspace, store: Store, invocation: Invocation): Promise<Outcome> {
  const { globals, io } = invocation
  const setting = settingOf(ws, asCounted(ws, store), io.cwd)
  askedFormat(invocation)
  const words = invocation.list('NAME')
  const { names, wrong } = chosen(setting.definitions, words, globals)
  if (names.length === 0 && wrong.length > 0) return { exit: 78, problems: wrong, verdict: 'nothing was reported' }
  const report = makeReport(setting, {
    segments: names.flatMap((n) => setting.definitions.segments.get(n) ?? []),
    events: names.flatMap((n) => setting.definitions.events.get(n) ?? []),
    currency: ws.project.currency,
    minGroup: ws.project.minGroup,
    notes: aboutDay(ws),
    withCustomers: invocation.flag('with-customers'),
    fingerprint: fingerprint(ws, setting.files, []),
  })
  await writeReport(report, invocation)
  const verdict = `report ${sayDay(ws)}: ${plural(names.length, words.length === 0 ? 'segment' : 'definition')}`
  return wrong.length > 0 ? { exit: 3, problems: wrong, verdict } : { verdict }
}

function chosen(definitions: Definitions, words: readonly string[], globals: Globals) {
  if (words.length > 0) {
    const { names, broken } = select(definitions, words, ['segment', 'event'], globals)
    return { names, wrong: [...new Set(broken.flatMap((n) => errorsFirst(definitions.broken.get(n) ?? [])))] }
  }
  const names = [...definitions.segments.keys()].filter((n) => !n.startsWith('system/'))
  return { names, wrong: definitions.problems.filter((p) => p.severity === 'error') }
}
