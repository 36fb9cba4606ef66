import { demoPackages, ensureDebianPackages } from './debian-packages.js'
import { ensureNodeModules } from './node-modules.js'
import { bootstrap } from './project.js'
import { runNode24 } from './run-node24.js'

await bootstrap(async () => {
  ensureNodeModules()
  await ensureDebianPackages(demoPackages)
  return runNode24('src/cli.ts', ['demo', ...process.argv.slice(2)])
})
