import { ensureDebianPackages, peerPackages } from './debian-packages.js'
import { bootstrap } from './project.js'

// The benchmark's peer is optional and its packages are large, so only this script installs them.
await bootstrap(async () => {
  await ensureDebianPackages(peerPackages)
  return 0
})
