import { ensureDebianPackages, testPackages } from './debian-packages.js'
import { ensureNodeModules } from './node-modules.js'
import { currentOrthancFirst } from './orthanc-current.js'
import { bootstrap } from './project.js'
import { runNpmScript } from './run-node24.js'

await bootstrap(async () => {
  ensureNodeModules()
  await ensureDebianPackages(testPackages)
  await currentOrthancFirst()
  return runNpmScript('test:orthanc', process.argv.slice(2))
})
