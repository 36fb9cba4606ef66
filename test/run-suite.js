import { spawnSync } from 'node:child_process'

// The whole suite: fast tests side by side, then those that start servers, browsers or training runs, one file after the other.
// Side by side these would take the processors from each other, and a viewport or a lease would be late.

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
