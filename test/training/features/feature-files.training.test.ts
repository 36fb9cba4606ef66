import { type ChildProcess, spawn } from 'node:child_process'
import { readFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { parseFeatureLine } from '../../../src/training/features/feature-rows.ts'
import { writeBest } from '../../../src/training/fine-tuning/checkpoint.ts'
import { initialWeights } from '../../../src/training/fine-tuning/fine-tuning-network.ts'
import { reducedTrunk } from '../../../src/training/network/trunk-weights.ts'
import type { StageTwoRecord } from '../../../src/training/heads/train-stage-two.ts'
import { seededRandom } from '../../../src/training/data/random.ts'
import { shippedAtlas } from '../../lungs/shipped-atlas.ts'
import { type RedisServer, startRedis } from '../../servers/redis-server.ts'
import { until } from '../../service/fixtures.ts'
import { writeSyntheticChildren } from '../synthetic-children.ts'

const images = 160

describe('train features', function () {
  this.timeout(180_000)
  let dataDir: string
  let redis: RedisServer

  before(async function () {
    redis = await startRedis()
    dataDir = await writeSyntheticChildren(shippedAtlas(), { train: images, test: 0 })
    const trunk = reducedTrunk(seededRandom(1))
    const best = { training: 'none', epoch: 0, blocks: [...trunk.blocks], imageSize: 64 }
    await writeBest(dataDir, best, initialWeights(trunk, seededRandom(2)))
  })

  after(async function () {
    await redis.stop()
    await rm(dataDir, { recursive: true })
  })

  function start(out: string, ...more: string[]): ChildProcess {
    const command = ['src/cli.ts', 'train', 'features', '--data', dataDir, '--stage1', dataDir, '--threads', '1']
    return spawn(process.execPath, [...command, '--out', join(dataDir, out), ...more], {
      env: { ...process.env, NODE_V8_COVERAGE: undefined, XDG_CACHE_HOME: join(dataDir, 'cache') },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
  }

  async function finish(run: ChildProcess): Promise<{ code: number | null; stderr: string }> {
    let stderr = ''
    run.stderr!.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
    const code = await new Promise<number | null>((resolve) => run.on('close', resolve))
    return { code, stderr }
  }

  async function partsOf(out: string): Promise<string[]> {
    const names = await readdir(join(dataDir, `${out}.parts`)).catch(() => [])
    return names.filter((name) => name.endsWith('.txt'))
  }

  it('writes every image exactly once from two processes on Redis, one killed half-way', async function () {
    const runs = [start('shared.txt', '--redis', redis.url), start('shared.txt', '--redis', redis.url)] as const
    const ends = runs.map(finish)
    await until(async () => (await partsOf('shared.txt')).length > 0)
    runs[0].kill('SIGKILL')
    const [killed, other] = await Promise.all(ends)
    expect(killed!.code).to.equal(null)
    expect(other!.code, other!.stderr).to.equal(0)

    const lines = (await readFile(join(dataDir, 'shared.txt'), 'utf8')).trimEnd().split('\n')
    const rows = lines.map(parseFeatureLine)
    expect(new Set(rows.map(({ file }) => file)).size).to.equal(images)
    expect(rows).to.have.length(images)
    for (const { features } of rows) expect(features).to.have.length(128)
    expect(await partsOf('shared.txt')).to.deep.equal([])

    await finish(start('alone.txt'))
    expect(await readFile(join(dataDir, 'alone.txt'), 'utf8')).to.equal(`${lines.join('\n')}\n`)
  })

  it('writes a file that train stage2 can read', async function () {
    const command = ['src/cli.ts', 'train', 'stage2', '--data', dataDir, '--features', join(dataDir, 'shared.txt')]
    const { code, stderr } = await finish(
      spawn(process.execPath, [...command, '--out', join(dataDir, 'stage2')], { stdio: ['ignore', 'ignore', 'pipe'] }),
    )
    expect(code, stderr).to.equal(0)
    const record = JSON.parse(await readFile(join(dataDir, 'stage2', 'stage2.json'), 'utf8')) as StageTwoRecord
    expect(record.images.training + record.images.validation).to.equal(images)
    expect(record.course.history).to.have.length(30)
    expect(Object.keys(record.byClass)).to.deep.equal(['normal', 'viral', 'bacterial'])
    expect(await readFile(join(dataDir, 'stage2', 'losses.svg'), 'utf8')).to.contain('<svg')
  })

  it('reports an error when Redis is not available', async function () {
    const { code, stderr } = await finish(start('none.txt', '--redis', 'redis://127.0.0.1:1'))
    expect(code).to.equal(1)
    expect(stderr).to.contain('The queue on Redis failed')
  })
})
