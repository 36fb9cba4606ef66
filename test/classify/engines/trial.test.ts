import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { tryProvider } from '../../../src/classify/engines/trial.ts'

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url))

describe("a provider's trial", () => {
  const options = { modelFile: 'never read', provider: 'webgpu', demand: 'same-numbers' } as const

  it('outlives a driver that aborts its process', async () => {
    expect(await tryProvider(options, 20_000, script('aborting-trial.ts'))).to.deep.equal({
      kind: 'fails',
      reason: 'its trial process ended (SIGABRT)',
    })
  })

  it('ends a driver that hangs', async () => {
    expect(await tryProvider(options, 1000, script('hanging-trial.ts'))).to.deep.equal({
      kind: 'fails',
      reason: 'it did not compute two images within 1 s',
    })
  })

  it('passes on what the engine says', async () => {
    const verdict = await tryProvider({ ...options, provider: 'tfjs', modelFile: script('missing.onnx') }, 20_000)
    expect(verdict.kind).to.equal('fails')
    expect(verdict).to.have.property('reason').that.includes('ENOENT')
  })
})
