import { delimiter } from 'node:path'
import { ensureDebianPackages, testPackages } from './debian-packages.js'
import { ensureNodeModules } from './node-modules.js'
import { ensureOrthancCurrent } from './orthanc-current.js'
import { bootstrap } from './project.js'
import { runNpmScript } from './run-node24.js'

await bootstrap(async () => {
  ensureNodeModules()
  await ensureDebianPackages(testPackages)
  process.env['PATH'] = `${await ensureOrthancCurrent()}${delimiter}${process.env['PATH'] ?? ''}`
  return runNpmScript('test:orthanc', process.argv.slice(2))
})
