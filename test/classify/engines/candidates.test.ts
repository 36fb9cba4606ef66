import { expect } from 'chai'
import { candidatesOf } from '../../../src/classify/engines/candidates.ts'

describe('candidates for an engine', () => {
  it('tries nothing but the CPU where "auto" meets a machine without a graphics processor, and says so', () => {
    const { providers, passedOver } = candidatesOf('auto', { nvidia: false, any: false })
    expect(providers).to.deep.equal([])
    expect(passedOver).to.deep.equal([{ provider: 'webgpu', reason: 'this machine shows no graphics processor' }])
  })

  it('lets "auto" try CUDA before WebGPU on NVIDIA and WebGPU elsewhere, each only if it is faster than the CPU', () => {
    const nvidia = candidatesOf('auto', { nvidia: true, any: true })
    expect(nvidia).to.deep.include({ providers: ['cuda', 'webgpu'], demand: 'same-numbers-and-faster', passedOver: [] })
    expect(candidatesOf('auto', { nvidia: false, any: true }).providers).to.deep.equal(['webgpu'])
  })

  it('tries what is named whatever the machine shows, and takes it also where it is slower', () => {
    for (const provider of ['webgpu', 'cuda', 'tensorrt', 'tfjs'] as const) {
      const candidates = candidatesOf(provider, { nvidia: false, any: false })
      expect(candidates).to.deep.include({ providers: [provider], demand: 'same-numbers', passedOver: [] })
    }
    expect(candidatesOf('cpu', { nvidia: true, any: true }).providers).to.deep.equal([])
  })
})
