import { spawnSync } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'

interface CiEnd {
  readonly status: number | null
  readonly lineBefore: string | undefined
  readonly lastLine: string | undefined
}

describe('.ci/run', () => {
  let dir: string

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lung-triage-ci-'))
    for (const folder of ['.ci', 'coverage', 'bin']) await mkdir(join(dir, folder))
    await copyFile(fileURLToPath(new URL('../../.ci/run', import.meta.url)), join(dir, '.ci/run'))
    for (const name of ['mocha.json', 'mocha-orthanc.json']) {
      await writeFile(join(dir, 'coverage', name), '{"passes": 99, "failures": 0, "pending": 0}')
    }
  })

  afterEach(() => rm(dir, { recursive: true }))

  it("prints mocha's counts as the last line", async () => {
    expect(await runWith(counts(12, 0), 0)).to.deep.include({ status: 0, lastLine: '12 passed, 0 failed' })
    expect(await runWith(counts(10, 2), 2)).to.deep.include({ status: 2, lastLine: '10 passed, 2 failed' })
  })

  it('adds up the counts of all mocha runs', async () => {
    const second = `echo '{"passes": 5, "failures": 0, "pending": 2}' >coverage/mocha-orthanc.json`
    const both = await runWith(`${counts(12, 0)}\n${second}`, 0)
    expect(both).to.deep.equal({ status: 0, lineBefore: '3 pending', lastLine: '17 passed, 0 failed' })
  })

  it('prints the number of pending tests before the counts', async () => {
    expect((await runWith(counts(12, 0), 0)).lineBefore).to.equal('1 pending')
  })

  it('fails if a check other than the tests failed', async () => {
    expect(await runWith(counts(12, 0), 1)).to.deep.include({ status: 1, lastLine: '12 passed, 1 failed' })
  })

  it('fails if the tests did not run, even with counts of an earlier run', async () => {
    expect(await runWith('', 1)).to.deep.include({ status: 1, lastLine: '0 passed, 1 failed' })
    expect(await runWith('', 0)).to.deep.include({ status: 1, lastLine: '0 passed, 1 failed' })
  })

  it('fails if tests failed but npm exits with 0', async () => {
    expect(await runWith(counts(10, 2), 0)).to.deep.include({ status: 1, lastLine: '10 passed, 2 failed' })
  })

  function counts(passes: number, failures: number): string {
    return `echo '{"passes": ${passes}, "failures": ${failures}, "pending": 1}' >coverage/mocha.json`
  }

  async function runWith(npmTest: string, npmStatus: number): Promise<CiEnd> {
    const npm = `#!/bin/sh\n[ "$*" = test ] || exit 9\necho "what npm test prints"\n${npmTest}\nexit ${npmStatus}\n`
    await writeFile(join(dir, 'bin/npm'), npm, { mode: 0o755 })
    const PATH = `${join(dir, 'bin')}:${process.env['PATH'] ?? ''}`
    const { status, stdout } = spawnSync('bash', [join(dir, '.ci/run')], {
      cwd: tmpdir(),
      encoding: 'utf8',
      env: { ...process.env, PATH },
    })
    const [lineBefore, lastLine] = stdout.trimEnd().split('\n').slice(-2)
    return { status, lineBefore, lastLine }
  }
})
