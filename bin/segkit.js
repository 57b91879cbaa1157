#!/usr/bin/env node
/** Starts the built program; nothing else. */
let finished = false
process.on('exit', () => {
  if (!finished) process.exitCode = 70
})
const { main } = await import('../dist/cli/main.js')
process.exitCode = await main(process.argv.slice(2))
finished = true
