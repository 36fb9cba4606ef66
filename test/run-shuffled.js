import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'

// Runs tests in random order in one process, so that what a test leaves behind meets every other test. By default these
// are the tests that need no server.

const { values, positionals } = parseArgs({ options: { seed: { type: 'string' } }, allowPositionals: true })
const seed = values.seed ?? String(randomInt(2 ** 31))
const slow = ['--ignore', 'test/**/*.{server,browser,training}.test.ts']
const loaded = ['compile-cache.js', 'no-servers.js', 'shuffle.ts'].flatMap((file) => ['--require', `test/${file}`])
const files = positionals.length > 0 ? positionals : [...slow, 'test/**/*.test.ts']

process.stdout.write(`Order of the tests: --seed ${seed}\n`)
const env = { ...process.env, TEST_SEED: seed }
const { status } = spawnSync('mocha', ['--reporter', 'dot', ...loaded, ...files], { stdio: 'inherit', env })
process.exitCode = status ?? 1
