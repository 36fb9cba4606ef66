import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { tryProvider } from '../../../src/classify/engines/trial.ts'
import { inTempDir } from '../../service/fixtures.ts'
import { reducedNetwork } from './reduced-model.ts'

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url))

describe("a provider's trial", () => {
  const options = { modelFile: 'never read', provider: 'webgpu', demand: 'same-numbers' } as const

  it('survives a driver that aborts its process', async () => {
    expect(await tryProvider(options, 20_000, script('aborting-trial.ts'))).to.deep.equal({
      kind: 'fails',
      reason: 'its trial process ended (SIGABRT)',
    })
  })

  it('survives a driver that ends its process', async () => {
    expect(await tryProvider(options, 20_000, script('exiting-trial.ts'))).to.deep.equal({
      kind: 'fails',
      reason: 'its trial process ended (exit code 3)',
    })
  })

  it('fails if its process cannot be started', async () => {
    const { execPath } = process
    process.execPath = script('missing-program')
    try {
      const verdict = await tryProvider(options, 20_000)
      expect(verdict)
        .to.have.property('reason')
        .that.matches(/^its trial did not start: spawn .* ENOENT$/)
    } finally {
      process.execPath = execPath
    }
  })

  it('stops a driver that hangs', async () => {
    expect(await tryProvider(options, 1000, script('hanging-trial.ts'))).to.deep.equal({
      kind: 'fails',
      reason: 'it did not compute two images within 1 s',
    })
  })

  it("returns the engine's error message", async () => {
    const verdict = await tryProvider({ ...options, provider: 'tfjs', modelFile: script('missing.onnx') }, 20_000)
    expect(verdict.kind).to.equal('fails')
    expect(verdict).to.have.property('reason').that.includes('ENOENT')
  })

  it('accepts an engine that computes as the CPU does, and refuses one that is not a network', () =>
    inTempDir(async (dir) => {
      const [network, text] = [join(dir, 'network.onnx'), join(dir, 'text.onnx')]
      writeFileSync(network, await reducedNetwork())
      writeFileSync(text, 'text')
      const trial = (modelFile: string) => tryProvider({ ...options, provider: 'tfjs', threads: 1, modelFile }, 60_000)
      expect(await trial(network)).to.deep.equal({ kind: 'works' })
      expect((await trial(text)).kind).to.equal('fails')
    })).timeout(120_000)
})
