/** Runs a program to its end and says what it took: wall clock, processor time, peak memory (the last two where /proc tells). */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'

const ticksPerSecond = 100
const watchEveryMs = 10

/**
 * `{ code, seconds, cpu, peakMb, stdout, stderr }`; one program at a time, as the processor time is that of all children.
 * `onData` sees stdout instead of keeping it and may end the reading by returning false.
 */
export async function measure(command, args, { cwd, onData, watch = true } = {}) {
  const cpuBefore = childrenCpu()
  const started = performance.now()
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  let peakMb
  const watcher = watch
    ? setInterval(() => {
        peakMb = peakMemory(child.pid) ?? peakMb
      }, watchEveryMs)
    : undefined
  const stdout = []
  const stderr = []
  child.stdout.on('data', (chunk) => {
    if (onData === undefined) stdout.push(chunk)
    else if (onData(chunk, performance.now() - started) === false) child.stdout.destroy()
  })
  child.stderr.on('data', (chunk) => stderr.push(chunk))
  const code = await new Promise((resolve) => {
    child.on('error', (error) => {
      stderr.push(Buffer.from(String(error)))
      resolve(-1)
    })
    child.on('close', (exit, signal) => resolve(exit ?? signal))
  })
  const seconds = (performance.now() - started) / 1000
  clearInterval(watcher)
  const cpu = cpuBefore === undefined ? undefined : childrenCpu() - cpuBefore
  return { code, seconds, cpu, peakMb, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }
}

export function median(numbers) {
  const known = numbers.filter((number) => number !== undefined).sort((a, b) => a - b)
  if (known.length === 0) return undefined
  const middle = known.length >> 1
  return known.length % 2 === 1 ? known[middle] : (known[middle - 1] + known[middle]) / 2
}

/** User and system seconds of the children that have ended. */
function childrenCpu() {
  try {
    const afterName = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ')
    return (Number(afterName[13]) + Number(afterName[14])) / ticksPerSecond
  } catch {
    return undefined
  }
}

function peakMemory(pid) {
  try {
    const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return line ? Number(line[1]) / 1024 : undefined
  } catch {
    return undefined
  }
}
