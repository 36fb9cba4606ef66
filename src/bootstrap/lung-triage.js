#!/usr/bin/env node
import { ensureNodeModules } from './node-modules.js'
import { bootstrap } from './project.js'
import { runNode24 } from './run-node24.js'

await bootstrap(() => {
  ensureNodeModules()
  return runNode24('src/cli.ts', process.argv.slice(2))
})
