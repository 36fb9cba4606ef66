import { expect } from 'chai'
import type { NetworkOutput } from '../../../src/classify/network-output.ts'
import { verdictOn } from '../../../src/classify/engines/verdict.ts'

function output(pneumoniaLogit: number, viral = 0.2): NetworkOutput {
  return {
    pneumoniaLogit,
    activationMap: new Float32Array(4),
    activationSide: 2,
    subtype: { normal: 0.7 - viral, viral, bacterial: 0.3 },
    features: new Float32Array(3),
  }
}

describe("verdict on a provider's trial", () => {
  const cpu = { outputs: [output(0), output(2)], ms: 50 }

  it("accepts a provider whose probabilities are within 0.001 of the CPU's", () => {
    const trial = { outputs: [output(0.003), output(2, 0.2005)], ms: 900 }
    expect(verdictOn(trial, cpu, 'same-numbers')).to.deep.equal({ kind: 'works' })
  })

  it('rejects a driver that computes wrongly in either stage or returns NaN', () => {
    for (const wrong of [output(2.1), output(2, 0.22), output(NaN)]) {
      const verdict = verdictOn({ outputs: [output(0), wrong], ms: 1 }, cpu, 'same-numbers')
      expect(verdict.kind).to.equal('fails')
      expect(verdict)
        .to.have.property('reason')
        .that.matches(/^its probabilities differ from the CPU's by up to \S+$/)
    }
  })

  it('rejects a slower provider if it must be faster, and names both times', () => {
    const slow = { outputs: cpu.outputs, ms: 400 }
    expect(verdictOn(slow, cpu, 'same-numbers-and-faster')).to.deep.equal({
      kind: 'fails',
      reason: 'it takes 400 ms per image, the CPU 50 ms',
    })
    expect(verdictOn({ ...slow, ms: 9 }, cpu, 'same-numbers-and-faster').kind).to.equal('works')
  })
})
