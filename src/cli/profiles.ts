/** `profiles`: the file shapes there are, what each expects and how sure that is; and whether their examples come out. */
import { readFileSync } from 'node:fs'
import { position, Stop } from '../base/problem.js'
import { grouped, plural, suggest } from '../base/text.js'
import { profileExample, tryProfile } from '../handoff/examples.js'
import { type Column, headerWord, type Profile, type Use } from '../handoff/profile.js'
import { type FoundProfile, openProfile, type ProfileFile, profileFiles } from '../handoff/profiles.js'
import { schemaLine } from '../handoff/schemas.js'
import { type Transform, transforms } from '../handoff/transforms.js'
import { defineCommand, type Invocation, misuse, type Outcome } from './command.js'
import { type ColumnSpec, formatFor, writeRows, writeText } from './output.js'
import { errorsFirst, findRoot } from './workspace.js'

/** How sure the facts of a profile are, in words. */
const sureWords: Readonly<Record<NonNullable<Profile['sure']>, string>> = {
  documented: 'by the maker of the tool',
  partly: 'some of it by others',
  template: 'to be fitted to your account',
  own: 'nothing is said',
}

const verbs = ['show', 'test'] as const

export const command = defineCommand({
  name: 'profiles',
  summary: 'the file shapes of campaign tools',
  group: 'hand-off',
  args: [
    { name: 'WHAT', description: '`show` one, `test` their examples; without it, the list' },
    { name: 'NAME', description: 'of profiles; `test` without one tries all', variadic: true },
  ],
  options: [{ flags: '--yaml', description: '`show` the file itself, to make one of your own from' }],
  examples: [
    'segkit profiles',
    'segkit profiles show google-customer-match',
    'mkdir -p profiles && segkit profiles show mindbox --yaml > profiles/mindbox.yaml',
    'segkit profiles test',
  ],
  notes: [
    'A profile is a YAML file; your own lie in profiles/ of the project and take the place of one with their name. How sure the facts are:',
    `${Object.entries(sureWords)
      .map(([word, means]) => `${word} — ${means}`)
      .join('; ')}.`,
    '',
    'This one, as profiles/our-mail-house.yaml, is whole; `segkit profiles test our-mail-house` tries its example, `segkit check` reads it:',
    '',
    ...profileExample.split('\n'),
    '',
    [
      'The channel (email, sms, ads, post, push, none) is whose consent holds. Rows without what `requires` names are dropped and',
      'counted, `no-address` or `not-in-shape`; `key` keeps one row for each. `from: [a, [b, c]]` is a,',
      'or where a is unknown b and c with a blank between. `segkit profiles show NAME --yaml` shows how those that',
      'ship say the rest: params, header: false, repeat, before, minimum, remove, partition, compress.',
    ].join(' '),
    '',
    'Transforms:',
    ...Object.entries(transforms).map(
      ([name, t]: [string, Transform]) => `${name}${t.argument === undefined ? '' : ': …'} — ${t.summary}`,
    ),
  ].join('\n'),
  exits: [
    [0, 'done'],
    [2, 'no such profile'],
    [78, 'a profile is wrong, or an example does not come out'],
  ],
  run: async (invocation) => {
    const what = invocation.arg('WHAT')
    const files = profileFiles(rootOf(invocation), { pastEmpty: what === 'show' })
    if (what === undefined) return listed(files, invocation)
    if (what === 'show') return shown(chosen(files, invocation), invocation)
    if (what === 'test') return tested(chosen(files, invocation), invocation)
    const help = files.some((f) => f.name === what)
      ? `\`segkit profiles show ${what}\``
      : suggest(what, verbs, '`profiles` takes')
    throw misuse(invocation.globals, what, 'unknown-verb', `\`profiles\` cannot \`${what}\``, { help })
  },
})

/** The project's folder, where there is one: profiles that ship need none. */
function rootOf({ globals, io }: Invocation): string | undefined {
  try {
    return findRoot(globals, io.cwd)
  } catch (error) {
    if (error instanceof Stop && globals.project === undefined) return undefined
    throw error
  }
}

function chosen(files: readonly ProfileFile[], { globals, list }: Invocation): readonly ProfileFile[] {
  const names = list('NAME')
  if (names.length === 0) return files
  return names.map((name) => {
    const found = files.find((f) => f.name === name)
    if (found !== undefined) return found
    throw misuse(globals, name, 'unknown-profile', `no profile \`${name}\``, {
      help:
        suggest(
          name,
          files.map((f) => f.name),
          'profiles',
        ) ?? 'see `segkit profiles`',
    })
  })
}

const isSound = (found: FoundProfile): found is FoundProfile & { readonly profile: Profile } => found.profile !== undefined

const listColumns: readonly ColumnSpec[] = [
  { name: 'name' },
  { name: 'channel' },
  { name: 'title' },
  { name: 'sure' },
  { name: 'checked' },
  { name: 'minimum', align: 'right' },
  { name: 'file' },
]

async function listed(files: readonly ProfileFile[], { globals, io }: Invocation): Promise<Outcome> {
  const found = files.map(openProfile)
  const rows = found
    .filter(isSound)
    .map(({ file, profile: p }) => [
      p.name,
      p.channel,
      p.title,
      p.sure ?? 'own',
      p.checked ?? null,
      p.minimum === undefined ? null : { decimal: String(p.minimum) },
      file.shown,
    ])
  await writeRows({ thing: 'profiles', columns: listColumns, rows }, globals, io)
  return brokenOr(found, `${plural(rows.length, 'profile')}; \`segkit profiles show NAME\` tells what one expects`)
}

function brokenOr(found: readonly FoundProfile[], verdict: string): Outcome {
  const problems = found.flatMap((f) => f.problems)
  const broken = found.filter((f) => !isSound(f)).length
  if (broken === 0) return { verdict, problems }
  return { exit: 78, problems: errorsFirst(problems), verdict: `${plural(broken, 'profile')} wrong` }
}

const showColumns: readonly ColumnSpec[] = [{ name: 'column' }, { name: 'from' }, { name: 'transforms' }, { name: 'about' }]

async function shown(files: readonly ProfileFile[], { globals, io, flag, list }: Invocation): Promise<Outcome> {
  const [file, more] = files
  if (file === undefined || more !== undefined)
    throw Stop.with(2, 'one-profile', list('NAME').length === 0 ? '`show` what?' : '`show` takes one profile', {
      help: 'write `segkit profiles show NAME`',
    })
  if (flag('yaml')) {
    await writeText(withSchema(readFileSync(file.path, 'utf8'), file.name), globals, io)
    return {}
  }
  const { profile, problems } = openProfile(file)
  if (profile === undefined) throw new Stop(78, errorsFirst(problems))
  if (formatFor(globals, io) === undefined) await writeText(page(profile, file), globals, io)
  else
    await writeRows(
      {
        thing: 'profile',
        columns: showColumns,
        rows: profile.columns.map((c) => [headerWord(c), source(c), chain(c, profile), about(c)]),
      },
      globals,
      io,
    )
  return { problems }
}

/** The file as it would stand in the project, where editors help with it. */
const withSchema = (text: string, name: string): string =>
  text.startsWith('# yaml-language-server:') ? text : `${schemaLine(`profiles/${name}.yaml`, 'profile')}\n\n${text}`

function page(p: Profile, file: ProfileFile): string {
  const section = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)]
  const columns = p.columns.map((c) => [headerWord(c), source(c), [chain(c, p), about(c)].filter((w) => w !== '').join('; ')])
  const widths = [0, 1].map((i) => Math.max(...columns.map((c) => (c[i] as string).length)))
  return `${[
    `${p.name} — ${p.title}`,
    '',
    `channel   ${p.channel}${p.channel === 'none' ? '' : `: consent for \`${p.channel}\` holds`}`,
    `sure      ${p.sure ?? 'own'} — ${sureWords[p.sure ?? 'own']}${p.checked === undefined ? '' : `; checked ${p.checked}`}`,
    `file      ${fileWords(p)}`,
    ...(p.requires === undefined
      ? []
      : [`rows      need ${p.requires.map((r) => r.map((w) => w.value).join(' + ')).join(', or ')}`]),
    ...(p.key === undefined ? [] : [`one row   for each ${p.key.map((k) => k.value).join(' + ')}`]),
    ...(p.partition === undefined ? [] : [`parted    by \`${p.partition.value}\`, where it is known: a file for each`]),
    ...(p.minimum === undefined ? [] : [`minimum   ${grouped(p.minimum)} rows`]),
    `removal   ${{ file: 'by a file of its own', column: 'by a column', none: 'the tool knows none' }[p.remove?.by ?? 'none']}`,
    `formulas  ${{ prefix: "made harmless with a `'`", report: 'reported, never altered', off: 'not looked at' }[p.formulas ?? 'report']}`,
    `columns of an audience  ${{ columns: 'come after these', object: 'go into the JSON', refused: 'are refused' }[p.extra ?? 'columns']}`,
    ...section(
      'Columns',
      columns.map(([a, b, c]) =>
        `${(a as string).padEnd(widths[0] as number)}  ${(b as string).padEnd(widths[1] as number)}  ${c}`.trimEnd(),
      ),
    ),
    ...section(
      'Parameters',
      [...(p.params ?? [])].map(
        ([name, { value }]) =>
          `--param ${name}=${value.words?.join('|') ?? '…'}  ${value.about}${value.default === undefined ? '' : ` (${value.default})`}`,
      ),
    ),
    ...section('Notes', p.notes ?? []),
    ...section('Sources', [...(p.sources ?? []), file.shown]),
  ].join('\n')}\n`
}

function fileWords(p: Profile): string {
  const {
    format = 'csv',
    delimiter = ',',
    quotes = 'needed',
    newline = '\n',
    encoding = 'utf-8',
    bom,
    header,
    compress,
    rows,
    bytes,
  } = p.file ?? {}
  const of = (v: string | { readonly param: { readonly value: string } }): string =>
    typeof v === 'string' ? v : (p.params?.get(v.param.value)?.value.default ?? v.param.value)
  return [
    format,
    ...(format === 'csv' && delimiter !== ',' ? [`\`${delimiter === '\t' ? 'tab' : delimiter}\` between`] : []),
    `${of(encoding)}${bom === true ? ' with a byte order mark' : ''}`,
    newline === '\n' ? 'LF' : 'CRLF',
    ...(header === false ? ['no header'] : []),
    ...(quotes === 'needed' ? [] : [quotes === 'all' ? 'all quoted' : 'no quotes']),
    ...(compress === undefined || of(compress) === 'none' ? [] : [of(compress)]),
    ...(rows === undefined ? [] : [`at most ${grouped(rows)} rows`]),
    ...(bytes === undefined ? [] : [`at most ${bytes >= 1e9 ? `${bytes / 1e9} GB` : `${bytes / 1e6} MB`}`]),
  ].join(', ')
}

const source = (c: Column): string => {
  if (c.from !== undefined) return c.from.map((all) => all.map((f) => f.value).join(' + ')).join(', ')
  if (c.object !== undefined) return `{ ${c.object.map((f) => f.value).join(', ')} }`
  const { value } = c
  if (value === undefined || typeof value === 'string') return JSON.stringify(value ?? '')
  if ('param' in value) return `--param ${value.param.value}`
  return 'fact' in value ? value.fact : `${value.entered}, or ${value.left}`
}
const chain = (c: Column, p: Profile): string => (c.value !== undefined ? [] : (c.as ?? p.every ?? [])).map(useWord).join(' → ')
const useWord = ({ name, argument }: Use): string =>
  argument === undefined ? name : `${name}: ${argument instanceof Map ? '…' : String(argument)}`
const about = (c: Column): string =>
  [
    ...(c.when === undefined ? [] : [`with ${[...c.when].map(([k, v]) => `${k}=${v.value}`).join(', ')}`]),
    ...(c.repeat === undefined ? [] : [`up to ${c.repeat} times`]),
    ...(c.optional === true ? ['where the project has it'] : []),
    ...(c.spread === true ? ['one row for each'] : []),
    ...(c.about === undefined ? [] : [c.about]),
  ].join('; ')

const testColumns: readonly ColumnSpec[] = [
  { name: 'profile' },
  { name: 'example' },
  { name: 'passed' },
  { name: 'message' },
  { name: 'file' },
  { name: 'line', align: 'right' },
]

async function tested(files: readonly ProfileFile[], { globals, io }: Invocation): Promise<Outcome> {
  const found = files.map(openProfile)
  const tried = found.filter(isSound).flatMap(({ profile }) => tryProfile(profile))
  const rows = tried.map(({ profile, example, wrong, span }) => {
    const at = wrong?.span ?? span
    return [profile, example, wrong === undefined, wrong?.message ?? null, at.source.name, { decimal: String(position(at).line) }]
  })
  await writeRows({ thing: 'profiles-test', columns: testColumns, rows }, globals, io)
  const failed = tried.flatMap(({ profile, example, wrong }) =>
    wrong === undefined ? [] : [{ ...wrong, message: `\`${profile}\`, \`${example}\`: ${wrong.message}` }],
  )
  const broken = found.filter((f) => !isSound(f))
  const problems = [...errorsFirst(broken.flatMap((f) => f.problems)), ...failed]
  const verdict = [
    failed.length === 0
      ? `${plural(tried.length, 'example')} came out`
      : `${failed.length} of ${plural(tried.length, 'example')} did not come out`,
    ...(broken.length === 0 ? [] : [`${plural(broken.length, 'profile')} wrong`]),
  ].join('; ')
  return problems.length === 0 ? { verdict } : { exit: 78, problems, verdict }
}
