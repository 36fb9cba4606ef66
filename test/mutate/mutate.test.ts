import { execFile, execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'

const program = resolve('test/mutate/run.ts')
const run = promisify(execFile)

/** A project with code in a worker thread, in a child process, without a test, and with an equivalent mutant. */
const project: Readonly<Record<string, string>> = {
  'package.json': '{ "type": "module" }',
  '.mocharc.json': '{ "extension": ["ts"] }',
  'src/thread/thread.ts': `
    import { parentPort, workerData } from 'node:worker_threads'
    parentPort!.postMessage((workerData as number) + 1)
  `,
  'src/child/child.ts': `process.stdout.write(String(Number(process.argv[2]) * 3))`,
  'src/weak/weak.ts': `
    export const next = (value: number) => value + 1
    export const unreached = (value: number) => value - 1
    // Stryker disable next-line ArithmeticOperator: adding 0 and taking 0 away are the same
    export const same = (value: number) => value + 0
  `,
  'test/thread.test.ts': `
    import { once } from 'node:events'
    import { strictEqual } from 'node:assert'
    import { Worker } from 'node:worker_threads'
    it('adds in a thread', async () => {
      const worker = new Worker(new URL('../src/thread/thread.ts', import.meta.url), { workerData: 2 })
      strictEqual((await once(worker, 'message'))[0], 3)
    })
  `,
  'test/child.test.ts': `
    import { execFileSync } from 'node:child_process'
    import { strictEqual } from 'node:assert'
    it('multiplies in a process', () => {
      strictEqual(execFileSync(process.execPath, ['src/child/child.ts', '2'], { encoding: 'utf8' }), '6')
    })
  `,
  'test/weak.test.ts': `
    import { ok } from 'node:assert'
    import { next, same } from '../src/weak/weak.ts'
    it('is a number', () => ok(Number.isFinite(next(1)) && same(1) === 1))
  `,
  'test/broken.test.ts': `it('fails without any mutant', () => { throw new Error('broken') })`,
}

describe('npm run mutate', function () {
  this.timeout(240_000)
  let dir = ''

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'mutate-project-'))
    for (const [file, text] of Object.entries(project)) {
      mkdirSync(dirname(join(dir, file)), { recursive: true })
      writeFileSync(join(dir, file), text)
    }
  })
  afterEach(() => {
    rmSync(dir, { recursive: true })
  })

  const mutate = async (...args: readonly string[]) =>
    (await run(process.execPath, [program, ...args], { cwd: dir })).stdout
  const journal = () => readFileSync(join(dir, '.cache/mutate/journal.jsonl'), 'utf8').trim().split('\n').length

  it('notices mistakes in worker threads and child processes, and lists the survivors by place', async () => {
    const report = await mutate('src')
    expect(report).to.match(/\| src\/thread \| (\d+) \| 0 \| \1 \| \1 \| 100.0 % \|/)
    expect(report).to.match(/\| src\/child \| (\d+) \| 0 \| \1 \| \1 \| 100.0 % \|/)
    expect(report).to.contain('src/weak/weak.ts:2:44 ArithmeticOperator: value - 1')
    expect(report).to.contain('src/weak/weak.ts:3:49 ArithmeticOperator (no test reaches it): value + 1')
    expect(report).to.match(/\| src\/weak \| \d+ \| 1 \|/)
    expect(report).not.to.contain('weak.ts:5:44 ArithmeticOperator')
    expect(report).to.contain('test/broken.test.ts')
  })

  it('goes on where a run ended, and tests again what a changed test decided', async () => {
    await mutate('src/weak', '--sample', '2')
    expect(journal()).to.equal(2)
    const first = await mutate('src/weak')
    const tested = journal()
    // A killed run leaves half a line.
    appendFileSync(join(dir, '.cache/mutate/journal.jsonl'), '{"key":')
    expect(await mutate('src/weak')).to.equal(first)
    expect(journal()).to.equal(tested + 1)
    appendFileSync(
      join(dir, 'test/weak.test.ts'),
      "it('counts', () => { if (next(1) !== 2) throw new Error('wrong') })",
    )
    writeFileSync(
      join(dir, 'test/new.test.ts'),
      "import { unreached } from '../src/weak/weak.ts'\nit('is reached', () => { if (unreached(1) !== 0) throw new Error() })",
    )
    const last = await mutate('src/weak')
    expect(last).not.to.contain('weak.ts:2:44 ArithmeticOperator')
    expect(last).not.to.contain('weak.ts:3:49 ArithmeticOperator')
  })

  it('tests only the lines that differ from a commit', async () => {
    const git = (...args: readonly string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: dir })
    git('init', '--quiet')
    git('add', 'src')
    git('commit', '--quiet', '--message', 'first')
    appendFileSync(join(dir, 'src/weak/weak.ts'), 'export const twice = (value: number) => value * 2\n')
    const report = await mutate('--since', 'HEAD')
    expect(report).to.contain('weak.ts:6:').and.not.to.contain('weak.ts:2:')
  })

  it('finds no mistake that the tests of the Wilson interval miss', async () => {
    const state = ['--state', join(dir, 'state')]
    const args = [program, 'src/feedback/wilson.ts', '--tests', 'test/feedback/statistics.test.ts', ...state]
    const { stdout } = await run(process.execPath, args)
    expect(stdout).to.match(/\| src\/feedback\/wilson.ts \| (\d+) \| 0 \| \1 \| \1 \| 100.0 % \|/)
  })
})
