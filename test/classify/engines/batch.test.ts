import { expect } from 'chai'
import { joinInputs, splitOutputs } from '../../../src/classify/engines/batch.ts'

const outputs: Readonly<Record<string, Float32Array>> = {
  pneumonia_logit: Float32Array.of(1, 2),
  activation_map: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8),
  subtype_probabilities: Float32Array.of(0.5, 0.25, 0.125, 1, 2, 3),
  features: Float32Array.of(10, 11, 12, 20, 21, 22),
}

describe('a batch of images', () => {
  it('is joined one after the other', () => {
    expect([...joinInputs([Float32Array.of(1, 2), Float32Array.of(3, 4)], 2)]).to.deep.equal([1, 2, 3, 4])
    expect(joinInputs([], 2)).to.have.length(0)
    for (const length of [1, 3])
      expect(() => joinInputs([new Float32Array(2), new Float32Array(length)], 2)).to.throw(
        `A network input holds ${length} values, not 2.`,
      )
  })

  it('is split into copies of the outputs of each image', () => {
    const split = splitOutputs(2, (name) => outputs[name])
    expect(split).to.deep.equal([
      {
        pneumoniaLogit: 1,
        activationMap: Float32Array.of(1, 2, 3, 4),
        activationSide: 2,
        subtype: { normal: 0.5, viral: 0.25, bacterial: 0.125 },
        features: Float32Array.of(10, 11, 12),
      },
      {
        pneumoniaLogit: 2,
        activationMap: Float32Array.of(5, 6, 7, 8),
        activationSide: 2,
        subtype: { normal: 1, viral: 2, bacterial: 3 },
        features: Float32Array.of(20, 21, 22),
      },
    ])
    expect(split[0]!.features.buffer).to.not.equal(outputs['features']!.buffer)
  })

  for (const name of Object.keys(outputs)) {
    it(`is refused without its output ${name}, and if that has another type`, () => {
      for (const wrong of [undefined, Float64Array.of(1, 2)])
        expect(() => splitOutputs(2, (asked) => (asked === name ? wrong : outputs[asked]))).to.throw(
          `The network's tensor "${name}" is missing or not float32.`,
        )
    })
  }
})
