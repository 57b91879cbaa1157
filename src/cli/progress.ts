/** One line about how far a long piece of work has come, on a terminal only. */
import { grouped } from '../base/text.js'
import type { Globals, Io } from './command.js'

export interface Progress {
  /** Bytes and rows done so far, from the beginning. */
  tick(bytes: number, rows: number): void
  end(): void
}

const WIDTH = 24
const EVERY_MS = 100

/** Draws on a terminal's stderr at most ten times a second and wipes itself at the end; elsewhere does nothing. */
export function progress(io: Io, globals: Globals, label: string, totalBytes?: number): Progress {
  const silent =
    !io.isTTY.stderr || !globals.progress || globals.quiet || globals.format === 'json' || globals.format === 'ndjson'
  if (silent) return { tick: () => undefined, end: () => undefined }
  const started = performance.now()
  let drawn = Number.NEGATIVE_INFINITY
  return {
    tick(bytes, rows) {
      const now = performance.now()
      if (now - drawn < EVERY_MS) return
      drawn = now
      const line = progressLine(label, bytes, rows, (now - started) / 1000, totalBytes, globals.ascii)
      io.stderr.write(`\r${line.slice(0, Math.max(20, io.width - 1))}\u001b[K`)
    },
    end() {
      if (drawn > Number.NEGATIVE_INFINITY) io.stderr.write('\r\u001b[K')
    },
  }
}

/** The line itself: `orders.csv ████░░░░ 42 % · 181,000 rows/s · 12 s left`. */
export function progressLine(
  label: string,
  bytes: number,
  rows: number,
  seconds: number,
  totalBytes: number | undefined,
  ascii: boolean,
): string {
  const rate = seconds > 0 ? Math.round(rows / seconds) : 0
  const speed = `${grouped(rate)} rows/s`
  if (totalBytes === undefined || totalBytes <= 0) return [label, `${grouped(rows)} rows`, speed].join(ascii ? ' | ' : ' · ')
  const share = Math.min(1, bytes / totalBytes)
  const full = Math.round(share * WIDTH)
  const bar = (ascii ? '#' : '█').repeat(full) + (ascii ? '.' : '░').repeat(WIDTH - full)
  const left = share > 0 ? `${time((seconds * (1 - share)) / share)} left` : ''
  const parts = [`${label} ${bar} ${String(Math.floor(share * 100)).padStart(3)} %`, speed, left]
  return parts.filter((p) => p !== '').join(ascii ? ' | ' : ' · ')
}

const time = (seconds: number): string =>
  seconds < 90
    ? `${Math.ceil(seconds)} s`
    : seconds < 5400
      ? `${Math.ceil(seconds / 60)} min`
      : `${(seconds / 3600).toFixed(1)} h`
