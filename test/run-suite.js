import { spawnSync } from 'node:child_process'

// Runs the whole suite: the fast tests in parallel, then tests with servers, browsers or training runs one file at a
// time. In parallel, these would compete for the processors and exceed time-outs.

const slow = 'test/**/*.{server,browser,training}.test.ts'
const runs = [
  { args: ['--parallel', '--jobs', '2', '--ignore', slow, 'test/**/*.test.ts'], counts: 'coverage/mocha-fast.json' },
  { args: [slow], counts: 'coverage/mocha-slow.json' },
]

const statuses = runs.map(({ args, counts }) => {
  const { status } = spawnSync('mocha', args, { stdio: 'inherit', env: { ...process.env, MOCHA_COUNTS: counts } })
  return status ?? 1
})
process.exitCode = statuses.find((status) => status !== 0) ?? 0
