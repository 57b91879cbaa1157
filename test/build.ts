/** The program is built once, before any test begins: none may run files that another is just writing. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export default function build(): void {
  const root = fileURLToPath(new URL('..', import.meta.url))
  try {
    execFileSync('npm', ['run', 'build', '--silent'], { cwd: root, stdio: 'ignore' })
  } catch {}
}
