import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFile, readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'

const bootstrapDir = fileURLToPath(new URL('../../src/bootstrap/', import.meta.url))
const bin = `${bootstrapDir}lung-triage.js`

describe('the bootstrap', function () {
  this.timeout(30_000)

  it('is JavaScript that runs without installed packages', async () => {
    const files = (await readdir(bootstrapDir)).filter((name) => !name.endsWith('.sh'))
    expect(files).to.include('lung-triage.js')
    for (const name of files) {
      const source = await readFile(`${bootstrapDir}${name}`, 'utf8')
      const imported = [...source.matchAll(/from '([^']+)'/g)].map((match) => match[1])
      expect(
        imported.filter((from) => !/^(node:|\.\/[\w-]+\.js$)/.test(from!)),
        name,
      ).to.deep.equal([])
    }
  })

  it('forwards arguments and leaves stdout to the command', () => {
    const { status, stdout } = spawnSync(process.execPath, [bin, '--help'], { encoding: 'utf8' })
    expect(status).to.equal(0)
    expect(stdout).to.match(/^Usage: lung-triage /)
  })

  it('refuses Node 18 with one sentence, before it installs or runs anything', () => {
    const asNode18 = `data:text/javascript,Object.defineProperty(process, 'versions', { value: { node: '18.20.4' } })`
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', asNode18, bin, '--help'], {
      encoding: 'utf8',
    })
    expect([status, stdout]).to.deep.equal([1, ''])
    expect(stderr).to.match(/^lung-triage: Node 18\.20\.4 is too old\. Install Node 20 or newer .*\n$/)
  })

  it('exits with the exit code of the command', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [bin, 'no-such-command'], { encoding: 'utf8' })
    expect(status).to.equal(2)
    expect(stdout).to.equal('')
    expect(stderr).to.contain('no-such-command')
  })

  it('runs Node 24 without telemetry, forwards SIGTERM and waits until the command exits', async () => {
    const start = `import('${bootstrapDir}run-node24.js')
      .then((module) => module.runNode24('test/bootstrap/fixtures/until-told.ts', []))
      .then((code) => { process.exitCode = code })`
    const child = spawn(process.execPath, ['--eval', start], { stdio: ['ignore', 'pipe', 'inherit'] })
    let printed = ''
    child.stdout.on('data', (chunk: Buffer) => {
      if (printed === '') child.kill('SIGTERM')
      printed += chunk.toString()
    })
    const [code] = (await once(child, 'close')) as [number | null]
    expect(printed).to.match(/^waiting under v24\.[\d.]+, telemetry off: 1\ntold to stop\n$/)
    expect(code).to.equal(7)
  })
})
