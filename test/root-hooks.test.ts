import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { inTempDir } from './service/fixtures.ts'

const fixtures = JSON.stringify(pathToFileURL('test/service/fixtures.ts').href)

/** The second test waits in vain, with an open server that keeps its process alive. */
const waiting = `
  import { createServer } from 'node:net'
  import { until } from ${fixtures}
  describe('a study', () => {
    it('arrives', () => until(() => true))
    it('is done', async () => {
      const server = createServer().listen(0)
      try {
        await until(async () => server.address() === 'done')
      } finally {
        server.close()
      }
    })
  })
`

describe('a test that waits in vain', function () {
  this.timeout(60_000)

  for (const [how, args] of Object.entries({ serial: [], parallel: ['--parallel', '--jobs', '2'] }))
    it(`fails with what it waited for, and lets mocha end: ${how}`, () =>
      inTempDir((dir) => {
        const file = join(dir, 'waiting.test.ts')
        writeFileSync(file, waiting)
        // One file alone is never run in parallel.
        writeFileSync(join(dir, 'other.test.ts'), `it('passes', () => undefined)`)
        const options = ['--reporter', 'spec', '--timeout', '1500', ...args, file, join(dir, 'other.test.ts')]
        // Kills a mocha that does not end. Its status is then null.
        const { status, stdout } = spawnSync('mocha', options, { encoding: 'utf8', timeout: 30_000 })
        expect(stdout).to.include("Error: Waited in vain until server.address() === 'done'")
        expect(stdout).to.include('2 passing').and.include('1 failing')
        expect(status).to.equal(1)
      }))
})

/** The second test leaves a rejected promise behind and passes; the third gives the process time to notice. */
const careless = `
  describe('a study', () => {
    it('arrives', () => undefined)
    it('is done', () => { void Promise.reject(new Error('nobody sees this')) })
    it('is read', () => new Promise((resolve) => setTimeout(resolve, 50)))
  })
`

describe('a promise that is rejected and that nobody handles', function () {
  this.timeout(60_000)

  for (const [how, args] of Object.entries({ serial: [], parallel: ['--parallel', '--jobs', '2'] }))
    it(`fails the tests: ${how}`, () =>
      inTempDir((dir) => {
        const file = join(dir, 'careless.test.ts')
        writeFileSync(file, careless)
        // One file alone is never run in parallel.
        writeFileSync(join(dir, 'other.test.ts'), `it('passes', () => undefined)`)
        const options = ['--reporter', 'spec', ...args, file, join(dir, 'other.test.ts')]
        const { status, stdout } = spawnSync('mocha', options, { encoding: 'utf8', timeout: 30_000 })
        expect(stdout).to.include('nobody sees this').and.include('1 failing')
        expect(status).to.equal(1)
      }))

  it('is no failure if somebody handles it', () =>
    inTempDir((dir) => {
      const file = join(dir, 'careful.test.ts')
      writeFileSync(file, careless.replace("this'))", "this')).catch(() => undefined)"))
      const { status, stdout } = spawnSync('mocha', ['--reporter', 'spec', file], { encoding: 'utf8', timeout: 30_000 })
      expect(stdout).to.include('3 passing')
      expect(status).to.equal(0)
    }))
})
