import { debianRelease, ensureDebianPackages, testPackages } from './debian-packages.js'
import { ensureNodeModules } from './node-modules.js'
import { currentOrthancFirst } from './orthanc-current.js'
import { bootstrap } from './project.js'
import { runNpmScript } from './run-node24.js'

await bootstrap(async () => {
  ensureNodeModules()
  await ensureDebianPackages(testPackages)
  const status = await runNpmScript('check')
  if (debianRelease() >= 13) return status
  // Repeats the tests of plugin and intake with Debian 13's Orthanc, the version that hospitals install today.
  await currentOrthancFirst()
  return (await runNpmScript('test:orthanc', ['test/config', 'test/intake'])) || status
})
