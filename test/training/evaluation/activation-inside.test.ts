import { expect } from 'chai'
import { activationInside } from '../../../src/training/evaluation/activation-inside.ts'

describe('activationInside', () => {
  const outline = [
    [0, 0],
    [0.5, 0],
    [0.5, 1],
    [0, 1],
  ] as const
  const lungs = { found: true, quality: 1, box: { x: 0, y: 0, width: 1, height: 1 }, outline }
  const output = (activationMap: number[], pneumoniaLogit = 1) => ({
    pneumoniaLogit,
    activationMap: Float32Array.from(activationMap),
    activationSide: 2,
    subtype: { normal: 0.2, viral: 0.4, bacterial: 0.4 },
    features: new Float32Array(1),
  })
  const spec = {
    preprocessing: {
      squareFrameSide: 64,
      gaussianSigma: 0,
      cropMargin: 0,
      outsideLungs: 'kept',
      contrast: 'displayed',
    },
  } as const

  it('is the share of positive activation inside the lungs', () => {
    expect(activationInside([output([3, -9, 1, -9])], [lungs], spec).measured).to.be.above(0.95)
    expect(activationInside([output([-1, 2, -1, 2])], [lungs], spec).measured).to.be.below(0.15)
    const even = activationInside([output([1, 1, 1, 1])], [lungs], spec)
    expect(even.measured).to.be.closeTo(even.byChance, 1e-6)
  })

  it('ignores images with a negative pneumonia logit', () => {
    const outputs = [output([3, 0, 1, 0]), output([0, 5, 0, 5], -1)]
    expect(activationInside(outputs, [lungs, lungs], spec).measured).to.be.above(0.95)
  })
})
