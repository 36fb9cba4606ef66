import { expect } from 'chai'
import { calibratedProbability } from '../../src/classify/calibration.ts'
import { decide, interpret } from '../../src/classify/interpret.ts'
import type { NetworkOutput } from '../../src/classify/network-output.ts'
import { exampleManifest } from './example-manifest.ts'
import { expectCode } from './expect-code.ts'

const manifest = exampleManifest()
const thresholds = { present: 0.7, absent: 0.3 }

function output(changes: Partial<NetworkOutput> = {}): NetworkOutput {
  return {
    pneumoniaLogit: 1.5,
    activationMap: Float32Array.of(-2, 0, 2, 6),
    activationSide: 2,
    subtype: { normal: 0.5, viral: 0.1, bacterial: 0.4 },
    features: new Float32Array(2048),
    ...changes,
  }
}

const tensorNames = {
  pneumoniaLogit: 'pneumonia_logit',
  subtype: 'subtype_probabilities',
  activationMap: 'activation_map',
} as const

describe('interpret', () => {
  it(`calibrates stage one and divides it by stage two, ignoring stage two's "normal"`, () => {
    const { probabilities } = interpret(output(), manifest, thresholds)
    const pneumonia = 1 / (1 + Math.exp(-2))
    expect(probabilities.pneumonia).to.be.closeTo(pneumonia, 1e-9)
    expect(probabilities.bacterial).to.be.closeTo(0.8 * pneumonia, 1e-9)
    expect(probabilities.viral).to.be.closeTo(0.2 * pneumonia, 1e-9)
    expect(probabilities.normal + probabilities.viral + probabilities.bacterial).to.be.closeTo(1, 1e-12)
  })

  it('divides evenly between the kinds if stage two gives both no weight', () => {
    const { probabilities } = interpret(
      output({ subtype: { normal: 1, viral: 0, bacterial: 0 } }),
      manifest,
      thresholds,
    )
    expect(probabilities.bacterial).to.be.closeTo(probabilities.viral, 1e-12)
  })

  it('is present from the upper threshold, absent below the lower, undetermined between', () => {
    const decisions = [0.29999, 0.3, 0.69999, 0.7].map((pneumonia) => decide(pneumonia, thresholds))
    expect(decisions).to.deep.equal(['absent', 'undetermined', 'undetermined', 'present'])
  })

  it('uses the given thresholds and not those of the manifest', () => {
    expect(interpret(output(), manifest, { present: 0.9, absent: 0.89 }).decision).to.equal('absent')
    expect(interpret(output(), manifest, { present: 0.5, absent: 0.5 }).decision).to.equal('present')
  })

  it('draws evidence for pneumonia from 0 to 1 and no evidence against it', () => {
    const { activation } = interpret(output(), manifest, thresholds)
    expect([...activation.samples]).to.deep.equal([0, 0, Math.fround(1 / 3), 1])
    expect({ width: activation.width, height: activation.height }).to.deep.equal({ width: 2, height: 2 })
  })

  it('does not stretch a weak activation map to full scale', () => {
    const { activation } = interpret(output({ activationMap: Float32Array.of(-3, -1, 0, 1) }), manifest, thresholds)
    expect([...activation.samples]).to.deep.equal([0, 0, 0, 0.25])
  })

  for (const [name, changes] of Object.entries<Partial<Pick<NetworkOutput, keyof typeof tensorNames>>>({
    'a NaN logit': { pneumoniaLogit: NaN },
    'an infinite subtype share': { subtype: { normal: 0, viral: Infinity, bacterial: 0 } },
    'NaN in the activation map': { activationMap: Float32Array.of(0, NaN, 0, 0) },
  })) {
    it(`throws CLASSIFY_OUTPUT_INVALID for ${name}, and names the tensor`, () => {
      expectCode(() => interpret(output(changes), manifest, thresholds), 'CLASSIFY_OUTPUT_INVALID')
      const [tensor] = Object.keys(changes).map((key) => tensorNames[key as keyof typeof tensorNames])
      expect(() => interpret(output(changes), manifest, thresholds)).to.throw(
        `The network's tensor "${tensor}" is not a finite number.`,
      )
    })
  }
})

describe('calibratedProbability', () => {
  it('preserves the order of images and stays between 0 and 1', () => {
    const logits = [-1000, -3, 0, 0.5, 4, 1000]
    const probabilities = logits.map((logit) => calibratedProbability(logit, manifest.calibration))
    expect(probabilities).to.deep.equal([...probabilities].sort((one, other) => one - other))
    expect(probabilities[0]).to.equal(0)
    expect(probabilities.at(-1)).to.equal(1)
  })
})
