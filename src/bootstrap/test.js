import { ensureDebianPackages, testPackages } from './debian-packages.js'
import { ensureNodeModules } from './node-modules.js'
import { currentOrthancFirst } from './orthanc-current.js'
import { bootstrap } from './project.js'
import { runNpmScript } from './run-node24.js'

await bootstrap(async () => {
  ensureNodeModules()
  await ensureDebianPackages(testPackages)
  const status = await runNpmScript('check')
  // The plugin and the intake of studies once more, with the Orthanc that hospitals install today.
  await currentOrthancFirst()
  return (await runNpmScript('test:orthanc', ['test/config', 'test/intake'])) || status
})
