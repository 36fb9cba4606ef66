import { subscribe } from 'node:diagnostics_channel'
import { basename } from 'node:path'

// Loaded first by `npm run test:fast`: a test without a suffix in its file name must not start these programs.
const servers = new Set(['Orthanc', 'redis-server', 'prometheus', 'chromium'])

// Also watches child processes: a test may start the demo, which starts Orthanc.
const watched = `--import=${import.meta.url}`
const options = process.env['NODE_OPTIONS'] ?? ''
if (!options.includes(watched)) process.env['NODE_OPTIONS'] = `${options} ${watched}`.trim()

subscribe('child_process', (message) => {
  const child = /** @type {{ process: import('node:child_process').ChildProcess }} */ (message).process
  // The channel reports a child process before its program is known.
  child.once('spawn', () => {
    const program = basename(child.spawnfile)
    if (!servers.has(program)) return
    child.kill('SIGKILL')
    const command = [program, ...child.spawnargs.slice(1)].join(' ').slice(0, 100)
    throw new Error(`A fast test started "${command}". Rename its file to .server.test.ts or .browser.test.ts.`)
  })
})
