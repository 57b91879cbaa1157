/** What is said on stderr: notes on the way, problems, the verdict at the end. With `--json` a failure is one line of JSON. */
import { type Problem, position, render, Stop } from '../base/problem.js'
import { plural } from '../base/text.js'
import { painter } from './colour.js'
import type { Io, Outcome } from './command.js'
import { ReaderLeft } from './output.js'

export interface Tone {
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  readonly color: boolean
  /** `segkit run` */
  readonly speaker: string
  /** The command changes something. */
  readonly writes: boolean
}

const SHOWN = 20

export class Conversation {
  private readonly held: string[] = []
  constructor(
    private readonly io: Io,
    private tone: Tone,
  ) {}

  /** What is known of the command once it has been found. */
  as(more: Partial<Tone>): void {
    this.tone = { ...this.tone, ...more }
  }

  note(line: string): void {
    if (this.tone.quiet) return
    if (this.tone.json) this.held.push(line)
    else this.tell(line)
  }

  /** Ends a command that came back; returns its exit code. */
  async close(outcome: Outcome): Promise<number> {
    const exit = outcome.exit ?? 0
    const problems = outcome.problems ?? []
    if (exit !== 0) return this.fail(exit, problems, outcome.verdict)
    if (this.tone.quiet) return 0
    for (const line of this.held) this.tell(line)
    await this.show(problems)
    if (outcome.verdict !== undefined) this.tell(outcome.verdict)
    return 0
  }

  /** Ends a command that threw; returns the exit code. */
  async closeWith(error: unknown): Promise<number> {
    if (error instanceof Stop) return this.fail(error.exit, error.problems, undefined)
    if (error instanceof ReaderLeft) {
      if (!this.tone.writes) return 0
      return this.fail(74, [problem('write-failed', 'cannot write standard output: the reader left')], undefined)
    }
    const known = systemFailure(error)
    if (known !== undefined) return this.fail(known[0], [known[1]], undefined)
    const message = error instanceof Error ? error.message : String(error)
    const help = this.tone.verbose ? undefined : 'run it again with `-v` and report what it prints'
    if (this.tone.verbose && !this.tone.json && error instanceof Error) this.tell(error.stack ?? message)
    return this.fail(70, [problem('bug', `this is a bug in segkit: ${message}`, help)], undefined)
  }

  private async fail(exit: number, problems: readonly Problem[], verdict: string | undefined): Promise<number> {
    if (this.tone.json) {
      this.tell(failureLine(exit, problems, verdict ?? `exit ${exit}`))
      return exit
    }
    await this.show(problems)
    const errors = problems.filter((p) => p.severity === 'error').length
    const count = errors > 0 ? plural(errors, 'error') : plural(problems.length, 'warning')
    this.tell(
      verdict ?? (problems.length === 0 ? `${this.tone.speaker}: exit ${exit}` : `${this.tone.speaker}: ${count}, exit ${exit}`),
    )
    return exit
  }

  private async show(problems: readonly Problem[]): Promise<void> {
    const paint = await painter('stderr', this.tone.color, this.io)
    for (const p of problems.slice(0, SHOWN)) this.tell(`${render(p, paint)}\n`)
    if (problems.length > SHOWN) this.tell(`… and ${problems.length - SHOWN} more\n`)
  }

  /** A stderr that takes nothing must not change how the command ends. */
  private tell(line: string): void {
    try {
      this.io.stderr.write(`${line}\n`)
    } catch {}
  }
}

/** The one line that scripts read: of several problems the first error, with `more` telling how many others there are. */
function failureLine(exit: number, problems: readonly Problem[], otherwise: string): string {
  const errors = problems.filter((p) => p.severity === 'error')
  const told = errors.length > 0 ? errors : problems
  const first = told[0]
  const at = first?.span === undefined ? undefined : position(first.span)
  return JSON.stringify({
    code: first?.code ?? 'failed',
    message: first?.message ?? otherwise,
    file: first?.span?.source.name ?? null,
    line: at?.line ?? null,
    column: at?.column ?? null,
    help: first?.help ?? null,
    exit,
    ...(told.length > 1 ? { more: told.length - 1 } : {}),
  })
}

const problem = (code: string, message: string, help?: string): Problem => ({
  code,
  severity: 'error',
  message,
  ...(help === undefined ? {} : { help }),
})

/** Failures of disk and store that no command has put into words of its own. */
function systemFailure(error: unknown): readonly [exit: number, problem: Problem] | undefined {
  const code = error instanceof Error ? String((error as NodeJS.ErrnoException).code) : ''
  const message = error instanceof Error ? error.message : ''
  if (/^SQLITE_BUSY|^SQLITE_LOCKED/.test(code)) {
    return [75, problem('busy', 'another segkit is writing', 'try again later, or wait for it with `--wait 10m`')]
  }
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) {
    return [
      74,
      problem(
        'damaged-store',
        `the store is damaged: ${message}`,
        'bring it back from a backup, or load the files into a new one',
      ),
    ]
  }
  if (/^SQLITE_(FULL|IOERR)|^(ENOSPC|EDQUOT|EIO|EFBIG)$/.test(code)) {
    return [
      74,
      problem(
        'write-failed',
        `reading or writing failed: ${message}`,
        'make room or check the disk; what was not committed never was',
      ),
    ]
  }
  if (/^SQLITE_(CANTOPEN|READONLY)/.test(code)) {
    return [
      73,
      problem('cannot-create', `the store cannot be opened for writing: ${message}`, 'check the permissions of its folder'),
    ]
  }
  return undefined
}
