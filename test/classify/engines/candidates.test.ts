import { expect } from 'chai'
import { candidatesOf } from '../../../src/classify/engines/candidates.ts'

const float32 = { sha256: '0'.repeat(64) }
const quantized = { ...float32, quantized: { model: 'pneumonia/1.0.1', sha256: '1'.repeat(64) } }

describe('candidates for an engine', () => {
  it('"auto" uses only the CPU on a machine without a graphics processor, and reports it', () => {
    const { providers, passedOver } = candidatesOf('auto', { nvidia: false, any: false }, float32)
    expect(providers).to.deep.equal([])
    expect(passedOver).to.deep.equal([
      { provider: 'webgpu', reason: 'no graphics processor was found on this machine' },
    ])
  })

  it('"auto" tries CUDA before WebGPU on NVIDIA, else WebGPU, each only if faster than the CPU', () => {
    const nvidia = candidatesOf('auto', { nvidia: true, any: true }, float32)
    expect(nvidia).to.deep.include({ providers: ['cuda', 'webgpu'], demand: 'same-numbers-and-faster', passedOver: [] })
    expect(candidatesOf('auto', { nvidia: false, any: true }, float32).providers).to.deep.equal(['webgpu'])
  })

  it('tries a named provider on any machine, and uses it even if it is slower', () => {
    for (const provider of ['webgpu', 'cuda', 'tensorrt', 'tfjs'] as const) {
      const candidates = candidatesOf(provider, { nvidia: false, any: false }, float32)
      expect(candidates).to.deep.include({ providers: [provider], demand: 'same-numbers', passedOver: [] })
    }
    expect(candidatesOf('cpu', { nvidia: true, any: true }, float32).providers).to.deep.equal([])
  })

  it('gives a named provider ten minutes, and one that "auto" tries a minute', () => {
    const devices = { nvidia: false, any: true }
    expect(candidatesOf('auto', devices, float32).trialTimeoutMs).to.equal(60_000)
    expect(candidatesOf('tensorrt', devices, float32).trialTimeoutMs).to.equal(600_000)
    expect(candidatesOf('cpu', devices, float32)).to.deep.equal({
      providers: [],
      demand: 'same-numbers',
      trialTimeoutMs: 600_000,
      passedOver: [],
    })
  })

  it('uses the CPU for an 8-bit network, and names the float32 model for other providers', () => {
    const reason = 'an 8-bit network runs on the CPU only; pneumonia/1.0.1 is the same model in float32'
    for (const [wanted, provider] of [
      ['auto', 'webgpu'],
      ['cuda', 'cuda'],
      ['tfjs', 'tfjs'],
    ] as const) {
      const { providers, passedOver } = candidatesOf(wanted, { nvidia: true, any: true }, quantized)
      expect({ providers, passedOver }).to.deep.equal({ providers: [], passedOver: [{ provider, reason }] })
    }
    expect(candidatesOf('cpu', { nvidia: true, any: true }, quantized).passedOver).to.deep.equal([])
    const [none] = candidatesOf('auto', { nvidia: false, any: false }, quantized).passedOver
    expect(none?.reason).to.equal('no graphics processor was found on this machine')
  })
})
