import { ensureDebianPackages, peerPackages } from './debian-packages.js'
import { bootstrap } from './project.js'

// The benchmark's peer is optional, and its packages are large: nothing else installs them.
await bootstrap(async () => {
  await ensureDebianPackages(peerPackages)
  return 0
})
