import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// Processes that tests start, mocha's own workers among them, share compiled modules and TypeScript without its types: a start of the
// command line then takes half the time. Not for runs that measure coverage, which compiled modules make less precise.
const directory = join(import.meta.dirname, '../node_modules/.cache/node-compile')
process.env['NODE_COMPILE_CACHE'] = directory
enableCompileCache(directory)
