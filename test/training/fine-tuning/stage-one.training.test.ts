import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import sharp from 'sharp'
import type { StageOneRecord } from '../../../src/training/fine-tuning/train-stage-one.ts'
import { shippedAtlas } from '../../lungs/shipped-atlas.ts'
import { until } from '../../service/fixtures.ts'
import { writeSyntheticChildren } from '../synthetic-children.ts'

describe('train stage1', function () {
  this.timeout(180_000)
  let dataDir: string

  before(async function () {
    dataDir = await writeSyntheticChildren(shippedAtlas(), { train: 72, test: 0 })
  })

  after(async function () {
    await rm(dataDir, { recursive: true })
  })

  function start(out: string, ...more: string[]): ChildProcess {
    const options = ['--network', 'reduced', '--image-size', '64', '--limit', '64', '--batch-size', '4']
    const steps = ['--epochs', '2', '--checkpoint-batches', '1', '--json']
    const command = ['src/cli.ts', 'train', 'stage1', '--data', dataDir, '--out', join(dataDir, out)]
    return spawn(process.execPath, [...command, ...options, ...steps, ...more], {
      env: { ...process.env, NODE_V8_COVERAGE: undefined, XDG_CACHE_HOME: join(dataDir, 'cache') },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  async function finish(run: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const text = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const) {
      run[stream]!.setEncoding('utf8').on('data', (chunk: string) => (text[stream] += chunk))
    }
    const code = await new Promise<number | null>((resolve) => run.on('close', resolve))
    return { code, ...text }
  }

  const bytesOf = (out: string, file: string) => readFile(join(dataDir, out, file))

  it('validates every epoch and keeps the one with the lowest validation loss', async function () {
    const { code, stdout, stderr } = await finish(start('whole'))
    expect(code, stderr).to.equal(0)
    const record = JSON.parse(stdout) as StageOneRecord
    expect(record.finished).to.equal(true)
    expect(record.history).to.have.length(2)
    const losses = record.history.map(({ validation }) => validation)
    expect(record.bestEpoch).to.equal(losses.indexOf(Math.min(...losses)) + 1)
    for (const { imagesPerSecond } of record.history) expect(imagesPerSecond).to.be.above(0)
    const { width, height } = await sharp(await bytesOf('whole', 'inputs.png')).metadata()
    expect([width, height]).to.deep.equal([1280, 640])
    expect((await bytesOf('whole', 'losses.svg')).toString()).to.contain('validation')
    expect(stderr).to.match(/epoch 2 of 2, batch \d+ of \d+, loss [\d.]+, [\d.]+ images\/s, \d+ min left/)
  })

  it('gives the same weights when killed and started again', async function () {
    const killed = start('killed')
    const ended = finish(killed)
    await until(() => existsSync(join(dataDir, 'killed', 'checkpoint.bin')))
    killed.kill('SIGKILL')
    await ended
    expect(existsSync(join(dataDir, 'killed', 'history.json')), 'finished before it was killed').to.equal(false)

    const { code, stderr } = await finish(start('killed'))
    expect(code, stderr).to.equal(0)
    const [whole, resumed] = await Promise.all(['whole', 'killed'].map((out) => bytesOf(out, 'best.bin')))
    expect(resumed!.equals(whole!)).to.equal(true)
  })

  it('stops with a checkpoint after --minutes, and resumes from it', async function () {
    const stopped = await finish(start('sliced', '--minutes', '0.00001'))
    expect(stopped.code, stopped.stderr).to.equal(0)
    expect(JSON.parse(stopped.stdout)).to.include({ finished: false, bestEpoch: null })
    await finish(start('sliced'))
    const [whole, sliced] = await Promise.all(['whole', 'sliced'].map((out) => bytesOf(out, 'best.bin')))
    expect(sliced!.equals(whole!)).to.equal(true)
  })

  it('rejects the checkpoint of a training run with different options', async function () {
    const { code, stderr } = await finish(start('whole', '--learning-rate', '0.5'))
    expect(code).to.equal(1)
    expect(stderr).to.contain('belongs to a training run with other options')
  })
})
