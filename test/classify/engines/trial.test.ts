import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { tryProvider } from '../../../src/classify/engines/trial.ts'

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url))

describe("a provider's trial", () => {
  const options = { modelFile: 'never read', provider: 'webgpu', demand: 'same-numbers' } as const

  it('survives a driver that aborts its process', async () => {
    expect(await tryProvider(options, 20_000, script('aborting-trial.ts'))).to.deep.equal({
      kind: 'fails',
      reason: 'its trial process ended (SIGABRT)',
    })
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
})
