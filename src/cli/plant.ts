/** The end of the build: the YAML files that ship with segkit are parsed once, so that no command has to. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { globSync } from 'tinyglobby'
import { Problems } from '../base/problem.js'
import { plant } from '../language/planted.js'
import { parseYaml } from '../language/yaml.js'

const cwd = fileURLToPath(new URL('../..', import.meta.url))
const files = globSync(['segments/**/*.yaml', 'src/handoff/profiles/*.yaml'], { cwd, absolute: true })
plant(
  files.map((file) => readFileSync(file, 'utf8')),
  (text) => parseYaml({ name: '', text }, new Problems())?.node,
)
