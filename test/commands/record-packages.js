import { writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

// Preloaded with --import: writes the npm packages that a process loaded to the file LOADED_PACKAGES, one a line.

/** @type {Set<string>} */
const packages = new Set()

registerHooks({
  load(url, context, nextLoad) {
    const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1]
    if (name !== undefined) packages.add(name)
    return nextLoad(url, context)
  },
})

process.on('exit', () => {
  writeFileSync(process.env['LOADED_PACKAGES'] ?? '', [...packages].sort().join('\n'))
})
