/** What segkit takes for each definition alone, with those it stands on: processor time within one process, nothing recorded. */
import { pathToFileURL } from 'node:url'

const rounds = 2

const [built, folder] = process.argv.slice(2)
const load = (file) => import(`${pathToFileURL(built)}/${file}`)
const { openWorkspace, settingOf } = await load('cli/workspace.js')
const { letGo, run } = await load('engine/run.js')
const { openForReading } = await load('store/store.js')

const globals = { project: folder, set: {}, now: new Date() }
const workspace = openWorkspace({ globals, io: { cwd: folder } })
const store = openForReading(workspace.database)
const setting = settingOf(workspace, store, folder)
const { segments, events } = setting.definitions
const nothing = { segments: [], events: [], fingerprint: '', madeAt: '', dry: true }

function cpuSeconds(request) {
  letGo(store)
  const before = process.cpuUsage()
  run(setting, { ...nothing, ...request })
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}
const least = (request) => Math.min(...Array.from({ length: rounds }, () => cpuSeconds(request)))

const alone = {}
for (const [name, segment] of segments) alone[name] = least({ segments: [segment] })
for (const [name, event] of events) alone[name] = least({ events: [event] })
const together = least({ segments: [...segments.values()], events: [...events.values()] })
process.stdout.write(`${JSON.stringify({ alone, together })}\n`)
