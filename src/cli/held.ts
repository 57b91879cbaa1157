/** Held segments as commands that answer now meet them. */
import type { Setting } from '../engine/compiler.js'
import { heldNow, type Judgement } from '../engine/held.js'
import { accepted } from '../engine/run.js'
import type { DefinitionFile } from '../language/definitions.js'
import type { Invocation } from './command.js'
import { fingerprint, type Workspace } from './workspace.js'

type Asked = Setting & { readonly files: readonly DefinitionFile[] }

/** Which of these segments are held, evaluated now, and why. */
export const judgedNow = (ws: Workspace, setting: Asked, names: readonly string[]): Judgement =>
  heldNow(setting, names, accepted(setting, fingerprint(ws, setting.files, [])))

/** Says on stderr what an answer stands on that is held; the answer comes all the same. */
export function noteHeld(ws: Workspace, setting: Asked, names: readonly string[], invocation: Invocation): void {
  const { held, breaches } = judgedNow(ws, setting, names)
  if (held.size > 0) invocation.note(`${sayHeld({ held })}: ${breaches.map((p) => p.message).join('; ')}`)
}

/** "`a` is held", of several those at the bottom first. */
export const sayHeld = ({ held }: Pick<Judgement, 'held'>): string => {
  const names = [...held].map(([name, below]) =>
    below.length === 0 ? `\`${name}\`` : `\`${name}\` (stands on ${below.map((b) => `\`${b}\``).join(', ')})`,
  )
  return `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} held`
}
