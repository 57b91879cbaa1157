/** The program is built once, before any test begins: none may run files that another is just writing. */
import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { globSync } from 'tinyglobby'

const root = fileURLToPath(new URL('..', import.meta.url))

const written = () => Math.max(...globSync('dist/**/*.js', { cwd: root, absolute: true }).map((file) => statSync(file).mtimeMs))

/** @returns what is looked at when all tests have ended: that none of them, nor a command that one ran, has built again. */
export default function build(): () => void {
  execFileSync('npm', ['run', 'build', '--silent'], { cwd: root, stdio: 'inherit' })
  const built = written()
  return () => {
    if (written() === built) return
    process.exitCode = 1
    throw new Error('dist/ was written while the tests ran: a test, or a command that it runs, builds the program')
  }
}
