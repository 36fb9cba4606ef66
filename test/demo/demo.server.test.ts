import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { z } from 'zod'

const bin = fileURLToPath(new URL('../../src/bootstrap/lung-triage.js', import.meta.url))
const studyLine = z.object({
  event: z.literal('study'),
  study: z.string(),
  decision: z.enum(['present', 'absent', 'undetermined']),
  pneumonia: z.number().min(0).max(1),
  structuredReport: z.string(),
  pictures: z.array(z.string()).length(1),
  diagnosticReport: z.string(),
  problem: z.null(),
})

describe('the demo', function () {
  this.timeout(300_000)
  let temporary: string

  beforeEach(async () => {
    temporary = await mkdtemp(join(tmpdir(), 'lung-triage-demo-test-'))
  })

  afterEach(() => rm(temporary, { recursive: true }))

  it('analyses synthetic radiographs, finds all results, stops everything and exits 0', async () => {
    const { code, stdout, stderr } = await demo(['--synthetic', '--exit-when-done', '--json'])
    expect(code, stderr).to.equal(0)
    const [addresses, ...studies] = stdout
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
    expect(addresses)
      .to.have.property('statusPage')
      .that.matches(/^http:\/\/127\.0\.0\.1:\d+\/login\?code=/)
    expect(studies.map((line) => studyLine.parse(line))).to.have.lengthOf(12)
    expect(await readdir(temporary), 'no files remain').to.deep.equal([])
    await expectGone((addresses as { orthanc: string }).orthanc)
    await expectGone((addresses as { service: string }).service)
  })

  it('rejects a file that is not an image before it starts anything', async () => {
    const readme = join(temporary, 'README.md')
    await writeFile(readme, '# no image')
    const { code, stdout, stderr } = await demo([readme, '--exit-when-done'])
    expect(code).to.equal(1)
    expect(stdout).to.equal('')
    expect(stderr).to.contain(readme).and.to.contain('DEMO_IMAGE_UNUSABLE')
  })

  it('stops everything at SIGINT, exits 1 and leaves no files', async () => {
    const { code } = await demo(['--synthetic'], (stdout) => stdout.includes('1/12'))
    expect(code).to.equal(1)
    expect(existsSync(temporary) && (await readdir(temporary))).to.deep.equal([])
  })

  async function demo(args: readonly string[], stopAt: (stdout: string) => boolean = () => false) {
    const child = spawn(process.execPath, [bin, 'demo', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TMPDIR: temporary },
    })
    let [stdout, stderr, told] = ['', '', false]
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
      if (!told && stopAt(stdout)) told = child.kill('SIGINT')
    })
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, stdout, stderr }
  }
})

async function expectGone(address: string): Promise<void> {
  const failure: unknown = await fetch(address).catch((error: unknown) => error)
  expect(failure, `${address} still answers`).to.be.instanceOf(TypeError)
}
